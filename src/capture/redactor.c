/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finding secrets in texts. Pure. */
#include <arpa/inet.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "capture/redact.h"

/**
 * struct name - a name that is looked for in texts.
 * @is_word: it is a word of the kernel's too, and stays in texts
 */
struct name {
	enum secret kind;
	char *text;
	size_t len;
	bool is_word;
};

/**
 * struct redactor - @known: of each kind, what was there → what stands for it
 * @names: what is looked for, by its first byte, the longest first
 */
struct redactor {
	json_t *known[SECRET_KINDS];
	struct {
		struct name *name;
		size_t count;
	} names[256];
};

const char *secret_name(enum secret kind)
{
	static const char *const names[] = {
		"host names",	  "MAC addresses", "IPv4 addresses", "IPv6 addresses",	"UUIDs",
		"serial numbers", "user names",	   "process names",  "boot parameters",
	};

	return names[kind];
}

struct redactor *redactor_new(void)
{
	struct redactor *redactor = xcalloc(1, sizeof(*redactor));

	for (enum secret kind = 0; kind < SECRET_KINDS; kind++)
		redactor->known[kind] = json_object();
	return redactor;
}

void redactor_free(struct redactor *redactor)
{
	if (!redactor)
		return;
	for (enum secret kind = 0; kind < SECRET_KINDS; kind++)
		json_decref(redactor->known[kind]);
	for (size_t i = 0; i < 256; i++) {
		for (size_t n = 0; n < redactor->names[i].count; n++)
			free(redactor->names[i].name[n].text);
		free(redactor->names[i].name);
	}
	free(redactor);
}

/* The @number-th stand-in of a kind. Those of addresses are addresses that nobody has. */
static char *make_stand_in(enum secret kind, size_t number)
{
	unsigned int n = (unsigned int)number;

	switch (kind) {
	case SECRET_MAC: /* locally administered */
		return xasprintf("02:00:00:%02x:%02x:%02x", n >> 16 & 0xff, n >> 8 & 0xff,
				 n & 0xff);
	case SECRET_IPV4: /* 198.18.0.0/15 is for measuring (RFC 2544) */
		return xasprintf("198.%u.%u.%u", 18 + (n >> 16), n >> 8 & 0xff, n & 0xff);
	case SECRET_IPV6: /* for documents (RFC 3849) */
		return xasprintf("2001:db8::%x", n);
	case SECRET_UUID:
		return xasprintf("00000000-0000-4000-8000-%012x", n);
	default:
		break;
	}
	return xasprintf("%s-%u",
			 kind == SECRET_HOST	  ? "host"
			 : kind == SECRET_SERIAL  ? "serial"
			 : kind == SECRET_USER	  ? "user"
			 : kind == SECRET_PROCESS ? "process"
						  : "value",
			 n);
}

static char *lower(const char *text, size_t len)
{
	char *copy = xstrndup(text, len);

	for (char *at = copy; *at; at++)
		*at = (char)tolower((unsigned char)*at);
	return copy;
}

/* What stands for the @len bytes at @text. */
static const char *stand_in(struct redactor *redactor, enum secret kind, const char *text,
			    size_t len)
{
	_cleanup_free_ char *key = text_clean(lower(text, len));
	json_t *known = json_object_get(redactor->known[kind], key);
	_cleanup_free_ char *made = NULL;

	if (!known) {
		made = make_stand_in(kind, json_object_size(redactor->known[kind]) + 1);
		known = json_string(made);
		if (!known || json_object_set_new(redactor->known[kind], key, known) < 0)
			out_of_memory();
	}
	return json_string_value(known);
}

/* Names that every host has. */
static bool tells_nothing(const char *name)
{
	static const char *const names[] = { "", "root", "localhost", "(none)", "none", "unknown" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (strcasecmp(names[i], name) == 0)
			return true;
	}
	return false;
}

/* A number, or a single letter, is in every text: it is replaced only where it stands as a name. */
static bool is_findable(const char *name)
{
	bool has_letter = false;

	for (const char *at = name; *at; at++)
		has_letter |= isalpha((unsigned char)*at) || (unsigned char)*at >= 0x80;
	return has_letter && name[1];
}

static int compare_lengths(const void *a, const void *b)
{
	const struct name *one = a;
	const struct name *two = b;

	return one->len < two->len ? 1 : one->len > two->len ? -1 : strcmp(one->text, two->text);
}

static void look_for(struct redactor *redactor, enum secret kind, const char *text)
{
	struct name name = { .kind = kind, .text = lower(text, strlen(text)) };
	unsigned char first = (unsigned char)name.text[0];

	name.len = strlen(name.text);
	APPEND(redactor->names[first].name, redactor->names[first].count, name);
	qsort(redactor->names[first].name, redactor->names[first].count, sizeof(name),
	      compare_lengths);
}

/* Whether a letter or a digit stands there; text beyond ASCII is taken for letters. */
static bool is_letter(char c)
{
	return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

/* The name that begins at @at, or NULL. @before: what stands before it. */
static struct name *find_name(struct redactor *redactor, char before, const char *at)
{
	unsigned char first = (unsigned char)tolower((unsigned char)*at);

	for (size_t i = 0; i < redactor->names[first].count; i++) {
		struct name *name = &redactor->names[first].name[i];

		if (strncasecmp(at, name->text, name->len) != 0)
			continue;
		/* In the middle of a word it is none. */
		if (!(is_letter(*at) && is_letter(before)) &&
		    !(is_letter(at[name->len - 1]) && is_letter(at[name->len])))
			return name;
	}
	return NULL;
}

void redactor_keep_words(struct redactor *redactor, const char *text)
{
	char before = '\0';

	for (; *text; before = *text++) {
		struct name *name = find_name(redactor, before, text);

		if (name)
			name->is_word = true;
	}
}

/* Forms */

/* @n hexadecimal digits at @at. */
static bool has_digits(const char *at, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!isxdigit((unsigned char)at[i]))
			return false;
	}
	return true;
}

/* How long the UUID at @at is, or 0. */
static size_t uuid_length(char before, const char *at)
{
	static const size_t parts[] = { 8, 4, 4, 4, 12 };
	const char *end = at;

	if (isxdigit((unsigned char)before))
		return 0;
	for (size_t i = 0; i < 5; i++) {
		if (!has_digits(end, parts[i]) || (i < 4 && end[parts[i]] != '-'))
			return 0;
		end += parts[i] + (i < 4);
	}
	return is_letter(*end) ? 0 : (size_t)(end - at);
}

const char *redactor_name(struct redactor *redactor, enum secret kind, const char *name)
{
	_cleanup_free_ char *key = text_clean(lower(name, strlen(name)));
	bool is_new;

	if (tells_nothing(name))
		return name;
	/* A machine's serial number may be a UUID, and then stand elsewhere as one. */
	if (uuid_length('\0', name) == strlen(name))
		return stand_in(redactor, SECRET_UUID, name, strlen(name));
	is_new = !json_object_get(redactor->known[kind], key);
	if (is_new && is_findable(name))
		look_for(redactor, kind, name);
	return stand_in(redactor, kind, name, strlen(name));
}

/* How long the hardware address at @at is, or 0: six pairs of digits or more (InfiniBand has 20). */
static size_t mac_length(char before, const char *at)
{
	size_t pairs = 0;
	char between = '\0';

	if (at[0] && at[1])
		between = at[2];
	if (isxdigit((unsigned char)before) || before == ':' || (between != ':' && between != '-'))
		return 0;
	while (has_digits(at + 3 * pairs, 2)) {
		pairs++;
		if (at[3 * pairs - 1] != between)
			break;
	}
	if (pairs < 6 || is_letter(at[3 * pairs - 1]) || at[3 * pairs - 1] == ':')
		return 0;
	return 3 * pairs - 1;
}

/* How long the name of an interface at @at is that holds its hardware address ("enx…"), or 0. */
static size_t named_mac_length(char before, const char *at)
{
	static const char *const prefixes[] = { "enx", "wlx", "wwx" };

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
		if (!is_letter(before) && text_starts(at, prefixes[i]) && has_digits(at + 3, 12) &&
		    !is_letter(at[15]))
			return 15;
	}
	return 0;
}

/* How long the IPv4 address at @at is, or 0. */
static size_t ipv4_length(char before, const char *at)
{
	const char *end = at;

	if (is_letter(before) || before == '.')
		return 0;
	for (int i = 0; i < 4; i++) {
		unsigned int number = 0;
		size_t digits = 0;

		while (digits < 3 && isdigit((unsigned char)end[digits]))
			number = number * 10 + (unsigned int)(end[digits++] - '0');
		if (!digits || number > 255 || (i < 3 && end[digits] != '.'))
			return 0;
		end += digits + (i < 3);
	}
	if (is_letter(*end) || *end == '_' || (*end == '.' && isdigit((unsigned char)end[1])))
		return 0;
	return (size_t)(end - at);
}

/* How many of the first @max bytes at @at can stand in an IPv6 address. */
static size_t ipv6_span(const char *at, size_t max)
{
	size_t len = 0;

	while (len < max && (isxdigit((unsigned char)at[len]) || at[len] == ':' || at[len] == '.'))
		len++;
	return len;
}

/* How long the IPv6 address at @at is, or 0. */
static size_t ipv6_length(char before, const char *at)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr address;
	size_t len;

	if (is_letter(before) || before == ':' || before == '.')
		return 0;
	/* What goes on longer than an address with a colon behind it is none. */
	len = ipv6_span(at, sizeof(text) + 1);
	if (is_letter(at[len]))
		return 0;
	/* A full stop or a colon of the sentence. */
	if (len > 2 && (at[len - 1] == '.' || (at[len - 1] == ':' && at[len - 2] != ':')))
		len--;
	if (len < 3 || len >= sizeof(text) || !memchr(at, ':', len))
		return 0;
	memcpy(text, at, len);
	text[len] = '\0';
	return inet_pton(AF_INET6, text, &address) == 1 ? len : 0;
}

/* Behind "serial=", "Serial Number: " and the like: how far away what follows is, or 0. */
static size_t serial_offset(char before, const char *at)
{
	static const char word[] = "serial";
	size_t len = sizeof(word) - 1;

	if (is_letter(before) || strncasecmp(at, word, len) != 0)
		return 0;
	len += strspn(at + len, " _-.#");
	for (size_t i = 0; i < 2; i++) {
		static const char *const more[] = { "number", "no" };

		if (strncasecmp(at + len, more[i], strlen(more[i])) == 0) {
			len += strlen(more[i]);
			break;
		}
	}
	len += strspn(at + len, " .#");
	if (at[len] != '=' && at[len] != ':')
		return 0;
	len++;
	return len + strspn(at + len, " \t\"");
}

/* Addresses that every host has, and masks. */
static bool is_common(enum secret kind, const char *text, size_t len)
{
	static const char *const common[] = { "::", "::1", "00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff",
					      "0.0.0.0" };

	for (size_t i = 0; i < sizeof(common) / sizeof(*common); i++) {
		if (strlen(common[i]) == len && strncasecmp(common[i], text, len) == 0)
			return true;
	}
	return kind == SECRET_IPV4 && (text_starts(text, "127.") || text_starts(text, "255."));
}

/* A hardware address in the form in which it is known: with colons. New. */
static char *mac_form(const char *text, size_t len)
{
	char *form = lower(text, len);

	for (char *at = form; *at; at++) {
		if (*at == '-')
			*at = ':';
	}
	return form;
}

static void put_mac(struct redactor *redactor, const char *text, size_t len, FILE *out)
{
	_cleanup_free_ char *form = mac_form(text, len);
	_cleanup_free_ char *other = xstrdup(stand_in(redactor, SECRET_MAC, form, len));

	for (char *at = other; *at; at++) {
		if (*at == ':')
			*at = text[2];
	}
	fputs(other, out);
}

/* "enx001122334455": the address in it is the one that stands elsewhere with colons. */
static void put_named_mac(struct redactor *redactor, const char *text, FILE *out)
{
	char form[sizeof("00:11:22:33:44:55")];
	const char *other;

	for (size_t i = 0; i < 6; i++)
		snprintf(form + 3 * i, sizeof(form) - 3 * i, "%.2s%s", text + 3 + 2 * i,
			 i < 5 ? ":" : "");
	other = stand_in(redactor, SECRET_MAC, form, strlen(form));
	fprintf(out, "%.3s", text);
	for (; *other; other++) {
		if (*other != ':')
			fputc(*other, out);
	}
}

/* What is known by its form, at @at. Return: how much of the text was replaced. */
static size_t put_form(struct redactor *redactor, char before, const char *at, FILE *out)
{
	static const struct {
		enum secret kind;
		size_t (*length)(char before, const char *at);
	} forms[] = {
		{ SECRET_UUID, uuid_length },
		{ SECRET_MAC, mac_length },
		{ SECRET_IPV6, ipv6_length },
		{ SECRET_IPV4, ipv4_length },
	};
	size_t len = named_mac_length(before, at);

	if (len) {
		put_named_mac(redactor, at, out);
		return len;
	}
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		len = forms[i].length(before, at);
		if (!len)
			continue;
		if (is_common(forms[i].kind, at, len))
			fprintf(out, "%.*s", (int)len, at);
		else if (forms[i].kind == SECRET_MAC)
			put_mac(redactor, at, len, out);
		else
			fputs(stand_in(redactor, forms[i].kind, at, len), out);
		return len;
	}
	return 0;
}

static size_t put_serial(struct redactor *redactor, char before, const char *at, FILE *out)
{
	size_t offset = serial_offset(before, at);
	size_t len = offset ? strcspn(at + offset, " \t\n\r\",;)") : 0;

	if (!len)
		return 0;
	fprintf(out, "%.*s%s", (int)offset, at,
		stand_in(redactor, SECRET_SERIAL, at + offset, len));
	return offset + len;
}

static size_t put_name(struct redactor *redactor, char before, const char *at, FILE *out)
{
	const struct name *name = find_name(redactor, before, at);

	if (!name || name->is_word)
		return 0;
	fputs(stand_in(redactor, name->kind, at, name->len), out);
	return name->len;
}

static FILE *open_text(char **text, size_t *len)
{
	FILE *out = open_memstream(text, len);

	if (!out)
		out_of_memory();
	return out;
}

char *redactor_text(struct redactor *redactor, const char *text, bool names)
{
	char *result = NULL;
	size_t len = 0;
	FILE *out = open_text(&result, &len);
	char before = '\0';

	while (*text) {
		size_t done = put_form(redactor, before, text, out);

		if (!done)
			done = put_serial(redactor, before, text, out);
		if (!done && names)
			done = put_name(redactor, before, text, out);
		if (!done) {
			fputc(*text, out);
			done = 1;
		}
		text += done;
		before = text[-1];
	}
	if (fclose(out) == EOF)
		out_of_memory();
	return result;
}

/*
 * Parameters that say where a host boots from and who it is: from dracut.cmdline(7),
 * nfsroot.rst, systemd's kernel-command-line(7) and cloud-init. Their values are in forms of many kinds.
 */
static bool names_a_place(const char *word, size_t len)
{
	static const char *const exact[] = {
		"root",	   "resume",	 "ip",		"hostname",   "netroot",
		"nfsroot", "nfsaddrs",	 "nameserver",	"ifname",     "bootdev",
		"BOOTIF",  "BOOT_IMAGE", "cryptdevice", "cryptkey",   "zipl_target",
		"ds",	   "swap",	 "usr",		"live-media", "vlan",
		"bond",	   "team",	 "bridge",	"initrd",     "systemd.hostname"
	};
	static const char *const prefixes[] = { "rd.", "iscsi", "inst.", "luks",
						"zfs", "fips",	"cloud", "ostree" };

	for (size_t i = 0; i < sizeof(exact) / sizeof(*exact); i++) {
		if (strlen(exact[i]) == len && strncmp(exact[i], word, len) == 0)
			return true;
	}
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
		if (text_starts(word, prefixes[i]))
			return true;
	}
	return false;
}

char *redactor_cmdline(struct redactor *redactor, const char *text)
{
	_cleanup_free_ char *first = NULL;
	char *result = NULL;
	size_t len = 0;
	FILE *out = open_text(&first, &len);

	while (*text) {
		size_t word = strcspn(text, " \t\n");
		size_t name = strcspn(text, "= \t\n");

		if (name < word && names_a_place(text, name) && word > name + 1)
			fprintf(out, "%.*s=%s", (int)name, text,
				stand_in(redactor, SECRET_VALUE, text + name + 1, word - name - 1));
		else
			fprintf(out, "%.*s", (int)word, text);
		text += word;
		if (*text)
			fputc(*text++, out);
	}
	if (fclose(out) == EOF)
		out_of_memory();
	result = redactor_text(redactor, first, true);
	return result;
}

static json_t *stand_ins(const struct redactor *redactor, enum secret kind)
{
	json_t *array = json_array();
	const char *key;
	json_t *value;

	json_object_foreach (redactor->known[kind], key, value)
		json_array_append(array, value);
	return array;
}

json_t *redactor_summary(const struct redactor *redactor)
{
	bool kept[SECRET_KINDS] = { false };
	json_t *summary = json_object();
	json_t *array = json_array();

	for (enum secret kind = 0; kind < SECRET_KINDS; kind++)
		json_object_set_new(summary, secret_name(kind), stand_ins(redactor, kind));
	for (size_t i = 0; i < 256; i++) {
		for (size_t n = 0; n < redactor->names[i].count; n++)
			kept[redactor->names[i].name[n].kind] |= redactor->names[i].name[n].is_word;
	}
	for (enum secret kind = 0; kind < SECRET_KINDS; kind++) {
		if (kept[kind])
			json_array_append_new(array, json_string(secret_name(kind)));
	}
	json_object_set_new(summary, "kept", array);
	return summary;
}
