# SPDX-License-Identifier: GPL-2.0-or-later
# Hosts that do not answer: a file, netlink or the user database keeps its reader waiting for ever.
#
# A recorded host lies over /sys in a mount namespace, and pipes that nobody writes to over its files: whoever
# opens one waits. That a run ends is what is tested, and what it says; the limit of timeout(1) is far from what
# any machine takes. docs/hostile.md has the table.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	program=${VFIODIAG:-$top/build/gcc/vfiodiag}
	scratch=$BATS_TEST_TMPDIR
	export program scratch
	mkfifo "$scratch/pipe"
}

# on_host HOST SCRIPT: as root of a mount namespace, with the files of HOST over /sys; and with what it has of its own
on_host() {
	local -a user=()
	[ "$(id -u)" -eq 0 ] || user=(--map-root-user)
	# shellcheck disable=SC2016 # expanded inside
	unshare "${user[@]}" --mount bash -euc '
		mkdir -p "$scratch/host"
		mount -t tmpfs tmpfs "$scratch/host"
		cp -r "$1/sys" "$scratch/host/"
		mount --bind "$scratch/host/sys" /sys
		wedge() { mount --bind "$scratch/pipe" "$1"; }
		run() { timeout --kill-after=10 300 "$program" "$@"; }
		eval "$2"' on_host "$hosts/$1/capture/files" "$2"
}

device=/sys/devices/pci0000:00/0000:00:1f.2

@test "a device that does not answer loses only its own cells, and is named" {
	run --separate-stderr on_host 6.1-amd "wedge $device/uevent; run list --raw -o ADDRESS,ID"
	echo "$output $stderr"
	[ "$status" -eq 0 ]
	[[ $stderr == *"cannot read $device"*": did not answer within 2 s"* ]]
	grep -qx '0000:00:04.0 1234:11e8' <<<"$output"
	grep -q '^0000:00:1f.2' <<<"$output"
}

@test "a check of a device that does not answer: not measured" {
	local file
	for file in uevent config; do
		run --separate-stderr on_host 6.1-amd "wedge $device/$file; run check --format json"
		echo "$file: $status"
		[ "$status" -eq 2 ] || [ "$status" -eq 3 ]
		jq -e --arg device "$device" '[.. | objects | select(.severity? == "unmeasured") | .message] |
			any(contains($device) and contains("did not answer within 2 s"))' <<<"$output"
	done
}

@test "regions and type of a group that does not answer are not known, and nothing else is" {
	local group=/sys/kernel/iommu_groups/1
	run --separate-stderr on_host 6.1-amd "wedge $group/type; wedge $group/reserved_regions; run list --json -o +TYPE"
	echo "$output $stderr"
	[[ $stderr == *"cannot read $group/reserved_regions: did not answer within 2 s"* ]]
	[[ $stderr == *"cannot read $group/type: did not answer within 2 s"* ]]
	jq -e '[.. | .address? // empty] | index("0000:00:04.0")' <<<"$output"
	run on_host 6.1-amd "wedge $group/reserved_regions; run iova 1"
	echo "$output"
	[ "$status" -eq 3 ]
	[[ $output == *"did not answer within 2 s"* ]]
	run on_host 6.1-amd "wedge $group/reserved_regions; run fits --memory 4G 1"
	echo "$output"
	[ "$status" -eq 3 ]
	[[ $output == *"did not answer within 2 s"* ]]
}

# asked: the files below /sys and /proc that a run of everything reads here, from its own recording
# shellcheck disable=SC2016 # expanded inside
asked='
	run --record "$scratch/asked" check --all --for user:root >/dev/null || [ $? -le 3 ]
	cd "$scratch/asked/files"
	find sys proc -type f -size +0 | grep -v "^proc/self/" | sed "s,^,/," >"$scratch/files"
	cd /
	rm -rf "$scratch/asked"
	[ "$(grep -c "^/sys" "$scratch/files")" -ge 20 ]
	while read -r file; do wedge "$file"; done <"$scratch/files"'

@test "if nothing answers, every command that reads ends and says so" {
	local command
	for command in list check "collect -q -o $scratch/archive" "report -o $scratch/page" "iova 1" \
		"fits --memory 4G 1" "diff $hosts/6.1-amd/capture" "probe --all"; do
		run on_host 6.1-amd "$asked; run $command"
		echo "$command: $status"
		echo "$output" | head -n 30
		[ "$status" -le 3 ]
		case $command in
		collect*) zstd -dqc "$scratch/archive" | tar -xO --wildcards '*/manifest.json' |
			jq -e '[.not_read[]] | index("ETIMEDOUT")' ;;
		report*) grep -q "did not answer within 2 s" "$scratch/page" ;;
		*) [[ $output == *"did not answer within 2 s"* ]] ;;
		esac
	done
}

@test "each file of a kind that waits is asked by another process, with nothing mounted over it too" {
	# shellcheck disable=SC2016 # expanded inside
	on_host 6.1-amd 'mkdir -p /sys/class/block /sys/devices/virtual/block/loop0
		echo 7:0 >/sys/devices/virtual/block/loop0/dev
		ln -sf ../../devices/virtual/block/loop0 /sys/class/block/loop0
		strace -f -o "$scratch/log" "$program" check --all --format json >/dev/null 2>&1 || [ $? -le 3 ]'
	local main file
	join_calls "$scratch/log"
	main=$(head -n 1 "$scratch/log" | cut -d' ' -f1)
	for file in uevent config type reserved_regions 'parameters/[a-z_]*' self/mountinfo swaps; do
		echo "$file"
		grep -qE "open(at|at2)\(.*[/\"]$file\"" "$scratch/log"
		absent "^$main .*open(at|at2)\(.*[/\"]$file\"" "$scratch/log"
	done
	absent "^$main .*(sendmsg|recvmsg)\(" "$scratch/log"
	grep -q 'recvmsg(.*nlmsg' "$scratch/log"
}

@test "a file that hides another one is not taken for its content" {
	run on_host 6.1-amd "mount --bind /dev/null $device/uevent; run list"
	echo "$output"
	[[ $output == *"cannot read $device: "* ]]
	# What is a file is read, whoever put it there.
	run on_host 6.1-amd "cp $device/uevent \"\$scratch/other\"; mount --bind \"\$scratch/other\" $device/uevent; run list"
	echo "$output"
	[[ $output != *"cannot read"* ]]
}

@test "a directory mounted over another is listed" {
	# shellcheck disable=SC2016 # expanded inside
	run --separate-stderr on_host 6.1-amd '
		cp -r /sys/kernel/iommu_groups "$scratch/host/groups"
		mount --bind "$scratch/host/groups" /sys/kernel/iommu_groups
		run list --raw -o GROUP,ADDRESS'
	echo "$output"
	[ "$status" -eq 0 ]
	grep -qx '1 0000:00:04.0' <<<"$output"
}

@test "an abandoned reader does not stay" {
	# All that is left of a namespace of processes is its first one and pgrep.
	on_host 6.1-amd "wedge $device/uevent
		unshare --pid --fork --mount-proc bash -c '
			timeout 300 \"\$program\" list >/dev/null 2>&1
			while pgrep -f \"^\$program\" >/dev/null; do sleep 0.1; done'"
}

# Its reader is stopped where it would receive, like one that waits for a lock of the kernel.
# bats test_tags=strace
@test "netlink that does not answer: the use of interfaces is not known" {
	# shellcheck disable=SC2016 # expanded inside
	run --separate-stderr on_host 6.1-amd 'timeout --kill-after=10 300 strace -f -o /dev/null -e trace=recvmsg -e inject=recvmsg:signal=STOP \
		"$program" check --format json 2>/dev/null'
	jq -e '[.. | strings] | any(startswith("netlink"))' <<<"$output"
	[ "$status" -eq 2 ] || [ "$status" -eq 3 ]
}

@test "a user database that does not answer" {
	cat >"$scratch/nss.c" <<-'END'
		#include <nss.h>
		#include <pwd.h>
		#include <unistd.h>
		enum nss_status _nss_wedged_getpwnam_r(const char *name, struct passwd *entry, char *buffer, size_t size, int *error)
		{ for (;;) pause(); }
		enum nss_status _nss_wedged_getpwuid_r(uid_t uid, struct passwd *entry, char *buffer, size_t size, int *error)
		{ for (;;) pause(); }
	END
	"${CC:-cc}" -shared -fPIC -o "$scratch/libnss_wedged.so.2" "$scratch/nss.c"
	printf 'passwd: wedged\ngroup: files\n' >"$scratch/nsswitch.conf"
	local command
	for command in "check --for user:nobody" "fits --memory 4G --for user:nobody 1"; do
		run on_host 6.1-amd "mount --bind \"\$scratch/nsswitch.conf\" /etc/nsswitch.conf
			LD_LIBRARY_PATH=\$scratch run $command"
		echo "$output"
		[ "$status" -eq 2 ] || [ "$status" -eq 3 ]
		[[ $output == *"did not answer within 2 s"* ]]
	done
}
