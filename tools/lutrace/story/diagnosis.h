/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The answer about one object: why a session, a file or a device did not come through the live
 * update, from the decision that went wrong to the failure that the user saw.
 */
#ifndef LUTRACE_DIAGNOSIS_H
#define LUTRACE_DIAGNOSIS_H

#include "story/explain.h"
#include "story/timeline.h"

/**
 * struct finding - Something that went wrong
 * @root:    The decision that went wrong; NULL where no event says it.
 * @state:   What went wrong instead of, or before, @root; STATE_NONE if nothing.
 * @middle:  What followed from @root; NULL where there is nothing to say.
 * @symptom: The failure that the user saw; NULL where there was none yet, @root where that is all.
 * @seen:    The errno that the user saw, 0 or negative.
 * @facts:   Facts of all three events.
 *
 * The events belong to the timeline.
 */
struct finding {
	const struct event *root;
	enum story_state state;
	const struct event *middle;
	const struct event *symptom;
	int seen;
	struct facts facts;
};

/**
 * struct verdict - What there is to say about the object
 * @kind:       What it is.
 * @known:      Some event is about it.
 * @findings:   What went wrong, the most important first.
 * @nr:         How many; 0 where nothing went wrong.
 * @fine:       Where nothing went wrong: what became of it, as a clause with facts in braces.
 * @facts:      Facts of the object.
 * @lost:       Number of records that are missing, so that there may be more to it.
 * @blind:      Why nothing is known of the previous kernel; NULL where it is.
 * @incomplete: Why not all of the recording could be read; NULL where all could.
 */
struct verdict {
	enum object_kind kind;
	bool known;
	const struct finding *findings;
	size_t nr;
	const char *fine;
	struct facts facts;
	uint64_t lost;
	const char *blind;
	const char *incomplete;
};

struct diagnosis;

/*
 * Finds the answer about @object, as the user wrote it: a PCI address, a session, or a session and
 * a token after a colon. What can be a PCI address is one; what is the name of a recorded session
 * is that session. @timeline must outlive the diagnosis. Returns NULL without memory.
 */
struct diagnosis *diagnosis_new(struct timeline *timeline, const char *object,
				enum arrival arrival);
void diagnosis_free(struct diagnosis *diagnosis);

const struct verdict *diagnosis_verdict(const struct diagnosis *diagnosis);

/*
 * Calls @show, which may be NULL, for each item of the chain: for what bears on the object, in
 * order; with @all also for what went as it always does. Returns the number of events.
 */
size_t diagnosis_chain(const struct diagnosis *diagnosis, bool all,
		       void (*show)(void *data, const struct item *item), void *data);

/* Whether devices may have been reset for nothing, as the kexec failed after that. */
bool finding_has_resets(const struct finding *finding);

/* Calls @reset for each such device that is recorded. Returns their number. */
size_t diagnosis_resets(const struct diagnosis *diagnosis, const struct finding *finding,
			void (*reset)(void *data, const char *device), void *data);

#endif /* LUTRACE_DIAGNOSIS_H */
