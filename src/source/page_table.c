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

static const char *const names[] = {
	[PAGE_TABLE_NOT_ASKED] = "not-asked",
	[PAGE_TABLE_ONE_ENTRY] = "one-entry",
	[PAGE_TABLE_TWO_ENTRIES] = "two-entries",
	[PAGE_TABLE_UNKNOWN] = "unknown",
};

const char *page_table_result_name(enum page_table_result result)
{
	return names[result];
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

	for (size_t i = 0; name && i < COUNT(names); i++) {
		if (strcmp(name, names[i]) == 0)
			answer->result = (enum page_table_result)i;
	}
	if (answer->result == PAGE_TABLE_UNKNOWN)
		answer->reason = json_text(fact, "reason");
	if (answer->result == PAGE_TABLE_UNKNOWN && !answer->reason)
		answer->reason = xstrdup("the capture does not say why");
}

static void answer_unknown(struct page_table_answer *answer, char *reason)
{
	answer->result = PAGE_TABLE_UNKNOWN;
	answer->reason = text_clean(reason);
}

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
	json_t *entries = json_array();
	json_t *object = json_pack("{s:s}", "result", "read");

	for (size_t i = 0; i < COUNT(numbers); i++) {
		uint64_t value;

		memcpy(&value, (const char *)counts + numbers[i].offset, sizeof(value));
		json_object_set_new(object, numbers[i].name, json_address(value));
	}
	for (unsigned int bit = 0; bit < ENTRY_SIZES; bit++) {
		if (counts->count[bit])
			json_array_append_new(entries,
					      json_pack("{s:o, s:o}", "size",
							json_address(UINT64_C(1) << bit), "count",
							json_address(counts->count[bit])));
	}
	json_object_set_new(object, "entries", entries);
	return object;
}

/* A size that is no power of two is one of no entry, and then the sums do not agree. */
static void counts_from_json(const json_t *fact, struct entry_counts *counts)
{
	size_t index;
	json_t *entry;

	for (size_t i = 0; i < COUNT(numbers); i++) {
		uint64_t value = json_u64(json_object_get(fact, numbers[i].name));

		memcpy((char *)counts + numbers[i].offset, &value, sizeof(value));
	}
	json_array_foreach (json_object_get(fact, "entries"), index, entry) {
		uint64_t size = json_u64(json_object_get(entry, "size"));

		if (size && !(size & (size - 1)))
			counts->count[__builtin_ctzll(size)] =
				json_u64(json_object_get(entry, "count"));
	}
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
		mappings->reason = xstrdup("the capture does not say why");
}

/**
 * struct request - a question to the process that reads the memory.
 * @kind: of the answer, an enum message_kind
 * @large: where entries are counted
 * @patience: nanoseconds until it has to answer
 * @progress: called with @context while it reads; or NULL
 */
struct request {
	unsigned int kind;
	struct kernel_question question;
	uint64_t large;
	uint64_t patience;
	void (*progress)(void *context);
	void *context;
};

#ifdef WITH_KCORE

/* How long the other process may take: under emulation it takes a second for a pair. */
#define PAIR_NS	  (UINT64_C(10) * 1000000000)
#define COUNTS_NS (UINT64_C(60) * 1000000000)

#define REASON_LEN 252

/** enum message_kind - MESSAGE_PROGRESS is the only one that another one follows. */
enum message_kind {
	MESSAGE_UNKNOWN,
	MESSAGE_PROGRESS,
	MESSAGE_PAIR,
	MESSAGE_COUNTS,
};

/**
 * struct message - all that leaves the process that reads the memory.
 * @kind: an enum message_kind
 * @reason: of MESSAGE_UNKNOWN
 * @answer: of MESSAGE_PAIR, an enum pair_answer
 * @counts: of MESSAGE_COUNTS
 */
struct message {
	uint32_t kind;
	char reason[REASON_LEN];
	uint64_t answer;
	struct entry_counts counts;
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

static int answer_pair(const struct kernel_question *question, struct message *message,
		       char **reason)
{
	enum pair_answer answer;
	int ret = kernel_examine_pair(question, &answer, reason);

	message->answer = answer;
	return ret;
}

static _Noreturn void be_reader(struct request request, int out, pid_t parent)
{
	struct message message = { .kind = request.kind };
	struct kernel_question *question = &request.question;
	int *kept[] = { &question->pagemap, &out };
	char *reason = NULL;
	int ret;

	reader_begin(parent, PRIVILEGE_KERNEL);
	reader_keep_descriptors(kept, COUNT(kept));
	ret = request.kind == MESSAGE_PAIR
		      ? answer_pair(question, &message, &reason)
		      : kernel_count_entries(question, request.large, send_progress, &out,
					     &message.counts, &reason);
	if (ret < 0) {
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

static int receive(int in, const struct request *request, struct message *message)
{
	uint64_t end = clock_now() + request->patience;
	int ret;

	while ((ret = receive_one(in, end, message)) == 0 && message->kind == MESSAGE_PROGRESS) {
		if (request->progress)
			request->progress(request->context);
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

/* Return: 0 and an answer of the kind of @request, or an errno and the reason, new. */
static int ask(const struct request *request, struct message *message, char **reason)
{
	pid_t parent = getpid();
	int ends[2], status, ret;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0) {
		*reason = xasprintf("no process could be asked: %s", strerror(errno));
		return -EIO;
	}
	pid = fork();
	ret = pid < 0 ? -errno : 0;
	if (pid == 0)
		be_reader(*request, ends[1], parent);
	close(ends[1]);
	if (ret == 0)
		ret = receive(ends[0], request, message);
	close(ends[0]);
	if (pid > 0) {
		kill(pid, SIGKILL);
		reader_has_ended(pid, &status);
	}
	message->reason[REASON_LEN - 1] = '\0';
	if (ret == 0 && message->kind == request->kind)
		return 0;
	*reason = xstrdup(ret < 0 ? failure_words(ret) : message->reason);
	return -EIO;
}

/* The process that read the memory may be compromised: nothing but known answers is taken. */
static void ask_pair(const struct kernel_question *question, struct page_table_answer *answer)
{
	const struct request request = { .kind = MESSAGE_PAIR,
					 .question = *question,
					 .patience = PAIR_NS };
	struct message message = { 0 };
	char *reason = NULL;

	if (ask(&request, &message, &reason) < 0)
		answer_unknown(answer, reason);
	else if (message.answer == PAIR_ONE_ENTRY)
		answer->result = PAGE_TABLE_ONE_ENTRY;
	else if (message.answer == PAIR_TWO_ENTRIES)
		answer->result = PAGE_TABLE_TWO_ENTRIES;
	else
		answer_unknown(answer, xstrdup(message.reason));
}

static void answer_live(struct kernel_question *question, struct page_table_answer *answer)
{
	/* Opened by the process whose memory it is, with the rights to see frames, and read by the other. */
	_cleanup_close_ int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);

	question->pagemap = pagemap;
	if (pagemap < 0)
		answer_unknown(answer, xasprintf("/proc/self/pagemap cannot be opened: %s",
						 strerror(errno)));
	else
		ask_pair(question, answer);
}

static void count_live(struct request *request, struct mappings *mappings)
{
	struct message message = { 0 };

	request->kind = MESSAGE_COUNTS;
	request->patience = COUNTS_NS;
	if (ask(request, &message, &mappings->reason) < 0)
		text_clean(mappings->reason);
	else
		take_counts(&message.counts, request->large, mappings);
}

#else

static const char not_built[] = "this build does not read the kernel's memory";

static void answer_live(struct kernel_question *question, struct page_table_answer *answer)
{
	(void)question;
	answer_unknown(answer, xstrdup(not_built));
}

static void count_live(struct request *request, struct mappings *mappings)
{
	(void)request;
	mappings->reason = xstrdup(not_built);
}

#endif

void source_page_table_pair(struct source *source, unsigned int group, enum iommu_kind kind,
			    uint64_t iova, uint64_t page_size, const void *pages,
			    struct page_table_answer *answer)
{
	_cleanup_free_ char *key = xasprintf("page-table %u 0x%" PRIx64, group, iova);
	struct kernel_question question = {
		.group = group,
		.kind = kind,
		.iova = iova,
		.page_size = page_size,
		.pagemap = -1,
		.address = (uintptr_t)pages,
	};

	*answer = (struct page_table_answer){ 0 };
	if (source->mode == SOURCE_REPLAY) {
		answer_from_json(transcript_fact(source, key), answer);
	} else if (source->mode != SOURCE_SYSROOT) {
		answer_live(&question, answer);
		fact_end(source, key, 0,
			 json_pack("{s:s, s:s*}", "result", names[answer->result], "reason",
				   answer->reason));
	}
}

void source_mappings(struct source *source, unsigned int group, enum iommu_kind kind,
		     uint64_t page_size, void (*progress)(void *context), void *context,
		     struct mappings *mappings)
{
	_cleanup_free_ char *key = xasprintf("mappings %u", group);
	struct request request = {
		.question = { .group = group, .kind = kind, .pagemap = -1 },
		.large = large_entry(page_size),
		.progress = progress,
		.context = context,
	};

	*mappings = (struct mappings){ 0 };
	if (!page_size) {
		mappings->reason = xstrdup("the size of the host's pages is not known");
	} else if (source->mode == SOURCE_REPLAY) {
		mappings_from_json(transcript_fact(source, key), request.large, mappings);
	} else if (source->mode == SOURCE_SYSROOT) {
		mappings->reason = xstrdup("a directory of files has no page table");
	} else {
		count_live(&request, mappings);
		fact_end(source, key, 0,
			 mappings->is_known ? counts_to_json(&mappings->counts)
					    : json_pack("{s:s, s:s}", "result", "unknown", "reason",
							mappings->reason));
	}
}
