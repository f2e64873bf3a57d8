// SPDX-License-Identifier: GPL-2.0
/*
 * The BPF iterator "pci_liveupdate", and kfuncs about one device.
 *
 * There is a row for each device that is handed over, or was, or met the probe
 * gate; then one for each device that was handed over and is absent. Rows are
 * copies: the iterator only trylocks pci_liveupdate_rwsem, holds it while it
 * copies one row, and marks the row busy if it cannot get the lock. A busy row
 * of an absent device has no address: it stands for the next ones of the list.
 */
#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/btf_ids.h>
#include <linux/cleanup.h>
#include <linux/init.h>
#include <linux/liveupdate_iter.h>
#include <linux/preempt.h>
#include <linux/string.h>

#include "liveupdate.h"

/**
 * struct pci_liveupdate_row - Live update state of a PCI device
 * @domain:            PCI domain (segment) number.
 * @bdf:               Bus, device and function number, as in pci_dev_id().
 * @bridge:            It is a bridge.
 * @absent:            The previous kernel preserved it, and there is no device.
 *                     If @busy as well, there may be such devices: nothing else
 *                     is known.
 * @outgoing:          This kernel hands it over.
 * @incoming:          The previous kernel did, and it is not finished.
 * @retrieved:         LUO holds a file of an incoming device.
 * @held:              LUO holds a file of it: the kernel refuses to unbind or
 *                     remove it. Not of a bridge: that can be unbound.
 * @busy:              The list was being changed: refcounts and drivers that are
 *                     missing are unknown, and the decision may be, too.
 * @outgoing_refcount: Preserved devices at or below it.
 * @incoming_refcount: Those that are not finished.
 * @outgoing_driver:   The driver that preserves it.
 * @incoming_driver:   The driver that preserved it in the previous kernel.
 * @probe:             The last decision of the probe gate; no driver if none.
 */
struct pci_liveupdate_row {
	u32 domain;
	u16 bdf;
	bool bridge;
	bool absent;
	bool outgoing;
	bool incoming;
	bool retrieved;
	bool held;
	bool busy;
	u16 outgoing_refcount;
	u16 incoming_refcount;
	char outgoing_driver[PCI_DEV_SER_DRIVER_LENGTH];
	char incoming_driver[PCI_DEV_SER_DRIVER_LENGTH];
	struct pci_liveupdate_probe probe;
};

/* What only the slots say. Preemption is off: a writer waits for one copy. */
static void pci_liveupdate_fill_slots(struct pci_dev *dev,
				      struct pci_liveupdate_row *row)
{
	struct pci_dev_ser *slot;

	guard(preempt)();
	if (!down_read_trylock(&pci_liveupdate_rwsem)) {
		row->busy = true;
		return;
	}
	slot = dev->liveupdate.outgoing;
	if (slot) {
		row->outgoing_refcount = slot->refcount;
		strscpy(row->outgoing_driver, slot->driver);
	}
	slot = pci_incoming_list ? xa_load(&pci_incoming_list->devs,
					   pci_liveupdate_dev_key(dev)) : NULL;
	if (slot) {
		row->incoming_refcount = slot->refcount;
		strscpy(row->incoming_driver, slot->driver);
	}
	up_read(&pci_liveupdate_rwsem);
}

/* Copies the state of @dev. Returns false if live update is not concerned. */
static bool pci_liveupdate_fill_row(struct pci_dev *dev,
				    struct pci_liveupdate_row *row)
{
	int err;

	memset(row, 0, sizeof(*row));
	row->outgoing = READ_ONCE(dev->liveupdate.outgoing);
	row->incoming = READ_ONCE(dev->liveupdate.incoming);
	row->retrieved = READ_ONCE(dev->liveupdate.retrieved);
	err = pci_liveupdate_last_probe(dev, &row->probe);
	if (err)
		memset(&row->probe, 0, sizeof(row->probe));
	row->busy = err == -EAGAIN;
	if (!row->outgoing && !row->incoming && err)
		return false;

	row->domain = pci_domain_nr(dev->bus);
	row->bdf = pci_dev_id(dev);
	row->bridge = pci_is_bridge(dev);
	pci_liveupdate_fill_slots(dev, row);
	/* As pci_liveupdate_held() sees it, from the same copies. */
	row->held = row->outgoing ? !row->bridge : row->retrieved;

	return true;
}

/*
 * Copies the next slot of the incoming list and moves @key past it. Returns
 * false after the last one. If the list is being changed, the row is busy, and
 * @key stays.
 */
static bool pci_liveupdate_next_slot(u64 *key, struct pci_liveupdate_row *row)
{
	struct pci_dev_ser *slot;
	unsigned long index = *key;

	memset(row, 0, sizeof(*row));
	guard(preempt)();
	if (!down_read_trylock(&pci_liveupdate_rwsem)) {
		row->busy = true;
		return true;
	}
	slot = pci_incoming_list ? xa_find(&pci_incoming_list->devs, &index,
					   ULONG_MAX, XA_PRESENT) : NULL;
	if (slot) {
		row->domain = slot->domain;
		row->bdf = slot->bdf;
		row->incoming = true;
		row->incoming_refcount = slot->refcount;
		strscpy(row->incoming_driver, slot->driver);
		*key = index + 1;
	}
	up_read(&pci_liveupdate_rwsem);

	return slot;
}

/**
 * struct pci_liveupdate_cursor - The place of a row
 * @dev:    The device of the last row; the cursor owns a reference.
 * @key:    Where the search for the next absent device begins.
 * @absent: All devices that are present had their row.
 * @busy:   The last row was busy and has no address.
 */
struct pci_liveupdate_cursor {
	struct pci_dev *dev;
	u64 key;
	bool absent;
	bool busy;
};

static bool pci_liveupdate_next_present(struct pci_liveupdate_cursor *cursor,
					struct pci_liveupdate_row *row)
{
	/*
	 * Puts the last device and gets the next. If the last one was removed
	 * meanwhile, the next one is the first device again.
	 */
	while ((cursor->dev = pci_get_device(PCI_ANY_ID, PCI_ANY_ID,
					     cursor->dev))) {
		if (pci_liveupdate_fill_row(cursor->dev, row))
			return true;
	}

	return false;
}

static bool pci_liveupdate_next_absent(struct pci_liveupdate_cursor *cursor,
				       struct pci_liveupdate_row *row)
{
	struct pci_dev *dev;

	while (pci_liveupdate_next_slot(&cursor->key, row)) {
		if (row->busy) {
			/* One such row says it: do not spin until it is free. */
			row->absent = !cursor->busy;
			cursor->busy = true;
			return row->absent;
		}
		cursor->busy = false;
		dev = pci_get_domain_bus_and_slot(row->domain,
						  PCI_BUS_NUM(row->bdf),
						  row->bdf & 0xff);
		pci_dev_put(dev);
		if (dev)
			continue;
		row->absent = true;
		return true;
	}

	return false;
}

static bool pci_liveupdate_next_row(void *c, void *row)
{
	struct pci_liveupdate_cursor *cursor = c;

	if (!cursor->absent && pci_liveupdate_next_present(cursor, row))
		return true;
	cursor->absent = true;

	return pci_liveupdate_next_absent(cursor, row);
}

static void pci_liveupdate_end_rows(void *c)
{
	struct pci_liveupdate_cursor *cursor = c;

	pci_dev_put(cursor->dev);
}

DEFINE_LIVEUPDATE_ITER(pci_liveupdate, struct pci_liveupdate_cursor,
		       pci_liveupdate_next_row, pci_liveupdate_end_rows);

__bpf_kfunc_start_defs();

/**
 * bpf_pci_liveupdate_is_outgoing - Does this kernel hand a device over?
 * @dev: The device.
 *
 * Context: Any. The answer may be out of date at once.
 * Return: true if @dev, or a device below it, is preserved.
 */
__bpf_kfunc bool bpf_pci_liveupdate_is_outgoing(struct pci_dev *dev)
{
	return READ_ONCE(dev->liveupdate.outgoing);
}

/**
 * bpf_pci_liveupdate_is_incoming - Is a device preserved and not finished?
 * @dev: The device.
 *
 * Context: Any. The answer may be out of date at once.
 * Return: true if the previous kernel preserved @dev and it is not finished.
 */
__bpf_kfunc bool bpf_pci_liveupdate_is_incoming(struct pci_dev *dev)
{
	return pci_liveupdate_is_incoming(dev);
}

/**
 * bpf_pci_liveupdate_is_retrieved - Does LUO hold a file of an incoming device?
 * @dev: The device.
 *
 * Context: Any. The answer may be out of date at once.
 * Return: true if @dev is incoming, and its file was retrieved.
 */
__bpf_kfunc bool bpf_pci_liveupdate_is_retrieved(struct pci_dev *dev)
{
	return READ_ONCE(dev->liveupdate.retrieved);
}

/**
 * bpf_pci_liveupdate_last_probe - Get the last decision of the gate about a device
 * @dev:       The device.
 * @probe:     Gets the decision, a struct pci_liveupdate_probe; zero if there is
 *             none.
 * @probe__sz: Size of @probe. If it is that of another kernel's struct, the part
 *             that both have is filled, and the rest is zero.
 *
 * Context: Any; never waits.
 * Return: 0; -ENODATA if no driver has asked for @dev since it became incoming,
 *         or it is finished; -EAGAIN if the gate is taking decisions right now.
 */
__bpf_kfunc int bpf_pci_liveupdate_last_probe(struct pci_dev *dev,
					      void *probe, u32 probe__sz)
{
	struct pci_liveupdate_probe last;
	int err = pci_liveupdate_last_probe(dev, &last);

	memset(probe, 0, probe__sz);
	if (!err)
		memcpy(probe, &last, min(probe__sz, sizeof(last)));

	return err;
}

__bpf_kfunc_end_defs();

BTF_KFUNCS_START(pci_liveupdate_kfuncs)
BTF_ID_FLAGS(func, bpf_iter_pci_liveupdate_new, KF_ITER_NEW | KF_SLEEPABLE)
BTF_ID_FLAGS(func, bpf_iter_pci_liveupdate_next,
	     KF_ITER_NEXT | KF_RET_NULL | KF_SLEEPABLE)
BTF_ID_FLAGS(func, bpf_iter_pci_liveupdate_destroy,
	     KF_ITER_DESTROY | KF_SLEEPABLE)
BTF_ID_FLAGS(func, bpf_pci_liveupdate_is_outgoing)
BTF_ID_FLAGS(func, bpf_pci_liveupdate_is_incoming)
BTF_ID_FLAGS(func, bpf_pci_liveupdate_is_retrieved)
BTF_ID_FLAGS(func, bpf_pci_liveupdate_last_probe)
BTF_KFUNCS_END(pci_liveupdate_kfuncs)

static const struct btf_kfunc_id_set pci_liveupdate_kfunc_set = {
	.owner	= THIS_MODULE,
	.set	= &pci_liveupdate_kfuncs,
};

static int __init pci_liveupdate_bpf_init(void)
{
	int err;

	pci_liveupdate_reg.ctx_arg_info[0].btf_id = pci_liveupdate_row_btf_id[0];
	err = bpf_iter_reg_target(&pci_liveupdate_reg);
	if (!err)
		err = register_btf_kfunc_id_set(BPF_PROG_TYPE_TRACING,
						&pci_liveupdate_kfunc_set);
	if (!err)
		err = register_btf_kfunc_id_set(BPF_PROG_TYPE_SYSCALL,
						&pci_liveupdate_kfunc_set);

	return err;
}
late_initcall(pci_liveupdate_bpf_init);

#ifdef CONFIG_PCI_LIVEUPDATE_KUNIT_TEST
#include "iter_kunit.c"
#endif
