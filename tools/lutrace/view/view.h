/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Views: they take the event model and nothing else, and write to a stream.
 */
#ifndef LUTRACE_VIEW_H
#define LUTRACE_VIEW_H

#include <stdio.h>

#include "model/sink.h"

enum time_style {
	TIME_WALL,
	TIME_BOOT,
	TIME_RELATIVE,
	TIME_DELTA,
};

/**
 * struct view - A way to show a trace
 * @sink:  Takes what happened; its event() returns true.
 * @begin: Called once, first; @info outlives the view.
 * @end:   Called once, last.
 * @flush: Writes what is buffered, and returns 0 or why it cannot, a positive
 *         errno; NULL where all goes to standard output.
 */
struct view {
	struct sink sink;
	void (*begin)(struct view *view, const struct trace_info *info);
	void (*end)(struct view *view, const struct summary *summary);
	int (*flush)(struct view *view);
};

/**
 * struct columns_options - What the user may choose
 * @time:  How to print times.
 * @color: Use terminal colours.
 * @who:   Show who was running, too.
 */
struct columns_options {
	enum time_style time;
	bool color;
	bool who;
};

/* Both return NULL without memory; free() the result. */
struct view *view_columns_new(FILE *out, const struct columns_options *options);
struct view *view_json_new(FILE *out);

/*
 * A view that writes to the systemd journal, whose socket is at @path, which must outlive it; NULL
 * for the usual place. Returns NULL and errno where nobody listens there; free() the result.
 */
struct view *view_journald_new(const char *path);

/* As the columns have them, without their time. */
void event_in_words(FILE *out, const struct event *event);
void jump_in_words(FILE *out, const struct jump *jump);

/* A field as the JSON view has it, behind a comma. */
void json_field(FILE *out, enum field_id id, const union value *value);

#endif /* LUTRACE_VIEW_H */
