/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel: fs/proc/kcore.c, read_kcore_iter(), append_kcore_note(), NT_TASKSTRUCT, VMCOREINFO_NOTE_NAME,
 *   p_paddr: 6.1, 6.12, 7.3.
 */
#include "source/kcore.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "pagetable/reason.h"

#define NOTES_MAX	(1u << 20)
#define VMCOREINFO_NAME "VMCOREINFO"
#define MASK_KEY	"NUMBER(sme_mask)="

/* Of a segment that has no physical address. */
#define NOT_PHYSICAL UINT64_MAX

/** struct segment - @size bytes of memory that begin at @offset of the file. */
struct segment {
	uint64_t address;
	uint64_t physical;
	uint64_t offset;
	uint64_t size;
};

/**
 * struct kcore - the file, open.
 * @segments: by address
 * @notes: where its @notes_len bytes of notes begin
 */
struct kcore {
	kcore_read_fn *read;
	void *context;
	bool is_big_endian;
	struct segment *segments;
	size_t count;
	uint64_t notes;
	uint64_t notes_len;
};

/* A number of the file; its header has the same form in both byte orders. */
static uint64_t get(const struct kcore *kcore, const unsigned char *at, size_t width)
{
	uint64_t value = 0;

	for (size_t i = 0; i < width; i++)
		value = value << 8 | at[kcore->is_big_endian ? i : width - 1 - i];
	return value;
}

#define GET(kcore, bytes, type, member) \
	get(kcore, (bytes) + offsetof(type, member), sizeof(((type *)NULL)->member))

/* Tell whether @len bytes from @start on can be addressed, with numbers up to @last. */
static bool is_range(uint64_t start, uint64_t len, uint64_t last)
{
	return len && start <= last && len - 1 <= last - start;
}

static int malformed(char **reason, const char *what)
{
	return could_not_tell(reason, EINVAL, "/proc/kcore %s", what);
}

static int take_notes(struct kcore *kcore, const unsigned char *header, char **reason)
{
	uint64_t offset = GET(kcore, header, Elf64_Phdr, p_offset);
	uint64_t len = GET(kcore, header, Elf64_Phdr, p_filesz);

	if (kcore->notes_len)
		return malformed(reason, "has more than one part with notes");
	if (!is_range(offset, len, INT64_MAX) || len > NOTES_MAX)
		return malformed(reason, "has notes of an impossible size");
	kcore->notes = offset;
	kcore->notes_len = len;
	return 0;
}

static int take_segment(struct kcore *kcore, const unsigned char *header, char **reason)
{
	struct segment segment = {
		.address = GET(kcore, header, Elf64_Phdr, p_vaddr),
		.physical = GET(kcore, header, Elf64_Phdr, p_paddr),
		.offset = GET(kcore, header, Elf64_Phdr, p_offset),
		.size = GET(kcore, header, Elf64_Phdr, p_memsz),
	};

	if (segment.physical == NOT_PHYSICAL || !segment.size)
		return 0;
	if (GET(kcore, header, Elf64_Phdr, p_filesz) != segment.size ||
	    !is_range(segment.address, segment.size, UINT64_MAX) ||
	    !is_range(segment.physical, segment.size, INT64_MAX) ||
	    !is_range(segment.offset, segment.size, INT64_MAX))
		return malformed(reason, "has memory of an impossible size");
	kcore->segments[kcore->count++] = segment;
	return 0;
}

static int compare_segments(const void *one, const void *other)
{
	const struct segment *a = one, *b = other;

	return a->address < b->address ? -1 : a->address > b->address;
}

/* Two segments for one address could give two answers. (The kernel itself is in the direct map too.) */
static int sort_segments(struct kcore *kcore, char **reason)
{
	qsort(kcore->segments, kcore->count, sizeof(*kcore->segments), compare_segments);
	for (size_t i = 1; i < kcore->count; i++) {
		const struct segment *before = &kcore->segments[i - 1];

		if (kcore->segments[i].address - before->address < before->size)
			return malformed(reason, "has memory that overlaps");
	}
	return kcore->count ? 0 : malformed(reason, "has no memory with physical addresses");
}

static int read_segments(struct kcore *kcore, uint64_t offset, size_t count, char **reason)
{
	size_t len = count * sizeof(Elf64_Phdr);
	_cleanup_free_ unsigned char *headers = xcalloc(count, sizeof(Elf64_Phdr));
	int ret = kcore->read(kcore->context, offset, headers, len);

	if (ret < 0)
		return malformed(reason, "ends within its headers");
	kcore->segments = xcalloc(count, sizeof(*kcore->segments));
	for (size_t i = 0; i < count && ret == 0; i++) {
		const unsigned char *header = headers + i * sizeof(Elf64_Phdr);
		uint64_t type = GET(kcore, header, Elf64_Phdr, p_type);

		if (type == PT_NOTE)
			ret = take_notes(kcore, header, reason);
		else if (type == PT_LOAD)
			ret = take_segment(kcore, header, reason);
	}
	return ret < 0 ? ret : sort_segments(kcore, reason);
}

static int read_headers(struct kcore *kcore, char **reason)
{
	unsigned char header[sizeof(Elf64_Ehdr)];
	uint64_t offset, count;

	if (kcore->read(kcore->context, 0, header, sizeof(header)) < 0)
		return malformed(reason, "cannot be read");
	if (memcmp(header, ELFMAG, SELFMAG) != 0 || header[EI_CLASS] != ELFCLASS64 ||
	    (header[EI_DATA] != ELFDATA2LSB && header[EI_DATA] != ELFDATA2MSB))
		return malformed(reason, "is not a 64-bit ELF file");
	kcore->is_big_endian = header[EI_DATA] == ELFDATA2MSB;
	offset = GET(kcore, header, Elf64_Ehdr, e_phoff);
	count = GET(kcore, header, Elf64_Ehdr, e_phnum);
	/* PN_XNUM: the number would be in a section, and kcore has none. */
	if (GET(kcore, header, Elf64_Ehdr, e_type) != ET_CORE || !count || count == PN_XNUM ||
	    GET(kcore, header, Elf64_Ehdr, e_phentsize) != sizeof(Elf64_Phdr) ||
	    !is_range(offset, count * sizeof(Elf64_Phdr), INT64_MAX))
		return malformed(reason, "has a header of unknown form");
	return read_segments(kcore, offset, count, reason);
}

int kcore_open(kcore_read_fn *read, void *context, struct kcore **kcore, char **reason)
{
	struct kcore *opened = xcalloc(1, sizeof(*opened));
	int ret;

	opened->read = read;
	opened->context = context;
	ret = read_headers(opened, reason);
	if (ret < 0) {
		kcore_close(opened);
		opened = NULL;
	}
	*kcore = opened;
	return ret;
}

void kcore_close(struct kcore *kcore)
{
	if (!kcore)
		return;
	free(kcore->segments);
	free(kcore);
}

/* Tell whether @len bytes at @address are in memory that begins at @start. */
static bool holds(uint64_t start, uint64_t size, uint64_t address, size_t len)
{
	return address >= start && len <= size && address - start <= size - len;
}

static int read_virtual(void *context, uint64_t address, void *buffer, size_t len)
{
	const struct kcore *kcore = context;

	for (size_t i = 0; i < kcore->count; i++) {
		const struct segment *segment = &kcore->segments[i];

		if (holds(segment->address, segment->size, address, len))
			return kcore->read(kcore->context,
					   segment->offset + (address - segment->address), buffer,
					   len);
	}
	return -EFAULT;
}

static int read_physical(void *context, uint64_t address, void *buffer, size_t len)
{
	const struct kcore *kcore = context;

	for (size_t i = 0; i < kcore->count; i++) {
		const struct segment *segment = &kcore->segments[i];

		if (holds(segment->physical, segment->size, address, len))
			return kcore->read(kcore->context,
					   segment->offset + (address - segment->physical), buffer,
					   len);
	}
	return -EFAULT;
}

struct memory kcore_memory(struct kcore *kcore)
{
	return (struct memory){
		.read = read_virtual,
		.read_physical = read_physical,
		.context = kcore,
		.is_big_endian = kcore->is_big_endian,
	};
}

/** struct note - a note in memory. */
struct note {
	uint64_t type;
	const unsigned char *name;
	size_t name_len;
	const unsigned char *content;
	size_t len;
};

/* Take the note at *@at, and move on. Return: false at the end, and for what is none. */
static bool next_note(const struct kcore *kcore, const unsigned char *notes, size_t *at,
		      struct note *note)
{
	const unsigned char *header = notes + *at;
	size_t left = kcore->notes_len - *at;
	uint64_t name_room, room;

	if (left < sizeof(Elf64_Nhdr))
		return false;
	note->type = GET(kcore, header, Elf64_Nhdr, n_type);
	note->name_len = GET(kcore, header, Elf64_Nhdr, n_namesz);
	note->len = GET(kcore, header, Elf64_Nhdr, n_descsz);
	name_room = ((uint64_t)note->name_len + 3) & ~UINT64_C(3);
	room = ((uint64_t)note->len + 3) & ~UINT64_C(3);
	left -= sizeof(Elf64_Nhdr);
	/* The kernel leaves room behind the last one, which has no name. */
	if (!note->name_len || name_room > left || room > left - name_room)
		return false;
	note->name = header + sizeof(Elf64_Nhdr);
	note->content = note->name + name_room;
	*at += sizeof(Elf64_Nhdr) + (size_t)(name_room + room);
	return true;
}

static bool is_called(const struct note *note, const char *name)
{
	return note->name_len == strlen(name) + 1 && memcmp(note->name, name, note->name_len) == 0;
}

/*
 * VMCOREINFO is lines of text; one may tell the mask, which is 0 where memory is not encrypted.
 *
 * Kernel: arch/x86/kernel/crash_core_64.c, sme_mask: 6.1.
 * Kernel: arch/x86/kernel/vmcore_info_64.c, sme_mask: 6.12, 7.3.
 */
static int take_mask(const struct note *note, struct kcore_notes *notes, char **reason)
{
	_cleanup_free_ char *text = xstrndup((const char *)note->content, note->len);
	char *line, *rest = text;

	while ((line = strsep(&rest, "\n"))) {
		if (!text_starts(line, MASK_KEY))
			continue;
		if (notes->has_encryption_mask ||
		    text_to_u64(line + strlen(MASK_KEY), 10, &notes->encryption_mask) < 0)
			return malformed(reason, "has an invalid encryption mask");
		notes->has_encryption_mask = true;
	}
	return 0;
}

static int take_note(const struct note *note, struct kcore_notes *notes, char **reason)
{
	if (is_called(note, VMCOREINFO_NAME))
		return take_mask(note, notes, reason);
	if (note->type != NT_TASKSTRUCT || !is_called(note, "CORE"))
		return 0;
	if (notes->task)
		return malformed(reason, "has more than one task");
	notes->task = (unsigned char *)xmemdup(note->content, note->len);
	notes->task_len = note->len;
	return 0;
}

int kcore_read_notes(const struct kcore *kcore, struct kcore_notes *notes, char **reason)
{
	_cleanup_free_ unsigned char *bytes = xcalloc(1, kcore->notes_len + 1);
	struct note note;
	size_t at = 0;
	int ret;

	*notes = (struct kcore_notes){ 0 };
	ret = kcore->read(kcore->context, kcore->notes, bytes, kcore->notes_len);
	if (ret < 0)
		return malformed(reason, "ends within its notes");
	while (ret == 0 && next_note(kcore, bytes, &at, &note))
		ret = take_note(&note, notes, reason);
	if (ret == 0 && !notes->task)
		ret = malformed(reason, "has no note of this process");
	if (ret < 0)
		kcore_notes_clear(notes);
	return ret;
}

void kcore_notes_clear(struct kcore_notes *notes)
{
	free(notes->task);
	*notes = (struct kcore_notes){ 0 };
}

bool cpu_has_flag(const char *cpuinfo, const char *flag)
{
	const char *line = strstr(cpuinfo, "\nflags\t");
	const char *end = line ? strchrnul(line + 1, '\n') : NULL;
	size_t len = strlen(flag);

	for (const char *at = line; at && (at = strstr(at, flag)) && at < end; at += len) {
		if (at[-1] == ' ' && strchr(" \n", at[len]))
			return true;
	}
	return false;
}

/*
 * How that ends is not known.
 *
 * Kernel: arch/x86/include/asm/cpufeatures.h, X86_FEATURE_TDX_GUEST; arch/s390/kernel/uv.c,
 *   prot_virt_guest: 6.1, 6.12, 7.3.
 */
const char *kcore_protection(const char *prot_virt_guest, const char *cpuinfo)
{
	if (!*cpuinfo)
		return "/proc/cpuinfo cannot be read, which tells protected guests from others";
	if (*prot_virt_guest == '1')
		return "this is a protected guest (s390), whose memory is not read";
	if (cpu_has_flag(cpuinfo, "tdx_guest"))
		return "this is a guest of Intel TDX, whose memory is not read";
	return NULL;
}

/*
 * Kernel: arch/x86/mm/mem_encrypt_identity.c, sme_me_mask: 6.1, 6.12.
 * Kernel: arch/x86/boot/startup/sme.c, sme_me_mask: 7.3.
 *
 * In an encrypted guest the bit is in the kernel's own page tables, and what is in those of an IOMMU that it
 * was given is not known.
 */
const char *kcore_encryption(const char *cpuinfo, const struct kcore_notes *notes)
{
	return notes->encryption_mask && cpu_has_flag(cpuinfo, "hypervisor")
		       ? "this is a guest with encrypted memory, which is not read"
		       : NULL;
}
