// SPDX-License-Identifier: GPL-2.0
/*
 * A machine whose IOMMU is off: run it with --append intel_iommu=off. VFIO can be configured to
 * hand out devices nevertheless, but none of them is preserved.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <unistd.h>

#include "lu_lib.h"
#include "lu_trace.h"
#include "lu_vfio.h"

#define UNSAFE	"/sys/module/vfio/parameters/enable_unsafe_noiommu_mode"

static struct lu_vfio vfio = LU_VFIO_NONE;

static int device_is_opened(void)
{
	lu_ok(lu_write_file(UNSAFE, "Y"));
	lu_ok(lu_pci_give_to(edu, "vfio-pci"));
	lu_ok(lu_vfio_open_bind(&vfio, edu));
	lu_require(lu_check_config(vfio.fd, edu) == KSFT_PASS, "%s does not answer", edu);
	return KSFT_PASS;
}

static int device_says_so(void)
{
	struct vfio_device_info_cap_liveupdate cap;

	lu_ok(lu_vfio_liveupdate_cap(vfio.fd, &cap));
	lu_require(cap.obstacle == VFIO_LIVEUPDATE_OBSTACLE_NOIOMMU,
		   "the obstacle is %u", cap.obstacle);
	lu_require(!cap.preserved, "%#x would be preserved", cap.preserved);
	return KSFT_PASS;
}

static int device_is_refused(void)
{
	int session;

	lu_fd(session, lu_create("noiommu"));
	lu_expect(lu_session_preserve(session, vfio.fd, 1), -ENOENT);
	close(session);
	lu_traced_too(&trace, "event=vfio.match device=%s reason=noiommu", edu);
	lu_blamed(edu, "vfio.match noiommu");
	return KSFT_PASS;
}

static int device_is_unbound(void)
{
	lu_vfio_close(&vfio);
	lu_ok(lu_pci_give_back(edu));
	return KSFT_PASS;
}

static const struct lu_step stage1[] = {
	{ "lutrace attaches", lu_trace_step_start, false },
	{ "a device without an IOMMU is opened", device_is_opened, true },
	{ "it says that it has none", device_says_so, false },
	{ "it is not preserved, for that reason", device_is_refused, false },
	{ "it can be unbound", device_is_unbound, false },
	{ "the stream is complete", lu_trace_step_stop, false },
};

static const struct lu_stage stages[] = {
	LU_STAGE(stage1),
};

LU_MAIN(stages, LU_NEED_EDU)
