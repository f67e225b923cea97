/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words in the schema are those of the program's tables: all of them, and no others. */
#include "unit.h"

#include <ctype.h>
#include <string.h>

#include <jansson.h>

#include "check/property.h"
#include "model/bench.h"
#include "model/change.h"
#include "model/difference.h"
#include "model/fact.h"
#include "model/finding.h"
#include "model/host.h"
#include "model/iova_map.h"
#include "model/probe.h"
#include "model/report.h"
#include "guest/layout.h"
#include "view/list.h"

static int load(void **state)
{
	json_error_t error;

	*state = json_load_file(SCHEMA_FILE, 0, &error);
	if (!*state)
		fail_msg("%s:%d: %s", SCHEMA_FILE, error.line, error.text);
	return 0;
}

static int unload(void **state)
{
	json_decref(*state);
	return 0;
}

/* The words of a definition, or of one of its fields. */
static const json_t *words_of(const json_t *schema, const char *definition, const char *field)
{
	const json_t *part = json_object_get(json_object_get(schema, "$defs"), definition);
	const json_t *words;

	if (field)
		part = json_object_get(json_object_get(part, "properties"), field);
	words = json_object_get(part, "enum");
	if (!words)
		fail_msg("the schema has no words for %s %s", definition, field ? field : "");
	return words;
}

/* Whether @words has @word; null stands for NULL. */
static bool has_word(const json_t *words, const char *word)
{
	size_t i;
	json_t *entry;

	json_array_foreach (words, i, entry) {
		if (word ? json_is_string(entry) && strcmp(json_string_value(entry), word) == 0
			 : json_is_null(entry))
			return true;
	}
	return false;
}

/* One word of a table, by its number. */
typedef const char *(*name_fn)(unsigned int number);

/* A function of the program that takes an enum, as one that takes a number. */
#define NAME(function, type)                                      \
	static const char *number_##function(unsigned int number) \
	{                                                         \
		return function((enum type)number);               \
	}

NAME(state_name, device_state)
NAME(severity_name, severity)
NAME(readiness_name, readiness)
NAME(answer_name, answer)
NAME(iommu_kind_name, iommu_kind)
NAME(backend_name, backend)
NAME(phase_name, phase)
NAME(partial_unmap_name, partial_unmap)
NAME(kernel_rule_name, kernel_rule)
NAME(splitting_name, answer)
NAME(method_name, method)
NAME(confidence_name, confidence)
NAME(iova_use_name, iova_use)
NAME(machine_name, machine)
NAME(bench_pages_name, bench_pages)
NAME(bench_bound_name, bench_bound)
NAME(change_name, change_kind)
NAME(difference_area_name, difference_area)
NAME(difference_kind_name, difference_kind)

/* Each table: where its words stand in the schema, and from which number to which they are. */
static const struct {
	const char *definition;
	const char *field;
	name_fn name;
	unsigned int first;
	unsigned int last;
	bool may_be_null;
} tables[] = {
	{ "severity", NULL, number_severity_name, SEVERITY_OK, SEVERITY_UNMEASURED, false },
	{ "verdict", NULL, number_readiness_name, READINESS_READY, READINESS_NOT_BOUND, false },
	{ "device", "state", number_state_name, STATE_ASSIGNED, STATE_AVAILABLE, true },
	{ "answer", NULL, number_answer_name, ANSWER_UNKNOWN, ANSWER_YES, false },
	{ "iommu", "kind", number_iommu_kind_name, IOMMU_OTHER, IOMMU_VIRTIO, false },
	{ "probe", "backend", number_backend_name, BACKEND_TYPE1, BACKEND_COMPAT, true },
	{ "trace_event", "phase", number_phase_name, PHASE_ATTACH, PHASE_ODD, false },
	{ "partial_unmap", "result", number_partial_unmap_name, PARTIAL_REFUSED, PARTIAL_SPLIT,
	  true },
	{ "probe", "kernel_rule", number_kernel_rule_name, KERNEL_UNKNOWN, KERNEL_TESTS_NOTHING,
	  false },
	{ "probe", "superpage_splitting", number_splitting_name, ANSWER_UNKNOWN, ANSWER_YES,
	  false },
	{ "probe", "method", number_method_name, METHOD_NONE, METHOD_ADVERTISED, false },
	{ "probe", "confidence", number_confidence_name, CONFIDENCE_NONE, CONFIDENCE_OBSERVED,
	  false },
	{ "part", "use", number_iova_use_name, IOVA_USABLE, IOVA_UNKNOWN, false },
	{ "guest", "machine", number_machine_name, MACHINE_Q35, MACHINE_S390, false },
	{ "bench", "backend", number_backend_name, BACKEND_TYPE1, BACKEND_COMPAT, true },
	{ "bench_series", "pages", number_bench_pages_name, BENCH_BASE, BENCH_HUGETLB, false },
	{ "bench_limit", "bound_by", number_bench_bound_name, BENCH_BY_DEFAULT, BENCH_BY_WINDOW,
	  false },
	{ "change", "event", number_change_name, CHANGE_APPEARED, CHANGE_LOST, false },
	{ "difference", "area", number_difference_area_name, AREA_KERNEL, AREA_FINDING, false },
	{ "difference", "change", number_difference_kind_name, DIFFERENCE_APPEARED,
	  DIFFERENCE_CHANGED, false },
};

static void tables_are_in_the_schema(void **state)
{
	for (size_t i = 0; i < COUNT(tables); i++) {
		const json_t *words = words_of(*state, tables[i].definition, tables[i].field);
		size_t wanted = tables[i].last - tables[i].first + 1 + tables[i].may_be_null;

		for (unsigned int number = tables[i].first; number <= tables[i].last; number++) {
			const char *word = tables[i].name(number);

			if (!word || !has_word(words, word))
				fail_msg("the schema has no word '%s' for %s %s", word,
					 tables[i].definition,
					 tables[i].field ? tables[i].field : "");
		}
		assert_int_equal(json_array_size(words), wanted);
		assert_int_equal(has_word(words, NULL), tables[i].may_be_null);
	}
}

static void properties_are_in_the_schema(void **state)
{
	const json_t *definition = json_object_get(json_object_get(*state, "$defs"), "properties");
	size_t n_properties = 0;

	for (const struct property *property = properties; property->name; property++) {
		const json_t *words = words_of(*state, "properties", property->name);
		size_t n_words = 0;

		for (const char *const *word = property->values; *word; word++, n_words++) {
			if (!has_word(words, *word))
				fail_msg("the schema has no %s=%s", property->name, *word);
		}
		assert_int_equal(json_array_size(words), n_words);
		n_properties++;
	}
	assert_int_equal(json_object_size(json_object_get(definition, "properties")), n_properties);
	assert_int_equal(json_array_size(json_object_get(definition, "required")), n_properties);
}

/* Hold the description of a field to its fact: it begins with the meaning. */
static void assert_described(const json_t *definition, const char *name, const struct fact *fact)
{
	const json_t *field = json_object_get(json_object_get(definition, "properties"), fact->key);
	const char *text = json_string_value(json_object_get(field, "description"));

	if (!text)
		fail_msg("the schema has no field %s of %s", fact->key, name);
	if (*text != toupper((unsigned char)*fact->meaning) ||
	    strncmp(text + 1, fact->meaning + 1, strlen(fact->meaning) - 1) != 0)
		fail_msg("the schema describes %s of %s as '%s', and its fact as '%s'", fact->key,
			 name, text, fact->meaning);
}

/* True if @definition requires @key, always or on PCI. */
static bool is_required(const json_t *definition, const struct fact *fact)
{
	const json_t *on_pci = json_object_get(definition, "dependentRequired");

	if (!(fact->places & FACT_PCI))
		return has_word(json_object_get(definition, "required"), fact->key);
	return strcmp(fact->key, "class") == 0 ||
	       has_word(json_object_get(on_pci, "class"), fact->key);
}

static void facts_are_in_the_schema(void **state)
{
	static const struct {
		const char *name;
		const struct fact *facts;
	} kinds[] = {
		{ "host", host_facts },
		{ "iommu", iommu_facts },
		{ "group", group_facts },
		{ "device", device_facts },
	};

	for (size_t i = 0; i < COUNT(kinds); i++) {
		const json_t *definition = json_object_get(json_object_get(*state, "$defs"),
							   kinds[i].name);
		size_t count = 0;

		for (const struct fact *fact = kinds[i].facts; fact->key; fact++) {
			if (!(fact->places & FACT_JSON))
				continue;
			assert_described(definition, kinds[i].name, fact);
			if (!is_required(definition, fact))
				fail_msg("the schema does not require %s of %s", fact->key,
					 kinds[i].name);
			count++;
		}
		assert_int_equal(json_object_size(json_object_get(definition, "properties")),
				 count);
	}
}

static void columns_are_in_the_schema(void **state)
{
	const json_t *row = json_object_get(json_object_get(*state, "$defs"), "row");
	const struct fact *column;
	size_t count = 0;

	for (; (column = list_column_at(count)); count++)
		assert_described(row, "row", column);
	/* The children of a group are the one field that is no column. */
	assert_int_equal(json_object_size(json_object_get(row, "properties")), count + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_are_in_the_schema),
		cmocka_unit_test(properties_are_in_the_schema),
		cmocka_unit_test(facts_are_in_the_schema),
		cmocka_unit_test(columns_are_in_the_schema),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("schema", tests, load, unload) != 0;
}
