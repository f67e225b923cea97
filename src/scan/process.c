/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The memory lock limit and the user of a running process: /proc/PID/limits and status. */
#include "scan/internal.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"

/* The kernel lets a process have no more (NGROUPS_MAX). */
#define GROUPS_MAX 65536

static const char *const limits_labels[] = { "Max locked memory", NULL };
static const char *const status_labels[] = { "Uid:", "Gid:", "Groups:", "CapEff:", NULL };

int scan_first_namespace(struct source *source, const char *pid)
{
	_cleanup_free_ char *path = xasprintf("/proc/%s/uid_map", pid);
	_cleanup_free_ char *text = NULL;
	unsigned int inside, outside, count;
	int ret = source_read(source, path, &text, NULL);

	if (ret < 0)
		return ret == -ENOENT ? 1 : ret;
	return sscanf(text, "%u %u %u", &inside, &outside, &count) == 3 && inside == 0 &&
	       outside == 0 && count == UINT32_MAX;
}

/* Return the text behind @label at the beginning of a line of @text; or NULL. */
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

/*
 * The number at @text, blanks before it passed over; @end is behind it. Of no number @end is @text. Not
 * sscanf(3): it counts all characters that follow each time.
 */
static uint64_t number_at(const char *text, int base, const char **end)
{
	const char *start = text + strspn(text, " \t");
	char *stop;
	uint64_t value;

	*end = text;
	if (!isxdigit((unsigned char)*start))
		return 0;
	value = strtoull(start, &stop, base);
	if (stop != start)
		*end = stop;
	return value;
}

int scan_parse_limits(const char *limits, struct memlock *memlock)
{
	const char *soft = behind(limits, limits_labels[0]);
	const char *end;
	uint64_t bytes;

	if (!soft)
		return -EBADMSG;
	bytes = number_at(soft, 10, &end);
	memlock->unlimited = text_starts(soft + strspn(soft, " "), "unlimited");
	if (!memlock->unlimited && end == soft)
		return -EBADMSG;
	memlock->bytes = memlock->unlimited ? NO_LIMIT : bytes;
	return 0;
}

static int read_capabilities(const char *status, uint64_t *bits)
{
	const char *text = behind(status, "CapEff:");
	const char *end = text;

	*bits = text ? number_at(text, 16, &end) : 0;
	return text && end != text ? 0 : -EBADMSG;
}

/* The second number behind @label: the real one comes first, the effective one counts. */
static int read_id(const char *status, const char *label, uint32_t *id)
{
	const char *text = behind(status, label);
	const char *end = text, *last;

	if (!text)
		return -EBADMSG;
	number_at(text, 10, &end);
	*id = (uint32_t)number_at(end, 10, &last);
	return end != text && last != end ? 0 : -EBADMSG;
}

int scan_parse_status(const char *status, struct account *account)
{
	const char *groups = behind(status, "Groups:");
	const char *end;
	uint32_t gid;

	if (!groups || read_id(status, "Uid:", &account->uid) < 0 ||
	    read_id(status, "Gid:", &gid) < 0 ||
	    read_capabilities(status, &account->capabilities) < 0)
		return -EBADMSG;
	APPEND(account->gids, account->n_gids, gid);
	while (account->n_gids <= GROUPS_MAX) {
		gid = (uint32_t)number_at(groups, 10, &end);
		if (end == groups)
			break;
		APPEND(account->gids, account->n_gids, gid);
		groups = end;
	}
	return 0;
}

int scan_process_memlock(struct source *source, int pid, struct memlock *memlock)
{
	_cleanup_free_ char *number = xasprintf("%d", pid);
	_cleanup_free_ char *limits = NULL;
	_cleanup_free_ char *status = NULL;
	struct memlock found = { 0 };
	uint64_t bits;
	int first = 0;

	if (source_process_lines(source, pid, "limits", limits_labels, &limits) < 0 ||
	    source_process_lines(source, pid, "status", status_labels, &status) < 0)
		return -ENOENT; /* gone meanwhile, or hidden */
	if (scan_parse_limits(limits, &found) < 0 || read_capabilities(status, &bits) < 0)
		return -EBADMSG;
	if (bits >> CAP_IPC_LOCK & 1)
		first = scan_first_namespace(source, number);
	if (first < 0)
		return first;
	memlock->bytes = found.bytes;
	memlock->unlimited = found.unlimited;
	memlock->bypass = first;
	memlock->known_by = xasprintf("/proc/%d/%s", pid, memlock->bypass ? "status" : "limits");
	return 0;
}

int scan_process_account(struct source *source, int pid, struct account *account)
{
	_cleanup_free_ char *number = xasprintf("%d", pid);
	_cleanup_free_ char *status = NULL;
	int first;

	if (source_process_lines(source, pid, "status", status_labels, &status) < 0)
		return -ENOENT;
	if (scan_parse_status(status, account) < 0)
		return -EBADMSG;
	first = scan_first_namespace(source, number);
	if (first <= 0)
		account->capabilities = 0;
	account->error = first < 0 ? -first : 0;
	return 0;
}
