/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_GUEST_GUEST_H
#define VFIODIAG_GUEST_GUEST_H

#include "model/host.h"
#include "guest/layout.h"

/**
 * guest_complete() - fill in what @guest inherits from its host, where it was not given.
 *
 * The machine type is QEMU's newest for the architecture (MACHINE_UNKNOWN stays if there is none),
 * no memory can be added, and the CPU is that of the host. BARs are not added: their sizes as the
 * guest sees them are not facts of the host.
 */
void guest_complete(const struct host *host, struct guest *guest);

#endif
