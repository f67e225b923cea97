/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reduces files to what is kept of them, by what they may hold. Pure. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "base/text.h"
#include "capture/redact.h"

/* Stands where something was dropped that is shown, and decides nothing. */
#define REDACTED "redacted"

/* uname(2) has room for no more. */
#define RELEASE_MAX 64

/* One line, without the white space behind it; NULL where there are more. */
static char *only_line(const char *text)
{
	char *line = text_trim(xstrdup(text));

	if (!strchr(line, '\n'))
		return line;
	free(line);
	return NULL;
}

/* "@line\n", or NULL for NULL. Takes over @line. */
static char *as_line(char *line)
{
	char *text = line ? xasprintf("%s\n", line) : NULL;

	free(line);
	return text;
}

/* A decimal number of 64 bits, with a sign perhaps. */
static bool is_decimal(const char *text)
{
	size_t digits;

	text += *text == '-';
	digits = strspn(text, "0123456789");
	return digits && digits <= 20 && !text[digits];
}

/* A number, none at all, or a switch. */
static bool is_number(const char *text)
{
	return is_decimal(text) || strcmp(text, "max") == 0 || strcmp(text, "Y") == 0 ||
	       strcmp(text, "N") == 0 || strcmp(text, "unlimited") == 0;
}

/* The kernel's release and version */

/* Tell if @text has at least four numbers with @separator between, the first of up to 5 digits. */
static bool has_row(const char *text, char separator)
{
	const char accepted[] = {
		'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', separator, '\0'
	};

	while (*(text += strcspn(text, accepted))) {
		size_t len = strspn(text, accepted);
		size_t between = 0;

		for (size_t i = 0; i < len; i++)
			between += text[i] == separator && isdigit((unsigned char)text[i + 1]);
		if (between >= 3 && strspn(text, "0123456789") < 6)
			return true;
		text += len;
	}
	return false;
}

/*
 * Tell if @word consists of numbers of up to 8 digits and words of @vocabulary, and is no address.
 * An IPv4 address may be written as itself or as in ip-10-0-0-1. (SUSE's releases go on with
 * 150300.59.106.1, whose first number is too long for one.) A time of day has two colons; an IPv6
 * or MAC address has more.
 */
static bool is_version(const struct redactor *redactor, enum vocabulary vocabulary,
		       const char *word)
{
	_cleanup_free_ char *copy = xstrdup(word);
	char *rest = copy, *part;
	size_t colons = 0;

	if (redactor_knows(redactor, vocabulary, word))
		return true;
	for (const char *at = word; *at; at++)
		colons += *at == ':';
	if (strlen(word) > 40 || colons > 2 || has_row(word, '.') || has_row(word, '-') ||
	    has_row(word, '_'))
		return false;
	while ((part = strsep(&rest, ".+~-_:()#,TZ"))) {
		size_t digits = strspn(part, "0123456789");

		if (*part && (part[digits] || digits > 8) &&
		    !redactor_knows(redactor, vocabulary, part))
			return false;
	}
	return true;
}

/* "6.9.3-web7" is 6.9.3-local: people call their own kernels as they like. */
char *redactor_release(struct redactor *redactor, const char *text)
{
	static const char separators[] = "-+_~";
	_cleanup_free_ char *line = text_trim(xstrdup(text));
	bool has_numbers = has_row(line, '-') || has_row(line, '_');
	struct writer writer;

	if (!isdigit((unsigned char)*line) || strlen(line) > RELEASE_MAX)
		return xstrdup(REDACTED);
	writer_open(&writer);
	text = line;
	while (*text) {
		size_t len = strcspn(text, separators);
		_cleanup_free_ char *part = xstrndup(text, len);
		bool is_kept = !*part || is_version(redactor, WORDS_RELEASE, part);

		/* Of 6.1.0-ip-10-0-0-1 the parts would be kept one by one. */
		if (has_numbers && text > line && isdigit((unsigned char)*part))
			is_kept = false;
		fputs(is_kept ? part : "local", writer.out);
		text += len;
		if (*text)
			fputc(*text++, writer.out);
	}
	return writer_close(&writer);
}

typedef bool (*word_fn)(const struct redactor *redactor, enum vocabulary vocabulary,
			const char *word);

/* The words of @text that are kept, with one space between. New. */
static char *kept_words(struct redactor *redactor, const char *text, word_fn is_kept,
			enum vocabulary vocabulary)
{
	_cleanup_free_ char *copy = xstrdup(text);
	const char *space = "";
	struct writer writer;
	char *rest = copy, *word;

	writer_open(&writer);
	while ((word = strsep(&rest, " \t\r\n"))) {
		if (!*word || !is_kept(redactor, vocabulary, word))
			continue;
		fprintf(writer.out, "%s%s", space, word);
		space = " ";
	}
	return writer_close(&writer);
}

/* "#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)" */
char *redactor_build(struct redactor *redactor, const char *text)
{
	return kept_words(redactor, text, is_version, WORDS_BUILD);
}

/* The command line */

/* "efifb:off", "1G-4G:192M", "0000:00:04.0": one value, or two. */
static bool is_value(struct redactor *redactor, char *value)
{
	char *behind = strchr(value, ':');

	if (!*value || redactor_knows(redactor, WORDS_VALUES, value))
		return true;
	if (!behind)
		return false;
	*behind++ = '\0';
	return redactor_knows(redactor, WORDS_VALUES, value) &&
	       redactor_knows(redactor, WORDS_VALUES, behind);
}

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

/* The members of a list that are known; of a list of functions of the kernel too. */
static void put_list(struct redactor *redactor, enum vocabulary words, char *list, FILE *out)
{
	const char *comma = "";
	char *word;

	while ((word = strsep(&list, ","))) {
		bool is_known = redactor_knows(redactor, words, word) ||
				redactor_knows(redactor, WORDS_VALUES, word);

		fprintf(out, "%s%s", comma, is_known ? word : REDACTED);
		comma = ",";
	}
}

/* Of a value all is kept, or nothing. */
static void put_value(struct redactor *redactor, const char *name, char *value, FILE *out)
{
	bool are_modules = ends_with(name, "blacklist") || text_starts(name, "rd.driver.");
	bool are_ids = ends_with(name, ".ids");
	bool is_kept = redactor_knows(redactor, WORDS_OPTIONS, name);
	_cleanup_free_ char *copy = xstrdup(value);
	char *rest = copy, *word;

	if (is_kept && (are_ids || are_modules)) {
		put_list(redactor, are_ids ? WORDS_IDS : WORDS_DRIVERS, value, out);
		return;
	}
	while (is_kept && (word = strsep(&rest, ",;")))
		is_kept = is_value(redactor, word);
	fputs(is_kept ? value : REDACTED, out);
}

/* White space as the kernel has it (lib/ctype.c): Latin-1's too. */
static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || (unsigned char)c == 0xa0;
}

/*
 * Take one argument off the front of *@line, as next_arg() of lib/cmdline.c does: a quoted one has
 * spaces, and the first '=' ends the name. The quotes are dropped. Return: the character behind it.
 */
static char next_argument(char **line, char **name, char **value)
{
	char *at = *line, *to = *line;
	bool in_quotes = false;
	char end;

	*name = *line;
	*value = NULL;
	for (; *at && (in_quotes || !is_space(*at)); at++) {
		if (*at == '"') {
			in_quotes = !in_quotes;
		} else if (*at == '=' && !*value) {
			*to++ = '\0';
			*value = to;
		} else {
			*to++ = *at;
		}
	}
	end = *at;
	*line = at + (end != '\0');
	*to = '\0';
	return end;
}

static void put_argument(struct redactor *redactor, const char *name, char *value, FILE *out)
{
	bool is_known = redactor_knows(redactor, WORDS_OPTIONS, name) ||
			redactor_knows(redactor, WORDS_NAMED, name);

	fputs(is_known ? name : REDACTED, out);
	if (!is_known || !value)
		return;
	fputc('=', out);
	if (*value)
		put_value(redactor, name, value, out);
}

char *redactor_cmdline(struct redactor *redactor, const char *text)
{
	_cleanup_free_ char *copy = xstrdup(text);
	struct writer writer;
	char *line = copy;

	writer_open(&writer);
	while (*line) {
		char *name, *value;
		char end = *line;

		if (is_space(end)) {
			line++;
		} else {
			end = next_argument(&line, &name, &value);
			put_argument(redactor, name, value, writer.out);
			/* The arguments behind it are for init. */
			if (!value && strcmp(name, "--") == 0)
				break;
		}
		if (end)
			fputc(end == '\n' ? '\n' : ' ', writer.out);
	}
	return writer_close(&writer);
}

/* Files of one word */

/**
 * struct form - how a file is redacted.
 * @redact: returns what is kept, new; NULL where the file does not hold what it may
 * @words: of which its words are, WORDS_NONE for a number; @kind: of its name
 * @text: keeps what uname(2) says
 * @put: changes a line and writes what is kept of it; @all: each line has to be understood
 */
struct form {
	char *(*redact)(struct redactor *redactor, const struct form *form, const char *text);
	enum vocabulary words;
	enum name_kind kind;
	char *(*text)(struct redactor *redactor, const char *text);
	bool (*put)(struct redactor *redactor, char *line, FILE *out);
	bool all;
};

/* Keep the only line of @text if it is a word that the form knows. */
static char *one_word(struct redactor *redactor, const struct form *form, const char *text)
{
	char *line = only_line(text);

	if (line && (form->words ? redactor_knows(redactor, form->words, line) : is_number(line)))
		return as_line(line);
	free(line);
	return NULL;
}

static char *known_or_redacted(struct redactor *redactor, const struct form *form, const char *text)
{
	char *kept = one_word(redactor, form, text);

	return kept ? kept : xstrdup(REDACTED "\n");
}

static char *one_name(struct redactor *redactor, const struct form *form, const char *text)
{
	_cleanup_free_ char *line = only_line(text);

	return line ? xasprintf("%s\n", redactor_name(redactor, form->kind, line)) : NULL;
}

/* Words of a product that are not known are left out. */
static char *product(struct redactor *redactor, const struct form *form, const char *text)
{
	_cleanup_free_ char *kept = kept_words(redactor, text, redactor_knows, form->words);

	return xasprintf("%s\n", *kept ? kept : REDACTED);
}

static char *cmdline(struct redactor *redactor, const struct form *form, const char *text)
{
	(void)form;
	return redactor_cmdline(redactor, text);
}

/* The answer of uname(2). */
static char *whole(struct redactor *redactor, const struct form *form, const char *text)
{
	return as_line(form->text(redactor, text));
}

/* "none [integrity] confidentiality": all of its words, or nothing. */
static char *choice(struct redactor *redactor, const struct form *form, const char *text)
{
	char *line = only_line(text);
	_cleanup_free_ char *copy = xstrdup(line ? line : "?");
	char *rest = copy, *word;

	while ((word = strsep(&rest, " "))) {
		size_t len = strlen(word);

		if (len > 2 && word[0] == '[' && word[len - 1] == ']') {
			word[len - 1] = '\0';
			word++;
		}
		if (!redactor_knows(redactor, form->words, word)) {
			free(line);
			return NULL;
		}
	}
	return as_line(line);
}

/* Files of lines */

static char *lines(struct redactor *redactor, const struct form *form, const char *text)
{
	_cleanup_free_ char *copy = xstrdup(text);
	struct writer writer;
	char *rest = copy, *line;
	bool is_good = true;

	writer_open(&writer);
	while (is_good && (line = strsep(&rest, "\n"))) {
		if (*line && !form->put(redactor, line, writer.out))
			is_good = !form->all;
	}
	writer_close(&writer);
	if (is_good)
		return writer.text;
	free(writer.text);
	return NULL;
}

static bool put_numbers(struct redactor *redactor, char *line, FILE *out)
{
	const char *space = "";
	char *word;

	(void)redactor;
	while ((word = strsep(&line, " \t"))) {
		if (!*word)
			continue;
		if (!is_decimal(word))
			return false;
		fprintf(out, "%s%s", space, word);
		space = " ";
	}
	fputc('\n', out);
	return true;
}

/* "VmLck:\t       0 kB", "Uid:\t0\t0\t0\t0", "CapEff:\t000001ffffffffff" */
static bool put_counter(struct redactor *redactor, char *line, FILE *out)
{
	bool is_bits = text_starts(line, "Cap");
	char *values = strchr(line, ':');
	char *word;

	if (!values)
		return false;
	*values++ = '\0';
	if (!redactor_knows(redactor, WORDS_COUNTERS, line))
		return false;
	fprintf(out, "%s:", line);
	while ((word = strsep(&values, " \t"))) {
		if (is_bits ? shape_matches("$", word)
			    : is_decimal(word) || strcmp(word, "kB") == 0)
			fprintf(out, " %s", word);
	}
	fputc('\n', out);
	return true;
}

/* "Max locked memory         8388608              8388608              bytes     " */
static bool put_rlimit(struct redactor *redactor, char *line, FILE *out)
{
	static const char label[] = "Max locked memory";
	char soft[24], hard[24];

	(void)redactor;
	if (!text_starts(line, label) ||
	    sscanf(line + strlen(label), "%23s %23s", soft, hard) != 2 || !is_number(soft) ||
	    !is_number(hard))
		return false;
	fprintf(out, "%-25s %-20s %-20s bytes\n", label, soft, hard);
	return true;
}

/* "0::/system.slice/x.service", "4:memory:/…": others are not needed. */
static bool put_cgroup(struct redactor *redactor, char *line, FILE *out)
{
	char *index = strsep(&line, ":");
	char *controllers = line ? strsep(&line, ":") : NULL;
	bool is_memory = controllers && strcmp(controllers, "memory") == 0;
	char *word;

	if (!line || *line != '/' || !shape_matches("#", index) || (*controllers && !is_memory))
		return false;
	fprintf(out, "%s:%s:", index, controllers);
	line++;
	while ((word = strsep(&line, "/")))
		fprintf(out, "/%s", redactor_name(redactor, NAME_CGROUP, word));
	fputc('\n', out);
	return true;
}

/* Return: false, and nothing is written, if @node is not the node of a disk. */
static bool put_disk(struct redactor *redactor, const char *node, FILE *out)
{
	static const char mapper[] = "/dev/mapper/", dev[] = "/dev/";

	if (text_starts(node, mapper))
		fprintf(out, "%s%s", mapper,
			redactor_name(redactor, NAME_VOLUME, node + strlen(mapper)));
	else if (text_starts(node, dev) && !strchr(node + strlen(dev), '/'))
		fprintf(out, "%s%s", dev, redactor_name(redactor, NAME_DISK, node + strlen(dev)));
	else
		return false;
	return true;
}

/* @word, or @otherwise where it is no number of that shape. */
static const char *shaped(const char *shape, const char *word, const char *otherwise)
{
	return shape_matches(shape, word) ? word : otherwise;
}

/* Of the options of a file system those that name further disks of it: "logdev=/dev/sdb". */
static void put_disk_options(struct redactor *redactor, char *options, FILE *out)
{
	static const char *const keys[] = { "logdev=", "rtdev=", "journal_path=", "device=" };
	char *word;

	while ((word = strsep(&options, ","))) {
		for (size_t i = 0; i < COUNT(keys); i++) {
			const char *node = word + strlen(keys[i]);

			if (!text_starts(word, keys[i]) || *node != '/')
				continue;
			fprintf(out, ",%s", keys[i]);
			/* Any other is still the name of a disk, which is not found by it. */
			if (!put_disk(redactor, node, out))
				fprintf(out, "/dev/%s", redactor_name(redactor, NAME_DISK, node));
		}
	}
}

/*
 * "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw" (proc_pid_mountinfo(5)): of it the
 * numbers, where it is mounted, the type, and the disks.
 */
static bool put_mount(struct redactor *redactor, char *line, FILE *out)
{
	char *words[6] = { NULL };
	char *type = NULL, *node = NULL, *word;

	for (size_t i = 0; i < 6; i++) {
		words[i] = strsep(&line, " ");
		if (!words[i] || !*words[i])
			return false;
	}
	while ((word = strsep(&line, " ")) && strcmp(word, "-") != 0)
		;
	type = strsep(&line, " ");
	node = strsep(&line, " ");
	if (!type || !node)
		return false;
	type[strcspn(type, ".")] = '\0';
	fprintf(out, "%s %s %s / %s rw - %s ", shaped("&", words[0], "0"),
		shaped("&", words[1], "0"), shaped("&:&", words[2], "0:0"),
		redactor_name(redactor, NAME_MOUNT, words[4]),
		redactor_knows(redactor, WORDS_FILE_SYSTEMS, type) ? type : "other");
	if (!put_disk(redactor, node, out))
		fputs("none", out);
	fputs(" rw", out);
	put_disk_options(redactor, line, out);
	fputc('\n', out);
	return true;
}

/* "/dev/sda2                               partition\t8388604\t\t0\t\t-2" */
static bool put_swap(struct redactor *redactor, char *line, FILE *out)
{
	char *node = strtok_r(line, " \t", &line);
	const char *type = strtok_r(NULL, " \t", &line);
	const char *numbers[3];

	if (!node || !type)
		return false;
	if (strcmp(node, "Filename") == 0) {
		fputs("Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n", out);
		return true;
	}
	for (size_t i = 0; i < 3; i++) {
		const char *word = strtok_r(NULL, " \t", &line);

		numbers[i] = word && is_decimal(word) ? word : "0";
	}
	if (!put_disk(redactor, node, out))
		fputs("none", out);
	fprintf(out, "\t%s\t%s\t%s\t%s\n", strcmp(type, "file") == 0 ? "file" : "partition",
		numbers[0], numbers[1], numbers[2]);
	return true;
}

/* A user, a group, a range of numbers or all of limits.conf(5). */
static void put_domain(struct redactor *redactor, const char *domain, FILE *out)
{
	size_t mark = strspn(domain, "@%");
	const char *name = domain + (mark ? 1 : 0);

	if (mark)
		fputc(*domain, out);
	if (strcmp(name, "*") == 0 ||
	    (name[strspn(name, "0123456789:")] == '\0' && *name && strlen(name) <= 21))
		fputs(name, out);
	else
		fputs(redactor_name(redactor, NAME_USER, name), out);
}

/* Lines about locked memory, and those that exempt a user from all limits. */
static bool put_limit(struct redactor *redactor, char *line, FILE *out)
{
	const char *domain, *type, *item, *value;
	size_t digits;
	bool is_type;

	line[strcspn(line, "#")] = '\0';
	domain = strtok_r(line, " \t\r", &line);
	type = strtok_r(NULL, " \t\r", &line);
	item = strtok_r(NULL, " \t\r", &line);
	value = strtok_r(NULL, " \t\r", &line);
	is_type = type && (strcasecmp(type, "soft") == 0 || strcasecmp(type, "hard") == 0 ||
			   strcmp(type, "-") == 0);
	if (!is_type || (item && (!value || strcasecmp(item, "memlock") != 0)) ||
	    (!item && *type != '-'))
		return true;
	put_domain(redactor, domain, out);
	fprintf(out, " %s", type);
	digits = value ? strspn(value, "0123456789") : 0;
	/* No limit is a longer number, and pam_limits takes those for none. */
	if (item && digits && digits <= 20)
		fprintf(out, " memlock %.*s", (int)digits, value);
	else if (item && value &&
		 (digits || strcmp(value, "-1") == 0 || strcmp(value, "-") == 0 ||
		  strcasecmp(value, "unlimited") == 0 || strcasecmp(value, "infinity") == 0))
		fputs(" memlock unlimited", out);
	else if (item)
		fputs(" memlock " REDACTED, out);
	fputc('\n', out);
	return true;
}

static bool put_uevent(struct redactor *redactor, char *line, FILE *out)
{
	static const struct {
		const char *key;
		const char *shapes[3];
	} known[] = {
		{ "PCI_CLASS", { "?????", "??????", "????" } },
		{ "PCI_ID", { "????:????" } },
		{ "PCI_SUBSYS_ID", { "????:????" } },
		{ "PCI_SLOT_NAME", { "????:??:??.?", "?????:??:??.?", "????????:??:??.?" } },
	};
	char *value = strchr(line, '=');

	if (!value)
		return false;
	*value++ = '\0';
	if (strcmp(line, "DRIVER") == 0) {
		fprintf(out, "DRIVER=%s\n", redactor_name(redactor, NAME_DRIVER, value));
		return true;
	}
	for (size_t i = 0; i < COUNT(known); i++) {
		for (size_t n = 0; n < 3 && known[i].shapes[n]; n++) {
			if (strcmp(known[i].key, line) == 0 &&
			    shape_matches(known[i].shapes[n], value)) {
				fprintf(out, "%s=%s\n", line, value);
				return true;
			}
		}
	}
	return false;
}

/* "0x%016llx 0x%016llx %s": the word may be another one, the range has to be one. */
static bool put_region(struct redactor *redactor, char *line, FILE *out)
{
	char *start = strsep(&line, " ");
	char *end = strsep(&line, " ");

	if (!start || !end || !line || !shape_matches("0x$", start) || !shape_matches("0x$", end))
		return false;
	text_trim(line);
	fprintf(out, "%s %s %s\n", start, end,
		redactor_knows(redactor, WORDS_REGIONS, line) ? line : REDACTED);
	return true;
}

/* Those that are not here are not text, or nothing that is kept. */
static const struct form forms[CONTENT_KINDS] = {
	[CONTENT_HOST] = { .redact = one_name, .kind = NAME_HOST },
	[CONTENT_RELEASE] = { .redact = whole, .text = redactor_release },
	[CONTENT_BUILD] = { .redact = whole, .text = redactor_build },
	[CONTENT_VENDOR] = { .redact = known_or_redacted, .words = WORDS_VENDORS },
	[CONTENT_PRODUCT] = { .redact = product, .words = WORDS_PRODUCTS },
	[CONTENT_CMDLINE] = { .redact = cmdline },
	[CONTENT_CHOICE] = { .redact = choice, .words = WORDS_LOCKDOWN },
	[CONTENT_POWER] = { .redact = one_word, .words = WORDS_POWER },
	[CONTENT_RESETS] = { .redact = choice, .words = WORDS_RESETS },
	[CONTENT_NUMBER] = { .redact = one_word, .words = WORDS_NONE },
	[CONTENT_REGISTER] = { .redact = one_word, .words = WORDS_REGISTERS },
	[CONTENT_NUMBERS] = { .redact = lines, .put = put_numbers, .all = true },
	[CONTENT_DEVICE_NUMBER] = { .redact = one_word, .words = WORDS_DEVICE_NUMBERS },
	[CONTENT_COUNTERS] = { .redact = lines, .put = put_counter },
	[CONTENT_RLIMITS] = { .redact = lines, .put = put_rlimit },
	[CONTENT_CGROUPS] = { .redact = lines, .put = put_cgroup },
	[CONTENT_MOUNTS] = { .redact = lines, .put = put_mount },
	[CONTENT_SWAPS] = { .redact = lines, .put = put_swap },
	[CONTENT_LIMITS] = { .redact = lines, .put = put_limit },
	[CONTENT_UEVENT] = { .redact = lines, .put = put_uevent },
	[CONTENT_DRIVER] = { .redact = one_name, .kind = NAME_DRIVER },
	[CONTENT_VOLUME] = { .redact = one_name, .kind = NAME_VOLUME },
	[CONTENT_CONSOLES] = { .redact = choice, .words = WORDS_CONSOLES },
	[CONTENT_DISPLAY] = { .redact = choice, .words = WORDS_DISPLAYS },
	[CONTENT_STATE] = { .redact = known_or_redacted, .words = WORDS_STATES },
	[CONTENT_MOUNT] = { .redact = one_name, .kind = NAME_MOUNT },
	[CONTENT_REGIONS] = { .redact = lines, .put = put_region, .all = true },
	[CONTENT_GROUP_TYPE] = { .redact = known_or_redacted, .words = WORDS_GROUP_TYPES },
	[CONTENT_HYPERVISOR] = { .redact = known_or_redacted, .words = WORDS_HYPERVISORS },
	[CONTENT_GROUP_NAME] = { .redact = known_or_redacted, .words = WORDS_GROUP_NAMES },
	[CONTENT_CHIP] = { .redact = one_name, .kind = NAME_CHIP },
};

char *redactor_content(struct redactor *redactor, enum content content, const char *text,
		       size_t *len)
{
	const struct form *form = &forms[content];
	char *kept = NULL;

	if (content == CONTENT_CONFIG) {
		kept = xmemdup(text, *len);
		redact_config((unsigned char *)kept, *len);
		return kept;
	}
	/* Text behind a NUL byte is not from the kernel. */
	if (form->redact && strlen(text) == *len)
		kept = form->redact(redactor, form, text);
	*len = kept ? strlen(kept) : 0;
	return kept;
}
