// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "model/record.h"

void record_init(struct luo_journal_record *record, uint16_t event)
{
	memset(record, 0, sizeof(*record));
	record->event = event;
	record->length = LUTRACE_RECORD_MIN;
}

void record_add_name(struct luo_journal_record *record, uint32_t flag, const char *name)
{
	size_t at = record->length - LUTRACE_RECORD_MIN;
	size_t room = sizeof(record->names) - at, length = strlen(name);

	if (!room || length > room - 1) {
		record->flags |= LUO_JOURNAL_NAME_CUT;
		length = room ? room - 1 : 0;
	}
	if (!room)
		return;
	memcpy(record->names + at, name, length);
	record->names[at + length] = '\0';
	record->length += length + 1;
	record->flags |= flag;
}

void record_rename_session(struct luo_journal_record *record, const struct event *event,
			   const char *session)
{
	const struct luo_journal_record *from = &event->record;
	size_t names = from->length - LUTRACE_RECORD_MIN, skip = 0, room;

	/* A session's name is the first. */
	if (from->flags & LUO_JOURNAL_HAS_SESSION)
		skip = strlen(from->names) + 1;
	names -= skip < names ? skip : names;
	*record = *from;
	memset(record->names, 0, sizeof(record->names));
	record->length = LUTRACE_RECORD_MIN;
	record_add_name(record, LUO_JOURNAL_HAS_SESSION, session);
	room = sizeof(*record) - record->length;
	if (names > room) {
		record->flags |= LUO_JOURNAL_NAME_CUT;
		names = room;
	}
	memcpy((char *)record + record->length, from->names + skip, names);
	record->length += names;
}
