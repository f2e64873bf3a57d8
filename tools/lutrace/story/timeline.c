// SPDX-License-Identifier: GPL-2.0
/*
 * An event of a file names the session and the token, an event of a device the PCI address. The
 * thread joins them: an operation on a file first records the events of its device, and then its
 * own, all in the same thread.
 */
#define _GNU_SOURCE
#include <stdlib.h>

#include "story/timeline.h"

void timeline_free(struct timeline *t)
{
	size_t i;

	if (!t)
		return;
	for (i = 0; i < t->nr; i++) {
		free(t->entries[i].item.event);
		free(t->entries[i].item.jump);
		free(t->entries[i].item.loss);
	}
	free(t->entries);
	free(t);
}

/* Adds the item, whose one member is NULL where there was no memory for it. */
static bool add_item(struct timeline *t, struct item item)
{
	struct entry *entries = NULL;

	if (item.event || item.jump || item.loss)
		entries = reallocarray(t->entries, t->nr + 1, sizeof(*entries));
	if (!entries) {
		free(item.event);
		free(item.jump);
		free(item.loss);
		t->no_memory = true;
		return false;
	}
	t->entries = entries;
	t->entries[t->nr++] = (struct entry){ .item = item };
	t->linked = false;
	return true;
}

static void *copy(const void *data, size_t size)
{
	void *mine = malloc(size);

	return mine ? memcpy(mine, data, size) : NULL;
}

static struct timeline *timeline_of(struct sink *sink)
{
	return container_of(sink, struct timeline, sink);
}

static bool add_event(struct sink *sink, struct event *event)
{
	struct event *mine = malloc(sizeof(*mine));

	if (mine)
		event_copy(mine, event);
	return add_item(timeline_of(sink), (struct item){ .event = mine });
}

static void add_jump(struct sink *sink, const struct jump *jump)
{
	add_item(timeline_of(sink), (struct item){ .jump = copy(jump, sizeof(*jump)) });
}

static void add_loss(struct sink *sink, const struct loss *loss)
{
	struct timeline *t = timeline_of(sink);

	add_item(t, (struct item){ .loss = copy(loss, sizeof(*loss)) });
	t->lost += loss->count;
}

struct timeline *timeline_new(void)
{
	struct timeline *t = calloc(1, sizeof(*t));

	if (t)
		t->sink = (struct sink){ add_event, add_jump, add_loss };
	return t;
}

/* A preserve that fails takes back what it did before it records its own event. */
static bool is_taken_back(const struct event *other, const struct event *e)
{
	return is(e, LUTRACE_FILE_PRESERVE) && e->failed &&
	       (is(other, LUTRACE_FLB_UNPRESERVE) || is(other, LUTRACE_PCI_UNPRESERVE));
}

/*
 * Looks back from the event of a file at @at for what its thread did as part of that operation:
 * the device, and the first failure.
 */
static void look_back(struct timeline *t, size_t at)
{
	struct entry *entry = &t->entries[at];
	const struct event *e = entry->item.event;
	size_t i;

	for (i = at; i-- > 0;) {
		const struct event *other = event_at(t, i);

		if (!other || !same_thread(other, e) || is_taken_back(other, e))
			continue;
		if (other->desc->operation == OPERATION_NONE ||
		    other->desc->operation != e->desc->ends ||
		    (is_of_file(other) && !same_file(other, e)))
			return;
		if (other->failed)
			entry->cause = i + 1;
		if (device_of(other) && !is_bridge(other))
			strcpy(entry->device, device_of(other));
	}
}

/* Takes the device from an earlier event of the same file, as long as its session lives. */
static void look_up(struct timeline *t, size_t at)
{
	const struct event *e = event_at(t, at);
	size_t i;

	for (i = at; i-- > 0;) {
		const struct event *other = event_at(t, i);

		if (is_ok(other, LUTRACE_SESSION_CREATE) && same(session_of(other), session_of(e)))
			return;
		if (!same_file(other, e) || is(other, LUTRACE_FILE_MATCH) ||
		    (is(other, LUTRACE_FILE_PRESERVE) && other->failed))
			continue;
		strcpy(t->entries[at].device, t->entries[i].device);
		return;
	}
}

void timeline_link(struct timeline *t)
{
	size_t i;

	if (t->linked)
		return;
	t->linked = true;
	t->jump = t->nr;
	for (i = 0; i < t->nr; i++) {
		struct entry *entry = &t->entries[i];
		const struct event *e = entry->item.event;

		entry->cause = 0;
		*entry->device = '\0';
		if (entry->item.jump)
			t->jump = i;
		if (device_of(e))
			strcpy(entry->device, device_of(e));
		if (!is_of_file(e) || is(e, LUTRACE_FILE_MATCH))
			continue;
		look_back(t, i);
		if (!*entry->device && !is(e, LUTRACE_FILE_PRESERVE))
			look_up(t, i);
	}
}

static const char *name_at(const struct timeline *t, size_t i, enum object_kind kind)
{
	const struct event *e = event_at(t, i);

	if (!e)
		return NULL;
	if (kind == OBJECT_SESSION)
		return session_of(e);
	return is_bridge(e) || is(e, LUTRACE_PCI_BUS_NUMBERS) || is(e, LUTRACE_PCI_ARI) ||
	       is(e, LUTRACE_PCI_ACS) || is(e, LUTRACE_PCI_BUS_MASTER) ? NULL : device_of(e);
}

void timeline_objects(const struct timeline *t, enum object_kind kind,
		      void (*seen)(void *data, const char *name), void *data)
{
	size_t i, k;

	for (i = 0; i < t->nr; i++) {
		const char *name = name_at(t, i, kind);

		for (k = 0; name && k < i; k++) {
			if (same(name_at(t, k, kind), name))
				name = NULL;
		}
		if (name)
			seen(data, name);
	}
}
