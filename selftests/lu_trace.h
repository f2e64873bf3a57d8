/* SPDX-License-Identifier: GPL-2.0 */
/*
 * lutrace beside a test: what it reports about the test's operations.
 *
 * A pattern is a list of key=value pairs, separated by blanks, like "event=pci.probe
 * device=0000:01:00.0 decision=block". It matches an event if one line of lutrace's JSON has all
 * pairs. Where lutrace is not in the VM, lu_trace_start() gives -ENOENT.
 */
#ifndef LU_TRACE_H
#define LU_TRACE_H

#include <stdbool.h>
#include <sys/types.h>

#include "lu_lib.h"

/**
 * struct lu_trace - A running lutrace
 * @pid: its process, or 0
 * @file: where its lines go
 * @buffer: size of its buffer, like "16M", for a test with many events at once; or NULL
 * @history: it starts with the journal
 * @ordinary: it runs as an ordinary user with CAP_BPF and CAP_PERFMON only
 */
struct lu_trace {
	pid_t pid;
	const char *file;
	const char *buffer;
	bool history;
	bool ordinary;
};

/*
 * Starts lutrace, which writes its JSON to @file, and waits until it is attached. The caller sets
 * the fields of @t that it wants, and leaves the others 0.
 */
int lu_trace_start(struct lu_trace *t, const char *file);

/*
 * Stops lutrace with SIGINT. Returns its exit status, of which 0 and 1 mean that the stream is
 * complete, or a negative errno.
 */
int lu_trace_stop(struct lu_trace *t);

/* How many events so far match. */
int lu_trace_count(const struct lu_trace *t, const char *fmt, ...)
	__printf(2, 3);

/* Waits until an event matches; prints a message if none does in time. */
bool lu_trace_saw(const struct lu_trace *t, const char *fmt, ...)
	__printf(2, 3);

/* Does one line of JSON hold all pairs of @pattern? */
bool lu_json_matches(const char *line, const char *pattern);

/* The number that @key has in a line of JSON; false where it has none. */
bool lu_json_number(const char *line, const char *key, long long *value);

/* The lutrace of the steps. */
extern struct lu_trace trace;

/* A step that starts it, skipped where there is no lutrace. */
int lu_trace_step_start(void);

/* A step that stops it, and fails unless the stream was complete. */
int lu_trace_step_stop(void);

/*
 * A step that reads the journal, and fails unless the journal has each decision that this
 * kernel's log has. Skipped where there is no lutrace.
 */
int lu_trace_step_log(void);

/*
 * Reads the journal as JSON into LU_JOURNAL_FILE. @options are more words for a shell. Returns
 * lutrace's exit status. lu_trace_count(&lu_journal, ...) counts in the file.
 */
int lu_journal_read(const char *options);

#define LU_JOURNAL_FILE	"/tmp/journal.json"

extern const struct lu_trace lu_journal;

/*
 * A step that checks /selftests/TEST.expect against the journals of both kernels. In it, net and
 * edu are the machine's devices, and bridge is the bridge above net. Skipped where there is no
 * lutrace.
 */
int lu_trace_step_story(void);

/* Has lutrace given up all privileges, for good? */
bool lu_trace_has_no_privileges(const struct lu_trace *t);

/* Is there a lutrace to ask? */
bool lu_why_can_ask(void);

/*
 * The answer of `lutrace why`, as its user reads it, and its exit status; NULL if there is no
 * answer. @arguments are words for a shell. Valid until the next question.
 */
const char *lu_why_ask(const char *arguments, int *status);

/*
 * Does `lutrace why OBJECT` end with @status and print all of @texts, a list that ends with NULL?
 * Prints the answer if it does not.
 */
bool lu_why_says(const char *object, int status, const char *const texts[]);

/*
 * Does `lutrace why` say that @decision, an event and its reason such as "vfio.match noiommu",
 * went wrong in this kernel, and what to do? True where there is no lutrace.
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

/* The same for a step that asserts other things as well: without lutrace, nothing. */
#define lu_traced_too(t, fmt, ...) do {					\
	if ((t)->pid)							\
		lu_traced(t, fmt, ##__VA_ARGS__);			\
} while (0)

/* Leaves a step as failed unless `lutrace why` blames @decision. */
#define lu_blamed(object, decision)					\
	lu_require(lu_why_blames(object, decision),			\
		   "%s is not blamed for %s", decision, object)

#endif /* LU_TRACE_H */
