/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The page table of an IOMMU group: the entries of two pages, or how many there are of each size.
 *
 * A process of its own reads the memory of the kernel (kernel.c), so that nothing of it is ever in this one,
 * and gives back one answer. This process, which has VFIO open, needs no right to read that memory.
 */
#include "source/page_table.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "base/exit.h"
#include "base/text.h"
#include "source/internal.h"
#include "source/kernel.h"
#include "source/kernel_types.h"

static const char no_reason[] = "the capture does not say why";
static const char no_table[] = "a directory of files has no page table";
static const char not_understood[] =
	"the process that reads the kernel's memory gave no known answer";

#ifdef WITH_KCORE

/* How long the other process may take: under emulation it takes a second for two pages. */
#define PAGES_NS (UINT64_C(30) * 1000000000)
#define GROUP_NS (UINT64_C(60) * 1000000000)

#define REASON_LEN 252

/** enum message_kind - MESSAGE_PROGRESS is the only one that another one follows. */
enum message_kind {
	MESSAGE_UNKNOWN,
	MESSAGE_PROGRESS,
	MESSAGE_ANSWER,
};

/**
 * struct message - all that leaves the process that reads the memory.
 * @kind: an enum message_kind
 * @reason: of MESSAGE_UNKNOWN
 * @answer: of MESSAGE_ANSWER
 */
struct message {
	uint32_t kind;
	char reason[REASON_LEN];
	struct kernel_answer answer;
};

/* Its length is less than what a pipe takes at once, so that none is torn. */
static bool send_message(int out, const struct message *message)
{
	_Static_assert(sizeof(*message) <= PIPE_BUF, "a message is written at once");
	return write(out, message, sizeof(*message)) == (ssize_t)sizeof(*message);
}

static void send_progress(void *context)
{
	const struct message message = { .kind = MESSAGE_PROGRESS };

	send_message(*(const int *)context, &message);
}

static _Noreturn void be_reader(struct kernel_question question, int out, pid_t parent)
{
	struct message message = { .kind = MESSAGE_ANSWER };
	int *kept[] = { &question.pagemap, &out };
	char *reason = NULL;

	question.progress = send_progress;
	question.context = &out;
	reader_begin(parent, PRIVILEGE_KERNEL);
	reader_keep_descriptors(kept, COUNT(kept));
	if (kernel_ask(&question, &message.answer, &reason) < 0) {
		message = (struct message){ .kind = MESSAGE_UNKNOWN };
		snprintf(message.reason, sizeof(message.reason), "%s", reason);
	}
	free(reason);
	_exit(send_message(out, &message) ? 0 : EXIT_UNMEASURED);
}

/* Wait until @end for a message. Return: 0, or a negative errno. */
static int receive_one(int in, uint64_t end, struct message *message)
{
	struct pollfd poll_in = { .fd = in, .events = POLLIN };
	ssize_t n;

	for (;;) {
		uint64_t now = clock_now();
		int ready = now < end ? poll(&poll_in, 1, (int)((end - now) / 1000000) + 1) : 0;

		if (ready < 0 && errno == EINTR)
			continue;
		if (ready <= 0)
			return ready < 0 ? -errno : -ETIMEDOUT;
		n = read(in, message, sizeof(*message));
		if (n < 0 && errno == EINTR)
			continue;
		return n == (ssize_t)sizeof(*message) ? 0 : n < 0 ? -errno : -EIO;
	}
}

static int receive(int in, const struct kernel_question *question, struct message *message)
{
	uint64_t end = clock_now() + (question->subject == KERNEL_GROUP ? GROUP_NS : PAGES_NS);
	int ret;

	while ((ret = receive_one(in, end, message)) == 0 && message->kind == MESSAGE_PROGRESS) {
		if (question->progress)
			question->progress(question->context);
	}
	return ret;
}

static const char *failure_words(int error)
{
	switch (error) {
	case -ETIMEDOUT:
		return "the process that reads the kernel's memory did not answer in time";
	case -EIO:
		return "the process that reads the kernel's memory ended without an answer";
	default:
		return strerror(-error);
	}
}

/* Return: NULL and @answer, or why there is none, new. */
static char *ask(const struct kernel_question *question, struct kernel_answer *answer)
{
	struct message message = { .kind = MESSAGE_UNKNOWN };
	pid_t parent = getpid();
	const struct btf *vmlinux, *driver;
	int ends[2], status, ret;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return xasprintf("no process could be asked: %s", strerror(errno));
	/* The process inherits what can be read now; what cannot, it tries again, and says why. */
	kernel_types_get(question->kind, &vmlinux, &driver, NULL);
	pid = fork();
	ret = pid < 0 ? -errno : 0;
	if (pid == 0)
		be_reader(*question, ends[1], parent);
	close(ends[1]);
	if (ret == 0)
		ret = receive(ends[0], question, &message);
	close(ends[0]);
	if (pid > 0) {
		kill(pid, SIGKILL);
		reader_has_ended(pid, &status);
	}
	message.reason[REASON_LEN - 1] = '\0';
	if (ret < 0 || message.kind != MESSAGE_ANSWER)
		return text_clean(xstrdup(ret < 0 ? failure_words(ret) : message.reason));
	*answer = message.answer;
	return NULL;
}

static char *ask_live(struct kernel_question *question, struct kernel_answer *answer)
{
	/* Opened by the process whose memory it is, with the rights to see frames, and read by the other. */
	_cleanup_close_ int pagemap = question->n_pages
					      ? open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC)
					      : -1;

	question->pagemap = pagemap;
	if (question->n_pages && pagemap < 0)
		return xasprintf("/proc/self/pagemap cannot be opened: %s", strerror(errno));
	return ask(question, answer);
}

#else

static char *ask_live(struct kernel_question *question, struct kernel_answer *answer)
{
	(void)question;
	(void)answer;
	return xstrdup("this build does not read the kernel's memory");
}

#endif

bool source_reads_page_tables(const struct source *source)
{
#ifdef WITH_KCORE
	return source->mode != SOURCE_REPLAY && source->mode != SOURCE_SYSROOT;
#else
	(void)source;
	return false;
#endif
}

/* Two pages */

static const char *const result_names[] = {
	[PAGE_TABLE_NOT_ASKED] = "not-asked",
	[PAGE_TABLE_ONE_ENTRY] = "one-entry",
	[PAGE_TABLE_TWO_ENTRIES] = "two-entries",
	[PAGE_TABLE_UNKNOWN] = "unknown",
};

const char *page_table_result_name(enum page_table_result result)
{
	return result_names[result];
}

void page_table_answer_clear(struct page_table_answer *answer)
{
	free(answer->reason);
	*answer = (struct page_table_answer){ 0 };
}

/* A result that this version does not know is as good as none. */
static void answer_from_json(const json_t *fact, struct page_table_answer *answer)
{
	const char *name = json_string_value(json_object_get(fact, "result"));

	for (size_t i = 0; name && i < COUNT(result_names); i++) {
		if (strcmp(name, result_names[i]) == 0)
			answer->result = (enum page_table_result)i;
	}
	if (answer->result == PAGE_TABLE_UNKNOWN)
		answer->reason = json_text(fact, "reason");
	if (answer->result == PAGE_TABLE_UNKNOWN && !answer->reason)
		answer->reason = xstrdup(no_reason);
}

/* The process that read the memory may be compromised: nothing but known answers is taken. */
static void pair_live(struct kernel_question *question, struct page_table_answer *answer)
{
	struct kernel_answer live = { .pair = PAIR_UNKNOWN };

	answer->reason = ask_live(question, &live);
	answer->result = PAGE_TABLE_UNKNOWN;
	if (answer->reason)
		return;
	if (live.pair == PAIR_ONE_ENTRY)
		answer->result = PAGE_TABLE_ONE_ENTRY;
	else if (live.pair == PAIR_TWO_ENTRIES)
		answer->result = PAGE_TABLE_TWO_ENTRIES;
	else
		answer->reason = xstrdup(not_understood);
}

void source_page_table_pair(struct source *source, unsigned int group, enum iommu_kind kind,
			    uint64_t iova, uint64_t page_size, const void *pages,
			    struct page_table_answer *answer)
{
	_cleanup_free_ char *key = xasprintf("page-table %u 0x%" PRIx64, group, iova);
	struct kernel_question question = {
		.subject = KERNEL_PAIR,
		.group = group,
		.kind = kind,
		.page_size = page_size,
		.iova = iova,
		.n_pages = 2,
		.address = (uintptr_t)pages,
	};

	*answer = (struct page_table_answer){ 0 };
	if (source->mode == SOURCE_REPLAY) {
		answer_from_json(transcript_fact(source, key), answer);
	} else if (source->mode != SOURCE_SYSROOT) {
		pair_live(&question, answer);
		fact_end(source, key, 0,
			 json_pack("{s:s, s:s*}", "result", result_names[answer->result], "reason",
				   answer->reason));
	}
}

/* Entries by size */

static json_t *entries_to_json(const uint64_t *count)
{
	json_t *entries = json_array();

	for (unsigned int bit = 0; bit < ENTRY_SIZES; bit++) {
		if (count[bit])
			json_array_append_new(entries,
					      json_pack("{s:o, s:o}", "size",
							json_address(UINT64_C(1) << bit), "count",
							json_address(count[bit])));
	}
	return entries;
}

/* A size that is no power of two is one of no entry, and then the sums do not agree. */
static void entries_from_json(const json_t *fact, uint64_t *count)
{
	const json_t *entry;
	size_t i;

	json_array_foreach (json_object_get(fact, "entries"), i, entry) {
		uint64_t size = json_u64(json_object_get(entry, "size"));

		if (size && !(size & (size - 1)))
			count[__builtin_ctzll(size)] = json_u64(json_object_get(entry, "count"));
	}
}

/* Entries of a mapping */

/* Entries of these sizes make up a mapping of @size bytes. */
static bool can_be(const struct entry_sizes *sizes, uint64_t size)
{
	uint64_t left = size;

	for (unsigned int i = 0; i < ENTRY_SIZES; i++) {
		if (sizes->count[i] > left >> i)
			return false;
		left -= sizes->count[i] << i;
	}
	return sizes->n_other ? sizes->n_other <= left : left == 0;
}

static void sizes_live(struct kernel_question *question, struct entry_sizes *sizes)
{
	struct kernel_answer live = { .is_whole = false };

	sizes->reason = ask_live(question, &live);
	if (sizes->reason)
		return;
	memcpy(sizes->count, live.counts.count, sizeof(sizes->count));
	sizes->n_other = live.counts.n_other;
	sizes->is_huge = live.is_whole == 1;
	sizes->is_known = can_be(sizes, question->n_pages * question->page_size);
	if (!sizes->is_known)
		sizes->reason =
			xstrdup("the entries that were counted do not add up to the mapping");
}

static json_t *sizes_to_json(const struct entry_sizes *sizes)
{
	if (!sizes->is_known)
		return json_pack("{s:s*}", "reason", sizes->reason);
	return json_pack("{s:b, s:o, s:o}", "huge", sizes->is_huge, "entries",
			 entries_to_json(sizes->count), "other", json_address(sizes->n_other));
}

static void sizes_from_json(const json_t *fact, uint64_t mapped, struct entry_sizes *sizes)
{
	const json_t *huge = json_object_get(fact, "huge");

	entries_from_json(fact, sizes->count);
	sizes->n_other = json_u64(json_object_get(fact, "other"));
	sizes->is_huge = json_is_true(huge);
	sizes->is_known = json_is_boolean(huge) && can_be(sizes, mapped);
	if (!sizes->is_known)
		sizes->reason = json_text(fact, "reason");
	if (!sizes->is_known && !sizes->reason)
		sizes->reason = xstrdup(no_reason);
}

void source_page_table_sizes(struct source *source, const struct page_table_mapping *mapping,
			     struct entry_sizes *sizes)
{
	_cleanup_free_ char *key =
		xasprintf("page-table-sizes %u 0x%" PRIx64 "%s%s", mapping->group, mapping->iova,
			  mapping->name ? " " : "", mapping->name ? mapping->name : "");
	struct kernel_question question = {
		.subject = KERNEL_PAGES,
		.group = mapping->group,
		.kind = mapping->kind,
		.page_size = mapping->page_size,
		.iova = mapping->iova,
		.n_pages = mapping->n_pages,
		.address = (uintptr_t)mapping->pages,
	};

	*sizes = (struct entry_sizes){ 0 };
	if (source->mode == SOURCE_REPLAY) {
		sizes_from_json(transcript_fact(source, key), mapping->n_pages * mapping->page_size,
				sizes);
	} else if (source->mode == SOURCE_SYSROOT) {
		sizes->reason = xstrdup(no_table);
	} else {
		sizes_live(&question, sizes);
		fact_end(source, key, 0, sizes_to_json(sizes));
	}
}

/* Entries of a whole group */

/* Numbers of struct entry_counts that have a field of the same name in a capture. */
static const struct {
	const char *name;
	size_t offset;
} numbers[] = {
	{ "large", offsetof(struct entry_counts, large) },
	{ "page_sizes", offsetof(struct entry_counts, page_sizes) },
	{ "n_other", offsetof(struct entry_counts, n_other) },
	{ "bytes_other", offsetof(struct entry_counts, bytes_other) },
	{ "n_entries", offsetof(struct entry_counts, n_entries) },
	{ "bytes", offsetof(struct entry_counts, bytes) },
	{ "longest", offsetof(struct entry_counts, longest) },
	{ "bytes_large", offsetof(struct entry_counts, bytes_large) },
	{ "bytes_possible", offsetof(struct entry_counts, bytes_possible) },
	{ "bytes_not_offered", offsetof(struct entry_counts, bytes_not_offered) },
	{ "bytes_askew", offsetof(struct entry_counts, bytes_askew) },
	{ "bytes_scattered", offsetof(struct entry_counts, bytes_scattered) },
};

static json_t *counts_to_json(const struct entry_counts *counts)
{
	json_t *object = json_pack("{s:s}", "result", "read");

	for (size_t i = 0; i < COUNT(numbers); i++) {
		uint64_t value;

		memcpy(&value, (const char *)counts + numbers[i].offset, sizeof(value));
		json_object_set_new(object, numbers[i].name, json_address(value));
	}
	json_object_set_new(object, "entries", entries_to_json(counts->count));
	return object;
}

static void counts_from_json(const json_t *fact, struct entry_counts *counts)
{
	for (size_t i = 0; i < COUNT(numbers); i++) {
		uint64_t value = json_u64(json_object_get(fact, numbers[i].name));

		memcpy((char *)counts + numbers[i].offset, &value, sizeof(value));
	}
	entries_from_json(fact, counts->count);
}

/* Whoever gave the numbers, those that contradict each other are none. */
static void take_counts(const struct entry_counts *counts, uint64_t large,
			struct mappings *mappings)
{
	mappings->is_known = entry_counts_agree(counts) && counts->large == large;
	if (mappings->is_known)
		mappings->counts = *counts;
	else
		mappings->reason = xstrdup("the numbers contradict each other");
}

static void mappings_from_json(const json_t *fact, uint64_t large, struct mappings *mappings)
{
	const char *result = json_string_value(json_object_get(fact, "result"));
	struct entry_counts counts = { 0 };

	counts_from_json(fact, &counts);
	if (!fact)
		mappings->reason = xstrdup("the capture was recorded without this question");
	else if (result && strcmp(result, "read") == 0)
		take_counts(&counts, large, mappings);
	else
		mappings->reason = json_text(fact, "reason");
	if (!mappings->is_known && !mappings->reason)
		mappings->reason = xstrdup(no_reason);
}

static void mappings_live(struct kernel_question *question, struct mappings *mappings)
{
	struct kernel_answer live = { .counts = { 0 } };

	mappings->reason = ask_live(question, &live);
	if (!mappings->reason)
		take_counts(&live.counts, large_entry(question->page_size), mappings);
}

static char *mappings_key(unsigned int group)
{
	return xasprintf("mappings %u", group);
}

bool source_has_mappings(const struct source *source, unsigned int group)
{
	_cleanup_free_ char *key = mappings_key(group);

	return source->mode == SOURCE_REPLAY && transcript_fact(source, key);
}

void source_mappings(struct source *source, unsigned int group, enum iommu_kind kind,
		     uint64_t page_size, void (*progress)(void *context), void *context,
		     struct mappings *mappings)
{
	_cleanup_free_ char *key = mappings_key(group);
	struct kernel_question question = {
		.subject = KERNEL_GROUP,
		.group = group,
		.kind = kind,
		.page_size = page_size,
		.progress = progress,
		.context = context,
	};

	*mappings = (struct mappings){ 0 };
	if (!page_size) {
		mappings->reason = xstrdup("the size of the host's pages is not known");
	} else if (source->mode == SOURCE_REPLAY) {
		mappings_from_json(transcript_fact(source, key), large_entry(page_size), mappings);
	} else if (source->mode == SOURCE_SYSROOT) {
		mappings->reason = xstrdup(no_table);
	} else {
		mappings_live(&question, mappings);
		fact_end(source, key, 0,
			 mappings->is_known ? counts_to_json(&mappings->counts)
					    : json_pack("{s:s, s:s}", "result", "unknown", "reason",
							mappings->reason));
	}
}
