/* SPDX-License-Identifier: GPL-2.0 */

/**
 * DOC: PCI live update ABI
 *
 * The PCI core hands the list of preserved devices to the next kernel as a
 * File-Lifecycle-Bound (FLB) object named PCI_LUO_FLB_COMPATIBLE. Its data
 * handle is the physical address of a struct pci_ser, which leads to a chain of
 * KHO serialization blocks filled with struct pci_dev_ser.
 *
 * This is a contract between kernels. A kernel that finds another
 * &pci_ser.version than its own reads nothing else: any change to the layout or
 * the meaning of these structures changes PCI_SER_VERSION.
 *
 * A slot whose &pci_dev_ser.refcount is 0 is free. This kernel hands free slots
 * over zeroed; a reader ignores all their other fields.
 */

#ifndef _LINUX_KHO_ABI_PCI_H
#define _LINUX_KHO_ABI_PCI_H

#include <linux/types.h>

#define PCI_LUO_FLB_COMPATIBLE		"pci-v1"
#define PCI_SER_VERSION			1
#define PCI_DEV_SER_DRIVER_LENGTH	32

/**
 * struct pci_ser - Header of the serialized PCI state
 * @version:    PCI_SER_VERSION of the kernel that wrote it.
 * @reserved:   Zero.
 * @nr_devices: Slots in use: preserved devices and the bridges above them.
 * @blocks:     Physical address of the first KHO block, 0 if there is none.
 */
struct pci_ser {
	u32 version;
	u32 reserved;
	u64 nr_devices;
	u64 blocks;
} __packed;

/**
 * struct pci_dev_ser - One preserved device, or bridge above one
 * @domain:   PCI domain (segment) number.
 * @bdf:      Bus, device and function number, as in pci_dev_id().
 * @refcount: Number of preserved devices at or below this node; 0 = free slot.
 * @driver:   Name of the driver that preserved it, NUL-terminated; a longer
 *            name is cut.
 */
struct pci_dev_ser {
	u32 domain;
	u16 bdf;
	u16 refcount;
	char driver[PCI_DEV_SER_DRIVER_LENGTH];
} __packed;

#endif /* _LINUX_KHO_ABI_PCI_H */
