// SPDX-License-Identifier: GPL-2.0
/* Writes a capture. */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/output.h"
#include "source/capture.h"
#include "view/capture.h"

/* A chunk of events is written when it has as much, or on a flush. */
#define CHUNK_TARGET	(64U << 10)
/* Longer than any event and any jump. */
#define RECORD_ROOM	4096

/**
 * struct buffer - Bytes of a payload
 * @data:   They.
 * @length: How many.
 * @room:   For how many there is memory.
 * @failed: There was no memory for all of them.
 */
struct buffer {
	uint8_t *data;
	size_t length;
	size_t room;
	bool failed;
};

/**
 * struct writer - A capture that is written
 * @view:    What the caller sees of it.
 * @file:    The file at hand.
 * @target:  Where it goes.
 * @created: The file at hand is empty, and was not there before.
 * @older:   Name of the file before.
 * @about:   What each file begins with.
 * @size:    Bytes in the file at hand.
 * @events:  Payload of the next chunk of events; empty where there is none.
 * @nr:      Events in this recording.
 * @scratch: The event at hand.
 * @err:     Why it cannot be written; 0 where it can.
 */
struct writer {
	struct view view;
	FILE *file;
	struct capture_target target;
	bool created;
	char *older;
	struct capture_about about;
	uint64_t size;
	struct buffer events;
	uint64_t nr;
	struct buffer scratch;
	int err;
};

static struct writer *writer_of(struct view *view)
{
	return container_of(view, struct writer, view);
}

static struct writer *writer_of_sink(struct sink *sink)
{
	return container_of(sink, struct writer, view.sink);
}

static bool reserve(struct buffer *b, size_t more)
{
	size_t room = b->room ? b->room : RECORD_ROOM;
	uint8_t *data;

	if (b->failed)
		return false;
	while (room - b->length < more)
		room *= 2;
	if (room == b->room)
		return true;
	data = realloc(b->data, room);
	if (!data) {
		b->failed = true;
		return false;
	}
	b->data = data;
	b->room = room;
	return true;
}

static void put_bytes(struct buffer *b, const void *bytes, size_t size)
{
	if (!size || !reserve(b, size))
		return;
	memcpy(b->data + b->length, bytes, size);
	b->length += size;
}

static void put(struct buffer *b, uint64_t value)
{
	uint8_t bytes[10];
	size_t nr = 0;

	do {
		bytes[nr] = value & 0x7f;
		value >>= 7;
		if (value)
			bytes[nr] |= 0x80;
		nr++;
	} while (value);
	put_bytes(b, bytes, nr);
}

static void put_signed(struct buffer *b, int64_t value)
{
	put(b, (uint64_t)value << 1 ^ (uint64_t)(value >> 63));
}

static void put_text(struct buffer *b, const char *text)
{
	size_t length = strlen(text);

	put(b, length);
	put_bytes(b, text, length);
}

static void put_le32(uint8_t *at, uint32_t value)
{
	at[0] = value;
	at[1] = value >> 8;
	at[2] = value >> 16;
	at[3] = value >> 24;
}

static void write_bytes(struct writer *w, const void *bytes, size_t size)
{
	if (w->err)
		return;
	errno = 0;
	if (fwrite(bytes, 1, size, w->file) != size)
		w->err = errno ? errno : EIO;
	w->size += size;
}

static void write_chunk(struct writer *w, struct buffer *payload)
{
	uint8_t header[CAPTURE_CHUNK_HEADER] = CAPTURE_SYNC;

	if (payload->failed)
		w->err = ENOMEM;
	if (payload->length) {
		put_le32(header + 4, payload->length);
		put_le32(header + 8, crc32(0, payload->data, payload->length));
		write_bytes(w, header, sizeof(header));
		write_bytes(w, payload->data, payload->length);
	}
	payload->length = 0;
}

static void write_about(struct writer *w)
{
	const struct trace_info *info = &w->about.info;
	char *text = NULL;
	struct buffer payload = { 0 };
	size_t size, i;
	FILE *out = open_memstream(&text, &size);

	if (!out) {
		w->err = ENOMEM;
		return;
	}
	fprintf(out, "version %s\nhost %s\nkernel %s\n", info->version,
		info->host, info->kernel);
	fprintf(out, "start_ns %" PRId64 "\nrealtime_offset_ns %" PRId64 "\n",
		info->clocks.start_ns, info->clocks.realtime_offset_ns);
	if (info->has_generation)
		fprintf(out, "generation %" PRIu64 "\n", info->generation);
	fprintf(out, "arrival %" PRIu32 "\nid %" PRIu64 "\npart %" PRIu64
		"\nbefore %" PRIu64 "\n", w->about.arrival, w->about.id,
		w->about.part, w->about.before);
	for (i = 0; i < LUTRACE_NR_EVENTS; i++) {
		fprintf(out, "event %u %s %s\n", event_descs[i].event, event_descs[i].name,
			info->traced[i] ? "traced" :
			info->missing[i] ? "missing" : "-");
	}
	if (fclose(out))
		w->err = ENOMEM;
	put(&payload, CAPTURE_ABOUT);
	put_bytes(&payload, text, size);
	free(text);
	write_chunk(w, &payload);
	free(payload.data);
}

/* A name is one line of the text that the file begins with. */
static char *one_line(const char *text)
{
	char *copy = strdup(text), *c;

	for (c = copy; c && *c; c++) {
		if (*c == '\n')
			*c = ' ';
	}
	return copy;
}

/* What is there stays until there is something to write. */
static void open_file(struct writer *w)
{
	int fd = output_open_file(w->target.path, &w->created);

	if (fd >= 0)
		w->file = fdopen(fd, "w");
	if (!w->file)
		w->err = errno;
	if (!w->file && fd >= 0)
		close(fd);
}

static void begin_file(struct writer *w)
{
	struct stat st;

	if (w->err)
		return;
	if (fstat(fileno(w->file), &st) || !S_ISREG(st.st_mode))
		/* A device is not one of two files. */
		w->target.max_size = 0;
	else if (ftruncate(fileno(w->file), 0))
		w->err = errno;
	w->created = false;
	w->size = 0;
	write_bytes(w, CAPTURE_MAGIC, CAPTURE_MAGIC_SIZE);
	write_about(w);
}

static void close_file(struct writer *w)
{
	if (!w->file)
		return;
	if (fclose(w->file) && !w->err)
		w->err = errno;
	w->file = NULL;
}

/* Each of the two files may have half of it. */
static void rotate(struct writer *w)
{
	if (!w->target.max_size || w->size < w->target.max_size / 2 || w->err)
		return;
	close_file(w);
	if (!w->err && rename(w->target.path, w->older))
		w->err = errno;
	if (w->err)
		return;
	w->about.part++;
	w->about.before = w->nr;
	open_file(w);
	begin_file(w);
}

static void write_events(struct writer *w)
{
	write_chunk(w, &w->events);
	rotate(w);
}

static void capture_begin(struct view *view, const struct trace_info *info)
{
	struct writer *w = writer_of(view);
	struct trace_info *copy = &w->about.info;

	*copy = *info;
	copy->host = one_line(info->host);
	copy->kernel = one_line(info->kernel);
	copy->version = one_line(info->version);
	if (!copy->host || !copy->kernel || !copy->version)
		w->err = ENOMEM;
	begin_file(w);
}

static void put_event(struct buffer *b, const struct event *event)
{
	put(b, (event->recorded ? CAPTURE_RECORDED : 0) |
	       (event->previous ? CAPTURE_PREVIOUS : 0) |
	       (event->has_generation ? CAPTURE_HAS_GENERATION : 0) |
	       (event->has_blackout ? CAPTURE_HAS_BLACKOUT : 0));
	put_signed(b, event->boottime_ns);
	put(b, event->seq);
	put(b, event->has_generation ? event->generation : 0);
	put_signed(b, event->has_blackout ? event->blackout_ns : 0);
	put(b, event->record.length);
	put_bytes(b, &event->record, event->record.length);
}

static bool capture_event(struct sink *sink, struct event *event)
{
	struct writer *w = writer_of_sink(sink);

	if (!w->events.length)
		put(&w->events, CAPTURE_EVENTS);
	w->scratch.length = 0;
	put_event(&w->scratch, event);
	put(&w->events, w->scratch.length);
	put_bytes(&w->events, w->scratch.data, w->scratch.length);
	w->nr++;
	if (w->scratch.failed)
		w->err = ENOMEM;
	if (w->events.length >= CHUNK_TARGET)
		write_events(w);
	return true;
}

static void put_optional(struct buffer *b, const char *text)
{
	put_text(b, text ? text : "");
}

static void capture_jump(struct sink *sink, const struct jump *jump)
{
	struct writer *w = writer_of_sink(sink);
	struct buffer b = { 0 };

	write_events(w);
	put(&b, CAPTURE_JUMP);
	put(&b, (jump->has_generation ? CAPTURE_JUMP_GENERATION : 0) |
		(jump->has_blackout ? CAPTURE_JUMP_BLACKOUT : 0) |
		(jump->is_exact ? CAPTURE_JUMP_EXACT : 0) |
		(jump->from_kernel ? CAPTURE_JUMP_FROM : 0) |
		(jump->to_kernel ? CAPTURE_JUMP_TO : 0) |
		(jump->note ? CAPTURE_JUMP_NOTE : 0) |
		(jump->has_moments ? CAPTURE_JUMP_MOMENTS : 0));
	put_signed(&b, jump->boottime_ns);
	put(&b, jump->generation);
	put(&b, jump->from_generation);
	put_signed(&b, jump->blackout_ns);
	put(&b, jump->error_ns);
	put_optional(&b, jump->from_kernel);
	put_optional(&b, jump->to_kernel);
	put_optional(&b, jump->note);
	if (jump->has_moments) {
		put_signed(&b, jump->left_ns);
		put_signed(&b, jump->entered_ns);
	}
	write_chunk(w, &b);
	free(b.data);
}

static void capture_lost(struct sink *sink, const struct loss *loss)
{
	struct writer *w = writer_of_sink(sink);
	struct buffer b = { 0 };
	size_t i;

	write_events(w);
	put(&b, CAPTURE_LOST);
	put_signed(&b, loss->boottime_ns);
	put(&b, loss->undecodable);
	put(&b, loss->overwritten);
	for (i = 0; i < LUTRACE_NR_EVENTS; i++) {
		if (!loss->by_event[i])
			continue;
		put(&b, event_descs[i].event);
		put(&b, loss->by_event[i]);
	}
	if (loss->unknown) {
		put(&b, CAPTURE_LOST_UNKNOWN);
		put(&b, loss->unknown);
	}
	write_chunk(w, &b);
	free(b.data);
}

static void capture_end(struct view *view, const struct summary *summary)
{
	struct writer *w = writer_of(view);
	struct buffer b = { 0 };

	write_events(w);
	put(&b, CAPTURE_SUMMARY);
	put_signed(&b, summary->boottime_ns);
	put(&b, w->nr);
	put_text(&b, summary->end);
	write_chunk(w, &b);
	free(b.data);
}

static void write_state(struct writer *w, const struct state *state,
			enum lutrace_state_type type, const void *records,
			size_t nr, size_t size)
{
	struct buffer b = { 0 };

	if (state->missing[type])
		return;
	put(&b, CAPTURE_STATE);
	put_signed(&b, state->clocks.start_ns);
	put(&b, type);
	put(&b, size);
	put_bytes(&b, records, nr * size);
	write_chunk(w, &b);
	free(b.data);
}

void view_capture_state(struct view *view, const struct state *state)
{
	struct writer *w = writer_of(view);

	write_events(w);
	write_state(w, state, LUTRACE_STATE_SESSION, state->sessions,
		    state->nr_sessions, sizeof(*state->sessions));
	write_state(w, state, LUTRACE_STATE_FILE, state->files,
		    state->nr_files, sizeof(*state->files));
	write_state(w, state, LUTRACE_STATE_FLB, state->flbs, state->nr_flbs,
		    sizeof(*state->flbs));
	write_state(w, state, LUTRACE_STATE_DEVICE, state->devices,
		    state->nr_devices, sizeof(*state->devices));
}

static int capture_flush(struct view *view)
{
	struct writer *w = writer_of(view);

	write_events(w);
	if (!w->err && fflush(w->file))
		w->err = errno;
	return w->err;
}

int view_capture_free(struct view *view)
{
	struct writer *w = writer_of(view);
	struct trace_info *info = &w->about.info;
	int err;

	close_file(w);
	if (w->created)
		unlink(w->target.path);
	err = w->err;
	free((char *)info->host);
	free((char *)info->kernel);
	free((char *)info->version);
	free(w->events.data);
	free(w->scratch.data);
	free(w->older);
	free(w);
	return err;
}

struct view *view_capture_new(const struct capture_target *target,
			      uint32_t arrival)
{
	struct writer *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->target = *target;
	w->about.arrival = arrival;
	if (asprintf(&w->older, "%s" CAPTURE_OLDER, target->path) < 0) {
		free(w);
		return NULL;
	}
	if (getrandom(&w->about.id, sizeof(w->about.id), 0) < 0)
		w->err = errno;
	open_file(w);
	if (w->err) {
		errno = view_capture_free(&w->view);
		return NULL;
	}
	w->view.begin = capture_begin;
	w->view.sink.event = capture_event;
	w->view.sink.jump = capture_jump;
	w->view.sink.lost = capture_lost;
	w->view.end = capture_end;
	w->view.flush = capture_flush;
	return &w->view;
}
