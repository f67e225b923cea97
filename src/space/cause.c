/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "space/cause.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/count.h"
#include "base/text.h"
#include "space/entry_limit.h"
#include "space/reason.h"
#include "space/words.h"

/** struct finder - state of a search: the facts, and results that several causes share. */
struct finder {
	const struct space *space;
	const struct map_request *request;
	enum usable usable;
	struct hit hit;
	bool wraps;
	struct causes *causes;
};

const char *stand_name(enum stand stand)
{
	static const char *const names[] = { "likely", "possible", "ruled-out" };

	return names[stand];
}

/* Takes over the evidence, and copies the hint. */
static void say(struct finder *finder, const char *id, const char *title, enum stand stand,
		char *evidence, const char *hint)
{
	struct cause cause = {
		.id = id,
		.title = title,
		.stand = stand,
		.evidence = evidence,
		.hint = stand == STAND_RULED_OUT ? NULL : xstrdup(hint),
	};

	APPEND(finder->causes->cause, finder->causes->count, cause);
}

static const char *by_what(const struct space *space)
{
	return space->known_by == SPACE_REGISTERS ? ", by the unit's registers" : "";
}

static void say_outside_ranges(struct finder *finder)
{
	static const char id[] = "outside-ranges";
	static const char title[] = "the addresses are not allowed";
	const struct space *space = finder->space;

	if (finder->wraps)
		return; /* there is no such range */
	if (finder->usable == USABLE_NO && finder->hit.kind != HIT_NOT_ALIGNED)
		say(finder, id, title, STAND_LIKELY, words_of_hit(space, &finder->hit),
		    "use allowed addresses (see 'nearest'), and let the program read them from "
		    "VFIO_IOMMU_GET_INFO");
	else if (space->known_by)
		say(finder, id, title, STAND_RULED_OUT,
		    xasprintf("the whole range lies in one allowed range%s", by_what(space)), NULL);
	else
		say(finder, id, title, STAND_POSSIBLE,
		    xstrdup("no reserved region overlaps, but the allowed ranges are not known"),
		    "add --probe, which reads the allowed ranges");
}

static void say_not_aligned(struct finder *finder)
{
	static const char id[] = "not-aligned";
	static const char title[] = "address or size is not a multiple of the smallest page";
	const struct map_request *request = finder->request;
	uint64_t page = space_smallest_page(finder->space);
	char text[16];

	if (!page)
		say(finder, id, title, STAND_POSSIBLE, xstrdup("the page size is not known"), NULL);
	else if ((request->address | request->size) & (page - 1))
		say(finder, id, title, STAND_LIKELY,
		    xasprintf("%s is not a multiple of %s",
			      request->address & (page - 1) ? "the address" : "the size",
			      text_size(text, sizeof(text), page - 1)),
		    "round the address and the size to whole pages");
	else
		say(finder, id, title, STAND_RULED_OUT,
		    xasprintf("both are multiples of %s", text_size(text, sizeof(text), page - 1)),
		    NULL);
}

static void say_wraps(struct finder *finder, const char *when_it_does)
{
	static const char id[] = "wraps";
	static const char title[] = "the range extends beyond the end of the 64-bit space";

	if (finder->wraps)
		say(finder, id, title, STAND_LIKELY, xstrdup(when_it_does),
		    "correct the address or the size; check for a negative number or a sum that "
		    "overflowed");
	else
		say(finder, id, title, STAND_RULED_OUT,
		    xasprintf("the range ends at 0x%" PRIx64,
			      finder->request->address + (finder->request->size - 1)),
		    NULL);
}

static void find_einval(struct finder *finder)
{
	say_outside_ranges(finder);
	say_not_aligned(finder);
	say_wraps(finder,
		  "the range does; kernels up to 6.12 fail with EINVAL, later ones with EOVERFLOW");
	say(finder, "iommu-not-set", "the container has no IOMMU yet", STAND_POSSIBLE,
	    xstrdup("not visible from outside the program; before VFIO_SET_IOMMU every MAP_DMA "
		    "fails with EINVAL, whatever the address"),
	    "attach a group and call VFIO_SET_IOMMU first");
	say(finder, "buffer-not-aligned",
	    "the buffer's address (vaddr) is not a multiple of the page size", STAND_POSSIBLE,
	    xstrdup("depends on the program: malloc() returns such addresses"),
	    "allocate the buffer with mmap() or posix_memalign()");
	say(finder, "bad-argument", "argsz or flags are wrong", STAND_POSSIBLE,
	    xstrdup("depends on the program: at least one of READ and WRITE must be set, argsz "
		    "must cover the structure, and this kernel must know all flags"),
	    NULL);
}

static void find_eexist(struct finder *finder)
{
	say(finder, "overlaps", "part of the range is already mapped in the same container",
	    STAND_POSSIBLE,
	    xstrdup("the maps of a container are not visible from outside the program; all "
		    "devices of a container share one space"),
	    "unmap it first, or use separate addresses for the memory of each device");
}

static void find_enospc(struct finder *finder)
{
	static const char id[] = "entry-limit";
	static const char title[] = "the container has reached its limit of maps (dma_entry_limit)";
	static const char hint[] =
		"map larger pieces, or raise the limit before the container is opened: echo "
		"NUMBER | sudo tee /sys/module/vfio_iommu_type1/parameters/dma_entry_limit";
	struct entry_limit limit = entry_limit_of(finder->space->host, finder->space, 1);
	uint64_t size = finder->request->size, all;
	char one[32], many[32];

	if (!limit.known)
		say(finder, id, title, STAND_POSSIBLE,
		    xstrdup("cannot read the limit; the default is 65535"), hint);
	else if (!limit.maps)
		say(finder, id, title, STAND_LIKELY,
		    xasprintf("the limit is 0 (%s)", limit.known_by), hint);
	else if (__builtin_mul_overflow(limit.maps, size, &all))
		say(finder, id, title, STAND_POSSIBLE,
		    xasprintf("the limit is %" PRIu64
			      " (%s); the number of maps of the program is not visible",
			      limit.maps, limit.known_by),
		    hint);
	else
		say(finder, id, title, STAND_POSSIBLE,
		    xasprintf("the limit is %" PRIu64
			      " (%s): in pieces of %s at most %s can be mapped",
			      limit.maps, limit.known_by, text_size(one, sizeof(one), size - 1),
			      words_of_exact_bytes(many, sizeof(many), all)),
		    hint);
}

static void say_memlock(struct finder *finder)
{
	static const char id[] = "memlock";
	static const char title[] = "the process may not lock that much memory (RLIMIT_MEMLOCK)";
	static const char hint[] =
		"raise the limit; in this case the kernel log says 'RLIMIT_MEMLOCK (…) exceeded'";
	const struct memlock *memlock = finder->request->memlock;
	char limit[16], size[16];

	text_size(size, sizeof(size), finder->request->size - 1);
	if (memlock->error) {
		say(finder, id, title, STAND_POSSIBLE,
		    xstrdup("the limit of that process is not known"), hint);
	} else if (memlock->bypass || memlock->unlimited) {
		say(finder, id, title, STAND_RULED_OUT,
		    xasprintf("%s %s", memlock->whom,
			      memlock->bypass ? "may lock any amount (CAP_IPC_LOCK)"
					      : "has no limit"),
		    NULL);
	} else {
		bool too_small = memlock->bytes < finder->request->size;

		words_of_bytes(limit, sizeof(limit), memlock->bytes);
		say(finder, id, title, too_small ? STAND_LIKELY : STAND_POSSIBLE,
		    xasprintf("%s may lock %s, and this map alone needs %s%s", memlock->whom, limit,
			      size, too_small ? "" : "; all other maps of the process count too"),
		    hint);
	}
}

static void find_enomem(struct finder *finder)
{
	say_memlock(finder);
	say(finder, "no-memory", "the kernel had no memory for page tables or lists",
	    STAND_POSSIBLE, xstrdup("in this case the kernel log shows failed allocations"), NULL);
}

static void find_efault(struct finder *finder)
{
	unsigned int major = 0, minor = 0;
	const char *release = finder->space->host->release;
	bool old = release && sscanf(release, "%u.%u", &major, &minor) == 2 &&
		   (major < 5 || (major == 5 && minor < 4));

	say(finder, "buffer-not-there", "the buffer (vaddr) is not memory that can be pinned",
	    STAND_POSSIBLE,
	    xstrdup("depends on the program: part of the buffer is not mapped, it is not "
		    "writable, or it is device memory"),
	    NULL);
	say(finder, "outside-width", "the address has more bits than the IOMMU",
	    !old			  ? STAND_RULED_OUT
	    : finder->usable == USABLE_NO ? STAND_LIKELY
					  : STAND_POSSIBLE,
	    !old ? xstrdup("kernels from 5.4 on check the ranges first, and fail with EINVAL")
		 : xstrdup("before 5.4 the kernel does not check the ranges, and the error is the "
			   "IOMMU driver's"),
	    "use lower addresses");
}

static void find_eoverflow(struct finder *finder)
{
	say_wraps(finder, "the range does; kernels after 6.12 fail with EOVERFLOW");
	say(finder, "buffer-wraps", "the buffer (vaddr and size) extends beyond the address space",
	    STAND_POSSIBLE, xstrdup("depends on the program"), NULL);
}

/* Likely ones first, ruled out ones last; else in the kernel's order. */
static void sort(struct causes *causes)
{
	for (size_t i = 1; i < causes->count; i++) {
		struct cause cause = causes->cause[i];
		size_t at = i;

		while (at && causes->cause[at - 1].stand > cause.stand) {
			causes->cause[at] = causes->cause[at - 1];
			at--;
		}
		causes->cause[at] = cause;
	}
}

size_t causes_find(const struct space *space, const struct map_request *request,
		   struct causes *causes)
{
	static const struct {
		int error;
		void (*find)(struct finder *);
	} errors[] = {
		{ EINVAL, find_einval }, { EEXIST, find_eexist }, { ENOSPC, find_enospc },
		{ ENOMEM, find_enomem }, { EFAULT, find_efault }, { EOVERFLOW, find_eoverflow },
	};
	struct finder finder = { .space = space, .request = request, .causes = causes };

	*causes = (struct causes){ 0 };
	finder.usable = space_check(space, request->address, request->size, false, &finder.hit);
	finder.wraps = finder.usable == USABLE_NO && finder.hit.kind == HIT_WRAP;
	for (size_t i = 0; i < COUNT(errors); i++) {
		if (errors[i].error == request->error)
			errors[i].find(&finder);
	}
	sort(causes);
	return causes->count;
}

void causes_clear(struct causes *causes)
{
	for (size_t i = 0; i < causes->count; i++) {
		free(causes->cause[i].evidence);
		free(causes->cause[i].hint);
	}
	free(causes->cause);
	memset(causes, 0, sizeof(*causes));
}
