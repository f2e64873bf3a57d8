/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A hotplug slot of the machine, through the registers of its port, beside the kernel's hotplug
 * driver. Needs vm/run --hotplug --devices hotplug.devices.
 */
#ifndef LU_SLOT_H
#define LU_SLOT_H

#include <stdbool.h>
#include <stdint.h>

#include "lu_lib.h"

/**
 * struct lu_slot - A root port and its device: see vm/hotplug.devices
 * @name: what the host calls the port; also the name of the session
 * @port: address of the port
 * @bdf: address of the device, there or not
 */
struct lu_slot {
	const char *name;
	const char *port;
	char bdf[LU_BDF_LEN];
};

/* Finds @slot->bdf; false where there is no such port. */
bool lu_slot_find(struct lu_slot *slot);

/* A register of the port's PCI Express capability. */
int lu_slot_read(const char *port, int reg, uint16_t *value);

/*
 * The host pushes the attention button of a slot when it plugs a device. If no driver has cleared
 * the event, the next kernel takes it for a request to remove the device.
 */
int lu_slot_acknowledge(const char *port);

/* Identity of the device in the slot now, which the kernel may not know; ~0: none. */
uint32_t lu_slot_identity(const struct lu_slot *slot);

/* No other part gives power to the slot. */
int lu_slot_power_on(const struct lu_slot *slot);

/*
 * Has the host take the device, an edu, out of its slot, which is without power after that. Returns
 * KSFT_PASS, or KSFT_FAIL after printing why.
 */
int lu_slot_pull(struct lu_slot *slot);

/*
 * The same, and the kernel's hotplug driver finds the slot empty. qemu pulls a device only from a
 * slot without power, which pciehp takes for a slot that it turned off itself: it gets the event
 * when the power is back.
 */
int lu_slot_pull_by_surprise(struct lu_slot *slot);

#endif /* LU_SLOT_H */
