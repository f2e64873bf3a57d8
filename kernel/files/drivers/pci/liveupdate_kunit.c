// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests for the list of preserved PCI devices and for the probe gate.
 *
 * Included by liveupdate.c. No hardware is touched: slots are known by address,
 * and what needs a device is given one that no bus knows of.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/list.h>

static struct pci_outgoing *pci_test_outgoing(struct kunit *test)
{
	struct pci_outgoing *out;

	if (!kho_is_enabled())
		kunit_skip(test, "KHO is off (kho=on)");

	out = pci_outgoing_alloc();
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, out);
	return out;
}

static struct pci_dev_ser *pci_test_get(struct kunit *test,
					struct pci_outgoing *out, u32 domain,
					u16 bdf)
{
	struct pci_dev_ser *slot;

	slot = pci_outgoing_get_slot(out, domain, bdf, "vfio-pci");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, slot);
	return slot;
}

static void pci_slot_carries_what_it_is_for(struct kunit *test)
{
	struct pci_outgoing *out = pci_test_outgoing(test);
	struct pci_dev_ser *slot = pci_test_get(test, out, 0x10000, 0xfffe);

	KUNIT_EXPECT_EQ(test, slot->domain, 0x10000);
	KUNIT_EXPECT_EQ(test, slot->bdf, 0xfffe);
	KUNIT_EXPECT_EQ(test, slot->refcount, 1);
	KUNIT_EXPECT_STREQ(test, slot->driver, "vfio-pci");
	KUNIT_EXPECT_EQ(test, out->ser->nr_devices, 1);
	KUNIT_EXPECT_NE(test, out->ser->blocks, 0);

	pci_outgoing_put_slot(out, slot);
	pci_outgoing_free(out);
}

static void pci_slot_is_shared_by_address(struct kunit *test)
{
	struct pci_outgoing *out = pci_test_outgoing(test);
	struct pci_dev_ser *slot = pci_test_get(test, out, 1, 8);

	KUNIT_EXPECT_PTR_EQ(test, pci_test_get(test, out, 1, 8), slot);
	KUNIT_EXPECT_EQ(test, slot->refcount, 2);
	KUNIT_EXPECT_EQ(test, out->ser->nr_devices, 1);
	KUNIT_EXPECT_PTR_NE(test, pci_test_get(test, out, 2, 8), slot);

	KUNIT_EXPECT_EQ(test, pci_outgoing_put_slot(out, slot), 1);
	KUNIT_EXPECT_EQ(test, pci_outgoing_put_slot(out, slot), 0);
	pci_outgoing_put_slot(out, xa_load(&out->devs, pci_liveupdate_key(2, 8)));
	KUNIT_EXPECT_EQ(test, out->ser->nr_devices, 0);
	pci_outgoing_free(out);
}

static void pci_freed_slot_is_used_again(struct kunit *test)
{
	struct pci_outgoing *out = pci_test_outgoing(test);
	struct pci_dev_ser *slot = pci_test_get(test, out, 0, 8);

	pci_test_get(test, out, 0, 16);
	pci_outgoing_put_slot(out, slot);
	KUNIT_EXPECT_EQ(test, slot->refcount, 0);
	KUNIT_EXPECT_PTR_EQ(test, pci_test_get(test, out, 0, 24), slot);

	pci_outgoing_put_slot(out, slot);
	pci_outgoing_put_slot(out, xa_load(&out->devs, pci_liveupdate_key(0, 16)));
	pci_outgoing_free(out);
}

/* More than one block's worth: hand all of it over and read it back. */
static void pci_list_survives_the_way_over(struct kunit *test)
{
	struct pci_outgoing *out = pci_test_outgoing(test);
	unsigned int n = 3 * out->blocks.count_per_block + 1;
	struct pci_incoming in = { .ser = out->ser };
	struct pci_dev_ser *slot;
	unsigned long key;
	unsigned int i;
	s64 index;

	for (i = 0; i < n; i++)
		pci_test_get(test, out, i / 100, i);
	KUNIT_EXPECT_EQ(test, out->blocks.nblocks, 4);
	pci_outgoing_put_slot(out, xa_load(&out->devs, pci_liveupdate_key(0, 7)));

	KUNIT_EXPECT_EQ(test, pci_ser_check(out->ser), PCI_LIVEUPDATE_BAD_NONE);
	in.blocks = out->blocks;
	list_replace(&out->blocks.blocks, &in.blocks.blocks);
	xa_init(&in.devs);
	KUNIT_EXPECT_EQ(test, pci_incoming_index(&in, &index),
			PCI_LIVEUPDATE_BAD_NONE);
	KUNIT_EXPECT_EQ(test, index, -1);
	KUNIT_EXPECT_NULL(test, xa_load(&in.devs, pci_liveupdate_key(0, 7)));
	for (i = 8; i < n; i++) {
		slot = xa_load(&in.devs, pci_liveupdate_key(i / 100, i));
		KUNIT_ASSERT_NOT_NULL(test, slot);
		KUNIT_EXPECT_EQ(test, slot->bdf, i);
	}

	list_replace(&in.blocks.blocks, &out->blocks.blocks);
	xa_destroy(&in.devs);
	xa_for_each(&out->devs, key, slot)
		pci_outgoing_put_slot(out, slot);
	pci_outgoing_free(out);
}

/* Each case spoils a good list of two devices in one way. */
struct pci_bad_case {
	const char *name;
	void (*spoil)(struct pci_ser *ser, struct pci_dev_ser *a,
		      struct pci_dev_ser *b);
	enum pci_liveupdate_bad_reason bad;
	bool in_entry;
};

static void pci_spoil_nothing(struct pci_ser *ser, struct pci_dev_ser *a,
			      struct pci_dev_ser *b)
{
}

static void pci_spoil_count(struct pci_ser *ser, struct pci_dev_ser *a,
			    struct pci_dev_ser *b)
{
	ser->nr_devices++;
}

static void pci_spoil_duplicate(struct pci_ser *ser, struct pci_dev_ser *a,
				struct pci_dev_ser *b)
{
	b->bdf = a->bdf;
}

static void pci_spoil_no_driver(struct pci_ser *ser, struct pci_dev_ser *a,
				struct pci_dev_ser *b)
{
	a->driver[0] = '\0';
}

static void pci_spoil_endless_driver(struct pci_ser *ser, struct pci_dev_ser *a,
				     struct pci_dev_ser *b)
{
	memset(b->driver, 'x', sizeof(b->driver));
}

static void pci_spoil_domain(struct pci_ser *ser, struct pci_dev_ser *a,
			     struct pci_dev_ser *b)
{
	/* Where no device is: it is never finished, and named. */
	a->domain = U32_MAX;
}

static void pci_spoil_all_counts(struct pci_ser *ser, struct pci_dev_ser *a,
				 struct pci_dev_ser *b)
{
	ser->nr_devices = U64_MAX;
}

static void pci_spoil_refcount(struct pci_ser *ser, struct pci_dev_ser *a,
			       struct pci_dev_ser *b)
{
	a->refcount = 0;
}

static const struct pci_bad_case pci_bad_cases[] = {
	{ "nothing", pci_spoil_nothing, PCI_LIVEUPDATE_BAD_NONE },
	{ "count", pci_spoil_count, PCI_LIVEUPDATE_BAD_COUNT },
	{ "huge count", pci_spoil_all_counts, PCI_LIVEUPDATE_BAD_COUNT },
	{ "no such domain", pci_spoil_domain, PCI_LIVEUPDATE_BAD_NONE },
	{ "duplicate", pci_spoil_duplicate, PCI_LIVEUPDATE_BAD_DUPLICATE, true },
	{ "no driver", pci_spoil_no_driver, PCI_LIVEUPDATE_BAD_DRIVER_NAME, true },
	{ "endless driver", pci_spoil_endless_driver,
	  PCI_LIVEUPDATE_BAD_DRIVER_NAME, true },
	{ "freed entry", pci_spoil_refcount, PCI_LIVEUPDATE_BAD_COUNT },
};

KUNIT_ARRAY_PARAM_DESC(pci_bad, pci_bad_cases, name);

static void pci_bad_entry_is_found(struct kunit *test)
{
	const struct pci_bad_case *param = test->param_value;
	struct pci_outgoing *out = pci_test_outgoing(test);
	struct pci_incoming in = { .ser = out->ser };
	struct pci_dev_ser *a = pci_test_get(test, out, 0, 8);
	struct pci_dev_ser *b = pci_test_get(test, out, 0, 16);
	s64 index;

	param->spoil(out->ser, a, b);

	in.blocks = out->blocks;
	list_replace(&out->blocks.blocks, &in.blocks.blocks);
	xa_init(&in.devs);
	KUNIT_EXPECT_EQ(test, pci_incoming_index(&in, &index), param->bad);
	KUNIT_EXPECT_EQ(test, index >= 0, param->in_entry);

	list_replace(&in.blocks.blocks, &out->blocks.blocks);
	xa_destroy(&in.devs);
	xa_destroy(&out->devs);
	pci_outgoing_free(out);
}

static void pci_bad_header_is_found(struct kunit *test)
{
	struct pci_ser ser = { .version = PCI_SER_VERSION };

	KUNIT_EXPECT_EQ(test, pci_ser_check(&ser), PCI_LIVEUPDATE_BAD_NONE);
	ser.nr_devices = 1;
	KUNIT_EXPECT_EQ(test, pci_ser_check(&ser), PCI_LIVEUPDATE_BAD_COUNT);
	ser.version++;
	KUNIT_EXPECT_EQ(test, pci_ser_check(&ser), PCI_LIVEUPDATE_BAD_VERSION);
}

/* Reads a list with its header at @data, as the next kernel would. */
static enum pci_liveupdate_bad_reason pci_test_read(u64 data)
{
	struct pci_incoming in = {};
	s64 index;

	kho_block_set_init(&in.blocks, sizeof(struct pci_dev_ser));
	xa_init(&in.devs);

	return pci_incoming_read(&in, data, &index);
}

/* This kernel's pages, for pages that were handed over. */
static size_t pci_test_preserved_size(phys_addr_t phys)
{
	return PAGE_ALIGNED(phys) && pfn_valid(PHYS_PFN(phys)) ? PAGE_SIZE : 0;
}

static int pci_test_no_memory(struct kho_block_set *bs, u64 head_pa)
{
	return -ENOMEM;
}

static void pci_bad_address_is_not_followed(struct kunit *test)
{
	struct kho_block_header_ser *block;
	struct pci_ser *ser;
	u64 data;

	ser = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);
	block = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, ser);
	KUNIT_ASSERT_NOT_NULL(test, block);
	data = virt_to_phys(ser);
	ser->version = PCI_SER_VERSION;

	KUNIT_EXPECT_EQ(test, pci_test_read(0), PCI_LIVEUPDATE_BAD_ADDRESS);
	KUNIT_EXPECT_EQ(test, pci_test_read(~0ULL), PCI_LIVEUPDATE_BAD_ADDRESS);
	KUNIT_EXPECT_EQ(test, pci_test_read(~0ULL & PAGE_MASK),
			PCI_LIVEUPDATE_BAD_ADDRESS);
	/* RAM, but nobody handed it over. */
	KUNIT_EXPECT_EQ(test, pci_test_read(data), PCI_LIVEUPDATE_BAD_ADDRESS);

	kunit_activate_static_stub(test, kho_preserved_size,
				   pci_test_preserved_size);
	KUNIT_EXPECT_EQ(test, pci_test_read(data + 8),
			PCI_LIVEUPDATE_BAD_ADDRESS);
	KUNIT_EXPECT_EQ(test, pci_test_read(data), PCI_LIVEUPDATE_BAD_NONE);

	ser->nr_devices = 1;
	ser->blocks = virt_to_phys(block) + 8;
	KUNIT_EXPECT_EQ(test, pci_test_read(data), PCI_LIVEUPDATE_BAD_BLOCKS);
	ser->blocks = virt_to_phys(block);
	KUNIT_EXPECT_EQ(test, pci_test_read(data), PCI_LIVEUPDATE_BAD_BLOCKS);
	block->count = PAGE_SIZE / sizeof(struct pci_dev_ser) + 1;
	KUNIT_EXPECT_EQ(test, pci_test_read(data), PCI_LIVEUPDATE_BAD_BLOCKS);
	block->count = 1;
	block->next = ser->blocks;
	KUNIT_EXPECT_EQ(test, pci_test_read(data), PCI_LIVEUPDATE_BAD_BLOCKS);
	block->next = ~0ULL & PAGE_MASK;
	KUNIT_EXPECT_EQ(test, pci_test_read(data), PCI_LIVEUPDATE_BAD_BLOCKS);

	kunit_activate_static_stub(test, kho_block_set_restore,
				   pci_test_no_memory);
	KUNIT_EXPECT_EQ(test, pci_test_read(data), PCI_LIVEUPDATE_BAD_NO_MEMORY);
}

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
	struct pci_liveupdate_probe probe = {};

	KUNIT_EXPECT_EQ(test, pci_liveupdate_remember(&probe, "nvme", false,
						      PCI_LIVEUPDATE_PROBE_FOREIGN_DRIVER), 1);
	KUNIT_EXPECT_EQ(test, pci_liveupdate_remember(&probe, "nvme", false,
						      PCI_LIVEUPDATE_PROBE_FOREIGN_DRIVER), 2);
	KUNIT_EXPECT_EQ(test, pci_liveupdate_remember(&probe, "nvme", true,
						      PCI_LIVEUPDATE_PROBE_DRIVER_OVERRIDE), 1);
	KUNIT_EXPECT_EQ(test, pci_liveupdate_remember(&probe, "e1000e", false,
						      PCI_LIVEUPDATE_PROBE_FOREIGN_DRIVER), 1);
	KUNIT_EXPECT_STREQ(test, probe.driver, "e1000e");
	KUNIT_EXPECT_FALSE(test, probe.allowed);
}

/* All functions of a domain, whose number needs more than 16 bits. */
static void pci_list_holds_a_whole_domain(struct kunit *test)
{
	struct pci_outgoing *out = pci_test_outgoing(test);
	struct pci_dev_ser *slot;
	unsigned long key;
	unsigned int bdf;

	for (bdf = 0; bdf <= U16_MAX; bdf++)
		pci_test_get(test, out, 0x10000, bdf);
	pci_test_get(test, out, 0, 0);
	KUNIT_EXPECT_EQ(test, out->ser->nr_devices, U16_MAX + 2);
	for (bdf = 0; bdf <= U16_MAX; bdf++) {
		slot = xa_load(&out->devs, pci_liveupdate_key(0x10000, bdf));
		KUNIT_ASSERT_NOT_NULL(test, slot);
		KUNIT_ASSERT_EQ(test, slot->domain, 0x10000);
		KUNIT_ASSERT_EQ(test, slot->bdf, bdf);
		KUNIT_ASSERT_EQ(test, slot->refcount, 1);
	}

	xa_for_each(&out->devs, key, slot)
		pci_outgoing_put_slot(out, slot);
	KUNIT_EXPECT_EQ(test, out->ser->nr_devices, 0);
	pci_outgoing_free(out);
}

/* Two root ports on a root bus, and two devices below the first one. */
struct pci_test_tree {
	struct pci_driver driver;
	struct pci_bus root;
	struct pci_bus below;
	struct pci_dev ports[2];
	struct pci_dev ends[2];
	/* Whatever the architecture keeps there: domain 0. */
	u8 sysdata[SZ_1K];
};

static void pci_test_add(struct pci_test_tree *tree, struct pci_dev *dev,
			 struct pci_bus *bus, const char *name, u8 devfn)
{
	dev->bus = bus;
	dev->devfn = devfn;
	dev->driver = &tree->driver;
	dev->dev.init_name = name;
	list_add_tail(&dev->bus_list, &bus->devices);
}

static struct pci_test_tree *pci_test_tree(struct kunit *test)
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

static int pci_test_preserve(struct pci_outgoing *out, struct pci_dev *dev)
{
	guard(rwsem_write)(&pci_liveupdate_rwsem);
	return pci_outgoing_preserve(out, dev);
}

static void pci_test_unpreserve(struct pci_outgoing *out, struct pci_dev *dev)
{
	guard(rwsem_write)(&pci_liveupdate_rwsem);
	pci_outgoing_put_path(out, dev, NULL);
}

static void pci_path_is_counted(struct kunit *test)
{
	struct pci_outgoing *out = pci_test_outgoing(test);
	struct pci_test_tree *tree = pci_test_tree(test);
	struct pci_dev *port = &tree->ports[0], *end = tree->ends;

	KUNIT_EXPECT_EQ(test, pci_test_preserve(out, &end[0]), 0);
	KUNIT_EXPECT_EQ(test, pci_test_preserve(out, &end[1]), 0);
	KUNIT_EXPECT_EQ(test, pci_test_preserve(out, &end[1]), -EBUSY);
	KUNIT_EXPECT_EQ(test, out->ser->nr_devices, 3);
	KUNIT_ASSERT_NOT_NULL(test, port->liveupdate.outgoing);
	KUNIT_EXPECT_EQ(test, port->liveupdate.outgoing->refcount, 2);
	KUNIT_EXPECT_EQ(test, end[0].liveupdate.outgoing->refcount, 1);
	KUNIT_EXPECT_NULL(test, tree->ports[1].liveupdate.outgoing);

	pci_test_unpreserve(out, &end[0]);
	KUNIT_EXPECT_NULL(test, end[0].liveupdate.outgoing);
	KUNIT_EXPECT_EQ(test, port->liveupdate.outgoing->refcount, 1);
	pci_test_unpreserve(out, &end[1]);
	KUNIT_EXPECT_NULL(test, port->liveupdate.outgoing);
	KUNIT_EXPECT_EQ(test, out->ser->nr_devices, 0);
	pci_outgoing_free(out);
}

static void pci_path_is_all_or_nothing(struct kunit *test)
{
	struct pci_outgoing *out = pci_test_outgoing(test);
	struct pci_test_tree *tree = pci_test_tree(test);
	struct pci_dev *port = &tree->ports[0], *end = tree->ends;

	KUNIT_ASSERT_EQ(test, pci_test_preserve(out, &end[0]), 0);
	/* One more device than can be counted below the port. */
	port->liveupdate.outgoing->refcount = U16_MAX;
	KUNIT_EXPECT_EQ(test, pci_test_preserve(out, &end[1]), -EOVERFLOW);
	KUNIT_EXPECT_NULL(test, end[1].liveupdate.outgoing);
	KUNIT_EXPECT_EQ(test, port->liveupdate.outgoing->refcount, U16_MAX);
	KUNIT_EXPECT_EQ(test, out->ser->nr_devices, 2);

	port->liveupdate.outgoing->refcount = 1;
	pci_test_unpreserve(out, &end[0]);
	pci_outgoing_free(out);
}

static void pci_preserve_is_refused(struct kunit *test)
{
	struct pci_outgoing *out = pci_test_outgoing(test);
	struct pci_test_tree *tree = pci_test_tree(test);
	struct pci_dev *dev = &tree->ends[0];

	/* No file is preserved while the tests run. */
	KUNIT_EXPECT_EQ(test, pci_liveupdate_preserve(dev),
			liveupdate_enabled() ? -ENOENT : -EOPNOTSUPP);

	dev->is_virtfn = 1;
	KUNIT_EXPECT_EQ(test, pci_liveupdate_preserve(dev), -EINVAL);
	dev->is_virtfn = 0;

	dev->liveupdate.unbinding = true;
	KUNIT_EXPECT_EQ(test, pci_test_preserve(out, dev), -EBUSY);
	dev->liveupdate.unbinding = false;

	scoped_guard(rwsem_write, &pci_liveupdate_rwsem) {
		pci_outgoing_frozen = true;
		KUNIT_EXPECT_EQ(test, pci_outgoing_preserve(out, dev), -EINVAL);
		pci_outgoing_frozen = false;
	}
	KUNIT_EXPECT_NULL(test, dev->liveupdate.outgoing);
	pci_outgoing_free(out);
}

static void pci_held_device_is_not_let_go(struct kunit *test)
{
	struct pci_outgoing *out = pci_test_outgoing(test);
	struct pci_test_tree *tree = pci_test_tree(test);
	struct pci_dev *dev = &tree->ends[0];

	KUNIT_ASSERT_EQ(test, pci_test_preserve(out, dev), 0);
	KUNIT_EXPECT_EQ(test, pci_liveupdate_may_unbind(dev), -EBUSY);
	KUNIT_EXPECT_FALSE(test, dev->liveupdate.unbinding);
	/* Port services come and go; the port stays. */
	KUNIT_EXPECT_EQ(test, pci_liveupdate_may_unbind(&tree->ports[0]), 0);
	pci_test_unpreserve(out, dev);

	dev->liveupdate.incoming = true;
	KUNIT_EXPECT_EQ(test, pci_liveupdate_retrieve(dev), 0);
	KUNIT_EXPECT_EQ(test, pci_liveupdate_may_unbind(dev), -EBUSY);
	scoped_guard(rwsem_write, &pci_liveupdate_rwsem)
		pci_liveupdate_clear_incoming(dev);

	KUNIT_EXPECT_EQ(test, pci_liveupdate_may_unbind(dev), 0);
	KUNIT_EXPECT_EQ(test, pci_test_preserve(out, dev), -EBUSY);
	dev->liveupdate.incoming = true;
	KUNIT_EXPECT_EQ(test, pci_liveupdate_retrieve(dev), -ENODEV);
	pci_liveupdate_set_unbinding(dev, false);
	KUNIT_EXPECT_EQ(test, pci_liveupdate_retrieve(dev), 0);
	pci_outgoing_free(out);
}

static void pci_lost_bus_numbers_are_not_replaced(struct kunit *test)
{
	struct pci_test_tree *tree = pci_test_tree(test);
	struct pci_dev *ports = tree->ports;

	/* A bridge that is not preserved may lose what it likes. */
	pci_liveupdate_check_busnrs(&ports[0], false, 0);
	KUNIT_EXPECT_TRUE(test, pci_liveupdate_may_assign_busnrs(&ports[0]));

	ports[0].liveupdate.incoming = true;
	pci_liveupdate_check_busnrs(&ports[0], true, 1);
	KUNIT_EXPECT_TRUE(test, pci_liveupdate_may_assign_busnrs(&ports[1]));

	pci_liveupdate_check_busnrs(&ports[0], false, 0);
	KUNIT_EXPECT_FALSE(test, pci_liveupdate_may_assign_busnrs(&ports[0]));
	KUNIT_EXPECT_FALSE(test, pci_liveupdate_may_assign_busnrs(&ports[1]));

	ports[0].liveupdate.incoming = false;
	KUNIT_EXPECT_TRUE(test, pci_liveupdate_may_assign_busnrs(&ports[1]));
}

static struct kunit_case pci_liveupdate_test_cases[] = {
	KUNIT_CASE(pci_slot_carries_what_it_is_for),
	KUNIT_CASE(pci_slot_is_shared_by_address),
	KUNIT_CASE(pci_freed_slot_is_used_again),
	KUNIT_CASE(pci_list_survives_the_way_over),
	KUNIT_CASE(pci_list_holds_a_whole_domain),
	KUNIT_CASE(pci_path_is_counted),
	KUNIT_CASE(pci_path_is_all_or_nothing),
	KUNIT_CASE(pci_preserve_is_refused),
	KUNIT_CASE(pci_held_device_is_not_let_go),
	KUNIT_CASE(pci_lost_bus_numbers_are_not_replaced),
	KUNIT_CASE_PARAM(pci_bad_entry_is_found, pci_bad_gen_params),
	KUNIT_CASE(pci_bad_header_is_found),
	KUNIT_CASE(pci_bad_address_is_not_followed),
	KUNIT_CASE(pci_gate_decides_by_the_table),
	KUNIT_CASE(pci_gate_remembers_the_last_decision),
	{}
};

static struct kunit_suite pci_liveupdate_test_suite = {
	.name = "pci_liveupdate",
	.test_cases = pci_liveupdate_test_cases,
};

kunit_test_suite(pci_liveupdate_test_suite);
