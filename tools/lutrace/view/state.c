// SPDX-License-Identifier: GPL-2.0
/*
 * What is preserved, in columns for people and in lines of JSON:
 *
 *	SESSIONS (1)
 *	  guest-5                     incoming  waiting      files=1
 *	      next: nobody has retrieved it: its owner must do so, retrieve its files, and finish it
 *	DEVICES (1)
 *	  0000:01:00.0                incoming  blocked      by vfio-pci  refcount=1
 *	      virtio-pci was blocked: foreign_driver, 3.289s ago
 */
#include <inttypes.h>
#include <string.h>

#include "view/state.h"
#include "view/view.h"

/* The first columns of all kinds of rows, which line up. */
#define WIDE		.width = 26
#define DIRECTION	COLUMN("direction", TEXT, .width = 8)
#define STATE		COLUMN("state", TEXT, .width = 11)
#define BUSY		COLUMN("busy", BOOL, .label = "busy", .help = "in use, and not read")
#define NEXT		COLUMN("next", TEXT, .null = true, .help = "what to do next")

const struct table state_header_table = {
	"header", COLUMNS(COLUMNS_RECORDER, COLUMNS_WHEN, COLUMN("realtime_offset_ns", NUMBER),
		COLUMN("incomplete", TEXT, .null = true,
		       .help = "why it may not be the last state"))
};

const struct table session_table = {
	"session", COLUMNS(COLUMN("session", TEXT, WIDE), DIRECTION, STATE,
		COLUMN("files", COUNT, .label = "files="), BUSY, NEXT)
};

const struct table file_table = {
	"file", COLUMNS(COLUMN("session", TEXT, WIDE), COLUMN("token", HEX), DIRECTION, STATE,
		COLUMN("handler", TEXT, .label = ""), COLUMN("errno", ERRNO, .label = ""), BUSY,
		NEXT)
};

const struct table flb_table = {
	"flb", COLUMNS(COLUMN("flb", TEXT), COLUMN("handlers", COUNT),
		COLUMN("outgoing_state", TEXT), COLUMN("outgoing_refcount", COUNT),
		COLUMN("outgoing_busy", BOOL), COLUMN("incoming_state", TEXT),
		COLUMN("incoming_refcount", COUNT), COLUMN("incoming_busy", BOOL),
		COLUMN("incoming_errno", ERRNO))
};

/* For people, each direction of an FLB is a row. */
static const struct table flb_side_table = {
	NULL, COLUMNS(COLUMN("flb", TEXT, WIDE), DIRECTION, STATE,
		COLUMN("refcount", COUNT, .label = "references="),
		COLUMN("errno", ERRNO, .label = ""), BUSY)
};

const struct table device_table = {
	"device", COLUMNS(COLUMN("device", TEXT, WIDE), COLUMN(NULL, TEXT, .width = 8), STATE,
		COLUMN("incoming", BOOL),
		COLUMN("incoming_driver", TEXT, .null = true, .label = "by "),
		COLUMN("incoming_refcount", COUNT, .null = true, .label = "refcount="),
		COLUMN("outgoing", BOOL),
		COLUMN("outgoing_driver", TEXT, .null = true, .label = "by "),
		COLUMN("outgoing_refcount", COUNT, .null = true, .label = "refcount="),
		COLUMN("bridge", BOOL, .label = "bridge"), BUSY, COLUMN("retrieved", BOOL),
		COLUMN("absent", BOOL), COLUMN("held", BOOL), COLUMN("blocked", BOOL),
		COLUMN("probe_driver", TEXT, .null = true, .help = "the driver that asked last"),
		COLUMN("probe_decision", TEXT, .null = true, .help = "allow or block"),
		COLUMN("probe_reason", TEXT, .null = true),
		COLUMN("probe_count", COUNT, .null = true),
		COLUMN("probe_boottime_ns", COUNT, .null = true),
		COLUMN("probe_time", TIME, .null = true), NEXT)
};

const struct table state_summary_table = {
	"summary", COLUMNS(COLUMN("sessions", COUNT), COLUMN("files", COUNT),
		COLUMN("flbs", COUNT), COLUMN("devices", COUNT), COLUMN("blocked", COUNT),
		COLUMN("failed", COUNT))
};

/**
 * struct printer - Shows one object after the other
 * @out:   Where to.
 * @state: What they are of.
 * @json:  As lines of JSON.
 * @color: For people, in colours.
 */
struct printer {
	FILE *out;
	const struct state *state;
	bool json;
	bool color;
};

static const char *direction_name(bool incoming)
{
	return incoming ? "incoming" : "outgoing";
}

static const char *or_null(const char *text)
{
	return *text ? text : NULL;
}

/* A section without rows is left out. */
static void show_head(const struct printer *s, const char *title, size_t nr)
{
	if (s->json || !nr)
		return;
	color_print(s->out, s->color, COLOR_HEAD, "%s (%zu)", title, nr);
	fputc('\n', s->out);
}

static void show_row(const struct printer *s, const struct table *table, const char *color,
		     const struct cell *cells)
{
	if (s->json) {
		table_line(s->out, table, cells);
		return;
	}
	fputs("  ", s->out);
	table_row(s->out, table, s->color, color, cells);
	fputc('\n', s->out);
}

static void show_hint(const struct printer *s, const char *hint)
{
	if (s->json || !hint)
		return;
	color_print(s->out, s->color, COLOR_DIM, "      next: %s", hint);
	fputc('\n', s->out);
}

static void show_session(const struct printer *s, const struct lutrace_session *session)
{
	const char *hint = session_hint(session);
	struct cell name = cell_text(session->name);

	name.shown = *session->name ? NULL : "-";
	show_row(s, &session_table, hint ? COLOR_WARNING : NULL, CELLS(
		name, cell_text(direction_name(session->incoming)),
		cell_text(session_state_name(session)), cell_number(session->files),
		cell_number(session->busy), cell_text(hint)));
	show_hint(s, hint);
}

static void show_file(const struct printer *s, const struct lutrace_file *file)
{
	const char *color = file->state == LUTRACE_FILE_FAILED ? COLOR_BAD :
			    file->state == LUTRACE_FILE_WAITING ? COLOR_WARNING : NULL;
	char name[sizeof(file->session) + TOKEN_SIZE];
	struct cell session = cell_text(file->session);

	snprintf(name, sizeof(name), "%s:0x%" PRIx64, file->session, (uint64_t)file->token);
	session.shown = name;
	show_row(s, &file_table, color, CELLS(
		session, cell_number(file->token), cell_text(direction_name(file->incoming)),
		cell_text(file_state_name(file)), cell_text(file->handler), cell_number(file->err),
		cell_number(file->busy), cell_text(file_hint(file))));
	show_hint(s, file_hint(file));
}

static void show_flb_side(const struct printer *s, const char *name,
			  const struct lutrace_flb_side *side, bool incoming)
{
	show_row(s, &flb_side_table, side->state == LUTRACE_FLB_FAILED ? COLOR_BAD : NULL, CELLS(
		cell_text(or_null(name)), cell_text(direction_name(incoming)),
		cell_text(flb_state_name(side)), cell_number(side->count), cell_number(side->err),
		cell_number(side->busy)));
}

static void show_flb(const struct printer *s, const struct lutrace_flb *flb)
{
	const struct lutrace_flb_side *in = &flb->incoming, *out = &flb->outgoing;

	if (s->json) {
		table_line(s->out, &flb_table, CELLS(
			cell_text(flb->name), cell_number(flb->handlers),
			cell_text(flb_state_name(out)), cell_number(out->count),
			cell_number(out->busy), cell_text(flb_state_name(in)),
			cell_number(in->count), cell_number(in->busy), cell_number(in->err)));
		return;
	}
	if (in->state != LUTRACE_FLB_NONE)
		show_flb_side(s, flb->name, in, true);
	/* Each FLB has one row at least. */
	if (in->state == LUTRACE_FLB_NONE || out->state != LUTRACE_FLB_NONE)
		show_flb_side(s, flb->name, out, false);
}

/* "12.345s ago" */
static void print_ago(FILE *out, const struct state *state, uint64_t ns)
{
	char ago[32];
	int64_t since = state->clocks.start_ns - (int64_t)ns;

	format_duration(since > 0 ? since : 0, ago, sizeof(ago));
	fprintf(out, "%s ago", ago);
}

static void show_probe(const struct printer *s, const struct lutrace_device *device)
{
	const char *color = device_is_blocked(device) ? COLOR_BAD : NULL;

	if (s->json || !device->probe_driver[0])
		return;
	color_on(s->out, s->color, color);
	fputs("      ", s->out);
	escape_terminal(s->out, device->probe_driver);
	fprintf(s->out, " was %s: %s", color ? "blocked" : "allowed", device_probe_reason(device));
	if (device->probe_count > 1)
		fprintf(s->out, ", %" PRIu32 " times", device->probe_count);
	fputs(", ", s->out);
	print_ago(s->out, s->state, device->probe_ns);
	color_off(s->out, s->color, color);
	fputc('\n', s->out);
}

static void show_device(const struct printer *s, const struct lutrace_device *d)
{
	bool incoming = d->flags & LUTRACE_DEVICE_INCOMING;
	bool outgoing = d->flags & LUTRACE_DEVICE_OUTGOING;
	bool blocked = device_is_blocked(d), probed = d->probe_driver[0];
	const char *color = blocked || d->flags & LUTRACE_DEVICE_ABSENT ? COLOR_BAD :
			    device_is_waiting(d) ? COLOR_WARNING : NULL;
	char bdf[BDF_SIZE];

	format_bdf(d->domain, d->bdf, bdf);
	show_row(s, &device_table, color, CELLS(
		cell_text(bdf),
		cell_text(incoming && outgoing ? "both" :
			  incoming || outgoing ? direction_name(incoming) : NULL),
		cell_text(device_state_name(d)), cell_number(incoming),
		cell_text(or_null(d->incoming_driver)),
		cell_maybe(*d->incoming_driver, d->incoming_refcount), cell_number(outgoing),
		cell_text(or_null(d->outgoing_driver)),
		cell_maybe(*d->outgoing_driver, d->outgoing_refcount),
		cell_number(!!(d->flags & LUTRACE_DEVICE_BRIDGE)),
		cell_number(!!(d->flags & LUTRACE_DEVICE_BUSY)),
		cell_number(!!(d->flags & LUTRACE_DEVICE_RETRIEVED)),
		cell_number(!!(d->flags & LUTRACE_DEVICE_ABSENT)),
		cell_number(!!(d->flags & LUTRACE_DEVICE_HELD)), cell_number(blocked),
		cell_text(or_null(d->probe_driver)),
		cell_text(!probed ? NULL : blocked ? "block" : "allow"),
		cell_text(device_probe_reason(d)), cell_maybe(probed, d->probe_count),
		cell_maybe(probed, d->probe_ns),
		cell_maybe(probed, d->probe_ns + s->state->clocks.realtime_offset_ns),
		cell_text(device_hint(d))));
	show_probe(s, d);
	show_hint(s, device_hint(d));
}

static void show_objects(const struct printer *s)
{
	const struct state *state = s->state;
	size_t i;

	show_head(s, "SESSIONS", state->nr_sessions);
	for (i = 0; i < state->nr_sessions; i++)
		show_session(s, &state->sessions[i]);
	show_head(s, "FILES", state->nr_files);
	for (i = 0; i < state->nr_files; i++)
		show_file(s, &state->files[i]);
	show_head(s, "FLBS", state->nr_flbs);
	for (i = 0; i < state->nr_flbs; i++)
		show_flb(s, &state->flbs[i]);
	show_head(s, "DEVICES", state->nr_devices);
	for (i = 0; i < state->nr_devices; i++)
		show_device(s, &state->devices[i]);
}

static void show_totals(FILE *out, const struct state *s)
{
	if (!s->nr_sessions && !s->nr_files && !s->nr_devices)
		fputs(s->filtered ? "Nothing of that is preserved, or waits; without conditions there is more to see.\n" :
		      "Nothing is preserved, and nothing waits.\n", out);
	else
		fprintf(out, "%zu sessions, %zu files, %zu devices, %zu blocked, %zu failed\n",
			s->nr_sessions, s->nr_files, s->nr_devices,
			state_blocked(s), state_failed(s));
}

/* A capture may be of another host, and of long ago. */
static void show_recording(FILE *out, const struct state *s)
{
	char when[RFC3339_SIZE];

	if (!s->recorded)
		return;
	format_rfc3339(s->clocks.start_ns + s->clocks.realtime_offset_ns, when);
	fputs("Recorded on ", out);
	escape_terminal(out, s->host);
	fprintf(out, " at %.*sZ", (int)strcspn(when, "."), when);
	if (s->incomplete)
		fprintf(out, "; it may have changed after that, as the recording is not complete: %s",
			s->incomplete);
	fputs(":\n", out);
}

void state_show_columns(FILE *out, const struct state *state, bool color)
{
	const struct printer s = { .out = out, .state = state, .color = color };

	show_recording(out, state);
	show_objects(&s);
	show_totals(out, state);
}

void state_show_json(FILE *out, const struct state *state)
{
	const struct printer s = { .out = out, .state = state, .json = true };
	const struct clocks *clocks = &state->clocks;

	table_line(out, &state_header_table, CELLS(
		CELLS_RECORDER(state->version, state->host, state->kernel),
		CELLS_WHEN(clocks, clocks->start_ns), cell_number(clocks->realtime_offset_ns),
		cell_text(state->incomplete)));
	show_objects(&s);
	table_line(out, &state_summary_table, CELLS(
		cell_number(state->nr_sessions), cell_number(state->nr_files),
		cell_number(state->nr_flbs), cell_number(state->nr_devices),
		cell_number(state_blocked(state)), cell_number(state_failed(state))));
}
