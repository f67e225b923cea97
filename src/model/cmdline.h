/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_MODEL_CMDLINE_H
#define VFIODIAG_MODEL_CMDLINE_H

#include <stdbool.h>

/*
 * The kernel command line as it was booted. Pure. A command line that is NULL has no options.
 */

/**
 * cmdline_word() - the last word "@name=…" or "@name" of @cmdline, as it was written. Free it.
 *
 * The kernel takes "-" and "_" in names for the same (parameqn() in kernel/params.c, 5.10 to 7.3).
 * Return: NULL if there is none.
 */
char *cmdline_word(const char *cmdline, const char *name);

/** cmdline_value() - the value of the last option @name, "" without one; or NULL. Free it. */
char *cmdline_value(const char *cmdline, const char *name);

/** cmdline_has() - tell whether an option @name has @value, alone or in a list with commas. */
bool cmdline_has(const char *cmdline, const char *name, const char *value);

/**
 * cmdline_effective() - find the last word that gives option @name the value @value. Free it.
 * @undo: a value that takes it back where it comes later; NULL if nothing does
 *
 * Options that are read early take a value by its first letters, in a list with commas, and the last one
 * counts.
 * Return: the word as it was written; NULL if there is none, or if it was taken back.
 */
char *cmdline_effective(const char *cmdline, const char *name, const char *value, const char *undo);

/**
 * cmdline_without() - @word as it is once @value is taken from its list, without quotes. Free it.
 *
 * Values that begin with @value are taken too, as cmdline_effective() finds them.
 * Return: NULL if no other value is left.
 */
char *cmdline_without(const char *word, const char *value);

/** cmdline_is_on() - tell whether the last option @name turns a boolean parameter of a module on. */
bool cmdline_is_on(const char *cmdline, const char *name);

/**
 * cmdline_misspelt() - a word that the kernel does not know, and that looks like "@name=…". Free it.
 *
 * At most two letters differ, or it differs in upper case, or lacks the "_".
 */
char *cmdline_misspelt(const char *cmdline, const char *name);

#endif
