/* SPDX-License-Identifier: GPL-2.0 */
/* What lutrace doctor found, in columns for people and in lines of JSON. */
#ifndef LUTRACE_VIEW_CHECKUP_H
#define LUTRACE_VIEW_CHECKUP_H

#include <stdio.h>

#include "base/table.h"
#include "story/checkup.h"

/* @all: with each "yes". */
void checkup_show_columns(FILE *out, const struct checkup *c, bool color, bool all);
void checkup_show_json(FILE *out, const struct checkup *c, const char *version,
		       const char *host, const char *kernel);

/* What the latter writes, for the schema. */
extern const struct table doctor_table, check_table, candidate_table;

#endif /* LUTRACE_VIEW_CHECKUP_H */
