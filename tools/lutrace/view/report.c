// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "view/export.h"
#include "view/report.h"
#include "view/why.h"

/* The rest are only counted: when hundreds of files fail, most fail for the same reason. */
#define MAX_OF_A_KIND	3
#define MAX_KINDS	32
/* A longer table is folded up. */
#define LONG_TABLE	40

static const char style[] =
"<style>\n"
":root { color-scheme: light dark; --ink: #1c2733; --dim: #5c6b7a; --line: #d5dce3;\n"
"  --paper: #ffffff; --card: #f5f7f9; --bad: #c62828; --good: #1f7a3a; --wait: #9a5b00; }\n"
"@media screen and (prefers-color-scheme: dark) { :root { --ink: #e4e9ee; --dim: #9aa7b4;\n"
"  --line: #36424e; --paper: #151b21; --card: #1d252d; --bad: #ff6b63; --good: #67c587;\n"
"  --wait: #e0a94a; } }\n"
"* { box-sizing: border-box; }\n"
"body { font: 15px/1.5 system-ui, 'DejaVu Sans', sans-serif; color: var(--ink);\n"
"  background: var(--paper); margin: 0 auto; padding: 1.5rem 1rem 3rem; max-width: 62rem; }\n"
"h1 { font-size: 1.5rem; line-height: 1.25; margin: 0; overflow-wrap: anywhere; }\n"
"h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }\n"
"h3 { font-size: 1rem; margin: 0; overflow-wrap: anywhere; }\n"
"p { margin: .25rem 0; overflow-wrap: anywhere; }\n"
".lead { font-size: 1.1rem; } .dim { color: var(--dim); } .bad { color: var(--bad); }\n"
".good { color: var(--good); } .wait { color: var(--wait); }\n"
"article { background: var(--card); border-left: 4px solid var(--bad); padding: .6rem .9rem;\n"
"  margin: .6rem 0; break-inside: avoid; }\n"
"article.waits { border-color: var(--wait); }\n"
"article ul { margin: .3rem 0 0; padding-left: 1.2rem; } li.code { list-style: none; }\n"
"li { overflow-wrap: anywhere; }\n"
"code { font: 13px/1.5 ui-monospace, 'DejaVu Sans Mono', monospace; overflow-wrap: anywhere; }\n"
".scroll { overflow-x: auto; }\n"
"svg { display: block; }\n"
"table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }\n"
"th { text-align: left; font-weight: 600; color: var(--dim); font-size: .85rem; }\n"
"th, td { padding: .3rem .9rem .3rem 0; border-bottom: 1px solid var(--line);\n"
"  vertical-align: top; white-space: nowrap; }\n"
"td.name { white-space: normal; overflow-wrap: anywhere; min-width: 8rem; }\n"
"td.n, th.n { text-align: right; }\n"
"tr { break-inside: avoid; }\n"
"summary { cursor: pointer; padding: .4rem 0; }\n"
"dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1.2rem; margin: 0; }\n"
"dt { color: var(--dim); } dd { margin: 0; overflow-wrap: anywhere; }\n"
"@media (max-width: 40rem) { body { padding: 1rem .75rem 2rem; font-size: 14px; }\n"
"  dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .4rem; } }\n"
"@media print { body { max-width: none; padding: 0; font-size: 10pt; } .scroll { overflow: visible; }\n"
"  svg { width: 100%; height: auto; } th, td { white-space: normal; padding-right: .4rem; }\n"
"  h2 { break-after: avoid; } }\n"
"</style>\n";

static void put_file(FILE *out, const struct blamed_file *file)
{
	escape_markup(out, file->session);
	fprintf(out, ":0x%" PRIx64, file->token);
}

static const char *count_of(size_t nr, const char *one, const char *many)
{
	return nr == 1 ? one : many;
}

static void write_head(FILE *out, const struct report *r, size_t failed)
{
	const struct phases *p = r->phases;
	size_t waiting = p->waiting;
	const struct jump *jump = p->jump;
	char number[SHORT_SIZE];

	fputs("<header>\n<h1>", out);
	if (jump && jump->has_generation)
		fprintf(out, "Live update %" PRIu64 " of ", jump->generation);
	else
		fputs("Live updates of ", out);
	escape_markup(out, r->info->host);
	fputs("</h1>\n<p class=\"lead\">", out);
	if (!jump)
		fprintf(out, "No live update %s. %zu %s preserved.",
			p->incomplete ? "is recorded" : "led to this kernel",
			p->nr, count_of(p->nr, "file is", "files are"));
	else if (!failed && !waiting && !p->incomplete)
		fprintf(out, "<span class=\"good\">All %zu %s came through.</span>",
			p->nr, count_of(p->nr, "file", "files"));
	if (failed)
		fprintf(out, "<span class=\"bad\">%zu of %zu %s failed.</span> ",
			failed, p->nr, count_of(p->nr, "file", "files"));
	if (waiting)
		fprintf(out, "<span class=\"wait\">%zu %s.</span> ", waiting,
			count_of(waiting, "waits for its owner",
				 "wait for their owners"));
	if (jump && jump->has_blackout)
		fprintf(out, " Blackout %s.", format_short(jump->blackout_ns, number));
	fputs("</p>\n", out);
	if (p->incomplete)
		fprintf(out, "<p class=\"bad\">The recording is not complete: %s. What is missing here may have happened.</p>\n",
			p->incomplete);
	if (p->lost)
		fprintf(out, "<p class=\"dim\">%" PRIu64 " records are missing: there may be more to it than is shown.</p>\n",
			p->lost);
	fputs("</header>\n", out);
}

static void put_advice(void *out, const char *line, bool first)
{
	/* A command is set in a way that it can be copied. */
	bool command = !strncmp(line, "echo ", 5) || !strncmp(line, "lutrace ", 8);

	if (first)
		fputs("<ul>\n", out);
	fputs(command ? "<li class=\"code\"><code>" : "<li>", out);
	escape_markup(out, line);
	fputs(command ? "</code></li>\n" : "</li>\n", out);
}

/**
 * struct kind - Files with which the same went wrong
 * @event:  The decision; NULL if there is none.
 * @reason: Its reason, or what went wrong if there was no decision.
 * @shown:  How many were shown.
 * @more:   How many were not.
 */
struct kind {
	const struct event_desc *event;
	const char *reason;
	size_t shown;
	size_t more;
};

struct kinds {
	struct kind kind[MAX_KINDS];
	size_t nr;
};

/* If there are too many kinds, the rest counts as the last one. */
static struct kind *kind_of(struct kinds *kinds, const struct verdict *v)
{
	const struct finding *f = v->nr ? &v->findings[0] : NULL;
	const struct event_desc *event = f && f->root && f->state == STATE_NONE ?
					 f->root->desc : NULL;
	const char *reason = f && f->state != STATE_NONE ? explain_state(f->state)->reason :
			     event && f->root->value[FIELD_REASON].text &&
			     event->fields & 1U << FIELD_REASON ?
			     f->root->value[FIELD_REASON].text :
			     event ? "" : "neither retrieved nor finished";
	struct kind *kind = kinds->kind;

	for (; kind < kinds->kind + kinds->nr; kind++) {
		if (kind->event == event && !strcmp(kind->reason, reason))
			return kind;
	}
	if (kinds->nr == MAX_KINDS)
		return kind - 1;
	kinds->nr++;
	*kind = (struct kind){ .event = event, .reason = reason };
	return kind;
}

static bool write_trouble(FILE *out, const struct blamed_file *file, const struct verdict *verdict)
{
	char *text;

	fprintf(out, "<article%s>\n<h3>", blamed_file_failed(file) ? "" :
		" class=\"waits\"");
	put_file(out, file);
	if (*file->device) {
		fputs(" <span class=\"dim\">", out);
		escape_markup(out, file->device);
		fputs("</span>", out);
	}
	fputs("</h3>\n", out);
	if (verdict->nr) {
		text = why_headline(&verdict->findings[0], EXPLAIN_RAW);
		if (!text)
			return false;
		fputs("<p>", out);
		escape_markup(out, text);
		fputs(".</p>\n", out);
		free(text);
		why_advice(&verdict->findings[0], EXPLAIN_RAW, put_advice, out);
		fputs("</ul>\n", out);
	} else {
		fputs("<p>The file was handed over, and is neither retrieved nor finished.</p>\n", out);
	}
	fputs("</article>\n", out);
	return true;
}

/* Shows the file unless enough of its kind were shown. False without memory. */
static bool judge_file(FILE *out, const struct report *r, struct kinds *kinds,
		       const struct blamed_file *file)
{
	const struct verdict *verdict;
	struct diagnosis *d;
	struct kind *kind;
	bool ok = true;
	char *object;

	if (asprintf(&object, "%s:0x%" PRIx64, file->session, file->token) < 0)
		return false;
	d = diagnosis_new(r->timeline, object, r->arrival);
	free(object);
	if (!d)
		return false;
	verdict = diagnosis_verdict(d);
	kind = kind_of(kinds, verdict);
	if (kind->shown < MAX_OF_A_KIND) {
		kind->shown++;
		ok = write_trouble(out, file, verdict);
	} else {
		kind->more++;
	}
	diagnosis_free(d);
	return ok;
}

static void write_rest(FILE *out, const struct kinds *kinds)
{
	const struct kind *kind;

	for (kind = kinds->kind; kind < kinds->kind + kinds->nr; kind++) {
		if (!kind->more)
			continue;
		fprintf(out, "<p class=\"dim\">And %zu more files: <code>%s%s",
			kind->more, kind->event ? kind->event->name : "",
			kind->event && *kind->reason ? " " : "");
		escape_markup(out, kind->reason);
		fputs("</code>. They are in the table below.</p>\n", out);
	}
}

static bool write_troubles(FILE *out, const struct report *r)
{
	const struct phases *p = r->phases;
	struct kinds kinds = { 0 };
	size_t i, pass;

	if (!r->trouble)
		return true;
	fputs("<section>\n<h2>What went wrong, and what to do</h2>\n", out);
	/* What failed comes first. */
	for (pass = 0; pass < 2; pass++) {
		for (i = 0; i < p->nr; i++) {
			const struct blamed_file *file = &p->files[i];
			bool failed = blamed_file_failed(file);

			if (pass ? !blamed_file_waits(p, file) : !failed)
				continue;
			if (!judge_file(out, r, &kinds, file))
				return false;
		}
	}
	write_rest(out, &kinds);
	fputs("</section>\n", out);
	return true;
}

static void put_note(FILE *out, const struct phases *p, enum phase_id id)
{
	const struct phase *phase = &p->phase[id];
	char number[SHORT_SIZE];
	enum step_id step;

	if (id == PHASE_JUMP && phase->known && p->jump)
		fprintf(out, "to within %s%s",
			format_short(p->jump->error_ns, number),
			p->jump->is_exact ? "" : ", by the wall clock");
	if (!phase->files)
		return;
	fprintf(out, "%zu %s", phase->files, count_of(phase->files, "file", "files"));
	if (phase->failed)
		fprintf(out, ", <span class=\"bad\">%zu failed</span>", phase->failed);
	for (step = 0; phase->files > 1 && step < NR_STEPS; step++) {
		if (phase_of_step(step) != id)
			continue;
		fputs("; slowest ", out);
		put_file(out, phase->slowest);
		fprintf(out, ", %s", format_short(step_ns(phase->slowest->step[step]), number));
	}
}

static void write_phases(FILE *out, const struct phases *p)
{
	char number[SHORT_SIZE];
	enum phase_id id;

	fputs("<section>\n<h2>Phases</h2>\n<div class=\"scroll\"><table id=\"phases\">\n"
	      "<thead><tr><th>phase</th><th class=\"n\">begins</th><th class=\"n\">took</th><th>of that</th></tr></thead>\n<tbody>\n", out);
	for (id = 0; id < NR_PHASES; id++) {
		const struct phase *phase = &p->phase[id];
		int64_t begin = phase->begin_ns - p->zero_ns;

		fprintf(out, "<tr><td>%s</td>", phase_name(id));
		if (!phase->known) {
			fputs("<td class=\"n dim\">-</td><td class=\"n dim\">unknown</td><td></td></tr>\n", out);
			continue;
		}
		fprintf(out, "<td class=\"n\">%s%s</td>", begin < 0 ? "" : "+",
			format_short(begin, number));
		fprintf(out, "<td class=\"n\">%s</td><td class=\"name\">",
			format_short(phase->end_ns - phase->begin_ns, number));
		put_note(out, p, id);
		fputs("</td></tr>\n", out);
	}
	fputs("</tbody></table></div>\n<p class=\"dim\">Times are from the beginning of the freeze.</p>\n</section>\n", out);
}

static void put_step(FILE *out, const struct event *e)
{
	char number[SHORT_SIZE];
	const char *name;

	if (!e) {
		fputs("<td class=\"n dim\">-</td>", out);
		return;
	}
	name = errno_name(-e->record.err);
	if (e->failed)
		fprintf(out, "<td class=\"n bad\">%s</td>", name ? name : "failed");
	else
		fprintf(out, "<td class=\"n\">%s</td>", format_short(step_ns(e), number));
}

static void write_files(FILE *out, const struct report *r)
{
	const struct phases *p = r->phases;
	bool fold = p->nr > LONG_TABLE;
	char number[SHORT_SIZE];
	enum step_id step;
	size_t i;

	if (!p->nr)
		return;
	fputs("<section>\n<h2>Files</h2>\n", out);
	if (fold)
		fprintf(out, "<details><summary>All %zu files</summary>\n", p->nr);
	fputs("<div class=\"scroll\"><table id=\"files\">\n<thead><tr><th>file</th><th>device</th>", out);
	for (step = 0; step < NR_STEPS; step++)
		fprintf(out, "<th class=\"n\">%s</th>", step_name(step));
	fputs("<th class=\"n\">away</th></tr></thead>\n<tbody>\n", out);
	for (i = 0; i < p->nr; i++) {
		const struct blamed_file *file = &p->files[i];
		const struct event *back = file->step[STEP_RETRIEVE];

		fprintf(out, "<tr><td class=\"name%s\">", blamed_file_failed(file) ?
			" bad" : blamed_file_waits(p, file) ? " wait" : "");
		put_file(out, file);
		fputs("</td><td>", out);
		escape_markup(out, *file->device ? file->device : "-");
		fputs("</td>", out);
		for (step = 0; step < NR_STEPS; step++)
			put_step(out, file->step[step]);
		fprintf(out, "<td class=\"n\">%s</td></tr>\n",
			back && back->has_blackout ?
			format_short(back->blackout_ns, number) : "-");
	}
	fputs("</tbody></table></div>\n", out);
	fputs(fold ? "</details>\n</section>\n" : "</section>\n", out);
}

static void put_fact(FILE *out, const char *name, const char *value)
{
	fprintf(out, "<dt>%s</dt><dd>", name);
	escape_markup(out, value ? value : "unknown");
	fputs("</dd>\n", out);
}

static void write_facts(FILE *out, const struct report *r)
{
	const struct trace_info *info = r->info;
	const struct jump *jump = r->phases->jump;
	char time[RFC3339_SIZE];

	fputs("<section>\n<h2>About</h2>\n<dl>\n", out);
	put_fact(out, "Host", info->host);
	if (jump)
		put_fact(out, "Previous kernel", jump->from_kernel);
	put_fact(out, "This kernel", info->kernel);
	if (jump && jump->note)
		put_fact(out, "Note", jump->note);
	format_rfc3339(r->phases->zero_ns + info->clocks.realtime_offset_ns, time);
	put_fact(out, "The freeze began", time);
	format_rfc3339(info->clocks.start_ns + info->clocks.realtime_offset_ns, time);
	put_fact(out, "Read", time);
	put_fact(out, "By lutrace", info->version);
	fputs("</dl>\n</section>\n", out);
}

bool report_write(FILE *out, struct report *r)
{
	const struct phases *p = r->phases;
	size_t i, failed = 0;
	bool ok;

	for (i = 0; i < p->nr; i++)
		failed += blamed_file_failed(&p->files[i]);
	r->trouble = failed + p->waiting;

	fputs("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>Live update of ", out);
	escape_markup(out, r->info->host);
	fprintf(out, "</title>\n%s</head>\n<body>\n", style);
	write_head(out, r, failed);
	ok = write_troubles(out, r);
	if (ok && p->nr) {
		fputs("<section>\n<h2>Timeline</h2>\n<div class=\"scroll\">\n", out);
		ok = export_svg(out, r->timeline, r->info);
		fputs("</div>\n</section>\n", out);
	}
	write_phases(out, p);
	write_files(out, r);
	write_facts(out, r);
	fputs("</body>\n</html>\n", out);
	return ok;
}
