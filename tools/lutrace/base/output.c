// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/complain.h"
#include "base/output.h"

/* The file that is standard output; NULL if the user named none. */
static const char *opened;
/* The file did not exist before, and nothing was written to it. */
static bool unused;

static bool is_same_file(const char *path, const char *other)
{
	struct stat a, b;

	return !stat(path, &a) &&
	       !(strcmp(other, "-") ? stat(other, &b) : fstat(STDIN_FILENO, &b)) &&
	       a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

bool output_is_input(const char *path, const char *input)
{
	char *older = NULL;
	bool same;

	if (!input)
		return false;
	same = is_same_file(path, input) ||
	       (asprintf(&older, "%s" CAPTURE_OLDER, input) >= 0 && is_same_file(path, older));
	free(older);
	if (same)
		complain("%s is what is to be read: write to another file", path);
	return same;
}

int output_open_file(const char *path, bool *created)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

	*created = fd >= 0;
	if (fd < 0 && errno == EEXIST)
		fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	return fd;
}

static void remove_unused(void)
{
	if (unused)
		unlink(opened);
}

int output_open(const char *path, const char *input)
{
	int fd;

	if (!path)
		return 0;
	if (output_is_input(path, input))
		return EXIT_USAGE;
	fd = output_open_file(path, &unused);
	if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0) {
		complain("cannot write %s: %s", path, strerror(errno));
		return EXIT_INCOMPLETE;
	}
	if (fd != STDOUT_FILENO)
		close(fd);
	opened = path;
	atexit(remove_unused);
	return 0;
}

void output_begin(void)
{
	struct stat st;

	unused = false;
	/* A shell that redirects has emptied its file, or appends to it. */
	if (opened && !fstat(STDOUT_FILENO, &st) && S_ISREG(st.st_mode) &&
	    ftruncate(STDOUT_FILENO, 0))
		complain("cannot empty %s: %s", opened, strerror(errno));
}

int finish_output(int status)
{
	if ((!fflush(stdout) && !ferror(stdout)) || errno == EPIPE)
		return status;
	complain("cannot write the output: %s", strerror(errno));
	return EXIT_INCOMPLETE;
}

static bool replace(const char *path, bool (*write)(int fd, const void *data), const void *data)
{
	char *temporary;
	bool ok = false;
	int fd, err;

	if (asprintf(&temporary, "%s.XXXXXX", path) < 0)
		return false;
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd >= 0) {
		errno = EIO;
		ok = write(fd, data) && !rename(temporary, path);
		err = errno;
		if (!ok)
			unlink(temporary);
		errno = err;
	}
	err = errno;
	free(temporary);
	errno = err;
	return ok;
}

/* Returns where @path leads, even if no file is there yet, to be freed; or NULL and errno. */
static char *resolve(const char *path)
{
	struct stat st;
	bool created;
	int fd;

	if (!stat(path, &st)) {
		if (S_ISREG(st.st_mode))
			return realpath(path, NULL);
		errno = S_ISDIR(st.st_mode) ? EISDIR : EOPNOTSUPP;
		return NULL;
	}
	if (errno != ENOENT)
		return NULL;
	if (lstat(path, &st))
		return strdup(path);
	/* realpath() needs a file at the link's end. */
	fd = output_open_file(path, &created);
	if (fd < 0)
		return NULL;
	close(fd);
	return realpath(path, NULL);
}

bool output_replace(const char *path, bool (*write)(int fd, const void *data), const void *data)
{
	char *target = resolve(path);
	bool ok = target && replace(target, write, data);

	if (!ok)
		complain("cannot write %s: %s", path, errno == EOPNOTSUPP ?
			 "it is not a regular file" : strerror(errno));
	free(target);
	return ok;
}
