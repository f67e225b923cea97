/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is mapped for a group, for people. */
#include "view/answer.h"

#include <inttypes.h>

#include "iova/words.h"
#include "view/text/printer.h"

static void print_entries(const struct printer *p, const struct entry_counts *counts)
{
	char size[16], bytes[16];

	fprintf(p->out, "\n  %9s %14s %10s\n", "entry", "entries", "memory");
	for (unsigned int bit = 0; bit < ENTRY_SIZES; bit++) {
		if (!counts->count[bit])
			continue;
		fprintf(p->out, "  %9s %14" PRIu64 " %10s\n",
			words_of_bytes(size, sizeof(size), UINT64_C(1) << bit), counts->count[bit],
			words_of_bytes(bytes, sizeof(bytes), counts->count[bit] << bit));
	}
	if (counts->n_other)
		fprintf(p->out, "  %9s %14" PRIu64 " %10s\n", "other", counts->n_other,
			words_of_bytes(bytes, sizeof(bytes), counts->bytes_other));
}

static void print_kinds(const struct printer *p, const struct entry_counts *counts)
{
	char size[16];

	fprintf(p->out, "\n  Large entries are those of %s and more:\n",
		words_of_bytes(size, sizeof(size), counts->large));
	for (enum mapped_kind kind = 0; kind < MAPPED_KINDS; kind++) {
		uint64_t bytes = mapped_bytes(counts, kind);
		const char *fix = mapped_fix(counts, kind);

		if (!bytes && kind != MAPPED_LARGE)
			continue;
		fprintf(p->out, "  %9s in %s\n", words_of_bytes(size, sizeof(size), bytes),
			mapped_meaning(kind));
		if (fix)
			printer_fix(p, 12, fix);
	}
}

static void print_mappings(const struct printer *p, const struct entry_counts *counts)
{
	char size[16], longest[16];

	if (!counts->n_entries) {
		fputs("  nothing is mapped\n", p->out);
		return;
	}
	fprintf(p->out, "  %s mapped, of which at most %s together in bus and memory\n",
		words_of_bytes(size, sizeof(size), counts->bytes),
		words_of_bytes(longest, sizeof(longest), counts->longest));
	print_entries(p, counts);
	print_kinds(p, counts);
}

int write_mappings_text(FILE *out, const struct mappings_answer *answer,
			const struct view_options *options)
{
	struct printer printer = printer_make(out, options);
	const struct mappings *mappings = answer->mappings;

	printer_host(&printer, answer->host);
	fputc('\n', printer.out);
	printer_group(&printer, "Mappings of group", answer->group, NULL, NULL);
	if (mappings->is_known)
		print_mappings(&printer, &mappings->counts);
	else
		fprintf(printer.out, "  %snot known:%s %s\n", printer.yellow, printer.plain,
			mappings->reason);
	if (answer->findings.count) {
		fputc('\n', printer.out);
		printer_findings(&printer, &answer->findings);
	}
	return printer_end(&printer, out);
}
