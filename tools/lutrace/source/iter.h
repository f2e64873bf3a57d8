/* SPDX-License-Identifier: GPL-2.0 */
/* BPF iterators of the kernel. */
#ifndef LUTRACE_SOURCE_ITER_H
#define LUTRACE_SOURCE_ITER_H

#include <stddef.h>

/*
 * Reads all that the iterator at @fd gives. Returns 0 or a negative errno; @data is
 * the caller's to free in any case.
 */
int iter_read(int fd, char **data, size_t *size);

#endif /* LUTRACE_SOURCE_ITER_H */
