/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <nettle/sha2.h>
#include <nettle/version.h>

#include "capture/internal.h"

const char *digest(const void *data, size_t len, char text[DIGEST_TEXT])
{
	static const char digits[] = "0123456789abcdef";
	uint8_t bytes[SHA256_DIGEST_SIZE];
	struct sha256_ctx context;

	sha256_init(&context);
	sha256_update(&context, len, data);
#if NETTLE_VERSION_MAJOR >= 4
	sha256_digest(&context, bytes);
#else
	sha256_digest(&context, sizeof(bytes), bytes);
#endif
	for (size_t i = 0; i < sizeof(bytes); i++) {
		text[2 * i] = digits[bytes[i] >> 4];
		text[2 * i + 1] = digits[bytes[i] & 0xf];
	}
	text[2 * sizeof(bytes)] = '\0';
	return text;
}
