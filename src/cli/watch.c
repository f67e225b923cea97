/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfiodiag watch: print findings as they appear and clear. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/accident.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/exit.h"
#include "cli/cli.h"
#include "cli/policy.h"
#include "scan/update.h"
#include "vfio/vfio.h"
#include "view/watch.h"

/* Changes come in bursts: a removed card is a dozen events. Wait for a pause, but not forever. */
#define PAUSE_MS   200
#define PATIENCE_S 2

struct watch_arguments {
	struct options common;
	const struct change_format *format;
	struct policy_arguments policy;
	struct subjects subjects;
};

enum { KEY_FORMAT = 0x200 };

static const struct argp_option watch_argp_options[] = {
	{ "format", KEY_FORMAT, "FORMAT", 0,
	  "Output format: text (default) or json (one object per line, schema vfiodiag/1)", 1 },
	{ 0 },
};

static error_t parse_watch(int key, char *arg, struct argp_state *state)
{
	struct watch_arguments *arguments = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &arguments->common;
		state->child_inputs[1] = &arguments->policy;
		state->child_inputs[2] = &arguments->subjects;
		return 0;
	case KEY_FORMAT:
		arguments->format = change_format_find(arg);
		if (!arguments->format)
			bad_usage("unknown format '%s': use text or json", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child watch_children[] = { { &common_argp, 0, NULL, 0 },
						    { &policy_argp, 0, NULL, 0 },
						    { &subject_argp, 0, NULL, 0 },
						    { 0 } };

static const struct argp watch_argp = {
	.options = watch_argp_options,
	.parser = parse_watch,
	.args_doc = "[SUBJECT...]",
	.doc = "Print the findings of 'vfiodiag check' as they appear and clear, beginning with "
	       "the current ones. Only reads, and rereads only what changed. SUBJECT is a group "
	       "number, a PCI address or a network interface; without one, the groups with a "
	       "device bound to a vfio driver are watched.\vExit status: 0 after SIGINT or "
	       "SIGTERM, 3 cannot receive events or write the output, 64 usage error.",
	.children = watch_children,
};

/**
 * struct watch - the state of a watch.
 * @findings: as they were printed
 * @failed: writing to standard output failed
 */
struct watch {
	const struct watch_arguments *arguments;
	struct view_options view;
	struct source *source;
	struct source_uevents *uevents;
	struct host *host;
	struct findings findings;
	enum readiness readiness;
	bool failed;
};

static volatile sig_atomic_t stopped;

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

/*
 * Signals are blocked except while the program waits in ppoll(2), so that none arrives between the
 * check of @stopped and the wait.
 */
static void catch_signals(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_handler = stop };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
		sigaddset(&set, signals[i]);
		sigaction(signals[i], &action, NULL);
	}
	sigprocmask(SIG_BLOCK, &set, NULL);
	/* A closed pipe is an output error, which ends the watch. */
	signal(SIGPIPE, SIG_IGN);
}

static void print_change(struct watch *watch, const struct change *change)
{
	if (change->finding && change->finding->severity == SEVERITY_OK && !watch->view.verbose)
		return;
	if (watch->arguments->format->write(stdout, change, &watch->view) < 0)
		watch->failed = true;
}

static void print_event(struct watch *watch, enum change_kind kind)
{
	struct change change = { .kind = kind, .when = time(NULL), .readiness = watch->readiness };

	print_change(watch, &change);
}

/* Resolve the SUBJECTs now; that of a removed device resolves to nothing. */
static void select_now(const struct watch *watch, struct selection *selection,
		       struct report *report)
{
	const struct subjects *subjects = &watch->arguments->subjects;

	report->named = subjects->n_words > 0;
	for (int i = 0; i < subjects->n_words; i++) {
		if (scan_subject(watch->source, watch->host, subjects->words[i], selection) < 0)
			APPEND(report->missing, report->n_missing, subjects->words[i]);
	}
	if (!report->named)
		cli_select_bound(watch->host, subjects->all, selection);
}

/* Check, and print the differences to the last check. */
static void look(struct watch *watch)
{
	struct report report = { .host = watch->host };
	struct selection selection = { 0 };
	enum readiness before = watch->readiness;
	struct changes changes;

	select_now(watch, &selection, &report);
	cli_check(&watch->arguments->policy, &selection, &report);
	changes_find(&watch->findings, &report.findings, time(NULL), &changes);
	for (size_t i = 0; i < changes.count; i++)
		print_change(watch, &changes.change[i]);
	watch->readiness = report.readiness;
	if (before != report.readiness)
		print_event(watch, CHANGE_VERDICT);

	free(changes.change);
	findings_clear(&watch->findings);
	watch->findings = report.findings;
	report.findings = (struct findings){ 0 };
	report_clear(&report);
	selection_clear(&selection);
}

static void read_all(struct watch *watch)
{
	host_free(watch->host);
	watch->host = scan_host(watch->source);
	scan_readiness(watch->source, watch->host);
	vfio_scan_container(watch->source, watch->host);
}

/* Receive the events that are queued. */
static void gather(struct watch *watch, struct update *update)
{
	_cleanup_free_ char *text = NULL;
	struct uevent uevent;
	size_t len;
	int ret;

	while ((ret = source_uevents_next(watch->uevents, &text, &len)) != -EAGAIN) {
		if (ret < 0)
			update->lost = true;
		else if (uevent_parse(text, len, &uevent))
			update_note(update, &uevent);
		free(text);
		text = NULL;
	}
	if (source_uevents_net_changed(watch->uevents))
		update->net = true;
}

/* Gather events until the next pause, or until PATIENCE_S have passed. */
static void gather_burst(struct watch *watch, struct update *update)
{
	time_t until = time(NULL) + PATIENCE_S;
	int ret;

	do {
		gather(watch, update);
		ret = source_uevents_wait(watch->uevents, PAUSE_MS);
	} while (ret > 0 && time(NULL) < until);
}

/* Tell if something could not be read that may well be read now; nothing else would take that back. */
static bool has_accidents(const struct host *host)
{
	for (size_t i = 0; i < host->n_unread; i++) {
		if (is_accident(host->unread[i].error))
			return true;
	}
	return false;
}

static void apply(struct watch *watch, const struct update *update)
{
	/* Files that did not answer before are read again, once for each burst. */
	source_patience(watch->source);
	if (update->lost)
		print_event(watch, CHANGE_LOST);
	if (update->lost || update->all || has_accidents(watch->host)) {
		read_all(watch);
	} else {
		update_apply(update, watch->source, watch->host);
		if (update->modules)
			vfio_scan_container(watch->source, watch->host);
	}
	look(watch);
}

static void follow(struct watch *watch)
{
	while (!stopped && !watch->failed) {
		struct update update = { 0 };

		if (source_uevents_wait(watch->uevents, -1) < 0)
			continue;
		gather_burst(watch, &update);
		if (!update_is_empty(&update))
			apply(watch, &update);
		update_clear(&update);
	}
}

static int run_watch(int argc, char **argv, const struct options *options)
{
	struct watch_arguments arguments = { .common = *options, .policy = policy_default };
	struct watch watch = { .arguments = &arguments };
	struct selection selection = { 0 };
	int status = EXIT_OBSERVED;
	int ret;

	arguments.format = change_format_find("text");
	cli_parse(&watch_argp, argc, argv, 0, NULL, &arguments);
	if (arguments.common.from || arguments.common.sysroot || arguments.common.record)
		bad_usage("watch does not take --from, --sysroot or --record");
	watch.source = cli_open(&arguments.common);
	watch.view.color = cli_color(&arguments.common);
	watch.view.verbose = arguments.common.verbose;
	/* This comes first, so that no event between reading and listening is lost. */
	ret = source_uevents_open(watch.source, &watch.uevents);
	if (ret < 0) {
		complain("cannot receive kernel events (netlink: %s)", strerror(-ret));
		return cli_close(watch.source, EXIT_UNMEASURED);
	}
	read_all(&watch);
	cli_select(watch.source, watch.host, &arguments.subjects, &selection);
	selection_clear(&selection);
	catch_signals();
	look(&watch);
	follow(&watch);
	if (watch.failed) {
		complain("cannot write to standard output");
		status = EXIT_UNMEASURED;
	}
	source_uevents_close(watch.uevents);
	findings_clear(&watch.findings);
	host_free(watch.host);
	policy_clear(&arguments.policy);
	return cli_close(watch.source, status);
}

const struct command command_watch = {
	.name = "watch",
	.summary = "print findings as they appear and clear",
	.needs = PRIVILEGE_READ | PRIVILEGE_LOOK,
	.run = run_watch,
};
