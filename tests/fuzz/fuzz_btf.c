/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * BTF of vmlinux and of a module, and questions about both.
 *
 * The input begins with a line of questions: STRUCT WITH PATH ENUM ENUMERATOR, "-" for no WITH. The next
 * three bytes are the length of vmlinux's BTF; the module's is the rest.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "fuzz.h"
#include "pagetable/btf.h"

#define N_WORDS 5

/* Every failure has one of the errnos that btf.h names, and a sentence; success has none. */
static void check_answer(int ret, char *reason)
{
	MUST(ret == 0 || ret == -ENOENT || ret == -ENOTUNIQ || ret == -EOPNOTSUPP ||
	     ret == -EINVAL);
	MUST((ret == 0) == !reason);
	free(reason);
}

static void ask_member(const struct btf *btf, uint32_t type, const char *path)
{
	struct btf_member member, again;
	char *reason = NULL;
	int ret = btf_member(btf, type, path, &member, &reason);

	check_answer(ret, reason);
	if (ret < 0)
		return;
	MUST(btf_member(btf, type, path, &again, NULL) == 0);
	MUST(again.offset == member.offset && again.size == member.size);
}

static void ask(const struct btf *btf, uint32_t last, char *const words[N_WORDS])
{
	const char *with = strcmp(words[1], "-") == 0 ? NULL : words[1];
	char *reason = NULL;
	uint32_t type;
	int64_t value;
	int ret = btf_struct(btf, words[0], with, &type, &reason);

	check_answer(ret, reason);
	if (ret == 0) {
		MUST(type && type <= last);
		ask_member(btf, type, words[2]);
	}
	/* Ids that the bytes name may be of any type, or of none. */
	for (type = 0; type <= last + 1 && type < 64; type++)
		ask_member(btf, type, words[2]);
	reason = NULL;
	ret = btf_enum(btf, words[3], words[4], &value, &reason);
	check_answer(ret, reason);
}

/* @line is changed. Words that are missing are empty. */
static void split(char *line, char *words[N_WORDS])
{
	static char empty[] = "";

	for (unsigned int i = 0; i < N_WORDS; i++) {
		char *word = line ? strsep(&line, " ") : NULL;

		words[i] = word ? word : empty;
	}
}

/* Not longer than they are, so that AddressSanitizer sees a read behind the end. */
static unsigned char *take_bytes(struct bytes *input, size_t *len)
{
	unsigned char *bytes;

	if (*len > input->left)
		*len = input->left;
	bytes = malloc(*len ? *len : 1);
	if (!bytes)
		abort();
	if (*len)
		memcpy(bytes, input->at, *len);
	input->at += *len;
	input->left -= *len;
	return bytes;
}

static struct btf *open_bytes(const unsigned char *bytes, size_t len, const struct btf *base)
{
	char *reason = NULL;
	struct btf *btf;
	int ret = btf_open(bytes, len, base, &btf, &reason);

	MUST((ret == 0) == !!btf);
	check_answer(ret, reason);
	return btf;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct bytes input = { data, len };
	_cleanup_free_ char *line = take_line(&input);
	size_t base_len = take_number(&input, 3), module_len = SIZE_MAX;
	_cleanup_free_ unsigned char *base_bytes = take_bytes(&input, &base_len);
	_cleanup_free_ unsigned char *module_bytes = take_bytes(&input, &module_len);
	struct btf *base, *module;
	char *words[N_WORDS];

	split(line, words);
	base = open_bytes(base_bytes, base_len, NULL);
	if (!base)
		return 0;
	MUST(btf_count(base) <= base_len / 12);
	ask(base, btf_count(base), words);
	module = open_bytes(module_bytes, module_len, base);
	if (module)
		ask(module, btf_count(base) + btf_count(module), words);
	btf_close(module);
	btf_close(base);
	return 0;
}
