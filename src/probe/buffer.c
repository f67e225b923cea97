/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe/buffer.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/cleanup.h"

/*
 * 2 MiB, aligned: one transparent huge page where pages have 4 KiB. Where they are larger, still
 * at least 64 of them, so that a contiguous pair is likely.
 */
#define BUFFER_BYTES (UINT64_C(2) << 20)
#define BUFFER_PAGES 64

/** struct place - a page frame, and the index of the page that has it. */
struct place {
	uint64_t frame;
	size_t index;
};

static int compare_places(const void *a, const void *b)
{
	const struct place *one = a;
	const struct place *two = b;

	return one->frame < two->frame ? -1 : one->frame > two->frame;
}

/* The first two neighbours in @places whose first frame is even, or odd. */
static struct pair find_pair(const struct place *places, size_t count, unsigned int odd)
{
	for (size_t i = 0; i + 1 < count; i++) {
		if (places[i].frame && places[i].frame % 2 == odd &&
		    places[i + 1].frame == places[i].frame + 1)
			return (struct pair){ true, places[i].index, places[i + 1].index };
	}
	return (struct pair){ 0 };
}

struct pair pages_choose(const uint64_t *frames, size_t count, unsigned int odd)
{
	_cleanup_free_ struct place *places = xcalloc(count, sizeof(*places));
	struct pair pair;

	for (size_t i = 0; i < count; i++)
		places[i] = (struct place){ .frame = frames[i], .index = i };
	pair = find_pair(places, count, odd);
	if (pair.found)
		return pair;
	qsort(places, count, sizeof(*places), compare_places);
	return find_pair(places, count, odd);
}

/* Find a pair, put it where it can be used, and take its pages out of @frames. */
static int take_pair(struct source *source, struct pages *pages, uint64_t page_size,
		     uint64_t *frames, size_t count, unsigned int odd, void **address)
{
	struct pair pair = pages_choose(frames, count, odd);

	if (!pair.found)
		return 0;
	frames[pair.first] = 0;
	frames[pair.second] = 0;
	return source_memory_pair(source, &pages->memory, page_size, pair.first, pair.second,
				  address);
}

int pages_get(struct source *source, uint64_t page_size, struct pages *pages, struct buffer *buffer)
{
	size_t len = page_size * BUFFER_PAGES > BUFFER_BYTES ? page_size * BUFFER_PAGES
							     : BUFFER_BYTES;
	size_t count = len / page_size;
	_cleanup_free_ uint64_t *frames = xcalloc(count, sizeof(*frames));
	int ret;

	*pages = (struct pages){ 0 };
	*buffer = (struct buffer){ 0 };
	ret = source_memory_map(source, len, len, &pages->memory);
	if (ret < 0)
		return ret;
	ret = source_frames(source, &pages->memory, page_size, frames, count);
	if (ret < 0) {
		buffer->frames_errno = -ret;
		pages->even = pages->memory.address;
		return 0;
	}
	ret = take_pair(source, pages, page_size, frames, count, 0, &pages->even);
	if (ret >= 0)
		ret = take_pair(source, pages, page_size, frames, count, 1, &pages->odd);
	buffer->known_by = "pagemap";
	buffer->contiguous = pages->even ? ANSWER_YES : ANSWER_NO;
	if (!pages->even)
		pages->even = pages->memory.address;
	return ret;
}
