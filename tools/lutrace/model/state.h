/* SPDX-License-Identifier: GPL-2.0 */
/* The live update state of a kernel at one moment, and what to make of it. */
#ifndef LUTRACE_MODEL_STATE_H
#define LUTRACE_MODEL_STATE_H

#include <stdbool.h>
#include <stddef.h>

#include "bpf/state.h"
#include "model/event.h"
#include "model/filter.h"

/**
 * struct state - What a kernel preserves, and what waits in it
 * @sessions:    Those that were read; so for the others.
 * @nr_sessions: How many of them; so for the others.
 * @clocks:      When it was read.
 * @version:     Of lutrace.
 * @host:        Name of the machine.
 * @kernel:      Release of the running kernel.
 * @missing:     By enum lutrace_state_type: the kernel does not tell.
 * @filtered:    A filter has removed something.
 * @recorded:    It is from a capture.
 * @incomplete:  Why it may not be the last that was recorded; NULL where it is.
 */
struct state {
	struct lutrace_session *sessions;
	struct lutrace_file *files;
	struct lutrace_flb *flbs;
	struct lutrace_device *devices;
	size_t nr_sessions;
	size_t nr_files;
	size_t nr_flbs;
	size_t nr_devices;
	struct clocks clocks;
	const char *version;
	const char *host;
	const char *kernel;
	bool missing[LUTRACE_STATE_DEVICE + 1];
	bool filtered;
	bool recorded;
	const char *incomplete;
};

/*
 * Takes the records that an iterator of @type gave, instead of those that there
 * are; @data is the state's from
 * then on, also on failure. Returns false where they are not of that type, or
 * not whole.
 */
bool state_take(struct state *state, enum lutrace_state_type type, void *data,
		size_t size);
void state_free(struct state *state);

/* Removes what does not meet @filter, in the way of filter_passes(). */
void state_filter(struct state *state, const struct filter *filter);

/* The kernel last blocked the probe of a driver other than the one that preserved it. */
bool device_is_blocked(const struct lutrace_device *device);
/* Handed over, and neither retrieved nor finished. */
bool device_is_waiting(const struct lutrace_device *device);

const char *session_state_name(const struct lutrace_session *session);
const char *file_state_name(const struct lutrace_file *file);
const char *flb_state_name(const struct lutrace_flb_side *side);
const char *device_state_name(const struct lutrace_device *device);
/* Why the driver that asked last may have the device or not; NULL if none did. */
const char *device_probe_reason(const struct lutrace_device *device);

/* What to do next, a sentence or two, or NULL where there is nothing to do. */
const char *session_hint(const struct lutrace_session *session);
const char *file_hint(const struct lutrace_file *file);
const char *device_hint(const struct lutrace_device *device);

/* Files and FLBs that could not be retrieved, and devices that are not there. */
size_t state_failed(const struct state *state);
size_t state_blocked(const struct state *state);

#endif /* LUTRACE_MODEL_STATE_H */
