// SPDX-License-Identifier: GPL-2.0
/*
 * Events of files name the session and the token, those of devices the PCI
 * address. What joins them is who did it: a file operation tells of its device
 * first, and then of itself, in the same thread.
 */
#define _GNU_SOURCE
#include <stdlib.h>

#include "story/story.h"

struct diagnosis *diagnosis_new(void)
{
	return calloc(1, sizeof(struct diagnosis));
}

void diagnosis_free(struct diagnosis *d)
{
	size_t i;

	if (!d)
		return;
	for (i = 0; i < d->nr; i++) {
		free(d->entries[i].item.event);
		free(d->entries[i].item.jump);
		free(d->entries[i].item.loss);
	}
	free(d->entries);
	free(d->session);
	free(d->devices.name);
	free(d->bridges.name);
	free(d->sessions.name);
	free(d->ranked);
	free(d->findings);
	free(d);
}

static struct entry *add_entry(struct diagnosis *d)
{
	struct entry *entries;

	entries = reallocarray(d->entries, d->nr + 1, sizeof(*entries));
	if (!entries)
		return NULL;
	d->entries = entries;
	entries += d->nr++;
	*entries = (struct entry){ 0 };
	return entries;
}

static void *copy(const void *data, size_t size)
{
	void *mine = malloc(size);

	return mine ? memcpy(mine, data, size) : NULL;
}

/* Events point into themselves: only decoding makes another one. */
static struct event *copy_event(const struct event *event)
{
	struct event *mine = malloc(sizeof(*mine));

	if (!mine)
		return NULL;
	event_decode(mine, &event->record, sizeof(event->record));
	mine->recorded = event->recorded;
	mine->previous = event->previous;
	mine->generation = event->generation;
	mine->has_generation = event->has_generation;
	mine->blackout_ns = event->blackout_ns;
	mine->has_blackout = event->has_blackout;
	return mine;
}

bool diagnosis_event(void *data, struct event *event)
{
	struct diagnosis *d = data;
	struct entry *entry = add_entry(d);

	if (entry)
		entry->item.event = copy_event(event);
	if (!entry || !entry->item.event) {
		d->no_memory = true;
		return false;
	}
	return true;
}

void diagnosis_jump(void *data, const struct jump *jump)
{
	struct diagnosis *d = data;
	struct entry *entry = add_entry(d);

	if (entry)
		entry->item.jump = copy(jump, sizeof(*jump));
	d->no_memory |= !entry || !entry->item.jump;
}

void diagnosis_lost(void *data, const struct loss *loss)
{
	struct diagnosis *d = data;
	struct entry *entry = add_entry(d);

	if (entry)
		entry->item.loss = copy(loss, sizeof(*loss));
	d->no_memory |= !entry || !entry->item.loss;
	d->lost += loss->count;
}

void diagnosis_incomplete(struct diagnosis *d, const char *why)
{
	d->incomplete = why;
}

/*
 * Events of a device that the event of its file follows: that event names the
 * operation. The one that ends with it is the last of the operation.
 */
static enum lutrace_event_id operation_of(enum lutrace_event_id id)
{
	switch (id) {
	case LUTRACE_VFIO_MATCH:
	case LUTRACE_PCI_PRESERVE:
	case LUTRACE_PCI_REFUSE:
	case LUTRACE_FLB_PRESERVE:
	case LUTRACE_FILE_MATCH:
		return LUTRACE_FILE_PRESERVE;
	case LUTRACE_PCI_UNPRESERVE:
	case LUTRACE_FLB_UNPRESERVE:
		return LUTRACE_FILE_UNPRESERVE;
	case LUTRACE_VFIO_RESET:
	case LUTRACE_VFIO_FREEZE:
		return LUTRACE_FILE_FREEZE;
	case LUTRACE_VFIO_UNFREEZE:
		return LUTRACE_FILE_UNFREEZE;
	case LUTRACE_VFIO_RETRIEVE:
		return LUTRACE_FILE_RETRIEVE;
	case LUTRACE_VFIO_FINISH_REFUSED:
		return LUTRACE_FILE_CAN_FINISH;
	case LUTRACE_PCI_FINISH:
	case LUTRACE_FLB_FINISH:
		return LUTRACE_FILE_FINISH;
	default:
		return LUTRACE_NR_EVENTS;
	}
}

/* A preserve that fails takes back what it did before it tells so. */
static bool is_taken_back(const struct event *other, const struct event *e)
{
	return is(e, LUTRACE_FILE_PRESERVE) && e->failed &&
	       (is(other, LUTRACE_FLB_UNPRESERVE) ||
		is(other, LUTRACE_PCI_UNPRESERVE));
}

/*
 * Looks back from the file event @at for what its thread did for it: the device,
 * and the first thing that failed.
 */
static void look_back(struct diagnosis *d, size_t at)
{
	struct entry *entry = &d->entries[at];
	const struct event *e = entry->item.event;
	size_t i;

	for (i = at; i-- > 0;) {
		const struct event *other = event_at(d, i);

		if (!other || !same_thread(other, e) ||
		    is_taken_back(other, e))
			continue;
		if (operation_of(other->desc->id) != e->desc->id ||
		    (is_of_file(other) && !same_file(other, e)))
			return;
		if (other->failed)
			entry->cause = i + 1;
		if (device_of(other) && !is_bridge(other))
			strcpy(entry->device, device_of(other));
	}
}

/* What is known of the file from before @at, in its session's life. */
static void look_up(struct diagnosis *d, size_t at)
{
	struct entry *entry = &d->entries[at];
	const struct event *e = entry->item.event;
	size_t i;

	for (i = at; i-- > 0;) {
		const struct event *other = event_at(d, i);

		if (is_ok(other, LUTRACE_SESSION_CREATE) &&
		    same(session_of(other), session_of(e)))
			return;
		if (!same_file(other, e) || is(other, LUTRACE_FILE_MATCH) ||
		    (is(other, LUTRACE_FILE_PRESERVE) && other->failed))
			continue;
		strcpy(entry->device, d->entries[i].device);
		return;
	}
}

void story_link(struct diagnosis *d)
{
	size_t i;

	d->jump = d->nr;
	for (i = 0; i < d->nr; i++) {
		struct entry *entry = &d->entries[i];
		const struct event *e = entry->item.event;

		if (entry->item.jump)
			d->jump = i;
		if (device_of(e))
			strcpy(entry->device, device_of(e));
		if (!is_of_file(e) || is(e, LUTRACE_FILE_MATCH))
			continue;
		look_back(d, i);
		if (!*entry->device && !is(e, LUTRACE_FILE_PRESERVE))
			look_up(d, i);
	}
}

/* The object. */

static bool has_session(const struct diagnosis *d, const char *name)
{
	size_t i;

	for (i = 0; i < d->nr; i++) {
		if (same(session_of(event_at(d, i)), name))
			return true;
	}
	return false;
}

/* Returns false without memory. */
static bool set_object(struct diagnosis *d, const char *object)
{
	const char *colon = strrchr(object, ':');

	d->kind = OBJECT_DEVICE;
	if (parse_bdf(object, d->device))
		return true;
	d->kind = OBJECT_SESSION;
	if (!colon || has_session(d, object) || !parse_u64(colon + 1, &d->token)) {
		d->session = strdup(object);
	} else {
		d->kind = OBJECT_FILE;
		d->session = strndup(object, colon - object);
	}
	return d->session;
}

/* Whether the event of a file is about the object, or about one of its files. */
static bool is_ours(const struct diagnosis *d, size_t i)
{
	const struct event *e = event_at(d, i);

	if (d->kind == OBJECT_DEVICE)
		return same(d->entries[i].device, d->device);
	return same(session_of(e), d->session) &&
	       (d->kind == OBJECT_SESSION ||
		e->value[FIELD_TOKEN].count == d->token);
}

bool has_name(const struct names *names, const char *name)
{
	size_t i;

	for (i = 0; i < names->nr; i++) {
		if (same(names->name[i], name))
			return true;
	}
	return false;
}

static void add_name(struct diagnosis *d, struct names *names, const char *name)
{
	const char **larger;

	if (!name || !*name || has_name(names, name))
		return;
	larger = reallocarray(names->name, names->nr + 1, sizeof(*larger));
	if (!larger) {
		d->no_memory = true;
		return;
	}
	names->name = larger;
	larger[names->nr++] = name;
}

/* The bridges that are told of behind the device itself. */
static void add_bridges(struct diagnosis *d, size_t at)
{
	size_t i;

	for (i = at + 1; i < d->nr; i++) {
		const struct event *e = event_at(d, i);

		if (!e || !same_thread(e, event_at(d, at)))
			continue;
		if (!is(e, LUTRACE_PCI_PRESERVE) || !is_bridge(e))
			return;
		add_name(d, &d->bridges, device_of(e));
	}
}

/* What belongs to the object. */
static void find_relations(struct diagnosis *d)
{
	size_t i;

	d->devices.nr = d->bridges.nr = d->sessions.nr = 0;
	if (d->kind == OBJECT_DEVICE)
		add_name(d, &d->devices, d->device);
	else
		add_name(d, &d->sessions, d->session);
	for (i = d->start; i < d->nr; i++) {
		if (!is_of_file(event_at(d, i)) || !is_ours(d, i))
			continue;
		add_name(d, &d->devices, d->entries[i].device);
		add_name(d, &d->sessions, session_of(event_at(d, i)));
	}
	for (i = 0; i < d->nr; i++) {
		const struct event *e = event_at(d, i);

		if (is(e, LUTRACE_PCI_PRESERVE) && !is_bridge(e) &&
		    has_name(&d->devices, device_of(e)))
			add_bridges(d, i);
	}
}

/* Whether one of the object's files has a handler that uses the FLB. */
static bool is_our_flb(const struct diagnosis *d, const char *flb)
{
	size_t i, k;

	for (i = 0; i < d->nr; i++) {
		const struct event *e = event_at(d, i);

		if (!is(e, LUTRACE_FLB_REGISTER) ||
		    !same(e->value[FIELD_FLB].text, flb))
			continue;
		for (k = d->start; k < d->nr; k++) {
			const struct event *f = event_at(d, k);

			if (is_of_file(f) && is_ours(d, k) &&
			    event_has(f, FIELD_HANDLER) &&
			    same(f->value[FIELD_HANDLER].text,
				 e->value[FIELD_HANDLER].text))
				return true;
		}
	}
	return false;
}

/*
 * Names are used again: the story begins where the session was created last, or
 * where the device was preserved last, with what led to that.
 */
static void find_start(struct diagnosis *d)
{
	size_t i, k;

	d->start = 0;
	for (i = d->nr; i-- > 0;) {
		const struct event *e = event_at(d, i);

		if (d->kind != OBJECT_DEVICE) {
			if (is_ok(e, LUTRACE_SESSION_CREATE) &&
			    same(session_of(e), d->session))
				break;
		} else if (is(e, LUTRACE_PCI_PRESERVE) && !is_bridge(e) &&
			   same(device_of(e), d->device)) {
			break;
		}
		if (!i)
			return;
	}
	if (!d->nr)
		return;
	d->start = i;
	if (d->kind != OBJECT_DEVICE)
		return;
	/* From the session on that it went into, where that is known. */
	for (k = i; k < d->nr; k++) {
		if (is(event_at(d, k), LUTRACE_FILE_PRESERVE) &&
		    same_thread(event_at(d, k), event_at(d, i)))
			break;
	}
	while (k < d->nr && i-- > 0) {
		if (is_ok(event_at(d, i), LUTRACE_SESSION_CREATE) &&
		    same(session_of(event_at(d, i)), session_of(event_at(d, k)))) {
			d->start = i;
			return;
		}
	}
}

bool is_about_object(const struct diagnosis *d, size_t i)
{
	const struct event *e = event_at(d, i);

	if (is_of_file(e))
		return is_ours(d, i);
	if (session_of(e))
		return has_name(&d->sessions, session_of(e));
	if (has_name(&d->devices, d->entries[i].device))
		return true;
	/* Bridges are of interest where they are in the way. */
	return is(e, LUTRACE_PCI_BUS_NUMBERS) && e->failed &&
	       has_name(&d->bridges, device_of(e));
}

/* What befalls every file, or every device. */
static bool is_about_update(const struct diagnosis *d, size_t i)
{
	const struct event *e = event_at(d, i);

	switch (e->desc->id) {
	case LUTRACE_LUO_REBOOT:
		return e->failed || !has_reason(e, "begin") ||
		       !e->value[FIELD_IMAGE_HAS_KHO].count;
	case LUTRACE_FILE_FREEZE:
	case LUTRACE_VFIO_FREEZE:
	case LUTRACE_LUO_INCOMING:
	case LUTRACE_LUO_OUTGOING:
	case LUTRACE_SESSION_DESERIALIZE:
	case LUTRACE_FILE_DESERIALIZE:
		return e->failed;
	case LUTRACE_PCI_HANDOVER_BAD:
		return d->devices.nr;
	case LUTRACE_FLB_RETRIEVE:
	case LUTRACE_FLB_PRESERVE:
		return e->failed && is_our_flb(d, e->value[FIELD_FLB].text);
	default:
		return false;
	}
}

/* Files of the object's session are recorded, and none of them has its token. */
static bool is_no_file(const struct diagnosis *d)
{
	bool others = false;
	size_t i;

	for (i = d->start; d->kind == OBJECT_FILE && i < d->nr; i++) {
		const struct event *e = event_at(d, i);

		if (!is_of_file(e) || !same(session_of(e), d->session))
			continue;
		if (is_ours(d, i))
			return false;
		others = true;
	}
	return others;
}

static bool mark_entries(struct diagnosis *d)
{
	bool known = false;
	size_t i;

	if (is_no_file(d))
		return false;

	for (i = d->start; i < d->nr; i++) {
		if (!event_at(d, i))
			continue;
		d->entries[i].about = is_about_object(d, i);
		known |= d->entries[i].about;
	}
	for (i = d->start; known && i < d->nr; i++) {
		if (!event_at(d, i) || d->entries[i].about)
			continue;
		d->entries[i].update = is_about_update(d, i);
		d->entries[i].about = d->entries[i].update;
	}
	return known;
}

/* Forgets what was concluded of another object. */
static void start_anew(struct diagnosis *d)
{
	size_t i;

	for (i = 0; i < d->nr; i++) {
		d->entries[i].about = false;
		d->entries[i].update = false;
		d->entries[i].keep = false;
		d->entries[i].cause = 0;
		*d->entries[i].device = '\0';
	}
	free(d->session);
	d->session = NULL;
	d->start = 0;
}

bool story_find(struct diagnosis *d, const char *object, bool *known)
{
	start_anew(d);
	story_link(d);
	if (!set_object(d, object))
		return false;
	find_start(d);
	find_relations(d);
	*known = mark_entries(d);
	return !d->no_memory;
}

void story_keep(struct diagnosis *d, const struct event *event)
{
	size_t i;

	for (i = 0; event && i < d->nr; i++) {
		if (event_at(d, i) == event)
			d->entries[i].about = d->entries[i].keep = true;
	}
}

/* What one wants to see of an object to which nothing happened. */
static bool is_milestone(const struct event *e)
{
	switch (e->desc->id) {
	case LUTRACE_SESSION_CREATE:
	case LUTRACE_SESSION_RETRIEVE:
	case LUTRACE_SESSION_RELEASE:
	case LUTRACE_FILE_PRESERVE:
	case LUTRACE_FILE_UNPRESERVE:
	case LUTRACE_FILE_RETRIEVE:
	case LUTRACE_FILE_FINISH:
	case LUTRACE_LUO_REBOOT:
	case LUTRACE_PCI_INCOMING:
	case LUTRACE_PCI_PROBE:
		return true;
	default:
		return e->failed;
	}
}

/* Whether the chain has said the same of the same kernel before. */
static bool is_repeated(const struct diagnosis *d, size_t at)
{
	const struct event *e = event_at(d, at);
	size_t i;

	for (i = d->start; i < at; i++) {
		const struct event *o = event_at(d, i);

		if (is(o, e->desc->id) && d->entries[i].about &&
		    o->previous == e->previous &&
		    o->record.reason == e->record.reason &&
		    o->record.err == e->record.err &&
		    o->record.yes == e->record.yes &&
		    o->record.token == e->record.token &&
		    !strcmp(o->record.driver, e->record.driver) &&
		    !strcmp(o->record.session, e->record.session) &&
		    same(d->entries[i].device, d->entries[at].device))
			return true;
	}
	return false;
}

static bool is_in_chain(const struct diagnosis *d, size_t i, bool all)
{
	const struct entry *entry = &d->entries[i];

	if (!entry->item.event)
		return true;
	if (!entry->about)
		return false;
	if (all || entry->keep)
		return true;
	/* Of what befalls everybody, the jump; the rest where it explains. */
	if (entry->update)
		return event_is_jump(entry->item.event);
	return is_milestone(entry->item.event) && !is_repeated(d, i);
}

size_t diagnosis_chain(const struct diagnosis *d, bool all,
		       void (*show)(void *data, const struct item *item),
		       void *data)
{
	size_t nr = 0, i;

	for (i = d->start; i < d->nr; i++) {
		if (!is_in_chain(d, i, all))
			continue;
		nr += !!event_at(d, i);
		if (show)
			show(data, &d->entries[i].item);
	}
	return nr;
}

static const char *name_at(const struct diagnosis *d, size_t i,
			   enum object_kind kind)
{
	const struct event *e = event_at(d, i);

	if (!e)
		return NULL;
	if (kind == OBJECT_SESSION)
		return session_of(e);
	return is_bridge(e) || is(e, LUTRACE_PCI_BUS_NUMBERS) ||
	       is(e, LUTRACE_PCI_ARI) || is(e, LUTRACE_PCI_ACS) ||
	       is(e, LUTRACE_PCI_BUS_MASTER) ? NULL : device_of(e);
}

void diagnosis_objects(const struct diagnosis *d, enum object_kind kind,
		       void (*seen)(void *data, const char *name), void *data)
{
	size_t i, k;

	for (i = 0; i < d->nr; i++) {
		const char *name = name_at(d, i, kind);

		for (k = 0; name && k < i; k++) {
			if (same(name_at(d, k, kind), name))
				name = NULL;
		}
		if (name)
			seen(data, name);
	}
}
