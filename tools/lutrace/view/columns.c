// SPDX-License-Identifier: GPL-2.0
/*
 * Events for people:
 *
 *	TIME          EVENT                 OBJECT              DETAIL
 *	07:37:30.126  file.freeze           guest-1:0x1         ok 333us handler=vfio-pci-v1
 *	07:37:30.385  luo.reboot            -                   frozen image_has_kho=yes
 *	---------------------------- kexec: blackout 1.519s ----------------------------
 *	07:37:31.647  pci.probe             0000:01:00.0        block foreign_driver
 *	07:37:34.002  LOST 7 events: pci.probe=7
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/util.h"
#include "view/view.h"

/* "session.deserialize", "file.retrieve_cached" */
#define EVENT_WIDTH	20
/* A PCI address, or a short session name and its token. */
#define OBJECT_WIDTH	18

#define RULE_WIDTH	79

#define COLOR_RULE	"1;36"

struct columns {
	struct view view;
	FILE *out;
	struct columns_options options;
	const struct trace_info *info;
	int64_t previous_ns;
	bool any;
};

static struct columns *columns_of(struct view *view)
{
	return container_of(view, struct columns, view);
}

static int time_width(enum time_style style)
{
	return style == TIME_WALL ? 12 : 14;
}

static int print_seconds(FILE *out, const char *sign, uint64_t ns)
{
	return fprintf(out, "%s%" PRIu64 ".%06" PRIu64, sign,
		       ns / NSEC_PER_SEC, ns % NSEC_PER_SEC / NSEC_PER_USEC);
}

static int print_difference(FILE *out, int64_t ns, int64_t since_ns)
{
	/* Records of different CPUs may swap places by some nanoseconds. */
	if (ns < since_ns)
		return print_seconds(out, "-", since_ns - ns);
	return print_seconds(out, "+", ns - since_ns);
}

/* The previous kernel's times are before this one's boot. */
static int print_boot(FILE *out, int64_t ns)
{
	return ns < 0 ? print_seconds(out, "-", -ns) : print_seconds(out, "", ns);
}

static int print_wall(FILE *out, const struct clocks *clocks, int64_t ns)
{
	/* Times come in order, many in the same second. */
	static char text[16];
	static time_t last;
	int64_t realtime = ns + clocks->realtime_offset_ns;
	time_t sec = realtime / (int64_t)NSEC_PER_SEC;
	unsigned int ms = realtime % (int64_t)NSEC_PER_SEC / (int64_t)NSEC_PER_MSEC;
	struct tm tm;

	if (!*text || sec != last) {
		localtime_r(&sec, &tm);
		strftime(text, sizeof(text), "%H:%M:%S.000", &tm);
		last = sec;
	}
	text[9] = '0' + ms / 100;
	text[10] = '0' + ms / 10 % 10;
	text[11] = '0' + ms % 10;
	emit_text(out, text);
	return strlen(text);
}

static void print_time(struct columns *c, int64_t ns)
{
	int written = 0;

	/* Recorded events come before the beginning, and nothing comes before them. */
	if (!c->any && ns < c->previous_ns)
		c->previous_ns = ns;
	c->any = true;
	color_on(c->out, c->options.color, COLOR_DIM);
	switch (c->options.time) {
	case TIME_WALL:
		written = print_wall(c->out, &c->info->clocks, ns);
		break;
	case TIME_BOOT:
		written = print_boot(c->out, ns);
		break;
	case TIME_RELATIVE:
		written = print_difference(c->out, ns, c->info->clocks.start_ns);
		break;
	case TIME_DELTA:
		written = print_difference(c->out, ns, c->previous_ns);
		break;
	}
	color_off(c->out, c->options.color, COLOR_DIM);
	c->previous_ns = ns;
	pad(c->out, written, time_width(c->options.time));
}

/* The fields that name the object; the rest is detail. */
#define OBJECT_FIELDS	(1U << FIELD_SESSION | 1U << FIELD_TOKEN | \
			 1U << FIELD_DEVICE | 1U << FIELD_FLB)

static int print_object(FILE *out, const struct event *event)
{
	const union value *value = event->value;
	int written;

	if (event_has(event, FIELD_SESSION)) {
		written = escape_terminal(out, value[FIELD_SESSION].text);
		if (event_has(event, FIELD_TOKEN)) {
			putc_unlocked(':', out);
			written += 1 + emit_hex(out, value[FIELD_TOKEN].count);
		}
		return written;
	}
	if (event_has(event, FIELD_DEVICE) && value[FIELD_DEVICE].text)
		return escape_terminal(out, value[FIELD_DEVICE].text);
	if (event_has(event, FIELD_FLB) && value[FIELD_FLB].text)
		return escape_terminal(out, value[FIELD_FLB].text);
	putc_unlocked('-', out);
	return 1;
}

static void print_errno(FILE *out, int64_t err)
{
	const char *name = err ? errno_name(-err) : NULL;

	if (!err)
		emit_text(out, "ok");
	else if (name)
		emit_text(out, name);
	else
		fprintf(out, "errno=%" PRId64, err);
}

static void print_pair(FILE *out, const struct field_desc *field, const union value *value)
{
	emit_text(out, field->key);
	putc_unlocked('=', out);
	switch (field->type) {
	case FIELD_TYPE_TEXT:
		if (value->text)
			escape_terminal(out, value->text);
		else
			fputc('-', out);
		break;
	case FIELD_TYPE_HEX:
		emit_hex(out, value->count);
		break;
	case FIELD_TYPE_COUNT:
		emit_unsigned(out, value->count);
		break;
	case FIELD_TYPE_NUMBER:
		emit_signed(out, value->number);
		break;
	case FIELD_TYPE_BOOL:
		emit_text(out, value->count ? "yes" : "no");
		break;
	}
}

/* Words that explain themselves stand alone, without a key. */
static void print_detail_field(FILE *out, enum field_id id, const union value *value)
{
	char duration[32];

	switch (id) {
	case FIELD_ERRNO:
		print_errno(out, value->number);
		break;
	case FIELD_DURATION:
		format_duration(value->count, duration, sizeof(duration));
		emit_text(out, duration);
		break;
	case FIELD_STAGE:
	case FIELD_DECISION:
	case FIELD_REASON:
	case FIELD_DIRECTION:
		emit_text(out, value->text);
		break;
	default:
		print_pair(out, &field_descs[id], value);
		break;
	}
}

/* Returns whether the field only repeats another one, or says nothing. */
static bool is_noise(const struct event *event, enum field_id id)
{
	const union value *value = &event->value[id];

	switch (id) {
	case FIELD_ERRNO:
		/* The reason or the stage says already that it went well. */
		return !value->number && (event_has(event, FIELD_REASON) ||
					  event_has(event, FIELD_STAGE));
	case FIELD_DURATION:
	case FIELD_BRIDGE:
		return !value->count;
	default:
		return OBJECT_FIELDS & 1U << id;
	}
}

static void print_detail(FILE *out, const struct event *event)
{
	const char *separator = "";
	uint32_t left;

	/* From the first field of an event to the last: most events have few. */
	for (left = event_fields(event); left; left &= left - 1) {
		enum field_id id = __builtin_ctz(left);

		if (is_noise(event, id))
			continue;
		emit_text(out, separator);
		print_detail_field(out, id, &event->value[id]);
		separator = " ";
	}
	/* Every event has a generation; this one says how the kernel got its own. */
	if (event->desc->id == LUTRACE_LUO_INCOMING && event->has_generation && !event->failed)
		fprintf(out, " generation=%" PRIu64, event->generation);
}

static void print_blackout(FILE *out, const struct event *event)
{
	char duration[32];

	format_duration(event->blackout_ns, duration, sizeof(duration));
	fprintf(out, " blackout=%s", duration);
}

static void print_who(FILE *out, const struct event *event)
{
	fputs(" by=", out);
	escape_terminal(out, event->comm);
	fprintf(out, "[%" PRIu32 "]", event->pid);
}

static void print_rule(const struct columns *c, const char *text)
{
	int left = (RULE_WIDTH - (int)strlen(text) - 2) / 2;
	int right = RULE_WIDTH - (int)strlen(text) - 2 - left;
	int i;

	color_on(c->out, c->options.color, COLOR_RULE);
	for (i = 0; i < left; i++)
		fputc('-', c->out);
	fprintf(c->out, " %s ", text);
	for (i = 0; i < right; i++)
		fputc('-', c->out);
	color_off(c->out, c->options.color, COLOR_RULE);
	fputc('\n', c->out);
}

/* A kexec to an image without KHO loses what was preserved. */
static bool is_warning(const struct event *event)
{
	return event_has(event, FIELD_IMAGE_HAS_KHO) && !event->value[FIELD_IMAGE_HAS_KHO].count;
}

void event_in_words(FILE *out, const struct event *event)
{
	fprintf(out, "%s ", event->desc->name);
	print_object(out, event);
	fputc(' ', out);
	print_detail(out, event);
	if (event->has_blackout)
		print_blackout(out, event);
}

void jump_in_words(FILE *out, const struct jump *jump)
{
	char blackout[32] = "unknown", error[32];

	if (jump->has_blackout)
		format_duration(jump->blackout_ns, blackout, sizeof(blackout));
	fprintf(out, "kexec: blackout %s", blackout);
	if (!jump->has_blackout || jump->is_exact)
		return;
	format_duration(jump->error_ns, error, sizeof(error));
	fprintf(out, " +- %s", error);
}

static void columns_begin(struct view *view, const struct trace_info *info)
{
	struct columns *c = columns_of(view);

	c->info = info;
	c->previous_ns = info->clocks.start_ns;
	color_print(c->out, c->options.color, COLOR_DIM, "%-*s  %-*s  %-*s  %s",
		    time_width(c->options.time), "TIME", EVENT_WIDTH, "EVENT", OBJECT_WIDTH,
		    "OBJECT", "DETAIL");
	fputc('\n', c->out);
}

static bool columns_event(struct sink *sink, struct event *event)
{
	struct columns *c = container_of(sink, struct columns, view.sink);
	const char *color = NULL;
	int written;

	if (event->failed)
		color = COLOR_BAD;
	else if (is_warning(event))
		color = COLOR_WARNING;

	print_time(c, event->boottime_ns);
	color_on(c->out, c->options.color, color);
	emit_text(c->out, event->desc->name);
	pad(c->out, strlen(event->desc->name), EVENT_WIDTH);
	written = print_object(c->out, event);
	pad(c->out, written, OBJECT_WIDTH);
	print_detail(c->out, event);
	if (event->has_blackout)
		print_blackout(c->out, event);
	if (c->options.who)
		print_who(c->out, event);
	color_off(c->out, c->options.color, color);
	putc_unlocked('\n', c->out);

	/* columns_jump() shows a recorded jump, and knows more. */
	if (event_is_jump(event) && !event->recorded)
		print_rule(c, "kexec: the next kernel takes over");
	return true;
}

static void columns_jump(struct sink *sink, const struct jump *jump)
{
	struct columns *c = container_of(sink, struct columns, view.sink);
	char text[192] = "";
	FILE *words = fmemopen(text, sizeof(text), "w");

	if (words) {
		jump_in_words(words, jump);
		fclose(words);
	}
	print_rule(c, text);
	if (!jump->note)
		return;
	color_print(c->out, c->options.color, COLOR_WARNING, "%s: %s.", jump->from_kernel ?
		    "The blackout is by the wall clock" :
		    "The previous kernel's journal cannot be read", jump->note);
	fputc('\n', c->out);
}

static void columns_lost(struct sink *sink, const struct loss *loss)
{
	struct columns *c = container_of(sink, struct columns, view.sink);
	const char *separator = " ";
	size_t i;

	print_time(c, loss->boottime_ns);
	color_on(c->out, c->options.color, COLOR_BAD);
	fprintf(c->out, "LOST %" PRIu64 " events:", loss->count);
	for (i = 0; i < LUTRACE_NR_EVENTS; i++) {
		if (!loss->by_event[i])
			continue;
		fprintf(c->out, "%s%s=%" PRIu64, separator, event_descs[i].name, loss->by_event[i]);
		separator = ", ";
	}
	if (loss->unknown) {
		fprintf(c->out, "%sunknown=%" PRIu64, separator, loss->unknown);
		separator = ", ";
	}
	if (loss->undecodable) {
		fprintf(c->out, "%sundecodable=%" PRIu64, separator, loss->undecodable);
		separator = ", ";
	}
	if (loss->overwritten)
		fprintf(c->out, "%soverwritten=%" PRIu64, separator, loss->overwritten);
	color_off(c->out, c->options.color, COLOR_BAD);
	fputc('\n', c->out);
}

/* The table has no last line: the caller prints the totals. */
static void columns_end(struct view *view, const struct summary *summary)
{
	(void)view;
	(void)summary;
}

struct view *view_columns_new(FILE *out, const struct columns_options *options)
{
	struct columns *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->view.begin = columns_begin;
	c->view.sink.event = columns_event;
	c->view.sink.jump = columns_jump;
	c->view.sink.lost = columns_lost;
	c->view.end = columns_end;
	c->out = out;
	c->options = *options;
	return &c->view;
}
