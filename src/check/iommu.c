/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings about hosts whose kernel uses no IOMMU. */
#include "check/check.h"
#include "check/iommu.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/accident.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "base/text.h"
#include "model/cmdline.h"
#include "model/kernel.h"
#include "remedy/remedy.h"

static bool has_table(const struct host *host, const char *name)
{
	return host->iommu_table && strcmp(host->iommu_table, name) == 0;
}

/*
 * True on x86, and where the architecture is not known. Others do not know the options of
 * switched_off_by().
 */
static bool may_be_x86(const struct host *host)
{
	return !host->arch || text_starts(host->arch, "x86") || text_starts(host->arch, "i386") ||
	       text_starts(host->arch, "i686");
}

/*
 * The option that disables the IOMMU, or NULL. Free it. Options of another IOMMU than that of the
 * firmware's table have no effect, and where the tables were read and none describes an IOMMU,
 * there is nothing to disable.
 *
 * Kernel: drivers/iommu/intel/iommu.c, intel_iommu_setup(), where the last of on and off counts:
 *   5.10, 6.1, 6.12, 7.3.
 * Kernel: drivers/iommu/amd/init.c, parse_amd_iommu_options(), where nothing takes off back: 5.10,
 *   6.1, 6.12, 7.3.
 * Kernel: arch/x86/kernel/pci-dma.c, iommu_setup(): 6.12, 7.3.
 */
static char *off_word(const struct host *host, bool is_intel, bool is_amd)
{
	char *off = NULL;

	if (is_intel)
		off = cmdline_effective(host->cmdline, "intel_iommu", "off", "on");
	if (!off && is_amd)
		off = cmdline_effective(host->cmdline, "amd_iommu", "off", NULL);
	if (!off && (is_intel || is_amd))
		off = cmdline_effective(host->cmdline, "iommu", "off", NULL);
	return off;
}

static char *switched_off_by(const struct host *host)
{
	bool has_any = !host->iommu_table && host->iommu_tables_errno && may_be_x86(host);

	return off_word(host, has_any || has_table(host, "DMAR"),
			has_any || has_table(host, "IVRS"));
}

#define NO_GROUPS "no IOMMU groups: "

#define QEMU "qemu"

/** struct guest_of - fix for guests of a hypervisor, on x86. */
static const struct guest_of {
	const char *hypervisor;
	const char *name;
	const char *hint;
} guests[] = {
	{ "hyperv", "Hyper-V",
	  "assign the device elsewhere: Hyper-V gives its guests no IOMMU. Here only VFIO's no-IOMMU "
	  "mode is possible, which protects nothing and which virtual machines cannot use" },
	{ QEMU, "QEMU",
	  "add a virtual IOMMU to this virtual machine (QEMU: -machine q35,kernel-irqchip=split "
	  "-device intel-iommu,intremap=on,caching-mode=on; libvirt: <iommu model='intel'>)" },
	{ "vmware", "VMware",
	  "give this virtual machine an IOMMU (VM options, CPU, 'Expose IOMMU to the guest "
	  "operating system': vvtd.enable = \"TRUE\")" },
	{ "virtualbox", "VirtualBox",
	  "give this virtual machine an IOMMU (VirtualBox 7.0 and later: VBoxManage modifyvm --iommu)" },
	{ "amazon", "Amazon EC2",
	  "use a bare metal instance type (its name ends in .metal): the hypervisor of EC2 gives "
	  "no IOMMU to its guests. Here only VFIO's no-IOMMU mode is possible, which protects "
	  "nothing and which virtual machines cannot use" },
	{ "google", "Google Compute Engine",
	  "use a bare metal machine type, or another host: virtual machines of this cloud have no "
	  "IOMMU. Here only VFIO's no-IOMMU mode is possible, which protects nothing and which "
	  "virtual machines cannot use" },
	{ "xen", "Xen",
	  "assign the device in dom0, since nothing in this guest can add an IOMMU that VFIO can use: "
	  "make it assignable there with 'xl pci-assignable-add', and name it in the configuration of "
	  "the guest that is to have it (pci = [ … ])" },
};

static const struct guest_of *guest_of(const struct host *host)
{
	for (size_t i = 0; host->hypervisor && i < COUNT(guests); i++) {
		if (strcmp(guests[i].hypervisor, host->hypervisor) == 0)
			return &guests[i];
	}
	return NULL;
}

static bool is_arm(const struct host *host)
{
	return has_table(host, "IORT") || (host->arch && (text_starts(host->arch, "aarch64") ||
							  text_starts(host->arch, "arm")));
}

/*
 * The virtual IOMMUs of QEMU differ by architecture.
 *
 * QEMU: hw/i386/intel_iommu.c, vtd_properties[]; hw/arm/virt.c, virt_set_iommu(): 7.2, 10.0.
 * QEMU: hw/riscv/riscv-iommu-pci.c, riscv_iommu_pci_init(): in 10.0, not in 7.2.
 * libvirt: src/conf/domain_conf.c, virDomainIOMMUModel: 11.3.
 */
static const char *guest_hint(const struct host *host, const struct guest_of *guest)
{
	if (strcmp(guest->hypervisor, QEMU) != 0 || (may_be_x86(host) && !is_arm(host)))
		return guest->hint;
	if (is_arm(host))
		return "add a virtual IOMMU to this virtual machine (QEMU: -machine "
		       "virt,iommu=smmuv3; libvirt: <iommu model='smmuv3'/>)";
	if (text_starts(host->arch, "riscv"))
		return "add a virtual IOMMU to this virtual machine (QEMU 10.0: -device "
		       "riscv-iommu-pci)";
	return "add a virtual IOMMU to this virtual machine, if QEMU has one for its architecture";
}

#define SEE_FIRMWARE "check that the IOMMU is enabled in the firmware setup"

/* Words of intel_iommu= that neither switch it on nor off (intel_iommu_setup()). */
static bool is_other_word(const char *value)
{
	static const char *const words[] = { "igfx_off", "intgpu_off", "forcedac",
					     "strict",	 "sp_off",     "sm_on",
					     "sm_off",	 "nobounce",   "tboot_noforce" };

	for (size_t i = 0; value && i < COUNT(words); i++) {
		if (text_starts(value, words[i]))
			return true;
	}
	return false;
}

/*
 * The option is there, so that something else is the reason.
 *
 * Kernel: drivers/iommu/intel/iommu.c, intel_iommu_setup(), which logs it: 5.10, 6.1, 6.12, 7.3.
 * Kernel: drivers/iommu/intel/dmar.c, DMAR_REMAP_OPT_OUT: in 7.3, not in 6.12.
 */
static char *intel_on_hint(const struct host *host, const char *word)
{
	bool can_be_forced = !kernel_is_before(host, 6, 13);

	return xasprintf("the kernel was booted with %s already%s: " SEE_FIRMWARE
			 " (VT-d), and look in the kernel log for the reason: without 'DMAR: IOMMU "
			 "enabled' the kernel has no driver for it (CONFIG_INTEL_IOMMU)%s",
			 word, strstr(word, "intel_iommu") ? "" : " (read as intel_iommu=on)",
			 can_be_forced
				 ? ", and 'Firmware forces DMA remapping off' is a setting of the "
				   "firmware"
				 : "");
}

/*
 * Intel's is used by default only by kernels that were built so.
 *
 * Kernel: drivers/iommu/intel/Kconfig, INTEL_IOMMU_DEFAULT_ON: 5.10, 6.1, 6.12, 7.3.
 */
static char *intel_hint(const struct host *host)
{
	_cleanup_free_ char *on = cmdline_effective(host->cmdline, "intel_iommu", "on", "off");
	_cleanup_free_ char *word = cmdline_word(host->cmdline, "intel_iommu");
	_cleanup_free_ char *value = cmdline_value(host->cmdline, "intel_iommu");
	_cleanup_free_ char *odd = cmdline_misspelt(host->cmdline, "intel_iommu");
	_cleanup_free_ char *plain = cmdline_effective(host->cmdline, "iommu", "on", NULL);

	if (on)
		return intel_on_hint(host, on);
	if (is_other_word(value))
		return xasprintf("add on to the option, which %s alone does not switch on, and "
				 "reboot: intel_iommu=on,%s",
				 word, value);
	if (word)
		return xasprintf(
			"replace %s by intel_iommu=on on the kernel command line and reboot", word);
	if (odd || plain)
		return xasprintf(
			"replace %s, which the kernel does not know, by intel_iommu=on on the "
			"kernel command line and reboot",
			odd ? odd : plain);
	return xstrdup("add intel_iommu=on to the kernel command line and reboot");
}

/*
 * Kernel: drivers/iommu/amd/init.c, parse_amd_iommu_options(), which knows no on: 5.10, 6.1, 6.12,
 *   7.3.
 */
static char *amd_hint(const struct host *host)
{
	_cleanup_free_ char *word = cmdline_effective(host->cmdline, "amd_iommu", "on", NULL);

	return xasprintf(
		SEE_FIRMWARE " (AMD-Vi, IOMMU), and look in the kernel log for the reason%s%s%s",
		word ? "; " : "", word ? word : "",
		word ? " has no effect, since the kernel uses AMD's IOMMU by default" : "");
}

/* Fix where the kernel does not use the IOMMU that this firmware table describes. Free it. */
static char *table_hint(const struct host *host)
{
	const struct guest_of *guest = guest_of(host);

	if (strcmp(host->iommu_table, "DMAR") == 0)
		return intel_hint(host);
	if (strcmp(host->iommu_table, "IVRS") == 0)
		return amd_hint(host);
	if (strcmp(host->iommu_table, "RIMT") == 0)
		return xstrdup("look in the kernel log for the reason");
	if (strcmp(host->iommu_table, "IORT") == 0 && guest)
		return xstrdup(guest_hint(host, guest));
	if (strcmp(host->iommu_table, "IORT") == 0)
		return xstrdup("check whether the firmware setup disables the SMMU (Arm servers "
			       "without one have that table too), and look in the kernel log for "
			       "the reason");
	if (host_lacks_module(host, "virtio_iommu"))
		return xstrdup(GET_MODULES
			       "CONFIG_VIRTIO_IOMMU: this one has no module virtio_iommu");
	return xstrdup("load the module virtio_iommu");
}

/*
 * An Intel IOMMU that the command line does not switch on needs the option, and the kernel log has
 * no more to say about it.
 *
 * Kernel: drivers/iommu/intel/iommu.c, intel_iommu_setup(): 5.10, 6.1, 6.12, 7.3.
 */
static void add_table_commands(struct finding *finding, const struct host *host)
{
	const char *table = host->iommu_table;

	if (strcmp(table, "DMAR") == 0) {
		if (cmdline_has(host->cmdline, "intel_iommu", "on"))
			remedy_log(finding, "DMAR and IOMMU");
	} else if (strcmp(table, "IVRS") == 0) {
		remedy_log(finding, "AMD-Vi and IVRS");
	} else if (strcmp(table, "IORT") == 0) {
		remedy_log(finding, "smmu");
	} else if (strcmp(table, "RIMT") == 0) {
		remedy_log(finding, "iommu");
	} else if (!host_lacks_module(host, "virtio_iommu")) {
		remedy_modprobe(finding, "virtio_iommu");
	}
}

/*
 * The table of Arm also describes the parts that send interrupts, and is there without an SMMU.
 *
 * Kernel: drivers/acpi/arm64/iort.c, iort_init_platform_devices(): 5.10, 6.1, 6.12, 7.3.
 */
static void found_unused(struct checker *checker, const struct host *host)
{
	_cleanup_free_ char *hint = table_hint(host);
	bool is_iort = has_table(host, "IORT");

	add_table_commands(found(checker, SEVERITY_FAILURE, "host", hint,
				 NO_GROUPS "the firmware %s (%s), but %s",
				 is_iort ? "has the table in which an IOMMU would be described"
					 : "describes an IOMMU",
				 host->iommu_table,
				 host->n_iommus ? "the kernel does not use its units for DMA"
						: "the kernel has registered no unit"),
			   host);
}

/* Fix where the firmware describes none. Free it. */
static char *firmware_hint(const struct host *host)
{
	_cleanup_free_ char *word = cmdline_word(host->cmdline, "intel_iommu");
	_cleanup_free_ char *off = may_be_x86(host) ? off_word(host, true, true) : NULL;

	if (off)
		return xasprintf(
			"enable the IOMMU in the firmware setup (VT-d, AMD-Vi) and remove %s from "
			"the kernel command line; a virtual machine needs a virtual IOMMU",
			off);
	return xasprintf("enable the IOMMU in the firmware setup (VT-d, AMD-Vi, SMMU)%s%s%s; a "
			 "virtual machine needs a virtual IOMMU",
			 word ? "; " : "", word ? word : "",
			 word ? " on the kernel command line has no effect without that" : "");
}

/* The firmware describes none: the hypervisor has to, where there is one. */
static void found_none(struct checker *checker, const struct host *host)
{
	const struct guest_of *guest = guest_of(host);
	_cleanup_free_ char *hint = NULL;

	if (guest) {
		found(checker, SEVERITY_FAILURE, "host", guest_hint(host, guest),
		      NO_GROUPS "this is a guest of %s without a virtual IOMMU", guest->name);
		return;
	}
	hint = firmware_hint(host);
	found(checker, SEVERITY_FAILURE, "host", hint,
	      NO_GROUPS
	      "the firmware describes no IOMMU (no DMAR, IVRS, IORT, RIMT or VIOT table)");
}

char *iommu_fix_words(const struct host *host)
{
	_cleanup_free_ char *off = switched_off_by(host);
	const struct guest_of *guest = guest_of(host);

	if (off)
		return xasprintf("remove %s from the kernel command line and reboot", off);
	if (host->iommu_table)
		return table_hint(host);
	return guest ? xstrdup(guest_hint(host, guest)) : firmware_hint(host);
}

/* Xen hides the firmware's table from dom0 (it is called XMAR there) and assigns devices itself. */
static void found_xen(struct checker *checker)
{
	struct finding *finding =
		found(checker, SEVERITY_FAILURE, "host",
		      "assign devices with Xen: make each assignable with 'xl pci-assignable-add', "
		      "which takes it from its driver, and name it in the guest's configuration "
		      "(pci = [ … ]); VFIO needs this kernel to be booted without Xen",
		      NO_GROUPS "this is dom0 of Xen, which owns the IOMMU");

	finding_command(finding, "lists the devices that Xen can assign now",
			xstrdup("sudo xl pci-assignable-list"));
	finding_command(finding,
			"shows the log of Xen: look for VT-d, AMD-Vi and I/O virtualisation",
			xstrdup("sudo xl dmesg"));
}

static void run_no_iommu(const struct check_input *input, struct checker *checker)
{
	const struct host *host = input->host;
	_cleanup_free_ char *off = switched_off_by(host);

	if (host->n_groups)
		return;
	if (host->hypervisor && strcmp(host->hypervisor, "xen-dom0") == 0)
		found_xen(checker);
	else if (!host->has_sysfs)
		found(checker, SEVERITY_UNMEASURED, "host", NULL,
		      "sysfs is not available, so it is not known whether there is an IOMMU");
	else if (host->groups_errno == ENODATA)
		found(checker, SEVERITY_UNMEASURED, "host", NULL,
		      "the IOMMU groups are not in this tree, so it is not known whether there is "
		      "an IOMMU");
	else if (host->groups_errno && host->groups_errno != ENOENT)
		found(checker, SEVERITY_UNMEASURED, "host", NULL,
		      "cannot read the IOMMU groups: %s", error_text(host->groups_errno));
	else if (off)
		found(checker, SEVERITY_FAILURE, "host",
		      "remove the option from the kernel command line and reboot",
		      NO_GROUPS "the kernel was booted with %s", off);
	else if (host->iommu_table)
		found_unused(checker, host);
	else if (host->iommu_tables_errno && host->iommu_tables_errno != ENOENT)
		found(checker, SEVERITY_FAILURE, "host", NULL,
		      NO_GROUPS
		      "the kernel uses no IOMMU, and whether the firmware describes one is not "
		      "known: its tables were not read");
	else if (host->iommu_tables_errno)
		found(checker, SEVERITY_FAILURE, "host", NULL,
		      NO_GROUPS
		      "the kernel uses no IOMMU, and there are no ACPI tables that show whether "
		      "the machine has one");
	else
		found_none(checker, host);
}

static const struct check checks[] = {
	{ "no-iommu", "The host has no IOMMU groups",
	  "VFIO assigns devices by IOMMU group: without an IOMMU that the kernel uses there\n"
	  "is no group, and no safe pass-through. Reasons, in the order in which they are\n"
	  "checked: a kernel command line option disables the IOMMU; the firmware describes\n"
	  "one and the kernel does not use it (Intel's needs intel_iommu=on on many\n"
	  "distributions); the firmware describes none, because it is disabled in the\n"
	  "firmware setup or the machine has none.\n",
	  .run = run_no_iommu },
};

const struct check_family check_family_iommu = {
	.name = "IOMMU",
	.checks = checks,
	.n_checks = COUNT(checks),
};
