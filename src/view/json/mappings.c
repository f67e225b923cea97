/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is mapped for a group as JSON, schema vfiodiag/1. */
#include "view/answer.h"

#include "view/json/build.h"

static json_t *others_object(const struct entry_counts *counts)
{
	json_t *object = json_object();

	set(object, "count", size(counts->n_other));
	set(object, "bytes", size(counts->bytes_other));
	return object;
}

static json_t *kinds_array(const struct entry_counts *counts)
{
	json_t *array = json_array();

	for (enum mapped_kind kind = 0; kind < MAPPED_KINDS; kind++) {
		json_t *object = json_object();

		set(object, "kind", text(mapped_name(kind)));
		set(object, "bytes", size(mapped_bytes(counts, kind)));
		set(object, "meaning", text(mapped_meaning(kind)));
		set(object, "fix", text(mapped_fix(counts, kind)));
		add(array, object);
	}
	return array;
}

static json_t *mappings_object(const struct mappings_answer *answer)
{
	const struct mappings *mappings = answer->mappings;
	const struct entry_counts *counts = &mappings->counts;
	bool is_known = mappings->is_known;
	json_t *object = json_object();

	set(object, "group", json_integer(answer->group->id));
	set(object, "devices", json_addresses(answer->group));
	set(object, "not_known", text(mappings->reason));
	set(object, "bytes", is_known ? size(counts->bytes) : json_null());
	set(object, "longest_run", is_known ? size(counts->longest) : json_null());
	set(object, "page_sizes", json_page_sizes(is_known, counts->page_sizes));
	set(object, "entries", json_entries(is_known, counts->count));
	set(object, "other_entries", is_known ? others_object(counts) : json_null());
	set(object, "large_entry", is_known ? size(counts->large) : json_null());
	set(object, "kinds", is_known ? kinds_array(counts) : json_null());
	return object;
}

int write_mappings_json(FILE *out, const struct mappings_answer *answer,
			const struct view_options *options)
{
	json_t *top = json_object();

	(void)options;
	set(top, "mappings", mappings_object(answer));
	set(top, "findings", json_findings(&answer->findings));
	return json_write(out, answer->host, top);
}
