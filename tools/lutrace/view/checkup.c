// SPDX-License-Identifier: GPL-2.0
/*
 * What lutrace doctor found:
 *
 *	kernel
 *	  CONFIG_LIVEUPDATE               no
 *	      set it: /dev/liveupdate comes from it
 *	devices
 *	  0000:01:00.0  virtio-pci        vfio-pci does not have it
 *	1 of 29 answers are no
 */
#include <string.h>

#include "view/checkup.h"
#include "view/view.h"

const struct table doctor_table = {
	"doctor", COLUMNS(COLUMNS_RECORDER, COLUMN("checks", COUNT), COLUMN("failed", COUNT),
		COLUMN("candidates", COUNT, .help = "devices that one might want to preserve"))
};

const struct table check_table = {
	"check", COLUMNS(COLUMN("topic", TEXT), COLUMN("name", TEXT, .width = 30),
		COLUMN("result", TEXT, .label = "", .help = "yes, no, note or unknown"),
		COLUMN("detail", TEXT, .null = true, .help = "what was found"),
		COLUMN("fix", TEXT, .null = true, .help = "what to do"))
};

const struct table candidate_table = {
	"candidate", COLUMNS(COLUMN("device", TEXT, .width = 12),
		COLUMN("driver", TEXT, .null = true, .width = 16),
		COLUMN("obstacle", TEXT, .null = true, .label = "",
		       .help = "why its file cannot be preserved"),
		COLUMN("fix", TEXT, .null = true, .help = "what to do"))
};

static void check_cells(const struct check *check, struct cell cells[5])
{
	static const struct {
		const char *name;
		const char *color;
	} results[] = {
		[CHECK_YES] = { "yes", COLOR_GOOD },
		[CHECK_NO] = { "no", COLOR_BAD },
		[CHECK_NOTE] = { "note", COLOR_WARNING },
		[CHECK_UNKNOWN] = { "unknown", COLOR_WARNING },
	};

	cells[0] = cell_text(check->topic);
	cells[1] = cell_text(check->name);
	cells[2] = cell_text(results[check->result].name);
	cells[2].color = results[check->result].color;
	cells[3] = cell_text(check->detail);
	cells[4] = cell_text(check->fix);
}

static void candidate_cells(const struct candidate *d, struct cell cells[4])
{
	cells[0] = cell_text(d->bdf);
	cells[1] = cell_text(d->driver);
	cells[2] = cell_text(d->obstacle);
	cells[2].shown = d->obstacle ? NULL : "can be preserved";
	cells[2].color = d->obstacle ? COLOR_WARNING : COLOR_GOOD;
	cells[3] = cell_text(d->fix);
}

static void show_head(FILE *out, bool color, const char *text)
{
	color_print(out, color, COLOR_HEAD, "%s", text);
	fputc('\n', out);
}

static void show_row(FILE *out, const struct table *table, bool color, const struct cell *cells,
		     const char *detail, const char *fix)
{
	fputs("  ", out);
	table_row(out, table, color, NULL, cells);
	if (detail) {
		fputs(": ", out);
		escape_terminal(out, detail);
	}
	fputc('\n', out);
	if (fix)
		fprintf(out, "      %s\n", fix);
}

void checkup_show_columns(FILE *out, const struct checkup *c, bool color, bool all)
{
	size_t i, failed = checkup_failed(c);
	const char *topic = "";
	struct cell cells[5];

	for (i = 0; i < c->nr; i++) {
		const struct check *check = &c->check[i];

		if (check->result == CHECK_YES && !all)
			continue;
		if (strcmp(topic, check->topic))
			show_head(out, color, check->topic);
		topic = check->topic;
		check_cells(check, cells);
		show_row(out, &check_table, color, cells, check->detail, check->fix);
	}
	if (c->nr_candidates)
		show_head(out, color, "devices");
	for (i = 0; i < c->nr_candidates; i++) {
		candidate_cells(&c->candidates[i], cells);
		show_row(out, &candidate_table, color, cells, NULL, c->candidates[i].fix);
	}
	if (failed)
		fprintf(out, "%zu of %zu answers are no\n", failed, c->nr);
	else
		fprintf(out, "This host can be live updated, and lutrace can see it (%zu questions)\n",
			c->nr);
}

void checkup_show_json(FILE *out, const struct checkup *c, const char *version,
		       const char *host, const char *kernel)
{
	struct cell cells[5];
	size_t i;

	table_line(out, &doctor_table, CELLS(
		CELLS_RECORDER(version, host, kernel), cell_number(c->nr),
		cell_number(checkup_failed(c)), cell_number(c->nr_candidates)));
	for (i = 0; i < c->nr; i++) {
		check_cells(&c->check[i], cells);
		table_line(out, &check_table, cells);
	}
	for (i = 0; i < c->nr_candidates; i++) {
		candidate_cells(&c->candidates[i], cells);
		table_line(out, &candidate_table, cells);
	}
}
