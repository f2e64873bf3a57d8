// SPDX-License-Identifier: GPL-2.0
/*
 * The ordinary case: two devices in two sessions are preserved in one kernel and retrieved in the
 * next. lutrace watches in both.
 *
 * Stage 1 preserves the virtio-net device in session "vm-net", and the edu device and a memfd in
 * session "vm-edu". Stage 2 finds drivers blocked from both devices, retrieves them, and checks
 * that they work and are ordinary devices after the finish.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kexec.h"
#include "lu_lib.h"
#include "lu_trace.h"
#include "lu_vfio.h"

#define NET_SESSION	"vm-net"
#define NET_TOKEN	0x1
#define EDU_SESSION	"vm-edu"
#define EDU_TOKEN	0x2
#define MEM_TOKEN	0x3

static const char memory_text[] = "what the guest had in its memory";

static char bridge[LU_BDF_LEN];
static int net_session = -1, edu_session = -1, net_fd = -1;
static struct lu_vfio net_vfio = LU_VFIO_NONE, edu_vfio = LU_VFIO_NONE;

static int watch(void)
{
	/* Where VFIO is a module, its tracepoints come with it. */
	lu_ok(lu_pci_driver_load("vfio-pci"));
	return lu_trace_step_start();
}

static int bind_to_vfio(void)
{
	lu_ok(lu_pci_give_to(net, "vfio-pci"));
	lu_ok(lu_pci_give_to(edu, "vfio-pci"));
	return KSFT_PASS;
}

/* Stage 1 */

static int devices_work(void)
{
	lu_ok(lu_vfio_open_bind(&net_vfio, net));
	lu_require(lu_device_check(&net_vfio) == KSFT_PASS,
		   "the virtio-net device does not work");
	lu_ok(lu_vfio_open_bind(&edu_vfio, edu));
	lu_require(lu_device_check(&edu_vfio) == KSFT_PASS,
		   "the edu device does not work");
	/* One file is preserved bound to an iommufd, the other one unbound. */
	lu_vfio_close(&net_vfio);
	lu_fd(net_fd, lu_vfio_open(net));
	return KSFT_PASS;
}

static int preserve_devices(void)
{
	lu_fd(net_session, lu_create(NET_SESSION));
	lu_fd(edu_session, lu_create(EDU_SESSION));
	lu_ok(lu_session_preserve(net_session, net_fd, NET_TOKEN));
	lu_ok(lu_session_preserve(edu_session, edu_vfio.fd, EDU_TOKEN));
	return KSFT_PASS;
}

static int preserve_memory(void)
{
	int fd = memfd_create("guest-memory", MFD_CLOEXEC);

	lu_require(fd >= 0, "no memfd");
	lu_require(write(fd, memory_text, sizeof(memory_text)) ==
		   sizeof(memory_text), "the memfd does not take its content");
	lu_ok(lu_session_preserve(edu_session, fd, MEM_TOKEN));
	close(fd);
	return KSFT_PASS;
}

static int preservation_is_traced(void)
{
	lu_need_trace(&trace);
	lu_traced(&trace, "event=session.create session=%s errno=0",
		  NET_SESSION);
	lu_traced(&trace, "event=vfio.match device=%s reason=ok", net);
	lu_traced(&trace, "event=flb.preserve flb=pci-v1 direction=outgoing errno=0");
	lu_traced(&trace, "event=pci.preserve device=%s driver=vfio-pci bridge=false refcount=1",
		  net);
	lu_traced(&trace, "event=pci.preserve device=%s driver=vfio-pci bridge=false refcount=1",
		  edu);
	lu_traced(&trace, "event=file.preserve session=%s token=%#x handler=vfio-pci-v1 errno=0",
		  NET_SESSION, NET_TOKEN);
	lu_traced(&trace, "event=file.preserve session=%s token=%#x handler=vfio-pci-v1 errno=0",
		  EDU_SESSION, EDU_TOKEN);
	return KSFT_PASS;
}

static int bridge_is_traced(void)
{
	lu_need_trace(&trace);
	if (!*lu_pci_parent(net, bridge, sizeof(bridge)))
		lu_skip("%s is on a root bus in this VM", net);
	lu_traced(&trace, "event=pci.preserve device=%s bridge=true refcount=1",
		  bridge);
	return KSFT_PASS;
}

static const struct lu_step stage1[] = {
	{ "lutrace attaches", watch, false },
	{ "devices bind to vfio-pci", bind_to_vfio, true },
	{ "devices work before the update", devices_work, true },
	{ "device files are preserved, bound to iommufd or not",
	  preserve_devices, true },
	{ "a memfd is preserved beside a device", preserve_memory, true },
	{ "preservation is traced", preservation_is_traced, false },
	{ "the bridge above a device is traced as preserved",
	  bridge_is_traced, false },
	{ "the next kernel is loaded", lu_step_load, true },
	{ "the stream of stage 1 is complete", lu_trace_step_stop, false },
};

/* Stage 2 */

static int net_is_not_probed(void)
{
	char driver[64];

	lu_require(lu_pci_driver_exists("virtio-pci"),
		   "there is no driver virtio-pci");
	lu_require(!*lu_pci_driver(net, driver, sizeof(driver)),
		   "%s is bound to %s", net, driver);
	lu_require(!lu_pci_has_child(net, "virtio"),
		   "%s has a virtio device", net);
	lu_require(!*lu_pci_driver(edu, driver, sizeof(driver)),
		   "%s is bound to %s", edu, driver);
	return KSFT_PASS;
}

static int others_are_probed(void)
{
	if (!nvme)
		lu_skip("there is no nvme device in this VM");
	lu_require(lu_pci_driver_is(nvme, "nvme"),
		   "%s, which was not preserved, is not bound to nvme", nvme);
	return KSFT_PASS;
}

static int foreign_bind_fails(void)
{
	lu_expect(lu_pci_bind(net, "virtio-pci"), -ENODEV);
	lu_require(lu_pci_driver_is(net, ""), "%s was bound all the same", net);
	return KSFT_PASS;
}

static int foreign_bind_is_traced(void)
{
	lu_need_trace(&trace);
	lu_traced(&trace, "event=pci.probe device=%s driver=virtio-pci decision=block reason=foreign_driver",
		  net);
	return KSFT_PASS;
}

static int override_is_traced(void)
{
	lu_need_trace(&trace);
	lu_traced(&trace, "event=pci.probe device=%s driver=vfio-pci decision=allow reason=driver_override",
		  net);
	lu_traced(&trace, "event=pci.probe device=%s driver=vfio-pci decision=allow reason=driver_override",
		  edu);
	return KSFT_PASS;
}

static int cdev_is_refused(void)
{
	lu_expect(lu_vfio_try_open(net), -EBUSY);
	lu_expect(lu_vfio_try_open(edu), -EBUSY);
	lu_traced_too(&trace, "event=vfio.open_refused device=%s path=cdev errno=%d",
		      net, -EBUSY);
	lu_blamed(net, "vfio.open_refused");
	return KSFT_PASS;
}

static int group_is_refused(void)
{
	struct lu_group group;
	int fd, ret;

	lu_ok(lu_group_open(&group, net, false));
	fd = lu_group_device(&group, net);
	ret = fd < 0 ? fd : 0;
	lu_close(&fd);
	lu_group_close(&group);
	lu_expect(ret, -EBUSY);
	lu_traced_too(&trace, "event=vfio.open_refused device=%s path=group errno=%d",
		      net, -EBUSY);
	return KSFT_PASS;
}

static int retrieve_sessions(void)
{
	lu_fd(net_session, lu_retrieve(NET_SESSION));
	lu_fd(edu_session, lu_retrieve(EDU_SESSION));
	lu_traced_too(&trace, "event=session.retrieve session=%s errno=0",
		      NET_SESSION);
	return KSFT_PASS;
}

static int finish_needs_retrieval(void)
{
	lu_expect(lu_session_finish(net_session), -EBUSY);
	lu_expect(lu_session_finish(edu_session), -EBUSY);
	lu_traced_too(&trace, "event=vfio.finish_refused device=%s reason=not_retrieved errno=%d",
		      net, -EBUSY);
	return KSFT_PASS;
}

static int finish_needs_iommufd(void)
{
	struct vfio_device_info info;

	lu_fd(net_fd, lu_session_retrieve_fd(net_session, NET_TOKEN));
	lu_expect(lu_vfio_device_info(net_fd, &info), -EINVAL);
	lu_expect(lu_session_finish(net_session), -EBUSY);
	lu_traced_too(&trace, "event=file.retrieve session=%s token=%#x handler=vfio-pci-v1 errno=0",
		      NET_SESSION, NET_TOKEN);
	lu_traced_too(&trace, "event=vfio.finish_refused device=%s reason=not_bound errno=%d",
		      net, -EBUSY);
	return KSFT_PASS;
}

static int net_works(void)
{
	lu_ok(lu_vfio_bind(&net_vfio, net_fd));
	net_fd = -1;
	lu_traced_too(&trace, "event=vfio.bound device=%s errno=0", net);
	lu_require(lu_check_config(net_vfio.fd, net) == KSFT_PASS,
		   "the configuration space does not read");
	return lu_device_check(&net_vfio);
}

static int retrieved_is_still_held(void)
{
	lu_expect(lu_vfio_try_open(net), -EBUSY);
	return KSFT_PASS;
}

static int net_finishes(void)
{
	lu_ok(lu_session_finish(net_session));
	lu_traced_too(&trace, "event=file.finish session=%s token=%#x errno=0",
		      NET_SESSION, NET_TOKEN);
	lu_traced_too(&trace, "event=pci.finish device=%s bridge=false",
		      net);
	return lu_device_check(&net_vfio);
}

static int bridge_finishes(void)
{
	lu_need_trace(&trace);
	if (!*lu_pci_parent(net, bridge, sizeof(bridge)))
		lu_skip("%s is on a root bus in this VM", net);
	lu_traced(&trace, "event=pci.finish device=%s bridge=true refcount=0",
		  bridge);
	return KSFT_PASS;
}

static int flb_waits_for_last(void)
{
	lu_need_trace(&trace);
	lu_traced(&trace, "event=session.finish session=%s errno=0",
		  NET_SESSION);
	lu_require(!lu_trace_count(&trace, "event=flb.finish flb=pci-v1"),
		   "the FLB is finished while a file depends on it");
	return KSFT_PASS;
}

static int memory_is_intact(void)
{
	char text[sizeof(memory_text)] = {};
	int fd;

	lu_fd(fd, lu_session_retrieve_fd(edu_session, MEM_TOKEN));
	lu_require(pread(fd, text, sizeof(text), 0) == sizeof(text) &&
		   !memcmp(text, memory_text, sizeof(text)),
		   "the memfd came back as \"%.*s\"", (int)sizeof(text), text);
	close(fd);
	return KSFT_PASS;
}

static int edu_config_works(void)
{
	struct vfio_device_info info;
	int fd;

	lu_fd(fd, lu_session_retrieve_fd(edu_session, EDU_TOKEN));
	lu_ok(lu_vfio_bind(&edu_vfio, fd));
	lu_ok(lu_vfio_device_info(edu_vfio.fd, &info));
	lu_require(info.flags & VFIO_DEVICE_FLAGS_PCI,
		   "the file says that it is no PCI device");
	return lu_check_config(edu_vfio.fd, edu);
}

static int edu_registers_work(void)
{
	return lu_edu_check_registers(&edu_vfio);
}

static int edu_interrupt_works(void)
{
	return lu_edu_check_interrupt(&edu_vfio);
}

static int edu_dma_works(void)
{
	return lu_edu_check_dma(&edu_vfio);
}

static int edu_finishes(void)
{
	lu_ok(lu_session_finish(edu_session));
	lu_traced_too(&trace, "event=pci.finish device=%s bridge=false",
		      edu);
	lu_traced_too(&trace, "event=session.finish session=%s errno=0",
		      EDU_SESSION);
	return lu_device_check(&edu_vfio);
}

static int flb_finishes_once(void)
{
	int count;

	lu_need_trace(&trace);
	lu_traced(&trace, "event=flb.finish flb=pci-v1 direction=incoming errno=0");
	count = lu_trace_count(&trace, "event=flb.finish flb=pci-v1");
	lu_require(count == 1, "the FLB was finished %d times", count);
	lu_require(!lu_trace_count(&trace, "event=pci.never_finished"),
		   "a device was never finished");
	return KSFT_PASS;
}

static int finished_is_ordinary(void)
{
	lu_vfio_close(&edu_vfio);
	lu_close(&edu_session);
	lu_ok(lu_vfio_open_bind(&edu_vfio, edu));
	lu_require(lu_device_check(&edu_vfio) == KSFT_PASS,
		   "the edu device does not work when it is opened again");
	lu_vfio_close(&edu_vfio);
	lu_ok(lu_pci_give_back(edu));
	return KSFT_PASS;
}

static bool has_virtio(void *arg)
{
	return lu_pci_has_child(arg, "virtio");
}

static int own_driver_binds_again(void)
{
	lu_vfio_close(&net_vfio);
	lu_close(&net_session);
	lu_ok(lu_pci_give_back(net));
	lu_require(lu_pci_driver_is(net, "virtio-pci"),
		   "virtio-pci does not take %s", net);
	lu_require(lu_wait_until(has_virtio, (void *)net),
		   "%s has no virtio device", net);
	return KSFT_PASS;
}

static const struct lu_step stage2[] = {
	{ "lutrace attaches", watch, false },
	{ "no driver took a preserved device at boot",
	  net_is_not_probed, true },
	{ "a device that was not preserved was probed",
	  others_are_probed, false },
	{ "an explicit bind to the wrong driver fails",
	  foreign_bind_fails, true },
	{ "the blocked bind is traced with its reason",
	  foreign_bind_is_traced, false },
	{ "driver_override lets vfio-pci have the devices",
	  bind_to_vfio, true },
	{ "the allowed bind is traced with its reason",
	  override_is_traced, false },
	{ "the cdev of an incoming device does not open", cdev_is_refused, false },
	{ "the group of an incoming device gives no file",
	  group_is_refused, false },
	{ "sessions are retrieved", retrieve_sessions, true },
	{ "a session does not finish before retrieval",
	  finish_needs_retrieval, false },
	{ "a retrieved file must be bound before it is used or finished",
	  finish_needs_iommufd, true },
	{ "the virtio-net device works", net_works, true },
	{ "a retrieved device does not open a second way",
	  retrieved_is_still_held, false },
	{ "the session of the virtio-net device finishes",
	  net_finishes, true },
	{ "the bridge is finished with its last device",
	  bridge_finishes, false },
	{ "the FLB is not finished while a file is left",
	  flb_waits_for_last, false },
	{ "a memfd is retrieved beside a device", memory_is_intact, false },
	{ "the edu device answers", edu_config_works, true },
	{ "the edu device's registers work", edu_registers_work, true },
	{ "the edu device's interrupt works", edu_interrupt_works, false },
	{ "the edu device's DMA works", edu_dma_works, false },
	{ "the session of the edu device finishes", edu_finishes, true },
	{ "the FLB is finished once, after the last file",
	  flb_finishes_once, false },
	{ "a finished device opens as any other", finished_is_ordinary, false },
	{ "a finished device goes back to its own driver",
	  own_driver_binds_again, false },
	{ "the stream of stage 2 is complete", lu_trace_step_stop, false },
	{ "the journal has the whole story", lu_trace_step_story, false },
};

static const struct lu_stage stages[] = {
	LU_STAGE(stage1),
	LU_STAGE(stage2),
};

LU_MAIN(stages, LU_NEED_NET | LU_NEED_EDU)
