// SPDX-License-Identifier: GPL-2.0
/* KUnit tests of reading the device list of the previous kernel. Included by incoming.c. */

#include "kunit.h"

/* More than one block's worth: hand all of it over and read it back. */
static void pci_list_survives_the_jump(struct kunit *test)
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

/* Where no preserved memory starts, or none that can hold a header. */
static const u64 pci_bad_addresses[] = { 0, 8, PAGE_SIZE, ~0ULL, ~0ULL << PAGE_SHIFT };

static void pci_bad_address_is_not_followed(struct kunit *test)
{
	struct kho_block_header_ser *block;
	struct pci_incoming in = {};
	struct pci_ser *ser;
	s64 index;
	int i;

	/* RAM, but the previous kernel did not preserve it. */
	ser = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);
	block = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, ser);
	KUNIT_ASSERT_NOT_NULL(test, block);
	ser->version = PCI_SER_VERSION;

	for (i = 0; i < ARRAY_SIZE(pci_bad_addresses); i++)
		KUNIT_EXPECT_EQ_MSG(test,
				    pci_incoming_find(&in, pci_bad_addresses[i],
						      &index),
				    PCI_LIVEUPDATE_BAD_ADDRESS, "address %#llx",
				    pci_bad_addresses[i]);
	KUNIT_EXPECT_EQ(test, pci_incoming_find(&in, virt_to_phys(ser), &index),
			PCI_LIVEUPDATE_BAD_ADDRESS);
	KUNIT_EXPECT_EQ(test, index, -1);

	in.ser = ser;
	KUNIT_EXPECT_EQ(test, pci_incoming_read(&in, &index),
			PCI_LIVEUPDATE_BAD_NONE);
	ser->nr_devices = 1;
	ser->blocks = virt_to_phys(block) + 8;
	KUNIT_EXPECT_EQ(test, pci_incoming_read(&in, &index),
			PCI_LIVEUPDATE_BAD_BLOCKS);
	ser->blocks = virt_to_phys(block);
	KUNIT_EXPECT_EQ(test, pci_incoming_read(&in, &index),
			PCI_LIVEUPDATE_BAD_BLOCKS);
}

static struct kunit_case pci_liveupdate_incoming_cases[] = {
	KUNIT_CASE(pci_list_survives_the_jump),
	KUNIT_CASE_PARAM(pci_bad_entry_is_found, pci_bad_gen_params),
	KUNIT_CASE(pci_bad_header_is_found),
	KUNIT_CASE(pci_bad_address_is_not_followed),
	{}
};

static struct kunit_suite pci_liveupdate_incoming_suite = {
	.name = "pci_liveupdate_incoming",
	.test_cases = pci_liveupdate_incoming_cases,
};

kunit_test_suite(pci_liveupdate_incoming_suite);
