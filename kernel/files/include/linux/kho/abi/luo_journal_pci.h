/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Live update journal ABI: events of the PCI core.
 *
 * See luo_journal.h for the record, and for what may never change.
 */
#ifndef _LINUX_KHO_ABI_LUO_JOURNAL_PCI_H
#define _LINUX_KHO_ABI_LUO_JOURNAL_PCI_H

#include <linux/kho/abi/luo_journal.h>

/*
 * enum pci_liveupdate_event - What happened to a PCI device
 *
 * Each is one trace event: PCI_LIVEUPDATE_EVENT_PROBE is pci_liveupdate_probe.
 *
 * preserve, unpreserve, incoming, finish: one event for the device and each
 *                     bridge above it. number[0] is how many preserved devices
 *                     there are at or below the node after the operation;
 *                     LUO_JOURNAL_YES: it is a bridge; the driver is the one that
 *                     preserved the device.
 * preserve_refused:   the reason is an enum pci_liveupdate_refuse_reason.
 * probe:              the reason is an enum pci_liveupdate_probe_reason;
 *                     LUO_JOURNAL_YES: allowed; number[0] is how often in a row.
 * never_finished:     number[0] as for preserve.
 * handover_bad:       the reason is an enum pci_liveupdate_bad_reason; number[0]
 *                     is the index of the bad entry, or -1.
 * bus_numbers:        the reason is an enum pci_liveupdate_busnr_reason; number[0]
 *                     is the secondary, number[1] the subordinate bus number.
 * ari:                LUO_JOURNAL_YES: enabled.
 * bus_master:         of a bridge above a preserved device; LUO_JOURNAL_YES:
 *                     enabled.
 * acs:                number[0] is the ACS control register.
 * unbind_refused, sriov_refused: the reason is an enum
 *                     pci_liveupdate_held_reason.
 */
enum pci_liveupdate_event {
	PCI_LIVEUPDATE_EVENT_PRESERVE		= LUO_JOURNAL_BASE_PCI + 1,
	PCI_LIVEUPDATE_EVENT_UNPRESERVE		= LUO_JOURNAL_BASE_PCI + 2,
	PCI_LIVEUPDATE_EVENT_INCOMING		= LUO_JOURNAL_BASE_PCI + 3,
	PCI_LIVEUPDATE_EVENT_FINISH		= LUO_JOURNAL_BASE_PCI + 4,
	PCI_LIVEUPDATE_EVENT_PRESERVE_REFUSED	= LUO_JOURNAL_BASE_PCI + 5,
	PCI_LIVEUPDATE_EVENT_PROBE		= LUO_JOURNAL_BASE_PCI + 6,
	PCI_LIVEUPDATE_EVENT_NEVER_FINISHED	= LUO_JOURNAL_BASE_PCI + 7,
	PCI_LIVEUPDATE_EVENT_HANDOVER_BAD	= LUO_JOURNAL_BASE_PCI + 8,
	PCI_LIVEUPDATE_EVENT_BUS_NUMBERS	= LUO_JOURNAL_BASE_PCI + 9,
	PCI_LIVEUPDATE_EVENT_ARI		= LUO_JOURNAL_BASE_PCI + 10,
	PCI_LIVEUPDATE_EVENT_ACS		= LUO_JOURNAL_BASE_PCI + 11,
	PCI_LIVEUPDATE_EVENT_BUS_MASTER		= LUO_JOURNAL_BASE_PCI + 12,
	PCI_LIVEUPDATE_EVENT_UNBIND_REFUSED	= LUO_JOURNAL_BASE_PCI + 13,
	PCI_LIVEUPDATE_EVENT_SRIOV_REFUSED	= LUO_JOURNAL_BASE_PCI + 14,
};

/**
 * enum pci_liveupdate_refuse_reason - Why a device was not preserved
 * @PCI_LIVEUPDATE_REFUSE_DISABLED:  Live update is off (-EOPNOTSUPP).
 * @PCI_LIVEUPDATE_REFUSE_VF:        SR-IOV VFs are not supported (-EINVAL).
 * @PCI_LIVEUPDATE_REFUSE_NO_FLB:    No file handler that depends on the PCI FLB
 *                                   is preserving a file (-ENOENT).
 * @PCI_LIVEUPDATE_REFUSE_PRESERVED: The device is preserved already (-EBUSY).
 * @PCI_LIVEUPDATE_REFUSE_FROZEN:    The kexec is in progress: the list is what
 *                                   will be handed over (-EINVAL).
 * @PCI_LIVEUPDATE_REFUSE_UNBINDING: The device is being unbound from its driver
 *                                   (-EBUSY).
 * @PCI_LIVEUPDATE_REFUSE_NO_MEMORY: Out of memory, or of room (-ENOMEM, or what
 *                                   KHO answered).
 */
enum pci_liveupdate_refuse_reason {
	PCI_LIVEUPDATE_REFUSE_DISABLED		= 1,
	PCI_LIVEUPDATE_REFUSE_VF		= 2,
	PCI_LIVEUPDATE_REFUSE_NO_FLB		= 3,
	PCI_LIVEUPDATE_REFUSE_PRESERVED		= 4,
	PCI_LIVEUPDATE_REFUSE_FROZEN		= 5,
	PCI_LIVEUPDATE_REFUSE_UNBINDING		= 6,
	PCI_LIVEUPDATE_REFUSE_NO_MEMORY		= 7,
};

/**
 * enum pci_liveupdate_probe_reason - Why a driver may or may not probe a device
 * @PCI_LIVEUPDATE_PROBE_NOT_PRESERVED:   Allowed: an ordinary device.
 * @PCI_LIVEUPDATE_PROBE_BRIDGE:          Allowed: port services on a preserved
 *                                        bridge.
 * @PCI_LIVEUPDATE_PROBE_DRIVER_OVERRIDE: Allowed: driver_override names the
 *                                        driver.
 * @PCI_LIVEUPDATE_PROBE_SAME_DRIVER:     Allowed: the driver preserved the
 *                                        device in the previous kernel.
 * @PCI_LIVEUPDATE_PROBE_FOREIGN_DRIVER:  Blocked: another driver preserved it.
 * @PCI_LIVEUPDATE_PROBE_UNREADABLE:      Blocked: the previous kernel preserved
 *                                        devices, but the handover is unreadable,
 *                                        so it may be any of them.
 */
enum pci_liveupdate_probe_reason {
	PCI_LIVEUPDATE_PROBE_NOT_PRESERVED	= 0,
	PCI_LIVEUPDATE_PROBE_BRIDGE		= 1,
	PCI_LIVEUPDATE_PROBE_DRIVER_OVERRIDE	= 2,
	PCI_LIVEUPDATE_PROBE_SAME_DRIVER	= 3,
	PCI_LIVEUPDATE_PROBE_FOREIGN_DRIVER	= 4,
	PCI_LIVEUPDATE_PROBE_UNREADABLE		= 5,
};

/**
 * enum pci_liveupdate_bad_reason - What is wrong with the handover
 * @PCI_LIVEUPDATE_BAD_NONE:        Nothing.
 * @PCI_LIVEUPDATE_BAD_FLB:         LUO could not make sense of the FLB.
 * @PCI_LIVEUPDATE_BAD_ADDRESS:     The header is not in preserved memory.
 * @PCI_LIVEUPDATE_BAD_VERSION:     Written in another version of the ABI.
 * @PCI_LIVEUPDATE_BAD_BLOCKS:      The chain of blocks is broken.
 * @PCI_LIVEUPDATE_BAD_COUNT:       Not as many devices as the header says.
 * @PCI_LIVEUPDATE_BAD_DRIVER_NAME: An entry's driver name is empty or not
 *                                  terminated.
 * @PCI_LIVEUPDATE_BAD_DUPLICATE:   Two entries for one address.
 * @PCI_LIVEUPDATE_BAD_NO_MEMORY:   Out of memory while reading it.
 */
enum pci_liveupdate_bad_reason {
	PCI_LIVEUPDATE_BAD_NONE			= 0,
	PCI_LIVEUPDATE_BAD_FLB			= 1,
	PCI_LIVEUPDATE_BAD_ADDRESS		= 2,
	PCI_LIVEUPDATE_BAD_VERSION		= 3,
	PCI_LIVEUPDATE_BAD_BLOCKS		= 4,
	PCI_LIVEUPDATE_BAD_COUNT		= 5,
	PCI_LIVEUPDATE_BAD_DRIVER_NAME		= 6,
	PCI_LIVEUPDATE_BAD_DUPLICATE		= 7,
	PCI_LIVEUPDATE_BAD_NO_MEMORY		= 8,
};

/**
 * enum pci_liveupdate_busnr_reason - What happened to a bridge's bus numbers
 * @PCI_LIVEUPDATE_BUSNR_KEPT:         The bridge keeps those that it came with.
 * @PCI_LIVEUPDATE_BUSNR_LOST:         The bridge is preserved, but has come
 *                                     without: it gets none.
 * @PCI_LIVEUPDATE_BUSNR_SIBLING_LOST: The bridge gets none, because a preserved
 *                                     bridge beside it has lost its own.
 */
enum pci_liveupdate_busnr_reason {
	PCI_LIVEUPDATE_BUSNR_KEPT		= 0,
	PCI_LIVEUPDATE_BUSNR_LOST		= 1,
	PCI_LIVEUPDATE_BUSNR_SIBLING_LOST	= 2,
};

/**
 * enum pci_liveupdate_held_reason - Why LUO holds a device
 * @PCI_LIVEUPDATE_HELD_PRESERVED: A session preserves its file.
 * @PCI_LIVEUPDATE_HELD_RETRIEVED: Its file was retrieved, and its session is not
 *                                 finished.
 */
enum pci_liveupdate_held_reason {
	PCI_LIVEUPDATE_HELD_PRESERVED		= 1,
	PCI_LIVEUPDATE_HELD_RETRIEVED		= 2,
};

#endif /* _LINUX_KHO_ABI_LUO_JOURNAL_PCI_H */
