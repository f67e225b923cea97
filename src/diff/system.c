/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernel, host, module parameters and IOMMU units. */
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "diff/internal.h"

static const struct parameter *find_parameter(const struct host *host,
					      const struct parameter *wanted)
{
	for (size_t i = 0; i < host->n_parameters; i++) {
		const struct parameter *parameter = &host->parameters[i];

		if (strcmp(parameter->module, wanted->module) == 0 &&
		    strcmp(parameter->name, wanted->name) == 0)
			return parameter;
	}
	return NULL;
}

static void compare_parameters(struct diff *diff, const struct host *before,
			       const struct host *after)
{
	for (size_t i = 0; i < before->n_parameters; i++) {
		const struct parameter *one = &before->parameters[i];
		const struct parameter *two = find_parameter(after, one);
		_cleanup_free_ char *name = xasprintf("%s.%s", one->module, one->name);

		if (two)
			changed_known(diff, AREA_PARAMETER, name, "value", one->value, two->value);
		else
			removed(diff, AREA_PARAMETER, name, one->value);
	}
	for (size_t i = 0; i < after->n_parameters; i++) {
		const struct parameter *two = &after->parameters[i];
		_cleanup_free_ char *name = xasprintf("%s.%s", two->module, two->name);

		if (!find_parameter(before, two))
			appeared(diff, AREA_PARAMETER, name, two->value);
	}
}

static const struct iommu *find_iommu(const struct host *host, const char *name)
{
	for (size_t i = 0; i < host->n_iommus; i++) {
		if (strcmp(host->iommus[i].name, name) == 0)
			return &host->iommus[i];
	}
	return NULL;
}

static void compare_iommus(struct diff *diff, const struct host *before, const struct host *after)
{
	for (size_t i = 0; i < before->n_iommus; i++) {
		const struct iommu *one = &before->iommus[i];
		const struct iommu *two = find_iommu(after, one->name);

		if (!two) {
			removed(diff, AREA_IOMMU, one->name, iommu_kind_name(one->kind));
			continue;
		}
		compare_facts(diff, iommu_facts, one->name, one, two);
	}
	for (size_t i = 0; i < after->n_iommus; i++) {
		if (!find_iommu(before, after->iommus[i].name))
			appeared(diff, AREA_IOMMU, after->iommus[i].name,
				 iommu_kind_name(after->iommus[i].kind));
	}
}

void compare_system(struct diff *diff)
{
	const struct host *before = diff->before->host;
	const struct host *after = diff->after->host;

	compare_facts(diff, host_facts, NULL, before, after);
	compare_parameters(diff, before, after);
	compare_iommus(diff, before, after);
}
