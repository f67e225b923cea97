/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_TESTS_UNIT_H
#define VFIODIAG_TESTS_UNIT_H

/* cmocka.h wants these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "base/count.h"

/** TEST() - head of a test function. */
#define TEST(name) static void name(void **state __attribute__((unused)))

/** UNIT_RUN() - run @tests and speak TAP. Return: what main() returns. */
#define UNIT_RUN(name, tests)                      \
	(cmocka_set_message_output(CM_OUTPUT_TAP), \
	 cmocka_run_group_tests_name(name, tests, NULL, NULL) != 0)

/** text() - @text for a member that is not const, though nobody writes to it. */
static inline char *text(const char *text)
{
	return (char *)(uintptr_t)text;
}

/** struct random - numbers for property tests (xorshift64*). @seed: gives them again. */
struct random {
	uint64_t seed;
	uint64_t state;
};

/* The environment's, or one that no other run has. */
static inline uint64_t random_first_seed(void)
{
	const char *text = getenv("VFIODIAG_SEED");
	struct timespec now;

	if (text)
		return strtoull(text, NULL, 0);
	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/**
 * random_turn() - the numbers of turn @turn of a property test.
 *
 * VFIODIAG_SEED is the seed of turn 0, and CHECK() prints the seed of the turn that failed: with
 * that in the environment the failure comes at once.
 */
static inline struct random random_turn(unsigned int turn)
{
	static uint64_t first;
	struct random random;

	if (!first)
		first = random_first_seed();
	random.seed = first + turn;
	/* Seeds that follow each other shall not give states that do, and none may be 0. */
	random.state = (random.seed + 1) * UINT64_C(0x9e3779b97f4a7c15);
	random.state ^= random.state >> 31;
	random.state |= !random.state;
	return random;
}

static inline uint64_t random_u64(struct random *random)
{
	random->state ^= random->state >> 12;
	random->state ^= random->state << 25;
	random->state ^= random->state >> 27;
	return random->state * UINT64_C(0x2545f4914f6cdd1d);
}

/** random_below() - a number from 0 to @limit - 1. */
static inline unsigned int random_below(struct random *random, unsigned int limit)
{
	return (unsigned int)((random_u64(random) >> 32) % limit);
}

/** CHECK() - what must hold in a property test. */
#define CHECK(random, condition)                                                             \
	do {                                                                                 \
		if (!(condition))                                                            \
			fail_msg("%s does not hold with VFIODIAG_SEED=%" PRIu64, #condition, \
				 (random)->seed);                                            \
	} while (0)

#endif
