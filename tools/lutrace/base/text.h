/* SPDX-License-Identifier: GPL-2.0 */
/* Text in and out: escaping, addresses, errnos, times. */
#ifndef LUTRACE_TEXT_H
#define LUTRACE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define NSEC_PER_SEC	UINT64_C(1000000000)
#define NSEC_PER_MSEC	UINT64_C(1000000)
#define NSEC_PER_USEC	UINT64_C(1000)

/* "2026-11-23T05:54:23.123456789Z" and its terminator. */
#define RFC3339_SIZE	40
/* "ffff:ff:1f.7", with a 32 bit domain. */
#define BDF_SIZE	20
/* ":0xffffffffffffffff" and its terminator. */
#define TOKEN_SIZE	20

/*
 * Returns the length of the UTF-8 sequence that @s starts with and stores its
 * code point, or 0 if the bytes are not valid UTF-8. @s is not empty.
 */
size_t utf8_decode(const char *s, uint32_t *code_point);

/* Returns whether a terminal shows the character, and does nothing else. */
bool is_printable(uint32_t code_point);

/* Returns how much of @s needs no escape: printable ASCII but backslashes and double quotes. */
size_t plain_length(const char *s);

/* Most texts are a word: a call for each costs more than copying it. */
static inline void emit_bytes(FILE *out, const char *s, size_t length)
{
	while (length--)
		putc_unlocked(*s++, out);
}

/* As fputs() and fprintf(), without a lock and a format: most output is text and numbers. */
void emit_text(FILE *out, const char *s);
void emit_unsigned(FILE *out, uint64_t number);
void emit_signed(FILE *out, int64_t number);
/* As "0x%x". Returns the characters written. */
int emit_hex(FILE *out, uint64_t number);

/*
 * Writes @s so that it can do no harm on a terminal and reads unambiguously:
 * control, invisible and direction-changing characters and bytes that are not
 * UTF-8 become \xNN, a backslash becomes two. Returns the characters written.
 */
int escape_terminal(FILE *out, const char *s);

/*
 * The same for text of XML and HTML, and for attributes between double quotes.
 * Returns false without memory.
 */
bool escape_markup(FILE *out, const char *s);

/*
 * Brings a PCI address that a user wrote ("0000:01:00.0" or "01:00.0", in any
 * case) into the kernel's form. Returns false if it is none.
 */
bool parse_bdf(const char *s, char bdf[BDF_SIZE]);
void format_bdf(uint32_t domain, uint16_t bdf, char out[BDF_SIZE]);

/* Both know the kernel's own errnos above those of user space, too. */
const char *errno_name(int positive);
/* Takes "EBUSY", "ebusy", "16" or "-16"; returns 0 for anything else. */
int parse_errno(const char *s);

bool parse_u64(const char *s, uint64_t *value);
/* "64K", "4M" or plain bytes. */
bool parse_size(const char *s, uint64_t *bytes);
/* A decimal number of units, fractions allowed, in nanoseconds. */
bool parse_duration(const char *s, uint64_t unit_ns, uint64_t *ns);

/* @realtime_ns since the epoch, in UTC. */
void format_rfc3339(int64_t realtime_ns, char out[RFC3339_SIZE]);
/* "950ns", "1.234ms", "12.345s": four significant digits or a few more. */
void format_duration(uint64_t ns, char *out, size_t size);

/* Three significant digits: "118us", "-1.17ms", "14.5s". Returns @text. */
#define SHORT_SIZE	24
const char *format_short(int64_t ns, char text[SHORT_SIZE]);

/* Colours, as SGR has them. */
#define COLOR_BAD	"1;31"
#define COLOR_WARNING	"33"
#define COLOR_GOOD	"32"
#define COLOR_HEAD	"1"
#define COLOR_DIM	"2"

/* Begins, and ends, text in @sgr, unless that is NULL or no colours are wanted. */
void color_on(FILE *out, bool color, const char *sgr);
void color_off(FILE *out, bool color, const char *sgr);
/* As fprintf(), between the two. */
void color_print(FILE *out, bool color, const char *sgr, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* Fills a column of @width, and two blanks more, after what was @written. */
void pad(FILE *out, int written, int width);

#endif /* LUTRACE_TEXT_H */
