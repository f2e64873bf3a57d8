/* SPDX-License-Identifier: GPL-2.0 */
/* The live source: BPF programs on the running kernel's tracepoints. */
#ifndef LUTRACE_SOURCE_LIVE_H
#define LUTRACE_SOURCE_LIVE_H

#include "model/event.h"

struct live;
struct kernel_btf;

/**
 * struct live_events - What the running kernel offers
 * @wanted:  In: the events to trace.
 * @present: Out: those of them that the kernel has.
 * @kernel:  Out: its types; live_forget() closes them, and so does live_open().
 */
struct live_events {
	bool wanted[LUTRACE_NR_EVENTS];
	bool present[LUTRACE_NR_EVENTS];
	struct kernel_btf *kernel;
};

/* libbpf's own log is shown from this on. */
void live_show_libbpf_log(void);

/*
 * Has libbpf log as it should. Returns whether BPF programs may be loaded, after
 * complaining.
 */
bool live_prepare(void);

/* Gives up all privileges, for good. */
void live_drop_privileges(void);

/* Whether they may. */
bool live_is_capable(void);

/* Looks for the tracepoints of @events->wanted; false where the kernel has no BTF. */
bool live_find(struct live_events *events);
void live_forget(struct live_events *events);

/*
 * Looks for the tracepoints of @events->wanted. Returns 0 or an exit status,
 * after complaining.
 */
int live_probe(struct live_events *events);

/*
 * Attaches to @events->present, with a ring of @buffer_size bytes (a power of
 * two times the page size), and gives up all privileges. Returns NULL after
 * complaining.
 */
struct live *live_open(struct live_events *events, size_t buffer_size);
void live_close(struct live *live);

/* Readable when there are events. */
int live_fd(const struct live *live);

/*
 * Hands what is in the ring to @event, but not for ever: the rest keeps
 * live_fd() readable. Returns false where @event did, which also stops it. A
 * record that cannot be decoded counts as lost.
 */
bool live_consume(struct live *live,
		  bool (*event)(void *data, struct event *event),
		  void *data);

/* Returns whether events were lost since the last call, and stores which. */
bool live_lost(struct live *live, struct loss *loss);

#endif /* LUTRACE_SOURCE_LIVE_H */
