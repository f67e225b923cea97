# SPDX-License-Identifier: GPL-2.0-or-later
# For tests of check on captures that they edit.
# shellcheck shell=bash

# host NAME: a copy of a recorded host in $copy, with its $files, and without the facts about who
# recorded it, nodes, modules and huge pages: the tests put in what they need.
host() {
	copy=$BATS_TEST_TMPDIR/capture
	# shellcheck disable=SC2034 # the tests edit them
	files=$copy/files
	rm -rf "$copy"
	cp -r "$hosts/$1/capture" "$copy"
	jq -c 'select(.fact // "" | test("^(process$|node |module |user |user-process |unit )") | not) |
		if .section == "container" then .section = "not asked" else . end' \
		"$hosts/$1/capture/transcript.jsonl" >"$copy/transcript.jsonl"
	rm -rf "$files/sys/devices/system/node" "$files/sys/kernel/mm/hugepages"
}

# fact JSON: put a fact into the transcript, in place of one with the same name.
fact() {
	local name
	name=$(jq -r .fact <<<"$1")
	grep -vF "{\"fact\":\"$name\"," "$copy/transcript.jsonl" >"$BATS_TEST_TMPDIR/transcript"
	{
		sed 1q "$BATS_TEST_TMPDIR/transcript"
		echo "$1"
		sed 1d "$BATS_TEST_TMPDIR/transcript"
	} >"$copy/transcript.jsonl"
}

# caller UID MEMLOCK CAPABILITIES: what this process was.
caller() {
	fact "{\"fact\":\"process\",\"uid\":$1,\"gid\":$1,\"groups\":[],\"memlock\":\"$2\",\"capabilities\":\"$3\"}"
}

# qemu: there is such a user, in the group kvm.
qemu() {
	fact '{"fact":"user qemu","ret":0,"name":"qemu","uid":107,"gid":36,"groups":[{"gid":36,"name":"kvm"}]}'
}

# unit NAME SETTINGS [PID]: systemd has the unit loaded, with these members of its fact.
unit() {
	fact "{\"fact\":\"unit $1\",\"ret\":0,\"id\":\"$1\",\"pid\":${3:-0},\"bounding\":\"0x1ffffffffff\",\"ambient\":\"0x0\",$2}"
}

# finds ID SEVERITY STATUS ARG…: the check of the copy ends with STATUS and has that finding, which
# is then in $found.
finds() {
	local id=$1 severity=$2 wanted=$3
	shift 3
	run vfiodiag --from "$copy" check ${ignored+"${ignored[@]}"} "$@" --format json
	jq -c '.findings[]' <<<"$output" || echo "$output"
	[ "$status" -eq "$wanted" ]
	found=$(jq -ce --arg id "$id" --arg severity "$severity" \
		'first(.findings[] | select(.id == $id and .severity == $severity))' <<<"$output")
}

# says KEY TEXT: what was found has TEXT in KEY.
says() {
	jq -e --arg key "$1" --arg text "$2" 'if $key == "commands" then [.commands[].command] | join("\n") else .[$key] end |
		contains($text)' <<<"$found"
}

# lacks ID ARG…: the check of the copy does not find that, or only to say that it is good.
lacks() {
	local id=$1
	shift
	run vfiodiag --from "$copy" check "$@" --format json
	jq -c '.findings[]' <<<"$output" || echo "$output"
	jq -e --arg id "$id" '[.findings[] | select(.id == $id and .severity != "ok")] == []' <<<"$output"
}
