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
	for page in "$page" "$top/docs/verdict.md"; do
		absent 'Only opening a device stops its DMA' "$page"
		says "$page" "not open"
		says "$page" "D3hot"
		says "$page" "disable_idle_d3"
		tr '\n' ' ' <"$page" | grep -q "Any other device that its last driver left running"
	done
}

@test "iommufd behind type1 unmaps a part of a mapping, type1 does not" {
	absent 'VFIO never unmaps a part' "$top/README.md"
	says "$top/README.md" "type1 never unmaps a part of a mapping"
	says "$top/docs/verdict.md" "| iommufd behind type1 | success, size is one page |"
}

@test "QEMU splits the memory of q35 from 2.75 GiB on and that of i440fx from 3.5 GiB on" {
	local page=$top/man/vfiodiag-fits.8 memory
	says "$page" "From 2.75 GiB on: 2 GiB at 0, the rest at 4 GiB"
	says "$page" "From 3.5 GiB on: 3 GiB at 0, the rest at 4 GiB"
	for memory in q35:2815M:1 q35:2816M:2 i440fx:3583M:1 i440fx:3584M:2; do
		IFS=: read -r machine size pieces <<<"$memory"
		vfiodiag --from "$top/tests/hosts/6.1-amd/capture.tar.zst" fits --machine "$machine" --memory "$size" --json 1 \
			>"$BATS_TEST_TMPDIR/fits" || true
		[ "$(jq '.pieces | length' "$BATS_TEST_TMPDIR/fits")" -eq "$pieces" ]
	done
}

@test "firmware: SeaBIOS moved the BARs in 1.16.3, and OVMF with 5-level paging uses more than 46 bits" {
	local page=$top/man/vfiodiag-fits.8
	absent '^SeaBIOS places them after the memory' "$page"
	says "$page" "SeaBIOS up to 1.16.2 places them after the memory, from 1.16.3 on"
	says "$page" "A newer OVMF that uses 5\\-level paging"
	vfiodiag explain bar-refused >"$BATS_TEST_TMPDIR/explained"
	says "$BATS_TEST_TMPDIR/explained" "so does SeaBIOS from 1.16.3 on"
}

@test "KubeVirt offers bound devices only; libvirt binds them" {
	vfiodiag explain device-not-bound >"$BATS_TEST_TMPDIR/explained"
	says "$BATS_TEST_TMPDIR/explained" "KubeVirt offers only devices that are bound."
	vfiodiag check --help >"$BATS_TEST_TMPDIR/help"
	absent 'KubeVirt binds' "$BATS_TEST_TMPDIR/help"
	absent '^KubeVirt\.$' "$top/man/vfiodiag-check.8"
}

@test "the boot display is what the kernel takes for it" {
	vfiodiag explain console-graphics >"$BATS_TEST_TMPDIR/explained"
	says "$BATS_TEST_TMPDIR/explained" "The kernel takes this graphics device for the one that the firmware initialized"
}
