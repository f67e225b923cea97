/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The system calls of a process that reads captures, and of one that reads the memory of the kernel.
 * docs/privilege.md has the lists.
 */
#include "source/seccomp.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/count.h"

/* Architectures whose calls have 64-bit arguments in registers, which is what the filter reads. */
#if defined(__x86_64__) && !defined(__ILP32__)
#define FILTER_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__) && defined(__AARCH64EL__)
#define FILTER_ARCH AUDIT_ARCH_AARCH64
#elif defined(__s390x__)
#define FILTER_ARCH AUDIT_ARCH_S390X
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#define FILTER_ARCH AUDIT_ARCH_PPC64LE
#elif defined(__riscv) && __riscv_xlen == 64
#define FILTER_ARCH AUDIT_ARCH_RISCV64
#endif

#ifdef FILTER_ARCH

#define LINES 192

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define LOW_WORD 0u
#else
#define LOW_WORD 4u
#endif

/* Calls that are allowed whatever their arguments. */
static const int computing[] = {
	SYS_read, SYS_write, SYS_readv, SYS_writev, SYS_close, SYS_lseek, SYS_fstat, SYS_brk,
	SYS_munmap, SYS_mremap, SYS_madvise, SYS_exit, SYS_exit_group, SYS_futex, SYS_rt_sigaction,
	SYS_rt_sigreturn, SYS_rt_sigprocmask, SYS_sigaltstack, SYS_restart_syscall,
	SYS_clock_gettime, SYS_gettimeofday, SYS_getrandom, SYS_sysinfo, SYS_getpid, SYS_getppid,
	SYS_gettid, SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid,
	/* These only look and give up: nothing is left that could be gained. */
	SYS_capget, SYS_capset,
#ifdef __s390x__
	SYS_mmap, /* takes its arguments from memory, which no filter can read */
#endif
};

/* The end, memory, and descriptors that are open; nothing that tells or changes anything else. */
static const int reading[] = {
	SYS_read,   SYS_pread64, SYS_write,	 SYS_brk,	   SYS_munmap,
	SYS_mremap, SYS_exit,	 SYS_exit_group, SYS_rt_sigreturn, SYS_restart_syscall,
#ifdef __s390x__
	SYS_mmap,
#endif
};

enum condition { IS_EQUAL, HAS_BIT, LACKS_BIT };

/** struct rule - a call that is allowed where its argument number @argument is as told. */
struct rule {
	int call;
	unsigned int argument;
	enum condition condition;
	uint32_t value;
};

struct program {
	struct sock_filter line[LINES];
	unsigned short count;
};

static void add(struct program *program, unsigned int code, uint32_t value, unsigned int if_true,
		unsigned int if_false)
{
	program->line[program->count++] = (struct sock_filter){
		.code = (uint16_t)code,
		.k = value,
		.jt = (uint8_t)if_true,
		.jf = (uint8_t)if_false,
	};
}

static void add_load(struct program *program, size_t offset)
{
	add(program, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void add_return(struct program *program, uint32_t action)
{
	add(program, BPF_RET | BPF_K, action, 0, 0);
}

static void add_rule(struct program *program, const struct rule *rule)
{
	bool is_bit = rule->condition != IS_EQUAL;
	unsigned int wanted = rule->condition == LACKS_BIT ? 1 : 0;

	/* Another call goes on behind this rule, and a refused one ends in it: the number is gone. */
	add(program, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)rule->call, 0, 4);
	add_load(program, offsetof(struct seccomp_data, args[rule->argument]) + LOW_WORD);
	add(program, BPF_JMP | (is_bit ? BPF_JSET : BPF_JEQ) | BPF_K, rule->value, wanted, !wanted);
	add_return(program, SECCOMP_RET_ALLOW);
	add_return(program, SECCOMP_RET_ERRNO | EPERM);
}

static void add_calls(struct program *program, const int *calls, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		add(program, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)calls[i], 0, 1);
		add_return(program, SECCOMP_RET_ALLOW);
	}
}

static int allow_only(const int *calls, size_t n_calls, const struct rule *rules, size_t n_rules)
{
	struct program program = { .count = 0 };
	struct sock_fprog filter = { .filter = program.line };

	/*
	 * Numbers mean other calls in a 32-bit ABI. (Those of x32, which has the same architecture, are none of
	 * the numbers that are allowed.)
	 */
	add_load(&program, offsetof(struct seccomp_data, arch));
	add(&program, BPF_JMP | BPF_JEQ | BPF_K, FILTER_ARCH, 1, 0);
	add_return(&program, SECCOMP_RET_KILL_PROCESS);
	add_load(&program, offsetof(struct seccomp_data, nr));
	add_calls(&program, calls, n_calls);
	for (size_t i = 0; i < n_rules; i++)
		add_rule(&program, &rules[i]);
	add_return(&program, SECCOMP_RET_ERRNO | EPERM);
	filter.len = program.count;
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) < 0 ? -errno : 0;
}

int seccomp_allow_computing(void)
{
	const struct rule rules[] = {
#ifndef __s390x__
		{ SYS_mmap, 2, LACKS_BIT, PROT_EXEC },
#endif
		{ SYS_mprotect, 2, LACKS_BIT, PROT_EXEC },
		/* fstat(3) of glibc 2.33 to 2.38: of a descriptor. */
		{ SYS_newfstatat, 3, HAS_BIT, AT_EMPTY_PATH },
		{ SYS_fcntl, 1, IS_EQUAL, F_GETFL },
		/* libsmartcols asks any output. */
		{ SYS_ioctl, 1, IS_EQUAL, TIOCGWINSZ },
		/* abort(3) */
		{ SYS_tgkill, 0, IS_EQUAL, (uint32_t)getpid() },
	};

	return allow_only(computing, COUNT(computing), rules, COUNT(rules));
}

int seccomp_allow_reading(void)
{
	const struct rule rules[] = {
#ifndef __s390x__
		{ SYS_mmap, 2, LACKS_BIT, PROT_EXEC },
#endif
		/* malloc(3), where brk(2) gives no more. */
		{ SYS_mprotect, 2, LACKS_BIT, PROT_EXEC },
	};

	return allow_only(reading, COUNT(reading), rules, COUNT(rules));
}

#else

int seccomp_allow_computing(void)
{
	return -EOPNOTSUPP;
}

int seccomp_allow_reading(void)
{
	return -EOPNOTSUPP;
}

#endif
