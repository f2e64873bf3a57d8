// SPDX-License-Identifier: GPL-2.0
/*
 * Holds the lock of the PCI device that the parameter "device" names, as a driver or a hotplug
 * operation that does not come to an end: until the module is unloaded, or for "ms" milliseconds.
 */
#include <linux/completion.h>
#include <linux/device.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/sched.h>

static char *device;
module_param(device, charp, 0444);
MODULE_PARM_DESC(device, "Address of the device");

static unsigned int ms;
module_param(ms, uint, 0444);
MODULE_PARM_DESC(ms, "How long to hold its lock; 0: until the module is unloaded");

static DECLARE_COMPLETION(taken);
static struct task_struct *holder;
static struct pci_dev *held;

static int lu_hold_device(void *data)
{
	unsigned long end;

	device_lock(&held->dev);
	end = jiffies + msecs_to_jiffies(ms);
	complete(&taken);
	while (!kthread_should_stop() && (!ms || time_before(jiffies, end)))
		schedule_timeout_interruptible(HZ / 20 + 1);
	device_unlock(&held->dev);
	while (!kthread_should_stop())
		schedule_timeout_interruptible(HZ);
	return 0;
}

static int __init lu_hold_init(void)
{
	unsigned int domain, bus, slot, function;

	if (!device || sscanf(device, "%x:%x:%x.%x", &domain, &bus, &slot, &function) != 4)
		return -EINVAL;
	held = pci_get_domain_bus_and_slot(domain, bus, PCI_DEVFN(slot, function));
	if (!held)
		return -ENODEV;
	holder = kthread_run(lu_hold_device, NULL, "lu_hold");
	if (IS_ERR(holder)) {
		pci_dev_put(held);
		return PTR_ERR(holder);
	}
	wait_for_completion(&taken);
	return 0;
}
module_init(lu_hold_init);

static void __exit lu_hold_exit(void)
{
	kthread_stop(holder);
	pci_dev_put(held);
}
module_exit(lu_hold_exit);

MODULE_DESCRIPTION("Holds the lock of a PCI device");
MODULE_LICENSE("GPL");
