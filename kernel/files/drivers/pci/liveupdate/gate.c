// SPDX-License-Identifier: GPL-2.0
/*
 * The probe gate: which driver may probe a device that the previous kernel
 * preserved. The device remembers the last decision until it is finished.
 */

#include <linux/cleanup.h>
#include <linux/device.h>
#include <linux/preempt.h>
#include <linux/seqlock.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <trace/events/pci_liveupdate.h>

#include "liveupdate.h"

/* Lets the last decisions be read without pci_liveupdate_rwsem. */
static seqcount_t pci_liveupdate_probe_seq =
	SEQCNT_ZERO(pci_liveupdate_probe_seq);

/* Preemption is off in a writer: readers never wait for one that sleeps. */
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

/* Forgets the last decision. The caller holds pci_liveupdate_rwsem. */
void pci_liveupdate_clear_probe(struct pci_dev *dev)
{
	pci_liveupdate_probe_write_begin();
	memset(&dev->liveupdate.probe, 0, sizeof(dev->liveupdate.probe));
	pci_liveupdate_probe_write_end();
}

/* Keeps the decision for later readers. Returns how often in a row it was made. */
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

/**
 * pci_liveupdate_last_probe - Get the last decision of the gate about a device
 * @dev:   The device.
 * @probe: Gets the decision.
 *
 * Context: Any; never waits.
 * Return: 0; -ENODATA if no driver has asked for @dev since it became incoming,
 *         or it is finished; -EAGAIN if the gate is taking decisions right now.
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

static void pci_liveupdate_event_probe(struct pci_dev *dev,
				       struct pci_driver *drv, bool allowed,
				       enum pci_liveupdate_probe_reason reason,
				       u32 count)
{
	struct luo_journal_record record;

	luo_record_init(&record, PCI_LIVEUPDATE_EVENT_PROBE);
	luo_record_set_pci(&record, dev);
	luo_record_add_name(&record, LUO_JOURNAL_HAS_DRIVER, drv->name,
			    LUO_JOURNAL_NAMES_LENGTH);
	record.reason = reason;
	record.number[0] = count;
	if (allowed)
		record.flags |= LUO_JOURNAL_YES;
	luo_event(pci_liveupdate_probe, &record, dev, drv);
}

/*
 * The probe gate's table. @preserved_by is the driver that preserved the device,
 * NULL if the device is not known to be preserved; @overridden says that
 * driver_override names @driver.
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

/* @in is NULL if there is no list: it is finished, or @unreadable. */
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
	 * The list has the last word: FLB .finish() did not see a device that
	 * was being set up at that moment.
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
	pci_liveupdate_event_probe(dev, drv, allowed, reason, count);
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
 * pci_liveupdate_probe_allowed - The probe gate: may a driver probe a device?
 * @dev: The device.
 * @drv: The driver that matched it and is about to probe.
 *
 * An incoming device is for the driver that preserved it, or for the one that
 * the administrator named in driver_override.
 *
 * Context: Process context, may sleep; takes pci_liveupdate_rwsem. The caller
 *          holds the device lock.
 * Return: true if @drv may probe; if not, its probe answers -ENODEV.
 */
bool pci_liveupdate_probe_allowed(struct pci_dev *dev, struct pci_driver *drv)
{
	if (!pci_liveupdate_is_incoming(dev) &&
	    !READ_ONCE(pci_incoming_unreadable))
		return true;

	CLASS(liveupdate_flb_incoming, ref)(&pci_flb);
	if (!IS_ERR(ref.obj))
		return pci_liveupdate_gate(dev, drv, ref.obj, false);

	/* Only a finished list releases a device that was on it. */
	return pci_liveupdate_gate(dev, drv, NULL,
				   ref.obj != ERR_PTR(-ENODATA));
}

#ifdef CONFIG_PCI_LIVEUPDATE_KUNIT_TEST
#include "gate_kunit.c"
#endif
