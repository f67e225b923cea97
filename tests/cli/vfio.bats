# SPDX-License-Identifier: GPL-2.0-or-later
# check: modules, device nodes, the container.

setup() {
	load lib
	load edit
	host 6.1-amd
}

# module NAME STATE
module() {
	fact "{\"fact\":\"module $1\",\"ret\":0,\"state\":\"$2\"}"
}

# node PATH MODE OWNER:UID GROUP:GID
node() {
	fact "{\"fact\":\"node $1\",\"ret\":0,\"uid\":${3#*:},\"gid\":${4#*:},\"mode\":\"$2\",\"owner\":\"${3%:*}\",\"group\":\"${4%:*}\"}"
}

@test "a module that is not loaded: modprobe where there is one, the package where not (edited facts)" {
	host no-type1
	finds type1-not-loaded warning 1
	says commands "modprobe vfio_iommu_type1"
	module vfio_iommu_type1 available
	finds type1-not-loaded warning 1
	says commands "modprobe vfio_iommu_type1"
	says message "available but not loaded"
	module vfio_iommu_type1 missing
	finds type1-not-loaded failure 2
	says hint CONFIG_VFIO_IOMMU_TYPE1
	says hint cloud
	module vfio_iommu_type1 builtin
	lacks type1-not-loaded
}

@test "iommufd can stand in for the module (edited transcript)" {
	host no-type1
	mkdir -p "$files/sys/module/vfio"
	module vfio_iommu_type1 missing
	cat >>"$copy/transcript.jsonl" <<-'END'
		{"section":"container"}
		{"call":"open","path":"/dev/vfio/vfio","ret":0}
		{"call":"ioctl","request":"VFIO_GET_API_VERSION","on":"/dev/vfio/vfio","ret":0}
		{"call":"ioctl","request":"VFIO_CHECK_EXTENSION","on":"/dev/vfio/vfio","ret":1}
		{"call":"ioctl","request":"VFIO_CHECK_EXTENSION","on":"/dev/vfio/vfio","ret":1}
		{"call":"ioctl","request":"VFIO_CHECK_EXTENSION","on":"/dev/vfio/vfio","ret":0}
		{"call":"ioctl","request":"VFIO_CHECK_EXTENSION","on":"/dev/vfio/vfio","ret":1}
	END
	lacks type1-not-loaded
	finds container-interface ok 0
	says message "type1v2 yes"
	sed -i '/VFIO_GET_API_VERSION/s/"ret":0/"ret":1/' "$copy/transcript.jsonl"
	finds container-interface failure 2
	sed -i '/VFIO_GET_API_VERSION/s/"ret":1/"errno":"EIO"/' "$copy/transcript.jsonl"
	finds container-interface unmeasured 3
	says message "/dev/vfio/vfio does not answer what it supports: Input/output error"
	sed -i '/VFIO_GET_API_VERSION/s/"errno":"EIO"/"ret":0/; $s/"ret":1/"errno":"EIO"/' "$copy/transcript.jsonl"
	finds container-interface unmeasured 3
}

@test "a node that could not be looked up is not called absent (edited facts)" {
	host no-container
	fact '{"fact":"exists /dev/vfio/vfio","errno":"EACCES"}'
	fact '{"fact":"node /dev/iommu","errno":"ENOENT"}'
	finds not-read unmeasured 3
	says message "cannot read /dev/vfio/vfio: Permission denied"
	lacks no-vfio-container
	finds iommufd ok 3
	says message "/dev/iommu does not exist"
	run vfiodiag --from "$copy" check --format nfd
	[[ $output == *vfiodiag.property.container=unknown* ]]
}

@test "no container node, and the reason (edited facts)" {
	host no-container
	finds no-vfio-container failure 2
	says hint "--device=/dev/vfio/vfio"
	rm -rf "$files/sys/module/vfio"
	module vfio missing
	finds no-vfio-container failure 2
	says hint "CONFIG_VFIO"
}

@test "a kernel without vfio_pci, or without virtio_iommu where it is needed (edited facts)" {
	host unbound
	lacks modules-missing
	rm -rf "$files/sys/module/vfio_pci"
	module vfio_pci missing
	finds modules-missing warning 1
	says hint CONFIG_VFIO_PCI
	module vfio_pci available
	lacks modules-missing
	module vfio_pci builtin
	lacks modules-missing
	host no-iommu
	touch "$files/sys/firmware/acpi/tables/VIOT"
	rm -f "$files"/sys/firmware/acpi/tables/{DMAR,IVRS,IORT}
	finds no-iommu failure 2
	says hint "load the module virtio_iommu"
	says commands "modprobe virtio_iommu"
	module virtio_iommu missing
	finds no-iommu failure 2
	says hint CONFIG_VIRTIO_IOMMU
	lacks modules-missing
	[[ $output != *modprobe* ]]
}

@test "a kernel without VFIO is told once, and not for each of its modules (edited facts)" {
	host no-container
	rm -rf "$files"/sys/module/{vfio,vfio_pci}
	module vfio missing
	module vfio_pci missing
	finds no-vfio-container failure 2
	says hint CONFIG_VFIO
	lacks modules-missing
}

@test "old captures without modules, nodes and caller give no false findings" {
	local name
	for name in "$hosts"/*/capture; do
		run vfiodiag --from "$name" check --all --format json
		jq -e '[.findings[] | select(.id == ("modules", "modules-missing", "node-missing",
			"node-permission", "container-node-closed", "container-interface", "iommufd",
			"unprivileged"))] | map(select(.severity != "ok")) == []' <<<"$output" ||
			grep -q '"fact":"process"' "$name/transcript.jsonl"
	done
}

@test "23: a user who cannot open the group, and the fix (edited facts)" {
	qemu
	node /dev/vfio/vfio 0666 root:0 root:0
	node /dev/vfio/1 0600 root:0 root:0
	mkdir -p "$files/etc/security"
	echo 'qemu - memlock unlimited' >"$files/etc/security/limits.conf"
	finds node-permission failure 2 --for user:qemu
	says subject "group 1"
	says message "/dev/vfio/1 cannot be opened by user qemu (root:root 0600)"
	says commands "sudo udevadm trigger"
	says commands 'SUBSYSTEM=="vfio", OWNER="qemu"'
	node /dev/vfio/1 0660 root:0 kvm:36
	finds node-permission ok 0 --for user:qemu
	node /dev/vfio/1 0600 qemu:107 root:0
	finds node-permission ok 0 --for user:qemu
	lacks node-permission --for user:qemu
}

@test "23: a unit opens as its user (edited facts)" {
	qemu
	unit vm.service '"user":"qemu","memlock":"0x800000"'
	node /dev/vfio/1 0600 root:0 root:0
	finds node-permission failure 2 --for unit:vm
	says message "/dev/vfio/1 cannot be opened by unit vm.service"
	unit vm.service '"user":"qemu","memlock":"0x800000","groups":[{"group":"vfio"}]'
	node /dev/vfio/1 0660 root:0 vfio:99
	lacks node-permission --for unit:vm
	unit vm.service '"user":"unheard-of","memlock":"0x800000"'
	finds node-permission unmeasured 3 --for unit:vm
}

@test "23: what the caller cannot open is a note without --for (edited facts)" {
	caller 1000 0x0
	node /dev/vfio/1 0600 root:0 root:0
	finds node-permission note 0
	says message "1 of 1 groups: /dev/vfio/1 is root:root 0600"
	finds node-permission failure 2 --memory 1G
	says message "cannot be opened by this process"
	caller 0 0x1ffffffffff
	lacks node-permission
}

@test "23: a node with an access control list: not known (edited facts)" {
	qemu
	fact '{"fact":"node /dev/vfio/1","ret":0,"uid":0,"gid":0,"mode":"0660","acl":true}'
	finds node-permission unmeasured 3 --for user:qemu
	says message "access control list"
}

@test "23: /dev/vfio/vfio that is not open to all (edited facts)" {
	node /dev/vfio/vfio 0666 root:0 root:0
	lacks container-node-closed
	node /dev/vfio/vfio 0660 root:0 vfio:99
	finds container-node-closed note 0
	says message "root:vfio 0660"
	qemu
	finds node-permission failure 2 --for user:qemu
	says hint 'SUBSYSTEM=="misc", KERNEL=="vfio", MODE="0666"'
}

@test "a bound group without a node, except on kernels with a node for each device (edited facts)" {
	fact '{"fact":"node /dev/vfio/1","errno":"ENOENT"}'
	finds node-missing failure 2
	says message "/dev/vfio/1"
	says hint "--device=/dev/vfio/"
	node /dev/vfio/devices/vfio0 0600 root:0 root:0
	lacks node-missing
	lacks node-missing 2
}

@test "iommufd, present or not (edited facts)" {
	fact '{"fact":"node /dev/iommu","errno":"ENOENT"}'
	finds iommufd ok 0
	says message "/dev/iommu does not exist"
	node /dev/iommu 0600 root:0 root:0
	node /dev/vfio/devices/vfio0 0600 root:0 root:0
	finds iommufd ok 0
	says message "1 bound device has a device node"
}
