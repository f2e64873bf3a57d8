// SPDX-License-Identifier: GPL-2.0
/* lutrace why: what became of a session, a file or a device, and what to do. */
#define _GNU_SOURCE
#include <argp.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "lutrace.h"
#include "options.h"
#include "source_journal.h"
#include "source_live.h"
#include "view_why.h"

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
		argp_error(state, "which session, SESSION:TOKEN or PCI address?");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp_child children[] = {
	{ .argp = &options_output_argp, .header = "Output:", .group = 2 },
	{ 0 }
};

static const struct argp why_argp = {
	.parser = parse_option,
	.args_doc = "SESSION[:TOKEN] | BDF",
	.children = children,
	.doc = "Say why a session, one of its files or a PCI device was refused, blocked or lost, from the decision that went wrong to the errno that the user saw, and what to do.\v"
	       "What can be read as a PCI address is one. "
	       "Exit status: 0 nothing went wrong; 1 something did, or the object is unknown; 2 usage; 3 output could not be written; 4 cannot run here.",
};

/*
 * A kexec says so in the boot protocol of x86; where the kernel does not tell,
 * nobody knows.
 */
static enum arrival read_arrival(void)
{
	/* /proc/sys/kernel/bootloader_type: loader 0xd, any version. */
	FILE *in = fopen("/proc/sys/kernel/bootloader_type", "re");
	unsigned int type;
	int n;

	if (!in)
		return ARRIVAL_UNKNOWN;
	n = fscanf(in, "%u", &type);
	fclose(in);
	if (n != 1)
		return ARRIVAL_UNKNOWN;
	return type >> 4 == 0xd ? ARRIVAL_KEXEC : ARRIVAL_BOOT;
}

static int write_answer(const struct question *question,
			const struct verdict *verdict)
{
	bool ok = why_write(stdout, question, verdict);

	if (!ok)
		complain("out of memory");
	/* Who reads us through a pipe may stop reading: that is no error. */
	if ((fflush(stdout) || ferror(stdout)) && errno != EPIPE) {
		complain("cannot write the output: %s", strerror(errno));
		ok = false;
	}
	if (!ok)
		return EXIT_INCOMPLETE;
	return verdict->known && !verdict->nr ? EXIT_CLEAN : EXIT_OBSERVED;
}

/* Returns NULL after complaining. */
static struct history *read_journal(void)
{
	struct utsname host;
	struct history *history;
	int fd;

	if (!live_prepare())
		return NULL;
	fd = journal_open();
	uname(&host);
	if (fd == -ENOENT)
		complain("kernel %s has no live update journal: use a kernel with the live update tracing patches, set CONFIG_LIVEUPDATE_JOURNAL",
			 host.release);
	if (fd < 0)
		return NULL;
	live_drop_privileges();
	history = journal_read(fd);
	close(fd);
	if (!history || !history_problem(history, false) ||
	    !history_problem(history, true))
		return history;
	complain("no journal of this kernel: %s", history_problem(history, false));
	history_free(history);
	return NULL;
}

static int answer(struct history *history, const struct options *options)
{
	struct history_output output = {
		.event = diagnosis_event,
		.jump = diagnosis_jump,
		.lost = diagnosis_lost,
		.data = diagnosis_new(),
	};
	struct question question = {
		.object = options->object,
		.diagnosis = output.data,
		.info.version = LUTRACE_VERSION,
		.columns = options_columns(&options->common),
		.json = options->common.output == OUTPUT_JSON,
		.all = options->common.verbose,
	};
	int status = EXIT_CANNOT_RUN;
	struct verdict verdict;
	struct utsname host;

	uname(&host);
	question.info.host = host.nodename;
	question.info.kernel = host.release;
	question.info.has_generation =
		history_generation(history, &question.info.generation);
	clocks_read(&question.info.clocks);
	if (output.data && history_show(history, GENERATION_ANY, &output) &&
	    diagnosis_conclude(output.data, options->object, read_arrival(),
			       &verdict))
		status = write_answer(&question, &verdict);
	else
		complain("out of memory");
	diagnosis_free(output.data);
	return status;
}

int verb_why(int argc, char **argv)
{
	struct options options = { 0 };
	struct history *history;
	int status;

	argp_parse(&why_argp, argc, argv, 0, NULL, &options);
	if (options.common.verbose >= 3)
		live_show_libbpf_log();

	/* A closed pipe is an error of fflush(), not the end. */
	signal(SIGPIPE, SIG_IGN);
	history = read_journal();
	if (!history)
		return EXIT_CANNOT_RUN;
	status = answer(history, &options);
	history_free(history);
	return status;
}
