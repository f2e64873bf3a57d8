/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LUTRACE_UTIL_H
#define LUTRACE_UTIL_H

#include <stddef.h>

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

/* The struct @type whose @member is at @pointer. */
#define container_of(pointer, type, member)				\
	((type *)((char *)(pointer) - offsetof(type, member)))

#endif /* LUTRACE_UTIL_H */
