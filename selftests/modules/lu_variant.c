// SPDX-License-Identifier: GPL-2.0
/*
 * A vfio-pci variant driver without any code of its own, for any device whose driver_override
 * names it.
 */
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/vfio_pci_core.h>

static int lu_variant_open(struct vfio_device *core_vdev)
{
	struct vfio_pci_core_device *vdev =
		container_of(core_vdev, struct vfio_pci_core_device, vdev);
	int err = vfio_pci_core_enable(vdev);

	if (!err)
		vfio_pci_core_finish_enable(vdev);
	return err;
}

static const struct vfio_device_ops lu_variant_ops = {
	.name = "lu-variant",
	.init = vfio_pci_core_init_dev,
	.release = vfio_pci_core_release_dev,
	.open_device = lu_variant_open,
	.close_device = vfio_pci_core_close_device,
	.ioctl = vfio_pci_core_ioctl,
	.get_region_info_caps = vfio_pci_ioctl_get_region_info,
	.device_feature = vfio_pci_core_ioctl_feature,
	.read = vfio_pci_core_read,
	.write = vfio_pci_core_write,
	.mmap = vfio_pci_core_mmap,
	.request = vfio_pci_core_request,
	.match = vfio_pci_core_match,
	.bind_iommufd = vfio_iommufd_physical_bind,
	.unbind_iommufd = vfio_iommufd_physical_unbind,
	.attach_ioas = vfio_iommufd_physical_attach_ioas,
	.detach_ioas = vfio_iommufd_physical_detach_ioas,
};

static int lu_variant_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct vfio_pci_core_device *vdev;
	int err;

	vdev = vfio_alloc_device(vfio_pci_core_device, vdev, &pdev->dev, &lu_variant_ops);
	if (IS_ERR(vdev))
		return PTR_ERR(vdev);

	dev_set_drvdata(&pdev->dev, vdev);
	err = vfio_pci_core_register_device(vdev);
	if (err)
		vfio_put_device(&vdev->vdev);
	return err;
}

static void lu_variant_remove(struct pci_dev *pdev)
{
	struct vfio_pci_core_device *vdev = dev_get_drvdata(&pdev->dev);

	vfio_pci_core_unregister_device(vdev);
	vfio_put_device(&vdev->vdev);
}

static const struct pci_device_id lu_variant_ids[] = {
	{ PCI_DRIVER_OVERRIDE_DEVICE_VFIO(PCI_ANY_ID, PCI_ANY_ID) },
	{}
};

static struct pci_driver lu_variant_driver = {
	.name = "lu_variant",
	.id_table = lu_variant_ids,
	.probe = lu_variant_probe,
	.remove = lu_variant_remove,
	.driver_managed_dma = true,
};
module_pci_driver(lu_variant_driver);

MODULE_DESCRIPTION("A vfio-pci variant driver for tests");
MODULE_LICENSE("GPL");
