/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LUTRACE_JSON_H
#define LUTRACE_JSON_H

/* The version of the JSON output's layout. */
#define LUTRACE_SCHEMA	"lutrace/1"

#endif /* LUTRACE_JSON_H */
