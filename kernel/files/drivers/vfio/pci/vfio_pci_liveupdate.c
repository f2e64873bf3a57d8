// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: vfio-pci device files across a live update
 *
 * User space puts the file of a device, opened through its cdev, into a live
 * update session. The next kernel finds the device at the same address, blocks
 * other drivers from it, and hands the file to the process that retrieves it.
 *
 * Preserved Properties
 * ====================
 *
 * Identity
 *   The device has the same address, and no other driver has used it in between.
 *
 * IOMMU group
 *   ACS and ARI stay as they were, and so does the device's IOMMU group.
 *
 * Non-Preserved Properties
 * ========================
 *
 * Device state
 *   A device that has a reset is reset on the way, as if its file had been closed
 *   and opened again. Its configuration space is that of a device just opened.
 *
 * DMA mappings, region mappings, dma-bufs, interrupts
 *   User space sets them up again on the retrieved file.
 *
 * Life cycle
 * ==========
 *
 * preserve
 *   The PCI core records the device and the bridges above it.
 *
 * can_freeze
 *   In reboot(LINUX_REBOOT_CMD_KEXEC), before any file is frozen. Refuses a device
 *   that is being removed or is gone, that has got VFs, or that stays in use for 5
 *   seconds. The device and its file are left alone.
 *
 * freeze
 *   In reboot(LINUX_REBOOT_CMD_KEXEC). VMMs pause their vCPUs before: from now on
 *   the file answers -EIO, and a fault on a mapping of it is a SIGBUS. The kernel
 *   waits up to 5 seconds for accesses in flight and for other users of the
 *   device's locks. It takes the device out of a low power state, tears down
 *   interrupts that user space left enabled, zaps mappings, revokes dma-bufs,
 *   resets the device if it has a reset, and turns its bus mastering off. Of a
 *   device that is not open only bus mastering is turned off.
 *
 * unfreeze
 *   If the kexec fails. The file works again. The device was reset and is awake,
 *   and its interrupts stay torn down: user space sets them up as after
 *   VFIO_DEVICE_RESET. Error and device request notifications stay.
 *
 * retrieve
 *   The device must be bound to vfio-pci; opening it in any other way fails with
 *   -EBUSY. The file can be used once it is bound to an iommufd.
 *
 * finish
 *   After the file was bound, or after its retrieval failed, which is final. The
 *   device is an ordinary device again.
 */

#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/io.h>
#include <linux/jiffies.h>
#include <linux/kexec_handover.h>
#include <linux/kho/abi/vfio_pci.h>
#include <linux/ktime.h>
#include <linux/liveupdate.h>
#include <linux/luo_journal.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/pci_liveupdate.h>
#include <linux/pm_runtime.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include <trace/events/vfio_liveupdate.h>

#include "../vfio.h"
#include "vfio_pci_priv.h"

/* How long a freeze waits for the device. */
#define VFIO_PCI_LIVEUPDATE_TIMEOUT	(5 * HZ)

/**
 * struct vfio_pci_liveupdate - Run-time state of a preserved file
 * @busmaster: The device was bus master when it was frozen.
 */
struct vfio_pci_liveupdate {
	bool busmaster;
};

static struct vfio_pci_core_device *vfio_pci_liveupdate_vdev(struct file *file)
{
	bool cdev;

	return container_of(vfio_liveupdate_device(file, &cdev),
			    struct vfio_pci_core_device, vdev);
}

static enum vfio_liveupdate_match_reason
vfio_pci_liveupdate_match(struct vfio_device *device, bool cdev)
{
	struct pci_dev *pdev;

	if (device->ops != &vfio_pci_ops)
		return VFIO_LIVEUPDATE_MATCH_FOREIGN_DRIVER;
	if (!cdev)
		return VFIO_LIVEUPDATE_MATCH_GROUP_FILE;
	if (vfio_device_is_noiommu(device))
		return VFIO_LIVEUPDATE_MATCH_NOIOMMU;

	pdev = to_pci_dev(device->dev);
	if (pdev->is_virtfn)
		return VFIO_LIVEUPDATE_MATCH_VF;
	if (vfio_pci_is_intel_display(pdev) || pci_num_vf(pdev))
		return VFIO_LIVEUPDATE_MATCH_SPECIAL;

	return VFIO_LIVEUPDATE_MATCH_OK;
}

/**
 * vfio_pci_liveupdate_info_caps - Report what a live update preserves of a device
 * @vdev: The device.
 * @caps: Where the capability is added.
 *
 * Context: VFIO_DEVICE_GET_INFO.
 * Return: 0, or -ENOMEM with all of @caps freed.
 */
int vfio_pci_liveupdate_info_caps(struct vfio_pci_core_device *vdev,
				  struct vfio_info_cap *caps)
{
	static const u32 obstacles[] = {
		[VFIO_LIVEUPDATE_MATCH_OK] = VFIO_LIVEUPDATE_OBSTACLE_NONE,
		[VFIO_LIVEUPDATE_MATCH_NOIOMMU] = VFIO_LIVEUPDATE_OBSTACLE_NOIOMMU,
		[VFIO_LIVEUPDATE_MATCH_VF] = VFIO_LIVEUPDATE_OBSTACLE_VF,
		[VFIO_LIVEUPDATE_MATCH_SPECIAL] = VFIO_LIVEUPDATE_OBSTACLE_SPECIAL,
	};
	struct vfio_device_info_cap_liveupdate cap = {
		.header.id = VFIO_DEVICE_INFO_CAP_LIVEUPDATE,
		.header.version = 1,
		.preserved = VFIO_LIVEUPDATE_IDENTITY |
			     VFIO_LIVEUPDATE_IOMMU_GROUP,
		.lost = VFIO_LIVEUPDATE_CONFIG | VFIO_LIVEUPDATE_IRQS |
			VFIO_LIVEUPDATE_MAPPINGS | VFIO_LIVEUPDATE_DMA |
			VFIO_LIVEUPDATE_STATE,
	};

	cap.obstacle = obstacles[vfio_pci_liveupdate_match(&vdev->vdev, true)];
	if (!liveupdate_enabled())
		cap.obstacle = VFIO_LIVEUPDATE_OBSTACLE_DISABLED;
	if (cap.obstacle != VFIO_LIVEUPDATE_OBSTACLE_NONE) {
		cap.lost |= cap.preserved;
		cap.preserved = 0;
	}

	return vfio_info_add_capability(caps, &cap.header, sizeof(cap));
}

static bool vfio_pci_liveupdate_can_preserve(struct liveupdate_file_handler *fh,
					     struct file *file)
{
	enum vfio_liveupdate_match_reason reason;
	struct luo_journal_record record;
	struct vfio_device *device;
	bool cdev;

	device = vfio_liveupdate_device(file, &cdev);
	if (!device)
		return false;

	reason = vfio_pci_liveupdate_match(device, cdev);
	luo_record_init(&record, VFIO_LIVEUPDATE_EVENT_MATCH);
	luo_record_set_dev(&record, device->dev);
	record.reason = reason;
	luo_event(vfio_liveupdate_match, &record, device->dev);

	return reason == VFIO_LIVEUPDATE_MATCH_OK;
}

static int vfio_pci_liveupdate_preserve(struct liveupdate_file_op_args *args)
{
	struct vfio_pci_core_device *vdev = vfio_pci_liveupdate_vdev(args->file);
	struct vfio_pci_liveupdate *state __free(kfree) = kzalloc_obj(*state);
	struct vfio_pci_device_ser *ser;
	struct pci_dev *pdev = vdev->pdev;
	int err;

	if (!state)
		return -ENOMEM;

	ser = kho_alloc_preserve(sizeof(*ser));
	if (IS_ERR(ser))
		return PTR_ERR(ser);

	ser->domain = pci_domain_nr(pdev->bus);
	ser->bdf = pci_dev_id(pdev);
	ser->vendor = pdev->vendor;
	ser->device = pdev->device;
	ser->subsystem_vendor = pdev->subsystem_vendor;
	ser->subsystem_device = pdev->subsystem_device;

	err = pci_liveupdate_preserve(pdev);
	if (err) {
		kho_unpreserve_free(ser);
		return err;
	}

	args->serialized_data = virt_to_phys(ser);
	args->private_data = no_free_ptr(state);

	return 0;
}

static void vfio_pci_liveupdate_unpreserve(struct liveupdate_file_op_args *args)
{
	struct vfio_pci_core_device *vdev = vfio_pci_liveupdate_vdev(args->file);

	pci_liveupdate_unpreserve(vdev->pdev);
	kho_unpreserve_free(phys_to_virt(args->serialized_data));
	kfree(args->private_data);
}

/* Begins the record of an operation on @pdev that ends now. */
static void vfio_pci_liveupdate_record(struct luo_journal_record *record,
				       enum vfio_liveupdate_event event,
				       struct pci_dev *pdev, int err, u64 start)
{
	luo_record_init(record, event);
	luo_record_set_pci(record, pdev);
	record->err = err;
	record->duration = ktime_get_ns() - start;
}

/* Called with the device locked. */
static int vfio_pci_liveupdate_reset(struct vfio_pci_core_device *vdev)
{
	struct luo_journal_record record;
	u64 start = ktime_get_ns();
	int err = -ENOTTY;

	if (vdev->reset_works)
		err = pci_reset_function_locked(vdev->pdev);
	vfio_pci_liveupdate_record(&record, VFIO_LIVEUPDATE_EVENT_RESET,
				   vdev->pdev, err, start);
	luo_event(vfio_liveupdate_reset, &record, vdev->pdev);

	return err;
}

/* Takes all the locks of a freeze, or none. */
static bool vfio_pci_liveupdate_trylock(struct vfio_pci_core_device *vdev)
{
	if (!down_write_trylock(&vdev->liveupdate_sem))
		return false;
	if (!mutex_trylock(&vdev->vdev.dev_set->lock))
		goto up;
	if (pci_dev_trylock(vdev->pdev))
		return true;

	mutex_unlock(&vdev->vdev.dev_set->lock);
up:
	up_write(&vdev->liveupdate_sem);
	return false;
}

static void vfio_pci_liveupdate_unlock(struct vfio_pci_core_device *vdev)
{
	pci_dev_unlock(vdev->pdev);
	mutex_unlock(&vdev->vdev.dev_set->lock);
	up_write(&vdev->liveupdate_sem);
}

static enum vfio_liveupdate_freeze_reason
vfio_pci_liveupdate_wait(struct vfio_pci_core_device *vdev, int *err)
{
	unsigned long end = jiffies + VFIO_PCI_LIVEUPDATE_TIMEOUT;

	while (!vfio_pci_liveupdate_trylock(vdev)) {
		*err = -ENODEV;
		if (pci_liveupdate_is_removed(vdev->pdev))
			return VFIO_LIVEUPDATE_FREEZE_REMOVED;
		*err = -EBUSY;
		if (time_after(jiffies, end))
			return VFIO_LIVEUPDATE_FREEZE_BUSY;
		*err = -EINTR;
		schedule_timeout_killable(1);
		if (fatal_signal_pending(current))
			return VFIO_LIVEUPDATE_FREEZE_KILLED;
	}

	*err = 0;
	return VFIO_LIVEUPDATE_FREEZE_OK;
}

/*
 * Locks a device that can be frozen: no access is in flight, and it is neither
 * opened, closed nor unbound until vfio_pci_liveupdate_unlock().
 *
 * An access that faults on memory served by user space may never finish, and a
 * remover has the device locked until LUO releases the file. So the wait ends,
 * and no lock is held while it lasts.
 */
static enum vfio_liveupdate_freeze_reason
vfio_pci_liveupdate_lock(struct vfio_pci_core_device *vdev, int *err)
{
	enum vfio_liveupdate_freeze_reason reason;

	reason = vfio_pci_liveupdate_wait(vdev, err);
	if (reason != VFIO_LIVEUPDATE_FREEZE_OK)
		return reason;

	if (pci_liveupdate_is_removed(vdev->pdev)) {
		*err = -ENODEV;
		reason = VFIO_LIVEUPDATE_FREEZE_REMOVED;
	} else if (pci_num_vf(vdev->pdev)) {
		*err = -EBUSY;
		reason = VFIO_LIVEUPDATE_FREEZE_VFS;
	}
	if (*err)
		vfio_pci_liveupdate_unlock(vdev);

	return reason;
}

/* User space sets them up again, also if the kexec fails. */
static void vfio_pci_liveupdate_disable_irqs(struct vfio_pci_core_device *vdev)
{
	static const char * const types[] = {
		[VFIO_PCI_INTX_IRQ_INDEX] = "INTx",
		[VFIO_PCI_MSI_IRQ_INDEX] = "MSI",
		[VFIO_PCI_MSIX_IRQ_INDEX] = "MSI-X",
	};

	if (vdev->irq_type >= ARRAY_SIZE(types))
		return;

	pci_info(vdev->pdev, "live update: tears down %s, which user space left enabled\n",
		 types[vdev->irq_type]);
	vfio_pci_disable_irqs(vdev);
}

/*
 * Called with the device open and resumed. A device without a reset of its own is
 * quiet once it is no bus master.
 */
static enum vfio_liveupdate_freeze_reason
vfio_pci_liveupdate_quiesce(struct vfio_pci_core_device *vdev,
			    struct vfio_pci_liveupdate *state, int *err)
{
	struct pci_dev *pdev = vdev->pdev;
	u16 cmd;

	*err = vfio_pci_exit_low_power(vdev);
	if (*err)
		return VFIO_LIVEUPDATE_FREEZE_WAKE;

	vfio_pci_liveupdate_disable_irqs(vdev);
	pci_read_config_word(pdev, PCI_COMMAND, &cmd);
	state->busmaster = cmd & PCI_COMMAND_MASTER;

	vfio_pci_zap_and_down_write_memory_lock(vdev);
	WRITE_ONCE(vdev->liveupdate_frozen, true);
	vfio_pci_dma_buf_move(vdev, true);
	*err = vfio_pci_liveupdate_reset(vdev);
	pci_clear_master(pdev);
	up_write(&vdev->memory_lock);

	if (*err && *err != -ENOTTY)
		return VFIO_LIVEUPDATE_FREEZE_RESET;

	*err = 0;
	return VFIO_LIVEUPDATE_FREEZE_OK;
}

/*
 * Undoes vfio_pci_liveupdate_quiesce(): the file works. The device was reset and
 * is awake, and its interrupts stay torn down. It may have been closed since,
 * through another file, but not opened.
 */
static void vfio_pci_liveupdate_resume(struct vfio_pci_core_device *vdev,
				       struct vfio_pci_liveupdate *state)
{
	lockdep_assert_held_write(&vdev->liveupdate_sem);
	lockdep_assert_held(&vdev->vdev.dev_set->lock);

	down_write(&vdev->memory_lock);
	WRITE_ONCE(vdev->liveupdate_frozen, false);
	if (vdev->vdev.open_count) {
		if (state->busmaster)
			pci_set_master(vdev->pdev);
		if (__vfio_pci_memory_enabled(vdev))
			vfio_pci_dma_buf_move(vdev, false);
	}
	up_write(&vdev->memory_lock);
}

/*
 * A device that is not open has no user and is not reset. But firmware, or the
 * driver before, may have left it a bus master.
 */
static enum vfio_liveupdate_freeze_reason
vfio_pci_liveupdate_freeze_locked(struct vfio_pci_core_device *vdev,
				  struct vfio_pci_liveupdate *state, int *err)
{
	enum vfio_liveupdate_freeze_reason reason = VFIO_LIVEUPDATE_FREEZE_OK;
	struct device *dev = &vdev->pdev->dev;

	*err = pm_runtime_resume_and_get(dev);
	if (*err)
		return VFIO_LIVEUPDATE_FREEZE_WAKE;

	if (vdev->vdev.open_count) {
		reason = vfio_pci_liveupdate_quiesce(vdev, state, err);
	} else {
		WRITE_ONCE(vdev->liveupdate_frozen, true);
		pci_clear_master(vdev->pdev);
	}
	if (reason == VFIO_LIVEUPDATE_FREEZE_RESET)
		vfio_pci_liveupdate_resume(vdev, state);
	pm_runtime_put(dev);

	return reason;
}

static enum vfio_liveupdate_freeze_reason
vfio_pci_liveupdate_try_freeze(struct vfio_pci_core_device *vdev,
			       struct vfio_pci_liveupdate *state, int *err)
{
	enum vfio_liveupdate_freeze_reason reason;

	/* New accesses would make the wait for those in flight endless. */
	WRITE_ONCE(vdev->liveupdate_freezing, true);

	reason = vfio_pci_liveupdate_lock(vdev, err);
	if (reason == VFIO_LIVEUPDATE_FREEZE_OK) {
		reason = vfio_pci_liveupdate_freeze_locked(vdev, state, err);
		vfio_pci_liveupdate_unlock(vdev);
	}
	if (reason != VFIO_LIVEUPDATE_FREEZE_OK)
		WRITE_ONCE(vdev->liveupdate_freezing, false);

	return reason;
}

/* Fills the record of a freeze. Says why, if the device cannot be frozen. */
static void
vfio_pci_liveupdate_record_freeze(struct luo_journal_record *record,
				  enum vfio_liveupdate_event event,
				  struct pci_dev *pdev,
				  enum vfio_liveupdate_freeze_reason reason,
				  int err, u64 start)
{
	static const char * const reasons[] = {
		[VFIO_LIVEUPDATE_FREEZE_RESET] = "its reset failed",
		[VFIO_LIVEUPDATE_FREEZE_KILLED] =
			"killed while it waited for the device",
		[VFIO_LIVEUPDATE_FREEZE_REMOVED] =
			"it is being unbound or removed, or was pulled out",
		[VFIO_LIVEUPDATE_FREEZE_BUSY] = "it stayed in use for 5 seconds",
		[VFIO_LIVEUPDATE_FREEZE_VFS] =
			"its VFs were enabled: disable them first",
		[VFIO_LIVEUPDATE_FREEZE_WAKE] = "it could not be woken",
	};

	vfio_pci_liveupdate_record(record, event, pdev, err, start);
	record->reason = reason;
	if (err)
		pci_warn(pdev, "live update: cannot be frozen: %s (%d)\n",
			 reasons[reason], err);
}

/*
 * Asked of all files before the first is frozen: takes the locks of the freeze,
 * looks, and changes nothing. What the freeze can do itself is no obstacle.
 */
static int
vfio_pci_liveupdate_can_freeze(struct liveupdate_file_op_args *args)
{
	struct vfio_pci_core_device *vdev = vfio_pci_liveupdate_vdev(args->file);
	enum vfio_liveupdate_freeze_reason reason;
	struct luo_journal_record record;
	u64 start = ktime_get_ns();
	int err;

	reason = vfio_pci_liveupdate_lock(vdev, &err);
	if (!err)
		vfio_pci_liveupdate_unlock(vdev);
	vfio_pci_liveupdate_record_freeze(&record,
					  VFIO_LIVEUPDATE_EVENT_CAN_FREEZE,
					  vdev->pdev, reason, err, start);
	/* That it can be frozen is not worth a place in the journal. */
	if (err)
		luo_event(vfio_liveupdate_can_freeze, &record, vdev->pdev);
	else
		trace_vfio_liveupdate_can_freeze(&record, vdev->pdev);

	return err;
}

static int vfio_pci_liveupdate_freeze(struct liveupdate_file_op_args *args)
{
	struct vfio_pci_core_device *vdev = vfio_pci_liveupdate_vdev(args->file);
	enum vfio_liveupdate_freeze_reason reason;
	struct luo_journal_record record;
	u64 start = ktime_get_ns();
	int err;

	reason = vfio_pci_liveupdate_try_freeze(vdev, args->private_data, &err);
	vfio_pci_liveupdate_record_freeze(&record, VFIO_LIVEUPDATE_EVENT_FREEZE,
					  vdev->pdev, reason, err, start);
	luo_event(vfio_liveupdate_freeze, &record, vdev->pdev);

	return err;
}

static void vfio_pci_liveupdate_unfreeze(struct liveupdate_file_op_args *args)
{
	struct vfio_pci_core_device *vdev = vfio_pci_liveupdate_vdev(args->file);
	struct luo_journal_record record;
	u64 start = ktime_get_ns();

	scoped_guard(rwsem_write, &vdev->liveupdate_sem) {
		guard(mutex)(&vdev->vdev.dev_set->lock);
		vfio_pci_liveupdate_resume(vdev, args->private_data);
	}
	WRITE_ONCE(vdev->liveupdate_freezing, false);
	vfio_pci_liveupdate_record(&record, VFIO_LIVEUPDATE_EVENT_UNFREEZE,
				   vdev->pdev, 0, start);
	luo_event(vfio_liveupdate_unfreeze, &record, vdev->pdev);
}

/* The handover of a file, or NULL if it is unreadable. */
static struct vfio_pci_device_ser *vfio_pci_liveupdate_ser(u64 data)
{
	struct vfio_pci_device_ser *ser;

	if (kho_preserved_size(data) < sizeof(*ser))
		return NULL;

	ser = phys_to_virt(data);
	return ser->reserved ? NULL : ser;
}

static struct pci_dev *
vfio_pci_liveupdate_pdev(const struct vfio_pci_device_ser *ser)
{
	return pci_get_domain_bus_and_slot(ser->domain, PCI_BUS_NUM(ser->bdf),
					   ser->bdf & 0xff);
}

/* PCI identifies a device by its address; another one may be there by now. */
static bool vfio_pci_liveupdate_same(const struct vfio_pci_device_ser *ser,
				     struct pci_dev *pdev)
{
	return ser->vendor == pdev->vendor && ser->device == pdev->device &&
	       ser->subsystem_vendor == pdev->subsystem_vendor &&
	       ser->subsystem_device == pdev->subsystem_device;
}

/* Called with the device locked: its driver stays as it is. */
static enum vfio_liveupdate_retrieve_reason
vfio_pci_liveupdate_getfile(const struct vfio_pci_device_ser *ser,
			    struct pci_dev *pdev, struct file **filep, int *err)
{
	struct vfio_pci_core_device *vdev;
	struct file *file;

	*err = -ENODEV;
	if (!vfio_pci_liveupdate_same(ser, pdev))
		return VFIO_LIVEUPDATE_RETRIEVE_IDENTITY;
	if (!pdev->driver)
		return VFIO_LIVEUPDATE_RETRIEVE_UNBOUND;
	if (pdev->driver != &vfio_pci_driver)
		return VFIO_LIVEUPDATE_RETRIEVE_WRONG_DRIVER;
	if (!pci_liveupdate_is_incoming(pdev))
		return VFIO_LIVEUPDATE_RETRIEVE_NOT_INCOMING;

	vdev = dev_get_drvdata(&pdev->dev);
	file = vfio_liveupdate_getfile(&vdev->vdev);
	if (IS_ERR(file)) {
		*err = PTR_ERR(file);
		return VFIO_LIVEUPDATE_RETRIEVE_NO_FILE;
	}

	*err = pci_liveupdate_retrieve(pdev);
	if (*err) {
		fput(file);
		/* The thread that unbinds it waits for the device lock. */
		return *err == -EBUSY ? VFIO_LIVEUPDATE_RETRIEVE_HELD :
					VFIO_LIVEUPDATE_RETRIEVE_UNBOUND;
	}

	*filep = file;
	return VFIO_LIVEUPDATE_RETRIEVE_OK;
}

/* Begins the record of an event about a file; @ser is NULL if unreadable. */
static void vfio_pci_liveupdate_record_ser(struct luo_journal_record *record,
					   enum vfio_liveupdate_event event,
					   const struct vfio_pci_device_ser *ser,
					   u16 reason, int err)
{
	luo_record_init(record, event);
	if (ser)
		luo_record_set_bdf(record, ser->domain, ser->bdf);
	record->reason = reason;
	record->err = err;
}

static void vfio_pci_liveupdate_event_retrieve(const struct vfio_pci_device_ser *ser,
					       struct pci_dev *pdev,
					       enum vfio_liveupdate_retrieve_reason reason,
					       int err)
{
	struct luo_journal_record record;

	vfio_pci_liveupdate_record_ser(&record, VFIO_LIVEUPDATE_EVENT_RETRIEVE,
				       ser, reason, err);
	luo_event(vfio_liveupdate_retrieve, &record, pdev);
}

static int vfio_pci_liveupdate_retrieve(struct liveupdate_file_op_args *args)
{
	enum vfio_liveupdate_retrieve_reason reason;
	struct vfio_pci_device_ser *ser;
	struct pci_dev *pdev;
	int err = -ENODEV;

	ser = vfio_pci_liveupdate_ser(args->serialized_data);
	if (!ser) {
		vfio_pci_liveupdate_event_retrieve(NULL, NULL,
						   VFIO_LIVEUPDATE_RETRIEVE_BAD_DATA,
						   -EINVAL);
		return -EINVAL;
	}

	pdev = vfio_pci_liveupdate_pdev(ser);
	if (pdev) {
		device_lock(&pdev->dev);
		reason = vfio_pci_liveupdate_getfile(ser, pdev, &args->file,
						     &err);
		device_unlock(&pdev->dev);
	} else {
		reason = VFIO_LIVEUPDATE_RETRIEVE_ABSENT;
	}
	vfio_pci_liveupdate_event_retrieve(ser, pdev, reason, err);
	pci_dev_put(pdev);

	return err;
}

static bool vfio_pci_liveupdate_can_finish(struct liveupdate_file_op_args *args)
{
	enum vfio_liveupdate_finish_reason reason;
	struct luo_journal_record record;
	struct pci_dev *pdev = NULL;

	/* LUO does not retry a failed retrieval: there is nothing to wait for. */
	if (args->retrieve_status < 0)
		return true;

	if (!args->retrieve_status) {
		reason = VFIO_LIVEUPDATE_FINISH_NOT_RETRIEVED;
	} else if (!vfio_liveupdate_is_bound(args->file)) {
		reason = VFIO_LIVEUPDATE_FINISH_NOT_BOUND;
		pdev = vfio_pci_liveupdate_vdev(args->file)->pdev;
	} else {
		return true;
	}

	vfio_pci_liveupdate_record_ser(&record,
				       VFIO_LIVEUPDATE_EVENT_FINISH_REFUSED,
				       vfio_pci_liveupdate_ser(args->serialized_data),
				       reason, -EBUSY);
	luo_event(vfio_liveupdate_finish_refused, &record, pdev);

	return false;
}

/* The file was not retrieved: only @ser says which device it is of. */
static bool
vfio_pci_liveupdate_give_up(const struct vfio_pci_device_ser *ser)
{
	struct pci_dev *pdev = vfio_pci_liveupdate_pdev(ser);
	bool ours;

	if (!pdev)
		return pci_liveupdate_finish_absent(ser->domain, ser->bdf);

	ours = pci_liveupdate_finish(pdev, false);
	pci_dev_put(pdev);

	return ours;
}

static void vfio_pci_liveupdate_finish(struct liveupdate_file_op_args *args)
{
	struct vfio_pci_core_device *vdev;
	struct vfio_pci_device_ser *ser;
	bool ours = false;

	ser = vfio_pci_liveupdate_ser(args->serialized_data);
	if (args->retrieve_status > 0) {
		vdev = vfio_pci_liveupdate_vdev(args->file);
		ours = pci_liveupdate_finish(vdev->pdev, true);
	} else if (ser) {
		ours = vfio_pci_liveupdate_give_up(ser);
	}

	/* If no device was preserved for this file, its memory is not ours. */
	if (ser && ours)
		kho_restore_free(ser);
}

static const struct liveupdate_file_ops vfio_pci_liveupdate_file_ops = {
	.can_preserve = vfio_pci_liveupdate_can_preserve,
	.preserve = vfio_pci_liveupdate_preserve,
	.unpreserve = vfio_pci_liveupdate_unpreserve,
	.can_freeze = vfio_pci_liveupdate_can_freeze,
	.freeze = vfio_pci_liveupdate_freeze,
	.unfreeze = vfio_pci_liveupdate_unfreeze,
	.retrieve = vfio_pci_liveupdate_retrieve,
	.can_finish = vfio_pci_liveupdate_can_finish,
	.finish = vfio_pci_liveupdate_finish,
	.owner = THIS_MODULE,
};

static struct liveupdate_file_handler vfio_pci_liveupdate_fh = {
	.ops = &vfio_pci_liveupdate_file_ops,
	.compatible = VFIO_PCI_LUO_FH_COMPATIBLE,
};
MODULE_ALIAS_LIVEUPDATE(VFIO_PCI_LUO_FH_COMPATIBLE);

/**
 * vfio_pci_liveupdate_init - Register the file handler
 *
 * Context: Module init.
 * Return: 0, also when live update is off, or a negative errno.
 */
int __init vfio_pci_liveupdate_init(void)
{
	int err;

	if (!liveupdate_enabled())
		return 0;

	err = liveupdate_register_file_handler(&vfio_pci_liveupdate_fh);
	if (err)
		return err;

	err = pci_liveupdate_register_flb(&vfio_pci_liveupdate_fh);
	if (err)
		liveupdate_unregister_file_handler(&vfio_pci_liveupdate_fh);

	return err;
}

/**
 * vfio_pci_liveupdate_exit - Undo vfio_pci_liveupdate_init()
 *
 * Context: Module exit, or a failing module init.
 */
void vfio_pci_liveupdate_exit(void)
{
	/* Takes the FLB with it. */
	liveupdate_unregister_file_handler(&vfio_pci_liveupdate_fh);
}
