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

# The window is aligned, two pages, inside one allowed range and outside every region. Said here a
# second time and in another language, so that it does not lean on the tool's own arithmetic.
window_is_sound() {
	python3 - "$BATS_TEST_TMPDIR/out" <<-'END'
		import json, sys
		for probe in json.load(open(sys.argv[1]))["probes"]:
		    number = lambda text: int(text, 16)
		    start, end = number(probe["window"]["start"]), number(probe["window"]["end"])
		    size = 2 * probe["page_size"]
		    assert start % size == 0, "not aligned"
		    assert end - start + 1 == size, "not two pages"
		    assert any(number(r["start"]) <= start and end <= number(r["end"])
		               for r in probe["iova_ranges"]), "not inside an allowed range"
		    assert not any(number(r["start"]) <= end and start <= number(r["end"])
		                   for r in probe["reserved_regions"]
		                   if r["type"] != "direct-relaxable"), "inside a reserved region"
	END
}
