/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What only the checks ask, one function for each family of facts. */
#include "scan/internal.h"

void scan_readiness(struct source *source, struct host *host)
{
	scan_account(source, NULL, &host->caller);
	scan_modules(source, host);
	scan_nodes(source, host);
	scan_hugepages(source, host);
}
