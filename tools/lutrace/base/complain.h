/* SPDX-License-Identifier: GPL-2.0 */
/* Messages to the user, and the exit statuses that say the same to a script. */
#ifndef LUTRACE_COMPLAIN_H
#define LUTRACE_COMPLAIN_H

/* Exit statuses. EXIT_CANNOT_RUN is kselftest's SKIP. */
enum {
	EXIT_CLEAN	= 0,
	EXIT_OBSERVED	= 1,	/* a failure was observed */
	EXIT_USAGE	= 2,
	EXIT_INCOMPLETE	= 3,	/* output is incomplete */
	EXIT_CANNOT_RUN	= 4,
};

/* Prints "lutrace: " and the message to standard error. */
void complain(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

#endif /* LUTRACE_COMPLAIN_H */
