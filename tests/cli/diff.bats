# SPDX-License-Identifier: GPL-2.0-or-later
# diff: what changed between two captures.

setup() {
	load lib
	amd=$hosts/6.1-amd/capture
	copy=$BATS_TEST_TMPDIR/capture
	cp -r "$amd" "$copy"
	files=$copy/files
	device=$files/sys/devices/pci0000:00/0000:00:04.0
	group=$files/sys/kernel/iommu_groups/1
}

# differs LINE…: diff finds a difference, and each LINE is one of it.
differs() {
	local line
	run vfiodiag diff "$amd" "$copy"
	echo "$output"
	[ "$status" -eq 1 ]
	for line in "$@"; do
		grep -qxF -- "  $line" <<<"$output" || {
			echo "not told: $line"
			return 1
		}
	done
}

# only N: diff tells of N changes and no more.
only() {
	[ "$(vfiodiag diff --format json "$amd" "$copy" | jq '.changes | length')" -eq "$1" ]
}

@test "nothing changed: status 0" {
	run vfiodiag diff "$amd" "$copy"
	[ "$status" -eq 0 ]
	[[ ${lines[2]} == "no differences" ]]
	[ "${#lines[@]}" -eq 3 ]
}

# bats test_tags=many
@test "an archive and its directory do not differ, on any host" {
	local host
	for host in "$hosts"/*/; do
		vfiodiag collect -q --from "$host/capture" -o "$BATS_TEST_TMPDIR/archive"
		vfiodiag diff "$host/capture" "$BATS_TEST_TMPDIR/archive"
	done
}

# bats test_tags=many
@test "every pair of recorded hosts compares without error, the same both ways" {
	local one=6.12-zpci two there back
	for two in "$hosts"/*/; do
		two=$(basename "$two")
		there=$(vfiodiag diff --format json "$hosts/$one/capture" "$hosts/$two/capture") || [ $? -eq 1 ]
		back=$(vfiodiag diff --format json "$hosts/$two/capture" "$hosts/$one/capture") || [ $? -eq 1 ]
		# What appeared one way went the other.
		diff <(jq -r '.changes[] | "\(.before) \(.after)"' <<<"$there" | sort) \
			<(jq -r '.changes[] | "\(.after) \(.before)"' <<<"$back" | sort)
		one=$two
	done
}

@test "the kernel and its command line (edited: an update)" {
	echo 6.12.1 >"$files/proc/sys/kernel/osrelease"
	sed 's/$/ iommu=pt/; s/nowatchdog //' -i "$files/proc/cmdline"
	differs "~ kernel release: 6.1.0-56-amd64 -> 6.12.1" "+ kernel command line: iommu=pt"
	[ "$(grep -c 'command line' <<<"$output")" -le 2 ]
}

@test "a driver and a device (edited: another driver, one device more)" {
	sed -i 's/DRIVER=vfio-pci/DRIVER=e1000e/' "$device/uevent"
	mkdir "$files/sys/devices/pci0000:00/0000:00:05.0"
	printf 'PCI_ID=8086:10D3\nPCI_CLASS=20000\n' >"$files/sys/devices/pci0000:00/0000:00:05.0/uevent"
	ln -s ../../../devices/pci0000:00/0000:00:05.0 "$files/sys/bus/pci/devices/0000:00:05.0"
	differs "~ 0000:00:04.0 driver: vfio-pci -> e1000e" "+ 0000:00:05.0: 8086:10d3, no driver"
}

@test "a removed device takes its group with it (edited: one device removed)" {
	rm -r "$device" "$group" "$files/sys/bus/pci/devices/0000:00:04.0"
	differs "- 0000:00:04.0: 1234:11e8, vfio-pci" "- group 1: 0000:00:04.0"
}

@test "a group with another number is the same group (edited: numbers that changed places)" {
	mv "$files/sys/kernel/iommu_groups/1" "$files/sys/kernel/iommu_groups/x"
	mv "$files/sys/kernel/iommu_groups/0" "$files/sys/kernel/iommu_groups/1"
	mv "$files/sys/kernel/iommu_groups/x" "$files/sys/kernel/iommu_groups/0"
	sed -i 's/"probe 1 auto"/"probe 0 auto"/; s|/dev/vfio/1|/dev/vfio/0|' "$copy/transcript.jsonl"
	differs "~ group 0 number: 1 -> 0" "~ group 1 number: 0 -> 1"
	only 2
}

@test "two groups merged into one (edited: a device moved)" {
	mv "$files/sys/kernel/iommu_groups/0/devices/0000:00:00.0" "$group/devices/"
	rmdir "$files/sys/kernel/iommu_groups/0/devices" || true
	rm -r "$files/sys/kernel/iommu_groups/0"
	differs "+ group 1 device: 0000:00:00.0"
}

@test "reserved regions and the type of a group (edited: one region more, one less)" {
	sed -i '1d; $a 0x0000000100000000 0x00000001ffffffff direct' "$group/reserved_regions"
	echo identity >"$group/type"
	differs "- group 1 reserved regions: 0xfee00000-0xfeefffff=msi" \
		"+ group 1 reserved regions: 0x100000000-0x1ffffffff=direct" \
		"~ group 1 type: DMA -> identity"
}

@test "allowed ranges (edited: another end)" {
	sed -i 's/u64 end 0xfedfffff/u64 end 0xfecfffff/' "$copy/transcript.jsonl"
	grep -q 0xfecfffff "$copy/transcript.jsonl"
	differs "- group 1 allowed: 0x0000000000000000 - 0x00000000fedfffff" \
		"+ group 1 allowed: 0x0000000000000000 - 0x00000000fecfffff"
}

@test "parameters (edited: one set, one new, one gone)" {
	local parameters=$files/sys/module/vfio_iommu_type1/parameters
	echo Y >"$parameters/allow_unsafe_interrupts"
	echo 1 >"$parameters/brand_new"
	rm "$parameters/disable_hugepages"
	differs "~ vfio_iommu_type1.allow_unsafe_interrupts value: N -> Y" \
		"+ vfio_iommu_type1.brand_new: 1" "- vfio_iommu_type1.disable_hugepages: N"
}

@test "findings and the verdict (edited: an unsafe parameter)" {
	echo Y >"$files/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts"
	run vfiodiag diff --format json "$amd" "$copy"
	[ "$status" -eq 1 ]
	jq -e '[.changes[] | select(.area == "finding")] | length == 2
		and .[0].field == "verdict" and .[0].before == "ready" and .[0].after == "warnings"
		and .[1].field == "unsafe-interrupts" and .[1].change == "appeared"' <<<"$output"
}

@test "not measured on one side is not a difference (edited: three refusals)" {
	cat >>"$copy/transcript.jsonl" <<-'END'
		{"fact":"read /sys/kernel/iommu_groups/2/reserved_regions","errno":"EACCES"}
		{"fact":"read /sys/module/vfio_pci/parameters/disable_vga","errno":"EACCES"}
	END
	sed -i '/"section":"probe 1 auto"/,/"fact"/{/"fact"/!d}' "$copy/transcript.jsonl"
	run vfiodiag diff "$amd" "$copy"
	echo "$output"
	[[ $output == *"not compared"* ]]
	[[ $output == *"? group 2: reserved regions: could not be read on one side"* ]]
	[[ $output == *"? vfio_pci.disable_vga: value: not known in the second"* ]]
	[[ $output == *"? group 1: live test: made on one side only"* ]]
	# The finding about the regions is new, though: it says that they could not be read.
	[ "$(vfiodiag diff --format json "$amd" "$copy" | jq '[.changes[] | select(.area != "finding")] | length')" -eq 0 ]
	vfiodiag diff --format json "$amd" "$copy" | jq -e '.not_compared | length == 3'
}

@test "unreadable groups are not reported as removed (edited: a refusal)" {
	echo '{"fact":"list /sys/kernel/iommu_groups","errno":"EACCES"}' >>"$copy/transcript.jsonl"
	run vfiodiag diff "$amd" "$copy"
	[[ $output == *"? groups: could not be read on one side"* ]]
	vfiodiag diff --format json "$amd" "$copy" | jq -e '[.changes[] | select(.area == "group")] | length == 0'
}

# many_devices FOLDER N DRIVER [OTHER]: N devices more in that capture, each without a group and bound
# to DRIVER; the last one to OTHER.
many_devices() {
	local i address driver=$3
	for ((i = 1; i <= $2; i++)); do
		((i < $2)) || driver=${4:-$3}
		address=0000:$(printf %02x "$i"):00.0
		mkdir -p "$1/files/sys/devices/pci0000:00/$address"
		printf 'PCI_ID=8086:10CA\nPCI_CLASS=20000\nDRIVER=%s\n' "$driver" \
			>"$1/files/sys/devices/pci0000:00/$address/uevent"
		ln -sfn "../../../devices/pci0000:00/$address" "$1/files/sys/bus/pci/devices/$address"
	done
}

@test "many equal changes are one line with their number, and a line each with -v (edited: devices)" {
	local before=$BATS_TEST_TMPDIR/before line="  ~ 0000:0%d:00.0 driver: vfio-pci -> nvme\n"
	many_devices "$copy" 12 vfio-pci
	differs "+ 12 devices: 8086:10ca, vfio-pci (0000:01:00.0, 0000:02:00.0, 0000:03:00.0 and 9 more)"
	cp -r "$copy" "$before"
	many_devices "$copy" 5 nvme e1000e
	run vfiodiag diff "$before" "$copy"
	grep -Fx '  ~ 4 devices driver: vfio-pci -> nvme (0000:01:00.0, 0000:02:00.0, 0000:03:00.0 and 1 more)' <<<"$output"
	grep -Fx '  ~ 0000:05:00.0 driver: vfio-pci -> e1000e' <<<"$output"
	[ "$(grep -c driver: <<<"$output")" -eq 2 ]
	run vfiodiag diff -v "$before" "$copy"
	# shellcheck disable=SC2059 # the line is a format
	diff <(grep nvme <<<"$output") <(printf "$line" 1 2 3 4)
	[ "$(vfiodiag diff --format json "$before" "$copy" | jq '[.changes[] | select(.area == "driver")] | length')" -eq 5 ]
	# Three of three are all named.
	many_devices "$before" 3 xhci_hcd
	many_devices "$copy" 3 nvme
	run vfiodiag diff "$before" "$copy"
	grep -Fx '  ~ 3 devices driver: xhci_hcd -> nvme (0000:01:00.0, 0000:02:00.0, 0000:03:00.0)' <<<"$output"
}

# refuse FILE…: the second capture could not read these.
refuse() {
	printf '{"fact":"read %s","errno":"EACCES"}\n' "$@" >>"$copy/transcript.jsonl"
}

@test "facts not compared for one reason are one line with their number, and a line each with -v (edited: refusals)" {
	local reason=": reserved regions: could not be read on one side"
	refuse /sys/kernel/iommu_groups/{0,1,2}/reserved_regions \
		/sys/module/vfio_pci/parameters/{disable_idle_d3,disable_vga,enable_sriov,nointxmask}
	run vfiodiag diff "$amd" "$copy"
	echo "$output"
	grep -Fx "  ? 3 subjects$reason (group 0, group 1, group 2)" <<<"$output"
	grep -Fx "  ? 4 subjects: value: not known in the second (vfio_pci.disable_idle_d3, vfio_pci.disable_vga, vfio_pci.enable_sriov and 1 more)" <<<"$output"
	[ "$(grep -c '^  ? ' <<<"$output")" -eq 4 ]
	run vfiodiag diff -v "$amd" "$copy"
	diff <(grep "$reason" <<<"$output") <(printf "  ? group %s$reason\n" 0 1 2)
	[ "$(grep -c '^  ? ' <<<"$output")" -eq 9 ]
	vfiodiag diff --format json "$amd" "$copy" | jq -e '.not_compared | length == 9
		and any(.subject == "group 2: reserved regions" and .reason == "could not be read on one side")'
}

@test "facts not compared for another reason are not in the line of the others (edited: refusals on both sides)" {
	local first=$BATS_TEST_TMPDIR/first name=/sys/module/vfio_pci/parameters
	cp -r "$amd" "$first"
	printf '{"fact":"read %s","errno":"EACCES"}\n' "$name/nointxmask" >>"$first/transcript.jsonl"
	refuse "$name"/{disable_idle_d3,disable_vga,enable_sriov}
	run vfiodiag diff "$first" "$copy"
	echo "$output"
	grep -Fx "  ? 3 subjects: value: not known in the second (vfio_pci.disable_idle_d3, vfio_pci.disable_vga, vfio_pci.enable_sriov)" <<<"$output"
	grep -Fx "  ? vfio_pci.nointxmask: value: not known in the first" <<<"$output"
}

@test "two facts not compared for one reason are two lines (edited: two refusals)" {
	refuse /sys/kernel/iommu_groups/{1,2}/reserved_regions
	run vfiodiag diff "$amd" "$copy"
	grep -Fx "  ? group 1: reserved regions: could not be read on one side" <<<"$output"
	grep -Fx "  ? group 2: reserved regions: could not be read on one side" <<<"$output"
}

@test "two equal changes are two lines (edited: devices)" {
	many_devices "$copy" 2 nvme
	differs "+ 0000:01:00.0: 8086:10ca, nvme" "+ 0000:02:00.0: 8086:10ca, nvme"
}

@test "findings come first (edited: an unsafe parameter and a kernel)" {
	echo Y >"$files/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts"
	echo 6.12.1 >"$files/proc/sys/kernel/osrelease"
	run vfiodiag diff "$amd" "$copy"
	[ "$(grep -v '^[-+ ]' <<<"$output")" = $'finding\nkernel\nparameter' ]
	run vfiodiag diff --format json "$amd" "$copy"
	[ "$(jq -r '.changes[].area' <<<"$output" | uniq)" = $'finding\nkernel\nparameter' ]
}

@test "JSON: both sides, each change, and whether they are equal" {
	vfiodiag diff --format json "$amd" "$copy" |
		jq -e --arg amd "$amd" '.schema == "vfiodiag-diff/1" and .equal and .changes == []
			and .before.source == $amd and .before.host == "lab" and (.after.kernel | startswith("6.1.0"))'
	echo other >"$files/proc/sys/kernel/hostname"
	run vfiodiag diff --format json "$amd" "$copy"
	[ "$status" -eq 1 ]
	jq -e '(.equal | not) and .changes == [{"area": "host", "change": "changed", "subject": "host",
		"field": "name", "before": "lab", "after": "other", "reason": null}]' <<<"$output"
}

@test "colours only on request or on a terminal" {
	echo other >"$files/proc/sys/kernel/hostname"
	run vfiodiag diff --color always "$amd" "$copy"
	[[ $output == *$'\e[33m~ host name\e[0m: lab -> other'* ]]
	run vfiodiag diff "$amd" "$copy"
	[[ $output != *$'\e'* ]]
}

@test "one capture is compared with this host" {
	vfiodiag collect -q -o "$BATS_TEST_TMPDIR/here"
	vfiodiag diff "$BATS_TEST_TMPDIR/here"
	run vfiodiag diff "$amd"
	[ "$status" -eq 1 ]
	[[ $output == *"+ this host: "* ]]
	run vfiodiag --sysroot "$amd/files" diff "$amd"
	[ "$status" -le 1 ]
}

@test "an unreadable capture: status 3, one sentence" {
	run vfiodiag diff "$amd" /nowhere
	[ "$status" -eq 3 ]
	[ "${#lines[@]}" -eq 1 ]
	[[ $output == *"/nowhere"* ]]
	run vfiodiag diff "$BATS_TEST_TMPDIR" "$amd"
	[ "$status" -eq 3 ]
	[ "${#lines[@]}" -eq 1 ]
}

@test "wrong command lines" {
	run vfiodiag diff
	[ "$status" -eq 64 ]
	run vfiodiag diff "$amd" "$copy" "$amd"
	[ "$status" -eq 64 ]
	run vfiodiag --from "$amd" diff "$copy"
	[ "$status" -eq 64 ]
	run vfiodiag diff --format xml "$amd" "$copy"
	[ "$status" -eq 64 ]
	run vfiodiag --sysroot / diff "$amd" "$copy"
	[ "$status" -eq 64 ]
}
