// SPDX-License-Identifier: GPL-2.0
/* lutrace record: what lutrace trace shows, to a file that any verb reads. */
#include <argp.h>
#include <errno.h>
#include <string.h>

#include "base/complain.h"
#include "base/output.h"
#include "source/live.h"
#include "source/source.h"
#include "source/state.h"
#include "verb/main.h"
#include "verb/trace.h"
#include "view/capture.h"

/* A smaller file has room for little more than its own beginning. */
#define MIN_SIZE	(256U << 10)

struct options {
	struct trace_options tracing;
	struct capture_target target;
};

static const struct argp_option argp_options[] = {
	{ "max-size", OPT_MAX_SIZE, "SIZE", 0, "Keep the last of it, in FILE and FILE" CAPTURE_OLDER ", of SIZE bytes together, such as 64M (at least 256K; default: all of it)", 3 },
	{ 0 }
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->tracing.common;
		state->child_inputs[1] = &o->tracing;
		break;
	case OPT_MAX_SIZE:
		options_require(state, parse_size(arg, &o->target.max_size) &&
				o->target.max_size >= MIN_SIZE, "--max-size",
				arg, "a size of 256K or more");
		break;
	case ARGP_KEY_ARG:
		if (o->target.path)
			argp_error(state, "unexpected argument '%s'", arg);
		o->target.path = arg;
		break;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "which file?");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp_child children[] = {
	OPTIONS_CHILD_SELECT,
	TRACE_CHILD_RUNNING,
	{ 0 }
};

static const struct argp record_argp = {
	.options = argp_options,
	.parser = parse_option,
	.args_doc = "FILE",
	.children = children,
	.doc = "Record the events of live updates to FILE, those in the journals and "
	       "then events as they happen, with what is preserved at the beginning and "
	       "at the end. Other verbs read it with -i FILE.\v"
	       "Examples:\n"
	       "  lutrace record --max-size 64M /var/log/lutrace/update  a maintenance window\n"
	       "  lutrace record --duration 0.1 now.lutrace              only the journals\n\n"
	       "Exit status: 0 clean, also after Ctrl-C; 1 a failure was recorded; 2 "
	       "usage; 3 the file could not be written, or events were lost under "
	       "--strict; 4 cannot run here.",
};

/**
 * struct recorder - What is preserved, for the capture
 * @capture: Where it goes.
 * @states:  Read at the beginning and at the end; not open if the kernel lacks them.
 * @nr:      How many were read.
 */
struct recorder {
	struct view *capture;
	struct state_reader states[2];
	size_t nr;
};

static void record_state(void *data)
{
	struct recorder *r = data;
	struct state state = { 0 };

	if (!state_read(&r->states[r->nr++], &state))
		view_capture_state(r->capture, &state);
	state_free(&state);
}

/* Returns false after complaining. */
static bool open_states(struct recorder *r)
{
	int err = state_open(&r->states[0]);

	if (!err)
		err = state_open(&r->states[1]);
	return !err || err == -ENOENT;
}

static int record(struct options *options)
{
	struct recorder r = { .states = { STATE_READER_NONE, STATE_READER_NONE } };
	int status = EXIT_CANNOT_RUN, err;

	r.capture = view_capture_new(&options->target, source_read_arrival());
	if (!r.capture) {
		complain("cannot write %s: %s", options->target.path, strerror(errno));
		return EXIT_INCOMPLETE;
	}
	options->tracing.snapshot = record_state;
	options->tracing.data = &r;
	if (live_prepare() && open_states(&r))
		status = trace_run(&options->tracing, r.capture);
	state_close(&r.states[0]);
	state_close(&r.states[1]);
	err = view_capture_free(r.capture);
	if (err && status != EXIT_INCOMPLETE) {
		complain("cannot write %s: %s", options->target.path, strerror(err));
		status = EXIT_INCOMPLETE;
	}
	return status;
}

int verb_record(int argc, char **argv)
{
	struct options options = { 0 };

	trace_init(&options.tracing);
	argp_parse(&record_argp, argc, argv, 0, NULL, &options);
	return record(&options);
}
