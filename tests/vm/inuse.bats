# SPDX-License-Identifier: GPL-2.0-or-later
# What the host does with its devices, on real kernels with a real driver on each.

setup() {
	load lib
	# shellcheck disable=SC2054 # commas of QEMU's
	card=(--module e1000e --qemu-arg -netdev --qemu-arg user,id=net,restrict=on
		--qemu-arg -device --qemu-arg e1000e,netdev=net,addr=6)
	# shellcheck disable=SC2054
	disk=(--module nvme --qemu-arg -drive
		--qemu-arg if=none,id=disk,driver=null-co,size=64M,read-zeroes=on,snapshot=on
		--qemu-arg -device --qemu-arg nvme,drive=disk,serial=lab,addr=7)
}

# message ID: the messages of the findings with that id.
message() {
	jq -r --arg id "$1" '.findings[] | select(.id == $id) | .message' <<<"$output"
}

@test "an e1000e that is up, with an address and the default route; the SMC family is there" {
	lab --suite trixie "${card[@]}" --module smc \
		--setup 'ip link set eth0 up && ip addr add 192.0.2.7/24 dev eth0 && ip -6 addr add 2001:db8::7/64 dev eth0 && ip route add default via 192.0.2.1' \
		-- check 00:06.0 --format json
	[ "$status" -eq 2 ]
	[[ $(message in-use-network) == "network interface eth0 on 0000:00:06.0 is up, has 192.0.2.7/24 and 1 more address, carries the default route" ]]
	holds '.findings | map(select(.severity == "unmeasured")) == []'
}

@test "the same card below a bond below a bridge below a VLAN" {
	lab "${card[@]}" --module bonding --module bridge --module 8021q \
		--setup 'echo +eth0 >/sys/class/net/bond0/bonding/slaves && brctl addbr br0 && brctl addif br0 bond0 && ip link set bond0 up && ip link set br0 up && vconfig add br0 7 && ip link set br0.7 up && ip addr add 192.0.2.7/24 dev br0.7' \
		-- check eth0 --format json
	[ "$status" -eq 2 ]
	message in-use-network >"$BATS_TEST_TMPDIR/message"
	grep -q 'is below bond0 (bond)' "$BATS_TEST_TMPDIR/message"
	grep -q 'is below br0 (bridge)' "$BATS_TEST_TMPDIR/message"
	grep -q 'is below br0.7 (vlan), which has 192.0.2.7/24' "$BATS_TEST_TMPDIR/message"
}

@test "a card that is down and has nothing on it is not in use" {
	lab "${card[@]}" -- check eth0 --format json
	[ "$status" -eq 2 ]
	holds '.not_found | index("in-use-network")'
}

@test "an nvme with a file system that is mounted; and one that is swapped to" {
	lab --suite trixie "${disk[@]}" --module ext4 --module crc32c_generic \
		--setup 'mke2fs /dev/nvme0n1 && mkdir "/mnt here" && mount -t ext4 /dev/nvme0n1 "/mnt here"' \
		-- check 00:07.0 --format json
	[ "$status" -eq 2 ]
	[[ $(message in-use-disk) == "nvme0n1 on 0000:00:07.0 is mounted on /mnt here" ]]
	lab "${disk[@]}" --setup 'mkswap /dev/nvme0n1 && swapon /dev/nvme0n1' -- check 00:07.0 --format json
	[[ $(message in-use-disk) == "nvme0n1 on 0000:00:07.0 is used as swap" ]]
	holds '.findings[] | select(.id == "in-use-disk") | .hint == "leave the disk to the host, which runs from it"'
	holds '[.findings[].commands[]] == []'
}

@test "no module is loaded by asking (SMC is there, and not loaded)" {
	lab "${card[@]}" --module smc --setup 'rmmod smc' --wrap "sh -c '\"\$@\" >/dev/null; grep -c ^smc /proc/modules' sh" -- check --all
	[ "$output" = 0 ]
}

@test "only root sees which process uses a group; a user is told so" {
	lab --iommu amd --setup 'sleep 1000 3<>/dev/vfio/1 & until grep -q sleep /proc/$!/comm; do :; done' -- check 1 --format json
	[ "$status" -eq 2 ]
	[[ $(message in-use-process) == "/dev/vfio/1 is in use by process "*" (sleep)" ]]
	lab --iommu amd --user user --setup 'sleep 1000 3<>/dev/vfio/1 & until grep -q sleep /proc/$!/comm; do :; done' -- check 1 --format json
	[ "$status" -eq 3 ]
	holds '.findings[0].id == "holder-unknown" and .findings[0].severity == "unmeasured"'
}

@test "virtual functions share a group with their card where the port has no ACS" {
	# shellcheck disable=SC2054 # commas of QEMU's
	local -a ports
	# shellcheck disable=SC2054
	local -a nvme=(--qemu-arg -device --qemu-arg nvme-subsys,id=subsystem --qemu-arg -device
		--qemu-arg nvme,serial=lab,subsys=subsystem,bus=rp,sriov_max_vfs=2,sriov_vq_flexible=4,sriov_vi_flexible=2,max_ioqpairs=6,msix_qsize=5
		--setup 'for file in /sys/bus/pci/devices/*/sriov_numvfs; do echo 2 >"$file"; done')
	# shellcheck disable=SC2054
	ports=(--module nvme --qemu-arg -device --qemu-arg pcie-root-port,id=rp,chassis=1,slot=1,addr=6,disable-acs=on)
	lab "${ports[@]}" "${nvme[@]}" -- check 01:00.0 --format json
	[[ $(message pf-vf-one-group) == "0000:01:00.0 and its virtual functions 0000:01:00.1, 0000:01:00.2 are in one group"* ]]
	[[ $(message group-kept-together) == "0000:00:06.0 has no ACS, so the 3 devices share a group" ]]
	lab "${ports[@]}" "${nvme[@]}" --user user -- check 01:00.0 --format json
	holds '.findings[] | select(.id == "group-kept-together") | .severity == "unmeasured"'
	# shellcheck disable=SC2054
	ports=(--module nvme --qemu-arg -device --qemu-arg pcie-root-port,id=rp,chassis=1,slot=1,addr=6)
	lab "${ports[@]}" "${nvme[@]}" -- check 01:00.0 --format json
	holds '.not_found | index("pf-vf-one-group")'
}

@test "interrupt remapping agrees with the live test" {
	lab --iommu amd --suite trixie-backports -- check --format json
	[ "$status" -eq 2 ]
	holds '.properties.interrupts == "not-isolated" and (.findings[0].id == "interrupts-not-isolated")'
	lab --iommu amd --suite trixie-backports -- probe 1
	[ "$status" -eq 2 ]
	lab --iommu intel --suite trixie-backports -- check --require interrupts=isolated
	[ "$status" -eq 0 ]
}

@test "the user of a group is not known in a PID namespace; with the host's /proc it is" {
	lab --iommu amd --setup 'sleep 1000 3<>/dev/vfio/1 & sleep 1' \
		--wrap "unshare --pid --fork --mount-proc" -- check 1 --format json
	[ "$status" -eq 3 ]
	[[ $(message holder-unknown) == *"in use by a process: /proc shows only the processes of one PID namespace (a container)" ]]
	[ -z "$(message in-use-process)" ]
	holds '[.findings[] | select(.id == "holder-unknown") | .severity] == ["unmeasured"]'
	lab --iommu amd --setup 'sleep 1000 3<>/dev/vfio/1 & sleep 1' \
		--wrap "unshare --pid --fork" -- check 1 --format json
	[ "$status" -eq 2 ]
	[[ $(message in-use-process) == "/dev/vfio/1 is in use by process "*" (sleep)" ]]
	[ -z "$(message holder-unknown)" ]
}

@test "a probe in a PID namespace does not say that a group is unused" {
	lab --iommu amd --setup 'sleep 1000 3<>/dev/vfio/1 & sleep 1' \
		--wrap "unshare --pid --fork --mount-proc" -- probe 1
	[ "$status" -eq 3 ]
	[[ $errors == *"/dev/vfio/1 is in use by another process"*"run vfiodiag on the host"* ]]
}
