/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

/** struct checker - the running check and the list that takes its findings. */
struct checker {
	const struct check *check;
	struct findings *findings;
};

/* One per line, so that two additions do not conflict. */
/* clang-format off */
const struct check_family *const check_families[] = {
	&check_family_iommu,
	&check_family_units,
	&check_family_interrupts,
	&check_family_vfio,
	&check_family_nodes,
	&check_family_groups,
	&check_family_regions,
	&check_family_ism,
	&check_family_inuse,
	&check_family_limits,
	&check_family_process,
	&check_family_outcome,
	&check_family_probes,
	&check_family_requirements,
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

void check_run(const struct check_family *family, const struct check_input *input,
	       struct findings *findings)
{
	for (size_t i = 0; i < family->n_checks; i++) {
		struct checker checker = { .check = &family->checks[i], .findings = findings };

		family->checks[i].run(input, &checker);
	}
}

__attribute__((format(printf, 5, 0))) static void add(struct checker *checker,
						      enum severity severity,
						      const struct finding *about, const char *hint,
						      const char *format, va_list ap)
{
	struct finding finding = {
		.id = checker->check->id,
		.severity = severity,
		.group = about->group,
		.subject = about->subject,
		.hint = xstrdup(hint),
	};

	if (vasprintf(&finding.message, format, ap) < 0)
		out_of_memory();
	findings_add(checker->findings, &finding);
}

void found(struct checker *checker, enum severity severity, const char *subject, const char *hint,
	   const char *format, ...)
{
	struct finding about = { .group = FINDING_HOST, .subject = xstrdup(subject) };
	va_list ap;

	va_start(ap, format);
	add(checker, severity, &about, hint, format, ap);
	va_end(ap);
}

void found_in_group(struct checker *checker, enum severity severity, const struct group *group,
		    const char *hint, const char *format, ...)
{
	struct finding about = { .group = group->id, .subject = xasprintf("group %u", group->id) };
	va_list ap;

	va_start(ap, format);
	add(checker, severity, &about, hint, format, ap);
	va_end(ap);
}
