// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>

#include "story/phases.h"

const char *phase_name(enum phase_id id)
{
	static const char *const names[NR_PHASES] = {
		[PHASE_PRESERVE] = "preserve",
		[PHASE_FREEZE] = "freeze",
		[PHASE_SHUTDOWN] = "shutdown",
		[PHASE_JUMP] = "jump",
		[PHASE_EARLY_BOOT] = "early_boot",
		[PHASE_ENUMERATION] = "enumeration",
		[PHASE_USER_SPACE] = "user_space",
		[PHASE_RETRIEVE] = "retrieve",
		[PHASE_BIND] = "bind",
		[PHASE_FINISH] = "finish",
	};

	return names[id];
}

enum phase_id phase_of_step(enum step_id id)
{
	static const enum phase_id phases[NR_STEPS] = {
		[STEP_PRESERVE] = PHASE_PRESERVE,
		[STEP_FREEZE] = PHASE_FREEZE,
		[STEP_RETRIEVE] = PHASE_RETRIEVE,
		[STEP_BIND] = PHASE_BIND,
		[STEP_FINISH] = PHASE_FINISH,
	};

	return phases[id];
}

const char *step_name(enum step_id id)
{
	return phase_name(phase_of_step(id));
}

uint64_t step_ns(const struct event *step)
{
	return event_has(step, FIELD_DURATION) ? step->value[FIELD_DURATION].count : 0;
}

int64_t step_begin_ns(const struct event *step)
{
	return step->boottime_ns - (int64_t)step_ns(step);
}

bool blamed_file_failed(const struct blamed_file *file)
{
	enum step_id step;

	for (step = 0; step < NR_STEPS; step++) {
		if (file->step[step] && file->step[step]->failed)
			return true;
	}
	return false;
}

bool blamed_file_waits(const struct phases *p, const struct blamed_file *file)
{
	return p->jump && !p->incomplete && !blamed_file_failed(file) &&
	       !file->step[STEP_RETRIEVE] && !file->step[STEP_FINISH];
}

static bool is_reboot(const struct event *e, const char *stage)
{
	return is(e, LUTRACE_LUO_REBOOT) && same(e->value[FIELD_STAGE].text, stage);
}

/* The index at which the last kexec that was tried begins, or the one that led to this kernel. */
static size_t find_freeze(const struct timeline *t)
{
	size_t i = t->jump < t->nr ? t->jump : t->nr;

	while (i-- > 0) {
		if (is_reboot(event_at(t, i), "begin"))
			return i;
	}
	return t->nr;
}

static struct blamed_file *find_file(struct phases *p, const struct event *e)
{
	size_t i;

	for (i = 0; i < p->nr; i++) {
		struct blamed_file *file = &p->files[i];

		if (same(file->session, session_of(e)) &&
		    file->token == e->value[FIELD_TOKEN].count)
			return file;
	}
	return NULL;
}

/* Returns NULL without memory. */
static struct blamed_file *get_file(struct phases *p, const struct event *e)
{
	struct blamed_file *file = find_file(p, e), *files;

	if (file)
		return file;
	files = reallocarray(p->files, p->nr + 1, sizeof(*files));
	if (!files)
		return NULL;
	p->files = files;
	file = &files[p->nr++];
	*file = (struct blamed_file){
		.session = session_of(e),
		.token = e->value[FIELD_TOKEN].count,
		.device = "",
	};
	return file;
}

static void drop_file(struct phases *p, const struct event *e)
{
	struct blamed_file *file = find_file(p, e);
	size_t at;

	if (!file)
		return;
	at = file - p->files;
	memmove(file, file + 1, (--p->nr - at) * sizeof(*file));
}

/* Which step of the update the event ends, for its file; NR_STEPS where it ends none. */
static enum step_id step_of(const struct timeline *t, size_t i, size_t freeze)
{
	bool before = i < t->jump;

	switch (event_at(t, i)->desc->ends) {
	case OPERATION_PRESERVE:
		return before ? STEP_PRESERVE : NR_STEPS;
	case OPERATION_CAN_FREEZE:
		/* A file that can be frozen is frozen after that. */
		return before && i > freeze && event_at(t, i)->failed ? STEP_FREEZE : NR_STEPS;
	case OPERATION_FREEZE:
		return before && i > freeze ? STEP_FREEZE : NR_STEPS;
	case OPERATION_RETRIEVE:
		return before ? NR_STEPS : STEP_RETRIEVE;
	case OPERATION_FINISH:
		return before ? NR_STEPS : STEP_FINISH;
	case OPERATION_NONE:
	case OPERATION_UNPRESERVE:
	case OPERATION_UNFREEZE:
	case OPERATION_CAN_FINISH:
		break;
	}
	return NR_STEPS;
}

/* The event with which the kernel gave the file's session up, for the kexec that began there. */
static const struct event *find_drop(const struct timeline *t, size_t at, size_t freeze)
{
	size_t i;

	for (i = at; i-- > 0 && i > freeze;) {
		const struct event *e = event_at(t, i);

		if (is(e, LUTRACE_SESSION_DROP) && same(session_of(e), session_of(event_at(t, at))))
			return e;
	}
	return NULL;
}

/* A file that its user gave up had no part in the update; one that the kernel did is lost. */
static void take_unpreserved(const struct timeline *t, struct phases *p, size_t at, size_t freeze)
{
	const struct event *e = event_at(t, at), *drop = find_drop(t, at, freeze);
	struct blamed_file *file = find_file(p, e);

	if (!drop)
		drop_file(p, e);
	else if (file && (!file->step[STEP_FREEZE] || !file->step[STEP_FREEZE]->failed))
		file->step[STEP_FREEZE] = drop;
}

static void take_bound(const struct timeline *t, struct phases *p, size_t at)
{
	const struct event *e = event_at(t, at);
	size_t i;

	for (i = 0; at > t->jump && i < p->nr; i++) {
		if (same(p->files[i].device, device_of(e)))
			p->files[i].step[STEP_BIND] = e;
	}
}

static bool place_event(const struct timeline *t, struct phases *p, size_t i, size_t freeze)
{
	const struct event *e = event_at(t, i);
	struct blamed_file *file;
	enum step_id step;

	if (is(e, LUTRACE_FILE_UNPRESERVE) && i < t->jump)
		take_unpreserved(t, p, i, freeze);
	if (is(e, LUTRACE_VFIO_BOUND))
		take_bound(t, p, i);
	if (!is_of_file(e))
		return true;
	step = step_of(t, i, freeze);
	if (step == NR_STEPS && !is(e, LUTRACE_FILE_DESERIALIZE))
		return true;
	file = get_file(p, e);
	if (!file)
		return false;
	if (*t->entries[i].device)
		file->device = t->entries[i].device;
	if (step < NR_STEPS)
		file->step[step] = e;
	return true;
}

/* A file that was preserved, but not frozen, had no part in the update. */
static void drop_others(struct phases *p)
{
	size_t from, to = 0;

	for (from = 0; from < p->nr; from++) {
		const struct blamed_file *file = &p->files[from];

		if (file->step[STEP_FREEZE] || file->step[STEP_RETRIEVE] ||
		    !file->step[STEP_PRESERVE])
			p->files[to++] = *file;
	}
	p->nr = to;
}

static void set_phase(struct phases *p, enum phase_id id, int64_t begin, int64_t end)
{
	struct phase *phase = &p->phase[id];

	phase->known = true;
	phase->begin_ns = begin;
	phase->end_ns = end > begin ? end : begin;
}

static void extend_phase(struct phases *p, enum phase_id id, const struct event *step)
{
	struct phase *phase = &p->phase[id];
	int64_t begin = step_begin_ns(step);

	if (!phase->known)
		set_phase(p, id, begin, step->boottime_ns);
	if (begin < phase->begin_ns)
		phase->begin_ns = begin;
	if (step->boottime_ns > phase->end_ns)
		phase->end_ns = step->boottime_ns;
}

/* Finds the phases that consist of a step of each file. */
static void sum_up_steps(struct phases *p)
{
	enum step_id step;
	size_t i;

	for (i = 0; i < p->nr; i++) {
		for (step = 0; step < NR_STEPS; step++) {
			const struct event *e = p->files[i].step[step];
			struct phase *phase = &p->phase[phase_of_step(step)];

			if (!e)
				continue;
			extend_phase(p, phase_of_step(step), e);
			phase->files++;
			phase->failed += e->failed;
			p->failures += e->failed;
			if (!phase->slowest || step_ns(e) > step_ns(phase->slowest->step[step]))
				phase->slowest = &p->files[i];
		}
	}
}

static void find_shutdown(const struct timeline *t, struct phases *p, size_t freeze)
{
	const struct event *e;
	size_t i;

	for (i = freeze + 1; i < t->nr; i++) {
		e = event_at(t, i);
		if (!is(e, LUTRACE_LUO_REBOOT))
			continue;
		set_phase(p, PHASE_FREEZE, event_at(t, freeze)->boottime_ns, e->boottime_ns);
		if (is_reboot(e, "frozen") && p->jump && p->jump->has_moments)
			set_phase(p, PHASE_SHUTDOWN, e->boottime_ns, p->jump->left_ns);
		return;
	}
}

/* At boot, the kernel's own threads find and probe the devices. */
static bool is_of_boot(const struct event *e)
{
	return e->desc->system == SYSTEM_PCI && !e->previous && e->comm &&
	       (!strncmp(e->comm, "swapper/", 8) || !strncmp(e->comm, "kworker/", 8));
}

static void find_boot(const struct timeline *t, struct phases *p)
{
	const struct event *first = NULL, *last = NULL, *e;
	int64_t found;
	size_t i;

	for (i = t->jump + 1; i < t->nr; i++) {
		e = event_at(t, i);
		if (is(e, LUTRACE_LUO_OPEN))
			break;
		if (!e || !is_of_boot(e))
			continue;
		if (!first)
			first = e;
		last = e;
	}
	if (first) {
		if (p->jump->has_moments)
			set_phase(p, PHASE_EARLY_BOOT, p->jump->entered_ns, first->boottime_ns);
		set_phase(p, PHASE_ENUMERATION, first->boottime_ns, last->boottime_ns);
	}

	found = last ? last->boottime_ns : p->jump->entered_ns;
	for (i = t->jump + 1; i < t->nr; i++) {
		e = event_at(t, i);
		if (!is_ok(e, LUTRACE_SESSION_RETRIEVE))
			continue;
		if (last || p->jump->has_moments)
			set_phase(p, PHASE_USER_SPACE, found, step_begin_ns(e));
		extend_phase(p, PHASE_RETRIEVE, e);
		return;
	}
}

static int64_t find_zero(const struct phases *p)
{
	enum phase_id id;

	if (p->phase[PHASE_FREEZE].known)
		return p->phase[PHASE_FREEZE].begin_ns;
	if (p->jump)
		return p->jump->has_moments ? p->jump->left_ns : p->jump->boottime_ns;
	for (id = 0; id < NR_PHASES; id++) {
		if (p->phase[id].known)
			return p->phase[id].begin_ns;
	}
	return 0;
}

bool phases_find(struct timeline *t, struct phases *p)
{
	size_t freeze, i;

	memset(p, 0, sizeof(*p));
	p->lost = t->lost;
	p->incomplete = t->incomplete;
	timeline_link(t);
	freeze = find_freeze(t);
	if (t->jump < t->nr)
		p->jump = t->entries[t->jump].item.jump;

	for (i = 0; i < t->nr; i++) {
		if (event_at(t, i) && !place_event(t, p, i, freeze))
			return false;
	}
	if (p->jump)
		drop_others(p);
	sum_up_steps(p);
	find_shutdown(t, p, freeze);
	if (p->jump && p->jump->has_moments)
		set_phase(p, PHASE_JUMP, p->jump->left_ns, p->jump->entered_ns);
	if (p->jump)
		find_boot(t, p);
	for (i = 0; i < p->nr; i++)
		p->waiting += blamed_file_waits(p, &p->files[i]);
	p->zero_ns = find_zero(p);
	return true;
}
