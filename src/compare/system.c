/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernel, host, module parameters and IOMMU units. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "compare/internal.h"

static struct words split(const char *line)
{
	struct words words = { 0 };
	char *copy = xstrdup(line);
	char *rest = copy;
	char *word;

	while ((word = strsep(&rest, " ")))
		if (*word)
			words_add(&words, xstrdup(word));
	free(copy);
	return words;
}

static void compare_cmdline(struct sides *sides, const struct host *before,
			    const struct host *after)
{
	struct words one, two;

	if (!before->cmdline || !after->cmdline) {
		changed_known(sides, AREA_KERNEL, "kernel", "command line", before->cmdline,
			      after->cmdline);
		return;
	}
	one = split(before->cmdline);
	two = split(after->cmdline);
	changed_words(sides, AREA_KERNEL, "kernel", "command line", &one, &two);
	words_clear(&one);
	words_clear(&two);
}

static void compare_page_size(struct sides *sides, const struct host *before,
			      const struct host *after)
{
	_cleanup_free_ char *one = xasprintf("%" PRIu64 " bytes", before->page_size);
	_cleanup_free_ char *two = xasprintf("%" PRIu64 " bytes", after->page_size);

	changed_known(sides, AREA_KERNEL, "kernel", "page size", before->page_size ? one : NULL,
		      after->page_size ? two : NULL);
}

static void compare_kernel(struct sides *sides, const struct host *before, const struct host *after)
{
	changed_known(sides, AREA_KERNEL, "kernel", "release", before->release, after->release);
	changed_known(sides, AREA_KERNEL, "kernel", "build", before->build, after->build);
	changed_known(sides, AREA_KERNEL, "kernel", "architecture", before->arch, after->arch);
	compare_page_size(sides, before, after);
	compare_cmdline(sides, before, after);
	changed_known(sides, AREA_KERNEL, "kernel", "lockdown", before->lockdown, after->lockdown);
}

static const char *yes_no(bool yes)
{
	return yes ? "yes" : "no";
}

/* ENOENT: there is no ACPI, and so no table. */
static bool tables_known(const struct host *host)
{
	return !host->iommu_tables_errno || host->iommu_tables_errno == ENOENT;
}

static void compare_host(struct sides *sides, const struct host *before, const struct host *after)
{
	changed_known(sides, AREA_HOST, "host", "name", before->name, after->name);
	changed(sides, AREA_HOST, "host", "machine", before->machine, after->machine);
	if (tables_known(before) && tables_known(after))
		changed(sides, AREA_HOST, "host", "firmware table of the IOMMU",
			before->iommu_table, after->iommu_table);
	else
		not_compared(sides, "host: firmware table of the IOMMU",
			     "could not be read on one side");
	changed(sides, AREA_HOST, "host", "/dev/vfio/vfio exists", yes_no(before->has_container),
		yes_no(after->has_container));
	changed(sides, AREA_HOST, "host", "vfio_iommu_type1 is loaded", yes_no(before->has_type1),
		yes_no(after->has_type1));
}

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

static void compare_parameters(struct sides *sides, const struct host *before,
			       const struct host *after)
{
	for (size_t i = 0; i < before->n_parameters; i++) {
		const struct parameter *one = &before->parameters[i];
		const struct parameter *two = find_parameter(after, one);
		_cleanup_free_ char *name = xasprintf("%s.%s", one->module, one->name);

		if (two)
			changed_known(sides, AREA_PARAMETER, name, "value", one->value, two->value);
		else
			removed(sides, AREA_PARAMETER, name, one->value);
	}
	for (size_t i = 0; i < after->n_parameters; i++) {
		const struct parameter *two = &after->parameters[i];
		_cleanup_free_ char *name = xasprintf("%s.%s", two->module, two->name);

		if (!find_parameter(before, two))
			appeared(sides, AREA_PARAMETER, name, two->value);
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

static void compare_iommus(struct sides *sides, const struct host *before, const struct host *after)
{
	for (size_t i = 0; i < before->n_iommus; i++) {
		const struct iommu *one = &before->iommus[i];
		const struct iommu *two = find_iommu(after, one->name);

		if (!two) {
			removed(sides, AREA_IOMMU, one->name, iommu_kind_name(one->kind));
			continue;
		}
		changed(sides, AREA_IOMMU, one->name, "kind", iommu_kind_name(one->kind),
			iommu_kind_name(two->kind));
		changed(sides, AREA_IOMMU, one->name, "version", one->version, two->version);
		changed(sides, AREA_IOMMU, one->name, "cap", one->cap, two->cap);
		changed(sides, AREA_IOMMU, one->name, "ecap", one->ecap, two->ecap);
		changed(sides, AREA_IOMMU, one->name, "features", one->features, two->features);
	}
	for (size_t i = 0; i < after->n_iommus; i++) {
		if (!find_iommu(before, after->iommus[i].name))
			appeared(sides, AREA_IOMMU, after->iommus[i].name,
				 iommu_kind_name(after->iommus[i].kind));
	}
}

void compare_system(struct sides *sides)
{
	const struct host *before = sides->before->host;
	const struct host *after = sides->after->host;

	compare_kernel(sides, before, after);
	compare_host(sides, before, after);
	compare_parameters(sides, before, after);
	compare_iommus(sides, before, after);
}
