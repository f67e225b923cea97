/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "model/host.h"
#include "model/vtd.h"
#include "remedy/remedy.h"

/* iommu_address_bits() */

static unsigned int bits_of(enum iommu_kind kind, const char *cap)
{
	struct iommu iommu = { .kind = kind, .cap = text(cap), .ecap = text("f050da") };
	struct host host = { 0 };

	return iommu_address_bits(&host, &iommu);
}

TEST(the_width_of_real_units_is_read)
{
	static const struct {
		const char *cap;
		unsigned int bits;
	} units[] = {
		{ "1c0000c40660462", 39 },  /* client graphics: MGAW 39, four levels */
		{ "d2008c40660462", 39 },   /* client, the others */
		{ "c0000020660462", 39 },   /* Haswell */
		{ "d2078c106f0466", 48 },   /* server: MGAW 48, four levels */
		{ "8d2078c106f0466", 48 },  /* server of a later generation */
		{ "19ed008c40780c66", 57 }, /* five levels */
		{ "d2008c22260286", 39 },   /* emulated, 39 bits: three levels */
		{ "d2008c222f0686", 48 },   /* emulated, 48 bits: three and four levels */
	};

	for (size_t i = 0; i < COUNT(units); i++)
		assert_int_equal(bits_of(IOMMU_INTEL, units[i].cap), units[i].bits);
}

/* Bits 16 to 21 say how wide (less one), bits 8 to 12 how deep tables can be. */
TEST(neither_width_nor_depth_is_exceeded)
{
	static const unsigned int deepest[] = { 30, 39, 48, 57, 66 };
	char cap_text[32];

	for (unsigned int width = 1; width <= 64; width++) {
		for (unsigned int level = 0; level < COUNT(deepest); level++) {
			uint64_t cap = (uint64_t)(width - 1) << 16 | UINT64_C(1) << (8 + level);
			unsigned int bits = deepest[level] < width ? deepest[level] : width;

			snprintf(cap_text, sizeof(cap_text), "%" PRIx64, cap);
			assert_int_equal(bits_of(IOMMU_INTEL, cap_text), bits);
			/* The other bits are of other things. */
			cap |= ~(UINT64_C(0x3f) << 16 | UINT64_C(0x1f) << 8);
			snprintf(cap_text, sizeof(cap_text), "%" PRIx64, cap);
			assert_int_equal(bits_of(IOMMU_INTEL, cap_text), bits);
		}
	}
}

TEST(the_deepest_table_counts)
{
	assert_int_equal(bits_of(IOMMU_INTEL, "3f0700"), 48);
	assert_int_equal(bits_of(IOMMU_INTEL, "3f0500"), 48);
	assert_int_equal(bits_of(IOMMU_INTEL, "3f0300"), 39);
}

TEST(a_unit_without_tables_says_nothing)
{
	assert_int_equal(bits_of(IOMMU_INTEL, "3f0000"), 0);
	assert_int_equal(bits_of(IOMMU_INTEL, "0"), 0);
}

TEST(what_is_no_register_says_nothing)
{
	static const char *const texts[] = { "", "frob", "d2008c40660462 ", "-1",
					     "1d2008c406604620000" };

	for (size_t i = 0; i < COUNT(texts); i++)
		assert_int_equal(bits_of(IOMMU_INTEL, texts[i]), 0);
	assert_int_equal(bits_of(IOMMU_INTEL, NULL), 0);
}

TEST(only_intel_shows_such_a_register)
{
	static const enum iommu_kind kinds[] = { IOMMU_OTHER, IOMMU_AMD, IOMMU_SMMU, IOMMU_ZPCI,
						 IOMMU_VIRTIO };

	for (size_t i = 0; i < COUNT(kinds); i++)
		assert_int_equal(bits_of(kinds[i], "d2008c40660462"), 0);
}

/* A host with devices that come and go */

static struct device *add_device(struct host *host, const char *address)
{
	struct device *device = xcalloc(1, sizeof(*device));

	device->address = xstrdup(address);
	APPEND(host->devices, host->n_devices, device);
	return device;
}

static struct group *add_group(struct host *host, unsigned int id)
{
	struct group *group = xcalloc(1, sizeof(*group));

	group->id = id;
	APPEND(host->groups, host->n_groups, group);
	return group;
}

/* Devices "a", "b", "c" in group 1 and "d" in group 7, with an interface and a disk on each. */
static struct host *small_host(void)
{
	static const char *const names[] = { "a", "b", "c", "d" };
	struct host *host = host_new();
	struct group *one, *seven;

	one = add_group(host, 1);
	seven = add_group(host, 7);
	for (size_t i = 0; i < COUNT(names); i++) {
		struct interface interface = { .index = (uint32_t)i + 1 };
		struct block block = { .name = xstrdup(names[i]) };
		struct device *device = add_device(host, names[i]);

		group_add(i < 3 ? one : seven, device);
		interface.device = device;
		block.device = device;
		APPEND(host->net.interfaces, host->net.n_interfaces, interface);
		APPEND(host->blocks.block, host->blocks.count, block);
	}
	return host;
}

static void assert_order(struct device *const *devices, size_t count, const char *names)
{
	assert_int_equal(count, strlen(names));
	for (size_t i = 0; i < count; i++)
		assert_int_equal(devices[i]->address[0], names[i]);
}

TEST(a_device_is_dropped_with_all_that_leads_to_it)
{
	static const struct {
		const char *name;
		const char *left;
		const char *left_in_group;
	} cases[] = { { "a", "bcd", "bc" },
		      { "b", "acd", "ac" },
		      { "c", "abd", "ab" },
		      { "d", "abc", "abc" } };

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct host *host = small_host();

		host_drop_device(host, host_device(host, cases[i].name));
		assert_null(host_device(host, cases[i].name));
		assert_order(host->devices, host->n_devices, cases[i].left);
		assert_order(host->groups[0]->devices, host->groups[0]->n_devices,
			     cases[i].left_in_group);
		assert_int_equal(host->groups[1]->n_devices, i == 3 ? 0 : 1);
		assert_int_equal(host->net.n_interfaces, 4);
		for (size_t k = 0; k < 4; k++) {
			assert_int_equal(host->net.interfaces[k].device == NULL, k == i);
			assert_int_equal(host->blocks.block[k].device == NULL, k == i);
		}
		host_free(host);
	}
}

TEST(a_device_without_a_group_is_dropped)
{
	struct host *host = small_host();
	struct device *device = host_device(host, "b");

	group_remove(device->group, device);
	assert_null(device->group);
	host_drop_device(host, device);
	assert_order(host->devices, host->n_devices, "acd");
	assert_order(host->groups[0]->devices, host->groups[0]->n_devices, "ac");
	host_free(host);
}

TEST(a_device_of_another_group_is_not_taken_out)
{
	struct host *host = small_host();
	struct device *device = host_device(host, "d");

	group_remove(host->groups[0], device);
	assert_int_equal(host->groups[0]->n_devices, 3);
	assert_ptr_equal(device->group, host->groups[1]);
	group_remove(host->groups[1], host_device(host, "a"));
	assert_int_equal(host->groups[1]->n_devices, 1);
	host_free(host);
}

TEST(all_devices_can_be_dropped_in_any_order)
{
	for (unsigned int turn = 0; turn < 100; turn++) {
		struct random random = random_turn(turn);
		struct host *host = small_host();

		while (host->n_devices) {
			unsigned int i = random_below(&random, (unsigned int)host->n_devices);

			host_drop_device(host, host->devices[i]);
		}
		CHECK(&random, !host->groups[0]->n_devices && !host->groups[1]->n_devices);
		host_free(host);
	}
}

TEST(a_group_is_dropped)
{
	struct host *host = small_host();

	host_drop_device(host, host_device(host, "d"));
	add_group(host, 9);
	host_drop_group(host, host_group(host, 7));
	assert_int_equal(host->n_groups, 2);
	assert_null(host_group(host, 7));
	assert_int_equal(host_group(host, 1)->id, 1);
	assert_int_equal(host_group(host, 9)->id, 9);
	host_drop_group(host, host_group(host, 9));
	assert_int_equal(host->n_groups, 1);
	host_free(host);
}

TEST(groups_are_found_by_their_numbers)
{
	static const unsigned int ids[] = { 0, 1, 5, 4294967295u };
	struct host *host = host_new();

	assert_null(host_group(host, 0));
	for (size_t i = 0; i < COUNT(ids); i++)
		add_group(host, ids[i]);
	for (size_t i = 0; i < COUNT(ids); i++)
		assert_ptr_equal(host_group(host, ids[i]), host->groups[i]);
	assert_null(host_group(host, 2));
	assert_null(host_group(host, 4294967294u));
	host_free(host);
}

TEST(a_device_that_is_replaced_keeps_its_place)
{
	struct host *host = small_host();
	struct device *old = host_device(host, "b");
	struct device *fresh = xcalloc(1, sizeof(*fresh));
	struct iommu iommu = { .kind = IOMMU_INTEL };

	old->driver = xstrdup("e1000e");
	old->physical_function = xstrdup("a");
	old->is_console = true;
	old->iommu = &iommu;
	fresh->address = xstrdup("b");
	fresh->driver = xstrdup("vfio-pci");
	fresh->vfio_dev = xstrdup("vfio0");
	fresh->class = 0x020000;
	device_replace(old, fresh);
	assert_ptr_equal(host_device(host, "b"), old);
	assert_string_equal(old->driver, "vfio-pci");
	assert_string_equal(old->vfio_dev, "vfio0");
	assert_int_equal(old->class, 0x020000);
	assert_null(old->physical_function);
	assert_false(old->is_console);
	assert_ptr_equal(old->group, host->groups[0]);
	assert_ptr_equal(old->iommu, &iommu);
	assert_ptr_equal(host->net.interfaces[1].device, old);
	old->iommu = NULL;
	host_free(host);
}

TEST(units_are_cleared_and_no_device_is_behind_one)
{
	struct host *host = small_host();
	struct iommu iommu = { .name = xstrdup("dmar0"), .cap = xstrdup("0") };

	APPEND(iommu.members, iommu.n_members, xstrdup("a"));
	APPEND(host->iommus, host->n_iommus, iommu);
	host->devices[0]->iommu = &host->iommus[0];
	host->devices[3]->iommu = &host->iommus[0];
	host_clear_iommus(host);
	assert_int_equal(host->n_iommus, 0);
	assert_null(host->iommus);
	assert_null(host->devices[0]->iommu);
	assert_null(host->devices[3]->iommu);
	host_free(host);
}

TEST(parameters_and_holders_are_cleared)
{
	struct host *host = host_new();
	struct parameter parameter = { .module = xstrdup("vfio"),
				       .name = xstrdup("x"),
				       .value = xstrdup("Y") };
	struct holder holder = { .path = xstrdup("/dev/vfio/3"), .pid = 7, .name = xstrdup("x") };

	APPEND(host->parameters, host->n_parameters, parameter);
	APPEND(host->holders, host->n_holders, holder);
	host->holders_errno = 13;
	assert_true(host_parameter_is_on(host, "vfio", "x"));
	host_clear_parameters(host);
	host_clear_holders(host);
	assert_null(host_parameter(host, "vfio", "x"));
	assert_int_equal(host->n_parameters, 0);
	assert_int_equal(host->n_holders, 0);
	assert_int_equal(host->holders_errno, 0);
	host_free(host);
}

/* A text that has to be freed. */
#define T xstrdup("x")

static void fill_lists(struct host *host)
{
	struct iommu iommu = { .name = T, .version = T, .cap = T, .ecap = T, .features = T };
	struct parameter parameter = { .module = T, .name = T, .value = T };
	struct holder holder = { .path = T, .name = T };
	struct unread unread = { .path = T };
	struct module module = { .name = T };
	struct node node = { .path = T, .owner = T, .group_name = T };

	APPEND(iommu.members, iommu.n_members, T);
	APPEND(iommu.members, iommu.n_members, T);
	APPEND(host->iommus, host->n_iommus, iommu);
	APPEND(host->parameters, host->n_parameters, parameter);
	APPEND(host->holders, host->n_holders, holder);
	APPEND(host->unread, host->n_unread, unread);
	APPEND(host->modules, host->n_modules, module);
	APPEND(host->nodes, host->n_nodes, node);
}

static void fill_group(struct host *host, unsigned int id)
{
	struct device *device = add_device(host, "a");
	struct group *group = add_group(host, id);
	struct region region = { .word = T };

	device->bus = T;
	device->path = T;
	device->driver = T;
	device->driver_override = T;
	device->vfio_dev = T;
	device->class_name = T;
	device->vendor_name = T;
	device->device_name = T;
	device->physical_function = T;
	group->type = T;
	group->name = T;
	APPEND(group->regions, group->n_regions, region);
	region.word = T;
	APPEND(group->regions, group->n_regions, region);
	group_add(group, device);
}

/* What stays behind is seen by LeakSanitizer and valgrind. */
TEST(a_host_is_freed_with_all_that_hangs_on_it)
{
	struct host *host = host_new();

	host->name = T;
	host->release = T;
	host->build = T;
	host->arch = T;
	host->cmdline = T;
	host->machine = T;
	host->lockdown = T;
	host->iommu_table = T;
	host->irq_chip = T;
	host->caller.whom = T;
	APPEND(host->hugepages, host->n_hugepages, (struct hugepages){ .size = 4096 });
	/* Twice: more than the first of each list. */
	for (unsigned int i = 0; i < 2; i++) {
		fill_lists(host);
		fill_group(host, i);
	}
	host_free(host);
	host_free(NULL);
}

TEST(modules_and_nodes_are_found_and_cleared)
{
	struct host *host = host_new();

	APPEND(host->modules, host->n_modules, (struct module){ .name = xstrdup("vfio") });
	APPEND(host->modules, host->n_modules, (struct module){ .name = xstrdup("vfio_pci") });
	APPEND(host->nodes, host->n_nodes, (struct node){ .path = xstrdup("/dev/iommu") });
	APPEND(host->nodes, host->n_nodes, (struct node){ .path = xstrdup("/dev/vfio/3") });
	assert_ptr_equal(host_module(host, "vfio_pci"), &host->modules[1]);
	assert_null(host_module(host, "vfio_pc"));
	assert_ptr_equal(host_node(host, "/dev/vfio/3"), &host->nodes[1]);
	assert_null(host_node(host, "/dev/vfio/33"));
	for (unsigned int i = 0; i < 2; i++) {
		host_clear_modules(host);
		host_clear_nodes(host);
		assert_null(host_module(host, "vfio"));
		assert_null(host_node(host, "/dev/iommu"));
	}
	host_free(host);
}

TEST(a_device_has_a_label)
{
	static const struct {
		const char *vendor;
		const char *device;
		bool is_pci;
		const char *bus;
		const char *label;
	} cases[] = {
		{ "Intel", "82574L", true, "pci", "Intel 82574L" },
		{ "Intel", NULL, true, "pci", "Intel 10d3" },
		{ NULL, "82574L", true, "pci", "8086:10d3" },
		{ NULL, NULL, false, "platform", "platform" },
		{ NULL, NULL, false, NULL, "device" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct device device = { .vendor_name = text(cases[i].vendor),
					       .device_name = text(cases[i].device),
					       .is_pci = cases[i].is_pci,
					       .bus = text(cases[i].bus),
					       .vendor = 0x8086,
					       .device = 0x10d3 };
		char *label = device_label(&device);

		assert_string_equal(label, cases[i].label);
		free(label);
	}
}

/* Servers have a unit for each socket and root complex. */
TEST(many_units_are_counted_by_kind)
{
	struct iommu units[20] = { 0 };
	struct host host = { .iommus = units, .n_iommus = 4 };
	char names[COUNT(units)][sizeof("dmar19")];
	char *line = host_iommu_line(&(struct host){ 0 }, false);

	assert_string_equal(line, "none registered");
	free(line);
	for (size_t i = 0; i < COUNT(units); i++) {
		snprintf(names[i], sizeof(names[i]), "dmar%zu", i);
		units[i] = (struct iommu){ .name = names[i], .kind = IOMMU_INTEL };
	}
	line = host_iommu_line(&host, false);
	assert_string_equal(line, "Intel VT-d (dmar0), Intel VT-d (dmar1), Intel VT-d (dmar2), "
				  "Intel VT-d (dmar3)");
	free(line);
	host.n_iommus = COUNT(units);
	line = host_iommu_line(&host, false);
	assert_string_equal(line, "Intel VT-d (20 units)");
	free(line);
	units[3].kind = IOMMU_OTHER;
	line = host_iommu_line(&host, false);
	assert_string_equal(line, "Intel VT-d (19 units), other (1 unit)");
	free(line);
	line = host_iommu_line(&host, true);
	assert_non_null(strstr(line, "Intel VT-d (dmar2), other (dmar3), Intel VT-d (dmar4)"));
	free(line);
}

TEST(one_bound_device_makes_a_group_bound)
{
	struct host *host = small_host();
	struct group *group = host->groups[0];

	assert_false(group_is_bound(group));
	group->devices[2]->driver = xstrdup("vfio-pci");
	assert_true(group_is_bound(group));
	host_free(host);
}

TEST(a_parameter_is_on_or_off)
{
	static const struct {
		const char *value;
		bool is_on;
	} cases[] = { { "Y", true },  { "y", true }, { "1", true },  { "N", false },
		      { "0", false }, { "", false }, { NULL, false } };
	struct parameter parameters[] = {
		{ .module = text("a"), .name = text("b") },
		{ .module = text("a"), .name = text("c"), .value = text("Y") },
		{ .module = text("x"), .name = text("b"), .value = text("Y") }
	};
	struct host host = { .parameters = parameters, .n_parameters = COUNT(parameters) };

	for (size_t i = 0; i < COUNT(cases); i++) {
		parameters[0].value = text(cases[i].value);
		assert_int_equal(host_parameter_is_on(&host, "a", "b"), cases[i].is_on);
		assert_ptr_equal(host_parameter(&host, "a", "b"), cases[i].value);
	}
	assert_true(host_parameter_is_on(&host, "a", "c"));
	assert_true(host_parameter_is_on(&host, "x", "b"));
	assert_false(host_parameter_is_on(&host, "a", "d"));
}

/* What keeps a group from VFIO */

static struct device pci_device(uint32_t class, const char *driver)
{
	return (struct device){ .address = text("0000:00:01.0"),
				.is_pci = true,
				.class = class,
				.driver = text(driver),
				.zpci_pft = ZPCI_NONE };
}

TEST(bridges_between_buses_are_bridges)
{
	static const struct {
		uint32_t class;
		bool is_bridge;
	} cases[] = { { 0x060400, true },  { 0x060401, true },	{ 0x060700, true },
		      { 0x060900, true },  { 0x060100, false }, { 0x060000, false },
		      { 0x060500, false }, { 0x040600, false }, { 0x020000, false } };

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct device device = pci_device(cases[i].class, NULL);

		assert_int_equal(device_is_bridge(&device), cases[i].is_bridge);
		device.is_pci = false;
		assert_false(device_is_bridge(&device));
	}
}

/* VFIO calls two kinds of groups the same, and kernels before 5.16 call one of them nothing. */
TEST(the_bus_tells_an_emulated_group_from_one_without_an_iommu)
{
	static const char uuid[] = "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001";
	static const struct {
		const char *name;
		const char *bus;
		const char *address;
		bool is_pci;
		enum group_kind kind;
		const char *node;
	} cases[] = {
		{ NULL, "pci", "0000:00:04.0", true, GROUP_IOMMU, "/dev/vfio/3" },
		{ "vfio-noiommu", "pci", "0000:00:04.0", true, GROUP_NO_IOMMU,
		  "/dev/vfio/noiommu-3" },
		{ "vfio-noiommu", "mdev", uuid, false, GROUP_EMULATED, "/dev/vfio/3" },
		{ NULL, "mdev", uuid, false, GROUP_EMULATED, "/dev/vfio/3" },
		/* A tree without the link that names the bus. */
		{ "vfio-noiommu", NULL, uuid, false, GROUP_EMULATED, "/dev/vfio/3" },
		{ "vfio-noiommu", NULL, "dprc.2", false, GROUP_NO_IOMMU, "/dev/vfio/noiommu-3" },
		{ "vfio-noiommu", NULL, "83b8f4f2-509f-382f-3c1e-e6bfe0fa100", false,
		  GROUP_NO_IOMMU, "/dev/vfio/noiommu-3" },
		{ "vfio-noiommu", "vmbus", uuid, false, GROUP_NO_IOMMU, "/dev/vfio/noiommu-3" },
		{ "ppc-iommu", "pci", "0000:00:04.0", true, GROUP_IOMMU, "/dev/vfio/3" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct device device = { .address = text(cases[i].address),
					 .bus = text(cases[i].bus),
					 .is_pci = cases[i].is_pci };
		struct device *devices[] = { &device };
		struct group group = {
			.id = 3, .name = text(cases[i].name), .devices = devices, .n_devices = 1
		};
		_cleanup_free_ char *node = group_node(&group);

		if (group_kind(&group) != cases[i].kind || strcmp(node, cases[i].node) != 0)
			fail_msg("case %zu: %s, %s", i, group_kind_name(group_kind(&group)), node);
	}
}

TEST(a_driver_of_the_host_keeps_a_group)
{
	static const struct {
		uint32_t class;
		const char *driver;
		const char *vfio_dev;
		bool blocks;
		bool is_vfio;
	} cases[] = {
		{ 0x020000, NULL, NULL, false, false },
		{ 0x020000, "e1000e", NULL, true, false },
		{ 0x020000, "pci-stub", NULL, false, false },
		{ 0x020000, "vfio-pci", NULL, false, true },
		{ 0x020000, "mlx5_vfio_pci", "vfio3", false, true },
		{ 0x020000, "mlx5_vfio_pci", NULL, true, false },
		{ 0x060400, "pcieport", NULL, false, false },
		{ 0x060100, "lpc_ich", NULL, true, false },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct device device = pci_device(cases[i].class, cases[i].driver);

		device.vfio_dev = text(cases[i].vfio_dev);
		assert_int_equal(device_blocks_group(&device), cases[i].blocks);
		assert_int_equal(device_is_vfio(&device), cases[i].is_vfio);
	}
}

TEST(ism_is_known_by_its_ids_or_its_type)
{
	struct device device = pci_device(0, NULL);

	assert_false(device_is_ism(&device));
	device.vendor = 0x1014;
	assert_false(device_is_ism(&device));
	device.device = 0x04ed;
	assert_true(device_is_ism(&device));
	device.vendor = 0x8086;
	assert_false(device_is_ism(&device));
	device.zpci_pft = ZPCI_ISM;
	assert_true(device_is_ism(&device));
}

/* All commands that bind @devices, one a line; "" where there is none. */
static const char *bound_by(const struct device *const *devices, size_t count)
{
	struct finding finding = { 0 };
	struct findings findings = { 0 };
	char *lines = xstrdup("");
	static char kept[2048];

	if (!remedy_bind(&finding, devices, count))
		assert_int_equal(finding.n_commands, 0);
	for (size_t i = 0; i < finding.n_commands; i++) {
		assert_true(finding.commands[i].needs_root && finding.commands[i].is_repeatable);
		assert_non_null(finding.commands[i].does);
		xappend(&lines, "%s\n", finding.commands[i].text);
	}
	findings_add(&findings, &finding);
	findings_clear(&findings);
	snprintf(kept, sizeof(kept), "%s", lines);
	free(lines);
	return kept;
}

static const char *binds(const struct device *device)
{
	return bound_by(&device, 1);
}

TEST(commands_are_made_of_plain_words)
{
	static const char *const odd[] = { "x; reboot", "$(x)", "a b", "a/b", "" };
	struct device device = pci_device(0x020000, NULL);

	device.state = STATE_AVAILABLE;
	assert_string_equal(binds(&device),
			    "sudo modprobe vfio-pci\n"
			    "echo vfio-pci | sudo tee "
			    "/sys/bus/pci/devices/0000:00:01.0/driver_override\n"
			    "echo 0000:00:01.0 | sudo tee /sys/bus/pci/drivers_probe\n");
	device.driver = text("e1000e");
	assert_string_equal(
		binds(&device),
		"sudo modprobe vfio-pci\n"
		"echo vfio-pci | sudo tee /sys/bus/pci/devices/0000:00:01.0/driver_override\n"
		"echo 0000:00:01.0 | sudo tee /sys/bus/pci/drivers/e1000e/unbind\n"
		"echo 0000:00:01.0 | sudo tee /sys/bus/pci/drivers_probe\n");
	for (size_t i = 0; i < COUNT(odd); i++) {
		device.driver = text(odd[i]);
		assert_string_equal(binds(&device), "");
		device.driver = NULL;
		device.address = text(odd[i]);
		assert_string_equal(binds(&device), "");
		device.address = text("0000:00:01.0");
	}
	device.is_pci = false;
	assert_string_equal(binds(&device), "");
}

TEST(only_what_nothing_needs_loses_its_driver)
{
	struct device device = pci_device(0x020000, text("e1000e"));

	for (int judged = STATE_NONE; judged < STATE_COUNT; judged++) {
		device.state = (enum device_state)judged;
		assert_int_equal(strstr(binds(&device), "unbind") != NULL,
				 judged == STATE_AVAILABLE);
	}
	device.driver = NULL;
	for (int judged = STATE_NONE; judged < STATE_COUNT; judged++) {
		device.state = (enum device_state)judged;
		assert_int_equal(*binds(&device) != '\0', judged == STATE_AVAILABLE);
		assert_null(strstr(binds(&device), "unbind"));
	}
	/* Host, ISA and PCI bridges, with and without a driver. */
	device.state = STATE_AVAILABLE;
	for (uint32_t class = 0x060000; class < 0x070000; class += 0x000100) {
		device.class = class;
		device.driver = NULL;
		assert_null(strstr(binds(&device), "echo"));
		device.driver = text("pcieport");
		assert_null(strstr(binds(&device), "echo"));
	}
}

static void assert_words(const struct device *const *devices, size_t count, const char *expected)
{
	char *words = remedy_bind_words(devices, count);

	assert_string_equal(words, expected);
	free(words);
}

TEST(a_group_is_bound_as_a_whole_or_not)
{
	struct device one = pci_device(0x030000, text("nouveau"));
	struct device two = pci_device(0x040300, text("snd_hda_intel"));
	struct device card = pci_device(0x030000, text("vfio-pci"));
	const struct device *devices[] = { &one, &two };
	struct group group = { 0 };
	const char *lines;
	char *words;

	card.address = text("0000:02:00.0");

	two.address = text("0000:00:01.1");
	one.state = two.state = STATE_AVAILABLE;
	lines = bound_by(devices, 2);
	assert_non_null(strstr(lines, "drivers/nouveau/unbind"));
	assert_non_null(strstr(lines, "drivers/snd_hda_intel/unbind"));
	assert_null(strstr(strstr(lines, "modprobe") + 1, "modprobe"));
	words = remedy_bind_words(devices, 2);
	assert_string_equal(words, "bind 0000:00:01.0, 0000:00:01.1 to vfio-pci");
	free(words);
	two.state = STATE_KEEP;
	two.reason = text("/ is mounted from sda1");
	assert_string_equal(bound_by(devices, 2), "");
	words = remedy_bind_words(devices, 2);
	assert_string_equal(words, "leave 0000:00:01.1 (/ is mounted from sda1) to the host, which "
				   "does not run without it; use another device");
	free(words);
	/* Another slot helps only another card of the group. */
	group_add(&group, &two);
	group_add(&group, &card);
	assert_words(&devices[1], 1,
		     "leave 0000:00:01.1 (/ is mounted from sda1) to the host, which does not run "
		     "without it; move the card that is to be passed through to another slot, or "
		     "use another device");
	free(group.devices);
}

TEST(advice_is_about_what_the_device_is)
{
	struct device device = pci_device(0x020000, text("igb"));
	const struct device *devices[] = { &device };

	device.state = STATE_IN_USE;
	device.reason = text("its VF 0000:00:10.0 is in use");
	device.serves_functions = true;
	assert_words(devices, 1,
		     "assign the VFs instead, which end with the driver of their PF; or stop the "
		     "use of 0000:00:01.0 (its VF 0000:00:10.0 is in use) first");
	device = (struct device){ .address = text("axi:gpu"), .state = STATE_UNKNOWN };
	device.reason = text("it was not seen");
	assert_words(devices, 1,
		     "bind axi:gpu to the vfio driver of the bus, once nothing uses it (it was "
		     "not seen)");
}

/* The words lead with what to do, name all devices of the group, and say once what was not seen. */
TEST(what_was_not_seen_is_told_once_for_all_devices)
{
	struct device one = pci_device(0x030000, text("nouveau"));
	struct device two = pci_device(0x040300, text("snd_hda_intel"));
	const struct device *devices[] = { &one, &two };

	two.address = text("0000:00:01.1");
	one.state = two.state = STATE_UNKNOWN;
	one.reason = two.reason = text("processes were not seen");
	assert_words(
		devices, 1,
		"bind 0000:00:01.0 to vfio-pci, once nothing uses it (processes were not seen)");
	assert_words(
		devices, 2,
		"bind 0000:00:01.0, 0000:00:01.1 to vfio-pci, once nothing uses them (processes "
		"were not seen)");
	two.reason = text("nothing shows whether the host uses it (driver snd_hda_intel)");
	assert_words(devices, 2,
		     "bind 0000:00:01.0, 0000:00:01.1 to vfio-pci, once nothing uses them (whether "
		     "the host uses them was not seen)");
	one.state = STATE_AVAILABLE;
	assert_words(devices, 2,
		     "bind 0000:00:01.0, 0000:00:01.1 to vfio-pci, once nothing uses 0000:00:01.1 "
		     "(nothing shows whether the host uses it (driver snd_hda_intel))");
	one.state = STATE_IN_USE;
	one.reason = text("Xorg has it open");
	assert_words(
		devices, 2,
		"stop the use of 0000:00:01.0 (Xorg has it open) first; then bind 0000:00:01.0, "
		"0000:00:01.1 to vfio-pci, once nothing uses 0000:00:01.1 (nothing shows "
		"whether the host uses it (driver snd_hda_intel))");
	/* Nothing helps as long as the host needs another of the group. */
	one.state = STATE_KEEP;
	one.reason = text("/ is mounted from sda1");
	assert_words(devices, 2,
		     "leave 0000:00:01.0 (/ is mounted from sda1) to the host, which does not run "
		     "without it; use another device");
}

TEST(a_bridge_is_left_to_the_host_in_one_clause)
{
	struct device bridge = pci_device(0x060100, text("lpc_ich"));
	const struct device *devices[] = { &bridge };

	bridge.state = STATE_KEEP;
	bridge.reason = text("part of the chipset");
	assert_words(devices, 1,
		     "leave 0000:00:01.0 to the host, as part of the chipset; use another device");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_width_of_real_units_is_read),
		cmocka_unit_test(neither_width_nor_depth_is_exceeded),
		cmocka_unit_test(the_deepest_table_counts),
		cmocka_unit_test(a_unit_without_tables_says_nothing),
		cmocka_unit_test(what_is_no_register_says_nothing),
		cmocka_unit_test(only_intel_shows_such_a_register),
		cmocka_unit_test(a_device_is_dropped_with_all_that_leads_to_it),
		cmocka_unit_test(a_device_without_a_group_is_dropped),
		cmocka_unit_test(a_device_of_another_group_is_not_taken_out),
		cmocka_unit_test(all_devices_can_be_dropped_in_any_order),
		cmocka_unit_test(a_group_is_dropped),
		cmocka_unit_test(groups_are_found_by_their_numbers),
		cmocka_unit_test(a_device_that_is_replaced_keeps_its_place),
		cmocka_unit_test(units_are_cleared_and_no_device_is_behind_one),
		cmocka_unit_test(parameters_and_holders_are_cleared),
		cmocka_unit_test(a_host_is_freed_with_all_that_hangs_on_it),
		cmocka_unit_test(modules_and_nodes_are_found_and_cleared),
		cmocka_unit_test(a_device_has_a_label),
		cmocka_unit_test(many_units_are_counted_by_kind),
		cmocka_unit_test(one_bound_device_makes_a_group_bound),
		cmocka_unit_test(a_parameter_is_on_or_off),
		cmocka_unit_test(bridges_between_buses_are_bridges),
		cmocka_unit_test(the_bus_tells_an_emulated_group_from_one_without_an_iommu),
		cmocka_unit_test(a_driver_of_the_host_keeps_a_group),
		cmocka_unit_test(ism_is_known_by_its_ids_or_its_type),
		cmocka_unit_test(commands_are_made_of_plain_words),
		cmocka_unit_test(only_what_nothing_needs_loses_its_driver),
		cmocka_unit_test(a_group_is_bound_as_a_whole_or_not),
		cmocka_unit_test(advice_is_about_what_the_device_is),
		cmocka_unit_test(what_was_not_seen_is_told_once_for_all_devices),
		cmocka_unit_test(a_bridge_is_left_to_the_host_in_one_clause),
	};

	return UNIT_RUN("host", tests);
}
