// SPDX-License-Identifier: GPL-2.0
/*
 * JSON Lines:
 *
 *	{"type":"header","schema":"lutrace/2","version":"0.1.0","host":"node7",...}
 *	{"type":"event","event":"file.freeze","time":"2026-11-23T05:54:25.123456789Z",...}
 *	{"type":"jump","time":"2026-11-23T05:54:27.250000000Z",...,"blackout_ns":2500000000,...}
 *	{"type":"lost",...,"count":7,"total":7,...,"events":[{"event":"pci.probe","count":7}]}
 *	{"type":"summary",...,"end":"read","duration_ns":4000000000,"events":42,...,"lost":7}
 */
#include <stdlib.h>

#include "base/table.h"
#include "base/util.h"
#include "view/view.h"

const struct table header_table = {
	"header", COLUMNS(COLUMNS_RECORDER, COLUMNS_WHEN, COLUMN("realtime_offset_ns", NUMBER),
		COLUMN("generation", COUNT, .null = true,
		       .help = "live updates that led to this kernel"),
		COLUMN("events", LIST, .help = "events that are traced"),
		COLUMN("missing", LIST, .help = "events that the kernel does not have"))
};

const struct table event_table = {
	"event", COLUMNS(COLUMN("event", TEXT), COLUMNS_WHEN,
		COLUMN("seq", COUNT, .null = true,
		       .help = "number since tracing began; null where recorded"),
		COLUMN("journal_seq", COUNT, .null = true,
		       .help = "number in the kernel's journal"),
		COLUMN("generation", COUNT, .null = true,
		       .help = "live updates that led to its kernel"),
		COLUMN("recorded", BOOL, .help = "from a journal, not seen as it happened"),
		COLUMN("cpu", COUNT), COLUMN("pid", COUNT), COLUMN("tid", COUNT),
		COLUMN("comm", TEXT),
		COLUMN("failed", BOOL, .help = "a failure, a refusal or a block"))
};

const struct column blackout_column = COLUMN("blackout_ns", NUMBER, .null = true,
	.help = "since the last thing that the previous kernel did");

const struct table jump_table = {
	"jump", COLUMNS(COLUMNS_WHEN,
		COLUMN("from_generation", COUNT, .null = true),
		COLUMN("from_kernel", TEXT, .null = true),
		COLUMN("generation", COUNT, .null = true),
		COLUMN("kernel", TEXT, .null = true),
		COLUMN("blackout_ns", NUMBER, .null = true,
		       .help = "from the previous kernel's last action to this kernel's first"),
		COLUMN("blackout_error_ns", COUNT, .null = true,
		       .help = "the blackout may be off by this"),
		COLUMN("blackout_clock", TEXT, .null = true, .help = "cycles or wall"),
		COLUMN("left_boottime_ns", NUMBER, .null = true),
		COLUMN("entered_boottime_ns", NUMBER, .null = true),
		COLUMN("note", TEXT, .null = true, .help = "what is wrong"))
};

static const struct table lost_event_table = {
	NULL, COLUMNS(COLUMN("event", TEXT, .null = true), COLUMN("count", COUNT))
};

const struct table lost_table = {
	"lost", COLUMNS(COLUMNS_WHEN,
		COLUMN("count", COUNT, .help = "since the last such line"),
		COLUMN("total", COUNT),
		COLUMN("overwritten", COUNT,
		       .help = "those of count that the journal no longer has"),
		COLUMN("events", LIST, .of = &lost_event_table))
};

const struct table summary_table = {
	"summary", COLUMNS(COLUMNS_WHEN, COLUMN("end", TEXT, .help = "why it ended"),
		COLUMN("duration_ns", NUMBER), COLUMN("events", COUNT),
		COLUMN("filtered", COUNT), COLUMN("failed", COUNT), COLUMN("lost", COUNT))
};

struct json_view {
	struct view view;
	FILE *out;
	const struct trace_info *info;
};

const struct column *field_column(enum field_id id)
{
	static const enum column_type types[] = {
		[FIELD_TYPE_TEXT] = COLUMN_TEXT,
		[FIELD_TYPE_HEX] = COLUMN_HEX,
		[FIELD_TYPE_COUNT] = COLUMN_COUNT,
		[FIELD_TYPE_NUMBER] = COLUMN_NUMBER,
		[FIELD_TYPE_BOOL] = COLUMN_BOOL,
	};
	/* Each with its COLUMN_END. */
	static struct column columns[NR_FIELDS][2];
	const struct field_desc *desc = &field_descs[id];
	struct column *column = columns[id];

	if (!column->name) {
		column->name = desc->key;
		column->type = id == FIELD_ERRNO ? COLUMN_ERRNO : types[desc->type];
		/* A capture of version 1 has no second number. */
		column->null = desc->type == FIELD_TYPE_TEXT || id == FIELD_SUBORDINATE;
	}
	return column;
}

void json_fields(struct json *j, const struct event *event)
{
	enum field_id id;

	for (id = 0; id < NR_FIELDS; id++) {
		const union value *value = &event->value[id];
		struct cell cell;

		if (!(event->desc->fields & 1U << id))
			continue;
		cell = field_descs[id].type == FIELD_TYPE_TEXT ? cell_text(value->text) :
			cell_maybe(event_has(event, id), value->count);
		table_members(j, field_column(id), &cell);
	}
}

void json_event(struct json *j, const struct trace_info *info, const struct event *e)
{
	json_object(j, NULL);
	json_text(j, "type", event_table.type);
	table_members(j, event_table.columns, CELLS(
		cell_text(e->desc->name), CELLS_WHEN(&info->clocks, e->boottime_ns),
		cell_maybe(!e->recorded, e->seq), cell_maybe(e->journal_seq, e->journal_seq),
		cell_maybe(e->has_generation, e->generation), cell_number(e->recorded),
		cell_number(e->cpu), cell_number(e->pid), cell_number(e->tid), cell_text(e->comm),
		cell_number(e->failed)));
	json_fields(j, e);
	if (event_ends_blackout(e->desc->id)) {
		const struct cell cell = cell_maybe(e->has_blackout, e->blackout_ns);

		table_members(j, COLUMNS(blackout_column), &cell);
	}
	json_end_object(j);
}

void json_jump(struct json *j, const struct trace_info *info, const struct jump *jump)
{
	table_object(j, &jump_table, CELLS(
		CELLS_WHEN(&info->clocks, jump->boottime_ns),
		cell_maybe(jump->from_kernel, jump->from_generation), cell_text(jump->from_kernel),
		cell_maybe(jump->has_generation, jump->generation), cell_text(jump->to_kernel),
		cell_maybe(jump->has_blackout, jump->blackout_ns),
		cell_maybe(jump->has_blackout, jump->error_ns),
		cell_text(!jump->has_blackout ? NULL : jump->is_exact ? "cycles" : "wall"),
		cell_maybe(jump->has_moments, jump->left_ns),
		cell_maybe(jump->has_moments, jump->entered_ns), cell_text(jump->note)));
}

static void lost_events(struct json *j, const void *data)
{
	const struct loss *loss = data;
	size_t i;

	for (i = 0; i < LUTRACE_NR_EVENTS; i++) {
		if (loss->by_event[i])
			table_object(j, &lost_event_table, CELLS(cell_text(event_descs[i].name),
								 cell_number(loss->by_event[i])));
	}
	if (loss->unknown || loss->undecodable)
		table_object(j, &lost_event_table, CELLS(cell_text(NULL),
			     cell_number(loss->unknown + loss->undecodable)));
}

void json_lost(struct json *j, const struct trace_info *info, const struct loss *loss)
{
	table_object(j, &lost_table, CELLS(
		CELLS_WHEN(&info->clocks, loss->boottime_ns), cell_number(loss->count),
		cell_number(loss->total), cell_number(loss->overwritten),
		cell_written(lost_events, loss)));
}

/* @data: whether each event is one of them. */
static void event_names(struct json *j, const void *data)
{
	const bool *which = data;
	size_t i;

	for (i = 0; i < LUTRACE_NR_EVENTS; i++) {
		if (which[i])
			json_text(j, NULL, event_descs[i].name);
	}
}

static void view_begin(struct view *view, const struct trace_info *info)
{
	struct json_view *v = container_of(view, struct json_view, view);

	v->info = info;
	table_line(v->out, &header_table, CELLS(
		CELLS_RECORDER(info->version, info->host, info->kernel),
		CELLS_WHEN(&info->clocks, info->clocks.start_ns),
		cell_number(info->clocks.realtime_offset_ns),
		cell_maybe(info->has_generation, info->generation),
		cell_written(event_names, info->traced), cell_written(event_names, info->missing)));
}

static bool view_event(struct sink *sink, struct event *event)
{
	struct json_view *v = container_of(sink, struct json_view, view.sink);
	struct json j = { .out = v->out };

	json_event(&j, v->info, event);
	json_end_line(&j);
	return true;
}

static void view_jump(struct sink *sink, const struct jump *jump)
{
	struct json_view *v = container_of(sink, struct json_view, view.sink);
	struct json j = { .out = v->out };

	json_jump(&j, v->info, jump);
	json_end_line(&j);
}

static void view_lost(struct sink *sink, const struct loss *loss)
{
	struct json_view *v = container_of(sink, struct json_view, view.sink);
	struct json j = { .out = v->out };

	json_lost(&j, v->info, loss);
	json_end_line(&j);
}

static void view_end(struct view *view, const struct summary *s)
{
	struct json_view *v = container_of(view, struct json_view, view);

	table_line(v->out, &summary_table, CELLS(
		CELLS_WHEN(&v->info->clocks, s->boottime_ns), cell_text(s->end),
		cell_number(s->boottime_ns - v->info->clocks.start_ns), cell_number(s->shown),
		cell_number(s->filtered), cell_number(s->failed), cell_number(s->lost)));
}

struct view *view_json_new(FILE *out)
{
	struct json_view *v = calloc(1, sizeof(*v));

	if (!v)
		return NULL;
	v->view.begin = view_begin;
	v->view.sink.event = view_event;
	v->view.sink.jump = view_jump;
	v->view.sink.lost = view_lost;
	v->view.end = view_end;
	v->out = out;
	return &v->view;
}
