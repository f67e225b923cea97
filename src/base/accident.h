/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_BASE_ACCIDENT_H
#define VFIODIAG_BASE_ACCIDENT_H

#include <errno.h>
#include <stdbool.h>
#include <string.h>

/* How long a question of the host may go without an answer, in seconds. */
#define PATIENCE_S 2

/**
 * is_accident() - tell if @error means that the machine could not do it now, and nothing of what
 * was asked for: the same question may have an answer a moment later, or on a disk that is whole.
 */
static inline bool is_accident(int error)
{
	switch (error) {
	case EAGAIN:
	case EDQUOT:
	case EFBIG:
	case EINTR:
	case EIO:
	case ELIBACC: /* a library that is to be loaded */
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
	case ENOSPC:
	case ETIMEDOUT:
		return true;
	default:
		return false;
	}
}

/**
 * is_answer() - tell if @error is an answer of the host: there is no such thing, or it is of another kind.
 */
static inline bool is_answer(int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
	case EINVAL:
	case ENODEV:
	case ENXIO:
	case ENODATA:
	case EOPNOTSUPP:
		return true;
	default:
		return false;
	}
}

/**
 * error_text() - describe an errno as strerror(3) does; for a question that got no answer, after
 * how long.
 */
static inline const char *error_text(int error)
{
	return error == ETIMEDOUT ? "did not answer within 2 s" : strerror(error);
}

#endif
