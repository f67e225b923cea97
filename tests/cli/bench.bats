# SPDX-License-Identifier: GPL-2.0-or-later
# What mapping costs, on hosts where it was measured; some with an edited transcript, and then the
# name of the test says so.

setup() {
	load lib
	amd=$hosts/6.1-amd-bench/capture
	copy=$BATS_TEST_TMPDIR/capture
}

# bench CAPTURE ARG…: standard output alone.
bench() {
	vfiodiag --from "$1" bench --limit 20M "${@:2}" 2>/dev/null
}

# edited FILTER: $copy is the host's capture with each line of its transcript through jq.
edited() {
	cp -r "$amd" "$copy"
	jq -c "$1" "$amd/transcript.jsonl" >"$copy/transcript.jsonl"
	# An edit that finds nothing to edit would test nothing.
	if cmp -s "$copy/transcript.jsonl" "$amd/transcript.jsonl"; then
		echo "nothing to edit: $1"
		return 1
	fi
}

# The part of a filter that leaves the largest size out, for what is cut short before it.
small='select(.bytes != 16777216 and .in.size != "0x1000000")'

# ends STATUS ARG…: the measurement of the copy as JSON in $output, its messages in $errors.
ends() {
	local wanted=$1
	status=0
	output=$(vfiodiag --from "$copy" bench "${@:2}" --format json 1 2>"$BATS_TEST_TMPDIR/err") || status=$?
	errors=$(cat "$BATS_TEST_TMPDIR/err")
	printf '%s\n' "$output" "$errors" "[status $status]"
	[ "$status" -eq "$wanted" ]
}

# holds JQ-FILTER: true of $output.
holds() {
	if ! jq -e "$1" <<<"$output" >/dev/null; then
		echo "does not hold: $1"
		return 1
	fi
}

@test "all fields are present, measured and refused" {
	local fields='keys == ["bench","host","schema","time","tool"] and (.bench |
		keys == ["backend","devices","error","group","guest_memory","limit","method","rounds","series","window"])'
	bench "$amd" --format json 1 | jq -e "$fields and
		.schema == \"vfiodiag/1\" and (.bench |
		.method == \"measured\" and .rounds == 5 and .error == null and
		all(.series[]; keys == [\"guest\",\"hint\",\"page_size\",\"pages\",\"points\",\"reason\"]) and
		all(.series[].points[]; keys == [\"map\",\"page_table\",\"pages\",\"populate\",\"size\",\"transparent_bytes\",\"unmap\"]))"
	cp -r "$hosts/unbound/capture" "$copy"
	ends 3
	holds "$fields"' and (.bench | .method == "none" and .limit == null and .window == null and
		.series == [] and .error.step == "subject")'
}

@test "durations are those recorded: median of five, minimum and maximum" {
	local recorded
	recorded=$(jq -s -c '[.[] | select(.request == "VFIO_IOMMU_MAP_DMA" and .in.size == "0x1000000") |
		.nanoseconds][0:5] | sort | {median_ns: .[2], least_ns: .[0], most_ns: .[4]}' "$amd/transcript.jsonl")
	echo "recorded $recorded"
	[ "$(bench "$amd" --format json 1 | jq -c '.bench.series[0].points[-1] | .map | del(.ns_per_page)')" = "$recorded" ]
	bench "$amd" --format json 1 | jq -e '.bench.series[0].points[-1] |
		(.map.median_ns / .pages - .map.ns_per_page | fabs) <= 0.5'
}

@test "a guest pays in proportion to its memory" {
	bench "$amd" --format json --memory 16M 1 | jq -e 'all(.bench.series[] | select(.guest);
		.guest.pin_ns == .points[-1].map.median_ns and .guest.populate_ns == .points[-1].populate.ns)'
	[ "$(bench "$amd" --memory 1T 1 | grep -c '^Pinning a guest of 1 TiB takes about .* on this host with .*;$')" -eq 3 ]
}

@test "the longest bar is the slowest page size; ASCII without UTF-8" {
	bench "$amd" 1 | grep -E '^ +1 MiB .*█+░+$' | grep -o '[█░]' | wc -l | grep -x 32
	[ "$(bench "$amd" 1 | grep -oE '█+░+' | awk '{ print length }' | sort -n | tail -n 1)" -le 96 ]
	LC_ALL=C bench "$amd" 1 >"$BATS_TEST_TMPDIR/out"
	grep -E '^ +1 MiB .* #+-+$' "$BATS_TEST_TMPDIR/out"
	LC_ALL=C absent '[^ -~]' "$BATS_TEST_TMPDIR/out"
}

@test "the plan is printed first, except with --quiet" {
	vfiodiag --from "$amd" bench --limit 20M 1 2>&1 >/dev/null |
		grep '^vfiodiag bench: pinning up to 20 MiB of memory at once (set by --limit)'
	[ -z "$(vfiodiag --from "$amd" bench -q --limit 20M 1 2>&1 >/dev/null)" ]
}

@test "a limit other than the recorded one has no answer in the capture" {
	cp -r "$amd" "$copy"
	ends 3 --limit 64M
	[ -z "$output" ]
	[[ $errors == *"the capture records memory where memory was asked"* ]]
}

@test "a host that was only probed was not measured" {
	cp -r "$hosts/6.1-amd/capture" "$copy"
	ends 3
	[[ $errors == *"the capture holds no measurement of group 1"*"vfiodiag --record DIR bench 1"* ]]
}

@test "no free huge pages, and how to reserve some (edited)" {
	cp -r "$amd" "$copy"
	echo 0 >"$copy/files/sys/devices/system/node/node0/hugepages/hugepages-2048kB/free_hugepages"
	ends 0 --limit 20M
	holds '.bench.series[2] | .reason == "no free huge pages of 2 MiB" and .points == [] and .guest == null and
		(.hint | contains("(the value was 16; restore it afterwards): echo 26 | sudo tee /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"))'
}

@test "the locked memory limit is respected, including what is already locked (edited)" {
	edited "$small"' | if .fact == "process" then .memlock = "0x500000" | .capabilities = "0x0" else . end'
	sed -i 's/^VmLck:.*/VmLck:\t    1024 kB/' "$copy/files/proc/self/status"
	ends 0
	[[ $errors == *"pinning up to 4 MiB of memory at once (limited by RLIMIT_MEMLOCK)"* ]]
	holds '.bench.limit.bytes == 4194304 and .bench.limit.bound_by == "memlock"'
	holds '[.bench.series[0].points[].size] == [1048576, 4194304]'
	sed -i 's/^VmLck:.*/VmLck:\t    5120 kB/' "$copy/files/proc/self/status"
	ends 3
	[[ $errors == *"not even a page of 4 KiB may be locked"*"raise the limit to 262144 KiB"* ]]
}

@test "at most a quarter of the available memory is used (edited)" {
	edited "$small"
	sed -i 's/^MemAvailable:.*/MemAvailable:   16384 kB/' "$copy/files/proc/meminfo"
	ends 0
	holds '.bench.limit == {bytes: 4194304, bound_by: "available", available: 16777216}'
	sed -i '/^MemAvailable:/d' "$copy/files/proc/meminfo"
	ends 3
	[[ $errors == *"the available memory of the host is not known"* ]]
}

@test "a refusal by the kernel gives status 2 and keeps earlier measurements (edited)" {
	edited 'if .request == "VFIO_IOMMU_MAP_DMA" and .in.size == "0x1000000" then
		{call, request, on, in, errno: "ENOSPC"} else . end'
	ends 2 --limit 20M
	[ "$(wc -l <<<"$errors")" -eq 3 ]
	[[ $errors == *$'\n        echo 65535 | sudo tee /sys/module/vfio_iommu_type1/parameters/dma_entry_limit' ]]
	[[ $errors == *"VFIO_IOMMU_MAP_DMA of group 1 failed: No space left on device"*dma_entry_limit* ]]
	holds '.bench | .method == "measured" and .error.step == "map" and [.series[0].points[].size] == [1048576, 4194304]'
	holds 'all(.bench.series[]; .reason == "the measurement ended early")'
	vfiodiag --from "$copy" bench --limit 20M 1 2>/dev/null | grep 'ended early: VFIO_IOMMU_MAP_DMA'
}

@test "fits names the command" {
	vfiodiag --from "$amd" fits --memory 4G 1 | grep "time to pin .*'vfiodiag bench' measures it"
}
