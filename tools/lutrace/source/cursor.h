/* SPDX-License-Identifier: GPL-2.0 */
/* Reads what a chunk of a capture has: see capture.h. */
#ifndef LUTRACE_CURSOR_H
#define LUTRACE_CURSOR_H

#include <string.h>

#include "model/event.h"

/**
 * struct cursor - Where a payload is read
 * @at:  The next byte.
 * @end: After the last.
 * @bad: It ended too early.
 */
struct cursor {
	const uint8_t *at;
	const uint8_t *end;
	bool bad;
};

static inline uint64_t take(struct cursor *c)
{
	uint64_t value = 0;
	unsigned int shift;

	for (shift = 0; shift < 64 && c->at < c->end; shift += 7) {
		uint8_t byte = *c->at++;

		value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return value;
	}
	c->bad = true;
	return 0;
}

static inline int64_t take_signed(struct cursor *c)
{
	uint64_t value = take(c);

	return (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
}

static inline int64_t take_time(struct cursor *c)
{
	return cut_time(take_signed(c), MAX_TIME_NS);
}

/* The next bytes, after their number; NULL where they are not all there. */
static inline const uint8_t *take_bytes(struct cursor *c, size_t *size)
{
	uint64_t length = take(c);
	const uint8_t *bytes = c->at;

	if (length > (uint64_t)(c->end - c->at)) {
		c->bad = true;
		return NULL;
	}
	c->at += length;
	*size = length;
	return bytes;
}

/* To @text, terminated, of @size bytes; what does not fit is cut. */
static inline void take_text(struct cursor *c, char *text, size_t size)
{
	size_t length = 0;
	const uint8_t *bytes = take_bytes(c, &length);

	if (length >= size)
		length = size - 1;
	if (bytes)
		memcpy(text, bytes, length);
	text[length] = '\0';
}

#endif /* LUTRACE_CURSOR_H */
