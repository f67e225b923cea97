/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_CLI_WORKER_H
#define VFIODIAG_CLI_WORKER_H

#include <stdbool.h>
#include <stddef.h>

#include "capture/capture.h"
#include "cli/cli.h"
#include "cli/output.h"

/*
 * A capture may come from anyone, so a child without privileges reads it, judges and prints
 * (docs/privilege.md). Its parent opens the captures, keeps the output until the child is done, and
 * passes it on. A fault that ends the child ends one capture, not the run.
 */

/** worker_fn - the work of a child. Return: exit status. */
typedef int (*worker_fn)(void *context);

/**
 * struct job - work for a child.
 * @paths: names of the captures, @count of them
 * @inputs: the same, open
 * @progress: tell on a terminal which of them is being read
 */
struct job {
	const struct options *options;
	worker_fn work;
	void *context;
	char *const *paths;
	const struct capture_input *inputs;
	size_t count;
	bool progress;
};

/**
 * struct outcome - the result of a job. Clear it with outcome_clear().
 * @status: exit status of the child; EXIT_UNMEASURED where something else ended it
 * @text: what it printed, @len bytes, with a NUL behind them; NULL unless it came to its end
 * @problem: what ended it early, in a sentence that names the capture; NULL if it finished
 * @is_told: the child itself has said why
 * @at: index of the capture that it was at
 * @load: what it took of the limit that it came closest to, in thousandths
 * @name: what worker_name() was told; or ""
 */
struct outcome {
	int status;
	char *text;
	size_t len;
	char *problem;
	bool is_told;
	size_t at;
	uint64_t load;
	char name[256];
};

/** outcome_clear() - free the members of @outcome. */
void outcome_clear(struct outcome *outcome);

/**
 * worker_open() - open a capture for a job, with the privilege to read files.
 * @is_listed: capture_list() found it
 */
void worker_open(const struct options *options, const char *path, bool is_listed,
		 struct capture_input *input);

/**
 * worker_run() - do @job in a child, and pass on its standard error.
 *
 * Ends the program with a message and EXIT_UNMEASURED if the child cannot be started or cannot
 * enter its sandbox.
 */
void worker_run(const struct job *job, struct outcome *outcome);

/**
 * worker_leave_out() - leave out a capture after a job with several has ended early, with @outcome.
 * @lost: of each capture its problem, which the work leaves out, or NULL for two of them at least
 * @loads: of each capture alone; NULL before the first call. Free it.
 *
 * The one that was being read need not be at fault: another one may have used up what all together
 * may take. So each is tried alone, and if none ends early, the one that takes most is left out.
 * The rest can be read from the beginning.
 */
void worker_leave_out(const struct job *job, char **lost, uint64_t **loads,
		      struct outcome *outcome);

/**
 * worker_print() - write the output of the child, all at once, to standard output.
 *
 * Return: 0, or a negative errno after a message.
 */
int worker_print(const struct outcome *outcome);

/**
 * worker_save() - write the output of the child into the file @path, or say what ended it.
 * @readers: who may read that file
 * @unwritten: exit status where it could not be written
 *
 * Return: the exit status of the run.
 */
int worker_save(const struct outcome *outcome, const char *path, enum output_readers readers,
		int unwritten);

/** worker_is_here() - tell if this process is the child, whose output goes to standard output. */
bool worker_is_here(void);

/** worker_at() - in the child, set the index of the capture that is being read. */
void worker_at(size_t index);

/** worker_name() - in the child, set the default name of the file. */
void worker_name(const char *name);

#endif
