// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/reboot.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

#include "kexec.h"

/* COMMAND_LINE_SIZE of x86, which no uapi header gives; the kernel cuts off silently. */
#define CMDLINE_SIZE	2048

static int read_cmdline(char *buf, size_t size)
{
	size_t len = 0;
	ssize_t n;
	int fd;

	fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	while ((n = read(fd, buf + len, size - 1 - len)) > 0)
		len += n;
	n = n < 0 ? -errno : 0;
	close(fd);
	buf[len] = '\0';
	return n;
}

/* Copy @cur to @next, less every lu.stage=, and return the last stage seen; 1 where there is none. */
static unsigned long strip_stage(char *cur, char *next)
{
	static const char key[] = "lu.stage=";
	unsigned long stage = 1;
	char *word, *save;

	*next = '\0';
	for (word = strtok_r(cur, " \n", &save); word; word = strtok_r(NULL, " \n", &save)) {
		if (!strncmp(word, key, strlen(key))) {
			stage = strtoul(word + strlen(key), NULL, 10);
			continue;
		}
		next = stpcpy(stpcpy(next, word), " ");
	}
	return stage;
}

/*
 * Words are split at blanks, quoted or not, and put together again with one blank: no parameter of
 * the test machine has a blank in its value.
 */
static int next_cmdline(char *buf, size_t size, const char *append)
{
	char cur[CMDLINE_SIZE], rest[CMDLINE_SIZE + 1];
	unsigned long stage;
	int ret;

	ret = read_cmdline(cur, sizeof(cur));
	if (ret)
		return ret;
	stage = strip_stage(cur, rest);
	ret = snprintf(buf, size, "%slu.stage=%lu%s%s", rest, stage + 1,
		       append ? " " : "", append ?: "");
	return (size_t)ret < size ? 0 : -E2BIG;
}

int lu_kexec_load(const char *append)
{
	char cmdline[CMDLINE_SIZE];
	int kernel, initrd, ret;

	ret = next_cmdline(cmdline, sizeof(cmdline), append);
	if (ret)
		return ret;

	kernel = open(LU_KEXEC_KERNEL, O_RDONLY | O_CLOEXEC);
	if (kernel < 0)
		return -errno;
	initrd = open(LU_KEXEC_INITRD, O_RDONLY | O_CLOEXEC);
	if (initrd < 0) {
		ret = -errno;
		goto close_kernel;
	}

	if (syscall(SYS_kexec_file_load, kernel, initrd, strlen(cmdline) + 1, cmdline, 0UL) < 0)
		ret = -errno;

	close(initrd);
close_kernel:
	close(kernel);
	return ret;
}

/* The jump throws away what a serial port has not sent yet, and with it the test's last words. */
static void drain(void)
{
	const char *tty = getenv("LU_TTY");
	int fd;

	fflush(NULL);
	tcdrain(STDOUT_FILENO);
	if (!tty)
		return;
	fd = open(tty, O_WRONLY | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return;
	tcdrain(fd);
	close(fd);
}

int lu_kexec_exec(void)
{
	drain();
	sync();
	if (syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2,
		    LINUX_REBOOT_CMD_KEXEC, NULL) < 0)
		return -errno;
	return 0;	/* not reached */
}
