/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The privileges of this process, and how they are given up. */
#include "source/source.h"

#include <errno.h>
#include <sys/capability.h>
#include <sys/prctl.h>

#include "base/alloc.h"
#include "base/count.h"
#include "source/internal.h"

/*
 * CAP_PERFMON came with Linux 5.8 (capabilities(7)) and its headers; before, CAP_SYS_ADMIN is what
 * traces.
 * Kernel: include/linux/capability.h, perfmon_capable(): 5.10, 6.1, 6.12, 7.3.
 */
#ifndef CAP_PERFMON
#define CAP_PERFMON 38
#endif

#define BIT(capability) (UINT64_C(1) << (capability))

/* A build that does not read the kernel's memory keeps no right to do so. */
#ifdef WITH_KCORE
#define KERNEL_BITS (BIT(CAP_SYS_RAWIO) | BIT(CAP_DAC_READ_SEARCH))
#else
#define KERNEL_BITS 0
#endif

/* Capabilities for each need; docs/privilege.md says how they were found. */
static const struct {
	unsigned int need;
	uint64_t bits;
} needs[] = {
	{ PRIVILEGE_READ, BIT(CAP_DAC_READ_SEARCH) },
	{ PRIVILEGE_LOOK, BIT(CAP_DAC_READ_SEARCH) | BIT(CAP_DAC_OVERRIDE) | BIT(CAP_SYS_PTRACE) |
				  BIT(CAP_SYS_ADMIN) },
	{ PRIVILEGE_PROBE, BIT(CAP_DAC_READ_SEARCH) | BIT(CAP_DAC_OVERRIDE) | BIT(CAP_SYS_PTRACE) |
				   BIT(CAP_SYS_ADMIN) | BIT(CAP_PERFMON) | BIT(CAP_IPC_LOCK) },
	{ PRIVILEGE_WRITE, BIT(CAP_DAC_OVERRIDE) | BIT(CAP_FOWNER) },
	{ PRIVILEGE_SHED, BIT(CAP_SETUID) | BIT(CAP_SETGID) },
	{ PRIVILEGE_END, BIT(CAP_KILL) },
	{ PRIVILEGE_KERNEL, KERNEL_BITS },
};

/*
 * The effective capabilities before any were given up, or why they could not be read. A process has
 * one such state.
 */
static uint64_t at_start;
static int at_start_error;
static bool is_started;

static uint64_t bits_of(unsigned int wanted)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < COUNT(needs); i++)
		bits |= (wanted & needs[i].need) ? needs[i].bits : 0;
	return bits;
}

static bool has(cap_t state, cap_value_t capability, cap_flag_t flag)
{
	cap_flag_value_t value = CAP_CLEAR;

	return cap_get_flag(state, capability, flag, &value) == 0 && value == CAP_SET;
}

int privilege_in_effect(uint64_t *bits)
{
	cap_t state = cap_get_proc();

	if (!state && errno == ENOMEM)
		out_of_memory();
	if (!state)
		return -errno;
	for (cap_value_t cap = 0; cap < cap_max_bits(); cap++)
		*bits |= has(state, cap, CAP_EFFECTIVE) ? BIT(cap) : 0;
	cap_free(state);
	return 0;
}

int privilege_at_start(uint64_t *bits)
{
	if (!is_started)
		return privilege_in_effect(bits);
	*bits = at_start;
	return at_start_error;
}

/*
 * No program is started, so none of this is ever needed: whoever makes this process start one gets
 * nothing by it. Not everybody may drop the bounding set (CAP_SETPCAP), and it is empty of use then.
 */
static void give_up_heritage(void)
{
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (!(at_start & BIT(CAP_SETPCAP)))
		return;
	for (cap_value_t cap = 0; cap < cap_max_bits(); cap++)
		cap_drop_bound(cap);
}

static void set(cap_t state, cap_value_t capability, cap_flag_t flag, bool is_set)
{
	cap_set_flag(state, flag, 1, &capability, is_set ? CAP_SET : CAP_CLEAR);
}

int privilege_limit(unsigned int keep, unsigned int use)
{
	cap_t state;
	uint64_t kept = bits_of(keep | use), used = bits_of(use);
	int ret;

	/* They have what this process had; who is needed later has what it has then. */
	reader_dismiss();
	if (!is_started) {
		at_start_error = privilege_in_effect(&at_start);
		is_started = true;
		give_up_heritage();
	}
	state = cap_get_proc();
	ret = state ? at_start_error : -errno;
	for (cap_value_t cap = 0; ret >= 0 && cap < cap_max_bits(); cap++) {
		bool permitted = has(state, cap, CAP_PERMITTED) && kept & BIT(cap);

		/* Capabilities that the caller had permitted but not effective stay so. */
		set(state, cap, CAP_EFFECTIVE, permitted && used & at_start & BIT(cap));
		set(state, cap, CAP_PERMITTED, permitted);
		set(state, cap, CAP_INHERITABLE, false); /* and with it the ambient ones */
	}
	if (ret >= 0 && cap_set_proc(state) < 0)
		ret = -errno;
	cap_free(state);
	return ret;
}
