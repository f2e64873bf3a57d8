/* SPDX-License-Identifier: GPL-2.0 */
/* What a host must have to do live updates, and to observe them. */
#ifndef LUTRACE_CHECKUP_H
#define LUTRACE_CHECKUP_H

#include <stdbool.h>
#include <stddef.h>

#define CHECKUP_MAX	64

enum check_result {
	CHECK_YES,
	CHECK_NO,
	/* A live update works without it. */
	CHECK_NOTE,
	CHECK_UNKNOWN,
};

/**
 * struct check - One question
 * @topic:  Its subject: "kernel", "command line", ...
 * @name:   The option, parameter or other thing that it asks for.
 * @result: The answer.
 * @detail: What was found; owned, NULL where there is no more to say.
 * @fix:    What to do about it; NULL where there is nothing to do.
 */
struct check {
	const char *topic;
	const char *name;
	enum check_result result;
	char *detail;
	const char *fix;
};

/**
 * struct candidate - A PCI device that one might want to preserve
 * @bdf:      Its address.
 * @driver:   Its driver; NULL for none.
 * @obstacle: Why its file cannot be preserved; NULL where it can.
 * @fix:      What to do about the obstacle.
 */
struct candidate {
	char *bdf;
	char *driver;
	const char *obstacle;
	const char *fix;
};

/**
 * struct checkup - All questions
 * @check:         The questions, in the order in which they are shown.
 * @nr:            How many.
 * @candidates:    PCI devices that are not bridges.
 * @nr_candidates: How many.
 */
struct checkup {
	struct check check[CHECKUP_MAX];
	size_t nr;
	struct candidate *candidates;
	size_t nr_candidates;
};

/* Adds an answer; @detail is as for printf(), or NULL. */
void checkup_add(struct checkup *c, const char *topic, const char *name,
		 enum check_result result, const char *fix,
		 const char *detail, ...)
	__attribute__((format(printf, 6, 7)));
void checkup_free(struct checkup *c);

/* Looks for the options that a host needs in @config, the text of a kernel configuration. */
void checkup_config(struct checkup *c, const char *config);

/*
 * The same for a kernel's command line, where its configuration @config, if that is known and not
 * NULL, has what the parameters are about.
 */
void checkup_command_line(struct checkup *c, const char *words, const char *config);

/* @lockdown is what securityfs says, "[none] integrity confidentiality"; may be NULL. */
void checkup_lockdown(struct checkup *c, const char *lockdown);

/*
 * How many trace events of @system the kernel has, has with other arguments, and does not have.
 * @remedy is for a kernel that has none.
 */
void checkup_events(struct checkup *c, const char *system, const char *remedy,
		    unsigned int present, unsigned int foreign, unsigned int missing);

/* How many answers are no. */
size_t checkup_failed(const struct checkup *c);

#endif /* LUTRACE_CHECKUP_H */
