/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "btf.h"
#include "pagetable/btf.h"

/** struct types - the ids of what begin() builds. */
struct types {
	uint32_t u8;
	uint32_t u32;
	uint32_t u64;
	uint32_t pointer;
	uint32_t inner;
	uint32_t outer;
};

/*
 * struct inner { u32 a; u64 b; };
 * struct outer { u8 first; u32 low : 3, high : 29; union { u64 c; struct { u32 d; const inner_t in; }; };
 *                u64 *list[3]; };
 */
static struct types begin(struct built *built, bool is_big_endian)
{
	struct types t;
	uint32_t typedefed, part, both;

	built_begin(built, is_big_endian, NULL);
	t.u8 = built_int(built, "unsigned char", 1);
	t.u32 = built_int(built, "unsigned int", 4);
	t.u64 = built_int(built, "unsigned long", 8);
	t.pointer = built_pointer(built, t.u64);
	t.inner = built_struct(
		built, BTF_STRUCT, "inner", 16,
		(struct built_member[]){ { "a", t.u32, 0, 0, 0 }, { "b", t.u64, 8, 0, 0 } }, 2);
	typedefed = built_type(built, "inner_t", BTF_TYPEDEF << 24, t.inner);
	typedefed = built_type(built, NULL, BTF_CONST << 24, typedefed);
	part = built_struct(
		built, BTF_STRUCT, NULL, 24,
		(struct built_member[]){ { "d", t.u32, 0, 0, 0 }, { "in", typedefed, 8, 0, 0 } },
		2);
	both = built_struct(
		built, BTF_UNION, NULL, 24,
		(struct built_member[]){ { "c", t.u64, 0, 0, 0 }, { NULL, part, 0, 0, 0 } }, 2);
	t.outer = built_struct(built, BTF_STRUCT, "outer", 56,
			       (struct built_member[]){
				       { "first", t.u8, 0, 0, 0 },
				       { "low", t.u32, 4, 3, 0 },
				       { "high", t.u32, 4, 29, 35 },
				       { NULL, both, 8, 0, 0 },
				       { "list", built_array(built, t.pointer, 3), 32, 0, 0 },
			       },
			       5);
	return t;
}

static void check_place(const struct btf *btf, uint32_t type, const char *path, uint64_t offset,
			uint64_t size)
{
	struct btf_member member;

	assert_int_equal(btf_member(btf, type, path, &member, NULL), 0);
	assert_int_equal(member.offset, offset);
	assert_int_equal(member.size, size);
}

/* The sentence is part of the answer: people read it. */
static void check_reason(int ret, int expected, char *reason, const char *sentence)
{
	assert_int_equal(ret, expected);
	assert_non_null(reason);
	assert_string_equal(reason, sentence);
	free(reason);
}

static struct btf *open_bytes(const struct built *built, const struct btf *base)
{
	struct btf *btf;
	char *reason = NULL;

	if (btf_open(built->bytes, built->len, base, &btf, &reason) < 0)
		fail_msg("%s", reason);
	return btf;
}

static struct btf *open_built(struct built *built, const struct btf *base)
{
	built_bytes(built);
	return open_bytes(built, base);
}

static void refuse(const struct built *built, size_t len, int expected, const char *sentence)
{
	struct btf *btf;
	char *reason = NULL;
	/* Exactly so long, so that a tool sees a read behind the end. */
	_cleanup_free_ char *bytes = xmemdup(built->bytes, len);
	int ret;

	bytes = xrealloc(bytes, len ? len : 1);
	ret = btf_open(bytes, len, NULL, &btf, &reason);
	assert_null(btf);
	check_reason(ret, expected, reason, sentence);
}

static void check_order(bool is_big_endian)
{
	struct built built;
	struct types types = begin(&built, is_big_endian);
	struct btf *btf = open_built(&built, NULL);
	uint32_t found;

	assert_int_equal(btf_is_big_endian(btf), is_big_endian);
	assert_int_equal(btf_count(btf), built.n);
	assert_int_equal(btf_struct(btf, "outer", NULL, &found, NULL), 0);
	assert_int_equal(found, types.outer);
	check_place(btf, found, "first", 0, 1);
	check_place(btf, found, "c", 8, 8);
	check_place(btf, found, "d", 8, 4);
	check_place(btf, found, "in", 16, 16);
	check_place(btf, found, "in.a", 16, 4);
	check_place(btf, found, "in.b", 24, 8);
	check_place(btf, found, "list", 32, 24);
	btf_close(btf);
	built_clear(&built);
}

TEST(finds_members_in_both_byte_orders)
{
	check_order(false);
	check_order(true);
}

static void check_no_member(const struct btf *btf, uint32_t type, const char *path, int expected,
			    const char *sentence)
{
	struct btf_member member;
	char *reason = NULL;
	int ret = btf_member(btf, type, path, &member, &reason);

	check_reason(ret, expected, reason, sentence);
}

TEST(says_which_member_there_is_not)
{
	struct built built;
	struct types t = begin(&built, false);
	struct btf *btf = open_built(&built, NULL);

	check_no_member(btf, t.outer, "e", -ENOENT, "the BTF has no e in struct outer");
	check_no_member(btf, t.outer, "in.c", -ENOENT, "the BTF has no c in struct inner");
	check_no_member(btf, t.outer, "firs", -ENOENT, "the BTF has no firs in struct outer");
	check_no_member(btf, t.outer, "first.a", -ENOENT, "the BTF has a in what is not a struct");
	check_no_member(btf, t.outer, "list.a", -ENOENT, "the BTF has a in what is not a struct");
	check_no_member(btf, t.outer, "", -ENOENT, "the BTF has no  in struct outer");
	check_no_member(btf, 0, "a", -ENOENT, "the BTF has a in what is not a struct");
	check_no_member(btf, 1000, "a", -ENOENT, "the BTF has a in what is not a struct");
	check_no_member(btf, t.outer, "low", -EOPNOTSUPP, "low in struct outer is a bit-field");
	check_no_member(btf, t.outer, "high", -EOPNOTSUPP, "high in struct outer is a bit-field");
	btf_close(btf);
	built_clear(&built);
}

/* Compilers before kind_flag: an integer of its own for each bit-field. The last one ends its struct. */
TEST(refuses_bit_fields_at_odd_places)
{
	struct built built;
	struct types t = begin(&built, false);
	uint32_t bits = built_type(&built, "unsigned int", BTF_INT << 24, 4);
	uint32_t type, last;
	struct btf *btf;

	built_u32(&built, 3);
	type = built_struct(
		&built, BTF_STRUCT, "old", 4,
		(struct built_member[]){ { "bits", bits, 0, 0, 0 }, { "odd", t.u8, 0, 0, 13 } }, 2);
	last = built_struct(&built, BTF_STRUCT, "last", 8,
			    &(struct built_member){ "top", t.u64, 0, 3, 61 }, 1);
	btf = open_built(&built, NULL);
	check_no_member(btf, type, "bits", -EOPNOTSUPP, "bits in struct old is a bit-field");
	check_no_member(btf, type, "odd", -EOPNOTSUPP, "odd in struct old is a bit-field");
	check_no_member(btf, last, "top", -EOPNOTSUPP, "top in struct last is a bit-field");
	btf_close(btf);
	built_clear(&built);
}

TEST(tells_structs_of_one_name_apart)
{
	struct built built;
	struct types t = begin(&built, false);
	uint32_t found, two;
	struct btf *btf;
	char *reason = NULL;
	int ret;

	two = built_struct(&built, BTF_STRUCT, "inner", 8,
			   &(struct built_member){ "s2_cfg", t.u64, 0, 0, 0 }, 1);
	/* Neither a union nor a typedef of the name is meant. */
	built_struct(&built, BTF_UNION, "inner", 8,
		     &(struct built_member){ "s2_cfg", t.u64, 0, 0, 0 }, 1);
	built_type(&built, "inner", BTF_TYPEDEF << 24, t.u64);
	btf = open_built(&built, NULL);
	assert_int_equal(btf_struct(btf, "inner", "s2_cfg", &found, NULL), 0);
	assert_int_equal(found, two);
	assert_int_equal(btf_struct(btf, "inner", "a", &found, NULL), 0);
	assert_int_equal(found, t.inner);
	assert_int_equal(btf_struct(btf, "outer", "d", &found, NULL), 0);
	ret = btf_struct(btf, "inner", NULL, &found, &reason);
	check_reason(ret, -ENOTUNIQ, reason, "the BTF has 2 structs inner");
	reason = NULL;
	ret = btf_struct(btf, "inner", "c", &found, &reason);
	check_reason(ret, -ENOENT, reason, "the BTF has no struct inner with a member c");
	reason = NULL;
	ret = btf_struct(btf, "inne", NULL, &found, &reason);
	check_reason(ret, -ENOENT, reason, "the BTF has no struct inne");
	btf_close(btf);
	built_clear(&built);
}

TEST(refuses_a_member_that_is_there_twice)
{
	struct built built;
	struct types t = begin(&built, false);
	uint32_t part = built_struct(&built, BTF_STRUCT, NULL, 8,
				     &(struct built_member){ "x", t.u64, 0, 0, 0 }, 1);
	uint32_t type = built_struct(
		&built, BTF_STRUCT, "twice", 16,
		(struct built_member[]){ { NULL, part, 0, 0, 0 }, { NULL, part, 8, 0, 0 } }, 2);
	struct btf *btf = open_built(&built, NULL);

	check_no_member(btf, type, "x", -ENOTUNIQ, "the BTF has two x in struct twice");
	btf_close(btf);
	built_clear(&built);
}

/* Padding is an anonymous bit-field. One of an enum has no members, but enumerators. */
TEST(finds_nothing_in_padding)
{
	struct built built;
	struct types t = begin(&built, false);
	uint32_t mode = built_enum(&built, "mode", false, "x", 1);
	uint32_t type;
	struct btf *btf;

	built_u32(&built, 0); /* the vlen above is of two */
	built_u32(&built, 0);
	built_put(&built, built.types + built.types_len - 24, BTF_ENUM << 24 | 2, 4);
	type = built_struct(
		&built, BTF_STRUCT, "padded", 8,
		(struct built_member[]){ { NULL, mode, 0, 3, 0 }, { "y", t.u32, 4, 0, 0 } }, 2);
	btf = open_built(&built, NULL);
	check_place(btf, type, "y", 4, 4);
	check_no_member(btf, type, "x", -ENOENT, "the BTF has no x in struct padded");
	btf_close(btf);
	built_clear(&built);
}

TEST(refuses_a_member_beyond_its_struct)
{
	struct built built;
	struct types t = begin(&built, false);
	uint32_t type = built_struct(&built, BTF_STRUCT, "short", 12,
				     (struct built_member[]){ { "fits", t.u64, 4, 0, 0 },
							      { "beyond", t.u64, 5, 0, 0 },
							      { "none", 1000, 0, 0, 0 } },
				     3);
	struct btf *btf = open_built(&built, NULL);

	check_place(btf, type, "fits", 4, 8);
	check_no_member(btf, type, "beyond", -EINVAL, "the BTF of struct short is inconsistent");
	check_no_member(btf, type, "none", -EINVAL, "the BTF of struct short is inconsistent");
	btf_close(btf);
	built_clear(&built);
}

TEST(ends_in_loops_of_types)
{
	struct built built;
	uint32_t typedefed, nested, wide;
	struct btf *btf;

	built_begin(&built, false, NULL);
	typedefed = built_type(&built, "loop", BTF_TYPEDEF << 24, 1);
	/* It has itself as an anonymous part, and another one twice as many times at each level. */
	nested = built_struct(&built, BTF_STRUCT, "nested", 8,
			      &(struct built_member){ NULL, 2, 0, 0, 0 }, 1);
	wide = built_struct(&built, BTF_STRUCT, "wide", 8,
			    (struct built_member[]){ { NULL, 4, 0, 0, 0 }, { NULL, 4, 0, 0, 0 } },
			    2);
	for (uint32_t i = 0; i < 28; i++)
		built_struct(&built, BTF_STRUCT, NULL, 8,
			     (struct built_member[]){ { NULL, wide + i + 2, 0, 0, 0 },
						      { NULL, wide + i + 2, 0, 0, 0 } },
			     2);
	built_struct(&built, BTF_STRUCT, NULL, 8, NULL, 0);
	btf = open_built(&built, NULL);
	check_no_member(btf, typedefed, "a", -ENOENT, "the BTF has a in what is not a struct");
	check_no_member(btf, nested, "a", -EINVAL, "the BTF of struct nested is inconsistent");
	check_no_member(btf, wide, "a", -EINVAL, "the BTF of struct wide is inconsistent");
	btf_close(btf);
	built_clear(&built);
}

static void check_value(const struct btf *btf, const char *name, const char *enumerator,
			int64_t expected)
{
	int64_t value;

	assert_int_equal(btf_enum(btf, name, enumerator, &value, NULL), 0);
	assert_true(value == expected);
}

static void check_enums(bool is_big_endian)
{
	struct built built;
	struct btf *btf;
	char *reason = NULL;
	int64_t value;
	int ret;

	begin(&built, is_big_endian);
	built_enum(&built, "mode", false, "MODE_V1", 1);
	built_enum(&built, "mode", false, "MODE_LARGE", 0xffffffff);
	built_enum(&built, "mode", true, "MODE_NEGATIVE", 0xffffffff);
	built_type(&built, "wide", BTF_ENUM64 << 24 | 1, 8);
	built_u32(&built, built_string(&built, "WIDE"));
	built_u32(&built, 2);
	built_u32(&built, 3);
	built_enum(&built, "twice", false, "A", 1);
	built_enum(&built, "twice", false, "A", 1);
	btf = open_built(&built, NULL);
	check_value(btf, "mode", "MODE_V1", 1);
	check_value(btf, "mode", "MODE_LARGE", 0xffffffff);
	check_value(btf, "mode", "MODE_NEGATIVE", -1);
	check_value(btf, "wide", "WIDE", 0x300000002);
	ret = btf_enum(btf, "mode", "MODE", &value, &reason);
	check_reason(ret, -ENOENT, reason, "the BTF has no MODE in enum mode");
	reason = NULL;
	ret = btf_enum(btf, "outer", "c", &value, &reason);
	check_reason(ret, -ENOENT, reason, "the BTF has no c in enum outer");
	reason = NULL;
	ret = btf_enum(btf, "twice", "A", &value, &reason);
	check_reason(ret, -ENOTUNIQ, reason, "the BTF has 2 values A in enum twice");
	btf_close(btf);
	built_clear(&built);
}

TEST(reads_enums)
{
	check_enums(false);
	check_enums(true);
}

/* Ids and names of a module go on where those of vmlinux end. */
TEST(reads_the_types_of_a_module)
{
	struct built built, module;
	struct types t = begin(&built, true);
	struct btf *base, *btf;
	uint32_t type, found;

	built_enum(&built, "mode", false, "OF_VMLINUX", 5);
	base = open_built(&built, NULL);
	built_begin(&module, true, &built);
	type = built_struct(
		&module, BTF_STRUCT, "domain", 24,
		(struct built_member[]){ { "in", t.inner, 0, 0, 0 }, { "last", t.u64, 16, 0, 0 } },
		2);
	btf = open_built(&module, base);
	assert_int_equal(btf_struct(btf, "domain", "last", &found, NULL), 0);
	assert_int_equal(found, type);
	check_place(btf, found, "in.b", 8, 8);
	check_place(btf, found, "last", 16, 8);
	assert_int_equal(btf_struct(btf, "inner", NULL, &found, NULL), 0);
	assert_int_equal(found, t.inner);
	assert_int_equal(btf_struct(base, "domain", NULL, &found, NULL), -ENOENT);
	check_value(btf, "mode", "OF_VMLINUX", 5);
	btf_close(btf);
	btf_close(base);
	built_clear(&module);
	built_clear(&built);
}

/* If a module has its own struct of a name that vmlinux has, too, neither is certain. */
TEST(counts_structs_of_module_and_vmlinux)
{
	struct built built, module;
	struct types t = begin(&built, false);
	struct btf *base = open_built(&built, NULL), *btf;
	char *reason = NULL;
	uint32_t found;
	int ret;

	built_begin(&module, false, &built);
	built_struct(&module, BTF_STRUCT, "inner", 8, &(struct built_member){ "a", t.u64, 0, 0, 0 },
		     1);
	built_enum(&module, "mode", false, "A", 1);
	btf = open_built(&module, base);
	ret = btf_struct(btf, "inner", "a", &found, &reason);
	check_reason(ret, -ENOTUNIQ, reason, "the BTF has 2 structs inner with a member a");
	check_value(btf, "mode", "A", 1);
	btf_close(btf);
	btf_close(base);
	built_clear(&module);
	built_clear(&built);
}

TEST(refuses_a_module_of_another_kernel)
{
	struct built built, module;
	struct btf *base, *btf, *above;
	char *reason = NULL;
	int ret;

	begin(&built, false);
	base = open_built(&built, NULL);
	built_begin(&module, true, &built);
	built_bytes(&module);
	ret = btf_open(module.bytes, module.len, base, &btf, &reason);
	assert_null(btf);
	check_reason(ret, -EINVAL, reason, "the BTF of the module is of another kernel");
	built_clear(&module);
	built_begin(&module, false, &built);
	btf = open_built(&module, base);
	reason = NULL;
	ret = btf_open(module.bytes, module.len, btf, &above, &reason);
	check_reason(ret, -EINVAL, reason, "a module is the base of BTF");
	btf_close(btf);
	btf_close(base);
	built_clear(&module);
	built_clear(&built);
}

/* Every prefix is refused, or (cut in the unused end of the header) has no struct. */
TEST(refuses_bytes_that_are_cut_off)
{
	struct built built;

	begin(&built, false);
	built_bytes(&built);
	for (size_t len = 0; len < built.len; len++)
		refuse(&built, len, -EINVAL,
		       len < BTF_HEADER ? "the BTF has no header"
					: "a section of the BTF is outside of it");
	built_clear(&built);
}

/* The types may come last; then nothing is behind one that is cut off. */
TEST(refuses_a_type_that_is_cut_off_at_the_end)
{
	for (unsigned int len = 1; len < 12; len++) {
		struct built built = { .is_big_endian = len & 1 };

		built_string(&built, "");
		built_bytes(&built);
		built.bytes = xrealloc(built.bytes, built.len + len);
		memset(built.bytes + built.len, 0, len);
		built_put(&built, built.bytes + 8, 1, 4);
		built_put(&built, built.bytes + 12, len, 4);
		built_put(&built, built.bytes + 16, 0, 4);
		refuse(&built, built.len + len, -EINVAL, "the BTF is cut off in type 1");
		built_clear(&built);
	}
}

/* @at: in the bytes. Each begins with good ones. */
static void refuse_with(size_t at, uint32_t value, unsigned int width, int expected,
			const char *sentence)
{
	for (int big = 0; big < 2; big++) {
		struct built built;

		begin(&built, big);
		built_bytes(&built);
		built_put(&built, built.bytes + at, value, width);
		refuse(&built, built.len, expected, sentence);
		built_clear(&built);
	}
}

TEST(refuses_what_is_wrong_in_the_header)
{
	refuse_with(0, 0xeb9e, 2, -EINVAL, "the BTF has no header");
	refuse_with(2, 2, 1, -EOPNOTSUPP, "the BTF has unknown version 2, flags 0");
	refuse_with(3, 1, 1, -EOPNOTSUPP, "the BTF has unknown version 1, flags 0x1");
	refuse_with(4, BTF_HEADER - 1, 4, -EINVAL, "a section of the BTF is outside of it");
	refuse_with(4, UINT32_MAX, 4, -EINVAL, "a section of the BTF is outside of it");
	refuse_with(8, UINT32_MAX, 4, -EINVAL, "a section of the BTF is outside of it");
	refuse_with(12, UINT32_MAX, 4, -EINVAL, "a section of the BTF is outside of it");
	refuse_with(16, UINT32_MAX, 4, -EINVAL, "a section of the BTF is outside of it");
	refuse_with(20, UINT32_MAX, 4, -EINVAL, "a section of the BTF is outside of it");
	refuse_with(20, 0, 4, -EINVAL, "the strings of the BTF have no end");
	refuse_with(20, 3, 4, -EINVAL, "the strings of the BTF have no end");
	refuse_with(12, 11, 4, -EINVAL, "the BTF is cut off in type 1");
	refuse_with(12, 15, 4, -EINVAL, "the BTF is cut off in type 1");
}

TEST(refuses_what_is_wrong_in_a_type)
{
	refuse_with(BTF_HEADER, UINT32_MAX, 4, -EINVAL, "the name of BTF type 1 is outside of it");
	refuse_with(BTF_HEADER + 4, 0, 4, -EOPNOTSUPP, "the BTF has types of unknown kind 0");
	refuse_with(BTF_HEADER + 4, 20 << 24, 4, -EOPNOTSUPP,
		    "the BTF has types of unknown kind 20");
	refuse_with(BTF_HEADER + 4, 0x7f << 24, 4, -EOPNOTSUPP,
		    "the BTF has types of unknown kind 127");
	refuse_with(BTF_HEADER + 4, BTF_STRUCT << 24 | 0xffffff, 4, -EINVAL,
		    "the BTF is cut off in type 1");
}

TEST(refuses_names_of_members_outside)
{
	struct built built;
	struct types t = begin(&built, false);
	uint32_t type = built_struct(&built, BTF_STRUCT, "named", 8,
				     &(struct built_member){ "x", t.u64, 0, 0, 0 }, 1);
	struct btf *btf;
	char *reason = NULL;
	uint32_t found;
	int ret;

	built_put(&built, built.types + built.types_len - 12, UINT32_MAX, 4);
	btf = open_built(&built, NULL);
	check_no_member(btf, type, "x", -EINVAL, "the BTF of struct named is inconsistent");
	ret = btf_struct(btf, "named", "x", &found, &reason);
	check_reason(ret, -EINVAL, reason, "the BTF of struct named is inconsistent");
	btf_close(btf);
	built_clear(&built);
}

TEST(refuses_names_of_enumerators_outside)
{
	struct built built;
	struct btf *btf;
	char *reason = NULL;
	int64_t value;
	int ret;

	begin(&built, false);
	built_enum(&built, "mode", false, "A", 1);
	built_put(&built, built.types + built.types_len - 8, UINT32_MAX, 4);
	btf = open_built(&built, NULL);
	ret = btf_enum(btf, "mode", "A", &value, &reason);
	check_reason(ret, -EINVAL, reason, "the BTF of enum mode is inconsistent");
	btf_close(btf);
	built_clear(&built);
}

/* More than BTF_MAX_TYPE. Its ids have 20 bits. */
TEST(refuses_too_many_types)
{
	size_t n = 0x100000;
	struct built built;

	built_begin(&built, false, NULL);
	built.types_len = n * 12;
	built.types = xcalloc(n, 12);
	for (size_t i = 0; i < n; i++)
		built_put(&built, built.types + 12 * i + 4, BTF_TYPEDEF << 24, 4);
	built_bytes(&built);
	refuse(&built, built.len, -EINVAL, "the BTF has too many types");
	built_put(&built, built.bytes + 12, (n - 1) * 12, 4);
	btf_close(open_bytes(&built, NULL));
	built_clear(&built);
}

/* Bytes at random do not end the program, nor does a look-up in them. */
TEST(survives_changed_bytes)
{
	for (unsigned int turn = 0; turn < 2000; turn++) {
		struct random random = random_turn(turn);
		struct built built;
		struct types t = begin(&built, turn & 1);
		struct btf_member member;
		struct btf *btf;
		uint32_t found;

		built_bytes(&built);
		for (unsigned int i = 0; i < 1 + turn % 4; i++)
			built.bytes[random_below(&random, (unsigned int)built.len)] =
				(unsigned char)random_u64(&random);
		if (btf_open(built.bytes, built.len, NULL, &btf, NULL) == 0) {
			btf_struct(btf, "outer", "c", &found, NULL);
			if (btf_member(btf, t.outer, "in.b", &member, NULL) == 0)
				CHECK(&random, member.size <= UINT32_MAX);
		}
		btf_close(btf);
		built_clear(&built);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_members_in_both_byte_orders),
		cmocka_unit_test(says_which_member_there_is_not),
		cmocka_unit_test(refuses_bit_fields_at_odd_places),
		cmocka_unit_test(tells_structs_of_one_name_apart),
		cmocka_unit_test(refuses_a_member_that_is_there_twice),
		cmocka_unit_test(finds_nothing_in_padding),
		cmocka_unit_test(refuses_a_member_beyond_its_struct),
		cmocka_unit_test(ends_in_loops_of_types),
		cmocka_unit_test(reads_enums),
		cmocka_unit_test(reads_the_types_of_a_module),
		cmocka_unit_test(counts_structs_of_module_and_vmlinux),
		cmocka_unit_test(refuses_a_module_of_another_kernel),
		cmocka_unit_test(refuses_bytes_that_are_cut_off),
		cmocka_unit_test(refuses_a_type_that_is_cut_off_at_the_end),
		cmocka_unit_test(refuses_what_is_wrong_in_the_header),
		cmocka_unit_test(refuses_what_is_wrong_in_a_type),
		cmocka_unit_test(refuses_names_of_members_outside),
		cmocka_unit_test(refuses_names_of_enumerators_outside),
		cmocka_unit_test(refuses_too_many_types),
		cmocka_unit_test(survives_changed_bytes),
	};

	return UNIT_RUN("btf", tests);
}
