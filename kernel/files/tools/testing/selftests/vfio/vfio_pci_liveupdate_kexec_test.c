// SPDX-License-Identifier: GPL-2.0-only

/*
 * A VFIO device across a live update.
 *
 * Stage 1, before the kexec, preserves the file of the device. Stage 2, after
 * it, finds the device at its address with no driver bound to it, retrieves the
 * file, and uses the device.
 *
 *   ./scripts/setup.sh 0000:01:00.0
 *   ./vfio_pci_liveupdate_kexec_test -s 1 0000:01:00.0
 *   (kexec, for example with ../liveupdate/do_kexec.sh)
 *   ./vfio_pci_liveupdate_kexec_test -s 2 0000:01:00.0
 */

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <linux/io.h>
#include <linux/limits.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>

#include <libliveupdate.h>
#include <libvfio.h>

#define SESSION_NAME		"vfio-pci-kexec"
#define DEVICE_TOKEN		0x1234

#define STATE_SESSION_NAME	"vfio-pci-kexec-state"
#define STATE_MEMFD_TOKEN	999

#define DRIVERS_DIR		"/sys/bus/pci/drivers"

static const char *device_bdf;

static u16 sysfs_id_get(const char *file)
{
	char path[PATH_MAX];
	char buf[32] = {};
	int fd;

	snprintf_assert(path, PATH_MAX, "/sys/bus/pci/devices/%s/%s",
			device_bdf, file);
	fd = open(path, O_RDONLY);
	VFIO_ASSERT_GE(fd, 0);
	VFIO_ASSERT_GT(read(fd, buf, sizeof(buf) - 1), 0);
	VFIO_ASSERT_EQ(close(fd), 0);

	return strtoul(buf, NULL, 0);
}

static void check_config_space(struct vfio_pci_device *device)
{
	u16 command;

	VFIO_ASSERT_TRUE(vfio_pci_device_match(device, sysfs_id_get("vendor"),
					       sysfs_id_get("device")));

	vfio_pci_cmd_set(device, PCI_COMMAND_MASTER);
	command = vfio_pci_config_readw(device, PCI_COMMAND);
	VFIO_ASSERT_TRUE(command & PCI_COMMAND_MASTER);

	vfio_pci_cmd_clear(device, PCI_COMMAND_MASTER);
	command = vfio_pci_config_readw(device, PCI_COMMAND);
	VFIO_ASSERT_FALSE(command & PCI_COMMAND_MASTER);
}

static void check_bars(struct vfio_pci_device *device)
{
	int i;

	for (i = 0; i < PCI_STD_NUM_BARS; i++) {
		struct vfio_pci_bar *bar = &device->bars[i];

		if (!(bar->info.flags & VFIO_REGION_INFO_FLAG_MMAP))
			continue;

		VFIO_ASSERT_NOT_NULL(bar->vaddr);
		readl(bar->vaddr);
	}
}

static void check_interrupt(struct vfio_pci_device *device, u32 index)
{
	u64 value;

	vfio_pci_irq_enable(device, index, 0, 1);
	fcntl_set_nonblock(device->msi_eventfds[0]);
	vfio_pci_irq_trigger(device, index, 0);
	VFIO_ASSERT_EQ(read(device->msi_eventfds[0], &value, 8), 8);
	VFIO_ASSERT_EQ(value, 1);
	vfio_pci_irq_disable(device, index);
}

static void check_device(struct vfio_pci_device *device)
{
	check_config_space(device);
	check_bars(device);
	if (device->msi_info.count)
		check_interrupt(device, VFIO_PCI_MSI_IRQ_INDEX);
	if (device->msix_info.count)
		check_interrupt(device, VFIO_PCI_MSIX_IRQ_INDEX);
	if (device->info.flags & VFIO_DEVICE_FLAGS_RESET)
		vfio_pci_device_reset(device);
	check_config_space(device);
}

/* Stage 1: Executed before the kexec reboot. */
static void run_stage_1(int luo_fd)
{
	struct vfio_pci_device *device;
	int session_fd, ret;

	ksft_print_msg("[STAGE 1] Checking that %s works...\n", device_bdf);
	device = vfio_pci_device_init(device_bdf, iommu_init(MODE_IOMMUFD));
	check_device(device);

	ksft_print_msg("[STAGE 1] Creating state file for next stage (2)...\n");
	create_state_file(luo_fd, STATE_SESSION_NAME, STATE_MEMFD_TOKEN, 2);

	ksft_print_msg("[STAGE 1] Preserving %s in session '%s'...\n",
		       device_bdf, SESSION_NAME);
	session_fd = luo_create_session(luo_fd, SESSION_NAME);
	if (session_fd < 0)
		fail_exit("luo_create_session for '%s'", SESSION_NAME);

	ret = luo_session_preserve_fd(session_fd, device->fd, DEVICE_TOKEN);
	if (ret == -ENOENT)
		ksft_exit_skip("This kernel does not preserve %s\n", device_bdf);
	if (ret)
		fail_exit("luo_session_preserve_fd for %s", device_bdf);

	close(luo_fd);
	daemonize_and_wait();
}

static void check_unbound(void)
{
	char *driver = sysfs_driver_get(device_bdf);

	if (driver)
		ksft_exit_fail_msg("%s is bound to %s\n", device_bdf, driver);
}

/* Only vfio-pci may probe the device: even its native driver is blocked. */
static void check_no_other_driver_binds(void)
{
	struct dirent *entry;
	DIR *dir;

	dir = opendir(DRIVERS_DIR);
	VFIO_ASSERT_NOT_NULL(dir);

	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.' || !strcmp(entry->d_name, "vfio-pci"))
			continue;

		VFIO_ASSERT_EQ(__sysfs_driver_bind(device_bdf, entry->d_name),
			       -ENODEV, "driver %s\n", entry->d_name);
		check_unbound();
	}

	VFIO_ASSERT_EQ(closedir(dir), 0);
}

static void check_cdev_is_refused(void)
{
	const char *path = vfio_pci_get_cdev_path(device_bdf);

	VFIO_ASSERT_EQ(open(path, O_RDWR), -1);
	VFIO_ASSERT_EQ(errno, EBUSY);
	free((void *)path);
}

static void check_group_is_refused(void)
{
	struct vfio_pci_device *device;
	struct iommu *iommu;

	if (access("/dev/vfio/vfio", F_OK))
		return;

	iommu = iommu_init(MODE_VFIO_TYPE1V2_IOMMU);
	device = vfio_pci_device_alloc(device_bdf, iommu);

	vfio_pci_group_setup(device, device_bdf);
	vfio_container_set_iommu(device);
	__vfio_pci_group_get_device_fd(device, device_bdf, NULL);
	VFIO_ASSERT_EQ(device->fd, -1);
	VFIO_ASSERT_EQ(errno, EBUSY);

	VFIO_ASSERT_EQ(close(device->group_fd), 0);
	vfio_pci_device_free(device);
	iommu_cleanup(iommu);
}

/* Stage 2: Executed after the kexec reboot. */
static void run_stage_2(int luo_fd, int state_session_fd)
{
	struct vfio_device_info info = { .argsz = sizeof(info) };
	struct vfio_pci_device *device;
	int session_fd, fd, stage;
	struct iommu *iommu;

	restore_and_read_stage(state_session_fd, STATE_MEMFD_TOKEN, &stage);
	if (stage != 2)
		fail_exit("Expected stage 2, but state file contains %d", stage);

	ksft_print_msg("[STAGE 2] Checking that no other driver gets %s...\n",
		       device_bdf);
	check_unbound();
	check_no_other_driver_binds();

	ksft_print_msg("[STAGE 2] Binding %s to vfio-pci...\n", device_bdf);
	sysfs_driver_override_set(device_bdf, "vfio-pci");
	sysfs_drivers_probe(device_bdf);

	ksft_print_msg("[STAGE 2] Checking that %s does not open...\n",
		       device_bdf);
	check_cdev_is_refused();
	check_group_is_refused();

	ksft_print_msg("[STAGE 2] Retrieving session '%s'...\n", SESSION_NAME);
	session_fd = luo_retrieve_session(luo_fd, SESSION_NAME);
	if (session_fd < 0)
		fail_exit("luo_retrieve_session for '%s'", SESSION_NAME);
	VFIO_ASSERT_EQ(luo_session_finish(session_fd), -EBUSY);

	fd = luo_session_retrieve_fd(session_fd, DEVICE_TOKEN);
	if (fd < 0)
		fail_exit("luo_session_retrieve_fd for token %#x", DEVICE_TOKEN);

	ksft_print_msg("[STAGE 2] Checking that the file must be bound first...\n");
	VFIO_ASSERT_EQ(ioctl(fd, VFIO_DEVICE_GET_INFO, &info), -1);
	VFIO_ASSERT_EQ(errno, EINVAL);
	VFIO_ASSERT_EQ(luo_session_finish(session_fd), -EBUSY);

	ksft_print_msg("[STAGE 2] Checking that %s works...\n", device_bdf);
	iommu = iommu_init(MODE_IOMMUFD);
	device = vfio_pci_device_init_fd(device_bdf, fd, iommu);
	check_device(device);

	ksft_print_msg("[STAGE 2] Checking that %s is still held...\n",
		       device_bdf);
	check_cdev_is_refused();
	VFIO_ASSERT_EQ(__sysfs_driver_unbind(device_bdf), -EBUSY);
	VFIO_ASSERT_EQ(__sysfs_device_remove(device_bdf), -EBUSY);

	ksft_print_msg("[STAGE 2] Finishing session '%s'...\n", SESSION_NAME);
	VFIO_ASSERT_EQ(luo_session_finish(session_fd), 0);
	close(session_fd);
	check_device(device);
	vfio_pci_device_cleanup(device);

	ksft_print_msg("[STAGE 2] Checking that %s is an ordinary device...\n",
		       device_bdf);
	device = vfio_pci_device_init(device_bdf, iommu);
	check_device(device);
	vfio_pci_device_cleanup(device);
	iommu_cleanup(iommu);
	VFIO_ASSERT_EQ(__sysfs_driver_unbind(device_bdf), 0);

	ksft_print_msg("[STAGE 2] Finalizing state session...\n");
	if (luo_session_finish(state_session_fd) < 0)
		fail_exit("luo_session_finish for state session");
	close(state_session_fd);

	ksft_print_msg("\n--- VFIO PCI KEXEC TEST PASSED ---\n");
}

int main(int argc, char *argv[])
{
	device_bdf = vfio_selftests_get_bdf(&argc, argv);

	return luo_test(argc, argv, STATE_SESSION_NAME, run_stage_1, run_stage_2);
}
