// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "base/complain.h"
#include "base/privilege.h"
#include "base/util.h"
#include "source/kernel_btf.h"
#include "source/live.h"
#include "lutrace.skel.h"

/* libbpf 1.1 forgets to export it from its shared library. */
extern int libbpf_set_memlock_rlim(size_t bytes) __attribute__((weak));

/**
 * struct live - An attached tracer
 * @skeleton:  The program and its maps.
 * @links:     From the kernel's trace events to the program.
 * @ring:      Where samples arrive.
 * @counters:  What the program counts, shared with it.
 * @dropped:   Events that did not fit into the ring, as last reported.
 * @seen:      The same, by number.
 * @skipped:   So for the events that the kernel skipped.
 * @undecoded: Samples since the last report that made no sense.
 * @total:     Events lost so far.
 * @capacity:  Samples that fit into the ring, or more.
 * @batch:     Samples that live_consume() took so far.
 * @stopped:   @sink wants no more.
 * @sink:      Where live_consume() hands events.
 * @decoded:   The event at hand; large, so not on the stack.
 */
struct live {
	struct lutrace_bpf *skeleton;
	struct bpf_link *links[LUTRACE_NR_EVENTS];
	struct ring_buffer *ring;
	const struct lutrace_counters *counters;
	uint64_t dropped;
	uint64_t seen[LUTRACE_NR_NUMBERS];
	uint64_t skipped;
	uint64_t undecoded;
	uint64_t total;
	size_t capacity;
	size_t batch;
	bool stopped;
	struct sink *sink;
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

bool live_prepare(void)
{
	libbpf_set_print(libbpf_log);
	return privilege_check();
}

int live_find(struct live_events *events)
{
	struct kernel_name names[LUTRACE_NR_EVENTS];
	size_t i, nr = 0;
	int err;

	for (i = 0; i < LUTRACE_NR_EVENTS; i++) {
		if (events->wanted[i])
			names[nr++] = (struct kernel_name){ .name = event_descs[i].tracepoint };
	}
	err = kernel_btf_find_events(KERNEL_BTF_DIR, names, nr);
	for (i = 0, nr = 0; !err && i < LUTRACE_NR_EVENTS; i++) {
		if (!events->wanted[i])
			continue;
		events->present[i] = names[nr].has_record;
		events->missing[i] = !names[nr].found;
		events->foreign[i] = names[nr].found && !names[nr].has_record;
		nr++;
	}
	return err;
}

int live_probe(struct live_events *events)
{
	bool capable = live_prepare();
	int err = live_find(events);

	if (err == EINVAL)
		complain("%s is not understood: the kernel is newer than this lutrace",
			 KERNEL_BTF_DIR "/vmlinux");
	else if (err)
		complain("cannot read %s: %s: the kernel needs CONFIG_DEBUG_INFO_BTF=y",
			 KERNEL_BTF_DIR "/vmlinux", strerror(err));
	return err || !capable ? EXIT_CANNOT_RUN : 0;
}

static int handle_sample(void *context, void *data, size_t size)
{
	const struct lutrace_sample *sample = data;
	struct live *live = context;
	size_t header = offsetof(struct lutrace_sample, record);

	if (size < header ||
	    event_decode(&live->decoded, sample->boottime_ns, &sample->record,
			 size - header)) {
		live->undecoded++;
	} else {
		live->decoded.seq = sample->seq;
		if (!live->sink->event(live->sink, &live->decoded))
			live->stopped = true;
	}

	/*
	 * Any negative number stops the ring, after this sample. In a flood of
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

static struct lutrace_bpf *load_program(size_t buffer_size)
{
	struct lutrace_bpf *skeleton;
	int err;

	/* A kernel with the trace events counts BPF's memory to the cgroup: no need to ask it. */
	if (libbpf_set_memlock_rlim)
		libbpf_set_memlock_rlim(0);
	skeleton = lutrace_bpf__open();
	if (!skeleton || bpf_map__set_max_entries(skeleton->maps.samples, buffer_size)) {
		complain("cannot open the BPF program: %s", strerror(errno));
		lutrace_bpf__destroy(skeleton);
		return NULL;
	}
	err = lutrace_bpf__load(skeleton);
	if (!err)
		return skeleton;
	complain("cannot load the BPF program: %s%s", strerror(-err), load_hint(-err));
	lutrace_bpf__destroy(skeleton);
	return NULL;
}

/* The same program, to each trace event. */
static bool attach(struct live *live, const struct live_events *events)
{
	struct bpf_program *program = live->skeleton->progs.copy_record;
	size_t i;

	for (i = 0; i < LUTRACE_NR_EVENTS; i++) {
		const char *name = event_descs[i].tracepoint;

		if (!events->present[i])
			continue;
		live->links[i] = bpf_program__attach_raw_tracepoint(program, name);
		if (!live->links[i]) {
			complain("cannot attach to trace event %s: %s%s", name,
				 strerror(errno), load_hint(errno));
			return false;
		}
	}
	return true;
}

struct live *live_open(const struct live_events *events, size_t buffer_size)
{
	struct live *live = calloc(1, sizeof(*live));

	if (!live) {
		complain("out of memory");
		return NULL;
	}

	live->capacity = buffer_size / LUTRACE_RECORD_MIN + 1;
	live->skeleton = load_program(buffer_size);
	if (!live->skeleton)
		goto fail;
	live->ring = ring_buffer__new(bpf_map__fd(live->skeleton->maps.samples),
				      handle_sample, live, NULL);
	if (!live->ring) {
		complain("cannot map the ring buffer: %s%s", strerror(errno),
			 load_hint(errno));
		goto fail;
	}
	if (!map_counters(live)) {
		complain("cannot map the counters: %s", strerror(errno));
		goto fail;
	}
	if (!attach(live, events))
		goto fail;
	privilege_drop();
	return live;

fail:
	live_close(live);
	return NULL;
}

void live_close(struct live *live)
{
	size_t i;

	if (!live)
		return;
	for (i = 0; i < LUTRACE_NR_EVENTS; i++)
		bpf_link__destroy(live->links[i]);
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

bool live_consume(struct live *live, struct sink *sink)
{
	live->sink = sink;
	live->batch = 0;
	ring_buffer__consume(live->ring);
	return !live->stopped;
}

/* How many events the kernel has skipped; as before where it does not say. */
static uint64_t count_skipped(const struct live *live)
{
	struct bpf_prog_info info = { 0 };
	uint32_t size = sizeof(info);
	int fd = bpf_program__fd(live->skeleton->progs.copy_record);

	return bpf_obj_get_info_by_fd(fd, &info, &size) ? live->skipped : info.recursion_misses;
}

/*
 * The kernel does not run the program while it runs on that CPU: it skips an event that
 * interrupts it.
 */
static void look_for_skipped(struct live *live, struct loss *loss)
{
	uint64_t skipped = count_skipped(live);

	loss->unknown += skipped - live->skipped;
	loss->count += skipped - live->skipped;
	live->skipped = skipped;
}

static void look_for_dropped(struct live *live, struct loss *loss)
{
	size_t i;

	for (i = 0; i < LUTRACE_NR_NUMBERS; i++) {
		uint64_t total = __atomic_load_n(&live->counters->lost[i], __ATOMIC_RELAXED);
		uint64_t lost = total - live->seen[i];
		const struct event_desc *desc;

		if (!lost)
			continue;
		desc = event_desc_of(i);
		if (desc)
			loss->by_event[desc->id] = lost;
		else
			loss->unknown += lost;
		loss->count += lost;
		live->dropped += lost;
		live->seen[i] = total;
	}
}

bool live_lost(struct live *live, struct loss *loss, bool skipped)
{
	/* Counted last: then each that is in it is counted by its number. */
	bool dropped = __atomic_load_n(&live->counters->nr_lost, __ATOMIC_ACQUIRE) !=
		       live->dropped;
	struct clocks now;

	/* After each wakeup, so nothing else is done if nothing was lost. */
	if (!dropped && !skipped && !live->undecoded)
		return false;

	memset(loss, 0, sizeof(*loss));
	loss->undecodable = live->undecoded;
	loss->count = live->undecoded;
	live->undecoded = 0;
	if (dropped)
		look_for_dropped(live, loss);
	if (skipped)
		look_for_skipped(live, loss);
	live->total += loss->count;
	loss->total = live->total;
	clocks_read(&now);
	loss->boottime_ns = now.start_ns;
	return loss->count;
}
