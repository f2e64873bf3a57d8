/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a diagnosis goes by: all that happened, and what of it bears on the
 * object. For those that go through all of it themselves.
 */
#ifndef LUTRACE_STORY_H
#define LUTRACE_STORY_H

#include <string.h>

#include "story/diagnosis.h"

struct ranked;

/* What an event calls a device fits, be it an address or a name. */
_Static_assert(BDF_SIZE <= LUTRACE_DEVICE_LENGTH, "an address is too long");

/**
 * struct entry - An item and what the diagnosis knows of it
 * @item:    What it is.
 * @device:  Address of the device, of a file's event as well; "" where unknown.
 * @cause:   Index of the first failure on the way to this one, plus 1; 0 if none.
 * @about:   It bears on the object.
 * @update:  It does, but is about the update as a whole.
 * @keep:    It is shown in any case.
 */
struct entry {
	struct item item;
	char device[LUTRACE_DEVICE_LENGTH];
	size_t cause;
	bool about;
	bool update;
	bool keep;
};

/**
 * struct names - A set of names, which belong to events
 * @name: They.
 * @nr:   How many.
 */
struct names {
	const char **name;
	size_t nr;
};

/**
 * struct diagnosis - All that happened, and the object
 * @entries:   In order.
 * @nr:        How many.
 * @jump:      Index of the jump, @nr where there was none.
 * @start:     The object's story begins there.
 * @lost:      Records that are missing.
 * @incomplete: Why not all that was recorded is here; NULL where it is.
 * @kind:      Of the object.
 * @device:    Its address, where it is a device.
 * @session:   Its session, where it is not; owned.
 * @token:     Its token, where it is a file.
 * @devices:   Devices of the object's files, or the object.
 * @bridges:   Bridges that were preserved with them.
 * @sessions:  Sessions that had one of these files, or the object's.
 * @ranked:    What was found.
 * @nr_ranked: How many.
 * @findings:  The same, for the verdict.
 * @no_memory: Something could not be kept.
 */
struct diagnosis {
	struct entry *entries;
	size_t nr;
	size_t jump;
	size_t start;
	uint64_t lost;
	const char *incomplete;
	enum object_kind kind;
	char device[BDF_SIZE];
	char *session;
	uint64_t token;
	struct names devices;
	struct names bridges;
	struct names sessions;
	struct ranked *ranked;
	size_t nr_ranked;
	struct finding *findings;
	bool no_memory;
};

static inline const struct event *event_at(const struct diagnosis *d, size_t i)
{
	return d->entries[i].item.event;
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
	return e && event_has(e, FIELD_SESSION) ? e->value[FIELD_SESSION].text :
						  NULL;
}

static inline bool is_of_file(const struct event *e)
{
	return e && event_has(e, FIELD_SESSION) && event_has(e, FIELD_TOKEN);
}

static inline bool has_reason(const struct event *e, const char *reason)
{
	return same(e->value[FIELD_REASON].text, reason);
}

/* 0000:00:00.0 is what the kernel says where it could not read the address. */
static inline const char *device_of(const struct event *e)
{
	if (!e || !event_has(e, FIELD_DEVICE) ||
	    (e->record.has_bdf && !e->record.domain && !e->record.bdf))
		return NULL;
	return e->value[FIELD_DEVICE].text;
}

static inline bool is_bridge(const struct event *e)
{
	return event_has(e, FIELD_BRIDGE) && e->value[FIELD_BRIDGE].count;
}

static inline bool same_file(const struct event *a, const struct event *b)
{
	return is_of_file(a) && is_of_file(b) &&
	       same(session_of(a), session_of(b)) &&
	       a->value[FIELD_TOKEN].count == b->value[FIELD_TOKEN].count;
}

static inline bool same_thread(const struct event *a, const struct event *b)
{
	return a->tid == b->tid && a->previous == b->previous;
}

bool has_name(const struct names *names, const char *name);

/* Finds the jump, and the devices and causes of what happened to files. */
void story_link(struct diagnosis *d);

/*
 * Settles what the object is and which events bear on it, whatever was asked
 * before. Whether any is about the object goes to @known. Returns false without
 * memory.
 */
bool story_find(struct diagnosis *d, const char *object, bool *known);

/* Whether the event is about the object, not about the update as a whole. */
bool is_about_object(const struct diagnosis *d, size_t i);

/* It is shown in any case. */
void story_keep(struct diagnosis *d, const struct event *event);

#endif /* LUTRACE_STORY_H */
