// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/host.h"

/* The kernel's own limit for a record of its log, with all escapes. */
#define LOG_RECORD_SIZE	8192
/* A priority holds the facility above the level's three bits; 0 is the kernel. */
#define LOG_FACILITY(priority)	((priority) >> 3)

char *host_read(const char *path)
{
	gzFile in = gzopen(path, "re");
	char *text = NULL, *larger;
	size_t size = 0;
	int n;

	if (!in)
		return NULL;
	do {
		larger = realloc(text, size + 65536 + 1);
		if (!larger) {
			n = -1;
			break;
		}
		text = larger;
		n = gzread(in, text + size, 65536);
		size += n > 0 ? n : 0;
	} while (n > 0);
	gzclose(in);
	if (n < 0) {
		free(text);
		return NULL;
	}
	text[size] = '\0';
	return text;
}

char *host_config(const char *release)
{
	char *path = NULL, *config = host_read("/proc/config.gz");

	if (!config && asprintf(&path, "/boot/config-%s", release) >= 0)
		config = host_read(path);
	free(path);
	return config;
}

/* PRIORITY,SEQUENCE,MICROSECONDS,FLAGS[,...];TEXT, and then lines of a dictionary. */
static void write_log_record(FILE *out, const char *record)
{
	unsigned int priority;
	uint64_t us;
	const char *text = strchr(record, ';');

	if (!text || sscanf(record, "%u,%*u,%" SCNu64, &priority, &us) != 2 ||
	    LOG_FACILITY(priority))
		return;
	fprintf(out, "[%5" PRIu64 ".%06" PRIu64 "] %.*s\n", us / 1000000,
		us % 1000000, (int)strcspn(text + 1, "\n"), text + 1);
}

char *host_kernel_log(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char record[LOG_RECORD_SIZE + 1], *text = NULL;
	size_t size;
	FILE *out;
	ssize_t n;

	if (fd < 0)
		return NULL;
	out = open_memstream(&text, &size);
	if (!out) {
		close(fd);
		return NULL;
	}
	/* EPIPE: records were overwritten, and the next one is there. */
	while ((n = read(fd, record, LOG_RECORD_SIZE)) > 0 || (n < 0 && errno == EPIPE)) {
		if (n < 0)
			continue;
		record[n] = '\0';
		write_log_record(out, record);
	}
	n = errno == EAGAIN ? 0 : errno;
	close(fd);
	if (fclose(out) || n) {
		free(text);
		errno = n ? n : ENOMEM;
		return NULL;
	}
	return text;
}

char *host_attribute(const char *bdf, const char *name)
{
	char path[PATH_MAX], *text;

	snprintf(path, sizeof(path), HOST_PCI_DEVICES "/%s/%s", bdf, name);
	text = host_read(path);
	if (text)
		text[strcspn(text, "\n")] = '\0';
	return text;
}

char *host_link(const char *bdf, const char *name)
{
	char path[PATH_MAX], target[PATH_MAX];
	const char *slash;
	ssize_t length;

	snprintf(path, sizeof(path), HOST_PCI_DEVICES "/%s/%s", bdf, name);
	length = readlink(path, target, sizeof(target) - 1);
	if (length < 0)
		return NULL;
	target[length] = '\0';
	slash = strrchr(target, '/');
	return strdup(slash ? slash + 1 : target);
}
