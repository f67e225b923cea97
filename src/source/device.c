/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Device nodes and ioctls. */
#include "source/source.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "source/internal.h"

struct source_device {
	struct source *source;
	char *path;
	int fd;
};

int source_device_open(struct source *source, const char *path, struct source_device **device)
{
	json_t *ask = json_pack("{s:s, s:s}", "call", "open", "path", path);
	int ret = -EOPNOTSUPP;

	if (source->mode == SOURCE_REPLAY) {
		ret = answer_result(transcript_next(source, ask));
	} else if (source->mode != SOURCE_SYSROOT) {
		ret = open(path, O_RDWR | O_CLOEXEC);
		if (ret < 0)
			ret = -errno;
	}
	answer_set_result(ask, ret < 0 ? ret : 0);
	call_end(source, ask);
	if (ret < 0)
		return ret;
	*device = xcalloc(1, sizeof(**device));
	(*device)->source = source;
	(*device)->path = xstrdup(path);
	(*device)->fd = source->mode == SOURCE_REPLAY ? -1 : ret;
	return 0;
}

void source_device_close(struct source_device *device)
{
	if (!device)
		return;
	if (device->fd >= 0)
		close(device->fd);
	free(device->path);
	free(device);
}

static json_t *fields_object(const struct ioctl_shape *shape, const void *arg, size_t len,
			     uint8_t flags)
{
	json_t *object = json_object();

	for (size_t i = 0; i < shape->n_fields; i++) {
		const struct ioctl_field *field = &shape->fields[i];
		uint64_t value;

		if (!(field->flags & flags) || field->flags & IOCTL_POINTER ||
		    field->offset + field->width > len)
			continue;
		value = number_at((const char *)arg + field->offset, field->width);
		json_object_set_new(object, field->name,
				    field->width == 8 ? json_address(value)
						      : json_integer((json_int_t)value));
	}
	return object;
}

static void emit_number(void *context, size_t offset, unsigned int width, const char *name,
			uint64_t value)
{
	_cleanup_free_ char *text = xasprintf("%zu u%u %s 0x%" PRIx64, offset, width * 8, name,
					      value);

	json_array_append_new(context, json_string(text));
}

/* The kernel wrote these values behind the fixed part. */
static json_t *tail_array(const struct ioctl_shape *shape, const void *arg, size_t len)
{
	json_t *tail = json_array();
	size_t fixed = 0;

	if (shape->tail(arg, len, emit_number, tail) == 0)
		return tail;
	/* The kernel's answer makes no sense: keep it as it is, for those who can read it. */
	json_array_clear(tail);
	for (size_t i = 0; i < shape->n_fields; i++) {
		if ((size_t)shape->fields[i].offset + shape->fields[i].width > fixed)
			fixed = (size_t)shape->fields[i].offset + shape->fields[i].width;
	}
	for (; fixed < len; fixed++)
		emit_number(tail, fixed, 1, "byte", number_at((const char *)arg + fixed, 1));
	return tail;
}

static void replay_tail(const json_t *tail, void *arg, size_t len)
{
	size_t index;
	json_t *line;

	json_array_foreach (tail, index, line) {
		const char *text = json_string_value(line);
		char number[24];
		uint64_t value;
		unsigned int bits;
		size_t offset;

		if (!text || sscanf(text, "%zu u%u %*s %23s", &offset, &bits, number) != 3 ||
		    text_to_u64(number, 0, &value) < 0)
			continue;
		/* The capture may come from anywhere: stay inside the buffer. */
		if ((bits == 8 || bits == 16 || bits == 32 || bits == 64) && offset < len &&
		    bits / 8 <= len - offset)
			number_put((char *)arg + offset, bits / 8, value);
	}
}

static json_t *ioctl_question(const struct source_device *device, const struct ioctl_shape *shape)
{
	return json_pack("{s:s, s:s, s:s}", "call", "ioctl", "request", shape->name, "on",
			 device->path);
}

/*
 * One ioctl in any mode. @ask says what is asked, @arg is the real argument. @answer is what was
 * recorded or what goes on record; the caller moves the structure in and out of it. @nanoseconds may
 * be NULL; nothing but the ioctl is between the two looks at the clock.
 */
static int exchange(struct source_device *device, const struct ioctl_shape *shape, void *arg,
		    json_t *ask, json_t **answer, uint64_t *nanoseconds)
{
	struct source *source = device->source;
	uint64_t began;
	int ret;

	if (source->mode == SOURCE_REPLAY) {
		*answer = transcript_next(source, ask);
		if (nanoseconds)
			*nanoseconds = json_u64(json_object_get(*answer, "nanoseconds"));
		return answer_result(*answer);
	}
	began = nanoseconds ? clock_now() : 0;
	do {
		ret = ioctl(device->fd, shape->request, arg);
	} while (ret < 0 && errno == EINTR);
	ret = ret < 0 ? -errno : ret;
	if (nanoseconds)
		*nanoseconds = clock_now() - began;
	answer_set_result(ask, ret);
	if (nanoseconds)
		json_object_set_new(ask, "nanoseconds", json_integer((json_int_t)*nanoseconds));
	*answer = ask;
	return ret;
}

int source_ioctl(struct source_device *device, const struct ioctl_shape *shape, unsigned long value)
{
	json_t *ask = ioctl_question(device, shape);
	json_t *answer;
	int ret;

	if (shape->argument == IOCTL_VALUE)
		json_object_set_new(ask, "value", json_integer((json_int_t)value));
	ret = exchange(device, shape, (void *)value, ask, &answer, NULL);
	call_end(device->source, ask);
	return ret;
}

int source_ioctl_device(struct source_device *device, const struct ioctl_shape *shape,
			const struct source_device *other)
{
	json_t *ask = ioctl_question(device, shape);
	json_t *answer;
	int fd = other->fd;
	int ret;

	json_object_set_new(ask, "device", json_string(other->path));
	ret = exchange(device, shape, &fd, ask, &answer, NULL);
	call_end(device->source, ask);
	return ret;
}

int source_ioctl_timed(struct source_device *device, const struct ioctl_shape *shape, void *arg,
		       size_t len, uint64_t *nanoseconds)
{
	json_t *ask = ioctl_question(device, shape);
	json_t *answer = NULL;
	int ret;

	json_object_set_new(ask, "in", fields_object(shape, arg, len, IOCTL_IN));
	ret = exchange(device, shape, arg, ask, &answer, nanoseconds);
	if (device->source->mode == SOURCE_REPLAY) {
		for (size_t i = 0; i < shape->n_fields; i++) {
			const struct ioctl_field *field = &shape->fields[i];
			const json_t *value = json_object_get(json_object_get(answer, "out"),
							      field->name);

			if (value && field->flags & IOCTL_OUT &&
			    field->offset + field->width <= len)
				number_put((char *)arg + field->offset, field->width,
					   json_u64(value));
		}
		replay_tail(json_object_get(answer, "tail"), arg, len);
	} else if (device->source->mode == SOURCE_RECORD) {
		json_object_set_new(ask, "out", fields_object(shape, arg, len, IOCTL_OUT));
		if (shape->tail && ret >= 0)
			json_object_set_new(ask, "tail", tail_array(shape, arg, len));
	}
	call_end(device->source, ask);
	return ret;
}

int source_ioctl_struct(struct source_device *device, const struct ioctl_shape *shape, void *arg,
			size_t len)
{
	return source_ioctl_timed(device, shape, arg, len, NULL);
}
