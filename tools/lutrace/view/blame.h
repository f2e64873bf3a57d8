/* SPDX-License-Identifier: GPL-2.0 */
/* What an update cost, in columns for people and as one line of JSON. */
#ifndef LUTRACE_VIEW_BLAME_H
#define LUTRACE_VIEW_BLAME_H

#include <stdio.h>

#include "base/table.h"
#include "story/phases.h"
#include "view/view.h"

/* @input: the capture's name, for the commands that are advised; NULL for the running kernel. */
void blame_show_columns(FILE *out, const struct phases *phases,
			const struct trace_info *info, const char *input,
			bool color);
void blame_show_json(FILE *out, const struct phases *phases, const struct trace_info *info);

/* What the latter writes, for the schema. */
extern const struct table blame_table;

#endif /* LUTRACE_VIEW_BLAME_H */
