/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Trace events of the Live Update Orchestrator (LUO).
 *
 * An event stands where a decision is taken and after its outcome is known, so
 * each exit of the traced function is seen once, with its errno. Kernel objects
 * are passed as pointers: BPF programs read their fields through BTF. Durations
 * are in nanoseconds and cover the traced operation only. The last argument,
 * @seq, is the number that the event has in the live update journal, or 0.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM liveupdate

#if !defined(_TRACE_LIVEUPDATE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_LIVEUPDATE_H

#include <linux/liveupdate.h>
#include <linux/tracepoint.h>

#ifndef _TRACE_LIVEUPDATE_ENUMS
#define _TRACE_LIVEUPDATE_ENUMS
/**
 * enum luo_match_reason - Why a file did or did not find its file handler
 * @LUO_MATCH_FOUND:        A handler takes the file.
 * @LUO_MATCH_NO_HANDLER:   No registered handler can preserve the file.
 * @LUO_MATCH_MODULE_GOING: A handler would, but its module is being unloaded.
 */
enum luo_match_reason {
	LUO_MATCH_FOUND,
	LUO_MATCH_NO_HANDLER,
	LUO_MATCH_MODULE_GOING,
};

/**
 * enum luo_reboot_phase - How far liveupdate_reboot() has come
 * @LUO_REBOOT_BEGIN:  kexec was asked for, nothing is frozen yet.
 * @LUO_REBOOT_FROZEN: All sessions are frozen and serialized: the jump follows.
 * @LUO_REBOOT_FAILED: A freeze failed, all was undone: there will be no jump.
 */
enum luo_reboot_phase {
	LUO_REBOOT_BEGIN,
	LUO_REBOOT_FROZEN,
	LUO_REBOOT_FAILED,
};

struct luo_session;
#endif /* _TRACE_LIVEUPDATE_ENUMS */

#define LUO_MATCH_REASONS						\
	EM(LUO_MATCH_FOUND,		"found")			\
	EM(LUO_MATCH_NO_HANDLER,	"no_handler")			\
	EMe(LUO_MATCH_MODULE_GOING,	"module_going")

#define LUO_REBOOT_PHASES						\
	EM(LUO_REBOOT_BEGIN,		"begin")			\
	EM(LUO_REBOOT_FROZEN,		"frozen")			\
	EMe(LUO_REBOOT_FAILED,		"failed")

#undef EM
#undef EMe
#define EM(a, b)	TRACE_DEFINE_ENUM(a);
#define EMe(a, b)	TRACE_DEFINE_ENUM(a);

LUO_MATCH_REASONS
LUO_REBOOT_PHASES

#undef EM
#undef EMe
#define EM(a, b)	{ a, b },
#define EMe(a, b)	{ a, b }

DECLARE_EVENT_CLASS(luo_number,

	TP_PROTO(u64 number, int err, u64 seq),

	TP_ARGS(number, err, seq),

	TP_STRUCT__entry(
		__field(	u64,		number	)
		__field(	int,		err	)
		__field(	u64,		seq		)
	),

	TP_fast_assign(
		__entry->number	= number;
		__entry->err	= err;
		__entry->seq		= seq;
	),

	TP_printk("liveupdate_number=%llu err=%d seq=%llu", __entry->number,
		  __entry->err, __entry->seq)
);

/* The state that the previous kernel handed over was read, or not. */
DEFINE_EVENT(luo_number, luo_incoming,

	TP_PROTO(u64 number, int err, u64 seq),

	TP_ARGS(number, err, seq)
);

/* The state for the next kernel was set up, or not. */
DEFINE_EVENT(luo_number, luo_outgoing,

	TP_PROTO(u64 number, int err, u64 seq),

	TP_ARGS(number, err, seq)
);

TRACE_EVENT(luo_reboot,

	TP_PROTO(int phase, bool image_has_kho, int err, u64 seq),

	TP_ARGS(phase, image_has_kho, err, seq),

	TP_STRUCT__entry(
		__field(	int,		phase		)
		__field(	bool,		image_has_kho	)
		__field(	int,		err		)
		__field(	u64,		seq		)
	),

	TP_fast_assign(
		__entry->phase		= phase;
		__entry->image_has_kho	= image_has_kho;
		__entry->err		= err;
		__entry->seq		= seq;
	),

	TP_printk("phase=%s image_has_kho=%d err=%d seq=%llu",
		  __print_symbolic(__entry->phase, LUO_REBOOT_PHASES),
		  __entry->image_has_kho, __entry->err, __entry->seq)
);

DECLARE_EVENT_CLASS(luo_dev,

	TP_PROTO(int err, u64 seq),

	TP_ARGS(err, seq),

	TP_STRUCT__entry(
		__field(	int,		err	)
		__field(	u64,		seq		)
	),

	TP_fast_assign(
		__entry->err	= err;
		__entry->seq		= seq;
	),

	TP_printk("err=%d seq=%llu", __entry->err, __entry->seq)
);

/* /dev/liveupdate was opened: -EBUSY while it is open, -EIO for bad state. */
DEFINE_EVENT(luo_dev, luo_open,

	TP_PROTO(int err, u64 seq),

	TP_ARGS(err, seq)
);

DEFINE_EVENT(luo_dev, luo_release,

	TP_PROTO(int err, u64 seq),

	TP_ARGS(err, seq)
);

/*
 * @name is what user space asked for, not always terminated within
 * LIVEUPDATE_SESSION_NAME_LENGTH; the session is NULL where none was found or
 * made.
 */
DECLARE_EVENT_CLASS(luo_session,

	TP_PROTO(const char *name, struct luo_session *session__nullable,
		 int err, u64 duration, u64 seq),

	TP_ARGS(name, session__nullable, err, duration, seq),

	TP_STRUCT__entry(
		__string_len(	name,		name,
				strnlen(name, LIVEUPDATE_SESSION_NAME_LENGTH))
		__field(	int,		err		)
		__field(	u64,		duration	)
		__field(	u64,		seq		)
	),

	TP_fast_assign(
		__assign_str(name);
		__entry->err		= err;
		__entry->duration	= duration;
		__entry->seq		= seq;
	),

	TP_printk("session=%s err=%d duration_ns=%llu seq=%llu",
		  __get_str(name), __entry->err, __entry->duration,
		  __entry->seq)
);

#define DEFINE_LUO_SESSION_EVENT(event)					\
DEFINE_EVENT(luo_session, event,					\
									\
	TP_PROTO(const char *name, struct luo_session *session__nullable, \
		 int err, u64 duration, u64 seq),			\
									\
	TP_ARGS(name, session__nullable, err, duration, seq)		\
)

DEFINE_LUO_SESSION_EVENT(luo_session_create);
DEFINE_LUO_SESSION_EVENT(luo_session_retrieve);
DEFINE_LUO_SESSION_EVENT(luo_session_release);
DEFINE_LUO_SESSION_EVENT(luo_session_finish);
DEFINE_LUO_SESSION_EVENT(luo_session_serialize);
DEFINE_LUO_SESSION_EVENT(luo_session_deserialize);

TRACE_EVENT(luo_file_match,

	TP_PROTO(struct luo_session *session, u64 token, struct file *file,
		 struct liveupdate_file_handler *fh__nullable, int reason,
		 int err, u64 seq),

	TP_ARGS(session, token, file, fh__nullable, reason, err, seq),

	TP_STRUCT__entry(
		__string(	session,	luo_session_name(session)	)
		__string(	handler,	fh__nullable ?
						fh__nullable->compatible : "")
		__field(	u64,		token		)
		__field(	int,		reason		)
		__field(	int,		err		)
		__field(	u64,		seq		)
	),

	TP_fast_assign(
		__assign_str(session);
		__assign_str(handler);
		__entry->token		= token;
		__entry->reason		= reason;
		__entry->err		= err;
		__entry->seq		= seq;
	),

	TP_printk("session=%s token=%#llx handler=%s reason=%s err=%d seq=%llu",
		  __get_str(session), __entry->token, __get_str(handler),
		  __print_symbolic(__entry->reason, LUO_MATCH_REASONS),
		  __entry->err, __entry->seq)
);

/* The handler is NULL where no handler was found, or the file unknown. */
DECLARE_EVENT_CLASS(luo_file,

	TP_PROTO(struct luo_session *session, u64 token,
		 struct liveupdate_file_handler *fh__nullable, int err,
		 u64 duration, u64 seq),

	TP_ARGS(session, token, fh__nullable, err, duration, seq),

	TP_STRUCT__entry(
		__string(	session,	luo_session_name(session)	)
		__string(	handler,	fh__nullable ?
						fh__nullable->compatible : "")
		__field(	u64,		token		)
		__field(	int,		err		)
		__field(	u64,		duration	)
		__field(	u64,		seq		)
	),

	TP_fast_assign(
		__assign_str(session);
		__assign_str(handler);
		__entry->token		= token;
		__entry->err		= err;
		__entry->duration	= duration;
		__entry->seq		= seq;
	),

	TP_printk("session=%s token=%#llx handler=%s err=%d duration_ns=%llu seq=%llu",
		  __get_str(session), __entry->token, __get_str(handler),
		  __entry->err, __entry->duration, __entry->seq)
);

#define DEFINE_LUO_FILE_EVENT(event)					\
DEFINE_EVENT(luo_file, event,						\
									\
	TP_PROTO(struct luo_session *session, u64 token,		\
		 struct liveupdate_file_handler *fh__nullable, int err,	\
		 u64 duration, u64 seq),				\
									\
	TP_ARGS(session, token, fh__nullable, err, duration, seq)	\
)

DEFINE_LUO_FILE_EVENT(luo_file_preserve);
DEFINE_LUO_FILE_EVENT(luo_file_unpreserve);
DEFINE_LUO_FILE_EVENT(luo_file_freeze);
DEFINE_LUO_FILE_EVENT(luo_file_unfreeze);
DEFINE_LUO_FILE_EVENT(luo_file_retrieve);
/* A retrieval answered from the outcome of the first one. */
DEFINE_LUO_FILE_EVENT(luo_file_retrieve_cached);
DEFINE_LUO_FILE_EVENT(luo_file_can_finish);
DEFINE_LUO_FILE_EVENT(luo_file_finish);
/* The operation succeeded, but user space was not told. */
DEFINE_LUO_FILE_EVENT(luo_file_reply_failed);

/* @compatible is what the previous kernel wrote: not always terminated. */
TRACE_EVENT(luo_file_deserialize,

	TP_PROTO(struct luo_session *session, u64 token, const char *compatible,
		 int err, u64 seq),

	TP_ARGS(session, token, compatible, err, seq),

	TP_STRUCT__entry(
		__string(	session,	luo_session_name(session)	)
		__string_len(	handler,	compatible,
				strnlen(compatible,
					LIVEUPDATE_HNDL_COMPAT_LENGTH))
		__field(	u64,		token		)
		__field(	int,		err		)
		__field(	u64,		seq		)
	),

	TP_fast_assign(
		__assign_str(session);
		__assign_str(handler);
		__entry->token		= token;
		__entry->err		= err;
		__entry->seq		= seq;
	),

	TP_printk("session=%s token=%#llx handler=%s err=%d seq=%llu",
		  __get_str(session), __entry->token, __get_str(handler),
		  __entry->err, __entry->seq)
);

/*
 * @outgoing tells the direction, @count the references held after the
 * operation: files that depend on the FLB, and look-ups in progress. These
 * call into the subsystem that owns the FLB.
 */
DECLARE_EVENT_CLASS(luo_flb,

	TP_PROTO(struct liveupdate_flb *flb, bool outgoing, u64 count, int err,
		 u64 duration, u64 seq),

	TP_ARGS(flb, outgoing, count, err, duration, seq),

	TP_STRUCT__entry(
		__string(	flb,		flb->compatible	)
		__field(	bool,		outgoing	)
		__field(	u64,		count		)
		__field(	int,		err		)
		__field(	u64,		duration	)
		__field(	u64,		seq		)
	),

	TP_fast_assign(
		__assign_str(flb);
		__entry->outgoing	= outgoing;
		__entry->count		= count;
		__entry->err		= err;
		__entry->duration	= duration;
		__entry->seq		= seq;
	),

	TP_printk("flb=%s direction=%s count=%llu err=%d duration_ns=%llu seq=%llu",
		  __get_str(flb), __entry->outgoing ? "outgoing" : "incoming",
		  __entry->count, __entry->err, __entry->duration, __entry->seq)
);

#define DEFINE_LUO_FLB_EVENT(event)					\
DEFINE_EVENT(luo_flb, event,						\
									\
	TP_PROTO(struct liveupdate_flb *flb, bool outgoing, u64 count,	\
		 int err, u64 duration, u64 seq),			\
									\
	TP_ARGS(flb, outgoing, count, err, duration, seq)		\
)

DEFINE_LUO_FLB_EVENT(luo_flb_preserve);
DEFINE_LUO_FLB_EVENT(luo_flb_unpreserve);
DEFINE_LUO_FLB_EVENT(luo_flb_retrieve);
DEFINE_LUO_FLB_EVENT(luo_flb_finish);

/* As above; these only count. */
DECLARE_EVENT_CLASS(luo_flb_ref,

	TP_PROTO(struct liveupdate_flb *flb, bool outgoing, u64 count, int err,
		 u64 seq),

	TP_ARGS(flb, outgoing, count, err, seq),

	TP_STRUCT__entry(
		__string(	flb,		flb->compatible	)
		__field(	bool,		outgoing	)
		__field(	u64,		count		)
		__field(	int,		err		)
		__field(	u64,		seq		)
	),

	TP_fast_assign(
		__assign_str(flb);
		__entry->outgoing	= outgoing;
		__entry->count		= count;
		__entry->err		= err;
		__entry->seq		= seq;
	),

	TP_printk("flb=%s direction=%s count=%llu err=%d seq=%llu",
		  __get_str(flb), __entry->outgoing ? "outgoing" : "incoming",
		  __entry->count, __entry->err, __entry->seq)
);

#define DEFINE_LUO_FLB_REF_EVENT(event)					\
DEFINE_EVENT(luo_flb_ref, event,					\
									\
	TP_PROTO(struct liveupdate_flb *flb, bool outgoing, u64 count,	\
		 int err, u64 seq),					\
									\
	TP_ARGS(flb, outgoing, count, err, seq)				\
)

DEFINE_LUO_FLB_REF_EVENT(luo_flb_serialize);
DEFINE_LUO_FLB_REF_EVENT(luo_flb_get);
DEFINE_LUO_FLB_REF_EVENT(luo_flb_put);

DECLARE_EVENT_CLASS(luo_flb_registration,

	TP_PROTO(struct liveupdate_file_handler *fh, struct liveupdate_flb *flb,
		 int err, u64 seq),

	TP_ARGS(fh, flb, err, seq),

	TP_STRUCT__entry(
		__string(	handler,	fh->compatible	)
		__string(	flb,		flb->compatible	)
		__field(	int,		err		)
		__field(	u64,		seq		)
	),

	TP_fast_assign(
		__assign_str(handler);
		__assign_str(flb);
		__entry->err		= err;
		__entry->seq		= seq;
	),

	TP_printk("flb=%s handler=%s err=%d seq=%llu", __get_str(flb),
		  __get_str(handler), __entry->err, __entry->seq)
);

DEFINE_EVENT(luo_flb_registration, luo_flb_register,

	TP_PROTO(struct liveupdate_file_handler *fh, struct liveupdate_flb *flb,
		 int err, u64 seq),

	TP_ARGS(fh, flb, err, seq)
);

DEFINE_EVENT(luo_flb_registration, luo_flb_unregister,

	TP_PROTO(struct liveupdate_file_handler *fh, struct liveupdate_flb *flb,
		 int err, u64 seq),

	TP_ARGS(fh, flb, err, seq)
);

#endif /* _TRACE_LIVEUPDATE_H */

/* This part must be outside protection */
#include <trace/define_trace.h>
