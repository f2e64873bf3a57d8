/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The live update journal, for those who write to it.
 *
 * A site that traces an event calls its tell_*() function, which writes the
 * event to the journal once and hands its number there to the tracepoint. See
 * kernel/liveupdate/luo_tell.h and its like in drivers/pci and drivers/vfio.
 */
#ifndef _LINUX_LUO_JOURNAL_H
#define _LINUX_LUO_JOURNAL_H

#include <linux/kho/abi/luo_journal.h>
#include <linux/pci.h>
#include <linux/types.h>

/**
 * struct luo_journal_event - An event on its way into the journal
 * @event:    enum luo_journal_event_id.
 * @reason:   Why, or the phase.
 * @err:      0 or a negative errno.
 * @yes:      The event's boolean.
 * @duration: Nanoseconds that the operation took.
 * @token:    The file's token.
 * @number:   The event's number.
 * @session:  Name, up to LIVEUPDATE_SESSION_NAME_LENGTH, or NULL.
 * @handler:  Compatible string of a file handler, or NULL.
 * @flb:      Compatible string of an FLB, or NULL.
 * @device:   Name of a device that is not on a PCI bus, or NULL.
 * @driver:   Name of a driver, or NULL.
 * @has_bdf:  @domain and @bdf name a PCI device.
 * @domain:   PCI domain.
 * @bdf:      PCI bus, device and function number.
 *
 * The names of sessions, handlers and FLBs need not be terminated.
 */
struct luo_journal_event {
	enum luo_journal_event_id event;
	int reason;
	int err;
	bool yes;
	u64 duration;
	u64 token;
	s64 number;
	const char *session;
	const char *handler;
	const char *flb;
	const char *device;
	const char *driver;
	bool has_bdf;
	u32 domain;
	u16 bdf;
};

#ifdef CONFIG_LIVEUPDATE_JOURNAL
u64 luo_journal_write(const struct luo_journal_event *event);
void luo_journal_jump(void);
#else
static inline u64 luo_journal_write(const struct luo_journal_event *event)
{
	return 0;
}

static inline void luo_journal_jump(void) { }
#endif

/* Names the PCI device @dev. */
static inline void luo_journal_set_pci(struct luo_journal_event *event,
				       struct pci_dev *dev)
{
	event->has_bdf = true;
	event->domain = pci_domain_nr(dev->bus);
	event->bdf = pci_dev_id(dev);
}

/* Names @dev, on whatever bus it is. */
static inline void luo_journal_set_dev(struct luo_journal_event *event,
				       struct device *dev)
{
	if (dev_is_pci(dev))
		luo_journal_set_pci(event, to_pci_dev(dev));
	else
		event->device = dev_name(dev);
}

#endif /* _LINUX_LUO_JOURNAL_H */
