// SPDX-License-Identifier: GPL-2.0
/*
 * Events for the systemd journal, in its native protocol: a datagram an entry, in it a line
 * FIELD=TEXT for each field, or, where the text has newlines, the field's name, a newline, the
 * text's length as 64 bits, little-endian, the text and a newline.
 *
 *	SYSLOG_IDENTIFIER=lutrace
 *	PRIORITY=4
 *	LUTRACE_TYPE=event
 *	MESSAGE=file.retrieve guest-2:0x1 ENODEV handler=vfio-pci-v1
 *	LUTRACE_SESSION=guest-2
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include "base/util.h"
#include "view/view.h"

#define DEFAULT_PATH	"/run/systemd/journal/socket"

/**
 * struct journald - A view that writes to it
 * @view:    What the caller gets.
 * @address: Where it listens.
 * @fd:      A socket that is not connected, so that the journal may be restarted.
 * @info:    What tracing began with.
 * @err:     Why an entry could not be written; 0 if all could.
 */
struct journald {
	struct view view;
	struct sockaddr_un address;
	int fd;
	const struct trace_info *info;
	int err;
};

/**
 * struct entry - One that is being put together
 * @out:  Where its fields go.
 * @text: The fields.
 * @size: How many bytes, once @out is closed.
 */
struct entry {
	FILE *out;
	char *text;
	size_t size;
};

static void put_field(struct entry *e, const char *prefix, const char *key, const char *text)
{
	size_t length = strlen(text), i;

	fputs(prefix, e->out);
	for (; *key; key++)
		fputc(*key >= 'a' && *key <= 'z' ? *key - 'a' + 'A' : *key, e->out);
	if (!strchr(text, '\n')) {
		fprintf(e->out, "=%s\n", text);
		return;
	}
	fputc('\n', e->out);
	for (i = 0; i < 8; i++)
		fputc((uint64_t)length >> 8 * i & 0xff, e->out);
	fprintf(e->out, "%s\n", text);
}

static void put(struct entry *e, const char *key, const char *text)
{
	put_field(e, "LUTRACE_", key, text);
}

static void put_number(struct entry *e, const char *key, int64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, number);
	put(e, key, text);
}

static bool begin_entry(struct journald *j, struct entry *e, const char *type, int priority)
{
	*e = (struct entry){ 0 };
	e->out = open_memstream(&e->text, &e->size);
	if (!e->out) {
		j->err = ENOMEM;
		return false;
	}
	fprintf(e->out, "SYSLOG_IDENTIFIER=lutrace\nPRIORITY=%d\n", priority);
	put(e, "type", type);
	return true;
}

static void put_time(const struct journald *j, struct entry *e, int64_t boottime_ns)
{
	char time[RFC3339_SIZE];

	format_rfc3339(boottime_ns + j->info->clocks.realtime_offset_ns, time);
	put(e, "time", time);
	put_number(e, "boottime_ns", boottime_ns);
}

static void send_entry(struct journald *j, struct entry *e)
{
	if (fclose(e->out))
		j->err = ENOMEM;
	else if (sendto(j->fd, e->text, e->size, MSG_NOSIGNAL,
			(struct sockaddr *)&j->address, sizeof(j->address)) < 0)
		j->err = errno;
	free(e->text);
}

static void journald_begin(struct view *view, const struct trace_info *info)
{
	struct journald *j = container_of(view, struct journald, view);
	struct entry e;

	j->info = info;
	if (!begin_entry(j, &e, "header", LOG_INFO))
		return;
	fprintf(e.out, "MESSAGE=lutrace %s begins, on kernel %s\n", info->version, info->kernel);
	put(&e, "schema", LUTRACE_SCHEMA);
	put(&e, "version", info->version);
	put(&e, "kernel", info->kernel);
	put_time(j, &e, info->clocks.start_ns);
	if (info->has_generation)
		put_number(&e, "generation", info->generation);
	send_entry(j, &e);
}

static void put_value(struct entry *e, enum field_id id, const union value *value)
{
	const char *key = field_descs[id].key, *name;
	char text[24];

	switch (field_descs[id].type) {
	case FIELD_TYPE_TEXT:
		if (value->text)
			put(e, key, value->text);
		break;
	case FIELD_TYPE_HEX:
		snprintf(text, sizeof(text), "0x%" PRIx64, value->count);
		put(e, key, text);
		break;
	case FIELD_TYPE_COUNT:
		snprintf(text, sizeof(text), "%" PRIu64, value->count);
		put(e, key, text);
		break;
	case FIELD_TYPE_NUMBER:
		put_number(e, key, value->number);
		break;
	case FIELD_TYPE_BOOL:
		put(e, key, value->count ? "true" : "false");
		break;
	}
	name = id == FIELD_ERRNO ? errno_name(-value->number) : NULL;
	if (name)
		put(e, "errno_name", name);
}

static bool journald_event(struct sink *sink, struct event *event)
{
	struct journald *j = container_of(sink, struct journald, view.sink);
	enum field_id id;
	struct entry e;

	if (!begin_entry(j, &e, "event", event->failed ? LOG_WARNING : LOG_INFO))
		return true;
	fputs("MESSAGE=", e.out);
	event_in_words(e.out, event);
	fputc('\n', e.out);
	put(&e, "event", event->desc->name);
	put_time(j, &e, event->boottime_ns);
	put(&e, "failed", event->failed ? "true" : "false");
	put(&e, "recorded", event->recorded ? "true" : "false");
	if (event->journal_seq)
		put_number(&e, "journal_seq", event->journal_seq);
	if (event->has_generation)
		put_number(&e, "generation", event->generation);
	put_number(&e, "cpu", event->cpu);
	put_number(&e, "pid", event->pid);
	put_number(&e, "tid", event->tid);
	put(&e, "comm", event->comm);
	for (id = 0; id < NR_FIELDS; id++) {
		if (event_has(event, id))
			put_value(&e, id, &event->value[id]);
	}
	if (event->has_blackout)
		put_number(&e, "blackout_ns", event->blackout_ns);
	send_entry(j, &e);
	return true;
}

static void journald_jump(struct sink *sink, const struct jump *jump)
{
	struct journald *j = container_of(sink, struct journald, view.sink);
	struct entry e;

	if (!begin_entry(j, &e, "jump", jump->note ? LOG_WARNING : LOG_NOTICE))
		return;
	fputs("MESSAGE=", e.out);
	jump_in_words(e.out, jump);
	fprintf(e.out, "%s%s\n", jump->note ? ": " : "", jump->note ? jump->note : "");
	put_time(j, &e, jump->boottime_ns);
	if (jump->from_kernel)
		put(&e, "from_kernel", jump->from_kernel);
	if (jump->to_kernel)
		put(&e, "kernel", jump->to_kernel);
	if (jump->has_generation)
		put_number(&e, "generation", jump->generation);
	if (jump->has_blackout) {
		put_number(&e, "blackout_ns", jump->blackout_ns);
		put_number(&e, "blackout_error_ns", jump->error_ns);
		put(&e, "blackout_clock", jump->is_exact ? "cycles" : "wall");
	}
	if (jump->note)
		put(&e, "note", jump->note);
	send_entry(j, &e);
}

static void journald_lost(struct sink *sink, const struct loss *loss)
{
	struct journald *j = container_of(sink, struct journald, view.sink);
	struct entry e;

	if (!begin_entry(j, &e, "lost", LOG_ERR))
		return;
	fprintf(e.out, "MESSAGE=%" PRIu64 " events were lost\n", loss->count);
	put_time(j, &e, loss->boottime_ns);
	put_number(&e, "count", loss->count);
	put_number(&e, "total", loss->total);
	put_number(&e, "overwritten", loss->overwritten);
	send_entry(j, &e);
}

static void journald_end(struct view *view, const struct summary *summary)
{
	struct journald *j = container_of(view, struct journald, view);
	struct entry e;

	if (!begin_entry(j, &e, "summary", LOG_INFO))
		return;
	fprintf(e.out, "MESSAGE=lutrace ends: %s, %" PRIu64 " events, %" PRIu64 " failed, %" PRIu64 " lost\n",
		summary->end, summary->shown, summary->failed, summary->lost);
	put_time(j, &e, summary->boottime_ns);
	put(&e, "end", summary->end);
	put_number(&e, "events", summary->shown);
	put_number(&e, "filtered", summary->filtered);
	put_number(&e, "failures", summary->failed);
	put_number(&e, "lost", summary->lost);
	send_entry(j, &e);
}

static int journald_flush(struct view *view)
{
	return container_of(view, struct journald, view)->err;
}

/* Returns whether a process listens there, and leaves the socket as it was. */
static bool is_heard(const struct journald *j)
{
	const struct sockaddr none = { .sa_family = AF_UNSPEC };

	return !connect(j->fd, (const struct sockaddr *)&j->address, sizeof(j->address)) &&
	       !connect(j->fd, &none, sizeof(none));
}

struct view *view_journald_new(const char *path)
{
	struct journald *j = calloc(1, sizeof(*j));
	int err;

	if (!j)
		return NULL;
	j->view = (struct view){
		.sink = { journald_event, journald_jump, journald_lost },
		.begin = journald_begin,
		.end = journald_end,
		.flush = journald_flush,
	};
	j->address.sun_family = AF_UNIX;
	snprintf(j->address.sun_path, sizeof(j->address.sun_path), "%s",
		 path ? path : DEFAULT_PATH);
	/* It is open until the process ends, as standard output is. */
	j->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (j->fd >= 0 && is_heard(j))
		return &j->view;
	err = errno;
	if (j->fd >= 0)
		close(j->fd);
	free(j);
	errno = err;
	return NULL;
}
