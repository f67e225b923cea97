/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_SOURCE_KCORE_H
#define VFIODIAG_SOURCE_KCORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pagetable/memory.h"

/*
 * /proc/kcore, the memory of the running kernel as an ELF core file. Pure: all access is by a function, and
 * what it gives is not trusted.
 *
 * Only segments with a physical address are read, which are RAM: the direct map, and the kernel itself.
 * Segments of other addresses, as those of vmalloc(), could lead to registers of a device.
 *
 * Functions return 0, or a negative errno and the reason as a phrase, as in pagetable/btf.h.
 */

/**
 * kcore_read_fn - copy @len bytes at @offset of the file. Return: 0 or a negative errno; fewer bytes
 * are an error.
 */
typedef int kcore_read_fn(void *context, uint64_t offset, void *buffer, size_t len);

struct kcore;

/**
 * kcore_open() - read the headers, and check them.
 * @kcore: receives the result, to be freed with kcore_close(); NULL on failure
 */
int kcore_open(kcore_read_fn *read, void *context, struct kcore **kcore, char **reason);

/** kcore_close() - free what kcore_open() returned; NULL is allowed. */
void kcore_close(struct kcore *kcore);

/** kcore_memory() - make a struct memory of @kcore, which must outlive it. */
struct memory kcore_memory(struct kcore *kcore);

/**
 * struct kcore_notes - parts of the file that describe more than memory.
 * @task: copy of the struct task_struct of the process that read them
 * @has_encryption_mask: the kernel says which bit in addresses encrypts memory
 * @encryption_mask: that bit; 0: none
 */
struct kcore_notes {
	unsigned char *task;
	size_t task_len;
	bool has_encryption_mask;
	uint64_t encryption_mask;
};

/** kcore_read_notes() - read the notes. Free them with kcore_notes_clear(). */
int kcore_read_notes(const struct kcore *kcore, struct kcore_notes *notes, char **reason);

/** kcore_notes_clear() - free the members of @notes. */
void kcore_notes_clear(struct kcore_notes *notes);

/**
 * cpu_has_flag() - tell if the first processor has @flag (x86).
 * @cpuinfo: the beginning of /proc/cpuinfo
 */
bool cpu_has_flag(const char *cpuinfo, const char *flag);

/**
 * kcore_protection() - return why the memory of a guest is not read: its host may not see it.
 * @prot_virt_guest: /sys/firmware/uv/prot_virt_guest (s390), or ""
 * @cpuinfo: the beginning of /proc/cpuinfo
 *
 * Return: a phrase, or NULL.
 */
const char *kcore_protection(const char *prot_virt_guest, const char *cpuinfo);

/**
 * kcore_encryption() - return why memory that is encrypted is not read (AMD SEV).
 * @cpuinfo: as for kcore_protection()
 *
 * On a host with encrypted memory the tables of its IOMMUs are known. Return: a phrase, or NULL.
 */
const char *kcore_encryption(const char *cpuinfo, const struct kcore_notes *notes);

#endif
