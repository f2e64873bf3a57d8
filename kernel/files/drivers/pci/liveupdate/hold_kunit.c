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

static struct kunit_case pci_liveupdate_hold_cases[] = {
	KUNIT_CASE(pci_held_device_is_not_unbound),
	KUNIT_CASE(pci_unbinding_device_is_not_retrieved),
	{}
};

static struct kunit_suite pci_liveupdate_hold_suite = {
	.name = "pci_liveupdate_hold",
	.suite_init = pci_test_suite_init,
	.suite_exit = pci_test_suite_exit,
	.test_cases = pci_liveupdate_hold_cases,
};

kunit_test_suite(pci_liveupdate_hold_suite);
