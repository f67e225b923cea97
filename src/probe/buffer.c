/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/buffer.h"

#include "base/alloc.h"
#include "base/cleanup.h"

/*
 * 2 MiB, aligned: one transparent huge page where pages have 4 KiB. Where they are larger, still
 * at least 64 of them, so that a contiguous pair is likely.
 */
#define BUFFER_BYTES (UINT64_C(2) << 20)
#define BUFFER_PAGES 64

unsigned int pages_choose(const uint64_t *frames, size_t count, size_t *even, size_t *odd)
{
	unsigned int found = 0;

	for (size_t i = 0; i + 1 < count && found != 3; i++) {
		unsigned int bit = frames[i] % 2 ? 2 : 1;

		if (!frames[i] || frames[i + 1] != frames[i] + 1 || found & bit)
			continue;
		*(bit == 1 ? even : odd) = i;
		found |= bit;
	}
	return found;
}

int pages_get(struct source *source, uint64_t page_size, struct pages *pages, struct buffer *buffer)
{
	size_t len = page_size * BUFFER_PAGES > BUFFER_BYTES ? page_size * BUFFER_PAGES
							     : BUFFER_BYTES;
	size_t count = len / page_size;
	_cleanup_free_ uint64_t *frames = xcalloc(count, sizeof(*frames));
	unsigned int found;
	int ret;

	*pages = (struct pages){ .page_size = page_size };
	*buffer = (struct buffer){ 0 };
	ret = source_memory_map(source, len, len, &pages->memory);
	if (ret < 0)
		return ret;
	ret = source_frames(source, &pages->memory, page_size, frames, count);
	if (ret < 0) {
		buffer->frames_errno = -ret;
		return 0;
	}
	found = pages_choose(frames, count, &pages->even, &pages->odd);
	buffer->contiguous = found & 1 ? ANSWER_YES : ANSWER_NO;
	buffer->odd_contiguous = found & 2;
	buffer->known_by = "pagemap";
	return 0;
}

void *pages_address(const struct pages *pages, size_t index)
{
	return (unsigned char *)pages->memory.address + index * pages->page_size;
}
