/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fit of a guest, for people. */
#include "view/answer.h"

#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "iova/words.h"
#include "view/text/printer.h"

static void print_groups(const struct printer *p, const struct fits_answer *answer)
{
	static const char *const sources[] = { "ranges not known", "ranges by the unit's registers",
					       "ranges as the kernel lists them" };

	for (size_t i = 0; i < answer->fit->request->n_spaces; i++) {
		const struct space *space = &answer->fit->request->spaces[i];
		_cleanup_free_ char *blockers = group_blockers(space->group);

		printer_group(p, "Group", space->group, ", ", sources[space->known_by]);
		if (blockers)
			fprintf(p->out,
				"  %scannot be assigned yet:%s %s (see vfiodiag check %u)\n",
				p->yellow, p->plain, blockers, space->group->id);
	}
	fputc('\n', p->out);
}

static void print_piece(const struct printer *p, const struct piece_fit *fit)
{
	static const char *const taken[] = { "refused", "not known", "taken" };
	const struct range *range = &fit->piece.range;
	char size[16];

	fprintf(p->out, "  0x%012" PRIx64 " - 0x%012" PRIx64 " %9s  %-20s %s%s%s", range->start,
		range->end, text_size(size, sizeof(size), range->end - range->start),
		fit->piece.name, printer_usable(p, fit->usable), taken[fit->usable], p->plain);
	if (fit->piece.where)
		fprintf(p->out, "  (%s)", fit->piece.where);
	if (fit->piece.translated)
		fputs("  (through the guest's own DMA tables)", p->out);
	fputc('\n', p->out);
}

static void print_maps(const struct printer *p, const struct fits_answer *answer)
{
	const struct fit *fit = answer->fit;
	char page[16];

	fprintf(p->out, "  %-18s ", "maps");
	if (fit->maps)
		fprintf(p->out, "%" PRIu64, fit->maps);
	else
		fprintf(p->out, "made by the guest as it runs%s",
			fit->layout.relaxed ? ", or by QEMU for all memory (relaxed translation)"
					    : "");
	if (fit->request->page)
		fprintf(p->out, ", page by page of %s %" PRIu64,
			words_of_bytes(page, sizeof(page), fit->page), fit->page_maps);
	if (fit->entry_limit.known)
		fprintf(p->out, "; a container holds %" PRIu64 " (%s)\n", fit->entry_limit.maps,
			fit->entry_limit.known_by);
	else
		fputs("; how many a container holds is not known\n", p->out);
}

static void print_memlock(const struct printer *p, const struct fits_answer *answer)
{
	const struct memlock *memlock = answer->fit->request->memlock;
	const struct fit *fit = answer->fit;
	char size[16];

	fprintf(p->out, "  %-18s %s", "memlock", words_of_bytes(size, sizeof(size), fit->need));
	if (fit->need_later > fit->need)
		fprintf(p->out, ", up to %s", words_of_bytes(size, sizeof(size), fit->need_later));
	if (fit->containers > 1)
		fprintf(p->out, " for %zu containers", fit->containers);
	if (memlock->error)
		fprintf(p->out, "; the limit of %s is not known (%s)\n", memlock->whom,
			memlock_reason(memlock));
	else if (memlock->bypass)
		fprintf(p->out, "; %s may lock any amount (CAP_IPC_LOCK)\n", memlock->whom);
	else if (memlock->unlimited)
		fprintf(p->out, "; %s has no limit (%s)\n", memlock->whom, memlock->known_by);
	else
		fprintf(p->out, "; %s may lock %s (%s)\n", memlock->whom,
			words_of_bytes(size, sizeof(size), memlock->bytes), memlock->known_by);
}

int write_fits_text(FILE *out, const struct fits_answer *answer, const struct view_options *options)
{
	static const char *const words[] = {
		[READINESS_READY] = "fits",
		[READINESS_WARNINGS] = "fits, with warnings",
		[READINESS_NOT_READY] = "does not fit",
		[READINESS_UNMEASURED] = "not known",
	};
	struct printer printer = printer_make(out, options);
	const struct guest *guest = answer->fit->request->guest;
	const struct layout *layout = &answer->fit->layout;
	char size[16];

	printer_host(&printer, answer->host);
	fprintf(printer.out, "\n%sGuest of %s", printer.bold,
		words_of_bytes(size, sizeof(size), guest->memory));
	if (guest->maxmemory > guest->memory)
		fprintf(printer.out, " to %s",
			words_of_bytes(size, sizeof(size), guest->maxmemory));
	fprintf(printer.out, " on %s", machine_name(guest->machine));
	if (guest->major)
		fprintf(printer.out, " %u.%u", guest->major, guest->minor);
	fprintf(printer.out, "%s, laid out by %s%s\n", printer.plain, layout->rules,
		layout->relocated ? "; above 1 TiB, away from HyperTransport" : "");
	print_groups(&printer, answer);
	for (size_t i = 0; i < answer->fit->n_pieces; i++)
		print_piece(&printer, &answer->fit->pieces[i]);
	fputc('\n', printer.out);
	print_maps(&printer, answer);
	print_memlock(&printer, answer);
	fprintf(printer.out, "  %-18s not measured (%s)\n", "time to pin", FIT_NO_PIN_TIME);
	fprintf(printer.out, "\n%s%sGuest: %s%s\n", printer.bold,
		printer_readiness(&printer, answer->readiness), words[answer->readiness],
		printer.plain);
	printer_findings(&printer, &answer->findings);
	return printer_end(&printer, out);
}
