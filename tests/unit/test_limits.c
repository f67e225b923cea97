/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture.h"

#include <linux/capability.h>

#include "model/host.h"
#include "model/limits.h"
#include "scan/internal.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

static struct source *sysroot(const char *folder)
{
	struct source *source = NULL;

	assert_int_equal(source_open_sysroot(&source, folder), 0);
	return source;
}

/* A host with users; a kernel whose default is 8 MiB. */
static const char *host_folder(void)
{
	const char *folder = folder_new();

	put_file(folder, "proc/sys/kernel/osrelease", "6.1.0-50-amd64\n");
	put_file(folder, "etc/passwd",
		 "root:x:0:0::/root:/bin/sh\nqemu:x:107:108::/:/bin/false\n"
		 "7:x:1007:1007::/:/bin/sh\n");
	put_file(folder, "etc/group", "root:x:0:\nqemu:x:108:\nkvm:x:36:qemu,bob\ndisk:x:6:bob\n");
	return folder;
}

/* What somebody on the host in @folder may lock. */
static struct memlock ask(const char *folder, const char *whom)
{
	struct source *source = sysroot(folder);
	struct memlock memlock;

	assert_int_equal(scan_memlock(source, whom, &memlock), 0);
	source_close(source);
	return memlock;
}

static void assert_memlock(const char *folder, const char *whom, uint64_t bytes,
			   const char *known_by)
{
	struct memlock memlock = ask(folder, whom);

	assert_int_equal(memlock.error, 0);
	assert_false(memlock.bypass);
	assert_int_equal(memlock.unlimited, bytes == NO_LIMIT);
	assert_int_equal(memlock.bytes, bytes);
	assert_non_null(strstr(memlock.known_by, known_by));
	memlock_clear(&memlock);
}

static void assert_bypass(const char *folder, const char *whom, bool bypass)
{
	struct memlock memlock = ask(folder, whom);

	assert_int_equal(memlock.bypass, bypass);
	memlock_clear(&memlock);
}

static void assert_nobody(const char *folder, const char *whom, int error)
{
	struct source *source = sysroot(folder);
	struct memlock memlock;
	struct account account;

	assert_int_equal(scan_memlock(source, whom, &memlock), error);
	assert_int_equal(scan_account(source, whom, &account), error);
	memlock_clear(&memlock);
	account_clear(&account);
	source_close(source);
}

/* Who is asked about */

TEST(other_words_are_nobody)
{
	const char *folder = host_folder();

	assert_nobody(folder, "qemu", -EINVAL);
	assert_nobody(folder, "", -EINVAL);
	assert_nobody(folder, "user:", -EINVAL);
	assert_nobody(folder, "unit:", -EINVAL);
	assert_nobody(folder, "unit:../../etc/passwd", -EINVAL);
	assert_nobody(folder, "unit:a b", -EINVAL);
	assert_nobody(folder, "unit:.service", -EINVAL);
	assert_nobody(folder, "user:alice", -ENOENT);
	assert_nobody(folder, "user:9999", -ENOENT);
	assert_nobody(folder, "unit:guest", -ENOENT);
}

/* Users */

struct pam_case {
	const char *lines;
	uint64_t soft; /* 1: no line counts */
	uint64_t hard;
	bool exempt;
};

TEST(lines_of_limits_conf_count_as_pam_limits_takes_them)
{
	static const struct pam_case cases[] = {
		{ "", 1, 1, false },
		{ "qemu - memlock 64\n", 65536, 65536, false },
		{ "qemu soft memlock 64\nqemu hard memlock 128\n", 65536, 131072, false },
		{ "  qemu\t-\tmemlock\t64 # a comment", 65536, 65536, false },
		{ "# qemu - memlock 64\n", 1, 1, false },
		{ "qemu - memlock unlimited\n", NO_LIMIT, NO_LIMIT, false },
		{ "qemu - memlock -1\n", NO_LIMIT, NO_LIMIT, false },
		{ "qemu - memlock Infinity\n", NO_LIMIT, NO_LIMIT, false },
		{ "qemu HARD MemLock 64\n", 1, 65536, false },
		{ "qemu - nofile 64\n", 1, 1, false },
		{ "qemu - memlock\n", 1, 1, false },
		{ "qemu - memlock lots\n", 1, 1, false },
		{ "qemu - memlock 64kb\n", 65536, 65536, false },
		{ "qemu both memlock 64\n", 1, 1, false },
		{ "bob - memlock 64\n", 1, 1, false },
		/* A larger number than there is. */
		{ "qemu - memlock 18014398509481984\n", NO_LIMIT, NO_LIMIT, false },
		{ "qemu - memlock 99999999999999999999999\n", NO_LIMIT, NO_LIMIT, false },
		{ "qemu - memlock 1801439850948197\n", 1801439850948197 * 1024,
		  1801439850948197 * 1024, false },
		/* The later of two that are as close; the closer of two that are not. */
		{ "qemu - memlock 1\nqemu - memlock 2\n", 2048, 2048, false },
		{ "qemu - memlock 1\n@kvm - memlock 2\n* - memlock 3\n", 1024, 1024, false },
		{ "* - memlock 3\n@kvm - memlock 2\nqemu soft memlock 1\n", 1024, 2048, false },
		{ "@disk - memlock 2\n* - memlock 3\n", 3072, 3072, false },
		{ "@kvm - memlock 2\n@qemu - memlock 4\n", 4096, 4096, false },
		/* Ranges of numbers. One gid is looked for in all groups, a range in the first. */
		{ "107: - memlock 1\n", 1024, 1024, false },
		{ ":107 - memlock 1\n", 1024, 1024, false },
		{ "100:107 - memlock 1\n", 1024, 1024, false },
		{ "108: - memlock 1\n", 1, 1, false },
		{ "100:106 - memlock 1\n", 1, 1, false },
		{ ": - memlock 1\n", 1, 1, false },
		{ "x:107 - memlock 1\n", 1, 1, false },
		{ "@:36 - memlock 1\n", 1024, 1024, false },
		{ "@30:40 - memlock 1\n", 1, 1, false },
		{ "@100:108 - memlock 1\n", 1024, 1024, false },
		/* The wildcard % is about logins. */
		{ "% - memlock 1\n%kvm - memlock 1\n", 1, 1, false },
		/* Nothing is set at all. */
		{ "qemu - memlock 1\nqemu -\nqemu - memlock 2\n", 1024, 1024, true },
		{ "@kvm -\n", 1, 1, true },
		{ "* -\n", 1, 1, false },
		{ "@disk -\n", 1, 1, false },
	};
	struct source_group groups[] = { { 108, (char *)"qemu" }, { 36, (char *)"kvm" } };
	struct source_user user = {
		.name = (char *)"qemu", .uid = 107, .gid = 108, .groups = groups, .n_groups = 2
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct pam_limit limit = { .soft = { .rank = PAM_NONE, .bytes = 1 },
					   .hard = { .rank = PAM_NONE, .bytes = 1 } };
		char *text = xstrdup(cases[i].lines);

		scan_parse_pam(text, "/etc/x", &user, &limit);
		if (limit.soft.bytes != cases[i].soft || limit.hard.bytes != cases[i].hard ||
		    limit.exempt != cases[i].exempt)
			fail_msg("%s: %" PRIx64 " %" PRIx64 " %d", cases[i].lines, limit.soft.bytes,
				 limit.hard.bytes, limit.exempt);
		free(limit.soft.path);
		free(limit.hard.path);
		free(text);
	}
}

TEST(a_user_without_a_line_has_the_default_and_that_is_inferred)
{
	const char *folder = host_folder();
	struct memlock memlock = ask(folder, "user:qemu");

	assert_string_equal(memlock.whom, "user qemu");
	assert_int_equal(memlock.kind, MEMLOCK_USER);
	assert_int_equal(memlock.bytes, 8 * MIB);
	assert_true(memlock.inferred);
	memlock_clear(&memlock);
	put_file(folder, "proc/sys/kernel/osrelease", "5.10.0-32-amd64\n");
	assert_memlock(folder, "user:qemu", 65536, "before 5.16");
	put_file(folder, "proc/sys/kernel/osrelease", "5.16.0\n");
	assert_memlock(folder, "user:qemu", 8 * MIB, "default");
	put_file(folder, "etc/systemd/system.conf", "[Manager]\nDefaultLimitMEMLOCK=1M:2M\n");
	assert_memlock(folder, "user:qemu", MIB, "/etc/systemd/system.conf");
}

TEST(files_of_limits_d_are_read_in_the_order_of_their_names)
{
	const char *folder = host_folder();
	struct memlock memlock;

	put_file(folder, "etc/security/limits.conf", "qemu - memlock 1\n");
	put_file(folder, "etc/security/limits.d/9.conf", "qemu - memlock 9\n");
	put_file(folder, "etc/security/limits.d/10.conf", "qemu - memlock 10\n");
	put_file(folder, "etc/security/limits.d/99.other", "qemu - memlock 99\n");
	memlock = ask(folder, "user:qemu");
	assert_int_equal(memlock.bytes, 9 * 1024);
	assert_string_equal(memlock.known_by, "/etc/security/limits.d/9.conf");
	assert_false(memlock.inferred);
	memlock_clear(&memlock);
	/* A file of the same name takes the place of what a package brings. */
	put_file(folder, "usr/etc/security/limits.d/9.conf", "qemu - memlock 19\n");
	put_file(folder, "usr/etc/security/limits.d/91.conf", "qemu - memlock 91\n");
	assert_memlock(folder, "user:qemu", 91 * 1024, "/usr/etc/security/limits.d/91.conf");
}

TEST(a_soft_limit_alone_is_cut_down_to_the_usual_hard_one)
{
	const char *folder = host_folder();
	struct memlock memlock;

	put_file(folder, "etc/security/limits.conf", "qemu soft memlock unlimited\n");
	memlock = ask(folder, "user:qemu");
	assert_int_equal(memlock.bytes, 8 * MIB);
	assert_true(memlock.inferred);
	assert_non_null(strstr(memlock.known_by, "soft limit only"));
	memlock_clear(&memlock);
	put_file(folder, "etc/security/limits.conf", "qemu hard memlock 1024\n");
	assert_memlock(folder, "user:qemu", MIB, "limits.conf");
	put_file(folder, "etc/security/limits.conf", "qemu hard memlock unlimited\n");
	assert_memlock(folder, "user:qemu", 8 * MIB, "default");
}

TEST(root_is_not_counted)
{
	const char *folder = host_folder();

	put_file(folder, "etc/security/limits.conf", "root - memlock 1\n");
	assert_bypass(folder, "user:root", true);
	assert_bypass(folder, "user:0", true);
	assert_bypass(folder, "user:qemu", false);
	assert_bypass(folder, "user:107", false);
}

TEST(a_name_of_digits_is_a_name_first)
{
	const char *folder = host_folder();

	put_file(folder, "etc/security/limits.conf", ":1007 - memlock 1\n");
	assert_memlock(folder, "user:7", 1024, "limits.conf");
	assert_memlock(folder, "user:1007", 1024, "limits.conf");
}

/* Settings */

struct seen {
	char *text;
};

static void note_setting(void *context, const char *path, const char *section, const char *key,
			 const char *value)
{
	struct seen *seen = context;
	char *longer = xasprintf("%s%s %s.%s=%s;", seen->text ? seen->text : "", path, section, key,
				 value);

	free(seen->text);
	seen->text = longer;
}

TEST(settings_are_read_as_systemd_reads_them)
{
	static const struct {
		const char *text;
		const char *seen;
	} cases[] = {
		{ "[Service]\nA=1\nB = 2 \n", "p Service.A=1;p Service.B=2;" },
		{ "A=1\n[X]\n; B=2\n# C=3\n\nD\nE=\n", "p .A=1;p X.E=;" },
		{ "[X]\nA=b \\\n  c\nD=e\n", "p X.A=b    c;p X.D=e;" },
		{ "[X]\nA=b \\\n# no\nD=e\\\n", "p X.A=b  D=e;" },
		{ "[X]\nA=b\\", "p X.A=b\\;" },
		{ "[X]\n# c \\\nA=1\n", "p X.A=1;" },
		{ "\\\n\\\n\\", NULL },
		{ "", NULL },
		{ "[\n]\n[]\nA=1", "p .A=1;" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct seen seen = { NULL };
		char *text = xstrdup(cases[i].text);

		scan_parse_settings(text, "p", note_setting, &seen);
		if (cases[i].seen)
			assert_string_equal(seen.text, cases[i].seen);
		else
			assert_null(seen.text);
		free(seen.text);
		free(text);
	}
}

TEST(limits_are_read_as_systemd_reads_them)
{
	static const struct {
		const char *text;
		uint64_t soft, hard;
		int result;
	} cases[] = {
		{ "8M", 8 * MIB, 8 * MIB, 0 },
		{ "infinity", NO_LIMIT, NO_LIMIT, 0 },
		{ "1G:infinity", GIB, NO_LIMIT, 0 },
		{ "65536", 65536, 65536, 0 },
		{ "", 0, 0, -EINVAL },
		{ "1G:", 0, 0, -EINVAL },
		{ ":1G", 0, 0, -EINVAL },
		{ "1.5G", 0, 0, -EINVAL },
		{ "unlimited", 0, 0, -EINVAL },
		{ "99999E", 0, 0, -ERANGE },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct limit limit = { 0 };

		assert_int_equal(scan_parse_limit(cases[i].text, &limit), cases[i].result);
		if (cases[i].result < 0)
			continue;
		assert_int_equal(limit.soft, cases[i].soft);
		assert_int_equal(limit.hard, cases[i].hard);
	}
}

/* Units */

#define UNITS "usr/lib/systemd/system/"

TEST(a_unit_has_the_limit_of_its_files)
{
	const char *folder = host_folder();
	struct memlock memlock;

	put_file(folder, UNITS "vm.service", "[Service]\nUser=qemu\nLimitMEMLOCK=1G\n");
	memlock = ask(folder, "unit:vm");
	assert_string_equal(memlock.whom, "unit vm.service");
	assert_string_equal(memlock.known_by,
			    "LimitMEMLOCK= of /usr/lib/systemd/system/vm.service");
	assert_int_equal(memlock.bytes, GIB);
	assert_false(memlock.inferred);
	memlock_clear(&memlock);
	/* Each of these comes before the ones above it. */
	put_file(folder, UNITS "vm.service.d/50.conf", "[Service]\nLimitMEMLOCK=2G\n");
	assert_memlock(folder, "unit:vm.service", 2 * GIB, "vm.service.d/50.conf");
	put_file(folder, "run/systemd/system/vm.service.d/50.conf", "[Service]\nLimitMEMLOCK=3G\n");
	assert_memlock(folder, "unit:vm", 3 * GIB, "/run/");
	put_file(folder, "etc/systemd/system/vm.service.d/50.conf", "[Service]\nLimitMEMLOCK=4G\n");
	assert_memlock(folder, "unit:vm", 4 * GIB, "/etc/");
	put_file(folder, UNITS "vm.service.d/60.conf", "[Service]\nLimitMEMLOCK=infinity\n");
	assert_memlock(folder, "unit:vm", NO_LIMIT, "60.conf");
	/* An empty one takes it all back. */
	put_file(folder, "etc/systemd/system/vm.service.d/70.conf", "[Service]\nLimitMEMLOCK=\n");
	assert_memlock(folder, "unit:vm", 8 * MIB, "default");
}

TEST(a_unit_file_in_etc_takes_the_place_of_a_packages)
{
	const char *folder = host_folder();

	put_file(folder, UNITS "vm.service", "[Service]\nUser=qemu\nLimitMEMLOCK=1G\n");
	put_file(folder, "etc/systemd/system/vm.service", "[Service]\nUser=qemu\n");
	assert_memlock(folder, "unit:vm", 8 * MIB, "default");
	put_file(folder, "etc/systemd/system.conf", "[Manager]\nDefaultLimitMEMLOCK=3M\n");
	assert_memlock(folder, "unit:vm", 3 * MIB, "system.conf");
	put_file(folder, "usr/lib/systemd/system.conf.d/a.conf",
		 "[Manager]\nDefaultLimitMEMLOCK=4M\n");
	assert_memlock(folder, "unit:vm", 4 * MIB, "system.conf.d/a.conf");
	put_link(folder, "etc/systemd/system.conf.d/a.conf", "/dev/null");
	assert_memlock(folder, "unit:vm", 3 * MIB, "system.conf");
}

TEST(a_snippet_that_leads_nowhere_is_passed_over)
{
	const char *folder = host_folder();

	put_file(folder, UNITS "vm.service", "[Service]\nUser=qemu\nLimitMEMLOCK=1M\n");
	put_file(folder, UNITS "vm.service.d/1.conf", "[Service]\nLimitMEMLOCK=2M\n");
	put_link(folder, "etc/systemd/system/vm.service.d/0.conf", "/none");
	assert_memlock(folder, "unit:vm", 2 * MIB, "1.conf");
	put_link(folder, "etc/systemd/system/vm.service.d/1.conf", "/dev/null");
	assert_memlock(folder, "unit:vm", MIB, "vm.service");
}

TEST(a_unit_that_cannot_be_read_is_not_known)
{
	const char *folder = host_folder();
	struct memlock memlock;
	struct source *source;
	struct account account;

	/* A pipe in place of a file can't be read, whoever asks. */
	put_folder(folder, UNITS);
	assert_int_equal(mkfifo(path_in(folder, UNITS "vm.service"), 0600), 0);
	memlock = ask(folder, "unit:vm");
	assert_int_equal(memlock.error, EINVAL);
	assert_false(memlock.bypass);
	memlock_clear(&memlock);
	source = sysroot(folder);
	assert_int_equal(scan_account(source, "unit:vm", &account), 0);
	assert_int_equal(account.error, EINVAL);
	account_clear(&account);
	source_close(source);
}

TEST(snippets_for_a_family_and_for_all_services_count_too)
{
	const char *folder = host_folder();

	put_file(folder, UNITS "vm-a.service", "[Service]\nUser=qemu\n");
	put_file(folder, UNITS "service.d/10.conf", "[Service]\nLimitMEMLOCK=1M\n");
	assert_memlock(folder, "unit:vm-a", MIB, "service.d/10.conf");
	put_file(folder, UNITS "vm-.service.d/10.conf", "[Service]\nLimitMEMLOCK=2M\n");
	assert_memlock(folder, "unit:vm-a", 2 * MIB, "vm-.service.d");
	put_file(folder, UNITS "vm-a.service.d/10.conf", "[Service]\nLimitMEMLOCK=3M\n");
	assert_memlock(folder, "unit:vm-a", 3 * MIB, "vm-a.service.d");
}

TEST(instances_have_a_template)
{
	const char *folder = host_folder();

	put_file(folder, UNITS "vm@.service", "[Service]\nUser=qemu\nLimitMEMLOCK=1M\n");
	assert_memlock(folder, "unit:vm@7", MIB, "vm@.service");
	put_file(folder, UNITS "vm@.service.d/1.conf", "[Service]\nLimitMEMLOCK=2M\n");
	assert_memlock(folder, "unit:vm@7.service", 2 * MIB, "vm@.service.d");
	put_file(folder, UNITS "vm@7.service.d/1.conf", "[Service]\nLimitMEMLOCK=3M\n");
	assert_memlock(folder, "unit:vm@7", 3 * MIB, "vm@7.service.d");
	assert_memlock(folder, "unit:vm@8", 2 * MIB, "vm@.service.d");
}

TEST(an_alias_leads_to_the_unit_and_a_mask_to_none)
{
	const char *folder = host_folder();
	struct memlock memlock;

	put_file(folder, UNITS "vm.service", "[Service]\nUser=qemu\nLimitMEMLOCK=1M\n");
	put_link(folder, "etc/systemd/system/guest.service", "/usr/lib/systemd/system/vm.service");
	memlock = ask(folder, "unit:guest");
	assert_string_equal(memlock.whom, "unit vm.service");
	assert_int_equal(memlock.bytes, MIB);
	memlock_clear(&memlock);
	put_link(folder, "etc/systemd/system/vm.service", "/dev/null");
	assert_nobody(folder, "unit:vm", -ENOENT);
}

TEST(a_limit_that_makes_no_sense_is_not_known)
{
	const char *folder = host_folder();
	struct memlock memlock;

	put_file(folder, UNITS "vm.service", "[Service]\nUser=qemu\nLimitMEMLOCK=1.5G\n");
	memlock = ask(folder, "unit:vm");
	assert_int_equal(memlock.error, EINVAL);
	assert_false(memlock_allows(&memlock, 0));
	memlock_clear(&memlock);
}

TEST(capabilities_of_a_unit_decide_whether_it_is_counted)
{
	static const struct {
		const char *lines;
		bool bypass;
	} cases[] = {
		{ "", true },
		{ "User=root\n", true },
		{ "User=0\n", true },
		{ "User=qemu\n", false },
		{ "User=qemu\nUser=\n", true },
		{ "User=qemu\nAmbientCapabilities=CAP_IPC_LOCK\n", true },
		{ "User=qemu\nAmbientCapabilities=CAP_KILL CAP_IPC_LOCK\n", true },
		{ "User=qemu\nAmbientCapabilities=CAP_IPC_LOCK\nAmbientCapabilities=\n", false },
		{ "User=qemu\nAmbientCapabilities=CAP_IPC_LOCKS\n", false },
		{ "CapabilityBoundingSet=CAP_KILL\n", false },
		{ "CapabilityBoundingSet=CAP_KILL\nCapabilityBoundingSet=CAP_IPC_LOCK\n", true },
		{ "CapabilityBoundingSet=~CAP_IPC_LOCK\n", false },
		{ "CapabilityBoundingSet=~CAP_KILL\n", true },
		{ "CapabilityBoundingSet=~CAP_KILL CAP_IPC_LOCK\n", false },
		{ "CapabilityBoundingSet=\n", false },
		{ "CapabilityBoundingSet=\nCapabilityBoundingSet=~\n", true },
		{ "User=qemu\nAmbientCapabilities=CAP_IPC_LOCK\nCapabilityBoundingSet=CAP_KILL\n",
		  false },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *folder = host_folder();

		put_file(folder, UNITS "vm.service",
			 keep(xasprintf("[Service]\n%s", cases[i].lines)));
		assert_bypass(folder, "unit:vm", cases[i].bypass);
	}
}

#define STATUS                                                                                       \
	"Name:\tqemu\nUid:\t107\t107\t107\t107\nGid:\t108\t108\t108\t108\nGroups:\t36 108 \nNStgid:" \
	"\t1\nCapEff:\t%016" PRIx64 "\n"

static void put_process(const char *folder, const char *cgroup, const char *limit, uint64_t caps)
{
	put_file(folder, cgroup, "812\n813\n");
	put_file(folder, "proc/812/limits",
		 keep(xasprintf("Limit                     Soft Limit           Hard Limit\n"
				"Max locked memory         %s              unlimited   bytes\n",
				limit)));
	put_file(folder, "proc/812/status", keep(xasprintf(STATUS, caps)));
}

TEST(a_unit_that_runs_has_what_its_process_has)
{
	static const char *const cgroups[] = {
		"sys/fs/cgroup/system.slice/vm.service/cgroup.procs",
		"sys/fs/cgroup/systemd/system.slice/vm.service/cgroup.procs",
	};

	for (size_t i = 0; i < COUNT(cgroups); i++) {
		const char *folder = host_folder();

		put_file(folder, UNITS "vm.service", "[Service]\nLimitMEMLOCK=1M\n");
		put_process(folder, cgroups[i], "2097152", 0);
		assert_memlock(folder, "unit:vm", 2 * MIB, "/proc/812/limits");
		put_process(folder, cgroups[i], "unlimited", 0);
		assert_memlock(folder, "unit:vm", NO_LIMIT, "/proc/812/limits");
	}
}

TEST(slices_are_found_by_their_names)
{
	static const struct {
		const char *unit, *slice, *folder;
	} cases[] = {
		{ "vm.service", "Slice=a-b-c.slice\n", "a.slice/a-b.slice/a-b-c.slice/" },
		{ "vm.service", "Slice=machine.slice\n", "machine.slice/" },
		{ "vm.service", "Slice=-.slice\n", "" },
		{ "vm@1.service", "", "system.slice/system-vm.slice/" },
		{ "a-b@1.service", "", "system.slice/system-a\\x2db.slice/" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *folder = host_folder();

		put_file(folder, keep(xasprintf(UNITS "%s", cases[i].unit)),
			 keep(xasprintf("[Service]\n%s", cases[i].slice)));
		put_process(folder,
			    keep(xasprintf("sys/fs/cgroup/%s%s/cgroup.procs", cases[i].folder,
					   cases[i].unit)),
			    "4194304", 0);
		assert_memlock(folder, keep(xasprintf("unit:%s", cases[i].unit)), 4 * MIB,
			       "/proc/812");
	}
}

#define IPC_LOCK (UINT64_C(1) << CAP_IPC_LOCK)

TEST(a_process_with_the_capability_is_not_counted_in_the_first_namespace)
{
	static const char cgroup[] = "sys/fs/cgroup/system.slice/vm.service/cgroup.procs";
	const char *folder = host_folder();

	put_file(folder, UNITS "vm.service", "[Service]\n");
	put_process(folder, cgroup, "65536", IPC_LOCK);
	assert_bypass(folder, "unit:vm", true);
	put_file(folder, "proc/812/uid_map", "         0          0 4294967295\n");
	assert_bypass(folder, "unit:vm", true);
	put_file(folder, "proc/812/uid_map", "         0     100000      65536\n");
	assert_bypass(folder, "unit:vm", false);
	put_file(folder, "proc/812/uid_map", "");
	put_process(folder, cgroup, "65536", ~IPC_LOCK);
	assert_bypass(folder, "unit:vm", false);
}

TEST(a_process_that_is_gone_leaves_the_files)
{
	static const char cgroup[] = "sys/fs/cgroup/system.slice/vm.service/cgroup.procs";
	const char *folder = host_folder();

	put_file(folder, UNITS "vm.service", "[Service]\nUser=qemu\nLimitMEMLOCK=1M\n");
	put_file(folder, cgroup, "812\n");
	assert_memlock(folder, "unit:vm", MIB, "vm.service");
	put_file(folder, cgroup, "");
	assert_memlock(folder, "unit:vm", MIB, "vm.service");
	put_process(folder, cgroup, "garbage", 0);
	assert_memlock(folder, "unit:vm", MIB, "vm.service");
}

/* What was recorded */

TEST(the_caller_is_in_the_capture)
{
	static const char lines[] =
		"{'fact': 'process', 'uid': 1000, 'gid': 1000, 'groups': [36], 'memlock': '0x800000', "
		"'capabilities': '0x0'}\n";
	struct source *source = capture_replay(capture_new(lines));
	struct account account;
	struct memlock memlock;

	assert_int_equal(scan_memlock(source, NULL, &memlock), 0);
	assert_string_equal(memlock.whom, "this process");
	assert_int_equal(memlock.bytes, 8 * MIB);
	assert_int_equal(memlock.error, 0);
	assert_false(memlock.bypass);
	memlock_clear(&memlock);
	assert_int_equal(scan_account(source, NULL, &account), 0);
	assert_int_equal(account.uid, 1000);
	assert_int_equal(account.n_gids, 2);
	assert_int_equal(account.gids[1], 36);
	account_clear(&account);
	source_close(source);
}

TEST(an_old_capture_does_not_know_the_caller)
{
	struct source *source = capture_replay(capture_new(""));
	struct memlock memlock;

	assert_int_equal(scan_memlock(source, NULL, &memlock), 0);
	assert_int_equal(memlock.error, ENODATA);
	assert_false(memlock_allows(&memlock, 0));
	assert_null(source_problem(source));
	memlock_clear(&memlock);
	source_close(source);
}

TEST(capabilities_of_another_namespace_do_not_count)
{
	const char *folder = capture_new(
		"{'fact': 'process', 'uid': 0, 'gid': 0, 'memlock': '0xffffffffffffffff', "
		"'capabilities': '0x1ffffffffff'}\n");
	struct source *source = capture_replay(folder);
	struct account account;
	struct memlock memlock;

	scan_memlock(source, NULL, &memlock);
	assert_true(memlock.bypass);
	memlock_clear(&memlock);
	source_close(source);
	put_file(folder, "files/proc/self/uid_map", "0 1000 1\n");
	source = capture_replay(folder);
	scan_memlock(source, NULL, &memlock);
	assert_false(memlock.bypass);
	assert_true(memlock.unlimited);
	memlock_clear(&memlock);
	scan_account(source, NULL, &account);
	assert_false(account_has(&account, CAP_SYS_ADMIN));
	account_clear(&account);
	source_close(source);
}

/* Accounts */

TEST(a_unit_has_the_groups_of_its_user_and_its_own)
{
	const char *folder = host_folder();
	struct source *source;
	struct account account;

	put_file(folder, UNITS "vm.service",
		 "[Service]\nUser=qemu\nGroup=vfio\nSupplementaryGroups=a b\n");
	source = sysroot(folder);
	assert_int_equal(scan_account(source, "unit:vm", &account), 0);
	assert_int_equal(account.uid, 107);
	assert_int_equal(account.n_group_names, 3);
	assert_string_equal(account.group_names[2], "b");
	assert_int_equal(account.capabilities, 0);
	account_clear(&account);
	put_process(folder, "sys/fs/cgroup/system.slice/vm.service/cgroup.procs", "1", 2);
	assert_int_equal(scan_account(source, "unit:vm", &account), 0);
	assert_int_equal(account.uid, 107);
	assert_int_equal(account.n_gids, 3);
	assert_int_equal(account.gids[0], 108);
	assert_int_equal(account.gids[1], 36);
	assert_int_equal(account.gids[2], 108);
	assert_int_equal(account.capabilities, 2);
	account_clear(&account);
	source_close(source);
}

TEST(a_unit_whose_user_is_not_known_is_not_known)
{
	const char *folder = host_folder();
	struct source *source;
	struct account account;

	put_file(folder, UNITS "vm.service", "[Service]\nUser=dynamic\n");
	source = sysroot(folder);
	assert_int_equal(scan_account(source, "unit:vm", &account), 0);
	assert_int_equal(account.error, ENOENT);
	account_clear(&account);
	source_close(source);
}

TEST(a_node_is_open_to_who_its_mode_lets_in)
{
	static const struct {
		uint32_t uid, gid, mode;
		enum access access;
	} cases[] = {
		{ 107, 0, 0600, ACCESS_ALLOWED }, { 107, 0, 0400, ACCESS_DENIED },
		{ 107, 0, 0466, ACCESS_DENIED },  { 0, 0, 0600, ACCESS_DENIED },
		{ 0, 0, 0606, ACCESS_ALLOWED },	  { 0, 36, 0660, ACCESS_ALLOWED },
		{ 0, 36, 0606, ACCESS_DENIED },	  { 0, 0, 0666, ACCESS_ALLOWED },
		{ 0, 0, 0604, ACCESS_DENIED },	  { 0, 99, 0660, ACCESS_ALLOWED },
		{ 0, 98, 0660, ACCESS_DENIED },
	};
	uint32_t gids[] = { 108, 36 };
	char *names[] = { (char *)"vfio" };
	struct account account = { .whom = (char *)"user qemu",
				   .uid = 107,
				   .gids = gids,
				   .n_gids = 2,
				   .group_names = names,
				   .n_group_names = 1 };
	struct account root = { .whom = (char *)"user root", .uid = 0, .capabilities = UINT64_MAX };
	struct account nobody = { 0 };

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct node node = { .uid = cases[i].uid,
				     .gid = cases[i].gid,
				     .mode = cases[i].mode };

		node.group_name = cases[i].gid == 99 ? (char *)"vfio" : (char *)"other";
		assert_int_equal(node_access(&node, &account), cases[i].access);
		assert_int_equal(node_access(&node, &root), ACCESS_ALLOWED);
		assert_int_equal(node_access(&node, &nobody), ACCESS_UNKNOWN);
		node.has_acl = true;
		if (cases[i].uid != 107)
			assert_int_equal(node_access(&node, &account), ACCESS_UNKNOWN);
		node.error = ENOENT;
		assert_int_equal(node_access(&node, &root), ACCESS_UNKNOWN);
	}
}

/* The need, and the remedy */

TEST(a_guest_needs_its_memory_and_one_gib)
{
	assert_int_equal(memlock_need(GIB), 2 * GIB);
	assert_int_equal(memlock_need(UINT64_MAX), UINT64_MAX);
	assert_int_equal(memlock_need(UINT64_MAX - GIB), UINT64_MAX);
}

TEST(what_may_be_locked)
{
	struct memlock memlock = { .bytes = GIB };

	assert_true(memlock_allows(&memlock, GIB));
	assert_false(memlock_allows(&memlock, GIB + 1));
	memlock.unlimited = true;
	assert_true(memlock_allows(&memlock, UINT64_MAX));
	memlock.error = EACCES;
	assert_false(memlock_allows(&memlock, 1));
	memlock.bypass = true;
	assert_true(memlock_allows(&memlock, UINT64_MAX));
}

static void assert_remedy(enum memlock_kind kind, const char *name, const char *expected)
{
	struct memlock memlock = { .kind = kind, .name = (char *)name };
	char *remedy = memlock_remedy(&memlock, GIB + 1);

	assert_non_null(strstr(remedy, expected));
	free(remedy);
}

TEST(remedies_can_be_pasted_and_names_cannot_break_out)
{
	assert_remedy(MEMLOCK_PROCESS, NULL, "ulimit -l 1048577 ");
	assert_remedy(MEMLOCK_USER, "qemu",
		      "echo 'qemu - memlock 1048577' > /etc/security/limits.d/zz-vfio-qemu.conf");
	assert_remedy(MEMLOCK_USER, "x'; rm -rf /", "set memlock to 1048577");
	assert_remedy(MEMLOCK_USER, "-x", "set memlock to 1048577");
	assert_remedy(MEMLOCK_UNIT, "vm@1.service",
		      "mkdir -p /etc/systemd/system/vm@1.service.d && printf "
		      "'[Service]\\nLimitMEMLOCK=1048577K\\n' > ");
	assert_remedy(MEMLOCK_UNIT, "a\\x2db.service", "set LimitMEMLOCK=1048577K");
}

/* Huge pages */

TEST(huge_pages_are_counted_for_each_node)
{
	static const char node[] = "sys/devices/system/node/node1/hugepages/hugepages-2048kB/";
	const char *folder = folder_new();
	struct host *host = host_new();
	struct source *source;

	put_file(folder, keep(xasprintf("%snr_hugepages", node)), "12\n");
	put_file(folder, keep(xasprintf("%sfree_hugepages", node)), "7\n");
	put_folder(folder, "sys/devices/system/node/node0/hugepages/hugepages-1048576kB");
	put_folder(folder, "sys/devices/system/node/nodeX/hugepages");
	put_file(folder, "sys/devices/system/node/online", "0-1\n");
	put_file(folder, "sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "9\n");
	put_file(folder, "sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "9\n");
	source = sysroot(folder);
	scan_hugepages(source, host);
	assert_int_equal(host->n_hugepages, 1);
	assert_int_equal(host->hugepages[0].size, 2 * MIB);
	assert_int_equal(host->hugepages[0].node, 1);
	assert_int_equal(host->hugepages[0].total, 12);
	assert_int_equal(host->hugepages[0].free, 7);
	source_close(source);
	host_free(host);
}

TEST(a_kernel_without_nodes_has_one_pool)
{
	const char *folder = folder_new();
	struct host *host = host_new();
	struct source *source;

	put_file(folder, "sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages", "9\n");
	put_file(folder, "sys/kernel/mm/hugepages/hugepages-1048576kB/free_hugepages", "8\n");
	put_file(folder, "sys/kernel/mm/hugepages/hugepages-0kB/nr_hugepages", "9\n");
	put_file(folder, "sys/kernel/mm/hugepages/hugepages-0kB/free_hugepages", "9\n");
	put_file(folder, "sys/kernel/mm/hugepages/hugepages-64/nr_hugepages", "9\n");
	put_file(folder, "sys/kernel/mm/hugepages/hugepages-64/free_hugepages", "9\n");
	source = sysroot(folder);
	scan_hugepages(source, host);
	assert_int_equal(host->n_hugepages, 1);
	assert_int_equal(host->hugepages[0].size, GIB);
	assert_int_equal(host->hugepages[0].node, -1);
	assert_int_equal(host->hugepages[0].free, 8);
	source_close(source);
	host_free(host);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(other_words_are_nobody),
		cmocka_unit_test(lines_of_limits_conf_count_as_pam_limits_takes_them),
		cmocka_unit_test(a_user_without_a_line_has_the_default_and_that_is_inferred),
		cmocka_unit_test(files_of_limits_d_are_read_in_the_order_of_their_names),
		cmocka_unit_test(a_soft_limit_alone_is_cut_down_to_the_usual_hard_one),
		cmocka_unit_test(root_is_not_counted),
		cmocka_unit_test(a_name_of_digits_is_a_name_first),
		cmocka_unit_test(settings_are_read_as_systemd_reads_them),
		cmocka_unit_test(limits_are_read_as_systemd_reads_them),
		cmocka_unit_test(a_unit_has_the_limit_of_its_files),
		cmocka_unit_test(a_unit_file_in_etc_takes_the_place_of_a_packages),
		cmocka_unit_test(a_snippet_that_leads_nowhere_is_passed_over),
		cmocka_unit_test(a_unit_that_cannot_be_read_is_not_known),
		cmocka_unit_test(snippets_for_a_family_and_for_all_services_count_too),
		cmocka_unit_test(instances_have_a_template),
		cmocka_unit_test(an_alias_leads_to_the_unit_and_a_mask_to_none),
		cmocka_unit_test(a_limit_that_makes_no_sense_is_not_known),
		cmocka_unit_test(capabilities_of_a_unit_decide_whether_it_is_counted),
		cmocka_unit_test(a_unit_that_runs_has_what_its_process_has),
		cmocka_unit_test(slices_are_found_by_their_names),
		cmocka_unit_test(
			a_process_with_the_capability_is_not_counted_in_the_first_namespace),
		cmocka_unit_test(a_process_that_is_gone_leaves_the_files),
		cmocka_unit_test(the_caller_is_in_the_capture),
		cmocka_unit_test(an_old_capture_does_not_know_the_caller),
		cmocka_unit_test(capabilities_of_another_namespace_do_not_count),
		cmocka_unit_test(a_unit_has_the_groups_of_its_user_and_its_own),
		cmocka_unit_test(a_unit_whose_user_is_not_known_is_not_known),
		cmocka_unit_test(a_node_is_open_to_who_its_mode_lets_in),
		cmocka_unit_test(a_guest_needs_its_memory_and_one_gib),
		cmocka_unit_test(what_may_be_locked),
		cmocka_unit_test(remedies_can_be_pasted_and_names_cannot_break_out),
		cmocka_unit_test(huge_pages_are_counted_for_each_node),
		cmocka_unit_test(a_kernel_without_nodes_has_one_pool),
	};

	return UNIT_RUN("limits", tests);
}
