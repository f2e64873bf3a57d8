/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the journal's iterator hands to user space: a row for each of the two
 * journals, the previous kernel's first, each followed by its records. Both
 * sides are built together: the layout is no ABI, but headers and records are the
 * kernel's, as they are.
 */
#ifndef LUTRACE_JOURNAL_H
#define LUTRACE_JOURNAL_H

#include <linux/kho/abi/luo_journal.h>

enum lutrace_row_type {
	LUTRACE_ROW_GENERATION,
	LUTRACE_ROW_RECORD,
};

/**
 * struct lutrace_row - What each row begins with
 * @type: enum lutrace_row_type.
 * @size: Bytes that follow, a multiple of 8: a struct lutrace_generation, or a
 *        struct luo_journal_record, cut after its last name.
 */
struct lutrace_row {
	__u32	type;
	__u32	size;
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
 * struct lutrace_generation - One journal
 * @status:            enum lutrace_journal_status: whether it can be read.
 * @blackout_source:   enum lutrace_blackout_source: how @blackout_ns is known.
 * @blackout_ns:       From that kernel's jump to the beginning of this one's
 *                     journal.
 * @blackout_error_ns: It may be off by as much.
 * @previous:          It is the previous kernel's.
 * @now:               When it was read; only for the running kernel.
 * @header:            Its header.
 */
struct lutrace_generation {
	__u32	status;
	__u32	blackout_source;
	__u64	blackout_ns;
	__u64	blackout_error_ns;
	__u64	previous;
	struct luo_journal_anchor now;
	struct luo_journal_header header;
};

#endif /* LUTRACE_JOURNAL_H */
