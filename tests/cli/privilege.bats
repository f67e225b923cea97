# SPDX-License-Identifier: GPL-2.0-or-later
# What a run may do, takes from its environment, and starts. docs/privilege.md has the table.
# Where these tests run as root, what root gives up is seen; as somebody else that nothing is gained.

setup() {
	load lib
	program=${VFIODIAG:-$top/build/gcc/vfiodiag}
	amd=$hosts/6.1-amd/capture
	log=$BATS_TEST_TMPDIR/log
	scratch=$BATS_TEST_TMPDIR
}

# commands: each command on this host, from a capture, and below a sysroot, a line each
commands() {
	cat <<-END
		list
		list -o +OVERRIDE
		check
		check --format json --all
		check --for user:root
		check --for unit:no-such-unit
		report -o $scratch/page
		collect -q -o $scratch/archive
		check -o $scratch/checked
		diff $amd
		explain no-iommu
		--from $amd list
		--from $amd check
		--from $amd probe --all
		--from $amd probe --all --sizes
		--from $amd mappings 1
		--from $hosts/6.1-amd-bench/capture bench --limit 20M 1
		--from $amd iova 1
		--from $amd iova 1 -o $scratch/space
		--from $amd fits --memory 4G 1
		--from $amd collect -q -o $scratch/archive2
		report $amd $amd -o $scratch/page2
		diff $amd $hosts/6.1-intel/capture
		--sysroot $amd/files list
		--sysroot $amd/files check
		--sysroot $amd/files report
	END
}

# traced WHAT ARG…: those system calls of a run, in $log. No status matters here.
traced() {
	local what=$1
	shift
	strace -f -e trace="$what" -o "$log" "$program" "$@" >/dev/null 2>&1 || [ $? -le 3 ]
	join_calls "$log"
}

# effective [N]: the N-th last set of capabilities that the run gave itself, as strace writes it; no reader's
effective() {
	local main
	main=$(head -n 1 "$log" | cut -d' ' -f1)
	grep "^$main " "$log" | sed -n 's/.*capset(.*effective=\([^,]*\), permitted=\([^,]*\), inheritable=0}) *= 0/\1 \2/p' |
		tail -n "${1:-1}" | head -n 1
}

# bats test_tags=strace
@test "no capability is effective while printing" {
	local command
	while read -r command; do
		# shellcheck disable=SC2086 # a command with its options
		traced capset,write $command
		echo "$command: $(effective)"
		case $command in
		# What somebody may need to write the file, and nothing else.
		*"-o $scratch"*) [[ $(effective) =~ ^(0|1<<CAP_DAC_OVERRIDE\|1<<CAP_FOWNER)" " ]] ;;
		# One capture after the other is read.
		*) [ "$(effective)" = "0 0" ] ;;
		esac
	done < <(commands | grep -v explain)
	for command in "explain no-iommu" version; do
		# shellcheck disable=SC2086
		traced capset $command
		[ "$(effective)" = "0 0" ]
	done
}

# bats test_tags=strace
@test "before a capture is read, all privileges but reading files are dropped" {
	local command last
	while read -r command; do
		# shellcheck disable=SC2086
		traced capset,openat,openat2,getdents64 $command
		last=$(grep -nE "open(at|at2)\(.*(${amd//\//\\/}|\"proc\"|\"sys)" "$log" | head -n 1 | cut -d: -f1)
		[ "$last" ]
		head -n "$last" "$log" >"$log.before"
		mv "$log.before" "$log"
		echo "$command: $(effective)"
		[[ $(effective) =~ ^(0|1<<CAP_DAC_READ_SEARCH)" " ]]
	done < <(commands | grep -E '^--(from|sysroot)')
}

# bats test_tags=strace
@test "a live run keeps what its command needs and nothing else" {
	[ "$(id -u)" -eq 0 ] || return 0
	traced capset list -o ADDRESS
	[[ $(effective 2) =~ ^1"<<"CAP_DAC_READ_SEARCH" " ]]
	local command used
	for command in list check "collect -q -o $scratch/archive" "report -o $scratch/page" "diff $amd"; do
		# shellcheck disable=SC2086 # a command with its options
		traced capset $command
		# The child that reads a capture is to become another user (sandbox.bats).
		used=$(sed -n 's/.*capset(.*effective=\([^,]*\),.*/\1/p' "$log" | grep -vx '1<<CAP_SETGID|1<<CAP_SETUID')
		echo "$command: $used"
		[[ $used =~ CAP_SYS_PTRACE ]]
		[[ ! $used =~ CAP_(IPC_LOCK|PERFMON|SYS_RAWIO|NET_ADMIN|SYS_MODULE|SETUID|CHOWN) ]]
	done
}

# bats test_tags=strace
@test "no_new_privs is set first, and root's bounding set is dropped" {
	traced prctl,openat,capset list
	grep -q 'prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) = 0' "$log"
	[ "$(id -u)" -ne 0 ] || grep -q 'prctl(PR_CAPBSET_DROP, CAP_SYS_MODULE) *= 0' "$log"
}

@test "check reports what its caller may do, not its own reduced privileges" {
	[ "$(id -u)" -eq 0 ] || return 0
	vfiodiag --record "$scratch/capture" check >/dev/null || [ $? -le 3 ]
	mine=$(sed -n 's/^CapEff:\t0*\(.*\)/0x\1/p' /proc/self/status)
	[ "$(jq -r 'select(.fact == "process") | .capabilities' "$scratch/capture/transcript.jsonl")" = "$mine" ]
}

@test "the output is the same without any capability to drop" {
	local command
	for command in "list --json" "check --format json --all"; do
		# shellcheck disable=SC2086
		vfiodiag --from "$amd" $command >"$scratch/with" || [ $? -le 3 ]
		# shellcheck disable=SC2086
		setpriv --bounding-set -all --inh-caps -all ${VFIODIAG_UNDER:-} "$program" --from "$amd" $command \
			>"$scratch/without" || [ $? -le 3 ]
		cmp "$scratch/with" "$scratch/without"
	done
}

@test "root reads captures and writes files of others, as before" {
	[ "$(id -u)" -eq 0 ] || return 0
	mkdir "$scratch/others"
	cp -r "$amd" "$scratch/others/capture"
	chown -R 65534:65534 "$scratch/others"
	chmod -R go= "$scratch/others"
	chmod 755 "$scratch"
	vfiodiag --from "$scratch/others/capture" list >/dev/null
	vfiodiag --sysroot "$scratch/others/capture/files" list | grep -q 0000:00:04.0
	vfiodiag diff "$scratch/others/capture" "$scratch/others/capture"
	vfiodiag report "$scratch/others/capture" "$scratch/others/capture" -o "$scratch/others/page.html"
	vfiodiag collect -q --from "$scratch/others/capture" -o "$scratch/others/archive"
	vfiodiag --record "$scratch/others/recorded" list >/dev/null
	[ -s "$scratch/others/page.html" ]
	[ -s "$scratch/others/archive" ]
	[ -s "$scratch/others/recorded/transcript.jsonl" ]
}

# bats test_tags=strace
@test "no program is executed; captures are read by one child, live hosts by readers that end before it prints" {
	local command main reader children
	while read -r command; do
		# shellcheck disable=SC2086
		traced process,capset,prctl,write,kill,setsid $command
		echo "$command: $(grep -cE 'exec|fork|clone' "$log")"
		[ "$(grep -c 'exec' "$log")" -eq 1 ]
		children=$(grep -cE '(fork|clone[3]?)\(' "$log") || true
		case $command in
		--from* | "report $amd"* | "diff $amd "*)
			[ "$children" -eq 1 ]
			continue
			;;
		--sysroot* | explain*)
			[ "$children" -eq 0 ]
			continue
			;;
		esac
		main=$(head -n 1 "$log" | cut -d' ' -f1)
		while read -r reader; do
			# It gives up rights before it reads, and can't be looked into or outlive the run.
			grep -q "^$reader .*capset" "$log"
			grep -qE "^$reader .*PR_SET_DUMPABLE, (0|SUID_DUMP_DISABLE)" "$log"
			grep -q "^$reader .*PR_SET_PDEATHSIG, SIGKILL" "$log"
			absent "^$reader .*(CAP_IPC_LOCK|CAP_FOWNER|CAP_PERFMON)" "$log"
			# The run ends it, and waits for that.
			grep -q "^$main *kill($reader, SIGKILL" "$log"
			grep -q "^$main *wait4($reader, " "$log"
			# The child that reads a capture, in a session of its own, is none of them (tests/cli/sandbox.bats).
		done < <(grep -oE '^[0-9]+' "$log" | sort -u | grep -vxF -e "$main" -f <(sed -n 's/^\([0-9]*\) .*setsid().*/\1/p' "$log"))
		# Behind the first line of what is printed there is none any more.
		absent '(fork|clone[3]?)\(' <(sed '1,/^'"$main"' *write(1,/d' "$log")
	done < <(commands)
}

# hostile_environment: all variables by which glibc and the libraries read files, write them or load code
hostile_environment() {
	local folder=$1 name
	for name in HOME XDG_CONFIG_HOME XDG_CACHE_HOME XDG_RUNTIME_DIR TMPDIR TMP TEMP TRACEEVENT_PLUGIN_DIR ICU_DATA \
		ICU_TIMEZONE_FILES_DIR OPENSSL_CONF OPENSSL_MODULES OPENSSL_ENGINES SSL_CERT_FILE SSL_CERT_DIR RANDFILE \
		CTLOG_FILE XML_CATALOG_FILES SGML_CATALOG_FILES NLSPATH NLSYSCONFDIR LOCPATH LOCALDOMAIN HOSTALIASES \
		RES_OPTIONS LANGUAGE TZ TZDIR GETCONF_DIR KMOD_CONFIG MODPROBE_OPTIONS PCIUTILS_IDS SYSTEMD_HWDB \
		UDEV_HWDB_BIN SYSTEMD_LOG_LEVEL SYSTEMD_LOG_TARGET SYSTEMD_BUS_TIMEOUT DBUS_SESSION_BUS_ADDRESS MALLOC_TRACE TAR TAR_OPTIONS ARGP_HELP_FMT POSIXLY_CORRECT LIBSMARTCOLS_DEBUG; do
		echo "$name=$folder"
	done
	echo "LIBSMARTCOLS_DEBUG_PADDING=on"
	echo "DBUS_SYSTEM_BUS_ADDRESS=unix:path=$folder/bus"
	echo "NETTLE_FAT_VERBOSE=1"
}

# bats test_tags=strace
@test "no environment variable opens a file or changes the output" {
	local -a hostile
	local command
	mkdir -p "$scratch/trap/en_XX/LC_MESSAGES"
	mapfile -t hostile < <(hostile_environment "$scratch/trap")
	while read -r command; do
		# shellcheck disable=SC2086
		env -i PATH="$PATH" LC_ALL=C.UTF-8 "$program" $command >"$scratch/plain" 2>/dev/null || [ $? -le 3 ]
		# shellcheck disable=SC2086
		env -i PATH="$PATH" LC_ALL=C.UTF-8 "${hostile[@]}" strace -f -e trace=%file,connect -o "$log" \
			"$program" $command >"$scratch/hostile" 2>/dev/null || [ $? -le 3 ]
		echo "$command"
		absent "$scratch/trap" <(grep -v execve "$log")
		case $command in
		*collect* | *report* | diff*) ;; # they have the time in them
		*) diff <(without_time <"$scratch/plain") <(without_time <"$scratch/hostile") ;;
		esac
	done < <(commands)
}

# bats test_tags=strace
@test "the tests above would detect a variable that leads to a file" {
	mkdir "$scratch/trap"
	env HOME="$scratch/trap" strace -f -e trace=%file -o "$log" bash -c 'cat ~/x' 2>/dev/null || true
	run absent "$scratch/trap" <(grep -v execve "$log")
	[ "$status" -eq 1 ]
	strace -f -e trace=process -o "$log" bash -c 'true; (true)'
	run absent '(fork|clone[3]?)\(' "$log"
	[ "$status" -eq 1 ]
}

@test "locale variables are honoured" {
	run env -i NO_COLOR=1 LC_ALL=C.UTF-8 COLUMNS=60 "$program" --from "$amd" list
	[ "$status" -eq 0 ]
}

@test "an ordinary user gets the same from a capture, and an answer on a host" {
	[ "$(id -u)" -eq 0 ] || return 0
	# The build may stand where only root may look.
	install -m 755 "$program" "$scratch/vfiodiag"
	chmod 755 "$scratch" "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" 2>/dev/null || true
	local -a user=(setpriv --reuid=65534 --regid=65534 --clear-groups "$scratch/vfiodiag")
	vfiodiag collect -q --from "$amd" -o - | "${user[@]}" --from - check --all --format json >"$scratch/theirs" ||
		[ $? -le 2 ]
	vfiodiag --from "$amd" check --all --format json >"$scratch/mine" || [ $? -le 2 ]
	cmp "$scratch/mine" "$scratch/theirs"
	run "${user[@]}" check -v
	echo "$output"
	[ "$status" -le 3 ]
}
