/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Find the capture that ended a child which read several. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "cli/cli.h"
#include "cli/worker.h"

static void rewind_all(const struct job *job)
{
	for (size_t i = 0; i < job->count; i++)
		capture_input_rewind(&job->inputs[i]);
}

static void lose_capture(char **lost, size_t index, char *problem)
{
	complain("%s", problem);
	lost[index] = problem;
}

/* Run @job for capture @only. */
static void run_alone(const struct job *job, char **lost, size_t only, struct outcome *outcome)
{
	_cleanup_free_ char **kept = xcalloc(job->count, sizeof(*kept));
	static char left_out[] = "";

	memcpy(kept, lost, job->count * sizeof(*kept));
	for (size_t i = 0; i < job->count; i++)
		lost[i] = i == only ? NULL : left_out;
	rewind_all(job);
	worker_run(job, outcome);
	memcpy(lost, kept, job->count * sizeof(*kept));
}

/* Leave out each capture that ends a child of its own. Return: how many there were. */
static size_t try_each(const struct job *job, char **lost, uint64_t *loads)
{
	size_t found = 0;

	for (size_t i = 0; i < job->count; i++) {
		struct outcome outcome;

		if (lost[i])
			continue;
		run_alone(job, lost, i, &outcome);
		loads[i] = outcome.load;
		if (outcome.problem) {
			lose_capture(lost, i, outcome.problem);
			outcome.problem = NULL;
			found++;
		}
		outcome_clear(&outcome);
	}
	return found;
}

void worker_leave_out(const struct job *job, char **lost, uint64_t **loads, struct outcome *outcome)
{
	size_t found = 0, heaviest = job->count;

	if (!*loads) {
		*loads = xcalloc(job->count, sizeof(**loads));
		found = try_each(job, lost, *loads);
	}
	for (size_t i = 0; !found && i < job->count; i++) {
		if (!lost[i] && (heaviest == job->count || (*loads)[i] > (*loads)[heaviest]))
			heaviest = i;
	}
	if (!found)
		lose_capture(
			lost, heaviest,
			xasprintf(
				"'%s': left out: the reader of all captures ended early, and this one "
				"takes most",
				job->paths[heaviest]));
	outcome_clear(outcome);
	rewind_all(job);
}
