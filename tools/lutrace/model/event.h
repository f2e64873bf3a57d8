/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The event model: what every source decodes into and every view takes.
 */
#ifndef LUTRACE_MODEL_H
#define LUTRACE_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "bpf/event.h"
#include "bpf/events.h"

/* What an event calls a device fits, be it an address or a name. */
#define LUTRACE_DEVICE_LENGTH	LUO_JOURNAL_NAMES_LENGTH

enum field_id {
#define F(id, ...) FIELD_##id,
	LUTRACE_FIELDS(F)
#undef F
	NR_FIELDS,
	/* What means nothing has no field: a place that is not looked at. */
	FIELD_NONE = NR_FIELDS,
};

enum field_type {
	FIELD_TYPE_TEXT,
	FIELD_TYPE_HEX,
	FIELD_TYPE_COUNT,
	FIELD_TYPE_NUMBER,
	FIELD_TYPE_BOOL,
};

struct field_desc {
	const char *key;
	enum field_type type;
};

enum system_id {
#define S(id, ...) SYSTEM_##id,
	LUTRACE_SYSTEMS(S)
#undef S
	NR_SYSTEMS,
};

/**
 * struct system_desc - Where trace events come from
 * @name:   The kernel's name of the trace system.
 * @remedy: What the user does to have it.
 */
struct system_desc {
	const char *name;
	const char *remedy;
};

enum failure_rule {
	FAILURE_ERRNO,
	FAILURE_REASON,
	FAILURE_BLOCK,
	FAILURE_RESET,
	FAILURE_ALWAYS,
};

/* What is done to a file. */
enum operation {
	OPERATION_NONE,
	OPERATION_PRESERVE,
	OPERATION_UNPRESERVE,
	OPERATION_CAN_FREEZE,
	OPERATION_FREEZE,
	OPERATION_UNFREEZE,
	OPERATION_RETRIEVE,
	OPERATION_CAN_FINISH,
	OPERATION_FINISH,
};

/* How much a failure explains: the lower, the more. */
enum group {
	/* Nothing: another event says the same. */
	GROUP_REPEATS,
	/* What the update cost, by what it cost. */
	GROUP_HANDOVER,
	GROUP_RETRIEVE,
	GROUP_SESSION,
	GROUP_LIST,
	GROUP_BUS,
	GROUP_CLOSED,
	/* What was refused; the last one counts. */
	GROUP_REFUSED,
	/* What is not over yet. */
	GROUP_WAITS,
	GROUP_REST,
};

/* What makes a refusal a thing of the past. */
enum remedy {
	REMEDY_NONE,
	REMEDY_PRESERVE,
	REMEDY_FREEZE,
	/* Its files are preserved again. */
	REMEDY_DROP,
	REMEDY_RETRIEVE,
	REMEDY_FINISH,
	REMEDY_PROBE,
	/* The device is not held any more. */
	REMEDY_HELD,
	/* The kernel says the same each time that it scans the bus. */
	REMEDY_BUS,
};

/**
 * struct event_desc - One row of the event table
 * @id:         Its index; LUTRACE_UNKNOWN_EVENT if there is no row.
 * @name:       Public name, "group.event".
 * @tracepoint: Name of the kernel's trace event.
 * @event:      Its number in records.
 * @system:     Where it comes from.
 * @fields:     Bits of enum field_id.
 * @number:     The fields that the record's numbers are; FIELD_NONE for none.
 * @yes:        The field that the record's boolean is; so for it.
 * @reasons:    Names by value; NULL for a value that is no reason.
 * @nr_reasons: How many values.
 * @failure:    When it reports a failure.
 * @operation:  The operation that it is a part of.
 * @ends:       The operation that it ends.
 * @group:      What its failure costs.
 * @remedy:     What settles its failure.
 * @milestone:  One wants to see it of an object to which nothing happened.
 */
struct event_desc {
	enum lutrace_event_id id;
	const char *name;
	const char *tracepoint;
	uint16_t event;
	enum system_id system;
	uint32_t fields;
	enum field_id number[LUO_JOURNAL_NR_NUMBERS];
	enum field_id yes;
	const char *const *reasons;
	unsigned int nr_reasons;
	enum failure_rule failure;
	enum operation operation;
	enum operation ends;
	enum group group;
	enum remedy remedy;
	bool milestone;
};

extern const struct event_desc event_descs[LUTRACE_NR_EVENTS];
/* What an event may have that is not in the table; it has no name. */
extern const struct event_desc unknown_event_desc;
extern const struct field_desc field_descs[NR_FIELDS];
extern const struct system_desc system_descs[NR_SYSTEMS];

/* The row of the event with that number in records; NULL if there is none. */
const struct event_desc *event_desc_of(uint16_t event);

/* "event.NUMBER" */
#define UNKNOWN_NAME_SIZE	16

/* Whether any event that is not in the table has such a name; takes a while. */
bool glob_fits_unknown(const char *glob);

/* The name of today of the event that was called so; NULL if there is none. */
const char *event_renamed(const char *old);

/* The name of a reason, NULL if the table has none. */
const char *reason_name(const struct event_desc *desc, unsigned int reason);

/**
 * union value - What a field holds
 * @text:   For TEXT; NULL if unknown. Belongs to the event.
 * @number: For NUMBER.
 * @count:  For HEX, COUNT and BOOL.
 */
union value {
	const char *text;
	int64_t number;
	uint64_t count;
};

/**
 * struct event - One event, decoded
 * @desc:        What kind it is.
 * @failed:      It reports a failure, a refusal or a block.
 * @recorded:    It comes from a journal, and was not seen as it happened.
 * @previous:    It happened in the previous kernel.
 * @boottime_ns: When, on this kernel's CLOCK_BOOTTIME; negative before that
 *               kernel.
 * @seq:         Its number since tracing began; a gap is a loss or a filter.
 *               None if @recorded.
 * @journal_seq: Its number in its kernel's journal; 0 if it is not there.
 * @generation:  Live updates that led to its kernel, if @has_generation.
 * @has_generation: @generation is known.
 * @blackout_ns: Since the last thing that the previous kernel did, if
 *               @has_blackout: the file is back.
 * @has_blackout: @blackout_ns is known.
 * @cpu:         Where it happened.
 * @pid:         Process that was running.
 * @tid:         Thread that was running.
 * @comm:        Name of that thread.
 * @value:       By enum field_id; only those that event_has() mean anything.
 * @lacks:       Bits of enum field_id: what @desc has, and its source did not record.
 * @record:      What the kernel recorded; holds the texts of @value and @comm.
 * @device:      Holds a device's address if the kernel gave no name.
 * @reason:      Holds a reason that is not in the table.
 * @unknown:     Describes an event that is not in the table: what it has.
 * @name:        Holds its name.
 *
 * Points into itself: event_copy() it.
 */
struct event {
	const struct event_desc *desc;
	bool failed;
	bool recorded;
	bool previous;
	int64_t boottime_ns;
	uint64_t seq;
	uint64_t journal_seq;
	uint64_t generation;
	bool has_generation;
	int64_t blackout_ns;
	bool has_blackout;
	uint32_t cpu;
	uint32_t pid;
	uint32_t tid;
	const char *comm;
	uint32_t lacks;
	union value value[NR_FIELDS + 1];

	struct luo_journal_record record;
	char device[BDF_SIZE];
	char reason[24];
	struct event_desc unknown;
	char name[UNKNOWN_NAME_SIZE];
};

/*
 * No machine runs for longer, 36 years: what a capture or a journal says beyond is nonsense, and
 * cut, so that sums of a few times, and of one and the time since the epoch, do not overflow.
 */
#define MAX_TIME_NS	(INT64_C(1) << 60)
/* The same for the time since the epoch, until 2116. */
#define MAX_EPOCH_NS	(INT64_C(1) << 62)

static inline int64_t cut_time(int64_t ns, int64_t max)
{
	return ns > max ? max : ns < -max ? -max : ns;
}

/* So for what has no sign. */
static inline uint64_t cut_duration(uint64_t ns)
{
	return ns < MAX_TIME_NS ? ns : MAX_TIME_NS;
}

/* An errno that can be negated, whatever was there. */
static inline int32_t cut_errno(int32_t err)
{
	return err == INT32_MIN ? -INT32_MAX : err;
}

/*
 * Decodes the record that @size bytes at @data begin with, of any kernel, which
 * happened at @boottime_ns. Returns 0, or -EINVAL if it is too short. What the
 * record does not have, @seq and the like, is for the caller to set.
 */
int event_decode(struct event *event, int64_t boottime_ns, const void *data,
		 size_t size);

void event_copy(struct event *to, const struct event *from);

/* Gives the session of an event that has one another name, in its record, too. */
void event_rename_session(struct event *event, const char *session);

struct redactor;

/*
 * If names are hidden, hides the session's name, also in the record, and leaves out what
 * lutrace does not know of it. Returns false without memory.
 */
bool event_redact(struct event *event, struct redactor *redactor);

/* Bits of enum field_id: those that mean anything. */
static inline uint32_t event_fields(const struct event *event)
{
	return event->desc->fields & ~event->lacks;
}

static inline bool event_has(const struct event *event, enum field_id field)
{
	return event_fields(event) & 1U << field;
}

/* The jump to the next kernel follows this event. */
bool event_is_jump(const struct event *event);

/* With such an event a preserved file is back in use, or over. */
bool event_ends_blackout(enum lutrace_event_id id);

/**
 * enum arrival - How this kernel was entered
 * @ARRIVAL_UNKNOWN: It is not known.
 * @ARRIVAL_BOOT:    By firmware and a boot loader.
 * @ARRIVAL_KEXEC:   By kexec.
 */
enum arrival {
	ARRIVAL_UNKNOWN,
	ARRIVAL_BOOT,
	ARRIVAL_KEXEC,
};

/**
 * struct clocks - How the times of events relate to the world
 * @realtime_offset_ns: CLOCK_REALTIME - CLOCK_BOOTTIME when tracing began.
 * @start_ns:           When tracing began, on CLOCK_BOOTTIME.
 */
struct clocks {
	int64_t realtime_offset_ns;
	int64_t start_ns;
};

void clocks_read(struct clocks *clocks);

/**
 * struct loss - Events that happened but were not seen
 * @boottime_ns: When the loss was noticed.
 * @count:       How many since the last report.
 * @total:       How many in all.
 * @undecodable: How many of @count were seen but could not be decoded.
 * @unknown:     How many of @count were not seen, of events that are not known.
 * @overwritten: How many of @count the journal does not have any more.
 * @by_event:    The rest of @count, by enum lutrace_event_id.
 */
struct loss {
	int64_t boottime_ns;
	uint64_t count;
	uint64_t total;
	uint64_t undecodable;
	uint64_t unknown;
	uint64_t overwritten;
	uint64_t by_event[LUTRACE_NR_EVENTS];
};

/**
 * struct jump - The way from the previous kernel to this one
 * @boottime_ns:     When this kernel's journal begins.
 * @generation:      Live updates that led to this kernel, if @has_generation.
 * @has_generation:  @generation is known.
 * @from_generation: Those that led to the previous one, if @from_kernel.
 * @from_kernel:     Release of the previous kernel; NULL if unknown.
 * @to_kernel:       Release of this one; NULL if unknown.
 * @blackout_ns:     From the last thing that the previous kernel did to the first
 *                   that this one did, if @has_blackout.
 * @error_ns:        @blackout_ns may be off by as much.
 * @has_blackout:    Both are known.
 * @is_exact:        From the cycle counter, not from the wall clock.
 * @left_ns:         The previous kernel's last moment, just before the jump, on this
 *                   kernel's CLOCK_BOOTTIME, if @has_moments; off as much.
 * @entered_ns:      When this kernel's journal began, if @has_moments.
 * @has_moments:     Both are known.
 * @note:            What is wrong, in words; NULL if nothing is.
 */
struct jump {
	int64_t boottime_ns;
	uint64_t generation;
	bool has_generation;
	uint64_t from_generation;
	const char *from_kernel;
	const char *to_kernel;
	int64_t blackout_ns;
	uint64_t error_ns;
	bool has_blackout;
	bool is_exact;
	int64_t left_ns;
	int64_t entered_ns;
	bool has_moments;
	const char *note;
};

#endif /* LUTRACE_MODEL_H */
