# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # the parts share variables; run shows them all
# What differs between architectures and IOMMUs. A new cell is added here.

# set_arch ARCH: fills the arch_* variables.
set_arch() {
	arch_modules=(vfio vfio_iommu_type1 vfio_pci vfio_virqfd)
	arch_memory=1G arch_append=''
	case $1 in
	amd64)
		arch_qemu=qemu-system-x86_64
		arch_qemu_package=qemu-system-x86
		arch_triplet=x86_64-linux-gnu
		arch_suite=bookworm
		arch_iommus='intel intel-first amd virtio none'
		arch_machine=(-machine 'q35,kernel-irqchip=split')
		arch_console=ttyS0
		# Under load the emulated timer is late, and the kernel takes that for a broken one.
		arch_append=no_timer_check
		# The second serial port adds nothing to the guest's PCI devices.
		arch_channel=/dev/ttyS1
		arch_devices=(-device 'isa-serial,chardev=console' -device 'isa-serial,chardev=results')
		arch_test_device=(-device 'edu,addr=4')
		arch_test_id=1234:11e8
		;;
	arm64)
		arch_qemu=qemu-system-aarch64
		arch_qemu_package=qemu-system-arm
		arch_triplet=aarch64-linux-gnu
		arch_suite=trixie
		arch_iommus='smmuv3 none'
		# Pointer authentication as the architecture words it takes QEMU half of the boot.
		arch_machine=(-machine 'virt,gic-version=3' -cpu 'max,pauth-impdef=on')
		arch_console=ttyAMA0
		arch_channel=virtio:results
		arch_devices=(-serial chardev:console -device virtio-serial-device
			-device 'virtserialport,chardev=results,name=results')
		arch_modules+=(virtio_mmio virtio_console)
		arch_test_device=(-device 'edu,addr=4')
		arch_test_id=1234:11e8
		;;
	s390x)
		arch_qemu=qemu-system-s390x
		arch_qemu_package=qemu-system-s390x
		arch_triplet=s390x-linux-gnu
		arch_suite=trixie
		arch_iommus='zpci none'
		# The size decides where DMA addresses end: 0x100000000 to 0x13fffffff.
		arch_memory=1G
		arch_machine=(-machine s390-ccw-virtio -cpu max)
		arch_console=ttysclp0
		arch_channel=virtio:results
		arch_devices=(-device 'sclpconsole,chardev=console' -device virtio-serial-ccw
			-device 'virtserialport,chardev=results,name=results')
		arch_modules+=(virtio_ccw virtio_console)
		arch_test_device=(-device 'zpci,uid=17,fid=33,target=v1' -device 'virtio-rng-pci,id=v1')
		arch_test_id=1af4:1005
		;;
	*)
		die_usage "--arch $1: not one of amd64, arm64, s390x"
		;;
	esac
}

# set_iommu IOMMU: fills the iommu_* variables, after set_arch.
# Without an IOMMU there is no group, so nothing is bound unless --bind says so.
set_iommu() {
	iommu_devices=()
	iommu_append=
	iommu_modules=()
	[[ " $arch_iommus " == *" $1 "* ]] ||
		die_usage "--iommu $1: $opt_arch has ${arch_iommus// /, }"
	case $1 in
	intel)
		iommu_devices=(-device 'intel-iommu,intremap=on')
		iommu_append=intel_iommu=on
		;;
	intel-first)
		# Page tables of the first stage, from QEMU 10 on.
		iommu_devices=(-device 'intel-iommu,intremap=on,x-scalable-mode=on,x-flts=on')
		iommu_append=intel_iommu=on,sm_on
		;;
	amd)
		iommu_devices=(-device 'amd-iommu,intremap=on')
		;;
	virtio)
		iommu_devices=(-device virtio-iommu-pci)
		iommu_modules=(virtio_iommu)
		;;
	smmuv3)
		arch_machine[1]+=,iommu=smmuv3
		;;
	none)
		arch_test_id=
		# A zPCI function always has one.
		[[ $opt_arch != s390x ]] || arch_test_device=()
		;;
	esac
}

# What the program is linked with, as Debian packages, for another architecture (tests/vm/cross).
library_packages=(libarchive-dev libcap-dev libjansson-dev libnl-3-dev libnl-genl-3-dev
	libsmartcols-dev libsystemd-dev libtraceevent-dev nettle-dev libc6-dev)

# sysroot_folder: where these are for $opt_arch. Named by what is in it, so that a longer list makes
# a new one.
sysroot_folder() {
	printf '%s/sysroot/%s-%s\n' "$cache" "$opt_arch" "$(cksum <<<"${library_packages[*]}" | cut -d' ' -f1)"
}
