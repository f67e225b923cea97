/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings about interrupts: whether a device can send others than its own. */
#include "check/check.h"

#include <stdbool.h>
#include <string.h>

#include "base/count.h"
#include "base/text.h"

enum isolation { ISOLATION_UNKNOWN, ISOLATION_NO, ISOLATION_YES };

/*
 * Only x86 is told by its I/O APIC. Other machines isolate messages in other ways, which nothing
 * in sysfs shows.
 */
static enum isolation isolation(const struct host *host)
{
	if (!host->irq_chip || !strstr(host->irq_chip, "IO-APIC"))
		return ISOLATION_UNKNOWN;
	return text_starts(host->irq_chip, "IR-") ? ISOLATION_YES : ISOLATION_NO;
}

static bool is_allowed(const struct host *host)
{
	return host_parameter_is_on(host, "vfio_iommu_type1", "allow_unsafe_interrupts");
}

static void run_isolated(const struct check_input *input, struct checker *checker)
{
	const struct host *host = input->host;

	if (!host->n_groups || isolation(host) == ISOLATION_UNKNOWN)
		return;
	if (isolation(host) == ISOLATION_YES)
		found(checker, SEVERITY_OK, "host", NULL,
		      "interrupts are remapped, by the name of the chip (%s)", host->irq_chip);
	else
		found(checker, is_allowed(host) ? SEVERITY_OK : SEVERITY_FAILURE, "host",
		      "enable interrupt remapping in the firmware's setup (x2APIC, IOMMU), and take "
		      "intremap=off off the kernel's command line; dmesg | grep -i remapping tells "
		      "what the kernel found",
		      "interrupts are not remapped, by the name of the chip (%s, not IR-%s): VFIO "
		      "refuses containers with EPERM unless unsafe interrupts are allowed",
		      host->irq_chip, host->irq_chip);
}

static void run_unsafe(const struct check_input *input, struct checker *checker)
{
	if (!is_allowed(input->host))
		return;
	found(checker, SEVERITY_WARNING, "host",
	      "echo N > /sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts, and take it "
	      "out of /etc/modprobe.d",
	      isolation(input->host) == ISOLATION_YES
		      ? "allow_unsafe_interrupts is set, and not needed: interrupts are remapped here"
		      : "allow_unsafe_interrupts is set: a device that was handed out can send "
			"interrupts of its choice to the host");
}

static const struct check checks[] = {
	{ "interrupts-not-isolated", "Interrupts are not remapped",
	  "A device sends an interrupt by writing to an address. Without interrupt remapping it\n"
	  "can write any interrupt message, and so disturb or attack the host, so VFIO refuses\n"
	  "such hosts (\"No interrupt remapping support\" in dmesg). Whether x86 remaps is told\n"
	  "by the name of the I/O APIC's chip in /sys/kernel/irq: the kernel puts IR- before it.\n"
	  "Other machines don't show it; there only a live test tells.\n",
	  run_isolated },
	{ "unsafe-interrupts", "Unsafe interrupts are allowed",
	  "The parameter allow_unsafe_interrupts of vfio_iommu_type1 lets VFIO hand out devices\n"
	  "though interrupts are not remapped. A guest can then send interrupts of its choice\n"
	  "to the host. Where the hardware can remap interrupts, enable that in the firmware\n"
	  "and clear the parameter.\n",
	  run_unsafe },
};

const struct check_family check_family_interrupts = {
	.name = "interrupts",
	.checks = checks,
	.n_checks = COUNT(checks),
};
