// SPDX-License-Identifier: GPL-2.0

/**
 * DOC: The journal
 *
 * A tracer cannot attach before there is a user space, and by then PCI
 * enumeration has decided everything; what the previous kernel did went with it.
 * The journal keeps both: each event that LUO, PCI and VFIO trace is written to
 * it as well, and KHO hands it to the next kernel. include/linux/kho/abi/
 * luo_journal.h has its layout.
 *
 * It begins when LUO has seen what the previous kernel handed over, before any
 * device is found. The memory is from the page allocator: .bss of this kernel
 * may be where the next one is put. Until KHO is up the journal is only memory;
 * late in the boot it becomes a subtree of KHO, and there is no more to it: a
 * record that is written just before the jump is there after it. Only a device
 * that was preserved, refused, blocked or failed has records, not each device
 * of the machine.
 *
 * A writer takes a number, marks the slot that belongs to it as busy, fills it,
 * and publishes the number. It takes no lock, never waits, and fails by leaving
 * out the record; it may be called in any context. Readers copy a record and
 * look whether its number is still the same.
 *
 * The previous kernel's journal is not believed: whatever is wrong with it is
 * said, and then it is left alone.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": journal: " fmt

#include <kunit/test-bug.h>
#include <linux/crc32.h>
#include <linux/gfp.h>
#include <linux/init.h>
#include <linux/kexec_handover.h>
#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/memory_hotplug.h>
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

/* What a header and a record must have at least: those of the first version. */
#define LUO_JOURNAL_HEADER_MIN	offsetofend(struct luo_journal_header, dropped)
#define LUO_JOURNAL_RECORD_MIN	offsetofend(struct luo_journal_record, names)
/* And at most, so that what is not a journal is found out. */
#define LUO_JOURNAL_HEADER_MAX	SZ_4K
#define LUO_JOURNAL_RECORD_MAX	SZ_4K
#define LUO_JOURNAL_SIZE_MAX	SZ_4M

#define LUO_JOURNAL_SIZE_DEFAULT	(CONFIG_LIVEUPDATE_JOURNAL_SIZE * SZ_1K)

static struct luo_journal luo_journal_current = {
	.status = LUO_JOURNAL_OFF,
};

static struct luo_journal luo_journal_previous = {
	.status = LUO_JOURNAL_NONE,
};

static struct luo_journal_blackout luo_journal_blackout;
/* What was asked for, in bytes; 0 for no journal. */
static u64 luo_journal_size __initdata = LUO_JOURNAL_SIZE_DEFAULT;

static int __init early_liveupdate_journal_param(char *buf)
{
	char *end;
	bool on;
	u64 size;

	if (!buf)
		return -EINVAL;
	/* Before kstrtobool(), which takes "1M" for a yes. */
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

#ifdef CONFIG_LIVEUPDATE_JOURNAL_BENCH
/* So that one kernel runs with the journal and without, in turn. */
static bool luo_journal_muted;
/* What this boot took for the journal, on the cycle counter. */
static u64 luo_journal_boot_cycles;

static bool luo_journal_is_muted(void)
{
	return READ_ONCE(luo_journal_muted);
}

static void __init luo_journal_boot_took(u64 cycles)
{
	luo_journal_boot_cycles += cycles;
}
#else
static bool luo_journal_is_muted(void)
{
	return false;
}

static void __init luo_journal_boot_took(u64 cycles) { }
#endif

/* The frequency of what get_cycles() counts; there is no common way to ask. */
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

	/* The middle halves the error of reading one after the other. */
	anchor->cycles = before + (after - before) / 2;
	anchor->window = after - before;
}

static struct luo_journal_record *
luo_journal_slot(const struct luo_journal_header *h, u64 seq)
{
	u64 slot = seq - 1;

	if (slot >= h->nr_boot)
		slot = h->nr_boot + (slot - h->nr_boot) % h->nr_ring;

	return (void *)h + h->header_size + slot * h->record_size;
}

/*
 * Adds a name of at most @max characters, and returns where the next one goes.
 * What fills all @max of them is not terminated.
 */
static size_t luo_journal_add_name(struct luo_journal_record *r, size_t at,
				   u32 flag, const char *name, size_t max)
{
	size_t room = sizeof(r->names) - at;
	size_t size = min(max, room);
	ssize_t len;

	if (!size)
		return at;

	len = strscpy(r->names + at, name, size);
	if (len < 0) {
		len = size - 1;
		if (size < room) {
			r->names[at + len] = name[len];
			r->names[at + ++len] = '\0';
		} else {
			flag |= LUO_JOURNAL_NAME_CUT;
		}
	}
	r->flags |= flag;

	return at + len + 1;
}

static void luo_journal_fill(struct luo_journal_record *r,
			     const struct luo_journal_event *e)
{
	size_t at = 0;

	r->cycles = get_cycles();
	r->duration = e->duration;
	r->token = e->token;
	r->number = e->number;
	r->err = e->err;
	r->pid = task_tgid_nr(current);
	r->tid = task_pid_nr(current);
	r->domain = e->domain;
	r->bdf = e->bdf;
	r->length = sizeof(*r);
	r->event = e->event;
	r->reason = e->reason;
	r->flags = (e->yes ? LUO_JOURNAL_YES : 0) |
		   (e->has_bdf ? LUO_JOURNAL_HAS_BDF : 0);
	r->cpu = raw_smp_processor_id();
	memcpy(r->comm, current->comm, sizeof(r->comm));

	/* In the order of the flags. */
	if (e->session)
		at = luo_journal_add_name(r, at, LUO_JOURNAL_HAS_SESSION,
					  e->session,
					  LIVEUPDATE_SESSION_NAME_LENGTH);
	if (e->handler)
		at = luo_journal_add_name(r, at, LUO_JOURNAL_HAS_HANDLER,
					  e->handler,
					  LIVEUPDATE_HNDL_COMPAT_LENGTH);
	if (e->flb)
		at = luo_journal_add_name(r, at, LUO_JOURNAL_HAS_FLB, e->flb,
					  LIVEUPDATE_HNDL_COMPAT_LENGTH);
	if (e->device)
		at = luo_journal_add_name(r, at, LUO_JOURNAL_HAS_DEVICE,
					  e->device, sizeof(r->names));
	if (e->driver)
		luo_journal_add_name(r, at, LUO_JOURNAL_HAS_DRIVER, e->driver,
				     sizeof(r->names));
}

/* Returns the record's number, also where it had to be left out. */
static u64 luo_journal_append(struct luo_journal *journal,
			      const struct luo_journal_event *event)
{
	struct luo_journal_header *h = journal->header;
	struct luo_journal_record *r;
	u64 seq, old;

	/* A writer that sleeps might find its slot taken, a round later. */
	guard(preempt)();

	seq = atomic64_inc_return(&journal->last);
	r = luo_journal_slot(h, seq);
	old = READ_ONCE(r->seq);
	/* Somebody is being interrupted there, or it is us who are late. */
	if (old >= seq || !try_cmpxchg(&r->seq, &old, LUO_JOURNAL_SEQ_BUSY)) {
		WRITE_ONCE(h->dropped, atomic64_inc_return(&journal->dropped));
		return seq;
	}
	luo_journal_fill(r, event);
	/* Paired with luo_journal_read(): who sees the number, sees the record. */
	smp_store_release(&r->seq, seq);

	return seq;
}

/**
 * luo_journal_write - Write an event to the journal
 * @event: What happened.
 *
 * Context: Any context.
 * Return: The number of the record, for the tracepoint of the same event; 0 where
 *         there is no journal.
 */
u64 luo_journal_write(const struct luo_journal_event *event)
{
	/* What a test makes up is no history. */
	if (!luo_journal_current.header || luo_journal_is_muted() ||
	    kunit_get_current_test())
		return 0;

	return luo_journal_append(&luo_journal_current, event);
}
EXPORT_SYMBOL_GPL(luo_journal_write);

/**
 * luo_journal_jump - Tell the journal that the next kernel is being entered
 *
 * The last moment of which the next kernel learns: what is between it and the
 * beginning of the next journal is nobody's.
 *
 * Context: On the last CPU, after all devices were shut down.
 */
void luo_journal_jump(void)
{
	if (luo_journal_current.header)
		luo_journal_set_anchor(&luo_journal_current.header->jump);
}

/* Copies record number @seq. Returns false where it is not, or not any more. */
static bool luo_journal_read(const struct luo_journal_header *h, u64 seq,
			     struct luo_journal_record *record)
{
	const struct luo_journal_record *r = luo_journal_slot(h, seq);
	u16 length;

	/* Paired with luo_journal_append(). */
	if (smp_load_acquire(&r->seq) != seq)
		return false;

	length = READ_ONCE(r->length);
	if (length < LUO_JOURNAL_RECORD_MIN || length > h->record_size)
		return false;
	memset(record, 0, sizeof(*record));
	/* A record that changes while it is copied is not used. */
	data_race(memcpy(record, r, min_t(size_t, length, sizeof(*record))));
	/* Order the copy before the second look. */
	smp_rmb();
	if (READ_ONCE(r->seq) != seq)
		return false;

	record->seq = seq;
	record->comm[sizeof(record->comm) - 1] = '\0';
	record->names[sizeof(record->names) - 1] = '\0';

	return true;
}

/* Replaces @record with the next one behind its number that can be read. */
static bool luo_journal_read_next(const struct luo_journal *journal,
				  struct luo_journal_record *record)
{
	const struct luo_journal_header *h = journal->header;
	u64 last = atomic64_read(&journal->last);
	u64 seq = record->seq;

	if (!h)
		return false;

	while (++seq <= last) {
		/* What the ring has overwritten need not be looked for. */
		if (seq > h->nr_boot && last - seq >= h->nr_ring)
			seq = last - h->nr_ring + 1;
		if (luo_journal_read(h, seq, record))
			return true;
	}

	return false;
}

static bool luo_journal_has(const struct luo_journal_header *h, u64 seq)
{
	return luo_journal_slot(h, seq)->seq == seq;
}

/*
 * Finds the number of the last record, and those which were never completed. A
 * number that was overwritten must not make all others look old, so one in the
 * ring has to be near another one.
 */
static void luo_journal_scan(struct luo_journal *journal)
{
	const struct luo_journal_header *h = journal->header;
	u64 nr = (u64)h->nr_boot + h->nr_ring;
	u64 last = 0;

	for (u64 slot = 0; slot < nr; slot++) {
		const struct luo_journal_record *r;
		u64 seq;

		r = (void *)h + h->header_size + slot * h->record_size;
		seq = r->seq;
		if (seq == LUO_JOURNAL_SEQ_BUSY)
			journal->torn++;
		else if (seq > last && luo_journal_slot(h, seq) == r &&
			 (seq <= h->nr_boot || luo_journal_has(h, seq - 1) ||
			  luo_journal_has(h, seq - 2)))
			last = seq;
	}
	atomic64_set(&journal->last, last);
}

static u32 luo_journal_checksum(const struct luo_journal_header *h)
{
	return crc32(~0, h, offsetof(struct luo_journal_header, checksum));
}

/* @h is readable for @size bytes, and of these nothing is believed. */
static enum luo_journal_status
luo_journal_check(const struct luo_journal_header *h, u64 size)
{
	u64 nr;

	if (size < LUO_JOURNAL_HEADER_MIN)
		return LUO_JOURNAL_BAD_SIZE;
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

/* A journal that can be read may be at @h, of @size bytes. */
static void luo_journal_open(struct luo_journal *journal,
			     struct luo_journal_header *h, u64 size)
{
	journal->status = luo_journal_check(h, size);
	if (journal->status)
		return;

	journal->header = h;
	luo_journal_scan(journal);
}

/* In nanoseconds; @khz is not 0. */
static u64 luo_journal_cycles_to_ns(u64 cycles, u64 khz)
{
	return mul_u64_u64_div_u64(cycles, NSEC_PER_MSEC, khz);
}

/*
 * The time from the jump of the kernel that wrote @from to the beginning of @to.
 *
 * A wall clock starts from the RTC, which has whole seconds and drifts: so much
 * for the error of the way without the counter.
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
		/* Each kernel measures it anew, but not that badly. */
		blackout->source = LUO_JOURNAL_BLACKOUT_FREQUENCY;
	} else if ((s64)cycles <= 0) {
		blackout->source = LUO_JOURNAL_BLACKOUT_BACKWARDS;
	} else {
		blackout->source = LUO_JOURNAL_BLACKOUT_CYCLES;
		blackout->ns = luo_journal_cycles_to_ns(cycles, to->khz);
		/* What the two kernels measured differently, they measured badly. */
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

static void __init luo_journal_open_previous(void)
{
	static const char * const reasons[] = {
		[LUO_JOURNAL_BAD_ADDRESS] = "its address is not in RAM",
		[LUO_JOURNAL_BAD_COMPATIBLE] = "it has another layout",
		[LUO_JOURNAL_BAD_SIZE] = "its slots do not fit into it",
		[LUO_JOURNAL_BAD_CHECKSUM] = "its header was overwritten",
	};
	struct luo_journal *journal = &luo_journal_previous;
	phys_addr_t phys;
	size_t size;
	int err;

	err = kho_retrieve_subtree(LUO_JOURNAL_KHO_ENTRY_NAME, &phys, &size);
	if (err == -ENOENT)
		return;

	/* Never given back: it is read for as long as this kernel runs. */
	if (err || !phys || !PAGE_ALIGNED(phys) || !PAGE_ALIGNED(size) ||
	    !size || size > LUO_JOURNAL_SIZE_MAX || phys + size < phys ||
	    !pfn_to_online_page(PHYS_PFN(phys)) ||
	    !pfn_to_online_page(PHYS_PFN(phys + size - 1)))
		journal->status = LUO_JOURNAL_BAD_ADDRESS;
	else
		luo_journal_open(journal, phys_to_virt(phys), size);

	if (journal->status) {
		pr_warn("that of the previous kernel cannot be read: %s\n",
			reasons[journal->status]);
		return;
	}
	pr_info("the previous kernel, %.*s, wrote %lld records\n",
		LUO_JOURNAL_RELEASE_LENGTH - 1, journal->header->release,
		atomic64_read(&journal->last));
}

/* Divides what is behind the header: a quarter for the boot, the rest a ring. */
static void luo_journal_format(struct luo_journal_header *h, u64 size,
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
}

/**
 * luo_journal_start - Find the previous kernel's journal, and begin this one's
 * @generation: Number of live updates so far.
 */
void __init luo_journal_start(u64 generation)
{
	struct luo_journal *journal = &luo_journal_current;
	u64 begin = get_cycles();
	struct folio *folio;
	u64 size;

	BUILD_BUG_ON(!IS_ALIGNED(sizeof(struct luo_journal_header), 8));
	BUILD_BUG_ON(!IS_ALIGNED(sizeof(struct luo_journal_record), 8));

	if (!luo_journal_size)
		return;

	size = PAGE_SIZE << get_order(luo_journal_size);
	folio = folio_alloc(GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN,
			    get_order(size));
	if (!folio) {
		journal->status = LUO_JOURNAL_NO_MEMORY;
		pr_warn("no memory for %llu KiB\n", size / SZ_1K);
	} else {
		luo_journal_format(folio_address(folio), size, generation);
		journal->header = folio_address(folio);
		journal->status = LUO_JOURNAL_READABLE;
	}

	luo_journal_open_previous();
	if (journal->header && luo_journal_previous.header)
		luo_journal_measure(luo_journal_previous.header, journal->header,
				    &luo_journal_blackout);
	luo_journal_boot_took(get_cycles() - begin);
}

/**
 * luo_journal_handover - Have KHO hand the journal to the next kernel
 *
 * Where that fails, the journal is for this kernel only.
 */
void __init luo_journal_handover(void)
{
	struct luo_journal_header *h = luo_journal_current.header;
	u64 begin = get_cycles();
	int err;

	if (!h)
		return;

	if (IS_ENABLED(CONFIG_SYSCTL))
		random_get_boot_id(h->boot_id);
	/* Frequencies are measured better and better. */
	h->khz = luo_journal_khz();
	h->checksum = luo_journal_checksum(h);
	luo_journal_set_anchor(&h->handover);

	err = kho_preserve_folio(virt_to_folio(h));
	if (!err) {
		err = kho_add_subtree(LUO_JOURNAL_KHO_ENTRY_NAME, h, h->size);
		if (err)
			kho_unpreserve_folio(virt_to_folio(h));
	}
	if (err)
		pr_warn("cannot be handed to the next kernel: %pe\n",
			ERR_PTR(err));
	luo_journal_boot_took(get_cycles() - begin);
}

/**
 * luo_journal_describe - Take a snapshot of a journal's header
 * @generation: Where it goes.
 * @previous:   The previous kernel's journal, not this one's.
 *
 * Context: Any context.
 */
void luo_journal_describe(struct luo_journal_generation *generation,
			  bool previous)
{
	const struct luo_journal *journal = previous ? &luo_journal_previous :
						       &luo_journal_current;
	const struct luo_journal_header *h = journal->header;

	memset(generation, 0, sizeof(*generation));
	generation->previous = previous;
	generation->status = journal->status;
	generation->blackout = luo_journal_blackout;
	if (!h)
		return;

	memcpy(&generation->header, h, min(h->header_size, sizeof(*h)));
	generation->header.release[LUO_JOURNAL_RELEASE_LENGTH - 1] = '\0';
	generation->last = atomic64_read(&journal->last);
	generation->torn = journal->torn;
	if (!previous)
		luo_journal_set_anchor(&generation->now);
}

/**
 * luo_journal_next - Read the record behind one
 * @record:   The one; replaced with the next that can be read. Its number is 0
 *            for the first.
 * @previous: Of the previous kernel's journal, not of this one's.
 *
 * Context: Any context.
 * Return: Whether there is one.
 */
bool luo_journal_next(struct luo_journal_record *record, bool previous)
{
	return luo_journal_read_next(previous ? &luo_journal_previous :
						&luo_journal_current, record);
}

#ifdef CONFIG_LIVEUPDATE_KUNIT_TEST
#include "luo_journal_kunit.c"
#endif

#ifdef CONFIG_LIVEUPDATE_JOURNAL_BENCH
#include "luo_journal_bench.c"
#endif
