# SPDX-License-Identifier: GPL-2.0-or-later
# fits: guests on recorded hosts and on those of the reports (see iova.bats for what they are).
# shellcheck disable=SC2030,SC2031 # each test is a shell of its own, in which run sets status and output

setup() {
	load lib
	load edit
	load space
}

# piece NAME: the first piece of that name.
piece() {
	jq -c --arg name "$1" 'first(.pieces[] | select(.name == $name))' <<<"$output"
}

# reports ID: there is such a finding, which is then in $found.
reports() {
	found=$(jq -ce --arg id "$1" 'first(.findings[] | select(.id == $id))' <<<"$output")
}

# root NAME: a copy of a recorded host, with root as the caller, who may lock any amount.
root() {
	host "$1"
	caller 0 0x10000 0x4000
}

@test "7: a group with an RMRR cannot start a guest (edited regions)" {
	root 6.1-intel
	regions 1 "0x00000000bb800000 0x00000000bbffffff direct" "0x00000000fee00000 0x00000000feefffff msi"
	answers 2 fits --memory 4G 1
	reports memory-refused
	says message "0xbb800000 - 0xbbffffff is a reserved region of type direct (RMRR)"
}

@test "8: an AMD guest with more than 1010 GiB, machine types before 7.1 and from 7.1" {
	root 6.12-amd
	cpu 48
	# The map of the report: 0x100000000, 0xff30000000.
	answers 2 fits --probe --memory 1047296M --machine pc-q35-6.0 1
	[ "$(piece "RAM above 4 GiB" | jq -c '[.start, .end, .taken]')" = '["0x100000000","0x1002fffffff",false]' ]
	holds '.largest_memory == 1010 * 1073741824'
	reports memory-refused
	says message HyperTransport
	says hint "to 1010 GiB"
	says hint "from 7.1 on"
	answers 0 fits --probe --memory 1010G --machine pc-q35-6.0 1
	answers 2 fits --probe --memory 1011G --machine pc-q35-6.0 1
	answers 0 fits --probe --memory 1047296M 1
	[ "$(piece "RAM above 1 TiB" | jq -c '[.start, .taken]')" = '["0x10000000000",true]' ]
	holds '.guest.relocated and .guest.phys_bits_needed == 42'
	reports address-bits
	# The same by reserved regions alone.
	answers 2 fits --memory 1047296M --machine pc-q35-6.0 1
}

@test "the memory that fits is not rounded up: more would not fit (recorded)" {
	root 6.1-amd
	answers 2 fits --probe --memory 16G --machine virt --phys-bits 48 1
	reports memory-refused
	says hint "reduce the memory to 3054 MiB"
	holds '.largest_memory == 3054 * 1048576'
	answers 0 fits --probe --memory 3054M --machine virt --phys-bits 48 1
	answers 2 fits --probe --memory 3055M --machine virt --phys-bits 48 1
}

@test "8: an AMD guest above 1 TiB whose CPU has 40 bits" {
	root 6.12-amd
	answers 2 fits --probe --memory 1200G --phys-bits 40 1
	reports too-few-address-bits
	says message "needs 42 physical address bits, and the CPU has 40"
	cpu 48
	answers 0 fits --probe --memory 1200G 1
	holds '.guest.phys_bits == 48'
}

@test "8: a CPU of Hygon's, which has AMD's IOMMU, and which QEMU does not take for one of AMD's (edited facts)" {
	root 6.12-amd
	fact "$(jq -c 'select(.fact == "system") | .address_bits = 48 | .amd = false' "$copy/transcript.jsonl")"
	answers 2 fits --probe --memory 1200G 1
	holds '.guest.amd == "no" and (.guest.relocated | not)'
	reports memory-refused
	says message HyperTransport
	fact "$(jq -c 'select(.fact == "system") | .amd = true' "$copy/transcript.jsonl")"
	answers 0 fits --probe --memory 1200G 1
	holds '.guest.amd == "yes" and .guest.relocated'
}

@test "9: a BAR of 16 GiB with 46 bits of the CPU and 39 of the IOMMU (edited facts)" {
	root 6.1-intel
	cpu 46
	answers 1 fits --probe --memory 32G --bar 16G --bar 32M 1
	holds '[.pieces[] | select(.where | tostring | contains("OVMF")) | .start] == ["0x380000000000", "0x380400000000"]'
	reports bar-refused
	says message "39 address bits"
	says hint "<maxphysaddr mode='passthrough' limit='39'/>"
	holds '.bar_address_bits == 39'
	# SeaBIOS moved them to the end of the addresses in 1.16.3.
	holds '[.pieces[] | select(.where | tostring | endswith("by SeaBIOS up to 1.16.2")) | .taken] == [true, true]'
	# With the remedy.
	answers 0 fits --probe --memory 32G --bar 16G --phys-bits 39 1
	# Without knowing the CPU, that is said.
	cpu 0
	answers 1 fits --probe --memory 32G --bar 16G 1
	reports bar-place-unknown
	says hint "--phys-bits"
}

@test "9: without a probe it is inferred from the registers" {
	root 6.1-intel
	answers 1 fits --memory 32G 1
	reports by-registers
	answers 2 fits --memory 600G 1
	holds '.largest_memory == 510 * 1073741824'
	run vfiodiag --sysroot "$hosts/6.1-intel/capture/files" fits --memory 600G 1
	[ "$status" -eq 2 ]
	[[ $output == *"39 address bits, by the unit's registers"* ]]
}

@test "10, 11: memory that fits 39 bits, and memory from 1 TiB on that does not" {
	root 6.1-intel
	answers 0 fits --probe --memory 510G 1
	answers 2 fits --probe --memory 511G 1
	# Room for more memory counts: QEMU ends when it is used.
	answers 2 fits --probe --memory 4G --maxmemory 1T 1
	reports plugged-memory-refused
	answers 0 fits --probe --memory 4G --maxmemory 400G --slots 16 1
	holds '.pieces[] | select(.region == "device-memory") | .start == "0x180000000" and .taken'
}

@test "12: 65535 maps: SPDK's 128 GiB in 2 MiB, a confidential guest of 16 GiB in 4 KiB" {
	root 6.12-amd
	answers 2 fits --probe --memory 128G --huge 2M --each-page 1
	holds '.maps == {pieces: 2, page_size: 2097152, pages: 65536, limit: 65535, limit_known_by: "VFIO_IOMMU_GET_INFO"}'
	reports dma-entries-memory
	says message "131070 MiB"
	says message ENOSPC
	answers 0 fits --probe --memory 131070M --huge 2M --each-page 1
	answers 2 fits --probe --memory 256G --huge 2M --each-page 1
	answers 0 fits --probe --memory 256G --huge 1G --each-page 1
	answers 2 fits --probe --memory 16G --huge 4K --each-page 1
	holds '.maps.pages == 4194304'
	# QEMU maps each piece at once, so its guests of that size start.
	answers 0 fits --probe --memory 256G --huge 2M 1
	holds '.maps.pieces == 2 and .maps.pages == 131072'
	reports dma-entries-memory
	[ "$(jq -r .severity <<<"$found")" = note ]
}

@test "14: memlock of the caller, of a user and of a unit (edited facts)" {
	root 6.12-amd
	# cloud-hypervisor#165: 4 MiB.
	caller 1000 0x400000 0x0
	answers 2 fits --probe --memory 512M 1
	reports memlock-too-small
	says message "4 MiB"
	says message "a guest of 512 MiB needs 1.5 GiB"
	says subject "this process"
	says hint "to 1572864 KiB"
	says hint "--for user:NAME"
	caller 0 0x400000 0x4000
	answers 0 fits --probe --memory 512M 1
	holds '.memlock.unlimited and .memlock.need == 536870912'
	qemu
	mkdir -p "$files/etc/security/limits.d"
	echo "qemu - memlock 4194304" >"$files/etc/security/limits.d/qemu.conf"
	answers 2 fits --probe --memory 8G --for user:qemu 1
	reports memlock-too-small
	says subject "user qemu"
	says message "the limit is 4 GiB"
	answers 1 fits --probe --memory 4G --for user:qemu 1
	reports memlock-tight
	unit vm.service '"user":"qemu","memlock":"0xffffffffffffffff"'
	answers 0 fits --probe --memory 8G --for unit:vm 1
	fact '{"fact":"unit vm.service","errno":"ENOENT"}'
	answers 3 fits --probe --memory 8G --for unit:vm 1
	reports memlock-unknown
	says message "systemd has not loaded the unit"
}

@test "14: with a virtual IOMMU, guest memory is locked for each device (edited facts, groups)" {
	root 6.1-intel
	# kubevirt#17805: two devices, 8 GiB, and libvirt wants 18253611008 bytes.
	caller 1000 0x200000000 0x0
	answers 2 fits --memory 8G --viommu 1 2
	holds '.memlock | .need == 17179869184 and .containers == 2 and .limit == 8589934592'
	reports memlock-too-small
	says hint "to $((18253611008 / 1024)) KiB"
	says message "needs 17 GiB of locked memory (the memory once for each of 2 groups, and 1 GiB to spare"
	caller 1000 0x440000000 0x0
	answers 1 fits --memory 8G --viommu 1 2
	holds '[.findings[] | select(.severity != "ok" and .severity != "note") | .id] == ["by-registers"]'
	answers 1 fits --memory 8G 1 2
	holds '.memlock.need == 8589934592'
}

@test "what could not be asked is not known" {
	root 6.12-amd
	answers 3 fits --memory 4G 1
	reports aperture-unknown
	says hint "--probe"
	holds '[.pieces[].taken] == [null, null]'
	root busy
	answers 3 fits --probe --memory 4G 1
	reports live-test-failed
	says message "in use by"
	root no-remapping
	answers 2 fits --probe --memory 4G 1
	reports live-test-failed
}

@test "a device in use by the host is reported" {
	root blocked
	answers 1 fits --memory 4G 01:01.0
	holds '.groups[0].blockers | contains("is still bound to e1000")'
	run vfiodiag --from "$copy" fits --memory 4G 01:01.0
	[[ $output == *"cannot be assigned yet: "*" is still bound to e1000 (see vfiodiag check "*")"* ]]
}

@test "a DMA entry limit that is too small (recorded)" {
	root entry-limit
	answers 2 fits --probe --memory 4G 1
	holds '.maps.limit == 0'
	reports dma-entries-low
}

@test "all fields are present, and pinning is not measured" {
	root 6.12-amd
	answers 0 fits --probe --memory 4G 1
	holds 'keys == ["bar_address_bits","findings","groups","guest","host","largest_memory","maps","memlock",
		"pieces","pin_seconds","pin_seconds_reason","schema","time","tool","verdict"]'
	holds '.pin_seconds == null and (.pin_seconds_reason | length > 0) and .verdict == "fits"'
	holds '.pieces[0] | keys == ["end","group","kind","message","name","region","size","start","taken","translated","where"]'
	run vfiodiag --from "$copy" fits --probe --memory 4G 1
	[[ $output == *"time to pin        not measured"* ]]
	[[ $output == *"Guest: fits"* ]]
	[[ $output == *"hw/i386/pc_q35.c and hw/i386/pc.c of QEMU 7.2 and 10.0"* ]]
}

@test "the machine type is that of the host" {
	root 6.12-smmuv3
	answers 0 fits --probe --memory 4G --bar 64G 0
	holds '.guest.machine == "virt" and .pieces[0].start == "0x40000000" and .pieces[1].start == "0x8000000000"'
	root 6.12-zpci
	answers 0 fits --probe --memory 4G 0
	holds '.guest.machine == "s390-ccw-virtio" and .pieces[0].translated and .pieces[0].taken'
	for host in 6.12-smmuv3:0:virt 6.12-zpci:0:s390-ccw-virtio 6.12-amd:1:q35; do
		IFS=: read -r name group machine <<<"$host"
		run vfiodiag --sysroot "$hosts/$name/capture/files" fits --memory 1G --format json "$group"
		echo "$output"
		[ "$(jq -r .guest.machine <<<"$output")" = "$machine" ]
	done
	run vfiodiag --sysroot "$hosts/6.12-virtio/capture/files" fits --memory 1G 1
	[ "$status" -eq 64 ]
	[[ $output == *"--machine is required"* ]]
}

@test "virt: 2 TiB with 40 address bits, and highmem=off, which is 32 (recorded)" {
	root 6.12-smmuv3
	answers 2 fits --probe --memory 2T --phys-bits 40 0
	reports too-few-address-bits
	says message "needs 42 physical address bits, and the CPU has 40"
	holds '.guest.phys_bits_needed == 42'
	answers 0 fits --probe --memory 2T --phys-bits 48 0
	# The last GiB below 1 TiB is the end.
	answers 0 fits --probe --memory 1023G --phys-bits 40 0
	answers 2 fits --probe --memory 1024G --phys-bits 40 0
	answers 2 fits --probe --memory 4G --maxmemory 1T --phys-bits 40 0
	answers 0 fits --probe --memory 3G --phys-bits 32 0
	answers 2 fits --probe --memory 4G --phys-bits 32 0
	# What the host can give is a fact of it; this one did not tell.
	answers 3 fits --probe --memory 2T 0
	reports address-bits-unknown
	says hint "--phys-bits"
	cpu 40
	answers 2 fits --probe --memory 2T 0
	cpu 44
	answers 0 fits --probe --memory 2T 0
}

@test "virt: BARs and the 64-bit PCI window, which needs address bits of its own (recorded)" {
	root 6.12-smmuv3
	answers 1 fits --probe --memory 600G --bar 16G --phys-bits 40 0
	reports bar-window
	says message "would end at 0x17fffffffff"
	holds '[.pieces[].kind] == ["ram"]'
	answers 0 fits --probe --memory 600G --bar 16G --phys-bits 41 0
	answers 1 fits --probe --memory 4G --bar 1T 0
	reports bar-window
	says hint "highmem-mmio-size"
	answers 0 fits --probe --memory 4G --bar 1T --highmem-mmio-size 2T 0
	holds '.pieces[1] | .start == "0x20000000000" and .end == "0x2ffffffffff"'
}

@test "s390: the memory is locked once for all functions, and all of it mapped on request (recorded)" {
	root 6.12-zpci
	caller 1000 0x140000000 0x0
	answers 0 fits --probe --memory 4G 0
	holds '.memlock | .need == 4294967296 and .containers == 1'
	# The function has 1 GiB of addresses, from 4 GiB on.
	reports relaxed-translation
	says message "0x100000000 - 0x1ffffffff"
	says hint "up to 9.2"
	for more in "--machine s390-ccw-virtio-9.2" "--qemu 7.2"; do
		# shellcheck disable=SC2086 # words
		answers 0 fits --probe --memory 4G $more 0
		holds '[.findings[].id] | index("relaxed-translation") == null'
		holds '.guest.relaxed_translation == false'
	done
	answers 0 fits --probe --memory 1G 0
	holds '[.findings[].id] | index("relaxed-translation") == null'
	# What can be added is mapped when it is.
	answers 0 fits --probe --memory 1G --maxmemory 2G 0
	reports relaxed-translation
	says message "and all memory is added: cannot map its memory at 0x100000000 - 0x17fffffff"
	answers 0 fits --probe --memory 4G --maxmemory 5G 0
	reports relaxed-translation
	says message "passthrough=1): cannot map its memory at 0x100000000 - 0x1ffffffff"
	run vfiodiag --from "$copy" fits --probe --memory 1G 0
	[[ $output == *"made by the guest as it runs, or by QEMU for all memory (relaxed translation)"* ]]
	run vfiodiag --from "$copy" fits --probe --memory 1G --qemu 7.2 0
	[[ $output == *"made by the guest as it runs;"* ]]
}

@test "the version of QEMU decides where CXL windows begin" {
	root 6.12-amd
	answers 0 fits --probe --memory 5632M --cxl-window 1G --cxl-window 256M --bar 4K 1
	holds '.guest.cxl_windows == 1280 * 1048576 and .guest.qemu == null'
	holds 'first(.pieces[] | select(.kind == "bar")) | .start == "0x240000000"'
	answers 0 fits --probe --memory 5632M --cxl-window 1280M --bar 4K --qemu 7.2 1
	holds '.guest.qemu == "7.2"'
	holds 'first(.pieces[] | select(.kind == "bar")) | .start == "0x280000000"'
	answers 3 fits --probe --memory 5632M --cxl-window 1280M --qemu 9.2 1
	reports qemu-version-unknown
	says message "the rules of 9.2 are not known"
	root 6.12-zpci
	answers 3 fits --probe --memory 1G --maxmemory 4G --qemu 8.2 0
	reports qemu-version-unknown
	answers 0 fits --probe --memory 1G --maxmemory 4G 0
	holds '.pieces[1] | .kind == "plugged" and .start == "0x40000000" and .translated and .taken'
	answers 0 fits --probe --memory 1G --maxmemory 4G --qemu 7.2 0
	holds '[.pieces[].kind] == ["ram"]'
}

# refused WORDS ARG…: one sentence with WORDS, and status 64.
refused() {
	local words=$1 status=0
	shift
	vfiodiag --from "$hosts/6.12-amd/capture" fits "$@" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" || status=$?
	cat "$BATS_TEST_TMPDIR/err"
	[ "$status" -eq 64 ]
	[ ! -s "$BATS_TEST_TMPDIR/out" ]
	[ "$(wc -l <"$BATS_TEST_TMPDIR/err")" -eq 1 ]
	grep -qF -- "$words" "$BATS_TEST_TMPDIR/err"
}

@test "wrong command lines" {
	refused "SUBJECT is required" --memory 4G
	refused "--memory is required" 1
	refused "invalid size 'lots' for --memory: expected 4K, 64M or 64GiB" --memory lots 1
	refused "between 1 byte and 4 PiB" --memory 0 1
	refused "between 1 byte and 4 PiB" --memory 8P 1
	refused "--maxmemory is less" --memory 4G --maxmemory 2G 1
	refused "--slots requires --maxmemory" --memory 4G --slots 4 1
	refused "invalid value '257' for --slots: must be between 0 and 256" --memory 4G --maxmemory 8G --slots 257 1
	refused "invalid BAR size '3G'" --memory 4G --bar 3G 1
	refused "invalid BAR size '2K'" --memory 4G --bar 2K 1
	refused "unknown machine type 'microvm'" --memory 4G --machine microvm 1
	refused "invalid value '31' for --phys-bits: must be between 32 and 52" --memory 4G --phys-bits 31 1
	refused "invalid version '7' for --qemu" --memory 4G --qemu 7 1
	refused "invalid version '-1.2' for --qemu" --memory 4G --qemu=-1.2 1
	refused "invalid version '0.15' for --qemu" --memory 4G --qemu 0.15 1
	refused "QEMU 7.2 has no machine type of version 8.0" --memory 4G --qemu 7.2 --machine pc-q35-8.0 1
	refused "must be a multiple of 256 MiB" --memory 4G --cxl-window 100M 1
	refused "--cxl-window requires the machine type q35" --memory 4G --machine virt --cxl-window 1G 1
	refused "larger than 4 PiB" --memory 4G --cxl-window 4P --cxl-window 1G 1
	refused "must be a power of two of at least 512 GiB" --memory 4G --machine virt --highmem-mmio-size 256G 1
	refused "must be a power of two of at least 512 GiB" --memory 4G --machine virt --highmem-mmio-size 600G 1
	refused "--highmem-mmio-size requires the machine type virt" --memory 4G --highmem-mmio-size 1T 1
	refused "QEMU 7.2 has no highmem-mmio-size" --memory 4G --machine virt --qemu 7.2 --highmem-mmio-size 1T 1
	refused "invalid page size '3M'" --memory 4G --huge 3M 1
	refused "--each-page requires --huge" --memory 4G --each-page 1
	refused "unknown format 'xml'" --memory 4G --format xml 1
	refused "expected user:NAME or unit:NAME" --memory 4G --for frob 1
}

@test "a size without a unit is refused: QEMU's is MiB" {
	refused "size '64' for --memory has no unit: add one, such as 64M or 64G" --memory 64 1
	refused "size '0x40' for --memory has no unit" --memory 0x40 1
	refused "size '128' for --maxmemory has no unit" --memory 64M --maxmemory 128 1
	refused "size '4096' for --bar has no unit" --memory 4G --bar 4096 1
	refused "size '2048' for --huge has no unit" --memory 4G --huge 2048 1
}

@test "an unknown user (edited facts)" {
	root 6.12-amd
	fact '{"fact":"user frob","errno":"ENOENT"}'
	run vfiodiag --from "$copy" fits --memory 4G --for user:frob 1
	[ "$status" -eq 64 ]
	[ "$output" = "vfiodiag fits: user 'frob' not found" ]
}

# judged ARG…: the findings of one run, as sorted lines, of those ids that fits can report; and the
# status in $status.
judged() {
	run vfiodiag "$@" --format json
	jq -cS --argjson ids "$ids" '.findings[] | select(.id | IN($ids[]))' <<<"$output" | sort
}

# agree NAME ARG…: on that recorded host fits and check --memory find the same about a guest, and
# check never comes to a better verdict.
agree() {
	local name=$1 group
	shift
	group=$(group_of "$name")
	judged --from "$hosts/$name/capture" fits "$@" "$group" >"$BATS_TEST_TMPDIR/fits"
	[ "$status" -ne 64 ] || return 0
	by_fits=$status
	judged --from "$hosts/$name/capture" check "$@" "$group" >"$BATS_TEST_TMPDIR/check"
	if ! diff "$BATS_TEST_TMPDIR/fits" "$BATS_TEST_TMPDIR/check" || [ "${rank[status]}" -lt "${rank[by_fits]}" ]; then
		echo "$name: $*: fits ends with $by_fits, check with $status"
		return 1
	fi
	# The verdict of fits is that of the worst finding.
	[ "$by_fits" -eq "$(jq -s '[.[].severity] | if index("failure") then 2
		elif index("unmeasured") then 3 elif index("warning") then 1 else 0 end' "$BATS_TEST_TMPDIR/fits")" ]
	compared=$((compared + 1))
}

@test "fits and check --memory agree on every recorded host" {
	local compared=0 rank=(0 1 3 2) folder name size
	ids=$(vfiodiag explain | awk '/^[^ ]/ { is_in = /^(guest|locked memory|limits|limits of a guest|outcome of the live test):/ }
		is_in && /^  / { print $1 }' | jq -Rnc '[inputs]')
	jq -e 'index("memory-refused") and index("memlock-too-small") and index("live-test-failed")' <<<"$ids"
	for folder in $(wanted_hosts); do
		name=$(basename "$folder")
		for size in 4G 600G 1200G; do
			agree "$name" --memory "$size"
		done
		case $(cat "$recorded/$name/arguments") in
		"probe --all") agree "$name" --probe --memory 1200G ;;
		esac
	done
	[ -n "${VFIODIAG_HOSTS:-}" ] || [ "$compared" -ge 100 ]
}

@test "check --memory says what fits says about 1200 GiB on AMD (recorded)" {
	host 6.12-amd
	cpu 48
	caller 0 0x10000 0x4000
	finds address-bits note 0 --probe --memory 1200G 1
	cpu 40
	finds too-few-address-bits failure 2 --probe --memory 1200G 1
	host 6.1-intel
	caller 0 0x10000 0x4000
	finds memory-refused failure 2 --memory 1200G 1
	says hint "reduce the memory to 510 GiB"
	says subject "group 1"
	# Without a guest none of it is looked for, so it is not absent either.
	lacks memory-refused 1
	jq -e '[.. | strings | select(test("^(memory-refused|memlock-too-small|huge-pages|map-memlock)$"))] == []' <<<"$output"
	jq -e '[.. | strings | select(. == "dma-entries-low")] != []' <<<"$output"
}

@test "a machine without a default layout leaves the guest open (edited facts)" {
	root 6.12-amd
	fact "$(jq -c 'select(.fact == "system") | .machine = "ppc64le"' "$copy/transcript.jsonl")"
	finds machine-unknown unmeasured 3 --memory 4G 1
	says hint "fits --machine"
	run vfiodiag --from "$copy" fits --memory 4G 1
	[ "$status" -eq 64 ]
	[[ $output == *"no default machine type for ppc64le: --machine is required"* ]]
}
