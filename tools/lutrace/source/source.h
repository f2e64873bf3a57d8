/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where recorded events come from: the journals of the running kernel and the
 * previous one, or a capture.
 */
#ifndef LUTRACE_SOURCE_H
#define LUTRACE_SOURCE_H

#include "model/state.h"
#include "source/journal.h"

struct source;

/* What is wanted of a source. */
#define SOURCE_EVENTS	(1U << 0)
#define SOURCE_STATE	(1U << 1)
/* Events are handed out even if the state cannot be read. */
#define SOURCE_STATE_OPTIONAL	(1U << 2)

/*
 * Opens the capture at @input, or reads what is wanted of the kernel's journals and
 * of its state where it is NULL, for which all privileges are given up. A kernel
 * without a state to read has events all the same. Returns NULL after complaining.
 */
struct source *source_open(const char *input, unsigned int wanted);
void source_close(struct source *source);

/*
 * What is known of it: version, host, kernel, generation and clocks of the
 * recorder, or of this machine. No event is traced or missing.
 */
const struct trace_info *source_info(const struct source *source);

/* How the running kernel was entered. */
enum arrival source_read_arrival(void);

/* How the kernel that recorded was entered. */
enum arrival source_arrival(const struct source *source);

/*
 * What is preserved, or was when the recording ended or the last time that it was
 * recorded; NULL where that is not known, or was not wanted.
 */
struct state *source_state(struct source *source);

/*
 * Whether it has what that kernel recorded; whether a capture does is not known
 * before it is shown, so that it counts as having it.
 */
bool source_has(const struct source *source, enum generation_choice which);

/*
 * Why there is nothing to show of the generation that is wanted, after
 * complaining; false where there is something.
 */
bool source_is_empty(const struct source *source, enum generation_choice which);

/*
 * Hands all that was recorded to @sink, in order. May be called more than once.
 * Returns false where @sink->event() did.
 */
bool source_show(struct source *source, enum generation_choice which,
		 struct sink *sink);

/*
 * Why not all of a capture could be read, in words, once it was shown or its state
 * was asked for; NULL where all could, and of the kernel's journals.
 */
const char *source_problem(const struct source *source);

/* How the recording ended, once it was shown: see struct summary. */
const char *source_end(const struct source *source);

/* When, on the same clock as its events. */
int64_t source_end_ns(const struct source *source);

#endif /* LUTRACE_SOURCE_H */
