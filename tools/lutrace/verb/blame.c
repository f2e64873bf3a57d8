// SPDX-License-Identifier: GPL-2.0
/* lutrace blame: what the last live update cost, by phase and by file. */
#include <argp.h>
#include <stdlib.h>

#include "base/complain.h"
#include "base/output.h"
#include "verb/main.h"
#include "verb/show.h"
#include "view/blame.h"

static const struct argp_child children[] = {
	OPTIONS_CHILD_OUTPUT(format), { 0 }
};

static const struct argp blame_argp = {
	.parser = options_no_arguments,
	.children = children,
	.doc = "Say where the time of the last live update went: how long each phase "
	       "took, from preserving over the jump to finishing, and each file in each "
	       "phase.\v"
	       "Examples:\n"
	       "  lutrace blame                    the last update of this host\n"
	       "  lutrace blame -i update.lutrace  the update in a capture\n\n"
	       "Exit status: 0 clean; 1 a file failed, or waits to be retrieved; 2 "
	       "usage; 3 the output could not be written, or the capture is incomplete; "
	       "4 cannot run here.",
};

static int show(const struct phases *phases, const struct trace_info *info,
		const struct common_options *options)
{
	if (options->output == OUTPUT_JSON)
		blame_show_json(stdout, phases, info);
	else
		blame_show_columns(stdout, phases, info, options->input,
				   options_use_color(options));
	return finish_output(phases->failures || phases->waiting ? EXIT_OBSERVED :
			     phases->incomplete ? EXIT_INCOMPLETE : EXIT_CLEAN);
}

int verb_blame(int argc, char **argv)
{
	struct common_options options = { 0 };
	int status = EXIT_CANNOT_RUN;
	struct phases phases = { 0 };
	struct source *source;
	struct timeline *t;

	argp_parse(&blame_argp, argc, argv, 0, NULL, &options);
	t = show_timeline(options.input, &source);
	if (!t)
		return EXIT_CANNOT_RUN;
	if (phases_find(t, &phases))
		status = show(&phases, source_info(source), &options);
	else
		complain("out of memory");
	free(phases.files);
	timeline_free(t);
	source_close(source);
	return status;
}
