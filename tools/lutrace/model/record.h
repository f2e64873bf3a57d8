/* SPDX-License-Identifier: GPL-2.0 */
/* Makes records, as the kernel does. */
#ifndef LUTRACE_RECORD_H
#define LUTRACE_RECORD_H

#include "model/event.h"

void record_init(struct luo_journal_record *record, uint16_t event);

/*
 * Adds a name, in the order of their LUO_JOURNAL_HAS_ bits. What does not fit is
 * cut, and LUO_JOURNAL_NAME_CUT says so.
 */
void record_add_name(struct luo_journal_record *record, uint32_t flag, const char *name);

#endif /* LUTRACE_RECORD_H */
