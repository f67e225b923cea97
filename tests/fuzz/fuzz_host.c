/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A whole host as a script (fuzz.h): scanned, checked, printed, and changed by uevents. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "fuzz.h"
#include "model/access.h"
#include "model/limits.h"
#include "scan/uevent.h"
#include "scan/scan.h"
#include "scan/update.h"

static void select_subjects(struct source *source, const struct host *host,
			    const struct script *script)
{
	struct selection selection = { 0 };

	for (size_t i = 0; i < script->n_subjects; i++)
		scan_subject(source, host, script->subjects[i], &selection);
	MUST(selection.n_groups <= script->n_subjects);
	selection_clear(&selection);
}

static void look_at_whom(struct source *source, const char *whom)
{
	struct memlock memlock = { 0 };
	struct account account = { 0 };

	if (scan_memlock(source, whom, &memlock) == 0)
		MUST(fuzz_is_clean(memlock.whom) && fuzz_is_clean(memlock.known_by));
	if (scan_account(source, whom, &account) == 0)
		MUST(fuzz_is_clean(account.whom));
	memlock_clear(&memlock);
	account_clear(&account);
}

static void note(struct update *update, const char *event)
{
	size_t len = strlen(event);
	_cleanup_free_ char *text = xstrdup(event);
	struct uevent uevent;

	for (char *at = text; (at = strchr(at, '\n')); at++)
		*at = '\0';
	if (uevent_parse(text, len + 1, &uevent))
		update_note(update, &uevent);
}

static void apply_uevents(struct source *source, struct host *host, const struct script *script)
{
	struct update update = { 0 };

	for (size_t i = 0; i < script->n_uevents; i++)
		note(&update, script->uevents[i]);
	if (!update_is_empty(&update))
		update_apply(&update, source, host);
	update_clear(&update);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct source *source;
	struct script script;
	struct host *host;

	script_read(data, len, &script);
	source = script_replay(&script);
	if (source) {
		host = examine_source(source);
		select_subjects(source, host, &script);
		for (size_t i = 0; i < script.n_whoms; i++)
			look_at_whom(source, script.whoms[i]);
		apply_uevents(source, host, &script);
		host_free(host);
		source_close(source);
	}
	script_clear(&script);
	return 0;
}
