// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/journal.h"
#include "source/journal.h"

/**
 * struct journal - One kernel's journal
 * @about:   Its header, and what is known of it.
 * @present: There was a row for it.
 * @records: Their rows, in the order of their numbers.
 * @nr:      How many.
 */
struct journal {
	struct lutrace_generation about;
	bool present;
	const struct lutrace_row **records;
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

/* What follows the row. */
static const struct luo_journal_record *record_of(const struct lutrace_row *row)
{
	return (const void *)(row + 1);
}

static bool is_readable(const struct journal *j)
{
	return j->present && j->about.status == LUTRACE_JOURNAL_READABLE;
}

/* @cycles from @anchor on, at @khz, in nanoseconds on the anchor's clock. */
static int64_t extrapolate(const struct luo_journal_anchor *anchor,
			   uint64_t cycles, uint64_t khz)
{
	int64_t difference = cycles - anchor->cycles;
	__int128 ns;

	if (!khz)
		return anchor->boottime;
	ns = (__int128)difference * 1000000 / (__int128)khz;
	/* Nonsense that does not fit. */
	if (ns != (int64_t)ns)
		ns = 0;
	return cut_time(anchor->boottime + cut_time(ns, MAX_TIME_NS), MAX_TIME_NS);
}

/*
 * When @cycles were, on the CLOCK_BOOTTIME of the journal's kernel. Between two
 * anchors the counter's nominal frequency does not matter.
 */
static int64_t boottime_of(const struct lutrace_generation *about,
			   uint64_t cycles)
{
	const struct luo_journal_header *h = &about->header;
	const struct luo_journal_anchor *anchors[] = {
		&h->boot, &h->handover, &h->jump
	};
	const struct luo_journal_anchor *from = &h->boot;
	size_t i;

	for (i = 1; i < sizeof(anchors) / sizeof(anchors[0]); i++) {
		const struct luo_journal_anchor *to = anchors[i];

		/* The moment has not come, or the counter was set back. */
		if (to->cycles <= from->cycles)
			continue;
		if (cycles < to->cycles) {
			uint64_t span = to->cycles - from->cycles;
			int64_t ns = to->boottime - from->boottime;

			if (cycles < from->cycles)
				break;
			return from->boottime +
			       (int64_t)((__int128)(cycles - from->cycles) *
					 ns / span);
		}
		from = to;
	}
	return extrapolate(from, cycles, h->khz);
}

/* The last moment of the previous kernel, on its own clock. */
static int64_t end_of(const struct lutrace_generation *about)
{
	const struct luo_journal_header *h = &about->header;

	if (h->jump.boottime)
		return h->jump.boottime;
	return h->handover.boottime ? h->handover.boottime : h->boot.boottime;
}

static int64_t time_of(const struct history *h, const struct journal *j, size_t i)
{
	int64_t ns = boottime_of(&j->about, record_of(j->records[i])->cycles);

	return j == &h->previous ? ns + h->shift_ns : ns;
}

static void align(struct history *h)
{
	const struct lutrace_generation *previous = &h->previous.about;
	const struct lutrace_generation *current = &h->current.about;
	int64_t begin = is_readable(&h->current) ? current->header.boot.boottime : 0;

	if (!is_readable(&h->previous))
		return;
	h->shift_ns = cut_time(begin - (int64_t)current->blackout_ns -
			       end_of(previous), MAX_TIME_NS);
	h->last_ns = end_of(previous) + h->shift_ns;
	if (h->previous.nr)
		h->last_ns = time_of(h, &h->previous, h->previous.nr - 1);
}

static bool add_record(struct journal *j, const struct lutrace_row *row)
{
	const struct lutrace_row **records;

	records = reallocarray(j->records, j->nr + 1, sizeof(*records));
	if (!records)
		return false;
	records[j->nr++] = row;
	j->records = records;
	return true;
}

/* The row at @data, or NULL where there is none. */
static const struct lutrace_row *row_at(const void *data, size_t size)
{
	const struct lutrace_row *row = data;

	if (size < sizeof(*row) || row->size > size - sizeof(*row) || row->size % 8)
		return NULL;
	if (row->type == LUTRACE_ROW_GENERATION)
		return row->size < sizeof(struct lutrace_generation) ? NULL : row;
	return row->type == LUTRACE_ROW_RECORD ? row : NULL;
}

static void cut_anchor(struct luo_journal_anchor *anchor)
{
	anchor->boottime = cut_time(anchor->boottime, MAX_TIME_NS);
}

static bool take_generation(struct history *h, struct journal **j,
			    const struct lutrace_generation *from)
{
	struct lutrace_generation *about;

	*j = from->previous ? &h->previous : &h->current;
	if ((*j)->present) {
		errno = EINVAL;
		return false;
	}
	(*j)->present = true;
	about = &(*j)->about;
	*about = *from;
	/* The running kernel may be of another version than this lutrace. */
	if (about->status == LUTRACE_JOURNAL_READABLE &&
	    strncmp(about->header.compatible, LUO_JOURNAL_COMPATIBLE, LUO_JOURNAL_COMPAT_LENGTH))
		about->status = LUTRACE_JOURNAL_BAD_COMPATIBLE;
	about->header.release[sizeof(about->header.release) - 1] = '\0';
	/* The running kernel's time goes on. */
	if (!about->previous)
		about->header.jump = about->now;
	cut_anchor(&about->header.boot);
	cut_anchor(&about->header.handover);
	cut_anchor(&about->header.jump);
	about->blackout_ns = cut_duration(about->blackout_ns);
	about->blackout_error_ns = cut_duration(about->blackout_error_ns);
	return true;
}

/* Records belong to the journal whose row came last, *@j. */
static bool add_row(struct history *h, struct journal **j, const struct lutrace_row *row)
{
	if (row->type == LUTRACE_ROW_GENERATION)
		return take_generation(h, j, (const void *)(row + 1));
	/* What cannot be read has no records that can. */
	if (*j && !is_readable(*j))
		return true;
	if (*j && row->size >= LUTRACE_RECORD_MIN &&
	    (!(*j)->nr || record_of((*j)->records[(*j)->nr - 1])->seq < record_of(row)->seq))
		return add_record(*j, row);
	errno = EINVAL;
	return false;
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
		const struct lutrace_row *row = row_at((const char *)h->data + at,
						       size - at);

		if (!row)
			errno = EINVAL;
		if (!row || !add_row(h, &j, row))
			goto fail;
		at += sizeof(*row) + row->size;
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
	*generation = h->current.about.header.generation;
	return is_readable(&h->current);
}

static int compare_seq(const void *key, const void *row)
{
	uint64_t seq = *(const uint64_t *)key;
	uint64_t other = record_of(*(const struct lutrace_row *const *)row)->seq;

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
		return "it is not in memory that was handed over";
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
	event->generation = j->about.header.generation;
	event->has_blackout = !event->previous && blackout_is_known(h) &&
			      ends_blackout(event);
	event->blackout_ns = event->boottime_ns - h->last_ns;
}

void history_annotate(const struct history *h, struct event *event)
{
	annotate(h, &h->current, event);
}

static void report_loss(struct sink *sink, int64_t when, uint64_t overwritten,
			uint64_t undecodable)
{
	const struct loss loss = {
		.boottime_ns = when,
		.count = overwritten + undecodable,
		.overwritten = overwritten,
		.undecodable = undecodable,
	};

	if (loss.count)
		sink->lost(sink, &loss);
}

static bool hand_out(struct history *h, const struct journal *j, struct sink *sink)
{
	uint64_t expected = 1;
	size_t i;

	for (i = 0; i < j->nr; i++) {
		const struct luo_journal_record *r = record_of(j->records[i]);
		int64_t when = time_of(h, j, i);
		bool sound = !event_decode(&h->event, when, r, j->records[i]->size);

		report_loss(sink, when, r->seq - expected, !sound);
		expected = r->seq + 1;
		if (!sound)
			continue;
		h->event.recorded = true;
		annotate(h, j, &h->event);
		if (!sink->event(sink, &h->event))
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

static void hand_out_jump(struct history *h, struct sink *sink)
{
	const struct lutrace_generation *previous = &h->previous.about;
	const struct lutrace_generation *current = &h->current.about;
	const struct journal *j = &h->current;
	struct jump jump = {
		.has_generation = is_readable(j),
		.generation = current->header.generation,
		.note = history_problem(h, true),
	};

	/* A kernel that was not live updated comes from nowhere. */
	if (!is_readable(&h->previous) && !current->header.generation &&
	    previous->status == LUTRACE_JOURNAL_NONE)
		return;

	jump.boottime_ns = j->nr ? time_of(h, j, 0) :
				   (int64_t)current->header.boot.boottime;
	if (is_readable(j))
		jump.to_kernel = current->header.release;
	if (is_readable(&h->previous)) {
		jump.from_kernel = previous->header.release;
		jump.from_generation = previous->header.generation;
		jump.note = blackout_note(current->blackout_source);
	}
	jump.has_blackout = blackout_is_known(h);
	jump.is_exact = current->blackout_source == LUTRACE_BLACKOUT_CYCLES;
	jump.blackout_ns = jump.boottime_ns - h->last_ns;
	jump.error_ns = current->blackout_error_ns;
	jump.has_moments = jump.has_blackout && previous->header.jump.boottime;
	if (jump.has_moments) {
		jump.left_ns = previous->header.jump.boottime + h->shift_ns;
		jump.entered_ns = current->header.boot.boottime;
	}
	sink->jump(sink, &jump);
}

bool history_show(struct history *h, enum generation_choice which, struct sink *sink)
{
	if (which != GENERATION_CURRENT && !hand_out(h, &h->previous, sink))
		return false;
	if (which == GENERATION_PREVIOUS)
		return true;
	hand_out_jump(h, sink);
	return hand_out(h, &h->current, sink);
}
