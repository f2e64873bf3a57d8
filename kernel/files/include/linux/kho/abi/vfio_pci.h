/* SPDX-License-Identifier: GPL-2.0 */

/**
 * DOC: vfio-pci live update ABI
 *
 * A preserved vfio-pci device file is handed to the next kernel under the file
 * handler name VFIO_PCI_LUO_FH_COMPATIBLE. Its data handle is the physical
 * address of a struct vfio_pci_device_ser. The PCI core hands over which devices
 * are preserved, and by which driver: see include/linux/kho/abi/pci.h.
 *
 * This is a contract between kernels: any change to the layout or the meaning of
 * the structure changes the name.
 */

#ifndef _LINUX_KHO_ABI_VFIO_PCI_H
#define _LINUX_KHO_ABI_VFIO_PCI_H

#include <linux/types.h>

#define VFIO_PCI_LUO_FH_COMPATIBLE	"vfio-pci-v1"

/**
 * struct vfio_pci_device_ser - A preserved vfio-pci device file
 * @domain:           PCI domain (segment) number of the device.
 * @bdf:              Its bus, device and function number, as in pci_dev_id().
 * @reserved:         Zero.
 * @vendor:           Its vendor ID.
 * @device:           Its device ID.
 * @subsystem_vendor: Its subsystem vendor ID.
 * @subsystem_device: Its subsystem device ID.
 */
struct vfio_pci_device_ser {
	u32 domain;
	u16 bdf;
	u16 reserved;
	u16 vendor;
	u16 device;
	u16 subsystem_vendor;
	u16 subsystem_device;
} __packed;

#endif /* _LINUX_KHO_ABI_VFIO_PCI_H */
