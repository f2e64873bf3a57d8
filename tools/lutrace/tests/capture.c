// SPDX-License-Identifier: GPL-2.0
/* Tests of captures: what is written is read, and what is not whole does no harm. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

#include "made.h"
#include "source/capture.h"
#include "unit.h"
#include "view/capture.h"

static char path[] = "/tmp/lutrace-capture-XXXXXX";
static char older_path[sizeof(path) + sizeof(CAPTURE_OLDER)];

/* What a capture said, in the order in which it did, as text. */
static char *told;
static size_t told_size;
static FILE *telling;

static bool tell_event(struct sink *sink, struct event *event)
{
	enum field_id id;

	(void)sink;
	fprintf(telling, "%s at=%ld seq=%ld/%ld %d%d%d gen=%ld bo=%ld %u %u %u %s",
		event->desc->name, (long)event->boottime_ns,
		(long)event->seq, (long)event->journal_seq, event->failed,
		event->recorded, event->previous,
		event->has_generation ? (long)event->generation : 0,
		event->has_blackout ? (long)event->blackout_ns : 0,
		event->cpu, event->pid, event->tid, event->comm);
	for (id = 0; id < NR_FIELDS; id++) {
		if (!event_has(event, id))
			continue;
		if (field_descs[id].type == FIELD_TYPE_TEXT)
			fprintf(telling, " %s=%s", field_descs[id].key,
				event->value[id].text ? event->value[id].text :
							"(none)");
		else
			fprintf(telling, " %s=%ld", field_descs[id].key,
				(long)event->value[id].number);
	}
	fputc('\n', telling);
	return true;
}

static void tell_jump(struct sink *sink, const struct jump *jump)
{
	(void)sink;
	fprintf(telling, "jump at=%ld %ld %ld %s %s %ld %ld %d%d %ld %ld %s\n",
		(long)jump->boottime_ns,
		jump->has_generation ? (long)jump->generation : 0,
		(long)jump->from_generation,
		jump->from_kernel ? jump->from_kernel : "(none)",
		jump->to_kernel ? jump->to_kernel : "(none)",
		(long)jump->blackout_ns, (long)jump->error_ns,
		jump->has_blackout, jump->is_exact,
		jump->has_moments ? (long)jump->left_ns : 1,
		jump->has_moments ? (long)jump->entered_ns : 1,
		jump->note ? jump->note : "(none)");
}

static void tell_lost(struct sink *sink, const struct loss *loss)
{
	size_t i;

	(void)sink;
	fprintf(telling, "lost at=%ld %ld unknown=%ld undecodable=%ld overwritten=%ld",
		(long)loss->boottime_ns, (long)loss->count, (long)loss->unknown,
		(long)loss->undecodable, (long)loss->overwritten);
	for (i = 0; i < LUTRACE_NR_EVENTS; i++) {
		if (loss->by_event[i])
			fprintf(telling, " %s=%ld", event_descs[i].name,
				(long)loss->by_event[i]);
	}
	fputc('\n', telling);
}

static struct sink teller = { tell_event, tell_jump, tell_lost };

static void begin_telling(void)
{
	free(told);
	told = NULL;
	telling = open_memstream(&told, &told_size);
}

static const char *end_telling(void)
{
	fclose(telling);
	return told;
}

static const char *tell(struct capture *c, enum generation_choice which)
{
	begin_telling();
	EXPECT(capture_show(c, which, &teller));
	return end_telling();
}

static struct event event;

static struct event *make_event(enum lutrace_event_id id, int64_t when)
{
	struct made m = {
		.id = id,
		.boottime_ns = when,
		.seq = 3,
		.journal_seq = 1ULL << 40,
		.duration_ns = UINT64_MAX,
		.token = UINT64_MAX - 1,
		.number = { INT64_MIN, -7 },
		.err = -EBUSY,
		.reason = 1,
		.cpu = 7,
		.pid = 1234,
		.tid = UINT32_MAX,
		.domain = 0x10000,
		.bdf = 0x1234,
		.has_bdf = 1,
		.yes = 1,
		.comm = "vmm \n\"x",
		.session = "s\xff\x01",
		.handler = "vfio-pci-v1",
		.flb = "pci-v1",
		.driver = "virtio-pci",
	};

	EXPECT(!made_decode(&event, &m));
	return &event;
}

static struct trace_info info = {
	.version = "9.9",
	.host = "a host",
	.kernel = "7.3.4",
	.clocks = { .realtime_offset_ns = -5, .start_ns = 1000 },
	.generation = 2,
	.has_generation = true,
	.traced[LUTRACE_PCI_PROBE] = true,
	.missing[LUTRACE_PCI_ACS] = true,
};

static const struct jump a_jump = {
	.boottime_ns = -1,
	.generation = 2,
	.has_generation = true,
	.from_generation = 1,
	.from_kernel = "7.3.3",
	.to_kernel = "7.3.4",
	.blackout_ns = MAX_TIME_NS,
	.error_ns = 12,
	.has_blackout = true,
	.is_exact = true,
	.left_ns = -1000,
	.entered_ns = 3,
	.has_moments = true,
};

static const struct loss a_loss = {
	.boottime_ns = 77,
	.count = 10,
	.undecodable = 1,
	.unknown = 4,
	.overwritten = 2,
	.by_event[LUTRACE_PCI_PROBE] = 3,
};

static const struct summary a_summary = {
	.boottime_ns = 5000, .end = "interrupted",
};

static struct view *new_view(uint64_t max_size)
{
	const struct capture_target target = { path, max_size };
	struct view *view = view_capture_new(&target, ARRIVAL_KEXEC);

	if (!view) {
		fail(__LINE__, "cannot write %s: %s", path, strerror(errno));
		exit(1);
	}
	view->begin(view, &info);
	return view;
}

/* The bytes of a file; the caller frees them. */
static char *slurp(const char *name, size_t *size)
{
	FILE *in = fopen(name, "re");
	char *data = NULL;

	*size = 0;
	if (!in)
		return NULL;
	fseek(in, 0, SEEK_END);
	*size = ftell(in);
	rewind(in);
	data = malloc(*size + 1);
	if (fread(data, 1, *size, in) != *size)
		fail(__LINE__, "cannot read %s", name);
	fclose(in);
	return data;
}

/* One of each kind, and what was said of them. */
static char *make_capture(size_t *size, char **said)
{
	struct view *view = new_view(0);

	begin_telling();
	make_event(LUTRACE_FILE_PRESERVE, -20);
	event.recorded = event.previous = event.has_generation = true;
	event.generation = 1;
	view->sink.event(&view->sink, &event);
	tell_event(NULL, &event);
	view->sink.jump(&view->sink, &a_jump);
	tell_jump(NULL, &a_jump);
	make_event(LUTRACE_PCI_PROBE, 40);
	view->sink.event(&view->sink, &event);
	tell_event(NULL, &event);
	make_event(LUTRACE_FILE_RETRIEVE, 60);
	event.has_blackout = true;
	event.blackout_ns = 80;
	view->sink.event(&view->sink, &event);
	tell_event(NULL, &event);
	view->sink.lost(&view->sink, &a_loss);
	tell_lost(NULL, &a_loss);
	*said = strdup(end_telling());
	EXPECT(!view->flush(view));
	view->end(view, &a_summary);
	EXPECT(!view_capture_free(view));
	return slurp(path, size);
}

static void captures_come_back(void)
{
	const struct capture_about *about;
	struct capture *c;
	size_t size;
	char *said, *data = make_capture(&size, &said);

	c = capture_parse(data, size, NULL, 0);
	EXPECT(c);
	about = capture_about(c);
	EXPECT_STREQ(about->info.version, "9.9");
	EXPECT_STREQ(about->info.host, "a host");
	EXPECT_STREQ(about->info.kernel, "7.3.4");
	EXPECT(about->info.clocks.realtime_offset_ns == -5);
	EXPECT(about->info.clocks.start_ns == 1000);
	EXPECT(about->info.has_generation && about->info.generation == 2);
	EXPECT(about->info.traced[LUTRACE_PCI_PROBE]);
	EXPECT(!about->info.traced[LUTRACE_PCI_ACS]);
	EXPECT(about->info.missing[LUTRACE_PCI_ACS]);
	EXPECT(about->arrival == ARRIVAL_KEXEC);

	EXPECT_STREQ(tell(c, GENERATION_ANY), said);
	EXPECT(capture_health(c)->whole && !capture_health(c)->damaged);
	EXPECT(capture_health(c)->end_ns == 5000);
	/* And once more. */
	EXPECT_STREQ(tell(c, GENERATION_ANY), said);
	EXPECT_HAS(tell(c, GENERATION_PREVIOUS), "file.preserve");
	EXPECT(!strstr(told, "jump") && !strstr(told, "pci.probe at"));
	EXPECT_HAS(tell(c, GENERATION_CURRENT), "pci.probe");
	EXPECT(!strstr(told, "file.preserve"));
	capture_free(c);
	free(data);
	free(said);
}

/* A killed recorder leaves any prefix; what is shown is a prefix, too. */
static void captures_may_end_anywhere(void)
{
	size_t size, cut, whole = 0;
	char *said, *data = make_capture(&size, &said);

	for (cut = 0; cut < size; cut++) {
		/* Exactly this number of bytes, for a sanitizer to see one more. */
		char *copy = memcpy(malloc(cut ? cut : 1), data, cut);
		struct capture *c = capture_parse(copy, cut, NULL, 0);

		if (c) {
			const char *text = tell(c, GENERATION_ANY);

			if (strncmp(said, text, strlen(text)))
				fail(__LINE__, "cut at %zu: %s", cut, text);
			EXPECT(!capture_health(c)->whole);
			whole += !strcmp(said, text);
		} else {
			EXPECT(errno == EINVAL);
		}
		capture_free(c);
		free(copy);
	}
	/* Only what ends it is missing there. */
	EXPECT(whole);
	free(data);
	free(said);
}

/* A byte that is wrong costs a chunk, and that is said. */
static void captures_may_be_damaged(void)
{
	size_t size, at, found = 0;
	char *said, *data = make_capture(&size, &said);

	for (at = CAPTURE_MAGIC_SIZE; at < size; at++) {
		struct capture *c;

		data[at] ^= 0x41;
		c = capture_parse(data, size, NULL, 0);
		data[at] ^= 0x41;
		if (!c)
			continue;
		found++;
		data[at] ^= 0x41;
		tell(c, GENERATION_ANY);
		data[at] ^= 0x41;
		EXPECT(capture_health(c)->damaged ||
		       capture_health(c)->truncated);
		EXPECT(!capture_health(c)->whole || strcmp(said, told));
		capture_free(c);
	}
	EXPECT(found);
	free(data);
	free(said);
}

static void other_files_are_no_captures(void)
{
	static const char newer[] = "LUTRACE\x03 and something";

	EXPECT(!capture_parse("", 0, NULL, 0) && errno == EINVAL);
	EXPECT(!capture_parse("{\"type\":\"header\"}", 17, NULL, 0) &&
	       errno == EINVAL);
	EXPECT(!capture_parse(CAPTURE_MAGIC, CAPTURE_MAGIC_SIZE, NULL, 0) &&
	       errno == EINVAL);
	EXPECT(!capture_parse(newer, sizeof(newer), NULL, 0) &&
	       errno == EPROTONOSUPPORT);
}

static void put_le32(char *at, uint32_t value)
{
	at[0] = value;
	at[1] = value >> 8;
	at[2] = value >> 16;
	at[3] = value >> 24;
}

/* Appends a chunk as a recorder of another version would; returns the size. */
static size_t append_chunk(char *data, size_t size, const void *payload,
			   size_t length)
{
	memcpy(data + size, CAPTURE_SYNC, CAPTURE_SYNC_SIZE);
	put_le32(data + size + 4, length);
	put_le32(data + size + 8, crc32(0, payload, length));
	memcpy(data + size + CAPTURE_CHUNK_HEADER, payload, length);
	return size + CAPTURE_CHUNK_HEADER + length;
}

/*
 * What a newer lutrace wrote: more lines, chunks and fields, an event that is not in
 * the table, and records that are longer.
 */
static void captures_of_newer_kernels_are_read(void)
{
	static const char about[] =
		"\x01" "kernel 8.0\nfuture thing\n"
		"event 262 pci.probe traced of_old\n"
		"event 4000 pci.future traced\n";
	struct made m = { .id = LUTRACE_PCI_PROBE, .driver = "e" };
	char data[2048] = CAPTURE_MAGIC, events[1024] = "\x02";
	size_t size = CAPTURE_MAGIC_SIZE, at = 1, i;
	struct capture *c;
	const char *text;

	m.reason = 99;
	for (i = 0; i < 3; i++) {
		struct luo_journal_record r = made_record(&m);
		char record[112] = { 0 };

		r.event = i == 1 ? 4000 : r.event;
		r.length = sizeof(record);
		memcpy(record, &r, LUTRACE_RECORD_MIN + 2);
		/* The last is shorter than any record. */
		events[at++] = 6 + (i == 2 ? 8 : sizeof(record)) + 2;
		memcpy(events + at, "\x00\x02\x07\x00\x00", 5);
		at += 5;
		events[at++] = i == 2 ? 8 : sizeof(record);
		memcpy(events + at, record, i == 2 ? 8 : sizeof(record));
		at += i == 2 ? 8 : sizeof(record);
		events[at++] = 'n';
		events[at++] = 'w';
	}
	size = append_chunk(data, size, about, sizeof(about) - 1);
	size = append_chunk(data, size, "\x63" "a chunk", 8);
	size = append_chunk(data, size, events, at);
	size = append_chunk(data, size, "\x03\x02\x00\x00\xa0\x1f\x05\x86\x02\x04", 10);
	c = capture_parse(data, size, NULL, 0);
	EXPECT(c);
	text = tell(c, GENERATION_ANY);
	EXPECT_HAS(text, "pci.probe at=1 seq=7/0 ");
	EXPECT_HAS(text, "decision=block reason=unknown_99 driver=e");
	EXPECT_HAS(text, "event.4000 at=1 ");
	EXPECT_HAS(text, "lost at=1 1 unknown=0 undecodable=1 ");
	EXPECT(capture_health(c)->unknown == 1);
	EXPECT_STREQ(capture_about(c)->info.kernel, "8.0");
	EXPECT(capture_about(c)->info.traced[LUTRACE_PCI_PROBE]);
	capture_free(c);
}

/* Numbers were the file's own; what has no name here is counted. */
static void captures_of_version_1_are_read(void)
{
	static const char about[] =
		"\x01" "kernel 8.0\nfuture thing\n"
		"event 0 pci.probe traced new_reason foreign_driver\n"
		"event 1 pci.future traced\n";
	/* Event 0, "foreign_driver", and a field more than is known. */
	static const char events[] =
		"\x02"
		"\x1a" "\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x02"
		"\x00\x00\x00\x00\x00" "\x00\x00\x00\x00\x00\x01" "e"
		"\x05" "1"
		"\x02" "\x01\x00"
		"\x18" "\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00"
		"\x00\x00\x00\x00\x00" "\x00\x00\x00\x00\x00\x00" "1";
	char data[1024] = "LUTRACE\x01";
	size_t size = CAPTURE_MAGIC_SIZE;
	struct capture *c;
	const char *text;

	size = append_chunk(data, size, about, sizeof(about) - 1);
	size = append_chunk(data, size, "\x63" "a chunk", 8);
	size = append_chunk(data, size, events, sizeof(events) - 1);
	c = capture_parse(data, size, NULL, 0);
	EXPECT(c);
	text = tell(c, GENERATION_ANY);
	EXPECT_HAS(text, "decision=block reason=foreign_driver driver=e");
	EXPECT_HAS(text, "reason=unknown driver=");
	EXPECT_HAS(text, "lost at=1 1 unknown=0 undecodable=1 ");
	EXPECT(capture_health(c)->unknown == 1);
	EXPECT_STREQ(capture_about(c)->info.kernel, "8.0");
	EXPECT_STREQ(capture_about(c)->info.host, "unknown");
	capture_free(c);
}

/* An event that says so itself, of a recorder that could not read the journal. */
static void incoming_of_version_1_keeps_its_generation(void)
{
	static const char about[] =
		"\x01" "kernel 8.0\nevent 0 luo.incoming traced\n";
	static const char events[] =
		"\x02"
		"\x17" "\x00\x00\x02\x07\x00\x00\x00\x00\x00\x06\x00\x00"
		"\x00\x00\x00\x00\x00" "\x00\x00\x00\x00\x00\x00";
	char data[1024] = "LUTRACE\x01";
	size_t size = CAPTURE_MAGIC_SIZE;
	struct capture *c;

	size = append_chunk(data, size, about, sizeof(about) - 1);
	size = append_chunk(data, size, events, sizeof(events) - 1);
	c = capture_parse(data, size, NULL, 0);
	EXPECT(c);
	EXPECT_HAS(tell(c, GENERATION_ANY), "luo.incoming at=1 seq=7/0 000 gen=3 ");
	capture_free(c);
}

/* What was seen and made no sense, and what was not seen, are told apart. */
static void losses_are_told_apart(void)
{
	struct view *view = new_view(0);
	struct capture *c;

	view->sink.lost(&view->sink, &a_loss);
	view->end(view, &a_summary);
	EXPECT(!view_capture_free(view));
	c = capture_open(path);
	EXPECT(c);
	EXPECT_HAS(tell(c, GENERATION_ANY),
		   "lost at=77 10 unknown=4 undecodable=1 overwritten=2 pci.probe=3\n");
	capture_free(c);
}

/* Times of a hostile capture are cut, so that sums of them do not overflow. */
static void jumps_have_sane_times(void)
{
	struct jump jump = a_jump;
	struct capture *c;
	struct view *view;

	jump.error_ns = 1ULL << 63;
	view = new_view(0);
	view->sink.jump(&view->sink, &jump);
	view->end(view, &a_summary);
	EXPECT(!view_capture_free(view));
	c = capture_open(path);
	EXPECT(c);
	EXPECT_HAS(tell(c, GENERATION_ANY), " 1152921504606846976 1152921504606846976 11 ");
	capture_free(c);
}

static void recordings_are_bounded(void)
{
	const uint64_t max = 256 << 10;
	struct view *view = new_view(max);
	size_t size, older_size, shown = 0, i;
	char *data, *older;
	struct capture *c;
	const char *line;

	for (i = 0; i < 20000; i++) {
		view->sink.event(&view->sink, make_event(LUTRACE_PCI_PROBE, i));
		if (i % 100 == 0)
			EXPECT(!view->flush(view));
	}
	view->end(view, &a_summary);
	EXPECT(!view_capture_free(view));
	data = slurp(path, &size);
	older = slurp(older_path, &older_size);
	EXPECT(older && size + older_size <= max + (128 << 10));

	c = capture_parse(data, size, older, older_size);
	EXPECT(c);
	line = tell(c, GENERATION_ANY);
	for (; (line = strstr(line, "pci.probe at=")); line++)
		shown++;
	EXPECT(shown > 500);
	EXPECT_HAS(told, "at=19999 ");
	/* What is not there any more is told first. */
	EXPECT(!strncmp(told, "lost at=1000 ", 13));
	EXPECT(strtoul(told + 13, NULL, 10) + shown == 20000);
	capture_free(c);

	/* Without the file before, and with one of another recording. */
	older[older_size - 1] ^= 1;
	c = capture_parse(data, size, data, size);
	EXPECT(c);
	tell(c, GENERATION_ANY);
	EXPECT(strtoul(told + 13, NULL, 10) > 20000 - shown);
	capture_free(c);
	free(data);
	free(older);
	unlink(older_path);
}

static void states_come_back(void)
{
	struct lutrace_session sessions[2] = {
		{ .type = LUTRACE_STATE_SESSION, .name = "one" },
		{ .type = LUTRACE_STATE_SESSION, .name = "two", .files = 7 },
	};
	struct state state = {
		.sessions = sessions, .nr_sessions = 2,
		.clocks.start_ns = 1234,
		.missing[LUTRACE_STATE_DEVICE] = true,
	}, back;
	struct view *view = new_view(0);
	struct capture *c;
	size_t size;
	char *data;

	view_capture_state(view, &state);
	sessions[1].files = 8;
	view_capture_state(view, &state);
	view->end(view, &a_summary);
	EXPECT(!view_capture_free(view));
	data = slurp(path, &size);
	c = capture_parse(data, size, NULL, 0);
	EXPECT(capture_state(c, &back));
	EXPECT(back.nr_sessions == 2 && back.sessions[1].files == 8);
	EXPECT_STREQ(back.sessions[0].name, "one");
	EXPECT(back.missing[LUTRACE_STATE_DEVICE]);
	EXPECT(!back.missing[LUTRACE_STATE_FLB]);
	EXPECT(back.clocks.start_ns == 1234);
	EXPECT_STREQ(back.kernel, "7.3.4");
	state_free(&back);
	capture_free(c);
	free(data);
}

static void a_full_disk_is_told(void)
{
	const struct capture_target full = { "/dev/full", 0 };
	const struct capture_target nowhere = { "/nonexistent/file", 0 };
	struct view *view = view_capture_new(&full, 0);

	EXPECT(view);
	view->begin(view, &info);
	view->sink.event(&view->sink, make_event(LUTRACE_PCI_PROBE, 1));
	EXPECT(view->flush(view) == ENOSPC);
	EXPECT(view_capture_free(view) == ENOSPC);
	EXPECT(!view_capture_new(&nowhere, 0) && errno == ENOENT);
}

static const struct test_case cases[] = {
	CASE(captures_come_back),
	CASE(captures_may_end_anywhere),
	CASE(captures_may_be_damaged),
	CASE(other_files_are_no_captures),
	CASE(captures_of_newer_kernels_are_read),
	CASE(captures_of_version_1_are_read),
	CASE(incoming_of_version_1_keeps_its_generation),
	CASE(losses_are_told_apart),
	CASE(jumps_have_sane_times),
	CASE(recordings_are_bounded),
	CASE(states_come_back),
	CASE(a_full_disk_is_told),
};

/* An event of the file number @i of an update that is made up. */
static void add_made_up(struct view *view, enum lutrace_event_id id, unsigned int i,
			int64_t when, int err, bool previous)
{
	struct made m = {
		.id = id,
		.boottime_ns = when,
		.duration_ns = (1 + i % 7) * 300000,
		.token = 1,
		.err = err,
		.reason = err ? 1 : 0,
		.pid = 100 + i,
		.tid = 100 + i,
		.domain = i >> 13,
		.bdf = i << 3,
		.comm = "vmm",
		.handler = "vfio-pci-v1",
		.driver = "vfio-pci",
		.has_bdf = id == LUTRACE_VFIO_RETRIEVE || id == LUTRACE_VFIO_BOUND ||
			   id == LUTRACE_PCI_PRESERVE || id == LUTRACE_PCI_INCOMING,
	};

	snprintf(m.session, sizeof(m.session), "guest-%u%s", i,
		 i % 50 ? "" : " <script>alert(1)</script> & \"a name\"");
	if (made_decode(&event, &m))
		abort();
	event.recorded = true;
	event.previous = previous;
	event.has_generation = true;
	event.generation = previous ? 3 : 4;
	event.has_blackout = !previous;
	event.blackout_ns = when + 3000000000;
	view->sink.event(&view->sink, &event);
}

static void add_reboot(struct view *view, enum luo_reboot_stage stage, int64_t when)
{
	struct made m = {
		.id = LUTRACE_LUO_REBOOT, .boottime_ns = when,
		.reason = stage, .yes = 1, .comm = "kexec",
	};

	made_decode(&event, &m);
	event.previous = true;
	view->sink.event(&view->sink, &event);
}

/* An update of @nr files, of which some fail and some are not retrieved. */
static int make_update(unsigned int nr, const char *name)
{
	const struct capture_target target = { name, 0 };
	const int64_t ms = 1000000;
	struct view *view = view_capture_new(&target, ARRIVAL_KEXEC);
	struct jump jump = {
		.boottime_ns = 500 * ms, .generation = 4, .has_generation = true,
		.from_generation = 3, .from_kernel = "7.3.3", .to_kernel = "7.3.4",
		.blackout_ns = 3000 * ms, .error_ns = 1000, .has_blackout = true,
		.is_exact = true, .left_ns = -2000 * ms, .entered_ns = 100 * ms,
		.has_moments = true,
	};
	unsigned int i;

	if (!view)
		return 1;
	view->begin(view, &info);
	for (i = 0; i < nr; i++) {
		add_made_up(view, LUTRACE_PCI_PRESERVE, i, -9000 * ms + i * ms, 0, true);
		add_made_up(view, LUTRACE_FILE_PRESERVE, i, -9000 * ms + i * ms, 0, true);
	}
	add_reboot(view, LUO_REBOOT_BEGIN, -3000 * ms);
	for (i = 0; i < nr; i++)
		add_made_up(view, LUTRACE_FILE_FREEZE, i, -2990 * ms + i * ms / 2, 0, true);
	add_reboot(view, LUO_REBOOT_FROZEN, -2500 * ms);
	view->sink.jump(&view->sink, &jump);
	for (i = 0; i < nr; i++)
		add_made_up(view, LUTRACE_PCI_INCOMING, i, 500 * ms + i * ms, 0, false);
	for (i = 0; i < nr; i++) {
		int err = i % 9 == 4 ? -ENODEV : 0;

		if (i % 11 == 5)
			continue;
		add_made_up(view, LUTRACE_VFIO_RETRIEVE, i, 4000 * ms + i * ms, err, false);
		add_made_up(view, LUTRACE_FILE_RETRIEVE, i, 4000 * ms + i * ms, err, false);
		if (!err)
			add_made_up(view, LUTRACE_FILE_FINISH, i, 5000 * ms + i * ms, 0, false);
	}
	view->end(view, &a_summary);
	return view_capture_free(view) ? 1 : 0;
}

int main(int argc, char **argv)
{
	int fd, status;

	/* For tests of what is made of many files. */
	if (argc == 4 && !strcmp(argv[1], "--make"))
		return make_update(atoi(argv[2]), argv[3]);
	fd = mkstemp(path);
	if (fd < 0)
		return 1;
	close(fd);
	snprintf(older_path, sizeof(older_path), "%s" CAPTURE_OLDER, path);
	status = run_cases(cases, sizeof(cases) / sizeof(cases[0]));
	unlink(path);
	free(told);
	return status;
}
