# SPDX-License-Identifier: GPL-2.0-or-later
# Lines on a terminal: wrapped at its width, and commands whole.

setup() {
	load lib
	program=${VFIODIAG:-$top/build/gcc/vfiodiag}
	shown=$BATS_TEST_TMPDIR/shown
	export NO_COLOR=1
	unset COLUMNS
}

# at COLUMNS ARG…: what a terminal with so many columns shows of a run, in $shown.
at() {
	local columns=$1
	shift
	script -qec "stty cols $columns && ${VFIODIAG_UNDER:-} $program ${*@Q} 2>/dev/null" /dev/null >"$shown.typed" </dev/null || [ $? -le 3 ]
	tr -d '\r' <"$shown.typed" >"$shown"
	[ -s "$shown" ]
}

# piped ARG…: the same into a pipe.
piped() {
	vfiodiag "$@" | cat
}

# words: the words of the input, whatever is between them.
words() {
	tr -s ' \t\n' '\n'
}

# widest: how wide the widest line of $shown is, commands left out.
widest() {
	grep -vE '^ {8}(sudo|echo|printf) ' "$shown" | wc -L
}

# cases: the commands whose text is wrapped.
cases() {
	cat <<-END
		--from $hosts/in-use/capture check --all -v
		--from $hosts/6.1-amd/capture probe 1
		--from $hosts/6.1-amd/capture iova --probe --at 0xfee00000 --size 2M --errno EINVAL 1
		--from $hosts/6.1-amd/capture fits --probe --memory 1200G 1
		--from $hosts/6.1-amd-bench/capture bench --limit 20M 1
		diff $hosts/6.1-amd/capture $hosts/in-use/capture
		explain
		explain memlock-too-small
	END
}

@test "no line is wider than the terminal, but commands and what has no blank, and no word is lost" {
	local line
	while IFS= read -r line; do
		echo "$line"
		# shellcheck disable=SC2086 # a command with its options
		{
			at 100 $line
			[ "$(widest)" -le 100 ]
			diff <(piped $line 2>/dev/null | words) <(words <"$shown")
			at 72 $line
			diff <(piped $line 2>/dev/null | words) <(words <"$shown")
		}
	done < <(cases)
}

@test "a pipe and a file get each line as it is" {
	local whole=$BATS_TEST_TMPDIR/whole
	piped --from "$hosts/in-use/capture" check 2 >"$whole"
	grep '^failure: group 2: not viable: .* \[group-not-viable\]$' "$whole"
	grep '^    Fix: .*0000:00:06.0' "$whole"
	COLUMNS=40 piped --from "$hosts/in-use/capture" check 2 | cmp - "$whole"
	script -qec "stty cols 60 && $program --from $hosts/in-use/capture check -o '$BATS_TEST_TMPDIR/file' 2" \
		/dev/null || [ $? -eq 2 ]
	cmp "$BATS_TEST_TMPDIR/file" "$whole"
}

@test "JSON is not wrapped" {
	at 60 --from "$hosts/in-use/capture" check --format json 2
	piped --from "$hosts/in-use/capture" check --format json 2 | diff - "$shown"
}

@test "a row about one of many captures stays one line" {
	at 60 --from "$hosts/in-use/capture" check --each
	[ "$(wc -l <"$shown")" -eq 2 ]
	[ "$(widest)" -gt 60 ]
}

@test "a line goes on four columns to the right, and a command stands alone on its own" {
	at 60 --from "$hosts/in-use/capture" check 2
	diff - <(sed -n '/^failure/,/not-viable/p' "$shown") <<-'END'
		failure: group 2: not viable: 0000:00:06.0 (Ethernet
		    controller) is still bound to e1000e [group-not-viable]
	END
	at 40 --from "$hosts/in-use/capture" check --all
	piped --from "$hosts/in-use/capture" check --all --format json >"$BATS_TEST_TMPDIR/json" || true
	jq -r '.findings[] | select(.severity != "ok") | .commands[].command' "$BATS_TEST_TMPDIR/json" >"$BATS_TEST_TMPDIR/commands"
	[ -s "$BATS_TEST_TMPDIR/commands" ]
	while IFS= read -r command; do
		grep -Fx "        $command" "$shown"
	done <"$BATS_TEST_TMPDIR/commands"
}

@test "COLUMNS takes precedence over the size of the terminal, and one without a size wraps nothing" {
	COLUMNS=60 at 100 --from "$hosts/in-use/capture" check 2
	cp "$shown" "$BATS_TEST_TMPDIR/sixty"
	at 60 --from "$hosts/in-use/capture" check 2
	cmp "$shown" "$BATS_TEST_TMPDIR/sixty"
	COLUMNS=many at 60 --from "$hosts/in-use/capture" check 2
	cmp "$shown" "$BATS_TEST_TMPDIR/sixty"
	at 0 --from "$hosts/in-use/capture" check 2
	grep '^failure: group 2: not viable: .* \[group-not-viable\]$' "$shown"
	# Fewer than twenty columns are twenty.
	at 3 --from "$hosts/in-use/capture" check 2
	COLUMNS=20 at 100 --from "$hosts/in-use/capture" check 2
	[ "$(grep -c . "$shown")" -gt 20 ]
}

@test "an explanation is filled for a narrow terminal, and is as written for a wide one" {
	vfiodiag explain memlock-too-small >"$BATS_TEST_TMPDIR/written"
	at 200 explain memlock-too-small
	cmp "$shown" "$BATS_TEST_TMPDIR/written"
	at 50 explain memlock-too-small
	[ "$(widest)" -le 50 ]
	diff <(words <"$BATS_TEST_TMPDIR/written") <(words <"$shown")
	# Commands keep their lines.
	at 50 explain huge-pages
	grep -Fx '  /sys/devices/system/node/nodeN/hugepages/hugepages-2048kB/nr_hugepages' "$shown"
}
