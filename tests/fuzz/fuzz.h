/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_TESTS_FUZZ_H
#define VFIODIAG_TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/count.h"
#include "capture/capture.h"
#include "source/source.h"

/*
 * What the fuzzing programs share. Each defines LLVMFuzzerTestOneInput(), which libFuzzer calls with
 * what it makes up, and main.c with the files of the corpus.
 */

/** LLVMFuzzerTestOneInput() - try one input. Ends the program where something is wrong. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/** MUST() - what holds for every input; ends the program where it does not. */
#define MUST(condition)                                            \
	do {                                                       \
		if (!(condition))                                  \
			fuzz_fail(#condition, __FILE__, __LINE__); \
	} while (0)

/** fuzz_fail() - say that @condition does not hold, and abort. */
_Noreturn void fuzz_fail(const char *condition, const char *file, int line);

/** struct bytes - an input that is taken apart from its front. */
struct bytes {
	const uint8_t *at;
	size_t left;
};

/** take_number() - the next @width (1 to 8) bytes as a number, little-endian; what is missing is 0. */
uint64_t take_number(struct bytes *bytes, unsigned int width);

/** take_address() - a number of 64 bits, many of them near a power of two or the end. */
uint64_t take_address(struct bytes *bytes);

/** take_rest() - all that is left, with a NUL behind it. Free it. */
char *take_rest(struct bytes *bytes);

/** take_line() - up to the next newline, which is dropped; NULL at the end. Free it. */
char *take_line(struct bytes *bytes);

/** fuzz_is_clean() - whether @text is UTF-8 without control characters, as text_clean() leaves it. */
bool fuzz_is_clean(const char *text);

/** must_be_printable() - @len bytes of @text are clean lines. */
void must_be_printable(const char *text, size_t len);

/** must_be_json() - @text is one JSON value, and clean lines. New reference. */
json_t *must_be_json(const char *text, size_t len);

/**
 * struct script - a host written down as text, which a fuzzer can change and people can read.
 *
 * A line "=WORD ARGUMENT" begins a part, which is all up to the next such line:
 *
 *	=file PATH		a file with that content
 *	=link PATH TARGET	a link
 *	=directory PATH		a directory
 *	=transcript		lines of the transcript
 *	=uevent			a kernel uevent, its lines ended by newlines
 *	=subject WORD		a word for scan_subject()
 *	=whom WORD		a word for scan_memlock() and scan_account()
 *	=pack			the capture is to be packed, which takes most of the time
 *
 * @capture: of files and transcript
 */
struct script {
	struct capture *capture;
	char **uevents;
	size_t n_uevents;
	char **subjects;
	size_t n_subjects;
	char **whoms;
	size_t n_whoms;
	bool pack;
};

/** script_read() - the script in @len bytes of @data. End it with script_clear(). */
void script_read(const uint8_t *data, size_t len, struct script *script);

/** script_clear() - free what hangs on it; of the capture only what nobody took over. */
void script_clear(struct script *script);

/** script_replay() - a source that answers from the script's capture; NULL where it is none. */
struct source *script_replay(struct script *script);

/* examine.c */

struct host;

/**
 * examine_source() - do all that the program does with a capture, and look at what it prints.
 *
 * Host, checks, recorded tests, lists, reports, the space of each group and a guest in it.
 * Return: the host, which the caller frees.
 */
struct host *examine_source(struct source *source);

#endif
