/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The credentials with which a user, unit or process opens device nodes. */
#include "scan/internal.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

static void process_account(struct source *source, struct account *account)
{
	struct source_process process;
	int ret = source_process(source, &process);
	int first;

	account->whom = xstrdup("this process");
	account->error = -ret;
	if (ret < 0)
		return;
	account->uid = process.uid;
	APPEND(account->gids, account->n_gids, process.gid);
	for (size_t i = 0; i < process.n_groups; i++)
		APPEND(account->gids, account->n_gids, process.groups[i]);
	first = scan_first_namespace(source, "self");
	if (first > 0)
		account->capabilities = process.capabilities;
	account->error = first < 0 ? -first : 0;
	source_process_clear(&process);
}

void scan_user_account(const struct source_user *user, struct account *account)
{
	account->uid = user->uid;
	APPEND(account->gids, account->n_gids, user->gid);
	for (size_t i = 0; i < user->n_groups; i++)
		APPEND(account->gids, account->n_gids, user->groups[i].gid);
	account->capabilities = user->uid ? 0 : UINT64_MAX;
}

static int user_account(struct source *source, const char *name, struct account *account)
{
	struct source_user user;
	int ret = *name ? source_user(source, name, &user) : -EINVAL;

	if (ret == -EINVAL || ret == -ENOENT)
		return ret;
	account->whom = text_clean(xasprintf("user %s", name));
	account->error = -ret;
	if (ret >= 0) {
		scan_user_account(&user, account);
		source_user_clear(&user);
	}
	return 0;
}

int scan_account(struct source *source, const char *whom, struct account *account)
{
	*account = (struct account){ 0 };
	if (!whom) {
		process_account(source, account);
		return 0;
	}
	if (text_starts(whom, "user:"))
		return user_account(source, whom + strlen("user:"), account);
	if (text_starts(whom, "unit:")) {
		struct unit unit;
		int ret = scan_unit(source, whom + strlen("unit:"), &unit);

		if (ret == 0) {
			account->whom = text_clean(xasprintf("unit %s", unit.name));
			scan_unit_account(source, &unit, account);
		}
		unit_clear(&unit);
		return ret;
	}
	return -EINVAL;
}
