/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sysroot.h"

#include <linux/pci_regs.h>

/* scan_parse_config() */

/* Configuration space that is being put together: no list of capabilities yet. */
struct config {
	uint8_t bytes[4096];
	size_t last;	      /* where the pointer to the next capability stands */
	size_t last_extended; /* the head of the last extended one */
};

static void set_word(struct config *config, size_t at, unsigned int word)
{
	config->bytes[at] = (uint8_t)word;
	config->bytes[at + 1] = (uint8_t)(word >> 8);
}

static void set_long(struct config *config, size_t at, uint32_t value)
{
	set_word(config, at, value & 0xffff);
	set_word(config, at + 2, value >> 16);
}

static struct config config_new(void)
{
	struct config config = { .last = PCI_CAPABILITY_LIST };

	set_word(&config, PCI_VENDOR_ID, 0x8086);
	set_word(&config, PCI_STATUS, PCI_STATUS_CAP_LIST);
	return config;
}

/* A capability at @at, behind those that are there. */
static void add_capability(struct config *config, size_t at, uint8_t id)
{
	config->bytes[config->last] = (uint8_t)at;
	config->bytes[at] = id;
	config->last = at + PCI_CAP_LIST_NEXT;
}

static void add_express(struct config *config, size_t at, unsigned int type)
{
	add_capability(config, at, PCI_CAP_ID_EXP);
	/* Version 2 below the type, a slot above: neither is part of it. */
	set_word(config, at + PCI_EXP_FLAGS, 0x2 | type << 4 | PCI_EXP_FLAGS_SLOT);
}

static void add_extended(struct config *config, size_t at, uint16_t id)
{
	if (config->last_extended)
		set_word(config, config->last_extended + 2, (unsigned int)at << 4 | 1);
	set_long(config, at, 0x10000u | id);
	config->last_extended = at;
}

static void add_acs(struct config *config, size_t at, unsigned int can, unsigned int does)
{
	add_extended(config, at, PCI_EXT_CAP_ID_ACS);
	set_word(config, at + PCI_ACS_CAP, can);
	set_word(config, at + PCI_ACS_CTRL, does);
}

/* In memory of just that size, so that a look beyond is seen. */
static struct port parse(const struct config *config, size_t len)
{
	struct port port = { .seen = PORT_SEEN, .has_acs = true, .type = 99 };
	uint8_t *exact = malloc(len);

	assert_true(exact || !len);
	if (len)
		memcpy(exact, config->bytes, len);
	scan_parse_config(exact, len, &port);
	free(exact);
	return port;
}

TEST(too_little_says_nothing)
{
	struct config config = config_new();

	for (size_t len = 0; len < 64; len++) {
		struct port port = parse(&config, len);

		assert_int_equal(port.seen, PORT_UNSEEN);
		assert_false(port.has_acs);
		assert_int_equal(port.type, 0);
	}
}

TEST(the_first_64_bytes_are_the_header)
{
	static const size_t lens[] = { 64, 65, 128, 255 };
	struct config config = config_new();

	add_express(&config, 0x40, PCI_EXP_TYPE_ROOT_PORT);
	for (size_t i = 0; i < COUNT(lens); i++) {
		struct port port = parse(&config, lens[i]);

		assert_int_equal(port.seen, PORT_HEADER);
		assert_false(port.is_express);
	}
	assert_int_equal(parse(&config, 256).seen, PORT_SEEN);
}

TEST(each_type_of_port_is_read)
{
	for (unsigned int type = 0; type < 16; type++) {
		struct config config = config_new();
		struct port port;

		add_express(&config, 0x40, type);
		port = parse(&config, 256);
		assert_true(port.is_express);
		assert_int_equal(port.type, type);
		assert_false(port.has_acs);
	}
}

TEST(a_device_of_conventional_pci_is_no_port)
{
	struct config config = config_new();
	struct port port;

	add_capability(&config, 0x40, PCI_CAP_ID_MSI);
	/* What looks like ACS is something else there. */
	add_acs(&config, 0x100, 0x5f, 0x1d);
	port = parse(&config, 4096);
	assert_int_equal(port.seen, PORT_SEEN);
	assert_false(port.is_express);
	assert_false(port.has_acs);
}

TEST(without_the_bit_there_is_no_list)
{
	struct config config = config_new();

	add_express(&config, 0x40, PCI_EXP_TYPE_ROOT_PORT);
	set_word(&config, PCI_STATUS, (unsigned int)~PCI_STATUS_CAP_LIST & 0xffff);
	assert_false(parse(&config, 256).is_express);
}

TEST(a_capability_is_found_behind_others)
{
	struct config config = config_new();

	add_capability(&config, 0x50, PCI_CAP_ID_PM);
	add_capability(&config, 0x80, PCI_CAP_ID_MSI);
	add_capability(&config, 0x44, PCI_CAP_ID_MSIX);
	/* The last place at which four bytes fit. */
	add_express(&config, 0xfc, PCI_EXP_TYPE_DOWNSTREAM);
	assert_int_equal(parse(&config, 256).type, PCI_EXP_TYPE_DOWNSTREAM);
}

TEST(the_two_lowest_bits_of_a_pointer_are_reserved)
{
	struct config config = config_new();

	add_express(&config, 0x40, PCI_EXP_TYPE_UPSTREAM);
	config.bytes[PCI_CAPABILITY_LIST] |= 3;
	assert_int_equal(parse(&config, 256).type, PCI_EXP_TYPE_UPSTREAM);
	config = config_new();
	add_capability(&config, 0x40, PCI_CAP_ID_PM);
	add_express(&config, 0x80, PCI_EXP_TYPE_UPSTREAM);
	config.bytes[0x41] |= 3;
	assert_int_equal(parse(&config, 256).type, PCI_EXP_TYPE_UPSTREAM);
}

TEST(a_pointer_into_the_header_ends_the_list)
{
	struct config config = config_new();

	/* The header's bytes happen to look like the capability. */
	config.bytes[PCI_CAPABILITY_LIST] = 0x3c;
	config.bytes[0x3c] = PCI_CAP_ID_EXP;
	assert_false(parse(&config, 256).is_express);
}

TEST(as_many_capabilities_as_fit_are_looked_at)
{
	struct config config = config_new();

	for (size_t i = 0; i < 47; i++)
		add_capability(&config, 0x40 + 4 * i, PCI_CAP_ID_VNDR);
	add_express(&config, 0xfc, PCI_EXP_TYPE_ROOT_PORT);
	assert_true(parse(&config, 256).is_express);
}

TEST(a_list_in_a_circle_ends)
{
	struct config config = config_new();

	add_capability(&config, 0x40, PCI_CAP_ID_PM);
	add_capability(&config, 0x50, PCI_CAP_ID_MSI);
	add_capability(&config, 0x40, PCI_CAP_ID_PM);
	assert_false(parse(&config, 256).is_express);

	config = config_new();
	add_express(&config, 0x40, PCI_EXP_TYPE_ROOT_PORT);
	add_extended(&config, 0x100, PCI_EXT_CAP_ID_ERR);
	add_extended(&config, 0x140, PCI_EXT_CAP_ID_VC);
	add_extended(&config, 0x100, PCI_EXT_CAP_ID_ERR);
	assert_false(parse(&config, 4096).has_acs);
}

TEST(acs_is_read)
{
	struct config config = config_new();
	struct port port;

	add_express(&config, 0x40, PCI_EXP_TYPE_ROOT_PORT);
	add_extended(&config, 0x100, PCI_EXT_CAP_ID_ERR);
	add_acs(&config, 0x220, 0x105f, 0x201d);
	port = parse(&config, 4096);
	assert_true(port.has_acs);
	assert_int_equal(port.acs_can, 0x105f);
	assert_int_equal(port.acs_does, 0x201d);
	/* It is beyond what was read. */
	port = parse(&config, 256);
	assert_true(port.is_express);
	assert_false(port.has_acs);
	assert_false(parse(&config, 0x220 + 7).has_acs);
	assert_true(parse(&config, 0x220 + 8).has_acs);
}

/* Sunrise Point and its successors: 32 bits, so that the control register is 8 bytes behind. */
TEST(registers_of_32_bits_are_read)
{
	static const struct {
		unsigned int vendor, device, type;
		bool is_wide;
	} ports[] = {
		{ 0x8086, 0xa110, PCI_EXP_TYPE_ROOT_PORT, true },
		{ 0x8086, 0xa11f, PCI_EXP_TYPE_ROOT_PORT, true },
		{ 0x8086, 0xa120, PCI_EXP_TYPE_ROOT_PORT, false },
		{ 0x8086, 0xa168, PCI_EXP_TYPE_ROOT_PORT, true },
		{ 0x8086, 0xa290, PCI_EXP_TYPE_ROOT_PORT, true },
		{ 0x8086, 0xa2ee, PCI_EXP_TYPE_ROOT_PORT, true },
		{ 0x8086, 0x9d1b, PCI_EXP_TYPE_ROOT_PORT, true },
		{ 0x8086, 0x9d1c, PCI_EXP_TYPE_ROOT_PORT, false },
		{ 0x8086, 0xa110, PCI_EXP_TYPE_DOWNSTREAM, false },
		{ 0x1022, 0xa110, PCI_EXP_TYPE_ROOT_PORT, false },
	};

	for (size_t i = 0; i < COUNT(ports); i++) {
		struct config config = config_new();
		struct port port;

		set_word(&config, PCI_VENDOR_ID, ports[i].vendor);
		set_word(&config, PCI_DEVICE_ID, ports[i].device);
		add_express(&config, 0x40, ports[i].type);
		add_acs(&config, 0x100, 0x000f, 0);
		set_long(&config, 0x108, 0x1d);
		port = parse(&config, 4096);
		assert_int_equal(port.acs_can, 0xf);
		assert_int_equal(port.acs_does, ports[i].is_wide ? 0x1d : 0);
		assert_int_equal(parse(&config, 0x108).has_acs, !ports[i].is_wide);
	}
}

TEST(one_of_several_functions_is_told_by_its_header)
{
	struct config config = config_new();

	assert_false(parse(&config, 256).has_functions);
	config.bytes[PCI_HEADER_TYPE] = 0x81;
	assert_true(parse(&config, 256).has_functions);
	config.bytes[PCI_HEADER_TYPE] = 0x01;
	assert_false(parse(&config, 256).has_functions);
}

TEST(acs_may_be_first_or_last)
{
	struct config config = config_new();

	add_express(&config, 0x40, PCI_EXP_TYPE_ROOT_PORT);
	add_acs(&config, 0x100, 0x1d, 0x1d);
	assert_int_equal(parse(&config, 4096).acs_can, 0x1d);
	config = config_new();
	add_express(&config, 0x40, PCI_EXP_TYPE_ROOT_PORT);
	add_extended(&config, 0x100, PCI_EXT_CAP_ID_ERR);
	add_acs(&config, 0xff8, 0x1d, 0x5);
	assert_int_equal(parse(&config, 4096).acs_does, 0x5);
	/* There it would not fit. */
	config = config_new();
	add_express(&config, 0x40, PCI_EXP_TYPE_ROOT_PORT);
	add_extended(&config, 0x100, PCI_EXT_CAP_ID_ERR);
	add_extended(&config, 0xffc, PCI_EXT_CAP_ID_ACS);
	assert_false(parse(&config, 4096).has_acs);
}

TEST(an_extended_pointer_below_256_ends_the_list)
{
	struct config config = config_new();

	add_express(&config, 0x40, PCI_EXP_TYPE_ROOT_PORT);
	add_extended(&config, 0x100, PCI_EXT_CAP_ID_ERR);
	add_acs(&config, 0xc0, 0x1d, 0x1d);
	assert_false(parse(&config, 4096).has_acs);
}

TEST(without_extended_capabilities_there_is_no_acs)
{
	struct config config = config_new();

	add_express(&config, 0x40, PCI_EXP_TYPE_ROOT_PORT);
	assert_false(parse(&config, 4096).has_acs);
}

/* A device that was unplugged, or whose link is down, answers with ones. */
TEST(ones_are_no_answer)
{
	static const size_t lens[] = { 64, 256, 4096 };
	struct config config;

	memset(&config, 0xff, sizeof(config));
	for (size_t i = 0; i < COUNT(lens); i++)
		assert_int_equal(parse(&config, lens[i]).seen, PORT_UNSEEN);
}

/* Virtual functions have no ids there (SR-IOV 3.4.1.1), but a class. */
TEST(a_virtual_function_is_seen_though_its_ids_are_ones)
{
	struct config config = config_new();

	set_long(&config, PCI_VENDOR_ID, UINT32_MAX);
	set_long(&config, PCI_CLASS_REVISION, 0x02000001);
	add_express(&config, 0x40, PCI_EXP_TYPE_ENDPOINT);
	assert_int_equal(parse(&config, 4096).seen, PORT_SEEN);
}

TEST(any_bytes_are_a_configuration)
{
	static const size_t lens[] = { 0,   1,	 63,  64,  66,	255,  256,
				       257, 260, 263, 264, 512, 4095, 4096 };

	for (unsigned int turn = 0; turn < 3000; turn++) {
		struct random random = random_turn(turn);
		struct config config = config_new();
		struct port port;
		size_t len;

		for (size_t i = 0; i < sizeof(config.bytes); i++)
			config.bytes[i] = random_below(&random, 3)
						  ? (uint8_t)random_u64(&random)
						  : (uint8_t)(random_below(&random, 16) * 16);
		config.bytes[random_below(&random, 64) * 4] = PCI_CAP_ID_EXP;
		config.bytes[PCI_STATUS] |= PCI_STATUS_CAP_LIST;
		len = lens[random_below(&random, COUNT(lens))];
		port = parse(&config, len);
		CHECK(&random, port.seen == PORT_SEEN || !port.is_express);
		CHECK(&random, (port.seen == PORT_SEEN) == (len >= 256));
		CHECK(&random, port.is_express || !port.has_acs);
		CHECK(&random, !port.has_acs || len > 256);
	}
}

/* scan_ports() */

#define PORT	"pci0000:00/0000:00:1c.0"
#define CARD	PORT "/0000:01:00.0"
#define VIRTUAL PORT "/0000:01:00.1"
#define LONE	"pci0000:00/0000:00:02.0"

static void put_config(const char *root, const char *path, const struct config *config, size_t len)
{
	put_bytes(root, keep(xasprintf("sys/devices/%s/config", path)), config->bytes, len);
}

static const char *host_with_ports(void)
{
	struct config config = config_new();
	const char *root = directory_new();

	put_pci(root, PORT, "PCI_CLASS=60400\nPCI_ID=8086:9D10\n");
	put_pci(root, CARD, "PCI_CLASS=20000\nPCI_ID=15B3:1017\n");
	put_pci(root, VIRTUAL, "PCI_CLASS=20000\nPCI_ID=15B3:1018\n");
	put_pci(root, LONE, "PCI_CLASS=30000\nPCI_ID=8086:1916\n");
	put_in_group(root, PORT, 5);
	put_in_group(root, CARD, 5);
	put_in_group(root, VIRTUAL, 5);
	put_in_group(root, LONE, 6);
	put_link(root, "sys/devices/" VIRTUAL "/physfn", "../0000:01:00.0");
	put_link(root, "sys/devices/" LONE "/physfn", "../0000:01:00.0");
	put_link(root, "sys/devices/" PORT "/physfn", "../0000:01:00.0");
	add_express(&config, 0x40, PCI_EXP_TYPE_ROOT_PORT);
	put_config(root, PORT, &config, 256);
	put_config(root, CARD, &config, 64);
	put_config(root, LONE, &config, 256);
	return root;
}

TEST(only_groups_of_several_devices_are_looked_into)
{
	struct source *source = sysroot_open(host_with_ports());
	struct host *host = scan_host(source);

	scan_ports(source, host);
	scan_ports(source, host);
	assert_int_equal(host_device(host, "0000:00:1c.0")->port.seen, PORT_SEEN);
	assert_int_equal(host_device(host, "0000:00:1c.0")->port.type, PCI_EXP_TYPE_ROOT_PORT);
	assert_int_equal(host_device(host, "0000:01:00.0")->port.seen, PORT_HEADER);
	assert_int_equal(host_device(host, "0000:01:00.1")->port.seen, PORT_UNSEEN);
	assert_int_equal(host_device(host, "0000:00:02.0")->port.seen, PORT_UNSEEN);
	host_free(host);
	source_close(source);
}

TEST(two_devices_are_several)
{
	struct source *source = sysroot_open(host_with_ports());
	struct host *host = scan_host(source);

	host_drop_device(host, host_device(host, "0000:01:00.0"));
	scan_ports(source, host);
	assert_int_equal(host_device(host, "0000:00:1c.0")->port.seen, PORT_SEEN);
	assert_string_equal(host_device(host, "0000:01:00.1")->physical_function, "0000:01:00.0");
	host_free(host);
	source_close(source);
}

TEST(devices_of_other_buses_have_no_ports)
{
	const char *root = host_with_ports();
	struct config config = config_new();
	struct source *source;
	struct host *host;

	put_file(root, "sys/devices/platform/frob/uevent", "DRIVER=frob\n");
	put_in_group(root, "platform/frob", 5);
	put_config(root, "platform/frob", &config, 256);
	put_link(root, "sys/devices/platform/frob/physfn", "../0000:01:00.0");
	source = sysroot_open(root);
	host = scan_host(source);
	scan_ports(source, host);
	assert_int_equal(host_device(host, "frob")->port.seen, PORT_UNSEEN);
	assert_null(host_device(host, "frob")->physical_function);
	host_free(host);
	source_close(source);
}

TEST(a_virtual_function_knows_its_physical_one)
{
	struct source *source = sysroot_open(host_with_ports());
	struct host *host = scan_host(source);

	scan_ports(source, host);
	assert_string_equal(host_device(host, "0000:01:00.1")->physical_function, "0000:01:00.0");
	assert_null(host_device(host, "0000:01:00.0")->physical_function);
	assert_null(host_device(host, "0000:00:1c.0")->physical_function);
	host_free(host);
	source_close(source);
}

/* Alone in its group it matters too, whatever its driver is; its configuration does not. */
TEST(a_virtual_function_is_known_in_any_group)
{
	const char *root = host_with_ports();
	struct source *source = sysroot_open(root);
	struct host *host = scan_host(source);
	struct device *lone = host_device(host, "0000:00:02.0");

	assert_null(lone->vfio_dev);
	scan_ports(source, host);
	assert_string_equal(lone->physical_function, "0000:01:00.0");
	assert_int_equal(lone->port.seen, PORT_UNSEEN);
	host_free(host);
	source_close(source);
}

/* What was known of a group of several is no longer so when one device is left. */
TEST(a_group_of_one_forgets_its_ports)
{
	const char *root = host_with_ports();
	struct source *source = sysroot_open(root);
	struct host *host = scan_host(source);
	struct group *group = host_group(host, 5);
	struct config config = config_new();

	put_config(root, VIRTUAL, &config, 256);
	scan_ports(source, host);
	host_drop_device(host, host_device(host, "0000:00:1c.0"));
	host_drop_device(host, host_device(host, "0000:01:00.0"));
	scan_group_ports(source, host, group);
	assert_int_equal(group->n_devices, 1);
	assert_int_equal(group->devices[0]->port.seen, PORT_UNSEEN);
	/* That it is a virtual function is no matter of its group. */
	assert_string_equal(group->devices[0]->physical_function, "0000:01:00.0");
	host_free(host);
	source_close(source);
}

/* scan_interrupts() */

/* What is found with these chips for the interrupts 1, 2, … */
static const char *chip_of(const char *const *chips, size_t count)
{
	const char *root = directory_new();
	struct source *source;
	struct host *host = host_new();
	const char *chip;

	for (size_t i = 0; i < count; i++)
		put_file(root, keep(xasprintf("sys/kernel/irq/%zu/chip_name", i + 1)), chips[i]);
	source = sysroot_open(root);
	scan_interrupts(source, host);
	chip = host->irq_chip ? keep(xstrdup(host->irq_chip)) : NULL;
	host_free(host);
	source_close(source);
	return chip;
}

#define CHIP(...) \
	chip_of((const char *const[]){ __VA_ARGS__ }, COUNT(((const char *const[]){ __VA_ARGS__ })))

TEST(the_io_apic_decides)
{
	assert_string_equal(CHIP("XT-PIC\n", "DMAR-MSI\n", "IR-IO-APIC\n", "IO-APIC\n"),
			    "IR-IO-APIC");
	assert_string_equal(CHIP("IO-APIC\n", "IR-IO-APIC\n"), "IO-APIC");
	assert_string_equal(CHIP("IR-PCI-MSI\n", "IO-APIC\n"), "IO-APIC");
}

TEST(without_an_io_apic_the_first_chip_is_told)
{
	assert_string_equal(CHIP("\n", "GICv3\n", "ITS-MSI\n"), "GICv3");
	assert_null(CHIP("", "\n"));
	assert_string_equal(CHIP("a\x1b[m\n"), "a?[m");
}

TEST(without_interrupts_nothing_is_known)
{
	struct source *source = sysroot_open(directory_new());
	struct host *host = host_new();

	scan_interrupts(source, host);
	assert_null(host->irq_chip);
	host_free(host);
	source_close(source);
}

/* The I/O APIC has the lowest numbers: behind 64 others nobody looks. */
TEST(some_interrupts_are_enough)
{
	const char *chips[65];

	for (size_t i = 0; i < COUNT(chips); i++)
		chips[i] = "PCI-MSI";
	chips[63] = "IO-APIC";
	assert_string_equal(chip_of(chips, 64), "IO-APIC");
	chips[63] = "PCI-MSI";
	chips[64] = "IO-APIC";
	assert_string_equal(chip_of(chips, 65), "PCI-MSI");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(too_little_says_nothing),
		cmocka_unit_test(the_first_64_bytes_are_the_header),
		cmocka_unit_test(each_type_of_port_is_read),
		cmocka_unit_test(a_device_of_conventional_pci_is_no_port),
		cmocka_unit_test(without_the_bit_there_is_no_list),
		cmocka_unit_test(a_capability_is_found_behind_others),
		cmocka_unit_test(the_two_lowest_bits_of_a_pointer_are_reserved),
		cmocka_unit_test(a_pointer_into_the_header_ends_the_list),
		cmocka_unit_test(as_many_capabilities_as_fit_are_looked_at),
		cmocka_unit_test(a_list_in_a_circle_ends),
		cmocka_unit_test(acs_is_read),
		cmocka_unit_test(registers_of_32_bits_are_read),
		cmocka_unit_test(one_of_several_functions_is_told_by_its_header),
		cmocka_unit_test(acs_may_be_first_or_last),
		cmocka_unit_test(an_extended_pointer_below_256_ends_the_list),
		cmocka_unit_test(without_extended_capabilities_there_is_no_acs),
		cmocka_unit_test(ones_are_no_answer),
		cmocka_unit_test(a_virtual_function_is_seen_though_its_ids_are_ones),
		cmocka_unit_test(any_bytes_are_a_configuration),
		cmocka_unit_test(only_groups_of_several_devices_are_looked_into),
		cmocka_unit_test(two_devices_are_several),
		cmocka_unit_test(devices_of_other_buses_have_no_ports),
		cmocka_unit_test(a_virtual_function_knows_its_physical_one),
		cmocka_unit_test(a_virtual_function_is_known_in_any_group),
		cmocka_unit_test(a_group_of_one_forgets_its_ports),
		cmocka_unit_test(the_io_apic_decides),
		cmocka_unit_test(without_an_io_apic_the_first_chip_is_told),
		cmocka_unit_test(without_interrupts_nothing_is_known),
		cmocka_unit_test(some_interrupts_are_enough),
	};

	return UNIT_RUN("ports", tests);
}
