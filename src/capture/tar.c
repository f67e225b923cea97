/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture/tar.h"

#include <string.h>

/* A header as POSIX has it, and GNU tar's magic, which is eight bytes with its end. */
struct header {
	char name[TAR_NAME_MAX];
	char mode[8];
	char owner[8];
	char group[8];
	char size[12];
	char time[12];
	char sum[8];
	char type;
	char target[TAR_NAME_MAX];
	char magic[8];
	char rest[TAR_BLOCK - 265];
};

_Static_assert(sizeof(struct header) == TAR_BLOCK, "a header is a block");

/* Fill @field with the octal digits of @number, and a NUL behind them. */
static void put_octal(char *field, size_t len, uint64_t number)
{
	field[--len] = '\0';
	for (; len; number >>= 3)
		field[--len] = (char)('0' + (number & 7));
}

/* The sum of all bytes, with blanks for the sum itself. */
static void add_sum(struct header *header)
{
	const unsigned char *bytes = (const unsigned char *)header;
	unsigned int sum = 0;

	memset(header->sum, ' ', sizeof(header->sum));
	for (size_t i = 0; i < sizeof(*header); i++)
		sum += bytes[i];
	put_octal(header->sum, sizeof(header->sum) - 1, sum);
}

void tar_header(char header[static TAR_BLOCK], enum tar_type type, const char *name,
		const char *target, uint64_t size, int64_t time)
{
	struct header made = { .type = (char)type, .magic = "ustar  " };

	if (time < 0 || time > (int64_t)TAR_SIZE_MAX)
		time = 0;
	memcpy(made.name, name, strnlen(name, sizeof(made.name)));
	memcpy(made.target, target, strnlen(target, sizeof(made.target)));
	memcpy(made.mode, type == TAR_DIRECTORY ? "0000700" : "0000600", sizeof(made.mode));
	memcpy(made.owner, "0000000", sizeof(made.owner));
	memcpy(made.group, "0000000", sizeof(made.group));
	put_octal(made.size, sizeof(made.size), size);
	put_octal(made.time, sizeof(made.time), (uint64_t)time);
	add_sum(&made);
	memcpy(header, &made, sizeof(made));
}
