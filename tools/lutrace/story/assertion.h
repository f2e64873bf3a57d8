/* SPDX-License-Identifier: GPL-2.0 */
/* Assertions about what was recorded: their language, and whether they hold. */
#ifndef LUTRACE_ASSERTION_H
#define LUTRACE_ASSERTION_H

#include "story/timeline.h"

#define ASSERTION_MAX_PARAMETERS	64

/**
 * struct parameter - A word that the command line defines
 * @name:  As it stands after the $.
 * @value: What replaces it.
 */
struct parameter {
	const char *name;
	const char *value;
};

/**
 * struct assertion_error - What is wrong with a text
 * @line:    Where, from 1.
 * @column:  Where in it, from 1.
 * @message: What; "" where there was no memory.
 */
struct assertion_error {
	size_t line;
	size_t column;
	char message[160];
};

struct assertions;

/*
 * Parses @size bytes at @text. Returns NULL with @error where they are wrong, or
 * there is no memory.
 */
struct assertions *assertions_parse(const char *text, size_t size,
				    const struct parameter *parameters,
				    size_t nr_parameters,
				    struct assertion_error *error);
void assertions_free(struct assertions *assertions);

size_t assertions_count(const struct assertions *assertions);

/*
 * Writes a KTAP line for each assertion, and for one that does not hold also what was expected and
 * what came instead. Returns how many do not hold.
 */
size_t assertions_check(FILE *out, const struct assertions *assertions, const struct timeline *t);

#endif /* LUTRACE_ASSERTION_H */
