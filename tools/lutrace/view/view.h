/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Views: they take the event model and nothing else, and write to a stream.
 */
#ifndef LUTRACE_VIEW_H
#define LUTRACE_VIEW_H

#include <stdio.h>

#include "base/table.h"
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
 *         errno; NULL if it writes to standard output.
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
 * @who:   Show the process that was running, too.
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
 * for the usual place. Returns NULL and errno if no process listens there; free() the result.
 */
struct view *view_journald_new(const char *path);

/* Print them as in columns, without their time. */
void event_in_words(FILE *out, const struct event *event);
void jump_in_words(FILE *out, const struct jump *jump);

/* What wrote a line of JSON, in columns and cells. */
#define COLUMNS_RECORDER						\
	COLUMN("schema", TEXT, .is = LUTRACE_SCHEMA),		\
	COLUMN("version", TEXT), COLUMN("host", TEXT), COLUMN("kernel", TEXT)
#define CELLS_RECORDER(version, host, kernel)				\
	cell_text(LUTRACE_SCHEMA), cell_text(version), cell_text(host), cell_text(kernel)

/* A moment in both of its forms. */
#define COLUMNS_WHEN							\
	COLUMN("time", TIME), COLUMN("boottime_ns", NUMBER)
#define CELLS_WHEN(clocks, ns)						\
	cell_number((ns) + (clocks)->realtime_offset_ns), cell_number(ns)

/* What the JSON view writes, for the schema. */
extern const struct table header_table, event_table, jump_table, lost_table, summary_table;
/* A member of events for which event_ends_blackout(). */
extern const struct column blackout_column;
const struct column *field_column(enum field_id id);

/* An event and the like as an element of a list, without a line of its own. */
void json_event(struct json *j, const struct trace_info *info, const struct event *event);
void json_jump(struct json *j, const struct trace_info *info, const struct jump *jump);
void json_lost(struct json *j, const struct trace_info *info, const struct loss *loss);
/* The fields of an event, as members. */
void json_fields(struct json *j, const struct event *event);

#endif /* LUTRACE_VIEW_H */
