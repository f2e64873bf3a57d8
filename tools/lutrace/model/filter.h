/* SPDX-License-Identifier: GPL-2.0 */
/* Which events the user wants to see. */
#ifndef LUTRACE_FILTER_H
#define LUTRACE_FILTER_H

#include "model/event.h"

#define FILTER_MAX_ERRNOS	64
#define FILTER_MAX_GLOBS	64

enum generation_choice {
	GENERATION_ANY,
	GENERATION_PREVIOUS,
	GENERATION_CURRENT,
};

/**
 * struct filter - All conditions that an event must meet
 * @session:     Exact name, or NULL for any; so for the other names.
 * @device:      Address in the kernel's form.
 * @handler:     Compatible string of a file handler.
 * @flb:         Compatible string of an FLB.
 * @token:       Where @has_token.
 * @has_token:   Only events about that token.
 * @slower_ns:   Only events that took as long; 0 for any.
 * @failed_only: Only failures, refusals and blocks.
 * @generation:  Only what happened in that kernel.
 * @errnos:      Only these, positive; any where @nr_errnos is 0.
 * @nr_errnos:   How many.
 * @globs:       Lists of names of events; any where @nr_globs is 0.
 * @nr_globs:    How many.
 * @selected:    By event: one of @globs names it.
 *
 * An event that lacks what a condition asks about does not meet it.
 */
struct filter {
	const char *session;
	const char *device;
	const char *handler;
	const char *flb;
	uint64_t token;
	bool has_token;
	uint64_t slower_ns;
	bool failed_only;
	enum generation_choice generation;
	int errnos[FILTER_MAX_ERRNOS];
	unsigned int nr_errnos;
	const char *globs[FILTER_MAX_GLOBS];
	unsigned int nr_globs;
	bool selected[LUTRACE_NR_EVENTS];
};

/*
 * Adds the events of a comma separated list of globs, which must outlive the filter.
 * Returns NULL, or the glob that names no event, valid until the next call.
 */
const char *filter_add_events(struct filter *filter, const char *globs);

/*
 * Adds a comma separated list of errnos; NULL asks for any failure. Returns
 * NULL, or what is no errno, valid until the next call.
 */
const char *filter_add_errnos(struct filter *filter, const char *errnos);

/* @id: of an event that is in the table. */
bool filter_selects(const struct filter *filter, enum lutrace_event_id id);
bool filter_passes(const struct filter *filter, const struct event *event);

#endif /* LUTRACE_FILTER_H */
