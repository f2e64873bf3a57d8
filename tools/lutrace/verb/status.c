// SPDX-License-Identifier: GPL-2.0
/* lutrace status: what is preserved, incoming, retrieved and blocked, now. */
#define _GNU_SOURCE
#include <argp.h>
#include <errno.h>
#include <sys/utsname.h>

#include "base/complain.h"
#include "base/output.h"
#include "source/live.h"
#include "source/source.h"
#include "source/state.h"
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
	       "Exit status: 0 clean; 1 something failed or is absent; 2 usage; 3 the output could not be written, or the capture is incomplete; 4 cannot run here.",
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
			complain("kernel %s does not show %s",
				 state->kernel, remedies[i]);
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

static int status_of_capture(const struct common_options *options)
{
	struct source *source = source_open(options->input);
	int status = EXIT_CANNOT_RUN;
	struct state *state;

	if (!source)
		return EXIT_CANNOT_RUN;
	state = source_state(source);
	if (state) {
		state->incomplete = source_problem(source);
		state_filter(state, &options->filter);
		status = show(state, options);
	} else {
		complain("%s does not have what was preserved: %s", options->input,
			 source_problem(source) ? "the recording is not complete" :
						  "the kernel that it was recorded on did not show it");
	}
	source_close(source);
	return status;
}

static int status_of_kernel(const struct common_options *options)
{
	struct state state = { .version = LUTRACE_VERSION };
	int status = EXIT_CANNOT_RUN;
	struct state_reader reader;
	struct utsname host;
	int err;

	uname(&host);
	state.host = host.nodename;
	state.kernel = host.release;
	if (!live_prepare())
		return EXIT_CANNOT_RUN;

	err = state_open(&reader);
	if (err == -ENOENT)
		complain("kernel %s does not show what is preserved: use a kernel with the live update tracing patches, set CONFIG_LIVEUPDATE and CONFIG_BPF_SYSCALL",
			 host.release);
	if (err)
		return EXIT_CANNOT_RUN;
	live_drop_privileges();
	if (!state_read(&reader, &state)) {
		complain_about_missing(&state);
		state_filter(&state, &options->filter);
		status = show(&state, options);
	}
	state_free(&state);
	return status;
}

int verb_status(int argc, char **argv)
{
	struct common_options options = { 0 };

	argp_parse(&status_argp, argc, argv, 0, NULL, &options);
	return options.input ? status_of_capture(&options) :
			       status_of_kernel(&options);
}
