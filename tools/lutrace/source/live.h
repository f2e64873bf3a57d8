/* SPDX-License-Identifier: GPL-2.0 */
/* The live source: a BPF program on the running kernel's trace events. */
#ifndef LUTRACE_SOURCE_LIVE_H
#define LUTRACE_SOURCE_LIVE_H

#include "model/sink.h"

struct live;

/**
 * struct live_events - What the running kernel offers
 * @wanted:  In: the events to trace.
 * @present: Out: those of them that the kernel has.
 * @missing: Out: those that it does not have.
 * @foreign: Out: those that it has with other arguments than lutrace reads.
 */
struct live_events {
	bool wanted[LUTRACE_NR_EVENTS];
	bool present[LUTRACE_NR_EVENTS];
	bool missing[LUTRACE_NR_EVENTS];
	bool foreign[LUTRACE_NR_EVENTS];
};

/* From this on libbpf's own log is shown. */
void live_show_libbpf_log(void);

/*
 * Redirects libbpf's log. Returns whether the process may load BPF programs, after
 * complaining.
 */
bool live_prepare(void);

/* Looks for the trace events of @events->wanted. Returns 0 or an errno. */
int live_find(struct live_events *events);

/* The same. Returns 0 or an exit status, after complaining. */
int live_probe(struct live_events *events);

/*
 * Attaches to @events->present, with a ring of @buffer_size bytes (a power of
 * two times the page size), and gives up all privileges. Returns NULL after
 * complaining.
 */
struct live *live_open(const struct live_events *events, size_t buffer_size);
void live_close(struct live *live);

/* Readable when there are events. */
int live_fd(const struct live *live);

/*
 * Hands what is in the ring to @sink->event(), but not for ever: the rest keeps
 * live_fd() readable. Returns false where that did, which also stops it. A
 * sample that cannot be decoded counts as lost.
 */
bool live_consume(struct live *live, struct sink *sink);

/*
 * Returns whether events were lost since the last call, and stores which. Those that the
 * kernel @skipped are looked for only if asked: that costs a system call.
 */
bool live_lost(struct live *live, struct loss *loss, bool skipped);

#endif /* LUTRACE_SOURCE_LIVE_H */
