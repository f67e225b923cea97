/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_VIEW_WATCH_H
#define VFIODIAG_VIEW_WATCH_H

#include <stdio.h>

#include "model/change.h"

/** write_change_text(), write_change_json() - print a change as it comes; see struct format. */
int write_change_text(FILE *out, const struct change *change, const struct view_options *options);
int write_change_json(FILE *out, const struct change *change, const struct view_options *options);

#endif
