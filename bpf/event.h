/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tracing program hands to user space. Both sides are built together: the
 * layout is no ABI, but the record in it is the kernel's.
 */
#ifndef LUTRACE_EVENT_H
#define LUTRACE_EVENT_H

#include <stddef.h>

#include <linux/kho/abi/luo_journal.h>

/* A record without any name: what each has, whatever its kernel. */
#define LUTRACE_RECORD_MIN	offsetof(struct luo_journal_record, names)

/**
 * struct lutrace_sample - One event
 * @boottime_ns: When, on CLOCK_BOOTTIME.
 * @seq:         Its number among all events that happened, the lost included.
 * @record:      What the kernel recorded, cut after its last name.
 */
struct lutrace_sample {
	__u64	boottime_ns;
	__u64	seq;
	struct luo_journal_record record;
};

/* Four subsystems' worth of event numbers are told apart when they are lost. */
#define LUTRACE_NR_NUMBERS	1024

/**
 * struct lutrace_counters - What the program counts; user space only reads
 * @happened: Events so far, so that a gap in @seq shows where some were lost.
 * @nr_lost:  Events that did not fit into the ring.
 * @lost:     The same by their number; the last counts all numbers that are greater.
 */
struct lutrace_counters {
	__u64	happened;
	__u64	nr_lost;
	__u64	lost[LUTRACE_NR_NUMBERS];
};

#endif /* LUTRACE_EVENT_H */
