/* SPDX-License-Identifier: GPL-2.0 */
/* The privileges that loading BPF programs takes, and giving them up. */
#ifndef LUTRACE_PRIVILEGE_H
#define LUTRACE_PRIVILEGE_H

#include <stdbool.h>

/* Whether the process may load and attach BPF programs. */
bool privilege_is_enough(void);

/* The same, after complaining of what is missing. */
bool privilege_check(void);

/* Gives up all privileges, for good. */
void privilege_drop(void);

#endif /* LUTRACE_PRIVILEGE_H */
