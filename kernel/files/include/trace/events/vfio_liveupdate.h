/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Trace events of VFIO device files across a live update.
 *
 * LUO sees an errno from its handlers; these events carry the reason. @seq is the
 * number that the event has in the live update journal, or 0.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM vfio_liveupdate

#if !defined(_TRACE_VFIO_LIVEUPDATE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_VFIO_LIVEUPDATE_H

#include <linux/pci.h>
#include <linux/tracepoint.h>

#ifndef _TRACE_VFIO_LIVEUPDATE_ENUMS
#define _TRACE_VFIO_LIVEUPDATE_ENUMS
/**
 * enum vfio_liveupdate_match_reason - Why a VFIO file can(not) be preserved
 * @VFIO_LIVEUPDATE_MATCH_OK:             It can.
 * @VFIO_LIVEUPDATE_MATCH_GROUP_FILE:     Not opened through the device's cdev.
 * @VFIO_LIVEUPDATE_MATCH_FOREIGN_DRIVER: The driver is not plain vfio-pci.
 * @VFIO_LIVEUPDATE_MATCH_NOIOMMU:        The device has no IOMMU.
 * @VFIO_LIVEUPDATE_MATCH_VF:             The device is an SR-IOV VF.
 * @VFIO_LIVEUPDATE_MATCH_SPECIAL:        There is more to the device than can be
 *                                        preserved: Intel graphics, a PF with
 *                                        its VFs enabled.
 */
enum vfio_liveupdate_match_reason {
	VFIO_LIVEUPDATE_MATCH_OK,
	VFIO_LIVEUPDATE_MATCH_GROUP_FILE,
	VFIO_LIVEUPDATE_MATCH_FOREIGN_DRIVER,
	VFIO_LIVEUPDATE_MATCH_NOIOMMU,
	VFIO_LIVEUPDATE_MATCH_VF,
	VFIO_LIVEUPDATE_MATCH_SPECIAL,
};

/**
 * enum vfio_liveupdate_freeze_reason - What became of a freeze
 * @VFIO_LIVEUPDATE_FREEZE_OK:         The device is quiet, and was reset if it
 *                                     was open and knows a reset.
 * @VFIO_LIVEUPDATE_FREEZE_INTX:       User space left INTx enabled.
 * @VFIO_LIVEUPDATE_FREEZE_MSI:        User space left MSI enabled.
 * @VFIO_LIVEUPDATE_FREEZE_MSIX:       User space left MSI-X enabled.
 * @VFIO_LIVEUPDATE_FREEZE_POWER:      The device is not in D0.
 * @VFIO_LIVEUPDATE_FREEZE_RESET:      The device could not be reset.
 * @VFIO_LIVEUPDATE_FREEZE_KILLED:     The caller of reboot(2) was killed while
 *                                     accesses to the device were under way.
 */
enum vfio_liveupdate_freeze_reason {
	VFIO_LIVEUPDATE_FREEZE_OK,
	VFIO_LIVEUPDATE_FREEZE_INTX,
	VFIO_LIVEUPDATE_FREEZE_MSI,
	VFIO_LIVEUPDATE_FREEZE_MSIX,
	VFIO_LIVEUPDATE_FREEZE_POWER,
	VFIO_LIVEUPDATE_FREEZE_RESET,
	VFIO_LIVEUPDATE_FREEZE_KILLED,
};

/**
 * enum vfio_liveupdate_retrieve_reason - Why a device file was not retrieved
 * @VFIO_LIVEUPDATE_RETRIEVE_OK:           It was.
 * @VFIO_LIVEUPDATE_RETRIEVE_ABSENT:       No device at the preserved address.
 * @VFIO_LIVEUPDATE_RETRIEVE_IDENTITY:     Another device has that address now.
 * @VFIO_LIVEUPDATE_RETRIEVE_UNBOUND:      The device has no driver, or is losing
 *                                         it.
 * @VFIO_LIVEUPDATE_RETRIEVE_WRONG_DRIVER: Its driver is not vfio-pci.
 * @VFIO_LIVEUPDATE_RETRIEVE_NOT_INCOMING: PCI no longer holds it as preserved.
 * @VFIO_LIVEUPDATE_RETRIEVE_HELD:         Another file of it was retrieved.
 * @VFIO_LIVEUPDATE_RETRIEVE_BAD_DATA:     What was handed over is unreadable.
 * @VFIO_LIVEUPDATE_RETRIEVE_NO_FILE:      The file could not be made.
 */
enum vfio_liveupdate_retrieve_reason {
	VFIO_LIVEUPDATE_RETRIEVE_OK,
	VFIO_LIVEUPDATE_RETRIEVE_ABSENT,
	VFIO_LIVEUPDATE_RETRIEVE_IDENTITY,
	VFIO_LIVEUPDATE_RETRIEVE_UNBOUND,
	VFIO_LIVEUPDATE_RETRIEVE_WRONG_DRIVER,
	VFIO_LIVEUPDATE_RETRIEVE_NOT_INCOMING,
	VFIO_LIVEUPDATE_RETRIEVE_HELD,
	VFIO_LIVEUPDATE_RETRIEVE_BAD_DATA,
	VFIO_LIVEUPDATE_RETRIEVE_NO_FILE,
};

/**
 * enum vfio_liveupdate_finish_reason - Why a session cannot be finished yet
 * @VFIO_LIVEUPDATE_FINISH_NOT_RETRIEVED: The file was not retrieved.
 * @VFIO_LIVEUPDATE_FINISH_NOT_BOUND:     It is not bound to an iommufd.
 */
enum vfio_liveupdate_finish_reason {
	VFIO_LIVEUPDATE_FINISH_NOT_RETRIEVED,
	VFIO_LIVEUPDATE_FINISH_NOT_BOUND,
};
#endif /* _TRACE_VFIO_LIVEUPDATE_ENUMS */

#define VFIO_LIVEUPDATE_MATCH_REASONS					\
	EM(VFIO_LIVEUPDATE_MATCH_OK,		"ok")			\
	EM(VFIO_LIVEUPDATE_MATCH_GROUP_FILE,	"group_file")		\
	EM(VFIO_LIVEUPDATE_MATCH_FOREIGN_DRIVER, "foreign_driver")	\
	EM(VFIO_LIVEUPDATE_MATCH_NOIOMMU,	"noiommu")		\
	EM(VFIO_LIVEUPDATE_MATCH_VF,		"vf")			\
	EMe(VFIO_LIVEUPDATE_MATCH_SPECIAL,	"special_device")

#define VFIO_LIVEUPDATE_FREEZE_REASONS					\
	EM(VFIO_LIVEUPDATE_FREEZE_OK,		"ok")			\
	EM(VFIO_LIVEUPDATE_FREEZE_INTX,		"intx_enabled")		\
	EM(VFIO_LIVEUPDATE_FREEZE_MSI,		"msi_enabled")		\
	EM(VFIO_LIVEUPDATE_FREEZE_MSIX,		"msix_enabled")		\
	EM(VFIO_LIVEUPDATE_FREEZE_POWER,	"not_in_d0")		\
	EM(VFIO_LIVEUPDATE_FREEZE_RESET,	"reset_failed")		\
	EMe(VFIO_LIVEUPDATE_FREEZE_KILLED,	"killed")

#define VFIO_LIVEUPDATE_RETRIEVE_REASONS				\
	EM(VFIO_LIVEUPDATE_RETRIEVE_OK,		"ok")			\
	EM(VFIO_LIVEUPDATE_RETRIEVE_ABSENT,	"absent")		\
	EM(VFIO_LIVEUPDATE_RETRIEVE_IDENTITY,	"identity_changed")	\
	EM(VFIO_LIVEUPDATE_RETRIEVE_UNBOUND,	"unbound")		\
	EM(VFIO_LIVEUPDATE_RETRIEVE_WRONG_DRIVER, "wrong_driver")	\
	EM(VFIO_LIVEUPDATE_RETRIEVE_NOT_INCOMING, "not_incoming")	\
	EM(VFIO_LIVEUPDATE_RETRIEVE_HELD,	"already_retrieved")	\
	EM(VFIO_LIVEUPDATE_RETRIEVE_BAD_DATA,	"bad_data")		\
	EMe(VFIO_LIVEUPDATE_RETRIEVE_NO_FILE,	"no_file")

#define VFIO_LIVEUPDATE_FINISH_REASONS					\
	EM(VFIO_LIVEUPDATE_FINISH_NOT_RETRIEVED, "not_retrieved")	\
	EMe(VFIO_LIVEUPDATE_FINISH_NOT_BOUND,	"not_bound")

#undef EM
#undef EMe
#define EM(a, b)	TRACE_DEFINE_ENUM(a);
#define EMe(a, b)	TRACE_DEFINE_ENUM(a);

VFIO_LIVEUPDATE_MATCH_REASONS
VFIO_LIVEUPDATE_FREEZE_REASONS
VFIO_LIVEUPDATE_RETRIEVE_REASONS
VFIO_LIVEUPDATE_FINISH_REASONS

#undef EM
#undef EMe
#define EM(a, b)	{ a, b },
#define EMe(a, b)	{ a, b }

/* can_preserve() looked at a VFIO device file. @dev is the physical device. */
TRACE_EVENT(vfio_liveupdate_match,

	TP_PROTO(struct device *dev, int reason, u64 seq),

	TP_ARGS(dev, reason, seq),

	TP_STRUCT__entry(
		__string(	device,		dev_name(dev)	)
		__field(	int,		reason		)
		__field(	u64,		seq		)
	),

	TP_fast_assign(
		__assign_str(device);
		__entry->reason		= reason;
		__entry->seq		= seq;
	),

	TP_printk("device=%s reason=%s seq=%llu", __get_str(device),
		  __print_symbolic(__entry->reason,
				   VFIO_LIVEUPDATE_MATCH_REASONS),
		  __entry->seq)
);

/* The device waits for LIVEUPDATE_SESSION_RETRIEVE_FD: nothing else opens it. */
TRACE_EVENT(vfio_liveupdate_open_denied,

	TP_PROTO(struct device *dev, bool group, int err, u64 seq),

	TP_ARGS(dev, group, err, seq),

	TP_STRUCT__entry(
		__string(	device,		dev_name(dev)	)
		__field(	bool,		group		)
		__field(	int,		err		)
		__field(	u64,		seq		)
	),

	TP_fast_assign(
		__assign_str(device);
		__entry->group		= group;
		__entry->err		= err;
		__entry->seq		= seq;
	),

	TP_printk("device=%s path=%s err=%d seq=%llu", __get_str(device),
		  __entry->group ? "group" : "cdev", __entry->err, __entry->seq)
);

TRACE_EVENT(vfio_liveupdate_freeze,

	TP_PROTO(struct pci_dev *dev, int reason, int err, u64 duration,
		 u64 seq),

	TP_ARGS(dev, reason, err, duration, seq),

	TP_STRUCT__entry(
		__string(	device,		pci_name(dev)	)
		__field(	int,		reason		)
		__field(	int,		err		)
		__field(	u64,		duration	)
		__field(	u64,		seq		)
	),

	TP_fast_assign(
		__assign_str(device);
		__entry->reason		= reason;
		__entry->err		= err;
		__entry->duration	= duration;
		__entry->seq		= seq;
	),

	TP_printk("device=%s reason=%s err=%d duration_ns=%llu seq=%llu",
		  __get_str(device),
		  __print_symbolic(__entry->reason,
				   VFIO_LIVEUPDATE_FREEZE_REASONS),
		  __entry->err, __entry->duration, __entry->seq)
);

DECLARE_EVENT_CLASS(vfio_liveupdate_op,

	TP_PROTO(struct pci_dev *dev, int err, u64 duration, u64 seq),

	TP_ARGS(dev, err, duration, seq),

	TP_STRUCT__entry(
		__string(	device,		pci_name(dev)	)
		__field(	int,		err		)
		__field(	u64,		duration	)
		__field(	u64,		seq		)
	),

	TP_fast_assign(
		__assign_str(device);
		__entry->err		= err;
		__entry->duration	= duration;
		__entry->seq		= seq;
	),

	TP_printk("device=%s err=%d duration_ns=%llu seq=%llu",
		  __get_str(device), __entry->err, __entry->duration,
		  __entry->seq)
);

/* The device was reset while freezing; -ENOTTY where it knows no reset. */
DEFINE_EVENT(vfio_liveupdate_op, vfio_liveupdate_reset,

	TP_PROTO(struct pci_dev *dev, int err, u64 duration, u64 seq),

	TP_ARGS(dev, err, duration, seq)
);

/* The freeze was undone because the kexec failed. */
DEFINE_EVENT(vfio_liveupdate_op, vfio_liveupdate_unfreeze,

	TP_PROTO(struct pci_dev *dev, int err, u64 duration, u64 seq),

	TP_ARGS(dev, err, duration, seq)
);

/* A retrieved file was bound to an iommufd, or not. */
DEFINE_EVENT(vfio_liveupdate_op, vfio_liveupdate_bound,

	TP_PROTO(struct pci_dev *dev, int err, u64 duration, u64 seq),

	TP_ARGS(dev, err, duration, seq)
);

/* The device is NULL where there is none at the address. */
TRACE_EVENT(vfio_liveupdate_retrieve,

	TP_PROTO(u32 domain, u16 bdf, struct pci_dev *dev__nullable, int reason,
		 int err, u64 seq),

	TP_ARGS(domain, bdf, dev__nullable, reason, err, seq),

	TP_STRUCT__entry(
		__field(	u32,		domain		)
		__field(	u16,		bdf		)
		__field(	int,		reason		)
		__field(	int,		err		)
		__field(	u64,		seq		)
	),

	TP_fast_assign(
		__entry->domain		= domain;
		__entry->bdf		= bdf;
		__entry->reason		= reason;
		__entry->err		= err;
		__entry->seq		= seq;
	),

	TP_printk("device=%04x:%02x:%02x.%d reason=%s err=%d seq=%llu",
		  __entry->domain, PCI_BUS_NUM(__entry->bdf),
		  PCI_SLOT(__entry->bdf), PCI_FUNC(__entry->bdf),
		  __print_symbolic(__entry->reason,
				   VFIO_LIVEUPDATE_RETRIEVE_REASONS),
		  __entry->err, __entry->seq)
);

TRACE_EVENT(vfio_liveupdate_finish_refused,

	TP_PROTO(u32 domain, u16 bdf, int reason, int err, u64 seq),

	TP_ARGS(domain, bdf, reason, err, seq),

	TP_STRUCT__entry(
		__field(	u32,		domain		)
		__field(	u16,		bdf		)
		__field(	int,		reason		)
		__field(	int,		err		)
		__field(	u64,		seq		)
	),

	TP_fast_assign(
		__entry->domain		= domain;
		__entry->bdf		= bdf;
		__entry->reason		= reason;
		__entry->err		= err;
		__entry->seq		= seq;
	),

	TP_printk("device=%04x:%02x:%02x.%d reason=%s err=%d seq=%llu",
		  __entry->domain, PCI_BUS_NUM(__entry->bdf),
		  PCI_SLOT(__entry->bdf), PCI_FUNC(__entry->bdf),
		  __print_symbolic(__entry->reason,
				   VFIO_LIVEUPDATE_FINISH_REASONS),
		  __entry->err, __entry->seq)
);

#endif /* _TRACE_VFIO_LIVEUPDATE_H */

/* This part must be outside protection */
#include <trace/define_trace.h>
