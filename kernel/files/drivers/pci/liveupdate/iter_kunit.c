// SPDX-License-Identifier: GPL-2.0
/* KUnit tests of what BPF sees of a device. Included by iter.c. */

#include "kunit.h"

static void pci_row_of_a_bridge_is_not_held(struct kunit *test)
{
	struct pci_test_tree *tree = pci_test_tree(test);
	struct pci_dev_ser slot = { .refcount = 1 };
	struct pci_liveupdate_row row;

	KUNIT_EXPECT_FALSE(test, pci_liveupdate_fill_row(&tree->ports[0], &row));

	tree->ports[0].liveupdate.outgoing = &slot;
	tree->ends[0].liveupdate.outgoing = &slot;
	KUNIT_ASSERT_TRUE(test, pci_liveupdate_fill_row(&tree->ports[0], &row));
	KUNIT_EXPECT_TRUE(test, row.bridge);
	KUNIT_EXPECT_FALSE(test, row.held);
	KUNIT_ASSERT_TRUE(test, pci_liveupdate_fill_row(&tree->ends[0], &row));
	KUNIT_EXPECT_TRUE(test, row.held);
	tree->ends[0].liveupdate.outgoing = NULL;

	tree->ends[0].liveupdate.incoming = true;
	KUNIT_ASSERT_TRUE(test, pci_liveupdate_fill_row(&tree->ends[0], &row));
	KUNIT_EXPECT_FALSE(test, row.held);
	tree->ends[0].liveupdate.retrieved = true;
	KUNIT_ASSERT_TRUE(test, pci_liveupdate_fill_row(&tree->ends[0], &row));
	KUNIT_EXPECT_TRUE(test, row.held);
}

/* Puts a list instead of that of the previous kernel. */
static struct pci_incoming *pci_test_swap_list(struct pci_incoming *list)
{
	guard(rwsem_write)(&pci_liveupdate_rwsem);
	return xchg(&pci_incoming_list, list);
}

static void pci_busy_list_has_a_row(struct kunit *test)
{
	struct pci_dev_ser slots[] = {
		{ .domain = U32_MAX, .bdf = 1, .refcount = 1 },
		{ .domain = U32_MAX, .bdf = 2, .refcount = 1 },
	};
	struct pci_liveupdate_cursor cursor = { .absent = true };
	struct pci_incoming in = {}, *real;
	struct pci_liveupdate_row row;
	int i, err = 0;

	xa_init(&in.devs);
	for (i = 0; i < ARRAY_SIZE(slots); i++)
		err = err ?: xa_insert(&in.devs,
				       pci_liveupdate_key(slots[i].domain,
							  slots[i].bdf),
				       &slots[i], GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, err, 0);
	real = pci_test_swap_list(&in);

	KUNIT_EXPECT_TRUE(test, pci_liveupdate_next_row(&cursor, &row));
	KUNIT_EXPECT_EQ(test, row.bdf, 1);
	KUNIT_EXPECT_FALSE(test, row.busy);

	scoped_guard(rwsem_write, &pci_liveupdate_rwsem)
		KUNIT_EXPECT_TRUE(test, pci_liveupdate_next_row(&cursor, &row));
	KUNIT_EXPECT_TRUE(test, row.busy);
	KUNIT_EXPECT_TRUE(test, row.absent);
	KUNIT_EXPECT_FALSE(test, row.incoming);

	/* The walk goes on where it was. */
	KUNIT_EXPECT_TRUE(test, pci_liveupdate_next_row(&cursor, &row));
	KUNIT_EXPECT_EQ(test, row.bdf, 2);
	KUNIT_EXPECT_FALSE(test, row.busy);

	/* But it does not spin. */
	scoped_guard(rwsem_write, &pci_liveupdate_rwsem) {
		KUNIT_EXPECT_TRUE(test, pci_liveupdate_next_row(&cursor, &row));
		KUNIT_EXPECT_FALSE(test, pci_liveupdate_next_row(&cursor, &row));
	}

	pci_test_swap_list(real);
	xa_destroy(&in.devs);
}

static struct kunit_case pci_liveupdate_iter_cases[] = {
	KUNIT_CASE(pci_row_of_a_bridge_is_not_held),
	KUNIT_CASE(pci_busy_list_has_a_row),
	{}
};

static struct kunit_suite pci_liveupdate_iter_suite = {
	.name = "pci_liveupdate_iter",
	.suite_init = pci_test_suite_init,
	.suite_exit = pci_test_suite_exit,
	.test_cases = pci_liveupdate_iter_cases,
};

kunit_test_suite(pci_liveupdate_iter_suite);
