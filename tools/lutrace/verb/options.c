// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/complain.h"
#include "source/live.h"
#include "verb/options.h"

static const struct argp_option select_options[] = {
	{ "event", 'e', "GLOB[,...]", 0, "Events by name, such as 'file.*' (repeatable)", 0 },
	{ "session", 's', "NAME", 0, "Events of this session", 0 },
	{ "token", 't', "N", 0, "Events of the file with this token", 0 },
	{ "device", 'd', "BDF", 0, "Events of this PCI device: 0000:01:00.0 or 01:00.0", 0 },
	{ "handler", OPT_HANDLER, "COMPATIBLE", 0, "Events of this file handler", 0 },
	{ "flb", OPT_FLB, "COMPATIBLE", 0, "Events of this FLB", 0 },
	{ "errors", OPT_ERRORS, "ERRNO[,...]", OPTION_ARG_OPTIONAL, "Failures, refusals and blocks only; with a value, such as EBUSY or 16, those errnos only", 0 },
	{ "slower", OPT_SLOWER, "MS", 0, "Operations that took this many milliseconds or more", 0 },
	{ "generation", OPT_GENERATION, "WHICH", 0, "previous, current or any (default): events of that kernel", 0 },
	{ 0 }
};

/* What selects an object instead of an event. */
static const struct argp_option object_options[] = {
	{ "session", 's', "NAME", 0, "This session and its files", 0 },
	{ "token", 't', "N", 0, "Files with this token", 0 },
	{ "device", 'd', "BDF", 0, "This PCI device: 0000:01:00.0 or 01:00.0", 0 },
	{ "handler", OPT_HANDLER, "COMPATIBLE", 0, "Files of this handler", 0 },
	{ "flb", OPT_FLB, "COMPATIBLE", 0, "This FLB", 0 },
	{ 0 }
};

#define OPTION_OUTPUT(formats)						\
	{ "output", 'o', "FORMAT", 0, formats, 0 }
#define OPTION_TIME							\
	{ "time", OPT_TIME, "STYLE", 0, "wall (default), boot, relative or delta; JSON always has wall and boot time", 0 }
#define OPTION_COLOR							\
	{ "color", OPT_COLOR, "WHEN", 0, "auto (default), always or never; NO_COLOR means never, too", 0 }

static const struct argp_option format_options[] = {
	OPTION_INPUT,
	OPTION_OUTPUT("columns (default) or json"),
	OPTION_COLOR,
	OPTION_VERBOSE(""),
	{ 0 }
};

/* Of a verb that asks about the machine: a capture does not have the answer. */
static const struct argp_option host_options[] = {
	OPTION_OUTPUT("columns (default) or json"),
	OPTION_COLOR,
	OPTION_VERBOSE("Show each \"yes\", too; "),
	{ 0 }
};

static const struct argp_option output_options[] = {
	OPTION_INPUT,
	OPTION_OUTPUT("columns (default) or json"),
	OPTION_TIME,
	OPTION_COLOR,
	OPTION_VERBOSE("Show who caused each event; "),
	{ 0 }
};

static const struct argp_option stream_options[] = {
	OPTION_INPUT,
	OPTION_OUTPUT("columns (default), json, or journald for the systemd journal"),
	OPTION_TIME,
	OPTION_COLOR,
	OPTION_VERBOSE("Show who caused each event; "),
	{ 0 }
};

int options_word(struct argp_state *state, const char *option, const char *arg,
		 const char *const *words)
{
	char list[128] = "";
	size_t length = 0;
	int i;

	for (i = 0; words[i]; i++) {
		if (!strcmp(arg, words[i]))
			return i;
		length += snprintf(list + length, sizeof(list) - length, "%s%s",
				   !i ? "" : words[i + 1] ? ", " : " or ", words[i]);
	}
	argp_error(state, "%s: no such value '%s': it is %s", option, arg, list);
	return 0;
}

static void more_verbose(struct common_options *o)
{
	if (++o->verbose == 3)
		live_show_libbpf_log();
}

error_t options_parse(int key, char *arg, struct argp_state *state, struct common_options *common)
{
	switch (key) {
	case 'i':
		options_require_file(state, "--input", arg);
		common->input = arg;
		break;
	case 'v':
		more_verbose(common);
		break;
	case ARGP_KEY_ARG:
		argp_error(state, "unexpected argument '%s'", arg);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

error_t options_no_arguments(int key, char *arg, struct argp_state *state)
{
	if (key == ARGP_KEY_INIT && state->input)
		state->child_inputs[0] = state->input;
	return options_parse(key, arg, state, state->input);
}

void options_require(struct argp_state *state, bool valid, const char *option,
		     const char *arg, const char *expected)
{
	if (!valid)
		argp_error(state, "%s: '%s' is not %s", option, arg, expected);
}

void options_require_file(struct argp_state *state, const char *option, const char *arg)
{
	options_require(state, *arg, option, arg, "the name of a file");
}

static error_t parse_select(int key, char *arg, struct argp_state *state)
{
	static const char *const generations[] = {
		"any", "previous", "current", NULL
	};
	struct common_options *o = state->input;
	struct filter *filter = &o->filter;
	const char *bad;

	switch (key) {
	case 'e':
		bad = filter_add_events(filter, arg);
		if (bad && event_renamed(bad))
			argp_error(state, "--event: no event matches '%s': it is called %s now",
				   bad, event_renamed(bad));
		if (bad)
			argp_error(state, "--event: no event matches '%s': see 'lutrace trace --list'",
				   bad);
		break;
	case 's':
		filter->session = arg;
		break;
	case 't':
		options_require(state, parse_u64(arg, &filter->token), "--token", arg,
			"a number");
		filter->has_token = true;
		break;
	case 'd':
		options_require(state, parse_bdf(arg, o->device), "--device", arg,
			"a PCI address such as 0000:01:00.0");
		filter->device = o->device;
		break;
	case OPT_HANDLER:
		filter->handler = arg;
		break;
	case OPT_FLB:
		filter->flb = arg;
		break;
	case OPT_ERRORS:
		bad = filter_add_errnos(filter, arg);
		if (bad)
			argp_error(state, "--errors: no errno is called '%s'", bad);
		break;
	case OPT_SLOWER:
		options_require(state, parse_duration(arg, NSEC_PER_MSEC,
					      &filter->slower_ns),
			"--slower", arg, "a number of milliseconds");
		break;
	case OPT_GENERATION:
		filter->generation = options_word(state, "--generation", arg, generations);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static error_t parse_output(int key, char *arg, struct argp_state *state)
{
	static const char *const outputs[] = { "columns", "json", NULL };
	static const char *const times[] = {
		"wall", "boot", "relative", "delta", NULL
	};
	static const char *const colors[] = {
		"auto", "always", "never", NULL
	};
	struct common_options *o = state->input;

	switch (key) {
	case 'o':
		o->output = options_word(state, "--output", arg, outputs);
		break;
	case OPT_TIME:
		o->time = options_word(state, "--time", arg, times);
		break;
	case OPT_COLOR:
		o->color = options_word(state, "--color", arg, colors);
		break;
	case 'i':
		options_require_file(state, "--input", arg);
		o->input = arg;
		break;
	case 'v':
		more_verbose(o);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static error_t parse_stream(int key, char *arg, struct argp_state *state)
{
	static const char *const outputs[] = { "columns", "json", "journald", NULL };
	struct common_options *o = state->input;

	if (key != 'o')
		return parse_output(key, arg, state);
	o->output = options_word(state, "--output", arg, outputs);
	return 0;
}

const struct argp options_select_argp = {
	.options = select_options,
	.parser = parse_select,
};

const struct argp options_output_argp = {
	.options = output_options,
	.parser = parse_output,
};

const struct argp options_stream_argp = {
	.options = stream_options,
	.parser = parse_stream,
};

const struct argp options_object_argp = {
	.options = object_options,
	.parser = parse_select,
};

const struct argp options_format_argp = {
	.options = format_options,
	.parser = parse_output,
};

const struct argp options_host_argp = {
	.options = host_options,
	.parser = parse_output,
};

bool options_use_color(const struct common_options *o)
{
	const char *no_color = getenv("NO_COLOR");

	if (o->color != COLOR_AUTO)
		return o->color == COLOR_ALWAYS;
	return isatty(STDOUT_FILENO) && !(no_color && *no_color);
}

struct columns_options options_columns(const struct common_options *o)
{
	return (struct columns_options){
		.time = o->time,
		.color = options_use_color(o),
		.who = o->verbose > 0,
	};
}

struct view *options_new_view(const struct common_options *o)
{
	struct columns_options columns = options_columns(o);
	struct view *view;

	switch (o->output) {
	case OUTPUT_JOURNALD:
		view = view_journald_new(NULL);
		if (!view)
			complain("cannot write to the systemd journal: %s", strerror(errno));
		return view;
	case OUTPUT_JSON:
		view = view_json_new(stdout);
		break;
	default:
		view = view_columns_new(stdout, &columns);
		break;
	}
	if (!view)
		complain("out of memory");
	return view;
}
