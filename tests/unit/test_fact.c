/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each output shows the facts of the table that it promises: JSON, list, HTML and diff. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/alloc.h"
#include "diff/diff.h"
#include "model/fact.h"
#include "view/html/html.h"
#include "view/list.h"
#include "view/view.h"

static const struct fact *const tables[] = { host_facts, iommu_facts, group_facts, device_facts };

/* "fact KEY" in each string of @thing that its table names. */
static void fill(const struct fact *facts, void *thing)
{
	for (const struct fact *fact = facts; fact->key; fact++) {
		char **member = (void *)((char *)thing + fact->member);

		if (!fact->get)
			*member = xasprintf("fact %s", fact->key);
	}
}

/* A host with one group, which has one device on PCI. */
static struct host *host_make(void)
{
	struct host *host = host_new();
	struct group *group = xcalloc(1, sizeof(*group));
	struct device *device = xcalloc(1, sizeof(*device));

	host->has_sysfs = true;
	device->address = xstrdup("fact address");
	device->is_pci = true;
	APPEND(host->groups, host->n_groups, group);
	APPEND(host->devices, host->n_devices, device);
	group_add(group, device);
	return host;
}

static struct host *host_make_full(void)
{
	struct host *host = host_make();
	struct device *device = host->devices[0];
	struct iommu iommu = { .kind = IOMMU_INTEL };

	free(device->address);
	fill(device_facts, device);
	device->vendor = 0x10de;
	device->numa_node = 3;
	fill(iommu_facts, &iommu);
	APPEND(host->iommus, host->n_iommus, iommu);
	device->iommu = &host->iommus[0];
	fill(group_facts, host->groups[0]);
	fill(host_facts, host);
	host->page_size = 4096;
	return host;
}

struct printed {
	char *text;
	size_t len;
	FILE *out;
};

static FILE *print_begin(struct printed *printed)
{
	printed->out = open_memstream(&printed->text, &printed->len);
	assert_non_null(printed->out);
	return printed->out;
}

/* The words of @fact in the JSON object @object. */
static void assert_member(const json_t *object, const struct fact *fact, const void *thing)
{
	const json_t *member = json_object_get(object, fact->key);
	struct fact_room room = { 0 };
	const char *value = fact_value(fact, thing, &room);

	if (!member)
		fail_msg("JSON has no %s", fact->key);
	if (fact->type == FACT_TEXT && value)
		assert_string_equal(json_string_value(member), value);
	else if (fact->type == FACT_TEXT)
		assert_true(json_is_null(member));
	else if (fact->type == FACT_NUMBER)
		assert_int_equal(json_integer_value(member), strtol(value, NULL, 10));
	fact_room_clear(&room);
}

static void assert_object(const json_t *object, const struct fact *facts, const void *thing)
{
	size_t count = 0;

	for (const struct fact *fact = facts; fact->key; fact++) {
		if (fact->places & FACT_JSON) {
			assert_member(object, fact, thing);
			count++;
		}
	}
	assert_int_equal(json_object_size(object), count);
}

TEST(json_has_each_fact)
{
	struct host *host = host_make_full();
	struct report report = { .host = host };
	const struct view_options options = { 0 };
	struct printed printed;
	const json_t *group;
	json_t *top;

	write_report_json(print_begin(&printed), &report, &options);
	fclose(printed.out);
	top = json_loads(printed.text, 0, NULL);
	assert_non_null(top);
	assert_object(json_object_get(top, "host"), host_facts, host);
	assert_object(json_array_get(json_object_get(top, "iommus"), 0), iommu_facts,
		      &host->iommus[0]);
	group = json_array_get(json_object_get(top, "groups"), 0);
	assert_object(group, group_facts, host->groups[0]);
	assert_object(json_array_get(json_object_get(group, "devices"), 0), device_facts,
		      host->devices[0]);
	json_decref(top);
	free(printed.text);
	host_free(host);
}

TEST(a_device_that_is_not_on_pci_has_no_facts_of_pci)
{
	struct host *host = host_make();
	struct report report = { .host = host };
	const struct view_options options = { 0 };
	struct printed printed;

	host->devices[0]->is_pci = false;
	write_report_json(print_begin(&printed), &report, &options);
	fclose(printed.out);
	assert_non_null(strstr(printed.text, "\"driver\": null"));
	assert_null(strstr(printed.text, "\"class\""));
	assert_null(strstr(printed.text, "\"numa_node\""));
	free(printed.text);
	host_free(host);
}

static bool is_of_group(const struct fact *column)
{
	for (const struct fact *fact = group_facts; fact->key; fact++) {
		if (fact == column)
			return true;
	}
	return false;
}

TEST(json_of_list_has_each_column)
{
	struct host *host = host_make_full();
	const struct fact **columns = NULL;
	const struct fact *column;
	struct list_options options = { .style = LIST_JSON };
	struct printed printed;
	json_t *top;

	while ((column = list_column_at(options.n_columns)))
		APPEND(columns, options.n_columns, column);
	options.columns = columns;
	list_print(print_begin(&printed), host->groups, 1, NULL, 0, &options);
	fclose(printed.out);
	top = json_loads(printed.text, 0, NULL);
	for (size_t i = 0; i < options.n_columns; i++)
		assert_member(json_array_get(json_object_get(top, "devices"), 0), columns[i],
			      is_of_group(columns[i]) ? (const void *)host->groups[0]
						      : host->devices[0]);
	json_decref(top);
	free(printed.text);
	free(columns);
	host_free(host);
}

static void assert_shown(const char *page, const struct fact *facts, const void *thing)
{
	struct fact_room room = { 0 };

	for (const struct fact *fact = facts; fact->key; fact++) {
		const char *words = fact_words(fact, thing, &room);

		if (!(fact->places & FACT_HTML))
			continue;
		if (!words || !strstr(page, words) || !strstr(page, fact->label))
			fail_msg("HTML has no %s '%s'", fact->label, words);
	}
	fact_room_clear(&room);
}

TEST(html_has_each_fact_that_it_shows)
{
	struct host *host = host_make_full();
	struct report report = { .host = host };
	const struct html_host page = { .label = "here", .report = &report };
	struct printed printed;

	html_write(print_begin(&printed), &page, 1);
	fclose(printed.out);
	assert_shown(printed.text, host_facts, host);
	assert_shown(printed.text, group_facts, host->groups[0]);
	assert_shown(printed.text, device_facts, host->devices[0]);
	assert_non_null(strstr(printed.text, "NUMA node 3"));
	free(printed.text);
	host_free(host);
}

static bool has_difference(const struct comparison *comparison, const struct fact *fact)
{
	for (size_t i = 0; i < comparison->n_differences; i++) {
		const struct difference *change = &comparison->differences[i];

		if (change->field && change->area == fact->area &&
		    strcmp(change->field, fact->label) == 0)
			return true;
	}
	return false;
}

/* Facts that differ in this test: strings, and the numbers that host_make_full() sets. */
static void assert_compared(const struct comparison *comparison, const struct fact *facts)
{
	for (const struct fact *fact = facts; fact->key; fact++) {
		bool is_set = !fact->get || strcmp(fact->key, "id") == 0 ||
			      strcmp(fact->key, "numa_node") == 0;

		if (is_set && fact->difference == FACT_COMPARED &&
		    !has_difference(comparison, fact))
			fail_msg("diff does not compare %s", fact->label);
		if (fact->difference == FACT_IGNORED && fact->area)
			fail_msg("%s has an area and is ignored", fact->label);
	}
}

TEST(diff_compares_each_fact_that_it_promises)
{
	struct host *one = host_make(), *two = host_make_full();
	struct report before = { .host = one }, after = { .host = two };
	struct comparison comparison;

	one->devices[0]->numa_node = -1;
	compare_reports(&before, &after, &comparison);
	assert_compared(&comparison, host_facts);
	assert_compared(&comparison, group_facts);
	assert_compared(&comparison, device_facts);
	comparison_clear(&comparison);
	host_free(one);
	host_free(two);
}

TEST(a_table_of_firmware_that_could_not_be_read_is_not_compared)
{
	struct host *one = host_make(), *two = host_make();
	struct report before = { .host = one }, after = { .host = two };
	struct comparison comparison;

	one->iommu_tables_errno = EACCES;
	two->iommu_table = xstrdup("DMAR");
	compare_reports(&before, &after, &comparison);
	assert_int_equal(comparison.n_differences, 0);
	assert_int_equal(comparison.n_open, 1);
	assert_string_equal(comparison.open[0].subject, "host");
	assert_string_equal(comparison.open[0].field, "firmware table of the IOMMU");
	comparison_clear(&comparison);
	host_free(one);
	host_free(two);
}

TEST(keys_and_columns_are_unique)
{
	for (size_t i = 0; i < COUNT(tables); i++) {
		for (const struct fact *one = tables[i]; one->key; one++) {
			for (const struct fact *two = tables[i]; two < one; two++)
				assert_string_not_equal(one->key, two->key);
		}
	}
	for (size_t i = 0; list_column_at(i); i++) {
		const struct fact *column = list_column_at(i);

		assert_ptr_equal(list_column_find(column->column, strlen(column->column)), column);
	}
}

TEST(sizes_and_codes_are_printed_as_documented)
{
	struct host host = { .page_size = 65536 };
	struct device device = { .is_pci = true, .class = 0x30000, .vendor = 0xde };
	struct fact_room room = { 0 };

	for (const struct fact *fact = host_facts; fact->key; fact++) {
		if (strcmp(fact->key, "page_size") != 0)
			continue;
		assert_string_equal(fact_value(fact, &host, &room), "65536");
		assert_string_equal(fact_words(fact, &host, &room), "64 KiB");
	}
	for (const struct fact *fact = device_facts; fact->key; fact++) {
		if (strcmp(fact->key, "class") == 0)
			assert_string_equal(fact_value(fact, &device, &room), "030000");
		else if (strcmp(fact->key, "vendor") == 0)
			assert_string_equal(fact_value(fact, &device, &room), "00de");
		else if (strcmp(fact->key, "numa_node") == 0)
			assert_string_equal(fact_value(fact, &device, &room), "0");
		else if (strcmp(fact->key, "class_name") == 0)
			assert_string_equal(fact_words(fact, &device, &room), "0300");
	}
	fact_room_clear(&room);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_has_each_fact),
		cmocka_unit_test(a_device_that_is_not_on_pci_has_no_facts_of_pci),
		cmocka_unit_test(json_of_list_has_each_column),
		cmocka_unit_test(html_has_each_fact_that_it_shows),
		cmocka_unit_test(diff_compares_each_fact_that_it_promises),
		cmocka_unit_test(a_table_of_firmware_that_could_not_be_read_is_not_compared),
		cmocka_unit_test(keys_and_columns_are_unique),
		cmocka_unit_test(sizes_and_codes_are_printed_as_documented),
	};

	return UNIT_RUN("fact", tests);
}
