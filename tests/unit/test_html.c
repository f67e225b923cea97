/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page of report, of hosts whose devices have states that are set by hand. */
#include "facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/report.h"
#include "view/html/html.h"
#include "view/words.h"

#define MSI_START UINT64_C(0xfee00000)
#define MSI_END	  UINT64_C(0xfeefffff)

/* The page about @reports, "host 1" and so on. */
static const char *page_of(const struct report *reports, size_t count)
{
	struct html_host hosts[2] = { 0 };
	char *page;
	size_t len;
	FILE *out = open_memstream(&page, &len);

	for (size_t i = 0; i < count; i++) {
		hosts[i].label = "here";
		hosts[i].report = &reports[i];
	}
	assert_int_equal(html_write(out, hosts, count), 0);
	fclose(out);
	return keep(page);
}

static size_t times(const char *page, const char *word)
{
	size_t count = 0;

	for (const char *at = page; (at = strstr(at, word)); at += strlen(word))
		count++;
	return count;
}

/* The words stand on the page, in this order. NULL ends them. */
static void assert_order(const char *page, const char *const words[])
{
	const char *at = page;

	for (size_t i = 0; words[i]; i++) {
		const char *next = strstr(at, words[i]);

		if (!next)
			fail_msg("not on the page, or not behind the one before: %s", words[i]);
		at = next + strlen(words[i]);
	}
}

static struct device *in_state(struct device *device, enum device_state state, const char *reason)
{
	device->state = state;
	device->reason = text(reason);
	return device;
}

/* Group 10: a network card and its bridge. Group 11: a disk. Group 12: the chipset. */
static void begin(struct facts *facts)
{
	struct device *card;

	facts_begin(facts);
	in_state(facts_device(facts, 0, "0000:00:01.0", CLASS_PORT, "pcieport"), STATE_KEEP,
		 "part of the chipset");
	card = in_state(facts_device(facts, 0, "0000:01:00.0", CLASS_NETWORK, "e1000e"),
			STATE_AVAILABLE, "its interfaces are down");
	card->class_name = text("Ethernet controller");
	card->vendor_name = text("Intel Corporation");
	card->device_name = text("82574L");
	card->vendor = 0x8086;
	card->device = 0x10d3;
	in_state(facts_device(facts, 1, "0000:02:00.0", CLASS_STORAGE, "nvme"), STATE_IN_USE,
		 "/srv is on it");
	in_state(facts_device(facts, 2, "0000:00:1f.0", CLASS_ISA, NULL), STATE_KEEP,
		 "part of the chipset");
	facts->iommus[0] = (struct iommu){ .name = text("dmar0"), .kind = IOMMU_INTEL };
	facts->iommus[1] = (struct iommu){ .name = text("dmar1"), .kind = IOMMU_INTEL };
	facts->host.n_iommus = 2;
	facts->host.has_type1 = true;
}

TEST(a_card_has_state_class_and_name_first)
{
	struct facts facts;
	struct report report = { .host = &facts.host };
	const char *page;

	begin(&facts);
	page = page_of(&report, 1);
	assert_order(page, (const char *const[]){
				   "<section class=\"card\">\n<h4>Group 10",
				   "<span class=\"badge available\">available</span>",
				   "<strong>Ethernet controller</strong> Intel Corporation 82574L",
				   "0000:01:00.0", "driver e1000e", "8086:10d3",
				   "its interfaces are down", "0000:00:01.0", "pcieport",
				   "<section class=\"card\">\n<h4>Group 11",
				   "<span class=\"badge in-use\">in use</span>", "0000:02:00.0",
				   "driver nvme", "/srv is on it", NULL });
}

TEST(groups_with_nothing_to_assign_are_rows_of_one_table)
{
	struct facts facts;
	struct report report = { .host = &facts.host };
	const char *page, *table;

	begin(&facts);
	in_state(facts_device(&facts, 2, "0000:00:17.0", 0x010601, "ahci"), STATE_KEEP,
		 "/ is on it");
	page = page_of(&report, 1);
	assert_int_equal(times(page, "<section class=\"card\">"), 2);
	assert_int_equal(times(page, "<table>"), 1);
	table = strstr(page, "Groups with nothing to assign");
	assert_non_null(table);
	assert_order(table, (const char *const[]){ "0000:00:1f.0", "part of the chipset",
						   "0000:00:17.0", "ahci",
						   "<span class=\"badge keep\">keep</span> "
						   "/ is on it",
						   NULL });
	assert_null(strstr(page, "Devices without an IOMMU group"));
	/* It becomes a card with the first device that may be given away. */
	facts.device[4].state = STATE_UNKNOWN;
	page = page_of(&report, 1);
	assert_int_equal(times(page, "<section class=\"card\">"), 3);
	assert_null(strstr(page, "Groups with nothing to assign"));
}

TEST(devices_without_a_group_are_on_the_page)
{
	struct facts facts;
	struct report report = { .host = &facts.host };
	const char *page;

	begin(&facts);
	facts.host.n_groups = 0;
	for (size_t i = 0; i < facts.host.n_devices; i++) {
		facts.device[i].group = NULL;
		in_state(&facts.device[i], STATE_BLOCKED, "this host has no IOMMU");
	}
	page = page_of(&report, 1);
	assert_int_equal(times(page, "<section class=\"card\">"), 0);
	assert_int_equal(times(page, "this host has no IOMMU</td>"), 4);
	assert_non_null(strstr(page, "<span class=\"badge blocked\">4 blocked</span>"));
}

TEST(a_summary_counts_devices_by_state)
{
	struct facts facts;
	struct report report = { .host = &facts.host };
	const char *page;
	char *words;

	begin(&facts);
	page = page_of(&report, 1);
	assert_order(page, (const char *const[]){
				   "<p class=\"verdict", "IOMMU: Intel VT-d</span>", "VFIO: type1",
				   "<span class=\"badge available\">1 available</span>",
				   "<span class=\"badge in-use\">1 in use</span></p>", NULL });
	words = words_counts(&facts.host);
	assert_string_equal(words, "1 available, 1 in use");
	free(words);
	for (size_t i = 0; i < facts.host.n_devices; i++)
		facts.device[i].state = STATE_KEEP;
	words = words_counts(&facts.host);
	assert_string_equal(words, "no device to assign");
	free(words);
}

TEST(a_verdict_is_about_the_host_where_nothing_is_bound)
{
	struct facts facts;
	struct report report = { .host = &facts.host, .readiness = READINESS_READY };
	const char *page;

	begin(&facts);
	page = page_of(&report, 1);
	assert_order(page,
		     (const char *const[]){ "<p class=\"verdict good\">Host: ready</p>",
					    "No device is bound to a vfio driver yet.", NULL });
	facts.device[1].driver = text("vfio-pci");
	page = page_of(&report, 1);
	assert_non_null(strstr(page, "<p class=\"verdict good\">Pass-through: ready</p>"));
	assert_null(strstr(page, "No device is bound"));
	report.readiness = READINESS_NOT_READY;
	page = page_of(&report, 1);
	assert_non_null(strstr(page, "<p class=\"verdict bad\">Pass-through: not ready</p>"));
}

static void assert_words(char *words, const char *expected)
{
	assert_string_equal(words, expected);
	free(words);
}

TEST(iommu_and_vfio_have_names_for_people)
{
	struct host host = { .has_sysfs = true };
	struct iommu units[] = { { .kind = IOMMU_AMD },
				 { .kind = IOMMU_AMD },
				 { .kind = IOMMU_VIRTIO } };
	struct module module = { .name = text("vfio"), .available = true };
	struct node node = { .path = text("/dev/iommu") };

	assert_words(words_iommu(&host), "none");
	host.groups_errno = EACCES;
	assert_words(words_iommu(&host), "not known");
	host.groups_errno = 0;
	host.has_sysfs = false;
	assert_words(words_iommu(&host), "not known");
	host.iommus = units;
	host.n_iommus = 2;
	assert_words(words_iommu(&host), "AMD-Vi");
	host.n_iommus = 3;
	assert_words(words_iommu(&host), "AMD-Vi, virtio-iommu");
	host.n_iommus = 0;
	host.n_groups = 1;
	assert_words(words_iommu(&host), "of unknown kind");

	assert_words(words_vfio(&host), "not known");
	host.modules = &module;
	host.n_modules = 1;
	assert_words(words_vfio(&host), "not loaded");
	module.error = EACCES;
	assert_words(words_vfio(&host), "not known");
	host.has_container = true;
	assert_words(words_vfio(&host), "no IOMMU type");
	host.has_type1 = true;
	assert_words(words_vfio(&host), "type1");
	host.nodes = &node;
	host.n_nodes = 1;
	assert_words(words_vfio(&host), "type1, iommufd");
	host.has_type1 = false;
	assert_words(words_vfio(&host), "iommufd");
	node.error = ENOENT;
	assert_words(words_vfio(&host), "no IOMMU type");
}

TEST(an_address_space_is_drawn_once)
{
	struct facts facts;
	struct region msi[] = {
		{ .range = { MSI_START, MSI_END }, .type = REGION_MSI, .word = text("msi") }
	};
	struct region other[] = {
		{ .range = { 0, 0xfff }, .type = REGION_RESERVED, .word = text("reserved") }
	};
	struct report report = { .host = &facts.host };
	const char *page;

	begin(&facts);
	facts.device[3].class = CLASS_NETWORK;
	facts.device[3].state = STATE_UNKNOWN;
	for (unsigned int i = 0; i < 3; i++) {
		facts.group[i].regions = msi;
		facts.group[i].n_regions = 1;
	}
	page = page_of(&report, 1);
	assert_int_equal(times(page, "<svg class=\"space\""), 1);
	assert_non_null(strstr(page, "<strong>Groups 10-12</strong>"));
	assert_order(page, (const char *const[]){ "Not to scale.", "<svg class=\"space\"", NULL });
	facts.group[1].regions = other;
	page = page_of(&report, 1);
	assert_int_equal(times(page, "<svg class=\"space\""), 2);
	assert_order(page, (const char *const[]){ "<strong>Groups 10, 12</strong>",
						  "<strong>Group 11</strong>", NULL });
	assert_int_equal(times(page, "Not to scale."), 1);
	/* Nothing of the chipset, and nothing where the regions are not known. */
	facts.device[3].state = STATE_KEEP;
	facts.group[1].regions_errno = EACCES;
	page = page_of(&report, 1);
	assert_int_equal(times(page, "<svg class=\"space\""), 1);
	assert_non_null(strstr(page, "<strong>Group 10</strong>"));
	assert_non_null(strstr(page, "Cannot read the reserved regions: Permission denied"));
}

/* A finding whose strings findings_clear() frees. */
static struct finding *add(struct findings *findings, const char *id, enum severity severity)
{
	struct finding finding = { .id = id,
				   .title = "a title for any host",
				   .severity = severity,
				   .group = FINDING_HOST,
				   .subject = xstrdup("host"),
				   .message = xstrdup("a sentence about this one") };

	findings_add(findings, &finding);
	return &findings->finding[findings->count - 1];
}

TEST(commands_of_a_fix_are_blocks)
{
	struct facts facts;
	struct report report = { .host = &facts.host };
	struct finding *finding;
	const char *page;

	begin(&facts);
	finding = add(&report.findings, "one", SEVERITY_FAILURE);
	finding_command(finding, "unmounts <srv>", xstrdup("sudo umount \"/srv\" && true"));
	finding_command(finding, "binds it", xstrdup("sudo bind"))->is_repeatable = false;
	page = page_of(&report, 1);
	assert_order(page, (const char *const[]){ "<p>Fix:</p>", "<p>unmounts", NULL });
	finding->hint = xstrdup("unmount it & bind it");
	page = page_of(&report, 1);
	assert_order(page, (const char *const[]){
				   "<p>Fix: unmount it &amp; bind it</p>",
				   "<p>unmounts &lt;srv&gt;:</p>\n"
				   "<pre>sudo umount &quot;/srv&quot; &amp;&amp; true</pre>",
				   "<p>binds it (run it once):</p>\n<pre>sudo bind</pre>", NULL });
	findings_clear(&report.findings);
}

TEST(a_test_that_failed_has_its_fix)
{
	struct facts facts;
	struct probe probe = { .group = &facts.group[0],
			       .failure = { .step = "attach",
					    .message = text("it <failed>"),
					    .hint = text("bind it & try again") } };
	struct probe *probes[] = { &probe };
	struct report report = { .host = &facts.host, .probes = probes, .n_probes = 1 };
	const char *page;

	begin(&facts);
	page = page_of(&report, 1);
	assert_order(page, (const char *const[]){
				   "<h4>Group 10", "Not tested: it &lt;failed&gt;</p>",
				   "<p>Fix: bind it &amp; try again</p>", "</section>", NULL });
	assert_int_equal(times(page, "<pre>"), 0);
	probe.failure.command = (struct fix_command){ .text = text("echo 1 | sudo tee \"x\""),
						      .does = text("allows it"),
						      .is_repeatable = true };
	page = page_of(&report, 1);
	assert_order(page, (const char *const[]){ "<p>Fix: bind it &amp; try again</p>",
						  "<p>allows it:</p>",
						  "<pre>echo 1 | sudo tee &quot;x&quot;</pre>",
						  "</section>", NULL });
}

TEST(compared_findings_have_severity_and_title_worst_first)
{
	struct facts facts;
	struct report reports[] = { { .host = &facts.host }, { .host = &facts.host } };
	const char *page;

	begin(&facts);
	add(&reports[0].findings, "of-the-first", SEVERITY_NOTE);
	add(&reports[0].findings, "of-both", SEVERITY_WARNING);
	add(&reports[1].findings, "of-both", SEVERITY_FAILURE);
	add(&reports[1].findings, "never-shown", SEVERITY_OK);
	page = page_of(reports, 2);
	assert_order(
		page,
		(const char *const[]){
			"class=\"failure\">failure</td><td title=\"Finding\">a title for any host "
			"<code class=\"soft\">of-both",
			"2 of 2",
			"class=\"note\">note</td><td title=\"Finding\">a title for any host "
			"<code class=\"soft\">of-the-first",
			"1 of 2", "</table>", NULL });
	assert_null(strstr(page, "never-shown"));
	findings_clear(&reports[0].findings);
	findings_clear(&reports[1].findings);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_card_has_state_class_and_name_first),
		cmocka_unit_test(groups_with_nothing_to_assign_are_rows_of_one_table),
		cmocka_unit_test(devices_without_a_group_are_on_the_page),
		cmocka_unit_test(a_summary_counts_devices_by_state),
		cmocka_unit_test(a_verdict_is_about_the_host_where_nothing_is_bound),
		cmocka_unit_test(iommu_and_vfio_have_names_for_people),
		cmocka_unit_test(an_address_space_is_drawn_once),
		cmocka_unit_test(commands_of_a_fix_are_blocks),
		cmocka_unit_test(a_test_that_failed_has_its_fix),
		cmocka_unit_test(compared_findings_have_severity_and_title_worst_first),
	};

	return UNIT_RUN("html", tests);
}
