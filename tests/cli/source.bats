# SPDX-License-Identifier: GPL-2.0-or-later
# Captures and sysroots: what is touched, and what is not.

setup() {
	load lib
	amd=$hosts/6.1-amd/capture
	program=${VFIODIAG:-$top/build/gcc/vfiodiag}
	copy=$BATS_TEST_TMPDIR/capture
}

# touched FILE: paths in a strace log that are neither this capture nor what every program loads.
# (libcap asks how many capabilities there are when it is loaded. Giving up what one has is no touch, nor
# is a child that does.)
touched() {
	grep -E '^[a-z0-9_]+\(' "$1" |
		grep -vE '= -1 ENOENT' |
		grep -vE '"(/etc/ld\.so\.[a-z]*|/(usr/)?lib(64)?/[^"]*|/usr/share/locale/[^"]*)"' |
		grep -vE '^(execve|brk|arch_prctl|mmap|mprotect|munmap|read|pread64|write|close|exit_group|prlimit64|set_tid_address|set_robust_list|rseq|getrandom|fcntl|getdents64|lseek|futex|rt_sigaction|rt_sigprocmask)\(' |
		grep -vE '^(prctl\(PR_(CAPBSET_READ|CAPBSET_DROP|SET_NO_NEW_PRIVS), |capget\(|capset\()' |
		grep -vE '^(clock_get(res|time)|clone3?|close_range|dup2|getpid|getppid|kill|pipe2|poll|setsid|wait4|waitid)\(' |
		grep -vE '^(landlock_[a-z_]*|seccomp|setgroups|setresgid|setresuid)\(|^prctl\(PR_SET_(DUMPABLE|PDEATHSIG), ' |
		grep -vE '^openat\(AT_FDCWD, "/proc/self/[ug]id_map"' |
		grep -vE '^(newfstatat|fstat)\([0-9]+, ("", )?' |
		grep -vE '^openat\(AT_FDCWD, "'"$2"'"' |
		grep -vE '^openat\([0-9]+, "[^"/]*", [A-Z_|]*O_NOFOLLOW' |
		grep -vE '^newfstatat\([0-9]+, "[^"/]*", .*, AT_SYMLINK_NOFOLLOW\)' |
		grep -vE '^readlinkat\([0-9]+, "[^"/]*", ' |
		grep -vE '^ioctl\([0-2], (TCGETS|TIOCGWINSZ)' || true
}

# bats test_tags=strace
@test "a replay touches nothing of this machine" {
	strace -o "$BATS_TEST_TMPDIR/log" "$program" --from "$amd" probe --all >/dev/null
	touched "$BATS_TEST_TMPDIR/log" "$amd" >"$BATS_TEST_TMPDIR/touched"
	cat "$BATS_TEST_TMPDIR/touched"
	[ ! -s "$BATS_TEST_TMPDIR/touched" ]
	# Name by name, and no link is followed.
	grep -q '^openat([0-9]*, "iommu", .*O_NOFOLLOW' "$BATS_TEST_TMPDIR/log"
}

# bats test_tags=strace
@test "a replay of an archive opens that one file, and writes none" {
	vfiodiag collect -q --from "$amd" -o "$BATS_TEST_TMPDIR/amd.tar.zst"
	strace -f -o "$BATS_TEST_TMPDIR/log" "$program" --from "$BATS_TEST_TMPDIR/amd.tar.zst" probe --all >/dev/null
	sed 's/^[0-9]* *//' "$BATS_TEST_TMPDIR/log" >"$BATS_TEST_TMPDIR/calls"
	touched "$BATS_TEST_TMPDIR/calls" "$BATS_TEST_TMPDIR/amd.tar.zst" >"$BATS_TEST_TMPDIR/touched"
	cat "$BATS_TEST_TMPDIR/touched"
	[ ! -s "$BATS_TEST_TMPDIR/touched" ]
	absent 'O_CREAT|O_WRONLY|O_RDWR|O_NOFOLLOW|mkdir|memfd' "$BATS_TEST_TMPDIR/calls"
}

# bats test_tags=strace
@test "the test above would detect a file of this machine" {
	strace -o "$BATS_TEST_TMPDIR/log" "$program" list >/dev/null
	touched "$BATS_TEST_TMPDIR/log" "$amd" >"$BATS_TEST_TMPDIR/touched"
	[ -s "$BATS_TEST_TMPDIR/touched" ]
}

# bats test_tags=strace
@test "no program is started, and from a capture one child" {
	strace -f -e trace=process -o "$BATS_TEST_TMPDIR/log" "$program" list >/dev/null
	[ "$(grep -c execve "$BATS_TEST_TMPDIR/log")" -eq 1 ]
	strace -f -e trace=process -o "$BATS_TEST_TMPDIR/log" "$program" --from "$amd" list >/dev/null
	[ "$(grep -cE '(fork|clone3?)\(' "$BATS_TEST_TMPDIR/log")" -eq 1 ]
	[ "$(grep -c execve "$BATS_TEST_TMPDIR/log")" -eq 1 ]
}

@test "a recording of this host replays byte for byte" {
	vfiodiag --record "$copy" list -o +TYPE,ID,NUMA >"$BATS_TEST_TMPDIR/live"
	vfiodiag --from "$copy" list -o +TYPE,ID,NUMA >"$BATS_TEST_TMPDIR/replay"
	cmp "$BATS_TEST_TMPDIR/live" "$BATS_TEST_TMPDIR/replay"
}

@test "a recording is written if the command ends with an error" {
	run vfiodiag --record "$copy" check 0000:ff:1f.7
	[ "$status" -ge 3 ]
	vfiodiag --from "$copy" list >/dev/null
}

# bats test_tags=strace
@test "a recording that is killed leaves no half capture" {
	run strace -f -o "$BATS_TEST_TMPDIR/log" -e inject=uname:signal=SIGKILL "$program" --record "$copy" list
	[ "$status" -eq 137 ]
	[ -d "$copy" ]
	[ -z "$(ls -A "$copy")" ]
}

@test "only its owner may read a capture" {
	vfiodiag --record "$copy" list >/dev/null
	[ "$(stat -c %a "$copy")" = 700 ]
	[ "$(stat -c %a "$copy/transcript.jsonl")" = 600 ]
}

# bats test_tags=strace
@test "without openat2 the answers are the same (old kernels, sandboxes)" {
	strace -o "$BATS_TEST_TMPDIR/log" -e trace=openat2 -e inject=openat2:error=ENOSYS \
		"$program" --sysroot "$amd/files" list --tree >"$BATS_TEST_TMPDIR/without"
	grep -q ENOSYS "$BATS_TEST_TMPDIR/log"
	vfiodiag --sysroot "$amd/files" list --tree | cmp - "$BATS_TEST_TMPDIR/without"
}

# bats test_tags=strace
@test "links do not lead out of a sysroot, absolute or with dots" {
	local root=$BATS_TEST_TMPDIR/root without
	mkdir -p "$root/sys/kernel/iommu_groups" "$root/sys/bus/pci/devices" "$root/proc/sys"
	ln -s /proc/sys/kernel "$root/proc/sys/kernel"
	ln -s ../../../../../../../../etc/hostname "$root/proc/cmdline"
	for without in "" "-e inject=openat2:error=ENOSYS"; do
		# shellcheck disable=SC2086 # none or two words
		strace -f -o "$BATS_TEST_TMPDIR/log" $without "$program" --sysroot "$root" list
		join_calls "$BATS_TEST_TMPDIR/log"
		# Of all opens through the tree, none came through with one of these names.
		grep -E '"(proc/)?(cmdline|sys/kernel/hostname|etc/hostname)"' "$BATS_TEST_TMPDIR/log" |
			grep -E '^[0-9]+ +open' | grep -v -E '= -1 ' >"$BATS_TEST_TMPDIR/outside" || true
		cat "$BATS_TEST_TMPDIR/outside"
		[ ! -s "$BATS_TEST_TMPDIR/outside" ]
	done
}

# loaded: what every program loads, a pattern: libraries, locales, and the time zone where a time is shown.
loaded='/etc/ld\.so\.(cache|preload)|/(usr/)?lib(64)?/[^"]*|/usr/share/locale/[^"]*|/etc/locale\.alias|/etc/localtime|/usr/share/zoneinfo/[^"]*'
# Which users there are for the child that reads captures.
loaded+='|/proc/(self|[0-9]+)/[ug]id_map'

# strayed LOG FOLDER…: what a run touched outside of these folders, of a log of strace -f -y. By where what it
# opened really is, and by the names that it gave; the path of a descriptor leads to what is open already.
strayed() {
	local log=$1 inside
	shift
	join_calls "$log"
	inside=$(printf '%s(/[^"]*)?|' "$@")
	sed 's/^[0-9]* *//' "$log" | grep -vE '^(execve|write|[+-]|<)' >"$log.calls"
	# shellcheck disable=SC2016 # a pattern
	sed -nE 's/^open.* = [0-9]+<(.*)>$/\1/p' "$log.calls" | grep -vE "^($inside$loaded)\$" || true
	grep -E '\("/|AT_FDCWD[^,]*, "' "$log.calls" |
		grep -vE "(\(|AT_FDCWD[^,]*, )\"($inside$loaded|/proc/self/fd/[0-9]+)\"" || true
	grep -E '^[a-z0-9]+at2?\([0-9]+<' "$log.calls" | grep -vE '\([0-2]<' | grep -vE "^[a-z0-9]+\([0-9]+<($inside$loaded)>" || true
	grep -E '^(socket|connect|open_by_handle_at|name_to_handle_at)\(' "$log.calls" || true
}

# of_a_sysroot: the commands that take one, a line each
of_a_sysroot() {
	cat <<-END
		list
		list --tree -o +OVERRIDE,NUMA,VFIO-DEV,RESERVED
		list --json
		check
		check -v --all
		check --for user:qemu
		check --for unit:libvirtd
		check --all --format json
		check --all --format facts
		iova 1
		fits --memory 4G 1
		report
		diff $amd
		explain no-iommu
	END
}

# bats test_tags=strace
@test "with --sysroot no command accesses anything outside, wherever links lead" {
	local root=$BATS_TEST_TMPDIR/root log=$BATS_TEST_TMPDIR/log place without command
	root=$(realpath "$BATS_TEST_TMPDIR")/root
	cp -r "$amd/files" "$root"
	rm -rf "$root/proc/self" "$root/dev/vfio"
	# A library that reads it would also read the command line of this machine.
	mkdir -p "$root/lib/modules/6.1.0" "$root/proc/sys/kernel"
	echo 6.1.0 >"$root/proc/sys/kernel/osrelease"
	touch "$root"/lib/modules/6.1.0/modules.{dep,builtin,alias,symbols,builtin.alias}.bin
	for place in etc/passwd etc/group etc/security etc/systemd usr/lib/systemd usr/share/misc \
		proc/self proc/cmdline proc/interrupts proc/modules dev/vfio sys/class/net sys/class/block sys/class/dmi \
		sys/devices/system sys/firmware sys/module; do
		mkdir -p "$root/$(dirname "$place")"
		rm -rf "${root:?}/$place"
		ln -s "/$place" "$root/$place"
	done
	for without in "" "-e inject=openat2:error=ENOSYS"; do
		while read -r command; do
			# shellcheck disable=SC2086 # words of options, and a command with its own
			strace -f -y -e trace=%file,%network,%desc $without -o "$log" "$program" --sysroot "$root" $command \
				>/dev/null 2>&1 || [[ $? =~ ^([0-3]|64)$ ]]
			echo "$command $without"
			grep -qE '^[0-9]+ +open' "$log"
			strayed "$log" "$root" "$amd" | tee "$log.strayed"
			[ ! -s "$log.strayed" ]
		done < <(of_a_sysroot)
	done
}

# bats test_tags=strace
@test "the test above would detect a link's target and a name of this machine" {
	local root log=$BATS_TEST_TMPDIR/log
	root=$(realpath "$BATS_TEST_TMPDIR")/root
	mkdir "$root"
	ln -s /proc/version "$root/out"
	strace -f -y -e trace=%file,%network,%desc -o "$log" cat "$root/out" >/dev/null
	strayed "$log" "$root" | grep -q '^/proc/version$'
	strace -f -y -e trace=%file,%network,%desc -o "$log" readlink /proc/self/exe >/dev/null
	strayed "$log" "$root" | grep -q '^readlink.*"/proc/self/exe"'
	strace -f -y -e trace=%file,%network,%desc -o "$log" "$program" list >/dev/null
	strayed "$log" "$root" | grep -q '^/proc/'
	strayed "$log" "$root" | grep -qE '^[a-z0-9]+\([0-9]+</'
}

# bats test_tags=strace
@test "only regular files are opened, in a sysroot and in a capture" {
	local log=$BATS_TEST_TMPDIR/log pipes file command
	pipes=$(realpath "$BATS_TEST_TMPDIR")/pipes
	cp -r "$amd" "$pipes"
	mkdir -p "$pipes/files/etc" "$pipes/files/usr/share/misc" "$pipes/files/lib/modules/6.1.0"
	touch "$pipes"/files/{etc/passwd,etc/group,usr/share/misc/pci.ids,lib/modules/6.1.0/modules.{dep,builtin}}
	while read -r file; do
		rm "$file" && mkfifo "$file"
	done < <(find "$pipes" -type f)
	# Which kernel it is has to be known, or its modules are not looked for.
	mkdir -p "$pipes/files/proc/sys/kernel"
	rm -f "$pipes/files/proc/sys/kernel/osrelease"
	echo 6.1.0 >"$pipes/files/proc/sys/kernel/osrelease"
	while read -r command; do
		# shellcheck disable=SC2086 # a command with its options
		strace -f -y -e trace=open,openat,openat2 -o "$log" "$program" $command >/dev/null 2>&1 || [[ $? =~ ^([0-3]|64)$ ]]
		join_calls "$log"
		echo "$command"
		grep -q "<$pipes" "$log"
		# Neither with success nor without.
		grep -E "\"[^\"]+\", [^\"]*O_|flags=" "$log" | grep -vE 'O_PATH|O_DIRECTORY|O_CLOEXEC\) += -1 ENOENT|osrelease' \
			>"$log.opened" || true
		grep -vE "\"($pipes|$loaded)\"" "$log.opened" | tee "$log.strayed"
		[ ! -s "$log.strayed" ]
	done < <(of_a_sysroot | grep -vE '^(diff|explain)' | sed "s|^|--sysroot $pipes/files |"; echo "--from $pipes list")
}

@test "a pipe in place of a file does not block" {
	local root=$BATS_TEST_TMPDIR/root
	mkdir -p "$root/proc"
	mkfifo "$root/proc/cmdline"
	timeout 10 "$program" --sysroot "$root" list
}

@test "a sysroot uses its own pci.ids" {
	local root=$BATS_TEST_TMPDIR/root
	cp -r "$amd/files" "$root"
	run vfiodiag --sysroot "$root" list --raw -o NAME 1
	[ "${lines[1]}" = 1234:11e8 ]
	mkdir -p "$root/usr/share/misc"
	printf '1234  Vendor\n\t11e8  Device\n' >"$root/usr/share/misc/pci.ids"
	run vfiodiag --sysroot "$root" list --raw -o NAME 1
	[ "${lines[1]}" = 'Vendor\x20Device' ]
}

@test "a truncated transcript is reported, and gives no verdict" {
	cp -r "$amd" "$copy"
	sed -i '/VFIO_GROUP_SET_CONTAINER/,$d' "$copy/transcript.jsonl"
	run vfiodiag --from "$copy" probe 1
	[ "$status" -eq 3 ]
	[[ $output == *"the capture has no answer to"*VFIO_GROUP_SET_CONTAINER* ]]
}

@test "a transcript of another run is reported, and gives no verdict" {
	cp -r "$amd" "$copy"
	sed -i 's/"VFIO_GROUP_GET_STATUS"/"VFIO_GROUP_OTHER"/' "$copy/transcript.jsonl"
	run vfiodiag --from "$copy" probe 1
	[ "$status" -eq 3 ]
	[[ $output == *"VFIO_GROUP_OTHER"*"where"*"VFIO_GROUP_GET_STATUS"* ]]
}

@test "offsets in a transcript stay inside the buffer" {
	cp -r "$amd" "$copy"
	sed -i 's/"24 u16 id 0x2"/"24 u16 id 0x2","131 u64 x 0x1","4294967295 u8 x 0x1","18446744073709551615 u64 x 0x1","132 u8 x 0x1"/' \
		"$copy/transcript.jsonl"
	run vfiodiag --from "$copy" probe 1
	[ "$status" -eq 0 ]
}

@test "no capture is written into a directory that others may write to" {
	mkdir -m 777 "$copy"
	run vfiodiag --record "$copy" list
	[ "$status" -eq 64 ]
	[[ $output == *"others may write to it"* ]]
	[ -z "$(ls -A "$copy")" ]
}

# bats test_tags=strace
@test "driver_override is read only for its column (the read can block for ever)" {
	strace -o "$BATS_TEST_TMPDIR/log" "$program" --sysroot "$amd/files" list >/dev/null
	absent driver_override "$BATS_TEST_TMPDIR/log"
	strace -o "$BATS_TEST_TMPDIR/log" "$program" --sysroot "$amd/files" list -o +OVERRIDE >/dev/null
	grep -q driver_override "$BATS_TEST_TMPDIR/log"
}

@test "a pci.ids with a broken line costs only names" {
	local root=$BATS_TEST_TMPDIR/root
	cp -r "$amd/files" "$root"
	mkdir -p "$root/usr/share/misc"
	printf '1234  Vendor\nzzzz broken line\n' >"$root/usr/share/misc/pci.ids"
	run vfiodiag --sysroot "$root" list --raw -o NAME 1
	[ "$status" -eq 0 ]
	[ "${lines[1]}" = 'Vendor\x2011e8' ]
}

@test "return values that no call has are refused" {
	cp -r "$amd" "$copy"
	sed -i '/"VFIO_GROUP_SET_CONTAINER"/s/"ret":0/"ret":-2147483648/' "$copy/transcript.jsonl"
	run vfiodiag --from "$copy" probe 1
	[ "$status" -eq 2 ]
	[[ $output == *"Bad message"* ]]
}

@test "without libnettle, archives are refused in one sentence, and a directory is read" {
	vfiodiag collect -q -o "$BATS_TEST_TMPDIR/good.tar.zst"
	# In the place of the libraries that it may load: readelf names them.
	LC_ALL=C readelf -p .note.dlopen "${VFIODIAG:-$top/build/gcc/vfiodiag}" |
		sed -n 's/.*"soname":\["\(libnettle[^"]*\)"\].*/\1/p' >"$BATS_TEST_TMPDIR/name"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/name")" -eq 1 ]
	mkdir "$BATS_TEST_TMPDIR/none"
	echo "no library" >"$BATS_TEST_TMPDIR/none/$(cat "$BATS_TEST_TMPDIR/name")"
	# shellcheck disable=SC2030,SC2031 # for this test
	export LD_LIBRARY_PATH=$BATS_TEST_TMPDIR/none
	run vfiodiag --from "$BATS_TEST_TMPDIR/good.tar.zst" list
	[ "$status" -eq 3 ]
	# Some libarchive wants libnettle too, and is then what is not there.
	[[ $output =~ lib(nettle|archive)\.so\.[0-9]+,\ which.*is\ not\ installed.*unpack\ the\ archive ]]
	run vfiodiag collect -q -o "$BATS_TEST_TMPDIR/bad.tar.zst"
	[ "$status" -eq 3 ]
	[[ $output =~ lib(nettle|archive)\.so\.[0-9]+,\ which.*is\ not\ installed ]]
	[ ! -e "$BATS_TEST_TMPDIR/bad.tar.zst" ]
	run vfiodiag --from "$amd" check
	[ "$status" -eq 0 ]
}

@test "if libarchive ends the program, nothing was measured, and no archive is there" {
	vfiodiag collect -q -o "$BATS_TEST_TMPDIR/good.tar.zst"
	mkdir "$BATS_TEST_TMPDIR/ending"
	{
		echo "#include <stdlib.h>"
		sed -n 's/.*each(\([a-z_]*\)).*/void archive_\1(void) { exit(1); }/p' "$top/src/capture/libarchive.h"
		echo "void archive_errno(void) { exit(1); }"
	} >"$BATS_TEST_TMPDIR/ending.c"
	"${CC:-cc}" -shared -fPIC -o "$BATS_TEST_TMPDIR/ending/libarchive.so.13" "$BATS_TEST_TMPDIR/ending.c"
	# This one names no libnettle, as those of some distributions. Where the archive is read, no file is opened.
	# shellcheck disable=SC2030,SC2031
	export LD_LIBRARY_PATH=$BATS_TEST_TMPDIR/ending
	run vfiodiag --from "$BATS_TEST_TMPDIR/good.tar.zst" check
	echo "$output"
	[ "$status" -eq 3 ]
	[[ $output == *"out of memory, nothing was measured" ]]
	run vfiodiag collect -q -o "$BATS_TEST_TMPDIR/bad.tar.zst"
	echo "$output"
	[ "$status" -eq 3 ]
	[[ $output == *"out of memory, nothing was measured" ]]
	[ ! -e "$BATS_TEST_TMPDIR/bad.tar.zst" ]
	# What else ends has its own status.
	run vfiodiag --version
	[ "$status" -eq 0 ]
	run vfiodiag no-such-command
	[ "$status" -eq 64 ]
}

@test "without libarchive, libsystemd and libtraceevent, archives are refused in one sentence, and the rest works" {
	local library
	mkdir "$BATS_TEST_TMPDIR/lib"
	vfiodiag collect -q -o "$BATS_TEST_TMPDIR/good.tar.zst"
	for library in libarchive.so.13 libsystemd.so.0 libtraceevent.so.1; do
		echo "no library" >"$BATS_TEST_TMPDIR/lib/$library"
	done
	# shellcheck disable=SC2030,SC2031
	export LD_LIBRARY_PATH=$BATS_TEST_TMPDIR/lib
	run vfiodiag --from "$BATS_TEST_TMPDIR/good.tar.zst" list
	[ "$status" -eq 3 ]
	[[ $output == *"libarchive.so.13, which reads archives, is not installed: unpack the archive"* ]]
	run vfiodiag collect -q -o "$BATS_TEST_TMPDIR/bad.tar.zst"
	[ "$status" -eq 3 ]
	[[ $output == *"libarchive.so.13, which writes archives, is not installed"* ]]
	[ ! -e "$BATS_TEST_TMPDIR/bad.tar.zst" ]
	run vfiodiag --from "$amd" check
	[ "$status" -eq 0 ]
	run vfiodiag check --for unit:no-such-unit
	[[ $output == *"unit no-such-unit.service"*"not known: libsystemd is not installed"* ]]
	run vfiodiag --from "$amd" probe --all
	[ "$status" -eq 0 ]
	run vfiodiag --record "$BATS_TEST_TMPDIR/recorded" check
	[ "$status" -ne 64 ]
	run vfiodiag --from "$BATS_TEST_TMPDIR/recorded" list
	[ "$status" -eq 0 ]
}

# recorded_session NAME: what a run below a process of that name, with a connection, records of its session.
recorded_session() {
	rm -rf "$copy"
	"$top/tests/cli/session.py" "$1" "$program" --record "$copy" check >/dev/null || true
	grep '"ssh-session"' "$copy/transcript.jsonl"
}

@test "the caller's SSH session is found by the socket of its server, and nothing of its other end is recorded" {
	unset SSH_CONNECTION
	recorded_session sshd | grep -F '"local":"127.0.0.1"'
	recorded_session sshd-session | grep -F '"local":"127.0.0.1"'
	absent "127\.0\.0\.5" "$copy/transcript.jsonl"
	recorded_session frob >"$BATS_TEST_TMPDIR/frob"
	absent local "$BATS_TEST_TMPDIR/frob"
	# Which session is attached to it is not known.
	recorded_session "tmux: server" | grep -F '"errno":"ENODATA"'
	# shellcheck disable=SC2031 # bats runs each test in a process
	export SSH_CONNECTION="192.0.2.9 50112 192.0.2.7 22"
	recorded_session frob | grep -F '"local":"192.0.2.7"'
	absent "192\.0\.2\.9" "$copy/transcript.jsonl"
	vfiodiag --from "$copy" check >/dev/null || [ "$?" -le 3 ]
}
