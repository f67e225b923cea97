# SPDX-License-Identifier: GPL-2.0-or-later
# The lab itself: what the tests of this folder lean on.

setup() {
	load lib
	program=$BATS_TEST_TMPDIR/program
	cat >"$program" <<-'END'
		#!/bin/sh
		printf 'out \377\r\n'
		printf 'err' >&2
		for word; do printf '[%s]' "$word"; done
		exit 7
	END
	chmod +x "$program"
}

@test "output, error output, arguments and status arrive as they were" {
	lab --program "$program" -- 'two words' '' "quote's" $'new\nline'
	[ "$status" -eq 7 ]
	printf 'out \377\r\n[two words][][quote'\''s][new\nline]' | cmp - "$BATS_TEST_TMPDIR/out"
	printf 'err' | cmp - "$BATS_TEST_TMPDIR/err"
}

@test "setup commands run in their order" {
	lab --program "$program" --setup 'echo 1 >/tmp/order' --setup 'echo 2 >>/tmp/order' \
		--setup '[ "$(cat /tmp/order)" = "1
2" ]' --
	[ "$status" -eq 7 ]
}

@test "a setup command that fails fails the lab" {
	lab --program "$program" --setup false --
	[ "$status" -eq 125 ]
	[[ $errors == *"setup command"* ]]
}

@test "a kernel that warns fails the lab, whatever the program said" {
	lab --program "$program" --setup 'echo "WARNING: CPU: 0 PID: 1 at a/test.c:1" >/dev/kmsg' --
	[ "$status" -eq 125 ]
}

@test "an option that is none" {
	lab --frob --
	[ "$status" -eq 64 ]
}
