/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check/property.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/count.h"
#include "base/text.h"
#include "model/kernel.h"

#define UNKNOWN "unknown"

static const char *const iommu_values[] = { "intel", "amd",  "smmu",  "zpci", "virtio",
					    "other", "none", UNKNOWN, NULL };

static const char *iommu_value(const struct check_input *input)
{
	static const char *const names[] = {
		[IOMMU_OTHER] = "other", [IOMMU_INTEL] = "intel", [IOMMU_AMD] = "amd",
		[IOMMU_SMMU] = "smmu",	 [IOMMU_ZPCI] = "zpci",	  [IOMMU_VIRTIO] = "virtio",
	};
	const struct host *host = input->host;

	if (!host->has_sysfs ||
	    (!host->n_groups && host->groups_errno && host->groups_errno != ENOENT))
		return UNKNOWN;
	/* VFIO creates groups for devices without an IOMMU, so not every group has one. */
	if (!host_has_iommu_group(host))
		return "none";
	if (!host->n_iommus && host->iommus_errno)
		return UNKNOWN;
	return host->n_iommus ? names[host->iommus[0].kind] : "other";
}

static const char *const interrupts_values[] = { "isolated", "not-isolated", UNKNOWN, NULL };

static const char *interrupts_value(const struct check_input *input)
{
	const char *chip = input->host->irq_chip;

	if (!chip || !strstr(chip, "IO-APIC"))
		return UNKNOWN;
	return text_starts(chip, "IR-") ? "isolated" : "not-isolated";
}

static const char *const on_values[] = { "on", "off", UNKNOWN, NULL };

static const char *parameter_value(const struct check_input *input, const char *module,
				   const char *name)
{
	if (host_parameter_is_on(input->host, module, name))
		return "on";
	return host_parameter(input->host, module, name) ? "off" : UNKNOWN;
}

static const char *unsafe_value(const struct check_input *input)
{
	return parameter_value(input, "vfio_iommu_type1", "allow_unsafe_interrupts");
}

static bool has_parameter(const struct host *host, const char *module, const char *name)
{
	for (size_t i = 0; i < host->n_parameters; i++) {
		if (strcmp(host->parameters[i].module, module) == 0 &&
		    strcmp(host->parameters[i].name, name) == 0)
			return true;
	}
	return false;
}

/* Without the parameter the kernel was built without the mode, or VFIO is not loaded. */
static const char *noiommu_value(const struct check_input *input)
{
	static const char name[] = "enable_unsafe_noiommu_mode";

	if (has_parameter(input->host, "vfio", name))
		return parameter_value(input, "vfio", name);
	return input->host->modules_errno ? UNKNOWN : "off";
}

static const char *const presence_values[] = { "present", "absent", UNKNOWN, NULL };

static const char *iommufd_value(const struct check_input *input)
{
	const struct node *node = host_node(input->host, "/dev/iommu");

	if (!node || (node->error && node->error != ENOENT))
		return UNKNOWN;
	return node->error ? "absent" : "present";
}

static const char *container_value(const struct check_input *input)
{
	if (!input->host->has_sysfs || input->host->container_errno)
		return UNKNOWN;
	return input->host->has_container ? "present" : "absent";
}

static const char *const kernel_test_values[] = { "zero", "allowed", "none", UNKNOWN, NULL };

static const char *kernel_test_value(const struct check_input *input)
{
	return kernel_rule_name(kernel_rule(input->host->release, input->host->build));
}

/* The one word that all live tests agree on; "mixed" if they differ. */
static const char *of_probes(const struct check_input *input,
			     const char *(*word)(const struct verdict *verdict))
{
	const char *common = NULL;

	for (size_t i = 0; i < input->n_probes; i++) {
		const char *here = word(&input->probes[i]->verdict);

		if (common && strcmp(common, here) != 0)
			return "mixed";
		common = here;
	}
	return common ? common : UNKNOWN;
}

static const char *const splitting_values[] = { "supported", "unsupported", "mixed", UNKNOWN,
						NULL };

static const char *splitting_word(const struct verdict *verdict)
{
	return splitting_name(verdict->splitting);
}

static const char *splitting_value(const struct check_input *input)
{
	return of_probes(input, splitting_word);
}

static const char *const confidence_values[] = { "observed", "inferred", "mixed", UNKNOWN, NULL };

static const char *confidence_word(const struct verdict *verdict)
{
	return verdict->confidence ? confidence_name(verdict->confidence) : UNKNOWN;
}

static const char *confidence_value(const struct check_input *input)
{
	return of_probes(input, confidence_word);
}

const struct property properties[] = {
	/* Kernel: drivers/iommu/iommu-sysfs.c, iommu_device_sysfs_add(): 5.10, 6.1, 6.12, 7.3. */
	{ "iommu", "Kind of IOMMU that the kernel uses", iommu_values, iommu_value },
	/*
	 * Kernel: arch/x86/kernel/apic/io_apic.c, ioapic_chip, ioapic_ir_chip: 5.10, 6.1, 6.12,
	 *   7.3.
	 */
	{ "interrupts", "Whether interrupt remapping isolates devices", interrupts_values,
	  interrupts_value },
	/*
	 * Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_iommu_type1_attach_group(),
	 *   allow_unsafe_interrupts: 5.10, 6.1, 6.12, 7.3.
	 */
	{ "unsafe-interrupts", "Whether VFIO allows devices without interrupt remapping", on_values,
	  unsafe_value },
	/*
	 * Kernel: drivers/vfio/vfio.c, enable_unsafe_noiommu_mode: 5.10.
	 * Kernel: drivers/vfio/container.c, enable_unsafe_noiommu_mode: 6.1.
	 * Kernel: drivers/vfio/vfio_main.c, enable_unsafe_noiommu_mode: 6.12, 7.3.
	 */
	{ "noiommu-mode", "Whether VFIO allows devices without an IOMMU", on_values,
	  noiommu_value },
	/*
	 * Kernel: drivers/vfio/vfio.c, vfio_dev: 5.10.
	 * Kernel: drivers/vfio/container.c, vfio_dev: 6.1, 6.12, 7.3.
	 * Kernel: drivers/iommu/iommufd/main.c, vfio_misc_dev: 6.12, 7.3.
	 */
	{ "container", "Whether /dev/vfio/vfio exists", presence_values, container_value },
	/* Kernel: drivers/iommu/iommufd/main.c, iommu_misc_dev: 6.12, 7.3. */
	{ "iommufd", "Whether /dev/iommu exists", presence_values, iommufd_value },
	/* Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_test_domain_fgsp(): 5.10, 6.1, 6.12. */
	{ "kernel-test", "Where the kernel runs its superpage self-test, by its version",
	  kernel_test_values, kernel_test_value },
	/* Kernel: none, docs/verdict.md says how the live test is judged. */
	{ "superpage-splitting", "Result of the live tests (--probe)", splitting_values,
	  splitting_value },
	/* Kernel: none, docs/verdict.md says how the live test is judged. */
	{ "confidence", "Confidence of the live tests (--probe)", confidence_values,
	  confidence_value },
	{ 0 },
};

const struct property *property_find(const char *name)
{
	for (const struct property *property = properties; property->name; property++) {
		if (strcmp(property->name, name) == 0)
			return property;
	}
	return NULL;
}

static void run_requirements(const struct check_input *input, struct checker *checker)
{
	for (size_t i = 0; i < input->n_requirements; i++) {
		const struct requirement *requirement = &input->requirements[i];
		const char *value = requirement->property->value(input);
		bool open = strcmp(value, UNKNOWN) == 0;

		if (strcmp(value, requirement->value) == 0)
			found(checker, SEVERITY_OK, "host", NULL, "%s is %s, as required",
			      requirement->property->name, value);
		else
			found(checker, open ? SEVERITY_UNMEASURED : SEVERITY_FAILURE, "host", NULL,
			      "%s is %s, but must be %s", requirement->property->name, value,
			      requirement->value);
	}
}

static const struct check checks[] = {
	/* Kernel: none, a wish of the caller. */
	{ "requirement", "A required property differs",
	  "--require PROPERTY=VALUE asks for more than readiness. If the property is not\n"
	  "known, the requirement is neither met nor failed.\n",
	  .run = run_requirements },
};

const struct check_family check_family_requirements = {
	.name = "requirements",
	.checks = checks,
	.n_checks = COUNT(checks),
};
