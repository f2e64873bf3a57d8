// SPDX-License-Identifier: GPL-2.0
/* A hotplug slot of the machine: see lu_slot.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lu_slot.h"

bool lu_slot_find(struct lu_slot *slot)
{
	char bus[16];

	if (lu_pci_attr_read(slot->port, "secondary_bus_number", bus,
			     sizeof(bus)))
		return false;
	snprintf(slot->bdf, sizeof(slot->bdf), "0000:%02x:00.0", atoi(bus));
	return true;
}

static int config_open(const char *bdf)
{
	char path[LU_PATH_LEN];
	int fd;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/config", bdf);
	fd = open(path, O_RDWR | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Offset of a register of the PCI Express capability. */
static int express_register(int fd, int reg)
{
	uint8_t at = 0, cap[2];
	int left = 48;

	if (pread(fd, &at, 1, PCI_CAPABILITY_LIST) != 1)
		return -EIO;
	for (; at && left; left--) {
		if (pread(fd, cap, sizeof(cap), at) != sizeof(cap))
			return -EIO;
		if (cap[0] == PCI_CAP_ID_EXP)
			return at + reg;
		at = cap[1];
	}
	return -ENOENT;
}

int lu_slot_read(const char *port, int reg, uint16_t *value)
{
	int fd = config_open(port), at, ret = 0;

	if (fd < 0)
		return fd;
	at = express_register(fd, reg);
	if (at < 0)
		ret = at;
	else if (pread(fd, value, sizeof(*value), at) != sizeof(*value))
		ret = -EIO;
	close(fd);
	return ret;
}

static int port_write(const char *port, int reg, uint16_t value)
{
	int fd = config_open(port), at, ret = 0;

	if (fd < 0)
		return fd;
	at = express_register(fd, reg);
	if (at < 0)
		ret = at;
	else if (pwrite(fd, &value, sizeof(value), at) != sizeof(value))
		ret = -EIO;
	close(fd);
	return ret;
}

static int slot_control(const char *port, uint16_t power, uint16_t indicator)
{
	uint16_t control;
	int ret = lu_slot_read(port, PCI_EXP_SLTCTL, &control);

	if (ret)
		return ret;
	control &= ~(PCI_EXP_SLTCTL_PCC | PCI_EXP_SLTCTL_PIC);
	return port_write(port, PCI_EXP_SLTCTL, control | power | indicator);
}

/* Are the slot's interrupts enabled, which tell pciehp about events? */
static int slot_interrupts(const char *port, bool on)
{
	uint16_t control;
	int ret = lu_slot_read(port, PCI_EXP_SLTCTL, &control);

	if (ret)
		return ret;
	control &= ~PCI_EXP_SLTCTL_HPIE;
	return port_write(port, PCI_EXP_SLTCTL,
			  control | (on ? PCI_EXP_SLTCTL_HPIE : 0));
}

int lu_slot_acknowledge(const char *port)
{
	uint16_t status;
	int ret = lu_slot_read(port, PCI_EXP_SLTSTA, &status);

	/* Writing 1 to a set bit clears it. */
	return ret ? ret : port_write(port, PCI_EXP_SLTSTA, status);
}

uint32_t lu_slot_identity(const struct lu_slot *slot)
{
	int fd = config_open(slot->bdf);
	uint32_t id = ~0u;

	if (fd >= 0) {
		if (pread(fd, &id, sizeof(id), PCI_VENDOR_ID) != sizeof(id))
			id = ~0u;
		close(fd);
	}
	return id;
}

static bool is_empty(void *arg)
{
	return lu_slot_identity(arg) == ~0u;
}

/* A slot that is powered off, with the light off, lets its device go. */
int lu_slot_pull(struct lu_slot *slot)
{
	lu_require(lu_slot_identity(slot) == 0x11e81234, "%s is no edu device", slot->bdf);
	lu_ok(slot_control(slot->port, PCI_EXP_SLTCTL_PWR_OFF, PCI_EXP_SLTCTL_PWR_IND_OFF));
	lu_require(lu_wait_until(is_empty, slot), "%s still answers", slot->bdf);
	return KSFT_PASS;
}

int lu_slot_power_on(const struct lu_slot *slot)
{
	return slot_control(slot->port, PCI_EXP_SLTCTL_PWR_ON, PCI_EXP_SLTCTL_PWR_IND_ON);
}

int lu_slot_pull_by_surprise(struct lu_slot *slot)
{
	lu_ok(slot_interrupts(slot->port, false));
	lu_require(lu_slot_pull(slot) == KSFT_PASS, "%s is not pulled", slot->bdf);
	lu_ok(lu_slot_power_on(slot));
	lu_ok(slot_interrupts(slot->port, true));
	return KSFT_PASS;
}
