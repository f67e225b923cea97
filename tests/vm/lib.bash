# SPDX-License-Identifier: GPL-2.0-or-later
# Shared by the bats files of this folder.

vm=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$vm/../lib/json.bash"

# lab OPTION… -- ARG…: a guest; $output is standard output, $errors standard error, $status.
lab() {
	status=0
	keeping_json "$vm/run" "$@" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" || status=$?
	output=$(cat "$BATS_TEST_TMPDIR/out")
	errors=$(cat "$BATS_TEST_TMPDIR/err")
	# Shown by bats when the test fails.
	printf '%s\n' "$output" "[standard error]" "$errors" "[status $status]"
}

# absent PATTERN FILE: fails, and shows them, when lines match. ("! grep" fails no bats test.)
absent() {
	if grep -nE "$1" "$2"; then
		return 1
	fi
}

# holds JQ-FILTER: true of the JSON that the guest printed.
holds() {
	if ! jq -e "$1" <<<"$output" >/dev/null; then
		echo "does not hold: $1"
		return 1
	fi
}

# ask_one_guest LAB-OPTION… <SCRIPT: for setup_file, where several tests need a guest of the same kind:
# one guest runs SCRIPT, in which "ask NAME COMMAND…" runs a command and keeps what it says as the
# answer NAME. See take_answer.
ask_one_guest() {
	local script
	script=$(cat)
	"$vm/run" "$@" --setup "cat >/tmp/script <<'END-OF-SCRIPT'
ask() {
	name=\$1
	shift
	\"\$@\" >/tmp/asked/\$name.out 2>/tmp/asked/\$name.err </dev/null
	echo \$? >/tmp/asked/\$name.status
}
mkdir /tmp/asked
{
$script
} >/dev/console
tar -c -C /tmp/asked .
END-OF-SCRIPT" --wrap 'sh /tmp/script' -- list >"$BATS_FILE_TMPDIR/asked.tar"
	mkdir "$BATS_FILE_TMPDIR/asked"
	tar -x -C "$BATS_FILE_TMPDIR/asked" -f "$BATS_FILE_TMPDIR/asked.tar"
}

# take_answer NAME: sets what lab sets, of the command that ask_one_guest's script asked as NAME.
take_answer() {
	local asked=$BATS_FILE_TMPDIR/asked/$1
	cp "$asked.out" "$BATS_TEST_TMPDIR/out"
	cp "$asked.err" "$BATS_TEST_TMPDIR/err"
	status=$(cat "$asked.status")
	output=$(cat "$BATS_TEST_TMPDIR/out")
	errors=$(cat "$BATS_TEST_TMPDIR/err")
	printf '%s\n' "$output" "[standard error]" "$errors" "[status $status]"
}
