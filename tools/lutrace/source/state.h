/* SPDX-License-Identifier: GPL-2.0 */
/* The state's source: the kernel's iterators over what is preserved. */
#ifndef LUTRACE_SOURCE_STATE_H
#define LUTRACE_SOURCE_STATE_H

#include "model/state.h"

#define STATE_NR_TYPES	(LUTRACE_STATE_DEVICE + 1)

/**
 * struct state_reader - Iterators that are open, to be read once
 * @fds: By enum lutrace_state_type; -1 where the kernel has no such.
 */
struct state_reader {
	int fds[STATE_NR_TYPES];
};

/* None of them is open. */
#define STATE_READER_NONE						\
	((struct state_reader){ .fds = { [0 ... STATE_NR_TYPES - 1] = -1 } })

/*
 * Opens the iterators, which needs privileges; reading does not. Returns 0,
 * -ENOENT where the kernel tells nothing, or another negative errno after
 * complaining; nothing is open then.
 */
int state_open(struct state_reader *reader);
void state_close(struct state_reader *reader);

/*
 * Reads all that the kernel tells and closes the reader. Returns 0, or a negative
 * errno after complaining. The state is the caller's to free in any case.
 */
int state_read(struct state_reader *reader, struct state *state);

#endif /* LUTRACE_SOURCE_STATE_H */
