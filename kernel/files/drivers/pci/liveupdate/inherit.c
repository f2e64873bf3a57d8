// SPDX-License-Identifier: GPL-2.0
/*
 * Settings that are kept: ARI forwarding and ACS control in the next kernel, and
 * the bus mastering of bridges through the kexec.
 */

#include <linux/cleanup.h>
#include <trace/events/pci_liveupdate.h>

#include "liveupdate.h"

static void pci_liveupdate_record_setting(struct luo_journal_record *record,
					  u16 event, struct pci_dev *dev,
					  bool enabled)
{
	luo_record_init(record, event);
	luo_record_set_pci(record, dev);
	if (enabled)
		record->flags |= LUO_JOURNAL_YES;
}

/**
 * pci_liveupdate_inherit_ari - Take over a bridge's ARI forwarding as it is
 * @bridge: A bridge that supports ARI, while function 0 below it is set up.
 *
 * The addresses of the functions below depend on it.
 *
 * Context: Process context.
 * Return: true if @bridge is preserved: the caller leaves ARI alone.
 */
bool pci_liveupdate_inherit_ari(struct pci_dev *bridge)
{
	struct luo_journal_record record;
	u16 ctl;

	if (!pci_liveupdate_is_incoming(bridge))
		return false;

	pcie_capability_read_word(bridge, PCI_EXP_DEVCTL2, &ctl);
	bridge->ari_enabled = !!(ctl & PCI_EXP_DEVCTL2_ARI);
	pci_liveupdate_record_setting(&record, PCI_LIVEUPDATE_EVENT_ARI, bridge,
				      bridge->ari_enabled);
	luo_event(pci_liveupdate_ari, &record, bridge);

	return true;
}

/**
 * pci_liveupdate_inherit_acs - Take over a device's ACS control as it is
 * @dev: A device with the ACS capability that is being set up.
 *
 * IOMMU groups depend on it, and a preserved device must not change its group.
 *
 * Context: Process context.
 */
void pci_liveupdate_inherit_acs(struct pci_dev *dev)
{
	struct pci_liveupdate *state = &dev->liveupdate;
	struct luo_journal_record record;

	if (!pci_liveupdate_is_incoming(dev))
		return;

	pci_read_config_word(dev, dev->acs_cap + PCI_ACS_CTRL,
			     &state->acs_ctrl);
	state->acs_inherited = true;

	luo_record_init(&record, PCI_LIVEUPDATE_EVENT_ACS);
	luo_record_set_pci(&record, dev);
	record.number[0] = state->acs_ctrl;
	luo_event(pci_liveupdate_acs, &record, dev);
}

/**
 * pci_liveupdate_restore_acs - Restore the ACS control that a device came with
 * @dev: The device; it may have been reset.
 *
 * Also after the device is finished: its IOMMU group does not change then.
 *
 * Context: Process context.
 * Return: true if @dev inherited its ACS control: nothing else may set it.
 */
bool pci_liveupdate_restore_acs(struct pci_dev *dev)
{
	if (!dev->liveupdate.acs_inherited)
		return false;

	pci_write_config_word(dev, dev->acs_cap + PCI_ACS_CTRL,
			      dev->liveupdate.acs_ctrl);
	return true;
}

/**
 * pci_liveupdate_keep_bus_master - Does bus mastering of a device stay on?
 * @dev: A device that is being shut down for a kexec.
 *
 * Never for the preserved device itself: the IOMMU does not stay as it is, and
 * DMA that goes on may end anywhere in the memory of the next kernel.
 *
 * Context: Process context, may sleep; takes pci_liveupdate_rwsem.
 * Return: true if @dev is a bridge above a preserved device: the caller leaves
 *         its bus mastering alone.
 */
bool pci_liveupdate_keep_bus_master(struct pci_dev *dev)
{
	struct luo_journal_record record;
	u16 cmd;

	guard(rwsem_read)(&pci_liveupdate_rwsem);
	if (!dev->liveupdate.outgoing || !pci_is_bridge(dev))
		return false;

	pci_read_config_word(dev, PCI_COMMAND, &cmd);
	pci_liveupdate_record_setting(&record, PCI_LIVEUPDATE_EVENT_BUS_MASTER,
				      dev, cmd & PCI_COMMAND_MASTER);
	luo_event(pci_liveupdate_bus_master, &record, dev);

	return true;
}
