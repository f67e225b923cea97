/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture.h"

#include <sys/mman.h>

#include "probe/buffer.h"

#define EVEN 0
#define ODD  1

/* Which pages of @frames are chosen. */
static void assert_pair(const uint64_t *frames, size_t count, unsigned int odd, size_t first,
			size_t second)
{
	struct pair pair = pages_choose(frames, count, odd);

	assert_true(pair.found);
	assert_int_equal(pair.first, first);
	assert_int_equal(pair.second, second);
}

static void assert_no_pair(const uint64_t *frames, size_t count)
{
	assert_false(pages_choose(frames, count, EVEN).found);
	assert_false(pages_choose(frames, count, ODD).found);
}

TEST(an_even_pair_is_found)
{
	static const uint64_t frames[] = { 0x31, 0x50, 0x77, 0x100, 0x101, 0x200 };

	assert_pair(frames, COUNT(frames), EVEN, 3, 4);
	assert_false(pages_choose(frames, COUNT(frames), ODD).found);
}

TEST(an_odd_pair_is_found)
{
	static const uint64_t frames[] = { 0x31, 0x50, 0x101, 0x102, 0x200 };

	assert_pair(frames, COUNT(frames), ODD, 2, 3);
	assert_false(pages_choose(frames, COUNT(frames), EVEN).found);
}

TEST(three_in_a_row_have_both_pairs)
{
	static const uint64_t from_even[] = { 0x100, 0x101, 0x102 };
	static const uint64_t from_odd[] = { 0x101, 0x102, 0x103 };

	assert_pair(from_even, 3, EVEN, 0, 1);
	assert_pair(from_even, 3, ODD, 1, 2);
	assert_pair(from_odd, 3, EVEN, 1, 2);
	assert_pair(from_odd, 3, ODD, 0, 1);
}

TEST(the_first_pair_of_each_kind_is_taken)
{
	static const uint64_t frames[] = { 0x900, 0x901, 0x300, 0x301, 0x801, 0x802, 0x501, 0x502 };

	assert_pair(frames, COUNT(frames), EVEN, 0, 1);
	assert_pair(frames, COUNT(frames), ODD, 4, 5);
}

TEST(the_last_two_pages_can_be_a_pair)
{
	static const uint64_t frames[] = { 0x500, 0x7, 0x100, 0x101 };

	assert_pair(frames, COUNT(frames), EVEN, 2, 3);
}

TEST(pages_that_do_not_follow_each_other_can_be_a_pair)
{
	static const uint64_t descending[] = { 0x105, 0x104, 0x103, 0x102 };
	static const uint64_t far[] = { 0x201, 0x31, 0x77, 0x200, 0x202 };

	assert_pair(descending, COUNT(descending), EVEN, 3, 2);
	assert_pair(descending, COUNT(descending), ODD, 2, 1);
	assert_pair(far, COUNT(far), EVEN, 3, 0);
	assert_pair(far, COUNT(far), ODD, 0, 4);
}

TEST(pages_that_follow_each_other_come_first)
{
	static const uint64_t frames[] = { 0x11, 0x10, 0x101, 0x100, 0x400, 0x401 };

	assert_pair(frames, COUNT(frames), EVEN, 4, 5);
}

TEST(no_frame_is_no_neighbour)
{
	static const uint64_t frames[] = { 0, 1, 0, 0, 5, 0 };

	assert_no_pair(frames, COUNT(frames));
}

TEST(fewer_than_two_pages_are_no_pair)
{
	static const uint64_t frames[] = { 0x100 };

	assert_no_pair(frames, 1);
	assert_no_pair(NULL, 0);
}

static bool is_pair(const uint64_t *frames, size_t one, size_t two, unsigned int odd)
{
	return frames[one] && frames[one] % 2 == odd && frames[two] == frames[one] + 1;
}

TEST(what_is_found_is_a_pair_and_what_is_not_found_is_not_there)
{
	for (unsigned int turn = 0; turn < 20000; turn++) {
		struct random random = random_turn(turn);
		size_t count = random_below(&random, 10);
		unsigned int odd = random_below(&random, 2);
		uint64_t *frames = malloc((count + !count) * sizeof(*frames));
		bool any = false, following = false;
		struct pair pair;

		assert_non_null(frames);
		for (size_t i = 0; i < count; i++)
			frames[i] = random_below(&random, 12);
		for (size_t i = 0; i < count; i++) {
			for (size_t j = 0; j < count; j++)
				any |= is_pair(frames, i, j, odd);
			following |= i + 1 < count && is_pair(frames, i, i + 1, odd);
		}
		pair = pages_choose(frames, count, odd);
		CHECK(&random, pair.found == any);
		if (pair.found) {
			CHECK(&random, pair.first < count && pair.second < count);
			CHECK(&random, is_pair(frames, pair.first, pair.second, odd));
			CHECK(&random, !following || pair.second == pair.first + 1);
		}
		free(frames);
	}
}

/* source_memory_pair() */

TEST(a_pair_is_moved_side_by_side_with_what_is_in_it)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint64_t before[8], after[2];
	struct source *source = NULL;
	struct source_memory memory, part;
	unsigned char resident[2];
	void *pair = NULL;
	int ret;

	assert_int_equal(source_open_live(&source), 0);
	assert_int_equal(source_memory_map(source, 8 * page, 8 * page, &memory), 0);
	for (size_t i = 0; i < 8; i++)
		memset((char *)memory.address + i * page, 'a' + (int)i, page);
	ret = source_frames(source, &memory, page, before, 8);
	assert_int_equal(source_memory_pair(source, &memory, page, 5, 2, &pair), 0);
	assert_int_equal(*(char *)pair, 'f');
	assert_int_equal(((char *)pair)[page - 1], 'f');
	assert_int_equal(((char *)pair)[page], 'c');
	assert_int_equal(((char *)pair)[2 * page - 1], 'c');
	/* As a device sees it, too, where this process may know. */
	part = (struct source_memory){ .address = pair, .len = 2 * page };
	assert_int_equal(source_frames(source, &part, page, after, 2), ret);
	if (ret == 0) {
		assert_int_equal(after[0], before[5]);
		assert_int_equal(after[1], before[2]);
	}
	source_memory_unmap(&memory);
	assert_null(memory.address);
	assert_int_equal(mincore(pair, 2 * page, resident), -1); /* nothing is mapped there */
	source_memory_unmap(&memory);
	source_close(source);
}

TEST(a_pair_that_is_one_already_stays)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct source *source = NULL;
	struct source_memory memory;
	void *pair = NULL;

	assert_int_equal(source_open_live(&source), 0);
	assert_int_equal(source_memory_map(source, 8 * page, 8 * page, &memory), 0);
	assert_int_equal(source_memory_pair(source, &memory, page, 6, 7, &pair), 0);
	assert_ptr_equal(pair, (char *)memory.address + 6 * page);
	source_memory_unmap(&memory);
	source_close(source);
}

/* pages_get(), on memory and frames from a transcript */

static int get(const char *lines, uint64_t page_size, struct pages *pages, struct buffer *buffer)
{
	struct source *source = replay_lines(lines);
	int ret = pages_get(source, page_size, pages, buffer);

	assert_null(source_problem(source));
	source_close(source);
	return ret;
}

#define MEMORY_2M "{'call': 'memory', 'bytes': 2097152, 'ret': 0}\n"

/* Where page @index of @pages is. */
static void *page_of(const struct pages *pages, size_t index)
{
	return (char *)pages->memory.address + index * 4096;
}

TEST(a_huge_page_has_both_pairs)
{
	struct buffer buffer;
	struct pages pages;

	assert_int_equal(get(MEMORY_2M "{'call': 'frames', 'count': 512, 'ret': 0, "
				       "'frames': ['0x1a00+512']}\n",
			     4096, &pages, &buffer),
			 0);
	assert_int_equal(buffer.contiguous, ANSWER_YES);
	assert_string_equal(buffer.known_by, "pagemap");
	assert_int_equal(buffer.frames_errno, 0);
	assert_ptr_equal(pages.even, pages.memory.address);
	assert_int_equal((uintptr_t)pages.memory.address % 2097152, 0);
	/* No page is in both. */
	assert_ptr_equal(pages.odd, page_of(&pages, 3));
	source_memory_unmap(&pages.memory);
}

TEST(a_page_of_the_even_pair_is_in_no_odd_one)
{
	static const char *const frames[] = { "0x1ff+3", "0x200+3" };

	for (size_t i = 0; i < COUNT(frames); i++) {
		struct buffer buffer;
		struct pages pages;

		assert_int_equal(get(keep(xasprintf(MEMORY_2M "{'call': 'frames', 'count': 512, "
							      "'ret': 0, 'frames': ['%s']}\n",
						    frames[i])),
				     4096, &pages, &buffer),
				 0);
		assert_ptr_equal(pages.even, page_of(&pages, 1 - i));
		assert_null(pages.odd);
		source_memory_unmap(&pages.memory);
	}
}

TEST(scattered_pages_may_have_an_even_pair_only)
{
	struct buffer buffer;
	struct pages pages;

	assert_int_equal(get(MEMORY_2M "{'call': 'frames', 'count': 512, 'ret': 0, 'frames': "
				       "['0x31+1', '0x0+1', '0x77+1', '0x500+2', '0x9+1']}\n",
			     4096, &pages, &buffer),
			 0);
	assert_int_equal(buffer.contiguous, ANSWER_YES);
	assert_ptr_equal(pages.even, page_of(&pages, 3));
	assert_null(pages.odd);
	source_memory_unmap(&pages.memory);
}

TEST(pages_without_an_even_pair_are_not_contiguous)
{
	struct buffer buffer;
	struct pages pages;

	assert_int_equal(get(MEMORY_2M "{'call': 'frames', 'count': 512, 'ret': 0, "
				       "'frames': ['0x77+1', '0x31+2']}\n",
			     4096, &pages, &buffer),
			 0);
	assert_int_equal(buffer.contiguous, ANSWER_NO);
	assert_string_equal(buffer.known_by, "pagemap");
	assert_ptr_equal(pages.even, pages.memory.address);
	assert_ptr_equal(pages.odd, page_of(&pages, 1));
	source_memory_unmap(&pages.memory);
}

TEST(without_frames_the_first_pages_are_taken_and_nothing_is_known)
{
	struct buffer buffer;
	struct pages pages;

	assert_int_equal(get(MEMORY_2M "{'call': 'frames', 'count': 512, 'errno': 'EPERM'}\n", 4096,
			     &pages, &buffer),
			 0);
	assert_int_equal(buffer.contiguous, ANSWER_UNKNOWN);
	assert_null(buffer.known_by);
	assert_int_equal(buffer.frames_errno, EPERM);
	assert_ptr_equal(pages.even, pages.memory.address);
	assert_null(pages.odd);
	source_memory_unmap(&pages.memory);
}

TEST(memory_that_is_not_to_be_had_is_an_error)
{
	struct buffer buffer;
	struct pages pages;

	assert_int_equal(get("{'call': 'memory', 'bytes': 2097152, 'errno': 'ENOMEM'}\n", 4096,
			     &pages, &buffer),
			 -ENOMEM);
	assert_null(pages.memory.address);
	assert_int_equal(buffer.contiguous, ANSWER_UNKNOWN);
}

TEST(larger_pages_get_at_least_sixty_four)
{
	struct buffer buffer;
	struct pages pages;

	assert_int_equal(get("{'call': 'memory', 'bytes': 4194304, 'ret': 0}\n"
			     "{'call': 'frames', 'count': 64, 'ret': 0, "
			     "'frames': ['0x10+1', '0x21+1', '0x32+2']}\n",
			     65536, &pages, &buffer),
			 0);
	assert_ptr_equal(pages.even, (char *)pages.memory.address + 2 * 65536);
	source_memory_unmap(&pages.memory);
	assert_int_equal(get(MEMORY_2M "{'call': 'frames', 'count': 128, 'ret': 0, "
				       "'frames': ['0x10+128']}\n",
			     16384, &pages, &buffer),
			 0);
	source_memory_unmap(&pages.memory);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_even_pair_is_found),
		cmocka_unit_test(an_odd_pair_is_found),
		cmocka_unit_test(three_in_a_row_have_both_pairs),
		cmocka_unit_test(the_first_pair_of_each_kind_is_taken),
		cmocka_unit_test(the_last_two_pages_can_be_a_pair),
		cmocka_unit_test(pages_that_do_not_follow_each_other_can_be_a_pair),
		cmocka_unit_test(pages_that_follow_each_other_come_first),
		cmocka_unit_test(no_frame_is_no_neighbour),
		cmocka_unit_test(fewer_than_two_pages_are_no_pair),
		cmocka_unit_test(what_is_found_is_a_pair_and_what_is_not_found_is_not_there),
		cmocka_unit_test(a_pair_is_moved_side_by_side_with_what_is_in_it),
		cmocka_unit_test(a_pair_that_is_one_already_stays),
		cmocka_unit_test(a_huge_page_has_both_pairs),
		cmocka_unit_test(a_page_of_the_even_pair_is_in_no_odd_one),
		cmocka_unit_test(scattered_pages_may_have_an_even_pair_only),
		cmocka_unit_test(pages_without_an_even_pair_are_not_contiguous),
		cmocka_unit_test(without_frames_the_first_pages_are_taken_and_nothing_is_known),
		cmocka_unit_test(memory_that_is_not_to_be_had_is_an_error),
		cmocka_unit_test(larger_pages_get_at_least_sixty_four),
	};

	return UNIT_RUN("buffer", tests);
}
