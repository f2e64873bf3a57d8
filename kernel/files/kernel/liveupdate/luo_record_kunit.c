// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of live update records.
 *
 * Included by luo_record.c.
 */
#include <kunit/test.h>
#include <linux/liveupdate.h>

static void luo_record_says_who_was_running(struct kunit *test)
{
	struct luo_journal_record record;

	luo_record_init(&record, 999);
	KUNIT_EXPECT_EQ(test, record.event, 999);
	KUNIT_EXPECT_EQ(test, record.tid, task_pid_nr(current));
	KUNIT_EXPECT_STREQ(test, record.comm, current->comm);
	KUNIT_EXPECT_EQ(test, record.seq, 0);
	KUNIT_EXPECT_EQ(test, record.flags, 0);
	KUNIT_EXPECT_EQ(test, record.length,
			offsetof(struct luo_journal_record, names));
}

static void luo_record_ends_after_its_last_name(struct kunit *test)
{
	struct luo_journal_record record;
	size_t length;

	luo_record_init(&record, LUO_EVENT_FILE_PRESERVE);
	length = record.length;
	luo_record_add_name(&record, LUO_JOURNAL_HAS_SESSION, "vm", 64);
	KUNIT_EXPECT_EQ(test, record.length, length + sizeof("vm"));
	luo_record_add_name(&record, LUO_JOURNAL_HAS_HANDLER, NULL, 64);
	KUNIT_EXPECT_EQ(test, record.length, length + sizeof("vm"));
	KUNIT_EXPECT_EQ(test, record.flags, LUO_JOURNAL_HAS_SESSION);
}

static void luo_record_finds_each_name(struct kunit *test)
{
	char session[LIVEUPDATE_SESSION_NAME_LENGTH];
	struct luo_journal_record record;
	const char *name;

	/* It fills its array and is not terminated. */
	memset(session, 's', sizeof(session));
	luo_record_init(&record, LUO_EVENT_FILE_PRESERVE);
	luo_record_add_name(&record, LUO_JOURNAL_HAS_SESSION, session,
			    sizeof(session));
	luo_record_add_name(&record, LUO_JOURNAL_HAS_HANDLER, "handler", 48);
	luo_record_add_name(&record, LUO_JOURNAL_HAS_DRIVER, "driver", 48);
	KUNIT_EXPECT_EQ(test, record.flags, LUO_JOURNAL_HAS_SESSION |
			LUO_JOURNAL_HAS_HANDLER | LUO_JOURNAL_HAS_DRIVER);

	name = luo_record_name(&record, LUO_JOURNAL_HAS_SESSION);
	KUNIT_EXPECT_EQ(test, strlen(name), sizeof(session));
	KUNIT_EXPECT_MEMEQ(test, name, session, sizeof(session));
	name = luo_record_name(&record, LUO_JOURNAL_HAS_HANDLER);
	KUNIT_EXPECT_STREQ(test, name, "handler");
	name = luo_record_name(&record, LUO_JOURNAL_HAS_FLB);
	KUNIT_EXPECT_STREQ(test, name, "");
	name = luo_record_name(&record, LUO_JOURNAL_HAS_DRIVER);
	KUNIT_EXPECT_STREQ(test, name, "driver");
}

static void luo_record_cuts_what_does_not_fit(struct kunit *test)
{
	char name[LIVEUPDATE_SESSION_NAME_LENGTH];
	struct luo_journal_record record;

	memset(name, 'n', sizeof(name));
	luo_record_init(&record, LUO_EVENT_FILE_PRESERVE);
	luo_record_add_name(&record, LUO_JOURNAL_HAS_SESSION, name,
			    sizeof(name));
	KUNIT_EXPECT_FALSE(test, record.flags & LUO_JOURNAL_NAME_CUT);
	luo_record_add_name(&record, LUO_JOURNAL_HAS_FLB, name, sizeof(name));
	KUNIT_EXPECT_TRUE(test, record.flags & LUO_JOURNAL_NAME_CUT);
	KUNIT_EXPECT_EQ(test, record.length, sizeof(record));
	KUNIT_EXPECT_EQ(test, record.names[LUO_JOURNAL_NAMES_LENGTH - 1], '\0');

	/* There is no room at all for this one. */
	luo_record_add_name(&record, LUO_JOURNAL_HAS_DRIVER, "driver", 48);
	KUNIT_EXPECT_EQ(test, record.length, sizeof(record));
	KUNIT_EXPECT_STREQ(test, luo_record_name(&record,
						 LUO_JOURNAL_HAS_DRIVER), "");
}

static struct kunit_case luo_record_test_cases[] = {
	KUNIT_CASE(luo_record_says_who_was_running),
	KUNIT_CASE(luo_record_ends_after_its_last_name),
	KUNIT_CASE(luo_record_finds_each_name),
	KUNIT_CASE(luo_record_cuts_what_does_not_fit),
	{}
};

static struct kunit_suite luo_record_test_suite = {
	.name = "luo_record",
	.test_cases = luo_record_test_cases,
};

kunit_test_suite(luo_record_test_suite);
