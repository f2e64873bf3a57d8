// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <fnmatch.h>
#include <string.h>

#include "model/filter.h"

static bool add_glob(struct filter *filter, const char *glob)
{
	bool found = false;
	size_t i;

	for (i = 0; i < LUTRACE_NR_EVENTS; i++) {
		if (fnmatch(glob, event_descs[i].name, 0))
			continue;
		filter->selected[i] = true;
		found = true;
	}
	/* Unknown events have any number. */
	if (!fnmatch(glob, "event.", 0))
		found = filter->selected[LUTRACE_UNKNOWN_EVENT] = true;
	return found;
}

static bool add_errno(struct filter *filter, const char *name)
{
	int e = parse_errno(name);

	if (!e || filter->nr_errnos == FILTER_MAX_ERRNOS)
		return false;
	filter->errnos[filter->nr_errnos++] = e;
	return true;
}

/* Hands each item of a comma separated list to @add; returns one it refused. */
static const char *for_each_item(struct filter *filter, const char *list,
				 bool (*add)(struct filter *, const char *))
{
	static char item[256];

	for (;;) {
		size_t length = strcspn(list, ",");

		if (length >= sizeof(item))
			return list;
		memcpy(item, list, length);
		item[length] = '\0';
		if (!add(filter, item))
			return item;
		if (!list[length])
			return NULL;
		list += length + 1;
	}
}

const char *filter_add_events(struct filter *filter, const char *globs)
{
	filter->has_selection = true;
	return for_each_item(filter, globs, add_glob);
}

const char *filter_add_errnos(struct filter *filter, const char *errnos)
{
	filter->failed_only = true;
	return errnos ? for_each_item(filter, errnos, add_errno) : NULL;
}

bool filter_selects(const struct filter *filter, enum lutrace_event_id id)
{
	return !filter->has_selection || filter->selected[id];
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

	if (!filter_selects(filter, event->desc->id))
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
