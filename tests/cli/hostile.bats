# SPDX-License-Identifier: GPL-2.0-or-later
# Hosts that mean no good: each command that reads ends soon, in little memory, and prints text, JSON
# and HTML that is valid and drives no terminal. hostile.py makes the hosts and judges what is printed.

setup() {
	load lib
	hostile=$top/tests/cli/hostile.py
	copy=$BATS_TEST_TMPDIR/capture
	export VFIODIAG=${VFIODIAG:-$top/build/gcc/vfiodiag}
}

# spoilt KIND: the hosts with that done to all of them, from a capture and as a sysroot
spoilt() {
	local host
	for host in ${HOSTILE_HOSTS:-in-use virtual-functions 7.x-zpci}; do
		rm -rf "$copy"
		"$hostile" spoil "$1" "$hosts/$host/capture" "$copy"
		"$hostile" judge "$copy"
	done
}

# many KIND COUNT: a host of that many groups, lines …, judged
many() {
	"$hostile" make "$1" "$copy" "$2"
	"$hostile" judge "$copy"
	rm -rf "$copy"
}

@test "the test's judge detects escapes, duplicate keys, unclosed elements and bad UTF-8" {
	local answer
	for answer in 'a\033[2Jb' '\302\205' '\342\200\256' '\377' '' '{"a":1,"a":2}' '{"a":NaN}' '{"a":"\\u001b"}' \
		'<html><body><p>x</body></html>' '<html><script></script></html>' '<html><a href="http://x">x</a></html>'; do
		printf '#!/bin/sh\ncase "$*" in *"--format ?"*) echo "use text or json" >&2; exit 64;; esac\n%s\n' \
			"printf '$answer'" >"$BATS_TEST_TMPDIR/program"
		chmod +x "$BATS_TEST_TMPDIR/program"
		run env VFIODIAG="$BATS_TEST_TMPDIR/program" "$hostile" judge "$hosts/in-use/capture"
		echo "$answer: $output"
		[ "$status" -eq 1 ]
		[[ $output == *" wrong"* ]]
	done
}

# bats test_tags=hostile,many
@test "all text is escapes, markup, quotes, and bytes that are not UTF-8" {
	spoilt words
}

# bats test_tags=hostile,many
@test "the same after sensible text" {
	spoilt behind
}

# bats test_tags=hostile,many
@test "endless lines" {
	spoilt long
}

# bats test_tags=hostile,many
@test "numbers are negative, huge, or missing" {
	spoilt numbers
}

# bats test_tags=hostile,many
@test "facts of another type" {
	spoilt kinds-of-json
}

# bats test_tags=hostile,many
@test "empty files" {
	spoilt empty
}

# bats test_tags=hostile,many
@test "NUL bytes" {
	spoilt nul
}

# bats test_tags=hostile,many
@test "directories are full of hostile and overlong names" {
	spoilt litter
}

# bats test_tags=hostile,many
@test "IOMMU units, interfaces, disks, devices and drivers have hostile names" {
	spoilt names
}

# bats test_tags=hostile,many
@test "links lead to themselves, up, and to the root" {
	spoilt loops
}

# bats test_tags=hostile,many
@test "each device is its own parent, function, group and member" {
	spoilt own-parent
}

# bats test_tags=hostile,many
@test "all files vanish after they were listed" {
	spoilt dangling
}

# bats test_tags=hostile,many
@test "directories in place of files, and files in place of links" {
	spoilt other-things
}

@test "each way to spoil a host has its test" {
	local kind
	for kind in $("$hostile" kinds); do
		grep -q "spoilt $kind\$" "$BATS_TEST_FILENAME"
	done
}

# bats test_tags=many
@test "each file and link in turn leads nowhere, and to itself" {
	cp -r "$hosts/virtual-functions/capture" "$copy"
	"$hostile" vanish "$copy"
}

# bats test_tags=many
@test "each file, directory and link of a sysroot in turn leads out, is a pipe, a device …" {
	cp -r "$hosts/virtual-functions/capture" "$copy"
	"$hostile" stray "$copy"
}

# bats test_tags=many
@test "the same without openat2" {
	cp -r "$hosts/7.x-zpci/capture" "$copy"
	"$hostile" stray "$copy" by-steps
}

# bats test_tags=many
@test "very many groups (\$HOSTILE_GROUPS of them, 1024 without it)" {
	many groups "${HOSTILE_GROUPS:-1024}"
}

# bats test_tags=many
@test "one group of many devices" {
	many shared 1024
}

# bats test_tags=many
@test "a reserved_regions of 10 MB, whose lines are regions" {
	many regions 250000
}

# bats test_tags=many
@test "a finding for each of many groups" {
	many unread 1024
}

# bats test_tags=many
@test "many disks, mounts and swaps" {
	many disks 1024
}

# bats test_tags=many
@test "a disk on each of many devices" {
	many controllers 1024
}

# bats test_tags=many
@test "an interface on each of many devices, all of them ports of one bridge" {
	many interfaces 64
}

# bats test_tags=many
@test "a process for each of many groups" {
	many holders 128
}

# bats test_tags=many
@test "attributes of almost 16 MiB, and of more" {
	"$hostile" make large "$copy" 16777000
	echo "one more" >>"$copy/files/proc/modules"
	"$hostile" judge "$copy"
}

# instructions SOURCE HOST ARG…: how many the program takes for it. Of a capture, most are those of the process that
# reads it.
instructions() {
	valgrind --tool=callgrind --callgrind-out-file=/dev/null "$VFIODIAG" "$@" \
		2>&1 >/dev/null | sed -n 's/.*Collected : //p' | sort -n | tail -n 1
}

# bats test_tags=many
@test "redacting twice as many names takes twice the instructions" {
	local count
	local -a taken=()
	for count in 1000 2000; do
		"$hostile" make names "$copy-$count" "$count"
		taken+=("$(valgrind --tool=callgrind --callgrind-out-file=/dev/null "$VFIODIAG" --from "$copy-$count" \
			collect -q --redact -o "$BATS_TEST_TMPDIR/archive" 2>&1 | sed -n 's/.*Collected : //p' | sort -n | tail -n 1)")
	done
	echo "${taken[@]}"
	[ "${taken[0]}" -gt 10000000 ]
	[ "${taken[1]}" -lt $((taken[0] * 5 / 2)) ]
}

# bats test_tags=many
@test "twice as many take twice the instructions, not four times" {
	local kind one two
	local -a command
	for kind in groups shared unread disks row; do
		"$hostile" make "$kind" "$BATS_TEST_TMPDIR/$kind-1" 600
		"$hostile" make "$kind" "$BATS_TEST_TMPDIR/$kind-2" 1200
	done
	# With fewer, what each device and disk costs by itself hides a look at each disk for each device.
	"$hostile" make controllers "$BATS_TEST_TMPDIR/controllers-1" 1200
	"$hostile" make controllers "$BATS_TEST_TMPDIR/controllers-2" 2400
	"$hostile" make volumes "$BATS_TEST_TMPDIR/volumes-1" 3000
	"$hostile" make volumes "$BATS_TEST_TMPDIR/volumes-2" 6000
	while read -r kind command; do
		# shellcheck disable=SC2086 # a command with its options
		one=$(instructions --sysroot "$BATS_TEST_TMPDIR/$kind-1/files" $command)
		# shellcheck disable=SC2086
		two=$(instructions --sysroot "$BATS_TEST_TMPDIR/$kind-2/files" $command)
		echo "$kind, $command: $one, $two"
		[ "$one" -gt 1000000 ]
		[ "$two" -lt $((one * 5 / 2)) ]
	done <<-'END'
		groups list
		groups check --all --format json
		groups report
		shared check --all --format json
		unread check --all --format json
		disks check --all --format json
		row check --all --format json
		controllers check --all --format json
		volumes check --all --format json
	END
}

# bats test_tags=many
@test "the same of interfaces and processes, which only a capture has" {
	local kind one two
	# With fewer, what each costs by itself hides a look at all of them in turn.
	for kind in interfaces holders; do
		"$hostile" make "$kind" "$BATS_TEST_TMPDIR/$kind-1" 600
		"$hostile" make "$kind" "$BATS_TEST_TMPDIR/$kind-2" 1200
		one=$(instructions --from "$BATS_TEST_TMPDIR/$kind-1" check --all --format json)
		two=$(instructions --from "$BATS_TEST_TMPDIR/$kind-2" check --all --format json)
		echo "$kind: $one, $two"
		[ "$one" -gt 20000000 ]
		[ "$two" -lt $((one * 5 / 2)) ]
	done
}
