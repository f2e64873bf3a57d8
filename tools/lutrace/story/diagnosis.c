// SPDX-License-Identifier: GPL-2.0
/*
 * From the object to the events that bear on it, and from these to what went wrong. A later
 * success settles an earlier refusal; what was lost stays lost.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>

#include "story/diagnosis.h"

/**
 * struct ranked - A finding, and how it compares to others
 * @finding: The finding.
 * @group:   How much it explains.
 * @remedy:  What settles it.
 * @at:      Index of its last event.
 * @order:   Among those with the same last event, the lowest comes first.
 */
struct ranked {
	struct finding finding;
	enum group group;
	enum remedy remedy;
	size_t at;
	size_t order;
};

/**
 * struct names - A set of names, which belong to events
 * @name: The names.
 * @nr:   How many.
 */
struct names {
	const char **name;
	size_t nr;
};

/**
 * struct mark - What an entry of the timeline is to the object
 * @about:  It bears on the object.
 * @update: It does, but is about the update as a whole.
 * @keep:   The chain shows it in any case.
 */
struct mark {
	bool about;
	bool update;
	bool keep;
};

/**
 * struct diagnosis - The object, and what was found out about it
 * @t:         All that was recorded.
 * @marks:     One for each entry of @t.
 * @start:     Index at which the object's story begins.
 * @kind:      Kind of the object.
 * @device:    Its address, where it is a device.
 * @session:   Its session, where it is not; owned.
 * @token:     Its token, where it is a file.
 * @devices:   Devices of the object's files, or the object.
 * @bridges:   Bridges that were preserved with them.
 * @sessions:  Sessions that had one of these files, or the object's.
 * @ranked:    The findings.
 * @nr_ranked: How many.
 * @findings:  The same, for the verdict.
 * @verdict:   The answer.
 * @no_memory: Something is missing, because there was no memory for it.
 */
struct diagnosis {
	const struct timeline *t;
	struct mark *marks;
	size_t start;
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
	struct verdict verdict;
	bool no_memory;
};

/* The object. */

static bool has_session(const struct timeline *t, const char *name)
{
	size_t i;

	for (i = 0; i < t->nr; i++) {
		if (same(session_of(event_at(t, i)), name))
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
	if (!colon || has_session(d->t, object) || !parse_u64(colon + 1, &d->token)) {
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
	const struct event *e = event_at(d->t, i);

	if (d->kind == OBJECT_DEVICE)
		return same(d->t->entries[i].device, d->device);
	return same(session_of(e), d->session) &&
	       (d->kind == OBJECT_SESSION || e->value[FIELD_TOKEN].count == d->token);
}

/* A file was in the way of the kexec, which touched nothing. */
static bool is_refused(const struct event *e)
{
	return is(e, LUTRACE_LUO_REBOOT) && has_reason(e, "refused");
}

static bool has_name(const struct names *names, const char *name)
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

/* The kernel records the bridges above a device right after the device itself. */
static void add_bridges(struct diagnosis *d, size_t at)
{
	const struct timeline *t = d->t;
	size_t i;

	for (i = at + 1; i < t->nr; i++) {
		const struct event *e = event_at(t, i);

		if (!e || !same_thread(e, event_at(t, at)))
			continue;
		if (!is(e, LUTRACE_PCI_PRESERVE) || !is_bridge(e))
			return;
		add_name(d, &d->bridges, device_of(e));
	}
}

/* What belongs to the object. */
static void find_relations(struct diagnosis *d)
{
	const struct timeline *t = d->t;
	size_t i;

	if (d->kind == OBJECT_DEVICE)
		add_name(d, &d->devices, d->device);
	else
		add_name(d, &d->sessions, d->session);
	for (i = d->start; i < t->nr; i++) {
		if (!is_of_file(event_at(t, i)) || !is_ours(d, i))
			continue;
		add_name(d, &d->devices, t->entries[i].device);
		add_name(d, &d->sessions, session_of(event_at(t, i)));
	}
	for (i = 0; i < t->nr; i++) {
		const struct event *e = event_at(t, i);

		if (is(e, LUTRACE_PCI_PRESERVE) && !is_bridge(e) &&
		    has_name(&d->devices, device_of(e)))
			add_bridges(d, i);
	}
}

/* Whether one of the object's files has a handler that uses the FLB. */
static bool is_our_flb(const struct diagnosis *d, const char *flb)
{
	const struct timeline *t = d->t;
	size_t i, k;

	for (i = 0; i < t->nr; i++) {
		const struct event *e = event_at(t, i);

		if (!is(e, LUTRACE_FLB_REGISTER) || !same(e->value[FIELD_FLB].text, flb))
			continue;
		for (k = d->start; k < t->nr; k++) {
			const struct event *f = event_at(t, k);

			if (is_of_file(f) && is_ours(d, k) && event_has(f, FIELD_HANDLER) &&
			    same(f->value[FIELD_HANDLER].text, e->value[FIELD_HANDLER].text))
				return true;
		}
	}
	return false;
}

/* Whether the object's story begins with the event, as names are used again. */
static bool is_start(const struct diagnosis *d, const struct event *e)
{
	if (d->kind == OBJECT_DEVICE)
		return is(e, LUTRACE_PCI_PRESERVE) && !is_bridge(e) &&
		       same(device_of(e), d->device);
	return is_ok(e, LUTRACE_SESSION_CREATE) && same(session_of(e), d->session);
}

/*
 * Finds where the session was created last, or where the device was preserved last, and before
 * that where its session was created, if that is known.
 */
static void find_start(struct diagnosis *d)
{
	const struct timeline *t = d->t;
	size_t i, k;

	for (i = t->nr; i > 0 && !is_start(d, event_at(t, i - 1)); i--)
		;
	if (!i--)
		return;
	d->start = i;
	if (d->kind != OBJECT_DEVICE)
		return;
	for (k = i; k < t->nr; k++) {
		if (is(event_at(t, k), LUTRACE_FILE_PRESERVE) &&
		    same_thread(event_at(t, k), event_at(t, i)))
			break;
	}
	while (k < t->nr && i-- > 0) {
		if (is_ok(event_at(t, i), LUTRACE_SESSION_CREATE) &&
		    same(session_of(event_at(t, i)), session_of(event_at(t, k)))) {
			d->start = i;
			return;
		}
	}
}

/* Whether the event is about the object, not about the update as a whole. */
static bool is_about_object(const struct diagnosis *d, size_t i)
{
	const struct event *e = event_at(d->t, i);

	if (is_of_file(e))
		return is_ours(d, i);
	if (session_of(e))
		return has_name(&d->sessions, session_of(e));
	if (has_name(&d->devices, d->t->entries[i].device))
		return true;
	/* A bridge is of interest where it is in the way. */
	return is(e, LUTRACE_PCI_BUS_NUMBERS) && e->failed && has_name(&d->bridges, device_of(e));
}

static bool is_part_of(const struct event *e, enum operation operation)
{
	return e->desc->operation == operation || e->desc->ends == operation;
}

/* Whether the event affects every file, or every device. */
static bool is_about_update(const struct diagnosis *d, const struct event *e)
{
	if (is(e, LUTRACE_LUO_REBOOT))
		return e->failed || !has_reason(e, "begin") ||
		       !e->value[FIELD_IMAGE_HAS_KHO].count;
	if (!e->failed)
		return false;
	if (is(e, LUTRACE_PCI_HANDOVER_BAD))
		return d->devices.nr;
	if (is(e, LUTRACE_FLB_RETRIEVE) || is(e, LUTRACE_FLB_PRESERVE))
		return is_our_flb(d, e->value[FIELD_FLB].text);
	/* A file that does not freeze makes the kexec fail for all. */
	return is(e, LUTRACE_LUO_OUTGOING) || e->desc->group == GROUP_HANDOVER ||
	       is_part_of(e, OPERATION_CAN_FREEZE) || is_part_of(e, OPERATION_FREEZE);
}

/* Whether files of the object's session are recorded, and none of them has its token. */
static bool is_no_file(const struct diagnosis *d)
{
	const struct timeline *t = d->t;
	bool others = false;
	size_t i;

	for (i = d->start; d->kind == OBJECT_FILE && i < t->nr; i++) {
		const struct event *e = event_at(t, i);

		if (!is_of_file(e) || !same(session_of(e), d->session))
			continue;
		if (is_ours(d, i))
			return false;
		others = true;
	}
	return others;
}

/* Returns whether any event is about the object. */
static bool mark_entries(struct diagnosis *d)
{
	const struct timeline *t = d->t;
	bool known = false;
	size_t i;

	if (is_no_file(d))
		return false;
	for (i = d->start; i < t->nr; i++) {
		if (!event_at(t, i))
			continue;
		d->marks[i].about = is_about_object(d, i);
		known |= d->marks[i].about;
	}
	for (i = d->start; known && i < t->nr; i++) {
		if (!event_at(t, i) || d->marks[i].about)
			continue;
		d->marks[i].update = is_about_update(d, event_at(t, i));
		d->marks[i].about = d->marks[i].update;
	}
	return known;
}

/* Has the chain show the event in any case. */
static void keep_event(struct diagnosis *d, const struct event *event)
{
	size_t i;

	for (i = 0; event && i < d->t->nr; i++) {
		if (event_at(d->t, i) == event)
			d->marks[i].about = d->marks[i].keep = true;
	}
}

/* Facts. */

static const char *preserver_of(const struct timeline *t, const char *device)
{
	const char *driver = NULL;
	size_t i;

	for (i = 0; i < t->nr; i++) {
		const struct event *e = event_at(t, i);

		if ((is(e, LUTRACE_PCI_PRESERVE) || is(e, LUTRACE_PCI_INCOMING)) &&
		    same(device_of(e), device))
			driver = e->value[FIELD_DRIVER].text ?: driver;
	}
	return driver;
}

/* The last driver before @at whose probe of the device was allowed. */
static const char *driver_before(const struct timeline *t, size_t at, const char *device)
{
	size_t i;

	for (i = at; i-- > 0;) {
		const struct event *e = event_at(t, i);

		if (is_ok(e, LUTRACE_PCI_PROBE) && !e->previous && same(device_of(e), device))
			return e->value[FIELD_DRIVER].text;
	}
	return NULL;
}

static bool was_found(const struct timeline *t, size_t before, const char *device)
{
	size_t i;

	for (i = 0; i < before; i++) {
		const struct event *e = event_at(t, i);

		if (is(e, LUTRACE_PCI_INCOMING) && !e->previous && same(device_of(e), device))
			return true;
	}
	return false;
}

static void take_facts(struct facts *f, const struct event *e)
{
	const union value *value;

	if (!e)
		return;
	value = e->value;
	if (!f->session)
		f->session = session_of(e);
	if (!f->has_token && event_has(e, FIELD_TOKEN)) {
		f->token = value[FIELD_TOKEN].count;
		f->has_token = true;
	}
	if (is(e, LUTRACE_PCI_BUS_NUMBERS))
		f->bridge = f->bridge ?: device_of(e);
	else
		f->device = f->device ?: device_of(e);
	if (event_has(e, FIELD_HANDLER) && !f->handler)
		f->handler = value[FIELD_HANDLER].text;
	if (event_has(e, FIELD_FLB) && !f->flb)
		f->flb = value[FIELD_FLB].text;
	if (is(e, LUTRACE_PCI_PROBE))
		f->driver = value[FIELD_DRIVER].text;
	if (event_has(e, FIELD_ERRNO) && !f->err)
		f->err = value[FIELD_ERRNO].number;
}

static void take_object_facts(const struct diagnosis *d, struct facts *f)
{
	if (d->kind == OBJECT_DEVICE)
		f->device = f->device ?: d->device;
	else
		f->session = f->session ?: d->session;
	if (d->kind == OBJECT_FILE && !f->has_token) {
		f->token = d->token;
		f->has_token = true;
	}
}

static void complete_facts(const struct diagnosis *d, struct ranked *r, bool over)
{
	struct finding *finding = &r->finding;
	struct facts *f = &finding->facts;

	f->over = over;
	/* The errno is the one that the user saw, the rest the root's. */
	if (finding->symptom && event_has(finding->symptom, FIELD_ERRNO)) {
		f->err = finding->symptom->value[FIELD_ERRNO].number;
		/* Whatever is wrong with the handover, users see EIO. */
		finding->seen = r->group == GROUP_HANDOVER ? -EIO : f->err;
		/* No process asked for it. */
		if (is(finding->symptom, LUTRACE_SESSION_DROP))
			finding->seen = 0;
	}
	take_facts(f, finding->root);
	take_facts(f, finding->middle);
	take_facts(f, finding->symptom);
	if (!f->device && finding->symptom && *d->t->entries[r->at].device)
		f->device = d->t->entries[r->at].device;
	take_object_facts(d, f);
	if (!f->device)
		return;
	f->preserver = preserver_of(d->t, f->device);
	f->found = was_found(d->t, r->at, f->device);
	if (!f->driver)
		f->driver = driver_before(d->t, r->at, f->device);
}

/* Findings. */

static struct ranked *add_finding(struct diagnosis *d, enum group group, enum remedy remedy,
				  size_t at)
{
	struct ranked *ranked;

	ranked = reallocarray(d->ranked, d->nr_ranked + 1, sizeof(*ranked));
	if (!ranked) {
		d->no_memory = true;
		return NULL;
	}
	d->ranked = ranked;
	ranked += d->nr_ranked++;
	*ranked = (struct ranked){
		.finding.state = STATE_NONE,
		.group = group,
		.remedy = remedy,
		.at = at,
	};
	return ranked;
}

static void drop_finding(struct diagnosis *d, size_t i)
{
	d->nr_ranked--;
	memmove(&d->ranked[i], &d->ranked[i + 1], (d->nr_ranked - i) * sizeof(*d->ranked));
}

/* Drops the findings that @remedy settles; those of one file where @file is not NULL. */
static void settle(struct diagnosis *d, enum remedy remedy, const struct event *file)
{
	size_t i = 0;

	while (i < d->nr_ranked) {
		const struct event *symptom = d->ranked[i].finding.symptom;

		if (d->ranked[i].remedy == remedy &&
		    (!file || !is_of_file(symptom) || same_file(symptom, file)))
			drop_finding(d, i);
		else
			i++;
	}
}

/* The last failure of that kind before @at, in this kernel. */
static const struct event *last_before(const struct timeline *t, size_t at,
				       enum lutrace_event_id id)
{
	size_t i;

	for (i = at; i-- > 0;) {
		const struct event *e = event_at(t, i);

		if (is(e, id) && e->failed && !e->previous)
			return e;
	}
	return NULL;
}

static const struct event *lost_bridge(const struct diagnosis *d, size_t at)
{
	size_t i;

	for (i = at; i-- > 0;) {
		const struct event *e = event_at(d->t, i);

		if (is(e, LUTRACE_PCI_BUS_NUMBERS) && e->failed && !e->previous &&
		    (has_name(&d->bridges, device_of(e)) || has_name(&d->devices, device_of(e))))
			return e;
	}
	return NULL;
}

/* Finds what led to the root: a device list that could not be read, or a bridge. */
static void look_deeper(const struct diagnosis *d, struct ranked *r)
{
	const struct event *root = r->finding.root, *deeper = NULL;

	if (is(root, LUTRACE_VFIO_RETRIEVE) && has_reason(root, "absent"))
		deeper = lost_bridge(d, r->at);
	else if ((is(root, LUTRACE_VFIO_RETRIEVE) && has_reason(root, "not_incoming")) ||
		 (is(root, LUTRACE_PCI_PROBE) && has_reason(root, "incoming_unreadable")))
		deeper = last_before(d->t, r->at, LUTRACE_PCI_HANDOVER_BAD);
	if (!deeper)
		return;
	r->finding.middle = root;
	r->finding.root = deeper;
}

/* Adds the finding of an event, and of the failure that led to it. */
static struct ranked *add_failure(struct diagnosis *d, enum group group, enum remedy remedy,
				  size_t at)
{
	const struct entry *entry = &d->t->entries[at];
	struct ranked *r = add_finding(d, group, remedy, at);

	if (!r)
		return NULL;
	r->finding.symptom = entry->item.event;
	r->finding.root = entry->cause ? event_at(d->t, entry->cause - 1) : entry->item.event;
	look_deeper(d, r);
	return r;
}

/* The event of a file at @at is the reason; what led to that event says more. */
static void blame_file(const struct timeline *t, struct ranked *r, size_t at)
{
	r->finding.root = event_at(t, at);
	r->finding.middle = NULL;
	if (!t->entries[at].cause)
		return;
	r->finding.middle = r->finding.root;
	r->finding.root = event_at(t, t->entries[at].cause - 1);
}

/* The index after that of the event with which the kexec began that got as far as @at. */
static size_t kexec_before(const struct timeline *t, size_t at)
{
	while (at > 0 && !is(event_at(t, at - 1), LUTRACE_LUO_REBOOT))
		at--;
	return at;
}

/* The kexec failed: the root is the file that did not freeze, in whatever session it is. */
static void find_freeze(const struct timeline *t, struct ranked *r)
{
	size_t begin = kexec_before(t, r->at), i;

	for (i = r->at; i-- > begin;) {
		if (!is(event_at(t, i), LUTRACE_FILE_FREEZE) || !event_at(t, i)->failed)
			continue;
		blame_file(t, r, i);
		return;
	}
}

/* The kexec was refused: each file that was in the way is a finding, the object's own first. */
static void find_obstacles(struct diagnosis *d, size_t at)
{
	const struct timeline *t = d->t;
	size_t nr = 0, i;

	for (i = kexec_before(t, at); i < at; i++) {
		struct ranked *r;

		if (!is(event_at(t, i), LUTRACE_FILE_CAN_FREEZE) || !event_at(t, i)->failed)
			continue;
		r = add_failure(d, GROUP_REFUSED, REMEDY_FREEZE, at);
		if (!r)
			return;
		blame_file(t, r, i);
		r->order = ++nr + (is_ours(d, i) ? 0 : t->nr);
	}
	if (!nr)
		add_failure(d, GROUP_REFUSED, REMEDY_FREEZE, at);
}

/* Index of the first file of the session at @drop that was in the way, or @drop. */
static size_t find_obstacle(const struct timeline *t, size_t drop)
{
	const char *session = session_of(event_at(t, drop));
	size_t i;

	for (i = kexec_before(t, drop); i < drop; i++) {
		const struct event *e = event_at(t, i);

		if ((is(e, LUTRACE_FILE_CAN_FREEZE) || is(e, LUTRACE_FILE_FREEZE)) && e->failed &&
		    same(session_of(e), session))
			return i;
	}
	return drop;
}

/* The session was given up: the root is what was wrong with its file. */
static void find_drop(struct diagnosis *d, size_t at)
{
	struct ranked *r = add_failure(d, GROUP_CLOSED, REMEDY_DROP, at);
	size_t obstacle = find_obstacle(d->t, at);

	if (r && obstacle != at)
		blame_file(d->t, r, obstacle);
}

/* Whether the previous kernel gave the session up; that it is missing follows from it. */
static bool was_dropped(struct diagnosis *d, struct ranked *r, const char *session)
{
	const struct timeline *t = d->t;
	size_t i;

	for (i = r->at; i-- > d->start;) {
		const struct event *e = event_at(t, i);

		if (is_ok(e, LUTRACE_SESSION_CREATE) && same(session_of(e), session))
			return false;
		if (!is(e, LUTRACE_SESSION_DROP) || !e->previous || !same(session_of(e), session))
			continue;
		blame_file(t, r, find_obstacle(t, i));
		r->finding.middle = e;
		/* Its text has an errno, which is not the one that the user saw. */
		if (!event_has(r->finding.root, FIELD_REASON)) {
			r->finding.root = e;
			r->finding.middle = NULL;
		}
		r->group = GROUP_SESSION;
		/* This says more than the drop alone. */
		settle(d, REMEDY_DROP, NULL);
		return true;
	}
	return false;
}

/* Why there is no such session. */
static void find_no_session(struct diagnosis *d, size_t at, enum arrival arrival)
{
	struct ranked *r = add_failure(d, GROUP_SESSION, REMEDY_NONE, at);
	const struct timeline *t = d->t;
	size_t i;

	if (!r || was_dropped(d, r, session_of(event_at(t, at))))
		return;
	for (i = at; i-- > d->start;) {
		const struct event *e = event_at(t, i);

		if (!is_ok(e, LUTRACE_SESSION_RELEASE) || !has_name(&d->sessions, session_of(e)))
			continue;
		r->finding.state = STATE_CLOSED;
		if (!e->previous) {
			r->finding.state = STATE_FINISHED;
			r->group = GROUP_REFUSED;
		}
		return;
	}
	if (t->jump == t->nr && !event_at(t, at)->generation && !t->incomplete)
		r->finding.state = arrival == ARRIVAL_KEXEC ? STATE_NOTHING_HANDED_OVER :
							      STATE_NO_LIVE_UPDATE;
}

/* A release that did not finish its session says more than the refusal before it. */
static void find_release(struct diagnosis *d, size_t at)
{
	size_t i;

	for (i = 0; i < d->nr_ranked; i++) {
		if (d->ranked[i].remedy != REMEDY_FINISH)
			continue;
		d->ranked[i].finding.symptom = event_at(d->t, at);
		d->ranked[i].at = at;
		return;
	}
	add_failure(d, GROUP_REFUSED, REMEDY_FINISH, at);
}

/* Whether an earlier event has said more about the failure. */
static bool is_aftermath(const struct diagnosis *d, const struct event *e, size_t i)
{
	return e->desc->group == GROUP_REPEATS ||
	       (is(e, LUTRACE_SESSION_DESERIALIZE) &&
		last_before(d->t, i, LUTRACE_FILE_DESERIALIZE)) ||
	       (is(e, LUTRACE_FLB_RETRIEVE) && last_before(d->t, i, LUTRACE_PCI_HANDOVER_BAD));
}

static void find_failure(struct diagnosis *d, size_t i, enum arrival arrival)
{
	const struct event *e = event_at(d->t, i);
	enum remedy remedy = e->desc->remedy;
	struct ranked *r;

	if (is_aftermath(d, e, i))
		return;
	if (is(e, LUTRACE_SESSION_RETRIEVE) && e->value[FIELD_ERRNO].number == -ENOENT) {
		find_no_session(d, i, arrival);
		return;
	}
	if (is(e, LUTRACE_SESSION_FINISH) || is(e, LUTRACE_SESSION_RELEASE)) {
		find_release(d, i);
		return;
	}
	/* The last refusal of a kind counts. */
	if (remedy != REMEDY_NONE && remedy != REMEDY_RETRIEVE)
		settle(d, remedy, remedy == REMEDY_PRESERVE ? e : NULL);
	if ((remedy == REMEDY_PROBE || remedy == REMEDY_HELD) && d->kind != OBJECT_DEVICE)
		return;
	if (is_refused(e)) {
		find_obstacles(d, i);
		return;
	}
	if (is(e, LUTRACE_SESSION_DROP)) {
		find_drop(d, i);
		return;
	}
	r = add_failure(d, e->desc->group, remedy, i);
	if (r && is(e, LUTRACE_LUO_REBOOT) && has_reason(e, "failed"))
		find_freeze(d->t, r);
	/* A token that the session does not have loses nothing. */
	if (r && is(e, LUTRACE_FILE_RETRIEVE) && !d->t->entries[i].cause &&
	    !e->value[FIELD_HANDLER].text && !was_dropped(d, r, session_of(e)))
		r->group = GROUP_REFUSED;
}

static void find_success(struct diagnosis *d, const struct event *e)
{
	if (is(e, LUTRACE_FILE_PRESERVE)) {
		settle(d, REMEDY_PRESERVE, d->kind == OBJECT_DEVICE ? NULL : e);
		settle(d, REMEDY_DROP, NULL);
	} else if (event_is_jump(e)) {
		settle(d, REMEDY_FREEZE, NULL);
	} else if (is(e, LUTRACE_SESSION_RETRIEVE)) {
		settle(d, REMEDY_RETRIEVE, NULL);
	} else if (is(e, LUTRACE_PCI_PROBE)) {
		settle(d, REMEDY_PROBE, NULL);
	} else if (is(e, LUTRACE_PCI_UNPRESERVE)) {
		settle(d, REMEDY_HELD, NULL);
	} else if (is(e, LUTRACE_FILE_FINISH) || is(e, LUTRACE_PCI_FINISH)) {
		settle(d, REMEDY_RETRIEVE, NULL);
		settle(d, REMEDY_FINISH, NULL);
		settle(d, REMEDY_PROBE, NULL);
		settle(d, REMEDY_HELD, NULL);
	}
}

static void find_failures(struct diagnosis *d, enum arrival arrival)
{
	size_t i;

	for (i = d->start; i < d->t->nr; i++) {
		const struct event *e = event_at(d->t, i);

		if (!e || !d->marks[i].about)
			continue;
		if (e->failed)
			find_failure(d, i, arrival);
		else
			find_success(d, e);
	}
}

/**
 * struct progress - How far the object has come
 * @preserved:   A file of it was preserved.
 * @handed_over: A kernel was entered after that.
 * @ended:       That was the previous kernel, which is over.
 * @session:     Its session.
 * @retrieved:   The session was retrieved.
 * @finished:    The session was finished.
 * @released:    The session was closed for good.
 * @closed:      That was before the kexec, and without a finish.
 * @file:        Event of a file that was not retrieved yet.
 * @incoming:    This kernel has found the device.
 * @bridge:      The device is a bridge.
 * @last:        Index of the last event about it.
 */
struct progress {
	bool preserved;
	bool handed_over;
	bool ended;
	const char *session;
	bool retrieved;
	bool finished;
	bool released;
	bool closed;
	const struct event *file;
	bool incoming;
	bool bridge;
	size_t last;
};

static bool was_retrieved(const struct diagnosis *d, const struct event *file)
{
	size_t i;

	for (i = d->start; i < d->t->nr; i++) {
		const struct event *e = event_at(d->t, i);

		if ((is(e, LUTRACE_FILE_RETRIEVE) || is(e, LUTRACE_FILE_FINISH)) &&
		    same_file(e, file) && (e->previous == file->previous || !e->previous))
			return true;
	}
	return false;
}

static void follow_event(const struct diagnosis *d, struct progress *p, const struct event *e)
{
	if (is(e, LUTRACE_SESSION_CREATE)) {
		p->session = session_of(e);
	} else if (is(e, LUTRACE_FILE_PRESERVE)) {
		p->preserved = true;
		p->session = session_of(e);
		p->closed = p->released = p->finished = p->retrieved = false;
	} else if (is(e, LUTRACE_SESSION_SERIALIZE)) {
		p->handed_over |= e->previous;
		p->ended = false;
		p->session = session_of(e);
	} else if (is(e, LUTRACE_FILE_DESERIALIZE) || is(e, LUTRACE_SESSION_DESERIALIZE)) {
		p->handed_over = true;
		p->ended = e->previous;
		p->session = session_of(e);
	} else if (is(e, LUTRACE_SESSION_RETRIEVE)) {
		p->retrieved = true;
	} else if (is(e, LUTRACE_SESSION_FINISH)) {
		p->finished = true;
	} else if (is(e, LUTRACE_SESSION_RELEASE)) {
		p->released = true;
		p->closed = e->previous && !p->finished;
	} else if (is(e, LUTRACE_PCI_INCOMING)) {
		p->incoming = true;
		p->bridge = is_bridge(e);
	} else if (is(e, LUTRACE_PCI_FINISH)) {
		/* A bridge is incoming once for each device below. */
		p->incoming = e->value[FIELD_REFCOUNT].count;
	}
	if ((is(e, LUTRACE_FILE_PRESERVE) || is(e, LUTRACE_FILE_DESERIALIZE)) && !p->file &&
	    !was_retrieved(d, e))
		p->file = e;
}

static struct progress get_progress(const struct diagnosis *d)
{
	struct progress p = { 0 };
	size_t i;

	for (i = d->start; i < d->t->nr; i++) {
		const struct event *e = event_at(d->t, i);

		if (!e || !d->marks[i].about)
			continue;
		/* A session whose release fails can be retrieved again. */
		if (is(e, LUTRACE_SESSION_RELEASE) && e->failed) {
			p.retrieved = false;
		} else if (!e->failed && is_about_object(d, i)) {
			p.last = i;
			follow_event(d, &p, e);
		}
	}
	return p;
}

static const char *device_of_file(const struct timeline *t, const struct event *file)
{
	size_t i;

	for (i = 0; i < t->nr; i++) {
		if (event_at(t, i) == file && *t->entries[i].device)
			return t->entries[i].device;
	}
	return NULL;
}

static void add_state(struct diagnosis *d, enum group group, enum story_state state,
		      const struct progress *p)
{
	struct ranked *r;
	size_t i;

	/* A failure may have found the same. */
	for (i = 0; i < d->nr_ranked; i++) {
		if (d->ranked[i].finding.state == state)
			return;
	}
	r = add_finding(d, group, REMEDY_NONE, p->last);
	if (!r)
		return;
	r->finding.state = state;
	r->finding.facts.session = p->session;
	if (state == STATE_FILE_NOT_RETRIEVED) {
		take_facts(&r->finding.facts, p->file);
		r->finding.facts.device = device_of_file(d->t, p->file);
	} else if (d->devices.nr == 1) {
		r->finding.facts.device = d->devices.name[0];
	}
}

/* What did not happen is in no event. */
static void find_omissions(struct diagnosis *d, const struct progress *p)
{
	if (p->closed && d->t->jump < d->t->nr)
		add_state(d, GROUP_CLOSED, STATE_CLOSED, p);
	else if (d->t->incomplete)
		/* It may have happened. */
		return;
	else if (p->handed_over && p->ended && !p->finished)
		add_state(d, GROUP_CLOSED, STATE_ENDED, p);
	else if (p->handed_over && !p->finished && !p->retrieved)
		add_state(d, GROUP_WAITS, STATE_NOT_RETRIEVED, p);
	else if (p->handed_over && !p->finished && p->file)
		add_state(d, GROUP_WAITS, STATE_FILE_NOT_RETRIEVED, p);
	else if (p->incoming && !p->handed_over && d->kind == OBJECT_DEVICE)
		add_state(d, GROUP_WAITS, p->bridge ? STATE_BRIDGE_WAITS : STATE_DEVICE_WAITS, p);
}

/* An image without KHO that was not entered after all. */
static void find_no_kho(struct diagnosis *d)
{
	const struct event *last = NULL;
	struct ranked *r;
	size_t i;

	for (i = d->start; i < d->t->nr; i++) {
		if (is(event_at(d->t, i), LUTRACE_LUO_REBOOT) && !event_at(d->t, i)->previous)
			last = event_at(d->t, i);
	}
	/* A kernel that refuses it has said so. */
	if (!last || last->value[FIELD_IMAGE_HAS_KHO].count || has_reason(last, "carries_nothing"))
		return;
	/* The reason why it was not entered comes first. */
	r = add_finding(d, GROUP_REFUSED, REMEDY_NONE, d->start);
	if (r) {
		r->finding.state = STATE_NO_KHO;
		r->finding.symptom = last;
	}
}

static size_t index_of(const struct timeline *t, const struct event *event)
{
	size_t i;

	for (i = 0; i < t->nr && event_at(t, i) != event; i++)
		;
	return i;
}

bool finding_has_resets(const struct finding *finding)
{
	return is(finding->symptom, LUTRACE_LUO_REBOOT) && has_reason(finding->symptom, "failed");
}

/* Calls @found with the index of each reset that worked before the kexec of @finding failed. */
static size_t find_resets(const struct timeline *t, const struct finding *finding,
			  void (*found)(void *data, size_t i), void *data)
{
	size_t nr = 0, end, i;

	if (!finding_has_resets(finding))
		return 0;
	end = index_of(t, finding->symptom);
	for (i = kexec_before(t, end); i < end; i++) {
		const struct event *e = event_at(t, i);

		if (!is(e, LUTRACE_VFIO_RESET) || e->value[FIELD_ERRNO].number || !device_of(e))
			continue;
		nr++;
		found(data, i);
	}
	return nr;
}

static void keep_reset(void *data, size_t i)
{
	struct diagnosis *d = data;

	if (has_name(&d->devices, device_of(event_at(d->t, i))))
		keep_event(d, event_at(d->t, i));
}

static int compare_ranked(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	/* The first loss explains the others; the last refusal counts. */
	if (x->at != y->at)
		return (x->at < y->at) != (x->group == GROUP_REFUSED) ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

/* Whether another finding leads from the same root to something that the user asked for. */
static bool is_covered(const struct diagnosis *d, size_t at)
{
	const struct finding *finding = &d->ranked[at].finding;
	size_t i;

	if (d->ranked[at].group != GROUP_LIST && d->ranked[at].group != GROUP_BUS)
		return false;
	for (i = 0; i < d->nr_ranked; i++) {
		if (i != at && d->ranked[i].finding.middle &&
		    is(d->ranked[i].finding.root, finding->root->desc->id))
			return true;
	}
	return false;
}

/* @over: the session is over. Returns false without memory. */
static bool sort_findings(struct diagnosis *d, bool over)
{
	size_t i;

	for (i = d->nr_ranked; i-- > 0;) {
		if (is_covered(d, i))
			drop_finding(d, i);
	}
	if (!d->nr_ranked)
		return true;
	qsort(d->ranked, d->nr_ranked, sizeof(*d->ranked), compare_ranked);
	/* What waits, waits because of what went wrong. */
	while (d->nr_ranked > 1 && d->ranked[d->nr_ranked - 1].group >= GROUP_WAITS)
		d->nr_ranked--;
	d->findings = calloc(d->nr_ranked, sizeof(*d->findings));
	if (!d->findings)
		return false;
	for (i = 0; i < d->nr_ranked; i++) {
		complete_facts(d, &d->ranked[i], over);
		d->findings[i] = d->ranked[i].finding;
		keep_event(d, d->findings[i].root);
		keep_event(d, d->findings[i].middle);
		keep_event(d, d->findings[i].symptom);
		find_resets(d->t, &d->findings[i], keep_reset, d);
	}
	return true;
}

static const char *describe_progress(const struct diagnosis *d, const struct progress *p)
{
	bool incomplete = d->t->incomplete;

	if (p->finished)
		return "it came through the live update: retrieved and finished";
	if (incomplete && p->handed_over && p->retrieved)
		return "it was retrieved, and the recording does not show what became of it";
	if (incomplete && (p->handed_over || p->preserved))
		return "it was preserved, and the recording does not show what became of it";
	if (p->handed_over && p->retrieved)
		return "it came through the live update, and waits to be finished";
	if (p->released)
		return "its session {session} was closed in this kernel, which gave up what it "
		       "preserved";
	if (p->preserved)
		return "it is preserved in session {session}, for the next live update";
	if (d->kind == OBJECT_SESSION && p->session)
		return "the session exists, and nothing is in it";
	return "nothing of it was refused, blocked or lost";
}

/* A device that is not known may be below a bridge without bus numbers. */
static void find_bridges(struct diagnosis *d)
{
	size_t i;

	for (i = 0; i < d->t->nr; i++) {
		const struct event *e = event_at(d->t, i);

		if (is(e, LUTRACE_PCI_BUS_NUMBERS) && e->failed && !e->previous) {
			settle(d, REMEDY_BUS, NULL);
			add_failure(d, GROUP_BUS, REMEDY_BUS, i);
		}
	}
}

/* Nothing is known of the object: perhaps nothing could be. */
static void find_nothing(struct diagnosis *d, enum arrival arrival)
{
	const struct timeline *t = d->t;
	struct ranked *r;
	size_t i;

	if (d->kind == OBJECT_DEVICE)
		find_bridges(d);
	if (t->jump < t->nr || arrival != ARRIVAL_KEXEC || t->incomplete)
		return;
	for (i = 0; i < t->nr; i++) {
		if (event_at(t, i) && event_at(t, i)->generation)
			return;
	}
	r = add_finding(d, GROUP_SESSION, REMEDY_NONE, 0);
	if (r)
		r->finding.state = STATE_NOTHING_HANDED_OVER;
}

/* Returns false without memory. */
static bool conclude(struct diagnosis *d, const char *object, enum arrival arrival)
{
	const struct timeline *t = d->t;
	struct verdict *verdict = &d->verdict;
	struct progress progress;
	const struct jump *jump;

	d->marks = calloc(t->nr ?: 1, sizeof(*d->marks));
	if (!d->marks || t->no_memory || !set_object(d, object))
		return false;
	find_start(d);
	find_relations(d);
	verdict->known = mark_entries(d);
	progress = get_progress(d);
	if (verdict->known) {
		find_failures(d, arrival);
		find_omissions(d, &progress);
		find_no_kho(d);
	} else {
		find_nothing(d, arrival);
	}
	if (d->no_memory || !sort_findings(d, progress.finished || progress.released))
		return false;
	verdict->kind = d->kind;
	verdict->lost = t->lost;
	verdict->incomplete = t->incomplete;
	verdict->findings = d->findings;
	verdict->nr = d->nr_ranked;
	verdict->fine = describe_progress(d, &progress);
	verdict->facts.session = progress.session;
	take_object_facts(d, &verdict->facts);
	jump = t->jump < t->nr ? t->entries[t->jump].item.jump : NULL;
	if (jump && !jump->from_kernel)
		verdict->blind = jump->note;
	return true;
}

struct diagnosis *diagnosis_new(struct timeline *timeline, const char *object,
				enum arrival arrival)
{
	struct diagnosis *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	timeline_link(timeline);
	d->t = timeline;
	if (conclude(d, object, arrival))
		return d;
	diagnosis_free(d);
	return NULL;
}

void diagnosis_free(struct diagnosis *d)
{
	if (!d)
		return;
	free(d->marks);
	free(d->session);
	free(d->devices.name);
	free(d->bridges.name);
	free(d->sessions.name);
	free(d->ranked);
	free(d->findings);
	free(d);
}

const struct verdict *diagnosis_verdict(const struct diagnosis *d)
{
	return &d->verdict;
}

/**
 * struct resets - For diagnosis_resets()
 * @t:     All that was recorded.
 * @reset: What to call.
 * @data:  What to pass.
 */
struct resets {
	const struct timeline *t;
	void (*reset)(void *data, const char *device);
	void *data;
};

static void show_reset(void *data, size_t i)
{
	const struct resets *resets = data;

	resets->reset(resets->data, device_of(event_at(resets->t, i)));
}

size_t diagnosis_resets(const struct diagnosis *d, const struct finding *finding,
			void (*reset)(void *data, const char *device), void *data)
{
	struct resets resets = { d->t, reset, data };

	return find_resets(d->t, finding, show_reset, &resets);
}

/* The chain. */

/* Whether both events say the same. */
static bool says_the_same(const struct event *a, const struct event *b)
{
	unsigned int i;

	for (i = 0; i < NR_FIELDS; i++) {
		const union value *x = &a->value[i], *y = &b->value[i];

		if (!event_has(a, i) || field_descs[i].type == FIELD_TYPE_COUNT)
			continue;
		if (field_descs[i].type == FIELD_TYPE_TEXT ?
		    strcmp(x->text ?: "", y->text ?: "") : x->count != y->count)
			return false;
	}
	return true;
}

/* Whether the chain has said the same of the same kernel before. */
static bool is_repeated(const struct diagnosis *d, size_t at)
{
	const struct timeline *t = d->t;
	const struct event *e = event_at(t, at);
	size_t i;

	for (i = d->start; i < at; i++) {
		const struct event *o = event_at(t, i);

		if (is(o, e->desc->id) && d->marks[i].about && o->previous == e->previous &&
		    says_the_same(o, e) && same(t->entries[i].device, t->entries[at].device))
			return true;
	}
	return false;
}

static bool is_in_chain(const struct diagnosis *d, size_t i, bool all)
{
	const struct event *e = event_at(d->t, i);
	const struct mark *mark = &d->marks[i];

	if (!e)
		return true;
	if (!mark->about)
		return false;
	if (all || mark->keep)
		return true;
	/* What affects all files is shown where it explains; the jump always. */
	if (mark->update)
		return event_is_jump(e);
	return (e->desc->milestone || e->failed) && !is_repeated(d, i);
}

size_t diagnosis_chain(const struct diagnosis *d, bool all,
		       void (*show)(void *data, const struct item *item), void *data)
{
	size_t nr = 0, i;

	for (i = d->start; i < d->t->nr; i++) {
		if (!is_in_chain(d, i, all))
			continue;
		nr += !!event_at(d->t, i);
		if (show)
			show(data, &d->t->entries[i].item);
	}
	return nr;
}
