/* SPDX-License-Identifier: GPL-2.0 */
/* What the verbs share: exit statuses, messages and the verb table. */
#ifndef LUTRACE_H
#define LUTRACE_H

#include <stdbool.h>

/* The version of the JSON output's layout. */
#define LUTRACE_SCHEMA	"lutrace/1"

/* Exit statuses. EXIT_CANNOT_RUN is kselftest's SKIP. */
enum {
	EXIT_CLEAN	= 0,
	EXIT_OBSERVED	= 1,	/* a failure was observed */
	EXIT_USAGE	= 2,
	EXIT_INCOMPLETE	= 3,	/* output is incomplete */
	EXIT_CANNOT_RUN	= 4,
};

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

/* Whether there is a verb of that name. */
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

/* Prints "lutrace: " and the message to standard error. */
void complain(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

#endif /* LUTRACE_H */
