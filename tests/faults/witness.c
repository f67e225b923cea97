/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The program as it is, with a witness around its main(): it can refuse an allocation, and it counts
 * what is left when main() returns. Built of the same objects as the program itself.
 *
 * Environment: FAULTS_REFUSE=N refuses the N-th allocation, N+ all from it on. FAULTS_REPORT=FILE
 * gets one line: "allocations A blocks B descriptors D mappings M", the last three as differences
 * between the end and the beginning.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define DESCRIPTORS_MAX 256

/* What glibc has below malloc() and the like. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *memory);

/* The linker gives these names: the program's own main() is the real one (--wrap=main). */
int __real_main(int argc, char **argv);
int __wrap_main(int argc, char **argv);
void *__real_dlopen(const char *name, int flags);
void *__wrap_dlopen(const char *name, int flags);

/**
 * watching - whether main() runs. @refuse: which allocation fails, 0 for none; @on: and those after it
 *
 * @allocations is shared with children: what they ask for is counted with the rest.
 */
static bool watching;
static unsigned long refuse;
static bool refuse_on;
static unsigned long *allocations;
static long blocks;

static bool is_refused(void)
{
	if (!watching)
		return false;
	++*allocations;
	return refuse && (*allocations == refuse || (refuse_on && *allocations > refuse));
}

static void *count(void *memory)
{
	blocks += memory != NULL;
	return memory;
}

static void *no_memory(void)
{
	errno = ENOMEM;
	return NULL;
}

void *malloc(size_t size)
{
	return is_refused() ? no_memory() : count(__libc_malloc(size));
}

void *calloc(size_t n, size_t size)
{
	return is_refused() ? no_memory() : count(__libc_calloc(n, size));
}

void *realloc(void *memory, size_t size)
{
	void *moved;

	if (is_refused())
		return no_memory();
	moved = __libc_realloc(memory, size);
	if (memory && !size)
		blocks--;
	return memory ? moved : count(moved);
}

void *memalign(size_t alignment, size_t size)
{
	return is_refused() ? no_memory() : count(__libc_memalign(alignment, size));
}

void *aligned_alloc(size_t alignment, size_t size)
{
	return memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
	void *found = memalign(alignment, size);

	if (found)
		*memory = found;
	return found ? 0 : ENOMEM;
}

void free(void *memory)
{
	blocks -= memory != NULL;
	__libc_free(memory);
}

/* What the loader keeps of a library that it could not load is not the program's. */
void *__wrap_dlopen(const char *name, int flags)
{
	long before = blocks;
	void *library = __real_dlopen(name, flags);

	if (!library)
		blocks = before;
	return library;
}

static long descriptors(void)
{
	long open = 0;

	for (int fd = 0; fd < DESCRIPTORS_MAX; fd++)
		open += fcntl(fd, F_GETFD) >= 0;
	return open;
}

/* Lines of the map of this process, without a buffer that would need memory. */
static long mappings(void)
{
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	char text[4096];
	long lines = 0;
	ssize_t n;

	while ((n = read(fd, text, sizeof(text))) > 0) {
		for (ssize_t i = 0; i < n; i++)
			lines += text[i] == '\n';
	}
	close(fd);
	return lines;
}

static void report(const char *path, long blocks_before, long descriptors_before,
		   long mappings_before)
{
	char text[128];
	int fd, len;

	len = snprintf(text, sizeof(text),
		       "allocations %lu blocks %ld descriptors %ld mappings %ld\n", *allocations,
		       blocks - blocks_before, descriptors() - descriptors_before,
		       mappings() - mappings_before);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	/* The failure that is tried may meet the first write. */
	if (fd < 0 || (write(fd, text, (size_t)len) != len && write(fd, text, (size_t)len) != len))
		abort();
	close(fd);
}

/* A call that finds nothing and that a trace shows: here main() begins, there it ends. */
static void mark(const char *path)
{
	if (access(path, F_OK) == 0)
		abort();
}

int __wrap_main(int argc, char **argv)
{
	const char *which = getenv("FAULTS_REFUSE");
	const char *variable = getenv("FAULTS_REPORT");
	char path[PATH_MAX] = "";
	long blocks_before, descriptors_before, mappings_before;
	int status;

	allocations = mmap(NULL, sizeof(*allocations), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (allocations == MAP_FAILED)
		abort();
	/* main() overwrites the environment. */
	if (variable)
		snprintf(path, sizeof(path), "%s", variable);
	refuse = which ? strtoul(which, NULL, 10) : 0;
	refuse_on = which && strchr(which, '+');
	blocks_before = blocks;
	descriptors_before = descriptors();
	mappings_before = mappings();
	mark("/main/begins");
	watching = true;
	status = __real_main(argc, argv);
	watching = false;
	mark("/main/ends");
	if (*path)
		report(path, blocks_before, descriptors_before, mappings_before);
	return status;
}
