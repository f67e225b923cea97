/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture.h"

#include <linux/capability.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "model/host.h"
#include "model/limits.h"
#include "remedy/remedy.h"
#include "scan/internal.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

static struct source *sysroot(const char *directory)
{
	struct source *source = NULL;

	assert_int_equal(source_open_sysroot(&source, directory), 0);
	return source;
}

/* A host with users; a kernel whose default is 8 MiB. */
static const char *host_directory(void)
{
	const char *directory = directory_new();

	put_file(directory, "proc/sys/kernel/osrelease", "6.1.0-50-amd64\n");
	put_file(directory, "etc/passwd",
		 "root:x:0:0::/root:/bin/sh\nqemu:x:107:108::/:/bin/false\n"
		 "7:x:1007:1007::/:/bin/sh\n");
	put_file(directory, "etc/group",
		 "root:x:0:\nqemu:x:108:\nkvm:x:36:qemu,bob\ndisk:x:6:bob\n");
	return directory;
}

/* What somebody on the host in @directory may lock. */
static struct memlock ask(const char *directory, const char *whom)
{
	struct source *source = sysroot(directory);
	struct memlock memlock;

	assert_int_equal(scan_memlock(source, whom, &memlock), 0);
	source_close(source);
	return memlock;
}

static void assert_memlock(const char *directory, const char *whom, uint64_t bytes,
			   const char *known_by)
{
	struct memlock memlock = ask(directory, whom);

	assert_int_equal(memlock.error, 0);
	assert_false(memlock.bypass);
	assert_int_equal(memlock.unlimited, bytes == NO_LIMIT);
	assert_int_equal(memlock.bytes, bytes);
	assert_non_null(strstr(memlock.known_by, known_by));
	memlock_clear(&memlock);
}

static void assert_bypass(const char *directory, const char *whom, bool bypass)
{
	struct memlock memlock = ask(directory, whom);

	assert_int_equal(memlock.bypass, bypass);
	memlock_clear(&memlock);
}

static void assert_nobody(const char *directory, const char *whom, int error)
{
	struct source *source = sysroot(directory);
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
	const char *directory = host_directory();

	assert_nobody(directory, "qemu", -EINVAL);
	assert_nobody(directory, "", -EINVAL);
	assert_nobody(directory, "user:", -EINVAL);
	assert_nobody(directory, "unit:", -EINVAL);
	assert_nobody(directory, "unit:../../etc/passwd", -EINVAL);
	assert_nobody(directory, "unit:a b", -EINVAL);
	assert_nobody(directory, "unit:.service", -EINVAL);
	assert_nobody(directory, "user:alice", -ENOENT);
	assert_nobody(directory, "user:9999", -ENOENT);
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
		size_t lines = 0;

		assert_int_equal(scan_parse_pam(text, "/etc/x", &user, &limit, &lines), 0);
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
	const char *directory = host_directory();
	struct memlock memlock = ask(directory, "user:qemu");

	assert_string_equal(memlock.whom, "user qemu");
	assert_int_equal(memlock.kind, MEMLOCK_USER);
	assert_int_equal(memlock.bytes, 8 * MIB);
	assert_true(memlock.inferred);
	memlock_clear(&memlock);
	put_file(directory, "proc/sys/kernel/osrelease", "5.10.0-32-amd64\n");
	assert_memlock(directory, "user:qemu", 65536, "before 5.16");
	put_file(directory, "proc/sys/kernel/osrelease", "5.16.0\n");
	assert_memlock(directory, "user:qemu", 8 * MIB, "default");
}

TEST(files_of_limits_d_are_read_in_the_order_of_their_names)
{
	const char *directory = host_directory();
	struct memlock memlock;

	put_file(directory, "etc/security/limits.conf", "qemu - memlock 1\n");
	put_file(directory, "etc/security/limits.d/9.conf", "qemu - memlock 9\n");
	put_file(directory, "etc/security/limits.d/10.conf", "qemu - memlock 10\n");
	put_file(directory, "etc/security/limits.d/99.other", "qemu - memlock 99\n");
	memlock = ask(directory, "user:qemu");
	assert_int_equal(memlock.bytes, 9 * 1024);
	assert_string_equal(memlock.known_by, "/etc/security/limits.d/9.conf");
	assert_false(memlock.inferred);
	memlock_clear(&memlock);
	/* A file of the same name takes the place of what a package brings. */
	put_file(directory, "usr/etc/security/limits.d/9.conf", "qemu - memlock 19\n");
	put_file(directory, "usr/etc/security/limits.d/91.conf", "qemu - memlock 91\n");
	assert_memlock(directory, "user:qemu", 91 * 1024, "/usr/etc/security/limits.d/91.conf");
}

TEST(a_soft_limit_alone_is_cut_down_to_the_usual_hard_one)
{
	const char *directory = host_directory();
	struct memlock memlock;

	put_file(directory, "etc/security/limits.conf", "qemu soft memlock unlimited\n");
	memlock = ask(directory, "user:qemu");
	assert_int_equal(memlock.bytes, 8 * MIB);
	assert_true(memlock.inferred);
	assert_non_null(strstr(memlock.known_by, "soft limit only"));
	memlock_clear(&memlock);
	put_file(directory, "etc/security/limits.conf", "qemu hard memlock 1024\n");
	assert_memlock(directory, "user:qemu", MIB, "limits.conf");
	put_file(directory, "etc/security/limits.conf", "qemu hard memlock unlimited\n");
	assert_memlock(directory, "user:qemu", 8 * MIB, "default");
}

TEST(root_is_not_counted)
{
	const char *directory = host_directory();

	put_file(directory, "etc/security/limits.conf", "root - memlock 1\n");
	assert_bypass(directory, "user:root", true);
	assert_bypass(directory, "user:0", true);
	assert_bypass(directory, "user:qemu", false);
	assert_bypass(directory, "user:107", false);
}

TEST(a_name_of_digits_is_a_name_first)
{
	const char *directory = host_directory();

	put_file(directory, "etc/security/limits.conf", ":1007 - memlock 1\n");
	assert_memlock(directory, "user:7", 1024, "limits.conf");
	assert_memlock(directory, "user:1007", 1024, "limits.conf");
}

TEST(files_of_pam_limits_have_bounds)
{
	static const char line[] = "@kvm - nofile 64\n";
	const char *directory = host_directory();
	size_t len = strlen(line);
	char *many = xcalloc(PAM_LINES_MAX + 2, len);
	struct memlock memlock;

	for (size_t i = 0; i < PAM_LINES_MAX + 1; i++)
		memcpy(many + i * len, line, len);
	keep(many);
	put_file(directory, "etc/security/limits.conf", many);
	memlock = ask(directory, "user:qemu");
	assert_int_equal(memlock.error, E2BIG);
	assert_false(memlock_allows(&memlock, 0));
	assert_string_equal(memlock_reason(&memlock), "the pam_limits files are too large");
	memlock_clear(&memlock);
	/* All files count together. The last line of each is empty. */
	many[(PAM_LINES_MAX - 2) * len] = '\0';
	put_file(directory, "etc/security/limits.conf", many);
	put_file(directory, "etc/security/limits.d/a.conf", "");
	assert_memlock(directory, "user:qemu", 8 * MIB, "default");
	put_file(directory, "etc/security/limits.d/a.conf", "\n");
	memlock = ask(directory, "user:qemu");
	assert_int_equal(memlock.error, E2BIG);
	memlock_clear(&memlock);
}

TEST(long_files_and_many_files_of_pam_limits_are_not_read)
{
	const char *directory = host_directory();
	char *comment = xcalloc(1, (1 << 20) + 2);
	struct memlock memlock;

	memset(comment, '#', (1 << 20) + 1);
	keep(comment);
	put_file(directory, "etc/security/limits.conf", comment);
	memlock = ask(directory, "user:qemu");
	assert_int_equal(memlock.error, E2BIG);
	memlock_clear(&memlock);
	comment[1 << 20] = '\0';
	put_file(directory, "etc/security/limits.conf", comment);
	assert_memlock(directory, "user:qemu", 8 * MIB, "default");
	for (int i = 0; i < 257; i++)
		put_file(directory, keep(xasprintf("etc/security/limits.d/%d.conf", i)), "");
	memlock = ask(directory, "user:qemu");
	assert_int_equal(memlock.error, E2BIG);
	memlock_clear(&memlock);
}

TEST(users_of_files_that_could_not_be_read_are_not_known)
{
	static const char *const files[] = { "etc/passwd", "etc/group" };

	for (size_t i = 0; i < COUNT(files); i++) {
		const char *directory = host_directory();
		const char *path = keep(xasprintf("%s/%s", directory, files[i]));
		struct memlock memlock;
		struct account account;
		struct source *source;

		assert_int_equal(unlink(path), 0);
		assert_int_equal(mkfifo(path, 0600), 0);
		source = sysroot(directory);
		assert_int_equal(scan_memlock(source, "user:qemu", &memlock), 0);
		assert_int_equal(memlock.error, ENODATA);
		assert_int_equal(scan_account(source, "user:qemu", &account), 0);
		assert_int_equal(account.error, ENODATA);
		memlock_clear(&memlock);
		account_clear(&account);
		source_close(source);
	}
}

/* Processes */

#define STATUS                                                                                   \
	"Name:\tqemu\nUid:\t7\t107\t107\t107\nGid:\t8\t108\t108\t108\nGroups:\t36 108 \nNStgid:" \
	"\t1\nCapEff:\t%016" PRIx64 "\n"

#define IPC_LOCK (UINT64_C(1) << CAP_IPC_LOCK)

static const char *limits_text(const char *limit)
{
	return keep(xasprintf("Limit                     Soft Limit           Hard Limit\n"
			      "Max locked memory         %s              unlimited   bytes\n",
			      limit));
}

static void put_process(const char *directory, const char *limit, uint64_t caps)
{
	put_file(directory, "files/proc/812/limits", limits_text(limit));
	put_file(directory, "files/proc/812/status", keep(xasprintf(STATUS, caps)));
}

TEST(limits_of_a_process_are_read_or_are_not_there)
{
	static const struct {
		const char *limit;
		uint64_t bytes;
		int result;
	} cases[] = {
		{ "0", 0, 0 },
		{ "2097152", 2 * MIB, 0 },
		{ "unlimited", NO_LIMIT, 0 },
	};
	struct memlock memlock = { 0 };

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *limits = limits_text(cases[i].limit);

		assert_int_equal(scan_parse_limits(limits, &memlock), cases[i].result);
		if (cases[i].result < 0)
			continue;
		assert_int_equal(memlock.bytes, cases[i].bytes);
		assert_int_equal(memlock.unlimited, cases[i].bytes == NO_LIMIT);
	}
	assert_int_equal(scan_parse_limits("", &memlock), -EBADMSG);
	assert_int_equal(scan_parse_limits("Max locked memory", &memlock), -EBADMSG);
	assert_int_equal(scan_parse_limits("x Max locked memory 1\n", &memlock), -EBADMSG);
}

TEST(a_status_tells_the_effective_ids)
{
	static const char *const bad[] = {
		"",
		"Uid:\t1\t2\nGid:\t1\t2\nGroups:\t\n",
		"Uid:\t1\nGid:\t1\t2\nGroups:\t\nCapEff:\t0\n",
		"Uid:\t1\t2\nGid:\tx\t2\nGroups:\t\nCapEff:\t0\n",
		"Uid:\t1\t2\nGid:\t1\t2\nCapEff:\t0\n",
		"Uid:\t1\t2\nGid:\t1\t2\nGroups:\t\nCapEff:\t\n",
	};
	struct account account = { 0 };

	assert_int_equal(scan_parse_status(keep(xasprintf(STATUS, IPC_LOCK)), &account), 0);
	assert_int_equal(account.uid, 107);
	assert_int_equal(account.n_gids, 3);
	assert_int_equal(account.gids[0], 108);
	assert_int_equal(account.gids[1], 36);
	assert_int_equal(account.gids[2], 108);
	assert_int_equal(account.capabilities, IPC_LOCK);
	account_clear(&account);
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_int_equal(scan_parse_status(bad[i], &account), -EBADMSG);
		account_clear(&account);
	}
}

/* Groups are as many as a process can have, and the time is not that of all pairs of characters. */
TEST(a_status_of_many_megabytes_is_read_once)
{
	static const char head[] = "Uid:\t1\t2\nGid:\t1\t2\nCapEff:\t0\nGroups:\t";
	size_t len = 16 << 20;
	char *status = xcalloc(1, len + 1);
	struct account account = { 0 };

	memcpy(status, head, sizeof(head) - 1);
	for (size_t i = sizeof(head) - 1; i < len; i++)
		status[i] = i % 2 ? '7' : ' ';
	assert_int_equal(scan_parse_status(status, &account), 0);
	assert_int_equal(account.n_gids, 65537);
	account_clear(&account);
	free(status);
}

/* Units, as captures have them */

#define RUNS  "{'fact': 'unit vm.service', 'ret': 0, 'id': 'vm.service', 'pid': 812, "
#define STOPS "{'fact': 'unit vm.service', 'ret': 0, 'id': 'vm.service', 'pid': 0, "
#define ALL   "'0xffffffffffffffff'"
#define USER                                                                                 \
	"{'fact': 'user qemu', 'ret': 0, 'name': 'qemu', 'uid': 107, 'gid': 108, 'groups': " \
	"[{'gid': 108, 'name': 'qemu'}, {'gid': 36, 'name': 'kvm'}]}\n"

/* What is known of the unit "vm" in the capture at @directory. */
static struct memlock ask_capture(const char *directory, const char *whom)
{
	struct source *source = capture_replay(directory);
	struct memlock memlock;

	assert_int_equal(scan_memlock(source, whom, &memlock), 0);
	assert_null(source_problem(source));
	source_close(source);
	return memlock;
}

static void assert_captured(const char *directory, const char *whom, uint64_t bytes,
			    const char *known_by, bool inferred)
{
	struct memlock memlock = ask_capture(directory, whom);

	assert_int_equal(memlock.error, 0);
	assert_false(memlock.bypass);
	assert_int_equal(memlock.bytes, bytes);
	assert_int_equal(memlock.unlimited, bytes == NO_LIMIT);
	assert_string_equal(memlock.known_by, known_by);
	assert_int_equal(memlock.inferred, inferred);
	memlock_clear(&memlock);
}

static void assert_not_known(const char *directory, const char *whom, int error, const char *reason)
{
	struct memlock memlock = ask_capture(directory, whom);
	struct source *source = capture_replay(directory);
	struct account account;

	assert_int_equal(memlock.error, error);
	assert_false(memlock.bypass);
	assert_false(memlock_allows(&memlock, 0));
	assert_string_equal(memlock_reason(&memlock), reason);
	memlock_clear(&memlock);
	assert_int_equal(scan_account(source, whom, &account), 0);
	assert_int_equal(account.error, error);
	assert_string_equal(account_reason(&account), reason);
	account_clear(&account);
	source_close(source);
}

TEST(a_unit_that_runs_has_what_its_process_has)
{
	const char *directory = capture_new(
		RUNS "'memlock': '0x100000', 'user': 'qemu', 'bounding': " ALL
		     ", 'ambient': '0x0'}\n");

	put_process(directory, "2097152", 0);
	assert_captured(directory, "unit:vm", 2 * MIB, "/proc/812/limits", false);
	put_process(directory, "unlimited", 0);
	assert_captured(directory, "unit:vm.service", NO_LIMIT, "/proc/812/limits", false);
}

TEST(a_process_that_is_gone_leaves_what_systemd_says)
{
	const char *directory = capture_new(
		RUNS "'memlock': '0x100000', 'user': 'qemu', 'bounding': " ALL
		     ", 'ambient': '0x0'}\n");

	assert_captured(directory, "unit:vm", MIB, "its LimitMEMLOCK in systemd", false);
	put_process(directory, "garbage", IPC_LOCK);
	assert_captured(directory, "unit:vm", MIB, "its LimitMEMLOCK in systemd", false);
}

TEST(an_alias_leads_to_the_unit)
{
	const char *directory = capture_new(
		"{'fact': 'unit guest.service', 'ret': 0, 'id': 'vm.service', 'pid': 0, 'memlock': "
		"'0xffffffffffffffff', 'user': 'qemu', 'bounding': '0x0', 'ambient': '0x0'}\n");
	struct memlock memlock = ask_capture(directory, "unit:guest");

	assert_string_equal(memlock.whom, "unit vm.service");
	assert_string_equal(memlock.name, "vm.service");
	assert_true(memlock.unlimited);
	memlock_clear(&memlock);
}

TEST(capabilities_of_a_unit_decide_whether_it_is_counted)
{
	static const struct {
		const char *settings;
		bool bypass;
	} cases[] = {
		{ "'bounding': " ALL, true },
		{ "'user': '', 'bounding': " ALL, true },
		{ "'user': 'root', 'bounding': " ALL, true },
		{ "'user': '0', 'bounding': " ALL, true },
		{ "'user': 'root', 'bounding': '0xffffffffffffbfff'", false },
		{ "'user': 'root', 'bounding': '0x0', 'ambient': '0x4000'", false },
		{ "'user': 'qemu', 'bounding': " ALL, false },
		{ "'user': 'qemu', 'bounding': " ALL ", 'ambient': '0x4000'", true },
		{ "'user': 'qemu', 'bounding': " ALL ", 'ambient': '0x8000'", false },
		{ "'user': 'qemu', 'bounding': '0x8000', 'ambient': '0x4000'", false },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *lines =
			keep(xasprintf(STOPS "'memlock': '0x1', %s}\n", cases[i].settings));
		struct memlock memlock = ask_capture(capture_new(lines), "unit:vm");

		assert_int_equal(memlock.error, 0);
		assert_int_equal(memlock.bypass, cases[i].bypass);
		memlock_clear(&memlock);
	}
}

TEST(what_systemd_does_not_say_is_not_known_and_why)
{
	static const struct {
		const char *fact;
		int error;
		const char *reason;
	} cases[] = {
		{ "", ENODATA, "the capture does not record what systemd knows about the unit" },
		{ "'errno': 'ENOENT'", ENOENT,
		  "systemd has not loaded the unit (it does while the unit runs or another unit names it)" },
		{ "'errno': 'ENOTCONN'", ENOTCONN, "the system bus is not available" },
		{ "'errno': 'ETIMEDOUT'", ETIMEDOUT, "systemd did not answer in time" },
		{ "'errno': 'ELIBACC'", ELIBACC, "libsystemd is not installed" },
		{ "'errno': 'ENOSYS'", ENOSYS, "this vfiodiag was built without libsystemd" },
		{ "'errno': 'EACCES'", EACCES, "systemd could not be asked: Permission denied" },
		{ "'ret': 0, 'id': 'vm.service', 'pid': 0", ESRCH,
		  "the unit has no process, and systemd starts none for it" },
		{ "'ret': 0, 'pid': 7", EBADMSG, "systemd could not be asked: Bad message" },
		{ "'ret': 0, 'id': 7, 'memlock': '0x1'", EBADMSG,
		  "systemd could not be asked: Bad message" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *lines = *cases[i].fact
					    ? keep(xasprintf("{'fact': 'unit vm.service', %s}\n",
							     cases[i].fact))
					    : "";
		const char *directory = capture_new(lines);

		/* Files of systemd, as older captures have them, say nothing. */
		put_file(directory, "files/usr/lib/systemd/system/vm.service",
			 "[Service]\nLimitMEMLOCK=1G\n");
		put_link(directory, "files/etc/systemd/system/guest.service", "no-dot");
		assert_not_known(directory, "unit:vm", cases[i].error, cases[i].reason);
	}
	assert_not_known(capture_new(""), "unit:guest", ENODATA,
			 "the capture does not record what systemd knows about the unit");
}

TEST(a_unit_is_not_known_in_a_tree_of_files)
{
	struct memlock memlock = ask(host_directory(), "unit:vm");

	assert_int_equal(memlock.error, EOPNOTSUPP);
	assert_string_equal(memlock_reason(&memlock), "systemd does not run in a directory tree");
	memlock_clear(&memlock);
}

TEST(without_systemd_a_process_is_found_where_units_usually_are)
{
	static const char *const groups[] = {
		"files/sys/fs/cgroup/system.slice/vm.service/cgroup.procs",
		"files/sys/fs/cgroup/systemd/system.slice/vm.service/cgroup.procs",
	};
	static const char *const facts[] = {
		"",
		"{'fact': 'unit vm.service', 'errno': 'ENOTCONN'}\n",
		"{'fact': 'unit vm.service', 'errno': 'ETIMEDOUT'}\n",
	};

	for (size_t i = 0; i < COUNT(groups); i++) {
		for (size_t k = 0; k < COUNT(facts); k++) {
			const char *directory = capture_new(facts[k]);

			put_file(directory, groups[i], "812\n813\n");
			put_process(directory, "2097152", 0);
			assert_captured(directory, "unit:vm", 2 * MIB, "/proc/812/limits", false);
		}
	}
}

TEST(a_process_with_the_capability_is_not_counted_in_the_first_namespace)
{
	const char *directory = capture_new(RUNS
					    "'memlock': '0x1', 'user': 'qemu', 'bounding': '0x0', "
					    "'ambient': '0x0'}\n");
	struct memlock memlock;

	put_process(directory, "65536", IPC_LOCK);
	memlock = ask_capture(directory, "unit:vm");
	assert_true(memlock.bypass);
	assert_string_equal(memlock.known_by, "/proc/812/status");
	memlock_clear(&memlock);
	put_file(directory, "files/proc/812/uid_map", "         0          0 4294967295\n");
	memlock = ask_capture(directory, "unit:vm");
	assert_true(memlock.bypass);
	memlock_clear(&memlock);
	put_file(directory, "files/proc/812/uid_map", "         0     100000      65536\n");
	assert_captured(directory, "unit:vm", 65536, "/proc/812/limits", false);
	put_process(directory, "65536", ~IPC_LOCK);
	put_file(directory, "files/proc/812/uid_map", "");
	assert_captured(directory, "unit:vm", 65536, "/proc/812/limits", false);
}

/* Users that are logged in */

TEST(a_user_has_what_a_process_of_a_session_has)
{
	static const struct {
		const char *rest;
		const char *known_by;
		bool inferred;
	} cases[] = {
		{ ", 'name': 'bash', 'place': 'session'", "/proc/812/limits of bash", false },
		{ ", 'name': 'systemd', 'place': 'manager'", "/proc/812/limits of systemd", false },
		{ ", 'name': 'qemu', 'place': 'other'",
		  "/proc/812/limits of qemu, which is in no login session", true },
		{ "", "/proc/812/limits, which is in no login session", true },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *directory = capture_new(keep(
			xasprintf(USER "{'fact': 'user-process 107', 'ret': 0, 'pid': 812%s}\n",
				  cases[i].rest)));

		put_file(directory, "files/etc/security/limits.conf", "qemu - memlock 1\n");
		put_process(directory, "2097152", 0);
		assert_captured(directory, "user:qemu", 2 * MIB, cases[i].known_by,
				cases[i].inferred);
	}
}

TEST(a_user_without_a_process_has_what_pam_limits_would_set)
{
	static const char *const facts[] = {
		"",
		"{'fact': 'user-process 107', 'errno': 'ENOENT'}\n",
		"{'fact': 'user-process 107', 'ret': 0, 'pid': -1}\n",
		/* One that is gone. */
		"{'fact': 'user-process 107', 'ret': 0, 'pid': 813, 'place': 'session'}\n",
		"{'fact': 'user-process 1000', 'ret': 0, 'pid': 812, 'place': 'session'}\n",
	};

	for (size_t i = 0; i < COUNT(facts); i++) {
		const char *directory = capture_new(keep(xasprintf(USER "%s", facts[i])));

		put_file(directory, "files/etc/security/limits.conf", "qemu - memlock 1\n");
		put_process(directory, "2097152", 0);
		assert_captured(directory, "user:qemu", 1024, "/etc/security/limits.conf", false);
	}
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
	const char *directory = capture_new(
		"{'fact': 'process', 'uid': 0, 'gid': 0, 'memlock': '0xffffffffffffffff', "
		"'capabilities': '0x1ffffffffff'}\n");
	struct source *source = capture_replay(directory);
	struct account account;
	struct memlock memlock;

	scan_memlock(source, NULL, &memlock);
	assert_true(memlock.bypass);
	memlock_clear(&memlock);
	source_close(source);
	put_file(directory, "files/proc/self/uid_map", "0 1000 1\n");
	source = capture_replay(directory);
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
	const char *settings = "'memlock': '0x1', 'user': 'qemu', 'group': 'vfio', 'groups': "
			       "[{'group': 'a'}, {'group': '44'}, {}, {'group': 7}], 'bounding': "
			       "'0xf', 'ambient': '0x12'}\n";
	struct source *source =
		capture_replay(capture_new(keep(xasprintf(STOPS "%s" USER, settings))));
	const char *directory = capture_new(keep(xasprintf(RUNS "%s" USER, settings)));
	struct account account;

	assert_int_equal(scan_account(source, "unit:vm", &account), 0);
	assert_int_equal(account.error, 0);
	assert_int_equal(account.uid, 107);
	assert_int_equal(account.n_group_names, 2);
	assert_string_equal(account.group_names[0], "vfio");
	assert_string_equal(account.group_names[1], "a");
	assert_int_equal(account.n_gids, 4);
	assert_int_equal(account.gids[3], 44);
	assert_int_equal(account.capabilities, 2);
	account_clear(&account);
	source_close(source);
	put_process(directory, "1", 4);
	source = capture_replay(directory);
	assert_int_equal(scan_account(source, "unit:vm", &account), 0);
	assert_int_equal(account.uid, 107);
	assert_int_equal(account.n_gids, 3);
	assert_int_equal(account.n_group_names, 0);
	assert_int_equal(account.capabilities, 4);
	account_clear(&account);
	source_close(source);
}

TEST(a_unit_whose_user_is_not_known_is_not_known)
{
	struct source *source = capture_replay(capture_new(
		STOPS "'memlock': '0x1', 'user': 'dynamic', 'bounding': '0x0', 'ambient': '0x0'}\n"
		      "{'fact': 'user dynamic', 'errno': 'ENOENT'}\n"));
	struct account account;

	assert_int_equal(scan_account(source, "unit:vm", &account), 0);
	assert_int_equal(account.error, ENOENT);
	assert_string_equal(account_reason(&account),
			    "user dynamic of the unit is not known: No such file or directory");
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

static void assert_remedy(enum memlock_kind kind, const char *name, const char *words,
			  const char *expected)
{
	struct memlock memlock = { .kind = kind, .name = (char *)name };
	_cleanup_free_ char *said = remedy_memlock_words(&memlock, GIB + 1);
	_cleanup_free_ char *lines = xstrdup("");
	struct finding finding = { 0 };
	struct findings findings = { 0 };

	remedy_memlock(&finding, &memlock, GIB + 1);
	for (size_t i = 0; i < finding.n_commands; i++)
		xappend(&lines, "%s\n", finding.commands[i].text);
	assert_non_null(strstr(said, words));
	assert_string_equal(lines, expected);
	findings_add(&findings, &finding);
	findings_clear(&findings);
}

TEST(remedies_can_be_pasted_and_names_cannot_break_out)
{
	assert_remedy(MEMLOCK_PROCESS, NULL, "to 1048577 KiB",
		      "sudo prlimit --pid $$ --memlock=1073742848\n");
	assert_remedy(MEMLOCK_USER, "qemu", "next session",
		      "echo 'qemu - memlock 1048577' | sudo tee "
		      "/etc/security/limits.d/zz-vfio-qemu.conf\n");
	assert_remedy(MEMLOCK_USER, "x'; rm -rf /", "set memlock to 1048577", "");
	assert_remedy(MEMLOCK_USER, "-x", "set memlock to 1048577", "");
	assert_remedy(MEMLOCK_UNIT, "vm@1.service", "the restart stops what it runs",
		      "sudo mkdir -p /etc/systemd/system/vm@1.service.d\n"
		      "printf '[Service]\\nLimitMEMLOCK=1048577K\\n' | sudo tee "
		      "/etc/systemd/system/vm@1.service.d/memlock.conf\n"
		      "sudo systemctl daemon-reload\n"
		      "sudo systemctl restart vm@1.service\n");
	assert_remedy(MEMLOCK_UNIT, "a\\x2db.service", "set LimitMEMLOCK=1048577K", "");
}

/* Huge pages */

TEST(huge_pages_are_counted_for_each_node)
{
	static const char node[] = "sys/devices/system/node/node1/hugepages/hugepages-2048kB/";
	const char *directory = directory_new();
	struct host *host = host_new();
	struct source *source;

	put_file(directory, keep(xasprintf("%snr_hugepages", node)), "12\n");
	put_file(directory, keep(xasprintf("%sfree_hugepages", node)), "7\n");
	put_directory(directory, "sys/devices/system/node/node0/hugepages/hugepages-1048576kB");
	put_directory(directory, "sys/devices/system/node/nodeX/hugepages");
	put_file(directory, "sys/devices/system/node/online", "0-1\n");
	put_file(directory, "sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "9\n");
	put_file(directory, "sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "9\n");
	source = sysroot(directory);
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
	const char *directory = directory_new();
	struct host *host = host_new();
	struct source *source;

	put_file(directory, "sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages", "9\n");
	put_file(directory, "sys/kernel/mm/hugepages/hugepages-1048576kB/free_hugepages", "8\n");
	put_file(directory, "sys/kernel/mm/hugepages/hugepages-0kB/nr_hugepages", "9\n");
	put_file(directory, "sys/kernel/mm/hugepages/hugepages-0kB/free_hugepages", "9\n");
	put_file(directory, "sys/kernel/mm/hugepages/hugepages-64/nr_hugepages", "9\n");
	put_file(directory, "sys/kernel/mm/hugepages/hugepages-64/free_hugepages", "9\n");
	source = sysroot(directory);
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
		cmocka_unit_test(files_of_pam_limits_have_bounds),
		cmocka_unit_test(users_of_files_that_could_not_be_read_are_not_known),
		cmocka_unit_test(long_files_and_many_files_of_pam_limits_are_not_read),
		cmocka_unit_test(limits_of_a_process_are_read_or_are_not_there),
		cmocka_unit_test(a_status_tells_the_effective_ids),
		cmocka_unit_test(a_status_of_many_megabytes_is_read_once),
		cmocka_unit_test(a_unit_that_runs_has_what_its_process_has),
		cmocka_unit_test(a_process_that_is_gone_leaves_what_systemd_says),
		cmocka_unit_test(an_alias_leads_to_the_unit),
		cmocka_unit_test(capabilities_of_a_unit_decide_whether_it_is_counted),
		cmocka_unit_test(what_systemd_does_not_say_is_not_known_and_why),
		cmocka_unit_test(a_unit_is_not_known_in_a_tree_of_files),
		cmocka_unit_test(without_systemd_a_process_is_found_where_units_usually_are),
		cmocka_unit_test(
			a_process_with_the_capability_is_not_counted_in_the_first_namespace),
		cmocka_unit_test(a_user_has_what_a_process_of_a_session_has),
		cmocka_unit_test(a_user_without_a_process_has_what_pam_limits_would_set),
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
