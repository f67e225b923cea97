/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names for PCI ids, from pci.ids.
 *
 * Not with libpci: it reads all 1.3 MB of the file into tables before it gives the first name, which
 * takes three times as long as everything else that `list` does on an ordinary host. Here the lines
 * are looked through once for where each vendor begins, and what follows is read when it is asked for.
 */
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "base/text.h"
#include "source/internal.h"

/* Where distributions have it: hwdata, Debian's pci.ids, and pciutils as it comes. */
static const char *const places[] = {
	"/usr/share/hwdata/pci.ids",
	"/usr/share/misc/pci.ids",
	"/usr/share/pci.ids",
};

/* A class begins with this in the file, where a vendor has its ID; and its mark here. */
#define CLASS_MARK "C "
#define CLASS_KEY  0x10000u

/** struct line - a line, by the id that it begins with. */
struct line {
	unsigned int id;
	const char *begin;
};

/**
 * struct block - a vendor or a class with all that is below it.
 * @line: the first one; its id is that of a vendor, or CLASS_KEY and a class
 * @entries: the devices or subclasses, sorted, once one of them was looked up
 */
struct block {
	struct line line;
	struct line *entries;
	size_t n_entries;
	bool is_read;
};

/**
 * struct known - names that were looked up already: hosts have few kinds of devices.
 * @id: must come first, it is what tsearch(3) compares
 */
struct known {
	struct pci_id id;
	struct pci_names names;
};

/**
 * struct pci_ids - the file.
 * @blocks: sorted; of two with the same id the first one in the file comes first
 * @known: a tree of struct known
 */
struct pci_ids {
	char *text;
	struct block *blocks;
	size_t n_blocks;
	void *known;
};

/* @digits hexadecimal digits at @text, behind which white space comes; or -1. */
static int read_id(const char *text, unsigned int digits)
{
	int value = text_hex(text, digits);

	return value >= 0 && (text[digits] == ' ' || text[digits] == '\t') ? value : -1;
}

static const char *next_line(const char *line)
{
	const char *end = strchr(line, '\n');

	return end ? end + 1 : line + strlen(line);
}

/* Of blocks too, which begin with one. */
static int compare_lines(const void *a, const void *b)
{
	const struct line *one = a, *two = b;

	if (one->id != two->id)
		return one->id < two->id ? -1 : 1;
	return one->begin < two->begin ? -1 : one->begin > two->begin;
}

struct pci_ids *pci_ids_parse(char *text)
{
	struct pci_ids *ids = xcalloc(1, sizeof(*ids));

	ids->text = text;
	for (const char *line = text; *line; line = next_line(line)) {
		struct block block = { .line = { .begin = line } };
		bool is_class;
		int id;

		/* Nearly all of them are devices, below a vendor. */
		if (*line == '\t')
			continue;
		is_class = text_starts(line, CLASS_MARK);
		id = is_class ? read_id(line + strlen(CLASS_MARK), 2) : read_id(line, 4);
		block.line.id = (is_class ? CLASS_KEY : 0) + (unsigned int)id;
		if (id >= 0)
			APPEND(ids->blocks, ids->n_blocks, block);
	}
	if (ids->n_blocks)
		qsort(ids->blocks, ids->n_blocks, sizeof(*ids->blocks), compare_lines);
	return ids;
}

static void known_free(void *node)
{
	struct known *known = node;

	pci_names_clear(&known->names);
	free(known);
}

void pci_ids_free(struct pci_ids *ids)
{
	if (!ids)
		return;
	tdestroy(ids->known, known_free);
	for (size_t i = 0; i < ids->n_blocks; i++)
		free(ids->blocks[i].entries);
	free(ids->blocks);
	free(ids->text);
	free(ids);
}

/* The first of @count sorted objects of @size bytes that begin with a line of @id, or NULL. */
static void *find_line(void *sorted, size_t count, size_t size, unsigned int id)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct line *line = (const void *)((char *)sorted + middle * size);

		if (line->id < id)
			low = middle + 1;
		else
			high = middle;
	}
	sorted = (char *)sorted + low * size;
	return low < count && ((struct line *)sorted)->id == id ? sorted : NULL;
}

static struct block *find_block(const struct pci_ids *ids, unsigned int id)
{
	return find_line(ids->blocks, ids->n_blocks, sizeof(*ids->blocks), id);
}

/* The lines of @block that are one tab in and have an id of @digits behind it. */
static void read_entries(struct block *block, unsigned int digits)
{
	for (const char *text = next_line(block->line.begin); *text; text = next_line(text)) {
		struct line entry = { .begin = text + 1 };
		int id;

		if (*text == '#' || *text == '\n')
			continue;
		if (*text != '\t')
			break;
		id = read_id(text + 1, digits);
		entry.id = (unsigned int)id;
		if (id >= 0)
			APPEND(block->entries, block->n_entries, entry);
	}
	if (block->n_entries)
		qsort(block->entries, block->n_entries, sizeof(*block->entries), compare_lines);
	block->is_read = true;
}

static const char *find_entry(struct block *block, unsigned int id, unsigned int digits)
{
	const struct line *found;

	if (!block)
		return NULL;
	if (!block->is_read)
		read_entries(block, digits);
	found = find_line(block->entries, block->n_entries, sizeof(*block->entries), id);
	return found ? found->begin : NULL;
}

/* Return the name behind the ID on @line, cleaned; NULL for NULL. */
static char *name_on(const char *line, size_t before)
{
	size_t len;

	if (!line)
		return NULL;
	line += before;
	line += strspn(line, " \t");
	len = strcspn(line, "\n");
	return text_clean(text_trim(xstrndup(line, len)));
}

/* The class with its number, where only the base class has a name: there may be many of it. */
static char *class_name(const struct pci_ids *ids, unsigned int class)
{
	struct block *base = find_block(ids, CLASS_KEY + (class >> 8));
	const char *entry = find_entry(base, class & 0xff, 2);
	_cleanup_free_ char *name = NULL;

	if (entry)
		return name_on(entry, 2);
	name = name_on(base ? base->line.begin : NULL, strlen(CLASS_MARK) + 2);
	return name ? xasprintf("%s [%04x]", name, class) : NULL;
}

void pci_ids_find(const struct pci_ids *ids, const struct pci_id *id, struct pci_names *names)
{
	struct block *vendor = find_block(ids, id->vendor);

	names->vendor = name_on(vendor ? vendor->line.begin : NULL, 4);
	names->device = name_on(find_entry(vendor, id->device, 4), 4);
	names->class_name = class_name(ids, id->class >> 8);
}

static int compare_known(const void *a, const void *b)
{
	const struct pci_id *one = a, *two = b;

	if (one->vendor != two->vendor)
		return one->vendor < two->vendor ? -1 : 1;
	if (one->device != two->device)
		return one->device < two->device ? -1 : 1;
	return one->class < two->class ? -1 : one->class > two->class;
}

static struct pci_ids *open_ids(struct source *source)
{
	char *text = NULL;
	size_t len;

	/* A capture has the names in its transcript. */
	for (size_t i = 0; source->mode != SOURCE_REPLAY && !text && i < COUNT(places); i++)
		read_unrecorded(source, places[i], &text, &len);
	return pci_ids_parse(text ? text : xstrdup(""));
}

static void find_names(struct source *source, const struct pci_id *id, struct pci_names *names)
{
	_cleanup_free_ char *key = xasprintf("pci %04x:%04x %06x", id->vendor, id->device,
					     id->class);
	json_t *fact;

	if (source->mode == SOURCE_REPLAY) {
		fact = transcript_fact(source, key);
		names->vendor = json_text(fact, "vendor");
		names->device = json_text(fact, "device");
		names->class_name = json_text(fact, "class");
		return;
	}
	pci_ids_find(source->ids, id, names);
	if (source->mode == SOURCE_RECORD) {
		fact = json_pack("{s:s, s:s*, s:s*, s:s*}", "fact", key, "vendor", names->vendor,
				 "device", names->device, "class", names->class_name);
		transcript_write(source, fact);
	}
}

static const struct pci_names *look_up(struct source *source, const struct pci_id *id)
{
	struct known **place = tsearch(id, &source->ids->known, compare_known);
	struct known *known;

	if (!place)
		out_of_memory();
	/* tsearch(3) has kept what it was given: that is for looking only. */
	if ((const void *)*place == (const void *)id) {
		known = xcalloc(1, sizeof(*known));
		known->id = *id;
		*place = known;
		find_names(source, id, &known->names);
	}
	return &(*place)->names;
}

void source_pci_names(struct source *source, const struct pci_id *id, struct pci_names *names)
{
	const struct pci_names *found;

	if (!source->ids)
		source->ids = open_ids(source);
	found = look_up(source, id);
	names->vendor = xstrdup(found->vendor);
	names->device = xstrdup(found->device);
	names->class_name = xstrdup(found->class_name);
}

void pci_names_clear(struct pci_names *names)
{
	free(names->vendor);
	free(names->device);
	free(names->class_name);
	*names = (struct pci_names){ 0 };
}
