/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_BASE_COUNT_H
#define VFIODIAG_BASE_COUNT_H

/** COUNT() - count the elements of @array, which is an array and no pointer. */
#define COUNT(array) (sizeof(array) / sizeof(*(array)))

#endif
