# SPDX-License-Identifier: GPL-2.0-or-later
# Shared by the bats files of this folder and by tests/hosts/record.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
hosts=$top/tests/hosts
. "$top/tests/lib/json.bash"

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

# group_of FOLDER: the group that was probed or measured when the host was recorded, else its first,
# else 0.
group_of() {
	local group
	group=$(sed -nE 's/^\{"section":"(probe|bench) ([0-9]+)[ "].*/\2/p' "$1/capture/transcript.jsonl" | head -n 1)
	[ "$group" ] || group=$(find "$1/capture/files/sys/kernel/iommu_groups" -mindepth 1 -maxdepth 1 \
		-name '[0-9]*' -printf '%f\n' 2>/dev/null | sort -n | head -n 1)
	echo "${group:-0}"
}

# replay_case HOST ARG…: one case on one host, from its folder, or from $packed/HOST.tar.zst where
# that is set. @ stands for what was run when it was recorded, @json for the same with --format json
# (nothing where that was neither probe nor bench), @group for a group of it.
replay_case() {
	local folder=$hosts/$1 capture=$hosts/$1/capture
	local -a arguments
	[ -z "${packed:-}" ] || capture=$packed/$1.tar.zst
	shift
	case $1 in
	@ | @json) read -ra arguments <"$folder/arguments" ;;
	*) arguments=("$@") ;;
	esac
	if [ "$1" = @json ]; then
		[ "${arguments[0]}" = probe ] || [ "${arguments[0]}" = bench ] || return 0
		arguments+=(--format json)
	fi
	transcript --from "$capture" "${arguments[@]/#@group/$(group_of "$folder")}"
}

# archive_case ARCHIVE: what is printed of an archive of a released version.
archive_case() {
	transcript --from "$1" list --tree
	transcript --from "$1" probe --all
}
