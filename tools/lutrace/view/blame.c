// SPDX-License-Identifier: GPL-2.0
/*
 * What the last live update cost:
 *
 *	Live update 1 of node7 at 2026-11-25T07:37:30Z from 7.3.4 to 7.3.4, 7 files, blackout 1.52s
 *
 *	PHASE        BEGINS     TOOK       OF THAT
 *	freeze       +0ns       130ms      7 files; slowest guest-7:0x1 129ms
 *	jump         +416ms     1.3s       to within 563us
 *
 *	FILE                  DEVICE        PRESERVE  FREEZE    RETRIEVE  BIND      FINISH    AWAY
 *	guest-1:0x1           0000:00:06.0  642us     333us     975us     3.92ms    2.31ms    4.4s
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "view/blame.h"
#include "view/view.h"

#define TIME_WIDTH	9
#define COLOR_MOST	"1;33"

static const struct table phase_table = {
	NULL, COLUMNS(COLUMN("phase", TEXT, .header = "PHASE", .width = 11),
		COLUMN("begin_ns", NUMBER, .null = true, .header = "BEGINS", .width = TIME_WIDTH,
		       .help = "since the freeze began"),
		/* A phase's note, if it has one, comes after this. */
		COLUMN("duration_ns", NUMBER, .null = true, .header = "TOOK       OF THAT",
		  .label = ""),
		COLUMN("files", COUNT, .help = "files that had this step"),
		COLUMN("failed", COUNT, .help = "how many of them failed"))
};

static const struct table step_table = {
	NULL, COLUMNS(COLUMN("boottime_ns", NUMBER), COLUMN("duration_ns", COUNT),
		COLUMN("errno", ERRNO))
};

#define STEP(name, title)							\
	COLUMN(name, OBJECT, .null = true, .of = &step_table, .header = title, .width = 8)

static const struct table blamed_file_table = {
	"file", COLUMNS(COLUMN("session", TEXT, .header = "FILE", .width = 20),
		COLUMN("token", HEX),
		COLUMN("device", TEXT, .null = true, .header = "DEVICE", .width = 12),
		STEP("preserve", "PRESERVE"), STEP("freeze", "FREEZE"),
		STEP("retrieve", "RETRIEVE"), STEP("bind", "BIND"), STEP("finish", "FINISH"),
		COLUMN("blackout_ns", NUMBER, .null = true, .header = "AWAY", .label = "",
		       .help = "how long the file was away"))
};

const struct table blame_table = {
	"blame", COLUMNS(COLUMNS_RECORDER, COLUMN("generation", COUNT, .null = true),
		COLUMN("from_kernel", TEXT, .null = true),
		COLUMN("blackout_ns", NUMBER, .null = true),
		COLUMN("blackout_error_ns", COUNT, .null = true),
		COLUMN("zero_boottime_ns", NUMBER, .help = "when the freeze began"),
		COLUMN("failed", COUNT, .help = "steps that failed"),
		COLUMN("waiting", COUNT, .help = "files that were not retrieved"),
		COLUMN("lost", COUNT), COLUMN("incomplete", TEXT, .null = true),
		COLUMN("phases", LIST, .of = &phase_table),
		COLUMN("files", LIST, .of = &blamed_file_table))
};

struct columns {
	FILE *out;
	const struct phases *phases;
	const struct trace_info *info;
	bool color;
};

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

	return written + fprintf(out, ":0x%" PRIx64, file->token);
}

/* The phase that took longest; NR_PHASES if none is known. */
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
		color_print(c->out, c->color, COLOR_BAD, "%zu failed", phase->failed);
	}
	for (step = 0; step < NR_STEPS; step++) {
		if (phase_of_step(step) != id || !phase->slowest)
			continue;
		fprintf(c->out, "; %s ", phase->files == 1 ? "took" : "slowest");
		if (phase->files > 1) {
			print_file(c->out, phase->slowest);
			fputc(' ', c->out);
		}
		fputs(format_short(step_ns(phase->slowest->step[step]), number), c->out);
	}
}

/* @begins and @took are what people see. */
static void phase_cells(const struct phases *p, enum phase_id id, struct cell cells[5],
			char begins[SHORT_SIZE + 1], char took[SHORT_SIZE])
{
	const struct phase *phase = &p->phase[id];
	int64_t begin_ns = phase->begin_ns - p->zero_ns, ns = phase->end_ns - phase->begin_ns;

	cells[0] = cell_text(phase_name(id));
	cells[1] = cell_maybe(phase->known, begin_ns);
	cells[2] = cell_maybe(phase->known, ns);
	cells[3] = cell_number(phase->files);
	cells[4] = cell_number(phase->failed);
	cells[2].shown = "unknown";
	if (!phase->known)
		return;
	begins[0] = '+';
	format_short(begin_ns, begins + 1);
	cells[1].shown = begins + (begin_ns < 0);
	cells[2].shown = format_short(ns, took);
}

static void show_phase(const struct columns *c, enum phase_id id, bool is_longest)
{
	const struct phase *phase = &c->phases->phase[id];
	char begins[SHORT_SIZE + 1], took[SHORT_SIZE];
	struct cell cells[5];

	phase_cells(c->phases, id, cells, begins, took);
	cells[2].color = is_longest ? COLOR_MOST : NULL;
	table_row(c->out, &phase_table, c->color, NULL, cells);
	if (phase->known && (id == PHASE_JUMP || phase->files)) {
		pad(c->out, strlen(took), TIME_WIDTH);
		if (id == PHASE_JUMP)
			print_jump_note(c);
		else
			print_files_note(c, id);
	}
	fputc('\n', c->out);
}

static void show_phases(const struct columns *c)
{
	enum phase_id id, most = longest(c->phases);

	table_header(c->out, &phase_table, c->color);
	for (id = 0; id < NR_PHASES; id++)
		show_phase(c, id, id == most);
}

static void step_members(struct json *j, const void *data)
{
	const struct event *e = data;

	table_members(j, step_table.columns, CELLS(
		cell_number(e->boottime_ns), cell_number(step_ns(e)), cell_number(e->record.err)));
}

#define FILE_NR_CELLS	(4 + NR_STEPS)

/* @name and @numbers are what people see. */
static void file_cells(const struct blamed_file *file, struct cell cells[FILE_NR_CELLS],
		       const char *name, char numbers[NR_STEPS + 1][SHORT_SIZE])
{
	const struct event *back = file->step[STEP_RETRIEVE];
	bool is_back = back && back->has_blackout;
	struct cell *cell = cells;
	enum step_id step;

	*cell = cell_text(file->session);
	cell++->shown = name;
	*cell++ = cell_number(file->token);
	*cell++ = cell_text(*file->device ? file->device : NULL);
	for (step = 0; step < NR_STEPS; step++, cell++) {
		const struct event *e = file->step[step];

		*cell = cell_written(e ? step_members : NULL, e);
		if (!e)
			continue;
		cell->shown = e->failed ? errno_text(e, numbers[step]) :
					  format_short(step_ns(e), numbers[step]);
		cell->color = e->failed ? COLOR_BAD : NULL;
	}
	*cell = cell_maybe(is_back, is_back ? back->blackout_ns : 0);
	cell->shown = is_back ? format_short(back->blackout_ns, numbers[step]) : "-";
}

static char *file_name(const struct blamed_file *file)
{
	char *name;

	return asprintf(&name, "%s:0x%" PRIx64, file->session, file->token) < 0 ? NULL : name;
}

static void show_files(const struct columns *c)
{
	const struct phases *p = c->phases;
	size_t i;

	if (!p->nr)
		return;
	fputc('\n', c->out);
	table_header(c->out, &blamed_file_table, c->color);
	for (i = 0; i < p->nr; i++) {
		char numbers[NR_STEPS + 1][SHORT_SIZE], *name = file_name(&p->files[i]);
		struct cell cells[FILE_NR_CELLS];

		file_cells(&p->files[i], cells, name, numbers);
		table_row(c->out, &blamed_file_table, c->color, NULL, cells);
		fputc('\n', c->out);
		free(name);
	}
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
		fprintf(c->out, ". %zu file%s preserved.\n\n", p->nr, p->nr == 1 ? " is" : "s are");
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
		fprintf(c->out, ", blackout %s", format_short(jump->blackout_ns, number));
	if (p->failures) {
		fputs(", ", c->out);
		color_print(c->out, c->color, COLOR_BAD, "%zu failed", p->failures);
	}
	if (p->waiting)
		fprintf(c->out, ", %zu waiting", p->waiting);
	fputs("\n\n", c->out);
}

/* Quotes @text as one word for a shell. */
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

static void print_command(FILE *out, const struct blamed_file *file, const char *input)
{
	char *object = file_name(file);

	fputs("  lutrace why ", out);
	if (input) {
		fputs("-i ", out);
		print_quoted(out, input);
		fputc(' ', out);
	}
	print_quoted(out, object ? object : "");
	free(object);
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

static void json_phases(struct json *j, const void *data)
{
	char begins[SHORT_SIZE + 1], took[SHORT_SIZE];
	struct cell cells[5];
	enum phase_id id;

	for (id = 0; id < NR_PHASES; id++) {
		phase_cells(data, id, cells, begins, took);
		table_object(j, &phase_table, cells);
	}
}

static void json_files(struct json *j, const void *data)
{
	char numbers[NR_STEPS + 1][SHORT_SIZE];
	struct cell cells[FILE_NR_CELLS];
	const struct phases *p = data;
	size_t i;

	for (i = 0; i < p->nr; i++) {
		file_cells(&p->files[i], cells, NULL, numbers);
		table_object(j, &blamed_file_table, cells);
	}
}

void blame_show_json(FILE *out, const struct phases *p, const struct trace_info *info)
{
	const struct jump none = { 0 }, *jump = p->jump ? p->jump : &none;

	table_line(out, &blame_table, CELLS(
		CELLS_RECORDER(info->version, info->host, info->kernel),
		cell_maybe(jump->has_generation, jump->generation), cell_text(jump->from_kernel),
		cell_maybe(jump->has_blackout, jump->blackout_ns),
		cell_maybe(jump->has_blackout, jump->error_ns), cell_number(p->zero_ns),
		cell_number(p->failures), cell_number(p->waiting), cell_number(p->lost),
		cell_text(p->incomplete), cell_written(json_phases, p),
		cell_written(json_files, p)));
}
