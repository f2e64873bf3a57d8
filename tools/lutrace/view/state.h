/* SPDX-License-Identifier: GPL-2.0 */
/* What is preserved, in columns for people and in lines of JSON. */
#ifndef LUTRACE_VIEW_STATE_H
#define LUTRACE_VIEW_STATE_H

#include <stdio.h>

#include "base/table.h"
#include "model/state.h"

void state_show_columns(FILE *out, const struct state *state, bool color);
void state_show_json(FILE *out, const struct state *state);

/* What the latter writes, for the schema. */
extern const struct table state_header_table, session_table, file_table, flb_table, device_table,
	state_summary_table;

#endif /* LUTRACE_VIEW_STATE_H */
