/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <string.h>

#include "base/alloc.h"
#include "capture/redact.h"

/** struct text - what stands there, and what stands there afterwards. */
struct text {
	const char *before;
	const char *after;
};

/* Each with a redactor of its own, that knows the names below. */
static void check_texts(const struct text *texts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct redactor *redactor = redactor_new();
		char *text;

		redactor_name(redactor, SECRET_HOST, "web7");
		redactor_name(redactor, SECRET_HOST, "Web7.Corp.example");
		redactor_name(redactor, SECRET_USER, "alice");
		redactor_name(redactor, SECRET_PROCESS, "(sd-pam)");
		redactor_name(redactor, SECRET_PROCESS, "qemu-system-x86");
		text = redactor_text(redactor, texts[i].before, true);
		assert_string_equal(text, texts[i].after);
		free(text);
		redactor_free(redactor);
	}
}

TEST(hardware_addresses)
{
	static const struct text texts[] = {
		{ "52:54:00:ab:cd:ef", "02:00:00:00:00:01" },
		{ "52-54-00-AB-CD-EF", "02-00-00-00-00-01" },
		{ "a 52:54:00:ab:cd:ef, 52:54:00:AB:CD:EF.",
		  "a 02:00:00:00:00:01, 02:00:00:00:00:01." },
		{ "52:54:00:ab:cd:ef 52:54:00:ab:cd:ee", "02:00:00:00:00:01 02:00:00:00:00:02" },
		{ "enx525400abcdef is 52:54:00:ab:cd:ef", "enx020000000001 is 02:00:00:00:00:01" },
		{ "wlx525400abcdef/x", "wlx020000000001/x" },
		{ "port52:54:00:ab:cd:ef", "port02:00:00:00:00:01" },
		{ "c52:54:00:ab:cd:ef", "c52:54:00:ab:cd:ef" },
		{ "152:54:00:ab:cd:ef", "152:54:00:ab:cd:ef" },
		{ "80:00:02:08:fe:80:00:00:00:00:00:00:f4:52:14:03:00:7b:cb:a1",
		  "02:00:00:00:00:01" },
		{ "52:54:00:ab:cd:ef:01:02", "02:00:00:00:00:01" },
		{ "00:00:00:00:00:00 ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00 ff:ff:ff:ff:ff:ff" },
	};

	check_texts(texts, COUNT(texts));
}

TEST(internet_addresses)
{
	static const struct text texts[] = {
		{ "10.1.2.3", "198.18.0.1" },
		{ "10.1.2.3:80 (10.1.2.3), 10.1.2.4.", "198.18.0.1:80 (198.18.0.1), 198.18.0.2." },
		{ "addr=10.1.2.3/24", "addr=198.18.0.1/24" },
		{ "0.0.0.0 127.0.0.1 255.255.255.0", "0.0.0.0 127.0.0.1 255.255.255.0" },
		{ "fe80::1", "2001:db8::1" },
		{ "FE80::ABCD and fe80::abcd%eth0", "2001:db8::1 and 2001:db8::1%eth0" },
		{ "[2a02:8109::77]:443", "[2001:db8::1]:443" },
		{ "2a02:8109:1:2:3:4:5:6/64", "2001:db8::1/64" },
		{ "::ffff:10.1.2.3", "2001:db8::1" },
		{ "at fe80::1: down", "at 2001:db8::1: down" },
		{ ":: ::1", ":: ::1" },
		{ "ip=10.1.2.3::10.1.2.1:255.255.255.0:x",
		  "ip=198.18.0.1::198.18.0.2:255.255.255.0:x" },
	};

	check_texts(texts, COUNT(texts));
}

TEST(uuids)
{
	static const struct text texts[] = {
		{ "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001", "00000000-0000-4000-8000-000000000001" },
		{ "luks-83B8F4F2-509F-382F-3C1E-E6BFE0FA1001/x 83b8f4f2-509f-382f-3c1e-e6bfe0fa1001",
		  "luks-00000000-0000-4000-8000-000000000001/x "
		  "00000000-0000-4000-8000-000000000001" },
		{ "83b8f4f2-509f-382f-3c1e-e6bfe0fa10011",
		  "83b8f4f2-509f-382f-3c1e-e6bfe0fa10011" },
	};

	check_texts(texts, COUNT(texts));
}

TEST(serial_numbers)
{
	static const struct text texts[] = {
		{ "serial=ABC123 x", "serial=serial-1 x" },
		{ "Serial Number: ABC-123, x", "Serial Number: serial-1, x" },
		{ "serial_no: \"A1\" serial-number=A1",
		  "serial_no: \"serial-1\" serial-number=serial-1" },
		{ "earlyprintk=serial,ttyS0 serial console",
		  "earlyprintk=serial,ttyS0 serial console" },
	};

	check_texts(texts, COUNT(texts));
}

TEST(names)
{
	static const struct text texts[] = {
		{ "web7", "host-1" },
		{ "on WEB7.corp.EXAMPLE.", "on host-2." },
		{ "vg_web7-root", "vg_host-1-root" },
		{ "web71 xweb7 web7x", "web71 xweb7 web7x" },
		{ "/home/alice/web7", "/home/user-1/host-1" },
		{ "alice@web7: (sd-pam)!", "user-1@host-1: process-1!" },
		{ "qemu-system-x86_64", "process-2_64" },
		{ "m\xc3\xa4"
		  "alice alice\xc3\xa4",
		  "m\xc3\xa4"
		  "alice alice\xc3\xa4" },
	};

	check_texts(texts, COUNT(texts));
}

TEST(what_is_no_secret_stays)
{
	static const char *const texts[] = {
		"",
		"0000:00:04.0",
		"0000:00:1f.2 0011:00:00.0 00:04.0",
		"0x00000000fee00000 0x00000000feefffff msi",
		"pci 8086:2918 060100",
		"PCI_ID=8086:10D3",
		"24 u16 id 0x2",
		"0x4240+64",
		"6.1.0-56-amd64",
		"#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)",
		"5.3.18-150300.59.106.1",
		"29d3:0",
		"2026-11-22T07:30:25Z 12:30:45",
		"0.0.1900",
		"300.1.2.3 1.2.3 1.2.3.4.5 1.2.3.4x",
		"[none] integrity confidentiality",
		"console=ttyS0,115200n8 iommu=pt",
		"s390-iommu.00000021",
	};

	for (size_t i = 0; i < COUNT(texts); i++)
		check_texts(&(struct text){ texts[i], texts[i] }, 1);
}

TEST(names_that_tell_nothing_stay)
{
	static const char *const names[] = { "", "root", "localhost", "(none)" };
	struct redactor *redactor = redactor_new();

	for (size_t i = 0; i < COUNT(names); i++)
		assert_string_equal(redactor_name(redactor, SECRET_USER, names[i]), names[i]);
	redactor_free(redactor);
}

TEST(a_short_name_or_a_number_is_replaced_only_as_a_name)
{
	struct redactor *redactor = redactor_new();
	char *text;

	assert_string_equal(redactor_name(redactor, SECRET_HOST, "7"), "host-1");
	assert_string_equal(redactor_name(redactor, SECRET_USER, "x"), "user-1");
	text = redactor_text(redactor, "7 of x", true);
	assert_string_equal(text, "7 of x");
	free(text);
	redactor_free(redactor);
}

TEST(a_word_of_the_kernel_stays_in_texts)
{
	struct redactor *redactor = redactor_new();
	json_t *summary;
	char *text;

	redactor_name(redactor, SECRET_HOST, "debian");
	redactor_name(redactor, SECRET_USER, "alice");
	redactor_keep_words(redactor, "#1 SMP Debian 6.1.192-2");
	text = redactor_text(redactor, "debian of alice", true);
	assert_string_equal(text, "debian of user-1");
	free(text);
	assert_string_equal(redactor_name(redactor, SECRET_HOST, "debian"), "host-1");
	summary = redactor_summary(redactor);
	text = json_dumps(json_object_get(summary, "kept"), JSON_COMPACT);
	assert_string_equal(text, "[\"host names\"]");
	free(text);
	json_decref(summary);
	redactor_free(redactor);
}

TEST(where_no_names_are_wanted_forms_are_replaced)
{
	struct redactor *redactor = redactor_new();
	char *text;

	redactor_name(redactor, SECRET_HOST, "web7");
	text = redactor_text(redactor, "web7 10.1.2.3", false);
	assert_string_equal(text, "web7 198.18.0.1");
	free(text);
	redactor_free(redactor);
}

TEST(a_serial_number_that_is_a_uuid_is_one_everywhere)
{
	static const char uuid[] = "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001";
	struct redactor *redactor = redactor_new();
	const char *whole = redactor_name(redactor, SECRET_SERIAL, uuid);
	char *text = redactor_text(redactor, uuid, true);

	assert_string_equal(whole, text);
	free(text);
	redactor_free(redactor);
}

TEST(command_lines)
{
	static const struct text texts[] = {
		{ "root=UUID=1234-ABCD quiet", "root=value-1 quiet" },
		{ "root=/dev/sda resume=/dev/sda rd.luks.uuid=x",
		  "root=value-1 resume=value-1 rd.luks.uuid=value-2" },
		{ "root= ro  iommu=pt\n", "root= ro  iommu=pt\n" },
		{ "netconsole=6666@10.1.2.3/eth0,6666@10.1.2.4/52:54:00:ab:cd:ef",
		  "netconsole=6666@198.18.0.1/eth0,6666@198.18.0.2/02:00:00:00:00:01" },
		{ "vfio-pci.ids=10de:1b80,10de:10f0 isolcpus=1-3 hugepages=16",
		  "vfio-pci.ids=10de:1b80,10de:10f0 isolcpus=1-3 hugepages=16" },
		{ "", "" },
	};

	for (size_t i = 0; i < COUNT(texts); i++) {
		struct redactor *redactor = redactor_new();
		char *text = redactor_cmdline(redactor, texts[i].before);

		assert_string_equal(text, texts[i].after);
		free(text);
		redactor_free(redactor);
	}
}

/* Whatever stands around an address, no byte of it stays, and nothing else goes. */
TEST(random_neighbours)
{
	static const char *const secrets[] = { "52:54:00:ab:cd:ef", "10.1.2.3", "fe80::77",
					       "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001", "alice" };
	static const char around[] = " \t\n,;()[]{}<>=/\"'!?*+|@#$&";

	for (unsigned int turn = 0; turn < 2000; turn++) {
		struct random random = random_turn(turn);
		const char *secret = secrets[random_below(&random, COUNT(secrets))];
		char before = around[random_below(&random, sizeof(around) - 1)];
		char after = around[random_below(&random, sizeof(around) - 1)];
		char *text = xasprintf("x%c%s%cy", before, secret, after);
		struct redactor *redactor = redactor_new();
		char *redacted;

		redactor_name(redactor, SECRET_USER, "alice");
		redacted = redactor_text(redactor, text, true);
		CHECK(&random, !strstr(redacted, secret));
		CHECK(&random, redacted[0] == 'x' && redacted[1] == before);
		CHECK(&random, redacted[strlen(redacted) - 2] == after);
		free(redacted);
		free(text);
		redactor_free(redactor);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(hardware_addresses),
		cmocka_unit_test(internet_addresses),
		cmocka_unit_test(uuids),
		cmocka_unit_test(serial_numbers),
		cmocka_unit_test(names),
		cmocka_unit_test(what_is_no_secret_stays),
		cmocka_unit_test(names_that_tell_nothing_stay),
		cmocka_unit_test(a_short_name_or_a_number_is_replaced_only_as_a_name),
		cmocka_unit_test(a_word_of_the_kernel_stays_in_texts),
		cmocka_unit_test(where_no_names_are_wanted_forms_are_replaced),
		cmocka_unit_test(a_serial_number_that_is_a_uuid_is_one_everywhere),
		cmocka_unit_test(command_lines),
		cmocka_unit_test(random_neighbours),
	};

	return UNIT_RUN("redactor", tests);
}
