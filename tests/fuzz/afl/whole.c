/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The whole program, from its main() to what it prints, on a capture that AFL++ makes up.
 *
 * An input is a host as text (fuzz.h) and one line more, "=run COMMAND WORD…". The host is packed as
 * "collect" packs, so its checksums are right and the fuzzer gets behind them; COMMAND is a number of
 * the table below, where the words are put in. Behind a line "=other" a second host begins.
 *
 *	whole FILE…	run these and print each command with its status
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/exit.h"
#include "base/text.h"
#include "fuzz.h"

/* The linker gives these names (--wrap). */
int __real_main(int argc, char **argv);
int __wrap_main(int argc, char **argv);
_Noreturn void __real_exit(int status);
_Noreturn void __wrap_exit(int status);
int __real_atexit(void (*function)(void));
int __wrap_atexit(void (*function)(void));

/* A process leaks what a command that was refused did not free: it gets a successor in time. */
#define RUNS_OF_PROCESS 200
#define WORDS_MAX	16
#define FIELDS_MAX	5

/** enum printed - what a command prints. */
enum printed { PRINTS_TEXT, PRINTS_JSON, PRINTS_LINES, PRINTS_CAPTURE };

/*
 * Commands. "@" is the capture and "+" the other one; "%" is the next word of the input, and always
 * behind "=" or "--", so that none becomes an option. Each reads captures only, and writes no file.
 */
static const struct {
	enum printed prints;
	const char *words[WORDS_MAX];
} invocations[] = {
	{ PRINTS_TEXT, { "--from", "@", "list" } },
	{ PRINTS_JSON,
	  { "--from", "@", "list", "--json", "-o",
	    "GROUP,ADDRESS,DRIVER,VFIO,NAME,TYPE,IOMMU,CLASS,ID,SUBID,NUMA,OVERRIDE,"
	    "VFIO-DEV,RESERVED" } },
	{ PRINTS_TEXT, { "--from", "@", "list", "--tree", "--", "%" } },
	{ PRINTS_TEXT, { "--from", "@", "check", "-v" } },
	{ PRINTS_JSON, { "--from", "@", "check", "--all", "--format=json", "--probe" } },
	{ PRINTS_TEXT, { "--from", "@", "check", "--memory=%", "--for=%", "--", "%" } },
	{ PRINTS_LINES, { "--from", "@", "--from", "+", "check", "--format=jsonl" } },
	{ PRINTS_TEXT, { "--from", "@", "--from", "+", "check", "--each" } },
	{ PRINTS_TEXT, { "--from", "@", "check", "--format=prometheus", "--all" } },
	{ PRINTS_TEXT, { "--from", "@", "check", "--format=nagios" } },
	{ PRINTS_TEXT, { "--from", "@", "check", "--format=nfd", "--expires=1h" } },
	{ PRINTS_JSON, { "--from", "@", "check", "--format=facts" } },
	{ PRINTS_TEXT, { "--from", "@", "iova", "-v", "--", "%" } },
	{ PRINTS_JSON,
	  { "--from", "@", "iova", "--format=json", "--probe", "--at=%", "--size=%", "--", "%" } },
	{ PRINTS_TEXT,
	  { "--from", "@", "iova", "--at=%", "--size=%", "--errno=%", "--for=%", "--", "%" } },
	{ PRINTS_TEXT, { "--from", "@", "fits", "-v", "--memory=%", "--for=%", "--", "%" } },
	{ PRINTS_JSON,
	  { "--from", "@", "fits", "--format=json", "--probe", "--memory=%", "--maxmemory=16T",
	    "--machine=%", "--huge=%", "--", "%" } },
	{ PRINTS_TEXT, { "diff", "@", "+" } },
	{ PRINTS_JSON, { "diff", "--format=json", "@", "+" } },
	{ PRINTS_TEXT, { "report", "@", "+" } },
	{ PRINTS_CAPTURE, { "--from", "@", "collect", "-o", "-" } },
	{ PRINTS_CAPTURE, { "--from", "@", "collect", "--redact", "-o", "-" } },
	{ PRINTS_TEXT, { "--from", "@", "probe", "--all" } },
	{ PRINTS_JSON, { "--from", "@", "probe", "--format=json", "--", "%" } },
	{ PRINTS_TEXT, { "--from", "@", "bench", "--", "%" } },
};

/** struct run - one input on its way: the words of its "=run", and both captures. */
struct run {
	size_t invocation;
	char *fields[FIELDS_MAX];
	size_t n_fields;
	size_t used;
	int capture;
	int other;
};

static jmp_buf ended;
static bool is_running;

void __wrap_exit(int status)
{
	if (is_running)
		longjmp(ended, status + 1);
	__real_exit(status);
}

/* What main() leaves for the end is done behind each run, and would be registered again in each. */
int __wrap_atexit(void (*function)(void))
{
	(void)function;
	return 0;
}

/* A file without a name, empty. */
static int make_file(void)
{
	int fd = memfd_create("whole", MFD_CLOEXEC);

	MUST(fd >= 0);
	return fd;
}

/* What is in @fd. Free it. */
static char *read_file(int fd, size_t *len)
{
	struct stat st;
	char *text;

	MUST(fstat(fd, &st) == 0);
	*len = (size_t)st.st_size;
	text = xcalloc(*len + 1, 1);
	MUST(pread(fd, text, *len, 0) == (ssize_t)*len);
	return text;
}

/* Input */

static void take_run(struct run *run, char *words)
{
	const char *number = strsep(&words, " ");
	uint64_t value;
	char *field;

	if (text_to_u64(number, 10, &value) == 0)
		run->invocation = value % COUNT(invocations);
	while (run->n_fields < FIELDS_MAX && (field = strsep(&words, " ")))
		run->fields[run->n_fields++] = xstrdup(field);
}

/* The host in @len bytes of @data, packed. Return: a file. */
static int pack(const uint8_t *data, size_t len)
{
	struct script script;
	char *problem = NULL;
	int fd = make_file();
	FILE *file = fdopen(dup(fd), "w");

	MUST(file);
	script_read(data, len, &script);
	MUST(capture_pack(script.capture, "host", file, &problem) == 0);
	MUST(fclose(file) == 0);
	script_clear(&script);
	return fd;
}

static void read_input(struct run *run, const uint8_t *data, size_t len)
{
	struct bytes bytes = { data, len };
	size_t first = len;
	char *line;

	while ((line = take_line(&bytes))) {
		if (text_starts(line, "=run ") && !run->n_fields)
			take_run(run, line + strlen("=run "));
		if (strcmp(line, "=other") == 0 && first == len)
			first = len - bytes.left;
		free(line);
	}
	run->capture = pack(data, first);
	run->other = first < len ? pack(data + first, len - first) : run->capture;
}

static void clear_run(struct run *run)
{
	for (size_t i = 0; i < run->n_fields; i++)
		free(run->fields[i]);
	if (run->other != run->capture)
		close(run->other);
	close(run->capture);
}

/* Command line */

static char *fill_in(struct run *run, const char *word)
{
	const char *field = run->used < run->n_fields ? run->fields[run->used] : "1";

	if (strcmp(word, "@") == 0)
		return xasprintf("/proc/self/fd/%d", run->capture);
	if (strcmp(word, "+") == 0)
		return xasprintf("/proc/self/fd/%d", run->other);
	if (!strchr(word, '%'))
		return xstrdup(word);
	run->used++;
	return xasprintf("%.*s%s", (int)strcspn(word, "%"), word, field);
}

static int make_words(struct run *run, char **argv)
{
	const char *const *words = invocations[run->invocation].words;
	int argc = 0;

	argv[argc++] = xstrdup("vfiodiag");
	for (size_t i = 0; i < WORDS_MAX && words[i]; i++)
		argv[argc++] = fill_in(run, words[i]);
	return argc;
}

/* Run */

/* main() puts other words into its argv: it gets a copy. */
static int run_main(int argc, char **argv)
{
	char *copy[WORDS_MAX + 2] = { 0 };
	int status;

	memcpy(copy, argv, sizeof(*argv) * (size_t)argc);
	is_running = true;
	status = setjmp(ended);
	status = status ? status - 1 : __real_main(argc, copy);
	is_running = false;
	return status;
}

/** struct streams - those of the process, while a run has others. */
struct streams {
	int out;
	FILE *err;
};

static void turn_streams(struct streams *saved, int out, int err)
{
	fflush(stdout);
	saved->out = dup(STDOUT_FILENO);
	saved->err = stderr;
	MUST(saved->out >= 0 && dup2(out, STDOUT_FILENO) == STDOUT_FILENO);
	stderr = fdopen(dup(err), "w");
	MUST(stderr);
}

static void turn_streams_back(struct streams *saved)
{
	FILE *err = stderr;

	/* As the end of the program would. */
	MUST(fflush(stdout) == 0);
	stderr = saved->err;
	MUST(fclose(err) == 0);
	dup2(saved->out, STDOUT_FILENO);
	close(saved->out);
}

/* What must hold */

static bool is_status(int status)
{
	static const int all[] = { EXIT_OBSERVED, EXIT_INFERRED, EXIT_REFUSED, EXIT_UNMEASURED,
				   EXIT_BADUSAGE };
	bool found = false;

	for (size_t i = 0; i < COUNT(all); i++)
		found |= status == all[i];
	return found;
}

static void must_be_lines(char *text)
{
	char *line;

	while ((line = strsep(&text, "\n"))) {
		if (*line)
			json_decref(must_be_json(line, strlen(line)));
	}
}

/* What was packed is a capture. */
static void must_be_capture(int fd)
{
	_cleanup_free_ char *path = xasprintf("/proc/self/fd/%d", fd);
	struct capture_input input;
	struct capture *capture = NULL;
	char *problem = NULL;

	capture_input_open(path, &input);
	MUST(capture_load_input(&input, &capture, &problem) == 0);
	capture_input_close(&input);
	capture_free(capture);
}

static void check_output(enum printed prints, int out)
{
	size_t len;
	_cleanup_free_ char *text = read_file(out, &len);

	/* A command that was refused prints nothing. */
	if (!len)
		return;
	switch (prints) {
	case PRINTS_TEXT:
		must_be_printable(text, len);
		return;
	case PRINTS_JSON:
		json_decref(must_be_json(text, len));
		return;
	case PRINTS_LINES:
		must_be_lines(text);
		return;
	case PRINTS_CAPTURE:
		must_be_capture(out);
		return;
	}
}

static void check_words(int err)
{
	size_t len;
	_cleanup_free_ char *text = read_file(err, &len);

	must_be_printable(text, len);
}

static void print_words(const char *name, int argc, char **argv, int status)
{
	printf("%s: status %d:", name, status);
	for (int i = 0; i < argc; i++)
		printf(" %s", argv[i]);
	putchar('\n');
	fflush(stdout);
}

/* @name: of the file, NULL where AFL++ gave it. */
static void try_input(const char *name, const uint8_t *data, size_t len)
{
	struct run run = { 0 };
	char *argv[WORDS_MAX + 2] = { 0 };
	struct streams saved;
	int out = make_file();
	int err = make_file();
	int argc, status;

	read_input(&run, data, len);
	argc = make_words(&run, argv);
	turn_streams(&saved, out, err);
	status = run_main(argc, argv);
	turn_streams_back(&saved);
	if (name)
		print_words(name, argc, argv, status);
	MUST(is_status(status));
	check_output(invocations[run.invocation].prints, out);
	check_words(err);
	for (int i = 0; i < argc; i++)
		free(argv[i]);
	close(out);
	close(err);
	clear_run(&run);
}

static void try_file(const char *name)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	_cleanup_free_ char *text = NULL;
	size_t len;

	MUST(fd >= 0);
	text = read_file(fd, &len);
	close(fd);
	try_input(name, (const uint8_t *)text, len);
}

#ifdef __AFL_HAVE_MANUAL_CONTROL

/* AFL++'s macros are not written with all warnings in mind. */
#pragma clang diagnostic ignored "-Wshorten-64-to-32"

__AFL_FUZZ_INIT();

/* One process for many inputs, which AFL++ leaves in shared memory. */
static void take_inputs(void)
{
	const uint8_t *data;

	__AFL_INIT();
	data = __AFL_FUZZ_TESTCASE_BUF;
	while (__AFL_LOOP(RUNS_OF_PROCESS))
		try_input(NULL, data, (size_t)__AFL_FUZZ_TESTCASE_LEN);
}

#else

static void take_inputs(void)
{
	fputs("whole: name a file, or build it with CC=afl-clang-fast\n", stderr);
}

#endif

int __wrap_main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		try_file(argv[i]);
	if (argc < 2)
		take_inputs();
	return 0;
}
