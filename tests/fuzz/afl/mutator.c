/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A mutator for AFL++ that knows what a capture is: files, links and directories, lines of a transcript,
 * words of attributes, addresses and groups that stand in many places. An input is a host as text
 * (fuzz.h) for whole.c, and stays one, whatever is done to it.
 *
 * Loaded by afl-fuzz itself: built without its instrumentation, and of nothing else of this tree.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* AFL++'s interface, see its docs/custom_mutators.md. */
void *afl_custom_init(void *afl, unsigned int seed);
void afl_custom_deinit(void *data);
size_t afl_custom_fuzz(void *data, uint8_t *in, size_t len, uint8_t **out, uint8_t *add,
		       size_t add_len, size_t max_len);

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define PARTS_MAX    4096
#define CHANGES_MAX  6
#define NAME_MAX_LEN 64

/** struct text - bytes that are not ended by a NUL. */
struct text {
	const char *at;
	size_t len;
};

/** struct part - "=WORD ARGUMENT" and what is behind it, up to the next one. */
struct part {
	struct text head;
	struct text body;
};

/** struct input - an input that was taken apart. */
struct input {
	struct part part[PARTS_MAX];
	size_t count;
};

/**
 * struct mutator - what is kept between calls.
 * @here: the input
 * @there: another one, that AFL++ gave
 * @made: texts of this call, freed by the next one
 */
struct mutator {
	uint64_t random;
	struct input here;
	struct input there;
	char **made;
	size_t n_made;
	uint8_t *out;
	size_t room;
};

/* Chance */

static uint64_t draw(struct mutator *mutator)
{
	/* xorshift64*: the same seed gives the same inputs. */
	mutator->random ^= mutator->random >> 12;
	mutator->random ^= mutator->random << 25;
	mutator->random ^= mutator->random >> 27;
	return mutator->random * UINT64_C(2685821657736338717);
}

static size_t below(struct mutator *mutator, size_t limit)
{
	return limit ? (size_t)((draw(mutator) >> 16) % limit) : 0;
}

/* Memory */

static void *need(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

/* Room for a text that lives as long as this call. */
static char *make(struct mutator *mutator, size_t len)
{
	char *text = need(malloc(len + 1));

	mutator->made = need(realloc(mutator->made, (mutator->n_made + 1) * sizeof(text)));
	mutator->made[mutator->n_made++] = text;
	return text;
}

static void forget(struct mutator *mutator)
{
	for (size_t i = 0; i < mutator->n_made; i++)
		free(mutator->made[i]);
	mutator->n_made = 0;
}

static struct text as_text(const char *word)
{
	return (struct text){ word, strlen(word) };
}

/* @text with @len bytes at @from replaced. */
static struct text replace(struct mutator *mutator, struct text text, size_t from, size_t len,
			   struct text by)
{
	char *made = make(mutator, text.len - len + by.len);

	memcpy(made, text.at, from);
	memcpy(made + from, by.at, by.len);
	memcpy(made + from + by.len, text.at + from + len, text.len - from - len);
	return (struct text){ made, text.len - len + by.len };
}

/* Words */

static const char *const addresses[] = { "0000:00:04.0",  "0000:00:1f.0",
					 "0000:01:00.0",  "ffff:ff:1f.7",
					 "10000:e0:06.0", "0000:00:00.0",
					 "0001:00:00.0",  "4" };
static const char *const numbers[] = { "0",
				       "1",
				       "-1",
				       "2",
				       "7",
				       "65535",
				       "65536",
				       "2147483647",
				       "2147483648",
				       "4294967295",
				       "4294967296",
				       "9223372036854775807",
				       "-9223372036854775808",
				       "18446744073709551615",
				       "18446744073709551616",
				       "0xffffffffffffffff",
				       "0x7fffffffffffffff",
				       "0x0",
				       "0xfee00000",
				       "0xfeefffff",
				       "0xfffffffffffff000",
				       "0x10000000000",
				       "1e308",
				       "00",
				       "0x",
				       "-0",
				       "1.5" };
static const char *const values[] = { "null",
				      "true",
				      "false",
				      "[]",
				      "{}",
				      "\"\"",
				      "-1",
				      "0",
				      "1",
				      "9223372036854775807",
				      "1e400",
				      "0.5",
				      "[[[[[[]]]]]]",
				      "\"\\u0000\"",
				      "\"\\u001b[2J\"",
				      "\"\\ud83d\\ude00\"",
				      "\"\\u202e\"",
				      "\"<script>\"",
				      "\"../../..\"",
				      "\"/\"",
				      "\"ENOENT\"",
				      "\"EACCES\"",
				      "\"EBUSY\"",
				      "\"EINVAL\"",
				      "\"ENOMEM\"",
				      "\"0xffffffffffffffff\"",
				      "\"0x0\"",
				      "\"0x1000\"",
				      "[0,1]",
				      "{\"gid\":0}",
				      "[\"0x0+1\"]",
				      "[\"24 u8 byte 0x1\"]" };
static const char *const pieces[] = { "\n",	  "=",	      ",",
				      ":",	  "/",	      "..",
				      "%s%n",	  "\x1b[31m", "\t",
				      " ",	  "\"",	      "\\",
				      "\\x0a",	  "<b>",      "\xe2\x80\xae",
				      "\xc2\x9b", "\xff",     "\xf0\x9f\x98\x80",
				      "#",	  "'" };
/* A host that is a machine with AMD, Intel, ARM or s390 processors: what stands in which file. */
static const struct {
	const char *file;
	const char *words[12];
} attributes[] = {
	{ "uevent",
	  { "DRIVER=vfio-pci\n", "DRIVER=pci-stub\n", "DRIVER=nvme\n", "PCI_CLASS=30000\n",
	    "PCI_CLASS=60400\n", "PCI_ID=FFFF:FFFF\n", "PCI_ID=1014:04ED\n", "PCI_SUBSYS_ID=0:0\n",
	    "PCI_SLOT_NAME=0000:01:00.0\n", "DEVTYPE=disk\n", "MAJOR=8\n", "DEVNAME=../x\n" } },
	{ "reserved_regions",
	  { "0x00000000fee00000 0x00000000feefffff msi\n",
	    "0x0000000000000000 0xffffffffffffffff reserved\n",
	    "0x0000000000000000 0x0000000000000fff direct\n",
	    "0x0000000000001000 0x0000000000001fff direct-relaxable\n",
	    "0xffffffffffffffff 0x0000000000000000 reserved\n",
	    "0xfffffffffffff000 0xffffffffffffffff reserved\n", "0x1 0x1 msi\n" } },
	{ "type", { "DMA", "DMA-FQ", "identity", "auto", "blocked", "1", "2" } },
	{ "cmdline",
	  { " iommu=pt", " intel_iommu=on", " amd_iommu=off", " iommu.passthrough=1",
	    " hugepagesz=1G", " intremap=off", " vfio-pci.ids=8086:10d3", " pci=noats", " -- x",
	    " root=/dev/vda1" } },
	{ "mountinfo",
	  { "36 35 8:1 / / rw - ext4 /dev/vda1 rw\n", "1 1 0:1 / /x rw shared:1 - tmpfs t rw\n",
	    "36 35 98:0 /a\\040b /m rw master:1 - cifs //h/s username=u\n", "- - - -\n" } },
	{ "limits",
	  { "Max locked memory         8388608              8388608              bytes\n",
	    "Max locked memory         unlimited            unlimited            bytes\n",
	    "Max locked memory", "Max locked memory  -1 -1 bytes\n" } },
	{ "status",
	  { "Uid:\t0\t0\t0\t0\n", "Gid:\t1\t1\t1\t1\n", "Groups:\t1 2 3\n",
	    "CapEff:\tffffffffffffffff\n", "Uid:\t4294967295\n", "CapEff:\t\n" } },
	{ "limits.conf",
	  { "* - memlock unlimited\n", "@kvm hard memlock 64\n", ":107 soft memlock -1\n",
	    "0:65535 - memlock 1\n", "qemu\n", "% hard memlock\n" } },
	{ "version", { "1:0", "100", "0.0", "9.9.9" } },
	{ "osrelease", { "6.2.0", "5.10.0-99-amd64", "2.6.32", "6.1.9-rc1", "7", "x" } },
	{ "cap", { "0x40000000000000", "d2008c40660462", "ffffffffffffffff" } },
	{ "ecap", { "f050da", "0", "ffffffffffffffff" } },
	{ "swaps",
	  { "/dev/dm-0 partition 1 0 -2\n", "Filename\n", "/swap\\040file file 1 0 -2\n" } },
	{ "numa_node", { "0", "-1", "1023", "4294967295" } },
	{ "uid_map", { "0 0 4294967295\n", "0 1000 1\n", "0 0 0\n" } },
	{ "allow_unsafe_interrupts", { "Y", "N", "1" } },
	{ "chip_name", { "IR-PCI-MSI", "PCI-MSI", "IO-APIC", "IR-IO-APIC" } },
};

#define WORD_OF(mutator, table) ((table)[below(mutator, COUNT(table))])

/* Parts */

static bool starts(struct text text, const char *word)
{
	size_t len = strlen(word);

	return text.len >= len && memcmp(text.at, word, len) == 0;
}

static bool is_kind(const struct part *part, const char *kind)
{
	return starts(part->head, kind);
}

/* Behind the word: a path, or the words of "=run". */
static struct text argument_of(const struct part *part)
{
	const char *space = memchr(part->head.at, ' ', part->head.len);

	if (!space)
		return (struct text){ part->head.at + part->head.len, 0 };
	space++;
	return (struct text){ space, (size_t)(part->head.at + part->head.len - space) };
}

/* The path of a file, link or directory. */
static struct text path_of(const struct part *part)
{
	struct text path = argument_of(part);
	const char *space = is_kind(part, "=link") ? memchr(path.at, ' ', path.len) : NULL;

	if (space)
		path.len = (size_t)(space - path.at);
	return path;
}

static struct text target_of(const struct part *part)
{
	struct text path = path_of(part);
	struct text whole = argument_of(part);
	size_t skip = path.len < whole.len ? path.len + 1 : path.len;

	return (struct text){ whole.at + skip, whole.len - skip };
}

static struct text base_of(struct text path)
{
	size_t from = path.len;

	while (from && path.at[from - 1] != '/')
		from--;
	return (struct text){ path.at + from, path.len - from };
}

static void take_apart(struct input *input, const char *at, size_t len)
{
	const char *end = at + len;

	input->count = 0;
	while (at < end && input->count < PARTS_MAX) {
		struct part *part = &input->part[input->count++];
		const char *line = memchr(at, '\n', (size_t)(end - at));
		const char *next = line ? line + 1 : end;

		part->head = (struct text){ at, (size_t)((line ? line : end) - at) };
		at = next;
		while (next < end && *next != '=') {
			line = memchr(next, '\n', (size_t)(end - next));
			next = line ? line + 1 : end;
		}
		part->body = (struct text){ at, (size_t)(next - at) };
		at = next;
	}
}

static void append(struct input *input, struct part part)
{
	if (input->count < PARTS_MAX)
		input->part[input->count++] = part;
}

/* Of two parts with one path the first one counts. */
static void put_first(struct input *input, struct part part)
{
	if (input->count == PARTS_MAX)
		return;
	memmove(&input->part[1], &input->part[0], input->count++ * sizeof(part));
	input->part[0] = part;
}

static void drop(struct input *input, size_t index)
{
	input->count--;
	memmove(&input->part[index], &input->part[index + 1],
		(input->count - index) * sizeof(*input->part));
}

/* A part of that kind, or NULL. */
static struct part *choose(struct mutator *mutator, struct input *input, const char *kind)
{
	size_t first = below(mutator, input->count);

	for (size_t i = 0; i < input->count; i++) {
		struct part *part = &input->part[(first + i) % input->count];

		if (is_kind(part, kind))
			return part;
	}
	return NULL;
}

/* "=KIND PATH", and " TARGET" behind it for a link. */
static struct text make_head(struct mutator *mutator, const char *kind, struct text path,
			     struct text target)
{
	size_t len = strlen(kind) + path.len + target.len + 2;
	char *made = make(mutator, len);
	int n = snprintf(made, len + 1, "%s %.*s%s%.*s", kind, (int)path.len, path.at,
			 target.len ? " " : "", (int)target.len, target.at);

	return (struct text){ made, n < 0 ? 0 : (size_t)n };
}

/* Runs of characters that belong together: a number, an address, a name. */
static bool in_token(char c)
{
	return isalnum((unsigned char)c) || c == '.' || c == '-' || c == '_' || c == ':';
}

/* A token of @text, or where one could be. */
static struct text choose_token(struct mutator *mutator, struct text text)
{
	size_t from = below(mutator, text.len), to;

	while (from < text.len && !in_token(text.at[from]))
		from++;
	while (from && from < text.len && in_token(text.at[from - 1]))
		from--;
	for (to = from; to < text.len && in_token(text.at[to]);)
		to++;
	return (struct text){ text.at + from, to - from };
}

static struct text random_number(struct mutator *mutator)
{
	char *made = make(mutator, 24);
	uint64_t number = UINT64_C(1) << below(mutator, 64);
	int n;

	if (below(mutator, 2))
		return as_text(WORD_OF(mutator, numbers));
	number += below(mutator, 3) - UINT64_C(1);
	n = snprintf(made, 24, below(mutator, 2) ? "0x%llx" : "%llu", (unsigned long long)number);
	return (struct text){ made, n < 0 ? 0 : (size_t)n };
}

/* What may stand in the place of a token. */
static struct text some_word(struct mutator *mutator)
{
	switch (below(mutator, 4)) {
	case 0:
		return as_text(WORD_OF(mutator, addresses));
	case 1:
		return as_text(WORD_OF(mutator, pieces));
	default:
		return random_number(mutator);
	}
}

/* Changes: each to one part, or to what stands in many */

static void change_drop(struct mutator *mutator)
{
	struct input *here = &mutator->here;
	size_t index = below(mutator, here->count);
	struct text path = path_of(&here->part[index]);

	/* A directory often with what is in it. */
	if (is_kind(&here->part[index], "=folder") && below(mutator, 2)) {
		for (size_t i = here->count; i-- > index + 1;) {
			struct text other = path_of(&here->part[i]);

			if (other.len > path.len && memcmp(other.at, path.at, path.len) == 0 &&
			    other.at[path.len] == '/')
				drop(here, i);
		}
	}
	drop(here, index);
}

/* A file becomes a link or a directory, a link or a directory becomes a file. */
static void change_kind(struct mutator *mutator)
{
	static const char *const kinds[] = { "=file", "=link", "=folder" };
	struct input *here = &mutator->here;
	struct part *part = &here->part[below(mutator, here->count)];
	const char *kind = WORD_OF(mutator, kinds);
	struct text target = { "", 0 };

	if (!is_kind(part, "=file") && !is_kind(part, "=link") && !is_kind(part, "=folder"))
		return;
	if (strcmp(kind, "=link") == 0)
		target = path_of(&here->part[below(mutator, here->count)]);
	part->head = make_head(mutator, kind, path_of(part), target);
}

/* The line of the table above for the file of @part; as many as there are lines where there is none. */
static size_t attribute_of(const struct part *part)
{
	struct text base = base_of(path_of(part));
	size_t i = 0;

	while (i < COUNT(attributes) && (base.len != strlen(attributes[i].file) ||
					 memcmp(base.at, attributes[i].file, base.len) != 0))
		i++;
	return is_kind(part, "=file") ? i : COUNT(attributes);
}

/* A file that the table knows. */
static struct part *choose_attribute(struct mutator *mutator)
{
	struct input *here = &mutator->here;
	size_t first = below(mutator, here->count);

	for (size_t i = 0; i < here->count; i++) {
		struct part *part = &here->part[(first + i) % here->count];

		if (attribute_of(part) < COUNT(attributes))
			return part;
	}
	return NULL;
}

/* A line that the kernel or a person could have written there. */
static void change_attribute(struct mutator *mutator)
{
	struct part *part = choose_attribute(mutator);
	const char *const *words;
	struct text word;
	size_t count = 0;

	if (!part)
		return;
	words = attributes[attribute_of(part)].words;
	while (count < COUNT(attributes[0].words) && words[count])
		count++;
	word = as_text(words[below(mutator, count)]);
	/* In front, behind, or instead. */
	switch (below(mutator, 3)) {
	case 0:
		part->body = replace(mutator, part->body, 0, 0, word);
		break;
	case 1:
		part->body = replace(mutator, part->body, part->body.len, 0, word);
		break;
	default:
		part->body = replace(mutator, part->body, 0, part->body.len, word);
		break;
	}
}

static void change_token(struct mutator *mutator)
{
	struct input *here = &mutator->here;
	struct part *part = &here->part[below(mutator, here->count)];
	struct text token;

	if (!part->body.len)
		return;
	token = choose_token(mutator, part->body);
	part->body = replace(mutator, part->body, (size_t)(token.at - part->body.at),
			     below(mutator, 4) ? token.len : 0, some_word(mutator));
}

/* The line of @text that a random place lies in, with its newline. */
static struct text choose_line(struct mutator *mutator, struct text text)
{
	size_t from = below(mutator, text.len), to = from;

	while (from && text.at[from - 1] != '\n')
		from--;
	while (to < text.len && text.at[to] != '\n')
		to++;
	return (struct text){ text.at + from, to + (to < text.len) - from };
}

/* The value of JSON behind a random colon or comma of @line: up to where one like it could end. */
static struct text choose_value(struct mutator *mutator, struct text line)
{
	size_t from = below(mutator, line.len), to;
	int depth = 0;
	bool quoted = false;

	while (from < line.len && line.at[from] != ':' && line.at[from] != ',')
		from++;
	from += from < line.len;
	for (to = from; to < line.len; to++) {
		char c = line.at[to];

		if (c == '"' && (to == from || line.at[to - 1] != '\\'))
			quoted = !quoted;
		if (quoted)
			continue;
		if (depth == 0 && (c == ',' || c == '}' || c == ']' || c == '\n'))
			break;
		depth += (c == '[' || c == '{') - (c == ']' || c == '}');
	}
	return (struct text){ line.at + from, to - from };
}

static void change_value(struct mutator *mutator)
{
	struct part *part = choose(mutator, &mutator->here, "=transcript");
	struct text value;

	if (!part || !part->body.len)
		return;
	value = choose_value(mutator, choose_line(mutator, part->body));
	/* A third of the time a string stays one, with another number in it. */
	if (value.len > 2 && value.at[0] == '"' && below(mutator, 3) == 0) {
		struct text inside = { value.at + 1, value.len - 2 };

		value = choose_token(mutator, inside);
		part->body = replace(mutator, part->body, (size_t)(value.at - part->body.at),
				     value.len, random_number(mutator));
		return;
	}
	part->body = replace(mutator, part->body, (size_t)(value.at - part->body.at), value.len,
			     as_text(WORD_OF(mutator, values)));
}

/* A line goes, or comes again somewhere, here or from the other input. */
static void change_line(struct mutator *mutator)
{
	struct part *part = choose(mutator, &mutator->here, "=transcript");
	struct part *from = below(mutator, 2) ? choose(mutator, &mutator->there, "=transcript")
					      : NULL;
	struct text line, place;

	if (!part || !part->body.len || below(mutator, 4) == 0)
		part = &mutator->here.part[below(mutator, mutator->here.count)];
	if (!part->body.len)
		return;
	if (!from || !from->body.len)
		from = part;
	line = choose_line(mutator, from->body);
	place = choose_line(mutator, part->body);
	if (below(mutator, 2))
		line.len = 0;
	part->body = replace(mutator, part->body, (size_t)(place.at - part->body.at),
			     line.len ? 0 : place.len, line);
}

/* A link leads elsewhere: to another thing, out, or to itself. */
static void change_target(struct mutator *mutator)
{
	static const char *const targets[] = { "..", "/", ".", "../../../../../../..", "x" };
	struct input *here = &mutator->here;
	struct part *part = choose(mutator, here, "=link");
	struct text target;

	if (!part)
		return;
	switch (below(mutator, 4)) {
	case 0:
		target = as_text(WORD_OF(mutator, targets));
		break;
	case 1:
		target = path_of(part);
		break;
	case 2:
		target = target_of(&here->part[below(mutator, here->count)]);
		break;
	default:
		/* From the root, as no link of sysfs is. */
		target = path_of(&here->part[below(mutator, here->count)]);
		target = replace(mutator, target, 0, 0, as_text("/"));
		break;
	}
	part->head = make_head(mutator, "=link", path_of(part), target);
}

static bool is_name(struct text name)
{
	return name.len && name.len < NAME_MAX_LEN;
}

/* @name by another one wherever it stands as a word. */
static struct text rename_in(struct mutator *mutator, struct text text, struct text name,
			     struct text by)
{
	size_t at = 0;

	while (at + name.len <= text.len) {
		const char *found = memmem(text.at + at, text.len - at, name.at, name.len);
		size_t from = found ? (size_t)(found - text.at) : text.len;
		bool alone = found && (!from || !isalnum((unsigned char)found[-1])) &&
			     (from + name.len == text.len ||
			      !isalnum((unsigned char)found[name.len]));

		if (!found)
			break;
		if (alone)
			text = replace(mutator, text, from, name.len, by);
		at = from + (alone ? by.len : name.len);
	}
	return text;
}

/* A name of a device, a group, a unit: the last word of a path, and a new one for it. */
static bool choose_names(struct mutator *mutator, struct text *name, struct text *by)
{
	struct input *here = &mutator->here;
	const struct part *part = &here->part[below(mutator, here->count)];

	*name = base_of(path_of(part));
	*by = below(mutator, 3) ? base_of(path_of(&here->part[below(mutator, here->count)]))
				: some_word(mutator);
	/* As no word of it may end a line. */
	return is_name(*name) && is_name(*by) && !memchr(by->at, '\n', by->len);
}

static void change_name(struct mutator *mutator)
{
	struct input *here = &mutator->here;
	struct text name, by;

	if (!choose_names(mutator, &name, &by))
		return;
	for (size_t i = 0; i < here->count; i++) {
		here->part[i].head = rename_in(mutator, here->part[i].head, name, by);
		/* Half of the bodies are left, and say something else then. */
		if (below(mutator, 2))
			here->part[i].body = rename_in(mutator, here->part[i].body, name, by);
	}
}

/* A second device, group or unit: all that has its name in its path, again under a new one. */
static void change_twin(struct mutator *mutator)
{
	struct input *here = &mutator->here;
	size_t count = here->count;
	struct text name, by;

	if (!choose_names(mutator, &name, &by))
		return;
	for (size_t i = 0; i < count; i++) {
		struct part *part = &here->part[i];
		struct part twin = { rename_in(mutator, part->head, name, by),
				     rename_in(mutator, part->body, name, by) };

		if (twin.head.at != part->head.at && !is_kind(part, "=run"))
			append(here, twin);
	}
}

/* Files, links and directories of another host. */
static void change_splice(struct mutator *mutator)
{
	void (*const add)(struct input *, struct part) = below(mutator, 2) ? append : put_first;
	struct input *there = &mutator->there;
	size_t first, count;

	if (!there->count)
		return;
	first = below(mutator, there->count);
	count = 1 + below(mutator, below(mutator, 8) ? 16 : there->count);
	for (size_t i = first; i < there->count && i < first + count; i++) {
		if (!is_kind(&there->part[i], "=run"))
			add(&mutator->here, there->part[i]);
	}
}

/* A second host to compare with, or none any more. */
static void change_other(struct mutator *mutator)
{
	struct input *here = &mutator->here;

	for (size_t i = 0; i < here->count; i++) {
		if (is_kind(&here->part[i], "=other")) {
			drop(here, i);
			return;
		}
	}
	append(here, (struct part){ as_text("=other"), { "", 0 } });
	for (size_t i = 0; i < mutator->there.count && !is_kind(&mutator->there.part[i], "=other");
	     i++)
		append(here, mutator->there.part[i]);
}

/* Something that is there more often than anybody expects. */
static void change_repeat(struct mutator *mutator)
{
	struct input *here = &mutator->here;
	struct part *part = &here->part[below(mutator, here->count)];
	size_t times = (size_t)1 << below(mutator, 8);
	struct text what;
	char *made;

	if (!part->body.len)
		return;
	what = below(mutator, 2) ? choose_line(mutator, part->body)
				 : choose_token(mutator, part->body);
	made = make(mutator, what.len * times);
	for (size_t i = 0; i < times; i++)
		memcpy(made + i * what.len, what.at, what.len);
	part->body = replace(mutator, part->body, (size_t)(what.at - part->body.at), 0,
			     (struct text){ made, what.len * times });
}

static void change_byte(struct mutator *mutator)
{
	struct input *here = &mutator->here;
	struct part *part = &here->part[below(mutator, here->count)];
	char byte = (char)draw(mutator);

	if (part->body.len)
		part->body = replace(mutator, part->body, below(mutator, part->body.len), 1,
				     (struct text){ &byte, 1 });
}

/* Another command, and the words that it takes. */
static void change_run(struct mutator *mutator)
{
	static const char *const words[] = { "0",
					     "1",
					     "2",
					     "3",
					     "4",
					     "64G",
					     "2M",
					     "1G",
					     "0x1000",
					     "0xfee00000",
					     "0xffffffffffffffff",
					     "18446744073709551615",
					     "0000:00:04.0",
					     "00:04.0",
					     "lo",
					     "eth0",
					     "EINVAL",
					     "ENOSPC",
					     "-22",
					     "q35",
					     "virt-7.2",
					     "s390-ccw-virtio",
					     "user:qemu",
					     "user:0",
					     "unit:vm@one",
					     "unit:libvirtd",
					     "unit:x.slice" };
	struct part *part = choose(mutator, &mutator->here, "=run");
	char *made = make(mutator, 512);
	int n = snprintf(made, 512, "=run %zu %s %s %s %s %s", below(mutator, 32),
			 WORD_OF(mutator, words), WORD_OF(mutator, words), WORD_OF(mutator, words),
			 WORD_OF(mutator, words), WORD_OF(mutator, words));
	struct text token;

	if (!part || n < 0)
		return;
	if (below(mutator, 2)) {
		part->head = (struct text){ made, (size_t)n };
		return;
	}
	token = choose_token(mutator, part->head);
	part->head = replace(mutator, part->head, (size_t)(token.at - part->head.at), token.len,
			     as_text(WORD_OF(mutator, words)));
}

/* Those that lead somewhere more often stand here more often. */
static void (*const changes[])(struct mutator *mutator) = {
	change_attribute, change_attribute, change_attribute, change_token,  change_token,
	change_token,	  change_value,	    change_value,     change_value,  change_value,
	change_line,	  change_line,	    change_drop,      change_kind,   change_target,
	change_name,	  change_twin,	    change_splice,    change_splice, change_other,
	change_repeat,	  change_byte,	    change_run,	      change_run,
};

/* AFL++'s interface */

void *afl_custom_init(void *afl, unsigned int seed)
{
	struct mutator *mutator = need(calloc(1, sizeof(*mutator)));

	(void)afl;
	mutator->random = seed | UINT64_C(1) << 40;
	return mutator;
}

void afl_custom_deinit(void *data)
{
	struct mutator *mutator = data;

	forget(mutator);
	free(mutator->made);
	free(mutator->out);
	free(mutator);
}

static size_t put(struct mutator *mutator, size_t used, struct text text, size_t max_len)
{
	size_t len = text.len < max_len - used ? text.len : max_len - used;

	memcpy(mutator->out + used, text.at, len);
	return used + len;
}

/* All parts in a row. */
static size_t put_together(struct mutator *mutator, size_t max_len)
{
	static const struct text newline = { "\n", 1 };
	size_t used = 0;

	if (mutator->room < max_len) {
		free(mutator->out);
		mutator->out = need(malloc(max_len));
		mutator->room = max_len;
	}
	for (size_t i = 0; i < mutator->here.count; i++) {
		const struct part *part = &mutator->here.part[i];

		used = put(mutator, used, part->head, max_len);
		used = put(mutator, used, newline, max_len);
		used = put(mutator, used, part->body, max_len);
		if (part->body.len && part->body.at[part->body.len - 1] != '\n')
			used = put(mutator, used, newline, max_len);
	}
	return used;
}

size_t afl_custom_fuzz(void *data, uint8_t *in, size_t len, uint8_t **out, uint8_t *add,
		       size_t add_len, size_t max_len)
{
	struct mutator *mutator = data;
	size_t count = 1 + below(mutator, CHANGES_MAX);

	forget(mutator);
	take_apart(&mutator->here, (const char *)in, len);
	take_apart(&mutator->there, (const char *)add, add ? add_len : 0);
	for (size_t i = 0; i < count && mutator->here.count; i++)
		WORD_OF(mutator, changes)(mutator);
	len = put_together(mutator, max_len);
	*out = mutator->out;
	return len;
}
