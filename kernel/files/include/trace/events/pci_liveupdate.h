/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Trace events of PCI device tracking across a live update.
 *
 * The reasons are decided in drivers/pci/liveupdate.c, where their meaning
 * stands with them; the events only carry them. @seq is the number that the
 * event has in the live update journal, or 0.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM pci_liveupdate

#if !defined(_TRACE_PCI_LIVEUPDATE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_PCI_LIVEUPDATE_H

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

#define PCI_LIVEUPDATE_HELD_REASONS					\
	EM(PCI_LIVEUPDATE_HELD_PRESERVED,	"preserved")		\
	EMe(PCI_LIVEUPDATE_HELD_RETRIEVED,	"retrieved")

#define PCI_LIVEUPDATE_BUSNR_REASONS					\
	EM(PCI_LIVEUPDATE_BUSNR_KEPT,		"kept")			\
	EM(PCI_LIVEUPDATE_BUSNR_LOST,		"lost")			\
	EMe(PCI_LIVEUPDATE_BUSNR_SIBLING_LOST,	"sibling_lost")

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

/*
 * One event a node: the device itself and each bridge above it. @driver is the
 * driver that preserved the device, @refcount the number of preserved devices
 * at or below the node once the operation is done.
 */
DECLARE_EVENT_CLASS(pci_liveupdate_node,

	TP_PROTO(struct pci_dev *dev, const char *driver, u32 refcount,
		 u64 seq),

	TP_ARGS(dev, driver, refcount, seq),

	TP_STRUCT__entry(
		__string(	device,		pci_name(dev)	)
		__string(	driver,		driver		)
		__field(	bool,		bridge		)
		__field(	u32,		refcount	)
		__field(	u64,		seq		)
	),

	TP_fast_assign(
		__assign_str(device);
		__assign_str(driver);
		__entry->bridge		= pci_is_bridge(dev);
		__entry->refcount	= refcount;
		__entry->seq		= seq;
	),

	TP_printk("device=%s bridge=%d driver=%s refcount=%u seq=%llu",
		  __get_str(device), __entry->bridge, __get_str(driver),
		  __entry->refcount, __entry->seq)
);

#define DEFINE_PCI_LIVEUPDATE_NODE_EVENT(event)				\
DEFINE_EVENT(pci_liveupdate_node, event,				\
									\
	TP_PROTO(struct pci_dev *dev, const char *driver, u32 refcount,	\
		 u64 seq),						\
									\
	TP_ARGS(dev, driver, refcount, seq)				\
)

DEFINE_PCI_LIVEUPDATE_NODE_EVENT(pci_liveupdate_preserve);
DEFINE_PCI_LIVEUPDATE_NODE_EVENT(pci_liveupdate_unpreserve);
/* The previous kernel preserved the device that is being set up. */
DEFINE_PCI_LIVEUPDATE_NODE_EVENT(pci_liveupdate_incoming);
DEFINE_PCI_LIVEUPDATE_NODE_EVENT(pci_liveupdate_finish);

TRACE_EVENT(pci_liveupdate_refuse,

	TP_PROTO(struct pci_dev *dev, int reason, int err, u64 seq),

	TP_ARGS(dev, reason, err, seq),

	TP_STRUCT__entry(
		__string(	device,		pci_name(dev)	)
		__field(	int,		reason		)
		__field(	int,		err		)
		__field(	u64,		seq		)
	),

	TP_fast_assign(
		__assign_str(device);
		__entry->reason		= reason;
		__entry->err		= err;
		__entry->seq		= seq;
	),

	TP_printk("device=%s reason=%s err=%d seq=%llu", __get_str(device),
		  __print_symbolic(__entry->reason,
				   PCI_LIVEUPDATE_REFUSE_REASONS),
		  __entry->err, __entry->seq)
);

/* @count is how often in a row this device met this driver and reason. */
TRACE_EVENT(pci_liveupdate_probe,

	TP_PROTO(struct pci_dev *dev, struct pci_driver *drv, bool allowed,
		 int reason, u32 count, u64 seq),

	TP_ARGS(dev, drv, allowed, reason, count, seq),

	TP_STRUCT__entry(
		__string(	device,		pci_name(dev)	)
		__string(	driver,		drv->name	)
		__field(	bool,		allowed		)
		__field(	int,		reason		)
		__field(	u32,		count		)
		__field(	u64,		seq		)
	),

	TP_fast_assign(
		__assign_str(device);
		__assign_str(driver);
		__entry->allowed	= allowed;
		__entry->reason		= reason;
		__entry->count		= count;
		__entry->seq		= seq;
	),

	TP_printk("device=%s driver=%s decision=%s reason=%s count=%u seq=%llu",
		  __get_str(device), __get_str(driver),
		  __entry->allowed ? "allow" : "block",
		  __print_symbolic(__entry->reason,
				   PCI_LIVEUPDATE_PROBE_REASONS),
		  __entry->count, __entry->seq)
);

/* No file waits for the device any more, but nobody has finished it. */
TRACE_EVENT(pci_liveupdate_never_finished,

	TP_PROTO(u32 domain, u16 bdf, const char *driver, u32 refcount,
		 u64 seq),

	TP_ARGS(domain, bdf, driver, refcount, seq),

	TP_STRUCT__entry(
		__string(	driver,		driver		)
		__field(	u32,		domain		)
		__field(	u16,		bdf		)
		__field(	u32,		refcount	)
		__field(	u64,		seq		)
	),

	TP_fast_assign(
		__assign_str(driver);
		__entry->domain		= domain;
		__entry->bdf		= bdf;
		__entry->refcount	= refcount;
		__entry->seq		= seq;
	),

	TP_printk("device=%04x:%02x:%02x.%d driver=%s refcount=%u seq=%llu",
		  __entry->domain, PCI_BUS_NUM(__entry->bdf),
		  PCI_SLOT(__entry->bdf), PCI_FUNC(__entry->bdf),
		  __get_str(driver), __entry->refcount, __entry->seq)
);

/* @index is the entry at fault, or -1 where the fault is not in an entry. */
TRACE_EVENT(pci_liveupdate_handover_bad,

	TP_PROTO(int reason, s64 index, int err, u64 seq),

	TP_ARGS(reason, index, err, seq),

	TP_STRUCT__entry(
		__field(	int,		reason		)
		__field(	s64,		index		)
		__field(	int,		err		)
		__field(	u64,		seq		)
	),

	TP_fast_assign(
		__entry->reason		= reason;
		__entry->index		= index;
		__entry->err		= err;
		__entry->seq		= seq;
	),

	TP_printk("reason=%s index=%lld err=%d seq=%llu",
		  __print_symbolic(__entry->reason,
				   PCI_LIVEUPDATE_BAD_REASONS),
		  __entry->index, __entry->err, __entry->seq)
);

/* @bus is the secondary bus number of the bridge @dev, 0 if it has none. */
TRACE_EVENT(pci_liveupdate_bus_numbers,

	TP_PROTO(struct pci_dev *dev, int reason, u32 bus, u64 seq),

	TP_ARGS(dev, reason, bus, seq),

	TP_STRUCT__entry(
		__string(	device,		pci_name(dev)	)
		__field(	int,		reason		)
		__field(	u32,		bus		)
		__field(	u64,		seq		)
	),

	TP_fast_assign(
		__assign_str(device);
		__entry->reason		= reason;
		__entry->bus		= bus;
		__entry->seq		= seq;
	),

	TP_printk("device=%s reason=%s bus=%02x seq=%llu", __get_str(device),
		  __print_symbolic(__entry->reason,
				   PCI_LIVEUPDATE_BUSNR_REASONS),
		  __entry->bus, __entry->seq)
);

DECLARE_EVENT_CLASS(pci_liveupdate_setting,

	TP_PROTO(struct pci_dev *dev, bool enabled, u64 seq),

	TP_ARGS(dev, enabled, seq),

	TP_STRUCT__entry(
		__string(	device,		pci_name(dev)	)
		__field(	bool,		enabled		)
		__field(	u64,		seq		)
	),

	TP_fast_assign(
		__assign_str(device);
		__entry->enabled	= enabled;
		__entry->seq		= seq;
	),

	TP_printk("device=%s enabled=%d seq=%llu", __get_str(device),
		  __entry->enabled, __entry->seq)
);

/* ARI forwarding of the preserved bridge stays as it was. */
DEFINE_EVENT(pci_liveupdate_setting, pci_liveupdate_ari,

	TP_PROTO(struct pci_dev *dev, bool enabled, u64 seq),

	TP_ARGS(dev, enabled, seq)
);

/* The ACS control register of the preserved device stays as it was. */
TRACE_EVENT(pci_liveupdate_acs,

	TP_PROTO(struct pci_dev *dev, u32 control, u64 seq),

	TP_ARGS(dev, control, seq),

	TP_STRUCT__entry(
		__string(	device,		pci_name(dev)	)
		__field(	u32,		control		)
		__field(	u64,		seq		)
	),

	TP_fast_assign(
		__assign_str(device);
		__entry->control	= control;
		__entry->seq		= seq;
	),

	TP_printk("device=%s control=%#06x seq=%llu", __get_str(device),
		  __entry->control, __entry->seq)
);

/* The preserved device, or bridge above one, is not kept from mastering. */
DEFINE_EVENT(pci_liveupdate_setting, pci_liveupdate_bus_master,

	TP_PROTO(struct pci_dev *dev, bool enabled, u64 seq),

	TP_ARGS(dev, enabled, seq)
);

/* User space wanted the device unbound or removed; LUO holds its file. */
TRACE_EVENT(pci_liveupdate_unbind_refused,

	TP_PROTO(struct pci_dev *dev, int reason, int err, u64 seq),

	TP_ARGS(dev, reason, err, seq),

	TP_STRUCT__entry(
		__string(	device,		pci_name(dev)	)
		__field(	int,		reason		)
		__field(	int,		err		)
		__field(	u64,		seq		)
	),

	TP_fast_assign(
		__assign_str(device);
		__entry->reason		= reason;
		__entry->err		= err;
		__entry->seq		= seq;
	),

	TP_printk("device=%s reason=%s err=%d seq=%llu", __get_str(device),
		  __print_symbolic(__entry->reason,
				   PCI_LIVEUPDATE_HELD_REASONS),
		  __entry->err, __entry->seq)
);

#endif /* _TRACE_PCI_LIVEUPDATE_H */

/* This part must be outside protection */
#include <trace/define_trace.h>
