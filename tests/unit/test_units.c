/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings about units of the IOMMU and interrupts. */
#include "facts.h"

#define TOLD(facts, id) told(facts, &check_family_units, id)

TEST(the_types_of_the_domains_are_counted)
{
	struct facts facts;

	facts_begin(&facts);
	assert_string_equal(TOLD(&facts, "iommu-domain-type"), "");
	facts.group[0].type = text("DMA");
	facts.group[1].type = text("identity");
	facts.group[2].type = text("identity");
	assert_string_equal(
		TOLD(&facts, "iommu-domain-type"),
		"ok host: host drivers bypass the IOMMU in 2 of 3 groups (identity); VFIO is not "
		"affected\n"
		"ok host: mappings of host drivers are flushed immediately in 1 of 3 groups (DMA), "
		"or lazily by a kernel that does not know DMA-FQ\n");
	facts.host.release = text("6.1.0");
	assert_non_null(strstr(TOLD(&facts, "iommu-domain-type"),
			       "flushed immediately in 1 of 3 groups (DMA)\n"));
	facts.group[0].type = text("DMA-FQ");
	facts.group[1].type = text("blocked");
	facts.group[2].type = NULL;
	assert_string_equal(
		TOLD(&facts, "iommu-domain-type"),
		"ok host: mappings of host drivers are flushed lazily in 1 of 3 groups (DMA-FQ); "
		"VFIO is not affected\n");
}

TEST(a_unit_without_devices_is_noted)
{
	struct facts facts;

	facts_begin(&facts);
	facts.host.n_iommus = 2;
	facts.iommus[0] = (struct iommu){ .name = text("dmar1"), .n_members = 1 };
	facts.iommus[1] = (struct iommu){ .name = text("dmar0") };
	assert_string_equal(TOLD(&facts, "iommu-unit-idle"),
			    "note host: IOMMU unit dmar0 has no device behind it\n");
	/* Where the kernel does not use its units, all of them are idle. */
	facts.host.n_groups = 0;
	assert_string_equal(TOLD(&facts, "iommu-unit-idle"), "");
}

/* MGAW 39 and 48, and tables of four levels. */
#define CLIENT "d2008c40660462"
#define SERVER "d2078c106f0466"

static void facts_of_units(struct facts *facts, unsigned int cpu_bits)
{
	facts_begin(facts);
	facts->host.address_bits = cpu_bits;
	facts->host.n_iommus = 2;
	facts->iommus[0] = (struct iommu){ .name = text("dmar0"),
					   .kind = IOMMU_INTEL,
					   .cap = text(SERVER),
					   .ecap = text("f020df"),
					   .n_members = 1 };
	facts->iommus[1] = (struct iommu){ .name = text("dmar1"),
					   .kind = IOMMU_INTEL,
					   .cap = text(CLIENT),
					   .ecap = text("f050da"),
					   .n_members = 1 };
	facts_device(facts, 0, "0000:01:00.0", CLASS_NETWORK, NULL)->iommu = &facts->iommus[0];
	facts_device(facts, 0, "0000:02:00.0", CLASS_NETWORK, NULL)->iommu = &facts->iommus[1];
	facts_device(facts, 0, "0000:03:00.0", CLASS_NETWORK, NULL)->iommu = &facts->iommus[0];
}

TEST(a_unit_narrower_than_the_cpus_is_noted)
{
	struct facts facts;

	facts_of_units(&facts, 46);
	assert_string_equal(
		TOLD(&facts, "iommu-narrow"),
		"note host: IOMMU unit dmar1 translates 39 address bits (512 GiB), the CPUs have "
		"46: RAM and BARs of a guest above that cannot be mapped (EINVAL) | "
		"limit the address bits of guests: QEMU -cpu host,host-phys-bits-limit=39, "
		"libvirt <maxphysaddr mode='passthrough' limit='39'/>\n");
	facts.host.address_bits = 40;
	assert_string_not_equal(TOLD(&facts, "iommu-narrow"), "");
}

TEST(a_unit_as_wide_as_the_cpus_is_fine)
{
	struct facts facts;

	facts_of_units(&facts, 39);
	assert_string_equal(
		TOLD(&facts, "iommu-narrow"),
		"ok host: IOMMU unit dmar1 translates 39 address bits, the CPUs have 39\n");
	facts.host.address_bits = 38;
	assert_string_equal(
		TOLD(&facts, "iommu-narrow"),
		"ok host: IOMMU unit dmar1 translates 39 address bits, the CPUs have 38\n");
}

TEST(only_units_of_the_groups_in_question_count)
{
	struct facts facts;

	facts_of_units(&facts, 46);
	facts.device[1].iommu = NULL;
	assert_string_equal(
		TOLD(&facts, "iommu-narrow"),
		"ok host: IOMMU unit dmar0 translates 48 address bits, the CPUs have 46\n");
	facts.input.n_groups = 0;
	assert_string_equal(TOLD(&facts, "iommu-narrow"), "");
	facts.input.n_groups = 2;
	facts_device(&facts, 1, "0000:04:00.0", CLASS_NETWORK, NULL)->iommu = &facts.iommus[1];
	assert_non_null(strstr(TOLD(&facts, "iommu-narrow"), "dmar1 translates 39 address bits"));
}

TEST(a_width_that_is_not_known_says_nothing)
{
	struct facts facts;

	facts_of_units(&facts, 0);
	assert_string_equal(TOLD(&facts, "iommu-narrow"), "");
	facts_of_units(&facts, 46);
	facts.iommus[0].cap = NULL;
	facts.iommus[1].kind = IOMMU_AMD;
	assert_string_equal(TOLD(&facts, "iommu-narrow"), "");
}

/* A server of scalable mode (SMTS, SLTS, FLTS): 7.3 prefers tables whose addresses have a sign. */
TEST(the_fix_has_the_width_of_the_stage)
{
	struct facts facts;

	facts_of_units(&facts, 52);
	facts.device[1].iommu = NULL;
	facts.iommus[0].ecap = text("c80000f020df");
	facts.host.release = text("7.3.4");
	facts.host.cmdline = text("intel_iommu=on,sm_on");
	assert_string_equal(
		TOLD(&facts, "iommu-narrow"),
		"note host: IOMMU unit dmar0 translates 47 address bits (128 TiB), the CPUs have "
		"52: RAM and BARs of a guest above that cannot be mapped (EINVAL) | "
		"limit the address bits of guests: QEMU -cpu host,host-phys-bits-limit=47, "
		"libvirt <maxphysaddr mode='passthrough' limit='47'/>\n");
	/* The configuration of the kernel decides. */
	facts.host.cmdline = text("intel_iommu=on");
	assert_string_equal(TOLD(&facts, "iommu-narrow"), "");
	facts.host.release = text("6.12.118");
	assert_non_null(strstr(TOLD(&facts, "iommu-narrow"), "host-phys-bits-limit=48,"));
}

TEST(a_unit_may_translate_all_64_bits)
{
	struct facts facts;

	facts_of_units(&facts, 65);
	facts.device[1].iommu = NULL;
	facts.iommus[0].cap = text("3f1000"); /* MGAW 64, tables of 66 bits */
	assert_non_null(strstr(TOLD(&facts, "iommu-narrow"), "64 address bits (16 EiB)"));
	facts.iommus[0].cap = text("3e1000");
	assert_non_null(strstr(TOLD(&facts, "iommu-narrow"), "63 address bits (8 EiB)"));
}

/* Interrupts */

static const char *interrupts(const char *id, const char *chip, const char *allowed)
{
	struct parameter parameter = { .module = text("vfio_iommu_type1"),
				       .name = text("allow_unsafe_interrupts"),
				       .value = text(allowed) };
	struct facts facts;

	facts_begin(&facts);
	facts.host.irq_chip = text(chip);
	facts.host.parameters = &parameter;
	facts.host.n_parameters = 1;
	return told(&facts, &check_family_interrupts, id);
}

#define NOT_ISOLATED                                                                  \
	"interrupt remapping is off (the I/O APIC is IO-APIC, not IR-IO-APIC): VFIO " \
	"refuses containers with EPERM unless unsafe interrupts are allowed"
#define REMAP                                                                            \
	" | enable interrupt remapping in the firmware setup (x2APIC, IOMMU), and look " \
	"in the kernel log for what it found $ sudo dmesg\n"
#define SWITCH_OFF                                                                        \
	" | clear the parameter, and remove it from /etc/modprobe.d $ echo N | sudo tee " \
	"/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts\n"

TEST(interrupts_are_remapped_or_not)
{
	assert_string_equal(interrupts("interrupts-not-isolated", "IR-IO-APIC", "N"),
			    "ok host: interrupt remapping is on (the I/O APIC is IR-IO-APIC)\n");
	assert_string_equal(interrupts("interrupts-not-isolated", "IO-APIC", "N"),
			    "failure host: " NOT_ISOLATED REMAP);
	assert_string_equal(interrupts("interrupts-not-isolated", "GICv3", "N"), "");
	assert_string_equal(interrupts("interrupts-not-isolated", NULL, "N"), "");
}

TEST(interrupts_of_a_host_without_groups_do_not_matter)
{
	struct facts facts;

	facts_begin(&facts);
	facts.host.irq_chip = text("IO-APIC");
	facts.host.n_groups = 0;
	assert_string_equal(told(&facts, &check_family_interrupts, "interrupts-not-isolated"), "");
}

TEST(unsafe_interrupts_are_a_warning_in_place_of_a_failure)
{
	assert_non_null(strstr(interrupts("interrupts-not-isolated", "IO-APIC", "Y"),
			       "ok host: " NOT_ISOLATED));
	assert_string_equal(
		interrupts("unsafe-interrupts", "IO-APIC", "Y"),
		"warning host: allow_unsafe_interrupts is set: an assigned device can send "
		"arbitrary interrupts to the host | clear the parameter when no guest needs it "
		"any more, and remove it from /etc/modprobe.d\n");
	assert_string_equal(
		interrupts("unsafe-interrupts", "IR-IO-APIC", "Y"),
		"warning host: allow_unsafe_interrupts is set but not needed: interrupt remapping "
		"is on" SWITCH_OFF);
	assert_string_equal(interrupts("unsafe-interrupts", "IO-APIC", "N"), "");
	assert_string_equal(interrupts("unsafe-interrupts", "IO-APIC", NULL), "");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_types_of_the_domains_are_counted),
		cmocka_unit_test(a_unit_without_devices_is_noted),
		cmocka_unit_test(a_unit_narrower_than_the_cpus_is_noted),
		cmocka_unit_test(a_unit_as_wide_as_the_cpus_is_fine),
		cmocka_unit_test(only_units_of_the_groups_in_question_count),
		cmocka_unit_test(a_width_that_is_not_known_says_nothing),
		cmocka_unit_test(the_fix_has_the_width_of_the_stage),
		cmocka_unit_test(a_unit_may_translate_all_64_bits),
		cmocka_unit_test(interrupts_are_remapped_or_not),
		cmocka_unit_test(interrupts_of_a_host_without_groups_do_not_matter),
		cmocka_unit_test(unsafe_interrupts_are_a_warning_in_place_of_a_failure),
	};

	return UNIT_RUN("units", tests);
}
