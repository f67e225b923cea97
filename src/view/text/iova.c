/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The IOVA space of a group, for people. */
#include "view/answer.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "base/text.h"
#include "iova/words.h"
#include "view/text/printer.h"

/* Cells of a bar. */
#define CELLS 64

/* A bar is omitted if the next one shows as much: a cell is then at most twice as wide. */
#define SCALE_STEP 8

/* A blocked part is shown however small it is. */
static enum iova_use worst_use(const struct iova_map *map, const struct range *cell)
{
	static const enum iova_use order[] = { IOVA_CONTRADICTS, IOVA_RESERVED, IOVA_UNKNOWN,
					       IOVA_NOT_ALLOWED };

	for (size_t o = 0; o < COUNT(order); o++) {
		for (size_t i = 0; i < map->count; i++) {
			if (map->part[i].use == order[o] &&
			    range_overlaps(&map->part[i].range, cell))
				return order[o];
		}
	}
	return IOVA_USABLE;
}

static char cell_of(enum iova_use use)
{
	static const char cells[] = {
		[IOVA_USABLE] = '=',	  [IOVA_RESERVED] = '#', [IOVA_CONTRADICTS] = '!',
		[IOVA_NOT_ALLOWED] = '.', [IOVA_UNKNOWN] = '?',
	};

	return cells[use];
}

/* Return: the uses that were seen, a bit each. */
static unsigned int print_bar(const struct printer *p, const struct iova_map *map, uint64_t last)
{
	uint64_t width = last / CELLS + 1;
	unsigned int seen = 0;
	const char *color = "";
	char size[16];

	fprintf(p->out, "  0 to %-8s [", text_size(size, sizeof(size), last));
	for (uint64_t i = 0; i < CELLS; i++) {
		struct range cell = { i * width, i * width + (width - 1) };
		enum iova_use use = worst_use(map, &cell);
		const char *its_color = printer_color(p, use);

		if (strcmp(color, its_color) != 0)
			fprintf(p->out, "%s%s", p->plain, its_color);
		color = its_color;
		fputc(cell_of(use), p->out);
		seen |= 1u << use;
	}
	fprintf(p->out, "%s]\n", p->plain);
	return seen;
}

/*
 * The bars, to scale, and what their cells mean: a bar for each power of two at which something ends,
 * from 4 GiB on. Nothing where all is of one kind.
 */
static void print_picture(const struct printer *p, const struct iova_map *map)
{
	const char *gap = "                 ";
	_cleanup_free_ uint64_t *ends = NULL;
	unsigned int seen = 0;
	size_t count = 0;

	/* Parts come in order, so these do too. */
	for (size_t i = 0; i + 1 < map->count; i++) {
		uint64_t last = UINT32_MAX;

		while (last < map->part[i].range.end)
			last = last << 1 | 1;
		if (count && last / SCALE_STEP <= ends[count - 1])
			ends[count - 1] = last;
		else
			APPEND(ends, count, last);
	}
	for (size_t i = 0; i < count; i++)
		seen |= print_bar(p, map, ends[i]);
	for (enum iova_use use = IOVA_USABLE; use <= IOVA_UNKNOWN; use++) {
		if (!(seen >> use & 1))
			continue;
		fprintf(p->out, "%s%s%c%s %s", gap, printer_color(p, use), cell_of(use), p->plain,
			iova_use_name(use));
		gap = "   ";
	}
	if (count)
		fputs("\n\n", p->out);
}

static void print_known_by(const struct printer *p, const struct space *space)
{
	const char *hint = space->failure ? "" : "; --probe asks the kernel";

	switch (space->known_by) {
	case SPACE_PROBE:
		fprintf(p->out, "  ranges as the kernel lists them (container type %s)\n",
			backend_name(space->backend));
		break;
	case SPACE_REGISTERS:
		fprintf(p->out,
			"  %sinferred%s: %u address bits by the unit's registers, less the "
			"reserved "
			"regions; --probe asks the kernel\n",
			p->yellow, p->plain, space->bits);
		break;
	default:
		fprintf(p->out, "  %s%s%s%s\n", p->yellow, words_of_unknown(space), p->plain, hint);
		break;
	}
}

static void print_windows(const struct printer *p, const struct space *space)
{
	uint64_t page = space_smallest_page(space);

	if (!space->has_page_sizes)
		return;
	for (unsigned int bit = 0; bit < 64; bit++) {
		uint64_t size = UINT64_C(1) << bit;
		struct range window;
		char text[16];

		/* The sizes that people look for first; all of them with --verbose and in JSON. */
		if (!(space->page_sizes & size) || size <= page ||
		    (!p->verbose && bit != 21 && bit != 30 && bit != 39))
			continue;
		fprintf(p->out, "  first %-12s ", text_size(text, sizeof(text), size - 1));
		if (space_first_window(space, size, &window))
			fprintf(p->out, "0x%" PRIx64 " - 0x%" PRIx64 "\n", window.start,
				window.end);
		else
			fputs("no room for such a page\n", p->out);
	}
}

static void print_statistics(const struct printer *p, const struct space *space)
{
	struct extent total = space_total(space);
	const struct range *largest = space_largest(space);
	char size[16];

	if (space->locked) {
		struct hit hit = { .kind = HIT_LOCKED };
		_cleanup_free_ char *words = words_of_hit(space, &hit);

		fprintf(p->out, "\n  %snot assignable:%s %s\n", p->red, p->plain, words);
		return;
	}
	if (!space->known_by)
		return;
	fprintf(p->out, "\n  usable in total    %s\n",
		total.any ? text_size(size, sizeof(size), total.last) : "nothing");
	if (largest)
		fprintf(p->out, "  largest free       0x%" PRIx64 " - 0x%" PRIx64 ", %s\n",
			largest->start, largest->end,
			text_size(size, sizeof(size), largest->end - largest->start));
	print_windows(p, space);
}

static void print_place(const struct printer *p, const char *name, bool has,
			const struct range *range)
{
	if (has)
		fprintf(p->out, "  %-18s 0x%" PRIx64 " - 0x%" PRIx64 "\n", name, range->start,
			range->end);
	else
		fprintf(p->out, "  %-18s none\n", name);
}

static void print_query(const struct printer *p, const struct space *space,
			const struct query *query)
{
	char size[16], align[16];

	fprintf(p->out, "\n%s0x%" PRIx64 "%s", p->bold, query->question.address, p->plain);
	if (query->question.has_size && query->hit.kind != HIT_WRAP)
		fprintf(p->out, "%s - 0x%" PRIx64 "%s", p->bold, query->range.end, p->plain);
	if (query->question.has_size)
		fprintf(p->out, " (%s)", text_size(size, sizeof(size), query->question.size - 1));
	fprintf(p->out, ": %s%s%s%s\n", printer_usable(p, query->usable),
		usable_name(query->usable), p->plain,
		query->usable == USABLE_YES && space->known_by == SPACE_REGISTERS
			? ", by the unit's registers"
			: "");
	if (query->words)
		fprintf(p->out, "  %s\n", query->words);
	if (query->usable == USABLE_NO && !space->locked) {
		fprintf(p->out, "  places for %s at multiples of %s%s:\n",
			text_size(size, sizeof(size), query->question.size - 1),
			text_size(align, sizeof(align), query->question.align - 1),
			space->known_by ? "" : ", as far as the aperture reaches");
		print_place(p, "nearest below", query->has_below, &query->below);
		print_place(p, "nearest above", query->has_above, &query->above);
	}
}

int write_iova_text(FILE *out, const struct iova_answer *answer, const struct view_options *options)
{
	struct printer printer = printer_make(out, options);
	const struct space *space = answer->space;
	int error = answer->query ? answer->query->question.error : 0;

	printer_host(&printer, answer->host);
	fputc('\n', printer.out);
	printer_group(&printer, "IOVA space of group", space->group, NULL, NULL);
	print_known_by(&printer, space);
	if (space->failure)
		printer_failure(&printer, "", "not probed:", space->failure);
	fputc('\n', printer.out);
	print_picture(&printer, &space->map);
	for (size_t i = 0; i < space->map.count; i++)
		printer_part(&printer, space->group, &space->allowed, &space->map.part[i], NULL);
	print_statistics(&printer, space);
	if (answer->query)
		print_query(&printer, space, answer->query);
	if (error) {
		fprintf(printer.out, "\n%sPossible causes of %s%s (%s) from VFIO_IOMMU_MAP_DMA:\n",
			printer.bold, strerrorname_np(error), printer.plain, strerror(error));
		/* Causes that are ruled out are part of the answer. */
		printer.verbose = true;
		printer_findings(&printer, &answer->findings);
	}
	return printer_end(&printer, out);
}
