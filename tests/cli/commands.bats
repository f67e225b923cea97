# SPDX-License-Identifier: GPL-2.0-or-later
# Commands of fixes: each is one line with one command, and takes a driver from nothing in use.

# Findings of check, fits, iova and probe about all recorded hosts, a line of JSON each, in $findings. The guest of 2
# TiB and the map of 4 TiB are larger than the limits of most; the causes of other errnos are not theirs.
setup_file() {
	load lib
	local host number
	export findings=$BATS_FILE_TMPDIR/findings
	for host in "$recorded"/*/; do
		host=$(basename "$host")
		answer "$host" check --all
		answer "$host" check --all --memory 8G
		answer "$host" check --all --memory 2T
		answer "$host" fits --memory 8G "$(group_of "$host")"
		answer "$host" fits --memory 2T "$(group_of "$host")"
		answer "$host" fits --probe --memory 2T "$(group_of "$host")"
		answer "$host" probe --all
		answer "$host" iova --at 0 --size 4T --errno ENOMEM "$(group_of "$host")"
		answer "$host" iova --probe --at 0 --size 4T --errno ENOSPC "$(group_of "$host")"
	done >"$findings"
	for number in $(python3 -c 'import errno; print(*errno.errorcode)'); do
		answer memlock iova --at 0 --size 4T --errno "$number" "$(group_of memlock)"
	done >>"$findings"
}

setup() {
	load lib
}

# answer HOST ARG…: the findings of one run on one host, and why its probes failed.
answer() {
	local host=$1
	shift
	vfiodiag --from "$hosts/$host/capture" "$@" --format json 2>/dev/null |
		jq -c --arg run "$1" '(.findings[]?, .query?.findings[]?, .probes[]?.error, .iova?.error) |
			select(. != null) + {run: $run}'
}

@test "each command is one line, one command, and no prose" {
	local line=$BATS_TEST_TMPDIR/line all=$BATS_TEST_TMPDIR/all
	jq -c '.commands[]' "$findings" | sort -u >"$all"
	[ "$(wc -l <"$all")" -ge 10 ]
	# Each of the four gives commands.
	[ "$(jq -r 'select(.commands != []).run' "$findings" | sort -u | paste -sd ' ')" = "check fits iova probe" ]
	jq -e -s 'all(.[]; (.does | length) > 0 and (.needs_root | type) == "boolean" and .repeatable == true)' <"$all"
	while IFS= read -r command; do
		echo "$command"
		[ "$(wc -l <<<"$command")" -eq 1 ]
		# Only a program, or text that is piped into tee.
		[[ $command =~ ^(sudo\ [a-z]|echo\ .*\ \|\ sudo\ tee\ /[^ ]*$|printf\ .*\ \|\ sudo\ tee\ /[^ ]*$) ]]
		[[ $command != *"&&"* && $command != *";"* && $command != *": "* ]]
		printf '#!/bin/sh\n%s\n' "$command" >"$line"
		sh -n "$line"
		shellcheck --severity=warning "$line"
	done < <(jq -r .command "$all" | sort -u)
}

@test "no hint has a command in it, and none a line for modprobe.d" {
	jq -r '.hint // empty' "$findings" | sort -u >"$BATS_TEST_TMPDIR/hints"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/hints")" -ge 30 ]
	absent '(^|: )(sudo|echo|printf|ulimit|modprobe|prlimit|sysctl) |&&|\| sudo|'"'options " "$BATS_TEST_TMPDIR/hints"
}

@test "only what is available loses its driver" {
	local host
	for host in "$recorded"/*/; do
		vfiodiag --from "$hosts/$(basename "$host")/capture" check --all --format json 2>/dev/null |
			jq -r '(.devices // [] | map(select(.state != "available") | .address)) as $kept |
				.findings[]?.commands[].command | select(endswith("/unbind")) | split(" ")[1] |
				select(IN($kept[]))'
	done >"$BATS_TEST_TMPDIR/taken"
	[ ! -s "$BATS_TEST_TMPDIR/taken" ]
}

@test "the text has each command alone on its line" {
	local json=$BATS_TEST_TMPDIR/json
	vfiodiag --from "$hosts/in-use/capture" check --all --format json >"$json" || true
	vfiodiag --from "$hosts/in-use/capture" check --all >"$BATS_TEST_TMPDIR/text" || true
	[ "$(jq -r '.findings[].commands[].command' "$json" | wc -l)" -ge 1 ]
	jq -r '.findings[] | select(.severity != "ok") | .commands[].command' "$json" | while IFS= read -r command; do
		grep -Fx "        $command" "$BATS_TEST_TMPDIR/text"
	done
}

@test "a probe that fails has the command of its fix alone on its line, in all outputs" {
	local command="echo 1 | sudo tee /sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts"
	vfiodiag --from "$hosts/no-remapping/capture" probe 1 >"$BATS_TEST_TMPDIR/text" 2>"$BATS_TEST_TMPDIR/errors" || [ $? -eq 2 ]
	grep -Fx "        $command" "$BATS_TEST_TMPDIR/text"
	grep -Fx "        $command" "$BATS_TEST_TMPDIR/errors"
	vfiodiag --from "$hosts/no-remapping/capture" probe 1 --format json 2>/dev/null >"$BATS_TEST_TMPDIR/json" || [ $? -eq 2 ]
	jq -e --arg command "$command" '.probes[0].error.commands | map(.command) == [$command]' "$BATS_TEST_TMPDIR/json"
}
