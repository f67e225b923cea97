# SPDX-License-Identifier: GPL-2.0-or-later
# The case that started this: s390x, where no DMA address below 4 GiB may be used. Run big-endian on
# the s390x kernel; the program is tests/vm/cross's.

setup() {
	load lib
	unset VFIODIAG # that is for this machine
}

@test "nothing is mapped below 4 GiB, and the output says why" {
	lab --arch s390x -- probe --all
	[ "$status" -eq 0 ]
	[[ $output == *"0x0000000000000000 - 0x00000000ffffffff     4 GiB  reserved"* ]]
	[[ $output == *"0x0000000100000000 - 0x000000013fffffff     1 GiB  usable         < window"* ]]
	[[ $output == *"window             0x100000000 - 0x100001fff"* ]]
	# Every event of the kernel, its own test included, is at 4 GiB or above.
	[[ $output == *"iova=0x100000000"* ]]
	[[ ! $output =~ iova=0x[0-9a-f]{1,8}[^0-9a-f] ]]
}

@test "the function is usable after the probe, and no error event came" {
	lab --arch s390x --module virtio_rng --setup 'vfiodiag probe 0' --setup '
		cd /sys/bus/pci/devices/0011:00:00.0 &&
		echo 0011:00:00.0 >driver/unbind &&
		echo virtio-pci >driver_override &&
		echo 0011:00:00.0 >/sys/bus/pci/drivers_probe &&
		sleep 1 &&
		grep virtio_rng /sys/class/misc/hw_random/rng_current &&
		[ "$(dd if=/dev/hwrng bs=16 count=1 2>/dev/null | wc -c)" -eq 16 ] &&
		! dmesg | grep -iE "zpci.*(error|event)|error state"' -- list
	[ "$status" -eq 0 ]
	[[ $output == *"0011:00:00.0 virtio-pci"* ]]
}
