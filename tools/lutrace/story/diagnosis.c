// SPDX-License-Identifier: GPL-2.0
/*
 * From the events that bear on the object to what went wrong. What succeeds later
 * settles what was refused before; what was lost stays lost.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>

#include "story/story.h"

/* How much a finding explains: the lower, the more. */
enum group {
	/* What the update cost, by what it cost. */
	GROUP_HANDOVER,
	GROUP_RETRIEVE,
	GROUP_SESSION,
	GROUP_LIST,
	GROUP_BUS,
	GROUP_CLOSED,
	/* What was refused; the last one counts. */
	GROUP_REFUSED,
	/* What is not over yet. */
	GROUP_WAITS,
	GROUP_REST,
};

/* What makes a refusal a thing of the past. */
enum remedy {
	REMEDY_NONE,
	REMEDY_PRESERVE,
	REMEDY_FREEZE,
	REMEDY_RETRIEVE,
	REMEDY_FINISH,
	REMEDY_PROBE,
	REMEDY_GUARD,
	/* The same is told each time that the bus is scanned. */
	REMEDY_BUS,
};

/**
 * struct ranked - A finding, and how it compares to others
 * @finding: It.
 * @group:   What it explains.
 * @remedy:  What would settle it.
 * @at:      Index of its last event.
 */
struct ranked {
	struct finding finding;
	enum group group;
	enum remedy remedy;
	size_t at;
};

/* Facts. */

static const char *preserver_of(const struct diagnosis *d, const char *device)
{
	const char *driver = NULL;
	size_t i;

	for (i = 0; i < d->nr; i++) {
		const struct event *e = event_at(d, i);

		if ((is(e, LUTRACE_PCI_PRESERVE) || is(e, LUTRACE_PCI_INCOMING)) &&
		    same(device_of(e), device))
			driver = e->value[FIELD_DRIVER].text ?: driver;
	}
	return driver;
}

/* The driver that was let have the device last before @at. */
static const char *driver_before(const struct diagnosis *d, size_t at,
				 const char *device)
{
	size_t i;

	for (i = at; i-- > 0;) {
		const struct event *e = event_at(d, i);

		if (is_ok(e, LUTRACE_PCI_PROBE) && !e->previous &&
		    same(device_of(e), device))
			return e->value[FIELD_DRIVER].text;
	}
	return NULL;
}

static bool was_found(const struct diagnosis *d, size_t before, const char *device)
{
	size_t i;

	for (i = 0; i < before; i++) {
		const struct event *e = event_at(d, i);

		if (is(e, LUTRACE_PCI_INCOMING) && !e->previous &&
		    same(device_of(e), device))
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
		/* Whatever is wrong with what was handed over, users see EIO. */
		finding->seen = r->group == GROUP_HANDOVER ? -EIO : f->err;
	}
	take_facts(f, finding->root);
	take_facts(f, finding->middle);
	take_facts(f, finding->symptom);
	if (!f->device && finding->symptom && *d->entries[r->at].device)
		f->device = d->entries[r->at].device;
	take_object_facts(d, f);
	if (!f->device)
		return;
	f->preserver = preserver_of(d, f->device);
	f->found = was_found(d, r->at, f->device);
	if (!f->driver)
		f->driver = driver_before(d, r->at, f->device);
}

/* Findings. */

static struct ranked *add_finding(struct diagnosis *d, enum group group,
				  enum remedy remedy, size_t at)
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
	memmove(&d->ranked[i], &d->ranked[i + 1],
		(d->nr_ranked - i) * sizeof(*d->ranked));
}

/* Forgets what @remedy settles; of one file where @file is not NULL. */
static void settle(struct diagnosis *d, enum remedy remedy,
		   const struct event *file)
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

/* The finding of an event and of what failed on the way to it. */
static struct ranked *add_failure(struct diagnosis *d, enum group group,
				  enum remedy remedy, size_t at)
{
	const struct entry *entry = &d->entries[at];
	struct ranked *r = add_finding(d, group, remedy, at);

	if (!r)
		return NULL;
	r->finding.symptom = entry->item.event;
	r->finding.root = entry->cause ? event_at(d, entry->cause - 1) :
					 entry->item.event;
	return r;
}

/* The last failure of that kind before @at, in this kernel. */
static const struct event *last_before(const struct diagnosis *d, size_t at,
				       enum lutrace_event_id id)
{
	size_t i;

	for (i = at; i-- > 0;) {
		const struct event *e = event_at(d, i);

		if (is(e, id) && e->failed && !e->previous)
			return e;
	}
	return NULL;
}

static const struct event *lost_bridge(const struct diagnosis *d, size_t at)
{
	size_t i;

	for (i = at; i-- > 0;) {
		const struct event *e = event_at(d, i);

		if (is(e, LUTRACE_PCI_BUS_NUMBERS) && e->failed && !e->previous &&
		    (has_name(&d->bridges, device_of(e)) ||
		     has_name(&d->devices, device_of(e))))
			return e;
	}
	return NULL;
}

/* What is behind a retrieval's reason: the list, or a bridge. */
static void look_deeper(struct diagnosis *d, struct ranked *r)
{
	const struct event *root = r->finding.root, *deeper = NULL;

	if (is(root, LUTRACE_VFIO_RETRIEVE) && has_reason(root, "absent"))
		deeper = lost_bridge(d, r->at);
	else if ((is(root, LUTRACE_VFIO_RETRIEVE) &&
		  has_reason(root, "not_incoming")) ||
		 (is(root, LUTRACE_PCI_PROBE) &&
		  has_reason(root, "incoming_unreadable")))
		deeper = last_before(d, r->at, LUTRACE_PCI_HANDOVER_BAD);
	if (!deeper)
		return;
	r->finding.middle = root;
	r->finding.root = deeper;
}

/* The kexec failed: the file that did not freeze is the reason, whosever it is. */
static void find_freeze(struct diagnosis *d, size_t at)
{
	struct ranked *r = add_failure(d, GROUP_REFUSED, REMEDY_FREEZE, at);
	size_t i;

	for (i = at; r && i-- > 0;) {
		const struct event *e = event_at(d, i);

		if (is(e, LUTRACE_LUO_REBOOT))
			return;
		if (!is(e, LUTRACE_FILE_FREEZE) || !e->failed)
			continue;
		r->finding.root = e;
		if (d->entries[i].cause) {
			r->finding.root = event_at(d, d->entries[i].cause - 1);
			r->finding.middle = e;
		}
		return;
	}
}

/* Why there is no such session. */
static void find_no_session(struct diagnosis *d, size_t at, enum arrival arrival)
{
	struct ranked *r = add_failure(d, GROUP_SESSION, REMEDY_NONE, at);
	size_t i;

	if (!r)
		return;
	for (i = at; i-- > d->start;) {
		const struct event *e = event_at(d, i);

		if (!is_ok(e, LUTRACE_SESSION_RELEASE) ||
		    !has_name(&d->sessions, session_of(e)))
			continue;
		r->finding.state = STATE_CLOSED;
		if (!e->previous) {
			r->finding.state = STATE_FINISHED;
			r->group = GROUP_REFUSED;
		}
		return;
	}
	if (d->jump == d->nr && !event_at(d, at)->generation && !d->incomplete)
		r->finding.state = arrival == ARRIVAL_KEXEC ?
				   STATE_NOTHING_HANDED_OVER :
				   STATE_NO_LIVE_UPDATE;
}

static void find_failure(struct diagnosis *d, size_t i, enum arrival arrival)
{
	const struct event *e = event_at(d, i);
	struct ranked *r = NULL;

	switch (e->desc->id) {
	case LUTRACE_LUO_INCOMING:
	case LUTRACE_FILE_DESERIALIZE:
		add_failure(d, GROUP_HANDOVER, REMEDY_NONE, i);
		break;
	case LUTRACE_SESSION_DESERIALIZE:
		if (!last_before(d, i, LUTRACE_FILE_DESERIALIZE))
			add_failure(d, GROUP_HANDOVER, REMEDY_NONE, i);
		break;
	case LUTRACE_FILE_RETRIEVE:
		r = add_failure(d, GROUP_RETRIEVE, REMEDY_NONE, i);
		/* An unknown token costs nothing. */
		if (r && !d->entries[i].cause && !e->value[FIELD_HANDLER].text)
			r->group = GROUP_REFUSED;
		break;
	case LUTRACE_SESSION_RETRIEVE:
		if (e->value[FIELD_ERRNO].number == -ENOENT)
			find_no_session(d, i, arrival);
		else
			add_failure(d, GROUP_REFUSED, REMEDY_RETRIEVE, i);
		break;
	case LUTRACE_PCI_HANDOVER_BAD:
		add_failure(d, GROUP_LIST, REMEDY_NONE, i);
		break;
	case LUTRACE_FLB_RETRIEVE:
		if (!last_before(d, i, LUTRACE_PCI_HANDOVER_BAD))
			add_failure(d, GROUP_LIST, REMEDY_NONE, i);
		break;
	case LUTRACE_PCI_BUS_NUMBERS:
		settle(d, REMEDY_BUS, NULL);
		add_failure(d, GROUP_BUS, REMEDY_BUS, i);
		break;
	case LUTRACE_LUO_REBOOT:
		settle(d, REMEDY_FREEZE, NULL);
		find_freeze(d, i);
		break;
	case LUTRACE_FILE_PRESERVE:
		settle(d, REMEDY_PRESERVE, e);
		add_failure(d, GROUP_REFUSED, REMEDY_PRESERVE, i);
		break;
	case LUTRACE_FILE_CAN_FINISH:
		settle(d, REMEDY_FINISH, NULL);
		add_failure(d, GROUP_REFUSED, REMEDY_FINISH, i);
		break;
	case LUTRACE_PCI_PROBE:
		settle(d, REMEDY_PROBE, NULL);
		if (d->kind == OBJECT_DEVICE)
			r = add_failure(d, GROUP_REFUSED, REMEDY_PROBE, i);
		break;
	case LUTRACE_VFIO_OPEN_DENIED:
	case LUTRACE_PCI_UNBIND_REFUSED:
		settle(d, REMEDY_GUARD, NULL);
		if (d->kind == OBJECT_DEVICE)
			add_failure(d, GROUP_REFUSED, REMEDY_GUARD, i);
		break;
	case LUTRACE_SESSION_CREATE:
	case LUTRACE_FILE_REPLY_FAILED:
		add_failure(d, GROUP_REFUSED, REMEDY_NONE, i);
		break;
	case LUTRACE_PCI_NEVER_FINISHED:
		add_failure(d, GROUP_REST, REMEDY_NONE, i);
		break;
	case LUTRACE_LUO_OUTGOING:
	case LUTRACE_VFIO_BOUND:
	case LUTRACE_FILE_UNPRESERVE:
	case LUTRACE_FILE_UNFREEZE:
	case LUTRACE_FILE_FINISH:
	case LUTRACE_VFIO_UNFREEZE:
		add_failure(d, GROUP_REST, REMEDY_NONE, i);
		break;
	default:
		/* Another event, before or after, tells of the same. */
		break;
	}
	if (r)
		look_deeper(d, r);
}

static void find_success(struct diagnosis *d, size_t i)
{
	const struct event *e = event_at(d, i);

	switch (e->desc->id) {
	case LUTRACE_FILE_PRESERVE:
		settle(d, REMEDY_PRESERVE, d->kind == OBJECT_DEVICE ? NULL : e);
		break;
	case LUTRACE_LUO_REBOOT:
		if (has_reason(e, "frozen"))
			settle(d, REMEDY_FREEZE, NULL);
		break;
	case LUTRACE_SESSION_RETRIEVE:
		settle(d, REMEDY_RETRIEVE, NULL);
		break;
	case LUTRACE_FILE_FINISH:
	case LUTRACE_PCI_FINISH:
		settle(d, REMEDY_RETRIEVE, NULL);
		settle(d, REMEDY_FINISH, NULL);
		settle(d, REMEDY_PROBE, NULL);
		settle(d, REMEDY_GUARD, NULL);
		break;
	case LUTRACE_PCI_PROBE:
		settle(d, REMEDY_PROBE, NULL);
		break;
	case LUTRACE_PCI_UNPRESERVE:
		settle(d, REMEDY_GUARD, NULL);
		break;
	default:
		break;
	}
}

/* A release that did not finish says more than the refusal before it. */
static void find_release(struct diagnosis *d, size_t i)
{
	size_t k;

	for (k = 0; k < d->nr_ranked; k++) {
		if (d->ranked[k].remedy != REMEDY_FINISH)
			continue;
		d->ranked[k].finding.symptom = event_at(d, i);
		d->ranked[k].at = i;
		return;
	}
	add_failure(d, GROUP_REFUSED, REMEDY_FINISH, i);
}

static void find_failures(struct diagnosis *d, enum arrival arrival)
{
	size_t i;

	for (i = d->start; i < d->nr; i++) {
		const struct event *e = event_at(d, i);

		if (!e || !d->entries[i].about)
			continue;
		if (e->failed && (is(e, LUTRACE_SESSION_FINISH) ||
				  is(e, LUTRACE_SESSION_RELEASE)))
			find_release(d, i);
		else if (e->failed)
			find_failure(d, i, arrival);
		else
			find_success(d, i);
	}
}

/**
 * struct progress - How far an object has come
 * @preserved:   A file of it was preserved.
 * @handed_over: A kernel was entered after that.
 * @ended:       That was the previous kernel, which is over.
 * @session:     In that session.
 * @retrieved:   The session was.
 * @finished:    It was finished.
 * @released:    It was closed for good.
 * @closed:      That was before the kexec, and without a finish.
 * @file:        Event of a file that was not retrieved yet.
 * @incoming:    This kernel has found the device.
 * @bridge:      Which is a bridge.
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

	for (i = d->start; i < d->nr; i++) {
		const struct event *e = event_at(d, i);

		if ((is(e, LUTRACE_FILE_RETRIEVE) || is(e, LUTRACE_FILE_FINISH)) &&
		    same_file(e, file) && (e->previous == file->previous ||
					   !e->previous))
			return true;
	}
	return false;
}

static void follow(const struct diagnosis *d, struct progress *p, size_t i)
{
	const struct event *e = event_at(d, i);

	p->last = i;
	switch (e->desc->id) {
	case LUTRACE_SESSION_CREATE:
		p->session = session_of(e);
		break;
	case LUTRACE_FILE_PRESERVE:
		p->preserved = true;
		p->session = session_of(e);
		p->closed = p->released = p->finished = p->retrieved = false;
		break;
	case LUTRACE_SESSION_SERIALIZE:
		p->handed_over |= e->previous;
		p->ended = false;
		p->session = session_of(e);
		break;
	case LUTRACE_FILE_DESERIALIZE:
	case LUTRACE_SESSION_DESERIALIZE:
		p->handed_over = true;
		p->ended = e->previous;
		p->session = session_of(e);
		break;
	case LUTRACE_SESSION_RETRIEVE:
		p->retrieved = true;
		break;
	case LUTRACE_SESSION_FINISH:
		p->finished = true;
		break;
	case LUTRACE_SESSION_RELEASE:
		p->released = true;
		p->closed = e->previous && !p->finished;
		break;
	case LUTRACE_PCI_INCOMING:
		p->incoming = true;
		p->bridge = is_bridge(e);
		break;
	case LUTRACE_PCI_FINISH:
		/* A bridge is in it once for each device below. */
		p->incoming = e->value[FIELD_REFCOUNT].count;
		break;
	default:
		break;
	}
	if ((is(e, LUTRACE_FILE_PRESERVE) || is(e, LUTRACE_FILE_DESERIALIZE)) &&
	    !p->file && !was_retrieved(d, e))
		p->file = e;
}

static struct progress get_progress(const struct diagnosis *d)
{
	struct progress p = { 0 };
	size_t i;

	for (i = d->start; i < d->nr; i++) {
		const struct event *e = event_at(d, i);

		if (!e || !d->entries[i].about)
			continue;
		/* A session that was put back is there again. */
		if (is(e, LUTRACE_SESSION_RELEASE) && e->failed)
			p.retrieved = false;
		else if (!e->failed && is_about_object(d, i))
			follow(d, &p, i);
	}
	return p;
}

static const char *device_of_file(const struct diagnosis *d,
				  const struct event *file)
{
	size_t i;

	for (i = 0; i < d->nr; i++) {
		if (event_at(d, i) == file && *d->entries[i].device)
			return d->entries[i].device;
	}
	return NULL;
}

static void add_state(struct diagnosis *d, enum group group, enum story_state state,
		      const struct progress *p)
{
	struct ranked *r;
	size_t i;

	/* Somebody has come upon it already. */
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
		r->finding.facts.device = device_of_file(d, p->file);
	} else if (d->devices.nr == 1) {
		r->finding.facts.device = d->devices.name[0];
	}
}

/* What did not happen is in no event. */
static void find_omissions(struct diagnosis *d, const struct progress *p)
{
	if (p->closed && d->jump < d->nr)
		add_state(d, GROUP_CLOSED, STATE_CLOSED, p);
	else if (d->incomplete)
		/* It may well have happened. */
		return;
	else if (p->handed_over && p->ended && !p->finished)
		add_state(d, GROUP_CLOSED, STATE_ENDED, p);
	else if (p->handed_over && !p->finished && !p->retrieved)
		add_state(d, GROUP_WAITS, STATE_NOT_RETRIEVED, p);
	else if (p->handed_over && !p->finished && p->file)
		add_state(d, GROUP_WAITS, STATE_FILE_NOT_RETRIEVED, p);
	else if (p->incoming && !p->handed_over && d->kind == OBJECT_DEVICE)
		add_state(d, GROUP_WAITS, p->bridge ? STATE_BRIDGE_WAITS :
						      STATE_DEVICE_WAITS, p);
}

/* An image without KHO, which was not entered after all. */
static void find_no_kho(struct diagnosis *d)
{
	const struct event *last = NULL;
	struct ranked *r;
	size_t i;

	for (i = d->start; i < d->nr; i++) {
		if (is(event_at(d, i), LUTRACE_LUO_REBOOT) &&
		    !event_at(d, i)->previous)
			last = event_at(d, i);
	}
	if (!last || last->value[FIELD_IMAGE_HAS_KHO].count)
		return;
	/* Why it was not entered comes first. */
	r = add_finding(d, GROUP_REFUSED, REMEDY_NONE, d->start);
	if (r) {
		r->finding.state = STATE_NO_KHO;
		r->finding.symptom = last;
	}
}

static int compare_ranked(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	/* The first loss explains the others; the last refusal counts. */
	if (x->group == GROUP_REFUSED)
		return x->at > y->at ? -1 : x->at < y->at;
	return x->at < y->at ? -1 : x->at > y->at;
}

/* Whether another finding leads from the same to something that was asked for. */
static bool is_told_better(const struct diagnosis *d, size_t at)
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

/* @over: the session is. Returns false without memory. */
static bool sort_findings(struct diagnosis *d, bool over)
{
	size_t i;

	for (i = d->nr_ranked; i-- > 0;) {
		if (is_told_better(d, i))
			drop_finding(d, i);
	}
	if (!d->nr_ranked)
		return true;
	qsort(d->ranked, d->nr_ranked, sizeof(*d->ranked), compare_ranked);
	/* What waits, waits because of what went wrong. */
	while (d->nr_ranked > 1 &&
	       d->ranked[d->nr_ranked - 1].group >= GROUP_WAITS)
		d->nr_ranked--;
	d->findings = calloc(d->nr_ranked, sizeof(*d->findings));
	if (!d->findings)
		return false;
	for (i = 0; i < d->nr_ranked; i++) {
		complete_facts(d, &d->ranked[i], over);
		d->findings[i] = d->ranked[i].finding;
		story_keep(d, d->findings[i].root);
		story_keep(d, d->findings[i].middle);
		story_keep(d, d->findings[i].symptom);
	}
	return true;
}

static const char *how_it_stands(const struct diagnosis *d,
				 const struct progress *p)
{
	if (p->finished)
		return "it came through the live update: retrieved and finished";
	if (d->incomplete && p->handed_over && p->retrieved)
		return "it was retrieved, and the recording does not have what came of it";
	if (d->incomplete && (p->handed_over || p->preserved))
		return "it was preserved, and the recording does not have what came of it";
	if (p->handed_over && p->retrieved)
		return "it came through the live update, and waits to be finished";
	if (p->released)
		return "its session {session} was closed in this kernel, which gave up what it preserved";
	if (p->preserved)
		return "it is preserved in session {session}, for the next live update";
	if (d->kind == OBJECT_SESSION && p->session)
		return "the session is there, with nothing in it";
	return "nothing of it was refused, blocked or lost";
}

static const struct jump *the_jump(const struct diagnosis *d)
{
	return d->jump < d->nr ? d->entries[d->jump].item.jump : NULL;
}

/* A device that is not known may be below a bridge without bus numbers. */
static void find_bridges(struct diagnosis *d)
{
	size_t i;

	for (i = 0; i < d->nr; i++) {
		const struct event *e = event_at(d, i);

		if (is(e, LUTRACE_PCI_BUS_NUMBERS) && e->failed && !e->previous) {
			settle(d, REMEDY_BUS, NULL);
			add_failure(d, GROUP_BUS, REMEDY_BUS, i);
		}
	}
}

/* Nothing is known of the object: perhaps nothing could be. */
static void find_nothing(struct diagnosis *d, enum arrival arrival)
{
	struct ranked *r;
	size_t i;

	if (d->kind == OBJECT_DEVICE)
		find_bridges(d);
	if (d->jump < d->nr || arrival != ARRIVAL_KEXEC || d->incomplete)
		return;
	for (i = 0; i < d->nr; i++) {
		if (event_at(d, i) && event_at(d, i)->generation)
			return;
	}
	r = add_finding(d, GROUP_SESSION, REMEDY_NONE, 0);
	if (r)
		r->finding.state = STATE_NOTHING_HANDED_OVER;
}

bool diagnosis_conclude(struct diagnosis *d, const char *object,
			enum arrival arrival, struct verdict *verdict)
{
	struct progress progress;

	*verdict = (struct verdict){
		.lost = d->lost,
		.incomplete = d->incomplete,
	};
	free(d->findings);
	d->findings = NULL;
	d->nr_ranked = 0;
	if (!story_find(d, object, &verdict->known))
		return false;
	verdict->kind = d->kind;
	progress = get_progress(d);
	if (verdict->known) {
		find_failures(d, arrival);
		find_omissions(d, &progress);
		find_no_kho(d);
	} else {
		find_nothing(d, arrival);
	}
	if (d->no_memory ||
	    !sort_findings(d, progress.finished || progress.released))
		return false;
	verdict->findings = d->findings;
	verdict->nr = d->nr_ranked;
	verdict->fine = how_it_stands(d, &progress);
	verdict->facts.session = progress.session;
	take_object_facts(d, &verdict->facts);
	if (the_jump(d) && !the_jump(d)->from_kernel)
		verdict->blind = the_jump(d)->note;
	return true;
}
