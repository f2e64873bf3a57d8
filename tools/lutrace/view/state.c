// SPDX-License-Identifier: GPL-2.0
/* The state of a kernel, in columns for people and in lines of JSON. */
#include <inttypes.h>
#include <string.h>

#include "base/json.h"
#include "model/state.h"

#define NAME_WIDTH	26
#define STATE_WIDTH	11
#define DIRECTION_WIDTH	8

#define COLOR_BAD	"1;31"
#define COLOR_WAIT	"33"
#define COLOR_HEAD	"1"
#define COLOR_DIM	"2"

struct columns {
	FILE *out;
	const struct state *state;
	bool color;
};

/* @color where colours are wanted. */
static const char *wanted(const struct columns *c, const char *color)
{
	return c->color ? color : NULL;
}

static void print_cell(const struct columns *c, const char *text, int width)
{
	pad(c->out, fprintf(c->out, "%s", text), width);
}

static void print_name(const struct columns *c, const char *name, int width)
{
	pad(c->out, escape_terminal(c->out, *name ? name : "-"), width);
}

static const char *direction_name(bool incoming)
{
	return incoming ? "incoming" : "outgoing";
}

/* A section that has nothing is left out, and told of at the end. */
static void print_head(const struct columns *c, const char *title, size_t nr)
{
	color_on(c->out, wanted(c, COLOR_HEAD));
	fprintf(c->out, "%s (%zu)", title, nr);
	color_off(c->out, wanted(c, COLOR_HEAD));
	fputc('\n', c->out);
}

static void print_hint(const struct columns *c, const char *hint)
{
	if (!hint)
		return;
	color_on(c->out, wanted(c, COLOR_DIM));
	fprintf(c->out, "      next: %s", hint);
	color_off(c->out, wanted(c, COLOR_DIM));
	fputc('\n', c->out);
}

static const char *busy_note(bool busy)
{
	return busy ? "  busy" : "";
}

static void show_sessions(const struct columns *c)
{
	const struct state *s = c->state;
	size_t i;

	if (!s->nr_sessions)
		return;
	print_head(c, "SESSIONS", s->nr_sessions);
	for (i = 0; i < s->nr_sessions; i++) {
		const struct lutrace_session *session = &s->sessions[i];
		const char *hint = session_hint(session);
		const char *color = hint ? COLOR_WAIT : NULL;

		color_on(c->out, wanted(c, color));
		fputs("  ", c->out);
		print_name(c, session->name, NAME_WIDTH);
		print_cell(c, direction_name(session->incoming),
			   DIRECTION_WIDTH);
		print_cell(c, session_state_name(session), STATE_WIDTH);
		fprintf(c->out, "files=%" PRIu64 "%s", (uint64_t)session->files,
			busy_note(session->busy));
		color_off(c->out, wanted(c, color));
		fputc('\n', c->out);
		print_hint(c, hint);
	}
}

static int print_file_name(FILE *out, const struct lutrace_file *file)
{
	int written = escape_terminal(out, file->session);

	return written + fprintf(out, ":%#" PRIx64, (uint64_t)file->token);
}

static void print_error(FILE *out, int err)
{
	const char *name = errno_name(-err);

	if (name)
		fprintf(out, "  %s", name);
	else if (err)
		fprintf(out, "  errno=%d", err);
}

static void show_files(const struct columns *c)
{
	const struct state *s = c->state;
	size_t i;

	if (!s->nr_files)
		return;
	print_head(c, "FILES", s->nr_files);
	for (i = 0; i < s->nr_files; i++) {
		const struct lutrace_file *file = &s->files[i];
		const char *color = NULL;

		if (file->state == LUTRACE_FILE_FAILED)
			color = COLOR_BAD;
		else if (file->state == LUTRACE_FILE_WAITING)
			color = COLOR_WAIT;
		color_on(c->out, wanted(c, color));
		fputs("  ", c->out);
		pad(c->out, print_file_name(c->out, file), NAME_WIDTH);
		print_cell(c, direction_name(file->incoming), DIRECTION_WIDTH);
		print_cell(c, file_state_name(file), STATE_WIDTH);
		escape_terminal(c->out, file->handler);
		print_error(c->out, file->err);
		fputs(busy_note(file->busy), c->out);
		color_off(c->out, wanted(c, color));
		fputc('\n', c->out);
		print_hint(c, file_hint(file));
	}
}

static void print_side(const struct columns *c, const char *name,
		       const struct lutrace_flb_side *side, bool incoming)
{
	const char *color = side->state == LUTRACE_FLB_FAILED ? COLOR_BAD : NULL;

	color_on(c->out, wanted(c, color));
	fputs("  ", c->out);
	print_name(c, name, NAME_WIDTH);
	print_cell(c, direction_name(incoming), DIRECTION_WIDTH);
	print_cell(c, flb_state_name(side), STATE_WIDTH);
	fprintf(c->out, "references=%" PRIu64, (uint64_t)side->count);
	print_error(c->out, side->err);
	fputs(busy_note(side->busy), c->out);
	color_off(c->out, wanted(c, color));
	fputc('\n', c->out);
}

static void show_flbs(const struct columns *c)
{
	const struct state *s = c->state;
	size_t i;

	if (!s->nr_flbs)
		return;
	print_head(c, "FLBS", s->nr_flbs);
	for (i = 0; i < s->nr_flbs; i++) {
		const struct lutrace_flb *flb = &s->flbs[i];
		bool in = flb->incoming.state != LUTRACE_FLB_NONE;

		if (in)
			print_side(c, flb->name, &flb->incoming, true);
		/* Something is said about each. */
		if (!in || flb->outgoing.state != LUTRACE_FLB_NONE)
			print_side(c, flb->name, &flb->outgoing, false);
	}
}

/* "12.345s ago" */
static void print_ago(FILE *out, const struct state *state, uint64_t ns)
{
	char ago[32];

	int64_t since = state->clocks.start_ns - (int64_t)ns;

	format_duration(since > 0 ? since : 0, ago, sizeof(ago));
	fprintf(out, "%s ago", ago);
}

static void print_probe(const struct columns *c,
			const struct lutrace_device *device)
{
	const char *color = device_is_blocked(device) ? COLOR_BAD : NULL;

	if (!device->probe_driver[0])
		return;
	color_on(c->out, wanted(c, color));
	fputs("      ", c->out);
	escape_terminal(c->out, device->probe_driver);
	fprintf(c->out, " was %s: %s", color ? "refused" : "allowed",
		device_probe_reason(device));
	if (device->probe_count > 1)
		fprintf(c->out, ", %" PRIu32 " times", device->probe_count);
	fputs(", ", c->out);
	print_ago(c->out, c->state, device->probe_ns);
	color_off(c->out, wanted(c, color));
	fputc('\n', c->out);
}

static void print_owner(FILE *out, const char *driver, unsigned int refcount)
{
	if (*driver) {
		fputs("by ", out);
		escape_terminal(out, driver);
		fprintf(out, "  refcount=%u", refcount);
	}
}

static void show_device(const struct columns *c,
			const struct lutrace_device *device)
{
	bool incoming = device->flags & LUTRACE_DEVICE_INCOMING;
	bool outgoing = device->flags & LUTRACE_DEVICE_OUTGOING;
	const char *color = NULL;
	char bdf[BDF_SIZE];

	if (device_is_blocked(device) || device->flags & LUTRACE_DEVICE_ABSENT)
		color = COLOR_BAD;
	else if (device_is_waiting(device))
		color = COLOR_WAIT;
	format_bdf(device->domain, device->bdf, bdf);
	color_on(c->out, wanted(c, color));
	fputs("  ", c->out);
	print_cell(c, bdf, NAME_WIDTH);
	print_cell(c, incoming && outgoing ? "both" :
		   incoming || outgoing ? direction_name(incoming) : "-",
		   DIRECTION_WIDTH);
	print_cell(c, device_state_name(device), STATE_WIDTH);
	if (incoming)
		print_owner(c->out, device->incoming_driver,
			    device->incoming_refcount);
	if (outgoing)
		print_owner(c->out, device->outgoing_driver,
			    device->outgoing_refcount);
	if (device->flags & LUTRACE_DEVICE_BRIDGE)
		fputs("  bridge", c->out);
	fputs(busy_note(device->flags & LUTRACE_DEVICE_BUSY), c->out);
	color_off(c->out, wanted(c, color));
	fputc('\n', c->out);
	print_probe(c, device);
	print_hint(c, device_hint(device));
}

static void show_devices(const struct columns *c)
{
	size_t i;

	if (!c->state->nr_devices)
		return;
	print_head(c, "DEVICES", c->state->nr_devices);
	for (i = 0; i < c->state->nr_devices; i++)
		show_device(c, &c->state->devices[i]);
}

static void show_totals(const struct columns *c)
{
	const struct state *s = c->state;

	if (!s->nr_sessions && !s->nr_files && !s->nr_devices)
		fputs(s->filtered ? "Nothing of that is preserved, or waits; without conditions there is more to see.\n" :
		      "Nothing is preserved, and nothing waits.\n", c->out);
	else
		fprintf(c->out, "%zu sessions, %zu files, %zu devices, %zu blocked, %zu failed\n",
			s->nr_sessions, s->nr_files, s->nr_devices,
			state_blocked(s), state_failed(s));
}

/* A capture may be of another host, and of long ago. */
static void show_recording(const struct columns *c)
{
	const struct state *s = c->state;
	char when[RFC3339_SIZE];

	if (!s->recorded)
		return;
	format_rfc3339(s->clocks.start_ns + s->clocks.realtime_offset_ns, when);
	fputs("Recorded on ", c->out);
	escape_terminal(c->out, s->host);
	fprintf(c->out, " at %.*sZ", (int)strcspn(when, "."), when);
	if (s->incomplete)
		fprintf(c->out, "; it may have changed after that, as the recording is not complete: %s",
			s->incomplete);
	fputs(":\n", c->out);
}

void state_show_columns(FILE *out, const struct state *state,
			const struct state_columns *options)
{
	const struct columns c = {
		.out = out, .state = state, .color = options->color,
	};

	show_recording(&c);
	show_sessions(&c);
	show_files(&c);
	show_flbs(&c);
	show_devices(&c);
	show_totals(&c);
}

static void json_time(FILE *out, const struct state *state, const char *key,
		      int64_t boottime_ns)
{
	char time[RFC3339_SIZE];

	format_rfc3339(boottime_ns + state->clocks.realtime_offset_ns, time);
	fprintf(out, ",\"%s\":\"%s\"", key, time);
}

static void json_bool(FILE *out, const char *key, bool value)
{
	fprintf(out, ",\"%s\":%s", key, value ? "true" : "false");
}

static void json_count(FILE *out, const char *key, bool known, uint64_t count)
{
	if (known)
		fprintf(out, ",\"%s\":%" PRIu64, key, count);
	else
		fprintf(out, ",\"%s\":null", key);
}

static void json_error(FILE *out, const char *prefix, int err)
{
	char key[32];

	fprintf(out, ",\"%serrno\":%d", prefix, err);
	snprintf(key, sizeof(key), "%serrno_name", prefix);
	json_text(out, key, errno_name(-err));
}

static const char *or_null(const char *text)
{
	return *text ? text : NULL;
}

static void json_session(FILE *out, const struct lutrace_session *session)
{
	fputs("{\"type\":\"session\"", out);
	json_text(out, "session", session->name);
	json_text(out, "direction", direction_name(session->incoming));
	json_text(out, "state", session_state_name(session));
	json_count(out, "files", true, session->files);
	json_bool(out, "busy", session->busy);
	json_text(out, "next", session_hint(session));
	fputs("}\n", out);
}

static void json_file(FILE *out, const struct lutrace_file *file)
{
	fputs("{\"type\":\"file\"", out);
	json_text(out, "session", file->session);
	fprintf(out, ",\"token\":\"%#" PRIx64 "\"", (uint64_t)file->token);
	json_text(out, "handler", file->handler);
	json_text(out, "direction", direction_name(file->incoming));
	json_text(out, "state", file_state_name(file));
	json_error(out, "", file->err);
	json_bool(out, "busy", file->busy);
	json_text(out, "next", file_hint(file));
	fputs("}\n", out);
}

static void json_flb(FILE *out, const struct lutrace_flb *flb)
{
	fputs("{\"type\":\"flb\"", out);
	json_text(out, "flb", flb->name);
	json_count(out, "handlers", true, flb->handlers);
	json_text(out, "outgoing_state", flb_state_name(&flb->outgoing));
	json_count(out, "outgoing_refcount", true, flb->outgoing.count);
	json_bool(out, "outgoing_busy", flb->outgoing.busy);
	json_text(out, "incoming_state", flb_state_name(&flb->incoming));
	json_count(out, "incoming_refcount", true, flb->incoming.count);
	json_bool(out, "incoming_busy", flb->incoming.busy);
	json_error(out, "incoming_", flb->incoming.err);
	fputs("}\n", out);
}

static void json_probe(FILE *out, const struct state *state,
		       const struct lutrace_device *device)
{
	bool probed = device->probe_driver[0];

	json_text(out, "probe_driver", or_null(device->probe_driver));
	json_text(out, "probe_decision", !probed ? NULL :
		  device_is_blocked(device) ? "block" : "allow");
	json_text(out, "probe_reason", device_probe_reason(device));
	json_count(out, "probe_count", probed, device->probe_count);
	json_count(out, "probe_boottime_ns", probed, device->probe_ns);
	if (probed)
		json_time(out, state, "probe_time", device->probe_ns);
	else
		json_text(out, "probe_time", NULL);
}

static void json_device(FILE *out, const struct state *state,
			const struct lutrace_device *device)
{
	uint32_t flags = device->flags;
	char bdf[BDF_SIZE];

	format_bdf(device->domain, device->bdf, bdf);
	fputs("{\"type\":\"device\"", out);
	json_text(out, "device", bdf);
	json_text(out, "state", device_state_name(device));
	json_bool(out, "bridge", flags & LUTRACE_DEVICE_BRIDGE);
	json_bool(out, "outgoing", flags & LUTRACE_DEVICE_OUTGOING);
	json_count(out, "outgoing_refcount", *device->outgoing_driver,
		   device->outgoing_refcount);
	json_text(out, "outgoing_driver", or_null(device->outgoing_driver));
	json_bool(out, "incoming", flags & LUTRACE_DEVICE_INCOMING);
	json_count(out, "incoming_refcount", *device->incoming_driver,
		   device->incoming_refcount);
	json_text(out, "incoming_driver", or_null(device->incoming_driver));
	json_bool(out, "retrieved", flags & LUTRACE_DEVICE_RETRIEVED);
	json_bool(out, "absent", flags & LUTRACE_DEVICE_ABSENT);
	json_bool(out, "held", flags & LUTRACE_DEVICE_HELD);
	json_bool(out, "blocked", device_is_blocked(device));
	json_bool(out, "busy", flags & LUTRACE_DEVICE_BUSY);
	json_probe(out, state, device);
	json_text(out, "next", device_hint(device));
	fputs("}\n", out);
}

void state_show_json(FILE *out, const struct state *state)
{
	size_t i;

	fputs("{\"type\":\"header\",\"schema\":\"" LUTRACE_SCHEMA "\"", out);
	json_text(out, "version", state->version);
	json_text(out, "host", state->host);
	json_text(out, "kernel", state->kernel);
	json_time(out, state, "time", state->clocks.start_ns);
	fprintf(out, ",\"boottime_ns\":%" PRId64 ",\"realtime_offset_ns\":%" PRId64,
		state->clocks.start_ns, state->clocks.realtime_offset_ns);
	json_text(out, "incomplete", state->incomplete);
	fputs("}\n", out);
	for (i = 0; i < state->nr_sessions; i++)
		json_session(out, &state->sessions[i]);
	for (i = 0; i < state->nr_files; i++)
		json_file(out, &state->files[i]);
	for (i = 0; i < state->nr_flbs; i++)
		json_flb(out, &state->flbs[i]);
	for (i = 0; i < state->nr_devices; i++)
		json_device(out, state, &state->devices[i]);
	fprintf(out, "{\"type\":\"summary\",\"sessions\":%zu,\"files\":%zu,\"flbs\":%zu,\"devices\":%zu,\"blocked\":%zu,\"failed\":%zu}\n",
		state->nr_sessions, state->nr_files, state->nr_flbs,
		state->nr_devices, state_blocked(state), state_failed(state));
}
