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

static void metadata(FILE *out, const char *what, int pid, size_t tid,
		     const char *name)
{
	fprintf(out, ",\n{\"ph\":\"M\",\"name\":\"%s\",\"pid\":%d,\"tid\":%zu,\"args\":{\"name\":",
		what, pid, tid);
	json_string(out, name);
	fputs("}}", out);
}

/* Microseconds, with the rest behind the point. */
static void time_of(FILE *out, const char *key, uint64_t ns)
{
	fprintf(out, ",\"%s\":%" PRIu64 ".%03" PRIu64, key, ns / NSEC_PER_USEC,
		ns % NSEC_PER_USEC);
}

static void arguments(FILE *out, const struct event *e)
{
	enum field_id id;

	fprintf(out, ",\"args\":{\"failed\":%s,\"pid\":%" PRIu32,
		e->failed ? "true" : "false", e->pid);
	json_text(out, "comm", e->comm);
	for (id = 0; id < NR_FIELDS; id++) {
		if (event_has(e, id))
			json_field(out, id, &e->value[id]);
	}
	fputc('}', out);
}

static void write_placed(FILE *out, const struct placed *p)
{
	const struct event *e = p->event;
	int pid = e && !e->previous ? 2 : 1;

	fprintf(out, ",\n{\"ph\":\"%s\",\"pid\":%d,\"tid\":%zu", p->ns ? "X" : "i",
		pid, p->track);
	time_of(out, "ts", p->begin_ns);
	if (p->ns)
		time_of(out, "dur", p->ns);
	else
		fputs(",\"s\":\"t\"", out);
	json_text(out, "name", e ? e->desc->name : "blackout");
	json_text(out, "cat", !e ? "jump" : e->failed ? "failed" :
		  system_descs[e->desc->system].name);
	if (e)
		arguments(out, e);
	fputc('}', out);
}

bool export_chrome(FILE *out, struct timeline *timeline, const struct trace_info *info)
{
	struct tracks t;
	int pid;
	size_t i;

	if (!tracks_find(timeline, &t)) {
		tracks_free(&t);
		return false;
	}
	fputs("{\"displayTimeUnit\":\"ms\",\"otherData\":{\"schema\":\"" LUTRACE_SCHEMA "\"", out);
	json_text(out, "version", info->version);
	json_text(out, "host", info->host);
	json_text(out, "kernel", info->kernel);
	fprintf(out, ",\"base_boottime_ns\":\"%" PRId64 "\",\"base_realtime_ns\":\"%" PRId64 "\"},\n\"traceEvents\":[\n",
		t.base_ns, t.base_ns + info->clocks.realtime_offset_ns);
	fputs("{\"ph\":\"M\",\"name\":\"process_name\",\"pid\":1,\"tid\":0,\"args\":{\"name\":\"previous kernel\"}}", out);
	metadata(out, "process_name", 2, 0, "this kernel");
	for (pid = 1; pid <= 2; pid++) {
		for (i = 0; i < t.nr_tracks; i++)
			metadata(out, "thread_name", pid, i, t.track[i].name);
	}
	for (i = 0; i < t.nr_placed; i++)
		write_placed(out, &t.placed[i]);
	fputs("\n]}\n", out);
	tracks_free(&t);
	return true;
}
