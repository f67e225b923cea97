/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_VIEW_WORDS_H
#define VFIODIAG_VIEW_WORDS_H

#include "model/iova_map.h"
#include "model/report.h"

/* Names for people, the same in every view. */

/** words_or_unknown() - return @text; "unknown" if there is none. */
const char *words_or_unknown(const char *text);

/** words_readiness() - name a verdict: "ready", "usable, with warnings" … */
const char *words_readiness(enum readiness readiness);

/** words_state() - name a state: "ready", "in use" …; "not judged" where there is none. */
const char *words_state(enum device_state state);

/** words_iommu() - name the kinds of IOMMU of @host, "Intel VT-d", or say that there is none. New. */
char *words_iommu(const struct host *host);

/** words_vfio() - name the interfaces of VFIO that @host offers, "type1, iommufd". New. */
char *words_vfio(const struct host *host);

/**
 * words_order - the states in the order in which they are counted for people, ended by STATE_NONE.
 *
 * Devices that the host does not run without are left out.
 */
extern const enum device_state words_order[];

/** words_counts() - count devices by state, "1 ready, 3 available, 2 in use". New. */
char *words_counts(const struct host *host);

/**
 * words_summary() - sum a host up in one line, "IOMMU: Intel VT-d · VFIO: type1 · 1 ready". New.
 * @between: the character between the parts
 */
char *words_summary(const struct host *host, const char *between);

/** words_entries() - describe the entries of the two pages; NULL where they were not asked for. */
const char *words_entries(const struct evidence *evidence);

/** words_entry_counts() - list the known entries of a mapping, "2 MiB x 1". New. */
char *words_entry_counts(const struct entry_sizes *sizes);

/** words_entry_sizes() - list the entries of a mapping, "2 MiB x 1", or say why they are not known. New. */
char *words_entry_sizes(const struct entry_sizes *sizes);

/** words_splitting() - name an answer: "not supported (fine-grained superpages are in use)" … */
const char *words_splitting(const struct verdict *verdict);

#endif
