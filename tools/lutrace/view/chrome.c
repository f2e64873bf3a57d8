// SPDX-License-Identifier: GPL-2.0
/*
 * Chrome's trace event format. Processes are kernels, threads are tracks: the previous
 * kernel is process 1, this one process 2.
 */
#include <inttypes.h>

#include "base/json.h"
#include "story/tracks.h"
#include "view/export.h"
#include "view/view.h"

static void begin(struct json *j, const char *phase, int pid, size_t track, const char *name)
{
	json_object(j, NULL);
	json_text(j, "ph", phase);
	json_text(j, "name", name);
	json_number(j, "pid", pid);
	json_count(j, "tid", track);
}

static void end(struct json *j)
{
	json_end_object(j);
	fputc('\n', j->out);
}

static void metadata(struct json *j, const char *what, int pid, size_t track, const char *name)
{
	begin(j, "M", pid, track, what);
	json_object(j, "args");
	json_text(j, "name", name);
	json_end_object(j);
	end(j);
}

/* Microseconds with three decimals. */
static void time_of(struct json *j, const char *key, uint64_t ns)
{
	json_key(j, key);
	fprintf(j->out, "%" PRIu64 ".%03" PRIu64, ns / NSEC_PER_USEC, ns % NSEC_PER_USEC);
}

static void arguments(struct json *j, const struct event *e)
{
	json_object(j, "args");
	json_bool(j, "failed", e->failed);
	json_count(j, "pid", e->pid);
	json_text(j, "comm", e->comm);
	json_fields(j, e);
	json_end_object(j);
}

static void write_placed(struct json *j, const struct placed *p)
{
	const struct event *e = p->event;

	begin(j, p->ns ? "X" : "i", e && !e->previous ? 2 : 1, p->track,
	      e ? e->desc->name : "blackout");
	time_of(j, "ts", p->begin_ns);
	if (p->ns)
		time_of(j, "dur", p->ns);
	else
		json_text(j, "s", "t");
	json_text(j, "cat", !e ? "jump" : e->failed ? "failed" :
		  system_descs[e->desc->system].name);
	if (e)
		arguments(j, e);
	end(j);
}

static void other_data(struct json *j, const struct trace_info *info, int64_t base_ns)
{
	char text[24];

	json_object(j, "otherData");
	json_text(j, "schema", LUTRACE_SCHEMA);
	json_text(j, "version", info->version);
	json_text(j, "host", info->host);
	json_text(j, "kernel", info->kernel);
	/* Viewers show them as they are, and would round numbers. */
	snprintf(text, sizeof(text), "%" PRId64, base_ns);
	json_text(j, "base_boottime_ns", text);
	snprintf(text, sizeof(text), "%" PRId64, base_ns + info->clocks.realtime_offset_ns);
	json_text(j, "base_realtime_ns", text);
	json_end_object(j);
}

bool export_chrome(FILE *out, struct timeline *timeline, const struct trace_info *info)
{
	struct json j = { .out = out };
	struct tracks t;
	int pid;
	size_t i;

	if (!tracks_find(timeline, &t)) {
		tracks_free(&t);
		return false;
	}
	json_object(&j, NULL);
	json_text(&j, "displayTimeUnit", "ms");
	other_data(&j, info, t.base_ns);
	json_list(&j, "traceEvents");
	fputc('\n', out);
	for (pid = 1; pid <= 2; pid++) {
		metadata(&j, "process_name", pid, 0, pid == 1 ? "previous kernel" : "this kernel");
		for (i = 0; i < t.nr_tracks; i++)
			metadata(&j, "thread_name", pid, i, t.track[i].name);
	}
	for (i = 0; i < t.nr_placed; i++)
		write_placed(&j, &t.placed[i]);
	json_end_list(&j);
	json_end_object(&j);
	json_end_line(&j);
	tracks_free(&t);
	return true;
}
