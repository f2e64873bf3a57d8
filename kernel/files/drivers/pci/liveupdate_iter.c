// SPDX-License-Identifier: GPL-2.0
/*
 * The BPF iterator "pci_liveupdate", and what BPF programs may ask about one
 * device.
 *
 * There is a row for each device that is handed over, or was, or met the probe
 * gate; then one for each that was handed over and is not there.
 */
#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/btf_ids.h>
#include <linux/init.h>
#include <linux/liveupdate_iter.h>
#include <linux/pci.h>

#include "liveupdate_iter.h"

/**
 * struct pci_liveupdate_cursor - The place of a row
 * @dev:    The device of the last row; its reference is ours.
 * @key:    Place of the last device that is not there.
 * @absent: The devices that are there are through.
 */
struct pci_liveupdate_cursor {
	struct pci_dev *dev;
	u64 key;
	u64 absent;
};

static_assert(sizeof(struct pci_liveupdate_cursor) <=
	      LIVEUPDATE_ITER_CURSOR * sizeof(u64));

static bool pci_liveupdate_next_present(struct pci_liveupdate_cursor *cursor,
					struct pci_liveupdate_row *row)
{
	/*
	 * Puts the last device and gets the next. Where the last one was removed
	 * meanwhile, that is the first one again.
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

static bool pci_liveupdate_source_next(u64 *c, void *row)
{
	struct pci_liveupdate_cursor *cursor = (void *)c;

	if (!cursor->absent && pci_liveupdate_next_present(cursor, row))
		return true;
	cursor->absent = true;

	return pci_liveupdate_next_absent(cursor, row);
}

static void pci_liveupdate_source_end(u64 *c)
{
	pci_dev_put(((struct pci_liveupdate_cursor *)c)->dev);
}

static const struct liveupdate_iter_source pci_liveupdate_source = {
	.next = pci_liveupdate_source_next,
	.end = pci_liveupdate_source_end,
	.size = sizeof(struct pci_liveupdate_row),
};

DEFINE_LIVEUPDATE_ITER(pci_liveupdate);

/* The open-coded twin: the same rows, for bpf_for_each(pci_liveupdate, ...). */

DEFINE_LIVEUPDATE_ITER_TWIN(pci_liveupdate);

__bpf_kfunc_start_defs();

/**
 * bpf_iter_pci_liveupdate_new - Begin to go through the devices
 * @it: The iterator.
 *
 * Context: Process context, for programs that may sleep.
 * Return: 0, or -ENOMEM; then there are no rows.
 */
__bpf_kfunc int bpf_iter_pci_liveupdate_new(struct bpf_iter_pci_liveupdate *it)
{
	return liveupdate_iter_new((void *)it, &pci_liveupdate_source);
}

/**
 * bpf_iter_pci_liveupdate_next - Go on to the next device
 * @it: The iterator.
 *
 * Return: The row, until the next call; NULL behind the last one.
 */
__bpf_kfunc struct pci_liveupdate_row *
bpf_iter_pci_liveupdate_next(struct bpf_iter_pci_liveupdate *it)
{
	return liveupdate_iter_next((void *)it);
}

/**
 * bpf_iter_pci_liveupdate_destroy - End going through the devices
 * @it: The iterator.
 */
__bpf_kfunc void
bpf_iter_pci_liveupdate_destroy(struct bpf_iter_pci_liveupdate *it)
{
	liveupdate_iter_destroy((void *)it);
}

/**
 * bpf_pci_liveupdate_is_outgoing - Is a device handed over to the next kernel?
 * @dev: The device.
 *
 * Context: Any. The answer may be out of date as soon as it is given.
 * Return: true if @dev, or a device below it, is preserved.
 */
__bpf_kfunc bool bpf_pci_liveupdate_is_outgoing(struct pci_dev *dev)
{
	return pci_liveupdate_is_outgoing(dev);
}

/**
 * bpf_pci_liveupdate_is_incoming - Does a device wait to be finished?
 * @dev: The device.
 *
 * Context: Any. The answer may be out of date as soon as it is given.
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
 * Context: Any. The answer may be out of date as soon as it is given.
 * Return: true if @dev is incoming, and its file was retrieved.
 */
__bpf_kfunc bool bpf_pci_liveupdate_is_retrieved(struct pci_dev *dev)
{
	return READ_ONCE(dev->liveupdate.retrieved);
}

/**
 * bpf_pci_liveupdate_last_probe - The last decision that a device met at the gate
 * @dev:   The device.
 * @probe: Gets it.
 *
 * Context: Any; waits for nobody.
 * Return: 0; -ENODATA if no driver has asked for @dev since it is incoming, or it
 *         is finished; -EAGAIN if decisions are being made right now.
 */
__bpf_kfunc int
bpf_pci_liveupdate_last_probe(struct pci_dev *dev,
			      struct pci_liveupdate_probe *probe)
{
	return pci_liveupdate_last_probe(dev, probe);
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

	err = liveupdate_iter_register(pci_liveupdate);
	if (!err)
		err = register_btf_kfunc_id_set(BPF_PROG_TYPE_TRACING,
						&pci_liveupdate_kfunc_set);
	if (!err)
		err = register_btf_kfunc_id_set(BPF_PROG_TYPE_SYSCALL,
						&pci_liveupdate_kfunc_set);

	return err;
}
late_initcall(pci_liveupdate_bpf_init);
