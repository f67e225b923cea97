/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the commands about the IOVA space: sizes, formats, memory lock limits. */
#include <errno.h>
#include <string.h>

#include "base/accident.h"
#include "base/alloc.h"
#include "base/text.h"
#include "cli/cli.h"
#include "view/answer.h"

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

const struct answer_format *cli_answer_format(const char *word)
{
	const struct answer_format *format = answer_format_find(word);

	if (!format)
		bad_usage("unknown format '%s': use text or json", word);
	return format;
}

void cli_groups(struct source *source, const struct host *host, const struct subjects *subjects,
		struct selection *selection)
{
	cli_select(source, host, subjects, selection);
	if (selection->n_devices)
		bad_usage("%s is not in an IOMMU group: no IOMMU translates its addresses",
			  selection->devices[0]->address);
}

struct group *cli_group(struct source *source, const struct host *host,
			const struct subjects *subjects, struct selection *selection)
{
	cli_groups(source, host, subjects, selection);
	if (selection->n_groups > 1)
		bad_usage("'%s' is in %zu IOMMU groups: name one of them, such as %u",
			  subjects->words[0], selection->n_groups, selection->groups[0]->id);
	return selection->groups[0];
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
