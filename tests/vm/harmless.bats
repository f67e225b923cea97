# SPDX-License-Identifier: GPL-2.0-or-later
# That a probe leaves nothing behind: no process, no open group, no domain, no mapping; however it
# ends. The lab itself fails where the kernel complains.

setup() {
	load lib
}

# In the guest: nobody has a node of VFIO open, and the group is back in its default domain.
nothing_left='
	! pidof vfiodiag >/dev/null &&
	! ls -l /proc/[0-9]*/fd 2>/dev/null | grep -q /dev/vfio &&
	grep -q "^DMA" /sys/kernel/iommu_groups/1/type &&
	[ "$(cat /sys/module/vfio_iommu_type1/refcnt)" = 0 ]'

@test "the check of this file sees a group that is held" {
	lab --iommu amd --setup 'sleep 1000 3<>/dev/vfio/1 & until grep -q sleep /proc/$!/comm; do :; done' --setup "$nothing_left" -- list
	[ "$status" -eq 125 ]
}

@test "after kill -9 at each ioctl in turn nothing is left, and the next probe works" {
	lab --iommu amd --setup '
		killed=0
		for n in 1 2 3 4 5 6 7 8 9 10 11 12; do
			strace -o /dev/null -e inject=ioctl:signal=KILL:when=$n vfiodiag probe 1 >/dev/null
			[ $? -eq 137 ] && killed=$((killed + 1))
			'"$nothing_left"' || { echo "left after ioctl $n"; exit 1; }
		done
		echo "killed $killed times"
		[ $killed -ge 9 ]' -- probe 1 --format json
	[ "$status" -eq 0 ]
	holds '.probes[0] | .confidence == "observed" and .fine_grained_superpages == "yes"'
}

@test "after a probe, and after SIGINT and SIGTERM in the middle of one, nothing is left" {
	lab --iommu intel --setup 'vfiodiag probe 1' --setup "$nothing_left" --setup '
		for signal in INT TERM HUP PIPE; do
			strace -o /dev/null -e inject=ioctl:signal=$signal:when=8 vfiodiag probe 1 >/dev/null
			[ $? -gt 128 ] || { echo "SIG$signal did not end it"; exit 1; }
			'"$nothing_left"' || { echo "left after SIG$signal"; exit 1; }
		done' -- probe 1
	[ "$status" -eq 0 ]
}

@test "no device is opened nor reset (VFIO_GROUP_GET_DEVICE_FD); list opens no node and writes nothing" {
	lab --iommu amd --setup '
		strace -f -o /tmp/log vfiodiag probe 1 >/dev/null
		grep -c ioctl /tmp/log
		! grep -q VFIO_GROUP_GET_DEVICE_FD /tmp/log && grep -q VFIO_IOMMU_MAP_DMA /tmp/log' --setup '
		strace -f -o /tmp/log vfiodiag list >/dev/null
		grep -c open /tmp/log
		! grep -E "open.*(O_RDWR|O_WRONLY|O_CREAT)" /tmp/log' -- list
	[ "$status" -eq 0 ]
}

@test "a full disk: no half file, and what was there before stays" {
	lab --iommu intel --setup '
		mkdir /tmp/full && mount -t tmpfs -o size=4k tmpfs /tmp/full && cd /tmp/full || exit 1
		echo old >old
		for command in "collect -q -o old" "collect -q -o new" "collect -q --probe -o old" \
			"report -o old" "report -o new" "--record new list"; do
			vfiodiag $command >/dev/null 2>/tmp/said
			[ $? -eq 3 ] && grep -q "No space left" /tmp/said || { cat /tmp/said; exit 1; }
			# A folder holds what could be recorded; it is no capture.
			rm -rf new/
			[ "$(ls -A)" = old ] && [ "$(cat old)" = old ] || { ls -lA; exit 1; }
		done
		vfiodiag list >/dev/full 2>/dev/null
		[ $? -eq 3 ]' -- list
	[ "$status" -eq 0 ]
}
