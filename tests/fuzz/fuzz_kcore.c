/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /proc/kcore, and addresses of which it has the memory or not.
 *
 * The input begins with four addresses of eight bytes; the file is the rest.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "source/kcore.h"

#define N_ADDRESSES 4

/* No offset is one that pread(2) does not take. */
static int read_bytes(void *context, uint64_t offset, void *buffer, size_t len)
{
	const struct bytes *file = context;

	MUST(offset <= INT64_MAX && len <= INT64_MAX - offset);
	if (offset > file->left || len > file->left - offset)
		return -ENODATA;
	if (len)
		memcpy(buffer, file->at + offset, len);
	return 0;
}

static void check_answer(int ret, char *reason)
{
	MUST(ret == 0 || ret == -EINVAL);
	MUST((ret == 0) == !reason);
	MUST(!reason || fuzz_is_clean(reason));
	free(reason);
}

/* Each is memory of the file, or an error. */
static void read_memory(struct kcore *kcore, uint64_t address)
{
	struct memory memory = kcore_memory(kcore);
	uint64_t value;
	int ret = memory_u64(&memory, address, &value);

	MUST(ret == 0 || ret == -EFAULT || ret == -ENODATA);
	ret = memory_physical_u64(&memory, address, &value);
	MUST(ret == 0 || ret == -EFAULT || ret == -ENODATA);
}

static void read_notes(const struct kcore *kcore, size_t len)
{
	struct kcore_notes notes;
	char *reason = NULL;
	int ret = kcore_read_notes(kcore, &notes, &reason);

	check_answer(ret, reason);
	MUST((ret == 0) == !!notes.task);
	MUST(notes.task_len < len || !notes.task);
	MUST(notes.has_encryption_mask || !notes.encryption_mask);
	kcore_notes_clear(&notes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct bytes file = { data, len };
	uint64_t addresses[N_ADDRESSES];
	struct kcore *kcore;
	char *reason = NULL;
	int ret;

	for (size_t i = 0; i < N_ADDRESSES; i++)
		addresses[i] = take_number(&file, 8);
	ret = kcore_open(read_bytes, &file, &kcore, &reason);
	MUST((ret == 0) == !!kcore);
	check_answer(ret, reason);
	if (!kcore)
		return 0;
	for (size_t i = 0; i < N_ADDRESSES; i++)
		read_memory(kcore, addresses[i]);
	read_notes(kcore, file.left);
	kcore_close(kcore);
	return 0;
}
