/* SPDX-License-Identifier: GPL-2.0 */
/* PCI devices across a live update: what the files of this folder share. */
#ifndef _PCI_LIVEUPDATE_H
#define _PCI_LIVEUPDATE_H

#include <linux/kho/abi/pci.h>
#include <linux/kho_block.h>
#include <linux/liveupdate.h>
#include <linux/luo_journal.h>
#include <linux/pci.h>
#include <linux/pci_liveupdate.h>
#include <linux/rwsem.h>
#include <linux/swab.h>
#include <linux/xarray.h>

#include "../pci.h"

/**
 * struct pci_outgoing - The devices that this kernel hands over
 * @ser:     Header, in preserved memory.
 * @blocks:  The slots, in preserved memory.
 * @it:      Where the slots of the next block are taken from @blocks.
 * @devs:    Slots in use, by pci_liveupdate_key().
 * @free:    Stack of free slots, the last one at @nr_free - 1. It has a place for
 *           each slot of @blocks, so that a slot that gets free needs no memory.
 * @nr_free: Number of free slots.
 */
struct pci_outgoing {
	struct pci_ser *ser;
	struct kho_block_set blocks;
	struct kho_block_set_it it;
	struct xarray devs;
	struct xarray free;
	unsigned long nr_free;
};

/**
 * struct pci_incoming - The devices that the previous kernel handed over
 * @ser:    Header, in preserved memory.
 * @blocks: The slots, in preserved memory.
 * @devs:   Slots of devices that are not finished, by pci_liveupdate_key().
 */
struct pci_incoming {
	struct pci_ser *ser;
	struct kho_block_set blocks;
	struct xarray devs;
};

/*
 * The bus number comes last: below PCIe ports each device has a bus of its own,
 * and neighbours share an xarray node.
 */
static inline unsigned long pci_liveupdate_key(u32 domain, u16 bdf)
{
	return ((unsigned long)domain << 16) | swab16(bdf);
}

static inline unsigned long pci_liveupdate_dev_key(struct pci_dev *dev)
{
	return pci_liveupdate_key(pci_domain_nr(dev->bus), pci_dev_id(dev));
}

/* core.c */
extern struct rw_semaphore pci_liveupdate_rwsem;
extern struct liveupdate_flb pci_flb;

void pci_liveupdate_record_node(struct luo_journal_record *record, u16 event,
				struct pci_dev *node, const char *driver,
				u16 refcount);

/* outgoing.c */
extern bool pci_outgoing_seen;

struct pci_outgoing *pci_outgoing_alloc(void);
void pci_outgoing_free(struct pci_outgoing *out);
struct pci_dev_ser *pci_outgoing_get_slot(struct pci_outgoing *out, u32 domain,
					  u16 bdf, const char *driver);
u16 pci_outgoing_put_slot(struct pci_outgoing *out, struct pci_dev_ser *slot);

int pci_flb_preserve(struct liveupdate_flb_op_args *args);
void pci_flb_unpreserve(struct liveupdate_flb_op_args *args);

/* incoming.c */
extern struct pci_incoming *pci_incoming_list;
extern bool pci_incoming_seen;
extern bool pci_incoming_unreadable;

void pci_liveupdate_clear_incoming(struct pci_dev *dev);
int pci_flb_retrieve(struct liveupdate_flb_op_args *args);
void pci_flb_finish(struct liveupdate_flb_op_args *args);

/* gate.c */
void pci_liveupdate_clear_probe(struct pci_dev *dev);
int pci_liveupdate_last_probe(struct pci_dev *dev,
			      struct pci_liveupdate_probe *probe);

/* hold.c */
bool pci_liveupdate_loses_driver(struct pci_dev *dev);

#endif /* _PCI_LIVEUPDATE_H */
