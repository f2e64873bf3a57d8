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
