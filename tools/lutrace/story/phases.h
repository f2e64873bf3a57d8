/* SPDX-License-Identifier: GPL-2.0 */
/* Where the time went: the phases of the last live update, and what each file took in them. */
#ifndef LUTRACE_PHASES_H
#define LUTRACE_PHASES_H

#include "story/timeline.h"

/**
 * enum phase_id - The phases of an update, in order
 * @PHASE_PRESERVE:    Files are preserved: from the first file to the last, of those that were
 *                     frozen later.
 * @PHASE_FREEZE:      From the beginning of the kexec until all files are frozen and handed over.
 * @PHASE_SHUTDOWN:    The rest of reboot(2), which shuts devices down, until the jump.
 * @PHASE_JUMP:        From the last moment of the previous kernel to the beginning of this
 *                     kernel's journal.
 * @PHASE_EARLY_BOOT:  Until the first preserved device, or a bridge above one, is found.
 * @PHASE_ENUMERATION: Until the kernel's own threads have found the last preserved device, and
 *                     decided which driver may have it.
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

/* What is done with each file; each step has its phase. */
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
 * @device:  Address of its device; "" where it has none, or where it is not known.
 * @step:    By enum step_id: the event that ended the step, or with which it failed; NULL where
 *           there is no such event.
 */
struct blamed_file {
	const char *session;
	uint64_t token;
	const char *device;
	const struct event *step[NR_STEPS];
};

/**
 * struct phase - A phase
 * @known:    It was seen.
 * @begin_ns: When it began, on this kernel's CLOCK_BOOTTIME.
 * @end_ns:   When it ended, on the same clock.
 * @files:    Number of files that had this step.
 * @failed:   Number of files whose step failed.
 * @slowest:  The file whose step took longest; NULL where no file had it.
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
 * @files:    The files, in the order in which they were preserved.
 * @nr:       How many files.
 * @jump:     The jump to this kernel; NULL where there was none.
 * @zero_ns:  When the freeze began, or what is nearest to that.
 * @failures: Number of steps that failed.
 * @waiting:  Number of files that were handed over and are not retrieved.
 * @lost:     Number of records that are missing.
 * @incomplete: Why not all of the recording could be read; NULL where all could.
 *
 * Points into the timeline.
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

/* The phase that consists of this step of all files. */
enum phase_id phase_of_step(enum step_id id);

/* How long the step took, in ns. */
uint64_t step_ns(const struct event *step);

/* Whether a step of the file failed. */
bool blamed_file_failed(const struct blamed_file *file);

/* Whether the file was handed over and is not retrieved; false if the recording is incomplete. */
bool blamed_file_waits(const struct phases *phases, const struct blamed_file *file);

/* When the step began. */
int64_t step_begin_ns(const struct event *step);

/* Finds the phases of the last update. Returns false without memory. free() @phases->files. */
bool phases_find(struct timeline *timeline, struct phases *phases);

#endif /* LUTRACE_PHASES_H */
