/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The one JSON writer. It takes care of commas, escapes and formats: a number of 64 bits that has
 * no order, such as a token, is a string "0x1f", as many readers would round the number.
 *
 *	{"type":"file","session":"vm0","token":"0x0","errno":-16,"errno_name":"EBUSY","next":null}
 */
#ifndef LUTRACE_JSON_H
#define LUTRACE_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* The version of the JSON output's layout. */
#define LUTRACE_SCHEMA	"lutrace/2"

/**
 * struct json - JSON that is being written
 * @out:  Where it goes.
 * @more: A comma comes before the next value.
 */
struct json {
	FILE *out;
	bool more;
};

/*
 * Each writes one value, as the member @key of an object, or, where @key is NULL, as an element of
 * a list. Text that is not UTF-8 has its bytes replaced, and a member KEY_hex then has all of them.
 */
void json_text(struct json *j, const char *key, const char *text);
void json_count(struct json *j, const char *key, uint64_t count);
void json_number(struct json *j, const char *key, int64_t number);
void json_bool(struct json *j, const char *key, bool value);
void json_hex(struct json *j, const char *key, uint64_t number);
void json_null(struct json *j, const char *key);
/* @realtime_ns since the epoch, as RFC 3339 has it. */
void json_time(struct json *j, const char *key, int64_t realtime_ns);
/* Two members: KEY with @err, 0 or a negative errno, and KEY_name with its name or null. */
void json_errno(struct json *j, const char *key, int32_t err);

void json_object(struct json *j, const char *key);
void json_end_object(struct json *j);
void json_list(struct json *j, const char *key);
void json_end_list(struct json *j);

/* Begins a value that the caller writes to @j->out. */
void json_key(struct json *j, const char *key);
/* Ends a line; no comma comes before the next value. */
void json_end_line(struct json *j);

#endif /* LUTRACE_JSON_H */
