# SPDX-License-Identifier: GPL-2.0-or-later
# A capture is read by a child without rights, and what ends the child ends one capture (docs/privilege.md).
# tests/planted/planted.c is the program with a fault in it, for captures whose host is called planted-….

# Each test has variables of its own.
# shellcheck disable=SC2030,SC2031
bats_require_minimum_version 1.5.0

setup() {
	load lib
	program=${VFIODIAG:-$top/build/gcc/vfiodiag}
	planted=$(realpath "$(dirname "$program")/tests/planted/planted")
	program=$(realpath "$program")
	amd=$hosts/6.1-amd/capture
	blocked=$hosts/blocked/capture
	archive=$top/tests/archives/0.1.0.tar.zst
	cd "$BATS_TEST_TMPDIR" || return
	log=$BATS_TEST_TMPDIR/log
}

# plant NAME: a capture in a folder of that name, of a host where the program goes wrong so.
plant() {
	cp -r "$amd" "$1"
	echo "planted-$1" >"$1/files/proc/sys/kernel/hostname"
}

# commands: each command that reads captures, a line each.
commands() {
	cat <<-END
		--from $archive list
		--from $amd list --json
		--from $archive check --all --format json
		--from $amd check --format prometheus
		--from $amd --from $archive check
		--from $amd probe --all
		--from $hosts/6.1-amd-bench/capture bench --limit 20M 1
		--from $archive iova 1
		--from $amd fits --memory 4G 1
		--from $archive collect -q -o -
		--from $amd collect -q --redact -o -
		report $archive $amd
		diff $archive $amd
	END
}

# children: the system calls of all children, one child behind the other, from $log of strace -f.
children() {
	join_calls "$log"
	awk 'NR == 1 { parent = $1 } $1 != parent' "$log" | sort -s -k 1,1
}

# confined: of those, what a child does once it has given everything up.
confined() {
	children | awk '$2 ~ /^seccomp\(/ { inside[$1] = 1; next } inside[$1]'
}

@test "a call that another process splits in the log of strace is one line again" {
	cat >"$log" <<-'END'
		7     execve("/x", ["x"], 0x7ffe) = 0
		7     clone(child_stack=NULL, flags=SIGCHLD) = 12
		12    seccomp(SECCOMP_SET_MODE_FILTER, 0, {len=9, filter=0x55} <unfinished ...>
		7     read(3,  <unfinished ...>
		12    <... seccomp resumed>)            = 0
		12    capset({version=3, pid=0}, {effective=0} <unfinished ...>
		7     <... read resumed>"a <... read resumed>) = 1", 4096) = 4
		12    <... capset resumed>) = -1 EPERM (Operation not permitted)
		9     <... wait4 resumed>NULL, 0, NULL) = 9
		12    exit_group(0)                     = ?
		12    +++ exited with 0 +++
		7     poll([{fd=3}], 1, 1000 <unfinished ...>
	END
	join_calls "$log"
	diff - "$log" <<-'END'
		7     execve("/x", ["x"], 0x7ffe) = 0
		7     clone(child_stack=NULL, flags=SIGCHLD) = 12
		12    seccomp(SECCOMP_SET_MODE_FILTER, 0, {len=9, filter=0x55}) = 0
		7     read(3, "a <... read resumed>) = 1", 4096) = 4
		12    capset({version=3, pid=0}, {effective=0}) = -1 EPERM (Operation not permitted)
		9     <... wait4 resumed>NULL, 0, NULL) = 9
		12    exit_group(0)                     = ?
		12    +++ exited with 0 +++
		7     poll([{fd=3}], 1, 1000 <unfinished ...>
	END
}

# bats test_tags=strace
@test "the child opens no file and starts no process, whatever the command" {
	local command
	while read -r command; do
		echo "$command"
		# shellcheck disable=SC2086 # a command with its options
		strace -f -o "$log" "$program" $command >out 2>err || [ $? -le 3 ]
		[ "$(children | grep -c ' seccomp(.*) = 0')" -ge 1 ]
		children >calls
		absent '^[0-9]+ +(open|openat|openat2|creat|socket|connect|execve|execveat|clone3?|fork|vfork|ptrace|kill)\(' calls
	done < <(commands)
}

# bats test_tags=strace
@test "the filter allows everything that is needed, in other locales too" {
	local command locale
	for locale in C.UTF-8 C POSIX; do
		while read -r command; do
			echo "$locale $command"
			# shellcheck disable=SC2086
			LC_ALL=$locale strace -f -o "$log" "$program" $command >out 2>err || [ $? -le 3 ]
			confined >calls
			grep -q 'exit_group(' calls
			absent 'EPERM|SIGSYS' calls
		done < <(commands)
	done
}

# bats test_tags=strace
@test "one child for each capture of a fleet, and one for a page" {
	strace -f -o "$log" "$program" check --from "$amd" --from "$blocked" --from "$archive" >out || [ $? -eq 2 ]
	[ "$(children | grep -c ' seccomp(.*) = 0')" -eq 3 ]
	strace -f -o "$log" "$program" report "$amd" "$blocked" "$archive" >out
	[ "$(children | grep -c ' seccomp(.*) = 0')" -eq 1 ]
}

# wait_for COMMAND…: until it succeeds.
wait_for() {
	local turn
	for ((turn = 0; turn < 600; turn++)); do
		! "$@" || return 0
		sleep 0.1
	done
	return 1
}

child_of() {
	child=$(pgrep -P "$1")
}

is_confined() {
	grep -q '^Seccomp:[[:space:]]*2' "/proc/$1/status" 2>/dev/null
}

# gone PID: it has ended, whoever is to take notice of that.
gone() {
	[ ! -e "/proc/$1" ] || grep -q '^State:[[:space:]]*Z' "/proc/$1/status"
}

# waiting ARG…: a run that reads from a pipe; its $parent and $child.
waiting() {
	mkfifo pipe
	sleep 1000 >pipe 3>&- &
	writer=$!
	local -a with_groups=()
	[ "$(id -u)" -ne 0 ] || with_groups=(setpriv --groups "4,24")
	# What the shell starts behind its back ignores the keyboard's signals, below nohup SIGHUP too.
	SECRET=hunter2 "${with_groups[@]}" env --default-signal=INT,QUIT,HUP,TERM "$program" "$@" <pipe >out 2>err 3>&- &
	parent=$!
	wait_for child_of "$parent"
	wait_for is_confined "$child"
}

teardown() {
	[ -z "${writer:-}" ] || kill "$writer" 2>/dev/null || true
}

# bats test_tags=sandbox
@test "while it reads, a child is nobody, with a filter, no capability and only its own descriptors" {
	waiting --from - check
	cat "/proc/$child/status"
	if [ "$(id -u)" -eq 0 ]; then
		grep -qP '^Uid:(\t65534){4}$' "/proc/$child/status"
		grep -qP '^Gid:(\t65534){4}$' "/proc/$child/status"
		grep -qP '^Groups:\s*$' "/proc/$child/status"
		grep -qP '^CapBnd:\t0+$' "/proc/$child/status"
	fi
	[ "$(grep -cP '^Cap(Inh|Prm|Eff|Amb):\t0+$' "/proc/$child/status")" -eq 4 ]
	grep -qP '^NoNewPrivs:\t1$' "/proc/$child/status"
	# Nothing is left of the caller's variables.
	if [ "$(id -u)" -eq 0 ]; then
		absent hunter2 <(tr '\0' '\n' <"/proc/$parent/environ")
		absent hunter2 <(tr '\0' '\n' <"/proc/$child/environ")
	fi
	[ "$(find "/proc/$child/fd" -type l | wc -l)" -eq 3 ]
	[ "$(find "/proc/$child/fd" -lname 'pipe:*' | wc -l)" -eq 2 ]
	[ "$(find "/proc/$child/fd" -lname "$BATS_TEST_TMPDIR/pipe" | wc -l)" -eq 1 ]
	# A session of its own, without a terminal.
	[ "$(cut -d' ' -f 6-7 "/proc/$child/stat")" = "$child 0" ]
	grep -qP '^Max processes +0 +0 ' "/proc/$child/limits"
	grep -qP '^Max open files +0 ' "/proc/$child/limits"
	grep -qP '^Max file size +0 +0 ' "/proc/$child/limits"
	grep -qP '^Max core file size +0 +0 ' "/proc/$child/limits"
	grep -qP '^Max cpu time +60 +61 ' "/proc/$child/limits"
	cat "$archive" >pipe
	kill "$writer"
	wait "$parent"
	grep -q "Pass-through: ready" out
}

# bats test_tags=strace,sandbox
@test "no process of its user may look into a child, whether or not it changes its user" {
	strace -f -e trace=prctl,setresuid,seccomp -o "$log" "$program" --from "$amd" list >out
	children >calls
	cat calls
	# A change of the user would take it back.
	sed -n '/setresuid/,$p' calls >behind
	[ -s behind ] || cp calls behind
	grep -q 'prctl(PR_SET_DUMPABLE, SUID_DUMP_DISABLE) = 0' behind
	grep -q 'prctl(PR_SET_PDEATHSIG, SIGKILL) *= 0' behind
}

# bats test_tags=sandbox
@test "its parent keeps only the privilege to end it" {
	[ "$(id -u)" -eq 0 ] || return 0
	waiting --from - check
	[ "$(sed -n 's/^CapEff:\t0*//p' "/proc/$parent/status")" = 20 ]
	kill "$parent"
	wait_for gone "$child"
}

# bats test_tags=sandbox
@test "a signal to the parent ends both, and leaves nothing" {
	local signal
	for signal in TERM HUP INT QUIT KILL; do
		waiting --from - collect -o archive
		kill "-$signal" "$parent"
		wait "$parent" || [ $? -eq $((128 + $(kill -l "$signal"))) ]
		wait_for gone "$child"
		kill "$writer"
		rm pipe
		[ "$(find . -name '*archive*' | wc -l)" -eq 0 ]
	done
}

# bats test_tags=sandbox
@test "^C on a terminal ends both" {
	mkfifo pipe typed
	sleep 1000 >pipe 3>&- &
	writer=$!
	script -qec "echo \$\$ >number; exec env --default-signal=INT '$program' --from pipe check" /dev/null <typed >seen 3>&- &
	exec 4>typed
	wait_for test -s number
	parent=$(cat number)
	wait_for child_of "$parent"
	wait_for is_confined "$child"
	printf '\003' >&4
	wait_for gone "$parent"
	wait_for gone "$child"
	exec 4>&-
}

# bats test_tags=strace,sandbox
@test "Landlock refuses all files, where the kernel has it" {
	local known
	strace -f -e trace=landlock_create_ruleset,landlock_restrict_self -o "$log" "$program" --from "$amd" check -v >out 2>err
	join_calls "$log"
	known=$(sed -n 's/.*LANDLOCK_CREATE_RULESET_VERSION) *= \(.*\)/\1/p' "$log")
	echo "Landlock: $known"
	case $known in
	"-1 ENOSYS"* | "-1 EOPNOTSUPP"*) grep -q 'Landlock (' err ;;
	*) grep -q 'landlock_restrict_self(.*) *= 0' "$log" && absent 'Landlock' err ;;
	esac
}

# bats test_tags=strace,sandbox
@test "what is not possible is reported with -v, and the answer is the same" {
	local refused
	"$program" --from "$archive" check --all --format json | jq 'del(.time)' >whole || [ "${PIPESTATUS[0]}" -le 2 ]
	for refused in "seccomp ENOSYS seccomp" "landlock_create_ruleset EOPNOTSUPP Landlock" "landlock_create_ruleset ENOSYS Landlock"; do
		# shellcheck disable=SC2086 # three words
		set -- $refused
		strace -f -o "$log" -e trace="$1" -e inject="$1:error=$2" "$program" --from "$archive" check --all --format json >out 2>err ||
			[ $? -le 2 ]
		jq 'del(.time)' out | cmp - whole
		[ ! -s err ]
		strace -f -o "$log" -e trace="$1" -e inject="$1:error=$2" "$program" -v --from "$archive" check --all --format json >out 2>err ||
			[ $? -le 2 ]
		cat err
		[ "$(wc -l <err)" -eq 1 ]
		grep -q "captures are read without these protections, which are not available: .*$3 (" err
	done
	setpriv --bounding-set -all --inh-caps -all --no-new-privs "$program" -v --from "$amd" --from "$amd" check >out 2>err
	cat err
	[ "$(wc -l <err)" -eq 1 ]
	grep -q "a separate user (Operation not supported)" err
}

# ended_by CALL ERRNO [WHEN]: with that error of a call the run ends, and nothing was read.
ended_by() {
	local status=0 inject=$1:error=$2${3:+:when=$3} command
	for command in "--from $amd check" "check --from $amd --from $archive" "report $amd" "--from $amd collect -o archive"; do
		status=0
		# shellcheck disable=SC2086 # a command with its options
		strace -qq -f -o "$log" -e trace="$1" -e inject="$inject" "$program" $command >out 2>err || status=$?
		echo "$1 $2, $command: $status $(cat err)"
		grep -q INJECTED "$log"
		[ "$status" -eq 3 ]
		[ ! -s out ]
		[ ! -e archive ]
		[ "$(grep -c "cannot read captures safely: " err)" -eq 1 ]
	done
}

# bats test_tags=strace,sandbox
@test "any other failure ends the run with status 3: nothing is read with more privileges than documented" {
	ended_by landlock_create_ruleset EPERM
	ended_by landlock_create_ruleset EINVAL 2
	ended_by landlock_restrict_self EPERM
	ended_by seccomp EPERM
	ended_by seccomp EINVAL
	ended_by prlimit64 EPERM 2
	ended_by prctl EPERM
	ended_by dup2 EBUSY
	[ "$(id -u)" -eq 0 ] || return 0
	ended_by setgroups EPERM
	ended_by setresgid EPERM
	ended_by setresgid EAGAIN
	ended_by setresuid EPERM
	ended_by setresuid EAGAIN
}

# bats test_tags=strace,sandbox
@test "a process that cannot be started is reported" {
	local call
	for call in "clone,clone3 EAGAIN" "pipe2 EMFILE"; do
		# shellcheck disable=SC2086 # two words
		set -- $call
		run --separate-stderr strace -qq -f -o "$log" -e trace="$1" -e inject="$1:error=$2" "$program" --from "$amd" list
		[ "$status" -eq 3 ]
		[ -z "$output" ]
		[[ $stderr == *"cannot read captures safely: "* ]]
	done
}

# bats test_tags=sandbox
@test "an attacker in the child can open, start, see and change nothing" {
	plant attack
	run --separate-stderr "$planted" --from attack list
	echo "$stderr"
	[ "$status" -eq 0 ]
	[ "$(grep -c '^attack: .*: Operation not permitted$' <<<"$stderr")" -ge 26 ]
	[[ $stderr == *"attack: done"* ]]
	absent WORKED <(echo "$stderr")
	[ ! -e /tmp/vfiodiag-attack ]
}

# bats test_tags=strace,sandbox
@test "without seccomp it reaches no file, program, process or privilege either" {
	local known
	plant attack
	run --separate-stderr strace -qq -f -o "$log" -e trace=seccomp -e inject=seccomp:error=ENOSYS "$planted" --from attack list
	echo "$stderr"
	[[ $stderr == *"attack: done"* ]]
	absent '(secret file|make a file|remove a file|fork|trace|parent.s memory|become root|duplicate|open a socket).*WORKED' \
		<(echo "$stderr")
	strace -f -e trace=landlock_create_ruleset -o "$log" "$program" --from "$amd" list >/dev/null
	join_calls "$log"
	known=$(grep -c 'VERSION) *= [1-9]' "$log") || true
	[ "$known" -eq 0 ] || absent '(public file|execute).*WORKED' <(echo "$stderr")
}

@test "output of a child cannot control the terminal" {
	plant escape
	"$planted" --from escape list >out 2>err
	# A file gets what was printed; a message is for people.
	LC_ALL=C absent '[[:cntrl:]]' err
	script -qec "'$planted' --from escape list -q" /dev/null >seen
	grep -qF $'\e[31mred\e[m' seen
	LC_ALL=C tr -d '\r' <seen | sed $'s/\e\\[[0-9;]*m//g' >rest
	LC_ALL=C absent '[[:cntrl:]]' rest
}

# said PLANT SENTENCE: how the run names the capture that went wrong.
said() {
	grep -qF "'$1': the reader $2" err
}

# fleet PLANT SENTENCE: among good captures, one in which reading goes wrong.
fleet() {
	local plant=$1 sentence=$2 status=0
	local -a names=("$amd" "$blocked" "$archive" "$plant" "$hosts/7.x-amd/capture" "$amd")
	[ -e "$plant" ] || plant "$plant"
	"$planted" check "${names[@]/#/--from=}" --format jsonl >lines 2>err || status=$?
	cat err
	[ "$status" -eq 2 ]
	[ "$(wc -l <err)" -eq 1 ]
	said "$plant" "$sentence"
	jq -r .capture lines | diff <(printf '%s\n' "${names[@]}") -
	jq -cS 'select(.error | not) | del(.time)' lines | diff good -
	jq -se --arg plant "$plant" 'map(select(.capture == $plant)) | length == 1 and (.[0] |
		.verdict == "unmeasured" and (has("host") | not) and
		(.error | startswith("'\''\($plant)'\'': the reader ")))' lines
	"$planted" check "${names[@]/#/--from=}" >lines 2>err || [ $? -eq 2 ]
	said "$plant" "$sentence"
	[ "$(wc -l <lines)" -eq 7 ]
	grep -qE "^unmeasured +- +- +$plant\$" lines
	diff good.text <(grep -v unmeasured lines)
}

# good: what the others in it come to.
good() {
	local -a names=("$amd" "$blocked" "$archive" "$hosts/7.x-amd/capture" "$amd")
	vfiodiag check "${names[@]/#/--from=}" --format jsonl | jq -cS 'del(.time)' >good
	vfiodiag check "${names[@]/#/--from=}" >good.text || [ $? -eq 2 ]
	[ "$(wc -l <good)" -eq 5 ]
}

# bats test_tags=sandbox
@test "in a fleet: a capture that crashes its child affects no other" {
	good
	fleet crash "was killed by signal 11 (Segmentation fault)"
	fleet abort "was killed by signal 6 (Aborted)"
	fleet exit "exited early with status 0"
	fleet part "was killed by signal 11 (Segmentation fault)"
	fleet silent "was killed by signal 9 (Killed)"
}

# bats test_tags=sandbox,many
@test "in a fleet: endless output is stopped" {
	good
	fleet flood "was stopped: the output exceeds 512 MiB"
}

# bats test_tags=sandbox
@test "in a fleet: an endless capture is stopped by its CPU time limit" {
	local -a as_child=()
	[ "$(id -u)" -ne 0 ] || as_child=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	plant loop
	: >lines
	"$planted" check --from "$amd" --from loop --from "$blocked" --format jsonl >lines 2>err 3>&- &
	parent=$!
	wait_for child_of_loop
	# The limit itself, a minute, is seen above.
	"${as_child[@]}" prlimit --pid "$child" --cpu=1:2
	wait "$parent" || [ $? -eq 2 ]
	cat err
	said loop "was killed by signal 24 (CPU time limit exceeded)"
	[ "$(jq -r .verdict lines | xargs)" = "ready unmeasured not-ready" ]
}

# The minute is made short: each poll(2) says at once that its second is over.
# bats test_tags=strace,sandbox
@test "a child that sleeps for ever is ended, unless another process writes what it reads" {
	local polls=poll,ppoll
	plant sleep
	timeout 300 strace -qq -o "$log" -e trace="$polls" -e inject="$polls:retval=0" "$planted" --from sleep list >out 2>err || [ $? -eq 3 ]
	cat err
	[ ! -s out ]
	said sleep "was stopped: it did nothing for 60 s"
	mkfifo pipe
	(sleep 0.2 && cat "$archive") >pipe 3>&- &
	strace -qq -o "$log" -e trace="$polls" -e inject="$polls:retval=0:when=1..500" "$program" --from - list <pipe >out
	grep -q INJECTED "$log"
	vfiodiag --from "$archive" list | diff out -
}

# The child that is there when the first line is.
child_of_loop() {
	[ "$(wc -l <lines)" -ge 1 ] && child_of "$parent" && is_confined "$child"
}

# bats test_tags=sandbox
@test "a child that is killed from outside, as by the OOM killer" {
	waiting check --from - --from "$blocked" --format jsonl
	kill -KILL "$child"
	wait "$parent" || [ $? -eq 2 ]
	grep -qF "'-': the reader was killed by signal 9 (Killed)" err
	[ "$(jq -r .verdict out | xargs)" = "unmeasured not-ready" ]
}

# bats test_tags=sandbox
@test "a child that is stopped from outside is continued" {
	waiting --from - check
	kill -STOP "$child"
	cat "$archive" >pipe
	kill "$writer"
	wait_for gone "$parent"
	wait "$parent"
	grep -q "Pass-through: ready" out
}

# nothing_of ARG…: the run ends with 3 and one sentence, and prints nothing.
nothing_of() {
	run --separate-stderr "$planted" "$@"
	echo "$*: $status $stderr"
	[ "$status" -eq 3 ]
	[ -z "$output" ]
	[ "${#stderr_lines[@]}" -eq 1 ]
	[[ $stderr == *": the reader "* ]]
}

# bats test_tags=sandbox
@test "one capture alone: a sentence, status 3, and no partial document, in each format" {
	local plant format command
	for plant in crash part exit; do
		plant "$plant"
		for format in text json jsonl nagios prometheus nfd facts; do
			nothing_of --from "$plant" check --format "$format"
		done
		for command in list "list --json" "probe --all" "iova 1" "fits --memory 4G 1" "collect -o -" report; do
			# shellcheck disable=SC2086 # a command with its options
			nothing_of --from "$plant" $command
		done
		nothing_of diff "$plant" "$amd"
		nothing_of diff "$amd" "$plant"
		[[ $stderr == *"'$plant': "* ]]
		nothing_of --from "$plant" check -o made
		nothing_of --from "$plant" collect -o made
		nothing_of report "$plant" -o made
		[ ! -e made ]
	done
}

# bats test_tags=sandbox
@test "a page about several: captures that crash the child are left out, the others are on it" {
	plant crash
	plant exit
	run --separate-stderr "$planted" report "$amd" crash "$archive" exit "$blocked" -o page.html
	echo "$stderr"
	[ "$status" -eq 3 ]
	[ "${#stderr_lines[@]}" -eq 2 ]
	[[ ${stderr_lines[0]} == *"'crash': the reader was killed"* && ${stderr_lines[1]} == *"'exit': the reader exited early"* ]]
	vfiodiag report "$amd" "$archive" "$blocked" -o good.html
	cmp page.html good.html
}

# bats test_tags=sandbox,many
@test "a page about several: what takes too much is left out, and not what was read behind it" {
	plant whole
	plant half
	cp -r half other
	run --separate-stderr "$planted" report whole "$amd" "$archive" "$blocked" -o page.html
	echo "$stderr"
	[ "$status" -eq 3 ]
	[ "$stderr" = "vfiodiag report: 'whole': the reader was stopped: the output exceeds 512 MiB" ]
	vfiodiag report "$amd" "$archive" "$blocked" -o good.html
	cmp page.html good.html
	# Each of the two alone is no more than is allowed.
	run --separate-stderr "$planted" report half other "$amd" "$blocked" -o page.html
	echo "$stderr"
	[ "$status" -eq 3 ]
	[[ $stderr == "vfiodiag report: '"@(half|other)"': left out: the reader of all captures ended early, and this one takes most" ]]
	grep -aqF "$blocked" page.html
	grep -aqF "$amd" page.html
}

@test "the name of a capture in the child only names a file" {
	cp -r "$amd" capture
	printf '../../x y/\n' >capture/files/proc/sys/kernel/hostname
	mkdir here
	(cd here && vfiodiag -q --from ../capture collect)
	[ "$(find here -type f | wc -l)" -eq 1 ]
	[ "$(find . -name '*tar.zst' | sed 's/2[0-9]*T[0-9]*Z/T/')" = "./here/vfiodiag-.._.._x_y_-T.tar.zst" ]
}

# bats test_tags=sandbox
@test "whoever takes the child over names no file elsewhere" {
	plant name
	mkdir -p here/vfiodiag-
	cd here
	run --separate-stderr "$planted" -q --from ../name collect
	echo "$stderr"
	[ "$status" -eq 3 ]
	[[ $stderr == *"'../name': invalid archive name from the capture: name a file with --output" ]]
	[ ! -e ../elsewhere.tar.zst ]
	[ -z "$(find . -type f)" ]
}

@test "a private capture is read, as a directory and as an archive" {
	vfiodiag -q --from "$amd" collect -o archive
	cp -r "$amd" capture
	chmod -R go= capture archive
	vfiodiag --from archive check >one
	vfiodiag --from capture check >two
	cmp one two
}
