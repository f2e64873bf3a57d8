// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "model/state.h"

/* The kernel may be newer, and have states that are not known here. */
static const char *name_of(const char *const *names, size_t nr, uint32_t i)
{
	return i < nr ? names[i] : "unknown";
}

#define NAME(names, i) name_of(names, sizeof(names) / sizeof((names)[0]), i)

static bool are_whole(const void *data, size_t size, uint32_t type,
		      size_t each)
{
	size_t at;

	if (size % each)
		return false;
	for (at = 0; at < size; at += each) {
		/* All of them begin with their type. */
		if (*(const uint32_t *)((const char *)data + at) != type)
			return false;
	}
	return true;
}

static void terminate(char *text, size_t size)
{
	text[size - 1] = '\0';
}

#define TERMINATE(text) terminate(text, sizeof(text))

static void take_sessions(struct state *state, void *data, size_t size)
{
	size_t i;

	free(state->sessions);
	state->sessions = data;
	state->nr_sessions = size / sizeof(*state->sessions);
	for (i = 0; i < state->nr_sessions; i++)
		TERMINATE(state->sessions[i].name);
}

static void take_files(struct state *state, void *data, size_t size)
{
	size_t i;

	free(state->files);
	state->files = data;
	state->nr_files = size / sizeof(*state->files);
	for (i = 0; i < state->nr_files; i++) {
		TERMINATE(state->files[i].session);
		TERMINATE(state->files[i].handler);
		state->files[i].err = cut_errno(state->files[i].err);
	}
}

static void take_flbs(struct state *state, void *data, size_t size)
{
	size_t i;

	free(state->flbs);
	state->flbs = data;
	state->nr_flbs = size / sizeof(*state->flbs);
	for (i = 0; i < state->nr_flbs; i++) {
		struct lutrace_flb *flb = &state->flbs[i];

		TERMINATE(flb->name);
		flb->outgoing.err = cut_errno(flb->outgoing.err);
		flb->incoming.err = cut_errno(flb->incoming.err);
	}
}

static void take_devices(struct state *state, void *data, size_t size)
{
	size_t i;

	free(state->devices);
	state->devices = data;
	state->nr_devices = size / sizeof(*state->devices);
	for (i = 0; i < state->nr_devices; i++) {
		TERMINATE(state->devices[i].outgoing_driver);
		TERMINATE(state->devices[i].incoming_driver);
		TERMINATE(state->devices[i].probe_driver);
		if (state->devices[i].probe_ns > MAX_TIME_NS)
			state->devices[i].probe_ns = MAX_TIME_NS;
	}
}

bool state_take(struct state *state, enum lutrace_state_type type, void *data,
		size_t size)
{
	static const struct {
		void (*take)(struct state *state, void *data, size_t size);
		size_t each;
	} types[] = {
		[LUTRACE_STATE_SESSION] = { take_sessions,
					    sizeof(*state->sessions) },
		[LUTRACE_STATE_FILE] = { take_files, sizeof(*state->files) },
		[LUTRACE_STATE_FLB] = { take_flbs, sizeof(*state->flbs) },
		[LUTRACE_STATE_DEVICE] = { take_devices,
					   sizeof(*state->devices) },
	};

	types[type].take(state, data, size);
	return are_whole(data, size, type, types[type].each);
}

void state_free(struct state *state)
{
	free(state->sessions);
	free(state->files);
	free(state->flbs);
	free(state->devices);
}

static bool same(const char *wanted, const char *name)
{
	return !wanted || (name && !strcmp(wanted, name));
}

/* What an object does not have is NULL, and @token then. */
static bool passes(const struct filter *filter, const char *session,
		   const uint64_t *token, const char *handler, const char *flb,
		   const char *device)
{
	return same(filter->session, session) &&
	       same(filter->handler, handler) && same(filter->flb, flb) &&
	       same(filter->device, device) &&
	       (!filter->has_token || (token && *token == filter->token));
}

/* Keeps those elements, @each bytes long, that @passes. Returns how many. */
static size_t keep(void *array, size_t nr, size_t each, const struct filter *filter,
		   bool (*passes)(const struct filter *filter, const void *element))
{
	char *from = array, *to = array, *end = from + nr * each;

	for (; from < end; from += each) {
		if (!passes(filter, from))
			continue;
		memmove(to, from, each);
		to += each;
	}
	return (to - (char *)array) / each;
}

static bool session_passes(const struct filter *filter, const void *session)
{
	const struct lutrace_session *s = session;

	return passes(filter, s->name, NULL, NULL, NULL, NULL);
}

static bool file_passes(const struct filter *filter, const void *file)
{
	const struct lutrace_file *f = file;
	const uint64_t token = f->token;

	return passes(filter, f->session, &token, f->handler, NULL, NULL);
}

static bool flb_passes(const struct filter *filter, const void *flb)
{
	const struct lutrace_flb *f = flb;

	return passes(filter, NULL, NULL, NULL, f->name, NULL);
}

static bool device_passes(const struct filter *filter, const void *device)
{
	const struct lutrace_device *d = device;
	char bdf[BDF_SIZE];

	format_bdf(d->domain, d->bdf, bdf);
	return passes(filter, NULL, NULL, NULL, NULL, bdf);
}

static size_t count_all(const struct state *state)
{
	return state->nr_sessions + state->nr_files + state->nr_flbs +
	       state->nr_devices;
}

void state_filter(struct state *state, const struct filter *filter)
{
	size_t before = count_all(state);

	state->nr_sessions = keep(state->sessions, state->nr_sessions,
				  sizeof(*state->sessions), filter, session_passes);
	state->nr_files = keep(state->files, state->nr_files, sizeof(*state->files),
			       filter, file_passes);
	state->nr_flbs = keep(state->flbs, state->nr_flbs, sizeof(*state->flbs),
			      filter, flb_passes);
	state->nr_devices = keep(state->devices, state->nr_devices,
				 sizeof(*state->devices), filter, device_passes);
	state->filtered = count_all(state) < before;
}

bool device_is_blocked(const struct lutrace_device *device)
{
	return device->probe_driver[0] &&
	       !(device->flags & LUTRACE_DEVICE_ALLOWED);
}

bool device_is_waiting(const struct lutrace_device *device)
{
	return device->flags & LUTRACE_DEVICE_INCOMING &&
	       !(device->flags & LUTRACE_DEVICE_RETRIEVED);
}

const char *session_state_name(const struct lutrace_session *session)
{
	static const char *const names[] = {
		[LUTRACE_SESSION_PRESERVING] = "preserving",
		[LUTRACE_SESSION_FROZEN] = "frozen",
		[LUTRACE_SESSION_HANDED_OVER] = "handed_over",
		[LUTRACE_SESSION_WAITING] = "waiting",
		[LUTRACE_SESSION_RETRIEVED] = "retrieved",
		[LUTRACE_SESSION_FINISHED] = "finished",
	};

	return NAME(names, session->state);
}

const char *file_state_name(const struct lutrace_file *file)
{
	static const char *const names[] = {
		[LUTRACE_FILE_PRESERVED] = "preserved",
		[LUTRACE_FILE_FROZEN] = "frozen",
		[LUTRACE_FILE_WAITING] = "waiting",
		[LUTRACE_FILE_RETRIEVED] = "retrieved",
		[LUTRACE_FILE_FAILED] = "failed",
	};

	return NAME(names, file->state);
}

const char *flb_state_name(const struct lutrace_flb_side *side)
{
	static const char *const names[] = {
		[LUTRACE_FLB_NONE] = "none",
		[LUTRACE_FLB_PRESERVED] = "preserved",
		[LUTRACE_FLB_WAITING] = "waiting",
		[LUTRACE_FLB_RETRIEVED] = "retrieved",
		[LUTRACE_FLB_FAILED] = "failed",
		[LUTRACE_FLB_FINISHED] = "finished",
	};

	return NAME(names, side->state);
}

/* The kernel was changing its list: any absent device may be in this place. */
static bool device_is_unknown(const struct lutrace_device *device)
{
	return device->flags & LUTRACE_DEVICE_ABSENT && device->flags & LUTRACE_DEVICE_BUSY;
}

const char *device_state_name(const struct lutrace_device *device)
{
	if (device_is_unknown(device))
		return "unknown";
	if (device->flags & LUTRACE_DEVICE_ABSENT)
		return "absent";
	if (device_is_blocked(device))
		return "blocked";
	if (device->flags & LUTRACE_DEVICE_RETRIEVED)
		return "retrieved";
	if (device->flags & LUTRACE_DEVICE_INCOMING)
		return "waiting";
	if (device->flags & LUTRACE_DEVICE_OUTGOING)
		return "preserved";
	return "allowed";
}

const char *device_probe_reason(const struct lutrace_device *device)
{
	if (!device->probe_driver[0])
		return NULL;
	return reason_name(&event_descs[LUTRACE_PCI_PROBE], device->probe_reason) ?: "unknown";
}

const char *session_hint(const struct lutrace_session *session)
{
	switch (session->state) {
	case LUTRACE_SESSION_HANDED_OVER:
		return "nobody has opened /dev/liveupdate yet: its files are listed after that";
	case LUTRACE_SESSION_WAITING:
		return "nobody has retrieved it: its owner must do so, retrieve its files, and finish it";
	default:
		return NULL;
	}
}

const char *file_hint(const struct lutrace_file *file)
{
	return file->state == LUTRACE_FILE_FAILED ?
	       "retrieving it is not tried again: finish its session to give it up" :
	       NULL;
}

/*
 * A driver that is kept off a device is what live update is for. It is told what
 * ends that, and not how to bypass it, unless nothing else can.
 */
const char *device_hint(const struct lutrace_device *device)
{
	if (device_is_unknown(device))
		return "the kernel was changing the list of absent devices: look again";
	if (device->flags & LUTRACE_DEVICE_ABSENT)
		return "the device is gone: finish its session to give it up";
	if (!device_is_blocked(device))
		return NULL;
	if (!(device->flags & LUTRACE_DEVICE_INCOMING))
		return "what the previous kernel preserved is unreadable: write driver_override to choose a driver for it";
	if (device->flags & LUTRACE_DEVICE_RETRIEVED)
		return "finish its session: the driver may be bound then";
	return "bind the driver that preserved it, retrieve its file, finish its session";
}

size_t state_failed(const struct state *state)
{
	size_t i, failed = 0;

	for (i = 0; i < state->nr_files; i++)
		failed += state->files[i].state == LUTRACE_FILE_FAILED;
	for (i = 0; i < state->nr_flbs; i++)
		failed += state->flbs[i].incoming.state == LUTRACE_FLB_FAILED;
	for (i = 0; i < state->nr_devices; i++)
		failed += state->devices[i].flags & LUTRACE_DEVICE_ABSENT &&
			  !device_is_unknown(&state->devices[i]);
	return failed;
}

size_t state_blocked(const struct state *state)
{
	size_t i, blocked = 0;

	for (i = 0; i < state->nr_devices; i++)
		blocked += device_is_blocked(&state->devices[i]);
	return blocked;
}
