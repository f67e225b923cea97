# SPDX-License-Identifier: GPL-2.0-or-later
# What mapping costs, measured on real kernels: all that is asked of it but the numbers, which are the
# machine's of the day. The lab itself fails where the kernel complains.

setup() {
	load lib
}

# In the guest: nobody has a node of VFIO open, the group is back in its default domain, and no huge
# page is missing.
nothing_left='
	! pidof vfiodiag >/dev/null &&
	! ls -l /proc/[0-9]*/fd 2>/dev/null | grep -q /dev/vfio &&
	grep -q "^DMA" /sys/kernel/iommu_groups/1/type &&
	[ "$(cat /sys/module/vfio_iommu_type1/refcnt)" = 0 ] &&
	[ "$(cat /sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages)" = 16 ]'

# In the guest: the most memory that it ever locked, as it waits a little behind each ioctl.
most_locked='
	(strace -o /dev/null -e inject=ioctl:delay_exit=50000 vfiodiag bench -q --limit 20M 1 >/dev/null
	touch /run/done) &
	most=0
	until pid=$(pidof vfiodiag); do :; done
	while [ ! -e /run/done ]; do
		while read -r key kib unit; do
			[ "$key" != VmLck: ] || [ "$kib" -le $most ] || most=$kib
		done </proc/$pid/status
	done
	wait
	echo "locked $most KiB at most"
	[ $most -eq 16384 ]'

@test "Intel: each kind of pages is measured, no more than --limit is locked, and the replay is the same" {
	lab --iommu intel --append hugepages=16 --setup "$most_locked" --setup "$nothing_left" \
		--capture "$BATS_TEST_TMPDIR/capture" -- bench --limit 20M 1 --page-table always --format json
	[ "$status" -eq 0 ]
	[[ $errors == *"pinning up to 20 MiB of memory at once (set by --limit)"* ]]
	holds '.schema == "vfiodiag/1" and (.bench | .method == "measured" and .error == null)'
	holds '.bench.limit | .bytes == 20971520 and .bound_by == "limit"'
	holds '.bench.window == {start: "0x0", end: "0xffffff"}'
	holds '[.bench.series[] | select(.reason == null) | .pages] == ["base", "transparent", "hugetlb"]'
	holds '.bench.series[0] | [.points[].size] == [1048576, 4194304, 16777216]'
	holds '.bench.series[1:3] | all(.[]; [.points[].size] == [4194304, 16777216])'
	holds 'all(.bench.series[].points[]; .map.median_ns > 0 and .unmap.median_ns > 0 and .populate.ns > 0)'
	holds 'all(.bench.series[].points[]; .map.least_ns <= .map.median_ns and .map.median_ns <= .map.most_ns)'
	# Memory of 1 MiB has no entry of 2 MiB, and huge pages have no other.
	holds '.bench.series[0].points[0].page_table == {entries: [{size: 4096, count: 256}], other: 0, reason: null}'
	holds '.bench.series[1:3] | all(.[].points[];
		.page_table == {entries: [{size: 2097152, count: (.size / 2097152)}], other: 0, reason: null})'
	holds 'all(.bench.series[] | select(.points != []); .guest.pin_ns > 0 and .guest.by_size == 16777216)'
	keeping_json "$VFIODIAG" --from "$BATS_TEST_TMPDIR/capture" bench --limit 20M 1 --page-table always --format json 2>/dev/null |
		cmp - "$BATS_TEST_TMPDIR/out"
}

@test "AMD: however it ends, nothing is left behind" {
	lab --iommu amd --append hugepages=16 --setup '
		killed=0
		for n in 4 6 8 9 10 11 12 13 20 41; do
			strace -o /dev/null -e inject=ioctl:signal=KILL:when=$n vfiodiag bench --limit 4M 1 >/dev/null
			[ $? -eq 137 ] && killed=$((killed + 1))
			'"$nothing_left"' || { echo "left after ioctl $n"; exit 1; }
		done
		echo "killed $killed times"
		[ $killed -eq 10 ]' --setup '
		for signal in INT TERM HUP PIPE; do
			strace -o /dev/null -e inject=ioctl:signal=$signal:when=12 vfiodiag bench --limit 4M 1 >/dev/null
			[ $? -gt 128 ] || { echo "SIG$signal did not end it"; exit 1; }
			'"$nothing_left"' || { echo "left after SIG$signal"; exit 1; }
		done' --setup '
		strace -f -o /run/log vfiodiag bench --limit 4M 1 >/dev/null
		! grep -q VFIO_GROUP_GET_DEVICE_FD /run/log && grep -q VFIO_IOMMU_MAP_DMA /run/log' \
		-- bench --limit 4M 1
	[ "$status" -eq 0 ]
	[[ $output == *"Pinning a guest of 64 GiB takes about "*" on this host with 4 KiB pages;"* ]]
	[[ $output == *"explicit huge pages of 2 MiB"* ]]
}

@test "a user with a limit of locked memory; groups that are held or not bound are refused" {
	lab --iommu amd --user user --setup 'chown user /dev/vfio/1' --setup '
		sleep 1000 3<>/dev/vfio/1 &
		until grep -q sleep /proc/$!/comm; do :; done
		vfiodiag bench 1 2>&1 >/dev/null | grep "/dev/vfio/1 is in use by process .* (sleep)"
		kill $!' --setup '
		echo 0000:00:04.0 >/sys/bus/pci/devices/0000:00:04.0/driver/unbind
		vfiodiag bench 1 2>/run/said >/dev/null
		[ $? -eq 3 ] && grep "no device of group 1 is bound to a vfio driver" /run/said &&
		[ "$(grep -vc "^        [a-z]" /run/said)" -eq 1 ] && echo 0000:00:04.0 >/sys/bus/pci/drivers_probe &&
		chown user /dev/vfio/1' \
		--wrap "sh -c 'ulimit -l 64; exec \"\$@\"' sh" -- bench 1 --format json
	[ "$status" -eq 0 ]
	[[ $errors == *"pinning up to 64 KiB of memory at once (limited by RLIMIT_MEMLOCK)"* ]]
	holds '.bench.limit | .bytes == 65536 and .bound_by == "memlock"'
	holds '.bench.series[0] | [.points[].size] == [4096, 16384, 65536]'
	holds '.bench.series[1] | .points == [] and .reason == "a page of 2 MiB exceeds the limit of 64 KiB"'
	holds '.bench.series[2:] | length > 0 and all(.[]; .guest == null and (.reason | startswith("no free huge pages")))'
}

@test "s390x: nothing is mapped below 4 GiB" {
	unset VFIODIAG # that is for this machine
	lab --arch s390x --suite sid -- bench --limit 16M 0 --format json
	[ "$status" -eq 0 ]
	holds '.bench.window == {start: "0x100000000", end: "0x100ffffff"}'
	holds '.bench.series[0] | .reason == null and ([.points[].size] == [1048576, 4194304, 16777216])'
	holds '.bench.series[1] | .pages == "transparent" and .points == [] and .reason != null'
}
