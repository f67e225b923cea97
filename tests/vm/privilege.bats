# SPDX-License-Identifier: GPL-2.0-or-later
# Privileges on a real kernel: what is given up takes nothing away from the verdicts.

setup() {
	load lib
}

@test "a probe still opens another user's group, reads page frames, and traces" {
	lab --iommu amd --setup 'chown 1000 /dev/vfio/1; chmod 600 /dev/vfio/1' -- probe 1 --format json
	[ "$status" -eq 0 ]
	holds '.probes[0] | .confidence == "observed" and .method == "kernel-selftest"'
}

@test "after the last answer of the kernel no privilege is left, and no program was started" {
	lab --iommu amd --setup '
		strace -ff -o /tmp/log vfiodiag probe 1 >/tmp/out
		main=$(grep -l execve /tmp/log.*)
		last=$(grep -nE "VFIO_|/dev/vfio|perf_event_open|pagemap" $main | tail -n 1 | cut -d: -f1)
		sed "1,${last}d" $main | grep -q "capset.*effective=0, permitted=0, inheritable=0.* = 0$" &&
		[ "$(cat /tmp/log.* | grep -c execve)" = 1 ] &&
		! sed "1,${last}d" $main | grep -qE "(fork|clone3?)\("' -- probe 1 --format json
	[ "$status" -eq 0 ]
	holds '.probes[0].confidence == "observed"'
}

@test "the reader of driver_override may only read" {
	lab --iommu intel --setup '
		strace -ff -e trace=capset,openat,openat2 -o /tmp/log vfiodiag list -o OVERRIDE >/dev/null
		child=$(grep -l driver_override /tmp/log.*)
		[ "$(echo $child | wc -w)" = 1 ] &&
		grep -E "capset|driver_override" "$child" | head -n 1 |
			grep -q "effective=1<<CAP_DAC_READ_SEARCH, permitted=1<<CAP_DAC_READ_SEARCH," ' -- list -o OVERRIDE
	[ "$status" -eq 0 ]
}
