/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Trace events of the Live Update Orchestrator (LUO).
 *
 * An event is called where a decision is taken and after its outcome is known, so
 * each exit of the traced function is seen once. The first argument is the record
 * of the event, as the live update journal keeps it. The kernel objects that it is
 * about follow: BPF programs read their fields through BTF.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM liveupdate

#if !defined(_TRACE_LIVEUPDATE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_LIVEUPDATE_H

#include <linux/liveupdate.h>
#include <linux/luo_journal.h>
#include <linux/tracepoint.h>

struct luo_session;

#define LUO_MATCH_REASONS						\
	EM(LUO_MATCH_FOUND,		"found")			\
	EM(LUO_MATCH_NO_HANDLER,	"no_handler")			\
	EMe(LUO_MATCH_MODULE_GOING,	"module_going")

#define LUO_REBOOT_STAGES						\
	EM(LUO_REBOOT_BEGIN,		"begin")			\
	EM(LUO_REBOOT_FROZEN,		"frozen")			\
	EM(LUO_REBOOT_FAILED,		"failed")			\
	EM(LUO_REBOOT_REFUSED,		"refused")			\
	EMe(LUO_REBOOT_CARRIES_NOTHING,	"carries_nothing")

#undef EM
#undef EMe
#define EM(a, b)	TRACE_DEFINE_ENUM(a);
#define EMe(a, b)	TRACE_DEFINE_ENUM(a);

LUO_MATCH_REASONS
LUO_REBOOT_STAGES

#undef EM
#undef EMe
#define EM(a, b)	{ a, b },
#define EMe(a, b)	{ a, b }

DECLARE_EVENT_CLASS(luo_record,

	TP_PROTO(const struct luo_journal_record *record),

	TP_ARGS(record),

	TP_STRUCT__entry(
		__field(	s64,		number		)
		__field(	int,		reason		)
		__field(	bool,		yes		)
		__field(	int,		err		)
		__field(	u64,		seq		)
	),

	TP_fast_assign(
		__entry->number	= record->number[0];
		__entry->reason	= record->reason;
		__entry->yes	= record->flags & LUO_JOURNAL_YES;
		__entry->err	= record->err;
		__entry->seq	= record->seq;
	),

	TP_printk("err=%d seq=%llu", __entry->err, __entry->seq)
);

/* The state that the previous kernel handed over was read, or could not be. */
DEFINE_EVENT_PRINT(luo_record, luo_incoming,

	TP_PROTO(const struct luo_journal_record *record),

	TP_ARGS(record),

	TP_printk("generation=%lld err=%d seq=%llu", __entry->number,
		  __entry->err, __entry->seq)
);

/* The state for the next kernel was set up, or could not be. */
DEFINE_EVENT_PRINT(luo_record, luo_outgoing,

	TP_PROTO(const struct luo_journal_record *record),

	TP_ARGS(record),

	TP_printk("generation=%lld err=%d seq=%llu", __entry->number,
		  __entry->err, __entry->seq)
);

DEFINE_EVENT_PRINT(luo_record, luo_reboot,

	TP_PROTO(const struct luo_journal_record *record),

	TP_ARGS(record),

	TP_printk("stage=%s image_has_kho=%d err=%d seq=%llu",
		  __print_symbolic(__entry->reason, LUO_REBOOT_STAGES),
		  __entry->yes, __entry->err, __entry->seq)
);

/* /dev/liveupdate was opened: -EBUSY if it is open already. */
DEFINE_EVENT(luo_record, luo_open,

	TP_PROTO(const struct luo_journal_record *record),

	TP_ARGS(record)
);

DEFINE_EVENT(luo_record, luo_release,

	TP_PROTO(const struct luo_journal_record *record),

	TP_ARGS(record)
);

/* The session is NULL if none was found or created. */
DECLARE_EVENT_CLASS(luo_session,

	TP_PROTO(const struct luo_journal_record *record,
		 struct luo_session *session__nullable),

	TP_ARGS(record, session__nullable),

	TP_STRUCT__entry(
		__string(	session,
				luo_record_name(record, LUO_JOURNAL_HAS_SESSION))
		__field(	int,		err		)
		__field(	u64,		duration	)
		__field(	u64,		seq		)
	),

	TP_fast_assign(
		__assign_str(session);
		__entry->err		= record->err;
		__entry->duration	= record->duration;
		__entry->seq		= record->seq;
	),

	TP_printk("session=%s err=%d duration_ns=%llu seq=%llu",
		  __get_str(session), __entry->err, __entry->duration,
		  __entry->seq)
);

#define DEFINE_LUO_SESSION_EVENT(name)					\
DEFINE_EVENT(luo_session, name,						\
									\
	TP_PROTO(const struct luo_journal_record *record,		\
		 struct luo_session *session__nullable),		\
									\
	TP_ARGS(record, session__nullable)				\
)

DEFINE_LUO_SESSION_EVENT(luo_session_create);
DEFINE_LUO_SESSION_EVENT(luo_session_retrieve);
DEFINE_LUO_SESSION_EVENT(luo_session_release);
DEFINE_LUO_SESSION_EVENT(luo_session_finish);
DEFINE_LUO_SESSION_EVENT(luo_session_serialize);
DEFINE_LUO_SESSION_EVENT(luo_session_deserialize);
/* The session was given up for an obstacle, err, so that the others go over. */
DEFINE_LUO_SESSION_EVENT(luo_session_drop);

/* The file and its handler are NULL if they were not found. */
DECLARE_EVENT_CLASS(luo_file,

	TP_PROTO(const struct luo_journal_record *record,
		 struct luo_session *session, struct file *file__nullable,
		 struct liveupdate_file_handler *fh__nullable),

	TP_ARGS(record, session, file__nullable, fh__nullable),

	TP_STRUCT__entry(
		__string(	session,
				luo_record_name(record, LUO_JOURNAL_HAS_SESSION))
		__string(	handler,
				luo_record_name(record, LUO_JOURNAL_HAS_HANDLER))
		__field(	u64,		token		)
		__field(	int,		reason		)
		__field(	int,		err		)
		__field(	u64,		duration	)
		__field(	u64,		seq		)
	),

	TP_fast_assign(
		__assign_str(session);
		__assign_str(handler);
		__entry->token		= record->token;
		__entry->reason		= record->reason;
		__entry->err		= record->err;
		__entry->duration	= record->duration;
		__entry->seq		= record->seq;
	),

	TP_printk("session=%s token=%#llx handler=%s err=%d duration_ns=%llu seq=%llu",
		  __get_str(session), __entry->token, __get_str(handler),
		  __entry->err, __entry->duration, __entry->seq)
);

DEFINE_EVENT_PRINT(luo_file, luo_file_match,

	TP_PROTO(const struct luo_journal_record *record,
		 struct luo_session *session, struct file *file__nullable,
		 struct liveupdate_file_handler *fh__nullable),

	TP_ARGS(record, session, file__nullable, fh__nullable),

	TP_printk("session=%s token=%#llx handler=%s reason=%s err=%d seq=%llu",
		  __get_str(session), __entry->token, __get_str(handler),
		  __print_symbolic(__entry->reason, LUO_MATCH_REASONS),
		  __entry->err, __entry->seq)
);

#define DEFINE_LUO_FILE_EVENT(name)					\
DEFINE_EVENT(luo_file, name,						\
									\
	TP_PROTO(const struct luo_journal_record *record,		\
		 struct luo_session *session,				\
		 struct file *file__nullable,				\
		 struct liveupdate_file_handler *fh__nullable),		\
									\
	TP_ARGS(record, session, file__nullable, fh__nullable)		\
)

DEFINE_LUO_FILE_EVENT(luo_file_preserve);
DEFINE_LUO_FILE_EVENT(luo_file_unpreserve);
/* Asked before any file is frozen. */
DEFINE_LUO_FILE_EVENT(luo_file_can_freeze);
DEFINE_LUO_FILE_EVENT(luo_file_freeze);
DEFINE_LUO_FILE_EVENT(luo_file_unfreeze);
DEFINE_LUO_FILE_EVENT(luo_file_retrieve);
/* A retrieval that was answered with the outcome of an earlier one. */
DEFINE_LUO_FILE_EVENT(luo_file_retrieve_cached);
DEFINE_LUO_FILE_EVENT(luo_file_can_finish);
DEFINE_LUO_FILE_EVENT(luo_file_finish);
/* The operation succeeded, but its result could not be copied to user space. */
DEFINE_LUO_FILE_EVENT(luo_file_reply_failed);
DEFINE_LUO_FILE_EVENT(luo_file_deserialize);

/* The file handler is only that of luo_flb_register and luo_flb_unregister. */
DECLARE_EVENT_CLASS(luo_flb,

	TP_PROTO(const struct luo_journal_record *record,
		 struct liveupdate_flb *flb,
		 struct liveupdate_file_handler *fh__nullable),

	TP_ARGS(record, flb, fh__nullable),

	TP_STRUCT__entry(
		__string(	handler,
				luo_record_name(record, LUO_JOURNAL_HAS_HANDLER))
		__string(	flb,
				luo_record_name(record, LUO_JOURNAL_HAS_FLB))
		__field(	bool,		outgoing	)
		__field(	u64,		count		)
		__field(	int,		err		)
		__field(	u64,		duration	)
		__field(	u64,		seq		)
	),

	TP_fast_assign(
		__assign_str(handler);
		__assign_str(flb);
		__entry->outgoing	= record->flags & LUO_JOURNAL_YES;
		__entry->count		= record->number[0];
		__entry->err		= record->err;
		__entry->duration	= record->duration;
		__entry->seq		= record->seq;
	),

	TP_printk("flb=%s direction=%s count=%llu err=%d duration_ns=%llu seq=%llu",
		  __get_str(flb), __entry->outgoing ? "outgoing" : "incoming",
		  __entry->count, __entry->err, __entry->duration, __entry->seq)
);

/* These call into the subsystem that owns the FLB. */
#define DEFINE_LUO_FLB_EVENT(name)					\
DEFINE_EVENT(luo_flb, name,						\
									\
	TP_PROTO(const struct luo_journal_record *record,		\
		 struct liveupdate_flb *flb,				\
		 struct liveupdate_file_handler *fh__nullable),		\
									\
	TP_ARGS(record, flb, fh__nullable)				\
)

DEFINE_LUO_FLB_EVENT(luo_flb_preserve);
DEFINE_LUO_FLB_EVENT(luo_flb_unpreserve);
DEFINE_LUO_FLB_EVENT(luo_flb_retrieve);
DEFINE_LUO_FLB_EVENT(luo_flb_finish);

/* These only count references. */
#define DEFINE_LUO_FLB_REF_EVENT(name)					\
DEFINE_EVENT_PRINT(luo_flb, name,					\
									\
	TP_PROTO(const struct luo_journal_record *record,		\
		 struct liveupdate_flb *flb,				\
		 struct liveupdate_file_handler *fh__nullable),		\
									\
	TP_ARGS(record, flb, fh__nullable),				\
									\
	TP_printk("flb=%s direction=%s count=%llu err=%d seq=%llu",	\
		  __get_str(flb),					\
		  __entry->outgoing ? "outgoing" : "incoming",		\
		  __entry->count, __entry->err, __entry->seq)		\
)

DEFINE_LUO_FLB_REF_EVENT(luo_flb_serialize);
DEFINE_LUO_FLB_REF_EVENT(luo_flb_get);
DEFINE_LUO_FLB_REF_EVENT(luo_flb_put);

#define DEFINE_LUO_FLB_HANDLER_EVENT(name)				\
DEFINE_EVENT_PRINT(luo_flb, name,					\
									\
	TP_PROTO(const struct luo_journal_record *record,		\
		 struct liveupdate_flb *flb,				\
		 struct liveupdate_file_handler *fh__nullable),		\
									\
	TP_ARGS(record, flb, fh__nullable),				\
									\
	TP_printk("flb=%s handler=%s err=%d seq=%llu", __get_str(flb),	\
		  __get_str(handler), __entry->err, __entry->seq)	\
)

DEFINE_LUO_FLB_HANDLER_EVENT(luo_flb_register);
DEFINE_LUO_FLB_HANDLER_EVENT(luo_flb_unregister);

#endif /* _TRACE_LIVEUPDATE_H */

/* This part must be outside protection */
#include <trace/define_trace.h>
