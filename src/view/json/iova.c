/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The IOVA space of a group as JSON, schema vfiodiag/1. */
#include "view/answer.h"

#include "base/cleanup.h"
#include "iova/reason.h"
#include "iova/words.h"
#include "view/json/build.h"

/* 2^64 is one more than a 64-bit number can be. */
static json_t *size_of(uint64_t last)
{
	return last == UINT64_MAX ? text("0x10000000000000000") : size(last + 1);
}

static json_t *range_with_size(const struct range *range)
{
	json_t *object = json_range(range);

	set(object, "size", size_of(range->end - range->start));
	return object;
}

static json_t *ranges_array(const struct space *space, const struct ranges *ranges)
{
	json_t *array;

	if (!space->known_by)
		return json_null();
	array = json_array();
	for (size_t i = 0; i < ranges->count; i++)
		add(array, range_with_size(&ranges->range[i]));
	return array;
}

static json_t *windows_array(const struct space *space)
{
	json_t *array;

	if (!space->has_page_sizes || !space->known_by)
		return json_null();
	array = json_array();
	for (unsigned int bit = 0; bit < 64; bit++) {
		json_t *object;
		struct range window;

		if (!(space->page_sizes >> bit & 1))
			continue;
		object = json_object();
		set(object, "page_size", size(UINT64_C(1) << bit));
		set(object, "window",
		    space_first_window(space, UINT64_C(1) << bit, &window) ? json_range(&window)
									   : json_null());
		add(array, object);
	}
	return array;
}

static json_t *space_object(const struct iova_answer *answer)
{
	const struct space *space = answer->space;
	const struct range *largest = space_largest(space);
	struct extent total = space_total(space);
	json_t *object = json_object();
	json_t *parts = json_array();
	json_t *locked = NULL;

	for (size_t i = 0; i < space->map.count; i++) {
		const struct iova_part *part = &space->map.part[i];
		const struct reason *reason = reason_of(space->group, &space->allowed, part);
		json_t *its = range_with_size(&part->range);

		set(its, "use", text(iova_use_name(part->use)));
		set(its, "type", text(part->region ? part->region->word : NULL));
		set(its, "reason", text(reason ? reason->id : NULL));
		set(its, "meaning", text(reason ? reason->meaning : NULL));
		add(parts, its);
	}
	if (space->locked) {
		struct hit hit = { .kind = HIT_LOCKED };
		_cleanup_free_ char *words = words_of_hit(space, &hit);

		locked = json_range(&space->locked->range);
		set(locked, "type", text(space->locked->word));
		set(locked, "message", text(words));
	}
	set(object, "group", json_integer(space->group->id));
	set(object, "devices", json_addresses(space->group));
	set(object, "known_by", text(space_source_name(space->known_by)));
	set(object, "not_known", text(words_of_unknown(space)));
	set(object, "address_bits", space->bits ? json_integer(space->bits) : json_null());
	set(object, "parts", parts);
	set(object, "iova_ranges", ranges_array(space, &space->allowed));
	set(object, "free", ranges_array(space, &space->free));
	set(object, "usable",
	    !space->known_by ? json_null()
	    : total.any	     ? size_of(total.last)
			     : json_integer(0));
	set(object, "largest_free",
	    space->known_by && largest ? range_with_size(largest) : json_null());
	set(object, "page_sizes", json_page_sizes(space->has_page_sizes, space->page_sizes));
	set(object, "first_windows", windows_array(space));
	set(object, "dma_avail", space->has_dma_avail ? size(space->dma_avail) : json_null());
	set(object, "locked_by", locked ? locked : json_null());
	set(object, "error", space->failure ? json_failure(space->failure) : json_null());
	return object;
}

/* The obstacle: the whole region if it is one, else the part. */
static json_t *hit_object(const struct space *space, const struct query *query)
{
	static const char *const kinds[] = { NULL, "wrap", "locked", "part", "seam", "alignment" };
	const struct iova_part *part = query->hit.part;
	json_t *object;

	if (query->usable != USABLE_NO)
		return json_null();
	if (query->hit.kind == HIT_PART)
		object = part->region ? json_range(&part->region->range) : json_range(&part->range);
	else if (query->hit.kind == HIT_LOCKED)
		object = json_range(&space->locked->range);
	else
		object = json_object();
	set(object, "kind", text(kinds[query->hit.kind]));
	if (query->hit.kind == HIT_PART) {
		set(object, "type", text(part->region ? part->region->word : NULL));
		set(object, "reason", text(reason_of(space->group, &space->allowed, part)->id));
	}
	return object;
}

static json_t *query_object(const struct iova_answer *answer)
{
	const struct space *space = answer->space;
	const struct query *query = answer->query;
	json_t *object = json_object();

	set(object, "address", address(query->question.address));
	set(object, "size", size(query->question.size));
	set(object, "align", size(query->question.align));
	set(object, "usable",
	    query->usable == USABLE_UNKNOWN ? json_null()
					    : json_boolean(query->usable == USABLE_YES));
	set(object, "message", text(query->words));
	set(object, "hit", hit_object(space, query));
	set(object, "nearest_below", query->has_below ? json_range(&query->below) : json_null());
	set(object, "nearest_above", query->has_above ? json_range(&query->above) : json_null());
	set(object, "errno", errno_text(query->question.error));
	set(object, "findings", json_findings(&answer->findings));
	return object;
}

int write_iova_json(FILE *out, const struct iova_answer *answer, const struct view_options *options)
{
	json_t *top = json_object();

	(void)options;
	set(top, "iova", space_object(answer));
	set(top, "query", answer->query ? query_object(answer) : json_null());
	return json_write(out, answer->host, top);
}
