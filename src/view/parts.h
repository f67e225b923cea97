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

struct stream;

/* JSON parts that several formats share. */

/** json_finding() - make @finding an object of schema vfiodiag/1. New reference. */
json_t *json_finding(const struct finding *finding);

/** json_findings() - make an array of all @findings. New reference. */
json_t *json_findings(const struct findings *findings);

/** json_range() - make an object of the ends of a range. */
json_t *json_range(const struct range *range);

/** json_addresses() - list the addresses of the devices of @group. */
json_t *json_addresses(const struct group *group);

/** json_page_sizes() - list the bits of @sizes as bytes, smallest first; null if not known. */
json_t *json_page_sizes(bool known, uint64_t sizes);

/** json_entries() - list the entries of 2^N bytes in @count, smallest first; null if not known. */
json_t *json_entries(bool known, const uint64_t *count);

/** json_failure() - make an object of the reason why a probe ended early; null if it did not. */
json_t *json_failure(const struct failure *failure);

/** json_subjects() - print the array @key of the checked groups with their verdicts. */
void json_subjects(struct stream *stream, const char *key, const struct report *report);

/** json_states() - make an object with the number of devices of @host in each state. */
json_t *json_states(const struct host *host);

/** json_head() - begin an output with schema, tool and the time of @host, which may be NULL. */
void json_head(struct stream *stream, const struct host *host);

/**
 * json_write() - print an output: its head, and what is in @top.
 *
 * Frees @top. Return: 0 or -EIO.
 */
int json_write(FILE *out, const struct host *host, json_t *top);

#endif
