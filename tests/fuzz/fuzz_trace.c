/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tracepoints: the formats of both, and what stands in the ring.
 *
 * Two numbers of two bytes, the lengths of the formats, stand in front, then a number of four, where
 * the ring begins to be read. Where a length is 0 the usual format is taken, so that the ring gets
 * its share. The rest is the ring.
 */
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "fuzz.h"
#include "source/internal.h"

#define PAGE	   4096
#define RING_BYTES 131072

#define COMMON_FIELDS                                                                  \
	"format:\n"                                                                    \
	"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"         \
	"\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"         \
	"\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n" \
	"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"                   \
	"\tfield:u64 iova;\toffset:8;\tsize:8;\tsigned:0;\n"

static const char *const usual[TRACE_KINDS] = {
	"name: map\nID: 1\n" COMMON_FIELDS "\tfield:u64 paddr;\toffset:16;\tsize:8;\tsigned:0;\n"
	"\tfield:size_t size;\toffset:24;\tsize:8;\tsigned:0;\n\nprint fmt: \"%llx\", REC->iova\n",
	"name: unmap\nID: 2\n" COMMON_FIELDS
	"\tfield:size_t size;\toffset:16;\tsize:8;\tsigned:0;\n"
	"\tfield:size_t unmapped_size;\toffset:24;\tsize:8;\tsigned:0;\n\nprint fmt: \"%llx\", "
	"REC->iova\n",
};

const char *__lsan_default_suppressions(void);

/* libtraceevent loses some bytes of a format that it refuses; the program ends soon after. */
const char *__lsan_default_suppressions(void)
{
	return "leak:libtraceevent";
}

static int set_format(struct source_trace *trace, int which, struct bytes *bytes, size_t len)
{
	_cleanup_free_ char *text = NULL;
	struct bytes format = { bytes->at, len < bytes->left ? len : bytes->left };

	if (!len)
		return trace_set_format(trace, which, usual[which], strlen(usual[which]));
	bytes->at += format.left;
	bytes->left -= format.left;
	len = format.left;
	text = take_rest(&format);
	return trace_set_format(trace, which, text, len);
}

/* A ring that holds the rest of the input, from @tail on, and perhaps round its end. */
static void fill_ring(struct source_trace *trace, uint64_t tail, const struct bytes *bytes)
{
	size_t len = bytes->left < RING_BYTES ? bytes->left : RING_BYTES;
	unsigned char *data = xcalloc(1, PAGE + RING_BYTES);

	trace->ring = (struct perf_event_mmap_page *)(void *)data;
	trace->data_len = RING_BYTES;
	trace->ring->data_offset = PAGE;
	trace->ring->data_tail = tail;
	trace->ring->data_head = tail + len;
	for (size_t i = 0; i < len; i++)
		data[PAGE + (tail + i) % RING_BYTES] = bytes->at[i];
}

static void read_ring(struct source_trace *trace, uint64_t tail, const struct bytes *bytes)
{
	struct trace_event *events = NULL;
	uint64_t lost = 0;
	size_t count = 0;

	fill_ring(trace, tail, bytes);
	trace_read_ring(trace, &events, &count, &lost);
	MUST(count <= bytes->left / sizeof(struct perf_event_header));
	for (size_t i = 0; i < count; i++)
		MUST(events[i].is_map ? !events[i].unmapped : !events[i].paddr);
	MUST(trace->ring->data_tail == trace->ring->data_head);
	free(events);
	/* It came from malloc(), not from mmap(). */
	free(trace->ring);
	trace->ring = NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct bytes bytes = { data, len };
	struct source_trace *trace = trace_new(NULL);
	size_t lengths[TRACE_KINDS];
	uint64_t tail;
	int ret = 0;

	for (int which = 0; which < TRACE_KINDS; which++)
		lengths[which] = take_number(&bytes, 2);
	tail = take_number(&bytes, 4);
	for (int which = 0; which < TRACE_KINDS && ret >= 0; which++)
		ret = set_format(trace, which, &bytes, lengths[which]);
	if (ret >= 0)
		read_ring(trace, tail, &bytes);
	source_trace_close(trace);
	return 0;
}
