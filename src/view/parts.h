/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_VIEW_PARTS_H
#define VFIODIAG_VIEW_PARTS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

#include "model/finding.h"
#include "model/host.h"
#include "model/probe.h"
#include "model/range.h"
#include "model/report.h"

/* Parts of JSON that several formats share. */

/** json_finding() - @finding as an object of schema vfiodiag/1. New reference. */
json_t *json_finding(const struct finding *finding);

/** json_range() - its ends. */
json_t *json_range(const struct range *range);

/** json_addresses() - the addresses of the devices of @group. */
json_t *json_addresses(const struct group *group);

/** json_page_sizes() - the bits of @sizes as bytes, smallest first; null where they are not known. */
json_t *json_page_sizes(bool known, uint64_t sizes);

/** json_failure() - why a probe ended early; null where it did not. */
json_t *json_failure(const struct failure *failure);

/** json_subjects() - the groups that were looked at, and what came of each. */
json_t *json_subjects(const struct report *report);

/** json_top() - what every output begins with: schema, tool. */
json_t *json_top(void);

/** json_head() - and the host that most are about. */
json_t *json_head(const struct host *host);

/** json_write() - print @top and free it. Return: 0 or -EIO. */
int json_write(FILE *out, json_t *top);

/**
 * json_write_ascii() - the same with what is not ASCII written as \u escapes.
 * @flags: how it is laid out, of json_dumpf()
 */
int json_write_ascii(FILE *out, json_t *top, size_t flags);

#endif
