/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "remedy/remedy.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"

char *remedy_bind(const struct device *device)
{
	_cleanup_free_ char *unbind = NULL;

	/* Other buses have vfio drivers of their own. */
	if (!device->is_pci || !text_is_word(device->address) ||
	    (device->driver && !text_is_word(device->driver)))
		return NULL;
	if (device->driver)
		unbind = xasprintf("echo %s | sudo tee /sys/bus/pci/drivers/%s/unbind && ",
				   device->address, device->driver);
	return xasprintf(
		"%ssudo modprobe vfio-pci && echo vfio-pci | sudo tee "
		"/sys/bus/pci/devices/%s/driver_override && %secho %s | sudo tee "
		"/sys/bus/pci/drivers_probe",
		device->driver
			? "make sure that nothing uses the device, then bind it to vfio-pci: "
			: "",
		device->address, unbind ? unbind : "", device->address);
}
