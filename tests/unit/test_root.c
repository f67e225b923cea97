/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way from this process to the page table of a group, over the memory of made-up kernels: one for each
 * driver of an IOMMU and each layout of its structs. Then everything that the way depends on is made wrong.
 */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "btf.h"
#include "pagetable/group.h"
#include "pagetable/pair.h"
#include "pagetable/root.h"
#include "pagetable/whole.h"

#define DIRECT	 UINT64_C(0xffff888000000000) /* where physical address 0 is mapped */
#define RAM	 0x80000
#define GROUP	 27
#define PID	 4711
#define FD	 9
#define INODE	 UINT64_C(0x1234)
#define IOVA	 UINT64_C(0x40000000)
#define PHYSICAL UINT64_C(0x7f000000)

/* Physical addresses of the objects. */
enum {
	FILES = 0x1000,
	FDT = 0x1200,
	FD_ARRAY = 0x1400,
	FILE_OBJECT = 0x1800,
	INODE_OBJECT = 0x1a00,
	NODE = 0x1e00,
	NAME = 0x2000,
	GROUP_OBJECT = 0x2200,
	OUTER = 0x3000,
	OTHER = 0x4000,
	TABLES = 0x20000,
	TABLE_LEN = 0x4000,
};

/**
 * struct row - a struct (@member is NULL, @size its size), a member of the struct above it, or an enumerator.
 * @of: type of an embedded struct; "enum": an enumerator whose value is @offset
 */
struct row {
	const char *type;
	const char *member;
	uint32_t offset;
	uint32_t size;
	const char *of;
};

#define ENUM(type, name, value)              \
	{                                    \
		type, name, value, 4, "enum" \
	}

static const struct row core[] = {
	{ "rb_node", NULL, 0, 24, NULL },
	{ "rb_node", "__rb_parent_color", 0, 8, NULL },
	{ "rb_node", "rb_right", 8, 8, NULL },
	{ "rb_node", "rb_left", 16, 8, NULL },
	{ "task_struct", NULL, 0, 512, NULL },
	{ "task_struct", "pid", 296, 4, NULL },
	{ "task_struct", "tgid", 300, 4, NULL },
	{ "task_struct", "fs", 392, 8, NULL },
	{ "task_struct", "files", 400, 8, NULL },
	{ "files_struct", NULL, 0, 256, NULL },
	{ "files_struct", "count", 0, 4, NULL },
	{ "files_struct", "fdt", 32, 8, NULL },
	{ "fdtable", NULL, 0, 56, NULL },
	{ "fdtable", "max_fds", 0, 4, NULL },
	{ "fdtable", "fd", 8, 8, NULL },
	{ "fdtable", "close_on_exec", 16, 8, NULL },
	{ "file", NULL, 0, 184, NULL },
	{ "file", "f_op", 24, 8, NULL },
	{ "file", "f_inode", 32, 8, NULL },
	{ "inode", NULL, 0, 616, NULL },
	{ "inode", "i_ino", 64, 8, NULL },
	{ "inode", "i_private", 608, 8, NULL },
	{ "kernfs_node", NULL, 0, 128, NULL },
	{ "kernfs_node", "id", 96, 8, NULL },
	{ "kernfs_node", "priv", 104, 8, NULL },
	{ "kobject", NULL, 0, 64, NULL },
	{ "kobject", "name", 0, 8, NULL },
	{ "kobject", "sd", 48, 8, NULL },
	{ "iommu_group", NULL, 0, 216, NULL },
	{ "iommu_group", "kobj", 0, 64, "kobject" },
	{ "iommu_group", "id", 152, 4, NULL },
	{ "iommu_group", "default_domain", 160, 8, NULL },
	{ "iommu_group", "blocking_domain", 168, 8, NULL },
	{ "iommu_group", "domain", 176, 8, NULL },
	{ "iommu_domain_geometry", NULL, 0, 24, NULL },
	{ "iommu_domain_geometry", "aperture_start", 0, 8, NULL },
	{ "iommu_domain_geometry", "aperture_end", 8, 8, NULL },
	{ "iommu_domain", NULL, 0, 120, NULL },
	{ "iommu_domain", "type", 0, 4, NULL },
	{ "iommu_domain", "ops", 8, 8, NULL },
	{ "iommu_domain", "pgsize_bitmap", 40, 8, NULL },
	{ "iommu_domain", "geometry", 48, 24, "iommu_domain_geometry" },
};

#define PT_ROWS                                                                               \
	{ "pt_common", NULL, 0, 16, NULL }, { "pt_common", "top_of_table", 0, 8, NULL },      \
		{ "pt_common", "max_oasz_lg2", 8, 1, NULL },                                  \
		{ "pt_common", "max_vasz_lg2", 9, 1, NULL },                                  \
		{ "pt_common", "features", 12, 4, NULL }, { "pt_x86_64", NULL, 0, 16, NULL }, \
		{ "pt_x86_64", "common", 0, 16, "pt_common" },                                \
		{ "pt_iommu_x86_64", NULL, 0, 160, NULL },                                    \
		{ "pt_iommu_x86_64", "x86_64_pt", 144, 16, "pt_x86_64" },                     \
		ENUM("pt_features", "PT_FEAT_DYNAMIC_TOP", 2),                                \
		ENUM("pt_features", "PT_FEAT_SIGN_EXTEND", 3)

#define IO_ROWS                                                                                    \
	{ "io_pgtable_cfg", NULL, 0, 64, NULL },                                                   \
		{ "io_pgtable_cfg", "pgsize_bitmap", 8, 8, NULL },                                 \
		{ "io_pgtable_cfg", "ias", 16, 4, NULL },                                          \
		{ "io_pgtable_cfg", "oas", 20, 4, NULL }, { "io_pgtable_ops", NULL, 0, 40, NULL }, \
		{ "io_pgtable", NULL, 0, 120, NULL }, { "io_pgtable", "fmt", 0, 4, NULL },         \
		{ "io_pgtable", "cookie", 8, 8, NULL },                                            \
		{ "io_pgtable", "cfg", 16, 64, "io_pgtable_cfg" },                                 \
		{ "io_pgtable", "ops", 80, 40, "io_pgtable_ops" },                                 \
		ENUM("io_pgtable_fmt", "ARM_64_LPAE_S1", 2),                                       \
		ENUM("io_pgtable_fmt", "ARM_64_LPAE_S2", 3),                                       \
		ENUM("io_pgtable_fmt", "AMD_IOMMU_V1", 5),                                         \
		ENUM("io_pgtable_fmt", "AMD_IOMMU_V2", 6)

#define PD_MODES                                         \
	ENUM("protection_domain_mode", "PD_MODE_V1", 1), \
		ENUM("protection_domain_mode", "PD_MODE_V2", 2)

static const struct row amd_7_3[] = {
	PT_ROWS,
	{ "pt_amdv1", NULL, 0, 16, NULL },
	{ "pt_amdv1", "common", 0, 16, "pt_common" },
	{ "pt_iommu_amdv1", NULL, 0, 160, NULL },
	{ "pt_iommu_amdv1", "amdpt", 144, 16, "pt_amdv1" },
	{ "protection_domain", NULL, 0, 320, NULL },
	{ "protection_domain", "domain", 0, 120, "iommu_domain" },
	{ "protection_domain", "amdv1", 0, 160, "pt_iommu_amdv1" },
	{ "protection_domain", "amdv2", 0, 160, "pt_iommu_x86_64" },
	{ "protection_domain", "id", 180, 4, NULL },
	{ "protection_domain", "pd_mode", 184, 4, NULL },
	PD_MODES,
};

static const struct row amd_6_12[] = {
	IO_ROWS,
	{ "amd_io_pgtable", NULL, 0, 152, NULL },
	{ "amd_io_pgtable", "pgtbl", 8, 120, "io_pgtable" },
	{ "amd_io_pgtable", "mode", 128, 4, NULL },
	{ "amd_io_pgtable", "root", 136, 8, NULL },
	{ "amd_io_pgtable", "pgd", 144, 8, NULL },
	{ "protection_domain", NULL, 0, 400, NULL },
	{ "protection_domain", "domain", 16, 120, "iommu_domain" },
	{ "protection_domain", "iop", 136, 152, "amd_io_pgtable" },
	{ "protection_domain", "id", 292, 4, NULL },
	{ "protection_domain", "pd_mode", 296, 4, NULL },
	PD_MODES,
};

static const struct row amd_6_1[] = {
	IO_ROWS,
	{ "amd_io_pgtable", NULL, 0, 216, NULL },
	{ "amd_io_pgtable", "iop", 64, 120, "io_pgtable" },
	{ "amd_io_pgtable", "mode", 184, 4, NULL },
	{ "amd_io_pgtable", "root", 192, 8, NULL },
	{ "amd_io_pgtable", "pgd", 208, 8, NULL },
	{ "protection_domain", NULL, 0, 400, NULL },
	{ "protection_domain", "domain", 16, 120, "iommu_domain" },
	{ "protection_domain", "iop", 136, 216, "amd_io_pgtable" },
};

static const struct row intel_7_3[] = {
	PT_ROWS,
	{ "pt_vtdss", NULL, 0, 16, NULL },
	{ "pt_vtdss", "common", 0, 16, "pt_common" },
	{ "pt_iommu_vtdss", NULL, 0, 160, NULL },
	{ "pt_iommu_vtdss", "vtdss_pt", 144, 16, "pt_vtdss" },
	{ "dmar_domain", NULL, 0, 400, NULL },
	{ "dmar_domain", "domain", 0, 120, "iommu_domain" },
	{ "dmar_domain", "fspt", 0, 160, "pt_iommu_x86_64" },
	{ "dmar_domain", "sspt", 0, 160, "pt_iommu_vtdss" },
};

static const struct row intel_6_12[] = {
	{ "dmar_domain", NULL, 0, 304, NULL },
	{ "dmar_domain", "iommu_superpage", 96, 4, NULL },
	{ "dmar_domain", "pgd", 104, 8, NULL },
	{ "dmar_domain", "gaw", 112, 4, NULL },
	{ "dmar_domain", "agaw", 116, 4, NULL },
	{ "dmar_domain", "max_addr", 120, 8, NULL },
	{ "dmar_domain", "domain", 160, 120, "iommu_domain" },
};

static const struct row smmu[] = {
	IO_ROWS,
	{ "arm_lpae_io_pgtable", NULL, 0, 144, NULL },
	{ "arm_lpae_io_pgtable", "iop", 0, 120, "io_pgtable" },
	{ "arm_lpae_io_pgtable", "pgd_bits", 120, 4, NULL },
	{ "arm_lpae_io_pgtable", "start_level", 124, 4, NULL },
	{ "arm_lpae_io_pgtable", "bits_per_level", 128, 4, NULL },
	{ "arm_lpae_io_pgtable", "pgd", 136, 8, NULL },
	/* That of the driver for SMMUv2, which comes second so that the first is not just taken. */
	{ "arm_smmu_domain", NULL, 0, 320, NULL },
	{ "arm_smmu_domain", "smmu", 0, 8, NULL },
	{ "arm_smmu_domain", "pgtbl_ops", 48, 8, NULL },
	{ "arm_smmu_domain", "s2_cfg", 80, 4, NULL },
	{ "arm_smmu_domain", "domain", 128, 120, "iommu_domain" },
	{ "arm_smmu_domain/v2", NULL, 0, 320, NULL },
	{ "arm_smmu_domain/v2", "pgtbl_ops", 8, 8, NULL },
	{ "arm_smmu_domain/v2", "domain", 64, 120, "iommu_domain" },
};

static const struct row zpci_7_3[] = {
	{ "s390_domain", NULL, 0, 256, NULL },
	{ "s390_domain", "domain", 0, 120, "iommu_domain" },
	{ "s390_domain", "dma_table", 200, 8, NULL },
	{ "s390_domain", "origin_type", 240, 1, NULL },
};

static const struct row zpci_6_1[] = {
	{ "s390_domain", NULL, 0, 256, NULL },
	{ "s390_domain", "domain", 0, 120, "iommu_domain" },
	{ "s390_domain", "dma_table", 136, 8, NULL },
};

static const struct row virtio[] = {
	{ "interval_tree_node", NULL, 0, 48, NULL },
	{ "interval_tree_node", "rb", 0, 24, "rb_node" },
	{ "interval_tree_node", "start", 24, 8, NULL },
	{ "interval_tree_node", "last", 32, 8, NULL },
	{ "interval_tree_node", "__subtree_last", 40, 8, NULL },
	{ "viommu_mapping", NULL, 0, 64, NULL },
	{ "viommu_mapping", "paddr", 0, 8, NULL },
	{ "viommu_mapping", "iova", 8, 48, "interval_tree_node" },
	{ "viommu_mapping", "flags", 56, 4, NULL },
	{ "rb_root", NULL, 0, 8, NULL },
	{ "rb_root", "rb_node", 0, 8, NULL },
	{ "rb_root_cached", NULL, 0, 16, NULL },
	{ "rb_root_cached", "rb_root", 0, 8, "rb_root" },
	{ "rb_root_cached", "rb_leftmost", 8, 8, NULL },
	{ "viommu_domain", NULL, 0, 200, NULL },
	{ "viommu_domain", "domain", 0, 120, "iommu_domain" },
	{ "viommu_domain", "viommu", 120, 8, NULL },
	{ "viommu_domain", "mappings", 160, 16, "rb_root_cached" },
	{ "viommu_domain", "nr_endpoints", 176, 8, NULL },
};

/**
 * struct wrong - what is made wrong.
 * @row: number of a row, of the core and then of the driver
 * @delta: added to the offset, or to the value of an enumerator
 * @is_narrow: the member has one byte
 */
struct wrong {
	size_t row;
	int delta;
	bool is_missing;
	bool is_twice;
	bool is_narrow;
};

#define NOTHING_WRONG ((struct wrong){ .row = SIZE_MAX })

struct kernel;

/**
 * struct variant - a kernel and its IOMMU.
 * @bits: of the bus addresses in its domain
 * @is_module: its driver is one
 * @fill: writes the driver's objects and the page table
 * @answer: entries of a pair of pages
 */
struct variant {
	const char *name;
	enum iommu_kind kind;
	const struct row *rows;
	size_t n_rows;
	unsigned int bits;
	bool is_big_endian;
	bool is_module;
	void (*fill)(struct kernel *kernel);
	struct table_root root;
	enum pair_answer answer;
};

/** struct kernel - a made-up kernel. @junk: fills what nothing is written to */
struct kernel {
	const struct variant *variant;
	struct built built;
	struct built module;
	struct btf *btf;
	struct btf *module_btf;
	struct memory memory;
	struct kernel_view view;
	struct own_task task;
	unsigned char own[512];
	unsigned char ram[RAM];
};

/* Memory */

static int read_physical(void *context, uint64_t address, void *buffer, size_t len)
{
	const struct kernel *kernel = context;

	if (address > RAM || len > RAM - address)
		return -EFAULT;
	memcpy(buffer, kernel->ram + address, len);
	return 0;
}

static int read_virtual(void *context, uint64_t address, void *buffer, size_t len)
{
	return address < DIRECT ? -EFAULT : read_physical(context, address - DIRECT, buffer, len);
}

static void put(struct kernel *kernel, uint64_t at, unsigned int size, uint64_t value)
{
	assert_true(at + size <= RAM);
	built_put(&kernel->built, kernel->ram + at, value, size);
}

/* Layouts */

static const struct row *row_at(const struct variant *variant, size_t i)
{
	if (i < COUNT(core))
		return &core[i];
	return i - COUNT(core) < variant->n_rows ? &variant->rows[i - COUNT(core)] : NULL;
}

/* The member that @path names, whose offset is in the outermost struct. */
static struct row find_row(const struct variant *variant, const char *type, const char *path)
{
	size_t len = strcspn(path, ".");

	for (size_t i = 0; row_at(variant, i); i++) {
		const struct row *row = row_at(variant, i);
		struct row found = *row;

		if (strcmp(row->type, type) != 0 || !row->member || strlen(row->member) != len ||
		    strncmp(row->member, path, len) != 0)
			continue;
		if (path[len]) {
			found = find_row(variant, row->of, path + len + 1);
			found.offset += row->offset;
		}
		return found;
	}
	fail_msg("the test has no %s.%s", type, path);
	return core[0];
}

static void set(struct kernel *kernel, uint64_t object, const char *type, const char *path,
		uint64_t value)
{
	struct row row = find_row(kernel->variant, type, path);

	put(kernel, object + row.offset, row.size, value);
}

static uint64_t offset_in(const struct kernel *kernel, const char *type, const char *path)
{
	return find_row(kernel->variant, type, path).offset;
}

/** struct names - ids of the structs that were built. */
struct names {
	const char *type[64];
	uint32_t id[64];
	size_t n;
};

static uint32_t id_of(const struct names *names, const struct row *row)
{
	const char *name = row->of;

	if (!name)
		name = row->size == 8 ? "u64" : row->size == 4 ? "u32" : "u8";
	for (size_t i = 0; i < names->n; i++) {
		if (strcmp(names->type[i], name) == 0)
			return names->id[i];
	}
	fail_msg("the test has no struct %s", name);
	return 0;
}

static void add_name(struct names *names, const char *type, uint32_t id)
{
	assert_true(names->n < COUNT(names->type));
	names->type[names->n] = type;
	names->id[names->n++] = id;
}

/* The struct at @rows; those behind it are its members. Return: how many rows there are. */
static size_t build_struct(struct built *built, struct names *names, const struct row *rows,
			   size_t left, size_t first, struct wrong wrong)
{
	_cleanup_free_ char *name = xstrndup(rows->type, strcspn(rows->type, "/"));
	struct built_member members[16];
	size_t n = 0;

	while (n + 1 < left && rows[n + 1].member && strcmp(rows[n + 1].type, rows->type) == 0) {
		const struct row *row = &rows[n + 1];
		bool is_wrong = first + n + 1 == wrong.row;

		assert_true(n < COUNT(members));
		members[n] = (struct built_member){ row->member, id_of(names, row), row->offset, 0,
						    0 };
		if (is_wrong && wrong.is_missing)
			members[n].name = "gone";
		if (is_wrong)
			members[n].offset += (uint32_t)wrong.delta;
		if (is_wrong && wrong.is_narrow)
			members[n].type = names->id[0];
		n++;
	}
	if (first == wrong.row && wrong.is_missing) {
		free(name);
		name = xstrdup("gone");
	}
	add_name(names, rows->type, built_struct(built, BTF_STRUCT, name, rows->size, members, n));
	if (first == wrong.row && wrong.is_twice)
		built_struct(built, BTF_STRUCT, name, rows->size, members, n);
	return n + 1;
}

/* @first: number of the first row, as in struct wrong */
static void build_rows(struct built *built, struct names *names, const struct row *rows, size_t n,
		       size_t first, struct wrong wrong)
{
	for (size_t i = 0; i < n;) {
		bool is_wrong = first + i == wrong.row;

		if (!rows[i].of || strcmp(rows[i].of, "enum") != 0) {
			i += build_struct(built, names, rows + i, n - i, first + i, wrong);
			continue;
		}
		built_enum(built, rows[i].type, false,
			   is_wrong && wrong.is_missing ? "GONE" : rows[i].member,
			   rows[i].offset + (is_wrong ? (uint32_t)wrong.delta : 0));
		if (is_wrong && wrong.is_twice)
			built_enum(built, rows[i].type, false, rows[i].member, rows[i].offset);
		i++;
	}
}

static struct btf *open_built(struct built *built, const struct btf *base)
{
	struct btf *btf;
	char *reason = NULL;

	built_bytes(built);
	if (btf_open(built->bytes, built->len, base, &btf, &reason) < 0)
		fail_msg("%s", reason);
	return btf;
}

static void close_types(struct kernel *kernel)
{
	btf_close(kernel->module_btf);
	btf_close(kernel->btf);
	built_clear(&kernel->module);
	built_clear(&kernel->built);
}

static void build_types(struct kernel *kernel, struct wrong wrong)
{
	const struct variant *variant = kernel->variant;
	struct built *built = &kernel->built;
	struct names names = { .n = 0 };

	close_types(kernel);
	kernel->module = (struct built){ 0 };
	kernel->module_btf = NULL;
	built_begin(built, variant->is_big_endian, NULL);
	add_name(&names, "u8", built_int(built, "unsigned char", 1));
	add_name(&names, "u32", built_int(built, "unsigned int", 4));
	add_name(&names, "u64", built_int(built, "unsigned long", 8));
	build_rows(built, &names, core, COUNT(core), 0, wrong);
	if (variant->is_module) {
		built_begin(&kernel->module, variant->is_big_endian, built);
		built = &kernel->module;
	}
	build_rows(built, &names, variant->rows, variant->n_rows, COUNT(core), wrong);
	kernel->btf = open_built(&kernel->built, NULL);
	if (variant->is_module)
		kernel->module_btf = open_built(&kernel->module, kernel->btf);
	kernel->view.vmlinux = kernel->btf;
	kernel->view.driver = kernel->module_btf;
}

/* Objects */

static const char *domain_owner(const struct variant *variant)
{
	switch (variant->kind) {
	case IOMMU_AMD:
		return "protection_domain";
	case IOMMU_INTEL:
		return "dmar_domain";
	case IOMMU_SMMU:
		return "arm_smmu_domain";
	case IOMMU_ZPCI:
		return "s390_domain";
	default:
		return "viommu_domain";
	}
}

static void set_domain(struct kernel *kernel, const char *path, uint64_t value)
{
	set(kernel, OUTER + offset_in(kernel, domain_owner(kernel->variant), "domain"),
	    "iommu_domain", path, value);
}

static void set_outer(struct kernel *kernel, const char *path, uint64_t value)
{
	set(kernel, OUTER, domain_owner(kernel->variant), path, value);
}

static void fill_way(struct kernel *kernel)
{
	struct row tgid = find_row(kernel->variant, "task_struct", "tgid");
	struct row files = find_row(kernel->variant, "task_struct", "files");
	char name[8];

	snprintf(name, sizeof(name), "%d", GROUP);
	built_put(&kernel->built, kernel->own + tgid.offset, PID, 4);
	built_put(&kernel->built, kernel->own + files.offset, DIRECT + FILES, 8);
	set(kernel, FILES, "files_struct", "count", 1);
	set(kernel, FILES, "files_struct", "fdt", DIRECT + FDT);
	set(kernel, FDT, "fdtable", "max_fds", 64);
	set(kernel, FDT, "fdtable", "fd", DIRECT + FD_ARRAY);
	put(kernel, FD_ARRAY + 8 * FD, 8, DIRECT + FILE_OBJECT);
	set(kernel, FILE_OBJECT, "file", "f_inode", DIRECT + INODE_OBJECT);
	set(kernel, INODE_OBJECT, "inode", "i_ino", INODE);
	set(kernel, INODE_OBJECT, "inode", "i_private", DIRECT + NODE);
	set(kernel, NODE, "kernfs_node", "id", INODE);
	set(kernel, NODE, "kernfs_node", "priv", DIRECT + GROUP_OBJECT);
	memcpy(kernel->ram + NAME, name, sizeof(name));
	set(kernel, GROUP_OBJECT, "kobject", "name", DIRECT + NAME);
	set(kernel, GROUP_OBJECT, "kobject", "sd", DIRECT + NODE);
	set(kernel, GROUP_OBJECT, "iommu_group", "id", GROUP);
}

/* The default domain is another one: it is what a group has before VFIO takes it. */
static void fill_domain(struct kernel *kernel)
{
	unsigned int bits = kernel->variant->bits;
	uint64_t domain = OUTER + offset_in(kernel, domain_owner(kernel->variant), "domain");

	set(kernel, GROUP_OBJECT, "iommu_group", "default_domain", DIRECT + OTHER);
	set(kernel, GROUP_OBJECT, "iommu_group", "blocking_domain", 0);
	set(kernel, GROUP_OBJECT, "iommu_group", "domain", DIRECT + domain);
	set(kernel, OTHER, "iommu_domain", "type", 4);
	set_domain(kernel, "type", 1);
	set_domain(kernel, "ops", UINT64_C(0xffffffff82001230));
	set_domain(kernel, "pgsize_bitmap",
		   kernel->variant->kind == IOMMU_AMD ? 0x40203000 : 0x40201000);
	set_domain(kernel, "geometry.aperture_start", 0);
	set_domain(kernel, "geometry.aperture_end",
		   bits < 64 ? (UINT64_C(1) << bits) - 1 : UINT64_MAX);
}

/** kernel_new() - make a kernel, all of whose unused memory is @fill. */
static struct kernel *kernel_new(const struct variant *variant, int fill)
{
	struct kernel *kernel = xcalloc(1, sizeof(*kernel));

	kernel->variant = variant;
	memset(kernel->ram, fill, TABLES);
	memset(kernel->own, fill, sizeof(kernel->own));
	kernel->memory = (struct memory){ read_virtual, read_physical, kernel,
					  variant->is_big_endian };
	kernel->view.memory = &kernel->memory;
	kernel->task = (struct own_task){ kernel->own, sizeof(kernel->own), PID, FD, INODE };
	build_types(kernel, NOTHING_WRONG);
	fill_way(kernel);
	fill_domain(kernel);
	variant->fill(kernel);
	return kernel;
}

static void kernel_free(struct kernel *kernel)
{
	close_types(kernel);
	free(kernel);
}

/* Page tables: the n-th from the top is at TABLES + n * TABLE_LEN. */

static uint64_t table_at(unsigned int n)
{
	return TABLES + (uint64_t)n * TABLE_LEN;
}

/* Tables of 512 entries of 8 bytes down to the last one. @flags: of an entry that points to a table */
static uint64_t fill_levels(struct kernel *kernel, unsigned int levels, uint64_t flags,
			    bool has_level)
{
	for (unsigned int level = levels - 1; level > 0; level--) {
		unsigned int n = levels - 1 - level;
		uint64_t index = IOVA >> (12 + 9 * level) & 511;

		put(kernel, table_at(n) + 8 * index, 8,
		    table_at(n + 1) | flags | (has_level ? (uint64_t)level << 9 : 0));
	}
	return table_at(levels - 1) + 8 * (IOVA >> 12 & 511);
}

static void fill_amd_v1_table(struct kernel *kernel, unsigned int levels)
{
	uint64_t at = fill_levels(kernel, levels, UINT64_C(3) << 61 | 1, true);

	/* One entry of 8 KiB, twice. */
	put(kernel, at, 8, PHYSICAL | UINT64_C(3) << 61 | 7 << 9 | 1);
	put(kernel, at + 8, 8, PHYSICAL | UINT64_C(3) << 61 | 7 << 9 | 1);
}

static void fill_x86_table(struct kernel *kernel, unsigned int levels)
{
	uint64_t at = fill_levels(kernel, levels, 3, false);

	put(kernel, at, 8, PHYSICAL | 3);
	put(kernel, at + 8, 8, (PHYSICAL + 0x1000) | 3);
}

static void fill_amd_7_3(struct kernel *kernel, uint64_t mode, uint64_t levels, uint64_t features)
{
	set_outer(kernel, "amdv1.amdpt.common.top_of_table", (DIRECT + TABLES) | (levels - 1));
	set_outer(kernel, "amdv1.amdpt.common.max_oasz_lg2", 52);
	set_outer(kernel, "amdv1.amdpt.common.max_vasz_lg2", kernel->variant->bits);
	set_outer(kernel, "amdv1.amdpt.common.features", features);
	set_outer(kernel, "id", 2);
	set_outer(kernel, "pd_mode", mode);
}

static void fill_amd_v1_7_3(struct kernel *kernel)
{
	fill_amd_7_3(kernel, 1, 3, 1 << 2 | 1 << 5);
	fill_amd_v1_table(kernel, 3);
}

static void fill_amd_v2_7_3(struct kernel *kernel)
{
	fill_amd_7_3(kernel, 2, 4, 1 << 4);
	fill_x86_table(kernel, 4);
}

static void fill_amd_old(struct kernel *kernel, bool is_v2)
{
	bool has_mode = kernel->variant->rows == amd_6_12;
	const char *part = has_mode ? "iop.pgtbl" : "iop.iop";
	char path[32];

	snprintf(path, sizeof(path), "%s.fmt", part);
	set_outer(kernel, path, is_v2 ? 6 : 5);
	snprintf(path, sizeof(path), "%s.cookie", part);
	set_outer(kernel, path, DIRECT + OUTER);
	set_outer(kernel, "iop.mode", is_v2 ? 0 : 3);
	set_outer(kernel, "iop.root", is_v2 ? 0 : DIRECT + TABLES);
	set_outer(kernel, "iop.pgd", is_v2 ? DIRECT + TABLES : 0);
	if (!has_mode)
		return;
	set_outer(kernel, "id", 2);
	set_outer(kernel, "pd_mode", is_v2 ? 2 : 1);
}

static void fill_amd_v1_old(struct kernel *kernel)
{
	fill_amd_old(kernel, false);
	fill_amd_v1_table(kernel, 3);
}

static void fill_amd_v2_old(struct kernel *kernel)
{
	fill_amd_old(kernel, true);
	fill_x86_table(kernel, 4);
}

static void fill_intel_7_3(struct kernel *kernel, uint64_t features)
{
	set_outer(kernel, "sspt.vtdss_pt.common.top_of_table", (DIRECT + TABLES) | 3);
	set_outer(kernel, "sspt.vtdss_pt.common.max_oasz_lg2", 52);
	/* Signed addresses have a bit more. */
	set_outer(kernel, "sspt.vtdss_pt.common.max_vasz_lg2",
		  kernel->variant->bits + (features >> 3 & 1));
	set_outer(kernel, "sspt.vtdss_pt.common.features", features);
	fill_x86_table(kernel, 4);
}

static void fill_intel_second_7_3(struct kernel *kernel)
{
	fill_intel_7_3(kernel, 1 << 4);
}

static void fill_intel_first_7_3(struct kernel *kernel)
{
	fill_intel_7_3(kernel, 1 << 4 | 1 << 3);
}

static void fill_intel_old(struct kernel *kernel)
{
	set_outer(kernel, "iommu_superpage", 2);
	set_outer(kernel, "pgd", DIRECT + TABLES);
	set_outer(kernel, "gaw", 48);
	set_outer(kernel, "agaw", 2);
	set_outer(kernel, "max_addr", (UINT64_C(1) << 48) - 1);
	fill_x86_table(kernel, 4);
}

static void fill_smmu(struct kernel *kernel)
{
	const char *lpae = "arm_lpae_io_pgtable";

	set_outer(kernel, "smmu", DIRECT + 0x5000);
	set_outer(kernel, "pgtbl_ops", DIRECT + OTHER + offset_in(kernel, lpae, "iop.ops"));
	set_outer(kernel, "s2_cfg", 0);
	set(kernel, OTHER, lpae, "iop.fmt", 2);
	set(kernel, OTHER, lpae, "iop.cookie", DIRECT + OUTER);
	set(kernel, OTHER, lpae, "iop.cfg.pgsize_bitmap", 0x40201000);
	set(kernel, OTHER, lpae, "iop.cfg.ias", 48);
	set(kernel, OTHER, lpae, "iop.cfg.oas", 44);
	set(kernel, OTHER, lpae, "pgd_bits", 9);
	set(kernel, OTHER, lpae, "start_level", 0);
	set(kernel, OTHER, lpae, "bits_per_level", 9);
	set(kernel, OTHER, lpae, "pgd", DIRECT + TABLES);
	fill_x86_table(kernel, 4);
}

static void fill_zpci_table(struct kernel *kernel)
{
	uint64_t pages = table_at(2);

	/* An entry of zeros would be valid. */
	for (uint64_t at = table_at(0); at < pages; at += 8)
		put(kernel, at, 8, 0x20);
	for (unsigned int i = 0; i < 256; i++)
		put(kernel, pages + 8 * i, 8, 0x400);
	put(kernel, table_at(0) + 8 * (IOVA >> 31), 8, table_at(1) | 4 | 3);
	put(kernel, table_at(1) + 8 * (IOVA >> 20 & 2047), 8, pages);
	put(kernel, pages + 8 * (IOVA >> 12 & 255), 8, PHYSICAL);
	put(kernel, pages + 8 * (IOVA >> 12 & 255) + 8, 8, PHYSICAL + 0x1000);
}

static void fill_zpci_6_1(struct kernel *kernel)
{
	set_outer(kernel, "dma_table", DIRECT + TABLES);
	fill_zpci_table(kernel);
}

static void fill_zpci_7_3(struct kernel *kernel)
{
	set_outer(kernel, "origin_type", 4);
	fill_zpci_6_1(kernel);
}

static void put_mapping(struct kernel *kernel, uint64_t at, uint64_t start, uint64_t physical)
{
	set(kernel, at, "viommu_mapping", "paddr", physical);
	set(kernel, at, "viommu_mapping", "iova.rb.__rb_parent_color", 1);
	set(kernel, at, "viommu_mapping", "iova.rb.rb_left", 0);
	set(kernel, at, "viommu_mapping", "iova.rb.rb_right", 0);
	set(kernel, at, "viommu_mapping", "iova.start", start);
	set(kernel, at, "viommu_mapping", "iova.last", start + 0x1fff);
	set(kernel, at, "viommu_mapping", "iova.__subtree_last", start + 0x1fff);
	set(kernel, at, "viommu_mapping", "flags", 3);
}

/* The pair is the root; another mapping is before it. */
static void fill_virtio(struct kernel *kernel)
{
	uint64_t root = OTHER, left = OTHER + 0x100, node = 8;

	put_mapping(kernel, root, IOVA, PHYSICAL);
	put_mapping(kernel, left, IOVA - 0x10000, PHYSICAL + 0x800000);
	set(kernel, root, "viommu_mapping", "iova.rb.rb_left", DIRECT + left + node);
	set(kernel, left, "viommu_mapping", "iova.rb.__rb_parent_color", DIRECT + root + node);
	set_outer(kernel, "viommu", DIRECT + 0x5000);
	set_outer(kernel, "mappings.rb_root.rb_node", DIRECT + root + node);
	set_outer(kernel, "mappings.rb_leftmost", DIRECT + left + node);
	set_outer(kernel, "nr_endpoints", 1);
}

#define TOP (DIRECT + TABLES)

static const struct variant variants[] = {
	{ "AMD v1, 7.3",
	  IOMMU_AMD,
	  amd_7_3,
	  COUNT(amd_7_3),
	  64,
	  false,
	  false,
	  fill_amd_v1_7_3,
	  { .kind = TABLE_AMD_V1, .top = TOP, .levels = 3 },
	  PAIR_ONE_ENTRY },
	{ "AMD v2, 7.3",
	  IOMMU_AMD,
	  amd_7_3,
	  COUNT(amd_7_3),
	  47,
	  false,
	  false,
	  fill_amd_v2_7_3,
	  { .kind = TABLE_AMD_V2, .top = TOP, .levels = 4 },
	  PAIR_TWO_ENTRIES },
	{ "AMD v1, 6.12",
	  IOMMU_AMD,
	  amd_6_12,
	  COUNT(amd_6_12),
	  64,
	  false,
	  false,
	  fill_amd_v1_old,
	  { .kind = TABLE_AMD_V1, .top = TOP, .levels = 3 },
	  PAIR_ONE_ENTRY },
	{ "AMD v2, 6.12",
	  IOMMU_AMD,
	  amd_6_12,
	  COUNT(amd_6_12),
	  47,
	  false,
	  false,
	  fill_amd_v2_old,
	  { .kind = TABLE_AMD_V2, .top = TOP, .levels = 4 },
	  PAIR_TWO_ENTRIES },
	{ "AMD v1, 6.1",
	  IOMMU_AMD,
	  amd_6_1,
	  COUNT(amd_6_1),
	  64,
	  false,
	  false,
	  fill_amd_v1_old,
	  { .kind = TABLE_AMD_V1, .top = TOP, .levels = 3 },
	  PAIR_ONE_ENTRY },
	{ "VT-d second, 7.3",
	  IOMMU_INTEL,
	  intel_7_3,
	  COUNT(intel_7_3),
	  48,
	  false,
	  false,
	  fill_intel_second_7_3,
	  { .kind = TABLE_VTD_SECOND, .top = TOP, .levels = 4 },
	  PAIR_TWO_ENTRIES },
	{ "VT-d first, 7.3",
	  IOMMU_INTEL,
	  intel_7_3,
	  COUNT(intel_7_3),
	  47,
	  false,
	  false,
	  fill_intel_first_7_3,
	  { .kind = TABLE_VTD_FIRST, .top = TOP, .levels = 4 },
	  PAIR_TWO_ENTRIES },
	{ "VT-d first of 39 bits, 7.3",
	  IOMMU_INTEL,
	  intel_7_3,
	  COUNT(intel_7_3),
	  38,
	  false,
	  false,
	  fill_intel_first_7_3,
	  { .kind = TABLE_VTD_FIRST, .top = TOP, .levels = 4 },
	  PAIR_TWO_ENTRIES },
	{ "VT-d second of 39 bits, 7.3",
	  IOMMU_INTEL,
	  intel_7_3,
	  COUNT(intel_7_3),
	  39,
	  false,
	  false,
	  fill_intel_second_7_3,
	  { .kind = TABLE_VTD_SECOND, .top = TOP, .levels = 4 },
	  PAIR_TWO_ENTRIES },
	{ "VT-d second, 6.12",
	  IOMMU_INTEL,
	  intel_6_12,
	  COUNT(intel_6_12),
	  48,
	  false,
	  false,
	  fill_intel_old,
	  { .kind = TABLE_VTD_SECOND, .top = TOP, .levels = 4 },
	  PAIR_TWO_ENTRIES },
	{ "VT-d first, 6.12",
	  IOMMU_INTEL,
	  intel_6_12,
	  COUNT(intel_6_12),
	  47,
	  false,
	  false,
	  fill_intel_old,
	  { .kind = TABLE_VTD_FIRST, .top = TOP, .levels = 4 },
	  PAIR_TWO_ENTRIES },
	{ "SMMUv3",
	  IOMMU_SMMU,
	  smmu,
	  COUNT(smmu),
	  48,
	  false,
	  false,
	  fill_smmu,
	  { .kind = TABLE_ARM_LPAE, .top = TOP, .levels = 4, .bits_per_level = 9, .top_bits = 9 },
	  PAIR_TWO_ENTRIES },
	{ "zPCI, 7.3",
	  IOMMU_ZPCI,
	  zpci_7_3,
	  COUNT(zpci_7_3),
	  42,
	  true,
	  false,
	  fill_zpci_7_3,
	  { .kind = TABLE_ZPCI, .top = TOP, .levels = 3 },
	  PAIR_TWO_ENTRIES },
	{ "zPCI, 6.1",
	  IOMMU_ZPCI,
	  zpci_6_1,
	  COUNT(zpci_6_1),
	  33,
	  true,
	  false,
	  fill_zpci_6_1,
	  { .kind = TABLE_ZPCI, .top = TOP, .levels = 3 },
	  PAIR_TWO_ENTRIES },
	{ "virtio",
	  IOMMU_VIRTIO,
	  virtio,
	  COUNT(virtio),
	  64,
	  false,
	  true,
	  fill_virtio,
	  { .kind = TABLE_VIRTIO,
	    .top = DIRECT + OUTER + 160,
	    .tree = { 8, 16, 8, 32, 40, 48, 0 } },
	  PAIR_ONE_ENTRY },
	{ "virtio, built in",
	  IOMMU_VIRTIO,
	  virtio,
	  COUNT(virtio),
	  64,
	  false,
	  false,
	  fill_virtio,
	  { .kind = TABLE_VIRTIO,
	    .top = DIRECT + OUTER + 160,
	    .tree = { 8, 16, 8, 32, 40, 48, 0 } },
	  PAIR_ONE_ENTRY },
};

/**
 * struct told - what was found out.
 * @error: of the first step that could not tell
 * @is_counted: @tally has all entries, which no memory that is known confirms
 */
struct told {
	int error;
	char *reason;
	struct table_root root;
	enum pair_answer answer;
	bool is_counted;
	struct tally tally;
};

static bool count_all(struct kernel *kernel, const struct group_domain *domain,
		      const struct table_root *root, struct tally *tally)
{
	const struct whole whole = {
		.last = domain->last,
		.page_sizes = domain->page_sizes,
		.large = UINT64_C(2) << 20,
	};

	return whole_examine(&kernel->memory, root, &whole, tally, NULL) == 0;
}

static void tell(struct kernel *kernel, struct told *told)
{
	const struct pair pair = { IOVA, 0x1000, { PHYSICAL, PHYSICAL + 0x1000 } };
	struct pair_verdict verdict;
	struct group_domain domain;

	*told = (struct told){ 0 };
	told->error = group_domain_find(&kernel->view, &kernel->task, GROUP, &domain,
					&told->reason);
	if (told->error == 0)
		told->error = root_find(&kernel->view, kernel->variant->kind, &domain, &told->root,
					&told->reason);
	assert_true((told->error == 0) == !told->reason);
	if (told->error < 0)
		return;
	pair_examine(&kernel->memory, &told->root, &pair, &verdict);
	told->answer = verdict.answer;
	told->is_counted = count_all(kernel, &domain, &told->root, &told->tally);
}

/* The pair, and what fill_virtio() has before it. */
static uint64_t bytes_of(const struct variant *variant)
{
	return variant->kind == IOMMU_VIRTIO ? 0x4000 : 0x2000;
}

static void expect_reason(struct kernel *kernel, const char *reason)
{
	struct told told;

	tell(kernel, &told);
	assert_non_null(told.reason);
	assert_string_equal(told.reason, reason);
	free(told.reason);
}

TEST(finds_the_table_of_each_kernel)
{
	static const int fills[] = { 0, 0xff, 0x5a };

	for (size_t i = 0; i < COUNT(variants) * COUNT(fills); i++) {
		const struct variant *variant = &variants[i / COUNT(fills)];
		struct kernel *kernel = kernel_new(variant, fills[i % COUNT(fills)]);
		struct told told;

		tell(kernel, &told);
		if (told.error)
			fail_msg("%s: %s", variant->name, told.reason);
		if (memcmp(&told.root, &variant->root, sizeof(told.root)) != 0)
			fail_msg("%s: another root", variant->name);
		if (told.answer != variant->answer)
			fail_msg("%s: another answer", variant->name);
		if (!told.is_counted || told.tally.bytes != bytes_of(variant) ||
		    told.tally.bytes_scattered != told.tally.bytes)
			fail_msg("%s: other entries", variant->name);
		kernel_free(kernel);
	}
}

/* What is known from source alone is decoded in memory of a test, and not in that of a host. */
TEST(a_table_that_was_never_tried_is_refused)
{
	for (size_t i = 0; i < COUNT(variants); i++) {
		bool is_untried = variants[i].root.kind == TABLE_AMD_V2;
		char *reason = NULL;

		assert_int_equal(root_check_tried(&variants[i].root, &reason),
				 is_untried ? -EOPNOTSUPP : 0);
		assert_true(!reason == !is_untried);
		free(reason);
	}
}

/* One wrong layout: whoever is told something is told the truth. Return: whether anything was told. */
static bool try_wrong(struct kernel *kernel, const struct row *row, struct wrong wrong)
{
	const struct variant *variant = kernel->variant;
	const char *what = NULL;
	struct told told;

	build_types(kernel, wrong);
	tell(kernel, &told);
	if (told.answer && told.answer != variant->answer)
		what = "answer";
	else if (!told.error && memcmp(&told.root, &variant->root, sizeof(told.root)) != 0)
		what = "root";
	else if (told.is_counted && told.tally.bytes != bytes_of(variant))
		what = "number of entries";
	if (what)
		fail_msg("%s: %s.%s %+d: wrong %s", variant->name, row->type,
			 row->member ? row->member : "", wrong.delta, what);
	free(told.reason);
	return !told.error;
}

TEST(is_never_wrong_with_wrong_offsets)
{
	static const int deltas[] = { -64, -24, -16, -12, -8, -4, -1, 1,   4,
				      8,   12,	16,  24,  32, 48, 64, 128, 4096 };
	static const int fills[] = { 0, 0xff, 0x5a };

	for (size_t i = 0; i < COUNT(variants) * COUNT(fills); i++) {
		struct kernel *kernel = kernel_new(&variants[i / COUNT(fills)],
						   fills[i % COUNT(fills)]);
		const struct row *row;

		for (size_t k = 0; (row = row_at(kernel->variant, k)); k++) {
			for (size_t d = 0; row->member && d < COUNT(deltas); d++)
				try_wrong(kernel, row,
					  (struct wrong){ .row = k, .delta = deltas[d] });
		}
		kernel_free(kernel);
	}
}

/* Members that are there for a neighbour's sake only. */
static bool is_needed(const struct row *row)
{
	static const char *const others[] = {
		"pid",
		"fs",
		"count",
		"close_on_exec",
		"f_op",
		"ops",
		"default_domain",
		"blocking_domain",
		"oas",
		"aperture_start",
		"id",
		"max_oasz_lg2",
		"iommu_superpage",
		"max_addr",
		"smmu",
		"flags",
		"nr_endpoints",
	};

	if (strcmp(row->type, "iommu_group") == 0 || strcmp(row->type, "kernfs_node") == 0)
		return strcmp(row->member, "default_domain") != 0 &&
		       strcmp(row->member, "blocking_domain") != 0;
	for (size_t i = 0; i < COUNT(others); i++) {
		if (strcmp(row->member, others[i]) == 0)
			return false;
	}
	return true;
}

/* Of the core: that of the drivers has members for kernels of one age only. */
TEST(cannot_tell_without_a_member)
{
	for (size_t i = 0; i < COUNT(variants); i++) {
		bool is_virtio = variants[i].kind == IOMMU_VIRTIO;
		struct kernel *kernel = kernel_new(&variants[i], 0);
		const struct row *row;

		for (size_t k = 0; (row = row_at(kernel->variant, k)); k++) {
			bool missing = try_wrong(kernel, row,
						 (struct wrong){ .row = k, .is_missing = true });
			bool twice = try_wrong(kernel, row,
					       (struct wrong){ .row = k, .is_twice = true });
			bool narrow = try_wrong(kernel, row,
						(struct wrong){ .row = k, .is_narrow = true });

			if (k >= COUNT(core) || (!is_virtio && strcmp(row->type, "rb_node") == 0))
				continue;
			/* A part of another struct is found by that, not by its name. */
			if (row->member ? is_needed(row) && (missing || (narrow && !row->of))
					: strcmp(row->type, "iommu_domain_geometry") != 0 && twice)
				fail_msg("%s.%s is not needed", row->type,
					 row->member ? row->member : "");
		}
		kernel_free(kernel);
	}
}

/** struct fault - a number in memory that cannot be. @type: of the struct at @object */
struct fault {
	uint64_t object;
	const char *type;
	const char *path;
	uint64_t value;
	const char *reason;
};

static void expect_faults(const char *name, const struct fault *faults, size_t n)
{
	const struct variant *variant = variants;

	while (strcmp(variant->name, name) != 0)
		variant++;
	for (size_t i = 0; i < n; i++) {
		struct kernel *kernel = kernel_new(variant, 0);

		set(kernel, faults[i].object, faults[i].type, faults[i].path, faults[i].value);
		expect_reason(kernel, faults[i].reason);
		kernel_free(kernel);
	}
}

#define NO_FORMAT     "the format of the page table is not known"
#define CONTRADICTION "the page table that was found contradicts itself"
#define NO_TREE	      "the tree of mappings that was found contradicts itself"
#define UNALIGNED     "the page table is not aligned"
#define OUTSIDE	      (DIRECT + 2 * RAM)

TEST(checks_what_leads_to_the_group)
{
	static const struct fault faults[] = {
		{ FILES, "files_struct", "fdt", 0, "files_struct.fdt is NULL" },
		{ FILES, "files_struct", "fdt", OUTSIDE,
		  "fdtable.max_fds cannot be read: Bad address" },
		{ FDT, "fdtable", "max_fds", FD, "the table of descriptors is too short" },
		{ FDT, "fdtable", "fd", OUTSIDE, "the descriptor of the group was not found" },
		{ FDT, "fdtable", "fd", UINT64_MAX, "the descriptor of the group was not found" },
		{ FDT, "fdtable", "fd", DIRECT + FD_ARRAY + 8,
		  "the descriptor of the group was not found" },
		{ FILE_OBJECT, "file", "f_inode", 0, "file.f_inode is NULL" },
		{ FILE_OBJECT, "file", "f_inode", UINT64_MAX - 3,
		  "inode.i_ino is beyond the end of memory" },
		{ INODE_OBJECT, "inode", "i_ino", INODE + 1,
		  "the inode that was found is not the group's" },
		{ INODE_OBJECT, "inode", "i_private", 0, "inode.i_private is NULL" },
		{ NODE, "kernfs_node", "id", INODE + 1,
		  "the inode that was found is not the group's" },
		{ NODE, "kernfs_node", "priv", 0, "kernfs_node.priv is NULL" },
		{ GROUP_OBJECT, "kobject", "sd", DIRECT + NODE + 8,
		  "the object that was found has another directory" },
		{ GROUP_OBJECT, "kobject", "name", OUTSIDE,
		  "the object that was found is not the group's" },
		{ GROUP_OBJECT, "kobject", "name", DIRECT + NAME + 1,
		  "the object that was found is not the group's" },
		{ GROUP_OBJECT, "iommu_group", "id", GROUP + 1,
		  "the group that was found is not group 27" },
		{ GROUP_OBJECT, "iommu_group", "domain", 0, "iommu_group.domain is NULL" },
		{ GROUP_OBJECT, "iommu_group", "domain", DIRECT + OTHER,
		  "an identity domain has no page table" },
		{ OUTER, "iommu_domain", "type", 0, "a domain that blocks DMA has no page table" },
		{ OUTER, "iommu_domain", "type", 0x41, "the domain is of unknown type" },
		{ OUTER, "iommu_domain", "pgsize_bitmap", 0, "what was found is not a domain" },
		{ OUTER, "iommu_domain", "pgsize_bitmap", 0x1001,
		  "what was found is not a domain" },
		{ OUTER, "iommu_domain", "geometry.aperture_end", 0,
		  "what was found is not a domain" },
	};

	expect_faults("AMD v1, 7.3", faults, COUNT(faults));
}

TEST(checks_its_own_task)
{
	struct kernel *kernel = kernel_new(variants, 0);

	kernel->task.pid = PID + 1;
	expect_reason(kernel, "the task that was found is another process");
	kernel->task.pid = 0;
	kernel->task.len = 303;
	expect_reason(kernel, "task_struct.tgid cannot be read: No data available");
	kernel->task.len = 407;
	expect_reason(kernel, "task_struct.files cannot be read: No data available");
	kernel->task.len = 408;
	kernel->task.inode++;
	expect_reason(kernel, "the inode that was found is not the group's");
	kernel_free(kernel);
}

TEST(checks_tables_of_amd)
{
	static const char *const pd = "protection_domain";
	const struct fault common[] = {
		{ OUTER, pd, "pd_mode", 3, NO_FORMAT },
		{ OUTER, pd, "pd_mode", 2, CONTRADICTION },
		{ OUTER, pd, "amdv1.amdpt.common.top_of_table", 0,
		  "protection_domain.amdv1.amdpt.common.top_of_table is NULL" },
		{ OUTER, pd, "amdv1.amdpt.common.top_of_table", TOP + 0x802, UNALIGNED },
		{ OUTER, pd, "amdv1.amdpt.common.top_of_table", OUTSIDE | 2,
		  "the page table cannot be read" },
		{ OUTER, pd, "amdv1.amdpt.common.top_of_table", TOP, CONTRADICTION },
		{ OUTER, pd, "amdv1.amdpt.common.top_of_table", TOP | 6, CONTRADICTION },
		{ OUTER, pd, "amdv1.amdpt.common.max_vasz_lg2", 57, CONTRADICTION },
		{ OUTER, pd, "amdv1.amdpt.common.features", 0, CONTRADICTION },
		{ OUTER, pd, "amdv1.amdpt.common.features", 1 << 3 | 1 << 2, CONTRADICTION },
	};
	const struct fault old[] = {
		{ OUTER, pd, "pd_mode", 0, NO_FORMAT },
		{ OUTER, pd, "pd_mode", 2, CONTRADICTION },
		{ OUTER, pd, "iop.pgtbl.fmt", 6, CONTRADICTION },
		{ OUTER, pd, "iop.pgtbl.cookie", DIRECT + OTHER, CONTRADICTION },
		{ OUTER, pd, "iop.mode", 0, CONTRADICTION },
		{ OUTER, pd, "iop.mode", 7, CONTRADICTION },
		{ OUTER, pd, "iop.root", TOP + 8, UNALIGNED },
	};
	const struct fault oldest[] = {
		{ OUTER, pd, "iop.iop.fmt", 6, CONTRADICTION },
		{ OUTER, pd, "domain.type", 3, NO_FORMAT },
		{ OUTER, pd, "iop.root", 0, "protection_domain.iop.root is NULL" },
	};
	const struct fault v2_common[] = {
		{ OUTER, pd, "amdv2.x86_64_pt.common.top_of_table", TOP | 2, CONTRADICTION },
		{ OUTER, pd, "amdv2.x86_64_pt.common.top_of_table", TOP | 4, CONTRADICTION },
		{ OUTER, pd, "amdv2.x86_64_pt.common.features", 1 << 2, CONTRADICTION },
	};
	const struct fault v2[] = {
		{ OUTER, pd, "domain.geometry.aperture_end", UINT64_MAX, CONTRADICTION },
		{ OUTER, pd, "iop.pgd", 0, "protection_domain.iop.pgd is NULL" },
	};

	expect_faults("AMD v1, 7.3", common, COUNT(common));
	expect_faults("AMD v1, 6.12", old, COUNT(old));
	expect_faults("AMD v1, 6.1", oldest, COUNT(oldest));
	expect_faults("AMD v2, 7.3", v2_common, COUNT(v2_common));
	expect_faults("AMD v2, 6.12", v2, COUNT(v2));
}

TEST(checks_tables_of_intel)
{
	static const char *const dmar = "dmar_domain";
	const struct fault common[] = {
		{ OUTER, dmar, "sspt.vtdss_pt.common.top_of_table", TOP | 1, CONTRADICTION },
		{ OUTER, dmar, "sspt.vtdss_pt.common.top_of_table", TOP | 5, CONTRADICTION },
		{ OUTER, dmar, "sspt.vtdss_pt.common.features", 1 << 3, CONTRADICTION },
	};
	const struct fault old[] = {
		{ OUTER, dmar, "agaw", 1, CONTRADICTION },
		{ OUTER, dmar, "agaw", 4, CONTRADICTION },
		{ OUTER, dmar, "gaw", 39, CONTRADICTION },
		{ OUTER, dmar, "gaw", 200, CONTRADICTION },
		{ OUTER, dmar, "pgd", TOP + 0x800, UNALIGNED },
	};

	const struct fault first[] = {
		{ OUTER, dmar, "fspt.x86_64_pt.common.top_of_table", TOP | 4, CONTRADICTION },
		{ OUTER, dmar, "fspt.x86_64_pt.common.features", 0, CONTRADICTION },
		{ OUTER, dmar, "fspt.x86_64_pt.common.max_vasz_lg2", 47, CONTRADICTION },
	};

	expect_faults("VT-d second, 7.3", common, COUNT(common));
	expect_faults("VT-d first, 7.3", first, COUNT(first));
	expect_faults("VT-d second, 6.12", old, COUNT(old));
}

/* The stages have to be members of one union. */
TEST(cannot_tell_stages_apart_that_are_apart)
{
	struct variant variant = variants[5];
	struct kernel *kernel = kernel_new(&variant, 0);
	struct wrong wrong = { .delta = 160 };
	const struct row *row;

	for (size_t i = 0; (row = row_at(&variant, i)); i++) {
		if (row->member && strcmp(row->member, "fspt") == 0)
			wrong.row = i;
	}
	build_types(kernel, wrong);
	expect_reason(kernel, "the stage of the page table is not known");
	kernel_free(kernel);
}

TEST(checks_tables_of_arm)
{
	static const char *const lpae = "arm_lpae_io_pgtable";
	const struct fault faults[] = {
		{ OUTER, "arm_smmu_domain", "pgtbl_ops", 0, "arm_smmu_domain.pgtbl_ops is NULL" },
		{ OTHER, lpae, "iop.fmt", 5, NO_FORMAT },
		{ OTHER, lpae, "iop.cookie", DIRECT + OTHER, CONTRADICTION },
		{ OTHER, lpae, "iop.cfg.ias", 47, CONTRADICTION },
		{ OTHER, lpae, "iop.cfg.pgsize_bitmap", 0x4000, CONTRADICTION },
		{ OTHER, lpae, "start_level", 1, CONTRADICTION },
		{ OTHER, lpae, "start_level", UINT32_MAX, CONTRADICTION },
		{ OTHER, lpae, "bits_per_level", 11, CONTRADICTION },
		{ OTHER, lpae, "pgd_bits", 10, CONTRADICTION },
		{ OTHER, lpae, "pgd_bits", 60, CONTRADICTION },
		{ OTHER, lpae, "pgd", TOP + 0x800, UNALIGNED },
	};

	expect_faults("SMMUv3", faults, COUNT(faults));
}

/*
 * The geometries of arm_lpae_alloc_pgtable(): pages of 16 and 64 KiB, and a second stage of 40 bits whose two
 * highest tables are in a row.
 */
TEST(reads_every_geometry_of_arm)
{
	static const struct {
		unsigned int format, page_bits, bus_bits, bits, top_bits, start;
	} cases[] = {
		{ 2, 12, 39, 9, 9, 1 },	 { 2, 14, 48, 11, 1, 0 },  { 2, 14, 47, 11, 11, 1 },
		{ 2, 16, 48, 13, 6, 1 }, { 2, 16, 42, 13, 13, 2 }, { 3, 12, 40, 9, 10, 1 },
	};
	static const char *const lpae = "arm_lpae_io_pgtable";

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct variant variant = variants[11];
		struct kernel *kernel;
		struct told told;

		assert_string_equal(variant.name, "SMMUv3");
		variant.bits = cases[i].bus_bits;
		kernel = kernel_new(&variant, 0);
		set_domain(kernel, "pgsize_bitmap", UINT64_C(0x2001) << cases[i].page_bits);
		set(kernel, OTHER, lpae, "iop.fmt", cases[i].format);
		set(kernel, OTHER, lpae, "iop.cfg.pgsize_bitmap",
		    UINT64_C(0x2001) << cases[i].page_bits);
		set(kernel, OTHER, lpae, "iop.cfg.ias", cases[i].bus_bits);
		set(kernel, OTHER, lpae, "bits_per_level", cases[i].bits);
		set(kernel, OTHER, lpae, "pgd_bits", cases[i].top_bits);
		set(kernel, OTHER, lpae, "start_level", cases[i].start);
		tell(kernel, &told);
		if (told.error)
			fail_msg("%u bits: %s", cases[i].bus_bits, told.reason);
		assert_int_equal(told.root.levels, 4 - cases[i].start);
		assert_int_equal(told.root.bits_per_level, cases[i].bits);
		assert_int_equal(told.root.top_bits, cases[i].top_bits);
		kernel_free(kernel);
	}
}

TEST(checks_tables_of_zpci_and_virtio)
{
	const struct fault zpci[] = {
		{ OUTER, "s390_domain", "origin_type", 0, CONTRADICTION },
		{ OUTER, "s390_domain", "origin_type", 5, CONTRADICTION },
		{ OUTER, "s390_domain", "origin_type", 8, CONTRADICTION },
		{ OUTER, "s390_domain", "dma_table", TOP + 0x1000, UNALIGNED },
	};
	const struct fault tree[] = {
		{ OUTER, "viommu_domain", "viommu", 0, "viommu_domain.viommu is NULL" },
		{ OUTER, "viommu_domain", "mappings.rb_leftmost", 0, NO_TREE },
		{ OUTER, "viommu_domain", "mappings.rb_root.rb_node", 0, NO_TREE },
		/* A node that has a parent is not the highest. */
		{ OUTER, "viommu_domain", "mappings.rb_root.rb_node", DIRECT + OTHER + 0x108,
		  NO_TREE },
		{ OTHER, "viommu_mapping", "iova.start", IOVA + 0x2000, NO_TREE },
		{ OTHER, "viommu_mapping", "iova.__subtree_last", IOVA, NO_TREE },
		{ OTHER, "viommu_mapping", "paddr", 0, NO_TREE },
		{ OTHER, "viommu_mapping", "paddr", PHYSICAL + 8, NO_TREE },
	};

	expect_faults("zPCI, 7.3", zpci, COUNT(zpci));
	expect_faults("virtio", tree, COUNT(tree));
}

TEST(cannot_tell_from_an_empty_tree)
{
	const struct variant *variant = &variants[COUNT(variants) - 1];
	struct kernel *kernel = kernel_new(variant, 0);

	set_outer(kernel, "mappings.rb_root.rb_node", 0);
	set_outer(kernel, "mappings.rb_leftmost", 0);
	expect_reason(kernel, "the tree of mappings is empty");
	kernel_free(kernel);
}

TEST(cannot_tell_for_an_unknown_iommu)
{
	struct variant variant = variants[0];
	struct kernel *kernel = kernel_new(&variant, 0);

	variant.kind = IOMMU_OTHER;
	expect_reason(kernel, "the page tables of this IOMMU are not known");
	/* The driver of another IOMMU than the domain's. */
	variant.kind = IOMMU_INTEL;
	expect_reason(kernel, "the BTF has no struct dmar_domain");
	kernel_free(kernel);
}

TEST(takes_the_mask_of_encrypted_memory)
{
	struct kernel *kernel = kernel_new(variants, 0);
	struct told told;

	kernel->view.encryption_mask = UINT64_C(1) << 51;
	tell(kernel, &told);
	assert_int_equal(told.error, 0);
	assert_true(told.root.encryption_mask == UINT64_C(1) << 51);
	kernel_free(kernel);
}

/* Memory that changes at random: an end, and a reason without any number out of it. */
TEST(survives_changed_memory)
{
	for (unsigned int turn = 0; turn < 1000; turn++) {
		struct random random = random_turn(turn);
		struct kernel *kernel =
			kernel_new(&variants[random_below(&random, COUNT(variants))], 0);
		struct told told;

		for (unsigned int i = 0; i < 400; i++)
			kernel->ram[random_below(&random, TABLES)] =
				(unsigned char)random_u64(&random);
		tell(kernel, &told);
		CHECK(&random, !told.reason || !strstr(told.reason, "0x"));
		free(told.reason);
		kernel_free(kernel);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_table_of_each_kernel),
		cmocka_unit_test(a_table_that_was_never_tried_is_refused),
		cmocka_unit_test(is_never_wrong_with_wrong_offsets),
		cmocka_unit_test(cannot_tell_without_a_member),
		cmocka_unit_test(checks_what_leads_to_the_group),
		cmocka_unit_test(checks_its_own_task),
		cmocka_unit_test(checks_tables_of_amd),
		cmocka_unit_test(checks_tables_of_intel),
		cmocka_unit_test(cannot_tell_stages_apart_that_are_apart),
		cmocka_unit_test(checks_tables_of_arm),
		cmocka_unit_test(reads_every_geometry_of_arm),
		cmocka_unit_test(checks_tables_of_zpci_and_virtio),
		cmocka_unit_test(cannot_tell_from_an_empty_tree),
		cmocka_unit_test(cannot_tell_for_an_unknown_iommu),
		cmocka_unit_test(takes_the_mask_of_encrypted_memory),
		cmocka_unit_test(survives_changed_memory),
	};

	return UNIT_RUN("root", tests);
}
