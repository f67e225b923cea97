/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long it takes to count what is mapped: a tebibyte in the smallest entries, in each format, beside a floor
 * that reads the same tables and adds up their entries.
 *
 *	make -C build/gcc tests/bench/mappings && build/gcc/tests/bench/mappings
 *
 * The tables are in memory of this program, so the kernel's part of reading /proc/kcore is not in it. All
 * tables of a level are one and the same, which is in the cache: what is measured is decoding.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../unit/tables.h"
#include "base/count.h"
#include "pagetable/whole.h"

#define TEBIBYTE 40

static const struct {
	const char *name;
	struct table_root root;
	unsigned int size;
} formats[] = {
	{ "AMD v1", { .kind = TABLE_AMD_V1, .levels = 4 }, 12 },
	{ "AMD v2", { .kind = TABLE_AMD_V2, .levels = 4 }, 12 },
	{ "VT-d, first stage", { .kind = TABLE_VTD_FIRST, .levels = 4 }, 12 },
	{ "VT-d, second stage", { .kind = TABLE_VTD_SECOND, .levels = 4 }, 12 },
	{ "Arm, 4 KiB",
	  { .kind = TABLE_ARM_LPAE, .levels = 4, .bits_per_level = 9, .top_bits = 9 },
	  12 },
	{ "Arm, 16 KiB",
	  { .kind = TABLE_ARM_LPAE, .levels = 3, .bits_per_level = 11, .top_bits = 12 },
	  14 },
	{ "Arm, 64 KiB",
	  { .kind = TABLE_ARM_LPAE, .levels = 2, .bits_per_level = 13, .top_bits = 13 },
	  16 },
	{ "zPCI", { .kind = TABLE_ZPCI, .levels = 3 }, 12 },
};

static double cpu_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Twice, as the program does. */
static double floor_seconds(struct tables *tables, uint64_t n_entries)
{
	volatile uint64_t sum = 0;
	double begin = cpu_seconds();

	for (uint64_t i = 0; i < 2 * n_entries / 512; i++) {
		uint64_t entries[512], part = 0;

		tables->memory.read_physical(tables, tables->top, entries, sizeof(entries));
		for (size_t k = 0; k < COUNT(entries); k++)
			part += entries[k];
		sum = sum + part;
	}
	return cpu_seconds() - begin;
}

static double scan_seconds(const struct tables *tables, unsigned int size)
{
	const struct whole whole = { .last = (UINT64_C(1) << TEBIBYTE) - 1,
				     .page_sizes = UINT64_C(1) << size,
				     .large = UINT64_C(2) << 20 };
	double begin = cpu_seconds();
	struct tally tally;
	char *reason = NULL;

	if (whole_examine(&tables->memory, &tables->root, &whole, &tally, &reason) < 0 ||
	    tally.bytes != UINT64_C(1) << TEBIBYTE) {
		fprintf(stderr, "mappings: %s\n", reason ? reason : "not all was counted");
		exit(1);
	}
	return cpu_seconds() - begin;
}

int main(void)
{
	printf("%-20s %12s %8s %8s %7s\n", "A tebibyte, twice", "entries", "CPU s", "floor s",
	       "ratio");
	for (size_t i = 0; i < COUNT(formats); i++) {
		uint64_t n_entries = UINT64_C(1) << (TEBIBYTE - formats[i].size);
		double scan, least;
		struct tables tables;

		tables_begin(&tables, &formats[i].root, false);
		if (!tables_fill(&tables, TEBIBYTE))
			return 1;
		scan = scan_seconds(&tables, formats[i].size);
		least = floor_seconds(&tables, n_entries);
		printf("%-20s %12llu %8.2f %8.2f %7.1f\n", formats[i].name,
		       (unsigned long long)n_entries, scan, least, scan / least);
		fflush(stdout);
		tables_end(&tables);
	}
	return 0;
}
