// SPDX-License-Identifier: GPL-2.0
/*
 * Texts with facts in braces: {device}, {bridge}, {driver} that had or wanted the device,
 * {preserver}, the driver that preserved it, {file} as SESSION:TOKEN, {session}, {token},
 * {handler}, {flb}, {errno}, {found}, whether this kernel has found the device, and {finish},
 * "finish the session, and" where that is still to be done.
 */
#include <inttypes.h>
#include <string.h>

#include "base/util.h"
#include "story/explain.h"

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

/* Writes a name that may be part of a command. */
static void write_word(FILE *out, const char *name, const char *unknown, const char *placeholder,
		       enum explain_form form)
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

/* lutrace knows of no other driver whose devices can be preserved. */
static void write_preserver(FILE *out, const struct facts *f, enum explain_form form)
{
	write_word(out, f->preserver ?: "vfio-pci", "", "vfio-pci", form);
}

static void write_session(FILE *out, const struct facts *f, enum explain_form form)
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

static void write_handler(FILE *out, const struct facts *f, enum explain_form form)
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

/* The index of the word in braces at @text, ARRAY_SIZE(words) where it is not known. */
static size_t find_word(const char *text)
{
	size_t i, length;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		length = strlen(words[i].word);
		if (!strncmp(text + 1, words[i].word, length) && text[length + 1] == '}')
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
		word = *text == '{' ? find_word(text) : ARRAY_SIZE(words);
		if (word == ARRAY_SIZE(words)) {
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
		if (*text == '{' && find_word(text) == ARRAY_SIZE(words))
			return false;
	}
	return true;
}
