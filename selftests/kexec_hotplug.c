// SPDX-License-Identifier: GPL-2.0
/*
 * Devices that are plugged and pulled between two kernels, and while a device is incoming.
 *
 * Stage 1 preserves three edu devices, each in a session of its own, and a fourth one, which
 * stays when the button of its slot is pressed, until it is pulled out. After the next kernel is
 * loaded and the hotplug driver is unbound from their ports, the host pulls one, puts another
 * device in the place of the second, and plugs a new one: for both kernels, this happened in
 * between. In stage 2 the first is absent, drivers are blocked from the successor of the second
 * and it is not retrieved, and the new one is ordinary. The host then pulls the third and plugs
 * it again while it is incoming.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kexec.h"
#include "lu_host.h"
#include "lu_lib.h"
#include "lu_slot.h"
#include "lu_trace.h"
#include "lu_vfio.h"

#define TOKEN		0x1

/* This driver binds to any device whose ID is written to new_id, and does nothing. */
#define OTHER_DRIVER	"pci-pf-stub"

static struct lu_slot gone = { "gone", "0000:00:06.0", "" };
static struct lu_slot swapped = { "swapped", "0000:00:07.0", "" };
static struct lu_slot held = { "held", "0000:00:0a.0", "" };
static struct lu_slot empty = { "empty", "0000:00:08.0", "" };
static struct lu_slot replugged = { "replugged", "0000:00:09.0", "" };

static int held_session = -1, gone_session = -1, swapped_session = -1, replugged_session = -1;
static struct lu_vfio vfio = LU_VFIO_NONE;

static bool is_virtio(const struct lu_slot *slot)
{
	return (lu_slot_identity(slot) & 0xffff) == 0x1af4;
}

static bool is_there(void *arg)
{
	const struct lu_slot *slot = arg;

	return lu_pci_exists(slot->bdf);
}

/* The kernel removes a device a second before the slot is powered off. */
static bool is_unplugged(void *arg)
{
	const struct lu_slot *slot = arg;
	uint16_t status;

	return !lu_pci_exists(slot->bdf) &&
	       !lu_slot_read(slot->port, PCI_EXP_SLTSTA, &status) &&
	       !(status & PCI_EXP_SLTSTA_PDS);
}

/* A new device takes no driver for a moment. */
static bool is_forgotten(void *arg)
{
	const struct lu_slot *slot = arg;

	return !lu_pci_exists(slot->bdf);
}

static bool stays_on(void *arg)
{
	(void)arg;
	return lu_klog_has("Button press: stays on");
}

static bool vfio_has_it(void *arg)
{
	const struct lu_slot *slot = arg;

	/* sysfs shows a driver before its probe has ended. */
	return !lu_pci_give_to(slot->bdf, "vfio-pci") &&
	       lu_vfio_try_open(slot->bdf) != -ENOENT;
}

/* Stage 1 */

static int preserve(struct lu_slot *slot, int *session)
{
	int fd;

	lu_ok(lu_pci_give_to(slot->bdf, "vfio-pci"));
	lu_fd(fd, lu_vfio_open(slot->bdf));
	lu_fd(*session, lu_create(slot->name));
	lu_ok(lu_session_preserve(*session, fd, TOKEN));
	close(fd);
	return KSFT_PASS;
}

static int preserve_devices(void)
{
	if (preserve(&gone, &gone_session) != KSFT_PASS ||
	    preserve(&swapped, &swapped_session) != KSFT_PASS ||
	    preserve(&replugged, &replugged_session) != KSFT_PASS)
		return KSFT_FAIL;
	lu_require(!lu_pci_exists(empty.bdf), "%s is there", empty.bdf);
	return KSFT_PASS;
}

/* The button is a request, and is refused while the session holds the device. */
static int button_is_refused(void)
{
	lu_ok(lu_pci_give_to(held.bdf, "vfio-pci"));
	lu_ok(lu_vfio_open_bind(&vfio, held.bdf));
	lu_fd(held_session, lu_create(held.name));
	lu_ok(lu_session_preserve(held_session, vfio.fd, TOKEN));
	lu_ok(lu_host_unplug("held-edu"));
	lu_require(lu_wait_until(stays_on, NULL), "the button is not answered");
	lu_traced_too(&trace, "event=pci.unbind_refused device=%s reason=preserved errno=%d",
		      held.bdf, -EBUSY);
	return lu_device_check(&vfio);
}

/* This is no request: VFIO informs user space, and waits until it closes the file. */
static int pulled_goes_with_its_session(void)
{
	struct pollfd request = { .events = POLLIN };

	lu_ok(lu_vfio_enable_irq(&vfio, VFIO_PCI_REQ_IRQ_INDEX));
	request.fd = vfio.irq;
	if (lu_slot_pull_by_surprise(&held) != KSFT_PASS)
		return KSFT_FAIL;
	lu_require(poll(&request, 1, LU_DEADLINE_MS) == 1,
		   "user space is not informed");
	lu_require(lu_pci_exists(held.bdf), "%s goes while it is in use",
		   held.bdf);
	lu_vfio_close(&vfio);
	lu_require(lu_pci_exists(held.bdf), "%s goes while it is preserved",
		   held.bdf);
	lu_close(&held_session);
	lu_require(lu_wait_until(is_forgotten, &held), "%s does not go",
		   held.bdf);
	lu_traced_too(&trace, "event=pci.unpreserve device=%s", held.bdf);
	return KSFT_PASS;
}

static int unbind_hotplug(const struct lu_slot *slot)
{
	char name[LU_BDF_LEN + 16];

	snprintf(name, sizeof(name), "%s:pcie004", slot->port);
	lu_ok(lu_write_file("/sys/bus/pci_express/drivers/pciehp/unbind", name));
	return KSFT_PASS;
}

static int hotplug_driver_leaves(void)
{
	if (unbind_hotplug(&gone) != KSFT_PASS ||
	    unbind_hotplug(&swapped) != KSFT_PASS ||
	    unbind_hotplug(&empty) != KSFT_PASS)
		return KSFT_FAIL;
	return KSFT_PASS;
}

static int pull_one(void)
{
	return lu_slot_pull(&gone);
}

static int swap_one(void)
{
	if (lu_slot_pull(&swapped) != KSFT_PASS)
		return KSFT_FAIL;
	lu_ok(lu_slot_power_on(&swapped));
	lu_ok(lu_qmp("{\"execute\": \"device_add\", \"arguments\": {\"driver\": \"virtio-rng-pci\", \"id\": \"successor\", \"bus\": \"%s\", \"disable-legacy\": \"on\", \"iommu_platform\": true}}",
		     swapped.name));
	lu_require(is_virtio(&swapped), "%s answers as %#x", swapped.bdf,
		   lu_slot_identity(&swapped));
	lu_ok(lu_slot_acknowledge(swapped.port));
	return KSFT_PASS;
}

static int plug_one(void)
{
	lu_ok(lu_slot_power_on(&empty));
	lu_ok(lu_host_plug("edu", "new", empty.name));
	lu_ok(lu_slot_acknowledge(empty.port));
	return KSFT_PASS;
}

static const struct lu_step stage1[] = {
	{ "lutrace attaches in stage 1", lu_trace_step_start, false },
	{ "the button of its slot does not take a preserved device away",
	  button_is_refused, true },
	{ "a preserved device that is pulled out goes with its session",
	  pulled_goes_with_its_session, true },
	{ "three devices are preserved in three sessions",
	  preserve_devices, true },
	{ "the next kernel is loaded", lu_step_load, true },
	{ "the hotplug driver leaves the ports", hotplug_driver_leaves, true },
	{ "a preserved device is pulled", pull_one, true },
	{ "another device takes the place of a preserved one",
	  swap_one, true },
	{ "a device is plugged into an empty slot", plug_one, true },
	{ "the stream of stage 1 is complete", lu_trace_step_stop, false },
};

/* Stage 2 */

static int pulled_is_absent(void)
{
	lu_require(!lu_pci_exists(gone.bdf), "%s is there", gone.bdf);
	lu_fd(gone_session, lu_retrieve(gone.name));
	lu_expect(lu_session_retrieve_fd(gone_session, TOKEN), -ENODEV);
	lu_traced_too(&trace, "event=vfio.retrieve device=%s reason=absent errno=%d",
		      gone.bdf, -ENODEV);
	return KSFT_PASS;
}

static int absent_finishes(void)
{
	lu_ok(lu_session_finish(gone_session));
	lu_close(&gone_session);
	lu_traced_too(&trace, "event=pci.never_finished device=%s driver=vfio-pci",
		      gone.bdf);
	return KSFT_PASS;
}

/* It was never preserved: the probe gate has no event about it. */
static int is_ordinary(struct lu_slot *slot)
{
	int ret;

	lu_require(lu_wait_until(vfio_has_it, slot),
		   "vfio-pci does not take %s", slot->bdf);
	lu_ok(lu_vfio_open_bind(&vfio, slot->bdf));
	ret = lu_device_check(&vfio);
	lu_vfio_close(&vfio);
	if (trace.pid)
		lu_require(!lu_trace_count(&trace, "event=pci.probe device=%s",
					   slot->bdf),
			   "the probe gate knows %s", slot->bdf);
	lu_ok(lu_pci_give_back(slot->bdf));
	return ret;
}

static int new_is_ordinary(void)
{
	lu_require(lu_pci_exists(empty.bdf), "%s is not there", empty.bdf);
	return is_ordinary(&empty);
}

static int new_in_given_up_place(void)
{
	lu_ok(lu_host_plug("edu", "plugged-later", gone.name));
	lu_require(lu_wait_until(is_there, &gone), "%s does not come",
		   gone.bdf);
	lu_require(!lu_trace_count(&trace, "event=pci.incoming device=%s",
				   gone.bdf),
		   "%s counts as incoming", gone.bdf);
	return is_ordinary(&gone);
}

/* The kernel knows a preserved device by its address only. */
static int successor_is_blocked(void)
{
	lu_require(is_virtio(&swapped), "%s answers as %#x", swapped.bdf,
		   lu_slot_identity(&swapped));
	lu_require(lu_pci_driver_is(swapped.bdf, ""), "%s has a driver",
		   swapped.bdf);
	lu_expect(lu_pci_bind(swapped.bdf, "virtio-pci"), -ENODEV);
	lu_traced_too(&trace, "event=pci.probe device=%s driver=virtio-pci decision=block reason=foreign_driver",
		      swapped.bdf);
	lu_ok(lu_pci_give_to(swapped.bdf, "vfio-pci"));
	lu_expect(lu_vfio_try_open(swapped.bdf), -EBUSY);
	return KSFT_PASS;
}

/* The session of the edu device must not be given another device. */
static int successor_is_not_retrieved(void)
{
	lu_fd(swapped_session, lu_retrieve(swapped.name));
	lu_expect(lu_session_retrieve_fd(swapped_session, TOKEN), -ENODEV);
	lu_traced_too(&trace, "event=vfio.retrieve device=%s reason=identity_changed errno=%d",
		      swapped.bdf, -ENODEV);
	lu_ok(lu_session_finish(swapped_session));
	lu_close(&swapped_session);
	lu_traced_too(&trace, "event=pci.finish device=%s bridge=false",
		      swapped.bdf);
	return KSFT_PASS;
}

static bool has_virtio_pci(void *arg)
{
	const struct lu_slot *slot = arg;

	return lu_pci_driver_is(slot->bdf, "virtio-pci");
}

static int successor_is_ordinary(void)
{
	lu_ok(lu_pci_give_back(swapped.bdf));
	lu_require(lu_wait_until(has_virtio_pci, &swapped),
		   "virtio-pci does not take %s", swapped.bdf);
	return KSFT_PASS;
}

static int incoming_is_unplugged(void)
{
	lu_require(lu_pci_driver_is(replugged.bdf, ""), "%s has a driver",
		   replugged.bdf);
	lu_ok(lu_host_unplug("replugged-edu"));
	lu_require(lu_wait_until(is_unplugged, &replugged),
		   "%s does not go", replugged.bdf);
	return KSFT_PASS;
}

static int replugged_is_incoming(void)
{
	lu_ok(lu_host_plug("edu", "replugged-again", replugged.name));
	lu_require(lu_wait_until(is_there, &replugged), "%s does not come",
		   replugged.bdf);
	lu_traced_too(&trace, "event=pci.incoming device=%s driver=vfio-pci",
		      replugged.bdf);
	return KSFT_PASS;
}

static int replugged_is_blocked(void)
{
	lu_require(lu_wait_until(vfio_has_it, &replugged),
		   "vfio-pci does not take %s", replugged.bdf);
	lu_expect(lu_vfio_try_open(replugged.bdf), -EBUSY);
	if (!lu_pci_driver_exists(OTHER_DRIVER))
		return KSFT_PASS;
	lu_ok(lu_pci_give_back(replugged.bdf));
	lu_ok(lu_pci_driver_write(OTHER_DRIVER, "new_id", "1234 11e8"));
	lu_expect(lu_pci_bind(replugged.bdf, OTHER_DRIVER), -ENODEV);
	lu_ok(lu_pci_driver_write(OTHER_DRIVER, "remove_id", "1234 11e8"));
	lu_traced_too(&trace, "event=pci.probe device=%s driver=" OTHER_DRIVER
		      " decision=block reason=foreign_driver", replugged.bdf);
	lu_ok(lu_pci_give_to(replugged.bdf, "vfio-pci"));
	return KSFT_PASS;
}

static int replugged_is_retrieved(void)
{
	int fd, ret;

	lu_fd(replugged_session, lu_retrieve(replugged.name));
	lu_fd(fd, lu_session_retrieve_fd(replugged_session, TOKEN));
	lu_ok(lu_vfio_bind(&vfio, fd));
	ret = lu_device_check(&vfio);
	lu_ok(lu_session_finish(replugged_session));
	lu_close(&replugged_session);
	lu_vfio_close(&vfio);
	lu_traced_too(&trace, "event=pci.finish device=%s bridge=true refcount=0",
		      replugged.port);
	return ret;
}

/* The port above the absent device is not known: it is given up with the FLB. */
static int only_absent_is_given_up(void)
{
	int all, known;

	lu_need_trace(&trace);
	lu_traced(&trace, "event=flb.finish flb=pci-v1 direction=incoming errno=0");
	known = lu_trace_count(&trace, "event=pci.never_finished device=%s",
			       gone.bdf);
	lu_require(known == 1, "%s was given up %d times", gone.bdf, known);
	known += lu_trace_count(&trace, "event=pci.never_finished device=%s",
				gone.port);
	all = lu_trace_count(&trace, "event=pci.never_finished");
	lu_require(all == known, "%d others were never finished", all - known);
	return KSFT_PASS;
}

static const struct lu_step stage2[] = {
	{ "lutrace attaches in stage 2", lu_trace_step_start, false },
	{ "a device that was pulled is absent to its session",
	  pulled_is_absent, true },
	{ "that session finishes, and names it", absent_finishes, true },
	{ "a device that was plugged between the kernels is ordinary",
	  new_is_ordinary, false },
	{ "a device that is plugged in a given-up place is ordinary",
	  new_in_given_up_place, false },
	{ "drivers are blocked from any device at a preserved address",
	  successor_is_blocked, false },
	{ "another device is not retrieved in its place, but finished",
	  successor_is_not_retrieved, true },
	{ "it is ordinary when it is finished", successor_is_ordinary, false },
	{ "an incoming device is unplugged", incoming_is_unplugged, true },
	{ "an incoming device is plugged again, and is still incoming",
	  replugged_is_incoming, true },
	{ "drivers are blocked from it as before", replugged_is_blocked, true },
	{ "it is retrieved and works", replugged_is_retrieved, false },
	{ "only the absent device and its port are given up",
	  only_absent_is_given_up, false },
	{ "the stream of stage 2 is complete", lu_trace_step_stop, false },
};

static const struct lu_stage stages[] = {
	LU_STAGE(stage1),
	LU_STAGE(stage2),
};

int main(void)
{
	if (!lu_host_listens())
		lu_skip_all("the host takes no commands: give vm/run --hotplug");
	if (!lu_slot_find(&gone) || !lu_slot_find(&swapped) || !lu_slot_find(&empty) ||
	    !lu_slot_find(&replugged) || !lu_slot_find(&held))
		lu_skip_all("the machine has not the slots: give vm/run --devices hotplug.devices");
	lu_run_stages(stages, ARRAY_SIZE(stages));
}
