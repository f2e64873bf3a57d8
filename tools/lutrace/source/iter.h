/* SPDX-License-Identifier: GPL-2.0 */
/* BPF iterators of the kernel: whether there is one, and all that it gives. */
#ifndef LUTRACE_SOURCE_ITER_H
#define LUTRACE_SOURCE_ITER_H

#include <stdbool.h>
#include <stddef.h>

/* Whether the kernel has the iterators, by the names of their targets. */
void iter_probe(const char *const *targets, size_t nr, bool *found);

/* Returns 0 or a negative errno; @data is the caller's to free in any case. */
int iter_read(int fd, char **data, size_t *size);

#endif /* LUTRACE_SOURCE_ITER_H */
