/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Live update journal ABI: events of VFIO.
 *
 * See luo_journal.h for the record, and for what may never change.
 */
#ifndef _LINUX_KHO_ABI_LUO_JOURNAL_VFIO_H
#define _LINUX_KHO_ABI_LUO_JOURNAL_VFIO_H

#include <linux/kho/abi/luo_journal.h>

/*
 * enum vfio_liveupdate_event - What happened to a VFIO device file
 *
 * Each is one trace event: VFIO_LIVEUPDATE_EVENT_MATCH is vfio_liveupdate_match.
 *
 * match:          the reason is an enum vfio_liveupdate_match_reason.
 * open_refused:   LUO_JOURNAL_YES: through the group, not the cdev.
 * can_freeze, freeze: the reason is an enum vfio_liveupdate_freeze_reason. The
 *                 journal has can_freeze only if it was refused.
 * retrieve:       the reason is an enum vfio_liveupdate_retrieve_reason.
 * finish_refused: the reason is an enum vfio_liveupdate_finish_reason.
 */
enum vfio_liveupdate_event {
	VFIO_LIVEUPDATE_EVENT_MATCH		= LUO_JOURNAL_BASE_VFIO + 1,
	VFIO_LIVEUPDATE_EVENT_OPEN_REFUSED	= LUO_JOURNAL_BASE_VFIO + 2,
	VFIO_LIVEUPDATE_EVENT_FREEZE		= LUO_JOURNAL_BASE_VFIO + 3,
	VFIO_LIVEUPDATE_EVENT_RESET		= LUO_JOURNAL_BASE_VFIO + 4,
	VFIO_LIVEUPDATE_EVENT_UNFREEZE		= LUO_JOURNAL_BASE_VFIO + 5,
	VFIO_LIVEUPDATE_EVENT_BOUND		= LUO_JOURNAL_BASE_VFIO + 6,
	VFIO_LIVEUPDATE_EVENT_RETRIEVE		= LUO_JOURNAL_BASE_VFIO + 7,
	VFIO_LIVEUPDATE_EVENT_FINISH_REFUSED	= LUO_JOURNAL_BASE_VFIO + 8,
	VFIO_LIVEUPDATE_EVENT_CAN_FREEZE	= LUO_JOURNAL_BASE_VFIO + 9,
};

/**
 * enum vfio_liveupdate_match_reason - Why a VFIO file can(not) be preserved
 * @VFIO_LIVEUPDATE_MATCH_OK:             It can.
 * @VFIO_LIVEUPDATE_MATCH_GROUP_FILE:     Not opened through the device's cdev.
 * @VFIO_LIVEUPDATE_MATCH_FOREIGN_DRIVER: The driver is not plain vfio-pci.
 * @VFIO_LIVEUPDATE_MATCH_NOIOMMU:        The device has no IOMMU.
 * @VFIO_LIVEUPDATE_MATCH_VF:             The device is an SR-IOV VF.
 * @VFIO_LIVEUPDATE_MATCH_SPECIAL:        The device has more than what can be
 *                                        preserved: Intel graphics, a PF with
 *                                        its VFs enabled.
 */
enum vfio_liveupdate_match_reason {
	VFIO_LIVEUPDATE_MATCH_OK		= 0,
	VFIO_LIVEUPDATE_MATCH_GROUP_FILE	= 1,
	VFIO_LIVEUPDATE_MATCH_FOREIGN_DRIVER	= 2,
	VFIO_LIVEUPDATE_MATCH_NOIOMMU		= 3,
	VFIO_LIVEUPDATE_MATCH_VF		= 4,
	VFIO_LIVEUPDATE_MATCH_SPECIAL		= 5,
};

/**
 * enum vfio_liveupdate_freeze_reason - Outcome of a freeze, or of asking for one
 * @VFIO_LIVEUPDATE_FREEZE_OK:      freeze: the device is quiet, and was reset if
 *                                  it was open and knows a reset. can_freeze: it
 *                                  can be frozen.
 * @VFIO_LIVEUPDATE_FREEZE_INTX:    User space left INTx enabled. This kernel
 *                                  tears interrupts down: this reason, MSI, MSIX
 *                                  and POWER are in older journals only.
 * @VFIO_LIVEUPDATE_FREEZE_MSI:     User space left MSI enabled.
 * @VFIO_LIVEUPDATE_FREEZE_MSIX:    User space left MSI-X enabled.
 * @VFIO_LIVEUPDATE_FREEZE_POWER:   The device is not in D0.
 * @VFIO_LIVEUPDATE_FREEZE_RESET:   The device could not be reset (the errno of
 *                                  that).
 * @VFIO_LIVEUPDATE_FREEZE_KILLED:  The caller of reboot(2) was killed while it
 *                                  waited for the device (-EINTR).
 * @VFIO_LIVEUPDATE_FREEZE_REMOVED: The device is being unbound or removed, or was
 *                                  pulled out (-ENODEV).
 * @VFIO_LIVEUPDATE_FREEZE_BUSY:    An access was in flight, or another user held
 *                                  a lock of the device, for longer than the
 *                                  kernel waits (-EBUSY).
 * @VFIO_LIVEUPDATE_FREEZE_VFS:     VFs were enabled since the device was
 *                                  preserved (-EBUSY).
 * @VFIO_LIVEUPDATE_FREEZE_WAKE:    The device could not be woken from a low power
 *                                  state (the errno of that).
 */
enum vfio_liveupdate_freeze_reason {
	VFIO_LIVEUPDATE_FREEZE_OK		= 0,
	VFIO_LIVEUPDATE_FREEZE_INTX		= 1,
	VFIO_LIVEUPDATE_FREEZE_MSI		= 2,
	VFIO_LIVEUPDATE_FREEZE_MSIX		= 3,
	VFIO_LIVEUPDATE_FREEZE_POWER		= 4,
	VFIO_LIVEUPDATE_FREEZE_RESET		= 5,
	VFIO_LIVEUPDATE_FREEZE_KILLED		= 6,
	VFIO_LIVEUPDATE_FREEZE_REMOVED		= 7,
	VFIO_LIVEUPDATE_FREEZE_BUSY		= 8,
	VFIO_LIVEUPDATE_FREEZE_VFS		= 9,
	VFIO_LIVEUPDATE_FREEZE_WAKE		= 10,
};

/**
 * enum vfio_liveupdate_retrieve_reason - Why a device file was not retrieved
 * @VFIO_LIVEUPDATE_RETRIEVE_OK:           It was.
 * @VFIO_LIVEUPDATE_RETRIEVE_ABSENT:       No device at the preserved address.
 * @VFIO_LIVEUPDATE_RETRIEVE_IDENTITY:     Another device has that address now.
 * @VFIO_LIVEUPDATE_RETRIEVE_UNBOUND:      The device has no driver, or is being
 *                                         unbound.
 * @VFIO_LIVEUPDATE_RETRIEVE_WRONG_DRIVER: Its driver is not vfio-pci.
 * @VFIO_LIVEUPDATE_RETRIEVE_NOT_INCOMING: PCI does not have it as incoming any
 *                                         more.
 * @VFIO_LIVEUPDATE_RETRIEVE_HELD:         Another file of it was retrieved.
 * @VFIO_LIVEUPDATE_RETRIEVE_BAD_DATA:     The file's handover is unreadable.
 * @VFIO_LIVEUPDATE_RETRIEVE_NO_FILE:      The file could not be made.
 */
enum vfio_liveupdate_retrieve_reason {
	VFIO_LIVEUPDATE_RETRIEVE_OK		= 0,
	VFIO_LIVEUPDATE_RETRIEVE_ABSENT		= 1,
	VFIO_LIVEUPDATE_RETRIEVE_IDENTITY	= 2,
	VFIO_LIVEUPDATE_RETRIEVE_UNBOUND	= 3,
	VFIO_LIVEUPDATE_RETRIEVE_WRONG_DRIVER	= 4,
	VFIO_LIVEUPDATE_RETRIEVE_NOT_INCOMING	= 5,
	VFIO_LIVEUPDATE_RETRIEVE_HELD		= 6,
	VFIO_LIVEUPDATE_RETRIEVE_BAD_DATA	= 7,
	VFIO_LIVEUPDATE_RETRIEVE_NO_FILE	= 8,
};

/**
 * enum vfio_liveupdate_finish_reason - Why a session cannot be finished yet
 * @VFIO_LIVEUPDATE_FINISH_NOT_RETRIEVED: The file was not retrieved.
 * @VFIO_LIVEUPDATE_FINISH_NOT_BOUND:     It is not bound to an iommufd.
 */
enum vfio_liveupdate_finish_reason {
	VFIO_LIVEUPDATE_FINISH_NOT_RETRIEVED	= 1,
	VFIO_LIVEUPDATE_FINISH_NOT_BOUND	= 2,
};

#endif /* _LINUX_KHO_ABI_LUO_JOURNAL_VFIO_H */
