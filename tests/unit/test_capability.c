/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "vfio/internal.h"

#define CAP_RANGES    1
#define CAP_MIGRATION 2
#define CAP_AVAIL     3

#define FLAG_PGSIZES 1
#define FLAG_CAPS    2

#define FIXED_LEN     24
#define MIGRATION_LEN 32
#define AVAIL_LEN     12
#define RANGES_LEN    16 /* and 16 for each range */

/** struct answer - a buffer as VFIO_IOMMU_GET_INFO fills it. */
struct answer {
	unsigned char bytes[512];
	size_t len;
};

static void put(struct answer *answer, size_t offset, const void *from, size_t len)
{
	assert_true(offset + len <= sizeof(answer->bytes));
	memcpy(answer->bytes + offset, from, len);
	if (offset + len > answer->len)
		answer->len = offset + len;
}

static void put_u16(struct answer *answer, size_t offset, uint16_t value)
{
	put(answer, offset, &value, sizeof(value));
}

static void put_u32(struct answer *answer, size_t offset, uint32_t value)
{
	put(answer, offset, &value, sizeof(value));
}

static void put_u64(struct answer *answer, size_t offset, uint64_t value)
{
	put(answer, offset, &value, sizeof(value));
}

static void put_fixed(struct answer *answer, uint32_t flags, uint64_t page_sizes,
		      uint32_t cap_offset)
{
	put_u32(answer, 4, flags);
	put_u64(answer, 8, page_sizes);
	put_u32(answer, 16, cap_offset);
	put_u32(answer, 20, 0);
}

/* Once all is in: argsz is the length. */
static void put_argsz(struct answer *answer)
{
	put_u32(answer, 0, (uint32_t)answer->len);
}

static void put_header(struct answer *answer, size_t offset, uint16_t id, uint32_t next)
{
	put_u16(answer, offset, id);
	put_u16(answer, offset + 2, 1);
	put_u32(answer, offset + 4, next);
}

static void put_migration(struct answer *answer, size_t offset, uint32_t next)
{
	put_header(answer, offset, CAP_MIGRATION, next);
	put_u32(answer, offset + 8, 0);
	put_u64(answer, offset + 16, 0x1000);
	put_u64(answer, offset + 24, 0x10000000);
}

static void put_avail(struct answer *answer, size_t offset, uint32_t next, uint32_t avail)
{
	put_header(answer, offset, CAP_AVAIL, next);
	put_u32(answer, offset + 8, avail);
}

static void put_ranges(struct answer *answer, size_t offset, uint32_t next,
		       const struct range *ranges, uint32_t count)
{
	put_header(answer, offset, CAP_RANGES, next);
	put_u32(answer, offset + 8, count);
	put_u32(answer, offset + 12, 0);
	for (uint32_t i = 0; i < count; i++) {
		put_u64(answer, offset + 16 + 16 * i, ranges[i].start);
		put_u64(answer, offset + 24 + 16 * i, ranges[i].end);
	}
}

/* IOVA ranges as real kernels list them */
static const struct range intel[] = { { 0, 0xfedfffff }, { 0xfef00000, 0x7fffffffff } };
static const struct range amd[] = { { 0, 0xfedfffff },
				    { 0xfef00000, 0xfcffffffff },
				    { 0x10000000000, UINT64_MAX } };
static const struct range smmu[] = { { 0, 0x7ffffff }, { 0x8100000, 0xffffffffffff } };
static const struct range zpci[] = { { 0x100000000, 0x13fffffff } };

/*
 * A whole answer of type1, in its order 2, 3, 1.
 * @padded: capabilities at multiples of 8, as from 6.6 on; before that they follow each other
 */
static struct answer real_answer(const struct range *ranges, uint32_t count, uint64_t page_sizes,
				 bool padded)
{
	struct answer answer = { .len = 0 };
	uint32_t avail = FIXED_LEN + MIGRATION_LEN;
	uint32_t list = avail + AVAIL_LEN + (padded ? 4 : 0);

	put_fixed(&answer, FLAG_PGSIZES | FLAG_CAPS, page_sizes, FIXED_LEN);
	put_migration(&answer, FIXED_LEN, avail);
	put_avail(&answer, avail, list, 65535);
	put_ranges(&answer, list, 0, ranges, count);
	put_argsz(&answer);
	return answer;
}

/* An answer with nothing but a list of one range behind the fixed part. */
static struct answer plain_answer(void)
{
	struct answer answer = { .len = 0 };

	put_fixed(&answer, FLAG_PGSIZES | FLAG_CAPS, 0x1000, FIXED_LEN);
	put_ranges(&answer, FIXED_LEN, 0, zpci, 1);
	put_argsz(&answer);
	return answer;
}

/* A copy of @len bytes that ends where its memory ends, so that a look beyond is seen. */
static void *exact_copy(const void *bytes, size_t len)
{
	void *copy = malloc(len);

	if (len) {
		assert_non_null(copy);
		memcpy(copy, bytes, len);
	}
	return copy;
}

static int parse_bytes(const void *bytes, size_t len, struct iommu_info *info)
{
	void *copy = exact_copy(bytes, len);
	int ret = vfio_parse_info(copy, len, info);

	free(copy);
	return ret;
}

static int parse(const struct answer *answer, struct iommu_info *info)
{
	return parse_bytes(answer->bytes, answer->len, info);
}

static void info_clear(struct iommu_info *info)
{
	free(info->ranges.range);
	*info = (struct iommu_info){ 0 };
}

static void assert_empty(const struct iommu_info *info)
{
	assert_false(info->has_page_sizes || info->has_ranges || info->has_dma_avail ||
		     info->has_migration);
	assert_null(info->ranges.range);
	assert_int_equal(info->ranges.count, 0);
}

/* @answer makes no sense, and nothing of it is handed out. */
static void assert_refused(const struct answer *answer)
{
	struct iommu_info info;

	assert_int_equal(parse(answer, &info), -EBADMSG);
	assert_empty(&info);
}

static void assert_ranges(const struct iommu_info *info, const struct range *ranges, size_t count)
{
	assert_true(info->has_ranges);
	assert_int_equal(info->ranges.count, count);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(info->ranges.range[i].start, ranges[i].start);
		assert_int_equal(info->ranges.range[i].end, ranges[i].end);
	}
}

/* What real kernels write */

TEST(real_chains_are_read_packed_and_padded)
{
	static const struct {
		const struct range *ranges;
		uint32_t count;
		uint64_t page_sizes;
	} machines[] = {
		{ intel, COUNT(intel), 0x40201000 },
		{ amd, COUNT(amd), 0xffffff7ffffff000 },
		{ smmu, COUNT(smmu), 0x40201000 },
		{ zpci, COUNT(zpci), 0x1000 },
	};

	for (size_t i = 0; i < 2 * COUNT(machines); i++) {
		struct answer answer = real_answer(machines[i / 2].ranges, machines[i / 2].count,
						   machines[i / 2].page_sizes, i % 2);
		struct iommu_info info;

		assert_int_equal(parse(&answer, &info), 0);
		assert_true(info.has_page_sizes);
		assert_int_equal(info.page_sizes, machines[i / 2].page_sizes);
		assert_true(info.has_migration);
		assert_true(info.has_dma_avail);
		assert_int_equal(info.dma_avail, 65535);
		assert_ranges(&info, machines[i / 2].ranges, machines[i / 2].count);
		info_clear(&info);
	}
}

TEST(a_packed_chain_has_its_ranges_at_68_and_a_padded_one_at_72)
{
	struct answer packed = real_answer(zpci, 1, 0x1000, false);
	struct answer padded = real_answer(zpci, 1, 0x1000, true);

	assert_int_equal(packed.len, 68 + 32);
	assert_int_equal(padded.len, 72 + 32);
}

TEST(the_chain_of_iommufd_has_avail_before_ranges_and_no_migration)
{
	static const struct range whole[] = { { 0, UINT64_MAX } };
	struct answer answer = { .len = 0 };
	struct iommu_info info;

	put_fixed(&answer, FLAG_PGSIZES | FLAG_CAPS, 0xfffffffffffff000, 24);
	put_avail(&answer, 24, 40, UINT32_MAX);
	put_ranges(&answer, 40, 0, whole, 1);
	put_argsz(&answer);
	assert_int_equal(parse(&answer, &info), 0);
	assert_false(info.has_migration);
	assert_int_equal(info.dma_avail, UINT32_MAX);
	assert_ranges(&info, whole, 1);
	info_clear(&info);
}

TEST(a_kernel_without_capabilities_is_understood)
{
	static const uint32_t sizes[] = { 16, 24 };

	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct answer answer = { .len = 0 };
		struct iommu_info info;

		put_fixed(&answer, FLAG_PGSIZES, 0xfffffffffffff000, 0);
		put_u32(&answer, 0, sizes[i]);
		assert_int_equal(parse(&answer, &info), 0);
		assert_true(info.has_page_sizes);
		assert_int_equal(info.page_sizes, 0xfffffffffffff000);
		assert_false(info.has_ranges || info.has_dma_avail || info.has_migration);
		info_clear(&info);
	}
}

TEST(page_sizes_count_only_with_their_flag)
{
	struct answer answer = plain_answer();
	struct iommu_info info;

	put_u32(&answer, 4, FLAG_CAPS);
	assert_int_equal(parse(&answer, &info), 0);
	assert_false(info.has_page_sizes);
	assert_true(info.has_ranges);
	info_clear(&info);
}

TEST(without_the_flag_a_garbage_cap_offset_does_not_matter)
{
	static const uint32_t offsets[] = { 1, 24, 0xfffffff8, UINT32_MAX };

	for (size_t i = 0; i < COUNT(offsets); i++) {
		struct answer answer = plain_answer();
		struct iommu_info info;

		put_u32(&answer, 4, FLAG_PGSIZES);
		put_u32(&answer, 16, offsets[i]);
		assert_int_equal(parse(&answer, &info), 0);
		assert_true(info.has_page_sizes);
		assert_false(info.has_ranges);
		info_clear(&info);
	}
}

TEST(a_buffer_that_was_too_small_has_no_chain)
{
	struct answer answer = { .len = 0 };
	struct iommu_info info;

	put_fixed(&answer, FLAG_PGSIZES | FLAG_CAPS, 0x1000, 0);
	put_u32(&answer, 0, 140);
	assert_int_equal(parse(&answer, &info), 0);
	assert_true(info.has_page_sizes);
	assert_false(info.has_ranges);
	info_clear(&info);
}

TEST(an_unknown_capability_is_skipped)
{
	struct answer answer = { .len = 0 };
	struct iommu_info info;

	put_fixed(&answer, FLAG_CAPS, 0, 24);
	put_header(&answer, 24, 77, 40);
	put_u64(&answer, 32, UINT64_MAX);
	put_header(&answer, 40, 0, 48);
	put_ranges(&answer, 48, 0, zpci, 1);
	put_argsz(&answer);
	assert_int_equal(parse(&answer, &info), 0);
	assert_ranges(&info, zpci, 1);
	info_clear(&info);
}

TEST(an_empty_list_means_not_known)
{
	struct answer answer = { .len = 0 };
	struct iommu_info info;

	put_fixed(&answer, FLAG_CAPS, 0, 24);
	put_ranges(&answer, 24, 0, NULL, 0);
	put_argsz(&answer);
	assert_int_equal(parse(&answer, &info), 0);
	assert_false(info.has_ranges);
	assert_int_equal(info.ranges.count, 0);
	info_clear(&info);
}

TEST(a_range_of_one_byte_is_a_range)
{
	static const struct range one[] = { { 0x1000, 0x1000 } };
	struct answer answer = { .len = 0 };
	struct iommu_info info;

	put_fixed(&answer, FLAG_CAPS, 0, 24);
	put_ranges(&answer, 24, 0, one, 1);
	put_argsz(&answer);
	assert_int_equal(parse(&answer, &info), 0);
	assert_ranges(&info, one, 1);
	info_clear(&info);
}

/* Buffers that end early */

TEST(every_shorter_buffer_is_refused_and_not_read_beyond)
{
	for (unsigned int padded = 0; padded < 2; padded++) {
		struct answer answer = real_answer(amd, COUNT(amd), 0x1000, padded);

		for (size_t len = 0; len < answer.len; len++) {
			struct iommu_info info;

			assert_int_equal(parse_bytes(answer.bytes, len, &info), -EBADMSG);
			assert_empty(&info);
		}
	}
}

TEST(what_lies_behind_argsz_is_not_believed)
{
	for (unsigned int padded = 0; padded < 2; padded++) {
		struct answer whole = real_answer(amd, COUNT(amd), 0x1000, padded);

		for (uint32_t argsz = 0; argsz < whole.len; argsz++) {
			struct answer answer = whole;

			put_u32(&answer, 0, argsz);
			assert_refused(&answer);
		}
	}
}

TEST(a_buffer_longer_than_argsz_is_read_up_to_argsz)
{
	struct answer answer = real_answer(amd, COUNT(amd), 0x1000, false);
	struct iommu_info info;

	put_u64(&answer, answer.len, UINT64_MAX);
	put_u64(&answer, answer.len, UINT64_MAX);
	assert_int_equal(parse(&answer, &info), 0);
	assert_ranges(&info, amd, COUNT(amd));
	info_clear(&info);
}

TEST(argsz_larger_than_the_buffer_does_not_widen_it)
{
	struct answer answer = plain_answer();
	struct iommu_info info;

	put_u32(&answer, 0, UINT32_MAX);
	assert_int_equal(parse(&answer, &info), 0);
	assert_ranges(&info, zpci, 1);
	info_clear(&info);
	put_u32(&answer, 24 + 8, 2);
	assert_refused(&answer);
}

/* Offsets that make no sense */

TEST(a_chain_does_not_begin_inside_the_fixed_part)
{
	for (uint32_t offset = 1; offset < 24; offset++) {
		struct answer answer = plain_answer();

		put_u32(&answer, 16, offset);
		assert_refused(&answer);
	}
}

TEST(the_fixed_part_is_not_read_as_a_capability)
{
	/* Nothing but zeroes there: an unknown capability, the last of its chain. */
	for (uint32_t offset = 4; offset < 24; offset += 4) {
		struct answer answer = { .len = 32 };

		put_fixed(&answer, FLAG_CAPS, 0, offset);
		put_argsz(&answer);
		assert_refused(&answer);
	}
}

TEST(a_chain_does_not_begin_at_the_end_or_beyond)
{
	struct answer whole = plain_answer();
	const uint32_t offsets[] = { (uint32_t)whole.len - 4,
				     (uint32_t)whole.len,
				     (uint32_t)whole.len + 4,
				     0x10000,
				     0x80000000,
				     0xfffffffc,
				     UINT32_MAX };

	for (size_t i = 0; i < COUNT(offsets); i++) {
		struct answer answer = whole;

		put_u32(&answer, 16, offsets[i]);
		assert_refused(&answer);
	}
}

TEST(a_header_just_fits_at_the_end)
{
	struct answer answer = plain_answer();
	uint32_t end = (uint32_t)answer.len;
	struct iommu_info info;

	put_u32(&answer, 24 + 4, end);
	put_header(&answer, end, 77, 0);
	put_argsz(&answer);
	assert_int_equal(parse(&answer, &info), 0);
	assert_ranges(&info, zpci, 1);
	info_clear(&info);
}

/* A capability without content at 24, and @next in its header; 32 is where another one is. */
static struct answer answer_with_next(uint32_t next)
{
	struct answer answer = { .len = 0 };

	put_fixed(&answer, FLAG_CAPS, 0, 24);
	put_header(&answer, 24, 77, next);
	put_ranges(&answer, 32, 0, zpci, 1);
	put_argsz(&answer);
	return answer;
}

TEST(next_leads_to_the_capability_behind)
{
	struct answer answer = answer_with_next(32);
	struct iommu_info info;

	assert_int_equal(parse(&answer, &info), 0);
	assert_ranges(&info, zpci, 1);
	info_clear(&info);
}

TEST(next_does_not_lead_backwards_or_to_itself_or_into_itself)
{
	for (uint32_t next = 1; next < 32; next++) {
		struct answer answer = answer_with_next(next);

		assert_refused(&answer);
	}
}

TEST(next_does_not_lead_backwards_further_down_either)
{
	struct answer answer = answer_with_next(32);

	put_u32(&answer, 32 + 4, 24);
	assert_refused(&answer);
}

TEST(next_does_not_lead_to_the_end_or_beyond)
{
	static const uint32_t beyond[] = { 64, 68, 0x10000, 0x80000000, 0xfffffffc, UINT32_MAX };

	for (size_t i = 0; i < COUNT(beyond); i++) {
		struct answer answer = answer_with_next(beyond[i]);

		assert_int_equal(answer.len, 64);
		assert_refused(&answer);
	}
}

TEST(next_is_a_multiple_of_four)
{
	/* The bytes at the crooked place are a chain's end, were they read. */
	for (uint32_t next = 33; next < 36; next++) {
		struct answer answer = { .len = 0 };

		put_fixed(&answer, FLAG_CAPS, 0, 24);
		put_header(&answer, 24, 77, next);
		put_header(&answer, next, 77, 0);
		put_u64(&answer, next + 8, 0);
		put_argsz(&answer);
		assert_refused(&answer);
	}
}

TEST(a_capability_ends_where_the_next_begins)
{
	struct answer answer = { .len = 0 };

	/* The count fits into the buffer, and not into the capability. */
	put_fixed(&answer, FLAG_CAPS, 0, 24);
	put_ranges(&answer, 24, 56, zpci, 1);
	put_u32(&answer, 24 + 8, 2);
	put_header(&answer, 56, 77, 0);
	put_u64(&answer, 64, UINT64_MAX);
	put_argsz(&answer);
	assert_refused(&answer);
}

/* Content that makes no sense */

TEST(a_count_of_ranges_has_to_fit)
{
	static const uint32_t counts[] = { 2, 3, 0x10000000, 0x10000001, 0x80000000, UINT32_MAX };

	for (size_t i = 0; i < COUNT(counts); i++) {
		struct answer answer = plain_answer();

		put_u32(&answer, 24 + 8, counts[i]);
		assert_refused(&answer);
	}
}

TEST(a_list_without_room_for_its_count_is_refused)
{
	for (uint32_t next = 32; next < 40; next += 4) {
		struct answer answer = { .len = 0 };

		put_fixed(&answer, FLAG_CAPS, 0, 24);
		put_ranges(&answer, 24, next, NULL, 0);
		put_header(&answer, next, 77, 0);
		put_argsz(&answer);
		assert_refused(&answer);
	}
}

TEST(a_range_that_ends_before_it_starts_is_refused)
{
	struct answer answer = real_answer(amd, COUNT(amd), 0x1000, false);

	put_u64(&answer, 68 + 16 + 2 * 16, 0x2000);
	put_u64(&answer, 68 + 16 + 2 * 16 + 8, 0x1fff);
	assert_refused(&answer);
}

TEST(two_lists_of_ranges_are_refused)
{
	struct answer answer = { .len = 0 };

	put_fixed(&answer, FLAG_CAPS, 0, 24);
	put_ranges(&answer, 24, 56, zpci, 1);
	put_ranges(&answer, 56, 0, zpci, 1);
	put_argsz(&answer);
	assert_refused(&answer);
}

TEST(avail_without_room_for_its_number_is_refused)
{
	struct answer answer = { .len = 0 };

	put_fixed(&answer, FLAG_CAPS, 0, 24);
	put_header(&answer, 24, CAP_AVAIL, 32);
	put_header(&answer, 32, 77, 0);
	put_argsz(&answer);
	assert_refused(&answer);
}

/* capability_walk() */

struct seen {
	size_t offset[8];
	size_t len[8];
	size_t count;
	int ret;
};

static int note(void *context, const unsigned char *buffer, size_t offset, size_t len)
{
	struct seen *seen = context;

	assert_non_null(buffer);
	assert_true(seen->count < COUNT(seen->offset));
	seen->offset[seen->count] = offset;
	seen->len[seen->count++] = len;
	return seen->ret;
}

TEST(a_walk_tells_where_each_capability_is_and_how_long)
{
	struct answer answer = real_answer(intel, COUNT(intel), 0x1000, false);
	struct seen seen = { .count = 0 };

	assert_int_equal(capability_walk(answer.bytes, sizeof(answer.bytes), note, &seen), 0);
	assert_int_equal(seen.count, 3);
	assert_int_equal(seen.offset[0], 24);
	assert_int_equal(seen.len[0], 32);
	assert_int_equal(seen.offset[1], 56);
	assert_int_equal(seen.len[1], 12);
	assert_int_equal(seen.offset[2], 68);
	assert_int_equal(seen.len[2], 16 + 2 * 16);
}

TEST(a_walk_stops_when_it_is_told_to)
{
	struct answer answer = real_answer(intel, COUNT(intel), 0x1000, false);
	struct seen seen = { .ret = -EIO };

	assert_int_equal(capability_walk(answer.bytes, answer.len, note, &seen), -EIO);
	assert_int_equal(seen.count, 1);
}

TEST(a_walk_tells_of_no_capability_that_leads_astray)
{
	static const uint32_t astray[] = { 24, 28, 31, 65, UINT32_MAX };

	for (size_t i = 0; i < COUNT(astray); i++) {
		struct answer answer = answer_with_next(astray[i]);
		struct seen seen = { .count = 0 };

		assert_int_equal(capability_walk(answer.bytes, answer.len, note, &seen), -EBADMSG);
		assert_int_equal(seen.count, 0);
	}
}

TEST(a_walk_without_a_chain_calls_nobody)
{
	struct answer answer = { .len = 0 };
	struct seen seen = { .count = 0 };

	put_fixed(&answer, FLAG_PGSIZES, 0x1000, 24);
	put_argsz(&answer);
	assert_int_equal(capability_walk(answer.bytes, answer.len, note, &seen), 0);
	assert_int_equal(seen.count, 0);
}

/* capability_name_numbers() */

struct number {
	size_t offset;
	unsigned int width;
	const char *name;
	uint64_t value;
};

struct numbers {
	struct number number[512];
	size_t count;
};

static void note_number(void *context, size_t offset, unsigned int width, const char *name,
			uint64_t value)
{
	struct numbers *numbers = context;

	assert_true(numbers->count < COUNT(numbers->number));
	numbers->number[numbers->count++] = (struct number){ offset, width, name, value };
}

static int name_numbers(const struct answer *answer, struct numbers *numbers)
{
	void *copy = exact_copy(answer->bytes, answer->len);
	int ret;

	numbers->count = 0;
	ret = capability_name_numbers(copy, answer->len, note_number, numbers);
	free(copy);
	return ret;
}

TEST(each_number_of_a_chain_is_named)
{
	static const struct number expected[] = {
		{ 24, 2, "id", 2 },
		{ 26, 2, "version", 1 },
		{ 28, 4, "next", 56 },
		{ 32, 4, "flags", 0 },
		{ 40, 8, "pgsize_bitmap", 0x1000 },
		{ 48, 8, "max_dirty_bitmap_size", 0x10000000 },
		{ 56, 2, "id", 3 },
		{ 58, 2, "version", 1 },
		{ 60, 4, "next", 68 },
		{ 64, 4, "avail", 65535 },
		{ 68, 2, "id", 1 },
		{ 70, 2, "version", 1 },
		{ 72, 4, "next", 0 },
		{ 76, 4, "nr_iovas", 2 },
		{ 84, 8, "start", 0 },
		{ 92, 8, "end", 0xfedfffff },
		{ 100, 8, "start", 0xfef00000 },
		{ 108, 8, "end", 0x7fffffffff },
	};
	struct answer answer = real_answer(intel, COUNT(intel), 0x1000, false);
	struct numbers numbers;

	assert_int_equal(name_numbers(&answer, &numbers), 0);
	assert_int_equal(numbers.count, COUNT(expected));
	for (size_t i = 0; i < COUNT(expected); i++) {
		assert_int_equal(numbers.number[i].offset, expected[i].offset);
		assert_int_equal(numbers.number[i].width, expected[i].width);
		assert_string_equal(numbers.number[i].name, expected[i].name);
		assert_int_equal(numbers.number[i].value, expected[i].value);
	}
}

TEST(the_body_of_an_unknown_capability_is_named_byte_by_byte)
{
	struct answer answer = { .len = 0 };
	struct numbers numbers;

	put_fixed(&answer, FLAG_CAPS, 0, 24);
	put_header(&answer, 24, 77, 36);
	put_u32(&answer, 32, 0x44332211);
	put_header(&answer, 36, 78, 0);
	put_argsz(&answer);
	assert_int_equal(name_numbers(&answer, &numbers), 0);
	assert_int_equal(numbers.count, 3 + 4 + 3);
	for (unsigned int i = 0; i < 4; i++) {
		assert_int_equal(numbers.number[3 + i].offset, 32 + i);
		assert_int_equal(numbers.number[3 + i].width, 1);
		assert_int_equal(numbers.number[3 + i].value, answer.bytes[32 + i]);
	}
	assert_int_equal(numbers.number[7].offset, 36);
}

TEST(a_buffer_that_was_too_small_has_nothing_to_name)
{
	struct answer answer = real_answer(intel, COUNT(intel), 0x1000, false);
	struct numbers numbers;

	put_u32(&answer, 0, (uint32_t)answer.len + 1);
	assert_int_equal(name_numbers(&answer, &numbers), 0);
	assert_int_equal(numbers.count, 0);
}

TEST(capabilities_without_room_for_their_numbers_are_not_named)
{
	static const uint16_t ids[] = { CAP_RANGES, CAP_MIGRATION, CAP_AVAIL };

	for (size_t i = 0; i < COUNT(ids); i++) {
		struct answer answer = { .len = 0 };
		struct numbers numbers;

		put_fixed(&answer, FLAG_CAPS, 0, 24);
		put_header(&answer, 24, ids[i], 0);
		put_argsz(&answer);
		assert_int_equal(name_numbers(&answer, &numbers), -EBADMSG);
	}
}

/* Bytes from anywhere */

static void check_info(struct random *random, int ret, size_t len, const struct iommu_info *info)
{
	CHECK(random, ret == 0 || ret == -EBADMSG);
	CHECK(random, ret == 0 || (!info->has_page_sizes && !info->has_ranges &&
				   !info->has_dma_avail && !info->has_migration));
	CHECK(random, info->has_ranges == (info->ranges.count > 0));
	CHECK(random, info->ranges.count <= len / 16);
	for (size_t i = 0; i < info->ranges.count; i++)
		CHECK(random, info->ranges.range[i].start <= info->ranges.range[i].end);
}

/* Some bytes of a real answer changed, to small numbers most often, since those lead on. */
static void spoil(struct random *random, struct answer *answer)
{
	unsigned int times = 1 + random_below(random, 4);

	for (unsigned int i = 0; i < times; i++) {
		unsigned int at = random_below(random, (unsigned int)answer->len);

		answer->bytes[at] =
			(unsigned char)random_below(random, random_below(random, 2) ? 128 : 256);
	}
	if (random_below(random, 4) == 0)
		answer->len = random_below(random, (unsigned int)answer->len + 1);
}

static void fill(struct random *random, struct answer *answer)
{
	answer->len = random_below(random, 160);
	for (size_t i = 0; i < answer->len; i++)
		answer->bytes[i] = (unsigned char)random_u64(random);
}

TEST(no_bytes_crash_the_parser)
{
	unsigned int accepted = 0, refused = 0;

	for (unsigned int turn = 0; turn < 100000; turn++) {
		struct random random = random_turn(turn);
		struct answer answer = real_answer(amd, COUNT(amd), 0x1000,
						   random_below(&random, 2));
		struct iommu_info info;
		struct numbers numbers;
		int ret;

		if (random_below(&random, 4))
			spoil(&random, &answer);
		else
			fill(&random, &answer);
		ret = parse(&answer, &info);
		check_info(&random, ret, answer.len, &info);
		accepted += ret == 0;
		refused += ret != 0;
		/* Those who call it have the fixed part. */
		if (answer.len >= sizeof(struct iommu_type1_info))
			name_numbers(&answer, &numbers);
		info_clear(&info);
	}
	assert_true(accepted > 1000 && refused > 1000);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_chains_are_read_packed_and_padded),
		cmocka_unit_test(a_packed_chain_has_its_ranges_at_68_and_a_padded_one_at_72),
		cmocka_unit_test(the_chain_of_iommufd_has_avail_before_ranges_and_no_migration),
		cmocka_unit_test(a_kernel_without_capabilities_is_understood),
		cmocka_unit_test(page_sizes_count_only_with_their_flag),
		cmocka_unit_test(without_the_flag_a_garbage_cap_offset_does_not_matter),
		cmocka_unit_test(a_buffer_that_was_too_small_has_no_chain),
		cmocka_unit_test(an_unknown_capability_is_skipped),
		cmocka_unit_test(an_empty_list_means_not_known),
		cmocka_unit_test(a_range_of_one_byte_is_a_range),
		cmocka_unit_test(every_shorter_buffer_is_refused_and_not_read_beyond),
		cmocka_unit_test(what_lies_behind_argsz_is_not_believed),
		cmocka_unit_test(a_buffer_longer_than_argsz_is_read_up_to_argsz),
		cmocka_unit_test(argsz_larger_than_the_buffer_does_not_widen_it),
		cmocka_unit_test(a_chain_does_not_begin_inside_the_fixed_part),
		cmocka_unit_test(the_fixed_part_is_not_read_as_a_capability),
		cmocka_unit_test(a_chain_does_not_begin_at_the_end_or_beyond),
		cmocka_unit_test(a_header_just_fits_at_the_end),
		cmocka_unit_test(next_leads_to_the_capability_behind),
		cmocka_unit_test(next_does_not_lead_backwards_or_to_itself_or_into_itself),
		cmocka_unit_test(next_does_not_lead_backwards_further_down_either),
		cmocka_unit_test(next_does_not_lead_to_the_end_or_beyond),
		cmocka_unit_test(next_is_a_multiple_of_four),
		cmocka_unit_test(a_capability_ends_where_the_next_begins),
		cmocka_unit_test(a_count_of_ranges_has_to_fit),
		cmocka_unit_test(a_list_without_room_for_its_count_is_refused),
		cmocka_unit_test(a_range_that_ends_before_it_starts_is_refused),
		cmocka_unit_test(two_lists_of_ranges_are_refused),
		cmocka_unit_test(avail_without_room_for_its_number_is_refused),
		cmocka_unit_test(a_walk_tells_where_each_capability_is_and_how_long),
		cmocka_unit_test(a_walk_stops_when_it_is_told_to),
		cmocka_unit_test(a_walk_tells_of_no_capability_that_leads_astray),
		cmocka_unit_test(a_walk_without_a_chain_calls_nobody),
		cmocka_unit_test(each_number_of_a_chain_is_named),
		cmocka_unit_test(the_body_of_an_unknown_capability_is_named_byte_by_byte),
		cmocka_unit_test(a_buffer_that_was_too_small_has_nothing_to_name),
		cmocka_unit_test(capabilities_without_room_for_their_numbers_are_not_named),
		cmocka_unit_test(no_bytes_crash_the_parser),
	};

	return UNIT_RUN("capability", tests);
}
