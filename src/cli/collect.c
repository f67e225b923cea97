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
#include "cli/worker.h"
#include "model/access.h"
#include "model/limits.h"
#include "probe/probe.h"

#define ARCHIVE_SUFFIX ".tar.zst"

/**
 * struct collect_arguments - the parsed command line.
 * @is_root: no other user can read more
 * @here: this machine, whose pci.ids has public names; NULL if they are not needed
 */
struct collect_arguments {
	struct options common;
	const char *output;
	bool probe;
	bool redact;
	bool is_root;
	struct source *here;
	const char **whom;
	size_t n_whom;
};

enum { KEY_PROBE = 0x200, KEY_REDACT, KEY_FOR };

static const struct argp_option collect_argp_options[] = {
	{ "output", 'o', "FILE", 0,
	  "Write to FILE; - is standard output (default: ./vfiodiag-HOST-TIME.tar.zst)", 1 },
	{ "probe", KEY_PROBE, NULL, 0, "Add the live test of each bound group", 1 },
	{ "for", KEY_FOR, "WHOM", 0,
	  "Also read what 'check --for' needs for user:NAME or unit:NAME (repeatable)", 1 },
	{ "redact", KEY_REDACT, NULL, 0,
	  "Remove what identifies the host: keep only what is known to be harmless", 1 },
	{ 0 },
};

static error_t parse_collect(int key, char *arg, struct argp_state *state)
{
	struct collect_arguments *arguments = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &arguments->common;
		return 0;
	case 'o':
		arguments->output = arg;
		return 0;
	case KEY_PROBE:
		arguments->probe = true;
		return 0;
	case KEY_FOR:
		APPEND(arguments->whom, arguments->n_whom, arg);
		return 0;
	case KEY_REDACT:
		arguments->redact = true;
		return 0;
	case ARGP_KEY_ARG:
		bad_usage("unexpected argument '%s'", arg);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child collect_children[] = { { &common_argp, 0, NULL, 0 }, { 0 } };

static const struct argp collect_argp = {
	.options = collect_argp_options,
	.parser = parse_collect,
	.doc = "Write everything that the other commands read on this host into one compressed "
	       "file, for 'vfiodiag --from FILE'. Only reads; --probe adds the live test. With "
	       "--from, pack an existing capture.\vExit status: 0 written, 3 could not be "
	       "written, 64 usage error.",
	.children = collect_children,
};

static void check_arguments(const struct collect_arguments *arguments)
{
	if (arguments->common.record || arguments->common.sysroot)
		bad_usage("collect does not take --record or --sysroot");
	if (arguments->common.from && arguments->n_whom)
		bad_usage("--for cannot be used with --from: it reads the live host");
	if (arguments->common.from && arguments->probe)
		bad_usage("--probe cannot be used with --from: it tests the live host");
	if (arguments->output && output_is_stdout(arguments->output) && cli_is_terminal())
		bad_usage("refusing to write an archive to a terminal: name a file, or use a pipe");
	output_check(arguments->output ? arguments->output : "./name");
}

static struct source *open_source(const struct options *options)
{
	struct source *source = NULL;
	int ret;

	if (options->from)
		return cli_open(options);
	ret = source_open_collect(&source);
	cli_limit_reading(options);
	if (ret < 0)
		give_up(EIO, "cannot read '/': %s", strerror(-ret));
	return source;
}

/* Run the live test of each group with a device bound to a vfio driver. */
static void probe_groups(struct source *source, const struct host *host,
			 const struct options *options)
{
	static const struct probe_options probe_options = { .backend = BACKEND_NONE };

	for (size_t i = 0; i < host->n_groups && !source_problem(source); i++) {
		if (!group_is_bound(host->groups[i]))
			continue;
		cli_progress(options, "probing group %u", host->groups[i]->id);
		probe_free(probe_run(source, host, host->groups[i], &probe_options));
	}
}

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

/* Read everything that a command may need from the capture. All of it is recorded. */
static void gather(struct source *source, const struct collect_arguments *arguments)
{
	struct host *host;

	cli_progress(&arguments->common, "reading devices and groups");
	host = cli_scan(source, true);
	ask_for(source, NULL);
	for (size_t i = 0; i < arguments->n_whom; i++)
		ask_for(source, arguments->whom[i]);
	cli_progress(&arguments->common, "reading network interfaces");
	scan_interfaces(source, host);
	scan_overrides(source, host);
	if (arguments->probe)
		probe_groups(source, host, &arguments->common);
	host_free(host);
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

/* Print the name and size of the file. */
static void tell_size(const char *path, long size, const struct options *options)
{
	_cleanup_free_ char *name = text_clean(xstrdup(path));
	char text[16];

	if (!options->quiet && !output_is_stdout(path) && size > 0)
		printf("%s (%s)\n", name, text_size(text, sizeof(text), (uint64_t)size - 1));
}

/* Print how much could not be read. */
static void tell_missing(const struct capture *capture, const char *path,
			 const struct collect_arguments *arguments)
{
	json_t *manifest;
	size_t missing;

	if (arguments->common.quiet || output_is_stdout(path))
		return;
	manifest = manifest_head(capture);
	missing = json_object_size(json_object_get(manifest, "not_read"));
	if (missing)
		complain("%zu item%s could not be read%s; manifest.json lists %s", missing,
			 missing == 1 ? "" : "s", arguments->is_root ? "" : " (root can read more)",
			 missing == 1 ? "it" : "them");
	json_decref(manifest);
}

static int write_archive(const struct capture *capture, const struct collect_arguments *arguments)
{
	_cleanup_free_ char *name = base_name(capture);
	_cleanup_free_ char *usual = xasprintf("%s" ARCHIVE_SUFFIX, name);
	const char *path = arguments->output ? arguments->output : usual;
	_cleanup_free_ char *problem = NULL;
	struct output output = { 0 };
	long size = 0;
	int ret, closed;

	worker_name(usual);
	ret = capture_pack_ready(&problem);
	if (ret >= 0)
		ret = output_open(&output, path, OUTPUT_PRIVATE);
	if (ret >= 0) {
		ret = capture_pack(capture, name, output.file, &problem);
		size = ftell(output.file);
		closed = output_close(&output, ret >= 0);
		ret = ret < 0 ? ret : closed;
	}
	if (ret < 0) {
		complain("cannot write '%s': %s", path,
			 problem ? problem : output_reason(&output, ret));
		return EXIT_UNMEASURED;
	}
	if (!worker_is_here())
		tell_size(path, size, &arguments->common);
	tell_missing(capture, path, arguments);
	return EXIT_OBSERVED;
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

/* Read the pci.ids of this machine: later there are no privileges to do so. NULL if that fails. */
static struct source *open_names(bool redact)
{
	struct source *here = NULL;
	struct pci_names names;

	if (!redact || source_open_live(&here) < 0)
		return NULL;
	source_pci_names(here, &(struct pci_id){ 0 }, &names);
	pci_names_clear(&names);
	return here;
}

static void redact(struct source *source, struct source *here)
{
	struct public_names names = { .is_public = is_public_name, .context = here };

	capture_redact(source_capture(source), here ? &names : NULL);
}

static int collect_host(void *context)
{
	const struct collect_arguments *arguments = context;
	struct source *source = open_source(&arguments->common);
	int status = EXIT_UNMEASURED;

	if (!arguments->common.from)
		gather(source, arguments);
	cli_limit_printing(&arguments->common);
	cli_progress(&arguments->common, "packing");
	if (arguments->redact)
		redact(source, arguments->here);
	if (!source_problem(source))
		status = write_archive(source_capture(source), arguments);
	cli_progress(&arguments->common, NULL);
	return cli_close(source, cli_flush(status));
}

/*
 * Tell if @name looks like one from base_name(): it comes from a process that has read a capture.
 */
static bool is_usual_name(const char *name)
{
	size_t len = strlen(name), behind = strlen(ARCHIVE_SUFFIX);

	return text_starts(name, "vfiodiag-") && len > behind &&
	       strcmp(name + len - behind, ARCHIVE_SUFFIX) == 0 &&
	       strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._") ==
		       len;
}

/*
 * Return the reason not to call the packed capture @name; NULL if there is none. The capture says which host it is of
 * and when it was made, and with that would choose the file here that it replaces.
 */
static const char *name_problem(const char *name)
{
	struct stat st;

	if (!is_usual_name(name))
		return "invalid archive name from the capture";
	return lstat(name, &st) == 0 ? "an archive of that host and time exists here already"
				     : NULL;
}

/* Pack an existing capture. */
static int pack_in_child(struct collect_arguments *arguments)
{
	struct options *options = &arguments->common;
	char *path = (char *)options->from;
	struct capture_input input;
	struct job job = { .options = options,
			   .work = collect_host,
			   .context = arguments,
			   .paths = &path,
			   .inputs = &input,
			   .count = 1 };
	struct outcome outcome;
	_cleanup_free_ char *problem = NULL;
	const char *unnamed = NULL;
	const char *output;
	int status;

	worker_open(options, path, false, &input);
	/* If the library is missing, the child says so. */
	capture_pack_ready(&problem);
	options->input = &input;
	cli_progress(options, "packing");
	worker_run(&job, &outcome);
	cli_progress(options, NULL);
	capture_input_close(&input);
	cli_limit_printing(options);
	if (!arguments->output && !outcome.problem && outcome.len)
		unnamed = name_problem(outcome.name);
	if (unnamed) {
		complain("'%s': %s: name a file with --output", path, unnamed);
		outcome_clear(&outcome);
		return EXIT_UNMEASURED;
	}
	output = arguments->output ? arguments->output : outcome.name;
	status = outcome.status;
	if (outcome.problem || outcome.len)
		status = worker_save(&outcome, output, OUTPUT_PRIVATE, EXIT_UNMEASURED);
	if (status == EXIT_OBSERVED)
		tell_size(output, (long)outcome.len, options);
	outcome_clear(&outcome);
	return cli_flush(status);
}

static int run_collect(int argc, char **argv, const struct options *options)
{
	struct collect_arguments arguments = { .common = *options, .is_root = geteuid() == 0 };
	int status;

	cli_parse(&collect_argp, argc, argv, 0, NULL, &arguments);
	if (!arguments.probe)
		arguments.common.needs &= ~(unsigned int)PRIVILEGE_PROBE;
	check_arguments(&arguments);
	if (arguments.output && output_is_stdout(arguments.output))
		arguments.common.needs &= ~(unsigned int)PRIVILEGE_WRITE;
	arguments.here = open_names(arguments.redact);
	status = arguments.common.from ? pack_in_child(&arguments) : collect_host(&arguments);
	source_close(arguments.here);
	free(arguments.whom);
	return status;
}

const struct command command_collect = {
	.name = "collect",
	.summary = "collect the diagnostics of a host into one file",
	.needs = PRIVILEGE_READ | PRIVILEGE_LOOK | PRIVILEGE_PROBE | PRIVILEGE_WRITE,
	.run = run_collect,
};
