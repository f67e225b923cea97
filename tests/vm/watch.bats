# SPDX-License-Identifier: GPL-2.0-or-later
# vfiodiag watch on a real kernel: what it says while things happen.

setup() {
	load lib
	# shellcheck disable=SC2054 # commas of QEMU's
	card=(--module e1000e --qemu-arg -netdev --qemu-arg user,id=net,restrict=on
		--qemu-arg -device --qemu-arg e1000e,netdev=net,addr=6)
}

# watched SCRIPT LAB-OPTION… -- ARG…: what the guest's watch says while SCRIPT runs, up to SIGTERM.
# $watch in SCRIPT is its process. SCRIPT begins when the first line is there, and waits for what it
# says with "await N PATTERN": until N of its lines match. How quick the guest is does not matter. The
# program runs under the command $under.
watched() {
	local script=$1
	shift
	lab --setup "cat >/tmp/script <<'END'
await() {
	until [ \$(grep -cE \"\$2\" /tmp/said) -ge \$1 ]; do usleep 50000; done
}
: >>/tmp/said
await 1 .
$script
END" --wrap "sh -c '${under:-} \"\$@\" >>/tmp/said & watch=\$!; . /tmp/script; kill -TERM \$watch; wait \$watch; status=\$?; cat /tmp/said; exit \$status' sh" "$@"
}

# said JQ-FILTER: true of the list of all lines.
said() {
	if ! jq -s -e "$1" <<<"$output" >/dev/null; then
		echo "not said: $1"
		return 1
	fi
}

events='map(select(.finding) | "\(.event) \(.finding.id)")'

@test "a device is unbound, bound, removed and rescanned" {
	watched '
		device=/sys/bus/pci/devices/0000:00:06.0
		ip link set eth0 up; ip addr add 192.0.2.7/24 dev eth0
		await 1 "appeared.*in-use-network"
		echo 0000:00:06.0 >$device/driver/unbind
		await 1 "appeared.*group-not-bound"
		echo vfio-pci >$device/driver_override; echo 0000:00:06.0 >/sys/bus/pci/drivers_probe
		await 1 "verdict.:.ready"
		echo 1 >$device/remove
		await 1 "appeared.*subject-gone"
		echo 1 >/sys/bus/pci/rescan
		await 2 "appeared.*group-not-viable"' "${card[@]}" -- watch 00:06.0 --format json
	[ "$status" -eq 0 ]
	said 'map(.schema == "vfiodiag/1" and (.time | test("Z$"))) | all'
	said "$events | index(\"appeared in-use-network\") < index(\"cleared in-use-network\")"
	said "$events | index(\"cleared group-not-viable\") < index(\"appeared group-not-bound\")"
	said "$events | index(\"appeared subject-gone\") < index(\"cleared subject-gone\")"
	# It came back without its driver_override, so the host's driver took it.
	said "$events | index(\"cleared subject-gone\") < rindex(\"appeared group-not-viable\")"
	said 'map(select(.event == "verdict") | .verdict) | .[0:3] == ["not-ready", "ready", "not-ready"]'
	said 'map(select(.event == "lost")) == []'
}

@test "a card is removed from a hot-plug slot" {
	watched 'echo 0 >/sys/bus/pci/slots/7/power; await 1 "appeared.*subject-gone"' --bind 1234:11e8 \
		--qemu-arg -global --qemu-arg ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off \
		--qemu-arg -device --qemu-arg pcie-root-port,id=rp,chassis=1,slot=7 \
		--qemu-arg -device --qemu-arg edu,bus=rp -- watch 01:00.0 --format json
	[ "$status" -eq 0 ]
	said 'map(select(.event == "verdict") | .verdict) == ["ready", "not-ready"]'
	said "$events | contains([\"appeared subject-gone\"])"
}

@test "lost events are reported, and everything is read again" {
	watched 'kill -STOP $watch
		i=0
		while [ $i -lt 12000 ]; do echo change >/sys/class/mem/null/uevent; i=$((i + 1)); done
		echo 1 >/sys/bus/pci/devices/0000:00:04.0/remove
		kill -CONT $watch
		await 1 "appeared.*subject-gone"' -- watch 00:04.0 --format json
	[ "$status" -eq 0 ]
	said 'map(.event) | index("lost")'
	said "$events | contains([\"appeared subject-gone\"])"
}

@test "it runs on without growing" {
	unset VFIODIAG_JSON_LOG # the last line is not the program's
	watched 'size() { sed -n "s/^Anonymous:[^0-9]*\([0-9]*\).*/\1/p" /proc/$watch/smaps_rollup; }
		n=0
		turn() {
			for i in 1 2 3 4 5 6 7 8 9 10; do
				n=$((n + 1))
				echo 1 >/sys/bus/pci/devices/0000:00:04.0/remove
				await $n "appeared.*subject-gone"
				echo 1 >/sys/bus/pci/rescan
				await $n "cleared.*subject-gone"
			done
			sizes=$sizes,$(size)
		}
		turn; turn; turn; turn; turn
		files=$(ls /proc/$watch/fd | wc -l)
		echo "{\"sizes\":[${sizes#,}],\"files\":$files}" >>/tmp/said' -- watch 00:04.0 --format json
	[ "$status" -eq 0 ]
	# KiB, counted page by page: the sums in "status" are some dozen pages late. What is lost in each
	# round makes it grow in each turn of ten; a library that is loaded late, in one.
	said 'map(select(.sizes))[0].sizes | length == 5 and ([.[1:], .[:4]] | transpose | map(.[0] - .[1]) | min < 16)'
	said 'map(select(.sizes))[0].files < 12'
}

@test "no group is opened, and nothing but the container for writing" {
	# What it prints here is strace's log.
	unset VFIODIAG_JSON_LOG
	under='strace -o /tmp/log' watched '
		echo 1 >/sys/bus/pci/devices/0000:00:04.0/remove
		await 1 "appeared.*subject-gone"
		echo 1 >/sys/bus/pci/rescan
		await 1 "cleared.*subject-gone"
		kill -TERM $(pidof vfiodiag); wait $watch; cat /tmp/log >/tmp/said' -- watch 00:04.0 --format json
	[[ $output == *recvmsg* ]]
	# The container's node is asked for its version, as check does; a group's node is only looked at.
	grep -v '"/dev/vfio/vfio"' <<<"$output" >"$BATS_TEST_TMPDIR/others"
	absent 'open.*(O_RDWR|O_WRONLY|O_CREAT)' "$BATS_TEST_TMPDIR/others"
	absent 'open.*"/dev/vfio/[0-9]' "$BATS_TEST_TMPDIR/others"
}

@test "it ends when its reader closes the pipe" {
	lab --wrap "sh -c '(\"\$@\"; echo status \$? >/tmp/status) | { head -n 1; exec </dev/null; echo 1 >/sys/bus/pci/devices/0000:00:04.0/remove; }; cat /tmp/status' sh" \
		-- watch
	[[ $output == *"status 3"* ]]
}
