// SPDX-License-Identifier: GPL-2.0
/* KUnit tests of bus numbers. Included by busnr.c. */

#include "kunit.h"

static void pci_lost_bus_numbers_are_not_replaced(struct kunit *test)
{
	struct pci_test_tree *tree = pci_test_tree(test);
	struct pci_dev *ports = tree->ports;

	/* A bridge that is not preserved has no numbers to lose. */
	pci_liveupdate_check_busnrs(&ports[0], false, 0, 0);
	KUNIT_EXPECT_TRUE(test, pci_liveupdate_may_assign_busnrs(&ports[0]));

	ports[0].liveupdate.incoming = true;
	pci_liveupdate_check_busnrs(&ports[0], true, 1, 1);
	KUNIT_EXPECT_TRUE(test, pci_liveupdate_may_assign_busnrs(&ports[1]));

	pci_liveupdate_check_busnrs(&ports[0], false, 0, 0);
	KUNIT_EXPECT_FALSE(test, pci_liveupdate_may_assign_busnrs(&ports[0]));
	KUNIT_EXPECT_FALSE(test, pci_liveupdate_may_assign_busnrs(&ports[1]));

	ports[0].liveupdate.incoming = false;
	KUNIT_EXPECT_TRUE(test, pci_liveupdate_may_assign_busnrs(&ports[1]));
}

static struct kunit_case pci_liveupdate_busnr_cases[] = {
	KUNIT_CASE(pci_lost_bus_numbers_are_not_replaced),
	{}
};

static struct kunit_suite pci_liveupdate_busnr_suite = {
	.name = "pci_liveupdate_busnr",
	.suite_init = pci_test_suite_init,
	.suite_exit = pci_test_suite_exit,
	.test_cases = pci_liveupdate_busnr_cases,
};

kunit_test_suite(pci_liveupdate_busnr_suite);
