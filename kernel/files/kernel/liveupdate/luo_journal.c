// SPDX-License-Identifier: GPL-2.0

/**
 * DOC: The journal
 *
 * A tracer cannot attach before user space runs, and by then PCI enumeration has
 * decided which driver gets which device. What the previous kernel did is gone
 * with it. The journal keeps both: the kernel writes a record of each decision
 * that LUO, PCI and VFIO take, and KHO hands the journal to the next kernel.
 * include/linux/kho/abi/luo_journal.h describes its layout.
 *
 * The journal begins once LUO has read the state of the previous kernel, before
 * any device is found. Its memory comes from the page allocator, because the
 * next kernel may be loaded over the .bss of this one. Late in the boot the
 * journal is added to KHO, by address. It needs no final step: a record that is
 * written just before the jump is still there after it. Only devices that were
 * preserved, refused, blocked or failed are recorded, never each device of the
 * machine.
 *
 * A writer takes a number, marks the slot of that number as busy, copies the
 * record, and publishes the number. It takes no lock and never waits. If the
 * slot is busy, the record is dropped and counted. Readers copy a record and
 * check that its number is still the same.
 *
 * The kernel does not trust the journal of the previous kernel: it checks it
 * before use, and reports a bad one and ignores it.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": journal: " fmt

#include <linux/crc32.h>
#include <linux/gfp.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/timex.h>
#include <linux/utsname.h>
#ifdef CONFIG_X86
#include <asm/tsc.h>
#elif defined(CONFIG_ARM_ARCH_TIMER)
#include <clocksource/arm_arch_timer.h>
#endif

#include "luo_internal.h"
#include "luo_journal_internal.h"

/* The sizes of the first version of this layout; a record may have no name. */
#define LUO_JOURNAL_HEADER_MIN	offsetofend(struct luo_journal_header, dropped)
#define LUO_JOURNAL_RECORD_MIN	offsetof(struct luo_journal_record, names)
/* Larger sizes are not those of a journal. */
#define LUO_JOURNAL_HEADER_MAX	SZ_4K
#define LUO_JOURNAL_RECORD_MAX	SZ_4K
#define LUO_JOURNAL_SIZE_MAX	SZ_4M
/* Records in a row that may have been dropped before one that is believed. */
#define LUO_JOURNAL_DROPPED_MAX	64

#define LUO_JOURNAL_SIZE_DEFAULT	(CONFIG_LIVEUPDATE_JOURNAL_SIZE * SZ_1K)

static struct luo_journal luo_journal_current = {
	.status = LUO_JOURNAL_OFF,
};

static struct luo_journal luo_journal_previous = {
	.status = LUO_JOURNAL_NONE,
};

/* Where luo_journal_write() writes; NULL if there is no journal, or it is paused. */
static struct luo_journal *luo_journal_target;

static struct luo_journal_blackout luo_journal_blackout;
/* The size that was asked for, in bytes; 0 for no journal. */
static u64 luo_journal_size __initdata = LUO_JOURNAL_SIZE_DEFAULT;

static int __init early_liveupdate_journal_param(char *buf)
{
	char *end;
	bool on;
	u64 size;

	if (!buf)
		return -EINVAL;
	/* Try this before kstrtobool(), which takes "1M" as true. */
	size = memparse(buf, &end);
	if (end != buf && !*end && size > 1) {
		luo_journal_size = min(size, LUO_JOURNAL_SIZE_MAX);
		return 0;
	}
	if (kstrtobool(buf, &on))
		return -EINVAL;
	luo_journal_size = on ? LUO_JOURNAL_SIZE_DEFAULT : 0;

	return 0;
}
early_param("liveupdate_journal", early_liveupdate_journal_param);

/* The frequency of get_cycles(). The architectures have no common interface for it. */
static u64 luo_journal_khz(void)
{
#ifdef CONFIG_X86
	return tsc_khz;
#elif defined(CONFIG_ARM_ARCH_TIMER)
	return arch_timer_get_rate() / 1000;
#else
	return 0;
#endif
}

/* The fast clocks may be read in any context, also just before the jump. */
static void luo_journal_set_anchor(struct luo_journal_anchor *anchor)
{
	unsigned long flags;
	u64 before, after;

	local_irq_save(flags);
	before = get_cycles();
	anchor->monotonic = ktime_get_mono_fast_ns();
	anchor->boottime = ktime_get_boot_fast_ns();
	anchor->realtime = ktime_get_real_fast_ns();
	after = get_cycles();
	local_irq_restore(flags);

	/* Take the middle, because the clocks are read one after the other. */
	anchor->cycles = before + (after - before) / 2;
	anchor->window = after - before;
}

/* The record in a slot, by the number of the slot from 0. */
static struct luo_journal_record *
luo_journal_record_at(const struct luo_journal *journal, u64 slot)
{
	const struct luo_journal_header *h = &journal->checked;

	return (void *)journal->header + h->header_size + slot * h->record_size;
}

/* The slot of record number @seq. */
static struct luo_journal_record *
luo_journal_slot(const struct luo_journal *journal, u64 seq)
{
	const struct luo_journal_header *h = &journal->checked;
	u64 slot = seq - 1;

	if (slot >= h->nr_boot)
		slot = h->nr_boot + (slot - h->nr_boot) % h->nr_ring;

	return luo_journal_record_at(journal, slot);
}

/*
 * Copies all of @record but its number. By words: for so few bytes, memcpy()
 * takes longer than all the rest of a record on some machines.
 */
static void luo_journal_copy(struct luo_journal_record *slot,
			     const struct luo_journal_record *record)
{
	const u64 *from = (const u64 *)record;
	u64 *to = (u64 *)slot;
	size_t i;

	BUILD_BUG_ON(offsetof(struct luo_journal_record, cycles) != sizeof(u64));
	for (i = 1; i < record->length / sizeof(u64); i++)
		WRITE_ONCE(to[i], from[i]);
	for (i *= sizeof(u64); i < record->length; i++)
		WRITE_ONCE(((u8 *)to)[i], ((const u8 *)from)[i]);
}

/* Writes @record, and sets its number and its time. */
static void luo_journal_append(struct luo_journal *journal,
			       struct luo_journal_record *record)
{
	struct luo_journal_header *h = journal->header;
	struct luo_journal_record *slot;
	u64 seq, old;

	/* A writer that is scheduled out may return when its slot is reused. */
	guard(preempt)();

	seq = atomic64_inc_return(&journal->last);
	record->seq = seq;
	record->cpu = raw_smp_processor_id();
	record->cycles = get_cycles();

	slot = luo_journal_slot(journal, seq);
	old = READ_ONCE(slot->seq);
	/* Another writer is still filling this slot, or the ring has lapped us. */
	if (old >= seq || !try_cmpxchg(&slot->seq, &old, LUO_JOURNAL_SEQ_BUSY)) {
		atomic64_inc((atomic64_t *)&h->dropped);
		return;
	}
	luo_journal_copy(slot, record);
	/* Paired with luo_journal_read(): the record is visible before its number. */
	smp_store_release(&slot->seq, seq);
}

/**
 * luo_journal_write - Write a record to the journal
 * @record: The record, of this kernel. Gets its &luo_journal_record.seq and
 *          &luo_journal_record.cycles, unless the kernel keeps no journal.
 *
 * Context: Any context.
 */
void luo_journal_write(struct luo_journal_record *record)
{
	struct luo_journal *journal = READ_ONCE(luo_journal_target);

	if (journal)
		luo_journal_append(journal, record);
}
EXPORT_SYMBOL_GPL(luo_journal_write);

/**
 * luo_journal_jump - Record in the journal when the next kernel is entered
 *
 * This is the last moment that the next kernel knows of this one.
 *
 * Context: On the last CPU, after all devices were shut down.
 */
void luo_journal_jump(void)
{
	if (luo_journal_current.header)
		luo_journal_set_anchor(&luo_journal_current.header->jump);
}

#if IS_ENABLED(CONFIG_KUNIT)
/**
 * luo_journal_pause - Write no records until luo_journal_resume()
 *
 * For KUnit suites that call functions which record their decisions: what a
 * test makes up is no history. Records of all other threads are lost as well
 * meanwhile, so this is only for kernels that run tests.
 */
void luo_journal_pause(void)
{
	WRITE_ONCE(luo_journal_target, NULL);
}

/**
 * luo_journal_resume - Write records again
 */
void luo_journal_resume(void)
{
	if (luo_journal_current.header)
		WRITE_ONCE(luo_journal_target, &luo_journal_current);
}
#endif

/*
 * Copies record number @seq. Returns false if the slot does not hold it, or does
 * not any more. Of a longer record, only the part that this kernel knows is
 * copied.
 */
static bool luo_journal_read(const struct luo_journal *journal, u64 seq,
			     struct luo_journal_record *record)
{
	const struct luo_journal_record *slot = luo_journal_slot(journal, seq);
	u16 length;

	/* Paired with luo_journal_append(). */
	if (smp_load_acquire(&slot->seq) != seq)
		return false;

	length = READ_ONCE(slot->length);
	if (length < LUO_JOURNAL_RECORD_MIN || length > journal->checked.record_size)
		return false;
	length = min(length, sizeof(*record));
	memset(record, 0, sizeof(*record));
	/* A record that changes while it is copied is not used. */
	data_race(memcpy(record, slot, length));
	/* Order the copy before the second look. */
	smp_rmb();
	if (READ_ONCE(slot->seq) != seq)
		return false;

	record->seq = seq;
	record->length = length;
	record->comm[sizeof(record->comm) - 1] = '\0';
	record->names[sizeof(record->names) - 1] = '\0';

	return true;
}

/* Replaces @record with the next readable record after it. */
static bool luo_journal_read_next(const struct luo_journal *journal,
				  struct luo_journal_record *record)
{
	const struct luo_journal_header *h = &journal->checked;
	u64 last = atomic64_read(&journal->last);
	u64 seq = record->seq;

	if (!journal->header)
		return false;

	while (++seq <= last) {
		/* Skip what the ring has overwritten. */
		if (seq > h->nr_boot && last - seq >= h->nr_ring)
			seq = last - h->nr_ring + 1;
		if (luo_journal_read(journal, seq, record))
			return true;
	}

	return false;
}

/* Is there a record that was written shortly before record number @seq? */
static bool luo_journal_has_before(const struct luo_journal *journal, u64 seq)
{
	for (u64 i = 1; i < seq && i <= LUO_JOURNAL_DROPPED_MAX + 1; i++) {
		if (READ_ONCE(luo_journal_slot(journal, seq - i)->seq) ==
		    seq - i)
			return true;
	}

	return false;
}

/*
 * Finds the number of the last record, and counts the records that were never
 * completed. One corrupted number must not make all others look old: a number in
 * the ring counts only if one of the numbers before it is there, too.
 */
static void luo_journal_scan(struct luo_journal *journal)
{
	const struct luo_journal_header *h = &journal->checked;
	u64 nr = (u64)h->nr_boot + h->nr_ring;
	u64 last = 0;

	for (u64 slot = 0; slot < nr; slot++) {
		const struct luo_journal_record *r;
		u64 seq;

		r = luo_journal_record_at(journal, slot);
		seq = READ_ONCE(r->seq);
		if (seq == LUO_JOURNAL_SEQ_BUSY)
			journal->torn++;
		else if (seq > last && luo_journal_slot(journal, seq) == r &&
			 (seq <= h->nr_boot ||
			  luo_journal_has_before(journal, seq)))
			last = seq;
	}
	atomic64_set(&journal->last, last);
}

static u32 luo_journal_checksum(const struct luo_journal_header *h)
{
	return crc32(~0, h, offsetof(struct luo_journal_header, checksum));
}

/* Checks the header of a journal that is @size bytes long. */
static enum luo_journal_status
luo_journal_check(const struct luo_journal_header *h, u64 size)
{
	u64 nr;

	if (strncmp(h->compatible, LUO_JOURNAL_COMPATIBLE,
		    sizeof(h->compatible)))
		return LUO_JOURNAL_BAD_COMPATIBLE;
	if (h->checksum != luo_journal_checksum(h))
		return LUO_JOURNAL_BAD_CHECKSUM;
	if (h->size != size || h->header_size < LUO_JOURNAL_HEADER_MIN ||
	    h->header_size > min(size, LUO_JOURNAL_HEADER_MAX) ||
	    h->record_size < LUO_JOURNAL_RECORD_MIN ||
	    h->record_size > LUO_JOURNAL_RECORD_MAX ||
	    !IS_ALIGNED(h->header_size, 8) || !IS_ALIGNED(h->record_size, 8))
		return LUO_JOURNAL_BAD_SIZE;

	nr = (u64)h->nr_boot + h->nr_ring;
	if (!h->nr_ring || nr * h->record_size > size - h->header_size)
		return LUO_JOURNAL_BAD_SIZE;

	return LUO_JOURNAL_READABLE;
}

/*
 * Checks the journal at @h, of @size bytes, and opens it for reading. What was
 * checked is a copy: the memory is not trusted to stay as it is.
 */
static void luo_journal_open(struct luo_journal *journal,
			     struct luo_journal_header *h, u64 size)
{
	struct luo_journal_header *checked = &journal->checked;

	if (size < LUO_JOURNAL_HEADER_MIN) {
		journal->status = LUO_JOURNAL_BAD_SIZE;
		return;
	}

	memset(checked, 0, sizeof(*checked));
	memcpy(checked, h, min(size, sizeof(*checked)));
	journal->status = luo_journal_check(checked, size);
	if (journal->status)
		return;

	/* The fields that an older kernel's header does not have. */
	if (checked->header_size < sizeof(*checked))
		memset((void *)checked + checked->header_size, 0,
		       sizeof(*checked) - checked->header_size);
	checked->release[LUO_JOURNAL_RELEASE_LENGTH - 1] = '\0';
	journal->header = h;
	luo_journal_scan(journal);
}

/* In nanoseconds; @khz is not 0. */
static u64 luo_journal_cycles_to_ns(u64 cycles, u64 khz)
{
	return mul_u64_u64_div_u64(cycles, NSEC_PER_MSEC, khz);
}

/*
 * Measures the time from the jump of the kernel that wrote @from to the beginning
 * of @to.
 *
 * If the cycle counter cannot be used, that is the difference of the wall clocks.
 * The second one was set from the RTC, which counts whole seconds and drifts:
 * allow for an error of a second.
 */
static void luo_journal_measure(const struct luo_journal_header *from,
				const struct luo_journal_header *to,
				struct luo_journal_blackout *blackout)
{
	u64 cycles = to->boot.cycles - from->jump.cycles;
	s64 realtime = to->boot.realtime - from->jump.realtime;

	memset(blackout, 0, sizeof(*blackout));
	if (!from->jump.cycles && !from->jump.realtime)
		return;

	if (!from->khz || !to->khz) {
		blackout->source = LUO_JOURNAL_BLACKOUT_NO_COUNTER;
	} else if (abs_diff(from->khz, to->khz) > to->khz / 25) {
		/* Each kernel measures it again, but with a smaller error. */
		blackout->source = LUO_JOURNAL_BLACKOUT_FREQUENCY;
	} else if ((s64)cycles <= 0) {
		blackout->source = LUO_JOURNAL_BLACKOUT_BACKWARDS;
	} else {
		blackout->source = LUO_JOURNAL_BLACKOUT_CYCLES;
		blackout->ns = luo_journal_cycles_to_ns(cycles, to->khz);
		/* The kernels disagree about the frequency: count that as error. */
		blackout->error =
			luo_journal_cycles_to_ns(from->jump.window +
						 to->boot.window, to->khz) +
			mul_u64_u64_div_u64(blackout->ns,
					    abs_diff(from->khz, to->khz),
					    to->khz);
		return;
	}

	blackout->ns = max(realtime, 0);
	blackout->error = NSEC_PER_SEC;
	if (realtime < 0)
		blackout->error -= realtime;
}

/*
 * Finds the journal of the previous kernel, if it handed one over: the address
 * and the size are those of memory that KHO keeps for it. That memory is never
 * freed: user space may read it while this kernel runs.
 */
static enum luo_journal_status __init luo_journal_find_previous(phys_addr_t *phys,
								size_t *size)
{
	int err = kho_retrieve_subtree(LUO_JOURNAL_KHO_ENTRY_NAME, phys, size);

	if (err == -ENOENT)
		return LUO_JOURNAL_NONE;
	if (err || !*size || *size > LUO_JOURNAL_SIZE_MAX ||
	    kho_preserved_size(*phys) < *size)
		return LUO_JOURNAL_BAD_ADDRESS;

	return LUO_JOURNAL_READABLE;
}

static void __init luo_journal_report_previous(const struct luo_journal *journal)
{
	static const char * const reasons[] = {
		[LUO_JOURNAL_BAD_ADDRESS] = "it is not in memory that was handed over",
		[LUO_JOURNAL_BAD_COMPATIBLE] = "it has another layout",
		[LUO_JOURNAL_BAD_SIZE] = "its slots do not fit into it",
		[LUO_JOURNAL_BAD_CHECKSUM] = "its header was overwritten",
	};

	if (journal->status == LUO_JOURNAL_NONE)
		return;
	if (journal->status)
		pr_warn("cannot read the journal of the previous kernel: %s\n",
			reasons[journal->status]);
	else
		pr_info("the previous kernel, %s, wrote %lld records\n",
			journal->checked.release, atomic64_read(&journal->last));
}

/*
 * Begins a journal in @size bytes of zeroed memory at @h. A quarter of the slots
 * keeps the first records, the others are the ring.
 */
static void luo_journal_format(struct luo_journal *journal,
			       struct luo_journal_header *h, u64 size,
			       u64 generation)
{
	u32 nr = (size - sizeof(*h)) / sizeof(struct luo_journal_record);

	strscpy(h->compatible, LUO_JOURNAL_COMPATIBLE);
	h->header_size = sizeof(*h);
	h->record_size = sizeof(struct luo_journal_record);
	h->nr_boot = nr / 4;
	h->nr_ring = nr - h->nr_boot;
	h->size = size;
	h->generation = generation;
	h->khz = luo_journal_khz();
	strscpy(h->release, init_uts_ns.name.release);
	luo_journal_set_anchor(&h->boot);
	h->checksum = luo_journal_checksum(h);

	journal->header = h;
	journal->checked = *h;
	journal->status = LUO_JOURNAL_READABLE;
}

/**
 * luo_journal_start - Open the previous kernel's journal, and begin this one's
 * @generation: Number of live updates so far.
 */
void __init luo_journal_start(u64 generation)
{
	struct luo_journal *previous = &luo_journal_previous;
	struct luo_journal *journal = &luo_journal_current;
	phys_addr_t previous_phys = 0;
	size_t previous_size = 0;
	struct folio *folio;
	u64 size;

	BUILD_BUG_ON(!IS_ALIGNED(sizeof(struct luo_journal_header), 8));
	BUILD_BUG_ON(!IS_ALIGNED(sizeof(struct luo_journal_record), 8));

	if (!luo_journal_size)
		return;

	/* Before memory is allocated that it could be mistaken for. */
	previous->status = luo_journal_find_previous(&previous_phys,
						     &previous_size);

	size = PAGE_SIZE << get_order(luo_journal_size);
	folio = folio_alloc(GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN,
			    get_order(size));
	if (!folio) {
		journal->status = LUO_JOURNAL_NO_MEMORY;
		pr_warn("no memory for %llu KiB\n", size / SZ_1K);
	} else {
		luo_journal_format(journal, folio_address(folio), size,
				   generation);
		luo_journal_target = journal;
	}

	if (!previous->status)
		luo_journal_open(previous, phys_to_virt(previous_phys),
				 previous_size);
	luo_journal_report_previous(previous);
	if (journal->header && previous->header)
		luo_journal_measure(&previous->checked, journal->header,
				    &luo_journal_blackout);
}

/*
 * Brings the part of the header up to date that is not known when the journal
 * begins. The boot ID is for all of user space: it is not generated before there
 * is randomness for it.
 */
static void luo_journal_seal(struct luo_journal_header *h)
{
	if (IS_ENABLED(CONFIG_SYSCTL) && rng_is_initialized())
		random_get_boot_id(h->boot_id);
	/* By now the frequency may have been measured again, and better. */
	h->khz = luo_journal_khz();
	h->checksum = luo_journal_checksum(h);
}

/**
 * luo_journal_reboot - Complete the header of the journal before the jump
 *
 * Context: Process context.
 */
void luo_journal_reboot(void)
{
	if (luo_journal_current.header)
		luo_journal_seal(luo_journal_current.header);
}

/**
 * luo_journal_handover - Have KHO hand the journal to the next kernel
 *
 * If that fails, only this kernel can read the journal.
 */
void __init luo_journal_handover(void)
{
	struct luo_journal_header *h = luo_journal_current.header;
	int err;

	if (!h)
		return;

	luo_journal_seal(h);
	luo_journal_set_anchor(&h->handover);

	err = kho_preserve_folio(virt_to_folio(h));
	if (!err) {
		err = kho_add_subtree(LUO_JOURNAL_KHO_ENTRY_NAME, h, h->size);
		if (err)
			kho_unpreserve_folio(virt_to_folio(h));
	}
	if (err)
		pr_warn("cannot hand the journal to the next kernel: %pe\n",
			ERR_PTR(err));
}

/**
 * luo_journal_describe - Take a snapshot of a journal's header
 * @generation: Filled with the snapshot.
 * @previous:   Of the previous kernel's journal, not of this one's.
 *
 * Context: Any context.
 */
void luo_journal_describe(struct luo_journal_generation *generation,
			  bool previous)
{
	const struct luo_journal *journal = previous ? &luo_journal_previous :
						       &luo_journal_current;

	memset(generation, 0, sizeof(*generation));
	generation->previous = previous;
	generation->status = journal->status;
	generation->blackout = luo_journal_blackout;
	if (!journal->header)
		return;

	generation->header = previous ? journal->checked : *journal->header;
	generation->last = atomic64_read(&journal->last);
	generation->torn = journal->torn;
	if (!previous)
		luo_journal_set_anchor(&generation->now);
}

/**
 * luo_journal_next - Read the next record of a journal
 * @record:   A record, or one with number 0 to begin; replaced with the next
 *            readable record after it.
 * @previous: Of the previous kernel's journal, not of this one's.
 *
 * Context: Any context.
 * Return: Whether there is a next record.
 */
bool luo_journal_next(struct luo_journal_record *record, bool previous)
{
	return luo_journal_read_next(previous ? &luo_journal_previous :
						&luo_journal_current, record);
}

#ifdef CONFIG_LIVEUPDATE_KUNIT_TEST
#include "luo_journal_kunit.c"
#endif
