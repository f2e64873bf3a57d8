/* SPDX-License-Identifier: GPL-2.0 */
/* The view that writes a capture: see source/capture.h for what is in it. */
#ifndef LUTRACE_VIEW_CAPTURE_H
#define LUTRACE_VIEW_CAPTURE_H

#include "model/state.h"
#include "view/view.h"

/**
 * struct capture_target - Where a capture is written to
 * @path:     The file, which is replaced.
 * @max_size: Of both files of it; 0 for no limit.
 */
struct capture_target {
	const char *path;
	uint64_t max_size;
};

/*
 * A view that writes a capture. Returns NULL and errno where the file cannot be
 * written; it is emptied by the first thing that is shown. view_capture_free() writes the rest.
 */
struct view *view_capture_new(const struct capture_target *target,
			      uint32_t arrival);

/* Returns why not all was written, an errno, or 0. */
int view_capture_free(struct view *view);

/* Adds @state to the capture. */
void view_capture_state(struct view *view, const struct state *state);

#endif /* LUTRACE_VIEW_CAPTURE_H */
