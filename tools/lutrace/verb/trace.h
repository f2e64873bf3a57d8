/* SPDX-License-Identifier: GPL-2.0 */
/* Tracing, for those verbs that trace: what was recorded, and then live events. */
#ifndef LUTRACE_TRACE_H
#define LUTRACE_TRACE_H

#include "verb/options.h"

/**
 * struct trace_options - How to trace
 * @common:      What to show and how.
 * @duration_ns: When to end; 0 for never.
 * @max_events:  After how many shown events to end; 0 for never.
 * @buffer_size: Of the ring, in bytes.
 * @ready_fd:    Gets a line once attached; -1 for none.
 * @strict:      Missing data is an error.
 * @no_history:  Live events only.
 * @snapshot:    Called at the beginning and at the end, between the view's; NULL for none.
 * @data:        For @snapshot.
 */
struct trace_options {
	struct common_options common;
	uint64_t duration_ns;
	uint64_t max_events;
	uint64_t buffer_size;
	int ready_fd;
	bool strict;
	bool no_history;
	void (*snapshot)(void *data);
	void *data;
};

/* A child of a verb's struct argp; takes a struct trace_options as its input. */
extern const struct argp trace_running_argp;

#define TRACE_CHILD_RUNNING						\
	{ .argp = &trace_running_argp, .header = "Running:", .group = 3 }

/* Sets the defaults. */
void trace_init(struct trace_options *options);

/*
 * Hands what the journals have, and then live events, to @view, until a signal or an
 * option ends it. Gives up all privileges. Returns the exit status.
 */
int trace_run(const struct trace_options *options, struct view *view);

#endif /* LUTRACE_TRACE_H */
