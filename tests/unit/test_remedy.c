/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fixes that fit the host: its hypervisor, its kernel command line, its container. */
#include "facts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/cmdline.h"

/* Options of the kernel */

static const char *word(const char *cmdline, const char *name)
{
	char *found = cmdline_word(cmdline, name);

	return found ? keep(found) : "";
}

static const char *value(const char *cmdline)
{
	return keep(cmdline_value(cmdline, "vfio-pci.ids"));
}

static const char *misspelt(const char *cmdline)
{
	char *found = cmdline_misspelt(cmdline, "intel_iommu");

	return found ? keep(found) : "";
}

TEST(the_last_option_counts_and_dashes_are_underscores)
{
	assert_string_equal(word("a intel_iommu=off b intel-iommu=on", "intel_iommu"),
			    "intel-iommu=on");
	assert_string_equal(word("xintel_iommu=on intel_iommux=on", "intel_iommu"), "");
	assert_string_equal(word("quiet intel_iommu", "intel_iommu"), "intel_iommu");
	assert_string_equal(word("a=\"b intel_iommu=on\" c", "intel_iommu"), "");
	/* init gets what is behind it. */
	assert_string_equal(word("a -- intel_iommu=on", "intel_iommu"), "");
	assert_string_equal(word("", "intel_iommu"), "");
	assert_string_equal(word(NULL, "intel_iommu"), "");
	assert_string_equal(word("vfio-pci.ids=1:2", "vfio_pci.ids"), "vfio-pci.ids=1:2");
}

TEST(a_value_is_found_in_a_list)
{
	assert_true(cmdline_has("intel_iommu=on,igfx_off", "intel_iommu", "on"));
	assert_true(cmdline_has("intel_iommu=on,igfx_off", "intel_iommu", "igfx_off"));
	assert_true(cmdline_has("intel_iommu=on intel_iommu=sm_on", "intel_iommu", "on"));
	assert_false(cmdline_has("intel_iommu=sm_on", "intel_iommu", "on"));
	assert_false(cmdline_has("intel_iommu=only", "intel_iommu", "on"));
	assert_false(cmdline_has("intel_iommu", "intel_iommu", "on"));
	assert_false(cmdline_has("iommu=on", "intel_iommu", "on"));
	assert_false(cmdline_has(NULL, "intel_iommu", "on"));
}

static const char *effective(const char *cmdline, const char *undo)
{
	char *word = cmdline_effective(cmdline, "intremap", "off", undo);

	return word ? keep(word) : "";
}

TEST(the_last_word_counts)
{
	assert_string_equal(effective("intremap=off", "on"), "intremap=off");
	assert_string_equal(effective("intremap=on intremap=nosid,off ro", "on"),
			    "intremap=nosid,off");
	assert_string_equal(effective("intremap=off intremap=on", "on"), "");
	assert_string_equal(effective("intremap=off,on", "on"), "");
	assert_string_equal(effective("intremap=on,off", "on"), "intremap=on,off");
	assert_string_equal(effective("intremap=off intremap=nosid", "on"), "intremap=off");
	assert_string_equal(effective("intremap=off intremap=on", NULL), "intremap=off");
	assert_string_equal(effective("intremap=on", "on"), "");
	assert_string_equal(effective("intremap", "on"), "");
	assert_string_equal(effective("xintremap=off -- intremap=off", "on"), "");
	assert_string_equal(effective(NULL, "on"), "");
}

TEST(quotes_belong_to_no_value)
{
	assert_string_equal(effective("intremap=\"off\"", "on"), "intremap=\"off\"");
	assert_string_equal(effective("\"intremap=off\" ro", "on"), "\"intremap=off\"");
	assert_true(cmdline_has("intel_iommu=\"sm_on,on\"", "intel_iommu", "on"));
	assert_string_equal(value("vfio_pci.ids=\"10de:2684,10de:22ba\" quiet"),
			    "10de:2684,10de:22ba");
	assert_string_equal(value("\"vfio-pci.ids=10de:2684,10de:22ba\""), "10de:2684,10de:22ba");
	assert_string_equal(value("vfio-pci.ids=10de:2684"), "10de:2684");
	assert_string_equal(value("vfio-pci.ids="), "");
	assert_string_equal(value("vfio-pci.ids=\""), "");
	assert_string_equal(value("vfio-pci.ids"), "");
	assert_null(cmdline_value("quiet", "vfio-pci.ids"));
	assert_true(cmdline_has("\"intel_iommu=on\"", "intel_iommu", "on"));
}

static const char *without(const char *word, const char *value)
{
	char *left = cmdline_without(word, value);

	return left ? keep(left) : "";
}

TEST(a_value_is_taken_from_a_list)
{
	assert_string_equal(without("intel_iommu=on,sp_off", "sp_off"), "intel_iommu=on");
	assert_string_equal(without("intel_iommu=sp_off,on", "sp_off"), "intel_iommu=on");
	assert_string_equal(without("intel_iommu=on,sp_off,sm_on", "sp_off"),
			    "intel_iommu=on,sm_on");
	assert_string_equal(without("intel_iommu=,on,,sp_off,", "sp_off"), "intel_iommu=on");
	/* The kernel reads the first letters. */
	assert_string_equal(without("intel_iommu=sp_offs,on,sp_off", "sp_off"), "intel_iommu=on");
	assert_string_equal(without("intel_iommu=on", "sp_off"), "intel_iommu=on");
	assert_string_equal(without("intel-iommu=\"on,sp_off\"", "sp_off"), "intel-iommu=on");
	assert_string_equal(without("\"intel_iommu=sp_off,on\"", "sp_off"), "intel_iommu=on");
	assert_null(cmdline_without("intel_iommu=sp_off", "sp_off"));
	assert_null(cmdline_without("intel_iommu=\"sp_off\"", "sp_off"));
	assert_null(cmdline_without("intel_iommu", "sp_off"));
}

TEST(a_boolean_parameter_is_on)
{
	static const struct {
		const char *cmdline;
		bool is_on;
	} lines[] = {
		{ "vfio.mode", true },
		{ "vfio.mode=1", true },
		{ "vfio.mode=Y", true },
		{ "vfio.mode=yes", true },
		{ "vfio.mode=On", true },
		{ "vfio.mode=\"1\"", true },
		{ "vfio-mode=1", false },
		{ "vfio.mode=0 vfio.mode", true },
		{ "vfio.mode=0", false },
		{ "vfio.mode vfio.mode=N", false },
		{ "vfio.mode=off", false },
		{ "vfio.mode=", false },
		{ "vfio.modes", false },
		{ "-- vfio.mode", false },
		{ "", false },
		{ NULL, false },
	};

	for (size_t i = 0; i < COUNT(lines); i++)
		assert_int_equal(cmdline_is_on(lines[i].cmdline, "vfio.mode"), lines[i].is_on);
	assert_true(cmdline_is_on("vfio-iommu-type1.x=y", "vfio_iommu_type1.x"));
}

TEST(an_option_that_is_misspelt_is_found)
{
	assert_string_equal(misspelt("quiet intel_iomu=on"), "intel_iomu=on");
	assert_string_equal(misspelt("inteliommu=on"), "inteliommu=on");
	assert_string_equal(misspelt("Intel_IOMMU=on"), "Intel_IOMMU=on");
	assert_string_equal(misspelt("intel_iommu:on"), "");
	assert_string_equal(misspelt("intel_iommu=on"), "");
	assert_string_equal(misspelt("intel-iommu=on"), "");
	assert_string_equal(misspelt("iommu=pt amd_iommu=on intel_pstate=on"), "");
	assert_string_equal(misspelt("intel_iomm.x=on"), "");
}

/* Hosts without groups */

static void facts_without_groups(struct facts *facts)
{
	facts_begin(facts);
	facts->host.n_groups = 0;
	facts->host.has_sysfs = true;
	facts->host.groups_errno = ENOENT;
}

static const char *no_iommu(const char *cmdline, const char *table, const char *hypervisor)
{
	struct facts facts;

	facts_without_groups(&facts);
	facts.host.cmdline = text(cmdline);
	facts.host.iommu_table = text(table);
	facts.host.hypervisor = text(hypervisor);
	return told(&facts, &check_family_iommu, "no-iommu");
}

#define assert_says(line, words) assert_non_null(strstr(line, words))

TEST(an_option_that_is_there_is_not_to_be_added)
{
	static const char *const there[] = { "intel_iommu=on",
					     "ro intel_iommu=on,sm_on quiet",
					     "intel-iommu=on",
					     "iommu=pt intel_iommu=sm_on,on",
					     "intel_iommu=on intel_iommu=sm_on",
					     "intel_iommu=off intel_iommu=on",
					     "intel_iommu=\"on\"",
					     "intel_iommu=on amd_iommu=off",
					     "intel_iommu=on intel_iommu=on" };

	assert_says(no_iommu("ro quiet", "DMAR", NULL), "| add intel_iommu=on to the kernel");
	assert_says(no_iommu(NULL, "DMAR", NULL), "| add intel_iommu=on to the kernel");
	/* The log has no more to say where the option is what lacks. */
	assert_null(strstr(no_iommu("ro quiet", "DMAR", NULL), "dmesg"));
	assert_null(strstr(no_iommu("intel_iomu=on", "DMAR", NULL), "dmesg"));
	assert_null(strstr(no_iommu("intel_iommu=1", "DMAR", NULL), "dmesg"));
	assert_says(no_iommu("quiet", "IVRS", NULL), " $ sudo dmesg\n");
	assert_says(no_iommu("quiet", "IORT", NULL), " $ sudo dmesg\n");
	for (size_t i = 0; i < COUNT(there); i++) {
		const char *line = no_iommu(there[i], "DMAR", NULL);

		assert_null(strstr(line, "add "));
		assert_null(strstr(line, "remove"));
		assert_null(strstr(line, "replace"));
		assert_says(line, "firmware setup");
		assert_says(line, "CONFIG_INTEL_IOMMU");
		assert_says(line, " $ sudo dmesg\n");
	}
	assert_says(no_iommu("intel_iommu=on", "DMAR", NULL), "with intel_iommu=on already");
	/* The kernel reads both (parameqn()). */
	assert_says(no_iommu("intel-iommu=on", "DMAR", NULL),
		    "with intel-iommu=on already (read as intel_iommu=on)");
}

TEST(an_option_that_the_kernel_does_not_know_is_quoted)
{
	assert_says(no_iommu("intel_iomu=on", "DMAR", NULL),
		    "replace intel_iomu=on, which the kernel does not know, by intel_iommu=on");
	assert_says(no_iommu("iommu=on", "DMAR", NULL),
		    "replace iommu=on, which the kernel does not know, by intel_iommu=on");
	assert_says(no_iommu("intel_iommu=1", "DMAR", NULL),
		    "replace intel_iommu=1 by intel_iommu=on");
	assert_says(no_iommu("iommu=pt", "DMAR", NULL), "| add intel_iommu=on");
	assert_says(no_iommu("amd_iommu=on", "IVRS", NULL), "amd_iommu=on has no effect");
	assert_null(strstr(no_iommu("quiet", "IVRS", NULL), "has no effect"));
	assert_says(no_iommu("intel_iommu=on", NULL, NULL),
		    "intel_iommu=on on the kernel command line has no");
	assert_says(no_iommu("iommu=off", "DMAR", NULL), "the kernel was booted with iommu=off");
	assert_says(no_iommu("intel-iommu=off", "DMAR", NULL), "booted with intel-iommu=off");
}

/* It is quoted as it was written, and the last one counts; options of other IOMMUs do nothing. */
TEST(the_option_that_switches_off_is_named)
{
	static const struct {
		const char *cmdline, *table, *word;
	} lines[] = {
		{ "intel_iommu=on intel_iommu=off", "DMAR", "intel_iommu=off" },
		{ "intel_iommu=on,off quiet", "DMAR", "intel_iommu=on,off" },
		{ "iommu=off iommu=pt", "DMAR", "iommu=off" },
		{ "iommu=off iommu=pt", "IVRS", "iommu=off" },
		{ "amd_iommu=off amd_iommu=pgtbl_v2", "IVRS", "amd_iommu=off" },
		{ "amd_iommu=off", "DMAR", NULL },
		{ "intel_iommu=off", "IVRS", NULL },
		{ "iommu=off", "IORT", NULL },
		{ "intel_iommu=off", "IORT", NULL },
		{ "intel_iommu=off intel_iommu=on", "DMAR", NULL },
	};

	for (size_t i = 0; i < COUNT(lines); i++) {
		const char *line = no_iommu(lines[i].cmdline, lines[i].table, NULL);

		if (lines[i].word)
			assert_says(line, keep(xasprintf("the kernel was booted with %s |",
							 lines[i].word)));
		else
			assert_null(strstr(line, "remove the option"));
	}
}

TEST(words_beside_on_are_kept)
{
	assert_says(no_iommu("intel_iommu=sm_on", "DMAR", NULL), "intel_iommu=on,sm_on");
	assert_says(no_iommu("intel_iommu=igfx_off,sp_off", "DMAR", NULL),
		    "intel_iommu=on,igfx_off,sp_off");
	assert_null(strstr(no_iommu("intel_iommu=on intel_iommu=sm_on", "DMAR", NULL),
			   "with intel_iommu=sm_on already"));
}

TEST(what_has_to_give_an_iommu_is_named)
{
	assert_says(no_iommu("intel_iommu=on", NULL, "hyperv"), "guest of Hyper-V");
	assert_says(no_iommu("", NULL, "hyperv"), "only VFIO's no-IOMMU mode");
	assert_says(no_iommu("", NULL, "qemu"), "-device intel-iommu,intremap=on");
	assert_says(no_iommu("", NULL, "vmware"), "vvtd.enable");
	assert_says(no_iommu("", NULL, "virtualbox"), "VBoxManage");
	assert_says(no_iommu("", NULL, "xen"),
		    "guest of Xen without a virtual IOMMU | assign the device in dom0, since "
		    "nothing in this guest can add an IOMMU that VFIO can use");
	assert_says(no_iommu("", NULL, "xen"), "'xl pci-assignable-add'");
	assert_null(strstr(no_iommu("intel_iommu=on", NULL, "xen"), "$ "));
	assert_says(no_iommu("", NULL, NULL), "enable the IOMMU in the firmware setup");
	/* A virtual IOMMU is as another one. */
	assert_says(no_iommu("", "DMAR", "qemu"), "add intel_iommu=on");
	assert_says(no_iommu("", "VIOT", "qemu"), " $ sudo modprobe virtio_iommu\n");
}

TEST(xen_owns_the_iommu_of_dom0)
{
	const char *line = no_iommu("intel_iommu=on", NULL, "xen-dom0");

	assert_says(line, "dom0 of Xen, which owns the IOMMU");
	assert_says(line, "xl pci-assignable-add");
	assert_says(line, " $ sudo xl pci-assignable-list");
	assert_null(strstr(line, "firmware"));
	assert_string_equal(no_iommu("", "DMAR", "xen-dom0"), line);
}

/* Where the tables were read and none describes an IOMMU, no option is the reason. */
TEST(an_option_disables_nothing_where_the_firmware_describes_no_iommu)
{
	static const char *const lines[] = { "intel_iommu=off", "amd_iommu=off", "iommu=off",
					     "intel_iommu=on intel_iommu=off" };

	for (size_t i = 0; i < COUNT(lines); i++) {
		const char *line = no_iommu(lines[i], NULL, NULL);

		assert_says(line, "the firmware describes no IOMMU");
		assert_null(strstr(line, "was booted with"));
		assert_says(line, "| enable the IOMMU in the firmware setup");
		assert_says(line, "and remove ");
	}
}

/* That of @arch, whose tables were not read. */
static const char *no_tables(const char *arch, const char *cmdline)
{
	struct facts facts;

	facts_without_groups(&facts);
	facts.host.iommu_tables_errno = ENOENT;
	facts.host.arch = text(arch);
	facts.host.cmdline = text(cmdline);
	return told(&facts, &check_family_iommu, "no-iommu");
}

TEST(options_of_x86_disable_nothing_elsewhere)
{
	static const char *const others[] = { "aarch64", "ppc64le", "riscv64", "loongarch64",
					      "s390x" };

	assert_says(no_tables("x86_64", "iommu=off"), "the kernel was booted with iommu=off");
	assert_says(no_tables(NULL, "intel_iommu=off"), "was booted with intel_iommu=off");
	for (size_t i = 0; i < COUNT(others); i++) {
		assert_null(strstr(no_tables(others[i], "iommu=off"), "booted"));
		assert_null(strstr(no_tables(others[i], "intel_iommu=off"), "booted"));
	}
}

/* Guest of QEMU on @arch without an IOMMU. */
static const char *guest_on(const char *arch, const char *table)
{
	struct facts facts;

	facts_without_groups(&facts);
	facts.host.hypervisor = text("qemu");
	facts.host.arch = text(arch);
	facts.host.iommu_table = text(table);
	return told(&facts, &check_family_iommu, "no-iommu");
}

TEST(the_virtual_iommu_is_one_of_the_architecture)
{
	assert_says(guest_on("x86_64", NULL), "-device intel-iommu");
	assert_says(guest_on("aarch64", NULL), "virt,iommu=smmuv3");
	assert_says(guest_on("aarch64", "IORT"), "virt,iommu=smmuv3");
	assert_says(guest_on(NULL, "IORT"), "virt,iommu=smmuv3");
	assert_says(guest_on("riscv64", NULL), "-device riscv-iommu-pci");
	assert_null(strstr(guest_on("s390x", NULL), "intel"));
	assert_null(strstr(guest_on("ppc64le", NULL), "intel"));
}

/* Arm's table also describes the interrupt controller. */
TEST(the_table_of_arm_promises_no_iommu)
{
	assert_null(strstr(no_iommu("", "IORT", NULL), "the firmware describes an IOMMU"));
	assert_says(no_iommu("", "RIMT", NULL), "the firmware describes an IOMMU (RIMT)");
	assert_null(strstr(no_iommu("", "RIMT", NULL), "virtio"));
}

TEST(only_a_kernel_that_knows_it_lets_the_firmware_force_remapping_off)
{
	static const struct {
		const char *release;
		bool knows;
	} kernels[] = { { "5.10.0-40-amd64", false },
			{ "6.1.0-50-amd64", false },
			{ "6.12.118", false },
			{ "7.3.4", true },
			{ NULL, true } };

	for (size_t i = 0; i < COUNT(kernels); i++) {
		struct facts facts;
		const char *line;

		facts_without_groups(&facts);
		facts.host.release = text(kernels[i].release);
		facts.host.cmdline = text("intel_iommu=on");
		facts.host.iommu_table = text("DMAR");
		line = told(&facts, &check_family_iommu, "no-iommu");
		assert_int_equal(!!strstr(line, "forces DMA remapping off"), kernels[i].knows);
	}
}

/* Interrupts */

static const char *remapping(const char *cmdline, enum iommu_kind kind, const char *hypervisor)
{
	struct iommu iommu = { .name = text("unit0"), .kind = kind };
	struct facts facts;

	facts_begin(&facts);
	facts.host.irq_chip = text("IO-APIC");
	facts.host.cmdline = text(cmdline);
	facts.host.hypervisor = text(hypervisor);
	facts.host.iommus = &iommu;
	facts.host.n_iommus = 1;
	return told(&facts, &check_family_interrupts, "interrupts-not-isolated");
}

TEST(only_an_option_that_is_there_is_to_be_removed)
{
	assert_null(strstr(remapping("quiet", IOMMU_INTEL, NULL), "remove"));
	assert_says(remapping("intremap=off", IOMMU_INTEL, NULL), "remove intremap=off from");
	assert_says(remapping("nointremap", IOMMU_INTEL, NULL), "remove nointremap from");
	assert_null(strstr(remapping("intremap=nosid", IOMMU_INTEL, NULL), "remove"));
	assert_null(strstr(remapping("intremap=off intremap=on", IOMMU_INTEL, NULL), "remove"));
	assert_says(remapping("intremap=off intremap=nosid", IOMMU_INTEL, NULL),
		    "remove intremap=off from");
	assert_says(remapping("", IOMMU_INTEL, "qemu"), "intremap=on");
}

TEST(unsafe_interrupts_are_told_with_their_risk_where_nothing_else_is)
{
	const char *line = remapping("", IOMMU_VIRTIO, "qemu");

	assert_says(line, "can then send any interrupt to this machine");
	assert_says(line, " $ echo Y | sudo tee "
			  "/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts\n");
	assert_null(strstr(remapping("", IOMMU_INTEL, NULL), "allow_unsafe_interrupts"));
}

/* Containers */

TEST(a_module_that_is_loaded_needs_no_modprobe)
{
	struct module module = { .name = text("vfio"), .available = true };
	struct facts facts;
	const char *line;

	facts_begin(&facts);
	facts.host.modules = &module;
	facts.host.n_modules = 1;
	assert_says(told(&facts, &check_family_vfio, "no-vfio-container"),
		    " $ sudo modprobe vfio\n");
	module.loaded = true;
	line = told(&facts, &check_family_vfio, "no-vfio-container");
	assert_says(line, "--device=/dev/vfio/vfio");
	assert_null(strstr(line, "modprobe"));
}

/* vfio-pci.ids, and drivers that came first */

#define CLASS_DISPLAY 0x030000
#define CLASS_AUDIO   0x040300

static struct device *function(struct facts *facts, const char *address, uint16_t number,
			       const char *driver)
{
	struct device *device = facts_device(facts, 0, address, CLASS_DISPLAY, driver);

	device->vendor = 0x10de;
	device->device = number;
	return device;
}

#define DRIVERS(facts, id) told(facts, &check_family_drivers, id)

TEST(a_driver_that_came_before_vfio_pci_is_named)
{
	struct facts facts;
	struct device *device;
	const char *line;

	facts_begin(&facts);
	device = function(&facts, "0000:01:00.0", 0x1b81, "nvidia");
	function(&facts, "0000:02:00.0", 0x1b82, "nouveau");
	assert_string_equal(DRIVERS(&facts, "ids-taken"), "");
	facts.host.cmdline = text("vfio-pci.ids=10de:1b81,8086:1");
	line = DRIVERS(&facts, "ids-taken");
	assert_says(line, "vfio-pci.ids names 0000:01:00.0 (nvidia), but that driver came first");
	assert_says(line, "softdep nvidia pre: vfio-pci");
	assert_null(strstr(line, "nouveau"));
	assert_null(strstr(line, "unbind"));
	device->state = STATE_AVAILABLE;
	assert_says(DRIVERS(&facts, "ids-taken"), "drivers/nvidia/unbind");
	device->driver = text("vfio-pci");
	assert_string_equal(DRIVERS(&facts, "ids-taken"), "");
	device->driver = text("nvidia");
	facts.host.cmdline = text("vfio-pci.ids=10de:1b81:1:ffffffff");
	assert_string_equal(DRIVERS(&facts, "ids-taken"), "");
	device->subvendor = 1;
	assert_says(DRIVERS(&facts, "ids-taken"), "nvidia");
}

TEST(ids_are_matched_as_the_kernel_does)
{
	static const struct {
		const char *ids;
		bool matches;
	} lines[] = {
		{ "10de:1b81", true },
		{ "10de:1b81:ffffffff:ffffffff:30000:ffff00", true },
		{ "10de:1b81:ffffffff:ffffffff:40300:ffff00", false },
		{ "10de:ffffffff:ffffffff:ffffffff:00030000:ffff00ff", true },
		{ "10de:ffffffff:ffffffff:ffffffff:00040300:ffffffff", false },
		{ "ffffffff:1b81", true },
		{ "ffffffff:ffffffff:ffffffff:ffffffff:30000:ff0000", true },
		{ "8086:ffffffff", false },
	};

	for (size_t i = 0; i < COUNT(lines); i++) {
		struct facts facts;

		facts_begin(&facts);
		function(&facts, "0000:01:00.0", 0x1b81, "nvidia");
		facts.host.cmdline = text(keep(xasprintf("vfio-pci.ids=%s", lines[i].ids)));
		if ((*DRIVERS(&facts, "ids-taken") != '\0') != lines[i].matches)
			fail_msg("%s", lines[i].ids);
	}
}

/* Two disks of one model, of which the first is the host's. */
static struct device *twins(struct facts *facts, enum device_state state, const char *reason)
{
	struct device *own, *other;

	facts_begin(facts);
	own = function(facts, "0000:01:00.0", 0xa80a, "nvme");
	other = function(facts, "0000:02:00.0", 0xa80a, "nvme");
	own->class = other->class = CLASS_STORAGE;
	own->state = state;
	own->reason = text(reason);
	other->state = STATE_AVAILABLE;
	facts->host.cmdline = text("vfio-pci.ids=8086:1,10de:a80a");
	return other;
}

TEST(ids_that_match_a_device_of_the_host_too_are_never_loaded_first)
{
	static const enum device_state states[] = { STATE_KEEP, STATE_UNKNOWN, STATE_IN_USE };
	struct facts facts;
	struct device *other;
	const char *line;

	for (size_t i = 0; i < COUNT(states); i++) {
		other = twins(&facts, states[i], "its reason");
		line = DRIVERS(&facts, "ids-taken");
		assert_says(line, "warning host: vfio-pci.ids also matches 0000:01:00.0 (nvme: its "
				  "reason): a boot that loads vfio-pci first takes "
				  "it from the host |");
		assert_says(line, "| remove 10de:a80a from vfio-pci.ids, and bind 0000:02:00.0 by "
				  "its address (driver_override");
		assert_says(line, "drivers/nvme/unbind");
		assert_null(strstr(line, "softdep"));
		assert_null(strstr(line, "initramfs"));
		assert_null(strstr(line, "echo 0000:01:00.0"));
		other->state = states[i];
		line = DRIVERS(&facts, "ids-taken");
		assert_says(line, "0000:02:00.0 (nvme");
		assert_null(strstr(line, "softdep"));
		assert_null(strstr(line, "unbind"));
	}
	/* The twin that was asked about is enough, in whichever group the host's own is. */
	twins(&facts, STATE_KEEP, "its reason");
	facts.device[0].group = &facts.group[1];
	facts.input.named = true;
	assert_says(DRIVERS(&facts, "ids-taken"), "warning host: vfio-pci.ids also matches ");
	/* A disk that nothing needs is none of the host's. */
	twins(&facts, STATE_AVAILABLE, NULL);
	assert_says(DRIVERS(&facts, "ids-taken"), "softdep nvme pre: vfio-pci");
}

TEST(ids_of_a_physical_function_with_used_ones_are_never_loaded_first)
{
	struct facts facts;
	struct device *gpu, *physical, *virtual;
	const char *line;

	facts_begin(&facts);
	gpu = function(&facts, "0000:01:00.0", 0x1b81, "nvidia");
	physical = function(&facts, "0000:02:00.0", 0x1572, "i40e");
	virtual = function(&facts, "0000:02:02.0", 0x154c, "vfio-pci");
	physical->class = CLASS_NETWORK;
	gpu->state = physical->state = STATE_IN_USE;
	virtual->physical_function = physical->address;
	facts.host.cmdline = text("vfio-pci.ids=10de:1572,10de:1b81");
	line = DRIVERS(&facts, "ids-taken");
	assert_says(line, "remove 10de:1572 from vfio-pci.ids, and bind the device that is to be "
			  "passed through by its address");
	assert_null(strstr(line, "softdep i40e"));
	/* What uses a GPU comes back without it. */
	assert_says(line, "note host: vfio-pci.ids names 0000:01:00.0 (nvidia), but");
	assert_says(line, "softdep nvidia pre: vfio-pci");
	virtual->driver = NULL;
	line = DRIVERS(&facts, "ids-taken");
	assert_says(line, "softdep i40e pre: vfio-pci");
	assert_null(strstr(line, "warning"));
	/* A card whose interfaces were not seen may carry the default route. */
	physical->state = STATE_UNKNOWN;
	line = DRIVERS(&facts, "ids-taken");
	assert_says(line, "warning host: vfio-pci.ids also matches 0000:02:00.0 (i40e");
	assert_null(strstr(line, "softdep i40e"));
}

TEST(an_id_that_a_device_of_the_host_has_too_is_none_to_add)
{
	struct facts facts;
	struct device *own;
	const char *line;

	facts_begin(&facts);
	function(&facts, "0000:01:00.0", 0x21c4, "vfio-pci");
	function(&facts, "0000:01:00.1", 0x1aeb, "xhci_hcd");
	own = function(&facts, "0000:00:14.0", 0x1aeb, "xhci_hcd");
	facts.host.cmdline = text("vfio-pci.ids=10de:21c4");
	assert_says(DRIVERS(&facts, "ids-incomplete"), "| add 10de:1aeb to vfio-pci.ids");
	own->state = STATE_KEEP;
	line = DRIVERS(&facts, "ids-incomplete");
	assert_says(line, "| do not add 10de:1aeb to vfio-pci.ids, which also matches a device of "
			  "the host: bind the functions by their addresses");
	/* Where the id that is there is to go, the others are none to add. */
	own->device = 0x21c4;
	assert_string_equal(DRIVERS(&facts, "ids-incomplete"), "");
}

TEST(functions_that_the_ids_leave_out_are_told_together)
{
	struct facts facts;

	facts_begin(&facts);
	function(&facts, "0000:01:00.0", 0x21c4, "vfio-pci");
	function(&facts, "0000:01:00.1", 0x1aeb, "snd_hda_intel");
	function(&facts, "0000:01:00.2", 0x1aec, "xhci_hcd");
	function(&facts, "0000:02:00.0", 0x1aed, "e1000e");
	facts.host.cmdline = text("vfio-pci.ids=10de:21c4");
	assert_string_equal(
		DRIVERS(&facts, "ids-incomplete"),
		"note group 10: vfio-pci.ids names 0000:01:00.0 (10de:21c4), but not the "
		"other functions of the card: 0000:01:00.1 (10de:1aeb), 0000:01:00.2 "
		"(10de:1aec) | add 10de:1aeb,10de:1aec to vfio-pci.ids, for the whole "
		"card\n");
	facts.host.cmdline = text("vfio-pci.ids=10de:21c4,10de:1aeb,10de:1aec");
	assert_string_equal(DRIVERS(&facts, "ids-incomplete"), "");
}

TEST(devices_of_uio_are_rebound_unless_they_are_used)
{
	struct facts facts;
	struct device *one, *two;
	const char *line;

	facts_begin(&facts);
	one = function(&facts, "0000:01:00.0", 1, "uio_pci_generic");
	two = function(&facts, "0000:02:00.0", 1, "igb_uio");
	function(&facts, "0000:03:00.0", 1, "nvme");
	one->state = STATE_AVAILABLE;
	two->state = STATE_IN_USE;
	line = DRIVERS(&facts, "uio-driver");
	assert_says(line, "drivers/uio_pci_generic/unbind");
	assert_null(strstr(line, "drivers/igb_uio/unbind"));
	assert_null(strstr(line, "0000:03:00.0"));
	assert_says(line, "stop the use of 0000:02:00.0 first");
}

/* Groups that an option splits */

static const char * override(const char *cmdline, unsigned int group_of_card, bool has_acs)
{
	struct facts facts;
	struct device *port, *card;

	facts_begin(&facts);
	port = facts_device(&facts, 0, "0000:00:1c.0", 0x060400, "pcieport");
	card = facts_device(&facts, group_of_card, "0000:01:00.0", CLASS_DISPLAY, "vfio-pci");
	port->path = text("/sys/devices/pci0000:00/0000:00:1c.0");
	card->path = text("/sys/devices/pci0000:00/0000:00:1c.0/0000:01:00.0");
	port->port = (struct port){ .seen = PORT_SEEN,
				    .is_express = true,
				    .type = 4,
				    .has_acs = has_acs,
				    .acs_can = 0x1d,
				    .acs_does = has_acs ? 0x1d : 0 };
	facts.host.cmdline = text(cmdline);
	return told(&facts, &check_family_groups, "acs-override");
}

TEST(groups_that_only_an_option_keeps_apart_do_not_protect)
{
	static const char with[] = "quiet pcie_acs_override=downstream,multifunction";

	assert_says(override(with, 1, false), "warning host: the kernel was booted with "
					      "pcie_acs_override=downstream,multifunction: the "
					      "groups of 0000:01:00.0 do not protect");
	assert_says(override(with, 0, false), "the kernel ignores pcie_acs_override");
	assert_says(override(with, 0, false), "note host");
	/* Words for other devices than ports leave it open whether the kernel has the patch. */
	assert_null(strstr(override("pcie_acs_override=multifunction", 0, false), "ignores"));
	assert_says(override("pcie_acs_override=id:10de:1b81", 0, false),
		    "pcie_acs_override=id:10de:1b81 has no effect on ports without ACS");
	assert_string_equal(override(with, 1, true), "");
	assert_string_equal(override("quiet", 1, false), "");
	assert_string_equal(override(NULL, 0, false), "");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_option_counts_and_dashes_are_underscores),
		cmocka_unit_test(a_value_is_found_in_a_list),
		cmocka_unit_test(the_last_word_counts),
		cmocka_unit_test(quotes_belong_to_no_value),
		cmocka_unit_test(a_value_is_taken_from_a_list),
		cmocka_unit_test(a_boolean_parameter_is_on),
		cmocka_unit_test(an_option_that_is_misspelt_is_found),
		cmocka_unit_test(an_option_that_is_there_is_not_to_be_added),
		cmocka_unit_test(an_option_that_the_kernel_does_not_know_is_quoted),
		cmocka_unit_test(the_option_that_switches_off_is_named),
		cmocka_unit_test(words_beside_on_are_kept),
		cmocka_unit_test(what_has_to_give_an_iommu_is_named),
		cmocka_unit_test(xen_owns_the_iommu_of_dom0),
		cmocka_unit_test(only_an_option_that_is_there_is_to_be_removed),
		cmocka_unit_test(unsafe_interrupts_are_told_with_their_risk_where_nothing_else_is),
		cmocka_unit_test(a_module_that_is_loaded_needs_no_modprobe),
		cmocka_unit_test(a_driver_that_came_before_vfio_pci_is_named),
		cmocka_unit_test(ids_that_match_a_device_of_the_host_too_are_never_loaded_first),
		cmocka_unit_test(ids_of_a_physical_function_with_used_ones_are_never_loaded_first),
		cmocka_unit_test(an_id_that_a_device_of_the_host_has_too_is_none_to_add),
		cmocka_unit_test(functions_that_the_ids_leave_out_are_told_together),
		cmocka_unit_test(devices_of_uio_are_rebound_unless_they_are_used),
		cmocka_unit_test(groups_that_only_an_option_keeps_apart_do_not_protect),
		cmocka_unit_test(an_option_disables_nothing_where_the_firmware_describes_no_iommu),
		cmocka_unit_test(options_of_x86_disable_nothing_elsewhere),
		cmocka_unit_test(ids_are_matched_as_the_kernel_does),
		cmocka_unit_test(the_virtual_iommu_is_one_of_the_architecture),
		cmocka_unit_test(the_table_of_arm_promises_no_iommu),
		cmocka_unit_test(only_a_kernel_that_knows_it_lets_the_firmware_force_remapping_off),
	};

	return UNIT_RUN("remedy", tests);
}
