/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_CAPTURE_INTERNAL_H
#define VFIODIAG_CAPTURE_INTERNAL_H

#include <stdbool.h>

#include "capture/capture.h"

/* Shared by the files of this room only. */

/** struct budget - how much of a capture has been loaded. */
struct budget {
	size_t entries;
	size_t bytes;
};

/**
 * budget_take() - add an entry with @bytes of name, content or target.
 *
 * Return: 0; -EBADMSG and @problem, new, where that is more than a capture's size.
 */
int budget_take(struct budget *budget, size_t bytes, char **problem);

/** budget_exceeded() - set @problem for what is larger than a capture may be. Return: -EBADMSG. */
int budget_exceeded(char **problem);

/** object_set() - set @key of @object to @value, and take the reference. */
void object_set(json_t *object, const char *key, json_t *value);

/** directory_load() - load the capture in the open directory @fd, see capture_load_input(). */
int directory_load(int fd, struct capture *capture, char **problem);

/** archive_load() - load the capture in the archive that is read from @fd, see capture_load_input(). */
int archive_load(int fd, struct capture *capture, char **problem);

/* Room for the SHA-256 of something in hexadecimal digits. */
#define DIGEST_TEXT 65

/** archive_missing() - load what archives need. Return: the library that is not there, or NULL. */
const char *archive_missing(void);

/**
 * digest() - compute the SHA-256 of @len bytes at @data, once archive_missing() was NULL. Return:
 * @text.
 */
const char *digest(const void *data, size_t len, char text[DIGEST_TEXT]);

/** manifest_text() - make the content of manifest.json, of @len bytes. New. */
char *manifest_text(const struct capture *capture, size_t *len);

/**
 * manifest_verify() - check that @capture is what the manifest @text lists, to the byte.
 *
 * Most are as manifest_text() would make them: their entries are compared line by line as they would be
 * written, and held in memory only once. Return: NULL, or a phrase for "is not a valid capture: …", new.
 */
char *manifest_verify(const char *text, const struct capture *capture);

/** manifest_sum() - make the content of manifest.sha256, for sha256sum(1). New. */
char *manifest_sum(const char *manifest, size_t len);

#endif
