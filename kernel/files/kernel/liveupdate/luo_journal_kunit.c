// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of the live update journal, on journals of their own.
 *
 * Included by luo_journal.c.
 */
#include <kunit/test.h>

#define LUO_JOURNAL_TEST_SIZE	PAGE_SIZE

struct luo_journal_test {
	struct luo_journal journal;
	struct luo_journal_record record;
};

static struct luo_journal_test *luo_journal_test_new(struct kunit *test)
{
	struct luo_journal_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	struct luo_journal_header *h;

	KUNIT_ASSERT_NOT_NULL(test, t);
	h = kunit_kzalloc(test, LUO_JOURNAL_TEST_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, h);
	luo_journal_format(&t->journal, h, LUO_JOURNAL_TEST_SIZE, 7);

	return t;
}

static void luo_journal_test_append(struct luo_journal_test *t, int nr)
{
	struct luo_journal_record record;

	while (nr--) {
		luo_record_init(&record, LUO_EVENT_FLB_PRESERVE);
		record.number[0] = atomic64_read(&t->journal.last) + 1;
		luo_journal_append(&t->journal, &record);
	}
}

/* Lets the test write a journal of another layout. */
static void luo_journal_test_seal(struct luo_journal_test *t)
{
	struct luo_journal_header *h = t->journal.header;

	h->checksum = luo_journal_checksum(h);
	t->journal.checked = *h;
}

/* Opens the journal as the next kernel does. */
static void luo_journal_test_reopen(struct luo_journal_test *t)
{
	struct luo_journal_header *h = t->journal.header;

	memset(&t->journal, 0, sizeof(t->journal));
	luo_journal_open(&t->journal, h, LUO_JOURNAL_TEST_SIZE);
}

/* The next records have the numbers @from to @to. */
static void luo_journal_test_expect(struct kunit *test,
				    struct luo_journal_test *t, u64 from, u64 to)
{
	for (u64 seq = from; seq <= to; seq++) {
		KUNIT_ASSERT_TRUE(test, luo_journal_read_next(&t->journal,
							      &t->record));
		KUNIT_EXPECT_EQ(test, t->record.seq, seq);
		KUNIT_EXPECT_EQ(test, t->record.number[0], (s64)seq);
	}
}

static void luo_journal_test_end(struct kunit *test, struct luo_journal_test *t)
{
	KUNIT_EXPECT_FALSE(test, luo_journal_read_next(&t->journal, &t->record));
}

static void luo_journal_keeps_the_first_and_the_last(struct kunit *test)
{
	struct luo_journal_test *t = luo_journal_test_new(test);
	const struct luo_journal_header *h = t->journal.header;

	KUNIT_ASSERT_GT(test, h->nr_boot, 1);
	KUNIT_ASSERT_GT(test, h->nr_ring, h->nr_boot);
	luo_journal_test_append(t, 100);

	luo_journal_test_expect(test, t, 1, h->nr_boot);
	luo_journal_test_expect(test, t, 100 - h->nr_ring + 1, 100);
	luo_journal_test_end(test, t);

	luo_journal_test_reopen(t);
	t->record.seq = 0;
	luo_journal_test_expect(test, t, 1, h->nr_boot);
	luo_journal_test_expect(test, t, 100 - h->nr_ring + 1, 100);
	luo_journal_test_end(test, t);
}

static void luo_journal_is_read_before_it_wraps(struct kunit *test)
{
	struct luo_journal_test *t = luo_journal_test_new(test);

	luo_journal_test_end(test, t);
	luo_journal_test_append(t, 3);
	luo_journal_test_expect(test, t, 1, 3);
	luo_journal_test_end(test, t);
	/* Reading continues after the last record that was read. */
	luo_journal_test_append(t, 3);
	luo_journal_test_expect(test, t, 4, 6);
}

static void luo_journal_leaves_a_torn_record_out(struct kunit *test)
{
	struct luo_journal_test *t = luo_journal_test_new(test);

	luo_journal_test_append(t, 10);
	luo_journal_slot(&t->journal, 7)->seq = LUO_JOURNAL_SEQ_BUSY;
	luo_journal_test_reopen(t);

	KUNIT_EXPECT_EQ(test, t->journal.torn, 1);
	luo_journal_test_expect(test, t, 1, 6);
	luo_journal_test_expect(test, t, 8, 10);
	luo_journal_test_end(test, t);
}

static void luo_journal_stamps_a_record(struct kunit *test)
{
	struct luo_journal_test *t = luo_journal_test_new(test);
	struct luo_journal_record record;

	luo_journal_test_append(t, 2);
	luo_record_init(&record, LUO_EVENT_FILE_PRESERVE);
	luo_record_add_name(&record, LUO_JOURNAL_HAS_SESSION, "vm", 64);
	luo_journal_append(&t->journal, &record);
	KUNIT_EXPECT_EQ(test, record.seq, 3);

	t->record.seq = 2;
	KUNIT_ASSERT_TRUE(test, luo_journal_read_next(&t->journal, &t->record));
	KUNIT_EXPECT_MEMEQ(test, &t->record, &record, sizeof(record));
}

/* A slot keeps the tail of the record that was there before. */
static void luo_journal_reads_no_more_than_the_record(struct kunit *test)
{
	struct luo_journal_test *t = luo_journal_test_new(test);
	struct luo_journal_record *slot = luo_journal_slot(&t->journal, 1);

	memset(slot->names, 'x', sizeof(slot->names));
	luo_journal_test_append(t, 1);
	KUNIT_EXPECT_EQ(test, slot->names[0], 'x');
	luo_journal_test_expect(test, t, 1, 1);
	KUNIT_EXPECT_EQ(test, t->record.length, LUO_JOURNAL_RECORD_MIN);
	KUNIT_EXPECT_EQ(test, t->record.names[0], '\0');
}

static void luo_journal_does_not_touch_a_busy_slot(struct kunit *test)
{
	struct luo_journal_test *t = luo_journal_test_new(test);
	struct luo_journal_record *slot = luo_journal_slot(&t->journal, 1);

	slot->seq = LUO_JOURNAL_SEQ_BUSY;
	slot->number[0] = 42;
	luo_journal_test_append(t, 1);
	KUNIT_EXPECT_EQ(test, slot->seq, LUO_JOURNAL_SEQ_BUSY);
	KUNIT_EXPECT_EQ(test, slot->number[0], 42);
	KUNIT_EXPECT_EQ(test, t->journal.header->dropped, 1);

	/* Nor one that a faster writer has filled, a round later. */
	slot = luo_journal_slot(&t->journal, 2);
	slot->seq = 2000;
	luo_journal_test_append(t, 1);
	KUNIT_EXPECT_EQ(test, slot->seq, 2000);
	KUNIT_EXPECT_EQ(test, t->journal.header->dropped, 2);
	KUNIT_EXPECT_EQ(test, atomic64_read(&t->journal.last), 2);
}

static void luo_journal_finds_the_last_record_after_drops(struct kunit *test)
{
	struct luo_journal_test *t = luo_journal_test_new(test);
	const u64 first = t->journal.checked.nr_boot + 2;

	luo_journal_test_append(t, first - 1);
	for (u64 seq = first; seq < first + 3; seq++)
		luo_journal_slot(&t->journal, seq)->seq = LUO_JOURNAL_SEQ_BUSY;
	luo_journal_test_append(t, 4);
	KUNIT_EXPECT_EQ(test, t->journal.header->dropped, 3);
	/* The writers that held the slots up have come to nothing. */
	for (u64 seq = first; seq < first + 3; seq++)
		luo_journal_slot(&t->journal, seq)->seq = 0;
	luo_journal_test_reopen(t);

	luo_journal_test_expect(test, t, 1, first - 1);
	luo_journal_test_expect(test, t, first + 3, first + 3);
	luo_journal_test_end(test, t);
}

static void luo_journal_survives_a_wild_number(struct kunit *test)
{
	struct luo_journal_test *t = luo_journal_test_new(test);
	struct luo_journal_header *h = t->journal.header;

	luo_journal_test_append(t, 10);
	/* This number belongs to that slot, some rounds later. */
	luo_journal_slot(&t->journal, 9)->seq = 9 + 1000ULL * h->nr_ring;
	luo_journal_slot(&t->journal, 3)->seq = 5;
	luo_journal_slot(&t->journal, 2)->length = h->record_size + 8;
	luo_journal_slot(&t->journal, 4)->length = 0;
	luo_journal_test_reopen(t);

	luo_journal_test_expect(test, t, 1, 1);
	luo_journal_test_expect(test, t, 5, 8);
	luo_journal_test_expect(test, t, 10, 10);
	luo_journal_test_end(test, t);
}

static void luo_journal_refuses_a_bad_header(struct kunit *test)
{
#define BAD(field_, value_, reseal_, status_)				\
	{								\
		.at = offsetof(struct luo_journal_header, field_),	\
		.value = value_, .reseal = reseal_, .status = status_,	\
	}
	static const struct {
		size_t at;
		u32 value;
		bool reseal;
		enum luo_journal_status status;
	} cases[] = {
		BAD(compatible, 0, true, LUO_JOURNAL_BAD_COMPATIBLE),
		BAD(compatible[12], '9', true, LUO_JOURNAL_BAD_COMPATIBLE),
		BAD(generation, 8, false, LUO_JOURNAL_BAD_CHECKSUM),
		BAD(checksum, 0, false, LUO_JOURNAL_BAD_CHECKSUM),
		BAD(size, 2 * LUO_JOURNAL_TEST_SIZE, true, LUO_JOURNAL_BAD_SIZE),
		BAD(header_size, 0, true, LUO_JOURNAL_BAD_SIZE),
		BAD(header_size, 8192, true, LUO_JOURNAL_BAD_SIZE),
		BAD(header_size, sizeof(struct luo_journal_header) + 4, true,
		    LUO_JOURNAL_BAD_SIZE),
		BAD(record_size, 0, true, LUO_JOURNAL_BAD_SIZE),
		BAD(record_size, 8, true, LUO_JOURNAL_BAD_SIZE),
		BAD(record_size, 0xfffffff8, true, LUO_JOURNAL_BAD_SIZE),
		BAD(nr_boot, 0xffffffff, true, LUO_JOURNAL_BAD_SIZE),
		BAD(nr_ring, 0, true, LUO_JOURNAL_BAD_SIZE),
		BAD(nr_ring, 0xffffffff, true, LUO_JOURNAL_BAD_SIZE),
	};

	for (int i = 0; i < ARRAY_SIZE(cases); i++) {
		struct luo_journal_test *t = luo_journal_test_new(test);
		struct luo_journal_header *h = t->journal.header;

		memcpy((void *)h + cases[i].at, &cases[i].value,
		       sizeof(cases[i].value));
		if (cases[i].reseal)
			h->checksum = luo_journal_checksum(h);
		luo_journal_test_reopen(t);
		KUNIT_EXPECT_EQ_MSG(test, t->journal.status, cases[i].status,
				    "case %d", i);
		luo_journal_test_end(test, t);
	}
#undef BAD
}

static void luo_journal_refuses_a_short_header(struct kunit *test)
{
	struct luo_journal_test *t = luo_journal_test_new(test);
	struct luo_journal journal = {};

	luo_journal_open(&journal, t->journal.header, 8);
	KUNIT_EXPECT_EQ(test, journal.status, LUO_JOURNAL_BAD_SIZE);
	KUNIT_EXPECT_NULL(test, journal.header);
}

/* Whatever writes to the memory later, nothing outside it is read. */
static void luo_journal_keeps_what_was_checked(struct kunit *test)
{
	struct luo_journal_test *t = luo_journal_test_new(test);
	struct luo_journal_header *h = t->journal.header;

	luo_journal_test_append(t, 3);
	luo_journal_test_reopen(t);
	h->header_size = U32_MAX;
	h->record_size = U32_MAX;
	h->nr_boot = 0;
	h->nr_ring = 0;
	luo_journal_test_expect(test, t, 1, 3);
	luo_journal_test_end(test, t);
}

static void luo_journal_has_a_good_boot_id(struct kunit *test)
{
	struct luo_journal_test *t = luo_journal_test_new(test);
	struct luo_journal_header *h = t->journal.header;
	u8 zero[LUO_JOURNAL_BOOT_ID_LENGTH] = {}, id[sizeof(zero)];

	KUNIT_EXPECT_MEMEQ(test, h->boot_id, zero, sizeof(zero));
	luo_journal_seal(h);
	if (IS_ENABLED(CONFIG_SYSCTL) && rng_is_initialized()) {
		random_get_boot_id(id);
		KUNIT_EXPECT_MEMEQ(test, h->boot_id, id, sizeof(id));
	}
	luo_journal_test_reopen(t);
	KUNIT_EXPECT_EQ(test, t->journal.status, LUO_JOURNAL_READABLE);
}

/* A newer kernel's header and records are longer, and carry new events. */
static void luo_journal_reads_a_newer_layout(struct kunit *test)
{
	struct luo_journal_test *t = luo_journal_test_new(test);
	struct luo_journal_header *h = t->journal.header;
	struct luo_journal_record record;

	h->header_size = sizeof(*h) + 64;
	h->record_size = 256;
	h->nr_boot = 2;
	h->nr_ring = 5;
	luo_journal_test_seal(t);
	luo_record_init(&record, 999);
	record.number[0] = 1;
	record.reason = 77;
	luo_record_add_name(&record, LUO_JOURNAL_HAS_SESSION, "vm", 64);
	luo_journal_append(&t->journal, &record);
	luo_journal_slot(&t->journal, 1)->length = 256;
	luo_journal_test_append(t, 11);
	luo_journal_test_reopen(t);

	KUNIT_ASSERT_EQ(test, t->journal.status, LUO_JOURNAL_READABLE);
	luo_journal_test_expect(test, t, 1, 1);
	KUNIT_EXPECT_EQ(test, t->record.event, 999);
	KUNIT_EXPECT_EQ(test, t->record.reason, 77);
	KUNIT_EXPECT_STREQ(test, t->record.names, "vm");
	KUNIT_EXPECT_EQ(test, t->record.length, sizeof(t->record));
	luo_journal_test_expect(test, t, 2, 2);
	luo_journal_test_expect(test, t, 8, 12);
	luo_journal_test_end(test, t);
}

/* The slots of an older kernel may be shorter than this kernel's records. */
static void luo_journal_reads_shorter_slots(struct kunit *test)
{
	struct luo_journal_test *t = luo_journal_test_new(test);
	struct luo_journal_header *h = t->journal.header;

	h->record_size = LUO_JOURNAL_RECORD_MIN;
	luo_journal_test_seal(t);
	luo_journal_test_append(t, 3);
	luo_journal_slot(&t->journal, 2)->length = LUO_JOURNAL_RECORD_MIN + 8;
	luo_journal_test_reopen(t);

	KUNIT_ASSERT_EQ(test, t->journal.status, LUO_JOURNAL_READABLE);
	luo_journal_test_expect(test, t, 1, 1);
	luo_journal_test_expect(test, t, 3, 3);
	luo_journal_test_end(test, t);
}

static void luo_journal_expect_blackout(struct kunit *test,
					const struct luo_journal_header *from,
					const struct luo_journal_header *to,
					enum luo_journal_blackout_source source,
					u64 ns)
{
	struct luo_journal_blackout blackout;

	luo_journal_measure(from, to, &blackout);
	KUNIT_EXPECT_EQ(test, blackout.source, source);
	KUNIT_EXPECT_EQ(test, blackout.ns, ns);
	if (source > LUO_JOURNAL_BLACKOUT_CYCLES)
		KUNIT_EXPECT_GE(test, blackout.error, NSEC_PER_SEC);
	else
		KUNIT_EXPECT_LT(test, blackout.error, NSEC_PER_MSEC);
}

static void luo_journal_measures_the_blackout(struct kunit *test)
{
	struct luo_journal_header from = {
		.khz = 2000000,
		.jump = { .cycles = 1000, .realtime = 5 * NSEC_PER_SEC },
	};
	struct luo_journal_header to = {
		.khz = 2000000,
		.boot = { .cycles = 6000001000, .realtime = 9 * NSEC_PER_SEC },
	};

	luo_journal_expect_blackout(test, &from, &to,
				    LUO_JOURNAL_BLACKOUT_CYCLES,
				    3 * NSEC_PER_SEC);

	/* The counter was reset during the jump. */
	to.boot.cycles = 1000;
	luo_journal_expect_blackout(test, &from, &to,
				    LUO_JOURNAL_BLACKOUT_BACKWARDS,
				    4 * NSEC_PER_SEC);
	to.boot.cycles = 10;
	luo_journal_expect_blackout(test, &from, &to,
				    LUO_JOURNAL_BLACKOUT_BACKWARDS,
				    4 * NSEC_PER_SEC);

	/* And so was the wall clock. */
	to.boot.realtime = 4 * NSEC_PER_SEC;
	luo_journal_expect_blackout(test, &from, &to,
				    LUO_JOURNAL_BLACKOUT_BACKWARDS, 0);

	to.boot.realtime = 9 * NSEC_PER_SEC;
	to.boot.cycles = 6000001000;
	to.khz = 2100000;
	luo_journal_expect_blackout(test, &from, &to,
				    LUO_JOURNAL_BLACKOUT_FREQUENCY,
				    4 * NSEC_PER_SEC);
	from.khz = 0;
	luo_journal_expect_blackout(test, &from, &to,
				    LUO_JOURNAL_BLACKOUT_NO_COUNTER,
				    4 * NSEC_PER_SEC);

	memset(&from.jump, 0, sizeof(from.jump));
	luo_journal_expect_blackout(test, &from, &to,
				    LUO_JOURNAL_BLACKOUT_NONE, 0);
}

static struct kunit_case luo_journal_test_cases[] = {
	KUNIT_CASE(luo_journal_keeps_the_first_and_the_last),
	KUNIT_CASE(luo_journal_is_read_before_it_wraps),
	KUNIT_CASE(luo_journal_leaves_a_torn_record_out),
	KUNIT_CASE(luo_journal_stamps_a_record),
	KUNIT_CASE(luo_journal_reads_no_more_than_the_record),
	KUNIT_CASE(luo_journal_does_not_touch_a_busy_slot),
	KUNIT_CASE(luo_journal_finds_the_last_record_after_drops),
	KUNIT_CASE(luo_journal_survives_a_wild_number),
	KUNIT_CASE(luo_journal_refuses_a_bad_header),
	KUNIT_CASE(luo_journal_refuses_a_short_header),
	KUNIT_CASE(luo_journal_keeps_what_was_checked),
	KUNIT_CASE(luo_journal_has_a_good_boot_id),
	KUNIT_CASE(luo_journal_reads_a_newer_layout),
	KUNIT_CASE(luo_journal_reads_shorter_slots),
	KUNIT_CASE(luo_journal_measures_the_blackout),
	{}
};

static struct kunit_suite luo_journal_test_suite = {
	.name = "luo_journal",
	.test_cases = luo_journal_test_cases,
};

kunit_test_suite(luo_journal_test_suite);
