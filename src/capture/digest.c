/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <nettle/sha2.h>
#include <nettle/version.h>

#include "base/count.h"
#include "base/library.h"
#include "capture/internal.h"
#include "capture/libarchive.h"

LIBRARY_NOTE(note, NETTLE_SONAME, "archive", "Captures in one file");

/* libnettle, which is loaded with libarchive. Its headers give other names to its functions. */
static struct {
	__typeof__(sha256_init) *init;
	__typeof__(sha256_update) *update;
	__typeof__(sha256_digest) *digest;
} nettle;

const char *archive_missing(void)
{
	static const struct library_function functions[] = {
		{ "nettle_sha256_init", (void **)&nettle.init },
		{ "nettle_sha256_update", (void **)&nettle.update },
		{ "nettle_sha256_digest", (void **)&nettle.digest },
	};

	if (libarchive_load() < 0)
		return LIBARCHIVE_SONAME;
	return library_load(NETTLE_SONAME, functions, COUNT(functions)) < 0 ? NETTLE_SONAME : NULL;
}

const char *digest(const void *data, size_t len, char text[DIGEST_TEXT])
{
	static const char digits[] = "0123456789abcdef";
	uint8_t bytes[SHA256_DIGEST_SIZE];
	struct sha256_ctx context;

	nettle.init(&context);
	nettle.update(&context, len, data);
#if NETTLE_VERSION_MAJOR >= 4
	nettle.digest(&context, bytes);
#else
	nettle.digest(&context, sizeof(bytes), bytes);
#endif
	for (size_t i = 0; i < sizeof(bytes); i++) {
		text[2 * i] = digits[bytes[i] >> 4];
		text[2 * i + 1] = digits[bytes[i] & 0xf];
	}
	text[2 * sizeof(bytes)] = '\0';
	return text;
}
