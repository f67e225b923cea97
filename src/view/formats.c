/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "view/view.h"

/* One per line, so that two additions do not conflict. */
/* clang-format off */
const struct report_format *const report_formats[] = {
	&report_format_text,
	&report_format_json,
	&report_format_jsonl,
	&report_format_nagios,
	&report_format_prometheus,
	&report_format_nfd,
	&report_format_facts,
	NULL,
};
/* clang-format on */

const struct report_format *report_format_find(const char *name)
{
	for (const struct report_format *const *format = report_formats; *format; format++) {
		if (strcmp((*format)->name, name) == 0)
			return *format;
	}
	return NULL;
}
