# SPDX-License-Identifier: GPL-2.0-or-later
# What can be chosen about a list.

setup() {
	load lib
	amd=$hosts/6.1-amd/capture
	cd "$BATS_TEST_TMPDIR" || return
}

@test "columns in the requested order, upper or lower case" {
	run vfiodiag --from "$amd" list --raw -o id,Address
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = "ID ADDRESS" ]
	[ "${lines[2]}" = "1234:11e8 0000:00:04.0" ]
}

@test "+ adds to the default columns" {
	run vfiodiag --from "$amd" list --raw -o +NUMA
	[[ ${lines[0]} == "GROUP ADDRESS "*" NAME NUMA" ]]
}

# states HOST: the address and state of each device that is no part of the chipset.
states() {
	vfiodiag --from "$hosts/$1/capture" list --raw --noheadings -o ADDRESS,STATE,REASON |
		grep -v 'part\\x20of\\x20the\\x20chipset$' | cut -d' ' -f1,2
}

@test "the state of each device is a default column" {
	run vfiodiag --from "$amd" list --raw
	[ "${lines[0]}" = "GROUP ADDRESS DRIVER STATE VFIO REGIONS NAME" ]
	[ "${lines[2]}" = "1 0000:00:04.0 vfio-pci ready bound 2 1234:11e8" ]
	states in-use >seen
	grep -qx '0000:00:04.0 ready' seen
	grep -qx '0000:00:06.0 keep' seen
	grep -qx '0000:00:07.0 in-use' seen
	[ "$(states held | head -n 1)" = "0000:00:04.0 assigned" ]
	[ "$(states list-by-user | head -n 1)" = "0000:00:04.0 bound" ]
	[ "$(states no-iommu-probe | head -n 1)" = "0000:00:04.0 blocked" ]
}

@test "list and check agree about states" {
	local host
	for host in 6.1-amd in-use held blocked no-iommu two-functions virtual-functions; do
		echo "$host"
		vfiodiag --from "$hosts/$host/capture" check --all --format json >checked || [ $? -le 3 ]
		vfiodiag -q --from "$hosts/$host/capture" list --json >listed
		diff <(jq -cS '[.groups[].devices[] | {address, state, reason}] | sort' checked) \
			<(jq -cS '[.devices[] | select(.group != null) | {address, state, reason}] | sort' listed)
		[ "$(jq '[.devices[] | select(.state == null or .reason == null)] | length' listed)" -eq 0 ]
	done
}

@test "JSON has the reason of a state by default, and what -o names alone" {
	local keys='.devices[0] | keys_unsorted | join(",")'
	[ "$(vfiodiag --from "$amd" list --json | jq -r "$keys")" = group,address,driver,state,vfio,regions,name,reason ]
	[ "$(vfiodiag --from "$amd" list --json -o +NUMA,REASON | jq -r "$keys")" = \
		group,address,driver,state,vfio,regions,name,numa_node,reason ]
	[ "$(vfiodiag --from "$amd" list --json -o STATE | jq -r "$keys")" = state ]
}

# typed ARG…: what a terminal shows of a run, progress left out.
typed() {
	script -qec "${VFIODIAG_UNDER:-} ${VFIODIAG:-$top/build/gcc/vfiodiag} ${*@Q} 2>/dev/null" /dev/null </dev/null |
		tr -d '\r'
}

@test "on a terminal a line above the table sums the host up, and nowhere else" {
	local line='IOMMU: AMD-Vi · VFIO: type1 · 1 ready'
	typed --from "$amd" list >shown
	[ "$(head -n 1 shown)" = "$line" ]
	[[ $(sed -n 2p shown) == "GROUP ADDRESS "* ]]
	[ "$(typed --from "$amd" list --tree 1 | head -n 1)" = "$line" ]
	[ "$(typed --from "$hosts/no-iommu/capture" list | head -n 1)" = "IOMMU: none · VFIO: type1 · 2 blocked" ]
	[ "$(LC_ALL=C typed --from "$amd" list | head -n 1)" = "${line//·/-}" ]
	vfiodiag --from "$amd" list >piped
	absent IOMMU: piped
	local -a plain
	for plain in --noheadings --raw --json '-o ADDRESS'; do
		# shellcheck disable=SC2086 # an option with its value
		typed --from "$amd" list $plain >shown
		[ -s shown ]
		absent IOMMU: shown
	done
}

@test "states have colours on a terminal, and only in a table" {
	local green=$'\e[32mready' yellow=$'\e[33mavailable' red=$'\e[31mblocked'
	typed --from "$amd" list >shown
	grep -qF "$green" shown
	typed --from "$hosts/unbound/capture" list | grep -qF "$yellow"
	typed --from "$hosts/no-iommu/capture" list | grep -qF "$red"
	vfiodiag --from "$amd" list --color=always | grep -qF "$green"
	{
		vfiodiag --from "$amd" list
		typed --from "$amd" list --color=never
		NO_COLOR=1 typed --from "$amd" list
		vfiodiag --from "$amd" list --color=always --raw
		vfiodiag --from "$amd" list --color=always --json
	} >plain
	grep -q ready plain
	absent $'\e' plain
}

@test "no headings" {
	run vfiodiag --from "$amd" list --raw --noheadings -o ADDRESS
	[ "${lines[0]}" = 0000:00:00.0 ]
}

@test "subjects: group, address with and without its domain" {
	for subject in 1 0000:00:04.0 00:04.0; do
		run vfiodiag --from "$amd" list --raw --noheadings -o ADDRESS "$subject"
		[ "$status" -eq 0 ]
		[ "$output" = 0000:00:04.0 ]
	done
}

# in_two_domains: a copy of the recorded host with two functions that has one of them in a second
# domain too, in group 7.
in_two_domains() {
	local device=sys/devices/pci0001:00/0001:01:01.0 group=sys/kernel/iommu_groups/7
	two=$BATS_TEST_TMPDIR/two
	cp -r "$hosts/two-functions/capture" "$two"
	mkdir -p "$two/files/$device" "$two/files/$group/devices"
	cp "$two/files/sys/devices/pci0000:00/0000:00:01.0/0000:01:01.0/uevent" "$two/files/$device"
	ln -s "../../../../devices/${device#sys/devices/}" "$two/files/$group/devices/0001:01:01.0"
	ln -s "../../../devices/${device#sys/devices/}" "$two/files/sys/bus/pci/devices/0001:01:01.0"
}

# selected SUBJECT…: the groups that they select on that host.
selected() {
	vfiodiag --from "$two" list --raw --noheadings -o GROUP "$@" | uniq | tr '\n' ' '
}

@test "subjects: addresses as lspci takes them, in two domains" {
	in_two_domains
	[ "$(selected 0000:01:01.0)" = "1 " ]
	[ "$(selected 0001:01:01.0)" = "7 " ]
	[ "$(selected 1:1:1)" = "7 " ]
	[ "$(selected 01:01.0)" = "1 7 " ]
	[ "$(selected 01:01)" = "1 7 " ]
	[ "$(selected '*:1:*.0')" = "1 7 " ]
	[ "$(selected 01:02)" = "1 " ]
	[ "$(selected 00:1f)" = "2 " ]
	[ "$(selected 1234:11e8)" = "1 7 " ]
	[ "$(selected 1b36:000e 7)" = "1 7 " ]
}

@test "a subject of several groups, where a command takes one" {
	in_two_domains
	run vfiodiag --from "$two" iova 01:01.0
	[ "$status" -eq 64 ]
	[ "$output" = "vfiodiag iova: '01:01.0' is in 2 IOMMU groups: name one of them, such as 1" ]
	run vfiodiag --from "$two" bench 01:01.0
	[ "$status" -eq 64 ]
	vfiodiag --from "$two" iova 01:02 >/dev/null || [ "$?" -eq 1 ]
}

@test "a subject brings its whole group, once" {
	run vfiodiag --from "$amd" list --raw --noheadings -o ADDRESS 0000:00:1f.3 2
	[ "$output" = $'0000:00:1f.0\n0000:00:1f.2\n0000:00:1f.3' ]
}

@test "a subject that is a network interface" {
	mkdir -p "$BATS_TEST_TMPDIR/capture"
	cp -r "$amd/." "$BATS_TEST_TMPDIR/capture"
	mkdir -p "$BATS_TEST_TMPDIR/capture/files/sys/class/net" \
		"$BATS_TEST_TMPDIR/capture/files/sys/devices/pci0000:00/0000:00:04.0/net/eth0"
	ln -s ../../devices/pci0000:00/0000:00:04.0/net/eth0 "$BATS_TEST_TMPDIR/capture/files/sys/class/net/eth0"
	ln -s ../../../0000:00:04.0 "$BATS_TEST_TMPDIR/capture/files/sys/devices/pci0000:00/0000:00:04.0/net/eth0/device"
	run vfiodiag --from "$BATS_TEST_TMPDIR/capture" list --raw --noheadings -o ADDRESS eth0
	[ "$output" = 0000:00:04.0 ]
}

@test "JSON: numbers are numbers, absent values are null" {
	vfiodiag --from "$amd" list --json -o GROUP,ADDRESS,DRIVER |
		jq -e '.devices | map(select(.address == "0000:00:04.0")) == [{group: 1, address: "0000:00:04.0", driver: "vfio-pci"}]'
	vfiodiag --from "$amd" list --json -o GROUP,ADDRESS |
		jq -e '.devices[] | select(.address == "0000:00:01.0") | .group == null'
}

@test "JSON has the names and forms that check has" {
	local fields='address bus class_name driver iommu numa_node vendor_name vfio_dev'
	vfiodiag --from "$amd" list --json -o VENDOR,CLASS,NUMA,VFIO-DEV,IOMMU,BUS,DRIVER,ADDRESS,RESERVED 2 >listed
	vfiodiag --from "$amd" check --format json >checked || [ $? -le 2 ]
	jq '[.devices[] | del(.reserved_regions)], .devices[0].reserved_regions' listed >mine
	jq --arg fields "$fields" '.groups[] | select(.group == 2) |
		[.devices[] | with_entries(select(.key | IN($fields | split(" ")[])))],
		.reserved_regions' checked >theirs
	diff <(jq -S . mine) <(jq -S . theirs)
	jq -es '.[0][2] | length == 8' mine
}

@test "the manual page names the columns of --help, and the default ones" {
	vfiodiag list --help | sed -n '/^Columns/,/^$/s/^ \([ *]\) \([A-Z-]*\) .*/\1\2/p' >columns
	sed -n '/^\.SH COLUMNS/,/^\.SH "STANDARD/p' "$top/man/vfiodiag-list.8" | sed 's/\\-/-/g' >page
	diff <(tr -d ' *' <columns) <(sed -n '/^\.TP/{n;s/^\.B //p}' page)
	diff <(sed -n 's/^\*//p' columns | sort) \
		<(sed '/^\.TP/,$d' page | sed -n 's/^\.BR* \([A-Z]*\).*/\1/p' | sort)
	[ "$(wc -l <columns)" -ge 17 ]
}

@test "JSON as a tree: devices are children of their group" {
	vfiodiag --from "$amd" list --json --tree |
		jq -e '.devices[] | select(.address == "group 2") | .children | length == 3'
}

@test "JSON as a tree, whatever the columns are" {
	vfiodiag --from "$amd" list --json --tree -o GROUP,DRIVER |
		jq -e '[.devices[] | select(.group == 2)] | length == 1 and (.[0].children | length == 3)'
}

@test "no IOMMU: a message on standard error, status 0; silent with --quiet" {
	run vfiodiag --from "$hosts/no-iommu/capture" list
	[ "$status" -eq 0 ]
	[[ $output == *"no IOMMU groups"* ]]
	run vfiodiag --from "$hosts/no-iommu/capture" list --quiet
	[[ $output != *"no IOMMU groups"* ]]
}

@test "an invalid reserved_regions file is not treated as empty" {
	cp -r "$amd" "$BATS_TEST_TMPDIR/capture"
	echo "0x10 zzz reserved" >"$BATS_TEST_TMPDIR/capture/files/sys/kernel/iommu_groups/1/reserved_regions"
	run vfiodiag --from "$BATS_TEST_TMPDIR/capture" list
	[ "$status" -eq 0 ]
	[[ $output == *"cannot read /sys/kernel/iommu_groups/1/reserved_regions"* ]]
	run vfiodiag --from "$BATS_TEST_TMPDIR/capture" probe 1
	[ "$status" -eq 3 ]
	[[ $output == *"no address is known to be safe"* ]]
}

@test "names from the host cannot control the terminal" {
	cp -r "$amd" "$BATS_TEST_TMPDIR/capture"
	printf 'DRIVER=evil\033[2Jdriver\xff\nPCI_CLASS=20000\nPCI_ID=1234:11E8\n' \
		>"$BATS_TEST_TMPDIR/capture/files/sys/devices/pci0000:00/0000:00:04.0/uevent"
	vfiodiag --from "$BATS_TEST_TMPDIR/capture" list >"$BATS_TEST_TMPDIR/out"
	grep -q 'evil?\[2Jdriver?' "$BATS_TEST_TMPDIR/out"
	vfiodiag --from "$BATS_TEST_TMPDIR/capture" list --json | jq -e . >/dev/null
}

@test "this machine, without privileges" {
	run setpriv --reuid=65534 --regid=65534 --clear-groups "${VFIODIAG:-$top/build/gcc/vfiodiag}" list
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "unwritable standard output is an error" {
	run bash -c '"$1" --from "$2" list >/dev/full' _ "${VFIODIAG:-$top/build/gcc/vfiodiag}" "$amd"
	[ "$status" -eq 3 ]
	[[ $output == *"cannot write to standard output"* ]]
}

@test "an empty tree is not a host without an IOMMU" {
	mkdir "$BATS_TEST_TMPDIR/empty"
	run vfiodiag --sysroot "$BATS_TEST_TMPDIR/empty" list
	[ "$status" -eq 0 ]
	[[ $output == *"not known whether there is an IOMMU"* ]]
	[[ $output != *firmware* ]]
	run vfiodiag --sysroot "$BATS_TEST_TMPDIR/empty" check
	[ "$status" -eq 3 ]
}

@test "unreadable groups are not treated as none (edited transcript)" {
	cp -r "$hosts/no-iommu/capture" "$BATS_TEST_TMPDIR/capture"
	echo '{"fact":"list /sys/kernel/iommu_groups","errno":"EACCES"}' >>"$BATS_TEST_TMPDIR/capture/transcript.jsonl"
	run vfiodiag --from "$BATS_TEST_TMPDIR/capture" check
	[ "$status" -eq 3 ]
	[[ $output == *"cannot read the IOMMU groups"* ]]
}

@test "an endless list of regions stops early" {
	cp -r "$amd" "$BATS_TEST_TMPDIR/capture"
	for i in $(seq 20000); do
		printf '0x%016x 0x%016x reserved\n' $((i * 4096)) $((i * 4096 + 4095))
	done >"$BATS_TEST_TMPDIR/capture/files/sys/kernel/iommu_groups/1/reserved_regions"
	run timeout 20 "${VFIODIAG:-$top/build/gcc/vfiodiag}" --from "$BATS_TEST_TMPDIR/capture" probe 1
	[ "$status" -eq 3 ]
	[[ $output == *"no address is known to be safe"* ]]
}
