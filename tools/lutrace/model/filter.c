// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <fnmatch.h>
#include <string.h>

#include "model/filter.h"

static bool add_glob(void *data, const char *glob)
{
	struct filter *filter = data;
	bool found = false;
	size_t i;

	for (i = 0; i < LUTRACE_NR_EVENTS; i++) {
		if (fnmatch(glob, event_descs[i].name, 0))
			continue;
		filter->selected[i] = true;
		found = true;
	}
	return found || glob_fits_unknown(glob);
}

static bool add_errno(void *data, const char *name)
{
	struct filter *filter = data;
	int e = parse_errno(name);

	if (!e || filter->nr_errnos == FILTER_MAX_ERRNOS)
		return false;
	filter->errnos[filter->nr_errnos++] = e;
	return true;
}

/* Hands each item of a comma separated list to @take; returns one it refused. */
static const char *for_each_item(void *data, const char *list,
				 bool (*take)(void *data, const char *item))
{
	static char item[256];

	for (;;) {
		size_t length = strcspn(list, ",");

		if (length >= sizeof(item))
			return list;
		memcpy(item, list, length);
		item[length] = '\0';
		if (!take(data, item))
			return item;
		if (!list[length])
			return NULL;
		list += length + 1;
	}
}

const char *filter_add_events(struct filter *filter, const char *globs)
{
	if (filter->nr_globs == FILTER_MAX_GLOBS)
		return globs;
	filter->globs[filter->nr_globs++] = globs;
	return for_each_item(filter, globs, add_glob);
}

const char *filter_add_errnos(struct filter *filter, const char *errnos)
{
	filter->failed_only = true;
	return errnos ? for_each_item(filter, errnos, add_errno) : NULL;
}

bool filter_selects(const struct filter *filter, enum lutrace_event_id id)
{
	return !filter->nr_globs || filter->selected[id];
}

static bool is_other(void *name, const char *glob)
{
	return fnmatch(glob, name, 0);
}

/* An event that is not in the table has a name of its own. */
static bool selects_event(const struct filter *filter, const struct event_desc *desc)
{
	unsigned int i;

	if (!filter->nr_globs || desc->id != LUTRACE_UNKNOWN_EVENT)
		return filter_selects(filter, desc->id);
	for (i = 0; i < filter->nr_globs; i++) {
		if (for_each_item((char *)desc->name, filter->globs[i], is_other))
			return true;
	}
	return false;
}

static bool text_passes(const struct event *event, enum field_id field,
			const char *wanted)
{
	const char *text = event->value[field].text;

	return !wanted ||
	       (event_has(event, field) && text && !strcmp(text, wanted));
}

static bool errno_passes(const struct filter *filter, const struct event *event)
{
	unsigned int i;

	if (!filter->nr_errnos)
		return true;
	if (!event_has(event, FIELD_ERRNO))
		return false;
	for (i = 0; i < filter->nr_errnos; i++) {
		if (event->value[FIELD_ERRNO].number == -filter->errnos[i])
			return true;
	}
	return false;
}

bool filter_passes(const struct filter *filter, const struct event *event)
{
	const union value *value = event->value;

	if (!selects_event(filter, event->desc))
		return false;
	if (!text_passes(event, FIELD_SESSION, filter->session) ||
	    !text_passes(event, FIELD_DEVICE, filter->device) ||
	    !text_passes(event, FIELD_HANDLER, filter->handler) ||
	    !text_passes(event, FIELD_FLB, filter->flb))
		return false;
	if (filter->has_token && (!event_has(event, FIELD_TOKEN) ||
				  value[FIELD_TOKEN].count != filter->token))
		return false;
	if (filter->slower_ns && (!event_has(event, FIELD_DURATION) ||
				  value[FIELD_DURATION].count < filter->slower_ns))
		return false;
	if (filter->failed_only && !event->failed)
		return false;
	if (filter->generation != GENERATION_ANY &&
	    (filter->generation == GENERATION_PREVIOUS) != event->previous)
		return false;
	return errno_passes(filter, event);
}
