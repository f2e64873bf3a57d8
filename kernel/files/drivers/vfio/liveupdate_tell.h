/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tell an event of a device file that was preserved, refused or failed: to the
 * live update journal, and with its number there to who traces it. The arguments
 * are those of the trace event but for the number.
 */
#ifndef _VFIO_LIVEUPDATE_TELL_H
#define _VFIO_LIVEUPDATE_TELL_H

#include <linux/luo_journal.h>

#include <trace/events/vfio_liveupdate.h>

static inline void tell_vfio_liveupdate_match(struct device *dev, int reason)
{
	struct luo_journal_event event = {
		.event = LUO_JOURNAL_VFIO_MATCH, .reason = reason,
	};

	luo_journal_set_dev(&event, dev);
	trace_vfio_liveupdate_match(dev, reason, luo_journal_write(&event));
}

static inline void tell_vfio_liveupdate_open_denied(struct device *dev,
						    bool group, int err)
{
	struct luo_journal_event event = {
		.event = LUO_JOURNAL_VFIO_OPEN_DENIED, .yes = group, .err = err,
	};

	luo_journal_set_dev(&event, dev);
	trace_vfio_liveupdate_open_denied(dev, group, err,
					  luo_journal_write(&event));
}

static inline void tell_vfio_liveupdate_freeze(struct pci_dev *dev, int reason,
					       int err, u64 duration)
{
	struct luo_journal_event event = {
		.event = LUO_JOURNAL_VFIO_FREEZE, .reason = reason, .err = err,
		.duration = duration,
	};

	luo_journal_set_pci(&event, dev);
	trace_vfio_liveupdate_freeze(dev, reason, err, duration,
				     luo_journal_write(&event));
}

#define DEFINE_TELL_VFIO_OP(tp, id)					\
static inline void tell_##tp(struct pci_dev *dev, int err, u64 duration) \
{									\
	struct luo_journal_event event = {				\
		.event = LUO_JOURNAL_##id, .err = err, .duration = duration, \
	};								\
									\
	luo_journal_set_pci(&event, dev);				\
	trace_##tp(dev, err, duration, luo_journal_write(&event));	\
}

DEFINE_TELL_VFIO_OP(vfio_liveupdate_reset, VFIO_RESET)
DEFINE_TELL_VFIO_OP(vfio_liveupdate_unfreeze, VFIO_UNFREEZE)
DEFINE_TELL_VFIO_OP(vfio_liveupdate_bound, VFIO_BOUND)

static inline void tell_vfio_liveupdate_retrieve(u32 domain, u16 bdf,
						 struct pci_dev *dev,
						 int reason, int err)
{
	const struct luo_journal_event event = {
		.event = LUO_JOURNAL_VFIO_RETRIEVE, .reason = reason,
		.err = err, .has_bdf = true, .domain = domain, .bdf = bdf,
	};

	trace_vfio_liveupdate_retrieve(domain, bdf, dev, reason, err,
				       luo_journal_write(&event));
}

static inline void tell_vfio_liveupdate_finish_refused(u32 domain, u16 bdf,
						       int reason, int err)
{
	const struct luo_journal_event event = {
		.event = LUO_JOURNAL_VFIO_FINISH_REFUSED, .reason = reason,
		.err = err, .has_bdf = true, .domain = domain, .bdf = bdf,
	};

	trace_vfio_liveupdate_finish_refused(domain, bdf, reason, err,
					     luo_journal_write(&event));
}

#endif /* _VFIO_LIVEUPDATE_TELL_H */
