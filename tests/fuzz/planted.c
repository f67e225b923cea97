/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A program with a fault that is planted: what drives the others must find it, or it finds nothing. */
#include "fuzz.h"

#include "base/cleanup.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct bytes bytes = { data, len };
	_cleanup_free_ char *text = take_rest(&bytes);

	MUST(!text_starts(text, "VFIO"));
	return 0;
}
