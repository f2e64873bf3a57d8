// SPDX-License-Identifier: GPL-2.0
/*
 * Perfetto's trace format: a Trace is a sequence of TracePackets, in the encoding of
 * protocol buffers. The numbers are those of the fields in Perfetto's published .proto
 * files; tests/perfetto.proto has the few that are used here.
 */
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "story/tracks.h"
#include "view/export.h"

enum {
	TRACE_PACKET			= 1,

	PACKET_CLOCK_SNAPSHOT		= 6,
	PACKET_TIMESTAMP		= 8,
	PACKET_SEQUENCE_ID		= 10,
	PACKET_TRACK_EVENT		= 11,
	PACKET_TIMESTAMP_CLOCK_ID	= 58,
	PACKET_TRACK_DESCRIPTOR		= 60,

	SNAPSHOT_CLOCKS			= 1,
	CLOCK_ID			= 1,
	CLOCK_TIMESTAMP			= 2,

	DESCRIPTOR_UUID			= 1,
	DESCRIPTOR_NAME			= 2,
	DESCRIPTOR_PARENT_UUID		= 5,

	EVENT_DEBUG_ANNOTATIONS		= 4,
	EVENT_TYPE			= 9,
	EVENT_TRACK_UUID		= 11,
	EVENT_CATEGORIES		= 22,
	EVENT_NAME			= 23,

	ANNOTATION_BOOL			= 2,
	ANNOTATION_UINT			= 3,
	ANNOTATION_INT			= 4,
	ANNOTATION_STRING		= 6,
	ANNOTATION_NAME			= 10,
};

enum { TYPE_SLICE_BEGIN = 1, TYPE_SLICE_END = 2, TYPE_INSTANT = 3 };
enum { CLOCK_IS_REALTIME = 1, CLOCK_IS_BOOTTIME = 6 };
enum { WIRE_VARINT = 0, WIRE_BYTES = 2 };

/* All packets come from one writer. */
#define SEQUENCE	1
/* Tracks of objects are below those of the kinds; neither may be 0. */
#define UUID_KINDS	1000
#define UUID_TRACKS	100000

/* Enough for a packet; what does not fit fails. */
struct message {
	uint8_t data[8192];
	size_t length;
	bool overflow;
};

static void put_byte(struct message *m, uint8_t byte)
{
	if (m->length < sizeof(m->data))
		m->data[m->length++] = byte;
	else
		m->overflow = true;
}

static void put_varint(struct message *m, uint64_t value)
{
	for (; value > 0x7f; value >>= 7)
		put_byte(m, value | 0x80);
	put_byte(m, value);
}

static void put_number(struct message *m, unsigned int field, uint64_t value)
{
	put_varint(m, field << 3 | WIRE_VARINT);
	put_varint(m, value);
}

static void put_bytes(struct message *m, unsigned int field, const void *bytes, size_t size)
{
	size_t i;

	put_varint(m, field << 3 | WIRE_BYTES);
	put_varint(m, size);
	for (i = 0; i < size; i++)
		put_byte(m, ((const uint8_t *)bytes)[i]);
}

static void put_message(struct message *m, unsigned int field, const struct message *inner)
{
	put_bytes(m, field, inner->data, inner->length);
	m->overflow |= inner->overflow;
}

/* A string of protocol buffers is valid UTF-8: other bytes become \xNN. */
static bool put_text(struct message *m, unsigned int field, const char *text)
{
	char *escaped = NULL;
	size_t size;
	FILE *out = open_memstream(&escaped, &size);

	if (!out)
		return false;
	escape_terminal(out, text);
	if (fclose(out)) {
		free(escaped);
		return false;
	}
	put_bytes(m, field, escaped, size);
	free(escaped);
	return true;
}

static bool write_packet(FILE *out, struct message *packet)
{
	struct message trace = { 0 };

	put_number(packet, PACKET_SEQUENCE_ID, SEQUENCE);
	put_varint(&trace, TRACE_PACKET << 3 | WIRE_BYTES);
	put_varint(&trace, packet->length);
	fwrite(trace.data, 1, trace.length, out);
	fwrite(packet->data, 1, packet->length, out);
	return !packet->overflow;
}

/* With this, viewers show the time of day. */
static bool write_clocks(FILE *out, int64_t realtime)
{
	struct message packet = { 0 }, snapshot = { 0 };
	struct message boottime = { 0 }, wall = { 0 };

	put_number(&boottime, CLOCK_ID, CLOCK_IS_BOOTTIME);
	put_number(&boottime, CLOCK_TIMESTAMP, 0);
	put_number(&wall, CLOCK_ID, CLOCK_IS_REALTIME);
	put_number(&wall, CLOCK_TIMESTAMP, realtime);
	put_message(&snapshot, SNAPSHOT_CLOCKS, &boottime);
	put_message(&snapshot, SNAPSHOT_CLOCKS, &wall);
	put_message(&packet, PACKET_CLOCK_SNAPSHOT, &snapshot);
	return write_packet(out, &packet);
}

static bool write_track(FILE *out, uint64_t uuid, uint64_t parent, const char *name)
{
	struct message packet = { 0 }, descriptor = { 0 };

	put_number(&descriptor, DESCRIPTOR_UUID, uuid);
	if (parent)
		put_number(&descriptor, DESCRIPTOR_PARENT_UUID, parent);
	if (!put_text(&descriptor, DESCRIPTOR_NAME, name))
		return false;
	put_message(&packet, PACKET_TRACK_DESCRIPTOR, &descriptor);
	return write_packet(out, &packet);
}

static bool write_tracks(FILE *out, const struct tracks *t)
{
	static const char *const kinds[] = {
		"kernel", "session", "file", "device", "flb"
	};
	static const char *const titles[] = {
		"Kernel", "Sessions", "Files", "Devices", "FLBs"
	};
	size_t i, kind;

	for (kind = 0; kind < ARRAY_SIZE(kinds); kind++) {
		bool any = false;

		for (i = 0; i < t->nr_tracks; i++) {
			if (strcmp(t->track[i].kind, kinds[kind]))
				continue;
			if (!any && !write_track(out, UUID_KINDS + kind, 0, titles[kind]))
				return false;
			any = true;
			if (!write_track(out, UUID_TRACKS + i, UUID_KINDS + kind, t->track[i].name))
				return false;
		}
	}
	return true;
}

static bool annotate(struct message *event, enum field_id id, const union value *value)
{
	const struct field_desc *desc = &field_descs[id];
	struct message m = { 0 };

	put_bytes(&m, ANNOTATION_NAME, desc->key, strlen(desc->key));
	switch (desc->type) {
	case FIELD_TYPE_TEXT:
		if (!put_text(&m, ANNOTATION_STRING, value->text ? value->text : ""))
			return false;
		break;
	case FIELD_TYPE_HEX:
	case FIELD_TYPE_COUNT:
		put_number(&m, ANNOTATION_UINT, value->count);
		break;
	case FIELD_TYPE_NUMBER:
		put_number(&m, ANNOTATION_INT, value->number);
		break;
	case FIELD_TYPE_BOOL:
		put_number(&m, ANNOTATION_BOOL, !!value->count);
		break;
	}
	put_message(event, EVENT_DEBUG_ANNOTATIONS, &m);
	return true;
}

static bool write_event(FILE *out, const struct placed *p, int type, uint64_t ns)
{
	struct message packet = { 0 }, event = { 0 };
	const struct event *e = p->event;
	const char *name = e ? e->desc->name : "blackout";
	const char *category = !e ? "jump" : e->failed ? "failed" :
			       system_descs[e->desc->system].name;
	enum field_id id;

	put_number(&packet, PACKET_TIMESTAMP, ns);
	put_number(&packet, PACKET_TIMESTAMP_CLOCK_ID, CLOCK_IS_BOOTTIME);
	put_number(&event, EVENT_TYPE, type);
	put_number(&event, EVENT_TRACK_UUID, UUID_TRACKS + p->track);
	if (type != TYPE_SLICE_END) {
		put_bytes(&event, EVENT_CATEGORIES, category, strlen(category));
		put_bytes(&event, EVENT_NAME, name, strlen(name));
		for (id = 0; e && id < NR_FIELDS; id++) {
			if (event_has(e, id) && !annotate(&event, id, &e->value[id]))
				return false;
		}
	}
	put_message(&packet, PACKET_TRACK_EVENT, &event);
	return write_packet(out, &packet);
}

bool export_perfetto(FILE *out, struct timeline *timeline, const struct trace_info *info)
{
	struct tracks t;
	size_t i;
	bool ok;

	ok = tracks_find(timeline, &t) &&
	     write_clocks(out, t.base_ns + info->clocks.realtime_offset_ns) &&
	     write_tracks(out, &t);
	for (i = 0; ok && i < t.nr_placed; i++) {
		const struct placed *p = &t.placed[i];

		if (!p->ns)
			ok = write_event(out, p, TYPE_INSTANT, p->begin_ns);
		else
			ok = write_event(out, p, TYPE_SLICE_BEGIN, p->begin_ns) &&
			     write_event(out, p, TYPE_SLICE_END, p->begin_ns + p->ns);
	}
	tracks_free(&t);
	return ok;
}
