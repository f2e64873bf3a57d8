// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "model/event.h"

#define R(list, ...)							\
static const char *const reasons_##list[] = { __VA_ARGS__, NULL };
LUTRACE_REASONS(R)
#undef R

/* Within the table of classes F() names a field's bit. */
#define F(id) (1U << FIELD_##id)
enum {
#define C(class, fields) fields_##class = (fields),
	LUTRACE_CLASSES(C)
#undef C
};
#undef F

const struct field_desc field_descs[NR_FIELDS] = {
#define F(id, key_, type_)						\
	[FIELD_##id] = { .key = key_, .type = FIELD_TYPE_##type_ },
	LUTRACE_FIELDS(F)
#undef F
};

const struct system_desc system_descs[NR_SYSTEMS] = {
#define S(id, name_, remedy_)						\
	[SYSTEM_##id] = { .name = name_, .remedy = remedy_ },
	LUTRACE_SYSTEMS(S)
#undef S
};

const struct event_desc event_descs[LUTRACE_NR_EVENTS] = {
#define E(id_, number_, system_, name_, tracepoint_, class_, list_, failure_, operation_, group_, \
	  remedy_, ends_, milestone_)					\
	[LUTRACE_##id_] = {						\
		.id = LUTRACE_##id_,					\
		.name = name_,						\
		.tracepoint = #tracepoint_,				\
		.fields = fields_##class_,				\
		.reasons = reasons_##list_,				\
		.system = SYSTEM_##system_,				\
		.failure = FAILURE_##failure_,				\
		.operation = OPERATION_##operation_,			\
		.ends = OPERATION_##ends_,				\
		.group = GROUP_##group_,				\
		.remedy = REMEDY_##remedy_,				\
		.milestone = milestone_,				\
	},
	LUTRACE_EVENTS(E)
#undef E
};

/* Both sides are built together, but a record is still data from outside. */
static bool is_terminated(const struct lutrace_record *r)
{
	return memchr(r->comm, 0, sizeof(r->comm)) &&
	       memchr(r->session, 0, sizeof(r->session)) &&
	       memchr(r->handler, 0, sizeof(r->handler)) &&
	       memchr(r->flb, 0, sizeof(r->flb)) &&
	       memchr(r->device, 0, sizeof(r->device)) &&
	       memchr(r->driver, 0, sizeof(r->driver));
}

/* A name that the kernel could not give is unknown, not empty. */
static const char *known(const char *name)
{
	return *name ? name : NULL;
}

static const char *reason_name(struct event *event)
{
	const char *const *names = event->desc->reasons;
	int reason = event->record.reason;
	int i;

	for (i = 0; names[i]; i++) {
		if (i == reason)
			return names[i];
	}
	/* A newer kernel has reasons that this table does not know. */
	snprintf(event->reason, sizeof(event->reason), "unknown_%d", reason);
	return event->reason;
}

static const char *device_name(struct event *event)
{
	const struct lutrace_record *r = &event->record;

	if (!r->has_bdf)
		return known(r->device);
	format_bdf(r->domain, r->bdf, event->device);
	return event->device;
}

static bool is_failure(const struct event *event)
{
	const struct lutrace_record *r = &event->record;

	switch (event->desc->failure) {
	case FAILURE_ALWAYS:
		return true;
	case FAILURE_BLOCK:
		return !r->yes;
	case FAILURE_REASON:
		return r->reason != 0;
	case FAILURE_RESET:
		return r->err && r->err != -ENOTTY;
	case FAILURE_ERRNO:
		break;
	}
	return event_has(event, FIELD_ERRNO) && r->err;
}

int event_decode(struct event *event, const void *data, size_t size)
{
	struct lutrace_record *r = &event->record;
	union value *value = event->value;

	/* The ring rounds sizes up. */
	if (size > sizeof(*r))
		size = sizeof(*r);
	if (size < LUTRACE_RECORD_MIN)
		return -EINVAL;
	memcpy(r, data, size);
	memset((char *)r + size, 0, sizeof(*r) - size);
	if (r->event >= LUTRACE_NR_EVENTS || !is_terminated(r))
		return -EINVAL;

	r->err = cut_errno(r->err);
	event->desc = &event_descs[r->event];
	event->boottime_ns = cut_time(r->boottime_ns, MAX_TIME_NS);
	event->seq = r->seq;
	event->journal_seq = r->journal_seq;
	/* The source knows better. */
	event->recorded = false;
	event->previous = false;
	event->has_generation = false;
	event->has_blackout = false;
	event->cpu = r->cpu;
	event->pid = r->pid;
	event->tid = r->tid;
	event->comm = r->comm;

	value[FIELD_SESSION].text = r->session;
	value[FIELD_TOKEN].count = r->token;
	value[FIELD_DEVICE].text = device_name(event);
	value[FIELD_FLB].text = known(r->flb);
	value[FIELD_PHASE].text = reason_name(event);
	value[FIELD_DECISION].text = r->yes ? "allow" : "block";
	value[FIELD_REASON].text = value[FIELD_PHASE].text;
	value[FIELD_ERRNO].number = r->err;
	value[FIELD_DURATION].count = r->duration_ns < MAX_TIME_NS ?
				      r->duration_ns : MAX_TIME_NS;
	value[FIELD_HANDLER].text = known(r->handler);
	value[FIELD_DRIVER].text = known(r->driver);
	value[FIELD_DIRECTION].text = r->yes ? "outgoing" : "incoming";
	value[FIELD_PATH].text = r->yes ? "group" : "cdev";
	value[FIELD_NUMBER].count = r->number;
	value[FIELD_COUNT].count = r->number;
	value[FIELD_REFCOUNT].count = r->number;
	value[FIELD_INDEX].number = r->number;
	value[FIELD_BUS].count = r->number;
	value[FIELD_CONTROL].count = r->number;
	value[FIELD_ENABLED].count = r->yes;
	value[FIELD_BRIDGE].count = r->yes;
	value[FIELD_IMAGE_HAS_KHO].count = r->yes;

	event->failed = is_failure(event);
	return 0;
}

bool event_is_jump(const struct event *event)
{
	return event->desc->id == LUTRACE_LUO_REBOOT && !event->failed &&
	       !strcmp(event->value[FIELD_PHASE].text, "frozen");
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
