// SPDX-License-Identifier: GPL-2.0
/*
 * What the journal costs: a record, in time and in memory, and the boot.
 *
 * Included by luo_journal.c. It is a KUnit suite because that brings the
 * runner; it measures, and fails only where there is nothing to measure. Its
 * lines are for bench/journal.awk: each repetition prints what it took, ratios
 * are left to whoever reads them.
 *
 * The peer is ftrace: the same event, written to the buffer of an instance.
 */
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/kthread.h>
#include <linux/moduleparam.h>
#include <linux/sort.h>
#include <linux/trace.h>
#include <linux/trace_events.h>

#include <trace/events/liveupdate.h>

#define LUO_BENCH_REPS		15
#define LUO_BENCH_SAMPLES	4096
/* So many of one kind before it is the next one's turn. */
#define LUO_BENCH_BLOCK		64

module_param_named(journal_muted, luo_journal_muted, bool, 0644);
MODULE_PARM_DESC(journal_muted, "Write no records");

static int luo_bench_get_last(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%lld\n",
			  atomic64_read(&luo_journal_current.last));
}

static const struct kernel_param_ops luo_bench_last_ops = {
	.get = luo_bench_get_last,
};

module_param_cb(journal_last, &luo_bench_last_ops, NULL, 0444);
MODULE_PARM_DESC(journal_last, "Number of the last record");

/* As long as names are. */
static const char luo_bench_session[] = "vm-0123456789abcdef";

static noinline void luo_bench_nothing(void)
{
	barrier();
}

static noinline void luo_bench_journal(void)
{
	const struct luo_journal_event event = {
		.event = LUO_JOURNAL_SESSION_CREATE,
		.session = luo_bench_session, .duration = NSEC_PER_USEC,
	};

	luo_journal_write(&event);
}

static noinline void luo_bench_ftrace(void)
{
	trace_luo_session_create(luo_bench_session, NULL, 0, NSEC_PER_USEC, 1);
}

static const struct {
	const char *name;
	void (*write)(void);
} luo_bench_ops[] = {
	{ "nothing", luo_bench_nothing },
	{ "journal", luo_bench_journal },
	{ "ftrace", luo_bench_ftrace },
};

#define LUO_BENCH_NR_OPS	ARRAY_SIZE(luo_bench_ops)

/**
 * struct luo_bench - The repetitions, one at a time
 * @cycles: What each call took.
 * @op:     Index into luo_bench_ops: what is measured, and what the other CPU
 *          writes meanwhile.
 * @rounds: How many times the other CPU has gone round.
 * @err:    Why there are not all of them, once ...
 * @done:   ... this is complete.
 */
struct luo_bench {
	u32 cycles[LUO_BENCH_NR_OPS][LUO_BENCH_SAMPLES];
	unsigned int op;
	unsigned long rounds;
	int err;
	struct completion done;
};

/* On another CPU: writes all the time. */
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

static void luo_bench_fill(struct luo_bench *b, bool contended)
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

static u64 luo_bench_ps(u32 cycles)
{
	return luo_journal_cycles_to_ns(cycles * 1000ULL, luo_journal_khz());
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
			luo_bench_ps(cycles[LUO_BENCH_SAMPLES / 2]),
			luo_bench_ps(cycles[LUO_BENCH_SAMPLES * 99 / 100]));
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
	luo_bench_fill(b, true);
	kthread_stop(other);
	luo_bench_print(b, true, rep);

	return 0;
}

/*
 * Not the task that runs the test: what that one does is no history, and the
 * journal leaves it out.
 */
static int luo_bench_measure(void *data)
{
	struct luo_bench *b = data;
	unsigned int rep;

	for (rep = 0; !b->err && rep < LUO_BENCH_REPS; rep++) {
		luo_bench_fill(b, false);
		luo_bench_print(b, false, rep);
		b->err = luo_bench_contended(b, rep);
	}
	complete(&b->done);

	return 0;
}

static void luo_bench_time_a_record(struct kunit *test)
{
	struct luo_journal_header *h = luo_journal_current.header;
	u64 dropped = atomic64_read(&luo_journal_current.dropped);
	u64 last = atomic64_read(&luo_journal_current.last);
	struct task_struct *task;
	struct trace_array *tr;
	struct luo_bench *b;

	if (!h || !h->khz)
		kunit_skip(test, "there is no journal, or no cycle counter");
	if (h->generation)
		kunit_skip(test, "the kernel before this one has measured it");

	b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, b);
	init_completion(&b->done);
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

	last = atomic64_read(&luo_journal_current.last) - last;
	dropped = atomic64_read(&luo_journal_current.dropped) - dropped;
	KUNIT_EXPECT_GT(test, last, 0);
	pr_info("bench: written records=%llu dropped=%llu\n", last, dropped);
}

static void luo_bench_memory_and_boot(struct kunit *test)
{
	struct luo_journal_header *h = luo_journal_current.header;
	struct luo_journal_header *previous = luo_journal_previous.header;

	if (!h || !h->khz)
		kunit_skip(test, "there is no journal, or no cycle counter");

	pr_info("bench: memory-journal generation=%llu bytes=%llu previous=%llu header=%u record=%u first=%u last=%u\n",
		h->generation, h->size, previous ? previous->size : 0,
		h->header_size, h->record_size, h->nr_boot, h->nr_ring);
	pr_info("bench: boot generation=%llu journal_ns=%llu kernel_ns=%llu\n",
		h->generation,
		luo_journal_cycles_to_ns(luo_journal_boot_cycles, h->khz),
		ktime_get_boottime_ns());
}

#define LUO_BENCH_CASE(run) \
	KUNIT_CASE_ATTR(run, { .speed = KUNIT_SPEED_VERY_SLOW })

static struct kunit_case luo_journal_bench_cases[] = {
	/* First: what the next one takes is not the boot's. */
	LUO_BENCH_CASE(luo_bench_memory_and_boot),
	LUO_BENCH_CASE(luo_bench_time_a_record),
	{}
};

static struct kunit_suite luo_journal_bench_suite = {
	.name = "luo_journal_bench",
	.test_cases = luo_journal_bench_cases,
};

kunit_test_suite(luo_journal_bench_suite);
