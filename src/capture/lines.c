/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of a transcript's lines: each kind of line that is kept, its fields, and what they may hold.
 * A field that the table does not know is dropped; a line in which a known one holds something else is
 * dropped as a whole: not known is better than half known. Pure.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "base/text.h"
#include "capture/internal.h"
#include "capture/redact.h"

struct field;

/* Returns what is kept of @value: a new reference, or NULL where it is not what the field may hold. */
typedef json_t *(*value_fn)(struct redactor *redactor, const struct field *field, json_t *value);

/**
 * struct field - a field of a line, or of an object in it.
 * @kind: for names, @words: for words of a vocabulary, @text: for texts: what is kept of one, or NULL
 * @below, @n_below: the fields of an object, or of each object in an array
 */
struct field {
	const char *name;
	value_fn redact;
	enum name_kind kind;
	enum vocabulary words;
	char *(*text)(struct redactor *redactor, const char *text);
	const struct field *below;
	size_t n_below;
};

#define BELOW(array)  .below = (array), .n_below = COUNT(array)
#define FIELDS(array) .fields = (array), .n_fields = COUNT(array)

static json_t *new_string(const char *text)
{
	json_t *string = json_string(text);

	if (!string)
		out_of_memory();
	return string;
}

/* Values */

static json_t *number(struct redactor *redactor, const struct field *field, json_t *value)
{
	const char *text = json_string_value(value);
	uint64_t number;

	(void)redactor;
	(void)field;
	/* The length counts the bytes behind a NUL too. */
	if (json_is_integer(value) || (text && json_string_length(value) < 24 &&
				       (shape_matches("0x$", text) || shape_matches("&", text)) &&
				       text_to_u64(text, 0, &number) == 0))
		return json_incref(value);
	return NULL;
}

static json_t *boolean(struct redactor *redactor, const struct field *field, json_t *value)
{
	(void)redactor;
	(void)field;
	return json_is_boolean(value) ? json_incref(value) : NULL;
}

static json_t *word(struct redactor *redactor, const struct field *field, json_t *value)
{
	const char *text = json_string_value(value);

	return text && redactor_knows(redactor, field->words, text) ? json_incref(value) : NULL;
}

/* An array of words, or of numbers where the field has no vocabulary. */
static json_t *members(struct redactor *redactor, const struct field *field, json_t *value)
{
	size_t index;
	json_t *member;

	json_array_foreach (value, index, member) {
		json_t *kept = field->words ? word(redactor, field, member)
					    : number(redactor, field, member);

		if (!kept)
			return NULL;
		json_decref(kept);
	}
	return json_is_array(value) ? json_incref(value) : NULL;
}

static json_t *name(struct redactor *redactor, const struct field *field, json_t *value)
{
	const char *text = json_string_value(value);

	/* A name that could not be found out. */
	if (json_is_null(value))
		return json_incref(value);
	return text ? new_string(redactor_name(redactor, field->kind, text)) : NULL;
}

static json_t *address(struct redactor *redactor, const struct field *field, json_t *value)
{
	const char *text = json_string_value(value);
	const char *kept = text ? redactor_address(redactor, text) : NULL;

	(void)field;
	return kept ? new_string(kept) : NULL;
}

/* Takes over @text, which may be NULL. */
static json_t *take_string(char *text)
{
	json_t *string = text ? new_string(text) : NULL;

	free(text);
	return string;
}

static json_t *text(struct redactor *redactor, const struct field *field, json_t *value)
{
	const char *text = json_string_value(value);

	return text ? take_string(field->text(redactor, text)) : NULL;
}

/* "EACCES": by its number, so that it can't be another word. */
static json_t *error(struct redactor *redactor, const struct field *field, json_t *value)
{
	const char *text = json_string_value(value);
	int number = text ? text_to_errno(text) : -EINVAL;

	(void)redactor;
	(void)field;
	if (number > 0 && strcmp(strerrorname_np(number), text) == 0)
		return json_incref(value);
	/* An unknown error counts as this one, see docs/capture.md. */
	return text ? new_string("EIO") : NULL;
}

/* "24 u16 id 0x2", whose third word is for people. */
static char *tail_line(struct redactor *redactor, const char *text)
{
	_cleanup_free_ char *copy = xstrdup(text);
	char *rest = copy;
	const char *offset = strsep(&rest, " ");
	const char *type = strsep(&rest, " ");
	const char *field = strsep(&rest, " ");

	if (!rest || !shape_matches("&", offset) || !shape_matches("u#", type) ||
	    !redactor_knows(redactor, WORDS_FIELDS, field) || !shape_matches("0x$", rest))
		return NULL;
	return xstrdup(text);
}

static json_t *tail(struct redactor *redactor, const struct field *field, json_t *value)
{
	json_t *array = json_array();
	size_t index;
	json_t *member;

	(void)field;
	json_array_foreach (value, index, member) {
		const char *text = json_string_value(member);
		char *kept = text ? tail_line(redactor, text) : NULL;

		if (!kept) {
			json_decref(array);
			return NULL;
		}
		json_array_append_new(array, take_string(kept));
	}
	return array;
}

/* Numbers, by the names of the fields of a structure. */
static json_t *structure(struct redactor *redactor, const struct field *field, json_t *value)
{
	json_t *object = json_object();
	const char *key;
	json_t *member;

	json_object_foreach (value, key, member) {
		json_t *kept = NULL;

		if (!redactor_knows(redactor, WORDS_FIELDS, key)) {
			redactor_drop(redactor, DROPPED_FIELDS);
			continue;
		}
		kept = number(redactor, field, member);
		if (!kept) {
			json_decref(object);
			return NULL;
		}
		object_set(object, key, kept);
	}
	return object;
}

/* Add what is kept of @value to @object. Return: whether it was what the fields may hold. */
static bool add_fields(struct redactor *redactor, const struct field *fields, size_t count,
		       json_t *value, json_t *object)
{
	const char *key;
	json_t *member;

	json_object_foreach (value, key, member) {
		const struct field *field = fields, *end = fields + count;
		json_t *kept;

		while (field < end && strcmp(field->name, key) != 0)
			field++;
		kept = field < end ? field->redact(redactor, field, member) : NULL;
		if (field == end)
			redactor_drop(redactor, DROPPED_FIELDS);
		else if (kept)
			object_set(object, key, kept);
		else
			return false;
	}
	return true;
}

static json_t *objects(struct redactor *redactor, const struct field *field, json_t *value)
{
	json_t *array = json_array();
	size_t index;
	json_t *member;

	json_array_foreach (value, index, member) {
		json_t *object = json_object();

		json_array_append_new(array, object);
		if (json_is_object(member) &&
		    add_fields(redactor, field->below, field->n_below, member, object))
			continue;
		json_decref(array);
		return NULL;
	}
	return array;
}

/* Keys of facts: what stands behind the first word, or NULL for nothing that may stand there. New. */

typedef char *(*key_fn)(struct redactor *redactor, const char *text);

static char *user_key(struct redactor *redactor, const char *text)
{
	/* A user who was asked for by number. */
	if (shape_matches("&", text))
		return xstrdup(text);
	return xstrdup(redactor_name(redactor, NAME_USER, text));
}

static char *number_key(struct redactor *redactor, const char *text)
{
	(void)redactor;
	return shape_matches("&", text) ? xstrdup(text) : NULL;
}

/* Of a group, and a bus address. */
static char *page_table_key(struct redactor *redactor, const char *text)
{
	(void)redactor;
	static const char *const shapes[] = { "& 0x$", "& 0x$ base & &", "& 0x$ transparent & &",
					      "& 0x$ hugetlb & &" };

	for (size_t i = 0; i < COUNT(shapes); i++) {
		if (shape_matches(shapes[i], text))
			return xstrdup(text);
	}
	return NULL;
}

static char *unit_key(struct redactor *redactor, const char *text)
{
	return xstrdup(redactor_name(redactor, NAME_UNIT, text));
}

static char *pci_key(struct redactor *redactor, const char *text)
{
	(void)redactor;
	return shape_matches("????:???? ??????", text) ? xstrdup(text) : NULL;
}

static char *dump_key(struct redactor *redactor, const char *text)
{
	return redactor_knows(redactor, WORDS_DUMPS, text) ? xstrdup(text) : NULL;
}

static char *module_key(struct redactor *redactor, const char *text)
{
	return xstrdup(redactor_name(redactor, NAME_MODULE, text));
}

/* The table */

/* clang-format off */
#define RESULT { .name = "ret", .redact = number }, { .name = "errno", .redact = error }

static const struct field header[] = {
	{ .name = "vfiodiag-capture", .redact = number },
	{ .name = "tool", .redact = word, .words = WORDS_VERSIONS },
	{ .name = "recorded", .redact = word, .words = WORDS_TIMES },
};

static const struct field system_fields[] = {
	{ .name = "release", .redact = text, .text = redactor_release },
	{ .name = "version", .redact = text, .text = redactor_build },
	{ .name = "machine", .redact = word, .words = WORDS_MACHINES },
	{ .name = "node", .redact = name, .kind = NAME_HOST },
	{ .name = "page_size", .redact = number },
	{ .name = "address_bits", .redact = number },
	{ .name = "amd", .redact = boolean },
};

static const struct field result[] = { RESULT };

static const struct field holder[] = {
	{ .name = "path", .redact = text, .text = redactor_path },
	{ .name = "pid", .redact = number },
	{ .name = "name", .redact = name, .kind = NAME_PROCESS },
	{ .name = "guest", .redact = name, .kind = NAME_GUEST },
	{ .name = "unit", .redact = name, .kind = NAME_UNIT },
};

static const struct field claim[] = {
	{ .name = "device", .redact = name, .kind = NAME_DEVICE },
	{ .name = "owner", .redact = name, .kind = NAME_DRIVER },
};

static const struct field claims[] = { RESULT, { .name = "claims", .redact = objects, BELOW(claim) } };

/* The reason is a sentence, which may name what is on the host. */
static const struct field page_table[] = {
	RESULT, { .name = "result", .redact = word, .words = WORDS_ENTRIES },
};

static const struct field entries_of_size[] = {
	{ .name = "size", .redact = number },
	{ .name = "count", .redact = number },
};

static const struct field page_table_sizes[] = {
	RESULT,
	{ .name = "huge", .redact = boolean },
	{ .name = "entries", .redact = objects, BELOW(entries_of_size) },
	{ .name = "other", .redact = number },
};

static const struct field mappings[] = {
	RESULT,
	{ .name = "result", .redact = word, .words = WORDS_ENTRIES },
	{ .name = "large", .redact = number },
	{ .name = "page_sizes", .redact = number },
	{ .name = "n_other", .redact = number },
	{ .name = "bytes_other", .redact = number },
	{ .name = "n_entries", .redact = number },
	{ .name = "bytes", .redact = number },
	{ .name = "longest", .redact = number },
	{ .name = "bytes_large", .redact = number },
	{ .name = "bytes_possible", .redact = number },
	{ .name = "bytes_not_offered", .redact = number },
	{ .name = "bytes_askew", .redact = number },
	{ .name = "bytes_scattered", .redact = number },
	{ .name = "entries", .redact = objects, BELOW(entries_of_size) },
};

static const struct field opener[] = {
	{ .name = "block", .redact = boolean },
	{ .name = "major", .redact = number },
	{ .name = "minor", .redact = number },
	{ .name = "pid", .redact = number },
	{ .name = "name", .redact = name, .kind = NAME_PROCESS },
};

static const struct field openers[] = { RESULT, { .name = "openers", .redact = objects, BELOW(opener) } };

static const struct field holders[] = { RESULT, { .name = "holders", .redact = objects, BELOW(holder) } };

/* Of all dumps: they have few fields, and no two of one name differ. */
static const struct field message[] = {
	{ .name = "index", .redact = number },
	{ .name = "flags", .redact = number },
	{ .name = "name", .redact = name, .kind = NAME_INTERFACE },
	{ .name = "kind", .redact = name, .kind = NAME_LINK },
	{ .name = "master", .redact = number },
	{ .name = "link", .redact = number },
	{ .name = "netns", .redact = number },
	{ .name = "prefix", .redact = number },
	{ .name = "scope", .redact = number },
	{ .name = "out", .redact = number },
	{ .name = "hops", .redact = members },
	{ .name = "nexthop", .redact = number },
	{ .name = "id", .redact = number },
	{ .name = "members", .redact = members },
	{ .name = "uses", .redact = number },
	{ .name = "critical", .redact = number },
	{ .name = "local", .redact = address },
	{ .name = "address", .redact = address },
};

/* Here an address is that of a PCI device. */
static const struct field smc_message[] = {
	{ .name = "address", .redact = word, .words = WORDS_SLOTS },
	{ .name = "uses", .redact = number },
	{ .name = "critical", .redact = number },
};

static const struct field dump[] = { RESULT, { .name = "messages", .redact = objects, BELOW(message) } };
static const struct field smc_dump[] = { RESULT, { .name = "messages", .redact = objects, BELOW(smc_message) } };

static const struct field session[] = { RESULT, { .name = "local", .redact = address } };

static const struct field process[] = {
	{ .name = "uid", .redact = number },
	{ .name = "gid", .redact = number },
	{ .name = "groups", .redact = members },
	{ .name = "memlock", .redact = number },
	{ .name = "capabilities", .redact = number },
};

static const struct field group[] = {
	{ .name = "gid", .redact = number },
	{ .name = "name", .redact = name, .kind = NAME_USER },
};

static const struct field user[] = {
	RESULT,
	{ .name = "name", .redact = name, .kind = NAME_USER },
	{ .name = "uid", .redact = number },
	{ .name = "gid", .redact = number },
	{ .name = "groups", .redact = objects, BELOW(group) },
};

static const struct field user_process[] = {
	RESULT,
	{ .name = "pid", .redact = number },
	{ .name = "name", .redact = name, .kind = NAME_PROCESS },
	{ .name = "place", .redact = word, .words = WORDS_PLACES },
};

static const struct field unit_group[] = {
	{ .name = "group", .redact = name, .kind = NAME_USER },
};

static const struct field unit[] = {
	RESULT,
	{ .name = "id", .redact = name, .kind = NAME_UNIT },
	{ .name = "pid", .redact = number },
	{ .name = "memlock", .redact = number },
	{ .name = "user", .redact = name, .kind = NAME_USER },
	{ .name = "group", .redact = name, .kind = NAME_USER },
	{ .name = "groups", .redact = objects, BELOW(unit_group) },
	{ .name = "bounding", .redact = number },
	{ .name = "ambient", .redact = number },
};

static const struct field module[] = { RESULT, { .name = "state", .redact = word, .words = WORDS_STATES } };

static const struct field node[] = {
	RESULT,
	{ .name = "uid", .redact = number },
	{ .name = "gid", .redact = number },
	{ .name = "mode", .redact = word, .words = WORDS_MODES },
	{ .name = "owner", .redact = name, .kind = NAME_USER },
	{ .name = "group", .redact = name, .kind = NAME_USER },
	{ .name = "acl", .redact = boolean },
};

static const struct field event[] = {
	{ .name = "event", .redact = word, .words = WORDS_EVENTS },
	{ .name = "iova", .redact = number },
	{ .name = "size", .redact = number },
	{ .name = "paddr", .redact = number },
	{ .name = "unmapped", .redact = number },
};

static const struct field open_call[] = { RESULT, { .name = "path", .redact = text, .text = redactor_path } };

static const struct field ioctl_call[] = {
	RESULT,
	{ .name = "request", .redact = word, .words = WORDS_REQUESTS },
	{ .name = "on", .redact = text, .text = redactor_path },
	{ .name = "device", .redact = text, .text = redactor_path },
	{ .name = "value", .redact = number },
	{ .name = "in", .redact = structure },
	{ .name = "out", .redact = structure },
	{ .name = "tail", .redact = tail },
	{ .name = "nanoseconds", .redact = number },
};

static const struct field memory_call[] = {
	RESULT,
	{ .name = "bytes", .redact = number },
	{ .name = "pages", .redact = word, .words = WORDS_PAGES },
	{ .name = "page", .redact = number },
	{ .name = "huge", .redact = number },
	{ .name = "nanoseconds", .redact = number },
};

static const struct field frames_call[] = {
	RESULT,
	{ .name = "count", .redact = number },
	{ .name = "frames", .redact = members, .words = WORDS_FRAMES },
};

static const struct field trace_call[] = {
	RESULT,
	{ .name = "lost", .redact = number },
	{ .name = "events", .redact = objects, BELOW(event) },
};

/*
 * By what stands in "fact" or in "call". @key: what may stand behind the first word, NULL for nothing.
 */
static const struct line {
	const char *kind;
	const char *name;
	key_fn key;
	const struct field *fields;
	size_t n_fields;
} table[] = {
	{ "fact", "system", NULL, FIELDS(system_fields) },
	{ "fact", "pci", pci_key, NULL, 0 }, /* see add_public_names() */
	{ "fact", "read", redactor_path, FIELDS(result) },
	{ "fact", "folder", redactor_path, FIELDS(result) },
	{ "fact", "list", redactor_path, FIELDS(result) },
	{ "fact", "link", redactor_path, FIELDS(result) },
	{ "fact", "exists", redactor_path, FIELDS(result) },
	{ "fact", "dropped", redactor_path, FIELDS(result) },
	{ "fact", "claims", NULL, FIELDS(claims) },
	{ "fact", "holders", redactor_path, FIELDS(holders) },
	{ "fact", "openers", NULL, FIELDS(openers) },
	{ "fact", "netlink smc-devices", NULL, FIELDS(smc_dump) },
	{ "fact", "netlink", dump_key, FIELDS(dump) },
	{ "fact", "page-table-sizes", page_table_key, FIELDS(page_table_sizes) },
	{ "fact", "mappings", number_key, FIELDS(mappings) },
	{ "fact", "page-table", page_table_key, FIELDS(page_table) },
	{ "fact", "ssh-session", NULL, FIELDS(session) },
	{ "fact", "process", NULL, FIELDS(process) },
	{ "fact", "user", user_key, FIELDS(user) },
	{ "fact", "user-process", number_key, FIELDS(user_process) },
	{ "fact", "unit", unit_key, FIELDS(unit) },
	{ "fact", "module", module_key, FIELDS(module) },
	{ "fact", "node", redactor_path, FIELDS(node) },
	{ "call", "open", NULL, FIELDS(open_call) },
	{ "call", "ioctl", NULL, FIELDS(ioctl_call) },
	{ "call", "memory", NULL, FIELDS(memory_call) },
	{ "call", "frames", NULL, FIELDS(frames_call) },
	{ "call", "trace-open", NULL, FIELDS(result) },
	{ "call", "trace-read", NULL, FIELDS(trace_call) },
};
/* clang-format on */

/* The line called @text, and @key set to what stands behind the first word; or NULL. */
static const struct line *find_line(const char *kind, const char *text, const char **key)
{
	for (size_t i = 0; i < COUNT(table); i++) {
		size_t len = strlen(table[i].name);

		if (strcmp(table[i].kind, kind) != 0 || strncmp(table[i].name, text, len) != 0)
			continue;
		*key = text + len + 1;
		if (text[len] == (table[i].key ? ' ' : '\0'))
			return &table[i];
	}
	return NULL;
}

/* Public names stay, and others are left out. */
static void add_public_names(struct redactor *redactor, const char *ids, json_t *line,
			     const struct public_names *names, json_t *object)
{
	static const char *const keys[] = { "vendor", "device", "class" };

	for (size_t i = 0; i < COUNT(keys); i++) {
		json_t *value = json_object_get(line, keys[i]);
		const char *text = json_string_value(value);

		if (text && names && names->is_public(names->context, ids, keys[i], text))
			object_set(object, keys[i], json_incref(value));
		else if (value)
			redactor_drop(redactor, DROPPED_FIELDS);
	}
}

static json_t *named_line(struct redactor *redactor, const char *kind, json_t *line,
			  const struct public_names *names)
{
	const char *text = json_string_value(json_object_get(line, kind));
	const char *behind = NULL;
	const struct line *known = text ? find_line(kind, text, &behind) : NULL;
	_cleanup_free_ char *key = NULL;
	json_t *object;

	if (!known)
		return NULL;
	key = known->key ? known->key(redactor, behind) : NULL;
	if (known->key && !key)
		return NULL;
	object = json_object();
	object_set(object, kind,
		   take_string(key ? xasprintf("%s %s", known->name, key) : xstrdup(text)));
	if (!known->fields) {
		add_public_names(redactor, key, line, names, object);
		return object;
	}
	/* It was kept above, and is no field. */
	json_object_del(line, kind);
	if (add_fields(redactor, known->fields, known->n_fields, line, object))
		return object;
	json_decref(object);
	return NULL;
}

/* "container", "probe 1 auto", "sizes 1", "iova 1", "bench 1" */
static bool is_section(struct redactor *redactor, const char *text)
{
	const char *backend = strrchr(text, ' ');
	_cleanup_free_ char *probe = backend ? xstrndup(text, (size_t)(backend - text)) : NULL;

	return strcmp(text, "container") == 0 || shape_matches("iova &", text) ||
	       shape_matches("bench &", text) || shape_matches("sizes &", text) ||
	       (probe && shape_matches("probe &", probe) &&
		redactor_knows(redactor, WORDS_BACKENDS, backend + 1));
}

json_t *redactor_line(struct redactor *redactor, json_t *line, const struct public_names *names)
{
	const char *section = json_string_value(json_object_get(line, "section"));
	json_t *object;

	/* In the order in which a replay tells them apart. */
	if (json_object_get(line, "vfiodiag-capture")) {
		object = json_object();
		for (size_t i = 0; i < COUNT(header); i++) {
			json_t *value = json_object_get(line, header[i].name);
			json_t *kept = value ? header[i].redact(redactor, &header[i], value) : NULL;

			if (kept)
				object_set(object, header[i].name, kept);
		}
		return object;
	}
	if (json_is_string(json_object_get(line, "fact")))
		return named_line(redactor, "fact", line, names);
	if (!section)
		return named_line(redactor, "call", line, names);
	if (!is_section(redactor, section))
		return NULL;
	object = json_object();
	object_set(object, "section", new_string(section));
	return object;
}
