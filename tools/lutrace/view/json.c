// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdlib.h>

#include "base/json.h"
#include "view/view.h"

struct json {
	struct view view;
	FILE *out;
	const struct trace_info *info;
};

static void print_time(const struct json *j, int64_t boottime_ns)
{
	char time[RFC3339_SIZE];

	format_rfc3339(boottime_ns + j->info->clocks.realtime_offset_ns, time);
	emit_text(j->out, "\"time\":\"");
	emit_text(j->out, time);
	emit_text(j->out, "\"");
	json_key(j->out, "boottime_ns");
	emit_signed(j->out, boottime_ns);
}

static void print_names(FILE *out, const char *key, const bool *which)
{
	const char *separator = "";
	size_t i;

	fprintf(out, ",\"%s\":[", key);
	for (i = 0; i < LUTRACE_NR_EVENTS; i++) {
		if (!which[i])
			continue;
		fprintf(out, "%s\"%s\"", separator, event_descs[i].name);
		separator = ",";
	}
	fputc(']', out);
}

static void json_bool(FILE *out, const char *key, bool value)
{
	json_key(out, key);
	emit_text(out, value ? "true" : "false");
}

void json_field(FILE *out, enum field_id id, const union value *value)
{
	const char *key = field_descs[id].key;

	switch (field_descs[id].type) {
	case FIELD_TYPE_TEXT:
		json_text(out, key, value->text);
		break;
	case FIELD_TYPE_HEX:
		/* 64 bits do not survive a JSON number in many readers. */
		fprintf(out, ",\"%s\":\"0x%" PRIx64 "\"", key, value->count);
		break;
	case FIELD_TYPE_COUNT:
		json_key(out, key);
		emit_unsigned(out, value->count);
		break;
	case FIELD_TYPE_NUMBER:
		json_key(out, key);
		emit_signed(out, value->number);
		break;
	case FIELD_TYPE_BOOL:
		json_bool(out, key, value->count);
		break;
	}

	if (id == FIELD_ERRNO)
		json_text(out, "errno_name", errno_name(-value->number));
}

/* What is unknown is null. */
static void print_number(FILE *out, const char *key, bool known, int64_t number)
{
	json_key(out, key);
	if (known)
		emit_signed(out, number);
	else
		emit_text(out, "null");
}

static void json_begin(struct view *view, const struct trace_info *info)
{
	struct json *j = (struct json *)view;

	j->info = info;
	fputs("{\"type\":\"header\",\"schema\":\"" LUTRACE_SCHEMA "\"", j->out);
	json_text(j->out, "version", info->version);
	json_text(j->out, "host", info->host);
	json_text(j->out, "kernel", info->kernel);
	fputc(',', j->out);
	print_time(j, info->clocks.start_ns);
	fprintf(j->out, ",\"realtime_offset_ns\":%" PRId64,
		info->clocks.realtime_offset_ns);
	print_number(j->out, "generation", info->has_generation,
		     info->generation);
	print_names(j->out, "events", info->traced);
	print_names(j->out, "missing", info->missing);
	fputs("}\n", j->out);
}

static bool json_event(struct sink *sink, struct event *event)
{
	struct json *j = container_of(sink, struct json, view.sink);
	enum field_id id;

	emit_text(j->out, "{\"type\":\"event\",\"event\":\"");
	emit_text(j->out, event->desc->name);
	emit_text(j->out, "\",");
	print_time(j, event->boottime_ns);
	print_number(j->out, "seq", !event->recorded, event->seq);
	print_number(j->out, "journal_seq", event->journal_seq,
		     event->journal_seq);
	print_number(j->out, "generation", event->has_generation,
		     event->generation);
	json_bool(j->out, "recorded", event->recorded);
	print_number(j->out, "cpu", true, event->cpu);
	print_number(j->out, "pid", true, event->pid);
	print_number(j->out, "tid", true, event->tid);
	json_text(j->out, "comm", event->comm);
	json_bool(j->out, "failed", event->failed);
	for (id = 0; id < NR_FIELDS; id++) {
		if (event_has(event, id))
			json_field(j->out, id, &event->value[id]);
	}
	if (event_ends_blackout(event->desc->id))
		print_number(j->out, "blackout_ns", event->has_blackout,
			     event->blackout_ns);
	fputs("}\n", j->out);
	return true;
}

static void json_jump(struct sink *sink, const struct jump *jump)
{
	struct json *j = container_of(sink, struct json, view.sink);

	fputs("{\"type\":\"jump\",", j->out);
	print_time(j, jump->boottime_ns);
	print_number(j->out, "from_generation", jump->from_kernel,
		     jump->from_generation);
	json_text(j->out, "from_kernel", jump->from_kernel);
	print_number(j->out, "generation", jump->has_generation,
		     jump->generation);
	json_text(j->out, "kernel", jump->to_kernel);
	print_number(j->out, "blackout_ns", jump->has_blackout,
		     jump->blackout_ns);
	print_number(j->out, "blackout_error_ns", jump->has_blackout,
		     jump->error_ns);
	json_text(j->out, "blackout_clock", !jump->has_blackout ? NULL :
		   jump->is_exact ? "cycles" : "wall");
	print_number(j->out, "left_boottime_ns", jump->has_moments,
		     jump->left_ns);
	print_number(j->out, "entered_boottime_ns", jump->has_moments,
		     jump->entered_ns);
	json_text(j->out, "note", jump->note);
	fputs("}\n", j->out);
}

static void json_lost(struct sink *sink, const struct loss *loss)
{
	struct json *j = container_of(sink, struct json, view.sink);
	const char *separator = "";
	size_t i;

	fputs("{\"type\":\"lost\",", j->out);
	print_time(j, loss->boottime_ns);
	fprintf(j->out, ",\"count\":%" PRIu64 ",\"total\":%" PRIu64
		",\"overwritten\":%" PRIu64 ",\"events\":[", loss->count,
		loss->total, loss->overwritten);
	for (i = 0; i < LUTRACE_NR_EVENTS; i++) {
		if (!loss->by_event[i])
			continue;
		fprintf(j->out, "%s{\"event\":\"%s\",\"count\":%" PRIu64 "}",
			separator, event_descs[i].name, loss->by_event[i]);
		separator = ",";
	}
	if (loss->unknown)
		fprintf(j->out, "%s{\"event\":null,\"count\":%" PRIu64 "}",
			separator, loss->unknown);
	fputs("]}\n", j->out);
}

static void json_end(struct view *view, const struct summary *summary)
{
	struct json *j = (struct json *)view;

	fputs("{\"type\":\"summary\",", j->out);
	print_time(j, summary->boottime_ns);
	json_text(j->out, "end", summary->end);
	fprintf(j->out, ",\"duration_ns\":%" PRId64 ",\"events\":%" PRIu64
		",\"filtered\":%" PRIu64 ",\"failed\":%" PRIu64
		",\"lost\":%" PRIu64 "}\n",
		summary->boottime_ns - j->info->clocks.start_ns,
		summary->shown, summary->filtered, summary->failed,
		summary->lost);
}

struct view *view_json_new(FILE *out)
{
	struct json *j = calloc(1, sizeof(*j));

	if (!j)
		return NULL;
	j->view.begin = json_begin;
	j->view.sink.event = json_event;
	j->view.sink.jump = json_jump;
	j->view.sink.lost = json_lost;
	j->view.end = json_end;
	j->out = out;
	return &j->view;
}
