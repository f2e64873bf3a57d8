/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Live update records, for the code that takes decisions.
 *
 * The function that takes a decision fills a record:
 *
 *	struct luo_journal_record record;
 *
 *	luo_record_init(&record, LUO_EVENT_FILE_PRESERVE);
 *	record.token = token;
 *	record.err = err;
 *	luo_record_add_name(&record, LUO_JOURNAL_HAS_SESSION, session->name,
 *			    sizeof(session->name));
 *	luo_event(luo_file_preserve, &record, session, file, fh);
 *
 * luo_event() writes the record to the journal and calls the trace event with it.
 * Names have to be added in the order of their LUO_JOURNAL_HAS_ bits.
 */
#ifndef _LINUX_LUO_JOURNAL_H
#define _LINUX_LUO_JOURNAL_H

#include <linux/kho/abi/luo_journal.h>
#include <linux/types.h>

struct device;
struct pci_dev;

void luo_record_init(struct luo_journal_record *record, u16 event);
void luo_record_add_name(struct luo_journal_record *record, u32 flag,
			 const char *name, size_t max);
void luo_record_set_bdf(struct luo_journal_record *record, u32 domain, u16 bdf);
void luo_record_set_pci(struct luo_journal_record *record, struct pci_dev *dev);
void luo_record_set_dev(struct luo_journal_record *record, struct device *dev);
const char *luo_record_name(const struct luo_journal_record *record, u32 flag);

#ifdef CONFIG_LIVEUPDATE_JOURNAL
void luo_journal_write(struct luo_journal_record *record);
void luo_journal_jump(void);
/* For KUnit suites: what a test makes up is no history. */
void luo_journal_pause(void);
void luo_journal_resume(void);
#else
static inline void luo_journal_write(struct luo_journal_record *record) { }
static inline void luo_journal_jump(void) { }
static inline void luo_journal_pause(void) { }
static inline void luo_journal_resume(void) { }
#endif

/* Writes @record to the journal, then calls trace event @name with it. */
#define luo_event(name, record, ...)					\
do {									\
	struct luo_journal_record *__record = (record);			\
									\
	luo_journal_write(__record);					\
	trace_##name(__record, ##__VA_ARGS__);				\
} while (0)

#endif /* _LINUX_LUO_JOURNAL_H */
