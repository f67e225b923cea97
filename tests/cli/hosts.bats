# SPDX-License-Identifier: GPL-2.0-or-later
# Every recorded host, replayed: the same text, to the byte, with the same status.

setup() {
	load lib
}

# same HOST CASE ARG…: whether a case prints what is expected; the difference when not.
same() {
	local host=$1 case=$2
	local expected=$hosts/$host/expected/$case
	shift 2
	[ -e "$expected" ] || expected=/dev/null
	diff -u --label "expected of $host, $case" --label "printed" "$expected" <(replay_case "$host" "$@")
}

# all_hosts CASE: that case on all hosts.
all_hosts() {
	local wanted=$1 host case failed=0
	local -a arguments
	while read -r case arguments; do
		[ "$case" = "$wanted" ] || continue
		# Some of them where each takes long (valgrind).
		for host in $(wanted_hosts); do
			# shellcheck disable=SC2086 # words
			same "$(basename "$host")" "$case" $arguments || failed=1
		done
		return $failed
	done < <(host_cases)
	echo "no case $wanted"
	return 1
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

@test "what was run when they were recorded" {
	all_hosts recorded
}

@test "the same as JSON" {
	all_hosts recorded-json
}

@test "the folders are those that tests/hosts/record makes" {
	diff <(sed -n 's/^host \([^ ]*\) .*/\1/p' "$hosts/record" | sort) \
		<(find "$hosts" -mindepth 1 -maxdepth 1 -type d -printf '%f\n' | sort)
}

@test "every case is expected of every host, and nothing else" {
	local host
	for host in "$hosts"/*/; do
		diff <(host_cases | cut -d' ' -f1 | sort) \
			<({
				ls "$host/expected"
				read -r word _ <"$host/arguments"
				[ "$word" = probe ] || [ "$word" = bench ] || echo recorded-json
			} | sort)
	done
}

@test "all JSON is JSON" {
	local file
	for file in "$hosts"/*/expected/*-json; do
		# Some cases print none.
		sed '/^\[s/,$d' "$file" | jq empty
	done
}
