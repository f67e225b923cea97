/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON that is printed while it is made is what jansson prints of the same tree. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "view/json/stream.h"

/* Print @value with the stream. Free the result. */
static char *stream_print(const char *value, bool is_line)
{
	char *text = NULL;
	size_t len = 0;
	struct stream stream = { .out = open_memstream(&text, &len),
				 .is_compact = is_line,
				 .is_ascii = is_line,
				 .is_empty = true };
	json_t *json = json_loads(value, JSON_DECODE_ANY, NULL);

	assert_non_null(stream.out);
	assert_non_null(json);
	stream_json(&stream, NULL, json);
	assert_int_equal(stream_end(&stream), 0);
	fclose(stream.out);
	assert_int_equal(text[len - 1], '\n');
	text[len - 1] = '\0';
	return text;
}

/* Both layouts of @value are those of jansson, to the byte. */
static void assert_printed(const char *value)
{
	json_t *json = json_loads(value, JSON_DECODE_ANY, NULL);
	char *lines = json_dumps(json, JSON_INDENT(2) | JSON_ENCODE_ANY);
	char *line = json_dumps(json, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_ENCODE_ANY);
	char *text = stream_print(value, false);

	assert_string_equal(text, lines);
	free(text);
	text = stream_print(value, true);
	assert_string_equal(text, line);
	free(text);
	free(lines);
	free(line);
	json_decref(json);
}

TEST(objects_and_arrays_that_are_empty_or_nested)
{
	assert_printed("{}");
	assert_printed("[]");
	assert_printed("{\"a\": [], \"b\": {}, \"c\": [[1, -2, true, false, null]], \"d\": \"e\"}");
	assert_printed("[{\"a\": {\"b\": {\"c\": [{}]}}}, 1.5]");
}

TEST(texts_that_need_an_escape)
{
	assert_printed("\"\\\" \\\\ / \\b\\f\\n\\r\\t \\u0001 \\u001f \\u007f\"");
	assert_printed("\"Intel® \\u2028 \\ud83d\\ude00\"");
	assert_printed("{\"a\\\"b\\n®\": 1}");
}

/* Longer than the buffer, at each place in it. */
TEST(long_texts)
{
	char *value = calloc(1, 20000);

	assert_non_null(value);
	for (size_t len = 4000; len < 4200; len++) {
		snprintf(value, 20000, "[\"%0*d\", \"%09000d\", 7]", (int)len, 1, 2);
		assert_printed(value);
	}
	free(value);
}

/* Addresses are hexadecimal without zeros in front, of up to 64 bits. */
TEST(regions_from_the_first_address_to_the_last)
{
	char msi[] = "msi", other[] = "re\"served";
	struct region regions[] = { { .range = { 0, 0xfee00000 }, .word = msi },
				    { .range = { 0x10, UINT64_MAX }, .word = other } };
	const struct group group = { .regions = regions, .n_regions = 2 };
	char *text = NULL;
	size_t len = 0;
	struct stream stream = { .out = open_memstream(&text, &len),
				 .is_compact = true,
				 .is_empty = true };

	assert_non_null(stream.out);
	stream_regions(&stream, NULL, &group);
	assert_int_equal(stream_end(&stream), 0);
	fclose(stream.out);
	assert_string_equal(
		text,
		"[{\"start\":\"0x0\",\"end\":\"0xfee00000\",\"type\":\"msi\"},"
		"{\"start\":\"0x10\",\"end\":\"0xffffffffffffffff\",\"type\":\"re\\\"served\"}]\n");
	free(text);
}

/* Modules are named by the host, unlike the keys of everything else. */
TEST(names_of_parameters_are_escaped)
{
	char module[] = "od\"d", name[] = "p\\q", value[] = "1";
	struct parameter parameters[] = { { .module = module, .name = name, .value = value },
					  { .module = module, .name = value } };
	const struct host host = { .parameters = parameters, .n_parameters = 2 };
	const struct fact *fact = host_facts;
	char *text = NULL;
	size_t len = 0;
	struct stream stream = { .out = open_memstream(&text, &len), .is_empty = true };

	assert_non_null(stream.out);
	while (fact->type != FACT_PARAMETERS)
		fact++;
	stream_open(&stream, NULL, '{');
	stream_fact(&stream, fact, &host);
	stream_close(&stream, '}');
	assert_int_equal(stream_end(&stream), 0);
	fclose(stream.out);
	assert_string_equal(text, "{\n  \"parameters\": {\n    \"od\\\"d.p\\\\q\": \"1\",\n"
				  "    \"od\\\"d.1\": null\n  }\n}\n");
	free(text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects_and_arrays_that_are_empty_or_nested),
		cmocka_unit_test(texts_that_need_an_escape),
		cmocka_unit_test(long_texts),
		cmocka_unit_test(regions_from_the_first_address_to_the_last),
		cmocka_unit_test(names_of_parameters_are_escaped),
	};

	return UNIT_RUN("stream", tests);
}
