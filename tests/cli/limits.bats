# SPDX-License-Identifier: GPL-2.0-or-later
# check: locked memory, mappings, huge pages, and what this process may see.

setup() {
	load lib
	load edit
	host 6.1-amd
	# These tests are about limits, and no probe is played.
	# shellcheck disable=SC2034 # finds uses it
	ignored=(--ignore aperture-unknown)
}

@test "14: how much memlock a guest needs, for the caller (edited facts)" {
	caller 1000 0x800000 0x0
	finds memlock-too-small failure 2 --memory 4G
	says subject "this process"
	says message "a guest of 4 GiB needs 5 GiB"
	says message "8 MiB"
	says commands "--memlock=5368709120"
	caller 1000 0x100000000 0x0
	finds memlock-tight warning 1 --memory 4G
	says commands "--memlock=5368709120"
	caller 1000 0xffffffff 0x0
	finds memlock-too-small failure 2 --memory 4G
	caller 1000 0x140000000 0x0
	finds memlock-enough ok 0 --memory 4G
	caller 1000 0xffffffffffffffff 0x0
	finds memlock-enough ok 0 --memory 500G
	caller 0 0x10000 0x4000
	finds memlock-enough ok 0 --memory 4G
	says message CAP_IPC_LOCK
}

@test "CAP_IPC_LOCK lifts the limit, and the memory counts anyway (edited facts)" {
	caller 0 0x10000 0x4000
	finds memlock-enough ok 0 --memory 4G
	says message "VFIO counts its locked memory and does not limit it"
	run vfiodiag explain memlock-too-small
	[[ $output == *"CAP_IPC_LOCK, which root has, are not limited."* ]]
	[[ $output != *"not counted"* ]]
	[[ $output == *"<hard_limit>"* ]]
}

@test "14: the limit of a user from pam_limits files (edited files)" {
	qemu
	finds memlock-too-small failure 2 --for user:qemu --memory 4G
	says subject "user qemu"
	says message "probably"
	says commands "echo 'qemu - memlock 5242880' | sudo tee /etc/security/limits.d/zz-vfio-qemu.conf"
	mkdir -p "$files/etc/security/limits.d"
	echo "@kvm - memlock 4194304" >"$files/etc/security/limits.d/kvm.conf"
	finds memlock-tight warning 1 --for user:qemu --memory 4G
	says message "4 GiB (/etc/security/limits.d/kvm.conf)"
	echo "qemu - memlock unlimited" >"$files/etc/security/limits.d/qemu.conf"
	finds memlock-enough ok 0 --for user:qemu --memory 4G
}

# runs PID BYTES CAPABILITIES: a process of the user qemu.
runs() {
	mkdir -p "$files/proc/$1"
	echo "Max locked memory         $2           $2           bytes" >"$files/proc/$1/limits"
	printf 'Uid:\t107\t107\t107\t107\nGid:\t36\t36\t36\t36\nGroups:\t36\nCapEff:\t%016x\n' "$3" >"$files/proc/$1/status"
}

@test "14: the limit of a unit from systemd, and from its process (edited facts)" {
	qemu
	unit vm.service '"user":"qemu","memlock":"0x80000000"'
	finds memlock-too-small failure 2 --for unit:vm --memory 4G
	says subject "unit vm.service"
	says message "2 GiB (its LimitMEMLOCK in systemd)"
	says commands "printf '[Service]\\nLimitMEMLOCK=5242880K\\n' | sudo tee /etc/systemd/system/vm.service.d/memlock.conf"
	unit vm.service '"user":"qemu","memlock":"0x80000000"' 812
	runs 812 4294967296 0
	finds memlock-tight warning 1 --for unit:vm --memory 4G
	says message "/proc/812/limits"
	runs 812 4294967296 0x1ffffffffff
	finds memlock-enough ok 0 --for unit:vm --memory 4G
}

@test "14: a unit that systemd has not loaded is not known" {
	fact '{"fact":"unit vm.service","errno":"ENOENT"}'
	# Files of it say nothing, as in captures of older versions.
	mkdir -p "$files/usr/lib/systemd/system"
	printf '[Service]\nLimitMEMLOCK=2G\n' >"$files/usr/lib/systemd/system/vm.service"
	finds memlock-unknown unmeasured 3 --for unit:vm --memory 4G
	says message "the locked memory limit is not known: systemd has not loaded the unit"
	lacks memlock-too-small --for unit:vm --memory 4G
	fact '{"fact":"unit vm.service","errno":"ETIMEDOUT"}'
	finds memlock-unknown unmeasured 3 --for unit:vm --memory 4G
	says message "systemd did not answer in time"
	finds memlock-unknown unmeasured 3 --for unit:other --memory 4G
	says message "the capture does not record"
}

@test "14: the limit of a user who is logged in (edited facts)" {
	qemu
	mkdir -p "$files/etc/security"
	echo "qemu - memlock unlimited" >"$files/etc/security/limits.conf"
	runs 812 1073741824 0
	fact '{"fact":"user-process 107","ret":0,"pid":812,"name":"bash","place":"session"}'
	finds memlock-too-small failure 2 --for user:qemu --memory 4G
	says message "1 GiB (/proc/812/limits of bash)"
	fact '{"fact":"user-process 107","ret":0,"pid":812,"name":"qemu-system-x86","place":"other"}'
	finds memlock-too-small failure 2 --for user:qemu --memory 4G
	says message "1 GiB (probably: /proc/812/limits of qemu-system-x86, which is in no login session)"
	fact '{"fact":"user-process 107","errno":"ENOENT"}'
	finds memlock-enough ok 0 --for user:qemu --memory 4G
}

@test "a capture holds only the needed lines of a user's process, and replays them" {
	local user=daemon pid
	rm -r "$copy"
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid=daemon --regid=daemon --clear-groups sleep 1000 3>&- &
		pid=$!
		until [ "$(cat "/proc/$pid/comm")" = sleep ]; do sleep 0.1; done
	else
		user=$(id -un)
	fi
	vfiodiag --record "$copy" check --for "user:$user" --memory 2G -v >"$BATS_TEST_TMPDIR/live" || true
	[ -z "${pid:-}" ] || kill "$pid"
	vfiodiag --from "$copy" check --for "user:$user" --memory 2G -v >"$BATS_TEST_TMPDIR/replay" || true
	cmp "$BATS_TEST_TMPDIR/live" "$BATS_TEST_TMPDIR/replay"
	grep -q "user $user: .*/proc/[0-9]*/limits of" "$BATS_TEST_TMPDIR/live"
	grep -qE '"fact":"user-process [0-9]+","ret":0,"pid":[0-9]+,"name":' "$copy/transcript.jsonl"
	cat "$files"/proc/[0-9]*/{limits,status} >"$BATS_TEST_TMPDIR/lines"
	grep -q '^CapEff:' "$BATS_TEST_TMPDIR/lines"
	absent '^(Name|Umask|State|VmRSS|Max open files)' "$BATS_TEST_TMPDIR/lines"
}

@test "systemd files in a capture, which crashed an older version, are not read" {
	mkdir -p "$files/etc/systemd/system"
	# What the parser of unit files did not survive, while there was one.
	ln -s no-dot "$files/etc/systemd/system/vm.service"
	finds memlock-unknown unmeasured 3 --for unit:vm
	printf '[Service]\nSlice=%s.slice\n' "$(printf '%064000d' 0 | tr 0 -)" >"$files/etc/systemd/system/dashes.service"
	finds memlock-unknown unmeasured 3 --for unit:dashes
}

@test "if a limits directory cannot be listed, the limit is not known (edited facts)" {
	qemu
	mkdir -p "$files/etc/security/limits.d"
	echo 'qemu - memlock unlimited' >"$files/etc/security/limits.conf"
	finds memlock-enough ok 0 --for user:qemu --memory 4G
	fact '{"fact":"list /etc/security/limits.d","errno":"EACCES"}'
	finds memlock-unknown unmeasured 3 --for user:qemu --memory 4G
	says message "Permission denied"
}

@test "capabilities count only if the user namespace is known (edited facts)" {
	caller 0 0x10000 0x4000
	finds memlock-enough ok 0 --memory 4G
	fact '{"fact":"read /proc/self/uid_map","errno":"EACCES"}'
	finds memlock-unknown unmeasured 3 --memory 4G
	says message "Permission denied"
	# Who has no such capability has no use for it.
	caller 1000 0x100000 0x0
	finds memlock-too-small failure 2 --memory 4G
}

@test "an unknown limit is neither pass nor failure" {
	finds memlock-unknown unmeasured 3 --memory 4G
	finds memlock-unknown unmeasured 3 --for user:qemu
	finds memlock-unknown unmeasured 3 --for user:qemu --memory 4G
	lacks memlock-unknown
}

@test "invalid values for --for and --memory" {
	fact '{"fact":"user nobody","errno":"ENOENT"}'
	run vfiodiag --from "$copy" check --for qemu
	[ "$status" -eq 64 ]
	[ "$output" = "vfiodiag check: invalid value 'qemu' for --for: expected user:NAME or unit:NAME" ]
	run vfiodiag --from "$copy" check --for unit:a/b
	[ "$status" -eq 64 ]
	run vfiodiag --from "$copy" check --for user:nobody
	[ "$status" -eq 64 ]
	[ "$output" = "vfiodiag check: user 'nobody' not found" ]
	for size in 0 "" 64X -1 8P 16E 64 0x40; do
		run vfiodiag --from "$copy" check --memory "$size"
		[ "$status" -eq 64 ]
		[ "${#lines[@]}" -eq 1 ]
	done
}

@test "12: 128 GiB in 2 MiB mappings is one mapping too many (edited parameter)" {
	caller 0 0x10000 0x1ffffffffff
	finds dma-entries-memory note 0 --memory 128G
	says message "65536 mappings"
	says message "65535"
	says commands "echo 'options vfio_iommu_type1 dma_entry_limit=131072' | sudo tee /etc/modprobe.d/"
	lacks dma-entries-memory --memory 131070M
	finds dma-entries-memory note 0 --memory 131071M
	lacks dma-entries-memory
	echo 65536 >"$files/sys/module/vfio_iommu_type1/parameters/dma_entry_limit"
	lacks dma-entries-memory --memory 128G
	finds dma-entries-memory note 0 --memory 500G
	# The parameter is an unsigned int: the module would not load with twice as many, and none holds more.
	fits() {
		vfiodiag --from "$copy" fits --memory "$1" --huge 4K 1 --format json |
			jq -ce '.findings[] | select(.id == "dma-entries-memory") | [.hint, (.commands | map(.command)[1])]'
	}
	run fits 10T
	[[ $output == '["raise it,'*"dma_entry_limit=4294967295'"* ]]
	run fits 17T
	[ "$output" = '["use larger pages: the limit cannot be that large",null]' ]
}

@test "12: a DMA entry limit below the default (edited parameter)" {
	lacks dma-entries-low
	echo 65534 >"$files/sys/module/vfio_iommu_type1/parameters/dma_entry_limit"
	finds dma-entries-low warning 1
	says commands "echo 65535 | sudo tee /sys/module/vfio_iommu_type1/parameters/dma_entry_limit"
	echo 0 >"$files/sys/module/vfio_iommu_type1/parameters/dma_entry_limit"
	finds dma-entries-low failure 2
	echo nonsense >"$files/sys/module/vfio_iommu_type1/parameters/dma_entry_limit"
	lacks dma-entries-low
}

# pool NODE KIB FREE
pool() {
	local folder=$files/sys/devices/system/node/node$1/hugepages/hugepages-$2kB
	mkdir -p "$folder"
	echo "$3" >"$folder/nr_hugepages"
	echo "$3" >"$folder/free_hugepages"
}

@test "free huge pages, by size and node (edited files)" {
	caller 0 0x10000 0x1ffffffffff
	lacks huge-pages --memory 4G
	pool 0 2048 2047
	pool 1 2048 1
	pool 1 1048576 3
	pool 2 2048 0
	lacks huge-pages
	finds huge-pages note 0 --memory 4G
	says message "across several nodes, but not on a single node: pages of 2 MiB"
	[[ $found != *"2 MiB, 2 MiB"* ]]
	pool 0 2048 2048
	pool 1 1048576 4
	finds huge-pages note 0 --memory 4G
	says message "2 MiB pages on node 0, 1 GiB pages on node 1"
	finds huge-pages note 0 --memory 5G
	says message "no huge page size has 5 GiB free"
	pool 1 1048576 18446744073709551615
	finds huge-pages note 0 --memory 500G
	says message "1 GiB pages on node 1"
}

@test "what an unprivileged process cannot see is one note (edited facts)" {
	caller 1000 0x800000 0x0
	finds unprivileged note 0
	says message "uid 1000"
	says message "processes that use a group"
	says message "beyond 64 bytes"
	says message "tracepoints"
	[ "$(jq '[.findings[] | select(.id == "unprivileged")] | length' <<<"$output")" -eq 1 ]
	caller 0 0x800000 0x200000
	finds unprivileged note 0
	says message "without CAP_SYS_PTRACE; not seen: processes that use a group"
	caller 0 0x800000 0x1ffffffffff
	lacks unprivileged
	mkdir -p "$files/proc/self"
	echo "0 100000 65536" >"$files/proc/self/uid_map"
	finds unprivileged note 0
}

@test "OK findings need -v (edited facts)" {
	caller 0 0x800000 0x1ffffffffff
	run vfiodiag --from "$copy" check
	[ "$status" -eq 0 ]
	[[ $output != *"ok: "* ]]
	run vfiodiag --from "$copy" check -v
	[[ $output == *"ok: this process: running as root"* ]]
	# The id of what would be wrong is not behind it.
	absent '^ok: .*\]$' <(echo "$output")
}

@test "a check of a capture made with --for and --memory says the same" {
	rm -r "$copy"
	vfiodiag --record "$copy" check --for user:root --memory 2G -v >"$BATS_TEST_TMPDIR/live" || true
	vfiodiag --from "$copy" check --for user:root --memory 2G -v >"$BATS_TEST_TMPDIR/replay" || true
	cmp "$BATS_TEST_TMPDIR/live" "$BATS_TEST_TMPDIR/replay"
	absent '"fact":"user [^r]' "$copy/transcript.jsonl"
}
