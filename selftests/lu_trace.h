/* SPDX-License-Identifier: GPL-2.0 */
/*
 * lutrace beside a test: what it reports of what the test does.
 *
 * Events are named by a pattern of space separated key=value pairs that one
 * line of its JSON must hold all of, like
 * "event=pci.probe device=0000:01:00.0 decision=block". Where lutrace is not
 * in the VM, lu_trace_start() gives -ENOENT.
 */
#ifndef LU_TRACE_H
#define LU_TRACE_H

#include <stdbool.h>
#include <sys/types.h>

#include "lu_lib.h"

/**
 * struct lu_trace - A lutrace that runs
 * @pid: its process, or 0
 * @file: where its lines go
 * @buffer: size of its buffer, like "16M", for a test that makes more events at
 *	once than others; or NULL
 * @history: it starts with what the journal knows
 * @ordinary: it is an ordinary user's, with CAP_BPF and CAP_PERFMON alone
 */
struct lu_trace {
	pid_t pid;
	const char *file;
	const char *buffer;
	bool history;
	bool ordinary;
};

/*
 * Starts lutrace, its JSON going to @file, and waits until it is attached. @t is
 * zero but for what it shall be.
 */
int lu_trace_start(struct lu_trace *t, const char *file);

/*
 * Stops lutrace as Ctrl-C does. Returns its exit status, where 0 and 1 say
 * that the stream is complete, or a negative errno.
 */
int lu_trace_stop(struct lu_trace *t);

/* How many events so far match. */
int lu_trace_count(const struct lu_trace *t, const char *fmt, ...)
	__printf(2, 3);

/* Waits until an event matches; says so when none did in time. */
bool lu_trace_saw(const struct lu_trace *t, const char *fmt, ...)
	__printf(2, 3);

/* Whether one line of JSON holds all pairs of @pattern. */
bool lu_json_matches(const char *line, const char *pattern);

/* The number that @key has in a line of JSON; false where it has none. */
bool lu_json_number(const char *line, const char *key, long long *value);

/* A step that starts @t, skipped where there is no lutrace. */
int lu_trace_step_start(struct lu_trace *t);

/* A step that stops @t, and fails unless the stream was complete. */
int lu_trace_step_stop(struct lu_trace *t);

/*
 * A step that reads the journal, and fails unless it has each decision that
 * this kernel's log has. Skipped where there is no lutrace.
 */
int lu_trace_step_log(void);

/*
 * Reads the journal as JSON into LU_JOURNAL_FILE, with more @options, which are words for a shell.
 * Returns lutrace's exit status. lu_trace_count() on lu_journal looks into the file.
 */
int lu_journal_read(const char *options);

#define LU_JOURNAL_FILE	"/tmp/journal.json"

extern const struct lu_trace lu_journal;

/*
 * A step that checks the assertions in /selftests/@test.expect against the journals of both kernels. In
 * them net and edu are the machine's devices, and bridge is the one above net. Skipped where there is no
 * lutrace.
 */
int lu_trace_step_story(const char *test);

/* Whether it has given up all privileges, for good. */
bool lu_trace_has_no_privileges(const struct lu_trace *t);

/* Whether there is a lutrace to ask why. */
bool lu_why_can_ask(void);

/*
 * What it answers, as its user reads it, and its exit status; NULL if there is no
 * answer. @arguments are words for a shell. Valid until the next question.
 */
const char *lu_why_ask(const char *arguments, int *status);

/*
 * Whether `lutrace why OBJECT` ends with @status and says all @texts, a list that
 * ends with NULL; shows what it says where it does not.
 */
bool lu_why_says(const char *object, int status, const char *const texts[]);

/*
 * Whether it says that @decision, an event and its reason such as
 * "vfio.match noiommu", was what went wrong in this kernel, and what to do. True
 * where there is no lutrace.
 */
bool lu_why_blames(const char *object, const char *decision);

/* Leaves a step as skipped unless lutrace runs. */
#define lu_need_trace(t) do {						\
	if (!(t)->pid)							\
		lu_skip("lutrace does not run");			\
} while (0)

/* Leaves a step as failed unless lutrace reports such an event. */
#define lu_traced(t, fmt, ...)						\
	lu_require(lu_trace_saw(t, fmt, ##__VA_ARGS__),			\
		   "lutrace does not report it")

/* The same for a step that asserts more than that: nothing without lutrace. */
#define lu_traced_too(t, fmt, ...) do {					\
	if ((t)->pid)							\
		lu_traced(t, fmt, ##__VA_ARGS__);			\
} while (0)

/* Leaves a step as failed unless `lutrace why` blames @decision. */
#define lu_blamed(object, decision)					\
	lu_require(lu_why_blames(object, decision),			\
		   "%s is not blamed for %s", decision, object)

#endif /* LU_TRACE_H */
