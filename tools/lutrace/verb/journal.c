// SPDX-License-Identifier: GPL-2.0
/* lutrace journal: what the previous kernel and this one recorded. */
#include <argp.h>

#include "verb/main.h"
#include "verb/show.h"

struct options {
	struct common_options common;
	bool strict;
};

static const struct argp_option argp_options[] = {
	{ "strict", OPT_STRICT, NULL, 0, "Exit 3 if the journal does not have all records any more", 3 },
	{ 0 }
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->common;
		state->child_inputs[1] = &o->common;
		break;
	case OPT_STRICT:
		o->strict = true;
		break;
	default:
		return options_parse(key, arg, state, &o->common);
	}
	return 0;
}

static const struct argp_child children[] = {
	OPTIONS_CHILD_SELECT, OPTIONS_CHILD_OUTPUT(stream), { 0 }
};

static const struct argp journal_argp = {
	.options = argp_options,
	.parser = parse_option,
	.children = children,
	.doc = "Show the live update events that the previous kernel and this one "
	       "recorded.\v"
	       "Examples:\n"
	       "  lutrace journal --device 01:00.0                     one device\n"
	       "  lutrace journal --generation current --errors        what went wrong at boot\n"
	       "  lutrace journal --event 'file.retrieve,file.finish'  how long each was away\n\n"
	       "Exit status: 0 clean; 1 a failure was shown; 2 usage; 3 the output "
	       "could not be written, or under --strict records are missing or the "
	       "capture is incomplete; 4 cannot run here.",
};

int verb_journal(int argc, char **argv)
{
	struct options options = { 0 };
	struct show show = { .options = &options.common };

	argp_parse(&journal_argp, argc, argv, 0, NULL, &options);
	show.strict = options.strict;
	return show_recorded(&show);
}
