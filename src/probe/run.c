/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The live test, step by step: the only part of vfiodiag that changes state, and it undoes that. */
#include "probe/probe.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "base/exit.h"
#include "model/kernel.h"
#include "probe/buffer.h"
#include "probe/entries.h"
#include "probe/hazard.h"
#include "probe/internal.h"
#include "probe/refusal.h"
#include "probe/sizes.h"
#include "probe/verdict.h"
#include "probe/window.h"
#include "vfio/vfio.h"

/* The part of a transcript that holds the test of a group. */
static char *section_name(const struct group *group, enum backend backend)
{
	return xasprintf("probe %u %s", group->id, backend ? backend_name(backend) : "auto");
}

bool probe_is_recorded(const struct source *source, const struct group *group, enum backend backend)
{
	_cleanup_free_ char *section = section_name(group, backend);

	return source_has_section(source, section);
}

/* Find the answers for this group in a capture, or begin them while recording. */
static int begin(struct run *run)
{
	const char *backend = run->backend ? backend_name(run->backend) : "auto";
	_cleanup_free_ char *section = section_name(run->probe->group, run->backend);
	_cleanup_free_ char *command = NULL;

	if (source_section(run->source, section) == 0)
		return 0;
	command = xasprintf("probe%s%s", run->backend ? " --backend " : "",
			    run->backend ? backend : "");
	return refuse_unrecorded(run->probe, "probe", backend, command);
}

/*
 * Find the answers if only the ranges are needed. They are the first ones of a probe, so in a
 * capture any probe of the group serves.
 */
static int begin_ranges(struct run *run)
{
	static const enum backend backends[] = { BACKEND_NONE, BACKEND_TYPE1V2, BACKEND_TYPE1 };
	_cleanup_free_ char *own = xasprintf("iova %u", run->probe->group->id);

	if (source_section(run->source, own) == 0)
		return 0;
	for (size_t i = 0; i < COUNT(backends); i++) {
		_cleanup_free_ char *name = section_name(run->probe->group, backends[i]);

		run->backend = backends[i];
		if (source_section(run->source, name) == 0)
			return 0;
	}
	return refuse_unrecorded(run->probe, "probe", NULL, "iova --probe");
}

int run_check_group(struct run *run)
{
	int ret = refuse_group(run->probe, run->host);

	run->probe->kernel_rule = kernel_rule(run->host->release, run->host->build);
	run->probe->hazards = hazard_find(run->host, run->probe->group);
	return ret < 0 ? ret : refuse_hazard(run->probe, run->host, run->options->force);
}

/* Starts before anything is opened, to see the kernel's self-test. Doing without is no failure. */
static int follow_trace(struct run *run)
{
	int ret = source_trace_open(run->source, &run->trace);

	run->probe->trace_errno = ret < 0 ? -ret : 0;
	run->probe->evidence.traced = ret >= 0;
	return 0;
}

static void keep_events(struct run *run, enum phase phase)
{
	struct evidence *evidence = &run->probe->evidence;
	_cleanup_free_ struct trace_event *events = NULL;
	uint64_t lost = 0;
	size_t count = 0;

	if (!run->trace)
		return;
	if (source_trace_read(run->trace, &events, &count, &lost) < 0 || lost) {
		/* With a hole in it the record proves nothing. */
		run->probe->trace_lost = true;
		evidence->traced = false;
	}
	for (size_t i = 0; i < count; i++) {
		struct event event = {
			.phase = phase,
			.is_map = events[i].is_map,
			.iova = events[i].iova,
			.paddr = events[i].paddr,
			.size = events[i].size,
			.unmapped = events[i].unmapped,
		};

		APPEND(evidence->events, evidence->n_events, event);
	}
}

/*
 * Kernel: drivers/vfio/vfio.c, vfio_ioctl_check_extension(): 5.10.
 * Kernel: drivers/vfio/container.c, vfio_container_ioctl_check_extension(): 6.1, 6.12, 7.3.
 */
static int choose_backend(struct run *run)
{
	static const enum backend order[] = { BACKEND_TYPE1V2, BACKEND_TYPE1 };

	for (size_t i = 0; i < COUNT(order); i++) {
		int ret;

		if (run->backend && run->backend != order[i])
			continue;
		ret = vfio_has_backend(run->container, order[i]);
		if (ret < 0)
			return refuse_ioctl(run->probe, "check-extension", ret);
		if (ret > 0) {
			run->probe->backend = order[i];
			return 0;
		}
	}
	if (host_is_ppc64(run->host))
		return refuse(run->probe, "check-extension", EXIT_UNMEASURED, ENODEV, NULL,
			      "the VFIO containers of this host (%s) are of type sPAPR TCE, whose "
			      "DMA windows are not supported by vfiodiag: nothing is measured",
			      run->host->arch);
	refuse(run->probe, "check-extension", EXIT_UNMEASURED, ENODEV,
	       "load the module, if the kernel was built with it",
	       "VFIO offers no container of type %s: the module vfio_iommu_type1 is not loaded",
	       run->backend ? backend_name(run->backend) : "type1v2 or type1");
	return refuse_command(run->probe, "loads vfio_iommu_type1",
			      xstrdup("sudo modprobe vfio_iommu_type1"));
}

/* Kernel: include/uapi/linux/vfio.h, VFIO_API_VERSION: 5.10, 6.1, 6.12, 7.3. */
int run_open_container(struct run *run)
{
	int ret = vfio_container_open(run->source, &run->container);

	if (ret < 0)
		return refuse_open(run->probe, run->source, "open-container", "/dev/vfio/vfio",
				   ret);
	ret = vfio_api_version(run->container);
	if (ret < 0)
		return refuse_ioctl(run->probe, "api-version", ret);
	if (ret != 0)
		return refuse(run->probe, "api-version", EXIT_UNMEASURED, 0, NULL,
			      "VFIO has API version %d, and only 0 is known", ret);
	return choose_backend(run);
}

/*
 * Kernel: drivers/vfio/vfio.c, VFIO_GROUP_FLAGS_VIABLE: 5.10.
 * Kernel: drivers/vfio/vfio_main.c, VFIO_GROUP_FLAGS_VIABLE: 6.1.
 * Kernel: drivers/vfio/group.c, VFIO_GROUP_FLAGS_VIABLE: 6.12, 7.3.
 */
int run_open_group(struct run *run)
{
	_cleanup_free_ char *path = xasprintf("/dev/vfio/%u", run->probe->group->id);
	int ret = vfio_group_open(run->source, run->probe->group->id, &run->group);

	if (ret < 0)
		return refuse_open(run->probe, run->source, "open-group", path, ret);
	ret = vfio_group_viable(run->group);
	if (ret < 0)
		return refuse_ioctl(run->probe, "group-status", ret);
	if (!ret)
		return refuse(run->probe, "group-status", EXIT_UNMEASURED, 0,
			      "check the drivers of its devices: vfiodiag list --tree",
			      "the kernel reports that group %u is not viable",
			      run->probe->group->id);
	return 0;
}

/*
 * From here on the group is out of its default domain, until it is closed.
 * Kernel: drivers/vfio/vfio_iommu_type1.c, vfio_iommu_type1_attach_group(): 5.10, 6.1, 6.12, 7.3.
 * Kernel: drivers/iommu/iommu.c, iommu_group_claim_dma_owner(): 6.1, 6.12, 7.3.
 */
int run_attach(struct run *run)
{
	int ret = vfio_group_set_container(run->group, run->container);

	if (ret < 0)
		return refuse_ioctl(run->probe, "set-container", ret);
	ret = vfio_set_iommu(run->container, run->probe->backend);
	if (ret < 0)
		return refuse_ioctl(run->probe, "set-iommu", ret);
	keep_events(run, PHASE_ATTACH);
	return 0;
}

int run_read_info(struct run *run)
{
	struct probe *probe = run->probe;
	int ret = vfio_get_info(run->container, &probe->info);

	if (ret == -EBADMSG)
		return refuse(probe, "get-info", EXIT_UNMEASURED, ret, "report it, with a capture",
			      "the capability chain of VFIO_IOMMU_GET_INFO is malformed");
	if (ret < 0)
		return refuse_ioctl(probe, "get-info", ret);
	/*
	 * iommufd behind the old interface: no device is attached before VFIO_GROUP_GET_DEVICE_FD,
	 * so what it says here is not the hardware's: DMA_AVAIL is U32_MAX, and there is no
	 * MIGRATION.
	 * Kernel: drivers/iommu/iommufd/vfio_compat.c, iommufd_fill_cap_dma_avail(): 6.12, 7.3.
	 */
	if (probe->info.has_dma_avail && probe->info.dma_avail == UINT32_MAX &&
	    !probe->info.has_migration) {
		probe->backend = BACKEND_COMPAT;
		probe->info.has_page_sizes = false;
		return refuse(
			probe, "get-info", EXIT_UNMEASURED, 0, NULL,
			"iommufd provides the VFIO container on this host, and attaches no device "
			"without opening (and so resetting) it: nothing can be measured");
	}
	probe->evidence.has_page_sizes = probe->info.has_page_sizes;
	probe->evidence.page_sizes = probe->info.page_sizes;
	return 0;
}

static int find_window(struct run *run)
{
	const struct group *group = run->probe->group;
	struct probe *probe = run->probe;

	probe->has_predicted = kernel_predict_window(probe->kernel_rule, &probe->info.ranges,
						     run->host->page_size, &probe->predicted);
	window_find(&probe->info.ranges, group->regions, group->n_regions, run->host->page_size,
		    2 * run->host->page_size, &probe->window);
	return probe->window.found ? 0 : refuse_window(probe);
}

/* Kernel: none, memory of this process. */
static int get_pages(struct run *run)
{
	struct probe *probe = run->probe;
	int ret = pages_get(run->source, run->host->page_size, &run->pages, &probe->buffer);

	if (ret < 0)
		return refuse(probe, "buffer", EXIT_UNMEASURED, ret, NULL,
			      "cannot allocate memory for the test: %s", strerror(-ret));
	return 0;
}

/*
 * The events of the map hold the physical addresses that the IOMMU got. They replace the frames if
 * pagemap gave none, and correct them if pages moved since. iommu_map() emits one for each map that
 * succeeds: if it is missing, nothing is seen.
 */
static void learn_from_map_events(struct probe *probe)
{
	uint64_t page = probe->evidence.page_size;
	uint64_t next = 0, mapped = 0;
	bool contiguous = true, is_seen = false;

	for (size_t i = 0; i < probe->evidence.n_events; i++) {
		const struct event *event = &probe->evidence.events[i];

		if (event->phase != PHASE_MAP || !event->is_map)
			continue;
		is_seen = true;
		contiguous &= mapped ? event->paddr == next : event->paddr % (2 * page) == 0;
		next = event->paddr + event->size;
		mapped += event->size;
	}
	if (!is_seen) {
		probe->trace_blind = probe->evidence.traced;
		probe->evidence.traced = false;
	}
	if (mapped == 2 * page &&
	    (contiguous != (probe->buffer.contiguous == ANSWER_YES) || !probe->buffer.known_by)) {
		probe->buffer.contiguous = contiguous ? ANSWER_YES : ANSWER_NO;
		probe->buffer.known_by = "map event";
	}
	probe->evidence.buffer_contiguous = probe->buffer.contiguous;
}

/* Answer of the interface when one page of two is unmapped. No evidence, but users ask for it. */
static void unmap_first_page(struct run *run, uint64_t iova)
{
	uint64_t page = run->host->page_size;
	struct probe *probe = run->probe;
	int ret = vfio_unmap(run->container, iova, page, &probe->partial_size);

	if (ret < 0) {
		probe->partial_unmap = PARTIAL_REFUSED;
		probe->partial_errno = -ret;
		probe->partial_size = 0;
	} else if (probe->partial_size == 2 * page) {
		probe->partial_unmap = PARTIAL_WHOLE;
	} else if (probe->partial_size == page) {
		probe->partial_unmap = PARTIAL_SPLIT;
	}
}

static int test_window(struct run *run)
{
	uint64_t iova = run->probe->window.range.start;
	uint64_t size = 2 * run->host->page_size;
	uint64_t unmapped;
	int ret;

	ret = vfio_map(run->container, run->pages.even, iova, size);
	if (ret < 0)
		return refuse_ioctl(run->probe, "map", ret);
	keep_events(run, PHASE_MAP);
	learn_from_map_events(run->probe);
	entries_ask(run);

	unmap_first_page(run, iova);
	keep_events(run, PHASE_UNMAP);
	ret = vfio_unmap(run->container, iova, size, &unmapped);
	if (ret < 0)
		return refuse_ioctl(run->probe, "unmap", ret);
	keep_events(run, PHASE_UNMAP);
	if (run->probe->partial_size + unmapped != size)
		return refuse_unmapped(run->probe, run->probe->partial_size + unmapped, size);
	return 0;
}

/* A second map, at an odd page, if the first left the question open. */
static int test_odd_window(struct run *run)
{
	struct probe *probe = run->probe;
	uint64_t page = run->host->page_size;
	uint64_t iova = probe->window.range.start + page;
	struct range range = { .start = probe->window.range.start,
			       .end = probe->window.range.start + (3 * page - 1) };
	uint64_t unmapped;

	if (!verdict_needs_odd_map(&probe->evidence) || !run->pages.odd ||
	    !window_allows(&probe->info.ranges, probe->group->regions, probe->group->n_regions,
			   page, &range))
		return 0;
	/* The map only sharpens the verdict: a failure leaves the question open, no more. */
	if (vfio_map(run->container, run->pages.odd, iova, 2 * page) < 0)
		return 0;
	if (vfio_unmap(run->container, iova, 2 * page, &unmapped) < 0)
		return 0;
	keep_events(run, PHASE_ODD);
	return 0;
}

/* In the kernel's order: closing the container removes all maps. */
void run_end(struct run *run)
{
	source_device_close(run->group);
	source_device_close(run->container);
	source_trace_close(run->trace);
	source_memory_unmap(&run->pages.memory);
	source_memory_unmap(&run->huge);
}

void run_begin(struct run *run, const struct group *group)
{
	run->backend = run->options->backend;
	run->probe = xcalloc(1, sizeof(*run->probe));
	run->probe->group = group;
	run->probe->evidence.page_size = run->host->page_size;
}

int run_steps(struct run *run, const step_fn *steps, size_t n_steps)
{
	int ret = 0;

	for (size_t i = 0; i < n_steps && ret >= 0; i++)
		ret = steps[i](run);
	return ret;
}

struct probe *probe_run(struct source *source, const struct host *host, const struct group *group,
			const struct probe_options *options)
{
	static const step_fn steps[] = {
		run_check_group, begin,	      follow_trace,    run_open_container,
		run_open_group,	 run_attach,  run_read_info,   find_window,
		get_pages,	 test_window, test_odd_window, sizes_test,
	};
	struct run run = { .source = source, .host = host, .options = options };

	run_begin(&run, group);
	run_steps(&run, steps, COUNT(steps));
	run_end(&run);
	verdict_reach(&run.probe->evidence, &run.probe->verdict);
	return run.probe;
}

struct probe *probe_ranges(struct source *source, const struct host *host,
			   const struct group *group, const struct probe_options *options)
{
	/* The same steps as a probe's before its map, so the answers serve both. */
	static const step_fn steps[] = {
		run_check_group, begin_ranges, follow_trace,  run_open_container,
		run_open_group,	 run_attach,   run_read_info,
	};
	struct run run = { .source = source, .host = host, .options = options };

	run_begin(&run, group);
	run_steps(&run, steps, COUNT(steps));
	run_end(&run);
	return run.probe;
}

int probe_status(const struct probe *probe)
{
	if (probe->failure.step)
		return probe->failure.status;
	switch (probe->verdict.confidence) {
	case CONFIDENCE_OBSERVED:
		return EXIT_OBSERVED;
	case CONFIDENCE_INFERRED:
		return EXIT_INFERRED;
	default:
		return EXIT_UNMEASURED;
	}
}
