# SPDX-License-Identifier: GPL-2.0-or-later
# Shared by the bats files of this folder and by tests/hosts/record.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
. "$top/tests/lib/json.bash"
. "$top/tests/lib/hosts.bash"

# Numbers and characters as they are everywhere, and no colours.
export LC_ALL=C.UTF-8
unset NO_COLOR

# The program, with what it is to run under (valgrind).
vfiodiag() {
	# shellcheck disable=SC2086 # a command with its options
	keeping_json ${VFIODIAG_UNDER:-} "${VFIODIAG:-$top/build/gcc/vfiodiag}" "$@"
}

# absent PATTERN FILE: fails, and shows them, when lines match. ("! grep" fails no bats test.)
absent() {
	if grep -nE "$1" "$2"; then
		return 1
	fi
}

# with_sizes HOST ALIGNED ASKEW: $copy is the host's capture with these answers about a huge page in group 1.
with_sizes() {
	local i=0 iova answer
	cp -r "$hosts/$1/capture" "$copy"
	mkdir -p "$copy/files/sys/kernel/mm/transparent_hugepage"
	echo 2097152 >"$copy/files/sys/kernel/mm/transparent_hugepage/hpage_pmd_size"
	echo 'MemAvailable: 8388608 kB' >"$copy/files/proc/meminfo"
	{
		echo '{"section":"sizes 1"}'
		echo '{"call":"memory","bytes":2097152,"pages":"transparent","page":2097152,"ret":0,"nanoseconds":1}'
		for answer in "${@:2}"; do
			iova=$((i++ ? 0x1000 : 0x0))
			printf '{"call":"ioctl","request":"VFIO_IOMMU_MAP_DMA","in":{"iova":"0x%x","size":"0x200000"},"ret":0}\n' "$iova"
			printf '{"call":"ioctl","request":"VFIO_IOMMU_UNMAP_DMA","in":{"iova":"0x%x","size":"0x200000"},"ret":0,"out":{"size":"0x200000"}}\n' "$iova"
			printf '{"fact":"page-table-sizes 1 0x%x","ret":0,%s}\n' "$iova" "$answer"
		done
	} >>"$copy/transcript.jsonl"
}

# shellcheck disable=SC2034 # for the tests
entry_large='"huge":true,"entries":[{"size":"0x200000","count":"0x1"}],"other":"0x0"'
# shellcheck disable=SC2034 # for the tests
entries_small='"huge":true,"entries":[{"size":"0x1000","count":"0x200"}],"other":"0x0"'

# with_mappings HOST ANSWER: $copy is the host's capture with that answer about group 1.
with_mappings() {
	rm -rf "$copy"
	cp -r "$hosts/$1/capture" "$copy"
	echo "{\"fact\":\"mappings 1\",\"ret\":0,${2//[$'\n\t']/}}" >>"$copy/transcript.jsonl"
}

# 2 GiB in large entries, and 1 GiB, 512 MiB, 2 MiB in small ones for three reasons.
# shellcheck disable=SC2034 # for the tests
mapped_counts='"result":"read","large":"0x200000","page_sizes":"0x201000","n_entries":"0x60600","bytes":"0xe0200000",
	"longest":"0x80000000","bytes_large":"0x80000000","bytes_possible":"0x40000000","bytes_not_offered":"0x0",
	"bytes_askew":"0x20000000","bytes_scattered":"0x200000","n_other":"0x0","bytes_other":"0x0",
	"entries":[{"size":"0x1000","count":"0x60200"},{"size":"0x200000","count":"0x400"}]'

# join_calls LOG: makes each call one line again in a log of strace -f. strace splits a call in two where a line
# of another process comes between, which depends on the load of the machine. A call stands where it ended;
# one that did not end stays as it was, at the end.
join_calls() {
	awk '
		sub(/ <unfinished \.\.\.>$/, "") {
			begun[$1] = $0
			next
		}
		match($0, /^[0-9]+ +<\.\.\. [a-z0-9_]+ resumed>/) && $1 in begun {
			rest = substr($0, RLENGTH + 1)
			# strace aligns results by the column.
			sub(/\) += /, ") = ", rest)
			$0 = begun[$1] rest
			delete begun[$1]
		}
		{ print }
		END {
			for (process in begun)
				print begun[process] " <unfinished ...>"
		}' "$1" >"$1.joined"
	mv "$1.joined" "$1"
}

# transcript ARG…: standard output, standard error and status of one run, in one text.
transcript() {
	local scratch status=0
	scratch=$(mktemp -d)
	vfiodiag "$@" >"$scratch/out" 2>"$scratch/err" || status=$?
	cat "$scratch/out"
	if [ -s "$scratch/err" ]; then
		echo '[standard error]'
		cat "$scratch/err"
	fi
	echo "[status $status]"
	rm -rf "$scratch"
}

# host_cases: the cases that every recorded host is replayed with, a line each: NAME ARG…
host_cases() {
	cat <<-'END'
		list list
		list-tree list --tree
		list-json list --json
		list-all-columns list --raw -o GROUP,ADDRESS,DRIVER,VFIO,REGIONS,TYPE,IOMMU,BUS,CLASS,ID,SUBID,VENDOR,NUMA,OVERRIDE,VFIO-DEV,RESERVED
		check check
		check-json check --all --format json
		iova iova @group
		iova-probe iova --probe @group
		iova-json iova --probe --at 0xfee00000 --size 2M --errno EINVAL --format json @group
		fits fits --memory 4G @group
		fits-json fits --probe --memory 4G --bar 16G --format json @group
		recorded @
		recorded-json @json
	END
}

# wanted_hosts: the folders of the recorded hosts, of all or of those that $VFIODIAG_HOSTS names.
wanted_hosts() {
	local host
	for host in ${VFIODIAG_HOSTS:-"$hosts"/*/}; do
		echo "$hosts/$(basename "$host")"
	done
}

# group_of HOST: the group that was probed or measured when the host was recorded, else its first,
# else 0.
group_of() {
	local group capture=$hosts/$1/capture
	group=$(sed -nE 's/^\{"section":"(probe|bench) ([0-9]+)[ "].*/\2/p' "$capture/transcript.jsonl" | head -n 1)
	[ "$group" ] || group=$(find "$capture/files/sys/kernel/iommu_groups" -mindepth 1 -maxdepth 1 \
		-name '[0-9]*' -printf '%f\n' 2>/dev/null | sort -n | head -n 1)
	echo "${group:-0}"
}

# replay_case HOST ARG…: one case on one host, from its directory, or from $packed/HOST.tar.zst where
# that is set. @ stands for what was run when it was recorded, @json for the same with --format json
# (nothing where that was neither probe nor bench), @group for a group of it.
replay_case() {
	local host=$1 capture=$hosts/$1/capture
	local -a arguments
	[ -z "${packed:-}" ] || capture=$packed/$1.tar.zst
	shift
	case $1 in
	@ | @json) read -ra arguments <"$recorded/$host/arguments" ;;
	*) arguments=("$@") ;;
	esac
	if [ "$1" = @json ]; then
		[ "${arguments[0]}" = probe ] || [ "${arguments[0]}" = bench ] || return 0
		arguments+=(--format json)
	fi
	transcript --from "$capture" "${arguments[@]/#@group/$(group_of "$host")}"
}

# One host of each kind is held to the whole text and JSON of every case. The others are held to the texts
# that say why they were recorded, and in the other cases to verdicts.
whole_hosts=(6.1-amd 6.1-intel 6.12-smmuv3 6.12-virtio 6.12-zpci no-iommu-probe)
texts=(list-all-columns check recorded)

# expectations HOST: the names of the files in its expected/.
expectations() {
	local word
	if [[ " ${whole_hosts[*]} " != *" $1 "* ]]; then
		printf '%s\n' "${texts[@]}" verdicts
		return
	fi
	read -r word _ <"$recorded/$1/arguments"
	if [ "$word" = probe ] || [ "$word" = bench ]; then
		host_cases | cut -d' ' -f1
	else
		host_cases | cut -d' ' -f1 | grep -vx recorded-json
	fi
}

# said HOST NAME: what expected/NAME of that host holds, as the program says it now.
said() {
	local case
	local -a arguments
	while read -r case arguments; do
		if [ "$2" = verdicts ] && [[ " ${texts[*]} " != *" $case "* ]]; then
			echo "== $case"
			# shellcheck disable=SC2086 # words
			replay_case "$1" $arguments | verdicts "$case"
		elif [ "$2" = "$case" ]; then
			# shellcheck disable=SC2086 # words
			replay_case "$1" $arguments | own_members "$1" "$case"
		fi
	done < <(host_cases)
}

# own_members HOST CASE: cuts what other answers about the host say too (a test compares them), and ids of
# findings that were looked for and not found: one host has them all.
own_members() {
	case $2-$1 in
	check-json-6.1-amd) cat ;;
	check-json-*) without not_found ;;
	recorded-json-*) without 'tool|host|iommus|groups' ;;
	*-json-*) without 'tool|host' ;;
	*) cat ;;
	esac
}

# without NAMES: JSON without these members of the outermost object, and otherwise as it was printed.
without() {
	awk -v "names=^  \"($1)\": " '$0 ~ names { cut = 1 } !cut { print } /^  [^ ]/ && !/[{[]$/ { cut = 0 }'
}

# verdicts CASE: what a transcript says of the host, without facts and sentences.
verdicts() {
	local text
	text=$(cat)
	case $1 in
	*-json) sed '/^\[s/,$d' <<<"$text" | jq -r -f "$top/tests/lib/verdicts.jq" ;;
	# The ranges of an IOMMU and how each may be used, the pieces of a guest and what is known of each.
	iova*) awk -F '  +' '/^  0x/ { print $2, $4 }' <<<"$text" ;;
	fits) awk -F '  +' '/^  0x/ { print $2, $5 } /^Guest: /' <<<"$text" ;;
	esac
	sed -n '/^\[status /p' <<<"$text"
}

# right ANSWER KIND RELEASE…: cases/NAME.py, where NAME.bats is the file that is run, holds vfiodiag to ANSWER on a
# host of KIND with each kernel.
right() {
	local answer=$1 kind=$2 cases release
	cases=$top/tests/cli/cases/$(basename "$BATS_TEST_FILENAME" .bats).py
	shift 2
	for release; do
		"$cases" "$BATS_TEST_TMPDIR/$kind-$release" "$release" "$kind" "$answer"
	done
}

# archive_case ARCHIVE: what is printed of an archive of a released version.
archive_case() {
	transcript --from "$1" list --tree
	transcript --from "$1" probe --all
}

# no_iommu_group FILES: make group 1 of the files of a capture of 6.1-amd one of VFIO's own, behind no
# IOMMU unit.
no_iommu_group() {
	echo vfio-noiommu >"$1/sys/kernel/iommu_groups/1/name"
	rm "$1"/sys/devices/pci*/*/iommu/ivhd0/devices/0000:00:04.0
}
