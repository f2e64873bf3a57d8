// SPDX-License-Identifier: GPL-2.0

/**
 * DOC: PCI devices across a live update
 *
 * A driver that can keep a device through a live update (today vfio-pci) tells
 * the PCI core when a file of that device is preserved. The core records the
 * device and every bridge above it, hands that list to the next kernel, and
 * there keeps other drivers off the device until the file has been retrieved
 * and finished.
 *
 * Life cycle::
 *
 *   old kernel                            new kernel
 *   ----------                            ----------
 *   first file: FLB .preserve()           first device set up: FLB .retrieve()
 *   pci_liveupdate_preserve(dev)          pci_liveupdate_setup_device(dev)
 *     one slot for the device,              marks a device that has a slot
 *     one for each bridge above           pci_liveupdate_probe_allowed()
 *   pci_liveupdate_unpreserve(dev)          the probe gate
 *     takes it back                       pci_liveupdate_finish(dev)
 *   last file: FLB .unpreserve()            an ordinary device again
 *                                         last file: FLB .finish()
 *
 * The list is a File-Lifecycle-Bound object (FLB): the Live Update Orchestrator
 * (LUO) counts the files that need it. Its layout is in
 * include/linux/kho/abi/pci.h. Slots are found through an xarray keyed by
 * domain, bus, device and function, free ones through a list, so that neither
 * depends on how many devices there are.
 *
 * Locking: pci_liveupdate_rwsem protects the slots and &struct pci_liveupdate
 * in each device. It nests inside the device lock (the gate runs in probe), the
 * rescan/remove lock (device set-up) and LUO's locks, the FLB's reader lock
 * included, under which the list is looked up. Inside it memory is allocated and
 * devices are looked up, but none of those locks is taken.
 *
 * BPF programs see copies (liveupdate_iter.c). Who takes one takes the lock for as
 * long as that takes, if it is free, and says "busy" otherwise.
 *
 * From the moment that the kexec cannot fail any more, the list is frozen:
 * what the next kernel reads is what user space was told.
 */

#define pr_fmt(fmt) "PCI: live update: " fmt

#include <linux/cleanup.h>
#include <linux/device.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/kexec.h>
#include <linux/kexec_handover.h>
#include <linux/kho/abi/pci.h>
#include <linux/kho_block.h>
#include <linux/list.h>
#include <linux/liveupdate.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/notifier.h>
#include <linux/pci.h>
#include <linux/pci_liveupdate.h>
#include <linux/reboot.h>
#include <linux/rwsem.h>
#include <linux/seqlock.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/swab.h>
#include <linux/timekeeping.h>
#include <linux/xarray.h>

#include "liveupdate_iter.h"
#include "pci.h"

#define CREATE_TRACE_POINTS
#include "liveupdate_tell.h"

/**
 * struct pci_outgoing - The devices that this kernel hands over
 * @ser:    Header, in preserved memory.
 * @blocks: The slots, in preserved memory.
 * @it:     Where the next block's slots are taken from @blocks.
 * @devs:   Slots in use, by pci_liveupdate_key().
 * @free:   List of free slots, linked through pci_outgoing_next_free().
 */
struct pci_outgoing {
	struct pci_ser *ser;
	struct kho_block_set blocks;
	struct kho_block_set_it it;
	struct xarray devs;
	struct pci_dev_ser *free;
};

/**
 * struct pci_incoming - The devices that the previous kernel handed over
 * @ser:    Header, in preserved memory.
 * @blocks: The slots, in preserved memory.
 * @devs:   Slots of devices that are not finished, by pci_liveupdate_key().
 */
struct pci_incoming {
	struct pci_ser *ser;
	struct kho_block_set blocks;
	struct xarray devs;
};

static DECLARE_RWSEM(pci_liveupdate_rwsem);

/* The list that is not finished, or NULL. Protected by pci_liveupdate_rwsem. */
static struct pci_incoming *pci_incoming_list;

/* Lets the last decisions of the gate be read without pci_liveupdate_rwsem. */
static seqcount_t pci_liveupdate_probe_seq =
	SEQCNT_ZERO(pci_liveupdate_probe_seq);

/* The kexec is on its way. Written once, before the devices are shut down. */
static bool pci_outgoing_frozen;

/* The previous kernel preserved devices, but its list could not be read. */
static bool pci_incoming_unreadable;

/*
 * Blocks of a list that could not be read. They are never freed: a chain that is
 * wrong may have led to memory that somebody else was handed.
 */
static LIST_HEAD(pci_incoming_bad_blocks);

/* The previous kernel preserved devices: set with the first one set up. */
static bool pci_incoming_seen;

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

/*
 * The bus number comes last: behind PCIe ports each device has a bus for itself,
 * and neighbours share an xarray node.
 */
static unsigned long pci_liveupdate_key(u32 domain, u16 bdf)
{
	return ((unsigned long)domain << 16) | swab16(bdf);
}

static unsigned long pci_liveupdate_dev_key(struct pci_dev *dev)
{
	return pci_liveupdate_key(pci_domain_nr(dev->bus), pci_dev_id(dev));
}

/*
 * A free slot carries nothing for the next kernel, which skips it: until it is
 * taken, its driver name holds the link to the next free one.
 */
static struct pci_dev_ser **pci_outgoing_next_free(struct pci_dev_ser *slot)
{
	BUILD_BUG_ON(sizeof(slot->driver) < sizeof(slot));
	BUILD_BUG_ON(sizeof(struct kho_block_header_ser) % sizeof(slot) ||
		     sizeof(*slot) % sizeof(slot) ||
		     offsetof(struct pci_dev_ser, driver) % sizeof(slot));

	return (struct pci_dev_ser **)slot->driver;
}

static void pci_outgoing_push_free(struct pci_outgoing *out,
				   struct pci_dev_ser *slot)
{
	slot->refcount = 0;
	*pci_outgoing_next_free(slot) = out->free;
	out->free = slot;
}

/* Adds one block of free slots. All of them are handed over, used or not. */
static int pci_outgoing_grow(struct pci_outgoing *out)
{
	struct kho_block_set *blocks = &out->blocks;
	bool first = kho_block_set_is_empty(blocks);
	struct pci_dev_ser *slot;
	int err;

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

/*
 * Takes a reference to the slot of (@domain, @bdf), and a free slot for it if
 * it has none.
 */
static struct pci_dev_ser *pci_outgoing_get_slot(struct pci_outgoing *out,
						 u32 domain, u16 bdf,
						 const char *driver)
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

	if (!out->free) {
		err = pci_outgoing_grow(out);
		if (err)
			return ERR_PTR(err);
	}

	err = xa_err(xa_store(&out->devs, key, out->free, GFP_KERNEL));
	if (err)
		return ERR_PTR(err);

	slot = out->free;
	out->free = *pci_outgoing_next_free(slot);

	slot->domain = domain;
	slot->bdf = bdf;
	slot->refcount = 1;
	strscpy_pad(slot->driver, driver);
	out->ser->nr_devices++;

	return slot;
}

/* Drops a reference to @slot, and frees it with the last. Returns what is left. */
static u16 pci_outgoing_put_slot(struct pci_outgoing *out,
				 struct pci_dev_ser *slot)
{
	if (--slot->refcount)
		return slot->refcount;

	xa_erase(&out->devs, pci_liveupdate_key(slot->domain, slot->bdf));
	pci_outgoing_push_free(out, slot);
	out->ser->nr_devices--;

	return 0;
}

static struct pci_outgoing *pci_outgoing_alloc(void)
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

	return no_free_ptr(out);
}

static void pci_outgoing_free(struct pci_outgoing *out)
{
	WARN_ON(!xa_empty(&out->devs));
	xa_destroy(&out->devs);
	kho_block_set_destroy(&out->blocks);
	kho_unpreserve_free(out->ser);
	kfree(out);
}

static enum pci_liveupdate_bad_reason pci_ser_check(const struct pci_ser *ser)
{
	if (ser->version != PCI_SER_VERSION || ser->reserved)
		return PCI_LIVEUPDATE_BAD_VERSION;
	if (!ser->blocks && ser->nr_devices)
		return PCI_LIVEUPDATE_BAD_COUNT;

	return PCI_LIVEUPDATE_BAD_NONE;
}

/*
 * Fills in->devs from in->blocks. On failure @index is the entry at fault, or
 * -1 where the fault is not in one entry.
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

static enum pci_liveupdate_bad_reason pci_incoming_read(struct pci_incoming *in,
							u64 data, s64 *index)
{
	enum pci_liveupdate_bad_reason bad;
	int err;

	*index = -1;
	if (kho_preserved_size(data) < sizeof(*in->ser))
		return PCI_LIVEUPDATE_BAD_ADDRESS;

	in->ser = phys_to_virt(data);
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

static int pci_flb_preserve(struct liveupdate_flb_op_args *args)
{
	struct pci_outgoing *out = pci_outgoing_alloc();

	if (IS_ERR(out))
		return PTR_ERR(out);

	args->obj = out;
	args->data = virt_to_phys(out->ser);

	return 0;
}

static void pci_flb_unpreserve(struct liveupdate_flb_op_args *args)
{
	pci_outgoing_free(args->obj);
}

/*
 * The list cannot be read, and nobody knows which devices are on it. @index is
 * the entry at fault, or -1.
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

	tell_pci_liveupdate_handover_bad(bad, index, err);
	if (pci_liveupdate_on_error == PCI_LIVEUPDATE_ON_ERROR_PANIC)
		panic("PCI: live update: the list of preserved devices cannot be read: %s (entry %lld)\n",
		      reasons[bad], index);

	pr_err("the list of preserved devices cannot be read: %s (entry %lld); set driver_override on each device that a driver shall have\n",
	       reasons[bad], index);
	WRITE_ONCE(pci_incoming_unreadable, true);
}

static int pci_flb_retrieve(struct liveupdate_flb_op_args *args)
{
	enum pci_liveupdate_bad_reason bad = PCI_LIVEUPDATE_BAD_NO_MEMORY;
	struct pci_incoming *in = kzalloc_obj(*in);
	s64 index = -1;
	int err;

	if (in) {
		kho_block_set_init(&in->blocks, sizeof(struct pci_dev_ser));
		xa_init(&in->devs);
		bad = pci_incoming_read(in, args->data, &index);
	}
	if (!bad) {
		args->obj = in;
		guard(rwsem_write)(&pci_liveupdate_rwsem);
		pci_incoming_list = in;
		return 0;
	}

	/* The page at an address that cannot be trusted is better left alone. */
	kfree(in);
	err = bad == PCI_LIVEUPDATE_BAD_NO_MEMORY ? -ENOMEM : -EINVAL;
	pci_incoming_refuse(bad, index, err);

	return err;
}

/* Readers do not wait for a writer that is preempted: it is not. */
static void pci_liveupdate_probe_write_begin(void)
{
	preempt_disable();
	write_seqcount_begin(&pci_liveupdate_probe_seq);
}

static void pci_liveupdate_probe_write_end(void)
{
	write_seqcount_end(&pci_liveupdate_probe_seq);
	preempt_enable();
}

static void pci_liveupdate_clear_incoming(struct pci_dev *dev)
{
	lockdep_assert_held_write(&pci_liveupdate_rwsem);

	/* Pairs with the lockless look in pci_liveupdate_is_incoming(). */
	WRITE_ONCE(dev->liveupdate.incoming, false);
	WRITE_ONCE(dev->liveupdate.retrieved, false);
	pci_liveupdate_probe_write_begin();
	memset(&dev->liveupdate.probe, 0, sizeof(dev->liveupdate.probe));
	pci_liveupdate_probe_write_end();
}

/* No file waits for the device any more, but its driver did not finish it. */
static void pci_incoming_forget(struct pci_dev_ser *slot)
{
	struct pci_dev *dev;

	pr_warn("%04x:%02x:%02x.%d was preserved by %s but never finished\n",
		slot->domain, PCI_BUS_NUM(slot->bdf), PCI_SLOT(slot->bdf),
		PCI_FUNC(slot->bdf), slot->driver);
	tell_pci_liveupdate_never_finished(slot->domain, slot->bdf,
					   slot->driver, slot->refcount);

	dev = pci_get_domain_bus_and_slot(slot->domain, PCI_BUS_NUM(slot->bdf),
					  slot->bdf & 0xff);
	if (dev)
		pci_liveupdate_clear_incoming(dev);
	pci_dev_put(dev);
}

static void pci_flb_finish(struct liveupdate_flb_op_args *args)
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

static const struct liveupdate_flb_ops pci_flb_ops = {
	.preserve = pci_flb_preserve,
	.unpreserve = pci_flb_unpreserve,
	.retrieve = pci_flb_retrieve,
	.finish = pci_flb_finish,
	.owner = THIS_MODULE,
};

static struct liveupdate_flb pci_flb = {
	.ops = &pci_flb_ops,
	.compatible = PCI_LUO_FLB_COMPATIBLE,
};

/**
 * pci_liveupdate_register_flb - Make a file handler depend on the PCI FLB
 * @fh: A registered handler for files of PCI devices.
 *
 * Context: Process context, may sleep. Undone when @fh is unregistered.
 * Return: 0, or what liveupdate_register_flb() answers.
 */
int pci_liveupdate_register_flb(struct liveupdate_file_handler *fh)
{
	return liveupdate_register_flb(fh, &pci_flb);
}
EXPORT_SYMBOL_GPL(pci_liveupdate_register_flb);

static int pci_liveupdate_refuse(struct pci_dev *dev,
				 enum pci_liveupdate_refuse_reason reason,
				 int err)
{
	tell_pci_liveupdate_refuse(dev, reason, err);
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
		tell_pci_liveupdate_unpreserve(node, dev->driver->name,
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
		tell_pci_liveupdate_preserve(node, dev->driver->name,
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
	if (dev->liveupdate.unbinding)
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
 * @dev: The device, bound to the driver that asks.
 *
 * Records @dev and every bridge above it, all or nothing. For the .preserve()
 * callback of a file handler that depends on the PCI FLB; to be undone by
 * pci_liveupdate_unpreserve() in its .unpreserve().
 *
 * Context: Process context, may sleep; takes pci_liveupdate_rwsem.
 * Return: 0, or a negative errno:
 *         -EOPNOTSUPP if live update is off,
 *         -EINVAL if @dev is an SR-IOV VF, or the kexec is on its way,
 *         -ENOENT if no file that depends on the PCI FLB is being preserved,
 *         -EBUSY if @dev is preserved already, or being unbound,
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
	return pci_outgoing_preserve(ref.obj, dev);
}
EXPORT_SYMBOL_GPL(pci_liveupdate_preserve);

/**
 * pci_liveupdate_unpreserve - Undo pci_liveupdate_preserve()
 * @dev: The device, still bound to the driver that preserved it.
 *
 * Does nothing once the kexec is on its way: the next kernel has the device.
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
 * Whether there is no list, as opposed to one that LUO does not give out. That is
 * refused like one that PCI cannot read, once: @err stays what it is.
 */
static void pci_incoming_check(int err)
{
	if (err == -EOPNOTSUPP || err == -ENOENT || err == -ENODATA)
		return;

	guard(rwsem_write)(&pci_liveupdate_rwsem);
	if (!pci_incoming_unreadable)
		pci_incoming_refuse(PCI_LIVEUPDATE_BAD_FLB, -1, err);
}

/**
 * pci_liveupdate_setup_device - Mark a device that the previous kernel preserved
 * @dev: A device that is being set up: it has its address and header type.
 *
 * To be called before anything is written to the device.
 *
 * Context: Process context, may sleep; takes pci_liveupdate_rwsem. The first
 *          call in a kernel reads the hand-over, and panics when that is
 *          unreadable unless pci_liveupdate.on_error=block.
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
	tell_pci_liveupdate_incoming(dev, slot->driver, slot->refcount);
}

/**
 * pci_liveupdate_is_incoming - Does a device wait to be retrieved and finished?
 * @dev: The device.
 *
 * Context: Any. The answer may be out of date as soon as it is given, but for
 *          one from "yes" to "no" only: a device never becomes incoming again.
 * Return: true if the previous kernel preserved @dev and it is not finished.
 */
bool pci_liveupdate_is_incoming(struct pci_dev *dev)
{
	return READ_ONCE(dev->liveupdate.incoming);
}
EXPORT_SYMBOL_GPL(pci_liveupdate_is_incoming);

/**
 * pci_liveupdate_retrieve - LUO is about to hold a file of the device again
 * @dev: A device that the previous kernel preserved.
 *
 * For the .retrieve() callback of a file handler that depends on the PCI FLB.
 * From here on @dev is neither unbound nor removed through sysfs, until
 * pci_liveupdate_finish().
 *
 * Context: Process context, may sleep; takes pci_liveupdate_rwsem. The caller
 *          has seen that @dev is bound to its driver, and keeps it so.
 * Return: 0; -ENODEV if @dev is being unbound, or no longer waits; -EBUSY if LUO
 *         holds a file of it already.
 */
int pci_liveupdate_retrieve(struct pci_dev *dev)
{
	guard(rwsem_write)(&pci_liveupdate_rwsem);
	if (dev->liveupdate.unbinding || !dev->liveupdate.incoming)
		return -ENODEV;
	if (dev->liveupdate.retrieved)
		return -EBUSY;

	WRITE_ONCE(dev->liveupdate.retrieved, true);
	return 0;
}
EXPORT_SYMBOL_GPL(pci_liveupdate_retrieve);

/**
 * pci_liveupdate_finish - The device is an ordinary device from here on
 * @dev:       A device that the previous kernel preserved.
 * @retrieved: Whether its file was retrieved. One that was not has no claim on a
 *             device of which LUO holds another file.
 *
 * For the .finish() callback of a file handler that depends on the PCI FLB. Each
 * bridge above @dev follows with the last device below it. Lifts the probe gate
 * but probes nothing: drivers that were kept off may be bound from user space.
 *
 * Context: Process context, may sleep; takes pci_liveupdate_rwsem.
 * Return: true if @dev waited for this file.
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
		/* Finished already: the bridges are for others. */
		if (!slot)
			break;

		slot->refcount--;
		tell_pci_liveupdate_finish(node, slot->driver, slot->refcount);
		if (slot->refcount)
			continue;

		xa_erase(&in->devs, key);
		pci_liveupdate_clear_incoming(node);
	}

	return true;
}
EXPORT_SYMBOL_GPL(pci_liveupdate_finish);

/**
 * pci_liveupdate_finish_absent - Give up a preserved device that is not there
 * @domain: PCI domain number of the device.
 * @bdf:    Its bus, device and function number, as in pci_dev_id().
 *
 * In place of pci_liveupdate_finish() when no device is found at an address that
 * the previous kernel preserved: whatever turns up there later is an ordinary
 * device. Which bridges were above it is not known; they stay preserved until
 * the FLB is finished.
 *
 * Context: Process context, may sleep; takes pci_liveupdate_rwsem.
 * Return: true if a device at that address was waited for.
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

/*
 * The probe gate's table. @preserved_by is the driver that preserved the device,
 * NULL if it is not known to be preserved; @overridden tells that driver_override
 * names @driver.
 */
static enum pci_liveupdate_probe_reason
pci_liveupdate_decide(const char *preserved_by, bool unreadable, bool bridge,
		      bool overridden, const char *driver)
{
	char name[PCI_DEV_SER_DRIVER_LENGTH];

	if (!preserved_by && !unreadable)
		return PCI_LIVEUPDATE_PROBE_NOT_PRESERVED;
	if (bridge)
		return PCI_LIVEUPDATE_PROBE_BRIDGE;
	if (overridden)
		return PCI_LIVEUPDATE_PROBE_DRIVER_OVERRIDE;
	if (!preserved_by)
		return PCI_LIVEUPDATE_PROBE_UNREADABLE;

	/* A long name was cut when it was handed over. */
	strscpy(name, driver);
	if (!strcmp(name, preserved_by))
		return PCI_LIVEUPDATE_PROBE_SAME_DRIVER;

	return PCI_LIVEUPDATE_PROBE_FOREIGN_DRIVER;
}

static bool pci_liveupdate_reason_allows(enum pci_liveupdate_probe_reason reason)
{
	return reason != PCI_LIVEUPDATE_PROBE_FOREIGN_DRIVER &&
	       reason != PCI_LIVEUPDATE_PROBE_UNREADABLE;
}

/* Keeps the decision with the device, for whoever asks later. Returns its count. */
static u32 pci_liveupdate_remember(struct pci_liveupdate_probe *probe,
				   const char *driver, bool allowed,
				   enum pci_liveupdate_probe_reason reason)
{
	char name[sizeof(probe->driver)];

	strscpy_pad(name, driver);
	pci_liveupdate_probe_write_begin();
	if (strcmp(probe->driver, name) || probe->reason != reason) {
		memcpy(probe->driver, name, sizeof(name));
		probe->count = 0;
	}
	probe->allowed = allowed;
	probe->reason = reason;
	probe->count++;
	probe->time = ktime_get_boottime_ns();
	pci_liveupdate_probe_write_end();

	return probe->count;
}

/* @in is NULL where there is no list: it is finished, or @unreadable. */
static bool pci_liveupdate_gate(struct pci_dev *dev, struct pci_driver *drv,
				struct pci_incoming *in, bool unreadable)
{
	enum pci_liveupdate_probe_reason reason;
	const struct pci_dev_ser *slot = NULL;
	bool overridden, allowed;
	const char *preserved_by;
	u32 count;

	guard(rwsem_write)(&pci_liveupdate_rwsem);

	/*
	 * The list has the last word: a device that was being set up while the
	 * FLB was finished was not there to be told.
	 */
	if (in)
		slot = xa_load(&in->devs, pci_liveupdate_dev_key(dev));
	if (!slot && dev->liveupdate.incoming && !unreadable)
		pci_liveupdate_clear_incoming(dev);
	preserved_by = slot ? slot->driver : NULL;
	overridden = device_match_driver_override(&dev->dev, &drv->driver) > 0;

	reason = pci_liveupdate_decide(preserved_by, unreadable,
				       pci_is_bridge(dev), overridden,
				       drv->name);
	if (reason == PCI_LIVEUPDATE_PROBE_NOT_PRESERVED)
		return true;

	allowed = pci_liveupdate_reason_allows(reason);
	count = pci_liveupdate_remember(&dev->liveupdate.probe, drv->name,
					allowed, reason);
	tell_pci_liveupdate_probe(dev, drv, allowed, reason, count);
	if (allowed || count > 1)
		return allowed;

	if (preserved_by)
		pci_info(dev, "live update: kept from driver %s: preserved by %s and not finished (driver_override=%s would give it up)\n",
			 drv->name, preserved_by, drv->name);
	else
		pci_info(dev, "live update: kept from driver %s: it may have been preserved, the list cannot be read (driver_override=%s would give it up)\n",
			 drv->name, drv->name);

	return allowed;
}

/**
 * pci_liveupdate_probe_allowed - The probe gate: may a driver have a device?
 * @dev: The device.
 * @drv: The driver that matched it and is about to probe.
 *
 * A device that waits to be retrieved is kept for the driver that preserved it,
 * or for the one that the administrator named in driver_override.
 *
 * Context: Process context, may sleep; takes pci_liveupdate_rwsem. The caller
 *          holds the device lock.
 * Return: true if @drv may go on; if not, its probe answers -ENODEV.
 */
bool pci_liveupdate_probe_allowed(struct pci_dev *dev, struct pci_driver *drv)
{
	if (!pci_liveupdate_is_incoming(dev) &&
	    !READ_ONCE(pci_incoming_unreadable))
		return true;

	CLASS(liveupdate_flb_incoming, ref)(&pci_flb);
	if (!IS_ERR(ref.obj))
		return pci_liveupdate_gate(dev, drv, ref.obj, false);

	/* Only a list that is finished lets go of a device that was on it. */
	return pci_liveupdate_gate(dev, drv, NULL,
				   ref.obj != ERR_PTR(-ENODATA));
}

/**
 * pci_liveupdate_keep_busnrs - Do bridges keep the bus numbers they came with?
 *
 * Devices that the previous kernel preserved are known by bus number, to the
 * next kernel and to the IOMMU, whose tables may still be in use.
 *
 * Context: Any, once the first device was set up.
 * Return: true if the previous kernel preserved anything, for as long as this
 *         kernel runs, whatever the architecture or pci=assign-busses says.
 */
bool pci_liveupdate_keep_busnrs(void)
{
	return READ_ONCE(pci_incoming_seen) ||
	       READ_ONCE(pci_incoming_unreadable);
}

/**
 * pci_liveupdate_check_busnrs - Note whether a preserved bridge has its numbers
 * @bridge:    The bridge, in the first pass of a scan.
 * @valid:     Whether the bus numbers it came with can be.
 * @secondary: Its secondary bus number.
 *
 * Context: Process context, may sleep; takes pci_liveupdate_rwsem. The caller
 *          holds the rescan/remove lock, or enumerates at boot.
 */
void pci_liveupdate_check_busnrs(struct pci_dev *bridge, bool valid,
				 u8 secondary)
{
	if (!pci_liveupdate_is_incoming(bridge))
		return;

	guard(rwsem_write)(&pci_liveupdate_rwsem);
	bridge->liveupdate.busnrs_lost = !valid;
	tell_pci_liveupdate_bus_numbers(bridge, valid ?
					PCI_LIVEUPDATE_BUSNR_KEPT :
					PCI_LIVEUPDATE_BUSNR_LOST, secondary);
	if (!valid)
		pci_err(bridge, "live update: preserved, but has lost its bus numbers: nothing below it is enumerated\n");
}

/* All bridges of a bus are seen in the first pass, before any gets a number. */
static bool pci_liveupdate_sibling_lost_busnrs(struct pci_bus *bus)
{
	struct pci_dev *dev;

	for_each_pci_bridge(dev, bus) {
		if (pci_liveupdate_is_incoming(dev) &&
		    dev->liveupdate.busnrs_lost)
			return true;
	}

	return false;
}

/**
 * pci_liveupdate_may_assign_busnrs - May a bridge be given bus numbers?
 * @bridge: A bridge that has none, in the second pass of a scan.
 *
 * Not where a preserved bridge on the same bus has lost its own: nobody knows
 * which numbers its devices still use. Such a bridge gets none either.
 *
 * Context: Process context, may sleep; takes pci_liveupdate_rwsem. The caller
 *          holds the rescan/remove lock, or enumerates at boot.
 * Return: true if it may.
 */
bool pci_liveupdate_may_assign_busnrs(struct pci_dev *bridge)
{
	guard(rwsem_read)(&pci_liveupdate_rwsem);
	if (!pci_liveupdate_sibling_lost_busnrs(bridge->bus))
		return true;

	/* That of the lost bridge was told in the first pass. */
	if (!bridge->liveupdate.busnrs_lost) {
		tell_pci_liveupdate_bus_numbers(bridge,
						PCI_LIVEUPDATE_BUSNR_SIBLING_LOST,
						0);
		pci_warn(bridge, "live update: gets no bus numbers: a preserved bridge beside it has lost its own\n");
	}

	return false;
}

/**
 * pci_liveupdate_inherit_ari - Take over a bridge's ARI forwarding as it is
 * @bridge: A bridge that knows ARI, with function 0 below it being set up.
 *
 * The addresses of the functions below depend on it.
 *
 * Context: Process context.
 * Return: true if @bridge is preserved: leave it alone.
 */
bool pci_liveupdate_inherit_ari(struct pci_dev *bridge)
{
	u16 ctl;

	if (!pci_liveupdate_is_incoming(bridge))
		return false;

	pcie_capability_read_word(bridge, PCI_EXP_DEVCTL2, &ctl);
	bridge->ari_enabled = !!(ctl & PCI_EXP_DEVCTL2_ARI);
	tell_pci_liveupdate_ari(bridge, bridge->ari_enabled);

	return true;
}

/**
 * pci_liveupdate_inherit_acs - Take over a device's ACS control as it is
 * @dev: A device with the ACS capability, being set up.
 *
 * IOMMU groups depend on it, and what runs across the update must not find
 * itself in another one.
 *
 * Context: Process context.
 */
void pci_liveupdate_inherit_acs(struct pci_dev *dev)
{
	struct pci_liveupdate *state = &dev->liveupdate;

	if (!pci_liveupdate_is_incoming(dev))
		return;

	pci_read_config_word(dev, dev->acs_cap + PCI_ACS_CTRL,
			     &state->acs_ctrl);
	state->acs_inherited = true;
	tell_pci_liveupdate_acs(dev, state->acs_ctrl);
}

/**
 * pci_liveupdate_restore_acs - Give a device the ACS control that it came with
 * @dev: The device; it may have been reset.
 *
 * Not only until it is finished: its IOMMU group is what it is.
 *
 * Context: Process context.
 * Return: true if @dev inherited its ACS control: nothing else may set it.
 */
bool pci_liveupdate_restore_acs(struct pci_dev *dev)
{
	if (!dev->liveupdate.acs_inherited)
		return false;

	pci_write_config_word(dev, dev->acs_cap + PCI_ACS_CTRL,
			      dev->liveupdate.acs_ctrl);
	return true;
}

/**
 * pci_liveupdate_keep_bus_master - May a device go on mastering the bus?
 * @dev: A device that is being shut down for a kexec.
 *
 * Context: Process context, may sleep; takes pci_liveupdate_rwsem.
 * Return: true if @dev is preserved, or a bridge above a preserved device.
 */
bool pci_liveupdate_keep_bus_master(struct pci_dev *dev)
{
	u16 cmd;

	guard(rwsem_read)(&pci_liveupdate_rwsem);
	if (!dev->liveupdate.outgoing)
		return false;

	pci_read_config_word(dev, PCI_COMMAND, &cmd);
	tell_pci_liveupdate_bus_master(dev, cmd & PCI_COMMAND_MASTER);

	return true;
}

/*
 * Whether LUO holds a file of the device, which whoever unbinds its driver would
 * wait for. The answer may be out of date as soon as it is given.
 */
static bool pci_liveupdate_held(struct pci_dev *dev,
				enum pci_liveupdate_held_reason *reason)
{
	*reason = PCI_LIVEUPDATE_HELD_PRESERVED;
	if (READ_ONCE(dev->liveupdate.outgoing))
		return !pci_is_bridge(dev);

	*reason = PCI_LIVEUPDATE_HELD_RETRIEVED;
	return READ_ONCE(dev->liveupdate.retrieved);
}

static int pci_liveupdate_refuse_unbind(struct pci_dev *dev,
					enum pci_liveupdate_held_reason reason)
{
	static const char * const reasons[] = {
		[PCI_LIVEUPDATE_HELD_PRESERVED] =
			"a session preserves its file: close the session first",
		[PCI_LIVEUPDATE_HELD_RETRIEVED] =
			"its file was retrieved: finish the session first",
	};

	tell_pci_liveupdate_unbind_refused(dev, reason, -EBUSY);
	pci_info(dev, "live update: keeps its driver: %s\n", reasons[reason]);

	return -EBUSY;
}

/**
 * pci_liveupdate_may_unbind - May user space unbind a device from its driver?
 * @dev: The device.
 *
 * The driver would wait for a file that LUO holds, for as long as a session is
 * open, and whoever wants the device lock would wait for it in turn.
 *
 * Context: Process context, may sleep; takes pci_liveupdate_rwsem.
 * Return: 0, and from then on the device is neither preserved nor retrieved
 *         until a driver probes it; or -EBUSY.
 */
int pci_liveupdate_may_unbind(struct pci_dev *dev)
{
	enum pci_liveupdate_held_reason reason;

	guard(rwsem_write)(&pci_liveupdate_rwsem);
	if (pci_liveupdate_held(dev, &reason))
		return pci_liveupdate_refuse_unbind(dev, reason);

	dev->liveupdate.unbinding = true;
	return 0;
}

/* A @slot that is not NULL: if the device is in, or below, that slot. */
static int pci_liveupdate_refuse_held(struct pci_dev *dev,
				      struct pci_slot *slot)
{
	enum pci_liveupdate_held_reason reason;
	struct pci_dev *top = dev;

	while (slot && top->bus != slot->bus)
		top = top->bus->self;
	if (slot && slot->number != PCI_SLOT_ALL_DEVICES &&
	    slot->number != (slot->per_func_slot ? top->devfn :
						   PCI_SLOT(top->devfn)))
		return 0;

	return pci_liveupdate_held(dev, &reason) ?
	       pci_liveupdate_refuse_unbind(dev, reason) : 0;
}

struct pci_liveupdate_walk {
	struct pci_slot *slot;
	int err;
};

static int pci_liveupdate_walk_one(struct pci_dev *dev, void *data)
{
	struct pci_liveupdate_walk *walk = data;

	walk->err = pci_liveupdate_refuse_held(dev, walk->slot);
	return walk->err;
}

/**
 * pci_liveupdate_may_remove - May user space remove a device?
 * @dev: The device, with all that is below it.
 *
 * For the same reasons as pci_liveupdate_may_unbind(). A device that goes by
 * itself is not asked for: its removal waits for the file, as with any other
 * VFIO device that is in use.
 *
 * Context: Process context, may sleep.
 * Return: 0 or -EBUSY.
 */
int pci_liveupdate_may_remove(struct pci_dev *dev)
{
	struct pci_liveupdate_walk walk = {};

	if (dev->subordinate)
		pci_walk_bus(dev->subordinate, pci_liveupdate_walk_one, &walk);

	return walk.err ?: pci_liveupdate_refuse_held(dev, NULL);
}

/**
 * pci_liveupdate_may_power_off - May user space turn a slot off?
 * @slot: The slot, with all that is in it.
 *
 * Context: Process context, may sleep.
 * Return: 0 or -EBUSY. See pci_liveupdate_may_remove().
 */
int pci_liveupdate_may_power_off(struct pci_slot *slot)
{
	struct pci_liveupdate_walk walk = { .slot = slot };

	pci_walk_bus(slot->bus, pci_liveupdate_walk_one, &walk);
	return walk.err;
}
EXPORT_SYMBOL_GPL(pci_liveupdate_may_power_off);

/**
 * pci_liveupdate_set_unbinding - Note that a device loses, or gets, its driver
 * @dev:       The device.
 * @unbinding: Whether it is being unbound.
 *
 * Context: Process context, may sleep; takes pci_liveupdate_rwsem. The caller
 *          holds the device lock.
 */
void pci_liveupdate_set_unbinding(struct pci_dev *dev, bool unbinding)
{
	guard(rwsem_write)(&pci_liveupdate_rwsem);
	dev->liveupdate.unbinding = unbinding;
}

/*
 * LUO has frozen all files by now, and lets nobody preserve or unpreserve one;
 * this is for whoever should come another way.
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

#ifdef CONFIG_BPF_SYSCALL
/**
 * pci_liveupdate_last_probe - The last decision that a device met at the gate
 * @dev:   The device.
 * @probe: Gets it.
 *
 * Context: Any; waits for nobody.
 * Return: 0; -ENODATA if no driver has asked for @dev since it is incoming, or it
 *         is finished; -EAGAIN if decisions are being made right now.
 */
int pci_liveupdate_last_probe(struct pci_dev *dev,
			      struct pci_liveupdate_probe *probe)
{
	unsigned int seq;

	if (!raw_seqcount_try_begin(&pci_liveupdate_probe_seq, seq))
		return -EAGAIN;
	*probe = dev->liveupdate.probe;
	if (read_seqcount_retry(&pci_liveupdate_probe_seq, seq))
		return -EAGAIN;

	return probe->driver[0] ? 0 : -ENODATA;
}

/* What only the slots tell. Preemption is off: a writer waits for a copy at most. */
static void pci_liveupdate_fill_slots(struct pci_dev *dev,
				      struct pci_liveupdate_row *row)
{
	struct pci_dev_ser *slot;

	guard(preempt)();
	if (!down_read_trylock(&pci_liveupdate_rwsem)) {
		row->busy = true;
		return;
	}
	slot = dev->liveupdate.outgoing;
	if (slot) {
		row->outgoing_refcount = slot->refcount;
		strscpy(row->outgoing_driver, slot->driver);
	}
	slot = pci_incoming_list ? xa_load(&pci_incoming_list->devs,
					   pci_liveupdate_dev_key(dev)) : NULL;
	if (slot) {
		row->incoming_refcount = slot->refcount;
		strscpy(row->incoming_driver, slot->driver);
	}
	up_read(&pci_liveupdate_rwsem);
}

/**
 * pci_liveupdate_fill_row - Take a copy of a device's live update state
 * @dev: The device.
 * @row: Gets the copy.
 *
 * Context: Process context; waits for nobody.
 * Return: false if live update has nothing to do with @dev.
 */
bool pci_liveupdate_fill_row(struct pci_dev *dev,
			     struct pci_liveupdate_row *row)
{
	int err;

	memset(row, 0, sizeof(*row));
	row->outgoing = READ_ONCE(dev->liveupdate.outgoing);
	row->incoming = READ_ONCE(dev->liveupdate.incoming);
	row->retrieved = READ_ONCE(dev->liveupdate.retrieved);
	err = pci_liveupdate_last_probe(dev, &row->probe);
	if (err)
		memset(&row->probe, 0, sizeof(row->probe));
	row->busy = err == -EAGAIN;
	if (!row->outgoing && !row->incoming && err)
		return false;

	row->domain = pci_domain_nr(dev->bus);
	row->bdf = pci_dev_id(dev);
	row->bridge = pci_is_bridge(dev);
	pci_liveupdate_fill_slots(dev, row);
	row->held = row->outgoing || (row->incoming && row->retrieved);

	return true;
}

/**
 * pci_liveupdate_next_slot - The next device that the previous kernel preserved
 * @key: Place of the last one; goes on to this one's.
 * @row: Gets what is known of it, be the device there or not.
 *
 * Context: Process context; waits for nobody.
 * Return: false behind the last one, and where the list is being changed.
 */
bool pci_liveupdate_next_slot(u64 *key, struct pci_liveupdate_row *row)
{
	struct pci_dev_ser *slot;
	unsigned long index = *key;

	memset(row, 0, sizeof(*row));
	guard(preempt)();
	if (!down_read_trylock(&pci_liveupdate_rwsem))
		return false;
	slot = pci_incoming_list ? xa_find(&pci_incoming_list->devs, &index,
					   ULONG_MAX, XA_PRESENT) : NULL;
	if (slot) {
		row->domain = slot->domain;
		row->bdf = slot->bdf;
		row->incoming = true;
		row->incoming_refcount = slot->refcount;
		strscpy(row->incoming_driver, slot->driver);
		*key = index + 1;
	}
	up_read(&pci_liveupdate_rwsem);

	return slot;
}

/**
 * pci_liveupdate_is_outgoing - Is a device handed over to the next kernel?
 * @dev: The device.
 *
 * Context: Any. The answer may be out of date as soon as it is given.
 * Return: true if @dev, or a device below it, is preserved.
 */
bool pci_liveupdate_is_outgoing(struct pci_dev *dev)
{
	return READ_ONCE(dev->liveupdate.outgoing);
}
#endif /* CONFIG_BPF_SYSCALL */

#ifdef CONFIG_PCI_LIVEUPDATE_KUNIT_TEST
#include "liveupdate_kunit.c"
#endif

#ifdef CONFIG_PCI_LIVEUPDATE_BENCH
#include "liveupdate_bench.c"
#endif
