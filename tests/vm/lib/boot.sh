# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # the parts share variables; run shows them all
# Start QEMU, wait for it, judge the console, take the results.

# What a kernel prints when it is in trouble. Only lines with the kernel's own time stamp count.
readonly trouble='\[ *[0-9]+\.[0-9]+\](\[[^]]*\])? (WARNING: |.*(BUG:|[Kk]ernel BUG|cut here|Oops|Kernel panic|Call [Tt]race:|KASAN|KCSAN|UBSAN|KFENCE|kmemleak:|general protection fault|Internal error:|Unable to handle kernel|double fault|soft lockup|hard LOCKUP|blocked for more than|refcount_t:|list_(add|del) corruption))'

# start_qemu: in the background; sets $lab_child.
# setpriv kills timeout when this script dies, and QEMU when timeout dies.
start_qemu() {
	local append="console=$arch_console rdinit=/init panic=-1 rcupdate.rcu_cpu_stall_suppress=1 nowatchdog"
	append+=" $arch_append $iommu_append $opt_append"
	local -a command=("$arch_qemu")
	[[ -z $opt_other_qemu ]] || command=("$lab/qemu" "$opt_other_qemu" "${arch_qemu#qemu-system-}")
	command+=(
		-nodefaults -no-user-config -no-reboot -display none -accel tcg
		"${arch_machine[@]}" -m "$arch_memory" -smp 1
		-chardev "file,id=console,path=${console//,/,,}"
		-chardev "file,id=results,path=${run_dir//,/,,}/results"
		"${iommu_devices[@]}" "${arch_devices[@]}" "${test_device[@]}" "${opt_qemu[@]}"
		-kernel "$kernel_dir/image" -initrd "$run_dir/initrd" -append "$append"
	)
	setpriv --pdeathsig TERM timeout -k 5 "$opt_timeout" setpriv --pdeathsig KILL \
		"${command[@]}" </dev/null >"$run_dir/qemu" 2>&1 &
	lab_child=$!
}

# boot: one guest, from start to its results in $run_dir/out.
boot() {
	local status=0
	: >"$console"
	start_qemu
	wait "$lab_child" || status=$?
	lab_child=
	mkdir "$run_dir/out"
	tar -xzf "$run_dir/results" -C "$run_dir/out" --no-same-owner --no-same-permissions 2>/dev/null || true
	judge "$status"
}

# judge STATUS: a lab failure if the guest or its kernel was in trouble.
judge() {
	local out=$run_dir/out line
	line=$(cat "$console" "$out/dmesg" 2>/dev/null | tr -d '\0\r' | grep -a -m 1 -E "$trouble") || true
	[[ -z $line ]] || lab_failure "the guest's kernel was in trouble: $line"
	[[ $1 != 124 && $1 != 137 ]] ||
		lab_failure "the guest was not done within $opt_timeout seconds and was stopped"
	[[ $1 == 0 ]] ||
		lab_failure "$arch_qemu ended with status $1: $(tail -n 3 "$run_dir/qemu" | paste -sd' ')"
	[[ ! -e $out/failure ]] || lab_failure "$(<"$out/failure")"
	[[ -s $out/status ]] ||
		lab_failure "the guest ended without a result: it did not boot, or its first process died"
}

# lab_failure SENTENCE: with the end of the console.
lab_failure() {
	tr -d '\r\0' <"$console" >"$run_dir/tail"
	printf 'vm/run: %s\n' "$1" >&2
	if [[ -s $run_dir/tail ]]; then
		printf 'The last lines of the console of %s (%s, %s):\n' "$kernel_version" "$opt_arch" "$opt_iommu" >&2
		tail -n 30 "$run_dir/tail" | sed 's/^/  | /' >&2
	fi
	exit "$EXIT_LAB"
}

# hand_over: what the program said, and its capture; sets $REPLY to its status.
hand_over() {
	local out=$run_dir/out
	if [[ -n $opt_capture ]]; then
		take_capture "$out"
	fi
	cat "$out/stdout"
	cat "$out/stderr" >&2
	REPLY=$(<"$out/status")
}

take_capture() {
	if [[ ! -e $1/capture ]]; then
		cat "$1/stderr" >&2
		lab_failure "the program left no /run/capture; its status was $(<"$1/status")"
	fi
	mkdir -p "$opt_capture"
	if [[ -d $1/capture ]]; then
		cp -a --no-preserve=ownership "$1/capture/." "$opt_capture/"
	else
		cp -a --no-preserve=ownership "$1/capture" "$opt_capture/"
	fi
}
