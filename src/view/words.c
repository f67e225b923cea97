/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/words.h"

#include <inttypes.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"

const char *words_or_unknown(const char *text)
{
	return text && *text ? text : "unknown";
}

const char *words_readiness(enum readiness readiness)
{
	static const char *const words[] = {
		[READINESS_NONE] = "nothing to assign",
		[READINESS_READY] = "ready",
		[READINESS_WARNINGS] = "usable, with warnings",
		[READINESS_NOT_READY] = "not ready",
		[READINESS_UNMEASURED] = "could not be measured",
		[READINESS_NOT_BOUND] = "ready, but not bound yet",
	};

	return words[readiness];
}

const char *words_state(enum device_state state)
{
	const char *name = state_name(state);

	return state == STATE_IN_USE ? "in use" : name ? name : "not judged";
}

static bool is_first_of_kind(const struct host *host, size_t index)
{
	for (size_t i = 0; i < index; i++) {
		if (host->iommus[i].kind == host->iommus[index].kind)
			return false;
	}
	return true;
}

char *words_iommu(const struct host *host)
{
	char *words = NULL;

	for (size_t i = 0; i < host->n_iommus; i++) {
		if (is_first_of_kind(host, i))
			xappend(&words, "%s%s", words ? ", " : "",
				iommu_kind_name(host->iommus[i].kind));
	}
	if (words)
		return words;
	/* Groups without a unit in /sys/class/iommu: older kernels, and noiommu mode. */
	if (host->n_groups)
		return xstrdup("of unknown kind");
	return xstrdup(host->has_sysfs && !host->groups_errno ? "none" : "not known");
}

static bool has_type1(const struct host *host)
{
	const struct module *module = host_module(host, "vfio_iommu_type1");

	return host->has_type1 || host->container.type1 || host->container.type1v2 ||
	       (module && module->builtin);
}

char *words_vfio(const struct host *host)
{
	const struct node *iommufd = host_node(host, "/dev/iommu");
	const struct module *module = host_module(host, "vfio");

	if (iommufd && !iommufd->error)
		return xstrdup(has_type1(host) ? "type1, iommufd" : "iommufd");
	if (has_type1(host))
		return xstrdup("type1");
	if (host->container.spapr_tce)
		return xstrdup("sPAPR TCE");
	if (host->has_container && !host_is_ppc64(host))
		return xstrdup("no IOMMU type");
	return xstrdup(module && !module->error && module->available && !module->loaded
			       ? "not loaded"
			       : "not known");
}

const enum device_state words_order[] = {
	STATE_ASSIGNED, STATE_READY,   STATE_BOUND,   STATE_AVAILABLE,
	STATE_IN_USE,	STATE_BLOCKED, STATE_UNKNOWN, STATE_NONE,
};

char *words_counts(const struct host *host)
{
	char *words = NULL;

	for (const enum device_state *state = words_order; *state; state++) {
		size_t count = host_count_state(host, *state);

		if (count)
			xappend(&words, "%s%zu %s", words ? ", " : "", count, words_state(*state));
	}
	return words ? words : xstrdup("no device to assign");
}

char *words_summary(const struct host *host, const char *between)
{
	_cleanup_free_ char *iommu = words_iommu(host);
	_cleanup_free_ char *vfio = words_vfio(host);
	_cleanup_free_ char *counts = words_counts(host);

	return xasprintf("IOMMU: %s %s VFIO: %s %s %s", iommu, between, vfio, between, counts);
}

const char *words_entries(const struct evidence *evidence)
{
	switch (evidence->entries) {
	case ENTRIES_ONE:
		return evidence->has_mappings ? "one for both pages, removed as a whole"
					      : "one entry for both pages";
	case ENTRIES_TWO:
		return evidence->has_mappings ? "one for each page" : "an entry for each page";
	case ENTRIES_UNKNOWN:
		return "not known";
	default:
		return NULL;
	}
}

char *words_entry_counts(const struct entry_sizes *sizes)
{
	char *words = NULL;
	char size[16];

	for (unsigned int i = ENTRY_SIZES; i-- > 0;) {
		if (sizes->count[i])
			xappend(&words, "%s%s x %" PRIu64, words ? ", " : "",
				text_size(size, sizeof(size), (UINT64_C(1) << i) - 1),
				sizes->count[i]);
	}
	if (sizes->n_other)
		xappend(&words, "%s%" PRIu64 " of other sizes", words ? ", " : "", sizes->n_other);
	return words ? words : xstrdup("none");
}

char *words_entry_sizes(const struct entry_sizes *sizes)
{
	_cleanup_free_ char *counts = NULL;

	if (!sizes->is_known)
		return xasprintf("not known: %s", words_or_unknown(sizes->reason));
	counts = words_entry_counts(sizes);
	return xasprintf("%s%s", counts, sizes->is_huge ? "" : " (the kernel gave no huge page)");
}

const char *words_splitting(const struct verdict *verdict)
{
	bool observed = verdict->confidence == CONFIDENCE_OBSERVED;

	if (verdict->is_of_mappings && verdict->splitting == ANSWER_NO)
		return "not supported (a mapping is removed as a whole)";

	switch (verdict->splitting) {
	case ANSWER_NO:
		return observed ? "not supported (fine-grained superpages are in use)"
				: "probably not supported (superpages of two pages are advertised)";
	case ANSWER_YES:
		return observed ? "supported (no fine-grained superpages)"
				: "probably supported (no superpages of two pages are advertised)";
	default:
		return "unknown";
	}
}
