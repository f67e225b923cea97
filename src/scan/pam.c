/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The limit of a user: of a process that runs, or what pam_limits sets for a session (limits.conf(5),
 * pam_limits.c of Linux-PAM).
 */
#include "scan/internal.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "base/text.h"

/* Where openSUSE keeps what packages bring; what is in /etc comes first. */
#define VENDOR	   "/usr/etc/security"
#define LIMITS	   "/etc/security"
#define LIMIT_FILE "limits.conf"

/* More than any administrator writes; what is beyond makes the limit not known. */
#define SIZE_MAX_READ (1u << 20)
#define FILES_MAX     256
#define LINKS_MAX     8

/* A value in KiB: only the leading digits count. */
static bool parse_kib(const char *text, uint64_t *bytes)
{
	uint64_t kib = 0;

	if (strcmp(text, "-1") == 0 || strcmp(text, "-") == 0 ||
	    strcasecmp(text, "unlimited") == 0 || strcasecmp(text, "infinity") == 0) {
		*bytes = NO_LIMIT;
		return true;
	}
	if (!isdigit((unsigned char)*text))
		return false;
	for (; isdigit((unsigned char)*text); text++) {
		if (kib >= NO_LIMIT / 1024 / 10) {
			*bytes = NO_LIMIT;
			return true;
		}
		kib = kib * 10 + (uint64_t)(*text - '0');
	}
	*bytes = kib * 1024;
	return true;
}

/* "MIN:MAX", "MIN:" or ":ONE". */
static bool parse_range(const char *text, uint64_t *min, uint64_t *max)
{
	const char *colon = strchr(text, ':');
	_cleanup_free_ char *low = xstrndup(text, (size_t)(colon - text));

	*max = UINT64_MAX;
	if (colon[1] && text_to_u64(colon + 1, 10, max) < 0)
		return false;
	if (colon == text)
		*min = *max;
	else if (text_to_u64(low, 10, min) < 0)
		return false;
	return colon != text || colon[1];
}

static bool group_matches(const struct source_user *user, const char *group)
{
	uint64_t min, max;

	if (!strchr(group, ':')) {
		for (size_t i = 0; i < user->n_groups; i++) {
			if (user->groups[i].name && strcmp(user->groups[i].name, group) == 0)
				return true;
		}
		return false;
	}
	if (!parse_range(group, &min, &max))
		return false;
	/* One number looks at all groups, a range at the first one alone. */
	if (*group == ':') {
		for (size_t i = 0; i < user->n_groups; i++) {
			if (user->groups[i].gid == max)
				return true;
		}
		return user->gid == max;
	}
	return user->gid >= min && user->gid <= max;
}

/* How closely @domain is about @user; PAM_NONE where it is not. %group is about logins only. */
static enum pam_rank rank_of(const struct source_user *user, const char *domain)
{
	uint64_t min, max;

	if (strcmp(domain, user->name) == 0)
		return PAM_USER;
	if (*domain == '@')
		return group_matches(user, domain + 1) ? PAM_GROUP : PAM_NONE;
	if (*domain == '%')
		return PAM_NONE;
	if (strchr(domain, ':'))
		return parse_range(domain, &min, &max) && user->uid >= min && user->uid <= max
			       ? PAM_USER
			       : PAM_NONE;
	return strcmp(domain, "*") == 0 ? PAM_ALL : PAM_NONE;
}

static void set_value(struct pam_value *value, enum pam_rank rank, uint64_t bytes, const char *path)
{
	if (value->rank < rank)
		return;
	free(value->path);
	*value = (struct pam_value){ .rank = rank, .bytes = bytes, .path = xstrdup(path) };
}

static void take_line(char *line, const char *path, const struct source_user *user,
		      struct pam_limit *limit)
{
	char *rest = NULL;
	const char *domain = strtok_r(line, " \t\r", &rest);
	const char *type = strtok_r(NULL, " \t\r", &rest);
	const char *item = strtok_r(NULL, " \t\r", &rest);
	const char *value = strtok_r(NULL, " \t\r", &rest);
	enum pam_rank rank = domain ? rank_of(user, domain) : PAM_NONE;
	uint64_t bytes;

	/* "DOMAIN -" and no more: nothing is set for it. The wildcard can't say so. */
	if (type && !item && *type == '-' && rank < PAM_ALL)
		limit->exempt = true;
	if (!type || !item || !value || rank == PAM_NONE || strcasecmp(item, "memlock") != 0 ||
	    !parse_kib(value, &bytes))
		return;
	if (strcasecmp(type, "soft") == 0 || strcmp(type, "-") == 0)
		set_value(&limit->soft, rank, bytes, path);
	if (strcasecmp(type, "hard") == 0 || strcmp(type, "-") == 0)
		set_value(&limit->hard, rank, bytes, path);
}

int scan_parse_pam(char *text, const char *path, const struct source_user *user,
		   struct pam_limit *limit, size_t *lines)
{
	char *line;

	/* A line that exempts the user ends the reading. */
	while (!limit->exempt && (line = strsep(&text, "\n"))) {
		if (++*lines > PAM_LINES_MAX)
			return -E2BIG;
		line[strcspn(line, "#")] = '\0';
		take_line(line, path, user, limit);
	}
	return 0;
}

static int read_limits(struct source *source, const char *path, const struct source_user *user,
		       struct pam_limit *limit, size_t *lines)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	int ret = source_read(source, path, &text, &len);

	if (ret >= 0 && len > SIZE_MAX_READ)
		return -E2BIG;
	return ret < 0 ? ret : scan_parse_pam(text, path, user, limit, lines);
}

/*
 * Where @path leads, links at its end followed: a capture can hold a path as a link or as a file, not as
 * both, so links are resolved before something is read.
 */
static char *settled_path(struct source *source, const char *path)
{
	char *settled = xstrdup(path);

	for (int i = 0; i < LINKS_MAX && strcmp(settled, "/dev/null") != 0; i++) {
		const char *name = text_base_name(settled);
		_cleanup_free_ char *directory =
			xstrndup(settled, (size_t)(name - settled) - (name > settled + 1));
		char *next = scan_resolve(source, directory, name);

		if (!next)
			break;
		free(settled);
		settled = next;
	}
	return settled;
}

static int compare_base_names(const void *a, const void *b)
{
	return strcmp(text_base_name(*(char *const *)a), text_base_name(*(char *const *)b));
}

static bool has_base_name(const struct source_list *files, const char *name)
{
	for (size_t i = 0; i < files->count; i++) {
		if (strcmp(text_base_name(files->name[i]), name) == 0)
			return true;
	}
	return false;
}

static int add_snippets(struct source *source, const char *directory, struct source_list *files)
{
	struct source_list names = { 0 };
	int ret = source_list(source, directory, &names);

	/* Only where there is no such directory nothing in it counts. */
	if (ret < 0)
		return ret == -ENOENT || ret == -ENOTDIR ? 0 : ret;
	for (size_t i = 0; i < names.count && ret >= 0; i++) {
		size_t len = strlen(names.name[i]);

		if (len <= 5 || strcmp(names.name[i] + len - 5, ".conf") != 0 ||
		    has_base_name(files, names.name[i]))
			continue;
		if (files->count == FILES_MAX)
			ret = -E2BIG;
		else
			APPEND(files->name, files->count,
			       xasprintf("%s/%s", directory, names.name[i]));
	}
	source_list_clear(&names);
	return ret;
}

/* The files of limits.d in the order of their names: of two with one name the one in /etc counts. */
static int list_snippets(struct source *source, struct source_list *files)
{
	static const char *const directories[] = { LIMITS "/limits.d", VENDOR "/limits.d" };
	int ret = 0;

	for (size_t i = 0; i < COUNT(directories) && ret >= 0; i++)
		ret = add_snippets(source, directories[i], files);
	if (files->count)
		qsort(files->name, files->count, sizeof(*files->name), compare_base_names);
	return ret;
}

/* limits.conf, and then the files of limits.d. */
static int read_all_limits(struct source *source, const struct source_user *user,
			   struct pam_limit *limit)
{
	struct source_list files = { 0 };
	size_t lines = 0;
	int ret = read_limits(source, LIMITS "/" LIMIT_FILE, user, limit, &lines);

	if (ret == -ENOENT)
		ret = read_limits(source, VENDOR "/" LIMIT_FILE, user, limit, &lines);
	if (ret >= 0 || ret == -ENOENT)
		ret = list_snippets(source, &files);
	for (size_t i = 0; i < files.count && ret >= 0; i++) {
		_cleanup_free_ char *path = settled_path(source, files.name[i]);

		/* A file that leads there takes the place of others, and says nothing itself. */
		if (strcmp(path, "/dev/null") != 0)
			ret = read_limits(source, path, user, limit, &lines);
		ret = ret == -ENOENT ? 0 : ret;
	}
	source_list_clear(&files);
	return ret;
}

/*
 * Combine the lines with the default of the program that starts the session. A soft limit above the
 * hard one is lowered to it, and the default's hard limit applies if no line sets one.
 */
static void conclude(const struct pam_limit *set, struct limit *usual, struct memlock *memlock)
{
	bool has_soft = !set->exempt && set->soft.rank < PAM_NONE;
	bool has_hard = !set->exempt && set->hard.rank < PAM_NONE;
	uint64_t soft = has_soft ? set->soft.bytes : usual->soft;
	uint64_t hard = has_hard ? set->hard.bytes : usual->hard;
	bool by_hard = hard < soft;
	bool by_line = by_hard ? has_hard : has_soft;

	memlock->bytes = by_hard ? hard : soft;
	memlock->unlimited = memlock->bytes == NO_LIMIT;
	memlock->inferred = !by_line;
	if (by_line)
		memlock->known_by = xstrdup(by_hard ? set->hard.path : set->soft.path);
	else if (by_hard)
		memlock->known_by = xasprintf("%s, since %s sets the soft limit only",
					      usual->known_by, set->soft.path);
	else
		memlock->known_by = xasprintf(
			"%s, since no line in /etc/security is about that user", usual->known_by);
}

/*
 * By a process that the user has. What was started otherwise than by a session, as a guest of libvirt
 * is, may have been given another limit than the next one will get.
 */
static int read_process(struct source *source, const struct source_user *user,
			struct memlock *memlock)
{
	struct source_user_process process;
	int ret = source_user_process(source, user->uid, &process);
	char *known_by;

	if (ret >= 0)
		ret = scan_process_memlock(source, process.pid, memlock);
	if (ret >= 0) {
		memlock->inferred = process.place == SOURCE_PLACE_OTHER;
		known_by = xasprintf("%s%s%s%s", memlock->known_by, process.name ? " of " : "",
				     process.name ? process.name : "",
				     memlock->inferred ? ", which is in no login session" : "");
		free(memlock->known_by);
		memlock->known_by = known_by;
	}
	source_user_process_clear(&process);
	return ret;
}

void scan_user_memlock(struct source *source, const struct source_user *user,
		       struct memlock *memlock)
{
	if (user->uid == 0) {
		memlock->bypass = true;
		memlock->known_by = xstrdup("its uid 0");
	} else if (read_process(source, user, memlock) < 0) {
		struct pam_limit set = { .soft.rank = PAM_NONE, .hard.rank = PAM_NONE };
		struct limit usual = { 0 };
		int ret = read_all_limits(source, user, &set);

		/* By the lines of pam_limits: what a session would begin with. */
		memlock->error = -ret;
		if (ret == -E2BIG)
			memlock->reason = xstrdup("the pam_limits files are too large");
		if (ret >= 0) {
			scan_default_limit(source, &usual);
			conclude(&set, &usual, memlock);
		}
		free(usual.known_by);
		free(set.soft.path);
		free(set.hard.path);
	}
}
