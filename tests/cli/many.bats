# SPDX-License-Identifier: GPL-2.0-or-later
# check over many captures, report over a folder of them, and docs/fleet.md.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	amd=$hosts/6.1-amd/capture
	blocked=$hosts/blocked/capture
	warned=$hosts/7.x-amd/capture
	cd "$BATS_TEST_TMPDIR" || return
}

# archives FOLDER HOST…: an archive of each.
archives() {
	local folder=$1 host
	shift
	mkdir -p "$folder"
	for host in "$@"; do
		vfiodiag -q --from "$hosts/$host/capture" collect -o "$folder/$host.tar.zst"
	done
}

# ends STATUS ARG…: the check ends with it.
ends() {
	local wanted=$1
	shift
	run vfiodiag check "$@"
	echo "$output"
	[ "$status" -eq "$wanted" ]
}

# refused WORDS ARG…: status 64, one sentence, nothing on standard output.
refused() {
	local words=$1 status=0
	shift
	vfiodiag "$@" >out 2>err || status=$?
	cat out err
	[ "$status" -eq 64 ]
	[ ! -s out ]
	[ "$(wc -l <err)" -eq 1 ]
	grep -qF -- "$words" err
}

@test "one line for each capture, in order, below a header" {
	archives shelf blocked 6.1-amd 7.x-amd
	ends 2 --from shelf
	[ "${#lines[@]}" -eq 4 ]
	[[ ${lines[0]} =~ ^VERDICT\ +FINDING\ +HOST\ +CAPTURE$ ]]
	[[ ${lines[1]} =~ ^ready\ +-\ +lab\ +shelf/6.1-amd.tar.zst$ ]]
	[[ ${lines[2]} =~ ^warnings\ +unsafe-interrupts\ +lab\ +shelf/7.x-amd.tar.zst$ ]]
	[[ ${lines[3]} =~ ^not-ready\ +group-not-viable\ +lab\ +shelf/blocked.tar.zst$ ]]
	ends 2 --from "$blocked" --from shelf/6.1-amd.tar.zst
	[[ ${lines[1]} == not-ready*"$blocked" ]]
	[[ ${lines[2]} == ready*shelf/6.1-amd.tar.zst ]]
}

@test "--from before and after the command" {
	run vfiodiag --from "$amd" --from "$blocked" check --from "$warned"
	[ "$status" -eq 2 ]
	[ "${#lines[@]}" -eq 4 ]
	[[ ${lines[1]} == *"$amd" && ${lines[2]} == *"$blocked" && ${lines[3]} == *"$warned" ]]
}

@test "the exit status is the worst: not ready, not measured, warnings, ready" {
	cp -r "$amd" unknown
	echo garbage >unknown/files/sys/kernel/iommu_groups/1/reserved_regions
	ends 0 --from "$amd" --from "$amd"
	ends 1 --from "$amd" --from "$warned" --from "$amd"
	ends 3 --from "$warned" --from unknown --from "$amd"
	ends 2 --from "$blocked" --from unknown --from "$warned" --from "$amd"
	ends 2 --from "$amd" --from "$warned" --fail-on warning
}

@test "jsonl: the output of each capture alone, with its name" {
	local host captures
	for host in $(wanted_hosts); do
		vfiodiag --from "$host/capture" check --format json --all || true
	done | jq -cS . >alone
	mapfile -t captures < <(for host in $(wanted_hosts); do echo "--from=$host/capture"; done)
	vfiodiag check --each "${captures[@]}" --format jsonl --all >lines || true
	jq -cS 'del(.capture)' lines | diff alone -
	jq -r .capture lines | diff <(printf '%s\n' "${captures[@]#--from=}") -
}

@test "an unreadable capture: a line in the output and on standard error, and the run goes on" {
	echo "no capture" >broken.tar.zst
	run --separate-stderr vfiodiag check --from "$amd" --from broken.tar.zst --from nowhere --from "$amd" --format jsonl
	[ "$status" -eq 3 ]
	[ "${#lines[@]}" -eq 4 ]
	[ "${#stderr_lines[@]}" -eq 2 ]
	[[ ${stderr_lines[0]} == "vfiodiag check: 'broken.tar.zst' is not a valid capture: "* ]]
	[[ ${stderr_lines[1]} == "vfiodiag check: cannot read 'nowhere': "* ]]
	jq -e '.capture == "broken.tar.zst" and .verdict == "unmeasured" and .schema == "vfiodiag/1" and
		(.error | startswith("'\''broken.tar.zst'\'' is not a valid capture: ")) and (has("host") | not)' <<<"${lines[1]}"
	jq -e '.verdict == "ready" and (has("error") | not)' <<<"${lines[3]}"
	run --separate-stderr vfiodiag check --from "$blocked" --from broken.tar.zst
	[ "$status" -eq 2 ]
	[[ ${lines[2]} =~ ^unmeasured\ +-\ +-\ +broken.tar.zst$ ]]
}

@test "a capture that does not match the run, and one without the user (edited transcript)" {
	cp -r "$amd" other
	sed -i '/"VFIO_IOMMU_GET_INFO"/d' other/transcript.jsonl
	run --separate-stderr vfiodiag check --probe --from other --from "$amd" --format jsonl
	[ "$status" -eq 3 ]
	[ "${#stderr_lines[@]}" -eq 1 ]
	[[ ${stderr_lines[0]} == "vfiodiag check: 'other': "* ]]
	jq -e '.capture == "other" and .verdict == "unmeasured" and .error' <<<"${lines[0]}"
	jq -e '.verdict == "ready" and (.probes | length == 1)' <<<"${lines[1]}"
	echo '{"fact":"user qemu","errno":"ENOENT"}' >>other/transcript.jsonl
	run --separate-stderr vfiodiag check --for user:qemu --from other --from "$blocked"
	[ "$status" -eq 2 ]
	[ "${#stderr_lines[@]}" -eq 1 ]
	[[ ${stderr_lines[0]} == "vfiodiag check: 'other': user 'qemu' not found" ]]
	[[ ${lines[1]} == unmeasured*other && ${lines[2]} == not-ready* ]]
	refused "invalid value 'frob' for --for" check --for frob --from "$amd" --from "$warned"
}

@test "a directory of captures: archives and directories by name, nothing hidden, nothing else" {
	archives shelf 6.1-amd
	cp -r "$blocked" shelf/a-folder
	cp -r "$warned" shelf/.hidden
	cp shelf/6.1-amd.tar.zst shelf/.6.1-amd.tar.zst.x7Gk2p
	ln -s ../elsewhere.tar.zst shelf/z-link.tar.zst
	mv shelf/6.1-amd.tar.zst elsewhere.tar.zst
	mkdir shelf/empty
	echo "about these" >shelf/README
	ends 2 --from shelf/
	[ "${#lines[@]}" -eq 3 ]
	[[ ${lines[1]} == not-ready*" shelf/a-folder" ]]
	[[ ${lines[2]} == ready*" shelf/z-link.tar.zst" ]]
	refused "'shelf/empty' is not a capture and contains none" check --from shelf/empty
	# A folder with one capture is a folder of captures; a capture is one, whatever lies beside its files.
	mkdir one && mv elsewhere.tar.zst one
	ends 0 --from one
	[[ ${lines[1]} == *" one/elsewhere.tar.zst" ]]
	cp -r "$amd" capture && cp one/elsewhere.tar.zst capture
	ends 0 --from capture
	[[ $output == *"Pass-through: ready"* ]]
}

# bats test_tags=strace
@test "a directory of captures: another user's link is not followed, and each unreadable one has a line" {
	archives shelf 6.1-amd
	mkdir shelf/closed
	ln -s "$PWD/shelf/6.1-amd.tar.zst" shelf/planted.tar.zst
	if [ "$(id -u)" -eq 0 ]; then
		chown -h 65534 shelf/planted.tar.zst
		run --separate-stderr vfiodiag check --from shelf --format jsonl
		[ "$status" -eq 3 ]
		[ "${#lines[@]}" -eq 2 ]
		jq -e '.capture == "shelf/planted.tar.zst" and
			.error == "'\''shelf/planted.tar.zst'\'' is not a valid capture: a link of another user"' <<<"${lines[1]}"
	fi
	run --separate-stderr strace -qq -f -o log -P closed/files -e trace=newfstatat \
		-e inject=newfstatat:error=EACCES "${VFIODIAG:-$top/build/gcc/vfiodiag}" check --from shelf --format jsonl
	grep -q INJECTED log
	[ "$status" -eq 3 ]
	jq -e '.capture == "shelf/closed" and .verdict == "unmeasured"' <<<"${lines[1]}"
	# The second call tells the end of the list.
	run --separate-stderr strace -qq -f -o log -P "$PWD/shelf" -e trace=getdents64 \
		-e inject=getdents64:error=EIO:when=2 "${VFIODIAG:-$top/build/gcc/vfiodiag}" check --from shelf --format jsonl
	grep -q INJECTED log
	[ "$status" -eq 3 ]
	[ -z "$output" ]
	[[ $stderr == "vfiodiag check: cannot read 'shelf': Input/output error" ]]
}

@test "--each: a line for a single capture too" {
	ends 0 --each --from "$amd" --format jsonl
	jq -e --arg amd "$amd" '.capture == $amd' <<<"$output"
	ends 3 --each --from nowhere
	refused "--each requires --from" check --each
}

@test "one archive may come from standard input" {
	archives shelf 6.1-amd
	ends 2 --from - --from "$blocked" <shelf/6.1-amd.tar.zst
	[[ ${lines[1]} =~ ^ready\ .*\ -$ ]]
}

@test "options for a single host are refused" {
	local command format
	for command in "list" "probe 1" "iova 1" "fits --memory 4G 1" "collect -o x"; do
		# shellcheck disable=SC2086 # words
		refused "unexpected second capture '$blocked'" --from "$amd" $command --from "$blocked"
	done
	vfiodiag report --from "$amd" --from "$blocked" >page
	grep -qF "$amd" page && grep -qF "$blocked" page
	for command in "diff $amd" watch explain; do
		# shellcheck disable=SC2086 # words
		refused "unsupported option '--from'" --from "$amd" $command
	done
	for format in json nagios prometheus nfd facts; do
		refused "--format $format cannot be used with several captures" check --from "$amd" --from "$blocked" --format "$format"
	done
	refused "unexpected argument '1'" check --from "$amd" --from "$blocked" 1
	refused "--output cannot be used with several captures" check --from "$amd" --from "$blocked" -o x
	refused "mutually exclusive" check --from "$amd" --from "$blocked" --record x
	refused "mutually exclusive" check --from "$amd" --from "$blocked" --sysroot /
	[ ! -e x ]
}

@test "names of captures cannot control the terminal or break a line" {
	local name
	mkdir shelf
	name=$(printf 'shelf/a\n\033[31m\xff é.tar.zst')
	echo none >"$name"
	run --separate-stderr vfiodiag check --from shelf
	[ "${#lines[@]}" -eq 2 ]
	[ "${#stderr_lines[@]}" -eq 1 ]
	LC_ALL=C absent '[[:cntrl:]]' <(printf '%s\n' "$output" "$stderr")
	run --separate-stderr vfiodiag check --from shelf --format jsonl
	jq -e '.capture == "shelf/a??[31m? é.tar.zst"' <<<"$output"
	LC_ALL=C absent '[^ -~]' <(printf '%s\n' "$output")
}

@test "unwritable standard output: one sentence, status 3, and reading stops" {
	run bash -c '"$@" >/dev/full' sh "${VFIODIAG:-$top/build/gcc/vfiodiag}" check --from "$amd" --from nowhere \
		--format jsonl
	[ "$status" -eq 3 ]
	[ "${#lines[@]}" -eq 1 ]
	[[ $output == *"cannot write to standard output"* ]]
}

@test "progress on a terminal, erased before each line" {
	script -qefc "'${VFIODIAG:-$top/build/gcc/vfiodiag}' check --from '$amd' --from '$warned'" typed >/dev/null || true
	grep -q "reading $warned (2 of 2)"$'\r\e\\[K' typed
	script -qefc "'${VFIODIAG:-$top/build/gcc/vfiodiag}' -q check --from '$amd' --from '$warned'" typed >/dev/null || true
	absent reading typed
}

# wait_for_lines FILE COUNT. The program is still there then: it waits for the pipe.
wait_for_lines() {
	local turn
	for ((turn = 0; turn < 1200; turn++)); do
		[ "$(wc -l <"$1")" -lt "$2" ] || return 0
		sleep 0.1
	done
	return 1
}

# peak_of COUNT: what so many captures made the program need, in KiB.
peak_of() {
	local count=$1 number program
	mkdir "shelf-$count"
	for ((number = 0; number < count; number++)); do
		ln -s "../archives/$( ((number % 2)) && echo blocked || echo 6.1-amd).tar.zst" "shelf-$count/$number.tar.zst"
	done
	mkfifo "pipe-$count"
	: >"out-$count"
	"${VFIODIAG:-$top/build/gcc/vfiodiag}" check --from "shelf-$count" --from "pipe-$count" --format jsonl >"out-$count" &
	program=$!
	wait_for_lines "out-$count" "$count"
	sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$program/status"
	cat archives/6.1-amd.tar.zst >"pipe-$count"
	wait "$program" || true
	[ "$(wc -l <"out-$count")" -eq $((count + 1)) ]
}

# bats test_tags=many
@test "each line is printed at once, and memory does not grow with their number" {
	local few many
	archives archives 6.1-amd blocked
	few=$(peak_of 50)
	many=$(peak_of 1000)
	echo "$few KiB, $many KiB"
	[ "$few" -gt 1000 ]
	[ $((many * 4)) -lt $((few * 5)) ]
}

@test "report on a directory of captures, and on an empty one" {
	archives shelf 6.1-amd blocked
	vfiodiag report shelf -o page.html
	grep -q 'shelf/6.1-amd.tar.zst' page.html
	grep -q 'shelf/blocked.tar.zst' page.html
	vfiodiag report "$warned" shelf/6.1-amd.tar.zst shelf/blocked.tar.zst >named.html
	vfiodiag report "$warned" shelf >both.html
	cmp named.html both.html
	mkdir empty
	refused "'empty' is not a capture and contains none" report empty
}

@test "docs/fleet.md: its commands work" {
	archives captures 6.1-amd blocked 7.x-amd no-iommu
	head -c 3000 captures/blocked.tar.zst >captures/cut.tar.zst
	mkdir bin
	printf '#!/bin/sh\nexec %s "$@"\n' "$(realpath "${VFIODIAG:-$top/build/gcc/vfiodiag}")" >bin/vfiodiag
	chmod +x bin/vfiodiag
	# Each block is a command of its own.
	awk '/^```sh$/ { n++; inside = 1; next } /^```$/ { inside = 0 } inside { print > ("block" n) }' \
		"$top/docs/fleet.md"
	run_block() {
		PATH=$PWD/bin:$PATH bash -euo pipefail "block$1" >"said$1"
		cat "said$1"
	}
	run_block 1
	grep -qx 'not all are ready: 2' said1
	cp lines/all.jsonl all.jsonl
	run_block 2
	[ ! -e lines/all.jsonl ]
	diff <(jq -cS . lines/*.jsonl | sort) <(jq -cS . all.jsonl | sort)
	run_block 3
	diff - <(sed 's/^ *//' said3 | sort -k 2) <<-'END'
		2 not-ready
		1 ready
		1 unmeasured
		1 warnings
	END
	run_block 4
	grep -qx ' *1 failure group-not-viable' said4
	grep -qx ' *1 failure no-iommu' said4
	absent ' ok ' said4
	run_block 5
	[ "$(cat said5)" = "captures/blocked.tar.zst	1	not viable: 0000:01:02.0 (Ethernet controller) is still bound to e1000" ]
	run_block 6
	[ "$(awk '{ hosts += $1 } END { print hosts }' said6)" -eq 4 ]
	run_block 7
	grep -q "^captures/cut.tar.zst	'captures/cut.tar.zst' is not a valid capture: " said7
	[ ! -e block8 ]
}
