// SPDX-License-Identifier: GPL-2.0
/*
 * Devices in every place that a PCI device can have: on the root bus, below a root port, below a
 * switch, below a bridge to conventional PCI, on a second root bus. The bridges above a device
 * are preserved with it.
 *
 * Stage 1 preserves every edu device of the machine in a session of its own. Stage 2 finds each
 * of them in the same place and in the same IOMMU group, retrieves them and finishes them one by
 * one: a bridge is finished with the last device below it.
 *
 * Stage 1 passes the places and IOMMU groups to stage 2 on the kernel's command line, as
 * lu.topology=ADDRESS/PLACE/GROUP,... with hashes of both.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kexec.h"
#include "lu_lib.h"
#include "lu_trace.h"
#include "lu_vfio.h"

#define MAX_DEVICES	16
#define MAX_DEPTH	8
#define MAX_NODES	(MAX_DEVICES * MAX_DEPTH)
#define KEY		"lu.topology="

/* This driver has no ID of edu, and takes any ID through new_id. */
#define OTHER_DRIVER	"pci-pf-stub"

/**
 * struct device - One edu device
 * @bdf: its address
 * @path: the device and the bridges above it, upwards
 * @depth: length of @path
 * @place: hash of the bridges above, with their bus numbers and drivers
 * @group: hash of the devices in its IOMMU group
 * @beside: a device before this one that is in the same group, or NULL
 */
struct device {
	char bdf[LU_BDF_LEN];
	char path[MAX_DEPTH][LU_BDF_LEN];
	int depth;
	uint32_t place;
	uint32_t group;
	struct device *beside;
	struct lu_vfio vfio;
	int session;
};

/* A device or bridge, and how many preserved devices are at or below it. */
struct node {
	char bdf[LU_BDF_LEN];
	int refcount;
	int events;
};

static struct device devices[MAX_DEVICES];
static int count;
static struct node nodes[MAX_NODES];
static int node_count;
static const char *next_words = "";

#define for_each_device(d) for (d = devices; d < devices + count; d++)

/* FNV-1a */
static uint32_t hash(uint32_t start, const char *text)
{
	for (; *text; text++)
		start = (start ^ (unsigned char)*text) * 16777619u;
	return start;
}

#define HASH_START	2166136261u

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Names in a directory of sysfs, sorted, because sysfs lists them in no order. */
static int list(const char *path, char (*names)[LU_BDF_LEN], int max)
{
	struct dirent *entry;
	DIR *dir = opendir(path);
	int n = 0;

	if (!dir)
		return 0;
	while (n < max && (entry = readdir(dir)))
		if (*entry->d_name != '.')
			snprintf(names[n++], LU_BDF_LEN, "%.31s",
				 entry->d_name);
	closedir(dir);
	qsort(names, n, LU_BDF_LEN, by_name);
	return n;
}

static bool is_edu(const char *bdf)
{
	char vendor[16], device[16];

	return !lu_pci_attr_read(bdf, "vendor", vendor, sizeof(vendor)) &&
	       !lu_pci_attr_read(bdf, "device", device, sizeof(device)) &&
	       !strcmp(vendor, "0x1234") && !strcmp(device, "0x11e8");
}

static uint32_t hash_attr(uint32_t start, const char *bdf, const char *attr)
{
	char value[64];

	if (lu_pci_attr_read(bdf, attr, value, sizeof(value)))
		return start;
	return hash(hash(start, value), " ");
}

static void read_place(struct device *d)
{
	char driver[64];
	int i;

	d->place = HASH_START;
	strcpy(d->path[0], d->bdf);
	for (d->depth = 1; d->depth < MAX_DEPTH; d->depth++)
		if (!*lu_pci_parent(d->path[d->depth - 1], d->path[d->depth],
				    LU_BDF_LEN))
			break;
	for (i = 1; i < d->depth; i++) {
		d->place = hash(d->place, d->path[i]);
		d->place = hash_attr(d->place, d->path[i],
				     "secondary_bus_number");
		d->place = hash_attr(d->place, d->path[i],
				     "subordinate_bus_number");
		d->place = hash(d->place, lu_pci_driver(d->path[i], driver,
							sizeof(driver)));
	}
}

static void read_group(struct device *d)
{
	char members[MAX_NODES][LU_BDF_LEN], path[LU_PATH_LEN];
	struct device *other;
	int i, n;

	snprintf(path, sizeof(path),
		 "/sys/bus/pci/devices/%s/iommu_group/devices", d->bdf);
	n = list(path, members, MAX_NODES);
	d->group = HASH_START;
	d->beside = NULL;
	for (i = 0; i < n; i++) {
		d->group = hash(hash(d->group, members[i]), " ");
		for (other = devices; other < d; other++)
			if (!strcmp(other->bdf, members[i]))
				d->beside = other;
	}
}

static void find_devices(void)
{
	char names[MAX_NODES][LU_BDF_LEN];
	int i, n = list("/sys/bus/pci/devices", names, MAX_NODES);

	for (i = 0; i < n && count < MAX_DEVICES; i++) {
		struct device *d = &devices[count];

		if (!is_edu(names[i]))
			continue;
		*d = (struct device){ .vfio = LU_VFIO_NONE, .session = -1 };
		strcpy(d->bdf, names[i]);
		read_place(d);
		read_group(d);
		count++;
	}
}

static bool has_depth(int depth)
{
	struct device *d;

	for_each_device(d)
		if (d->depth == depth)
			return true;
	return false;
}

/* The session and the token of a device are named for it. */
static uint64_t token_of(const struct device *d)
{
	return d - devices + 1;
}

static struct node *node_of(const char *bdf)
{
	int i;

	for (i = 0; i < node_count; i++)
		if (!strcmp(nodes[i].bdf, bdf))
			return &nodes[i];
	nodes[node_count] = (struct node){};
	strcpy(nodes[node_count].bdf, bdf);
	return &nodes[node_count++];
}

/*
 * Applies to the counts of every node of the device's path what preserving (@by 1) or giving up
 * (@by -1) the device changes, and checks that exactly this is reported as @event.
 */
static int path_is_traced(const struct device *d, const char *event, int by)
{
	int i;

	for (i = 0; i < d->depth; i++) {
		struct node *node = node_of(d->path[i]);

		node->refcount += by;
		node->events++;
		if (!trace.pid)
			continue;
		lu_traced(&trace, "event=%s device=%s bridge=%s driver=vfio-pci refcount=%d",
			  event, node->bdf, i ? "true" : "false",
			  node->refcount);
	}
	return KSFT_PASS;
}

/* No node has more events than the model counted. */
static int nothing_else_is_traced(const char *event)
{
	int i, got, all = 0;

	for (i = 0; i < node_count; i++) {
		got = lu_trace_count(&trace, "event=%s device=%s", event,
				     nodes[i].bdf);
		lu_require(got == nodes[i].events, "%s has %d %s, not %d",
			   nodes[i].bdf, got, event, nodes[i].events);
		all += got;
		nodes[i].events = 0;
	}
	got = lu_trace_count(&trace, "event=%s", event);
	lu_require(got == all, "%d %s of devices that have none below them",
		   got - all, event);
	return KSFT_PASS;
}

static int places_are_known(void)
{
	struct device *d;

	for_each_device(d)
		ksft_print_msg("%s %d bridges above%s%s\n", d->bdf,
			       d->depth - 1, d->beside ? ", grouped with " : "",
			       d->beside ? d->beside->bdf : "");
	lu_require(has_depth(1), "no device is on a root bus");
	lu_require(has_depth(2), "no device is below a root port");
	lu_require(has_depth(4), "no device is below a switch");
	return KSFT_PASS;
}

static int bind_to_vfio(void)
{
	struct device *d;

	for_each_device(d)
		lu_ok(lu_pci_give_to(d->bdf, "vfio-pci"));
	return KSFT_PASS;
}

static int take(struct device *d, int fd)
{
	if (d->beside)
		return lu_vfio_bind_beside(&d->vfio, fd, &d->beside->vfio);
	return lu_vfio_bind(&d->vfio, fd);
}

/* Stage 1 */

static int devices_work(void)
{
	struct device *d;
	int fd;

	for_each_device(d) {
		lu_fd(fd, lu_vfio_open(d->bdf));
		lu_ok(take(d, fd));
		lu_require(lu_device_check(&d->vfio) == KSFT_PASS,
			   "%s does not work", d->bdf);
	}
	return KSFT_PASS;
}

static int preserve(struct device *d)
{
	lu_fd(d->session, lu_create(d->bdf));
	lu_ok(lu_session_preserve(d->session, d->vfio.fd, token_of(d)));
	return KSFT_PASS;
}

static int preserve_devices(void)
{
	struct device *d;

	for_each_device(d) {
		if (preserve(d) != KSFT_PASS ||
		    path_is_traced(d, "pci.preserve", 1) != KSFT_PASS)
			return KSFT_FAIL;
	}
	return KSFT_PASS;
}

static int bridges_are_counted(void)
{
	lu_need_trace(&trace);
	return nothing_else_is_traced("pci.preserve");
}

/* Take one from the middle, with others above and below the same bridges. */
static int abort_and_preserve(void)
{
	struct device *d;

	for_each_device(d) {
		if (d->depth < 3)
			continue;
		lu_close(&d->session);
		if (path_is_traced(d, "pci.unpreserve", -1) != KSFT_PASS ||
		    preserve(d) != KSFT_PASS)
			return KSFT_FAIL;
		/* These events cannot be told from the first ones. */
		for (int i = 0; i < d->depth; i++)
			node_of(d->path[i])->refcount++;
	}
	lu_need_trace(&trace);
	return nothing_else_is_traced("pci.unpreserve");
}

static int load_kernel(void)
{
	char words[1024];
	size_t len = sprintf(words, KEY);
	struct device *d;

	for_each_device(d)
		len += snprintf(words + len, sizeof(words) - len,
				"%s/%08x/%08x,", d->bdf, d->place, d->group);
	len += snprintf(words + len, sizeof(words) - len, " %s", next_words);
	lu_require(len < sizeof(words), "too many devices for a command line");
	lu_ok(lu_kexec_load(words));
	return KSFT_PASS;
}

static const struct lu_step stage1[] = {
	{ "lutrace attaches", lu_trace_step_start, false },
	{ "the machine has a device in every place", places_are_known, true },
	{ "devices bind to vfio-pci", bind_to_vfio, true },
	{ "devices work before the update", devices_work, true },
	{ "a device is preserved in every place", preserve_devices, true },
	{ "a bridge is preserved once for each device below it",
	  bridges_are_counted, false },
	{ "a device that is given up takes its bridges' share with it",
	  abort_and_preserve, true },
	{ "the next kernel is loaded", load_kernel, true },
	{ "the stream of stage 1 is complete", lu_trace_step_stop, false },
};

/* Stage 2 */

/* What stage 1 passed about the device; false if it did not know the device. */
static bool handed_over(const char *bdf, uint32_t *place, uint32_t *group)
{
	const char *word = lu_cmdline(KEY);
	char want[LU_BDF_LEN + 2];

	snprintf(want, sizeof(want), "%s/", bdf);
	word = word ? strstr(word, want) : NULL;
	return word && sscanf(word + strlen(want), "%8x/%8x", place,
			      group) == 2;
}

static int handed_over_count(void)
{
	const char *word = lu_cmdline(KEY);
	int n = 0;

	for (; word && *word; word++)
		n += *word == ',';
	return n;
}

static int places_are_the_same(void)
{
	uint32_t place, group;
	struct device *d;

	for_each_device(d) {
		lu_require(handed_over(d->bdf, &place, &group),
			   "%s was not there before", d->bdf);
		lu_require(d->place == place,
			   "what is above %s is not what it was", d->bdf);
	}
	lu_require(count == handed_over_count(), "%d devices of %d are there",
		   count, handed_over_count());
	return KSFT_PASS;
}

static int groups_are_the_same(void)
{
	uint32_t place, group;
	struct device *d;

	for_each_device(d) {
		lu_require(handed_over(d->bdf, &place, &group),
			   "%s was not there before", d->bdf);
		lu_require(d->group == group,
			   "%s is in the group with others than before",
			   d->bdf);
	}
	return KSFT_PASS;
}

static int others_are_blocked(void)
{
	struct device *d;

	if (!lu_pci_driver_exists(OTHER_DRIVER))
		lu_skip("the kernel has no driver " OTHER_DRIVER);
	lu_ok(lu_pci_driver_write(OTHER_DRIVER, "new_id", "1234 11e8"));
	for_each_device(d) {
		lu_require(lu_pci_driver_is(d->bdf, ""), OTHER_DRIVER " took %s",
			   d->bdf);
		lu_expect(lu_pci_bind(d->bdf, OTHER_DRIVER), -ENODEV);
		lu_traced_too(&trace, "event=pci.probe device=%s driver=" OTHER_DRIVER
			      " decision=block reason=foreign_driver", d->bdf);
	}
	lu_ok(lu_pci_driver_write(OTHER_DRIVER, "remove_id", "1234 11e8"));
	return KSFT_PASS;
}

static int cdevs_are_refused(void)
{
	struct device *d;

	for_each_device(d) {
		lu_expect(lu_vfio_try_open(d->bdf), -EBUSY);
		lu_traced_too(&trace, "event=vfio.open_refused device=%s path=cdev errno=%d",
			      d->bdf, -EBUSY);
	}
	return KSFT_PASS;
}

static int retrieve_devices(void)
{
	struct device *d;
	int fd;

	for_each_device(d) {
		lu_fd(d->session, lu_retrieve(d->bdf));
		lu_fd(fd, lu_session_retrieve_fd(d->session, token_of(d)));
		lu_ok(take(d, fd));
		lu_traced_too(&trace, "event=vfio.retrieve device=%s errno=0",
			      d->bdf);
	}
	return KSFT_PASS;
}

static int retrieved_work(void)
{
	struct device *d;

	for_each_device(d) {
		lu_require(lu_check_config(d->vfio.fd, d->bdf) == KSFT_PASS &&
			   lu_device_check(&d->vfio) == KSFT_PASS,
			   "%s does not work", d->bdf);
	}
	return KSFT_PASS;
}

static void count_all(void)
{
	struct device *d;

	for_each_device(d)
		for (int i = 0; i < d->depth; i++)
			node_of(d->path[i])->refcount++;
}

static int finish_one_by_one(void)
{
	struct device *d;

	count_all();
	for_each_device(d) {
		lu_ok(lu_session_finish(d->session));
		lu_close(&d->session);
		if (path_is_traced(d, "pci.finish", -1) != KSFT_PASS)
			return KSFT_FAIL;
	}
	return KSFT_PASS;
}

static int bridges_finish_last(void)
{
	lu_need_trace(&trace);
	return nothing_else_is_traced("pci.finish");
}

static int flb_finishes_once(void)
{
	int times;

	lu_need_trace(&trace);
	lu_traced(&trace, "event=flb.finish flb=pci-v1 direction=incoming errno=0");
	times = lu_trace_count(&trace, "event=flb.finish flb=pci-v1");
	lu_require(times == 1, "the FLB was finished %d times", times);
	lu_require(!lu_trace_count(&trace, "event=pci.never_finished"),
		   "a device or a bridge was never finished");
	return KSFT_PASS;
}

/*
 * Devices of one group belong to one iommufd at a time. A live update does not change that, and
 * does not hand out a single device of a group that others use.
 */
static int groups_are_not_split(void)
{
	struct lu_vfio other;
	struct device *d;
	int fd, shared = 0;

	for_each_device(d) {
		if (!d->beside)
			continue;
		shared++;
		lu_vfio_close(&d->vfio);
		lu_fd(fd, lu_vfio_open(d->bdf));
		lu_expect(lu_vfio_bind(&other, fd), -EPERM);
	}
	if (!shared)
		lu_skip("no two devices share a group in this VM");
	return KSFT_PASS;
}

static int finished_are_ordinary(void)
{
	struct device *d;

	for_each_device(d)
		lu_vfio_close(&d->vfio);
	for_each_device(d) {
		lu_ok(lu_vfio_open_bind(&d->vfio, d->bdf));
		lu_require(lu_edu_check_registers(&d->vfio) == KSFT_PASS,
			   "%s does not work", d->bdf);
		lu_vfio_close(&d->vfio);
		lu_ok(lu_pci_give_back(d->bdf));
	}
	return KSFT_PASS;
}

static const struct lu_step stage2[] = {
	{ "lutrace attaches", lu_trace_step_start, false },
	{ "every device is in its place", places_are_the_same, true },
	{ "every IOMMU group has the devices that it had",
	  groups_are_the_same, false },
	{ "other drivers are blocked in every place",
	  others_are_blocked, false },
	{ "devices bind to vfio-pci", bind_to_vfio, true },
	{ "no incoming device opens", cdevs_are_refused, false },
	{ "every device is retrieved", retrieve_devices, true },
	{ "every device works", retrieved_work, true },
	{ "devices finish one by one", finish_one_by_one, true },
	{ "a bridge finishes with the last device below it",
	  bridges_finish_last, false },
	{ "the FLB is finished once, and nothing was left",
	  flb_finishes_once, false },
	{ "a shared group is not split by a retrieved device",
	  groups_are_not_split, false },
	{ "finished devices are ordinary", finished_are_ordinary, false },
	{ "the stream of stage 2 is complete", lu_trace_step_stop, false },
};

static const struct lu_stage stages[] = {
	LU_STAGE(stage1),
	LU_STAGE(stage2),
};

/* An argument is more words for the next kernel's command line. */
int main(int argc, char **argv)
{
	if (argc > 1)
		next_words = argv[1];
	find_devices();
	if (count < 2)
		lu_skip_all("only one edu device: give the machine --devices topology.devices");
	lu_run_stages(stages, ARRAY_SIZE(stages));
}
