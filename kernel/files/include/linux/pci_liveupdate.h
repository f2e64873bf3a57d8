/* SPDX-License-Identifier: GPL-2.0 */
/*
 * PCI devices across a live update: what drivers and the PCI core use.
 *
 * See drivers/pci/liveupdate.c for how it works.
 */
#ifndef _LINUX_PCI_LIVEUPDATE_H
#define _LINUX_PCI_LIVEUPDATE_H

#include <linux/kho/abi/pci.h>
#include <linux/types.h>

struct liveupdate_file_handler;
struct pci_dev;
struct pci_driver;
struct pci_slot;

/**
 * enum pci_liveupdate_refuse_reason - Why a device was not preserved
 * @PCI_LIVEUPDATE_REFUSE_DISABLED:  Live update is off (-EOPNOTSUPP).
 * @PCI_LIVEUPDATE_REFUSE_VF:        SR-IOV VFs are not supported (-EINVAL).
 * @PCI_LIVEUPDATE_REFUSE_NO_FLB:    No file handler that depends on the PCI FLB
 *                                   is preserving a file (-ENOENT).
 * @PCI_LIVEUPDATE_REFUSE_PRESERVED: The device is preserved already (-EBUSY).
 * @PCI_LIVEUPDATE_REFUSE_FROZEN:    The kexec is on its way: the list is as it
 *                                   will be handed over (-EINVAL).
 * @PCI_LIVEUPDATE_REFUSE_UNBINDING: The device is being unbound from its driver
 *                                   (-EBUSY).
 * @PCI_LIVEUPDATE_REFUSE_NO_MEMORY: Out of memory, or of room (-ENOMEM, or what
 *                                   KHO answered).
 */
enum pci_liveupdate_refuse_reason {
	PCI_LIVEUPDATE_REFUSE_DISABLED,
	PCI_LIVEUPDATE_REFUSE_VF,
	PCI_LIVEUPDATE_REFUSE_NO_FLB,
	PCI_LIVEUPDATE_REFUSE_PRESERVED,
	PCI_LIVEUPDATE_REFUSE_FROZEN,
	PCI_LIVEUPDATE_REFUSE_UNBINDING,
	PCI_LIVEUPDATE_REFUSE_NO_MEMORY,
};

/**
 * enum pci_liveupdate_probe_reason - Why a driver may or may not have a device
 * @PCI_LIVEUPDATE_PROBE_NOT_PRESERVED:   Allowed: an ordinary device.
 * @PCI_LIVEUPDATE_PROBE_BRIDGE:          Allowed: port services on a preserved
 *                                        bridge.
 * @PCI_LIVEUPDATE_PROBE_DRIVER_OVERRIDE: Allowed: driver_override names the
 *                                        driver.
 * @PCI_LIVEUPDATE_PROBE_SAME_DRIVER:     Allowed: the driver preserved the
 *                                        device in the previous kernel.
 * @PCI_LIVEUPDATE_PROBE_FOREIGN_DRIVER:  Blocked: another driver preserved it.
 * @PCI_LIVEUPDATE_PROBE_UNREADABLE:      Blocked: the previous kernel preserved
 *                                        devices, but not even which is known.
 */
enum pci_liveupdate_probe_reason {
	PCI_LIVEUPDATE_PROBE_NOT_PRESERVED,
	PCI_LIVEUPDATE_PROBE_BRIDGE,
	PCI_LIVEUPDATE_PROBE_DRIVER_OVERRIDE,
	PCI_LIVEUPDATE_PROBE_SAME_DRIVER,
	PCI_LIVEUPDATE_PROBE_FOREIGN_DRIVER,
	PCI_LIVEUPDATE_PROBE_UNREADABLE,
};

/**
 * enum pci_liveupdate_bad_reason - What is wrong with a hand-over
 * @PCI_LIVEUPDATE_BAD_NONE:        Nothing.
 * @PCI_LIVEUPDATE_BAD_FLB:         LUO could not make sense of the FLB.
 * @PCI_LIVEUPDATE_BAD_ADDRESS:     The header is nowhere in preserved memory.
 * @PCI_LIVEUPDATE_BAD_VERSION:     Written in another version of the ABI.
 * @PCI_LIVEUPDATE_BAD_BLOCKS:      The chain of blocks is broken.
 * @PCI_LIVEUPDATE_BAD_COUNT:       Not as many devices as the header says.
 * @PCI_LIVEUPDATE_BAD_DRIVER_NAME: An entry's driver name is empty or has no
 *                                  end.
 * @PCI_LIVEUPDATE_BAD_DUPLICATE:   Two entries for one address.
 * @PCI_LIVEUPDATE_BAD_NO_MEMORY:   Out of memory while reading it.
 */
enum pci_liveupdate_bad_reason {
	PCI_LIVEUPDATE_BAD_NONE,
	PCI_LIVEUPDATE_BAD_FLB,
	PCI_LIVEUPDATE_BAD_ADDRESS,
	PCI_LIVEUPDATE_BAD_VERSION,
	PCI_LIVEUPDATE_BAD_BLOCKS,
	PCI_LIVEUPDATE_BAD_COUNT,
	PCI_LIVEUPDATE_BAD_DRIVER_NAME,
	PCI_LIVEUPDATE_BAD_DUPLICATE,
	PCI_LIVEUPDATE_BAD_NO_MEMORY,
};

/**
 * enum pci_liveupdate_busnr_reason - What became of a bridge's bus numbers
 * @PCI_LIVEUPDATE_BUSNR_KEPT:         It keeps those that it came with.
 * @PCI_LIVEUPDATE_BUSNR_LOST:         It is preserved, but has come without: it
 *                                     gets none.
 * @PCI_LIVEUPDATE_BUSNR_SIBLING_LOST: It gets none, because a preserved bridge
 *                                     beside it has lost its own.
 */
enum pci_liveupdate_busnr_reason {
	PCI_LIVEUPDATE_BUSNR_KEPT,
	PCI_LIVEUPDATE_BUSNR_LOST,
	PCI_LIVEUPDATE_BUSNR_SIBLING_LOST,
};

/**
 * enum pci_liveupdate_held_reason - Why a device is not let go of
 * @PCI_LIVEUPDATE_HELD_PRESERVED: A session preserves its file.
 * @PCI_LIVEUPDATE_HELD_RETRIEVED: Its file was retrieved, and its session is not
 *                                 finished.
 */
enum pci_liveupdate_held_reason {
	PCI_LIVEUPDATE_HELD_PRESERVED,
	PCI_LIVEUPDATE_HELD_RETRIEVED,
};

/**
 * struct pci_liveupdate_probe - The last decision that a device met at the gate
 * @driver:  Name of the driver that asked, empty if none has.
 * @allowed: Whether it may have the device.
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
 * @outgoing: Its slot in what this kernel hands over, NULL if not preserved.
 * @incoming: The previous kernel preserved it, and it is not finished.
 * @retrieved: An incoming device whose file LUO holds.
 * @unbinding: It is being unbound; reset when a driver probes it.
 * @busnrs_lost: An incoming bridge that has come without bus numbers.
 * @acs_inherited: @acs_ctrl is what its ACS control came with, and stays.
 * @acs_ctrl: Value of the ACS control register, where @acs_inherited.
 * @probe:    The last decision of the probe gate; cleared when it is finished.
 *
 * All of it is protected by the lock in drivers/pci/liveupdate.c. The slot
 * belongs to the FLB.
 */
struct pci_liveupdate {
	struct pci_dev_ser *outgoing;
	bool incoming;
	bool retrieved;
	bool unbinding;
	bool busnrs_lost;
	bool acs_inherited;
	u16 acs_ctrl;
	struct pci_liveupdate_probe probe;
};

#ifdef CONFIG_PCI_LIVEUPDATE
int pci_liveupdate_register_flb(struct liveupdate_file_handler *fh);

int pci_liveupdate_preserve(struct pci_dev *dev);
void pci_liveupdate_unpreserve(struct pci_dev *dev);
int pci_liveupdate_retrieve(struct pci_dev *dev);
bool pci_liveupdate_finish(struct pci_dev *dev, bool retrieved);
bool pci_liveupdate_finish_absent(u32 domain, u16 bdf);
bool pci_liveupdate_is_incoming(struct pci_dev *dev);

/* For the PCI core */
void pci_liveupdate_setup_device(struct pci_dev *dev);
bool pci_liveupdate_probe_allowed(struct pci_dev *dev, struct pci_driver *drv);
bool pci_liveupdate_keep_busnrs(void);
void pci_liveupdate_check_busnrs(struct pci_dev *bridge, bool valid, u8 secondary);
bool pci_liveupdate_may_assign_busnrs(struct pci_dev *bridge);
bool pci_liveupdate_inherit_ari(struct pci_dev *bridge);
void pci_liveupdate_inherit_acs(struct pci_dev *dev);
bool pci_liveupdate_restore_acs(struct pci_dev *dev);
bool pci_liveupdate_keep_bus_master(struct pci_dev *dev);
int pci_liveupdate_may_unbind(struct pci_dev *dev);
int pci_liveupdate_may_remove(struct pci_dev *dev);
int pci_liveupdate_may_power_off(struct pci_slot *slot);
void pci_liveupdate_set_unbinding(struct pci_dev *dev, bool unbinding);
#else
static inline void pci_liveupdate_setup_device(struct pci_dev *dev)
{
}

static inline bool pci_liveupdate_probe_allowed(struct pci_dev *dev,
						struct pci_driver *drv)
{
	return true;
}

static inline bool pci_liveupdate_keep_busnrs(void)
{
	return false;
}

static inline void pci_liveupdate_check_busnrs(struct pci_dev *bridge,
					       bool valid, u8 secondary)
{
}

static inline bool pci_liveupdate_may_assign_busnrs(struct pci_dev *bridge)
{
	return true;
}

static inline bool pci_liveupdate_inherit_ari(struct pci_dev *bridge)
{
	return false;
}

static inline void pci_liveupdate_inherit_acs(struct pci_dev *dev)
{
}

static inline bool pci_liveupdate_restore_acs(struct pci_dev *dev)
{
	return false;
}

static inline bool pci_liveupdate_keep_bus_master(struct pci_dev *dev)
{
	return false;
}

static inline int pci_liveupdate_may_unbind(struct pci_dev *dev)
{
	return 0;
}

static inline int pci_liveupdate_may_remove(struct pci_dev *dev)
{
	return 0;
}

static inline int pci_liveupdate_may_power_off(struct pci_slot *slot)
{
	return 0;
}

static inline void pci_liveupdate_set_unbinding(struct pci_dev *dev,
						bool unbinding)
{
}
#endif /* CONFIG_PCI_LIVEUPDATE */

#endif /* _LINUX_PCI_LIVEUPDATE_H */
