/* SPDX-License-Identifier: GPL-2.0 */
/* A page about an update that needs nothing else: HTML with a picture in it. */
#ifndef LUTRACE_VIEW_REPORT_H
#define LUTRACE_VIEW_REPORT_H

#include <stdio.h>

#include "story/phases.h"
#include "view/view.h"

/**
 * struct report - What the page is about
 * @timeline:  All that was recorded.
 * @phases:    What it took.
 * @info:      What recorded it.
 * @arrival:   How the kernel was entered.
 * @trouble:   Out: files that failed, or that were not retrieved.
 */
struct report {
	struct timeline *timeline;
	const struct phases *phases;
	const struct trace_info *info;
	enum arrival arrival;
	size_t trouble;
};

/* Returns false without memory. */
bool report_write(FILE *out, struct report *report);

#endif /* LUTRACE_VIEW_REPORT_H */
