/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory of this process that the IOMMU is shown, and where it lies physically. */
#include "source/source.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "source/internal.h"

/* include/uapi/asm-generic/mman-common.h; older C libraries lack it. */
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

#ifndef MAP_HUGE_SHIFT
#define MAP_HUGE_SHIFT 26
#endif

/* Anonymous memory at a multiple of @align: map more, cut off both ends. */
static void *map_aligned(size_t len, size_t align, int protection)
{
	unsigned char *address, *start;
	size_t before;

	address = mmap(NULL, len + align, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		       -1, 0);
	if (address == MAP_FAILED)
		return NULL;
	before = (align - (uintptr_t)address % align) % align;
	start = address + before;
	if (before)
		munmap(address, before);
	if (align - before)
		munmap(start + len, align - before);
	return start;
}

/*
 * A process that is forked while a device can access the memory would share it, and then a page that is
 * written to is moved or a huge one is split (madvise(2)).
 */
static void keep_from_children(const struct source_memory *memory)
{
	madvise(memory->address, memory->len, MADV_DONTFORK);
}

/*
 * Writing to each page gives it a frame; MADV_POPULATE_WRITE would do it, but only from 5.14 on
 * (madvise(2)).
 * Kernel: mm/madvise.c, MADV_POPULATE_WRITE: 6.1, 6.12, 7.3.
 */
static void populate(unsigned char *address, size_t len)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	for (size_t at = 0; at < len; at += page)
		*(volatile unsigned char *)(address + at) = 0;
}

int source_memory_map(struct source *source, size_t len, size_t align, struct source_memory *memory)
{
	json_t *ask = json_pack("{s:s, s:I}", "call", "memory", "bytes", (json_int_t)len);
	bool replay = source->mode == SOURCE_REPLAY;
	int ret = 0;

	*memory = (struct source_memory){ 0 };
	if (replay)
		ret = answer_result(transcript_next(source, ask));
	if (ret >= 0) {
		/* A replay passes the memory to no device: addresses are enough. */
		memory->address = map_aligned(len, align,
					      replay ? PROT_NONE : PROT_READ | PROT_WRITE);
		memory->len = len;
		ret = memory->address ? 0 : -ENOMEM;
	}
	if (ret >= 0 && !replay) {
		keep_from_children(memory);
		madvise(memory->address, len, MADV_HUGEPAGE); /* a wish, not a need */
		populate(memory->address, len);
	}
	answer_set_result(ask, ret);
	call_end(source, ask);
	return ret;
}

static int take_anonymous(enum source_pages pages, uint64_t page, size_t len,
			  struct source_memory *memory, struct source_taking *taking)
{
	bool huge = pages == SOURCE_PAGES_TRANSPARENT;
	uint64_t began;
	int ret = 0;

	memory->address = map_aligned(len, page, PROT_READ | PROT_WRITE);
	memory->len = len;
	if (!memory->address)
		return -ENOMEM;
	/* A kernel without transparent huge pages gives small ones unasked. */
	if (madvise(memory->address, len, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE) < 0 && huge)
		return -errno;
	began = clock_now();
	/* In the kernel, without a fault for each page. */
	if (madvise(memory->address, len, MADV_POPULATE_WRITE) < 0) {
		ret = errno == EINVAL ? 0 : -errno;
		if (ret == 0)
			populate(memory->address, len);
	}
	taking->nanoseconds = clock_now() - began;
	return ret;
}

/*
 * Out of a pool. The kernel gives its pages here or not at all: whoever touched them later would be
 * killed where the pool or the control group has no more (SIGBUS). MAP_POPULATE does not report a failure,
 * so each page is looked for.
 */
static int take_hugetlb(uint64_t page, size_t len, struct source_memory *memory,
			struct source_taking *taking)
{
	int size = (int)((unsigned int)__builtin_ctzll(page) << MAP_HUGE_SHIFT);
	size_t count = len / (size_t)sysconf(_SC_PAGESIZE);
	_cleanup_free_ unsigned char *present = xcalloc(count, 1);
	uint64_t began = clock_now();

	memory->address = mmap(NULL, len, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_POPULATE | size, -1,
			       0);
	taking->nanoseconds = clock_now() - began;
	if (memory->address == MAP_FAILED) {
		memory->address = NULL;
		return -errno;
	}
	memory->len = len;
	return mincore(memory->address, len, present) == 0 && !memchr(present, 0, count) ? 0
											 : -ENOMEM;
}

/* Count the bytes of @memory in transparent huge pages. */
static void look_for_huge(const struct source_memory *memory, struct source_taking *taking)
{
	_cleanup_file_ FILE *maps = fopen("/proc/self/smaps", "re");
	uintptr_t from = (uintptr_t)memory->address;
	_cleanup_free_ char *line = NULL;
	uintptr_t start, end;
	bool inside = false;
	size_t room = 0;
	uint64_t kib;

	if (!maps)
		taking->huge_errno = errno;
	while (maps && getline(&line, &room, maps) > 0) {
		if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " ", &start, &end) == 2)
			inside = start < from + memory->len && end > from;
		else if (inside && sscanf(line, "AnonHugePages: %" SCNu64, &kib) == 1)
			taking->huge += kib * 1024;
	}
}

static int take_replay(struct source *source, json_t *ask, uint64_t page, size_t len,
		       struct source_memory *memory, struct source_taking *taking)
{
	const json_t *answer = transcript_next(source, ask);
	const json_t *huge = json_object_get(answer, "huge");
	int ret = answer_result(answer);

	if (ret < 0)
		return ret;
	taking->nanoseconds = json_u64(json_object_get(answer, "nanoseconds"));
	taking->huge = json_u64(huge);
	taking->huge_errno = huge ? 0 : ENODATA;
	/* Passed to no device, as in source_memory_map(). */
	memory->address = map_aligned(len, page, PROT_NONE);
	memory->len = len;
	return memory->address ? 0 : -ENOMEM;
}

int source_memory_take(struct source *source, enum source_pages pages, uint64_t page, size_t len,
		       struct source_memory *memory, struct source_taking *taking)
{
	static const char *const names[] = { "base", "transparent", "hugetlb" };
	json_t *ask = json_pack("{s:s, s:I, s:s, s:I}", "call", "memory", "bytes", (json_int_t)len,
				"pages", names[pages], "page", (json_int_t)page);
	int ret;

	*memory = (struct source_memory){ 0 };
	*taking = (struct source_taking){ 0 };
	if (source->mode == SOURCE_REPLAY)
		ret = take_replay(source, ask, page, len, memory, taking);
	else if (pages == SOURCE_PAGES_HUGETLB)
		ret = take_hugetlb(page, len, memory, taking);
	else
		ret = take_anonymous(pages, page, len, memory, taking);
	if (ret >= 0 && source->mode != SOURCE_REPLAY)
		keep_from_children(memory);
	if (ret < 0)
		source_memory_unmap(memory);
	else if (pages == SOURCE_PAGES_TRANSPARENT && source->mode != SOURCE_REPLAY)
		look_for_huge(memory, taking);
	answer_set_result(ask, ret);
	json_object_set_new(ask, "nanoseconds", json_integer((json_int_t)taking->nanoseconds));
	if (pages == SOURCE_PAGES_TRANSPARENT && !taking->huge_errno)
		json_object_set_new(ask, "huge", json_integer((json_int_t)taking->huge));
	call_end(source, ask);
	return ret;
}

static void *page_address(const struct source_memory *memory, uint64_t page_size, size_t index)
{
	return (unsigned char *)memory->address + index * page_size;
}

/* Move both pages to two neighbouring places. */
static int move_pair(struct source_memory *memory, uint64_t page_size, size_t first, size_t second,
		     struct source_pair *pair)
{
	const size_t from[] = { first, second };

	pair->len = 2 * page_size;
	pair->address = mmap(NULL, pair->len, PROT_NONE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (pair->address == MAP_FAILED)
		return -errno;
	for (size_t i = 0; i < 2; i++) {
		void *to = (unsigned char *)pair->address + i * page_size;

		if (mremap(page_address(memory, page_size, from[i]), page_size, page_size,
			   MREMAP_MAYMOVE | MREMAP_FIXED, to) == MAP_FAILED) {
			int error = errno;

			munmap(pair->address, pair->len);
			return -error;
		}
	}
	return 0;
}

int source_memory_pair(struct source *source, struct source_memory *memory, uint64_t page_size,
		       size_t first, size_t second, void **address)
{
	struct source_pair pair;
	int ret;

	*address = page_address(memory, page_size, first);
	/* A replay passes the pages to no device. */
	if (second == first + 1 || source->mode == SOURCE_REPLAY)
		return 0;
	ret = move_pair(memory, page_size, first, second, &pair);
	if (ret < 0)
		return ret;
	APPEND(memory->pairs, memory->n_pairs, pair);
	*address = pair.address;
	return 0;
}

void source_memory_unmap(struct source_memory *memory)
{
	for (size_t i = 0; i < memory->n_pairs; i++)
		munmap(memory->pairs[i].address, memory->pairs[i].len);
	free(memory->pairs);
	if (memory->address)
		munmap(memory->address, memory->len);
	*memory = (struct source_memory){ 0 };
}

static int read_pagemap(const void *address, uint64_t page_size, uint64_t *frames, size_t count)
{
	_cleanup_close_ int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	size_t bytes = count * sizeof(*frames);
	bool any = false;
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = pread(fd, frames, bytes, (off_t)((uintptr_t)address / page_size * sizeof(*frames)));
	if (n < 0)
		return -errno;
	if ((size_t)n != bytes)
		return -EIO;
	for (size_t i = 0; i < count; i++) {
		frames[i] = (frames[i] & PAGEMAP_PRESENT) ? frames[i] & PAGEMAP_FRAME_MASK : 0;
		any |= frames[i] != 0;
	}
	return any ? 0 : -EPERM;
}

/* Frames as runs of neighbours: "0x1a00+512" is 0x1a00 to 0x1bff. */
static json_t *frames_to_json(const uint64_t *frames, size_t count)
{
	json_t *runs = json_array();
	size_t from = 0;

	while (from < count) {
		_cleanup_free_ char *text = NULL;
		size_t to = from + 1;

		while (to < count && frames[from] && frames[to] == frames[to - 1] + 1)
			to++;
		text = xasprintf("0x%" PRIx64 "+%zu", frames[from], to - from);
		json_array_append_new(runs, json_string(text));
		from = to;
	}
	return runs;
}

static void frames_from_json(const json_t *runs, uint64_t *frames, size_t count)
{
	size_t index, done = 0;
	json_t *run;

	memset(frames, 0, count * sizeof(*frames));
	json_array_foreach (runs, index, run) {
		const char *text = json_string_value(run);
		char number[24];
		uint64_t first;
		size_t n;

		if (!text || sscanf(text, "%23[0-9a-fx]+%zu", number, &n) != 2 ||
		    text_to_u64(number, 0, &first) < 0)
			return;
		for (size_t i = 0; i < n && done < count; i++)
			frames[done++] = first + i;
	}
}

int source_frames(struct source *source, const struct source_memory *memory, uint64_t page_size,
		  uint64_t *frames, size_t count)
{
	json_t *ask = json_pack("{s:s, s:I}", "call", "frames", "count", (json_int_t)count);
	json_t *answer;
	int ret;

	if (source->mode == SOURCE_REPLAY) {
		answer = transcript_next(source, ask);
		ret = answer_result(answer);
		frames_from_json(json_object_get(answer, "frames"), frames, count);
	} else {
		ret = read_pagemap(memory->address, page_size, frames, count);
		answer_set_result(ask, ret);
		if (ret >= 0)
			json_object_set_new(ask, "frames", frames_to_json(frames, count));
	}
	call_end(source, ask);
	return ret;
}
