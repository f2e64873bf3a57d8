/* SPDX-License-Identifier: GPL-2.0 */
/* What must not leave a host: secrets, and names if the user says so. */
#ifndef LUTRACE_REDACT_H
#define LUTRACE_REDACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define REDACT_KEY_SIZE	32
/* "anon-", 12 digits, and the terminator. */
#define PSEUDONYM_SIZE	18

/**
 * struct hidden_name - A name to look for
 * @name:      As it is, or as the kernel's log has it; owned.
 * @pseudonym: What replaces it.
 */
struct hidden_name {
	char *name;
	char pseudonym[PSEUDONYM_SIZE];
};

/**
 * struct redactor - What is to be hidden
 * @anonymous: Names are hidden, too.
 * @key:       Makes pseudonyms of them: the same of the same key and name.
 * @names:     Those that redact_text() looks for; owned.
 * @nr:        How many.
 */
struct redactor {
	bool anonymous;
	uint8_t key[REDACT_KEY_SIZE];
	struct hidden_name *names;
	size_t nr;
};

/*
 * Reads the key from a file that is not empty, or makes one up if @path is NULL. Returns false and
 * errno on failure.
 */
bool redact_key(struct redactor *r, const char *path);
void redactor_free(struct redactor *r);

/* The name cannot be found again without the key. */
void redact_pseudonym(const struct redactor *r, const char *name, char pseudonym[PSEUDONYM_SIZE]);

/*
 * If names are hidden, replaces @name, an array of @size, by its pseudonym, and lets redact_text()
 * look for the name. Returns false without memory.
 */
bool redact_name(struct redactor *r, char *name, size_t size);

/*
 * Writes a kernel command line: words that have to do with live updates, or say how a kernel runs,
 * and of the others their names alone.
 */
void redact_command_line(FILE *out, const char *words);

/*
 * Writes lines of a text such as a kernel log without what is secret in command lines, without MAC
 * addresses and serial numbers, and without names where those are hidden: those that were seen, and
 * what the kernel calls "session [NAME]".
 */
void redact_text(const struct redactor *r, FILE *out, const char *text);

#endif /* LUTRACE_REDACT_H */
