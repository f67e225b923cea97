/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings about interrupts: a device without isolation can send any interrupt message. */
#include "check/check.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "base/text.h"
#include "model/cmdline.h"
#include "remedy/remedy.h"

enum remapping { REMAPPING_UNKNOWN, REMAPPING_OFF, REMAPPING_ON };

static enum remapping remapping(const struct host *host)
{
	if (!host->irq_chip || !strstr(host->irq_chip, "IO-APIC"))
		return REMAPPING_UNKNOWN;
	return host_lacks_remapping(host) ? REMAPPING_OFF : REMAPPING_ON;
}

static bool is_allowed(const struct host *host)
{
	return host_parameter_is_on(host, "vfio_iommu_type1", "allow_unsafe_interrupts");
}

static bool has_virtio_iommu(const struct host *host)
{
	for (size_t i = 0; i < host->n_iommus; i++) {
		if (host->iommus[i].kind == IOMMU_VIRTIO)
			return true;
	}
	return false;
}

/*
 * A virtio-iommu remaps no interrupts: the parameter is the only way there. Free it.
 *
 * Kernel: drivers/iommu/irq_remapping.c, setup_nointremap(), setup_irqremap(): 5.10, 6.1, 6.12,
 *   7.3.
 */
static char *remap_hint(const struct host *host)
{
	_cleanup_free_ char *word = cmdline_word(host->cmdline, "nointremap");
	_cleanup_free_ char *value = cmdline_effective(host->cmdline, "intremap", "off", "on");

	if (has_virtio_iommu(host))
		return xstrdup("use another virtual IOMMU (QEMU: intel-iommu with intremap=on), "
			       "or allow unsafe interrupts: an assigned device can "
			       "then send any interrupt to this machine, and so disturb or attack "
			       "it");
	if (word || value)
		return xasprintf("remove %s from the kernel command line and reboot",
				 word ? word : value);
	if (host->hypervisor && strcmp(host->hypervisor, "qemu") == 0)
		return xstrdup("give the virtual IOMMU interrupt remapping (QEMU: -machine "
			       "kernel-irqchip=split -device intel-iommu,intremap=on)");
	return xstrdup("enable interrupt remapping in the firmware setup (x2APIC, IOMMU), and look "
		       "in the kernel log for what it found");
}

/*
 * VFIO asks for remapping where it attaches a group to an IOMMU, and so not for mediated devices.
 *
 * Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_iommu_type1_attach_group(): 5.10, 6.1, 6.12, 7.3.
 */
static void run_isolated(const struct check_input *input, struct checker *checker)
{
	const struct host *host = input->host;
	_cleanup_free_ char *hint = NULL;
	struct finding *finding;

	if (!check_concerns_iommu(input) || remapping(host) == REMAPPING_UNKNOWN)
		return;
	if (remapping(host) == REMAPPING_ON) {
		found(checker, SEVERITY_OK, "host", NULL,
		      "interrupt remapping is on (the I/O APIC is %s)", host->irq_chip);
		return;
	}
	hint = remap_hint(host);
	finding = found(checker, is_allowed(host) ? SEVERITY_OK : SEVERITY_FAILURE, "host", hint,
			"interrupt remapping is off (the I/O APIC is %s, not IR-%s): VFIO refuses "
			"containers with EPERM unless unsafe interrupts are allowed",
			host->irq_chip, host->irq_chip);
	if (!has_virtio_iommu(host))
		remedy_log(finding, "remapping");
	else if (!is_allowed(host))
		remedy_parameter(finding, "allows devices to send any interrupt to this machine",
				 "vfio_iommu_type1", "allow_unsafe_interrupts", "Y");
}

/* An SMMU with an ITS isolates interrupts, but does not show it: not known is not a risk. */
static void run_unsafe(const struct check_input *input, struct checker *checker)
{
	static const char *const messages[] = {
		[REMAPPING_UNKNOWN] = "allow_unsafe_interrupts is set: VFIO assigns devices even "
				      "if they can send arbitrary interrupts to the host, and "
				      "whether they can is not known",
		[REMAPPING_OFF] = "allow_unsafe_interrupts is set: an assigned device can send "
				  "arbitrary interrupts to the host",
		[REMAPPING_ON] = "allow_unsafe_interrupts is set but not needed: interrupt "
				 "remapping is on",
	};
	enum remapping state = remapping(input->host);
	struct finding *finding;

	if (!is_allowed(input->host))
		return;
	finding = found(
		checker, SEVERITY_WARNING, "host",
		state != REMAPPING_ON
			? "clear the parameter when no guest needs it any more, and remove it "
			  "from /etc/modprobe.d"
			: "clear the parameter, and remove it from /etc/modprobe.d",
		"%s", messages[state]);
	/* Where interrupts are not remapped it would end pass-through altogether. */
	if (state == REMAPPING_ON)
		remedy_parameter(finding, "allows isolated interrupts only", "vfio_iommu_type1",
				 "allow_unsafe_interrupts", "N");
}

static const struct check checks[] = {
	/*
	 * Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_iommu_type1_attach_group(),
	 *   allow_unsafe_interrupts; arch/x86/kernel/apic/io_apic.c, ioapic_ir_chip: 5.10, 6.1,
	 *   6.12, 7.3.
	 * QEMU: hw/i386/x86-iommu.c, intremap; hw/i386/intel_iommu.c, vtd_decide_config(): 7.2,
	 *   10.0.
	 */
	{ "interrupts-not-isolated", "Interrupts are not remapped",
	  "A device sends an interrupt by writing to an address. Without interrupt\n"
	  "remapping it can write any interrupt message, and so disturb or attack the host.\n"
	  "VFIO refuses such hosts (\"No interrupt remapping support\" in dmesg). On x86 the\n"
	  "name of the I/O APIC chip in /sys/kernel/irq shows whether interrupts are\n"
	  "remapped: the kernel prefixes it with IR-. Other machines do not show it; there\n"
	  "only a live test tells.\n",
	  .run = run_isolated },
	/*
	 * iommufd has a parameter of the same name, which this one does not change.
	 * Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_iommu_type1_attach_group(),
	 *   allow_unsafe_interrupts: 5.10, 6.1, 6.12, 7.3.
	 * Kernel: drivers/iommu/iommufd/device.c, allow_unsafe_interrupts: 6.12, 7.3.
	 */
	{ "unsafe-interrupts", "Unsafe interrupts are allowed",
	  "The parameter allow_unsafe_interrupts of vfio_iommu_type1 lets VFIO assign\n"
	  "devices although interrupts are not remapped. A guest can then send arbitrary\n"
	  "interrupts to the host. Where they are remapped, the parameter changes nothing.\n"
	  "Where the hardware can remap interrupts, enable that in the firmware setup and\n"
	  "clear the parameter.\n",
	  .run = run_unsafe },
};

const struct check_family check_family_interrupts = {
	.name = "interrupts",
	.checks = checks,
	.n_checks = COUNT(checks),
};
