/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Findings about a mapping that failed: the possible causes of an errno of VFIO_IOMMU_MAP_DMA.
 *
 * A cause that the evidence confirms is a failure, one that it contradicts is OK, and one that
 * depends on the program, or on more than the version of the kernel, is unmeasured. VFIO hands on
 * the errors of pinning and of the IOMMU driver, so every errno has an answer.
 *
 * Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_dma_do_map(), vfio_pin_map_dma(): 5.10, 6.1, 6.12,
 *   7.3.
 * Kernel: drivers/vfio/vfio.c, vfio_fops_unl_ioctl(): 5.10.
 * Kernel: drivers/vfio/container.c, vfio_fops_unl_ioctl(): 6.1, 6.12, 7.3.
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
#include "model/kernel.h"
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

/*
 * EOVERFLOW came with 6012379ede6a; before, the same check answered EINVAL.
 *
 * Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_dma_do_map(): 5.10, 6.1, 6.12, 7.3.
 */
#define WRAP_ERRORS "type1 fails with EINVAL before Linux 6.18, from 6.18 on with EOVERFLOW"

static void run_wraps(const struct check_input *input, struct checker *checker)
{
	const struct group *group = failed_with(input, EINVAL);

	if (!group)
		group = failed_with(input, EOVERFLOW);
	if (!group)
		return;
	if (wraps(input->query))
		found_in_group(
			checker, SEVERITY_FAILURE, group,
			"correct the address or the size; check for a negative number or a "
			"sum that overflowed",
			"the range extends beyond the end of the 64-bit space; " WRAP_ERRORS);
	else
		found_in_group(checker, SEVERITY_OK, group, NULL, "the range ends at 0x%" PRIx64,
			       input->query->range.end);
}

/* By its version, this kernel answers another errno; only a changed kernel answers this one. */
static void run_buffer_wraps(const struct check_input *input, struct checker *checker)
{
	const struct host *host = input->host;
	const struct group *group = failed_with(input, EINVAL);
	bool is_other = group ? kernel_is_from(host, 6, 18) : kernel_is_before(host, 6, 18);

	if (!group)
		group = failed_with(input, EOVERFLOW);
	if (group)
		found_in_group(checker, SEVERITY_UNMEASURED, group, NULL,
			       "the buffer (vaddr and size) may extend beyond the address space: "
			       "depends on the program; " WRAP_ERRORS "%s%s%s",
			       is_other ? " (this is " : "", is_other ? host->release : "",
			       is_other ? ", unless it was changed)" : "");
}

/*
 * Causes that nothing outside of the program shows.
 *
 * Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_iommu_type1_map_dma(), vfio_dma_do_map(),
 *   vaddr_get_pfns(), follow_fault_pfn(), vfio_iommu_map(): 5.10, 6.1, 6.12, 7.3.
 * Kernel: drivers/vfio/pci/vfio_pci.c, vfio_pci_mmap_fault(): 5.10.
 * Kernel: drivers/vfio/pci/vfio_pci_core.c, vfio_pci_mmap_fault(): 6.1.
 * Kernel: drivers/vfio/pci/vfio_pci_core.c, vfio_pci_mmap_huge_fault(): 6.12, 7.3.
 * Kernel: mm/gup.c, check_vma_flags(), __get_user_pages(): 5.10, 6.1, 6.12, 7.3.
 * Kernel: drivers/iommu/iommufd/pages.c, pfn_reader_user_pin(): 6.12, 7.3.
 */
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
	{ "map-no-memory", ENOMEM, "look at memory.max and memory.events of the control group",
	  "memory for page tables or lists may be exhausted: that of the host, whose log then shows "
	  "failed allocations, or that of the control group of the process, where the IOMMU's page "
	  "tables count in 6.12 and 7.3, not in 6.1" },
	{ "map-bad-argument", EFAULT, NULL,
	  "the kernel may not be able to read the structure that is given to the ioctl: depends on the "
	  "program" },
	{ "map-no-buffer", EFAULT, NULL,
	  "the buffer (vaddr) may not be memory that can be pinned: depends on the program; part of "
	  "the buffer is not mapped, it is not writable though the device may write, it is secret "
	  "memory (memfd_secret), or it has a hardware error" },
	{ "map-device-memory", EFAULT,
	  "turn on memory decoding of that device before its BAR is mapped; with iommufd, leave the "
	  "BARs out",
	  "the buffer may be device memory (a BAR): type1 maps it while the device decodes memory, "
	  "iommufd never does" },
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

/*
 * From 8ac268436e6d (6.5) on, shared, writable mappings are not pinned for writing if the file
 * system has to track what is dirty; tmpfs, hugetlbfs and device DAX do not. 5.10 and 6.1 do not
 * have it.
 *
 * Kernel: mm/gup.c, writable_file_mapping_allowed(): 6.12, 7.3.
 */
static void run_file_buffer(const struct check_input *input, struct checker *checker)
{
	const struct group *group = failed_with(input, EFAULT);
	bool is_before = kernel_is_before(input->host, 6, 5);

	if (group)
		found_in_group(
			checker, SEVERITY_UNMEASURED, group,
			"use hugetlbfs, tmpfs, a memfd or anonymous memory; in QEMU "
			"memory-backend-memfd instead of memory-backend-file with share=on",
			"the buffer may be a shared mapping of a file on ext4, XFS or another "
			"file system that writes back: kernels from 6.5 on do not pin it for "
			"a device that writes%s%s%s",
			is_before ? ", older ones do (this is " : "",
			is_before ? input->host->release : "",
			is_before ? ", unless it was changed)" : "");
}

/*
 * Errors that VFIO hands on: from pinning the buffer, from the IOMMU driver, or from the ioctl
 * before it comes to VFIO. virtio-iommu waits for the answer of its device in 5.10 and 6.1 only;
 * later it is queued (viommu_map_pages()).
 *
 * Kernel: mm/gup.c, __get_user_pages(), fixup_user_fault(): 5.10, 6.1, 6.12, 7.3.
 * Kernel: mm/gup.c, __gup_longterm_locked(), check_and_migrate_cma_pages(): 5.10.
 * Kernel: mm/gup.c, check_vma_flags(): 6.1, 6.12, 7.3.
 * Kernel: mm/gup.c, migrate_longterm_unpinnable_pages(): 6.1.
 * Kernel: mm/gup.c, migrate_longterm_unpinnable_folios(): 6.12, 7.3.
 * Kernel: drivers/iommu/iommu.c, __iommu_map(): 5.10, 6.1, 6.12.
 * Kernel: drivers/iommu/iommu.c, __iommu_map_domain_pgtbl(): 7.3.
 * Kernel: drivers/iommu/generic_pt/iommu_pt.h, map_range(): 7.3.
 * Kernel: drivers/iommu/io-pgtable-arm.c, arm_lpae_map(): 5.10.
 * Kernel: drivers/iommu/io-pgtable-arm.c, arm_lpae_map_pages(): 6.1, 6.12, 7.3.
 * Kernel: drivers/iommu/io-pgtable-dart.c, dart_map_pages(): 6.1, 6.12, 7.3.
 * Kernel: drivers/iommu/virtio-iommu.c, viommu_get_req_errno(), viommu_send_req_sync(): 5.10, 6.1.
 * Kernel: drivers/iommu/virtio-iommu.c, viommu_map_pages(), viommu_add_req(): 6.12, 7.3.
 * Kernel: arch/s390/pci/pci_insn.c, zpci_refresh_trans(): 5.10, 6.1, 6.12, 7.3.
 * Kernel: drivers/iommu/exynos-iommu.c, lv2set_page(): 5.10, 6.1, 6.12, 7.3.
 * Kernel: drivers/iommu/rockchip-iommu.c, rk_iommu_map_iova(): 5.10, 6.1, 6.12, 7.3.
 * Kernel: drivers/iommu/sun50i-iommu.c, sun50i_iommu_map(): 5.10, 6.1, 6.12, 7.3.
 * Kernel: drivers/vfio/container.c, vfio_noiommu_ioctl(): 6.1, 6.12, 7.3.
 * Kernel: drivers/iommu/iommufd/vfio_compat.c, get_compat_ioas(): 6.12, 7.3.
 * Kernel: drivers/iommu/iommufd/io_pagetable.c, iopt_check_iova(): 6.12, 7.3.
 */
static const struct {
	int error;
	const char *hint;
	const char *message;
} passed_on[] = {
	{ EINVAL, NULL,
	  "the IOMMU driver or its device may have refused the map by itself (zPCI, virtio-iommu and "
	  "others), or the program has unmapped the device memory that it maps" },
	{ EEXIST, NULL,
	  "the page table of an Arm, Apple or MediaTek IOMMU may have an entry there already" },
	{ EFAULT, NULL,
	  "the device of virtio-iommu may have refused the map (5.10 and 6.1 hand its answer on)" },
	{ ENOMEM,
	  "put the buffer where memory is not movable, or map it while more of that is free",
	  "the buffer may lie in memory that must stay movable (CMA; ZONE_MOVABLE in 6.1 and later, not "
	  "in 5.10), and the kernel may not be able to move it out, as pinning for long requires" },
	{ EOVERFLOW, NULL,
	  "the container may be iommufd's, which answers EOVERFLOW to a range that wraps in 6.12 too" },
	{ ERANGE, "use lower addresses; --probe shows the allowed ranges",
	  "the address, or the physical address of the buffer, may have more bits than the page table "
	  "of the IOMMU: Arm and Apple, virtio-iommu (5.10 and 6.1), in 7.3 also AMD, Intel and "
	  "RISC-V" },
	{ EADDRINUSE, "report it: VFIO had no mapping there",
	  "the page table of the IOMMU may have an entry there already: Exynos and Rockchip, in 7.3 "
	  "also AMD, Intel and RISC-V" },
	{ ENXIO, NULL,
	  "no page size of the IOMMU may fit the address, the size and the buffer: AMD, Intel and "
	  "RISC-V in 7.3" },
	{ EBUSY, NULL,
	  "the buffer may be memory of a device that could not be moved to the host (6.1 and later), "
	  "or the page table of an Allwinner IOMMU has an entry there already" },
	{ EOPNOTSUPP, "use hugetlbfs, tmpfs, a memfd, anonymous memory or device DAX",
	  "the buffer may be a file on a file system with DAX (persistent memory), which cannot be "
	  "pinned for long" },
	{ EINTR, "find out what killed the process",
	  "the process was killed while the kernel pinned its memory" },
	{ EIO, "look at the kernel log",
	  "the IOMMU reported an error: zPCI, or the device of virtio-iommu (5.10 and 6.1)" },
	{ ENOENT, "map the range before VFIO_DMA_MAP_FLAG_VADDR, with the same address and size",
	  "with VFIO_DMA_MAP_FLAG_VADDR there is no such mapping; without it, the device of "
	  "virtio-iommu does not know the domain (5.10 and 6.1)" },
	{ ENOSYS, NULL,
	  "the device of virtio-iommu may not support the request (5.10 and 6.1 hand its answer on)" },
	{ ENODEV, "attach a group to the container first",
	  "the container may be iommufd's and have no address space yet, or the IOMMU driver has no "
	  "page table for the group" },
	{ ENOTTY, "check the file descriptor, and the type given to VFIO_SET_IOMMU",
	  "the file descriptor may not be a container, or its type has no MAP_DMA, such as no-IOMMU" },
	{ EBADF, "check the file descriptor", "the file descriptor may not be open" },
};

static void run_passed_on(const struct check_input *input, struct checker *checker)
{
	for (size_t i = 0; i < COUNT(passed_on); i++) {
		const struct group *group = failed_with(input, passed_on[i].error);

		if (group)
			found_in_group(checker, SEVERITY_UNMEASURED, group, passed_on[i].hint, "%s",
				       passed_on[i].message);
	}
}

/* Runs last: an errno that no other check knows. */
static void run_unexplained(const struct check_input *input, struct checker *checker)
{
	int error = input->query->question.error;

	if (!checker->findings->count)
		found_in_group(
			checker, SEVERITY_UNMEASURED, input->query->space->group,
			"show the calls of the program with strace",
			"%s is not known to come from VFIO_IOMMU_MAP_DMA (Linux 5.10 to 7.3); "
			"a seccomp filter or a security module can answer any errno",
			strerrorname_np(error));
}

static void run_entry_limit(const struct check_input *input, struct checker *checker)
{
	static const char hint[] =
		"map larger pieces, or raise dma_entry_limit before VFIO_SET_IOMMU";
	const struct group *group = failed_with(input, ENOSPC);
	struct entry_limit limit = entry_limit_of(input->host, input->query->space, 1);
	const char *known_by = limit.known ? limit.known_by : "by default, cannot be read";
	uint64_t size = input->query->question.size, all;
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
	if (limit.maps < UINT32_MAX)
		remedy_entry_limit(finding, limit.maps ? limit.maps * 2 : ENTRY_LIMIT_DEFAULT);
}

/*
 * Pages are counted in locked_vm of the process, as mlock() does; reserved ones alone are not.
 *
 * Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_pin_pages_remote(), vfio_lock_acct(): 5.10, 6.1,
 *   6.12, 7.3.
 * Kernel: mm/mlock.c, mlock_fixup(): 5.10, 6.1, 6.12, 7.3.
 */
static void run_memlock(const struct check_input *input, struct checker *checker)
{
	static const char hint[] =
		"raise the limit; in this case the kernel log says 'RLIMIT_MEMLOCK (…) exceeded'";
	const struct group *group = failed_with(input, ENOMEM);
	const struct memlock *memlock = input->memlock;
	uint64_t needed = input->query->question.size;
	struct finding *finding = NULL;
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
		finding = found_in_group(
			checker, memlock->bytes < needed ? SEVERITY_FAILURE : SEVERITY_UNMEASURED,
			group, hint, "%s may lock %s, and this map alone needs %s%s", memlock->whom,
			words_of_bytes(limit, sizeof(limit), memlock->bytes),
			words_of_bytes(size, sizeof(size), needed),
			memlock->bytes < needed ? ""
						: "; all other maps of the process count too, huge "
						  "pages included, and so does what it locks with "
						  "mlock()");
	/* The need of all maps is not known, so a limit that holds this one might be lowered. */
	if (finding && memlock->bytes < needed)
		remedy_memlock(finding, memlock, memlock_need(needed));
}

/*
 * VFIO checks the ranges from 9b77e5c79840 (5.4) on, before it calls the IOMMU driver.
 *
 * Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_dma_do_map(): 5.10, 6.1, 6.12, 7.3.
 */
static void run_outside_width(const struct check_input *input, struct checker *checker)
{
	const struct group *group = failed_with(input, EFAULT);
	bool is_outside = input->query->usable == USABLE_NO;

	if (!group)
		return;
	if (kernel_is_from(input->host, 5, 4))
		found_in_group(checker, SEVERITY_OK, group, NULL,
			       "not the width of the address: kernels from 5.4 on check the ranges "
			       "first, and fail with EINVAL");
	else
		found_in_group(
			checker,
			is_outside && input->host->release ? SEVERITY_FAILURE : SEVERITY_UNMEASURED,
			group, "use lower addresses",
			"the address %s more bits than the IOMMU: before 5.4 the kernel does "
			"not check the ranges, and the error is the IOMMU driver's",
			is_outside ? "has" : "may have");
}

static const struct check checks[] = {
	/*
	 * Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_iommu_iova_dma_valid(): 5.10, 6.1, 6.12,
	 *   7.3.
	 */
	{ "map-outside-ranges", "The addresses of a mapping are not allowed",
	  "The kernel maps only addresses that the IOMMU translates and that no region\n"
	  "reserves, and one mapping must lie in one allowed range. MAP_DMA fails with\n"
	  "EINVAL. 'vfiodiag iova' lists the ranges and suggests addresses.\n",
	  .run = run_outside },
	/* Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_dma_do_map(): 5.10, 6.1, 6.12, 7.3. */
	{ "map-not-aligned", "The address or size of a mapping is not a multiple of a page",
	  "Both must be multiples of the smallest page of the IOMMU, which is never smaller\n"
	  "than the host's. MAP_DMA fails with EINVAL.\n",
	  .run = run_not_aligned },
	/* Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_dma_do_map(): 5.10, 6.1, 6.12, 7.3. */
	{ "map-wraps", "The range of a mapping extends beyond the 64-bit space",
	  "Address and size add up to more than 64 bits: often a negative number, or a sum\n"
	  "that overflowed. MAP_DMA fails with EINVAL before Linux 6.18, from 6.18 on with\n"
	  "EOVERFLOW.\n",
	  .run = run_wraps },
	/*
	 * Kernel: drivers/vfio/vfio.c, vfio_fops_unl_ioctl(): 5.10.
	 * Kernel: drivers/vfio/container.c, vfio_fops_unl_ioctl(): 6.1, 6.12, 7.3.
	 */
	{ "map-without-iommu", "The container has no IOMMU yet",
	  "Before VFIO_SET_IOMMU, which requires a group, every MAP_DMA fails with EINVAL,\n"
	  "whatever the address. The order of the program's calls is not visible from\n"
	  "outside; strace shows it.\n",
	  .run = run_open },
	/* Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_dma_do_map(): 5.10, 6.1, 6.12, 7.3. */
	{ "map-buffer-not-aligned", "The buffer of a mapping does not start at a page",
	  "vaddr must be a multiple of the page size. malloc() returns other addresses,\n"
	  "mmap() and posix_memalign() do not. MAP_DMA fails with EINVAL.\n",
	  .run = run_open },
	/*
	 * Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_iommu_type1_map_dma(), vfio_dma_do_map():
	 *   5.10, 6.1, 6.12, 7.3.
	 */
	{ "map-bad-argument", "argsz, flags or address of a mapping's structure are wrong",
	  "At least one of VFIO_DMA_MAP_FLAG_READ and WRITE must be set, argsz must cover\n"
	  "the structure, and the kernel must know all flags. MAP_DMA fails with EINVAL; with\n"
	  "EFAULT if it cannot read the structure.\n",
	  .run = run_open },
	/* Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_find_dma(): 5.10, 6.1, 6.12, 7.3. */
	{ "map-overlaps", "Part of the range is already mapped",
	  "All devices of a container share one IOVA space, and a mapping may not overlap\n"
	  "another. MAP_DMA fails with EEXIST.\n",
	  .run = run_open },
	/*
	 * Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_iommu_type1_open(), dma_avail: 5.10, 6.1,
	 *   6.12, 7.3.
	 * Kernel: drivers/vfio/vfio.c, vfio_ioctl_set_iommu(): 5.10.
	 * Kernel: drivers/vfio/container.c, vfio_ioctl_set_iommu(): 6.1, 6.12, 7.3.
	 */
	{ "map-entry-limit", "The container has reached its limit of mappings",
	  "A container copies dma_entry_limit of vfio_iommu_type1 at VFIO_SET_IOMMU, and\n"
	  "holds no more mappings. MAP_DMA fails with ENOSPC. Map larger pieces, or raise\n"
	  "the limit first. See dma-entries-memory.\n",
	  .run = run_entry_limit },
	{ "map-memlock", "The process may not lock that much memory",
	  "VFIO counts the memory of all mappings of a process against RLIMIT_MEMLOCK, huge\n"
	  "pages included. What the process locks itself with mlock() or mlockall() counts\n"
	  "there too. MAP_DMA fails with ENOMEM. See memlock-too-small.\n",
	  .run = run_memlock },
	/*
	 * Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_iommu_map(): 5.10, 6.1.
	 * Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_iommu_map(), GFP_KERNEL_ACCOUNT: 6.12, 7.3.
	 * Kernel: mm/memory.c, do_anonymous_page(), VM_FAULT_OOM: 5.10, 6.1, 6.12, 7.3.
	 */
	{ "map-no-memory", "The kernel had no memory for a mapping",
	  "Page tables and lists of pinned pages need memory of the kernel too. MAP_DMA\n"
	  "fails with ENOMEM, and the kernel log shows failed allocations. A control group\n"
	  "that is at its limit (memory.max), such as that of a pod, fails it as well: the\n"
	  "buffer counts there when it is first touched, and in Linux 6.12 and 7.3 so do the\n"
	  "page tables of the IOMMU, which 6.1 does not count.\n",
	  .run = run_open },
	/*
	 * Kernel: mm/gup.c, check_vma_flags(): 5.10.
	 * Kernel: mm/gup.c, check_vma_flags(), vma_is_secretmem(): 6.1, 6.12, 7.3.
	 */
	{ "map-no-buffer", "The buffer of a mapping is not memory that can be pinned",
	  "Part of the buffer is not mapped, or it is not writable though the device may\n"
	  "write, or it is secret memory (memfd_secret), or a page has a hardware error.\n"
	  "MAP_DMA fails with EFAULT.\n",
	  .run = run_open },
	{ "map-file-buffer", "The buffer of a mapping is a file on a disk",
	  "Linux from 6.5 on pins a shared, writable mapping of a file only if its file system\n"
	  "does not write pages back, such as tmpfs and hugetlbfs: on ext4, XFS and others a\n"
	  "device would change pages unseen (8ac268436e6d). MAP_DMA fails with EFAULT if the\n"
	  "device may write.\n"
	  "QEMU has such memory with memory-backend-file and share=on. Private mappings and\n"
	  "anonymous memory are not affected.\n",
	  .run = run_file_buffer },
	/*
	 * Kernel: drivers/vfio/vfio_iommu_type1.c, vaddr_get_pfns(), follow_fault_pfn(): 5.10, 6.1,
	 *   6.12, 7.3.
	 * Kernel: drivers/vfio/pci/vfio_pci.c, vfio_pci_mmap_fault(): 5.10.
	 * Kernel: drivers/vfio/pci/vfio_pci_core.c, vfio_pci_mmap_fault(): 6.1.
	 * Kernel: drivers/vfio/pci/vfio_pci_core.c, vfio_pci_mmap_huge_fault(): 6.12, 7.3.
	 * Kernel: drivers/iommu/iommufd/pages.c, pfn_reader_user_pin(): 6.12, 7.3.
	 * QEMU: hw/vfio/common.c, vfio_listener_region_add(): 7.2, 10.0.
	 */
	{ "map-device-memory", "The buffer of a mapping is device memory",
	  "Type1 maps the BARs of other devices, as QEMU asks for peer-to-peer DMA, while\n"
	  "those devices decode memory; it fails with EFAULT while they do not. iommufd,\n"
	  "behind the same interface, maps no BARs and always fails with EFAULT. QEMU warns\n"
	  "and starts the guest anyway.\n",
	  .run = run_open },
	{ "map-outside-width", "The address of a mapping has more bits than the IOMMU",
	  "Before Linux 5.4 VFIO does not check the ranges, and the IOMMU driver refuses the\n"
	  "address: MAP_DMA fails with EFAULT. Later kernels fail with EINVAL.\n",
	  .run = run_outside_width },
	/* Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_dma_do_map(): 5.10, 6.1, 6.12, 7.3. */
	{ "map-buffer-wraps", "The buffer of a mapping extends beyond the address space",
	  "vaddr and size add up to more than 64 bits. MAP_DMA fails with EINVAL before Linux\n"
	  "6.18, from 6.18 on with EOVERFLOW.\n",
	  .run = run_buffer_wraps },
	{ "map-passed-on", "Pinning or the IOMMU driver gave the error of a mapping",
	  "VFIO hands on what the kernel answers when it pins the buffer, and what the IOMMU\n"
	  "driver answers when it fills its page table. Which errors these are depends on the\n"
	  "driver and the kernel. The kernel log often tells more.\n",
	  .run = run_passed_on },
	/* Kernel: none, no path was found. */
	{ "map-unexplained", "The error is not known to come from MAP_DMA",
	  "No path of VFIO_IOMMU_MAP_DMA that gives this error was found in Linux 5.10, 6.1,\n"
	  "6.12 and 7.3. It may come from another call of the program, from a seccomp filter\n"
	  "or a security module, or from another kernel. strace shows the call.\n",
	  .run = run_unexplained },
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
