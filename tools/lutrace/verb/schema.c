// SPDX-License-Identifier: GPL-2.0
/*
 * lutrace schema: the JSON schema of all lines that lutrace writes. What an event has comes
 * from the table of events, so that it cannot be another.
 */
#include <argp.h>
#include <stdio.h>
#include <string.h>

#include "base/complain.h"
#include "base/json.h"
#include "base/output.h"
#include "model/event.h"
#include "verb/main.h"

/*
 * An object's members: "name TYPE". Types, each with a ? behind it where it may be null:
 * int, bool, str, hex (a number as "0x1f"), time (RFC 3339), or the name of an object; in
 * brackets, a list of those; what is in quotes is all that it may be.
 */
struct object {
	const char *name;
	const char *const *members;
};

#define OBJECT(name, ...)						\
	{ name, (const char *const[]){ __VA_ARGS__, NULL } }

#define WHEN		"time time", "boottime_ns int"
#define ERRNO		"errno int", "errno_name str?"
#define RECORDER	"schema \"" LUTRACE_SCHEMA "\"", "version str", "host str", "kernel str"

/* What is a line of its own has its name as its type. */
static const struct object lines[] = {
	OBJECT("header", RECORDER, WHEN, "realtime_offset_ns int", "generation int?",
	       "events [str]", "missing [str]"),
	OBJECT("jump", WHEN, "from_generation int?", "from_kernel str?",
	       "generation int?", "kernel str?", "blackout_ns int?",
	       "blackout_error_ns int?", "blackout_clock str?",
	       "left_boottime_ns int?", "entered_boottime_ns int?", "note str?"),
	OBJECT("lost", WHEN, "count int", "total int", "overwritten int",
	       "events [lost_event]"),
	OBJECT("summary", WHEN, "end str", "duration_ns int", "events int",
	       "filtered int", "failed int", "lost int"),
	OBJECT("session", "session str", "direction str", "state str", "files int",
	       "busy bool", "next str?"),
	OBJECT("file", "session str", "token hex", "handler str", "direction str",
	       "state str", ERRNO, "busy bool", "next str?"),
	OBJECT("flb", "flb str", "handlers int", "outgoing_state str",
	       "outgoing_refcount int", "outgoing_busy bool", "incoming_state str",
	       "incoming_refcount int", "incoming_busy bool", "incoming_errno int",
	       "incoming_errno_name str?"),
	OBJECT("device", "device str", "state str", "bridge bool", "outgoing bool",
	       "outgoing_refcount int?", "outgoing_driver str?", "incoming bool",
	       "incoming_refcount int?", "incoming_driver str?", "retrieved bool",
	       "absent bool", "held bool", "blocked bool", "busy bool",
	       "probe_driver str?", "probe_decision str?", "probe_reason str?",
	       "probe_count int?", "probe_boottime_ns int?", "probe_time time?",
	       "next str?"),
	OBJECT("why", "schema \"" LUTRACE_SCHEMA "\"", "object str", "kind str",
	       "known bool", "fine str?", "findings [finding]", "lost int",
	       "previous_journal str?", "incomplete str?", "sessions [str]", "devices [str]",
	       "chain [any]"),
	OBJECT("doctor", RECORDER, "checks int", "failed int", "candidates int"),
	OBJECT("check", "topic str", "name str", "result str", "detail str?",
	       "fix str?"),
	OBJECT("candidate", "device str", "driver str?", "obstacle str?",
	       "fix str?"),
	OBJECT("bundle", RECORDER, "time time", "anonymized bool", "pieces int"),
	OBJECT("piece", "name str", "bytes int", "sha256 str?", "missing str?"),
	OBJECT("blame", RECORDER, "generation int?", "from_kernel str?",
	       "blackout_ns int?", "blackout_error_ns int?", "zero_boottime_ns int",
	       "failed int", "waiting int", "lost int", "incomplete str?",
	       "phases [phase]",
	       "files [blamed_file]"),
};

/* Of lutrace status, where it differs; its type is that of the line of that name. */
static const struct object status_lines[] = {
	OBJECT("header", RECORDER, WHEN, "realtime_offset_ns int",
	       "incomplete str?"),
	OBJECT("summary", "sessions int", "files int", "flbs int", "devices int",
	       "blocked int", "failed int"),
};

static const struct object parts[] = {
	OBJECT("lost_event", "event str?", "count int"),
	OBJECT("finding", "rank int", "sentence str", "decision str?", "reason str?",
	       "kernel str?", "failed_event str?", ERRNO, "session str?",
	       "token hex?", "device str?", "advice [str]"),
	OBJECT("phase", "phase str", "begin_ns int?", "duration_ns int?",
	       "files int", "failed int"),
	OBJECT("step", "boottime_ns int", "duration_ns int", ERRNO),
	OBJECT("blamed_file", "type \"file\"", "session str", "token hex",
	       "device str?", "preserve step?", "freeze step?", "retrieve step?",
	       "bind step?", "finish step?", "blackout_ns int?"),
};

static const char *const event_members[] = {
	WHEN, "seq int?", "journal_seq int?", "generation int?", "recorded bool",
	"cpu int", "pid int", "tid int", "comm str", "failed bool", NULL
};

#define NR(array)	(sizeof(array) / sizeof((array)[0]))

static void write_plain(const char *type, size_t length)
{
	static const struct {
		const char *name;
		const char *schema;
	} plain[] = {
		{ "int", "\"type\":\"integer\"" },
		{ "bool", "\"type\":\"boolean\"" },
		{ "str", "\"type\":\"string\"" },
		{ "hex", "\"type\":\"string\",\"pattern\":\"^0x[0-9a-f]+$\"" },
		{ "time", "\"type\":\"string\",\"pattern\":\"^-?[0-9]{4,}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\\\.[0-9]{9}Z$\"" },
		/* A link of a chain. */
		{ "any", "\"anyOf\":[{\"$ref\":\"#/$defs/event\"},{\"$ref\":\"#/$defs/jump\"},{\"$ref\":\"#/$defs/lost\"}]" },
	};
	size_t i;

	if (*type == '"') {
		printf("{\"const\":%.*s}", (int)length, type);
		return;
	}
	for (i = 0; i < NR(plain); i++) {
		if (strlen(plain[i].name) == length &&
		    !strncmp(type, plain[i].name, length)) {
			printf("{%s}", plain[i].schema);
			return;
		}
	}
	printf("{\"$ref\":\"#/$defs/%.*s\"}", (int)length, type);
}

static void write_type(const char *type)
{
	size_t length = strlen(type);

	if (*type == '[') {
		fputs("{\"type\":\"array\",\"items\":", stdout);
		write_plain(type + 1, length - 2);
		putchar('}');
	} else if (type[length - 1] == '?') {
		fputs("{\"anyOf\":[", stdout);
		write_plain(type, length - 1);
		fputs(",{\"type\":\"null\"}]}", stdout);
	} else {
		write_plain(type, length);
	}
}

/* "name TYPE" as a property, or as one that is required. */
static void write_members(const char *const *members, bool required)
{
	for (; *members; members++) {
		size_t length = strcspn(*members, " ");

		printf(",\"%.*s\"", (int)length, *members);
		if (required)
			continue;
		putchar(':');
		write_type(*members + length + 1);
	}
}

/*
 * What is not named may not be there, but for the bytes of a text that was not UTF-8.
 */
static void end_object(void)
{
	fputs("],\"patternProperties\":{\"_hex$\":{\"type\":\"string\",\"pattern\":\"^([0-9a-f]{2})+$\"}},\"additionalProperties\":false}", stdout);
}

static void write_object(const char *prefix, const struct object *object,
			 bool is_line)
{
	const char *const *members = object->members;

	printf(",\n\"%s%s\":{\"type\":\"object\",\"properties\":{", prefix,
	       object->name);
	if (is_line) {
		printf("\"type\":{\"const\":\"%s\"}", object->name);
		write_members(members, false);
		fputs("},\"required\":[\"type\"", stdout);
		write_members(members, true);
	} else {
		/* One that is first has no comma before it. */
		size_t length = strcspn(*members, " ");

		printf("\"%.*s\":", (int)length, *members);
		write_type(*members + length + 1);
		write_members(members + 1, false);
		printf("},\"required\":[\"%.*s\"", (int)length, *members);
		write_members(members + 1, true);
	}
	end_object();
}

static const char *field_type(enum field_id id)
{
	switch (field_descs[id].type) {
	case FIELD_TYPE_TEXT:
		return "str?";
	case FIELD_TYPE_HEX:
		return "hex";
	case FIELD_TYPE_BOOL:
		return "bool";
	default:
		return "int";
	}
}

static void write_event(const struct event_desc *desc)
{
	enum field_id id;
	bool ends = event_ends_blackout(desc->id);

	printf("{\"type\":\"object\",\"properties\":{\"type\":{\"const\":\"event\"},\"event\":{\"const\":\"%s\"}",
	       desc->name);
	write_members(event_members, false);
	for (id = 0; id < NR_FIELDS; id++) {
		if (!(desc->fields & 1U << id))
			continue;
		printf(",\"%s\":", field_descs[id].key);
		write_type(field_type(id));
		if (id == FIELD_ERRNO) {
			fputs(",\"errno_name\":", stdout);
			write_type("str?");
		}
	}
	if (ends) {
		fputs(",\"blackout_ns\":", stdout);
		write_type("int?");
	}
	fputs("},\"required\":[\"type\",\"event\"", stdout);
	write_members(event_members, true);
	for (id = 0; id < NR_FIELDS; id++) {
		if (desc->fields & 1U << id)
			printf(",\"%s\"%s", field_descs[id].key,
			       id == FIELD_ERRNO ? ",\"errno_name\"" : "");
	}
	if (ends)
		fputs(",\"blackout_ns\"", stdout);
	end_object();
}

static void write_schema(void)
{
	size_t i;

	fputs("{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\n"
	      "\"$id\":\"urn:lutrace:" LUTRACE_SCHEMA "\",\n"
	      "\"title\":\"A line of lutrace's JSON\",\n\"oneOf\":[{\"$ref\":\"#/$defs/event\"}", stdout);
	for (i = 0; i < NR(lines); i++)
		printf(",{\"$ref\":\"#/$defs/%s\"}", lines[i].name);
	for (i = 0; i < NR(status_lines); i++)
		printf(",{\"$ref\":\"#/$defs/status_%s\"}", status_lines[i].name);
	fputs("],\n\"$defs\":{\n\"event\":{\"oneOf\":[\n", stdout);
	for (i = 0; i < LUTRACE_NR_EVENTS; i++) {
		fputs(i ? ",\n" : "", stdout);
		write_event(&event_descs[i]);
	}
	fputs("]}", stdout);
	for (i = 0; i < NR(lines); i++)
		write_object("", &lines[i], true);
	for (i = 0; i < NR(status_lines); i++)
		write_object("status_", &status_lines[i], true);
	for (i = 0; i < NR(parts); i++)
		write_object("", &parts[i], false);
	fputs("\n}}\n", stdout);
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	if (key != ARGP_KEY_ARG)
		return ARGP_ERR_UNKNOWN;
	argp_error(state, "unexpected argument '%s'", arg);
	return 0;
}

static const struct argp schema_argp = {
	.parser = parse_option,
	.doc = "Write the JSON schema (draft 2020-12) of the lines that lutrace writes with -o json.\v"
	       "Exit status: 0 written; 2 usage; 3 the output could not be written.",
};

int verb_schema(int argc, char **argv)
{
	argp_parse(&schema_argp, argc, argv, 0, NULL, NULL);
	write_schema();
	return finish_output(EXIT_CLEAN);
}
