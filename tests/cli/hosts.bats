# SPDX-License-Identifier: GPL-2.0-or-later
# Every recorded host, replayed: one of each kind the same text, to the byte, with the same status; the others
# the same verdicts, and the texts that say why they were recorded.

setup() {
	load lib
}

# same HOST NAME: whether what is said of it is what is expected; the difference when not.
same() {
	diff -u --label "expected of $1, $2" --label "printed" "$recorded/$1/expected/$2" <(said "$1" "$2")
}

# all_hosts NAME: that expectation of all hosts that have it.
all_hosts() {
	local host failed=0 some=
	# Some of them where each takes long (valgrind).
	for host in $(wanted_hosts); do
		host=$(basename "$host")
		expectations "$host" | grep -qx "$1" || continue
		some=yes
		same "$host" "$1" || failed=1
	done
	[ "$some" ] || [ "${VFIODIAG_HOSTS:-}" ]
	return $failed
}

@test "list" {
	all_hosts list
}

@test "list --tree" {
	all_hosts list-tree
}

@test "list --json" {
	all_hosts list-json
}

@test "list with all columns" {
	all_hosts list-all-columns
}

@test "check" {
	all_hosts check
}

@test "check --all, as JSON" {
	all_hosts check-json
}

@test "iova" {
	all_hosts iova
}

@test "iova --probe" {
	all_hosts iova-probe
}

@test "iova --probe with a question, as JSON" {
	all_hosts iova-json
}

@test "fits" {
	all_hosts fits
}

@test "fits --probe, as JSON" {
	all_hosts fits-json
}

@test "the commands run when they were recorded" {
	all_hosts recorded
}

@test "the same as JSON" {
	all_hosts recorded-json
}

@test "the verdicts where a host is one of many" {
	all_hosts verdicts
}

# answers HOST: what each case of JSON prints, in one array that begins with the report of check
answers() {
	local case
	local -a arguments
	while read -r case arguments; do
		# shellcheck disable=SC2086 # words
		[[ $case != *-json || $case == list-json ]] || replay_case "$1" $arguments | sed '/^\[s/,$d'
	done < <(host_cases) | jq -s .
}

@test "what expectations of JSON leave out is the same in every answer about a host" {
	local host
	for host in $(wanted_hosts); do
		host=$(basename "$host")
		answers "$host" >"$BATS_TEST_TMPDIR/answers"
		echo "$host"
		# A probe does not judge who uses a device.
		jq -e 'def facts: .groups | map(.devices |= map(del(.state, .reason)));
			.[0] as $check | $check.tool.name == "vfiodiag" and $check.host.name == "lab" and
			all(.[]; .host == $check.host and .tool == $check.tool and
				((has("probes") | not) or (facts == ($check | facts) and .iommus == $check.iommus)))' \
			"$BATS_TEST_TMPDIR/answers"
	done
}

@test "on every host each check has found something or says that it has not" {
	local host
	for host in 6.1-amd $(wanted_hosts); do
		host=$(basename "$host")
		replay_case "$host" check --all --format json | sed '/^\[s/,$d' |
			jq -r '(.findings[].id, .not_found[])' | sort -u >"$BATS_TEST_TMPDIR/$host"
		echo "$host"
		[ -s "$BATS_TEST_TMPDIR/$host" ]
		diff "$BATS_TEST_TMPDIR/6.1-amd" "$BATS_TEST_TMPDIR/$host"
	done
}

@test "the directories are those that tests/hosts/record makes" {
	diff <(sed -n 's/^host \([^ ]*\) .*/\1/p' "$recorded/record" | sort) \
		<(find "$recorded" -mindepth 1 -maxdepth 1 -type d -printf '%f\n' | sort)
	diff <(find "$recorded" -mindepth 1 -maxdepth 1 -type d -printf '%f\n' | sort) <(ls "$hosts")
}

@test "everything is expected of every host that it is to have, and nothing else" {
	local host
	for host in "$hosts"/*/; do
		host=$(basename "$host")
		diff <(expectations "$host" | sort) <(ls "$recorded/$host/expected")
	done
}

@test "hosts that several tests unpack at the same time are there once, and whole" {
	local unpacked=$BATS_TEST_TMPDIR/here/hosts
	local -a children=()
	mkdir "$BATS_TEST_TMPDIR/here"
	for _ in 1 2 3 4; do
		"$top/tests/lib/hosts" "$unpacked" 3>&- &
		children+=($!)
	done
	for child in "${children[@]}"; do
		wait "$child"
	done
	[ "$(ls -A "$BATS_TEST_TMPDIR/here")" = hosts ]
	diff -r --no-dereference "$hosts" "$unpacked"
}
