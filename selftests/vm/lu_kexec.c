// SPDX-License-Identifier: GPL-2.0
/* lu_kexec: load the next kernel, jump to it, or both; for test scripts. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "kexec.h"

static const char usage_text[] =
	"Usage: lu_kexec [load|exec] [--cmdline-append STR]\n"
	"\n"
	"Live update to the kernel and initramfs in /boot, as the next stage of the test.\n"
	"\n"
	"  load    load the kernel with kexec_file_load(2)\n"
	"  exec    jump to the kernel that was loaded\n"
	"  (none)  do both\n"
	"\n"
	"  --cmdline-append STR  more words for the next kernel's command line\n"
	"  --help                this text\n"
	"\n"
	"Exit status: 0 loaded; 1 failed (the reason is on standard error); 2 usage.\n"
	"A jump that works does not return.\n";

static const char *load_hint(int err)
{
	switch (err) {
	case ENOENT:
		return LU_KEXEC_KERNEL " or " LU_KEXEC_INITRD " is missing: run lu-boot-store";
	case E2BIG:
		return "the command line would be longer than the kernel takes: append less";
	case ENOEXEC:
		return "the kernel does not take this image: is CONFIG_RELOCATABLE set?";
	case ENOSYS:
		return "the kernel has no kexec_file_load(2): set CONFIG_KEXEC_FILE";
	default:
		return "the kernel log has the reason";
	}
}

static int load(const char *append)
{
	int ret = lu_kexec_load(append);

	if (!ret)
		return 0;
	fprintf(stderr, "lu_kexec: cannot load the next kernel: %s (errno %d): %s\n",
		strerror(-ret), -ret, load_hint(-ret));
	return 1;
}

static int jump(void)
{
	int ret = lu_kexec_exec();

	fprintf(stderr, "lu_kexec: the kernel did not jump: %s (errno %d): %s\n",
		strerror(-ret), -ret,
		ret == -EINVAL ? "load a kernel first, or read the kernel log" :
				 "the kernel log has the reason");
	return 1;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "cmdline-append", required_argument, NULL, 'a' },
		{ "help", no_argument, NULL, 'h' },
		{}
	};
	const char *append = NULL, *verb;
	int opt;

	while ((opt = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (opt) {
		case 'a':
			append = optarg;
			break;
		case 'h':
			fputs(usage_text, stdout);
			return 0;
		default:
			fputs(usage_text, stderr);
			return 2;
		}
	}

	verb = optind < argc ? argv[optind++] : "both";
	if (optind < argc || (append && !strcmp(verb, "exec"))) {
		fputs(usage_text, stderr);
		return 2;
	}
	if (!strcmp(verb, "load"))
		return load(append);
	if (!strcmp(verb, "exec"))
		return jump();
	if (!strcmp(verb, "both"))
		return load(append) ?: jump();

	fprintf(stderr, "lu_kexec: unknown verb '%s'\n%s", verb, usage_text);
	return 2;
}
