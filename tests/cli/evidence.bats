# SPDX-License-Identifier: GPL-2.0-or-later
# Evidence of use: what is read of a host decides the state of a device, and what was not read is not known.
# cases/evidence.py builds the hosts and has the right answers.

setup() {
	load lib
	export VFIODIAG=${VFIODIAG:-$top/build/gcc/vfiodiag} PYTHONDONTWRITEBYTECODE=1
	cases=$top/tests/cli/cases
}

kind() {
	"$cases/evidence.py" "$BATS_TEST_TMPDIR" "$1"
}

@test "each kind of evidence is a test here" {
	"$cases/evidence.py" --list | sort >"$BATS_TEST_TMPDIR/kinds"
	sed -n 's/^\tkind \(.*\)/\1/p' "$BATS_TEST_FILENAME" | sort | diff "$BATS_TEST_TMPDIR/kinds" -
}

@test "a power state that the kernel has not read keeps nothing from being ready" {
	kind power-state-unknown
}

@test "the log of a file system on a logical volume, or named by a link, is found" {
	kind log-on-a-volume
}

@test "a file system on two disks is unmounted by one command, with the first of them" {
	kind unmounted-once
}

@test "the text console is on the framebuffer of a card that is not the boot display: in use" {
	kind framebuffer-console
}

@test "a default route with several next hops: the host does not run without any of them" {
	kind several-next-hops
}

@test "whatever is missing, nothing that the host uses becomes free" {
	kind one-thing-is-missing
}

@test "JSON tells a driver that was not read from none" {
	kind driver-not-read
}

@test "diff shows the states that changed, with the reason" {
	kind state-changes
}
