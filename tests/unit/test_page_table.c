/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The answer about a page table: in a capture, and where it is not to be had; page_table.bats has the rest. */
#include "capture.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "source/internal.h"
#include "source/page_table.h"

#define IOVA UINT64_C(0x10000)

/* No machine has as many groups. */
#define NO_GROUP UINT32_MAX

static void assert_answer(struct source *source, enum page_table_result result, const char *reason)
{
	struct page_table_answer answer;

	source_page_table_pair(source, 5, IOMMU_AMD, IOVA, 4096, NULL, &answer);
	assert_int_equal(answer.result, result);
	if (reason)
		assert_string_equal(answer.reason, reason);
	else
		assert_null(answer.reason);
	page_table_answer_clear(&answer);
	assert_int_equal(answer.result, PAGE_TABLE_NOT_ASKED);
	assert_null(answer.reason);
	assert_null(source_problem(source));
}

TEST(a_capture_has_the_answer)
{
	static const struct {
		const char *line;
		enum page_table_result result;
		const char *reason;
	} rows[] = {
		{ "", PAGE_TABLE_NOT_ASKED, NULL },
		{ "{'fact':'page-table 5 0x10000','ret':0,'result':'one-entry'}\n",
		  PAGE_TABLE_ONE_ENTRY, NULL },
		{ "{'fact':'page-table 5 0x10000','ret':0,'result':'two-entries','reason':'x'}\n",
		  PAGE_TABLE_TWO_ENTRIES, NULL },
		{ "{'fact':'page-table 5 0x10000','ret':0,'result':'unknown','reason':'it is "
		  "masked'}\n",
		  PAGE_TABLE_UNKNOWN, "it is masked" },
		{ "{'fact':'page-table 5 0x10000','ret':0,'result':'unknown','reason':'a\\nb'}\n",
		  PAGE_TABLE_UNKNOWN, "a?b" },
		{ "{'fact':'page-table 5 0x10000','ret':0,'result':'unknown'}\n",
		  PAGE_TABLE_UNKNOWN, "the capture does not say why" },
		{ "{'fact':'page-table 5 0x10000','ret':0,'result':'three-entries'}\n",
		  PAGE_TABLE_NOT_ASKED, NULL },
		{ "{'fact':'page-table 5 0x10000','ret':0,'result':1}\n", PAGE_TABLE_NOT_ASKED,
		  NULL },
		{ "{'fact':'page-table 5 0x20000','ret':0,'result':'one-entry'}\n",
		  PAGE_TABLE_NOT_ASKED, NULL },
		{ "{'fact':'page-table 6 0x10000','ret':0,'result':'one-entry'}\n",
		  PAGE_TABLE_NOT_ASKED, NULL },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct source *source = capture_replay(capture_new(rows[i].line));

		assert_answer(source, rows[i].result, rows[i].reason);
		source_close(source);
	}
}

#define SIZES "{'fact':'page-table-sizes 5 0x10000','ret':0,'huge':"

TEST(a_capture_has_entries_by_size)
{
	/* Of a mapping of four pages. */
	static const struct {
		const char *line;
		const char *reason;
		bool is_huge;
		unsigned int n_4k, n_16k, n_other;
	} rows[] = {
		{ "", "the capture does not say why", false, 0, 0, 0 },
		{ SIZES "true,'entries':[{'size':16384,'count':1}],'other':0}\n", NULL, true, 0, 1,
		  0 },
		{ SIZES "false,'entries':[{'size':4096,'count':4}],'other':0}\n", NULL, false, 4, 0,
		  0 },
		{ SIZES "false,'entries':[{'size':4096,'count':1}],'other':1}\n", NULL, false, 1, 0,
		  1 },
		{ SIZES "true,'entries':[{'size':4096,'count':3}],'other':0}\n",
		  "the capture does not say why", false, 0, 0, 0 },
		{ SIZES "true,'entries':[{'size':16384,'count':2}],'other':0}\n",
		  "the capture does not say why", false, 0, 0, 0 },
		{ SIZES "true,'entries':[{'size':4096,'count':'0xffffffffffffffff'}],'other':0}\n",
		  "the capture does not say why", false, 0, 0, 0 },
		{ SIZES "true,'entries':[{'size':5000,'count':4}],'other':0}\n",
		  "the capture does not say why", false, 0, 0, 0 },
		{ SIZES "1,'entries':[{'size':16384,'count':1}],'other':0}\n",
		  "the capture does not say why", false, 0, 0, 0 },
		{ "{'fact':'page-table-sizes 5 0x10000','ret':0,'reason':'a\\nb'}\n", "a?b", false,
		  0, 0, 0 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct source *source = capture_replay(capture_new(rows[i].line));
		struct entry_sizes sizes;

		source_page_table_sizes(source, 5, IOMMU_AMD, IOVA, 4096, NULL, 4, &sizes);
		if (sizes.is_known == !!rows[i].reason)
			fail_msg("row %zu: %s", i, sizes.reason ? sizes.reason : "known");
		if (rows[i].reason) {
			assert_string_equal(sizes.reason, rows[i].reason);
		} else {
			assert_null(sizes.reason);
			assert_int_equal(sizes.is_huge, rows[i].is_huge);
			assert_int_equal(sizes.count[12], rows[i].n_4k);
			assert_int_equal(sizes.count[14], rows[i].n_16k);
			assert_int_equal(sizes.n_other, rows[i].n_other);
		}
		assert_null(source_problem(source));
		free(sizes.reason);
		source_close(source);
	}
}

TEST(a_directory_of_files_has_none)
{
	struct source *source;

	assert_int_equal(source_open_sysroot(&source, directory_new()), 0);
	assert_answer(source, PAGE_TABLE_NOT_ASKED, NULL);
	source_close(source);
}

/* Why it is not known depends on the rights of this process, and on the kernel. */
static void ask_for_no_group(struct source *source, struct page_table_answer *answer)
{
	static unsigned char pages[8192] __attribute__((aligned(4096)));

	memset(pages, 1, sizeof(pages));
	source_page_table_pair(source, NO_GROUP, IOMMU_AMD, IOVA, 4096, pages, answer);
	assert_int_equal(answer->result, PAGE_TABLE_UNKNOWN);
	assert_non_null(answer->reason);
	assert_true(*answer->reason);
	assert_null(strstr(answer->reason, "0x"));
}

TEST(a_group_that_is_not_there_is_recorded_as_unknown)
{
	const char *directory = directory_new();
	struct page_table_answer live, replayed;
	struct source *source;

	assert_int_equal(source_open_record(&source, directory), 0);
	ask_for_no_group(source, &live);
	assert_int_equal(source_save(source), 0);
	source_close(source);
	source = capture_replay(directory);
	ask_for_no_group(source, &replayed);
	assert_string_equal(replayed.reason, live.reason);
	page_table_answer_clear(&live);
	page_table_answer_clear(&replayed);
	source_close(source);
}

TEST(entries_by_size_of_no_group_are_recorded_as_unknown)
{
	static unsigned char pages[8192] __attribute__((aligned(4096)));
	const char *directory = directory_new();
	struct entry_sizes live, replayed;
	struct source *source;

	assert_int_equal(source_open_record(&source, directory), 0);
	source_page_table_sizes(source, NO_GROUP, IOMMU_AMD, IOVA, 4096, pages, 2, &live);
	assert_int_equal(source_save(source), 0);
	source_close(source);
	assert_false(live.is_known);
	assert_non_null(live.reason);
	assert_null(strstr(live.reason, "0x"));
	source = capture_replay(directory);
	source_page_table_sizes(source, NO_GROUP, IOMMU_AMD, IOVA, 4096, NULL, 2, &replayed);
	assert_string_equal(replayed.reason, live.reason);
	source_close(source);
	assert_int_equal(source_open_sysroot(&source, directory_new()), 0);
	free(replayed.reason);
	source_page_table_sizes(source, NO_GROUP, IOMMU_AMD, IOVA, 4096, pages, 2, &replayed);
	assert_string_equal(replayed.reason, "a file tree has no page table");
	free(replayed.reason);
	free(live.reason);
	source_close(source);
}

/* In a child: what it may do in its sandbox, as bits; each is one call that must fail. */
enum {
	OPENED = 0x1,
	MADE_SOCKET = 0x2,
	SIGNALLED = 0x4,
	MADE_CODE = 0x8,
	LOST_READING = 0x10,
};

static _Noreturn void try_all(int fd)
{
	char byte;
	int done = 0;

	if (sandbox_enter_kernel() < 0)
		_exit(255);
	done |= open("/proc/version", O_RDONLY) >= 0 ? OPENED : 0;
	done |= socket(AF_UNIX, SOCK_STREAM, 0) >= 0 ? MADE_SOCKET : 0;
	done |= kill(getppid(), 0) == 0 ? SIGNALLED : 0;
	done |= mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
				MAP_FAILED
			? MADE_CODE
			: 0;
	done |= pread(fd, &byte, 1, 0) != 1 || read(fd, &byte, 1) != 1 ? LOST_READING : 0;
	done |= !malloc((size_t)8 << 20) ? LOST_READING : 0;
	_exit(done);
}

TEST(the_process_that_reads_can_do_nothing_else)
{
	int fd = open("/proc/version", O_RDONLY | O_CLOEXEC);
	int status;
	pid_t pid = fork();

	if (pid == 0)
		try_all(fd);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(fd);
	assert_true(WIFEXITED(status));
	if (WITHOUT_SANDBOX)
		assert_int_equal(WEXITSTATUS(status), OPENED | MADE_SOCKET | SIGNALLED | MADE_CODE);
	else
		assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_capture_has_the_answer),
		cmocka_unit_test(a_capture_has_entries_by_size),
		cmocka_unit_test(a_directory_of_files_has_none),
		cmocka_unit_test(a_group_that_is_not_there_is_recorded_as_unknown),
		cmocka_unit_test(entries_by_size_of_no_group_are_recorded_as_unknown),
		cmocka_unit_test(the_process_that_reads_can_do_nothing_else),
	};

	return UNIT_RUN("page_table", tests);
}
