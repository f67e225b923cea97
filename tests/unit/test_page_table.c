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

static void ask_sizes(struct source *source, unsigned int group, const void *pages, size_t n_pages,
		      const char *name, struct entry_sizes *sizes)
{
	source_page_table_sizes(source,
				&(struct page_table_mapping){ .group = group,
							      .kind = IOMMU_AMD,
							      .iova = IOVA,
							      .page_size = 4096,
							      .n_pages = n_pages,
							      .pages = pages,
							      .name = name },
				sizes);
}

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

		ask_sizes(source, 5, NULL, 4, NULL, &sizes);
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

TEST(only_a_live_host_has_memory_that_is_read)
{
#ifdef WITH_KCORE
	bool is_read = true;
#else
	bool is_read = false;
#endif
	const char *directory = directory_new();
	struct source *source;

	assert_int_equal(source_open_sysroot(&source, directory_new()), 0);
	assert_false(source_reads_page_tables(source));
	source_close(source);
	assert_int_equal(source_open_record(&source, directory), 0);
	assert_int_equal(source_reads_page_tables(source), is_read);
	assert_int_equal(source_save(source), 0);
	source_close(source);
	source = capture_replay(directory);
	assert_false(source_reads_page_tables(source));
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
	struct entry_sizes live, other, replayed;
	struct source *source;

	assert_int_equal(source_open_record(&source, directory), 0);
	ask_sizes(source, NO_GROUP, pages, 2, NULL, &live);
	ask_sizes(source, NO_GROUP, pages, 1, "base 4096 4096", &other);
	free(other.reason);
	assert_int_equal(source_save(source), 0);
	source_close(source);
	assert_false(live.is_known);
	assert_non_null(live.reason);
	assert_null(strstr(live.reason, "0x"));
	source = capture_replay(directory);
	ask_sizes(source, NO_GROUP, NULL, 2, NULL, &replayed);
	assert_string_equal(replayed.reason, live.reason);
	/* Other memory at the same address has its own answer, or none. */
	ask_sizes(source, NO_GROUP, NULL, 1, "base 4096 4096", &other);
	assert_string_equal(other.reason, live.reason);
	free(other.reason);
	ask_sizes(source, NO_GROUP, NULL, 1, "base 4096 8192", &other);
	assert_string_equal(other.reason, "the capture does not say why");
	free(other.reason);
	source_close(source);
	assert_int_equal(source_open_sysroot(&source, directory_new()), 0);
	free(replayed.reason);
	ask_sizes(source, NO_GROUP, pages, 2, NULL, &replayed);
	assert_string_equal(replayed.reason, "a directory of files has no page table");
	free(replayed.reason);
	free(live.reason);
	source_close(source);
}

/* 2 MiB in one entry, and 3 pages of 4 KiB. */
#define ENTRIES                                                                                    \
	"'entries':[{'size':'0x1000','count':'0x3'},{'size':'0x200000','count':'0x1'}],"           \
	"'page_sizes':'0x201000','n_entries':'0x4','longest':'0x200000','bytes_large':'0x200000'," \
	"'bytes_scattered':'0x3000'"
#define MAPPINGS(result, more) "{'fact':'mappings 5','ret':0,'result':'" result "'" more "}\n"

static void replay_mappings(const char *lines, struct mappings *mappings)
{
	struct source *source = capture_replay(capture_new(lines));

	source_mappings(source, 5, IOMMU_AMD, 4096, NULL, NULL, mappings);
	assert_null(source_problem(source));
	source_close(source);
}

TEST(a_capture_has_the_mappings)
{
	struct mappings mappings;

	replay_mappings(MAPPINGS("read", ",'large':'0x200000','bytes':'0x203000'," ENTRIES),
			&mappings);
	assert_true(mappings.is_known);
	assert_null(mappings.reason);
	assert_int_equal(mappings.counts.large, 2 << 20);
	assert_int_equal(mappings.counts.page_sizes, 0x201000);
	assert_int_equal(mappings.counts.count[12], 3);
	assert_int_equal(mappings.counts.count[21], 1);
	assert_int_equal(mappings.counts.n_entries, 4);
	assert_int_equal(mappings.counts.bytes, 0x203000);
	assert_int_equal(mappings.counts.bytes_large, 2 << 20);
	assert_int_equal(mappings.counts.bytes_scattered, 0x3000);
	assert_int_equal(mappings.counts.longest, 2 << 20);
	mappings_clear(&mappings);
}

/* Each line has one fault, and none is read as if it had none. */
TEST(mappings_of_a_capture_that_are_not_known)
{
	static const struct {
		const char *line;
		const char *reason;
	} rows[] = {
		{ "", "the capture was recorded without this question" },
		{ "{'fact':'mappings 6','ret':0,'result':'read'}\n",
		  "the capture was recorded without this question" },
		{ MAPPINGS("unknown", ",'reason':'it changes while it is read'"),
		  "it changes while it is read" },
		{ MAPPINGS("unknown", ",'reason':'a\\nb'"), "a?b" },
		{ MAPPINGS("unknown", ""), "the capture does not say why" },
		{ MAPPINGS("seen", ",'large':'0x200000','bytes':'0x203000'," ENTRIES),
		  "the capture does not say why" },
		{ MAPPINGS("read", ""), "the numbers contradict each other" },
		{ MAPPINGS("read", ",'large':'0x200000','bytes':'0x204000'," ENTRIES),
		  "the numbers contradict each other" },
		{ MAPPINGS("read", ",'large':'0x40000000','bytes':'0x203000'," ENTRIES),
		  "the numbers contradict each other" },
		{ MAPPINGS("read",
			   ",'large':'0x200000','bytes':'0x203000','n_other':'0x1'," ENTRIES),
		  "the numbers contradict each other" },
		{ MAPPINGS("read",
			   ",'large':'0x200000','bytes':'0x203000','bytes_askew':'0x1'," ENTRIES),
		  "the numbers contradict each other" },
		{ MAPPINGS("read", ",'large':'0x200000','bytes':'0x3000','n_entries':'0x1',"
				   "'bytes_scattered':'0x3000',"
				   "'entries':[{'size':'0x3000','count':'0x1'}]"),
		  "the numbers contradict each other" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct mappings mappings;

		replay_mappings(rows[i].line, &mappings);
		assert_false(mappings.is_known);
		assert_string_equal(mappings.reason, rows[i].reason);
		mappings_clear(&mappings);
		assert_null(mappings.reason);
	}
}

TEST(a_directory_of_files_has_no_mappings)
{
	struct mappings mappings;
	struct source *source;

	assert_int_equal(source_open_sysroot(&source, directory_new()), 0);
	source_mappings(source, 5, IOMMU_AMD, 4096, NULL, NULL, &mappings);
	assert_false(mappings.is_known);
	assert_non_null(mappings.reason);
	mappings_clear(&mappings);
	source_close(source);
}

TEST(mappings_of_a_group_that_is_not_there_are_recorded_as_unknown)
{
	const char *directory = directory_new();
	struct mappings live, replayed;
	struct source *source;

	assert_int_equal(source_open_record(&source, directory), 0);
	source_mappings(source, NO_GROUP, IOMMU_AMD, 4096, NULL, NULL, &live);
	assert_false(live.is_known);
	assert_true(live.reason && *live.reason);
	assert_null(strstr(live.reason, "0x"));
	assert_int_equal(source_save(source), 0);
	source_close(source);
	source = capture_replay(directory);
	source_mappings(source, NO_GROUP, IOMMU_AMD, 4096, NULL, NULL, &replayed);
	assert_false(replayed.is_known);
	assert_string_equal(replayed.reason, live.reason);
	mappings_clear(&live);
	mappings_clear(&replayed);
	source_close(source);
}

TEST(a_large_entry_maps_what_a_table_of_pages_does)
{
	assert_int_equal(large_entry(4096), 2 << 20);
	assert_int_equal(large_entry(16384), 32 << 20);
	assert_int_equal(large_entry(65536), 512 << 20);
}

/* In a child: what it may do in its sandbox, as bits; each is one call that must fail. */
enum {
	OPENED = 0x1,
	MADE_SOCKET = 0x2,
	SIGNALLED = 0x4,
	MADE_CODE = 0x8,
	LOST_READING = 0x10,
};

static _Noreturn void try_all(void)
{
	int fd = open("/proc/version", O_RDONLY | O_CLOEXEC);
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

/* The child is this program anew: valgrind, which does more calls than the sandbox allows, leaves that alone. */
static const char *program;
#define TRY_ALL "try-all"

TEST(the_process_that_reads_can_do_nothing_else)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		execl(program, program, TRY_ALL, (char *)NULL);
		_exit(254);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WITHOUT_SANDBOX)
		assert_int_equal(WEXITSTATUS(status), OPENED | MADE_SOCKET | SIGNALLED | MADE_CODE);
	else
		assert_int_equal(WEXITSTATUS(status), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_capture_has_the_answer),
		cmocka_unit_test(a_capture_has_entries_by_size),
		cmocka_unit_test(a_directory_of_files_has_none),
		cmocka_unit_test(only_a_live_host_has_memory_that_is_read),
		cmocka_unit_test(a_group_that_is_not_there_is_recorded_as_unknown),
		cmocka_unit_test(entries_by_size_of_no_group_are_recorded_as_unknown),
		cmocka_unit_test(a_capture_has_the_mappings),
		cmocka_unit_test(mappings_of_a_capture_that_are_not_known),
		cmocka_unit_test(a_directory_of_files_has_no_mappings),
		cmocka_unit_test(mappings_of_a_group_that_is_not_there_are_recorded_as_unknown),
		cmocka_unit_test(a_large_entry_maps_what_a_table_of_pages_does),
		cmocka_unit_test(the_process_that_reads_can_do_nothing_else),
	};

	program = argv[0];
	if (argc == 2 && strcmp(argv[1], TRY_ALL) == 0)
		try_all();
	return UNIT_RUN("page_table", tests);
}
