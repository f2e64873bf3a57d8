// SPDX-License-Identifier: GPL-2.0
/* lutrace expect: do assertions about what was recorded hold? */
#define _GNU_SOURCE
#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/complain.h"
#include "base/output.h"
#include "story/assertion.h"
#include "verb/main.h"
#include "verb/show.h"

/* People write files of assertions: no such file is longer. */
#define MAX_SIZE	(1U << 20)

struct options {
	struct common_options common;
	const char *file;
	bool check_only;
	struct parameter parameters[ASSERTION_MAX_PARAMETERS];
	size_t nr_parameters;
};

static const struct argp_option argp_options[] = {
	OPTION_INPUT,
	{ "define", 'D', "NAME=VALUE", 0, "What stands for $NAME (repeatable)", 0 },
	{ "check", OPT_CHECK, NULL, 0, "Read the assertions, and say only what is wrong with them", 0 },
	OPTION_VERBOSE(""),
	{ 0 }
};

static void define(struct argp_state *state, struct options *o, char *arg)
{
	char *value = strchr(arg, '=');

	options_require(state, value && value != arg, "--define", arg,
			"NAME=VALUE");
	if (o->nr_parameters == ASSERTION_MAX_PARAMETERS)
		argp_error(state, "--define: not more than %d", ASSERTION_MAX_PARAMETERS);
	*value = '\0';
	o->parameters[o->nr_parameters++] = (struct parameter){ arg, value + 1 };
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'D':
		define(state, o, arg);
		break;
	case OPT_CHECK:
		o->check_only = true;
		break;
	case ARGP_KEY_ARG:
		if (o->file)
			argp_error(state, "unexpected argument '%s'", arg);
		o->file = arg;
		break;
	case ARGP_KEY_END:
		if (o->file && o->common.input && !strcmp(o->file, "-") &&
		    !strcmp(o->common.input, "-"))
			argp_error(state, "standard input cannot be both the capture and the assertions");
		break;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "which file of assertions?");
		break;
	default:
		return options_parse(key, arg, state, &o->common);
	}
	return 0;
}

static const struct argp expect_argp = {
	.options = argp_options,
	.parser = parse_option,
	.args_doc = "FILE",
	.doc = "Check assertions about recorded live updates: which events came, how "
	       "many, in which order and how fast, and which did not. The result is "
	       "KTAP.\v"
	       "Examples:\n"
	       "  lutrace expect -D dev=0000:01:00.0 device.expect          check them\n"
	       "  lutrace expect --check -D dev=0000:01:00.0 device.expect  read them only\n\n"
	       "Exit status: 0 all assertions hold; 1 one does not; 2 the command line "
	       "or the file is wrong; 3 the output could not be written, or all hold in "
	       "a capture that is incomplete; 4 cannot run here.",
};

/* Returns the file's text, to be freed; NULL after complaining. */
static char *read_text(const char *path, size_t *size)
{
	FILE *in = strcmp(path, "-") ? fopen(path, "re") : stdin;
	char *text = malloc(MAX_SIZE + 1);

	if (!in || !text) {
		complain("cannot read %s: %s", path, strerror(errno));
		free(text);
		return NULL;
	}
	*size = fread(text, 1, MAX_SIZE + 1, in);
	if (ferror(in) || *size > MAX_SIZE) {
		complain("cannot read %s: %s", path, ferror(in) ?
			 strerror(errno) : "it has more than 1 MiB");
		free(text);
		text = NULL;
	}
	if (in != stdin)
		fclose(in);
	return text;
}

/* Shows the line, and a caret below the error, as a compiler does. */
static void complain_about(const char *path, const char *text, size_t size,
			   const struct assertion_error *error)
{
	const char *at = text, *end = text + size;
	size_t line, length, i;

	if (!*error->message) {
		complain("out of memory");
		return;
	}
	complain("%s:%zu:%zu: %s", path, error->line, error->column, error->message);
	for (line = 1; line < error->line; line++) {
		const char *next = memchr(at, '\n', end - at);

		if (!next)
			return;
		at = next + 1;
	}
	for (length = 0; at + length < end && at[length] != '\n'; length++)
		fputc(at[length] >= ' ' && at[length] < 127 ? at[length] : ' ', stderr);
	fputc('\n', stderr);
	for (i = 1; i < error->column; i++)
		fputc(' ', stderr);
	fputs("^\n", stderr);
}

static int check(const struct assertions *assertions, const char *input)
{
	struct source *source;
	struct timeline *t = show_timeline(input, &source);
	int status;

	if (!t)
		return EXIT_CANNOT_RUN;
	status = assertions_check(stdout, assertions, t) ? EXIT_OBSERVED :
		 source_problem(source) ? EXIT_INCOMPLETE : EXIT_CLEAN;
	timeline_free(t);
	source_close(source);
	return finish_output(status);
}

int verb_expect(int argc, char **argv)
{
	struct options options = { 0 };
	struct assertion_error error;
	struct assertions *assertions;
	int status = EXIT_USAGE;
	size_t size;
	char *text;

	argp_parse(&expect_argp, argc, argv, 0, NULL, &options);
	text = read_text(options.file, &size);
	if (!text)
		return EXIT_CANNOT_RUN;
	assertions = assertions_parse(text, size, options.parameters,
				      options.nr_parameters, &error);
	if (!assertions)
		complain_about(options.file, text, size, &error);
	else if (options.check_only)
		status = EXIT_CLEAN;
	else
		status = check(assertions, options.common.input);
	assertions_free(assertions);
	free(text);
	return status;
}
