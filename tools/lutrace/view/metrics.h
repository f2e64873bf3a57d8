/* SPDX-License-Identifier: GPL-2.0 */
/* What is recorded and preserved, as numbers for Prometheus. */
#ifndef LUTRACE_METRICS_H
#define LUTRACE_METRICS_H

#include "model/state.h"
#include "story/phases.h"
#include "view/view.h"

enum metrics_format {
	/* With units, and a line that ends it. */
	METRICS_OPENMETRICS,
	/* What node_exporter's textfile collector reads. */
	METRICS_PROMETHEUS,
};

/* A fixed number of kinds of failures is counted one by one; the rest are summed up. */
#define METRICS_MAX_FAILURES	512

/**
 * struct failure_count - Failures that are alike
 * @id:       Event.
 * @previous: In the previous kernel.
 * @reason:   Its reason, "" if it has none.
 * @err:      0 or a negative errno.
 * @count:    How many.
 */
struct failure_count {
	enum lutrace_event_id id;
	bool previous;
	const char *reason;
	int err;
	uint64_t count;
};

/**
 * struct metrics - All that is counted
 * @info:     What recorded them.
 * @recorded: Events, by kernel (1: the previous one) and by enum lutrace_event_id.
 *            The last are those that are not in the table.
 * @longest:  The longest operation of each, in ns.
 * @failures: Kinds of failures.
 * @nr_failures: How many of them.
 * @other_failures: Failures that @failures has no room for.
 * @lost:     Records that are missing.
 * @phases:   Of the last update.
 * @state:    What is preserved; NULL if that is not known.
 * @readable: The journal of the kernel is there; by kernel.
 */
struct metrics {
	const struct trace_info *info;
	uint64_t recorded[2][LUTRACE_NR_EVENTS + 1];
	uint64_t longest[LUTRACE_NR_EVENTS + 1];
	struct failure_count failures[METRICS_MAX_FAILURES];
	size_t nr_failures;
	uint64_t other_failures;
	uint64_t lost;
	const struct phases *phases;
	const struct state *state;
	bool readable[2];
};

void metrics_event(struct metrics *metrics, const struct event *event);

void metrics_write(FILE *out, const struct metrics *metrics, enum metrics_format format);

#endif /* LUTRACE_METRICS_H */
