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

/*
 * Children for a verb's struct argp. Each takes a struct common_options as its
 * input, which the verb hands on at ARGP_KEY_INIT with options_init().
 */
#define OPTIONS_CHILD_SELECT						\
	{ .argp = &options_select_argp, .header = "Select:", .group = 1 }
#define OPTIONS_CHILD_OUTPUT						\
	{ .argp = &options_stream_argp, .header = "Output:", .group = 2 }
#define OPTIONS_CHILDREN						\
	OPTIONS_CHILD_SELECT, OPTIONS_CHILD_OUTPUT, { 0 }

/* The same for a verb that shows objects in place of events. */
#define OPTIONS_STATE_CHILDREN						\
	{ .argp = &options_object_argp, .header = "Select:", .group = 1 }, \
	{ .argp = &options_format_argp, .header = "Output:", .group = 2 }, \
	{ 0 }

extern const struct argp options_object_argp;
extern const struct argp options_format_argp;
extern const struct argp options_host_argp;
extern const struct argp options_select_argp;
extern const struct argp options_output_argp;
extern const struct argp options_stream_argp;

void options_init(struct argp_state *state, struct common_options *options);

/* One more -v. */
void options_verbose(struct common_options *options);

/* Complains about @arg and exits, unless @valid. */
void options_require(struct argp_state *state, bool valid, const char *option,
		     const char *arg, const char *expected);

/* How columns are to look on standard output. */
struct columns_options options_columns(const struct common_options *options);

/* Whether they are to have colours. */
bool options_use_color(const struct common_options *options);

/* The view that was asked for; NULL where it cannot be had, after complaining. */
struct view *options_new_view(const struct common_options *options);

#endif /* LUTRACE_OPTIONS_H */
