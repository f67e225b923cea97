/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_VIEW_ANSWER_H
#define VFIODIAG_VIEW_ANSWER_H

#include <stdio.h>

#include "model/bench.h"
#include "model/limits.h"
#include "model/mappings.h"
#include "model/report.h"
#include "guest/fit.h"
#include "iova/query.h"
#include "iova/space.h"

/*
 * Answers of iova, fits, bench and mappings about the IOVA space. Views print what they are given and
 * decide nothing.
 */

/**
 * struct iova_answer - answer of the command iova.
 * @query: about one range; NULL if none was asked about
 * @findings: possible causes of its errno, sorted
 */
struct iova_answer {
	const struct host *host;
	const struct space *space;
	const struct query *query;
	struct findings findings;
};

/**
 * struct fits_answer - answer of the command fits.
 * @findings: as judge() left them
 */
struct fits_answer {
	const struct host *host;
	const struct fit *fit;
	struct findings findings;
	enum readiness readiness;
};

/**
 * struct bench_answer - answer of the command bench.
 * @memory: memory of the guest that the estimates are for, in bytes
 */
struct bench_answer {
	const struct host *host;
	const struct bench *bench;
	uint64_t memory;
};

/**
 * struct mappings_answer - answer of the command mappings.
 * @findings: options of the host that keep entries small, sorted
 */
struct mappings_answer {
	const struct host *host;
	const struct group *group;
	const struct mappings *mappings;
	struct findings findings;
};

/** write_iova_text(), write_iova_json() and so on - print one kind of answer in one format. */
int write_iova_text(FILE *out, const struct iova_answer *answer,
		    const struct view_options *options);
int write_iova_json(FILE *out, const struct iova_answer *answer,
		    const struct view_options *options);
int write_fits_text(FILE *out, const struct fits_answer *answer,
		    const struct view_options *options);
int write_fits_json(FILE *out, const struct fits_answer *answer,
		    const struct view_options *options);
int write_bench_text(FILE *out, const struct bench_answer *answer,
		     const struct view_options *options);
int write_bench_json(FILE *out, const struct bench_answer *answer,
		     const struct view_options *options);
int write_mappings_text(FILE *out, const struct mappings_answer *answer,
			const struct view_options *options);
int write_mappings_json(FILE *out, const struct mappings_answer *answer,
			const struct view_options *options);

#endif
