// SPDX-License-Identifier: GPL-2.0
/* A PCI device used from user space through VFIO: see lu_vfio.h. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/iommufd.h>
#include <linux/pci_regs.h>
#include <linux/virtio_pci.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lu_lib.h"
#include "lu_vfio.h"

#define EDU_VENDOR_DEVICE	0x11e81234u
#define VIRTIO_VENDOR		0x1af4u

/* Registers of the edu device, as QEMU's docs/specs/edu describes it. */
#define EDU_ID			0x00
#define EDU_ID_VALUE		0x010000edu
#define EDU_LIVENESS		0x04
#define EDU_FACTORIAL		0x08
#define EDU_STATUS		0x20
#define EDU_STATUS_BUSY		0x01
#define EDU_STATUS_IRQ		0x80
#define EDU_IRQ_STATUS		0x24
#define EDU_IRQ_ACK		0x64
#define EDU_DMA_SRC		0x80
#define EDU_DMA_DST		0x88
#define EDU_DMA_COUNT		0x90
#define EDU_DMA_CMD		0x98
#define EDU_DMA_START		0x01
#define EDU_DMA_TO_RAM		0x02
#define EDU_BUFFER		0x40000

/* A DMA of the whole 4,096 byte buffer aborts some versions of QEMU. */
#define EDU_DMA_LEN		2048

static size_t page_size(void)
{
	return sysconf(_SC_PAGESIZE);
}

int lu_vfio_open(const char *bdf)
{
	char path[LU_PATH_LEN + NAME_MAX];
	struct dirent *entry;
	int fd = -ENOENT;
	DIR *dir;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/vfio-dev", bdf);
	dir = opendir(path);
	if (!dir)
		return -errno;
	while ((entry = readdir(dir))) {
		if (*entry->d_name == '.')
			continue;
		snprintf(path, sizeof(path), "/dev/vfio/devices/%s",
			 entry->d_name);
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			fd = -errno;
		break;
	}
	closedir(dir);
	return fd;
}

int lu_preserve(const char *bdf, const char *name, uint64_t token)
{
	int fd, session, ret;

	ret = lu_pci_give_to(bdf, "vfio-pci");
	if (ret)
		return ret;
	fd = lu_vfio_open(bdf);
	if (fd < 0)
		return fd;
	session = lu_create(name);
	if (session >= 0) {
		ret = lu_session_preserve(session, fd, token);
		if (ret) {
			close(session);
			session = ret;
		}
	}
	close(fd);
	return session;
}

int lu_vfio_try_open(const char *bdf)
{
	int fd = lu_vfio_open(bdf);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

static int alloc_ioas(struct lu_vfio *v)
{
	struct iommu_ioas_alloc alloc = { .size = sizeof(alloc) };

	if (ioctl(v->iommufd, IOMMU_IOAS_ALLOC, &alloc))
		return -errno;
	v->ioas = alloc.out_ioas_id;
	return 0;
}

/* Allocates an address space where @v has none. */
static int bind_iommufd(struct lu_vfio *v)
{
	struct vfio_device_bind_iommufd bind = {
		.argsz = sizeof(bind),
		.iommufd = v->iommufd,
	};
	struct vfio_device_attach_iommufd_pt attach = {
		.argsz = sizeof(attach),
	};
	int ret = 0;

	if (ioctl(v->fd, VFIO_DEVICE_BIND_IOMMUFD, &bind))
		return -errno;
	if (!v->ioas)
		ret = alloc_ioas(v);
	attach.pt_id = v->ioas;
	if (!ret && ioctl(v->fd, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &attach))
		ret = -errno;
	return ret;
}

int lu_vfio_bind(struct lu_vfio *v, int fd)
{
	int ret;

	*v = LU_VFIO_NONE;
	v->fd = fd;
	v->iommufd = open("/dev/iommu", O_RDWR | O_CLOEXEC);
	ret = v->iommufd < 0 ? -errno : bind_iommufd(v);
	if (ret)
		lu_vfio_close(v);
	return ret;
}

int lu_vfio_bind_beside(struct lu_vfio *v, int fd, const struct lu_vfio *beside)
{
	int ret;

	*v = LU_VFIO_NONE;
	v->fd = fd;
	v->ioas = beside->ioas;
	v->iova = beside->iova + page_size();
	v->iommufd = fcntl(beside->iommufd, F_DUPFD_CLOEXEC, 0);
	ret = v->iommufd < 0 ? -errno : bind_iommufd(v);
	if (ret)
		lu_vfio_close(v);
	return ret;
}

int lu_vfio_open_bind(struct lu_vfio *v, const char *bdf)
{
	int fd = lu_vfio_open(bdf);

	*v = LU_VFIO_NONE;
	return fd < 0 ? fd : lu_vfio_bind(v, fd);
}

void lu_vfio_close(struct lu_vfio *v)
{
	if (v->bar)
		munmap(v->bar, v->bar_size);
	lu_close(&v->fd);
	lu_close(&v->iommufd);
	lu_close(&v->irq);
	if (v->mem)
		munmap(v->mem, page_size());
	*v = LU_VFIO_NONE;
}

int lu_vfio_device_info(int fd, struct vfio_device_info *info)
{
	*info = (struct vfio_device_info){ .argsz = sizeof(*info) };
	return ioctl(fd, VFIO_DEVICE_GET_INFO, info) ? -errno : 0;
}

int lu_vfio_liveupdate_cap(int fd, struct vfio_device_info_cap_liveupdate *cap)
{
	union {
		struct vfio_device_info info;
		char raw[1024];
	} buf = { .info.argsz = sizeof(buf) };
	struct vfio_info_cap_header *header;
	uint32_t at;

	if (ioctl(fd, VFIO_DEVICE_GET_INFO, &buf))
		return -errno;
	if (!(buf.info.flags & VFIO_DEVICE_FLAGS_CAPS))
		return -ENOENT;
	for (at = buf.info.cap_offset; at; at = header->next) {
		if (at > sizeof(buf) - sizeof(*cap))
			return -EOVERFLOW;
		header = (void *)(buf.raw + at);
		if (header->id != VFIO_DEVICE_INFO_CAP_LIVEUPDATE)
			continue;
		memcpy(cap, header, sizeof(*cap));
		return 0;
	}
	return -ENOENT;
}

int lu_vfio_region(int fd, unsigned int index, struct vfio_region_info *info)
{
	*info = (struct vfio_region_info){
		.argsz = sizeof(*info),
		.index = index,
	};
	return ioctl(fd, VFIO_DEVICE_GET_REGION_INFO, info) ? -errno : 0;
}

int lu_vfio_config_read(int fd, unsigned int at, void *buf, size_t len)
{
	struct vfio_region_info info;
	int ret = lu_vfio_region(fd, VFIO_PCI_CONFIG_REGION_INDEX, &info);
	ssize_t got;

	if (ret)
		return ret;
	got = pread(fd, buf, len, info.offset + at);
	if (got < 0)
		return -errno;
	return (size_t)got == len ? 0 : -EIO;
}

int lu_vfio_config_write(int fd, unsigned int at, const void *buf, size_t len)
{
	struct vfio_region_info info;
	int ret = lu_vfio_region(fd, VFIO_PCI_CONFIG_REGION_INDEX, &info);
	ssize_t got;

	if (ret)
		return ret;
	got = pwrite(fd, buf, len, info.offset + at);
	if (got < 0)
		return -errno;
	return (size_t)got == len ? 0 : -EIO;
}

int lu_vfio_map_bar(struct lu_vfio *v, unsigned int index)
{
	struct vfio_region_info info;
	int ret = lu_vfio_region(v->fd, index, &info);
	void *bar;

	if (ret)
		return ret;
	if (!info.size || !(info.flags & VFIO_REGION_INFO_FLAG_MMAP))
		return -ENXIO;
	bar = mmap(NULL, info.size, PROT_READ | PROT_WRITE, MAP_SHARED, v->fd,
		   info.offset);
	if (bar == MAP_FAILED)
		return -errno;
	if (v->bar)
		munmap(v->bar, v->bar_size);
	v->bar = bar;
	v->bar_size = info.size;
	return 0;
}

int lu_vfio_master(int fd)
{
	uint16_t command;
	int ret = lu_vfio_config_read(fd, PCI_COMMAND, &command,
				      sizeof(command));

	if (ret)
		return ret;
	command |= PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
	return lu_vfio_config_write(fd, PCI_COMMAND, &command, sizeof(command));
}

int lu_vfio_enable_irq(struct lu_vfio *v, unsigned int index)
{
	char buf[sizeof(struct vfio_irq_set) + sizeof(int)] = {};
	struct vfio_irq_set *set = (struct vfio_irq_set *)buf;

	if (v->irq < 0)
		v->irq = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (v->irq < 0)
		return -errno;
	set->argsz = sizeof(buf);
	set->flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER;
	set->index = index;
	set->count = 1;
	memcpy(set->data, &v->irq, sizeof(v->irq));
	return ioctl(v->fd, VFIO_DEVICE_SET_IRQS, set) ? -errno : 0;
}

int lu_vfio_disable_irq(struct lu_vfio *v, unsigned int index)
{
	struct vfio_irq_set set = {
		.argsz = sizeof(set),
		.flags = VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER,
		.index = index,
	};

	if (ioctl(v->fd, VFIO_DEVICE_SET_IRQS, &set))
		return -errno;
	lu_close(&v->irq);
	return 0;
}

/* Offset of the next capability @id after the one at @from (0: the first). */
static int next_capability(int fd, uint8_t id, uint8_t from)
{
	uint8_t at = from, cap[2];
	int ret = 0, left = 48;

	if (from)
		ret = lu_vfio_config_read(fd, from + 1, &at, 1);
	else
		ret = lu_vfio_config_read(fd, PCI_CAPABILITY_LIST, &at, 1);
	for (; !ret && at && left; left--) {
		ret = lu_vfio_config_read(fd, at, cap, sizeof(cap));
		if (!ret && cap[0] == id)
			return at;
		at = cap[1];
	}
	return ret ? ret : -ENOENT;
}

int lu_vfio_set_power(int fd, unsigned int state)
{
	int at = next_capability(fd, PCI_CAP_ID_PM, 0);
	uint16_t control;
	int ret;

	if (at < 0)
		return at;
	ret = lu_vfio_config_read(fd, at + PCI_PM_CTRL, &control,
				  sizeof(control));
	if (ret)
		return ret;
	control = (control & ~PCI_PM_CTRL_STATE_MASK) | state;
	return lu_vfio_config_write(fd, at + PCI_PM_CTRL, &control,
				    sizeof(control));
}

static int group_file(const char *bdf)
{
	char path[LU_PATH_LEN], target[PATH_MAX];
	const char *number;
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/iommu_group",
		 bdf);
	len = readlink(path, target, sizeof(target) - 1);
	if (len < 0)
		return -errno;
	target[len] = '\0';
	number = strrchr(target, '/');
	if (!number)
		return -ENOENT;
	snprintf(path, sizeof(path), "/dev/vfio/%.16s", number + 1);
	fd = open(path, O_RDWR | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* The device cannot be opened through an iommufd that has no address space. */
static int give_compat_ioas(int iommufd)
{
	struct iommu_ioas_alloc alloc = { .size = sizeof(alloc) };
	struct iommu_vfio_ioas compat = {
		.size = sizeof(compat),
		.op = IOMMU_VFIO_IOAS_SET,
	};

	if (ioctl(iommufd, IOMMU_IOAS_ALLOC, &alloc))
		return -errno;
	compat.ioas_id = alloc.out_ioas_id;
	return ioctl(iommufd, IOMMU_VFIO_IOAS, &compat) ? -errno : 0;
}

/*
 * Where VFIO is a module, so is the type1 container, which busybox's modprobe does not load by
 * its alias.
 */
static int set_type1(int container)
{
	if (!ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU))
		return 0;
	if (errno == ENODEV && !lu_module_load("vfio_iommu_type1") &&
	    !ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU))
		return 0;
	return -errno;
}

int lu_group_open(struct lu_group *g, const char *bdf, bool iommufd)
{
	int ret = 0;

	*g = LU_GROUP_NONE;
	g->container = open(iommufd ? "/dev/iommu" : "/dev/vfio/vfio",
			    O_RDWR | O_CLOEXEC);
	if (g->container < 0)
		return -errno;
	if (iommufd)
		ret = give_compat_ioas(g->container);
	if (!ret) {
		g->group = group_file(bdf);
		if (g->group < 0)
			ret = g->group;
	}
	if (!ret && ioctl(g->group, VFIO_GROUP_SET_CONTAINER, &g->container))
		ret = -errno;
	if (!ret && !iommufd)
		ret = set_type1(g->container);
	if (ret)
		lu_group_close(g);
	return ret;
}

int lu_group_device(const struct lu_group *g, const char *bdf)
{
	int fd = ioctl(g->group, VFIO_GROUP_GET_DEVICE_FD, bdf);

	return fd < 0 ? -errno : fd;
}

void lu_group_close(struct lu_group *g)
{
	lu_close(&g->group);
	lu_close(&g->container);
}

static uint32_t edu_read(struct lu_vfio *v, size_t at)
{
	return *(volatile uint32_t *)((char *)v->bar + at);
}

static void edu_write(struct lu_vfio *v, size_t at, uint32_t value)
{
	*(volatile uint32_t *)((char *)v->bar + at) = value;
}

/* The DMA registers are 64 bit wide. */
static uint64_t edu_read64(struct lu_vfio *v, size_t at)
{
	return *(volatile uint64_t *)((char *)v->bar + at);
}

static void edu_write64(struct lu_vfio *v, size_t at, uint64_t value)
{
	*(volatile uint64_t *)((char *)v->bar + at) = value;
}

int lu_check_config(int fd, const char *bdf)
{
	unsigned int vendor = 0, device = 0;
	uint16_t id[2] = {};
	char text[32];
	int ret;

	ret = lu_pci_attr_read(bdf, "vendor", text, sizeof(text));
	lu_require(!ret && sscanf(text, "%x", &vendor) == 1,
		   "%s has no vendor in sysfs", bdf);
	ret = lu_pci_attr_read(bdf, "device", text, sizeof(text));
	lu_require(!ret && sscanf(text, "%x", &device) == 1,
		   "%s has no device ID in sysfs", bdf);
	lu_ok(lu_vfio_config_read(fd, PCI_VENDOR_ID, id, sizeof(id)));
	lu_require(id[0] == vendor && id[1] == device,
		   "%s answers as %04x:%04x, not as %04x:%04x", bdf, id[0],
		   id[1], vendor, device);
	return KSFT_PASS;
}

static int edu_map(struct lu_vfio *v)
{
	struct vfio_region_info info;

	lu_ok(lu_vfio_region(v->fd, VFIO_PCI_BAR0_REGION_INDEX, &info));
	lu_require(info.size == 1024 * 1024, "BAR0 of edu has %llu bytes",
		   (unsigned long long)info.size);
	lu_ok(lu_vfio_master(v->fd));
	if (!v->bar)
		lu_ok(lu_vfio_map_bar(v, VFIO_PCI_BAR0_REGION_INDEX));
	return KSFT_PASS;
}

int lu_edu_check_registers(struct lu_vfio *v)
{
	uint32_t pattern = 0x600df00d;

	if (edu_map(v) != KSFT_PASS)
		return KSFT_FAIL;
	lu_require(edu_read(v, EDU_ID) == EDU_ID_VALUE,
		   "edu identifies itself as %#x", edu_read(v, EDU_ID));
	edu_write(v, EDU_LIVENESS, pattern);
	lu_require(edu_read(v, EDU_LIVENESS) == ~pattern,
		   "edu's liveness register reads %#x",
		   edu_read(v, EDU_LIVENESS));
	return KSFT_PASS;
}

static bool edu_idle(void *arg)
{
	return !(edu_read(arg, EDU_STATUS) & EDU_STATUS_BUSY);
}

/* The interrupt that is enabled comes, once. */
static int edu_interrupt_comes(struct lu_vfio *v)
{
	struct pollfd irq = { .fd = v->irq, .events = POLLIN };
	uint32_t status, factorial;
	uint64_t count = 0;

	edu_write(v, EDU_STATUS, EDU_STATUS_IRQ);
	edu_write(v, EDU_FACTORIAL, 10);
	lu_require(poll(&irq, 1, LU_DEADLINE_MS) == 1,
		   "edu's interrupt did not come");
	lu_require(read(v->irq, &count, sizeof(count)) == sizeof(count) &&
		   count == 1, "edu interrupted %llu times, not once",
		   (unsigned long long)count);
	lu_require(lu_wait_until(edu_idle, v), "edu stays busy");
	factorial = edu_read(v, EDU_FACTORIAL);
	status = edu_read(v, EDU_IRQ_STATUS);
	edu_write(v, EDU_IRQ_ACK, status);
	edu_write(v, EDU_STATUS, 0);
	lu_require(factorial == 3628800, "edu says that 10! is %u", factorial);
	lu_require(status == 1, "edu's interrupt status is %#x", status);
	lu_require(!edu_read(v, EDU_IRQ_STATUS),
		   "edu's interrupt was not acknowledged");
	return KSFT_PASS;
}

int lu_edu_check_interrupt(struct lu_vfio *v)
{
	if (edu_map(v) != KSFT_PASS)
		return KSFT_FAIL;
	lu_ok(lu_vfio_enable_irq(v, VFIO_PCI_MSI_IRQ_INDEX));
	if (edu_interrupt_comes(v) != KSFT_PASS)
		return KSFT_FAIL;
	lu_ok(lu_vfio_disable_irq(v, VFIO_PCI_MSI_IRQ_INDEX));
	return KSFT_PASS;
}

static int map_memory(struct lu_vfio *v)
{
	struct iommu_ioas_map map = {
		.size = sizeof(map),
		.flags = IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_READABLE |
			 IOMMU_IOAS_MAP_WRITEABLE,
		.ioas_id = v->ioas,
		.length = page_size(),
		.iova = v->iova,
	};
	void *mem;

	if (v->mem)
		return 0;
	mem = mmap(NULL, page_size(), PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (mem == MAP_FAILED)
		return -errno;
	map.user_va = (uintptr_t)mem;
	if (ioctl(v->iommufd, IOMMU_IOAS_MAP, &map)) {
		int ret = -errno;

		munmap(mem, page_size());
		return ret;
	}
	v->mem = mem;
	return 0;
}

static bool dma_done(void *arg)
{
	return !(edu_read64(arg, EDU_DMA_CMD) & EDU_DMA_START);
}

static bool edu_dma(struct lu_vfio *v, uint64_t src, uint64_t dst,
		    uint64_t direction)
{
	edu_write64(v, EDU_DMA_SRC, src);
	edu_write64(v, EDU_DMA_DST, dst);
	edu_write64(v, EDU_DMA_COUNT, EDU_DMA_LEN);
	edu_write64(v, EDU_DMA_CMD, EDU_DMA_START | direction);
	return lu_wait_until(dma_done, v);
}

int lu_edu_check_dma(struct lu_vfio *v)
{
	unsigned char *mem;
	size_t i;

	if (edu_map(v) != KSFT_PASS)
		return KSFT_FAIL;
	lu_ok(map_memory(v));
	mem = v->mem;
	for (i = 0; i < EDU_DMA_LEN; i++)
		mem[i] = i * 7 + i / 256;
	lu_require(edu_dma(v, v->iova, EDU_BUFFER, 0),
		   "edu does not finish its DMA from memory");
	memset(mem, 0xff, EDU_DMA_LEN);
	lu_require(edu_dma(v, EDU_BUFFER, v->iova, EDU_DMA_TO_RAM),
		   "edu does not finish its DMA to memory");
	for (i = 0; i < EDU_DMA_LEN; i++)
		lu_require(mem[i] == (unsigned char)(i * 7 + i / 256),
			   "byte %zu came back from edu as %#x", i, mem[i]);
	return KSFT_PASS;
}

int lu_edu_check(struct lu_vfio *v)
{
	int ret = lu_edu_check_registers(v);

	if (ret == KSFT_PASS)
		ret = lu_edu_check_interrupt(v);
	if (ret == KSFT_PASS)
		ret = lu_edu_check_dma(v);
	return ret;
}

static int find_common_cfg(int fd, struct virtio_pci_cap *cap)
{
	int at = 0, ret;

	for (;;) {
		at = next_capability(fd, PCI_CAP_ID_VNDR, at);
		if (at < 0)
			return at;
		ret = lu_vfio_config_read(fd, at, cap, sizeof(*cap));
		if (ret || cap->cfg_type == VIRTIO_PCI_CAP_COMMON_CFG)
			return ret;
	}
}

typedef volatile struct virtio_pci_common_cfg common_cfg;

/* Maps the BAR that has it, where it is not mapped. */
static int map_common_cfg(struct lu_vfio *v, common_cfg **cfg)
{
	struct virtio_pci_cap cap;

	lu_ok(find_common_cfg(v->fd, &cap));
	if (!v->bar)
		lu_ok(lu_vfio_map_bar(v, cap.bar));
	lu_require(cap.offset + sizeof(**cfg) <= v->bar_size,
		   "virtio's common configuration is outside of BAR %d",
		   cap.bar);
	*cfg = (void *)((char *)v->bar + cap.offset);
	return KSFT_PASS;
}

int lu_virtio_check(struct lu_vfio *v)
{
	common_cfg *cfg;
	uint32_t features;

	lu_ok(lu_vfio_master(v->fd));
	if (map_common_cfg(v, &cfg) != KSFT_PASS)
		return KSFT_FAIL;
	lu_require(cfg->num_queues && cfg->num_queues != 0xffff,
		   "virtio says that it has %u queues", cfg->num_queues);
	cfg->device_feature_select = 1;
	lu_require(cfg->device_feature_select == 1,
		   "virtio's feature selector does not keep what is written");
	features = cfg->device_feature;
	/* VIRTIO_F_VERSION_1 is bit 32. */
	lu_require(features & 1, "virtio's features are %#x, not modern",
		   features);
	return KSFT_PASS;
}

/* What a driver writes first: it has found the device, and knows how to drive it. */
#define VIRTIO_MARK	3

static int virtio_mark(struct lu_vfio *v)
{
	common_cfg *cfg;

	if (lu_virtio_check(v) != KSFT_PASS || map_common_cfg(v, &cfg) != KSFT_PASS)
		return KSFT_FAIL;
	cfg->device_status = VIRTIO_MARK;
	lu_require(cfg->device_status == VIRTIO_MARK, "virtio's status is %#x",
		   cfg->device_status);
	return KSFT_PASS;
}

static int virtio_is_marked(struct lu_vfio *v)
{
	common_cfg *cfg;

	if (map_common_cfg(v, &cfg) != KSFT_PASS)
		return KSFT_FAIL;
	lu_require(cfg->device_status == VIRTIO_MARK,
		   "virtio's status is %#x: the device was reset", cfg->device_status);
	return KSFT_PASS;
}

static int edu_mark(struct lu_vfio *v)
{
	if (edu_map(v) != KSFT_PASS)
		return KSFT_FAIL;
	lu_ok(lu_vfio_enable_irq(v, VFIO_PCI_MSI_IRQ_INDEX));
	return edu_interrupt_comes(v);
}

int lu_vfio_mark(struct lu_vfio *v)
{
	uint16_t vendor = 0;

	lu_ok(lu_vfio_config_read(v->fd, PCI_VENDOR_ID, &vendor, sizeof(vendor)));
	return vendor == VIRTIO_VENDOR ? virtio_mark(v) : edu_mark(v);
}

int lu_vfio_is_marked(struct lu_vfio *v)
{
	uint16_t id[2] = {}, command = 0;

	lu_ok(lu_vfio_config_read(v->fd, PCI_VENDOR_ID, id, sizeof(id)));
	lu_ok(lu_vfio_config_read(v->fd, PCI_COMMAND, &command, sizeof(command)));
	lu_require(command & PCI_COMMAND_MASTER, "%04x:%04x may not master the bus any more",
		   id[0], id[1]);
	return id[0] == VIRTIO_VENDOR ? virtio_is_marked(v) : edu_interrupt_comes(v);
}

int lu_device_check(struct lu_vfio *v)
{
	uint32_t id = 0;

	lu_ok(lu_vfio_config_read(v->fd, PCI_VENDOR_ID, &id, sizeof(id)));
	if (id == EDU_VENDOR_DEVICE)
		return lu_edu_check(v);
	if ((id & 0xffff) == VIRTIO_VENDOR)
		return lu_virtio_check(v);
	lu_require(0, "no way to check a device %08x", id);
}
