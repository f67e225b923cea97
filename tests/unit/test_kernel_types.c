/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "btf.h"
#include "source/kernel_types.h"

/* BTF with one struct. */
static void build(struct built *built)
{
	const struct built_member member = { "id", 1, 8, 0, 0 };

	built_begin(built, false, NULL);
	built_int(built, "int", 4);
	built_struct(built, BTF_STRUCT, "iommu_group", 16, &member, 1);
	built_bytes(built);
}

/* A file that can be mapped. */
static int file_of(const void *bytes, size_t len)
{
	int fd = memfd_create("types", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), (ssize_t)len);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

/* One that cannot, and gives its bytes in two parts. */
static int pipe_of(const void *bytes, size_t len)
{
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC | O_DIRECT), 0);
	assert_int_equal(write(ends[1], bytes, len / 2), (ssize_t)(len / 2));
	assert_int_equal(write(ends[1], (const char *)bytes + len / 2, len - len / 2),
			 (ssize_t)(len - len / 2));
	close(ends[1]);
	return ends[0];
}

static void assert_types(int fd, bool is_mapped)
{
	struct types types;
	char *reason = NULL;
	uint32_t type;

	assert_int_equal(types_read(fd, NULL, &types, &reason), 0);
	close(fd);
	assert_null(reason);
	assert_int_equal(types.is_mapped, is_mapped);
	/* They outlive the descriptor. */
	assert_int_equal(btf_struct(types.btf, "iommu_group", "id", &type, NULL), 0);
	assert_int_equal(type, 2);
	types_clear(&types);
	assert_null(types.bytes);
}

TEST(types_are_mapped_or_read)
{
	struct built built;

	build(&built);
	assert_types(file_of(built.bytes, built.len), true);
	assert_types(pipe_of(built.bytes, built.len), false);
	built_clear(&built);
}

static void assert_refused(int fd, int error, const char *words)
{
	struct types types;
	char *reason = NULL;

	assert_int_equal(types_read(fd, NULL, &types, &reason), -error);
	assert_string_equal(reason, words);
	assert_null(types.btf);
	types_clear(&types);
	free(reason);
	if (fd >= 0)
		close(fd);
}

TEST(what_are_no_types_is_refused_with_a_reason)
{
	int too_large = memfd_create("types", MFD_CLOEXEC);

	assert_refused(file_of("", 0), EINVAL, "the BTF has no header");
	assert_refused(file_of("x", 1), EINVAL, "the BTF has no header");
	assert_refused(pipe_of("xy", 2), EINVAL, "the BTF has no header");
	assert_refused(-1, EBADF, "the kernel's types cannot be read: Bad file descriptor");
	assert_int_equal(ftruncate(too_large, ((off_t)64 << 20) + 1), 0);
	assert_refused(too_large, EFBIG, "the kernel's types are too large");
}

TEST(a_file_of_another_file_system_is_not_taken)
{
	int fd = kernel_file_open("/proc/self/status", 0, PROC_SUPER_MAGIC);

	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	close(fd);
	assert_int_equal(kernel_file_open("/proc/self/status", 0, SYSFS_MAGIC), -EXDEV);
	assert_int_equal(kernel_file_open("/proc/self/none", 0, PROC_SUPER_MAGIC), -ENOENT);
}

/* Whatever this machine has: the second answer is the first one. */
TEST(types_are_read_once)
{
	const struct btf *first, *second, *driver;
	int ret = kernel_types_get(IOMMU_INTEL, &first, &driver, NULL);

	assert_int_equal(ret == 0, first != NULL);
	assert_null(driver);
	assert_int_equal(kernel_types_get(IOMMU_AMD, &second, &driver, NULL), ret);
	assert_ptr_equal(first, second);
	kernel_types_forget();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types_are_mapped_or_read),
		cmocka_unit_test(what_are_no_types_is_refused_with_a_reason),
		cmocka_unit_test(a_file_of_another_file_system_is_not_taken),
		cmocka_unit_test(types_are_read_once),
	};

	return UNIT_RUN("kernel_types", tests);
}
