/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A fuzzing program without its fuzzer: each file of the corpus once, as a test.
 *
 *	fuzz_NAME [FILE|DIRECTORY]…
 *
 * Without an argument the corpus of that name in the tree. A directory that is not there, or empty, is a
 * failure: nothing would have been tested.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "fuzz.h"

/** struct files - what is to be tried. */
struct files {
	char **path;
	size_t count;
};

static int not_hidden(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static bool add_directory(struct files *files, const char *directory)
{
	struct dirent **entries = NULL;
	int count = scandir(directory, &entries, not_hidden, alphasort);

	for (int i = 0; i < count; i++) {
		APPEND(files->path, files->count,
		       xasprintf("%s/%s", directory, entries[i]->d_name));
		free(entries[i]);
	}
	free(entries);
	if (count <= 0)
		fprintf(stderr, "%s: %s\n", directory, count ? strerror(errno) : "no files");
	return count > 0;
}

static bool add_path(struct files *files, const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0 && S_ISREG(st.st_mode)) {
		APPEND(files->path, files->count, xstrdup(path));
		return true;
	}
	return add_directory(files, path);
}

static bool try_file(const char *path)
{
	_cleanup_file_ FILE *file = fopen(path, "re");
	_cleanup_free_ uint8_t *data = NULL;
	struct stat st;
	size_t len;

	if (!file || fstat(fileno(file), &st) < 0) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return false;
	}
	/* Not a byte more than it has, so that a sanitizer sees what reads beyond it. */
	len = (size_t)st.st_size;
	data = xcalloc(len ? len : 1, 1);
	if (fread(data, 1, len, file) != len)
		return false;
	LLVMFuzzerTestOneInput(data, len);
	return true;
}

int main(int argc, char **argv)
{
	const char *name = text_base_name(argv[0]);
	_cleanup_free_ char *corpus = xasprintf(FUZZ_CORPUS "/%s", name + strlen("fuzz_"));
	struct files files = { 0 };
	int failed = 0;

	if (argc < 2)
		failed += !add_path(&files, corpus);
	for (int i = 1; i < argc; i++)
		failed += !add_path(&files, argv[i]);
	if (failed) {
		puts("1..1\nnot ok 1 - there is a corpus");
		return 1;
	}
	printf("1..%zu\n", files.count);
	for (size_t i = 0; i < files.count; i++) {
		bool tried = try_file(files.path[i]);

		failed += !tried;
		printf("%s %zu - %s\n", tried ? "ok" : "not ok", i + 1,
		       text_base_name(files.path[i]));
		/* The next one may end the program. */
		fflush(stdout);
		free(files.path[i]);
	}
	free(files.path);
	return failed != 0;
}
