/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The memory that is mapped for a group: a bar, to scale, of the entries of each size. */
#include <inttypes.h>

#include "iova/words.h"
#include "view/html/html.h"

/* In pixels, where the page is wide enough. */
#define WIDTH	350u
#define HEIGHT	18u
#define MINIMUM 3u /* a part that is not seen would be taken for none; 65 of these fit */

/** struct part - entries of one size. @size: 0 for those whose size is no power of two. */
struct part {
	uint64_t size;
	uint64_t count;
	uint64_t bytes;
};

/* Parts of @counts, the largest entries first. Return: how many. */
static size_t list_parts(const struct entry_counts *counts, struct part *parts)
{
	size_t n = 0;

	for (unsigned int bit = ENTRY_SIZES; bit-- > 0;) {
		if (counts->count[bit])
			parts[n++] = (struct part){ .size = UINT64_C(1) << bit,
						    .count = counts->count[bit],
						    .bytes = counts->count[bit] << bit };
	}
	if (counts->n_other)
		parts[n++] = (struct part){ .count = counts->n_other,
					    .bytes = counts->bytes_other };
	return n;
}

static const char *class_of(const struct part *part, const struct entry_counts *counts)
{
	return !part->size ? "unknown" : part->size >= counts->large ? "usable" : "reserved";
}

static void print_bar(FILE *out, const struct entry_counts *counts, const struct part *parts,
		      size_t n_parts)
{
	uint64_t bytes = 0;
	unsigned int left = 1;

	fprintf(out,
		"<svg class=\"entries\" role=\"img\" aria-label=\"Mapped memory by size of entry, "
		"to scale\" viewBox=\"0 0 %u %u\" width=\"%u\">\n",
		WIDTH + 2, HEIGHT, WIDTH + 2);
	for (size_t i = 0; i < n_parts; i++) {
		unsigned int right;

		bytes += parts[i].bytes;
		right = 1 + MINIMUM * (unsigned int)(i + 1) +
			(unsigned int)((WIDTH - MINIMUM * (double)n_parts) * (double)bytes /
				       (double)counts->bytes);
		fprintf(out,
			"<rect x=\"%u\" y=\"1\" width=\"%u\" height=\"%u\" class=\"part %s\"/>\n",
			left, right - left, HEIGHT - 2, class_of(&parts[i], counts));
		left = right;
	}
	fputs("</svg>\n", out);
}

static void print_part(FILE *out, const struct part *part, const struct entry_counts *counts)
{
	char size[16], bytes[16];

	fprintf(out,
		"<li><svg width=\"22\" height=\"14\" aria-hidden=\"true\"><rect x=\"1\" y=\"1\" "
		"width=\"20\" height=\"12\" class=\"part %s\"/></svg> %s x %" PRIu64 ": %s</li>\n",
		class_of(part, counts),
		part->size ? words_of_bytes(size, sizeof(size), part->size) : "other sizes",
		part->count, words_of_bytes(bytes, sizeof(bytes), part->bytes));
}

static void print_kinds(FILE *out, const struct entry_counts *counts)
{
	char size[16];

	fprintf(out, "<p class=\"soft\">Large entries are those of %s and more:</p>\n",
		words_of_bytes(size, sizeof(size), counts->large));
	for (enum mapped_kind kind = 0; kind < MAPPED_KINDS; kind++) {
		uint64_t bytes = mapped_bytes(counts, kind);

		if (!bytes && kind != MAPPED_LARGE)
			continue;
		fprintf(out, "<p>%s in ", words_of_bytes(size, sizeof(size), bytes));
		html_within(out, "", mapped_meaning(kind), "</p>\n");
		html_fix(out, mapped_fix(counts, kind), NULL, 0);
	}
}

static void print_counts(FILE *out, const struct entry_counts *counts)
{
	struct part parts[ENTRY_SIZES + 1];
	size_t n_parts = list_parts(counts, parts);
	char size[16], longest[16];

	if (!counts->n_entries) {
		fputs("<p>Mappings: nothing is mapped</p>\n", out);
		return;
	}
	fprintf(out, "<p>Mappings: %s, of which at most %s together in bus and memory</p>\n",
		words_of_bytes(size, sizeof(size), counts->bytes),
		words_of_bytes(longest, sizeof(longest), counts->longest));
	print_bar(out, counts, parts, n_parts);
	fputs("<ul class=\"legend\">\n", out);
	for (size_t i = 0; i < n_parts; i++)
		print_part(out, &parts[i], counts);
	fputs("</ul>\n", out);
	print_kinds(out, counts);
}

void html_mappings(FILE *out, const struct mappings *mappings)
{
	if (mappings->is_known)
		print_counts(out, &mappings->counts);
	else
		html_within(out, "<p>Mappings: not known: ", mappings->reason, "</p>\n");
}
