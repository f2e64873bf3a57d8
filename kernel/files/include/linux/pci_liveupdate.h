/* SPDX-License-Identifier: GPL-2.0 */
/*
 * PCI devices across a live update, for the drivers that preserve them.
 *
 * See drivers/pci/liveupdate/core.c for how it works.
 */
#ifndef _LINUX_PCI_LIVEUPDATE_H
#define _LINUX_PCI_LIVEUPDATE_H

#include <linux/kho/abi/pci.h>
#include <linux/types.h>

struct liveupdate_file_handler;
struct pci_dev;

/**
 * struct pci_liveupdate_probe - The last decision of the gate about a device
 * @driver:  Name of the driver that asked, empty if none has.
 * @allowed: Whether it may probe the device.
 * @reason:  Why, an enum pci_liveupdate_probe_reason.
 * @count:   How often in a row this driver met this decision.
 * @time:    When it last did, in ns since boot (CLOCK_BOOTTIME).
 */
struct pci_liveupdate_probe {
	char driver[PCI_DEV_SER_DRIVER_LENGTH];
	bool allowed;
	u8 reason;
	u32 count;
	u64 time;
};

/**
 * struct pci_liveupdate - Live update state of a PCI device
 * @outgoing: Its slot in the device list of this kernel, NULL if not preserved.
 * @incoming: The previous kernel preserved it, and it is not finished.
 * @retrieved: An incoming device of which LUO holds a file.
 * @probe:    The last decision of the probe gate; cleared when it is finished.
 * @busnrs_lost: An incoming bridge that has come without bus numbers.
 * @acs_inherited: @acs_ctrl is the ACS control that it came with, and stays.
 * @acs_ctrl: Value of the ACS control register, if @acs_inherited.
 * @unbinding: It is being unbound; reset when a driver probes it.
 *
 * Protected by pci_liveupdate_rwsem. The slot belongs to the FLB.
 */
struct pci_liveupdate {
	struct pci_dev_ser *outgoing;
	bool incoming;
	bool retrieved;
	struct pci_liveupdate_probe probe;
	bool busnrs_lost;
	bool acs_inherited;
	u16 acs_ctrl;
	bool unbinding;
};

int pci_liveupdate_register_flb(struct liveupdate_file_handler *fh);

int pci_liveupdate_preserve(struct pci_dev *dev);
void pci_liveupdate_unpreserve(struct pci_dev *dev);

bool pci_liveupdate_is_incoming(struct pci_dev *dev);
int pci_liveupdate_retrieve(struct pci_dev *dev);
bool pci_liveupdate_finish(struct pci_dev *dev, bool retrieved);
bool pci_liveupdate_finish_absent(u32 domain, u16 bdf);

bool pci_liveupdate_is_removed(struct pci_dev *dev);

#endif /* _LINUX_PCI_LIVEUPDATE_H */
