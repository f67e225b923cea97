/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text of /proc/iomem, and the owners of memory in the BARs in it. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "fuzz.h"
#include "source/internal.h"

/* No address of the host is a name, whatever a line looks like. */
static void check_claim(const struct source_claim *claim, const char *text)
{
	size_t len = strlen(claim->device);

	MUST(len >= strlen("0000:00:00.0") && len <= strlen("00000000:00:00.0"));
	MUST(strspn(claim->device, "0123456789abcdefABCDEF:.") == len);
	MUST(*claim->owner && fuzz_is_clean(claim->owner));
	MUST(strstr(text, claim->device));
	/* Devices within a BAR are no owners of it. */
	MUST(strcmp(claim->device, claim->owner) != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct bytes bytes = { data, len };
	_cleanup_free_ char *text = take_rest(&bytes);
	_cleanup_free_ char *copy = xstrdup(text);
	struct source_claims claims = { 0 };
	size_t same = 0;

	claims_parse(copy, &claims);
	for (size_t i = 0; i < claims.count; i++) {
		const char *before = i ? claims.claim[i - 1].device : "";

		check_claim(&claims.claim[i], text);
		same = strcmp(before, claims.claim[i].device) == 0 ? same + 1 : 0;
		MUST(same < 16);
	}
	source_claims_clear(&claims);
	return 0;
}
