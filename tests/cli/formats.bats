# SPDX-License-Identifier: GPL-2.0-or-later
# check --format: every format says the same of every host, and its ecosystem's own tool takes it.

setup() {
	load lib
	amd=$hosts/6.1-amd/capture
	blocked=$hosts/blocked/capture
	copy=$BATS_TEST_TMPDIR/capture
	cd "$BATS_TEST_TMPDIR" || return
}

# formats: all that check has, by what it says itself.
formats() {
	vfiodiag check --format '?' 2>&1 | sed 's/.*: use //; s/ or /, /; s/, /\n/g'
}

# print_all FOLDER ARG…: FOLDER/FORMAT.out and FOLDER/FORMAT.status of each format.
print_all() {
	local folder=$1 format status
	shift
	mkdir -p "$folder"
	for format in $(formats); do
		status=0
		vfiodiag "$@" --format "$format" >"$folder/$format.out" || status=$?
		echo "$status" >"$folder/$format.status"
	done
}

# many_groups N: a copy of a host with N groups more, none of them bound.
many_groups() {
	cp -r "$blocked" "$copy"
	python3 - "$copy/files/sys" "$1" <<-'END'
		import pathlib, sys
		sysfs = pathlib.Path(sys.argv[1])
		for number in range(100, 100 + int(sys.argv[2])):
		    address = f"0000:{number // 256 + 16:02x}:{number // 8 % 32:02x}.{number % 8}"
		    device = sysfs / f"devices/pci0000:00/{address}"
		    group = sysfs / f"kernel/iommu_groups/{number}"
		    device.mkdir()
		    (device / "uevent").write_text("DRIVER=e1000\nPCI_CLASS=20000\nPCI_ID=8086:100E\n")
		    (group / "devices").mkdir(parents=True)
		    (group / "reserved_regions").write_text("0x00000000fee00000 0x00000000feefffff msi\n")
		    (group / "type").write_text("DMA\n")
		    (group / "devices" / address).symlink_to(f"../../../../devices/pci0000:00/{address}")
	END
}

@test "every format says the same about every host, with the same status" {
	local host
	[ "$(formats | wc -l)" -ge 7 ]
	for host in $(wanted_hosts); do
		print_all "all/$(basename "$host")" --from "$host/capture" check
		print_all "all/$(basename "$host"), all groups" --from "$host/capture" check --all
	done
	# What no machine gave: a fact that could not be read.
	cp -r "$amd" "$copy"
	echo garbage >"$copy/files/sys/kernel/iommu_groups/1/reserved_regions"
	print_all all/edited --from "$copy" check
	python3 "$top/tests/cli/formats.py" agree all/* >verdicts
	sort -u verdicts
	[ -n "${VFIODIAG_HOSTS:-}" ] || [ "$(sort -u verdicts | wc -l)" -eq 5 ]
}

@test "ansible: facts of a host that is not ready are accepted" {
	local name
	mkdir facts
	for name in facts json; do
		printf '#!/bin/sh\nexec %s --from %s check --format %s\n' \
			"$(realpath "${VFIODIAG:-$top/build/gcc/vfiodiag}")" "$blocked" "$name" >"facts/vfiodiag_$name.fact"
		chmod +x "facts/vfiodiag_$name.fact"
	done
	HOME=$PWD ANSIBLE_LOCAL_TEMP=$PWD/tmp ANSIBLE_REMOTE_TEMP=$PWD/tmp ANSIBLE_NOCOLOR=1 \
		ansible localhost -i localhost, -c local -m setup -a "fact_path=$PWD/facts filter=ansible_local" \
		>said
	cat said
	sed '1s/.*=> //' said >facts.json
	jq -e '.ansible_facts.ansible_local.vfiodiag_facts |
		.verdict == "not-ready" and .status == 2 and .properties["unsafe-interrupts"] == "off" and
		.findings[0].id == "group-not-viable" and .groups[0].verdict == "not-ready"' facts.json
	# With the status of the verdict they would not: that is why this format has 0.
	jq -e '.ansible_facts.ansible_local.vfiodiag_json | type == "string"' facts.json
}

@test "nfd: every finding, property and value is a valid label" {
	local name
	vfiodiag explain | sed '/^properties/,$d' | sed -n 's/^  \([a-z0-9-]*\) .*/vfiodiag.finding.\1=unmeasured/p' >lines
	for name in $(vfiodiag explain | sed -n '/^properties/,$s/^  \([a-z0-9-]*\) .*/\1/p'); do
		vfiodiag check --require "$name=?" 2>&1 | sed 's/.* is one of //; s/, /\n/g' |
			sed "s/.*/vfiodiag.property.$name=&/" >values
		[ "$(wc -l <values)" -ge 2 ]
		# Of a name there is one line.
		while read -r line; do
			python3 "$top/tests/cli/formats.py" labels <<<"$line"
		done <values >>printed
	done
	[ "$(wc -l <lines)" -ge 50 ]
	python3 "$top/tests/cli/formats.py" labels <lines >/dev/null
	[ "$(wc -l <printed)" -ge 20 ]
}

@test "nfd: expires in an hour, after --expires, or never" {
	local before after expiry
	before=$(date +%s)
	vfiodiag --from "$amd" check --format nfd >lines
	after=$(date +%s)
	expiry=$(date -d "$(sed -n '1s/^# +expiry-time=//p' lines)" +%s)
	[ "$expiry" -ge $((before + 3600)) ]
	[ "$expiry" -le $((after + 3600)) ]
	vfiodiag --from "$amd" check --format nfd --expires 2d >lines
	[ "$(date -d "$(sed -n '1s/^# +expiry-time=//p' lines)" +%s)" -ge $((before + 172800)) ]
	vfiodiag --from "$amd" check --format nfd --expires 0 >lines
	absent '^#' lines
	grep -qx 'vfiodiag.ready=true' lines
}

@test "names from the host cannot add lines, commands or markup" {
	local format
	cp -r "$blocked" "$copy"
	printf 'DRIVER=a|b=1;;\033[31mé%s\nPCI_CLASS=20000\nPCI_ID=8086:100E\n' "$(printf '=%.0s' {1..2000})" \
		>"$copy/files/sys/devices/pci0000:00/0000:00:01.0/0000:01:02.0/uevent"
	print_all hostile --from "$copy" check --all
	python3 "$top/tests/cli/formats.py" agree hostile
	grep 'is still bound to a' hostile/text.out
	grep 'is still bound to a?b=1;;?' hostile/nagios.out
	for format in prometheus nfd; do
		absent 'b=1' "hostile/$format.out"
	done
}

# bats test_tags=many
@test "a thousand findings: each format stays within its bounds" {
	many_groups 1000
	print_all many --from "$copy" check --all
	python3 "$top/tests/cli/formats.py" agree many
	tail -n 1 many/nagios.out | grep -E '^[0-9]{3} more findings omitted$'
	[ "$(wc -c <many/nagios.out)" -ge 3500 ]
	[ "$(wc -c <many/nfd.out)" -lt 4096 ]
	[ "$(wc -l <many/prometheus.out)" -lt 100 ]
}

# bats test_tags=strace
@test "each format is printed with one write" {
	local format
	for format in $(formats); do
		strace -f -e trace=write,writev -o log "${VFIODIAG:-$top/build/gcc/vfiodiag}" --from "$blocked" \
			check --all --format "$format" >out || true
		cat log
		# The child that composes it writes into a pipe. It ends first.
		[ "$(grep -c "^$(tail -n 1 log | cut -d' ' -f 1) *writev\?(1," log)" -eq 1 ]
	done
}

@test "a capture that does not match the run: no output, status 3" {
	local format
	cp -r "$amd" "$copy"
	sed -i '/"VFIO_IOMMU_GET_INFO"/d' "$copy/transcript.jsonl"
	for format in $(formats); do
		transcript --from "$copy" check --probe --format "$format" >said
		cat said
		[ "$(sed -n 1p said)" = '[standard error]' ]
		[ "$(tail -n 1 said)" = '[status 3]' ]
	done
}

@test "standard output that cannot be written: one sentence, status 3" {
	local format
	for format in $(formats); do
		run bash -c '"$@" >/dev/full' sh "${VFIODIAG:-$top/build/gcc/vfiodiag}" --from "$amd" check \
			--format "$format"
		echo "$output"
		[ "$status" -eq 3 ]
		[[ $output == *"cannot write to standard output"* ]]
	done
}

@test "a disk that fills up midway: no partial output, earlier content stays" {
	local format
	for format in $(formats); do
		printf 'before\n' >out
		run bash -c 'trap "" XFSZ; ulimit -f 1; "$@" >>out' sh "${VFIODIAG:-$top/build/gcc/vfiodiag}" \
			--from "$blocked" check --all --format "$format"
		echo "$format: $output"
		# Those that are short have room.
		case $format in
		json | jsonl | nagios | prometheus | facts)
			[ "$status" -eq 3 ]
			[[ $output == *"cannot write to standard output"* ]]
			[ "$(cat out)" = before ]
			;;
		esac
	done
}

@test "policy applies in every format" {
	print_all policy --from "$hosts/7.x-amd/capture" check --fail-on warning
	[ "$(python3 "$top/tests/cli/formats.py" agree policy)" = not-ready ]
}

@test "probe: jsonl is its JSON on one line; verdict formats belong to check" {
	local format
	vfiodiag --from "$amd" probe --all --format json | jq -S . >whole
	vfiodiag --from "$amd" probe --all --format jsonl >line
	[ "$(wc -l <line)" -eq 1 ]
	diff whole <(jq -S . line)
	for format in nagios prometheus nfd facts; do
		run vfiodiag --from "$amd" probe --all --format "$format"
		[ "$status" -eq 64 ]
		[[ $output == *"--format $format"*"use text, json or jsonl" ]]
	done
}

@test "help names every format" {
	local format
	vfiodiag check --help >help
	for format in $(formats); do
		grep -E -- "[ (]$format\b" help
	done
	absent '^.{81,}' help
	vfiodiag probe --help | grep -E 'jsonl'
}

@test "a wrong --expires: one sentence, status 64" {
	local word
	for word in '' x 1w -1h 1.5h 1hh 99999999999999999999 200000d; do
		run vfiodiag --from "$amd" check --format nfd --expires "$word"
		[ "$status" -eq 64 ]
		[ "${#lines[@]}" -eq 1 ]
		[[ $output == *"$word' for --expires"* ]]
	done
	run vfiodiag --from "$amd" check --expires 1h --format facts
	[ "$status" -eq 64 ]
	[[ $output == *"--expires requires --format nfd"* ]]
}
