// SPDX-License-Identifier: GPL-2.0
/* lutrace why: what became of a session, a file or a device, and what to do. */
#define _GNU_SOURCE
#include <argp.h>

#include "base/complain.h"
#include "base/output.h"
#include "verb/main.h"
#include "verb/show.h"
#include "view/why.h"

struct options {
	struct common_options common;
	const char *object;
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->common;
		break;
	case ARGP_KEY_ARG:
		if (o->object)
			argp_error(state, "unexpected argument '%s'", arg);
		if (!*arg)
			argp_error(state, "the object has no name");
		o->object = arg;
		break;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "which session, SESSION:TOKEN or PCI address? 'lutrace blame' names what failed in the last live update");
		break;
	default:
		return options_parse(key, arg, state, &o->common);
	}
	return 0;
}

static const struct argp_child children[] = {
	OPTIONS_CHILD_OUTPUT(output), { 0 }
};

static const struct argp why_argp = {
	.parser = parse_option,
	.args_doc = "SESSION[:TOKEN] | BDF",
	.children = children,
	.doc = "Say why a session, one of its files or a PCI device was refused, "
	       "blocked or lost, from the decision that went wrong to the errno that "
	       "the user saw, and what to do.\v"
	       "An argument that can be read as a PCI address is one.\n\n"
	       "Examples:\n"
	       "  lutrace why 01:00.0                    a device\n"
	       "  lutrace why vm0                        a session\n"
	       "  lutrace why -i update.lutrace vm0:0x1  a file, in a capture\n\n"
	       "Exit status: 0 nothing went wrong; 1 something did, or the object is "
	       "unknown; 2 usage; 3 the output could not be written, or nothing went "
	       "wrong in a capture that is incomplete; 4 cannot run here.",
};

static int write_answer(const struct question *question)
{
	const struct verdict *verdict = diagnosis_verdict(question->diagnosis);
	int status = !verdict->known || verdict->nr ? EXIT_OBSERVED :
		     verdict->incomplete ? EXIT_INCOMPLETE : EXIT_CLEAN;

	if (!why_write(stdout, question)) {
		complain("out of memory");
		status = EXIT_INCOMPLETE;
	}
	return finish_output(status);
}

int verb_why(int argc, char **argv)
{
	struct options options = { 0 };
	int status = EXIT_CANNOT_RUN;
	struct question question;
	struct diagnosis *d;
	struct source *source;
	struct timeline *t;

	argp_parse(&why_argp, argc, argv, 0, NULL, &options);
	t = show_timeline(options.common.input, &source);
	if (!t)
		return EXIT_CANNOT_RUN;
	d = diagnosis_new(t, options.object, source_arrival(source));
	question = (struct question){
		.object = options.object,
		.timeline = t,
		.diagnosis = d,
		.info = *source_info(source),
		.columns = options_columns(&options.common),
		.json = options.common.output == OUTPUT_JSON,
		.all = options.common.verbose,
	};
	if (d)
		status = write_answer(&question);
	else
		complain("out of memory");
	diagnosis_free(d);
	timeline_free(t);
	source_close(source);
	return status;
}
