/* SPDX-License-Identifier: GPL-2.0 */
/* The recorded source: the journals of the previous kernel and of this one. */
#ifndef LUTRACE_SOURCE_JOURNAL_H
#define LUTRACE_SOURCE_JOURNAL_H

#include "source/journal.h"

/*
 * Opens the kernel's iterator, which needs privileges; reading does not. Returns
 * a file descriptor, -ENOENT where the kernel has no such iterator, or another
 * negative errno after complaining.
 */
int journal_open(void);

/* Reads it to the end. Returns NULL after complaining. */
struct history *journal_read(int fd);

#endif /* LUTRACE_SOURCE_JOURNAL_H */
