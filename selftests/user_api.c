// SPDX-License-Identifier: GPL-2.0
/*
 * What the live update interfaces refuse, and that a refusal does no harm: all that can be tested
 * without entering another kernel.
 *
 * The kexec that some of these tests request must fail. If it does not, the next kernel runs this
 * program as stage 2, which fails.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <linux/vfio.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "kexec.h"
#include "lu_lib.h"
#include "lu_trace.h"
#include "lu_vfio.h"

#define TOKEN		0x1
#define OTHER_TOKEN	0x2
#define TRACE_FILE	"/tmp/lutrace.json"

/* Seconds, for a slow VM. */
#define TIMEOUT		120

/* Does the process sleep in the kernel, where only SIGKILL reaches it? */
static bool is_blocked(void *arg)
{
	char path[64], line[256];
	const char *state;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", *(pid_t *)arg);
	f = fopen(path, "re");
	if (!f)
		return false;
	/* PID (COMM) STATE ... */
	state = fgets(line, sizeof(line), f) ? strrchr(line, ')') : NULL;
	fclose(f);
	return state && state[2] == 'D';
}

/* Is the module being unloaded, but still there? */
static bool is_unloading(void *arg)
{
	char line[256], state[16], name[64];
	FILE *f = fopen("/proc/modules", "re");
	bool unloading = false;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%63s %*s %*s %*s %15s", name, state) == 2 &&
		    !strcmp(name, arg))
			unloading = !strcmp(state, "Unloading");
	if (f)
		fclose(f);
	return unloading;
}

/* One test: /dev/liveupdate and an empty session. */
FIXTURE(luo) {
	int luo;
	int session;
};

FIXTURE_SETUP(luo)
{
	self->session = -1;
	self->luo = lu_open();
	if (self->luo == -ENOENT)
		SKIP(return, "there is no /dev/liveupdate");
	ASSERT_GE(self->luo, 0);
	self->session = lu_session_create(self->luo, "session");
	ASSERT_GE(self->session, 0);
}

FIXTURE_TEARDOWN(luo)
{
	lu_close(&self->session);
	lu_close(&self->luo);
}

TEST_F(luo, device_opens_once)
{
	EXPECT_EQ(-EBUSY, lu_open());
	lu_close(&self->luo);
	self->luo = lu_open();
	EXPECT_GE(self->luo, 0);
}

TEST_F(luo, session_outlives_device_file)
{
	char name[65];

	lu_close(&self->luo);
	EXPECT_EQ(0, lu_session_name(self->session, name, sizeof(name)));
	EXPECT_STREQ("session", name);
	self->luo = lu_open();
	ASSERT_GE(self->luo, 0);
	EXPECT_EQ(-EEXIST, lu_session_create(self->luo, "session"));
}

TEST_F(luo, session_needs_a_name)
{
	EXPECT_EQ(-EINVAL, lu_session_create(self->luo, ""));
}

TEST_F(luo, session_name_has_a_limit)
{
	char name[65], got[65];
	int session;

	memset(name, 'n', sizeof(name));
	EXPECT_EQ(-EINVAL, lu_session_create_raw(self->luo, name, 64));
	name[63] = '\0';
	session = lu_session_create(self->luo, name);
	ASSERT_GE(session, 0);
	EXPECT_EQ(0, lu_session_name(session, got, sizeof(got)));
	EXPECT_STREQ(name, got);
	close(session);
}

TEST_F(luo, session_name_is_taken_until_closed)
{
	EXPECT_EQ(-EEXIST, lu_session_create(self->luo, "session"));
	lu_close(&self->session);
	self->session = lu_session_create(self->luo, "session");
	EXPECT_GE(self->session, 0);
}

TEST_F(luo, nothing_is_incoming)
{
	EXPECT_EQ(-ENOENT, lu_session_retrieve(self->luo, "session"));
}

TEST_F(luo, outgoing_session_gives_no_file)
{
	EXPECT_EQ(-EINVAL, lu_session_retrieve_fd(self->session, TOKEN));
	EXPECT_EQ(-EINVAL, lu_session_finish(self->session));
}

TEST_F(luo, bad_descriptor)
{
	EXPECT_EQ(-EBADF, lu_session_preserve(self->session, -1, TOKEN));
	EXPECT_EQ(-EBADF, lu_session_preserve(self->session, 1000000, TOKEN));
}

TEST_F(luo, token_is_used_once)
{
	int first = memfd_create("first", MFD_CLOEXEC);
	int second = memfd_create("second", MFD_CLOEXEC);

	ASSERT_GE(first, 0);
	ASSERT_GE(second, 0);
	EXPECT_EQ(0, lu_session_preserve(self->session, first, TOKEN));
	EXPECT_EQ(-EEXIST, lu_session_preserve(self->session, second, TOKEN));
	EXPECT_EQ(0, lu_session_preserve(self->session, second, OTHER_TOKEN));
	close(second);
	close(first);
}

TEST_F(luo, sessions_are_not_preserved)
{
	EXPECT_EQ(-ENOENT, lu_session_preserve(self->session, self->session,
					       TOKEN));
	EXPECT_EQ(-ENOENT, lu_session_preserve(self->session, self->luo,
					       TOKEN));
}

TEST_F(luo, event_files_are_not_preserved)
{
	int fd = eventfd(0, EFD_CLOEXEC);

	ASSERT_GE(fd, 0);
	EXPECT_EQ(-ENOENT, lu_session_preserve(self->session, fd, TOKEN));
	close(fd);
}

/* LUO's state was added to KHO's tree after debugfs was created. */
TEST(outgoing_tree_is_shown_whole)
{
	static char tree[1 << 16];
	uint32_t size;
	ssize_t got;
	int fd;

	fd = open("/sys/kernel/debug/kho/out/fdt", O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		SKIP(return, "KHO shows nothing in debugfs");
	ASSERT_GE(fd, 0);
	got = read(fd, tree, sizeof(tree));
	close(fd);
	ASSERT_GT(got, 8);
	/* The second word of a flattened device tree is its length. */
	memcpy(&size, tree + 4, sizeof(size));
	size = be32toh(size);
	EXPECT_LE(size, got);
	EXPECT_NE(NULL, memmem(tree, size < got ? size : got, "LUO", sizeof("LUO")));
}

/* Files of device nodes that hold no device. */
FIXTURE(node) {
	int session;
};

FIXTURE_VARIANT(node) {
	const char *path;
};

FIXTURE_VARIANT_ADD(node, null) { .path = "/dev/null" };
FIXTURE_VARIANT_ADD(node, iommufd) { .path = "/dev/iommu" };
FIXTURE_VARIANT_ADD(node, container) { .path = "/dev/vfio/vfio" };

FIXTURE_SETUP(node)
{
	self->session = lu_create("session");
	ASSERT_GE(self->session, 0);
}

FIXTURE_TEARDOWN(node)
{
	lu_close(&self->session);
}

TEST_F(node, is_not_preserved)
{
	int fd = open(variant->path, O_RDWR | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		SKIP(return, "there is no %s", variant->path);
	ASSERT_GE(fd, 0);
	EXPECT_EQ(-ENOENT, lu_session_preserve(self->session, fd, TOKEN));
	close(fd);
}

/*
 * A device bound to vfio-pci, and two empty sessions. The fixture closes the device's files: an
 * open file would keep vfio-pci bound.
 */
FIXTURE(device) {
	const char *bdf;
	int one, two;
	int file, other;
	struct lu_vfio vfio;
	struct lu_group group;
};

FIXTURE_VARIANT(device) {
	const char *env;
};

FIXTURE_VARIANT_ADD(device, net) { .env = "LU_NET" };
FIXTURE_VARIANT_ADD(device, edu) { .env = "LU_EDU" };

FIXTURE_SETUP(device)
{
	self->one = self->two = -1;
	self->file = self->other = -1;
	self->vfio = LU_VFIO_NONE;
	self->group = LU_GROUP_NONE;
	self->bdf = lu_env_bdf(variant->env);
	if (!self->bdf)
		SKIP(return, "%s does not name a device", variant->env);
	ASSERT_EQ(0, lu_pci_give_to(self->bdf, "vfio-pci"));
	self->one = lu_create("one");
	ASSERT_GE(self->one, 0);
	self->two = lu_create("two");
	ASSERT_GE(self->two, 0);
}

FIXTURE_TEARDOWN(device)
{
	lu_kexec_unload();
	lu_close(&self->one);
	lu_close(&self->two);
	lu_close(&self->file);
	lu_close(&self->other);
	lu_vfio_close(&self->vfio);
	lu_group_close(&self->group);
	if (self->bdf)
		EXPECT_EQ(0, lu_pci_give_back(self->bdf));
}

TEST_F_TIMEOUT(device, is_preserved_without_iommufd, TIMEOUT)
{
	self->file = lu_vfio_open(self->bdf);
	ASSERT_GE(self->file, 0);
	EXPECT_EQ(0, lu_session_preserve(self->one, self->file, TOKEN));
}

TEST_F_TIMEOUT(device, works_while_preserved, TIMEOUT)
{
	ASSERT_EQ(0, lu_vfio_open_bind(&self->vfio, self->bdf));
	ASSERT_EQ(0, lu_session_preserve(self->one, self->vfio.fd, TOKEN));
	EXPECT_EQ(KSFT_PASS, lu_device_check(&self->vfio));
}

TEST_F_TIMEOUT(device, is_bound_while_preserved, TIMEOUT)
{
	self->file = lu_vfio_open(self->bdf);
	ASSERT_GE(self->file, 0);
	ASSERT_EQ(0, lu_session_preserve(self->one, self->file, TOKEN));
	ASSERT_EQ(0, lu_vfio_bind(&self->vfio, self->file));
	/* self->vfio owns the file now. */
	self->file = -1;
	EXPECT_EQ(KSFT_PASS, lu_device_check(&self->vfio));
}

/* The session holds the file, so that unbinding the driver would wait forever. */
TEST_F_TIMEOUT(device, keeps_its_driver_while_preserved, TIMEOUT)
{
	char parent[LU_BDF_LEN];
	struct lu_trace trace = {};
	bool traced;

	traced = !lu_trace_start(&trace, TRACE_FILE);
	self->file = lu_vfio_open(self->bdf);
	ASSERT_GE(self->file, 0);
	ASSERT_EQ(0, lu_session_preserve(self->one, self->file, TOKEN));
	EXPECT_EQ(-EBUSY, lu_pci_unbind(self->bdf));
	EXPECT_EQ(-EBUSY, lu_pci_remove(self->bdf));
	if (*lu_pci_parent(self->bdf, parent, sizeof(parent)))
		EXPECT_EQ(-EBUSY, lu_pci_remove(parent));
	EXPECT_TRUE(lu_pci_driver_is(self->bdf, "vfio-pci"));
	if (traced) {
		EXPECT_TRUE(lu_trace_saw(&trace, "event=pci.unbind_refused device=%s reason=preserved errno=%d",
					 self->bdf, -EBUSY));
		lu_trace_stop(&trace);
	}
	lu_close(&self->one);
	lu_close(&self->file);
	EXPECT_EQ(0, lu_pci_unbind(self->bdf));
	EXPECT_TRUE(lu_pci_driver_is(self->bdf, ""));
}

TEST_F_TIMEOUT(device, tells_what_is_preserved, TIMEOUT)
{
	struct vfio_device_info_cap_liveupdate cap;

	ASSERT_EQ(0, lu_vfio_open_bind(&self->vfio, self->bdf));
	ASSERT_EQ(0, lu_vfio_liveupdate_cap(self->vfio.fd, &cap));
	EXPECT_EQ(VFIO_LIVEUPDATE_OBSTACLE_NONE, cap.obstacle);
	EXPECT_TRUE(cap.preserved & VFIO_LIVEUPDATE_IDENTITY);
	EXPECT_TRUE(cap.lost & VFIO_LIVEUPDATE_DMA);
	EXPECT_EQ(0, cap.preserved & cap.lost);
}

TEST_F_TIMEOUT(device, is_preserved_once, TIMEOUT)
{
	self->file = lu_vfio_open(self->bdf);
	ASSERT_GE(self->file, 0);
	ASSERT_EQ(0, lu_session_preserve(self->one, self->file, TOKEN));
	EXPECT_EQ(-EBUSY, lu_session_preserve(self->one, self->file, OTHER_TOKEN));
	EXPECT_EQ(-EBUSY, lu_session_preserve(self->two, self->file, TOKEN));
	EXPECT_EQ(-EEXIST, lu_session_preserve(self->one, self->file, TOKEN));
}

TEST_F_TIMEOUT(device, is_preserved_once_by_any_file, TIMEOUT)
{
	self->file = lu_vfio_open(self->bdf);
	self->other = lu_vfio_open(self->bdf);
	ASSERT_GE(self->file, 0);
	ASSERT_GE(self->other, 0);
	ASSERT_EQ(0, lu_session_preserve(self->one, self->file, TOKEN));
	EXPECT_EQ(-EBUSY, lu_session_preserve(self->one, self->other, OTHER_TOKEN));
	EXPECT_EQ(-EBUSY, lu_session_preserve(self->two, self->other, TOKEN));
	/* The session holds the file, and with it the device. */
	lu_close(&self->file);
	EXPECT_EQ(-EBUSY, lu_session_preserve(self->two, self->other, TOKEN));
	lu_close(&self->one);
	EXPECT_EQ(0, lu_session_preserve(self->two, self->other, TOKEN));
}

TEST_F_TIMEOUT(device, is_free_once_its_session_is_closed, TIMEOUT)
{
	ASSERT_EQ(0, lu_vfio_open_bind(&self->vfio, self->bdf));
	ASSERT_EQ(0, lu_session_preserve(self->one, self->vfio.fd, TOKEN));
	lu_close(&self->one);
	EXPECT_EQ(KSFT_PASS, lu_device_check(&self->vfio));
	EXPECT_EQ(0, lu_session_preserve(self->two, self->vfio.fd, TOKEN));
	lu_close(&self->two);
	self->one = lu_create("one");
	ASSERT_GE(self->one, 0);
	EXPECT_EQ(0, lu_session_preserve(self->one, self->vfio.fd, TOKEN));
}

TEST_F_TIMEOUT(device, is_free_after_a_refusal, TIMEOUT)
{
	int mem = memfd_create("mem", MFD_CLOEXEC);

	self->file = lu_vfio_open(self->bdf);
	ASSERT_GE(mem, 0);
	ASSERT_GE(self->file, 0);
	ASSERT_EQ(0, lu_session_preserve(self->one, mem, TOKEN));
	EXPECT_EQ(-EEXIST, lu_session_preserve(self->one, self->file, TOKEN));
	EXPECT_EQ(0, lu_session_preserve(self->one, self->file, OTHER_TOKEN));
	close(mem);
}

TEST_F_TIMEOUT(device, is_not_preserved_through_a_container, TIMEOUT)
{
	ASSERT_EQ(0, lu_group_open(&self->group, self->bdf, false));
	self->file = lu_group_device(&self->group, self->bdf);
	ASSERT_GE(self->file, 0);
	EXPECT_EQ(-ENOENT, lu_session_preserve(self->one, self->file, TOKEN));
	EXPECT_EQ(-ENOENT, lu_session_preserve(self->one, self->group.group,
					       TOKEN));
	EXPECT_EQ(-ENOENT, lu_session_preserve(self->one,
					       self->group.container, TOKEN));
}

TEST_F_TIMEOUT(device, is_not_preserved_through_its_group, TIMEOUT)
{
	ASSERT_EQ(0, lu_group_open(&self->group, self->bdf, true));
	self->file = lu_group_device(&self->group, self->bdf);
	ASSERT_GE(self->file, 0);
	EXPECT_EQ(-ENOENT, lu_session_preserve(self->one, self->file, TOKEN));
}

TEST_F_TIMEOUT(device, refusal_is_traced_with_its_reason, TIMEOUT)
{
	struct lu_trace trace = {};
	int ret;

	ret = lu_trace_start(&trace, TRACE_FILE);
	if (ret == -ENOENT)
		SKIP(return, "there is no lutrace in this VM");
	ASSERT_EQ(0, ret);
	ASSERT_EQ(0, lu_group_open(&self->group, self->bdf, false));
	self->file = lu_group_device(&self->group, self->bdf);
	ASSERT_GE(self->file, 0);
	EXPECT_EQ(-ENOENT, lu_session_preserve(self->one, self->file, TOKEN));
	EXPECT_TRUE(lu_trace_saw(&trace, "event=vfio.match device=%s reason=group_file",
				 self->bdf));
	EXPECT_TRUE(lu_trace_saw(&trace, "event=file.match session=one token=%#x reason=no_handler errno=%d",
				 TOKEN, -ENOENT));
	lu_close(&self->file);
	lu_group_close(&self->group);

	self->file = lu_vfio_open(self->bdf);
	ASSERT_GE(self->file, 0);
	EXPECT_EQ(0, lu_session_preserve(self->one, self->file, TOKEN));
	EXPECT_EQ(-EBUSY, lu_session_preserve(self->two, self->file, TOKEN));
	EXPECT_TRUE(lu_trace_saw(&trace, "event=file.preserve session=two token=%#x errno=%d",
				 TOKEN, -EBUSY));
	lu_close(&self->one);
	EXPECT_TRUE(lu_trace_saw(&trace, "event=file.unpreserve session=one token=%#x",
				 TOKEN));
	EXPECT_TRUE(lu_trace_saw(&trace, "event=pci.unpreserve device=%s refcount=0",
				 self->bdf));
	EXPECT_TRUE(lu_trace_saw(&trace, "event=flb.unpreserve flb=pci-v1 errno=0"));
	ret = lu_trace_stop(&trace);
	EXPECT_TRUE(ret == 0 || ret == 1);
}

/* lu_variant.ko differs from vfio-pci in its name only, but a variant driver's state is unknown. */
TEST_F_TIMEOUT(device, is_not_preserved_by_a_variant_driver, TIMEOUT)
{
	struct lu_trace trace = {};
	int traced;

	if (lu_module_load("lu_variant"))
		SKIP(return, "there is no lu_variant.ko");
	traced = lu_trace_start(&trace, TRACE_FILE);
	ASSERT_EQ(0, lu_pci_give_to(self->bdf, "lu_variant"));
	ASSERT_EQ(0, lu_vfio_open_bind(&self->vfio, self->bdf));
	EXPECT_EQ(KSFT_PASS, lu_device_check(&self->vfio));
	EXPECT_EQ(-ENOENT, lu_session_preserve(self->one, self->vfio.fd, TOKEN));
	if (!traced) {
		EXPECT_TRUE(lu_trace_saw(&trace, "event=vfio.match device=%s reason=foreign_driver",
					 self->bdf));
		lu_trace_stop(&trace);
	}
	lu_vfio_close(&self->vfio);
	EXPECT_EQ(0, lu_pci_give_back(self->bdf));
	EXPECT_EQ(0, lu_module_unload("lu_variant"));
}

/* lutrace needs two capabilities only, and only until it is attached. */
TEST_F_TIMEOUT(luo, tracer_needs_two_capabilities, TIMEOUT)
{
	struct lu_trace trace = { .ordinary = true, .history = true };
	int ret = lu_trace_start(&trace, TRACE_FILE), session;

	if (ret == -ENOENT)
		SKIP(return, "there is no lutrace in this VM");
	ASSERT_EQ(0, ret);
	EXPECT_TRUE(lu_trace_has_no_privileges(&trace));
	session = lu_session_create(self->luo, "seen");
	EXPECT_LE(0, session);
	EXPECT_TRUE(lu_trace_saw(&trace, "event=session.create session=seen errno=0 recorded=false"));
	close(session);
	EXPECT_LE(0, lu_trace_stop(&trace));
}

/* lu_handler.ko handles files of /dev/null, and is slow to unload. */
#define HANDLER_GO	"/sys/module/lu_handler/parameters/go"

TEST_F_TIMEOUT(luo, handler_that_is_unloaded_takes_no_file, TIMEOUT)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct lu_trace trace = {};
	int traced, status = -1;
	pid_t pid;

	if (lu_module_load("lu_handler"))
		SKIP(return, "there is no lu_handler.ko");
	traced = lu_trace_start(&trace, TRACE_FILE);
	ASSERT_EQ(0, lu_session_preserve(self->session, null, TOKEN));
	EXPECT_EQ(-EWOULDBLOCK, lu_module_unload("lu_handler"));
	lu_close(&self->session);
	self->session = lu_session_create(self->luo, "session");
	ASSERT_GE(self->session, 0);

	pid = fork();
	if (!pid)
		_exit(lu_module_unload("lu_handler") ? 1 : 0);
	EXPECT_TRUE(lu_wait_until(is_unloading, "lu_handler"));
	EXPECT_EQ(-ENOENT, lu_session_preserve(self->session, null, TOKEN));
	EXPECT_EQ(0, lu_write_file(HANDLER_GO, "1"));
	EXPECT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	if (!traced) {
		EXPECT_TRUE(lu_trace_saw(&trace, "event=file.match session=session token=%#x reason=module_going errno=%d",
					 TOKEN, -ENOENT));
		lu_trace_stop(&trace);
		EXPECT_TRUE(lu_why_blames("session", "file.match module_going"));
	}
	EXPECT_EQ(-ENOENT, lu_session_preserve(self->session, null, TOKEN));
	close(null);
}

/*
 * A kexec that must fail. lu_slow.ko handles files of /dev/zero: one of them is the last file of
 * the session, and its freeze fails. What was frozen before must be undone.
 */
#define SLOW_FAIL	"/sys/module/lu_slow/parameters/fail"
#define SLOW_REFUSE	"/sys/module/lu_slow/parameters/refuse"
#define SLOW_TOKEN	0x4

FIXTURE(freeze) {
	const char *net, *edu;
	int session, zero;
	struct lu_vfio net_vfio, edu_vfio;
};

FIXTURE_SETUP(freeze)
{
	int ret;

	self->session = self->zero = -1;
	self->net_vfio = LU_VFIO_NONE;
	self->edu_vfio = LU_VFIO_NONE;
	self->net = lu_env_bdf("LU_NET");
	self->edu = lu_env_bdf("LU_EDU");
	if (!self->net || !self->edu)
		SKIP(return, "LU_NET and LU_EDU do not both name a device");
	if (!lu_module_loaded("lu_slow") && lu_module_load("lu_slow"))
		SKIP(return, "there is no lu_slow.ko");
	ret = lu_kexec_load("");
	if (ret == -ENOENT)
		SKIP(return, "there is no kernel in /boot to load");
	ASSERT_EQ(0, ret);
	ASSERT_EQ(0, lu_write_file(SLOW_FAIL, "5"));
	self->zero = open("/dev/zero", O_RDWR | O_CLOEXEC);
	ASSERT_GE(self->zero, 0);
	ASSERT_EQ(0, lu_pci_give_to(self->net, "vfio-pci"));
	ASSERT_EQ(0, lu_pci_give_to(self->edu, "vfio-pci"));
	ASSERT_EQ(0, lu_vfio_open_bind(&self->net_vfio, self->net));
	ASSERT_EQ(0, lu_vfio_open_bind(&self->edu_vfio, self->edu));
	self->session = lu_create("freeze");
	ASSERT_GE(self->session, 0);
	/* The first to be frozen is what must be undone. */
	ASSERT_EQ(0, lu_session_preserve(self->session, self->net_vfio.fd,
					 TOKEN));
	ASSERT_EQ(0, lu_session_preserve(self->session, self->edu_vfio.fd,
					 OTHER_TOKEN));
	ASSERT_EQ(0, lu_session_preserve(self->session, self->zero, SLOW_TOKEN));
}

FIXTURE_TEARDOWN(freeze)
{
	lu_kexec_unload();
	lu_close(&self->session);
	lu_close(&self->zero);
	lu_vfio_close(&self->net_vfio);
	lu_vfio_close(&self->edu_vfio);
	lu_write_file(SLOW_REFUSE, "0");
	if (self->net)
		EXPECT_EQ(0, lu_pci_give_back(self->net));
	if (self->edu)
		EXPECT_EQ(0, lu_pci_give_back(self->edu));
}

/*
 * The mappings of before are used after, on purpose: a freeze takes them away,
 * and undoing it must give them back.
 */
TEST_F_TIMEOUT(freeze, failure_is_undone, TIMEOUT)
{
	ASSERT_EQ(KSFT_PASS, lu_device_check(&self->net_vfio));
	ASSERT_EQ(KSFT_PASS, lu_device_check(&self->edu_vfio));
	EXPECT_EQ(-EIO, lu_kexec_exec());
	EXPECT_EQ(-EIO, lu_kexec_exec());
	EXPECT_EQ(KSFT_PASS, lu_device_check(&self->net_vfio));
	EXPECT_EQ(KSFT_PASS, lu_device_check(&self->edu_vfio));
}

/* A file that says so when it is asked is in time: nothing is frozen yet. */
TEST_F_TIMEOUT(freeze, refusal_changes_nothing, TIMEOUT)
{
	struct lu_trace trace = {};
	int traced;

	traced = lu_trace_start(&trace, TRACE_FILE);
	ASSERT_EQ(KSFT_PASS, lu_vfio_mark(&self->net_vfio));
	ASSERT_EQ(KSFT_PASS, lu_vfio_mark(&self->edu_vfio));
	ASSERT_EQ(0, lu_write_file(SLOW_REFUSE, "16"));
	EXPECT_EQ(-EBUSY, lu_kexec_exec());
	EXPECT_EQ(KSFT_PASS, lu_vfio_is_marked(&self->net_vfio));
	EXPECT_EQ(KSFT_PASS, lu_vfio_is_marked(&self->edu_vfio));
	if (traced)
		return;
	EXPECT_TRUE(lu_trace_saw(&trace, "event=file.can_freeze session=freeze token=%#x errno=%d",
				 SLOW_TOKEN, -EBUSY));
	EXPECT_TRUE(lu_trace_saw(&trace, "event=luo.reboot stage=refused errno=%d", -EBUSY));
	lu_trace_stop(&trace);
	EXPECT_EQ(0, lu_trace_count(&trace, "event=vfio.reset"));
	EXPECT_EQ(0, lu_trace_count(&trace, "event=vfio.freeze"));
	EXPECT_TRUE(lu_why_blames("freeze", "file.can_freeze"));
}

/* What is frozen in one session thaws when another one fails. */
TEST_F_TIMEOUT(freeze, failure_thaws_other_sessions, TIMEOUT)
{
	int first, last;

	lu_close(&self->session);
	first = lu_create("first");
	last = lu_create("last");
	ASSERT_GE(first, 0);
	ASSERT_GE(last, 0);
	ASSERT_EQ(0, lu_session_preserve(first, self->net_vfio.fd, TOKEN));
	ASSERT_EQ(0, lu_session_preserve(last, self->edu_vfio.fd, TOKEN));
	ASSERT_EQ(0, lu_session_preserve(last, self->zero, SLOW_TOKEN));
	EXPECT_EQ(-EIO, lu_kexec_exec());
	EXPECT_EQ(KSFT_PASS, lu_device_check(&self->net_vfio));
	EXPECT_EQ(KSFT_PASS, lu_device_check(&self->edu_vfio));
	close(last);
	close(first);
}

TEST_F_TIMEOUT(freeze, session_lives_on_after_failed_kexec, TIMEOUT)
{
	int mem = memfd_create("mem", MFD_CLOEXEC), other;

	ASSERT_GE(mem, 0);
	ASSERT_EQ(-EIO, lu_kexec_exec());
	EXPECT_EQ(0, lu_session_preserve(self->session, mem, 0x3));
	other = lu_create("other");
	ASSERT_GE(other, 0);
	EXPECT_EQ(-EBUSY, lu_session_preserve(other, self->net_vfio.fd, TOKEN));
	lu_close(&self->session);
	EXPECT_EQ(0, lu_session_preserve(other, self->net_vfio.fd, TOKEN));
	close(other);
	close(mem);
}

/* A device that sleeps is woken. */
TEST_F_TIMEOUT(freeze, sleeping_device_is_frozen, TIMEOUT)
{
	struct lu_trace trace = {};
	int ret = lu_vfio_set_power(self->net_vfio.fd, 3);

	if (ret == -ENOENT)
		SKIP(return, "%s has no power management", self->net);
	ASSERT_EQ(0, ret);
	ret = lu_trace_start(&trace, TRACE_FILE);
	EXPECT_EQ(-EIO, lu_kexec_exec());
	if (!ret) {
		EXPECT_TRUE(lu_trace_saw(&trace, "event=vfio.freeze device=%s reason=ok errno=0",
					 self->net));
		lu_trace_stop(&trace);
	}
	ASSERT_EQ(0, lu_vfio_set_power(self->net_vfio.fd, 0));
	EXPECT_EQ(KSFT_PASS, lu_device_check(&self->net_vfio));
	EXPECT_EQ(KSFT_PASS, lu_device_check(&self->edu_vfio));
}

/* Interrupts that user space left on are disabled, as if it had closed the file. */
TEST_F_TIMEOUT(freeze, interrupts_are_disabled, TIMEOUT)
{
	static const struct {
		bool net;
		unsigned int index;
	} kinds[] = {
		{ false, VFIO_PCI_INTX_IRQ_INDEX },
		{ false, VFIO_PCI_MSI_IRQ_INDEX },
		{ true, VFIO_PCI_MSIX_IRQ_INDEX },
	};
	struct lu_trace trace = {};
	size_t i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct lu_vfio *vfio = kinds[i].net ? &self->net_vfio :
						      &self->edu_vfio;

		ret = lu_trace_start(&trace, TRACE_FILE);
		ASSERT_EQ(0, lu_vfio_enable_irq(vfio, kinds[i].index));
		EXPECT_EQ(-EIO, lu_kexec_exec());
		if (!ret) {
			EXPECT_TRUE(lu_trace_saw(&trace, "event=vfio.freeze device=%s reason=ok errno=0",
						 kinds[i].net ? self->net : self->edu));
			lu_trace_stop(&trace);
		}
		/* Any kind can be enabled, once none is. */
		lu_close(&vfio->irq);
		EXPECT_EQ(0, lu_vfio_enable_irq(vfio, kinds[i].net ? VFIO_PCI_MSIX_IRQ_INDEX :
								     VFIO_PCI_MSI_IRQ_INDEX));
		EXPECT_EQ(0, lu_vfio_disable_irq(vfio, kinds[i].net ? VFIO_PCI_MSIX_IRQ_INDEX :
								      VFIO_PCI_MSI_IRQ_INDEX));
		EXPECT_EQ(KSFT_PASS, lu_device_check(vfio));
	}
}

TEST_F_TIMEOUT(freeze, failure_is_traced_with_its_reason, TIMEOUT)
{
	struct lu_trace trace = {};
	char reset[LU_PATH_LEN];
	int ret;

	ret = lu_trace_start(&trace, TRACE_FILE);
	if (ret == -ENOENT)
		SKIP(return, "there is no lutrace in this VM");
	ASSERT_EQ(0, ret);
	ASSERT_EQ(-EIO, lu_kexec_exec());
	EXPECT_TRUE(lu_trace_saw(&trace, "event=vfio.can_freeze device=%s reason=ok errno=0",
				 self->net));
	EXPECT_TRUE(lu_trace_saw(&trace, "event=vfio.freeze device=%s reason=ok errno=0",
				 self->net));
	EXPECT_TRUE(lu_trace_saw(&trace, "event=vfio.unfreeze device=%s errno=0",
				 self->net));
	EXPECT_TRUE(lu_trace_saw(&trace, "event=file.freeze session=freeze token=%#x errno=%d",
				 SLOW_TOKEN, -EIO));
	EXPECT_TRUE(lu_trace_saw(&trace, "event=file.unfreeze session=freeze token=%#x errno=0",
				 TOKEN));
	EXPECT_TRUE(lu_trace_saw(&trace, "event=luo.reboot stage=failed errno=%d",
				 -EIO));
	ret = lu_trace_stop(&trace);
	EXPECT_TRUE(ret == 0 || ret == 1);
	/* The device was reset for nothing: its user has to know. */
	snprintf(reset, sizeof(reset), "Reset before the kexec failed: %s.", self->net);
	EXPECT_TRUE(lu_why_says(self->net, 1, (const char *const[]){
				reset, "Decided by: file.freeze, in this kernel", NULL }));
}

/* Work of one thread on a device while another one requests a kexec. */
struct meanwhile {
	const char *bdf;
	int fd;
	void *page;
	_Atomic bool stop;
	_Atomic int resets;
};

static void *reset_again_and_again(void *arg)
{
	struct meanwhile *meanwhile = arg;

	while (!atomic_load(&meanwhile->stop)) {
		lu_pci_attr_write(meanwhile->bdf, "reset", "1");
		atomic_fetch_add(&meanwhile->resets, 1);
		/* A lock that is never free for a moment stays in use. */
		lu_poll_pause();
	}
	return NULL;
}

static bool has_reset(void *arg)
{
	return atomic_load(&((struct meanwhile *)arg)->resets);
}

/* A reset holds the device lock, here most of the time: the kexec waits for it. */
TEST_F_TIMEOUT(freeze, a_lock_that_is_given_back_is_waited_for, TIMEOUT)
{
	struct meanwhile meanwhile = { .bdf = self->net };
	struct lu_trace trace = {};
	pthread_t thread;
	int traced, i;

	traced = lu_trace_start(&trace, TRACE_FILE);
	ASSERT_EQ(0, pthread_create(&thread, NULL, reset_again_and_again,
				    &meanwhile));
	EXPECT_TRUE(lu_wait_until(has_reset, &meanwhile));
	for (i = 0; i < 10; i++)
		EXPECT_EQ(-EIO, lu_kexec_exec());
	atomic_store(&meanwhile.stop, true);
	pthread_join(thread, NULL);
	if (!traced) {
		EXPECT_TRUE(lu_trace_saw(&trace, "event=vfio.freeze device=%s reason=ok errno=0",
					 self->net));
		lu_trace_stop(&trace);
	}
	EXPECT_EQ(KSFT_PASS, lu_device_check(&self->net_vfio));
	EXPECT_EQ(KSFT_PASS, lu_device_check(&self->edu_vfio));
}

/* Reads from the device to memory that is not there yet. */
static void *read_device(void *arg)
{
	struct meanwhile *meanwhile = arg;

	lu_vfio_config_read(meanwhile->fd, 0, meanwhile->page, 4);
	return NULL;
}

/* A page whose first access waits for an answer on @uffd. */
static void *page_of_mine(int *uffd)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	void *page;

	*uffd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (*uffd < 0 || ioctl(*uffd, UFFDIO_API, &api))
		return NULL;
	page = mmap(NULL, sysconf(_SC_PAGESIZE), PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		return NULL;
	range.range.start = (uintptr_t)page;
	range.range.len = sysconf(_SC_PAGESIZE);
	return ioctl(*uffd, UFFDIO_REGISTER, &range) ? NULL : page;
}

/* An access that waits for user space must not block a kexec forever. */
TEST_F_TIMEOUT(freeze, wait_for_an_access_is_killable, TIMEOUT)
{
	struct meanwhile meanwhile = { .fd = self->net_vfio.fd };
	struct uffdio_zeropage zero = {};
	struct lu_trace trace = {};
	struct pollfd fault;
	pthread_t thread;
	int ret, status;
	pid_t pid;

	ret = lu_trace_start(&trace, TRACE_FILE);
	if (ret == -ENOENT)
		SKIP(return, "there is no lutrace in this VM");
	ASSERT_EQ(0, ret);
	meanwhile.page = page_of_mine(&fault.fd);
	ASSERT_NE(NULL, meanwhile.page);
	ASSERT_EQ(0, pthread_create(&thread, NULL, read_device, &meanwhile));
	fault.events = POLLIN;
	ASSERT_EQ(1, poll(&fault, 1, LU_DEADLINE_MS));
	ASSERT_EQ(POLLIN, fault.revents);

	pid = fork();
	if (!pid)
		_exit(lu_kexec_exec() ? 1 : 0);
	EXPECT_TRUE(lu_trace_saw(&trace, "event=luo.reboot stage=begin"));
	EXPECT_TRUE(lu_wait_until(is_blocked, &pid));
	EXPECT_EQ(0, kill(pid, SIGKILL));
	EXPECT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_TRUE(lu_trace_saw(&trace, "event=vfio.can_freeze device=%s reason=killed errno=%d",
				 self->net, -EINTR));
	EXPECT_TRUE(lu_trace_saw(&trace, "event=luo.reboot stage=refused errno=%d",
				 -EINTR));
	EXPECT_TRUE(lu_why_blames(self->net, "vfio.can_freeze killed"));
	/* Nor forever: the next one gives up by itself. */
	EXPECT_EQ(-EBUSY, lu_kexec_exec());
	EXPECT_TRUE(lu_trace_saw(&trace, "event=vfio.can_freeze device=%s reason=busy errno=%d",
				 self->net, -EBUSY));
	lu_trace_stop(&trace);

	zero.range.start = (uintptr_t)meanwhile.page;
	zero.range.len = sysconf(_SC_PAGESIZE);
	EXPECT_EQ(0, ioctl(fault.fd, UFFDIO_ZEROPAGE, &zero));
	pthread_join(thread, NULL);
	close(fault.fd);
	EXPECT_EQ(-EIO, lu_kexec_exec());
	EXPECT_EQ(KSFT_PASS, lu_device_check(&self->net_vfio));
	EXPECT_EQ(KSFT_PASS, lu_device_check(&self->edu_vfio));
}

/* Virtual functions, where the VM's nvme device can make them. */
FIXTURE(vf) {
	const char *pf;
	char bdf[LU_BDF_LEN];
	int session;
	struct lu_vfio vfio;
};

static bool find_vf(const char *pf, char *bdf, size_t len)
{
	char path[LU_PATH_LEN], target[LU_PATH_LEN];
	ssize_t got;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/virtfn0", pf);
	got = readlink(path, target, sizeof(target) - 1);
	if (got < 0)
		return false;
	target[got] = '\0';
	snprintf(bdf, len, "%.*s", (int)len - 1, basename(target));
	return true;
}

FIXTURE_SETUP(vf)
{
	char total[16];

	self->session = -1;
	self->vfio = LU_VFIO_NONE;
	*self->bdf = '\0';
	self->pf = lu_env_bdf("LU_NVME");
	if (!self->pf || lu_pci_attr_read(self->pf, "sriov_totalvfs", total,
					  sizeof(total)) || !atoi(total))
		SKIP(return, "the VM has no device with virtual functions");
	ASSERT_EQ(0, lu_pci_attr_write(self->pf, "sriov_drivers_autoprobe",
				       "0"));
	ASSERT_EQ(0, lu_pci_attr_write(self->pf, "sriov_numvfs", "1"));
	ASSERT_TRUE(find_vf(self->pf, self->bdf, sizeof(self->bdf)));
	ASSERT_EQ(0, lu_pci_give_to(self->bdf, "vfio-pci"));
	self->session = lu_create("session");
	ASSERT_GE(self->session, 0);
}

FIXTURE_TEARDOWN(vf)
{
	lu_close(&self->session);
	lu_vfio_close(&self->vfio);
	if (!*self->bdf)
		return;
	EXPECT_EQ(0, lu_pci_unbind(self->bdf));
	EXPECT_EQ(0, lu_pci_attr_write(self->pf, "sriov_numvfs", "0"));
	EXPECT_EQ(0, lu_pci_attr_write(self->pf, "sriov_drivers_autoprobe",
				       "1"));
}

TEST_F_TIMEOUT(vf, is_not_preserved, TIMEOUT)
{
	struct lu_trace trace = {};
	int traced;

	traced = lu_trace_start(&trace, TRACE_FILE);
	if (traced != -ENOENT)
		ASSERT_EQ(0, traced);
	ASSERT_EQ(0, lu_vfio_open_bind(&self->vfio, self->bdf));
	EXPECT_EQ(-ENOENT, lu_session_preserve(self->session, self->vfio.fd,
					       TOKEN));
	if (traced)
		return;
	EXPECT_TRUE(lu_trace_saw(&trace, "event=vfio.match device=%s reason=vf",
				 self->bdf));
	lu_trace_stop(&trace);
}

/* The device that has the virtual functions, bound to vfio-pci. */
#define ENABLE_SRIOV	"/sys/module/vfio_pci/parameters/enable_sriov"

FIXTURE(pf) {
	const char *bdf;
	int session;
	struct lu_vfio vfio;
};

FIXTURE_SETUP(pf)
{
	char total[16];

	self->session = -1;
	self->vfio = LU_VFIO_NONE;
	self->bdf = lu_env_bdf("LU_NVME");
	if (!self->bdf || lu_pci_attr_read(self->bdf, "sriov_totalvfs", total,
					   sizeof(total)) || !atoi(total))
		SKIP(return, "the VM has no device with virtual functions");
	ASSERT_EQ(0, lu_write_file(ENABLE_SRIOV, "Y"));
	ASSERT_EQ(0, lu_pci_give_to(self->bdf, "vfio-pci"));
	ASSERT_EQ(0, lu_pci_attr_write(self->bdf, "sriov_drivers_autoprobe",
				       "0"));
	ASSERT_EQ(0, lu_pci_attr_write(self->bdf, "sriov_numvfs", "1"));
	self->session = lu_create("session");
	ASSERT_GE(self->session, 0);
}

FIXTURE_TEARDOWN(pf)
{
	lu_close(&self->session);
	lu_vfio_close(&self->vfio);
	if (!self->bdf)
		return;
	lu_pci_attr_write(self->bdf, "sriov_numvfs", "0");
	EXPECT_EQ(0, lu_pci_give_back(self->bdf));
	lu_write_file(ENABLE_SRIOV, "N");
}

TEST_F_TIMEOUT(pf, is_not_preserved_with_its_functions, TIMEOUT)
{
	struct vfio_device_info_cap_liveupdate cap;
	struct lu_trace trace = {};
	int traced;

	traced = lu_trace_start(&trace, TRACE_FILE);
	ASSERT_EQ(0, lu_vfio_open_bind(&self->vfio, self->bdf));
	ASSERT_EQ(0, lu_vfio_liveupdate_cap(self->vfio.fd, &cap));
	EXPECT_EQ(VFIO_LIVEUPDATE_OBSTACLE_SPECIAL, cap.obstacle);
	EXPECT_EQ(-ENOENT, lu_session_preserve(self->session, self->vfio.fd,
					       TOKEN));
	if (!traced) {
		EXPECT_TRUE(lu_trace_saw(&trace, "event=vfio.match device=%s reason=special_device",
					 self->bdf));
		lu_trace_stop(&trace);
		EXPECT_TRUE(lu_why_blames(self->bdf,
					  "vfio.match special_device"));
	}
	ASSERT_EQ(0, lu_pci_attr_write(self->bdf, "sriov_numvfs", "0"));
	EXPECT_EQ(0, lu_session_preserve(self->session, self->vfio.fd, TOKEN));
}

/* The freeze would reset the physical function under the users of the others. */
TEST_F_TIMEOUT(pf, gets_no_functions_while_preserved, TIMEOUT)
{
	struct lu_trace trace = {};
	char number[16];
	int traced;

	traced = lu_trace_start(&trace, TRACE_FILE);
	ASSERT_EQ(0, lu_vfio_open_bind(&self->vfio, self->bdf));
	ASSERT_EQ(0, lu_pci_attr_write(self->bdf, "sriov_numvfs", "0"));
	ASSERT_EQ(0, lu_session_preserve(self->session, self->vfio.fd, TOKEN));
	EXPECT_EQ(-EBUSY, lu_pci_attr_write(self->bdf, "sriov_numvfs", "1"));
	if (!traced) {
		EXPECT_TRUE(lu_trace_saw(&trace, "event=pci.sriov_refused device=%s reason=preserved errno=%d",
					 self->bdf, -EBUSY));
		lu_trace_stop(&trace);
		EXPECT_TRUE(lu_why_blames(self->bdf, "pci.sriov_refused preserved"));
	}
	EXPECT_EQ(0, lu_pci_attr_read(self->bdf, "sriov_numvfs", number, sizeof(number)));
	EXPECT_STREQ("0", number);
	lu_close(&self->session);
	EXPECT_EQ(0, lu_pci_attr_write(self->bdf, "sriov_numvfs", "1"));
}

/* All kernel messages that the tests before this one caused. */
TEST(journal_has_what_the_log_has)
{
	int result = lu_trace_step_log();

	if (result == KSFT_SKIP)
		SKIP(return, "there is no lutrace in this VM");
	EXPECT_EQ(KSFT_PASS, result);
}

int main(int argc, char **argv)
{
	const char *stage = getenv("LU_STAGE");

	if (stage && atoi(stage) != 1) {
		ksft_print_header();
		ksft_exit_fail_msg("A kexec that had to fail went through.\n");
	}
	return test_harness_run(argc, argv);
}
