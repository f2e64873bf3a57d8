/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Trace events of VFIO device files across a live update.
 *
 * LUO sees an errno from its handlers; these events carry the reason. Each event
 * passes on the record that the kernel has filled where it took the decision, and
 * the device that the decision is about. What the record's fields mean in each
 * event is in include/linux/kho/abi/luo_journal_vfio.h.
 *
 * The record is never NULL. If vfio is a module, though, the verifier does not
 * know that: a tp_btf program has to check every argument that is a pointer.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM vfio_liveupdate

#if !defined(_TRACE_VFIO_LIVEUPDATE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_VFIO_LIVEUPDATE_H

#include <linux/kho/abi/luo_journal_vfio.h>
#include <linux/pci.h>
#include <linux/tracepoint.h>

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
	EM(VFIO_LIVEUPDATE_FREEZE_KILLED,	"killed")		\
	EM(VFIO_LIVEUPDATE_FREEZE_REMOVED,	"removed")		\
	EM(VFIO_LIVEUPDATE_FREEZE_BUSY,		"busy")			\
	EM(VFIO_LIVEUPDATE_FREEZE_VFS,		"vfs")			\
	EMe(VFIO_LIVEUPDATE_FREEZE_WAKE,	"wake")

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

/* Events about a device on any bus. */
DECLARE_EVENT_CLASS(vfio_liveupdate_device,

	TP_PROTO(const struct luo_journal_record *record, struct device *dev),

	TP_ARGS(record, dev),

	TP_STRUCT__entry(
		__string(	device,		dev_name(dev)	)
		__field(	u16,		reason		)
		__field(	bool,		group		)
		__field(	int,		err		)
		__field(	u64,		seq		)
	),

	TP_fast_assign(
		__assign_str(device);
		__entry->reason		= record->reason;
		__entry->group		= record->flags & LUO_JOURNAL_YES;
		__entry->err		= record->err;
		__entry->seq		= record->seq;
	),

	TP_printk("device=%s reason=%s seq=%llu", __get_str(device),
		  __print_symbolic(__entry->reason,
				   VFIO_LIVEUPDATE_MATCH_REASONS),
		  __entry->seq)
);

/* The handler has decided whether it can preserve a VFIO device file. */
DEFINE_EVENT(vfio_liveupdate_device, vfio_liveupdate_match,

	TP_PROTO(const struct luo_journal_record *record, struct device *dev),

	TP_ARGS(record, dev)
);

/* Until the device is finished, only LIVEUPDATE_SESSION_RETRIEVE_FD opens it. */
DEFINE_EVENT_PRINT(vfio_liveupdate_device, vfio_liveupdate_open_refused,

	TP_PROTO(const struct luo_journal_record *record, struct device *dev),

	TP_ARGS(record, dev),

	TP_printk("device=%s path=%s err=%d seq=%llu", __get_str(device),
		  __entry->group ? "group" : "cdev", __entry->err, __entry->seq)
);

/* Operations on a PCI device. */
DECLARE_EVENT_CLASS(vfio_liveupdate_op,

	TP_PROTO(const struct luo_journal_record *record, struct pci_dev *dev),

	TP_ARGS(record, dev),

	TP_STRUCT__entry(
		__string(	device,		pci_name(dev)	)
		__field(	u16,		reason		)
		__field(	int,		err		)
		__field(	u64,		duration	)
		__field(	u64,		seq		)
	),

	TP_fast_assign(
		__assign_str(device);
		__entry->reason		= record->reason;
		__entry->err		= record->err;
		__entry->duration	= record->duration;
		__entry->seq		= record->seq;
	),

	TP_printk("device=%s err=%d duration_ns=%llu seq=%llu",
		  __get_str(device), __entry->err, __entry->duration,
		  __entry->seq)
);

/* A retrieved file was bound to an iommufd, or could not be. */
DEFINE_EVENT(vfio_liveupdate_op, vfio_liveupdate_bound,

	TP_PROTO(const struct luo_journal_record *record, struct pci_dev *dev),

	TP_ARGS(record, dev)
);

#define DEFINE_VFIO_LIVEUPDATE_FREEZE_EVENT(event)			\
DEFINE_EVENT_PRINT(vfio_liveupdate_op, event,				\
									\
	TP_PROTO(const struct luo_journal_record *record,		\
		 struct pci_dev *dev),					\
									\
	TP_ARGS(record, dev),						\
									\
	TP_printk("device=%s reason=%s err=%d duration_ns=%llu seq=%llu", \
		  __get_str(device),					\
		  __print_symbolic(__entry->reason,			\
				   VFIO_LIVEUPDATE_FREEZE_REASONS),	\
		  __entry->err, __entry->duration, __entry->seq)	\
)

/* Asked of each file before the first is frozen; seq is 0 if it can be. */
DEFINE_VFIO_LIVEUPDATE_FREEZE_EVENT(vfio_liveupdate_can_freeze);
DEFINE_VFIO_LIVEUPDATE_FREEZE_EVENT(vfio_liveupdate_freeze);

/* The device was reset while freezing; -ENOTTY if it has no reset. */
DEFINE_EVENT(vfio_liveupdate_op, vfio_liveupdate_reset,

	TP_PROTO(const struct luo_journal_record *record, struct pci_dev *dev),

	TP_ARGS(record, dev)
);

/* The freeze was undone because the kexec failed. */
DEFINE_EVENT(vfio_liveupdate_op, vfio_liveupdate_unfreeze,

	TP_PROTO(const struct luo_journal_record *record, struct pci_dev *dev),

	TP_ARGS(record, dev)
);

/* Events about an incoming file; its device is NULL if absent, or not retrieved. */
DECLARE_EVENT_CLASS(vfio_liveupdate_incoming,

	TP_PROTO(const struct luo_journal_record *record,
		 struct pci_dev *dev__nullable),

	TP_ARGS(record, dev__nullable),

	TP_STRUCT__entry(
		__field(	u32,		domain		)
		__field(	u16,		bdf		)
		__field(	u16,		reason		)
		__field(	int,		err		)
		__field(	u64,		seq		)
	),

	TP_fast_assign(
		__entry->domain		= record->domain;
		__entry->bdf		= record->bdf;
		__entry->reason		= record->reason;
		__entry->err		= record->err;
		__entry->seq		= record->seq;
	),

	TP_printk("device=%04x:%02x:%02x.%d reason=%s err=%d seq=%llu",
		  __entry->domain, PCI_BUS_NUM(__entry->bdf),
		  PCI_SLOT(__entry->bdf), PCI_FUNC(__entry->bdf),
		  __print_symbolic(__entry->reason,
				   VFIO_LIVEUPDATE_RETRIEVE_REASONS),
		  __entry->err, __entry->seq)
);

DEFINE_EVENT(vfio_liveupdate_incoming, vfio_liveupdate_retrieve,

	TP_PROTO(const struct luo_journal_record *record,
		 struct pci_dev *dev__nullable),

	TP_ARGS(record, dev__nullable)
);

DEFINE_EVENT_PRINT(vfio_liveupdate_incoming, vfio_liveupdate_finish_refused,

	TP_PROTO(const struct luo_journal_record *record,
		 struct pci_dev *dev__nullable),

	TP_ARGS(record, dev__nullable),

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
