/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Foreign trees: neither ".." nor a link leads out of them. Each case runs with openat2(2), and
 * again where the kernel, or a sandbox, does not let it through.
 */
#include "capture.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "source/internal.h"

static struct source *sysroot(const char *directory)
{
	struct source *source = NULL;

	assert_int_equal(source_open_sysroot(&source, directory), 0);
	return source;
}

/* Links that lead out, each to the file "out/secret" of this machine unless they are held in. */
static const char *hostile_tree(const char *out)
{
	const char *root = directory_new();
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
	const char *out = directory_new();
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
	const char *out = directory_new();
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

TEST(a_name_in_an_open_directory_leads_not_out_of_the_sysroot)
{
	const char *out = directory_new();
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
	const char *out = directory_new();
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
	const char *out = directory_new();
	const char *capture = directory_new();
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
	const char *root = directory_new();
	struct source *source = sysroot(root);
	struct source_dir *dir;
	char *text;

	put_directory(root, "sub");
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

/* Opened, a socket would be ENXIO, and so would a device that is not there. */
TEST(what_is_no_plain_file_is_not_opened)
{
	const char *root = directory_new();
	struct source *source = sysroot(root);
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct source_dir *dir;
	char *text;

	put_directory(root, "sub");
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/sub/socket", root);
	assert_int_equal(bind(listening, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(open(address.sun_path, O_RDONLY | O_CLOEXEC), -1);
	assert_int_equal(errno, ENXIO);
	put_link(root, "sub/link", "socket");
	assert_int_equal(source_read(source, "/sub/socket", &text, NULL), -EINVAL);
	assert_int_equal(source_read(source, "/sub/link", &text, NULL), -EINVAL);
	assert_int_equal(source_dir_open(source, "/sub", &dir), 0);
	assert_int_equal(source_dir_read(dir, "socket", &text, NULL), -EINVAL);
	assert_int_equal(source_dir_read(dir, "link", &text, NULL), -EINVAL);
	source_dir_close(dir);
	source_close(source);
	close(listening);
}

TEST(a_link_in_an_open_directory_leads_where_it_says)
{
	const char *root = directory_new();
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

static int open_root(const char *directory)
{
	int root = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_true(root >= 0);
	return root;
}

/* The lowest number that a descriptor can get. */
static int next_descriptor(void)
{
	int fd = dup(STDOUT_FILENO);

	close(fd);
	return fd;
}

/* A chain of @count links, the first "1", to a file. */
static void put_chain(const char *directory, unsigned int count)
{
	put_file(directory, "0", "");
	for (unsigned int i = 1; i <= count; i++)
		put_link(directory, keep(xasprintf("%u", count + 1 - i)),
			 keep(xasprintf("%u", i == 1 ? 0 : count + 2 - i)));
}

TEST(a_path_that_ends_in_dots_is_opened_as_asked)
{
	static const char *const paths[] = { "/sub/..", "/sub/.", "/sub/../.", "/..",
					     "/.",	"/",	  "/up" };
	const char *root = directory_new();
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
	const char *forty = directory_new();
	const char *more = directory_new();
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
	const char *directory = directory_new();
	int root = open_root(directory);

	put_link(directory, "self", "self");
	put_link(directory, "a", "b");
	put_link(directory, "b", "/a/x");
	assert_int_equal(open_number(root, "self", O_PATH), -ELOOP);
	assert_int_equal(open_number(root, "a", O_RDONLY), -ELOOP);
	close(root);
}

TEST(a_slash_at_the_end_asks_for_a_directory)
{
	const char *directory = directory_new();
	int root = open_root(directory);

	put_file(directory, "sub/file", "");
	put_link(directory, "link", "sub/file/");
	put_link(directory, "plain", "sub/file");
	put_link(directory, "to-sub", "sub");
	assert_true(open_number(root, "sub/", O_RDONLY) > 0);
	assert_int_equal(open_number(root, "sub/file/", O_RDONLY), -ENOTDIR);
	assert_int_equal(open_number(root, "link", O_RDONLY), -ENOTDIR);
	assert_true(open_number(root, "plain", O_RDONLY) > 0);
	assert_int_equal(open_number(root, "plain/", O_RDONLY), -ENOTDIR);
	assert_true(open_number(root, "to-sub/", O_RDONLY) > 0);
	close(root);
}

/* A process that renames @one to @two and back over and over again, until it is stopped. */
static pid_t start_renaming(const char *one, const char *two)
{
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

static void stop_renaming(pid_t child)
{
	int status;

	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
}

TEST(renames_elsewhere_do_not_disturb)
{
	const char *elsewhere = directory_new();
	const char *one = path_in(elsewhere, "one");
	const char *directory = directory_new();
	int root = open_root(directory);
	unsigned int disturbed = 0;
	pid_t child;

	/* openat2() gives up with EAGAIN where ".." meets a rename anywhere on the machine. */
	put_directory(directory, "a/b");
	assert_int_equal(mkdir(one, 0700), 0);
	child = start_renaming(one, path_in(elsewhere, "two"));
	/* Until it has begun. */
	for (unsigned int i = 0; i < 1000000 && access(one, F_OK) == 0; i++)
		sched_yield();
	for (unsigned int i = 0; i < 8000; i++)
		disturbed += open_number(root, "a/b/../../a/b/../..", O_PATH) < 0;
	stop_renaming(child);
	close(root);
	assert_int_equal(disturbed, 0);
}

/* A directory that is moved out of the tree while a path leads through it */

#define THROUGH "a/b/../../secret"

/* A tree at "root" in the directory that is returned; outside of it a place for what is moved there. */
static const char *tree_to_move(long *inside)
{
	const char *directory = directory_new();
	struct stat st;

	put_directory(directory, "root/a/b");
	put_directory(directory, "out/x");
	put_file(directory, "root/secret", "inside\n");
	put_file(directory, "out/secret", "outside\n");
	put_file(directory, "out/x/secret", "outside\n");
	assert_int_equal(stat(path_in(directory, "root/secret"), &st), 0);
	*inside = (long)st.st_ino;
	return directory;
}

/* What THROUGH leads to when "a" is moved after @steps of the walk: as open_number(). */
static long number_when_moved(const char *directory, int root, unsigned int steps)
{
	struct confined_walk *walk = confined_walk_begin(root, THROUGH, O_RDONLY);
	struct stat st;
	int ret = 0, fd;

	for (unsigned int i = 0; ret == 0 && i < steps; i++)
		ret = confined_walk_step(walk);
	assert_int_equal(rename(path_in(directory, "root/a"), path_in(directory, "out/x/a")), 0);
	while (ret == 0)
		ret = confined_walk_step(walk);
	assert_int_equal(rename(path_in(directory, "out/x/a"), path_in(directory, "root/a")), 0);
	fd = confined_walk_end(walk);
	if (ret < 0)
		return ret;
	assert_int_equal(fstat(fd, &st), 0);
	close(fd);
	return (long)st.st_ino;
}

TEST(a_directory_that_is_moved_out_leads_not_out)
{
	int before = next_descriptor();
	long inside;
	const char *directory = tree_to_move(&inside);
	int root = open_root(path_in(directory, "root"));

	/* Before the first step "a" has gone; from then on its parent is where the walk came from. */
	assert_int_equal(number_when_moved(directory, root, 0), -ENOENT);
	for (unsigned int steps = 1; steps <= 5; steps++)
		assert_int_equal(number_when_moved(directory, root, steps), inside);
	close(root);
	assert_int_equal(next_descriptor(), before);
}

TEST(a_directory_that_goes_in_and_out_leads_not_out)
{
	long inside, number;
	const char *directory = tree_to_move(&inside);
	int root = open_root(path_in(directory, "root"));
	pid_t child = start_renaming(path_in(directory, "root/a"), path_in(directory, "out/x/a"));

	for (unsigned int i = 0; i < 20000; i++) {
		number = open_number(root, THROUGH, O_RDONLY);
		/* EAGAIN: openat2() could not tell, each time that it was asked. */
		if (number != inside && number != -ENOENT && number != -EAGAIN) {
			kill(child, SIGKILL);
			fail_msg("it led to %ld, outside", number);
		}
	}
	stop_renaming(child);
	close(root);
}

/* Bounds */

TEST(links_of_processes_are_not_followed)
{
	static const char *const magic[] = { "proc/self/root", "proc/self/root/etc",
					     "proc/self/cwd",  "proc/self/exe",
					     "proc/self/fd/0", "proc/self/task/../cwd/." };
	int root = open_root("/");

	for (size_t i = 0; i < COUNT(magic); i++)
		assert_int_equal(open_number(root, magic[i], O_PATH), -ELOOP);
	assert_true(open_number(root, "proc/self/status", O_PATH) > 0);
	assert_true(open_number(root, "proc/mounts", O_PATH) > 0);
	close(root);
}

TEST(a_path_is_as_long_as_the_kernel_allows)
{
	const char *directory = directory_new();
	int root = open_root(directory);
	char path[4097];

	put_file(directory, "f", "");
	memset(path, '/', sizeof(path));
	path[4094] = 'f';
	path[4095] = '\0';
	assert_true(open_number(root, path + 1, O_RDONLY) > 0);
	assert_true(open_number(root, path, O_RDONLY) > 0);
	path[4095] = '/';
	path[4096] = '\0';
	assert_int_equal(open_number(root, path, O_RDONLY), -ENAMETOOLONG);
	close(root);
}

/* Not of openat2(), which holds no descriptors. */
TEST(a_walk_is_not_deeper_than_its_descriptors_reach)
{
	const char *directory = directory_new();
	char down[2 * 300 + 1] = "", back[5 * 300 + 2] = "";
	int before = next_descriptor(), root;

	for (unsigned int i = 0; i < 300; i++) {
		memcpy(down + 2 * i, "d/", 3);
		memcpy(back + 5 * i, "d/../", 6);
	}
	put_directory(directory, down);
	root = open_root(directory);
	assert_int_equal(open_number(root, down, O_RDONLY), -ENAMETOOLONG);
	assert_true(open_number(root, down + 2 * (300 - 200), O_RDONLY) > 0);
	assert_true(open_number(root, back, O_RDONLY) > 0);
	close(root);
	assert_int_equal(next_descriptor(), before);
}

/* Random trees and paths: whatever openat2() says, the steps have to say too. */

#define TREES 60
#define PATHS 60

static struct {
	const char *directory[TREES];
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
 * Random directories, files and links below @directory. Made directory by directory and never through a link,
 * for those lead anywhere.
 */
static void put_random_tree(struct random *random, int directory, unsigned int depth)
{
	static const char *const names[] = { "a", "b", "c" };

	for (size_t i = 0; i < COUNT(names); i++) {
		int fd;

		switch (random_below(random, 4)) {
		case 0:
			assert_int_equal(symlinkat(random_path(random, false), directory, names[i]),
					 0);
			break;
		case 1:
			fd = openat(directory, names[i], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
				    0600);
			assert_true(fd >= 0);
			close(fd);
			break;
		default:
			assert_int_equal(mkdirat(directory, names[i], 0700), 0);
			fd = openat(directory, names[i],
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
		int directory = open_root(path_in(root, around[i]));

		put_random_tree(random, directory, 2);
		close(directory);
	}
}

TEST(random_paths_lead_where_they_led)
{
	static const int flags[] = { O_RDONLY, O_PATH, O_RDONLY | O_DIRECTORY };
	int before = next_descriptor();
	unsigned int there = 0;

	for (unsigned int tree = 0; tree < TREES; tree++) {
		struct random random = random_turn(tree);
		const char *directory = known.made ? known.directory[tree] : directory_new();
		const char *inside = path_in(directory, "x/root");
		int root;

		if (!known.made) {
			put_directory(directory, "x/root");
			put_random_trees(&random, inside);
		}
		known.directory[tree] = directory;
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

static void filter_calls(struct sock_filter *code, unsigned short len)
{
	struct sock_fprog program = { .len = len, .filter = code };

	assert_int_equal(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	assert_int_equal(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
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

	filter_calls(code, COUNT(code));
	assert_int_equal(syscall(SYS_openat2, -1, "", NULL, 0), -1);
	assert_true(errno == (int)error || errno == ENOSYS); /* valgrind has none anyway */
}

/* The lower half of an argument of a system call. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define LOWER_HALF 0
#else
#define LOWER_HALF 4
#endif

/* From here on openat2() fails with @error where its path stands at @path. */
static void refuse_path(const char *path, unsigned int error)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, args[1]) + LOWER_HALF),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned int)(uintptr_t)path, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};

	filter_calls(code, COUNT(code));
}

static bool has_openat2(int root)
{
	struct open_how how = { .flags = O_PATH };
	long fd = syscall(SYS_openat2, root, ".", &how, sizeof(how));

	if (fd >= 0)
		close((int)fd);
	return fd >= 0;
}

TEST(only_openat2_itself_is_stood_in_for)
{
	static const int errors[] = { EAGAIN, EPERM, EOPNOTSUPP, EACCES };
	static char path[COUNT(errors)][2] = { "f", "f", "f", "f" };
	const char *directory = directory_new();
	int root = open_root(directory);

	put_file(directory, "f", "");
	for (size_t i = 0; i < COUNT(errors); i++) {
		refuse_path(path[i], (unsigned int)errors[i]);
		if (has_openat2(root)) /* valgrind has none, and then there is nothing to refuse */
			assert_int_equal(open_number(root, path[i], O_RDONLY), -errors[i]);
		else
			assert_true(open_number(root, path[i], O_RDONLY) > 0);
	}
	close(root);
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
		cmocka_unit_test(a_name_in_an_open_directory_leads_not_out_of_the_sysroot),
		cmocka_unit_test(a_link_of_a_sysroot_is_told_as_it_stands),
		cmocka_unit_test(no_link_of_a_capture_leads_out),
		cmocka_unit_test(a_pipe_in_a_foreign_tree_is_not_waited_for),
		cmocka_unit_test(what_is_no_plain_file_is_not_opened),
		cmocka_unit_test(a_link_in_an_open_directory_leads_where_it_says),
		cmocka_unit_test(a_path_that_ends_in_dots_is_opened_as_asked),
		cmocka_unit_test(forty_links_are_followed_and_no_more),
		cmocka_unit_test(a_link_to_itself_is_a_loop),
		cmocka_unit_test(a_slash_at_the_end_asks_for_a_directory),
		cmocka_unit_test(renames_elsewhere_do_not_disturb),
		cmocka_unit_test(random_paths_lead_where_they_led),
		cmocka_unit_test(a_directory_that_is_moved_out_leads_not_out),
		cmocka_unit_test(a_directory_that_goes_in_and_out_leads_not_out),
		cmocka_unit_test(links_of_processes_are_not_followed),
		cmocka_unit_test(a_path_is_as_long_as_the_kernel_allows),
		cmocka_unit_test(only_openat2_itself_is_stood_in_for),
		cmocka_unit_test(a_kernel_without_openat2),
		STEPWISE(no_link_of_a_sysroot_leads_out),
		STEPWISE(links_of_a_sysroot_lead_to_its_own_files),
		STEPWISE(a_name_in_an_open_directory_leads_not_out_of_the_sysroot),
		STEPWISE(a_link_of_a_sysroot_is_told_as_it_stands),
		STEPWISE(no_link_of_a_capture_leads_out),
		STEPWISE(a_pipe_in_a_foreign_tree_is_not_waited_for),
		STEPWISE(what_is_no_plain_file_is_not_opened),
		STEPWISE(a_link_in_an_open_directory_leads_where_it_says),
		STEPWISE(a_path_that_ends_in_dots_is_opened_as_asked),
		STEPWISE(forty_links_are_followed_and_no_more),
		STEPWISE(a_link_to_itself_is_a_loop),
		STEPWISE(a_slash_at_the_end_asks_for_a_directory),
		STEPWISE(renames_elsewhere_do_not_disturb),
		STEPWISE(random_paths_lead_where_they_led),
		STEPWISE(a_directory_that_goes_in_and_out_leads_not_out),
		STEPWISE(links_of_processes_are_not_followed),
		STEPWISE(a_path_is_as_long_as_the_kernel_allows),
		cmocka_unit_test(a_walk_is_not_deeper_than_its_descriptors_reach),
		cmocka_unit_test(a_sandbox_without_openat2),
		STEPWISE(no_link_of_a_sysroot_leads_out),
	};

	return UNIT_RUN("confine", tests);
}
