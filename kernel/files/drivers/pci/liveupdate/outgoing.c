// SPDX-License-Identifier: GPL-2.0
/*
 * The devices that this kernel hands over: the slots of the device list, and
 * their users pci_liveupdate_preserve() and pci_liveupdate_unpreserve().
 */

#include <linux/cleanup.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/kexec.h>
#include <linux/kexec_handover.h>
#include <linux/notifier.h>
#include <linux/reboot.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <trace/events/pci_liveupdate.h>

#include "liveupdate.h"

/* A kexec is in progress. Written once, before the devices are shut down. */
static bool pci_outgoing_frozen;

/* This kernel has preserved devices: set before the first one is recorded. */
bool pci_outgoing_seen;

/* The next kernel gets the block of a free slot, too: the slot is all zero. */
static void pci_outgoing_push_free(struct pci_outgoing *out,
				   struct pci_dev_ser *slot)
{
	memset(slot, 0, sizeof(*slot));
	/* Each slot has a place in the stack: this allocates nothing. */
	xa_store(&out->free, out->nr_free++, slot, GFP_KERNEL);
}

/* Makes places for the slots of one more block in the stack of free slots. */
static int pci_outgoing_grow_free(struct pci_outgoing *out)
{
	const struct kho_block_set *blocks = &out->blocks;
	unsigned long place = blocks->nblocks * blocks->count_per_block;
	unsigned long end = place + blocks->count_per_block;
	int err;

	/* After an error, the places that were made wait for the next try. */
	for (; place < end; place++) {
		err = xa_reserve(&out->free, place, GFP_KERNEL);
		if (err)
			return err;
	}

	return 0;
}

/* Adds one block of free slots. The kernel hands over all of them. */
static int pci_outgoing_grow(struct pci_outgoing *out)
{
	struct kho_block_set *blocks = &out->blocks;
	bool first = kho_block_set_is_empty(blocks);
	struct pci_dev_ser *slot;
	int err;

	err = pci_outgoing_grow_free(out);
	if (err)
		return err;

	err = kho_block_set_grow(blocks,
				 blocks->nblocks * blocks->count_per_block + 1);
	if (err)
		return err;

	if (first) {
		kho_block_set_it_init(&out->it, blocks);
		out->ser->blocks = kho_block_set_head_pa(blocks);
	}

	while ((slot = kho_block_set_it_reserve_entry(&out->it)))
		pci_outgoing_push_free(out, slot);

	return 0;
}

/**
 * pci_outgoing_get_slot - Take a reference to the slot of an address
 * @out:    The device list.
 * @domain: PCI domain number of the device.
 * @bdf:    Its bus, device and function number, as in pci_dev_id().
 * @driver: The driver that preserves it, if it has no slot yet.
 *
 * Context: Process context, may sleep. The caller holds pci_liveupdate_rwsem.
 * Return: The slot, or an ERR_PTR: -ENOMEM, -ENOSPC or -EOVERFLOW.
 */
struct pci_dev_ser *pci_outgoing_get_slot(struct pci_outgoing *out, u32 domain,
					  u16 bdf, const char *driver)
{
	unsigned long key = pci_liveupdate_key(domain, bdf);
	struct pci_dev_ser *slot = xa_load(&out->devs, key);
	int err;

	if (slot) {
		if (slot->refcount == U16_MAX)
			return ERR_PTR(-EOVERFLOW);
		slot->refcount++;
		return slot;
	}

	if (!out->nr_free) {
		err = pci_outgoing_grow(out);
		if (err)
			return ERR_PTR(err);
	}

	slot = xa_load(&out->free, out->nr_free - 1);
	err = xa_err(xa_store(&out->devs, key, slot, GFP_KERNEL));
	if (err)
		return ERR_PTR(err);

	/* Its place stays, for when it is free again. */
	out->nr_free--;
	slot->domain = domain;
	slot->bdf = bdf;
	slot->refcount = 1;
	strscpy_pad(slot->driver, driver);
	out->ser->nr_devices++;

	return slot;
}

/**
 * pci_outgoing_put_slot - Drop a reference to a slot
 * @out:  The device list.
 * @slot: One of its slots; it is free after the last reference is dropped.
 *
 * Context: The caller holds pci_liveupdate_rwsem.
 * Return: The number of references that are left.
 */
u16 pci_outgoing_put_slot(struct pci_outgoing *out, struct pci_dev_ser *slot)
{
	if (--slot->refcount)
		return slot->refcount;

	xa_erase(&out->devs, pci_liveupdate_key(slot->domain, slot->bdf));
	pci_outgoing_push_free(out, slot);
	out->ser->nr_devices--;

	return 0;
}

/**
 * pci_outgoing_alloc - Allocate an empty device list
 *
 * Context: Process context, may sleep.
 * Return: The list, or an ERR_PTR.
 */
struct pci_outgoing *pci_outgoing_alloc(void)
{
	struct pci_outgoing *out __free(kfree) = kzalloc_obj(*out);

	if (!out)
		return ERR_PTR(-ENOMEM);

	out->ser = kho_alloc_preserve(sizeof(*out->ser));
	if (IS_ERR(out->ser))
		return ERR_CAST(out->ser);

	out->ser->version = PCI_SER_VERSION;
	kho_block_set_init(&out->blocks, sizeof(struct pci_dev_ser));
	xa_init(&out->devs);
	xa_init(&out->free);

	return no_free_ptr(out);
}

/**
 * pci_outgoing_free - Free a device list and the memory that it preserves
 * @out: The list; it has no slot in use.
 *
 * Context: Process context, may sleep.
 */
void pci_outgoing_free(struct pci_outgoing *out)
{
	WARN_ON(!xa_empty(&out->devs));
	xa_destroy(&out->devs);
	xa_destroy(&out->free);
	kho_block_set_destroy(&out->blocks);
	kho_unpreserve_free(out->ser);
	kfree(out);
}

/* The first file that depends on the FLB is being preserved. */
int pci_flb_preserve(struct liveupdate_flb_op_args *args)
{
	struct pci_outgoing *out = pci_outgoing_alloc();

	if (IS_ERR(out))
		return PTR_ERR(out);

	args->obj = out;
	args->data = virt_to_phys(out->ser);

	return 0;
}

/* The last such file was unpreserved. */
void pci_flb_unpreserve(struct liveupdate_flb_op_args *args)
{
	pci_outgoing_free(args->obj);
}

static void pci_liveupdate_event_preserve(struct pci_dev *node,
					  const char *driver, u16 refcount)
{
	struct luo_journal_record record;

	pci_liveupdate_record_node(&record, PCI_LIVEUPDATE_EVENT_PRESERVE, node,
				   driver, refcount);
	luo_event(pci_liveupdate_preserve, &record, node);
}

static void pci_liveupdate_event_unpreserve(struct pci_dev *node,
					    const char *driver, u16 refcount)
{
	struct luo_journal_record record;

	pci_liveupdate_record_node(&record, PCI_LIVEUPDATE_EVENT_UNPRESERVE,
				   node, driver, refcount);
	luo_event(pci_liveupdate_unpreserve, &record, node);
}

static int pci_liveupdate_refuse(struct pci_dev *dev,
				 enum pci_liveupdate_refuse_reason reason,
				 int err)
{
	struct luo_journal_record record;

	luo_record_init(&record, PCI_LIVEUPDATE_EVENT_PRESERVE_REFUSED);
	luo_record_set_pci(&record, dev);
	record.reason = reason;
	record.err = err;
	luo_event(pci_liveupdate_preserve_refused, &record, dev);

	return err;
}

/* Drops the references of @dev and of the bridges above it, up to @end. */
static void pci_outgoing_put_path(struct pci_outgoing *out, struct pci_dev *dev,
				  struct pci_dev *end)
{
	struct pci_dev *node;
	u16 refcount;

	for (node = dev; node != end; node = pci_upstream_bridge(node)) {
		if (WARN_ON(!node->liveupdate.outgoing))
			continue;
		refcount = pci_outgoing_put_slot(out, node->liveupdate.outgoing);
		if (!refcount)
			WRITE_ONCE(node->liveupdate.outgoing, NULL);
		pci_liveupdate_event_unpreserve(node, dev->driver->name,
						refcount);
	}
}

static int pci_outgoing_get_path(struct pci_outgoing *out, struct pci_dev *dev)
{
	struct pci_dev_ser *slot;
	struct pci_dev *node;

	for (node = dev; node; node = pci_upstream_bridge(node)) {
		slot = pci_outgoing_get_slot(out, pci_domain_nr(node->bus),
					     pci_dev_id(node),
					     dev->driver->name);
		if (IS_ERR(slot)) {
			pci_outgoing_put_path(out, dev, node);
			return PTR_ERR(slot);
		}
		WRITE_ONCE(node->liveupdate.outgoing, slot);
		pci_liveupdate_event_preserve(node, dev->driver->name,
					      slot->refcount);
	}

	return 0;
}

static int pci_outgoing_preserve(struct pci_outgoing *out, struct pci_dev *dev)
{
	int err;

	if (pci_outgoing_frozen)
		return pci_liveupdate_refuse(dev, PCI_LIVEUPDATE_REFUSE_FROZEN,
					     -EINVAL);
	if (pci_liveupdate_loses_driver(dev))
		return pci_liveupdate_refuse(dev,
					     PCI_LIVEUPDATE_REFUSE_UNBINDING,
					     -EBUSY);
	if (dev->liveupdate.outgoing)
		return pci_liveupdate_refuse(dev,
					     PCI_LIVEUPDATE_REFUSE_PRESERVED,
					     -EBUSY);

	err = pci_outgoing_get_path(out, dev);
	if (err)
		pci_liveupdate_refuse(dev, PCI_LIVEUPDATE_REFUSE_NO_MEMORY,
				      err);

	return err;
}

/**
 * pci_liveupdate_preserve - Hand a device over to the next kernel
 * @dev: The device, bound to the driver that calls.
 *
 * Records @dev and every bridge above it, all or nothing. The .preserve()
 * callback of a file handler that depends on the PCI FLB calls this, and
 * pci_liveupdate_unpreserve() in its .unpreserve().
 *
 * Context: Process context, may sleep; takes pci_liveupdate_rwsem.
 * Return: 0, or a negative errno:
 *         -EOPNOTSUPP if live update is off,
 *         -EINVAL if @dev is an SR-IOV VF, or a kexec is in progress,
 *         -ENOENT if no file that depends on the PCI FLB is being preserved,
 *         -EBUSY if @dev is preserved already, or is being unbound or removed,
 *         -ENOMEM, -ENOSPC or -EOVERFLOW if there is no memory or no room.
 */
int pci_liveupdate_preserve(struct pci_dev *dev)
{
	if (dev->is_virtfn)
		return pci_liveupdate_refuse(dev, PCI_LIVEUPDATE_REFUSE_VF,
					     -EINVAL);

	CLASS(liveupdate_flb_outgoing, ref)(&pci_flb);
	if (ref.obj == ERR_PTR(-EOPNOTSUPP))
		return pci_liveupdate_refuse(dev, PCI_LIVEUPDATE_REFUSE_DISABLED,
					     -EOPNOTSUPP);
	if (IS_ERR(ref.obj))
		return pci_liveupdate_refuse(dev, PCI_LIVEUPDATE_REFUSE_NO_FLB,
					     PTR_ERR(ref.obj));

	guard(rwsem_write)(&pci_liveupdate_rwsem);
	WRITE_ONCE(pci_outgoing_seen, true);
	return pci_outgoing_preserve(ref.obj, dev);
}
EXPORT_SYMBOL_GPL(pci_liveupdate_preserve);

/**
 * pci_liveupdate_unpreserve - Undo pci_liveupdate_preserve()
 * @dev: The device, still bound to the driver that preserved it.
 *
 * Does nothing once a kexec is in progress: the next kernel has the device.
 *
 * Context: Process context, may sleep; takes pci_liveupdate_rwsem.
 */
void pci_liveupdate_unpreserve(struct pci_dev *dev)
{
	CLASS(liveupdate_flb_outgoing, ref)(&pci_flb);

	if (WARN_ON(IS_ERR(ref.obj)))
		return;

	guard(rwsem_write)(&pci_liveupdate_rwsem);
	if (!pci_outgoing_frozen)
		pci_outgoing_put_path(ref.obj, dev, NULL);
}
EXPORT_SYMBOL_GPL(pci_liveupdate_unpreserve);

/*
 * LUO has frozen all files by now, and refuses to preserve or unpreserve any:
 * this is a safety net for callers that bypass LUO.
 */
static int pci_liveupdate_reboot(struct notifier_block *nb,
				 unsigned long action, void *data)
{
	if (kexec_in_progress) {
		guard(rwsem_write)(&pci_liveupdate_rwsem);
		pci_outgoing_frozen = true;
	}

	return NOTIFY_DONE;
}

static struct notifier_block pci_liveupdate_reboot_nb = {
	.notifier_call = pci_liveupdate_reboot,
};

static int __init pci_liveupdate_init(void)
{
	return register_reboot_notifier(&pci_liveupdate_reboot_nb);
}
subsys_initcall(pci_liveupdate_init);

#ifdef CONFIG_PCI_LIVEUPDATE_KUNIT_TEST
#include "outgoing_kunit.c"
#endif
