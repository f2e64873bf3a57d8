// SPDX-License-Identifier: GPL-2.0
/* Reads capture files; their contents are untrusted. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/complain.h"
#include "source/capture.h"
#include "source/capture_v1.h"

/* More sessions, files or devices than any machine has. */
#define MAX_RECORDS	(1U << 20)
/* So much of a file, a multiple of all sizes of pages, is released at a time. */
#define RELEASE_SIZE	(4U << 20)
/* Of a text of a jump. */
#define TEXT_ROOM	256

/**
 * struct piece - One file of a recording
 * @data:   Its bytes.
 * @size:   How many; 0 where there is no such file.
 * @about:  Who recorded.
 * @text:   Holds the texts of @about.
 * @is_v1:  It is of version 1;
 * @events: what its numbers are then.
 */
struct piece {
	const uint8_t *data;
	size_t size;
	struct capture_about about;
	char *text;
	bool is_v1;
	struct v1_event events[V1_MAX_EVENTS];
};

/**
 * struct capture - A recording
 * @pieces:  The file before, where it belongs to the recording, and the last.
 * @mapped:  They are to be unmapped.
 * @health:  What was wrong.
 * @event:   The event at hand.
 * @texts:   Of the jump at hand.
 */
struct capture {
	struct piece pieces[2];
	bool mapped;
	struct capture_health health;
	struct event event;
	char texts[3][TEXT_ROOM];
};

static uint32_t get_le32(const uint8_t *at)
{
	return at[0] | at[1] << 8 | at[2] << 16 | (uint32_t)at[3] << 24;
}

/* The payload at @at, if it is all there; else NULL. */
static const uint8_t *chunk_at(const struct piece *p, size_t at, size_t *size)
{
	const uint8_t *header = p->data + at;
	uint32_t length;

	if (p->size - at < CAPTURE_CHUNK_HEADER ||
	    memcmp(header, CAPTURE_SYNC, CAPTURE_SYNC_SIZE))
		return NULL;
	length = get_le32(header + 4);
	if (!length || length > CAPTURE_MAX_CHUNK ||
	    length > p->size - at - CAPTURE_CHUNK_HEADER ||
	    crc32(0, header + CAPTURE_CHUNK_HEADER, length) !=
	    get_le32(header + 8))
		return NULL;
	*size = length;
	return header + CAPTURE_CHUNK_HEADER;
}

/* After what is damaged: where the next good chunk is, or the end. */
static size_t resync(const struct piece *p, size_t at)
{
	size_t size;

	while (++at < p->size) {
		const uint8_t *next = memmem(p->data + at, p->size - at,
					     CAPTURE_SYNC, CAPTURE_SYNC_SIZE);

		if (!next)
			break;
		at = next - p->data;
		if (chunk_at(p, at, &size))
			return at;
	}
	return p->size;
}

/*
 * Moves to the next chunk at *@at or after it, and then past that. Returns false
 * at the end. What is damaged is counted in @health, where there is one.
 */
static bool next_chunk(const struct piece *p, size_t *at, struct cursor *c,
		       struct capture_health *health)
{
	const uint8_t *payload;
	size_t size, good;

	if (*at >= p->size)
		return false;
	payload = chunk_at(p, *at, &size);
	if (!payload) {
		good = resync(p, *at);
		if (health && good < p->size)
			health->damaged += good - *at;
		else if (health)
			health->truncated = true;
		*at = good;
		if (good >= p->size)
			return false;
		payload = chunk_at(p, good, &size);
	}
	*at += CAPTURE_CHUNK_HEADER + size;
	c->at = payload;
	c->end = payload + size;
	c->bad = false;
	return true;
}

static const struct event_desc *find_event(const char *name)
{
	size_t i;

	name = event_renamed(name) ?: name;
	for (i = 0; i < LUTRACE_NR_EVENTS; i++) {
		if (!strcmp(event_descs[i].name, name))
			return &event_descs[i];
	}
	return NULL;
}

/* "NUMBER NAME STATE", and the reasons in version 1. */
static void take_event_line(struct piece *p, char *line)
{
	char *number = strsep(&line, " "), *name = strsep(&line, " ");
	struct trace_info *info = &p->about.info;
	const struct event_desc *desc;
	const char *state;
	uint64_t id;

	if (!parse_u64(number, &id) || !name)
		return;
	desc = p->is_v1 ? find_event(name) : id <= UINT16_MAX ? event_desc_of(id) : NULL;
	if (p->is_v1 && id < V1_MAX_EVENTS)
		p->events[id] = (struct v1_event){ .desc = desc };
	if (!desc || !line)
		return;
	state = strsep(&line, " ");
	info->traced[desc->id] = !strcmp(state, "traced");
	info->missing[desc->id] = !strcmp(state, "missing");
	if (p->is_v1 && id < V1_MAX_EVENTS)
		v1_take_reasons(&p->events[id], line);
}

static void take_line(struct piece *p, char *line)
{
	struct capture_about *about = &p->about;
	struct trace_info *info = &about->info;
	char *key = strsep(&line, " ");
	uint64_t number = 0;

	if (!line)
		return;
	if (strcmp(key, "event"))
		parse_u64(*line == '-' ? line + 1 : line, &number);
	if (!strcmp(key, "event"))
		take_event_line(p, line);
	else if (!strcmp(key, "version"))
		info->version = line;
	else if (!strcmp(key, "host"))
		info->host = line;
	else if (!strcmp(key, "kernel"))
		info->kernel = line;
	else if (!strcmp(key, "start_ns"))
		info->clocks.start_ns = cut_time(*line == '-' ? -number : number,
						 MAX_TIME_NS);
	else if (!strcmp(key, "realtime_offset_ns"))
		info->clocks.realtime_offset_ns =
			cut_time(*line == '-' ? -number : number, MAX_EPOCH_NS);
	else if (!strcmp(key, "generation")) {
		info->generation = number;
		info->has_generation = true;
	} else if (!strcmp(key, "arrival"))
		about->arrival = number;
	else if (!strcmp(key, "id"))
		about->id = number;
	else if (!strcmp(key, "part"))
		about->part = number;
	else if (!strcmp(key, "before"))
		about->before = number;
}

static int take_about(struct piece *p, const struct cursor *payload)
{
	char *rest;

	p->text = strndup((const char *)payload->at,
			  payload->end - payload->at);
	if (!p->text)
		return ENOMEM;
	p->about.info.version = "unknown";
	p->about.info.host = "unknown";
	p->about.info.kernel = "unknown";
	rest = p->text;
	while (rest)
		take_line(p, strsep(&rest, "\n"));
	return 0;
}

/* Returns 0 or an errno. */
static int open_piece(struct piece *p, const void *data, size_t size)
{
	size_t at = CAPTURE_MAGIC_SIZE;
	struct cursor payload;

	p->data = data;
	p->size = size;
	if (size < CAPTURE_MAGIC_SIZE ||
	    memcmp(data, CAPTURE_MAGIC, CAPTURE_MAGIC_SIZE - 1))
		return EINVAL;
	p->is_v1 = p->data[CAPTURE_MAGIC_SIZE - 1] == 1;
	if (!p->is_v1 && p->data[CAPTURE_MAGIC_SIZE - 1] !=
			 CAPTURE_MAGIC[CAPTURE_MAGIC_SIZE - 1])
		return EPROTONOSUPPORT;
	while (next_chunk(p, &at, &payload, NULL)) {
		if (take(&payload) == CAPTURE_ABOUT)
			return take_about(p, &payload);
	}
	return EINVAL;
}

/* It is used only where it is of the same recording. */
static int open_older(struct capture *c, const void *data, size_t size)
{
	struct piece *older = &c->pieces[0];
	const struct capture_about *about = &c->pieces[1].about;
	int err = data ? open_piece(older, data, size) : EINVAL;

	if (err == ENOMEM)
		return err;
	if (err || older->about.id != about->id ||
	    older->about.part + 1 != about->part)
		older->size = 0;
	return 0;
}

struct capture *capture_parse(const void *data, size_t size,
			      const void *older, size_t older_size)
{
	struct capture *c = calloc(1, sizeof(*c));
	int err;

	if (!c)
		return NULL;
	err = open_piece(&c->pieces[1], data, size);
	if (!err)
		err = open_older(c, older, older_size);
	if (!err)
		return c;
	capture_free(c);
	errno = err;
	return NULL;
}

/*
 * Copies what @fd has, which may be a pipe, to a file in memory. Returns that, or -1
 * and errno; @fd is closed.
 */
static int copy_stream(int fd)
{
	int copy = memfd_create("capture", MFD_CLOEXEC), err;
	char block[1 << 16];
	ssize_t n = -1;

	while (copy >= 0 && (n = read(fd, block, sizeof(block))) > 0) {
		if (write(copy, block, n) != n) {
			n = -1;
			break;
		}
	}
	err = errno;
	close(fd);
	if (n && copy >= 0) {
		close(copy);
		copy = -1;
	}
	errno = err;
	return copy;
}

/* Returns MAP_FAILED and errno where it cannot be mapped. */
static const void *map_file(const char *path, size_t *size)
{
	int fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC) :
				     dup(STDIN_FILENO);
	void *data = MAP_FAILED;
	struct stat st;
	int err;

	/* A file of /proc has no size, but may not be empty. */
	if (fd >= 0 && !fstat(fd, &st) && (!S_ISREG(st.st_mode) || !st.st_size))
		fd = copy_stream(fd);
	if (fd < 0)
		return MAP_FAILED;
	if (fstat(fd, &st))
		;
	else if (!st.st_size)
		errno = ENODATA;
	else
		data = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	*size = st.st_size;
	err = errno;
	close(fd);
	errno = err;
	return data;
}

static void complain_about(const char *path)
{
	if (!strcmp(path, "-"))
		path = "standard input";
	switch (errno) {
	case ENODATA:
		complain("%s is empty: it is no capture", path);
		break;
	case EISDIR:
		complain("%s is a directory: it is no capture", path);
		break;
	case EINVAL:
		complain("%s is no capture: see 'lutrace record'", path);
		break;
	case EPROTONOSUPPORT:
		complain("%s is a capture of another version: it needs a newer lutrace",
			 path);
		break;
	default:
		complain("cannot read %s: %s", path, strerror(errno));
	}
}

struct capture *capture_open(const char *path)
{
	const void *data, *older = MAP_FAILED;
	size_t size = 0, older_size = 0;
	struct capture *c = NULL;
	char *older_path;

	data = map_file(path, &size);
	if (data == MAP_FAILED) {
		complain_about(path);
		return NULL;
	}
	if (asprintf(&older_path, "%s" CAPTURE_OLDER, path) >= 0) {
		older = map_file(older_path, &older_size);
		free(older_path);
	}
	c = capture_parse(data, size, older == MAP_FAILED ? NULL : older,
			  older == MAP_FAILED ? 0 : older_size);
	if (c) {
		c->mapped = true;
		if (older != MAP_FAILED && !c->pieces[0].size)
			munmap((void *)older, older_size);
		return c;
	}
	complain_about(path);
	munmap((void *)data, size);
	if (older != MAP_FAILED)
		munmap((void *)older, older_size);
	return NULL;
}

void capture_free(struct capture *c)
{
	size_t i;

	if (!c)
		return;
	for (i = 0; i < 2; i++) {
		struct piece *p = &c->pieces[i];

		if (c->mapped && p->size)
			munmap((void *)p->data, p->size);
		free(p->text);
	}
	free(c);
}

const struct capture_about *capture_about(const struct capture *c)
{
	return &c->pieces[1].about;
}

const struct capture_health *capture_health(const struct capture *c)
{
	return &c->health;
}

static bool take_event(struct cursor *cursor, struct event *event)
{
	uint64_t flags = take(cursor), seq, generation;
	int64_t when = take_time(cursor), blackout;
	const uint8_t *record;
	size_t size;

	seq = take(cursor);
	generation = take(cursor);
	blackout = take_time(cursor);
	record = take_bytes(cursor, &size);
	if (!record || event_decode(event, when, record, size))
		return false;
	event->seq = seq;
	capture_set_flags(event, flags, generation, blackout);
	return true;
}

static void report_loss(struct sink *sink, const struct loss *loss)
{
	if (loss->count)
		sink->lost(sink, loss);
}

static bool hand_out_events(struct capture *c, const struct piece *p,
			    struct cursor *payload, enum generation_choice which,
			    struct sink *sink)
{
	struct loss loss = { 0 };
	bool more = true;

	while (more && payload->at < payload->end) {
		uint64_t length = take(payload);
		struct cursor one = { payload->at, payload->at, false };

		if (length > (uint64_t)(payload->end - payload->at))
			length = payload->end - payload->at;
		one.end += length;
		payload->at += length;
		if (!(p->is_v1 ? v1_take_event(p->events, &one, &c->event) :
				 take_event(&one, &c->event))) {
			loss.undecodable++;
			continue;
		}
		c->health.end_ns = c->event.boottime_ns;
		if (which == GENERATION_ANY ||
		    c->event.previous == (which == GENERATION_PREVIOUS))
			more = sink->event(sink, &c->event);
	}
	loss.boottime_ns = c->health.end_ns;
	loss.count = loss.undecodable;
	c->health.unknown += loss.undecodable;
	report_loss(sink, &loss);
	return more;
}

static void hand_out_jump(struct capture *c, struct cursor *payload, struct sink *sink)
{
	uint64_t flags = take(payload);
	struct jump jump = {
		.has_generation = !!(flags & CAPTURE_JUMP_GENERATION),
		.has_blackout = !!(flags & CAPTURE_JUMP_BLACKOUT),
		.is_exact = !!(flags & CAPTURE_JUMP_EXACT),
	};
	size_t i;

	jump.boottime_ns = take_time(payload);
	jump.generation = take(payload);
	jump.from_generation = take(payload);
	jump.blackout_ns = take_time(payload);
	jump.error_ns = cut_duration(take(payload));
	for (i = 0; i < 3; i++)
		take_text(payload, c->texts[i], sizeof(c->texts[i]));
	if (flags & CAPTURE_JUMP_FROM)
		jump.from_kernel = c->texts[0];
	if (flags & CAPTURE_JUMP_TO)
		jump.to_kernel = c->texts[1];
	if (flags & CAPTURE_JUMP_NOTE)
		jump.note = c->texts[2];
	if (flags & CAPTURE_JUMP_MOMENTS) {
		jump.left_ns = take_time(payload);
		jump.entered_ns = take_time(payload);
		jump.has_moments = true;
	}
	if (!payload->bad)
		sink->jump(sink, &jump);
}

static const struct event_desc *desc_of(const struct piece *p, uint64_t id)
{
	if (p->is_v1)
		return id < V1_MAX_EVENTS ? p->events[id].desc : NULL;
	return id <= UINT16_MAX ? event_desc_of(id) : NULL;
}

static void hand_out_loss(struct capture *c, const struct piece *p,
			  struct cursor *payload, struct sink *sink)
{
	struct loss loss = { .boottime_ns = take_time(payload) };

	loss.undecodable = take(payload);
	loss.overwritten = take(payload);
	loss.count = loss.undecodable + loss.overwritten;
	while (payload->at < payload->end && !payload->bad) {
		const struct event_desc *desc = desc_of(p, take(payload));
		uint64_t count = take(payload);

		loss.count += count;
		if (desc)
			loss.by_event[desc->id] += count;
		else
			loss.unknown += count;
	}
	c->health.end_ns = loss.boottime_ns;
	report_loss(sink, &loss);
}

static bool hand_out_chunk(struct capture *c, const struct piece *p,
			   struct cursor *payload, enum generation_choice which,
			   struct sink *sink)
{
	switch (take(payload)) {
	case CAPTURE_EVENTS:
		return hand_out_events(c, p, payload, which, sink);
	case CAPTURE_JUMP:
		if (which != GENERATION_PREVIOUS)
			hand_out_jump(c, payload, sink);
		break;
	case CAPTURE_LOST:
		hand_out_loss(c, p, payload, sink);
		break;
	case CAPTURE_SUMMARY:
		c->health.end_ns = take_time(payload);
		c->health.whole = !payload->bad;
		break;
	default:
		break;
	}
	return true;
}

/* What was read of a mapped file need not stay in memory. */
static void release(const struct capture *c, const struct piece *p, size_t *from,
		    size_t to)
{
	if (!c->mapped || to - *from < RELEASE_SIZE)
		return;
	to -= to % RELEASE_SIZE;
	madvise((void *)(p->data + *from), to - *from, MADV_DONTNEED);
	*from = to;
}

bool capture_show(struct capture *c, enum generation_choice which, struct sink *sink)
{
	const struct piece *first = &c->pieces[c->pieces[0].size ? 0 : 1];
	const struct capture_about *about = &first->about;
	struct loss rotated = {
		.boottime_ns = about->info.clocks.start_ns,
		.overwritten = about->before,
		.count = about->before,
	};
	const struct piece *p;
	struct cursor payload;

	memset(&c->health, 0, sizeof(c->health));
	report_loss(sink, &rotated);
	for (p = first; p <= &c->pieces[1]; p++) {
		size_t at = CAPTURE_MAGIC_SIZE, released = 0;

		while (next_chunk(p, &at, &payload, &c->health)) {
			release(c, p, &released, payload.at - p->data);
			if (!hand_out_chunk(c, p, &payload, which, sink))
				return false;
		}
	}
	return true;
}

/* The records of another version may be shorter or longer. */
static void take_state(struct state *state, struct cursor *payload)
{
	static const size_t sizes[] = {
		[LUTRACE_STATE_SESSION] = sizeof(struct lutrace_session),
		[LUTRACE_STATE_FILE] = sizeof(struct lutrace_file),
		[LUTRACE_STATE_FLB] = sizeof(struct lutrace_flb),
		[LUTRACE_STATE_DEVICE] = sizeof(struct lutrace_device),
	};
	int64_t when = take_time(payload);
	uint64_t type = take(payload), size = take(payload);
	size_t room = payload->end - payload->at, nr, i;
	char *records;

	if (payload->bad || type >= sizeof(sizes) / sizeof(sizes[0]) ||
	    size < sizeof(uint32_t) || room % size)
		return;
	nr = room / size;
	if (nr > MAX_RECORDS)
		return;
	records = calloc(nr ? nr : 1, sizes[type]);
	if (!records)
		return;
	for (i = 0; i < nr; i++)
		memcpy(records + i * sizes[type], payload->at + i * size,
		       size < sizes[type] ? size : sizes[type]);
	state->missing[type] = !state_take(state, type, records,
					   nr * sizes[type]);
	state->clocks.start_ns = when;
}

bool capture_state(struct capture *c, struct state *state)
{
	struct cursor payload;
	size_t i, at;
	bool any = false;

	memset(&c->health, 0, sizeof(c->health));
	memset(state, 0, sizeof(*state));
	memset(state->missing, true, sizeof(state->missing));
	for (i = 0; i < 2; i++) {
		at = CAPTURE_MAGIC_SIZE;
		while (c->pieces[i].size &&
		       next_chunk(&c->pieces[i], &at, &payload, &c->health)) {
			uint64_t type = take(&payload);

			if (type == CAPTURE_STATE)
				take_state(state, &payload);
			c->health.whole |= type == CAPTURE_SUMMARY;
		}
	}
	state->recorded = true;
	for (i = 0; i <= LUTRACE_STATE_DEVICE; i++)
		any |= !state->missing[i];
	state->version = c->pieces[1].about.info.version;
	state->host = c->pieces[1].about.info.host;
	state->kernel = c->pieces[1].about.info.kernel;
	state->clocks.realtime_offset_ns =
		c->pieces[1].about.info.clocks.realtime_offset_ns;
	return any;
}
