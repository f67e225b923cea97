/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_MODEL_PROBE_H
#define VFIODIAG_MODEL_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/finding.h"
#include "model/host.h"
#include "model/iommu_info.h"
#include "model/mappings.h"
#include "model/range.h"

/* Observations of a probe, and the conclusion from them: plain structs, no I/O. */

/** enum answer - of a question that may stay open. */
enum answer {
	ANSWER_UNKNOWN,
	ANSWER_NO,
	ANSWER_YES,
};

/** enum method - how a verdict was reached, strongest first (docs/verdict.md). */
enum method {
	METHOD_NONE,
	METHOD_KERNEL_SELFTEST,
	METHOD_PAGE_TABLE,
	METHOD_OWN_UNMAP,
	METHOD_ADVERTISED,
};

/** enum confidence - how far a verdict can be trusted. */
enum confidence {
	CONFIDENCE_NONE,
	CONFIDENCE_INFERRED,
	CONFIDENCE_OBSERVED,
};

/** enum partial_unmap - the interface's answer when one page of two was unmapped. */
enum partial_unmap {
	PARTIAL_UNKNOWN,
	PARTIAL_REFUSED, /* an error, nothing unmapped (type1v2) */
	PARTIAL_WHOLE,	 /* both pages gone (type1) */
	PARTIAL_SPLIT,	 /* one page gone, the other stays (iommufd behind type1) */
};

/** enum phase - when an event was seen. */
enum phase {
	PHASE_ATTACH, /* SET_CONTAINER and SET_IOMMU: the kernel's own test */
	PHASE_MAP,    /* the aligned two-page map */
	PHASE_UNMAP,  /* its unmapping, page by page as far as the interface lets */
	PHASE_ODD,    /* the second map, at an odd page: map and unmap */
};

/**
 * struct event - one tracepoint of the iommu subsystem, by this thread. Bytes.
 * @unmapped: result of iommu_unmap() (0 for a map)
 * @paddr: physical address of a map (0 for an unmap)
 */
struct event {
	enum phase phase;
	bool is_map;
	uint64_t iova;
	uint64_t paddr;
	uint64_t size;
	uint64_t unmapped;
};

/**
 * struct buffer - the two pages that were shown to the IOMMU.
 * @contiguous: the frames are adjacent, the first at a multiple of two pages
 * @known_by: "pagemap", "map event" or NULL where it is not known
 * @frames_errno: why pagemap gave no frames; 0 when it did
 */
struct buffer {
	enum answer contiguous;
	const char *known_by;
	int frames_errno;
};

/** enum range_fault - why an allowed range did not give the window. */
enum range_fault {
	RANGE_UNUSED,	 /* it was not looked at: an earlier one served */
	RANGE_SERVED,	 /* the window lies in it */
	RANGE_TOO_SMALL, /* no two whole aligned pages in it */
	RANGE_RESERVED,	 /* reserved regions leave no room */
	RANGE_LAST,	 /* there is room only at the last of all addresses */
};

/**
 * struct window - two pages at a multiple of two pages, allowed and unreserved.
 * @found: there is a window; @range is valid then
 * @on_last_page: it had to touch the last page of the aperture
 * @fault: for each allowed range, in their order
 */
struct window {
	bool found;
	bool on_last_page;
	struct range range;
	enum range_fault *fault;
	size_t n_faults;
};

/** enum entries - entries that the two pages had in the page table of the IOMMU. */
enum entries {
	ENTRIES_NOT_ASKED,
	ENTRIES_UNKNOWN,
	ENTRIES_ONE,
	ENTRIES_TWO,
};

/**
 * struct entry_sizes - entries of a mapping in the page table of the IOMMU, by size.
 * @is_known: the rest is valid
 * @is_huge: the memory is contiguous and starts at a multiple of its size, as a huge page does
 * @count: entries of 2^N bytes
 * @n_other: entries whose size is no power of two (virtio-iommu)
 * @reason: why they are not known, for the end of a sentence; else NULL
 */
struct entry_sizes {
	bool is_known;
	bool is_huge;
	uint64_t count[ENTRY_SIZES];
	uint64_t n_other;
	char *reason;
};

/**
 * struct sizes - entries of a huge page in the page table of the IOMMU.
 * @is_asked: they were to be counted
 * @page: bytes of the huge page; 0: not known
 * @aligned: mapped at a multiple of its size
 * @askew: mapped a page of the host behind one
 * @reason: why neither was mapped; else NULL
 */
struct sizes {
	bool is_asked;
	uint64_t page;
	struct entry_sizes aligned;
	struct entry_sizes askew;
	char *reason;
};

/** enum contradiction - methods that do not agree; bits. The strongest method wins. */
enum contradiction {
	CONTRADICTION_ADVERTISED = 1 << 0, /* the advertised sizes against observation */
	CONTRADICTION_OWN_UNMAP = 1 << 1,  /* the kernel's test against the own one */
	CONTRADICTION_SELFTEST = 1 << 2,   /* the kernel's test unmapped an impossible size */
	CONTRADICTION_PAGE_TABLE = 1 << 3, /* the page table against how pages were unmapped */
};

/**
 * struct evidence - all that the verdict is made from.
 * @page_size: bytes
 * @traced: the tracepoints were followed from before SET_CONTAINER, and none was lost
 * @maps_singly: VFIO maps each page by itself (disable_hugepages of vfio_iommu_type1)
 * @entries: of the two pages while they were mapped
 * @has_mappings: the IOMMU has no page table but mappings of any length, each removed as a whole
 *	(virtio-iommu); @entries counts those
 */
struct evidence {
	uint64_t page_size;
	bool has_page_sizes;
	uint64_t page_sizes;
	bool traced;
	enum answer buffer_contiguous;
	enum answer maps_singly;
	enum entries entries;
	bool has_mappings;
	struct event *events;
	size_t n_events;
};

/**
 * struct verdict - the answer.
 * @fgsp: the IOMMU uses two-page superpages and takes away both pages when one is unmapped; the
 *	kernel calls it fine-grained superpages (vfio_test_domain_fgsp())
 * @splitting: one page can be unmapped and its neighbour stays; the opposite of @fgsp
 * @kernel_window: where the kernel ran its own test; valid where @has_kernel_window
 * @is_of_mappings: it is about mappings, which are removed as a whole, and not about superpages
 * @because: how it is known, or why not; reads well behind @confidence's name
 */
struct verdict {
	enum answer fgsp;
	enum answer splitting;
	enum method method;
	enum confidence confidence;
	bool has_kernel_window;
	struct range kernel_window;
	unsigned int contradictions;
	bool is_of_mappings;
	const char *because;
};

/**
 * enum kernel_rule - where a kernel runs its own test (vfio_test_domain_fgsp()).
 * @KERNEL_UNKNOWN: its version can't be read
 * @KERNEL_TESTS_ZERO: at IOVA 0, without a look at reserved regions
 * @KERNEL_TESTS_ALLOWED: in the first allowed range in which it finds room
 * @KERNEL_TESTS_NOTHING: it has no such test
 */
enum kernel_rule {
	KERNEL_UNKNOWN,
	KERNEL_TESTS_ZERO,
	KERNEL_TESTS_ALLOWED,
	KERNEL_TESTS_NOTHING,
};

/** enum hazard - risks of a live test; bits. */
enum hazard {
	HAZARD_ISM = 1 << 0,	     /* an ISM function: an unallowed DMA address stops it */
	HAZARD_KERNEL_TEST = 1 << 1, /* the kernel may test at address 0, which is reserved */
};

/**
 * struct failure - why a probe ended early.
 * @step: "subject", "hazard", "set-iommu" …; NULL when nothing failed
 * @status: exit status that it stands for
 * @error: errno, positive, or 0 where no call failed
 * @message: the object and the fact
 * @hint: the fix in words, without a command; or NULL
 * @command: of the fix; without a text if there is none
 */
struct failure {
	const char *step;
	int status;
	int error;
	char *message;
	char *hint;
	struct fix_command command;
};

/**
 * struct probe - one group's test, from start to end. Fields behind a failure are empty.
 * @kernel_rule: behaviour of the kernel by its version
 * @trace_blind: a map succeeded and no tracepoint told of it
 * @predicted: where its own test should be by that; valid where @has_predicted
 * @entries_reason: why the entries prove nothing; NULL where they do, or were not asked for
 */
struct probe {
	const struct group *group;
	enum backend backend;
	unsigned int hazards;
	enum kernel_rule kernel_rule;
	bool has_predicted;
	struct range predicted;
	struct iommu_info info;
	struct window window;
	struct buffer buffer;
	enum partial_unmap partial_unmap;
	int partial_errno;
	uint64_t partial_size;
	int trace_errno;
	bool trace_lost;
	bool trace_blind;
	char *entries_reason;
	struct sizes sizes;
	struct evidence evidence;
	struct verdict verdict;
	struct failure failure;
};

/** probe_free() - free @probe and its members. NULL is allowed. */
void probe_free(struct probe *probe);

/** answer_name() - "yes", "no", "unknown". */
const char *answer_name(enum answer answer);

/** splitting_name() - "supported", "unsupported", "unknown". */
const char *splitting_name(enum answer answer);

/** method_name() - "kernel-selftest", "page-table", "own-unmap", "advertised", "none". */
const char *method_name(enum method method);

/** confidence_name() - "observed", "inferred", "none". */
const char *confidence_name(enum confidence confidence);

/** partial_unmap_name() - "refused", "whole", "split", or NULL where it was not tried. */
const char *partial_unmap_name(enum partial_unmap partial);

/** kernel_rule_name() - "unknown", "zero", "allowed", "none". */
const char *kernel_rule_name(enum kernel_rule rule);

/** phase_name() - "attach", "map", "unmap", "odd". */
const char *phase_name(enum phase phase);

#endif
