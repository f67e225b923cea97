# SPDX-License-Identifier: GPL-2.0-or-later
# check: options that take superpages away, by kernel and IOMMU. cases/superpages.py builds the hosts and has
# the right answers.

setup() {
	load lib
	load edit
	export VFIODIAG=${VFIODIAG:-$top/build/gcc/vfiodiag} PYTHONDONTWRITEBYTECODE=1
	cases=$top/tests/cli/cases
}

# booted HOST OPTION…: the capture is one of a host that was booted with them too.
booted() {
	host "$1"
	sed -i "s/ *$/ ${*:2}/" "$files/proc/cmdline"
}

# limits ARG…: what superpages-limited says, or nothing.
limits() {
	run vfiodiag "$@" --format json
	echo "$output"
	[ "$status" -le 1 ]
	said=$(jq -r '.findings[] | select(.id == "superpages-limited").message' <<<"$output")
}

kind() {
	"$cases/superpages.py" "$BATS_TEST_TMPDIR" "$1"
}

@test "each kind of host is a test here" {
	"$cases/superpages.py" --list | sort >"$BATS_TEST_TMPDIR/kinds"
	sed -n 's/^\tkind \(.*\)/\1/p' "$BATS_TEST_FILENAME" | sort | diff "$BATS_TEST_TMPDIR/kinds" -
}

@test "each option on kernels from 5.10 to 7.3 and behind each IOMMU, and its fix" {
	kind by-kernel-and-iommu
}

@test "of options that contradict each other the last one counts" {
	kind the-last-option-counts
}

@test "a unit without superpages loses none, and one whose registers were not read is not known" {
	kind by-what-the-unit-has
}

@test "a tree without the IOMMU's units" {
	kind units-that-were-not-copied
}

@test "no-IOMMU groups and hosts without groups" {
	kind nothing-behind-an-iommu
}

@test "disable_hugepages by its parameter, and by the command line before the module is loaded" {
	kind page-by-page
}

@test "disable_hugepages was not read: not known" {
	kind a-parameter-that-was-not-read
}

@test "disable_hugepages on a kernel without the module" {
	kind a-kernel-without-type1
}

@test "a redacted capture tells the same (edited command lines)" {
	local name option before
	while read -r name option; do
		booted "$name" "$option"
		limits --from "$copy" check
		before=$said
		[ "$before" ]
		rm -f "$BATS_TEST_TMPDIR/redacted.tar.zst"
		vfiodiag --from "$copy" collect --redact -o "$BATS_TEST_TMPDIR/redacted.tar.zst"
		limits --from "$BATS_TEST_TMPDIR/redacted.tar.zst" check
		[ "$said" = "$before" ]
	done <<-'END'
		6.12-intel intel_iommu=on,sp_off
		7.x-intel intel_iommu=sp_off
		7.x-amd amd_iommu=nohugepages
		7.x-amd amd_iommu=force_isolation,v2_pgsizes_only
	END
}

@test "pages that a live test was offered show whether an option has an effect (edited captures)" {
	local name=7.x-amd
	booted "$name" amd_iommu=nohugepages
	limits --from "$copy" check
	[[ $said == *"maps pages of 4 KiB only"* ]]
	# All sizes were offered: the option was put there by this test.
	limits --from "$copy" check --probe
	[ -z "$said" ]
	sed -i '/"VFIO_IOMMU_GET_INFO"/s/"iova_pgsizes":"[^"]*"/"iova_pgsizes":"0x1000"/' "$copy/transcript.jsonl"
	limits --from "$copy" check --probe
	[[ $said == *"maps pages of 4 KiB only"* ]]
	# A version that was not read leaves it open, and pages do not.
	sed -i 's/7\.3\.4[^"]*"/6.6.30"/; s/Debian 7\.3[^"]*"/6.6.30"/' "$copy/transcript.jsonl"
	printf '6.6.30\n' | tee "$files/proc/sys/kernel/osrelease" >"$files/proc/sys/kernel/version"
	limits --from "$copy" check
	[[ $said == *"is not known: if it has, "* ]]
	limits --from "$copy" check --probe
	[[ $said == *"amd_iommu=nohugepages: the IOMMU maps pages of 4 KiB only"* ]]
}
