/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <string.h>

#include "model/pci_address.h"

TEST(an_address_is_read)
{
	struct pci_address address;

	assert_true(pci_address_parse("0000:00:1f.6", &address));
	assert_int_equal(address.domain, 0);
	assert_int_equal(address.bus, 0);
	assert_int_equal(address.slot, 0x1f);
	assert_int_equal(address.function, 6);
	assert_true(pci_address_parse("10000:e1:00.0", &address));
	assert_int_equal(address.domain, 0x10000);
	assert_int_equal(address.bus, 0xe1);
	assert_true(pci_address_parse("ffffffff:ff:1f.7", &address));
	assert_int_equal(address.domain, UINT32_MAX);
}

TEST(other_names_are_no_addresses)
{
	static const char *const names[] = {
		"",
		"1000800000.codec",
		"0000:00:20.0",
		"0000:00:1f.8",
		"000:00:1f.0",
		"0000:0:1f.0",
		"0000:00:1f",
		"0000:00:1f.00",
		"0000:00:1f. ",
		"0000:00:1F.0",
		"0000:00:1f:0",
		"0000.00:1f.0",
		"100000000:00:00.0",
		"axi:gpu",
		"0000:00:00.0\n",
		"0000:000:0.0",
	};

	for (size_t i = 0; i < COUNT(names); i++) {
		struct pci_address address;

		if (pci_address_parse(names[i], &address) ||
		    pci_address_key(names[i]) != UINT64_MAX)
			fail_msg("%s", names[i]);
	}
}

/* Each is before all that follow: by numbers in hexadecimal, and names of other buses behind. */
TEST(addresses_are_ordered_as_numbers)
{
	static const char *const sorted[] = {
		"0000:00:02.0", "0000:00:09.0", "0000:00:0a.0",	 "0000:00:14.0",  "0000:00:17.0",
		"0000:00:1a.0", "0000:00:1c.0", "0000:00:1c.7",	 "0000:00:1d.0",  "0000:00:1f.6",
		"0000:02:00.0", "0000:0a:00.0", "0000:10:00.0",	 "0000:a0:00.0",  "0001:00:00.0",
		"9e1c:00:00.0", "ffff:00:00.0", "10000:00:00.0", "10001:e1:00.0", "2.codec",
		"10.codec",	"axi:gpu",
	};

	for (size_t i = 0; i < COUNT(sorted); i++) {
		for (size_t n = 0; n < COUNT(sorted); n++) {
			int order = pci_address_compare(sorted[i], sorted[n]);

			if ((order > 0) - (order < 0) != (i > n) - (i < n))
				fail_msg("%s %s", sorted[i], sorted[n]);
		}
	}
	assert_int_not_equal(pci_address_compare("1.codec", "01.codec"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_is_read),
		cmocka_unit_test(other_names_are_no_addresses),
		cmocka_unit_test(addresses_are_ordered_as_numbers),
	};

	return UNIT_RUN("pci_address", tests);
}
