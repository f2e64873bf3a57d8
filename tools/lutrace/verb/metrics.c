// SPDX-License-Identifier: GPL-2.0
/* lutrace metrics: what is recorded and preserved, as numbers for Prometheus. */
#define _GNU_SOURCE
#include <argp.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/complain.h"
#include "base/output.h"
#include "source/live.h"
#include "source/source.h"
#include "source/state.h"
#include "verb/main.h"
#include "verb/options.h"
#include "view/metrics.h"

struct options {
	struct common_options common;
	const char *textfile;
	enum metrics_format format;
	bool has_format;
};

static const struct argp_option argp_options[] = {
	OPTION_INPUT,
	{ "textfile", OPT_TEXTFILE, "FILE", 0, "Replace FILE, in the directory of node_exporter's textfile collector, at once", 0 },
	{ "format", OPT_FORMAT, "FORMAT", 0, "openmetrics (default), or prometheus (default for --textfile)", 0 },
	OPTION_VERBOSE(""),
	{ 0 }
};

static bool is_collected(const char *path)
{
	size_t length = strlen(path);

	return length > 5 && !strcmp(path + length - 5, ".prom");
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	static const char *const formats[] = { "openmetrics", "prometheus", NULL };
	struct options *o = state->input;

	switch (key) {
	case OPT_TEXTFILE:
		options_require(state, is_collected(arg), "--textfile", arg,
				"a file that ends in .prom: the collector reads no other");
		o->textfile = arg;
		break;
	case OPT_FORMAT:
		o->format = options_word(state, "--format", arg, formats);
		o->has_format = true;
		break;
	case ARGP_KEY_END:
		if (o->textfile && !o->has_format)
			o->format = METRICS_PROMETHEUS;
		break;
	default:
		return options_parse(key, arg, state, &o->common);
	}
	return 0;
}

static const struct argp metrics_argp = {
	.options = argp_options,
	.parser = parse_option,
	.doc = "Write metrics for Prometheus: of the journals, of what the last live "
	       "update cost, and of what is preserved now.\v"
	       "Examples:\n"
	       "  lutrace metrics  to read them\n"
	       "  lutrace metrics --textfile /var/lib/prometheus/node-exporter/lutrace.prom\n\n"
	       "Exit status: 0 written; 2 usage; 3 the output could not be written, or "
	       "the capture is incomplete; 4 cannot run here.",
};

static bool write_to(FILE *out, const struct metrics *metrics, enum metrics_format format)
{
	metrics_write(out, metrics, format);
	return !fflush(out) && !ferror(out);
}

/**
 * struct textfile - What the textfile is to have
 * @metrics: The numbers.
 * @format:  How they are written.
 */
struct textfile {
	const struct metrics *metrics;
	enum metrics_format format;
};

static bool write_textfile(int fd, const void *data)
{
	const struct textfile *text = data;
	FILE *out = fdopen(fd, "w");
	bool ok;

	if (!out) {
		close(fd);
		return false;
	}
	ok = write_to(out, text->metrics, text->format) && !fchmod(fd, 0644) && !fsync(fd);
	return !fclose(out) && ok;
}

static int write_metrics(const struct options *options, const struct metrics *metrics)
{
	const struct textfile text = { metrics, options->format };
	int status = metrics->phases->incomplete ? EXIT_INCOMPLETE : EXIT_CLEAN;

	if (options->textfile)
		return output_replace(options->textfile, write_textfile, &text) ?
		       status : EXIT_INCOMPLETE;
	metrics_write(stdout, metrics, options->format);
	return finish_output(status);
}

static int collect(struct source *source, const struct options *options, struct metrics *metrics)
{
	struct timeline *t;
	struct phases phases = { 0 };
	int status = EXIT_CANNOT_RUN;
	size_t i;

	metrics->info = source_info(source);
	metrics->readable[0] = source_has(source, GENERATION_CURRENT);
	metrics->readable[1] = source_has(source, GENERATION_PREVIOUS);
	metrics->state = source_state(source);
	t = timeline_read(source);
	for (i = 0; t && i < t->nr; i++) {
		if (event_at(t, i))
			metrics_event(metrics, event_at(t, i));
	}
	if (t && phases_find(t, &phases)) {
		metrics->lost = t->lost;
		metrics->phases = &phases;
		status = write_metrics(options, metrics);
	} else {
		complain("out of memory");
	}
	free(phases.files);
	timeline_free(t);
	return status;
}

int verb_metrics(int argc, char **argv)
{
	struct options options = { .format = METRICS_OPENMETRICS };
	int status = EXIT_CANNOT_RUN;
	struct metrics *metrics;
	struct source *source;

	argp_parse(&metrics_argp, argc, argv, 0, NULL, &options);
	if (options.textfile && output_is_input(options.textfile, options.common.input))
		return EXIT_USAGE;
	metrics = calloc(1, sizeof(*metrics));
	if (!metrics) {
		complain("out of memory");
		return EXIT_CANNOT_RUN;
	}
	source = source_open(options.common.input, SOURCE_EVENTS | SOURCE_STATE);
	if (source)
		status = collect(source, &options, metrics);
	source_close(source);
	free(metrics);
	return status;
}
