/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

/* One per line, so that two additions do not conflict. */
/* clang-format off */
const struct check_family *const check_families[] = {
	&check_family_iommu,
	&check_family_units,
	&check_family_superpages,
	&check_family_interrupts,
	&check_family_vfio,
	&check_family_nodes,
	&check_family_device,
	&check_family_groups,
	&check_family_drivers,
	&check_family_ungrouped,
	&check_family_regions,
	&check_family_ism,
	&check_family_inuse,
	&check_family_guest,
	&check_family_memlock,
	&check_family_guest_limits,
	&check_family_limits,
	&check_family_mapping,
	&check_family_process,
	&check_family_outcome,
	&check_family_probes,
	&check_family_requirements,
	&check_family_states,
	NULL,
};
/* clang-format on */

const struct check *check_find(const char *id)
{
	for (const struct check_family *const *family = check_families; *family; family++) {
		for (size_t i = 0; i < (*family)->n_checks; i++) {
			if (strcmp((*family)->checks[i].id, id) == 0)
				return &(*family)->checks[i];
		}
	}
	return NULL;
}

bool check_is_asked(const struct check_family *family, const struct check_input *input)
{
	return !family->is_asked || family->is_asked(input);
}

bool check_concerns_iommu(const struct check_input *input)
{
	if (!input->named)
		return host_has_iommu_group(input->host);
	for (size_t i = 0; i < input->n_groups; i++) {
		if (group_kind(input->groups[i]) == GROUP_IOMMU)
			return true;
	}
	return !input->n_groups && host_has_iommu_group(input->host);
}

bool check_has_group(const struct check_input *input, const struct group *group)
{
	for (size_t i = 0; group && i < input->n_groups; i++) {
		if (input->groups[i] == group)
			return true;
	}
	return false;
}

bool check_has_device(const struct check_input *input, const struct device *device)
{
	for (size_t i = 0; device && i < input->n_devices; i++) {
		if (input->devices[i] == device)
			return true;
	}
	return false;
}

void check_run(const struct check_family *family, const struct check_input *input,
	       struct findings *findings)
{
	if (!check_is_asked(family, input))
		return;
	for (size_t c = 0; c < family->n_checks; c++) {
		const struct check *check = &family->checks[c];
		struct checker checker = { .check = check, .input = input, .findings = findings };

		if (check->run)
			check->run(input, &checker);
		for (size_t i = 0; check->run_group && i < input->n_groups; i++)
			check->run_group(input->groups[i], &checker);
		for (size_t i = 0; check->run_probe && i < input->n_probes; i++)
			check->run_probe(input->probes[i], &checker);
	}
}

__attribute__((format(printf, 5, 0))) static struct finding *add(struct checker *checker,
								 enum severity severity,
								 const struct finding *about,
								 const char *hint,
								 const char *format, va_list ap)
{
	struct finding finding = {
		.id = checker->check->id,
		.title = checker->check->title,
		.severity = severity,
		.group = about->group,
		.subject = about->subject,
		.hint = xstrdup(hint),
	};

	if (vasprintf(&finding.message, format, ap) < 0)
		out_of_memory();
	findings_add(checker->findings, &finding);
	return &checker->findings->finding[checker->findings->count - 1];
}

struct finding *found(struct checker *checker, enum severity severity, const char *subject,
		      const char *hint, const char *format, ...)
{
	struct finding *finding;
	struct finding about = { .group = FINDING_HOST, .subject = xstrdup(subject) };
	va_list ap;

	va_start(ap, format);
	finding = add(checker, severity, &about, hint, format, ap);
	va_end(ap);
	return finding;
}

struct finding *found_in_group(struct checker *checker, enum severity severity,
			       const struct group *group, const char *hint, const char *format, ...)
{
	struct finding *finding;
	struct finding about = { .group = group->id, .subject = xasprintf("group %u", group->id) };
	va_list ap;

	va_start(ap, format);
	finding = add(checker, severity, &about, hint, format, ap);
	va_end(ap);
	return finding;
}

void found_of_all(struct finding *finding, const struct group *group)
{
	for (size_t i = 0; i < group->n_devices; i++)
		finding_device(finding, group->devices[i]->address);
}
