/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/page_table.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "source/internal.h"

static const char *const names[] = {
	[PAGE_TABLE_NOT_ASKED] = "not-asked",
	[PAGE_TABLE_ONE_ENTRY] = "one-entry",
	[PAGE_TABLE_TWO_ENTRIES] = "two-entries",
	[PAGE_TABLE_UNKNOWN] = "unknown",
};

const char *page_table_result_name(enum page_table_result result)
{
	return names[result];
}

void page_table_answer_clear(struct page_table_answer *answer)
{
	free(answer->reason);
	*answer = (struct page_table_answer){ 0 };
}

/* A result that this version does not know is as good as none. */
static void answer_from_json(const json_t *fact, struct page_table_answer *answer)
{
	const char *name = json_string_value(json_object_get(fact, "result"));

	for (size_t i = 0; name && i < COUNT(names); i++) {
		if (strcmp(name, names[i]) == 0)
			answer->result = (enum page_table_result)i;
	}
	if (answer->result == PAGE_TABLE_UNKNOWN)
		answer->reason = json_text(fact, "reason");
	if (answer->result == PAGE_TABLE_UNKNOWN && !answer->reason)
		answer->reason = xstrdup("the capture does not say why");
}

static void answer_live(struct page_table_answer *answer)
{
	answer->result = PAGE_TABLE_UNKNOWN;
	answer->reason = xstrdup("this build does not read the kernel's memory");
}

void source_page_table_pair(struct source *source, unsigned int group, enum iommu_kind kind,
			    uint64_t iova, uint64_t page_size, const void *pages,
			    struct page_table_answer *answer)
{
	_cleanup_free_ char *key = xasprintf("page-table %u 0x%" PRIx64, group, iova);

	(void)kind;
	(void)page_size;
	(void)pages;
	*answer = (struct page_table_answer){ 0 };
	if (source->mode == SOURCE_REPLAY) {
		answer_from_json(transcript_fact(source, key), answer);
	} else if (source->mode != SOURCE_SYSROOT) {
		answer_live(answer);
		fact_end(source, key, 0,
			 json_pack("{s:s, s:s*}", "result", names[answer->result], "reason",
				   answer->reason));
	}
}
