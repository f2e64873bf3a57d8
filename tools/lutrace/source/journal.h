/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the journals of the previous kernel and of this one tell, as events of
 * the model on the time axis of this one.
 */
#ifndef LUTRACE_HISTORY_H
#define LUTRACE_HISTORY_H

#include "model/filter.h"
#include "model/sink.h"

struct history;

/*
 * Takes what the journal's iterator gave. Returns NULL where there is no memory
 * (ENOMEM) or @data makes no sense (EINVAL).
 */
struct history *history_parse(const void *data, size_t size);
void history_free(struct history *history);

/* Live updates that led to this kernel; false where it keeps no journal. */
bool history_generation(const struct history *history, uint64_t *generation);

/* Whether this kernel's record with that number is among the events. */
bool history_has(const struct history *history, uint64_t journal_seq);

/* Adds to a live event what is known of its kernel and of the jump before it. */
void history_annotate(const struct history *history, struct event *event);

/* Why a journal cannot be read, in words; NULL where it can. */
const char *history_problem(const struct history *history, bool previous);

/*
 * Hands all that the journals tell to @sink, in order. Returns false where an event was
 * the last one wanted.
 */
bool history_show(struct history *history, enum generation_choice which,
		  struct sink *sink);

#endif /* LUTRACE_HISTORY_H */
