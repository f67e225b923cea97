# SPDX-License-Identifier: GPL-2.0-or-later
# ISM functions on s390: no mainline release lists address 0 as reserved and maps it by itself; only
# backports do. cases/ism.py builds the hosts.

setup() {
	load lib
	export VFIODIAG=${VFIODIAG:-$top/build/gcc/vfiodiag} PYTHONDONTWRITEBYTECODE=1
}

@test "mainline never maps the reserved address 0 on s390: up to 6.1 no region, from 6.2 on the fix" {
	right safe none 5.10.0-32-s390x 5.19.17 6.1.0 6.1.192
	right safe listed 6.2.0 6.6.8 6.12.118 6.18.2 7.3.4
}

@test "a kernel with the regions of 6.2 backported, and by its version not the fix: a warning" {
	right may-test listed 5.14.0-362.el9.s390x 5.19.17 6.1.8 unknown
}

@test "the sentences about ISM tell that backports are needed" {
	run vfiodiag explain kernel-window-reserved
	[[ ${output//$'\n'/ } == *"with the reserved regions of 6.2 backported (cbf7827bc5dc)"* ]]
	run vfiodiag explain kernel-may-test-reserved
	[[ ${output//$'\n'/ } == *"On s390 only backports make this possible"* ]]
	run vfiodiag explain ism-function
	[[ ${output//$'\n'/ } == *"up to 6.1 by the aperture and from 6.2 on by the reserved regions"* ]]
}
