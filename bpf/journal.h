/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the journal's iterator hands to user space: a row for each of the two
 * journals, the previous kernel's first, each followed by its records. Both
 * sides are built together: the layout is no ABI.
 */
#ifndef LUTRACE_JOURNAL_H
#define LUTRACE_JOURNAL_H

#ifndef __bpf__
#include <linux/types.h>
#endif

#define LUTRACE_RELEASE_LENGTH	72
#define LUTRACE_BOOT_ID_LENGTH	16
#define LUTRACE_NAMES_LENGTH	112

/* Flags of a record, as in include/linux/kho/abi/luo_journal.h. */
#define LUTRACE_HAS_SESSION	(1U << 0)
#define LUTRACE_HAS_HANDLER	(1U << 1)
#define LUTRACE_HAS_FLB		(1U << 2)
#define LUTRACE_HAS_DEVICE	(1U << 3)
#define LUTRACE_HAS_DRIVER	(1U << 4)
#define LUTRACE_HAS_BDF		(1U << 6)
#define LUTRACE_YES		(1U << 7)

enum lutrace_row_type {
	LUTRACE_ROW_GENERATION,
	LUTRACE_ROW_RECORD,
};

/* As enum luo_journal_status in the kernel. */
enum lutrace_journal_status {
	LUTRACE_JOURNAL_READABLE,
	LUTRACE_JOURNAL_OFF,
	LUTRACE_JOURNAL_NO_MEMORY,
	LUTRACE_JOURNAL_NONE,
	LUTRACE_JOURNAL_BAD_ADDRESS,
	LUTRACE_JOURNAL_BAD_COMPATIBLE,
	LUTRACE_JOURNAL_BAD_SIZE,
	LUTRACE_JOURNAL_BAD_CHECKSUM,
};

/* As enum luo_journal_blackout_source in the kernel. */
enum lutrace_blackout_source {
	LUTRACE_BLACKOUT_NONE,
	LUTRACE_BLACKOUT_CYCLES,
	LUTRACE_BLACKOUT_NO_COUNTER,
	LUTRACE_BLACKOUT_FREQUENCY,
	LUTRACE_BLACKOUT_BACKWARDS,
};

/**
 * struct lutrace_anchor - Clocks of a kernel at one moment
 * @cycles:      Cycle counter; 0 where the moment has not come.
 * @boottime_ns: CLOCK_BOOTTIME.
 * @realtime_ns: CLOCK_REALTIME.
 */
struct lutrace_anchor {
	__u64	cycles;
	__u64	boottime_ns;
	__s64	realtime_ns;
};

/**
 * struct lutrace_generation - One journal
 * @type:              LUTRACE_ROW_GENERATION.
 * @status:            enum lutrace_journal_status: whether it can be read.
 * @blackout_source:   enum lutrace_blackout_source: how @blackout_ns is known.
 * @previous:          It is the previous kernel's.
 * @blackout_ns:       From that kernel's jump to the beginning of this one's
 *                     journal.
 * @blackout_error_ns: It may be off by as much.
 * @generation:        Live updates that led to the kernel.
 * @khz:               Frequency of the cycle counter.
 * @last:              Number of the last record.
 * @torn:              Records that the jump interrupted.
 * @dropped:           Records that found their slot busy.
 * @boot:              When the journal began.
 * @handover:          When it was given to KHO.
 * @jump:              Just before the jump; for the running kernel, now.
 * @release:           The kernel's release.
 * @boot_id:           Its boot id.
 */
struct lutrace_generation {
	__u32	type;
	__u32	status;
	__u32	blackout_source;
	__u32	previous;
	__u64	blackout_ns;
	__u64	blackout_error_ns;
	__u64	generation;
	__u64	khz;
	__u64	last;
	__u64	torn;
	__u64	dropped;
	struct lutrace_anchor boot;
	struct lutrace_anchor handover;
	struct lutrace_anchor jump;
	char	release[LUTRACE_RELEASE_LENGTH];
	__u8	boot_id[LUTRACE_BOOT_ID_LENGTH];
};

/**
 * struct lutrace_journal_record - One record
 * @type:        LUTRACE_ROW_RECORD.
 * @event:       enum luo_journal_event_id.
 * @seq:         Its number in its journal.
 * @cycles:      When, on the cycle counter.
 * @duration_ns: What the traced operation took.
 * @token:       The file's token.
 * @number:      The event's number.
 * @err:         0 or a negative errno.
 * @reason:      Index into the event's list of reasons.
 * @cpu:         Where it happened.
 * @pid:         Process that was running.
 * @tid:         Thread that was running.
 * @domain:      PCI domain, where LUTRACE_HAS_BDF.
 * @bdf:         PCI bus, device and function, where LUTRACE_HAS_BDF.
 * @flags:       LUTRACE_HAS_SESSION and the others.
 * @comm:        Name of that thread.
 * @names:       The names that @flags announces, in their order.
 */
struct lutrace_journal_record {
	__u32	type;
	__u32	event;
	__u64	seq;
	__u64	cycles;
	__u64	duration_ns;
	__u64	token;
	__s64	number;
	__s32	err;
	__s32	reason;
	__u32	cpu;
	__u32	pid;
	__u32	tid;
	__u32	domain;
	__u32	bdf;
	__u32	flags;
	char	comm[16];
	char	names[LUTRACE_NAMES_LENGTH];
};

#endif /* LUTRACE_JOURNAL_H */
