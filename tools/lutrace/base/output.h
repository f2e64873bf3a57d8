/* SPDX-License-Identifier: GPL-2.0 */
/* Standard output, and files: what is in a file stays until there is something to replace it. */
#ifndef LUTRACE_OUTPUT_H
#define LUTRACE_OUTPUT_H

#include <stdbool.h>

/* What a bounded capture has no room for is in a file with this at the end of its name. */
#define CAPTURE_OLDER	".1"

/*
 * Returns whether the file at @path, which is to be written, is a part of the capture @input, which
 * is to be read (NULL for none). Complains if it is.
 */
bool output_is_input(const char *path, const char *input);

/*
 * Makes the file at @path standard output, unless @path is NULL. What is in the file stays until
 * output_begin(); without that call, a file that did not exist is removed at the end. Refuses what
 * is read as @input: see output_is_input(). Returns 0, or the exit status after complaining.
 */
int output_open(const char *path, const char *input);

/* There is something to write: empties the file of output_open(). */
void output_begin(void);

/*
 * Flushes standard output. Returns @status, or EXIT_INCOMPLETE after complaining where
 * that failed. A reader at the other end of a pipe may stop reading: that is no error.
 */
int finish_output(int status);

/*
 * Opens @path for writing, without emptying it. Stores in @created whether it
 * was made for that. Returns a file descriptor, or -1 and errno.
 */
int output_open_file(const char *path, bool *created);

/*
 * Replaces the file at @path, or the one that it links to, by what @write writes: a reader
 * finds the old file or the new one, whole. Only a regular file is replaced. @write closes
 * the file, whose mode is 0600; it returns false and errno where it could not write. Returns false
 * after complaining.
 */
bool output_replace(const char *path, bool (*write)(int fd, const void *data), const void *data);

#endif /* LUTRACE_OUTPUT_H */
