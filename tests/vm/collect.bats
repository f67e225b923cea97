# SPDX-License-Identifier: GPL-2.0-or-later
# collect on real kernels: what a command prints in the guest is what it prints here from the
# guest's archive, whatever the byte order.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	top=$(cd "$vm/../.." && pwd)
	work=$BATS_TEST_TMPDIR
	here=${VFIODIAG:-$top/build/gcc/vfiodiag}
	export LC_ALL=C # as in the guest
}

# What is asked in the guest and again here, a line each.
questions() {
	cat <<-'END'
		list
		list --tree
		list --json
		list -o +OVERRIDE
		iova 0
		fits --memory 1G 0
		check
		check --all
		check --all --format json
		check --memory 64G
		check --memory 1G --for user:user
	END
}

# same OPTION…: boot, ask, collect; then ask the archive here. It stays at $work/guest/archive.
same() {
	local number=0 line script
	script='mkdir /tmp/w && cd /tmp/w || exit 1'
	while read -r line; do
		number=$((number + 1))
		script+="; vfiodiag $line >$number 2>$number.err; echo \$? >>$number"
	done < <(questions)
	script+='; vfiodiag collect --probe --for user:user -q -o archive >out 2>&1; echo $? >status; tar -c .'
	# The program's arguments are not wanted: the shell runs it as often as it likes.
	lab "$@" --wrap "sh -c '$script' sh" -- list
	[ "$status" -eq 0 ]
	mkdir "$work/guest"
	tar -x -C "$work/guest" <"$work/out"
	cat "$work/guest/out"
	[ "$(cat "$work/guest/status")" -eq 0 ]
	number=0
	while read -r line; do
		number=$((number + 1))
		# shellcheck disable=SC2086 # words
		diff -u --label "in the guest: $line" --label "here, from its archive" \
			<(without_time <"$work/guest/$number") <({
				status=0
				keeping_json "$here" --from "$work/guest/archive" $line 2>"$work/err" || status=$?
				echo $status
			} | without_time)
		diff -u "$work/guest/$number.err" "$work/err"
	done < <(questions)
}

@test "amd64: the same here as there, and the test is in it" {
	same --iommu amd
	run "$here" --from "$work/guest/archive" probe --all
	[ "$status" -eq 0 ]
	[[ $output == *"Superpage splitting: not supported"* ]]
	[ "$(stat -c %s "$work/guest/archive")" -lt 1048576 ]
}

@test "amd64, as an ordinary user" {
	same --iommu intel --user user --setup 'chmod 711 /sys/kernel/tracing'
}

@test "s390x, big-endian: the same here as there" {
	unset VFIODIAG
	same --arch s390x
	run "$here" --from "$work/guest/archive" probe --all
	[ "$status" -eq 0 ]
	[[ $output == *"window             0x100000000 - 0x100001fff"* ]]
}

@test "an archive of amd64 is read on s390x" {
	local packed=$work/packed number=0 line script
	unset VFIODIAG
	"$here" collect -q --from "$top/tests/hosts/6.1-amd/capture.tar.zst" -o "$packed"
	script='cd /tmp || exit 1'
	while read -r line; do
		script+="; vfiodiag --from packed $line; echo \$?"
	done < <(
		questions
		echo "probe --all --format json"
	)
	lab --arch s390x --setup "echo '$(base64 -w 0 "$packed")' | base64 -d >/tmp/packed" \
		--wrap "sh -c '$script' sh" -- list
	[ "$status" -eq 0 ]
	mv "$work/out" "$work/there"
	cd "$work"
	while read -r line; do
		# shellcheck disable=SC2086 # words
		status=0
		# shellcheck disable=SC2086 # words
		"$here" --from packed $line || status=$?
		echo "$status"
	done < <(
		questions
		echo "probe --all --format json"
	) >"$work/here" 2>/dev/null
	diff -u "$work/there" "$work/here"
}

@test "collect of a redacted guest leaves its name out" {
	lab --iommu amd --hostname secrethost -- collect --redact -o -
	[ "$status" -eq 0 ]
	zstd -dqc <"$work/out" >"$work/plain"
	! LC_ALL=C grep -a secrethost "$work/plain" || return 1
	[[ $("$here" --from "$work/out" check) == "Host host-1, "* ]]
}

@test "a device whose override can't be read now costs two seconds and its cell" {
	# The reader of one file is held up for half a minute, as by a lock.
	lab --iommu amd --wrap 'strace -f -o /dev/null -e trace=read -P /sys/devices/pci0000:00/0000:00:1f.2/driver_override -e inject=read:delay_enter=30000000' \
		-- list --raw -o ADDRESS,OVERRIDE
	[ "$status" -eq 0 ]
	grep -qx '0000:00:04.0 vfio-pci' <<<"$output"
	grep -qx '0000:00:1f.3 *' <<<"$output"
	lab --iommu amd --wrap 'strace -f -o /dev/null -e trace=read -P /sys/devices/pci0000:00/0000:00:1f.2/driver_override -e inject=read:delay_enter=30000000' \
		-- collect -o -
	[ "$status" -eq 0 ]
	zstd -dqc <"$work/out" | tar -xO --wildcards '*/manifest.json' >"$work/manifest"
	# After that file nothing else of the device is asked for.
	jq -e '.not_read == {"read /sys/devices/pci0000:00/0000:00:1f.2/driver_override": "ETIMEDOUT",
		"read /sys/devices/pci0000:00/0000:00:1f.2/reset_method": "ETIMEDOUT"}' "$work/manifest"
}
