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

/* One rule per line. No rule may refer to anything outside the page. */
static const char style[] =
	":root{color-scheme:light dark;--page:#fff;--ink:#1c1f23;--soft:#5b636d;--line:#d4d9df;"
	"--card:#f6f7f9;--usable:#bfe3c6;--usable-line:#2f7d43;--reserved:#fbe3b0;"
	"--reserved-line:#9a6a00;--contradicts:#f7c4c0;--contradicts-line:#b3261e;"
	"--not-allowed:#e4e7eb;--not-allowed-line:#7a838e;--good:#1e6b34;--fair:#855b00;"
	"--bad:#b3261e}\n"
	"@media (prefers-color-scheme:dark){:root{--page:#14171a;--ink:#e6e8eb;--soft:#a3abb5;"
	"--line:#3a4149;--card:#1d2126;--usable:#1f4a2b;--usable-line:#6cc484;--reserved:#4d3a0d;"
	"--reserved-line:#e2b04a;--contradicts:#5a1f1b;--contradicts-line:#f2938c;"
	"--not-allowed:#2a2f35;--not-allowed-line:#8a939e;--good:#7bd092;--fair:#e8b95a;"
	"--bad:#f59b94}}\n"
	"*{box-sizing:border-box}\n"
	"body{margin:0 auto;max-width:64rem;padding:1rem;background:var(--page);color:var(--ink);"
	"font:15px/1.45 system-ui,sans-serif;overflow-wrap:anywhere}\n"
	"h1{font-size:1.6rem;margin:.2rem 0}h2{font-size:1.3rem;margin:2rem 0 .5rem}"
	"h3{font-size:1.05rem;margin:.2rem 0}\n"
	"a{color:inherit}code{font-family:ui-monospace,monospace;font-size:.9em}\n"
	".soft{color:var(--soft)}.good{color:var(--good)}.fair{color:var(--fair)}"
	".bad{color:var(--bad)}\n"
	".verdict{font-size:1.2rem;font-weight:600;margin:.3rem 0}\n"
	"dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.15rem 1rem;margin:.5rem 0}\n"
	"dt{color:var(--soft)}dt::first-letter{text-transform:uppercase}dd{margin:0}\n"
	"ul{margin:.3rem 0;padding-left:1.2rem}\n"
	".findings,.legend{list-style:none;padding:0}\n"
	".findings>li{border-left:4px solid var(--line);padding:.2rem .8rem;margin:.5rem 0}\n"
	".findings>.failure{border-color:var(--bad)}\n"
	".findings>.warning,.findings>.unmeasured{border-color:var(--fair)}\n"
	".findings p{margin:.15rem 0}\n"
	".groups{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,25rem),1fr));"
	"gap:1rem}\n"
	".group{background:var(--card);border:1px solid var(--line);border-radius:6px;"
	"padding:.7rem .9rem;min-width:0}\n"
	".space{display:block;max-width:100%;height:auto;margin-top:.6rem;"
	"font:12px ui-monospace,monospace}\n"
	".space text{fill:var(--ink)}\n"
	".space .window{fill:var(--good);font-weight:600}\n"
	".patterns{position:absolute}\n"
	".part{stroke:var(--not-allowed-line);fill:none}\n"
	".part.usable{fill:var(--usable);stroke:var(--usable-line)}\n"
	".part.reserved{fill:url(#hatch);stroke:var(--reserved-line)}\n"
	".part.contradicts{fill:url(#cross);stroke:var(--contradicts-line)}\n"
	".part.not-allowed{fill:url(#dots)}.part.unknown{stroke-dasharray:4 3}\n"
	".ground-reserved{fill:var(--reserved)}"
	".line-reserved{stroke:var(--reserved-line);stroke-width:2}\n"
	".ground-contradicts{fill:var(--contradicts)}"
	".line-contradicts{stroke:var(--contradicts-line)}\n"
	".ground-not-allowed{fill:var(--not-allowed)}"
	".dot-not-allowed{fill:var(--not-allowed-line)}\n"
	".legend{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem}\n"
	"table{border-collapse:collapse;width:100%;font-size:.95em;margin:.8rem 0}"
	"th{overflow-wrap:normal}\n"
	"th,td{text-align:left;vertical-align:top;padding:.3rem .6rem;"
	"border-bottom:1px solid var(--line)}\n"
	"@media (max-width:640px){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.4rem}"
	"table,tbody,tr,td{display:block}thead{display:none}tr{border-bottom:2px solid var(--line)}"
	"td{border:0;padding:.1rem 0}td[title]::before{content:attr(title) \": \";color:var(--soft)}}\n"
	"@media print{:root{--page:#fff;--ink:#000;--soft:#444;--line:#999;--card:#fff;--usable:#bfe3c6;"
	"--usable-line:#2f7d43;--reserved:#fbe3b0;--reserved-line:#9a6a00;--contradicts:#f7c4c0;"
	"--contradicts-line:#b3261e;--not-allowed:#e4e7eb;--not-allowed-line:#7a838e;--good:#1e6b34;"
	"--fair:#855b00;--bad:#b3261e}"
	"body{font-size:10pt;max-width:none;padding:0;print-color-adjust:exact;"
	"-webkit-print-color-adjust:exact}"
	".group,.findings>li,tr,svg{break-inside:avoid}h2,h3{break-after:avoid}}\n";

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

/* The facts of @thing, each as " LABEL VALUE" with a comma before it. */
static void print_more(FILE *out, const struct fact *facts, const void *thing)
{
	struct fact_room room = { 0 };

	for (const struct fact *fact = facts; fact->key; fact++) {
		const char *words = fact->places & FACT_HTML ? fact_words(fact, thing, &room)
							     : NULL;

		if (!words)
			continue;
		fprintf(out, ", %s ", fact->label);
		html_text(out, words);
	}
	fact_room_clear(&room);
}

static void print_facts(FILE *out, const struct html_host *page)
{
	const struct host *host = page->report->host;
	_cleanup_free_ char *iommus = host_iommu_line(host, false);
	struct fact_room room = { 0 };

	fputs("<dl>\n", out);
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

		html_within(out, i ? "<br><code>" : "<code>", parameter->module, ".");
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

/* One block, so that all can be copied at once. */
static void print_commands(FILE *out, const struct finding *finding)
{
	fputs(finding->n_commands ? "<pre><code>" : "", out);
	for (size_t i = 0; i < finding->n_commands; i++)
		html_within(out, i ? "\n" : "", finding->commands[i].text, "");
	fputs(finding->n_commands ? "</code></pre>" : "", out);
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
		if (finding->hint)
			html_within(out, "<p>Fix: ", finding->hint, "</p>");
		print_commands(out, finding);
		fputs("</li>\n", out);
	}
	fputs(count ? "</ul>\n" : "<p>No findings.</p>\n", out);
}

static void print_group(FILE *out, const struct report *report, const struct group *group)
{
	const struct probe *probe = report_probe(report, group);

	fprintf(out, "<section class=\"group\">\n<h3>Group %u", group->id);
	print_more(out, group_facts, group);
	fputs("</h3>\n", out);
	fputs("<ul>\n", out);
	for (size_t i = 0; i < group->n_devices; i++) {
		const struct device *device = group->devices[i];
		_cleanup_free_ char *label = device_label(device);

		html_within(out, "<li><code>", device->address, "</code> ");
		html_within(out, "", label, ", ");
		html_text(out, device_driver_words(device));
		print_more(out, device_facts, device);
		fputs("</li>\n", out);
	}
	fputs("</ul>\n", out);
	if (probe && probe->failure.step)
		html_within(out, "<p class=\"bad\">Not tested: ", probe->failure.message, "</p>\n");
	if (probe && (!probe->failure.step || probe->verdict.confidence == CONFIDENCE_OBSERVED)) {
		const struct verdict *verdict = &probe->verdict;

		fprintf(out, "<p>Superpage splitting: <strong>%s</strong>; %s ",
			words_splitting(verdict), confidence_name(verdict->confidence));
		html_text(out, verdict->because);
		fprintf(out, " (method %s)</p>\n", method_name(verdict->method));
	}
	if (group->regions_errno)
		fprintf(out, "<p class=\"fair\">Cannot read the reserved regions: %s</p>\n",
			error_text(group->regions_errno));
	else
		html_space(out, group, probe);
	if (!probe || !probe->info.has_ranges)
		fputs("<p class=\"soft\">Reserved regions only: the allowed ranges were not "
		      "tested.</p>\n",
		      out);
	fputs("</section>\n", out);
}

static void print_host(FILE *out, const struct html_host *page, size_t number)
{
	const struct report *report = page->report;
	const struct host *host = report->host;

	fprintf(out, "<section id=\"host-%zu\">\n<h2>Host ", number);
	html_text(out, words_or_unknown(host->name));
	fprintf(out,
		"</h2>\n<p class=\"verdict %s\">Pass-through: %s</p>\n"
		"<p class=\"soft\">%zu group%s checked</p>\n",
		class_of_readiness(report->readiness), words_readiness(report->readiness),
		report->n_subjects, report->n_subjects == 1 ? "" : "s");
	print_findings(out, &report->findings);
	print_facts(out, page);
	if (host->n_groups)
		fputs("<div class=\"groups\">\n", out);
	/* The groups that were checked come first. */
	for (int bound = 1; bound >= 0; bound--) {
		for (size_t i = 0; i < host->n_groups; i++) {
			if (group_is_bound(host->groups[i]) == bound)
				print_group(out, report, host->groups[i]);
		}
	}
	fputs(host->n_groups ? "</div>\n</section>\n" : "</section>\n", out);
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
	_cleanup_free_ char *groups = xasprintf("%zu of %zu", host_count_bound(host),
						host->n_groups);
	_cleanup_free_ char *findings = xasprintf("%zu, %zu",
						  count_findings(report, SEVERITY_FAILURE),
						  count_findings(report, SEVERITY_WARNING));

	fprintf(out, "<tr><td title=\"Host\"><a href=\"#host-%zu\">", number);
	html_text(out, words_or_unknown(host->name));
	fprintf(out, "</a></td><td title=\"Pass-through\" class=\"%s\">%s</td>",
		class_of_readiness(report->readiness), words_readiness(report->readiness));
	cell(out, "Failures, warnings", findings);
	cell(out, "Kernel", words_or_unknown(host->release));
	cell(out, "Machine", words_or_unknown(host->machine));
	cell(out, "IOMMU", iommus);
	cell(out, "Groups bound", groups);
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

/* A kind of finding, and on which hosts it is. */
static void print_finding_row(FILE *out, const struct html_host *hosts, size_t n_hosts,
			      const struct finding *finding)
{
	size_t count = 0;

	fprintf(out, "<tr><td title=\"Finding\"><code>%s</code></td>", finding->id);
	fputs("<td title=\"On\">", out);
	for (size_t h = 0; h < n_hosts; h++) {
		if (!find_finding(hosts[h].report, finding->id))
			continue;
		fprintf(out, "%s<a href=\"#host-%zu\">", count++ ? ", " : "", h + 1);
		html_within(out, "", words_or_unknown(hosts[h].report->host->name), "</a>");
	}
	fprintf(out, "</td><td title=\"Hosts\">%zu of %zu</td></tr>\n", count, n_hosts);
}

static void print_comparison(FILE *out, const struct html_host *hosts, size_t n_hosts)
{
	fputs("<section>\n<h2>Compared</h2>\n<table>\n<thead><tr><th>Host</th><th>Pass-through</th>"
	      "<th>Failures, warnings</th><th>Kernel</th><th>Machine</th><th>IOMMU</th>"
	      "<th>Groups bound</th><th>Source</th></tr></thead>\n<tbody>\n",
	      out);
	for (size_t i = 0; i < n_hosts; i++)
		print_row(out, &hosts[i], i + 1);
	fputs("</tbody></table>\n<table>\n<thead><tr><th>Finding</th><th>On</th><th>Hosts</th></tr>"
	      "</thead>\n<tbody>\n",
	      out);
	for (size_t h = 0; h < n_hosts; h++) {
		const struct findings *findings = &hosts[h].report->findings;

		for (size_t i = 0; i < findings->count; i++) {
			const struct finding *finding = &findings->finding[i];
			bool is_new = find_finding(hosts[h].report, finding->id) == finding;

			for (size_t before = 0; is_new && before < h; before++)
				is_new = !find_finding(hosts[before].report, finding->id);
			if (is_new)
				print_finding_row(out, hosts, n_hosts, finding);
		}
	}
	fputs("</tbody></table>\n</section>\n", out);
}

int html_write(FILE *out, const struct html_host *hosts, size_t n_hosts)
{
	_cleanup_free_ char *name = n_hosts == 1
					    ? xstrdup(words_or_unknown(hosts[0].report->host->name))
					    : xasprintf("%zu hosts", n_hosts);

	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" "
	      "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n",
	      out);
	html_within(out, "<title>VFIO report: ", name, "</title>\n<style>\n");
	fprintf(out, "%s</style>\n</head>\n<body>\n", style);
	html_space_patterns(out);
	html_within(out, "<h1>VFIO report: ", name, "</h1>\n");
	if (n_hosts > 1)
		print_comparison(out, hosts, n_hosts);
	html_space_legend(out);
	for (size_t i = 0; i < n_hosts; i++)
		print_host(out, &hosts[i], i + 1);
	fputs("<p class=\"soft\">Made by vfiodiag " PACKAGE_VERSION
	      ". Drawings of IOVA spaces are not to scale.</p>\n</body>\n</html>\n",
	      out);
	return ferror(out) ? -EIO : 0;
}
