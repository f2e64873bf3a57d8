// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <string.h>

#include "model/record.h"
#include "source/capture.h"
#include "source/capture_v1.h"

#define V1_HAS_BDF	(1U << 4)
#define V1_YES		(1U << 5)

void v1_take_reasons(struct v1_event *event, char *names)
{
	while (names && event->nr < V1_MAX_REASONS) {
		const char *word = strsep(&names, " ");
		unsigned int i;

		for (i = 0; i < event->desc->nr_reasons; i++) {
			const char *name = event->desc->reasons[i];

			if (name && !strcmp(name, word))
				break;
		}
		event->reason[event->nr++] = i < event->desc->nr_reasons ? i : UINT16_MAX;
	}
}

/* A name of a field that had room for @size bytes. */
static void take_name(struct cursor *cursor, struct luo_journal_record *record,
		      uint32_t flag, size_t size)
{
	char name[72];

	take_text(cursor, name, size);
	if (*name)
		record_add_name(record, flag, name);
}

bool v1_take_event(const struct v1_event *events, struct cursor *cursor,
		   struct event *event)
{
	uint64_t id = take(cursor), flags = take(cursor), seq, generation;
	struct luo_journal_record record;
	const struct v1_event *known;
	int64_t when, blackout, reason;

	if (id >= V1_MAX_EVENTS || !events[id].desc)
		return false;
	known = &events[id];
	record_init(&record, known->desc->event);
	when = take_time(cursor);
	seq = take(cursor);
	record.seq = take(cursor);
	generation = take(cursor);
	blackout = take_time(cursor);
	record.duration = take(cursor);
	record.token = take(cursor);
	record.number[0] = take_signed(cursor);
	record.err = take_signed(cursor);
	reason = take_signed(cursor);
	record.reason = reason >= 0 && reason < UINT16_MAX ? reason : UINT16_MAX;
	if (record.reason < known->nr)
		record.reason = known->reason[record.reason];
	record.cpu = take(cursor);
	record.pid = take(cursor);
	record.tid = take(cursor);
	record.domain = take(cursor);
	record.bdf = take(cursor);
	record.flags = (flags & V1_HAS_BDF ? LUO_JOURNAL_HAS_BDF : 0) |
		       (flags & V1_YES ? LUO_JOURNAL_YES : 0);
	take_text(cursor, record.comm, sizeof(record.comm));
	take_name(cursor, &record, LUO_JOURNAL_HAS_SESSION, 72);
	take_name(cursor, &record, LUO_JOURNAL_HAS_HANDLER, 56);
	take_name(cursor, &record, LUO_JOURNAL_HAS_FLB, 56);
	take_name(cursor, &record, LUO_JOURNAL_HAS_DEVICE, 32);
	take_name(cursor, &record, LUO_JOURNAL_HAS_DRIVER, 64);
	if (cursor->bad || event_decode(event, when, &record, record.length))
		return false;
	event->seq = seq;
	/* An event of version 1 had one number. */
	if (event->desc->number[1] != FIELD_NONE)
		event->lacks = 1U << event->desc->number[1];
	/* This event says of which generation its kernel is, whatever its recorder knew. */
	if (event->has_generation) {
		flags |= CAPTURE_HAS_GENERATION;
		generation = event->generation;
	}
	capture_set_flags(event, flags, generation, blackout);
	return true;
}
