/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/access.h"

#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>

#include "base/accident.h"

void node_clear(struct node *node)
{
	free(node->path);
	free(node->owner);
	free(node->group_name);
	*node = (struct node){ 0 };
}

void account_clear(struct account *account)
{
	for (size_t i = 0; i < account->n_group_names; i++)
		free(account->group_names[i]);
	free(account->group_names);
	free(account->gids);
	free(account->whom);
	free(account->reason);
	*account = (struct account){ 0 };
}

const char *account_reason(const struct account *account)
{
	return account->reason ? account->reason : error_text(account->error);
}

bool account_has(const struct account *account, unsigned int capability)
{
	return capability < 64 && account->capabilities >> capability & 1;
}

static bool in_group(const struct account *account, const struct node *node)
{
	for (size_t i = 0; i < account->n_gids; i++) {
		if (account->gids[i] == node->gid)
			return true;
	}
	for (size_t i = 0; node->group_name && i < account->n_group_names; i++) {
		if (strcmp(account->group_names[i], node->group_name) == 0)
			return true;
	}
	return false;
}

enum access node_access(const struct node *node, const struct account *account)
{
	uint32_t bits;

	if (node->error || account->error || !account->whom)
		return ACCESS_UNKNOWN;
	if (account_has(account, CAP_DAC_OVERRIDE))
		return ACCESS_ALLOWED;
	/* As in the kernel, only the first of owner, group and others that matches counts. */
	if (account->uid == node->uid)
		bits = node->mode >> 6;
	else if (node->has_acl)
		return ACCESS_UNKNOWN;
	else
		bits = in_group(account, node) ? node->mode >> 3 : node->mode;
	return (bits & 6) == 6 ? ACCESS_ALLOWED : ACCESS_DENIED;
}
