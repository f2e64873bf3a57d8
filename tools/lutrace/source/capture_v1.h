/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Events of captures of version 1, which had fields of their own instead of the
 * kernel's record, and numbers that each capture gave a meaning to by names.
 */
#ifndef LUTRACE_CAPTURE_V1_H
#define LUTRACE_CAPTURE_V1_H

#include "source/cursor.h"

/* The recorder may have been of another version: more than this are ignored. */
#define V1_MAX_EVENTS	1024
#define V1_MAX_REASONS	64

/**
 * struct v1_event - What a number stands for in a capture
 * @desc:    The event, or NULL where it is not known here.
 * @reason:  By its number in the capture: its value, or UINT16_MAX.
 * @nr:      How many reasons.
 */
struct v1_event {
	const struct event_desc *desc;
	uint16_t reason[V1_MAX_REASONS];
	unsigned int nr;
};

/* Takes "REASON...", the names in the order of their numbers. */
void v1_take_reasons(struct v1_event *event, char *names);

/* Decodes an event; false where it is not one that is known here. */
bool v1_take_event(const struct v1_event *events, struct cursor *cursor,
		   struct event *event);

#endif /* LUTRACE_CAPTURE_V1_H */
