/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/finding.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

void findings_add(struct findings *findings, const struct finding *finding)
{
	APPEND(findings->finding, findings->count, *finding);
}

static bool is_named(char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(names[i], name) == 0)
			return true;
	}
	return false;
}

bool finding_has_device(const struct finding *finding, const char *address)
{
	return is_named(finding->devices, finding->n_devices, address);
}

void finding_device(struct finding *finding, const char *address)
{
	if (!is_named(finding->devices, finding->n_devices, address))
		APPEND(finding->devices, finding->n_devices, xstrdup(address));
}

void finding_driver(struct finding *finding, const char *driver)
{
	if (driver && !is_named(finding->drivers, finding->n_drivers, driver))
		APPEND(finding->drivers, finding->n_drivers, xstrdup(driver));
}

void finding_add_group(struct finding *finding, unsigned int id)
{
	if (finding->group != FINDING_GROUPS) {
		free(finding->subject);
		finding->subject = xasprintf("groups %u", (unsigned int)finding->group);
		finding->group = FINDING_GROUPS;
	}
	xappend(&finding->subject, ", %u", id);
}

struct fix_command *finding_command(struct finding *finding, const char *does, char *text)
{
	struct fix_command command = { .text = text, .needs_root = true, .is_repeatable = true };

	if (!text)
		return NULL;
	command.does = xstrdup(does);
	APPEND(finding->commands, finding->n_commands, command);
	return &finding->commands[finding->n_commands - 1];
}

static void finding_clear(struct finding *finding)
{
	for (size_t i = 0; i < finding->n_devices; i++)
		free(finding->devices[i]);
	for (size_t i = 0; i < finding->n_drivers; i++)
		free(finding->drivers[i]);
	for (size_t i = 0; i < finding->n_commands; i++) {
		free(finding->commands[i].text);
		free(finding->commands[i].does);
	}
	free(finding->devices);
	free(finding->drivers);
	free(finding->commands);
	free(finding->subject);
	free(finding->message);
	free(finding->hint);
}

void findings_clear(struct findings *findings)
{
	for (size_t i = 0; i < findings->count; i++)
		finding_clear(&findings->finding[i]);
	free(findings->finding);
	*findings = (struct findings){ 0 };
}

int severity_weight(enum severity severity)
{
	static const int weights[] = {
		[SEVERITY_OK] = 0,	[SEVERITY_NOTE] = 1,	   [SEVERITY_WARNING] = 2,
		[SEVERITY_FAILURE] = 4, [SEVERITY_UNMEASURED] = 3,
	};

	return weights[severity];
}

void findings_sort(struct findings *findings)
{
	struct findings sorted = { 0 };

	for (int wanted = 4; wanted >= 0; wanted--) {
		for (size_t i = 0; i < findings->count; i++) {
			if (severity_weight(findings->finding[i].severity) == wanted)
				findings_add(&sorted, &findings->finding[i]);
		}
	}
	free(findings->finding);
	*findings = sorted;
}

const char *severity_name(enum severity severity)
{
	static const char *const names[] = { "ok", "note", "warning", "failure", "unmeasured" };

	return names[severity];
}
