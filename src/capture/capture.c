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

bool budget_take(struct budget *budget, size_t bytes)
{
	budget->entries++;
	budget->bytes += bytes;
	return budget->entries <= CAPTURE_ENTRIES_MAX && budget->bytes <= CAPTURE_BYTES_MAX;
}

char *budget_problem(void)
{
	return xasprintf("it is larger than a capture may be (%u entries, %u MiB)",
			 CAPTURE_ENTRIES_MAX, CAPTURE_BYTES_MAX >> 20);
}

int capture_load(const char *path, struct capture **capture, char **problem)
{
	bool is_input = strcmp(path, "-") == 0;
	_cleanup_close_ int fd = is_input ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
					  : open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
	struct capture *loaded;
	struct stat st;
	int ret;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	loaded = capture_make();
	ret = S_ISDIR(st.st_mode) ? folder_load(fd, loaded, problem)
				  : archive_load(fd, loaded, problem);
	if (ret < 0) {
		capture_free(loaded);
		return ret;
	}
	*capture = loaded;
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
