# SPDX-License-Identifier: GPL-2.0-or-later
# share/systemd: the units as systemd reads them, and what the service runs. No systemd runs here.

setup() {
	load lib
	service=$share/systemd/vfiodiag-textfile.service
	timer=$share/systemd/vfiodiag-textfile.timer
	textfile=$work/textfile/vfiodiag.prom
	mkdir "$work/textfile" "$work/units"
}

# setting NAME: its value in the service
setting() {
	sed -n "s/^$1=//p" "$service"
}

# start [WRAPPER…]: what the service starts, into a folder of the test's own
start() {
	local command
	command=$(setting ExecStart)
	# shellcheck disable=SC2086 # words
	(
		umask "$(setting UMask)"
		PATH=$work/bin:$PATH
		exec "$@" ${command//\/var\/lib\/prometheus\/node-exporter/$work/textfile}
	)
}

# service_status STATUS: "done" or "failed", as systemd takes it
service_status() {
	case " 0 $(setting SuccessExitStatus) " in
	*" $1 "*) echo "done" ;;
	*) echo failed ;;
	esac
}

# units: both, with the program where it is
units() {
	sed "s|^ExecStart=vfiodiag|ExecStart=$program|" "$service" >"$work/units/${service##*/}"
	cp "$timer" "$work/units"
}

@test "systemd takes the units" {
	units
	systemd-analyze verify --man=no "$work"/units/* 2>&1 | tee "$work/said"
	[ ! -s "$work/said" ]

	# And says what it does not know.
	sed -i 's/^ProtectSystem/ProtectSystems/' "$work/units/${service##*/}"
	run systemd-analyze verify --man=no "$work/units/${service##*/}"
	[[ $output == *ProtectSystems* ]]
}

@test "the service is confined" {
	units
	systemd-analyze security --offline=true --threshold=30 "$work/units/${service##*/}"
	run systemd-analyze security --offline=true --threshold=20 "$work/units/${service##*/}"
	[ "$status" -ne 0 ]
}

@test "the service writes a file that the exporter may read, whatever is said of the host" {
	local host status
	for host in 6.1-amd blocked; do
		status=0
		stand_in "$host"
		start || status=$?
		[ "$(service_status $status)" = "done" ]
		promtool check metrics <"$textfile"
		grep -x "vfiodiag_check_status $status" "$textfile"
		[ "$(stat -c %a "$textfile")" = 644 ]
		[ "$(ls -A "$work/textfile")" = vfiodiag.prom ]
	done
}

@test "a file that could not be written is a failure, and the old one is whole" {
	local status=0
	stand_in blocked
	start || [ $? -eq 2 ]
	cp "$textfile" "$work/before"

	# As a full disk: writing fails after the first block.
	(trap '' XFSZ && ulimit -f 1 && start) 2>"$work/said" || status=$?
	cat "$work/said"
	[ "$(wc -c <"$work/before")" -gt 1024 ]
	[ "$(service_status $status)" = failed ]
	grep -F "vfiodiag.prom': " "$work/said"
	cmp "$work/before" "$textfile"
	[ "$(ls -A "$work/textfile")" = vfiodiag.prom ]

	rm -r "$work/textfile"
	status=0
	start || status=$?
	[ "$(service_status $status)" = failed ]
}

# bats test_tags=strace
@test "killed at any step of writing, the old file is whole or the new one is" {
	local step
	stand_in blocked
	start || [ $? -eq 2 ]
	cp "$textfile" "$work/before"
	stand_in 6.1-amd
	start
	cp "$textfile" "$work/after"
	for step in fchmod fsync linkat renameat; do
		cp "$work/before" "$textfile"
		run start strace -f -qq -o "$work/trace" -e "inject=$step:signal=KILL"
		grep -q "^[0-9]* *$step(" "$work/trace"
		cmp "$work/before" "$textfile" || cmp "$work/after" "$textfile"
		# The exporter reads *.prom, and no name that begins with a dot is one.
		[ "$(cd "$work/textfile" && echo ./*.prom)" = ./vfiodiag.prom ]
		rm -f "$work"/textfile/.vfiodiag-*
	done
	[ "$(ls -A "$work/textfile")" = vfiodiag.prom ]
}

# calls_of SET: the system calls in a set of systemd's
calls_of() {
	local word
	for word in $(systemd-analyze syscall-filter "$1" | sed '1d; s/#.*//'); do
		case $word in
		@*) calls_of "$word" ;;
		*) echo "$word" ;;
		esac
	done
}

# bats test_tags=strace
@test "on this host it makes no system call that the service forbids" {
	mkdir "$work/bin"
	ln -s "$program" "$work/bin/vfiodiag"
	start strace -f -qq -o "$work/trace" || [ $? -le 3 ]
	sed -n 's/^[0-9]* *\([a-z0-9_]*\)(.*/\1/p' "$work/trace" | sort -u >"$work/made"
	for word in $(setting SystemCallFilter); do
		calls_of "$word"
	done | sort -u >"$work/allowed"
	[ "$(wc -l <"$work/made")" -gt 10 ]
	run comm -23 "$work/made" "$work/allowed"
	echo "made, and not allowed: $output"
	[ -z "$output" ]
	# Nor a socket of another family.
	grep -oE 'socket\(AF_[A-Z0-9_]+' "$work/trace" | sort -u >"$work/sockets"
	[ -s "$work/sockets" ]
	run comm -13 <(setting RestrictAddressFamilies | tr ' ' '\n' | sed 's/^/socket(/' | sort) "$work/sockets"
	[ -z "$output" ]
}

@test "on this host it says the same with the capabilities of the service as with all, but for a note" {
	local capability
	local -a bounds=()
	[ "$(id -u)" -eq 0 ] || skip "only root has capabilities to lose"
	for capability in $(setting CapabilityBoundingSet); do
		capability=${capability#CAP_}
		bounds+=("+${capability,,}")
	done
	mkdir "$work/bin"
	ln -s "$program" "$work/bin/vfiodiag"
	start || [ $? -le 3 ]
	cp "$textfile" "$work/all"
	start setpriv --no-new-privs --inh-caps=-all "--bounding-set=-all$(printf ',%s' "${bounds[@]}")" || [ $? -le 3 ]
	# But for the note that it has not all rights of root.
	grep -x 'vfiodiag_finding{id="unprivileged",severity="note"} 1' "$textfile"
	diff <(grep -v '"note"' "$work/all") <(grep -v '"note"' "$textfile")
}
