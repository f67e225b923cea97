/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Units of systemd: their files, and the limits of their processes (systemd.unit(5)). */
#include "scan/internal.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"

#define UNIT_NAME_MAX 255

/* Where unit files are, the first one that has a file wins. /lib: Debian before it merged /usr. */
static const char *const load_path[] = {
	"/etc/systemd/system.control", "/run/systemd/system.control",
	"/run/systemd/transient",      "/run/systemd/generator.early",
	"/etc/systemd/system",	       "/etc/systemd/system.attached",
	"/run/systemd/system",	       "/run/systemd/system.attached",
	"/run/systemd/generator",      "/usr/local/lib/systemd/system",
	"/usr/lib/systemd/system",     "/lib/systemd/system",
	"/run/systemd/generator.late",
};

#define N_LOAD_PATH (sizeof(load_path) / sizeof(*load_path))

void unit_clear(struct unit *unit)
{
	free(unit->name);
	free(unit->path);
	free(unit->limit);
	free(unit->limit_path);
	free(unit->user);
	free(unit->slice);
	source_list_clear(&unit->groups);
	*unit = (struct unit){ 0 };
}

/* Its name with a suffix, as systemctl takes it; NULL where it can't be one of a unit. */
static char *unit_name(const char *word)
{
	static const char *const suffixes[] = { ".service", ".scope", ".socket", ".mount",
						".swap" };
	size_t len = strlen(word);

	if (!len || len > UNIT_NAME_MAX || *word == '.' || *word == '@' ||
	    strspn(word, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			 ":-_.\\@") != len)
		return NULL;
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(*suffixes); i++) {
		size_t suffix = strlen(suffixes[i]);

		if (len > suffix && strcmp(word + len - suffix, suffixes[i]) == 0)
			return xstrdup(word);
	}
	return xasprintf("%s.service", word);
}

/* "getty@.service" for "getty@tty1.service"; NULL where @name is no instance. */
static char *template_of(const char *name)
{
	const char *at = strchr(name, '@');

	if (!at)
		return NULL;
	return xasprintf("%.*s%s", (int)(at + 1 - name), name, strrchr(name, '.'));
}

/* The file of a unit that has exactly this name, links followed; or NULL. */
static char *find_file(struct source *source, const char *name)
{
	for (size_t i = 0; i < N_LOAD_PATH; i++) {
		_cleanup_free_ char *path = xasprintf("%s/%s", load_path[i], name);
		char *settled = scan_settled_path(source, path);

		if (strcmp(settled, "/dev/null") == 0 || source_exists(source, settled) == 0)
			return settled;
		free(settled);
	}
	return NULL;
}

/* Find the unit's file, and its real name where @unit->name is an alias: "sshd" is "ssh". */
static int find_unit_file(struct source *source, struct unit *unit)
{
	_cleanup_free_ char *template = template_of(unit->name);
	const char *real;

	unit->path = find_file(source, unit->name);
	if (!unit->path && template)
		unit->path = find_file(source, template);
	/* A link to /dev/null masks the unit: it can't be started. */
	if (!unit->path || strcmp(unit->path, "/dev/null") == 0)
		return -ENOENT;
	real = text_base_name(unit->path);
	if (!template && strcmp(real, unit->name) != 0) {
		free(unit->name);
		unit->name = xstrdup(real);
	}
	return 0;
}

static void add_folder(struct source_list *folders, const char *path, const char *name, size_t len,
		       const char *suffix)
{
	APPEND(folders->name, folders->count,
	       xasprintf("%s/%.*s%s.d", path, (int)len, name, suffix));
}

/*
 * Folders with snippets for a unit called @name: "a-b.service.d", and "a-.service.d" for a family of
 * units whose names begin alike.
 */
static void add_folders(struct source_list *folders, const char *path, const char *name)
{
	const char *suffix = strrchr(name, '.');
	size_t len = (size_t)(suffix - name);

	add_folder(folders, path, name, len, suffix);
	for (size_t i = len; i > 1; i--) {
		if (name[i - 1] == '-' && i < len)
			add_folder(folders, path, name, i, suffix);
	}
}

static void list_folders(struct source_list *folders, const char *name)
{
	_cleanup_free_ char *template = template_of(name);
	const char *type = strrchr(name, '.') + 1;

	for (size_t i = 0; i < N_LOAD_PATH; i++) {
		add_folders(folders, load_path[i], name);
		if (template)
			add_folders(folders, load_path[i], template);
	}
	/* "service.d" is for all services, and counts least. */
	for (size_t i = 0; i < N_LOAD_PATH; i++)
		add_folder(folders, load_path[i], type, strlen(type), "");
}

static void replace(char **text, const char *value)
{
	free(*text);
	*text = *value ? xstrdup(value) : NULL;
}

/* The bits of capabilities that are named in @list. Only what decides something here is known. */
static uint64_t capability_bits(const char *list)
{
	static const struct {
		const char *name;
		unsigned int bit;
	} known[] = { { "CAP_IPC_LOCK", CAP_IPC_LOCK }, { "CAP_DAC_OVERRIDE", CAP_DAC_OVERRIDE } };
	_cleanup_free_ char *words = xstrdup(list);
	char *rest = NULL;
	uint64_t bits = 0;

	for (char *word = strtok_r(words, " \t~", &rest); word;
	     word = strtok_r(NULL, " \t~", &rest)) {
		for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
			if (strcmp(known[i].name, word) == 0)
				bits |= UINT64_C(1) << known[i].bit;
		}
	}
	return bits;
}

/*
 * A set of capabilities, in several lines (systemd.exec(5)): "CAP_A CAP_B" adds these, "~CAP_C" takes
 * it away, "" takes back what was set before. A first line with "~" begins with all of them.
 */
static void take_capabilities(uint64_t *set, bool *is_set, const char *value)
{
	bool inverted = *value == '~';

	if (!*value)
		*set = 0;
	else if (inverted)
		*set = (*is_set && value[1] ? *set : UINT64_MAX) & ~capability_bits(value);
	else
		*set = (*is_set ? *set : 0) | capability_bits(value);
	*is_set = true;
}

static void take_groups(struct unit *unit, const char *value)
{
	_cleanup_free_ char *words = xstrdup(value);
	char *rest = NULL;

	for (char *word = strtok_r(words, " \t", &rest); word; word = strtok_r(NULL, " \t", &rest))
		APPEND(unit->groups.name, unit->groups.count, xstrdup(word));
}

static void take_setting(void *context, const char *path, const char *section, const char *key,
			 const char *value)
{
	struct unit *unit = context;

	if (strcmp(key, "Slice") == 0)
		replace(&unit->slice, value);
	if (strcmp(section, "Service") != 0 && strcmp(section, "Socket") != 0 &&
	    strcmp(section, "Mount") != 0 && strcmp(section, "Swap") != 0)
		return;
	if (strcmp(key, "LimitMEMLOCK") == 0) {
		replace(&unit->limit, value);
		replace(&unit->limit_path, path);
	} else if (strcmp(key, "User") == 0) {
		replace(&unit->user, value);
	} else if (strcmp(key, "Group") == 0 || strcmp(key, "SupplementaryGroups") == 0) {
		take_groups(unit, value);
	} else if (strcmp(key, "CapabilityBoundingSet") == 0) {
		take_capabilities(&unit->bounding, &unit->is_bounded, value);
	} else if (strcmp(key, "AmbientCapabilities") == 0) {
		unit->has_ambient = true;
		take_capabilities(&unit->ambient, &unit->has_ambient, value);
	}
}

/* The first failure counts; a snippet that is not there, since a link leads nowhere, is none. */
static int read_unit(struct source *source, struct unit *unit)
{
	struct source_list folders = { 0 };
	struct source_list snippets;
	int ret = scan_settings(source, unit->path, take_setting, unit);

	list_folders(&folders, unit->name);
	scan_snippets(source, (const char *const *)folders.name, folders.count, &snippets);
	for (size_t i = 0; i < snippets.count && ret >= 0; i++) {
		ret = scan_settings(source, snippets.name[i], take_setting, unit);
		if (ret == -ENOENT)
			ret = 0;
	}
	source_list_clear(&snippets);
	source_list_clear(&folders);
	return ret;
}

/* "system-getty.slice" for the instances of getty@.service; a dash in the name is written "\x2d". */
static char *usual_slice(const struct unit *unit)
{
	const char *at = strchr(unit->name, '@');
	char *slice = xstrdup("system-");

	if (!at) {
		free(slice);
		return xstrdup("system.slice");
	}
	for (const char *c = unit->name; c <= at; c++) {
		char *longer = c == at	   ? xasprintf("%s.slice", slice)
			       : *c == '-' ? xasprintf("%s\\x2d", slice)
					   : xasprintf("%s%c", slice, *c);

		free(slice);
		slice = longer;
	}
	return slice;
}

/* The folder of a slice in the cgroup tree: "a-b.slice" lies in "a.slice". "" for the root. */
static char *slice_folder(const char *slice)
{
	size_t len = strlen(slice);
	char *folder = xstrdup("");

	if (strchr(slice, '/') || strcmp(slice, "-.slice") == 0 || len < 7)
		return folder;
	for (size_t i = 1; i <= len - 6; i++) {
		char *longer;

		if (slice[i] != '-' && i != len - 6)
			continue;
		longer = xasprintf("%s/%.*s.slice", folder, (int)i, slice);
		free(folder);
		folder = longer;
	}
	return folder;
}

/* The first process of a cgroup, 0 where there is none. */
static int first_process(struct source *source, const char *tree, const char *folder,
			 const char *name)
{
	_cleanup_free_ char *path = xasprintf("%s%s/%s/cgroup.procs", tree, folder, name);
	_cleanup_free_ char *text = NULL;
	uint64_t pid;

	if (source_read(source, path, &text, NULL) < 0)
		return 0;
	text[strcspn(text, "\n")] = '\0';
	return text_to_u64(text, 10, &pid) == 0 && pid <= INT_MAX ? (int)pid : 0;
}

static int find_process(struct source *source, const struct unit *unit)
{
	/* Version 2, and version 1 with systemd's own hierarchy. */
	static const char *const trees[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/systemd" };
	_cleanup_free_ char *slice = unit->slice ? xstrdup(unit->slice) : usual_slice(unit);
	_cleanup_free_ char *folder = slice_folder(slice);
	int pid = 0;

	for (size_t i = 0; i < sizeof(trees) / sizeof(*trees) && !pid; i++)
		pid = first_process(source, trees[i], folder, unit->name);
	return pid;
}

int scan_unit(struct source *source, const char *name, struct unit *unit)
{
	int ret;

	*unit = (struct unit){ 0 };
	unit->name = unit_name(name);
	if (!unit->name)
		return -EINVAL;
	ret = find_unit_file(source, unit);
	if (ret < 0)
		return ret;
	unit->error = -read_unit(source, unit);
	unit->pid = find_process(source, unit);
	return 0;
}

/* What a running process has */

bool scan_first_namespace(struct source *source, const char *pid)
{
	_cleanup_free_ char *path = xasprintf("/proc/%s/uid_map", pid);
	_cleanup_free_ char *text = scan_text(source, path);
	unsigned int inside, outside, count;

	return !text || (sscanf(text, "%u %u %u", &inside, &outside, &count) == 3 && inside == 0 &&
			 outside == 0 && count == UINT32_MAX);
}

/* What stands behind @label at the beginning of a line of @text; or NULL. */
static const char *behind(const char *text, const char *label)
{
	size_t len = strlen(label);

	while (text && strncmp(text, label, len) != 0) {
		text = strchr(text, '\n');
		if (text)
			text++;
	}
	return text ? text + len : NULL;
}

static int read_memlock(struct source *source, int pid, struct memlock *memlock)
{
	_cleanup_free_ char *limits_path = xasprintf("/proc/%d/limits", pid);
	_cleanup_free_ char *status_path = xasprintf("/proc/%d/status", pid);
	_cleanup_free_ char *number = xasprintf("%d", pid);
	_cleanup_free_ char *limits = NULL;
	_cleanup_free_ char *status = NULL;
	const char *soft, *capabilities;
	uint64_t bits = 0;

	if (source_read(source, limits_path, &limits, NULL) < 0 ||
	    source_read(source, status_path, &status, NULL) < 0)
		return -ENOENT; /* gone meanwhile, or hidden */
	soft = behind(limits, "Max locked memory");
	capabilities = behind(status, "CapEff:");
	if (!soft || !capabilities || sscanf(capabilities, "%" SCNx64, &bits) != 1)
		return -EBADMSG;
	soft += strspn(soft, " ");
	memlock->unlimited = text_starts(soft, "unlimited");
	memlock->bytes = NO_LIMIT;
	if (!memlock->unlimited && sscanf(soft, "%" SCNu64, &memlock->bytes) != 1)
		return -EBADMSG;
	memlock->bypass = bits >> CAP_IPC_LOCK & 1 && scan_first_namespace(source, number);
	memlock->known_by = xstrdup(memlock->bypass ? status_path : limits_path);
	return 0;
}

/* What it would start with */

static bool is_root(const char *user)
{
	return !user || strcmp(user, "root") == 0 || strcmp(user, "0") == 0;
}

/* Root has all capabilities, others those that are given to them; and what the bounds leave. */
static uint64_t capabilities_of(const struct unit *unit)
{
	uint64_t had = is_root(unit->user) ? UINT64_MAX : unit->ambient;

	return unit->is_bounded ? had & unit->bounding : had;
}

static bool keeps(const struct unit *unit, unsigned int capability)
{
	return capabilities_of(unit) >> capability & 1;
}

static void read_files(struct source *source, const struct unit *unit, struct memlock *memlock)
{
	struct limit limit = { 0 };
	int ret = 0;

	memlock->error = unit->error;
	if (unit->error)
		return;
	memlock->bypass = keeps(unit, CAP_IPC_LOCK);
	if (memlock->bypass) {
		memlock->known_by = xasprintf("%s, %s", unit->path,
					      unit->ambient ? "which gives it"
							    : "which runs as root");
		return;
	}
	if (unit->limit) {
		ret = scan_parse_limit(unit->limit, &limit);
		limit.known_by = xasprintf("LimitMEMLOCK= of %s", unit->limit_path);
	} else {
		scan_default_limit(source, &limit);
	}
	memlock->error = -ret;
	memlock->bytes = limit.soft < limit.hard ? limit.soft : limit.hard;
	memlock->unlimited = memlock->bytes == NO_LIMIT;
	memlock->known_by = limit.known_by;
	memlock->inferred = limit.inferred;
}

void scan_unit_memlock(struct source *source, const struct unit *unit, struct memlock *memlock)
{
	if (!unit->pid || read_memlock(source, unit->pid, memlock) < 0)
		read_files(source, unit, memlock);
}

/* The account of a process, from /proc/PID/status. */
static int read_account(struct source *source, int pid, struct account *account)
{
	_cleanup_free_ char *path = xasprintf("/proc/%d/status", pid);
	_cleanup_free_ char *number = xasprintf("%d", pid);
	_cleanup_free_ char *status = NULL;
	const char *uids, *gids, *groups, *capabilities;
	uint64_t bits;
	uint32_t gid;
	int len;

	if (source_read(source, path, &status, NULL) < 0)
		return -ENOENT;
	uids = behind(status, "Uid:");
	gids = behind(status, "Gid:");
	groups = behind(status, "Groups:");
	capabilities = behind(status, "CapEff:");
	/* The real one comes first, the effective one counts. */
	if (!uids || !gids || !groups || !capabilities ||
	    sscanf(uids, "%*u %" SCNu32, &account->uid) != 1 ||
	    sscanf(gids, "%*u %" SCNu32, &gid) != 1 || sscanf(capabilities, "%" SCNx64, &bits) != 1)
		return -EBADMSG;
	APPEND(account->gids, account->n_gids, gid);
	while (groups += strspn(groups, " \t"), sscanf(groups, "%" SCNu32 "%n", &gid, &len) == 1) {
		if (*groups == '\n')
			break;
		APPEND(account->gids, account->n_gids, gid);
		groups += len;
	}
	account->capabilities = scan_first_namespace(source, number) ? bits : 0;
	return 0;
}

void scan_unit_account(struct source *source, const struct unit *unit, struct account *account)
{
	struct source_user user;
	int ret;

	if (unit->pid && read_account(source, unit->pid, account) >= 0)
		return;
	account->error = unit->error;
	if (unit->error)
		return;
	ret = is_root(unit->user) ? 0 : source_user(source, unit->user, &user);
	account->error = -ret;
	if (ret < 0)
		return;
	if (!is_root(unit->user)) {
		scan_user_account(&user, account);
		source_user_clear(&user);
	}
	for (size_t i = 0; i < unit->groups.count; i++)
		APPEND(account->group_names, account->n_group_names, xstrdup(unit->groups.name[i]));
	account->capabilities = capabilities_of(unit);
}
