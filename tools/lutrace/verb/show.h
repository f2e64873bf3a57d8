/* SPDX-License-Identifier: GPL-2.0 */
/* From a source to a view: filters, counts and looks after the output. */
#ifndef LUTRACE_SHOW_H
#define LUTRACE_SHOW_H

#include "source/source.h"
#include "story/timeline.h"
#include "verb/options.h"

/**
 * struct show - One run of a verb that shows events
 * @sink:        Takes events: show_sink.
 * @options:     What to show.
 * @max_events:  After how many shown events to end; 0 for never.
 * @strict:      Missing data is an error.
 * @info:        What the view begins with.
 * @view:        Where events go.
 * @summary:     What the view ends with; if it has no time, that is now.
 * @write_error: Why the output could not be written; 0 if it could.
 */
struct show {
	struct sink sink;
	const struct common_options *options;
	uint64_t max_events;
	bool strict;
	struct trace_info info;
	struct view *view;
	struct summary summary;
	int write_error;
};

/* Begins the view. Returns false if it cannot write. */
bool show_begin(struct show *show);

/* Filters, counts and shows; event() returns false after the last event wanted. */
extern const struct sink show_sink;

/*
 * Shows all of the capture that the options name, or of the journals, in the view that
 * the options name. Returns the exit status.
 */
int show_recorded(struct show *show);

/*
 * Reads all that the capture at @input has, or the journals if @input is NULL. Returns NULL after
 * complaining. Otherwise the caller closes @source, too.
 */
struct timeline *show_timeline(const char *input, struct source **source);

/* Returns whether the capture lacked something; not known if its end was not read. */
bool show_is_truncated(const struct show *show);

bool show_flush(struct show *show);

/* Ends the view and prints the totals. Returns the exit status. */
int show_end(struct show *show);

#endif /* LUTRACE_SHOW_H */
