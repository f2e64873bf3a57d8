// SPDX-License-Identifier: GPL-2.0
/* lutrace doctor: can this host be live updated, and can that be seen? */
#define _GNU_SOURCE
#include <argp.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/complain.h"
#include "base/host.h"
#include "base/output.h"
#include "base/privilege.h"
#include "base/util.h"
#include "source/kernel_btf.h"
#include "source/live.h"
#include "verb/doctor.h"
#include "verb/main.h"
#include "verb/options.h"
#include "view/checkup.h"

static const struct argp_child children[] = {
	OPTIONS_CHILD_OUTPUT(host), { 0 }
};

static const struct argp doctor_argp = {
	.parser = options_no_arguments,
	.children = children,
	.doc = "Say whether this host can be live updated, which PCI devices can be "
	       "preserved, and whether lutrace can see it. Each \"no\" comes with what "
	       "to do; with -v each \"yes\" is shown, too.\v"
	       "Examples:\n"
	       "  lutrace doctor          what is missing\n"
	       "  lutrace doctor -o json  the same for a program\n\n"
	       "Exit status: 0 nothing is missing; 1 something is missing; 2 usage; 3 "
	       "the output could not be written.",
};

static void check_config(struct checkup *c, const char *release)
{
	char *config = host_config(release), *words = host_read("/proc/cmdline");

	if (config)
		checkup_config(c, config);
	else
		checkup_add(c, "kernel", "its configuration", CHECK_UNKNOWN,
			    "set CONFIG_IKCONFIG_PROC, or install it to /boot",
			    "neither /proc/config.gz nor /boot/config-%s", release);
	checkup_command_line(c, words ? words : "", config);
	free(words);
	free(config);
}

static bool is_there(const char *path)
{
	return !access(path, F_OK);
}

static bool has_entries(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	bool any = false;

	while (dir && !any && (entry = readdir(dir)))
		any = entry->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return any;
}

static void check_live_update(struct checkup *c)
{
	checkup_add(c, "live update", "/dev/liveupdate",
		    is_there("/dev/liveupdate") ? CHECK_YES : CHECK_NO,
		    "see the kernel's options and its command line; kho= has to be on",
		    NULL);
	checkup_add(c, "live update", "vfio-pci is there",
		    is_there("/sys/bus/pci/drivers/vfio-pci") ? CHECK_YES :
							      CHECK_NO,
		    "modprobe vfio-pci: it brings the handler of its files", NULL);
	checkup_add(c, "live update", "/dev/iommu",
		    is_there("/dev/iommu") ? CHECK_YES : CHECK_NO,
		    "set CONFIG_IOMMUFD, and modprobe iommufd where it is a module",
		    NULL);
	checkup_add(c, "live update", "an IOMMU is on",
		    has_entries("/sys/class/iommu") ? CHECK_YES : CHECK_NO,
		    "switch it on in the firmware, and boot with intel_iommu=on or amd_iommu=on",
		    NULL);
	checkup_add(c, "live update", "devices are in IOMMU groups",
		    has_entries("/sys/kernel/iommu_groups") ? CHECK_YES :
							      CHECK_NO,
		    "without an IOMMU a device cannot be preserved", NULL);
}

static void check_events(struct checkup *c)
{
	struct live_events events = { 0 };
	unsigned int present[NR_SYSTEMS] = { 0 }, foreign[NR_SYSTEMS] = { 0 };
	unsigned int missing[NR_SYSTEMS] = { 0 }, system, i;
	int err;

	for (i = 0; i < LUTRACE_NR_EVENTS; i++)
		events.wanted[i] = true;
	err = live_find(&events);
	if (err) {
		checkup_add(c, "tracepoints", "the kernel's BTF", CHECK_NO,
			    err == EINVAL ? "use a lutrace as new as the kernel" :
			    "set CONFIG_DEBUG_INFO_BTF", NULL);
		return;
	}
	for (i = 0; i < LUTRACE_NR_EVENTS; i++) {
		present[event_descs[i].system] += events.present[i];
		foreign[event_descs[i].system] += events.foreign[i];
		missing[event_descs[i].system] += events.missing[i];
	}
	for (system = 0; system < NR_SYSTEMS; system++)
		checkup_events(c, system_descs[system].name, system_descs[system].remedy,
			       present[system], foreign[system], missing[system]);
}

static void check_iterators(struct checkup *c)
{
	struct kernel_name targets[] = {
		{ .name = "luo_session" }, { .name = "luo_file" }, { .name = "luo_flb" },
		{ .name = "pci_liveupdate" }, { .name = "luo_journal" },
	};
	size_t i;

	kernel_btf_find_iterators(KERNEL_BTF_DIR, targets, ARRAY_SIZE(targets));
	for (i = 0; i < ARRAY_SIZE(targets); i++)
		checkup_add(c, "iterators", targets[i].name,
			    targets[i].found ? CHECK_YES : CHECK_NO,
			    "use a kernel with the lutrace kernel series",
			    NULL);
}

static void check_privileges(struct checkup *c)
{
	char *lockdown = host_read("/sys/kernel/security/lockdown");

	checkup_add(c, "privileges", "CAP_BPF and CAP_PERFMON",
		    privilege_is_enough() ? CHECK_YES : CHECK_NO,
		    "run as root, or grant both with setcap cap_bpf,cap_perfmon=ep",
		    NULL);
	checkup_lockdown(c, lockdown);
	free(lockdown);
}

/* Devices */

static bool has_link(const char *bdf, const char *name)
{
	char *target = host_link(bdf, name);

	free(target);
	return target;
}

static bool is_bridge(const char *bdf)
{
	char *class = host_attribute(bdf, "class");
	bool bridge = class && !strncmp(class, "0x06", 4);

	free(class);
	return bridge;
}

static bool has_functions(const char *bdf)
{
	char *nr = host_attribute(bdf, "sriov_numvfs");
	bool any = nr && atoi(nr) > 0;

	free(nr);
	return any;
}

static void judge(struct candidate *d)
{
	if (has_link(d->bdf, "physfn")) {
		d->obstacle = "it is a virtual function";
		d->fix = "give the guest a physical function";
	} else if (has_functions(d->bdf)) {
		d->obstacle = "it has virtual functions";
		d->fix = "write 0 to its sriov_numvfs";
	} else if (!has_link(d->bdf, "iommu_group")) {
		d->obstacle = "it has no IOMMU";
		d->fix = "switch the IOMMU on";
	} else if (!d->driver || strcmp(d->driver, "vfio-pci")) {
		d->obstacle = "vfio-pci does not have it";
	}
}

static bool add_candidate(struct checkup *c, const char *bdf)
{
	struct candidate *candidates;

	candidates = reallocarray(c->candidates, c->nr_candidates + 1, sizeof(*candidates));
	if (!candidates)
		return false;
	c->candidates = candidates;
	candidates += c->nr_candidates;
	*candidates = (struct candidate){
		.bdf = strdup(bdf), .driver = host_link(bdf, "driver"),
	};
	if (!candidates->bdf) {
		free(candidates->driver);
		return false;
	}
	c->nr_candidates++;
	judge(candidates);
	return true;
}

static void find_candidates(struct checkup *c)
{
	struct dirent **entries;
	int nr = scandir(HOST_PCI_DEVICES, &entries, NULL, alphasort), i;

	for (i = 0; i < nr; i++) {
		const char *bdf = entries[i]->d_name;

		if (*bdf != '.' && !is_bridge(bdf) && !add_candidate(c, bdf))
			complain("out of memory: a device is not shown");
		free(entries[i]);
	}
	if (nr >= 0)
		free(entries);
}

void doctor_examine(struct checkup *c, const char *release)
{
	check_config(c, release);
	check_live_update(c);
	check_privileges(c);
	check_events(c);
	check_iterators(c);
	find_candidates(c);
}

int verb_doctor(int argc, char **argv)
{
	struct common_options options = { 0 };
	struct checkup checkup = { 0 };
	struct utsname host;
	int status;

	argp_parse(&doctor_argp, argc, argv, 0, NULL, &options);
	uname(&host);
	doctor_examine(&checkup, host.release);
	if (options.output == OUTPUT_JSON)
		checkup_show_json(stdout, &checkup, LUTRACE_VERSION, host.nodename, host.release);
	else
		checkup_show_columns(stdout, &checkup,
				     options_use_color(&options),
				     options.verbose);
	status = checkup_failed(&checkup) ? EXIT_OBSERVED : EXIT_CLEAN;
	checkup_free(&checkup);
	return finish_output(status);
}
