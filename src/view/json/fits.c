/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fit of a guest as JSON, schema vfiodiag/1. */
#include "view/answer.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "view/json/build.h"

/* The version that was given: "7.2"; or null. */
static json_t *qemu_version(const struct guest *guest)
{
	_cleanup_free_ char *version = xasprintf("%u.%u", guest->qemu_major, guest->qemu_minor);

	return guest->qemu_major ? text(version) : json_null();
}

static json_t *guest_object(const struct fits_answer *answer)
{
	const struct guest *guest = answer->fit->request->guest;
	const struct layout *layout = &answer->fit->layout;
	json_t *object = json_object();
	json_t *bars = json_array();

	for (size_t i = 0; i < guest->n_bars; i++)
		add(bars, size(guest->bars[i]));
	set(object, "machine", text(machine_name(guest->machine)));
	set(object, "memory", size(guest->memory));
	set(object, "maxmemory", size(guest->maxmemory));
	set(object, "slots", size(guest->slots));
	set(object, "bars", bars);
	set(object, "qemu", qemu_version(guest));
	set(object, "cxl_windows", size(guest->cxl));
	set(object, "highmem_mmio_size", guest->pci_window ? size(guest->pci_window) : json_null());
	set(object, "amd", text(answer_name(guest->amd)));
	set(object, "phys_bits", guest->phys_bits ? size(guest->phys_bits) : json_null());
	set(object, "rules", text(layout->rules));
	set(object, "relocated", json_boolean(layout->relocated));
	set(object, "relaxed_translation", json_boolean(layout->relaxed));
	set(object, "phys_bits_needed",
	    layout->bits_needed ? size(layout->bits_needed) : json_null());
	return object;
}

static json_t *piece_object(const struct piece_fit *fit)
{
	static const char *const kinds[] = { "ram", "plugged", "bar" };
	const struct piece *piece = &fit->piece;
	json_t *object = json_range(&piece->range);

	set(object, "size", size(piece->range.end - piece->range.start + 1));
	set(object, "kind", text(kinds[piece->kind]));
	set(object, "name", text(piece->name));
	set(object, "region", text(piece->region));
	set(object, "where", text(piece->where));
	set(object, "translated", json_boolean(piece->translated));
	set(object, "taken",
	    fit->usable == USABLE_UNKNOWN ? json_null() : json_boolean(fit->usable == USABLE_YES));
	set(object, "group", json_integer(fit->space->group->id));
	set(object, "message", text(fit->words));
	return object;
}

static json_t *groups_array(const struct fits_answer *answer)
{
	json_t *array = json_array();

	for (size_t i = 0; i < answer->fit->request->n_spaces; i++) {
		const struct space *space = &answer->fit->request->spaces[i];
		_cleanup_free_ char *blockers = group_blockers(space->group);
		json_t *object = json_object();

		set(object, "group", json_integer(space->group->id));
		set(object, "devices", json_addresses(space->group));
		set(object, "known_by", text(space_source_name(space->known_by)));
		set(object, "blockers", text(blockers));
		set(object, "error", space->failure ? json_failure(space->failure) : json_null());
		add(array, object);
	}
	return array;
}

static json_t *memlock_object(const struct fits_answer *answer)
{
	const struct memlock *memlock = answer->fit->request->memlock;
	const struct fit *fit = answer->fit;
	bool has_limit = !memlock->error && !memlock->unlimited && !memlock->bypass;
	json_t *object = json_object();

	set(object, "need", size(fit->need));
	set(object, "need_with_maxmemory", size(fit->need_later));
	set(object, "containers", size(fit->containers));
	set(object, "whom", text(memlock->whom));
	set(object, "limit", has_limit ? size(memlock->bytes) : json_null());
	set(object, "unlimited", json_boolean(memlock->unlimited || memlock->bypass));
	set(object, "inferred", json_boolean(memlock->inferred));
	set(object, "known_by", text(memlock->known_by));
	set(object, "errno", errno_text(memlock->error));
	return object;
}

int write_fits_json(FILE *out, const struct fits_answer *answer, const struct view_options *options)
{
	static const char *const verdicts[] = {
		[READINESS_READY] = "fits",
		[READINESS_WARNINGS] = "warnings",
		[READINESS_NOT_READY] = "does-not-fit",
		[READINESS_UNMEASURED] = "unknown",
	};
	const struct fit *fit = answer->fit;
	uint64_t page = fit->request->page;
	json_t *pieces = json_array();
	json_t *maps = json_object();
	json_t *top = json_object();

	(void)options;
	for (size_t i = 0; i < fit->n_pieces; i++)
		add(pieces, piece_object(&fit->pieces[i]));
	set(maps, "pieces", size(fit->maps));
	set(maps, "page_size", page ? size(page) : json_null());
	set(maps, "pages", page ? size(fit->page_maps) : json_null());
	set(maps, "limit", fit->entry_limit.known ? size(fit->entry_limit.maps) : json_null());
	set(maps, "limit_known_by", text(fit->entry_limit.known_by));
	set(top, "guest", guest_object(answer));
	set(top, "groups", groups_array(answer));
	set(top, "pieces", pieces);
	set(top, "largest_memory", fit->largest ? size(fit->largest) : json_null());
	set(top, "bar_address_bits", fit->top_bits ? size(fit->top_bits) : json_null());
	set(top, "maps", maps);
	set(top, "memlock", memlock_object(answer));
	set(top, "pin_seconds", json_null());
	set(top, "pin_seconds_reason", text(FIT_NO_PIN_TIME));
	set(top, "verdict", text(verdicts[answer->readiness]));
	set(top, "findings", json_findings(&answer->findings));
	return json_write(out, answer->host, top);
}
