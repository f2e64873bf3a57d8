// SPDX-License-Identifier: GPL-2.0
/*
 * Metrics for Prometheus:
 *
 *	# HELP lutrace_blackout_seconds From the last thing that the previous kernel did to ...
 *	# TYPE lutrace_blackout_seconds gauge
 *	# UNIT lutrace_blackout_seconds seconds
 *	lutrace_blackout_seconds{clock="cycles"} 1.515412000
 *	lutrace_recorded_failures{kernel="current",event="pci.probe",reason="foreign_driver",...} 1
 */
#include <inttypes.h>
#include <string.h>

#include "base/util.h"
#include "view/metrics.h"

/* The reasons of the table outlive the event; others would be unbounded. */
static const char *reason_of(const struct event *event)
{
	const char *reason = event_has(event, FIELD_REASON) ? event->value[FIELD_REASON].text : "";

	return reason == event->reason ? "unknown" : reason;
}

/* Events of newer kernels have names, too, of which there may be any number. */
static const char *name_of(enum lutrace_event_id id)
{
	return id == LUTRACE_UNKNOWN_EVENT ? "unknown" : event_descs[id].name;
}

static int errno_of(const struct event *event)
{
	return event_has(event, FIELD_ERRNO) ? event->record.err : 0;
}

static void count_failure(struct metrics *m, const struct event *event)
{
	const char *reason = reason_of(event);
	struct failure_count *f;

	for (f = m->failures; f < m->failures + m->nr_failures; f++) {
		if (f->id != event->desc->id || f->previous != event->previous ||
		    f->err != errno_of(event) || strcmp(f->reason, reason))
			continue;
		f->count++;
		return;
	}
	if (m->nr_failures == METRICS_MAX_FAILURES) {
		m->other_failures++;
		return;
	}
	m->nr_failures++;
	*f = (struct failure_count){
		.id = event->desc->id,
		.previous = event->previous,
		.reason = reason,
		.err = errno_of(event),
		.count = 1,
	};
}

void metrics_event(struct metrics *m, const struct event *event)
{
	enum lutrace_event_id id = event->desc->id;

	m->recorded[event->previous][id]++;
	if (event_has(event, FIELD_DURATION) && event->value[FIELD_DURATION].count > m->longest[id])
		m->longest[id] = event->value[FIELD_DURATION].count;
	if (event->failed)
		count_failure(m, event);
}

struct writer {
	FILE *out;
	enum metrics_format format;
};

static void family(const struct writer *w, const char *name, const char *help)
{
	size_t length = strlen(name), unit = strlen("_seconds");

	fprintf(w->out, "# HELP lutrace_%s %s\n# TYPE lutrace_%s gauge\n", name, help, name);
	if (w->format == METRICS_OPENMETRICS && length > unit &&
	    !strcmp(name + length - unit, "_seconds"))
		fprintf(w->out, "# UNIT lutrace_%s seconds\n", name);
}

/* A family of one number without labels. */
static void gauge(const struct writer *w, const char *name, const char *help, uint64_t number)
{
	family(w, name, help);
	fprintf(w->out, "lutrace_%s %" PRIu64 "\n", name, number);
}

/* A label's value, where a backslash, a quote and a line feed are escaped. */
static void label(FILE *out, const char *value)
{
	for (; *value; value++) {
		if (*value == '\n')
			fputs("\\n", out);
		else if (*value == '\\' || *value == '"')
			fprintf(out, "\\%c", *value);
		else
			fputc(*value, out);
	}
}

static void seconds(FILE *out, int64_t ns)
{
	uint64_t part = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;

	fprintf(out, "%s%" PRIu64 ".%09" PRIu64 "\n", ns < 0 ? "-" : "",
		part / NSEC_PER_SEC, part % NSEC_PER_SEC);
}

static const char *kernel_name(bool previous)
{
	return previous ? "previous" : "current";
}

static void write_info(const struct writer *w, const struct metrics *m)
{
	family(w, "info", "Version of lutrace, and release of the running kernel.");
	fputs("lutrace_info{version=\"", w->out);
	label(w->out, m->info->version);
	fputs("\",kernel=\"", w->out);
	label(w->out, m->info->kernel);
	fputs("\"} 1\n", w->out);
	family(w, "journal_readable", "Whether the journal of that kernel can be read.");
	fprintf(w->out, "lutrace_journal_readable{kernel=\"current\"} %d\n"
		"lutrace_journal_readable{kernel=\"previous\"} %d\n",
		m->readable[0], m->readable[1]);
	if (m->info->has_generation)
		gauge(w, "generation",
		      "Live updates that led to the running kernel.", m->info->generation);
}

static void write_events(const struct writer *w, const struct metrics *m)
{
	size_t i, previous;

	family(w, "recorded_events", "Events that the journal of that kernel has, now.");
	for (previous = 0; previous < 2; previous++) {
		for (i = 0; i <= LUTRACE_UNKNOWN_EVENT; i++) {
			if (m->recorded[previous][i])
				fprintf(w->out, "lutrace_recorded_events{kernel=\"%s\",event=\"%s\"} %" PRIu64 "\n",
					kernel_name(previous),
					name_of(i),
					m->recorded[previous][i]);
		}
	}
	gauge(w, "missing_records",
	      "Records that the journals do not have any more, or that could not be read.", m->lost);
	gauge(w, "recording_complete",
	      "Whether all of the capture could be read; 1 for journals.", !m->phases->incomplete);
	family(w, "longest_operation_seconds",
	       "The longest operation that is recorded, by the event that ended it.");
	for (i = 0; i <= LUTRACE_UNKNOWN_EVENT; i++) {
		if (!m->longest[i])
			continue;
		fprintf(w->out, "lutrace_longest_operation_seconds{event=\"%s\"} ",
			name_of(i));
		seconds(w->out, m->longest[i]);
	}
}

static void write_failures(const struct writer *w, const struct metrics *m)
{
	const struct failure_count *f;

	family(w, "recorded_failures",
	       "Failures, refusals and blocks that the journal of that kernel has, now.");
	for (f = m->failures; f < m->failures + m->nr_failures; f++) {
		const char *err = errno_name(-f->err);

		fprintf(w->out, "lutrace_recorded_failures{kernel=\"%s\",event=\"%s\",reason=\"%s\",errno=\"%s\"} %" PRIu64 "\n",
			kernel_name(f->previous), name_of(f->id),
			f->reason, err ? err : f->err ? "unknown" : "",
			f->count);
	}
	if (m->other_failures)
		fprintf(w->out, "lutrace_recorded_failures{kernel=\"\",event=\"\",reason=\"\",errno=\"\"} %" PRIu64 "\n",
			m->other_failures);
}

static void write_update(const struct writer *w, const struct metrics *m)
{
	const struct jump *jump = m->phases->jump;
	enum phase_id id;

	if (jump && jump->has_blackout) {
		family(w, "blackout_seconds",
		       "From the last thing that the previous kernel did to the first that this one did.");
		fprintf(w->out, "lutrace_blackout_seconds{clock=\"%s\"} ",
			jump->is_exact ? "cycles" : "wall");
		seconds(w->out, jump->blackout_ns);
		family(w, "blackout_error_seconds", "By how much the blackout may be off.");
		fputs("lutrace_blackout_error_seconds ", w->out);
		seconds(w->out, jump->error_ns);
	}
	family(w, "phase_seconds", "How long each phase of the last live update took.");
	for (id = 0; jump && id < NR_PHASES; id++) {
		const struct phase *phase = &m->phases->phase[id];

		if (!phase->known)
			continue;
		fprintf(w->out, "lutrace_phase_seconds{phase=\"%s\"} ", phase_name(id));
		seconds(w->out, phase->end_ns - phase->begin_ns);
	}
	gauge(w, "update_files", "Files of the last live update.", jump ? m->phases->nr : 0);
}

/* How many objects are in each state, by its name. */
struct tally {
	const char *state[16];
	bool incoming[16];
	size_t count[16];
	size_t nr;
};

static void add(struct tally *t, const char *state, bool incoming)
{
	size_t i;

	for (i = 0; i < t->nr; i++) {
		if (!strcmp(t->state[i], state) && t->incoming[i] == incoming)
			break;
	}
	if (i == ARRAY_SIZE(t->count))
		return;
	if (i == t->nr) {
		t->state[i] = state;
		t->incoming[i] = incoming;
		t->nr++;
	}
	t->count[i]++;
}

static void write_tally(const struct writer *w, const struct tally *t,
			const char *name, const char *help)
{
	size_t i;

	family(w, name, help);
	for (i = 0; i < t->nr; i++)
		fprintf(w->out, "lutrace_%s{direction=\"%s\",state=\"%s\"} %zu\n",
			name, t->incoming[i] ? "incoming" : "outgoing",
			t->state[i], t->count[i]);
}

static void write_state(const struct writer *w, const struct state *s)
{
	struct tally sessions = { 0 }, files = { 0 }, devices = { 0 };
	size_t i, waiting = 0;

	for (i = 0; i < s->nr_sessions; i++)
		add(&sessions, session_state_name(&s->sessions[i]), s->sessions[i].incoming);
	for (i = 0; i < s->nr_files; i++)
		add(&files, file_state_name(&s->files[i]), s->files[i].incoming);
	for (i = 0; i < s->nr_devices; i++) {
		add(&devices, device_state_name(&s->devices[i]),
		    s->devices[i].flags & LUTRACE_DEVICE_INCOMING);
		waiting += device_is_waiting(&s->devices[i]);
	}
	write_tally(w, &sessions, "sessions", "Sessions, now.");
	write_tally(w, &files, "files", "Files of sessions, now.");
	write_tally(w, &devices, "devices",
		    "PCI devices that are preserved, incoming or were blocked, now.");
	gauge(w, "devices_waiting",
	      "Devices that were handed over, and are neither retrieved nor finished.", waiting);
	gauge(w, "devices_blocked",
	      "Devices for which the kernel last blocked a driver other than the one that preserved them.",
	      state_blocked(s));
}

void metrics_write(FILE *out, const struct metrics *m, enum metrics_format format)
{
	const struct writer w = { out, format };

	write_info(&w, m);
	write_events(&w, m);
	write_failures(&w, m);
	write_update(&w, m);
	if (m->state)
		write_state(&w, m->state);
	if (format == METRICS_OPENMETRICS)
		fputs("# EOF\n", out);
}
