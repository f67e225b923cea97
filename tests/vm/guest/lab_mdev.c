// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A parent of mediated devices that does nothing, for kernels from 6.1 on. /sys/devices/platform/lab makes
 * devices of the type platform-idle, as the kernel's own sample mtty does, and VFIO gives each a group
 * that no IOMMU is behind.
 */
#include <linux/mdev.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/version.h>
#include <linux/vfio.h>

struct idle {
	struct vfio_device vdev;
};

static int idle_init(struct vfio_device *vdev)
{
	return 0;
}

static void idle_release(struct vfio_device *vdev)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
	vfio_free_device(vdev);
#endif
}

static const struct vfio_device_ops idle_ops = {
	.name = "lab-idle",
	.init = idle_init,
	.release = idle_release,
};

static int idle_probe(struct mdev_device *mdev)
{
	struct idle *idle = vfio_alloc_device(idle, vdev, &mdev->dev, &idle_ops);
	int ret;

	if (IS_ERR(idle))
		return PTR_ERR(idle);
	ret = vfio_register_emulated_iommu_dev(&idle->vdev);
	if (ret) {
		vfio_put_device(&idle->vdev);
		return ret;
	}
	dev_set_drvdata(&mdev->dev, idle);
	return 0;
}

static void idle_remove(struct mdev_device *mdev)
{
	struct idle *idle = dev_get_drvdata(&mdev->dev);

	vfio_unregister_group_dev(&idle->vdev);
	vfio_put_device(&idle->vdev);
}

static struct mdev_driver idle_driver = {
	.device_api = VFIO_DEVICE_API_PCI_STRING,
	.max_instances = 8,
	.driver = {
		.name = "lab_idle",
		.owner = THIS_MODULE,
		.mod_name = KBUILD_MODNAME,
	},
	.probe = idle_probe,
	.remove = idle_remove,
};

static struct mdev_type idle_type = { .sysfs_name = "idle", .pretty_name = "does nothing" };
static struct mdev_type *idle_types[] = { &idle_type };
static struct mdev_parent idle_parent;
static struct platform_device *lab;

static int __init lab_init(void)
{
	int ret = mdev_register_driver(&idle_driver);

	if (ret)
		return ret;
	lab = platform_device_register_simple("lab", -1, NULL, 0);
	if (IS_ERR(lab)) {
		mdev_unregister_driver(&idle_driver);
		return PTR_ERR(lab);
	}
	ret = mdev_register_parent(&idle_parent, &lab->dev, &idle_driver, idle_types, 1);
	if (ret) {
		platform_device_unregister(lab);
		mdev_unregister_driver(&idle_driver);
	}
	return ret;
}

static void __exit lab_exit(void)
{
	mdev_unregister_parent(&idle_parent);
	platform_device_unregister(lab);
	mdev_unregister_driver(&idle_driver);
}

module_init(lab_init);
module_exit(lab_exit);
MODULE_DESCRIPTION("Mediated devices that do nothing");
MODULE_LICENSE("GPL");
