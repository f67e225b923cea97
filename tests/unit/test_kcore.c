/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /proc/kcore of made-up kernels, in both byte orders, and then everything in it made wrong. */
#include "unit.h"

#include <elf.h>
#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "source/kcore.h"

#define DIRECT	UINT64_C(0xffff888000000000)
#define TEXT	UINT64_C(0xffffffff81000000)
#define VMALLOC UINT64_C(0xffffc90000000000)

/* Where things are in the file. */
enum {
	HEADERS = sizeof(Elf64_Ehdr),
	NOTES = 0x400,
	NOTES_LEN = 0x200,
	DATA = 0x1000,
	PART = 0x800,
	LEN = DATA + 4 * PART,
};

/* The segments: notes, the kernel itself, vmalloc, and two parts of the direct map, not in order. */
enum { NOTE, KERNEL, VIRTUAL, SECOND, FIRST, SEGMENTS };

/** struct file - a file in memory. @len: where it ends; @last: the last byte that was ever read */
struct file {
	unsigned char bytes[LEN];
	uint64_t len;
	uint64_t last;
	size_t note_at;
	bool is_big_endian;
};

static void put(struct file *file, size_t at, uint64_t value, size_t width)
{
	for (size_t i = 0; i < width; i++)
		file->bytes[at + (file->is_big_endian ? width - 1 - i : i)] =
			(unsigned char)(value >> 8 * i);
}

#define PUT(file, at, type, member, value) \
	put(file, (at) + offsetof(type, member), value, sizeof(((type *)NULL)->member))

static size_t header_of(size_t segment)
{
	return HEADERS + segment * sizeof(Elf64_Phdr);
}

static void put_segment(struct file *file, size_t segment, uint64_t address, uint64_t physical,
			uint64_t offset)
{
	size_t at = header_of(segment);

	PUT(file, at, Elf64_Phdr, p_type, PT_LOAD);
	PUT(file, at, Elf64_Phdr, p_vaddr, address);
	PUT(file, at, Elf64_Phdr, p_paddr, physical);
	PUT(file, at, Elf64_Phdr, p_offset, offset);
	PUT(file, at, Elf64_Phdr, p_filesz, PART);
	PUT(file, at, Elf64_Phdr, p_memsz, PART);
}

static void put_note(struct file *file, uint32_t type, const char *name, const void *content,
		     size_t len)
{
	size_t at = file->note_at;

	PUT(file, at, Elf64_Nhdr, n_type, type);
	PUT(file, at, Elf64_Nhdr, n_namesz, strlen(name) + 1);
	PUT(file, at, Elf64_Nhdr, n_descsz, len);
	at += sizeof(Elf64_Nhdr);
	memcpy(file->bytes + at, name, strlen(name) + 1);
	at += (strlen(name) + 4) & ~(size_t)3;
	memcpy(file->bytes + at, content, len);
	file->note_at = at + ((len + 3) & ~(size_t)3);
	assert_in_range(file->note_at, NOTES, NOTES + NOTES_LEN);
}

static void begin(struct file *file, bool is_big_endian)
{
	*file = (struct file){ .len = LEN, .note_at = NOTES, .is_big_endian = is_big_endian };
	memcpy(file->bytes, ELFMAG, SELFMAG);
	file->bytes[EI_CLASS] = ELFCLASS64;
	file->bytes[EI_DATA] = is_big_endian ? ELFDATA2MSB : ELFDATA2LSB;
	PUT(file, 0, Elf64_Ehdr, e_type, ET_CORE);
	PUT(file, 0, Elf64_Ehdr, e_phoff, HEADERS);
	PUT(file, 0, Elf64_Ehdr, e_phentsize, sizeof(Elf64_Phdr));
	PUT(file, 0, Elf64_Ehdr, e_phnum, SEGMENTS);
	PUT(file, header_of(NOTE), Elf64_Phdr, p_type, PT_NOTE);
	PUT(file, header_of(NOTE), Elf64_Phdr, p_offset, NOTES);
	PUT(file, header_of(NOTE), Elf64_Phdr, p_filesz, NOTES_LEN);
	put_segment(file, FIRST, DIRECT, 0, DATA);
	put_segment(file, SECOND, DIRECT + 0x10000, 0x10000, DATA + PART);
	/* The kernel is in the direct map too. */
	put_segment(file, KERNEL, TEXT, 0x10000, DATA + PART);
	put_segment(file, VIRTUAL, VMALLOC, UINT64_MAX, DATA + 3 * PART);
	put(file, DATA + 0x10, UINT64_C(0x1122334455667788), 8);
	put(file, DATA + PART + 0x20, UINT64_C(0x99aabbccddeeff00), 8);
}

static void put_notes(struct file *file)
{
	put_note(file, NT_PRSTATUS, "CORE", "12345", 5);
	put_note(file, NT_TASKSTRUCT, "OTHER", "wrong", 5);
	put_note(file, NT_TASKSTRUCT, "CORE", "my task", 7);
	put_note(file, 0, "VMCOREINFO", "OSRELEASE=6.1\nNUMBER(sme_mask)=140737488355328\nX=1\n",
		 50);
}

static int read_file(void *context, uint64_t offset, void *buffer, size_t len)
{
	struct file *file = context;

	if (offset > file->len || len > file->len - offset)
		return -ENODATA;
	if (len && offset + len - 1 > file->last)
		file->last = offset + len - 1;
	memcpy(buffer, file->bytes + offset, len);
	return 0;
}

static struct kcore *open_file(struct file *file)
{
	struct kcore *kcore;
	char *reason = NULL;

	assert_int_equal(kcore_open(read_file, file, &kcore, &reason), 0);
	assert_null(reason);
	assert_non_null(kcore);
	return kcore;
}

/* Opening fails, with a reason that has @words. */
static void assert_refused(struct file *file, const char *words)
{
	struct kcore *kcore;
	char *reason = NULL;

	assert_int_equal(kcore_open(read_file, file, &kcore, &reason), -EINVAL);
	assert_null(kcore);
	assert_non_null(reason);
	if (!strstr(reason, words))
		fail_msg("'%s' has no '%s'", reason, words);
	free(reason);
}

TEST(memory_is_found_by_both_addresses)
{
	for (int big = 0; big < 2; big++) {
		struct file file;
		struct memory memory;
		struct kcore *kcore;
		uint64_t value;

		begin(&file, big);
		kcore = open_file(&file);
		memory = kcore_memory(kcore);
		assert_int_equal(memory.is_big_endian, big);
		assert_int_equal(memory_u64(&memory, DIRECT + 0x10, &value), 0);
		assert_true(value == UINT64_C(0x1122334455667788));
		assert_int_equal(memory_physical_u64(&memory, 0x10, &value), 0);
		assert_true(value == UINT64_C(0x1122334455667788));
		assert_int_equal(memory_u64(&memory, DIRECT + 0x10020, &value), 0);
		assert_true(value == UINT64_C(0x99aabbccddeeff00));
		assert_int_equal(memory_u64(&memory, TEXT + 0x20, &value), 0);
		assert_true(value == UINT64_C(0x99aabbccddeeff00));
		assert_int_equal(memory_physical_u64(&memory, 0x10020, &value), 0);
		assert_true(value == UINT64_C(0x99aabbccddeeff00));
		kcore_close(kcore);
	}
}

TEST(nothing_but_ram_is_read)
{
	static const uint64_t addresses[] = {
		0,
		VMALLOC,
		VMALLOC + 0x10,
		DIRECT - 8,
		DIRECT - 1,
		DIRECT + PART - 7,
		DIRECT + PART,
		DIRECT + 0x10000 - 1,
		DIRECT + 0x10000 + PART,
		TEXT + PART,
		UINT64_MAX - 7,
		UINT64_MAX,
	};
	static const uint64_t physical[] = {
		PART - 7, PART, 0x10000 - 1, 0x10000 + PART, INT64_MAX, UINT64_MAX - 7, UINT64_MAX,
	};
	struct file file;
	struct memory memory;
	struct kcore *kcore;
	uint64_t value;

	begin(&file, false);
	kcore = open_file(&file);
	memory = kcore_memory(kcore);
	file.last = 0;
	for (size_t i = 0; i < COUNT(addresses); i++)
		assert_int_equal(memory_u64(&memory, addresses[i], &value), -EFAULT);
	for (size_t i = 0; i < COUNT(physical); i++)
		assert_int_equal(memory_physical_u64(&memory, physical[i], &value), -EFAULT);
	assert_int_equal(file.last, 0);
	/* The last that there is. */
	assert_int_equal(memory_u64(&memory, DIRECT + PART - 8, &value), 0);
	assert_int_equal(memory_physical_u64(&memory, PART - 8, &value), 0);
	kcore_close(kcore);
}

TEST(memory_may_be_smaller_than_a_number)
{
	struct file file;
	struct memory memory;
	struct kcore *kcore;
	uint64_t value;
	uint32_t word;

	begin(&file, false);
	PUT(&file, header_of(FIRST), Elf64_Phdr, p_filesz, 4);
	PUT(&file, header_of(FIRST), Elf64_Phdr, p_memsz, 4);
	kcore = open_file(&file);
	memory = kcore_memory(kcore);
	assert_int_equal(memory_u32(&memory, DIRECT, &word), 0);
	assert_int_equal(memory_u64(&memory, DIRECT, &value), -EFAULT);
	assert_int_equal(memory_physical_u64(&memory, 0, &value), -EFAULT);
	kcore_close(kcore);
}

TEST(wrong_headers_are_refused)
{
#define FILE_ROW(member, value, words)                                                           \
	{                                                                                        \
		offsetof(Elf64_Ehdr, member), sizeof(((Elf64_Ehdr *)NULL)->member), value, words \
	}
#define SEGMENT_ROW(segment, member, value, words)                                       \
	{                                                                                \
		HEADERS + (segment) * sizeof(Elf64_Phdr) + offsetof(Elf64_Phdr, member), \
			sizeof(((Elf64_Phdr *)NULL)->member), value, words               \
	}
	static const struct {
		size_t at;
		size_t width;
		uint64_t value;
		const char *words;
	} rows[] = {
		{ 0, 1, 0, "not a 64-bit ELF" },
		{ EI_CLASS, 1, ELFCLASS32, "not a 64-bit ELF" },
		{ EI_DATA, 1, ELFDATANONE, "not a 64-bit ELF" },
		{ EI_DATA, 1, 3, "not a 64-bit ELF" },
		FILE_ROW(e_type, ET_EXEC, "header of unknown form"),
		FILE_ROW(e_phentsize, sizeof(Elf64_Phdr) - 1, "header of unknown form"),
		FILE_ROW(e_phnum, 0, "header of unknown form"),
		FILE_ROW(e_phnum, PN_XNUM, "header of unknown form"),
		FILE_ROW(e_phnum, PN_XNUM - 1, "ends within"),
		FILE_ROW(e_phnum, 1, "no memory"),
		FILE_ROW(e_phoff, UINT64_MAX, "header of unknown form"),
		FILE_ROW(e_phoff, INT64_MAX, "header of unknown form"),
		FILE_ROW(e_phoff, LEN, "ends within"),
		SEGMENT_ROW(NOTE, p_filesz, (1u << 20) + 1, "impossible size"),
		SEGMENT_ROW(NOTE, p_filesz, 0, "impossible size"),
		SEGMENT_ROW(NOTE, p_offset, UINT64_MAX, "impossible size"),
		SEGMENT_ROW(KERNEL, p_type, PT_NOTE, "more than one part"),
		SEGMENT_ROW(FIRST, p_filesz, PART - 1, "impossible size"),
		SEGMENT_ROW(FIRST, p_memsz, PART + 1, "impossible size"),
		SEGMENT_ROW(FIRST, p_vaddr, UINT64_MAX - PART + 2, "impossible size"),
		SEGMENT_ROW(FIRST, p_paddr, UINT64_MAX - 1, "impossible size"),
		SEGMENT_ROW(FIRST, p_paddr, (uint64_t)INT64_MAX - PART + 2, "impossible size"),
		SEGMENT_ROW(FIRST, p_offset, (uint64_t)INT64_MAX - PART + 2, "impossible size"),
		SEGMENT_ROW(FIRST, p_vaddr, DIRECT + 0x10000, "overlaps"),
		SEGMENT_ROW(FIRST, p_vaddr, DIRECT + 0x10000 - PART + 1, "overlaps"),
		SEGMENT_ROW(FIRST, p_vaddr, DIRECT + 0x10000 + PART - 1, "overlaps"),
		SEGMENT_ROW(FIRST, p_vaddr, TEXT + 8, "overlaps"),
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		for (int big = 0; big < 2; big++) {
			struct file file;

			begin(&file, big);
			put(&file, rows[i].at, rows[i].value, rows[i].width);
			assert_refused(&file, rows[i].words);
		}
	}
}

TEST(segments_may_touch)
{
	struct file file;

	begin(&file, true);
	PUT(&file, header_of(FIRST), Elf64_Phdr, p_vaddr, DIRECT + 0x10000 - PART);
	kcore_close(open_file(&file));
	/* One that is at the same address has nothing to say without a physical one. */
	begin(&file, true);
	PUT(&file, header_of(VIRTUAL), Elf64_Phdr, p_vaddr, DIRECT);
	kcore_close(open_file(&file));
}

TEST(a_file_may_end_anywhere)
{
	for (uint64_t len = 0; len < header_of(SEGMENTS); len++) {
		struct file file;

		begin(&file, false);
		file.len = len;
		assert_refused(&file, len < HEADERS ? "cannot be read" : "ends within");
	}
}

TEST(notes_have_the_task_and_the_mask)
{
	for (int big = 0; big < 2; big++) {
		struct kcore_notes notes;
		struct kcore *kcore;
		struct file file;

		begin(&file, big);
		put_notes(&file);
		kcore = open_file(&file);
		assert_int_equal(kcore_read_notes(kcore, &notes, NULL), 0);
		assert_int_equal(notes.task_len, 7);
		assert_memory_equal(notes.task, "my task", 7);
		assert_true(notes.has_encryption_mask);
		assert_true(notes.encryption_mask == UINT64_C(1) << 47);
		kcore_notes_clear(&notes);
		assert_null(notes.task);
		kcore_close(kcore);
	}
}

/* Reading the notes of @file fails, with a reason that has @words. */
static void assert_notes_refused(struct file *file, const char *words)
{
	struct kcore *kcore = open_file(file);
	struct kcore_notes notes;
	char *reason = NULL;

	assert_int_equal(kcore_read_notes(kcore, &notes, &reason), -EINVAL);
	assert_non_null(reason);
	if (!strstr(reason, words))
		fail_msg("'%s' has no '%s'", reason, words);
	assert_null(notes.task);
	free(reason);
	kcore_close(kcore);
}

TEST(notes_that_cannot_be_right_are_refused)
{
	static const char *const masks[] = {
		"NUMBER(sme_mask)=0\nNUMBER(sme_mask)=0",
		"NUMBER(sme_mask)=",
		"NUMBER(sme_mask)=-1",
		"NUMBER(sme_mask)=18446744073709551616",
		"NUMBER(sme_mask)=0x8000",
	};
	struct file file;

	begin(&file, false);
	assert_notes_refused(&file, "no note of this process");
	begin(&file, false);
	PUT(&file, header_of(NOTE), Elf64_Phdr, p_type, PT_NULL);
	assert_notes_refused(&file, "no note of this process");
	begin(&file, true);
	put_notes(&file);
	put_note(&file, NT_TASKSTRUCT, "CORE", "my task", 7);
	assert_notes_refused(&file, "more than one task");
	begin(&file, true);
	put_notes(&file);
	PUT(&file, header_of(NOTE), Elf64_Phdr, p_offset, LEN - NOTES_LEN + 1);
	assert_notes_refused(&file, "ends within");
	for (size_t i = 0; i < COUNT(masks); i++) {
		begin(&file, false);
		put_note(&file, NT_TASKSTRUCT, "CORE", "my task", 7);
		put_note(&file, 0, "VMCOREINFO", masks[i], strlen(masks[i]));
		assert_notes_refused(&file, "encryption mask");
	}
}

TEST(a_kernel_may_say_nothing_of_encryption)
{
	struct kcore_notes notes;
	struct kcore *kcore;
	struct file file;

	begin(&file, false);
	put_note(&file, NT_TASKSTRUCT, "CORE", "my task", 7);
	put_note(&file, 0, "VMCOREINFO", "A=1\nXNUMBER(sme_mask)=1\n", 24);
	kcore = open_file(&file);
	assert_int_equal(kcore_read_notes(kcore, &notes, NULL), 0);
	assert_false(notes.has_encryption_mask);
	assert_true(notes.encryption_mask == 0);
	kcore_notes_clear(&notes);
	kcore_close(kcore);
}

/* The note of the task, with each of its lengths made as long as a number can be. */
TEST(a_note_does_not_reach_beyond_the_others)
{
	static const uint32_t lengths[] = { NOTES_LEN, NOTES_LEN + 1, INT32_MAX, UINT32_MAX - 3,
					    UINT32_MAX };

	for (size_t i = 0; i < COUNT(lengths); i++) {
		struct file file;

		begin(&file, false);
		put_note(&file, NT_TASKSTRUCT, "CORE", "my task", 7);
		PUT(&file, NOTES, Elf64_Nhdr, n_descsz, lengths[i]);
		assert_notes_refused(&file, "no note of this process");
		PUT(&file, NOTES, Elf64_Nhdr, n_descsz, 7);
		PUT(&file, NOTES, Elf64_Nhdr, n_namesz, lengths[i]);
		assert_notes_refused(&file, "no note of this process");
	}
}

TEST(a_flag_is_a_word_of_the_first_processor)
{
	static const struct {
		const char *cpuinfo;
		bool has;
	} rows[] = {
		{ "processor\t: 0\nflags\t\t: fpu tdx_guest vme\nbugs\t: x\n", true },
		{ "processor\t: 0\nflags\t\t: fpu tdx_guest\n", true },
		{ "processor\t: 0\nflags\t\t: tdx_guest", true },
		{ "processor\t: 0\nflags\t\t: fpu vme\nbugs\t\t: tdx_guest\n", false },
		{ "processor\t: 0\nflags\t\t: fpu tdx_guests xtdx_guest tdx_guest_\n", false },
		{ "processor\t: 0\nflags\t\t: tdx_guests tdx_guest\n", true },
		{ "processor\t: 0\nvmx flags\t: tdx_guest\n", false },
		{ "processor\t: 0\nmodel name\t: tdx_guest \nflags\t\t: fpu\n", false },
		{ "flags\t\t: tdx_guest", false },
		{ "", false },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(cpu_has_flag(rows[i].cpuinfo, "tdx_guest"), rows[i].has);
}

#define AMD_HOST  "processor\t: 0\nflags\t\t: fpu sme sev sev_es sev_snp\n"
#define AMD_GUEST "processor\t: 0\nflags\t\t: fpu hypervisor sev sev_es sev_snp\n"
#define TDX_GUEST "processor\t: 0\nflags\t\t: fpu hypervisor tdx_guest\n"
#define S390	  "vendor_id       : IBM/S390\nfeatures\t: esan3 zarch stfle msa\n"

TEST(memory_that_the_host_of_a_guest_may_not_see_is_not_read)
{
	static const struct {
		const char *prot_virt_guest;
		const char *cpuinfo;
		uint64_t mask;
		const char *protection;
		const char *encryption;
	} rows[] = {
		{ "", TDX_GUEST, 0, "this is a guest of Intel TDX, whose memory is not read",
		  NULL },
		{ "1\n", S390, 0, "this is a protected guest (s390), whose memory is not read",
		  NULL },
		{ "0\n", S390, 0, NULL, NULL },
		{ "", AMD_GUEST, UINT64_C(1) << 51, NULL,
		  "this is a guest with encrypted memory, which is not read" },
		/* A guest whose processor could, and whose memory is not. */
		{ "", AMD_GUEST, 0, NULL, NULL },
		{ "", AMD_HOST, UINT64_C(1) << 47, NULL, NULL },
		{ "", "", 0,
		  "/proc/cpuinfo cannot be read, which tells protected guests from others", NULL },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct kcore_notes notes = { .has_encryption_mask = true,
						   .encryption_mask = rows[i].mask };
		const char *protection = kcore_protection(rows[i].prot_virt_guest, rows[i].cpuinfo);
		const char *encryption = kcore_encryption(rows[i].cpuinfo, &notes);

		assert_string_equal(protection ? protection : "",
				    rows[i].protection ? rows[i].protection : "");
		assert_string_equal(encryption ? encryption : "",
				    rows[i].encryption ? rows[i].encryption : "");
	}
}

/* Wrong bytes end in an error or in memory of the file: valgrind and the sanitizers see the rest. */
TEST(any_bytes_are_borne)
{
	for (unsigned int turn = 0; turn < 3000; turn++) {
		struct random random = random_turn(turn);
		struct kcore_notes notes;
		struct kcore *kcore;
		struct file file;
		uint64_t value;

		begin(&file, random_below(&random, 2));
		put_notes(&file);
		for (unsigned int i = random_below(&random, 8); i > 0; i--)
			file.bytes[random_below(&random, NOTES + NOTES_LEN)] =
				(unsigned char)random_below(&random, 256);
		if (kcore_open(read_file, &file, &kcore, NULL) < 0)
			continue;
		for (uint64_t at = 0; at < 2 * PART; at += 8) {
			struct memory memory = kcore_memory(kcore);

			memory_u64(&memory, DIRECT + at, &value);
			memory_physical_u64(&memory, at, &value);
		}
		if (kcore_read_notes(kcore, &notes, NULL) == 0)
			kcore_notes_clear(&notes);
		kcore_close(kcore);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_found_by_both_addresses),
		cmocka_unit_test(nothing_but_ram_is_read),
		cmocka_unit_test(memory_may_be_smaller_than_a_number),
		cmocka_unit_test(wrong_headers_are_refused),
		cmocka_unit_test(segments_may_touch),
		cmocka_unit_test(a_file_may_end_anywhere),
		cmocka_unit_test(notes_have_the_task_and_the_mask),
		cmocka_unit_test(notes_that_cannot_be_right_are_refused),
		cmocka_unit_test(a_kernel_may_say_nothing_of_encryption),
		cmocka_unit_test(a_note_does_not_reach_beyond_the_others),
		cmocka_unit_test(a_flag_is_a_word_of_the_first_processor),
		cmocka_unit_test(memory_that_the_host_of_a_guest_may_not_see_is_not_read),
		cmocka_unit_test(any_bytes_are_borne),
	};

	return UNIT_RUN("kcore", tests);
}
