/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tables: a column is described once, and from that come columns for people, members of a JSON
 * object and their schema. A row is an array of cells, one a column and in the same order.
 */
#ifndef LUTRACE_TABLE_H
#define LUTRACE_TABLE_H

#include "base/json.h"

enum column_type {
	/* Ends the columns of a table. */
	COLUMN_END,
	COLUMN_TEXT,
	COLUMN_COUNT,
	COLUMN_NUMBER,
	COLUMN_BOOL,
	COLUMN_HEX,
	/* A number of ns since the epoch. */
	COLUMN_TIME,
	/* 0 or a negative errno: two members, NAME and NAME_name. */
	COLUMN_ERRNO,
	/* What the cell writes, in brackets. */
	COLUMN_OBJECT,
	COLUMN_LIST,
};

/**
 * struct column - A column, and a member of a JSON object
 * @name:   The member; NULL for a column that only people see.
 * @type:   What its cells hold.
 * @null:   They may be unknown.
 * @optional: An object may lack the member.
 * @is:     All that a text may be; NULL for any text.
 * @matches: A pattern that a text matches; NULL for any text.
 * @of:     The object, or what is in the list; NULL for a list of texts.
 * @help:   What it means, for the schema; NULL if its name says so.
 * @header: Its header for people.
 * @width:  People see it, filled up with blanks to this width.
 * @label:  People see it after this text, unless it is unknown, false, or no error; of a boolean
 *          they see the label alone. NULL for a column that people do not see, or with a width.
 */
struct column {
	const char *name;
	enum column_type type;
	bool null;
	bool optional;
	const char *is;
	const char *matches;
	const struct table *of;
	const char *help;
	const char *header;
	int width;
	const char *label;
};

/**
 * struct table - Rows of one kind
 * @type:    Member "type" of each JSON object; NULL for none.
 * @columns: The last one is of COLUMN_END.
 */
struct table {
	const char *type;
	const struct column *columns;
};

#define COLUMN(member, kind, ...)	{ .name = member, .type = COLUMN_##kind, __VA_ARGS__ }
#define COLUMNS(...)	((const struct column[]){ __VA_ARGS__, { 0 } })

/**
 * struct cell - One value
 * @unknown: It is not known, and null in JSON.
 * @text:    For COLUMN_TEXT.
 * @number:  For all others but these: as uint64_t, int64_t or bool.
 * @write:   For COLUMN_OBJECT and COLUMN_LIST: writes what is in the brackets.
 * @data:    For @write.
 * @shown:   What people see instead; NULL for the value.
 * @color:   What people see it in; NULL for no colour.
 */
struct cell {
	bool unknown;
	const char *text;
	uint64_t number;
	void (*write)(struct json *j, const void *data);
	const void *data;
	const char *shown;
	const char *color;
};

static inline struct cell cell_text(const char *text)
{
	return (struct cell){ .unknown = !text, .text = text };
}

static inline struct cell cell_number(uint64_t number)
{
	return (struct cell){ .number = number };
}

static inline struct cell cell_maybe(bool known, uint64_t number)
{
	return (struct cell){ .unknown = !known, .number = number };
}

static inline struct cell cell_written(void (*write)(struct json *j, const void *data),
				       const void *data)
{
	return (struct cell){ .unknown = !write, .write = write, .data = data };
}

/* Cells to pass to the functions below. */
#define CELLS(...)	((const struct cell[]){ __VA_ARGS__ })

/* The members of an object that the caller has begun, and ends. */
void table_members(struct json *j, const struct column *columns, const struct cell *cells);
/* An element of a list, or a line of its own. */
void table_object(struct json *j, const struct table *table, const struct cell *cells);
void table_line(FILE *out, const struct table *table, const struct cell *cells);

/* The headers of what people see. */
void table_header(FILE *out, const struct table *table, bool color);
/* A row of it, all in @row_color unless that is NULL, without the end of the line. */
void table_row(FILE *out, const struct table *table, bool color, const char *row_color,
	       const struct cell *cells);

#endif /* LUTRACE_TABLE_H */
