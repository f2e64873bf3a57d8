// SPDX-License-Identifier: GPL-2.0

/**
 * DOC: Records
 *
 * A struct luo_journal_record describes one decision or state change of a live
 * update. The function that takes the decision fills the record, once. All
 * readers, now and in the next kernel, get the same record, so that there is one
 * format to decode.
 */

#include <linux/export.h>
#include <linux/luo_journal.h>
#include <linux/pci.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/string.h>

/* luo_record_add_name() writes up to the end of the record. */
static_assert(offsetofend(struct luo_journal_record, names) ==
	      sizeof(struct luo_journal_record));

/**
 * luo_record_init - Begin a record of an event
 * @record: The record.
 * @event:  Number of the event, one of enum luo_event or of the like enum of
 *          another subsystem.
 *
 * Fills in the running thread and CPU. Everything else before the names is 0; the
 * names are left as they are, because a record ends after its last one.
 *
 * Context: Any context.
 */
void luo_record_init(struct luo_journal_record *record, u16 event)
{
	/* One by one: a memset() of so few bytes costs more than all the rest. */
	record->seq = 0;
	record->cycles = 0;
	record->duration = 0;
	record->token = 0;
	for (int i = 0; i < LUO_JOURNAL_NR_NUMBERS; i++)
		record->number[i] = 0;
	record->err = 0;
	record->domain = 0;
	record->bdf = 0;
	record->reason = 0;
	record->flags = 0;
	record->pid = task_tgid_nr(current);
	record->tid = task_pid_nr(current);
	record->cpu = raw_smp_processor_id();
	record->length = offsetof(struct luo_journal_record, names);
	record->event = event;
	memcpy(record->comm, current->comm, sizeof(record->comm));
}
EXPORT_SYMBOL_GPL(luo_record_init);

/**
 * luo_record_add_name - Add a name to a record
 * @record: The record.
 * @flag:   Which name, one of LUO_JOURNAL_HAS_SESSION to LUO_JOURNAL_HAS_DRIVER.
 *          Names are added in the order of these flags.
 * @name:   The name, terminated if it is shorter than @max; or NULL, which adds
 *          nothing.
 * @max:    Maximum length of the name.
 *
 * A name that does not fit is cut, and LUO_JOURNAL_NAME_CUT set.
 *
 * Context: Any context.
 */
void luo_record_add_name(struct luo_journal_record *record, u32 flag,
			 const char *name, size_t max)
{
	size_t room = sizeof(*record) - record->length;
	char *to = (char *)record + record->length;
	size_t length;

	if (!name)
		return;

	if (!room) {
		record->flags |= LUO_JOURNAL_NAME_CUT;
		return;
	}

	for (length = 0; length < max && name[length]; length++) {
		if (length == room - 1) {
			flag |= LUO_JOURNAL_NAME_CUT;
			break;
		}
		to[length] = name[length];
	}
	to[length] = '\0';
	record->length += length + 1;
	record->flags |= flag;
}
EXPORT_SYMBOL_GPL(luo_record_add_name);

/**
 * luo_record_set_bdf - Name the PCI device that a record is about
 * @record: The record.
 * @domain: PCI domain.
 * @bdf:    PCI bus, device and function number.
 *
 * Context: Any context.
 */
void luo_record_set_bdf(struct luo_journal_record *record, u32 domain, u16 bdf)
{
	record->flags |= LUO_JOURNAL_HAS_BDF;
	record->domain = domain;
	record->bdf = bdf;
}
EXPORT_SYMBOL_GPL(luo_record_set_bdf);

/**
 * luo_record_set_pci - Name the PCI device that a record is about
 * @record: The record.
 * @dev:    The device.
 *
 * Context: Any context.
 */
void luo_record_set_pci(struct luo_journal_record *record, struct pci_dev *dev)
{
	luo_record_set_bdf(record, pci_domain_nr(dev->bus), pci_dev_id(dev));
}
EXPORT_SYMBOL_GPL(luo_record_set_pci);

/**
 * luo_record_set_dev - Name the device that a record is about
 * @record: The record.
 * @dev:    The device, on any bus.
 *
 * A PCI device is recorded by its address, any other device by its name.
 *
 * Context: Any context.
 */
void luo_record_set_dev(struct luo_journal_record *record, struct device *dev)
{
	if (dev_is_pci(dev))
		luo_record_set_pci(record, to_pci_dev(dev));
	else
		luo_record_add_name(record, LUO_JOURNAL_HAS_DEVICE,
				    dev_name(dev), LUO_JOURNAL_NAMES_LENGTH);
}
EXPORT_SYMBOL_GPL(luo_record_set_dev);

/**
 * luo_record_name - Look up a name in a record
 * @record: A record that this kernel has filled.
 * @flag:   Which name, one of LUO_JOURNAL_HAS_SESSION to LUO_JOURNAL_HAS_DRIVER.
 *
 * Context: Any context.
 * Return: The name, "" if the record has none.
 */
const char *luo_record_name(const struct luo_journal_record *record, u32 flag)
{
	const char *name = record->names;

	if (!(record->flags & flag))
		return "";

	/* Skip the names of lower bits. */
	for (u32 i = hweight32(record->flags & (flag - 1)); i; i--)
		name += strlen(name) + 1;

	return name;
}
EXPORT_SYMBOL_GPL(luo_record_name);

#ifdef CONFIG_LIVEUPDATE_KUNIT_TEST
#include "luo_record_kunit.c"
#endif
