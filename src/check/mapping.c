/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Findings about a mapping that failed: the possible causes of an errno of VFIO_IOMMU_MAP_DMA.
 *
 * From vfio_dma_do_map() and what it calls in drivers/vfio/vfio_iommu_type1.c, and from
 * vfio_fops_unl_ioctl() for a container without an IOMMU; 5.10 to 7.3. A cause that the evidence
 * confirms is a failure, one that it contradicts is OK, and one that depends on the program is
 * unmeasured.
 */
#include "check/check.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "base/text.h"
#include "model/limits.h"
#include "guest/entry_limit.h"
#include "iova/query.h"
#include "iova/words.h"
#include "remedy/remedy.h"

/* The group of the mapping that failed with @error; NULL if it failed otherwise. */
static const struct group *failed_with(const struct check_input *input, int error)
{
	const struct query *query = input->query;

	return query->question.error == error ? query->space->group : NULL;
}

static bool wraps(const struct query *query)
{
	return query->usable == USABLE_NO && query->hit.kind == HIT_WRAP;
}

static void run_outside(const struct check_input *input, struct checker *checker)
{
	const struct group *group = failed_with(input, EINVAL);
	const struct query *query = input->query;
	_cleanup_free_ char *words = NULL;

	/* A range that wraps does not exist. */
	if (!group || wraps(query))
		return;
	if (query->usable == USABLE_NO && query->hit.kind != HIT_NOT_ALIGNED) {
		words = words_of_hit(query->space, &query->hit);
		found_in_group(checker, SEVERITY_FAILURE, group,
			       "use allowed addresses (see 'nearest'), and let the program read "
			       "them from VFIO_IOMMU_GET_INFO",
			       "the addresses are not allowed: %s", words);
	} else if (query->space->known_by) {
		found_in_group(checker, SEVERITY_OK, group, NULL,
			       "the whole range lies in one allowed range%s",
			       query->space->known_by == SPACE_REGISTERS
				       ? ", by the unit's registers"
				       : "");
	} else {
		found_in_group(checker, SEVERITY_UNMEASURED, group,
			       "add --probe, which reads the allowed ranges",
			       "the addresses may not be allowed: no reserved region overlaps, but "
			       "the allowed ranges are not known");
	}
}

static void run_not_aligned(const struct check_input *input, struct checker *checker)
{
	const struct group *group = failed_with(input, EINVAL);
	const struct question *question = &input->query->question;
	uint64_t page = space_smallest_page(input->query->space);
	char text[16];

	if (!group)
		return;
	if (!page)
		found_in_group(checker, SEVERITY_UNMEASURED, group, NULL,
			       "the address or the size may not be a multiple of the smallest "
			       "page, which is not known");
	else if ((question->address | question->size) & (page - 1))
		found_in_group(checker, SEVERITY_FAILURE, group,
			       "round the address and the size to whole pages",
			       "the %s is not a multiple of %s, the smallest page",
			       question->address & (page - 1) ? "address" : "size",
			       words_of_bytes(text, sizeof(text), page));
	else
		found_in_group(checker, SEVERITY_OK, group, NULL,
			       "address and size are multiples of %s, the smallest page",
			       words_of_bytes(text, sizeof(text), page));
}

static void run_wraps(const struct check_input *input, struct checker *checker)
{
	bool is_old = failed_with(input, EINVAL) != NULL;
	const struct group *group = failed_with(input, is_old ? EINVAL : EOVERFLOW);

	if (!group)
		return;
	if (wraps(input->query))
		found_in_group(
			checker, SEVERITY_FAILURE, group,
			"correct the address or the size; check for a negative number or a "
			"sum that overflowed",
			"the range extends beyond the end of the 64-bit space; kernels %s "
			"fail with %s, %s with %s",
			is_old ? "up to 6.12" : "after 6.12", is_old ? "EINVAL" : "EOVERFLOW",
			is_old ? "later ones" : "earlier ones", is_old ? "EOVERFLOW" : "EINVAL");
	else
		found_in_group(checker, SEVERITY_OK, group, NULL, "the range ends at 0x%" PRIx64,
			       input->query->range.end);
}

/* Causes that nothing outside of the program shows. */
static const struct {
	const char *id;
	int error;
	const char *hint;
	const char *message;
} open_causes[] = {
	{ "map-without-iommu", EINVAL, "attach a group and call VFIO_SET_IOMMU first",
	  "the container may have no IOMMU yet: not visible from outside the program; before "
	  "VFIO_SET_IOMMU every MAP_DMA fails with EINVAL, whatever the address" },
	{ "map-buffer-not-aligned", EINVAL, "allocate the buffer with mmap() or posix_memalign()",
	  "the address of the buffer (vaddr) may not be a multiple of the page size: depends on "
	  "the program; malloc() returns such addresses" },
	{ "map-bad-argument", EINVAL, NULL,
	  "argsz or flags may be wrong: depends on the program; at least one of READ and WRITE must "
	  "be set, argsz must cover the structure, and this kernel must know all flags" },
	{ "map-overlaps", EEXIST,
	  "unmap it first, or use separate addresses for the memory of each device",
	  "part of the range is already mapped in the same container; its maps are not visible from "
	  "outside the program, and all devices of a container share them" },
	{ "map-no-memory", ENOMEM, NULL,
	  "the kernel may have had no memory for page tables or lists; in this case its log shows "
	  "failed allocations" },
	{ "map-no-buffer", EFAULT, NULL,
	  "the buffer (vaddr) may not be memory that can be pinned: depends on the program; part of "
	  "the buffer is not mapped, it is not writable, or it is device memory" },
	{ "map-buffer-wraps", EOVERFLOW, NULL,
	  "the buffer (vaddr and size) may extend beyond the address space: depends on the program" },
};

static void run_open(const struct check_input *input, struct checker *checker)
{
	for (size_t i = 0; i < COUNT(open_causes); i++) {
		const struct group *group = failed_with(input, open_causes[i].error);

		if (group && strcmp(open_causes[i].id, checker->check->id) == 0)
			found_in_group(checker, SEVERITY_UNMEASURED, group, open_causes[i].hint,
				       "%s", open_causes[i].message);
	}
}

static void run_entry_limit(const struct check_input *input, struct checker *checker)
{
	static const char hint[] =
		"map larger pieces, or raise dma_entry_limit before the container is opened";
	const struct group *group = failed_with(input, ENOSPC);
	struct entry_limit limit = entry_limit_of(input->host, input->query->space, 1);
	const char *known_by = limit.known ? limit.known_by : "by default, cannot be read";
	uint64_t size = input->query->question.size, all;
	_cleanup_free_ char *more = NULL;
	struct finding *finding;
	char one[16], many[32];

	if (!group)
		return;
	if (!limit.maps)
		finding = found_in_group(checker, SEVERITY_FAILURE, group, hint,
					 "the container holds no map: the limit is 0 (%s)",
					 known_by);
	else if (__builtin_mul_overflow(limit.maps, size, &all))
		finding = found_in_group(checker, SEVERITY_UNMEASURED, group, hint,
					 "the container may be full: the limit is %" PRIu64
					 " (%s); the number of maps of the program is not visible",
					 limit.maps, known_by);
	else
		finding = found_in_group(checker, SEVERITY_UNMEASURED, group, hint,
					 "the container may be full: the limit is %" PRIu64
					 " (%s), and in pieces of %s at most %s can be mapped",
					 limit.maps, known_by,
					 words_of_bytes(one, sizeof(one), size),
					 words_of_exact_bytes(many, sizeof(many), all));
	if (limit.maps <= UINT64_MAX / 2)
		more = xasprintf("%" PRIu64, limit.maps ? limit.maps * 2 : ENTRY_LIMIT_DEFAULT);
	if (more)
		remedy_parameter(finding,
				 "sets the limit of containers that are opened from now on",
				 "vfio_iommu_type1", "dma_entry_limit", more);
}

static void run_memlock(const struct check_input *input, struct checker *checker)
{
	static const char hint[] =
		"raise the limit; in this case the kernel log says 'RLIMIT_MEMLOCK (…) exceeded'";
	const struct group *group = failed_with(input, ENOMEM);
	const struct memlock *memlock = input->memlock;
	uint64_t needed = input->query->question.size;
	char limit[16], size[16];

	if (!group)
		return;
	if (memlock->error)
		found_in_group(checker, SEVERITY_UNMEASURED, group, hint,
			       "%s may not lock that much memory: its limit is not known",
			       memlock->whom);
	else if (memlock->bypass || memlock->unlimited)
		found_in_group(checker, SEVERITY_OK, group, NULL, "%s %s", memlock->whom,
			       memlock->bypass ? "may lock any amount (CAP_IPC_LOCK)"
					       : "has no limit of locked memory");
	else
		found_in_group(
			checker, memlock->bytes < needed ? SEVERITY_FAILURE : SEVERITY_UNMEASURED,
			group, hint, "%s may lock %s, and this map alone needs %s%s", memlock->whom,
			words_of_bytes(limit, sizeof(limit), memlock->bytes),
			words_of_bytes(size, sizeof(size), needed),
			memlock->bytes < needed ? "" : "; all other maps of the process count too");
}

static void run_outside_width(const struct check_input *input, struct checker *checker)
{
	const struct group *group = failed_with(input, EFAULT);
	const char *release = input->host->release;
	unsigned int major = 0, minor = 0;
	bool old = release && sscanf(release, "%u.%u", &major, &minor) == 2 &&
		   (major < 5 || (major == 5 && minor < 4));

	if (!group)
		return;
	if (old)
		found_in_group(
			checker,
			input->query->usable == USABLE_NO ? SEVERITY_FAILURE : SEVERITY_UNMEASURED,
			group, "use lower addresses",
			"the address %s more bits than the IOMMU: before 5.4 the kernel does "
			"not check the ranges, and the error is the IOMMU driver's",
			input->query->usable == USABLE_NO ? "has" : "may have");
	else
		found_in_group(checker, SEVERITY_OK, group, NULL,
			       "not the width of the address: kernels from 5.4 on check the ranges "
			       "first, and fail with EINVAL");
}

static const struct check checks[] = {
	{ "map-outside-ranges", "The addresses of a mapping are not allowed",
	  "The kernel maps only addresses that the IOMMU translates and that no region\n"
	  "reserves, and one mapping must lie in one allowed range. MAP_DMA fails with\n"
	  "EINVAL. 'vfiodiag iova' lists the ranges and suggests addresses.\n",
	  .run = run_outside },
	{ "map-not-aligned", "The address or size of a mapping is not a multiple of a page",
	  "Both must be multiples of the smallest page of the IOMMU, which is never smaller\n"
	  "than the host's. MAP_DMA fails with EINVAL.\n",
	  .run = run_not_aligned },
	{ "map-wraps", "The range of a mapping extends beyond the 64-bit space",
	  "Address and size add up to more than 64 bits: often a negative number, or a sum\n"
	  "that overflowed. MAP_DMA fails with EINVAL up to Linux 6.12, later with\n"
	  "EOVERFLOW.\n",
	  .run = run_wraps },
	{ "map-without-iommu", "The container has no IOMMU yet",
	  "Before VFIO_SET_IOMMU, which requires a group, every MAP_DMA fails with EINVAL,\n"
	  "whatever the address. The order of the program's calls is not visible from\n"
	  "outside; strace shows it.\n",
	  .run = run_open },
	{ "map-buffer-not-aligned", "The buffer of a mapping does not start at a page",
	  "vaddr must be a multiple of the page size. malloc() returns other addresses,\n"
	  "mmap() and posix_memalign() do not. MAP_DMA fails with EINVAL.\n",
	  .run = run_open },
	{ "map-bad-argument", "argsz or flags of a mapping are wrong",
	  "At least one of VFIO_DMA_MAP_FLAG_READ and WRITE must be set, argsz must cover\n"
	  "the structure, and the kernel must know all flags. MAP_DMA fails with EINVAL.\n",
	  .run = run_open },
	{ "map-overlaps", "Part of the range is already mapped",
	  "All devices of a container share one IOVA space, and a mapping may not overlap\n"
	  "another. MAP_DMA fails with EEXIST.\n",
	  .run = run_open },
	{ "map-entry-limit", "The container has reached its limit of mappings",
	  "A container copies dma_entry_limit of vfio_iommu_type1 when it is opened, and\n"
	  "holds no more mappings. MAP_DMA fails with ENOSPC. Map larger pieces, or raise\n"
	  "the limit first. See dma-entries-memory.\n",
	  .run = run_entry_limit },
	{ "map-memlock", "The process may not lock that much memory",
	  "VFIO counts the memory of all mappings of a process against RLIMIT_MEMLOCK.\n"
	  "MAP_DMA fails with ENOMEM. See memlock-too-small.\n",
	  .run = run_memlock },
	{ "map-no-memory", "The kernel had no memory for a mapping",
	  "Page tables and lists of pinned pages need memory of the kernel too. MAP_DMA\n"
	  "fails with ENOMEM, and the kernel log shows failed allocations.\n",
	  .run = run_open },
	{ "map-no-buffer", "The buffer of a mapping is not memory that can be pinned",
	  "Part of the buffer is not mapped, or it is not writable, or it is device memory.\n"
	  "MAP_DMA fails with EFAULT.\n",
	  .run = run_open },
	{ "map-outside-width", "The address of a mapping has more bits than the IOMMU",
	  "Before Linux 5.4 VFIO does not check the ranges, and the IOMMU driver refuses the\n"
	  "address: MAP_DMA fails with EFAULT. Later kernels fail with EINVAL.\n",
	  .run = run_outside_width },
	{ "map-buffer-wraps", "The buffer of a mapping extends beyond the address space",
	  "vaddr and size add up to more than 64 bits. MAP_DMA fails with EOVERFLOW.\n",
	  .run = run_open },
};

static bool is_asked(const struct check_input *input)
{
	return input->query && input->query->question.error;
}

const struct check_family check_family_mapping = {
	.name = "failed mapping",
	.checks = checks,
	.n_checks = COUNT(checks),
	.is_asked = is_asked,
};
