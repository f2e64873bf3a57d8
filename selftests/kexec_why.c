// SPDX-License-Identifier: GPL-2.0
/*
 * lutrace why: each failure is caused here, and lutrace must name it as its user reads it: the
 * decision, its consequences, the errno, and what to do.
 *
 * Stage 1 causes refusals of preserve and of the kexec. In stage 2 devices have another driver than
 * vfio-pci or are absent when their files are retrieved, and sessions are retrieved twice,
 * finished too early, or never retrieved. Stage 3 has a bridge without its bus numbers, stage 4 a
 * device list that it cannot read, stage 5 no handover, because it was entered with an image of
 * kexec_load(2) after the last session was closed, and stage 6 a file for which it has no handler.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kexec.h"
#include "lu_lib.h"
#include "lu_trace.h"
#include "lu_vfio.h"

/* This driver binds to any device whose driver_override names it, and does nothing. */
#define OTHER_DRIVER	"pci-pf-stub"

#define TOKEN		0x1
/* Tokens of files that lu_hostile.ko overwrites. */
#define OTHER_TOKEN	0x21
#define BAD_TOKEN	0x22

/* Where --testdevs puts them: no driver but vfio-pci binds to these functions. */
#define TAKEN_DEV	"0000:00:06.0"
#define UNBOUND_DEV	"0000:00:07.0"
#define ABSENT_DEV	"0000:00:08.0"
#define FORGOT_DEV	"0000:00:09.0"
#define OTHER_DEV	"0000:00:0a.0"
#define BAD_DEV		"0000:00:0b.0"

static int session = -1;
static struct lu_vfio vfio = LU_VFIO_NONE;

static int need_lutrace(void)
{
	if (!lu_why_can_ask())
		lu_skip("there is no lutrace in this VM");
	return KSFT_PASS;
}

/* Leaves a step as failed unless lutrace says all of it, in any order. */
#define why_says(object, status, ...)					\
	lu_require(lu_why_says(object, status, (const char *const[]){	\
				       __VA_ARGS__, NULL }),		\
		   "%s is not explained", object)

/* A sentence with a device in it; valid for a few more calls. */
static const char *text(const char *fmt, const char *device)
{
	static char texts[8][LU_PATH_LEN];
	static unsigned int nr;
	char *buf = texts[nr++ % ARRAY_SIZE(texts)];
	const char *at = strchr(fmt, '@');

	if (at)
		snprintf(buf, LU_PATH_LEN, "%.*s%s%s", (int)(at - fmt), fmt,
			 device, at + 1);
	else
		snprintf(buf, LU_PATH_LEN, "%s", fmt);
	return buf;
}

/* Stage 1: what the old kernel refuses */

static int unknown_is_said_to_be(void)
{
	why_says("nobody", 1, "Nothing is recorded of nobody",
		 "Sessions that are recorded: none");
	return KSFT_PASS;
}

static int no_handler(void)
{
	int fds[2];

	lu_require(!pipe(fds), "there is no pipe");
	lu_fd(session, lu_create("pipe"));
	lu_expect(lu_session_preserve(session, fds[0], TOKEN), -ENOENT);
	why_says("pipe:1", 1,
		 "Preserving pipe:0x1 failed with ENOENT: no file handler of this kernel can preserve this kind of file.",
		 "Decided by: file.match no_handler, in this kernel; the user saw ENOENT.",
		 "Load the module that has the handler first");
	close(fds[0]);
	close(fds[1]);
	lu_close(&session);
	return KSFT_PASS;
}

static int group_file(void)
{
	struct lu_group group = LU_GROUP_NONE;
	int fd, ret;

	lu_ok(lu_pci_give_to(edu, "vfio-pci"));
	lu_ok(lu_group_open(&group, edu, false));
	fd = lu_group_device(&group, edu);
	session = lu_create("group");
	ret = fd < 0 || session < 0 ? -EIO :
				      lu_session_preserve(session, fd, TOKEN);
	close(fd);
	lu_group_close(&group);
	lu_close(&session);
	lu_expect(ret, -ENOENT);
	why_says("group", 1,
		 text("Preserving group:0x1 failed with ENOENT: @ was opened through its VFIO group", edu),
		 "Decided by: vfio.match group_file",
		 text("ls /sys/bus/pci/devices/@/vfio-dev", edu));
	return KSFT_PASS;
}

static int variant_driver(void)
{
	int fd, ret;

	if (lu_module_load("lu_variant"))
		lu_skip("there is no lu_variant.ko");
	lu_ok(lu_pci_give_to(FORGOT_DEV, "lu_variant"));
	lu_fd(fd, lu_vfio_open(FORGOT_DEV));
	lu_fd(session, lu_create("variant"));
	ret = lu_session_preserve(session, fd, TOKEN);
	close(fd);
	lu_close(&session);
	lu_expect(ret, -ENOENT);
	why_says("variant", 1,
		 "Preserving variant:0x1 failed with ENOENT: " FORGOT_DEV " has a VFIO driver other than vfio-pci, and files of other VFIO drivers cannot be preserved.",
		 "Decided by: vfio.match foreign_driver");
	lu_ok(lu_pci_unbind(FORGOT_DEV));
	lu_ok(lu_module_unload("lu_variant"));
	return KSFT_PASS;
}

/* pci-pf-stub has the physical function, vfio-pci its first virtual one. */
static int virtual_function(void)
{
	char vf[LU_BDF_LEN], path[LU_PATH_LEN], target[LU_PATH_LEN] = "";
	int fd, ret;

	if (lu_pci_attr_read(nvme, "sriov_totalvfs", target, sizeof(target)) ||
	    !atoi(target))
		lu_skip("%s has no virtual functions: give the machine --sriov", nvme);
	lu_ok(lu_pci_give_to(nvme, OTHER_DRIVER));
	lu_ok(lu_pci_attr_write(nvme, "sriov_drivers_autoprobe", "0"));
	lu_ok(lu_pci_attr_write(nvme, "sriov_numvfs", "1"));
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/virtfn0", nvme);
	memset(target, 0, sizeof(target));
	lu_require(readlink(path, target, sizeof(target) - 1) > 0,
		   "%s has no virtual function", nvme);
	snprintf(vf, sizeof(vf), "%.31s", strrchr(target, '/') + 1);
	/* In one machine of a hundred the first probe failed, for an unknown reason. */
	if (lu_pci_give_to(vf, "vfio-pci"))
		lu_ok(lu_pci_give_to(vf, "vfio-pci"));
	fd = lu_vfio_open(vf);
	session = lu_create("vf");
	ret = fd < 0 || session < 0 ? -EIO : lu_session_preserve(session, fd, TOKEN);
	lu_close(&fd);
	lu_close(&session);
	lu_ok(lu_pci_unbind(vf));
	lu_ok(lu_pci_attr_write(nvme, "sriov_numvfs", "0"));
	lu_expect(ret, -ENOENT);
	why_says("vf:1", 1,
		 text("Preserving vf:0x1 failed with ENOENT: @ is a virtual function, and virtual functions cannot be preserved.", vf),
		 "Decided by: vfio.match vf, in this kernel; the user saw ENOENT.",
		 "take the virtual function away from it before the update");
	return KSFT_PASS;
}

static int preserved_twice(void)
{
	int other, second;

	lu_fd(session, lu_preserve(net, "first", TOKEN));
	why_says("first", 0, "Nothing went wrong with first: it is preserved in session first");
	lu_fd(second, lu_vfio_open(net));
	lu_fd(other, lu_create("second"));
	lu_expect(lu_session_preserve(other, second, TOKEN), -EBUSY);
	why_says("second", 1, "Preserving second:0x1 failed with EBUSY: ",
		 "preserved already", "; the user saw EBUSY.");
	/* Held by both, it keeps its driver. */
	close(second);
	lu_expect(lu_pci_unbind(net), -EBUSY);
	why_says(net, 1,
		 text("@ was not unbound from its driver, because a session preserves its file.", net),
		 "Decided by: pci.unbind_refused preserved");
	lu_close(&other);
	lu_close(&session);
	return KSFT_PASS;
}

static int same_name(void)
{
	int other;

	lu_fd(session, lu_create("name"));
	lu_fd(other, lu_open());
	lu_expect(lu_session_create(other, "name"), -EEXIST);
	why_says("name", 1,
		 "Creating session name failed with EEXIST: a session of that name exists already.");
	lu_close(&other);
	lu_close(&session);
	return KSFT_PASS;
}

/* lu_slow.ko has files of /dev/zero fail as it is told: when asked, and when frozen. */
#define SLOW		"/sys/module/lu_slow/parameters/"
#define SLOW_TOKEN	0x2

/* Interrupts that are left on, and a device that sleeps, are in nobody's way. */
static int freeze_fails(void)
{
	int zero = open("/dev/zero", O_RDWR | O_CLOEXEC);

	lu_require(zero >= 0, "there is no /dev/zero");
	lu_ok(lu_module_load("lu_slow"));
	lu_ok(lu_pci_give_to(net, "vfio-pci"));
	lu_ok(lu_vfio_open_bind(&vfio, net));
	lu_ok(lu_vfio_enable_irq(&vfio, VFIO_PCI_MSIX_IRQ_INDEX));
	lu_ok(lu_vfio_set_power(vfio.fd, 3));
	lu_fd(session, lu_create("kexec"));
	lu_ok(lu_session_preserve(session, vfio.fd, TOKEN));
	lu_ok(lu_session_preserve(session, zero, SLOW_TOKEN));
	close(zero);
	lu_ok(lu_step_load());
	lu_ok(lu_write_file(SLOW "fail", "5"));
	lu_expect(lu_kexec_exec(), -EIO);
	lu_ok(lu_write_file(SLOW "fail", "0"));
	why_says("kexec", 1,
		 "The kexec failed with EIO, and this kernel went on: freezing kexec:0x2 failed with EIO.",
		 "Decided by: file.freeze, in this kernel; the user saw EIO.",
		 text("Reset before the kexec failed: @.", net));
	why_says(net, 1, "Decided by: file.freeze",
		 text("vfio.reset            @        ok", net));
	return KSFT_PASS;
}

static int kexec_is_refused(void)
{
	lu_ok(lu_write_file(SLOW "refuse", "16"));
	lu_expect(lu_kexec_exec(), -EBUSY);
	lu_ok(lu_write_file(SLOW "refuse", "0"));
	why_says("kexec", 1,
		 "The kexec was refused, and nothing was changed: kexec:0x2 could not be frozen.",
		 "Decided by: file.can_freeze, in this kernel; the user saw EBUSY.");
	return KSFT_PASS;
}

static int image_without_kho(void)
{
	int ret = lu_kexec_load_without_kho();

	if (ret == -ENOSYS)
		lu_skip("the kernel has no kexec_load(2)");
	lu_ok(ret);
	lu_expect(lu_kexec_exec(), -EINVAL);
	why_says("kexec", 1,
		 "The kexec was refused, and nothing was changed: sessions hold files, and the image that it was to enter carries no KHO.",
		 "Decided by: luo.reboot carries_nothing, in this kernel; the user saw EINVAL.",
		 "kexec -s -l");
	return KSFT_PASS;
}

static int close_kexec(void)
{
	lu_close(&session);
	lu_vfio_close(&vfio);
	return KSFT_PASS;
}

static int held[6] = { -1, -1, -1, -1, -1, -1 };

static int preserve_all(void)
{
	static const char *const names[] = { "taken", "unbound", "absent", "forgot" };
	static const char *const devices[] = {
		TAKEN_DEV, UNBOUND_DEV, ABSENT_DEV, FORGOT_DEV
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		lu_fd(held[i], lu_preserve(devices[i], names[i], TOKEN));
	lu_fd(held[4], lu_preserve(net, "vm0", TOKEN));
	lu_fd(held[5], lu_preserve(OTHER_DEV, "other", OTHER_TOKEN));
	/* A session that is closed before the kexec. */
	lu_fd(session, lu_create("closed"));
	lu_close(&session);
	return KSFT_PASS;
}

static int trap_identity(void)
{
	lu_ok(lu_trap("vfio.device", "0x5555", 0, OTHER_TOKEN, 0));
	return KSFT_PASS;
}

static const struct lu_step stage1[] = {
	{ "there is a lutrace to ask", need_lutrace, true },
	{ "why: unknown", unknown_is_said_to_be, false },
	{ "why: no handler for the file", no_handler, false },
	{ "why: a group's file", group_file, false },
	{ "why: a variant driver", variant_driver, false },
	{ "why: a virtual function", virtual_function, false },
	{ "why: preserved already, and not unbound", preserved_twice, false },
	{ "why: a session of that name", same_name, false },
	{ "why: a freeze fails, and devices were reset", freeze_fails, true },
	{ "why: the kexec is refused", kexec_is_refused, false },
	{ "why: the image has no KHO", image_without_kho, false },
	{ "the device can be closed", close_kexec, true },
	{ "six devices are preserved", preserve_all, true },
	{ "a trap is set: another device's identity", trap_identity, true },
	{ "the next kernel is loaded", lu_step_load, true },
};

/* Stage 2: the wrong driver, no driver, no device, no order */

static int blocked_probe(void)
{
	why_says(net, 1,
		 text("Driver virtio-pci was blocked from @, because vfio-pci preserved it in the previous kernel and its session is not finished.", net),
		 "Decided by: pci.probe foreign_driver, in this kernel.",
		 "What to do:",
		 text("  echo vfio-pci >/sys/bus/pci/devices/@/driver_override", net));
	/* The chain of events, in both kernels. */
	why_says(net, 1, "file.preserve         vm0:0x1", " kexec: blackout ",
		 text("pci.incoming          @", net),
		 "block foreign_driver driver=virtio-pci");
	return KSFT_PASS;
}

static int not_retrieved(void)
{
	why_says("forgot", 1,
		 "Session forgot was handed over, but no process has retrieved it: its files and devices are waiting.",
		 "Decided by: session_not_retrieved.",
		 "Then start the program that created the session");
	return KSFT_PASS;
}

static int closed_before(void)
{
	lu_expect(lu_retrieve("closed"), -ENOENT);
	why_says("closed", 1,
		 "Retrieving session closed failed with ENOENT: session closed was closed before the kexec, which gave up everything that it preserved.");
	return KSFT_PASS;
}

static int never_there(void)
{
	lu_expect(lu_retrieve("nobody"), -ENOENT);
	why_says("nobody", 1,
		 "Retrieving session nobody failed with ENOENT: no session of that name was handed over.");
	return KSFT_PASS;
}

static int retrieve_fails(const char *name)
{
	lu_fd(session, lu_retrieve(name));
	lu_expect(lu_session_retrieve_fd(session, TOKEN), -ENODEV);
	return KSFT_PASS;
}

static int wrong_driver(void)
{
	if (!lu_pci_driver_exists(OTHER_DRIVER))
		lu_skip("the kernel has no driver " OTHER_DRIVER);
	lu_ok(lu_pci_give_to(TAKEN_DEV, OTHER_DRIVER));
	lu_ok(retrieve_fails("taken"));
	why_says("taken", 1,
		 "Retrieving taken:0x1 failed with ENODEV: " TAKEN_DEV " was bound to driver " OTHER_DRIVER " instead of vfio-pci, the driver that preserved it.",
		 "Decided by: vfio.retrieve wrong_driver, in this kernel; the user saw ENODEV.",
		 "allow driver_override driver=" OTHER_DRIVER,
		 "  echo vfio-pci >/sys/bus/pci/devices/" TAKEN_DEV "/driver_override");
	why_says(TAKEN_DEV, 1, "Decided by: vfio.retrieve wrong_driver");
	/* A second attempt has the same result, and is not the reason. */
	lu_expect(lu_session_retrieve_fd(session, TOKEN), -ENODEV);
	why_says("taken:1", 1, "Decided by: vfio.retrieve wrong_driver",
		 "a failed retrieval is never tried again",
		 "file.retrieve_cached  taken:0x1");
	lu_ok(lu_session_finish(session));
	lu_close(&session);
	return KSFT_PASS;
}

static int unbound(void)
{
	lu_require(lu_pci_driver_is(UNBOUND_DEV, ""), UNBOUND_DEV " has a driver");
	lu_ok(retrieve_fails("unbound"));
	why_says("unbound", 1,
		 "Retrieving unbound:0x1 failed with ENODEV: " UNBOUND_DEV " had no driver when it was to be retrieved.",
		 "Decided by: vfio.retrieve unbound, in this kernel; the user saw ENODEV.",
		 "bind vfio-pci before you retrieve");
	lu_ok(lu_session_finish(session));
	lu_close(&session);
	return KSFT_PASS;
}

static int absent(void)
{
	lu_ok(lu_pci_remove(ABSENT_DEV));
	lu_ok(retrieve_fails("absent"));
	why_says("absent", 1,
		 "Retrieving absent:0x1 failed with ENODEV: there was no device at " ABSENT_DEV " when it was to be retrieved: this kernel had found it, and it was removed since.",
		 "Decided by: vfio.retrieve absent, in this kernel; the user saw ENODEV.",
		 "echo 1 >/sys/bus/pci/rescan");
	lu_ok(lu_session_finish(session));
	lu_close(&session);
	/* Giving the device up is a consequence of that. */
	why_says(ABSENT_DEV, 1, "Decided by: vfio.retrieve absent",
		 "pci.never_finished");
	return KSFT_PASS;
}

static int another_device(void)
{
	lu_ok(lu_pci_give_to(OTHER_DEV, "vfio-pci"));
	lu_fd(session, lu_retrieve("other"));
	lu_expect(lu_session_retrieve_fd(session, OTHER_TOKEN), -ENODEV);
	why_says("other", 1,
		 "Retrieving other:0x21 failed with ENODEV: the device at " OTHER_DEV " is not the one that was preserved.",
		 "Decided by: vfio.retrieve identity_changed");
	lu_ok(lu_session_finish(session));
	lu_close(&session);
	return KSFT_PASS;
}

/* The same in JSON. */
static int json_says_the_same(void)
{
	const char *line, *end;
	int status;

	line = lu_why_ask("-o json taken", &status);
	lu_expect(status, 1);
	lu_require(line, "there is no answer");
	end = strchr(line, '\n');
	lu_require(end && !end[1], "the answer is not one line: %s", line);
	lu_require(lu_json_matches(line, "type=why object=taken kind=session known=true decision=vfio.retrieve reason=wrong_driver kernel=current errno_name=ENODEV device=" TAKEN_DEV),
		   "the answer is %s", line);
	return KSFT_PASS;
}

static int opened_early(void)
{
	lu_ok(lu_pci_give_to(net, "vfio-pci"));
	lu_expect(lu_vfio_try_open(net), -EBUSY);
	why_says(net, 1,
		 text("@ could not be opened (EBUSY), because the previous kernel preserved it and its session is not finished.", net),
		 "LIVEUPDATE_SESSION_RETRIEVE_FD");
	return KSFT_PASS;
}

static int finished_early(void)
{
	int fd;

	lu_fd(session, lu_retrieve("vm0"));
	lu_expect(lu_session_finish(session), -EBUSY);
	why_says("vm0", 1,
		 text("Finishing session vm0 failed with EBUSY: @ was not retrieved yet", net),
		 "Decided by: vfio.finish_refused not_retrieved, in this kernel; the user saw EBUSY.");
	lu_fd(fd, lu_session_retrieve_fd(session, TOKEN));
	lu_expect(lu_session_finish(session), -EBUSY);
	why_says("vm0", 1,
		 text("Finishing session vm0 failed with EBUSY: the file of @ was retrieved, but is not bound to an iommufd yet.", net),
		 "Decided by: vfio.finish_refused not_bound, in this kernel; the user saw EBUSY.",
		 "VFIO_DEVICE_BIND_IOMMUFD");
	lu_ok(lu_vfio_bind(&vfio, fd));
	return KSFT_PASS;
}

static int retrieved_twice(void)
{
	lu_expect(lu_retrieve("vm0"), -EINVAL);
	why_says("vm0", 1,
		 "Retrieving session vm0 failed with EINVAL: the session was retrieved already.");
	lu_expect(lu_session_retrieve_fd(session, 0x99), -ENOENT);
	why_says("vm0:0x99", 1,
		 "Retrieving vm0:0x99 failed with ENOENT: the session has no file with that token.");
	return KSFT_PASS;
}

static int nothing_wrong(void)
{
	lu_ok(lu_session_finish(session));
	lu_close(&session);
	why_says("vm0:1", 0,
		 "Nothing went wrong with vm0:1: it came through the live update: retrieved and finished.",
		 "blackout=");
	why_says(net, 0, "Nothing went wrong");
	lu_vfio_close(&vfio);
	lu_expect(lu_retrieve("vm0"), -ENOENT);
	why_says("vm0", 1,
		 "Retrieving session vm0 failed with ENOENT: the session was finished and closed already.");
	return KSFT_PASS;
}

static int give_up_forgotten(void)
{
	lu_ok(retrieve_fails("forgot"));
	lu_ok(lu_session_finish(session));
	lu_close(&session);
	return KSFT_PASS;
}

static int config_write(const char *bdf, unsigned int at, uint16_t value)
{
	char path[LU_PATH_LEN];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/config", bdf);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = pwrite(fd, &value, sizeof(value), at);
	close(fd);
	return n == sizeof(value) ? 0 : -EIO;
}

static int preserve_for_numbers(void)
{
	lu_fd(held[0], lu_preserve(BAD_DEV, "bad", BAD_TOKEN));
	lu_fd(session, lu_preserve(net, "numbers", TOKEN));
	return KSFT_PASS;
}

static int trap_data(void)
{
	lu_ok(lu_trap("file.data", "0", 0, BAD_TOKEN, 0));
	return KSFT_PASS;
}

/* Freezing a device that is not open does not touch it. */
static int take_numbers(void)
{
	char bridge[LU_BDF_LEN];

	lu_require(*lu_pci_parent(net, bridge, sizeof(bridge)),
		   "%s is on a root bus", net);
	lu_ok(config_write(bridge, PCI_SECONDARY_BUS, 0));
	return KSFT_PASS;
}

static const struct lu_step stage2[] = {
	{ "why: a driver is blocked at boot", blocked_probe, false },
	{ "why: the session was not retrieved", not_retrieved, false },
	{ "why: the session was closed before the kexec", closed_before, false },
	{ "why: there was no such session", never_there, false },
	{ "why: the wrong driver had the device", wrong_driver, false },
	{ "why: no driver had the device", unbound, false },
	{ "why: the device was removed", absent, false },
	{ "why: another device is there", another_device, false },
	{ "JSON says the same", json_says_the_same, false },
	{ "why: opened instead of retrieved", opened_early, true },
	{ "why: finished before it is retrieved, or bound", finished_early, true },
	{ "why: retrieved twice, and with an unknown token", retrieved_twice, false },
	{ "why: nothing went wrong", nothing_wrong, true },
	{ "the forgotten session is given up", give_up_forgotten, true },
	{ "two devices are preserved, one below a bridge", preserve_for_numbers, true },
	{ "the kernel is at hand again", lu_step_boot_store, true },
	{ "a trap is set: the handover of a file", trap_data, true },
	{ "the next kernel is loaded", lu_step_load, true },
	{ "the bridge loses its bus numbers", take_numbers, true },
};

/* Stage 3: a bridge without its bus numbers */

static int bus_numbers_lost(void)
{
	why_says(net, 1, "Bridge 0000:", "came without the bus numbers that it had in the previous kernel",
		 "Decided by: pci.bus_numbers lost, in this kernel.");
	lu_ok(retrieve_fails("numbers"));
	why_says("numbers", 1,
		 "Retrieving numbers:0x1 failed with ENODEV: bridge 0000:",
		 "came without the bus numbers that it had in the previous kernel, so that nothing below it was enumerated.",
		 text("That is why there was no device at @ when it was to be retrieved: this kernel has never found it.", net),
		 "Decided by: pci.bus_numbers lost, in this kernel; the user saw ENODEV.");
	lu_ok(lu_session_finish(session));
	lu_close(&session);
	return KSFT_PASS;
}

static int unreadable_record(void)
{
	lu_ok(lu_pci_give_to(BAD_DEV, "vfio-pci"));
	lu_fd(session, lu_retrieve("bad"));
	lu_expect(lu_session_retrieve_fd(session, BAD_TOKEN), -EINVAL);
	why_says("bad", 1,
		 "Retrieving bad:0x22 failed with EINVAL: the previous kernel's data about bad:0x22 cannot be read.",
		 "Decided by: vfio.retrieve bad_data, in this kernel; the user saw EINVAL.");
	/* The event has no address: the journal knows that the file was of this device. */
	why_says(BAD_DEV, 1, "Decided by: vfio.retrieve bad_data");
	lu_ok(lu_session_finish(session));
	lu_close(&session);
	return KSFT_PASS;
}

/* On the root bus, which has kept its number. */
static int preserve_for_list(void)
{
	lu_fd(session, lu_preserve(edu, "list", TOKEN));
	return KSFT_PASS;
}

static int trap_list(void)
{
	lu_ok(lu_trap("pci.version", "99", 0, TOKEN, 0));
	return KSFT_PASS;
}

static int load_to_block(void)
{
	lu_ok(lu_kexec_load("pci_liveupdate.on_error=block"));
	return KSFT_PASS;
}

static const struct lu_step stage3[] = {
	{ "why: a bridge lost its bus numbers", bus_numbers_lost, true },
	{ "why: the handover of a file is bad", unreadable_record, true },
	{ "a device is preserved", preserve_for_list, true },
	{ "the kernel is at hand again", lu_step_boot_store, true },
	{ "a trap is set: another version of the list", trap_list, true },
	{ "the next kernel is loaded, to block what it cannot read", load_to_block, true },
};

/* Stage 4: an FLB that cannot be read */

static int list_is_unreadable(void)
{
	why_says(nvme, 1,
		 text("Driver nvme was blocked from @, because it may be one of the preserved devices, whose list cannot be read: the list of preserved devices cannot be read: it has a version that this kernel does not know.", nvme),
		 "Decided by: pci.handover_bad bad_version, in this kernel.");
	lu_ok(lu_pci_give_to(edu, "vfio-pci"));
	lu_ok(retrieve_fails("list"));
	why_says("list", 1,
		 "Retrieving list:0x1 failed with ENODEV: the list of preserved devices cannot be read: it has a version that this kernel does not know.",
		 text("That is why @ is not, or no longer, in this kernel's list of preserved devices.", edu),
		 "Decided by: pci.handover_bad bad_version, in this kernel; the user saw ENODEV.",
		 "Update to a kernel that knows the version");
	lu_ok(lu_session_finish(session));
	lu_close(&session);
	return KSFT_PASS;
}

static int preserve_for_nothing(void)
{
	lu_fd(session, lu_preserve(edu, "lost", TOKEN));
	return KSFT_PASS;
}

static int load_without_kho(void)
{
	int ret = lu_kexec_load_without_kho();

	/* The later stages do not need the lost device. A session with files refuses the kexec. */
	if (ret != -ENOSYS) {
		lu_ok(ret);
		lu_expect(lu_kexec_exec(), -EINVAL);
		lu_close(&session);
		return KSFT_PASS;
	}
	ksft_print_msg("the kernel has no kexec_load(2): the next stage is entered with KHO\n");
	return lu_step_load();
}

static const struct lu_step stage4[] = {
	{ "why: the list of devices cannot be read", list_is_unreadable, true },
	{ "a device is preserved", preserve_for_nothing, true },
	{ "the kernel is at hand again", lu_step_boot_store, true },
	{ "the next kernel is loaded with kexec_load(2)", load_without_kho, true },
};

/* Stage 5: no handover */

static int no_handover(void)
{
	int ret = lu_retrieve("lost");

	if (ret >= 0) {
		close(ret);
		lu_skip("the kernel has no kexec_load(2)");
	}
	lu_expect(ret, -ENOENT);
	why_says("lost", 1,
		 "Retrieving session lost failed with ENOENT: this kernel was entered by a kexec that carried nothing over: its image had no KHO, and everything that was preserved is lost.",
		 "Decided by: nothing_handed_over", "kexec -s -l");
	why_says(edu, 1, text("Nothing is recorded of @", edu),
		 "But note: This kernel was entered by a kexec that carried nothing over");
	return KSFT_PASS;
}

static int preserve_null(void)
{
	int fd;

	lu_ok(lu_module_load("lu_handler"));
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	lu_require(fd >= 0, "there is no /dev/null");
	lu_fd(session, lu_create("handler"));
	lu_ok(lu_session_preserve(session, fd, 0x77));
	close(fd);
	return KSFT_PASS;
}

static int load_with_small_journal(void)
{
	lu_ok(lu_kexec_load("liveupdate_journal=4K"));
	return KSFT_PASS;
}

static const struct lu_step stage5[] = {
	{ "why: there is no handover", no_handover, false },
	{ "a file is preserved by a module's handler", preserve_null, true },
	{ "the kernel is at hand again", lu_step_boot_store, true },
	{ "the next kernel is loaded, to keep a small journal", load_with_small_journal, true },
};

/* Stage 6: the handler's module is not loaded */

static int handler_is_missing(void)
{
	lu_require(!lu_module_loaded("lu_handler"), "lu_handler.ko is loaded");
	lu_expect(lu_retrieve("handler"), -EIO);
	why_says("handler", 1,
		 "The handover of handler:0x77 cannot be read (ENOENT), and /dev/liveupdate fails with EIO for good: this kernel has no file handler lu-handler-v1, which handler:0x77 needs.",
		 "Decided by: file.deserialize, in this kernel; the user saw EIO.",
		 "have its module");
	return KSFT_PASS;
}

/* The reason may have been overwritten: lutrace must say so. */
static int journal_wraps(void)
{
	int i, fd;

	for (i = 0; i < 50; i++) {
		lu_fd(fd, lu_open());
		close(fd);
	}
	why_says("handler", 1,
		 "The answer may be incomplete: the journal does not have ");
	return KSFT_PASS;
}

static const struct lu_step stage6[] = {
	{ "why: the file's handler is missing", handler_is_missing, false },
	{ "why: the journal does not have all of it", journal_wraps, false },
};

static const struct lu_stage stages[] = {
	{ stage1, ARRAY_SIZE(stage1), true },
	{ stage2, ARRAY_SIZE(stage2), true },
	{ stage3, ARRAY_SIZE(stage3), true },
	{ stage4, ARRAY_SIZE(stage4), true },
	{ stage5, ARRAY_SIZE(stage5), true },
	{ stage6, ARRAY_SIZE(stage6), false },
};

int main(void)
{
	lu_need(LU_NEED_ALL);
	if (!lu_pci_exists(TAKEN_DEV))
		lu_skip_all("there is no device at " TAKEN_DEV ": give vm/run --testdevs 6");
	lu_run_stages(stages, ARRAY_SIZE(stages));
}
