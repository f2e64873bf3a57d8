/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The live update journal, for those who read it.
 */
#ifndef _LINUX_LUO_JOURNAL_INTERNAL_H
#define _LINUX_LUO_JOURNAL_INTERNAL_H

#include <linux/luo_journal.h>

/**
 * enum luo_journal_status - Whether a generation's journal can be read
 * @LUO_JOURNAL_READABLE:       It can.
 * @LUO_JOURNAL_OFF:            This kernel keeps none.
 * @LUO_JOURNAL_NO_MEMORY:      There was no memory for one.
 * @LUO_JOURNAL_NONE:           No previous kernel handed one over.
 * @LUO_JOURNAL_BAD_ADDRESS:    Its address is not in RAM.
 * @LUO_JOURNAL_BAD_COMPATIBLE: It has another layout.
 * @LUO_JOURNAL_BAD_SIZE:       Its slots do not fit into it.
 * @LUO_JOURNAL_BAD_CHECKSUM:   Its header was overwritten.
 */
enum luo_journal_status {
	LUO_JOURNAL_READABLE,
	LUO_JOURNAL_OFF,
	LUO_JOURNAL_NO_MEMORY,
	LUO_JOURNAL_NONE,
	LUO_JOURNAL_BAD_ADDRESS,
	LUO_JOURNAL_BAD_COMPATIBLE,
	LUO_JOURNAL_BAD_SIZE,
	LUO_JOURNAL_BAD_CHECKSUM,
};

/**
 * enum luo_journal_blackout_source - How the time between two kernels is known
 * @LUO_JOURNAL_BLACKOUT_NONE:      It is not: there was no jump.
 * @LUO_JOURNAL_BLACKOUT_CYCLES:    From the cycle counter, which went on.
 * @LUO_JOURNAL_BLACKOUT_NO_COUNTER: The counter's frequency is not known: from
 *                                  the wall clock.
 * @LUO_JOURNAL_BLACKOUT_FREQUENCY: The counter's frequency is another one now:
 *                                  from the wall clock.
 * @LUO_JOURNAL_BLACKOUT_BACKWARDS: The counter went backwards: from the wall
 *                                  clock.
 */
enum luo_journal_blackout_source {
	LUO_JOURNAL_BLACKOUT_NONE,
	LUO_JOURNAL_BLACKOUT_CYCLES,
	LUO_JOURNAL_BLACKOUT_NO_COUNTER,
	LUO_JOURNAL_BLACKOUT_FREQUENCY,
	LUO_JOURNAL_BLACKOUT_BACKWARDS,
};

/**
 * struct luo_journal_blackout - The time between two kernels
 * @source: How it is known.
 * @ns:     From the previous kernel's jump to the beginning of this one's
 *          journal.
 * @error:  @ns may be off by as much, in nanoseconds.
 */
struct luo_journal_blackout {
	enum luo_journal_blackout_source source;
	u64 ns;
	u64 error;
};

/**
 * struct luo_journal - One kernel's journal
 * @header:  Where it is; NULL where it cannot be read.
 * @status:  Why.
 * @last:    Number of the last record.
 * @dropped: Records that found their slot busy; of this kernel only.
 * @torn:    Records that were being written at the jump; of the previous one
 *           only.
 */
struct luo_journal {
	struct luo_journal_header *header;
	enum luo_journal_status status;
	atomic64_t last;
	atomic64_t dropped;
	u64 torn;
};

/**
 * struct luo_journal_generation - What BPF programs see of a journal
 * @header:   Snapshot; zero where @status is not LUO_JOURNAL_READABLE.
 * @now:      All clocks now; zero for the previous kernel.
 * @blackout: Between the previous kernel and this one.
 * @status:   enum luo_journal_status.
 * @previous: It is the previous kernel's.
 * @last:     Number of the last record.
 * @torn:     Records that were being written at the jump.
 */
struct luo_journal_generation {
	struct luo_journal_header header;
	struct luo_journal_anchor now;
	struct luo_journal_blackout blackout;
	u32 status;
	bool previous;
	u64 last;
	u64 torn;
};

#ifdef CONFIG_LIVEUPDATE_JOURNAL
void luo_journal_start(u64 generation);
void luo_journal_handover(void);
void luo_journal_describe(struct luo_journal_generation *generation,
			  bool previous);
bool luo_journal_next(struct luo_journal_record *record, bool previous);
#else
static inline void luo_journal_start(u64 generation) { }
static inline void luo_journal_handover(void) { }
#endif

#endif /* _LINUX_LUO_JOURNAL_INTERNAL_H */
