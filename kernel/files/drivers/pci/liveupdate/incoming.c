// SPDX-License-Identifier: GPL-2.0
/*
 * The devices that the previous kernel handed over: reading the device list,
 * marking the devices on it, and what their driver does when it retrieves and
 * finishes them.
 */

#define pr_fmt(fmt) "PCI: live update: " fmt

#include <linux/cleanup.h>
#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/list.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <trace/events/pci_liveupdate.h>

#include "liveupdate.h"

/* The list that is not finished, or NULL. Protected by pci_liveupdate_rwsem. */
struct pci_incoming *pci_incoming_list;

/* The previous kernel preserved devices: set with the first one set up. */
bool pci_incoming_seen;

/* The previous kernel preserved devices, but its list is unreadable. */
bool pci_incoming_unreadable;

/*
 * Blocks of an unreadable list. They are never freed: a broken chain may have
 * led to memory that something else owns.
 */
static LIST_HEAD(pci_incoming_bad_blocks);

enum pci_liveupdate_on_error {
	PCI_LIVEUPDATE_ON_ERROR_PANIC,
	PCI_LIVEUPDATE_ON_ERROR_BLOCK,
};

static const char * const pci_liveupdate_on_error_names[] = {
	[PCI_LIVEUPDATE_ON_ERROR_PANIC] = "panic",
	[PCI_LIVEUPDATE_ON_ERROR_BLOCK] = "block",
};

static int pci_liveupdate_on_error = PCI_LIVEUPDATE_ON_ERROR_PANIC;

static int pci_liveupdate_on_error_set(const char *val,
				       const struct kernel_param *kp)
{
	int i = sysfs_match_string(pci_liveupdate_on_error_names, val);

	if (i < 0) {
		pr_err("on_error=%s is not known: use panic or block\n", val);
		return i;
	}

	pci_liveupdate_on_error = i;
	return 0;
}

static int pci_liveupdate_on_error_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%s\n",
			  pci_liveupdate_on_error_names[pci_liveupdate_on_error]);
}

static const struct kernel_param_ops pci_liveupdate_on_error_ops = {
	.set = pci_liveupdate_on_error_set,
	.get = pci_liveupdate_on_error_get,
};

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "pci_liveupdate."
module_param_cb(on_error, &pci_liveupdate_on_error_ops, NULL, 0444);
MODULE_PARM_DESC(on_error, "When the list of preserved devices cannot be read: panic (default), or block all endpoint drivers that driver_override does not name");

static enum pci_liveupdate_bad_reason pci_ser_check(const struct pci_ser *ser)
{
	if (ser->version != PCI_SER_VERSION || ser->reserved)
		return PCI_LIVEUPDATE_BAD_VERSION;
	if (!ser->blocks && ser->nr_devices)
		return PCI_LIVEUPDATE_BAD_COUNT;

	return PCI_LIVEUPDATE_BAD_NONE;
}

/*
 * Fills in->devs from in->blocks. On failure @index is the bad entry, or -1 if
 * no single entry is bad.
 */
static enum pci_liveupdate_bad_reason pci_incoming_index(struct pci_incoming *in,
							 s64 *index)
{
	struct kho_block_set_it it;
	struct pci_dev_ser *slot;
	u64 nr_devices = 0;
	int err;

	kho_block_set_it_init(&it, &in->blocks);
	for (*index = 0; (slot = kho_block_set_it_read_entry(&it)); ++*index) {
		if (!slot->refcount)
			continue;

		if (!slot->driver[0] ||
		    strnlen(slot->driver, sizeof(slot->driver)) ==
		    sizeof(slot->driver))
			return PCI_LIVEUPDATE_BAD_DRIVER_NAME;

		err = xa_insert(&in->devs,
				pci_liveupdate_key(slot->domain, slot->bdf),
				slot, GFP_KERNEL);
		if (err == -EBUSY)
			return PCI_LIVEUPDATE_BAD_DUPLICATE;
		if (err)
			return PCI_LIVEUPDATE_BAD_NO_MEMORY;
		nr_devices++;
	}

	*index = -1;
	if (nr_devices != in->ser->nr_devices)
		return PCI_LIVEUPDATE_BAD_COUNT;

	return PCI_LIVEUPDATE_BAD_NONE;
}

/* in->ser is in memory that the previous kernel preserved. */
static enum pci_liveupdate_bad_reason pci_incoming_read(struct pci_incoming *in,
							s64 *index)
{
	enum pci_liveupdate_bad_reason bad;
	int err;

	bad = pci_ser_check(in->ser);
	if (bad)
		return bad;

	err = kho_block_set_restore(&in->blocks, in->ser->blocks);
	if (err)
		return err == -ENOMEM ? PCI_LIVEUPDATE_BAD_NO_MEMORY :
					PCI_LIVEUPDATE_BAD_BLOCKS;

	bad = pci_incoming_index(in, index);
	if (bad) {
		xa_destroy(&in->devs);
		list_splice_init(&in->blocks.blocks, &pci_incoming_bad_blocks);
	}

	return bad;
}

/* @data is the address that the previous kernel gave to LUO. */
static enum pci_liveupdate_bad_reason pci_incoming_find(struct pci_incoming *in,
							u64 data, s64 *index)
{
	*index = -1;
	kho_block_set_init(&in->blocks, sizeof(struct pci_dev_ser));
	xa_init(&in->devs);
	if (kho_preserved_size(data) < sizeof(*in->ser))
		return PCI_LIVEUPDATE_BAD_ADDRESS;

	in->ser = phys_to_virt(data);
	return pci_incoming_read(in, index);
}

/*
 * The list is unreadable, and any device may be on it. @index is the bad entry,
 * or -1.
 */
static void pci_incoming_refuse(enum pci_liveupdate_bad_reason bad, s64 index,
				int err)
{
	static const char * const reasons[] = {
		[PCI_LIVEUPDATE_BAD_FLB] = "LUO refuses it",
		[PCI_LIVEUPDATE_BAD_ADDRESS] = "it is not in memory that was handed over",
		[PCI_LIVEUPDATE_BAD_VERSION] = "it has another version",
		[PCI_LIVEUPDATE_BAD_BLOCKS] = "its chain of blocks is broken",
		[PCI_LIVEUPDATE_BAD_COUNT] = "its number of devices is wrong",
		[PCI_LIVEUPDATE_BAD_DRIVER_NAME] = "a driver name is bad",
		[PCI_LIVEUPDATE_BAD_DUPLICATE] = "an address occurs twice",
		[PCI_LIVEUPDATE_BAD_NO_MEMORY] = "there is no memory to read it",
	};
	struct luo_journal_record record;

	luo_record_init(&record, PCI_LIVEUPDATE_EVENT_HANDOVER_BAD);
	record.reason = bad;
	record.err = err;
	record.number[0] = index;
	luo_event(pci_liveupdate_handover_bad, &record);

	if (pci_liveupdate_on_error == PCI_LIVEUPDATE_ON_ERROR_PANIC)
		panic("PCI: live update: the list of preserved devices cannot be read: %s (entry %lld)\n",
		      reasons[bad], index);

	pr_err("the list of preserved devices cannot be read: %s (entry %lld); set driver_override on each device that a driver shall have\n",
	       reasons[bad], index);
	WRITE_ONCE(pci_incoming_unreadable, true);
}

/* The first device is set up: read what the previous kernel handed over. */
int pci_flb_retrieve(struct liveupdate_flb_op_args *args)
{
	enum pci_liveupdate_bad_reason bad = PCI_LIVEUPDATE_BAD_NO_MEMORY;
	struct pci_incoming *in = kzalloc_obj(*in);
	s64 index = -1;
	int err;

	if (in)
		bad = pci_incoming_find(in, args->data, &index);
	if (!bad) {
		args->obj = in;
		guard(rwsem_write)(&pci_liveupdate_rwsem);
		pci_incoming_list = in;
		return 0;
	}

	/* The memory at an address that cannot be trusted is left alone. */
	kfree(in);
	err = bad == PCI_LIVEUPDATE_BAD_NO_MEMORY ? -ENOMEM : -EINVAL;
	pci_incoming_refuse(bad, index, err);

	return err;
}

/* Makes @dev an ordinary device. The caller holds pci_liveupdate_rwsem. */
void pci_liveupdate_clear_incoming(struct pci_dev *dev)
{
	lockdep_assert_held_write(&pci_liveupdate_rwsem);

	/* Pairs with the lockless read in pci_liveupdate_is_incoming(). */
	WRITE_ONCE(dev->liveupdate.incoming, false);
	WRITE_ONCE(dev->liveupdate.retrieved, false);
	pci_liveupdate_clear_probe(dev);
}

static void pci_liveupdate_event_never_finished(const struct pci_dev_ser *slot)
{
	struct luo_journal_record record;

	luo_record_init(&record, PCI_LIVEUPDATE_EVENT_NEVER_FINISHED);
	luo_record_set_bdf(&record, slot->domain, slot->bdf);
	luo_record_add_name(&record, LUO_JOURNAL_HAS_DRIVER, slot->driver,
			    sizeof(slot->driver));
	record.number[0] = slot->refcount;
	luo_event(pci_liveupdate_never_finished, &record);
}

/* No file needs the device any more, but its driver did not finish it. */
static void pci_incoming_forget(struct pci_dev_ser *slot)
{
	struct pci_dev *dev;

	pr_warn("%04x:%02x:%02x.%d was preserved by %s but never finished\n",
		slot->domain, PCI_BUS_NUM(slot->bdf), PCI_SLOT(slot->bdf),
		PCI_FUNC(slot->bdf), slot->driver);
	pci_liveupdate_event_never_finished(slot);

	dev = pci_get_domain_bus_and_slot(slot->domain, PCI_BUS_NUM(slot->bdf),
					  slot->bdf & 0xff);
	if (dev)
		pci_liveupdate_clear_incoming(dev);
	pci_dev_put(dev);
}

/* The last file that depends on the FLB was finished. */
void pci_flb_finish(struct liveupdate_flb_op_args *args)
{
	struct pci_incoming *in = args->obj;
	struct pci_dev_ser *slot;
	unsigned long key;

	scoped_guard(rwsem_write, &pci_liveupdate_rwsem) {
		pci_incoming_list = NULL;
		xa_for_each(&in->devs, key, slot)
			pci_incoming_forget(slot);
	}

	xa_destroy(&in->devs);
	kho_block_set_destroy(&in->blocks);
	kho_restore_free(in->ser);
	kfree(in);
}

/*
 * @err says that there is no list, or that LUO does not give it out. The latter
 * is refused like a list that PCI cannot read, once: @err stays the same.
 */
static void pci_incoming_check(int err)
{
	if (err == -EOPNOTSUPP || err == -ENOENT || err == -ENODATA)
		return;

	guard(rwsem_write)(&pci_liveupdate_rwsem);
	if (!pci_incoming_unreadable)
		pci_incoming_refuse(PCI_LIVEUPDATE_BAD_FLB, -1, err);
}

static void pci_liveupdate_event_incoming(struct pci_dev *dev,
					  const struct pci_dev_ser *slot)
{
	struct luo_journal_record record;

	pci_liveupdate_record_node(&record, PCI_LIVEUPDATE_EVENT_INCOMING, dev,
				   slot->driver, slot->refcount);
	luo_event(pci_liveupdate_incoming, &record, dev);
}

static void pci_liveupdate_event_finish(struct pci_dev *node,
					const struct pci_dev_ser *slot)
{
	struct luo_journal_record record;

	pci_liveupdate_record_node(&record, PCI_LIVEUPDATE_EVENT_FINISH, node,
				   slot->driver, slot->refcount);
	luo_event(pci_liveupdate_finish, &record, node);
}

/**
 * pci_liveupdate_setup_device - Mark a device that the previous kernel preserved
 * @dev: A device that is being set up: it has its address and header type.
 *
 * Must be called before anything is written to the device.
 *
 * Context: Process context, may sleep; takes pci_liveupdate_rwsem. The first
 *          call in a kernel reads the handover, and panics if it is unreadable,
 *          unless pci_liveupdate.on_error=block.
 */
void pci_liveupdate_setup_device(struct pci_dev *dev)
{
	CLASS(liveupdate_flb_incoming, ref)(&pci_flb);
	struct pci_incoming *in = ref.obj;
	struct pci_dev_ser *slot;

	if (IS_ERR(in)) {
		pci_incoming_check(PTR_ERR(in));
		return;
	}

	WRITE_ONCE(pci_incoming_seen, true);
	guard(rwsem_write)(&pci_liveupdate_rwsem);
	slot = xa_load(&in->devs, pci_liveupdate_dev_key(dev));
	if (!slot)
		return;

	WRITE_ONCE(dev->liveupdate.incoming, true);
	pci_liveupdate_event_incoming(dev, slot);
}

/**
 * pci_liveupdate_is_incoming - Is a device preserved and not finished?
 * @dev: The device.
 *
 * Context: Any. The answer may be out of date at once, but only from "yes" to
 *          "no": a device never becomes incoming again.
 * Return: true if the previous kernel preserved @dev and it is not finished.
 */
bool pci_liveupdate_is_incoming(struct pci_dev *dev)
{
	return READ_ONCE(dev->liveupdate.incoming);
}
EXPORT_SYMBOL_GPL(pci_liveupdate_is_incoming);

/**
 * pci_liveupdate_retrieve - Note that LUO holds a file of an incoming device
 * @dev: A device that the previous kernel preserved.
 *
 * The .retrieve() callback of a file handler that depends on the PCI FLB calls
 * this. LUO holds @dev until pci_liveupdate_finish().
 *
 * Context: Process context, may sleep; takes pci_liveupdate_rwsem. The caller
 *          has checked that @dev is bound to its driver, and keeps it bound.
 * Return: 0; -EBUSY if LUO holds a file of @dev already; -ENODEV if it is not
 *         incoming any more, or is being unbound or removed.
 */
int pci_liveupdate_retrieve(struct pci_dev *dev)
{
	guard(rwsem_write)(&pci_liveupdate_rwsem);
	if (pci_liveupdate_loses_driver(dev) || !dev->liveupdate.incoming)
		return -ENODEV;
	if (dev->liveupdate.retrieved)
		return -EBUSY;

	WRITE_ONCE(dev->liveupdate.retrieved, true);
	return 0;
}
EXPORT_SYMBOL_GPL(pci_liveupdate_retrieve);

/**
 * pci_liveupdate_finish - Make an incoming device an ordinary one
 * @dev:       A device that the previous kernel preserved.
 * @retrieved: The file that is finished was retrieved. A file that was not has
 *             no claim on a device of which LUO holds another file.
 *
 * The .finish() callback of a file handler that depends on the PCI FLB calls
 * this. Each bridge above @dev follows with the last device below it. Lifts the
 * probe gate but probes nothing: user space may bind the drivers that were
 * blocked.
 *
 * Context: Process context, may sleep; takes pci_liveupdate_rwsem.
 * Return: true if this file was the one that @dev was preserved for.
 */
bool pci_liveupdate_finish(struct pci_dev *dev, bool retrieved)
{
	CLASS(liveupdate_flb_incoming, ref)(&pci_flb);
	struct pci_incoming *in = ref.obj;
	struct pci_dev_ser *slot;
	struct pci_dev *node;
	unsigned long key;

	if (IS_ERR(in))
		return false;

	guard(rwsem_write)(&pci_liveupdate_rwsem);
	if (dev->liveupdate.retrieved != retrieved ||
	    !xa_load(&in->devs, pci_liveupdate_dev_key(dev)))
		return false;

	for (node = dev; node; node = pci_upstream_bridge(node)) {
		key = pci_liveupdate_dev_key(node);
		slot = xa_load(&in->devs, key);
		/* Finished already: the bridges above are for other devices. */
		if (!slot)
			break;

		slot->refcount--;
		pci_liveupdate_event_finish(node, slot);
		if (slot->refcount)
			continue;

		xa_erase(&in->devs, key);
		pci_liveupdate_clear_incoming(node);
	}

	return true;
}
EXPORT_SYMBOL_GPL(pci_liveupdate_finish);

/**
 * pci_liveupdate_finish_absent - Give up a preserved device that is absent
 * @domain: PCI domain number of the device.
 * @bdf:    Its bus, device and function number, as in pci_dev_id().
 *
 * Replaces pci_liveupdate_finish() if there is no device at an address that the
 * previous kernel preserved: a device that appears there later is an ordinary
 * one. The bridges above it are not known; they stay preserved until the FLB is
 * finished.
 *
 * Context: Process context, may sleep; takes pci_liveupdate_rwsem.
 * Return: true if a device at that address was preserved and not finished.
 */
bool pci_liveupdate_finish_absent(u32 domain, u16 bdf)
{
	CLASS(liveupdate_flb_incoming, ref)(&pci_flb);
	struct pci_incoming *in = ref.obj;
	struct pci_dev_ser *slot;

	if (IS_ERR(in))
		return false;

	guard(rwsem_write)(&pci_liveupdate_rwsem);
	slot = xa_erase(&in->devs, pci_liveupdate_key(domain, bdf));
	if (slot)
		pci_incoming_forget(slot);

	return slot;
}
EXPORT_SYMBOL_GPL(pci_liveupdate_finish_absent);

#ifdef CONFIG_PCI_LIVEUPDATE_KUNIT_TEST
#include "incoming_kunit.c"
#endif
