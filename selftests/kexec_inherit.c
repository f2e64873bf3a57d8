// SPDX-License-Identifier: GPL-2.0
/*
 * Settings that the next kernel keeps because devices were preserved: bus numbers and ACS control.
 * Bus mastering of a device is not one of them.
 *
 * Stage 1 preserves the virtio-net device, and jumps to a kernel whose command line asks for new
 * bus numbers. Stage 2 finds all numbers unchanged. Then it clears the bus numbers of the bridge
 * above the device and of one beside that bridge, and jumps again. Stage 3 finds that nothing was
 * enumerated below either.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <inttypes.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kexec.h"
#include "lu_lib.h"
#include "lu_trace.h"
#include "lu_vfio.h"

#define SESSION		"inherit"
#define TOKEN		0x1

/*
 * New bus numbers would differ, because hot-plug ports get room to grow. Freed memory would not
 * keep its content.
 */
#define NEXT_WORDS	"pci=assign-busses,hpbussize=4 init_on_free=1"

static char bridge[LU_BDF_LEN], sibling[LU_BDF_LEN];
static int session = -1;

/* Configuration space through sysfs: the kernel does not interfere. */
static int config(const char *bdf, int flags, unsigned int at, void *buf,
		  size_t len)
{
	char path[LU_PATH_LEN];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/config", bdf);
	fd = open(path, flags | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = flags == O_RDONLY ? pread(fd, buf, len, at) :
				pwrite(fd, buf, len, at);
	n = n < 0 ? -errno : n == (ssize_t)len ? 0 : -EIO;
	close(fd);
	return n;
}

static uint16_t read16(const char *bdf, unsigned int at)
{
	uint16_t value = 0xffff;

	config(bdf, O_RDONLY, at, &value, sizeof(value));
	return value;
}

static int write16(const char *bdf, unsigned int at, uint16_t value)
{
	return config(bdf, O_WRONLY, at, &value, sizeof(value));
}

/* Offset of the device's extended capability @id, 0 if it has none. */
static unsigned int find_ext_cap(const char *bdf, unsigned int id)
{
	unsigned int at = PCI_CFG_SPACE_SIZE;
	uint32_t header = 0;

	while (at && !config(bdf, O_RDONLY, at, &header, sizeof(header))) {
		if (PCI_EXT_CAP_ID(header) == id)
			return at;
		at = PCI_EXT_CAP_NEXT(header);
	}
	return 0;
}

/* The bus numbers of all bridges, as one word: "00:01.0=1-1,00:02.0=2-2". */
static const char *bus_numbers(char *buf, size_t len)
{
	glob_t found = {};
	size_t at = 0, i;

	buf[0] = '\0';
	glob("/sys/bus/pci/devices/*", 0, NULL, &found);
	for (i = 0; i < found.gl_pathc; i++) {
		const char *bdf = strrchr(found.gl_pathv[i], '/') + 1;
		uint16_t type = read16(bdf, PCI_CACHE_LINE_SIZE + 2);
		uint16_t numbers;

		if ((type & 0x7f) != PCI_HEADER_TYPE_BRIDGE)
			continue;
		numbers = read16(bdf, PCI_SECONDARY_BUS);
		at += snprintf(buf + at, len - at, "%s%s=%x-%x", at ? "," : "",
			       bdf + strlen("0000:"), numbers & 0xff,
			       numbers >> 8);
	}
	globfree(&found);
	return buf;
}

static int find_bridges(void)
{
	lu_require(*lu_pci_parent(net, bridge, sizeof(bridge)),
		   "%s is on a root bus", net);
	lu_require(*lu_pci_parent(nvme, sibling, sizeof(sibling)),
		   "%s is on a root bus", nvme);
	return KSFT_PASS;
}

static int preserve(void)
{
	lu_fd(session, lu_preserve(net, SESSION, TOKEN));
	return KSFT_PASS;
}

/*
 * Neither device is open, so that no driver changes the bit that is set here: bus mastering of a
 * device that is preserved, and of one that is not. No IOMMU stands between its DMA and the next
 * kernel's memory.
 */
static int set_bus_master(void)
{
	/* Nor may the device be put to sleep, which would clear the bit. */
	lu_ok(lu_pci_attr_write(net, "power/control", "on"));
	lu_ok(lu_pci_attr_write(edu, "power/control", "on"));
	lu_ok(write16(net, PCI_COMMAND, read16(net, PCI_COMMAND) |
		      PCI_COMMAND_MASTER));
	lu_ok(write16(edu, PCI_COMMAND, read16(edu, PCI_COMMAND) |
		      PCI_COMMAND_MASTER));
	return KSFT_PASS;
}

/* No kernel chooses this value: upstream forwarding off, everything else on. */
static int set_acs(void)
{
	unsigned int acs = find_ext_cap(bridge, PCI_EXT_CAP_ID_ACS);
	uint16_t before;

	if (!acs)
		lu_skip("%s knows no ACS", bridge);
	before = read16(bridge, acs + PCI_ACS_CTRL);
	lu_require(before & PCI_ACS_UF, "ACS control of %s is %#x, not set up",
		   bridge, before);
	lu_ok(write16(bridge, acs + PCI_ACS_CTRL, before & ~PCI_ACS_UF));
	return KSFT_PASS;
}

static int load_next(void)
{
	char words[1024], numbers[512];
	unsigned int acs = find_ext_cap(bridge, PCI_EXT_CAP_ID_ACS);

	snprintf(words, sizeof(words), NEXT_WORDS " lu.buses=%s lu.acs=%#x",
		 bus_numbers(numbers, sizeof(numbers)),
		 acs ? read16(bridge, acs + PCI_ACS_CTRL) : 0xffff);
	lu_ok(lu_kexec_load(words));
	return KSFT_PASS;
}

static const struct lu_step stage1[] = {
	{ "the bridges are found", find_bridges, true },
	{ "a device is preserved", preserve, true },
	{ "two devices are left mastering the bus", set_bus_master, true },
	{ "a bridge's ACS control is set to an unusual value", set_acs, false },
	{ "the next kernel is loaded, to assign bus numbers again", load_next, true },
};

/* Stage 2 */

static int numbers_are_kept(void)
{
	const char *before = lu_cmdline("lu.buses=") ?: "";
	char now[512];

	bus_numbers(now, sizeof(now));
	lu_require(*before && !strcmp(before, now),
		   "bus numbers were %s and are %s", before, now);
	lu_require(lu_pci_exists(net), "%s is gone", net);
	return KSFT_PASS;
}

/* Otherwise they may be kept by chance. */
static int kernel_was_told_to_assign_numbers(void)
{
	lu_require(!strcmp(lu_cmdline("pci=") ?: "",
			   "assign-busses,hpbussize=4"),
		   "the kernel was not told to assign bus numbers");
	return KSFT_PASS;
}

static int kept_numbers_are_recorded(void)
{
	uint16_t numbers = read16(bridge, PCI_SECONDARY_BUS);
	int status;

	if (!lu_why_can_ask())
		lu_skip("there is no lutrace in this VM");
	status = lu_journal_read("--generation current");
	lu_require(status == 0 || status == 1, "lutrace journal gave %d", status);
	lu_require(lu_trace_count(&lu_journal,
				  "event=pci.bus_numbers device=%s reason=kept bus=%u subordinate=%u",
				  bridge, numbers & 0xff, numbers >> 8),
		   "the journal does not say that %s kept %#x", bridge, numbers);
	return KSFT_PASS;
}

static int acs_is_kept(void)
{
	unsigned int acs = find_ext_cap(bridge, PCI_EXT_CAP_ID_ACS);
	uint16_t before, now;

	if (!acs)
		lu_skip("%s knows no ACS", bridge);
	before = strtoul(lu_cmdline("lu.acs=") ?: "", NULL, 0);
	now = read16(bridge, acs + PCI_ACS_CTRL);
	lu_require(now == before, "ACS control of %s was %#x and is %#x",
		   bridge, before, now);
	/* A bridge that is not preserved has the kernel's own setting. */
	acs = find_ext_cap(sibling, PCI_EXT_CAP_ID_ACS);
	lu_require(acs && read16(sibling, acs + PCI_ACS_CTRL) & PCI_ACS_UF,
		   "ACS of %s is not set up", sibling);
	return KSFT_PASS;
}

static int bus_master_is_off(void)
{
	lu_require(lu_pci_driver_is(net, ""), "%s has a driver", net);
	lu_require(!(read16(net, PCI_COMMAND) & PCI_COMMAND_MASTER),
		   "bus mastering of the preserved %s was left on", net);
	lu_require(!(read16(edu, PCI_COMMAND) & PCI_COMMAND_MASTER),
		   "bus mastering of %s was left on", edu);
	return KSFT_PASS;
}

static int debugfs_is_kept(void)
{
	static const char path[] = "/sys/kernel/debug/kho/in/sub_fdts/LUO";
	char buf[16] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		lu_skip("there is no %s", path);
	lu_require(read(fd, buf, sizeof(buf) - 1) > 0, "%s is empty", path);
	close(fd);
	lu_require(!strncmp(buf, "luo-", 4), "%s shows \"%s\"", path, buf);
	return KSFT_PASS;
}

static int retrieve_and_finish(void)
{
	struct lu_vfio vfio = LU_VFIO_NONE;
	int fd, ret;

	lu_ok(lu_pci_give_to(net, "vfio-pci"));
	lu_fd(session, lu_retrieve(SESSION));
	lu_fd(fd, lu_session_retrieve_fd(session, TOKEN));
	lu_ok(lu_vfio_bind(&vfio, fd));
	ret = lu_device_check(&vfio);
	lu_ok(lu_session_finish(session));
	lu_close(&session);
	lu_vfio_close(&vfio);
	return ret;
}

/* A rescan must not change the numbers either, as long as this kernel runs. */
static int numbers_survive_a_rescan(void)
{
	lu_ok(lu_pci_rescan());
	return numbers_are_kept();
}

/* Freezing a device that is not open does not touch it. */
static int take_numbers(void)
{
	lu_ok(write16(bridge, PCI_SECONDARY_BUS, 0));
	lu_ok(write16(sibling, PCI_SECONDARY_BUS, 0));
	return KSFT_PASS;
}

static const struct lu_step stage2[] = {
	{ "the bridges are found", find_bridges, true },
	{ "bus numbers are kept", numbers_are_kept, true },
	{ "the kernel was told to assign them again",
	  kernel_was_told_to_assign_numbers, false },
	{ "the numbers that a preserved bridge keeps are in the journal",
	  kept_numbers_are_recorded, false },
	{ "the ACS control of a preserved bridge is kept", acs_is_kept, false },
	{ "no device may master the bus, preserved or not",
	  bus_master_is_off, false },
	{ "debugfs shows the handover of LUO", debugfs_is_kept, false },
	{ "the device is retrieved, works and is finished",
	  retrieve_and_finish, true },
	{ "bus numbers survive a rescan after the finish",
	  numbers_survive_a_rescan, false },
	{ "the device is preserved again", preserve, true },
	{ "the kernel is at hand again", lu_step_boot_store, true },
	{ "the next kernel is loaded", load_next, true },
	{ "two bridges lose their bus numbers", take_numbers, true },
};

/* Stage 3 */

static int find_bridge_without_device(void)
{
	/* Root ports, in the order in which their buses are numbered. */
	const char *parent = lu_cmdline("lu.buses=") ?: "";

	lu_require(sscanf(parent, "%7[^=]=%*[^,],%7[^=]=", bridge + 5,
			  sibling + 5) == 2, "no two bridges in %s", parent);
	memcpy(bridge, "0000:", 5);
	memcpy(sibling, "0000:", 5);
	return KSFT_PASS;
}

static int nothing_below(void)
{
	lu_require(lu_pci_exists(bridge), "%s is gone", bridge);
	lu_require(!lu_pci_exists(net), "%s was enumerated", net);
	lu_require(!read16(bridge, PCI_SECONDARY_BUS),
		   "%s was given bus numbers %#x", bridge,
		   read16(bridge, PCI_SECONDARY_BUS));
	return KSFT_PASS;
}

static int nothing_beside(void)
{
	lu_require(lu_pci_exists(sibling), "%s is gone", sibling);
	lu_require(!lu_pci_exists(nvme), "%s was enumerated", nvme);
	lu_require(!read16(sibling, PCI_SECONDARY_BUS),
		   "%s was given bus numbers %#x", sibling,
		   read16(sibling, PCI_SECONDARY_BUS));
	return KSFT_PASS;
}

static int rescan_is_explained(void)
{
	lu_ok(lu_pci_rescan());
	lu_traced_too(&trace, "event=pci.bus_numbers device=%s reason=lost",
		      bridge);
	lu_traced_too(&trace, "event=pci.bus_numbers device=%s reason=sibling_lost",
		      sibling);
	lu_require(!lu_pci_exists(net), "%s was enumerated", net);
	lu_blamed(sibling, "pci.bus_numbers sibling_lost");
	return KSFT_PASS;
}

static int absent(void)
{
	lu_fd(session, lu_retrieve(SESSION));
	lu_expect(lu_session_retrieve_fd(session, TOKEN), -ENODEV);
	lu_traced_too(&trace, "event=vfio.retrieve device=%s reason=absent errno=%d",
		      net, -ENODEV);
	lu_ok(lu_session_finish(session));
	lu_close(&session);
	return KSFT_PASS;
}

/* No device is incoming any more. */
static int numbers_are_given_after_finish(void)
{
	lu_ok(lu_pci_rescan());
	lu_require(lu_pci_exists(net), "%s was not found", net);
	lu_require(lu_pci_driver_is(net, "virtio-pci"),
		   "virtio-pci did not take %s", net);
	return KSFT_PASS;
}

static const struct lu_step stage3[] = {
	{ "lutrace attaches", lu_trace_step_start, false },
	{ "the bridges are found", find_bridge_without_device, true },
	{ "nothing is enumerated below a preserved bridge without numbers",
	  nothing_below, false },
	{ "no other bridge on its bus is given any", nothing_beside, false },
	{ "a rescan does not give any either, and the reason is recorded",
	  rescan_is_explained, false },
	{ "the device is absent", absent, true },
	{ "after the finish there are bus numbers again",
	  numbers_are_given_after_finish, false },
	{ "the stream of stage 3 is complete", lu_trace_step_stop, false },
	{ "the journal has what the kernel's log has", lu_trace_step_log, false },
};

static const struct lu_stage stages[] = {
	LU_STAGE(stage1),
	LU_STAGE(stage2),
	LU_STAGE(stage3),
};

LU_MAIN(stages, LU_NEED_ALL)
