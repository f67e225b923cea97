# SPDX-License-Identifier: GPL-2.0-or-later
# How a probe is refused by real kernels: one sentence with the culprit and the remedy, status 2 or
# 3, never a verdict.

# What one guest with an AMD IOMMU can be asked, one thing after the other; group 1 is bound when it starts.
setup_file() {
	load lib
	ask_one_guest --iommu amd --module mdev --build lab_mdev <<-'END'
		sleep 1000 3<>/dev/vfio/1 &
		until grep -q sleep /proc/$!/comm; do :; done
		ask held vfiodiag probe 1
		kill $!
		wait
		mv /dev/vfio/vfio /dev/vfio/aside
		ask no-container vfiodiag probe 1
		mv /dev/vfio/aside /dev/vfio/vfio
		ask no-permission su user -c 'vfiodiag probe 1'
		chown user /dev/vfio/1
		ask not-pinned sh -c 'ulimit -l 4; exec su user -c "vfiodiag probe 1"'
		chown root /dev/vfio/1
		echo 0 >/sys/module/vfio_iommu_type1/parameters/dma_entry_limit
		ask no-entry vfiodiag probe 1
		echo 65535 >/sys/module/vfio_iommu_type1/parameters/dma_entry_limit
		echo 0000:00:04.0 >/sys/bus/pci/drivers/vfio-pci/unbind
		echo >/sys/bus/pci/devices/0000:00:04.0/driver_override
		ask not-bound vfiodiag probe 1
		# The guest has no sudo: all is root's.
		sed -n 's/^        sudo //p' /tmp/asked/not-bound.err >/tmp/advised
		ask advised sh /tmp/advised
		sed -n 's/^        //p' /tmp/asked/advised.out | sed 's/sudo //g' >/tmp/remedy
		ask remedy sh -ex /tmp/remedy
		ask bound vfiodiag probe 1
		# A mediated device, the node of whose group is there for the kernel to say which it is.
		mdev=83b8f4f2-509f-382f-3c1e-e6bfe0fa1001
		echo $mdev >/sys/devices/platform/lab/mdev_supported_types/platform-idle/create
		group=$(basename $(readlink /sys/bus/mdev/devices/$mdev/iommu_group))
		ask mdev-kernel sh -c "cat /sys/kernel/iommu_groups/$group/name; ls /dev/vfio/$group"
		ask mdev-list vfiodiag list --json -o ADDRESS,KIND,STATE,VFIO,MDEV-TYPE,PARENT $mdev
		ask mdev-check vfiodiag check $mdev
		ask mdev-probe vfiodiag probe $mdev
		sleep 1000 3<>/dev/vfio/$group &
		until grep -q sleep /proc/$!/comm; do :; done
		ask mdev-held vfiodiag check --json $mdev
		kill $!
	END
}

setup() {
	load lib
}

# refused STATUS WORDS…: the guest's answer, one sentence; commands of the fix stand alone on lines behind it.
refused() {
	local word
	[ "$status" -eq "$1" ]
	shift
	[ "$(grep -vc '^        [a-z]' "$BATS_TEST_TMPDIR/err")" -eq 1 ]
	for word in "$@"; do
		[[ $errors == *"$word"* ]] || {
			echo "not said: $word"
			return 1
		}
	done
}

@test "no IOMMU" {
	lab --iommu none -- probe --all
	refused 3 "no IOMMU groups" "this is a guest of QEMU without a virtual IOMMU" "-device intel-iommu"
	lab --iommu none -- list
	[ "$status" -eq 0 ]
	[[ $errors == *"no IOMMU groups"* ]]
}

@test "device not bound" {
	take_answer not-bound
	refused 3 "no device of group 1 is bound to a vfio driver" "0000:00:04.0" "vfiodiag check shows the commands" "sudo vfiodiag check 1"
}

@test "the fix for a device that is not bound works when pasted" {
	take_answer advised
	[[ $output == *"0000:00:04.0  available"* ]]
	take_answer remedy
	[ "$status" -eq 0 ]
	[[ $errors == *"tee /sys/bus/pci/drivers_probe"* ]]
	take_answer bound
	[ "$status" -eq 0 ]
}

@test "group in use by another process" {
	take_answer held
	refused 3 "/dev/vfio/1 is in use by process" "(sleep)"
}

@test "no /dev/vfio/vfio" {
	take_answer no-container
	refused 3 "/dev/vfio/vfio does not exist, although a device of group 1 is bound" "--device=/dev/vfio/vfio"
	[[ $errors != *modprobe* ]]
}

@test "a mediated device: its group is called vfio-noiommu, and is none" {
	take_answer mdev-kernel
	[[ $output =~ ^vfio-noiommu.*/dev/vfio/[0-9]+$ ]]
	take_answer mdev-list
	holds '.devices == [{ address: "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001", kind: "emulated", state: "ready",
		vfio: "bound", mdev_type: "platform-idle", parent: "lab" }]'
	take_answer mdev-check
	[ "$status" -eq 0 ]
	[[ $output == *"Pass-through: ready"* ]]
	[[ $output != *no-IOMMU* && $output != *noiommu* ]]
	take_answer mdev-probe
	refused 3 "is the group of a mediated device (mdev)"
	take_answer mdev-held
	holds '[.groups[].devices[] | select(.bus == "mdev")][0] |
		.state == "assigned" and (.reason | test("process [0-9]+ [(]sleep[)] has it"))'
}

@test "module vfio_iommu_type1 not loaded" {
	lab --iommu amd --module -vfio_iommu_type1 -- probe 1
	refused 3 vfio_iommu_type1 modprobe
}

@test "no permission for the group" {
	take_answer no-permission
	refused 3 "/dev/vfio/1 cannot be opened: Permission denied" root
}

@test "no interrupt remapping" {
	lab --iommu amd --suite trixie-backports -- probe 1
	refused 2 "VFIO_SET_IOMMU of group 1 failed" "interrupt remapping" "echo 1 | sudo tee /sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts"
}

@test "memory that cannot be pinned" {
	take_answer not-pinned
	[[ $errors == *RLIMIT_MEMLOCK* ]]
}

# shellcheck disable=SC2054 # commas of QEMU's
bridge=(--iommu intel --qemu-arg -device --qemu-arg pcie-pci-bridge,id=bridge
	--qemu-arg -device --qemu-arg edu,bus=bridge,addr=1 --bind 1234:11e8)

@test "a member bound to another driver is named; the bridge does not block" {
	lab "${bridge[@]}" --module e1000 --qemu-arg -device --qemu-arg e1000,bus=bridge,addr=2 -- probe 01:01.0
	refused 3 "group 1 is not viable" "0000:01:02.0" "is still bound to e1000" $'\n        sudo vfiodiag check 1'
	[[ $errors != *0000:00:01.0* ]]
}

# A bridge that shpchp has: without ACPI's hot plug, shpchp finds the slots to be free.
# shellcheck disable=SC2054 # commas of QEMU's
hotplug=(--iommu intel --qemu-arg -global --qemu-arg ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off
	--qemu-arg -device --qemu-arg pci-bridge,id=bridge,chassis_nr=9,addr=8,shpc=on
	--qemu-arg -device --qemu-arg edu,bus=bridge,addr=1 --bind 1234:11e8)

@test "a bridge that shpchp has blocks on kernels with DMA ownership, and the kernel agrees" {
	lab "${hotplug[@]}" --wrap "sh -c '
		\"\$@\" || refused=\$?
		echo 0000:00:08.0 >/sys/bus/pci/drivers/shpchp/unbind
		vfiodiag probe 01:01.0 >&2
		exit \$refused
	' sh" -- probe 01:01.0
	[ "$status" -eq 3 ]
	[[ $errors == *"0000:00:08.0 (PCI bridge) is still bound to shpchp; unbind the bridge 0000:00:08.0 from shpchp"* ]]
	[[ $errors == *"Superpage splitting: supported"* ]]
}

@test "a bridge that shpchp has does not block on 5.10, and the kernel agrees" {
	lab --suite bullseye "${hotplug[@]}" -- probe 01:01.0
	[ "$status" -eq 0 ]
	[[ $output == *"0000:00:08.0"*shpchp*"Superpage splitting: supported"* ]]
}

@test "a second bound function of the group does not block" {
	lab "${bridge[@]}" --qemu-arg -device --qemu-arg edu,bus=bridge,addr=2 -- probe 01:01.0
	[ "$status" -eq 0 ]
	[[ $output == *0000:01:02.0* ]]
}

@test "no mapping left (dma_entry_limit)" {
	take_answer no-entry
	refused 2 "VFIO_IOMMU_MAP_DMA of group 1 failed" dma_entry_limit
}

@test "IOMMU off on the command line" {
	lab --iommu intel --append intel_iommu=off --bind none -- probe --all
	refused 3 "the kernel was booted with intel_iommu=off" "remove the option"
}

@test "the device is removed between scan and probe" {
	lab --iommu amd --wrap 'strace -o /dev/null -P /dev/vfio/vfio -e inject=openat:delay_enter=8000000' \
		--setup '(
			# Held up where it opens the container: stopped by strace for a second on end, not just for a call.
			n=0
			while [ $n -lt 20 ]; do
				n=$((n + 1))
				# Its readers are of that name too.
				grep -q "^State:.t" $(pidof vfiodiag | sed "s,[0-9][0-9]*,/proc/&/status,g") /dev/null 2>/dev/null || n=0
				usleep 50000
			done
			echo 1 >/sys/bus/pci/devices/0000:00:04.0/remove) &' -- probe 1
	refused 3 "/dev/vfio/1 cannot be opened: No such file or directory" "removed after it was listed"
}

@test "a locked-down kernel: inferred, with the reason" {
	lab --iommu amd --append lockdown=confidentiality \
		--setup 'mount -t securityfs securityfs /sys/kernel/security' -- probe 1
	[ "$status" -eq 1 ]
	[[ $output == *"locked down to confidentiality"* ]]
}
