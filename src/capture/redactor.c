/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stand-ins: what a name is called in a redacted capture. Pure. */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "base/text.h"
#include "capture/internal.h"
#include "capture/redact.h"

/** struct redactor - @known: of each kind, what was there → what stands for it. */
struct redactor {
	struct dictionary *dictionary;
	struct place *places;
	json_t *known[NAME_KINDS];
	size_t used[NAME_KINDS];
	size_t dropped[DROPPED_KINDS];
};

#define KIND(plural_, begins_, kept_, shared_)                                         \
	{                                                                              \
		.plural = (plural_), .begins = (begins_), .ends = "", .kept = (kept_), \
		.shared = (shared_)                                                    \
	}

/*
 * Each kind of name. @plural: in the manifest. @begins, @digits, @ends: its stand-ins. @shared: the
 * kind in whose table its names are, since in the tree of files one name can be called an interface
 * in one place and a device in another.
 */
static const struct {
	const char *plural;
	const char *begins;
	enum vocabulary kept;
	enum name_kind shared;
	int digits;
	const char *ends;
} kinds[NAME_KINDS] = {
	[NAME_HOST] = KIND("host names", "host-", WORDS_HOSTS, NAME_HOST),
	[NAME_USER] = KIND("user names", "user-", WORDS_USERS, NAME_USER),
	[NAME_PROCESS] = KIND("process names", "process-", WORDS_NONE, NAME_PROCESS),
	[NAME_GUEST] = KIND("virtual machines", "guest-", WORDS_NONE, NAME_GUEST),
	[NAME_IPV4] = KIND("IPv4 addresses", "198.", WORDS_NONE, NAME_IPV4),
	[NAME_IPV6] = KIND("IPv6 addresses", "2001:db8::", WORDS_NONE, NAME_IPV6),
	[NAME_INTERFACE] = KIND("network interfaces", "interface-", WORDS_NAMES, NAME_DEVICE),
	[NAME_DISK] = KIND("disks", "disk-", WORDS_NAMES, NAME_DEVICE),
	[NAME_DEVICE] = KIND("devices", "device-", WORDS_NAMES, NAME_DEVICE),
	[NAME_VOLUME] = KIND("volumes", "volume-", WORDS_NONE, NAME_VOLUME),
	[NAME_DRIVER] = KIND("drivers", "driver-", WORDS_DRIVERS, NAME_DRIVER),
	[NAME_MODULE] = KIND("modules", "module-", WORDS_DRIVERS, NAME_MODULE),
	[NAME_PARAMETER] = KIND("parameters", "parameter-", WORDS_PARAMETERS, NAME_PARAMETER),
	[NAME_MOUNT] = KIND("mount points", "/mount-", WORDS_MOUNTS, NAME_MOUNT),
	[NAME_CGROUP] = KIND("control groups", "cgroup-", WORDS_CGROUPS, NAME_CGROUP),
	/* Files of limits are read in the order of their names. */
	[NAME_LIMITS] = { .plural = "files of limits",
			  .begins = "limits-",
			  .ends = ".conf",
			  .digits = 6,
			  .shared = NAME_LIMITS },
	[NAME_UNIT] = { .plural = "units",
			.begins = "unit-",
			.ends = ".service",
			.kept = WORDS_UNITS,
			.shared = NAME_UNIT },
	[NAME_NODE] = KIND("device nodes", "node-", WORDS_NODES, NAME_NODE),
	[NAME_TABLE] = KIND("ACPI tables", "table-", WORDS_TABLES, NAME_TABLE),
	[NAME_CHIP] = KIND("interrupt chips", "chip-", WORDS_CHIPS, NAME_CHIP),
	[NAME_LINK] = KIND("kinds of interfaces", "kind-", WORDS_LINKS, NAME_LINK),
};

struct redactor *redactor_new(void)
{
	struct redactor *redactor = xcalloc(1, sizeof(*redactor));

	redactor->dictionary = dictionary_new();
	redactor->places = places_new();
	for (enum name_kind kind = 0; kind < NAME_KINDS; kind++)
		redactor->known[kind] = json_object();
	return redactor;
}

void redactor_free(struct redactor *redactor)
{
	if (!redactor)
		return;
	dictionary_free(redactor->dictionary);
	places_free(redactor->places);
	for (enum name_kind kind = 0; kind < NAME_KINDS; kind++)
		json_decref(redactor->known[kind]);
	free(redactor);
}

bool redactor_knows(const struct redactor *redactor, enum vocabulary vocabulary, const char *text)
{
	return dictionary_has(redactor->dictionary, vocabulary, text);
}

const struct place *places_root(const struct redactor *redactor)
{
	return redactor->places;
}

/*
 * The @number-th stand-in of a kind, for @name. Stand-ins for addresses are from ranges reserved
 * for documentation and tests.
 */
static char *make_stand_in(enum name_kind kind, size_t number, const char *name)
{
	static const char *const suffixes[] = { ".scope", ".slice",  ".socket", ".mount",
						".swap",  ".target", ".timer" };
	const char *dot = kind == NAME_UNIT ? strrchr(name, '.') : NULL;
	const char *end = kinds[kind].ends;

	/* 198.18.0.0/15 is for measuring (RFC 2544), 2001:db8::/32 for documents (RFC 3849). */
	if (kind == NAME_IPV4)
		return xasprintf("198.%zu.%zu.%zu", 18 + (number >> 16 & 1), number >> 8 & 0xff,
				 number & 0xff);
	if (kind == NAME_IPV6 && number > 0xffff)
		return xasprintf("2001:db8::%zx:%zx", number >> 16 & 0xffff, number & 0xffff);
	if (kind == NAME_IPV6)
		return xasprintf("2001:db8::%zx", number);
	/* The kind of a unit decides what systemd says of it. */
	for (size_t i = 0; dot && i < COUNT(suffixes); i++) {
		if (strcmp(suffixes[i], dot) == 0)
			end = suffixes[i];
	}
	return xasprintf("%s%0*zu%s", kinds[kind].begins, kinds[kind].digits, number, end);
}

const char *redactor_name(struct redactor *redactor, enum name_kind kind, const char *name)
{
	json_t *table = redactor->known[kinds[kind].shared];
	_cleanup_free_ char *made = NULL;
	_cleanup_free_ char *lower = NULL;
	json_t *known;

	if (!*name || redactor_knows(redactor, kinds[kind].kept, name))
		return name;
	/* Hosts are called the same in upper and in lower case. */
	lower = kind == NAME_HOST ? xstrdup(name) : NULL;
	for (char *at = lower; at && *at; at++)
		*at = (char)tolower((unsigned char)*at);
	name = lower ? lower : name;
	known = json_object_get(table, name);
	if (known)
		return json_string_value(known);
	/*
	 * One that is not what it stands for: a host that is really called host-1 is host-2. All of
	 * its kind are replaced, so that it cannot be taken for another's.
	 */
	do {
		free(made);
		made = make_stand_in(kind, ++redactor->used[kind], name);
	} while (strcasecmp(made, name) == 0);
	known = json_string(made);
	/* The name may be no UTF-8, and is only compared. */
	if (!known || json_object_set_new_nocheck(table, name, known) < 0)
		out_of_memory();
	return json_string_value(known);
}

const char *redactor_address(struct redactor *redactor, const char *text)
{
	static const char *const common[] = { "0.0.0.0", "127.0.0.1", "::", "::1" };
	char form[INET6_ADDRSTRLEN];
	struct in6_addr address;
	int family = strchr(text, ':') ? AF_INET6 : AF_INET;

	/* In one form: there are many ways to write an address. */
	if (inet_pton(family, text, &address) != 1 ||
	    !inet_ntop(family, &address, form, sizeof(form)))
		return NULL;
	for (size_t i = 0; i < COUNT(common); i++) {
		if (strcmp(common[i], form) == 0)
			return common[i];
	}
	return redactor_name(redactor, family == AF_INET ? NAME_IPV4 : NAME_IPV6, form);
}

void redactor_drop(struct redactor *redactor, enum dropped kind)
{
	redactor->dropped[kind]++;
}

json_t *redactor_summary(const struct redactor *redactor)
{
	static const char *const names[DROPPED_KINDS] = {
		[DROPPED_PLACES] = "files",
		[DROPPED_CONTENTS] = "contents",
		[DROPPED_LINES] = "lines",
		[DROPPED_FIELDS] = "fields",
	};
	json_t *summary = json_object();
	json_t *dropped = json_object();

	for (enum name_kind kind = 0; kind < NAME_KINDS; kind++) {
		json_t *array = json_array();
		const char *key;
		json_t *value;

		/* Tables are shared, and what is in them is told apart by its beginning. */
		json_object_foreach (redactor->known[kinds[kind].shared], key, value) {
			if (text_starts(json_string_value(value), kinds[kind].begins))
				json_array_append(array, value);
		}
		object_set(summary, kinds[kind].plural, array);
	}
	for (enum dropped kind = 0; kind < DROPPED_KINDS; kind++)
		object_set(dropped, names[kind], json_integer((json_int_t)redactor->dropped[kind]));
	object_set(summary, "dropped", dropped);
	return summary;
}
