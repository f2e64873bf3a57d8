/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The event model: what every source decodes into and every view takes.
 */
#ifndef LUTRACE_MODEL_H
#define LUTRACE_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event.h"
#include "text.h"

enum field_id {
#define F(id, ...) FIELD_##id,
	LUTRACE_FIELDS(F)
#undef F
	NR_FIELDS,
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
 * struct system_desc - Where tracepoints come from
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

/**
 * struct event_desc - One entry of the event table
 * @id:         Its index.
 * @name:       Public name, "group.event".
 * @tracepoint: Name of the kernel's tracepoint, and of the BPF program.
 * @fields:     Bits of enum field_id.
 * @reasons:    Names by number, NULL terminated.
 * @system:     Where it comes from.
 * @failure:    When it reports a failure.
 */
struct event_desc {
	enum lutrace_event_id id;
	const char *name;
	const char *tracepoint;
	uint32_t fields;
	const char *const *reasons;
	enum system_id system;
	enum failure_rule failure;
};

extern const struct event_desc event_descs[LUTRACE_NR_EVENTS];
extern const struct field_desc field_descs[NR_FIELDS];
extern const struct system_desc system_descs[NR_SYSTEMS];

/**
 * union value - What a field holds
 * @text:   For TEXT; NULL where unknown. Belongs to the event.
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
 * @boottime_ns: When, on CLOCK_BOOTTIME.
 * @seq:         Its number since tracing began; a gap is a loss or a filter.
 * @cpu:         Where it happened.
 * @pid:         Process that was running.
 * @tid:         Thread that was running.
 * @comm:        Name of that thread.
 * @value:       By enum field_id; only those in @desc->fields mean anything.
 * @record:      Holds the texts that @value and @comm point to.
 * @device:      Holds a device's address where the kernel gave no name.
 * @reason:      Holds a reason that is not in the table.
 *
 * Points into itself: do not copy.
 */
struct event {
	const struct event_desc *desc;
	bool failed;
	uint64_t boottime_ns;
	uint64_t seq;
	uint32_t cpu;
	uint32_t pid;
	uint32_t tid;
	const char *comm;
	union value value[NR_FIELDS];

	struct lutrace_record record;
	char device[BDF_SIZE];
	char reason[32];
};

/* Returns 0, or -EINVAL where @data is no record of this version. */
int event_decode(struct event *event, const void *data, size_t size);

static inline bool event_has(const struct event *event, enum field_id field)
{
	return event->desc->fields & 1U << field;
}

/* The jump to the next kernel follows this event. */
bool event_is_jump(const struct event *event);

/**
 * struct clocks - How the times of events relate to the world
 * @realtime_offset_ns: CLOCK_REALTIME - CLOCK_BOOTTIME when tracing began.
 * @start_ns:           When tracing began, on CLOCK_BOOTTIME.
 */
struct clocks {
	int64_t realtime_offset_ns;
	uint64_t start_ns;
};

void clocks_read(struct clocks *clocks);

/**
 * struct loss - Events that happened but were not seen
 * @boottime_ns: When the loss was noticed.
 * @count:       How many since the last report.
 * @total:       How many since tracing began.
 * @unknown:     How many of @count were seen but could not be decoded.
 * @by_event:    The rest of @count, by enum lutrace_event_id.
 */
struct loss {
	uint64_t boottime_ns;
	uint64_t count;
	uint64_t total;
	uint64_t unknown;
	uint64_t by_event[LUTRACE_NR_EVENTS];
};

#endif /* LUTRACE_MODEL_H */
