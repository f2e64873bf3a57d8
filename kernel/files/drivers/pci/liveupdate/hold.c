// SPDX-License-Identifier: GPL-2.0
/*
 * Devices that LUO holds: user space may neither unbind nor remove them. In
 * return a device that is being unbound is neither preserved nor retrieved.
 */

#include <linux/cleanup.h>
#include <trace/events/pci_liveupdate.h>

#include "liveupdate.h"

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

/* With a @slot: only if the device is in that slot, or below a device in it. */
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
 * @dev: The device, with everything below it.
 *
 * Refuses for the same reasons as pci_liveupdate_may_unbind(). Surprise removal
 * does not ask: it waits for the file, as for any VFIO device that is in use.
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
 * @slot: The slot, with everything in it.
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

#ifdef CONFIG_PCI_LIVEUPDATE_KUNIT_TEST
#include "hold_kunit.c"
#endif
