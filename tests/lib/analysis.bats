# SPDX-License-Identifier: GPL-2.0-or-later
# That the analyzers of the job "analysis" can fail: each is shown a mistake of its own kind.

setup() {
	top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	build=$top/build/analyzer
	src=$BATS_TEST_TMPDIR/src
	mkdir -p "$src"
}

@test "clang-tidy finds a function that is too long" {
	{
		echo 'int long_one(int n); int long_one(int n) {'
		yes 'n++;' | head -n 80
		echo 'return n; }'
	} >"$src/bad.c"
	run "$top/tests/lib/tidy" "$build" "$src"
	[ "$status" -ne 0 ]
	[[ $output == *readability-function-size* ]]
}

@test "cppcheck finds a read past the end" {
	echo 'int last(void); int last(void) { int numbers[2] = { 1, 2 }; return numbers[2]; }' >"$src/bad.c"
	run "$top/tests/lib/cppchecked" "$src"
	[ "$status" -ne 0 ]
	[[ $output == *arrayIndexOutOfBounds* ]]
}

# A build tree whose make prints the warnings of a file.
@test "gcc's warnings are held against the list" {
	cat >"$src/Makefile" <<-'END'
		.RECIPEPREFIX = >
		clean:
		vfiodiag:
		> @cat warnings >&2
	END
	grep -v '^#' "$top/tests/lib/analyzer.known" | sed 's/: /:1:1: warning: /' >"$src/warnings"
	"$top/tests/lib/analyzed" "$src"

	echo '../../src/main.c:7:1: warning: double free [CWE-415] [-Wanalyzer-double-free]' >>"$src/warnings"
	run "$top/tests/lib/analyzed" "$src"
	[ "$status" -ne 0 ]
	[ "$output" = 'found: src/main.c: double free [CWE-415] [-Wanalyzer-double-free]' ]

	sed -i 1d "$src/warnings"
	run "$top/tests/lib/analyzed" "$src"
	[[ $output == *'not found any more'* ]]
}
