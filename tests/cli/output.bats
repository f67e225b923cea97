# SPDX-License-Identifier: GPL-2.0-or-later
# Files that are written (-o, --record): other users' links, pipes and directories, and what is left.

setup() {
	load lib
	amd=$hosts/6.1-amd/capture
	program=${VFIODIAG:-$top/build/gcc/vfiodiag}
	work=$BATS_TEST_TMPDIR/work
	log=$BATS_TEST_TMPDIR/log
	mkdir -m 1777 "$work"
	chmod 1777 "$work"
	# Other users reach it.
	chmod a+x "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" "$BATS_TEST_TMPDIR" 2>/dev/null || true
	cd "$work" || exit
}

teardown() {
	[ ! -e "$BATS_TEST_TMPDIR/stop" ] || rm "$BATS_TEST_TMPDIR/stop"
}

# as UID COMMAND…: as that user, where root runs these tests; else nobody is another user.
as() {
	setpriv --reuid="$1" --regid="$1" --clear-groups "${@:2}"
}

other() {
	as 65534 "$@"
}

is_root() {
	[ "$(id -u)" -eq 0 ]
}

# write_file COMMAND FILE: a command that writes, of a capture
write_file() {
	case $1 in
	collect) vfiodiag collect -q --from "$amd" -o "$2" ;;
	report) vfiodiag report "$amd" -o "$2" ;;
	check) vfiodiag --from "$amd" check -o "$2" ;;
	esac
}

# is_whole COMMAND FILE: what that command wrote is all there.
is_whole() {
	case $1 in
	collect) vfiodiag --from "$2" list >/dev/null ;;
	report) tail -n 1 "$2" | grep -q '</html>' ;;
	check) grep -q '^Pass-through: ' "$2" ;;
	esac
}

# only NAME…: nothing else is in the directory.
only() {
	ls -A
	[ "$(ls -A)" = "$(printf '%s\n' "$@" | sort)" ]
}

# nameless ARG…: the number of the openat() of a run by which the file without a name is made
nameless() {
	strace -e trace=openat -o "$log" "$program" "$@" >/dev/null
	# The end of a child is a line too.
	grep '^openat(' "$log" | grep -n O_TMPFILE | cut -d: -f1
}

@test "a symbolic link is replaced, whoever made it; its target is neither written nor created" {
	is_root || return 0
	local command user
	echo secret >"$BATS_TEST_TMPDIR/victim"
	chmod 600 "$BATS_TEST_TMPDIR/victim"
	for command in collect report check; do
		for user in 0 65534; do
			as "$user" ln -s "$BATS_TEST_TMPDIR/victim" out
			as "$user" ln -s "$work/made" dangling
			(umask 022 && write_file "$command" out && write_file "$command" dangling)
			[ -f out ]
			[ ! -L out ]
			is_whole "$command" out
			is_whole "$command" dangling
			[ "$(cat "$BATS_TEST_TMPDIR/victim")" = secret ]
			only out dangling
			[ "$(stat -c %u out)" -eq 0 ]
			rm out dangling
		done
	done
}

@test "a link of another user to a pipe or a device of the caller's is replaced, and not written through" {
	is_root || return 0
	local command
	mkfifo "$BATS_TEST_TMPDIR/pipe"
	exec 5<>"$BATS_TEST_TMPDIR/pipe"
	for command in collect report check; do
		other ln -s "$BATS_TEST_TMPDIR/pipe" pipe
		other ln -s /dev/null device
		write_file "$command" pipe
		write_file "$command" device
		[ ! -L pipe ]
		[ ! -L device ]
		is_whole "$command" pipe
		is_whole "$command" device
		only device pipe
		rm device pipe
	done
	exec 5>&-
}

@test "the default name of collect cannot be used as a trap" {
	is_root || return 0
	echo secret >"$BATS_TEST_TMPDIR/victim"
	vfiodiag collect -q --from "$amd"
	local name
	name=$(ls)
	rm "$name"
	other ln -s "$BATS_TEST_TMPDIR/victim" "$name"
	run vfiodiag collect -q --from "$amd"
	[ "$status" -eq 3 ]
	[ -L "$name" ]
	vfiodiag collect -q --from "$amd" -o "$name"
	[ "$(cat "$BATS_TEST_TMPDIR/victim")" = secret ]
	is_whole collect "$name"
	[ "$(stat -c %a "$name")" = 600 ]
}

@test "a pipe of another user gets no byte, and does not block" {
	is_root || return 0
	local command
	for command in collect report check; do
		other mkfifo -m 666 pipe
		other timeout 60 cat pipe >"$BATS_TEST_TMPDIR/stolen" &
		run write_file "$command" pipe
		[ "$status" -eq 64 ]
		[[ $output == *"cannot write 'pipe': is a pipe or a device of another user" ]]
		# Its reader is let go by a writer of its own.
		other sh -c ': >pipe'
		wait $!
		[ ! -s "$BATS_TEST_TMPDIR/stolen" ]
		# Without a reader too.
		run timeout 20 "$program" report "$amd" -o pipe
		[ "$status" -eq 64 ]
		rm pipe
	done
}

@test "the caller's own pipe, and devices, are written to" {
	mkfifo pipe
	local command
	for command in collect report check; do
		timeout 60 cat pipe >out &
		write_file "$command" pipe
		wait $!
		[ -p pipe ]
		is_whole "$command" out
	done
	write_file collect /dev/null
	[ -c /dev/null ]
	run write_file report /dev/full
	[ "$status" -eq 3 ]
	[ -c /dev/full ]
}

@test "the caller's own link to a device is refused, and stays" {
	ln -s /dev/null null
	run write_file collect null
	[ "$status" -eq 64 ]
	[[ $output == *"cannot write 'null': is a symbolic link to a directory, a pipe, a device or a descriptor: name the target" ]]
	[ -L null ]
}

@test "the caller's own link to a directory or descriptor is refused, and stays" {
	local name
	mkdir folder
	ln -s folder bin
	ln -s /proc/self/fd/0 stdin
	ln -s /proc/self/fd/1 stdout
	: >input
	for name in bin stdin stdout; do
		run write_file report "$name" <input
		[ "$status" -eq 64 ]
		[[ $output == *"cannot write '$name': is a symbolic link to a directory, a pipe, a device or a descriptor"* ]]
		[ -L "$name" ]
	done
	# Not by what standard output is now.
	write_file check stdout >taken 2>said || [ $? -eq 64 ]
	[ -L stdout ]
	[ ! -s taken ]
}

@test "the caller's descriptors are duplicated, not reopened" {
	local command name
	for command in collect report check; do
		for name in /dev/stdout /dev/fd/1 /proc/self/fd/1 -; do
			write_file "$command" "$name" >out
			is_whole "$command" out
		done
		write_file "$command" /dev/stderr 2>out
		is_whole "$command" out
		for name in /dev/fd/7 /proc/self/fd/7; do
			# What others wrote before stays.
			{
				echo before >&7
				write_file "$command" "$name"
			} 7>out
			[ "$(head -c 6 out)" = before ]
			tail -c +8 out >behind
			is_whole "$command" behind
		done
	done
	only out behind
}

@test "a descriptor not open for writing is refused" {
	local number
	# 3 and 4 would be the program's own: the root directory, what it loads.
	for number in 3 4 9; do
		run "$program" --from "$amd" check -o "/dev/fd/$number" 3>&- 4>&-
		[ "$status" -eq 64 ]
		[ "$output" = "vfiodiag check: cannot write '/dev/fd/$number': descriptor $number is not open for writing" ]
	done
	run "$program" --from "$amd" check -o /dev/fd/7 7</dev/null
	[ "$status" -eq 64 ]
}

@test "hard links, owner and mode of the old file are not changed" {
	local command
	for command in collect report check; do
		echo old >first
		chmod 666 first
		! is_root || chown 65534 first
		ln first second
		(umask 027 && write_file "$command" first)
		is_whole "$command" first
		[ "$(cat second)" = old ]
		[ "$(stat -c '%u %h' first)" = "$(id -u) 1" ]
		[ "$(stat -c %a second)" = 666 ]
		case $command in
		check) [ "$(stat -c %a first)" = 640 ] ;;
		*) [ "$(stat -c %a first)" = 600 ] ;;
		esac
		rm first second
	done
}

# The one who swaps the names may win or lose: nothing here depends on it.
# bats test_tags=many
@test "a name that is constantly swapped never leads elsewhere" {
	is_root || return 0
	local number
	echo secret >"$BATS_TEST_TMPDIR/victim"
	chmod 600 "$BATS_TEST_TMPDIR/victim"
	touch "$BATS_TEST_TMPDIR/stop" "$BATS_TEST_TMPDIR/stolen"
	other mkdir theirs
	# shellcheck disable=SC2016 # the other shell's variables
	other sh -c 'while [ -e "$1/stop" ]; do
			ln -sf "$1/victim" theirs/link; mv -Tf theirs/link theirs/out
			mkfifo -m 666 theirs/pipe; mv -Tf theirs/pipe theirs/out
			ln -s "$1/made" theirs/link; mv -Tf theirs/link theirs/out
			rm -f theirs/out
		done' sh "$BATS_TEST_TMPDIR" 3>&- &
	for number in {1..50}; do
		timeout 60 "$program" report "$amd" -o theirs/out 2>"$log" || [[ $? =~ ^(3|64)$ ]]
	done
	rm "$BATS_TEST_TMPDIR/stop"
	wait $!
	[ "$(cat "$BATS_TEST_TMPDIR/victim")" = secret ]
	[ ! -e "$BATS_TEST_TMPDIR/made" ]
	absent '^\.' <(ls -A theirs)
}

@test "in a sticky directory another user's link stays, with a message" {
	is_root || return 0
	install -m 755 "$program" "$BATS_TEST_TMPDIR/vfiodiag"
	as 1 ln -s "$work/made" out
	vfiodiag collect -q --from "$amd" -o "$BATS_TEST_TMPDIR/amd.tar.zst"
	run other "$BATS_TEST_TMPDIR/vfiodiag" report --from - -o out <"$BATS_TEST_TMPDIR/amd.tar.zst"
	[ "$status" -eq 3 ]
	[[ $output == *"cannot write 'out': belongs to another user, and only its owner can replace it in this directory (sticky bit)"* ]]
	only out
	[ -L out ]
	# A device of root's is written anyway.
	other "$BATS_TEST_TMPDIR/vfiodiag" report --from - -o /dev/null <"$BATS_TEST_TMPDIR/amd.tar.zst"
	[ -c /dev/null ]
	# Root may.
	write_file report out
	is_whole report out
}

@test "another user's link in the path is not followed; the caller's or root's is" {
	is_root || return 0
	mkdir elsewhere
	other ln -s "$work/elsewhere" theirs
	other mkdir home
	other ln -s ../elsewhere home/link
	ln -s elsewhere mine
	ln -s "$work/mine/../mine/." far
	local path
	for path in theirs/out home/link/out far/../theirs/./out; do
		run write_file report "$path"
		[ "$status" -eq 64 ]
		[[ $output == *"cannot create a file in '${path%out}': a symbolic link on its path belongs to another user" ]]
		[ -z "$(ls -A elsewhere)" ]
	done
	for path in mine/out far/out "far//../mine/out" "$work/far/out"; do
		write_file report "$path"
		is_whole report elsewhere/out
		rm elsewhere/out
	done
	ln -s loop loop
	run write_file report loop/out
	[ "$status" -eq 64 ]
	[[ $output == *"Too many levels of symbolic links" ]]
	ln -s made dangling
	run write_file report dangling/out
	[ "$status" -eq 64 ]
	touch file
	run write_file report file/out
	[ "$status" -eq 64 ]
	[[ $output == *"Not a directory" ]]
}

@test "odd names" {
	local name long
	long=$(printf 'n%.0s' {1..255})
	mkdir folder
	for name in '' / . .. folder folder/ new/ folder/new/ "${long}n" none/out; do
		run write_file report "$name"
		echo "'$name': $status $output"
		[ "$status" -eq 64 ]
		[ "$(wc -l <<<"$output")" -eq 1 ]
	done
	only folder
	# As long as a name can be, new and again.
	write_file report "$long"
	write_file report "$long"
	is_whole report "$long"
	write_file report --
	is_whole report ./--
	python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket")'
	run write_file report socket
	[ "$status" -eq 64 ]
	[ -S socket ]
	# What is told of it drives no terminal.
	run vfiodiag collect --from "$amd" -o $'line\n\e[31mred'
	[ "$status" -eq 0 ]
	[[ $output == "line??[31mred ("*")" ]]
}

@test "a writable directory that cannot be listed is enough" {
	is_root || return 0
	install -m 755 "$program" "$BATS_TEST_TMPDIR/vfiodiag"
	vfiodiag collect -q --from "$amd" -o "$BATS_TEST_TMPDIR/amd.tar.zst"
	other mkdir -m 300 folder
	other "$BATS_TEST_TMPDIR/vfiodiag" report --from - -o folder/out <"$BATS_TEST_TMPDIR/amd.tar.zst"
	is_whole report folder/out
}

# signals: the names of all that end a program, but SIGKILL and the two of the C library's own
signals() {
	echo HUP INT QUIT ILL TRAP ABRT BUS FPE USR1 SEGV USR2 PIPE ALRM TERM STKFLT XCPU XFSZ VTALRM PROF IO PWR \
		SYS RT_2 RT_16 RT_32
}

# killed_at CALL N SIGNAL [M]: a run with that signal at its N-th such call, with M of nameless() one in
# memory. It leaves the old file or a whole one.
killed_at() {
	local ended=0
	echo old >out
	env --default-signal strace -o "$log" -e trace="openat,$1" -e inject="$1:signal=$3:when=$2" \
		${4:+-e inject="openat:error=EOPNOTSUPP:when=$4"} "$program" collect -q --from "$amd" -o out || ended=$?
	echo "$3 at $1 $2: $ended"
	grep -qE "^$1\(.*\(INJECTED\)|^$1\(.*= \?|killed by SIGKILL" "$log" || grep -q -- "--- SIG$3 " "$log"
	if [ "$3" = XFSZ ]; then
		[ "$ended" -eq 0 ]
	else
		[ "$ended" -gt 128 ]
	fi
	only out
	cmp -s out <(echo old) || is_whole collect out
}

# bats test_tags=strace
@test "any signal at any step leaves the old file or the new one, nothing else" {
	local signal call
	for signal in $(signals); do
		# At the second linkat() the file has got a name that is not its own.
		for call in "write 1" "fsync 1" "linkat 2" "renameat 1"; do
			# shellcheck disable=SC2086 # a name and a number
			killed_at $call "$signal"
		done
	done
}

# bats test_tags=strace
@test "SIGKILL leaves nothing while a file is written and before it has a name" {
	local call
	for call in write fsync; do
		killed_at "$call" 1 KILL
	done
	rm out
	for call in write fsync linkat; do
		run strace -o "$log" -e trace="$call" -e inject="$call:signal=KILL:when=1" \
			"$program" collect -q --from "$amd" -o out
		[ "$status" -gt 128 ]
		only ""
	done
	# A new file never has another name.
	strace -o "$log" -e trace=%file "$program" collect -q --from "$amd" -o out
	absent 'rename|"\.vfiodiag' "$log"
}

# bats test_tags=strace
@test "without O_TMPFILE: the same, buffered in memory until complete" {
	local number shared call signal
	number=$(nameless collect -q --from "$amd" -o out)
	[ "$number" ]
	strace -o "$log" -e trace=openat,memfd_create,renameat -e inject="openat:error=EOPNOTSUPP:when=$number" \
		"$program" collect -q --from "$amd" -o new
	is_whole collect new
	grep -q memfd_create "$log"
	[ "$(stat -c %a new)" = 600 ]
	cmp out new
	rm new
	shared=$(nameless --from "$amd" check -o out)
	(umask 027 && strace -o "$log" -e trace=openat -e inject="openat:error=EOPNOTSUPP:when=$shared" \
		"$program" --from "$amd" check -o out)
	is_whole check out
	[ "$(stat -c %a out)" = 640 ]
	for signal in HUP TERM ABRT USR1 RT_2; do
		# The second fsync() is that of the copy.
		for call in "write 1" "fsync 1" "fsync 2" "renameat 1"; do
			# shellcheck disable=SC2086 # a name and a number
			killed_at $call "$signal" "$number"
		done
	done
	killed_at write 1 KILL "$number"
	# Of the old file nothing is lost where there is no room for the new one.
	echo old >out
	run strace -o "$log" -e trace=openat,fsync -e inject="openat:error=EOPNOTSUPP:when=$number" \
		-e inject=fsync:error=ENOSPC:when=2 "$program" collect -q --from "$amd" -o out
	[ "$status" -eq 3 ]
	only out
	[ "$(cat out)" = old ]
}

# bats test_tags=strace
@test "a file that cannot be linked is copied" {
	local error
	for error in ENOENT EXDEV EPERM EOPNOTSUPP; do
		strace -o "$log" -e trace=linkat -e inject="linkat:error=$error" \
			"$program" collect -q --from "$amd" -o out
		is_whole collect out
		only out
	done
	run strace -o "$log" -e trace=linkat,renameat -e inject=linkat:error=EXDEV -e inject=renameat:error=EIO \
		"$program" collect -q --from "$amd" -o out
	[ "$status" -eq 3 ]
	only out
}

# bats test_tags=strace
@test "the file is synced before its directory" {
	strace -y -o "$log" -e trace=fsync,linkat "$program" collect -q --from "$amd" -o out
	[ "$(grep -oE '^(fsync|linkat)' "$log" | xargs)" = "fsync linkat fsync" ]
	tail -n 2 "$log" | grep -q "fsync([0-9]*<$work>)"
}

@test "a file size limit: one sentence and a status, nothing remains" {
	echo old >out
	local command expected
	for command in collect:3 report:3 check:74 "iova 1:74" "probe --all:74"; do
		expected=${command#*:}
		# shellcheck disable=SC2086 # words
		run env --default-signal=XFSZ bash -c 'ulimit -f 0; exec "$@"' bash "$program" --from "$amd" \
			${command%:*} -o out
		echo "$command: $status $output"
		[ "$status" -eq "$expected" ]
		[[ $output == *"cannot write 'out': File too large"* ]]
		only out
		[ "$(cat out)" = old ]
	done
	run env --default-signal=XFSZ bash -c 'ulimit -f 0; exec "$@"' bash "$program" --record capture list
	[ "$status" -eq 3 ]
	run env --default-signal=XFSZ bash -c 'ulimit -f 0; exec "$@" >printed' bash "$program" --from "$amd" list
	[ "$status" -eq 3 ]
}

# Tagged since a sanitizer can't look into a process that has privileges of its file.
# bats test_tags=strace
@test "with file capabilities or set-user-ID nothing is written for a less privileged caller" {
	is_root || return 0
	local kind
	vfiodiag collect -q --from "$amd" -o "$BATS_TEST_TMPDIR/amd.tar.zst"
	for kind in capabilities set-user-ID set-group-ID; do
		install -m 755 "$program" "$BATS_TEST_TMPDIR/privileged"
		case $kind in
		capabilities) setcap cap_dac_read_search+ep "$BATS_TEST_TMPDIR/privileged" ;;
		set-user-ID) chmod u+s "$BATS_TEST_TMPDIR/privileged" ;;
		set-group-ID) chmod g+s "$BATS_TEST_TMPDIR/privileged" ;;
		esac
		privileged=(other "$BATS_TEST_TMPDIR/privileged")
		for arguments in "report -o out" "check -o out" "collect -o out" "collect" "--record out list"; do
			# shellcheck disable=SC2086 # a command with its options
			run "${privileged[@]}" $arguments
			echo "$kind, $arguments: $status $output"
			[ "$status" -eq 3 ]
			[[ $output == *"refusing to write a file with set-user-ID or file capabilities"* ]]
			only ""
		done
		# It prints, and root may write with it.
		"${privileged[@]}" report --from - <"$BATS_TEST_TMPDIR/amd.tar.zst" >"$BATS_TEST_TMPDIR/page"
		is_whole report "$BATS_TEST_TMPDIR/page"
		"$BATS_TEST_TMPDIR/privileged" report "$amd" -o "$BATS_TEST_TMPDIR/page"
	done
}

@test "no capture is recorded through another user's link" {
	is_root || return 0
	mkdir -m 700 empty
	other ln -s empty theirs
	other ln -s "$work/made" dangling
	other ln -s . way
	local path
	for path in theirs theirs/ way/empty way/new dangling; do
		run vfiodiag --record "$path" list
		echo "$path: $status $output"
		[ "$status" -eq 64 ]
		[[ $output == *"belongs to another user"* ]]
	done
	[ -z "$(ls -A empty)" ]
	[ ! -e made ]
	[ ! -e new ]
	# Their directory, though others may not write into it.
	other mkdir -m 700 directory
	run vfiodiag --record directory list
	[ "$status" -eq 64 ]
	# The caller's own link.
	ln -s empty mine
	vfiodiag --record mine/ list >/dev/null
	[ -s empty/transcript.jsonl ]
}

@test "a directory with a hidden file in it is not empty" {
	mkdir -m 700 capture
	touch capture/.hidden
	run vfiodiag --record capture list
	[ "$status" -eq 64 ]
	[[ $output == *"directory 'capture' is not empty"* ]]
	run vfiodiag --record '' list
	[ "$status" -eq 64 ]
	run vfiodiag --record / list
	[ "$status" -eq 64 ]
	mkdir -m 700 here
	(cd here && vfiodiag --record . list >/dev/null)
	[ -s here/transcript.jsonl ]
}

# bats test_tags=strace
@test "no command opens or creates an output file by its path" {
	local arguments
	for arguments in "--record recorded list" "--record checked check" "collect -q" "report -o page" "check -o page"; do
		# shellcheck disable=SC2086 # a command with its options
		strace -f -o "$log" -e trace=%file "$program" $arguments >/dev/null || [ $? -le 3 ]
		join_calls "$log"
		# Nodes of VFIO, and a stream that is closed, are no files.
		grep -E '(open|creat|mkdir|rename|link|mknod)[a-z0-9]*\(' "$log" |
			grep -E 'O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_TMPFILE|(creat|mkdir|rename|link|mknod)[a-z]*\(' |
			grep -vE 'readlink|"/dev/' >"$log.writes"
		[ -s "$log.writes" ]
		absent '(open|creat|mkdir|rename|mknod|[^n]link)\(|O_TRUNC' "$log.writes"
		absent AT_FDCWD <(grep -vE '^[0-9]+ +linkat\(AT_FDCWD, "/proc/self/fd/[0-9]+", [0-9]' "$log.writes")
		absent . <(grep O_CREAT "$log.writes" | grep -v 'O_EXCL.*O_NOFOLLOW\|O_NOFOLLOW.*O_EXCL')
		absent . <(grep -E 'O_WRONLY|O_RDWR' "$log.writes" | grep -vE 'O_NOFOLLOW|O_TMPFILE')
	done
}
