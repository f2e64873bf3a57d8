// SPDX-License-Identifier: GPL-2.0
/*
 * What every live update selftest needs: see lu_lib.h.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/kexec.h>
#include <linux/liveupdate.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lu_lib.h"
#include "kexec.h"

#define PCI_DEVICES	"/sys/bus/pci/devices"
#define PCI_DRIVERS	"/sys/bus/pci/drivers"

const char *lu_result(int ret)
{
	static char text[3][48];
	static unsigned int next;
	char *buf = text[next++ % 3];
	const char *name;

	if (!ret)
		return "success";
	name = ret < 0 ? strerrorname_np(-ret) : NULL;
	if (name)
		snprintf(buf, sizeof(text[0]), "-%s", name);
	else
		snprintf(buf, sizeof(text[0]), "%d", ret);
	return buf;
}

const char *lu_env_bdf(const char *env)
{
	const char *bdf = getenv(env);

	return bdf && *bdf ? bdf : NULL;
}

const char *net, *edu, *nvme;

void lu_need(unsigned int needs)
{
	net = lu_env_bdf("LU_NET");
	edu = lu_env_bdf("LU_EDU");
	nvme = lu_env_bdf("LU_NVME");
	if (needs & LU_NEED_NET && !net)
		lu_skip_all("LU_NET must name a virtio-net device");
	if (needs & LU_NEED_EDU && !edu)
		lu_skip_all("LU_EDU must name an edu device");
	if (needs & LU_NEED_NVME && !nvme)
		lu_skip_all("LU_NVME must name an nvme device");
}

static void report(const struct lu_step *step, int result, const char *blocker)
{
	if (blocker)
		ksft_test_result_skip("%s: needs \"%s\"\n", step->name, blocker);
	else if (result == KSFT_SKIP)
		ksft_test_result_skip("%s\n", step->name);
	else
		ksft_test_result(result == KSFT_PASS, "%s\n", step->name);
}

/* Did all steps pass? A step that failed or was skipped does not count if it is not needed. */
static bool run_steps(const struct lu_stage *stage)
{
	const char *blocker = NULL;
	size_t i;

	ksft_print_header();
	ksft_set_plan(stage->count);
	for (i = 0; i < stage->count; i++) {
		const struct lu_step *step = &stage->steps[i];
		int result = blocker ? KSFT_SKIP : step->run();

		report(step, result, blocker);
		if (!blocker && result != KSFT_PASS && step->needed)
			blocker = step->name;
	}
	return !blocker && (stage->go_on || !ksft_get_fail_cnt());
}

static void __noreturn enter_next_kernel(void)
{
	int ret;

	ksft_print_cnts();
	ret = lu_kexec_exec();
	ksft_exit_fail_msg("Entering the next kernel failed with %s: see the kernel log.\n",
			   lu_result(ret));
}

void lu_run_stages(const struct lu_stage *stages, size_t count)
{
	const char *text = getenv("LU_STAGE");
	size_t stage = text ? strtoul(text, NULL, 10) : 0;

	if (!stage || stage > count) {
		ksft_print_header();
		ksft_exit_fail_msg("LU_STAGE must be set to a stage from 1 to %zu.\n",
				   count);
	}
	if (run_steps(&stages[stage - 1]) && stage < count)
		enter_next_kernel();
	ksft_finished();
}

void lu_skip_all(const char *fmt, ...)
{
	char why[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(why, sizeof(why), fmt, args);
	va_end(args);
	ksft_print_header();
	ksft_exit_skip("%s\n", why);
}

const char *lu_cmdline(const char *key)
{
	/* COMMAND_LINE_SIZE of x86 */
	static char line[2048 + 1];
	const char *found = NULL;
	char *word, *save;
	FILE *in = fopen("/proc/cmdline", "re");

	if (!in || !fgets(line, sizeof(line), in))
		*line = '\0';
	if (in)
		fclose(in);
	for (word = strtok_r(line, " \n", &save); word;
	     word = strtok_r(NULL, " \n", &save))
		if (!strncmp(word, key, strlen(key)))
			found = word + strlen(key);
	return found;
}

int lu_run(const char *const argv[])
{
	int status, err;
	pid_t pid;

	fflush(NULL);
	err = posix_spawnp(&pid, argv[0], NULL, NULL, (char *const *)argv,
			   environ);
	if (err)
		return -err;
	if (waitpid(pid, &status, 0) < 0)
		return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -EINTR;
}

int lu_module_load(const char *name)
{
	const char *const argv[] = { "modprobe", name, NULL };
	int ret = lu_run(argv);

	return ret > 0 ? -ENOENT : ret;
}

int lu_module_unload(const char *name)
{
	return syscall(__NR_delete_module, name, O_NONBLOCK) ? -errno : 0;
}

bool lu_module_loaded(const char *name)
{
	char path[LU_PATH_LEN];

	snprintf(path, sizeof(path), "/sys/module/%s/initstate", name);
	return !access(path, F_OK);
}

char *lu_klog(void)
{
	/* One of SYSLOG_ACTION_*, which no header has. */
	const int read_all = 3, size_buffer = 10;
	int size = klogctl(size_buffer, NULL, 0), len;
	char *log = malloc(size + 1);

	if (!log)
		return NULL;
	len = klogctl(read_all, log, size);
	log[len < 0 ? 0 : len] = '\0';
	return log;
}

bool lu_klog_has(const char *fmt, ...)
{
	char *log = lu_klog(), text[256];
	va_list args;
	bool found;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	found = log && strstr(log, text);
	free(log);
	return found;
}

int lu_trap(const char *field, const char *value, unsigned int slot, uint64_t token, uint64_t other)
{
	char words[5][64];
	const char *const argv[] = {
		"modprobe", "lu_hostile", words[0], words[1], words[2], words[3], words[4], NULL
	};

	snprintf(words[0], sizeof(words[0]), "field=%s", field);
	snprintf(words[1], sizeof(words[1]), "value=%s", value);
	snprintf(words[2], sizeof(words[2]), "slot=%u", slot);
	snprintf(words[3], sizeof(words[3]), "token=%#llx", (unsigned long long)token);
	snprintf(words[4], sizeof(words[4]), "other=%#llx", (unsigned long long)other);
	return lu_run(argv);
}

int lu_kexec_unload(void)
{
	if (syscall(__NR_kexec_file_load, -1, -1, 0UL, NULL,
		    (unsigned long)KEXEC_FILE_UNLOAD))
		return -errno;
	return 0;
}

int lu_step_load(void)
{
	lu_ok(lu_kexec_load(""));
	return KSFT_PASS;
}

int lu_step_boot_store(void)
{
	static const char *const store[] = { "lu-boot-store", NULL };

	lu_ok(lu_pci_give_to(nvme, "nvme"));
	lu_ok(lu_run(store));
	return KSFT_PASS;
}

int64_t lu_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

void lu_poll_pause(void)
{
	const struct timespec pause = { .tv_nsec = 10 * 1000 * 1000 };

	nanosleep(&pause, NULL);
}

bool lu_wait_until(bool (*cond)(void *arg), void *arg)
{
	int64_t deadline = lu_now_ms() + LU_DEADLINE_MS;

	while (!cond(arg)) {
		if (lu_now_ms() > deadline)
			return false;
		lu_poll_pause();
	}
	return true;
}

void lu_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

int lu_open(void)
{
	int fd = open("/dev/liveupdate", O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int lu_session_create_raw(int luo, const void *name, size_t len)
{
	struct liveupdate_ioctl_create_session arg = { .size = sizeof(arg) };

	memcpy(arg.name, name, len < sizeof(arg.name) ? len : sizeof(arg.name));
	if (ioctl(luo, LIVEUPDATE_IOCTL_CREATE_SESSION, &arg))
		return -errno;
	return arg.fd;
}

int lu_session_create(int luo, const char *name)
{
	return lu_session_create_raw(luo, name, strlen(name));
}

int lu_session_retrieve(int luo, const char *name)
{
	struct liveupdate_ioctl_retrieve_session arg = { .size = sizeof(arg) };

	snprintf((char *)arg.name, sizeof(arg.name), "%s", name);
	if (ioctl(luo, LIVEUPDATE_IOCTL_RETRIEVE_SESSION, &arg))
		return -errno;
	return arg.fd;
}

int lu_session_preserve(int session, int fd, uint64_t token)
{
	struct liveupdate_session_preserve_fd arg = {
		.size = sizeof(arg),
		.fd = fd,
		.token = token,
	};

	return ioctl(session, LIVEUPDATE_SESSION_PRESERVE_FD, &arg) ?
		-errno : 0;
}

int lu_session_retrieve_fd(int session, uint64_t token)
{
	struct liveupdate_session_retrieve_fd arg = {
		.size = sizeof(arg),
		.token = token,
	};

	if (ioctl(session, LIVEUPDATE_SESSION_RETRIEVE_FD, &arg))
		return -errno;
	return arg.fd;
}

int lu_session_finish(int session)
{
	struct liveupdate_session_finish arg = { .size = sizeof(arg) };

	return ioctl(session, LIVEUPDATE_SESSION_FINISH, &arg) ? -errno : 0;
}

int lu_session_name(int session, char *name, size_t len)
{
	struct liveupdate_session_get_name arg = { .size = sizeof(arg) };

	if (ioctl(session, LIVEUPDATE_SESSION_GET_NAME, &arg))
		return -errno;
	snprintf(name, len, "%.*s", (int)sizeof(arg.name), arg.name);
	return 0;
}

int lu_create(const char *name)
{
	int luo = lu_open();
	int session;

	if (luo < 0)
		return luo;
	session = lu_session_create(luo, name);
	close(luo);
	return session;
}

int lu_retrieve(const char *name)
{
	int luo = lu_open();
	int session;

	if (luo < 0)
		return luo;
	session = lu_session_retrieve(luo, name);
	close(luo);
	return session;
}

int lu_write_file(const char *path, const char *value)
{
	size_t len = strlen(value);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int ret = 0;

	if (fd < 0)
		return -errno;
	/* sysfs takes a value in one write; a newline is the empty one. */
	if (write(fd, len ? value : "\n", len ? len : 1) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

int lu_pci_attr_write(const char *bdf, const char *attr, const char *value)
{
	char path[LU_PATH_LEN];

	snprintf(path, sizeof(path), PCI_DEVICES "/%s/%s", bdf, attr);
	return lu_write_file(path, value);
}

int lu_pci_attr_read(const char *bdf, const char *attr, char *value, size_t len)
{
	char path[LU_PATH_LEN];
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), PCI_DEVICES "/%s/%s", bdf, attr);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	got = read(fd, value, len - 1);
	close(fd);
	if (got < 0)
		return -EIO;
	value[got] = '\0';
	value[strcspn(value, "\n")] = '\0';
	return 0;
}

int lu_pci_driver_write(const char *driver, const char *attr, const char *value)
{
	char path[LU_PATH_LEN];

	snprintf(path, sizeof(path), PCI_DRIVERS "/%s/%s", driver, attr);
	return lu_write_file(path, value);
}

int lu_pci_driver_exists(const char *driver)
{
	char path[LU_PATH_LEN];

	snprintf(path, sizeof(path), PCI_DRIVERS "/%s", driver);
	return !access(path, F_OK);
}

bool lu_pci_exists(const char *bdf)
{
	char path[LU_PATH_LEN];

	snprintf(path, sizeof(path), PCI_DEVICES "/%s", bdf);
	return !access(path, F_OK);
}

const char *lu_pci_driver(const char *bdf, char *name, size_t len)
{
	char path[LU_PATH_LEN], target[PATH_MAX];
	const char *base;
	ssize_t got;

	snprintf(path, sizeof(path), PCI_DEVICES "/%s/driver", bdf);
	got = readlink(path, target, sizeof(target) - 1);
	target[got < 0 ? 0 : got] = '\0';
	base = strrchr(target, '/');
	snprintf(name, len, "%s", base ? base + 1 : "");
	return name;
}

bool lu_pci_driver_is(const char *bdf, const char *driver)
{
	char name[64];

	return !strcmp(lu_pci_driver(bdf, name, sizeof(name)), driver);
}

const char *lu_pci_parent(const char *bdf, char *parent, size_t len)
{
	unsigned int domain, bus, slot, fn;
	char path[LU_PATH_LEN], real[PATH_MAX];
	const char *base = NULL;
	char *end;

	snprintf(path, sizeof(path), PCI_DEVICES "/%s", bdf);
	if (realpath(path, real)) {
		end = strrchr(real, '/');
		*end = '\0';
		base = strrchr(real, '/');
	}
	if (base && sscanf(base + 1, "%x:%x:%x.%x", &domain, &bus, &slot,
			   &fn) == 4)
		snprintf(parent, len, "%s", base + 1);
	else
		*parent = '\0';
	return parent;
}

bool lu_pci_has_child(const char *bdf, const char *prefix)
{
	char path[LU_PATH_LEN];
	struct dirent *entry;
	bool found = false;
	DIR *dir;

	snprintf(path, sizeof(path), PCI_DEVICES "/%s", bdf);
	dir = opendir(path);
	if (!dir)
		return false;
	while (!found && (entry = readdir(dir)))
		found = !strncmp(entry->d_name, prefix, strlen(prefix));
	closedir(dir);
	return found;
}

int lu_pci_bind(const char *bdf, const char *driver)
{
	return lu_pci_driver_write(driver, "bind", bdf);
}

int lu_pci_unbind(const char *bdf)
{
	char driver[64];

	if (!*lu_pci_driver(bdf, driver, sizeof(driver)))
		return 0;
	return lu_pci_driver_write(driver, "unbind", bdf);
}

int lu_pci_override(const char *bdf, const char *driver)
{
	return lu_pci_attr_write(bdf, "driver_override", driver);
}

int lu_pci_probe(const char *bdf)
{
	return lu_write_file("/sys/bus/pci/drivers_probe", bdf);
}

int lu_pci_remove(const char *bdf)
{
	return lu_pci_attr_write(bdf, "remove", "1");
}

int lu_pci_rescan(void)
{
	return lu_write_file("/sys/bus/pci/rescan", "1");
}

int lu_pci_driver_load(const char *driver)
{
	return lu_pci_driver_exists(driver) ? 0 : lu_module_load(driver);
}

/* Prints the lines of the kernel's log about a device that did not get its driver. */
static void print_log_of(const char *bdf)
{
	char *log = lu_klog(), *rest = log, *line;

	while ((line = strsep(&rest, "\n"))) {
		if (strstr(line, bdf))
			ksft_print_msg("%s\n", line);
	}
	free(log);
}

int lu_pci_give_to(const char *bdf, const char *driver)
{
	int ret;

	if (lu_pci_driver_is(bdf, driver))
		return 0;
	ret = lu_pci_driver_load(driver);
	if (!ret)
		ret = lu_pci_unbind(bdf);
	if (!ret)
		ret = lu_pci_override(bdf, driver);
	if (!ret)
		ret = lu_pci_probe(bdf);
	if (!ret && !lu_pci_driver_is(bdf, driver)) {
		print_log_of(bdf);
		ret = -ENODEV;
	}
	return ret;
}

int lu_pci_give_back(const char *bdf)
{
	int ret = lu_pci_unbind(bdf);

	if (!ret)
		ret = lu_pci_override(bdf, "");
	if (!ret)
		ret = lu_pci_probe(bdf);
	return ret;
}
