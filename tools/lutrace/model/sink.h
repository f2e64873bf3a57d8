/* SPDX-License-Identifier: GPL-2.0 */
/* Where a source hands what happened, and what it says at both ends of that. */
#ifndef LUTRACE_SINK_H
#define LUTRACE_SINK_H

#include "base/util.h"
#include "model/event.h"

/**
 * struct sink - Takes what happened, in order
 * @event: An event; returns false to have no more. The event is the source's, and
 *         its time is over when this returns.
 * @jump:  The jump from the previous kernel to this one, where there was one.
 * @lost:  Events that happened and are not there.
 *
 * To be embedded: container_of() leads back.
 */
struct sink {
	bool (*event)(struct sink *sink, struct event *event);
	void (*jump)(struct sink *sink, const struct jump *jump);
	void (*lost)(struct sink *sink, const struct loss *loss);
};

/**
 * struct trace_info - What is known when tracing begins
 * @version: Of lutrace.
 * @host:    Name of the machine.
 * @kernel:  Release of the running kernel.
 * @clocks:  How to read the times.
 * @generation: Live updates that led to that kernel, where @has_generation.
 * @has_generation: @generation is known.
 * @traced:  Events that are traced.
 * @missing: Events that were asked for and that the kernel does not have.
 */
struct trace_info {
	const char *version;
	const char *host;
	const char *kernel;
	struct clocks clocks;
	uint64_t generation;
	bool has_generation;
	bool traced[LUTRACE_NR_EVENTS];
	bool missing[LUTRACE_NR_EVENTS];
};

/**
 * struct summary - What is known when tracing ends
 * @boottime_ns: When.
 * @end:         Why: "interrupted", "duration", "max_events", "closed", "read"
 *               where journals or a capture are at their end, or "truncated"
 *               where a capture is damaged or has no end.
 * @shown:       Events that the filter let through.
 * @filtered:    Events that it did not.
 * @failed:      How many of the shown are failures.
 * @lost:        Events that happened and were not seen.
 */
struct summary {
	int64_t boottime_ns;
	const char *end;
	uint64_t shown;
	uint64_t filtered;
	uint64_t failed;
	uint64_t lost;
};

#endif /* LUTRACE_SINK_H */
