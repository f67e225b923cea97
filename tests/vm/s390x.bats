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
		until grep virtio_rng /sys/class/misc/hw_random/rng_current; do sleep 1; done &&
		[ "$(dd if=/dev/hwrng bs=16 count=1 2>/dev/null | wc -c)" -eq 16 ] &&
		! dmesg | grep -iE "zpci.*(error|event)|error state"' -- list
	[ "$status" -eq 0 ]
	[[ $output == *"0011:00:00.0 virtio-pci"* ]]
}

@test "netlink of a big-endian kernel: a network card that is up, with an address and the default route" {
	# shellcheck disable=SC2054 # commas of QEMU's
	lab --arch s390x --module virtio_net --bind none \
		--qemu-arg -netdev --qemu-arg user,id=net,restrict=on \
		--qemu-arg -device --qemu-arg zpci,uid=18,fid=34,target=card \
		--qemu-arg -device --qemu-arg virtio-net-pci,id=card,netdev=net \
		--setup 'for name in /sys/class/net/*; do [ -e $name/device ] && card=${name##*/}; done; ip link set $card up && ip addr add 192.0.2.7/24 dev $card && ip route add default via 192.0.2.1' \
		--capture "$BATS_TEST_TMPDIR/capture" -- check --all --format json
	# What the host needs itself is no fault of the host.
	[ "$status" -eq 0 ]
	holds '.host_verdict == "ready"'
	holds '[.. | objects | select(.address? == "0012:00:00.0") | .state] == ["keep"]'
	holds '.findings[] | select(.id == "in-use-network") | .message | contains("0012:00:00.0 is up, has 192.0.2.7/24, carries the default route")'
	# And read here, on a little-endian machine.
	diff <(printf '%s\n' "$output") <(keeping_json "$vm/../../build/gcc/vfiodiag" --from "$BATS_TEST_TMPDIR/capture" check --all --format json)
}
