/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tell an event of a preserved, refused or blocked device: to the live update
 * journal, and with its number there to who traces it. The arguments are those
 * of the trace event but for the number.
 */
#ifndef _PCI_LIVEUPDATE_TELL_H
#define _PCI_LIVEUPDATE_TELL_H

#include <linux/luo_journal.h>

#include <trace/events/pci_liveupdate.h>

#define DEFINE_TELL_PCI_NODE(tp, id)					\
static inline void tell_##tp(struct pci_dev *dev,			\
			       const char *driver, u32 refcount)	\
{									\
	struct luo_journal_event event = {				\
		.event = LUO_JOURNAL_##id, .yes = pci_is_bridge(dev),	\
		.driver = driver, .number = refcount,			\
	};								\
									\
	luo_journal_set_pci(&event, dev);				\
	trace_##tp(dev, driver, refcount,				\
		     luo_journal_write(&event));			\
}

DEFINE_TELL_PCI_NODE(pci_liveupdate_preserve, PCI_PRESERVE)
DEFINE_TELL_PCI_NODE(pci_liveupdate_unpreserve, PCI_UNPRESERVE)
DEFINE_TELL_PCI_NODE(pci_liveupdate_incoming, PCI_INCOMING)
DEFINE_TELL_PCI_NODE(pci_liveupdate_finish, PCI_FINISH)

#define DEFINE_TELL_PCI_REFUSAL(tp, id)					\
static inline void tell_##tp(struct pci_dev *dev, int reason, int err)	\
{									\
	struct luo_journal_event event = {				\
		.event = LUO_JOURNAL_##id, .reason = reason, .err = err, \
	};								\
									\
	luo_journal_set_pci(&event, dev);				\
	trace_##tp(dev, reason, err, luo_journal_write(&event));	\
}

DEFINE_TELL_PCI_REFUSAL(pci_liveupdate_refuse, PCI_REFUSE)
DEFINE_TELL_PCI_REFUSAL(pci_liveupdate_unbind_refused, PCI_UNBIND_REFUSED)

static inline void tell_pci_liveupdate_probe(struct pci_dev *dev,
					     struct pci_driver *drv,
					     bool allowed, int reason,
					     u32 count)
{
	struct luo_journal_event event = {
		.event = LUO_JOURNAL_PCI_PROBE, .reason = reason,
		.yes = allowed, .driver = drv->name, .number = count,
	};

	luo_journal_set_pci(&event, dev);
	trace_pci_liveupdate_probe(dev, drv, allowed, reason, count,
				   luo_journal_write(&event));
}

static inline void tell_pci_liveupdate_never_finished(u32 domain, u16 bdf,
						      const char *driver,
						      u32 refcount)
{
	const struct luo_journal_event event = {
		.event = LUO_JOURNAL_PCI_NEVER_FINISHED, .driver = driver,
		.number = refcount, .has_bdf = true, .domain = domain,
		.bdf = bdf,
	};

	trace_pci_liveupdate_never_finished(domain, bdf, driver, refcount,
					    luo_journal_write(&event));
}

static inline void tell_pci_liveupdate_handover_bad(int reason, s64 index,
						    int err)
{
	const struct luo_journal_event event = {
		.event = LUO_JOURNAL_PCI_HANDOVER_BAD, .reason = reason,
		.number = index, .err = err,
	};

	trace_pci_liveupdate_handover_bad(reason, index, err,
					  luo_journal_write(&event));
}

static inline void tell_pci_liveupdate_bus_numbers(struct pci_dev *dev,
						   int reason, u32 bus)
{
	struct luo_journal_event event = {
		.event = LUO_JOURNAL_PCI_BUS_NUMBERS, .reason = reason,
		.number = bus,
	};

	luo_journal_set_pci(&event, dev);
	trace_pci_liveupdate_bus_numbers(dev, reason, bus,
					 luo_journal_write(&event));
}

#define DEFINE_TELL_PCI_SETTING(tp, id)					\
static inline void tell_##tp(struct pci_dev *dev, bool enabled)		\
{									\
	struct luo_journal_event event = {				\
		.event = LUO_JOURNAL_##id, .yes = enabled,		\
	};								\
									\
	luo_journal_set_pci(&event, dev);				\
	trace_##tp(dev, enabled, luo_journal_write(&event));		\
}

DEFINE_TELL_PCI_SETTING(pci_liveupdate_ari, PCI_ARI)
DEFINE_TELL_PCI_SETTING(pci_liveupdate_bus_master, PCI_BUS_MASTER)

static inline void tell_pci_liveupdate_acs(struct pci_dev *dev, u32 control)
{
	struct luo_journal_event event = {
		.event = LUO_JOURNAL_PCI_ACS, .number = control,
	};

	luo_journal_set_pci(&event, dev);
	trace_pci_liveupdate_acs(dev, control, luo_journal_write(&event));
}

#endif /* _PCI_LIVEUPDATE_TELL_H */
