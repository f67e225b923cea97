# SPDX-License-Identifier: GPL-2.0-or-later
# Commands of fixes: each is one line with one command, and takes a driver from nothing in use.

setup() {
	load lib
}

# commands: every command of every finding of all recorded hosts, a line of JSON each.
commands() {
	local host
	for host in "$recorded"/*/; do
		vfiodiag --from "$hosts/$(basename "$host")/capture" check --all --memory 8G --format json 2>/dev/null |
			jq -c '.findings[]?.commands[]'
	done
}

@test "each command is one line, one command, and no prose" {
	local line=$BATS_TEST_TMPDIR/line all=$BATS_TEST_TMPDIR/all
	commands | sort -u >"$all"
	[ "$(wc -l <"$all")" -ge 10 ]
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

@test "no hint has a command in it" {
	local host
	for host in "$recorded"/*/; do
		vfiodiag --from "$hosts/$(basename "$host")/capture" check --all --format json 2>/dev/null |
			jq -r '.findings[]?.hint // empty'
	done >"$BATS_TEST_TMPDIR/hints"
	[ -s "$BATS_TEST_TMPDIR/hints" ]
	absent '(^|: )(sudo|echo|printf|ulimit|modprobe) |&&|\| sudo' "$BATS_TEST_TMPDIR/hints"
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
