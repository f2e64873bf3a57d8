// SPDX-License-Identifier: GPL-2.0-only
/*
 * VFIO device files across a live update: the part of the VFIO core.
 *
 * A bus driver that preserves device files (vfio_pci_liveupdate.c) looks at
 * files, and makes one without an open(2). In return no other file opens a device
 * that is not finished.
 */

#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/ktime.h>
#include <linux/luo_journal.h>
#include <linux/pci.h>
#include <linux/pci_liveupdate.h>
#include <linux/vfio.h>

#include "vfio.h"

#define CREATE_TRACE_POINTS
#include <trace/events/vfio_liveupdate.h>

EXPORT_TRACEPOINT_SYMBOL_GPL(vfio_liveupdate_match);
EXPORT_TRACEPOINT_SYMBOL_GPL(vfio_liveupdate_can_freeze);
EXPORT_TRACEPOINT_SYMBOL_GPL(vfio_liveupdate_freeze);
EXPORT_TRACEPOINT_SYMBOL_GPL(vfio_liveupdate_reset);
EXPORT_TRACEPOINT_SYMBOL_GPL(vfio_liveupdate_unfreeze);
EXPORT_TRACEPOINT_SYMBOL_GPL(vfio_liveupdate_retrieve);
EXPORT_TRACEPOINT_SYMBOL_GPL(vfio_liveupdate_finish_refused);

static bool vfio_liveupdate_is_incoming(struct vfio_device *device)
{
	return dev_is_pci(device->dev) &&
	       pci_liveupdate_is_incoming(to_pci_dev(device->dev));
}

/**
 * vfio_liveupdate_may_open - May user space open a device in the ordinary way?
 * @device: The device.
 * @group:  Whether it is opened through its group instead of its cdev.
 *
 * Context: The caller holds the device's registration.
 * Return: 0, or -EBUSY until the file of an incoming device is retrieved and
 *         finished: only LIVEUPDATE_SESSION_RETRIEVE_FD opens it.
 */
int vfio_liveupdate_may_open(struct vfio_device *device, bool group)
{
	struct luo_journal_record record;

	if (!vfio_liveupdate_is_incoming(device))
		return 0;

	luo_record_init(&record, VFIO_LIVEUPDATE_EVENT_OPEN_REFUSED);
	luo_record_set_dev(&record, device->dev);
	record.err = -EBUSY;
	if (group)
		record.flags |= LUO_JOURNAL_YES;
	luo_event(vfio_liveupdate_open_refused, &record, device->dev);

	return -EBUSY;
}

/**
 * vfio_liveupdate_bound - Record that a retrieved file was bound to an iommufd
 * @device: The device.
 * @err:    0, or why it was not bound.
 * @start:  When the operation began, from ktime_get_ns().
 */
void vfio_liveupdate_bound(struct vfio_device *device, int err, u64 start)
{
	struct luo_journal_record record;

	if (!vfio_liveupdate_is_incoming(device))
		return;

	luo_record_init(&record, VFIO_LIVEUPDATE_EVENT_BOUND);
	luo_record_set_dev(&record, device->dev);
	record.err = err;
	record.duration = ktime_get_ns() - start;
	luo_event(vfio_liveupdate_bound, &record, to_pci_dev(device->dev));
}

/**
 * vfio_liveupdate_device - Get the device of a VFIO device file
 * @file: Any file.
 * @cdev: Set to whether the file was opened through the device's cdev.
 *
 * Return: The device, which lives as long as @file; NULL if @file is no VFIO
 *         device file.
 */
struct vfio_device *vfio_liveupdate_device(struct file *file, bool *cdev)
{
	struct vfio_device_file *df = file->private_data;

	if (file->f_op != &vfio_device_fops)
		return NULL;

	*cdev = !df->group;
	return df->device;
}
EXPORT_SYMBOL_GPL(vfio_liveupdate_device);

/**
 * vfio_liveupdate_is_bound - Is a VFIO device file bound to an iommufd?
 * @file: A file for which vfio_liveupdate_device() returns a device.
 *
 * Return: true once VFIO_DEVICE_BIND_IOMMUFD has succeeded on @file.
 */
bool vfio_liveupdate_is_bound(struct file *file)
{
	struct vfio_device_file *df = file->private_data;

	/* Paired with smp_store_release() in vfio_df_ioctl_bind_iommufd() */
	return smp_load_acquire(&df->access_granted);
}
EXPORT_SYMBOL_GPL(vfio_liveupdate_is_bound);

/**
 * vfio_liveupdate_getfile - Make a device file, as opening the cdev would
 * @device: The device; the caller keeps its driver bound.
 *
 * Context: Process context, may sleep.
 * Return: The file, which the caller owns, or an ERR_PTR:
 *         -ENODEV if the device is being unregistered, -EPERM if it has no
 *         IOMMU and the caller no CAP_SYS_RAWIO, -ENOMEM, -ENFILE.
 */
struct file *vfio_liveupdate_getfile(struct vfio_device *device)
{
	struct vfio_device_file *df;
	struct file *file;

	/* Paired with the put in vfio_device_fops_release() */
	if (!vfio_device_try_get_registration(device))
		return ERR_PTR(-ENODEV);

	if (vfio_device_is_noiommu(device) && !capable(CAP_SYS_RAWIO)) {
		file = ERR_PTR(-EPERM);
		goto err_put_registration;
	}

	df = vfio_allocate_device_file(device);
	if (IS_ERR(df)) {
		file = ERR_CAST(df);
		goto err_put_registration;
	}

	file = anon_inode_getfile_fmode("[vfio-device]", &vfio_device_fops, df,
					O_RDWR, FMODE_PREAD | FMODE_PWRITE);
	if (IS_ERR(file))
		goto err_free;

	/* All mappings of the device share one address space, for zapping. */
	file->f_mapping = device->inode->i_mapping;

	return file;

err_free:
	kfree(df);
err_put_registration:
	vfio_device_put_registration(device);
	return file;
}
EXPORT_SYMBOL_GPL(vfio_liveupdate_getfile);
