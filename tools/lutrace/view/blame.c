// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "view/blame.h"

#define PHASE_WIDTH	11
#define TIME_WIDTH	9
#define FILE_WIDTH	20
#define DEVICE_WIDTH	12
#define STEP_WIDTH	8

#define COLOR_HEAD	"1"
#define COLOR_BAD	"1;31"
#define COLOR_MOST	"1;33"

struct columns {
	FILE *out;
	const struct phases *phases;
	const struct trace_info *info;
	bool color;
};

static const char *wanted(const struct columns *c, const char *color)
{
	return c->color ? color : NULL;
}

static const char *errno_text(const struct event *e, char text[SHORT_SIZE])
{
	int err = -e->record.err;
	const char *name = errno_name(err);

	if (name)
		return name;
	snprintf(text, SHORT_SIZE, "errno %d", err);
	return text;
}

static int print_file(FILE *out, const struct blamed_file *file)
{
	int written = escape_terminal(out, file->session);

	return written + fprintf(out, ":%#" PRIx64, file->token);
}

static void print_bad(const struct columns *c, const char *text, int width)
{
	color_on(c->out, wanted(c, COLOR_BAD));
	pad(c->out, fprintf(c->out, "%s", text), width);
	color_off(c->out, wanted(c, COLOR_BAD));
}

/* The phase that took longest; NR_PHASES where none is known. */
static enum phase_id longest(const struct phases *p)
{
	enum phase_id id, found = NR_PHASES;
	int64_t most = -1;

	for (id = 0; id < NR_PHASES; id++) {
		const struct phase *phase = &p->phase[id];

		if (!phase->known || phase->end_ns - phase->begin_ns <= most)
			continue;
		most = phase->end_ns - phase->begin_ns;
		found = id;
	}
	return found;
}

static void print_jump_note(const struct columns *c)
{
	const struct jump *jump = c->phases->jump;
	char number[SHORT_SIZE];

	fprintf(c->out, "to within %s%s", format_short(jump->error_ns, number),
		jump->is_exact ? "" : ", by the wall clock");
}

static void print_files_note(const struct columns *c, enum phase_id id)
{
	const struct phase *phase = &c->phases->phase[id];
	char number[SHORT_SIZE];
	enum step_id step;

	fprintf(c->out, "%zu file%s", phase->files, phase->files == 1 ? "" : "s");
	if (phase->failed) {
		fputs(", ", c->out);
		color_on(c->out, wanted(c, COLOR_BAD));
		fprintf(c->out, "%zu failed", phase->failed);
		color_off(c->out, wanted(c, COLOR_BAD));
	}
	for (step = 0; step < NR_STEPS; step++) {
		if (phase_of_step(step) != id || !phase->slowest)
			continue;
		fprintf(c->out, "; %s ", phase->files == 1 ? "took" : "slowest");
		if (phase->files > 1) {
			print_file(c->out, phase->slowest);
			fputc(' ', c->out);
		}
		fputs(format_short(step_ns(phase->slowest->step[step]), number),
		      c->out);
	}
}

static void show_phases(const struct columns *c)
{
	enum phase_id id, most = longest(c->phases);
	char number[SHORT_SIZE];

	color_on(c->out, wanted(c, COLOR_HEAD));
	pad(c->out, fprintf(c->out, "PHASE"), PHASE_WIDTH);
	pad(c->out, fprintf(c->out, "BEGINS"), TIME_WIDTH);
	pad(c->out, fprintf(c->out, "TOOK"), TIME_WIDTH);
	fputs("OF THAT", c->out);
	color_off(c->out, wanted(c, COLOR_HEAD));
	fputc('\n', c->out);
	for (id = 0; id < NR_PHASES; id++) {
		const struct phase *phase = &c->phases->phase[id];
		const char *color = id == most ? COLOR_MOST : NULL;
		int written;

		pad(c->out, fprintf(c->out, "%s", phase_name(id)), PHASE_WIDTH);
		if (!phase->known) {
			pad(c->out, fprintf(c->out, "-"), TIME_WIDTH);
			fputs("unknown\n", c->out);
			continue;
		}
		pad(c->out, fprintf(c->out, "%s%s", phase->begin_ns <
				    c->phases->zero_ns ? "" : "+",
				    format_short(phase->begin_ns -
						 c->phases->zero_ns, number)),
		    TIME_WIDTH);
		color_on(c->out, wanted(c, color));
		written = fprintf(c->out, "%s",
				  format_short(phase->end_ns - phase->begin_ns,
					       number));
		color_off(c->out, wanted(c, color));
		if (id == PHASE_JUMP || phase->files)
			pad(c->out, written, TIME_WIDTH);
		if (id == PHASE_JUMP)
			print_jump_note(c);
		else if (phase->files)
			print_files_note(c, id);
		fputc('\n', c->out);
	}
}

static bool was_away(const struct blamed_file *file, int64_t *ns)
{
	const struct event *back = file->step[STEP_RETRIEVE];

	if (!back || !back->has_blackout)
		return false;
	*ns = back->blackout_ns;
	return true;
}

static void show_file(const struct columns *c, const struct blamed_file *file)
{
	char number[SHORT_SIZE];
	enum step_id step;
	int64_t away;

	pad(c->out, print_file(c->out, file), FILE_WIDTH);
	pad(c->out, escape_terminal(c->out, *file->device ? file->device : "-"),
	    DEVICE_WIDTH);
	for (step = 0; step < NR_STEPS; step++) {
		const struct event *e = file->step[step];

		if (e && e->failed)
			print_bad(c, errno_text(e, number), STEP_WIDTH);
		else
			pad(c->out, fprintf(c->out, "%s", e ?
					    format_short(step_ns(e), number) :
					    "-"), STEP_WIDTH);
	}
	fprintf(c->out, "%s\n", was_away(file, &away) ?
		format_short(away, number) : "-");
}

static void show_files(const struct columns *c)
{
	const struct phases *p = c->phases;
	size_t i;

	if (!p->nr)
		return;
	fputc('\n', c->out);
	color_on(c->out, wanted(c, COLOR_HEAD));
	pad(c->out, fprintf(c->out, "FILE"), FILE_WIDTH);
	pad(c->out, fprintf(c->out, "DEVICE"), DEVICE_WIDTH);
	pad(c->out, fprintf(c->out, "PRESERVE"), STEP_WIDTH);
	pad(c->out, fprintf(c->out, "FREEZE"), STEP_WIDTH);
	pad(c->out, fprintf(c->out, "RETRIEVE"), STEP_WIDTH);
	pad(c->out, fprintf(c->out, "BIND"), STEP_WIDTH);
	pad(c->out, fprintf(c->out, "FINISH"), STEP_WIDTH);
	fputs("AWAY", c->out);
	color_off(c->out, wanted(c, COLOR_HEAD));
	fputc('\n', c->out);
	for (i = 0; i < p->nr; i++)
		show_file(c, &p->files[i]);
}

static void show_title(const struct columns *c)
{
	const struct phases *p = c->phases;
	const struct jump *jump = p->jump;
	char number[SHORT_SIZE], when[RFC3339_SIZE];

	if (!jump) {
		fprintf(c->out, "No live update %s of ", p->incomplete ?
			"is recorded" : "led to this kernel");
		escape_terminal(c->out, c->info->host);
		fprintf(c->out, ". %zu file%s preserved.\n\n",
			p->nr, p->nr == 1 ? " is" : "s are");
		return;
	}
	fputs("Live update", c->out);
	if (jump->has_generation)
		fprintf(c->out, " %" PRIu64, jump->generation);
	fputs(" of ", c->out);
	escape_terminal(c->out, c->info->host);
	format_rfc3339(p->zero_ns + c->info->clocks.realtime_offset_ns, when);
	fprintf(c->out, " at %.*sZ", (int)strcspn(when, "."), when);
	fputs(" from ", c->out);
	escape_terminal(c->out, jump->from_kernel ? jump->from_kernel : "?");
	fputs(" to ", c->out);
	escape_terminal(c->out, jump->to_kernel ? jump->to_kernel : "?");
	fprintf(c->out, ", %zu file%s", p->nr, p->nr == 1 ? "" : "s");
	if (jump->has_blackout)
		fprintf(c->out, ", blackout %s",
			format_short(jump->blackout_ns, number));
	if (p->failures) {
		fputs(", ", c->out);
		color_on(c->out, wanted(c, COLOR_BAD));
		fprintf(c->out, "%zu failed", p->failures);
		color_off(c->out, wanted(c, COLOR_BAD));
	}
	if (p->waiting)
		fprintf(c->out, ", %zu waiting", p->waiting);
	fputs("\n\n", c->out);
}

/* As a word for a shell. */
static void print_quoted(FILE *out, const char *text)
{
	fputc('\'', out);
	while (*text) {
		size_t length = strcspn(text, "'");
		char *part = strndup(text, length);

		escape_terminal(out, part ? part : "");
		free(part);
		text += length;
		if (*text) {
			fputs("'\\''", out);
			text++;
		}
	}
	fputc('\'', out);
}

static void print_command(FILE *out, const struct blamed_file *file,
			  const char *input)
{
	char *object;

	fputs("  lutrace why ", out);
	if (input) {
		fputs("-i ", out);
		print_quoted(out, input);
		fputc(' ', out);
	}
	if (asprintf(&object, "%s:%#" PRIx64, file->session, file->token) >= 0) {
		print_quoted(out, object);
		free(object);
	}
	fputc('\n', out);
}

void blame_show_columns(FILE *out, const struct phases *phases,
			const struct trace_info *info, const char *input,
			bool color)
{
	const struct columns c = { out, phases, info, color };
	size_t i;

	if (phases->incomplete)
		fprintf(out, "The recording is not complete: %s. As far as it goes:\n",
			phases->incomplete);
	show_title(&c);
	show_phases(&c);
	show_files(&c);
	if (phases->lost)
		fprintf(out, "\n%" PRIu64 " records are missing: phases may be longer than shown, and files not shown.\n",
			phases->lost);
	if (!phases->failures && !phases->waiting)
		return;
	fprintf(out, "\nWhat %s, and what to do:\n", !phases->waiting ?
		"failed" : !phases->failures ? "waits" : "failed or waits");
	for (i = 0; i < phases->nr; i++) {
		if (blamed_file_failed(&phases->files[i]))
			print_command(out, &phases->files[i], input);
	}
	for (i = 0; i < phases->nr; i++) {
		if (blamed_file_waits(phases, &phases->files[i]))
			print_command(out, &phases->files[i], input);
	}
}

/* JSON */

static void json_number(FILE *out, const char *key, bool known, int64_t number)
{
	if (known)
		fprintf(out, ",\"%s\":%" PRId64, key, number);
	else
		fprintf(out, ",\"%s\":null", key);
}

static void json_phase(FILE *out, const struct phases *p, enum phase_id id)
{
	const struct phase *phase = &p->phase[id];

	fprintf(out, "%s{\"phase\":\"%s\"", id ? "," : "", phase_name(id));
	json_number(out, "begin_ns", phase->known,
		    phase->begin_ns - p->zero_ns);
	json_number(out, "duration_ns", phase->known,
		    phase->end_ns - phase->begin_ns);
	fprintf(out, ",\"files\":%zu,\"failed\":%zu}", phase->files,
		phase->failed);
}

static void json_file(FILE *out, const struct blamed_file *file)
{
	enum step_id step;
	int64_t away = 0;
	bool known = was_away(file, &away);

	fputs("{\"type\":\"file\"", out);
	json_text(out, "session", file->session);
	fprintf(out, ",\"token\":\"%#" PRIx64 "\"", file->token);
	json_text(out, "device", *file->device ? file->device : NULL);
	for (step = 0; step < NR_STEPS; step++) {
		const struct event *e = file->step[step];

		fprintf(out, ",\"%s\":", step_name(step));
		if (!e) {
			fputs("null", out);
			continue;
		}
		fprintf(out, "{\"boottime_ns\":%" PRId64 ",\"duration_ns\":%" PRIu64
			",\"errno\":%" PRId32, e->boottime_ns, step_ns(e),
			e->record.err);
		json_text(out, "errno_name", errno_name(-e->record.err));
		fputc('}', out);
	}
	json_number(out, "blackout_ns", known, away);
	fputc('}', out);
}

void blame_show_json(FILE *out, const struct phases *p,
		     const struct trace_info *info)
{
	const struct jump *jump = p->jump;
	enum phase_id id;
	size_t i;

	fputs("{\"type\":\"blame\",\"schema\":\"" LUTRACE_SCHEMA "\"", out);
	json_text(out, "version", info->version);
	json_text(out, "host", info->host);
	json_text(out, "kernel", info->kernel);
	json_number(out, "generation", jump && jump->has_generation,
		    jump ? jump->generation : 0);
	json_text(out, "from_kernel", jump ? jump->from_kernel : NULL);
	json_number(out, "blackout_ns", jump && jump->has_blackout,
		    jump ? jump->blackout_ns : 0);
	json_number(out, "blackout_error_ns", jump && jump->has_blackout,
		    jump ? (int64_t)jump->error_ns : 0);
	json_number(out, "zero_boottime_ns", true, p->zero_ns);
	fprintf(out, ",\"failed\":%zu,\"waiting\":%zu,\"lost\":%" PRIu64,
		p->failures, p->waiting, p->lost);
	json_text(out, "incomplete", p->incomplete);
	fputs(",\"phases\":[", out);
	for (id = 0; id < NR_PHASES; id++)
		json_phase(out, p, id);
	fputs("],\"files\":[", out);
	for (i = 0; i < p->nr; i++) {
		if (i)
			fputc(',', out);
		json_file(out, &p->files[i]);
	}
	fputs("]}\n", out);
}
