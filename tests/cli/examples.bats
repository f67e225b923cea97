# SPDX-License-Identifier: GPL-2.0-or-later
# EXAMPLES of vfiodiag-check(8): each runs on a recorded host, and prints what the page shows.

setup() {
	load lib
	cd "$BATS_TEST_TMPDIR" || return
	sed -n '/^\.SH EXAMPLES/,/^\.SH "SEE/p' "$top/man/vfiodiag-check.8" |
		sed 's/\\-/-/g; s/\\(aq/'"'"'/g; s/\\f[BP]//g; s/^[$#] //' >page
}

# shown COMMAND: what the page shows below it.
shown() {
	grep -qxF "$1" page
	awk -v command="$1" '$0 == command { is_in = 1; next } /^\.EE|^vfiodiag / { is_in = 0 } is_in' page
}

# example STATUS HOST COMMAND: an example of the page, run on a recorded host. It may show only the beginning.
example() {
	local status=0
	shown "$3" >expected
	VFIODIAG_FROM=$hosts/$2/capture bash -c "vfiodiag() { command \"\$VFIODIAG\" --from \"\$VFIODIAG_FROM\" \"\$@\"; }
		$3" >printed 2>&1 || status=$?
	cat printed
	[ "$status" -eq "$1" ]
	diff expected <(head -n "$(wc -l <expected)" printed)
}

@test "each example runs, and prints what the page shows" {
	example 2 blocked "vfiodiag check 01:01.0"
	example 2 blocked "vfiodiag check --for user:qemu --memory 64G 01:01.0"
	example 0 6.1-intel "vfiodiag check --probe --require interrupts=isolated --require superpage-splitting=supported 1"
	example 0 unbound "vfiodiag check --managed 00:04.0"
	example 0 unbound "vfiodiag check --managed --deny iommu-narrow 00:04.0 >/dev/null || echo no"
	grep -qx no printed
	example 0 6.12-virtio "vfiodiag check --ignore unsafe-interrupts --fail-on warning || exit 1"
	example 1 iommu-off "vfiodiag check --ignore unsafe-interrupts --fail-on warning || exit 1"
	# No other example is on the page, but those of many captures.
	[ "$(grep -c '^vfiodiag' page)" -eq 8 ]
	[ "$(grep -c '^vfiodiag check --from captures' page)" -eq 2 ]
}

@test "the examples of --managed and --deny would fail without the options" {
	run vfiodiag --from "$hosts/unbound/capture" check 00:04.0
	[ "$status" -eq 2 ]
	run vfiodiag --from "$hosts/unbound/capture" check --managed --deny acs-override 00:04.0
	[ "$status" -eq 0 ]
}

@test "the examples of many captures" {
	local status=0
	mkdir captures
	vfiodiag -q --from "$hosts/6.12-zpci/capture" collect -o captures/host1.tar.zst
	vfiodiag -q --from "$hosts/blocked/capture" collect -o captures/host2.tar.zst
	shown "vfiodiag check --from captures" >expected
	vfiodiag check --from captures >printed || status=$?
	cat printed
	[ "$status" -eq 2 ]
	# The hosts of the page have names of their own.
	diff <(awk '{ print $1, $2, $4 }' expected) <(awk '{ print $1, $2, $4 }' printed)
	grep -qF 'vfiodiag check --from captures --format jsonl |' page
	grep -qF "    jq -r 'select(.verdict != \"ready\") | .capture'" page
	vfiodiag check --from captures --format jsonl >lines || true
	[ "$(jq -r 'select(.verdict != "ready") | .capture' lines)" = captures/host2.tar.zst ]
}
