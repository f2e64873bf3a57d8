// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <asm/bootparam.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kexec.h>
#include <linux/reboot.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
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

/* Copies @cur to @next without any lu.stage=, and returns the last stage; 1 where there is none. */
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
 * Splits words at blanks, quoted or not, and joins them with one blank: no parameter of the test
 * machine has a blank in its value.
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

/*
 * Load addresses for kexec_load(2): in the machine's RAM, apart from each other, and below 4 GiB
 * as the boot protocol requires. The kernel relocates itself.
 */
#define PARAMS_AT	0x08000000UL
#define KERNEL_AT	0x10000000UL
#define INITRD_AT	0x20000000UL
#define SECTOR		512
#define ENTRY_64	0x200

/* Boot parameters, then the command line, then the code that is entered first. */
struct first_page {
	struct boot_params params;
	char cmdline[CMDLINE_SIZE];
	unsigned char code[32];
};

/* Maps a file; its length goes to @size. Returns NULL with errno set. */
static void *map_file(const char *path, size_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *map = MAP_FAILED;

	if (fd < 0)
		return NULL;
	if (!fstat(fd, &st)) {
		*size = st.st_size;
		map = mmap(NULL, *size, PROT_READ, MAP_PRIVATE, fd, 0);
	}
	close(fd);
	return map == MAP_FAILED ? NULL : map;
}

/* mov $params, %rsi; mov $entry, %rax; jmp *%rax */
static void write_code(unsigned char *code)
{
	const unsigned long params = PARAMS_AT, entry = KERNEL_AT + ENTRY_64;

	memcpy(code, "\x48\xbe", 2);
	memcpy(code + 2, &params, 8);
	memcpy(code + 10, "\x48\xb8", 2);
	memcpy(code + 12, &entry, 8);
	memcpy(code + 20, "\xff\xe0", 2);
}

/*
 * The boot parameters of this kernel describe the machine. setup_data, which leads to the
 * handover of the previous kernel, is left out.
 */
static int fill_first_page(struct first_page *page, const struct setup_header *hdr, size_t initrd)
{
	int fd = open("/sys/kernel/boot_params/data", O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, &page->params, sizeof(page->params));
	close(fd);
	if (n != sizeof(page->params))
		return -EIO;
	page->params.hdr = *hdr;
	page->params.hdr.type_of_loader = 0xd0;	/* kexec */
	page->params.hdr.setup_data = 0;
	page->params.hdr.code32_start = KERNEL_AT;
	page->params.hdr.ramdisk_image = INITRD_AT;
	page->params.hdr.ramdisk_size = initrd;
	page->params.ext_ramdisk_image = 0;
	page->params.ext_ramdisk_size = 0;
	page->params.hdr.cmd_line_ptr = PARAMS_AT + offsetof(struct first_page, cmdline);
	page->params.ext_cmd_line_ptr = 0;
	write_code(page->code);
	return next_cmdline(page->cmdline, sizeof(page->cmdline), NULL);
}

static size_t whole_pages(size_t size)
{
	return (size + 4095) & ~4095UL;
}

static int load_segments(const char *kernel, size_t kernel_size, const void *initrd,
			 size_t initrd_size)
{
	const struct setup_header *hdr = (const void *)(kernel + offsetof(struct boot_params, hdr));
	struct first_page page = { 0 };
	size_t skip;
	int ret;

	if (kernel_size < sizeof(struct boot_params) || hdr->version < 0x20c ||
	    !(hdr->xloadflags & XLF_KERNEL_64))
		return -ENOEXEC;
	skip = (hdr->setup_sects ?: 4) * SECTOR + SECTOR;
	ret = fill_first_page(&page, hdr, initrd_size);
	if (ret)
		return ret;

	const struct kexec_segment segments[] = {
		{ &page, sizeof(page), (void *)PARAMS_AT, whole_pages(sizeof(page)) },
		{ kernel + skip, kernel_size - skip, (void *)KERNEL_AT,
		  whole_pages(hdr->init_size) },
		{ initrd, initrd_size, (void *)INITRD_AT, whole_pages(initrd_size) },
	};

	if (syscall(SYS_kexec_load, PARAMS_AT + offsetof(struct first_page, code),
		    sizeof(segments) / sizeof(segments[0]), segments, KEXEC_ARCH_DEFAULT) < 0)
		return -errno;
	return 0;
}

int lu_kexec_load_without_kho(void)
{
	size_t kernel_size, initrd_size;
	char *kernel = map_file(LU_KEXEC_KERNEL, &kernel_size);
	void *initrd = map_file(LU_KEXEC_INITRD, &initrd_size);
	int ret = -ENOENT;

	if (kernel && initrd)
		ret = load_segments(kernel, kernel_size, initrd, initrd_size);
	if (kernel)
		munmap(kernel, kernel_size);
	if (initrd)
		munmap(initrd, initrd_size);
	return ret;
}

/* The jump discards what a serial port has not sent yet, and with it the test's last lines. */
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
