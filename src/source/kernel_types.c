/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/kernel_types.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "pagetable/reason.h"

#define BTF	"/sys/kernel/btf"
#define BTF_MAX ((size_t)64 << 20)

static struct types vmlinux;
/* By enum iommu_kind. */
static struct types drivers[IOMMU_VIRTIO + 1];

int kernel_file_open(const char *path, int flags, unsigned long type)
{
	struct statfs fs;
	int fd = open(path, O_RDONLY | O_CLOEXEC | flags);
	int ret;

	if (fd < 0)
		return -errno;
	ret = fstatfs(fd, &fs) < 0 ? -errno : (unsigned long)fs.f_type == type ? fd : -EXDEV;
	if (ret < 0)
		close(fd);
	return ret;
}

const char *open_error_words(int error)
{
	return error == EXDEV ? "it is masked, as in a container" : strerror(error);
}

/*
 * A page is copied by each read(), which makes thousands of calls; a mapping needs one, and no memory.
 *
 * Kernel: kernel/bpf/sysfs_btf.c, btf_sysfs_vmlinux_mmap(): 7.3, not in 6.12.
 * Kernel: fs/kernfs/file.c, kernfs_file_read_iter(): 7.3.
 */
static bool map_types(int fd, struct types *types)
{
	struct stat status;
	void *bytes;

	if (fstat(fd, &status) < 0 || status.st_size <= 0 || (size_t)status.st_size > BTF_MAX)
		return false;
	bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (bytes == MAP_FAILED)
		return false;
	types->bytes = bytes;
	types->len = (size_t)status.st_size;
	types->is_mapped = true;
	return true;
}

static int copy_types(int fd, struct types *types, char **reason)
{
	size_t room = (size_t)8 << 20;
	ssize_t n;

	types->bytes = xcalloc(room, 1);
	while ((n = read(fd, (char *)types->bytes + types->len, room - types->len))) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return could_not_tell(reason, errno,
					      "the kernel's types cannot be read: %s",
					      strerror(errno));
		types->len += (size_t)n;
		if (types->len < room)
			continue;
		if (types->len >= BTF_MAX)
			return could_not_tell(reason, EFBIG, "the kernel's types are too large");
		room *= 2;
		types->bytes = xrealloc(types->bytes, room);
	}
	return 0;
}

int types_read(int fd, const struct btf *base, struct types *types, char **reason)
{
	int ret;

	*types = (struct types){ 0 };
	ret = map_types(fd, types) ? 0 : copy_types(fd, types, reason);
	return ret < 0 ? ret : btf_open(types->bytes, types->len, base, &types->btf, reason);
}

void types_clear(struct types *types)
{
	btf_close(types->btf);
	if (types->is_mapped)
		munmap(types->bytes, types->len);
	else
		free(types->bytes);
	*types = (struct types){ 0 };
}

static int read_vmlinux(char **reason)
{
	_cleanup_close_ int fd = kernel_file_open(BTF "/vmlinux", 0, SYSFS_MAGIC);

	if (fd < 0)
		return could_not_tell(reason, -fd,
				      "the kernel does not describe its types (BTF): %s",
				      open_error_words(-fd));
	return types_read(fd, NULL, &vmlinux, reason);
}

/* The module that has the structs of the IOMMU's driver, where it is no part of the kernel. */
static const char *driver_path(enum iommu_kind kind)
{
	switch (kind) {
	case IOMMU_SMMU:
		return BTF "/arm_smmu_v3";
	case IOMMU_VIRTIO:
		return BTF "/virtio_iommu";
	case IOMMU_OTHER:
	case IOMMU_INTEL:
	case IOMMU_AMD:
	case IOMMU_ZPCI:
		break;
	}
	return NULL;
}

static int read_driver(enum iommu_kind kind, char **reason)
{
	const char *path = driver_path(kind);
	_cleanup_close_ int fd = path ? kernel_file_open(path, 0, SYSFS_MAGIC) : -ENOENT;

	if (fd == -ENOENT)
		return 0;
	if (fd < 0)
		return could_not_tell(reason, -fd,
				      "the types of the IOMMU driver (BTF) cannot be read: %s",
				      open_error_words(-fd));
	return types_read(fd, vmlinux.btf, &drivers[kind], reason);
}

int kernel_types_get(enum iommu_kind kind, const struct btf **of_vmlinux,
		     const struct btf **of_driver, char **reason)
{
	int ret = 0;

	if (!vmlinux.btf && (ret = read_vmlinux(reason)) < 0)
		types_clear(&vmlinux);
	else if (!drivers[kind].btf && (ret = read_driver(kind, reason)) < 0)
		types_clear(&drivers[kind]);
	*of_vmlinux = vmlinux.btf;
	*of_driver = drivers[kind].btf;
	return ret;
}

void kernel_types_forget(void)
{
	for (size_t i = 0; i < COUNT(drivers); i++)
		types_clear(&drivers[i]);
	types_clear(&vmlinux);
}
