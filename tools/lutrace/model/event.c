// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/redact.h"
#include "base/util.h"
#include "model/event.h"
#include "model/record.h"

#define V(value, name) [value] = name,
#define L(list, type, names)						\
static const char *const reasons_##list[] = { names };
LUTRACE_REASONS(L)
#undef V

/* Does not build where a reason of the kernel has no name. */
#undef L
#define V(value, name) case value:
#define L(list, type, names)						\
__attribute__((unused)) static void names_all_of_##list(enum type reason) \
{									\
	switch (reason) {						\
	names								\
		break;							\
	}								\
}
LUTRACE_REASONS(L)
#undef L
#undef V

const struct field_desc field_descs[NR_FIELDS] = {
#define F(id, key_, type_)						\
	[FIELD_##id] = { .key = key_, .type = FIELD_TYPE_##type_ },
	LUTRACE_FIELDS(F)
#undef F
};

_Static_assert(FIELD_NONE < 32, "a field is a bit");

const struct system_desc system_descs[NR_SYSTEMS] = {
#define S(id, name_, remedy_)						\
	[SYSTEM_##id] = { .name = name_, .remedy = remedy_ },
	LUTRACE_SYSTEMS(S)
#undef S
};

#define BIT(field)	(1U << FIELD_##field)
#define HAS(fields_, first, second, yes_)				\
	.fields = ((fields_) | BIT(first) | BIT(second) | BIT(yes_)) & ~BIT(NONE), \
	.number = { FIELD_##first, FIELD_##second },			\
	.yes = FIELD_##yes_
#define ENDS(operation_)	.ends = OPERATION_##operation_
#define REASONS(list)							\
	.reasons = reasons_##list, .nr_reasons = ARRAY_SIZE(reasons_##list)
#define MILESTONE	.milestone = true

const struct event_desc event_descs[LUTRACE_NR_EVENTS] = {
#define E(id_, event_, system_, name_, tracepoint_, has_, failure_,	\
	  operation_, group_, remedy_, ...)				\
	[LUTRACE_##id_] = {						\
		.id = LUTRACE_##id_,					\
		.name = name_,						\
		.tracepoint = #tracepoint_,				\
		.event = event_,					\
		.system = SYSTEM_##system_,				\
		has_,							\
		.failure = FAILURE_##failure_,				\
		.operation = OPERATION_##operation_,			\
		.group = GROUP_##group_,				\
		.remedy = REMEDY_##remedy_,				\
		__VA_ARGS__						\
	},
	LUTRACE_EVENTS(E)
#undef E
};

const struct event_desc unknown_event_desc = {
	.id = LUTRACE_UNKNOWN_EVENT,
	HAS(BIT(SESSION) | BIT(TOKEN) | BIT(HANDLER) | BIT(FLB) | BIT(DEVICE) | BIT(DRIVER) |
	    BIT(REASON) | BIT(ERRNO) | BIT(DURATION), NUMBER0, NUMBER1, YES),
	/* It may cost anything: what is known explains more. */
	.group = GROUP_REST,
};

/* The words for a boolean that is a text. */
static const char *const words[NR_FIELDS][2] = {
	[FIELD_DECISION] = { "block", "allow" },
	[FIELD_DIRECTION] = { "incoming", "outgoing" },
	[FIELD_PATH] = { "cdev", "group" },
};

const struct event_desc *event_desc_of(uint16_t event)
{
	/* By number: the row, plus 1. */
	static const uint8_t rows[] = {
#define E(id, event, ...) [event] = LUTRACE_##id + 1,
		LUTRACE_EVENTS(E)
#undef E
	};

	_Static_assert(LUTRACE_NR_EVENTS < UINT8_MAX, "a row is a byte");
	return event < ARRAY_SIZE(rows) && rows[event] ?
	       &event_descs[rows[event] - 1] : NULL;
}

static void name_unknown_event(uint16_t event, char name[UNKNOWN_NAME_SIZE])
{
	snprintf(name, UNKNOWN_NAME_SIZE, "event.%u", event);
}

bool glob_fits_unknown(const char *glob)
{
	char name[UNKNOWN_NAME_SIZE];
	unsigned int event;

	for (event = 0; event <= UINT16_MAX; event++) {
		name_unknown_event(event, name);
		if (!event_desc_of(event) && !fnmatch(glob, name, 0))
			return true;
	}
	return false;
}

const char *event_renamed(const char *old)
{
	static const struct {
		const char *old;
		const char *name;
	} renamed[] = {
		{ "pci.refuse", "pci.preserve_refused" },
		{ "vfio.open_denied", "vfio.open_refused" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(renamed); i++) {
		if (!strcmp(old, renamed[i].old))
			return renamed[i].name;
	}
	return NULL;
}

const char *reason_name(const struct event_desc *desc, unsigned int reason)
{
	return reason < desc->nr_reasons ? desc->reasons[reason] : NULL;
}

/*
 * A newer kernel has reasons that this table does not know; UINT16_MAX is one of which
 * a capture of version 1 had a name that is not known.
 */
static const char *reason_text(struct event *event)
{
	const char *name = reason_name(event->desc, event->record.reason);

	if (name)
		return name;
	if (event->record.reason == UINT16_MAX)
		return strcpy(event->reason, "unknown");
	snprintf(event->reason, sizeof(event->reason), "unknown_%u", event->record.reason);
	return event->reason;
}

static bool is_failure(const struct event *event)
{
	const struct luo_journal_record *r = &event->record;

	switch (event->desc->failure) {
	case FAILURE_ALWAYS:
		return true;
	case FAILURE_BLOCK:
		return !(r->flags & LUO_JOURNAL_YES);
	case FAILURE_REASON:
		return r->reason;
	case FAILURE_RESET:
		return r->err && r->err != -ENOTTY;
	case FAILURE_ERRNO:
		break;
	}
	return event_has(event, FIELD_ERRNO) && r->err;
}

/* Describes an event of a newer kernel by what its record has. */
static const struct event_desc *describe(struct event *event)
{
	const struct luo_journal_record *r = &event->record;
	static const struct {
		uint32_t flags;
		uint32_t field;
	} names[] = {
		{ LUO_JOURNAL_HAS_SESSION, BIT(SESSION) | BIT(TOKEN) },
		{ LUO_JOURNAL_HAS_HANDLER, BIT(HANDLER) },
		{ LUO_JOURNAL_HAS_FLB, BIT(FLB) },
		{ LUO_JOURNAL_HAS_DEVICE | LUO_JOURNAL_HAS_BDF, BIT(DEVICE) },
		{ LUO_JOURNAL_HAS_DRIVER, BIT(DRIVER) },
	};
	size_t i;

	event->unknown = unknown_event_desc;
	event->unknown.name = event->name;
	event->unknown.event = r->event;
	name_unknown_event(r->event, event->name);
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (!(r->flags & names[i].flags))
			event->unknown.fields &= ~names[i].field;
	}
	if (!r->reason)
		event->unknown.fields &= ~BIT(REASON);
	if (!r->duration)
		event->unknown.fields &= ~BIT(DURATION);
	return &event->unknown;
}

/* Takes the next name, at *@at; NULL where the kernel could not give it. */
static const char *take_name(const struct luo_journal_record *r, uint32_t flag,
			     size_t *at)
{
	const char *name = r->names + *at;

	if (!(r->flags & flag) || *at >= sizeof(r->names))
		return NULL;
	*at += strlen(name) + 1;
	return *name ? name : NULL;
}

static void decode_names(struct event *event)
{
	const struct luo_journal_record *r = &event->record;
	union value *value = event->value;
	size_t at = 0;

	/* In the order of their flags. */
	value[FIELD_SESSION].text = take_name(r, LUO_JOURNAL_HAS_SESSION, &at) ?: "";
	value[FIELD_HANDLER].text = take_name(r, LUO_JOURNAL_HAS_HANDLER, &at);
	value[FIELD_FLB].text = take_name(r, LUO_JOURNAL_HAS_FLB, &at);
	value[FIELD_DEVICE].text = take_name(r, LUO_JOURNAL_HAS_DEVICE, &at);
	value[FIELD_DRIVER].text = take_name(r, LUO_JOURNAL_HAS_DRIVER, &at);
	if (r->flags & LUO_JOURNAL_HAS_BDF) {
		format_bdf(r->domain, r->bdf, event->device);
		value[FIELD_DEVICE].text = event->device;
	}
}

/* The numbers and the boolean, which are what the event's row says. */
static void decode_slots(struct event *event)
{
	const struct luo_journal_record *r = &event->record;
	const struct event_desc *desc = event->desc;
	bool yes = r->flags & LUO_JOURNAL_YES;
	size_t i;

	for (i = 0; i < LUO_JOURNAL_NR_NUMBERS; i++)
		event->value[desc->number[i]].number = r->number[i];
	if (desc->yes != FIELD_NONE && words[desc->yes][yes])
		event->value[desc->yes].text = words[desc->yes][yes];
	else
		event->value[desc->yes].count = yes;
}

int event_decode(struct event *event, int64_t boottime_ns, const void *data,
		 size_t size)
{
	struct luo_journal_record *r = &event->record;
	union value *value = event->value;

	if (size < LUTRACE_RECORD_MIN)
		return -EINVAL;
	memcpy(r, data, LUTRACE_RECORD_MIN);
	if (r->length < LUTRACE_RECORD_MIN)
		return -EINVAL;
	/* A newer kernel's is longer, and the journal's row is rounded up. */
	if (r->length > sizeof(*r))
		r->length = sizeof(*r);
	if (size > r->length)
		size = r->length;
	memcpy(r, data, size);
	memset((char *)r + size, 0, sizeof(*r) - size);
	r->length = size;
	r->comm[sizeof(r->comm) - 1] = '\0';
	r->names[sizeof(r->names) - 1] = '\0';
	r->err = cut_errno(r->err);

	event->desc = event_desc_of(r->event) ?: describe(event);
	event->boottime_ns = cut_time(boottime_ns, MAX_TIME_NS);
	event->seq = 0;
	event->journal_seq = r->seq;
	event->recorded = false;
	event->previous = false;
	/* This event says of which generation its kernel is. */
	event->has_generation = r->event == LUO_EVENT_INCOMING;
	event->generation = event->has_generation ? r->number[0] : 0;
	event->has_blackout = false;
	event->lacks = 0;
	event->cpu = r->cpu;
	event->pid = r->pid;
	event->tid = r->tid;
	event->comm = r->comm;

	decode_names(event);
	decode_slots(event);
	value[FIELD_TOKEN].count = r->token;
	value[FIELD_STAGE].text = reason_text(event);
	value[FIELD_REASON].text = value[FIELD_STAGE].text;
	value[FIELD_ERRNO].number = r->err;
	value[FIELD_DURATION].count = cut_duration(r->duration);
	event->failed = is_failure(event);
	return 0;
}

void event_copy(struct event *to, const struct event *from)
{
	event_decode(to, from->boottime_ns, &from->record, sizeof(from->record));
	to->seq = from->seq;
	to->lacks = from->lacks;
	to->recorded = from->recorded;
	to->previous = from->previous;
	to->generation = from->generation;
	to->has_generation = from->has_generation;
	to->blackout_ns = from->blackout_ns;
	to->has_blackout = from->has_blackout;
}

void event_rename_session(struct event *event, const char *session)
{
	const struct luo_journal_record from = event->record;
	size_t names = from.length - LUTRACE_RECORD_MIN, skip = 0, room;
	struct luo_journal_record *r = &event->record;

	/* A session's name is the first. */
	if (from.flags & LUO_JOURNAL_HAS_SESSION)
		skip = strlen(from.names) + 1;
	names -= skip < names ? skip : names;
	memset(r->names, 0, sizeof(r->names));
	r->length = LUTRACE_RECORD_MIN;
	record_add_name(r, LUO_JOURNAL_HAS_SESSION, session);
	room = sizeof(*r) - r->length;
	if (names > room) {
		r->flags |= LUO_JOURNAL_NAME_CUT;
		names = room;
	}
	memcpy((char *)r + r->length, from.names + skip, names);
	r->length += names;
	r->names[sizeof(r->names) - 1] = '\0';
	decode_names(event);
}

/* Leaves out what only a newer kernel's records have: it may be anything. */
static void forget_unknown(struct luo_journal_record *r)
{
	size_t at = 0;
	uint32_t flag;

	for (flag = LUO_JOURNAL_HAS_SESSION; flag <= LUO_JOURNAL_HAS_DRIVER; flag <<= 1)
		take_name(r, flag, &at);
	r->flags &= LUO_JOURNAL_HAS_SESSION | LUO_JOURNAL_HAS_HANDLER | LUO_JOURNAL_HAS_FLB |
		    LUO_JOURNAL_HAS_DEVICE | LUO_JOURNAL_HAS_DRIVER | LUO_JOURNAL_NAME_CUT |
		    LUO_JOURNAL_HAS_BDF | LUO_JOURNAL_YES;
	if (r->length > LUTRACE_RECORD_MIN + at)
		r->length = LUTRACE_RECORD_MIN + at;
	memset(r->names + at, 0, sizeof(r->names) - at);
}

bool event_redact(struct event *event, struct redactor *redactor)
{
	char name[LUO_JOURNAL_NAMES_LENGTH];

	if (!redactor->anonymous)
		return true;
	forget_unknown(&event->record);
	decode_names(event);
	/* Whether or not the event's row has a session. */
	if (!(event->record.flags & LUO_JOURNAL_HAS_SESSION))
		return true;
	strcpy(name, event->value[FIELD_SESSION].text);
	if (!redact_name(redactor, name, sizeof(name)))
		return false;
	event_rename_session(event, name);
	return true;
}

bool event_is_jump(const struct event *event)
{
	return event->desc->id == LUTRACE_LUO_REBOOT && !event->failed &&
	       event->record.reason == LUO_REBOOT_FROZEN;
}

bool event_ends_blackout(enum lutrace_event_id id)
{
	return id == LUTRACE_FILE_RETRIEVE || id == LUTRACE_FILE_FINISH;
}

static int64_t read_clock(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return ts.tv_sec * (int64_t)NSEC_PER_SEC + ts.tv_nsec;
}

void clocks_read(struct clocks *clocks)
{
	int64_t before = read_clock(CLOCK_BOOTTIME);
	int64_t realtime = read_clock(CLOCK_REALTIME);
	int64_t after = read_clock(CLOCK_BOOTTIME);

	clocks->start_ns = after;
	/* The middle halves the error of reading one after the other. */
	clocks->realtime_offset_ns = realtime - (before + after) / 2;
}
