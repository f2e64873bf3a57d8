// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "story/explain.h"

static const struct {
	enum lutrace_event_id id;
	const char *reason;
	int err;
	struct explanation explanation;
} entries[] = {
#define W(id_, reason_, what_, advice_) \
	{ LUTRACE_##id_, reason_, 0, { what_, advice_ } },
	LUTRACE_WHY_REASONS(W)
#undef W
#define W(id_, err_, what_, advice_) \
	{ LUTRACE_##id_, NULL, err_, { what_, advice_ } },
	LUTRACE_WHY_ERRNOS(W)
#undef W
};

#define NR_ENTRIES	(sizeof(entries) / sizeof(entries[0]))

static const struct {
	const char *name;
	struct explanation explanation;
} states[NR_STATES] = {
#define W(id_, name_, what_, advice_) \
	[STATE_##id_] = { name_, { what_, advice_ } },
	LUTRACE_WHY_STATES(W)
#undef W
};

const struct explanation *explain(enum lutrace_event_id id, const char *reason,
				  int err)
{
	size_t i;

	for (i = 0; i < NR_ENTRIES; i++) {
		if (entries[i].id != id || !entries[i].reason != !reason)
			continue;
		if (reason ? !strcmp(entries[i].reason, reason) :
			     entries[i].err == err)
			return &entries[i].explanation;
	}
	return NULL;
}

const struct explanation *explain_event(const struct event *event)
{
	/* A newer kernel may give one. */
	static const struct explanation unknown = {
		"the kernel gives a reason that this lutrace does not know",
		"Use the lutrace of that kernel.\n" ADVICE_LOG
	};
	const struct explanation *e = NULL;
	enum lutrace_event_id id = event->desc->id;

	if (event_has(event, FIELD_REASON) || event_has(event, FIELD_STAGE))
		e = explain(id, event->value[FIELD_REASON].text, 0);
	if (!e && event_has(event, FIELD_ERRNO))
		e = explain(id, NULL, -event->value[FIELD_ERRNO].number);
	return e ?: explain(id, NULL, 0) ?: &unknown;
}

const struct explanation *explain_state(enum story_state state)
{
	return &states[state].explanation;
}

const char *state_name(enum story_state state)
{
	return states[state].name;
}

void explain_all(void (*entry)(enum lutrace_event_id id, const char *reason,
			       int err, const struct explanation *e))
{
	size_t i;

	for (i = 0; i < NR_ENTRIES; i++)
		entry(entries[i].id, entries[i].reason, entries[i].err,
		      &entries[i].explanation);
}

static bool is_plain(const char *name)
{
	return *name && !name[strspn(name, "abcdefghijklmnopqrstuvwxyz"
				     "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:-")];
}

static void write_name(FILE *out, const char *name, enum explain_form form)
{
	if (form == EXPLAIN_RAW)
		fputs(name, out);
	else
		escape_terminal(out, name);
}

/* A name that belongs into commands. */
static void write_word(FILE *out, const char *name, const char *unknown,
		       const char *placeholder, enum explain_form form)
{
	if (form == EXPLAIN_ADVICE)
		fputs(name && is_plain(name) ? name : placeholder, out);
	else
		write_name(out, name ?: unknown, form);
}

static void write_device(FILE *out, const struct facts *f, enum explain_form form)
{
	write_word(out, f->device, "the device", "BDF", form);
}

static void write_bridge(FILE *out, const struct facts *f, enum explain_form form)
{
	write_word(out, f->bridge, "above it", "BDF", form);
}

static void write_driver(FILE *out, const struct facts *f, enum explain_form form)
{
	write_word(out, f->driver, "of another name", "DRIVER", form);
}

/* No other driver's devices are preserved, as far as lutrace knows. */
static void write_preserver(FILE *out, const struct facts *f,
			    enum explain_form form)
{
	write_word(out, f->preserver ?: "vfio-pci", "", "vfio-pci", form);
}

static void write_session(FILE *out, const struct facts *f,
			  enum explain_form form)
{
	write_name(out, f->session ?: "of an unknown name", form);
}

static void write_token(FILE *out, const struct facts *f, enum explain_form form)
{
	(void)form;
	if (f->has_token)
		fprintf(out, "0x%" PRIx64, f->token);
	else
		fputs("of the file", out);
}

static void write_file(FILE *out, const struct facts *f, enum explain_form form)
{
	if (f->session && f->has_token) {
		write_name(out, f->session, form);
		fprintf(out, ":0x%" PRIx64, f->token);
	} else {
		fputs("the file", out);
	}
}

static void write_handler(FILE *out, const struct facts *f,
			  enum explain_form form)
{
	write_name(out, f->handler ?: "of that kind", form);
}

static void write_flb(FILE *out, const struct facts *f, enum explain_form form)
{
	write_name(out, f->flb ?: "an FLB", form);
}

static void write_errno(FILE *out, const struct facts *f, enum explain_form form)
{
	const char *name = errno_name(-f->err);

	(void)form;
	if (name)
		fputs(name, out);
	else
		fprintf(out, "errno %d", -f->err);
}

static void write_found(FILE *out, const struct facts *f, enum explain_form form)
{
	(void)form;
	fputs(f->found ? "this kernel had found it, and it was removed since" :
			 "this kernel has never found it", out);
}

static void write_finish(FILE *out, const struct facts *f, enum explain_form form)
{
	if (f->over)
		return;
	fputs("finish session ", out);
	write_session(out, f, form);
	fputs(", which gives up what is left of it, and ", out);
}

static const struct {
	const char *word;
	void (*write)(FILE *out, const struct facts *f, enum explain_form form);
} words[] = {
	{ "device", write_device },
	{ "bridge", write_bridge },
	{ "driver", write_driver },
	{ "preserver", write_preserver },
	{ "session", write_session },
	{ "token", write_token },
	{ "file", write_file },
	{ "handler", write_handler },
	{ "flb", write_flb },
	{ "errno", write_errno },
	{ "found", write_found },
	{ "finish", write_finish },
};

#define NR_WORDS	(sizeof(words) / sizeof(words[0]))

/* The index of the word in braces at @text, NR_WORDS where there is none. */
static size_t find_word(const char *text)
{
	size_t i, length;

	for (i = 0; i < NR_WORDS; i++) {
		length = strlen(words[i].word);
		if (!strncmp(text + 1, words[i].word, length) &&
		    text[length + 1] == '}')
			break;
	}
	return i;
}

void explain_write(FILE *out, const char *text, size_t length,
		   const struct facts *facts, enum explain_form form)
{
	const char *end = text + length;
	size_t word;

	while (text < end) {
		word = *text == '{' ? find_word(text) : NR_WORDS;
		if (word == NR_WORDS) {
			fputc(*text++, out);
			continue;
		}
		words[word].write(out, facts, form);
		text += strlen(words[word].word) + 2;
	}
}

bool explain_is_sound(const char *text)
{
	for (; *text; text++) {
		if (*text == '{' && find_word(text) == NR_WORDS)
			return false;
	}
	return true;
}
