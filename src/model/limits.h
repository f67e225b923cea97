/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_MODEL_LIMITS_H
#define VFIODIAG_MODEL_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Limits of the memory that a device can be given.
 *
 * VFIO counts each page that it pins for a process against RLIMIT_MEMLOCK, its soft limit
 * (vfio_lock_acct() in vfio_iommu_type1.c, 5.10 to 7.3), and fails with ENOMEM above it.
 */

/**
 * struct memlock - locked memory limit of one process.
 * @whom: "this process", "user qemu", "unit libvirtd.service"
 * @kind: which of the three; for the remedy
 * @name: NAME alone; NULL for this process
 * @known_by: where the limit was read ("/proc/812/limits", "/etc/security/limits.d/qemu.conf"); with
 *	@inferred a reason rather than a place
 * @bytes: the soft limit; UINT64_MAX where it is @unlimited
 * @bypass: VFIO does not limit it: it has CAP_IPC_LOCK, as root has (capable() in
 *	vfio_dma_do_map(), which asks in the first user namespace only)
 * @inferred: no file says it; what starts such a process usually sets this
 * @error: why it is not known, an errno; 0 where it is
 * @reason: the same in words, where the errno alone does not say it; or NULL
 */
struct memlock {
	enum memlock_kind {
		MEMLOCK_PROCESS,
		MEMLOCK_USER,
		MEMLOCK_UNIT,
	} kind;
	char *whom;
	char *name;
	char *known_by;
	uint64_t bytes;
	bool unlimited;
	bool bypass;
	bool inferred;
	int error;
	char *reason;
};

/** memlock_clear() - free the members of @memlock. */
void memlock_clear(struct memlock *memlock);

/** memlock_reason() - explain in words why the limit is not known. */
const char *memlock_reason(const struct memlock *memlock);

/** memlock_allows() - check that @bytes may be locked. False if the limit is not known. */
bool memlock_allows(const struct memlock *memlock, uint64_t bytes);

/**
 * MEMLOCK_LEEWAY - bytes that libvirt allows on top of the guest's memory.
 *
 * qemuDomainGetMemLockLimitBytes() adds 1 GiB for emulated devices and the like; what a guest
 * really needs there is some MiB.
 */
#define MEMLOCK_LEEWAY (UINT64_C(1) << 30)

/** memlock_need() - compute the limit for a guest of @memory bytes, with the leeway. */
uint64_t memlock_need(uint64_t memory);

/**
 * struct hugepages - the pool of one size of huge pages on one node.
 * @size: of a page, in bytes
 * @node: NUMA node, or -1 where the kernel has no nodes
 * @total: pages in the pool
 * @free: those of them that nobody has
 */
struct hugepages {
	uint64_t size;
	int node;
	uint64_t total;
	uint64_t free;
};

/**
 * struct room - how much memory this process may take, and of what pages.
 * @available: bytes that the host can give without swapping (MemAvailable), or what the control
 *	groups of this process leave of it
 * @by_group: it is the control groups that leave so little
 * @available_errno: why it is not known; 0 where it is
 * @locked: bytes that this process has locked already
 * @transparent: size of a transparent huge page, 0 where the kernel has none
 * @transparent_never: they are turned off
 */
struct room {
	uint64_t available;
	bool by_group;
	int available_errno;
	uint64_t locked;
	uint64_t transparent;
	bool transparent_never;
};

#endif
