/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The timeline: all events of a recording, in order, and how they relate. phases, tracks, the
 * exporters, the assertions and a diagnosis read it.
 */
#ifndef LUTRACE_TIMELINE_H
#define LUTRACE_TIMELINE_H

#include <string.h>

#include "model/sink.h"

/* A device is named by its PCI address or by another name; both fit. */
_Static_assert(BDF_SIZE <= LUTRACE_DEVICE_LENGTH, "an address is too long");

/**
 * struct item - What the timeline has at one index: one of these, the others are NULL
 * @event: An event.
 * @jump:  The jump to the next kernel.
 * @loss:  Events that are missing here.
 */
struct item {
	struct event *event;
	struct jump *jump;
	struct loss *loss;
};

/**
 * struct entry - An item, and what timeline_link() finds out about it
 * @item:   The item.
 * @device: Address of the device, of a file's event as well; "" where unknown.
 * @cause:  Index of the first failure that led to this one, plus 1; 0 if none.
 */
struct entry {
	struct item item;
	char device[LUTRACE_DEVICE_LENGTH];
	size_t cause;
};

/**
 * struct timeline - All that was recorded
 * @sink:       Adds what a source hands over, in order. Events are copied; texts of
 *              jumps must outlive the timeline. event() returns false without memory.
 * @entries:    In order.
 * @nr:         How many.
 * @jump:       Index of the last jump, @nr where there is none.
 * @lost:       Number of records that are missing.
 * @incomplete: Why not all of the recording could be read, so that what is missing may have
 *              happened; NULL where all could. The caller sets it.
 * @linked:     timeline_link() has seen all entries.
 * @no_memory:  An entry is missing, because there was no memory for it.
 */
struct timeline {
	struct sink sink;
	struct entry *entries;
	size_t nr;
	size_t jump;
	uint64_t lost;
	const char *incomplete;
	bool linked;
	bool no_memory;
};

struct source;

/* Returns NULL without memory. */
struct timeline *timeline_new(void);
void timeline_free(struct timeline *timeline);

/* Reads all that @source has; timeline_free() it. Returns NULL without memory. */
struct timeline *timeline_read(struct source *source);

/* Finds the last jump, and the device and the cause of each event of a file. */
void timeline_link(struct timeline *timeline);

enum object_kind {
	OBJECT_SESSION,
	OBJECT_FILE,
	OBJECT_DEVICE,
};

/* Hands each session, or each device that is not a bridge, to @seen once. */
void timeline_objects(const struct timeline *timeline, enum object_kind kind,
		      void (*seen)(void *data, const char *name), void *data);

/* Returns NULL where the entry is a jump or a loss. */
static inline const struct event *event_at(const struct timeline *t, size_t i)
{
	return t->entries[i].item.event;
}

static inline bool is(const struct event *e, enum lutrace_event_id id)
{
	return e && e->desc->id == id;
}

static inline bool is_ok(const struct event *e, enum lutrace_event_id id)
{
	return is(e, id) && !e->failed;
}

static inline bool same(const char *a, const char *b)
{
	return a && b && !strcmp(a, b);
}

static inline const char *session_of(const struct event *e)
{
	return e && event_has(e, FIELD_SESSION) ? e->value[FIELD_SESSION].text : NULL;
}

static inline bool is_of_file(const struct event *e)
{
	return e && event_has(e, FIELD_SESSION) && event_has(e, FIELD_TOKEN);
}

static inline bool has_reason(const struct event *e, const char *reason)
{
	return same(e->value[FIELD_REASON].text, reason);
}

/* Where the kernel could not read the address, it says 0000:00:00.0. */
static inline const char *device_of(const struct event *e)
{
	if (!e || !event_has(e, FIELD_DEVICE) ||
	    (e->record.flags & LUO_JOURNAL_HAS_BDF && !e->record.domain && !e->record.bdf))
		return NULL;
	return e->value[FIELD_DEVICE].text;
}

static inline bool is_bridge(const struct event *e)
{
	return event_has(e, FIELD_BRIDGE) && e->value[FIELD_BRIDGE].count;
}

static inline bool same_file(const struct event *a, const struct event *b)
{
	return is_of_file(a) && is_of_file(b) && same(session_of(a), session_of(b)) &&
	       a->value[FIELD_TOKEN].count == b->value[FIELD_TOKEN].count;
}

static inline bool same_thread(const struct event *a, const struct event *b)
{
	return a->tid == b->tid && a->previous == b->previous;
}

#endif /* LUTRACE_TIMELINE_H */
