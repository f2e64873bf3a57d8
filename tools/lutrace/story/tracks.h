/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Events on tracks: what viewers of traces make rows of. A file has one, and so has a
 * session, a device, an FLB; what is about none of them is the kernel's.
 */
#ifndef LUTRACE_TRACKS_H
#define LUTRACE_TRACKS_H

#include "story/timeline.h"

/**
 * struct track - A row
 * @kind: "session", "file", "device", "flb" or "kernel".
 * @name: Of the object, as people read it. Owned.
 */
struct track {
	const char *kind;
	char *name;
};

/**
 * struct placed - An event and where it goes
 * @event:    It; NULL for the jump.
 * @jump:     The jump; NULL for an event.
 * @track:    Index of its track.
 * @begin_ns: When what it reports began, since @base_ns.
 * @ns:       How long that took; 0 for a moment.
 */
struct placed {
	const struct event *event;
	const struct jump *jump;
	size_t track;
	int64_t begin_ns;
	uint64_t ns;
};

/**
 * struct tracks - All of them
 * @track:     In the order in which they come up; the first is the kernel's.
 * @nr_tracks: How many.
 * @placed:    In the order of their beginning.
 * @nr_placed: How many.
 * @base_ns:   When the first one began, on CLOCK_BOOTTIME.
 */
struct tracks {
	struct track *track;
	size_t nr_tracks;
	struct placed *placed;
	size_t nr_placed;
	int64_t base_ns;
};

/* Returns false without memory. To be freed in any case. */
bool tracks_find(struct timeline *timeline, struct tracks *tracks);
void tracks_free(struct tracks *tracks);

#endif /* LUTRACE_TRACKS_H */
