# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# In the guest: run a command again and again, with one system call failing each time, and hand over
# what each run left behind. "vfiodiag ARG…" are the arguments, /tmp/plan holds what is to fail:
#
#	base				the undisturbed run
#	log				its system calls
#	CALL WHAT N			such as "openat error=EIO 7" or "ioctl signal=KILL 3"
#
# For each a line "@ STATUS INJECTED LEFT BYTES BYTES BYTES WHAT", behind it what was on standard
# output, on standard error, and in the witness's report or the log, each of so many bytes.

cd /tmp || exit 1
export FAULTS_REPORT=/tmp/report

# Nobody has a node of VFIO open, the group is in its default domain, and no module is in use.
nothing_left() {
	! pidof vfiodiag >/dev/null || return 1
	# shellcheck disable=SC2010 # the names are numbers, and the targets are looked for
	! ls -l /proc/[0-9]*/fd 2>/dev/null | grep -q /dev/vfio || return 1
	grep -q '^DMA' /sys/kernel/iommu_groups/1/type || return 1
	[ "$(cat /sys/module/vfio_iommu_type1/refcnt)" = 0 ]
}

# An archive is looked at by the program itself, and must not be there when collect failed.
look_into() {
	[ -e a.tar.zst ] || return 0
	env -u FAULTS_REPORT vfiodiag --from a.tar.zst check --all --format json >out 2>>err
	echo "[archive $?]" >>err
	rm -f a.tar.zst
}

# Files that no run may leave.
leftovers() {
	for file in .*.zst.* a.tar.zst; do
		[ -e "$file" ] && echo "$file"
	done
}

hand_over() {
	left=no
	nothing_left || left=yes
	[ -z "$(leftovers)" ] || left=files
	for file in out err report; do
		[ -e "$file" ] || : >"$file"
	done
	echo "@ $1 $2 $left $(wc -c <out) $(wc -c <err) $(wc -c <report) $3"
	cat out err report
	rm -f report
}

while read -r call what n; do
	status=0 injected=yes
	rm -f report
	case $call in
	base) "$@" >out 2>err </dev/null || status=$? ;;
	log)
		strace -f -o log "$@" >out 2>err </dev/null || status=$?
		: >out
		: >err
		mv log report
		;;
	*)
		# With a filter strace sends no signals.
		filter=--seccomp-bpf
		[ "${what#signal=}" = "$what" ] || filter=
		timeout 60 strace -f -o log $filter -e "trace=$call" \
			-e "inject=$call:$what:when=$n" "$@" >out 2>err </dev/null || status=$?
		grep -qE '\(INJECTED\)|killed by|--- SIG' log || injected=no
		;;
	esac
	look_into
	hand_over "$status" "$injected" "$call $what $n"
done </tmp/plan
