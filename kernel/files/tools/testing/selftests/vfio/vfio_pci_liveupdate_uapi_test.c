// SPDX-License-Identifier: GPL-2.0-only

/*
 * Which files of a VFIO device LUO preserves and which it refuses, and that the
 * device works afterwards. No kexec is needed.
 *
 * The device must be bound to vfio-pci, and must not be a virtual function.
 */

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <linux/pci_regs.h>
#include <linux/vfio.h>

#include <libliveupdate.h>
#include <libvfio.h>

#include "kselftest_harness.h"

#define TOKEN		0x1234
#define OTHER_TOKEN	0x5678

static const char *device_bdf;

/* Returns false if the kernel does not say whether it can preserve @fd. */
static bool get_liveupdate_cap(int fd,
			       struct vfio_device_info_cap_liveupdate *out)
{
	u8 buf[1024] __aligned(8) = {};
	struct vfio_device_info *info = (struct vfio_device_info *)buf;
	u32 offset;

	info->argsz = sizeof(buf);
	ioctl_assert(fd, VFIO_DEVICE_GET_INFO, info);
	VFIO_ASSERT_LE(info->argsz, sizeof(buf));

	if (!(info->flags & VFIO_DEVICE_FLAGS_CAPS))
		return false;

	for (offset = info->cap_offset; offset;) {
		struct vfio_info_cap_header *header = (void *)(buf + offset);

		if (header->id == VFIO_DEVICE_INFO_CAP_LIVEUPDATE) {
			memcpy(out, header, sizeof(*out));
			return true;
		}

		offset = header->next;
	}

	return false;
}

FIXTURE(vfio_pci_liveupdate) {
	int luo_fd;
	int session_fd;
	int other_session_fd;
	struct iommu *iommu;
	struct vfio_pci_device *device;
	struct vfio_device_info_cap_liveupdate cap;
};

FIXTURE_SETUP(vfio_pci_liveupdate)
{
	self->session_fd = -1;
	self->other_session_fd = -1;

	self->luo_fd = luo_open_device();
	if (self->luo_fd < 0 && errno == ENOENT)
		SKIP(return, "%s does not exist", LUO_DEVICE);
	ASSERT_GE(self->luo_fd, 0);

	self->session_fd = luo_create_session(self->luo_fd, "vfio-session");
	ASSERT_GE(self->session_fd, 0);
	self->other_session_fd = luo_create_session(self->luo_fd, "vfio-other");
	ASSERT_GE(self->other_session_fd, 0);

	self->iommu = iommu_init(MODE_IOMMUFD);
	self->device = vfio_pci_device_init(device_bdf, self->iommu);

	if (!get_liveupdate_cap(self->device->fd, &self->cap))
		SKIP(return, "This kernel does not preserve VFIO devices");
	if (self->cap.obstacle != VFIO_LIVEUPDATE_OBSTACLE_NONE)
		SKIP(return, "%s cannot be preserved: obstacle %u", device_bdf,
		     self->cap.obstacle);
}

FIXTURE_TEARDOWN(vfio_pci_liveupdate)
{
	if (self->session_fd >= 0)
		close(self->session_fd);
	if (self->other_session_fd >= 0)
		close(self->other_session_fd);
	if (self->luo_fd >= 0)
		close(self->luo_fd);
	if (self->device)
		vfio_pci_device_cleanup(self->device);
	if (self->iommu)
		iommu_cleanup(self->iommu);
}

/* Opens the cdev of the device once more; the file is not bound to an iommufd. */
static int open_cdev(void)
{
	const char *path = vfio_pci_get_cdev_path(device_bdf);
	int fd = open(path, O_RDWR);

	VFIO_ASSERT_GE(fd, 0);
	free((void *)path);

	return fd;
}

static bool device_works(struct vfio_pci_device *device)
{
	u16 command = vfio_pci_config_readw(device, PCI_COMMAND);

	vfio_pci_config_writew(device, PCI_COMMAND,
			       command ^ PCI_COMMAND_MASTER);
	if (vfio_pci_config_readw(device, PCI_COMMAND) == command)
		return false;

	vfio_pci_config_writew(device, PCI_COMMAND, command);

	return vfio_pci_config_readw(device, PCI_COMMAND) == command;
}

static bool bound_to_vfio_pci(void)
{
	char *driver = sysfs_driver_get(device_bdf);
	bool bound = driver && !strcmp(driver, "vfio-pci");

	free(driver);

	return bound;
}

TEST_F(vfio_pci_liveupdate, reports_what_is_preserved)
{
	ASSERT_TRUE(self->cap.preserved & VFIO_LIVEUPDATE_IDENTITY);
	ASSERT_EQ(0, self->cap.preserved & self->cap.lost);
}

TEST_F(vfio_pci_liveupdate, preserves_bound_file)
{
	ASSERT_EQ(0, luo_session_preserve_fd(self->session_fd,
					     self->device->fd, TOKEN));
	ASSERT_TRUE(device_works(self->device));
}

TEST_F(vfio_pci_liveupdate, preserves_unbound_file)
{
	int fd = open_cdev();

	ASSERT_EQ(0, luo_session_preserve_fd(self->session_fd, fd, TOKEN));
	ASSERT_EQ(0, close(fd));
	ASSERT_TRUE(device_works(self->device));
}

TEST_F(vfio_pci_liveupdate, refuses_second_preserve)
{
	ASSERT_EQ(0, luo_session_preserve_fd(self->session_fd,
					     self->device->fd, TOKEN));
	ASSERT_EQ(-EEXIST, luo_session_preserve_fd(self->session_fd,
						   self->device->fd, TOKEN));
	ASSERT_EQ(-EBUSY, luo_session_preserve_fd(self->session_fd,
						  self->device->fd,
						  OTHER_TOKEN));
	ASSERT_EQ(-EBUSY, luo_session_preserve_fd(self->other_session_fd,
						  self->device->fd, TOKEN));
}

/* A device is preserved once, no matter which of its files is used. */
TEST_F(vfio_pci_liveupdate, refuses_second_file)
{
	int fd = open_cdev();

	ASSERT_EQ(0, luo_session_preserve_fd(self->session_fd,
					     self->device->fd, TOKEN));
	ASSERT_EQ(-EBUSY, luo_session_preserve_fd(self->session_fd, fd,
						  OTHER_TOKEN));
	ASSERT_EQ(-EBUSY, luo_session_preserve_fd(self->other_session_fd, fd,
						  TOKEN));

	ASSERT_EQ(0, close(self->session_fd));
	self->session_fd = -1;
	ASSERT_EQ(0, luo_session_preserve_fd(self->other_session_fd, fd,
					     TOKEN));
	ASSERT_EQ(0, close(fd));
}

TEST_F(vfio_pci_liveupdate, refusal_leaves_device_free)
{
	ASSERT_EQ(0, create_and_preserve_memfd(self->session_fd, TOKEN, "x"));
	ASSERT_EQ(-EEXIST, luo_session_preserve_fd(self->session_fd,
						   self->device->fd, TOKEN));
	ASSERT_TRUE(device_works(self->device));
	ASSERT_EQ(0, luo_session_preserve_fd(self->other_session_fd,
					     self->device->fd, TOKEN));
}

TEST_F(vfio_pci_liveupdate, refuses_iommufd)
{
	ASSERT_EQ(-ENOENT, luo_session_preserve_fd(self->session_fd,
						   self->iommu->iommufd,
						   TOKEN));
}

TEST_F(vfio_pci_liveupdate, outgoing_session_hands_out_no_file)
{
	ASSERT_EQ(0, luo_session_preserve_fd(self->session_fd,
					     self->device->fd, TOKEN));
	ASSERT_EQ(-EINVAL, luo_session_retrieve_fd(self->session_fd, TOKEN));
	ASSERT_EQ(-EINVAL, luo_session_finish(self->session_fd));
}

/*
 * The session holds the file, so unbinding the driver would wait forever, with
 * the device locked. The PCI core refuses instead.
 */
TEST_F(vfio_pci_liveupdate, held_device_keeps_its_driver)
{
	ASSERT_EQ(0, luo_session_preserve_fd(self->session_fd,
					     self->device->fd, TOKEN));

	EXPECT_EQ(-EBUSY, __sysfs_driver_unbind(device_bdf));
	EXPECT_EQ(-EBUSY, __sysfs_device_remove(device_bdf));

	EXPECT_TRUE(bound_to_vfio_pci());
	EXPECT_TRUE(device_works(self->device));
}

TEST_F(vfio_pci_liveupdate, released_device_can_be_unbound)
{
	ASSERT_EQ(0, luo_session_preserve_fd(self->session_fd,
					     self->device->fd, TOKEN));
	ASSERT_EQ(0, close(self->session_fd));
	self->session_fd = -1;

	vfio_pci_device_cleanup(self->device);
	self->device = NULL;

	EXPECT_EQ(0, __sysfs_driver_unbind(device_bdf));
	EXPECT_FALSE(bound_to_vfio_pci());

	EXPECT_EQ(0, __sysfs_driver_bind(device_bdf, "vfio-pci"));
	EXPECT_TRUE(bound_to_vfio_pci());
}

/* Only a file that was opened through the cdev can be preserved. */
FIXTURE(vfio_pci_liveupdate_mode) {
	int luo_fd;
	int session_fd;
	struct iommu *iommu;
	struct vfio_pci_device *device;
};

FIXTURE_VARIANT(vfio_pci_liveupdate_mode) {
	const char *iommu_mode;
};

FIXTURE_VARIANT_ADD(vfio_pci_liveupdate_mode, vfio_type1_iommu) {
	.iommu_mode = MODE_VFIO_TYPE1_IOMMU,
};

FIXTURE_VARIANT_ADD(vfio_pci_liveupdate_mode, vfio_type1v2_iommu) {
	.iommu_mode = MODE_VFIO_TYPE1V2_IOMMU,
};

FIXTURE_VARIANT_ADD(vfio_pci_liveupdate_mode, iommufd_compat_type1) {
	.iommu_mode = MODE_IOMMUFD_COMPAT_TYPE1,
};

FIXTURE_VARIANT_ADD(vfio_pci_liveupdate_mode, iommufd_compat_type1v2) {
	.iommu_mode = MODE_IOMMUFD_COMPAT_TYPE1V2,
};

FIXTURE_VARIANT_ADD(vfio_pci_liveupdate_mode, iommufd) {
	.iommu_mode = MODE_IOMMUFD,
};

FIXTURE_SETUP(vfio_pci_liveupdate_mode)
{
	self->session_fd = -1;

	self->luo_fd = luo_open_device();
	if (self->luo_fd < 0 && errno == ENOENT)
		SKIP(return, "%s does not exist", LUO_DEVICE);
	ASSERT_GE(self->luo_fd, 0);

	self->session_fd = luo_create_session(self->luo_fd, "vfio-session");
	ASSERT_GE(self->session_fd, 0);

	self->iommu = iommu_init(variant->iommu_mode);
	self->device = vfio_pci_device_init(device_bdf, self->iommu);
}

FIXTURE_TEARDOWN(vfio_pci_liveupdate_mode)
{
	if (self->session_fd >= 0)
		close(self->session_fd);
	if (self->luo_fd >= 0)
		close(self->luo_fd);
	if (self->device)
		vfio_pci_device_cleanup(self->device);
	if (self->iommu)
		iommu_cleanup(self->iommu);
}

TEST_F(vfio_pci_liveupdate_mode, preserves_cdev_file_only)
{
	struct vfio_device_info_cap_liveupdate cap;

	if (!get_liveupdate_cap(self->device->fd, &cap))
		SKIP(return, "This kernel does not preserve VFIO devices");

	if (!self->iommu->mode->container_path) {
		ASSERT_EQ(0, luo_session_preserve_fd(self->session_fd,
						     self->device->fd, TOKEN));
		return;
	}

	ASSERT_EQ(-ENOENT, luo_session_preserve_fd(self->session_fd,
						   self->device->fd, TOKEN));
	ASSERT_EQ(-ENOENT, luo_session_preserve_fd(self->session_fd,
						   self->device->group_fd,
						   TOKEN));
	ASSERT_EQ(-ENOENT, luo_session_preserve_fd(self->session_fd,
						   self->iommu->container_fd,
						   TOKEN));
	ASSERT_TRUE(device_works(self->device));
}

int main(int argc, char *argv[])
{
	device_bdf = vfio_selftests_get_bdf(&argc, argv);

	return test_harness_run(argc, argv);
}
