// SPDX-License-Identifier: GPL-2.0
/*
 * Every allocation of an operation fails once: for n = 1, 2, ... the operation runs with its n-th
 * allocation failing, until it runs without reaching n.
 *
 * A failure gives an errno and leaves nothing half done: the device is not preserved, opens,
 * works and can be preserved. Where an allocation is optional, the operation succeeds.
 *
 * LUO does not retry a failed retrieval, so stage 2 needs a device for each allocation: all
 * pci-testdev devices of the machine. At the end each of them is an ordinary device, and nothing
 * is leaked.
 *
 * The order of an operation's allocations differs from run to run, because some are made once
 * only. So lutrace is asked about each failure until it has named the one that has a reason of
 * its own.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kexec.h"
#include "lu_lib.h"
#include "lu_trace.h"
#include "lu_vfio.h"

#define FAIL_NTH	"/proc/thread-self/fail-nth"
#define KMEMLEAK	"/sys/kernel/debug/kmemleak"
/* kmemleak does not report what is younger than this. */
#define KMEMLEAK_MIN_AGE_MS	5000

#define TOKEN		0x1
#define MAX_DEVICES	200
/* No operation here has that many allocations. */
#define MAX_NTH		1000

static char devices[MAX_DEVICES][LU_BDF_LEN];
static int sessions[MAX_DEVICES];
static size_t nr_devices;
static int luo = -1, file = -1, session = -1;
static int finish_faults;

/* A reason that `lutrace why` must give for at least one of the failures. */
struct blame {
	const char *decision;
	bool given;
};

static struct blame no_memory = { "\nDecided by: pci.preserve_refused no_memory, in this kernel", false };
static struct blame no_file = { "\nDecided by: vfio.retrieve no_file, in this kernel", false };

/* Fails the @nth allocation of this thread from here on; 0 fails none. */
static int set_nth(int nth)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", nth);
	return lu_write_file(FAIL_NTH, text);
}

/* Did the allocation fail? Turns fault injection off. */
static bool fault_was_met(void)
{
	char text[16] = {};
	int fd = open(FAIL_NTH, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	set_nth(0);
	return got > 0 && !atoi(text);
}

static int set_up_faults(void)
{
	static const char *const settings[][2] = {
		{ "failslab/ignore-gfp-wait", "N" },
		{ "failslab/cache-filter", "N" },
		{ "failslab/verbose", "0" },
		{ "fail_page_alloc/ignore-gfp-wait", "N" },
		{ "fail_page_alloc/ignore-gfp-highmem", "N" },
		{ "fail_page_alloc/min-order", "0" },
		{ "fail_page_alloc/verbose", "0" },
	};
	char path[LU_PATH_LEN];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(settings); i++) {
		snprintf(path, sizeof(path), "/sys/kernel/debug/%s", settings[i][0]);
		lu_ok(lu_write_file(path, settings[i][1]));
	}
	return KSFT_PASS;
}

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* All pci-testdev devices, and the edu device first. */
static int find_devices(void)
{
	char vendor[16], device[16];
	struct dirent *entry;
	DIR *dir;

	snprintf(devices[nr_devices++], LU_BDF_LEN, "%s", edu);
	dir = opendir("/sys/bus/pci/devices");
	lu_require(dir, "sysfs has no PCI devices");
	while ((entry = readdir(dir)) && nr_devices < MAX_DEVICES) {
		if (lu_pci_attr_read(entry->d_name, "vendor", vendor, sizeof(vendor)) ||
		    lu_pci_attr_read(entry->d_name, "device", device, sizeof(device)))
			continue;
		if (strcmp(vendor, "0x1b36") || strcmp(device, "0x0005"))
			continue;
		snprintf(devices[nr_devices++], LU_BDF_LEN, "%.31s", entry->d_name);
	}
	closedir(dir);
	qsort(devices[1], nr_devices - 1, sizeof(devices[0]), compare);
	return KSFT_PASS;
}

/* A failure must be an errno that names the problem. */
static bool is_clear(int ret)
{
	return ret == -ENOMEM || ret == -ENFILE || ret == -EIO;
}

/* Asks why @object failed; the step fails if lutrace sees no failure. */
static int ask_why(const char *object, struct blame *blame)
{
	const char *answer;
	int status;

	if (blame->given || !lu_why_can_ask())
		return KSFT_PASS;
	answer = lu_why_ask(object, &status);
	lu_require(answer && status == 1 && strstr(answer, "\nWhat to do:\n"),
		   "lutrace why %s gave %s: %s", object, lu_result(status), answer ?: "nothing");
	blame->given = strstr(answer, blame->decision);
	return KSFT_PASS;
}

static int was_blamed(const struct blame *blame)
{
	if (!lu_why_can_ask())
		lu_skip("there is no lutrace");
	lu_require(blame->given, "lutrace why never said:%s", blame->decision);
	return KSFT_PASS;
}

static int report_count(const char *what, int nth, int failed)
{
	ksft_print_msg("%s: %d allocations, %d of them needed\n", what, nth - 1, failed);
	lu_require(failed, "no allocation failed: is fault injection at work?");
	return KSFT_PASS;
}

/* Stage 1 */

static int create_session(void)
{
	int nth, ret, failed = 0;

	lu_fd(luo, lu_open());
	for (nth = 1; nth < MAX_NTH; nth++) {
		set_nth(nth);
		ret = lu_session_create(luo, "fault");
		if (!fault_was_met()) {
			lu_require(ret >= 0, "without a fault it gave %s", lu_result(ret));
			close(ret);
			break;
		}
		if (ret >= 0) {
			close(ret);
			continue;
		}
		failed++;
		lu_require(ret == -ENOMEM, "allocation %d: %s", nth, lu_result(ret));
		/* The name is not taken. */
		lu_fd(ret, lu_session_create(luo, "fault"));
		close(ret);
	}
	lu_close(&luo);
	return report_count("session create", nth, failed);
}

/* Not preserved: another session can preserve it. */
static int is_free(const char *bdf, int fd)
{
	int other, again;

	lu_fd(other, lu_create("other"));
	lu_ok(lu_session_preserve(other, fd, TOKEN));
	close(other);
	again = lu_vfio_try_open(bdf);
	lu_require(again >= 0, "%s does not open: %s", bdf, lu_result(again));
	return KSFT_PASS;
}

static int preserve_file(const char *bdf)
{
	int nth, ret, failed = 0;

	for (nth = 1; nth < MAX_NTH; nth++) {
		lu_fd(session, lu_create("fault"));
		set_nth(nth);
		ret = lu_session_preserve(session, file, TOKEN);
		if (!fault_was_met()) {
			lu_ok(ret);
			lu_close(&session);
			break;
		}
		if (ret) {
			failed++;
			lu_require(ret == -ENOMEM, "allocation %d: %s", nth, lu_result(ret));
			lu_require(ask_why("fault:1", &no_memory) == KSFT_PASS,
				   "allocation %d: lutrace does not say why", nth);
			lu_require(is_free(bdf, file) == KSFT_PASS,
				   "allocation %d: %s is half preserved", nth, bdf);
			/* Nor is the token taken. */
			lu_ok(lu_session_preserve(session, file, TOKEN));
		}
		lu_close(&session);
	}
	return report_count(bdf, nth, failed);
}

static int preserve_one(const char *bdf)
{
	int result;

	lu_ok(lu_pci_give_to(bdf, "vfio-pci"));
	lu_fd(file, lu_vfio_open(bdf));
	result = preserve_file(bdf);
	/* An open file would keep vfio-pci bound to the device. */
	lu_close(&session);
	lu_close(&file);
	return result;
}

static int preserve(void)
{
	return preserve_one(devices[0]);
}

/* The first device below a bridge needs more records. */
static int preserve_below_bridge(void)
{
	int result = preserve_one(net);

	lu_ok(lu_pci_give_back(net));
	return result;
}

static int preserve_while_others_are(void)
{
	int other, fd, result;

	lu_ok(lu_pci_give_to(net, "vfio-pci"));
	lu_fd(fd, lu_vfio_open(net));
	lu_fd(other, lu_create("holds"));
	lu_ok(lu_session_preserve(other, fd, TOKEN));
	result = preserve_one(devices[0]);
	close(other);
	close(fd);
	lu_ok(lu_pci_give_back(net));
	return result;
}

static int no_memory_is_named(void)
{
	return was_blamed(&no_memory);
}

static int preserve_all(void)
{
	char name[32];
	size_t i;
	int fd;

	for (i = 0; i < nr_devices; i++) {
		lu_ok(lu_pci_give_to(devices[i], "vfio-pci"));
		lu_fd(fd, lu_vfio_open(devices[i]));
		snprintf(name, sizeof(name), "s%zu", i);
		lu_fd(sessions[i], lu_create(name));
		lu_ok(lu_session_preserve(sessions[i], fd, TOKEN));
		close(fd);
	}
	ksft_print_msg("%zu devices\n", nr_devices);
	return KSFT_PASS;
}

static bool is_old_enough(void *arg)
{
	return lu_now_ms() - *(int64_t *)arg > KMEMLEAK_MIN_AGE_MS;
}

static int nothing_is_leaked(void)
{
	int64_t start = lu_now_ms();
	char text[4096];
	ssize_t got;
	int fd;

	if (access(KMEMLEAK, F_OK) || lu_write_file(KMEMLEAK, "scan"))
		lu_skip("there is no kmemleak");
	lu_require(lu_wait_until(is_old_enough, &start), "time stands still");
	/* The second pass finds objects that moved during the first. */
	lu_ok(lu_write_file(KMEMLEAK, "scan"));
	lu_ok(lu_write_file(KMEMLEAK, "scan"));
	lu_fd(fd, open(KMEMLEAK, O_RDONLY | O_CLOEXEC));
	got = read(fd, text, sizeof(text) - 1);
	close(fd);
	lu_require(got >= 0, "%s does not read", KMEMLEAK);
	text[got] = '\0';
	if (got)
		ksft_print_msg("%s\n", text);
	lu_require(!got, "memory is leaked");
	return KSFT_PASS;
}

static const struct lu_step stage1[] = {
	{ "fault injection is set up", set_up_faults, true },
	{ "the devices are found", find_devices, true },
	{ "a session that is not created leaves nothing",
	  create_session, false },
	{ "a device that is not preserved is free", preserve, false },
	{ "so is one below a bridge", preserve_below_bridge, false },
	{ "so is one beside another that is preserved",
	  preserve_while_others_are, false },
	{ "lutrace why says that there was no memory", no_memory_is_named, false },
	{ "nothing is leaked", nothing_is_leaked, false },
	{ "all devices are preserved", preserve_all, true },
	{ "the next kernel is loaded", lu_step_load, true },
};

/* Stage 2 */

static int retrieve_sessions(void)
{
	char name[32];
	int nth = 1, ret, failed = 0;
	bool met = true;
	size_t i = 0;

	lu_fd(luo, lu_open());
	/* The first ioctl reads the handover, and has only one try for that. */
	lu_expect(lu_session_retrieve(luo, "none"), -ENOENT);
	/* A session whose retrieval failed can be retrieved with the next try. */
	while (i < nr_devices) {
		snprintf(name, sizeof(name), "s%zu", i);
		set_nth(met ? nth : 0);
		ret = lu_session_retrieve(luo, name);
		met = fault_was_met() && met;
		nth += met;
		if (ret >= 0) {
			sessions[i++] = ret;
			continue;
		}
		lu_require(met, "without a fault it gave %s", lu_result(ret));
		failed++;
		lu_require(is_clear(ret), "allocation %d: %s", nth - 1, lu_result(ret));
	}
	lu_require(!met, "session retrieval has more allocations than there are sessions");
	lu_close(&luo);
	return report_count("session retrieve", nth, failed);
}

static int bind_all(void)
{
	size_t i;

	for (i = 0; i < nr_devices; i++)
		lu_ok(lu_pci_give_to(devices[i], "vfio-pci"));
	return KSFT_PASS;
}

/* Finishing either needs no memory, or fails with -ENOMEM and can be repeated. */
static int finish_with_fault(size_t i)
{
	int ret;

	set_nth(i + 1);
	ret = lu_session_finish(sessions[i]);
	if (fault_was_met())
		finish_faults++;
	else
		lu_ok(ret);
	if (ret) {
		lu_require(is_clear(ret), "allocation %zu: %s", i + 1, lu_result(ret));
		lu_ok(lu_session_finish(sessions[i]));
	}
	return KSFT_PASS;
}

/* A file that was retrieved nevertheless is like any other. */
static int finish_retrieved(size_t i, int fd)
{
	struct lu_vfio vfio;

	lu_ok(lu_vfio_bind(&vfio, fd));
	lu_require(finish_with_fault(i) == KSFT_PASS, "%s is not finished", devices[i]);
	lu_vfio_close(&vfio);
	return KSFT_PASS;
}

/* For the devices that the loop below did not reach. */
static int retrieve_rest(size_t from)
{
	struct lu_vfio vfio;
	size_t i;
	int fd;

	for (i = from; i < nr_devices; i++) {
		lu_fd(fd, lu_session_retrieve_fd(sessions[i], TOKEN));
		lu_ok(lu_vfio_bind(&vfio, fd));
		lu_require(finish_with_fault(i) == KSFT_PASS, "%s is not finished", devices[i]);
		lu_vfio_close(&vfio);
	}
	ksft_print_msg("session finish: %d faults met\n", finish_faults);
	return KSFT_PASS;
}

static int retrieve_files(void)
{
	char object[32];
	int ret, failed = 0;
	bool met = true;
	size_t i;

	for (i = 0; i < nr_devices && met; i++) {
		set_nth(i + 1);
		ret = lu_session_retrieve_fd(sessions[i], TOKEN);
		met = fault_was_met();
		if (ret >= 0) {
			lu_require(finish_retrieved(i, ret) == KSFT_PASS,
				   "allocation %zu: %s is of no use", i + 1, devices[i]);
			continue;
		}
		lu_require(met, "without a fault it gave %s", lu_result(ret));
		failed++;
		lu_require(is_clear(ret), "allocation %zu: %s", i + 1, lu_result(ret));
		snprintf(object, sizeof(object), "s%zu:1", i);
		lu_require(ask_why(object, &no_file) == KSFT_PASS,
			   "allocation %zu: lutrace does not say why", i + 1);
		/* It can be finished, and the device is an ordinary one. */
		lu_require(finish_with_fault(i) == KSFT_PASS, "%s is not finished", devices[i]);
		ret = lu_vfio_try_open(devices[i]);
		lu_require(ret >= 0, "allocation %zu: %s does not open: %s", i + 1, devices[i],
			   lu_result(ret));
	}
	lu_require(!met, "retrieval has more than %zu allocations: give the machine more pci-testdev",
		   nr_devices);
	lu_require(retrieve_rest(i) == KSFT_PASS, "the other devices are not retrieved");
	return report_count("file retrieve", i, failed);
}

static int no_file_is_named(void)
{
	return was_blamed(&no_file);
}

static int all_are_ordinary(void)
{
	struct lu_vfio vfio;
	int other, fd;
	size_t i;

	for (i = 0; i < nr_devices; i++) {
		lu_close(&sessions[i]);
		lu_fd(fd, lu_vfio_open(devices[i]));
		lu_fd(other, lu_create("other"));
		lu_ok(lu_session_preserve(other, fd, TOKEN));
		close(other);
		close(fd);
	}
	lu_require(!lu_klog_has("but never finished"), "a device was never finished");
	lu_ok(lu_vfio_open_bind(&vfio, devices[0]));
	lu_require(lu_device_check(&vfio) == KSFT_PASS, "%s does not work", devices[0]);
	lu_vfio_close(&vfio);
	return KSFT_PASS;
}

static const struct lu_step stage2[] = {
	{ "fault injection is set up", set_up_faults, true },
	{ "the devices are found", find_devices, true },
	{ "a session that is not retrieved still can be",
	  retrieve_sessions, true },
	{ "vfio-pci has the devices", bind_all, true },
	{ "a device that is not retrieved is given up", retrieve_files, false },
	{ "lutrace why says that no file could be made", no_file_is_named, false },
	{ "all devices are ordinary in the end", all_are_ordinary, false },
	{ "nothing is leaked", nothing_is_leaked, false },
};

static const struct lu_stage stages[] = {
	LU_STAGE(stage1),
	LU_STAGE(stage2),
};

int main(void)
{
	lu_need(LU_NEED_NET | LU_NEED_EDU);
	if (access(FAIL_NTH, F_OK) || access("/sys/kernel/debug/failslab", F_OK) ||
	    access("/sys/kernel/debug/fail_page_alloc", F_OK))
		lu_skip_all("the kernel has no fault injection: take kernel/configs/debug.config");
	lu_run_stages(stages, ARRAY_SIZE(stages));
}
