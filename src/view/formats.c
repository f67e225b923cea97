/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/view.h"
#include "view/watch.h"

const struct format format_text = {
	.name = "text",
	.description = "human-readable",
	.unused = HOST_SHOWN_ONLY,
	.heading = "VERDICT        FINDING                     HOST                  CAPTURE\n",
	.list_style = LIST_TABLE,
	.write_report = write_report_text,
	.write_row = write_row_text,
	.write_iova = write_iova_text,
	.write_fits = write_fits_text,
	.write_bench = write_bench_text,
	.write_mappings = write_mappings_text,
	.write_comparison = write_comparison_text,
	.write_change = write_change_text,
};

const struct format format_json = {
	.name = "json",
	.description = "for programs",
	.list_style = LIST_JSON,
	.write_report = write_report_json,
	.write_iova = write_iova_json,
	.write_fits = write_fits_json,
	.write_bench = write_bench_json,
	.write_mappings = write_mappings_json,
	.write_comparison = write_comparison_json,
	.write_change = write_change_json,
};

const struct format format_jsonl = {
	.name = "jsonl",
	.description = "JSON on one line",
	.write_report = write_report_jsonl,
	.write_row = write_row_jsonl,
};

const struct format format_raw = {
	.name = "raw",
	.description = "columns separated by one space",
	.list_style = LIST_RAW,
};

const struct format format_nagios = {
	.name = "nagios",
	.description = "monitoring plugin output",
	.unused = HOST_SHOWN_ONLY,
	.write_report = write_report_nagios,
};

const struct format format_prometheus = {
	.name = "prometheus",
	.description = "textfile collector of node_exporter",
	.unused = HOST_SHOWN_ONLY,
	.write_report = write_report_prometheus,
};

const struct format format_nfd = {
	.name = "nfd",
	.description = "features.d of Kubernetes NFD",
	.has_expiry = true,
	.unused = HOST_SHOWN_ONLY,
	.write_report = write_report_nfd,
};

const struct format format_facts = {
	.name = "facts",
	.description = "local facts of Ansible",
	.always_success = true,
	.unused = HOST_SHOWN_ONLY,
	.write_report = write_report_facts,
};

const struct format format_html = {
	.name = "html",
	.description = "a self-contained page",
	.write_hosts = html_write,
};

/* One per line, so that two additions do not conflict. */
/* clang-format off */
const struct format *const formats[] = {
	&format_text,
	&format_json,
	&format_jsonl,
	&format_raw,
	&format_nagios,
	&format_prometheus,
	&format_nfd,
	&format_facts,
	&format_html,
	NULL,
};
/* clang-format on */
