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

static void pci_bus_numbers_stay_once_a_device_is_preserved(struct kunit *test)
{
	bool seen = pci_outgoing_seen;

	pci_outgoing_seen = true;
	KUNIT_EXPECT_TRUE(test, pci_liveupdate_keep_busnrs());
	KUNIT_EXPECT_FALSE(test, pci_assign_all_busses());
	pci_outgoing_seen = false;
	KUNIT_EXPECT_EQ(test, pci_liveupdate_keep_busnrs(),
			pci_incoming_seen || pci_incoming_unreadable);
	pci_outgoing_seen = seen;
}

static void pci_plugged_bridge_takes_no_number_of_another(struct kunit *test)
{
	struct pci_test_tree *tree = pci_test_tree(test);
	struct pci_dev *bridge = &tree->ports[1];
	bool seen = pci_outgoing_seen;

	if (pci_find_bus(0, 255) || !pci_find_bus(0, 0))
		kunit_skip(test, "bus 255 is in use, or bus 0 is not");

	pci_outgoing_seen = true;
	tree->root.busn_res.end = 255;
	KUNIT_EXPECT_FALSE(test, pci_liveupdate_busnr_taken(bridge, 255));
	KUNIT_EXPECT_TRUE(test, pci_liveupdate_busnr_taken(bridge, 0));
	tree->root.busn_res.end = 254;
	KUNIT_EXPECT_TRUE(test, pci_liveupdate_busnr_taken(bridge, 255));
	pci_outgoing_seen = seen;
}

static struct kunit_case pci_liveupdate_busnr_cases[] = {
	KUNIT_CASE(pci_lost_bus_numbers_are_not_replaced),
	KUNIT_CASE(pci_bus_numbers_stay_once_a_device_is_preserved),
	KUNIT_CASE(pci_plugged_bridge_takes_no_number_of_another),
	{}
};

static struct kunit_suite pci_liveupdate_busnr_suite = {
	.name = "pci_liveupdate_busnr",
	.suite_init = pci_test_suite_init,
	.suite_exit = pci_test_suite_exit,
	.test_cases = pci_liveupdate_busnr_cases,
};

kunit_test_suite(pci_liveupdate_busnr_suite);
