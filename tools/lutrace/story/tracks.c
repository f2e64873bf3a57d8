// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdlib.h>

#include "story/phases.h"
#include "story/tracks.h"

/* Returns the track's index, or -1 without memory. Takes @name, which may be NULL. */
static ssize_t get_track(struct tracks *t, const char *kind, char *name)
{
	struct track *track;
	size_t i;

	if (!name)
		return -1;
	for (i = 0; i < t->nr_tracks; i++) {
		if (same(t->track[i].kind, kind) && same(t->track[i].name, name)) {
			free(name);
			return i;
		}
	}
	track = reallocarray(t->track, t->nr_tracks + 1, sizeof(*track));
	if (!track) {
		free(name);
		return -1;
	}
	t->track = track;
	t->track[t->nr_tracks] = (struct track){ kind, name };
	return t->nr_tracks++;
}

static char *file_name(const struct event *e)
{
	char *name;

	if (asprintf(&name, "%s:0x%" PRIx64, session_of(e), e->value[FIELD_TOKEN].count) < 0)
		return NULL;
	return name;
}

static ssize_t track_of(struct tracks *t, const struct event *e)
{
	const char *flb = event_has(e, FIELD_FLB) ? e->value[FIELD_FLB].text : NULL;

	if (is_of_file(e))
		return get_track(t, "file", file_name(e));
	if (session_of(e))
		return get_track(t, "session", strdup(session_of(e)));
	if (device_of(e))
		return get_track(t, "device", strdup(device_of(e)));
	if (flb)
		return get_track(t, "flb", strdup(flb));
	return 0;
}

static bool place(struct tracks *t, const struct item *item)
{
	struct placed *placed = &t->placed[t->nr_placed];
	const struct event *e = item->event;
	const struct jump *jump = item->jump;
	ssize_t track;

	if (e) {
		track = track_of(t, e);
		if (track < 0)
			return false;
		*placed = (struct placed){
			.event = e, .track = track,
			.begin_ns = step_begin_ns(e), .ns = step_ns(e),
		};
		t->nr_placed++;
	} else if (jump && jump->has_blackout) {
		*placed = (struct placed){
			.jump = jump,
			.begin_ns = jump->boottime_ns - jump->blackout_ns,
			.ns = jump->blackout_ns,
		};
		t->nr_placed++;
	}
	return true;
}

/* Of two that begin together, the longer one contains the other. */
static int compare(const void *a, const void *b)
{
	const struct placed *p = a, *q = b;

	if (p->begin_ns != q->begin_ns)
		return p->begin_ns < q->begin_ns ? -1 : 1;
	return p->ns > q->ns ? -1 : p->ns < q->ns;
}

bool tracks_find(struct timeline *timeline, struct tracks *t)
{
	size_t i;

	memset(t, 0, sizeof(*t));
	timeline_link(timeline);
	t->placed = calloc(timeline->nr ? timeline->nr : 1, sizeof(*t->placed));
	if (!t->placed || get_track(t, "kernel", strdup("live update")) < 0)
		return false;
	for (i = 0; i < timeline->nr; i++) {
		if (!place(t, &timeline->entries[i].item))
			return false;
	}
	qsort(t->placed, t->nr_placed, sizeof(*t->placed), compare);
	if (t->nr_placed)
		t->base_ns = t->placed[0].begin_ns;
	for (i = 0; i < t->nr_placed; i++)
		t->placed[i].begin_ns -= t->base_ns;
	return true;
}

void tracks_free(struct tracks *t)
{
	size_t i;

	for (i = 0; i < t->nr_tracks; i++)
		free(t->track[i].name);
	free(t->track);
	free(t->placed);
}
