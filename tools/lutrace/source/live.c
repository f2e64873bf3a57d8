// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "base/complain.h"
#include "source/kernel_btf.h"
#include "source/live.h"
#include "lutrace.skel.h"

/* libbpf 1.1 forgets to export it from its shared library. */
extern int libbpf_set_memlock_rlim(size_t bytes) __attribute__((weak));

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

/**
 * struct search - For the events that are wanted, among all tracepoints
 * @events: What is wanted, and what was found of that.
 * @sorted: All events, by the names of their tracepoints.
 */
struct search {
	struct live_events *events;
	const struct event_desc *sorted[LUTRACE_NR_EVENTS];
};

static void found_tracepoint(void *data, const char *name)
{
	const struct event_desc **hit;
	struct search *search = data;

	hit = bsearch(name, search->sorted, LUTRACE_NR_EVENTS, sizeof(*hit),
		      compare_to_tracepoint);
	if (hit && search->events->wanted[(*hit)->id])
		search->events->present[(*hit)->id] = true;
}

bool live_find(struct live_events *events)
{
	struct search search = { .events = events };
	size_t i;

	for (i = 0; i < LUTRACE_NR_EVENTS; i++)
		search.sorted[i] = &event_descs[i];
	qsort(search.sorted, LUTRACE_NR_EVENTS, sizeof(*search.sorted),
	      compare_tracepoints);

	libbpf_set_print(libbpf_log);
	events->kernel = kernel_btf_open(KERNEL_BTF_DIR, found_tracepoint,
					 &search);
	if (!events->kernel)
		return false;
	if (memcmp(events->present, events->wanted, sizeof(events->wanted)))
		kernel_btf_look_into_modules(events->kernel, KERNEL_BTF_DIR,
					     found_tracepoint, &search);
	return true;
}

void live_forget(struct live_events *events)
{
	kernel_btf_close(events->kernel);
	events->kernel = NULL;
}

int live_probe(struct live_events *events)
{
	bool capable = live_prepare();

	if (!live_find(events)) {
		if (errno == EINVAL)
			complain("%s is not understood: the kernel is newer than this lutrace",
				 KERNEL_BTF_DIR "/vmlinux");
		else
			complain("cannot read %s: %s: the kernel needs CONFIG_DEBUG_INFO_BTF=y",
				 KERNEL_BTF_DIR "/vmlinux", strerror(errno));
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

/*
 * Opens and loads the programs. libbpf gets the layout of what they read as a
 * file, which can be written only after the programs are open.
 */
static struct lutrace_bpf *load_programs(const struct live_events *events,
					 size_t buffer_size)
{
	LIBBPF_OPTS(bpf_object_open_opts, options);
	struct lutrace_bpf *skeleton;
	char path[32];
	int fd, err;

	fd = memfd_create("lutrace-btf", MFD_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	options.btf_custom_path = path;
	/* A kernel with the tracepoints counts BPF's memory to the cgroup: no need to ask it. */
	if (libbpf_set_memlock_rlim)
		libbpf_set_memlock_rlim(0);
	skeleton = fd < 0 ? NULL : lutrace_bpf__open_opts(&options);
	if (!skeleton || !select_programs(skeleton, events) ||
	    bpf_map__set_max_entries(skeleton->maps.records, buffer_size)) {
		complain("cannot open the BPF programs: %s", strerror(errno));
		goto fail;
	}

	err = kernel_btf_excerpt(events->kernel, bpf_object__btf(skeleton->obj), fd);
	if (err) {
		complain("cannot look up the kernel's types: %s", strerror(-err));
		goto fail;
	}

	err = lutrace_bpf__load(skeleton);
	if (err) {
		complain("cannot load the BPF programs: %s%s", strerror(-err),
			 load_hint(-err));
		goto fail;
	}
	close(fd);
	return skeleton;

fail:
	lutrace_bpf__destroy(skeleton);
	if (fd >= 0)
		close(fd);
	return NULL;
}

struct live *live_open(struct live_events *events, size_t buffer_size)
{
	struct live *live = calloc(1, sizeof(*live));
	struct lutrace_bpf *skeleton;
	int err;

	if (!live) {
		complain("out of memory");
		return NULL;
	}

	live->capacity = buffer_size / LUTRACE_RECORD_MIN + 1;
	skeleton = load_programs(events, buffer_size);
	live_forget(events);
	live->skeleton = skeleton;
	if (!skeleton)
		goto fail;

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
