/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tell an event: to the journal, and with its number there to who traces it.
 *
 * tell_luo_file_preserve() takes what trace_luo_file_preserve() takes but for
 * the number; so do the others. Not in the journal are the FLB look-ups that
 * succeed, luo_flb_get and luo_flb_put: there are many, and they decide nothing.
 */
#ifndef _LINUX_LUO_TELL_H
#define _LINUX_LUO_TELL_H

#include <linux/luo_journal.h>

#include "luo_internal.h"

#include <trace/events/liveupdate.h>

static inline const char *luo_handler_name(struct liveupdate_file_handler *fh)
{
	return fh ? fh->compatible : NULL;
}

#define DEFINE_TELL_LUO_NUMBER(tp, id)					\
static inline void tell_##tp(u64 number, int err)			\
{									\
	const struct luo_journal_event event = {			\
		.event = LUO_JOURNAL_##id, .number = number, .err = err, \
	};								\
									\
	trace_##tp(number, err, luo_journal_write(&event));		\
}

DEFINE_TELL_LUO_NUMBER(luo_incoming, LUO_INCOMING)
DEFINE_TELL_LUO_NUMBER(luo_outgoing, LUO_OUTGOING)

static inline void tell_luo_reboot(int phase, bool image_has_kho, int err)
{
	const struct luo_journal_event event = {
		.event = LUO_JOURNAL_LUO_REBOOT, .reason = phase,
		.yes = image_has_kho, .err = err,
	};

	trace_luo_reboot(phase, image_has_kho, err, luo_journal_write(&event));
}

#define DEFINE_TELL_LUO_DEV(tp, id)					\
static inline void tell_##tp(int err)					\
{									\
	const struct luo_journal_event event = {			\
		.event = LUO_JOURNAL_##id, .err = err,			\
	};								\
									\
	trace_##tp(err, luo_journal_write(&event));			\
}

DEFINE_TELL_LUO_DEV(luo_open, LUO_OPEN)
DEFINE_TELL_LUO_DEV(luo_release, LUO_RELEASE)

#define DEFINE_TELL_LUO_SESSION(tp, id)					\
static inline void tell_##tp(const char *name,				\
			       struct luo_session *session, int err,	\
			       u64 duration)				\
{									\
	const struct luo_journal_event event = {			\
		.event = LUO_JOURNAL_##id, .session = name,		\
		.err = err, .duration = duration,			\
	};								\
									\
	trace_##tp(name, session, err, duration,			\
		     luo_journal_write(&event));			\
}

DEFINE_TELL_LUO_SESSION(luo_session_create, SESSION_CREATE)
DEFINE_TELL_LUO_SESSION(luo_session_retrieve, SESSION_RETRIEVE)
DEFINE_TELL_LUO_SESSION(luo_session_release, SESSION_RELEASE)
DEFINE_TELL_LUO_SESSION(luo_session_finish, SESSION_FINISH)
DEFINE_TELL_LUO_SESSION(luo_session_serialize, SESSION_SERIALIZE)
DEFINE_TELL_LUO_SESSION(luo_session_deserialize, SESSION_DESERIALIZE)

static inline void tell_luo_file_match(struct luo_session *session, u64 token,
				       struct file *file,
				       struct liveupdate_file_handler *fh,
				       int reason, int err)
{
	const struct luo_journal_event event = {
		.event = LUO_JOURNAL_FILE_MATCH, .reason = reason, .err = err,
		.token = token, .session = session->name,
		.handler = luo_handler_name(fh),
	};

	trace_luo_file_match(session, token, file, fh, reason, err,
			     luo_journal_write(&event));
}

#define DEFINE_TELL_LUO_FILE(tp, id)					\
static inline void tell_##tp(struct luo_session *session, u64 token,	\
			       struct liveupdate_file_handler *fh,	\
			       int err, u64 duration)			\
{									\
	const struct luo_journal_event event = {			\
		.event = LUO_JOURNAL_##id, .err = err,			\
		.duration = duration, .token = token,			\
		.session = session->name,				\
		.handler = luo_handler_name(fh),			\
	};								\
									\
	trace_##tp(session, token, fh, err, duration,			\
		     luo_journal_write(&event));			\
}

DEFINE_TELL_LUO_FILE(luo_file_preserve, FILE_PRESERVE)
DEFINE_TELL_LUO_FILE(luo_file_unpreserve, FILE_UNPRESERVE)
DEFINE_TELL_LUO_FILE(luo_file_freeze, FILE_FREEZE)
DEFINE_TELL_LUO_FILE(luo_file_unfreeze, FILE_UNFREEZE)
DEFINE_TELL_LUO_FILE(luo_file_retrieve, FILE_RETRIEVE)
DEFINE_TELL_LUO_FILE(luo_file_retrieve_cached, FILE_RETRIEVE_CACHED)
DEFINE_TELL_LUO_FILE(luo_file_can_finish, FILE_CAN_FINISH)
DEFINE_TELL_LUO_FILE(luo_file_finish, FILE_FINISH)
DEFINE_TELL_LUO_FILE(luo_file_reply_failed, FILE_REPLY_FAILED)

static inline void tell_luo_file_deserialize(struct luo_session *session,
					     u64 token, const char *compatible,
					     int err)
{
	const struct luo_journal_event event = {
		.event = LUO_JOURNAL_FILE_DESERIALIZE, .err = err,
		.token = token, .session = session->name,
		.handler = compatible,
	};

	trace_luo_file_deserialize(session, token, compatible, err,
				   luo_journal_write(&event));
}

#define DEFINE_TELL_LUO_FLB(tp, id)					\
static inline void tell_##tp(struct liveupdate_flb *flb, bool outgoing,	\
			       u64 count, int err, u64 duration)	\
{									\
	const struct luo_journal_event event = {			\
		.event = LUO_JOURNAL_##id, .err = err, .yes = outgoing,	\
		.duration = duration, .number = count,			\
		.flb = flb->compatible,					\
	};								\
									\
	trace_##tp(flb, outgoing, count, err, duration,			\
		     luo_journal_write(&event));			\
}

DEFINE_TELL_LUO_FLB(luo_flb_preserve, FLB_PRESERVE)
DEFINE_TELL_LUO_FLB(luo_flb_unpreserve, FLB_UNPRESERVE)
DEFINE_TELL_LUO_FLB(luo_flb_retrieve, FLB_RETRIEVE)
DEFINE_TELL_LUO_FLB(luo_flb_finish, FLB_FINISH)

#define DEFINE_TELL_LUO_FLB_REF(tp, id, recorded)			\
static inline void tell_##tp(struct liveupdate_flb *flb, bool outgoing,	\
			       u64 count, int err)			\
{									\
	const struct luo_journal_event event = {			\
		.event = LUO_JOURNAL_##id, .err = err, .yes = outgoing,	\
		.number = count, .flb = flb->compatible,		\
	};								\
									\
	trace_##tp(flb, outgoing, count, err,				\
		     (recorded) ? luo_journal_write(&event) : 0);	\
}

DEFINE_TELL_LUO_FLB_REF(luo_flb_serialize, FLB_SERIALIZE, true)
DEFINE_TELL_LUO_FLB_REF(luo_flb_get, FLB_GET, err)
DEFINE_TELL_LUO_FLB_REF(luo_flb_put, FLB_PUT, err)

#define DEFINE_TELL_LUO_FLB_REGISTRATION(tp, id)			\
static inline void tell_##tp(struct liveupdate_file_handler *fh,	\
			       struct liveupdate_flb *flb, int err)	\
{									\
	const struct luo_journal_event event = {			\
		.event = LUO_JOURNAL_##id, .err = err,			\
		.handler = fh->compatible, .flb = flb->compatible,	\
	};								\
									\
	trace_##tp(fh, flb, err, luo_journal_write(&event));		\
}

DEFINE_TELL_LUO_FLB_REGISTRATION(luo_flb_register, FLB_REGISTER)
DEFINE_TELL_LUO_FLB_REGISTRATION(luo_flb_unregister, FLB_UNREGISTER)

#endif /* _LINUX_LUO_TELL_H */
