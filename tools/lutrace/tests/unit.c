// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of all that needs no kernel: text, the event table, decoding, filters
 * and views. Prints KTAP; exits 1 where a case fails.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/redact.h"
#include "bpf/journal.h"
#include "model/filter.h"
#include "model/state.h"
#include "source/journal.h"
#include "story/assertion.h"
#include "story/checkup.h"
#include "made.h"
#include "unit.h"
#include "view/blame.h"
#include "view/checkup.h"
#include "view/state.h"
#include "view/view.h"
#include "view/why.h"

/* Runs @write on a stream; the result is valid until the next call. */
static const char *capture(void (*write)(FILE *out, const void *data),
			   const void *data)
{
	static char *text;
	size_t size;
	FILE *out;

	free(text);
	text = NULL;
	out = open_memstream(&text, &size);
	write(out, data);
	fclose(out);
	return text;
}

static void write_escaped(FILE *out, const void *s)
{
	escape_terminal(out, s);
}

static void write_json_string(FILE *out, const void *s)
{
	struct json j = { .out = out };

	json_text(&j, NULL, s);
}

static const char *escaped(const char *s)
{
	return capture(write_escaped, s);
}

static const char *json(const char *s)
{
	return capture(write_json_string, s);
}

static void terminal_escapes_controls(void)
{
	EXPECT_STREQ(escaped("vm-7 ok"), "vm-7 ok");
	EXPECT_STREQ(escaped("a\033[31mb"), "a\\x1b[31mb");
	EXPECT_STREQ(escaped("a\nb\tc\rd"), "a\\x0ab\\x09c\\x0dd");
	EXPECT_STREQ(escaped("\x7f"), "\\x7f");
	/* U+009B starts an escape sequence on some terminals. */
	EXPECT_STREQ(escaped("\xc2\x9b" "2J"), "\\xc2\\x9b2J");
}

static void terminal_escapes_are_unambiguous(void)
{
	EXPECT_STREQ(escaped("\\x1b"), "\\\\x1b");
}

static void terminal_escapes_invisible_characters(void)
{
	/* Right-to-left override; zero width space; byte order mark. */
	EXPECT_STREQ(escaped("a\xe2\x80\xae" "b"), "a\\xe2\\x80\\xaeb");
	EXPECT_STREQ(escaped("\xe2\x80\x8b"), "\\xe2\\x80\\x8b");
	EXPECT_STREQ(escaped("\xef\xbb\xbf"), "\\xef\\xbb\\xbf");
}

static void terminal_keeps_valid_utf8(void)
{
	EXPECT_STREQ(escaped("caf\xc3\xa9 \xe6\x9d\xb1 \xf0\x9f\x90\xa7"),
		     "caf\xc3\xa9 \xe6\x9d\xb1 \xf0\x9f\x90\xa7");
}

static void terminal_escapes_invalid_utf8(void)
{
	EXPECT_STREQ(escaped("\xff"), "\\xff");
	EXPECT_STREQ(escaped("\x80"), "\\x80");
	/* Cut short; overlong '/'; surrogate; beyond Unicode. */
	EXPECT_STREQ(escaped("\xe2\x82"), "\\xe2\\x82");
	EXPECT_STREQ(escaped("\xc0\xaf"), "\\xc0\\xaf");
	EXPECT_STREQ(escaped("\xed\xa0\x80"), "\\xed\\xa0\\x80");
	EXPECT_STREQ(escaped("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");
}

static void terminal_counts_characters(void)
{
	FILE *out = fopen("/dev/null", "w");

	EXPECT(escape_terminal(out, "abc") == 3);
	EXPECT(escape_terminal(out, "caf\xc3\xa9") == 4);
	EXPECT(escape_terminal(out, "\033\\") == 6);
	fclose(out);
}

static void json_escapes(void)
{
	EXPECT_STREQ(json("a\"b\\c"), "\"a\\\"b\\\\c\"");
	EXPECT_STREQ(json("\n\033\x7f"), "\"\\u000a\\u001b\\u007f\"");
	EXPECT_STREQ(json("\xe6\x9d\xb1"), "\"\xe6\x9d\xb1\"");
	/* An invisible character beyond the basic plane needs a pair. */
	EXPECT_STREQ(json("\xf3\xa0\x80\x81"), "\"\\udb40\\udc01\"");
}

static void json_replaces_invalid_utf8(void)
{
	EXPECT_STREQ(json("a\xff" "b"), "\"a\\ufffdb\"");
	EXPECT_STREQ(json("\xe2\x82"), "\"\\ufffd\\ufffd\"");
}

static void write_nested(FILE *out, const void *data)
{
	struct json j = { .out = out };

	(void)data;
	json_object(&j, NULL);
	json_list(&j, "list");
	json_count(&j, NULL, UINT64_MAX);
	json_number(&j, NULL, INT64_MIN);
	json_object(&j, NULL);
	json_end_object(&j);
	json_end_list(&j);
	json_hex(&j, "token", 0);
	json_text(&j, "name", NULL);
	json_bool(&j, "yes", true);
	json_errno(&j, "errno", -EBUSY);
	json_errno(&j, "other", 0);
	json_end_object(&j);
	json_end_line(&j);
	json_list(&j, NULL);
	json_end_list(&j);
}

static void json_puts_commas_between_values(void)
{
	EXPECT_STREQ(capture(write_nested, NULL),
		     "{\"list\":[18446744073709551615,-9223372036854775808,{}],\"token\":\"0x0\",\"name\":null,\"yes\":true,\"errno\":-16,\"errno_name\":\"EBUSY\",\"other\":0,\"other_name\":null}\n[]");
}

static const struct table pet_table = {
	"pet", COLUMNS(COLUMN("name", TEXT, .header = "NAME", .width = 6),
		       COLUMN(NULL, TEXT, .header = "FOR PEOPLE", .width = 10),
		       COLUMN("age", COUNT, .null = true, .label = "age="),
		       COLUMN("tag", HEX), COLUMN("errno", ERRNO, .label = ""),
		       COLUMN("ill", BOOL, .label = "ill"))
};

static void write_pets(FILE *out, const void *json)
{
	const struct cell *rows[] = {
		CELLS(cell_text("a\033"), cell_text("yes"), cell_number(0), cell_number(0),
		      cell_number(-EBUSY), cell_number(true)),
		CELLS(cell_text(NULL), cell_text("no"), cell_maybe(false, 7), cell_number(10),
		      cell_number(0), cell_number(false)),
	};
	size_t i;

	if (!json)
		table_header(out, &pet_table, false);
	for (i = 0; i < 2; i++) {
		if (json) {
			table_line(out, &pet_table, rows[i]);
		} else {
			table_row(out, &pet_table, false, NULL, rows[i]);
			fputc('\n', out);
		}
	}
}

/* What people see and what JSON has come from the same cells. */
static void tables_have_two_forms(void)
{
	EXPECT_STREQ(capture(write_pets, NULL),
		     "NAME    FOR PEOPLE  \n"
		     "a\\x1b   yes         age=0  EBUSY  ill\n"
		     "-       no          \n");
	EXPECT_STREQ(capture(write_pets, "json"),
		     "{\"type\":\"pet\",\"name\":\"a\\u001b\",\"age\":0,\"tag\":\"0x0\",\"errno\":-16,\"errno_name\":\"EBUSY\",\"ill\":true}\n"
		     "{\"type\":\"pet\",\"name\":null,\"age\":null,\"tag\":\"0xa\",\"errno\":0,\"errno_name\":null,\"ill\":false}\n");
}

static void bdf_takes_both_forms(void)
{
	char bdf[BDF_SIZE];

	EXPECT(parse_bdf("0000:01:00.0", bdf));
	EXPECT_STREQ(bdf, "0000:01:00.0");
	EXPECT(parse_bdf("01:00.0", bdf));
	EXPECT_STREQ(bdf, "0000:01:00.0");
	EXPECT(parse_bdf("1:1F.7", bdf));
	EXPECT_STREQ(bdf, "0000:01:1f.7");
	EXPECT(parse_bdf("10000:e1:00.0", bdf));
	EXPECT_STREQ(bdf, "10000:e1:00.0");
}

static void bdf_refuses_others(void)
{
	static const char *const bad[] = {
		"", "01", "01:00", "01:00.", "01:00.8", "01:20.0", "101:00.0",
		"01:00.0 ", "01:00.00", ":00.0", "0:01:00:00.0", "g1:00.0",
		"123456789:01:00.0", "01:00.0x", "-1:00.0",
	};
	char bdf[BDF_SIZE];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (parse_bdf(bad[i], bdf))
			fail(__LINE__, "took \"%s\"", bad[i]);
	}
}

static void errno_names_and_numbers(void)
{
	EXPECT(parse_errno("EBUSY") == EBUSY);
	EXPECT(parse_errno("ebusy") == EBUSY);
	EXPECT(parse_errno("16") == 16);
	EXPECT(parse_errno("-16") == 16);
	EXPECT(parse_errno("EWOULDBLOCK") == EAGAIN);
	EXPECT(parse_errno("EPROBE_DEFER") == 517);
	EXPECT(parse_errno("") == 0);
	EXPECT(parse_errno("0") == 0);
	EXPECT(parse_errno("4096") == 0);
	EXPECT(parse_errno("EBUS") == 0);
	EXPECT(parse_errno("16x") == 0);
	EXPECT_STREQ(errno_name(EBUSY), "EBUSY");
	EXPECT_STREQ(errno_name(524), "ENOTSUPP");
	EXPECT(!errno_name(0));
	EXPECT(!errno_name(4000));
	EXPECT(!errno_name(-16));
}

static void numbers_sizes_durations(void)
{
	uint64_t v;

	EXPECT(parse_u64("18446744073709551615", &v) && v == UINT64_MAX);
	EXPECT(parse_u64("0x10", &v) && v == 16);
	EXPECT(!parse_u64("18446744073709551616", &v));
	EXPECT(!parse_u64("-1", &v) && !parse_u64("", &v));
	EXPECT(!parse_u64("1 ", &v) && !parse_u64(" 1", &v));

	EXPECT(parse_size("64K", &v) && v == 65536);
	EXPECT(parse_size("4m", &v) && v == 4194304);
	EXPECT(parse_size("4096", &v) && v == 4096);
	EXPECT(!parse_size("4X", &v) && !parse_size("K", &v));
	EXPECT(!parse_size("4KB", &v));
	EXPECT(!parse_size("99999999999G", &v));

	EXPECT(parse_duration("1.5", NSEC_PER_SEC, &v) && v == 1500000000);
	EXPECT(parse_duration("2", NSEC_PER_MSEC, &v) && v == 2000000);
	EXPECT(!parse_duration("-1", NSEC_PER_SEC, &v));
	EXPECT(!parse_duration("nan", NSEC_PER_SEC, &v));
	EXPECT(!parse_duration("1s", NSEC_PER_SEC, &v));
	EXPECT(!parse_duration("1e300", NSEC_PER_SEC, &v));
}

static void times(void)
{
	char rfc[RFC3339_SIZE], duration[32];

	format_rfc3339(INT64_C(1795413263000000007), rfc);
	EXPECT_STREQ(rfc, "2026-11-23T05:54:23.000000007Z");
	format_rfc3339(-1, rfc);
	EXPECT_STREQ(rfc, "1969-12-31T23:59:59.999999999Z");

	format_duration(0, duration, sizeof(duration));
	EXPECT_STREQ(duration, "0ns");
	format_duration(1234, duration, sizeof(duration));
	EXPECT_STREQ(duration, "1.234us");
	format_duration(12034567, duration, sizeof(duration));
	EXPECT_STREQ(duration, "12.034ms");
	format_duration(61002000000, duration, sizeof(duration));
	EXPECT_STREQ(duration, "61.002s");
}

static void table_is_sound(void)
{
	size_t i, j;

	for (i = 0; i < LUTRACE_NR_EVENTS; i++) {
		const struct event_desc *d = &event_descs[i];
		bool has_reason = d->fields & (1U << FIELD_REASON |
					       1U << FIELD_STAGE);

		if (d->id != i || !strchr(d->name, '.') || !d->fields)
			fail(__LINE__, "entry %zu is broken", i);
		if (has_reason != !!d->nr_reasons)
			fail(__LINE__, "%s: reasons do not fit its fields",
			     d->name);
		if (event_desc_of(d->event) != d)
			fail(__LINE__, "%s: its number is another one's", d->name);
		for (j = 0; j < i; j++) {
			if (!strcmp(event_descs[j].name, d->name) ||
			    !strcmp(event_descs[j].tracepoint, d->tracepoint))
				fail(__LINE__, "%s appears twice", d->name);
		}
	}
}

/* An event as the kernel would record it. */
static struct made record(enum lutrace_event_id id)
{
	struct made r = {
		.boottime_ns = 5123456789,
		.seq = 7,
		.id = id,
		.cpu = 1,
		.pid = 42,
		.tid = 43,
		.comm = "vmm",
	};

	return r;
}

static struct made file_record(enum lutrace_event_id id, int err)
{
	struct made r = record(id);

	strcpy(r.session, "vm-7");
	strcpy(r.handler, "memfd-v1");
	r.token = 0x1f;
	r.duration_ns = 1234567;
	r.err = err;
	return r;
}

static struct made probe_record(bool allowed)
{
	struct made r = record(LUTRACE_PCI_PROBE);

	strcpy(r.device, "0000:01:00.0");
	strcpy(r.driver, "e1000e");
	r.yes = allowed;
	r.reason = allowed ? 3 : 4;
	r.number[0] = 2;
	return r;
}

static struct event *decoded(struct made r)
{
	static struct event event;

	if (made_decode(&event, &r))
		fail(__LINE__, "%s was not decoded", event_descs[r.id].name);
	return &event;
}

static void decode_refuses_nonsense(void)
{
	struct made m = record(LUTRACE_LUO_OPEN);
	struct luo_journal_record r = made_record(&m);
	struct event event;

	EXPECT(!event_decode(&event, 1, &r, sizeof(r)));
	EXPECT(event_decode(&event, 1, &r, LUTRACE_RECORD_MIN - 1) == -EINVAL);
	r.length = LUTRACE_RECORD_MIN - 1;
	EXPECT(event_decode(&event, 1, &r, sizeof(r)) == -EINVAL);
	/* Names that are announced and do not end, or are not there. */
	m = file_record(LUTRACE_FILE_FREEZE, 0);
	r = made_record(&m);
	r.length = sizeof(r);
	memset(r.names, 'x', sizeof(r.names));
	memset(r.comm, 'y', sizeof(r.comm));
	EXPECT(!event_decode(&event, 1, &r, sizeof(r)));
	EXPECT(strlen(event.value[FIELD_SESSION].text) == sizeof(r.names) - 1);
	EXPECT(!event.value[FIELD_HANDLER].text);
	EXPECT_STREQ(event.comm, "yyyyyyyyyyyyyyy");
}

static void decode_names_reasons(void)
{
	struct made r = record(LUTRACE_LUO_REBOOT);

	r.reason = LUO_REBOOT_FAILED;
	EXPECT_STREQ(decoded(r)->value[FIELD_STAGE].text, "failed");
	r = record(LUTRACE_PCI_PRESERVE_REFUSED);
	r.reason = PCI_LIVEUPDATE_REFUSE_PRESERVED;
	EXPECT_STREQ(decoded(r)->value[FIELD_REASON].text,
		     "already_preserved");
	r.reason = 99;
	EXPECT_STREQ(decoded(r)->value[FIELD_REASON].text, "unknown_99");
	r.reason = 0;
	EXPECT_STREQ(decoded(r)->value[FIELD_REASON].text, "unknown_0");
	r.reason = 40000;
	EXPECT_STREQ(decoded(r)->value[FIELD_REASON].text, "unknown_40000");
	r.reason = UINT16_MAX;
	EXPECT_STREQ(decoded(r)->value[FIELD_REASON].text, "unknown");
}

static void decode_names_devices_by_address(void)
{
	struct made r = record(LUTRACE_VFIO_RETRIEVE);

	r.has_bdf = 1;
	r.domain = 0x10000;
	r.bdf = 0xe1 << 8 | 0x1f << 3 | 7;
	EXPECT_STREQ(decoded(r)->value[FIELD_DEVICE].text, "10000:e1:1f.7");
}

/* A record may end after any of its names, or have more than is known. */
static void decode_takes_records_of_any_length(void)
{
	struct made m = file_record(LUTRACE_FILE_PRESERVE, 0);
	struct luo_journal_record r = made_record(&m);
	struct event *event = calloc(1, sizeof(*event));
	char longer[2 * sizeof(r)];

	memset(&event->record, 'x', sizeof(event->record));
	EXPECT(!event_decode(event, 1, &r, LUTRACE_RECORD_MIN + sizeof("vm-7")));
	EXPECT_STREQ(event->value[FIELD_SESSION].text, "vm-7");
	EXPECT(!event->value[FIELD_HANDLER].text);
	EXPECT(!event_decode(event, 1, &r, LUTRACE_RECORD_MIN));
	EXPECT_STREQ(event->value[FIELD_SESSION].text, "");

	/* What follows the record is not its own. */
	memset(longer, 'x', sizeof(longer));
	memcpy(longer, &r, r.length);
	EXPECT(!event_decode(event, 1, longer, sizeof(longer)));
	EXPECT_STREQ(event->value[FIELD_HANDLER].text, "memfd-v1");
	EXPECT(!event->value[FIELD_DRIVER].text);

	r.length = sizeof(longer);
	memcpy(longer, &r, sizeof(r));
	EXPECT(!event_decode(event, 1, longer, sizeof(longer)));
	EXPECT_STREQ(event->value[FIELD_SESSION].text, "vm-7");
	EXPECT_STREQ(event->value[FIELD_HANDLER].text, "memfd-v1");
	EXPECT(event->record.length == sizeof(r));
	free(event);
}

/* Each number and the boolean are where the event's row puts them. */
static void decode_goes_by_the_row(void)
{
	struct made m = record(LUTRACE_PCI_BUS_NUMBERS);
	const union value *value;

	m.number[0] = 3;
	m.number[1] = 9;
	value = decoded(m)->value;
	EXPECT(value[FIELD_BUS].count == 3 && value[FIELD_SUBORDINATE].count == 9);
	m = record(LUTRACE_FLB_GET);
	m.number[0] = 4;
	value = decoded(m)->value;
	EXPECT(value[FIELD_COUNT].count == 4);
	EXPECT_STREQ(value[FIELD_DIRECTION].text, "incoming");
	m.yes = true;
	EXPECT_STREQ(decoded(m)->value[FIELD_DIRECTION].text, "outgoing");
	m = record(LUTRACE_PCI_ARI);
	EXPECT(!decoded(m)->value[FIELD_ENABLED].count);
	m.yes = true;
	EXPECT(decoded(m)->value[FIELD_ENABLED].count == 1);
}

/* An event that only a newer lutrace has in its table, with all that it has. */
static void decode_shows_unknown_events(void)
{
	struct made m = file_record(LUTRACE_FILE_FREEZE, -EBUSY);
	struct luo_journal_record r;
	struct event event;
	size_t i;

	m.number[0] = -2;
	m.number[1] = 5;
	m.reason = 6;
	r = made_record(&m);
	r.event = 0x1fff;
	EXPECT(!event_decode(&event, 1, &r, r.length));
	EXPECT(event.desc->id == LUTRACE_UNKNOWN_EVENT && event.failed);
	EXPECT_STREQ(event.desc->name, "event.8191");
	for (i = 0; i < NR_FIELDS; i++) {
		const bool expected = i == FIELD_SESSION || i == FIELD_TOKEN ||
				      i == FIELD_HANDLER || i == FIELD_REASON ||
				      i == FIELD_ERRNO || i == FIELD_DURATION ||
				      i == FIELD_NUMBER0 || i == FIELD_NUMBER1 || i == FIELD_YES;

		if (event_has(&event, i) != expected)
			fail(__LINE__, "field %s", field_descs[i].key);
	}
	EXPECT_STREQ(event.value[FIELD_SESSION].text, "vm-7");
	EXPECT_STREQ(event.value[FIELD_REASON].text, "unknown_6");
	EXPECT(event.value[FIELD_NUMBER0].number == -2 && event.value[FIELD_NUMBER1].number == 5);

	/* One that has nothing, and the numbers next to those that are known. */
	for (i = 0; i <= UINT16_MAX; i++) {
		record_init(&r, i);
		EXPECT(!event_decode(&event, 1, &r, r.length));
		EXPECT(event.desc->event == i);
	}
}

static void events_get_another_session(void)
{
	struct made m = file_record(LUTRACE_FILE_FREEZE, 0);
	struct event event, copy;

	EXPECT(!made_decode(&event, &m));
	event_rename_session(&event, "session-1");
	EXPECT_STREQ(event.value[FIELD_SESSION].text, "session-1");
	EXPECT_STREQ(event.value[FIELD_HANDLER].text, "memfd-v1");
	event.previous = true;
	event_copy(&copy, &event);
	EXPECT_STREQ(copy.value[FIELD_SESSION].text, "session-1");
	EXPECT_STREQ(copy.value[FIELD_HANDLER].text, "memfd-v1");
	EXPECT(copy.previous && copy.seq == 7 && copy.boottime_ns == event.boottime_ns);
}

/* Of whatever event and kernel: what is in a record is what leaves the host. */
static void events_hide_what_is_not_known(void)
{
	static const uint16_t events[] = { LUO_EVENT_FILE_FREEZE, LUO_EVENT_OPEN, 8191 };
	struct redactor redactor = { .anonymous = true, .key = "a key" };
	struct luo_journal_record r;
	struct event event;
	size_t i;

	for (i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		record_init(&r, events[i]);
		record_add_name(&r, LUO_JOURNAL_HAS_SESSION, "secret");
		record_add_name(&r, LUO_JOURNAL_HAS_HANDLER, "memfd-v1");
		record_add_name(&r, 0x100, "a secret of a newer kernel");
		r.flags |= LUO_JOURNAL_YES;
		EXPECT(!event_decode(&event, 1, &r, r.length));
		EXPECT(event_redact(&event, &redactor));
		EXPECT(!memmem(&event.record, sizeof(event.record), "secret", 6));
		EXPECT(event.record.flags == (LUO_JOURNAL_HAS_SESSION | LUO_JOURNAL_HAS_HANDLER |
					      LUO_JOURNAL_YES));
		EXPECT(event.record.length == LUTRACE_RECORD_MIN + sizeof("anon-123456789012") +
					      sizeof("memfd-v1"));
		EXPECT_HAS(event.value[FIELD_SESSION].text, "anon-");
		EXPECT_STREQ(event.value[FIELD_HANDLER].text, "memfd-v1");
	}
	/* Where names are not hidden, a record leaves as it is; no session gets no name. */
	redactor.anonymous = false;
	EXPECT(!event_decode(&event, 1, &r, r.length));
	EXPECT(event_redact(&event, &redactor) && !memcmp(&event.record, &r, sizeof(r)));
	redactor.anonymous = true;
	record_init(&r, LUO_EVENT_FILE_FREEZE);
	EXPECT(!event_decode(&event, 1, &r, r.length));
	EXPECT(event_redact(&event, &redactor) && event.record.length == LUTRACE_RECORD_MIN);
	redactor_free(&redactor);
}

static void decode_tells_failures(void)
{
	struct made r;

	EXPECT(!decoded(file_record(LUTRACE_FILE_PRESERVE, 0))->failed);
	EXPECT(decoded(file_record(LUTRACE_FILE_PRESERVE, -EBUSY))->failed);
	EXPECT(decoded(file_record(LUTRACE_FILE_REPLY_FAILED, 0))->failed);
	EXPECT(!decoded(probe_record(true))->failed);
	EXPECT(decoded(probe_record(false))->failed);
	EXPECT(decoded(record(LUTRACE_PCI_NEVER_FINISHED))->failed);
	r = record(LUTRACE_VFIO_MATCH);
	EXPECT(!decoded(r)->failed);
	r.reason = 1;
	EXPECT(decoded(r)->failed);
}

static void only_a_frozen_reboot_is_a_jump(void)
{
	struct made r = record(LUTRACE_LUO_REBOOT);

	EXPECT(!event_is_jump(decoded(r)));
	r.reason = LUO_REBOOT_FROZEN;
	EXPECT(event_is_jump(decoded(r)));
	r.reason = LUO_REBOOT_FAILED;
	r.err = -EBUSY;
	EXPECT(!event_is_jump(decoded(r)));
	EXPECT(!event_is_jump(decoded(file_record(LUTRACE_FILE_FREEZE, 0))));
}

static void filter_globs(void)
{
	struct filter f = { 0 };

	EXPECT(filter_selects(&f, LUTRACE_LUO_OPEN));
	EXPECT(!filter_add_events(&f, "file.*,luo.reboot"));
	EXPECT(filter_selects(&f, LUTRACE_FILE_PRESERVE));
	EXPECT(filter_selects(&f, LUTRACE_LUO_REBOOT));
	EXPECT(!filter_selects(&f, LUTRACE_LUO_OPEN));
	EXPECT(!filter_add_events(&f, "*.finish"));
	EXPECT(filter_selects(&f, LUTRACE_PCI_FINISH));
	EXPECT_STREQ(filter_add_events(&f, "luo.open,event.1"), "event.1");
	EXPECT_STREQ(filter_add_events(&f, "luo.open,event.65536"), "event.65536");
	EXPECT_STREQ(filter_add_events(&f, "luo.open,nope.*"), "nope.*");
	EXPECT_STREQ(filter_add_events(&f, "luo.open,"), "");
}

/* By the name that they are shown with. */
static void filter_globs_of_unknown_events(void)
{
	static const struct {
		const char *globs;
		bool passes;
	} cases[] = {
		{ "event.8191", true },
		{ "luo.open,event.8*", true },
		{ "event.*", true },
		{ "*", true },
		{ "event.819", false },
		{ "event.77", false },
		{ "luo.*", false },
	};
	struct luo_journal_record r;
	struct event event;
	size_t i;

	record_init(&r, 8191);
	EXPECT(!event_decode(&event, 1, &r, r.length));
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct filter f = { 0 };

		EXPECT(!filter_add_events(&f, cases[i].globs));
		if (filter_passes(&f, &event) != cases[i].passes)
			fail(__LINE__, "%s", cases[i].globs);
		EXPECT(filter_passes(&f, decoded(record(LUTRACE_LUO_OPEN))) ==
		       (*cases[i].globs != 'e'));
	}
}

static void filter_names(void)
{
	const struct event *e = decoded(file_record(LUTRACE_FILE_FREEZE, 0));
	struct filter f = { .session = "vm-7", .handler = "memfd-v1" };

	EXPECT(filter_passes(&f, e));
	f.session = "vm-70";
	EXPECT(!filter_passes(&f, e));
	f = (struct filter){ .token = 0x1f, .has_token = true };
	EXPECT(filter_passes(&f, e));
	f.token = 0;
	EXPECT(!filter_passes(&f, e));
	/* What an event lacks it does not match. */
	f = (struct filter){ .device = "0000:01:00.0" };
	EXPECT(!filter_passes(&f, e));
	EXPECT(filter_passes(&f, decoded(probe_record(true))));
	f = (struct filter){ .token = 0, .has_token = true };
	EXPECT(!filter_passes(&f, decoded(probe_record(true))));
	f = (struct filter){ .flb = "pci-v1" };
	EXPECT(!filter_passes(&f, decoded(record(LUTRACE_FLB_GET))));
}

static void filter_errors(void)
{
	struct filter f = { 0 };

	EXPECT(!filter_add_errnos(&f, NULL));
	EXPECT(!filter_passes(&f, decoded(file_record(LUTRACE_FILE_FREEZE, 0))));
	EXPECT(filter_passes(&f, decoded(file_record(LUTRACE_FILE_FREEZE, -5))));
	EXPECT(filter_passes(&f, decoded(probe_record(false))));
	EXPECT(!filter_passes(&f, decoded(probe_record(true))));

	EXPECT(!filter_add_errnos(&f, "EBUSY,22"));
	EXPECT(!filter_passes(&f, decoded(file_record(LUTRACE_FILE_FREEZE, -5))));
	EXPECT(filter_passes(&f, decoded(file_record(LUTRACE_FILE_FREEZE,
						     -EBUSY))));
	EXPECT(filter_passes(&f, decoded(file_record(LUTRACE_FILE_FREEZE,
						     -EINVAL))));
	EXPECT(!filter_passes(&f, decoded(probe_record(false))));
	EXPECT_STREQ(filter_add_errnos(&f, "EBUSY,EWHAT"), "EWHAT");
}

static void filter_slower(void)
{
	struct filter f = { .slower_ns = 1234567 };

	EXPECT(filter_passes(&f, decoded(file_record(LUTRACE_FILE_FREEZE, 0))));
	f.slower_ns++;
	EXPECT(!filter_passes(&f, decoded(file_record(LUTRACE_FILE_FREEZE,
						      0))));
	EXPECT(!filter_passes(&f, decoded(probe_record(true))));
}

static struct trace_info info(void)
{
	struct trace_info info = {
		.version = "1.2.3",
		.host = "host\"1",
		.kernel = "7.3.4",
		.clocks = {
			.realtime_offset_ns = INT64_C(1795413260000000000),
			.start_ns = 5000000000,
		},
	};

	info.traced[LUTRACE_LUO_OPEN] = true;
	info.traced[LUTRACE_FILE_FREEZE] = true;
	info.missing[LUTRACE_PCI_PROBE] = true;
	return info;
}

/* What a view prints for one event, without the header line. */
static const char *shown(struct view *(*new)(FILE *, const void *),
			 const void *options, struct made r)
{
	struct trace_info trace_info = info();
	static char *text;
	struct view *view;
	size_t size;
	FILE *out;

	free(text);
	text = NULL;
	out = open_memstream(&text, &size);
	view = new(out, options);
	view->begin(view, &trace_info);
	view->sink.event(&view->sink, decoded(r));
	fclose(out);
	free(view);
	return strchr(text, '\n') + 1;
}

static struct view *new_columns(FILE *out, const void *options)
{
	return view_columns_new(out, options);
}

static struct view *new_json(FILE *out, const void *options)
{
	(void)options;
	return view_json_new(out);
}

static const char *columns(struct made r)
{
	struct columns_options options = { .time = TIME_WALL };

	return shown(new_columns, &options, r);
}

static const char *columns_at(enum time_style time)
{
	struct columns_options options = { .time = time };

	return shown(new_columns, &options, record(LUTRACE_LUO_OPEN));
}

static void columns_show_a_file(void)
{
	EXPECT_STREQ(columns(file_record(LUTRACE_FILE_FREEZE, 0)),
		     "05:54:25.123  file.freeze           vm-7:0x1f           ok 1.234ms handler=memfd-v1\n");
	EXPECT_STREQ(columns(file_record(LUTRACE_FILE_FREEZE, -EBUSY)),
		     "05:54:25.123  file.freeze           vm-7:0x1f           EBUSY 1.234ms handler=memfd-v1\n");
	EXPECT_HAS(columns(file_record(LUTRACE_FILE_FREEZE, -4000)),
		   "errno=-4000");
}

static void columns_show_a_block(void)
{
	EXPECT_STREQ(columns(probe_record(false)),
		     "05:54:25.123  pci.probe             0000:01:00.0        block foreign_driver driver=e1000e count=2\n");
}

static void columns_show_unknown_names(void)
{
	struct made r = file_record(LUTRACE_FILE_MATCH, -ENOENT);

	r.handler[0] = '\0';
	r.reason = 1;
	EXPECT_HAS(columns(r), "no_handler ENOENT handler=-\n");
	EXPECT_HAS(columns(record(LUTRACE_PCI_PRESERVE)), " driver=- ");
	EXPECT_HAS(columns(record(LUTRACE_LUO_OPEN)), "luo.open              -  ");
}

static void columns_say_things_once(void)
{
	struct made r = record(LUTRACE_VFIO_RETRIEVE);

	EXPECT_HAS(columns(r), "  ok\n");
	r.reason = 5;
	r.err = -ENODEV;
	EXPECT_HAS(columns(r), "  not_incoming ENODEV\n");
	r = record(LUTRACE_PCI_PRESERVE);
	EXPECT(!strstr(columns(r), "bridge"));
	r.yes = 1;
	EXPECT_HAS(columns(r), "bridge=yes\n");
	r = record(LUTRACE_FLB_GET);
	EXPECT_HAS(columns(r), "  ok incoming count=0\n");
	/* A bridge that lost its numbers has none. */
	r = record(LUTRACE_PCI_BUS_NUMBERS);
	EXPECT_HAS(columns(r), " bus=0 subordinate=0\n");
}

static void columns_escape_names(void)
{
	struct made r = file_record(LUTRACE_FILE_FREEZE, 0);

	strcpy(r.session, "\033]0;x\007");
	EXPECT_HAS(columns(r), "\\x1b]0;x\\x07:0x1f");
	EXPECT(!strchr(columns(r), '\033'));
}

static void columns_keep_long_names_apart(void)
{
	struct made r = file_record(LUTRACE_FILE_FREEZE, 0);

	memset(r.session, 'x', 64);
	EXPECT_HAS(columns(r), "xxx:0x1f  ok ");
}

static void columns_mark_the_jump(void)
{
	struct made r = record(LUTRACE_LUO_REBOOT);
	const char *line;

	r.yes = 1;
	r.reason = LUO_REBOOT_BEGIN;
	EXPECT(!strstr(columns(r), "-- kexec"));
	r.reason = LUO_REBOOT_FROZEN;
	line = strchr(columns(r), '\n') + 1;
	EXPECT(strlen(line) == 80);
	EXPECT_HAS(line, "- kexec: the next kernel takes over -");
}

static void columns_time_styles(void)
{
	EXPECT(!strncmp(columns_at(TIME_WALL), "05:54:25.123 ", 13));
	EXPECT(!strncmp(columns_at(TIME_BOOT), "5.123456 ", 9));
	EXPECT(!strncmp(columns_at(TIME_RELATIVE), "+0.123456 ", 10));
	EXPECT(!strncmp(columns_at(TIME_DELTA), "+0.123456 ", 10));
}

static void columns_color_only_when_asked(void)
{
	struct columns_options options = { .color = true };
	struct made bad = file_record(LUTRACE_FILE_FREEZE, -EBUSY);
	struct made good = file_record(LUTRACE_FILE_FREEZE, 0);

	EXPECT_HAS(shown(new_columns, &options, bad), "\033[1;31mfile.freeze");
	EXPECT(!strstr(shown(new_columns, &options, good), "\033[1;31m"));
	EXPECT(!strchr(columns(bad), '\033'));
}

static void columns_show_who_when_asked(void)
{
	struct columns_options options = { .who = true };

	EXPECT_HAS(shown(new_columns, &options, record(LUTRACE_LUO_OPEN)),
		   " by=vmm[42]\n");
	EXPECT(!strstr(columns(record(LUTRACE_LUO_OPEN)), "by="));
}

/* All events fit the table at 80 columns, where names are of usual length. */
static void columns_line_up(void)
{
	size_t i;

	for (i = 0; i < LUTRACE_NR_EVENTS; i++) {
		struct made r = record(i);
		const char *line;

		strcpy(r.session, "vm-7");
		strcpy(r.device, "0000:01:00.0");
		strcpy(r.flb, "pci-v1");
		line = columns(r);
		if (line[34] != ' ' || line[35] != ' ' || line[36] == ' ' ||
		    line[54] != ' ' || line[55] != ' ' || line[56] == ' ')
			fail(__LINE__, "out of line: %s", line);
	}
}

static void json_shows_a_file(void)
{
	EXPECT_STREQ(shown(new_json, NULL,
			   file_record(LUTRACE_FILE_FREEZE, -EBUSY)),
		     "{\"type\":\"event\",\"event\":\"file.freeze\",\"time\":\"2026-11-23T05:54:25.123456789Z\",\"boottime_ns\":5123456789,\"seq\":7,\"journal_seq\":null,\"generation\":null,\"recorded\":false,\"cpu\":1,\"pid\":42,\"tid\":43,\"comm\":\"vmm\",\"failed\":true,\"session\":\"vm-7\",\"token\":\"0x1f\",\"errno\":-16,\"errno_name\":\"EBUSY\",\"duration_ns\":1234567,\"handler\":\"memfd-v1\"}\n");
}

static void json_prints_zero_and_null(void)
{
	struct made r = file_record(LUTRACE_FILE_FREEZE, 0);
	const char *line;

	r.token = 0;
	r.duration_ns = 0;
	r.handler[0] = '\0';
	line = shown(new_json, NULL, r);
	EXPECT_HAS(line, "\"token\":\"0x0\"");
	EXPECT_HAS(line, "\"errno\":0,\"errno_name\":null");
	EXPECT_HAS(line, "\"duration_ns\":0");
	EXPECT_HAS(line, "\"handler\":null");
	EXPECT_HAS(line, "\"failed\":false");
}

static void json_keeps_64_bits(void)
{
	struct made r = file_record(LUTRACE_FILE_FREEZE, 0);

	r.token = UINT64_MAX;
	EXPECT_HAS(shown(new_json, NULL, r), "\"token\":\"0xffffffffffffffff\"");
	r = record(LUTRACE_PCI_HANDOVER_BAD);
	r.number[0] = -1;
	EXPECT_HAS(shown(new_json, NULL, r), "\"index\":-1");
	r = record(LUTRACE_LUO_INCOMING);
	r.number[0] = -1;
	EXPECT_HAS(shown(new_json, NULL, r), "\"generation\":18446744073709551615");
}

static void json_keeps_replaced_bytes(void)
{
	struct made r = file_record(LUTRACE_FILE_FREEZE, 0);

	strcpy(r.session, "a\xff");
	EXPECT_HAS(shown(new_json, NULL, r),
		   "\"session\":\"a\\ufffd\",\"session_hex\":\"61ff\"");
}

/* Of a kernel that is newer than the table of events. */
static struct event *newer_event(void)
{
	static struct event event;
	struct luo_journal_record r;

	record_init(&r, 60000);
	r.reason = 7;
	r.err = -EBUSY;
	record_add_name(&r, LUO_JOURNAL_HAS_SESSION, "vm-7");
	EXPECT(!event_decode(&event, 5123456789, &r, r.length));
	return &event;
}

static void write_stream(FILE *out, const void *data)
{
	struct summary summary = {
		.boottime_ns = 9000000000,
		.end = "interrupted",
		.shown = 2,
		.filtered = 3,
		.failed = 1,
		.lost = 5,
	};
	struct loss loss = {
		.boottime_ns = 8000000000,
		.count = 10,
		.total = 10,
		.undecodable = 1,
		.unknown = 3,
		.overwritten = 1,
		.by_event[LUTRACE_FILE_FREEZE] = 3,
		.by_event[LUTRACE_PCI_PROBE] = 2,
	};
	struct jump jump = {
		.boottime_ns = 250000000,
		.generation = 1,
		.has_generation = true,
		.from_kernel = "7.3.4",
		.blackout_ns = 2500000000,
		.error_ns = 1000000000,
		.has_blackout = true,
		.note = "the \"counter\" went backwards",
	};
	struct columns_options options = { .time = TIME_WALL };
	struct trace_info trace_info = info();
	struct made r = file_record(LUTRACE_FILE_FREEZE, 0);
	struct view *view;
	size_t i;

	view = data ? view_json_new(out) : view_columns_new(out, &options);
	view->begin(view, &trace_info);
	memset(r.session, 0xff, 64);
	strcpy(r.comm, "\"\n\\\x01");
	view->sink.event(&view->sink, decoded(r));
	for (i = 0; i < LUTRACE_NR_EVENTS; i++)
		view->sink.event(&view->sink, decoded(record(i)));
	view->sink.event(&view->sink, newer_event());
	view->sink.jump(&view->sink, &jump);
	view->sink.lost(&view->sink, &loss);
	view->end(view, &summary);
	free(view);
}

static void views_report_loss(void)
{
	EXPECT_HAS(capture(write_stream, NULL),
		   "LOST 10 events: file.freeze=3, pci.probe=2, unknown=3, undecodable=1, overwritten=1\n");
	EXPECT_HAS(capture(write_stream, "json"),
		   "\"count\":10,\"total\":10,\"overwritten\":1,\"events\":[{\"event\":\"file.freeze\",\"count\":3},{\"event\":\"pci.probe\",\"count\":2},{\"event\":null,\"count\":4}]}\n");
}

static void json_frames_the_stream(void)
{
	const char *text = capture(write_stream, "json");

	EXPECT_HAS(text, "{\"type\":\"header\",\"schema\":\"lutrace/2\",\"version\":\"1.2.3\",\"host\":\"host\\\"1\",\"kernel\":\"7.3.4\",\"time\":\"2026-11-23T05:54:25.000000000Z\",\"boottime_ns\":5000000000,\"realtime_offset_ns\":1795413260000000000,\"generation\":null,\"events\":[\"luo.open\",\"file.freeze\"],\"missing\":[\"pci.probe\"]}\n");
	EXPECT_HAS(text, "{\"type\":\"event\",\"event\":\"event.60000\",");
	EXPECT_HAS(text, "\"session\":\"vm-7\",\"token\":\"0x0\",\"reason\":\"unknown_7\",\"errno\":-16,\"errno_name\":\"EBUSY\",");
	EXPECT_HAS(text, "\"end\":\"interrupted\",\"duration_ns\":4000000000,\"events\":2,\"filtered\":3,\"failed\":1,\"lost\":5}\n");
}

static void views_tell_the_jump(void)
{
	EXPECT_HAS(capture(write_stream, NULL),
		   "- kexec: blackout 2.500s +- 1.000s -");
	EXPECT_HAS(capture(write_stream, NULL),
		   "The blackout is by the wall clock: the \"counter\" went backwards.\n");
	EXPECT_HAS(capture(write_stream, "json"),
		   "{\"type\":\"jump\",\"time\":\"2026-11-23T05:54:20.250000000Z\",\"boottime_ns\":250000000,\"from_generation\":0,\"from_kernel\":\"7.3.4\",\"generation\":1,\"kernel\":null,\"blackout_ns\":2500000000,\"blackout_error_ns\":1000000000,\"blackout_clock\":\"wall\",\"left_boottime_ns\":null,\"entered_boottime_ns\":null,\"note\":\"the \\\"counter\\\" went backwards\"}\n");
}

/* The journal's jump knows more than the last event before it. */
static void columns_mark_a_recorded_jump_once(void)
{
	struct columns_options options = { .time = TIME_WALL };
	struct trace_info trace_info = info();
	struct made r = record(LUTRACE_LUO_REBOOT);
	struct event *event;
	struct view *view;
	char *text;
	size_t size;
	FILE *out;

	r.yes = 1;
	r.reason = LUO_REBOOT_FROZEN;
	event = decoded(r);
	event->recorded = true;
	out = open_memstream(&text, &size);
	view = view_columns_new(out, &options);
	view->begin(view, &trace_info);
	view->sink.event(&view->sink, event);
	fclose(out);
	EXPECT(!strstr(text, "- kexec"));
	free(view);
	free(text);
}

/*
 * A kernel that ran from 0 to 4 s on its own clock, and one that took over 2 s
 * later and has run for 2 s. A cycle is a nanosecond, and nobody's clock starts
 * with the counter.
 */
static const struct lutrace_generation first_kernel = {
	.previous = 1,
	.header = {
		.compatible = LUO_JOURNAL_COMPATIBLE,
		.generation = 3,
		.khz = 1000000,
		.boot = { .cycles = 1000000000, .boottime = 0 },
		.handover = { .cycles = 2000000000, .boottime = 1000000000 },
		.jump = { .cycles = 5000000000, .boottime = 4000000000 },
		.release = "7.3.4-old",
	},
};

static const struct lutrace_generation second_kernel = {
	.blackout_source = LUTRACE_BLACKOUT_CYCLES,
	.blackout_ns = 2000000000,
	.now = { .cycles = 9000000000, .boottime = 2500000000 },
	.header = {
		.compatible = LUO_JOURNAL_COMPATIBLE,
		.generation = 4,
		.khz = 1000000,
		.boot = { .cycles = 7000000000, .boottime = 500000000 },
		.release = "7.3.4-new",
	},
};

/* Numbers that kernels write. */
#define FILE_RETRIEVE	LUO_EVENT_FILE_RETRIEVE
#define FLB_REGISTER	LUO_EVENT_FLB_REGISTER
#define PCI_PROBE	PCI_LIVEUPDATE_EVENT_PROBE

static char rows[1 << 14] __attribute__((aligned(8)));
static size_t rows_size;

static void add_row(enum lutrace_row_type type, const void *data, size_t size)
{
	struct lutrace_row row = { type, (size + 7) & ~7 };

	memcpy(rows + rows_size, &row, sizeof(row));
	memset(rows + rows_size + sizeof(row), 0, row.size);
	memcpy(rows + rows_size + sizeof(row), data, size);
	rows_size += sizeof(row) + row.size;
}

static void add_generation(struct lutrace_generation generation)
{
	add_row(LUTRACE_ROW_GENERATION, &generation, sizeof(generation));
}

static void add_record(uint32_t event, uint64_t seq, uint64_t cycles)
{
	struct luo_journal_record r;

	record_init(&r, event);
	r.seq = seq;
	r.cycles = cycles;
	strcpy(r.comm, "vmm");
	add_row(LUTRACE_ROW_RECORD, &r, r.length);
}

struct told {
	char text[4096];
	int64_t times[16];
	size_t nr;
	struct jump jump;
	char from_kernel[LUO_JOURNAL_RELEASE_LENGTH];
	size_t stop_after;
};

static struct told told;

static void tell(const char *format, ...)
{
	size_t length = strlen(told.text);
	va_list args;

	va_start(args, format);
	vsnprintf(told.text + length, sizeof(told.text) - length, format, args);
	va_end(args);
}

static bool tell_event(struct sink *sink, struct event *event)
{
	(void)sink;
	tell("%s%s#%" PRIu64 ".%" PRIu64 " ", event->recorded ? "" : "live ",
	     event->desc->name, event->generation, event->journal_seq);
	told.times[told.nr++] = event->boottime_ns;
	return told.nr != told.stop_after;
}

static void tell_jump(struct sink *sink, const struct jump *jump)
{
	(void)sink;
	told.jump = *jump;
	/* The history that it points to is freed. */
	told.jump.from_kernel = NULL;
	strcpy(told.from_kernel, jump->from_kernel ?: "");
	tell("jump ");
}

static void tell_lost(struct sink *sink, const struct loss *loss)
{
	(void)sink;
	tell("lost%" PRIu64 "+%" PRIu64 " ", loss->overwritten, loss->undecodable);
}

/* What the rows tell, and forgets them. */
static const char *history(enum generation_choice which)
{
	struct sink sink = { tell_event, tell_jump, tell_lost };
	struct history *h = history_parse(rows, rows_size);

	told.text[0] = '\0';
	told.nr = 0;
	if (!h)
		return "none";
	tell("%s", history_show(h, which, &sink) ? "" : "stopped ");
	history_free(h);
	return told.text;
}

static void add_both(void)
{
	rows_size = 0;
	add_generation(first_kernel);
	add_record(FLB_REGISTER, 1, 1500000000);
	add_record(FLB_REGISTER, 2, 4000000000);
	add_generation(second_kernel);
	add_record(PCI_PROBE, 1, 7100000000);
	add_record(FILE_RETRIEVE, 2, 8000000000);
}

static void history_is_one_stream(void)
{
	add_both();
	EXPECT_STREQ(history(GENERATION_ANY),
		     "flb.register#3.1 flb.register#3.2 jump pci.probe#4.1 file.retrieve#4.2 ");
	EXPECT_STREQ(history(GENERATION_PREVIOUS),
		     "flb.register#3.1 flb.register#3.2 ");
	EXPECT_STREQ(history(GENERATION_CURRENT),
		     "jump pci.probe#4.1 file.retrieve#4.2 ");
	told.stop_after = 1;
	EXPECT_STREQ(history(GENERATION_ANY), "flb.register#3.1 stopped ");
	told.stop_after = 0;
}

static void history_has_one_time_axis(void)
{
	add_both();
	history(GENERATION_ANY);
	EXPECT(told.times[0] == -5000000000);
	EXPECT(told.times[1] == -2500000000);
	EXPECT(told.times[2] == 600000000);
	EXPECT(told.times[3] == 1500000000);
	EXPECT(told.jump.has_blackout && told.jump.is_exact);
	EXPECT(told.jump.blackout_ns == 3100000000);
	EXPECT(told.jump.from_generation == 3 && told.jump.generation == 4);
	EXPECT_STREQ(told.from_kernel, "7.3.4-old");
	EXPECT(!told.jump.note);
}

/* A nominal frequency is off by some ppm, which would be hours in a year. */
static void history_goes_by_anchors(void)
{
	struct lutrace_generation first = first_kernel, second = second_kernel;

	first.header.khz = 900000;
	second.header.khz = 1200000;
	rows_size = 0;
	add_generation(first);
	add_record(FLB_REGISTER, 1, 4000000000);
	add_generation(second);
	add_record(PCI_PROBE, 1, 8000000000);
	history(GENERATION_ANY);
	EXPECT(told.times[0] == -2500000000);
	EXPECT(told.times[1] == 1500000000);
}

static void history_says_how_it_knows(void)
{
	struct lutrace_generation second = second_kernel;

	second.blackout_source = LUTRACE_BLACKOUT_BACKWARDS;
	second.blackout_error_ns = 1000000000;
	rows_size = 0;
	add_generation(first_kernel);
	add_generation(second);
	history(GENERATION_ANY);
	EXPECT(told.jump.has_blackout && !told.jump.is_exact);
	EXPECT(told.jump.error_ns == 1000000000);
	EXPECT_STREQ(told.jump.note, "the cycle counter went backwards");

	/* Nonsense is cut, so that sums do not overflow. */
	second.blackout_error_ns = UINT64_MAX;
	rows_size = 0;
	add_generation(first_kernel);
	add_generation(second);
	history(GENERATION_ANY);
	EXPECT(told.jump.error_ns == MAX_TIME_NS);
}

static void history_misses_a_kernel(void)
{
	struct lutrace_generation first = {
		.previous = 1,
		.status = LUTRACE_JOURNAL_BAD_CHECKSUM,
	};
	struct lutrace_generation second = second_kernel;

	rows_size = 0;
	add_generation(first);
	add_generation(second);
	add_record(PCI_PROBE, 1, 7100000000);
	EXPECT_STREQ(history(GENERATION_ANY), "jump pci.probe#4.1 ");
	EXPECT(!told.jump.has_blackout);
	EXPECT_STREQ(told.jump.note, "its header was overwritten");

	/* Of another version, with records that are not what they seem. */
	first = first_kernel;
	strcpy(first.header.compatible, "luo-journal-v9");
	rows_size = 0;
	add_generation(first);
	add_row(LUTRACE_ROW_RECORD, "nonsense", 8);
	add_generation(second);
	EXPECT_STREQ(history(GENERATION_ANY), "jump ");
	EXPECT_STREQ(told.jump.note, "it has another layout");

	/* After a cold boot nothing is missed. */
	first.status = LUTRACE_JOURNAL_NONE;
	second.header.generation = 0;
	rows_size = 0;
	add_generation(first);
	add_generation(second);
	EXPECT_STREQ(history(GENERATION_ANY), "");
}

static void history_tells_gaps(void)
{
	rows_size = 0;
	add_generation(first_kernel);
	add_record(FLB_REGISTER, 3, 1500000000);
	add_record(999, 4, 1500000000);
	add_record(FLB_REGISTER, 9, 1500000000);
	EXPECT_STREQ(history(GENERATION_PREVIOUS),
		     "lost2+0 flb.register#3.3 event.999#3.4 lost4+0 flb.register#3.9 ");
}

static bool check_names(struct sink *sink, struct event *event)
{
	const union value *value = event->value;

	(void)sink;
	told.nr++;
	EXPECT_STREQ(value[FIELD_SESSION].text, "vm-7");
	EXPECT_STREQ(value[FIELD_HANDLER].text, "memfd-v1");
	EXPECT(value[FIELD_TOKEN].count == 0x1f);
	EXPECT_STREQ(event->comm, "vmm");
	return true;
}

static void history_decodes_names(void)
{
	struct made m = file_record(LUTRACE_FILE_MATCH, 0);
	struct sink sink = { check_names, tell_jump, tell_lost };
	struct luo_journal_record r = made_record(&m);
	struct history *h;

	r.seq = 1;
	rows_size = 0;
	add_generation(first_kernel);
	add_row(LUTRACE_ROW_RECORD, &r, r.length);
	h = history_parse(rows, rows_size);
	told.nr = 0;
	EXPECT(h && history_show(h, GENERATION_PREVIOUS, &sink));
	EXPECT(told.nr == 1);
	history_free(h);
}

static void history_refuses_nonsense(void)
{
	rows_size = 0;
	add_record(PCI_PROBE, 1, 0);
	EXPECT_STREQ(history(GENERATION_ANY), "none");

	add_both();
	rows_size -= 8;
	EXPECT_STREQ(history(GENERATION_ANY), "none");

	/* Numbers never go back. */
	add_both();
	add_record(PCI_PROBE, 2, 7100000000);
	EXPECT_STREQ(history(GENERATION_ANY), "none");

	add_both();
	add_generation(second_kernel);
	EXPECT_STREQ(history(GENERATION_ANY), "none");
}

static void history_completes_live_events(void)
{
	struct event *event = decoded(file_record(LUTRACE_FILE_RETRIEVE, 0));
	struct history *h;

	add_both();
	h = history_parse(rows, rows_size);
	EXPECT(history_has(h, 1) && history_has(h, 2));
	/* Not recorded, or recorded since. */
	EXPECT(!history_has(h, 0) && !history_has(h, 3));

	history_annotate(h, event);
	EXPECT(!event->previous && event->has_generation &&
	       event->generation == 4);
	EXPECT(event->has_blackout &&
	       event->blackout_ns == 5123456789 + 2500000000);
	event->failed = true;
	history_annotate(h, event);
	EXPECT(!event->has_blackout);
	history_free(h);
}

static void filter_generations(void)
{
	struct event *event = decoded(record(LUTRACE_LUO_OPEN));
	struct filter f = { .generation = GENERATION_PREVIOUS };

	EXPECT(!filter_passes(&f, event));
	event->previous = true;
	EXPECT(filter_passes(&f, event));
	f.generation = GENERATION_CURRENT;
	EXPECT(!filter_passes(&f, event));
	f.generation = GENERATION_ANY;
	EXPECT(filter_passes(&f, event));
}

/*
 * lutrace why: what happened, in a few records, and what it is said to mean.
 * Whatever a test adds to the previous kernel comes before a jump.
 */
static struct timeline *timeline;
static struct diagnosis *diagnosis;
static bool story_jumped;

static void story_begin(void)
{
	timeline_free(timeline);
	timeline = timeline_new();
	story_jumped = false;
}

static void story_jump(void)
{
	const struct jump jump = {
		.generation = 4,
		.has_generation = true,
		.from_kernel = "7.3.4-old",
		.to_kernel = "7.3.4-new",
	};

	timeline->sink.jump(&timeline->sink, &jump);
	story_jumped = true;
}

static void happened(struct made r)
{
	struct event event;

	if (made_decode(&event, &r))
		fail(__LINE__, "%s was not decoded", event_descs[r.id].name);
	event.recorded = true;
	event.previous = !story_jumped;
	event.has_generation = true;
	event.generation = story_jumped ? 4 : 3;
	timeline->sink.event(&timeline->sink, &event);
}

static struct made on_device(enum lutrace_event_id id,
				       const char *device, int reason, int err)
{
	struct made r = record(id);

	snprintf(r.device, sizeof(r.device), "%s", device);
	r.reason = reason;
	r.err = err;
	return r;
}

static struct made on_file(enum lutrace_event_id id,
				     const char *session, uint64_t token, int err)
{
	struct made r = record(id);

	snprintf(r.session, sizeof(r.session), "%s", session);
	strcpy(r.handler, "vfio-pci-v1");
	r.token = token;
	r.err = err;
	return r;
}

static struct made on_reboot(int phase, bool kho, int err)
{
	struct made r = record(LUTRACE_LUO_REBOOT);

	r.reason = phase;
	r.yes = kho;
	r.err = err;
	return r;
}

#define NET	"0000:01:00.0"
#define PORT	"0000:00:01.0"

enum {
	REASON_OK		= 0,
	REBOOT_BEGIN		= LUO_REBOOT_BEGIN,
	REBOOT_FROZEN		= LUO_REBOOT_FROZEN,
	REBOOT_FAILED		= LUO_REBOOT_FAILED,
	REBOOT_REFUSED		= LUO_REBOOT_REFUSED,
	REBOOT_NOTHING		= LUO_REBOOT_CARRIES_NOTHING,
	RETRIEVE_ABSENT		= VFIO_LIVEUPDATE_RETRIEVE_ABSENT,
	RETRIEVE_UNBOUND	= VFIO_LIVEUPDATE_RETRIEVE_UNBOUND,
	RETRIEVE_WRONG_DRIVER	= VFIO_LIVEUPDATE_RETRIEVE_WRONG_DRIVER,
	RETRIEVE_NOT_INCOMING	= VFIO_LIVEUPDATE_RETRIEVE_NOT_INCOMING,
	PROBE_OVERRIDE		= PCI_LIVEUPDATE_PROBE_DRIVER_OVERRIDE,
	PROBE_FOREIGN		= PCI_LIVEUPDATE_PROBE_FOREIGN_DRIVER,
	BAD_VERSION		= PCI_LIVEUPDATE_BAD_VERSION,
	BUSNR_LOST		= PCI_LIVEUPDATE_BUSNR_LOST,
	FREEZE_MSI		= VFIO_LIVEUPDATE_FREEZE_MSI,
	FREEZE_REMOVED		= VFIO_LIVEUPDATE_FREEZE_REMOVED,
	FREEZE_BUSY		= VFIO_LIVEUPDATE_FREEZE_BUSY,
	MATCH_GROUP		= VFIO_LIVEUPDATE_MATCH_GROUP_FILE,
	REFUSE_NO_MEMORY	= PCI_LIVEUPDATE_REFUSE_NO_MEMORY,
	FINISH_NOT_BOUND	= VFIO_LIVEUPDATE_FINISH_NOT_BOUND,
};

static void happened_node(enum lutrace_event_id id, const char *device,
			  bool bridge)
{
	struct made r = on_device(id, device, 0, 0);

	strcpy(r.driver, "vfio-pci");
	r.yes = bridge;
	happened(r);
}

static void happened_probe(const char *driver, bool allowed)
{
	struct made r = on_device(LUTRACE_PCI_PROBE, NET,
					    allowed ? PROBE_OVERRIDE :
						      PROBE_FOREIGN, 0);

	snprintf(r.driver, sizeof(r.driver), "%s", driver);
	r.yes = allowed;
	happened(r);
}

static void preserve_net(const char *session)
{
	happened(on_file(LUTRACE_SESSION_CREATE, session, 0, 0));
	happened(on_device(LUTRACE_VFIO_MATCH, NET, REASON_OK, 0));
	happened(on_file(LUTRACE_FILE_MATCH, session, 1, 0));
	happened_node(LUTRACE_PCI_PRESERVE, NET, false);
	happened_node(LUTRACE_PCI_PRESERVE, PORT, true);
	happened(on_file(LUTRACE_FILE_PRESERVE, session, 1, 0));
}

static void jump_with(const char *session)
{
	happened(on_device(LUTRACE_VFIO_FREEZE, NET, REASON_OK, 0));
	happened(on_file(LUTRACE_FILE_FREEZE, session, 1, 0));
	happened(on_file(LUTRACE_SESSION_SERIALIZE, session, 0, 0));
	happened(on_reboot(REBOOT_FROZEN, true, 0));
	story_jump();
	happened_node(LUTRACE_PCI_INCOMING, NET, false);
	happened_probe("virtio-pci", false);
}

static void retrieve_net(const char *session, int reason)
{
	int err = reason ? -ENODEV : 0;

	happened(on_file(LUTRACE_SESSION_RETRIEVE, session, 0, 0));
	happened(on_device(LUTRACE_VFIO_RETRIEVE, NET, reason, err));
	happened(on_file(LUTRACE_FILE_RETRIEVE, session, 1, err));
}

static struct question question;
static struct verdict verdict;

static void ask(const char *object, enum arrival arrival)
{
	diagnosis_free(diagnosis);
	diagnosis = diagnosis_new(timeline, object, arrival);
	verdict = *diagnosis_verdict(diagnosis);
}

static void write_why(FILE *out, const void *object)
{
	question.object = object;
	question.timeline = timeline;
	question.diagnosis = diagnosis;
	question.columns.time = TIME_BOOT;
	if (!why_write(out, &question))
		fail(__LINE__, "no answer about \"%s\"", (const char *)object);
}

static const char *why(const char *object)
{
	ask(object, ARRIVAL_KEXEC);
	return capture(write_why, object);
}

static const char *why_json(const char *object)
{
	const char *text;

	question.json = true;
	text = why(object);
	question.json = false;
	return text;
}

static bool is_success(const char *reason)
{
	static const char *const successes[] = {
		"begin", "frozen", "found", "ok", "none", "kept",
		"not_preserved", "bridge", "driver_override", "same_driver",
	};
	size_t i;

	for (i = 0; i < sizeof(successes) / sizeof(successes[0]); i++) {
		if (!strcmp(reason, successes[i]))
			return true;
	}
	return false;
}

static void why_explains_every_reason(void)
{
	size_t i, k;

	for (i = 0; i < LUTRACE_NR_EVENTS; i++) {
		const struct event_desc *d = &event_descs[i];
		bool can_fail = d->failure == FAILURE_ALWAYS ||
				d->fields & 1U << FIELD_ERRNO;

		for (k = 0; k < d->nr_reasons; k++) {
			if (d->reasons[k] && !is_success(d->reasons[k]) &&
			    !explain(i, d->reasons[k], 0))
				fail(__LINE__, "%s %s is not explained", d->name,
				     d->reasons[k]);
		}
		if (!k && can_fail && !explain(i, NULL, 0))
			fail(__LINE__, "%s is not explained", d->name);
	}
}

static void check_entry(const struct explanation *e)
{
	const struct event_desc *d = &event_descs[e->event];
	const char *reason = e->reason;
	size_t i;

	for (i = 0; reason && i < d->nr_reasons; i++) {
		if (d->reasons[i] && !strcmp(d->reasons[i], reason))
			break;
	}
	if (reason && i == d->nr_reasons)
		fail(__LINE__, "%s has no reason %s", d->name, reason);
	if (explain(e->event, reason, e->err) != e)
		fail(__LINE__, "%s %s %d is there twice", d->name, reason ?: "", e->err);
	if (!explain_is_sound(e->what) || !explain_is_sound(e->advice))
		fail(__LINE__, "%s %s: unknown word in braces", d->name, reason ?: "");
	if (!*e->what || e->what[strlen(e->what) - 1] == '.' || !*e->advice)
		fail(__LINE__, "%s %s: what is no clause, or no advice", d->name, reason ?: "");
}

static void why_explains_nothing_else(void)
{
	enum story_state state;

	explain_all(check_entry);
	for (state = 0; state < NR_STATES; state++) {
		EXPECT(explain_is_sound(explain_state(state)->what));
		EXPECT(explain_is_sound(explain_state(state)->advice));
	}
	EXPECT(!explain_is_sound("{nonsense}"));
}

/* Otherwise the failure of the device would never be linked to its file. */
static void every_operation_ends(void)
{
	size_t i, k, ends;

	for (i = 0; i < LUTRACE_NR_EVENTS; i++) {
		const struct event_desc *d = &event_descs[i];

		for (k = ends = 0; k < LUTRACE_NR_EVENTS; k++)
			ends += event_descs[k].ends == d->operation;
		if (d->operation != OPERATION_NONE && ends != 1)
			fail(__LINE__, "%zu events end the operation of %s", ends, d->name);
		if (d->remedy != REMEDY_NONE && d->group == GROUP_REPEATS)
			fail(__LINE__, "%s has a remedy, but no finding", d->name);
	}
}

/* What the user does, and fails at, when an event gives its reason. */
static enum lutrace_event_id asked_for(enum lutrace_event_id id)
{
	switch (id) {
	case LUTRACE_FILE_MATCH:
	case LUTRACE_VFIO_MATCH:
	case LUTRACE_PCI_PRESERVE_REFUSED:
		return LUTRACE_FILE_PRESERVE;
	case LUTRACE_VFIO_CAN_FREEZE:
		return LUTRACE_FILE_CAN_FREEZE;
	case LUTRACE_VFIO_FREEZE:
		return LUTRACE_FILE_FREEZE;
	case LUTRACE_VFIO_RETRIEVE:
		return LUTRACE_FILE_RETRIEVE;
	case LUTRACE_VFIO_FINISH_REFUSED:
		return LUTRACE_FILE_CAN_FINISH;
	default:
		return LUTRACE_NR_EVENTS;
	}
}

static void happened_for_a_reason(enum lutrace_event_id id, int reason)
{
	struct made r = on_device(id, NET, reason, -EIO);
	enum lutrace_event_id asked = asked_for(id);

	if (id == LUTRACE_FILE_MATCH) {
		happened(on_device(LUTRACE_VFIO_MATCH, NET, REASON_OK, 0));
		r = on_file(id, "vm0", 1, -EIO);
	}
	r.reason = reason;
	happened(r);
	if (asked != LUTRACE_NR_EVENTS)
		happened(on_file(asked, "vm0", 1, -EIO));
	if (asked == LUTRACE_FILE_FREEZE)
		happened(on_reboot(REBOOT_FAILED, true, -EIO));
	if (asked == LUTRACE_FILE_CAN_FREEZE)
		happened(on_reboot(REBOOT_REFUSED, true, -EIO));
}

/* Whatever the kernel decides is the answer, for the device and for the file. */
static void why_names_every_reason(void)
{
	size_t i, k, named = 0;
	char decision[96];

	for (i = 0; i < LUTRACE_NR_EVENTS; i++) {
		for (k = 0; k < event_descs[i].nr_reasons; k++) {
			if (!event_descs[i].reasons[k] ||
			    is_success(event_descs[i].reasons[k]))
				continue;
			story_begin();
			preserve_net("vm0");
			jump_with("vm0");
			happened_for_a_reason(i, k);
			snprintf(decision, sizeof(decision), "Decided by: %s %s, in this kernel",
				 event_descs[i].name, event_descs[i].reasons[k]);
			EXPECT_HAS(why(NET), decision);
			/* What befalls a device without its file is the device's. */
			if (i != LUTRACE_PCI_PROBE && i != LUTRACE_PCI_UNBIND_REFUSED &&
			    i != LUTRACE_PCI_SRIOV_REFUSED)
				EXPECT_HAS(why("vm0"), decision);
			named++;
		}
	}
	EXPECT(named > 40);
}

static void why_survives_reasons_of_newer_kernels(void)
{
	size_t i;

	for (i = 0; i < LUTRACE_NR_EVENTS; i++) {
		story_begin();
		preserve_net("vm0");
		jump_with("vm0");
		happened_for_a_reason(i, 99);
		why("vm0");
		why(NET);
		why_json(NET);
	}
	story_begin();
	preserve_net("vm0");
	jump_with("vm0");
	happened_for_a_reason(LUTRACE_VFIO_RETRIEVE, 99);
	EXPECT_HAS(why("vm0"), "Retrieving vm0:0x1 failed with EIO: the kernel gives a reason that this lutrace does not know.\n"
		   "Decided by: vfio.retrieve unknown_99,");
}

/* A failure of an event that only a newer lutrace has in its table is one all the same. */
static void why_tells_failures_of_unknown_events(void)
{
	struct luo_journal_record r;
	struct event event;

	story_begin();
	preserve_net("vm0");
	record_init(&r, 77);
	r.err = -ENODEV;
	r.token = 1;
	record_add_name(&r, LUO_JOURNAL_HAS_SESSION, "vm0");
	EXPECT(!event_decode(&event, 1, &r, r.length));
	timeline->sink.event(&timeline->sink, &event);
	EXPECT_HAS(why("vm0"), "An event that only a newer lutrace knows failed with ENODEV.\n"
		   "Decided by: event.77,");
	/* What is known explains more. */
	happened(on_file(LUTRACE_FILE_PRESERVE, "vm0", 2, -EBUSY));
	EXPECT(!strstr(why("vm0"), "Decided by: event.77"));
}

static void why_names_the_wrong_driver(void)
{
	story_begin();
	preserve_net("vm0");
	jump_with("vm0");
	happened_probe("pci-pf-stub", true);
	retrieve_net("vm0", RETRIEVE_WRONG_DRIVER);
	EXPECT_HAS(why("vm0"),
		   "Retrieving vm0:0x1 failed with ENODEV: 0000:01:00.0 was bound to driver pci-pf-stub instead of vfio-pci, the driver that preserved it.\n"
		   "Decided by: vfio.retrieve wrong_driver, in this kernel; the user saw ENODEV.\n");
	EXPECT(verdict.known && verdict.nr == 1);

	story_begin();
	preserve_net("vm0");
	jump_with("vm0");
	happened_probe("pci-pf-stub", true);
	retrieve_net("vm0", RETRIEVE_WRONG_DRIVER);
	EXPECT_HAS(why("1:00.0"),
		   "  echo vfio-pci >/sys/bus/pci/devices/0000:01:00.0/driver_override\n");
}

/* The chain has what led there, in both kernels, and nothing else. */
static void why_shows_the_chain(void)
{
	const char *text, *at;

	story_begin();
	preserve_net("other");
	preserve_net("vm0");
	jump_with("vm0");
	retrieve_net("vm0", RETRIEVE_UNBOUND);
	text = why("vm0:1");
	EXPECT(verdict.kind == OBJECT_FILE);
	at = strstr(text, "file.preserve         vm0:0x1");
	EXPECT(at);
	at = at ? strstr(at, "kexec: blackout unknown") : NULL;
	EXPECT(at);
	at = at ? strstr(at, "vfio.retrieve         0000:01:00.0        unbound ENODEV") : NULL;
	EXPECT(at);
	EXPECT(at && strstr(at, "file.retrieve         vm0:0x1             ENODEV"));
	EXPECT(!strstr(text, "other"));
	EXPECT(!strstr(text, "file.match"));
}

static void why_goes_back_to_the_bridge(void)
{
	story_begin();
	preserve_net("vm0");
	happened(on_file(LUTRACE_SESSION_SERIALIZE, "vm0", 0, 0));
	happened(on_reboot(REBOOT_FROZEN, true, 0));
	story_jump();
	happened(on_device(LUTRACE_PCI_BUS_NUMBERS, PORT, BUSNR_LOST, 0));
	retrieve_net("vm0", RETRIEVE_ABSENT);
	EXPECT_HAS(why("vm0"),
		   "Retrieving vm0:0x1 failed with ENODEV: bridge 0000:00:01.0 came without the bus numbers that it had in the previous kernel, so that nothing below it was enumerated.\n"
		   "That is why there was no device at 0000:01:00.0 when it was to be retrieved: this kernel has never found it.\n"
		   "Decided by: pci.bus_numbers lost, in this kernel; the user saw ENODEV.\n");
	EXPECT(verdict.nr == 1);
}

static void why_goes_back_to_the_list(void)
{
	struct made bad = record(LUTRACE_PCI_HANDOVER_BAD);

	bad.reason = BAD_VERSION;
	bad.err = -EINVAL;
	story_begin();
	preserve_net("vm0");
	happened(on_file(LUTRACE_SESSION_SERIALIZE, "vm0", 0, 0));
	happened(on_reboot(REBOOT_FROZEN, true, 0));
	story_jump();
	happened(bad);
	retrieve_net("vm0", RETRIEVE_NOT_INCOMING);
	EXPECT_HAS(why(NET), "it has a version that this kernel does not know.\n"
		   "That is why 0000:01:00.0 is not, or no longer, in this kernel's list");
	EXPECT_HAS(why_json("vm0"), "\"decision\":\"pci.handover_bad\",\"reason\":\"bad_version\",\"kernel\":\"current\",\"failed_event\":\"file.retrieve\",\"errno\":-19,\"errno_name\":\"ENODEV\"");
}

/* A device that was removed was there; one that never came was not. */
static void why_tells_absent_from_removed(void)
{
	story_begin();
	preserve_net("vm0");
	jump_with("vm0");
	retrieve_net("vm0", RETRIEVE_ABSENT);
	EXPECT_HAS(why("vm0"), "this kernel had found it, and it was removed since.\n");
}

static void why_names_who_was_not_frozen(void)
{
	story_begin();
	story_jumped = true;
	preserve_net("vm0");
	happened(on_file(LUTRACE_SESSION_CREATE, "vm1", 0, 0));
	happened(on_file(LUTRACE_FILE_PRESERVE, "vm1", 2, 0));
	happened(on_reboot(REBOOT_BEGIN, true, 0));
	happened(on_device(LUTRACE_VFIO_FREEZE, NET, FREEZE_MSI, -EINVAL));
	happened(on_file(LUTRACE_FILE_FREEZE, "vm0", 1, -EINVAL));
	happened(on_file(LUTRACE_SESSION_SERIALIZE, "vm0", 0, -EINVAL));
	happened(on_reboot(REBOOT_FAILED, true, -EINVAL));
	/* Whose session it was does not matter: nobody is updated. */
	EXPECT_HAS(why("vm1"),
		   "The kexec failed with EINVAL, and this kernel went on: 0000:01:00.0 could not be frozen, because user space had left MSI interrupts enabled.\n"
		   "That is why freezing vm0:0x1 failed with EINVAL.\n"
		   "Decided by: vfio.freeze msi_enabled, in this kernel; the user saw EINVAL.\n");
	EXPECT(verdict.nr == 1);

	/* Once it worked it is no news. */
	happened(on_reboot(REBOOT_FROZEN, true, 0));
	EXPECT_HAS(why(NET), "Nothing went wrong with 0000:01:00.0: it is preserved in session vm0");
}

#define OTHER	"0000:02:00.0"

static void in_the_way(const char *device, int reason, const char *session, int err)
{
	happened(on_device(LUTRACE_VFIO_CAN_FREEZE, device, reason, err));
	happened(on_file(LUTRACE_FILE_CAN_FREEZE, session, 1, err));
}

static void preserve_other(const char *session)
{
	happened(on_file(LUTRACE_SESSION_CREATE, session, 0, 0));
	happened_node(LUTRACE_PCI_PRESERVE, OTHER, false);
	happened(on_file(LUTRACE_FILE_PRESERVE, session, 1, 0));
	happened(on_file(LUTRACE_FILE_PRESERVE, session, 2, 0));
}

static void why_names_all_that_were_in_the_way(void)
{
	const char *text;

	story_begin();
	story_jumped = true;
	preserve_net("vm0");
	preserve_other("vm1");
	happened(on_file(LUTRACE_SESSION_CREATE, "vm2", 0, 0));
	happened(on_file(LUTRACE_FILE_PRESERVE, "vm2", 1, 0));
	happened(on_reboot(REBOOT_BEGIN, true, 0));
	in_the_way(NET, FREEZE_REMOVED, "vm0", -ENODEV);
	in_the_way(OTHER, FREEZE_BUSY, "vm1", -EBUSY);
	happened(on_reboot(REBOOT_REFUSED, true, -ENODEV));
	text = why("vm2");
	EXPECT_HAS(text,
		   "The kexec was refused, and nothing was changed: 0000:01:00.0 could not be frozen, because it was being unbound or removed, or was pulled out.\n"
		   "That is why vm0:0x1 could not be frozen.\n"
		   "Decided by: vfio.can_freeze removed, in this kernel; the user saw ENODEV.\n"
		   "Also: 0000:02:00.0 could not be frozen, because it was in use for longer than the kernel waits.\n");
	EXPECT_HAS(text, "\n  Besides, 0000:02:00.0:\n    Find what does not end");
	EXPECT(verdict.nr == 2);
	/* Its own obstacle comes first; the caller saw the first one's errno. */
	EXPECT_HAS(why("vm1"), "nothing was changed: 0000:02:00.0 could not be frozen");
	EXPECT_HAS(why("vm1"), "That is why vm1:0x1 could not be frozen.\n"
		   "Decided by: vfio.can_freeze busy, in this kernel; the user saw ENODEV.\n");
	EXPECT_HAS(why(OTHER), "Decided by: vfio.can_freeze busy");
	EXPECT(!strstr(why("vm2"), "eset before"));
	happened(on_reboot(REBOOT_BEGIN, true, 0));
	happened(on_reboot(REBOOT_FROZEN, true, 0));
	EXPECT_HAS(why("vm2"), "Nothing went wrong with vm2");
}

static void why_tells_a_refusal_without_its_reason(void)
{
	story_begin();
	story_jumped = true;
	preserve_net("vm0");
	happened(on_reboot(REBOOT_REFUSED, true, -EBUSY));
	EXPECT_HAS(why("vm0"), "The kexec was refused, and nothing was changed.\n"
		   "Decided by: luo.reboot refused, in this kernel; the user saw EBUSY.\n");
}

static void why_tells_a_kexec_that_carries_nothing(void)
{
	story_begin();
	story_jumped = true;
	preserve_net("vm0");
	happened(on_reboot(REBOOT_BEGIN, false, 0));
	happened(on_reboot(REBOOT_NOTHING, false, -EINVAL));
	EXPECT_HAS(why("vm0"),
		   "The kexec was refused, and nothing was changed: sessions hold files, and the image that it was to enter carries no KHO.\n"
		   "Decided by: luo.reboot carries_nothing, in this kernel; the user saw EINVAL.\n");
	EXPECT(verdict.nr == 1);
}

/* Devices that were reset for nothing are named. */
static void why_names_devices_that_were_reset(void)
{
	story_begin();
	story_jumped = true;
	preserve_net("vm0");
	preserve_other("vm1");
	happened(on_reboot(REBOOT_BEGIN, true, 0));
	happened(on_device(LUTRACE_VFIO_RESET, NET, 0, 0));
	happened(on_device(LUTRACE_VFIO_FREEZE, NET, REASON_OK, 0));
	happened(on_file(LUTRACE_FILE_FREEZE, "vm0", 1, 0));
	happened(on_device(LUTRACE_VFIO_RESET, OTHER, 0, -ENOTTY));
	happened(on_device(LUTRACE_VFIO_FREEZE, OTHER, REASON_OK, 0));
	happened(on_file(LUTRACE_FILE_FREEZE, "vm1", 1, 0));
	happened(on_file(LUTRACE_FILE_FREEZE, "vm1", 2, -EIO));
	happened(on_reboot(REBOOT_FAILED, true, -EIO));
	EXPECT_HAS(why("vm1"), "The kexec failed with EIO, and this kernel went on: freezing vm1:0x2 failed with EIO.\n");
	EXPECT_HAS(why("vm1"), "\nReset before the kexec failed: 0000:01:00.0.\n");
	EXPECT(!strstr(why("vm1"), "vfio.reset "));
	EXPECT_HAS(why("vm0"), "vfio.reset            0000:01:00.0");
	EXPECT_HAS(why_json("vm0"), "\"reset\":[\"0000:01:00.0\"]");
}

static void drop_other(void)
{
	happened(on_reboot(REBOOT_BEGIN, true, 0));
	in_the_way(OTHER, FREEZE_BUSY, "vm1", -EBUSY);
	happened(on_file(LUTRACE_SESSION_DROP, "vm1", 0, -EBUSY));
	happened(on_file(LUTRACE_FILE_UNPRESERVE, "vm1", 2, 0));
	happened(on_file(LUTRACE_FILE_UNPRESERVE, "vm1", 1, 0));
}

static void why_tells_a_dropped_session(void)
{
	struct phases phases;

	story_begin();
	preserve_net("vm0");
	preserve_other("vm1");
	drop_other();
	jump_with("vm0");
	EXPECT_HAS(why("vm1"),
		   "Session vm1 was given up, so that the kexec could take the others over: 0000:02:00.0 could not be frozen, because it was in use for longer than the kernel waits.\n"
		   "That is why vm1:0x1 could not be frozen.\n"
		   "Decided by: vfio.can_freeze busy, in the previous kernel.\n");
	EXPECT_HAS(why("vm1"), "What session vm1 preserved did not go over");
	EXPECT_HAS(why("vm1:2"), "Session vm1 was given up");
	EXPECT_HAS(why(OTHER), "Session vm1 was given up");
	/* Nothing of it concerns the others. */
	EXPECT_HAS(why("vm0"), "Session vm0 was handed over");
	EXPECT(verdict.nr == 1);

	EXPECT(phases_find(timeline, &phases));
	EXPECT(phases.nr == 3 && phases.failures == 2);
	EXPECT(blamed_file_failed(&phases.files[1]) && blamed_file_failed(&phases.files[2]));
	free(phases.files);

	happened(on_file(LUTRACE_SESSION_RETRIEVE, "vm1", 0, -ENOENT));
	EXPECT_HAS(why("vm1"),
		   "Retrieving session vm1 failed with ENOENT: 0000:02:00.0 could not be frozen, because it was in use for longer than the kernel waits.\n"
		   "That is why session vm1 was given up, so that the kexec could take the others over.\n"
		   "Decided by: vfio.can_freeze busy, in the previous kernel; the user saw ENOENT.\n");
	EXPECT(verdict.nr == 1);
}

/* What is in the way may be a file whose handler gives no reason. */
static void why_tells_a_drop_without_a_reason(void)
{
	story_begin();
	preserve_other("vm1");
	happened(on_reboot(REBOOT_BEGIN, true, 0));
	happened(on_file(LUTRACE_FILE_CAN_FREEZE, "vm1", 2, -EBUSY));
	happened(on_file(LUTRACE_SESSION_DROP, "vm1", 0, -EBUSY));
	happened(on_reboot(REBOOT_FROZEN, true, 0));
	story_jump();
	EXPECT_HAS(why("vm1"), "take the others over: vm1:0x2 could not be frozen.\n"
		   "Decided by: file.can_freeze, in the previous kernel.\n");
	happened(on_file(LUTRACE_SESSION_RETRIEVE, "vm1", 0, -ENOENT));
	EXPECT_HAS(why("vm1"), "Retrieving session vm1 failed with ENOENT: session vm1 was given up, so that the kexec could take the others over.\n"
		   "Decided by: session.drop, in the previous kernel; the user saw ENOENT.\n");
}

/* Or the session comes over without its files. */
static void why_tells_the_file_of_a_dropped_session(void)
{
	struct made r;

	story_begin();
	preserve_other("vm1");
	drop_other();
	happened(on_file(LUTRACE_SESSION_SERIALIZE, "vm1", 0, 0));
	happened(on_reboot(REBOOT_FROZEN, true, 0));
	story_jump();
	EXPECT_HAS(why("vm1"), "Session vm1 was given up");
	happened(on_file(LUTRACE_SESSION_RETRIEVE, "vm1", 0, 0));
	r = on_file(LUTRACE_FILE_RETRIEVE, "vm1", 1, -ENOENT);
	*r.handler = '\0';
	happened(r);
	EXPECT_HAS(why("vm1"), "Retrieving vm1:0x1 failed with ENOENT: ");
	EXPECT_HAS(why("vm1"), "That is why session vm1 was given up");
	EXPECT_HAS(why("vm1"), "Decided by: vfio.can_freeze busy, in the previous kernel; the user saw ENOENT.\n");
}

/* The kexec failed after all, and the files are preserved again. */
static void why_forgets_a_drop_that_was_made_good(void)
{
	story_begin();
	story_jumped = true;
	preserve_other("vm1");
	drop_other();
	happened(on_reboot(REBOOT_FAILED, true, -EINTR));
	EXPECT_HAS(why("vm1"), "Session vm1 was given up");
	happened(on_file(LUTRACE_FILE_PRESERVE, "vm1", 1, 0));
	happened(on_reboot(REBOOT_BEGIN, true, 0));
	happened(on_reboot(REBOOT_FROZEN, true, 0));
	EXPECT_HAS(why("vm1"), "Nothing went wrong with vm1: it is preserved in session vm1");
}

static void why_tells_of_an_image_without_kho(void)
{
	story_begin();
	story_jumped = true;
	preserve_net("vm0");
	happened(on_reboot(REBOOT_BEGIN, false, 0));
	happened(on_reboot(REBOOT_FAILED, false, -EINTR));
	EXPECT_HAS(why("vm0"), "carries no KHO");
}

static void why_tells_refusals_of_preserving(void)
{
	story_begin();
	story_jumped = true;
	happened(on_file(LUTRACE_SESSION_CREATE, "vm0", 0, 0));
	happened(on_device(LUTRACE_VFIO_MATCH, NET, MATCH_GROUP, 0));
	happened(on_file(LUTRACE_FILE_MATCH, "vm0", 1, -ENOENT));
	happened(on_file(LUTRACE_FILE_PRESERVE, "vm0", 1, -ENOENT));
	EXPECT_HAS(why("vm0:1"),
		   "Preserving vm0:0x1 failed with ENOENT: 0000:01:00.0 was opened through its VFIO group");
	EXPECT_HAS(why(NET), "Decided by: vfio.match group_file, in this kernel; the user saw ENOENT.");

	happened(on_file(LUTRACE_FILE_PRESERVE, "vm0", 1, -EEXIST));
	EXPECT_HAS(why("vm0"), "Preserving vm0:0x1 failed with EEXIST: another file of the session has the token 0x1.\n");
	preserve_net("vm0");
	EXPECT_HAS(why("vm0"), "Nothing went wrong");
}

/* A preserve that fails takes back what it did, and tells of that before it fails. */
static void why_sees_through_what_was_taken_back(void)
{
	story_begin();
	story_jumped = true;
	preserve_net("vm0");
	happened(on_file(LUTRACE_FILE_UNPRESERVE, "vm0", 1, 0));
	happened(on_file(LUTRACE_SESSION_RELEASE, "vm0", 0, 0));
	happened(on_file(LUTRACE_SESSION_CREATE, "vm0", 0, 0));
	happened(on_device(LUTRACE_VFIO_MATCH, NET, 0, 0));
	happened(record(LUTRACE_FLB_PRESERVE));
	happened(on_device(LUTRACE_PCI_PRESERVE_REFUSED, NET, REFUSE_NO_MEMORY, -ENOMEM));
	happened(record(LUTRACE_FLB_UNPRESERVE));
	happened(on_file(LUTRACE_FILE_PRESERVE, "vm0", 1, -ENOMEM));
	EXPECT_HAS(why("vm0:1"), "Decided by: pci.preserve_refused no_memory, in this kernel; the user saw ENOMEM.");
	EXPECT_HAS(why(NET), "Decided by: pci.preserve_refused no_memory, in this kernel; the user saw ENOMEM.");
}

static void why_tells_what_did_not_happen(void)
{
	story_begin();
	preserve_net("vm0");
	jump_with("vm0");
	EXPECT_HAS(why("vm0"), "Session vm0 was handed over, but no process has retrieved it");
	EXPECT_HAS(why(NET), "Driver virtio-pci was blocked from 0000:01:00.0, because vfio-pci preserved it");
	happened_probe("vfio-pci", true);
	EXPECT_HAS(why(NET), "Decided by: session_not_retrieved.\n");
	happened(on_file(LUTRACE_SESSION_RETRIEVE, "vm0", 0, 0));
	EXPECT_HAS(why("vm0"), "Session vm0 was retrieved, but vm0:0x1 was not.");
}

static void why_tells_an_early_finish(void)
{
	story_begin();
	preserve_net("vm0");
	jump_with("vm0");
	retrieve_net("vm0", REASON_OK);
	happened(on_device(LUTRACE_VFIO_FINISH_REFUSED, NET, FINISH_NOT_BOUND, -EBUSY));
	happened(on_file(LUTRACE_FILE_CAN_FINISH, "vm0", 1, -EBUSY));
	happened(on_file(LUTRACE_SESSION_FINISH, "vm0", 0, -EBUSY));
	EXPECT_HAS(why("vm0"),
		   "Finishing session vm0 failed with EBUSY: the file of 0000:01:00.0 was retrieved, but is not bound to an iommufd yet.\n");
	happened(on_file(LUTRACE_FILE_CAN_FINISH, "vm0", 1, 0));
	happened_node(LUTRACE_PCI_FINISH, NET, false);
	happened(on_file(LUTRACE_FILE_FINISH, "vm0", 1, 0));
	happened(on_file(LUTRACE_SESSION_FINISH, "vm0", 0, 0));
	EXPECT_HAS(why("vm0"), "Nothing went wrong with vm0: it came through the live update: retrieved and finished.\n");
	EXPECT(verdict.known && !verdict.nr);
	happened(on_file(LUTRACE_SESSION_RELEASE, "vm0", 0, 0));
	happened(on_file(LUTRACE_SESSION_RETRIEVE, "vm0", 0, -ENOENT));
	EXPECT_HAS(why("vm0"), "Retrieving session vm0 failed with ENOENT: the session was finished and closed already.\n");
}

static void why_tells_a_session_that_was_closed(void)
{
	story_begin();
	preserve_net("vm0");
	happened(on_file(LUTRACE_SESSION_RELEASE, "vm0", 0, 0));
	happened(on_reboot(REBOOT_FROZEN, true, 0));
	story_jump();
	EXPECT_HAS(why("vm0"), "Session vm0 was closed before the kexec");
	happened(on_file(LUTRACE_SESSION_RETRIEVE, "vm0", 0, -ENOENT));
	EXPECT_HAS(why("vm0"), "Retrieving session vm0 failed with ENOENT: session vm0 was closed before the kexec");
}

static void why_names_the_missing_handler(void)
{
	story_begin();
	preserve_net("vm0");
	jump_with("vm0");
	happened(on_file(LUTRACE_FILE_DESERIALIZE, "vm0", 1, -ENOENT));
	happened(on_file(LUTRACE_SESSION_DESERIALIZE, "vm0", 0, -ENOENT));
	EXPECT_HAS(why("vm0"), "The handover of vm0:0x1 cannot be read (ENOENT)");
	EXPECT_HAS(why("vm0"), "this kernel has no file handler vfio-pci-v1, which vm0:0x1 needs");
	EXPECT_HAS(why(NET), "this kernel has no file handler vfio-pci-v1");
}

/* Names are used again, and what was before does not count any more. */
static void why_begins_with_the_last_life(void)
{
	story_begin();
	preserve_net("vm0");
	jump_with("vm0");
	retrieve_net("vm0", RETRIEVE_UNBOUND);
	happened(on_file(LUTRACE_FILE_FINISH, "vm0", 1, 0));
	preserve_net("vm0");
	EXPECT_HAS(why("vm0"), "Nothing went wrong with vm0: it is preserved in session vm0, for the next live update.\n");
	EXPECT(!strstr(why("vm0"), "kexec: blackout"));
	EXPECT_HAS(why(NET), "Nothing went wrong");
}

static void why_takes_addresses_and_names(void)
{
	story_begin();
	preserve_net("a:1");
	why("a:1");
	EXPECT(verdict.known && verdict.kind == OBJECT_SESSION);
	why("a:1:0x1");
	EXPECT(verdict.known && verdict.kind == OBJECT_FILE);
	why("a:2");
	EXPECT(!verdict.known && verdict.kind == OBJECT_FILE);
	why("01:00.0");
	EXPECT(verdict.known && verdict.kind == OBJECT_DEVICE);
	/* A session of such a name is reached by its files. */
	preserve_net(NET);
	why(NET ":1");
	EXPECT(verdict.known && verdict.kind == OBJECT_FILE);
}

static void why_is_not_fooled_by_names(void)
{
	const char evil[] = "a\033[2J\n$(reboot)\xff\"";
	const char *text;

	story_begin();
	preserve_net(evil);
	jump_with(evil);
	happened_probe("x; reboot", true);
	retrieve_net(evil, RETRIEVE_WRONG_DRIVER);
	text = why(evil);
	EXPECT_HAS(text, "Retrieving a\\x1b[2J\\x0a$(reboot)\\xff\":0x1 failed with ENODEV");
	EXPECT(!strchr(text, '\033'));
	/* What may be pasted into a shell is a word. */
	EXPECT(!strstr(strstr(text, "What to do:") ?: "x; reboot", "x; reboot"));
	EXPECT_HAS(text, "let nothing set driver_override to DRIVER. If DRIVER has");
	EXPECT_HAS(why_json(evil), "\"session\":\"a\\u001b[2J\\u000a$(reboot)\\ufffd\\\"\"");
}

/* Not every device is a PCI device, and names are as long as a record has room. */
static void why_takes_long_device_names(void)
{
	const char *device = "vfio-platform-device-of-31-char";

	story_begin();
	happened(on_file(LUTRACE_SESSION_CREATE, "vm0", 0, 0));
	happened(on_device(LUTRACE_VFIO_MATCH, device, MATCH_GROUP, 0));
	happened(on_file(LUTRACE_FILE_MATCH, "vm0", 1, -ENOENT));
	happened(on_file(LUTRACE_FILE_PRESERVE, "vm0", 1, -ENOENT));
	EXPECT_HAS(why("vm0"), "vfio-platform-device-of-31-char was opened through its VFIO group");
}

static void why_knows_nothing_of_nothing(void)
{
	story_begin();
	ask("vm0", ARRIVAL_BOOT);
	EXPECT(!verdict.known && !verdict.nr);
	/* A kexec that left nothing: that is why. */
	EXPECT_HAS(why("vm0"),
		   "Nothing is recorded of vm0: it was not preserved, refused or retrieved, as far as the journal goes.\n"
		   "But note: This kernel was entered by a kexec that carried nothing over");
	EXPECT_HAS(why("vm0"), "Sessions that are recorded: none\n");
	EXPECT_HAS(why_json("vm0"), "\"known\":false,");
	EXPECT_HAS(why_json("vm0"), "\"chain\":[]}\n");

	story_jump();
	preserve_net("vm1");
	EXPECT_HAS(why("vm0"), "Sessions that are recorded: vm1\nDevices that are recorded: 0000:01:00.0\n");
	EXPECT(!verdict.known && !verdict.nr);
}

static void why_tells_that_it_may_be_wrong(void)
{
	const struct loss loss = { .count = 12, .overwritten = 12 };
	const struct jump jump = { .generation = 4, .note = "its header was overwritten" };

	story_begin();
	timeline->sink.lost(&timeline->sink, &loss);
	timeline->sink.jump(&timeline->sink, &jump);
	story_jumped = true;
	happened_node(LUTRACE_PCI_INCOMING, NET, false);
	EXPECT_HAS(why(NET), "The answer may be incomplete: the journal does not have 12 records any more.\n");
	EXPECT_HAS(why(NET), "The answer may be incomplete: the previous kernel's journal cannot be read: its header was overwritten.\n");
	EXPECT_HAS(why_json(NET), "\"lost\":12,\"previous_journal\":\"its header was overwritten\"");
	EXPECT_HAS(why(NET), "0000:01:00.0 was handed over, but its file was not retrieved");
}

/* For jq: answers of each kind, one a line. */
static void print_why(void)
{
	static const char *const objects[] = { "vm0", "vm0:1", NET, "nobody" };
	size_t i;

	story_begin();
	preserve_net("vm0");
	jump_with("vm0");
	happened_probe("e\"1000e\xff", true);
	retrieve_net("vm0", RETRIEVE_WRONG_DRIVER);
	for (i = 0; i < sizeof(objects) / sizeof(objects[0]); i++)
		fputs(why_json(objects[i]), stdout);
}

static void write_state(FILE *out, const void *data)
{
	state_show_columns(out, data, false);
}

static void write_state_json(FILE *out, const void *data)
{
	state_show_json(out, data);
}

/* Between kexec and retrieval, with one of everything. Not to be freed. */
static struct state example_state(void)
{
	static struct lutrace_session session;
	static struct lutrace_file file;
	static struct lutrace_flb flb;
	static struct lutrace_device device;

	session = (struct lutrace_session){
		.state = LUTRACE_SESSION_WAITING, .incoming = 1, .files = 1,
		.name = "vm-1",
	};
	file = (struct lutrace_file){
		.type = LUTRACE_STATE_FILE, .state = LUTRACE_FILE_WAITING,
		.incoming = 1, .token = 0xffffffffffffffff, .session = "vm-1",
		.handler = "vfio-pci-v1",
	};
	flb = (struct lutrace_flb){
		.type = LUTRACE_STATE_FLB, .handlers = 1,
		.incoming = { .count = 1, .state = LUTRACE_FLB_RETRIEVED },
		.name = "pci-v1",
	};
	device = (struct lutrace_device){
		.type = LUTRACE_STATE_DEVICE, .flags = LUTRACE_DEVICE_INCOMING,
		.bdf = 0x0100, .incoming_refcount = 1, .probe_reason = 4,
		.probe_count = 2, .probe_ns = 2000000000,
		.incoming_driver = "vfio-pci", .probe_driver = "virtio-pci",
	};
	return (struct state){
		.sessions = &session, .files = &file, .flbs = &flb,
		.devices = &device, .nr_sessions = 1, .nr_files = 1,
		.nr_flbs = 1, .nr_devices = 1, .version = "1.2.3",
		.host = "host", .kernel = "7.3.4",
		.clocks = { .start_ns = 5000000000 },
	};
}

static void state_of_idle_host_is_told(void)
{
	struct state state = { 0 };

	EXPECT_STREQ(capture(write_state, &state),
		     "Nothing is preserved, and nothing waits.\n");
}

static void state_shows_a_block(void)
{
	struct state state = example_state();
	const char *text = capture(write_state, &state);

	EXPECT_HAS(text, "  0000:01:00.0                incoming  blocked      by vfio-pci  refcount=1\n");
	EXPECT_HAS(text, "      virtio-pci was blocked: foreign_driver, 2 times, 3.000s ago\n");
	EXPECT_HAS(text, "      next: bind the driver that preserved it");
	EXPECT_HAS(text, "1 sessions, 1 files, 1 devices, 1 blocked, 0 failed\n");

	state.devices->flags |= LUTRACE_DEVICE_ALLOWED;
	EXPECT_HAS(capture(write_state, &state), "  waiting  ");
	EXPECT(!state_blocked(&state));
}

static void state_shows_a_failure(void)
{
	struct state state = example_state();

	state.files->state = LUTRACE_FILE_FAILED;
	state.files->err = -ENODEV;
	EXPECT(state_failed(&state) == 1);
	EXPECT_HAS(capture(write_state, &state), "failed       vfio-pci-v1  ENODEV\n");
	state.devices->flags |= LUTRACE_DEVICE_ABSENT;
	EXPECT(state_failed(&state) == 2);
	state.flbs->incoming.state = LUTRACE_FLB_FAILED;
	EXPECT(state_failed(&state) == 3);

	/* Whether a device is absent may not be known. */
	state.devices->flags |= LUTRACE_DEVICE_BUSY;
	EXPECT(state_failed(&state) == 2);
	EXPECT_HAS(capture(write_state, &state), "unknown");
}

static void state_escapes_names(void)
{
	struct state state = example_state();

	strcpy(state.sessions->name, "a\033[2J");
	strcpy(state.files->session, "b\nc");
	EXPECT_HAS(capture(write_state, &state), "a\\x1b[2J");
	EXPECT_HAS(capture(write_state, &state), "b\\x0ac:0xffffffffffffffff");
	EXPECT_HAS(capture(write_state_json, &state), "\"a\\u001b[2J\"");
}

static void state_json_has_all_kinds(void)
{
	struct state state = example_state();
	const char *text = capture(write_state_json, &state);

	EXPECT_HAS(text, "{\"type\":\"header\",\"schema\":\"lutrace/2\",\"version\":\"1.2.3\"");
	EXPECT_HAS(text, "{\"type\":\"session\",\"session\":\"vm-1\",\"direction\":\"incoming\",\"state\":\"waiting\",\"files\":1,\"busy\":false,");
	EXPECT_HAS(text, "\"token\":\"0xffffffffffffffff\",\"direction\":\"incoming\"");
	EXPECT_HAS(text, "{\"type\":\"flb\",\"flb\":\"pci-v1\",");
	EXPECT_HAS(text, "\"probe_driver\":\"virtio-pci\",\"probe_decision\":\"block\",\"probe_reason\":\"foreign_driver\",\"probe_count\":2,\"probe_boottime_ns\":2000000000,");
	EXPECT_HAS(text, "{\"type\":\"summary\",\"sessions\":1,\"files\":1,\"flbs\":1,\"devices\":1,\"blocked\":1,\"failed\":0}\n");
}

static void state_json_prints_null(void)
{
	struct state state = example_state();

	state.devices->probe_driver[0] = '\0';
	EXPECT_HAS(capture(write_state_json, &state),
		   "\"probe_driver\":null,\"probe_decision\":null,\"probe_reason\":null,\"probe_count\":null,\"probe_boottime_ns\":null,\"probe_time\":null,\"next\":null}");
	EXPECT_HAS(capture(write_state_json, &state),
		   "\"outgoing_driver\":null,\"outgoing_refcount\":null");
}

/* What prints a token, where that is 0. For tests of the schema. */
static void print_token_0(FILE *out, const void *data)
{
	struct state state = example_state();
	struct blamed_file file = { .session = "vm-1", .device = "" };
	const struct phases phases = { .files = &file, .nr = 1 };
	const struct trace_info trace_info = info();

	(void)data;
	state.files->token = 0;
	state_show_json(out, &state);
	blame_show_json(out, &phases, &trace_info);
}

static void json_has_one_format_of_tokens(void)
{
	const char *text = capture(print_token_0, NULL);
	const char *state = strstr(text, "\"token\":\"0x0\"");

	EXPECT(state && strstr(state + 1, "\"token\":\"0x0\""));
	EXPECT(!strstr(text, "\"token\":\"0\""));
}

static void state_filters_like_events(void)
{
	struct state state = example_state();
	struct filter filter = { .session = "vm-1" };

	state_filter(&state, &filter);
	EXPECT(state.nr_sessions == 1 && state.nr_files == 1 &&
	       !state.nr_flbs && !state.nr_devices);

	state = example_state();
	filter = (struct filter){ .device = "0000:01:00.0" };
	state_filter(&state, &filter);
	EXPECT(!state.nr_sessions && state.nr_devices == 1);

	state = example_state();
	filter = (struct filter){ .has_token = true, .token = 1 };
	state_filter(&state, &filter);
	EXPECT(!state.nr_files);
}

static void state_refuses_nonsense(void)
{
	struct state state = { 0 };
	struct lutrace_session *session = calloc(1, sizeof(*session));

	session->type = LUTRACE_STATE_DEVICE;
	EXPECT(!state_take(&state, LUTRACE_STATE_SESSION, session,
			   sizeof(*session)));
	session = calloc(1, sizeof(*session));
	EXPECT(!state_take(&state, LUTRACE_STATE_SESSION, session,
			   sizeof(*session) - 1));
	session = calloc(1, sizeof(*session));
	memset(session->name, 'n', sizeof(session->name));
	EXPECT(state_take(&state, LUTRACE_STATE_SESSION, session,
			  sizeof(*session)));
	EXPECT(state.nr_sessions == 1);
	EXPECT(strlen(session->name) == sizeof(session->name) - 1);
	state_free(&state);
}

static void state_survives_a_newer_kernel(void)
{
	struct state state = example_state();

	state.sessions->state = 77;
	state.devices->probe_reason = 77;
	EXPECT_HAS(capture(write_state, &state), "  unknown  ");
	EXPECT_HAS(capture(write_state, &state), "was blocked: unknown");
}

static const struct check *answer_to(const struct checkup *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->nr; i++) {
		if (!strcmp(c->check[i].name, name))
			return &c->check[i];
	}
	fail(__LINE__, "nobody asked for %s", name);
	return &c->check[0];
}

static void doctor_reads_configurations(void)
{
	struct checkup c = { 0 };

	checkup_config(&c, "# CONFIG_LIVEUPDATE is not set\nCONFIG_KEXEC_HANDOVER=y\n"
		       "CONFIG_IOMMUFD=m\nXCONFIG_BPF_SYSCALL=y\n"
		       "CONFIG_PCI_LIVEUPDATE_BENCH=y\nCONFIG_KEXEC_FILE=n");
	EXPECT(answer_to(&c, "CONFIG_KEXEC_HANDOVER")->result == CHECK_YES);
	EXPECT(!answer_to(&c, "CONFIG_KEXEC_HANDOVER")->fix);
	EXPECT(answer_to(&c, "CONFIG_IOMMUFD")->result == CHECK_YES);
	EXPECT(answer_to(&c, "CONFIG_LIVEUPDATE")->result == CHECK_NO);
	EXPECT(answer_to(&c, "CONFIG_LIVEUPDATE")->fix);
	EXPECT(answer_to(&c, "CONFIG_BPF_SYSCALL")->result == CHECK_NO);
	EXPECT(answer_to(&c, "CONFIG_PCI_LIVEUPDATE")->result == CHECK_NO);
	EXPECT(answer_to(&c, "CONFIG_KEXEC_FILE")->result == CHECK_NO);
	EXPECT(answer_to(&c, "CONFIG_MEMFD_CREATE")->result == CHECK_NOTE);
	checkup_free(&c);
}

static void doctor_reads_command_lines(void)
{
	struct checkup c = { 0 };

	checkup_command_line(&c, "ro kho=off kho=on xliveupdate=off liveupdate=0 liveupdate_journal=1M\n", NULL);
	EXPECT(answer_to(&c, "kho")->result == CHECK_YES);
	EXPECT_STREQ(answer_to(&c, "kho")->detail, "on");
	EXPECT(answer_to(&c, "liveupdate")->result == CHECK_NO);
	EXPECT(answer_to(&c, "liveupdate_journal")->result == CHECK_YES);
	EXPECT(checkup_failed(&c) == 1);
	checkup_free(&c);
	memset(&c, 0, sizeof(c));
	checkup_command_line(&c, "", NULL);
	EXPECT(!checkup_failed(&c));
	checkup_free(&c);
	/* What the kernel was built without is on by no default. */
	memset(&c, 0, sizeof(c));
	checkup_command_line(&c, "kho=on", "CONFIG_KEXEC_HANDOVER=y\n# CONFIG_LIVEUPDATE is not set\n");
	EXPECT(c.nr == 1 && answer_to(&c, "kho")->result == CHECK_YES);
	checkup_free(&c);
}

static void doctor_knows_lockdown(void)
{
	struct checkup c = { 0 };

	checkup_lockdown(&c, NULL);
	checkup_lockdown(&c, "[none] integrity confidentiality\n");
	checkup_lockdown(&c, "none [integrity] confidentiality\n");
	EXPECT(!checkup_failed(&c));
	checkup_lockdown(&c, "none integrity [confidentiality]\n");
	EXPECT(checkup_failed(&c) == 1);
	checkup_free(&c);
}

static void write_checkup(FILE *out, const void *c)
{
	checkup_show_columns(out, c, false, false);
}

static void doctor_tells_what_to_do(void)
{
	struct checkup c = { 0 };

	checkup_command_line(&c, "kho=off", NULL);
	EXPECT_STREQ(capture(write_checkup, &c),
		     "command line\n"
		     "  kho                             no: off\n"
		     "      boot with kho=on\n"
		     "1 of 3 answers are no\n");
	checkup_free(&c);
	memset(&c, 0, sizeof(c));
	checkup_command_line(&c, "kho=on", NULL);
	EXPECT_STREQ(capture(write_checkup, &c),
		     "This host can be live updated, and lutrace can see it (3 questions)\n");
	checkup_free(&c);
}

/* Whatever the text is, it is read, or refused with a place that is in it. */
static void doctor_tells_of_tracepoints(void)
{
	static const char none[] = "use another kernel";
	struct checkup c = { 0 };

	checkup_events(&c, "whole", none, 9, 0, 0);
	checkup_events(&c, "none", none, 0, 0, 9);
	checkup_events(&c, "older", none, 7, 0, 2);
	checkup_events(&c, "foreign", none, 6, 3, 0);
	checkup_events(&c, "both", none, 0, 3, 6);
	EXPECT_STREQ(capture(write_checkup, &c),
		     "tracepoints\n"
		     "  none                            no: 9 tracepoints are missing\n"
		     "      use another kernel\n"
		     "  older                           no: 2 tracepoints are missing\n"
		     "      use the lutrace of that kernel\n"
		     "  foreign                         no: 3 tracepoints have other arguments\n"
		     "      use the lutrace of that kernel\n"
		     "  both                            no: 3 tracepoints have other arguments, and 6 are missing\n"
		     "      use the lutrace of that kernel\n"
		     "4 of 5 answers are no\n");
	checkup_free(&c);
}

static void expect_takes_any_text(void)
{
	static const char sample[] =
		"expect 1..2 pci.probe device=$net decision=block # no\n"
		"never file.* errno!=0 between jump and session.finish session=\"a b\"\n"
		"sequence within 1.5s\n\tjump generation=1\n\tfile.retrieve blackout_ns>5ms\nend\n";
	const struct parameter net = { "net", "0000:01:00.0" };
	struct assertion_error error;
	struct assertions *all;
	unsigned int seed = 1, i;

	all = assertions_parse(sample, sizeof(sample) - 1, &net, 1, &error);
	EXPECT(all && assertions_count(all) == 3);
	assertions_free(all);
	for (i = 0; i < 20000; i++) {
		size_t size = i < sizeof(sample) ? i : sizeof(sample) - 1, n;
		char *text = memcpy(malloc(size + 1), sample, size);

		for (n = 0; size && i >= sizeof(sample) && n < 1 + i % 4; n++)
			text[rand_r(&seed) % size] =
				"\"$#=\n\t .-<>!{}\\0a\xff\x00"[rand_r(&seed) % 19];
		all = assertions_parse(text, size, &net, i % 2, &error);
		EXPECT(all ? !error.line : error.line && error.line <= 6);
		assertions_free(all);
		free(text);
	}
}

static const char *redacted;

static void write_redacted(FILE *out, const void *r)
{
	redact_text(r, out, redacted);
}

static void write_command_line(FILE *out, const void *words)
{
	redact_command_line(out, words);
}

static void redact_leaves_out_what_is_secret(void)
{
	const struct redactor r = { 0 };

	EXPECT_STREQ(capture(write_command_line,
			     " kho=on  root=UUID=1-2 rd.password=hunter2 intel_iommu=on,sm_on quiet s3cret"
			     " pci_liveupdate.on_error=block init=\"/bin/sh -c x\" -- --token=abc\n"),
		     "kho=on root=<left out> rd.password=<left out> intel_iommu=on,sm_on quiet <left out>"
		     " pci_liveupdate.on_error=block init=<left out> -- <left out>\n");
	EXPECT_STREQ(capture(write_command_line, ""), "\n");
	redacted = "[    0.1] Kernel command line: kho=on key=1\n"
		   "[    0.2] virtio_net 0000:01:00.0 eth0: 52:54:00:12:34:56, up\n"
		   "[    0.3] usb 1-1: SerialNumber: 0123 4567\n"
		   "CONFIG_CMDLINE=\"key=1\"\n\n"
		   "no newline 152:54:00:12:34:56 52:54:00:12:34:567";
	EXPECT_STREQ(capture(write_redacted, &r),
		     "[    0.1] Kernel command line: kho=on key=<left out>\n"
		     "[    0.2] virtio_net 0000:01:00.0 eth0: <MAC address>, up\n"
		     "[    0.3] usb 1-1: SerialNumber: <left out>\n"
		     "CONFIG_CMDLINE=<left out>\n\n"
		     "no newline 152:54:00:12:34:56 52:54:00:12:34:567\n");
}

static void redact_hides_names(void)
{
	struct redactor r = { .anonymous = true, .key = "a key" };
	struct redactor other = { .anonymous = true, .key = "another" };
	char name[64] = "vm", long_name[64] = "vm-1", odd[64] = "a\tb", again[64] = "vm";

	EXPECT(redact_name(&r, name, sizeof(name)));
	EXPECT(redact_name(&r, long_name, sizeof(long_name)));
	EXPECT(redact_name(&r, odd, sizeof(odd)));
	/* HMAC-SHA-256 of the key with zeros behind it, by openssl dgst -mac HMAC. */
	EXPECT_STREQ(name, "anon-c4c98b55dc26");
	redacted = "vm vm-1 vm-2 avm vm.x 'vm' a\\x09b session [un known] was\n";
	EXPECT_HAS(capture(write_redacted, &r), " vm-2 avm anon-c4c98b55dc26.x 'anon-c4c98b55dc26' anon-");
	EXPECT(!strstr(capture(write_redacted, &r), "vm-1"));
	EXPECT(!strstr(capture(write_redacted, &r), "known"));
	EXPECT_HAS(capture(write_redacted, &r), odd);
	EXPECT_HAS(capture(write_redacted, &r), "] was\n");
	EXPECT(redact_name(&r, again, sizeof(again)));
	EXPECT_STREQ(again, name);
	memcpy(again, "vm", 3);
	EXPECT(redact_name(&other, again, sizeof(again)));
	EXPECT(strcmp(again, name));
	r.anonymous = false;
	memcpy(again, "vm", 3);
	EXPECT(redact_name(&r, again, sizeof(again)));
	EXPECT_STREQ(again, "vm");
	redactor_free(&r);
	redactor_free(&other);
}

/* What is sent to a journal: datagrams. */
static void journald_gets_fields(void)
{
	struct made r = file_record(LUTRACE_FILE_RETRIEVE, -ENODEV);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct trace_info trace_info = info();
	char path[] = "/tmp/lutrace-unit-XXXXXX", entry[4096];
	struct view *view;
	ssize_t n;

	EXPECT(!view_journald_new("/nonexistent") && errno == ENOENT);
	EXPECT(mkdtemp(path));
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", path);
	EXPECT(!bind(fd, (struct sockaddr *)&address, sizeof(address)));
	view = view_journald_new(address.sun_path);
	if (!view) {
		fail(__LINE__, "no view: %s", strerror(errno));
		return;
	}
	view->begin(view, &trace_info);
	EXPECT(recv(fd, entry, sizeof(entry), MSG_DONTWAIT) > 0);
	strcpy(r.session, "a\nPRIORITY=0");
	view->sink.event(&view->sink, decoded(r));
	n = recv(fd, entry, sizeof(entry) - 1, MSG_DONTWAIT);
	entry[n < 0 ? 0 : n] = '\0';
	EXPECT_HAS(entry, "PRIORITY=4\n");
	EXPECT_HAS(entry, "\nMESSAGE=file.retrieve a\\x0aPRIORITY=0:0x");
	EXPECT_HAS(entry, "\nLUTRACE_EVENT=file.retrieve\n");
	EXPECT(n > 0 && memmem(entry, n, "\nLUTRACE_ERRNO=-19\nLUTRACE_ERRNO_NAME=ENODEV\n", 45));
	/* A length stands where a field could be slipped in. */
	EXPECT(n > 0 && memmem(entry, n, "\nLUTRACE_SESSION\n\x0c\0\0\0\0\0\0\0a\nPRIORITY=0\n", 38));
	EXPECT(!view->flush(view));
	close(fd);
	view->sink.event(&view->sink, decoded(r));
	EXPECT(view->flush(view) == ECONNREFUSED);
	free(view);
	unlink(address.sun_path);
	rmdir(path);
}

static const struct test_case cases[] = {
	CASE(journald_gets_fields),
	CASE(redact_leaves_out_what_is_secret),
	CASE(redact_hides_names),
	CASE(expect_takes_any_text),
	CASE(doctor_reads_configurations),
	CASE(doctor_reads_command_lines),
	CASE(doctor_knows_lockdown),
	CASE(doctor_tells_what_to_do),
	CASE(doctor_tells_of_tracepoints),
	CASE(terminal_escapes_controls),
	CASE(terminal_escapes_are_unambiguous),
	CASE(terminal_escapes_invisible_characters),
	CASE(terminal_keeps_valid_utf8),
	CASE(terminal_escapes_invalid_utf8),
	CASE(terminal_counts_characters),
	CASE(json_escapes),
	CASE(json_replaces_invalid_utf8),
	CASE(json_puts_commas_between_values),
	CASE(tables_have_two_forms),
	CASE(bdf_takes_both_forms),
	CASE(bdf_refuses_others),
	CASE(errno_names_and_numbers),
	CASE(numbers_sizes_durations),
	CASE(times),
	CASE(table_is_sound),
	CASE(decode_refuses_nonsense),
	CASE(decode_names_reasons),
	CASE(decode_names_devices_by_address),
	CASE(decode_takes_records_of_any_length),
	CASE(decode_goes_by_the_row),
	CASE(decode_shows_unknown_events),
	CASE(events_get_another_session),
	CASE(events_hide_what_is_not_known),
	CASE(decode_tells_failures),
	CASE(only_a_frozen_reboot_is_a_jump),
	CASE(filter_globs),
	CASE(filter_globs_of_unknown_events),
	CASE(filter_names),
	CASE(filter_errors),
	CASE(filter_slower),
	CASE(columns_show_a_file),
	CASE(columns_show_a_block),
	CASE(columns_show_unknown_names),
	CASE(columns_say_things_once),
	CASE(columns_escape_names),
	CASE(columns_keep_long_names_apart),
	CASE(columns_mark_the_jump),
	CASE(columns_time_styles),
	CASE(columns_color_only_when_asked),
	CASE(columns_show_who_when_asked),
	CASE(columns_line_up),
	CASE(json_shows_a_file),
	CASE(json_prints_zero_and_null),
	CASE(json_keeps_64_bits),
	CASE(json_keeps_replaced_bytes),
	CASE(views_report_loss),
	CASE(json_frames_the_stream),
	CASE(views_tell_the_jump),
	CASE(columns_mark_a_recorded_jump_once),
	CASE(history_is_one_stream),
	CASE(history_has_one_time_axis),
	CASE(history_goes_by_anchors),
	CASE(history_says_how_it_knows),
	CASE(history_misses_a_kernel),
	CASE(history_tells_gaps),
	CASE(history_decodes_names),
	CASE(history_refuses_nonsense),
	CASE(history_completes_live_events),
	CASE(filter_generations),
	CASE(every_operation_ends),
	CASE(why_explains_every_reason),
	CASE(why_explains_nothing_else),
	CASE(why_names_every_reason),
	CASE(why_survives_reasons_of_newer_kernels),
	CASE(why_tells_failures_of_unknown_events),
	CASE(why_names_the_wrong_driver),
	CASE(why_shows_the_chain),
	CASE(why_goes_back_to_the_bridge),
	CASE(why_goes_back_to_the_list),
	CASE(why_tells_absent_from_removed),
	CASE(why_names_who_was_not_frozen),
	CASE(why_names_all_that_were_in_the_way),
	CASE(why_tells_a_refusal_without_its_reason),
	CASE(why_tells_a_kexec_that_carries_nothing),
	CASE(why_names_devices_that_were_reset),
	CASE(why_tells_a_dropped_session),
	CASE(why_tells_a_drop_without_a_reason),
	CASE(why_tells_the_file_of_a_dropped_session),
	CASE(why_forgets_a_drop_that_was_made_good),
	CASE(why_tells_of_an_image_without_kho),
	CASE(why_tells_refusals_of_preserving),
	CASE(why_sees_through_what_was_taken_back),
	CASE(why_tells_what_did_not_happen),
	CASE(why_tells_an_early_finish),
	CASE(why_tells_a_session_that_was_closed),
	CASE(why_names_the_missing_handler),
	CASE(why_begins_with_the_last_life),
	CASE(why_takes_addresses_and_names),
	CASE(why_is_not_fooled_by_names),
	CASE(why_takes_long_device_names),
	CASE(why_knows_nothing_of_nothing),
	CASE(why_tells_that_it_may_be_wrong),
	CASE(state_of_idle_host_is_told),
	CASE(state_shows_a_block),
	CASE(state_shows_a_failure),
	CASE(state_escapes_names),
	CASE(state_json_has_all_kinds),
	CASE(state_json_prints_null),
	CASE(json_has_one_format_of_tokens),
	CASE(state_filters_like_events),
	CASE(state_refuses_nonsense),
	CASE(state_survives_a_newer_kernel),
};

int main(int argc, char **argv)
{
	int status;

	setenv("TZ", "UTC", 1);
	tzset();

	/* For jq: the whole stream of the JSON view, with odd names in it. */
	if (argc > 1 && !strcmp(argv[1], "--print-json")) {
		write_stream(stdout, "json");
		return 0;
	}
	if (argc > 1 && !strcmp(argv[1], "--print-token-0")) {
		print_token_0(stdout, NULL);
		return 0;
	}
	if (argc > 1 && !strcmp(argv[1], "--print-why")) {
		print_why();
		diagnosis_free(diagnosis);
		timeline_free(timeline);
		return 0;
	}

	status = run_cases(cases, sizeof(cases) / sizeof(cases[0]));
	diagnosis_free(diagnosis);
	timeline_free(timeline);
	return status;
}
