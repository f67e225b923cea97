# SPDX-License-Identifier: GPL-2.0-or-later
# The state of each device on a real kernel, while what the host does with the devices changes, and whether
# the commands that check prints make an idle device ready. One guest is asked everything.

setup_file() {
	load lib
	# shellcheck disable=SC2054 # commas of QEMU's
	local -a devices=(
		--module e1000e --qemu-arg -netdev --qemu-arg user,id=route,restrict=on
		--qemu-arg -device --qemu-arg e1000e,netdev=route,addr=6
		--qemu-arg -netdev --qemu-arg user,id=idle,restrict=on
		--qemu-arg -device --qemu-arg e1000e,netdev=idle,addr=7
		--module nvme --module ext4 --module crc32c_generic
		--qemu-arg -drive --qemu-arg if=none,id=swap,driver=null-co,size=64M,read-zeroes=on,snapshot=on
		--qemu-arg -device --qemu-arg nvme,drive=swap,serial=swap,addr=8
		--qemu-arg -drive --qemu-arg if=none,id=disk,driver=null-co,size=64M,read-zeroes=on,snapshot=on
		--qemu-arg -device --qemu-arg nvme,drive=disk,serial=disk,addr=9
		--qemu-arg -device --qemu-arg pcie-root-port,id=card,chassis=1,slot=1,addr=0xa
		--qemu-arg -device --qemu-arg nvme-subsys,id=subsystem
		--qemu-arg -device --qemu-arg nvme,serial=functions,subsys=subsystem,bus=card,sriov_max_vfs=2,sriov_vq_flexible=4,sriov_vi_flexible=2,max_ioqpairs=6,msix_qsize=5
	)
	ask_one_guest --suite trixie --iommu intel "${devices[@]}" <<-'END'
		devices=/sys/bus/pci/devices
		# The kernel probes several disks at once, and numbers them as they come.
		swap=$(basename $devices/0000:00:08.0/nvme/nvme*/nvme*n1)
		disk=$(basename $devices/0000:00:09.0/nvme/nvme*/nvme*n1)
		group=$(basename $(readlink $devices/0000:00:09.0/iommu_group))
		# hold FILE: a process called sleep that has it open.
		hold() {
			sleep 1000 3<>$1 &
			holder=$!
			until grep -q sleep /proc/$holder/comm; do usleep 50000; done
		}
		release() {
			kill $holder
			wait $holder
		}
		# The guest has no sudo: all is root's.
		sudo() {
			"$@"
		}
		# follow NAME: run the commands that the answer NAME printed, as they are.
		follow() {
			sed -n 's/^        //p' /tmp/asked/$1.out >/tmp/commands
			(set -ex; . /tmp/commands) >/tmp/asked/$1.followed 2>&1
		}
		# kernel_says NAME: the power state and the reset methods, by the kernel's own files.
		kernel_says() {
			for address in 0000:00:04.0 0000:00:07.0 0000:00:09.0 0000:01:00.1; do
				echo "$address $(cat $devices/$address/power_state) $(cat $devices/$address/reset_method)"
			done >/tmp/asked/$1
		}
		echo $disk >/tmp/asked/disk
		echo $swap >/tmp/asked/swap
		ask idle vfiodiag check --all --json

		ip link set eth0 up
		ip addr add 192.0.2.7/24 dev eth0
		ip route add default via 192.0.2.1
		mkswap /dev/$swap
		swapon /dev/$swap
		mke2fs /dev/$disk
		mkdir /mnt
		mount -t ext4 /dev/$disk /mnt
		echo 2 >$devices/0000:01:00.0/sriov_numvfs
		echo vfio-pci >$devices/0000:01:00.1/driver_override
		echo 0000:01:00.1 >/sys/bus/pci/drivers_probe
		ask used vfiodiag check --all --json
		for address in 00:06.0 00:08.0 00:09.0 01:00.0 01:00.1; do
			ask used-$address vfiodiag check $address --json
		done

		ask mounted vfiodiag check 00:09.0
		follow mounted
		hold /dev/$disk
		ask opened vfiodiag check 00:09.0 --json
		release
		ask closed vfiodiag check 00:09.0
		follow closed
		ask bound vfiodiag check 00:09.0 --json
		kernel_says facts-before
		ask facts vfiodiag list -o ADDRESS,POWER,RESET --json
		kernel_says facts-after
		hold /dev/vfio/$group
		ask held vfiodiag check 00:09.0 --json
		release
		ask released vfiodiag check 00:09.0 --json
	END
}

setup() {
	load lib
	disk=$(cat "$BATS_FILE_TMPDIR/asked/disk")
	swap=$(cat "$BATS_FILE_TMPDIR/asked/swap")
}

# state_is ADDRESS STATE REASON: of that device, in $output.
state_is() {
	local state
	state=$(jq -r --arg address "$1" \
		'.. | objects | select(.address? == $address and .state) | "\(.state): \(.reason)"' <<<"$output")
	echo "$1 $state"
	[[ $state == "$2: "$3 ]]
}

@test "idle devices are available, the bound one is ready, the chipset stays" {
	take_answer idle
	state_is 0000:00:00.0 keep "part of the chipset"
	state_is 0000:00:04.0 ready "bound to vfio-pci"
	state_is 0000:00:06.0 available "nothing uses it through e1000e"
	state_is 0000:00:07.0 available "nothing uses it through e1000e"
	state_is 0000:00:08.0 available "nothing uses it through nvme"
	state_is 0000:00:09.0 available "nothing uses it through nvme"
	state_is 0000:01:00.0 available "nothing uses it through nvme"
	holds '.host_verdict == "ready"'
}

@test "a default route, swap, a mount and a VF that is bound" {
	take_answer used
	state_is 0000:00:06.0 keep "the default route goes through eth0"
	state_is 0000:00:07.0 available "nothing uses it through e1000e"
	state_is 0000:00:08.0 keep "the host swaps to $swap"
	state_is 0000:00:09.0 in-use "$disk is mounted on /mnt"
	state_is 0000:01:00.0 in-use "its VF 0000:01:00.1 is in use, and ends with its driver"
	state_is 0000:01:00.1 ready "bound to vfio-pci"
	holds '[.findings[].commands[].command | select(test("0000:(00:0[689]|01:00)[.]0"))] == []'
}

@test "no command takes a device that is in use from the host" {
	local address
	for address in 00:06.0 00:08.0 00:09.0 01:00.0; do
		take_answer "used-$address"
		[ "$status" -eq 2 ]
		holds '.verdict == "not-ready" and .host_verdict == "ready"'
		holds '[.findings[].commands[].command] - ["sudo umount /mnt"] == []'
	done
	take_answer used-01:00.1
	holds '.subjects[0].verdict == "ready"'
}

@test "a mounted disk: the command unmounts it" {
	take_answer mounted
	[ "$status" -eq 2 ]
	cat "$BATS_FILE_TMPDIR/asked/mounted.followed"
	[ "$(grep -c sudo "$BATS_FILE_TMPDIR/asked/mounted.followed")" = 1 ]
	grep -qx '+ sudo umount /mnt' "$BATS_FILE_TMPDIR/asked/mounted.followed"
	take_answer opened
	state_is 0000:00:09.0 in-use "$disk is open in process "*" (sleep)"
}

@test "a disk that a process has open is in use, and there is no command" {
	take_answer opened
	[ "$status" -eq 2 ]
	state_is 0000:00:09.0 in-use "$disk is open in process "*" (sleep)"
	holds '[.findings[].commands[]] == []'
}

@test "the commands for an idle disk bind it, and check says ready" {
	take_answer closed
	[ "$status" -eq 2 ]
	[[ $output == *"0000:00:09.0  available  nothing uses it through nvme"* ]]
	grep -q '^+ sudo tee .*/nvme/unbind$' "$BATS_FILE_TMPDIR/asked/closed.followed"
	take_answer bound
	[ "$status" -eq 0 ]
	state_is 0000:00:09.0 ready "bound to vfio-pci"
	holds '.subjects[0].verdict == "ready"'
}

@test "a group that a process has open is assigned, until the process ends" {
	take_answer held
	[ "$status" -eq 2 ]
	state_is 0000:00:09.0 assigned "*process*(sleep)*"
	take_answer released
	[ "$status" -eq 0 ]
	state_is 0000:00:09.0 ready "bound to vfio-pci"
}

@test "the power state and the reset methods are the kernel's, and a device that sleeps is not woken" {
	local before=$BATS_FILE_TMPDIR/asked/facts-before
	take_answer facts
	[ "$status" -eq 0 ]
	cat "$before"
	cmp "$before" "$BATS_FILE_TMPDIR/asked/facts-after"
	while read -r address power resets; do
		holds "[.. | objects | select(.address? == \"$address\")
			| .power_state, .reset_methods] == [\"$power\", \"$resets\"]"
	done <"$before"
	# vfio-pci lets what nobody has open sleep.
	grep -qx "0000:01:00.1 D3hot flr" "$before"
	grep -qx "0000:00:07.0 D0 pm" "$before"
	grep -qx "0000:00:04.0 D0 " "$before"
}
