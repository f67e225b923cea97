/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfiodiag collect: collect the diagnostics of a host into one file. */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/exit.h"
#include "base/text.h"
#include "capture/capture.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "model/access.h"
#include "model/limits.h"
#include "probe/probe.h"

#define ARCHIVE_SUFFIX ".tar.zst"

/**
 * struct collect_arguments - the command line.
 * @is_root: no other user can read more
 * @here: this machine, whose pci.ids has public names; NULL if they are not needed
 */
struct collect_arguments {
	bool probe;
	bool redact;
	bool is_root;
	struct source *here;
	const char **whom;
	size_t n_whom;
};

static void add_whom(void *arguments, const char *word)
{
	struct collect_arguments *collect = arguments;

	APPEND(collect->whom, collect->n_whom, word);
}

static const struct cli_option collect_options[] = {
	{ "probe", 0, NULL, "Add the live test of each bound group", 1,
	  .member = offsetof(struct collect_arguments, probe), .needs = PRIVILEGE_PROBE },
	{ "for", 0, "WHOM",
	  "Also read what 'check --for' needs for user:NAME or unit:NAME (repeatable)", 1,
	  .set = add_whom },
	{ "redact", 0, NULL,
	  "Remove what identifies the host: keep only what is known to be harmless", 1,
	  .member = offsetof(struct collect_arguments, redact) },
	{ 0 },
};

/* Read what 'check --for' needs: credentials for device nodes, and the memory lock limit. */
static void ask_for(struct source *source, const char *whom)
{
	struct memlock memlock = { 0 };
	struct account account = { 0 };
	int ret = scan_memlock(source, whom, &memlock);

	if (ret == -EINVAL)
		bad_usage("invalid value '%s' for --for: expected user:NAME or unit:NAME", whom);
	if (ret == -ENOENT)
		bad_usage("%.4s '%s' not found", whom, whom + strlen("user:"));
	scan_account(source, whom, &account);
	memlock_clear(&memlock);
	account_clear(&account);
}

/*
 * Return "vfiodiag-HOST-TIME", of characters that are safe in any shell and file system. It is a
 * prefix of every path in the archive, so HOST is no longer than a host name can be
 * (HOST_NAME_MAX).
 */
static char *base_name(const struct capture *capture)
{
	_cleanup_free_ char *host = capture_text(capture, "/proc/sys/kernel/hostname", "node");
	char when[sizeof("20261122T073025Z")];
	time_t time = (time_t)capture_recorded(capture);
	struct tm tm;
	char *name;

	gmtime_r(&time, &tm);
	strftime(when, sizeof(when), "%Y%m%dT%H%M%SZ", &tm);
	name = xasprintf("vfiodiag-%.*s-%s", HOST_NAME_MAX, host && *host ? host : "host", when);
	for (char *at = name; *at; at++) {
		if (!isalnum((unsigned char)*at) && !strchr("-._", *at))
			*at = '_';
	}
	return name;
}

static char *name_archive(const struct context *context)
{
	_cleanup_free_ char *name = base_name(source_capture(context->source));

	return xasprintf("%s" ARCHIVE_SUFFIX, name);
}

/* Print the name and size of the file. */
static void tell_size(const struct options *options, const char *path, long size)
{
	_cleanup_free_ char *name = text_clean(xstrdup(path));
	char text[16];

	if (!options->quiet && !output_is_stdout(path) && size > 0)
		printf("%s (%s)\n", name, text_size(text, sizeof(text), (uint64_t)size - 1));
}

/* Print how much could not be read. */
static void tell_missing(const struct capture *capture, const struct context *context)
{
	const struct collect_arguments *collect = context->arguments;
	json_t *manifest;
	size_t missing;

	if (context->options->quiet || output_is_stdout(context->path))
		return;
	manifest = manifest_head(capture);
	missing = json_object_size(json_object_get(manifest, "not_read"));
	if (missing)
		complain("%zu item%s could not be read%s; manifest.json lists %s", missing,
			 missing == 1 ? "" : "s", collect->is_root ? "" : " (root can read more)",
			 missing == 1 ? "it" : "them");
	json_decref(manifest);
}

/*
 * Tell if the pci.ids of this machine has that name: a capture may contain anything. @context: this
 * machine.
 */
static bool is_public_name(void *context, const char *ids, const char *key, const char *name)
{
	unsigned int vendor, device, class;
	struct pci_names names;
	const char *known;
	bool is_public;

	if (sscanf(ids, "%4x:%4x %6x", &vendor, &device, &class) != 3)
		return false;
	source_pci_names(context, &(struct pci_id){ (uint16_t)vendor, (uint16_t)device, class },
			 &names);
	known = strcmp(key, "vendor") == 0   ? names.vendor
		: strcmp(key, "device") == 0 ? names.device
					     : names.class_name;
	is_public = known && strcmp(known, name) == 0;
	pci_names_clear(&names);
	return is_public;
}

/* Read everything that a command may need from the capture. All of it is recorded. */
static int collect_host(struct context *context)
{
	static const struct probe_options probe_options = { .backend = BACKEND_NONE };
	const struct collect_arguments *collect = context->arguments;
	const struct options *options = context->options;
	struct source *source = context->source;
	struct host *host;

	/* An existing capture is only packed. */
	if (options->from)
		return EXIT_OBSERVED;
	cli_progress(options, "reading devices and groups");
	host = cli_scan(source, HOST_ALL_DETAILS, true);
	ask_for(source, NULL);
	for (size_t i = 0; i < collect->n_whom; i++)
		ask_for(source, collect->whom[i]);
	cli_progress(options, "reading network interfaces");
	scan_interfaces(source, host);
	scan_overrides(source, host);
	for (size_t i = 0; collect->probe && i < host->n_groups && !source_problem(source); i++) {
		if (!group_is_bound(host->groups[i]))
			continue;
		cli_progress(options, "probing group %u", host->groups[i]->id);
		probe_free(probe_run(source, host, host->groups[i], &probe_options));
	}
	host_free(host);
	return EXIT_OBSERVED;
}

/* The name of the archive is made of what is left. */
static int redact_host(struct context *context, int status)
{
	const struct collect_arguments *collect = context->arguments;
	struct public_names names = { .is_public = is_public_name, .context = collect->here };

	if (collect->redact)
		capture_redact(source_capture(context->source), collect->here ? &names : NULL);
	return status;
}

static int print_archive(struct context *context)
{
	struct capture *capture = source_capture(context->source);
	_cleanup_free_ char *name = base_name(capture);
	int ret;

	cli_progress(context->options, "packing");
	ret = capture_pack_ready(&context->problem);
	if (ret >= 0)
		ret = capture_pack(capture, name, context->out, &context->problem);
	cli_progress(context->options, NULL);
	if (ret >= 0)
		tell_missing(capture, context);
	return ret;
}

/*
 * Return the reason not to call the packed capture @name; NULL if there is none. The capture says
 * which host it is of and when it was made, and with that would choose the file here that it
 * replaces.
 */
static const char *name_problem(const char *name)
{
	size_t len = strlen(name), behind = strlen(ARCHIVE_SUFFIX);
	struct stat st;

	/* It should look like one from base_name(): a process that has read a capture made it. */
	if (!text_starts(name, "vfiodiag-") || len <= behind ||
	    strcmp(name + len - behind, ARCHIVE_SUFFIX) != 0 ||
	    name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._")])
		return "invalid archive name from the capture";
	return lstat(name, &st) == 0 ? "an archive of that host and time exists here already"
				     : NULL;
}

static void check_collect(void *arguments, const struct options *options)
{
	struct collect_arguments *collect = arguments;
	_cleanup_free_ char *problem = NULL;
	struct pci_names names;

	if (options->n_captures && collect->n_whom)
		bad_usage("--for cannot be used with --from: it reads the live host");
	if (options->n_captures && collect->probe)
		bad_usage("--probe cannot be used with --from: it tests the live host");
	if (options->output && output_is_stdout(options->output) && cli_is_terminal())
		bad_usage("refusing to write an archive to a terminal: name a file, or use a pipe");
	collect->is_root = geteuid() == 0;
	/* The pci.ids of this machine are read now: later there are no privileges to do so. */
	if (collect->redact && source_open_live(&collect->here) >= 0) {
		source_pci_names(collect->here, &(struct pci_id){ 0 }, &names);
		pci_names_clear(&names);
	}
	/* A child could not load the library. If it is missing, print_archive() says so. */
	capture_pack_ready(&problem);
}

static void clear_collect(void *arguments)
{
	struct collect_arguments *collect = arguments;

	source_close(collect->here);
	free(collect->whom);
}

const struct command command_collect = {
	.name = "collect",
	.summary = "collect the diagnostics of a host into one file",
	.doc = "Write everything that the other commands read on this host into one compressed "
	       "file, for 'vfiodiag --from FILE'; by default ./vfiodiag-HOST-TIME.tar.zst. Only "
	       "reads; --probe adds the live test. With --from, pack an existing capture.",
	.statuses = "0 written, 3 could not be written",
	.options = collect_options,
	.takes = TAKES_FROM | TAKES_VERBOSE | TAKES_QUIET | TAKES_OUTPUT,
	.operand = OPERAND_WORD,
	.reads = READS_SOURCE,
	.is_private = true,
	.unwritten = EXIT_UNMEASURED,
	.needs = PRIVILEGE_READ | PRIVILEGE_LOOK,
	.size = sizeof(struct collect_arguments),
	.open = source_open_collect,
	.check = check_collect,
	.work = collect_host,
	.judge = redact_host,
	.print = print_archive,
	.name_file = name_archive,
	.name_problem = name_problem,
	.written = tell_size,
	.clear = clear_collect,
};
