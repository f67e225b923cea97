/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ask for the page table of a group on a real kernel, in the lab (page_table.bats).
 *
 *	page_table intel|amd|smmu|zpci|virtio ADDRESS [CASE…]
 *
 * The device at the PCI address ADDRESS is bound to vfio-pci. Pages are mapped in some ways, the table is
 * asked for each, and a line says the result: "CASE RESULT REASON".
 *
 *	page_table ADDRESS hold
 *
 * Memory is mapped in all ways that "vfiodiag mappings" tells apart, and kept so that it can be asked, as that
 * of a virtual machine would be: see hold().
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/count.h"
#include "source/page_table.h"

#define HUGE   (2u << 20)
#define MEMORY (16 * (size_t)HUGE)
#define IOVA   UINT64_C(0x120000000)
#define FAR    (UINT64_C(1) << 40)

/* Where the table is asked for: SIZE bytes of memory that lie together, mapped at IOVA or not. */
struct lab {
	struct source *source;
	enum iommu_kind kind;
	unsigned int group;
	int container;
	uint64_t page;
	unsigned char *memory;
};

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(125);
}

static void map(const struct lab *lab, uint64_t iova, const void *memory, uint64_t size)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.vaddr = (uintptr_t)memory,
		.iova = iova,
		.size = size,
	};

	if (ioctl(lab->container, VFIO_IOMMU_MAP_DMA, &map) < 0)
		fail("VFIO_IOMMU_MAP_DMA");
}

static void unmap_all(const struct lab *lab)
{
	struct vfio_iommu_type1_dma_unmap unmap = { .argsz = sizeof(unmap),
						    .iova = IOVA,
						    .size = HUGE };

	if (ioctl(lab->container, VFIO_IOMMU_UNMAP_DMA, &unmap) < 0)
		fail("VFIO_IOMMU_UNMAP_DMA");
}

static void ask(const struct lab *lab, const char *name, const void *pages)
{
	struct page_table_answer answer;

	source_page_table_pair(lab->source, lab->group, lab->kind, IOVA, lab->page, pages, &answer);
	printf("%s %s%s%s\n", name, page_table_result_name(answer.result), answer.reason ? " " : "",
	       answer.reason ? answer.reason : "");
	page_table_answer_clear(&answer);
}

/* Two pages, mapped as one. */
static void pair(const struct lab *lab)
{
	map(lab, IOVA, lab->memory, 2 * lab->page);
	ask(lab, "pair", lab->memory);
}

/* The same, mapped one by one. */
static void apart(const struct lab *lab)
{
	map(lab, IOVA, lab->memory, lab->page);
	map(lab, IOVA + lab->page, lab->memory + lab->page, lab->page);
	ask(lab, "apart", lab->memory);
}

/* Neighbours of the pages that are mapped. */
static void other(const struct lab *lab)
{
	map(lab, IOVA, lab->memory, 2 * lab->page);
	ask(lab, "other", lab->memory + 2 * lab->page);
}

/* A pair that begins at an odd page. */
static void odd(const struct lab *lab)
{
	map(lab, IOVA, lab->memory + lab->page, 2 * lab->page);
	ask(lab, "odd", lab->memory + lab->page);
}

/* A part of a larger mapping. */
static void large(const struct lab *lab)
{
	map(lab, IOVA, lab->memory, HUGE);
	ask(lab, "large", lab->memory);
}

static void half(const struct lab *lab)
{
	map(lab, IOVA, lab->memory, lab->page);
	ask(lab, "half", lab->memory);
}

static void none(const struct lab *lab)
{
	ask(lab, "none", lab->memory);
}

/** struct churn - a thread that changes the table until it @is_over. @count: how often it did */
struct churn {
	const struct lab *lab;
	atomic_bool is_over;
	atomic_uint count;
};

/* Far away too, where a table of a driver may have to become one of more levels. */
static void *change(void *context)
{
	static const uint64_t places[] = { IOVA + HUGE, IOVA + 2 * HUGE, FAR };
	struct churn *churn = context;

	for (size_t i = 0; !churn->is_over; i++) {
		uint64_t iova = places[i % COUNT(places)];
		struct vfio_iommu_type1_dma_map map = {
			.argsz = sizeof(map),
			.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
			.vaddr = (uintptr_t)churn->lab->memory,
			.iova = iova,
			.size = HUGE / 2,
		};
		struct vfio_iommu_type1_dma_unmap unmap = { .argsz = sizeof(unmap),
							    .iova = iova,
							    .size = HUGE / 2 };

		/* Not every IOMMU has the place that is far away. */
		if (ioctl(churn->lab->container, VFIO_IOMMU_MAP_DMA, &map) < 0) {
			if (iova != FAR)
				fail("VFIO_IOMMU_MAP_DMA");
			continue;
		}
		if (ioctl(churn->lab->container, VFIO_IOMMU_UNMAP_DMA, &unmap) < 0)
			fail("VFIO_IOMMU_UNMAP_DMA");
		churn->count++;
	}
	return NULL;
}

/*
 * Answers while the table changes: the one that there was before it did, or none. However little the thread gets
 * done on a busy machine, it is asked until the table has changed a hundred times.
 */
static void changing(const struct lab *lab)
{
	struct churn churn = { .lab = lab };
	enum page_table_result right = PAGE_TABLE_NOT_ASKED;
	unsigned int n_wrong = 0;
	pthread_t thread;

	map(lab, IOVA, lab->memory, 2 * lab->page);
	for (unsigned int i = 0; i < 12 || churn.count < 100; i++) {
		struct page_table_answer answer;

		source_page_table_pair(lab->source, lab->group, lab->kind, IOVA, lab->page,
				       lab->memory, &answer);
		if (i == 0)
			right = answer.result;
		else if (answer.result != right && answer.result != PAGE_TABLE_UNKNOWN)
			n_wrong++;
		if (answer.reason)
			fprintf(stderr, "%s\n", answer.reason);
		page_table_answer_clear(&answer);
		if (i == 0 && pthread_create(&thread, NULL, change, &churn) != 0)
			fail("pthread_create");
	}
	churn.is_over = true;
	pthread_join(thread, NULL);
	printf("changing %s %u wrong\n", page_table_result_name(right), n_wrong);
}

/* The memory of the kernel, hidden as in a container. */
static void masked(const struct lab *lab)
{
	map(lab, IOVA, lab->memory, 2 * lab->page);
	if (mount("/dev/null", "/proc/kcore", NULL, MS_BIND, NULL) < 0)
		fail("mount");
	ask(lab, "masked", lab->memory);
	if (umount("/proc/kcore") < 0)
		fail("umount");
}

/* This process, without a capability. Those that it gives up do not come back: the last cases. */
static void without(const struct lab *lab, const char *name, cap_value_t capability)
{
	cap_t state = cap_get_proc();

	cap_set_flag(state, CAP_EFFECTIVE, 1, &capability, CAP_CLEAR);
	cap_set_flag(state, CAP_PERMITTED, 1, &capability, CAP_CLEAR);
	if (cap_set_proc(state) < 0)
		fail("cap_set_proc");
	cap_free(state);
	map(lab, IOVA, lab->memory, 2 * lab->page);
	ask(lab, name, lab->memory);
}

static void without_admin(const struct lab *lab)
{
	without(lab, "without_admin", CAP_SYS_ADMIN);
}

static void without_rawio(const struct lab *lab)
{
	without(lab, "without_rawio", CAP_SYS_RAWIO);
}

static const struct {
	const char *name;
	void (*run)(const struct lab *lab);
} cases[] = {
	{ "pair", pair },
	{ "apart", apart },
	{ "other", other },
	{ "odd", odd },
	{ "large", large },
	{ "half", half },
	{ "none", none },
	{ "masked", masked },
	{ "changing", changing },
	{ "without_admin", without_admin },
	{ "without_rawio", without_rawio },
};

static enum iommu_kind kind_of(const char *name)
{
	static const char *const names[] = {
		[IOMMU_INTEL] = "intel", [IOMMU_AMD] = "amd",	    [IOMMU_SMMU] = "smmu",
		[IOMMU_ZPCI] = "zpci",	 [IOMMU_VIRTIO] = "virtio",
	};

	for (size_t i = 0; i < COUNT(names); i++) {
		if (names[i] && strcmp(name, names[i]) == 0)
			return (enum iommu_kind)i;
	}
	return IOMMU_OTHER;
}

static unsigned int group_of(const char *address)
{
	char path[128], target[256];
	const char *number;
	ssize_t n;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/iommu_group", address);
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0)
		fail(path);
	target[n] = '\0';
	number = strrchr(target, '/');
	return (unsigned int)strtoul(number ? number + 1 : target, NULL, 10);
}

static void open_vfio(struct lab *lab)
{
	char path[64];
	int group;

	snprintf(path, sizeof(path), "/dev/vfio/%u", lab->group);
	lab->container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	group = open(path, O_RDWR | O_CLOEXEC);
	if (group < 0 || ioctl(group, VFIO_GROUP_SET_CONTAINER, &lab->container) < 0 ||
	    ioctl(lab->container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU) < 0)
		fail(path);
}

/* Tell whether four pages follow each other in memory, from an even one on. */
static bool is_run(const uint64_t *frames)
{
	for (size_t i = 1; i < 4; i++) {
		if (frames[i] != frames[0] + i)
			return false;
	}
	return frames[0] % 2 == 0;
}

/* A transparent huge page, or some pages of which four follow each other by chance. */
static void take_memory(struct lab *lab)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	unsigned char *start = mmap(NULL, MEMORY + HUGE, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	size_t first = 0;
	uint64_t frames[4];

	if (start == MAP_FAILED || pagemap < 0)
		fail("memory");
	start += (HUGE - (uintptr_t)start % HUGE) % HUGE;
	madvise(start, MEMORY, MADV_HUGEPAGE);
	/* As the program does: else a page is moved when it is written to after a process was forked. */
	madvise(start, MEMORY, MADV_DONTFORK);
	memset(start, 1, MEMORY);
	do {
		if (first * page > MEMORY - HUGE)
			fail("no pages follow each other");
		lab->memory = start + first++ * page;
		if (pread(pagemap, frames, sizeof(frames),
			  (off_t)((uintptr_t)lab->memory / page * sizeof(*frames))) !=
		    sizeof(frames))
			fail("pagemap");
	} while (!is_run(frames));
	close(pagemap);
	lab->page = page;
}

/*
 * Hold three huge pages and some small ones: 2 MiB aligned, 2 MiB off by a page, 2 MiB page by page, and every
 * second page of 64 KiB. Ends when it is killed; /tmp/held says that all is mapped.
 */
static _Noreturn void hold(const struct lab *lab)
{
	const unsigned char *memory = lab->memory;

	/* An emulated s390x has none; then all entries are of one page. */
	if ((uintptr_t)memory % HUGE && access("/sys/kernel/mm/transparent_hugepage", F_OK) == 0)
		fail("no huge page");
	map(lab, IOVA, memory, HUGE);
	map(lab, IOVA + 4 * (uint64_t)HUGE + lab->page, memory + HUGE, HUGE);
	for (uint64_t at = 0; at < HUGE; at += lab->page)
		map(lab, IOVA + 8 * (uint64_t)HUGE + at, memory + 2 * (size_t)HUGE + at, lab->page);
	for (uint64_t at = 0; at < 16 * lab->page; at += 2 * lab->page)
		map(lab, IOVA + 12 * (uint64_t)HUGE + at, memory + 3 * (size_t)HUGE + at,
		    lab->page);
	if (creat("/tmp/held", 0600) < 0)
		fail("/tmp/held");
	for (;;)
		pause();
}

/* Tell whether @name is one of the words, or there is none. */
static bool is_wanted(const char *name, char *const *words)
{
	if (!*words)
		return true;
	while (*words && strcmp(*words, name) != 0)
		words++;
	return *words;
}

int main(int argc, char **argv)
{
	struct lab lab = { 0 };
	bool is_held;

	if (argc < 3) {
		fprintf(stderr, "usage: page_table KIND ADDRESS [CASE…]\n"
				"       page_table ADDRESS hold\n");
		return 64;
	}
	is_held = strcmp(argv[2], "hold") == 0;
	lab.kind = kind_of(argv[1]);
	lab.group = group_of(argv[is_held ? 1 : 2]);
	if (source_open_live(&lab.source) < 0)
		fail("source_open_live");
	open_vfio(&lab);
	take_memory(&lab);
	if (is_held)
		hold(&lab);
	for (size_t i = 0; i < COUNT(cases); i++) {
		if (!is_wanted(cases[i].name, argv + 3))
			continue;
		cases[i].run(&lab);
		unmap_all(&lab);
	}
	source_close(lab.source);
	return 0;
}
