/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A fault that is planted behind the archive and the scan: the program breaks at a device that is bound
 * to pci-stub, which no recorded host has. AFL++ must find it, or it finds nothing.
 */
#include <string.h>

#include "fuzz.h"
#include "model/host.h"
#include "scan/scan.h"

/* The linker gives these names (--wrap). */
struct host *__real_scan_host_with(struct source *source, unsigned int details);
struct host *__wrap_scan_host_with(struct source *source, unsigned int details);

struct host *__wrap_scan_host_with(struct source *source, unsigned int details)
{
	struct host *host = __real_scan_host_with(source, details);

	for (size_t i = 0; i < host->n_devices; i++) {
		const char *driver = host->devices[i]->driver;

		MUST(!driver || strcmp(driver, "pci-stub") != 0);
	}
	return host;
}
