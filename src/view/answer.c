/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/answer.h"

#include <string.h>

#include "base/count.h"

const struct answer_format answer_format_text = {
	.name = "text",
	.write_iova = write_iova_text,
	.write_fits = write_fits_text,
	.write_bench = write_bench_text,
};

const struct answer_format answer_format_json = {
	.name = "json",
	.write_iova = write_iova_json,
	.write_fits = write_fits_json,
	.write_bench = write_bench_json,
};

const struct answer_format *answer_format_find(const char *name)
{
	static const struct answer_format *const formats[] = { &answer_format_text,
							       &answer_format_json };

	for (size_t i = 0; i < COUNT(formats); i++) {
		if (strcmp(formats[i]->name, name) == 0)
			return formats[i];
	}
	return NULL;
}
