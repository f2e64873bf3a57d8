// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/complain.h"
#include "base/text.h"
#include "base/util.h"

void complain(const char *format, ...)
{
	va_list args;

	fputs("lutrace: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

void emit_text(FILE *out, const char *s)
{
	while (*s)
		putc_unlocked(*s++, out);
}

/* Returns where the digits begin in @digits, which they end. */
static char *format_unsigned(uint64_t number, char digits[20])
{
	char *s = digits + 20;

	do {
		*--s = '0' + number % 10;
		number /= 10;
	} while (number);
	return s;
}

void emit_unsigned(FILE *out, uint64_t number)
{
	char digits[20], *s = format_unsigned(number, digits);

	emit_bytes(out, s, digits + sizeof(digits) - s);
}

int emit_hex(FILE *out, uint64_t number)
{
	char digits[16];
	int nr = 0, at;

	do {
		digits[nr++] = "0123456789abcdef"[number & 15];
		number >>= 4;
	} while (number);
	emit_text(out, "0x");
	for (at = nr; at-- > 0;)
		putc_unlocked(digits[at], out);
	return nr + 2;
}

void emit_signed(FILE *out, int64_t number)
{
	if (number < 0)
		putc_unlocked('-', out);
	emit_unsigned(out, number < 0 ? -(uint64_t)number : (uint64_t)number);
}

size_t utf8_decode(const char *s, uint32_t *code_point)
{
	/* The smallest code point that needs a sequence of that length. */
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char first = s[0];
	uint32_t value;
	size_t length, i;

	if (first < 0x80) {
		*code_point = first;
		return 1;
	}

	if ((first & 0xe0) == 0xc0) {
		length = 2;
		value = first & 0x1f;
	} else if ((first & 0xf0) == 0xe0) {
		length = 3;
		value = first & 0x0f;
	} else if ((first & 0xf8) == 0xf0) {
		length = 4;
		value = first & 0x07;
	} else {
		return 0;
	}

	/* The terminator is no continuation byte, so this stops in time. */
	for (i = 1; i < length; i++) {
		if (((unsigned char)s[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | ((unsigned char)s[i] & 0x3f);
	}

	if (value < smallest[length] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
		return 0;

	*code_point = value;
	return length;
}

bool is_printable(uint32_t c)
{
	if (c < 0x20 || (c >= 0x7f && c < 0xa0))
		return false;
	/* Zero width, line separators, and what turns the direction around. */
	if (c == 0xad || c == 0x61c || (c >= 0x200b && c <= 0x200f) ||
	    (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
	    c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
	    (c >= 0xe0000 && c <= 0xe0fff))
		return false;
	return true;
}

size_t plain_length(const char *s)
{
	size_t length = 0;

	while (s[length] >= ' ' && s[length] <= '~' && s[length] != '\\' && s[length] != '"')
		length++;
	return length;
}

int escape_terminal(FILE *out, const char *s)
{
	int written = 0;

	while (*s) {
		uint32_t c;
		size_t length = plain_length(s), i;

		if (length) {
			emit_bytes(out, s, length);
			written += length;
			s += length;
			continue;
		}
		length = utf8_decode(s, &c);
		if (length && c == '\\') {
			fputs("\\\\", out);
			written += 2;
		} else if (length && is_printable(c)) {
			fwrite(s, 1, length, out);
			written++;
		} else {
			if (!length)
				length = 1;
			for (i = 0; i < length; i++)
				written += fprintf(out, "\\x%02x", (unsigned char)s[i]);
		}
		s += length;
	}
	return written;
}

bool escape_markup(FILE *out, const char *s)
{
	char *text = NULL, *c;
	size_t size;
	FILE *memory = open_memstream(&text, &size);

	if (!memory)
		return false;
	escape_terminal(memory, s);
	if (fclose(memory)) {
		free(text);
		return false;
	}
	for (c = text; *c; c++) {
		if (*c == '&')
			fputs("&amp;", out);
		else if (*c == '<')
			fputs("&lt;", out);
		else if (*c == '>')
			fputs("&gt;", out);
		else if (*c == '"')
			fputs("&quot;", out);
		else
			fputc(*c, out);
	}
	free(text);
	return true;
}

/* Reads 1 to @digits hexadecimal digits that @end follows. */
static bool take_hex(const char **s, int digits, char end, uint32_t *value)
{
	const char *p = *s;

	*value = 0;
	while (isxdigit((unsigned char)*p) && p - *s < digits) {
		char c = tolower((unsigned char)*p++);

		*value = *value << 4 | (isdigit((unsigned char)c) ?
					c - '0' : c - 'a' + 10);
	}
	if (p == *s || *p != end)
		return false;
	*s = end ? p + 1 : p;
	return true;
}

bool parse_bdf(const char *s, char bdf[BDF_SIZE])
{
	uint32_t domain = 0, bus, slot, function;
	const char *colon = strchr(s, ':');

	if (!colon)
		return false;
	if (strchr(colon + 1, ':') && !take_hex(&s, 8, ':', &domain))
		return false;
	if (!take_hex(&s, 2, ':', &bus) || !take_hex(&s, 2, '.', &slot) ||
	    !take_hex(&s, 1, '\0', &function))
		return false;
	if (slot > 0x1f || function > 7)
		return false;
	format_bdf(domain, bus << 8 | slot << 3 | function, bdf);
	return true;
}

void format_bdf(uint32_t domain, uint16_t bdf, char out[BDF_SIZE])
{
	snprintf(out, BDF_SIZE, "%04" PRIx32 ":%02x:%02x.%u", domain, bdf >> 8,
		 bdf >> 3 & 0x1f, bdf & 7);
}

/* Errnos that the kernel keeps to itself, and second names of others. */
static const struct {
	int number;
	const char *name;
} more_errnos[] = {
	{ 512, "ERESTARTSYS" },
	{ 513, "ERESTARTNOINTR" },
	{ 514, "ERESTARTNOHAND" },
	{ 515, "ENOIOCTLCMD" },
	{ 516, "ERESTART_RESTARTBLOCK" },
	{ 517, "EPROBE_DEFER" },
	{ 518, "EOPENSTALE" },
	{ 519, "ENOPARAM" },
	{ 524, "ENOTSUPP" },
	{ EWOULDBLOCK, "EWOULDBLOCK" },
	{ ENOTSUP, "ENOTSUP" },
	{ EDEADLK, "EDEADLOCK" },
};

/* Errors that fit into a pointer: the kernel has no higher ones. */
#define MAX_ERRNO	4095

const char *errno_name(int positive)
{
	const char *name = strerrorname_np(positive);
	size_t i;

	if (positive <= 0)
		return NULL;
	for (i = 0; !name && i < ARRAY_SIZE(more_errnos); i++) {
		if (more_errnos[i].number == positive)
			name = more_errnos[i].name;
	}
	return name;
}

int parse_errno(const char *s)
{
	const char *digits = *s == '-' ? s + 1 : s;
	uint64_t number;
	size_t i;
	int e;

	if (isdigit((unsigned char)*digits)) {
		if (parse_u64(digits, &number) && number <= MAX_ERRNO)
			return number;
		return 0;
	}

	for (e = 1; e <= MAX_ERRNO; e++) {
		const char *name = errno_name(e);

		if (name && !strcasecmp(name, s))
			return e;
	}
	for (i = 0; i < ARRAY_SIZE(more_errnos); i++) {
		if (!strcasecmp(more_errnos[i].name, s))
			return more_errnos[i].number;
	}
	return 0;
}

bool parse_u64(const char *s, uint64_t *value)
{
	char *end;

	/* strtoull() would take a sign and leading space. */
	if (!isdigit((unsigned char)*s))
		return false;
	errno = 0;
	*value = strtoull(s, &end, 0);
	return !errno && !*end;
}

bool parse_size(const char *s, uint64_t *bytes)
{
	uint64_t unit = 1;
	char *end;

	if (!isdigit((unsigned char)*s))
		return false;
	errno = 0;
	*bytes = strtoull(s, &end, 10);
	if (errno)
		return false;

	switch (toupper((unsigned char)*end)) {
	case 'G':
		unit <<= 10;
		/* fallthrough */
	case 'M':
		unit <<= 10;
		/* fallthrough */
	case 'K':
		unit <<= 10;
		end++;
		break;
	}
	if (*end)
		return false;
	return !__builtin_mul_overflow(*bytes, unit, bytes);
}

bool parse_duration(const char *s, uint64_t unit_ns, uint64_t *ns)
{
	double value;
	char *end;

	if (!isdigit((unsigned char)*s) && *s != '.')
		return false;
	errno = 0;
	value = strtod(s, &end);
	if (errno || end == s || *end || !isfinite(value))
		return false;
	value *= unit_ns;
	if (value >= (double)INT64_MAX)
		return false;
	*ns = value;
	return true;
}

void format_rfc3339(int64_t realtime_ns, char out[RFC3339_SIZE])
{
	/* Times come in order, many in the same second. */
	static char seconds[RFC3339_SIZE];
	static time_t last;
	static size_t length;
	int64_t nsec = realtime_ns % (int64_t)NSEC_PER_SEC;
	time_t sec = realtime_ns / (int64_t)NSEC_PER_SEC;
	struct tm tm;
	char *digit;

	if (nsec < 0) {
		nsec += NSEC_PER_SEC;
		sec--;
	}
	if (!length || sec != last) {
		gmtime_r(&sec, &tm);
		length = strftime(seconds, RFC3339_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
		last = sec;
	}
	memcpy(out, seconds, length);
	out[length] = '.';
	for (digit = out + length + 9; digit > out + length; digit--) {
		*digit = '0' + nsec % 10;
		nsec /= 10;
	}
	memcpy(out + length + 10, "Z", 2);
}

void format_duration(uint64_t ns, char *out, size_t size)
{
	static const struct {
		uint64_t ns;
		const char *name;
	} units[] = {
		{ NSEC_PER_SEC, "s" }, { NSEC_PER_MSEC, "ms" },
		{ NSEC_PER_USEC, "us" }, { 1, "ns" },
	};
	char text[32] = "", digits[20], *s;
	unsigned int i = 0, rest;
	size_t length;

	while (i < 3 && ns < units[i].ns)
		i++;
	s = format_unsigned(ns / units[i].ns, digits);
	length = digits + sizeof(digits) - s;
	memcpy(text, s, length);
	if (i < 3) {
		rest = ns % units[i].ns / (units[i].ns / 1000);
		text[length++] = '.';
		text[length++] = '0' + rest / 100;
		text[length++] = '0' + rest / 10 % 10;
		text[length++] = '0' + rest % 10;
	}
	strcpy(text + length, units[i].name);
	/* Most events have one, and snprintf() would take longer than the event. */
	length = strlen(text);
	if (length >= size)
		length = size - 1;
	memcpy(out, text, length);
	out[length] = '\0';
}

const char *format_short(int64_t ns, char text[SHORT_SIZE])
{
	static const struct {
		const char *name;
		double ns;
	} units[] = {
		{ "s", 1e9 }, { "ms", 1e6 }, { "us", 1e3 }, { "ns", 1 },
	};
	size_t i = 0;

	/* 999.6 us are 1.00 ms. */
	while (i < 3 && (double)llabs(ns) < units[i].ns * 0.9995)
		i++;
	if (llabs(ns) >= 999500000000)
		snprintf(text, SHORT_SIZE, "%.0fs", (double)ns / 1e9);
	else
		snprintf(text, SHORT_SIZE, "%.3g%s", (double)ns / units[i].ns, units[i].name);
	return text;
}

void color_on(FILE *out, bool color, const char *sgr)
{
	if (color && sgr)
		fprintf(out, "\033[%sm", sgr);
}

void color_off(FILE *out, bool color, const char *sgr)
{
	if (color && sgr)
		fputs("\033[0m", out);
}

void color_print(FILE *out, bool color, const char *sgr, const char *format, ...)
{
	va_list args;

	color_on(out, color, sgr);
	va_start(args, format);
	vfprintf(out, format, args);
	va_end(args);
	color_off(out, color, sgr);
}

void pad(FILE *out, int written, int width)
{
	/* The blanks keep a long entry apart from the next column. */
	int blanks = (written < width ? width - written : 0) + 2;

	while (blanks--)
		putc_unlocked(' ', out);
}
