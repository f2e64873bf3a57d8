/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Captures: what a recorder saw, in a file that any lutrace can read.
 *
 * A capture is CAPTURE_MAGIC and then chunks. A chunk is
 *
 *   4 bytes   "LUTR"
 *   4 bytes   length of the payload, little-endian, at most CAPTURE_MAX_CHUNK
 *   4 bytes   CRC-32 of the payload, little-endian
 *   payload   a type, and what chunks of that type have
 *
 * Numbers in payloads are LEB128; those that may be negative are zigzag encoded
 * first; a text is its length and its bytes. Types:
 *
 *   CAPTURE_ABOUT    lines of text, "KEY VALUE": who recorded, and "event NUMBER
 *                    NAME STATE" for each event that the recorder knew
 *   CAPTURE_EVENTS   events, each after its length: flags, time, number since
 *                    tracing began, generation, blackout, size of the record, and
 *                    the kernel's record as it is, a struct luo_journal_record,
 *                    little-endian; what a reader does not know is at the end
 *   CAPTURE_JUMP, CAPTURE_LOST, CAPTURE_SUMMARY
 *                    struct jump, struct loss, struct summary
 *   CAPTURE_STATE    rows of one type of state.h, after their time, their type
 *                    and the size of one; new fields are at the end
 *
 * Events are known by their numbers in <linux/kho/abi/luo_journal*.h>. Chunks of
 * another type are skipped. A capture needs no end: it is good up to its last whole
 * chunk. Where the recording was bounded, what came before the file is in another
 * one, whose name has CAPTURE_OLDER at its end, and of what came before that there
 * are only numbers.
 *
 * This is version 2, which the last byte of CAPTURE_MAGIC says. Version 1 had other
 * events: see capture_v1.h.
 */
#ifndef LUTRACE_CAPTURE_H
#define LUTRACE_CAPTURE_H

#include "base/output.h"
#include "model/sink.h"
#include "model/state.h"

#define CAPTURE_MAGIC		"LUTRACE\x02"
#define CAPTURE_MAGIC_SIZE	8
#define CAPTURE_SYNC		"LUTR"
#define CAPTURE_SYNC_SIZE	4
#define CAPTURE_CHUNK_HEADER	12
#define CAPTURE_MAX_CHUNK	(16U << 20)

enum capture_chunk {
	CAPTURE_ABOUT	= 1,
	CAPTURE_EVENTS	= 2,
	CAPTURE_JUMP	= 3,
	CAPTURE_LOST	= 4,
	CAPTURE_STATE	= 5,
	CAPTURE_SUMMARY	= 6,
};

/* Flags of an event. */
#define CAPTURE_RECORDED	(1U << 0)
#define CAPTURE_PREVIOUS	(1U << 1)
#define CAPTURE_HAS_GENERATION	(1U << 2)
#define CAPTURE_HAS_BLACKOUT	(1U << 3)

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "records are little-endian");

/* What an event of a capture has beside its record. */
static inline void capture_set_flags(struct event *event, uint64_t flags,
				     uint64_t generation, int64_t blackout_ns)
{
	event->recorded = flags & CAPTURE_RECORDED;
	event->previous = flags & CAPTURE_PREVIOUS;
	event->has_generation = flags & CAPTURE_HAS_GENERATION;
	event->generation = generation;
	event->has_blackout = flags & CAPTURE_HAS_BLACKOUT;
	event->blackout_ns = blackout_ns;
}

/* The number of lost events that are not known: the number of no event. */
#define CAPTURE_LOST_UNKNOWN	(1U << 16)

/* Flags of a jump. */
#define CAPTURE_JUMP_GENERATION	(1U << 0)
#define CAPTURE_JUMP_BLACKOUT	(1U << 1)
#define CAPTURE_JUMP_EXACT	(1U << 2)
#define CAPTURE_JUMP_FROM	(1U << 3)
#define CAPTURE_JUMP_TO		(1U << 4)
#define CAPTURE_JUMP_NOTE	(1U << 5)
#define CAPTURE_JUMP_MOMENTS	(1U << 6)

/**
 * struct capture_about - Who recorded
 * @info:    Versions, host, clocks and events; texts are the capture's.
 * @arrival: How the kernel was entered, as enum arrival.
 * @id:      The same in all files of one recording.
 * @part:    Number of the file in it, from 0.
 * @before:  Events in the files before it.
 */
struct capture_about {
	struct trace_info info;
	uint32_t arrival;
	uint64_t id;
	uint64_t part;
	uint64_t before;
};

struct capture;

/*
 * Takes @size bytes at @data, which must outlive the capture, and those of the
 * file before in @older (NULL, 0 where there is none). Returns NULL where it is
 * no capture (EINVAL), of a version that is not known (EPROTONOSUPPORT), or
 * there is no memory (ENOMEM).
 */
struct capture *capture_parse(const void *data, size_t size,
			      const void *older, size_t older_size);
/* The same for a file; also ENOENT and the like, after complaining. */
struct capture *capture_open(const char *path);
void capture_free(struct capture *capture);

const struct capture_about *capture_about(const struct capture *capture);

/* As history_show(). Memory does not grow with the capture. */
bool capture_show(struct capture *capture, enum generation_choice which,
		  struct sink *sink);

/**
 * struct capture_health - What was wrong with it, after capture_show()
 * @whole:     The recorder ended it.
 * @damaged:   Bytes that were skipped, as their checksum was wrong.
 * @truncated: It ends within a chunk.
 * @unknown:   Events that could not be decoded.
 * @end_ns:    When the last thing happened.
 */
struct capture_health {
	bool whole;
	uint64_t damaged;
	bool truncated;
	uint64_t unknown;
	int64_t end_ns;
};

const struct capture_health *capture_health(const struct capture *capture);

/*
 * Stores what was preserved when it was last recorded. Returns false where it
 * never was. The state is the caller's to free.
 */
bool capture_state(struct capture *capture, struct state *state);

#endif /* LUTRACE_CAPTURE_H */
