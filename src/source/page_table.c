/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two pages in the page table of their IOMMU group.
 *
 * A process of its own reads the memory of the kernel (kernel.c), so that nothing of it is ever in this one,
 * and gives back one answer. This process, which has VFIO open, needs no right to read that memory.
 */
#include "source/page_table.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
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

#ifdef WITH_KCORE

/* How long the other process may take: under emulation it takes a second. */
#define PATIENCE_NS (UINT64_C(10) * 1000000000)
#define REASON_LEN  248

/**
 * struct message - all that leaves the process that read the memory.
 * @answer: an enum pair_answer
 */
struct message {
	uint32_t answer;
	char reason[REASON_LEN];
};

static _Noreturn void be_reader(struct kernel_question question, int out, pid_t parent)
{
	struct message message = { .answer = PAIR_UNKNOWN };
	int *kept[] = { &question.pagemap, &out };
	enum pair_answer answer;
	char *reason = NULL;

	reader_begin(parent, PRIVILEGE_KERNEL);
	reader_keep_descriptors(kept, COUNT(kept));
	if (kernel_examine_pair(&question, &answer, &reason) == 0)
		message.answer = answer;
	else
		snprintf(message.reason, sizeof(message.reason), "%s", reason);
	free(reason);
	_exit(write(out, &message, sizeof(message)) == sizeof(message) ? 0 : EXIT_UNMEASURED);
}

/* Wait for the message. Return: 0, or a negative errno. */
static int receive(int in, struct message *message)
{
	uint64_t end = clock_now() + PATIENCE_NS;
	struct pollfd poll_in = { .fd = in, .events = POLLIN };
	ssize_t n;

	for (;;) {
		uint64_t now = clock_now();
		int ready = now < end ? poll(&poll_in, 1, (int)((end - now) / 1000000) + 1) : 0;

		if (ready < 0 && errno == EINTR)
			continue;
		if (ready <= 0)
			return ready < 0 ? -errno : -ETIMEDOUT;
		/* It is shorter than what a pipe takes at once. */
		n = read(in, message, sizeof(*message));
		if (n < 0 && errno == EINTR)
			continue;
		return n == (ssize_t)sizeof(*message) ? 0 : n < 0 ? -errno : -EIO;
	}
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

/* The process that read the memory may be compromised: nothing but known answers is taken. */
static void take_message(struct message *message, struct page_table_answer *answer)
{
	message->reason[REASON_LEN - 1] = '\0';
	if (message->answer == PAIR_ONE_ENTRY)
		answer->result = PAGE_TABLE_ONE_ENTRY;
	else if (message->answer == PAIR_TWO_ENTRIES)
		answer->result = PAGE_TABLE_TWO_ENTRIES;
	else
		answer_unknown(answer, xstrdup(message->reason));
}

static void ask(const struct kernel_question *question, struct page_table_answer *answer)
{
	pid_t parent = getpid();
	const struct btf *vmlinux, *driver;
	struct message message;
	int ends[2], status, ret;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0) {
		answer_unknown(answer, xasprintf("no process could be asked: %s", strerror(errno)));
		return;
	}
	/* The process inherits what can be read now; what cannot, it tries again, and says why. */
	kernel_types_get(question->kind, &vmlinux, &driver, NULL);
	pid = fork();
	ret = pid < 0 ? -errno : 0;
	if (pid == 0)
		be_reader(*question, ends[1], parent);
	close(ends[1]);
	if (ret == 0)
		ret = receive(ends[0], &message);
	close(ends[0]);
	if (pid > 0) {
		kill(pid, SIGKILL);
		reader_has_ended(pid, &status);
	}
	if (ret == 0)
		take_message(&message, answer);
	else
		answer_unknown(answer, xstrdup(failure_words(ret)));
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
		ask(question, answer);
}

#else

static void answer_live(struct kernel_question *question, struct page_table_answer *answer)
{
	(void)question;
	answer_unknown(answer, xstrdup("this build does not read the kernel's memory"));
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
