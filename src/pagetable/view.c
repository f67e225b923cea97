/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pagetable/view.h"

#include <errno.h>
#include <string.h>

#include "pagetable/reason.h"

static const struct btf *btf_of(const struct kernel_view *view, bool in_driver)
{
	return in_driver && view->driver ? view->driver : view->vmlinux;
}

/* No struct that is looked for is packed, so each number is at a multiple of its size. */
static bool is_aligned(const struct btf_member *member)
{
	return member->offset % (member->size >= 8 ? 8 : member->size == 4 ? 4 : 1) == 0;
}

int view_offset(const struct kernel_view *view, const struct place *place, uint64_t *offset,
		char **reason)
{
	const struct btf *btf = btf_of(view, place->in_driver);
	struct btf_member member;
	uint32_t type;
	int ret = btf_struct(btf, place->type, place->with, &type, reason);

	if (ret >= 0)
		ret = btf_member(btf, type, place->path, &member, reason);
	if (ret < 0)
		return ret;
	if (place->size && member.size != place->size)
		return could_not_tell(reason, EINVAL, "%s.%s has another size than expected",
				      place->type, place->path);
	if (!is_aligned(&member))
		return could_not_tell(reason, EINVAL, "%s.%s is not aligned", place->type,
				      place->path);
	*offset = member.offset;
	return 0;
}

static int out_of_range(const struct place *place, char **reason)
{
	return could_not_tell(reason, EFAULT, "%s.%s is beyond the end of memory", place->type,
			      place->path);
}

int view_address(const struct kernel_view *view, const struct place *place, uint64_t address,
		 uint64_t *member, char **reason)
{
	uint64_t offset;
	int ret = view_offset(view, place, &offset, reason);

	if (ret < 0)
		return ret;
	return __builtin_add_overflow(address, offset, member) ? out_of_range(place, reason) : 0;
}

int view_outer(const struct kernel_view *view, const struct place *place, uint64_t member,
	       uint64_t *address, char **reason)
{
	uint64_t offset;
	int ret = view_offset(view, place, &offset, reason);

	if (ret < 0)
		return ret;
	return __builtin_sub_overflow(member, offset, address) ? out_of_range(place, reason) : 0;
}

static int read_number(const struct memory *memory, uint64_t address, unsigned int size,
		       uint64_t *value)
{
	uint32_t word = 0;
	uint8_t byte = 0;
	int ret;

	if (size == 8)
		return memory_u64(memory, address, value);
	ret = size == 4 ? memory_u32(memory, address, &word) : memory_u8(memory, address, &byte);
	*value = word | byte;
	return ret;
}

int view_read(const struct kernel_view *view, const struct place *place, uint64_t address,
	      uint64_t *value, char **reason)
{
	uint64_t member;
	int ret = view_address(view, place, address, &member, reason);

	if (ret < 0)
		return ret;
	ret = read_number(view->memory, member, place->size, value);
	if (ret < 0)
		return could_not_tell(reason, EFAULT, "%s.%s cannot be read: %s", place->type,
				      place->path, strerror(-ret));
	return 0;
}

int view_pointer(const struct kernel_view *view, const struct place *place, uint64_t address,
		 uint64_t *value, char **reason)
{
	int ret = view_read(view, place, address, value, reason);

	if (ret >= 0 && !*value)
		return could_not_tell(reason, EFAULT, "%s.%s is NULL", place->type, place->path);
	return ret;
}

int view_enum(const struct kernel_view *view, bool in_driver, const char *name,
	      const char *enumerator, uint64_t *value, char **reason)
{
	int64_t number = 0;
	int ret = btf_enum(btf_of(view, in_driver), name, enumerator, &number, reason);

	*value = (uint64_t)number;
	return ret;
}
