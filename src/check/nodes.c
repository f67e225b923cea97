/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings about the device nodes of VFIO: their existence and their permissions. */
#include "check/check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "remedy/remedy.h"

#define CONTAINER "/dev/vfio/vfio"

#define GIVE_NODE "give the node to the container (--device=%s), or check that /dev is a devtmpfs"

static const struct node *node_of_group(const struct host *host, const struct group *group)
{
	_cleanup_free_ char *path = group_node(group);

	return host_node(host, path);
}

bool check_lacks_node(const struct host *host, const struct group *group)
{
	const struct node *node = node_of_group(host, group);

	return node && node->error == ENOENT && !host_has_device_node(host, group);
}

/*
 * Kernel: drivers/vfio/vfio.c, vfio_create_group(): 5.10.
 * Kernel: drivers/vfio/vfio_main.c, vfio_create_group(): 6.1.
 * Kernel: drivers/vfio/group.c, vfio_create_group(); drivers/vfio/device_cdev.c,
 *   vfio_init_device_cdev(): 6.12, 7.3.
 */
static void run_missing(const struct group *group, struct checker *checker)
{
	const struct node *node = node_of_group(checker->input->host, group);
	_cleanup_free_ char *hint = NULL;
	struct finding *finding;

	if (!check_lacks_node(checker->input->host, group))
		return;
	hint = xasprintf(GIVE_NODE, node->path);
	finding = found_in_group(checker, SEVERITY_FAILURE, group, hint,
				 "%s does not exist, although a device of the group is bound to a "
				 "vfio driver",
				 node->path);
	for (size_t i = 0; i < group->n_devices; i++) {
		if (device_is_vfio(group->devices[i]))
			finding_device(finding, group->devices[i]->address);
	}
}

/* Only where /dev/iommu is there: a program that was given no iommufd does not ask for it. */
static void run_cdev_missing(const struct group *group, struct checker *checker)
{
	const struct host *host = checker->input->host;
	const struct node *iommu = host_node(host, "/dev/iommu");

	for (size_t i = 0; iommu && !iommu->error && i < group->n_devices; i++) {
		const struct device *device = group->devices[i];
		_cleanup_free_ char *path = xasprintf("/dev/vfio/devices/%s",
						      device->vfio_dev ? device->vfio_dev : "");
		const struct node *node = device->has_cdev ? host_node(host, path) : NULL;
		_cleanup_free_ char *hint = NULL;

		if (!node || node->error != ENOENT)
			continue;
		hint = xasprintf(GIVE_NODE, path);
		finding_device(found_in_group(checker, SEVERITY_WARNING, group, hint,
					      "%s does not exist, although the kernel has the "
					      "device: programs that use iommufd cannot open %s",
					      path, device->address),
			       device->address);
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

/* The user name, if it is safe in a udev rule and in a shell; or NULL. */
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

static char *node_words(const struct node *node, const struct account *account)
{
	/* The kernel creates this miscdevice with mode 0666. */
	if (strcmp(node->path, CONTAINER) == 0)
		return xstrdup("open the node to all users; to keep it so, add the udev rule "
			       "SUBSYSTEM==\"misc\", KERNEL==\"vfio\", MODE=\"0666\"");
	if (!user_of(account))
		return xstrdup("add a udev rule that gives the node to one of the user's groups: "
			       "SUBSYSTEM==\"vfio\", GROUP=\"vfio\", MODE=\"0660\"");
	return xstrdup("add a udev rule that makes the user the owner of the nodes");
}

static void add_node_commands(struct finding *finding, const struct node *node,
			      const struct account *account)
{
	const char *user;

	if (strcmp(node->path, CONTAINER) == 0) {
		finding_command(finding, "opens the node to all users, until the next boot",
				xstrdup("sudo chmod 0666 " CONTAINER));
		return;
	}
	user = user_of(account);
	if (!user)
		return;
	finding_command(finding, "adds the rule",
			xasprintf("echo 'SUBSYSTEM==\"vfio\", OWNER=\"%s\"' | sudo tee "
				  "/etc/udev/rules.d/70-vfio.rules",
				  user));
	finding_command(finding, "makes udev read its rules again",
			xstrdup("sudo udevadm control --reload"));
	finding_command(finding, "applies them to the nodes of VFIO",
			xstrdup("sudo udevadm trigger --subsystem-match=vfio"));
}

/*
 * The user named @account (--for), so a node that it cannot open is a failure. The node of a group
 * concerns that group alone; the container node concerns all groups.
 */
static void judge_node(const struct account *account, struct checker *checker,
		       const struct node *node, const struct group *group)
{
	static const enum severity severities[] = {
		[ACCESS_DENIED] = SEVERITY_FAILURE,
		[ACCESS_UNKNOWN] = SEVERITY_UNMEASURED,
		[ACCESS_ALLOWED] = SEVERITY_OK,
	};
	enum access access;
	_cleanup_free_ char *message = NULL;
	_cleanup_free_ char *hint = NULL;
	_cleanup_free_ char *text = NULL;
	struct finding *finding;

	if (!node || node->error)
		return;
	access = node_access(node, account);
	text = describe(node);
	if (access == ACCESS_UNKNOWN)
		message = xasprintf("cannot tell whether %s can be opened by %s: %s", node->path,
				    account->whom,
				    node->has_acl ? "the node has an access control list"
						  : account_reason(account));
	else
		message = xasprintf("%s %s be opened by %s (%s)", node->path,
				    access == ACCESS_DENIED ? "cannot" : "can", account->whom,
				    text);
	if (access == ACCESS_DENIED)
		hint = node_words(node, account);
	if (group)
		finding = found_in_group(checker, severities[access], group, hint, "%s", message);
	else
		finding = found(checker, severities[access], "host", hint, "%s", message);
	if (access == ACCESS_DENIED)
		add_node_commands(finding, node, account);
}

/* Without --for, nodes that this process cannot open are worth one note. */
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
	hint = node_words(first, caller);
	add_node_commands(found(checker, SEVERITY_NOTE, caller->whom, hint,
				"cannot open the nodes of %zu of %zu groups: %s is %s", denied,
				input->n_groups, first->path, text),
			  first, caller);
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
	add_node_commands(found(checker, SEVERITY_NOTE, "host", "open the node to all users",
				CONTAINER
				" is %s, not open to all users (0666) as the kernel creates it",
				text),
			  node, &input->host->caller);
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
		      "/dev/iommu does not exist: iommufd cannot be used%s",
		      host->has_container ? ", VFIO containers can" : "");
		return;
	}
	text = describe(node);
	found(checker, SEVERITY_OK, "host", NULL,
	      "iommufd can be used: /dev/iommu is %s, and %zu bound device%s a device node", text,
	      nodes, nodes == 1 ? " has" : "s have");
}

static const struct check checks[] = {
	{ "node-missing", "A group is bound, but its device node is missing",
	  "The kernel creates /dev/vfio/GROUP when a device of the group is bound to a vfio\n"
	  "driver. The node is missing in a container that was not given it, and where /dev\n"
	  "is not a devtmpfs. Kernels without groups have a node for each device instead,\n"
	  "in /dev/vfio/devices.\n",
	  .run_group = run_missing },
	/* Kernel: drivers/vfio/device_cdev.c, vfio_init_device_cdev(): 6.12, 7.3. */
	{ "device-node-missing", "The device node for iommufd is missing",
	  "/dev/iommu is there, and the kernel has a character device for the device\n"
	  "(vfio-dev/vfioN/dev in sysfs), but /dev/vfio/devices/vfioN does not exist. So it\n"
	  "is in a container that was given the nodes of groups only. Programs that use\n"
	  "iommufd need the node; those that use VFIO containers do not.\n",
	  .run_group = run_cdev_missing },
	/*
	 * Kernel: drivers/vfio/vfio.c, vfio_dev, vfio_devnode(): 5.10.
	 * Kernel: drivers/vfio/container.c, vfio_dev; drivers/base/devtmpfs.c,
	 *   devtmpfs_create_node(): 6.1, 6.12, 7.3.
	 * libvirt: src/security/security_dac.c, virSecurityDACSetHostdevLabel(): 11.3.
	 */
	{ "node-permission", "Who may open the device nodes",
	  "The process that runs the guest opens /dev/vfio/vfio and /dev/vfio/GROUP for\n"
	  "reading and writing. The kernel creates the first for all users (0666) and the\n"
	  "second for root (0600); udev rules change that, and differ between\n"
	  "distributions. libvirt running as root gives its guests access by itself. Owner,\n"
	  "group and mode are checked. Denials by a container's device cgroup or a security\n"
	  "module are not seen, and access control lists are not read.\n",
	  .run = run_permission },
	/*
	 * Kernel: drivers/vfio/vfio.c, vfio_dev: 5.10.
	 * Kernel: drivers/vfio/container.c, vfio_dev: 6.1, 6.12, 7.3.
	 */
	{ "container-node-closed", "/dev/vfio/vfio is not open to all users",
	  "The node alone gives no access to any device: the nodes of the groups do that.\n"
	  "Therefore the kernel creates it with mode 0666. A stricter mode only keeps out\n"
	  "users who were given a group. In a container it is often set by the container\n"
	  "engine.\n",
	  .run = run_closed },
	/*
	 * Kernel: drivers/iommu/iommufd/Kconfig, IOMMUFD; drivers/vfio/Kconfig, VFIO_DEVICE_CDEV:
	 *   6.12, 7.3.
	 */
	{ "iommufd", "Whether iommufd can be used",
	  "iommufd is the newer interface: /dev/iommu replaces the container, and a node\n"
	  "for each device replaces the group. It requires a kernel with CONFIG_IOMMUFD and\n"
	  "CONFIG_VFIO_DEVICE_CDEV. Programs that only use groups do not need it.\n",
	  .run = run_iommufd },
};

const struct check_family check_family_nodes = {
	.name = "device nodes",
	.checks = checks,
	.n_checks = COUNT(checks),
};
