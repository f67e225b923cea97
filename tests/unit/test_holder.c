/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who has files below a directory open. What a live host says is in test_source.c too. */
#include "capture.h"

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
	};

	return UNIT_RUN("holder", tests);
}
