/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words of the command line: sizes, addresses, errnos, machine types, subjects, and whose limits are
 * meant. The first byte chooses.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/suggest.h"
#include "base/text.h"
#include "base/wrap.h"
#include "check/property.h"
#include "fuzz.h"
#include "model/access.h"
#include "model/limits.h"
#include "scan/scan.h"
#include "guest/layout.h"
#include "view/list.h"

static void try_number(const char *word)
{
	static const int bases[] = { 0, 10, 16 };

	for (size_t i = 0; i < COUNT(bases); i++) {
		_cleanup_free_ char *again = NULL;
		uint64_t value, second;
		int ret = text_to_u64(word, bases[i], &value);

		MUST(ret == 0 || ret == -EINVAL || ret == -ERANGE);
		if (ret < 0)
			continue;
		again = xasprintf(bases[i] == 16 ? "%llx" : "%llu", (unsigned long long)value);
		MUST(text_to_u64(again, bases[i], &second) == 0 && second == value);
		/* Digits only: no sign and no blank has been passed over. */
		MUST(word[strspn(word, "0123456789abcdefABCDEFxX")] == '\0');
	}
}

static void try_size(const char *word)
{
	_cleanup_free_ char *again = NULL;
	uint64_t value, second;
	char text[16];
	int ret = text_parse_size(word, &value);

	MUST(ret == 0 || ret == -EINVAL || ret == -ERANGE);
	if (ret < 0)
		return;
	again = xasprintf("0x%llx", (unsigned long long)value);
	MUST(text_parse_size(again, &second) == 0 && second == value);
	text_size(text, sizeof(text), value);
	/* "1008 GiB", "1.5 MiB", "16 EiB": none is longer, so nothing was cut off. */
	MUST(strlen(text) < sizeof(text) - 1 && strchr(text, 'B'));
}

static void try_errno(const char *word)
{
	int error = text_to_errno(word);

	MUST(error == -EINVAL || (error > 0 && strerrorname_np(error)));
	if (error > 0)
		MUST(text_to_errno(strerrorname_np(error)) == error);
}

static void try_machine(const char *word)
{
	struct guest guest = { .memory = 1 << 30, .maxmemory = 1 << 30 };
	struct layout layout;

	if (!machine_parse(word, &guest))
		return;
	MUST(machine_name(guest.machine));
	layout_make(&guest, &layout);
	MUST(layout.n_pieces > 0);
	layout_clear(&layout);
}

/* A host whose group 7 has a device, whose interface is eth0, and where a user is called qemu. */
static const char host_script[] =
	"=transcript\n{\"vfiodiag-capture\":1}\n"
	"{\"fact\":\"user qemu\",\"ret\":0,\"name\":\"qemu\",\"uid\":64055,\"gid\":107,"
	"\"groups\":[{\"gid\":107,\"name\":\"kvm\"}]}\n"
	"{\"fact\":\"unit vm@a.service\",\"ret\":0,\"id\":\"vm@a.service\",\"pid\":0,"
	"\"memlock\":\"0x1000000000\",\"user\":\"qemu\",\"groups\":[{\"group\":\"kvm\"}],"
	"\"bounding\":\"0xff\",\"ambient\":\"0x0\"}\n"
	"{\"fact\":\"unit alias.service\",\"errno\":\"ENOENT\"}\n"
	"=file sys/devices/pci0000:00/0000:00:04.0/uevent\nPCI_CLASS=20000\nPCI_ID=8086:10D3\n"
	"=link sys/bus/pci/devices/0000:00:04.0 /sys/devices/pci0000:00/0000:00:04.0\n"
	"=link sys/kernel/iommu_groups/7/devices/0000:00:04.0 "
	"/sys/devices/pci0000:00/0000:00:04.0\n"
	"=file sys/kernel/iommu_groups/7/reserved_regions\n"
	"=link sys/class/net/eth0 /sys/devices/pci0000:00/0000:00:04.0/net/eth0\n"
	"=link sys/devices/pci0000:00/0000:00:04.0/net/eth0/device ../../../0000:00:04.0\n"
	"=file etc/security/limits.conf\nqemu - memlock 1024\n@kvm hard memlock unlimited\n";

static void try_on_host(const char *word)
{
	struct selection selection = { 0 };
	struct memlock memlock = { 0 };
	struct account account = { 0 };
	struct suggestion suggestion = { .word = word };
	struct source *source;
	struct script script;
	struct host *host;
	int ret;

	script_read((const uint8_t *)host_script, sizeof(host_script) - 1, &script);
	source = script_replay(&script);
	MUST(source);
	host = scan_host(source);
	ret = scan_subject(source, host, word, &selection);
	scan_suggest(host, &suggestion);
	MUST(strlen(suggest_text(&suggestion, "")) < sizeof(suggestion.text));
	MUST(ret == 0 ? selection.n_groups == 1 && selection.groups[0]->id == 7
		      : ret == -ENOENT || ret == -EINVAL);
	selection_clear(&selection);
	ret = scan_memlock(source, word, &memlock);
	MUST(ret != 0 || (fuzz_is_clean(memlock.whom) && fuzz_is_clean(memlock.name)));
	MUST((ret == 0) == (scan_account(source, word, &account) == 0));
	memlock_clear(&memlock);
	account_clear(&account);
	host_free(host);
	source_close(source);
	script_clear(&script);
}

/* Nothing but blanks and the ends of lines may differ; a tab marks a command, and is not printed. */
static void try_wrap(const char *text)
{
	_cleanup_free_ char *wrapped = wrap_text(text, 20);
	const char *one = text, *two = wrapped;

	while (*one || *two) {
		one += strspn(one, " \n\t");
		two += strspn(two, " \n\t");
		MUST(*one == *two);
		one += *one != '\0';
		two += *two != '\0';
	}
}

static void try_names(const char *word)
{
	const struct check *check = check_find(word);
	const struct property *property = property_find(word);
	const struct fact *column = list_column_find(word, strlen(word));

	struct suggestion suggestion = { .word = word };

	for (size_t i = 0; list_column_at(i); i++)
		suggest_offer(&suggestion, list_column_at(i)->column);
	MUST(!*suggestion.nearest ||
	     list_column_find(suggestion.nearest, strlen(suggestion.nearest)));
	MUST(!*suggestion.nearest || strcmp(suggestion.nearest, word) != 0);
	/* In other letters it is the nearest. */
	MUST(!column || strcmp(column->column, word) == 0 ||
	     strcmp(suggestion.nearest, column->column) == 0);
	try_wrap(word);
	MUST(!check || strcmp(check->id, word) == 0);
	MUST(!property || strcmp(property->name, word) == 0);
	MUST(!column || strcasecmp(column->column, word) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static void (*const tries[])(const char *word) = { try_number,	try_size,    try_errno,
							   try_machine, try_on_host, try_names };
	struct bytes bytes = { data, len };
	uint64_t which = take_number(&bytes, 1);
	_cleanup_free_ char *word = take_rest(&bytes);

	tries[which % COUNT(tries)](word);
	return 0;
}
