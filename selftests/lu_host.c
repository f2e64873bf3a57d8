// SPDX-License-Identifier: GPL-2.0
/*
 * The host's side of the machine: see lu_host.h.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lu_host.h"
#include "lu_lib.h"

bool lu_host_listens(void)
{
	return lu_cmdline("lu.hotplug=") && getenv("LU_TTY");
}

/* A longer answer is cut: no question of ours has a long one. */
static int read_answer(int tty, char *line, size_t size)
{
	struct pollfd input = { .fd = tty, .events = POLLIN };
	size_t len = 0;
	char c;

	while (poll(&input, 1, LU_DEADLINE_MS) == 1) {
		if (read(tty, &c, 1) != 1)
			return -EIO;
		if (c == '\n') {
			line[len] = '\0';
			return 0;
		}
		if (len < size - 1)
			line[len++] = c;
	}
	return -ETIMEDOUT;
}

int lu_qmp(const char *fmt, ...)
{
	const char *name = getenv("LU_TTY");
	char command[512], answer[512];
	va_list args;
	int tty, ret;

	va_start(args, fmt);
	vsnprintf(command, sizeof(command), fmt, args);
	va_end(args);
	tty = name ? open(name, O_RDWR | O_NOCTTY | O_CLOEXEC) : -1;
	if (tty < 0)
		return -ENODEV;
	fflush(stdout);
	dprintf(tty, "lu-qmp: %s\n", command);
	ret = read_answer(tty, answer, sizeof(answer));
	close(tty);
	if (!ret && strncmp(answer, "{\"return\"", 9)) {
		ksft_print_msg("the host refuses %s: %s\n", command, answer);
		ret = -EREMOTEIO;
	}
	return ret;
}

int lu_host_plug(const char *model, const char *id, const char *port)
{
	return lu_qmp("{\"execute\": \"device_add\", \"arguments\": {\"driver\": \"%s\", \"id\": \"%s\", \"bus\": \"%s\"}}",
		      model, id, port);
}

int lu_host_unplug(const char *id)
{
	return lu_qmp("{\"execute\": \"device_del\", \"arguments\": {\"id\": \"%s\"}}",
		      id);
}
