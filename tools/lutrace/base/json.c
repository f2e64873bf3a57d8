// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>

#include "base/json.h"
#include "base/text.h"

void json_key(struct json *j, const char *key)
{
	if (j->more)
		putc_unlocked(',', j->out);
	j->more = true;
	if (!key)
		return;
	putc_unlocked('"', j->out);
	emit_text(j->out, key);
	putc_unlocked('"', j->out);
	putc_unlocked(':', j->out);
}

/* Writes @s with its quotes. Returns false if it replaced bytes that are not UTF-8. */
static bool write_string(FILE *out, const char *s)
{
	bool faithful = true;

	putc_unlocked('"', out);
	while (*s) {
		size_t length = plain_length(s);
		uint32_t c;

		if (length) {
			emit_bytes(out, s, length);
			s += length;
			continue;
		}
		length = utf8_decode(s, &c);
		if (!length) {
			fputs("\\ufffd", out);
			faithful = false;
			length = 1;
		} else if (c == '"' || c == '\\') {
			fprintf(out, "\\%c", (char)c);
		} else if (is_printable(c)) {
			fwrite(s, 1, length, out);
		} else if (c >= 0x10000) {
			fprintf(out, "\\u%04" PRIx32 "\\u%04" PRIx32,
				0xd800 + ((c - 0x10000) >> 10),
				0xdc00 + ((c - 0x10000) & 0x3ff));
		} else {
			fprintf(out, "\\u%04" PRIx32, c);
		}
		s += length;
	}
	putc_unlocked('"', out);
	return faithful;
}

void json_text(struct json *j, const char *key, const char *text)
{
	json_key(j, key);
	if (!text) {
		emit_text(j->out, "null");
		return;
	}
	if (write_string(j->out, text) || !key)
		return;
	/* Without them, two names could look the same. */
	fprintf(j->out, ",\"%s_hex\":\"", key);
	for (; *text; text++)
		fprintf(j->out, "%02x", (unsigned char)*text);
	fputc('"', j->out);
}

void json_count(struct json *j, const char *key, uint64_t count)
{
	json_key(j, key);
	emit_unsigned(j->out, count);
}

void json_number(struct json *j, const char *key, int64_t number)
{
	json_key(j, key);
	emit_signed(j->out, number);
}

void json_bool(struct json *j, const char *key, bool value)
{
	json_key(j, key);
	emit_text(j->out, value ? "true" : "false");
}

void json_hex(struct json *j, const char *key, uint64_t number)
{
	json_key(j, key);
	putc_unlocked('"', j->out);
	emit_hex(j->out, number);
	putc_unlocked('"', j->out);
}

void json_null(struct json *j, const char *key)
{
	json_text(j, key, NULL);
}

void json_time(struct json *j, const char *key, int64_t realtime_ns)
{
	char time[RFC3339_SIZE];

	format_rfc3339(realtime_ns, time);
	json_key(j, key);
	putc_unlocked('"', j->out);
	emit_text(j->out, time);
	putc_unlocked('"', j->out);
}

void json_errno(struct json *j, const char *key, int32_t err)
{
	const char *name = err ? errno_name(-err) : NULL;

	json_number(j, key, err);
	emit_text(j->out, ",\"");
	emit_text(j->out, key);
	emit_text(j->out, "_name\":");
	if (name)
		write_string(j->out, name);
	else
		emit_text(j->out, "null");
}

static void begin(struct json *j, const char *key, char bracket)
{
	json_key(j, key);
	putc_unlocked(bracket, j->out);
	j->more = false;
}

static void end(struct json *j, char bracket)
{
	putc_unlocked(bracket, j->out);
	j->more = true;
}

void json_object(struct json *j, const char *key)
{
	begin(j, key, '{');
}

void json_end_object(struct json *j)
{
	end(j, '}');
}

void json_list(struct json *j, const char *key)
{
	begin(j, key, '[');
}

void json_end_list(struct json *j)
{
	end(j, ']');
}

void json_end_line(struct json *j)
{
	putc_unlocked('\n', j->out);
	j->more = false;
}
