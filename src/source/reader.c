/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Questions that the kernel, a file system or a user database may never answer.
 *
 * A process that waits for a lock of the kernel can't be killed, and a thread that does so keeps the
 * whole of its process. So another process asks, and is abandoned where it gets no answer. One reader
 * is enough for a run, until a question makes it wait: then others go on with the rest.
 *
 * Questions and answers lie on a board, memory that this process shares with its readers. Each takes
 * the next question that none has taken. A board is given up with the first reader that is abandoned:
 * nothing that a late one writes is ever read.
 */
#include "source/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/accident.h"
#include "base/alloc.h"
#include "base/exit.h"

#define MS	      UINT64_C(1000000)
#define PATIENCE      (MS * 1000 * PATIENCE_S)
#define BUDGET	      (MS * 1000 * 10) /* of waiting, in one run */
#define TICK_MS	      250 /* without an answer for so long, another reader goes on with the rest */
#define READERS_MAX   16
#define QUESTIONS_MAX 1024
#define CONTEXT_MAX   256
#define NAMES_ROOM    ((size_t)128 * 1024)
#define ANSWERS_ROOM  ((16u << 20) + 4096)

enum { OPEN, ANSWERED, GIVEN_UP };

/**
 * struct slot - a question.
 * @index: its number among all that are asked
 * @name: where its name begins
 * @at: where the @len bytes of its answer begin
 */
struct slot {
	_Atomic int state;
	int ret;
	size_t index;
	size_t name;
	size_t at;
	size_t len;
};

/** struct desk - what a reader is at. @since: clock_now(), 0 where it is at nothing */
struct desk {
	_Atomic uint64_t since;
	_Atomic size_t question;
};

/**
 * struct board - shared with the readers.
 * @context: a copy of what @ask is given
 * @count: of questions, and @next that nobody has taken
 * @used: bytes of @answers; @is_full: there was no room for one of them
 */
struct board {
	reader_ask_fn *ask;
	_Alignas(max_align_t) char context[CONTEXT_MAX];
	size_t count;
	_Atomic size_t next;
	_Atomic size_t used;
	_Atomic bool is_full;
	struct desk desks[READERS_MAX];
	struct slot slots[QUESTIONS_MAX];
	char names[NAMES_ROOM];
	char answers[ANSWERS_ROOM];
};

/** struct reader - a process. @fd: wakes it, and tells when it has nothing to do; @is_busy: until then */
struct reader {
	pid_t pid;
	int fd;
	bool is_busy;
};

/**
 * struct office - a board and its readers.
 * @source: for which they read
 * @readers: the first is woken for each board; the others end when there are no questions left
 * @is_spoilt: a reader was abandoned
 * @error: why waiting for readers is not possible
 */
struct office {
	struct source *source;
	struct board *board;
	struct reader readers[READERS_MAX];
	bool with_rights;
	bool is_spoilt;
	int error;
};

/* One with rights, and one without; a process has one source at a time that needs any. */
static struct office offices[2];

/* The reader */

/* An answer that does not fit behind the others is asked for again. */
static void give_answer(struct board *board, struct slot *slot, int ret, const char *text,
			size_t len)
{
	int open = OPEN;
	size_t at = 0;

	if (ret >= 0 && len >= ANSWERS_ROOM) {
		ret = -EFBIG;
	} else if (ret >= 0) {
		at = atomic_fetch_add(&board->used, len + 1);
		if (at > ANSWERS_ROOM - 1 - len) {
			board->is_full = true;
			return;
		}
		memcpy(board->answers + at, text, len);
		board->answers[at + len] = '\0';
	}
	slot->ret = ret;
	slot->at = at;
	slot->len = len;
	atomic_compare_exchange_strong(&slot->state, &open, ANSWERED);
}

static void answer_questions(struct source *source, struct board *board, struct desk *desk)
{
	size_t question;

	while (!board->is_full && (question = atomic_fetch_add(&board->next, 1)) < board->count) {
		struct slot *slot = &board->slots[question];
		char *text = NULL;
		size_t len = 0;
		int ret;

		atomic_store_explicit(&desk->question, question, memory_order_relaxed);
		atomic_store_explicit(&desk->since, clock_now(), memory_order_release);
		ret = board->ask(source, board->context, slot->index, board->names + slot->name,
				 &text, &len);
		give_answer(board, slot, ret, text, len);
		free(text);
	}
	desk->since = 0;
}

/*
 * Nobody may wait for a reader: all that it has is where paths begin, and its pipes. (Kernels before
 * 5.9 have no close_range(2), and the other descriptors stay open.)
 * Kernel: fs/open.c, close_range: 5.10, 6.1, 6.12.
 * Kernel: fs/file.c, close_range: 7.3.
 */
void reader_keep_descriptors(int **kept, int count)
{
	bool is_kept = true;

	for (int i = 0; i < count; i++) {
		if (*kept[i] >= 0) {
			*kept[i] = fcntl(*kept[i], F_DUPFD, count);
			is_kept = is_kept && *kept[i] >= 0;
		}
	}
	for (int i = 0; i < count; i++) {
		if (*kept[i] < 0) {
			close(i);
			continue;
		}
		*kept[i] = dup2(*kept[i], i);
		is_kept = is_kept && *kept[i] >= 0;
	}
	/* Without one of them it would take what is there for missing. */
	if (!is_kept)
		_exit(EXIT_UNMEASURED);
	syscall(SYS_close_range, count, ~0U, 0);
}

/* The signal handlers of this process are not for the reader. */
void reader_begin(pid_t parent, unsigned int rights)
{
	static const int signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGXFSZ };

	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		signal(signals[i], SIG_DFL);
	memset(offices, 0, sizeof(offices));
	/* Where a sandbox does not let it give up rights, it has those of the whole run. */
	privilege_limit(rights, rights);
	prctl(PR_SET_DUMPABLE, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_UNMEASURED);
}

static _Noreturn void be_reader(const struct office *office, size_t desk, int fd, pid_t parent)
{
	struct source source = *office->source;
	struct board *board = office->board;
	int *kept[] = { &source.root, &source.sys, &source.proc, &fd };
	char byte = 0;

	reader_begin(parent, office->with_rights ? PRIVILEGE_READ | PRIVILEGE_LOOK : 0);
	reader_keep_descriptors(kept, sizeof(kept) / sizeof(*kept));
	do {
		answer_questions(&source, board, &board->desks[desk]);
	} while (desk == 0 && write(fd, &byte, 1) == 1 && read(fd, &byte, 1) == 1);
	_exit(0);
}

/* The process that asks */

static int start_reader(struct office *office, size_t desk)
{
	struct desk *place = &office->board->desks[desk];
	pid_t parent = getpid();
	int ends[2];
	int error;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	/* A new reader answers nothing that the last one at this desk was asked. */
	place->since = 0;
	pid = fork();
	error = errno;
	if (pid == 0)
		be_reader(office, desk, ends[1], parent);
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return -error;
	}
	office->readers[desk] = (struct reader){ .pid = pid, .fd = ends[0], .is_busy = true };
	return 0;
}

/* Return: true if it had no answer yet. */
static bool give_up(struct office *office, size_t question, int error,
		    struct source_answer *answers)
{
	struct slot *slot = &office->board->slots[question];
	int open = OPEN;

	if (!atomic_compare_exchange_strong(&slot->state, &open, GIVEN_UP))
		return false;
	answers[slot->index].ret = error;
	return true;
}

/* Return the directory of a path; a key that is not a path is its own. */
static size_t directory_len(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash ? (size_t)(slash - name) : strlen(name);
}

/**
 * struct vigil - waiting for the answers to @questions.
 * @progress: when a reader took a question last, or another reader was started
 * @counted: up to when time was counted
 */
struct vigil {
	struct office *office;
	const struct reader_questions *questions;
	struct source_answer *answers;
	uint64_t progress;
	uint64_t counted;
};

static void forget_reader(struct office *office, size_t desk)
{
	close(office->readers[desk].fd);
	office->readers[desk] = (struct reader){ 0 };
}

/* The reader may never end: it is killed without waiting for it. */
static void abandon(const struct vigil *vigil, size_t desk)
{
	struct office *office = vigil->office;
	const struct desk *place = &office->board->desks[desk];
	struct source *source = office->source;
	struct wedge wedge = { .pid = office->readers[desk].pid };
	size_t question = place->question;

	kill(wedge.pid, SIGKILL);
	if (place->since && question < office->board->count) {
		const char *name = vigil->questions->names[office->board->slots[question].index];

		if (give_up(office, question, -ETIMEDOUT, vigil->answers))
			wedge.directory = xstrndup(name, directory_len(name));
	}
	APPEND(source->wedges, source->n_wedges, wedge);
	forget_reader(office, desk);
	office->is_spoilt = true;
}

/*
 * Take note of the end of a reader, which is near. It is not waited for without a limit: the files of
 * one that was killed are closed then, and even that may wait.
 */
bool reader_has_ended(pid_t pid, int *status)
{
	pid_t ended;

	for (unsigned int ms = 0; ms < PATIENCE_S * 1000; ms++) {
		ended = waitpid(pid, status, WNOHANG);
		if (ended > 0 || (ended < 0 && errno != EINTR))
			return true;
		usleep(1000);
	}
	return false;
}

/* A reader has ended. One that ended over a question leaves it without an answer. */
static void take_leave(const struct vigil *vigil, size_t desk)
{
	struct office *office = vigil->office;
	const struct desk *place = &office->board->desks[desk];
	int status = 0;

	if (!reader_has_ended(office->readers[desk].pid, &status)) {
		abandon(vigil, desk);
		return;
	}
	if (place->since && place->question < office->board->count)
		give_up(office, place->question,
			WIFEXITED(status) && WEXITSTATUS(status) == EXIT_UNMEASURED ? -ENOMEM
										    : -EIO,
			vigil->answers);
	forget_reader(office, desk);
}

/* A reader has said that it is done, or has ended. */
static void hear(const struct vigil *vigil, size_t desk)
{
	struct reader *reader = &vigil->office->readers[desk];
	char byte;
	ssize_t n;

	do {
		n = read(reader->fd, &byte, 1);
	} while (n < 0 && errno == EINTR);
	if (n == 1)
		reader->is_busy = false;
	else
		take_leave(vigil, desk);
}

static void abandon_late(const struct vigil *vigil, uint64_t now, uint64_t patience)
{
	for (size_t i = 0; i < READERS_MAX; i++) {
		uint64_t since = vigil->office->board->desks[i].since;

		if (vigil->office->readers[i].is_busy &&
		    (!patience || (since && since + patience <= now)))
			abandon(vigil, i);
	}
}

/*
 * Count the time in which a question waits: from when it was taken, whatever others are answered
 * meanwhile. Many that wait a little less than patience allows for would never end otherwise.
 */
static void count_waiting(struct vigil *vigil, uint64_t now)
{
	const struct office *office = vigil->office;
	uint64_t begun = UINT64_MAX;

	for (size_t i = 0; i < READERS_MAX; i++) {
		uint64_t since = office->board->desks[i].since;

		if (!office->readers[i].is_busy || !since)
			continue;
		begun = since < begun ? since : begun;
		/* Questions that it took before have an answer. */
		vigil->progress = since > vigil->progress ? since : vigil->progress;
	}
	begun = begun < vigil->progress ? begun : vigil->progress;
	if (now < begun + TICK_MS * MS)
		return;
	office->source->waited += now - (begun > vigil->counted ? begun : vigil->counted);
	vigil->counted = now;
}

/* Abandon readers that are stuck; if none took a question for a while, another continues. */
static void be_patient(struct vigil *vigil, uint64_t now)
{
	struct office *office = vigil->office;
	const struct board *board = office->board;
	struct source *source = office->source;
	size_t desk = 1;

	abandon_late(vigil, now, source->waited < BUDGET ? PATIENCE : 0);
	if (now < vigil->progress + TICK_MS * MS)
		return;
	vigil->progress = now;
	while (desk < READERS_MAX && office->readers[desk].pid)
		desk++;
	if (source->waited < BUDGET && board->next < board->count && !board->is_full &&
	    desk < READERS_MAX)
		start_reader(office, desk);
}

/* Wait for something to happen: a reader speaks, or a tick. Return: whether any is busy. */
static bool wait_for_readers(const struct vigil *vigil)
{
	struct office *office = vigil->office;
	struct pollfd fds[READERS_MAX];
	size_t desks[READERS_MAX];
	nfds_t count = 0;
	int ready;

	for (size_t i = 0; i < READERS_MAX; i++) {
		if (!office->readers[i].is_busy)
			continue;
		desks[count] = i;
		fds[count++] = (struct pollfd){ .fd = office->readers[i].fd, .events = POLLIN };
	}
	if (!count)
		return false;
	ready = poll(fds, count, TICK_MS);
	/* Without poll(2) the time is not known. */
	if (ready < 0 && errno != EINTR) {
		office->error = -errno;
		abandon_late(vigil, 0, 0);
	}
	for (nfds_t i = 0; ready > 0 && i < count; i++) {
		if (fds[i].revents)
			hear(vigil, desks[i]);
	}
	return true;
}

/* Check the board's answers, and copy their texts: a reader may be compromised by now. */
static void take_answers(const struct board *board, struct source_answers *answers)
{
	size_t used = board->used < ANSWERS_ROOM ? board->used : ANSWERS_ROOM;
	char *texts = xmemdup(board->answers, used);

	APPEND(answers->blocks, answers->n_blocks, texts);
	for (size_t i = 0; i < board->count; i++) {
		const struct slot *slot = &board->slots[i];
		struct source_answer *answer = &answers->answer[slot->index];
		size_t at = slot->at, len = slot->len;

		if (slot->state != ANSWERED)
			continue;
		answer->ret = slot->ret > 0 ? 0 : slot->ret;
		if (answer->ret < 0)
			continue;
		if (len >= used || at > used - 1 - len) {
			answer->ret = -EIO;
			continue;
		}
		answer->text = texts + at;
		answer->text[len] = '\0';
		answer->len = len;
	}
}

/* End a reader that is idle, where there is one. */
static void dismiss(struct office *office, size_t desk)
{
	pid_t pid = office->readers[desk].pid;

	if (!pid)
		return;
	kill(pid, SIGKILL);
	/* Without its socket it ends by itself. */
	forget_reader(office, desk);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* End the readers of @office, all of which are idle, and give its board up. */
static void close_office(struct office *office)
{
	for (size_t i = 0; i < READERS_MAX; i++)
		dismiss(office, i);
	if (office->board)
		munmap(office->board, sizeof(*office->board));
	*office = (struct office){ 0 };
}

void reader_dismiss(void)
{
	for (size_t i = 0; i < sizeof(offices) / sizeof(*offices); i++)
		close_office(&offices[i]);
}

static int open_office(struct source *source, bool with_rights, struct office **opened)
{
	struct office *office = &offices[with_rights];
	void *board;

	*opened = office;
	if (office->board && office->source != source)
		close_office(office);
	if (office->board)
		return 0;
	board = mmap(NULL, sizeof(*office->board), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (board == MAP_FAILED)
		return -errno;
	*office = (struct office){
		.source = source,
		.board = board,
		.with_rights = with_rights,
	};
	return 0;
}

/* An answer that is still to come. */
#define PENDING 1

/* Tell if nothing is waited for any more, or not in the directory of @name. */
static bool is_lost(const struct source *source, const char *name)
{
	bool is_lost = source->waited >= BUDGET;

	for (size_t i = 0; !is_lost && i < source->n_wedges; i++) {
		const char *directory = source->wedges[i].directory;
		size_t len = directory_len(name);

		is_lost = directory && strncmp(directory, name, len) == 0 && !directory[len];
	}
	return is_lost;
}

/*
 * Put questions without an answer on the board, from @from on, as many as it takes.
 * Return: up to where all are on it.
 */
static size_t put_questions(struct office *office, const struct reader_questions *questions,
			    struct source_answer *answers, size_t from)
{
	struct board *board = office->board;
	size_t used = 0, i;

	board->count = 0;
	for (i = from; i < questions->count && board->count < QUESTIONS_MAX; i++) {
		const char *name = questions->names[i];
		size_t len = strlen(name) + 1;

		if (answers[i].ret != PENDING)
			continue;
		if (is_lost(office->source, name) || len > NAMES_ROOM) {
			answers[i].ret = len > NAMES_ROOM ? -ENAMETOOLONG : -ETIMEDOUT;
			continue;
		}
		if (len > NAMES_ROOM - used)
			break;
		memcpy(board->names + used, name, len);
		board->slots[board->count++] = (struct slot){ .index = i, .name = used };
		used += len;
	}
	board->ask = questions->ask;
	memcpy(board->context, questions->context, questions->context_len);
	board->next = board->used = 0;
	board->is_full = false;
	return i;
}

/* Have the questions on the board answered. Return: 0, or why no reader can answer. */
static int ask_board(struct office *office, const struct reader_questions *questions,
		     struct source_answers *answers)
{
	struct vigil vigil = { office, questions, answers->answer, 0, 0 };
	struct reader *first = &office->readers[0];
	char byte = 0;
	int ret = 0;

	if (first->pid && send(first->fd, &byte, 1, MSG_NOSIGNAL) == 1) {
		first->is_busy = true;
	} else {
		/* There is none yet, or it may have died in its sleep. */
		dismiss(office, 0);
		ret = start_reader(office, 0);
	}
	if (ret < 0)
		return ret;
	vigil.progress = vigil.counted = clock_now();
	while (wait_for_readers(&vigil)) {
		uint64_t now = clock_now();

		count_waiting(&vigil, now);
		be_patient(&vigil, now);
	}
	take_answers(office->board, answers);
	return office->error;
}

static bool is_any_settled(const struct board *board)
{
	for (size_t i = 0; i < board->count; i++) {
		if (board->slots[i].state == ANSWERED || board->slots[i].state == GIVEN_UP)
			return true;
	}
	return false;
}

/* Ask on one board, from question @from on. Return: the first question that was not put on it. */
static size_t ask_some(struct source *source, const struct reader_questions *questions,
		       struct source_answers *answers, size_t from)
{
	struct source_answer *answer = answers->answer;
	struct office *office;
	int ret = open_office(source, questions->with_rights, &office);
	size_t to = questions->count;

	if (ret >= 0)
		to = put_questions(office, questions, answer, from);
	if (ret >= 0 && office->board->count) {
		ret = ask_board(office, questions, answers);
		/* Where not even one is settled it would go on forever. */
		if (ret >= 0 && !is_any_settled(office->board))
			ret = -EIO;
	}
	for (size_t i = from; ret < 0 && i < to; i++) {
		if (answer[i].ret == PENDING)
			answer[i].ret = ret;
	}
	if (ret < 0 || office->is_spoilt)
		close_office(office);
	return to;
}

void reader_ask(struct source *source, const struct reader_questions *questions,
		struct source_answers *answers)
{
	size_t from = 0;

	*answers = (struct source_answers){ .count = questions->count };
	answers->answer = xcalloc(answers->count, sizeof(*answers->answer));
	for (size_t i = 0; i < answers->count; i++)
		answers->answer[i].ret = PENDING;
	while (from < questions->count) {
		size_t to = ask_some(source, questions, answers, from);

		/* A board that was full, or a reader that died, leaves some of them. */
		while (from < to && answers->answer[from].ret != PENDING)
			from++;
	}
}

void source_answers_clear(struct source_answers *answers)
{
	for (size_t i = 0; i < answers->n_blocks; i++)
		free(answers->blocks[i]);
	free(answers->blocks);
	free(answers->answer);
	*answers = (struct source_answers){ 0 };
}

/* A reader that has ended leaves nothing behind; if one still waits, no other needs to start. */
void source_patience(struct source *source)
{
	size_t kept = 0;

	for (size_t i = 0; i < source->n_wedges; i++) {
		if (waitpid(source->wedges[i].pid, NULL, WNOHANG) == 0)
			source->wedges[kept++] = source->wedges[i];
		else
			free(source->wedges[i].directory);
	}
	source->n_wedges = kept;
	source->waited = 0;
	owners_forget(source);
}

void reader_forget(struct source *source)
{
	reader_dismiss();
	source_patience(source);
	for (size_t i = 0; i < source->n_wedges; i++)
		free(source->wedges[i].directory);
	free(source->wedges);
}

/** struct json_question - of reader_ask_one(). */
struct json_question {
	json_t *(*ask)(struct source *source, const void *context);
	_Alignas(max_align_t) char context[CONTEXT_MAX - sizeof(max_align_t)];
};

static int ask_for_json(struct source *source, const void *context, size_t index, const char *name,
			char **text, size_t *len)
{
	const struct json_question *question = context;
	json_t *answer = question->ask(source, question->context);

	(void)index;
	(void)name;
	*text = json_dumps(answer, JSON_COMPACT);
	if (!*text)
		return -ENOMEM;
	*len = strlen(*text);
	json_decref(answer);
	return 0;
}

int reader_ask_one(struct source *source, const char *name,
		   json_t *(*ask)(struct source *source, const void *context), const void *context,
		   size_t context_len, json_t **answer)
{
	struct json_question question = { .ask = ask };
	char *names[] = { (char *)name };
	const struct reader_questions questions = {
		.ask = ask_for_json,
		.context = &question,
		.context_len = sizeof(question),
		.names = names,
		.count = 1,
	};
	struct source_answers answers;
	int ret;

	if (context_len > sizeof(question.context))
		return -ENAMETOOLONG;
	memcpy(question.context, context, context_len);
	reader_ask(source, &questions, &answers);
	ret = answers.answer->ret;
	*answer = ret < 0 ? NULL : json_loadb(answers.answer->text, answers.answer->len, 0, NULL);
	source_answers_clear(&answers);
	return ret < 0 ? ret : *answer ? 0 : -EBADMSG;
}
