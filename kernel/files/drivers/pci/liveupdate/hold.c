// SPDX-License-Identifier: GPL-2.0
/*
 * Devices that LUO holds: user space may neither unbind nor remove them, nor
 * enable their VFs. In return a device that is being unbound or removed is neither
 * preserved nor retrieved.
 */

#include <linux/cleanup.h>
#include <linux/export.h>
#include <linux/list.h>
#include <trace/events/pci_liveupdate.h>

#include "liveupdate.h"

/* The removals that user space asked for. Protected by pci_liveupdate_rwsem. */
static LIST_HEAD(pci_liveupdate_removals);

/*
 * Does LUO hold a file of @dev? If so, unbinding its driver would block until
 * that file is released. The answer may be out of date at once.
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
	struct luo_journal_record record;

	luo_record_init(&record, PCI_LIVEUPDATE_EVENT_UNBIND_REFUSED);
	luo_record_set_pci(&record, dev);
	record.reason = reason;
	record.err = -EBUSY;
	luo_event(pci_liveupdate_unbind_refused, &record, dev);
	pci_info(dev, "live update: keeps its driver: %s\n", reasons[reason]);

	return -EBUSY;
}

/**
 * pci_liveupdate_may_unbind - May user space unbind a device from its driver?
 * @dev: The device.
 *
 * The driver would wait for a file that LUO holds, for as long as a session is
 * open, and every other user of the device lock would wait for the driver.
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

static bool pci_liveupdate_in_slot(const struct pci_dev *dev,
				   const struct pci_slot *slot)
{
	if (dev->bus != slot->bus)
		return false;

	return slot->number == PCI_SLOT_ALL_DEVICES ||
	       slot->number == (slot->per_func_slot ? dev->devfn :
						      PCI_SLOT(dev->devfn));
}

/*
 * Does @dev go with a removal? A reference to a device keeps its bus and the
 * bridge above it, so that its path can be walked while others remove it.
 */
static bool pci_liveupdate_goes(const struct pci_liveupdate_removal *removal,
				struct pci_dev *dev)
{
	struct pci_dev *node;

	for (node = dev; node; node = pci_upstream_bridge(node)) {
		if (removal->slot ?
		    pci_liveupdate_in_slot(node, removal->slot) :
		    node == removal->dev)
			return true;
	}

	return false;
}

/**
 * pci_liveupdate_loses_driver - Is a device being unbound or removed?
 * @dev: The device.
 *
 * Context: The caller holds pci_liveupdate_rwsem.
 * Return: true if it is, alone or with a bridge above it.
 */
bool pci_liveupdate_loses_driver(struct pci_dev *dev)
{
	const struct pci_liveupdate_removal *removal;

	lockdep_assert_held(&pci_liveupdate_rwsem);
	if (dev->liveupdate.unbinding)
		return true;

	list_for_each_entry(removal, &pci_liveupdate_removals, list) {
		if (pci_liveupdate_goes(removal, dev))
			return true;
	}

	return false;
}

/*
 * Finds a device that LUO holds among those that go. This looks from each held
 * device upwards: a walk downwards would follow buses that others are freeing.
 */
static int
pci_liveupdate_refuse_removal(const struct pci_liveupdate_removal *removal)
{
	enum pci_liveupdate_held_reason reason;
	struct pci_dev *dev = NULL;
	int err;

	for_each_pci_dev(dev) {
		if (!pci_liveupdate_held(dev, &reason) ||
		    !pci_liveupdate_goes(removal, dev))
			continue;
		err = pci_liveupdate_refuse_unbind(dev, reason);
		pci_dev_put(dev);
		return err;
	}

	return 0;
}

/**
 * pci_liveupdate_begin_removal - May user space remove devices?
 * @removal: Which ones. Its @dev or @slot is set, and the caller keeps a reference
 *           to it until the end.
 *
 * Refuses for the same reasons as pci_liveupdate_may_unbind(). If it does not,
 * then none of these devices is preserved or retrieved until
 * pci_liveupdate_end_removal(), whether or not a driver probes it meanwhile.
 * Surprise removal does not ask: it waits for the file, as for any VFIO device
 * that is in use.
 *
 * Context: Process context, may sleep; takes pci_liveupdate_rwsem. With or
 *          without the rescan/remove lock.
 * Return: 0; or -EBUSY, and then there is nothing to end.
 */
int pci_liveupdate_begin_removal(struct pci_liveupdate_removal *removal)
{
	int err;

	scoped_guard(rwsem_write, &pci_liveupdate_rwsem)
		list_add(&removal->list, &pci_liveupdate_removals);

	/* From here on LUO gets hold of none of them: what it holds is known. */
	err = pci_liveupdate_refuse_removal(removal);
	if (err)
		pci_liveupdate_end_removal(removal);

	return err;
}

/**
 * pci_liveupdate_end_removal - Note that devices were removed, or stay after all
 * @removal: As it was given to pci_liveupdate_begin_removal().
 *
 * Devices that are still there, because the hardware or the driver of the slot
 * has refused, can be preserved again.
 *
 * Context: Process context, may sleep; takes pci_liveupdate_rwsem.
 */
void pci_liveupdate_end_removal(struct pci_liveupdate_removal *removal)
{
	guard(rwsem_write)(&pci_liveupdate_rwsem);
	list_del(&removal->list);
}

/**
 * pci_liveupdate_set_unbinding - Note that a device loses or gets its driver
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

/**
 * pci_liveupdate_may_enable_vfs - May user space enable the VFs of a device?
 * @dev: The PF.
 *
 * Before the kexec the PF is reset, and takes its VFs with it: those of other
 * users. A device with VFs is not preserved for the same reason. Its driver looks
 * again when it freezes the file, because a session may preserve it while VFs are
 * being enabled.
 *
 * Context: Process context, may sleep; takes pci_liveupdate_rwsem.
 * Return: 0, or -EBUSY if a session preserves @dev.
 */
int pci_liveupdate_may_enable_vfs(struct pci_dev *dev)
{
	struct luo_journal_record record;

	guard(rwsem_read)(&pci_liveupdate_rwsem);
	if (!dev->liveupdate.outgoing)
		return 0;

	luo_record_init(&record, PCI_LIVEUPDATE_EVENT_SRIOV_REFUSED);
	luo_record_set_pci(&record, dev);
	record.reason = PCI_LIVEUPDATE_HELD_PRESERVED;
	record.err = -EBUSY;
	luo_event(pci_liveupdate_sriov_refused, &record, dev);
	pci_info(dev, "live update: its VFs stay off: a session preserves its file: close the session first\n");

	return -EBUSY;
}

/**
 * pci_liveupdate_is_removed - Does a device lose its driver, or is it gone?
 * @dev: The device.
 *
 * A remover that waits for a file held by LUO has the device locked, and a kexec
 * would wait for the device lock without an end. The driver asks before it freezes
 * the file.
 *
 * Context: Process context, may sleep; takes pci_liveupdate_rwsem.
 * Return: true if @dev is being unbound or removed, or was pulled out. The answer
 *         may be out of date at once; but no remover waits for the file while the
 *         caller holds the device lock.
 */
bool pci_liveupdate_is_removed(struct pci_dev *dev)
{
	guard(rwsem_read)(&pci_liveupdate_rwsem);
	return pci_liveupdate_loses_driver(dev) || pci_dev_is_disconnected(dev);
}
EXPORT_SYMBOL_GPL(pci_liveupdate_is_removed);

#ifdef CONFIG_PCI_LIVEUPDATE_KUNIT_TEST
#include "hold_kunit.c"
#endif
