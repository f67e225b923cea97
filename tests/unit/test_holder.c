/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who has files below a directory open. What a live host says is in test_source.c too. */
#include "capture.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <limits.h>

#include "source/internal.h"

static int holders_of(const char *facts, struct source_holders *holders)
{
	struct source *source = capture_replay(capture_new(facts));
	int ret = source_holders(source, "/dev/vfio", holders);

	source_close(source);
	return ret;
}

TEST(holders_are_replayed)
{
	struct source_holders holders;

	assert_int_equal(holders_of("{'fact': 'holders /dev/vfio', 'ret': 0, 'holders': ["
				    "{'path': '/dev/vfio/1', 'pid': 109, 'name': 'qemu'},"
				    "{'path': '/dev/vfio/2', 'pid': 110, 'name': null},"
				    "{'path': '/dev/vfio/1', 'pid': 111}]}\n",
				    &holders),
			 0);
	assert_int_equal(holders.count, 3);
	assert_string_equal(holders.holder[0].path, "/dev/vfio/1");
	assert_string_equal(holders.holder[0].name, "qemu");
	assert_int_equal(holders.holder[0].pid, 109);
	assert_null(holders.holder[1].name);
	assert_null(holders.holder[2].name);
	/* The first of two. */
	assert_ptr_equal(source_holders_find(&holders, "/dev/vfio/1"), &holders.holder[0]);
	assert_ptr_equal(source_holders_find(&holders, "/dev/vfio/2"), &holders.holder[1]);
	assert_null(source_holders_find(&holders, "/dev/vfio/"));
	source_holders_clear(&holders);
	assert_int_equal(holders.count, 0);
	assert_null(holders.holder);
}

TEST(those_that_were_seen_are_replayed_with_the_error)
{
	struct source_holders holders;

	assert_int_equal(holders_of("{'fact': 'holders /dev/vfio', 'errno': 'EACCES', 'holders': "
				    "[{'path': '/dev/vfio/1', 'pid': 109}]}\n",
				    &holders),
			 -EACCES);
	assert_int_equal(holders.count, 1);
	source_holders_clear(&holders);
	assert_int_equal(holders_of("{'fact': 'holders /dev/vfio', 'errno': 'EXDEV', 'holders': "
				    "[{'path': '/dev/vfio/1', 'pid': 109}]}\n",
				    &holders),
			 -EXDEV);
	assert_int_equal(holders.count, 1);
	source_holders_clear(&holders);
}

TEST(a_capture_may_say_nothing_of_holders)
{
	struct source_holders holders;

	assert_int_equal(holders_of("", &holders), -ENODATA);
	assert_int_equal(holders.count, 0);
	assert_int_equal(holders_of("{'fact': 'holders /dev/vfio', 'ret': 0}\n", &holders), 0);
	assert_int_equal(holders.count, 0);
	assert_int_equal(holders_of("{'fact': 'holders /dev/vfi', 'ret': 0}\n", &holders),
			 -ENODATA);
}

TEST(what_a_capture_says_of_holders_is_cleaned)
{
	struct source_holders holders;

	holders_of("{'fact': 'holders /dev/vfio', 'ret': 0, 'holders': ['frob', {}, "
		   "{'path': 7, 'pid': 'x', 'name': []}, "
		   "{'path': '\\u001b[m', 'pid': 1, 'name': '\\u009b'}]}\n",
		   &holders);
	assert_int_equal(holders.count, 4);
	for (size_t i = 0; i < 3; i++) {
		assert_string_equal(holders.holder[i].path, "");
		assert_int_equal(holders.holder[i].pid, 0);
		assert_null(holders.holder[i].name);
	}
	assert_string_equal(holders.holder[3].path, "?[m");
	assert_string_equal(holders.holder[3].name, "?\?");
	source_holders_clear(&holders);
}

/* Which /proc shows all processes */

#define HOST_LINK  "pid:[4026531836]"
#define OTHER_LINK "pid:[4026532178]"

/* What is known by a /proc whose links of process 1 and of this process are these; or NULL. */
static int namespace_of(const char *first, const char *own)
{
	const char *proc = directory_new();
	int fd = open(proc, O_RDONLY | O_DIRECTORY | O_CLOEXEC), ret;

	if (first)
		put_link(proc, "1/ns/pid", first);
	if (own)
		put_link(proc, "self/ns/pid", own);
	assert_true(fd >= 0);
	ret = holders_check_namespace(fd);
	close(fd);
	return ret;
}

TEST(only_the_initial_pid_namespace_shows_all_processes)
{
	/* unshare --pid --mount-proc, a container */
	assert_int_equal(namespace_of(OTHER_LINK, OTHER_LINK), -EXDEV);
	/* a user there, who may not look into process 1 */
	assert_int_equal(namespace_of(NULL, OTHER_LINK), -EXDEV);
	/* the host, with its /proc or with that of a container */
	assert_int_equal(namespace_of(HOST_LINK, HOST_LINK), 0);
	assert_int_equal(namespace_of(OTHER_LINK, HOST_LINK), -EXDEV);
	assert_int_equal(namespace_of(OTHER_LINK, NULL), -EXDEV);
	/* unshare --pid, which leaves the /proc of the host in its place */
	assert_int_equal(namespace_of(HOST_LINK, OTHER_LINK), 0);
	/* hidepid, or a user */
	assert_int_equal(namespace_of(NULL, HOST_LINK), -EACCES);
	assert_int_equal(namespace_of(NULL, NULL), -EACCES);
	/* longer, shorter, and none */
	assert_int_equal(namespace_of(HOST_LINK "1", NULL), -EXDEV);
	assert_int_equal(namespace_of("pid:[402653183]", NULL), -EXDEV);
	assert_int_equal(namespace_of("x", HOST_LINK), -EXDEV);
}

/* This process, live */

static size_t count_own(const struct source_holders *holders, const char *path)
{
	size_t count = 0;

	for (size_t i = 0; i < holders->count; i++)
		count += holders->holder[i].pid == (int)getpid() &&
			 strcmp(holders->holder[i].path, path) == 0;
	return count;
}

TEST(a_file_that_is_open_twice_is_held_once)
{
	const char *directory = directory_new();
	const char *one = path_in(directory, "a/one"), *two = path_in(directory, "two");
	struct source_holders holders;
	struct source *source;
	int fds[4], ret;

	put_file(directory, "a/one", "");
	put_file(directory, "two", "");
	for (size_t i = 0; i < COUNT(fds); i++)
		fds[i] = open(i % 2 ? one : two, O_RDONLY | O_CLOEXEC);
	assert_int_equal(source_open_live(&source), 0);
	ret = source_holders(source, directory, &holders);
	assert_true(ret == 0 || ret == -EACCES || ret == -EXDEV);
	assert_int_equal(count_own(&holders, one), 1);
	assert_int_equal(count_own(&holders, two), 1);
	assert_int_equal(holders.count, 2);
	assert_non_null(holders.holder[0].name);
	assert_null(strchr(holders.holder[0].name, '\n'));
	source_holders_clear(&holders);
	for (size_t i = 0; i < COUNT(fds); i++)
		close(fds[i]);
	source_close(source);
}

/* A container may call the node of a group as it likes: /dev/null stands for it. */
TEST(a_device_that_is_open_by_another_name_is_held)
{
	const char *directory = directory_new();
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct source_holders holders;
	struct source *source;

	put_link(directory, "devices/node", "/dev/null");
	put_link(directory, "other", "/dev/zero");
	assert_true(fd >= 0);
	assert_int_equal(source_open_live(&source), 0);
	source_holders(source, directory, &holders);
	assert_int_equal(count_own(&holders, path_in(directory, "devices/node")), 1);
	assert_int_equal(count_own(&holders, path_in(directory, "other")), 0);
	source_holders_clear(&holders);
	source_close(source);
	close(fd);
}

TEST(the_directory_itself_and_its_neighbours_are_not_in_it)
{
	const char *directory = directory_new();
	struct source_holders holders;
	struct source *source;
	int fds[2];

	put_file(directory, "vfio-pci", "");
	put_directory(directory, "vfio");
	fds[0] = open(path_in(directory, "vfio"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fds[1] = open(path_in(directory, "vfio-pci"), O_RDONLY | O_CLOEXEC);
	assert_int_equal(source_open_live(&source), 0);
	source_holders(source, path_in(directory, "vfio"), &holders);
	assert_int_equal(holders.count, 0);
	source_holders_clear(&holders);
	close(fds[0]);
	close(fds[1]);
	source_close(source);
}

TEST(odd_names_are_recorded_cleaned_and_come_back)
{
	const char *directory = directory_new(), *capture = path_in(directory_new(), "capture");
	struct source_holders live, replayed;
	struct source *source;
	int fds[2], ret;

	put_file(directory, "a\x1b\xff", "");
	put_file(directory, "b", "");
	fds[0] = open(path_in(directory, "a\x1b\xff"), O_RDONLY | O_CLOEXEC);
	fds[1] = open(path_in(directory, "b"), O_RDONLY | O_CLOEXEC);
	assert_int_equal(source_open_record(&source, capture), 0);
	ret = source_holders(source, directory, &live);
	source_close(source);
	assert_int_equal(live.count, 2);
	assert_non_null(source_holders_find(&live, path_in(directory, "a?\?")));
	source = capture_replay(capture);
	assert_int_equal(source_holders(source, directory, &replayed), ret);
	assert_int_equal(replayed.count, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_string_equal(replayed.holder[i].path, live.holder[i].path);
		assert_string_equal(replayed.holder[i].name, live.holder[i].name);
		assert_int_equal(replayed.holder[i].pid, live.holder[i].pid);
		close(fds[i]);
	}
	source_holders_clear(&live);
	source_holders_clear(&replayed);
	source_close(source);
}

TEST(a_sysroot_knows_no_processes)
{
	struct source_holders holders = { .count = 7 };
	struct source *source;

	assert_int_equal(source_open_sysroot(&source, directory_new()), 0);
	assert_int_equal(source_holders(source, "/dev/vfio", &holders), -EOPNOTSUPP);
	assert_int_equal(holders.count, 0);
	source_close(source);
}

/* Openers */

static size_t count_openers(const struct source_holders *holders, uint32_t major, uint32_t minor)
{
	size_t count = 0;

	for (size_t i = 0; i < holders->n_openers; i++)
		count += !holders->openers[i].number.is_block &&
			 holders->openers[i].number.major == major &&
			 holders->openers[i].number.minor == minor;
	return count;
}

/* A node that is made elsewhere has another path; the number is the same. */
TEST(a_device_is_found_by_its_number_and_once)
{
	static const struct source_number numbers[] = { { false, 1, 8 },
							{ false, 1, 3 },
							{ true, 1, 5 } };
	const char *capture = path_in(directory_new(), "capture");
	struct source_holders live, replayed;
	struct source *source;
	int null[2] = { open("/dev/null", O_RDONLY | O_CLOEXEC),
			open("/dev/null", O_WRONLY | O_CLOEXEC) };
	int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC), ret;

	assert_int_equal(source_open_record(&source, capture), 0);
	ret = source_openers(source, "/dev/vfio", numbers, COUNT(numbers), &live);
	assert_int_equal(live.openers_ret, ret);
	source_close(source);
	assert_int_equal(count_openers(&live, 1, 3), 1);
	/* Nobody asked for it, or it is a block device of that number. */
	assert_int_equal(count_openers(&live, 1, 5), 0);
	assert_int_equal(count_own(&live, "/dev/null"), 0);
	assert_non_null(source_holders_opener(&live, &numbers[1]));
	assert_null(source_holders_opener(&live, &numbers[2]));
	source = capture_replay(capture);
	assert_int_equal(source_openers(source, "/dev/vfio", NULL, 0, &replayed), ret);
	assert_int_equal(replayed.openers_ret, ret);
	assert_int_equal(count_openers(&replayed, 1, 3), 1);
	assert_int_equal(source_holders_opener(&replayed, &numbers[1])->pid,
			 source_holders_opener(&live, &numbers[1])->pid);
	source_holders_clear(&live);
	source_holders_clear(&replayed);
	source_close(source);
	close(null[0]);
	close(null[1]);
	close(zero);
}

TEST(a_capture_without_openers_does_not_know_them)
{
	struct source_holders holders;

	assert_int_equal(holders_of("{'fact': 'holders /dev/vfio', 'ret': 0}\n", &holders), 0);
	assert_int_equal(holders.openers_ret, -ENODATA);
	assert_int_equal(holders_of("{'fact': 'openers', 'errno': 'EACCES', 'openers': ['x', {}, "
				    "{'block': 1, 'major': 'x', 'minor': 2, 'name': '\\u001b'}]}\n",
				    &holders),
			 -ENODATA);
	assert_int_equal(holders.openers_ret, -EACCES);
	assert_int_equal(holders.n_openers, 3);
	assert_false(holders.openers[2].number.is_block);
	assert_int_equal(holders.openers[2].number.minor, 2);
	assert_string_equal(holders.openers[2].name, "?");
	source_holders_clear(&holders);
}

/* Guests and units */

#define GUEST(cmdline) guest_of(cmdline, sizeof(cmdline) - 1)

static const char *guest_of(const char *cmdline, size_t len)
{
	char *guest = holder_parse_guest(cmdline, len);

	return guest ? keep(guest) : NULL;
}

TEST(the_name_of_a_guest_is_the_one_that_qemu_was_given)
{
	assert_string_equal(
		GUEST("/usr/bin/qemu-system-x86_64\0-name\0guest=win10,debug-threads=on\0-S\0"),
		"win10");
	assert_string_equal(GUEST("/usr/bin/kvm\0-id\0"
				  "100\0-name\0pve,debug-threads=on\0"),
			    "pve");
	assert_string_equal(GUEST("/usr/libexec/qemu-kvm\0-name\0vm\0"), "vm");
	assert_string_equal(GUEST("qemu\0--name\0process=x,guest=a,,b\0"), "a,b");
	assert_string_equal(GUEST("qemu\0-name\0guest=\x1b[m\0"), "?[m");
	assert_null(GUEST("qemu\0-name\0process=x\0"));
	assert_null(GUEST("qemu\0-name\0"));
	assert_null(GUEST("qemu\0-names\0x\0"));
	assert_null(GUEST("/usr/bin/vim\0-name\0secret\0"));
	assert_null(GUEST(""));
}

static const char *unit_of(const char *cgroups)
{
	char *copy = xstrdup(cgroups);
	char *unit = holder_parse_unit(copy);

	free(copy);
	return unit ? keep(unit) : NULL;
}

TEST(the_unit_of_a_holder_is_the_deepest_of_its_control_group)
{
	assert_string_equal(
		unit_of("0::/machine.slice/machine-qemu\\x2d1\\x2dvm.scope/libvirt/emulator\n"),
		"machine-qemu\\x2d1\\x2dvm.scope");
	assert_string_equal(
		unit_of("0::/user.slice/user-1000.slice/user@1000.service/app.slice/app-vm.scope\n"),
		"app-vm.scope");
	assert_string_equal(unit_of("12:devices:/system.slice/a.service\n"
				    "1:name=systemd:/system.slice/spdk.service\n0::/\n"),
			    "spdk.service");
	assert_null(unit_of("0::/init\n"));
	assert_null(unit_of("3:cpu:/system.slice/a.service\n"));
	assert_null(unit_of(""));
}

/* The SSH session of the caller */

TEST(the_parent_of_a_process_stands_behind_its_name)
{
	char name[64];
	int parent;

	assert_true(session_parse_stat("812 (sshd) S 1 812 812 0 -1", name, sizeof(name), &parent));
	assert_string_equal(name, "sshd");
	assert_int_equal(parent, 1);
	assert_true(session_parse_stat("9 (a) S 7 (b) R 8 9", name, sizeof(name), &parent));
	assert_string_equal(name, "a) S 7 (b");
	assert_int_equal(parent, 8);
	assert_false(session_parse_stat("", name, sizeof(name), &parent));
	assert_false(session_parse_stat("9 )a( S 7", name, sizeof(name), &parent));
}

static const char *local_of(const char *line, unsigned long inode)
{
	char text[64];

	return session_parse_socket(line, &inode, 1, text, sizeof(text)) ? keep(xstrdup(text))
									 : NULL;
}

/* The kernel prints words of an address as numbers in the byte order of the machine. */
TEST(a_connection_of_a_socket_says_its_own_address)
{
	const uint32_t four[] = { htonl(0xc0000207) };
	const uint32_t six[] = { htonl(0x20010db8), 0, 0, htonl(7) };
	const uint32_t mapped[] = { 0, 0, htonl(0xffff), four[0] };
	const char *line = keep(xasprintf("   3: %08X:0016 090200C0:C3D0 01 00000000:00000000 "
					  "02:000A 00000000     0        0 4711 4 0\n",
					  four[0]));

	assert_string_equal(local_of(line, 4711), "192.0.2.7");
	assert_null(local_of(line, 471));
	line = keep(xasprintf("   3: %08X%08X%08X%08X:0016 0:C3D0 01 0:0 02:000A 0 0 0 4711 4\n",
			      six[0], six[1], six[2], six[3]));
	assert_string_equal(local_of(line, 4711), "2001:db8::7");
	line = keep(xasprintf("   3: %08X%08X%08X%08X:0016 0:C3D0 01 0:0 02:000A 0 0 0 4711 4\n",
			      mapped[0], mapped[1], mapped[2], mapped[3]));
	assert_string_equal(local_of(line, 4711), "192.0.2.7");
	/* A socket that listens */
	line = keep(xasprintf("   3: %08X:0016 00000000:0000 0A 0:0 00:0 0 0 0 4711 4\n", four[0]));
	assert_null(local_of(line, 4711));
	assert_null(local_of("  sl  local_address rem_address   st tx_queue rx_queue", 4711));
	assert_null(local_of("   3: C00002:0016 0:0 01 0:0 00:0 0 0 0 4711 4\n", 4711));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(holders_are_replayed),
		cmocka_unit_test(those_that_were_seen_are_replayed_with_the_error),
		cmocka_unit_test(a_capture_may_say_nothing_of_holders),
		cmocka_unit_test(what_a_capture_says_of_holders_is_cleaned),
		cmocka_unit_test(only_the_initial_pid_namespace_shows_all_processes),
		cmocka_unit_test(a_file_that_is_open_twice_is_held_once),
		cmocka_unit_test(a_device_that_is_open_by_another_name_is_held),
		cmocka_unit_test(the_directory_itself_and_its_neighbours_are_not_in_it),
		cmocka_unit_test(odd_names_are_recorded_cleaned_and_come_back),
		cmocka_unit_test(a_sysroot_knows_no_processes),
		cmocka_unit_test(a_device_is_found_by_its_number_and_once),
		cmocka_unit_test(a_capture_without_openers_does_not_know_them),
		cmocka_unit_test(the_name_of_a_guest_is_the_one_that_qemu_was_given),
		cmocka_unit_test(the_unit_of_a_holder_is_the_deepest_of_its_control_group),
		cmocka_unit_test(the_parent_of_a_process_stands_behind_its_name),
		cmocka_unit_test(a_connection_of_a_socket_says_its_own_address),
	};

	return UNIT_RUN("holder", tests);
}
