/* SPDX-License-Identifier: GPL-2.0 */
/* The state's source: the kernel's iterators over what is preserved. */
#ifndef LUTRACE_SOURCE_STATE_H
#define LUTRACE_SOURCE_STATE_H

#include "model_state.h"

/*
 * Reads all that the kernel tells, and gives up all privileges before it reads.
 * Returns 0, -ENOENT where the kernel tells nothing, or another negative errno
 * after complaining. The state is the caller's to free in any case.
 */
int state_read(struct state *state);

#endif /* LUTRACE_SOURCE_STATE_H */
