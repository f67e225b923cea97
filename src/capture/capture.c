/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/directory.h"
#include "base/text.h"
#include "capture/internal.h"

struct capture *capture_make(void)
{
	struct capture *capture = xcalloc(1, sizeof(*capture));

	capture->files = tree_new();
	return capture;
}

void capture_free(struct capture *capture)
{
	if (!capture)
		return;
	tree_free(capture->files);
	free(capture->transcript);
	json_decref(capture->redacted);
	free(capture);
}

int budget_exceeded(char **problem)
{
	*problem = xasprintf("larger than a capture may be (%u entries, %u MiB)",
			     CAPTURE_ENTRIES_MAX, CAPTURE_BYTES_MAX >> 20);
	return -EBADMSG;
}

int budget_take(struct budget *budget, size_t bytes, char **problem)
{
	budget->entries++;
	budget->bytes += bytes;
	return budget->entries <= CAPTURE_ENTRIES_MAX && budget->bytes <= CAPTURE_BYTES_MAX
		       ? 0
		       : budget_exceeded(problem);
}

void object_set(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) < 0)
		out_of_memory();
}

/* Take what @input->fd is, or the error that stands in its place in errno. */
static void open_input(struct capture_input *input)
{
	struct stat st;

	if (input->fd < 0 || fstat(input->fd, &st) < 0) {
		input->error = -errno;
		return;
	}
	if (!S_ISDIR(st.st_mode)) {
		/* Where the archive is read, no file can be opened. That one of them is missing is said there. */
		archive_missing();
		return;
	}
	input->capture = capture_make();
	input->error = directory_load(input->fd, input->capture, &input->problem);
	close(input->fd);
	input->fd = -1;
}

void capture_input_open(const char *path, struct capture_input *input)
{
	bool is_input = strcmp(path, "-") == 0;

	*input = (struct capture_input){ 0 };
	input->fd = is_input ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
			     : open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
	open_input(input);
}

/*
 * Why what stands at @path is none that was listed; NULL where it is one, or where errno tells.
 * @flags: gets what keeps a link away that comes to stand there now
 */
static const char *unlisted(const char *path, int *flags)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return NULL;
	if (S_ISLNK(st.st_mode) && !directory_trusts(&st))
		return "a link of another user";
	if (!S_ISLNK(st.st_mode))
		*flags |= O_NOFOLLOW;
	if (stat(path, &st) < 0 || S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))
		return NULL;
	return "no longer a file or a directory";
}

void capture_input_open_listed(const char *path, struct capture_input *input)
{
	int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	const char *problem = unlisted(path, &flags);

	*input = (struct capture_input){ .fd = -1 };
	if (!problem) {
		input->fd = open(path, flags);
		open_input(input);
		return;
	}
	input->error = -EBADMSG;
	input->problem = xstrdup(problem);
}

void capture_input_rewind(const struct capture_input *input)
{
	/* A pipe has no beginning any more: then there is no archive. */
	if (input->fd >= 0)
		lseek(input->fd, 0, SEEK_SET);
}

void capture_input_close(struct capture_input *input)
{
	if (input->fd >= 0)
		close(input->fd);
	capture_free(input->capture);
	free(input->problem);
	*input = (struct capture_input){ .fd = -1 };
}

int capture_load_input(struct capture_input *input, struct capture **capture, char **problem)
{
	int ret = input->error;

	if (ret >= 0 && !input->capture) {
		input->capture = capture_make();
		ret = archive_load(input->fd, input->capture, &input->problem);
	}
	if (ret < 0) {
		*problem = input->problem;
		input->problem = NULL;
		return ret;
	}
	*capture = input->capture;
	input->capture = NULL;
	return 0;
}

json_t *capture_next_line(const char **at)
{
	while (*at && **at) {
		const char *begin = *at;
		size_t len = strcspn(begin, "\n");
		json_t *line = json_loadb(begin, len, 0, NULL);

		*at = begin + len + (begin[len] == '\n');
		if (json_is_object(line))
			return line;
		json_decref(line);
	}
	return NULL;
}

size_t capture_count_values(const char *text, size_t len)
{
	size_t count = 1;

	for (size_t i = 0; i < len; i++)
		count += text[i] == ',' || text[i] == ':' || text[i] == '[' || text[i] == '{';
	return count;
}

json_t *capture_fact(const struct capture *capture, const char *name)
{
	const char *at = capture->transcript;
	json_t *found = NULL;
	json_t *line;

	while ((line = capture_next_line(&at))) {
		const char *fact = json_string_value(json_object_get(line, "fact"));

		if (fact && strcmp(fact, name) == 0) {
			json_decref(found);
			found = json_incref(line);
		}
		json_decref(line);
	}
	return found;
}

bool capture_values_fit(const char *text, size_t len)
{
	return len < CAPTURE_VALUES_MAX || capture_count_values(text, len) <= CAPTURE_VALUES_MAX;
}

char *capture_text(const struct capture *capture, const char *path, const char *key)
{
	struct tree_node *node;
	json_t *fact;
	char *text;

	if (tree_find(capture->files, capture->files, path, true, &node) == 0 && node->text)
		return text_clean(text_trim(xstrdup(node->text)));
	fact = capture_fact(capture, "system");
	text = xstrdup(json_string_value(json_object_get(fact, key)));
	json_decref(fact);
	return text_clean(text);
}

int64_t capture_recorded(const struct capture *capture)
{
	const char *at = capture->transcript;
	json_t *header = capture_next_line(&at);
	const char *when = json_string_value(json_object_get(header, "recorded"));
	struct tm tm = { 0 };
	int64_t time = 0;

	if (when && strptime(when, "%Y-%m-%dT%H:%M:%SZ", &tm))
		time = timegm(&tm);
	json_decref(header);
	return time > 0 ? time : 0;
}
