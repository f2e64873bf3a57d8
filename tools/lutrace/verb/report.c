// SPDX-License-Identifier: GPL-2.0
/* lutrace report: a page about the last live update. */
#include <argp.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/complain.h"
#include "base/output.h"
#include "verb/main.h"
#include "verb/show.h"
#include "view/report.h"

struct options {
	struct common_options common;
	const char *output;
};

static const struct argp_option argp_options[] = {
	OPTION_INPUT,
	OPTION_OUTPUT_FILE,
	OPTION_VERBOSE(""),
	{ 0 }
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'o':
		options_require_file(state, "--output", arg);
		o->output = arg;
		break;
	default:
		return options_parse(key, arg, state, &o->common);
	}
	return 0;
}

static const struct argp report_argp = {
	.options = argp_options,
	.parser = parse_option,
	.doc = "Write an HTML page about the last live update: what went wrong and what "
	       "to do, the phases in a picture, and each file. The page refers to no "
	       "other file.\v"
	       "Examples:\n"
	       "  lutrace report -o update.html                    this host's last update\n"
	       "  lutrace report -i update.lutrace -o update.html  the update in a capture\n\n"
	       "Exit status: 0 clean; 1 a file failed, or waits to be retrieved; 2 "
	       "usage; 3 the output could not be written, or the capture is incomplete; "
	       "4 cannot run here.",
};

static int report(struct source *source, struct timeline *t)
{
	struct phases phases = { 0 };
	struct report page = {
		.timeline = t,
		.phases = &phases,
		.info = source_info(source),
		.arrival = source_arrival(source),
	};
	bool known = phases_find(t, &phases);
	int status = EXIT_CANNOT_RUN;

	if (known)
		output_begin();
	if (known && report_write(stdout, &page))
		status = page.trouble ? EXIT_OBSERVED :
			 phases.incomplete ? EXIT_INCOMPLETE : EXIT_CLEAN;
	else
		complain("out of memory");
	free(phases.files);
	return finish_output(status);
}

int verb_report(int argc, char **argv)
{
	struct options options = { 0 };
	struct source *source;
	struct timeline *t;
	int status;

	argp_parse(&report_argp, argc, argv, 0, NULL, &options);
	status = output_open(options.output, options.common.input);
	if (status)
		return status;
	if (isatty(STDOUT_FILENO)) {
		complain("a page is not for a terminal: --output FILE");
		return EXIT_USAGE;
	}
	t = show_timeline(options.common.input, &source);
	if (!t)
		return EXIT_CANNOT_RUN;
	status = report(source, t);
	timeline_free(t);
	source_close(source);
	return status;
}
