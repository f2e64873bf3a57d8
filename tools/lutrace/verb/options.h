/* SPDX-License-Identifier: GPL-2.0 */
/* What the verbs that show events have in common on the command line. */
#ifndef LUTRACE_OPTIONS_H
#define LUTRACE_OPTIONS_H

#include <argp.h>

#include "model/filter.h"
#include "view/view.h"

enum output {
	OUTPUT_COLUMNS,
	OUTPUT_JSON,
	OUTPUT_JOURNALD,
};

enum color_mode {
	COLOR_AUTO,
	COLOR_ALWAYS,
	COLOR_NEVER,
};

/**
 * struct common_options - What to show and how
 * @filter:  What.
 * @device:  Holds the address that @filter points to.
 * @input:   A capture to read, NULL for the kernel.
 * @output:  How; OUTPUT_JOURNALD of verbs with OPTIONS_CHILD_OUTPUT alone.
 * @time:    How to print times.
 * @color:   When to use colours.
 * @verbose: How often -v was given.
 */
struct common_options {
	struct filter filter;
	char device[BDF_SIZE];
	const char *input;
	enum output output;
	enum time_style time;
	enum color_mode color;
	int verbose;
};

/* Options that have no letter, of all verbs. */
enum {
	OPT_ANONYMIZE = 256,
	OPT_BUFFER_SIZE,
	OPT_CHECK,
	OPT_COLOR,
	OPT_DURATION,
	OPT_ERRORS,
	OPT_FLB,
	OPT_FORMAT,
	OPT_GENERATION,
	OPT_HANDLER,
	OPT_LIST,
	OPT_MAX_EVENTS,
	OPT_MAX_SIZE,
	OPT_NO_HISTORY,
	OPT_READY_FD,
	OPT_SLOWER,
	OPT_STRICT,
	OPT_TEXTFILE,
	OPT_TIME,
	OPT_TO,
};

/* Options of a verb's own table that options_parse() takes. */
#define OPTION_INPUT							\
	{ "input", 'i', "FILE", 0, "Read a capture of `lutrace record', not this kernel", 0 }
#define OPTION_VERBOSE(more)						\
	{ "verbose", 'v', NULL, 0, more "-vvv shows libbpf's log", 0 }
/* This one the verb takes by itself. */
#define OPTION_OUTPUT_FILE						\
	{ "output", 'o', "FILE", 0, "Write to FILE (default: standard output)", 0 }

/* Children for a verb's struct argp, with a struct common_options as their input. */
#define OPTIONS_CHILD_SELECT						\
	{ .argp = &options_select_argp, .header = "Select:", .group = 1 }
#define OPTIONS_CHILD_OUTPUT(which)					\
	{ .argp = &options_##which##_argp, .header = "Output:", .group = 2 }

extern const struct argp options_object_argp;
extern const struct argp options_format_argp;
extern const struct argp options_host_argp;
extern const struct argp options_select_argp;
extern const struct argp options_output_argp;
extern const struct argp options_stream_argp;

/* For keys that a verb's parser does not take: takes --input and --verbose, refuses arguments. */
error_t options_parse(int key, char *arg, struct argp_state *state, struct common_options *common);

/*
 * A parser for a verb without options of its own. Its input is a struct common_options, which its
 * first child gets, or NULL.
 */
error_t options_no_arguments(int key, char *arg, struct argp_state *state);

/* Complains about @arg and exits, unless @valid. */
void options_require(struct argp_state *state, bool valid, const char *option,
		     const char *arg, const char *expected);

/* Complains and exits if @arg is empty. */
void options_require_file(struct argp_state *state, const char *option, const char *arg);

/* Returns the index of @arg in @words, which NULL ends, or complains and exits. */
int options_word(struct argp_state *state, const char *option, const char *arg,
		 const char *const *words);

/* Returns how columns look on standard output. */
struct columns_options options_columns(const struct common_options *options);

/* Returns whether they have colours. */
bool options_use_color(const struct common_options *options);

/* Returns the view that the user asked for; NULL after complaining. */
struct view *options_new_view(const struct common_options *options);

#endif /* LUTRACE_OPTIONS_H */
