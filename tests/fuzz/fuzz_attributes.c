/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Attributes of sysfs, limits.conf, and files of processes: one parser each, the first byte chooses.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "fuzz.h"
#include "model/kernel.h"
#include "scan/internal.h"
#include "source/internal.h"

static void try_uevent(struct bytes *bytes)
{
	_cleanup_free_ char *text = take_rest(bytes);
	struct device device = { 0 };

	scan_parse_uevent(text, &device);
	MUST(device.class <= 0xffffff);
	MUST(fuzz_is_clean(device.driver));
	free(device.driver);
}

static void try_config(struct bytes *bytes)
{
	size_t len = bytes->left;
	_cleanup_free_ uint8_t *config = xcalloc(len ? len : 1, 1);
	struct port port;

	if (len)
		memcpy(config, bytes->at, len);
	scan_parse_config(config, len, &port);
	MUST(!port.has_acs || port.is_express);
	MUST(!port.is_express || port.seen == PORT_SEEN);
	MUST(port.type <= 0xf);
}

static void try_limits_conf(struct bytes *bytes)
{
	struct source_group groups[] = { { 107, (char *)(uintptr_t) "kvm" }, { 36, NULL } };
	const struct source_user user = { .name = (char *)(uintptr_t) "qemu",
					  .uid = 64055,
					  .gid = 107,
					  .groups = groups,
					  .n_groups = COUNT(groups) };
	struct pam_limit limit = { .soft.rank = PAM_NONE, .hard.rank = PAM_NONE };
	_cleanup_free_ char *text = take_rest(bytes);
	size_t lines = 0;

	scan_parse_pam(text, "limits.conf", &user, &limit, &lines);
	MUST(lines <= PAM_LINES_MAX + 1);
	MUST((limit.soft.rank == PAM_NONE) == !limit.soft.path);
	MUST((limit.hard.rank == PAM_NONE) == !limit.hard.path);
	free(limit.soft.path);
	free(limit.hard.path);
}

/* cmdline, cgroup and stat of a process, and a line of a table of sockets */
static void try_holder(const char *text, size_t len)
{
	_cleanup_free_ char *guest = holder_parse_guest(text, len);
	_cleanup_free_ char *copy = xstrdup(text);
	_cleanup_free_ char *unit = holder_parse_unit(copy);
	const unsigned long inode = 4711;
	char name[16], address[64];
	int parent;

	MUST(fuzz_is_clean(guest));
	MUST(fuzz_is_clean(unit));
	MUST(!unit || strchr(unit, '.'));
	if (session_parse_stat(text, name, sizeof(name), &parent))
		MUST(strlen(name) < sizeof(name));
	if (session_parse_socket(text, &inode, 1, address, sizeof(address)))
		MUST(strspn(address, "0123456789abcdef.:") == strlen(address));
}

static void try_process(struct bytes *bytes)
{
	size_t len = bytes->left;
	_cleanup_free_ char *text = take_rest(bytes);
	struct memlock memlock = { 0 };
	struct account account = { 0 };

	if (scan_parse_limits(text, &memlock) == 0)
		MUST(!memlock.unlimited || memlock.bytes == NO_LIMIT);
	if (scan_parse_status(text, &account) == 0)
		MUST(account.n_gids && account.n_gids <= 65537);
	account_clear(&account);
	try_holder(text, len);
}

static void try_clean(struct bytes *bytes)
{
	_cleanup_free_ char *text = take_rest(bytes);
	_cleanup_free_ char *clean = text_clean(xstrdup(text));
	_cleanup_free_ char *again = text_clean(xstrdup(clean));
	json_t *json = json_string(clean);

	MUST(strlen(clean) == strlen(text));
	MUST(strcmp(again, clean) == 0);
	MUST(json);
	for (const char *c = clean; *c; c++)
		MUST((unsigned char)*c >= 0x20 && *c != 0x7f);
	json_decref(json);
	text_trim(clean);
	MUST(fuzz_is_clean(clean));
}

static void try_kernel(struct bytes *bytes)
{
	_cleanup_free_ char *release = take_line(bytes);
	_cleanup_free_ char *build = take_rest(bytes);

	MUST(kernel_rule_name(kernel_rule(release, build)));
}

static void try_modules(struct bytes *bytes)
{
	struct source_lookup lookups[] = { { .name = "vfio" }, { .name = "vfio_pci" } };
	size_t len = bytes->left;
	char *text = xcalloc(len ? len : 1, 1);

	if (len)
		memcpy(text, bytes->at, len);
	module_list_find(text, len, SOURCE_MODULE_FILE, lookups, COUNT(lookups));
	for (size_t i = 0; i < COUNT(lookups); i++)
		MUST(lookups[i].where != SOURCE_MODULE_FILE || memmem(text, len, ".ko", 3));
	free(text);
}

/* Files of the script below that the input may stand in. */
static const char *const places[] = {
	"sys/devices/pci0000:00/0000:00:04.0/uevent",
	"sys/devices/pci0000:00/0000:00:04.0/numa_node",
	"sys/devices/pci0000:00/0000:00:04.0/driver_override",
	"sys/devices/pci0000:00/0000:00:04.0/config",
	"sys/devices/pci0000:00/0000:00:04.0/boot_vga",
	"sys/devices/virtual/iommu/dmar0/intel-iommu/cap",
	"sys/devices/virtual/iommu/dmar0/intel-iommu/ecap",
	"sys/devices/virtual/iommu/dmar0/intel-iommu/version",
	"sys/devices/virtual/iommu/ivhd0/amd-iommu/features",
	"sys/kernel/iommu_groups/7/type",
	"sys/kernel/iommu_groups/7/name",
	"sys/kernel/irq/9/chip_name",
	"sys/module/vfio_iommu_type1/parameters/dma_entry_limit",
	"sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts",
	"sys/class/dmi/id/product_name",
	"sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages",
	"proc/self/mountinfo",
	"proc/self/uid_map",
	"proc/swaps",
	"proc/cmdline",
	"proc/sys/kernel/hostname",
	"proc/sys/kernel/osrelease",
	"proc/sys/kernel/version",
	"sys/kernel/security/lockdown",
	"sys/devices/virtual/block/dm-0/dm/name",
	"sys/devices/virtual/block/dm-0/dev",
};

static const char host_script[] =
	"=transcript\n{\"vfiodiag-capture\":1}\n"
	"=link sys/bus/pci/devices/0000:00:04.0 /sys/devices/pci0000:00/0000:00:04.0\n"
	"=link sys/kernel/iommu_groups/7/devices/0000:00:04.0 "
	"/sys/devices/pci0000:00/0000:00:04.0\n"
	"=link sys/kernel/iommu_groups/7/devices/0000:00:05.0 "
	"/sys/devices/pci0000:00/0000:00:05.0\n"
	"=file sys/devices/pci0000:00/0000:00:04.0/uevent\n"
	"DRIVER=vfio-pci\nPCI_CLASS=30000\nPCI_ID=8086:10D3\n"
	"=file sys/devices/pci0000:00/0000:00:05.0/uevent\nPCI_CLASS=20000\nPCI_ID=8086:10D3\n"
	"=link sys/class/iommu/dmar0 /sys/devices/virtual/iommu/dmar0\n"
	"=link sys/class/iommu/ivhd0 /sys/devices/virtual/iommu/ivhd0\n"
	"=link sys/class/block/dm-0 /sys/devices/virtual/block/dm-0\n"
	"=link sys/class/block/sda /sys/devices/pci0000:00/0000:00:05.0/block/sda\n"
	"=file sys/devices/pci0000:00/0000:00:05.0/block/sda/dev\n8:0\n";

static void put_file(struct tree_node *files, const char *path, const struct bytes *bytes)
{
	struct tree_node *node;

	tree_add(files, path, TREE_FILE, &node);
	tree_set_text(node, (const char *)bytes->at, bytes->left);
}

static void try_place(struct bytes *bytes)
{
	uint64_t place = take_number(bytes, 1);
	struct source *source;
	struct script script;

	script_read((const uint8_t *)host_script, sizeof(host_script) - 1, &script);
	put_file(script.capture->files, places[place % COUNT(places)], bytes);
	source = script_replay(&script);
	MUST(source);
	host_free(examine_source(source));
	source_close(source);
	script_clear(&script);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static void (*const tries[])(
		struct bytes * bytes) = { try_uevent, try_config, try_limits_conf, try_process,
					  try_clean,  try_kernel, try_place,	   try_modules };
	struct bytes bytes = { data, len };

	tries[take_number(&bytes, 1) % COUNT(tries)](&bytes);
	return 0;
}
