// SPDX-License-Identifier: GPL-2.0
/*
 * Measures what the journal costs: the time and the memory of a record, and the
 * time that it adds to the boot.
 *
 * This is a KUnit suite, because KUnit brings the runner. It measures, and fails
 * only if there is nothing to measure. bench/journal.awk reads its lines: each
 * repetition prints its times, and the reader forms the ratios.
 *
 * The peer is ftrace: the same event, written to the buffer of an instance.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": journal: " fmt

#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/timex.h>
#include <linux/trace.h>
#include <linux/trace_events.h>

#include "luo_event.h"
#include "luo_journal_bench.h"
#include "luo_journal_internal.h"

#define LUO_BENCH_REPS		15
#define LUO_BENCH_SAMPLES	4096
/* The number of calls of one operation before the next one has its turn. */
#define LUO_BENCH_BLOCK		64

/* What this boot took for the journal, on the cycle counter. */
static u64 luo_bench_boot_cycles;

/* So that one kernel runs with the journal and without, in turn. */
static bool luo_bench_muted;

void __init luo_bench_boot_took(u64 cycles)
{
	luo_bench_boot_cycles += cycles;
}

static int luo_bench_set_muted(const char *value, const struct kernel_param *kp)
{
	int err = param_set_bool(value, kp);

	if (err)
		return err;
	if (luo_bench_muted)
		luo_journal_pause();
	else
		luo_journal_resume();

	return 0;
}

static const struct kernel_param_ops luo_bench_muted_ops = {
	.flags = KERNEL_PARAM_OPS_FL_NOARG,
	.set = luo_bench_set_muted,
	.get = param_get_bool,
};

module_param_cb(journal_muted, &luo_bench_muted_ops, &luo_bench_muted, 0644);
MODULE_PARM_DESC(journal_muted, "Write no records");

static int luo_bench_get_last(char *buffer, const struct kernel_param *kp)
{
	struct luo_journal_generation generation;

	luo_journal_describe(&generation, false);

	return sysfs_emit(buffer, "%llu\n", generation.last);
}

static const struct kernel_param_ops luo_bench_last_ops = {
	.get = luo_bench_get_last,
};

module_param_cb(journal_last, &luo_bench_last_ops, NULL, 0444);
MODULE_PARM_DESC(journal_last, "Number of the last record");

/* A name of common length. */
static const char luo_bench_session[] = "vm-0123456789abcdef";

/* For ftrace, which is not measured with the filling of the record. */
static struct luo_journal_record luo_bench_record;

static void luo_bench_init_record(struct luo_journal_record *record)
{
	luo_record_init_session(record, LUO_EVENT_SESSION_CREATE,
				luo_bench_session, 0, NSEC_PER_USEC);
}

static noinline void luo_bench_nothing(void)
{
	barrier();
}

static noinline void luo_bench_fill(void)
{
	struct luo_journal_record record;

	luo_bench_init_record(&record);
	barrier_data(&record);
}

static noinline void luo_bench_journal(void)
{
	struct luo_journal_record record;

	luo_bench_init_record(&record);
	luo_journal_write(&record);
}

static noinline void luo_bench_ftrace(void)
{
	trace_luo_session_create(&luo_bench_record, NULL);
}

static const struct {
	const char *name;
	void (*write)(void);
} luo_bench_ops[] = {
	{ "nothing", luo_bench_nothing },
	{ "fill", luo_bench_fill },
	{ "journal", luo_bench_journal },
	{ "ftrace", luo_bench_ftrace },
};

#define LUO_BENCH_NR_OPS	ARRAY_SIZE(luo_bench_ops)

/**
 * struct luo_bench - One repetition at a time
 * @cycles: Cycles of each call.
 * @op:     Index into luo_bench_ops: the operation that is measured, and that the
 *          other CPU runs meanwhile.
 * @khz:    Frequency of the cycle counter.
 * @rounds: Number of rounds of the other CPU.
 * @err:    Why the repetitions are not complete; valid after @done.
 * @done:   The repetitions are over.
 */
struct luo_bench {
	u32 cycles[LUO_BENCH_NR_OPS][LUO_BENCH_SAMPLES];
	unsigned int op;
	u64 khz;
	unsigned long rounds;
	int err;
	struct completion done;
};

/* Runs on another CPU, and writes all the time. */
static int luo_bench_contend(void *data)
{
	struct luo_bench *b = data;
	unsigned int i;

	while (!kthread_should_stop()) {
		for (i = 0; i < LUO_BENCH_BLOCK; i++)
			luo_bench_ops[READ_ONCE(b->op)].write();
		WRITE_ONCE(b->rounds, b->rounds + 1);
		cond_resched();
	}

	return 0;
}

/* The second round from now has begun after now. */
static void luo_bench_wait_for_other(struct luo_bench *b)
{
	unsigned long rounds = READ_ONCE(b->rounds);

	while (READ_ONCE(b->rounds) - rounds < 2)
		cond_resched();
}

static void luo_bench_block(struct luo_bench *b, unsigned int op,
			    unsigned int first)
{
	u64 begin;
	unsigned int i;

	for (i = first; i < first + LUO_BENCH_BLOCK; i++) {
		begin = get_cycles();
		luo_bench_ops[op].write();
		b->cycles[op][i] = min(get_cycles() - begin, U32_MAX);
	}
	cond_resched();
}

static void luo_bench_run(struct luo_bench *b, bool contended)
{
	unsigned int op, first;

	for (first = 0; first < LUO_BENCH_SAMPLES; first += LUO_BENCH_BLOCK) {
		for (op = 0; op < LUO_BENCH_NR_OPS; op++) {
			WRITE_ONCE(b->op, op);
			if (contended)
				luo_bench_wait_for_other(b);
			luo_bench_block(b, op, first);
		}
	}
}

static int luo_bench_compare(const void *a, const void *b)
{
	return *(const u32 *)a < *(const u32 *)b ? -1 :
	       *(const u32 *)a > *(const u32 *)b;
}

static u64 luo_bench_ns(u64 cycles, u64 khz)
{
	return mul_u64_u64_div_u64(cycles, NSEC_PER_MSEC, khz);
}

static u64 luo_bench_ps(u32 cycles, u64 khz)
{
	return luo_bench_ns(cycles * 1000ULL, khz);
}

static void luo_bench_print(struct luo_bench *b, bool contended,
			    unsigned int rep)
{
	unsigned int op;

	for (op = 0; op < LUO_BENCH_NR_OPS; op++) {
		u32 *cycles = b->cycles[op];

		sort(cycles, LUO_BENCH_SAMPLES, sizeof(*cycles),
		     luo_bench_compare, NULL);
		pr_info("bench: record by=%s writers=%u rep=%u samples=%u median_ps=%llu p99_ps=%llu\n",
			luo_bench_ops[op].name, contended ? 2 : 1, rep,
			LUO_BENCH_SAMPLES,
			luo_bench_ps(cycles[LUO_BENCH_SAMPLES / 2], b->khz),
			luo_bench_ps(cycles[LUO_BENCH_SAMPLES * 99 / 100],
				     b->khz));
	}
}

static int luo_bench_contended(struct luo_bench *b, unsigned int rep)
{
	struct task_struct *other;
	unsigned int cpu;

	cpu = cpumask_any_but(cpu_online_mask, raw_smp_processor_id());
	if (cpu >= nr_cpu_ids)
		return -ENODEV;

	other = kthread_run_on_cpu(luo_bench_contend, b, cpu, "luo_bench/%u");
	if (IS_ERR(other))
		return PTR_ERR(other);
	luo_bench_run(b, true);
	kthread_stop(other);
	luo_bench_print(b, true, rep);

	return 0;
}

static int luo_bench_measure(void *data)
{
	struct luo_bench *b = data;
	unsigned int rep;

	for (rep = 0; !b->err && rep < LUO_BENCH_REPS; rep++) {
		luo_bench_run(b, false);
		luo_bench_print(b, false, rep);
		b->err = luo_bench_contended(b, rep);
	}
	complete(&b->done);

	return 0;
}

static void luo_bench_time_a_record(struct kunit *test)
{
	struct luo_journal_generation *before, *after;
	struct task_struct *task;
	struct trace_array *tr;
	struct luo_bench *b;

	before = kunit_kzalloc(test, sizeof(*before), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, before);
	after = kunit_kzalloc(test, sizeof(*after), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, after);

	luo_journal_describe(before, false);
	if (!before->header.khz)
		kunit_skip(test, "there is no journal, or no cycle counter");
	if (before->header.generation)
		kunit_skip(test, "the first kernel has measured it");

	b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, b);
	b->khz = before->header.khz;
	init_completion(&b->done);
	luo_bench_init_record(&luo_bench_record);
	tr = trace_array_get_by_name("luo_bench", NULL);
	KUNIT_ASSERT_NOT_NULL(test, tr);
	KUNIT_EXPECT_EQ(test, trace_array_set_clr_event(tr, "liveupdate",
							"luo_session_create",
							true), 0);
	KUNIT_EXPECT_TRUE(test, trace_luo_session_create_enabled());

	task = kthread_run_on_cpu(luo_bench_measure, b,
				  cpumask_first(cpu_online_mask), "luo_bench/%u");
	KUNIT_EXPECT_NOT_ERR_OR_NULL(test, task);
	if (!IS_ERR_OR_NULL(task)) {
		wait_for_completion(&b->done);
		KUNIT_EXPECT_EQ(test, b->err, 0);
	}

	trace_array_set_clr_event(tr, "liveupdate", "luo_session_create", false);
	trace_array_put(tr);
	trace_array_destroy(tr);

	luo_journal_describe(after, false);
	KUNIT_EXPECT_GT(test, after->last, before->last);
	pr_info("bench: written records=%llu dropped=%llu\n",
		after->last - before->last,
		after->header.dropped - before->header.dropped);
}

static void luo_bench_memory_and_boot(struct kunit *test)
{
	struct luo_journal_generation *g;
	struct luo_journal_header *h;
	u64 previous;

	g = kunit_kzalloc(test, sizeof(*g), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, g);
	luo_journal_describe(g, true);
	previous = g->header.size;
	luo_journal_describe(g, false);
	h = &g->header;
	if (!h->khz)
		kunit_skip(test, "there is no journal, or no cycle counter");

	pr_info("bench: memory-journal generation=%llu bytes=%llu previous=%llu header=%u record=%u first=%u last=%u\n",
		h->generation, h->size, previous, h->header_size,
		h->record_size, h->nr_boot, h->nr_ring);
	pr_info("bench: boot generation=%llu journal_ns=%llu kernel_ns=%llu\n",
		h->generation, luo_bench_ns(luo_bench_boot_cycles, h->khz),
		ktime_get_boottime_ns());
}

#define LUO_BENCH_CASE(run) \
	KUNIT_CASE_ATTR(run, { .speed = KUNIT_SPEED_VERY_SLOW })

static struct kunit_case luo_journal_bench_cases[] = {
	/* This one is first, because the next one's time is not the boot's. */
	LUO_BENCH_CASE(luo_bench_memory_and_boot),
	LUO_BENCH_CASE(luo_bench_time_a_record),
	{}
};

static struct kunit_suite luo_journal_bench_suite = {
	.name = "luo_journal_bench",
	.test_cases = luo_journal_bench_cases,
};

kunit_test_suite(luo_journal_bench_suite);
