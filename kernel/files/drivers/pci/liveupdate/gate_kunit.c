// SPDX-License-Identifier: GPL-2.0
/* KUnit tests of the probe gate. Included by gate.c. */

#include <kunit/test.h>

struct pci_gate_case {
	const char *preserved_by;
	bool unreadable;
	bool bridge;
	bool overridden;
	const char *driver;
	enum pci_liveupdate_probe_reason reason;
	bool allowed;
};

static const struct pci_gate_case pci_gate_cases[] = {
	{ NULL, false, false, false, "nvme",
	  PCI_LIVEUPDATE_PROBE_NOT_PRESERVED, true },
	{ NULL, false, true, true, "pcieport",
	  PCI_LIVEUPDATE_PROBE_NOT_PRESERVED, true },
	{ "vfio-pci", false, true, false, "pcieport",
	  PCI_LIVEUPDATE_PROBE_BRIDGE, true },
	{ "vfio-pci", false, false, true, "nvme",
	  PCI_LIVEUPDATE_PROBE_DRIVER_OVERRIDE, true },
	{ "vfio-pci", false, false, false, "vfio-pci",
	  PCI_LIVEUPDATE_PROBE_SAME_DRIVER, true },
	{ "vfio-pci", false, false, false, "nvme",
	  PCI_LIVEUPDATE_PROBE_FOREIGN_DRIVER, false },
	{ "vfio-pci", false, false, false, "vfio-pci-other",
	  PCI_LIVEUPDATE_PROBE_FOREIGN_DRIVER, false },
	{ "a-driver-name-of-31-characters-", false, false, false,
	  "a-driver-name-of-31-characters-and-more",
	  PCI_LIVEUPDATE_PROBE_SAME_DRIVER, true },
	{ NULL, true, false, false, "nvme",
	  PCI_LIVEUPDATE_PROBE_UNREADABLE, false },
	{ NULL, true, true, false, "pcieport",
	  PCI_LIVEUPDATE_PROBE_BRIDGE, true },
	{ NULL, true, false, true, "nvme",
	  PCI_LIVEUPDATE_PROBE_DRIVER_OVERRIDE, true },
};

static void pci_gate_decides_by_the_table(struct kunit *test)
{
	enum pci_liveupdate_probe_reason reason;
	int i;

	for (i = 0; i < ARRAY_SIZE(pci_gate_cases); i++) {
		const struct pci_gate_case *c = &pci_gate_cases[i];

		reason = pci_liveupdate_decide(c->preserved_by, c->unreadable,
					       c->bridge, c->overridden,
					       c->driver);
		KUNIT_EXPECT_EQ_MSG(test, reason, c->reason, "row %d", i);
		KUNIT_EXPECT_EQ_MSG(test, pci_liveupdate_reason_allows(reason),
				    c->allowed, "row %d", i);
	}
}

static void pci_gate_remembers_the_last_decision(struct kunit *test)
{
	struct pci_liveupdate_probe *probe, last;
	struct pci_dev *dev;

	dev = kunit_kzalloc(test, sizeof(*dev), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, dev);
	probe = &dev->liveupdate.probe;

	KUNIT_EXPECT_EQ(test, pci_liveupdate_last_probe(dev, &last), -ENODATA);
	KUNIT_EXPECT_EQ(test, pci_liveupdate_remember(probe, "nvme", false,
						      PCI_LIVEUPDATE_PROBE_FOREIGN_DRIVER), 1);
	KUNIT_EXPECT_EQ(test, pci_liveupdate_remember(probe, "nvme", false,
						      PCI_LIVEUPDATE_PROBE_FOREIGN_DRIVER), 2);
	KUNIT_EXPECT_EQ(test, pci_liveupdate_remember(probe, "nvme", true,
						      PCI_LIVEUPDATE_PROBE_DRIVER_OVERRIDE), 1);
	KUNIT_EXPECT_EQ(test, pci_liveupdate_remember(probe, "e1000e", false,
						      PCI_LIVEUPDATE_PROBE_FOREIGN_DRIVER), 1);

	KUNIT_ASSERT_EQ(test, pci_liveupdate_last_probe(dev, &last), 0);
	KUNIT_EXPECT_STREQ(test, last.driver, "e1000e");
	KUNIT_EXPECT_EQ(test, last.reason, PCI_LIVEUPDATE_PROBE_FOREIGN_DRIVER);
	KUNIT_EXPECT_EQ(test, last.count, 1);
	KUNIT_EXPECT_FALSE(test, last.allowed);

	pci_liveupdate_clear_probe(dev);
	KUNIT_EXPECT_EQ(test, pci_liveupdate_last_probe(dev, &last), -ENODATA);
}

static struct kunit_case pci_liveupdate_gate_cases[] = {
	KUNIT_CASE(pci_gate_decides_by_the_table),
	KUNIT_CASE(pci_gate_remembers_the_last_decision),
	{}
};

static struct kunit_suite pci_liveupdate_gate_suite = {
	.name = "pci_liveupdate_gate",
	.test_cases = pci_liveupdate_gate_cases,
};

kunit_test_suite(pci_liveupdate_gate_suite);
