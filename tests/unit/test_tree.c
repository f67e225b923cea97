/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Trees in memory: they answer as the kernel does. */
#include "capture.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/writer.h"
#include "capture/capture.h"
#include "source/internal.h"

static struct tree_node *add(struct tree_node *root, const char *path, enum tree_kind kind,
			     const char *text)
{
	struct tree_node *node = NULL;

	assert_int_equal(tree_add(root, path, kind, &node), 0);
	assert_int_equal(node->kind, kind);
	if (text)
		tree_set_text(node, text, strlen(text));
	return node;
}

static int find(struct tree_node *root, const char *path)
{
	struct tree_node *node = NULL;

	return tree_find(root, root, path, true, &node);
}

TEST(what_was_added_is_found)
{
	struct tree_node *root = tree_new();
	struct tree_node *file = add(root, "/a/b/file", TREE_FILE, "text");
	struct tree_node *node = NULL;

	assert_int_equal(tree_find(root, root, "/a/b/file", true, &node), 0);
	assert_ptr_equal(node, file);
	assert_string_equal(node->text, "text");
	assert_int_equal(node->len, 4);
	assert_int_equal(tree_find(root, root, "a//b/./../b/file", true, &node), 0);
	assert_ptr_equal(node, file);
	assert_int_equal(tree_find(root, file->parent, "file", true, &node), 0);
	assert_ptr_equal(node, file);
	assert_int_equal(tree_find(root, file->parent, "../../../../a/b/file", true, &node), 0);
	assert_ptr_equal(node, file);
	tree_free(root);
}

TEST(a_place_is_one_thing)
{
	struct tree_node *root = tree_new();
	struct tree_node *file = add(root, "a/file", TREE_FILE, NULL);
	struct tree_node *node = NULL;

	assert_int_equal(tree_add(root, "a/file", TREE_DIRECTORY, &node), -EEXIST);
	assert_ptr_equal(node, file);
	assert_int_equal(tree_add(root, "a", TREE_FILE, &node), -EEXIST);
	assert_ptr_equal(node, file->parent);
	assert_int_equal(tree_add(root, "a/file/below", TREE_FILE, &node), -ENOTDIR);
	add(root, "link", TREE_LINK, "a");
	assert_int_equal(tree_add(root, "link/below", TREE_FILE, &node), -ENOTDIR);
	assert_int_equal(find(root, "a/below"), -ENOENT);
	tree_free(root);
}

TEST(paths_that_are_none_are_not_added)
{
	static const char *const paths[] = { "", "/", "a//b", "a/", "..", "a/../b", "//a" };
	struct tree_node *root = tree_new();
	struct tree_node *node = NULL;

	for (size_t i = 0; i < COUNT(paths); i++)
		assert_int_equal(tree_add(root, paths[i], TREE_FILE, &node), -EINVAL);
	tree_free(root);
}

TEST(children_are_sorted)
{
	static const char *const names[] = { "b", "10", "c", "2", "a", "1" };
	struct tree_node *root = tree_new();
	struct tree_node **children;
	size_t count;

	for (size_t i = 0; i < COUNT(names); i++)
		add(root, names[i], TREE_FILE, NULL);
	children = tree_children(root, &count);
	assert_int_equal(count, COUNT(names));
	for (size_t i = 1; i < count; i++)
		assert_true(strcmp(children[i - 1]->name, children[i]->name) < 0);
	free(children);
	children = tree_children(add(root, "empty", TREE_DIRECTORY, NULL), &count);
	assert_int_equal(count, 0);
	free(children);
	tree_free(root);
}

/* A text that becomes longer finds new room, and one that becomes shorter ends where it ends. */
TEST(a_text_is_replaced)
{
	static const char *const texts[] = { "one", "a longer text", "two", "", "three" };
	struct tree_node *root = tree_new();
	struct tree_node *file = add(root, "file", TREE_FILE, NULL);
	struct tree_node *other = add(root, "other", TREE_FILE, "other");
	_cleanup_free_ char *large = xcalloc(1, 100000);

	for (size_t i = 0; i < COUNT(texts); i++) {
		tree_set_text(file, texts[i], strlen(texts[i]));
		assert_int_equal(file->len, strlen(texts[i]));
		if (file->len)
			assert_string_equal(file->text, texts[i]);
		else
			assert_null(file->text);
	}
	memset(large, 'x', 99999);
	tree_set_text(file, large, 99999);
	assert_string_equal(file->text, large);
	assert_string_equal(other->text, "other");
	tree_free(root);
}

static int write_path(const char *path, struct tree_node *node, void *context)
{
	(void)node;
	fprintf(context, "%s\n", path);
	return strcmp(path, "top/b") == 0 ? -EIO : 0;
}

/* One path is written over another: a long one has to leave nothing behind it. */
TEST(a_visit_tells_the_whole_path_of_each_node)
{
	struct tree_node *root = tree_new();
	struct writer paths, some;

	add(root, "a/a-directory-of-a-long-name/file", TREE_FILE, NULL);
	add(root, "a/b", TREE_FILE, NULL);
	add(root, "b", TREE_FILE, NULL);
	add(root, "c", TREE_FILE, NULL);
	writer_open(&paths);
	assert_int_equal(tree_visit(root, "", write_path, paths.out), 0);
	assert_string_equal(keep(writer_close(&paths)), "a\n"
							"a/a-directory-of-a-long-name\n"
							"a/a-directory-of-a-long-name/file\n"
							"a/b\n"
							"b\n"
							"c\n");
	writer_open(&some);
	assert_int_equal(tree_visit(root, "top", write_path, some.out), -EIO);
	assert_string_equal(keep(writer_close(&some)), "top/a\n"
						       "top/a/a-directory-of-a-long-name\n"
						       "top/a/a-directory-of-a-long-name/file\n"
						       "top/a/b\n"
						       "top/b\n");
	tree_free(root);
}

static unsigned int height(const struct tree_node *top)
{
	unsigned int less = top ? height(top->less) : 0;
	unsigned int greater = top ? height(top->greater) : 0;

	return top ? 1 + (less > greater ? less : greater) : 0;
}

/* A capture from elsewhere may list its names in the order that is worst: reading it takes no longer. */
TEST(children_are_found_quickly_in_whatever_order_they_came)
{
	enum { COUNT_MAX = 4096, HEIGHT_MAX = 2 * 13 };
	static const unsigned int steps[] = { 1, COUNT_MAX - 1, 1021 };

	for (size_t i = 0; i < COUNT(steps); i++) {
		struct tree_node *root = tree_new();
		struct tree_node **children;
		size_t count;

		for (unsigned int n = 0; n < COUNT_MAX; n++) {
			char name[8];

			snprintf(name, sizeof(name), "%04u", n * steps[i] % COUNT_MAX);
			add(root, name, TREE_FILE, NULL);
		}
		assert_true(height(root->children) <= HEIGHT_MAX);
		children = tree_children(root, &count);
		assert_int_equal(count, COUNT_MAX);
		for (unsigned int n = 0; n < COUNT_MAX; n++) {
			assert_int_equal(atoi(children[n]->name), n);
			assert_int_equal(find(root, children[n]->name), 0);
		}
		assert_int_equal(find(root, "4096"), -ENOENT);
		free(children);
		tree_free(root);
	}
}

TEST(forty_links_are_followed_and_no_more)
{
	struct tree_node *root = tree_new();

	add(root, "0", TREE_FILE, NULL);
	for (unsigned int i = 1; i <= 41; i++)
		add(root, keep(xasprintf("%u", i)), TREE_LINK, keep(xasprintf("%u", i - 1)));
	assert_int_equal(find(root, "40"), 0);
	assert_int_equal(find(root, "41"), -ELOOP);
	add(root, "self", TREE_LINK, "self");
	assert_int_equal(find(root, "self"), -ELOOP);
	add(root, "nothing", TREE_LINK, NULL);
	assert_int_equal(find(root, "nothing"), -ENOENT);
	tree_free(root);
}

TEST(a_directory_that_could_not_be_opened_says_so)
{
	struct tree_node *root = tree_new();
	struct tree_node *directory = add(root, "closed", TREE_DIRECTORY, NULL);

	directory->error = EACCES;
	assert_int_equal(find(root, "closed"), 0);
	assert_int_equal(find(root, "closed/below"), -EACCES);
	tree_free(root);
}

/* Random trees on a disk: whatever the kernel says of a path, the tree in memory has to say too. */

#define TREES 80
#define PATHS 80

static char *random_path(struct random *random)
{
	static const char *const parts[] = { "a", "b", "c", "a", "b", "d", "..", "..", ".", "" };
	unsigned int n = 1 + random_below(random, 5);
	char *path = xstrdup(random_below(random, 3) ? "" : "/");

	for (unsigned int i = 0; i < n; i++) {
		const char *part = parts[random_below(random, COUNT(parts) - !i)];
		char *longer = xasprintf("%s%s%s", path, i ? "/" : "", part);

		free(path);
		path = longer;
	}
	return path;
}

static void put_random_tree(struct random *random, int directory, unsigned int depth)
{
	static const char *const names[] = { "a", "b", "c" };

	for (size_t i = 0; i < COUNT(names); i++) {
		_cleanup_free_ char *target = random_path(random);
		_cleanup_close_ int fd = -1;

		switch (random_below(random, 4)) {
		case 0:
			assert_int_equal(symlinkat(target, directory, names[i]), 0);
			break;
		case 1:
			fd = openat(directory, names[i], O_WRONLY | O_CREAT | O_EXCL, 0600);
			assert_true(fd >= 0);
			break;
		default:
			assert_int_equal(mkdirat(directory, names[i], 0700), 0);
			fd = openat(directory, names[i], O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
			assert_true(fd >= 0);
			if (depth)
				put_random_tree(random, fd, depth - 1);
		}
	}
}

/* Where @path leads on the disk: the path from @root, or an error. */
static char *kernel_answer(int root, const char *whole_root, const char *path, bool follow)
{
	int fd = confined_open(root, *path ? path : ".", O_PATH | (follow ? 0 : O_NOFOLLOW));
	char link[64], target[4096];
	ssize_t n;

	if (fd < 0)
		return xasprintf("%d", fd);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, target, sizeof(target) - 1);
	assert_true(n > 0);
	target[n] = '\0';
	close(fd);
	return xasprintf("%s", target + strlen(whole_root));
}

static char *tree_answer(struct tree_node *root, const char *path, bool follow)
{
	struct tree_node *node = NULL;
	int ret = tree_find(root, root, path, follow, &node);
	char *answer = xstrdup("");

	if (ret < 0) {
		free(answer);
		return xasprintf("%d", ret);
	}
	for (; node->parent; node = node->parent) {
		char *longer = xasprintf("/%s%s", node->name, answer);

		free(answer);
		answer = longer;
	}
	return answer;
}

static unsigned int compare_paths(struct random *random, const char *directory,
				  struct tree_node *root)
{
	_cleanup_close_ int fd = open(directory, O_RDONLY | O_DIRECTORY);
	_cleanup_free_ char *whole = realpath(directory, NULL);
	unsigned int there = 0;

	for (unsigned int i = 0; i < PATHS; i++) {
		_cleanup_free_ char *path = random_path(random);
		bool follow = random_below(random, 2);
		_cleanup_free_ char *right = kernel_answer(fd, whole, path, follow);
		_cleanup_free_ char *answer = tree_answer(root, path, follow);

		if (strcmp(right, answer) != 0)
			fail_msg("%s in %s: '%s', and not '%s', with VFIODIAG_SEED=%" PRIu64, path,
				 directory, right, answer, random->seed);
		there += *right != '-';
	}
	return there;
}

TEST(random_paths_lead_where_the_kernel_leads)
{
	unsigned int there = 0;

	for (unsigned int turn = 0; turn < TREES; turn++) {
		struct random random = random_turn(turn);
		const char *directory = directory_new();
		struct capture *capture;
		int files;

		put_directory(directory, "files");
		put_file(directory, "transcript.jsonl", quoted(CAPTURE_HEADER));
		files = open(path_in(directory, "files"), O_RDONLY | O_DIRECTORY);
		assert_true(files >= 0);
		put_random_tree(&random, files, 2);
		close(files);
		capture = capture_loaded(directory);
		there += compare_paths(&random, path_in(directory, "files"), capture->files);
		capture_free(capture);
	}
	assert_true(there > TREES * PATHS / 20);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_added_is_found),
		cmocka_unit_test(a_place_is_one_thing),
		cmocka_unit_test(paths_that_are_none_are_not_added),
		cmocka_unit_test(children_are_sorted),
		cmocka_unit_test(a_text_is_replaced),
		cmocka_unit_test(a_visit_tells_the_whole_path_of_each_node),
		cmocka_unit_test(children_are_found_quickly_in_whatever_order_they_came),
		cmocka_unit_test(forty_links_are_followed_and_no_more),
		cmocka_unit_test(a_directory_that_could_not_be_opened_says_so),
		cmocka_unit_test(random_paths_lead_where_the_kernel_leads),
	};

	return UNIT_RUN("tree", tests);
}
