/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings about the device nodes of VFIO: whether they are there, and who may open them. */
#include "check/check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"

#define CONTAINER "/dev/vfio/vfio"

static const struct node *node_of_group(const struct host *host, const struct group *group)
{
	_cleanup_free_ char *path = group_node(group);

	return host_node(host, path);
}

/* The node by which iommufd hands @device out, where the kernel has such. */
static const struct node *device_node(const struct host *host, const struct device *device)
{
	_cleanup_free_ char *path = NULL;

	if (!device->vfio_dev)
		return NULL;
	path = xasprintf("/dev/vfio/devices/%s", device->vfio_dev);
	return host_node(host, path);
}

static bool has_device_node(const struct host *host, const struct group *group)
{
	for (size_t i = 0; i < group->n_devices; i++) {
		const struct node *node = device_node(host, group->devices[i]);

		if (node && !node->error)
			return true;
	}
	return false;
}

static void run_missing(const struct check_input *input, struct checker *checker)
{
	for (size_t g = 0; g < input->n_groups; g++) {
		const struct group *group = input->groups[g];
		const struct node *node = node_of_group(input->host, group);

		if (!node || node->error != ENOENT || has_device_node(input->host, group))
			continue;
		found_in_group(checker, SEVERITY_FAILURE, group,
			       "give a container its nodes (--device /dev/vfio/vfio --device "
			       "/dev/vfio/GROUP), or see whether /dev is a devtmpfs: findmnt /dev",
			       "there is no %s, though a device of the group is bound to a vfio "
			       "driver",
			       node->path);
	}
}

/* "root:kvm 0660" */
static char *describe(const struct node *node)
{
	_cleanup_free_ char *owner = node->owner ? xstrdup(node->owner)
						 : xasprintf("%u", node->uid);
	_cleanup_free_ char *group = node->group_name ? xstrdup(node->group_name)
						      : xasprintf("%u", node->gid);

	return xasprintf("%s:%s %04o", owner, group, node->mode);
}

/* A name that can stand in a rule of udev and in a shell; or NULL. */
static const char *user_of(const struct account *account)
{
	const char *name = account->whom;

	if (strncmp(name, "user ", 5) != 0)
		return NULL;
	name += 5;
	return *name && *name != '-' &&
			       strspn(name, "0123456789abcdefghijklmnopqrstuvwxyz"
					    "ABCDEFGHIJKLMNOPQRSTUVWXYZ_.-") == strlen(name)
		       ? name
		       : NULL;
}

static char *node_remedy(const struct node *node, const struct account *account)
{
	const char *user = user_of(account);

	/* A miscdevice, and the kernel's own mode for it. */
	if (strcmp(node->path, CONTAINER) == 0)
		return xstrdup("for now: chmod 0666 " CONTAINER
			       "; for good a rule of udev: SUBSYSTEM==\"misc\", KERNEL==\"vfio\", "
			       "MODE=\"0666\"");
	if (!user)
		return xasprintf("let a rule of udev give it to a group that it is in: "
				 "SUBSYSTEM==\"vfio\", GROUP=\"vfio\", MODE=\"0660\"");
	return xasprintf("for now: chown %s %s; for good: echo 'SUBSYSTEM==\"vfio\", OWNER=\"%s\"' "
			 "> /etc/udev/rules.d/70-vfio.rules && udevadm control --reload && udevadm "
			 "trigger --subsystem-match=vfio",
			 user, node->path, user);
}

/* What is so of a group's node concerns that group alone, and the container's node all of them. */
static void found_of(struct checker *checker, enum severity severity, const struct group *group,
		     const char *hint, const char *message)
{
	if (group)
		found_in_group(checker, severity, group, hint, "%s", message);
	else
		found(checker, severity, "host", hint, "%s", message);
}

static void found_denied(struct checker *checker, const struct account *account,
			 const struct node *node, const struct group *group)
{
	_cleanup_free_ char *text = describe(node);
	_cleanup_free_ char *hint = node_remedy(node, account);
	_cleanup_free_ char *message = xasprintf("%s can't open %s (%s)", account->whom, node->path,
						 text);

	found_of(checker, SEVERITY_FAILURE, group, hint, message);
}

static void found_unknown(struct checker *checker, const struct account *account,
			  const struct node *node, const struct group *group)
{
	_cleanup_free_ char *message = xasprintf(
		"whether %s can open %s is not known: %s", account->whom, node->path,
		node->has_acl ? "that has an access control list" : account_reason(account));

	found_of(checker, SEVERITY_UNMEASURED, group, NULL, message);
}

static void found_allowed(struct checker *checker, const struct account *account,
			  const struct node *node, const struct group *group)
{
	_cleanup_free_ char *text = describe(node);
	_cleanup_free_ char *message = xasprintf("%s can open %s (%s)", account->whom, node->path,
						 text);

	found_of(checker, SEVERITY_OK, group, NULL, message);
}

/* Somebody asked for @account: a node that it can't open is a failure. */
static void judge_node(const struct account *account, struct checker *checker,
		       const struct node *node, const struct group *group)
{
	if (!node || node->error)
		return;
	switch (node_access(node, account)) {
	case ACCESS_DENIED:
		found_denied(checker, account, node, group);
		break;
	case ACCESS_UNKNOWN:
		found_unknown(checker, account, node, group);
		break;
	case ACCESS_ALLOWED:
		found_allowed(checker, account, node, group);
		break;
	}
}

/* Nobody asked: what this process can't open is good to know, in one line. */
static void note_caller(const struct check_input *input, struct checker *checker)
{
	const struct account *caller = &input->host->caller;
	_cleanup_free_ char *text = NULL;
	_cleanup_free_ char *hint = NULL;
	const struct node *first = NULL;
	size_t denied = 0;

	for (size_t g = 0; g < input->n_groups; g++) {
		const struct node *node = node_of_group(input->host, input->groups[g]);

		if (!node || node_access(node, caller) != ACCESS_DENIED)
			continue;
		first = first ? first : node;
		denied++;
	}
	if (!first)
		return;
	text = describe(first);
	hint = node_remedy(first, caller);
	found(checker, SEVERITY_NOTE, caller->whom, hint,
	      "it can't open the nodes of %zu of %zu groups: %s is %s", denied, input->n_groups,
	      first->path, text);
}

static void run_permission(const struct check_input *input, struct checker *checker)
{
	if (!input->account) {
		note_caller(input, checker);
		return;
	}
	judge_node(input->account, checker, host_node(input->host, CONTAINER), NULL);
	for (size_t g = 0; g < input->n_groups; g++)
		judge_node(input->account, checker, node_of_group(input->host, input->groups[g]),
			   input->groups[g]);
}

static void run_closed(const struct check_input *input, struct checker *checker)
{
	const struct node *node = host_node(input->host, CONTAINER);
	_cleanup_free_ char *text = NULL;

	if (!node || node->error || (node->mode & 0666) == 0666)
		return;
	text = describe(node);
	found(checker, SEVERITY_NOTE, "host", "chmod 0666 " CONTAINER,
	      CONTAINER " is %s, and not open to all users (0666) as the kernel makes it", text);
}

static void run_iommufd(const struct check_input *input, struct checker *checker)
{
	const struct host *host = input->host;
	const struct node *node = host_node(host, "/dev/iommu");
	_cleanup_free_ char *text = NULL;
	size_t nodes = 0;

	for (size_t i = 0; i < host->n_nodes; i++)
		nodes += !host->nodes[i].error &&
			 strncmp(host->nodes[i].path, "/dev/vfio/devices/", 18) == 0;
	if (!node || (node->error && node->error != ENOENT))
		return;
	if (node->error) {
		found(checker, SEVERITY_OK, "host", NULL,
		      "there is no /dev/iommu: iommufd can't be used, containers can");
		return;
	}
	text = describe(node);
	found(checker, SEVERITY_OK, "host", NULL,
	      "iommufd can be used: /dev/iommu is %s, and %zu bound device%s a node of %s own",
	      text, nodes, nodes == 1 ? " has" : "s have", nodes == 1 ? "its" : "their");
}

static const struct check checks[] = {
	{ "node-missing", "A group is bound, and its device node is missing",
	  "The kernel makes /dev/vfio/GROUP when a vfio driver takes a device of the group. It\n"
	  "is missing in a container that was not given it, and where /dev is not kept by\n"
	  "devtmpfs. Kernels without groups have a node for each device instead, below\n"
	  "/dev/vfio/devices.\n",
	  run_missing },
	{ "node-permission", "Who may open the device nodes",
	  "Who starts the guest opens /dev/vfio/vfio and /dev/vfio/GROUP for reading and\n"
	  "writing. The kernel makes the first one for all users (0666) and the second one for\n"
	  "root (0600); rules of udev change that, and differ between distributions. libvirt\n"
	  "running as root gives the nodes to its guests by itself. Owner, group and mode are\n"
	  "looked at. What a container's device cgroup or a security module forbids is not\n"
	  "seen, and an access control list is not read.\n",
	  run_permission },
	{ "container-node-closed", "/dev/vfio/vfio is not open to all",
	  "The node alone gives no access to any device: that is what the nodes of the groups\n"
	  "are for. So the kernel makes it 0666. A stricter mode only keeps those out who were\n"
	  "given a group. In a container it is often set by who made it.\n",
	  run_closed },
	{ "iommufd", "Whether iommufd can be used",
	  "iommufd is the newer interface: /dev/iommu in place of the container, and a node\n"
	  "for each device in place of the group. It needs a kernel with CONFIG_IOMMUFD and\n"
	  "CONFIG_VFIO_DEVICE_CDEV. Programs that only know groups don't need it.\n",
	  run_iommufd },
};

const struct check_family check_family_nodes = {
	.name = "device nodes",
	.checks = checks,
	.n_checks = sizeof(checks) / sizeof(*checks),
};
