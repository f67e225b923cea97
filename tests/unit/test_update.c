/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sysroot.h"

#include "scan/scan.h"
#include "scan/update.h"

/* update_note() */

static void note(struct update *update, const char *subsystem, const char *path)
{
	struct uevent uevent = { .action = "change", .path = path, .subsystem = subsystem };

	update_note(update, &uevent);
}

/* What is to be read again, in a few letters, and the paths. */
static const char *noted(const struct update *update)
{
	const char *text = keep(xasprintf("%s%s%s%s%s%s", update->net ? "n" : "",
					  update->blocks ? "b" : "", update->modules ? "m" : "",
					  update->holders ? "h" : "", update->all ? "a" : "",
					  update->lost ? "l" : ""));

	for (size_t i = 0; i < update->n_paths; i++)
		text = keep(xasprintf("%s %s", text, update->paths[i]));
	return text;
}

TEST(each_subsystem_has_something_to_be_read_again)
{
	static const struct {
		const char *subsystem;
		const char *path;
		const char *noted;
	} cases[] = {
		{ "net", "/devices/pci0000:00/0000:00:04.0/net/eth0", "n" },
		{ "block", "/devices/pci0000:00/0000:00:05.0/block/sda", "b" },
		{ "module", "/module/vfio", "m" },
		{ "misc", "/devices/virtual/misc/vfio", "m" },
		{ "misc", "/devices/virtual/misc/kvm", " /sys/devices/virtual/misc/kvm" },
		{ "iommu", "/devices/virtual/iommu/dmar0", "a" },
		{ "vfio", "/devices/virtual/vfio/3", "h" },
		{ "vfio-dev", "/devices/pci0000:00/0000:00:04.0/vfio-dev/vfio0",
		  " /sys/devices/pci0000:00/0000:00:04.0" },
		{ "pci", "/devices/pci0000:00/0000:00:04.0",
		  " /sys/devices/pci0000:00/0000:00:04.0" },
		{ "platform", "/devices/platform/frob", " /sys/devices/platform/frob" },
		{ "nets", "/x", " /sys/x" },
		{ "input", "/x", "" },
		{ "drivers", "/bus/pci/drivers/frob", "" },
		{ "hwmon", "/x", "" },
		{ "workqueue", "/x", "" },
		{ NULL, "/x", "" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct update update = { 0 };

		note(&update, cases[i].subsystem, cases[i].path);
		assert_string_equal(noted(&update), cases[i].noted);
		assert_int_equal(update_is_empty(&update), !*cases[i].noted);
		update_clear(&update);
		assert_true(update_is_empty(&update));
	}
}

TEST(a_path_is_noted_once_in_the_order_of_the_events)
{
	struct update update = { 0 };

	note(&update, "pci", "/b");
	note(&update, "pci", "/a");
	note(&update, "pci", "/b");
	note(&update, "vfio-dev", "/a/vfio-dev/vfio0");
	note(&update, "net", "/c");
	assert_string_equal(noted(&update), "n /sys/b /sys/a");
	update_clear(&update);
}

TEST(a_short_path_has_nothing_above_it)
{
	struct update update = { 0 };

	note(&update, "vfio-dev", "/x");
	note(&update, "vfio-dev", "/");
	for (size_t i = 0; i < update.n_paths; i++)
		assert_false(text_starts(update.paths[i], "/sys/"));
	update_clear(&update);
}

TEST(lost_events_are_something)
{
	assert_false(update_is_empty(&(const struct update){ .lost = true }));
}

/* A host in a directory, that changes */

#define BUS	 "pci0000:00/"
#define NO_GROUP 99

static const char *const paths[] = { BUS "0000:00:01.0",
				     BUS "0000:00:02.0",
				     BUS "0000:00:02.1",
				     BUS "0000:00:1c.0",
				     BUS "0000:00:1c.0/0000:01:00.0",
				     "platform/frob" };

#define N_DEVICES 6
#define PORT	  3
#define CARD	  4
#define PLATFORM  5

/** struct world - what is in the directory. @host: what the program knows of it. */
struct world {
	const char *root;
	struct source *source;
	struct host *host;
	struct update update;
	bool is_there[N_DEVICES];
	unsigned int group[N_DEVICES];
	const char *driver[N_DEVICES];
};

static const char *in_root(const struct world *world, const char *path)
{
	return path_in(world->root, path);
}

static const char *device_directory(size_t device)
{
	return keep(xasprintf("sys/devices/%s", paths[device]));
}

static void event(struct world *world, size_t device, const char *subsystem)
{
	note(&world->update, subsystem, device_directory(device) + strlen("sys"));
}

static void bind(struct world *world, size_t device, const char *driver)
{
	static const char *const classes[] = { "30000", "20000", "40300", "60400", "20000", "" };
	const char *directory = device_directory(device);
	char *line = driver ? xasprintf("DRIVER=%s\n", driver) : xstrdup("");
	char *ids = device == PLATFORM ? xstrdup("")
				       : xasprintf("PCI_CLASS=%s\nPCI_ID=8086:10%02zX\n",
						   classes[device], device);

	put_file(world->root, path_in(directory, "uevent"), keep(xasprintf("%s%s", line, ids)));
	directory_remove(in_root(world, path_in(directory, "vfio-dev")));
	if (driver && strcmp(driver, "vfio-pci") == 0)
		put_directory(world->root,
			      keep(xasprintf("%s/vfio-dev/vfio%zu", directory, device)));
	world->driver[device] = driver;
	free(line);
	free(ids);
}

/* A group is there as long as something is in it. */
static void leave_group(struct world *world, size_t device)
{
	const char *group = keep(xasprintf(GROUPS "/%u", world->group[device]));
	bool is_last = true;

	if (world->group[device] == NO_GROUP)
		return;
	for (size_t i = 0; i < N_DEVICES; i++)
		is_last &= i == device || !world->is_there[i] ||
			   world->group[i] != world->group[device];
	unlink(in_root(world, keep(xasprintf("%s/iommu_group", device_directory(device)))));
	unlink(in_root(world,
		       keep(xasprintf("%s/devices/%s", group, text_base_name(paths[device])))));
	unlink(in_root(world, keep(xasprintf("sys/devices/virtual/iommu/dmar0/devices/%s",
					     text_base_name(paths[device])))));
	if (is_last)
		directory_remove(in_root(world, group));
	world->group[device] = NO_GROUP;
}

static void join_group(struct world *world, size_t device, unsigned int id)
{
	if (id == NO_GROUP)
		return;
	put_in_group(world->root, paths[device], id);
	/* Odd ones are behind a unit. */
	if (device % 2)
		put_link(world->root,
			 keep(xasprintf("sys/devices/virtual/iommu/dmar0/devices/%s",
					text_base_name(paths[device]))),
			 keep(xasprintf("../../../../%s", paths[device])));
	world->group[device] = id;
}

static void put_extras(const struct world *world, size_t device)
{
	static const uint8_t config[256] = { [10] = 1 };
	const char *directory = device_directory(device);

	put_bytes(world->root, path_in(directory, "config"), config, sizeof(config));
	put_file(world->root, path_in(directory, "boot_vga"), "1\n");
	if (device == 2)
		put_link(world->root, path_in(directory, "physfn"), "../0000:00:02.0");
}

static void come(struct world *world, size_t device, unsigned int group)
{
	const char *directory = device_directory(device);

	bind(world, device, NULL);
	put_link(world->root, path_in(directory, "subsystem"),
		 device == PLATFORM ? "/sys/bus/platform" : "/sys/bus/pci");
	if (device != PLATFORM)
		put_link(world->root, path_in("sys/bus/pci/devices", text_base_name(directory)),
			 keep(xasprintf("../../../devices/%s", paths[device])));
	put_extras(world, device);
	world->is_there[device] = true;
	world->group[device] = NO_GROUP;
	join_group(world, device, group);
}

static void go(struct world *world, size_t device)
{
	const char *name = text_base_name(paths[device]);

	leave_group(world, device);
	unlink(in_root(world, path_in("sys/bus/pci/devices", name)));
	directory_remove(in_root(world, device_directory(device)));
	world->is_there[device] = false;
}

static struct world world_new(void)
{
	struct world world = { .root = directory_new() };

	put_directory(world.root, "sys/devices/virtual/iommu/dmar0/devices");
	put_link(world.root, "sys/class/iommu/dmar0", "../../devices/virtual/iommu/dmar0");
	put_directory(world.root, "sys/bus/pci/devices");
	put_directory(world.root, "sys/module/vfio/parameters");
	put_directory(world.root, "sys/class/block");
	for (size_t i = 0; i < N_DEVICES; i++)
		world.group[i] = NO_GROUP;
	return world;
}

static struct host *scan_all(struct source *source)
{
	struct host *host = scan_host(source);

	scan_readiness(source, host);
	return host;
}

static void begin(struct world *world)
{
	world->source = sysroot_open(world->root);
	world->host = scan_all(world->source);
}

static void world_free(struct world *world)
{
	update_clear(&world->update);
	host_free(world->host);
	source_close(world->source);
	directory_remove(world->root);
}

static void apply(struct world *world)
{
	update_apply(&world->update, world->source, world->host);
	update_clear(&world->update);
}

/* What is known, in words */

static void describe_device(FILE *out, const struct device *device)
{
	fprintf(out, "%s %s %s %s %s %x %x:%x %d group %d iommu %s port %u %s %s\n",
		device->address, device->path, device->bus, device->driver, device->vfio_dev,
		device->class, device->vendor, device->device, device->is_pci,
		device->group ? (int)device->group->id : -1,
		device->iommu ? device->iommu->name : "none", device->port.seen,
		device->physical_function, device->is_console ? "console" : "");
}

static void describe_group(FILE *out, const struct host *host, const struct group *group)
{
	fprintf(out, "%u %s %s %zu %d %zu:", group->id, group->type, group->name, group->n_regions,
		group->regions_errno, group->n_devices);
	/* In the order of the host's devices: that inside of groups may differ. */
	for (size_t i = 0; i < host->n_devices; i++) {
		for (size_t k = 0; k < group->n_devices; k++) {
			if (group->devices[k] == host->devices[i])
				fprintf(out, " %s", group->devices[k]->address);
		}
	}
	fputc('\n', out);
}

static int compare_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorted: nodes are in the order of their devices inside of groups. */
static void describe_nodes(FILE *out, const struct host *host)
{
	const char **paths_of_nodes = xcalloc(host->n_nodes, sizeof(*paths_of_nodes));

	for (size_t i = 0; i < host->n_nodes; i++)
		paths_of_nodes[i] = host->nodes[i].path;
	qsort(paths_of_nodes, host->n_nodes, sizeof(*paths_of_nodes), compare_text);
	for (size_t i = 0; i < host->n_nodes; i++)
		fprintf(out, "\n%s", paths_of_nodes[i]);
	free(paths_of_nodes);
	for (size_t i = 0; i < host->n_modules; i++)
		fprintf(out, "\n%s %d", host->modules[i].name, host->modules[i].loaded);
}

static const char *describe(const struct host *host)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	for (size_t i = 0; i < host->n_devices; i++)
		describe_device(out, host->devices[i]);
	for (size_t i = 0; i < host->n_groups; i++)
		describe_group(out, host, host->groups[i]);
	for (size_t i = 0; i < host->n_iommus; i++) {
		fprintf(out, "%s %zu:", host->iommus[i].name, host->iommus[i].n_members);
		for (size_t k = 0; k < host->iommus[i].n_members; k++)
			fprintf(out, " %s", host->iommus[i].members[k]);
	}
	for (size_t i = 0; i < host->blocks.count; i++)
		fprintf(out, "\n%s on %s", host->blocks.block[i].name,
			host->blocks.block[i].device ? host->blocks.block[i].device->address : "-");
	for (size_t i = 0; i < host->n_parameters; i++)
		fprintf(out, "\n%s %s", host->parameters[i].name, host->parameters[i].value);
	describe_nodes(out, host);
	fprintf(out, "\n%d %d %d", host->has_container, host->holders_errno,
		host->net.interfaces_errno);
	fclose(out);
	return keep(text);
}

/* The host is as a scan of all of it finds it. */
static void assert_up_to_date(const struct world *world)
{
	struct host *whole = scan_all(world->source);
	const char *expected = describe(whole);

	host_free(whole);
	assert_string_equal(describe(world->host), expected);
}

#define DEVICE(world, index) host_device((world).host, text_base_name(paths[index]))

TEST(a_device_comes_into_a_new_group)
{
	struct world world = world_new();

	begin(&world);
	come(&world, 1, 4);
	event(&world, 1, "pci");
	apply(&world);
	assert_int_equal(DEVICE(world, 1)->group->id, 4);
	assert_string_equal(DEVICE(world, 1)->iommu->name, "dmar0");
	assert_up_to_date(&world);
	world_free(&world);
}

TEST(a_device_comes_into_a_group_that_is_known)
{
	struct world world = world_new();

	come(&world, 1, 4);
	begin(&world);
	come(&world, 2, 4);
	event(&world, 2, "pci");
	apply(&world);
	assert_int_equal(host_group(world.host, 4)->n_devices, 2);
	assert_string_equal(DEVICE(world, 2)->physical_function, "0000:00:02.0");
	assert_int_equal(DEVICE(world, 1)->port.seen, PORT_SEEN);
	assert_up_to_date(&world);
	world_free(&world);
}

TEST(a_device_that_goes_leaves_the_others_as_they_would_be_without_it)
{
	struct world world = world_new();

	come(&world, 1, 4);
	come(&world, 2, 4);
	begin(&world);
	go(&world, 1);
	event(&world, 1, "pci");
	apply(&world);
	assert_null(DEVICE(world, 1));
	assert_int_equal(host_group(world.host, 4)->n_devices, 1);
	assert_up_to_date(&world);
	world_free(&world);
}

TEST(the_last_device_takes_its_group_away)
{
	struct world world = world_new();

	come(&world, 1, 4);
	come(&world, 3, 5);
	begin(&world);
	go(&world, 1);
	event(&world, 1, "pci");
	apply(&world);
	assert_null(host_group(world.host, 4));
	assert_int_equal(world.host->n_groups, 1);
	assert_up_to_date(&world);
	world_free(&world);
}

/* Two devices that change to a group nobody knew: the group comes with both at the first event. */
TEST(two_devices_move_to_a_new_group)
{
	struct world world = world_new();

	come(&world, 1, 4);
	come(&world, 2, 4);
	begin(&world);
	for (size_t i = 1; i < 3; i++) {
		leave_group(&world, i);
		event(&world, i, "pci");
	}
	join_group(&world, 1, 7);
	join_group(&world, 2, 7);
	apply(&world);
	assert_int_equal(world.host->n_devices, 2);
	assert_int_equal(world.host->n_groups, 1);
	assert_int_equal(host_group(world.host, 7)->n_devices, 2);
	assert_up_to_date(&world);
	world_free(&world);
}

/* Of which the second has no event of its own. */
TEST(a_group_comes_with_all_that_is_in_it)
{
	struct world world = world_new();

	begin(&world);
	come(&world, 1, 4);
	come(&world, 0, 4);
	event(&world, 1, "pci");
	apply(&world);
	assert_true(DEVICE(world, 0)->is_console);
	assert_up_to_date(&world);
	world_free(&world);
}

TEST(what_is_no_number_is_no_group)
{
	struct world world = world_new();

	come(&world, 1, NO_GROUP);
	begin(&world);
	put_link(world.root, keep(xasprintf("%s/iommu_group", device_directory(1))),
		 "/sys/kernel/iommu_groups/frob");
	event(&world, 1, "pci");
	apply(&world);
	assert_null(DEVICE(world, 1)->group);
	assert_int_equal(world.host->n_groups, 0);
	world_free(&world);
}

TEST(a_device_gets_its_first_group_and_loses_it)
{
	struct world world = world_new();

	come(&world, 0, NO_GROUP);
	begin(&world);
	join_group(&world, 0, 3);
	event(&world, 0, "pci");
	apply(&world);
	assert_int_equal(world.host->n_devices, 1);
	assert_int_equal(DEVICE(world, 0)->group->id, 3);
	/* With the graphics comes the console. */
	assert_true(DEVICE(world, 0)->is_console);
	leave_group(&world, 0);
	event(&world, 0, "pci");
	apply(&world);
	assert_null(DEVICE(world, 0)->group);
	assert_int_equal(world.host->n_groups, 0);
	assert_up_to_date(&world);
	world_free(&world);
}

TEST(a_driver_comes_and_goes)
{
	struct world world = world_new();

	come(&world, 1, 4);
	begin(&world);
	bind(&world, 1, "vfio-pci");
	event(&world, 1, "pci");
	apply(&world);
	assert_true(device_is_vfio(DEVICE(world, 1)));
	assert_string_equal(DEVICE(world, 1)->vfio_dev, "vfio1");
	assert_up_to_date(&world);
	bind(&world, 1, NULL);
	event(&world, 1, "pci");
	apply(&world);
	assert_null(DEVICE(world, 1)->driver);
	assert_null(DEVICE(world, 1)->vfio_dev);
	assert_up_to_date(&world);
	world_free(&world);
}

TEST(a_device_of_another_bus_counts_while_it_is_in_a_group)
{
	struct world world = world_new();

	begin(&world);
	come(&world, PLATFORM, NO_GROUP);
	event(&world, PLATFORM, "platform");
	apply(&world);
	assert_null(DEVICE(world, PLATFORM));
	join_group(&world, PLATFORM, 2);
	event(&world, PLATFORM, "platform");
	apply(&world);
	assert_string_equal(DEVICE(world, PLATFORM)->bus, "platform");
	assert_up_to_date(&world);
	leave_group(&world, PLATFORM);
	event(&world, PLATFORM, "platform");
	apply(&world);
	assert_null(DEVICE(world, PLATFORM));
	assert_up_to_date(&world);
	world_free(&world);
}

TEST(what_a_group_says_is_read_again)
{
	struct world world = world_new();

	come(&world, 1, 4);
	begin(&world);
	put_file(world.root, GROUPS "/4/type", "identity\n");
	put_file(world.root, GROUPS "/4/name", "vfio-noiommu\n");
	put_file(world.root, GROUPS "/4/reserved_regions", "frob\n");
	event(&world, 1, "pci");
	apply(&world);
	assert_string_equal(host_group(world.host, 4)->type, "identity");
	assert_int_equal(host_group(world.host, 4)->n_regions, 0);
	assert_int_equal(host_group(world.host, 4)->regions_errno, EBADMSG);
	assert_up_to_date(&world);
	world_free(&world);
}

TEST(a_disk_comes_to_a_device_and_goes_with_it)
{
	struct world world = world_new();

	come(&world, 1, 4);
	begin(&world);
	put_file(world.root, keep(xasprintf("%s/block/vda/dev", device_directory(1))), "254:0\n");
	put_link(world.root, "sys/class/block/vda",
		 keep(xasprintf("../../devices/%s/block/vda", paths[1])));
	note(&world.update, "block", "/devices/x");
	apply(&world);
	assert_ptr_equal(world.host->blocks.block[0].device, DEVICE(world, 1));
	unlink(in_root(&world, "sys/class/block/vda"));
	go(&world, 1);
	event(&world, 1, "pci");
	apply(&world);
	assert_int_equal(world.host->blocks.count, 0);
	assert_up_to_date(&world);
	world_free(&world);
}

/* The dumps of a capture stay; which device an interface is on is read from its files. */
TEST(interfaces_are_read_again)
{
	const char *capture = capture_new(
		"{'fact': 'netlink links', 'ret': 0, 'messages': [{'index': 2, 'name': 'eth0'}]}\n"
		"{'fact': 'netlink addresses', 'ret': 0, 'messages': []}\n"
		"{'fact': 'netlink routes', 'ret': 0, 'messages': []}\n"
		"{'fact': 'netlink routes6', 'ret': 0, 'messages': []}\n");
	const char *files = path_in(capture, "files");
	struct update update = { 0 };
	struct source *source;
	struct host *host;

	put_pci(files, paths[1], "PCI_CLASS=20000\nPCI_ID=8086:10D3\n");
	source = capture_replay(capture);
	host = scan_all(source);
	assert_int_equal(host->net.n_interfaces, 1);
	assert_null(host->net.interfaces[0].device);
	/* A capture is read when it is opened. */
	source_close(source);
	put_link(files, "sys/class/net/eth0", "../../devices/virtual/net/eth0");
	put_link(files, "sys/devices/virtual/net/eth0/device", "../../../pci0000:00/0000:00:02.0");
	source = capture_replay(capture);
	note(&update, "net", "/devices/virtual/net/eth0");
	update_apply(&update, source, host);
	assert_int_equal(host->net.n_interfaces, 1);
	assert_ptr_equal(host->net.interfaces[0].device, host->devices[0]);
	update_clear(&update);
	host_free(host);
	source_close(source);
}

TEST(modules_are_read_again)
{
	struct world world = world_new();

	begin(&world);
	put_file(world.root, "sys/module/vfio/parameters/frob", "Y\n");
	put_file(world.root, "dev/vfio/vfio", "");
	put_directory(world.root, "sys/module/vfio_pci");
	note(&world.update, "module", "/module/vfio");
	apply(&world);
	assert_true(world.host->has_container);
	assert_true(host_parameter_is_on(world.host, "vfio", "frob"));
	/* It is a plain file here. */
	assert_int_equal(host_node(world.host, "/dev/vfio/vfio")->error, ENODEV);
	assert_up_to_date(&world);
	world_free(&world);
}

/* Nobody knows whether a device is still there when looking fails: it stays. */
TEST(what_can_not_be_looked_at_stays)
{
	struct world world = world_new();
	char *deep;

	come(&world, 1, 4);
	begin(&world);
	/* A link that leads to itself, in place of the directory: ELOOP. */
	deep = xasprintf("%s.away", in_root(&world, "sys/devices/pci0000:00"));
	assert_int_equal(rename(in_root(&world, "sys/devices/pci0000:00"), deep), 0);
	put_link(world.root, "sys/devices/pci0000:00", "pci0000:00");
	event(&world, 1, "pci");
	apply(&world);
	assert_non_null(DEVICE(world, 1));
	free(deep);
	world_free(&world);
}

/* Any sequence */

static void happened(struct world *world, size_t device)
{
	event(world, device, device == PLATFORM ? "platform" : "pci");
}

/* The card is behind the port: it comes after it and goes before it. */
static void make_room(struct world *world, size_t device)
{
	size_t other = device == CARD ? PORT : CARD;

	if (device == CARD && !world->is_there[PORT])
		come(world, PORT, NO_GROUP);
	else if (device == PORT && world->is_there[CARD])
		go(world, CARD);
	else
		return;
	happened(world, other);
}

static void change_anything(struct world *world, struct random *random)
{
	static const char *const drivers[] = { NULL, "vfio-pci", "e1000e" };
	size_t device = random_below(random, N_DEVICES);
	unsigned int group = random_below(random, 4);

	group = group == 3 ? NO_GROUP : group;
	if (!world->is_there[device]) {
		make_room(world, device);
		come(world, device, group);
	} else if (random_below(random, 3) == 0) {
		make_room(world, device);
		go(world, device);
	} else if (random_below(random, 2)) {
		bind(world, device, drivers[random_below(random, COUNT(drivers))]);
	} else {
		leave_group(world, device);
		join_group(world, device, group);
	}
	happened(world, device);
}

static void change_some(struct world *world, struct random *random)
{
	unsigned int count = 1 + random_below(random, 4);

	for (unsigned int i = 0; i < count; i++)
		change_anything(world, random);
}

TEST(after_any_changes_the_host_is_as_a_scan_finds_it)
{
	for (unsigned int turn = 0; turn < 15; turn++) {
		struct random random = random_turn(turn);
		struct world world = world_new();

		change_some(&world, &random);
		update_clear(&world.update);
		begin(&world);
		for (unsigned int i = 0; i < 15; i++) {
			struct host *whole;
			const char *expected, *known;

			change_some(&world, &random);
			apply(&world);
			whole = scan_all(world.source);
			expected = describe(whole);
			host_free(whole);
			known = describe(world.host);
			if (strcmp(known, expected) != 0)
				print_message("%s\n---\n%s\n", known, expected);
			CHECK(&random, strcmp(known, expected) == 0);
		}
		world_free(&world);
	}
}

/* What can't be read is noted, and not again and again. */
TEST(hundreds_of_updates_leave_nothing_behind)
{
	struct world world = world_new();

	come(&world, 1, 4);
	unlink(in_root(&world, GROUPS "/4/reserved_regions"));
	put_directory(world.root, GROUPS "/4/reserved_regions");
	begin(&world);
	for (unsigned int i = 0; i < 500; i++) {
		event(&world, 1, "pci");
		apply(&world);
	}
	assert_int_equal(world.host->n_devices, 1);
	assert_int_equal(world.host->n_groups, 1);
	assert_int_equal(world.host->n_unread, 1);
	assert_up_to_date(&world);
	world_free(&world);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_subsystem_has_something_to_be_read_again),
		cmocka_unit_test(a_path_is_noted_once_in_the_order_of_the_events),
		cmocka_unit_test(a_short_path_has_nothing_above_it),
		cmocka_unit_test(lost_events_are_something),
		cmocka_unit_test(a_device_comes_into_a_new_group),
		cmocka_unit_test(a_device_comes_into_a_group_that_is_known),
		cmocka_unit_test(a_device_that_goes_leaves_the_others_as_they_would_be_without_it),
		cmocka_unit_test(the_last_device_takes_its_group_away),
		cmocka_unit_test(two_devices_move_to_a_new_group),
		cmocka_unit_test(a_group_comes_with_all_that_is_in_it),
		cmocka_unit_test(what_is_no_number_is_no_group),
		cmocka_unit_test(a_device_gets_its_first_group_and_loses_it),
		cmocka_unit_test(a_driver_comes_and_goes),
		cmocka_unit_test(a_device_of_another_bus_counts_while_it_is_in_a_group),
		cmocka_unit_test(what_a_group_says_is_read_again),
		cmocka_unit_test(a_disk_comes_to_a_device_and_goes_with_it),
		cmocka_unit_test(interfaces_are_read_again),
		cmocka_unit_test(modules_are_read_again),
		cmocka_unit_test(what_can_not_be_looked_at_stays),
		cmocka_unit_test(after_any_changes_the_host_is_as_a_scan_finds_it),
		cmocka_unit_test(hundreds_of_updates_leave_nothing_behind),
	};

	return UNIT_RUN("update", tests);
}
