/* SPDX-License-Identifier: GPL-2.0 */
/* What went wrong, in words: the table of explanations.c, and the facts in its texts. */
#ifndef LUTRACE_EXPLAIN_H
#define LUTRACE_EXPLAIN_H

#include <stdio.h>

#include "model/event.h"

/* What no single event says. */
enum story_state {
	STATE_NO_KHO,
	STATE_NOTHING_HANDED_OVER,
	STATE_NO_LIVE_UPDATE,
	STATE_CLOSED,
	STATE_ENDED,
	STATE_FINISHED,
	STATE_NOT_RETRIEVED,
	STATE_FILE_NOT_RETRIEVED,
	STATE_DEVICE_WAITS,
	STATE_BRIDGE_WAITS,
	NR_STATES,
	/* An event says it. */
	STATE_NONE = NR_STATES,
};

/**
 * struct explanation - One entry of the table
 * @event:  The event that reports it.
 * @reason: The reason that the event gives, or the name of a state; NULL where there is none.
 * @err:    Without a reason: the positive errno; 0 for all that have no entry of their own.
 * @what:   Why it went wrong, as a clause, with facts in braces.
 * @advice: What to do: a sentence or a command a line.
 */
struct explanation {
	enum lutrace_event_id event;
	const char *reason;
	int err;
	const char *what;
	const char *advice;
};

/* The entry for the event and that reason, or else that positive errno; NULL if there is none. */
const struct explanation *explain(enum lutrace_event_id id, const char *reason, int err);

/* The entry that fits the event best; never NULL. */
const struct explanation *explain_event(const struct event *event);
const struct explanation *explain_state(enum story_state state);

/* Hands all entries of events to @entry: for the tests. */
void explain_all(void (*entry)(const struct explanation *e));

/**
 * struct facts - What the words in braces are replaced by
 * @device:    Address of the device.
 * @bridge:    Address of the bridge that lost its bus numbers.
 * @driver:    Driver that had the device, or wanted it.
 * @preserver: Driver that preserved the device.
 * @session:   Name of the session.
 * @handler:   Compatible string of the file handler.
 * @flb:       Compatible string of the FLB.
 * @token:     Token of the file, where @has_token.
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
 * @EXPLAIN_RAW:      Names as they are; the caller escapes them.
 * @EXPLAIN_TERMINAL: Names escaped for a terminal.
 * @EXPLAIN_ADVICE:   The same, and a name that may be pasted into a shell is replaced by a
 *                    placeholder unless it is a plain word.
 */
enum explain_form {
	EXPLAIN_RAW,
	EXPLAIN_TERMINAL,
	EXPLAIN_ADVICE,
};

/* Writes the first @length bytes of @text, with facts instead of the words in braces. */
void explain_write(FILE *out, const char *text, size_t length, const struct facts *facts,
		   enum explain_form form);

/* Whether all words in braces of @text are known. */
bool explain_is_sound(const char *text);

#endif /* LUTRACE_EXPLAIN_H */
