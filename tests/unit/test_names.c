/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <string.h>

#include "base/alloc.h"
#include "source/internal.h"

static const char file[] = "# A comment\n"
			   "\n"
			   "10d3  Other Vendor\n"
			   "\t0001  Its Device  \n"
			   "8086  Some Vendor\n"
			   "# 10d3  No Device\n"
			   "\t10d3  Some Device\n"
			   "\t\t8086 a01f  Some Subsystem\n"
			   "\n"
			   "\t10D4  Capital Device\n"
			   "\t10d3  A Second Device\n"
			   "\tzzzz  No Id\n"
			   "\t10d5No Space\n"
			   "8086  A Second Vendor\n"
			   "ffff  The Last Vendor\n"
			   "\n"
			   "C 02  Network controller\n"
			   "\t00  Ethernet controller\n"
			   "\t\t01  An Interface\n"
			   "C 0c\tSerial bus controller";

static void assert_name(const char *name, const char *expected)
{
	if (!name || !expected)
		assert_ptr_equal(name, expected);
	else
		assert_string_equal(name, expected);
}

static void assert_names(struct pci_ids *ids, struct pci_id id, const char *vendor,
			 const char *device, const char *class_name)
{
	struct pci_names names;

	pci_ids_find(ids, &id, &names);
	assert_name(names.vendor, vendor);
	assert_name(names.device, device);
	assert_name(names.class_name, class_name);
	pci_names_clear(&names);
}

TEST(names_are_found_below_their_vendor)
{
	static const char ethernet[] = "Ethernet controller";
	struct pci_ids *ids = pci_ids_parse(xstrdup(file));

	assert_names(ids, (struct pci_id){ 0x8086, 0x10d3, 0x020000 }, "Some Vendor", "Some Device",
		     ethernet);
	assert_names(ids, (struct pci_id){ 0x8086, 0x10d4, 0x020001 }, "Some Vendor",
		     "Capital Device", ethernet);
	assert_names(ids, (struct pci_id){ 0x8086, 0x0001, 0 }, "Some Vendor", NULL, NULL);
	assert_names(ids, (struct pci_id){ 0x10d3, 0x0001, 0 }, "Other Vendor", "Its Device", NULL);
	assert_names(ids, (struct pci_id){ 0x10d3, 0x10d3, 0 }, "Other Vendor", NULL, NULL);
	assert_names(ids, (struct pci_id){ 0xffff, 0xffff, 0 }, "The Last Vendor", NULL, NULL);
	assert_names(ids, (struct pci_id){ 0x1234, 0x10d3, 0 }, NULL, NULL, NULL);
	pci_ids_free(ids);
}

TEST(lines_that_are_no_entry_are_left_out)
{
	struct pci_ids *ids = pci_ids_parse(xstrdup(file));

	assert_names(ids, (struct pci_id){ 0x8086, 0x10d5, 0 }, "Some Vendor", NULL, NULL);
	/* A subsystem is no device, though its line begins with an id too. */
	assert_names(ids, (struct pci_id){ 0x8086, 0x8086, 0 }, "Some Vendor", NULL, NULL);
	pci_ids_free(ids);
}

TEST(a_base_class_comes_with_its_number)
{
	struct pci_ids *ids = pci_ids_parse(xstrdup(file));

	assert_names(ids, (struct pci_id){ 0, 0, 0x02ab00 }, NULL, NULL,
		     "Network controller [02ab]");
	assert_names(ids, (struct pci_id){ 0, 0, 0x0c0330 }, NULL, NULL,
		     "Serial bus controller [0c03]");
	assert_names(ids, (struct pci_id){ 0, 0, 0xff0000 }, NULL, NULL, NULL);
	pci_ids_free(ids);
}

TEST(any_text_is_read_without_harm)
{
	static const char *const texts[] = {
		"",
		"\n",
		"8086",
		"8086 ",
		"8086\t",
		"\t",
		"\t10d3",
		"8086  V\n\t",
		"8086  V\n\t10d3",
		"C",
		"C ",
		"C 0",
		"C 02",
		"C 02 ",
		"8086  V\n\t10d3 ",
		"\xff\xff\xff\xff  V\n",
	};

	for (size_t i = 0; i < COUNT(texts); i++) {
		struct pci_ids *ids = pci_ids_parse(xstrdup(texts[i]));
		struct pci_names names;

		pci_ids_find(ids, &(struct pci_id){ 0x8086, 0x10d3, 0x020000 }, &names);
		assert_null(names.device && *names.device ? names.device : NULL);
		pci_names_clear(&names);
		pci_ids_free(ids);
	}
}

TEST(names_are_clean)
{
	struct pci_ids *ids =
		pci_ids_parse(xstrdup("8086  \x1b[31mRed\n\t10d3  Caf\xc3\xa9\xff\r\n"));

	assert_names(ids, (struct pci_id){ 0x8086, 0x10d3, 0 }, "?[31mRed", "Caf\xc3\xa9?", NULL);
	pci_ids_free(ids);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_found_below_their_vendor),
		cmocka_unit_test(lines_that_are_no_entry_are_left_out),
		cmocka_unit_test(a_base_class_comes_with_its_number),
		cmocka_unit_test(any_text_is_read_without_harm),
		cmocka_unit_test(names_are_clean),
	};

	return UNIT_RUN("names", tests);
}
