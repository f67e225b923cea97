/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/examine.h"

#include <stdlib.h>
#include <time.h>

#include "base/alloc.h"
#include "base/count.h"
#include "base/exit.h"
#include "base/text.h"
#include "capture/capture.h"
#include "cli/policy.h"
#include "probe/probe.h"
#include "source/page_table.h"

/* Replay the first probe that the capture has of each group. */
static void replay_probes(struct source *source, struct report *report)
{
	static const enum backend backends[] = { BACKEND_NONE, BACKEND_TYPE1V2, BACKEND_TYPE1 };
	const struct host *host = report->host;

	for (size_t i = 0; i < host->n_groups; i++) {
		for (size_t b = 0; b < COUNT(backends); b++) {
			struct probe_options options = {
				.backend = backends[b],
				.force = true,
				.page_table = PAGE_TABLE_AUTO,
				.sizes = sizes_are_recorded(source, host->groups[i]),
			};

			if (!probe_is_recorded(source, host->groups[i], backends[b]))
				continue;
			APPEND(report->probes, report->n_probes,
			       probe_run(source, host, host->groups[i], &options));
			break;
		}
	}
}

/* The mappings of each group that the capture has. */
static void replay_mappings(struct source *source, struct report *report)
{
	const struct host *host = report->host;

	for (size_t i = 0; i < host->n_groups; i++) {
		const struct group *group = host->groups[i];
		struct mapped_group mapped = { .group = group };

		if (!source_has_mappings(source, group->id))
			continue;
		source_mappings(source, group->id, group_iommu_kind(group), host->page_size, NULL,
				NULL, &mapped.mappings);
		APPEND(report->mapped, report->n_mapped, mapped);
	}
}

/* "2026-11-22 07:30:25 UTC", or NULL where the capture does not say. */
static char *recorded(const struct capture *capture)
{
	time_t time = (time_t)capture_recorded(capture);
	char text[sizeof("2026-11-22 07:30:25 UTC")];
	struct tm tm;

	if (!time || !gmtime_r(&time, &tm))
		return NULL;
	return strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S UTC", &tm) ? xstrdup(text) : NULL;
}

int examine(const struct options *options, const char *path, struct capture_input *input,
	    struct examination *examination)
{
	struct options chosen = *options;
	struct selection selection = { 0 };
	struct source *source;
	char *problem = NULL;
	int status;

	*examination = (struct examination){ 0 };
	if (path) {
		chosen.from = path;
		chosen.input = input;
		chosen.sysroot = chosen.record = NULL;
	}
	source = cli_try_open(&chosen, &problem);
	if (!source) {
		complain("%s", problem);
		free(problem);
		return EXIT_UNMEASURED;
	}
	examination->label = text_clean(xstrdup(chosen.from	 ? chosen.from
						: chosen.sysroot ? chosen.sysroot
								 : "this host"));
	examination->host = cli_scan(source, HOST_ALL_DETAILS, true);
	examination->report.host = examination->host;
	if (source_mode(source) == SOURCE_REPLAY) {
		examination->recorded = recorded(source_capture(source));
		replay_probes(source, &examination->report);
		replay_mappings(source, &examination->report);
	}
	cli_select_bound(examination->host, false, &selection);
	cli_check(&policy_default, &selection, &examination->report);
	selection_clear(&selection);
	status = cli_close(source, EXIT_OBSERVED);
	if (status != EXIT_OBSERVED)
		examination_clear(examination);
	return status;
}

void examination_clear(struct examination *examination)
{
	report_clear(&examination->report);
	host_free(examination->host);
	free(examination->label);
	free(examination->recorded);
	*examination = (struct examination){ 0 };
}
