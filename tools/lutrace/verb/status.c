// SPDX-License-Identifier: GPL-2.0
/* lutrace status: what is preserved, incoming, retrieved and blocked, now. */
#define _GNU_SOURCE
#include <argp.h>

#include "base/complain.h"
#include "base/output.h"
#include "source/source.h"
#include "verb/main.h"
#include "verb/options.h"
#include "view/state.h"

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	if (key == ARGP_KEY_INIT)
		state->child_inputs[1] = state->input;
	return options_no_arguments(key, arg, state);
}

static const struct argp_child children[] = {
	{ .argp = &options_object_argp, .header = "Select:", .group = 1 },
	OPTIONS_CHILD_OUTPUT(format),
	{ 0 }
};

static const struct argp status_argp = {
	.parser = parse_option,
	.children = children,
	.doc = "Show what is preserved, incoming, retrieved and blocked, now.\v"
	       "Examples:\n"
	       "  lutrace status                   everything\n"
	       "  lutrace status --device 01:00.0  one device\n\n"
	       "Exit status: 0 clean; 1 something failed or is absent; 2 usage; 3 the "
	       "output could not be written, or the capture is incomplete; 4 cannot run "
	       "here.",
};

static const char *const remedies[] = {
	[LUTRACE_STATE_SESSION] = "sessions",
	[LUTRACE_STATE_FILE] = "files",
	[LUTRACE_STATE_FLB] = "FLBs",
	[LUTRACE_STATE_DEVICE] = "devices: set CONFIG_PCI_LIVEUPDATE",
};

static void complain_about_missing(const struct state *state)
{
	size_t i;

	for (i = 0; i <= LUTRACE_STATE_DEVICE; i++) {
		if (state->missing[i])
			complain("kernel %s does not show %s", state->kernel, remedies[i]);
	}
}

static int show(const struct state *state, const struct common_options *options)
{
	if (options->output == OUTPUT_JSON)
		state_show_json(stdout, state);
	else
		state_show_columns(stdout, state, options_use_color(options));
	return finish_output(state_failed(state) ? EXIT_OBSERVED :
			     state->incomplete ? EXIT_INCOMPLETE : EXIT_CLEAN);
}

static int status(struct source *source, const struct common_options *options)
{
	struct state *state = source_state(source);

	if (!state) {
		complain("%s does not have what was preserved: %s", options->input,
			 source_problem(source) ? "the recording is not complete" :
						  "the kernel that it was recorded on did not show it");
		return EXIT_CANNOT_RUN;
	}
	if (options->input)
		state->incomplete = source_problem(source);
	else
		complain_about_missing(state);
	state_filter(state, &options->filter);
	return show(state, options);
}

int verb_status(int argc, char **argv)
{
	struct common_options options = { 0 };
	int exit_status = EXIT_CANNOT_RUN;
	struct source *source;

	argp_parse(&status_argp, argc, argv, 0, NULL, &options);
	source = source_open(options.input, SOURCE_STATE);
	if (source)
		exit_status = status(source, &options);
	source_close(source);
	return exit_status;
}
