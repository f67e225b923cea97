# SPDX-License-Identifier: GPL-2.0-or-later
# Versions in sentences about the kernel are those of the commit, or those that were read; none is the first one
# that happened to be read.

setup() {
	load lib
}

# says FILE WORDS…: the text has the words, however its lines are broken.
says() {
	local file=$1
	shift
	tr '\n' ' ' <"$file" | tr -s ' ' | grep -qF -- "$*" || {
		echo "$file does not say: $*"
		return 1
	}
}

@test "DMA ownership is from 5.19 (70693f470848), and 5.10 moves the group later" {
	grep -F 'iommu_group_claim_dma_owner' "$top/docs/verdict.md" >"$BATS_TEST_TMPDIR/lines"
	absent 'from 6\.1' "$BATS_TEST_TMPDIR/lines"
	says "$top/docs/verdict.md" "from 5.19 (70693f470848; read in 6.1, 6.12, 7.3)"
	says "$top/docs/verdict.md" "In 5.10 still the default domain"
}

@test "Intel advertises real page sizes from 5.15 (a886d5a7e67b)" {
	grep -F 'Intel VT-d, ' "$top/docs/verdict.md" >"$BATS_TEST_TMPDIR/lines"
	absent 'from 6\.1|6\.1 to' "$BATS_TEST_TMPDIR/lines"
	says "$top/docs/verdict.md" "Intel VT-d, before 5.15 (a886d5a7e67b)"
	vfiodiag explain advertised-not-observed >"$BATS_TEST_TMPDIR/explained"
	absent 'Intel up to 5\.10' "$BATS_TEST_TMPDIR/explained"
}

@test "EOVERFLOW of MAP_DMA is from 6.18 (6012379ede6a)" {
	vfiodiag explain map-wraps >"$BATS_TEST_TMPDIR/explained"
	says "$BATS_TEST_TMPDIR/explained" "EINVAL before Linux 6.18, from 6.18 on with EOVERFLOW"
	vfiodiag explain map-buffer-wraps >"$BATS_TEST_TMPDIR/explained"
	says "$BATS_TEST_TMPDIR/explained" "EINVAL before Linux 6.18, from 6.18 on with EOVERFLOW"
}

@test "a stable release of 5.10 shows power_state, and driver_override blocks in some kernels only" {
	local page=$top/man/vfiodiag-list.8
	absent 'kernels before 5\.11' "$page"
	says "$page" "5.10.262 and later kernels do (80a129afb75c, in 5.11)"
	says "$page" "on some kernels (5.10 and 6.1, not 6.12.118 and 7.3), reading it blocks"
}

@test "a probe moves the whole group, and a device that was left running reaches the mapped pages only" {
	local page=$top/man/vfiodiag-probe.8
	says "$page" "The whole group leaves its default domain during the test, functions that are bound to no driver included."
	says "$page" "it can change only the pages that the test maps"
	absent '^No device does DMA' "$page"
	says "$top/docs/verdict.md" "all its functions leave their default domain for the time of the test"
	says "$top/docs/verdict.md" "A device that its last driver left running goes on."
}
