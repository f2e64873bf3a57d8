/* SPDX-License-Identifier: GPL-2.0 */
/* The answer of `lutrace why`, for people or as one JSON object. */
#ifndef LUTRACE_VIEW_WHY_H
#define LUTRACE_VIEW_WHY_H

#include "base/table.h"
#include "story/diagnosis.h"
#include "view/view.h"

/**
 * struct question - What was asked, and how to answer
 * @object:    As the user wrote it.
 * @timeline:  All that was recorded.
 * @diagnosis: The answer about @object.
 * @info:      For the chain.
 * @columns:   How to show it.
 * @json:      One JSON object, no text.
 * @all:       The chain has all that bears on the object.
 */
struct question {
	const char *object;
	const struct timeline *timeline;
	const struct diagnosis *diagnosis;
	struct trace_info info;
	struct columns_options columns;
	bool json;
	bool all;
};

/* Returns false without memory. */
bool why_write(FILE *out, const struct question *question);

/*
 * "Retrieving vm0:0x1 failed with ENODEV: its device had no driver", or NULL without
 * memory; free() it.
 */
char *why_headline(const struct finding *f, enum explain_form form);

/* Calls @print for each line of the advice. */
void why_advice(const struct finding *f, enum explain_form form,
		void (*print)(void *data, const char *line, bool first), void *data);

/* What it writes as JSON, for the schema. */
extern const struct table why_table, chain_table;

#endif /* LUTRACE_VIEW_WHY_H */
