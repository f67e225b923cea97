/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pagetable/tally.h"

#include <string.h>

void tally_begin(struct tally *tally, uint64_t large, uint64_t page_sizes)
{
	memset(tally, 0, sizeof(*tally));
	tally->large = large;
	tally->page_sizes = page_sizes;
}

/* The bytes of @size at @address that are whole blocks of @large bytes. */
static uint64_t whole_blocks(uint64_t address, uint64_t size, uint64_t large)
{
	uint64_t before = -address & (large - 1);

	return size < before ? 0 : (size - before) & ~(large - 1);
}

static bool is_offered(const struct tally *tally)
{
	return tally->page_sizes & ~(tally->large - 1);
}

/* Each byte of the run has one reason. */
static void end_run(struct tally *tally)
{
	const struct table_leaf *run = &tally->run.all;
	bool is_aligned = !((run->iova ^ run->physical) & (tally->large - 1));
	uint64_t whole = whole_blocks(run->physical, run->size, tally->large);
	uint64_t small = run->size - tally->run.large;
	uint64_t could = whole > tally->run.large ? whole - tally->run.large : 0;

	if (!is_aligned)
		tally->bytes_askew += could;
	else if (is_offered(tally))
		tally->bytes_possible += could;
	else
		tally->bytes_not_offered += could;
	tally->bytes_large += tally->run.large;
	tally->bytes_scattered += small - could;
	if (run->size > tally->longest)
		tally->longest = run->size;
	memset(&tally->run, 0, sizeof(tally->run));
}

static void add_to_run(struct tally *tally, const struct table_leaf *leaf)
{
	struct table_leaf *run = &tally->run.all;

	if (run->size &&
	    (run->iova + run->size != leaf->iova || run->physical + run->size != leaf->physical))
		end_run(tally);
	if (!run->size)
		*run = (struct table_leaf){ .iova = leaf->iova, .physical = leaf->physical };
	run->size += leaf->size;
	if (leaf->size >= tally->large)
		tally->run.large += leaf->size;
}

/* A finalizer of MurmurHash3, in which each bit of the input changes half of the output. */
static uint64_t mix(uint64_t value)
{
	value = (value ^ value >> 33) * UINT64_C(0xff51afd7ed558ccd);
	value = (value ^ value >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
	return value ^ value >> 33;
}

static void add_to_fingerprint(struct tally *tally, const struct table_leaf *leaf)
{
	/* Odd numbers without a pattern, so that no two changes cancel each other. */
	uint64_t sum = leaf->iova * UINT64_C(0x9e3779b97f4a7c15) +
		       leaf->physical * UINT64_C(0xd1b54a32d192ed03) +
		       leaf->size * UINT64_C(0x8cb92ba72f3d8dd7);

	/* Once for each entry: there are 268 million of 4 KiB in a tebibyte. */
	tally->fingerprint = mix(tally->fingerprint ^ sum);
}

void tally_add(struct tally *tally, const struct table_leaf *leaf)
{
	if (leaf->size & (leaf->size - 1)) {
		tally->n_other++;
		tally->bytes_other += leaf->size;
	} else {
		tally->count[__builtin_ctzll(leaf->size)]++;
	}
	tally->n_entries++;
	tally->bytes += leaf->size;
	add_to_run(tally, leaf);
	add_to_fingerprint(tally, leaf);
}

void tally_end(struct tally *tally)
{
	if (tally->run.all.size)
		end_run(tally);
}

bool tally_is_same(const struct tally *one, const struct tally *other)
{
	return one->fingerprint == other->fingerprint && one->n_entries == other->n_entries &&
	       one->bytes == other->bytes;
}
