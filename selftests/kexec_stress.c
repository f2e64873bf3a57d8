// SPDX-License-Identifier: GPL-2.0
/*
 * Everything at once: sessions preserve devices and are closed again while the bus is scanned,
 * another device is removed and found, files are opened and closed, and sysfs is read. Nothing
 * remains of it: afterwards a device goes through a live update.
 *
 * The argument is how many seconds the storm takes (default 12). lutrace watches a smaller storm
 * before it, because it cannot keep up with the full one.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kexec.h"
#include "lu_lib.h"
#include "lu_trace.h"
#include "lu_vfio.h"

#define SECONDS		12
#define SESSION		"after-the-storm"
#define TOKEN		0x1
#define MAX_DEVICES	8

/* Of each thread, in the storm that is traced. */
#define TRACED_ROUNDS	40

static char devices[MAX_DEVICES][LU_BDF_LEN];
static int count;
static char unrelated[LU_BDF_LEN];
static int seconds = SECONDS, session = -1;
static struct lu_vfio vfio = LU_VFIO_NONE;

/**
 * struct worker - One thread of the storm
 * @name: what it does, for reports
 * @round: one round; returns 0 or what was wrong
 * @device: index of the device that is its business
 * @id: its number
 * @rounds: how many rounds it has done
 * @result: what ended it
 */
struct worker {
	const char *name;
	int (*round)(struct worker *w);
	int device;
	int id;
	int rounds;
	int result;
	pthread_t thread;
};

static int64_t deadline;
static atomic_bool failed;
static atomic_int preserved, refused;

static bool is_device(const char *bdf, const char *vendor, const char *device)
{
	char v[16], d[16];

	return !lu_pci_attr_read(bdf, "vendor", v, sizeof(v)) &&
	       !lu_pci_attr_read(bdf, "device", d, sizeof(d)) &&
	       !strcmp(v, vendor) && !strcmp(d, device);
}

static void find_devices(void)
{
	struct dirent *entry;
	DIR *dir = opendir("/sys/bus/pci/devices");

	strcpy(devices[count++], net);
	while (dir && count < MAX_DEVICES && (entry = readdir(dir))) {
		if (is_device(entry->d_name, "0x1234", "0x11e8"))
			snprintf(devices[count++], LU_BDF_LEN, "%.31s",
				 entry->d_name);
		else if (is_device(entry->d_name, "0x1b36", "0x0005"))
			snprintf(unrelated, LU_BDF_LEN, "%.31s",
				 entry->d_name);
	}
	if (dir)
		closedir(dir);
}

/* Stage 1: the storm */

/* /dev/liveupdate can be open only once at a time. */
static int create_session(const char *name)
{
	int fd;

	do {
		fd = lu_create(name);
	} while (fd == -EBUSY && lu_now_ms() < deadline + LU_DEADLINE_MS);
	return fd;
}

/* Two workers have each device, so that one of them may be refused. */
static int preserve_and_abort(struct worker *w)
{
	char name[32];
	int fd, session, ret;

	snprintf(name, sizeof(name), "storm-%d", w->id);
	session = create_session(name);
	if (session < 0)
		return session;
	fd = lu_vfio_open(devices[w->device]);
	if (fd < 0) {
		close(session);
		return fd;
	}
	ret = lu_session_preserve(session, fd, w->rounds + 1);
	if (ret == -EBUSY)
		refused++;
	else if (!ret)
		preserved++;
	/* Either of the two may be the last to hold the file. */
	close(w->rounds % 2 ? fd : session);
	close(w->rounds % 2 ? session : fd);
	return ret == -EBUSY ? 0 : ret;
}

static int scan_bus(struct worker *w)
{
	(void)w;
	return lu_pci_rescan();
}

static bool unrelated_is_there(void *arg)
{
	(void)arg;
	return lu_pci_exists(unrelated);
}

static int remove_and_find(struct worker *w)
{
	int ret = lu_pci_remove(unrelated);

	(void)w;
	if (!ret)
		ret = lu_pci_rescan();
	/* Another scan may have found it and not be done yet. */
	if (!ret && !lu_wait_until(unrelated_is_there, NULL))
		ret = -ENODEV;
	return ret;
}

/*
 * A device without a reset of its own is reset through its bridge when it is opened. A bus scan
 * at the same time, with or without live update, can read the bridge control during the reset and
 * write it back later, which resets the device once more, without VFIO knowing.
 */
static bool resets_its_bus(const char *bdf)
{
	char methods[64] = "";

	lu_pci_attr_read(bdf, "reset_method", methods, sizeof(methods));
	return !strcmp(methods, "bus");
}

/* The only worker that binds, so VFIO must not refuse it. */
static int open_and_bind(struct worker *w)
{
	const char *bdf = devices[w->rounds % count];
	struct lu_vfio v;
	int ret;

	if (resets_its_bus(bdf))
		return 0;
	ret = lu_vfio_open_bind(&v, bdf);
	if (!ret)
		lu_vfio_close(&v);
	return ret;
}

static int open_and_close(struct worker *w)
{
	return lu_vfio_try_open(devices[w->rounds % count]);
}

static int read_sysfs(struct worker *w)
{
	static const char * const attrs[] = {
		"config", "resource", "driver_override", "reset_method",
		"enable", "uevent", "power_state", "secondary_bus_number",
	};
	char value[4096];
	struct dirent *entry;
	DIR *dir = opendir("/sys/bus/pci/devices");
	size_t i;

	(void)w;
	if (!dir)
		return -errno;
	while ((entry = readdir(dir))) {
		/* A device that is removed again and again may be absent. */
		for (i = 0; i < ARRAY_SIZE(attrs); i++)
			lu_pci_attr_read(entry->d_name, attrs[i], value,
					 sizeof(value));
	}
	closedir(dir);
	return 0;
}

static struct worker workers[2 * MAX_DEVICES + 5] = {
	{ .name = "scan", .round = scan_bus },
	{ .name = "remove", .round = remove_and_find },
	{ .name = "open and bind", .round = open_and_bind },
	{ .name = "open", .round = open_and_close },
	{ .name = "read", .round = read_sysfs },
};
static int worker_count = 5, max_rounds;

static void *work(void *arg)
{
	struct worker *w = arg;

	while (!failed && w->rounds < max_rounds && lu_now_ms() < deadline) {
		w->result = w->round(w);
		if (w->result) {
			failed = true;
			break;
		}
		w->rounds++;
	}
	return NULL;
}

static int bind_to_vfio(void)
{
	int i;

	for (i = 0; i < count; i++)
		lu_ok(lu_pci_give_to(devices[i], "vfio-pci"));
	return KSFT_PASS;
}

static void add_preservers(void)
{
	int i;

	for (i = 0; i < 2 * count; i++)
		workers[worker_count++] = (struct worker){
			.name = "preserve",
			.round = preserve_and_abort,
			.device = i / 2,
		};
}

static int storm(int rounds)
{
	int i;

	max_rounds = rounds;
	preserved = refused = 0;
	deadline = lu_now_ms() + seconds * 1000LL;
	for (i = 0; i < worker_count; i++) {
		workers[i].id = i;
		workers[i].rounds = 0;
		lu_require(!pthread_create(&workers[i].thread, NULL, work,
					   &workers[i]), "no thread");
	}
	for (i = 0; i < worker_count; i++)
		pthread_join(workers[i].thread, NULL);
	for (i = 0; i < worker_count; i++)
		ksft_print_msg("%s: %d rounds, then %s\n", workers[i].name,
			       workers[i].rounds,
			       lu_result(workers[i].result));
	ksft_print_msg("%d preserved, %d refused\n", preserved, refused);
	for (i = 0; i < worker_count; i++)
		lu_require(!workers[i].result && workers[i].rounds,
			   "worker %d (%s) failed", i, workers[i].name);
	return KSFT_PASS;
}

static int small_storm(void)
{
	add_preservers();
	return storm(TRACED_ROUNDS);
}

static int great_storm(void)
{
	return storm(INT_MAX);
}

static int devices_work(void)
{
	int i, ret;

	for (i = 0; i < count; i++) {
		lu_ok(lu_vfio_open_bind(&vfio, devices[i]));
		ret = lu_device_check(&vfio);
		lu_vfio_close(&vfio);
		lu_require(ret == KSFT_PASS, "%s does not work", devices[i]);
	}
	lu_require(lu_pci_exists(unrelated), "%s is not there", unrelated);
	return KSFT_PASS;
}

static int nothing_is_preserved(void)
{
	int i, fd;

	lu_fd(session, lu_create("all"));
	for (i = 0; i < count; i++) {
		lu_fd(fd, lu_vfio_open(devices[i]));
		lu_ok(lu_session_preserve(session, fd, i + 1));
		close(fd);
	}
	lu_close(&session);
	return KSFT_PASS;
}

static int events_balance(void)
{
	char node[LU_BDF_LEN], parent[LU_BDF_LEN];
	int i, up, down;

	if (!trace.file)
		lu_skip("lutrace did not run");
	for (i = 0; i < count; i++) {
		strcpy(node, devices[i]);
		do {
			up = lu_trace_count(&trace, "event=pci.preserve device=%s",
					    node);
			down = lu_trace_count(&trace, "event=pci.unpreserve device=%s",
					      node);
			lu_require(up && up == down,
				   "%s was preserved %d times, and given up %d times",
				   node, up, down);
			lu_pci_parent(node, parent, sizeof(parent));
			strcpy(node, parent);
		} while (*node);
	}
	up = lu_trace_count(&trace, "event=pci.preserve bridge=false");
	lu_require(up == preserved,
		   "devices were preserved %d times, by %d calls", up,
		   preserved);
	up = lu_trace_count(&trace, "event=pci.preserve_refused reason=already_preserved");
	lu_require(up <= refused, "%d refused, by %d calls", up, refused);
	return KSFT_PASS;
}

static int preserve_one(void)
{
	int fd;

	lu_fd(fd, lu_vfio_open(devices[count - 1]));
	lu_fd(session, lu_create(SESSION));
	lu_ok(lu_session_preserve(session, fd, TOKEN));
	close(fd);
	return KSFT_PASS;
}

static int load_kernel(void)
{
	char word[64];

	snprintf(word, sizeof(word), "lu.preserved=%s", devices[count - 1]);
	lu_ok(lu_kexec_load(word));
	return KSFT_PASS;
}

static const struct lu_step stage1[] = {
	{ "lutrace attaches", lu_trace_step_start, false },
	{ "devices bind to vfio-pci", bind_to_vfio, true },
	{ "workers do not disturb each other", small_storm, true },
	{ "the stream is complete", lu_trace_step_stop, false },
	{ "what was preserved was given up, device by device",
	  events_balance, false },
	{ "nor do they in a long storm", great_storm, false },
	{ "all devices work", devices_work, false },
	{ "nothing stays preserved: all devices can be",
	  nothing_is_preserved, false },
	{ "a device is preserved", preserve_one, true },
	{ "the next kernel is loaded", load_kernel, true },
};

/* Stage 2 */

static int retrieve_one(void)
{
	const char *bdf = lu_cmdline("lu.preserved=");
	int fd, ret;

	lu_require(bdf && lu_pci_exists(bdf), "the device is not there");
	lu_ok(lu_pci_give_to(bdf, "vfio-pci"));
	lu_fd(session, lu_retrieve(SESSION));
	lu_fd(fd, lu_session_retrieve_fd(session, TOKEN));
	lu_ok(lu_vfio_bind(&vfio, fd));
	ret = lu_device_check(&vfio);
	lu_ok(lu_session_finish(session));
	lu_close(&session);
	lu_vfio_close(&vfio);
	return ret;
}

static int others_are_ordinary(void)
{
	lu_require(lu_pci_driver_is(net, "virtio-pci"),
		   "virtio-pci did not take %s", net);
	if (bind_to_vfio() != KSFT_PASS)
		return KSFT_FAIL;
	return devices_work();
}

static const struct lu_step stage2[] = {
	{ "the device is retrieved and works", retrieve_one, true },
	{ "the others are ordinary", others_are_ordinary, false },
};

static const struct lu_stage stages[] = {
	LU_STAGE(stage1),
	LU_STAGE(stage2),
};

int main(int argc, char **argv)
{
	if (argc > 1)
		seconds = atoi(argv[1]);
	trace.buffer = "16M";
	lu_need(LU_NEED_NET);
	find_devices();
	if (count < 3 || !*unrelated)
		lu_skip_all("the machine has not the devices: give vm/run --devices stress.devices");
	lu_run_stages(stages, ARRAY_SIZE(stages));
}
