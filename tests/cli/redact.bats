# SPDX-License-Identifier: GPL-2.0-or-later
# collect --redact: nothing is left of what tells whose host it is, and the rest stays usable.

setup() {
	load lib
	amd=$hosts/6.1-amd/capture
	program=${VFIODIAG:-$top/build/gcc/vfiodiag}
	copy=$BATS_TEST_TMPDIR/capture
	archive=$BATS_TEST_TMPDIR/redacted.tar.zst
	plain=$BATS_TEST_TMPDIR/plain
}

# What must not be left, each in a few forms.
originals() {
	cat <<-'END'
		web7.corp.example
		web7
		corp.example
		52:54:00:ab:cd:ef
		52-54-00-12-34-56
		525400abcdef
		52:54:00:12:34:56
		10.11.12.13
		192.168.77.1
		2a02:8109::77
		fe80::5054:ff:feab:cdef
		5f1c9d3e-7b1a-4c55-9f0e-0123456789ab
		83b8f4f2-509f-382f-3c1e-e6bfe0fa1001
		SN-4711-XYZ
		CZC8150815
		alice
		bobby
		carolsgroup
		dave
		erinsgroup
		frank
		hunter2
		nas3
		fileserver
		qemu-system-x86
		secretd
		payroll
		80:00:02:08:fe:80:00:00:00:00:00:00:f4:52:14:03:00:7b:cb:a1
	END
}

# A host in which all of them stand, in files, names of files, links and all kinds of facts: those
# that there are, and some that there are not yet.
make_host() {
	local devices=$copy/files/sys/devices mdev=83b8f4f2-509f-382f-3c1e-e6bfe0fa1001
	cp -r "$amd" "$copy"
	echo web7.corp.example >"$copy/files/proc/sys/kernel/hostname"
	echo 'BOOT_IMAGE=/vmlinuz root=UUID=5f1c9d3e-7b1a-4c55-9f0e-0123456789ab ip=10.11.12.13::192.168.77.1:255.255.255.0:web7:eth0:none rd.luks.uuid=luks-5f1c9d3e-7b1a-4c55-9f0e-0123456789ab console=ttyS0 iommu=pt log_host=192.168.77.1:514 note=vg_WEB7-data vfio-pci.ids=1234:11e8 fallback=5f1c9d3e-7b1a-4c55-9f0e-0123456789ab' \
		>"$copy/files/proc/cmdline"
	echo SN-4711-XYZ >"$copy/files/sys/class/dmi/id/product_serial"
	echo "Q35, Serial Number: CZC8150815, rack of web7" >"$copy/files/sys/class/dmi/id/product_name"
	mkdir -p "$copy/files/sys/class/net" "$devices/pci0000:00/0000:00:04.0/net/enx525400abcdef" \
		"$devices/pci0000:00/0000:00:04.0/$mdev" "$copy/files/home"
	ln -s ../../devices/pci0000:00/0000:00:04.0/net/enx525400abcdef "$copy/files/sys/class/net/enx525400abcdef"
	ln -s ../../../0000:00:04.0 "$devices/pci0000:00/0000:00:04.0/net/enx525400abcdef/device"
	echo 52:54:00:ab:cd:ef >"$devices/pci0000:00/0000:00:04.0/net/enx525400abcdef/address"
	ln -s "../../../devices/pci0000:00/0000:00:04.0/$mdev" "$copy/files/sys/bus/pci/devices/$mdev"
	echo "DRIVER=vfio_mdev" >"$devices/pci0000:00/0000:00:04.0/$mdev/uevent"
	mkdir -p "$copy/files/etc/security/limits.d" "$copy/files/etc/systemd/system"
	printf '# comment\n@carolsgroup hard memlock unlimited\n* - nofile 1\n' >"$copy/files/etc/security/limits.d/vm.conf"
	printf '[Service]\nUser=dave\nEnvironment=PASSWORD=hunter2\n# hunter2\nExecStart=/bin/x \\\n --password hunter2\nLimitMEMLOCK=infinity\n' >"$copy/files/etc/systemd/system/vm-dave.service"
	mkdir -p "$copy/files/proc/self"
	printf '36 1 0:31 / /mnt rw - nfs4 nas3:/export rw,addr=10.11.12.13\n37 1 0:32 / /srv rw - cifs //fileserver/share rw\n' >>"$copy/files/proc/self/mountinfo"
	mkdir -p "$copy/files/sys/fs/btrfs/5f1c9d3e-7b1a-4c55-9f0e-0123456789ab/devices" \
		"$copy/files/proc/spl/kstat/zfs/payroll" "$devices/virtual/block/loop0/loop"
	echo ONLINE >"$copy/files/proc/spl/kstat/zfs/payroll/state"
	echo /home/alice/payroll.img >"$devices/virtual/block/loop0/loop/backing_file"
	echo 'tty0 payroll' >"$devices/virtual/block/active"
	sed -i 's/"node":"lab"/"node":"WEB7.corp.example"/' "$copy/transcript.jsonl"
	cat >>"$copy/transcript.jsonl" <<-END
		{"fact":"holder /dev/vfio/1","ret":1,"pid":109,"name":"qemu-system-x86"}
		{"fact":"read /sys/bus/pci/devices/$mdev/numa_node","errno":"EACCES"}
		{"fact":"node /dev/vfio/1","ret":0,"user":"alice","group":"alice","mode":"0600"}
		{"fact":"holders /dev/vfio/1","holders":[{"pid":7,"name":"secretd","user":"bobby"}]}
		{"fact":"holders /dev/vfio","ret":0,"holders":[{"path":"/dev/vfio/1","pid":7,"name":"secretd","guest":"payroll","unit":"machine-payroll.scope","cmdline":"-name payroll"}]}
		{"fact":"openers","ret":0,"openers":[{"block":true,"major":8,"minor":0,"pid":7,"name":"secretd","path":"/dev/mapper/payroll"}]}
		{"fact":"ssh-session","ret":0,"local":"10.11.12.13","peer":"192.168.77.1"}
		{"fact":"user alice","ret":0,"name":"alice","uid":1000,"gid":1000,"groups":[{"gid":1000,"name":"erinsgroup"}]}
		{"fact":"read /etc/systemd/system/vm-dave.service","errno":"EACCES"}
		{"fact":"process","user":"root","command":"secretd"}
		{"fact":"mounts","lines":["10.11.12.13:/home/alice /home/alice nfs4 rw,addr=10.11.12.13","/dev/disk/by-uuid/5f1c9d3e-7b1a-4c55-9f0e-0123456789ab / ext4","frank's: /home/frank"]}
		{"fact":"netlink links","messages":[{"name":"eth0","address":"52:54:00:AB:CD:EF","alias":"uplink of web7"},{"name":"ib0","address":"80:00:02:08:fe:80:00:00:00:00:00:00:f4:52:14:03:00:7b:cb:a1"}]}
		{"fact":"netlink addresses","messages":[{"local":"10.11.12.13","label":"52-54-00-12-34-56"},{"local":"fe80::5054:ff:feab:cdef"},{"local":"2a02:8109::77/64"}]}
		{"fact":"netlink routes","messages":[{"gateway":"192.168.77.1","52:54:00:12:34:56":1}]}
		{"fact":"later","disk":{"serial":"SN-4711-XYZ","note":"disk SN-4711-XYZ of alice, seen by secretd"}}
		{"comment":"alice on web7 says: 10.11.12.13 is the one"}
	END
}

redact() {
	vfiodiag collect -q --redact --from "$copy" -o "$archive"
	zstd -dqfo "$plain" "$archive"
}

# left WORD: whether it is somewhere in the archive: content, name or target.
left() {
	LC_ALL=C grep -qaiF -- "$1" "$plain"
}

@test "no secret is left (edited: a host full of secrets)" {
	local word
	make_host
	vfiodiag collect -q --from "$copy" -o "$archive"
	zstd -dqfo "$plain" "$archive"
	while read -r word; do
		left "$word" || {
			echo "the test does not put '$word' anywhere"
			return 1
		}
	done < <(originals)
	redact
	while read -r word; do
		if left "$word"; then
			echo "left: $word"
			LC_ALL=C grep -aiF -- "$word" "$plain" | head -n 3
			return 1
		fi
	done < <(originals)
}

@test "the counts of a page table are kept, and nothing that is no number" {
	make_host
	cat >>"$copy/transcript.jsonl" <<-END
		{"fact":"page-table-sizes 1 0x0 base 4096 4096","ret":0,"huge":true,"entries":[{"size":"0x1000","count":"0x1"}],"other":"0x0"}
		{"fact":"page-table-sizes 1 0x0 alice 4096 4096","ret":0,"huge":true}
		{"fact":"mappings 1","ret":0,"result":"read","bytes":"0x3000","entries":[{"size":"0x1000","count":"0x3"}]}
		{"fact":"mappings 2","ret":0,"result":"unknown","reason":"of alice"}
		{"fact":"mappings 3","ret":0,"result":"read","bytes":"alice"}
		{"fact":"mappings alice","ret":0,"result":"read"}
	END
	redact
	left '{"fact":"page-table-sizes 1 0x0 base 4096 4096","ret":0,"huge":true,"entries":[{"size":"0x1000","count":"0x1"}],"other":"0x0"}'
	left '{"fact":"mappings 1","ret":0,"result":"read","bytes":"0x3000","entries":[{"size":"0x1000","count":"0x3"}]}'
	left '{"fact":"mappings 2","ret":0,"result":"unknown"}'
	run left 'mappings 3'
	[ "$status" -eq 1 ]
	run left alice
	[ "$status" -eq 1 ]
}

@test "the answer of a page table is kept, and its reason is not" {
	make_host
	cat >>"$copy/transcript.jsonl" <<-END
		{"fact":"page-table 1 0x10000","ret":0,"result":"one-entry"}
		{"fact":"page-table 2 0x0","ret":0,"result":"unknown","reason":"of alice"}
		{"fact":"page-table 3 alice","ret":0,"result":"one-entry"}
		{"fact":"page-table 4 0x0","ret":0,"result":"alice"}
		{"fact":"page-table-sizes 1 0x0","ret":0,"huge":true,"entries":[{"size":2097152,"count":1}],"other":0}
		{"fact":"page-table-sizes 2 0x0","ret":0,"reason":"of alice"}
		{"section":"sizes 1"}
	END
	redact
	left '{"fact":"page-table 1 0x10000","ret":0,"result":"one-entry"}'
	left '{"fact":"page-table 2 0x0","ret":0,"result":"unknown"}'
	left '{"fact":"page-table-sizes 1 0x0","ret":0,"huge":true,"entries":[{"size":2097152,"count":1}],"other":0}'
	left '{"fact":"page-table-sizes 2 0x0","ret":0}'
	left '{"section":"sizes 1"}'
	run left 'page-table 3'
	[ "$status" -eq 1 ]
	run left alice
	[ "$status" -eq 1 ]
}

# bats test_tags=many
@test "secrets planted in every place of a capture are removed" {
	"$BATS_TEST_DIRNAME/plant.py" "$program" "$hosts/in-use/capture" "$hosts"/*/capture "$top"/tests/archives/*.tar.zst
}

@test "a redacted host gives the same findings and tests, except for names" {
	local host squeezed redacted names='s/Host lab/Host host-1/; s/\((sleep|vfiodiag)\)/(process-1)/; s/192\.0\.2\.7/198.18.0.1/'
	# The columns of a tree are as wide as its names are.
	local mediated='s/device-[0-9]+ of device-[0-9]+/TYPE of PARENT/; s/device-[0-9]+/UUID/; s/driver-1/DRIVER/; s/[ ─]+/ /g'
	names+='; s/platform-idle of lab/TYPE of PARENT/; s/83b8f4f2(-[0-9a-f]+){4}/UUID/; s/lab_idle/DRIVER/'
	for host in $(wanted_hosts); do
		# Names of devices stay where the pci.ids of this machine has them: another test's matter.
		rm -rf "$copy"
		cp -r "$host/capture" "$copy"
		sed -i '/^{"fact":"pci /d' "$copy/transcript.jsonl"
		vfiodiag collect -q --redact --from "$copy" -o "$archive"
		squeezed='' redacted=''
		[[ $host != */mdev ]] || squeezed='s/[ ─]+/ /g' redacted=$mediated
		for arguments in "list --tree" "check --all" "probe --all"; do
			# shellcheck disable=SC2086 # words
			diff -u <(transcript --from "$copy" $arguments | sed -E "$names; $squeezed") \
				<(transcript --from "$archive" $arguments | sed -E "$redacted")
		done
	done
}

@test "addresses of devices, regions and numbers of the test stay (edited: a host full of secrets)" {
	make_host
	redact
	vfiodiag --from "$archive" list --raw -o ADDRESS,DRIVER,REGIONS,ID 2>/dev/null | grep 0000:00:04.0
	diff <(vfiodiag --from "$amd" probe --all | sed -n '/^Group/,$p') \
		<(vfiodiag --from "$archive" probe --all | sed -n '/^Group/,$p')
}

# unpack: the redacted archive; $folder is the one folder in it.
unpack() {
	rm -rf "$BATS_TEST_TMPDIR/unpacked"
	mkdir "$BATS_TEST_TMPDIR/unpacked"
	tar -xf "$plain" -C "$BATS_TEST_TMPDIR/unpacked"
	folder=$(echo "$BATS_TEST_TMPDIR/unpacked"/*)
}

@test "the same value has the same stand-in everywhere (edited: a host full of secrets)" {
	local folder files user
	make_host
	cat >>"$copy/transcript.jsonl" <<-'END'
		{"fact":"netlink links","ret":0,"messages":[{"index":2,"flags":1,"name":"enx525400abcdef"}]}
		{"fact":"netlink addresses","ret":0,"messages":[{"index":2,"local":"10.11.12.13"},{"index":2,"address":"10.11.12.13"}]}
		{"fact":"node /dev/vfio/1","ret":0,"uid":1000,"gid":36,"mode":"0600","owner":"alice","group":"kvm"}
	END
	redact
	unpack
	files=$folder/files
	[[ ${folder##*/} == vfiodiag-host-1-* ]]
	# In upper and in lower case.
	[ "$(cat "$files/proc/sys/kernel/hostname")" = host-1 ]
	[ "$(jq -r 'select(.fact == "system").node' "$folder/transcript.jsonl")" = host-1 ]
	# An interface: as a folder, as a link and what that leads to, in a message.
	[ -e "$files/sys/devices/pci0000:00/0000:00:04.0/net/interface-1/device" ]
	[ -d "$files/sys/class/net/interface-1" ]
	jq -es 'last(.[] | select(.fact == "netlink links")).messages[0].name == "interface-1"' "$folder/transcript.jsonl"
	jq -es '[last(.[] | select(.fact == "netlink addresses")).messages[]] | .[0].local == "198.18.0.1" and .[1].address == "198.18.0.1"' "$folder/transcript.jsonl"
	run vfiodiag --from "$archive" list --raw -o ADDRESS interface-1
	[ "${lines[1]}" = 0000:00:04.0 ]
	# A user in two facts, who can be asked about.
	user=$(jq -r 'select(.fact == "node /dev/vfio/1").owner' "$folder/transcript.jsonl" | tail -n 1)
	jq -es --arg user "$user" '.[] | select(.fact == "user " + $user) | .name == $user' "$folder/transcript.jsonl"
	vfiodiag --from "$archive" check --memory 1G --for "user:$user" >/dev/null || [ $? -le 3 ]
	# What tells nothing stays.
	jq -es 'last(.[] | select(.fact == "node /dev/vfio/1")).group == "kvm"' "$folder/transcript.jsonl"
	[ "$(cat "$files/proc/cmdline")" = "BOOT_IMAGE=redacted root=redacted ip=redacted rd.luks.uuid=redacted console=ttyS0 iommu=pt log_host=redacted redacted vfio-pci.ids=1234:11e8 redacted" ]
}

@test "a user and a unit keep their limits (edited: a process of each)" {
	cp -r "$amd" "$copy"
	mkdir -p "$copy/files/proc/812"
	printf 'Max locked memory         1234944              1234944              bytes     \n' >"$copy/files/proc/812/limits"
	printf 'Uid:\t1000\t1000\t1000\t1000\nGid:\t36\t36\t36\t36\nGroups:\t36 1000 \nCapEff:\t0000000000000000\n' >"$copy/files/proc/812/status"
	printf '         0          0 4294967295\n' >"$copy/files/proc/812/uid_map"
	cat >>"$copy/transcript.jsonl" <<-'END'
		{"fact":"user alice","ret":0,"name":"alice","uid":1000,"gid":1000,"groups":[{"gid":36,"name":"kvm"}]}
		{"fact":"user-process 1000","ret":0,"pid":812,"name":"alicesh","place":"session"}
		{"fact":"unit vm-alice.service","ret":0,"id":"vm-alice.service","pid":0,"memlock":"0x40000000","user":"alice","group":"kvm","groups":[],"bounding":"0x0","ambient":"0x0"}
	END
	redact
	left alice && return 1
	diff -u <(transcript --from "$copy" check --memory 1G --for user:alice |
		sed 's/Host lab/Host host-1/; s/alicesh/process-1/g; s/alice/user-1/g') \
		<(transcript --from "$archive" check --memory 1G --for user:user-1)
	diff -u <(transcript --from "$copy" check --memory 2G --for unit:vm-alice.service |
		sed 's/Host lab/Host host-1/; s/vm-alice.service/unit-1.service/g; s/alice/user-1/g') \
		<(transcript --from "$archive" check --memory 2G --for unit:unit-1.service)
	run vfiodiag --from "$archive" check --memory 1G --for user:user-1
	[[ $output == *"/proc/812/limits of process-1"* ]]
}

@test "what the table does not list is dropped (edited: places and facts of a later version)" {
	local folder
	cp -r "$amd" "$copy"
	mkdir -p "$copy/files/var/lib/later" "$copy/files/sys/module/vfio"
	echo later >"$copy/files/var/lib/later/file"
	echo later >"$copy/files/proc/later"
	echo later >"$copy/files/sys/devices/pci0000:00/0000:00:04.0/later"
	echo 'LATER=later' >>"$copy/files/sys/devices/pci0000:00/0000:00:04.0/uevent"
	cat >>"$copy/transcript.jsonl" <<-'END'
		{"fact":"later","ret":0,"word":"later"}
		{"fact":"node /dev/vfio/1","ret":0,"uid":0,"gid":0,"mode":"0600","later":"later"}
		{"later":1}
	END
	redact
	unpack
	run grep -ri later "$folder"
	[ "$status" -eq 1 ]
	[ -z "$(find "$folder" -iname '*later*')" ]
	jq -e '.redacted.dropped | .files >= 2 and .contents >= 1 and .lines >= 2 and .fields >= 1' "$folder/manifest.json"
}

@test "what was dropped is not known, never absent (edited: regions, a device's link)" {
	local folder
	cp -r "$amd" "$copy"
	echo 'alice' >>"$copy/files/sys/kernel/iommu_groups/1/reserved_regions"
	ln -sfn ../../../home/alice "$copy/files/sys/bus/pci/devices/0000:00:04.0"
	redact
	unpack
	jq -e '.not_read == {"read /sys/kernel/iommu_groups/1/reserved_regions": "ENODATA",
		"link /sys/bus/pci/devices/0000:00:04.0": "ENODATA"}' "$folder/manifest.json"
	vfiodiag --from "$archive" check --all >"$BATS_TEST_TMPDIR/out" || true
	grep -q 'reserved_regions.*No data available' "$BATS_TEST_TMPDIR/out"
}

@test "what is not listed is not known below its directory (edited: places of a later version)" {
	local folder
	cp -r "$amd" "$copy"
	mkdir -p "$copy/files/sys/kernel/iommu_groups/1/later" "$copy/files/etc/security/limits.d"
	echo alice >"$copy/files/sys/kernel/iommu_groups/1/later/alice"
	rm "$copy/files/sys/kernel/iommu_groups/1/reserved_regions"
	echo alice >"$copy/files/sys/bus/later"
	cat >>"$copy/transcript.jsonl" <<-'END'
		{"fact":"user qemu","ret":0,"name":"qemu","uid":64055,"gid":109,"groups":[]}
		{"fact":"read /etc/security/later/alice","errno":"EACCES"}
	END
	vfiodiag --from "$copy" check --all --for user:qemu >"$BATS_TEST_TMPDIR/out" || true
	absent 'No data available' "$BATS_TEST_TMPDIR/out"
	redact
	unpack
	jq -e '.not_read | .["dropped /sys/kernel/iommu_groups/1"] == "ENODATA" and
		.["dropped /etc/security"] == "ENODATA" and .["read /sys/bus/device-1"] == "ENODATA" and
		.["read /sys/kernel/iommu_groups/1/reserved_regions"] == null' "$folder/manifest.json"
	vfiodiag --from "$archive" check --all --for user:qemu >"$BATS_TEST_TMPDIR/out" || true
	grep 'user qemu: the locked memory limit is not known: No data available' "$BATS_TEST_TMPDIR/out"
	grep '/sys/kernel/iommu_groups/1/reserved_regions.*No data available' "$BATS_TEST_TMPDIR/out"
	# It stays so when it is redacted again, and nothing else is dropped then.
	cp "$folder/manifest.json" "$BATS_TEST_TMPDIR/once.json"
	vfiodiag collect -q --redact --from "$archive" -o "$archive.again"
	zstd -dqfo "$plain" "$archive.again"
	unpack
	diff <(jq .not_read "$BATS_TEST_TMPDIR/once.json") <(jq .not_read "$folder/manifest.json" | sed s/device-2/device-1/)
}

@test "a limit in a dropped file is not known (edited: a link of limits.d)" {
	cp -r "$amd" "$copy"
	mkdir -p "$copy/files/etc/security/limits.d" "$copy/files/opt"
	: >"$copy/files/etc/security/limits.conf"
	echo 'qemu - memlock 1024' >"$copy/files/opt/x.conf"
	ln -s ../../../opt/x.conf "$copy/files/etc/security/limits.d/x.conf"
	echo '{"fact":"user qemu","ret":0,"name":"qemu","uid":64055,"gid":109,"groups":[]}' >>"$copy/transcript.jsonl"
	run vfiodiag --from "$copy" check --all --for user:qemu -v
	[[ $output == *"user qemu: the locked memory limit is 1 MiB"* ]]
	redact
	run vfiodiag --from "$archive" check --all --for user:qemu -v
	[[ $output == *"user qemu: the locked memory limit is not known: No data available"* ]]
}

@test "names that differ stay apart, also from stand-ins (edited: interfaces)" {
	local name net=$copy/files/sys/class/net
	cp -r "$amd" "$copy"
	mkdir -p "$net"
	for name in web7 WEB7 interface-1 interface-2 enx525400abcdef enx525400abcdee $'a\xff' $'a\xfe' eth7; do
		ln -s "../../devices/virtual/net/$name" "$net/$name"
	done
	redact
	unpack
	find "$folder/files/sys/class/net" -name '[ei]*' -printf '%f %l\n' | sort >"$BATS_TEST_TMPDIR/links"
	cat "$BATS_TEST_TMPDIR/links"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/links")" -eq 9 ]
	# Each leads to what is called like it, and none is called as it was.
	[ "$(awk '$2 == "../../devices/virtual/net/" $1' "$BATS_TEST_TMPDIR/links" | wc -l)" -eq 9 ]
	grep -qx 'eth7 .*' "$BATS_TEST_TMPDIR/links"
	absent 'a.$|web7|52' "$BATS_TEST_TMPDIR/links"
}

@test "device names stay if pci.ids has them (edited: one that it has not)" {
	cp -r "$amd" "$copy"
	sed -i 's/"device":"82801IB (ICH9) LPC Interface Controller"/"device":"card of alice"/' "$copy/transcript.jsonl"
	redact
	vfiodiag --from "$archive" list --raw -o ADDRESS,VENDOR,DEVICE 2>/dev/null >"$BATS_TEST_TMPDIR/out" ||
		vfiodiag --from "$archive" list >"$BATS_TEST_TMPDIR/out"
	grep -q 'Intel Corporation' <(vfiodiag --from "$archive" list --json)
	run vfiodiag --from "$archive" list --json
	[[ $output != *alice* && $output != *"LPC Interface"* ]]
}

@test "of configuration space only ids and isolation capabilities are kept (edited: a device with a serial number)" {
	local config=files/sys/devices/pci0000:00/0000:00:04.0/config
	cp -r "$amd" "$copy"
	python3 - "$copy/$config" <<-'END'
		import struct, sys
		data = bytearray(range(256)) * 16
		data[0x34] = 0
		# ACS at 0x100, then the serial number at 0x140 of a card with 52:54:00:ab:cd:ef, then the end.
		data[0x100:0x104] = struct.pack("<I", 0x000d | 1 << 16 | 0x140 << 20)
		data[0x140:0x144] = struct.pack("<I", 0x0003 | 1 << 16)
		data[0x144:0x14c] = bytes.fromhex("efcdabffff005452")
		open(sys.argv[1], "wb").write(data)
		kept = bytearray(4096)
		kept[:16] = data[:16]
		kept[0x100:0x108] = data[0x100:0x108]
		open(sys.argv[1] + ".kept", "wb").write(kept)
	END
	mv "$copy/$config.kept" "$BATS_TEST_TMPDIR/kept"
	redact
	tar -xOf "$plain" --wildcards "*/$config" | cmp - "$BATS_TEST_TMPDIR/kept"
}

@test "the manifest lists the stand-ins, and how much was dropped (edited: a host full of secrets)" {
	make_host
	redact
	tar -xOf "$plain" --wildcards '*/manifest.json' >"$BATS_TEST_TMPDIR/manifest"
	jq .redacted "$BATS_TEST_TMPDIR/manifest"
	jq -e '.redacted | .["host names"] == ["host-1"] and .["network interfaces"] == ["interface-1"]
		and (.devices | length == 4) and .["mount points"] == ["/mount-1"]
		and .["virtual machines"] == ["guest-1"] and .units == ["unit-1.scope"]
		and (.["user names"] | length == 3) and .dropped.lines >= 3' "$BATS_TEST_TMPDIR/manifest"
}

@test "a host named like a kernel word stays usable (edited: host names)" {
	local name
	for name in vfio pci debian amd64 host-1 6 x; do
		rm -rf "$copy"
		cp -r "$amd" "$copy"
		mkdir -p "$copy/files/etc/security"
		echo '* hard memlock 1' >"$copy/files/etc/security/limits.conf"
		echo "$name" >"$copy/files/proc/sys/kernel/hostname"
		sed -i "s/\"node\":\"lab\"/\"node\":\"$name\"/" "$copy/transcript.jsonl"
		redact
		diff <(vfiodiag --from "$copy" probe --all | sed 1d) <(vfiodiag --from "$archive" probe --all | sed 1d)
		tar -tf "$plain" | grep -q '/files/etc/security/limits.conf$'
		[[ $(vfiodiag --from "$archive" check) == "Host host-"[12]", kernel 6.1.0-"*"-amd64 (x86_64)"* ]]
		[[ $(vfiodiag --from "$archive" check) != "Host $name, "* ]]
	done
}

@test "a redacted capture can be redacted again, compared and reported" {
	make_host
	redact
	vfiodiag collect -q --redact --from "$archive" -o "$archive.again"
	diff <(vfiodiag --from "$archive" probe --all | sed 1d) <(vfiodiag --from "$archive.again" probe --all | sed 1d)
	run vfiodiag diff "$amd" "$archive"
	[ "$status" -eq 1 ]
	vfiodiag report "$archive" | grep -q '<h1>VFIO report: host-1<'
}

@test "without --redact nothing is replaced, and the manifest says so" {
	make_host
	vfiodiag collect -q --from "$copy" -o "$archive"
	zstd -dqfo "$plain" "$archive"
	tar -xOf "$plain" --wildcards '*/manifest.json' | jq -e '.redacted == null'
}

@test "an archive of this host is redacted too" {
	local name
	name=$(cat /proc/sys/kernel/hostname)
	vfiodiag collect -q --redact -o "$archive"
	[[ $(vfiodiag --from "$archive" check) == "Host host-1, "* ]] || [ "$name" = localhost ]
}

# A board whose PCI host bridge stands in a device tree, with the card 0001:01:00.0 on it.
board() {
	local bridge=$copy/files/sys/devices/platform/axi/1000110000.pcie
	local card=$bridge/pci0001:00/0001:01:00.0
	local node=firmware/devicetree/base/axi/pcie@1000110000
	cp -r "$amd" "$copy"
	mkdir -p "$card" "$copy/files/sys/$node"
	printf 'PCI_CLASS=20000\nPCI_ID=8086:1533\n' >"$card/uevent"
	ln -s "../../../devices/platform/axi/1000110000.pcie/pci0001:00/0001:01:00.0" \
		"$copy/files/sys/bus/pci/devices/0001:01:00.0"
	ln -s "../../../../$node" "$bridge/of_node"
	[ -z "${1:-}" ] || : >"$copy/files/sys/$node/$1"
}

@test "a mediated device stays one, and keeps a type that many hosts have (edited: its type)" {
	local mdev=83b8f4f2-509f-382f-3c1e-e6bfe0fa1001
	cp -r "$hosts/mdev/capture" "$copy"
	vfiodiag --from "$copy" collect --redact -o "$archive"
	vfiodiag --from "$archive" list --raw -o KIND,STATE,VFIO,TYPE,MDEV-TYPE | grep -qx 'emulated ready bound unknown device-[0-9]*'
	rm "$archive"
	ln -sfn ../mdev_supported_types/i915-GVTg_V5_4 "$copy/files/sys/devices/platform/lab/$mdev/mdev_type"
	vfiodiag --from "$copy" collect --redact -o "$archive"
	vfiodiag --from "$archive" list --raw -o KIND,STATE,VFIO,MDEV-TYPE | grep -qx 'emulated ready bound i915-GVTg_V5_4'
	zstd -dqfo "$plain" "$archive"
	run left "$mdev"
	[ "$status" -eq 1 ]
	# In 5.10 it is bound to a driver of VFIO.
	rm "$archive"
	echo 'DRIVER=vfio_mdev' >"$copy/files/sys/devices/platform/lab/$mdev/uevent"
	vfiodiag --from "$copy" collect --redact -o "$archive"
	vfiodiag --from "$archive" list --raw -o KIND,STATE,VFIO,DRIVER | grep -qx 'emulated ready bound vfio_mdev'
}

@test "what the device tree says of the IOMMU of a bus is kept, and nothing else of it" {
	board
	echo 'secretboard' >"$copy/files/sys/firmware/devicetree/base/model"
	vfiodiag --from "$copy" collect --redact -o "$archive"
	run vfiodiag --from "$archive" check 01:00.0
	[ "$status" -eq 2 ]
	[[ $output == *"no IOMMU is in front of its PCI host bridge"* ]]
	mkdir "$plain"
	tar --zstd -C "$plain" -xf "$archive"
	run grep -rq secretboard "$plain"
	[ "$status" -eq 1 ]
	rm -r "$copy" "$archive"
	board iommu-map
	vfiodiag --from "$copy" collect --redact -o "$archive"
	run vfiodiag --from "$archive" check 01:00.0
	[ "$status" -eq 2 ]
	[[ $output == *"it is not known why"* ]]
}
