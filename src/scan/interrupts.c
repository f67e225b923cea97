/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which chips the interrupts of the host go through. */
#include "scan/internal.h"

#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"

#define INTERRUPTS "/sys/kernel/irq"

/* The first sixteen are the machine's own on x86; of the others some are enough. */
#define LOOKED_AT 64

/*
 * x86 names a chip behind interrupt remapping "IR-IO-APIC" (arch/x86/kernel/apic/io_apic.c), and
 * messages likewise. The I/O APIC decides: the IOMMU's own interrupt is never remapped.
 */
static bool decides(const char *chip)
{
	return strstr(chip, "IO-APIC") != NULL;
}

void scan_interrupts(struct source *source, struct host *host)
{
	struct source_list numbers = { 0 };

	if (source_list(source, INTERRUPTS, &numbers) < 0)
		return;
	for (size_t i = 0; i < numbers.count && i < LOOKED_AT; i++) {
		_cleanup_free_ char *path = xasprintf(INTERRUPTS "/%s/chip_name", numbers.name[i]);
		char *chip = scan_text(source, path);

		if (!chip || !*chip || (host->irq_chip && !decides(chip))) {
			free(chip);
			continue;
		}
		free(host->irq_chip);
		host->irq_chip = chip;
		if (decides(chip))
			break;
	}
	source_list_clear(&numbers);
}
