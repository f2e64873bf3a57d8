// SPDX-License-Identifier: GPL-2.0
/* Apart from timeline.c, which the tests link without a kernel's journals. */
#include "source/source.h"
#include "story/timeline.h"

struct timeline *timeline_read(struct source *source)
{
	struct timeline *t = timeline_new();

	if (t && source_show(source, GENERATION_ANY, &t->sink)) {
		t->incomplete = source_problem(source);
		return t;
	}
	timeline_free(t);
	return NULL;
}
