# SPDX-License-Identifier: GPL-2.0-or-later
# That the check of the sources of statements can fail.

setup() {
	sources=$BATS_TEST_DIRNAME/sources
	root=$BATS_TEST_TMPDIR/root
	mkdir -p "$root"/{src/check,src/probe,src/remedy,src/iova,man,docs}
	unset VFIODIAG_SOURCES
	# A tree in which nothing is missing; each test spoils one thing.
	cat >"$root/src/check/fine.c" <<'END'
/* Kernel: drivers/vfio/vfio_main.c, vfio_first(): 6.1, 6.12. */
static void run_first(struct checker *checker)
{
	found(checker);
}

static const struct check checks[] = {
	{ "first", "Title", "Text.\n", .run = run_first },
	/* Kernel: none, about arguments. */
	{ "second", "Title", "Text.\n", .run = run_others },
};
END
	printf '# Page\n\nPlain text.\n' >"$root/docs/fine.md"
	printf '.SH NAME\npage\n' >"$root/man/fine.8"
}

# refused WORDS: the tree is refused with these words.
refused() {
	run "$sources" "$root"
	echo "$output"
	[ "$status" -eq 1 ] && [[ $output == *"$1"* ]]
}

accepted() {
	run "$sources" "$root"
	echo "$output"
	[ "$status" -eq 0 ]
}

# kernel VERSION: a tree of sources that has the function of fine.c.
kernel() {
	mkdir -p "$BATS_TEST_TMPDIR/trees/linux-$1/drivers/vfio"
	echo 'int vfio_first(void)' >"$BATS_TEST_TMPDIR/trees/linux-$1/drivers/vfio/vfio_main.c"
	export VFIODIAG_SOURCES=$BATS_TEST_TMPDIR/trees
}

@test "statements with sources pass" {
	accepted
	[[ $output == *"2 source lines, 0 complaints"* ]]
}

@test "a finding without a source is refused" {
	sed -i '/Kernel: drivers/d' "$root/src/check/fine.c"
	refused "src/check/fine.c:7: the finding first names no source"
}

@test "a row that shares its function needs a source of its own" {
	sed -i 's/run_others/run_first/; s/Kernel: none, about arguments/About arguments/' "$root/src/check/fine.c"
	refused "the finding second names no source"
}

@test "a function below the one of the row may name the source" {
	cat >"$root/src/check/fine.c" <<'END'
/* Kernel: drivers/vfio/vfio_main.c, vfio_first(): 6.1. */
static bool is_first(void)
{
	return true;
}

static void run_first(struct checker *checker)
{
	if (is_first())
		found(checker);
}

static const struct check checks[] = {
	{ "first", "Title", "Text.\n", .run = run_first },
};
END
	accepted
	sed -i 's/if (is_first())/if (true)/' "$root/src/check/fine.c"
	refused "the finding first names no source"
}

@test "refusals and the meaning of errnos need a source" {
	cat >"$root/src/probe/refusal.c" <<'END'
int refuse_group(struct probe *probe)
{
	return refuse(probe, "subject");
}

static const struct advice advices[] = {
	/* Kernel: drivers/vfio/group.c, vfio_group_set(): 6.12. */
	{ "set-container", EPERM,
	  "busy" },
	{ "set-iommu", EPERM, "busy" },
	{ NULL, 0, NULL },
};
END
	refused "the refusals of refuse_group() name no source"
	[[ $output == *"the advice for set-iommu names no source"* && $output != *"for set-container"* ]]
}

@test "states, properties, reasons, hazards and fixes need a source" {
	printf 'static void judge(void)\n{\n\tsettle(device, 1);\n}\n' >"$root/src/check/state.c"
	printf 'const struct property properties[] = {\n\t{ "iommu", "Kind" },\n\t{ 0 },\n};\n' \
		>"$root/src/check/property.c"
	printf 'static const struct reason rmrr = { "rmrr" };\n' >"$root/src/iova/reason.c"
	printf 'int hazard_find(void)\n{\n\treturn 0;\n}\n' >"$root/src/probe/hazard.c"
	printf 'void remedy_bind(void)\n{\n\treturn;\n}\n' >"$root/src/remedy/bind.c"
	refused "5 complaints"
	[[ $output == *"the states of judge()"* && $output == *"the property iommu"* ]]
	[[ $output == *"the reason rmrr"* && $output == *"hazard_find()"* && $output == *"remedy_bind()"* ]]
}

@test "a comment about versions of the kernel needs a source where the host is read" {
	mkdir "$root/src/scan"
	printf '/* The file is there from 6.1\n * on. */\nint scan_file;\n/* From "192.0.2.7" on. */\n' >"$root/src/scan/file.c"
	refused "src/scan/file.c:1: the comment with 'from 6.1' names no source"
	[[ $output == *" 1 complaints"* ]]
}

@test "a paragraph of a manual page needs a source, an example does not" {
	printf '.SH NAME\nfine\n.PP\nThe kernel does it.\n.PP\n.EX\nkernel 6.1\n.EE\n' >"$root/man/fine.8"
	refused "man/fine.8:3: the paragraph with 'kernel' names no source"
	[[ $output == *" 1 complaints"* ]]
	sed -i '3i.\\" Kernel: mm/gup.c, pin_user_pages(): 6.1.' "$root/man/fine.8"
	accepted
}

@test "a paragraph of a document needs a source, code does not" {
	printf '# Page\n\nUp to 6.15 it does; up to 6.16, too.\n\n    kernels up to 6.1\n' >"$root/docs/fine.md"
	refused "docs/fine.md:3: the paragraph with"
	[[ $output == *" 1 complaints"* ]]
	sed -i '2a<!-- Kernel: mm/gup.c, pin_user_pages(): 6.1.\n     QEMU: hw/vfio/common.c, vfio_map(): 7.2. -->' "$root/docs/fine.md"
	accepted
}

@test "a source line that is not well formed is refused" {
	for line in "Kernel: drivers/vfio/vfio_main.c: 6.1." "Kernel: vfio_main.c, vfio_first(): 6.1." \
		"Kernel: drivers/vfio/vfio_main.c, vfio_first(): all." "Kernel: none." \
		"Kernel: drivers/vfio/vfio_main.c, vfio_first()." "Kernel: drivers/vfio/vfio_main.c, some words: 6.1." \
		"Kernel: drivers/vfio/vfio_main.c, drivers/vfio/group.c: 6.1." "Kernel: drivers/vfio/vfio_main.c, vfio_first(): 6.1"; do
		sed -i "1s|.*|/* $line */|" "$root/src/check/fine.c"
		refused "src/check/fine.c:1: '"
	done
}

@test "a wrapped source line and several files are read" {
	sed -i '1s|.*|/*\n * Why.\n * Kernel: drivers/vfio/vfio_main.c, vfio_first(); drivers/vfio/group.c,\n *   GROUPS: 6.1,\n *   6.12.\n */|' \
		"$root/src/check/fine.c"
	accepted
	kernel 6.1
	refused "drivers/vfio/group.c does not exist in Kernel 6.1"
}

@test "notes, several versions and versions without it are read" {
	sed -i '1s|.*|/* Kernel: drivers/vfio/vfio_main.c, vfio_first(), where it is: in 6.12, not in 6.1; mm/gup.c, pin(): 6.6. */|' \
		"$root/src/check/fine.c"
	accepted
	kernel 6.12
	accepted
	kernel 6.1
	refused "drivers/vfio/vfio_main.c of Kernel 6.1 does contain vfio_first"
	[[ $output == *"not read: linux-6.6, which 1 lines name"* ]]
}

@test "a function that the sources do not have is refused" {
	kernel 6.1
	kernel 6.12
	accepted
	[[ $output != *"not read"* ]]
	echo 'int vfio_second(void)' >"$VFIODIAG_SOURCES/linux-6.12/drivers/vfio/vfio_main.c"
	refused "drivers/vfio/vfio_main.c of Kernel 6.12 does not contain vfio_first"
}

@test "a reference has to lead to a source" {
	sed -i '1s|.*|/* Kernel: see vfio_judge(). */|' "$root/src/check/fine.c"
	refused "'Kernel: see vfio_judge().': vfio_judge() names no source"
	printf '/* Kernel: mm/gup.c, pin_user_pages(): 6.1. */\nint vfio_judge(void)\n{\n\treturn 0;\n}\n' \
		>"$root/src/check/other.c"
	accepted
}

@test "versions without sources are listed" {
	kernel 6.1
	accepted
	[[ $output == *"not read: linux-6.12, which 1 lines name"* ]]
}

@test "a table whose rows cannot be read is refused" {
	sed -i 's/^\t{/{/' "$root/src/check/fine.c"
	refused "src/check/fine.c:7: no row of the table was found"
}

@test "a tree without any source line is refused" {
	rm "$root/src/check/fine.c"
	refused "0 source lines"
}
