# SPDX-License-Identifier: GPL-2.0-or-later
# check --for unit:NAME and user:NAME where systemd runs as the first process: by the process, else by
# what systemd says, and nothing is loaded or started for it.

bats_require_minimum_version 1.5.0

# What is asked in the guest, and again here of its capture.
questions=(unit:running unit:rooted unit:shut unit:bounded unit:ambient unit:unloaded unit:ghost unit:no-such
	unit:thing.scope user:user user:idle user:qemu)

# unit NAME LINE…: a shell command that makes the unit file.
unit() {
	local name=$1
	shift
	printf 'printf "%%s\\n" [Service]'
	printf ' "%s"' "$@"
	printf ' >/etc/systemd/system/%s.service\n' "$name"
}

# One guest for all tests of this file.
setup_file() {
	load lib
	local -a setup script
	local question
	setup=(
		"$(unit running User=qemu SupplementaryGroups=kvm LimitMEMLOCK=64M:128M 'ExecStart=/bin/sh -c \"ulimit -S -l 2048; exec sleep 1000\"')"
		"$(unit rooted 'ExecStart=/bin/false')"
		"$(unit shut User=qemu Group=kvm 'SupplementaryGroups=36 no-such' LimitMEMLOCK=1G 'ExecStart=/bin/false')"
		"$(unit bounded 'CapabilityBoundingSet=~CAP_IPC_LOCK' LimitMEMLOCK=5M:7M 'ExecStart=/bin/false')"
		"$(unit ambient User=qemu 'AmbientCapabilities=CAP_KILL CAP_IPC_LOCK' 'ExecStart=/bin/false')"
		"$(unit unloaded User=qemu LimitMEMLOCK=9G 'ExecStart=/bin/false')"
		"$(unit session PAMName=lab User=user 'ExecStart=/bin/sleep 1000')"
		'mkdir /etc/systemd/system/shut.service.d && printf "[Service]\nLimitMEMLOCK=3G:4G\n" >/etc/systemd/system/shut.service.d/more.conf'
		# What others name stays loaded; "ghost" has no file.
		'printf "[Unit]\nAfter=rooted.service shut.service bounded.service ambient.service ghost.service\n" >/etc/systemd/system/keeper.target'
		'printf "user - memlock 65536\nidle - memlock 131072\nqemu - memlock 32\n" >/etc/security/limits.d/lab.conf'
		'systemctl daemon-reload && systemctl start keeper.target running session'
		'systemd-run -q --scope --uid=qemu --unit=thing sh -c "ulimit -l 4096; exec sleep 1000" &'
		'until grep -qx sleep /proc/$(head -n 1 /sys/fs/cgroup/system.slice/thing.scope/cgroup.procs)/comm; do sleep 1; done'
		'until loginctl --no-legend list-sessions | grep -q user; do sleep 1; done'
	)
	script=('mkdir /tmp/w && cd /tmp/w || exit 1'
		'loaded() { systemctl list-units --all --plain --no-legend --no-pager --full | cut -d" " -f1 | sort; }'
		'loaded >before')
	for question in "${questions[@]}"; do
		script+=("vfiodiag check --memory 1G --for $question --format json >$question.json; echo \$? >$question.status")
	done
	script+=("vfiodiag collect -q -o archive ${questions[*]/#/--for } 2>collected; echo \$? >collected.status"
		'loaded >after'
		# No library: what runs is seen all the same.
		'mkdir lib && echo none >lib/libsystemd.so.0'
		'for unit in running shut; do LD_LIBRARY_PATH=/tmp/w/lib vfiodiag check --memory 1G --for unit:$unit --format json >$unit.no-library; done'
		# A bus that takes connections and says nothing.
		'kill -STOP $(cat /run/dbus/pid 2>/dev/null || pidof dbus-daemon)'
		'for unit in running shut; do vfiodiag check --memory 1G --for unit:$unit --format json >$unit.wedged; done'
		'vfiodiag collect -q -o wedged.archive --for unit:shut 2>wedged.collected; echo $? >wedged.status'
		'rm /run/dbus/system_bus_socket; vfiodiag check --memory 1G --for unit:shut --format json >shut.no-bus'
		'rm -r lib; tar -c .')
	local -a options=()
	for question in "${setup[@]}"; do
		options+=(--setup "$question")
	done
	BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR
	lab --system --iommu intel "${options[@]}" \
		--wrap "sh -c $(printf "'%s'" "$(IFS=$'\n' && echo "${script[*]}")") sh" -- list
	[ "$status" -eq 0 ]
	mkdir "$BATS_FILE_TMPDIR/guest"
	tar -x -C "$BATS_FILE_TMPDIR/guest" <"$BATS_FILE_TMPDIR/out"
}

setup() {
	load lib
	guest=$BATS_FILE_TMPDIR/guest
	here=${VFIODIAG:-$(cd "$vm/../.." && pwd)/build/gcc/vfiodiag}
	export LC_ALL=C # as in the guest
}

# told FILE ID SEVERITY: the message of that finding.
told() {
	jq -r --arg id "$2" --arg severity "$3" \
		'.findings[] | select(.id == $id and .severity == $severity) | "\(.subject): \(.message)"' "$guest/$1"
}

# is FILE ID SEVERITY PATTERN: there is one such finding, and its text is that.
is() {
	local text
	text=$(told "$1" "$2" "$3")
	echo "$text"
	# shellcheck disable=SC2053 # a pattern
	[[ $text == $4 ]]
}

@test "a running unit has the limits of its process, not systemd's setting" {
	is unit:running.json memlock-too-small failure 'unit running.service: *limit is 2 MiB (/proc/*/limits)'
}

@test "a loaded unit that is not running has systemd's setting, drop-ins included" {
	is unit:shut.json memlock-enough ok 'unit shut.service: the locked memory limit is 3 GiB (its LimitMEMLOCK in systemd)'
	is unit:bounded.json memlock-too-small failure 'unit bounded.service: *limit is 5 MiB (its LimitMEMLOCK in systemd)'
	is unit:rooted.json memlock-enough ok '*CAP_IPC_LOCK, so *by systemd, which runs it as root?'
	is unit:ambient.json memlock-enough ok '*CAP_IPC_LOCK, so *by its AmbientCapabilities in systemd?'
	# As whom it opens nodes: root:root 0600.
	is unit:shut.json node-permission failure "*cannot be opened by unit shut.service*"
	is unit:rooted.json node-permission ok '*can be opened by unit rooted.service*'
}

@test "a unit that is not loaded is not known, and stays unloaded" {
	local name
	for name in unloaded ghost no-such; do
		is "unit:$name.json" memlock-unknown unmeasured "*not known: systemd has not loaded the unit*"
		[ "$(cat "$guest/unit:$name.status")" -ge 2 ]
	done
	diff "$guest/before" "$guest/after"
	grep -qx shut.service "$guest/after"
	absent '^unloaded.service' "$guest/after"
}

@test "a scope has what its processes have" {
	is unit:thing.scope.json memlock-too-small failure 'unit thing.scope: *limit is 4 MiB (/proc/*/limits)'
}

@test "a user has the limits of a session process, else those of pam_limits" {
	is user:user.json memlock-too-small failure 'user user: *the limit is 64 MiB (/proc/*/limits of sleep)'
	is user:idle.json memlock-too-small failure 'user idle: *limit is 128 MiB (/etc/security/limits.d/lab.conf)'
	is user:qemu.json memlock-too-small failure 'user qemu: *limit is 2 MiB (probably: /proc/*/limits of sleep, which is in no login session)'
}

@test "the archive says the same here" {
	local question
	[ "$(cat "$guest/collected.status")" -eq 0 ]
	for question in "${questions[@]}"; do
		diff -u --label "$question there" <(cat "$guest/$question.json" "$guest/$question.status" | without_time) \
			--label "$question here" <({
				ended=0
				"$here" --from "$guest/archive" check --memory 1G --for "$question" --format json || ended=$?
				echo $ended
			} | without_time)
	done
}

@test "a capture holds only the needed answers about units and processes, and no systemd file" {
	mkdir "$BATS_TEST_TMPDIR/archive"
	tar --zstd -x --strip-components 1 -C "$BATS_TEST_TMPDIR/archive" -f "$guest/archive"
	cd "$BATS_TEST_TMPDIR/archive"
	run find files -path '*systemd*' -type f
	[ -z "$output" ]
	cat files/proc/[0-9]*/status files/proc/[0-9]*/limits >lines
	grep -q '^Max locked memory ' lines
	run grep -vE '^(Max locked memory|Uid:|Gid:|Groups:|CapEff:)' lines
	[ "$status" -eq 1 ]
	jq -es 'any(.fact == "unit shut.service" and .memlock == "0xc0000000" and .user == "qemu" and .pid == 0)' transcript.jsonl
	jq -es 'any(.fact == "unit unloaded.service" and .errno == "ENOENT")' transcript.jsonl
}

@test "without libsystemd or D-Bus, running units are known and the rest is not" {
	local how
	for how in no-library wedged; do
		is "running.$how" memlock-too-small failure 'unit running.service: *limit is 2 MiB (/proc/*/limits)'
	done
	is shut.no-library memlock-unknown unmeasured '*libsystemd is not installed'
	is shut.wedged memlock-unknown unmeasured '*systemd did not answer in time'
	is shut.no-bus memlock-unknown unmeasured '*the system bus is not available'
	[ "$(cat "$guest/wedged.status")" -eq 0 ]
	run "$here" --from "$guest/wedged.archive" check --memory 1G --for unit:shut
	[[ $output == *"systemd did not answer in time"* ]]
}
