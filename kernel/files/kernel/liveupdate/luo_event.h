/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Record the decisions of LUO: luo_event_file_preserve() writes a record to the
 * journal and calls the trace event luo_file_preserve with it, and so on.
 */
#ifndef _LINUX_LUO_EVENT_H
#define _LINUX_LUO_EVENT_H

#include <linux/luo_journal.h>

#include "luo_internal.h"

#include <trace/events/liveupdate.h>

static inline void luo_event_incoming(u64 generation, int err)
{
	struct luo_journal_record record;

	luo_record_init(&record, LUO_EVENT_INCOMING);
	record.number[0] = generation;
	record.err = err;
	luo_event(luo_incoming, &record);
}

static inline void luo_event_outgoing(u64 generation, int err)
{
	struct luo_journal_record record;

	luo_record_init(&record, LUO_EVENT_OUTGOING);
	record.number[0] = generation;
	record.err = err;
	luo_event(luo_outgoing, &record);
}

static inline void luo_event_reboot(enum luo_reboot_stage stage,
				    bool image_has_kho, int err)
{
	struct luo_journal_record record;

	luo_record_init(&record, LUO_EVENT_REBOOT);
	record.reason = stage;
	record.flags = image_has_kho ? LUO_JOURNAL_YES : 0;
	record.err = err;
	luo_event(luo_reboot, &record);
}

static inline void luo_event_open(int err)
{
	struct luo_journal_record record;

	luo_record_init(&record, LUO_EVENT_OPEN);
	record.err = err;
	luo_event(luo_open, &record);
}

static inline void luo_event_release(void)
{
	struct luo_journal_record record;

	luo_record_init(&record, LUO_EVENT_RELEASE);
	luo_event(luo_release, &record);
}

/*
 * Sessions. @name is the name that user space or the previous kernel gave; the
 * session is NULL if none was found or created.
 */

static inline void luo_record_init_session(struct luo_journal_record *record,
					   enum luo_event event,
					   const char *name, int err,
					   u64 duration)
{
	luo_record_init(record, event);
	record->err = err;
	record->duration = duration;
	luo_record_add_name(record, LUO_JOURNAL_HAS_SESSION, name,
			    LIVEUPDATE_SESSION_NAME_LENGTH);
}

#define DEFINE_LUO_EVENT_SESSION(name, id)				\
static inline void luo_event_session_##name(const char *session_name,	\
					    struct luo_session *session, \
					    int err, u64 duration)	\
{									\
	struct luo_journal_record record;				\
									\
	luo_record_init_session(&record, LUO_EVENT_SESSION_##id,	\
				session_name, err, duration);		\
	luo_event(luo_session_##name, &record, session);		\
}

DEFINE_LUO_EVENT_SESSION(create, CREATE)
DEFINE_LUO_EVENT_SESSION(retrieve, RETRIEVE)
DEFINE_LUO_EVENT_SESSION(release, RELEASE)
DEFINE_LUO_EVENT_SESSION(finish, FINISH)
DEFINE_LUO_EVENT_SESSION(serialize, SERIALIZE)
DEFINE_LUO_EVENT_SESSION(deserialize, DESERIALIZE)
DEFINE_LUO_EVENT_SESSION(drop, DROP)

/* Files. @file and @fh are NULL if they are not known. */

static inline void luo_record_init_file(struct luo_journal_record *record,
					enum luo_event event,
					const struct luo_session *session,
					u64 token, const char *handler,
					int err, u64 duration)
{
	luo_record_init_session(record, event, session->name, err, duration);
	record->token = token;
	luo_record_add_name(record, LUO_JOURNAL_HAS_HANDLER, handler,
			    LIVEUPDATE_HNDL_COMPAT_LENGTH);
}

#define DEFINE_LUO_EVENT_FILE(name, id)					\
static inline void luo_event_file_##name(struct luo_session *session,	\
					 u64 token, struct file *file,	\
					 struct liveupdate_file_handler *fh, \
					 int err, u64 duration)		\
{									\
	struct luo_journal_record record;				\
									\
	luo_record_init_file(&record, LUO_EVENT_FILE_##id, session,	\
			     token, fh ? fh->compatible : NULL, err,	\
			     duration);					\
	luo_event(luo_file_##name, &record, session, file, fh);		\
}

DEFINE_LUO_EVENT_FILE(preserve, PRESERVE)
DEFINE_LUO_EVENT_FILE(unpreserve, UNPRESERVE)
DEFINE_LUO_EVENT_FILE(freeze, FREEZE)
DEFINE_LUO_EVENT_FILE(unfreeze, UNFREEZE)
DEFINE_LUO_EVENT_FILE(retrieve, RETRIEVE)
DEFINE_LUO_EVENT_FILE(retrieve_cached, RETRIEVE_CACHED)
DEFINE_LUO_EVENT_FILE(can_finish, CAN_FINISH)
DEFINE_LUO_EVENT_FILE(finish, FINISH)
DEFINE_LUO_EVENT_FILE(reply_failed, REPLY_FAILED)

/* Files that can be frozen are not in the journal: the freeze itself follows. */
static inline void luo_event_file_can_freeze(struct luo_session *session,
					     u64 token, struct file *file,
					     struct liveupdate_file_handler *fh,
					     int err, u64 duration)
{
	struct luo_journal_record record;

	if (!err && !trace_luo_file_can_freeze_enabled())
		return;

	luo_record_init_file(&record, LUO_EVENT_FILE_CAN_FREEZE, session, token,
			     fh->compatible, err, duration);
	if (err)
		luo_journal_write(&record);
	trace_luo_file_can_freeze(&record, session, file, fh);
}

static inline void luo_event_file_match(struct luo_session *session, u64 token,
					struct file *file,
					struct liveupdate_file_handler *fh,
					enum luo_match_reason reason, int err)
{
	struct luo_journal_record record;

	luo_record_init_file(&record, LUO_EVENT_FILE_MATCH, session, token,
			     fh ? fh->compatible : NULL, err, 0);
	record.reason = reason;
	luo_event(luo_file_match, &record, session, file, fh);
}

/* @handler is the compatible string that the previous kernel wrote. */
static inline void luo_event_file_deserialize(struct luo_session *session,
					      u64 token, const char *handler,
					      int err)
{
	struct luo_journal_record record;

	luo_record_init_file(&record, LUO_EVENT_FILE_DESERIALIZE, session,
			     token, handler, err, 0);
	luo_event(luo_file_deserialize, &record, session, NULL, NULL);
}

/* FLBs. @count is the number of references after the operation. */

static inline void luo_record_init_flb(struct luo_journal_record *record,
				       enum luo_event event,
				       const struct liveupdate_flb *flb,
				       bool outgoing, u64 count, int err,
				       u64 duration)
{
	luo_record_init(record, event);
	record->flags = outgoing ? LUO_JOURNAL_YES : 0;
	record->number[0] = count;
	record->err = err;
	record->duration = duration;
	luo_record_add_name(record, LUO_JOURNAL_HAS_FLB, flb->compatible,
			    sizeof(flb->compatible));
}

#define DEFINE_LUO_EVENT_FLB(name, id)					\
static inline void luo_event_flb_##name(struct liveupdate_flb *flb,	\
					bool outgoing, u64 count,	\
					int err, u64 duration)		\
{									\
	struct luo_journal_record record;				\
									\
	luo_record_init_flb(&record, LUO_EVENT_FLB_##id, flb, outgoing,	\
			    count, err, duration);			\
	luo_event(luo_flb_##name, &record, flb, NULL);			\
}

DEFINE_LUO_EVENT_FLB(preserve, PRESERVE)
DEFINE_LUO_EVENT_FLB(unpreserve, UNPRESERVE)
DEFINE_LUO_EVENT_FLB(retrieve, RETRIEVE)
DEFINE_LUO_EVENT_FLB(finish, FINISH)
DEFINE_LUO_EVENT_FLB(serialize, SERIALIZE)

/*
 * References that are taken and dropped decide nothing, and there are many: only
 * those that fail are in the journal.
 */
#define DEFINE_LUO_EVENT_FLB_REF(name, id)				\
static inline void luo_event_flb_##name(struct liveupdate_flb *flb,	\
					bool outgoing, u64 count,	\
					int err)			\
{									\
	struct luo_journal_record record;				\
									\
	if (!err && !trace_luo_flb_##name##_enabled())			\
		return;							\
									\
	luo_record_init_flb(&record, LUO_EVENT_FLB_##id, flb, outgoing,	\
			    count, err, 0);				\
	if (err)							\
		luo_journal_write(&record);				\
	trace_luo_flb_##name(&record, flb, NULL);			\
}

DEFINE_LUO_EVENT_FLB_REF(get, GET)
DEFINE_LUO_EVENT_FLB_REF(put, PUT)

#define DEFINE_LUO_EVENT_FLB_HANDLER(name, id)				\
static inline void							\
luo_event_flb_##name(struct liveupdate_flb *flb,			\
		     struct liveupdate_file_handler *fh, int err)	\
{									\
	struct luo_journal_record record;				\
									\
	luo_record_init(&record, LUO_EVENT_FLB_##id);			\
	record.err = err;						\
	luo_record_add_name(&record, LUO_JOURNAL_HAS_HANDLER,		\
			    fh->compatible, sizeof(fh->compatible));	\
	luo_record_add_name(&record, LUO_JOURNAL_HAS_FLB,		\
			    flb->compatible, sizeof(flb->compatible));	\
	luo_event(luo_flb_##name, &record, flb, fh);			\
}

DEFINE_LUO_EVENT_FLB_HANDLER(register, REGISTER)
DEFINE_LUO_EVENT_FLB_HANDLER(unregister, UNREGISTER)

#endif /* _LINUX_LUO_EVENT_H */
