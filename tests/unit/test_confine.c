/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Foreign trees: neither ".." nor a link leads out of them. Each case runs with openat2(2), and
 * again where the kernel, or a sandbox, does not let it through.
 */
#include "capture.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "source/internal.h"

static struct source *sysroot(const char *folder)
{
	struct source *source = NULL;

	assert_int_equal(source_open_sysroot(&source, folder), 0);
	return source;
}

/* Links that lead out, each to the file "out/secret" of this machine unless they are held in. */
static const char *hostile_tree(const char *out)
{
	const char *root = folder_new();
	const char *up = path_in("../../../../../../../..", path_in(out, "secret"));

	put_file(out, "secret", "outside\n");
	put_link(root, "absolute", path_in(out, "secret"));
	put_link(root, "up", up);
	put_link(root, "deep/down/up", up);
	put_link(root, "folder", out);
	put_link(root, "folder-up", "../../../../../../../../../../../../../../..");
	put_link(root, "magic", "/proc/self/root");
	return root;
}

TEST(no_link_of_a_sysroot_leads_out)
{
	static const char *const paths[] = { "/absolute", "/up", "/deep/down/up",
					     "/folder/secret" };
	const char *out = folder_new();
	struct source *source = sysroot(hostile_tree(out));
	struct source_list list;
	struct source_dir *dir;
	char *text;

	for (size_t i = 0; i < COUNT(paths); i++) {
		assert_int_equal(source_read(source, paths[i], &text, NULL), -ENOENT);
		assert_int_equal(source_exists(source, paths[i]), -ENOENT);
	}
	assert_int_equal(source_list(source, "/folder", &list), -ENOENT);
	assert_int_equal(source_dir_open(source, "/folder", &dir), -ENOENT);
	assert_int_equal(source_link(source, "/folder/secret", &text), -ENOENT);
	assert_int_equal(source_list(source, "/magic", &list), -ENOENT);
	assert_int_equal(
		source_read(source, path_in("/folder-up", path_in(out, "secret")), &text, NULL),
		-ENOENT);
	assert_int_equal(
		source_read(source, path_in("/../../../..", path_in(out, "secret")), &text, NULL),
		-ENOENT);
	source_close(source);
}

TEST(links_of_a_sysroot_lead_to_its_own_files)
{
	const char *out = folder_new();
	const char *root = hostile_tree(out);
	static const char *const paths[] = { "/absolute", "/up", "/deep/down/up",
					     "/folder/secret" };
	struct source *source;
	struct source_dir *dir;
	char *text;

	put_file(root, path_in(out, "secret"), "inside\n");
	source = sysroot(root);
	for (size_t i = 0; i < COUNT(paths); i++) {
		assert_int_equal(source_read(source, paths[i], &text, NULL), 0);
		assert_string_equal(text, "inside\n");
		free(text);
	}
	assert_int_equal(source_read(source, path_in("/..", path_in(out, "secret")), &text, NULL),
			 0);
	assert_string_equal(text, "inside\n");
	free(text);
	assert_int_equal(source_dir_open(source, "/folder", &dir), 0);
	assert_int_equal(source_dir_read(dir, "secret", &text, NULL), 0);
	assert_string_equal(text, "inside\n");
	free(text);
	source_dir_close(dir);
	source_close(source);
}

TEST(a_name_in_an_open_folder_leads_not_out_of_the_sysroot)
{
	const char *out = folder_new();
	const char *root = hostile_tree(out);
	const char *up = path_in("../../../../../../../..", path_in(out, "secret"));
	struct source *source;
	struct source_dir *dir;
	char *text;

	put_link(root, "sub/absolute", path_in(out, "secret"));
	put_link(root, "sub/up", up);
	source = sysroot(root);
	assert_int_equal(source_dir_open(source, "/sub", &dir), 0);
	assert_int_equal(source_dir_read(dir, "absolute", &text, NULL), -ENOENT);
	assert_int_equal(source_dir_read(dir, "up", &text, NULL), -ENOENT);
	assert_int_equal(source_dir_read(dir, up, &text, NULL), -ENOENT);
	source_dir_close(dir);
	source_close(source);
}

TEST(a_link_of_a_sysroot_is_told_as_it_stands)
{
	const char *out = folder_new();
	struct source *source = sysroot(hostile_tree(out));
	char *text;

	assert_int_equal(source_link(source, "/absolute", &text), 0);
	assert_string_equal(text, path_in(out, "secret"));
	free(text);
	source_close(source);
}

TEST(no_link_of_a_capture_leads_out)
{
	static const char *const paths[] = { "/absolute", "/up", "/deep/down/up",
					     "/folder/secret" };
	const char *out = folder_new();
	const char *capture = folder_new();
	struct source *source;
	char *text;

	assert_int_equal(rename(hostile_tree(out), path_in(capture, "files")), 0);
	put_file(capture, "transcript.jsonl", quoted(CAPTURE_HEADER));
	source = capture_replay(capture);
	for (size_t i = 0; i < COUNT(paths); i++)
		assert_int_equal(source_read(source, paths[i], &text, NULL), -ENOENT);
	source_close(source);
}

TEST(a_pipe_in_a_foreign_tree_is_not_waited_for)
{
	const char *root = folder_new();
	struct source *source = sysroot(root);
	struct source_dir *dir;
	char *text;

	put_folder(root, "sub");
	assert_int_equal(mkfifo(path_in(root, "sub/pipe"), 0600), 0);
	alarm(60);
	assert_int_equal(source_read(source, "/sub/pipe", &text, NULL), -EINVAL);
	assert_int_equal(source_dir_open(source, "/sub", &dir), 0);
	assert_int_equal(source_dir_read(dir, "pipe", &text, NULL), -EINVAL);
	assert_int_equal(source_read(source, "/sub", &text, NULL), -EINVAL);
	alarm(0);
	source_dir_close(dir);
	source_close(source);
}

TEST(a_link_in_an_open_folder_leads_where_it_says)
{
	const char *root = folder_new();
	struct source *source = sysroot(root);
	struct source_dir *dir;
	char *text = NULL;
	int ret;

	put_file(root, "other/file", "right\n");
	put_file(root, "sub/other/file", "wrong\n");
	put_link(root, "sub/up", "../other/file");
	assert_int_equal(source_dir_open(source, "/sub", &dir), 0);
	ret = source_dir_read(dir, "up", &text, NULL);
	source_dir_close(dir);
	source_close(source);
	assert_int_equal(ret, 0);
	assert_string_equal(text, "right\n");
	free(text);
}

/* confined_open() itself */

/* What @path leads to: the number of a file, or a negative errno. */
static long open_number(int root, const char *path, int flags)
{
	int fd = confined_open(root, path, flags);
	struct stat st;

	if (fd < 0)
		return fd;
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fstat(fd, &st), 0);
	close(fd);
	return (long)st.st_ino;
}

static int open_root(const char *folder)
{
	int root = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_true(root >= 0);
	return root;
}

/* A chain of @count links, the first "1", to a file. */
static void put_chain(const char *folder, unsigned int count)
{
	put_file(folder, "0", "");
	for (unsigned int i = 1; i <= count; i++)
		put_link(folder, keep(xasprintf("%u", count + 1 - i)),
			 keep(xasprintf("%u", i == 1 ? 0 : count + 2 - i)));
}

TEST(a_path_that_ends_in_dots_is_opened_as_asked)
{
	static const char *const paths[] = { "/sub/..", "/sub/.", "/sub/../.", "/..",
					     "/.",	"/",	  "/up" };
	const char *root = folder_new();
	struct source *source = sysroot(root);
	struct source_list list;

	put_file(root, "sub/file", "");
	put_link(root, "up", "sub/..");
	for (size_t i = 0; i < COUNT(paths); i++) {
		assert_int_equal(source_list(source, paths[i], &list), 0);
		assert_true(list.count > 0);
		source_list_clear(&list);
	}
	source_close(source);
}

TEST(forty_links_are_followed_and_no_more)
{
	const char *forty = folder_new();
	const char *more = folder_new();
	int root;

	put_chain(forty, 40);
	put_chain(more, 41);
	root = open_root(forty);
	assert_true(open_number(root, "1", O_RDONLY) > 0);
	close(root);
	root = open_root(more);
	assert_int_equal(open_number(root, "1", O_RDONLY), -ELOOP);
	assert_true(open_number(root, "2", O_RDONLY) > 0);
	close(root);
}

TEST(a_link_to_itself_is_a_loop)
{
	const char *folder = folder_new();
	int root = open_root(folder);

	put_link(folder, "self", "self");
	put_link(folder, "a", "b");
	put_link(folder, "b", "/a/x");
	assert_int_equal(open_number(root, "self", O_PATH), -ELOOP);
	assert_int_equal(open_number(root, "a", O_RDONLY), -ELOOP);
	close(root);
}

TEST(a_slash_at_the_end_asks_for_a_folder)
{
	const char *folder = folder_new();
	int root = open_root(folder);

	put_file(folder, "sub/file", "");
	put_link(folder, "link", "sub/file/");
	put_link(folder, "plain", "sub/file");
	put_link(folder, "to-sub", "sub");
	assert_true(open_number(root, "sub/", O_RDONLY) > 0);
	assert_int_equal(open_number(root, "sub/file/", O_RDONLY), -ENOTDIR);
	assert_int_equal(open_number(root, "link", O_RDONLY), -ENOTDIR);
	assert_true(open_number(root, "plain", O_RDONLY) > 0);
	assert_int_equal(open_number(root, "plain/", O_RDONLY), -ENOTDIR);
	assert_true(open_number(root, "to-sub/", O_RDONLY) > 0);
	close(root);
}

/* A process that renames something over and over again, until it is stopped. */
static pid_t start_renaming(const char *folder)
{
	const char *one = path_in(folder, "one");
	const char *two = path_in(folder, "two");
	pid_t child = fork();

	assert_true(child >= 0);
	if (child)
		return child;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		if (rename(one, two) < 0 || rename(two, one) < 0)
			_exit(1);
	}
}

TEST(renames_elsewhere_do_not_disturb)
{
	const char *elsewhere = folder_new();
	const char *one = path_in(elsewhere, "one");
	const char *folder = folder_new();
	int root = open_root(folder);
	unsigned int disturbed = 0;
	pid_t child;

	/* openat2() gives up with EAGAIN where ".." meets a rename anywhere on the machine. */
	put_folder(folder, "a/b");
	assert_int_equal(mkdir(one, 0700), 0);
	child = start_renaming(elsewhere);
	/* Until it has begun. */
	for (unsigned int i = 0; i < 1000000 && access(one, F_OK) == 0; i++)
		sched_yield();
	for (unsigned int i = 0; i < 8000; i++)
		disturbed += open_number(root, "a/b/../../a/b/../..", O_PATH) < 0;
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	close(root);
	assert_int_equal(disturbed, 0);
}

/* Random trees and paths: whatever openat2() says, the steps have to say too. */

#define TREES 60
#define PATHS 60

static struct {
	const char *folder[TREES];
	long number[TREES][PATHS];
	bool made;
} known;

/* A path of some parts, now and then absolute; @slash: it may end in one. */
static const char *random_path(struct random *random, bool slash)
{
	static const char *const parts[] = { "a", "b", "c", "a", "b", "..", "..", ".", "" };
	unsigned int n = 1 + random_below(random, 5);
	char *path = xstrdup(random_below(random, 3) ? "" : "/");

	for (unsigned int i = 0; i < n; i++) {
		const char *part = parts[random_below(random, COUNT(parts) - !i)];
		char *longer = xasprintf("%s%s%s", path, i ? "/" : "", part);

		free(path);
		path = longer;
	}
	while (!slash && path[1] && path[strlen(path) - 1] == '/')
		path[strlen(path) - 1] = '\0';
	return keep(path);
}

/*
 * Random folders, files and links below @folder. Made folder by folder and never through a link,
 * for those lead anywhere.
 */
static void put_random_tree(struct random *random, int folder, unsigned int depth)
{
	static const char *const names[] = { "a", "b", "c" };

	for (size_t i = 0; i < COUNT(names); i++) {
		int fd;

		switch (random_below(random, 4)) {
		case 0:
			assert_int_equal(symlinkat(random_path(random, false), folder, names[i]),
					 0);
			break;
		case 1:
			fd = openat(folder, names[i], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
				    0600);
			assert_true(fd >= 0);
			close(fd);
			break;
		default:
			assert_int_equal(mkdirat(folder, names[i], 0700), 0);
			fd = openat(folder, names[i],
				    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
			assert_true(fd >= 0);
			if (depth)
				put_random_tree(random, fd, depth - 1);
			close(fd);
		}
	}
}

/* A random tree at @root, and others around it, which a path that leads out would meet. */
static void put_random_trees(struct random *random, const char *root)
{
	static const char *const around[] = { "", "..", "../.." };

	for (size_t i = 0; i < COUNT(around); i++) {
		int folder = open_root(path_in(root, around[i]));

		put_random_tree(random, folder, 2);
		close(folder);
	}
}

/* The lowest number that a descriptor can get. */
static int next_descriptor(void)
{
	int fd = dup(STDOUT_FILENO);

	close(fd);
	return fd;
}

TEST(random_paths_lead_where_they_led)
{
	static const int flags[] = { O_RDONLY, O_PATH, O_RDONLY | O_DIRECTORY };
	int before = next_descriptor();
	unsigned int there = 0;

	for (unsigned int tree = 0; tree < TREES; tree++) {
		struct random random = random_turn(tree);
		const char *folder = known.made ? known.folder[tree] : folder_new();
		const char *inside = path_in(folder, "x/root");
		int root;

		if (!known.made) {
			put_folder(folder, "x/root");
			put_random_trees(&random, inside);
		}
		known.folder[tree] = folder;
		root = open_root(inside);
		random = random_turn(1000 + tree);
		for (unsigned int i = 0; i < PATHS; i++) {
			const char *path = random_path(&random, false);
			long number = open_number(root, path, flags[random_below(&random, 3)]);

			if (!known.made)
				known.number[tree][i] = number;
			else if (number != known.number[tree][i])
				fail_msg("%s in %s: %ld, and without openat2() %ld, "
					 "VFIODIAG_SEED=%" PRIu64,
					 path, inside, known.number[tree][i], number,
					 random.seed - 1000 - tree);
			there += number >= 0;
		}
		close(root);
	}
	known.made = true;
	assert_int_equal(next_descriptor(), before);
	assert_true(there > TREES * PATHS / 20);
}

/* From here on openat2() fails with @error. */
static void refuse_openat2(unsigned int error)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { .len = COUNT(code), .filter = code };

	assert_int_equal(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	assert_int_equal(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
	assert_int_equal(syscall(SYS_openat2, -1, "", NULL, 0), -1);
	assert_true(errno == (int)error || errno == ENOSYS); /* valgrind has none anyway */
}

TEST(a_kernel_without_openat2)
{
	refuse_openat2(ENOSYS);
}

TEST(a_sandbox_without_openat2)
{
	refuse_openat2(EPERM);
}

/* The same cases again. */
#define STEPWISE(test)                                           \
	{                                                        \
#test "_without_openat2", test, NULL, NULL, NULL \
	}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_link_of_a_sysroot_leads_out),
		cmocka_unit_test(links_of_a_sysroot_lead_to_its_own_files),
		cmocka_unit_test(a_name_in_an_open_folder_leads_not_out_of_the_sysroot),
		cmocka_unit_test(a_link_of_a_sysroot_is_told_as_it_stands),
		cmocka_unit_test(no_link_of_a_capture_leads_out),
		cmocka_unit_test(a_pipe_in_a_foreign_tree_is_not_waited_for),
		cmocka_unit_test(a_link_in_an_open_folder_leads_where_it_says),
		cmocka_unit_test(a_path_that_ends_in_dots_is_opened_as_asked),
		cmocka_unit_test(forty_links_are_followed_and_no_more),
		cmocka_unit_test(a_link_to_itself_is_a_loop),
		cmocka_unit_test(a_slash_at_the_end_asks_for_a_folder),
		cmocka_unit_test(renames_elsewhere_do_not_disturb),
		cmocka_unit_test(random_paths_lead_where_they_led),
		cmocka_unit_test(a_kernel_without_openat2),
		STEPWISE(no_link_of_a_sysroot_leads_out),
		STEPWISE(links_of_a_sysroot_lead_to_its_own_files),
		STEPWISE(a_name_in_an_open_folder_leads_not_out_of_the_sysroot),
		STEPWISE(a_link_of_a_sysroot_is_told_as_it_stands),
		STEPWISE(no_link_of_a_capture_leads_out),
		STEPWISE(a_pipe_in_a_foreign_tree_is_not_waited_for),
		STEPWISE(a_link_in_an_open_folder_leads_where_it_says),
		STEPWISE(a_path_that_ends_in_dots_is_opened_as_asked),
		STEPWISE(forty_links_are_followed_and_no_more),
		STEPWISE(a_link_to_itself_is_a_loop),
		STEPWISE(a_slash_at_the_end_asks_for_a_folder),
		STEPWISE(renames_elsewhere_do_not_disturb),
		STEPWISE(random_paths_lead_where_they_led),
		cmocka_unit_test(a_sandbox_without_openat2),
		STEPWISE(no_link_of_a_sysroot_leads_out),
	};

	return UNIT_RUN("confine", tests);
}
