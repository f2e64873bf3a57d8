// SPDX-License-Identifier: GPL-2.0
/*
 * A picture of an update: a row of phases, and a row for each file with what happened to
 * it and its device. Text is in the font that the viewer has; it is never so long that
 * it runs into the next one.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "view/export.h"

#define WIDTH		960
#define LABEL_WIDTH	230
#define MARGIN		10
#define PLOT_WIDTH	(WIDTH - LABEL_WIDTH - 2 * MARGIN)
#define ROW_HEIGHT	22
#define BAR_HEIGHT	14
#define HEADER_HEIGHT	64
#define FOOTER_HEIGHT	34
/* At most, of a character in the font size that is used. */
#define CHAR_WIDTH	7.2
#define LABEL_CHARS	30
/* More rows could not be distinguished: files that failed, and the slowest, come first. */
#define MAX_ROWS	60
#define MAX_TICKS	6

struct picture {
	FILE *out;
	struct phases phases;
	int64_t begin_ns;
	int64_t end_ns;
	size_t rows;
	int y;
};

static double x_of(const struct picture *p, int64_t ns)
{
	double span = (double)(p->end_ns - p->begin_ns);

	return LABEL_WIDTH + MARGIN +
	       (double)(ns - p->begin_ns) / (span > 0 ? span : 1) * PLOT_WIDTH;
}

/* Finds the time that the picture covers: the update, and a little more on both sides. */
static void find_range(struct picture *p)
{
	bool first = true;
	enum phase_id id;
	int64_t margin;

	for (id = 0; id < NR_PHASES; id++) {
		const struct phase *phase = &p->phases.phase[id];

		if (!phase->known)
			continue;
		if (first || phase->begin_ns < p->begin_ns)
			p->begin_ns = phase->begin_ns;
		if (first || phase->end_ns > p->end_ns)
			p->end_ns = phase->end_ns;
		first = false;
	}
	margin = (p->end_ns - p->begin_ns) / 50;
	p->begin_ns -= margin;
	p->end_ns += margin;
}

/* No CSS variables, which some viewers do not know. Unknown media queries do no harm. */
static void write_style(FILE *out)
{
	fputs("<style>\n"
	      ".lu { font: 12px system-ui, 'DejaVu Sans', sans-serif; }\n"
	      ".lu text { fill: #1c2733; } .lu .dim { fill: #5c6b7a; } .lu .bad { fill: #c62828; }\n"
	      ".lu .paper { fill: #ffffff; } .lu .line { stroke: #d5dce3; } .lu .jump { fill: #e4e8ed; }\n"
	      ".lu .bar { fill: #2f6fb3; } .lu .a { fill: #a9c7e8; } .lu .b { fill: #c9dcf0; }\n"
	      "@media screen and (prefers-color-scheme: dark) {\n"
	      ".lu text { fill: #e4e9ee; } .lu .dim { fill: #9aa7b4; } .lu .bad { fill: #ff6b63; }\n"
	      ".lu .paper { fill: #151b21; } .lu .line { stroke: #36424e; } .lu .jump { fill: #28323c; }\n"
	      ".lu .bar { fill: #6aa5e0; } .lu .a { fill: #335d8a; } .lu .b { fill: #274769; } }\n"
	      "</style>\n", out);
}

/* Cuts names to the room that they have. */
static void write_label(const struct picture *p, const char *class, const char *text)
{
	char cut[LABEL_CHARS * 4 + 4];
	size_t i = 0, chars = 0;
	uint32_t code_point;

	while (text[i] && chars < LABEL_CHARS) {
		size_t length = utf8_decode(text + i, &code_point);

		i += length ? length : 1;
		chars++;
	}
	snprintf(cut, sizeof(cut), "%.*s%s", (int)i, text, text[i] ? "..." : "");
	fprintf(p->out, "<text x=\"%d\" y=\"%d\" class=\"%s\">", MARGIN,
		p->y + BAR_HEIGHT - 2, class);
	escape_markup(p->out, cut);
	fputs("</text>\n", p->out);
}

static void write_bar(const struct picture *p, const char *class, int64_t begin,
		      int64_t end, const char *title, const char *detail)
{
	char took[SHORT_SIZE];
	double x = x_of(p, begin), width = x_of(p, end) - x;

	if (width < 2)
		width = 2;
	format_short(end - begin, took);
	fprintf(p->out, "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" class=\"%s\"><title>",
		x, p->y, width, BAR_HEIGHT, class);
	escape_markup(p->out, title);
	fprintf(p->out, " %s", took);
	if (detail) {
		fputc(' ', p->out);
		escape_markup(p->out, detail);
	}
	fputs("</title></rect>\n", p->out);
}

/* Each phase has a bar; its name is in it where there is room. */
static void write_phases(struct picture *p)
{
	enum phase_id id;
	bool odd = false;

	write_label(p, "", "phases");
	for (id = 0; id < NR_PHASES; id++) {
		const struct phase *phase = &p->phases.phase[id];
		const char *name = phase_name(id);
		double room;

		if (!phase->known)
			continue;
		write_bar(p, odd ? "a" : "b", phase->begin_ns, phase->end_ns, name, NULL);
		odd = !odd;
		room = x_of(p, phase->end_ns) - x_of(p, phase->begin_ns);
		if (room > ((double)strlen(name) + 1) * CHAR_WIDTH)
			fprintf(p->out, "<text x=\"%.1f\" y=\"%d\">%s</text>\n",
				x_of(p, phase->begin_ns) + 4,
				p->y + BAR_HEIGHT - 3, name);
	}
	p->y += ROW_HEIGHT;
}

/* Failed steps come last, so that no bar covers them. */
static void write_steps(const struct picture *p, const struct blamed_file *file, bool failed)
{
	enum step_id step;

	for (step = 0; step < NR_STEPS; step++) {
		const struct event *e = file->step[step];

		if (e && e->failed == failed)
			write_bar(p, failed ? "bad" : "bar", step_begin_ns(e),
				  e->boottime_ns, step_name(step),
				  failed ? errno_name(-e->record.err) : NULL);
	}
}

static void write_file(struct picture *p, const struct blamed_file *file)
{
	char label[256];
	enum step_id step;
	bool bad = false;

	for (step = 0; step < NR_STEPS; step++)
		bad |= file->step[step] && file->step[step]->failed;
	snprintf(label, sizeof(label), "%s:0x%" PRIx64 " %s", file->session,
		 file->token, file->device);
	fprintf(p->out, "<line x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\" class=\"line\"/>\n",
		LABEL_WIDTH + MARGIN, WIDTH - MARGIN, p->y + BAR_HEIGHT / 2,
		p->y + BAR_HEIGHT / 2);
	write_label(p, bad ? "bad" : "", label);
	write_steps(p, file, false);
	write_steps(p, file, true);
	p->y += ROW_HEIGHT;
}

static uint64_t cost(const struct blamed_file *file)
{
	uint64_t most = 0;
	enum step_id step;

	for (step = 0; step < NR_STEPS; step++) {
		if (file->step[step] && file->step[step]->failed)
			return UINT64_MAX;
		if (file->step[step] && step_ns(file->step[step]) > most)
			most = step_ns(file->step[step]);
	}
	return most;
}

static int compare_cost(const void *a, const void *b)
{
	uint64_t first = cost(a), second = cost(b);

	return first < second ? 1 : first > second ? -1 : 0;
}

static void write_files(struct picture *p)
{
	struct phases *phases = &p->phases;
	char rest[64];
	size_t i;

	if (phases->nr > MAX_ROWS)
		qsort(phases->files, phases->nr, sizeof(*phases->files), compare_cost);
	for (i = 0; i < p->rows; i++)
		write_file(p, &phases->files[i]);
	if (phases->nr <= p->rows)
		return;
	snprintf(rest, sizeof(rest), "and %zu faster ones", phases->nr - p->rows);
	write_label(p, "dim", rest);
	p->y += ROW_HEIGHT;
}

static void write_jump(const struct picture *p, int height)
{
	const struct jump *jump = p->phases.jump;
	double from, to, middle;
	char took[SHORT_SIZE];

	if (!jump || !jump->has_blackout)
		return;
	from = x_of(p, jump->boottime_ns - jump->blackout_ns);
	to = x_of(p, jump->boottime_ns);
	if (to - from < 2)
		to = from + 2;
	fprintf(p->out, "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" class=\"jump\"/>\n",
		from, HEADER_HEIGHT - 8, to - from,
		height - HEADER_HEIGHT - FOOTER_HEIGHT + 12);
	format_short(jump->blackout_ns, took);
	/* Within the plot, wherever the blackout is. */
	middle = (from + to) / 2;
	if (middle < LABEL_WIDTH + MARGIN + 60)
		middle = LABEL_WIDTH + MARGIN + 60;
	if (middle > WIDTH - MARGIN - 60)
		middle = WIDTH - MARGIN - 60;
	fprintf(p->out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\" class=\"dim\">blackout %s</text>\n",
		middle, HEADER_HEIGHT - 14, took);
}

/* Steps of 1, 2 or 5 times a power of ten. */
static int64_t tick_step(int64_t span)
{
	static const int times[] = { 1, 2, 5 };
	int64_t unit = 1;
	size_t i;

	for (;; unit *= 10) {
		for (i = 0; i < 3; i++) {
			if (span / (unit * times[i]) <= MAX_TICKS)
				return unit * times[i];
		}
	}
}

static void write_axis(const struct picture *p)
{
	int64_t step = tick_step(p->end_ns - p->begin_ns);
	int64_t zero = p->phases.zero_ns, at;
	char text[SHORT_SIZE];

	for (at = zero - (zero - p->begin_ns) / step * step; at <= p->end_ns;
	     at += step) {
		double x = x_of(p, at);

		format_short(at - zero, text);
		fprintf(p->out, "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\" class=\"line\"/>\n",
			x, x, HEADER_HEIGHT - 4, p->y + 4);
		/* Half of the label would be outside. */
		fprintf(p->out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"%s\" class=\"dim\">%s</text>\n",
			x, p->y + 20, x > WIDTH - 4 * MARGIN ? "end" : "middle",
			at == zero ? "freeze" : text);
	}
}

static void write_title(const struct picture *p, const struct trace_info *info)
{
	const struct jump *jump = p->phases.jump;

	fprintf(p->out, "<text x=\"%d\" y=\"20\" font-size=\"15\" font-weight=\"600\">", MARGIN);
	if (jump && jump->has_generation)
		fprintf(p->out, "Live update %" PRIu64 " of ", jump->generation);
	else
		fputs("Live update of ", p->out);
	escape_markup(p->out, info->host);
	fputs("</text>\n", p->out);
	fprintf(p->out, "<text x=\"%d\" y=\"38\" class=\"%s\">%zu file%s, %zu failed</text>\n",
		MARGIN, p->phases.failures ? "bad" : "dim", p->phases.nr,
		p->phases.nr == 1 ? "" : "s", p->phases.failures);
}

bool export_svg(FILE *out, struct timeline *timeline, const struct trace_info *info)
{
	struct picture p = { .out = out };
	size_t rows;
	int height;

	if (!phases_find(timeline, &p.phases)) {
		free(p.phases.files);
		return false;
	}
	find_range(&p);
	p.rows = p.phases.nr < MAX_ROWS ? p.phases.nr : MAX_ROWS;
	rows = p.rows + 1 + (p.phases.nr > p.rows);
	height = HEADER_HEIGHT + rows * ROW_HEIGHT + FOOTER_HEIGHT;

	fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" class=\"lu\" role=\"img\">\n",
		WIDTH, height, WIDTH, height);
	fputs("<title>The phases of a live update, and what each file took</title>\n", out);
	write_style(out);
	fprintf(out, "<rect width=\"%d\" height=\"%d\" class=\"paper\"/>\n", WIDTH, height);
	write_title(&p, info);
	write_jump(&p, height);
	p.y = HEADER_HEIGHT + rows * ROW_HEIGHT;
	if (p.end_ns > p.begin_ns)
		write_axis(&p);
	p.y = HEADER_HEIGHT;
	write_phases(&p);
	write_files(&p);
	fputs("</svg>\n", out);
	free(p.phases.files);
	return true;
}
