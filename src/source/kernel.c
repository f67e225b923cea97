/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The memory of the running kernel, in which the page table of an IOMMU group is found and read.
 *
 * Files are opened, then all rights are given up, and only then anything is read that could be used against
 * the kernel: its addresses. Nothing is written, attached or loaded.
 */
#include "source/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "pagetable/group.h"
#include "pagetable/mapped.h"
#include "pagetable/reason.h"
#include "pagetable/root.h"
#include "pagetable/whole.h"
#include "source/internal.h"
#include "source/kcore.h"
#include "source/kernel_types.h"

#define KCORE	   "/proc/kcore"
#define LOCKDOWN   "/sys/kernel/security/lockdown"
#define PROTECTED  "/sys/firmware/uv/prot_virt_guest"
#define SMALL_FILE 16384

/**
 * struct kernel - the running kernel.
 * @kcore_fd: its memory
 * @cpuinfo: the beginning of /proc/cpuinfo
 */
struct kernel {
	int kcore_fd;
	char cpuinfo[SMALL_FILE];
	struct kcore *kcore;
	struct kcore_notes notes;
	struct memory memory;
	struct kernel_view view;
	struct own_task task;
};

/* Files, before all rights are given up */

/* Read a small text, or the first part of a large one; "" where there is none. */
static void read_small(const char *path, char *text, size_t size)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, size - 1);

	text[n > 0 ? n : 0] = '\0';
}

static int check_protection(struct kernel *kernel, char **reason)
{
	char protected[8];
	const char *words;

	read_small(PROTECTED, protected, sizeof(protected));
	read_small("/proc/cpuinfo", kernel->cpuinfo, sizeof(kernel->cpuinfo));
	words = kcore_protection(protected, kernel->cpuinfo);
	return words ? could_not_tell(reason, EOPNOTSUPP, "%s", words) : 0;
}

static int explain_refusal(char **reason)
{
	char lockdown[64];
	uint64_t capabilities = 0;

	read_small(LOCKDOWN, lockdown, sizeof(lockdown));
	if (strstr(lockdown, "[confidentiality]"))
		return could_not_tell(
			reason, EPERM,
			"the kernel's lockdown (confidentiality) forbids reading its memory");
	if (privilege_in_effect(&capabilities) == 0 &&
	    !(capabilities & UINT64_C(1) << CAP_SYS_RAWIO))
		return could_not_tell(
			reason, EPERM,
			"reading the kernel's memory needs root, or the capability CAP_SYS_RAWIO");
	return could_not_tell(
		reason, EPERM,
		"a container or a security policy forbids reading the kernel's memory");
}

static int open_kcore(struct kernel *kernel, char **reason)
{
	kernel->kcore_fd = kernel_file_open(KCORE, O_NONBLOCK, PROC_SUPER_MAGIC);
	switch (kernel->kcore_fd) {
	case -ENOENT:
		return could_not_tell(reason, ENOENT, "the kernel has no " KCORE);
	case -EPERM:
	case -EACCES:
		return explain_refusal(reason);
	case -EXDEV:
		return could_not_tell(reason, EXDEV, KCORE " is masked, as in a container");
	default:
		if (kernel->kcore_fd >= 0)
			return 0;
		return could_not_tell(reason, -kernel->kcore_fd, KCORE " cannot be opened: %s",
				      strerror(-kernel->kcore_fd));
	}
}

/* The number of this process in the first PID namespace; 0 in another. */
static uint32_t host_pid(void)
{
	char target[64];
	ssize_t n = readlink("/proc/self/ns/pid", target, sizeof(target) - 1);

	target[n > 0 ? n : 0] = '\0';
	return strcmp(target, HOST_NAMESPACE) == 0 ? (uint32_t)getpid() : 0;
}

static int open_group(struct kernel *kernel, unsigned int group, char **reason)
{
	_cleanup_free_ char *path = xasprintf("/sys/kernel/iommu_groups/%u", group);
	struct stat status;
	int fd = kernel_file_open(path, O_DIRECTORY, SYSFS_MAGIC);

	if (fd >= 0 && fstat(fd, &status) < 0)
		fd = -errno;
	if (fd < 0)
		return could_not_tell(reason, -fd, "IOMMU group %u cannot be opened: %s", group,
				      open_error_words(-fd));
	kernel->task.fd = (uint32_t)fd;
	kernel->task.inode = status.st_ino;
	kernel->task.pid = host_pid();
	return 0;
}

static int open_files(struct kernel *kernel, const struct kernel_question *question, char **reason)
{
	int ret = check_protection(kernel, reason);

	if (ret >= 0)
		ret = open_kcore(kernel, reason);
	if (ret >= 0)
		ret = kernel_types_get(question->kind, &kernel->view.vmlinux, &kernel->view.driver,
				       reason);
	return ret < 0 ? ret : open_group(kernel, question->group, reason);
}

/* Memory, from here on without any rights */

static int read_kcore(void *context, uint64_t offset, void *buffer, size_t len)
{
	const struct kernel *kernel = context;
	size_t done = 0;

	while (done < len) {
		ssize_t n = pread(kernel->kcore_fd, (unsigned char *)buffer + done, len - done,
				  (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -ENODATA;
		done += (size_t)n;
	}
	return 0;
}

static int check_encryption(const struct kernel *kernel, char **reason)
{
	const char *words = kcore_encryption(kernel->cpuinfo, &kernel->notes);

	return words ? could_not_tell(reason, EOPNOTSUPP, "%s", words) : 0;
}

static int load(struct kernel *kernel, char **reason)
{
	int ret = kcore_open(read_kcore, kernel, &kernel->kcore, reason);

	if (ret >= 0)
		ret = kcore_read_notes(kernel->kcore, &kernel->notes, reason);
	if (ret >= 0)
		ret = check_encryption(kernel, reason);
	if (ret < 0)
		return ret;
	kernel->memory = kcore_memory(kernel->kcore);
	kernel->view.memory = &kernel->memory;
	kernel->view.encryption_mask = kernel->notes.encryption_mask;
	kernel->task.bytes = kernel->notes.task;
	kernel->task.len = kernel->notes.task_len;
	return 0;
}

/* Where the pages that the question is about are in memory: as many numbers as pages. */
static int read_frames(const struct kernel_question *question, uint64_t *physical, char **reason)
{
	off_t offset = (off_t)(question->address / question->page_size * sizeof(uint64_t));
	size_t len = question->n_pages * sizeof(*physical);
	ssize_t n = len ? pread(question->pagemap, physical, len, offset) : 0;

	if (n != (ssize_t)len)
		return could_not_tell(reason, EIO, "the pages' place in memory cannot be read: %s",
				      n < 0 ? strerror(errno) : "the file is too short");
	for (size_t i = 0; i < question->n_pages; i++) {
		if (!(physical[i] & PAGEMAP_PRESENT))
			return could_not_tell(reason, ENODATA, "a page is not in memory");
		if (!(physical[i] & PAGEMAP_FRAME_MASK))
			return could_not_tell(
				reason, EPERM,
				"the pages' place in memory is hidden without CAP_SYS_ADMIN");
		physical[i] = (physical[i] & PAGEMAP_FRAME_MASK) * question->page_size;
	}
	return 0;
}

/** struct found - where the page table of a group is. */
struct found {
	struct group_domain domain;
	struct table_root root;
};

static int find(const struct kernel *kernel, const struct kernel_question *question,
		struct found *found, char **reason)
{
	int ret = group_domain_find(&kernel->view, &kernel->task, question->group, &found->domain,
				    reason);

	if (ret >= 0 && found->domain.is_managed)
		ret = could_not_tell(reason, EBUSY,
				     "the group's domain is the kernel's own, and not VFIO's");
	if (ret >= 0)
		ret = root_find(&kernel->view, question->kind, &found->domain, &found->root,
				reason);
	if (ret >= 0)
		ret = root_check_tried(&found->root, reason);
	return ret;
}

/* All that was read is of one table, if the group still has it. */
static int check_again(const struct kernel *kernel, const struct kernel_question *question,
		       const struct found *first, const uint64_t *physical, char **reason)
{
	_cleanup_free_ uint64_t *now = xcalloc(question->n_pages + 1, sizeof(*now));
	struct found found;
	int ret = find(kernel, question, &found, reason);

	if (ret >= 0)
		ret = read_frames(question, now, reason);
	if (ret < 0)
		return ret;
	if (found.domain.address != first->domain.address || found.root.kind != first->root.kind ||
	    found.root.top != first->root.top || found.root.levels != first->root.levels)
		return could_not_tell(reason, EAGAIN, "the page table changed while it was read");
	if (memcmp(now, physical, question->n_pages * sizeof(*now)) != 0)
		return could_not_tell(reason, EAGAIN, "the pages were moved while it was read");
	return 0;
}

static int explain_doubt(enum doubt doubt, enum table_result result, char **reason)
{
	if (doubt == DOUBT_NOT_READ)
		return could_not_tell(reason, EIO, "%s: %s", doubt_words(doubt),
				      table_result_words(result));
	return doubt ? could_not_tell(reason, EINVAL, "%s", doubt_words(doubt)) : 0;
}

/* Numbers only: the fingerprint and the last run are made of addresses. */
static struct entry_counts counts_of(const struct tally *tally)
{
	struct entry_counts counts = {
		.large = tally->large,
		.page_sizes = tally->page_sizes,
		.n_other = tally->n_other,
		.bytes_other = tally->bytes_other,
		.n_entries = tally->n_entries,
		.bytes = tally->bytes,
		.longest = tally->longest,
		.bytes_large = tally->bytes_large,
		.bytes_possible = tally->bytes_possible,
		.bytes_not_offered = tally->bytes_not_offered,
		.bytes_askew = tally->bytes_askew,
		.bytes_scattered = tally->bytes_scattered,
	};

	_Static_assert(sizeof(counts.count) == sizeof(tally->count), "as many sizes");
	memcpy(counts.count, tally->count, sizeof(counts.count));
	return counts;
}

static int examine_pair(const struct kernel *kernel, const struct kernel_question *question,
			const struct found *found, const uint64_t *physical,
			struct kernel_answer *answer, char **reason)
{
	const struct pair pair = { .iova = question->iova,
				   .page_size = question->page_size,
				   .physical = { physical[0], physical[1] } };
	struct pair_verdict verdict;

	pair_examine(&kernel->memory, &found->root, &pair, &verdict);
	answer->pair = verdict.answer;
	return explain_doubt(verdict.doubt, verdict.result, reason);
}

static bool is_whole(const struct mapped *mapped)
{
	if (mapped->physical[0] % (mapped->n_pages * mapped->page_size))
		return false;
	for (size_t i = 1; i < mapped->n_pages; i++) {
		if (mapped->physical[i] != mapped->physical[0] + i * mapped->page_size)
			return false;
	}
	return true;
}

static int examine_pages(const struct kernel *kernel, const struct kernel_question *question,
			 const struct found *found, const uint64_t *physical,
			 struct kernel_answer *answer, char **reason)
{
	const struct mapped mapped = { .iova = question->iova,
				       .page_size = question->page_size,
				       .physical = physical,
				       .n_pages = question->n_pages };
	enum table_result result;
	struct tally tally;
	enum doubt doubt;

	tally_begin(&tally, large_entry(question->page_size), found->domain.page_sizes);
	doubt = mapped_examine(&kernel->memory, &found->root, &mapped, &tally, &result);
	answer->counts = counts_of(&tally);
	answer->is_whole = is_whole(&mapped);
	return explain_doubt(doubt, result, reason);
}

static int examine_group(const struct kernel *kernel, const struct kernel_question *question,
			 const struct found *found, const uint64_t *physical,
			 struct kernel_answer *answer, char **reason)
{
	const struct whole whole = { .last = found->domain.last,
				     .page_sizes = found->domain.page_sizes,
				     .large = large_entry(question->page_size),
				     .progress = question->progress,
				     .context = question->context };
	struct tally tally;
	int ret = whole_examine(&kernel->memory, &found->root, &whole, &tally, reason);

	(void)physical;
	if (ret >= 0)
		answer->counts = counts_of(&tally);
	return ret;
}

static int (*const examine[])(const struct kernel *kernel, const struct kernel_question *question,
			      const struct found *found, const uint64_t *physical,
			      struct kernel_answer *answer, char **reason) = {
	[KERNEL_PAIR] = examine_pair,
	[KERNEL_PAGES] = examine_pages,
	[KERNEL_GROUP] = examine_group,
};

/* A table that is no longer that of the group explains all else that was wrong with it. */
static int examine_twice(const struct kernel *kernel, const struct kernel_question *question,
			 struct kernel_answer *answer, char **reason)
{
	_cleanup_free_ uint64_t *physical = xcalloc(question->n_pages + 1, sizeof(*physical));
	char *changed = NULL;
	struct found found;
	int again, ret = read_frames(question, physical, reason);

	if (ret >= 0)
		ret = find(kernel, question, &found, reason);
	if (ret < 0)
		return ret;
	ret = examine[question->subject](kernel, question, &found, physical, answer, reason);
	again = check_again(kernel, question, &found, physical, &changed);
	if (again == 0) {
		free(changed);
		return ret;
	}
	free(*reason);
	*reason = changed;
	return again;
}

int kernel_ask(const struct kernel_question *question, struct kernel_answer *answer, char **reason)
{
	struct kernel kernel = { .kcore_fd = -1 };
	int ret = open_files(&kernel, question, reason);

	if (ret >= 0 && sandbox_enter_kernel() < 0)
		ret = could_not_tell(
			reason, EPERM,
			"the process that reads the kernel's memory cannot be confined");
	if (ret >= 0)
		ret = load(&kernel, reason);
	if (ret >= 0)
		ret = examine_twice(&kernel, question, answer, reason);
	kcore_notes_clear(&kernel.notes);
	kcore_close(kernel.kcore);
	return ret;
}
