/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_MODEL_ACCESS_H
#define VFIODIAG_MODEL_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Access to VFIO: modules and device nodes, and the accounts that may use them. */

/**
 * struct account - an account that opens device nodes and locks memory.
 * @whom: "this process", "user qemu", "unit libvirtd.service"; NULL where nothing was read
 * @gids: all its groups, and @group_names such that are known by name only
 * @capabilities: those in effect in the first user namespace, a bit each (1 << CAP_DAC_OVERRIDE …)
 * @error: why nothing is known of it, an errno
 * @reason: the same in words, where the errno alone does not say it; or NULL
 */
struct account {
	char *whom;
	uint32_t uid;
	uint32_t *gids;
	size_t n_gids;
	char **group_names;
	size_t n_group_names;
	uint64_t capabilities;
	int error;
	char *reason;
};

/** account_clear() - free the members of @account. */
void account_clear(struct account *account);

/** account_reason() - explain in words why nothing is known of it. */
const char *account_reason(const struct account *account);

/** account_has() - tell whether @account has @capability (CAP_… of linux/capability.h). */
bool account_has(const struct account *account, unsigned int capability);

/**
 * struct module - a module of the kernel that matters here.
 * @error: why it is not known whether the kernel has it, an errno
 * @available: there is a file of it, for modprobe
 * @builtin: it is part of the kernel itself
 * @loaded: it is in /sys/module: loaded, or built in and with something to show
 */
struct module {
	char *name;
	int error;
	bool available;
	bool builtin;
	bool loaded;
};

/**
 * struct node - a device node, as far as its permissions go.
 * @error: why nothing is known of it, an errno: ENOENT where there is none
 * @owner: and @group_name: names, NULL where they are not known
 * @mode: permission bits
 * @has_acl: an access control list permits more than @mode says
 */
struct node {
	char *path;
	int error;
	uint32_t uid;
	uint32_t gid;
	uint32_t mode;
	char *owner;
	char *group_name;
	bool has_acl;
};

/** node_clear() - free the members of @node. */
void node_clear(struct node *node);

/** enum access - permission to open a node for reading and writing. */
enum access {
	ACCESS_UNKNOWN,
	ACCESS_ALLOWED,
	ACCESS_DENIED,
};

/** node_access() - check whether @account may open @node, by its owner, group and mode. */
enum access node_access(const struct node *node, const struct account *account);

/**
 * struct container - answers of /dev/vfio/vfio without any group.
 * @known: it answered all questions
 * @error: errno of the first question without an answer, or 0
 * @version: VFIO_GET_API_VERSION
 * @spapr_tce: VFIO_SPAPR_TCE_IOMMU or VFIO_SPAPR_TCE_v2_IOMMU; asked on ppc64 only
 */
struct container {
	bool known;
	int error;
	int version;
	bool type1;
	bool type1v2;
	bool unmap_all;
	bool noiommu;
	bool spapr_tce;
};

#endif
