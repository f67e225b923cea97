# SPDX-License-Identifier: GPL-2.0-or-later
# The page table of a group, read in the memory of real kernels: page_table.c maps pages in several ways, and
# asks for each. Two pages that were mapped together take one entry behind AMD-Vi and virtio-iommu, and two
# behind the others, on each kernel.

setup() {
	load lib
	program=$(dirname "${VFIODIAG:-$vm/../../build/gcc/vfiodiag}")/tests/vm/page_table
}

# choose LAB-OPTION…: sets $built and $address, where the device is usually.
choose() {
	built=$program address=0000:00:04.0
	case $* in
	*arm64*) built=$vm/../../build/arm64/tests/vm/page_table ;;
	*s390x*) built=$vm/../../build/s390x/tests/vm/page_table address=0011:00:00.0 ;;
	esac
}

# ask KIND LAB-OPTION…: all cases.
ask() {
	local kind=$1 address built
	shift
	choose "$@"
	lab "$@" --program "$built" -- "$kind" "$address"
	[ "$status" -eq 0 ]
}

# answers_are RESULT-OF-PAIR [LARGE [NONE]]: and those of all other cases, which do not depend on the IOMMU.
# LARGE: without transparent huge pages an entry covers no more than a page.
answers_are() {
	diff - <(printf '%s\n' "$output") <<-END
		pair $1
		apart two-entries
		other unknown an entry leads to other memory than was mapped
		odd unknown the pages are not aligned to their size
		large ${2:-unknown an entry covers more than was mapped}
		half unknown the page table has no entry for a part of the mapping
		none unknown ${3:-the page table has no entry for a part of the mapping}
		masked unknown /proc/kcore is masked, as in a container
		changing $1 0 wrong
		without_admin unknown the pages' place in memory is hidden without CAP_SYS_ADMIN
		without_rawio unknown reading the kernel's memory needs root, or the capability CAP_SYS_RAWIO
	END
}

# mappings LAB-OPTION…: "vfiodiag mappings" of the group, whose memory another process holds mapped (hold()).
mappings() {
	local address built
	choose "$@"
	lab "$@" --program "${built%/tests/vm/*}/vfiodiag" --also "$built" --setup "page_table $address hold >/dev/console 2>&1 &"'
		until [ -e /tmp/held ]; do sleep 0.1; [ -d /proc/$! ] || exit 1; done' \
		-- mappings "$address" --format json
}

# mapped_are ENTRIES LARGE POSSIBLE NOT-OFFERED ASKEW: of each size in bytes how many, and bytes of each kind.
mapped_are() {
	[ "$status" -eq 0 ]
	holds ".mappings | .not_known == null and .bytes == 6324224 and .longest_run == 2097152 and
		.other_entries == {count: 0, bytes: 0} and .large_entry == 2097152 and
		([.entries[] | {(.size | tostring): .count}] | add) == $1 and
		([.kinds[] | {(.kind): .bytes}] | add) ==
			{large: $2, possible: $3, \"not-offered\": $4, askew: $5, scattered: 32768}"
}

unsafe=(--module vfio_iommu_type1=allow_unsafe_interrupts=1)

@test "Intel, 5.10" {
	ask intel --iommu intel --suite bullseye
	answers_are two-entries
}

@test "AMD, 5.10, whose page table is not known" {
	lab --iommu amd --suite bullseye --program "$program" -- amd 0000:00:04.0 pair
	[ "$output" = "pair unknown the BTF has no iop in struct protection_domain" ]
}

@test "Intel, 6.1" {
	ask intel --iommu intel
	answers_are two-entries
}

@test "Intel, 6.12" {
	ask intel --iommu intel --suite trixie
	answers_are two-entries
}

@test "Intel, 7.x" {
	ask intel --iommu intel --suite trixie-backports
	answers_are two-entries
}

@test "AMD, 6.1" {
	ask amd --iommu amd
	answers_are one-entry
}

@test "AMD, 6.12" {
	ask amd --iommu amd --suite trixie
	answers_are one-entry
}

@test "AMD, 7.x" {
	ask amd --iommu amd --suite trixie-backports "${unsafe[@]}"
	answers_are one-entry
}

@test "AMD without larger entries, 7.x" {
	ask amd --iommu amd --suite trixie-backports "${unsafe[@]}" --append amd_iommu=nohugepages
	[[ $output == "pair two-entries"$'\n'"apart two-entries"$'\n'* ]]
}

@test "virtio-iommu, 6.12" {
	ask virtio --iommu virtio --suite trixie "${unsafe[@]}"
	answers_are one-entry "" "the tree of mappings is empty"
}

@test "virtio-iommu, 7.x" {
	ask virtio --iommu virtio --suite trixie-backports "${unsafe[@]}"
	answers_are one-entry "" "the tree of mappings is empty"
}

@test "SMMUv3, 6.12" {
	ask smmu --arch arm64
	answers_are two-entries
}

@test "SMMUv3 with pages of 16 KiB, 6.12" {
	ask smmu --arch arm64 --kernel arm64-16k
	answers_are two-entries two-entries
}

@test "zPCI, big-endian, 6.12" {
	ask zpci --arch s390x
	answers_are two-entries two-entries
}

@test "the answer of another IOMMU's driver is not guessed" {
	lab --iommu amd --program "$program" -- intel 0000:00:04.0 pair
	[ "$status" -eq 0 ]
	[[ $output == "pair unknown "* ]]
}

@test "in another PID namespace the process that reads is found all the same" {
	lab --iommu amd --wrap "unshare -p -f" --program "$program" -- amd 0000:00:04.0 pair
	[ "$output" = "pair one-entry" ]
	# With a /proc of its own too.
	lab --iommu amd --wrap "unshare -p -f -m --mount-proc" --program "$program" -- amd 0000:00:04.0 pair
	[ "$output" = "pair one-entry" ]
}

@test "lockdown: integrity is no hindrance, confidentiality is" {
	lab --iommu intel --append lockdown=integrity --program "$program" -- intel 0000:00:04.0 pair
	[ "$output" = "pair two-entries" ]
	lab --iommu intel --append lockdown=confidentiality --setup 'mount -t securityfs securityfs /sys/kernel/security' \
		--program "$program" -- intel 0000:00:04.0 pair
	[ "$output" = "pair unknown the kernel's lockdown (confidentiality) forbids reading its memory" ]
}

# It is killed once its answer is there, which it may forestall by its end.
@test "once its files are open, the process that reads only reads" {
	lab --iommu amd --setup '
		strace -ff -o /tmp/log vfiodiag amd 0000:00:04.0 pair >/tmp/out
		child=$(grep -l kcore /tmp/log.*)
		[ "$(echo $child | wc -w)" = 1 ] &&
		sed -n "/^seccomp(/,\$p" $child | sed 1d | sed "s/(.*//" | sort -u >/tmp/calls
		cat /tmp/calls
		grep -q pread64 /tmp/calls &&
		! grep -vE "^(brk|mmap|munmap|mremap|read|pread64|write|exit_group|[+]{3} (exited with 0|killed by SIGKILL) [+]{3})$" /tmp/calls &&
		grep -q "capset.*effective=0, permitted=0, inheritable=0.* = 0$" $child &&
		! grep -E "O_(RDWR|WRONLY|CREAT)" $child' --program "$program" -- amd 0000:00:04.0 pair
	[ "$output" = "pair one-entry" ]
}

@test "mappings of a group that another process holds are as that process made them" {
	while read -r options; do
		# shellcheck disable=SC2086 # several options
		mappings $options
		mapped_are '{"4096": 1032, "2097152": 1}' 2097152 2097152 0 2097152
		holds '.findings == []'
	done <<-'END'
		--iommu intel
		--iommu intel --suite trixie
		--iommu intel --suite trixie-backports
		--iommu amd
		--iommu amd --suite trixie-backports --module vfio_iommu_type1=allow_unsafe_interrupts=1
		--arch arm64
	END
}

@test "zPCI has no large entries, and no advice that would give some" {
	mappings --arch s390x
	[ "$status" -eq 0 ]
	holds '.mappings | .not_known == null and .bytes == 6324224 and .page_sizes == [4096] and
		.entries == [{size: 4096, count: 1544}] and ([.kinds[].bytes] | add) == .bytes and
		[.kinds[] | select(.bytes > 0).kind] - ["not-offered", "askew", "scattered"] == []'
	holds '[.mappings.kinds[] | select(.kind == "askew" or .kind == "scattered").fix] == [null, null]'
}

@test "options that keep entries small show in the mappings" {
	local small='{"4096": 1544}'
	mappings --iommu intel --suite trixie-backports --append intel_iommu=sp_off
	mapped_are "$small" 0 0 4194304 2097152
	holds '[.findings[].id] == ["superpages-limited"]'
	mappings --iommu intel --module vfio_iommu_type1=disable_hugepages=1
	mapped_are "$small" 0 4194304 0 2097152
	holds '[.findings[].id] == ["hugepages-disabled"]'
}

@test "mappings opens nothing of VFIO, and says so little of a group that VFIO does not have" {
	local strace="sh -c 'strace -f -e trace=open,openat,openat2,ioctl -o /tmp/log \"\$@\"; status=\$?; grep -c kcore /tmp/log >&2; grep -E \"/dev/vfio|/dev/iommu|VFIO_\" /tmp/log >&2; exit \$status' sh"
	mappings --iommu amd --suite trixie-backports "${unsafe[@]}" --wrap "$strace"
	mapped_are '{"4096": 1032, "2097152": 1}' 2097152 2097152 0 2097152
	[ "$errors" = 1 ]
	lab --iommu amd -- mappings 1 --format json
	[ "$status" -eq 3 ]
	holds '.mappings | .bytes == null and .entries == null and .kinds == null'
	[ "$(jq -r .mappings.not_known <<<"$output")" = "the group's domain is the kernel's own, and not VFIO's" ]
}

@test "an identity domain has no page table, and that of VFIO has one all the same" {
	lab --iommu amd --suite trixie-backports "${unsafe[@]}" --append iommu=pt --setup '
		vfiodiag mappings 1 >/run/said
		[ $? -eq 3 ] && grep -x "  not known: an identity domain has no page table" /run/said' -- probe 1 --format json
	[ "$status" -eq 0 ]
	holds '.probes[0].method == "page-table"'
}

@test "a guest whose memory others may not see is not read" {
	# The files that say so, laid over those of this guest.
	lab --iommu intel --wrap "sh /tmp/ask" --setup 'cat >/tmp/ask <<\END
sed "s/^flags\t.*/& tdx_guest/" /proc/cpuinfo >/tmp/cpuinfo
mount --bind /tmp/cpuinfo /proc/cpuinfo
"$@"
umount /proc/cpuinfo
mount -t tmpfs tmpfs /sys/firmware
mkdir /sys/firmware/uv
echo 1 >/sys/firmware/uv/prot_virt_guest
"$@"
echo 0 >/sys/firmware/uv/prot_virt_guest
"$@"
END' --program "$program" -- intel 0000:00:04.0 pair
	diff - <(printf '%s\n' "$output") <<-END
		pair unknown this is a guest of Intel TDX, whose memory is not read
		pair unknown this is a protected guest (s390), whose memory is not read
		pair two-entries
	END
}

@test "the kernel's types are read once, and mapped where the kernel allows it" {
	local suite
	for suite in trixie trixie-backports; do
		lab --iommu amd --suite $suite "${unsafe[@]}" --wrap "sh /tmp/ask" --setup 'cat >/tmp/ask <<\END
strace -f -P /sys/kernel/btf/vmlinux -o /tmp/log "$@" >&2
sed -n "s/^[0-9]* *\([a-z]*\)(.*/\1/p" /tmp/log | sort | uniq -c | sed "s/read64/read/; s/^ *//"
END' --program "$program" -- amd 0000:00:04.0 pair apart masked
		[ "$(grep -c "^pair one\|^apart two\|^masked unknown" <<<"$errors")" = 3 ]
		grep -x "1 openat" <<<"$output"
		case $suite in
		trixie) [ "$(sed -n 's/ read$//p' <<<"$output")" -gt 500 ] ;;
		*) [ "$(grep -c read <<<"$output")" = 0 ] && grep -x "1 mmap" <<<"$output" ;;
		esac
	done
}

# In the guest: "fail PATH CALL HOW WHEN" asks while that call on PATH fails, or ends its process, and prints what
# was said; "" is any path. "fail_each PATH CALL HOW WORDS" does so for each time that it is made, or each
# third one, and prints only what does not begin with WORDS. None leaves a process, or a group that is open.
failing='
try() {
	strace -f -o /tmp/log ${1:+-P $1} -e trace=$2 -e inject=$2:$3:when=$4 $ask >/tmp/said 2>&1 ||
		echo "status $?" >>/tmp/said
	! pidof vfiodiag >/dev/null || echo "a process is left" >>/tmp/said
	! ls -l /proc/[0-9]*/fd 2>/dev/null | grep -q /dev/vfio || echo "a group is left open" >>/tmp/said
}
fail() {
	try "$@"
	echo "$2 $3: $(cat /tmp/said)"
}
fail_each() {
	strace -f -o /tmp/log -P $1 -e trace=$2 $ask >/tmp/said
	n=$(grep -c " $2(" /tmp/log) tried=0
	for at in $(seq 1 '"${VFIODIAG_EVERY:-3}"' $n); do
		try $1 $2 $3 $at
		tried=$((tried + 1))
		[ "$(cat /tmp/said)" != "${4% }" ] && [ "$(wc -l </tmp/said)" = 1 ] && grep -q "^$4" /tmp/said ||
			echo "$2 $3 $at of $n: $(cat /tmp/said)"
	done
	[ $tried -gt 10 ] && echo "$2 $3: done"
}
ask=$*
'

@test "a call of the process that reads fails, or ends it: no wrong answer, and nothing is left" {
	lab --iommu amd --suite trixie --timeout 600 --wrap "sh /tmp/ask" --setup "cat >/tmp/ask <<\\END
$failing
for error in EACCES EMFILE ENOENT ENOMEM EPERM; do
	fail /proc/kcore openat error=\$error 1
done
fail /proc/kcore fstatfs error=EIO 1
fail /sys/kernel/btf/vmlinux openat error=ENOENT 1+
fail /sys/kernel/btf/vmlinux fstatfs error=EIO 1+
fail /sys/kernel/btf/vmlinux read error=EIO 1+
fail /sys/kernel/iommu_groups/1 openat error=ENOENT 1
fail /sys/kernel/iommu_groups/1 fstatfs error=EIO 1
fail '' capset error=EPERM 1+
fail '' seccomp error=EINVAL 1
fail '' pipe2 error=EMFILE 1
fail '' clone,clone3,fork,vfork error=EAGAIN 1
fail '' poll error=ENOMEM 1
for path in /proc/kcore /sys/kernel/iommu_groups/1; do
	fail \$path openat signal=KILL 1
done
fail '' seccomp signal=KILL 1
fail_each /proc/kcore pread64 error=EIO 'pair unknown '
fail_each /proc/kcore pread64 signal=KILL 'pair unknown the process that reads the kernel.s memory ended without an answer$'
END" --program "$program" -- amd 0000:00:04.0 pair
	diff - <(printf '%s\n' "$output") <<-END
		openat error=EACCES: pair unknown a container or a security policy forbids reading the kernel's memory
		openat error=EMFILE: pair unknown /proc/kcore cannot be opened: Too many open files
		openat error=ENOENT: pair unknown the kernel has no /proc/kcore
		openat error=ENOMEM: pair unknown /proc/kcore cannot be opened: Cannot allocate memory
		openat error=EPERM: pair unknown a container or a security policy forbids reading the kernel's memory
		fstatfs error=EIO: pair unknown /proc/kcore cannot be opened: Input/output error
		openat error=ENOENT: pair unknown the kernel does not describe its types (BTF): No such file or directory
		fstatfs error=EIO: pair unknown the kernel does not describe its types (BTF): Input/output error
		read error=EIO: pair unknown the kernel's types cannot be read: Input/output error
		openat error=ENOENT: pair unknown IOMMU group 1 cannot be opened: No such file or directory
		fstatfs error=EIO: pair unknown IOMMU group 1 cannot be opened: Input/output error
		capset error=EPERM: pair unknown the process that reads the kernel's memory cannot be confined
		seccomp error=EINVAL: pair unknown the process that reads the kernel's memory cannot be confined
		pipe2 error=EMFILE: pair unknown no process could be asked: Too many open files
		clone,clone3,fork,vfork error=EAGAIN: pair unknown Resource temporarily unavailable
		poll error=ENOMEM: pair unknown Cannot allocate memory
		openat signal=KILL: pair unknown the process that reads the kernel's memory ended without an answer
		openat signal=KILL: pair unknown the process that reads the kernel's memory ended without an answer
		seccomp signal=KILL: pair unknown the process that reads the kernel's memory ended without an answer
		pread64 error=EIO: done
		pread64 signal=KILL: done
	END
}

@test "on a terminal mappings says what it waits for; after a minute it ends what it waits for, and nothing is known" {
	local console=$BATS_TEST_TMPDIR/console reader
	local twice="sh -c '\"\$@\" >/dev/console 2>&1; strace -f -e trace=poll,kill -e inject=poll:retval=0 -o /tmp/log \"\$@\" 2>/dev/null; status=\$?; grep -v \", 250) = 0\" /tmp/log >&2; exit \$status' sh"
	mappings --iommu amd --console "$console" --wrap "$twice"
	grep -a $'\r\e\[Kreading the page table of group 1' "$console"
	[ "$status" -eq 3 ]
	holds ".mappings | .bytes == null and
		.not_known == \"the process that reads the kernel's memory did not answer in time\""
	# Some of the minute may be over.
	reader=$(sed -nE '/poll\(.*, (60000|60001|[2-5][0-9]{4})\) /{n;s/.*kill\(([0-9]+), SIGKILL\).*/\1/p}' <<<"$errors")
	grep "^$reader *+++ killed by SIGKILL +++" <<<"$errors"
}
