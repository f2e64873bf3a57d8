/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A PCI device used from user space through VFIO: its files, and checks that it works. The checks
 * return KSFT_PASS, or KSFT_FAIL after printing why; all other functions return 0 or a file
 * descriptor, or a negative errno.
 */
#ifndef LU_VFIO_H
#define LU_VFIO_H

#include <linux/vfio.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct lu_vfio - A device file that is bound to an iommufd of its own
 * @fd: the device file
 * @iommufd: the iommufd
 * @ioas: address space that the device is attached to
 * @bar: the BAR that is mapped, or NULL
 * @bar_size: size of @bar in bytes
 * @irq: eventfd of the interrupt that is enabled, or -1
 * @iova: where @mem is for the device
 * @mem: one page that the device may read and write at @iova, or NULL
 */
struct lu_vfio {
	int fd;
	int iommufd;
	uint32_t ioas;
	void *bar;
	size_t bar_size;
	int irq;
	uint64_t iova;
	void *mem;
};

/* Within the 28 address bits of the edu device. */
#define LU_IOVA		0x100000UL

#define LU_VFIO_NONE	((struct lu_vfio){				\
	.fd = -1, .iommufd = -1, .irq = -1, .iova = LU_IOVA		\
})

/*
 * Gives the device to vfio-pci, and preserves its file, under @token, in a new session @name.
 * Returns the session, which holds the file.
 */
int lu_preserve(const char *bdf, const char *name, uint64_t token);

/* Opens the device's cdev. The file can do little before lu_vfio_bind(). */
int lu_vfio_open(const char *bdf);

/* Opens the cdev and closes it again: the driver cannot be unbound while a file is open. */
int lu_vfio_try_open(const char *bdf);

/* Binds @fd, which @v owns from then on, and attaches an address space. */
int lu_vfio_bind(struct lu_vfio *v, int fd);

/*
 * The same in the iommufd and the address space of @beside, which devices of one
 * IOMMU group have to share. Both stay until the last of the two is closed.
 */
int lu_vfio_bind_beside(struct lu_vfio *v, int fd,
			const struct lu_vfio *beside);

/* Opens and binds. */
int lu_vfio_open_bind(struct lu_vfio *v, const char *bdf);

/* Disables the interrupt and closes all that @v holds. */
void lu_vfio_close(struct lu_vfio *v);

int lu_vfio_device_info(int fd, struct vfio_device_info *info);
/* What a live update preserves of the device; -ENOENT where the kernel does not report it. */
int lu_vfio_liveupdate_cap(int fd, struct vfio_device_info_cap_liveupdate *cap);
int lu_vfio_region(int fd, unsigned int index, struct vfio_region_info *info);
int lu_vfio_config_read(int fd, unsigned int at, void *buf, size_t len);
int lu_vfio_config_write(int fd, unsigned int at, const void *buf, size_t len);
int lu_vfio_map_bar(struct lu_vfio *v, unsigned int index);
int lu_vfio_master(int fd);

/* Enables vector 0 of the MSI or MSI-X, which then signals v->irq. */
int lu_vfio_enable_irq(struct lu_vfio *v, unsigned int index);
int lu_vfio_disable_irq(struct lu_vfio *v, unsigned int index);

/* Puts the device into power state @state: 0 for D0, 3 for D3hot. */
int lu_vfio_set_power(int fd, unsigned int state);

/**
 * struct lu_group - A device's IOMMU group, the older way to a device file
 * @container: type1 container, or an iommufd used as one
 * @group: the IOMMU group's file
 */
struct lu_group {
	int container;
	int group;
};

#define LU_GROUP_NONE	((struct lu_group){ .container = -1, .group = -1 })

/* Opens the group of the device, in a container or in an iommufd. */
int lu_group_open(struct lu_group *g, const char *bdf, bool iommufd);
/* The device file, or -errno of VFIO_GROUP_GET_DEVICE_FD. */
int lu_group_device(const struct lu_group *g, const char *bdf);
void lu_group_close(struct lu_group *g);

/* Does the device report the same IDs as sysfs? */
int lu_check_config(int fd, const char *bdf);

/* The edu device: registers, interrupt on computing, DMA there and back. */
int lu_edu_check_registers(struct lu_vfio *v);
int lu_edu_check_interrupt(struct lu_vfio *v);
int lu_edu_check_dma(struct lu_vfio *v);
int lu_edu_check(struct lu_vfio *v);

/* A modern virtio device: its common configuration can be read and written. */
int lu_virtio_check(struct lu_vfio *v);

/* For any test device: lu_edu_check() or lu_virtio_check(). */
int lu_device_check(struct lu_vfio *v);

/*
 * Puts the device into a state that no reset or freeze leaves as it is: virtio's driver status, an
 * interrupt of edu that is enabled, bus mastering. lu_vfio_is_marked() fails if it has lost it.
 */
int lu_vfio_mark(struct lu_vfio *v);
int lu_vfio_is_marked(struct lu_vfio *v);

#endif /* LU_VFIO_H */
