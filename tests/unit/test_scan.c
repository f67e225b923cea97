/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture.h"

#include "model/limits.h"
#include "scan/internal.h"

/* scan_parse_uevent() */

/* A device from the text of its uevent; clear it. */
static struct device uevent(const char *text)
{
	struct device device = { .zpci_pft = ZPCI_NONE };
	char *copy = strdup(text); /* as long as it is, so that a look beyond is seen */

	assert_non_null(copy);
	scan_parse_uevent(copy, &device);
	free(copy);
	return device;
}

TEST(a_pci_device_is_read_from_its_uevent)
{
	struct device device = uevent("DRIVER=vfio-pci\n"
				      "PCI_CLASS=20000\n"
				      "PCI_ID=8086:10D3\n"
				      "PCI_SUBSYS_ID=8086:A01F\n"
				      "PCI_SLOT_NAME=0000:00:04.0\n"
				      "MODALIAS=pci:v00008086d000010D3sv00008086sd0000A01F\n");

	assert_true(device.is_pci);
	assert_string_equal(device.driver, "vfio-pci");
	assert_int_equal(device.class, 0x020000);
	assert_int_equal(device.vendor, 0x8086);
	assert_int_equal(device.device, 0x10d3);
	assert_int_equal(device.subvendor, 0x8086);
	assert_int_equal(device.subdevice, 0xa01f);
	free(device.driver);
}

TEST(a_device_without_a_driver_has_none)
{
	struct device device = uevent("PCI_CLASS=FF00\nPCI_ID=1234:11E8\n");

	assert_null(device.driver);
	assert_true(device.is_pci);
	assert_int_equal(device.class, 0xff00);
}

TEST(a_device_of_another_bus_is_no_pci_device)
{
	struct device device = uevent("DRIVER=i2c_designware\nOF_NAME=i2c\nMODALIAS=platform:x\n");

	assert_false(device.is_pci);
	assert_string_equal(device.driver, "i2c_designware");
	assert_int_equal(device.vendor, 0);
	free(device.driver);
}

TEST(keys_are_whole_words)
{
	struct device device = uevent("XDRIVER=a\nDRIVERX=b\n DRIVER=c\nDRIVER\nPCI_ID\n"
				      "PCI_IDS=8086:10D3\nPCI_CLASSES=1\n");

	assert_null(device.driver);
	assert_false(device.is_pci);
	assert_int_equal(device.class, 0);
}

TEST(the_first_driver_counts)
{
	struct device device = uevent("DRIVER=one\nDRIVER=two\n");

	assert_string_equal(device.driver, "one");
	free(device.driver);
}

TEST(a_driver_is_cleaned)
{
	struct device device = uevent("DRIVER=e\x1b[31m1000\xff\n");

	assert_string_equal(device.driver, "e?[31m1000?");
	free(device.driver);
}

TEST(ids_that_are_none_make_no_pci_device)
{
	static const char *const lines[] = {
		"PCI_ID=\n",	       "PCI_ID=8086\n",
		"PCI_ID=8086:\n",      "PCI_ID=:10D3\n",
		"PCI_ID=18086:10D3\n", "PCI_ID=8086:10D34\n",
		"PCI_ID=8086:10D3 \n", "PCI_ID=8086-10D3\n",
		"PCI_ID=GGGG:10D3\n",  "PCI_ID=8086:10D3:1\n",
		"PCI_ID=8086 :10D3\n", "PCI_ID=\xff:\xff\n",
	};

	for (size_t i = 0; i < COUNT(lines); i++) {
		struct device device = uevent(lines[i]);

		if (device.is_pci || device.vendor || device.device)
			fail_msg("%s", lines[i]);
	}
}

TEST(ids_have_no_signs_and_no_white_space)
{
	static const char *const lines[] = { "PCI_ID=-1:-1\n",	     "PCI_ID=+086:10D3\n",
					     "PCI_ID= 8086: 10D3\n", "PCI_ID=0x80:0x10\n",
					     "PCI_ID=8086:0x1\n",    "PCI_ID=0x8:10D3\n" };

	for (size_t i = 0; i < COUNT(lines); i++) {
		struct device device = uevent(lines[i]);

		if (device.is_pci || device.vendor || device.device)
			fail_msg("%s", lines[i]);
	}
}

TEST(a_class_that_is_none_is_not_taken)
{
	static const char *const lines[] = { "PCI_CLASS=\n", "PCI_CLASS=-1\n", "PCI_CLASS=2000G\n",
					     "PCI_CLASS=20000 \n",
					     "PCI_CLASS=10000000000020000\n" };

	for (size_t i = 0; i < COUNT(lines); i++) {
		struct device device = uevent(lines[i]);

		if (device.class)
			fail_msg("%s", lines[i]);
	}
}

TEST(a_class_has_24_bits)
{
	assert_int_equal(uevent("PCI_CLASS=ff123456\n").class, 0x123456);
}

TEST(a_last_line_without_its_end_counts)
{
	struct device device = uevent("PCI_ID=1234:11E8\nDRIVER=edu");

	assert_string_equal(device.driver, "edu");
	free(device.driver);
}

TEST(an_empty_uevent_says_nothing)
{
	struct device empty = uevent("");
	struct device lines = uevent("\n\n\n");

	assert_null(empty.driver);
	assert_null(lines.driver);
	assert_false(empty.is_pci || lines.is_pci);
}

/* scan_parse_regions() */

static void group_clear(struct group *group)
{
	for (size_t i = 0; i < group->n_regions; i++)
		free(group->regions[i].word);
	free(group->regions);
	*group = (struct group){ 0 };
}

/* The regions of @text, and how many lines were left out. */
static size_t regions(const char *text, struct group *group)
{
	char *copy = strdup(text);
	size_t left_out;

	assert_non_null(copy);
	*group = (struct group){ 0 };
	left_out = scan_parse_regions(copy, group);
	free(copy);
	return left_out;
}

static void assert_region(const struct region *region, uint64_t start, uint64_t end,
			  enum region_type type, const char *word)
{
	assert_int_equal(region->range.start, start);
	assert_int_equal(region->range.end, end);
	assert_int_equal(region->type, type);
	assert_string_equal(region->word, word);
}

TEST(regions_are_read_as_the_kernel_writes_them)
{
	struct group group;

	assert_int_equal(regions("0x0000000000000000 0x0000000000ffffff direct-relaxable\n"
				 "0x0000000008000000 0x00000000080fffff msi\n"
				 "0x00000000fee00000 0x00000000feefffff msi\n"
				 "0x000000fd00000000 0x000000ffffffffff reserved\n"
				 "0x0000010000000000 0xffffffffffffffff direct\n",
				 &group),
			 0);
	assert_int_equal(group.n_regions, 5);
	assert_region(&group.regions[0], 0, 0xffffff, REGION_DIRECT_RELAXABLE, "direct-relaxable");
	assert_region(&group.regions[1], 0x8000000, 0x80fffff, REGION_MSI, "msi");
	assert_region(&group.regions[2], 0xfee00000, 0xfeefffff, REGION_MSI, "msi");
	assert_region(&group.regions[3], 0xfd00000000, 0xffffffffff, REGION_RESERVED, "reserved");
	assert_region(&group.regions[4], 0x10000000000, UINT64_MAX, REGION_DIRECT, "direct");
	group_clear(&group);
}

TEST(an_empty_list_of_regions_is_no_garbage)
{
	struct group group;

	assert_int_equal(regions("", &group), 0);
	assert_int_equal(group.n_regions, 0);
	assert_int_equal(regions("\n\n", &group), 0);
	assert_int_equal(group.n_regions, 0);
}

TEST(an_unknown_type_is_kept_and_blocks)
{
	static const char *const words[] = { "translated", "MSI", "direct-relaxable-ish",
					     "direct msi", "" };

	for (size_t i = 0; i < COUNT(words); i++) {
		struct group group;
		char text[80];

		snprintf(text, sizeof(text), "0x1000 0x1fff %s\n", words[i]);
		assert_int_equal(regions(text, &group), 0);
		assert_int_equal(group.n_regions, 1);
		assert_region(&group.regions[0], 0x1000, 0x1fff, REGION_OTHER, words[i]);
		assert_true(region_blocks(&group.regions[0]));
		group_clear(&group);
	}
}

TEST(a_type_is_cleaned_before_it_is_looked_at)
{
	struct group group;

	assert_int_equal(regions("0x0 0xfff direct-relaxable\x01\n0x0 0xfff m\xffsi\n", &group), 0);
	assert_region(&group.regions[0], 0, 0xfff, REGION_OTHER, "direct-relaxable?");
	assert_region(&group.regions[1], 0, 0xfff, REGION_OTHER, "m?si");
	group_clear(&group);
}

TEST(numbers_are_hexadecimal_with_and_without_their_mark)
{
	struct group group;

	assert_int_equal(regions("1000 1fff msi\n0X2000 0x2FFF msi\n", &group), 0);
	assert_region(&group.regions[0], 0x1000, 0x1fff, REGION_MSI, "msi");
	assert_region(&group.regions[1], 0x2000, 0x2fff, REGION_MSI, "msi");
	group_clear(&group);
}

TEST(white_space_behind_a_type_does_not_change_it)
{
	struct group group;

	assert_int_equal(regions("0x0 0xfff direct-relaxable \t\r\n", &group), 0);
	assert_region(&group.regions[0], 0, 0xfff, REGION_DIRECT_RELAXABLE, "direct-relaxable");
	group_clear(&group);
}

TEST(a_region_of_one_byte_is_a_region)
{
	struct group group;

	assert_int_equal(regions("0x1000 0x1000 msi\n", &group), 0);
	assert_region(&group.regions[0], 0x1000, 0x1000, REGION_MSI, "msi");
	group_clear(&group);
}

TEST(garbage_is_left_out_and_counted)
{
	static const char *const lines[] = {
		"garbage",
		"0x0",
		"0x0 0xfff",
		" 0x0 0xfff msi",
		"0x0  0xfff msi",
		"0x0\t0xfff\tmsi",
		"0x0 0xffg msi",
		"0x0 msi 0xfff",
		"0x2000 0x1fff msi",
		"-0x1 0xfff msi",
		"0x0 -1 msi",
		"+0 0xfff msi",
		"0x 0xfff msi",
		"0x0 0x10000000000000000 msi",
		"0x00000000000000000000000000000000000000ffffffffffffffffff 0x0 msi",
		"0x0,0xfff,msi",
		"\xff\xfe 0xfff msi",
		"\r",
		" ",
		"(null)",
	};

	for (size_t i = 0; i < COUNT(lines); i++) {
		struct group group;

		if (regions(lines[i], &group) != 1 || group.n_regions != 0)
			fail_msg("'%s'", lines[i]);
	}
}

TEST(garbage_does_not_hide_its_neighbours)
{
	struct group group;

	assert_int_equal(
		regions("0x0 0xfff msi\nnonsense\n0x1 0x0 msi\n0x2000 0x2fff direct\n", &group), 2);
	assert_int_equal(group.n_regions, 2);
	assert_region(&group.regions[0], 0, 0xfff, REGION_MSI, "msi");
	assert_region(&group.regions[1], 0x2000, 0x2fff, REGION_DIRECT, "direct");
	group_clear(&group);
}

TEST(a_list_that_was_cut_off_is_seen)
{
	/* The kernel writes no more than a page. */
	struct group group;

	assert_int_equal(regions("0x0 0xfff msi\n0x00000000fee", &group), 1);
	group_clear(&group);
	assert_int_equal(regions("0x0 0xfff msi\n0xfee00000 0xfee", &group), 1);
	group_clear(&group);
}

TEST(a_line_of_any_length_is_read)
{
	char *text = malloc(100100);
	struct group group;

	assert_non_null(text);
	strcpy(text, "0x0 0xfff ");
	memset(text + 10, 'x', 100000);
	strcpy(text + 100010, "\n0x1000 0x1fff msi\n");
	assert_int_equal(regions(text, &group), 0);
	assert_int_equal(group.n_regions, 2);
	assert_int_equal(strlen(group.regions[0].word), 100000);
	group_clear(&group);
	free(text);
}

TEST(many_regions_are_read)
{
	char *text = NULL;
	size_t len = 0;
	FILE *stream = open_memstream(&text, &len);
	struct group group;

	assert_non_null(stream);
	for (unsigned int i = 0; i < 1000; i++)
		fprintf(stream, "0x%x 0x%x msi\n", i * 4096, i * 4096 + 4095);
	fclose(stream);
	assert_int_equal(regions(text, &group), 0);
	assert_int_equal(group.n_regions, 1000);
	assert_int_equal(group.regions[999].range.end, 1000 * 4096 - 1);
	group_clear(&group);
	free(text);
}

TEST(any_text_gives_regions_or_lines_left_out)
{
	static const char *const bits[] = {
		"0x",	"0",	    "f",	  "fee00000", " ",	  "\n", "-",
		"msi",	"direct",   "-relaxable", "\xff",     "\xc3\xa9", "\t", "10000000000000000",
		"ffff", "reserved", " ",	  "\n"
	};

	for (unsigned int turn = 0; turn < 20000; turn++) {
		struct random random = random_turn(turn);
		unsigned int n = random_below(&random, 24);
		size_t lines = 0, left_out;
		struct group group;
		char text[512] = "";

		for (unsigned int i = 0; i < n; i++)
			strcat(text, bits[random_below(&random, COUNT(bits))]);
		for (const char *at = text; *at; at++)
			lines += *at != '\n' && (at[1] == '\n' || !at[1]);
		left_out = regions(text, &group);
		CHECK(&random, left_out + group.n_regions == lines);
		for (size_t i = 0; i < group.n_regions; i++) {
			const struct region *region = &group.regions[i];

			CHECK(&random, region->range.start <= region->range.end);
			CHECK(&random, region->word && !strchr(region->word, '\xff'));
		}
		group_clear(&group);
	}
}

/* A small host below a directory */

#define DEVICES "/sys/devices/pci0000:00"
#define GROUPS	"/sys/kernel/iommu_groups"

static const char *small_host(void)
{
	const char *root = directory_new();

	put_file(root, DEVICES "/0000:00:04.0/uevent",
		 "DRIVER=vfio-pci\nPCI_CLASS=20000\nPCI_ID=8086:10D3\n");
	put_file(root, DEVICES "/0000:00:04.0/driver_override", "vfio-pci\n");
	put_file(root, DEVICES "/0000:00:04.0/numa_node", "1\n");
	put_directory(root, DEVICES "/0000:00:04.0/vfio-dev/vfio0");
	put_file(root, DEVICES "/0000:00:05.0/uevent", "PCI_CLASS=FF00\nPCI_ID=1234:11E8\n");
	put_file(root, DEVICES "/0000:00:05.0/driver_override", "(null)\n");
	put_file(root, DEVICES "/0000:00:05.0/numa_node", "-1\n");
	put_link(root, "/sys/bus/pci/devices/0000:00:04.0",
		 "../../../devices/pci0000:00/0000:00:04.0");
	put_link(root, "/sys/bus/pci/devices/0000:00:05.0",
		 "../../../devices/pci0000:00/0000:00:05.0");
	put_file(root, GROUPS "/3/type", "DMA-FQ\n");
	put_file(root, GROUPS "/3/reserved_regions", "0x00000000fee00000 0x00000000feefffff msi\n");
	put_link(root, GROUPS "/3/devices/0000:00:04.0",
		 "../../../../devices/pci0000:00/0000:00:04.0");
	put_file(root, GROUPS "/12/reserved_regions", "");
	put_directory(root, GROUPS "/12/devices");
	put_directory(root, DEVICES "/0000:00:04.0/net/eth0");
	put_link(root, DEVICES "/0000:00:04.0/net/eth0/device", "../../../0000:00:04.0");
	put_link(root, "/sys/class/net/eth0", "../../devices/pci0000:00/0000:00:04.0/net/eth0");
	return root;
}

static struct host *scan_directory(const char *root, struct source **source)
{
	assert_int_equal(source_open_sysroot(source, root), 0);
	return scan_host(*source);
}

TEST(groups_and_devices_are_read)
{
	struct source *source;
	struct host *host = scan_directory(small_host(), &source);
	const struct device *device = host_device(host, "0000:00:04.0");
	const struct group *group = host_group(host, 3);

	assert_int_equal(host->groups_errno, 0);
	assert_true(host->has_sysfs);
	assert_int_equal(host->n_groups, 2);
	assert_int_equal(host->groups[0]->id, 3);
	assert_int_equal(host->groups[1]->id, 12);
	assert_non_null(group);
	assert_string_equal(group->type, "DMA-FQ");
	assert_int_equal(group->regions_errno, 0);
	assert_int_equal(group->n_regions, 1);
	assert_int_equal(group->n_devices, 1);
	assert_non_null(device);
	assert_ptr_equal(group->devices[0], device);
	assert_ptr_equal(device->group, group);
	assert_string_equal(device->path, DEVICES "/0000:00:04.0");
	assert_null(device->driver_override);
	scan_overrides(source, host);
	assert_string_equal(device->driver_override, "vfio-pci");
	assert_string_equal(device->vfio_dev, "vfio0");
	assert_string_equal(device->bus, "pci");
	assert_int_equal(device->numa_node, 1);
	assert_true(device_is_vfio(device));
	host_free(host);
	source_close(source);
}

TEST(vfio_devices_are_found_by_their_class)
{
	const char *root = small_host();
	struct source *source;
	struct host *host;

	/* The directory says one thing and the class another: with a class, nobody looks into directories. */
	put_link(root, "/sys/class/vfio-dev/vfio7",
		 "../../devices/pci0000:00/0000:00:05.0/vfio-dev/vfio7");
	put_link(root, "/sys/class/vfio-dev/vfio8",
		 "../../devices/pci0000:01/0000:00:04.0/vfio-dev/vfio8");
	put_link(root, "/sys/class/vfio-dev/vfio9", "../../devices/0000:ff:00.0/vfio-dev/vfio9");
	put_link(root, "/sys/class/vfio-dev/up", "..");
	put_file(root, "/sys/class/vfio-dev/file", "");
	host = scan_directory(root, &source);
	assert_string_equal(host_device(host, "0000:00:05.0")->vfio_dev, "vfio7");
	assert_null(host_device(host, "0000:00:04.0")->vfio_dev);
	host_free(host);
	source_close(source);
}

TEST(without_devices_a_class_names_none)
{
	const char *root = directory_new();
	struct source *source;
	struct host *host;

	put_link(root, "/sys/class/vfio-dev/vfio0", "../../devices/x/vfio-dev/vfio0");
	host = scan_directory(root, &source);
	assert_int_equal(host->n_devices, 0);
	host_free(host);
	source_close(source);
}

TEST(only_details_that_are_asked_for_are_read)
{
	const char *root = small_host();
	const struct device *device;
	struct source *source;
	struct host *host;

	put_link(root, "/sys/class/iommu/dmar0", "../../devices/virtual/iommu/dmar0");
	put_link(root, "/sys/devices/virtual/iommu/dmar0/devices/0000:00:04.0",
		 "../../../../pci0000:00/0000:00:04.0");
	put_file(root, "/usr/share/misc/pci.ids", "8086  Vendor\n\t10d3  Device\n");
	host = scan_directory(root, &source);
	device = host_device(host, "0000:00:04.0");
	assert_non_null(device->iommu);
	assert_string_equal(device->vendor_name, "Vendor");
	host_free(host);
	host = scan_host_with(source, 0);
	device = host_device(host, "0000:00:04.0");
	assert_null(device->iommu);
	assert_null(device->vendor_name);
	assert_int_equal(device->numa_node, -1);
	assert_null(host_group(host, 3)->type);
	assert_int_equal(host_group(host, 3)->n_regions, 1);
	assert_string_equal(device->driver, "vfio-pci");
	assert_string_equal(device->vfio_dev, "vfio0");
	host_free(host);
	source_close(source);
}

/*
 * Only a device without an IOMMU can be in a group that VFIO made, and its name is all that tells. Of
 * the drivers of IOMMUs, only that of POWER names groups.
 */
TEST(names_of_groups_are_read_where_there_may_be_one)
{
	const char *root = small_host();
	struct source *source;
	struct host *host;

	put_link(root, "/sys/kernel/iommu_groups/9/devices/0000:00:05.0",
		 "../../../../devices/pci0000:00/0000:00:05.0");
	put_file(root, "/sys/kernel/iommu_groups/9/reserved_regions", "");
	put_file(root, "/sys/kernel/iommu_groups/9/name", "vfio-noiommu\n");
	put_file(root, "/sys/kernel/iommu_groups/3/name", "domain 1\n");
	host = scan_directory(root, &source);
	assert_string_equal(host_group(host, 3)->name, "domain 1");
	host_free(host);

	put_link(root, "/sys/class/iommu/iommu-phb0000",
		 "../../devices/virtual/iommu/iommu-phb0000");
	put_link(root, "/sys/devices/virtual/iommu/iommu-phb0000/devices/0000:00:04.0",
		 "../../../../pci0000:00/0000:00:04.0");
	host = scan_host(source);
	assert_string_equal(host_group(host, 3)->devices[0]->iommu->name, "iommu-phb0000");
	assert_string_equal(host_group(host, 3)->name, "domain 1");
	host_free(host);

	/* Sorted behind it: the last unit counts. */
	put_link(root, "/sys/class/iommu/smmu3.0", "../../devices/virtual/iommu/smmu3.0");
	put_link(root, "/sys/devices/virtual/iommu/smmu3.0/devices/0000:00:04.0",
		 "../../../../pci0000:00/0000:00:04.0");
	host = scan_host(source);
	assert_string_equal(host_group(host, 3)->devices[0]->iommu->name, "smmu3.0");
	assert_null(host_group(host, 3)->name);
	assert_string_equal(host_group(host, 9)->name, "vfio-noiommu");
	host_free(host);
	host = scan_host_with(source, 0);
	assert_null(host_group(host, 9)->name);
	host_free(host);
	source_close(source);
}

/* They are read together with the other files of a device, before it is known for one on PCI. */
TEST(numa_nodes_are_those_of_pci_devices)
{
	const char *root = small_host();
	struct source *source;
	struct host *host;

	put_link(root, GROUPS "/3/devices/83b8f4f2", "../../../../devices/virtual/mdev/83b8f4f2");
	put_file(root, "/sys/devices/virtual/mdev/83b8f4f2/uevent", "DRIVER=vfio_mdev\n");
	put_file(root, "/sys/devices/virtual/mdev/83b8f4f2/numa_node", "1\n");
	put_link(root, GROUPS "/12/devices/10000:e0:1d.7",
		 "../../../../devices/pci0000:00/pci10000:e0/10000:e0:1d.7");
	put_file(root, DEVICES "/pci10000:e0/10000:e0:1d.7/uevent",
		 "DRIVER=nvme\nPCI_ID=8086:0A54\n");
	put_file(root, DEVICES "/pci10000:e0/10000:e0:1d.7/numa_node", "3\n");
	host = scan_directory(root, &source);
	assert_int_equal(host_device(host, "83b8f4f2")->numa_node, -1);
	assert_string_equal(host_device(host, "83b8f4f2")->driver, "vfio_mdev");
	assert_int_equal(host_device(host, "0000:00:04.0")->numa_node, 1);
	assert_int_equal(host_device(host, "10000:e0:1d.7")->numa_node, 3);
	assert_string_equal(host_device(host, "10000:e0:1d.7")->driver, "nvme");
	host_free(host);
	source_close(source);
}

TEST(a_group_that_is_gone_is_none)
{
	const char *root = small_host();
	struct source *source;
	struct host *host = host_new();

	assert_int_equal(source_open_sysroot(&source, root), 0);
	scan_group(source, host, 3);
	scan_group(source, host, 4);
	assert_int_equal(host->n_groups, 1);
	assert_int_equal(host->groups[0]->id, 3);
	assert_int_equal(host->n_unread, 0);
	host_free(host);
	source_close(source);
}

TEST(a_device_without_a_group_is_read_once)
{
	struct source *source;
	struct host *host = scan_directory(small_host(), &source);
	const struct device *device = host_device(host, "0000:00:05.0");

	assert_int_equal(host->n_devices, 2);
	assert_non_null(device);
	assert_null(device->group);
	scan_overrides(source, host);
	assert_null(device->driver_override);
	assert_null(device->vfio_dev);
	assert_int_equal(device->numa_node, -1);
	host_free(host);
	source_close(source);
}

/* What becomes of group 3 when its reserved_regions are @content. */
static int regions_error(const void *content, size_t len)
{
	const char *root = small_host();
	struct source *source;
	struct host *host;
	int error;

	put_bytes(root, GROUPS "/3/reserved_regions", content, len);
	host = scan_directory(root, &source);
	error = host_group(host, 3)->regions_errno;
	host_free(host);
	source_close(source);
	return error;
}

TEST(a_line_of_garbage_makes_the_regions_unknown)
{
	static const char text[] = "0x0 0xfff msi\nnonsense\n";

	assert_int_equal(regions_error(text, strlen(text)), EBADMSG);
}

TEST(a_nul_byte_makes_the_regions_unknown)
{
	static const char text[] = "0x0 0xfff msi\n\0\n0x1000 0x1fff reserved\n";

	/* Else what stands behind it would be taken for free. */
	assert_int_equal(regions_error(text, sizeof(text) - 1), EBADMSG);
}

TEST(regions_that_are_not_there_are_unknown)
{
	const char *root = small_host();
	struct source *source;
	struct host *host;

	assert_int_equal(unlink(path_in(root, GROUPS "/3/reserved_regions")), 0);
	host = scan_directory(root, &source);
	assert_int_equal(host_group(host, 3)->regions_errno, ENOENT);
	host_free(host);
	source_close(source);
}

TEST(names_that_are_no_group_numbers_are_no_groups)
{
	const char *root = small_host();
	struct source *source;
	struct host *host;

	put_directory(root, GROUPS "/x1");
	put_directory(root, GROUPS "/-1");
	put_directory(root, GROUPS "/4294967299"); /* 3 in 32 bits */
	host = scan_directory(root, &source);
	assert_int_equal(host->n_groups, 2);
	host_free(host);
	source_close(source);
}

TEST(an_empty_directory_is_a_host_without_anything)
{
	struct source *source;
	struct host *host = scan_directory(directory_new(), &source);

	assert_int_equal(host->groups_errno, ENODATA);
	assert_int_equal(host->iommus_errno, ENODATA);
	assert_int_equal(host->iommu_tables_errno, ENODATA);
	assert_int_equal(host->container_errno, ENODATA);
	assert_int_equal(host->modules_errno, ENODATA);
	assert_false(host->has_sysfs || host->has_container || host->has_type1);
	assert_int_equal(host->n_groups + host->n_devices + host->n_iommus, 0);
	assert_int_equal(host->page_size, 0);
	host_free(host);
	source_close(source);
}

/* scan_resolve() */

static void assert_resolved(const char *target, const char *expected)
{
	const char *root = directory_new();
	struct source *source;
	char *path;

	put_link(root, "/a/b/c/link", target);
	assert_int_equal(source_open_sysroot(&source, root), 0);
	path = scan_resolve(source, "/a/b/c", "link");
	assert_non_null(path);
	assert_string_equal(path, expected);
	free(path);
	source_close(source);
}

TEST(links_are_resolved_in_words)
{
	assert_resolved("../../d/e", "/a/d/e");
	assert_resolved("d", "/a/b/c/d");
	assert_resolved("./d//e/", "/a/b/c/d/e");
	assert_resolved("/x/y", "/x/y");
	assert_resolved("../../../../../../etc/passwd", "/etc/passwd");
}

TEST(targets_are_joined_in_words)
{
	static const struct {
		const char *directory, *target, *path;
	} cases[] = {
		{ "/sys/a", "b", "/sys/a/b" },	   { "/sys/a", "../b", "/sys/b" },
		{ "/sys/a", "../../b/c", "/b/c" }, { "/sys/a", "../../../../b", "/b" },
		{ "/sys/a", "..", "/sys" },	   { "/sys/a", "../..", "" },
		{ "/sys/a", "/b", "/b" },	   { "/sys/a", "./b/./../c//d/", "/sys/a/c/d" },
		{ "/sys/a", "...", "/sys/a/..." }, { "/sys/a", "", "/sys/a" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		char *path = scan_join(cases[i].directory, cases[i].target);

		assert_string_equal(path, cases[i].path);
		free(path);
	}
}

TEST(what_is_no_link_does_not_resolve)
{
	const char *root = directory_new();
	struct source *source;

	put_file(root, "/a/file", "");
	assert_int_equal(source_open_sysroot(&source, root), 0);
	assert_null(scan_resolve(source, "/a", "file"));
	assert_null(scan_resolve(source, "/a", "nothing"));
	source_close(source);
}

/* scan_subject() */

static void assert_subject(const char *word, int ret, unsigned int group)
{
	struct selection selection = { 0 };
	struct source *source;
	struct host *host = scan_directory(small_host(), &source);

	if (scan_subject(source, host, word, &selection) != ret)
		fail_msg("'%s'", word);
	if (group) {
		assert_int_equal(selection.n_groups, 1);
		assert_int_equal(selection.groups[0]->id, group);
	} else {
		assert_int_equal(selection.n_groups, 0);
	}
	selection_clear(&selection);
	host_free(host);
	source_close(source);
}

TEST(a_word_stands_for_a_group)
{
	assert_subject("3", 0, 3);
	assert_subject("12", 0, 12);
	assert_subject("0000:00:04.0", 0, 3);
	assert_subject("00:04.0", 0, 3);
	assert_subject("eth0", 0, 3);
}

TEST(a_word_may_stand_for_nothing)
{
	static const char *const words[] = {
		"4",  "4294967299",  "99999999999999999999", "0000:00:06.0", "eth1", ".",
		"..", "../net/eth0", "eth0/device",	     "/etc",	     "\xff"
	};

	for (size_t i = 0; i < COUNT(words); i++)
		assert_subject(words[i], -ENOENT, 0);
	assert_subject("", -EINVAL, 0);
}

TEST(a_word_with_a_slash_or_a_dot_is_no_interface)
{
	static const char *const words[] = { "sub/eth0", ".eth0" };
	const char *root = small_host();
	struct selection selection = { 0 };
	struct source *source;
	struct host *host;

	/* They would lead to a device. */
	for (size_t i = 0; i < COUNT(words); i++)
		put_link(root, path_in("/sys/class/net", words[i]),
			 "../../devices/pci0000:00/0000:00:04.0/net/eth0");
	host = scan_directory(root, &source);
	for (size_t i = 0; i < COUNT(words); i++)
		assert_int_equal(scan_subject(source, host, words[i], &selection), -ENOENT);
	assert_int_equal(selection.n_groups, 0);
	host_free(host);
	source_close(source);
}

/* A host with two domains; each device is in the group of its place, from 1 on. */
static struct host *host_of_domains(void)
{
	static const struct {
		const char *address;
		uint16_t vendor, device;
	} devices[] = {
		{ "0000:01:00.0", 0x10de, 0x2684 },  { "0000:01:00.1", 0x10de, 0x22ba },
		{ "0000:0a:1f.0", 0x8086, 0x7a04 },  { "0001:01:00.0", 0x10de, 0x2684 },
		{ "10000:e1:00.0", 0x8086, 0x0a54 }, { "c000000.ethernet", 0, 0 },
	};
	struct host *host = host_new();

	for (size_t i = 0; i < COUNT(devices); i++) {
		struct device *device = xcalloc(1, sizeof(*device));
		struct group *group = xcalloc(1, sizeof(*group));

		device->address = xstrdup(devices[i].address);
		device->is_pci = devices[i].vendor;
		device->vendor = devices[i].vendor;
		device->device = devices[i].device;
		group->id = (unsigned int)i + 1;
		group_add(group, device);
		APPEND(host->groups, host->n_groups, group);
		APPEND(host->devices, host->n_devices, device);
	}
	return host;
}

/* @word selects the groups whose numbers are the digits of @expected; none where it is empty. */
static void assert_selects(const char *word, const char *expected)
{
	struct host *host = host_of_domains();
	struct source *source;
	struct selection selection = { 0 };
	char groups[8] = "";
	int ret;

	assert_int_equal(source_open_sysroot(&source, directory_new()), 0);
	ret = scan_subject(source, host, word, &selection);
	for (size_t i = 0; i < selection.n_groups; i++)
		groups[i] = (char)('0' + selection.groups[i]->id);
	if (strcmp(groups, expected) != 0 || ret != (*expected ? 0 : -ENOENT))
		fail_msg("'%s' selects '%s' (%d), not '%s'", word, groups, ret, expected);
	selection_clear(&selection);
	source_close(source);
	host_free(host);
}

TEST(an_address_is_understood_as_by_lspci)
{
	assert_selects("0000:01:00.0", "1");
	assert_selects("0:1:0.0", "1");
	assert_selects("01:00.0", "14");
	assert_selects("1:0.0", "14");
	assert_selects("01:00", "124");
	assert_selects("01:", "124");
	assert_selects("1:0:0.0", "");
	assert_selects("1:1:0.0", "4");
	assert_selects("10000:e1:00.0", "5");
	assert_selects("0A:1F.0", "3");
	assert_selects("0000::", "123");
	assert_selects(":01:00.1", "2");
	assert_selects("1f.", "3");
	assert_selects(".1", "2");
}

TEST(a_part_of_an_address_may_be_a_star)
{
	assert_selects("*:01:00.0", "14");
	assert_selects("0000:*:*.0", "13");
	assert_selects("01:00.*", "124");
	assert_selects("*:*:*.1", "2");
}

TEST(an_address_of_nothing_in_particular_selects_nothing)
{
	static const char *const words[] = { ":", "::", ".", "*", "*:*:*.*", "1f", "e" };

	for (size_t i = 0; i < COUNT(words); i++)
		assert_selects(words[i], "");
}

TEST(what_is_no_address_selects_nothing)
{
	static const char *const words[] = {
		"01:00.8",   "01:20.0",	   "101:00.0",	      "100000000:01:00.0", "01:00.0.0",
		"0:0:1:0.0", "01:00.0 ",   "0x1:0.0",	      "01:-1.0",	   "01:0g.0",
		"01:00.00x", "**:01:00.0", "1000000001:00.0",
	};

	for (size_t i = 0; i < COUNT(words); i++)
		assert_selects(words[i], "");
}

TEST(four_digits_on_both_sides_are_vendor_and_device)
{
	assert_selects("10de:2684", "14");
	assert_selects("10DE:22BA", "2");
	assert_selects("8086:0a54", "5");
	/* Not device 0 on bus 1. */
	assert_selects("0001:0000", "");
	assert_selects("001:000", "124");
	/* Not PCI, so its IDs are not zeros, but unknown. */
	assert_selects("0000:0000", "");
	assert_selects("10de:268", "");
	assert_selects("10de:26840", "");
	assert_selects("10de-2684", "");
}

TEST(an_exact_name_takes_precedence)
{
	assert_selects("c000000.ethernet", "6");
	assert_selects("5", "5");
}

static void assert_suggested(const char *word, const char *expected)
{
	struct host *host = host_of_domains();
	struct suggestion suggestion = { .word = word };

	scan_suggest(host, &suggestion);
	assert_string_equal(suggestion.nearest, expected);
	host_free(host);
}

TEST(the_nearest_device_is_suggested)
{
	assert_suggested("0000:01:00.2", "0000:01:00.0");
	assert_suggested("01:00.2", "01:00.0");
	assert_suggested("0001:01:00.3", "0001:01:00.0");
	assert_suggested("10de:2685", "10de:2684");
	assert_suggested("c00000.ethernet", "c000000.ethernet");
	assert_suggested("frob", "");
}

TEST(a_group_is_selected_once_and_a_lone_device_as_itself)
{
	static const char *const words[] = {
		"3", "eth0", "0000:00:05.0", "00:04.0", "00:05.0", "12"
	};
	struct selection selection = { 0 };
	struct source *source;
	struct host *host = scan_directory(small_host(), &source);

	for (size_t i = 0; i < COUNT(words); i++)
		assert_int_equal(scan_subject(source, host, words[i], &selection), 0);
	assert_int_equal(selection.n_groups, 2);
	assert_int_equal(selection.groups[0]->id, 3);
	assert_int_equal(selection.groups[1]->id, 12);
	assert_int_equal(selection.n_devices, 1);
	assert_string_equal(selection.devices[0]->address, "0000:00:05.0");
	selection_clear(&selection);
	host_free(host);
	source_close(source);
}

/* scan_room() */

/* A host whose process is in the groups that @groups says, with 1 GiB to be had. */
static struct room room_in(const char *groups)
{
	const char *root = directory_new();
	struct source *source;
	struct room room;

	put_file(root, "proc/meminfo", "MemAvailable: 1048576 kB\n");
	put_file(root, "proc/self/cgroup", groups);
	put_file(root, "sys/fs/cgroup/a/memory.max", "5000\n");
	put_file(root, "sys/fs/cgroup/a/memory.current", "1000\n");
	put_file(root, "sys/fs/cgroup/a/b/memory.max", "max\n");
	put_file(root, "sys/fs/cgroup/c/memory.max", "3000\n");
	put_file(root, "sys/fs/cgroup/c/memory.current", "1000\n");
	assert_int_equal(source_open_sysroot(&source, root), 0);
	scan_room(source, &room);
	source_close(source);
	return room;
}

TEST(a_group_and_those_above_it_bound_the_memory)
{
	struct room room = room_in("0::/a/b\n");

	assert_int_equal(room.available, 4000);
	assert_true(room.by_group);
	room = room_in("0::/x\n");
	assert_int_equal(room.available, 1 << 30);
	assert_false(room.by_group);
	/* One for each hierarchy: the second line is none of the kernel's. */
	assert_int_equal(room_in("0::/a/b\n0::/c\n").available, 4000);
	assert_int_equal(room_in("0::/c\n0::/a/b\n").available, 2000);
}

TEST(a_group_of_160000_levels_is_no_group)
{
	char *path = xcalloc(2 * 160000 + 6, 1);

	memcpy(path, "0::", 3);
	for (size_t i = 0; i < 160000; i++)
		memcpy(path + 3 + 2 * i, "/a", 2);
	path[3 + 2 * 160000] = '\n';
	assert_int_equal(room_in(path).available_errno, ENAMETOOLONG);
	memcpy(path + 3 + 4094, "\n", 2);
	assert_int_equal(room_in(path).available_errno, 0);
	free(path);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pci_device_is_read_from_its_uevent),
		cmocka_unit_test(a_device_without_a_driver_has_none),
		cmocka_unit_test(a_device_of_another_bus_is_no_pci_device),
		cmocka_unit_test(keys_are_whole_words),
		cmocka_unit_test(the_first_driver_counts),
		cmocka_unit_test(a_driver_is_cleaned),
		cmocka_unit_test(ids_that_are_none_make_no_pci_device),
		cmocka_unit_test(ids_have_no_signs_and_no_white_space),
		cmocka_unit_test(a_class_that_is_none_is_not_taken),
		cmocka_unit_test(a_class_has_24_bits),
		cmocka_unit_test(a_last_line_without_its_end_counts),
		cmocka_unit_test(an_empty_uevent_says_nothing),
		cmocka_unit_test(regions_are_read_as_the_kernel_writes_them),
		cmocka_unit_test(an_empty_list_of_regions_is_no_garbage),
		cmocka_unit_test(an_unknown_type_is_kept_and_blocks),
		cmocka_unit_test(a_type_is_cleaned_before_it_is_looked_at),
		cmocka_unit_test(numbers_are_hexadecimal_with_and_without_their_mark),
		cmocka_unit_test(white_space_behind_a_type_does_not_change_it),
		cmocka_unit_test(a_region_of_one_byte_is_a_region),
		cmocka_unit_test(garbage_is_left_out_and_counted),
		cmocka_unit_test(garbage_does_not_hide_its_neighbours),
		cmocka_unit_test(a_list_that_was_cut_off_is_seen),
		cmocka_unit_test(a_line_of_any_length_is_read),
		cmocka_unit_test(many_regions_are_read),
		cmocka_unit_test(any_text_gives_regions_or_lines_left_out),
		cmocka_unit_test(groups_and_devices_are_read),
		cmocka_unit_test(vfio_devices_are_found_by_their_class),
		cmocka_unit_test(without_devices_a_class_names_none),
		cmocka_unit_test(only_details_that_are_asked_for_are_read),
		cmocka_unit_test(names_of_groups_are_read_where_there_may_be_one),
		cmocka_unit_test(numa_nodes_are_those_of_pci_devices),
		cmocka_unit_test(a_group_that_is_gone_is_none),
		cmocka_unit_test(a_device_without_a_group_is_read_once),
		cmocka_unit_test(a_line_of_garbage_makes_the_regions_unknown),
		cmocka_unit_test(a_nul_byte_makes_the_regions_unknown),
		cmocka_unit_test(regions_that_are_not_there_are_unknown),
		cmocka_unit_test(names_that_are_no_group_numbers_are_no_groups),
		cmocka_unit_test(an_empty_directory_is_a_host_without_anything),
		cmocka_unit_test(links_are_resolved_in_words),
		cmocka_unit_test(targets_are_joined_in_words),
		cmocka_unit_test(what_is_no_link_does_not_resolve),
		cmocka_unit_test(a_word_stands_for_a_group),
		cmocka_unit_test(a_word_may_stand_for_nothing),
		cmocka_unit_test(a_word_with_a_slash_or_a_dot_is_no_interface),
		cmocka_unit_test(an_address_is_understood_as_by_lspci),
		cmocka_unit_test(a_part_of_an_address_may_be_a_star),
		cmocka_unit_test(an_address_of_nothing_in_particular_selects_nothing),
		cmocka_unit_test(what_is_no_address_selects_nothing),
		cmocka_unit_test(four_digits_on_both_sides_are_vendor_and_device),
		cmocka_unit_test(an_exact_name_takes_precedence),
		cmocka_unit_test(the_nearest_device_is_suggested),
		cmocka_unit_test(a_group_is_selected_once_and_a_lone_device_as_itself),
		cmocka_unit_test(a_group_and_those_above_it_bound_the_memory),
		cmocka_unit_test(a_group_of_160000_levels_is_no_group),
	};

	return UNIT_RUN("scan", tests);
}
