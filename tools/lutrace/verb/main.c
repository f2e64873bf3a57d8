// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <argp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/complain.h"
#include "base/util.h"
#include "verb/main.h"

const char *argp_program_version = "lutrace " LUTRACE_VERSION;

/* The first verb is the default. */
static const struct verb verbs[] = {
	{ "trace", "show recorded events, and then events as they happen (default)", verb_trace },
	{ "status", "show what is preserved, incoming, retrieved and blocked, now", verb_status },
	{ "journal", "show the events that both kernels recorded", verb_journal },
	{ "why", "say why a session, file or device was refused or lost; what to do", verb_why },
	{ "blame", "say where the time of the last live update went", verb_blame },
	{ "report", "write a page about the last live update, for a browser", verb_report },
	{ "export", "write recorded events for Perfetto, Chrome, as a picture or JSON", verb_export },
	{ "schema", "write the JSON schema of the output with -o json", verb_schema },
	{ "metrics", "write metrics for Prometheus", verb_metrics },
	{ "expect", "check assertions about recorded events", verb_expect },
	{ "doctor", "say whether this host can be live updated, and what is missing", verb_doctor },
	{ "bundle", "write one archive to attach to a bug report", verb_bundle },
	{ "record", "record events to a file that other verbs read with -i", verb_record },
};

static const struct verb *find_verb(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(verbs); i++) {
		if (!strcmp(name, verbs[i].name))
			return &verbs[i];
	}
	return NULL;
}

bool is_verb(const char *name)
{
	return find_verb(name);
}

static char *help_filter(int key, const char *text, void *input)
{
	char *list = NULL;
	size_t size, i;
	FILE *out;

	(void)input;
	if (key != ARGP_KEY_HELP_POST_DOC)
		return (char *)text;

	out = open_memstream(&list, &size);
	if (!out)
		return (char *)text;
	fputs("Verbs:\n", out);
	for (i = 0; i < ARRAY_SIZE(verbs); i++)
		fprintf(out, "  %-10s %s\n", verbs[i].name, verbs[i].help);
	fputs("\nOptions without a verb go to the default one. See `lutrace VERB --help'.", out);
	fclose(out);
	return list;
}

static const struct argp main_argp = {
	.args_doc = "[VERB] [OPTION...]",
	.doc = "See why a live update kept, or lost, a file or a device.\v ",
	.help_filter = help_filter,
};

static int run(const struct verb *verb, int argc, char **argv)
{
	char name[64];

	/* Messages about the verb's options name the verb. */
	snprintf(name, sizeof(name), "lutrace %s", verb->name);
	argv[0] = name;
	return verb->run(argc, argv);
}

static bool is_for_main(const char *option)
{
	return !strcmp(option, "--help") || !strcmp(option, "-?") ||
	       !strcmp(option, "--usage") || !strcmp(option, "--version") ||
	       !strcmp(option, "-V");
}

int main(int argc, char **argv)
{
	const struct verb *verb;

	argp_err_exit_status = EXIT_USAGE;
	/* A closed pipe is an error of fflush(), not the end. */
	signal(SIGPIPE, SIG_IGN);

	if (argc > 1 && is_for_main(argv[1])) {
		argp_parse(&main_argp, argc, argv, ARGP_IN_ORDER, NULL, NULL);
		return EXIT_CLEAN;
	}
	if (argc < 2 || argv[1][0] == '-')
		return run(&verbs[0], argc, argv);

	verb = find_verb(argv[1]);
	if (verb)
		return run(verb, argc - 1, argv + 1);
	complain("no verb '%s': see 'lutrace --help'", argv[1]);
	return EXIT_USAGE;
}
