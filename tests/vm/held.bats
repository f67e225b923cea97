# SPDX-License-Identifier: GPL-2.0-or-later
# A group that a VM holds: a QEMU in the guest has the test device, and vfiodiag asks about it meanwhile. What
# QEMU itself says of its mappings (its trace) is held against what was read in the page table.

# Of the VM's 64 MiB the first 2 MiB are in pieces, and 256 KiB of firmware end at 4 GiB.
large=$((62 << 20)) all=$(((64 << 20) + (256 << 10)))

setup() {
	load lib
	# The answers of each test are its own.
	BATS_FILE_TMPDIR=$BATS_TEST_TMPDIR
}

# hold LAB-OPTION… <SCRIPT: a guest in which SCRIPT can start and stop a VM.
hold() {
	local image
	image=$("$vm/qemu" trixie image)
	{
		cat <<-'END'
			mkdir /mnt && mount -t ext4 -o ro /dev/vda /mnt && mount -t tmpfs tmpfs /mnt/tmp || exit 1
			# start QEMU-ARG…: in a mount namespace of its own, as libvirt does. It is in the background when
			# the device is set up.
			start() {
				rm -f /mnt/tmp/*
				unshare -m sh -c '
					for folder in proc sys dev; do mount --rbind /$folder /mnt/$folder; done
					cd /mnt && mount --move . / && exec chroot . /usr/bin/qemu-system-x86_64 "$@"' sh \
					-name guest=web1 -nodefaults -no-user-config -display none -m 64 \
					-device vfio-pci,host=$device -daemonize -pidfile /tmp/pid \
					-d trace:vfio_listener_region_add_ram,trace:vfio_listener_region_del -D /tmp/log "$@" || exit 1
				pid=$(cat /mnt/tmp/pid)
			}
			stop() {
				kill $pid
				while [ -d /proc/$pid ]; do sleep 0.1; done
			}
			device=0000:00:04.0 machine=q35,accel=tcg
			pages="-object memory-backend-memfd,id=pages,size=64M,hugetlb=on,hugetlbsize=2M"
			echo 32 >/proc/sys/vm/nr_hugepages
		END
		cat
	} | ask_one_guest "$@" --timeout 600 --module virtio_pci --module virtio_blk --module ext4 \
		--qemu-arg -drive --qemu-arg "if=none,id=vmm,format=raw,snapshot=on,file=${image//,/,,}" \
		--qemu-arg -device --qemu-arg virtio-blk-pci,drive=vmm,addr=0x10
}

# qemu_mapped NAME: prints the bytes that are mapped at the end of the trace NAME.
qemu_mapped() {
	local change first last sum=0
	while read -r change first last; do
		[ "$change" = add ] || sum=$((sum - 2 * (last - first + 1)))
		sum=$((sum + last - first + 1))
	done < <(sed -nE 's/^vfio_listener_region_(add|del).* (0x[0-9a-f]+) - (0x[0-9a-f]+).*/\1 \2 \3/p' \
		"$BATS_FILE_TMPDIR/asked/$1.out")
	echo "$sum"
}

# mapped NAME BYTES: the answer NAME is an answer, and of so much memory, each byte of it in one entry.
# Those of virtio-iommu have other sizes too.
mapped() {
	take_answer "$1"
	[ "$status" -eq 0 ]
	holds ".mappings | .not_known == null and .bytes == $2 and
		([.entries[] | .size * .count] | add) + .other_entries.bytes == $2 and ([.kinds[].bytes] | add) == $2"
}

# entries_are EXPECTED: how many of each size in bytes.
entries_are() {
	holds "([.mappings.entries[] | {(.size | tostring): .count}] | add) == $1"
}

# kind_is KIND BYTES
kind_is() {
	holds "[.mappings.kinds[] | select(.kind == \"$1\").bytes] == [$2]"
}

# A VM of pages as the kernel gives them, one of huge pages, and one of huge pages that VFIO maps one by one.
questions='
	start -S -machine $machine
	ask list vfiodiag list --format json
	ask check vfiodiag check $device --format json
	ask first vfiodiag mappings $device --format json
	ask second vfiodiag mappings $device --format json
	ask traced strace -f -e trace=%file,ioctl -o /tmp/log vfiodiag mappings $device --format json
	ask log cat /tmp/log
	ask trace cat /mnt/tmp/log
	stop
	start -S -machine $machine,memory-backend=pages $pages
	ask huge vfiodiag mappings $device --format json
	stop
	echo Y >/sys/module/vfio_iommu_type1/parameters/disable_hugepages
	start -S -machine $machine,memory-backend=pages $pages
	ask small vfiodiag mappings $device --format json
	stop'

# answers_are_right: of the questions, behind each IOMMU.
answers_are_right() {
	take_answer list
	holds '[.devices[] | select(.address == "0000:00:04.0").state] == ["assigned"]'
	take_answer check
	[ "$status" -eq 2 ]
	holds '[.findings[] | select(.id == "in-use-process").message | test("is in use by the guest web1 \\(process [0-9]+\\)$")] == [true]'

	[ "$(qemu_mapped trace)" = "$all" ]
	mapped first "$all"
	diff <(jq .mappings "$BATS_FILE_TMPDIR/asked/first.out") <(jq .mappings "$BATS_FILE_TMPDIR/asked/second.out")
	mapped traced "$all"
	take_answer log
	[ "$(grep -c '"/proc/kcore"' <<<"$output")" = 1 ]
	absent '/dev/vfio/[0-9v]|/dev/iommu|VFIO_' "$BATS_FILE_TMPDIR/asked/log.out"

	mapped huge "$all"
	kind_is large "$large"
	mapped small "$all"
	entries_are "{\"4096\": $((all / 4096))}"
	kind_is possible "$large"
	holds '[.findings[].id] == ["hugepages-disabled"]'
}

@test "Intel, 7.x: a VM is scanned while it has the group" {
	hold --iommu intel --suite trixie-backports <<<"$questions"
	answers_are_right
	take_answer huge
	entries_are "{\"4096\": $(((all - large) / 4096)), \"2097152\": 31}"
}

@test "AMD, 7.x: a VM is scanned while it has the group, and while it runs" {
	hold --iommu amd --suite trixie-backports --module vfio_iommu_type1=allow_unsafe_interrupts=1 <<-END
		$questions
		# Its firmware maps memory anew until it has found nothing to start.
		start -machine \$machine -debugcon file:/tmp/bios -global isa-debugcon.iobase=0x402
		until grep -q "No bootable device" /mnt/tmp/bios; do sleep 0.1; done
		ask running vfiodiag mappings \$device --format json
		ask running_trace cat /mnt/tmp/log
		stop
	END
	answers_are_right
	mapped running "$(qemu_mapped running_trace)"
	# The device's own memory is mapped too.
	holds ".mappings.bytes == $((all + (1 << 20)))"
}

@test "virtio-iommu, 6.12: a VM is scanned while it has the group" {
	hold --iommu virtio --suite trixie --module crc32c_generic --module vfio_iommu_type1=allow_unsafe_interrupts=1 <<<"$questions"
	answers_are_right
}
