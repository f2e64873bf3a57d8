// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "base/table.h"
#include "base/text.h"

void table_members(struct json *j, const struct column *c, const struct cell *cell)
{
	for (; c->type != COLUMN_END; c++, cell++) {
		if (!c->name)
			continue;
		if (cell->unknown) {
			json_null(j, c->name);
			continue;
		}
		switch (c->type) {
		case COLUMN_END:
			break;
		case COLUMN_TEXT:
			json_text(j, c->name, cell->text);
			break;
		case COLUMN_COUNT:
			json_count(j, c->name, cell->number);
			break;
		case COLUMN_NUMBER:
			json_number(j, c->name, cell->number);
			break;
		case COLUMN_BOOL:
			json_bool(j, c->name, cell->number);
			break;
		case COLUMN_HEX:
			json_hex(j, c->name, cell->number);
			break;
		case COLUMN_TIME:
			json_time(j, c->name, cell->number);
			break;
		case COLUMN_ERRNO:
			json_errno(j, c->name, cell->number);
			break;
		case COLUMN_OBJECT:
			json_object(j, c->name);
			cell->write(j, cell->data);
			json_end_object(j);
			break;
		case COLUMN_LIST:
			json_list(j, c->name);
			cell->write(j, cell->data);
			json_end_list(j);
			break;
		}
	}
}

void table_object(struct json *j, const struct table *table, const struct cell *cells)
{
	json_object(j, NULL);
	if (table->type)
		json_text(j, "type", table->type);
	table_members(j, table->columns, cells);
	json_end_object(j);
}

void table_line(FILE *out, const struct table *table, const struct cell *cells)
{
	struct json j = { .out = out };

	table_object(&j, table, cells);
	json_end_line(&j);
}

void table_header(FILE *out, const struct table *table, bool color)
{
	const struct column *c;

	color_on(out, color, COLOR_HEAD);
	for (c = table->columns; c->type != COLUMN_END; c++) {
		if (!c->header)
			continue;
		emit_text(out, c->header);
		if (c->width)
			pad(out, strlen(c->header), c->width);
	}
	color_off(out, color, COLOR_HEAD);
	putc_unlocked('\n', out);
}

/* Returns the characters written. */
static int print_cell(FILE *out, const struct column *c, const struct cell *cell)
{
	const char *text = cell->shown ? cell->shown : cell->text;

	if (text)
		return escape_terminal(out, text);
	if (cell->unknown)
		return fprintf(out, "-");
	switch (c->type) {
	case COLUMN_COUNT:
		return fprintf(out, "%llu", (unsigned long long)cell->number);
	case COLUMN_NUMBER:
		return fprintf(out, "%lld", (long long)cell->number);
	case COLUMN_HEX:
		return emit_hex(out, cell->number);
	case COLUMN_ERRNO:
		text = errno_name(-(int32_t)cell->number);
		return text ? fprintf(out, "%s", text) :
			      fprintf(out, "errno=%d", (int32_t)cell->number);
	default:
		return 0;
	}
}

static bool is_seen(const struct column *c, const struct cell *cell)
{
	if (!c->label || (cell->unknown && !cell->shown))
		return false;
	return cell->number || (c->type != COLUMN_BOOL && c->type != COLUMN_ERRNO);
}

void table_row(FILE *out, const struct table *table, bool color, const char *row_color,
	       const struct cell *cell)
{
	const struct column *c;
	bool more = false;

	color_on(out, color, row_color);
	for (c = table->columns; c->type != COLUMN_END; c++, cell++) {
		int written;

		if (!c->width && !is_seen(c, cell))
			continue;
		if (c->label) {
			fprintf(out, "%s%s", more ? "  " : "", c->label);
			more = true;
		}
		color_on(out, color, cell->color);
		written = print_cell(out, c, cell);
		color_off(out, color, cell->color);
		if (c->width)
			pad(out, written, c->width);
	}
	color_off(out, color, row_color);
}
