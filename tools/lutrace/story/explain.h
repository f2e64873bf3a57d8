/* SPDX-License-Identifier: GPL-2.0 */
/* What went wrong in words: the table of bpf/explanations.h, and its facts. */
#ifndef LUTRACE_EXPLAIN_H
#define LUTRACE_EXPLAIN_H

#include <stdio.h>

#include "bpf/explanations.h"
#include "model/event.h"

/* What no single event says. */
enum story_state {
#define W(id, ...) STATE_##id,
	LUTRACE_WHY_STATES(W)
#undef W
	NR_STATES,
	/* Something went on as it should. */
	STATE_NONE = NR_STATES,
};

/**
 * struct explanation - One entry of the table
 * @what:   Why it went wrong, as a clause, with facts in braces.
 * @advice: What to do: a sentence or a command a line.
 */
struct explanation {
	const char *what;
	const char *advice;
};

/*
 * The entry for a decision with that reason, or else for the positive errno;
 * NULL where there is none. Without a reason, 0 asks for the entry that stands
 * for all errnos.
 */
const struct explanation *explain(enum lutrace_event_id id, const char *reason,
				  int err);
/* The entry that fits the event best; never NULL. */
const struct explanation *explain_event(const struct event *event);
const struct explanation *explain_state(enum story_state state);
const char *state_name(enum story_state state);

/* Hands all entries of events to @entry: for the tests. */
void explain_all(void (*entry)(enum lutrace_event_id id, const char *reason,
			       int err, const struct explanation *e));

/**
 * struct facts - What stands for the words in braces
 * @device:    Address of the device.
 * @bridge:    Address of the bridge that lost its bus numbers.
 * @driver:    Driver that had the device, or wanted it.
 * @preserver: Driver that preserved it.
 * @session:   Name of the session.
 * @handler:   Compatible string of the file handler.
 * @flb:       Compatible string of the FLB.
 * @token:     Of the file, where @has_token.
 * @has_token: @token is known.
 * @found:     This kernel has found the device.
 * @over:      The session is finished, or closed.
 * @err:       The errno, 0 or negative.
 *
 * A name that is not known is NULL.
 */
struct facts {
	const char *device;
	const char *bridge;
	const char *driver;
	const char *preserver;
	const char *session;
	const char *handler;
	const char *flb;
	uint64_t token;
	bool has_token;
	bool found;
	bool over;
	int err;
};

/**
 * enum explain_form - What a text is written for
 * @EXPLAIN_RAW:      Names as they are: for who escapes them.
 * @EXPLAIN_TERMINAL: Names escaped for a terminal.
 * @EXPLAIN_ADVICE:   The same; and what might be pasted into a shell is a plain
 *                    word, whatever the name is.
 */
enum explain_form {
	EXPLAIN_RAW,
	EXPLAIN_TERMINAL,
	EXPLAIN_ADVICE,
};

/* Writes @text, @length bytes of it, with facts in place of what is in braces. */
void explain_write(FILE *out, const char *text, size_t length,
		   const struct facts *facts, enum explain_form form);

/* Whether the braces of @text hold but known words. */
bool explain_is_sound(const char *text);

#endif /* LUTRACE_EXPLAIN_H */
