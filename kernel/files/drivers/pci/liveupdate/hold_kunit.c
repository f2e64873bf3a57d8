// SPDX-License-Identifier: GPL-2.0
/* KUnit tests of devices that LUO holds. Included by hold.c. */

#include "kunit.h"

static void pci_held_device_is_not_unbound(struct kunit *test)
{
	struct pci_test_tree *tree = pci_test_tree(test);
	struct pci_dev *dev = &tree->ends[0];
	struct pci_dev_ser slot;

	dev->liveupdate.outgoing = &slot;
	tree->ports[0].liveupdate.outgoing = &slot;
	KUNIT_EXPECT_EQ(test, pci_liveupdate_may_unbind(dev), -EBUSY);
	KUNIT_EXPECT_FALSE(test, dev->liveupdate.unbinding);
	/* Port services come and go; the port stays. */
	KUNIT_EXPECT_EQ(test, pci_liveupdate_may_unbind(&tree->ports[0]), 0);
	dev->liveupdate.outgoing = NULL;

	dev->liveupdate.incoming = true;
	KUNIT_EXPECT_EQ(test, pci_liveupdate_retrieve(dev), 0);
	KUNIT_EXPECT_EQ(test, pci_liveupdate_may_unbind(dev), -EBUSY);
	scoped_guard(rwsem_write, &pci_liveupdate_rwsem)
		pci_liveupdate_clear_incoming(dev);
	KUNIT_EXPECT_EQ(test, pci_liveupdate_may_unbind(dev), 0);
}

static void pci_unbinding_device_is_not_retrieved(struct kunit *test)
{
	struct pci_test_tree *tree = pci_test_tree(test);
	struct pci_dev *dev = &tree->ends[0];

	KUNIT_EXPECT_EQ(test, pci_liveupdate_may_unbind(dev), 0);
	dev->liveupdate.incoming = true;
	KUNIT_EXPECT_EQ(test, pci_liveupdate_retrieve(dev), -ENODEV);
	pci_liveupdate_set_unbinding(dev, false);
	KUNIT_EXPECT_EQ(test, pci_liveupdate_retrieve(dev), 0);
}

static void pci_held_device_gets_no_vfs(struct kunit *test)
{
	struct pci_test_tree *tree = pci_test_tree(test);
	struct pci_dev *dev = &tree->ends[0];
	struct pci_dev_ser slot;

	KUNIT_EXPECT_EQ(test, pci_liveupdate_may_enable_vfs(dev), 0);
	dev->liveupdate.outgoing = &slot;
	KUNIT_EXPECT_EQ(test, pci_liveupdate_may_enable_vfs(dev), -EBUSY);
	dev->liveupdate.outgoing = NULL;
	KUNIT_EXPECT_EQ(test, pci_liveupdate_may_enable_vfs(dev), 0);
}

static void pci_removed_device_is_known(struct kunit *test)
{
	struct pci_test_tree *tree = pci_test_tree(test);

	KUNIT_EXPECT_FALSE(test, pci_liveupdate_is_removed(&tree->ends[0]));
	pci_liveupdate_set_unbinding(&tree->ends[0], true);
	KUNIT_EXPECT_TRUE(test, pci_liveupdate_is_removed(&tree->ends[0]));

	KUNIT_EXPECT_FALSE(test, pci_liveupdate_is_removed(&tree->ends[1]));
	tree->ends[1].error_state = pci_channel_io_perm_failure;
	KUNIT_EXPECT_TRUE(test, pci_liveupdate_is_removed(&tree->ends[1]));
}

static bool pci_test_loses_driver(struct pci_dev *dev)
{
	guard(rwsem_read)(&pci_liveupdate_rwsem);
	return pci_liveupdate_loses_driver(dev);
}

static void pci_removal_concerns_a_subtree(struct kunit *test)
{
	struct pci_test_tree *tree = pci_test_tree(test);
	struct pci_liveupdate_removal port = { .dev = &tree->ports[0] };
	struct pci_liveupdate_removal end = { .dev = &tree->ends[1] };
	struct pci_dev *ends = tree->ends;

	KUNIT_ASSERT_EQ(test, pci_liveupdate_begin_removal(&end), 0);
	KUNIT_EXPECT_FALSE(test, pci_test_loses_driver(&tree->ports[0]));
	KUNIT_EXPECT_FALSE(test, pci_test_loses_driver(&ends[0]));
	KUNIT_EXPECT_TRUE(test, pci_test_loses_driver(&ends[1]));

	KUNIT_ASSERT_EQ(test, pci_liveupdate_begin_removal(&port), 0);
	KUNIT_EXPECT_TRUE(test, pci_test_loses_driver(&tree->ports[0]));
	KUNIT_EXPECT_FALSE(test, pci_test_loses_driver(&tree->ports[1]));
	KUNIT_EXPECT_TRUE(test, pci_test_loses_driver(&ends[0]));

	/* A probe does not end a removal. */
	pci_liveupdate_set_unbinding(&ends[0], false);
	ends[0].liveupdate.incoming = true;
	KUNIT_EXPECT_EQ(test, pci_liveupdate_retrieve(&ends[0]), -ENODEV);

	/* The slot stays on after all; the other removal goes on. */
	pci_liveupdate_end_removal(&port);
	KUNIT_EXPECT_EQ(test, pci_liveupdate_retrieve(&ends[0]), 0);
	KUNIT_EXPECT_TRUE(test, pci_test_loses_driver(&ends[1]));
	pci_liveupdate_end_removal(&end);
	KUNIT_EXPECT_FALSE(test, pci_test_loses_driver(&ends[1]));
}

static void pci_removal_concerns_a_slot(struct kunit *test)
{
	struct pci_test_tree *tree = pci_test_tree(test);
	struct pci_slot slot = { .bus = &tree->root, .number = 1 };
	struct pci_liveupdate_removal removal = { .slot = &slot };
	struct pci_dev *ports = tree->ports, *ends = tree->ends;

	/* Device 1 of the root bus is the first port. */
	KUNIT_ASSERT_EQ(test, pci_liveupdate_begin_removal(&removal), 0);
	KUNIT_EXPECT_TRUE(test, pci_test_loses_driver(&ports[0]));
	KUNIT_EXPECT_TRUE(test, pci_test_loses_driver(&ends[0]));
	KUNIT_EXPECT_FALSE(test, pci_test_loses_driver(&ports[1]));

	slot.number = 2;
	KUNIT_EXPECT_FALSE(test, pci_test_loses_driver(&ends[0]));
	KUNIT_EXPECT_TRUE(test, pci_test_loses_driver(&ports[1]));

	slot.number = PCI_SLOT_ALL_DEVICES;
	KUNIT_EXPECT_TRUE(test, pci_test_loses_driver(&ends[0]));
	KUNIT_EXPECT_TRUE(test, pci_test_loses_driver(&ports[1]));

	slot.bus = &tree->below;
	slot.number = 1;
	slot.per_func_slot = 1;
	KUNIT_EXPECT_FALSE(test, pci_test_loses_driver(&ends[0]));
	KUNIT_EXPECT_TRUE(test, pci_test_loses_driver(&ends[1]));
	KUNIT_EXPECT_FALSE(test, pci_test_loses_driver(&ports[0]));
	pci_liveupdate_end_removal(&removal);
}

static struct kunit_case pci_liveupdate_hold_cases[] = {
	KUNIT_CASE(pci_held_device_is_not_unbound),
	KUNIT_CASE(pci_unbinding_device_is_not_retrieved),
	KUNIT_CASE(pci_held_device_gets_no_vfs),
	KUNIT_CASE(pci_removed_device_is_known),
	KUNIT_CASE(pci_removal_concerns_a_subtree),
	KUNIT_CASE(pci_removal_concerns_a_slot),
	{}
};

static struct kunit_suite pci_liveupdate_hold_suite = {
	.name = "pci_liveupdate_hold",
	.suite_init = pci_test_suite_init,
	.suite_exit = pci_test_suite_exit,
	.test_cases = pci_liveupdate_hold_cases,
};

kunit_test_suite(pci_liveupdate_hold_suite);
