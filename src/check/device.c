/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings about single devices: reasons why VFIO cannot use one that is bound, or bind it. */
#include "check/check.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "base/text.h"
#include "model/kernel.h"

/**
 * struct framebuffer - drivers for what the firmware shows on the screen.
 * Kernel: drivers/video/fbdev/efifb.c, efifb_probe(), fb_get_options();
 *   drivers/video/fbdev/vesafb.c, vesafb_probe(), fb_get_options(): 5.10, 6.1, 6.12, 7.3.
 * Kernel: drivers/firmware/sysfb.c, sysfb_init(); drivers/firmware/sysfb_simplefb.c,
 *   simplefb_resname: 6.1, 6.12, 7.3.
 * Kernel: arch/x86/kernel/sysfb.c, sysfb_init(); drivers/firmware/efi/efi-init.c,
 *   register_gop_device(): 5.10.
 *
 * @owner: of memory, in /proc/iomem
 * @driver: and device of the platform bus, without ".0"; NULL where a driver is not needed for it
 * @option: of the kernel, which keeps it away
 */
static const struct framebuffer {
	const char *owner;
	const char *driver;
	const char *option;
} framebuffers[] = {
	/* sysfb_init() makes the device; BOOTFB stays as long as it exists (sysfb_simplefb.c). */
	{ "BOOTFB", NULL, "initcall_blacklist=sysfb_init" },
	{ "simplefb", "simple-framebuffer", "initcall_blacklist=sysfb_init" },
	{ "simpledrm", "simple-framebuffer", "initcall_blacklist=sysfb_init" },
	{ "efidrm", "efi-framebuffer", "initcall_blacklist=sysfb_init" },
	{ "vesadrm", "vesa-framebuffer", "initcall_blacklist=sysfb_init" },
	/* vesafb goes on after video=vesafb:off: it ignores what fb_get_options() returns. */
	{ "vesafb", "vesa-framebuffer", "initcall_blacklist=sysfb_init" },
	/* On Arm sysfb_init() does not make its device in 5.10; the driver reads the option. */
	{ "efifb", "efi-framebuffer", "video=efifb:off" },
};

/* True if @word is one of the parts of @list, which @separators separate. */
static bool has_word(const char *list, const char *word, const char *separators)
{
	size_t len = strlen(word);

	for (; list && *list; list += strcspn(list, separators)) {
		list += strspn(list, separators);
		if (strcspn(list, separators) == len && strncmp(list, word, len) == 0)
			return true;
	}
	return false;
}

static bool is_bound_framebuffer(const struct host *host, const char *driver)
{
	for (size_t i = 0; driver && i < host->n_framebuffers; i++) {
		if (strcmp(host->framebuffers[i], driver) == 0)
			return true;
	}
	return false;
}

/* A framebuffer takes the options that keep all owners of @claim away. */
static char *claim_hint(const struct host *host, const char *claim)
{
	_cleanup_free_ char *options = NULL;
	bool is_bound = false, is_idle;

	for (size_t i = 0; i < COUNT(framebuffers); i++) {
		if (!has_word(claim, framebuffers[i].owner, ", "))
			continue;
		is_bound |= is_bound_framebuffer(host, framebuffers[i].driver);
		if (!has_word(options, framebuffers[i].option, " "))
			xappend(&options, "%s%s", options ? " " : "", framebuffers[i].option);
	}
	if (!options)
		return xasprintf("stop what claims the memory, then start the guest: %s", claim);
	is_idle = !strstr(options, "efifb") && has_word(host->cmdline, "video=efifb:off", " ");
	return xasprintf(
		"boot with %s (the screen stays blank until a graphics driver is loaded)"
		"%s%s",
		options,
		is_bound ? ", or unbind the framebuffer driver if that frees all of the BAR" : "",
		is_idle ? "; video=efifb:off, with which the kernel was booted, only "
			  "concerns efifb"
			: "");
}

/* Each driver once: the console on it goes blank, and does not come back by itself. */
static void add_unbind(const struct host *host, const char *claim, struct finding *finding)
{
	for (size_t i = 0; i < COUNT(framebuffers); i++) {
		const char *driver = framebuffers[i].driver;
		struct fix_command *command;

		if (!has_word(claim, framebuffers[i].owner, ", "))
			continue;
		finding_driver(finding, framebuffers[i].owner);
		if (!is_bound_framebuffer(host, driver))
			continue;
		command = finding_command(
			finding,
			"stops the driver of the firmware's framebuffer; a console on it goes blank",
			xasprintf("echo %s.0 | sudo tee /sys/bus/platform/drivers/%s/unbind",
				  driver, driver));
		if (command)
			command->is_repeatable = false;
	}
}

static void run_claimed(const struct group *group, struct checker *checker)
{
	const struct host *host = checker->input->host;

	for (size_t i = 0; i < group->n_devices; i++) {
		const struct device *device = group->devices[i];
		_cleanup_free_ char *hint = NULL;
		struct finding *finding;

		if (!device->bar_claim)
			continue;
		hint = claim_hint(host, device->bar_claim);
		finding = found_in_group(
			checker, SEVERITY_FAILURE, group, hint,
			"%s: %s cannot claim a BAR that is claimed by %s", device->address,
			device->driver ? device->driver : "the vfio driver", device->bar_claim);
		finding_device(finding, device->address);
		add_unbind(host, device->bar_claim, finding);
	}
}

static char *inaccessible_hint(const struct host *host, const struct device *device)
{
	const char *cycle = "power cycle the host (a reboot may not help)";

	if (!device_is_cold(device))
		return xasprintf("%s; if that does not help, reseat the card", cycle);
	if (host_parameter_is_on(host, "vfio_pci", "disable_idle_d3"))
		return xstrdup(cycle);
	return xasprintf("%s, then keep the device out of D3cold: boot with "
			 "vfio-pci.disable_idle_d3=1",
			 cycle);
}

static void run_inaccessible(const struct group *group, struct checker *checker)
{
	for (size_t i = 0; i < group->n_devices; i++) {
		const struct device *device = group->devices[i];
		bool is_cold = device_is_cold(device);
		_cleanup_free_ char *hint = NULL;
		struct finding *finding;

		if (device_is_bridge(device) || !device_is_inaccessible(device))
			continue;
		hint = inaccessible_hint(checker->input->host, device);
		finding = found_in_group(
			checker, SEVERITY_FAILURE, group, hint, "%s is inaccessible: %s%s%s",
			device->address,
			device->is_silent ? "its configuration space reads as all ones" : "",
			device->is_silent && is_cold ? ", and " : "",
			is_cold ? "it did not come back from D3cold" : "");
		finding_device(finding, device->address);
		if (is_cold && device->can_be_cold && text_is_word(device->address))
			finding_command(finding,
					"keeps the device out of D3cold until the next boot",
					xasprintf("echo 0 | sudo tee "
						  "/sys/bus/pci/devices/%s/d3cold_allowed",
						  device->address));
	}
}

/*
 * Kernel: drivers/vfio/pci/vfio_pci_core.c, vfio_pci_core_register_device(), pm_runtime_put(): 6.1,
 *   6.12, 7.3.
 * Kernel: drivers/vfio/pci/vfio_pci.c, vfio_pci_probe(), PCI_D3hot: 5.10.
 */
static void run_asleep(const struct group *group, struct checker *checker)
{
	bool leaves_cold = kernel_is_from(checker->input->host, 6, 1);

	for (size_t i = 0; i < group->n_devices; i++) {
		const struct device *device = group->devices[i];
		struct finding *finding;

		if (!device_is_vfio(device) || !device_is_cold(device) ||
		    device_is_inaccessible(device))
			continue;
		finding = found_in_group(
			checker, SEVERITY_NOTE, group, NULL,
			"%s is in D3cold, without power%s; it was not woken to see whether it comes "
			"back",
			device->address,
			leaves_cold ? ", as vfio-pci leaves a device that nothing uses" : "");
		finding_device(finding, device->address);
	}
}

static bool has_no_reset(const struct device *device)
{
	return device_is_vfio(device) && device->reset_methods && !*device->reset_methods &&
	       !device->is_silent;
}

static void run_no_reset(const struct group *group, struct checker *checker)
{
	_cleanup_free_ char *names = NULL;
	struct finding *finding;
	size_t count = 0;

	for (size_t i = 0; i < group->n_devices; i++) {
		if (!has_no_reset(group->devices[i]))
			continue;
		xappend(&names, "%s%s", names ? ", " : "", group->devices[i]->address);
		count++;
	}
	if (!names)
		return;
	finding = found_in_group(
		checker, SEVERITY_WARNING, group,
		"assign all functions of the card to one guest, which can then reset them together, "
		"and test that the guest can be started a second time",
		"%s cannot be reset by %s: it may work for one start of a guest only, and "
		"the host can hang when the guest ends",
		names, count == 1 ? "itself" : "themselves");
	for (size_t i = 0; i < group->n_devices; i++) {
		if (has_no_reset(group->devices[i]))
			finding_device(finding, group->devices[i]->address);
	}
}

bool device_override_failed(const struct device *device)
{
	/* No driver takes a device behind an endpoint: device-behind-endpoint says so. */
	return device->is_pci && !device->endpoint && !device->driver && device->driver_override &&
	       strstr(device->driver_override, "vfio");
}

/* True if it is known that the driver is not there to bind the device. */
static bool is_unloaded(const struct host *host, const char *driver)
{
	const struct module *module = strcmp(driver, "vfio-pci") == 0
					      ? host_module(host, "vfio_pci")
					      : NULL;

	return module && !module->error && !module->loaded && !module->builtin;
}

static void add_probe(struct finding *finding, const struct device *device, bool is_loaded)
{
	finding_device(finding, device->address);
	finding_driver(finding, device->driver_override);
	if (!text_is_word(device->address) || !text_is_word(device->driver_override))
		return;
	if (is_loaded) {
		finding_command(finding, "shows what the kernel logged about the device",
				xasprintf("sudo dmesg | grep -F %s", device->address));
		return;
	}
	finding_command(finding, "loads the driver",
			xasprintf("sudo modprobe %s", device->driver_override));
	finding_command(
		finding, "binds the device to the driver that driver_override names",
		xasprintf("echo %s | sudo tee /sys/bus/pci/drivers_probe", device->address));
}

static void run_override(const struct check_input *input, struct checker *checker)
{
	for (size_t i = 0; i < input->host->n_devices; i++) {
		const struct device *device = input->host->devices[i];
		_cleanup_free_ char *message = NULL;
		bool is_loaded;
		const char *hint;
		struct finding *finding;

		if (!device_override_failed(device))
			continue;
		is_loaded = !is_unloaded(input->host, device->driver_override);
		hint = is_loaded ? "look for the reason in the kernel log" : "load the module";
		message = xasprintf("%s has no driver, although driver_override is %s: %s",
				    device->address, device->driver_override,
				    is_loaded ? "the driver refused the device"
					      : "the module is not loaded");
		finding = check_has_group(input, device->group)
				  ? found_in_group(checker, SEVERITY_FAILURE, device->group, hint,
						   "%s", message)
				  : found(checker, SEVERITY_WARNING, "host", hint, "%s", message);
		add_probe(finding, device, is_loaded);
	}
}

static const struct check checks[] = {
	/*
	 * Kernel: drivers/pci/pci.c, pci_request_selected_regions(); kernel/resource.c,
	 *   __request_region(): 5.10, 6.1, 6.12, 7.3.
	 * Kernel: drivers/vfio/pci/vfio_pci_core.c, vfio_pci_core_mmap(), vfio_pci_vga_init();
	 *   drivers/vfio/pci/vfio_pci_rdwr.c, vfio_pci_bar_rw(); drivers/video/aperture.c,
	 *   aperture_remove_conflicting_pci_devices(), sysfb_disable(): 6.1, 6.12, 7.3.
	 * Kernel: drivers/vfio/pci/vfio_pci.c, vfio_pci_mmap(), vfio_pci_probe(): 5.10.
	 * QEMU: hw/vfio/pci.c, vfio_bar_register(): 7.2, 10.0.
	 */
	{ "bar-claimed", "The host has claimed a BAR of a bound device",
	  "A guest can use a BAR only if the vfio driver can claim all of it. Otherwise the\n"
	  "kernel log has \"BAR 0: can't reserve\", QEMU prints \"Failed to mmap\" and starts\n"
	  "anyway, and the device does not work. /proc/iomem shows the owner of the\n"
	  "memory. Mostly it is the framebuffer that the firmware set up: BOOTFB is its\n"
	  "memory, and simpledrm, simplefb, efifb or vesafb the driver that draws there.\n"
	  "video=efifb:off only concerns efifb, and vesafb ignores video=vesafb:off;\n"
	  "initcall_blacklist=sysfb_init concerns all of them on x86. Unbinding the driver\n"
	  "frees its own claim, but BOOTFB stays until its platform device is removed.\n"
	  "vfio-pci removes it when it is bound to the boot display (in 6.1 and later, not\n"
	  "in 5.10).\n",
	  .run_group = run_claimed },
	/*
	 * Kernel: drivers/pci/pci.c, pci_power_up(): 6.1, 6.12, 7.3.
	 * Kernel: drivers/pci/pci.c, pci_raw_set_power_state(); drivers/vfio/pci/vfio_pci.c,
	 *   vfio_pci_probe(), disable_idle_d3: 5.10.
	 * Kernel: drivers/vfio/pci/vfio_pci_core.c, vfio_pci_core_register_device(),
	 *   disable_idle_d3; drivers/pci/pci-sysfs.c, d3cold_allowed_store(): 6.1, 6.12, 7.3.
	 */
	{ "device-inaccessible", "A device does not answer",
	  "Configuration space of a device that is gone or has no power reads as all ones.\n"
	  "A device that does not come back from D3cold stays there: the kernel log says\n"
	  "that its power state cannot be changed (\"Unable to change power state from\n"
	  "D3cold to D0, device inaccessible\" in 6.1 and later). A power cycle is most\n"
	  "likely to help. vfio-pci suspends devices that nothing uses; its\n"
	  "parameter disable_idle_d3 prevents that, and d3cold_allowed keeps one device out\n"
	  "of D3cold.\n",
	  .run_group = run_inaccessible },
	/*
	 * Kernel: drivers/vfio/pci/vfio_pci_core.c, vfio_pci_core_register_device(),
	 *   pm_runtime_put(), vfio_pci_core_enable(), pm_runtime_resume_and_get();
	 *   drivers/pci/pci-driver.c, pci_pm_runtime_suspend(): 6.1, 6.12, 7.3.
	 * Kernel: drivers/vfio/pci/vfio_pci.c, vfio_pci_probe(), vfio_pci_set_power_state(): 5.10.
	 */
	{ "device-in-d3cold", "A device that is bound to a vfio driver sleeps without power",
	  "This is not a fault: vfio-pci (in 6.1 and later, not in 5.10, which stops at\n"
	  "D3hot) lets the kernel power off devices that nothing uses, and they are woken\n"
	  "when a guest starts. A few devices do not come\n"
	  "back; see device-inaccessible. Configuration space of a sleeping device is not\n"
	  "read here, since that would wake it.\n",
	  .run_group = run_asleep },
	/*
	 * The file came with e210d9fc0903, in pci-v5.15-changes.
	 * Kernel: drivers/pci/pci.c, pci_dev_reset_method_attr_is_visible(): 6.1, 6.12.
	 * Kernel: drivers/pci/pci-sysfs.c, reset_method_show(): 7.3.
	 * Kernel: drivers/vfio/pci/vfio_pci_core.c, vfio_pci_core_disable(),
	 *   vfio_pci_dev_set_try_reset(): 6.1, 6.12, 7.3.
	 * Kernel: drivers/vfio/pci/vfio_pci.c, vfio_pci_disable(), vfio_pci_try_bus_reset(): 5.10.
	 */
	{ "no-reset-method", "A device cannot be reset by itself",
	  "The kernel knows no way to reset this function alone (reset_method, from 5.15\n"
	  "on): its file is empty, or it has none while other devices have one. VFIO then\n"
	  "resets the bus with all functions of the card, if one guest has all of them, or\n"
	  "nothing. What is not reset keeps the state that the last guest left, and its DMA.\n",
	  .run_group = run_no_reset },
	/*
	 * Kernel: drivers/pci/pci-driver.c, pci_match_device(); drivers/base/dd.c,
	 *   really_probe(): 5.10, 6.1, 6.12, 7.3.
	 * Kernel: drivers/vfio/pci/vfio_pci_core.c, vfio_pci_core_register_device(): 6.1, 6.12,
	 *   7.3.
	 * Kernel: drivers/vfio/vfio_main.c, vfio_group_find_or_alloc(): 6.1.
	 * Kernel: drivers/vfio/group.c, vfio_group_find_or_alloc(): 6.12, 7.3.
	 * Kernel: drivers/vfio/pci/vfio_pci.c, vfio_pci_probe(): 5.10.
	 */
	{ "override-without-driver", "driver_override names a vfio driver, but no driver is bound",
	  "driver_override names the only driver that may bind the device. If it has no\n"
	  "driver, the module is not loaded, the device was not probed since, or the driver\n"
	  "refused it: the kernel log has the reason, such as \"failed with error -22\" where\n"
	  "the device has no IOMMU group or no ordinary header.\n",
	  .run = run_override },
};

const struct check_family check_family_device = {
	.name = "devices",
	.checks = checks,
	.n_checks = COUNT(checks),
};
