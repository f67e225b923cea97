/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_SCAN_UPDATE_H
#define VFIODIAG_SCAN_UPDATE_H

#include <stdbool.h>

#include "model/host.h"
#include "scan/uevent.h"
#include "source/source.h"

/* Facts again, but only those that changed. */

/**
 * struct update - what has to be read again.
 * @paths: devices, below /sys, each once
 * @all: everything: an IOMMU came or went
 * @lost: everything, since the kernel dropped events
 */
struct update {
	char **paths;
	size_t n_paths;
	bool net;
	bool blocks;
	bool modules;
	bool holders;
	bool all;
	bool lost;
};

/** update_note() - add what @uevent changed. Pure. */
void update_note(struct update *update, const struct uevent *uevent);

/** update_is_empty() - tell if nothing needs to be reread. */
bool update_is_empty(const struct update *update);

/**
 * update_apply() - reread what changed into @host.
 *
 * Then @host is as a scan of the whole host would find it. Not update->all and update->lost: they
 * want a new host. Groups and devices come and go; what points to one is to be asked for anew.
 */
void update_apply(const struct update *update, struct source *source, struct host *host);

/** update_clear() - free the members of @update. */
void update_clear(struct update *update);

#endif
