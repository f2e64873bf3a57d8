// SPDX-License-Identifier: GPL-2.0
/*
 * A device that is absent when its session is retrieved, and one that another driver has.
 *
 * Stage 1 preserves the virtio-net device in session "absent" and the edu device in session
 * "taken". Stage 2 removes the first and gives the second to another driver. It checks that
 * neither is retrieved, that both sessions can be finished, and that nothing remains of them.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "kexec.h"
#include "lu_lib.h"
#include "lu_trace.h"
#include "lu_vfio.h"

#define ABSENT		"absent"
#define ABSENT_TOKEN	0x1
#define TAKEN		"taken"
#define TAKEN_TOKEN	0x2

/* This driver binds to any device whose driver_override names it, and does nothing. */
#define OTHER_DRIVER	"pci-pf-stub"

static int absent = -1, taken = -1;

/* Stage 1 */

static int preserve(void)
{
	int fd;

	lu_ok(lu_pci_give_to(net, "vfio-pci"));
	lu_fd(fd, lu_vfio_open(net));
	lu_fd(absent, lu_create(ABSENT));
	lu_ok(lu_session_preserve(absent, fd, ABSENT_TOKEN));
	close(fd);

	lu_ok(lu_pci_give_to(edu, "vfio-pci"));
	lu_fd(fd, lu_vfio_open(edu));
	lu_fd(taken, lu_create(TAKEN));
	lu_ok(lu_session_preserve(taken, fd, TAKEN_TOKEN));
	close(fd);
	return KSFT_PASS;
}

static const struct lu_step stage1[] = {
	{ "two devices are preserved in two sessions", preserve, true },
	{ "the next kernel is loaded", lu_step_load, true },
};

/* Stage 2 */

static int remove_device(void)
{
	lu_require(lu_pci_driver_is(net, ""), "%s has a driver", net);
	lu_ok(lu_pci_remove(net));
	lu_require(!lu_pci_exists(net), "%s is still there", net);
	return KSFT_PASS;
}

static int absent_is_not_retrieved(void)
{
	lu_fd(absent, lu_retrieve(ABSENT));
	lu_expect(lu_session_retrieve_fd(absent, ABSENT_TOKEN), -ENODEV);
	lu_traced_too(&trace, "event=vfio.retrieve device=%s reason=absent errno=%d",
		      net, -ENODEV);
	lu_traced_too(&trace, "event=file.retrieve session=" ABSENT " token=%#x errno=%d",
		      ABSENT_TOKEN, -ENODEV);
	return KSFT_PASS;
}

static int failure_is_final(void)
{
	lu_expect(lu_session_retrieve_fd(absent, ABSENT_TOKEN), -ENODEV);
	lu_traced_too(&trace, "event=file.retrieve_cached session=" ABSENT " token=%#x errno=%d",
		      ABSENT_TOKEN, -ENODEV);
	return KSFT_PASS;
}

static int absent_finishes(void)
{
	lu_ok(lu_session_finish(absent));
	lu_close(&absent);
	lu_expect(lu_retrieve(ABSENT), -ENOENT);
	lu_traced_too(&trace, "event=pci.never_finished device=%s", net);
	lu_blamed(net, "vfio.retrieve absent");
	return KSFT_PASS;
}

static int flb_is_not_finished(void)
{
	lu_need_trace(&trace);
	lu_traced(&trace, "event=session.finish session=" ABSENT " errno=0");
	lu_require(!lu_trace_count(&trace, "event=flb.finish flb=pci-v1"),
		   "the FLB is finished while a session is not finished");
	return KSFT_PASS;
}

/* The other session is not finished, so the handover can still be consulted. */
static int returned_is_ordinary(void)
{
	int incoming = lu_trace_count(&trace, "event=pci.incoming device=%s",
				      net);

	lu_ok(lu_pci_rescan());
	lu_require(lu_pci_exists(net), "%s was not found again", net);
	lu_require(lu_pci_driver_is(net, "virtio-pci"),
		   "virtio-pci did not take %s", net);
	if (trace.pid)
		lu_require(lu_trace_count(&trace, "event=pci.incoming device=%s",
					  net) == incoming,
			   "%s counts as incoming after its finish", net);
	return KSFT_PASS;
}

static int taken_is_not_retrieved(void)
{
	if (!lu_pci_driver_exists(OTHER_DRIVER))
		lu_skip("the kernel has no driver " OTHER_DRIVER);
	lu_ok(lu_pci_give_to(edu, OTHER_DRIVER));
	lu_traced_too(&trace, "event=pci.probe device=%s driver=" OTHER_DRIVER
		      " decision=allow reason=driver_override", edu);
	lu_fd(taken, lu_retrieve(TAKEN));
	lu_expect(lu_session_retrieve_fd(taken, TAKEN_TOKEN), -ENODEV);
	lu_traced_too(&trace, "event=vfio.retrieve device=%s reason=wrong_driver errno=%d",
		      edu, -ENODEV);
	lu_require(lu_pci_driver_is(edu, OTHER_DRIVER),
		   "%s lost its driver", edu);
	return KSFT_PASS;
}

static int taken_finishes(void)
{
	lu_ok(lu_session_finish(taken));
	lu_close(&taken);
	lu_traced_too(&trace, "event=pci.finish device=%s bridge=false", edu);
	return KSFT_PASS;
}

static int flb_finishes_once(void)
{
	int count;

	lu_need_trace(&trace);
	lu_traced(&trace, "event=flb.finish flb=pci-v1 direction=incoming errno=0");
	count = lu_trace_count(&trace, "event=flb.finish flb=pci-v1");
	lu_require(count == 1, "the FLB was finished %d times", count);
	return KSFT_PASS;
}

/*
 * Once the device is gone, its place is not known: the bridge above it can only be given up with
 * the FLB, and may be named as well.
 */
static int nothing_else_is_given_up(void)
{
	char bridge[LU_BDF_LEN];
	int all, known;

	lu_need_trace(&trace);
	lu_traced(&trace, "event=session.release session=" TAKEN);
	known = lu_trace_count(&trace, "event=pci.never_finished device=%s",
			       net);
	lu_require(known == 1, "%s was given up %d times", net, known);
	if (*lu_pci_parent(net, bridge, sizeof(bridge)))
		known += lu_trace_count(&trace, "event=pci.never_finished device=%s",
					bridge);
	all = lu_trace_count(&trace, "event=pci.never_finished");
	lu_require(all == known, "%d other devices were never finished",
		   all - known);
	lu_require(!lu_trace_count(&trace, "event=pci.handover_bad"),
		   "the handover was bad");
	return KSFT_PASS;
}

static int taken_is_ordinary(void)
{
	struct lu_vfio vfio;
	int ret;

	lu_ok(lu_pci_give_to(edu, "vfio-pci"));
	lu_ok(lu_vfio_open_bind(&vfio, edu));
	ret = lu_device_check(&vfio);
	lu_vfio_close(&vfio);
	lu_ok(lu_pci_give_back(edu));
	return ret;
}

/* A device that was given up can be preserved again. */
static int preserve_again(void)
{
	int session, fd;

	lu_ok(lu_pci_give_to(net, "vfio-pci"));
	lu_fd(fd, lu_vfio_open(net));
	lu_fd(session, lu_create(ABSENT));
	lu_ok(lu_session_preserve(session, fd, ABSENT_TOKEN));
	close(session);
	close(fd);
	lu_ok(lu_pci_give_back(net));
	lu_require(lu_pci_driver_is(net, "virtio-pci"),
		   "virtio-pci does not take %s", net);
	return KSFT_PASS;
}

static const struct lu_step stage2[] = {
	{ "lutrace attaches", lu_trace_step_start, false },
	{ "an incoming device can be removed", remove_device, true },
	{ "an absent device is not retrieved", absent_is_not_retrieved, true },
	{ "a failed retrieval fails again the same way",
	  failure_is_final, false },
	{ "the session of an absent device finishes, and names it",
	  absent_finishes, true },
	{ "the FLB is not finished while a session is not finished",
	  flb_is_not_finished, false },
	{ "a device that comes back after its finish is ordinary",
	  returned_is_ordinary, false },
	{ "a device of another driver is not retrieved",
	  taken_is_not_retrieved, true },
	{ "the session of that device finishes", taken_finishes, true },
	{ "the FLB is finished once, after the last file",
	  flb_finishes_once, false },
	{ "only the absent device and its bridge are given up",
	  nothing_else_is_given_up, false },
	{ "the other device is ordinary", taken_is_ordinary, false },
	{ "the device that came back is preserved again",
	  preserve_again, false },
	{ "the stream of stage 2 is complete", lu_trace_step_stop, false },
	{ "the journal has the whole story", lu_trace_step_story, false },
	{ "the journal has what the kernel's log has", lu_trace_step_log, false },
};

static const struct lu_stage stages[] = {
	LU_STAGE(stage1),
	LU_STAGE(stage2),
};

LU_MAIN(stages, LU_NEED_NET | LU_NEED_EDU)
