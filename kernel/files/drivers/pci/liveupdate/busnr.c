// SPDX-License-Identifier: GPL-2.0
/*
 * Bus numbers: devices are handed over by bus, device and function number, so
 * that bridges keep the bus numbers that they came with, in both kernels.
 */

#include <linux/cleanup.h>
#include <trace/events/pci_liveupdate.h>

#include "liveupdate.h"

static void pci_liveupdate_event_bus_numbers(struct pci_dev *bridge,
					     enum pci_liveupdate_busnr_reason reason,
					     u8 secondary, u8 subordinate)
{
	struct luo_journal_record record;

	luo_record_init(&record, PCI_LIVEUPDATE_EVENT_BUS_NUMBERS);
	luo_record_set_pci(&record, bridge);
	record.reason = reason;
	record.number[0] = secondary;
	record.number[1] = subordinate;
	luo_event(pci_liveupdate_bus_numbers, &record, bridge);
}

/**
 * pci_liveupdate_keep_busnrs - Do bridges keep the bus numbers they came with?
 *
 * The next kernel knows preserved devices by bus number, and so does the IOMMU,
 * whose tables may still be in use.
 *
 * Context: Any, once the first device was set up.
 * Return: true if the previous kernel preserved anything, or since this kernel
 *         first preserved a device, for as long as this kernel runs, whatever
 *         the architecture or pci=assign-busses says.
 */
bool pci_liveupdate_keep_busnrs(void)
{
	return READ_ONCE(pci_incoming_seen) ||
	       READ_ONCE(pci_incoming_unreadable) ||
	       READ_ONCE(pci_outgoing_seen);
}

/**
 * pci_liveupdate_check_busnrs - Note whether a preserved bridge has its numbers
 * @bridge:      The bridge, in the first pass of a scan.
 * @valid:       Whether the bus numbers that it came with are possible.
 * @secondary:   Its secondary bus number.
 * @subordinate: Its subordinate bus number.
 *
 * Context: Process context, may sleep; takes pci_liveupdate_rwsem. The caller
 *          holds the rescan/remove lock, or enumerates at boot.
 */
void pci_liveupdate_check_busnrs(struct pci_dev *bridge, bool valid,
				 u8 secondary, u8 subordinate)
{
	if (!pci_liveupdate_is_incoming(bridge))
		return;

	guard(rwsem_write)(&pci_liveupdate_rwsem);
	bridge->liveupdate.busnrs_lost = !valid;
	pci_liveupdate_event_bus_numbers(bridge, valid ?
					 PCI_LIVEUPDATE_BUSNR_KEPT :
					 PCI_LIVEUPDATE_BUSNR_LOST,
					 secondary, subordinate);
	if (!valid)
		pci_err(bridge, "live update: preserved, but has lost its bus numbers: nothing below it is enumerated\n");
}

/* The first pass sees all bridges of a bus, before any is given numbers. */
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
 * Not if a preserved bridge on the same bus has lost its own: the devices below
 * that bridge may still use any number. Such a bridge gets none either.
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

	/* The first pass has recorded the bridge that lost its numbers. */
	if (!bridge->liveupdate.busnrs_lost) {
		pci_liveupdate_event_bus_numbers(bridge,
						 PCI_LIVEUPDATE_BUSNR_SIBLING_LOST,
						 0, 0);
		pci_warn(bridge, "live update: gets no bus numbers: a preserved bridge beside it has lost its own\n");
	}

	return false;
}

/**
 * pci_liveupdate_busnr_taken - Must a bridge not be given a bus number?
 * @bridge: A bridge that has none, in the second pass of a scan.
 * @busnr:  The next secondary bus number.
 *
 * While bridges keep their numbers, a bridge that was plugged in may find no room
 * in the range of the bridge above it. The next number is in the range of another
 * bridge then, and may be the bus of a preserved device: the next kernel would
 * find that device below the wrong bridge.
 *
 * Context: Process context, may sleep.
 * Return: true if bridges keep their numbers, and the bridge above @bridge does
 *         not forward @busnr, or another bridge does.
 */
bool pci_liveupdate_busnr_taken(struct pci_dev *bridge, int busnr)
{
	struct pci_bus *bus;

	if (!pci_liveupdate_keep_busnrs())
		return false;

	bus = pci_find_bus(pci_domain_nr(bridge->bus), busnr);
	if (busnr <= bridge->bus->busn_res.end && (!bus || bus->self == bridge))
		return false;

	pci_warn(bridge, "live update: gets no bus numbers: the bridge above it has no room, and other bridges keep theirs\n");
	return true;
}

#ifdef CONFIG_PCI_LIVEUPDATE_KUNIT_TEST
#include "busnr_kunit.c"
#endif
