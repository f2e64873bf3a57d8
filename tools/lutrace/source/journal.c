// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/journal.h"
#include "source/journal.h"

/**
 * struct journal - One kernel's journal
 * @about:   Its header; type is LUTRACE_ROW_GENERATION where there was a row.
 * @present: There was a row for it.
 * @records: In the order of their numbers.
 * @nr:      How many.
 */
struct journal {
	struct lutrace_generation about;
	bool present;
	const struct lutrace_journal_record **records;
	size_t nr;
};

/**
 * struct history - Both journals
 * @data:     The iterator's rows, to which the journals point.
 * @previous: The previous kernel's.
 * @current:  This one's.
 * @shift_ns: From the previous kernel's CLOCK_BOOTTIME to this one's.
 * @last_ns:  When the previous kernel wrote last, on this one's CLOCK_BOOTTIME.
 * @event:    The event at hand.
 */
struct history {
	void *data;
	struct journal previous;
	struct journal current;
	int64_t shift_ns;
	int64_t last_ns;
	struct event event;
};

/* Event by its number in journals, plus 1. */
static const uint16_t event_by_number[] = {
#define E(id, number, ...) [number] = LUTRACE_##id + 1,
	LUTRACE_EVENTS(E)
#undef E
};

#define NR_NUMBERS	(sizeof(event_by_number) / sizeof(event_by_number[0]))

static bool is_readable(const struct journal *j)
{
	return j->present && j->about.status == LUTRACE_JOURNAL_READABLE;
}

/* @cycles from @anchor on, at @khz, in nanoseconds on the anchor's clock. */
static int64_t extrapolate(const struct lutrace_anchor *anchor,
			   uint64_t cycles, uint64_t khz)
{
	int64_t difference = cycles - anchor->cycles;
	__int128 ns;

	if (!khz)
		return anchor->boottime_ns;
	ns = (__int128)difference * 1000000 / (__int128)khz;
	/* Nonsense that does not fit. */
	if (ns != (int64_t)ns)
		ns = 0;
	return cut_time(anchor->boottime_ns + cut_time(ns, MAX_TIME_NS), MAX_TIME_NS);
}

/*
 * When @cycles were, on the CLOCK_BOOTTIME of the journal's kernel. Between two
 * anchors the counter's nominal frequency does not matter.
 */
static int64_t boottime_of(const struct lutrace_generation *about,
			   uint64_t cycles)
{
	const struct lutrace_anchor *anchors[] = {
		&about->boot, &about->handover, &about->jump
	};
	const struct lutrace_anchor *from = &about->boot;
	size_t i;

	for (i = 1; i < sizeof(anchors) / sizeof(anchors[0]); i++) {
		const struct lutrace_anchor *to = anchors[i];

		/* The moment has not come, or the counter was set back. */
		if (to->cycles <= from->cycles)
			continue;
		if (cycles < to->cycles) {
			uint64_t span = to->cycles - from->cycles;
			int64_t ns = to->boottime_ns - from->boottime_ns;

			if (cycles < from->cycles)
				break;
			return from->boottime_ns +
			       (int64_t)((__int128)(cycles - from->cycles) *
					 ns / span);
		}
		from = to;
	}
	return extrapolate(from, cycles, about->khz);
}

/* The last moment of the previous kernel, on its own clock. */
static int64_t end_of(const struct lutrace_generation *about)
{
	if (about->jump.boottime_ns)
		return about->jump.boottime_ns;
	if (about->handover.boottime_ns)
		return about->handover.boottime_ns;
	return about->boot.boottime_ns;
}

static int64_t time_of(const struct history *h, const struct journal *j,
		       const struct lutrace_journal_record *r)
{
	int64_t ns = boottime_of(&j->about, r->cycles);

	return j == &h->previous ? ns + h->shift_ns : ns;
}

static void align(struct history *h)
{
	const struct lutrace_generation *previous = &h->previous.about;
	const struct lutrace_generation *current = &h->current.about;
	int64_t begin = is_readable(&h->current) ? current->boot.boottime_ns : 0;

	if (!is_readable(&h->previous))
		return;
	h->shift_ns = cut_time(begin - (int64_t)current->blackout_ns -
			       end_of(previous), MAX_TIME_NS);
	h->last_ns = end_of(previous) + h->shift_ns;
	if (h->previous.nr)
		h->last_ns = time_of(h, &h->previous,
				     h->previous.records[h->previous.nr - 1]);
}

static bool add_record(struct journal *j, const struct lutrace_journal_record *r)
{
	const struct lutrace_journal_record **records;

	records = reallocarray(j->records, j->nr + 1, sizeof(*records));
	if (!records)
		return false;
	records[j->nr++] = r;
	j->records = records;
	return true;
}

/* Returns the size of the row at @data, or 0 where it is none. */
static size_t row_size(const void *data, size_t size)
{
	uint32_t type;
	size_t row;

	if (size < sizeof(type))
		return 0;
	memcpy(&type, data, sizeof(type));
	if (type == LUTRACE_ROW_GENERATION)
		row = sizeof(struct lutrace_generation);
	else if (type == LUTRACE_ROW_RECORD)
		row = sizeof(struct lutrace_journal_record);
	else
		return 0;
	return size < row ? 0 : row;
}

static void cut_anchor(struct lutrace_anchor *anchor)
{
	anchor->boottime_ns = cut_time(anchor->boottime_ns, MAX_TIME_NS);
}

/* Records belong to the journal whose row came last, *@j. */
static bool add_row(struct history *h, struct journal **j, const void *row)
{
	const struct lutrace_journal_record *r = row;
	const struct lutrace_generation *about = row;

	if (r->type == LUTRACE_ROW_RECORD) {
		if (*j && (!(*j)->nr ||
			   (*j)->records[(*j)->nr - 1]->seq < r->seq))
			return add_record(*j, r);
		errno = EINVAL;
		return false;
	}

	*j = about->previous ? &h->previous : &h->current;
	if ((*j)->present ||
	    !memchr(about->release, 0, sizeof(about->release))) {
		errno = EINVAL;
		return false;
	}
	(*j)->about = *about;
	cut_anchor(&(*j)->about.boot);
	cut_anchor(&(*j)->about.handover);
	cut_anchor(&(*j)->about.jump);
	if ((*j)->about.blackout_ns > MAX_TIME_NS)
		(*j)->about.blackout_ns = MAX_TIME_NS;
	(*j)->present = true;
	return true;
}

struct history *history_parse(const void *data, size_t size)
{
	struct history *h = calloc(1, sizeof(*h));
	struct journal *j = NULL;
	size_t at = 0;

	if (!h)
		return NULL;
	h->data = malloc(size ? size : 1);
	if (!h->data)
		goto fail;
	memcpy(h->data, data, size);

	while (at < size) {
		const void *row = (const char *)h->data + at;
		size_t length = row_size(row, size - at);

		if (!length) {
			errno = EINVAL;
			goto fail;
		}
		if (!add_row(h, &j, row))
			goto fail;
		at += length;
	}
	align(h);
	return h;

fail:
	history_free(h);
	return NULL;
}

void history_free(struct history *h)
{
	if (!h)
		return;
	free(h->previous.records);
	free(h->current.records);
	free(h->data);
	free(h);
}

bool history_generation(const struct history *h, uint64_t *generation)
{
	*generation = h->current.about.generation;
	return is_readable(&h->current);
}

static int compare_seq(const void *key, const void *record)
{
	uint64_t seq = *(const uint64_t *)key;
	uint64_t other = (*(const struct lutrace_journal_record *const *)record)->seq;

	return seq < other ? -1 : seq > other;
}

bool history_has(const struct history *h, uint64_t journal_seq)
{
	const struct journal *j = &h->current;

	return j->nr && bsearch(&journal_seq, j->records, j->nr,
				sizeof(*j->records), compare_seq);
}

const char *history_problem(const struct history *h, bool previous)
{
	const struct journal *j = previous ? &h->previous : &h->current;

	if (!j->present)
		return "there is nothing of it";
	switch (j->about.status) {
	case LUTRACE_JOURNAL_READABLE:
		return NULL;
	case LUTRACE_JOURNAL_OFF:
		return "it is off (liveupdate=, liveupdate_journal=)";
	case LUTRACE_JOURNAL_NO_MEMORY:
		return "there was no memory for it";
	case LUTRACE_JOURNAL_NONE:
		return "none was handed over";
	case LUTRACE_JOURNAL_BAD_ADDRESS:
		return "its address is not in RAM";
	case LUTRACE_JOURNAL_BAD_COMPATIBLE:
		return "it has another layout";
	case LUTRACE_JOURNAL_BAD_SIZE:
		return "its slots do not fit into it";
	case LUTRACE_JOURNAL_BAD_CHECKSUM:
		return "its header was overwritten";
	default:
		return "for a reason that only a newer lutrace knows";
	}
}

static bool blackout_is_known(const struct history *h)
{
	return is_readable(&h->previous) && is_readable(&h->current) &&
	       h->current.about.blackout_source != LUTRACE_BLACKOUT_NONE;
}

/* The file is back, or done with: how long was it away? */
static bool ends_blackout(const struct event *event)
{
	return event_ends_blackout(event->desc->id) && !event->failed;
}

static void annotate(const struct history *h, const struct journal *j,
		     struct event *event)
{
	event->previous = j == &h->previous;
	event->has_generation = is_readable(j);
	event->generation = j->about.generation;
	event->has_blackout = !event->previous && blackout_is_known(h) &&
			      ends_blackout(event);
	event->blackout_ns = event->boottime_ns - h->last_ns;
}

void history_annotate(const struct history *h, struct event *event)
{
	annotate(h, &h->current, event);
}

/* Takes the next name of @r at *@at, to a field of @size zeroed bytes. */
static void take_name(const struct lutrace_journal_record *r, size_t *at,
		      uint32_t flag, char *name, size_t size)
{
	size_t room = sizeof(r->names) - *at;
	size_t length;

	if (!(r->flags & flag))
		return;
	length = strnlen(r->names + *at, room);
	memcpy(name, r->names + *at, length < size ? length : size - 1);
	*at += length < room ? length + 1 : room;
}

static bool decode(struct history *h, const struct journal *j,
		   const struct lutrace_journal_record *r)
{
	struct lutrace_record record = {
		.boottime_ns = time_of(h, j, r),
		.journal_seq = r->seq,
		.duration_ns = r->duration_ns,
		.token = r->token,
		.number = r->number,
		.err = r->err,
		.reason = r->reason,
		.cpu = r->cpu,
		.pid = r->pid,
		.tid = r->tid,
		.domain = r->domain,
		.bdf = r->bdf,
		.has_bdf = !!(r->flags & LUTRACE_HAS_BDF),
		.yes = !!(r->flags & LUTRACE_YES),
	};
	size_t at = 0;

	if (r->event >= NR_NUMBERS || !event_by_number[r->event])
		return false;
	record.event = event_by_number[r->event] - 1;
	memcpy(record.comm, r->comm, sizeof(record.comm) - 1);
	take_name(r, &at, LUTRACE_HAS_SESSION, record.session,
		  sizeof(record.session));
	take_name(r, &at, LUTRACE_HAS_HANDLER, record.handler,
		  sizeof(record.handler));
	take_name(r, &at, LUTRACE_HAS_FLB, record.flb, sizeof(record.flb));
	take_name(r, &at, LUTRACE_HAS_DEVICE, record.device,
		  sizeof(record.device));
	take_name(r, &at, LUTRACE_HAS_DRIVER, record.driver,
		  sizeof(record.driver));
	if (event_decode(&h->event, &record, sizeof(record)))
		return false;
	h->event.recorded = true;
	annotate(h, j, &h->event);
	return true;
}

static void report_loss(const struct history_output *output, int64_t when,
			uint64_t overwritten, uint64_t unknown)
{
	const struct loss loss = {
		.boottime_ns = when,
		.count = overwritten + unknown,
		.overwritten = overwritten,
		.unknown = unknown,
	};

	if (loss.count)
		output->lost(output->data, &loss);
}

static bool show_journal(struct history *h, const struct journal *j,
			 const struct history_output *output)
{
	uint64_t expected = 1;
	size_t i;

	for (i = 0; i < j->nr; i++) {
		const struct lutrace_journal_record *r = j->records[i];
		int64_t when = time_of(h, j, r);
		bool known = decode(h, j, r);

		report_loss(output, when, r->seq - expected, !known);
		expected = r->seq + 1;
		if (known && !output->event(output->data, &h->event))
			return false;
	}
	return true;
}

static const char *blackout_note(uint32_t source)
{
	switch (source) {
	case LUTRACE_BLACKOUT_NO_COUNTER:
		return "the cycle counter's frequency is not known";
	case LUTRACE_BLACKOUT_FREQUENCY:
		return "the cycle counter has another frequency now";
	case LUTRACE_BLACKOUT_BACKWARDS:
		return "the cycle counter went backwards";
	case LUTRACE_BLACKOUT_NONE:
		return "the previous kernel did not say when it ended";
	default:
		return NULL;
	}
}

static void show_jump(struct history *h, const struct history_output *output)
{
	const struct lutrace_generation *previous = &h->previous.about;
	const struct lutrace_generation *current = &h->current.about;
	const struct journal *j = &h->current;
	struct jump jump = {
		.has_generation = is_readable(j),
		.generation = current->generation,
		.note = history_problem(h, true),
	};

	/* A kernel that was not live updated comes from nowhere. */
	if (!is_readable(&h->previous) && !current->generation &&
	    previous->status == LUTRACE_JOURNAL_NONE)
		return;

	jump.boottime_ns = current->boot.boottime_ns;
	if (j->nr)
		jump.boottime_ns = time_of(h, j, j->records[0]);
	if (is_readable(j))
		jump.to_kernel = current->release;
	if (is_readable(&h->previous)) {
		jump.from_kernel = previous->release;
		jump.from_generation = previous->generation;
		jump.note = blackout_note(current->blackout_source);
	}
	jump.has_blackout = blackout_is_known(h);
	jump.is_exact = current->blackout_source == LUTRACE_BLACKOUT_CYCLES;
	jump.blackout_ns = jump.boottime_ns - h->last_ns;
	jump.error_ns = current->blackout_error_ns;
	jump.has_moments = jump.has_blackout && previous->jump.boottime_ns;
	if (jump.has_moments) {
		jump.left_ns = previous->jump.boottime_ns + h->shift_ns;
		jump.entered_ns = current->boot.boottime_ns;
	}
	output->jump(output->data, &jump);
}

bool history_show(struct history *h, enum generation_choice which,
		  const struct history_output *output)
{
	if (which != GENERATION_CURRENT &&
	    !show_journal(h, &h->previous, output))
		return false;
	if (which == GENERATION_PREVIOUS)
		return true;
	show_jump(h, output);
	return show_journal(h, &h->current, output);
}
