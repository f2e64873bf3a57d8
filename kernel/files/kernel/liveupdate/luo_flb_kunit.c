// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests for the life cycle of an incoming FLB.
 *
 * Included by luo_flb.c. The tests put a serialized FLB of their own in the place
 * of the previous kernel's, so they skip if the previous kernel handed FLBs over.
 */
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/luo_journal.h>
#include <linux/workqueue.h>

struct luo_flb_test {
	struct luo_flb_header_ser header;
	struct luo_flb_ser ser[1];
	struct liveupdate_flb *flb;
	int retrieve_err;
	int retrieved;
	int finished;
};

static struct luo_flb_test luo_flb_test;

static int luo_flb_test_preserve(struct liveupdate_flb_op_args *args)
{
	args->obj = &luo_flb_test;
	return 0;
}

static void luo_flb_test_unpreserve(struct liveupdate_flb_op_args *args)
{
}

static int luo_flb_test_retrieve(struct liveupdate_flb_op_args *args)
{
	luo_flb_test.retrieved++;
	if (luo_flb_test.retrieve_err)
		return luo_flb_test.retrieve_err;

	args->obj = &luo_flb_test;
	return 0;
}

static void luo_flb_test_finish(struct liveupdate_flb_op_args *args)
{
	luo_flb_test.finished++;
}

static const struct liveupdate_flb_ops luo_flb_test_ops = {
	.preserve = luo_flb_test_preserve,
	.unpreserve = luo_flb_test_unpreserve,
	.retrieve = luo_flb_test_retrieve,
	.finish = luo_flb_test_finish,
	.owner = THIS_MODULE,
};

#define LUO_FLB_TEST_COMPATIBLE	"luo-flb-kunit"

/* A new FLB for each test, because a finished FLB stays finished. */
static struct liveupdate_flb *luo_flb_test_alloc(struct kunit *test)
{
	static const struct liveupdate_flb template = {
		.ops = &luo_flb_test_ops,
		.compatible = LUO_FLB_TEST_COMPATIBLE,
	};
	struct liveupdate_flb *flb;

	flb = kunit_kmalloc(test, sizeof(*flb), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, flb);
	memcpy(flb, &template, sizeof(*flb));
	return flb;
}

static int luo_flb_test_init(struct kunit *test)
{
	struct luo_flb_header *incoming = &luo_flb_global.incoming;

	if (!liveupdate_enabled())
		kunit_skip(test, "live update is off (liveupdate=on)");
	if (incoming->active)
		kunit_skip(test, "a previous kernel handed FLBs over");

	memset(&luo_flb_test, 0, sizeof(luo_flb_test));
	luo_flb_test.header.count = 1;
	strscpy(luo_flb_test.ser[0].name, LUO_FLB_TEST_COMPATIBLE);
	luo_flb_test.ser[0].count = 2;

	incoming->header_ser = &luo_flb_test.header;
	incoming->ser = luo_flb_test.ser;
	incoming->active = true;
	return 0;
}

static void luo_flb_test_exit(struct kunit *test)
{
	struct luo_flb_header *incoming = &luo_flb_global.incoming;

	if (incoming->header_ser != &luo_flb_test.header)
		return;

	incoming->active = false;
	incoming->header_ser = NULL;
	incoming->ser = NULL;
}

static int luo_flb_test_suite_init(struct kunit_suite *suite)
{
	luo_journal_pause();
	return 0;
}

static void luo_flb_test_suite_exit(struct kunit_suite *suite)
{
	luo_journal_resume();
}

static void luo_flb_finishes_when_never_retrieved(struct kunit *test)
{
	struct liveupdate_flb *flb = luo_flb_test_alloc(test);

	liveupdate_flb_put_incoming(flb);
	KUNIT_EXPECT_EQ(test, luo_flb_test.retrieved, 1);
	KUNIT_EXPECT_EQ(test, luo_flb_test.finished, 0);

	liveupdate_flb_put_incoming(flb);
	KUNIT_EXPECT_EQ(test, luo_flb_test.retrieved, 1);
	KUNIT_EXPECT_EQ(test, luo_flb_test.finished, 1);
}

static void luo_flb_reference_delays_finish(struct kunit *test)
{
	struct liveupdate_flb *flb = luo_flb_test_alloc(test);
	void *obj = NULL;

	KUNIT_ASSERT_EQ(test, liveupdate_flb_get_incoming(flb, &obj), 0);
	KUNIT_EXPECT_PTR_EQ(test, obj, (void *)&luo_flb_test);

	liveupdate_flb_put_incoming(flb);
	liveupdate_flb_put_incoming(flb);
	KUNIT_EXPECT_EQ(test, luo_flb_test.finished, 0);

	liveupdate_flb_put_incoming(flb);
	KUNIT_EXPECT_EQ(test, luo_flb_test.finished, 1);
}

static void luo_flb_test_put(struct work_struct *work)
{
	liveupdate_flb_put_incoming(luo_flb_test.flb);
}

static bool luo_flb_test_writer_waits(struct luo_flb_private *private)
{
	unsigned long end = jiffies + 10 * HZ;

	while (!rwsem_is_contended(&private->incoming.rwsem)) {
		if (time_after(jiffies, end))
			return false;
		fsleep(100);
	}

	return true;
}

static void luo_flb_finish_waits_for_the_scope(struct kunit *test)
{
	struct liveupdate_flb *flb = luo_flb_test_alloc(test);
	struct work_struct work;

	luo_flb_test.ser[0].count = 1;
	luo_flb_test.flb = flb;
	INIT_WORK_ONSTACK(&work, luo_flb_test_put);
	scoped_class(liveupdate_flb_incoming, ref, flb) {
		KUNIT_EXPECT_PTR_EQ(test, ref.obj, (void *)&luo_flb_test);
		schedule_work(&work);
		KUNIT_EXPECT_TRUE(test, luo_flb_test_writer_waits(luo_flb_get_private(flb)));
		KUNIT_EXPECT_EQ(test, luo_flb_test.finished, 0);
	}
	flush_work(&work);
	destroy_work_on_stack(&work);
	KUNIT_EXPECT_EQ(test, luo_flb_test.finished, 1);

	scoped_class(liveupdate_flb_incoming, ref, flb)
		KUNIT_EXPECT_PTR_EQ(test, ref.obj, ERR_PTR(-ENODATA));
	KUNIT_EXPECT_EQ(test, luo_flb_test.retrieved, 1);
}

static void luo_flb_scope_does_not_count(struct kunit *test)
{
	struct liveupdate_flb *flb = luo_flb_test_alloc(test);
	int i;

	for (i = 0; i < 3; i++) {
		CLASS(liveupdate_flb_incoming, ref)(flb);

		KUNIT_EXPECT_PTR_EQ(test, ref.obj, (void *)&luo_flb_test);
	}
	KUNIT_EXPECT_EQ(test, luo_flb_test.retrieved, 1);

	liveupdate_flb_put_incoming(flb);
	KUNIT_EXPECT_EQ(test, luo_flb_test.finished, 0);
	liveupdate_flb_put_incoming(flb);
	KUNIT_EXPECT_EQ(test, luo_flb_test.finished, 1);
}

static void luo_flb_outgoing_scope_needs_a_file(struct kunit *test)
{
	struct liveupdate_flb *flb = luo_flb_test_alloc(test);

	scoped_class(liveupdate_flb_outgoing, ref, flb)
		KUNIT_EXPECT_PTR_EQ(test, ref.obj, ERR_PTR(-ENOENT));

	KUNIT_ASSERT_EQ(test, luo_flb_file_preserve_one(flb), 0);
	scoped_class(liveupdate_flb_outgoing, ref, flb)
		KUNIT_EXPECT_PTR_EQ(test, ref.obj, (void *)&luo_flb_test);
	liveupdate_flb_put_outgoing(flb);

	scoped_class(liveupdate_flb_outgoing, ref, flb)
		KUNIT_EXPECT_PTR_EQ(test, ref.obj, ERR_PTR(-ENOENT));
}

static void luo_flb_stays_finished(struct kunit *test)
{
	struct liveupdate_flb *flb = luo_flb_test_alloc(test);
	void *obj;

	liveupdate_flb_put_incoming(flb);
	liveupdate_flb_put_incoming(flb);

	KUNIT_EXPECT_EQ(test, liveupdate_flb_get_incoming(flb, &obj), -ENODATA);
	KUNIT_EXPECT_EQ(test, luo_flb_test.retrieved, 1);
	KUNIT_EXPECT_EQ(test, luo_flb_test.finished, 1);
}

static void luo_flb_ends_when_retrieve_failed(struct kunit *test)
{
	struct liveupdate_flb *flb = luo_flb_test_alloc(test);
	void *obj;

	luo_flb_test.retrieve_err = -EINVAL;
	KUNIT_EXPECT_EQ(test, liveupdate_flb_get_incoming(flb, &obj), -EINVAL);
	KUNIT_EXPECT_EQ(test, liveupdate_flb_get_incoming(flb, &obj), -EINVAL);

	liveupdate_flb_put_incoming(flb);
	liveupdate_flb_put_incoming(flb);
	KUNIT_EXPECT_EQ(test, luo_flb_test.retrieved, 1);
	KUNIT_EXPECT_EQ(test, luo_flb_test.finished, 0);
	KUNIT_EXPECT_EQ(test, liveupdate_flb_get_incoming(flb, &obj), -ENODATA);
}

static void luo_flb_refuses_a_bad_count(struct kunit *test)
{
	static const u64 counts[] = { 0, (u64)INT_MAX + 1, U64_MAX };
	void *obj;
	int i;

	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		struct liveupdate_flb *flb = luo_flb_test_alloc(test);

		luo_flb_test.ser[0].count = counts[i];
		KUNIT_EXPECT_EQ(test, liveupdate_flb_get_incoming(flb, &obj),
				-EINVAL);
		liveupdate_flb_put_incoming(flb);
		liveupdate_flb_put_incoming(flb);
	}
	KUNIT_EXPECT_EQ(test, luo_flb_test.retrieved, 0);
}

static void luo_flb_not_handed_over(struct kunit *test)
{
	struct liveupdate_flb *flb = luo_flb_test_alloc(test);
	void *obj;

	strscpy(luo_flb_test.ser[0].name, "another-flb");
	KUNIT_EXPECT_EQ(test, liveupdate_flb_get_incoming(flb, &obj), -ENOENT);

	/* As for a file whose handler did not depend on the FLB back then. */
	liveupdate_flb_put_incoming(flb);
	KUNIT_EXPECT_EQ(test, luo_flb_test.retrieved, 0);
	KUNIT_EXPECT_EQ(test, luo_flb_test.finished, 0);
}

static struct kunit_case luo_flb_test_cases[] = {
	KUNIT_CASE(luo_flb_finishes_when_never_retrieved),
	KUNIT_CASE(luo_flb_reference_delays_finish),
	KUNIT_CASE(luo_flb_finish_waits_for_the_scope),
	KUNIT_CASE(luo_flb_scope_does_not_count),
	KUNIT_CASE(luo_flb_outgoing_scope_needs_a_file),
	KUNIT_CASE(luo_flb_stays_finished),
	KUNIT_CASE(luo_flb_ends_when_retrieve_failed),
	KUNIT_CASE(luo_flb_refuses_a_bad_count),
	KUNIT_CASE(luo_flb_not_handed_over),
	{}
};

static struct kunit_suite luo_flb_test_suite = {
	.name = "luo_flb",
	.suite_init = luo_flb_test_suite_init,
	.suite_exit = luo_flb_test_suite_exit,
	.init = luo_flb_test_init,
	.exit = luo_flb_test_exit,
	.test_cases = luo_flb_test_cases,
};

kunit_test_suite(luo_flb_test_suite);
