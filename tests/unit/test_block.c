/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sysroot.h"

#include "model/block.h"

/* block_use() */

/* Up to two mounts, a mapped name, and names of what stands on it, with blanks between. */
struct sketch {
	const char *name;
	const char *mapped;
	const char *mounts[3];
	bool is_swap;
	const char *holders;
};

static void add_holders(struct block *block, const char *names)
{
	char *copy = xstrdup(names);
	char *rest = copy;
	char *name;

	while (rest && (name = strsep(&rest, " ")))
		APPEND(block->holders, block->n_holders, xstrdup(name));
	free(copy);
}

static void add_block(struct blocks *blocks, const struct sketch *sketch)
{
	struct block block = { .name = xstrdup(sketch->name),
			       .mapped_name = xstrdup(sketch->mapped),
			       .is_swap = sketch->is_swap };

	for (size_t i = 0; i < COUNT(sketch->mounts) && sketch->mounts[i]; i++)
		APPEND(block.mounts, block.n_mounts, xstrdup(sketch->mounts[i]));
	add_holders(&block, sketch->holders);
	APPEND(blocks->block, blocks->count, block);
}

/* What the first of @sketches is used for. */
static const char *first_use(const struct sketch *sketches, size_t count)
{
	struct blocks blocks = { 0 };
	const char *use;

	for (size_t i = 0; i < count; i++)
		add_block(&blocks, &sketches[i]);
	use = block_use(&blocks, &blocks.block[0]);
	blocks_clear(&blocks);
	assert_null(blocks.block);
	assert_int_equal(blocks.count, 0);
	return use ? keep((char *)use) : NULL;
}

#define USE(...)                                          \
	first_use((const struct sketch[]){ __VA_ARGS__ }, \
		  COUNT(((const struct sketch[]){ __VA_ARGS__ })))

TEST(a_disk_may_be_used_for_nothing)
{
	assert_null(USE({ .name = "sda" }));
}

TEST(a_disk_is_mounted_once_or_more)
{
	assert_string_equal(USE({ .name = "sda", .mounts = { "/srv" } }), "mounted on /srv");
	assert_string_equal(USE({ .name = "sda", .mounts = { "/srv", "/a" } }),
			    "mounted on /srv and 1 more");
	assert_string_equal(USE({ .name = "sda", .mounts = { "/srv", "/a", "/b" } }),
			    "mounted on /srv and 2 more");
}

TEST(a_disk_is_swapped_to)
{
	assert_string_equal(USE({ .name = "sda", .is_swap = true }), "used as swap");
	assert_string_equal(USE({ .name = "sda", .mounts = { "/" }, .is_swap = true }),
			    "mounted on /");
}

TEST(what_stands_on_a_disk_uses_it)
{
	assert_string_equal(
		USE({ .name = "sda", .holders = "dm-0" }, { .name = "dm-0", .mounts = { "/" } }),
		"below dm-0, which is mounted on /");
	assert_string_equal(USE({ .name = "sda", .holders = "dm-0" },
				{ .name = "dm-0", .mapped = "vg-swap", .is_swap = true }),
			    "below dm-0 (vg-swap), which is used as swap");
	assert_string_equal(USE({ .name = "sda", .holders = "md0" },
				{ .name = "md0", .holders = "dm-0" },
				{ .name = "dm-0", .mounts = { "/" } }),
			    "below md0, which is below dm-0, which is mounted on /");
}

TEST(what_stands_on_a_disk_uses_it_even_for_nothing_known)
{
	assert_string_equal(USE({ .name = "sda", .holders = "dm-0" }, { .name = "dm-0" }),
			    "below dm-0");
	assert_string_equal(USE({ .name = "sda", .holders = "bcache0" }), "below bcache0");
}

/* How many stand on it does not matter, only how high. */
TEST(any_number_may_stand_on_a_disk)
{
	struct sketch sketches[42] = { { .name = "sda" } };
	const char *names = "v1";

	for (size_t i = 1; i < COUNT(sketches); i++) {
		sketches[i].name = keep(xasprintf("v%zu", i));
		if (i > 1)
			names = keep(xasprintf("%s %s", names, sketches[i].name));
	}
	sketches[0].holders = names;
	sketches[41].is_swap = true;
	assert_string_equal(first_use(sketches, COUNT(sketches)),
			    "below v41, which is used as swap");
}

/* Of a group of volumes the one that is mounted is what matters. */
TEST(the_first_that_is_used_is_told)
{
	assert_string_equal(USE({ .name = "sda", .holders = "dm-0 dm-1 dm-2" }, { .name = "dm-0" },
				{ .name = "dm-1", .mounts = { "/" } },
				{ .name = "dm-2", .is_swap = true }),
			    "below dm-1, which is mounted on /");
	assert_string_equal(USE({ .name = "sda", .holders = "dm-0 dm-1" }, { .name = "dm-0" },
				{ .name = "dm-1" }),
			    "below dm-0");
	/* Standing on it is no use by itself, as long as another one is used. */
	assert_string_equal(USE({ .name = "sda", .holders = "dm-0 dm-1" },
				{ .name = "dm-0", .holders = "dm-2" },
				{ .name = "dm-1", .mounts = { "/" } }, { .name = "dm-2" }),
			    "below dm-1, which is mounted on /");
}

TEST(own_use_comes_before_what_stands_on_it)
{
	assert_string_equal(
		USE({ .name = "sda", .mounts = { "/" }, .holders = "dm-0" }, { .name = "dm-0" }),
		"mounted on /");
}

TEST(a_circle_ends)
{
	assert_non_null(USE({ .name = "a", .holders = "a" }));
	assert_non_null(USE({ .name = "a", .holders = "b" }, { .name = "b", .holders = "a" }));
	/* Each on each: no way is walked twice. */
	assert_non_null(USE({ .name = "a", .holders = "a b c d e f" },
			    { .name = "b", .holders = "a b c d e f" },
			    { .name = "c", .holders = "f e d c b a" },
			    { .name = "d", .holders = "a b c d e f" },
			    { .name = "e", .holders = "a b c d e f" },
			    { .name = "f", .holders = "a b c d e f" }));
}

static const char *use_below(unsigned int depth)
{
	struct sketch *sketches = xcalloc(depth + 1, sizeof(*sketches));
	const char *use;

	for (unsigned int i = 0; i <= depth; i++) {
		sketches[i].name = keep(xasprintf("b%u", i));
		if (i < depth)
			sketches[i].holders = keep(xasprintf("b%u", i + 1));
		else
			sketches[i].mounts[0] = "/";
	}
	use = first_use(sketches, depth + 1);
	free(sketches);
	return use;
}

TEST(stacks_end_somewhere)
{
	assert_non_null(strstr(use_below(16), "which is mounted on /"));
	assert_string_equal(use_below(17), "below b1");
	/* Beyond it is still said to be used. */
	assert_string_equal(use_below(1000), "below b1");
}

TEST(blocks_are_found_by_their_names)
{
	struct blocks blocks = { 0 };

	add_block(&blocks, &(const struct sketch){ .name = "sda" });
	add_block(&blocks, &(const struct sketch){ .name = "sda1" });
	assert_ptr_equal(blocks_find(&blocks, "sda1"), &blocks.block[1]);
	assert_null(blocks_find(&blocks, "sda2"));
	assert_null(blocks_find(&blocks, ""));
	blocks_clear(&blocks);
}

/* scan_blocks() */

#define DISK  "pci0000:00/0000:00:04.0"
#define OTHER "pci0000:00/0000:00:05.0"

static const char *host_with_disks(void)
{
	const char *root = directory_new();

	put_pci(root, DISK, "PCI_CLASS=10000\nPCI_ID=1AF4:1001\n");
	put_pci(root, OTHER, "PCI_CLASS=10802\nPCI_ID=1B36:0010\n");
	put_file(root, "proc/swaps", "Filename Type Size Used Priority\n");
	return root;
}

/* A block device whose directory is @path below /sys/devices. */
static void put_block(const char *root, const char *path, const char *number)
{
	const char *directory = keep(xasprintf("sys/devices/%s", path));

	if (number)
		put_file(root, path_in(directory, "dev"), keep(xasprintf("%s\n", number)));
	else
		put_directory(root, directory);
	put_directory(root, path_in(directory, "holders"));
	put_link(root, path_in("sys/class/block", text_base_name(path)),
		 keep(xasprintf("../../devices/%s", path)));
}

static void put_mounts(const char *root, const char *lines)
{
	put_file(root, "proc/self/mountinfo", lines);
}

static struct host *scan(const char *root)
{
	struct source *source = sysroot_open(root);
	struct host *host = scan_host(source);

	scan_blocks(source, host);
	source_close(source);
	return host;
}

static const struct block *block(const struct host *host, const char *name)
{
	const struct block *found = blocks_find(&host->blocks, name);

	if (!found)
		fail_msg("no block device %s", name);
	return found;
}

static void assert_mounts(const struct host *host, const char *name, size_t count,
			  const char *first)
{
	assert_int_equal(block(host, name)->n_mounts, count);
	if (first)
		assert_string_equal(block(host, name)->mounts[0], first);
}

TEST(a_disk_and_its_partition_are_on_their_device)
{
	const char *root = host_with_disks();
	struct host *host;

	put_block(root, DISK "/virtio0/block/vda", "254:0");
	put_block(root, DISK "/virtio0/block/vda/vda1", "254:1");
	put_block(root, "virtual/block/loop0", "7:0");
	host = scan(root);
	assert_int_equal(host->blocks.count, 3);
	assert_string_equal(block(host, "vda")->device->address, "0000:00:04.0");
	assert_ptr_equal(block(host, "vda1")->device, block(host, "vda")->device);
	assert_string_equal(block(host, "vda1")->number, "254:1");
	assert_null(block(host, "loop0")->device);
	assert_null(block(host, "loop0")->mapped_name);
	host_free(host);
}

TEST(a_host_without_disks_has_none)
{
	struct host *host = scan(host_with_disks());

	assert_int_equal(host->blocks.count, 0);
	host_free(host);
}

TEST(what_stands_on_a_disk_is_read)
{
	const char *root = host_with_disks();
	struct host *host;

	put_block(root, DISK "/virtio0/block/vda", "254:0");
	put_directory(root, "sys/devices/" DISK "/virtio0/block/vda/holders/dm-10");
	put_directory(root, "sys/devices/" DISK "/virtio0/block/vda/holders/dm-9");
	put_directory(root, "sys/devices/" DISK "/virtio0/block/vda/holders/e\x1b[m");
	put_block(root, "virtual/block/dm-9", "253:9");
	put_file(root, "sys/devices/virtual/block/dm-9/dm/name", "vg-root\n");
	put_block(root, "virtual/block/md0", "9:0");
	put_file(root, "sys/devices/virtual/block/md0/dm/name", "frob\n");
	host = scan(root);
	assert_int_equal(block(host, "vda")->n_holders, 3);
	assert_string_equal(block(host, "vda")->holders[0], "dm-9");
	assert_string_equal(block(host, "vda")->holders[1], "dm-10");
	assert_string_equal(block(host, "vda")->holders[2], "e?[m");
	assert_string_equal(block(host, "dm-9")->mapped_name, "vg-root");
	assert_null(block(host, "md0")->mapped_name);
	host_free(host);
}

/* Some 20 kinds of mounts on one host */

static struct host *scan_mounts(const char *lines)
{
	const char *root = host_with_disks();

	put_block(root, DISK "/virtio0/block/vda", "254:0");
	put_block(root, DISK "/virtio0/block/vda/vda1", "254:1");
	put_block(root, DISK "/virtio0/block/vda/vda2", "254:2");
	put_block(root, "virtual/block/dm-0", "253:0");
	put_file(root, "sys/devices/virtual/block/dm-0/dm/name", "vg-root\n");
	/* The disk behind a path of several has no number. */
	put_block(root, OTHER "/nvme/nvme0/nvme0c0n1", NULL);
	put_mounts(root, lines);
	return scan(root);
}

TEST(mounts_are_found_by_number)
{
	struct host *host = scan_mounts(
		"22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/root rw,errors=remount-ro\n"
		"23 22 0:21 / /proc rw - proc proc rw\n"
		"24 22 254:1 /sub /srv rw master:1 propagate_from:2 unbindable - ext4 x rw\n"
		"25 22 253:0 / /mnt rw - ext4 /dev/vda2 rw\n");

	assert_mounts(host, "vda", 0, NULL);
	assert_mounts(host, "vda1", 2, "/");
	assert_string_equal(block(host, "vda1")->mounts[1], "/srv");
	assert_mounts(host, "vda2", 0, NULL);
	assert_mounts(host, "dm-0", 1, "/mnt");
	host_free(host);
}

TEST(a_mount_without_optional_fields_is_read)
{
	struct host *host = scan_mounts("22 1 254:1 / /a rw - ext4 /dev/root rw");

	assert_mounts(host, "vda1", 1, "/a");
	host_free(host);
}

/* btrfs has numbers of its own; the device is named behind the type. */
TEST(mounts_are_found_by_node_where_the_number_says_nothing)
{
	struct host *host = scan_mounts("22 1 0:35 /@ / rw shared:1 - btrfs /dev/vda2 rw\n"
					"23 1 0:36 / /m rw - btrfs /dev/mapper/vg-root rw\n"
					"24 1 0:37 / /n rw - btrfs /dev/mapper/vg-roo rw\n"
					"25 1 0:38 / /o rw - btrfs vda1 rw\n"
					"26 1 0:39 / /p rw - btrfs /dev/vda11 rw\n");

	assert_mounts(host, "vda2", 1, "/");
	assert_mounts(host, "dm-0", 1, "/m");
	assert_mounts(host, "vda1", 0, NULL);
	host_free(host);
}

/* A root or a place may be called "-", and so may a device; the hyphen alone comes behind them. */
TEST(names_that_are_hyphens_are_no_end)
{
	struct host *host = scan_mounts("22 1 254:1 - - - - - - x\n"
					"23 1 254:2 /- /- rw shared:1 - ext4 - rw\n");

	assert_mounts(host, "vda1", 1, "-");
	assert_mounts(host, "vda2", 1, "/-");
	host_free(host);
}

TEST(blanks_and_their_like_are_written_as_numbers)
{
	static const struct {
		const char *escaped;
		const char *plain;
	} cases[] = {
		{ "/a\\040b", "/a b" },	  { "/a\\134b", "/a\\b" },
		{ "/\\141\\142", "/ab" }, { "/a\\012b", "/a?b" },
		{ "/a\\011", "/a?" },	  { "/a\\04", "/a\\04" },
		{ "/a\\", "/a\\" },	  { "/a\\0", "/a\\0" },
		{ "/a\\048", "/a\\048" }, { "/a\\480", "/a\\480" },
		{ "/\\400", "/\\400" },	  { "/\\303\\244", "/\xc3\xa4" },
		{ "/\\377", "/?" },	  { "/a\x1b[31m", "/a?[31m" },
		{ "/a\\000b", "/a" },	  { "/\\040\\040", "/  " },
		{ "/a\\0400", "/a 0" },	  { "/a\\080", "/a\\080" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *line = keep(
			xasprintf("22 1 254:1 / %s rw - ext4 /dev/root rw\n", cases[i].escaped));
		struct host *host = scan_mounts(line);

		assert_mounts(host, "vda1", 1, cases[i].plain);
		host_free(host);
	}
}

TEST(lines_that_are_no_mounts_are_passed_over)
{
	static const char *const lines[] = {
		"",
		"22",
		"22 1 254:1 / /",
		"22 1 254:1 / / rw shared:1",
		"22 1 254:1 / / rw shared:1 -",
		"22 1 254:1 / / rw shared:1 - ext4",
		"- - - - - -",
		"         ",
		" 22 1 254:1 / / rw - ext4",
		"22 1 254:1 / / - ext4 x rw",
	};

	for (size_t i = 0; i < COUNT(lines); i++) {
		struct host *host = scan_mounts(
			keep(xasprintf("%s\n22 1 254:2 / /good rw - ext4 x rw\n", lines[i])));

		for (size_t b = 0; b < host->blocks.count; b++)
			assert_int_equal(host->blocks.block[b].n_mounts,
					 strcmp(host->blocks.block[b].name, "vda2") == 0);
		host_free(host);
	}
}

static bool is_noted(const char *root, const char *path)
{
	struct host *host = scan(root);
	bool noted = false;

	for (size_t i = 0; i < host->n_unread; i++)
		noted |= strcmp(host->unread[i].path, path) == 0;
	host_free(host);
	return noted;
}

TEST(what_can_not_be_read_is_noted)
{
	const char *root = host_with_disks();

	put_directory(root, "proc/self/mountinfo");
	/* A host without disks may run from the network. */
	assert_true(is_noted(root, "/proc/self/mountinfo"));
	assert_false(is_noted(root, "/sys/class/block"));
	put_block(root, DISK "/virtio0/block/vda", "254:0");
	assert_true(is_noted(root, "/proc/self/mountinfo"));
	assert_false(is_noted(root, "/sys/class/block"));
	directory_remove(path_in(root, "sys/class/block"));
	put_file(root, "sys/class/block", "");
	assert_true(is_noted(root, "/sys/class/block"));
}

TEST(what_leads_nowhere_is_no_block_device)
{
	const char *root = host_with_disks();
	struct host *host;

	put_directory(root, "sys/class/block/frob");
	host = scan(root);
	assert_int_equal(host->blocks.count, 0);
	host_free(host);
}

TEST(swaps_are_found)
{
	const char *root = host_with_disks();
	struct host *host;

	put_block(root, DISK "/virtio0/block/vda", "254:0");
	put_block(root, DISK "/virtio0/block/vda/vda1", "254:1");
	put_block(root, "virtual/block/dm-0", "253:0");
	put_block(root, "virtual/block/dm-1", "253:1");
	put_file(root, "sys/devices/virtual/block/dm-1/dm/name", "vg-swap\n");
	put_file(root, "proc/swaps",
		 "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
		 "/dev/vda1                               partition\t999\t\t0\t\t-2\n"
		 "/dev/mapper/vg-swap\tpartition\t999\t\t0\t\t-2\n"
		 "/swapfile\tfile\t9\t0\t-3\n"
		 "/dev/frob");
	host = scan(root);
	assert_true(block(host, "vda1")->is_swap);
	assert_true(block(host, "dm-1")->is_swap);
	assert_false(block(host, "vda")->is_swap);
	assert_false(block(host, "dm-0")->is_swap);
	host_free(host);
}

/* NVMe with several paths */

#define SUBSYSTEM "virtual/nvme-subsystem/nvme-subsys0"

static const char *host_with_paths(void)
{
	const char *root = host_with_disks();

	put_block(root, SUBSYSTEM "/nvme0n1", "259:0");
	put_directory(root, "sys/devices/" OTHER "/nvme/nvme10");
	put_directory(root, "sys/devices/" DISK "/nvme/nvme11");
	return root;
}

TEST(a_disk_of_several_paths_is_on_the_first)
{
	const char *root = host_with_paths();
	struct host *host;

	/* What is beside them is no path: no link, no number, another name. */
	put_directory(root, "sys/devices/" SUBSYSTEM "/nvme1");
	put_link(root, "sys/devices/" SUBSYSTEM "/nvmeX", "../../../" DISK "/nvme/nvme11");
	put_link(root, "sys/devices/" SUBSYSTEM "/nvme", "../../../" DISK "/nvme/nvme11");
	put_link(root, "sys/devices/" SUBSYSTEM "/a1", "../../../" DISK "/nvme/nvme11");
	put_link(root, "sys/devices/" SUBSYSTEM "/nvme10", "../../../" OTHER "/nvme/nvme10");
	put_link(root, "sys/devices/" SUBSYSTEM "/nvme11", "../../../" DISK "/nvme/nvme11");
	put_block(root, SUBSYSTEM "/nvme0n1/nvme0n1p1", "259:1");
	host = scan(root);
	assert_string_equal(block(host, "nvme0n1")->device->address, "0000:00:05.0");
	assert_string_equal(block(host, "nvme0n1p1")->device->address, "0000:00:05.0");
	host_free(host);
}

/* A path over the network leads to no device here. */
TEST(a_path_to_no_device_is_passed_over)
{
	const char *root = host_with_paths();
	struct host *host;

	put_link(root, "sys/devices/" SUBSYSTEM "/nvme2",
		 "../../../virtual/nvme-fabrics/ctl/nvme2");
	put_link(root, "sys/devices/" SUBSYSTEM "/nvme11", "../../../" DISK "/nvme/nvme11");
	host = scan(root);
	assert_string_equal(block(host, "nvme0n1")->device->address, "0000:00:04.0");
	host_free(host);
}

TEST(a_disk_without_a_path_is_on_no_device)
{
	const char *root = host_with_paths();
	struct host *host;

	put_link(root, "sys/class/block/frob", "../../nvme-subsys");
	host = scan(root);
	assert_null(block(host, "nvme0n1")->device);
	assert_null(block(host, "frob")->device);
	host_free(host);
}

TEST(blocks_are_read_again)
{
	const char *root = host_with_disks();
	struct source *source = sysroot_open(root);
	struct host *host = scan_host(source);

	put_block(root, DISK "/virtio0/block/vda", "254:0");
	scan_blocks(source, host);
	scan_blocks(source, host);
	assert_int_equal(host->blocks.count, 1);
	host_free(host);
	source_close(source);
}

/* block_need() */

#define SDA "pci0000:00/0000:00:04.0/ata1/host0/target0:0:0/0:0:0:0/block/sda"
#define SDB "pci0000:00/0000:00:05.0/ata2/host1/target1:0:0/1:0:0:0/block/sdb"

/* Two disks with one partition each, on two devices. */
static const char *host_with_partitions(void)
{
	const char *root = host_with_disks();

	put_block(root, SDA, "8:0");
	put_block(root, SDA "/sda1", "8:1");
	put_block(root, SDB, "8:16");
	put_block(root, SDB "/sdb1", "8:17");
	return root;
}

/* The same once all processes were seen, which a directory of files does not show. */
static struct host *scan_seen(const char *root)
{
	struct host *host = scan(root);

	host->blocks.openers_errno = 0;
	return host;
}

static enum block_need need_of(const struct host *host, const char *address)
{
	return blocks_device_need(&host->blocks, host_device(host, address));
}

#define ON_SDA "0000:00:04.0"
#define ON_SDB "0000:00:05.0"

static void put_holder(const char *root, const char *lower, const char *upper)
{
	put_directory(root, keep(xasprintf("sys/devices/%s/holders/%s", lower, upper)));
}

TEST(the_disk_of_the_root_is_essential_and_others_are_idle)
{
	const char *root = host_with_partitions();
	struct host *host;

	put_mounts(root, "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n");
	host = scan_seen(root);
	assert_int_equal(need_of(host, ON_SDA), BLOCK_ESSENTIAL);
	assert_int_equal(need_of(host, ON_SDB), BLOCK_IDLE);
	assert_int_equal(block_need(&host->blocks, block(host, "sda")), BLOCK_ESSENTIAL);
	assert_string_equal(block(host, "sda1")->disk, "sda");
	assert_null(block(host, "sda")->disk);
	assert_null(blocks_unknown(&host->blocks, host->devices[0]));
	host_free(host);
}

TEST(a_disk_is_idle_only_if_all_that_could_use_it_was_seen)
{
	const char *root = host_with_partitions();
	struct host *host;
	const char *reason;

	put_mounts(root, "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n");
	host = scan(root);
	assert_int_equal(need_of(host, ON_SDA), BLOCK_ESSENTIAL);
	assert_int_equal(need_of(host, ON_SDB), BLOCK_UNKNOWN);
	reason = keep(blocks_unknown(&host->blocks, host->devices[0]));
	assert_string_equal(reason, "processes that have disks open were not seen");
	host_free(host);
	root = host_with_partitions();
	host = scan_seen(root);
	assert_int_equal(need_of(host, ON_SDA), BLOCK_UNKNOWN);
	reason = keep(blocks_unknown(&host->blocks, host->devices[0]));
	assert_string_equal(reason, "mounts and swap were not seen");
	host_free(host);
}

TEST(other_mounts_and_open_disks_are_in_use)
{
	const char *root = host_with_partitions();
	struct host *host;

	put_mounts(root, "22 1 8:1 / /srv rw - ext4 /dev/sda1 rw\n");
	host = scan_seen(root);
	assert_int_equal(need_of(host, ON_SDA), BLOCK_IN_USE);
	assert_int_equal(need_of(host, ON_SDB), BLOCK_IDLE);
	blocks_find(&host->blocks, "sdb1")->opener = xstrdup("process 7 (qemu)");
	assert_int_equal(need_of(host, ON_SDB), BLOCK_IN_USE);
	assert_string_equal(keep(block_use(&host->blocks, block(host, "sdb1"))),
			    "open in process 7 (qemu)");
	host_free(host);
}

/* Partition, RAID with a partition of its own, encryption, volume: none is mounted but the last. */
TEST(the_root_is_found_through_all_that_is_below_it)
{
	const char *root = host_with_partitions();
	struct host *host;

	put_block(root, "virtual/block/md0", "9:0");
	put_block(root, "virtual/block/md0/md0p1", "259:5");
	put_block(root, "virtual/block/bcache0", "252:0");
	put_block(root, "virtual/block/dm-0", "253:0");
	put_holder(root, SDA "/sda1", "md0");
	put_holder(root, SDB "/sdb1", "md0");
	put_holder(root, "virtual/block/md0/md0p1", "bcache0");
	put_holder(root, "virtual/block/bcache0", "dm-0");
	put_file(root, "sys/devices/virtual/block/dm-0/dm/name", "vg-root\n");
	put_mounts(root, "22 1 0:30 /@ / rw - btrfs /dev/mapper/vg-root rw\n");
	host = scan_seen(root);
	assert_int_equal(need_of(host, ON_SDA), BLOCK_ESSENTIAL);
	assert_int_equal(need_of(host, ON_SDB), BLOCK_ESSENTIAL);
	assert_string_equal(
		keep(block_use(&host->blocks, block(host, "sdb1"))),
		"below md0, which is below md0p1, which is below bcache0, which is below "
		"dm-0 (vg-root), which is mounted on /");
	host_free(host);
}

/* The mount names one device of a file system that has two. */
TEST(each_member_of_a_btrfs_is_as_essential_as_the_one_that_is_named)
{
	const char *root = host_with_partitions();
	struct host *host;

	put_directory(root, "sys/fs/btrfs/features");
	put_link(root, "sys/fs/btrfs/1b4e/devices/sda1", "../../../../devices/" SDA "/sda1");
	put_link(root, "sys/fs/btrfs/1b4e/devices/sdb", "../../../../devices/" SDB);
	put_mounts(root, "22 1 0:30 /@ / rw - btrfs /dev/sda1 rw\n");
	host = scan_seen(root);
	assert_int_equal(need_of(host, ON_SDA), BLOCK_ESSENTIAL);
	assert_int_equal(need_of(host, ON_SDB), BLOCK_ESSENTIAL);
	assert_mounts(host, "sdb", 1, "/");
	assert_null(host->blocks.unnamed);
	host_free(host);
}

TEST(each_member_of_a_bcachefs_is_found_by_its_link)
{
	const char *root = host_with_partitions();
	struct host *host;

	put_link(root, "sys/fs/bcachefs/1b4e/dev-0/block", "../../../../devices/" SDA "/sda1");
	put_link(root, "sys/fs/bcachefs/1b4e/dev-1/block", "../../../../devices/" SDB "/sdb1");
	put_mounts(root, "22 1 0:30 / / rw - bcachefs /dev/sdb1 rw\n");
	host = scan_seen(root);
	assert_int_equal(need_of(host, ON_SDA), BLOCK_ESSENTIAL);
	assert_int_equal(need_of(host, ON_SDB), BLOCK_ESSENTIAL);
	host_free(host);
	root = host_with_partitions();
	put_mounts(root, "22 1 0:30 / / rw - bcachefs /dev/sda1:/dev/sdb1 rw\n");
	host = scan_seen(root);
	assert_int_equal(need_of(host, ON_SDA), BLOCK_ESSENTIAL);
	assert_int_equal(need_of(host, ON_SDB), BLOCK_ESSENTIAL);
	host_free(host);
}

/* XFS keeps its log, and its real-time data, on disks that only its options name. */
TEST(a_log_is_as_essential_as_the_file_system)
{
	static const char *const keys[] = { "logdev=", "rtdev=", "journal_path=", "device=" };
	const char *root = host_with_partitions();
	struct host *host;

	for (size_t i = 0; i < COUNT(keys); i++) {
		put_mounts(root, keep(xasprintf("22 1 8:1 / / rw - xfs /dev/sda1 "
						"rw,attr2,%s/dev/sdb,noquota\n",
						keys[i])));
		host = scan_seen(root);
		assert_int_equal(need_of(host, ON_SDA), BLOCK_ESSENTIAL);
		assert_int_equal(need_of(host, ON_SDB), BLOCK_ESSENTIAL);
		assert_mounts(host, "sdb", 1, "/");
		assert_null(host->blocks.unnamed);
		host_free(host);
	}
	put_mounts(root, "22 1 8:1 / /srv rw - xfs /dev/sda1 rw,logdev=/dev/sdb1\n");
	host = scan_seen(root);
	assert_int_equal(need_of(host, ON_SDB), BLOCK_IN_USE);
	assert_mounts(host, "sdb1", 1, "/srv");
	host_free(host);
	/* Options that only look like it. */
	put_mounts(root,
		   "22 1 8:1 / / rw - xfs /dev/sda1 rw,logdev=,nologdev=/dev/sdb,rtdev=sdb\n");
	host = scan_seen(root);
	assert_int_equal(need_of(host, ON_SDB), BLOCK_IDLE);
	host_free(host);
}

TEST(a_log_under_a_name_that_is_not_known_may_be_on_any_disk)
{
	const char *root = host_with_partitions();
	struct host *host;

	put_mounts(root, "22 1 8:1 / / rw - xfs /dev/sda1 rw,logdev=/dev/disk/by-id/a\\054b\n");
	host = scan_seen(root);
	assert_int_equal(need_of(host, ON_SDB), BLOCK_UNKNOWN);
	assert_string_equal(host->blocks.unnamed,
			    "xfs with logdev=/dev/disk/by-id/a,b is mounted on /");
	host_free(host);
	/* Nor is it known where the rest is. */
	put_mounts(root, "22 1 9:9 / /srv rw - xfs /dev/gone rw,logdev=/dev/sda1\n");
	host = scan_seen(root);
	assert_int_equal(need_of(host, ON_SDA), BLOCK_IN_USE);
	assert_int_equal(need_of(host, ON_SDB), BLOCK_UNKNOWN);
	host_free(host);
}

TEST(a_journal_on_a_disk_of_its_own_is_needed_as_its_file_system_is)
{
	const char *root = host_with_partitions();
	struct host *host;

	put_mounts(root, "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n");
	put_directory(root, "proc/fs/jbd2/sda1-8");
	host = scan_seen(root);
	assert_int_equal(need_of(host, ON_SDB), BLOCK_IDLE);
	host_free(host);
	put_directory(root, "proc/fs/jbd2/sdb");
	host = scan_seen(root);
	/* That of / is in it, so it is the journal of a file system that is mounted elsewhere. */
	assert_int_equal(need_of(host, ON_SDB), BLOCK_IN_USE);
	assert_string_equal(keep(block_use(&host->blocks, block(host, "sdb"))),
			    "part of a mounted ext4 file system");
	host_free(host);
	root = host_with_partitions();
	put_mounts(root, "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n");
	put_directory(root, "proc/fs/jbd2/sdb");
	host = scan_seen(root);
	assert_int_equal(need_of(host, ON_SDB), BLOCK_ESSENTIAL);
	assert_mounts(host, "sdb", 1, "/");
	host_free(host);
	put_mounts(root, "22 1 8:1 / /srv rw - ext4 /dev/sda1 rw\n");
	host = scan_seen(root);
	assert_int_equal(need_of(host, ON_SDB), BLOCK_IN_USE);
	assert_mounts(host, "sdb", 1, "/srv");
	host_free(host);
}

/* Mounted in another namespace, as by a container, so no mount of this process shows it. */
TEST(a_file_system_that_its_driver_lists_is_in_use)
{
	const char *root = host_with_partitions();
	struct host *host;

	put_mounts(root, "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n");
	put_directory(root, "sys/fs/xfs/sdb1");
	put_directory(root, "sys/fs/xfs/stats");
	host = scan_seen(root);
	assert_int_equal(need_of(host, ON_SDB), BLOCK_IN_USE);
	assert_string_equal(keep(block_use(&host->blocks, block(host, "sdb1"))),
			    "part of a mounted xfs file system");
	host_free(host);
}

TEST(a_disk_below_the_file_of_a_loop_device_is_needed_as_that_is)
{
	const char *root = host_with_partitions();
	struct host *host;

	put_block(root, "virtual/block/loop0", "7:0");
	put_file(root, "sys/devices/virtual/block/loop0/loop/backing_file",
		 "/media/live/fs.squashfs\n");
	put_mounts(root, "21 1 8:17 / /media rw - iso9660 /dev/sdb1 ro\n"
			 "22 1 7:0 / / ro - squashfs /dev/loop0 ro\n"
			 "23 1 8:1 / /media/li rw - ext4 /dev/sda1 rw\n");
	host = scan_seen(root);
	assert_int_equal(need_of(host, ON_SDA), BLOCK_IN_USE);
	assert_int_equal(need_of(host, ON_SDB), BLOCK_ESSENTIAL);
	host_free(host);
}

/* A live system: its overlay is on a file system that is mounted elsewhere. */
TEST(what_an_overlay_is_made_of_is_as_essential_as_it)
{
	const char *root = host_with_partitions();
	struct host *host;

	put_mounts(
		root,
		"21 1 8:17 / /run/live rw - ext4 /dev/sdb1 ro\n"
		"20 1 0:20 / /cow rw - tmpfs tmpfs rw\n"
		"22 1 0:40 / / rw - overlay overlay rw,lowerdir=/run/live/fs,upperdir=/cow/rw\n");
	host = scan_seen(root);
	assert_int_equal(need_of(host, ON_SDA), BLOCK_IDLE);
	assert_int_equal(need_of(host, ON_SDB), BLOCK_ESSENTIAL);
	assert_null(host->blocks.unnamed);
	host_free(host);
}

/* Disks of a mount are not named: a disk without other evidence may be one of them. */
TEST(a_mount_that_names_no_disk_leaves_the_others_unknown)
{
	static const char *const lines[] = {
		"22 1 0:25 / / rw - zfs rpool/ROOT/pve-1 rw\n",
		"22 1 0:25 / /data rw - zfs tank/data rw\n",
		"22 1 0:25 / / rw - overlay overlay rw,lowerdir=/var/lib/docker/a:/var/lib/docker/b\n",
		"22 1 0:25 / / rw - overlay overlay rw\n",
		"22 1 0:25 / /mnt rw - btrfs /dev/nothing rw\n",
		"22 1 0:25 / / rw - fuse.frob frob rw\n",
	};

	for (size_t i = 0; i < COUNT(lines); i++) {
		const char *root = host_with_partitions();
		struct host *host;

		put_mounts(root, keep(xasprintf("20 1 8:1 / /boot rw - ext4 /dev/sda1 rw\n%s",
						lines[i])));
		host = scan_seen(root);
		assert_int_equal(need_of(host, ON_SDA), BLOCK_ESSENTIAL);
		assert_int_equal(need_of(host, ON_SDB), BLOCK_UNKNOWN);
		assert_non_null(host->blocks.unnamed);
		host_free(host);
	}
}

TEST(what_is_on_a_pool_of_zfs_without_a_mount_leaves_disks_unknown)
{
	const char *root = host_with_partitions();
	struct host *host;

	put_mounts(root, "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n");
	put_file(root, "proc/spl/kstat/zfs/arcstats", "");
	host = scan_seen(root);
	assert_int_equal(need_of(host, ON_SDB), BLOCK_IDLE);
	host_free(host);
	put_file(root, "proc/spl/kstat/zfs/tank/state", "ONLINE\n");
	host = scan_seen(root);
	assert_int_equal(need_of(host, ON_SDB), BLOCK_UNKNOWN);
	assert_string_equal(keep(blocks_unknown(&host->blocks, host->devices[0])),
			    "a pool of ZFS is imported, and its disks are not known");
	host_free(host);
}

TEST(disks_that_the_kernel_exports_are_not_named_by_it)
{
	static const struct {
		const char *directory;
		enum block_need need;
	} cases[] = {
		{ "sys/kernel/config/target/core/alua", BLOCK_IDLE },
		{ "sys/kernel/config/target/core/fileio_0", BLOCK_IDLE },
		{ "sys/kernel/config/target/core/iblock_0", BLOCK_UNKNOWN },
		{ "sys/kernel/config/nvmet/subsystems/nqn.2014-08.org:x", BLOCK_UNKNOWN },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *root = host_with_partitions();
		struct host *host;

		put_mounts(root, "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n");
		put_directory(root, cases[i].directory);
		host = scan_seen(root);
		assert_int_equal(need_of(host, ON_SDB), cases[i].need);
		host_free(host);
	}
}

TEST(swap_is_essential_as_a_disk_and_as_a_file)
{
	const char *root = host_with_partitions();
	struct host *host;

	put_mounts(root, "22 1 8:1 / /srv rw - ext4 /dev/sda1 rw\n");
	put_file(root, "proc/swaps",
		 "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
		 "/srv/swap\\040file file\t9\t0\t-3\n"
		 "/dev/sdb1 partition\t9\t0\t-2\n");
	host = scan_seen(root);
	assert_int_equal(need_of(host, ON_SDA), BLOCK_ESSENTIAL);
	assert_int_equal(need_of(host, ON_SDB), BLOCK_ESSENTIAL);
	assert_string_equal(block(host, "sda1")->swap_file, "/srv/swap file");
	assert_null(host->blocks.unnamed);
	host_free(host);
}

/* Each controller of a subsystem has a part in the disk, the second as much as the first. */
TEST(all_paths_to_a_disk_are_needed_as_it_is)
{
	const char *root = host_with_paths();
	struct host *host;

	put_link(root, "sys/devices/" SUBSYSTEM "/nvme10", "../../../" OTHER "/nvme/nvme10");
	put_link(root, "sys/devices/" SUBSYSTEM "/nvme11", "../../../" DISK "/nvme/nvme11");
	put_block(root, SUBSYSTEM "/nvme0n1/nvme0n1p1", "259:1");
	put_mounts(root, "22 1 259:1 / / rw - ext4 /dev/nvme0n1p1 rw\n");
	host = scan_seen(root);
	assert_int_equal(need_of(host, ON_SDA), BLOCK_ESSENTIAL);
	assert_int_equal(need_of(host, ON_SDB), BLOCK_ESSENTIAL);
	assert_string_equal(keep(block_use(&host->blocks, block(host, "nvme0c11n1"))),
			    "below nvme0n1, which is below nvme0n1p1, which is mounted on /");
	host_free(host);
	/* The kernel lists paths as disks. */
	put_block(root, DISK "/nvme/nvme11/nvme0c11n1", NULL);
	put_block(root, OTHER "/nvme/nvme10/nvme0c10n1", NULL);
	host = scan_seen(root);
	assert_int_equal(need_of(host, ON_SDA), BLOCK_ESSENTIAL);
	assert_int_equal(need_of(host, ON_SDB), BLOCK_ESSENTIAL);
	assert_int_equal(host->blocks.count, 4);
	host_free(host);
}

TEST(a_root_on_the_network_is_known_by_its_mount_or_its_disk)
{
	const char *root = host_with_partitions();
	struct host *host;

	put_mounts(root, "22 1 0:25 / / rw - nfs4 srv:/root rw,vers=4.2,addr=192.0.2.1,port=0\n");
	host = scan_seen(root);
	assert_string_equal(host->blocks.network_root, "nfs4 on /");
	assert_string_equal(host->blocks.root_server, "192.0.2.1");
	assert_int_equal(need_of(host, ON_SDA), BLOCK_IDLE);
	host_free(host);
	put_block(root, "platform/host3/session1/target3:0:0/3:0:0:0/block/sdc", "8:32");
	put_mounts(root, "22 1 8:32 / / rw - ext4 /dev/sdc rw\n");
	host = scan_seen(root);
	assert_string_equal(host->blocks.network_root, "the remote disk sdc");
	assert_null(host->blocks.root_server);
	host_free(host);
	put_mounts(root, "22 1 8:32 / /srv rw - ext4 /dev/sdc rw\n");
	host = scan_seen(root);
	assert_null(host->blocks.network_root);
	host_free(host);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_disk_may_be_used_for_nothing),
		cmocka_unit_test(a_disk_is_mounted_once_or_more),
		cmocka_unit_test(a_disk_is_swapped_to),
		cmocka_unit_test(what_stands_on_a_disk_uses_it),
		cmocka_unit_test(what_stands_on_a_disk_uses_it_even_for_nothing_known),
		cmocka_unit_test(any_number_may_stand_on_a_disk),
		cmocka_unit_test(the_first_that_is_used_is_told),
		cmocka_unit_test(own_use_comes_before_what_stands_on_it),
		cmocka_unit_test(a_circle_ends),
		cmocka_unit_test(stacks_end_somewhere),
		cmocka_unit_test(blocks_are_found_by_their_names),
		cmocka_unit_test(a_disk_and_its_partition_are_on_their_device),
		cmocka_unit_test(a_host_without_disks_has_none),
		cmocka_unit_test(what_stands_on_a_disk_is_read),
		cmocka_unit_test(mounts_are_found_by_number),
		cmocka_unit_test(a_mount_without_optional_fields_is_read),
		cmocka_unit_test(mounts_are_found_by_node_where_the_number_says_nothing),
		cmocka_unit_test(names_that_are_hyphens_are_no_end),
		cmocka_unit_test(blanks_and_their_like_are_written_as_numbers),
		cmocka_unit_test(lines_that_are_no_mounts_are_passed_over),
		cmocka_unit_test(what_can_not_be_read_is_noted),
		cmocka_unit_test(what_leads_nowhere_is_no_block_device),
		cmocka_unit_test(swaps_are_found),
		cmocka_unit_test(a_disk_of_several_paths_is_on_the_first),
		cmocka_unit_test(a_path_to_no_device_is_passed_over),
		cmocka_unit_test(a_disk_without_a_path_is_on_no_device),
		cmocka_unit_test(blocks_are_read_again),
		cmocka_unit_test(a_root_on_the_network_is_known_by_its_mount_or_its_disk),
		cmocka_unit_test(all_paths_to_a_disk_are_needed_as_it_is),
		cmocka_unit_test(disks_that_the_kernel_exports_are_not_named_by_it),
		cmocka_unit_test(swap_is_essential_as_a_disk_and_as_a_file),
		cmocka_unit_test(what_is_on_a_pool_of_zfs_without_a_mount_leaves_disks_unknown),
		cmocka_unit_test(a_mount_that_names_no_disk_leaves_the_others_unknown),
		cmocka_unit_test(what_an_overlay_is_made_of_is_as_essential_as_it),
		cmocka_unit_test(a_disk_below_the_file_of_a_loop_device_is_needed_as_that_is),
		cmocka_unit_test(a_log_is_as_essential_as_the_file_system),
		cmocka_unit_test(a_log_under_a_name_that_is_not_known_may_be_on_any_disk),
		cmocka_unit_test(a_journal_on_a_disk_of_its_own_is_needed_as_its_file_system_is),
		cmocka_unit_test(a_file_system_that_its_driver_lists_is_in_use),
		cmocka_unit_test(each_member_of_a_bcachefs_is_found_by_its_link),
		cmocka_unit_test(each_member_of_a_btrfs_is_as_essential_as_the_one_that_is_named),
		cmocka_unit_test(the_root_is_found_through_all_that_is_below_it),
		cmocka_unit_test(other_mounts_and_open_disks_are_in_use),
		cmocka_unit_test(a_disk_is_idle_only_if_all_that_could_use_it_was_seen),
		cmocka_unit_test(the_disk_of_the_root_is_essential_and_others_are_idle),
	};

	return UNIT_RUN("block", tests);
}
