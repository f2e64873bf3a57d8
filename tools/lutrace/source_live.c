// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "lutrace.h"
#include "lutrace.skel.h"
#include "source_live.h"

#define BTF_DIR		"/sys/kernel/btf"
#define BTF_VMLINUX	BTF_DIR "/vmlinux"
/* The type that the kernel emits for each tracepoint. */
#define BTF_PREFIX	"btf_trace_"

/**
 * struct live - An attached tracer
 * @skeleton:  The programs and their maps.
 * @ring:      Where records arrive.
 * @counters:  What the programs count, shared with them.
 * @seen:      The loss counters as last reported.
 * @undecoded: Records since the last report that made no sense.
 * @total:     Events lost so far.
 * @capacity:  Records that fit into the ring, or more.
 * @batch:     Records that live_consume() took so far.
 * @stopped:   @event wants no more.
 * @event:     Where live_consume() hands events.
 * @data:      For @event.
 * @decoded:   The event at hand; large, so not on the stack.
 */
struct live {
	struct lutrace_bpf *skeleton;
	struct ring_buffer *ring;
	const struct lutrace_counters *counters;
	uint64_t seen[LUTRACE_NR_EVENTS];
	uint64_t undecoded;
	uint64_t total;
	size_t capacity;
	size_t batch;
	bool stopped;
	bool (*event)(void *data, struct event *event);
	void *data;
	struct event decoded;
};

static bool libbpf_log_shown;

static int libbpf_log(enum libbpf_print_level level, const char *format,
		      va_list args)
{
	(void)level;
	return libbpf_log_shown ? vfprintf(stderr, format, args) : 0;
}

void live_show_libbpf_log(void)
{
	libbpf_log_shown = true;
}

static bool has_capability(cap_value_t capability)
{
	cap_flag_value_t value = CAP_CLEAR;
	cap_t caps = cap_get_proc();

	if (caps)
		cap_get_flag(caps, capability, CAP_EFFECTIVE, &value);
	cap_free(caps);
	return value == CAP_SET;
}

/* CAP_SYS_ADMIN includes both others. */
bool live_is_capable(void)
{
	return has_capability(CAP_SYS_ADMIN) ||
	       (has_capability(CAP_BPF) && has_capability(CAP_PERFMON));
}

bool live_prepare(void)
{
	bool bpf, perfmon;

	libbpf_set_print(libbpf_log);
	if (live_is_capable())
		return true;
	bpf = has_capability(CAP_BPF);
	perfmon = has_capability(CAP_PERFMON);
	complain("missing %s%s%s: run as root, or grant both with setcap cap_bpf,cap_perfmon=ep",
		 bpf ? "" : "CAP_BPF", bpf || perfmon ? "" : " and ",
		 perfmon ? "" : "CAP_PERFMON");
	return false;
}

static int compare_tracepoints(const void *a, const void *b)
{
	const struct event_desc *const *first = a, *const *second = b;

	return strcmp((*first)->tracepoint, (*second)->tracepoint);
}

static int compare_to_tracepoint(const void *name, const void *desc)
{
	return strcmp(name, (*(const struct event_desc *const *)desc)->tracepoint);
}

/* One pass over all types: a look-up by name would be one pass per event. */
static void find_tracepoints(const struct btf *btf, uint32_t first, bool *found)
{
	const struct event_desc *sorted[LUTRACE_NR_EVENTS], **hit;
	uint32_t i, end = btf__type_cnt(btf);

	for (i = 0; i < LUTRACE_NR_EVENTS; i++)
		sorted[i] = &event_descs[i];
	qsort(sorted, LUTRACE_NR_EVENTS, sizeof(*sorted), compare_tracepoints);

	for (i = first; i < end; i++) {
		const struct btf_type *type = btf__type_by_id(btf, i);
		const char *name;

		if (!btf_is_typedef(type))
			continue;
		name = btf__name_by_offset(btf, type->name_off);
		if (!name || strncmp(name, BTF_PREFIX, strlen(BTF_PREFIX)))
			continue;
		hit = bsearch(name + strlen(BTF_PREFIX), sorted,
			      LUTRACE_NR_EVENTS, sizeof(*sorted),
			      compare_to_tracepoint);
		if (hit)
			found[(*hit)->id] = true;
	}
}

static void find_in_modules(struct btf *vmlinux, bool *found)
{
	DIR *dir = opendir(BTF_DIR);
	struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		struct btf *btf;

		if (entry->d_name[0] == '.' ||
		    !strcmp(entry->d_name, "vmlinux"))
			continue;
		btf = btf__load_module_btf(entry->d_name, vmlinux);
		if (!btf)
			continue;
		find_tracepoints(btf, btf__type_cnt(vmlinux), found);
		btf__free(btf);
	}
	closedir(dir);
}

/* Returns whether all that is wanted was found. */
static bool merge(struct live_events *events, const bool *found, bool *into)
{
	bool complete = true;
	size_t i;

	for (i = 0; i < LUTRACE_NR_EVENTS; i++) {
		if (events->wanted[i] && found[i])
			into[i] = true;
		if (events->wanted[i] && !events->present[i])
			complete = false;
	}
	return complete;
}

/* Mapped, where the kernel can do that: reading it gives a page at a time. */
static struct btf *load_vmlinux(void)
{
	int fd = open(BTF_VMLINUX, O_RDONLY | O_CLOEXEC);
	struct btf *btf = NULL;
	void *memory = MAP_FAILED;
	struct stat stat;

	if (fd >= 0 && !fstat(fd, &stat) && stat.st_size)
		memory = mmap(NULL, stat.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (memory != MAP_FAILED) {
		btf = btf__new(memory, stat.st_size);
		munmap(memory, stat.st_size);
	}
	if (fd >= 0)
		close(fd);
	return btf ? btf : btf__parse(BTF_VMLINUX, NULL);
}

bool live_find(struct live_events *events)
{
	bool in_vmlinux[LUTRACE_NR_EVENTS] = { false };
	bool in_modules[LUTRACE_NR_EVENTS] = { false };
	struct btf *vmlinux;

	libbpf_set_print(libbpf_log);
	vmlinux = load_vmlinux();
	if (!vmlinux)
		return false;

	find_tracepoints(vmlinux, 1, in_vmlinux);
	if (!merge(events, in_vmlinux, events->present)) {
		find_in_modules(vmlinux, in_modules);
		/* The kernel gives the ids of modules' BTF to nobody else. */
		merge(events, in_modules, has_capability(CAP_SYS_ADMIN) ?
		      events->present : events->unreadable);
	}
	btf__free(vmlinux);
	return true;
}

int live_probe(struct live_events *events)
{
	bool capable = live_prepare();

	if (!live_find(events)) {
		complain("cannot read %s: %s: the kernel needs CONFIG_DEBUG_INFO_BTF=y",
			 BTF_VMLINUX, strerror(errno));
		return EXIT_CANNOT_RUN;
	}
	return capable ? 0 : EXIT_CANNOT_RUN;
}

static bool select_programs(struct lutrace_bpf *skeleton,
			    const struct live_events *events)
{
	size_t i;

	for (i = 0; i < LUTRACE_NR_EVENTS; i++) {
		struct bpf_program *program;

		program = bpf_object__find_program_by_name(skeleton->obj,
						event_descs[i].tracepoint);
		if (!program ||
		    bpf_program__set_autoload(program, events->present[i]))
			return false;
	}
	return true;
}

/* Everything that needs a privilege is done: the maps are mapped. */
void live_drop_privileges(void)
{
	cap_t none = cap_init();

	if (!none || cap_set_proc(none))
		complain("cannot drop capabilities: %s", strerror(errno));
	cap_free(none);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		complain("cannot set no_new_privs: %s", strerror(errno));
}

static int handle_record(void *context, void *data, size_t size)
{
	struct live *live = context;

	if (event_decode(&live->decoded, data, size))
		live->undecoded++;
	else if (!live->event(live->data, &live->decoded))
		live->stopped = true;

	/*
	 * Any negative number stops the ring, after this record. In a flood of
	 * events it would not stop on its own, and the caller has other things
	 * to look after; what was in the ring at first is consumed, though.
	 */
	live->batch++;
	return live->stopped || live->batch >= live->capacity ? -ECANCELED : 0;
}

static const char *load_hint(int error)
{
	switch (error) {
	case EPERM:
	case EACCES:
		return ": is the kernel locked down, or is this a container? See the log with -vvv";
	case ENOMEM:
		return ": try a smaller --buffer-size";
	default:
		return ": see libbpf's log with -vvv";
	}
}

/* Mapped, the counters need no privilege to be read later. */
static bool map_counters(struct live *live)
{
	int fd = bpf_map__fd(live->skeleton->maps.counters);
	void *memory = mmap(NULL, sizeof(*live->counters), PROT_READ,
			    MAP_SHARED, fd, 0);

	if (memory == MAP_FAILED)
		return false;
	live->counters = memory;
	return true;
}

struct live *live_open(const struct live_events *events, size_t buffer_size)
{
	struct live *live = calloc(1, sizeof(*live));
	struct lutrace_bpf *skeleton;
	int err;

	if (!live) {
		complain("out of memory");
		return NULL;
	}

	live->capacity = buffer_size / sizeof(struct lutrace_record) + 1;
	skeleton = lutrace_bpf__open();
	live->skeleton = skeleton;
	if (!skeleton || !select_programs(skeleton, events) ||
	    bpf_map__set_max_entries(skeleton->maps.records, buffer_size)) {
		complain("cannot open the BPF programs: %s", strerror(errno));
		goto fail;
	}

	err = lutrace_bpf__load(skeleton);
	if (err) {
		complain("cannot load the BPF programs: %s%s", strerror(-err),
			 load_hint(-err));
		goto fail;
	}

	live->ring = ring_buffer__new(bpf_map__fd(skeleton->maps.records),
				      handle_record, live, NULL);
	if (!live->ring) {
		complain("cannot map the ring buffer: %s%s", strerror(errno),
			 load_hint(errno));
		goto fail;
	}

	if (!map_counters(live)) {
		complain("cannot map the counters: %s", strerror(errno));
		goto fail;
	}

	err = lutrace_bpf__attach(skeleton);
	if (err) {
		complain("cannot attach to the tracepoints: %s%s",
			 strerror(-err), load_hint(-err));
		goto fail;
	}

	live_drop_privileges();
	return live;

fail:
	live_close(live);
	return NULL;
}

void live_close(struct live *live)
{
	if (!live)
		return;
	ring_buffer__free(live->ring);
	if (live->counters)
		munmap((void *)live->counters, sizeof(*live->counters));
	lutrace_bpf__destroy(live->skeleton);
	free(live);
}

int live_fd(const struct live *live)
{
	return ring_buffer__epoll_fd(live->ring);
}

bool live_consume(struct live *live,
		  bool (*event)(void *data, struct event *event),
		  void *data)
{
	live->event = event;
	live->data = data;
	live->batch = 0;
	ring_buffer__consume(live->ring);
	return !live->stopped;
}

bool live_lost(struct live *live, struct loss *loss)
{
	struct clocks now;
	size_t i;

	memset(loss, 0, sizeof(*loss));
	for (i = 0; i < LUTRACE_NR_EVENTS; i++) {
		uint64_t lost;

		lost = __atomic_load_n(&live->counters->lost[i],
				       __ATOMIC_RELAXED);
		loss->by_event[i] = lost - live->seen[i];
		loss->count += loss->by_event[i];
		live->seen[i] = lost;
	}
	loss->unknown = live->undecoded;
	loss->count += live->undecoded;
	live->undecoded = 0;
	if (!loss->count)
		return false;

	live->total += loss->count;
	loss->total = live->total;
	clocks_read(&now);
	loss->boottime_ns = now.start_ns;
	return true;
}
