/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The transcript of a capture: one JSON object a line. Its form is described in docs/capture.md. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "base/text.h"
#include "source/internal.h"

const char *errno_name(int error)
{
	const char *name = strerrorname_np(error < 0 ? -error : error);

	return name ? name : "EIO";
}

json_t *json_address(uint64_t address)
{
	char text[sizeof("0x0123456789abcdef")];

	snprintf(text, sizeof(text), "0x%" PRIx64, address);
	return json_string(text);
}

uint64_t json_u64(const json_t *number)
{
	uint64_t value = 0;

	if (json_is_integer(number))
		return (uint64_t)json_integer_value(number);
	if (!json_is_string(number) || text_to_u64(json_string_value(number), 0, &value) < 0)
		return 0;
	return value;
}

/* A fact that was written like this before is not written again: thousands of devices have the same names. */
void transcript_write(struct source *source, json_t *line)
{
	const char *fact = json_string_value(json_object_get(line, "fact"));

	if (!line)
		out_of_memory();
	if (source->transcript.out &&
	    (!fact || !json_equal(json_object_get(source->facts, fact), line))) {
		if (fact)
			json_object_set(source->facts, fact, line);
		if (json_dumpf(line, source->transcript.out, JSON_COMPACT | JSON_ENSURE_ASCII) <
			    0 ||
		    fputc('\n', source->transcript.out) == EOF)
			out_of_memory();
	}
	json_decref(line);
}

char *transcript_key(const char *operation, const char *path)
{
	return text_clean(xasprintf("%s %s", operation, path));
}

json_t *transcript_fact(const struct source *source, const char *key)
{
	return source->facts ? json_object_get(source->facts, key) : NULL;
}

int answer_result(const json_t *answer)
{
	const json_t *name = json_object_get(answer, "errno");
	json_int_t ret = json_integer_value(json_object_get(answer, "ret"));

	if (!answer)
		return -ENODATA;
	/* Numbers of errnos differ between architectures, their names do not. */
	if (json_is_string(name)) {
		int error = text_to_errno(json_string_value(name));

		return error > 0 ? -error : -EIO;
	}
	return ret < 0 || ret > INT_MAX ? -EBADMSG : (int)ret;
}

void answer_set_result(json_t *answer, int ret)
{
	if (ret < 0)
		json_object_set_new(answer, "errno", json_string(errno_name(ret)));
	else
		json_object_set_new(answer, "ret", json_integer(ret));
}

/* Keys in both must be equal; a key that was edited out of the answer is not compared. */
static bool answer_fits(json_t *answer, json_t *ask)
{
	const char *key;
	json_t *value;

	json_object_foreach (ask, key, value) {
		json_t *recorded = json_object_get(answer, key);

		if (json_is_object(recorded) && json_is_object(value)) {
			if (!answer_fits(recorded, value))
				return false;
		} else if (recorded && !json_equal(recorded, value)) {
			return false;
		}
	}
	return true;
}

/* A call in few words: "ioctl VFIO_SET_IOMMU on /dev/vfio/vfio". */
static char *describe(const json_t *call)
{
	static const char *const keys[] = { "call", "request", "on", "path" };
	char *words = NULL;

	for (size_t i = 0; i < COUNT(keys); i++) {
		const char *word = json_string_value(json_object_get(call, keys[i]));

		if (word)
			xappend(&words, "%s%s%s", words ? " " : "",
				strcmp(keys[i], "on") == 0 ? "on " : "", word);
	}
	return words;
}

json_t *transcript_next(struct source *source, json_t *ask)
{
	json_t *answer = json_array_get(source->section, source->position);
	_cleanup_free_ char *asked = describe(ask);
	_cleanup_free_ char *recorded = NULL;

	if (!answer) {
		source_set_problem(source, "the capture has no answer to %s", asked);
		return NULL;
	}
	if (!answer_fits(answer, ask)) {
		recorded = describe(answer);
		source_set_problem(source, "the capture records %s where %s was asked", recorded,
				   asked);
		return NULL;
	}
	source->position++;
	return answer;
}

int source_section(struct source *source, const char *name)
{
	if (source->mode == SOURCE_RECORD)
		transcript_write(source, json_pack("{s:s}", "section", name));
	if (source->mode != SOURCE_REPLAY)
		return 0;
	source->section = json_object_get(source->sections, name);
	source->position = 0;
	return source->section ? 0 : -ENODATA;
}

bool source_has_section(const struct source *source, const char *name)
{
	return json_object_get(source->sections, name);
}

/* Index one line of a transcript. @section: the current section. */
static int load_line(struct source *source, json_t *line, json_t **section)
{
	const char *fact = json_string_value(json_object_get(line, "fact"));
	const char *name = json_string_value(json_object_get(line, "section"));

	if (fact)
		return json_object_set(source->facts, fact, line);
	if (name) {
		*section = json_array();
		return json_object_set_new(source->sections, name, *section);
	}
	if (!json_object_get(line, "call"))
		return 0; /* the header, or a comment from an editor */
	if (!*section)
		return -1;
	return json_array_append(*section, line);
}

static int load_lines(struct source *source, const char *text)
{
	json_t *section = NULL;
	bool begun = false;
	unsigned int number = 0;

	while (*text) {
		const char *line = text;
		size_t len = strcspn(line, "\n");
		json_int_t format;
		json_t *object;
		int ret;

		text += len + (line[len] == '\n');
		number++;
		if (strspn(line, " \t\v\f\r") >= len)
			continue;
		object = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
		if (!json_is_object(object)) {
			source_set_problem(source, "transcript.jsonl line %u is not a JSON object",
					   number);
			json_decref(object);
			return -EBADMSG;
		}
		format = json_integer_value(json_object_get(object, "vfiodiag-capture"));
		ret = begun || format == CAPTURE_FORMAT ? load_line(source, object, &section) : -1;
		begun = true;
		json_decref(object);
		if (ret < 0) {
			source_set_problem(
				source,
				"transcript.jsonl line %u is out of place or has another format",
				number);
			return -EBADMSG;
		}
	}
	if (!begun) {
		source_set_problem(source, "transcript.jsonl is empty");
		return -EBADMSG;
	}
	return 0;
}

int transcript_load(struct source *source)
{
	const struct capture *capture = source->kept;
	int ret;

	source->facts = json_object();
	source->sections = json_object();
	/*
	 * It may have been made to fill the memory, by whoever it came from: the size of the text says
	 * little of what becomes of it.
	 */
	if (!capture_values_fit(capture->transcript, capture->len)) {
		source_set_problem(source, "transcript.jsonl has more than %u values",
				   CAPTURE_VALUES_MAX);
		return -EBADMSG;
	}
	ret = load_lines(source, capture->transcript);
	if (ret >= 0)
		replay_mark_dropped(source);
	return ret;
}
