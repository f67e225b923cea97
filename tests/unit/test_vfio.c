/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The calls of VFIO on transcripts written by hand. */
#include "capture.h"

#include "model/host.h"
#include "vfio/vfio.h"

#define ON_CONTAINER "'on': '/dev/vfio/vfio'"
#define ON_GROUP     "'on': '/dev/vfio/3'"

/** struct session - what a transcript is asked through. */
struct session {
	struct source *source;
	struct source_device *container;
	struct source_device *group;
};

/* One line of a transcript: an ioctl, and what follows its name. */
static const char *call(const char *request, const char *rest)
{
	return keep(xasprintf("{'call': 'ioctl', 'request': '%s', %s}\n", request, rest));
}

/* A container and a group, of which @lines tell (NULL ends them). */
static struct session begin(const char *const *lines)
{
	const char *text = "{'call': 'open', 'path': '/dev/vfio/vfio', 'ret': 0}\n"
			   "{'call': 'open', 'path': '/dev/vfio/3', 'ret': 0}\n";
	struct session session;

	while (*lines)
		text = keep(xasprintf("%s%s", text, *lines++));
	session.source = replay_lines(text);
	assert_int_equal(vfio_container_open(session.source, &session.container), 0);
	assert_int_equal(vfio_group_open(session.source, 3, &session.group), 0);
	return session;
}

static void end(struct session *session)
{
	source_device_close(session->group);
	source_device_close(session->container);
	source_close(session->source);
}

/* The end, when all was asked as it was recorded. */
static void end_well(struct session *session)
{
	assert_null(source_problem(session->source));
	end(session);
}

/* Opening */

TEST(a_container_that_cannot_be_opened_is_an_error)
{
	struct source *source =
		replay_lines("{'call': 'open', 'path': '/dev/vfio/vfio', 'errno': 'EACCES'}\n");
	struct source_device *container = NULL;

	assert_int_equal(vfio_container_open(source, &container), -EACCES);
	assert_null(container);
	assert_null(source_problem(source));
	source_close(source);
}

TEST(a_group_that_somebody_holds_is_busy)
{
	struct source *source =
		replay_lines("{'call': 'open', 'path': '/dev/vfio/12', 'errno': 'EBUSY'}\n");
	struct source_device *group = NULL;

	assert_int_equal(vfio_group_open(source, 12, &group), -EBUSY);
	assert_null(group);
	assert_null(source_problem(source));
	source_close(source);
}

TEST(nothing_can_be_closed)
{
	source_device_close(NULL);
}

/* Calls with a number */

TEST(the_version_is_what_the_kernel_says)
{
	const char *lines[] = {
		call("VFIO_GET_API_VERSION", ON_CONTAINER ", 'ret': 0"),
		call("VFIO_GET_API_VERSION", ON_CONTAINER ", 'ret': 1"),
		call("VFIO_GET_API_VERSION", ON_CONTAINER ", 'errno': 'ENOTTY'"),
		NULL,
	};
	struct session session = begin(lines);

	assert_int_equal(vfio_api_version(session.container), 0);
	assert_int_equal(vfio_api_version(session.container), 1);
	assert_int_equal(vfio_api_version(session.container), -ENOTTY);
	end_well(&session);
}

TEST(backends_are_asked_for_by_their_numbers)
{
	const char *lines[] = {
		call("VFIO_CHECK_EXTENSION", ON_CONTAINER ", 'value': 3, 'ret': 1"),
		call("VFIO_CHECK_EXTENSION", ON_CONTAINER ", 'value': 1, 'ret': 0"),
		call("VFIO_SET_IOMMU", ON_CONTAINER ", 'value': 3, 'ret': 0"),
		call("VFIO_SET_IOMMU", ON_CONTAINER ", 'value': 1, 'errno': 'EPERM'"),
		NULL,
	};
	struct session session = begin(lines);

	assert_int_equal(vfio_has_backend(session.container, BACKEND_TYPE1V2), 1);
	assert_int_equal(vfio_has_backend(session.container, BACKEND_TYPE1), 0);
	assert_int_equal(vfio_set_iommu(session.container, BACKEND_TYPE1V2), 0);
	assert_int_equal(vfio_set_iommu(session.container, BACKEND_TYPE1), -EPERM);
	end_well(&session);
}

/* Groups */

static const char *status(const char *flags)
{
	return call("VFIO_GROUP_GET_STATUS",
		    keep(xasprintf(ON_GROUP ", 'in': {'argsz': 8}, 'ret': 0, 'out': {'flags': %s}",
				   flags)));
}

TEST(a_group_is_viable_by_its_first_flag)
{
	const char *lines[] = {
		status("1"),
		status("3"),
		status("0"),
		status("2"),
		call("VFIO_GROUP_GET_STATUS", ON_GROUP ", 'errno': 'EFAULT'"),
		NULL,
	};
	struct session session = begin(lines);

	assert_int_equal(vfio_group_viable(session.group), 1);
	assert_int_equal(vfio_group_viable(session.group), 1);
	assert_int_equal(vfio_group_viable(session.group), 0);
	assert_int_equal(vfio_group_viable(session.group), 0);
	assert_int_equal(vfio_group_viable(session.group), -EFAULT);
	end_well(&session);
}

TEST(a_group_goes_into_a_container)
{
	const char *lines[] = {
		call("VFIO_GROUP_SET_CONTAINER", ON_GROUP ", 'device': '/dev/vfio/vfio', 'ret': 0"),
		call("VFIO_GROUP_SET_CONTAINER", ON_GROUP ", 'errno': 'EINVAL'"),
		NULL,
	};
	struct session session = begin(lines);

	assert_int_equal(vfio_group_set_container(session.group, session.container), 0);
	assert_int_equal(vfio_group_set_container(session.group, session.container), -EINVAL);
	end_well(&session);
}

/* VFIO_IOMMU_GET_INFO */

/* A chain of avail (12 bytes, packed) and one range: 68 bytes with the fixed part. */
#define CHAIN                                                                                \
	"'24 u16 id 0x3', '26 u16 version 0x1', '28 u32 next 0x24', '32 u32 avail 0xffff', " \
	"'36 u16 id 0x1', '38 u16 version 0x1', '40 u32 next 0x0', '44 u32 nr_iovas 0x1', "  \
	"'52 u64 start 0x100000000', '60 u64 end 0x13fffffff'"

/* One VFIO_IOMMU_GET_INFO: asked with @room bytes, the kernel wants @wanted. */
static const char *get_info(unsigned int room, unsigned int wanted, unsigned int cap_offset,
			    const char *chain)
{
	return call("VFIO_IOMMU_GET_INFO",
		    keep(xasprintf(ON_CONTAINER ", 'in': {'argsz': %u}, 'ret': 0, 'out': "
						"{'argsz': %u, 'flags': 3, 'iova_pgsizes': "
						"'0x1000', 'cap_offset': %u}, 'tail': [%s]",
				   room, wanted, cap_offset, chain)));
}

static void info_clear(struct iommu_info *info)
{
	free(info->ranges.range);
	*info = (struct iommu_info){ 0 };
}

static void assert_info(const struct iommu_info *info)
{
	assert_true(info->has_page_sizes);
	assert_int_equal(info->page_sizes, 0x1000);
	assert_true(info->has_dma_avail);
	assert_int_equal(info->dma_avail, 0xffff);
	assert_false(info->has_migration);
	assert_true(info->has_ranges);
	assert_int_equal(info->ranges.count, 1);
	assert_int_equal(info->ranges.range[0].start, 0x100000000);
	assert_int_equal(info->ranges.range[0].end, 0x13fffffff);
}

TEST(the_buffer_grows_to_what_the_kernel_wants)
{
	const char *lines[] = {
		get_info(24, 68, 0, ""),
		get_info(68, 68, 24, CHAIN),
		NULL,
	};
	struct session session = begin(lines);
	struct iommu_info info;

	assert_int_equal(vfio_get_info(session.container, &info), 0);
	assert_info(&info);
	info_clear(&info);
	end_well(&session);
}

TEST(the_buffer_grows_again_when_the_list_grew_meanwhile)
{
	const char *lines[] = {
		get_info(24, 52, 0, ""),
		get_info(52, 60, 0, ""),
		get_info(60, 68, 0, ""),
		get_info(68, 68, 24, CHAIN),
		NULL,
	};
	struct session session = begin(lines);
	struct iommu_info info;

	assert_int_equal(vfio_get_info(session.container, &info), 0);
	assert_info(&info);
	info_clear(&info);
	end_well(&session);
}

TEST(a_list_that_shrank_meanwhile_fits)
{
	const char *lines[] = {
		get_info(24, 500, 0, ""),
		get_info(500, 68, 24, CHAIN),
		NULL,
	};
	struct session session = begin(lines);
	struct iommu_info info;

	assert_int_equal(vfio_get_info(session.container, &info), 0);
	assert_info(&info);
	info_clear(&info);
	end_well(&session);
}

TEST(what_an_earlier_call_left_does_not_count)
{
	/* The second answer leaves out all that the first one said. */
	const char *lines[] = {
		get_info(24, 68, 24, ""),
		call("VFIO_IOMMU_GET_INFO", ON_CONTAINER ", 'in': {'argsz': 68}, 'ret': 0, "
							 "'out': {'argsz': 68, 'flags': 0}"),
		NULL,
	};
	struct session session = begin(lines);
	struct iommu_info info;

	assert_int_equal(vfio_get_info(session.container, &info), 0);
	assert_false(info.has_page_sizes || info.has_ranges);
	assert_int_equal(info.page_sizes, 0);
	info_clear(&info);
	end_well(&session);
}

TEST(an_old_kernel_answers_at_once)
{
	const char *lines[] = {
		call("VFIO_IOMMU_GET_INFO",
		     ON_CONTAINER ", 'in': {'argsz': 24}, 'ret': 0, 'out': {'argsz': 16, "
				  "'flags': 1, 'iova_pgsizes': '0xfffffffffffff000'}"),
		NULL,
	};
	struct session session = begin(lines);
	struct iommu_info info;

	assert_int_equal(vfio_get_info(session.container, &info), 0);
	assert_true(info.has_page_sizes);
	assert_int_equal(info.page_sizes, 0xfffffffffffff000);
	assert_false(info.has_ranges);
	info_clear(&info);
	end_well(&session);
}

TEST(sixty_four_kib_are_given_and_no_more)
{
	const char *lines[] = {
		get_info(24, 65536, 0, ""),
		get_info(65536, 65536, 24, CHAIN),
		get_info(24, 65537, 0, ""),
		get_info(24, UINT32_MAX, 0, ""),
		NULL,
	};
	struct session session = begin(lines);
	struct iommu_info info;

	assert_int_equal(vfio_get_info(session.container, &info), 0);
	assert_info(&info);
	info_clear(&info);
	assert_int_equal(vfio_get_info(session.container, &info), -E2BIG);
	assert_int_equal(vfio_get_info(session.container, &info), -E2BIG);
	end_well(&session);
}

TEST(a_failed_call_is_an_error)
{
	const char *lines[] = {
		call("VFIO_IOMMU_GET_INFO", ON_CONTAINER ", 'errno': 'EINVAL'"),
		get_info(24, 68, 0, ""),
		call("VFIO_IOMMU_GET_INFO", ON_CONTAINER ", 'errno': 'EFAULT'"),
		NULL,
	};
	struct session session = begin(lines);
	struct iommu_info info;

	assert_int_equal(vfio_get_info(session.container, &info), -EINVAL);
	assert_int_equal(vfio_get_info(session.container, &info), -EFAULT);
	end_well(&session);
}

TEST(a_chain_that_makes_no_sense_is_an_error)
{
	const char *lines[] = {
		get_info(24, 24, 24, ""),
		get_info(24, 24, 8, ""),
		get_info(24, 68, 0, ""),
		get_info(68, 68, 24, CHAIN ", '44 u32 nr_iovas 0x2'"),
		NULL,
	};
	struct session session = begin(lines);
	struct iommu_info info;

	for (unsigned int i = 0; i < 3; i++) {
		assert_int_equal(vfio_get_info(session.container, &info), -EBADMSG);
		assert_false(info.has_ranges);
		assert_null(info.ranges.range);
	}
	end_well(&session);
}

TEST(an_answer_that_is_missing_is_a_problem)
{
	const char *lines[] = { get_info(24, 68, 0, ""), NULL };
	struct session session = begin(lines);
	struct iommu_info info;

	assert_int_equal(vfio_get_info(session.container, &info), -ENODATA);
	assert_non_null(source_problem(session.source));
	end(&session);
}

/* Maps and unmaps */

static const char *map(const char *iova, const char *size, const char *result)
{
	return call("VFIO_IOMMU_MAP_DMA",
		    keep(xasprintf(ON_CONTAINER ", 'in': {'argsz': 32, 'flags': 3, 'iova': '%s', "
						"'size': '%s'}, %s, 'out': {}",
				   iova, size, result)));
}

static const char *unmap(const char *iova, const char *size, const char *result, const char *gone)
{
	return call("VFIO_IOMMU_UNMAP_DMA",
		    keep(xasprintf(ON_CONTAINER ", 'in': {'argsz': 24, 'flags': 0, 'iova': '%s', "
						"'size': '%s'}, %s, 'out': {'size': '%s'}",
				   iova, size, result, gone)));
}

TEST(a_map_is_asked_for_reading_and_writing)
{
	const char *lines[] = {
		map("0x100000000", "0x2000", "'ret': 0"),
		map("0xfffffffffffff000", "0x1000", "'errno': 'EEXIST'"),
		NULL,
	};
	struct session session = begin(lines);
	char page;

	assert_int_equal(vfio_map(session.container, &page, 0x100000000, 0x2000), 0);
	assert_int_equal(vfio_map(session.container, NULL, 0xfffffffffffff000, 0x1000), -EEXIST);
	end_well(&session);
}

TEST(a_map_elsewhere_than_recorded_is_a_problem)
{
	const char *lines[] = { map("0x1000", "0x2000", "'ret': 0"), NULL };
	struct session session = begin(lines);

	assert_int_equal(vfio_map(session.container, NULL, 0x2000, 0x2000), -ENODATA);
	assert_non_null(source_problem(session.source));
	end(&session);
}

TEST(an_unmap_tells_what_went)
{
	const char *lines[] = {
		unmap("0x0", "0x1000", "'ret': 0", "0x2000"),
		unmap("0x0", "0x1000", "'ret': 0", "0x1000"),
		unmap("0x0", "0x2000", "'ret': 0", "0x0"),
		NULL,
	};
	struct session session = begin(lines);
	uint64_t unmapped;

	assert_int_equal(vfio_unmap(session.container, 0, 0x1000, &unmapped), 0);
	assert_int_equal(unmapped, 0x2000);
	assert_int_equal(vfio_unmap(session.container, 0, 0x1000, &unmapped), 0);
	assert_int_equal(unmapped, 0x1000);
	assert_int_equal(vfio_unmap(session.container, 0, 0x2000, &unmapped), 0);
	assert_int_equal(unmapped, 0);
	end_well(&session);
}

TEST(a_refused_unmap_leaves_what_was_asked)
{
	const char *lines[] = {
		unmap("0x5000", "0x1000", "'errno': 'EINVAL'", "0x1000"),
		NULL,
	};
	struct session session = begin(lines);
	uint64_t unmapped = 0;

	assert_int_equal(vfio_unmap(session.container, 0x5000, 0x1000, &unmapped), -EINVAL);
	assert_int_equal(unmapped, 0x1000);
	end_well(&session);
}

TEST(how_long_a_map_took_is_part_of_the_answer)
{
	const char *lines[] = {
		map("0x0", "0x1000", "'ret': 0, 'nanoseconds': 4711"),
		unmap("0x0", "0x1000", "'ret': 0, 'nanoseconds': '0x10'", "0x1000"),
		map("0x0", "0x1000", "'errno': 'ENOMEM'"),
		NULL,
	};
	struct session session = begin(lines);
	uint64_t nanoseconds = 1, unmapped;

	assert_int_equal(vfio_map_timed(session.container, NULL, 0, 0x1000, &nanoseconds), 0);
	assert_int_equal(nanoseconds, 4711);
	assert_int_equal(vfio_unmap_timed(session.container, 0, 0x1000, &unmapped, &nanoseconds),
			 0);
	assert_int_equal(nanoseconds, 16);
	assert_int_equal(unmapped, 0x1000);
	assert_int_equal(vfio_map_timed(session.container, NULL, 0, 0x1000, &nanoseconds), -ENOMEM);
	end_well(&session);
}

/* The container alone */

static struct host *host_with_vfio(bool loaded)
{
	struct host *host = host_new();
	struct module vfio = { .name = xstrdup("vfio"), .loaded = loaded };

	host->has_container = true;
	APPEND(host->modules, host->n_modules, vfio);
	return host;
}

static struct source *container_lines(const char *lines)
{
	return capture_replay(capture_new(keep(xasprintf("{'section': 'container'}\n%s", lines))));
}

TEST(the_container_says_its_extensions)
{
	struct host *host = host_with_vfio(true);
	const char *lines = keep(xasprintf(
		"{'call': 'open', 'path': '/dev/vfio/vfio', 'ret': 0}\n%s%s%s%s%s",
		call("VFIO_GET_API_VERSION", ON_CONTAINER ", 'ret': 0"),
		call("VFIO_CHECK_EXTENSION", ON_CONTAINER ", 'value': 1, 'ret': 0"),
		call("VFIO_CHECK_EXTENSION", ON_CONTAINER ", 'value': 3, 'ret': 1"),
		call("VFIO_CHECK_EXTENSION", ON_CONTAINER ", 'value': 8, 'errno': 'EINVAL'"),
		call("VFIO_CHECK_EXTENSION", ON_CONTAINER ", 'value': 9, 'ret': 1")));
	struct source *source = container_lines(lines);

	vfio_scan_container(source, host);
	assert_null(source_problem(source));
	assert_true(host->container.known);
	assert_int_equal(host->container.version, 0);
	assert_false(host->container.type1);
	assert_true(host->container.type1v2);
	assert_false(host->container.noiommu);
	assert_true(host->container.unmap_all);
	host_free(host);
	source_close(source);
}

TEST(a_container_that_may_not_be_opened_is_not_known)
{
	struct host *host = host_with_vfio(true);
	struct source *source =
		container_lines("{'call': 'open', 'path': '/dev/vfio/vfio', 'errno': 'EACCES'}\n");

	vfio_scan_container(source, host);
	assert_false(host->container.known);
	assert_null(source_problem(source));
	host_free(host);
	source_close(source);
}

/* The host and the error of a container that answers with these lines. */
static int error_of_container(const char *version, const char *extension)
{
	struct host *host = host_with_vfio(true);
	const char *lines = keep(xasprintf(
		"{'call': 'open', 'path': '/dev/vfio/vfio', 'ret': 0}\n%s%s%s%s%s",
		call("VFIO_GET_API_VERSION", keep(xasprintf(ON_CONTAINER ", %s", version))),
		call("VFIO_CHECK_EXTENSION", ON_CONTAINER ", 'value': 1, 'ret': 1"),
		call("VFIO_CHECK_EXTENSION",
		     keep(xasprintf(ON_CONTAINER ", 'value': 3, %s", extension))),
		call("VFIO_CHECK_EXTENSION", ON_CONTAINER ", 'value': 8, 'ret': 0"),
		call("VFIO_CHECK_EXTENSION", ON_CONTAINER ", 'value': 9, 'ret': 1")));
	struct source *source = container_lines(lines);
	int error;

	vfio_scan_container(source, host);
	error = host->container.error;
	assert_int_equal(host->container.known, error == 0);
	host_free(host);
	source_close(source);
	return error;
}

TEST(a_question_without_an_answer_is_not_no)
{
	assert_int_equal(error_of_container("'ret': 0", "'ret': 1"), 0);
	assert_int_equal(error_of_container("'errno': 'EIO'", "'ret': 1"), EIO);
	assert_int_equal(error_of_container("'ret': 0", "'errno': 'EIO'"), EIO);
	/* iommufd in VFIO's place, of what it does not know. */
	assert_int_equal(error_of_container("'ret': 0", "'errno': 'EOPNOTSUPP'"), 0);
}

TEST(an_old_capture_does_not_know_the_container)
{
	struct host *host = host_with_vfio(true);
	struct source *source = capture_replay(capture_new(""));

	vfio_scan_container(source, host);
	assert_false(host->container.known);
	assert_null(source_problem(source));
	host_free(host);
	source_close(source);
}

TEST(nothing_is_opened_that_would_load_a_module)
{
	struct host *host = host_with_vfio(false);
	struct source *source =
		container_lines("{'call': 'open', 'path': '/dev/vfio/vfio', 'ret': 0}\n");

	vfio_scan_container(source, host);
	assert_false(host->container.known);
	host->modules[0].loaded = true;
	host->has_container = false;
	vfio_scan_container(source, host);
	assert_false(host->container.known);
	assert_null(source_problem(source));
	host_free(host);
	source_close(source);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_container_says_its_extensions),
		cmocka_unit_test(a_container_that_may_not_be_opened_is_not_known),
		cmocka_unit_test(a_question_without_an_answer_is_not_no),
		cmocka_unit_test(an_old_capture_does_not_know_the_container),
		cmocka_unit_test(nothing_is_opened_that_would_load_a_module),
		cmocka_unit_test(a_container_that_cannot_be_opened_is_an_error),
		cmocka_unit_test(a_group_that_somebody_holds_is_busy),
		cmocka_unit_test(nothing_can_be_closed),
		cmocka_unit_test(the_version_is_what_the_kernel_says),
		cmocka_unit_test(backends_are_asked_for_by_their_numbers),
		cmocka_unit_test(a_group_is_viable_by_its_first_flag),
		cmocka_unit_test(a_group_goes_into_a_container),
		cmocka_unit_test(the_buffer_grows_to_what_the_kernel_wants),
		cmocka_unit_test(the_buffer_grows_again_when_the_list_grew_meanwhile),
		cmocka_unit_test(a_list_that_shrank_meanwhile_fits),
		cmocka_unit_test(what_an_earlier_call_left_does_not_count),
		cmocka_unit_test(an_old_kernel_answers_at_once),
		cmocka_unit_test(sixty_four_kib_are_given_and_no_more),
		cmocka_unit_test(a_failed_call_is_an_error),
		cmocka_unit_test(a_chain_that_makes_no_sense_is_an_error),
		cmocka_unit_test(an_answer_that_is_missing_is_a_problem),
		cmocka_unit_test(a_map_is_asked_for_reading_and_writing),
		cmocka_unit_test(a_map_elsewhere_than_recorded_is_a_problem),
		cmocka_unit_test(an_unmap_tells_what_went),
		cmocka_unit_test(a_refused_unmap_leaves_what_was_asked),
		cmocka_unit_test(how_long_a_map_took_is_part_of_the_answer),
	};

	return UNIT_RUN("vfio", tests);
}
