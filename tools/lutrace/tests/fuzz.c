// SPDX-License-Identifier: GPL-2.0
/*
 * Each decoder on any bytes, and each view on what it makes of them. FUZZ names the decoder. With
 * libFuzzer this is the target of `make fuzz`; by itself it goes through files of its corpus, as
 * `make check` does.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/redact.h"
#include "bpf/journal.h"
#include "source/capture.h"
#include "source/journal.h"
#include "story/assertion.h"
#include "view/blame.h"
#include "view/export.h"
#include "view/metrics.h"
#include "view/report.h"
#include "view/state.h"
#include "view/why.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A capture's chunk is at most that much behind the file's magic. */
#define MAX_SIZE	(1U << 16)

/**
 * struct audience - All who listen to events
 * @sink:      Hears them.
 * @views:     Columns and JSON.
 * @timeline:  What the rest is made of.
 * @metrics:   Counts.
 * @out:       Where it all goes: nowhere.
 */
struct audience {
	struct sink sink;
	struct view *views[2];
	struct timeline *timeline;
	struct metrics metrics;
	FILE *out;
};

static bool hear_event(struct sink *sink, struct event *event)
{
	struct audience *a = container_of(sink, struct audience, sink);
	size_t i;

	for (i = 0; i < 2; i++)
		a->views[i]->sink.event(&a->views[i]->sink, event);
	metrics_event(&a->metrics, event);
	return a->timeline->sink.event(&a->timeline->sink, event);
}

static void hear_jump(struct sink *sink, const struct jump *jump)
{
	struct audience *a = container_of(sink, struct audience, sink);
	size_t i;

	for (i = 0; i < 2; i++)
		a->views[i]->sink.jump(&a->views[i]->sink, jump);
	a->timeline->sink.jump(&a->timeline->sink, jump);
}

static void hear_lost(struct sink *sink, const struct loss *loss)
{
	struct audience *a = container_of(sink, struct audience, sink);
	size_t i;

	for (i = 0; i < 2; i++)
		a->views[i]->sink.lost(&a->views[i]->sink, loss);
	a->timeline->sink.lost(&a->timeline->sink, loss);
}

static void begin(struct audience *a, const struct trace_info *info)
{
	const struct columns_options columns = { .who = true };
	size_t i;

	a->out = fopen("/dev/null", "we");
	a->views[0] = view_columns_new(a->out, &columns);
	a->views[1] = view_json_new(a->out);
	a->timeline = timeline_new();
	a->metrics.info = info;
	for (i = 0; i < 2; i++)
		a->views[i]->begin(a->views[i], info);
}

static void ask_why(void *data, const char *name)
{
	struct audience *a = data;
	struct question question = {
		.object = name,
		.timeline = a->timeline,
		.info = *a->metrics.info,
		.all = true,
	};
	struct diagnosis *d = diagnosis_new(a->timeline, name, ARRIVAL_KEXEC);

	if (!d)
		return;
	question.diagnosis = d;
	why_write(a->out, &question);
	question.json = true;
	why_write(a->out, &question);
	diagnosis_free(d);
}

static void end(struct audience *a)
{
	const struct trace_info *info = a->metrics.info;
	struct summary summary = { .end = "read" };
	struct phases phases = { 0 };
	size_t i;

	for (i = 0; i < 2; i++)
		a->views[i]->end(a->views[i], &summary);
	timeline_objects(a->timeline, OBJECT_SESSION, ask_why, a);
	timeline_objects(a->timeline, OBJECT_DEVICE, ask_why, a);
	if (phases_find(a->timeline, &phases)) {
		struct report page = {
			.timeline = a->timeline,
			.phases = &phases,
			.info = info,
		};

		a->metrics.phases = &phases;
		metrics_write(a->out, &a->metrics, METRICS_OPENMETRICS);
		blame_show_columns(a->out, &phases, info, NULL, true);
		blame_show_json(a->out, &phases, info);
		report_write(a->out, &page);
	}
	export_perfetto(a->out, a->timeline, info);
	export_chrome(a->out, a->timeline, info);
	export_svg(a->out, a->timeline, info);
	free(phases.files);
	timeline_free(a->timeline);
	for (i = 0; i < 2; i++)
		free(a->views[i]);
	fclose(a->out);
}

static const struct trace_info unknown_host = {
	.version = "fuzz", .host = "fuzz", .kernel = "fuzz",
};

static void show_state(struct state *state)
{
	FILE *out = fopen("/dev/null", "we");

	state->version = "fuzz";
	state->host = "fuzz";
	state->kernel = "fuzz";
	state_show_columns(out, state, true);
	state_show_json(out, state);
	fclose(out);
}

/*
 * The lengths and checksums that a fuzzer does not guess are made right, but for those of a chunk
 * whose length ends in 0xff.
 */
static void mend_chunks(uint8_t *data, size_t size)
{
	size_t at = CAPTURE_MAGIC_SIZE;

	while (at + CAPTURE_CHUNK_HEADER <= size) {
		uint8_t *chunk = data + at;
		size_t length = chunk[4] | chunk[5] << 8;
		uint32_t sum;
		size_t i;

		at += CAPTURE_CHUNK_HEADER;
		if (length > size - at)
			length = size - at;
		at += length;
		if (chunk[4] == 0xff)
			continue;
		memcpy(chunk, CAPTURE_SYNC, CAPTURE_SYNC_SIZE);
		sum = crc32(0, chunk + CAPTURE_CHUNK_HEADER, length);
		for (i = 0; i < 4; i++) {
			chunk[4 + i] = (uint64_t)length >> 8 * i;
			chunk[8 + i] = sum >> 8 * i;
		}
	}
}

static inline void fuzz_capture(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size + 1);
	struct audience a = { .sink = { hear_event, hear_jump, hear_lost } };
	struct state state = { 0 };
	struct capture *capture;

	memcpy(copy, data, size);
	mend_chunks(copy, size);
	capture = capture_parse(copy, size, NULL, 0);
	if (capture) {
		begin(&a, &capture_about(capture)->info);
		capture_show(capture, GENERATION_ANY, &a.sink);
		end(&a);
		if (capture_state(capture, &state))
			show_state(&state);
		state_free(&state);
		capture_free(capture);
	}
	free(copy);
}

static inline void fuzz_journal(const uint8_t *data, size_t size)
{
	struct history *history = history_parse(data, size);
	struct audience a = { .sink = { hear_event, hear_jump, hear_lost } };

	if (!history)
		return;
	begin(&a, &unknown_host);
	history_show(history, GENERATION_ANY, &a.sink);
	end(&a);
	history_free(history);
}

/* The ring's records, one after the other, and what a bundle makes of them. */
static inline void fuzz_record(const uint8_t *data, size_t size)
{
	struct redactor redactor = { .anonymous = true };
	struct audience a = { .sink = { hear_event, hear_jump, hear_lost } };
	struct event event;

	begin(&a, &unknown_host);
	while (size) {
		size_t length = size < sizeof(struct luo_journal_record) ? size :
				sizeof(struct luo_journal_record);

		if (!event_decode(&event, size, data, length)) {
			hear_event(&a.sink, &event);
			event_redact(&event, &redactor);
			hear_event(&a.sink, &event);
		}
		data += length;
		size -= length;
	}
	redactor_free(&redactor);
	end(&a);
}

/* The first byte says of what type the records are. */
static inline void fuzz_state(const uint8_t *data, size_t size)
{
	struct state state = { 0 };
	void *copy;

	if (!size)
		return;
	copy = malloc(size);
	memcpy(copy, data + 1, size - 1);
	if (state_take(&state, data[0] % (LUTRACE_STATE_DEVICE + 1), copy, size - 1))
		show_state(&state);
	state_free(&state);
}

static inline void fuzz_assertion(const uint8_t *data, size_t size)
{
	const struct parameter net = { "net", "0000:01:00.0" };
	struct timeline *t = timeline_new();
	struct assertion_error error;
	struct assertions *all = assertions_parse((const char *)data, size, &net, 1, &error);
	FILE *out = fopen("/dev/null", "we");

	if (all)
		assertions_check(out, all, t);
	fclose(out);
	assertions_free(all);
	timeline_free(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FUZZ(data, size < MAX_SIZE ? size : MAX_SIZE);
	return 0;
}

#ifndef FUZZING
static bool try_file(const char *path)
{
	static uint8_t data[MAX_SIZE];
	FILE *in = fopen(path, "re");
	size_t size;

	if (!in) {
		printf("# %s: %s\n", path, strerror(errno));
		return false;
	}
	size = fread(data, 1, sizeof(data), in);
	fclose(in);
	LLVMFuzzerTestOneInput(data, size);
	return true;
}

int main(int argc, char **argv)
{
	int i, failed = 0;

	for (i = 1; i < argc; i++)
		failed += !try_file(argv[i]);
	printf("KTAP version 1\n1..1\n%sok 1 decodes the corpus # %d files\n",
	       failed || argc < 2 ? "not " : "", argc - 1);
	return failed || argc < 2;
}
#endif
