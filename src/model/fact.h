/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_MODEL_FACT_H
#define VFIODIAG_MODEL_FACT_H

#include <stddef.h>

#include "model/difference.h"
#include "model/host.h"

/*
 * The facts that are shown, in one table for each kind of thing. JSON, list, HTML and diff iterate
 * over the tables, and tests hold the schema and the manual page of list to them.
 */

/** enum fact_type - JSON type of a fact. Those that are no text or number have their own form. */
enum fact_type {
	FACT_TEXT,
	FACT_NUMBER,
	FACT_REGIONS,
	FACT_DEVICES,
	FACT_PARAMETERS,
	FACT_UNREAD,
};

/** enum fact_difference - how a fact is compared. */
enum fact_difference {
	FACT_IGNORED,
	FACT_COMPARED, /* no value means that there is none */
	FACT_KNOWN,    /* no value means that it was not measured */
	FACT_WORDS,    /* the same, word by word */
};

/** enum fact_place - the outputs that show a fact, besides list and diff. */
enum fact_place {
	FACT_JSON = 1 << 0,
	FACT_HTML = 1 << 1,
	FACT_SHOWN = FACT_JSON | FACT_HTML,
	FACT_PCI = 1 << 2, /* only devices on PCI have it */
};

/** struct fact_room - memory of a value that a getter makes. Clear it once, after the last value. */
struct fact_room {
	char text[32];
	char *made;
};

/** fact_getter - return a value of @thing, in @room if it must be made; NULL without a value. */
typedef const char *fact_getter(const void *thing, struct fact_room *room);

/**
 * struct fact - one fact about a host, an IOMMU unit, a group or a device.
 * @key: name in JSON
 * @label: name for people, in HTML and diff
 * @column: column of list, or NULL
 * @meaning: description in list --help, and the beginning of the one in the schema
 * @places: bits of enum fact_place
 * @cost: bits of enum host_detail that must be read for it
 * @area: area of diff
 * @separator: ends a word
 * @member: offset of the string; used where @get is NULL
 * @get: returns the value for programs
 * @words: returns the value for people, where it is another one
 * @why: returns the reason of the value, which diff shows with a new value
 * @known: tells whether the value was measured, where NULL does not tell
 */
struct fact {
	const char *key;
	const char *label;
	const char *column;
	const char *meaning;
	enum fact_type type;
	unsigned int places;
	unsigned int cost;
	enum fact_difference difference;
	enum difference_area area;
	char separator;
	size_t member;
	fact_getter *get;
	fact_getter *words;
	fact_getter *why;
	bool (*known)(const void *thing);
};

/** host_facts - the tables, each ended by a fact without key. */
extern const struct fact host_facts[];
extern const struct fact iommu_facts[];
extern const struct fact group_facts[];
extern const struct fact device_facts[];

/** fact_value() - return the value of @fact for programs, or NULL. It may be in @room. */
const char *fact_value(const struct fact *fact, const void *thing, struct fact_room *room);

/** fact_words() - the same for people. */
const char *fact_words(const struct fact *fact, const void *thing, struct fact_room *room);

/** fact_room_clear() - free what @room holds. */
void fact_room_clear(struct fact_room *room);

/** facts_free() - free the strings of @thing that the table @facts names. */
void facts_free(const struct fact *facts, const void *thing);

#endif
