// SPDX-License-Identifier: GPL-2.0
/* KUnit tests of the outgoing device list. Included by outgoing.c. */

#include "kunit.h"

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

static bool pci_test_is_zero(const struct pci_dev_ser *slot)
{
	return !memchr_inv(slot, 0, sizeof(*slot));
}

/* The blocks carry the slots in use, and nothing else of this kernel. */
static void pci_free_slots_are_handed_over_zeroed(struct kunit *test)
{
	struct pci_outgoing *out = pci_test_outgoing(test);
	unsigned int n = out->blocks.count_per_block + 1;
	struct kho_block_set_it it;
	struct pci_dev_ser *slot;
	unsigned int used = 0, i;
	unsigned long key;

	for (i = 0; i < n; i++)
		pci_test_get(test, out, 1, i);
	KUNIT_EXPECT_EQ(test, out->blocks.nblocks, 2);
	for (i = 0; i < n; i += 2)
		pci_outgoing_put_slot(out, xa_load(&out->devs,
						   pci_liveupdate_key(1, i)));

	kho_block_set_it_init(&it, &out->blocks);
	while ((slot = kho_block_set_it_read_entry(&it))) {
		if (slot->refcount)
			used++;
		else
			KUNIT_EXPECT_TRUE(test, pci_test_is_zero(slot));
	}
	KUNIT_EXPECT_EQ(test, used, n / 2);

	xa_for_each(&out->devs, key, slot)
		pci_outgoing_put_slot(out, slot);
	kho_block_set_it_init(&it, &out->blocks);
	for (i = 0; (slot = kho_block_set_it_read_entry(&it)); i++)
		KUNIT_EXPECT_TRUE(test, pci_test_is_zero(slot));
	KUNIT_EXPECT_EQ(test, i, 2 * out->blocks.count_per_block);
	KUNIT_EXPECT_EQ(test, out->nr_free, i);
	pci_outgoing_free(out);
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
	struct pci_liveupdate_removal removal = { .dev = &tree->ports[0] };
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

	KUNIT_EXPECT_EQ(test, pci_liveupdate_begin_removal(&removal), 0);
	KUNIT_EXPECT_EQ(test, pci_test_preserve(out, dev), -EBUSY);
	pci_liveupdate_end_removal(&removal);

	scoped_guard(rwsem_write, &pci_liveupdate_rwsem) {
		pci_outgoing_frozen = true;
		KUNIT_EXPECT_EQ(test, pci_outgoing_preserve(out, dev), -EINVAL);
		pci_outgoing_frozen = false;
	}
	KUNIT_EXPECT_NULL(test, dev->liveupdate.outgoing);
	pci_outgoing_free(out);
}

static struct kunit_case pci_liveupdate_outgoing_cases[] = {
	KUNIT_CASE(pci_slot_carries_what_it_is_for),
	KUNIT_CASE(pci_slot_is_shared_by_address),
	KUNIT_CASE(pci_freed_slot_is_used_again),
	KUNIT_CASE(pci_free_slots_are_handed_over_zeroed),
	KUNIT_CASE(pci_list_holds_a_whole_domain),
	KUNIT_CASE(pci_path_is_counted),
	KUNIT_CASE(pci_path_is_all_or_nothing),
	KUNIT_CASE(pci_preserve_is_refused),
	{}
};

static struct kunit_suite pci_liveupdate_outgoing_suite = {
	.name = "pci_liveupdate_outgoing",
	.suite_init = pci_test_suite_init,
	.suite_exit = pci_test_suite_exit,
	.test_cases = pci_liveupdate_outgoing_cases,
};

kunit_test_suite(pci_liveupdate_outgoing_suite);
