# SPDX-License-Identifier: GPL-2.0-or-later
# Isolation (ACS), the width of addresses and options of the kernel, on hosts of each generation.
# cases/isolation.py builds them and has the right answers.

setup() {
	load lib
	export VFIODIAG=${VFIODIAG:-$top/build/gcc/vfiodiag} PYTHONDONTWRITEBYTECODE=1
	cases=$top/tests/cli/cases
}

generations() {
	"$cases/isolation.py" "$BATS_TEST_TMPDIR" "$1"
}

@test "each kind of host of isolation.py is a test here" {
	"$cases/isolation.py" --list | sort >"$BATS_TEST_TMPDIR/kinds"
	sed -n 's/^\tgenerations \(.*\)/\1/p' "$BATS_TEST_FILENAME" | sort | diff "$BATS_TEST_TMPDIR/kinds" -
}

@test "functions of one card share a group in every slot: no port is blamed" {
	generations functions-of-one-card
}

@test "functions that isolate by a quirk share a group by their port" {
	generations functions-that-isolate
}

@test "an upstream port of a switch needs no ACS: the downstream ports are blamed" {
	generations upstream-port
}

@test "root ports of Sunrise Point have 32-bit registers of ACS" {
	generations registers-of-32-bits
}

@test "a port for which the kernel has a quirk may isolate" {
	generations quirk
}

@test "the width of an Intel unit is that of the stage that the kernel uses, or not known" {
	generations width-of-the-stage
}

@test "an option that the kernel was booted with is never to be added" {
	generations option-that-is-there
}

@test "bridges to and from conventional PCI, and that of a management controller, are told apart" {
	generations bridges-from-conventional-pci
}

@test "a tree of files tells its architecture, or no module for containers is wanted" {
	generations container-of-the-architecture
}
