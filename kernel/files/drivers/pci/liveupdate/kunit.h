/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the KUnit tests of this folder share. No hardware is touched: slots are
 * known by address, and a test that needs a device makes one that is on no bus
 * of the machine.
 */
#ifndef _PCI_LIVEUPDATE_KUNIT_H
#define _PCI_LIVEUPDATE_KUNIT_H

#include <kunit/test.h>
#include <linux/kexec_handover.h>
#include <linux/list.h>
#include <linux/luo_journal.h>
#include <linux/sizes.h>

#include "liveupdate.h"

/* The events of devices that do not exist stay out of the journal. */
static inline int pci_test_suite_init(struct kunit_suite *suite)
{
	luo_journal_pause();
	return 0;
}

static inline void pci_test_suite_exit(struct kunit_suite *suite)
{
	luo_journal_resume();
}

static inline struct pci_outgoing *pci_test_outgoing(struct kunit *test)
{
	struct pci_outgoing *out;

	if (!kho_is_enabled())
		kunit_skip(test, "KHO is off (kho=on)");

	out = pci_outgoing_alloc();
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, out);
	return out;
}

static inline struct pci_dev_ser *pci_test_get(struct kunit *test,
					       struct pci_outgoing *out,
					       u32 domain, u16 bdf)
{
	struct pci_dev_ser *slot;

	slot = pci_outgoing_get_slot(out, domain, bdf, "vfio-pci");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, slot);
	return slot;
}

/* Two root ports on a root bus, and two devices below the first port. */
struct pci_test_tree {
	struct pci_driver driver;
	struct pci_bus root;
	struct pci_bus below;
	struct pci_dev ports[2];
	struct pci_dev ends[2];
	/* The data of the architecture, zeroed: domain 0. */
	u8 sysdata[SZ_1K];
};

static inline void pci_test_add(struct pci_test_tree *tree, struct pci_dev *dev,
				struct pci_bus *bus, const char *name, u8 devfn)
{
	dev->bus = bus;
	dev->devfn = devfn;
	dev->driver = &tree->driver;
	dev->dev.init_name = name;
	list_add_tail(&dev->bus_list, &bus->devices);
}

static inline struct pci_test_tree *pci_test_tree(struct kunit *test)
{
	struct pci_test_tree *tree;

	tree = kunit_kzalloc(test, sizeof(*tree), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, tree);
	tree->driver.name = "vfio-pci";
	INIT_LIST_HEAD(&tree->root.devices);
	INIT_LIST_HEAD(&tree->below.devices);
	tree->root.sysdata = tree->sysdata;
	tree->below.sysdata = tree->sysdata;
	tree->below.parent = &tree->root;
	tree->below.self = &tree->ports[0];
	tree->below.number = 1;
	pci_test_add(tree, &tree->ports[0], &tree->root, "port0", 8);
	pci_test_add(tree, &tree->ports[1], &tree->root, "port1", 16);
	tree->ports[0].hdr_type = PCI_HEADER_TYPE_BRIDGE;
	tree->ports[1].hdr_type = PCI_HEADER_TYPE_BRIDGE;
	pci_test_add(tree, &tree->ends[0], &tree->below, "end0", 0);
	pci_test_add(tree, &tree->ends[1], &tree->below, "end1", 1);
	return tree;
}

#endif /* _PCI_LIVEUPDATE_KUNIT_H */
