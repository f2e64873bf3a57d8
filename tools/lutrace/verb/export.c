// SPDX-License-Identifier: GPL-2.0
/* lutrace export: what was recorded, for the tools that people already use. */
#include <argp.h>
#include <string.h>
#include <unistd.h>

#include "base/complain.h"
#include "base/output.h"
#include "source/source.h"
#include "verb/main.h"
#include "verb/options.h"
#include "verb/show.h"
#include "view/export.h"

enum target {
	TO_PERFETTO,
	TO_CHROME,
	TO_SVG,
	TO_JSON,
};

static const char *const targets[] = { "perfetto", "chrome", "svg", "json", NULL };

struct options {
	struct common_options common;
	enum target to;
	bool has_target;
	const char *output;
};

static const struct argp_option argp_options[] = {
	{ .doc = "Output:", .group = 2 },
	OPTION_INPUT,
	{ "to", OPT_TO, "FORMAT", 0, "perfetto (its own format), chrome (trace events in JSON), svg (a picture), or json (lines, as of lutrace trace -o json)", 0 },
	OPTION_OUTPUT_FILE,
	OPTION_VERBOSE(""),
	{ 0 }
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->common;
		break;
	case 'o':
		options_require_file(state, "--output", arg);
		o->output = arg;
		break;
	case OPT_TO:
		o->to = options_word(state, "--to", arg, targets);
		o->has_target = true;
		break;
	case ARGP_KEY_END:
		if (!o->has_target)
			argp_error(state, "to which format? --to perfetto, chrome, svg or json");
		break;
	default:
		return options_parse(key, arg, state, &o->common);
	}
	return 0;
}

static const struct argp_child children[] = {
	OPTIONS_CHILD_SELECT,
	{ 0 }
};

static const struct argp export_argp = {
	.options = argp_options,
	.parser = parse_option,
	.children = children,
	.doc = "Write recorded events in the format of another tool.\v"
	       "Examples:\n"
	       "  lutrace export --to perfetto -o update.pftrace           for ui.perfetto.dev\n"
	       "  lutrace export --to svg -i update.lutrace -o update.svg  a picture\n\n"
	       "Exit status: 0 written; 2 usage; 3 the output could not be written, or "
	       "the capture is incomplete; 4 cannot run here.",
};

/* Hands what the filter lets through to a timeline. */
struct selection {
	struct sink sink;
	const struct filter *filter;
	struct timeline *timeline;
};

static bool select_event(struct sink *sink, struct event *event)
{
	struct selection *s = container_of(sink, struct selection, sink);
	struct sink *next = &s->timeline->sink;

	return !filter_passes(s->filter, event) || next->event(next, event);
}

static void select_jump(struct sink *sink, const struct jump *jump)
{
	struct sink *next = &container_of(sink, struct selection, sink)->timeline->sink;

	next->jump(next, jump);
}

static void select_lost(struct sink *sink, const struct loss *loss)
{
	struct sink *next = &container_of(sink, struct selection, sink)->timeline->sink;

	next->lost(next, loss);
}

static bool write_format(const struct options *options, struct timeline *t,
			 const struct trace_info *info)
{
	output_begin();
	switch (options->to) {
	case TO_PERFETTO:
		return export_perfetto(stdout, t, info);
	case TO_CHROME:
		return export_chrome(stdout, t, info);
	default:
		return export_svg(stdout, t, info);
	}
}

static int export(struct source *source, const struct options *options)
{
	struct selection selection = {
		.sink = { select_event, select_jump, select_lost },
		.filter = &options->common.filter,
		.timeline = timeline_new(),
	};
	int status = EXIT_CANNOT_RUN;

	if (selection.timeline &&
	    source_show(source, options->common.filter.generation, &selection.sink) &&
	    write_format(options, selection.timeline, source_info(source)))
		status = source_problem(source) ? EXIT_INCOMPLETE : EXIT_CLEAN;
	else
		complain("out of memory");
	timeline_free(selection.timeline);
	return finish_output(status);
}

/* The same lines as of lutrace trace; a failure that is shown is no failure here. */
static int export_lines(struct options *options)
{
	struct show show = { .options = &options->common };
	int status;

	options->common.output = OUTPUT_JSON;
	status = show_recorded(&show);
	if (status != EXIT_OBSERVED && status != EXIT_CLEAN)
		return status;
	return show_is_truncated(&show) ? EXIT_INCOMPLETE : EXIT_CLEAN;
}

int verb_export(int argc, char **argv)
{
	struct options options = { 0 };
	int status = EXIT_CANNOT_RUN;
	struct source *source;
	int err;

	argp_parse(&export_argp, argc, argv, 0, NULL, &options);
	err = output_open(options.output, options.common.input);
	if (err)
		return err;
	if (options.to == TO_PERFETTO && isatty(STDOUT_FILENO)) {
		complain("this format is not for a terminal: --output FILE");
		return EXIT_USAGE;
	}
	if (options.to == TO_JSON)
		return export_lines(&options);
	source = source_open(options.common.input, SOURCE_EVENTS);
	if (source && !source_is_empty(source, options.common.filter.generation))
		status = export(source, &options);
	source_close(source);
	return status;
}
