/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_CHECK_CAUSE_H
#define VFIODIAG_CHECK_CAUSE_H

#include "model/finding.h"

/**
 * cause_tell_once() - take out findings whose cause another finding tells. Pure.
 * @findings: as findings_sort() left them
 *
 * The finding of the cause is at least as severe, and counts for all that the other one did, so no
 * verdict gets better; what is not known stays so. A cause of the host adopts the devices of what
 * it explains. Findings of several groups in the same words become one about all of them.
 */
void cause_tell_once(struct findings *findings);

#endif
