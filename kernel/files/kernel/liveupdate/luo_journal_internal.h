/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The live update journal, for the code that starts and reads it.
 */
#ifndef _LINUX_LUO_JOURNAL_INTERNAL_H
#define _LINUX_LUO_JOURNAL_INTERNAL_H

#include <linux/luo_journal.h>

/**
 * enum luo_journal_status - Whether a generation's journal can be read
 * @LUO_JOURNAL_READABLE:       It can be read.
 * @LUO_JOURNAL_OFF:            This kernel keeps no journal.
 * @LUO_JOURNAL_NO_MEMORY:      There was no memory for a journal.
 * @LUO_JOURNAL_NONE:           No previous kernel handed a journal over.
 * @LUO_JOURNAL_BAD_ADDRESS:    It is not in memory that was handed over.
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
 * enum luo_journal_blackout_source - How the blackout was measured
 * @LUO_JOURNAL_BLACKOUT_NONE:       It was not, as there was no jump.
 * @LUO_JOURNAL_BLACKOUT_CYCLES:     With the cycle counter.
 * @LUO_JOURNAL_BLACKOUT_NO_COUNTER: With the wall clock, as the frequency of the
 *                                   cycle counter is not known.
 * @LUO_JOURNAL_BLACKOUT_FREQUENCY:  With the wall clock, as the cycle counter has
 *                                   another frequency now.
 * @LUO_JOURNAL_BLACKOUT_BACKWARDS:  With the wall clock, as the cycle counter went
 *                                   backwards.
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
 * @source: How it was measured.
 * @ns:     Nanoseconds from the previous kernel's jump to the beginning of this
 *          kernel's journal.
 * @error:  Maximum error of @ns, in nanoseconds.
 */
struct luo_journal_blackout {
	enum luo_journal_blackout_source source;
	u64 ns;
	u64 error;
};

/**
 * struct luo_journal - One kernel's journal
 * @header:  The journal; NULL if it cannot be read.
 * @checked: Copy of its header as it was checked, or made. All sizes are taken
 *           from here: the memory of the previous kernel is not trusted twice.
 * @status:  Whether it can be read, and why not.
 * @last:    Number of the last record.
 * @torn:    Records that were being written at the jump; in the previous
 *           kernel's journal only.
 */
struct luo_journal {
	struct luo_journal_header *header;
	struct luo_journal_header checked;
	enum luo_journal_status status;
	atomic64_t last;
	u64 torn;
};

/**
 * struct luo_journal_generation - Snapshot of what describes a journal
 * @header:   Its header; zero if @status is not LUO_JOURNAL_READABLE.
 * @now:      All clocks now; zero for the previous kernel.
 * @blackout: Between the previous kernel and this one.
 * @status:   enum luo_journal_status.
 * @previous: It is the journal of the previous kernel.
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
void luo_journal_reboot(void);
void luo_journal_describe(struct luo_journal_generation *generation,
			  bool previous);
bool luo_journal_next(struct luo_journal_record *record, bool previous);
#else
static inline void luo_journal_start(u64 generation) { }
static inline void luo_journal_handover(void) { }
static inline void luo_journal_reboot(void) { }
#endif

#endif /* _LINUX_LUO_JOURNAL_INTERNAL_H */
