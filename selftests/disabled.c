// SPDX-License-Identifier: GPL-2.0
/*
 * A kernel that was booted without live update: run it with
 * --append liveupdate=off.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "lu_lib.h"
#include "lu_trace.h"
#include "lu_vfio.h"

static struct lu_vfio vfio = LU_VFIO_NONE;

static int no_liveupdate(void)
{
	lu_expect(lu_open(), -ENOENT);
	return KSFT_PASS;
}

static int device_works(void)
{
	lu_ok(lu_pci_give_to(edu, "vfio-pci"));
	lu_ok(lu_vfio_open_bind(&vfio, edu));
	return lu_device_check(&vfio);
}

static int device_says_so(void)
{
	struct vfio_device_info_cap_liveupdate cap;

	lu_ok(lu_vfio_liveupdate_cap(vfio.fd, &cap));
	lu_require(cap.obstacle == VFIO_LIVEUPDATE_OBSTACLE_DISABLED,
		   "the obstacle is %u", cap.obstacle);
	lu_require(!cap.preserved, "%#x would be preserved", cap.preserved);
	return KSFT_PASS;
}

static int doctor_says_so(void)
{
	static const char *const argv[] = {
		"sh", "-c",
		"lutrace doctor >/tmp/doctor; [ $? = 1 ] &&"
		" grep -A 1 '^  liveupdate  *no: off$' /tmp/doctor |"
		" grep -q 'boot with liveupdate=on' &&"
		" grep -q '^  /dev/liveupdate  *no$' /tmp/doctor", NULL
	};

	if (!lu_why_can_ask())
		lu_skip("there is no lutrace in this VM");
	lu_expect(lu_run(argv), 0);
	return KSFT_PASS;
}

static int device_is_unbound(void)
{
	lu_vfio_close(&vfio);
	lu_ok(lu_pci_give_back(edu));
	return KSFT_PASS;
}

static const struct lu_step stage1[] = {
	{ "there is no /dev/liveupdate", no_liveupdate, true },
	{ "a VFIO device works as ever", device_works, true },
	{ "it says that live update is off", device_says_so, false },
	{ "it can be unbound as ever", device_is_unbound, false },
	{ "lutrace doctor says what to do", doctor_says_so, false },
};

static const struct lu_stage stages[] = {
	LU_STAGE(stage1),
};

LU_MAIN(stages, LU_NEED_EDU)
