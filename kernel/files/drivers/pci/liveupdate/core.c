// SPDX-License-Identifier: GPL-2.0

/**
 * DOC: PCI devices across a live update
 *
 * A driver that can keep a device through a live update (today vfio-pci) tells
 * the PCI core when a file of that device is preserved. The core records the
 * device and every bridge above it, and hands this device list to the next
 * kernel. The next kernel blocks other drivers from the device until its file
 * was retrieved and finished.
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
 *     undoes it                           pci_liveupdate_finish(dev)
 *   last file: FLB .unpreserve()            an ordinary device again
 *                                         last file: FLB .finish()
 *
 * The device list is a File-Lifecycle-Bound object (FLB): the Live Update
 * Orchestrator (LUO) counts the files that need it. Its layout is in
 * include/linux/kho/abi/pci.h. The kernel finds the slot of a device through an
 * xarray keyed by domain, bus, device and function, and a free slot on a stack:
 * the cost of either does not depend on the number of devices. Both are in the
 * memory of this kernel; the slots hold no pointers, and free ones are zero.
 *
 * Locking: pci_liveupdate_rwsem protects the slots and &struct pci_liveupdate
 * in each device. It nests inside the device lock (the gate runs in probe), the
 * rescan/remove lock (device setup) and LUO's locks, including the FLB's reader
 * lock, under which the list is looked up. Code that holds it allocates memory
 * and looks devices up, but takes none of those locks.
 *
 * From the moment that the kexec can no longer fail, the list is frozen: the
 * next kernel reads what user space was told.
 */

#include <linux/module.h>

#include "liveupdate.h"

DECLARE_RWSEM(pci_liveupdate_rwsem);

static const struct liveupdate_flb_ops pci_flb_ops = {
	.preserve = pci_flb_preserve,
	.unpreserve = pci_flb_unpreserve,
	.retrieve = pci_flb_retrieve,
	.finish = pci_flb_finish,
	.owner = THIS_MODULE,
};

struct liveupdate_flb pci_flb = {
	.ops = &pci_flb_ops,
	.compatible = PCI_LUO_FLB_COMPATIBLE,
};

/**
 * pci_liveupdate_register_flb - Make a file handler depend on the PCI FLB
 * @fh: A registered handler for files of PCI devices.
 *
 * Context: Process context, may sleep. Undone when @fh is unregistered.
 * Return: 0, or the error of liveupdate_register_flb().
 */
int pci_liveupdate_register_flb(struct liveupdate_file_handler *fh)
{
	return liveupdate_register_flb(fh, &pci_flb);
}
EXPORT_SYMBOL_GPL(pci_liveupdate_register_flb);

/**
 * pci_liveupdate_record_node - Begin the record of an event about a node
 * @record:   The record.
 * @event:    An event that happens to a device and to each bridge above it.
 * @node:     The device or the bridge.
 * @driver:   Name of the driver that preserved the device.
 * @refcount: Preserved devices at or below @node after the operation.
 *
 * Context: Any.
 */
void pci_liveupdate_record_node(struct luo_journal_record *record, u16 event,
				struct pci_dev *node, const char *driver,
				u16 refcount)
{
	luo_record_init(record, event);
	luo_record_set_pci(record, node);
	luo_record_add_name(record, LUO_JOURNAL_HAS_DRIVER, driver,
			    LUO_JOURNAL_NAMES_LENGTH);
	record->number[0] = refcount;
	if (pci_is_bridge(node))
		record->flags |= LUO_JOURNAL_YES;
}
