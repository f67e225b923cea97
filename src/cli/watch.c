/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfiodiag watch: print findings as they appear and clear. */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/accident.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "base/exit.h"
#include "check/state.h"
#include "cli/cli.h"
#include "cli/policy.h"
#include "scan/update.h"
#include "vfio/vfio.h"
#include "view/view.h"

/* Changes come in bursts: a removed card is a dozen events. Wait for a pause, but not forever. */
#define PAUSE_MS   200
#define PATIENCE_S 2

/**
 * struct watch - the state of a watch.
 * @source: the same as of @context
 * @findings: as they were printed
 * @failed: writing to standard output failed
 */
struct watch {
	const struct context *context;
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
	for (size_t i = 0; i < COUNT(signals); i++) {
		sigaddset(&set, signals[i]);
		sigaction(signals[i], &action, NULL);
	}
	sigprocmask(SIG_BLOCK, &set, NULL);
	/* A closed pipe is an output error, which ends the watch. */
	signal(SIGPIPE, SIG_IGN);
}

static void print_change(struct watch *watch, const struct change *change)
{
	if (change->finding && change->finding->severity == SEVERITY_OK &&
	    !watch->context->view.verbose)
		return;
	if (watch->context->options->format->write_change(stdout, change, &watch->context->view) <
	    0)
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
	const struct subjects *subjects = &watch->context->options->subjects;

	report->named = subjects->n_words > 0;
	for (int i = 0; i < subjects->n_words; i++) {
		if (scan_subject(watch->source, watch->host, subjects->words[i], selection) < 0)
			APPEND(report->missing, report->n_missing, subjects->words[i]);
	}
	if (!report->named)
		cli_select_bound(watch->host, subjects->all, selection);
}

/* Check, and print the differences to the last check. */
static void check_again(struct watch *watch)
{
	struct report report = { .host = watch->host };
	struct selection selection = { 0 };
	enum readiness before = watch->readiness;
	struct changes changes;

	select_now(watch, &selection, &report);
	cli_check(&watch->context->options->policy, &selection, &report);
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
	watch->host = cli_scan(watch->source, HOST_ALL_DETAILS, true);
}

/* Receive the events that are queued. */
static void receive_events(struct watch *watch, struct update *update)
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

static void apply(struct watch *watch, const struct update *update)
{
	bool rereads = update->lost || update->all;

	/* Something may be readable now, and no event would tell. */
	for (size_t i = 0; i < watch->host->n_unread; i++)
		rereads |= is_accident(watch->host->unread[i].error);
	/* Files that did not answer before are read again, once for each burst. */
	source_patience(watch->source);
	if (update->lost)
		print_event(watch, CHANGE_LOST);
	if (rereads) {
		read_all(watch);
	} else {
		update_apply(update, watch->source, watch->host);
		if (update->modules)
			vfio_scan_container(watch->source, watch->host);
		judge_states(watch->host);
	}
	check_again(watch);
}

static void handle_events(struct watch *watch)
{
	while (!stopped && !watch->failed) {
		struct update update = { 0 };
		time_t until;
		int ret;

		if (source_uevents_wait(watch->uevents, -1) < 0)
			continue;
		/* Until the next pause, or until PATIENCE_S have passed. */
		until = time(NULL) + PATIENCE_S;
		do {
			receive_events(watch, &update);
			ret = source_uevents_wait(watch->uevents, PAUSE_MS);
		} while (ret > 0 && time(NULL) < until);
		if (!update_is_empty(&update))
			apply(watch, &update);
		update_clear(&update);
	}
}

static int watch_host(struct context *context)
{
	struct watch watch = { .context = context, .source = context->source };
	int status = EXIT_OBSERVED;
	int ret;

	/* This comes first, so that no event between reading and listening is lost. */
	ret = source_uevents_open(watch.source, &watch.uevents);
	if (ret < 0) {
		complain("cannot receive kernel events (netlink: %s)", strerror(-ret));
		return EXIT_UNMEASURED;
	}
	read_all(&watch);
	cli_select(watch.source, watch.host, &context->options->subjects, &context->selection);
	catch_signals();
	check_again(&watch);
	handle_events(&watch);
	if (watch.failed) {
		complain("cannot write to standard output");
		status = EXIT_UNMEASURED;
	}
	source_uevents_close(watch.uevents);
	findings_clear(&watch.findings);
	host_free(watch.host);
	return status;
}

const struct command command_watch = {
	.name = "watch",
	.summary = "print findings as they appear and clear",
	.usage = "[SUBJECT...]",
	.doc = "Print the findings of 'vfiodiag check' as they appear and clear, beginning with "
	       "the current ones. Only reads, and rereads only what changed. Without a SUBJECT, the "
	       "groups with a device bound to a vfio driver are watched.",
	.statuses = "0 after SIGINT or SIGTERM, 3 cannot receive events or write the output",
	.takes = TAKES_COLOR | TAKES_VERBOSE | TAKES_ALL | TAKES_POLICY,
	.operand = OPERAND_SUBJECT,
	.max = INT_MAX,
	.formats = { &format_text, &format_json },
	.reads = READS_SOURCE,
	.needs = PRIVILEGE_READ | PRIVILEGE_LOOK,
	.work = watch_host,
};
