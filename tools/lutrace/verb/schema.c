// SPDX-License-Identifier: GPL-2.0
/*
 * lutrace schema: the JSON schema of all lines that lutrace writes, from the tables that the lines
 * are written from.
 */
#include <argp.h>
#include <stdio.h>
#include <string.h>

#include "base/complain.h"
#include "base/output.h"
#include "base/util.h"
#include "verb/bundle.h"
#include "verb/main.h"
#include "verb/options.h"
#include "view/blame.h"
#include "view/checkup.h"
#include "view/state.h"
#include "view/why.h"

/* All lines but events; those of lutrace status have a name of their own where it differs. */
static const struct {
	const char *name;
	const struct table *table;
} lines[] = {
	{ "header", &header_table }, { "jump", &jump_table }, { "lost", &lost_table },
	{ "summary", &summary_table }, { "session", &session_table }, { "file", &file_table },
	{ "flb", &flb_table }, { "device", &device_table }, { "why", &why_table },
	{ "doctor", &doctor_table }, { "check", &check_table }, { "candidate", &candidate_table },
	{ "bundle", &bundle_table }, { "piece", &piece_table }, { "blame", &blame_table },
	{ "status_header", &state_header_table }, { "status_summary", &state_summary_table },
};

static void put_object(struct json *j, const struct table *table);

static void put_ref(struct json *j, const char *name)
{
	char ref[64];

	snprintf(ref, sizeof(ref), "#/$defs/%s", name);
	json_object(j, NULL);
	json_text(j, "$ref", ref);
	json_end_object(j);
}

static void put_string(struct json *j, const char *pattern)
{
	json_text(j, "type", "string");
	if (pattern)
		json_text(j, "pattern", pattern);
}

static void put_items(struct json *j, const struct table *of)
{
	json_text(j, "type", "array");
	json_object(j, "items");
	if (!of) {
		put_string(j, NULL);
	} else if (of == &chain_table) {
		json_list(j, "anyOf");
		put_ref(j, "event");
		put_ref(j, "jump");
		put_ref(j, "lost");
		json_end_list(j);
	} else {
		put_object(j, of);
	}
	json_end_object(j);
}

/* What a value that is known may be. */
static void put_known(struct json *j, const struct column *c)
{
	switch (c->type) {
	case COLUMN_END:
		break;
	case COLUMN_TEXT:
		if (c->is)
			json_text(j, "const", c->is);
		else
			put_string(j, c->matches);
		break;
	case COLUMN_COUNT:
	case COLUMN_NUMBER:
	case COLUMN_ERRNO:
		json_text(j, "type", "integer");
		break;
	case COLUMN_BOOL:
		json_text(j, "type", "boolean");
		break;
	case COLUMN_HEX:
		put_string(j, "^0x[0-9a-f]+$");
		break;
	case COLUMN_TIME:
		put_string(j, "^-?[0-9]{4,}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]{9}Z$");
		break;
	case COLUMN_OBJECT:
		put_object(j, c->of);
		break;
	case COLUMN_LIST:
		put_items(j, c->of);
		break;
	}
}

static void put_member(struct json *j, const struct column *c)
{
	json_object(j, c->name);
	if (c->help)
		json_text(j, "description", c->help);
	if (c->null) {
		json_list(j, "anyOf");
		json_object(j, NULL);
		put_known(j, c);
		json_end_object(j);
		json_object(j, NULL);
		json_text(j, "type", "null");
		json_end_object(j);
		json_end_list(j);
	} else {
		put_known(j, c);
	}
	json_end_object(j);
}

/* Hands each member of the table's objects to @put: one with an errno has its name, too. */
static void for_each_member(struct json *j, const struct table *table,
			    void (*put)(struct json *j, const struct column *c))
{
	const struct column type = COLUMN("type", TEXT, .is = table->type);
	const struct column *c;
	char name[32];

	if (table->type)
		put(j, &type);
	for (c = table->columns; c->type != COLUMN_END; c++) {
		const struct column errno_name = COLUMN(name, TEXT, .null = true,
							.optional = c->optional);

		if (!c->name)
			continue;
		put(j, c);
		if (c->type != COLUMN_ERRNO)
			continue;
		snprintf(name, sizeof(name), "%s_name", c->name);
		put(j, &errno_name);
	}
}

static void put_name(struct json *j, const struct column *c)
{
	if (!c->optional)
		json_text(j, NULL, c->name);
}

/* No other member is allowed, but for the bytes of a text that was not UTF-8. */
static void put_object(struct json *j, const struct table *table)
{
	json_text(j, "type", "object");
	json_object(j, "properties");
	for_each_member(j, table, put_member);
	json_end_object(j);
	json_list(j, "required");
	for_each_member(j, table, put_name);
	json_end_list(j);
	json_object(j, "patternProperties");
	json_object(j, "_hex$");
	put_string(j, "^([0-9a-f]{2})+$");
	json_end_object(j);
	json_end_object(j);
	json_bool(j, "additionalProperties", false);
}

/* The members of all events, and the fields of this one; NULL for one of a newer kernel. */
static void put_event(struct json *j, const struct event_desc *desc)
{
	struct column columns[32 + NR_FIELDS] = { 0 };
	struct column *c = columns;
	enum field_id id;

	for (; event_table.columns[c - columns].type != COLUMN_END; c++)
		*c = event_table.columns[c - columns];
	columns[0].is = desc ? desc->name : NULL;
	columns[0].matches = "^event\\.[0-9]+$";
	for (id = 0; id < NR_FIELDS; id++) {
		if (desc && !(desc->fields & 1U << id))
			continue;
		*c = *field_column(id);
		c++->optional = !desc;
	}
	if (desc && event_ends_blackout(desc->id))
		*c = blackout_column;
	json_object(j, NULL);
	put_object(j, &(const struct table){ event_table.type, columns });
	json_end_object(j);
	fputc('\n', j->out);
}

static void write_schema(void)
{
	struct json j = { .out = stdout };
	size_t i;

	json_object(&j, NULL);
	json_text(&j, "$schema", "https://json-schema.org/draft/2020-12/schema");
	json_text(&j, "$id", "urn:lutrace:" LUTRACE_SCHEMA);
	json_text(&j, "title", "A line of lutrace's JSON");
	json_list(&j, "oneOf");
	put_ref(&j, "event");
	for (i = 0; i < ARRAY_SIZE(lines); i++)
		put_ref(&j, lines[i].name);
	json_end_list(&j);
	json_object(&j, "$defs");
	json_object(&j, "event");
	json_list(&j, "oneOf");
	for (i = 0; i < LUTRACE_NR_EVENTS; i++)
		put_event(&j, &event_descs[i]);
	put_event(&j, NULL);
	json_end_list(&j);
	json_end_object(&j);
	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		json_object(&j, lines[i].name);
		put_object(&j, lines[i].table);
		json_end_object(&j);
		fputc('\n', stdout);
	}
	json_end_object(&j);
	json_end_object(&j);
	json_end_line(&j);
}

static const struct argp schema_argp = {
	.parser = options_no_arguments,
	.doc = "Write the JSON schema (draft 2020-12) of the lines that lutrace writes "
	       "with -o json.\v"
	       "Examples:\n"
	       "  lutrace schema > lutrace.schema.json  the schema of this version\n\n"
	       "Exit status: 0 written; 2 usage; 3 the output could not be written.",
};

int verb_schema(int argc, char **argv)
{
	argp_parse(&schema_argp, argc, argv, 0, NULL, NULL);
	write_schema();
	return finish_output(EXIT_CLEAN);
}
