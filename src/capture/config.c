/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PCI configuration space: what is kept of it. It is little-endian everywhere. Pure. */
#include <stdbool.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "capture/redact.h"

#define HEADER	 0x40
#define STANDARD 0x100 /* where extended capabilities begin */

/*
 * The registers of the header: ids, command, status, class and type; and where capabilities begin.
 * The addresses of BARs are left out.
 */
static const struct {
	size_t at;
	size_t len;
} registers[] = { { 0x00, 0x10 }, { 0x34, 1 } };

/*
 * Capabilities, of which that many bytes from @at on are kept: what an isolation is judged by. Of
 * all others only the pointer to the next one is: the vital product data and the device serial
 * number tell which card this is, and vendors write what they like into those of their own.
 */
static const struct capability {
	bool is_extended;
	unsigned int id;
	size_t at;
	size_t len;
} capabilities[] = {
	{ false, 0x10, 2, 2 }, /* PCI Express: its type */
	{ true, 0x0d, 4, 4 },  /* ACS: what it can and does */
};

/** struct spaces - a space, and what is kept of it. */
struct spaces {
	const unsigned char *from;
	unsigned char *to;
	size_t len;
};

static void keep(const struct spaces *spaces, size_t at, size_t len)
{
	if (at < spaces->len)
		memcpy(spaces->to + at, spaces->from + at,
		       len < spaces->len - at ? len : spaces->len - at);
}

/*
 * Of one that is not known only the pointer to the next one is kept. Some root ports of Intel have
 * 32-bit registers of ACS, the second of which is behind the others.
 *
 * Kernel: drivers/pci/quirks.c, pci_quirk_intel_spt_pch_acs(): 5.10, 6.1, 6.12, 7.3.
 */
static void keep_capability(const struct spaces *spaces, bool is_extended, unsigned int id,
			    size_t at)
{
	for (size_t i = 0; i < COUNT(capabilities); i++) {
		if (capabilities[i].is_extended != is_extended || capabilities[i].id != id)
			continue;
		keep(spaces, at, is_extended ? 4 : 2);
		keep(spaces, at + capabilities[i].at, capabilities[i].len);
		if (is_extended && spaces->from[0] == 0x86 && spaces->from[1] == 0x80)
			keep(spaces, at + 8, 4);
		return;
	}
	keep(spaces, is_extended ? at + 2 : at + 1, is_extended ? 2 : 1);
	if (is_extended)
		spaces->to[at + 2] &= 0xf0;
}

void redact_config(unsigned char *bytes, size_t len)
{
	_cleanup_free_ unsigned char *from = xcalloc(len + 1, 1);
	struct spaces spaces = { .from = from, .to = bytes, .len = len };
	size_t at;

	memcpy(from, bytes, len);
	memset(bytes, 0, len);
	for (size_t i = 0; i < COUNT(registers); i++)
		keep(&spaces, registers[i].at, registers[i].len);
	/* A list in a circle has more members than there is room for. */
	at = spaces.len > 0x34 ? spaces.from[0x34] & ~(size_t)3 : 0;
	for (unsigned int i = 0; i < 48 && at >= HEADER && at + 2 <= spaces.len; i++) {
		keep_capability(&spaces, false, spaces.from[at], at);
		at = spaces.from[at + 1] & ~(size_t)3;
	}
	at = STANDARD;
	for (unsigned int i = 0; i < 960 && at >= STANDARD && at + 4 <= spaces.len; i++) {
		const unsigned char *here = spaces.from + at;

		keep_capability(&spaces, true, here[0] | (unsigned int)here[1] << 8, at);
		at = ((size_t)here[3] << 4 | here[2] >> 4) & ~(size_t)3;
	}
}
