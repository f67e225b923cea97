/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/cmdline.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/cleanup.h"

/* Step to the next word at *@at. Return: its length; 0 at the end. Quotes hold blanks together. */
static size_t next_word(const char **at)
{
	bool is_quoted = false;
	size_t len = 0;

	*at += strspn(*at, " \t\n");
	while ((*at)[len] && (is_quoted || !strchr(" \t\n", (*at)[len]))) {
		is_quoted ^= (*at)[len] == '"';
		len++;
	}
	return len;
}

static char plain(char c)
{
	return (char)(c == '-' ? '_' : c);
}

static size_t name_length(const char *word, size_t len)
{
	const char *equals = memchr(word, '=', len);

	return equals ? (size_t)(equals - word) : len;
}

/* Quotes around a word belong to neither its name nor its value (next_arg(), lib/cmdline.c). */
static bool is_named(const char *word, size_t len, const char *name)
{
	size_t quote = len && *word == '"';
	size_t name_len = name_length(word, len) - quote;

	word += quote;
	if (name_len != strlen(name))
		return false;
	for (size_t i = 0; i < name_len; i++) {
		if (plain(word[i]) != plain(name[i]))
			return false;
	}
	return true;
}

/* Words behind "--" go to init, and not to the kernel. */
static bool is_end(const char *word, size_t len)
{
	return len == 2 && strncmp(word, "--", 2) == 0;
}

char *cmdline_word(const char *cmdline, const char *name)
{
	const char *found = NULL;
	size_t found_len = 0, len;

	for (const char *at = cmdline; at && (len = next_word(&at)) && !is_end(at, len);
	     at += len) {
		if (!is_named(at, len, name))
			continue;
		found = at;
		found_len = len;
	}
	return found ? xasprintf("%.*s", (int)found_len, found) : NULL;
}

/* The value behind the name in @word, of which quotes around it or the whole word are no part. New. */
static char *value_of(const char *word, size_t len)
{
	size_t at = name_length(word, len) + 1;

	if (at > len)
		return xstrdup("");
	if (at < len && word[at] == '"')
		at++;
	if (at < len && word[len - 1] == '"')
		len--;
	return xstrndup(word + at, len - at);
}

char *cmdline_value(const char *cmdline, const char *name)
{
	_cleanup_free_ char *word = cmdline_word(cmdline, name);

	return word ? value_of(word, strlen(word)) : NULL;
}

static bool list_has(const char *list, const char *value)
{
	size_t len = strlen(value);

	for (const char *at = list; *at; at += strcspn(at, ",") + (at[strcspn(at, ",")] == ',')) {
		if (strcspn(at, ",") == len && strncmp(at, value, len) == 0)
			return true;
	}
	return false;
}

bool cmdline_has(const char *cmdline, const char *name, const char *value)
{
	size_t len;

	for (const char *at = cmdline; at && (len = next_word(&at)) && !is_end(at, len);
	     at += len) {
		_cleanup_free_ char *list = NULL;

		if (!is_named(at, len, name) || name_length(at, len) == len)
			continue;
		list = value_of(at, len);
		if (list_has(list, value))
			return true;
	}
	return false;
}

/* Where in the list of values at @list the last one begins with @value; -1 if none does. */
static long last_place(const char *list, const char *value)
{
	long place = -1;

	for (const char *at = list; *at; at += strspn(at, ",")) {
		if (strncmp(at, value, strlen(value)) == 0)
			place = at - list;
		at += strcspn(at, ",");
	}
	return place;
}

/*
 * Kernel: drivers/iommu/intel/iommu.c, intel_iommu_setup(): 5.10, 6.1, 6.12, 7.3.
 * Kernel: drivers/iommu/irq_remapping.c, setup_irqremap(): 5.10, 6.1, 6.12, 7.3.
 * Kernel: drivers/iommu/amd/init.c, parse_amd_iommu_options(): 6.1, 6.12, 7.3.
 */
char *cmdline_effective(const char *cmdline, const char *name, const char *value, const char *undo)
{
	char *found = NULL;
	size_t len;

	for (const char *at = cmdline; at && (len = next_word(&at)) && !is_end(at, len);
	     at += len) {
		_cleanup_free_ char *word = xasprintf("%.*s", (int)len, at);
		const char *list = strchr(word, '=');
		long on, off;

		if (!is_named(at, len, name) || !list)
			continue;
		list += 1 + (list[1] == '"');
		on = last_place(list, value);
		off = undo ? last_place(list, undo) : -1;
		if (on < 0 && off < 0)
			continue;
		free(found);
		found = on > off ? xstrdup(word) : NULL;
	}
	return found;
}

char *cmdline_without(const char *word, const char *value)
{
	_cleanup_free_ char *list = value_of(word, strlen(word));
	const char *name = word + (*word == '"');
	char *left = NULL;

	for (const char *at = list; *at; at += strspn(at, ",")) {
		size_t len = strcspn(at, ",");

		if (len && strncmp(at, value, strlen(value)) != 0) {
			if (!left)
				left = xasprintf("%.*s=", (int)name_length(name, strlen(name)),
						 name);
			xappend(&left, "%s%.*s", left[strlen(left) - 1] == '=' ? "" : ",", (int)len,
				at);
		}
		at += len;
	}
	return left;
}

/*
 * Of what else may be a bool, the versions know different words.
 *
 * Kernel: kernel/params.c, param_set_bool(); lib/kstrtox.c, kstrtobool(): 5.10, 6.1, 6.12, 7.3.
 */
bool cmdline_is_on(const char *cmdline, const char *name)
{
	_cleanup_free_ char *word = cmdline_word(cmdline, name);
	_cleanup_free_ char *value = cmdline_value(cmdline, name);

	return word && value &&
	       (!strchr(word, '=') || *value == 'y' || *value == 'Y' || *value == '1' ||
		strncasecmp(value, "on", 2) == 0);
}

/* How many letters differ between the @len letters at @word and @name; upper case is no difference. */
static unsigned int distance(const char *word, size_t len, const char *name)
{
	unsigned int row[32];
	size_t name_len = strlen(name);

	if (name_len >= sizeof(row) / sizeof(*row))
		return UINT_MAX;
	for (size_t n = 0; n <= name_len; n++)
		row[n] = (unsigned int)n;
	for (size_t w = 1; w <= len; w++) {
		unsigned int diagonal = row[0];

		row[0] = (unsigned int)w;
		for (size_t n = 1; n <= name_len; n++) {
			unsigned int above = row[n];
			char letter = plain((char)tolower((unsigned char)word[w - 1]));
			unsigned int least = diagonal + (letter != name[n - 1]);

			least = above + 1 < least ? above + 1 : least;
			row[n] = row[n - 1] + 1 < least ? row[n - 1] + 1 : least;
			diagonal = above;
		}
	}
	return row[name_len];
}

char *cmdline_misspelt(const char *cmdline, const char *name)
{
	size_t len;

	for (const char *at = cmdline; at && (len = next_word(&at)) && !is_end(at, len);
	     at += len) {
		size_t name_len = name_length(at, len);

		/* A name of a module's parameter is another thing. */
		if (is_named(at, len, name) || memchr(at, '.', name_len) || name_len > 32)
			continue;
		if (distance(at, name_len, name) <= 2)
			return xasprintf("%.*s", (int)len, at);
	}
	return NULL;
}
