/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An HTML page about one or more hosts, for screen and print. */
#include "view/html/html.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/accident.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "model/fact.h"
#include "view/words.h"

/* One entry of a description list: a term and its details. */
__attribute__((format(printf, 3, 4))) static void term(FILE *out, const char *name,
						       const char *format, ...)
{
	char *text = NULL;
	va_list ap;

	va_start(ap, format);
	if (vasprintf(&text, format, ap) < 0)
		out_of_memory();
	va_end(ap);
	fprintf(out, "<dt>%s</dt>", name);
	html_within(out, "<dd>", text, "</dd>\n");
	free(text);
}

static const char *class_of_readiness(enum readiness readiness)
{
	return readiness == READINESS_READY	  ? "good"
	       : readiness == READINESS_NOT_READY ? "bad"
						  : "fair";
}

static void print_facts(FILE *out, const struct html_host *page)
{
	const struct host *host = page->report->host;
	_cleanup_free_ char *iommus = host_iommu_line(host, false);
	struct fact_room room = { 0 };

	fputs("<h3>Host</h3>\n<dl>\n", out);
	/* A host fact belongs to the kernel or to the host, as in diff: "kernel release". */
	for (const struct fact *fact = host_facts; fact->key; fact++) {
		const char *words = fact->places & FACT_HTML ? fact_words(fact, host, &room) : NULL;
		bool is_known = fact->known ? fact->known(host) : words != NULL;

		if (!(fact->places & FACT_HTML))
			continue;
		fprintf(out, "<dt>%s %s</dt>", difference_area_name(fact->area), fact->label);
		html_within(out, "<dd>", is_known && !words ? "none" : words_or_unknown(words),
			    "</dd>\n");
	}
	fact_room_clear(&room);
	term(out, "IOMMU", "%s", iommus);
	term(out, "Groups", "%zu, %zu bound to a vfio driver", host->n_groups,
	     host_count_bound(host));
	if (host->n_parameters)
		fputs("<dt>Parameters</dt><dd>", out);
	for (size_t i = 0; i < host->n_parameters; i++) {
		const struct parameter *parameter = &host->parameters[i];

		html_within(out, i ? ", <code>" : "<code>", parameter->module, ".");
		html_within(out, "", parameter->name, " = ");
		html_within(out, "",
			    parameter->value ? parameter->value : error_text(parameter->error),
			    "</code>");
	}
	fputs(host->n_parameters ? "</dd>\n" : "", out);
	for (size_t i = 0; i < host->n_unread; i++)
		term(out, "Not seen", "%s: %s", host->unread[i].path,
		     error_text(host->unread[i].error));
	term(out, "Source", "%s%s%s", page->label, page->recorded ? ", recorded " : "",
	     page->recorded ? page->recorded : "");
	fputs("</dl>\n", out);
}

/* OK findings only report the checks that were made; they are omitted here. */
static bool is_shown(const struct finding *finding)
{
	return finding->severity != SEVERITY_OK;
}

/* The commands of a fix, each in a block of its own, to be copied as it is. */
static void print_commands(FILE *out, const struct fix_command *commands, size_t count)
{
	fputs(count ? "<div class=\"commands\">\n" : "", out);
	for (size_t i = 0; i < count; i++) {
		html_within(out, "<p>", commands[i].does,
			    commands[i].is_repeatable ? "" : " (run it once)");
		html_within(out, ":</p>\n<pre>", commands[i].text, "</pre>\n");
	}
	fputs(count ? "</div>\n" : "", out);
}

void html_fix(FILE *out, const char *hint, const struct fix_command *commands, size_t count)
{
	if (hint)
		html_within(out, "<p>Fix: ", hint, "</p>");
	else if (count)
		fputs("<p>Fix:</p>", out);
	print_commands(out, commands, count);
}

static void print_findings(FILE *out, const struct findings *findings)
{
	size_t count = 0;

	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->finding[i];

		if (!is_shown(finding))
			continue;
		fputs(count++ ? "" : "<ul class=\"findings\">\n", out);
		fprintf(out, "<li class=\"%s\"><p><strong>%s</strong>: ",
			severity_name(finding->severity), severity_name(finding->severity));
		html_within(out, "", finding->subject, ": ");
		html_text(out, finding->message);
		html_within(out, " <code class=\"soft\">", finding->id, "</code></p>");
		html_fix(out, finding->hint, finding->commands, finding->n_commands);
		fputs("</li>\n", out);
	}
	fputs(count ? "</ul>\n" : "<p>No findings.</p>\n", out);
}

/* The host in one line: IOMMU, VFIO, and how many devices are in each state. */
static void print_summary(FILE *out, const struct host *host)
{
	_cleanup_free_ char *iommu = words_iommu(host);
	_cleanup_free_ char *vfio = words_vfio(host);
	size_t count = 0;

	html_within(out, "<p class=\"summary\"><span>IOMMU: ", iommu, "</span>");
	html_within(out, " <span>VFIO: ", vfio, "</span>");
	for (const enum device_state *state = words_order; *state; state++) {
		size_t in_state = host_count_state(host, *state);

		if (in_state)
			fprintf(out, " <span class=\"badge %s\">%zu %s</span>", state_name(*state),
				in_state, words_state(*state));
		count += in_state;
	}
	fputs(count ? "</p>\n" : " <span>no device to assign</span></p>\n", out);
}

/* Where nothing is bound the verdict is about the host alone, as in the text of check. */
static void print_verdict(FILE *out, const struct report *report)
{
	const struct host *host = report->host;
	bool is_bound = host_count_bound(host);
	enum readiness readiness = report->readiness == READINESS_NOT_BOUND ? READINESS_READY
									    : report->readiness;

	fprintf(out, "<p class=\"verdict %s\">%s: %s</p>\n", class_of_readiness(readiness),
		is_bound ? "Pass-through" : "Host", words_readiness(readiness));
	if (!is_bound && host->n_groups)
		fputs("<p>No device is bound to a vfio driver yet.</p>\n", out);
	else if (readiness != READINESS_NOT_READY && host_count_state(host, STATE_BOUND))
		fputs("<p>Processes that use devices were not seen.</p>\n", out);
}

/* @number: from 1; 0 for the only one, which the heading of the page names. */
static void print_host(FILE *out, const struct html_host *page, size_t number, bool *is_explained)
{
	const struct report *report = page->report;

	fprintf(out, "<section id=\"host-%zu\">\n", number ? number : 1);
	if (number)
		html_within(out, "<h2>Host ", words_or_unknown(report->host->name), "</h2>\n");
	print_verdict(out, report);
	print_summary(out, report->host);
	print_findings(out, &report->findings);
	html_devices(out, report);
	fputs("<div class=\"details\">\n", out);
	html_spaces(out, report, is_explained);
	print_facts(out, page);
	fputs("</div>\n</section>\n", out);
}

static size_t count_findings(const struct report *report, enum severity severity)
{
	size_t count = 0;

	for (size_t i = 0; i < report->findings.count; i++)
		count += report->findings.finding[i].severity == severity;
	return count;
}

/* A cell; on narrow screens its title stands before it. */
static void cell(FILE *out, const char *title, const char *text)
{
	fprintf(out, "<td title=\"%s\"", title);
	html_within(out, ">", text, "</td>");
}

static void print_row(FILE *out, const struct html_host *page, size_t number)
{
	const struct report *report = page->report;
	const struct host *host = report->host;
	_cleanup_free_ char *iommus = host_iommu_line(host, false);
	_cleanup_free_ char *devices = words_counts(host);
	_cleanup_free_ char *findings = xasprintf("%zu, %zu",
						  count_findings(report, SEVERITY_FAILURE),
						  count_findings(report, SEVERITY_WARNING));

	fprintf(out, "<tr><td title=\"Host\"><a href=\"#host-%zu\">", number);
	html_text(out, words_or_unknown(host->name));
	fprintf(out, "</a></td><td title=\"Verdict\" class=\"%s\">%s</td>",
		class_of_readiness(report->readiness), words_readiness(report->readiness));
	cell(out, "Failures, warnings", findings);
	cell(out, "Kernel", words_or_unknown(host->release));
	cell(out, "Machine", words_or_unknown(host->machine));
	cell(out, "IOMMU", iommus);
	cell(out, "Devices", devices);
	cell(out, "Source", page->label);
	fputs("</tr>\n", out);
}

/* The first finding of that kind which is shown, or NULL. */
static const struct finding *find_finding(const struct report *report, const char *id)
{
	for (size_t i = 0; i < report->findings.count; i++) {
		const struct finding *finding = &report->findings.finding[i];

		if (is_shown(finding) && strcmp(finding->id, id) == 0)
			return finding;
	}
	return NULL;
}

/* The worst severity that a kind of finding has on any host. */
static enum severity worst_severity(const struct html_host *hosts, size_t n_hosts, const char *id)
{
	enum severity worst = SEVERITY_OK;

	for (size_t h = 0; h < n_hosts; h++) {
		const struct findings *findings = &hosts[h].report->findings;

		for (size_t i = 0; i < findings->count; i++) {
			const struct finding *finding = &findings->finding[i];

			if (strcmp(finding->id, id) == 0 &&
			    severity_weight(finding->severity) > severity_weight(worst))
				worst = finding->severity;
		}
	}
	return worst;
}

/* A kind of finding, and on which hosts it is. */
static void print_finding_row(FILE *out, const struct html_host *hosts, size_t n_hosts,
			      const struct finding *finding, enum severity severity)
{
	size_t count = 0;

	fprintf(out, "<tr><td title=\"Severity\" class=\"%s\">%s</td><td title=\"Finding\">",
		severity_name(severity), severity_name(severity));
	html_text(out, finding->title ? finding->title : finding->message);
	fprintf(out, " <code class=\"soft\">%s</code></td><td title=\"On\">", finding->id);
	for (size_t h = 0; h < n_hosts; h++) {
		if (!find_finding(hosts[h].report, finding->id))
			continue;
		fprintf(out, "%s<a href=\"#host-%zu\">", count++ ? ", " : "", h + 1);
		html_within(out, "", words_or_unknown(hosts[h].report->host->name), "</a>");
	}
	fprintf(out, "</td><td title=\"Hosts\">%zu of %zu</td></tr>\n", count, n_hosts);
}

/* The kinds of findings whose worst severity weighs @weight, each once. */
static void print_findings_of_weight(FILE *out, const struct html_host *hosts, size_t n_hosts,
				     int weight)
{
	for (size_t h = 0; h < n_hosts; h++) {
		const struct findings *findings = &hosts[h].report->findings;

		for (size_t i = 0; i < findings->count; i++) {
			const struct finding *finding = &findings->finding[i];
			bool is_new = find_finding(hosts[h].report, finding->id) == finding;
			enum severity worst;

			for (size_t before = 0; is_new && before < h; before++)
				is_new = !find_finding(hosts[before].report, finding->id);
			worst = is_new ? worst_severity(hosts, n_hosts, finding->id) : SEVERITY_OK;
			if (is_new && severity_weight(worst) == weight)
				print_finding_row(out, hosts, n_hosts, finding, worst);
		}
	}
}

static void print_comparison(FILE *out, const struct html_host *hosts, size_t n_hosts)
{
	fputs("<section>\n<h2>Compared</h2>\n<table>\n<thead><tr><th>Host</th><th>Verdict</th>"
	      "<th>Failures, warnings</th><th>Kernel</th><th>Machine</th><th>IOMMU</th>"
	      "<th>Devices</th><th>Source</th></tr></thead>\n<tbody>\n",
	      out);
	for (size_t i = 0; i < n_hosts; i++)
		print_row(out, &hosts[i], i + 1);
	fputs("</tbody></table>\n<table>\n<thead><tr><th>Severity</th><th>Finding</th><th>On</th>"
	      "<th>Hosts</th></tr></thead>\n<tbody>\n",
	      out);
	for (int weight = severity_weight(SEVERITY_FAILURE); weight > 0; weight--)
		print_findings_of_weight(out, hosts, n_hosts, weight);
	fputs("</tbody></table>\n</section>\n", out);
}

int html_write(FILE *out, const struct html_host *hosts, size_t n_hosts)
{
	_cleanup_free_ char *name = n_hosts == 1
					    ? xstrdup(words_or_unknown(hosts[0].report->host->name))
					    : xasprintf("%zu hosts", n_hosts);
	bool is_explained = false;

	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" "
	      "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n",
	      out);
	html_within(out, "<title>VFIO report: ", name, "</title>\n<style>\n");
	fprintf(out, "%s</style>\n</head>\n<body>\n", html_style);
	html_space_patterns(out);
	html_within(out, "<h1>VFIO report: ", name, "</h1>\n");
	if (n_hosts > 1)
		print_comparison(out, hosts, n_hosts);
	for (size_t i = 0; i < n_hosts; i++)
		print_host(out, &hosts[i], n_hosts > 1 ? i + 1 : 0, &is_explained);
	fputs("<p class=\"soft\">Made by vfiodiag " PACKAGE_VERSION ".</p>\n</body>\n</html>\n",
	      out);
	return ferror(out) ? -EIO : 0;
}
