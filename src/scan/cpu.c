/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the CPU is, as far as it decides where a guest's memory lies. */
#include "scan/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"

#define BITS_MAX 64

static bool is_x86(const struct host *host)
{
	if (host->arch)
		return strcmp(host->arch, "x86_64") == 0 || strcmp(host->arch, "i686") == 0;
	/* With a sysroot nobody says it, but these IOMMUs are only there. */
	for (size_t i = 0; i < host->n_iommus; i++) {
		if (host->iommus[i].kind == IOMMU_INTEL || host->iommus[i].kind == IOMMU_AMD)
			return true;
	}
	return false;
}

/* The value of the first line of @text that begins with @key: "key\t: value". Free it. */
static char *value_of(const char *text, const char *key)
{
	const char *line = text;

	while (line && *line) {
		const char *end = strchrnul(line, '\n');
		const char *colon = memchr(line, ':', (size_t)(end - line));

		if (text_starts(line, key) && colon) {
			colon += strspn(colon, ": ");
			return text_clean(text_trim(
				xstrndup(colon, end > colon ? (size_t)(end - colon) : 0)));
		}
		line = *end ? end + 1 : NULL;
	}
	return NULL;
}

void scan_cpu(struct source *source, struct host *host)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_free_ char *sizes = NULL;
	unsigned int bits;

	if (!is_x86(host) || source_read(source, "/proc/cpuinfo", &text, NULL) < 0)
		return;
	host->cpu_vendor = value_of(text, "vendor_id");
	sizes = value_of(text, "address sizes");
	if (sizes && sscanf(sizes, "%3u bits physical", &bits) == 1 && bits <= BITS_MAX)
		host->phys_bits = bits;
}
