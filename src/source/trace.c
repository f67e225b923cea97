/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tracepoints of this thread, through perf events.
 *
 * perf needs nothing written in tracefs, only the number and the fields of a tracepoint, which
 * stand in its 'format' file. So nothing stays behind, however the process ends.
 */
#include "source/source.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <traceevent/event-parse.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "base/library.h"
#include "source/internal.h"

#define TRACEEVENT_SONAME "libtraceevent.so.1"

/* clang-format off */
/* Those that are called, without their prefix "tep_". */
#define TRACEEVENT_FUNCTIONS(each) \
	each(alloc) \
	each(find_field) \
	each(free) \
	each(is_local_bigendian) \
	each(parse_format) \
	each(read_number_field) \
	each(set_file_bigendian)
/* clang-format on */

LIBRARY_NOTE(note, TRACEEVENT_SONAME, "tracepoints", "What the IOMMU driver does in a probe");

/* libtraceevent, which is loaded where a tracepoint's format is read (see base/library.h). */
static struct {
/* NOLINTNEXTLINE(bugprone-macro-parentheses): it is the name of a member */
#define MEMBER(name) __typeof__(tep_##name) *name;
	TRACEEVENT_FUNCTIONS(MEMBER)
#undef MEMBER
} tep;

/*
 * Room for some thousand events; a probe makes about ten, firmware regions may add more. In bytes,
 * and well below what the kernel lets unprivileged users lock (perf_event_mlock_kb, 516).
 */
#define RING_BYTES 131072

static const char *const names[TRACE_KINDS] = { "map", "unmap" };

/* Where tracefs is found: its own place, and the one inside debugfs that came before. */
static const char *const places[] = {
	"/sys/kernel/tracing/events/iommu",
	"/sys/kernel/debug/tracing/events/iommu",
};

int trace_set_format(struct source_trace *trace, int which, const char *text, size_t len)
{
#define ENTRY(name) { "tep_" #name, (void **)&tep.name },
	static const struct library_function functions[] = { TRACEEVENT_FUNCTIONS(ENTRY) };
#undef ENTRY
	int ret;

	/* The parser is made once there is a live format: a replay needs none. */
	if (!trace->tep) {
		ret = library_load(TRACEEVENT_SONAME, functions, COUNT(functions));
		if (ret < 0)
			return ret;
		trace->tep = tep.alloc();
		if (!trace->tep)
			out_of_memory();
		/* The events are this machine's own; the library assumes little-endian otherwise. */
		tep.set_file_bigendian(trace->tep, tep.is_local_bigendian(trace->tep)
							   ? TEP_BIG_ENDIAN
							   : TEP_LITTLE_ENDIAN);
	}
	return tep.parse_format(trace->tep, &trace->event[which], text, len, "iommu") == 0
		       ? 0
		       : -EBADMSG;
}

static int parse_format(struct source_trace *trace, int which)
{
	int first = 0;

	for (size_t i = 0; i < COUNT(places); i++) {
		_cleanup_free_ char *path = xasprintf("%s/%s/format", places[i], names[which]);
		_cleanup_free_ char *text = NULL;
		size_t len;
		int ret = source_read(trace->source, path, &text, &len);

		if (ret >= 0)
			return trace_set_format(trace, which, text, len);
		/* "forbidden" in the first place says more than "not there" in the second. */
		if (!first || first == -ENOENT)
			first = ret;
	}
	return first;
}

static int open_event(struct source_trace *trace, int which)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT,
		.size = sizeof(attr),
		.config = (unsigned int)trace->event[which]->id,
		.sample_period = 1,
		.sample_type = PERF_SAMPLE_RAW,
		.watermark = 0,
	};

	/* pid 0, cpu -1: this thread, wherever it runs. */
	trace->fd[which] = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1,
					PERF_FLAG_FD_CLOEXEC);
	return trace->fd[which] < 0 ? -errno : 0;
}

static int open_live(struct source_trace *trace)
{
	int ret = 0;
	size_t page;
	void *ring;

	for (int which = 0; which < TRACE_KINDS && ret >= 0; which++)
		ret = parse_format(trace, which);
	for (int which = 0; which < TRACE_KINDS && ret >= 0; which++)
		ret = open_event(trace, which);
	if (ret < 0)
		return ret;
	/* One ring for all events, so that they stay in order. */
	page = (size_t)sysconf(_SC_PAGESIZE);
	trace->data_len = page > RING_BYTES ? page : RING_BYTES;
	trace->ring_len = trace->data_len + page;
	ring = mmap(NULL, trace->ring_len, PROT_READ | PROT_WRITE, MAP_SHARED, trace->fd[0], 0);
	if (ring == MAP_FAILED)
		return -errno;
	trace->ring = ring;
	for (int which = 1; which < TRACE_KINDS; which++) {
		if (ioctl(trace->fd[which], PERF_EVENT_IOC_SET_OUTPUT, trace->fd[0]) < 0)
			return -errno;
	}
	return 0;
}

struct source_trace *trace_new(struct source *source)
{
	struct source_trace *trace = xcalloc(1, sizeof(*trace));

	trace->source = source;
	for (int which = 0; which < TRACE_KINDS; which++)
		trace->fd[which] = -1;
	return trace;
}

int source_trace_open(struct source *source, struct source_trace **trace)
{
	json_t *ask = json_pack("{s:s}", "call", "trace-open");
	struct source_trace *opened = trace_new(source);
	int ret = -EOPNOTSUPP;

	if (source->mode == SOURCE_REPLAY)
		ret = answer_result(transcript_next(source, ask));
	else if (source->mode != SOURCE_SYSROOT)
		ret = open_live(opened);
	answer_set_result(ask, ret);
	call_end(source, ask);
	if (ret < 0)
		source_trace_close(opened);
	else
		*trace = opened;
	return ret;
}

void source_trace_close(struct source_trace *trace)
{
	if (!trace)
		return;
	if (trace->ring)
		munmap(trace->ring, trace->ring_len);
	for (int which = 0; which < TRACE_KINDS; which++) {
		if (trace->fd[which] >= 0)
			close(trace->fd[which]);
	}
	if (trace->tep)
		tep.free(trace->tep); /* and the events in it */
	free(trace);
}

/* A field of a raw sample by its name; 0 when the tracepoint has none or the sample is short. */
static uint64_t field(struct tep_event *event, const char *name, const unsigned char *raw,
		      size_t len)
{
	struct tep_format_field *found = tep.find_field(event, name);
	unsigned long long value = 0;

	if (!found || found->offset < 0 || found->size < 0 ||
	    (size_t)found->offset + (size_t)found->size > len ||
	    tep.read_number_field(found, raw, &value) < 0)
		return 0;
	return value;
}

static void take_sample(const struct source_trace *trace, const unsigned char *raw, size_t len,
			struct trace_event **events, size_t *count)
{
	struct trace_event event = { 0 };
	uint16_t type;
	int which = 0;

	/* Each begins with the number of its tracepoint. */
	if (len < sizeof(type))
		return;
	memcpy(&type, raw, sizeof(type));
	while (which < TRACE_KINDS && trace->event[which]->id != type)
		which++;
	if (which == TRACE_KINDS)
		return;
	event.is_map = which == TRACE_MAP;
	event.iova = field(trace->event[which], "iova", raw, len);
	event.size = field(trace->event[which], "size", raw, len);
	if (event.is_map)
		event.paddr = field(trace->event[which], "paddr", raw, len);
	else
		event.unmapped = field(trace->event[which], "unmapped_size", raw, len);
	APPEND(*events, *count, event);
}

/* Copy @len bytes at @position out of the ring, which may wrap. */
static void ring_copy(const struct source_trace *trace, uint64_t position, void *to, size_t len)
{
	const unsigned char *data = (const unsigned char *)trace->ring + trace->ring->data_offset;
	size_t at = position % trace->data_len;
	size_t first = len < trace->data_len - at ? len : trace->data_len - at;

	memcpy(to, data + at, first);
	memcpy((unsigned char *)to + first, data, len - first);
}

/* The record at @position (header in @header), of which the body is looked at. */
static void take_record(const struct source_trace *trace, uint64_t position,
			const struct perf_event_header *header, struct trace_event **events,
			size_t *count, uint64_t *lost)
{
	size_t len = header->size - sizeof(*header);
	_cleanup_free_ unsigned char *body = xcalloc(1, len);
	uint32_t raw;
	uint64_t dropped;

	ring_copy(trace, position + sizeof(*header), body, len);
	if (header->type == PERF_RECORD_SAMPLE && len >= sizeof(raw)) {
		memcpy(&raw, body, sizeof(raw));
		if (raw <= len - sizeof(raw))
			take_sample(trace, body + sizeof(raw), raw, events, count);
	} else if (header->type == PERF_RECORD_LOST && len >= 2 * sizeof(uint64_t)) {
		memcpy(&dropped, body + sizeof(uint64_t), sizeof(dropped));
		*lost += dropped;
	}
}

void trace_read_ring(struct source_trace *trace, struct trace_event **events, size_t *count,
		     uint64_t *lost)
{
	uint64_t head = __atomic_load_n(&trace->ring->data_head, __ATOMIC_ACQUIRE);
	uint64_t tail = trace->ring->data_tail;

	while (tail + sizeof(struct perf_event_header) <= head) {
		struct perf_event_header header;

		ring_copy(trace, tail, &header, sizeof(header));
		if (header.size < sizeof(header) || header.size > head - tail) {
			(*lost)++; /* nonsense in the ring: what follows can't be trusted */
			break;
		}
		take_record(trace, tail, &header, events, count, lost);
		tail += header.size;
	}
	__atomic_store_n(&trace->ring->data_tail, head, __ATOMIC_RELEASE);
}

static json_t *events_to_json(const struct trace_event *events, size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++) {
		const struct trace_event *event = &events[i];
		json_t *object = json_pack(
			"{s:s, s:o, s:o}", "event", event->is_map ? "map" : "unmap", "iova",
			json_address(event->iova), "size", json_address(event->size));

		if (event->is_map)
			json_object_set_new(object, "paddr", json_address(event->paddr));
		else
			json_object_set_new(object, "unmapped", json_address(event->unmapped));
		json_array_append_new(array, object);
	}
	return array;
}

static void events_from_json(const json_t *array, struct trace_event **events, size_t *count)
{
	size_t index;
	json_t *object;

	json_array_foreach (array, index, object) {
		const char *name = json_string_value(json_object_get(object, "event"));
		struct trace_event event = {
			.is_map = name && strcmp(name, "map") == 0,
			.iova = json_u64(json_object_get(object, "iova")),
			.paddr = json_u64(json_object_get(object, "paddr")),
			.size = json_u64(json_object_get(object, "size")),
			.unmapped = json_u64(json_object_get(object, "unmapped")),
		};

		APPEND(*events, *count, event);
	}
}

int source_trace_read(struct source_trace *trace, struct trace_event **events, size_t *count,
		      uint64_t *lost)
{
	struct source *source = trace->source;
	json_t *ask = json_pack("{s:s}", "call", "trace-read");
	json_t *answer;
	int ret = 0;

	*events = NULL;
	*count = 0;
	*lost = 0;
	if (source->mode == SOURCE_REPLAY) {
		answer = transcript_next(source, ask);
		ret = answer_result(answer);
		*lost = json_u64(json_object_get(answer, "lost"));
		events_from_json(json_object_get(answer, "events"), events, count);
	} else {
		trace_read_ring(trace, events, count, lost);
	}
	answer_set_result(ask, ret);
	json_object_set_new(ask, "lost", json_integer((json_int_t)*lost));
	json_object_set_new(ask, "events", events_to_json(*events, *count));
	call_end(source, ask);
	return ret;
}
