# SPDX-License-Identifier: GPL-2.0-or-later
# The lab itself: what the tests of this folder lean on.

setup() {
	load lib
	program=$BATS_TEST_TMPDIR/program
	cat >"$program" <<-'END'
		#!/bin/sh
		printf 'out \377\r\n'
		printf 'err' >&2
		for word; do printf '[%s]' "$word"; done
		exit 7
	END
	chmod +x "$program"
}

@test "output, error output, arguments and status are passed on unchanged" {
	lab --program "$program" -- 'two words' '' "quote's" $'new\nline'
	[ "$status" -eq 7 ]
	printf 'out \377\r\n[two words][][quote'\''s][new\nline]' | cmp - "$BATS_TEST_TMPDIR/out"
	printf 'err' | cmp - "$BATS_TEST_TMPDIR/err"
}

@test "setup commands run in their order" {
	lab --program "$program" --setup 'echo 1 >/tmp/order' --setup 'echo 2 >>/tmp/order' \
		--setup '[ "$(cat /tmp/order)" = "1
2" ]' --
	[ "$status" -eq 7 ]
}

@test "a setup command that fails fails the lab" {
	lab --program "$program" --setup false --
	[ "$status" -eq 125 ]
	[[ $errors == *"setup command"* ]]
}

@test "a kernel that warns fails the lab, whatever the program said" {
	lab --program "$program" --setup 'echo "WARNING: CPU: 0 PID: 1 at a/test.c:1" >/dev/kmsg' --
	[ "$status" -eq 125 ]
}

@test "an unknown option" {
	lab --frob --
	[ "$status" -eq 64 ]
}

# prepared [--kernel VERSION] VERSION…: get_kernel of a suite of s390x that lists five kernels and
# whose mirror lacks the VERSIONs. Prints what it took and what it remembers.
# shellcheck disable=SC2034,SC2317 # the parts of the lab read and call them
prepared() {
	cache=$BATS_TEST_TMPDIR/cache opt_arch=s390x opt_suite=trixie opt_prepare=yes opt_refresh='' opt_kernel=''
	[[ $1 != --kernel ]] || { opt_kernel=$2 && shift 2; }
	lacking=("$@")
	for part in common fetch kernel; do
		# shellcheck source=/dev/null
		. "$vm/lib/$part.sh"
	done
	apt_setup() { apt_home=$cache/apt && mkdir -p "$apt_home"; }
	apt_update() { apt_fresh=yes; }
	apt_depends() { echo "linux-image-6.12.117+deb13-s390x (= 6.12.117-1)"; }
	apt_run() { printf 'linux-image-%s\n' 6.12.{9,107,117}+deb13-s390x 6.12.108+deb13-s390x-dbg 5.10.0-46-s390x 7.1.0-s390x; }
	apt_download() { [[ " ${lacking[*]} " != *" ${2#linux-image-} "* ]] && : >"$1/$2.deb"; }
	dpkg-deb() { :; }
	unpack_kernel() { cp "$1"/*.deb "$2"; }
	find_kernel
	get_kernel
	echo "took $kernel_version: $(cd "$kernel_dir" && echo *)"
	echo "remembers $(cat "$cache/default/trixie-s390x")"
}

@test "the newest kernel of a suite that the mirror has is taken, and remembered" {
	run prepared none
	[[ $output == *"took 6.12.117+deb13-s390x: linux-image-6.12.117+deb13-s390x.deb"* ]]
	[[ $output != *warning* ]]
}

@test "a kernel that the mirror lists and lacks: the one before is taken, and remembered" {
	run prepared 6.12.117+deb13-s390x
	[[ $output == *"warning: 6.12.117+deb13-s390x cannot be fetched from trixie (s390x), so the kernel is 6.12.107+deb13-s390x"* ]]
	[[ $output == *"took 6.12.107+deb13-s390x: linux-image-6.12.107+deb13-s390x.deb"* ]]
	[[ $output == *"remembers 6.12.107+deb13-s390x" ]]
	# The second time nothing is fetched.
	run prepared 6.12.{9,107,117}+deb13-s390x
	[ "$output" = "took 6.12.107+deb13-s390x: linux-image-6.12.107+deb13-s390x.deb
remembers 6.12.107+deb13-s390x" ]
}

@test "a kernel that the mirror lists and lacks, as the one before: the one before that is taken" {
	run prepared 6.12.{107,117}+deb13-s390x
	[[ $output == *"took 6.12.9+deb13-s390x: linux-image-6.12.9+deb13-s390x.deb"* ]]
	[[ $output == *"remembers 6.12.9+deb13-s390x" ]]
}

@test "a kernel that the mirror lists and lacks: named, or with no older one, it fails the lab" {
	run prepared --kernel 6.12.117+deb13-s390x 6.12.117+deb13-s390x
	[ "$status" -eq 125 ]
	run prepared 6.12.{9,107,117}+deb13-s390x
	[ "$status" -eq 125 ]
	[[ $output == *"linux-image-6.12.117+deb13-s390x cannot be fetched from trixie (s390x); the suite has: 5.10.0-46-s390x 6.12.9+deb13-s390x 6.12.107+deb13-s390x 6.12.117+deb13-s390x 7.1.0-s390x"* ]]
}

# shellcheck disable=SC2034,SC2317 # the parts of the lab read and call them
@test "tools that the suite's mirror lacks are those of the machine's own release" {
	cache=$BATS_TEST_TMPDIR/cache opt_arch=s390x opt_suite=trixie opt_prepare=yes opt_refresh=''
	for part in common fetch guest; do
		# shellcheck source=/dev/null
		. "$vm/lib/$part.sh"
	done
	machine_release() { echo bookworm; }
	apt_setup() { apt_home=$cache/apt/$1-$2 && mkdir -p "$apt_home"; }
	apt_update() { apt_fresh=yes && echo "lists of $opt_suite"; }
	apt_download_all() { [[ $opt_suite == bookworm ]] && echo "$opt_suite" >"$1/a.deb"; }
	dpkg-deb() { cp "$2" "$3"; }
	unpack_tools() { cp "$1"/* "$2"; }
	# That the lists of trixie were just read says nothing of those of bookworm.
	apt_home=$cache/apt/trixie-s390x apt_fresh=yes
	run get_tools
	[ "$status" -eq 0 ]
	[[ $output == *"lists of bookworm"* ]]
	[[ $output == *"warning: busybox and strace cannot be fetched from trixie (s390x), so they are those of bookworm"* ]]
	[ "$(cat "$cache/tools/trixie-s390x/a.deb")" = bookworm ]
	# Where that is the machine's own release, there is no other.
	opt_suite=bookworm
	apt_download_all() { false; }
	run get_tools
	[ "$status" -eq 125 ]
	[[ $output == *"busybox-static and strace cannot be fetched from bookworm (s390x)"* ]]
}
