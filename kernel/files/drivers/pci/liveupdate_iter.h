/* SPDX-License-Identifier: GPL-2.0 */
/* What BPF programs see of PCI devices across a live update. */
#ifndef _PCI_LIVEUPDATE_ITER_H
#define _PCI_LIVEUPDATE_ITER_H

#include <linux/pci_liveupdate.h>

/**
 * struct pci_liveupdate_row - A device that live update has to do with
 * @domain:            PCI domain (segment) number.
 * @bdf:               Bus, device and function number, as in pci_dev_id().
 * @bridge:            It is a bridge.
 * @absent:            The previous kernel preserved it, and it is not there.
 * @outgoing:          This kernel hands it over.
 * @incoming:          The previous kernel did, and it is not finished.
 * @retrieved:         LUO holds a file of an incoming device.
 * @held:              It is neither unbound nor removed.
 * @busy:              The list was being changed: refcounts and drivers that are
 *                     missing are unknown, and so may be the decision.
 * @outgoing_refcount: Preserved devices at or below it.
 * @incoming_refcount: Those that are not finished.
 * @outgoing_driver:   The driver that preserves it.
 * @incoming_driver:   The driver that preserved it in the previous kernel.
 * @probe:             The last decision of the probe gate; no driver if none.
 */
struct pci_liveupdate_row {
	u32 domain;
	u16 bdf;
	bool bridge;
	bool absent;
	bool outgoing;
	bool incoming;
	bool retrieved;
	bool held;
	bool busy;
	u16 outgoing_refcount;
	u16 incoming_refcount;
	char outgoing_driver[PCI_DEV_SER_DRIVER_LENGTH];
	char incoming_driver[PCI_DEV_SER_DRIVER_LENGTH];
	struct pci_liveupdate_probe probe;
};

bool pci_liveupdate_fill_row(struct pci_dev *dev,
			     struct pci_liveupdate_row *row);
bool pci_liveupdate_next_slot(u64 *key, struct pci_liveupdate_row *row);
bool pci_liveupdate_is_outgoing(struct pci_dev *dev);
int pci_liveupdate_last_probe(struct pci_dev *dev,
			      struct pci_liveupdate_probe *probe);

#endif /* _PCI_LIVEUPDATE_ITER_H */
