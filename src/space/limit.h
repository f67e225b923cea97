/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_SPACE_LIMIT_H
#define VFIODIAG_SPACE_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

struct memlock {
	char *whom;
	char *known_by;
	uint64_t bytes;
	bool unlimited;
	bool bypass;
	bool inferred;
	int error;
};

#endif
