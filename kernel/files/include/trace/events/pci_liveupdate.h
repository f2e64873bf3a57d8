/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Trace events of PCI devices across a live update.
 *
 * Each event passes on the record that the kernel has filled where it took the
 * decision, and the objects that the decision is about. What the record's fields
 * mean in each event is in include/linux/kho/abi/luo_journal_pci.h.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM pci_liveupdate

#if !defined(_TRACE_PCI_LIVEUPDATE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_PCI_LIVEUPDATE_H

#include <linux/kho/abi/luo_journal_pci.h>
#include <linux/luo_journal.h>
#include <linux/pci.h>
#include <linux/tracepoint.h>

#define PCI_LIVEUPDATE_REFUSE_REASONS					\
	EM(PCI_LIVEUPDATE_REFUSE_DISABLED,	"disabled")		\
	EM(PCI_LIVEUPDATE_REFUSE_VF,		"vf")			\
	EM(PCI_LIVEUPDATE_REFUSE_NO_FLB,	"no_flb")		\
	EM(PCI_LIVEUPDATE_REFUSE_PRESERVED,	"already_preserved")	\
	EM(PCI_LIVEUPDATE_REFUSE_FROZEN,	"frozen")		\
	EM(PCI_LIVEUPDATE_REFUSE_UNBINDING,	"unbinding")		\
	EMe(PCI_LIVEUPDATE_REFUSE_NO_MEMORY,	"no_memory")

#define PCI_LIVEUPDATE_PROBE_REASONS					\
	EM(PCI_LIVEUPDATE_PROBE_NOT_PRESERVED,	"not_preserved")	\
	EM(PCI_LIVEUPDATE_PROBE_BRIDGE,		"bridge")		\
	EM(PCI_LIVEUPDATE_PROBE_DRIVER_OVERRIDE, "driver_override")	\
	EM(PCI_LIVEUPDATE_PROBE_SAME_DRIVER,	"same_driver")		\
	EM(PCI_LIVEUPDATE_PROBE_FOREIGN_DRIVER,	"foreign_driver")	\
	EMe(PCI_LIVEUPDATE_PROBE_UNREADABLE,	"incoming_unreadable")

#define PCI_LIVEUPDATE_BAD_REASONS					\
	EM(PCI_LIVEUPDATE_BAD_NONE,		"none")			\
	EM(PCI_LIVEUPDATE_BAD_FLB,		"bad_flb")		\
	EM(PCI_LIVEUPDATE_BAD_ADDRESS,		"bad_address")		\
	EM(PCI_LIVEUPDATE_BAD_VERSION,		"bad_version")		\
	EM(PCI_LIVEUPDATE_BAD_BLOCKS,		"bad_blocks")		\
	EM(PCI_LIVEUPDATE_BAD_COUNT,		"bad_count")		\
	EM(PCI_LIVEUPDATE_BAD_DRIVER_NAME,	"bad_driver_name")	\
	EM(PCI_LIVEUPDATE_BAD_DUPLICATE,	"duplicate")		\
	EMe(PCI_LIVEUPDATE_BAD_NO_MEMORY,	"no_memory")

#define PCI_LIVEUPDATE_BUSNR_REASONS					\
	EM(PCI_LIVEUPDATE_BUSNR_KEPT,		"kept")			\
	EM(PCI_LIVEUPDATE_BUSNR_LOST,		"lost")			\
	EMe(PCI_LIVEUPDATE_BUSNR_SIBLING_LOST,	"sibling_lost")

#define PCI_LIVEUPDATE_HELD_REASONS					\
	EM(PCI_LIVEUPDATE_HELD_PRESERVED,	"preserved")		\
	EMe(PCI_LIVEUPDATE_HELD_RETRIEVED,	"retrieved")

#undef EM
#undef EMe
#define EM(a, b)	TRACE_DEFINE_ENUM(a);
#define EMe(a, b)	TRACE_DEFINE_ENUM(a);

PCI_LIVEUPDATE_REFUSE_REASONS
PCI_LIVEUPDATE_PROBE_REASONS
PCI_LIVEUPDATE_BAD_REASONS
PCI_LIVEUPDATE_BUSNR_REASONS
PCI_LIVEUPDATE_HELD_REASONS

#undef EM
#undef EMe
#define EM(a, b)	{ a, b },
#define EMe(a, b)	{ a, b }

/* Events about a device, or about a bridge above one. */
DECLARE_EVENT_CLASS(pci_liveupdate_device,

	TP_PROTO(const struct luo_journal_record *record, struct pci_dev *dev),

	TP_ARGS(record, dev),

	TP_STRUCT__entry(
		__string(	device,		pci_name(dev)		)
		__string(	driver,
				luo_record_name(record, LUO_JOURNAL_HAS_DRIVER))
		__array(	s64,		number,
				LUO_JOURNAL_NR_NUMBERS			)
		__field(	int,		err			)
		__field(	u16,		reason			)
		__field(	bool,		yes			)
		__field(	u64,		seq			)
	),

	TP_fast_assign(
		__assign_str(device);
		__assign_str(driver);
		memcpy(__entry->number, record->number,
		       sizeof(record->number));
		__entry->err		= record->err;
		__entry->reason		= record->reason;
		__entry->yes		= record->flags & LUO_JOURNAL_YES;
		__entry->seq		= record->seq;
	),

	TP_printk("device=%s bridge=%d driver=%s refcount=%lld seq=%llu",
		  __get_str(device), __entry->yes, __get_str(driver),
		  __entry->number[0], __entry->seq)
);

/* One event for the device itself, and one for each bridge above it. */
#define DEFINE_PCI_LIVEUPDATE_NODE_EVENT(event)				\
DEFINE_EVENT(pci_liveupdate_device, event,				\
									\
	TP_PROTO(const struct luo_journal_record *record,		\
		 struct pci_dev *dev),					\
									\
	TP_ARGS(record, dev)						\
)

#define DEFINE_PCI_LIVEUPDATE_EVENT(event, print)			\
DEFINE_EVENT_PRINT(pci_liveupdate_device, event,			\
									\
	TP_PROTO(const struct luo_journal_record *record,		\
		 struct pci_dev *dev),					\
									\
	TP_ARGS(record, dev),						\
									\
	PARAMS(print)							\
)

DEFINE_PCI_LIVEUPDATE_NODE_EVENT(pci_liveupdate_preserve);
DEFINE_PCI_LIVEUPDATE_NODE_EVENT(pci_liveupdate_unpreserve);

DEFINE_PCI_LIVEUPDATE_EVENT(pci_liveupdate_preserve_refused,
	TP_printk("device=%s reason=%s err=%d seq=%llu", __get_str(device),
		  __print_symbolic(__entry->reason,
				   PCI_LIVEUPDATE_REFUSE_REASONS),
		  __entry->err, __entry->seq)
);

/* The previous kernel preserved the device that is being set up. */
DEFINE_PCI_LIVEUPDATE_NODE_EVENT(pci_liveupdate_incoming);
DEFINE_PCI_LIVEUPDATE_NODE_EVENT(pci_liveupdate_finish);

/* Events about a handover for which there may be no device. */
DECLARE_EVENT_CLASS(pci_liveupdate_handover,

	TP_PROTO(const struct luo_journal_record *record),

	TP_ARGS(record),

	TP_STRUCT__entry(
		__string(	driver,
				luo_record_name(record, LUO_JOURNAL_HAS_DRIVER))
		__field(	u32,		domain			)
		__field(	u16,		bdf			)
		__field(	u16,		reason			)
		__field(	s64,		number			)
		__field(	int,		err			)
		__field(	u64,		seq			)
	),

	TP_fast_assign(
		__assign_str(driver);
		__entry->domain		= record->domain;
		__entry->bdf		= record->bdf;
		__entry->reason		= record->reason;
		__entry->number		= record->number[0];
		__entry->err		= record->err;
		__entry->seq		= record->seq;
	),

	TP_printk("reason=%s index=%lld err=%d seq=%llu",
		  __print_symbolic(__entry->reason,
				   PCI_LIVEUPDATE_BAD_REASONS),
		  __entry->number, __entry->err, __entry->seq)
);

DEFINE_EVENT(pci_liveupdate_handover, pci_liveupdate_handover_bad,

	TP_PROTO(const struct luo_journal_record *record),

	TP_ARGS(record)
);

/* No file needs the device any more, but its driver has not finished it. */
DEFINE_EVENT_PRINT(pci_liveupdate_handover, pci_liveupdate_never_finished,

	TP_PROTO(const struct luo_journal_record *record),

	TP_ARGS(record),

	TP_printk("device=%04x:%02x:%02x.%d driver=%s refcount=%lld seq=%llu",
		  __entry->domain, PCI_BUS_NUM(__entry->bdf),
		  PCI_SLOT(__entry->bdf), PCI_FUNC(__entry->bdf),
		  __get_str(driver), __entry->number, __entry->seq)
);

/* @count is how often in a row the device met this driver and decision. */
TRACE_EVENT(pci_liveupdate_probe,

	TP_PROTO(const struct luo_journal_record *record, struct pci_dev *dev,
		 struct pci_driver *drv),

	TP_ARGS(record, dev, drv),

	TP_STRUCT__entry(
		__string(	device,		pci_name(dev)		)
		__string(	driver,		drv->name		)
		__field(	bool,		allowed			)
		__field(	u16,		reason			)
		__field(	u32,		count			)
		__field(	u64,		seq			)
	),

	TP_fast_assign(
		__assign_str(device);
		__assign_str(driver);
		__entry->allowed	= record->flags & LUO_JOURNAL_YES;
		__entry->reason		= record->reason;
		__entry->count		= record->number[0];
		__entry->seq		= record->seq;
	),

	TP_printk("device=%s driver=%s decision=%s reason=%s count=%u seq=%llu",
		  __get_str(device), __get_str(driver),
		  __entry->allowed ? "allow" : "block",
		  __print_symbolic(__entry->reason,
				   PCI_LIVEUPDATE_PROBE_REASONS),
		  __entry->count, __entry->seq)
);

/* The bus numbers are those that the bridge came with, 0 if it has none. */
DEFINE_PCI_LIVEUPDATE_EVENT(pci_liveupdate_bus_numbers,
	TP_printk("device=%s reason=%s bus=%02llx subordinate=%02llx seq=%llu",
		  __get_str(device),
		  __print_symbolic(__entry->reason,
				   PCI_LIVEUPDATE_BUSNR_REASONS),
		  __entry->number[0], __entry->number[1], __entry->seq)
);

/* ARI forwarding of the preserved bridge stays as it was. */
DEFINE_PCI_LIVEUPDATE_EVENT(pci_liveupdate_ari,
	TP_printk("device=%s enabled=%d seq=%llu", __get_str(device),
		  __entry->yes, __entry->seq)
);

/* The ACS control register of the preserved device stays as it was. */
DEFINE_PCI_LIVEUPDATE_EVENT(pci_liveupdate_acs,
	TP_printk("device=%s control=%#06llx seq=%llu", __get_str(device),
		  __entry->number[0], __entry->seq)
);

/* Bus mastering of the bridge above a preserved device stays as it is. */
DEFINE_PCI_LIVEUPDATE_EVENT(pci_liveupdate_bus_master,
	TP_printk("device=%s enabled=%d seq=%llu", __get_str(device),
		  __entry->yes, __entry->seq)
);

/* User space asked to unbind or remove the device, but LUO holds its file. */
DEFINE_PCI_LIVEUPDATE_EVENT(pci_liveupdate_unbind_refused,
	TP_printk("device=%s reason=%s err=%d seq=%llu", __get_str(device),
		  __print_symbolic(__entry->reason,
				   PCI_LIVEUPDATE_HELD_REASONS),
		  __entry->err, __entry->seq)
);

/* User space asked for VFs of the device, but a session preserves its file. */
DEFINE_PCI_LIVEUPDATE_EVENT(pci_liveupdate_sriov_refused,
	TP_printk("device=%s reason=%s err=%d seq=%llu", __get_str(device),
		  __print_symbolic(__entry->reason,
				   PCI_LIVEUPDATE_HELD_REASONS),
		  __entry->err, __entry->seq)
);

#endif /* _TRACE_PCI_LIVEUPDATE_H */

/* This part must be outside protection */
#include <trace/define_trace.h>
