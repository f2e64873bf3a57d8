// SPDX-License-Identifier: GPL-2.0
/* lutrace journal: what the previous kernel and this one recorded. */
#define _GNU_SOURCE
#include <argp.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "lutrace.h"
#include "show.h"
#include "source_journal.h"
#include "source_live.h"

struct options {
	struct common_options common;
	bool strict;
};

enum {
	OPT_STRICT = 256,
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
		options_init(state, &o->common);
		break;
	case OPT_STRICT:
		o->strict = true;
		break;
	case ARGP_KEY_ARG:
		argp_error(state, "unexpected argument '%s'", arg);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp_child children[] = { OPTIONS_CHILDREN };

static const struct argp journal_argp = {
	.options = argp_options,
	.parser = parse_option,
	.children = children,
	.doc = "Show what the previous kernel and this one have recorded of live updates.\v"
	       "Exit status: 0 clean; 1 a failure was shown; 2 usage; 3 output is incomplete; 4 cannot run here.",
};

/* Returns NULL after complaining. */
static struct history *read_journal(const char *kernel)
{
	struct history *history;
	int fd;

	if (!live_prepare())
		return NULL;
	fd = journal_open();
	if (fd == -ENOENT)
		complain("kernel %s has no live update journal: use a kernel with the live update tracing patches, set CONFIG_LIVEUPDATE_JOURNAL",
			 kernel);
	if (fd < 0)
		return NULL;
	history = journal_read(fd);
	close(fd);
	return history;
}

static bool has_something(const struct history *history,
			  enum generation_choice which)
{
	const char *previous = history_problem(history, true);
	const char *current = history_problem(history, false);

	if (current && which != GENERATION_PREVIOUS)
		complain("no journal of this kernel: %s", current);
	if (previous && (which == GENERATION_PREVIOUS ||
			 (current && which == GENERATION_ANY)))
		complain("no journal of the previous kernel: %s", previous);
	if (which == GENERATION_PREVIOUS)
		return !previous;
	return !current || (which == GENERATION_ANY && !previous);
}

int verb_journal(int argc, char **argv)
{
	struct options options = { 0 };
	struct show show = { .options = &options.common };
	struct history *history;
	struct utsname host;
	int status = EXIT_CANNOT_RUN;
	size_t i;

	argp_parse(&journal_argp, argc, argv, 0, NULL, &options);
	if (options.common.verbose >= 3)
		live_show_libbpf_log();

	/* A closed pipe is an error of fflush(), not the end. */
	signal(SIGPIPE, SIG_IGN);
	uname(&host);
	history = read_journal(host.release);
	if (!history)
		return EXIT_CANNOT_RUN;
	if (!has_something(history, options.common.filter.generation))
		goto out;

	for (i = 0; i < LUTRACE_NR_EVENTS; i++)
		show.info.traced[i] = filter_selects(&options.common.filter, i);
	show.info.version = LUTRACE_VERSION;
	show.info.host = host.nodename;
	show.info.kernel = host.release;
	show.info.has_generation = history_generation(history,
						      &show.info.generation);
	show.strict = options.strict;
	show.view = options_new_view(&options.common);
	if (!show.view) {
		complain("out of memory");
		goto out;
	}
	if (show_begin(&show)) {
		show_history(&show, history);
		show.summary.end = "read";
	}
	status = show_end(&show);
	free(show.view);
out:
	history_free(history);
	return status;
}
