/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owners of memory within the BARs of PCI devices, from /proc/iomem. */
#include "source/source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "source/internal.h"

#define IOMEM "/proc/iomem"

/* A device has six BARs and a ROM; more owners than this in them are no news. */
#define OWNERS_MAX 16

/**
 * struct level - a resource above the line that is read.
 * @device: name of the PCI device whose BAR it is or lies in; NULL where it is in none
 */
struct level {
	uint64_t start;
	uint64_t end;
	size_t indent;
	const char *device;
	const char *name;
};

/*
 * "0000:c3:00.0", as a device is named, and so its BARs.
 * Kernel: drivers/pci/probe.c, pci_setup_device(): 5.10, 6.1, 6.12, 7.3.
 */
static bool is_pci_name(const char *name)
{
	size_t domain = strspn(name, "0123456789abcdef");

	if (domain < 4 || domain > 8)
		return false;
	name += domain;
	return name[0] == ':' && text_hex(name + 1, 2) >= 0 && name[3] == ':' &&
	       text_hex(name + 4, 2) >= 0 && name[6] == '.' && text_hex(name + 7, 1) >= 0 &&
	       !name[8];
}

/*
 * "  fe000000-fe0fffff : BOOTFB". @line: split; names are in it
 * Kernel: kernel/resource.c, r_show(): 5.10, 6.1, 6.12, 7.3.
 */
static bool parse_line(char *line, struct level *level)
{
	char *start, *end;

	level->indent = strspn(line, " ");
	line += level->indent;
	start = strsep(&line, "-");
	end = line ? strsep(&line, " ") : NULL;
	if (!line || !text_starts(line, ": ") || text_to_u64(start, 16, &level->start) < 0 ||
	    text_to_u64(end, 16, &level->end) < 0 || level->start > level->end)
		return false;
	level->name = text_clean(text_trim(line + strlen(": ")));
	level->device = is_pci_name(level->name) ? level->name : NULL;
	return *level->name;
}

/*
 * Resources are a tree. From a certain depth on (MAX_IORES_LEVEL) the kernel does not indent any
 * further, but then addresses tell; whoever lacks CAP_SYS_ADMIN sees zeroes in their place.
 */
static bool is_within(const struct level *inner, const struct level *outer)
{
	if (inner->end)
		return inner->start >= outer->start && inner->end <= outer->end;
	return inner->indent > outer->indent;
}

static void add_claim(struct source_claims *claims, const char *device, const char *owner)
{
	size_t same = 0;

	for (size_t i = claims->count; i && strcmp(claims->claim[i - 1].device, device) == 0; i--) {
		if (strcmp(claims->claim[i - 1].owner, owner) == 0 || ++same == OWNERS_MAX)
			return;
	}
	APPEND(claims->claim, claims->count,
	       ((struct source_claim){ .device = xstrdup(device), .owner = xstrdup(owner) }));
}

void claims_parse(char *text, struct source_claims *claims)
{
	_cleanup_free_ struct level *above = NULL;
	size_t room = 0, depth = 0;
	char *line;

	while ((line = strsep(&text, "\n"))) {
		struct level level;
		const char *device;

		if (!parse_line(line, &level))
			continue;
		while (depth && !is_within(&level, &above[depth - 1]))
			depth--;
		/* The BARs of virtual functions lie in those of the physical one. */
		device = depth ? above[depth - 1].device : NULL;
		if (device && !level.device)
			add_claim(claims, device, level.name);
		if (!level.device)
			level.device = device;
		if (depth == room)
			APPEND(above, room, level);
		above[depth++] = level;
	}
}

static int replay_claims(const struct source *source, struct source_claims *claims)
{
	json_t *fact = transcript_fact(source, "claims");
	json_t *object;
	size_t i;

	json_array_foreach (json_object_get(fact, "claims"), i, object) {
		struct source_claim claim = { .device = json_text(object, "device"),
					      .owner = json_text(object, "owner") };

		if (claim.device && claim.owner) {
			APPEND(claims->claim, claims->count, claim);
		} else {
			free(claim.device);
			free(claim.owner);
		}
	}
	return answer_result(fact);
}

static void record_claims(struct source *source, int ret, const struct source_claims *claims)
{
	json_t *list = json_array();

	for (size_t i = 0; i < claims->count; i++)
		json_array_append_new(list,
				      json_pack("{s:s, s:s}", "device", claims->claim[i].device,
						"owner", claims->claim[i].owner));
	fact_end(source, "claims", ret, json_pack("{s:o}", "claims", list));
}

int source_claims(struct source *source, struct source_claims *claims)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	int ret;

	*claims = (struct source_claims){ 0 };
	/* A capture of an older version does not say. */
	if (source->mode == SOURCE_REPLAY)
		return replay_claims(source, claims);
	ret = read_unrecorded(source, IOMEM, &text, &len);
	if (ret >= 0)
		claims_parse(text, claims);
	if (source->mode == SOURCE_RECORD)
		record_claims(source, ret < 0 ? ret : 0, claims);
	return note_failure(source, IOMEM, ret < 0 ? ret : 0);
}

void source_claims_clear(struct source_claims *claims)
{
	for (size_t i = 0; i < claims->count; i++) {
		free(claims->claim[i].device);
		free(claims->claim[i].owner);
	}
	free(claims->claim);
	*claims = (struct source_claims){ 0 };
}
