/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_CAPTURE_REDACT_H
#define VFIODIAG_CAPTURE_REDACT_H

#include <stdbool.h>

#include "capture/capture.h"

/*
 * What tells who a host belongs to and where it stands, replaced by stand-ins: the same thing by the
 * same stand-in everywhere in a capture. Addresses, UUIDs and serial numbers are known by their
 * form, names by the places where they stand as names.
 */

/** enum secret - what is replaced. */
enum secret {
	SECRET_HOST,
	SECRET_MAC,
	SECRET_IPV4,
	SECRET_IPV6,
	SECRET_UUID,
	SECRET_SERIAL,
	SECRET_USER,
	SECRET_PROCESS,
	SECRET_VALUE, /* what the kernel was told of where it boots from */
	SECRET_KINDS,
};

/** secret_name() - as the manifest calls them: "host names" … */
const char *secret_name(enum secret kind);

/** struct redactor - all that has been replaced so far. */
struct redactor;

/** redactor_new() - one that knows nothing yet. */
struct redactor *redactor_new(void);

/** redactor_free() - NULL is allowed. */
void redactor_free(struct redactor *redactor);

/**
 * redactor_name() - what stands for @name, of which it is known that it is one.
 *
 * Upper and lower case are the same. Return: the redactor's own; @name itself where it tells
 * nothing (empty, "root", "localhost", "(none)").
 */
const char *redactor_name(struct redactor *redactor, enum secret kind, const char *name);

/**
 * redactor_keep_words() - @text is made of words that are the kernel's.
 *
 * A name that is one of them ("debian", "vfio") stays wherever it doesn't stand as a name.
 */
void redactor_keep_words(struct redactor *redactor, const char *text);

/**
 * redactor_text() - @text with stand-ins for all that is known by its form and, if @names is set, for
 * all names that were given to redactor_name(). New.
 */
char *redactor_text(struct redactor *redactor, const char *text, bool names);

/** redactor_cmdline() - the same for a kernel's command line. New. */
char *redactor_cmdline(struct redactor *redactor, const char *text);

/**
 * redactor_summary() - the stand-ins of each kind, for the manifest. New reference.
 *
 * Under "kept" the kinds of names that are words of the kernel's too.
 */
json_t *redactor_summary(const struct redactor *redactor);

#endif
