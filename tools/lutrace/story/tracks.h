/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Events on tracks, which viewers of traces show as rows. A file, a session, a device and an FLB
 * have a track each; an event that is about none of them is on the kernel's.
 */
#ifndef LUTRACE_TRACKS_H
#define LUTRACE_TRACKS_H

#include "story/timeline.h"

/**
 * struct track - A row
 * @kind: "session", "file", "device", "flb" or "kernel".
 * @name: Name of the object, for people. Owned.
 */
struct track {
	const char *kind;
	char *name;
};

/**
 * struct placed - An event, and where it is placed
 * @event:    The event; NULL for the jump.
 * @jump:     The jump; NULL for an event.
 * @track:    Index of its track.
 * @begin_ns: When the operation that it ends began, since @base_ns.
 * @ns:       How long the operation took; 0 for a moment.
 */
struct placed {
	const struct event *event;
	const struct jump *jump;
	size_t track;
	int64_t begin_ns;
	uint64_t ns;
};

/**
 * struct tracks - All tracks
 * @track:     The tracks, in the order of their first event; the first is the kernel's.
 * @nr_tracks: How many tracks.
 * @placed:    The events and the jump, in the order in which they begin.
 * @nr_placed: How many.
 * @base_ns:   When the first event began, on CLOCK_BOOTTIME.
 */
struct tracks {
	struct track *track;
	size_t nr_tracks;
	struct placed *placed;
	size_t nr_placed;
	int64_t base_ns;
};

/* Returns false without memory; tracks_free() @tracks in any case. */
bool tracks_find(struct timeline *timeline, struct tracks *tracks);
void tracks_free(struct tracks *tracks);

#endif /* LUTRACE_TRACKS_H */
