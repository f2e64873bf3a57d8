/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who cost how much: the phases of the last live update, and what each file took
 * in each of them.
 */
#ifndef LUTRACE_PHASES_H
#define LUTRACE_PHASES_H

#include "story/timeline.h"

/**
 * enum phase_id - The phases of an update, in order
 * @PHASE_PRESERVE:    Files are preserved: from the first one that was frozen later
 *                     to the last.
 * @PHASE_FREEZE:      The kexec begins, until all files are frozen and handed over.
 * @PHASE_SHUTDOWN:    The rest of reboot(2), devices being shut down, until the
 *                     jump.
 * @PHASE_JUMP:        From the last moment of the previous kernel to the beginning
 *                     of this one's journal.
 * @PHASE_EARLY_BOOT:  Until the first preserved device, or a bridge above one, is
 *                     found.
 * @PHASE_ENUMERATION: Until the kernel's own threads have found the last one, and
 *                     decided who may have it.
 * @PHASE_USER_SPACE:  Until a session is retrieved.
 * @PHASE_RETRIEVE:    Until the last file is retrieved.
 * @PHASE_BIND:        Devices are bound to an iommufd, from the first to the last.
 * @PHASE_FINISH:      Sessions are finished, from the first file to the last.
 */
enum phase_id {
	PHASE_PRESERVE,
	PHASE_FREEZE,
	PHASE_SHUTDOWN,
	PHASE_JUMP,
	PHASE_EARLY_BOOT,
	PHASE_ENUMERATION,
	PHASE_USER_SPACE,
	PHASE_RETRIEVE,
	PHASE_BIND,
	PHASE_FINISH,
	NR_PHASES,
};

/* What is done with each file; each has its phase. */
enum step_id {
	STEP_PRESERVE,
	STEP_FREEZE,
	STEP_RETRIEVE,
	STEP_BIND,
	STEP_FINISH,
	NR_STEPS,
};

/**
 * struct blamed_file - A file of the update
 * @session: Its session.
 * @token:   Its token.
 * @device:  Address of its device; "" where it has none, or that is not known.
 * @step:    By enum step_id: the event that ended it, or that it failed with; NULL
 *           where it was not seen.
 */
struct blamed_file {
	const char *session;
	uint64_t token;
	const char *device;
	const struct event *step[NR_STEPS];
};

/**
 * struct phase - One of them
 * @known:    It was seen.
 * @begin_ns: On this kernel's CLOCK_BOOTTIME.
 * @end_ns:   The same.
 * @files:    Files that had this step.
 * @failed:   How many of them failed.
 * @slowest:  The one of them that took longest; NULL where none did.
 */
struct phase {
	bool known;
	int64_t begin_ns;
	int64_t end_ns;
	size_t files;
	size_t failed;
	const struct blamed_file *slowest;
};

/**
 * struct phases - An update
 * @phase:    By enum phase_id.
 * @files:    In the order in which they were preserved.
 * @nr:       How many.
 * @jump:     To this kernel; NULL where there was none.
 * @zero_ns:  When the freeze began, or what is nearest to that.
 * @failures: Steps that failed.
 * @waiting:  Files that were handed over, and that nobody has retrieved.
 * @lost:     Records that are missing.
 * @incomplete: Why not all that was recorded is known; NULL where it is.
 *
 * Points into the diagnosis.
 */
struct phases {
	struct phase phase[NR_PHASES];
	struct blamed_file *files;
	size_t nr;
	const struct jump *jump;
	int64_t zero_ns;
	size_t failures;
	size_t waiting;
	uint64_t lost;
	const char *incomplete;
};

const char *phase_name(enum phase_id id);
const char *step_name(enum step_id id);

/* The phase that consists of such steps. */
enum phase_id phase_of_step(enum step_id id);

/* How long it took, in ns. */
uint64_t step_ns(const struct event *step);

/* Whether a step of it failed. */
bool blamed_file_failed(const struct blamed_file *file);

/* Whether it was handed over, and nobody came for it, as far as all is known. */
bool blamed_file_waits(const struct phases *phases,
		       const struct blamed_file *file);

/* When what it reports began. */
int64_t step_begin_ns(const struct event *step);

/*
 * Finds the phases of the last update in all that was handed to the diagnosis.
 * Returns false without memory. free() @phases->files.
 */
bool phases_find(struct timeline *t, struct phases *phases);

#endif /* LUTRACE_PHASES_H */
