/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A whole probe, step by step, on transcripts written by hand. */
#include "capture.h"

#include "base/exit.h"
#include "probe/probe.h"

#define LINES_MAX 40

/** struct script - the lines of a transcript, which a test changes as it likes. */
struct script {
	const char *line[LINES_MAX];
	size_t count;
};

static void say(struct script *script, const char *line)
{
	assert_true(script->count < LINES_MAX);
	script->line[script->count++] = line;
}

/* What comes before the map, with @events of the kernel self-test test. */
static void say_begin(struct script *script, const char *events)
{
	say(script, "{'section': 'probe 3 auto'}");
	say(script, "{'call': 'trace-open', 'ret': 0}");
	say(script, "{'call': 'open', 'path': '/dev/vfio/vfio', 'ret': 0}");
	say(script, "{'call': 'ioctl', 'request': 'VFIO_GET_API_VERSION', 'ret': 0}");
	say(script, "{'call': 'ioctl', 'request': 'VFIO_CHECK_EXTENSION', 'value': 3, 'ret': 1}");
	say(script, "{'call': 'open', 'path': '/dev/vfio/3', 'ret': 0}");
	say(script, "{'call': 'ioctl', 'request': 'VFIO_GROUP_GET_STATUS', 'ret': 0, "
		    "'out': {'flags': 1}}");
	say(script, "{'call': 'ioctl', 'request': 'VFIO_GROUP_SET_CONTAINER', 'ret': 0}");
	say(script, "{'call': 'ioctl', 'request': 'VFIO_SET_IOMMU', 'value': 3, 'ret': 0}");
	say(script,
	    keep(xasprintf("{'call': 'trace-read', 'ret': 0, 'lost': 0, 'events': [%s]}", events)));
	say(script, "{'call': 'ioctl', 'request': 'VFIO_IOMMU_GET_INFO', 'ret': 0, "
		    "'out': {'argsz': 56, 'flags': 3, 'iova_pgsizes': '0xffffff7ffffff000'}}");
	say(script, "{'call': 'ioctl', 'request': 'VFIO_IOMMU_GET_INFO', 'ret': 0, "
		    "'out': {'argsz': 56, 'flags': 3, 'iova_pgsizes': '0xffffff7ffffff000', "
		    "'cap_offset': 24}, 'tail': ['24 u16 id 0x1', '32 u32 nr_iovas 0x1', "
		    "'48 u64 end 0xfffff']}");
	say(script, "{'call': 'memory', 'bytes': 2097152, 'ret': 0}");
	say(script, "{'call': 'frames', 'count': 512, 'ret': 0, 'frames': ['0x1a00+512']}");
}

/* The map of two pages at @iova and its unmapping, with the @events of it. */
static void say_map(struct script *script, const char *iova, const char *events)
{
	say(script, keep(xasprintf("{'call': 'ioctl', 'request': 'VFIO_IOMMU_MAP_DMA', "
				   "'in': {'iova': '%s', 'size': '0x2000'}, 'ret': 0}",
				   iova)));
	say(script,
	    keep(xasprintf("{'call': 'trace-read', 'ret': 0, 'lost': 0, 'events': [{'event': "
			   "'map', 'iova': '%s', 'size': '0x2000', 'paddr': '0x1a00000'}]}",
			   iova)));
	say(script, keep(xasprintf("{'call': 'ioctl', 'request': 'VFIO_IOMMU_UNMAP_DMA', "
				   "'in': {'iova': '%s', 'size': '0x1000'}, 'errno': 'EINVAL'}",
				   iova)));
	say(script, "{'call': 'trace-read', 'ret': 0, 'lost': 0, 'events': []}");
	say(script, keep(xasprintf("{'call': 'ioctl', 'request': 'VFIO_IOMMU_UNMAP_DMA', "
				   "'in': {'iova': '%s', 'size': '0x2000'}, 'ret': 0, "
				   "'out': {'size': '0x2000'}}",
				   iova)));
	say(script,
	    keep(xasprintf("{'call': 'trace-read', 'ret': 0, 'lost': 0, 'events': [%s]}", events)));
}

#define EVENT_MAP(iova, size) "{'event': 'map', 'iova': '" iova "', 'size': '" size "'}"
#define EVENT_UNMAP(iova, size, gone) \
	"{'event': 'unmap', 'iova': '" iova "', 'size': '" size "', 'unmapped': '" gone "'}"

#define SELFTEST_YES EVENT_MAP("0x0", "0x2000") ", " EVENT_UNMAP("0x0", "0x1000", "0x2000")
#define OWN_WHOLE    EVENT_UNMAP("0x0", "0x1000", "0x2000")
#define OWN_ONE_EACH \
	EVENT_UNMAP("0x0", "0x1000", "0x1000") ", " EVENT_UNMAP("0x1000", "0x1000", "0x1000")

/** struct lab - a host with one group, and how its probe went. */
struct lab {
	struct device device;
	struct device *devices[1];
	struct group group;
	struct host host;
	struct region region;
	struct probe_options options;
	struct source *source;
	struct probe *probe;
};

static void lab_begin(struct lab *lab)
{
	*lab = (struct lab){ 0 };
	lab->device.address = (char *)"0000:00:04.0";
	lab->device.driver = (char *)"vfio-pci";
	lab->device.is_pci = true;
	lab->device.zpci_pft = ZPCI_NONE;
	lab->devices[0] = &lab->device;
	lab->group.id = 3;
	lab->group.devices = lab->devices;
	lab->group.n_devices = 1;
	lab->host.page_size = 4096;
	lab->host.has_container = true;
	lab->host.release = (char *)"6.12.0";
}

/* Probe with the first @count lines of @script. */
static void lab_run(struct lab *lab, const struct script *script, size_t count)
{
	const char *text = "";

	for (size_t i = 0; i < count; i++)
		text = keep(xasprintf("%s%s\n", text, script->line[i]));
	lab->source = capture_replay(capture_new(text));
	lab->probe = probe_run(lab->source, &lab->host, &lab->group, &lab->options);
}

static void lab_end(struct lab *lab)
{
	probe_free(lab->probe);
	source_close(lab->source);
}

/* Nothing is opened. */
static struct script begun_script(void)
{
	struct script script = { .count = 0 };

	say(&script, "{'section': 'probe 3 auto'}");
	return script;
}

static struct script usual_script(void)
{
	struct script script = { .count = 0 };

	say_begin(&script, SELFTEST_YES);
	say_map(&script, "0x0", OWN_WHOLE);
	return script;
}

/* Another answer in place of the first line that has @word. */
static void change(struct script *script, const char *word, const char *line)
{
	for (size_t i = 0; i < script->count; i++) {
		if (strstr(script->line[i], word)) {
			script->line[i] = line;
			return;
		}
	}
	fail_msg("no line has %s", word);
}

TEST(a_probe_goes_from_start_to_end)
{
	struct script script = usual_script();
	struct lab lab;

	lab_begin(&lab);
	lab_run(&lab, &script, script.count);
	assert_null(source_problem(lab.source));
	assert_null(lab.probe->failure.step);
	assert_int_equal(probe_status(lab.probe), EXIT_OBSERVED);
	assert_int_equal(lab.probe->backend, BACKEND_TYPE1V2);
	assert_int_equal(lab.probe->window.range.start, 0);
	assert_int_equal(lab.probe->partial_unmap, PARTIAL_REFUSED);
	assert_int_equal(lab.probe->partial_errno, EINVAL);
	assert_int_equal(lab.probe->verdict.fgsp, ANSWER_YES);
	assert_int_equal(lab.probe->verdict.method, METHOD_KERNEL_SELFTEST);
	assert_int_equal(lab.probe->verdict.contradictions, 0);
	assert_int_equal(lab.probe->evidence.n_events, 4);
	lab_end(&lab);
}

TEST(a_capture_that_ends_early_is_a_failure_and_a_problem)
{
	struct script script = usual_script();

	for (size_t count = 0; count < script.count; count++) {
		struct lab lab;

		lab_begin(&lab);
		lab_run(&lab, &script, count);
		/* Without tracepoints or frames the probe goes on, and meets the end later. */
		if (count + 1 < script.count) {
			assert_non_null(lab.probe->failure.step);
			assert_true(probe_status(lab.probe) != EXIT_OBSERVED);
		}
		assert_true(count == 0 || source_problem(lab.source));
		lab_end(&lab);
	}
}

/* The ranges alone, from the first @count lines of @script. */
static void lab_ranges(struct lab *lab, const struct script *script, size_t count)
{
	const char *text = "";

	for (size_t i = 0; i < count; i++)
		text = keep(xasprintf("%s%s\n", text, script->line[i]));
	lab->source = capture_replay(capture_new(text));
	lab->probe = probe_ranges(lab->source, &lab->host, &lab->group, &lab->options);
}

/* How many lines of the usual script come before the memory for the test. */
#define LINES_OF_RANGES 12

TEST(the_ranges_alone_want_no_more_than_the_first_lines_of_a_probe)
{
	struct script script = usual_script();
	struct lab lab;

	lab_begin(&lab);
	lab_ranges(&lab, &script, LINES_OF_RANGES);
	assert_null(source_problem(lab.source));
	assert_null(lab.probe->failure.step);
	assert_true(lab.probe->info.has_ranges);
	assert_int_equal(lab.probe->info.ranges.range[0].end, 0xfffff);
	assert_false(lab.probe->window.found);
	lab_end(&lab);
	lab_begin(&lab);
	lab_ranges(&lab, &script, LINES_OF_RANGES - 1);
	assert_non_null(lab.probe->failure.step);
	lab_end(&lab);
}

TEST(the_ranges_come_from_any_probe_of_the_group)
{
	static const char *const sections[] = { "{'section': 'iova 3'}",
						"{'section': 'probe 3 auto'}",
						"{'section': 'probe 3 type1v2'}",
						"{'section': 'probe 3 type1'}" };

	for (size_t i = 0; i < COUNT(sections); i++) {
		struct script script = usual_script();
		struct lab lab;

		script.line[0] = sections[i];
		if (i == 3) {
			change(&script, "'VFIO_CHECK_EXTENSION'",
			       "{'call': 'ioctl', 'request': 'VFIO_CHECK_EXTENSION', 'value': 1, "
			       "'ret': 1}");
			change(&script, "'VFIO_SET_IOMMU'",
			       "{'call': 'ioctl', 'request': 'VFIO_SET_IOMMU', 'value': 1, "
			       "'ret': 0}");
		}
		lab_begin(&lab);
		lab_ranges(&lab, &script, script.count);
		assert_null(source_problem(lab.source));
		assert_null(lab.probe->failure.step);
		assert_int_equal(lab.probe->backend, i == 3 ? BACKEND_TYPE1 : BACKEND_TYPE1V2);
		lab_end(&lab);
	}
}

TEST(the_ranges_of_another_group_are_not_taken)
{
	struct script script = usual_script();
	struct lab lab;

	script.line[0] = "{'section': 'probe 4 auto'}";
	lab_begin(&lab);
	lab_ranges(&lab, &script, script.count);
	assert_string_equal(lab.probe->failure.step, "capture");
	assert_int_equal(probe_status(lab.probe), EXIT_UNMEASURED);
	assert_null(source_problem(lab.source));
	lab_end(&lab);
}

TEST(lost_events_prove_nothing)
{
	/* Wherever they were lost. */
	for (size_t i = 0; i < 4; i++) {
		struct script script = usual_script();
		unsigned int reads = 0;
		struct lab lab;

		for (size_t at = 0; at < script.count; at++) {
			const char *line = script.line[at];

			if (strstr(line, "trace-read") && reads++ == i) {
				const char *lost = strstr(line, "'lost': 0");

				assert_non_null(lost);
				script.line[at] = keep(xasprintf("%.*s'lost': 1%s",
								 (int)(lost - line), line,
								 lost + strlen("'lost': 0")));
			}
		}
		assert_int_equal(reads, 4);
		lab_begin(&lab);
		lab_run(&lab, &script, script.count);
		assert_null(source_problem(lab.source));
		assert_true(lab.probe->trace_lost);
		assert_int_equal(lab.probe->verdict.method, METHOD_ADVERTISED);
		assert_int_equal(probe_status(lab.probe), EXIT_INFERRED);
		lab_end(&lab);
	}
}

TEST(without_tracepoints_the_probe_goes_on_and_infers)
{
	struct script script = usual_script(), silent = { .count = 0 };
	struct lab lab;

	change(&script, "trace-open", "{'call': 'trace-open', 'errno': 'EACCES'}");
	for (size_t i = 0; i < script.count; i++) {
		if (!strstr(script.line[i], "trace-read"))
			say(&silent, script.line[i]);
	}
	lab_begin(&lab);
	lab_run(&lab, &silent, silent.count);
	assert_null(source_problem(lab.source));
	assert_null(lab.probe->failure.step);
	assert_int_equal(lab.probe->trace_errno, EACCES);
	assert_int_equal(probe_status(lab.probe), EXIT_INFERRED);
	lab_end(&lab);
}

/* How the pages lay, by @frames and by the @events of the map. */
static struct buffer buffer_by(const char *frames, const char *events)
{
	struct script script = usual_script();
	struct buffer buffer;
	struct lab lab;

	change(&script, "'frames'", frames);
	change(&script, "'paddr'",
	       keep(xasprintf("{'call': 'trace-read', 'ret': 0, 'lost': 0, 'events': [%s]}",
			      events)));
	lab_begin(&lab);
	lab_run(&lab, &script, script.count);
	assert_null(source_problem(lab.source));
	assert_null(lab.probe->failure.step);
	buffer = lab.probe->buffer;
	assert_int_equal(lab.probe->evidence.buffer_contiguous, buffer.contiguous);
	lab_end(&lab);
	return buffer;
}

#define FRAMES_HIDDEN "{'call': 'frames', 'errno': 'EPERM'}"
#define FRAMES_PAIR   "{'call': 'frames', 'ret': 0, 'frames': ['0x1a00+512']}"
#define FRAMES_ODD    "{'call': 'frames', 'ret': 0, 'frames': ['0x1a01+2']}"

#define MAPPED(iova, size, paddr) \
	"{'event': 'map', 'iova': '" iova "', 'size': '" size "', 'paddr': '" paddr "'}"

TEST(the_map_itself_tells_where_the_pages_lay)
{
	static const struct {
		const char *frames;
		const char *events;
		enum answer contiguous;
		const char *known_by;
	} cases[] = {
		/* Hidden frames: one map, two neighbours, two that are none, an odd address. */
		{ FRAMES_HIDDEN, MAPPED("0x0", "0x2000", "0x6000"), ANSWER_YES, "map event" },
		{ FRAMES_HIDDEN,
		  MAPPED("0x0", "0x1000", "0x6000") ", " MAPPED("0x1000", "0x1000", "0x7000"),
		  ANSWER_YES, "map event" },
		{ FRAMES_HIDDEN,
		  MAPPED("0x0", "0x1000", "0x6000") ", " MAPPED("0x1000", "0x1000", "0x8000"),
		  ANSWER_NO, "map event" },
		{ FRAMES_HIDDEN, MAPPED("0x0", "0x2000", "0x7000"), ANSWER_NO, "map event" },
		{ FRAMES_HIDDEN,
		  MAPPED("0x0", "0x1000", "0x7000") ", " MAPPED("0x1000", "0x1000", "0x8000"),
		  ANSWER_NO, "map event" },
		/* Known frames: confirmed, moved since, and not the whole map seen. */
		{ FRAMES_PAIR, MAPPED("0x0", "0x2000", "0x1a00000"), ANSWER_YES, "pagemap" },
		{ FRAMES_PAIR,
		  MAPPED("0x0", "0x1000", "0x6000") ", " MAPPED("0x1000", "0x1000", "0x9000"),
		  ANSWER_NO, "map event" },
		{ FRAMES_ODD, MAPPED("0x0", "0x2000", "0x6000"), ANSWER_YES, "map event" },
		{ FRAMES_ODD, MAPPED("0x0", "0x2000", "0x5000"), ANSWER_NO, "pagemap" },
		{ FRAMES_PAIR, MAPPED("0x0", "0x1000", "0x7000"), ANSWER_YES, "pagemap" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buffer buffer = buffer_by(cases[i].frames, cases[i].events);

		if (buffer.contiguous != cases[i].contiguous || !buffer.known_by ||
		    strcmp(buffer.known_by, cases[i].known_by) != 0)
			fail_msg("case %zu: %s by %s", i, answer_name(buffer.contiguous),
				 buffer.known_by ? buffer.known_by : "nothing");
	}
}

TEST(who_does_not_see_the_own_map_sees_nothing)
{
	struct script script = usual_script();
	struct lab lab;

	/* Though there was something that looks like a test of the kernel. */
	change(&script, "'paddr'", "{'call': 'trace-read', 'ret': 0, 'lost': 0, 'events': []}");
	lab_begin(&lab);
	lab_run(&lab, &script, script.count);
	assert_null(source_problem(lab.source));
	assert_true(lab.probe->trace_blind);
	assert_int_equal(lab.probe->verdict.method, METHOD_ADVERTISED);
	assert_int_equal(probe_status(lab.probe), EXIT_INFERRED);
	lab_end(&lab);
}

TEST(one_page_each_is_decided_at_an_odd_page)
{
	struct script script = { .count = 0 };
	struct lab lab;

	say_begin(&script, "");
	say_map(&script, "0x0", OWN_ONE_EACH);
	say(&script, "{'call': 'ioctl', 'request': 'VFIO_IOMMU_MAP_DMA', "
		     "'in': {'iova': '0x1000', 'size': '0x2000'}, 'ret': 0}");
	say(&script, "{'call': 'ioctl', 'request': 'VFIO_IOMMU_UNMAP_DMA', "
		     "'in': {'iova': '0x1000', 'size': '0x2000'}, 'ret': 0, "
		     "'out': {'size': '0x2000'}}");
	say(&script,
	    keep(xasprintf("{'call': 'trace-read', 'ret': 0, 'lost': 0, 'events': [%s, %s, %s]}",
			   EVENT_MAP("0x1000", "0x2000"), EVENT_UNMAP("0x1000", "0x1000", "0x1000"),
			   EVENT_UNMAP("0x2000", "0x1000", "0x1000"))));
	lab_begin(&lab);
	lab_run(&lab, &script, script.count);
	assert_null(source_problem(lab.source));
	assert_null(lab.probe->failure.step);
	assert_int_equal(lab.probe->verdict.fgsp, ANSWER_YES);
	assert_int_equal(lab.probe->verdict.method, METHOD_OWN_UNMAP);
	lab_end(&lab);
}

TEST(no_odd_page_is_mapped_where_a_region_is_in_its_way)
{
	struct script script = { .count = 0 };
	struct lab lab;

	say_begin(&script, "");
	say_map(&script, "0x0", OWN_ONE_EACH);
	lab_begin(&lab);
	lab.region = (struct region){ .range = { 0x2fff, 0x2fff }, .type = REGION_RESERVED };
	lab.group.regions = &lab.region;
	lab.group.n_regions = 1;
	lab_run(&lab, &script, script.count);
	assert_null(source_problem(lab.source));
	assert_int_equal(lab.probe->verdict.method, METHOD_ADVERTISED);
	lab_end(&lab);
}

/* The page table of the IOMMU: a fact of the capture, so any probe may ask for it. */

#define FACT_ONE "{'fact': 'page-table 3 0x0', 'ret': 0, 'result': 'one-entry'}"
#define FACT_TWO "{'fact': 'page-table 3 0x0', 'ret': 0, 'result': 'two-entries'}"
#define FACT_UNKNOWN \
	"{'fact': 'page-table 3 0x0', 'ret': 0, 'result': 'unknown', 'reason': 'it is secret'}"
#define FACT_OTHER "{'fact': 'page-table 4 0x0', 'ret': 0, 'result': 'one-entry'}"
#define FACT_PLACE "{'fact': 'page-table 3 0x2000', 'ret': 0, 'result': 'one-entry'}"

/* All that reading takes, and all but one. */
#define CALLER_MAY \
	"{'fact': 'process', 'uid': 0, 'gid': 0, 'groups': [], 'capabilities': '0x220000'}"
#define CALLER_NO_RAWIO \
	"{'fact': 'process', 'uid': 0, 'gid': 0, 'groups': [], 'capabilities': '0xfffffdffff'}"
#define CALLER_NO_ADMIN \
	"{'fact': 'process', 'uid': 0, 'gid': 0, 'groups': [], 'capabilities': '0xffffdfffff'}"

static void forbid_announcement(void *context, const struct group *group)
{
	(void)group;
	*(bool *)context = true;
}

/* Probe with @facts, ended by NULL, before the events of the kernel's test. */
static void lab_read_table(struct lab *lab, enum page_table_when when, const char *selftest,
			   const char *const *facts)
{
	struct script script = { .count = 0 };
	bool is_announced = false;

	for (; *facts; facts++)
		say(&script, *facts);
	say_begin(&script, selftest);
	say_map(&script, "0x0", *selftest ? OWN_WHOLE : EVENT_UNMAP("0x0", "0x2000", "0x2000"));
	lab->options.page_table = when;
	lab->options.announce = forbid_announcement;
	lab->options.context = &is_announced;
	lab_run(lab, &script, script.count);
	assert_null(source_problem(lab->source));
	assert_null(lab->probe->failure.step);
	/* A replay reads nothing of this machine. */
	assert_false(is_announced);
}

static void assert_entries(const struct lab *lab, enum entries entries, const char *reason,
			   enum method method)
{
	const struct probe *probe = lab->probe;

	assert_int_equal(probe->evidence.entries, entries);
	assert_int_equal(probe->verdict.method, method);
	assert_int_equal(probe_status(probe),
			 method == METHOD_ADVERTISED ? EXIT_INFERRED : EXIT_OBSERVED);
	if (!reason)
		assert_null(probe->entries_reason);
	else if (!probe->entries_reason || !strstr(probe->entries_reason, reason))
		fail_msg("'%s' does not say '%s'", probe->entries_reason, reason);
}

TEST(the_page_table_decides_where_the_kernel_made_no_test)
{
	static const char *const facts[][3] = { { CALLER_MAY, FACT_ONE },
						{ CALLER_MAY, FACT_TWO } };

	for (size_t i = 0; i < COUNT(facts); i++) {
		struct lab lab;

		lab_begin(&lab);
		lab_read_table(&lab, PAGE_TABLE_AUTO, "", facts[i]);
		assert_entries(&lab, i ? ENTRIES_TWO : ENTRIES_ONE, NULL, METHOD_PAGE_TABLE);
		assert_int_equal(lab.probe->verdict.fgsp, i ? ANSWER_NO : ANSWER_YES);
		assert_false(lab.probe->verdict.is_of_mappings);
		lab_end(&lab);
	}
}

TEST(the_page_table_is_not_read_where_the_kernel_made_its_test)
{
	static const char *const facts[] = { CALLER_MAY, FACT_TWO, NULL };
	struct lab lab;

	lab_begin(&lab);
	lab_read_table(&lab, PAGE_TABLE_AUTO, SELFTEST_YES, facts);
	assert_entries(&lab, ENTRIES_NOT_ASKED, NULL, METHOD_KERNEL_SELFTEST);
	assert_int_equal(lab.probe->verdict.contradictions, 0);
	lab_end(&lab);
}

TEST(the_page_table_is_read_always_if_that_is_wanted)
{
	static const char *const agrees[] = { CALLER_NO_RAWIO, FACT_ONE, NULL };
	static const char *const contradicts[] = { CALLER_MAY, FACT_TWO, NULL };
	struct lab lab;

	/* It is the kernel's to refuse. */
	lab_begin(&lab);
	lab_read_table(&lab, PAGE_TABLE_ALWAYS, SELFTEST_YES, agrees);
	assert_entries(&lab, ENTRIES_ONE, NULL, METHOD_KERNEL_SELFTEST);
	assert_int_equal(lab.probe->verdict.contradictions, 0);
	lab_end(&lab);
	lab_begin(&lab);
	lab_read_table(&lab, PAGE_TABLE_ALWAYS, SELFTEST_YES, contradicts);
	assert_entries(&lab, ENTRIES_TWO, NULL, METHOD_KERNEL_SELFTEST);
	assert_int_equal(lab.probe->verdict.fgsp, ANSWER_YES);
	assert_int_equal(lab.probe->verdict.contradictions, CONTRADICTION_PAGE_TABLE);
	lab_end(&lab);
}

TEST(the_page_table_is_never_read_if_that_is_wanted)
{
	static const char *const facts[] = { CALLER_MAY, FACT_TWO, NULL };
	struct lab lab;

	lab_begin(&lab);
	/* Nor without a word about it. */
	assert_int_equal(lab.options.page_table, PAGE_TABLE_NEVER);
	lab_read_table(&lab, PAGE_TABLE_NEVER, "", facts);
	assert_entries(&lab, ENTRIES_NOT_ASKED, NULL, METHOD_ADVERTISED);
	lab_end(&lab);
}

TEST(a_capture_without_the_page_table_gives_the_verdict_that_it_gave)
{
	static const char *const facts[][3] = {
		{ NULL }, { CALLER_MAY }, { CALLER_MAY, FACT_OTHER }, { CALLER_MAY, FACT_PLACE }
	};

	for (size_t i = 0; i < COUNT(facts); i++) {
		struct lab never, asked;

		lab_begin(&never);
		lab_read_table(&never, PAGE_TABLE_NEVER, "", facts[i]);
		for (enum page_table_when when = PAGE_TABLE_AUTO; when <= PAGE_TABLE_ALWAYS;
		     when++) {
			lab_begin(&asked);
			lab_read_table(&asked, when, "", facts[i]);
			assert_entries(&asked, ENTRIES_NOT_ASKED, NULL, METHOD_ADVERTISED);
			assert_string_equal(asked.probe->verdict.because,
					    never.probe->verdict.because);
			lab_end(&asked);
		}
		lab_end(&never);
	}
}

TEST(a_page_table_that_tells_nothing_leaves_the_verdict_and_has_a_reason)
{
	static const char *const facts[] = { CALLER_MAY, FACT_UNKNOWN, NULL };
	struct lab lab;

	lab_begin(&lab);
	lab_read_table(&lab, PAGE_TABLE_AUTO, "", facts);
	assert_entries(&lab, ENTRIES_UNKNOWN, "it is secret", METHOD_ADVERTISED);
	assert_null(strstr(lab.probe->verdict.because, "page table"));
	lab_end(&lab);
	lab_begin(&lab);
	lab_read_table(&lab, PAGE_TABLE_ALWAYS, SELFTEST_YES, facts);
	assert_entries(&lab, ENTRIES_UNKNOWN, "it is secret", METHOD_KERNEL_SELFTEST);
	lab_end(&lab);
}

/* Though the capture has an answer: the reason is the same as it was on the host. */
TEST(nothing_is_read_that_the_caller_or_the_kernel_does_not_allow)
{
	static const struct {
		const char *facts[3];
		const char *lockdown;
		const char *reason;
	} cases[] = {
		{ { CALLER_NO_RAWIO, FACT_ONE }, NULL, "CAP_SYS_RAWIO" },
		{ { CALLER_NO_ADMIN, FACT_ONE }, NULL, "CAP_SYS_ADMIN" },
		{ { CALLER_MAY, FACT_ONE },
		  "none integrity [confidentiality]",
		  "lockdown (confidentiality)" },
		{ { CALLER_MAY, FACT_ONE }, "none [integrity] confidentiality", NULL },
		{ { CALLER_MAY, FACT_ONE }, "[none] integrity confidentiality", NULL },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct lab lab;

		lab_begin(&lab);
		lab.host.lockdown = (char *)cases[i].lockdown;
		lab_read_table(&lab, PAGE_TABLE_AUTO, "", cases[i].facts);
		assert_entries(&lab, cases[i].reason ? ENTRIES_UNKNOWN : ENTRIES_ONE,
			       cases[i].reason,
			       cases[i].reason ? METHOD_ADVERTISED : METHOD_PAGE_TABLE);
		lab_end(&lab);
	}
}

/* A map that is no pair, and a parameter that makes two maps of any. */
TEST(pages_that_were_not_mapped_as_one_pair_prove_nothing)
{
	struct script script = { .count = 0 };
	struct lab lab;

	say(&script, CALLER_MAY);
	say(&script, FACT_TWO);
	say_begin(&script, "");
	say_map(&script, "0x0", OWN_ONE_EACH);
	change(&script, "'paddr'",
	       keep(xasprintf("{'call': 'trace-read', 'ret': 0, 'lost': 0, 'events': [%s, %s]}",
			      MAPPED("0x0", "0x1000", "0x1a00000"),
			      MAPPED("0x1000", "0x1000", "0x1a01000"))));
	lab_begin(&lab);
	lab.options.page_table = PAGE_TABLE_AUTO;
	lab_run(&lab, &script, script.count);
	assert_entries(&lab, ENTRIES_TWO, "one by one", METHOD_ADVERTISED);
	lab_end(&lab);
	change(&script, "'paddr'",
	       keep(xasprintf("{'call': 'trace-read', 'ret': 0, 'lost': 0, 'events': [%s, %s]}",
			      MAPPED("0x0", "0x1000", "0x1a00000"),
			      MAPPED("0x1000", "0x1000", "0x1c01000"))));
	lab_begin(&lab);
	lab.options.page_table = PAGE_TABLE_AUTO;
	lab_run(&lab, &script, script.count);
	assert_entries(&lab, ENTRIES_UNKNOWN, "side by side", METHOD_ADVERTISED);
	lab_end(&lab);
}

TEST(without_tracepoints_the_parameter_tells_how_pages_are_mapped)
{
	static const struct {
		const char *value;
		const char *reason;
	} cases[] = {
		{ "N", NULL },
		{ "Y", "one by one" },
		{ NULL, "not known" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct parameter parameter = { .module = (char *)"vfio_iommu_type1",
					       .name = (char *)"disable_hugepages",
					       .value = (char *)cases[i].value };
		struct script script = usual_script(), silent = { .count = 0 };
		struct lab lab;

		say(&silent, FACT_TWO);
		change(&script, "trace-open", "{'call': 'trace-open', 'errno': 'EACCES'}");
		for (size_t k = 0; k < script.count; k++) {
			if (!strstr(script.line[k], "trace-read"))
				say(&silent, script.line[k]);
		}
		lab_begin(&lab);
		lab.host.parameters = &parameter;
		lab.host.n_parameters = 1;
		lab.options.page_table = PAGE_TABLE_AUTO;
		lab_run(&lab, &silent, silent.count);
		assert_entries(&lab, ENTRIES_TWO, cases[i].reason,
			       cases[i].reason ? METHOD_ADVERTISED : METHOD_PAGE_TABLE);
		lab_end(&lab);
	}
}

TEST(virtio_iommu_has_mappings)
{
	static const char *const facts[] = { CALLER_MAY, FACT_ONE, NULL };
	struct iommu iommu = { .name = (char *)"0000:00:01.0", .kind = IOMMU_VIRTIO };
	struct lab lab;

	lab_begin(&lab);
	lab.device.iommu = &iommu;
	lab_read_table(&lab, PAGE_TABLE_AUTO, "", facts);
	assert_entries(&lab, ENTRIES_ONE, NULL, METHOD_PAGE_TABLE);
	assert_true(lab.probe->verdict.is_of_mappings);
	lab_end(&lab);
}

/* Refusals: nothing behind the step is asked. */

static void assert_refused(struct lab *lab, const struct script *script, const char *step)
{
	lab_run(lab, script, script->count);
	assert_null(source_problem(lab->source));
	assert_non_null(lab->probe->failure.step);
	assert_string_equal(lab->probe->failure.step, step);
	assert_int_equal(probe_status(lab->probe), EXIT_UNMEASURED);
	assert_int_equal(lab->probe->evidence.n_events > 2, false);
	lab_end(lab);
}

static void assert_said(const struct lab *lab, const char *message)
{
	assert_non_null(lab->probe->failure.message);
	if (!strstr(lab->probe->failure.message, message))
		fail_msg("'%s' does not say '%s'", lab->probe->failure.message, message);
	assert_string_equal(lab->probe->failure.step, "subject");
	assert_int_equal(probe_status(lab->probe), EXIT_UNMEASURED);
}

TEST(an_unknown_page_size_is_refused)
{
	static const uint64_t sizes[] = { 0,	     1,	    3,	      4095,
					  4097,	     12288, 1u << 21, UINT64_C(1) << 40,
					  UINT64_MAX };

	/* A capture may say anything, or nothing. */
	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct script script = usual_script();
		struct lab lab;

		lab_begin(&lab);
		lab.host.page_size = sizes[i];
		/* All of the space is allowed. */
		change(&script, "'tail'",
		       "{'call': 'ioctl', 'request': 'VFIO_IOMMU_GET_INFO', 'ret': 0, 'out': "
		       "{'argsz': 56, 'flags': 3, 'cap_offset': 24}, 'tail': ['24 u16 id 0x1', "
		       "'32 u32 nr_iovas 0x1', '48 u64 end 0xffffffffffffffff']}");
		lab_run(&lab, &script, script.count);
		assert_non_null(lab.probe->failure.step);
		assert_int_equal(probe_status(lab.probe), EXIT_UNMEASURED);
		assert_false(lab.probe->window.found);
		lab_end(&lab);
	}
}

TEST(iommufd_behind_the_interface_is_refused)
{
	struct script script = usual_script();
	struct lab lab;

	change(&script, "'tail'",
	       "{'call': 'ioctl', 'request': 'VFIO_IOMMU_GET_INFO', 'ret': 0, 'out': {'argsz': 56, "
	       "'flags': 3, 'cap_offset': 24}, 'tail': ['24 u16 id 0x3', '32 u32 avail "
	       "0xffffffff']}");
	lab_begin(&lab);
	assert_refused(&lab, &script, "get-info");
}

TEST(without_allowed_ranges_nothing_is_mapped)
{
	struct script script = usual_script();
	struct lab lab;

	change(&script, "'tail'",
	       "{'call': 'ioctl', 'request': 'VFIO_IOMMU_GET_INFO', 'ret': 0, 'out': {'argsz': 56, "
	       "'flags': 1, 'iova_pgsizes': '0x1000'}}");
	lab_begin(&lab);
	assert_refused(&lab, &script, "window");
}

TEST(without_a_window_nothing_is_mapped)
{
	struct script script = usual_script();
	struct lab lab;

	lab_begin(&lab);
	lab.region = (struct region){ .range = { 0, 0xfffff }, .type = REGION_RESERVED };
	lab.group.regions = &lab.region;
	lab.group.n_regions = 1;
	assert_refused(&lab, &script, "window");
}

TEST(unknown_regions_are_refused_before_anything_is_opened)
{
	struct script script = begun_script();
	struct lab lab;

	lab_begin(&lab);
	lab.group.regions_errno = EACCES;
	assert_refused(&lab, &script, "subject");
}

/* VFIO calls both groups the same. */
TEST(a_group_with_no_iommu_behind_it_is_refused_before_anything_is_opened)
{
	struct script script = begun_script();
	struct lab lab;

	lab_begin(&lab);
	lab.group.name = (char *)"vfio-noiommu";
	lab_run(&lab, &script, script.count);
	assert_said(&lab, "group 3 is a no-IOMMU group");
	lab_end(&lab);
	lab_begin(&lab);
	lab.group.name = (char *)"vfio-noiommu";
	lab.device.bus = (char *)"mdev";
	lab.device.is_pci = false;
	lab_run(&lab, &script, script.count);
	assert_said(&lab, "group 3 is the group of a mediated device (mdev)");
	lab_end(&lab);
}

/* A device is bound, so VFIO is loaded, and loading it is no fix. */
TEST(a_missing_container_node_is_refused_without_modprobe)
{
	struct script script = begun_script();
	struct lab lab;

	lab_begin(&lab);
	lab.host.has_container = false;
	lab_run(&lab, &script, script.count);
	assert_said(&lab, "/dev/vfio/vfio does not exist, although a device of group 3 is bound");
	assert_null(strstr(lab.probe->failure.hint, "modprobe"));
	assert_non_null(strstr(lab.probe->failure.hint, "iommufd"));
	lab_end(&lab);
}

TEST(an_unbound_group_is_refused_before_anything_is_opened)
{
	struct script script = begun_script();
	struct lab lab;

	lab_begin(&lab);
	lab.device.driver = (char *)"e1000e";
	assert_refused(&lab, &script, "subject");
	lab_begin(&lab);
	lab.device.driver = NULL;
	assert_refused(&lab, &script, "subject");
}

TEST(an_ism_function_needs_force)
{
	struct script script = usual_script(), nothing = begun_script();
	struct lab lab;

	lab_begin(&lab);
	lab.device.zpci_pft = ZPCI_ISM;
	assert_refused(&lab, &nothing, "hazard");
	lab_begin(&lab);
	lab.device.zpci_pft = ZPCI_ISM;
	lab.options.force = true;
	lab_run(&lab, &script, script.count);
	assert_null(lab.probe->failure.step);
	lab_end(&lab);
}

TEST(no_force_helps_an_ism_function_on_a_kernel_that_tests_zero)
{
	struct script script = begun_script();
	struct lab lab;

	lab_begin(&lab);
	lab.device.zpci_pft = ZPCI_ISM;
	lab.host.release = (char *)"6.1.8";
	lab.region = (struct region){ .range = { 0, 0xffffffff }, .type = REGION_RESERVED };
	lab.group.regions = &lab.region;
	lab.group.n_regions = 1;
	lab.options.force = true;
	assert_refused(&lab, &script, "hazard");
}

/* The entries of a huge page, of 2 MiB. */

#define HUGE_PAGE UINT64_C(0x200000)
#define HUGE_FILE "files/sys/kernel/mm/transparent_hugepage/hpage_pmd_size"

#define CALLER_LOCKS                                                                    \
	"{'fact': 'process', 'uid': 0, 'gid': 0, 'groups': [], 'memlock': '0x200000', " \
	"'capabilities': '0x220000'}"
#define CALLER_LOCKS_LESS                                                               \
	"{'fact': 'process', 'uid': 0, 'gid': 0, 'groups': [], 'memlock': '0x1ff000', " \
	"'capabilities': '0x220000'}"

#define HUGE_ALIGNED                                                                                \
	"{'fact': 'page-table-sizes 3 0x0', 'ret': 0, 'huge': true, 'entries': [{'size': 2097152, " \
	"'count': 1}], 'other': 0}"
#define HUGE_ASKEW                                                                                  \
	"{'fact': 'page-table-sizes 3 0x1000', 'ret': 0, 'huge': true, 'entries': [{'size': 4096, " \
	"'count': 512}], 'other': 0}"

/* A probe in a space up to @end, with all that a test of a huge page finds in a capture. */
static struct script huge_script(const char *caller, const char *end)
{
	struct script script = { .count = 0 };

	say(&script, caller);
	say(&script, HUGE_ALIGNED);
	say(&script, HUGE_ASKEW);
	say_begin(&script, SELFTEST_YES);
	change(&script, "'tail'",
	       keep(xasprintf("{'call': 'ioctl', 'request': 'VFIO_IOMMU_GET_INFO', 'ret': 0, "
			      "'out': {'argsz': 56, 'flags': 3, 'iova_pgsizes': "
			      "'0xffffff7ffffff000', 'cap_offset': 24}, 'tail': ['24 u16 id 0x1', "
			      "'32 u32 nr_iovas 0x1', '48 u64 end %s']}",
			      end)));
	say_map(&script, "0x0", OWN_WHOLE);
	return script;
}

static void say_huge(struct script *script, const char *iova)
{
	say(script, keep(xasprintf("{'call': 'ioctl', 'request': 'VFIO_IOMMU_MAP_DMA', "
				   "'in': {'iova': '%s', 'size': '0x200000'}, 'ret': 0}",
				   iova)));
	say(script, keep(xasprintf("{'call': 'ioctl', 'request': 'VFIO_IOMMU_UNMAP_DMA', "
				   "'in': {'iova': '%s', 'size': '0x200000'}, 'ret': 0, "
				   "'out': {'size': '0x200000'}}",
				   iova)));
}

static void say_memory(struct script *script)
{
	say(script, "{'section': 'sizes 3'}");
	say(script, "{'call': 'memory', 'bytes': 2097152, 'pages': 'transparent', "
		    "'page': 2097152, 'ret': 0, 'nanoseconds': 1, 'huge': 2097152}");
}

/* Probe with a huge page of @size, "" for none. */
static void lab_count(struct lab *lab, const struct script *script, const char *size)
{
	const char *text = "", *directory;

	for (size_t i = 0; i < script->count; i++)
		text = keep(xasprintf("%s%s\n", text, script->line[i]));
	directory = capture_new(text);
	put_file(directory, "files/proc/meminfo", "MemAvailable:    8388608 kB\n");
	if (*size)
		put_file(directory, HUGE_FILE, size);
	lab->options.sizes = true;
	lab->source = capture_replay(directory);
	lab->probe = probe_run(lab->source, &lab->host, &lab->group, &lab->options);
	assert_null(source_problem(lab->source));
	assert_null(lab->probe->failure.step);
	/* The verdict is about something else. */
	assert_int_equal(lab->probe->verdict.method, METHOD_KERNEL_SELFTEST);
}

TEST(entries_of_a_huge_page_are_counted_where_it_is_aligned_and_where_it_is_not)
{
	struct script script = huge_script(CALLER_LOCKS, "0xffffffff");
	const struct sizes *sizes;
	struct lab lab;

	say_memory(&script);
	say_huge(&script, "0x0");
	say_huge(&script, "0x1000");
	lab_begin(&lab);
	lab.options.page_table = PAGE_TABLE_AUTO;
	lab_count(&lab, &script, "2097152\n");
	sizes = &lab.probe->sizes;
	assert_true(sizes->is_asked);
	assert_null(sizes->reason);
	assert_int_equal(sizes->page, HUGE_PAGE);
	assert_true(sizes->aligned.is_known && sizes->aligned.is_huge);
	assert_int_equal(sizes->aligned.count[21], 1);
	assert_int_equal(sizes->aligned.count[12], 0);
	assert_true(sizes->askew.is_known);
	assert_int_equal(sizes->askew.count[21], 0);
	assert_int_equal(sizes->askew.count[12], 512);
	lab_end(&lab);
}

TEST(a_huge_page_that_vfio_refuses_is_still_tried_elsewhere)
{
	struct script script = huge_script(CALLER_LOCKS, "0xffffffff");
	struct lab lab;

	say_memory(&script);
	say(&script, "{'call': 'ioctl', 'request': 'VFIO_IOMMU_MAP_DMA', "
		     "'in': {'iova': '0x0', 'size': '0x200000'}, 'errno': 'ENOSPC'}");
	say_huge(&script, "0x1000");
	lab_begin(&lab);
	lab.options.page_table = PAGE_TABLE_ALWAYS;
	lab_count(&lab, &script, "2097152\n");
	assert_false(lab.probe->sizes.aligned.is_known);
	assert_string_equal(lab.probe->sizes.aligned.reason,
			    "VFIO refused to map it: No space left on device");
	assert_true(lab.probe->sizes.askew.is_known);
	lab_end(&lab);
}

TEST(a_huge_page_is_mapped_only_where_it_is_allowed)
{
	/* Room for one at a multiple of its size, and none a page further on. */
	struct script script = huge_script(CALLER_LOCKS, "0x2fffff");
	struct lab lab;

	say_memory(&script);
	say_huge(&script, "0x0");
	lab_begin(&lab);
	lab.options.page_table = PAGE_TABLE_AUTO;
	lab_count(&lab, &script, "2097152\n");
	assert_true(lab.probe->sizes.aligned.is_known);
	assert_false(lab.probe->sizes.askew.is_known);
	assert_string_equal(lab.probe->sizes.askew.reason, "no allowed range has room for it");
	lab_end(&lab);
}

TEST(a_huge_page_that_may_not_be_had_is_not_mapped)
{
	static const struct {
		const char *caller;
		const char *size;
		enum page_table_when when;
		const char *reason;
	} cases[] = {
		{ CALLER_LOCKS, "2097152\n", PAGE_TABLE_NEVER, "--page-table never" },
		{ CALLER_NO_RAWIO, "2097152\n", PAGE_TABLE_AUTO, "CAP_SYS_RAWIO" },
		{ CALLER_NO_ADMIN, "2097152\n", PAGE_TABLE_AUTO, "CAP_SYS_ADMIN" },
		{ CALLER_LOCKS, "", PAGE_TABLE_AUTO, "names no size" },
		{ CALLER_LOCKS, "2097153\n", PAGE_TABLE_AUTO, "names no size" },
		{ CALLER_LOCKS_LESS, "2097152\n", PAGE_TABLE_AUTO,
		  "2 MiB may not be locked: the limit of this process is lower" },
		{ HUGE_ALIGNED, "2097152\n", PAGE_TABLE_AUTO,
		  "2 MiB may not be locked: the limit of this process is not known" },
		{ CALLER_NO_RAWIO, "536870912\n", PAGE_TABLE_ALWAYS,
		  "one has 512 MiB, which is more than this test locks" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct script script = huge_script(cases[i].caller, "0xffffffff");
		struct lab lab;

		/* No call follows. */
		say(&script, "{'section': 'sizes 3'}");
		lab_begin(&lab);
		lab.options.page_table = cases[i].when;
		lab_count(&lab, &script, cases[i].size);
		if (!lab.probe->sizes.reason || !strstr(lab.probe->sizes.reason, cases[i].reason))
			fail_msg("'%s' does not say '%s'", lab.probe->sizes.reason,
				 cases[i].reason);
		assert_false(lab.probe->sizes.aligned.is_known);
		assert_false(lab.probe->sizes.askew.is_known);
		lab_end(&lab);
	}
}

TEST(a_capture_without_a_huge_page_has_the_probe)
{
	struct script script = huge_script(CALLER_LOCKS, "0xffffffff");
	struct lab lab;

	lab_begin(&lab);
	lab.options.page_table = PAGE_TABLE_ALWAYS;
	lab_count(&lab, &script, "2097152\n");
	assert_string_equal(lab.probe->sizes.reason, "the capture was recorded without --sizes");
	lab_end(&lab);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_probe_goes_from_start_to_end),
		cmocka_unit_test(a_capture_that_ends_early_is_a_failure_and_a_problem),
		cmocka_unit_test(the_ranges_alone_want_no_more_than_the_first_lines_of_a_probe),
		cmocka_unit_test(the_ranges_come_from_any_probe_of_the_group),
		cmocka_unit_test(the_ranges_of_another_group_are_not_taken),
		cmocka_unit_test(lost_events_prove_nothing),
		cmocka_unit_test(without_tracepoints_the_probe_goes_on_and_infers),
		cmocka_unit_test(the_map_itself_tells_where_the_pages_lay),
		cmocka_unit_test(who_does_not_see_the_own_map_sees_nothing),
		cmocka_unit_test(one_page_each_is_decided_at_an_odd_page),
		cmocka_unit_test(no_odd_page_is_mapped_where_a_region_is_in_its_way),
		cmocka_unit_test(the_page_table_decides_where_the_kernel_made_no_test),
		cmocka_unit_test(the_page_table_is_not_read_where_the_kernel_made_its_test),
		cmocka_unit_test(the_page_table_is_read_always_if_that_is_wanted),
		cmocka_unit_test(the_page_table_is_never_read_if_that_is_wanted),
		cmocka_unit_test(a_capture_without_the_page_table_gives_the_verdict_that_it_gave),
		cmocka_unit_test(
			a_page_table_that_tells_nothing_leaves_the_verdict_and_has_a_reason),
		cmocka_unit_test(
			entries_of_a_huge_page_are_counted_where_it_is_aligned_and_where_it_is_not),
		cmocka_unit_test(a_huge_page_that_vfio_refuses_is_still_tried_elsewhere),
		cmocka_unit_test(a_huge_page_is_mapped_only_where_it_is_allowed),
		cmocka_unit_test(a_huge_page_that_may_not_be_had_is_not_mapped),
		cmocka_unit_test(a_capture_without_a_huge_page_has_the_probe),
		cmocka_unit_test(nothing_is_read_that_the_caller_or_the_kernel_does_not_allow),
		cmocka_unit_test(pages_that_were_not_mapped_as_one_pair_prove_nothing),
		cmocka_unit_test(without_tracepoints_the_parameter_tells_how_pages_are_mapped),
		cmocka_unit_test(virtio_iommu_has_mappings),
		cmocka_unit_test(an_unknown_page_size_is_refused),
		cmocka_unit_test(iommufd_behind_the_interface_is_refused),
		cmocka_unit_test(without_allowed_ranges_nothing_is_mapped),
		cmocka_unit_test(without_a_window_nothing_is_mapped),
		cmocka_unit_test(unknown_regions_are_refused_before_anything_is_opened),
		cmocka_unit_test(
			a_group_with_no_iommu_behind_it_is_refused_before_anything_is_opened),
		cmocka_unit_test(a_missing_container_node_is_refused_without_modprobe),
		cmocka_unit_test(an_unbound_group_is_refused_before_anything_is_opened),
		cmocka_unit_test(an_ism_function_needs_force),
		cmocka_unit_test(no_force_helps_an_ism_function_on_a_kernel_that_tests_zero),
	};

	return UNIT_RUN("probe", tests);
}
