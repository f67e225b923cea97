# SPDX-License-Identifier: GPL-2.0-or-later
# fits lays guests out as QEMU does: its own memory map is the judge, that of this machine's QEMU and of
# the one of trixie. And the live part of iova and fits on real kernels.

# Sets $emulators, "NAME=VERSION" a word: this machine's QEMU, and trixie's unless it is the same.
setup_file() {
	local own trixie version='s/.* version ([0-9]+\.[0-9]+).*/\1/p'
	own=$(qemu-system-x86_64 --version | sed -nE "1$version")
	trixie=$("$BATS_TEST_DIRNAME/qemu" trixie x86_64 --version | sed -nE "1$version")
	[ -n "$own" ] && [ "$trixie" = 10.0 ]
	export emulators="own=$own"
	[ "$own" = "$trixie" ] || emulators+=" trixie=$trixie"
}

setup() {
	load lib
	top=$(cd "$vm/../.." && pwd)
	. "$top/tests/lib/hosts.bash"
}

vfiodiag() {
	keeping_json "${VFIODIAG:-$top/build/gcc/vfiodiag}" "$@"
}

# qemu ARCHITECTURE MEMORY ARG…: a guest of $emulator (this machine's without it) that never runs; the
# monitor's commands come on standard input. Memory is only address space.
qemu() {
	local size=$2 command=("qemu-system-$1")
	[[ ${emulator:-own} == own* ]] || command=("$vm/qemu" "${emulator%=*}" "$1")
	shift 2
	timeout 60 "${command[@]}" -display none -nodefaults -S -monitor stdio \
		-object "memory-backend-ram,id=main,size=$size,reserve=off" "$@" 2>&1 | tr -d '\r'
}

# mapped ARCHITECTURE MACHINE SIZE MORE CPU: where RAM and the room for more lie by QEMU's memory map,
# "START END NAME" a line. MORE is what follows the size behind -m, such as ",slots=2,maxmem=8G".
mapped() {
	# Sizes and machine types are plain words.
	qemu "$1" "$3" -machine "$2,memory-backend=main" -m "$3$4" -cpu "$5" \
		<<<$'info mtree\nquit' >"$BATS_TEST_TMPDIR/mtree"
	sed -n '/^address-space: memory/,/^$/p' "$BATS_TEST_TMPDIR/mtree" |
		sed -nE 's/^ +([0-9a-f]{16})-([0-9a-f]{16}) \(prio [-0-9]+, (ram|i\/o)\): (alias )?(ram-below-4g|ram-above-4g|device-memory|main)( .*)?$/\1 \2 \5/p' |
		sort -u
}

# laid HOST ARG…: the same by fits; without a probe, since only the layout is wanted.
laid() {
	local host=$1
	shift
	{ vfiodiag --from "$hosts/$host/capture" fits --format json "$@" || [ $? -ne 64 ]; } |
		tee "$BATS_TEST_TMPDIR/fits" |
		jq -r '.pieces[] | select(.kind != "bar") | [.start, .end, .region] | join(" ")' |
		while read -r start end name; do
			case $name in mach-virt.ram | s390.ram) name=main ;; esac
			printf '%016x %016x %s\n' "$start" "$end" "$name"
		done | sort -u
}

# same WANTED GOT
same() {
	echo "QEMU:"
	cat "$1"
	echo "fits:"
	cat "$2"
	[ -s "$1" ]
	cmp "$1" "$2"
}

# agree HOST GROUP CPU ARCHITECTURE MACHINE SIZE [MAXMEMORY SLOTS]: each QEMU, or only $only, and fits put
# all in the same place.
agree() {
	local host=$1 group=$2 cpu=$3 architecture=$4 machine=$5 size=$6 maximum=${7:-} slots=${8:-} emulator
	for emulator in ${only:-${emulators:?}}; do
		echo "$emulator: $machine, $size $maximum $slots, $cpu"
		mapped "$architecture" "$machine" "$size" "${maximum:+,maxmem=$maximum,slots=$slots}" "$cpu" \
			>"$BATS_TEST_TMPDIR/mapped"
		laid "$host" --machine "$machine" --memory "$size" --qemu "${emulator#*=}" \
			${maximum:+--maxmemory "$maximum" --slots "$slots"} "$group" >"$BATS_TEST_TMPDIR/laid"
		same "$BATS_TEST_TMPDIR/mapped" "$BATS_TEST_TMPDIR/laid"
	done
}

intel() {
	agree 6.1-intel 1 Skylake-Server,phys-bits=48 x86_64 "$@"
}

amd() {
	agree 6.1-amd 1 EPYC,phys-bits=48 x86_64 "$@"
}

# bits HOST CPU MACHINE SIZE: QEMU starts with as many address bits as fits says, and not with one less.
bits() {
	local host=$1 cpu=$2 machine=$3 size=$4 needed emulator
	laid "$host" --machine "$machine" --memory "$size" 1 >/dev/null
	needed=$(jq .guest.phys_bits_needed "$BATS_TEST_TMPDIR/fits")
	for emulator in ${emulators:?}; do
		echo "$emulator: $machine, $size, $cpu: $needed bits"
		[[ $(mapped x86_64 "$machine" "$size" "" "$cpu,phys-bits=$needed") == *ram-below-4g* ]]
		mapped x86_64 "$machine" "$size" "" "$cpu,phys-bits=$((needed - 1))" || true
		grep -F "phys-bits too low ($((needed - 1)))" "$BATS_TEST_TMPDIR/mtree"
	done
}

# window ARG…: the 64-bit PCI window of virt by QEMU's memory map, "START END"; nothing without one.
window() {
	mapped aarch64 "$@" >/dev/null
	sed -nE 's/^ +([0-9a-f]{16})-([0-9a-f]{16}).*alias pcie-mmio-high .*/\1 \2/p' "$BATS_TEST_TMPDIR/mtree" |
		head -n 1
}

# laid_bar HOST ARG…: where fits puts the first BAR.
laid_bar() {
	laid "$@" >/dev/null
	jq -r 'first(.pieces[] | select(.kind == "bar")) | .start' "$BATS_TEST_TMPDIR/fits" | xargs -r printf '%016x\n'
}

@test "q35: RAM below and above 4 GiB, and room for more" {
	for size in 64M 2G 2815M 2816M 2817M 3G 4G 9G 64G 510G 1010G 2T; do
		intel q35 "$size"
	done
	intel q35 4G 16G 0
	intel q35 4G 16G 4
	intel q35 1537M 100001M 3
	intel q35 3333M 2T 16
}

@test "i440fx: the same" {
	for size in 64M 3G 3583M 3584M 3585M 4G 9G 1010G; do
		intel pc "$size"
	done
	intel pc 4G 16G 2
	intel pc 1G 8G 1
}

@test "q35 and i440fx with a CPU of AMD's: above 1 TiB, where HyperTransport is near" {
	for size in 4G 977G 978G 979G 1010G 1047296M 1200G 3T; do
		amd q35 "$size"
	done
	for size in 1009G 1010G 1200G; do
		amd pc "$size"
	done
	amd q35 4G 900G 8
	amd q35 4G 980G 8
	amd q35 4G 2T 0
	# Machine types before 7.1 stay where they were.
	amd pc-q35-7.0 1200G
	amd pc-q35-7.1 1200G
	amd pc-i440fx-6.2 1200G
}

@test "the physical address bits that QEMU wants of the CPU" {
	bits 6.1-intel Skylake-Server q35 1000G
	bits 6.1-intel Skylake-Server pc 2T
	bits 6.1-amd EPYC q35 1200G
	bits 6.1-amd EPYC q35 900G
}

@test "virt: RAM from 1 GiB, room for more, and the PCI window" {
	for size in 128M 4G 255G 256G 600G; do
		agree 6.12-smmuv3 0 max aarch64 virt "$size"
	done
	agree 6.12-smmuv3 0 max aarch64 virt 4G 16G 0
	agree 6.12-smmuv3 0 max aarch64 virt 3333M 300G 3
	for emulator in ${emulators:?}; do
		for size in 4G 300G 800G; do
			window virt "$size" "" max | cut -d ' ' -f 1 >"$BATS_TEST_TMPDIR/mapped"
			laid_bar 6.12-smmuv3 --memory "$size" --bar 1G 0 >"$BATS_TEST_TMPDIR/laid"
			same "$BATS_TEST_TMPDIR/mapped" "$BATS_TEST_TMPDIR/laid"
		done
	done
}

# A Cortex-A53 has 40 address bits, which is 1 TiB, and RAM begins at 1 GiB.
@test "virt: the memory ends QEMU, and the PCI window is left out, where the address bits do not reach it" {
	local emulator size bits more
	for emulator in ${emulators:?}; do
		while read -r size cpu bits more; do
			echo "$emulator: $size, $bits bits $more"
			mapped aarch64 "virt${more:+,highmem=off}" "$size" "" "$cpu" >"$BATS_TEST_TMPDIR/mapped"
			laid 6.12-smmuv3 --memory "$size" --phys-bits "$bits" 0 >"$BATS_TEST_TMPDIR/laid"
			if jq -e 'any(.findings[]; .id == "too-few-address-bits")' "$BATS_TEST_TMPDIR/fits"; then
				grep -F "Addressing limited to $bits bits, but memory exceeds it" "$BATS_TEST_TMPDIR/mtree"
				[ ! -s "$BATS_TEST_TMPDIR/mapped" ]
			else
				same "$BATS_TEST_TMPDIR/mapped" "$BATS_TEST_TMPDIR/laid"
			fi
		done <<-'END'
			1023G cortex-a53 40
			1024G cortex-a53 40
			2T cortex-a53 40
			3G max 32 highmem=off
			4G max 32 highmem=off
		END
		for size in 255G 512G; do
			laid_bar 6.12-smmuv3 --memory "$size" --bar 1G --phys-bits 40 0 >"$BATS_TEST_TMPDIR/laid"
			window virt "$size" "" cortex-a53 | cut -d ' ' -f 1 | cmp - "$BATS_TEST_TMPDIR/laid"
		done
		# The larger one needs 41 bits, so there is none.
		[ ! -s "$BATS_TEST_TMPDIR/laid" ]
	done
}

@test "virt: a 64-bit PCI window that was made larger" {
	local emulator
	for emulator in ${emulators:?}; do
		if [[ $emulator == *=7.2 ]]; then
			window virt,highmem-mmio-size=2T 4G "" max
			grep -F "Property 'virt-7.2-machine.highmem-mmio-size' not found" "$BATS_TEST_TMPDIR/mtree"
			continue
		fi
		for size in 4G 3T; do
			window virt,highmem-mmio-size=2T "$size" "" max | cut -d ' ' -f 1 >"$BATS_TEST_TMPDIR/mapped"
			laid_bar 6.12-smmuv3 --memory "$size" --highmem-mmio-size 2T --bar 1G 0 >"$BATS_TEST_TMPDIR/laid"
			same "$BATS_TEST_TMPDIR/mapped" "$BATS_TEST_TMPDIR/laid"
		done
	done
}

# In versions other than 7.2 and 10.0 nobody looked.
@test "s390-ccw-virtio: RAM from 0, and room for more" {
	local emulator
	for size in 1G 1021M 8G 3333M 1T; do
		agree 6.12-zpci 0 max s390x s390-ccw-virtio "$size"
	done
	for emulator in ${emulators:?}; do
		[[ $emulator == *=7.2 || $emulator == *=10.0 ]] || continue
		only=$emulator agree 6.12-zpci 0 max s390x s390-ccw-virtio 3333M 16G 2
		only=$emulator agree 6.12-zpci 0 max s390x s390-ccw-virtio 1G 2G 1
	done
}

# hole ARG…: the start of the 64-bit PCI window by QEMU's own property, at PATH.
hole() {
	local machine=$1 path=$2 size=$3 more=$4
	shift 4
	qemu x86_64 "$size" -machine "$machine,memory-backend=main" -m "$size${more:+,slots=2,maxmem=$more}" \
		-cpu EPYC,phys-bits=48 "$@" <<<"qom-get $path pci-hole64-start"$'\nquit' |
		sed -nE 's/^([0-9]+)$/\1/p' | xargs printf '%016x\n'
}

@test "the 64-bit PCI window of q35 and i440fx begins where BARs are laid out" {
	local size machine more path emulator
	for emulator in ${emulators:?}; do
		while read -r machine path size more; do
			echo "$emulator: $machine $size $more"
			hole "$machine" "$path" "$size" "$more" >"$BATS_TEST_TMPDIR/mapped"
			laid_bar 6.1-amd --machine "$machine" --memory "$size" ${more:+--maxmemory "$more" --slots 2} \
				--bar 4K 1 >"$BATS_TEST_TMPDIR/laid"
			same "$BATS_TEST_TMPDIR/mapped" "$BATS_TEST_TMPDIR/laid"
		done <<-'END'
			q35 /machine/q35 1G
			q35 /machine/q35 9G
			q35 /machine/q35 5G 33G
			q35 /machine/q35 1200G
			pc /machine/i440fx 9G
			pc /machine/i440fx 5G 33G
		END
	done
}

@test "CXL windows move it, in QEMU 10.0 less than in 7.2" {
	local size more cxl emulator starts=
	for emulator in ${emulators:?}; do
		[[ $emulator == *=7.2 || $emulator == *=10.0 ]] || continue
		while read -r size cxl more; do
			echo "$emulator: $size $cxl $more"
			hole "q35,cxl=on,cxl-fmw.0.targets.0=cxl.1,cxl-fmw.0.size=$cxl" /machine/q35 "$size" "$more" \
				-device pxb-cxl,bus_nr=12,bus=pcie.0,id=cxl.1 >"$BATS_TEST_TMPDIR/mapped"
			laid_bar 6.1-amd --memory "$size" ${more:+--maxmemory "$more" --slots 2} --cxl-window "$cxl" \
				--qemu "${emulator#*=}" --bar 4K 1 >"$BATS_TEST_TMPDIR/laid"
			same "$BATS_TEST_TMPDIR/mapped" "$BATS_TEST_TMPDIR/laid"
			starts+=" $(cat "$BATS_TEST_TMPDIR/laid")"
		done <<-'END'
			5632M 1280M
			8G 256M
			5632M 256M 16G
			850G 128G
		END
	done
	[ -n "$starts" ]
}

# bars FILE: the places of the BAR that QEMU's monitor has told so far, a line each; none while it has none.
bars() {
	sed -nE 's/.*64 bit prefetchable memory at (0x[0-9a-f]+) .*/\1/p' "$1" | grep -v 0xffffffffffffffff
}

# bar_of ARG…: where firmware puts a 64-bit BAR of 16 GiB. It has done so when three answers in a row agree.
bar_of() {
	local told=$BATS_TEST_TMPDIR/told seconds
	: >"$told"
	# shellcheck disable=SC2094 # QEMU writes it, and the loop waits for what it wrote
	{
		for ((seconds = 0; seconds < 150; seconds++)); do
			sleep 1
			echo 'info pci'
			[ "$(bars "$told" | tail -n 3 | uniq -c | awk '{ print $1 }')" != 3 ] || break
		done
		echo quit
	} | timeout 180 qemu-system-x86_64 -display none -nodefaults -monitor stdio \
		-object memory-backend-ram,id=bar,size=16G,reserve=off -device ivshmem-plain,memdev=bar \
		"$@" >"$told" 2>&1
	bars "$told" | tail -n 1
}

# placed WHERE ARG…: where fits puts it, by the firmware WHERE.
placed() {
	local where=$1
	shift
	laid "$@" --bar 16G 1 >/dev/null
	jq -r --arg where "$where" '.pieces[] | select(.kind == "bar" and (.where | contains($where))) | .start' \
		"$BATS_TEST_TMPDIR/fits"
}

@test "SeaBIOS puts a BAR behind the memory" {
	for size in 1G 8G 20G; do
		[ "$(bar_of -machine q35 -m "$size" -cpu EPYC,phys-bits=46 | tee /dev/stderr)" = \
			"$(placed SeaBIOS 6.1-amd --memory "$size" | tee /dev/stderr)" ]
	done
}

@test "OVMF puts a BAR at the top of the CPU's addresses" {
	local case host cpu code=/usr/share/OVMF/OVMF_CODE_4M.fd
	for case in 6.1-intel:Skylake-Server,pdpe1gb=on:42 6.1-intel:Skylake-Server:39 6.1-amd:EPYC:40; do
		IFS=: read -r host cpu bits <<<"$case"
		cp /usr/share/OVMF/OVMF_VARS_4M.fd "$BATS_TEST_TMPDIR/vars"
		echo "$case"
		[ "$(bar_of -machine q35 -m 8G -cpu "$cpu,phys-bits=$bits" \
			-drive if=pflash,format=raw,readonly=on,file=$code \
			-drive if=pflash,format=raw,file="$BATS_TEST_TMPDIR/vars" | tee /dev/stderr)" = \
			"$(placed OVMF "$host" --memory 8G --phys-bits "$bits" | tee /dev/stderr)" ]
	done
}

@test "a live question about the ranges: what the kernel says, and nothing mapped" {
	for iommu in amd intel; do
		lab --iommu "$iommu" -- iova --probe 1 --format json
		[ "$status" -eq 0 ]
		holds '.iova.known_by == "probe" and .iova.error == null and (.iova.free | length > 1)'
	done
	lab --iommu amd --capture "$BATS_TEST_TMPDIR/capture" -- fits --probe --memory 1200G --machine pc-q35-7.0 1
	[ "$status" -eq 2 ]
	[[ $output == *HyperTransport* ]]
	# Its capture serves both commands, and says which map was never made.
	vfiodiag --from "$BATS_TEST_TMPDIR/capture" iova --probe 1 --at 0
	absent_in "$BATS_TEST_TMPDIR/capture/transcript.jsonl" VFIO_IOMMU_MAP_DMA
	absent_in "$BATS_TEST_TMPDIR/capture/transcript.jsonl" GET_DEVICE_FD
}

# absent_in FILE WORDS
absent_in() {
	[ -s "$1" ]
	if grep -F "$2" "$1"; then
		return 1
	fi
}

@test "virt: the address bits of a guest are those that KVM of the host gives" {
	lab --arch arm64 --iommu smmuv3 --program "$top/build/arm64/vfiodiag" \
		--qemu-arg -machine --qemu-arg virtualization=on --qemu-arg -cpu --qemu-arg cortex-a53 \
		--console "$BATS_TEST_TMPDIR/console" -- fits --memory 2T --format json 0
	grep -F "IPA Size Limit: 40 bits" "$BATS_TEST_TMPDIR/console"
	holds '.guest.phys_bits == 40'
	holds 'any(.findings[]; .id == "too-few-address-bits")'
	[ "$status" -eq 2 ]
}

@test "a group that was asked can be asked again and probed" {
	lab --iommu amd --setup 'vfiodiag iova --probe 1 >/dev/null' -- probe 1
	[ "$status" -eq 0 ]
}
