/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Why a session, a file or a device did not come through: from the events of
 * the model, whatever their source, to the decision that went wrong and the
 * events that lead from there to what the user saw.
 */
#ifndef LUTRACE_DIAGNOSIS_H
#define LUTRACE_DIAGNOSIS_H

#include "story/explain.h"
#include "view/view.h"

enum object_kind {
	OBJECT_SESSION,
	OBJECT_FILE,
	OBJECT_DEVICE,
};

/**
 * struct finding - Something that went wrong
 * @root:    The decision that went wrong; NULL where no event tells of it.
 * @state:   What went wrong in place of, or before, @root; STATE_NONE if nothing.
 * @middle:  What followed from it; NULL where nothing is to be said.
 * @symptom: The failure that the user saw; NULL where there was none yet, @root
 *           where that is all.
 * @seen:    The errno that the user saw, 0 or negative.
 * @facts:   Of all of them.
 *
 * Events belong to the diagnosis.
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
 * struct item - One entry of the chain
 * @event: An event;
 * @jump:  or else the way to the next kernel;
 * @loss:  or else a loss.
 */
struct item {
	struct event *event;
	struct jump *jump;
	struct loss *loss;
};

struct diagnosis;

/* Returns NULL without memory. */
struct diagnosis *diagnosis_new(void);
void diagnosis_free(struct diagnosis *d);

/*
 * The source hands over what happened, in order: these fit into a struct
 * history_output. Texts of jumps must outlive the diagnosis. Events that there
 * is no memory for count as lost.
 */
bool diagnosis_event(void *diagnosis, struct event *event);
void diagnosis_jump(void *diagnosis, const struct jump *jump);
void diagnosis_lost(void *diagnosis, const struct loss *loss);

/*
 * Not all that was recorded was handed over: @why in words, which must outlive the
 * diagnosis; NULL where all was. What is not there may have happened.
 */
void diagnosis_incomplete(struct diagnosis *d, const char *why);

/**
 * struct verdict - What there is to say about the object
 * @kind:     What it is.
 * @known:    Some event is about it.
 * @findings: What went wrong, the most important first.
 * @nr:       How many; 0 where nothing went wrong.
 * @fine:     Where nothing did: how it stands, as a clause with facts in braces.
 * @facts:    Those of the object.
 * @lost:     Records that are missing, so that there may be more to it.
 * @blind:    Why nothing is known of the previous kernel; NULL where it is.
 * @incomplete: Why not all that was recorded is known; NULL where it is.
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

/**
 * enum arrival - How this kernel was entered
 * @ARRIVAL_UNKNOWN: Nobody knows.
 * @ARRIVAL_BOOT:    By firmware and a boot loader.
 * @ARRIVAL_KEXEC:   By kexec.
 */
enum arrival {
	ARRIVAL_UNKNOWN,
	ARRIVAL_BOOT,
	ARRIVAL_KEXEC,
};

/*
 * To be called after the last event, with what the user has written: a
 * PCI address, a session, or a session and a token after a colon. What can be a
 * PCI address is one; what can be a session that there is, is that one. The
 * verdict is valid until the next call. Returns false without memory.
 */
bool diagnosis_conclude(struct diagnosis *d, const char *object,
			enum arrival arrival, struct verdict *verdict);

/*
 * The chain: what bears on the object, in order; with @all also what went as it
 * always does. Calls @show for each item, which may be NULL to count them.
 */
size_t diagnosis_chain(const struct diagnosis *d, bool all,
		       void (*show)(void *data, const struct item *item),
		       void *data);

/* Hands each session, or each device that is no bridge, to @seen, once. */
void diagnosis_objects(const struct diagnosis *d, enum object_kind kind,
		       void (*seen)(void *data, const char *name), void *data);

#endif /* LUTRACE_DIAGNOSIS_H */
