# SPDX-License-Identifier: GPL-2.0-or-later
# For tests of iova and fits on captures that they edit; comes behind edit.bash.
# shellcheck shell=bash

# regions GROUP LINE…: the reserved regions of a group.
regions() {
	local group=$1
	shift
	printf '%s\n' "$@" >"$files/sys/kernel/iommu_groups/$group/reserved_regions"
}

# ranges START END…: what the kernel lists as allowed in every probe, and room for 65535 maps.
ranges() {
	python3 - "$copy/transcript.jsonl" "$@" <<-'END'
		import json, sys
		path, ends = sys.argv[1], [int(text, 0) for text in sys.argv[2:]]
		tail = ["24 u16 id 0x3", "26 u16 version 0x1", "28 u32 next 0x28", "32 u32 avail 0xffff",
		        "40 u16 id 0x1", "42 u16 version 0x1", "44 u32 next 0x0",
		        f"48 u32 nr_iovas {len(ends) // 2:#x}"]
		tail += [f"{56 + 8 * i} u64 {'end' if i % 2 else 'start'} {end:#x}"
		         for i, end in enumerate(ends)]
		lines = open(path).read().splitlines()
		for i, line in enumerate(lines):
		    if '"VFIO_IOMMU_GET_INFO"' not in line:
		        continue
		    call = json.loads(line)
		    call.pop("in")
		    call["out"]["argsz"] = 56 + 8 * len(ends)
		    if call["tail"]:
		        call["out"]["cap_offset"], call["tail"] = 24, tail
		    lines[i] = json.dumps(call)
		open(path, "w").write("\n".join(lines) + "\n")
	END
}

# cpu BITS: how many physical address bits the CPU has.
cpu() {
	fact "$(jq -c --argjson bits "$1" 'select(.fact == "system") | .address_bits = $bits' "$copy/transcript.jsonl")"
}

# answers STATUS ARG…: vfiodiag on the copy, as JSON in $output; it ends with STATUS.
answers() {
	local wanted=$1
	shift
	run vfiodiag --from "$copy" "$@" --format json
	echo "$output"
	[ "$status" -eq "$wanted" ]
}

# holds JQ-FILTER: true of that.
holds() {
	if ! jq -e "$1" <<<"$output" >/dev/null; then
		echo "does not hold: $1"
		return 1
	fi
}
