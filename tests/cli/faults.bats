# SPDX-License-Identifier: GPL-2.0-or-later
# What is said where the machine is in trouble. tests/faults lets each call fail in turn; here is one
# case of each thing that went wrong once.

setup() {
	load lib
	program=${VFIODIAG:-$top/build/gcc/vfiodiag}
	capture=$hosts/6.12-intel/capture
	files=$capture/files
}

# failing CALL ERRNO PATH ARG…: the program, with the first such call on that path failing so.
failing() {
	local call=$1 errno=$2 path=$3
	shift 3
	run --separate-stderr strace -qq -f -o "$BATS_TEST_TMPDIR/log" -P "$path" -e trace="$call" \
		-e inject="$call:error=$errno:when=1" "$program" "$@"
	grep -q INJECTED "$BATS_TEST_TMPDIR/log"
}

bats_require_minimum_version 1.5.0

# bats test_tags=strace
@test "a listing that ends early does not count as read" {
	failing getdents64 EIO "$files/sys/kernel/iommu_groups/1/devices" --sysroot "$files" list
	[ "$status" -eq 0 ]
	[[ $stderr == *"cannot read /sys/kernel/iommu_groups/1/devices: Input/output error"* ]]
}

# bats test_tags=strace
@test "a directory that cannot be searched is not reported as out of memory" {
	failing getdents64 EIO "$files/sys/kernel/iommu_groups" --sysroot "$files" check --format json
	[ "$status" -eq 3 ]
	[[ $stderr != *memory* ]]
	jq -e '.host.not_read[] | select(.path == "/sys/kernel/iommu_groups" and .errno == "EIO")' \
		<<<"$output"
}

# bats test_tags=strace
@test "an unreadable attribute is reported" {
	failing read EIO "$files/sys/kernel/iommu_groups/1/type" --sysroot "$files" check --all \
		--format json
	jq -e '.host.not_read[] | select(.path | endswith("/1/type"))' <<<"$output"
	jq -e '.findings[] | select(.severity == "unmeasured")' <<<"$output"
}

# bats test_tags=strace
@test "a group not found on an incompletely read host may exist" {
	failing getdents64 EIO "$files/sys/kernel/iommu_groups" --sysroot "$files" list 1
	[ "$status" -eq 3 ]
	[[ $stderr == *"'1' not found, but the host could not be read completely: /sys/kernel/iommu_groups"* ]]
}

# bats test_tags=strace
@test "a failing machine is not a usage error" {
	local fault
	for fault in "openat EMFILE $files" "openat EIO $files" "openat ENFILE $files"; do
		# shellcheck disable=SC2086 # three words
		failing $fault --sysroot "$files" list
		[ "$status" -eq 3 ]
		[[ $stderr == *"cannot read '$files'"* ]]
	done
	failing openat ENOENT "$files" --sysroot "$files" list
	[ "$status" -eq 64 ]
}

# bats test_tags=strace
@test "a capture on a failing disk is refused as a whole" {
	failing getdents64 EIO "$files/sys" --from "$capture" list
	[ "$status" -eq 3 ]
	[[ $stderr == *"cannot read '$capture': Input/output error"* ]]
	run strace -qq -o "$BATS_TEST_TMPDIR/log" -e trace=readlinkat \
		-e inject=readlinkat:error=EIO:when=1 "$program" --from "$capture" list
	[ "$status" -eq 3 ]
	failing openat EMFILE "$capture/files" --from "$capture" list
	[ "$status" -eq 3 ]
	[[ $stderr != *"is not a valid capture"* ]]
	failing read EIO "$top/tests/archives/0.1.0.tar.zst" \
		--from "$top/tests/archives/0.1.0.tar.zst" list
	[ "$status" -eq 3 ]
	[[ $stderr != *damaged* ]]
}

# bats test_tags=strace
@test "unreadable parts of a capture are reported, and stay unreadable when packed" {
	local work=$BATS_TEST_TMPDIR/work name call error
	mkdir "$work"
	while read -r name call error; do
		inject=(strace -qq -o "$BATS_TEST_TMPDIR/log" -P "$name" -e trace="$call"
			-e inject="$call:error=$error" "$program" --from "$capture")
		run --separate-stderr "${inject[@]}" check --all --format json
		grep -q INJECTED "$BATS_TEST_TMPDIR/log"
		echo "$name $error: $status $stderr"
		case $error in
		# The host would answer so: somebody changes the folder.
		ENOENT | EINVAL | ENXIO | ENOTDIR)
			[ "$status" -eq 64 ]
			[[ $stderr == *"'$capture' is not a valid capture: it changes while it is read ('$name' in it: "* ]]
			;;
		*)
			[ "$status" -ge 2 ]
			jq -e --arg error "$error" '.host.not_read[] | select(.errno == $error)' <<<"$output" >/dev/null
			;;
		esac
		run --separate-stderr "${inject[@]}" collect -q -o "$work/a.tar.zst"
		echo "$status $stderr"
		[ "$status" -ne 0 ]
		[[ $stderr == *"$name"* ]]
		[ -z "$(ls -A "$work")" ]
	done <<-'END'
		reserved_regions openat EACCES
		reserved_regions openat EPERM
		reserved_regions openat ELOOP
		reserved_regions openat EISDIR
		reserved_regions openat ENOENT
		reserved_regions openat EINVAL
		reserved_regions openat ENXIO
		iommu_groups openat EACCES
		iommu_groups openat ENOTDIR
		0000:00:04.0 readlinkat EACCES
		0000:00:04.0 readlinkat ENOENT
	END
}

# bats test_tags=strace
@test "a directory that cannot be opened is not reported as missing" {
	failing openat EACCES files --from "$capture" list
	[ "$status" -eq 64 ]
	[[ $stderr == *"cannot read directory 'files': Permission denied"* ]]
}

# bats test_tags=strace
@test "a child that cannot be started costs only what it would read, and is reported" {
	run --separate-stderr strace -qq -f -o "$BATS_TEST_TMPDIR/log" -e trace=socketpair \
		-e inject=socketpair:error=EMFILE "$program" list -o +OVERRIDE
	if ! grep -q INJECTED "$BATS_TEST_TMPDIR/log"; then
		[ -z "$(ls /sys/bus/pci/devices 2>/dev/null)" ]
		return
	fi
	[ "$status" -eq 0 ]
	[[ $stderr == *"driver_override: Too many open files"* ]]
}

# bats test_tags=strace
@test "no temporary file remains if the archive cannot be started" {
	local work=$BATS_TEST_TMPDIR/work
	mkdir "$work"
	cd "$work"
	run strace -qq -o ../log -e trace=fcntl -e inject=fcntl:error=ENOMEM \
		"$program" --from "$capture" collect -o a.tar.zst
	[ "$status" -eq 3 ]
	[ -z "$(ls -A)" ]
}

@test "help that cannot be written is an error" {
	status=0
	vfiodiag --help >/dev/full 2>"$BATS_TEST_TMPDIR/err" || status=$?
	[ "$status" -eq 3 ]
	grep "cannot write to standard output" "$BATS_TEST_TMPDIR/err"
	status=0
	vfiodiag list --help >&- || status=$?
	[ "$status" -eq 3 ]
}

@test "messages at exit name the command" {
	local command err=$BATS_TEST_TMPDIR/err
	for command in list check "iova 1" "fits --memory 1G 1" "probe --all" "collect -o -" \
		explain "report $capture" "diff $capture $hosts/6.1-amd/capture"; do
		status=0
		# shellcheck disable=SC2086 # a command with its words
		case $command in
		report* | diff* | explain) "$program" $command >/dev/full 2>"$err" || status=$? ;;
		*) "$program" --from "$capture" $command >/dev/full 2>"$err" || status=$? ;;
		esac
		echo "$command: status $status: $(cat "$err")"
		[ "$status" -eq 3 ]
		grep -q 'cannot write' "$err"
		[ "$(grep -avc "^vfiodiag ${command%% *}: " "$err")" -eq 0 ]
	done
}

@test "with standard error closed, messages go into no output file" {
	vfiodiag --record "$BATS_TEST_TMPDIR/capture" list <&- 2>&- >/dev/null
	vfiodiag --from "$BATS_TEST_TMPDIR/capture" list
}

# bats test_tags=strace
@test "no file in the user's home is read for device names" {
	strace -o "$BATS_TEST_TMPDIR/log" -e trace=openat,socket "$program" --sysroot "$files" list \
		-o +NAME >/dev/null
	strace -o "$BATS_TEST_TMPDIR/log2" -e trace=openat,socket "$program" list >/dev/null || true
	absent 'pciids|AF_UNIX|/etc/passwd' "$BATS_TEST_TMPDIR/log"
	absent 'pciids|AF_UNIX|/etc/passwd' "$BATS_TEST_TMPDIR/log2"
}
