/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the commands about the IOVA space: sizes, memory lock limits. */
#include <errno.h>
#include <string.h>

#include "base/accident.h"
#include "base/alloc.h"
#include "base/text.h"
#include "cli/cli.h"
#include "guest/layout.h"

static uint64_t parse_size(const char *option, const char *word, const char *what,
			   const char *expected)
{
	uint64_t size;
	int ret = text_parse_size(word, &size);

	if (ret == -ERANGE)
		bad_usage("value '%s' for %s exceeds 64 bits", word, option);
	if (ret < 0)
		bad_usage("invalid %s '%s' for %s: expected %s", what, word, option, expected);
	return size;
}

uint64_t cli_size(const char *option, const char *word)
{
	return parse_size(option, word, "size or address", "4096, 0x1000, 4K or 4KiB");
}

uint64_t cli_memory(const char *option, const char *word)
{
	uint64_t size = parse_size(option, word, "size", "4K, 64M or 64GiB");

	if (size && !text_has_unit(word))
		bad_usage("size '%s' for %s has no unit: add one, such as 64M or 64G", word,
			  option);
	return size;
}

uint64_t cli_guest_size(const char *option, const char *word)
{
	uint64_t size = cli_memory(option, word);

	if (!size || size > GUEST_SIZE_MAX)
		bad_usage("invalid size '%s' for %s: must be between 1 byte and 4 PiB", word,
			  option);
	return size;
}

char *cli_try_memlock(struct source *source, const char *whom, struct memlock *memlock)
{
	const char *name = whom ? strchr(whom, ':') : NULL;
	int ret = scan_memlock(source, whom, memlock);

	if (ret == -EINVAL)
		bad_usage("invalid value '%s' for --for: expected user:NAME or unit:NAME", whom);
	if (ret >= 0 || !name)
		return NULL;
	return xasprintf("%.4s '%s' not found%s%s", whom, name + 1, ret == -ENOENT ? "" : ": ",
			 ret == -ENOENT ? "" : error_text(-ret));
}

void cli_memlock(struct source *source, const char *whom, struct memlock *memlock)
{
	char *problem = cli_try_memlock(source, whom, memlock);

	if (problem)
		bad_usage("%s", problem);
}
