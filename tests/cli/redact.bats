# SPDX-License-Identifier: GPL-2.0-or-later
# collect --redact: nothing is left of what tells whose host it is, and the rest stays usable.

setup() {
	load lib
	amd=$hosts/6.1-amd/capture
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
	sed -i 's/"node":"lab"/"node":"WEB7.corp.example"/' "$copy/transcript.jsonl"
	cat >>"$copy/transcript.jsonl" <<-END
		{"fact":"holder /dev/vfio/1","ret":1,"pid":109,"name":"qemu-system-x86"}
		{"fact":"read /sys/bus/pci/devices/$mdev/numa_node","errno":"EACCES"}
		{"fact":"node /dev/vfio/1","ret":0,"user":"alice","group":"alice","mode":"0600"}
		{"fact":"holders /dev/vfio/1","holders":[{"pid":7,"name":"secretd","user":"bobby"}]}
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

@test "nothing is left of what was there (edited: a host full of secrets)" {
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

@test "a recorded host that was redacted gives the same findings and tests" {
	local host
	for host in 6.1-amd 6.12-zpci blocked busy unplugged no-remapping; do
		vfiodiag collect -q --redact --from "$hosts/$host/capture" -o "$archive"
		for arguments in "list --tree" "check --all" "probe --all"; do
			# shellcheck disable=SC2086 # words
			diff -u <(transcript --from "$hosts/$host/capture" $arguments |
				sed 's/Host lab/Host host-1/; s/process 109 (sleep)/process 109 (process-1)/; s/(sleep)/(process-1)/') \
				<(transcript --from "$archive" $arguments)
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

@test "the same thing has the same stand-in everywhere (edited: a host full of secrets)" {
	local folder mac uuid user ip
	make_host
	redact
	mkdir "$BATS_TEST_TMPDIR/unpacked"
	tar -xf "$plain" -C "$BATS_TEST_TMPDIR/unpacked"
	folder=$(echo "$BATS_TEST_TMPDIR/unpacked"/*)
	[[ ${folder##*/} == vfiodiag-host-* ]]
	# The name, alone and with its domain, in upper and lower case.
	[ "$(cat "$folder/files/proc/sys/kernel/hostname")" = "$(jq -r 'select(.fact == "system").node' "$folder/transcript.jsonl")" ]
	# One hardware address: in a file, in a name of an interface, in capitals in a message.
	mac=$(cat "$folder/files/sys/devices/pci0000:00/0000:00:04.0/net"/enx*/address)
	[[ $mac == 02:00:00:* ]]
	[ -e "$folder/files/sys/devices/pci0000:00/0000:00:04.0/net/enx${mac//:/}" ]
	jq -es --arg mac "$mac" '.[] | select(.fact == "netlink links") | .messages[0].address == $mac' "$folder/transcript.jsonl"
	# A link and what it leads to.
	[ -d "$folder/files/sys/class/net/enx${mac//:/}" ]
	uuid=$(basename "$folder"/files/sys/bus/pci/devices/????????-*)
	[ -d "$folder/files/sys/bus/pci/devices/$uuid" ]
	jq -es --arg uuid "$uuid" '.[] | select(.errno == "EACCES" and (.fact | test("numa_node"))) | .fact | contains($uuid)' "$folder/transcript.jsonl"
	# A user and an address in three facts.
	user=$(jq -r 'select(.fact == "node /dev/vfio/1").user' "$folder/transcript.jsonl" | tail -n 1)
	ip=$(jq -r 'select(.fact == "netlink addresses").messages[0].local' "$folder/transcript.jsonl" | tail -n 1)
	[ "$(jq -r 'select(.fact == "mounts").lines[0]' "$folder/transcript.jsonl")" = \
		"$ip:/home/$user /home/$user nfs4 rw,addr=$ip" ]
	jq -es --arg ip "$ip" --arg user "$user" '.[] | select(.comment) | .comment | contains($ip) and startswith($user + " on host-")' "$folder/transcript.jsonl"
	jq -es '.[] | select(.fact == "later").disk | .serial as $s | .note | startswith("disk " + $s + " of ")' "$folder/transcript.jsonl"
	# A user who is asked about, and the file of a unit that is called by one.
	jq -es --arg user "$user" '.[] | select(.fact == "user " + $user) | .name == $user' "$folder/transcript.jsonl"
	jq -es '[.[] | select((.fact // "") | test("^read /etc/systemd/system/vm-user-[0-9]+.service$"))] | length == 1' "$folder/transcript.jsonl"
	[ "$(find "$folder/files/etc/systemd/system" -name 'vm-user-*.service' | wc -l)" -eq 1 ]
	[ "$(cat "$folder/files/etc/systemd/system"/vm-user-*.service)" = "[Service]
User=$(sed -n 's/^User=//p' "$folder/files/etc/systemd/system"/vm-user-*.service)
Environment=

ExecStart=

LimitMEMLOCK=infinity" ]
	vfiodiag --from "$archive" check --memory 1G --for "user:$user" >/dev/null || [ $? -le 3 ]
	# What tells nothing stays.
	jq -es '.[] | select(.fact == "process") | .user == "root" and (.command | startswith("process-"))' "$folder/transcript.jsonl"
	grep -q 'console=ttyS0 iommu=pt' "$folder/files/proc/cmdline"
	grep -q 'vfio-pci.ids=1234:11e8' "$folder/files/proc/cmdline"
}

@test "configuration space keeps all but the serial number (edited: a device that has one)" {
	local config=files/sys/devices/pci0000:00/0000:00:04.0/config
	cp -r "$amd" "$copy"
	python3 - "$copy/$config" <<-'END'
		import struct, sys
		data = bytearray(range(256)) * 16
		# AER at 0x100, then the serial number at 0x140 of a card with 52:54:00:ab:cd:ef, then the end.
		data[0x100:0x104] = struct.pack("<I", 0x0001 | 2 << 16 | 0x140 << 20)
		data[0x140:0x144] = struct.pack("<I", 0x0003 | 1 << 16 | 0x150 << 20)
		data[0x144:0x14c] = bytes.fromhex("efcdabffff005452")
		data[0x150:0x154] = struct.pack("<I", 0x000d | 1 << 16)
		open(sys.argv[1], "wb").write(data)
	END
	redact
	tar -xOf "$plain" --wildcards "*/$config" >"$BATS_TEST_TMPDIR/config"
	[ "$(stat -c %s "$BATS_TEST_TMPDIR/config")" -eq 4096 ]
	cmp -l "$copy/$config" "$BATS_TEST_TMPDIR/config" | awk '{ print $1 - 1, $3 }' >"$BATS_TEST_TMPDIR/changes"
	[ "$(tr '\n' ';' <"$BATS_TEST_TMPDIR/changes")" = "324 0;325 0;326 0;327 0;328 0;330 0;331 0;" ]
}

@test "the manifest lists what was replaced (edited: a host full of secrets)" {
	make_host
	redact
	tar -xOf "$plain" --wildcards '*/manifest.json' >"$BATS_TEST_TMPDIR/manifest"
	jq .redacted "$BATS_TEST_TMPDIR/manifest"
	jq -e '.redacted | .["MAC addresses"] | length == 3' "$BATS_TEST_TMPDIR/manifest"
	jq -e '.redacted | (.["host names"] | length == 5) and (.["user names"] | length == 6)
		and (.["process names"] | length == 2) and (.["serial numbers"] | length == 2)
		and (.UUIDs | length == 2) and (.["IPv4 addresses"] | length == 2)
		and (.["IPv6 addresses"] | length == 2) and (.kept == [])' "$BATS_TEST_TMPDIR/manifest"
	# Only stand-ins, which say nothing.
	jq -e '.redacted | [.["host names"][] | test("^host-[0-9]+$")] | all' "$BATS_TEST_TMPDIR/manifest"
}

@test "a host that is called by a word of the kernel's stays usable (edited: host names)" {
	local name
	for name in vfio pci debian amd64 system devices security 6 x; do
		rm -rf "$copy"
		cp -r "$amd" "$copy"
		mkdir -p "$copy/files/etc/security" "$copy/files/etc/systemd/system"
		echo '* hard memlock 1' >"$copy/files/etc/security/limits.conf"
		echo '[Service]' >"$copy/files/etc/systemd/system/x.service"
		echo "$name" >"$copy/files/proc/sys/kernel/hostname"
		sed -i "s/\"node\":\"lab\"/\"node\":\"$name\"/" "$copy/transcript.jsonl"
		redact
		diff <(vfiodiag --from "$copy" probe --all | sed 1d) <(vfiodiag --from "$archive" probe --all | sed 1d)
		tar -tf "$plain" | grep -q '/files/etc/security/limits.conf$'
		tar -tf "$plain" | grep -q '/files/etc/systemd/system/x.service$'
		[[ $(vfiodiag --from "$archive" check) == "Host host-1, kernel 6.1.0-"*"-amd64 (x86_64)"* ]]
	done
}

@test "what was redacted can be redacted again, compared and reported" {
	make_host
	redact
	vfiodiag collect -q --redact --from "$archive" -o "$archive.again"
	vfiodiag --from "$archive.again" probe --all >/dev/null
	run vfiodiag diff "$amd" "$archive"
	[ "$status" -eq 1 ]
	vfiodiag report "$archive" | grep -q 'Host host-1'
}

@test "without --redact nothing is replaced, and the manifest says so" {
	make_host
	vfiodiag collect -q --from "$copy" -o "$archive"
	zstd -dqfo "$plain" "$archive"
	tar -xOf "$plain" --wildcards '*/manifest.json' | jq -e '.redacted == null'
}

@test "what is collected here is redacted too" {
	local name
	name=$(cat /proc/sys/kernel/hostname)
	vfiodiag collect -q --redact -o "$archive"
	[[ $(vfiodiag --from "$archive" check) == "Host host-1, "* ]] || [ "$name" = localhost ]
}
