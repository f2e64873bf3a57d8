/* SPDX-License-Identifier: GPL-2.0 */
/* The table of verbs. */
#ifndef LUTRACE_MAIN_H
#define LUTRACE_MAIN_H

#include <stdbool.h>

/**
 * struct verb - One subcommand
 * @name: What the user types.
 * @help: One line for `lutrace --help`.
 * @run:  Gets its own argv, argv[0] being "lutrace VERB"; returns the exit
 *        status.
 */
struct verb {
	const char *name;
	const char *help;
	int (*run)(int argc, char **argv);
};

/* Returns whether there is a verb of that name. */
bool is_verb(const char *name);

int verb_trace(int argc, char **argv);
int verb_status(int argc, char **argv);
int verb_journal(int argc, char **argv);
int verb_why(int argc, char **argv);
int verb_record(int argc, char **argv);
int verb_blame(int argc, char **argv);
int verb_expect(int argc, char **argv);
int verb_doctor(int argc, char **argv);
int verb_bundle(int argc, char **argv);
int verb_report(int argc, char **argv);
int verb_schema(int argc, char **argv);
int verb_export(int argc, char **argv);
int verb_metrics(int argc, char **argv);

#endif /* LUTRACE_MAIN_H */
