# SPDX-License-Identifier: GPL-2.0-or-later
# collect: a capture as one file, and what is refused of such files.

setup() {
	load lib
	amd=$hosts/6.1-amd/capture
	program=${VFIODIAG:-$top/build/gcc/vfiodiag}
	work=$BATS_TEST_TMPDIR/work
	good=$work/amd.tar.zst
	mkdir "$work"
}

# pack HOST FILE
pack() {
	vfiodiag collect -q --from "$hosts/$1/capture" -o "$2"
}

# unpack ARCHIVE: into $work/unpacked; $top_folder is the one folder in it.
unpack() {
	mkdir "$work/unpacked"
	zstd -dqc "$1" | tar -x -C "$work/unpacked"
	top_folder=$(echo "$work/unpacked"/*)
	[ -d "$top_folder" ]
}

# recorded: when $amd was, as it stands in the names of files
recorded() {
	head -n 1 "$amd/transcript.jsonl" | jq -r '.recorded | gsub("[-:]"; "")'
}

# refused WORDS ARCHIVE: status 64 and one sentence that holds WORDS.
refused() {
	local status=0
	vfiodiag --from "$2" list >"$work/out" 2>"$work/err" || status=$?
	echo "status $status: $(cat "$work/err")"
	[ "$status" -eq 64 ] && [ ! -s "$work/out" ] && [ "$(wc -l <"$work/err")" -eq 1 ] &&
		grep -qF "is not a valid capture: " "$work/err" && grep -qF -- "$1" "$work/err"
}

# mutated MUTATION: a changed archive at $work/bad.tar
mutated() {
	[ -e "$good" ] || pack 6.1-amd "$good"
	[ -e "$work/good.tar" ] || zstd -dqo "$work/good.tar" "$good"
	"$BATS_TEST_DIRNAME/mutate.py" "$1" "$work/good.tar" "$work/bad.tar"
}

# nothing_left: no file in $work/here, whole or half.
nothing_left() {
	ls -A "$work/here"
	[ -z "$(ls -A "$work/here")" ]
}

# bats test_tags=many
@test "every host gives the same output from its archive, in every case" {
	local host expectation failed=0
	for host in "$hosts"/*/; do
		host=$(basename "$host")
		pack "$host" "$work/$host.tar.zst"
		# What hosts.bats holds the directory to.
		for expectation in $(expectations "$host"); do
			diff -u --label "expected of $host, $expectation" --label "from the archive" \
				"$recorded/$host/expected/$expectation" \
				<(packed=$work said "$host" "$expectation") || failed=1
		done
	done
	[ "$failed" -eq 0 ]
}

@test "packing an archive again gives the same bytes" {
	pack 6.1-amd "$good"
	vfiodiag collect -q --from "$good" -o "$work/again"
	cmp "$good" "$work/again"
}

@test "unpacking an archive gives the packed directory" {
	pack 6.1-amd "$good"
	unpack "$good"
	diff -r --no-dereference "$amd/files" "$top_folder/files"
	cmp "$amd/transcript.jsonl" "$top_folder/transcript.jsonl"
	vfiodiag --from "$top_folder" probe --all | cmp - <(vfiodiag --from "$amd" probe --all)
}

@test "an archive of this host gives the same output as this host" {
	vfiodiag collect -q -o "$good" --for user:root --for user:daemon
	for arguments in list "list --tree" "list --json" "list -o +OVERRIDE" check "check --all --format json" \
		"check --memory 64G" "check --memory 1G --for user:root" "check --memory 1G --for user:daemon"; do
		# shellcheck disable=SC2086 # words
		diff -u <(transcript $arguments | without_time) <(transcript --from "$good" $arguments | without_time)
	done
}

@test "an archive accepts network interfaces as subjects (edited: an interface)" {
	local net=$work/capture/files/sys/class/net
	cp -r "$amd" "$work/capture"
	mkdir -p "$net" "$work/capture/files/sys/devices/pci0000:00/0000:00:04.0/net/eth7"
	ln -s ../../devices/pci0000:00/0000:00:04.0/net/eth7 "$net/eth7"
	ln -s ../../../0000:00:04.0 "$work/capture/files/sys/devices/pci0000:00/0000:00:04.0/net/eth7/device"
	vfiodiag collect -q --from "$work/capture" -o "$good"
	run vfiodiag --from "$good" list --raw -o ADDRESS eth7
	[ "${lines[1]}" = 0000:00:04.0 ]
}

# bats test_tags=strace
@test "collect reads every network interface" {
	strace -o "$work/log" -e trace=readlinkat "$program" collect -q -o "$good"
	grep -q '"sys/class/net/lo"' "$work/log"
	grep -q '/net/lo/device"' "$work/log"
}

@test "the file name has the host and the time of the capture" {
	cd "$work"
	run vfiodiag collect --from "$amd"
	[ "$status" -eq 0 ]
	[[ $output == "vfiodiag-lab-$(recorded).tar.zst ("*" KiB)" ]]
	[ "$(ls)" = "vfiodiag-lab-$(recorded).tar.zst" ]
	[ "$(stat -c %a ./*.zst)" = 600 ]
}

@test "a host name cannot lead to another directory (edited: a hostile name)" {
	cp -r "$amd" "$work/capture"
	echo '../../etc/x; rm -rf /tmp/x' >"$work/capture/files/proc/sys/kernel/hostname"
	mkdir "$work/here"
	cd "$work/here"
	vfiodiag collect -q --from ../capture
	[ "$(ls)" = "vfiodiag-.._.._etc_x__rm_-rf__tmp_x-$(recorded).tar.zst" ]
	vfiodiag --from ./*.zst list >/dev/null
}

@test "standard output and standard input" {
	vfiodiag collect --from "$amd" -o - >"$good" 2>"$work/err"
	[ ! -s "$work/err" ]
	vfiodiag --from - list <"$good" | cmp - <(vfiodiag --from "$amd" list)
	# A pipe, which can't be read twice.
	vfiodiag --from - list < <(dd if="$good" bs=100 status=none) | cmp - <(vfiodiag --from "$amd" list)
}

@test "no archive is written to a terminal" {
	# The terminal's line ends differ; what counts is the sentence, and that no archive came.
	script -qefc "'$program' collect --from '$amd' -o -" "$work/typed" >/dev/null || true
	grep -q "refusing to write an archive to a terminal" "$work/typed"
	[ "$(wc -c <"$work/typed")" -lt 1000 ]
}

@test "progress only on a terminal and without --quiet" {
	script -qefc "'$program' collect --from '$amd' -o '$good'" "$work/typed" >/dev/null
	grep -q $'\r\e\\[Kreading' "$work/typed"
	script -qefc "'$program' collect -q --from '$amd' -o '$good'" "$work/typed" >/dev/null
	absent reading "$work/typed"
	vfiodiag collect --from "$amd" -o "$good" 2>"$work/err"
	[ ! -s "$work/err" ]
}

@test "the manifest: tool, host, unread files, and checksums for sha256sum" {
	pack list-by-user "$good"
	unpack "$good"
	jq 'del(.entries)' "$top_folder/manifest.json"
	jq -e --argjson header "$(head -n 1 "$hosts/list-by-user/capture/transcript.jsonl")" \
		'.["vfiodiag-archive"] == 1 and .tool == $header.tool and .recorded == $header.recorded
		and (.kernel | startswith("6.1.0-")) and .redacted == null' "$top_folder/manifest.json"
	(cd "$top_folder" && sha256sum -c manifest.sha256)
	(cd "$top_folder" && jq -r '.entries | to_entries[] | select(.value | startswith("file ")) |
		"\(.value | ltrimstr("file "))  \(.key)"' manifest.json | sha256sum -c --quiet)
}

@test "the manifest lists unread files with the reason (edited: a refusal)" {
	cp -r "$amd" "$work/capture"
	echo '{"fact":"read /sys/kernel/iommu_groups/1/reserved_regions","errno":"EACCES"}' \
		>>"$work/capture/transcript.jsonl"
	run vfiodiag collect --from "$work/capture" -o "$good"
	[ "$status" -eq 0 ]
	[[ $output == *"1 item could not be read"*"manifest.json lists it"* ]]
	unpack "$good"
	jq -e '.not_read == {"read /sys/kernel/iommu_groups/1/reserved_regions": "EACCES"}' \
		"$top_folder/manifest.json"
}

@test "a large host stays below 1 MiB (edited: 2000 devices in 1000 groups)" {
	cp -r "$amd" "$work/capture"
	python3 - "$work/capture/files" <<-'END'
		import os, sys
		root = sys.argv[1]
		for number in range(2000):
		    address = f"{number >> 8:04x}:{number & 255:02x}:00.0"
		    group = f"{root}/sys/kernel/iommu_groups/{10 + number // 2}"
		    device = f"{root}/sys/devices/pci0000:ff/{address}"
		    os.makedirs(f"{group}/devices", exist_ok=True)
		    os.makedirs(device)
		    for name, text in (("type", "DMA\n"),
		                       ("reserved_regions", "0x00000000fee00000 0x00000000feefffff msi\n")):
		        open(f"{group}/{name}", "w").write(text)
		    os.symlink(f"../../../../devices/pci0000:ff/{address}", f"{group}/devices/{address}")
		    open(f"{device}/uevent", "w").write(
		        f"DRIVER=vfio-pci\nPCI_CLASS=20000\nPCI_ID=8086:{number:04X}\n"
		        f"PCI_SUBSYS_ID=8086:{number * 7 & 0xffff:04X}\nPCI_SLOT_NAME={address}\n")
		    open(f"{device}/numa_node", "w").write(f"{number % 4}\n")
	END
	vfiodiag collect -q --from "$work/capture" -o "$good"
	[ "$(stat -c %s "$good")" -lt 1048576 ]
	vfiodiag --from "$good" list 2>/dev/null | cmp - <(vfiodiag --from "$work/capture" list 2>/dev/null)
}

@test "names that are not text are kept (edited: odd names)" {
	cp -r "$amd" "$work/capture"
	mkdir -p "$work/capture/files/sys/firmware/acpi/tables"/$'caf\xe9 \xff' "$work/capture/files/sys/ä"
	for LC_ALL in C C.UTF-8; do
		vfiodiag collect -q --from "$work/capture" -o "$good"
		vfiodiag --from "$good" check >/dev/null || [ $? -eq 1 ]
		rm -rf "$work/unpacked"
		unpack "$good"
		[ -d "$top_folder/files/sys/firmware/acpi/tables"/$'caf\xe9 \xff' ]
		[ -d "$top_folder/files/sys/ä" ]
	done
}

@test "a pipe in place of a file is reported and not packed (edited: a pipe)" {
	local place=files/sys/kernel/iommu_groups/1/reserved_regions
	cp -r "$amd" "$work/capture"
	rm "$work/capture/$place"
	mkfifo "$work/capture/$place"
	run timeout 20 "$program" --from "$work/capture" check --all
	[ "$status" -ge 2 ]
	[[ $output == *"/sys/kernel/iommu_groups/1/reserved_regions"*"Structure needs cleaning"* ]]
	run timeout 20 "$program" collect -q --from "$work/capture" -o "$good"
	[ "$status" -eq 3 ]
	[[ $output == *"cannot read '$place' of the capture: not a file, a directory or a link" ]]
	[ ! -e "$good" ]
}

@test "an unwritable target is reported before anything is read" {
	run vfiodiag collect --from "$amd" -o "$work/none/file"
	[ "$status" -eq 64 ]
	[[ $output == *"cannot create a file in '$work/none/'"* ]]
	run vfiodiag collect --from "$amd" -o "$work"
	[ "$status" -eq 64 ]
	run vfiodiag collect --from "$amd" -o ''
	[ "$status" -eq 64 ]
}

@test "options that collect refuses" {
	run vfiodiag collect --record "$work/record" -o "$good"
	[ "$status" -eq 64 ]
	[ ! -e "$work/record" ]
	run vfiodiag collect --sysroot / -o "$good"
	[ "$status" -eq 64 ]
	run vfiodiag --from "$amd" collect --probe -o "$good"
	[ "$status" -eq 64 ]
	run vfiodiag --from "$amd" collect --for user:root -o "$good"
	[ "$status" -eq 64 ]
	run vfiodiag collect --for root -o "$good"
	[ "$status" -eq 64 ]
	[[ $output == *"expected user:NAME or unit:NAME"* ]]
	run vfiodiag collect --for user:no-such-user -o "$good"
	[ "$status" -eq 64 ]
	run vfiodiag --from "$amd" collect 1
	[ "$status" -eq 64 ]
	[ ! -e "$good" ]
}

@test "a full disk: status 3" {
	run vfiodiag collect -q --from "$amd" -o /dev/fd/7 7>/dev/full
	[ "$status" -eq 3 ]
	[[ $output == *"cannot write '/dev/fd/7': No space left on device"* ]]
}

@test "an older file is replaced atomically" {
	pack 6.1-intel "$good"
	pack 6.1-amd "$good"
	[ "$(ls -A "$work")" = amd.tar.zst ]
	vfiodiag --from "$good" list | cmp - <(vfiodiag --from "$amd" list)
}

# bats test_tags=strace
@test "a write error at any step leaves no partial file and keeps the older one" {
	local fault
	mkdir "$work/here"
	echo old >"$work/old"
	for fault in write:error=ENOSPC fsync:error=EIO renameat:error=EACCES; do
		cp "$work/old" "$work/here/out"
		run strace -o "$work/log" -e trace="${fault%%:*}" -e inject="$fault" \
			"$program" collect -q --from "$amd" -o "$work/here/out"
		echo "$fault: $status $output"
		[ "$status" -eq 3 ]
		[ "$(ls -A "$work/here")" = out ]
		cmp "$work/old" "$work/here/out"
	done
}

# bats test_tags=strace
@test "a signal while the host is read leaves no file" {
	mkdir "$work/here"
	run strace -o "$work/log" -e trace=uname -e inject=uname:signal=TERM:when=1 \
		"$program" collect -q -o "$work/here/out"
	[ "$status" -eq 143 ]
	nothing_left
}

@test "the drop-in for sos, read as sos reads it" {
	local bin=$work/bin
	mkdir "$bin"
	ln -s "$program" "$bin/vfiodiag"
	# sos_extras.py: empty lines and those with '#' are passed over, ':' means a file, the rest is
	# split as by a shell and run without one.
	PATH=$bin:$PATH python3 - "$top/share/sos/vfiodiag" "$work" <<-'END'
		import shlex, subprocess, sys
		number = 0
		for line in open(sys.argv[1]).read().splitlines():
		    if not line.split() or line.startswith("#"):
		        continue
		    assert not line.startswith(":")
		    number += 1
		    output = subprocess.run(shlex.split(line), stdout=subprocess.PIPE).stdout
		    open(f"{sys.argv[2]}/sos{number}", "wb").write(output.decode("utf-8").encode())
		assert number == 3
	END
	base64 -d "$work/sos1" | vfiodiag --from - check --verbose >"$work/out" || [ $? -le 3 ]
	diff "$work/sos2" "$work/out"
	base64 -d "$work/sos1" | vfiodiag --from - list --tree 2>/dev/null | diff "$work/sos3" -
}

@test "the archive that the next tests change is accepted unchanged" {
	mutated same
	vfiodiag --from "$work/bad.tar" list | cmp - <(vfiodiag --from "$amd" list)
	zstd -q "$work/bad.tar"
	vfiodiag --from "$work/bad.tar.zst" list | cmp - <(vfiodiag --from "$amd" list)
}

@test "hostile archives are refused, each with one sentence" {
	local mutation words failed=0
	while read -r mutation words; do
		mutated "$mutation"
		refused "$words" "$work/bad.tar" || {
			echo "not so refused: $mutation"
			failed=1
		}
	done <<-'END'
		absolute leads out of the archive
		dots leads out of the archive
		dots_inside leads out of the archive
		dots_in_front leads out of the archive
		dot leads out of the archive
		empty_word leads out of the archive
		beside is outside the top-level directory
		no_part does not belong to a capture
		hard_link is not a file, directory or symbolic link
		hard_link_with_content is not a file, directory or symbolic link
		device is not a file, directory or symbolic link
		block is not a file, directory or symbolic link
		pipe is not a file, directory or symbolic link
		through_link is not a directory
		below_file is not a directory
		files_is_a_link 'files' is not a directory
		transcript_is_a_link does not belong to a capture
		twice duplicate entry
		transcript_twice duplicate entry
		folder_twice duplicate entry
		large larger than 16 MiB
		deep larger than a capture may be
		long_name larger than a capture may be
		long_target is too long
		nul_in_transcript is not text
		values_in_transcript transcript.jsonl has more than 8388608 values
		values_in_manifest manifest.json has more than 8388608 values
		no_manifest manifest.json or manifest.sha256 is missing
		no_sum manifest.json or manifest.sha256 is missing
		no_transcript transcript.jsonl is missing
		manifest_no_json manifest.json is invalid
		manifest_no_object manifest.json is invalid
		manifest_without_entries manifest.json is invalid
		later_format format 2 is not supported (only 1 is): read it with vfiodiag 99.0
		manifest_altered manifest.json was modified
		content_altered 'files/proc/cmdline' was modified
		transcript_altered 'transcript.jsonl' was modified
		target_altered 'files/sys/class/iommu/ivhd0' was modified
		kind_altered 'files/proc/cmdline' was modified
		file_added 'files/vfiodiag-test' is not listed in the manifest
		file_removed 'files/proc/cmdline' is listed in the manifest but missing
	END
	[ "$failed" -eq 0 ]
	[ ! -e /etc/vfiodiag-test ]
}

@test "a decompression bomb stops at the limit" {
	mutated bomb
	zstd -q "$work/bad.tar"
	[ "$(stat -c %s "$work/bad.tar.zst")" -lt 100000 ]
	refused "larger than a capture may be" "$work/bad.tar.zst"
}

# Sanitizers and valgrind, which go without what has this tag, want more memory than there is.
# bats test_tags=strace
@test "a decompression bomb fills little memory" {
	mutated bomb
	zstd -q "$work/bad.tar"
	(
		ulimit -v 700000
		refused "larger than a capture may be" "$work/bad.tar.zst"
	)
}

@test "links in an archive never lead out of it" {
	local mutation expected
	while read -r mutation expected; do
		mutated "$mutation"
		run vfiodiag --from "$work/bad.tar" check
		echo "$mutation: $output"
		[ "$status" -eq "$expected" ]
		[[ ${lines[0]} == "Host lab,"* ]] # as the fact 'system' says
		# What leads to nothing is not there; what leads in a circle is there and can't be read.
		[ "$expected" -eq 0 ] || [[ $output == *"cannot read /proc/sys/kernel/hostname: Too many levels of symbolic links"* ]]
	done <<-END
		link_out 0
		link_up 0
		link_loop 3
	END
}

# bats test_tags=many
@test "an archive truncated anywhere is refused" {
	local size at
	pack 6.12-zpci "$good"
	size=$(stat -c %s "$good")
	for ((at = 0; at < size; at += 97)); do
		head -c "$at" "$good" >"$work/cut"
		refused "is not a valid capture" "$work/cut" || {
			echo "cut at $at of $size"
			return 1
		}
	done
}

# bats test_tags=many
@test "an archive with one flipped bit never gives a wrong answer" {
	local size at status
	pack 6.12-zpci "$good"
	vfiodiag --from "$good" probe --all >"$work/right"
	size=$(stat -c %s "$good")
	for ((at = 0; at < size; at += 53)); do
		python3 -c 'import sys
path, at, out = sys.argv[1:]
data = bytearray(open(path, "rb").read())
data[int(at)] ^= 1 << int(at) % 8
open(out, "wb").write(data)' "$good" "$at" "$work/flipped"
		status=0
		vfiodiag --from "$work/flipped" probe --all >"$work/out" 2>"$work/err" || status=$?
		if [ "$status" -eq 0 ]; then
			cmp "$work/right" "$work/out" # a date or a mode in the archive
		else
			[ "$status" -eq 64 ]
			[ "$(wc -l <"$work/err")" -eq 1 ]
		fi
	done
}

@test "files that are not archives" {
	: >"$work/empty"
	head -c 100000 /dev/urandom >"$work/random"
	echo text >"$work/text"
	tar -czf "$work/gzip" -C "$amd" .
	for file in empty random text gzip; do
		refused "neither a directory nor an archive made by 'vfiodiag collect'" "$work/$file"
	done
	tar -cf "$work/plain" -C "$amd" .
	refused "leads out of the archive" "$work/plain"
}

@test "archives of released versions are read" {
	local archive count=0
	for archive in "$top"/tests/archives/*.tar.zst; do
		diff -u "${archive%.tar.zst}.expected" <(archive_case "$archive")
		# What a check says of it may become more; that it can be made may not change.
		vfiodiag --from "$archive" check >/dev/null || [ $? -le 2 ]
		count=$((count + 1))
	done
	[ "$count" -ge 1 ]
}

@test "a capture cannot choose which local file is replaced" {
	cd "$BATS_TEST_TMPDIR"
	vfiodiag collect -q --from "$hosts/in-use/capture"
	local name
	name=$(echo vfiodiag-*.tar.zst)
	echo mine >"$name"
	run vfiodiag collect -q --from "$hosts/in-use/capture"
	[ "$status" -eq 3 ]
	[[ $output == *"exists here already: name a file with --output" ]]
	[ "$(cat "$name")" = mine ]
	vfiodiag collect -q --from "$hosts/in-use/capture" -o "$name"
	[ "$(cat "$name")" != mine ]
}
