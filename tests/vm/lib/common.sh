# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # the parts share variables; run shows them all
# Words for people, exit codes, temporary files and locks.

readonly EXIT_LAB=125 EXIT_USAGE=64

# What to remove and what to kill when the script ends, however it ends.
lab_temporary=()
lab_child=

say() {
	[[ -n ${opt_prepare:-} ]] && printf 'vm/run: %s\n' "$*" >&2
	return 0
}

# A lab failure: the guest's answer says nothing about the program.
die() {
	printf 'vm/run: %s\n' "$*" >&2
	exit "$EXIT_LAB"
}

die_usage() {
	printf 'vm/run: %s\n' "$*" >&2
	printf "Try 'tests/vm/run --help'.\n" >&2
	exit "$EXIT_USAGE"
}

die_with_log() {
	local log=$1
	shift
	printf 'vm/run: %s\n' "$*" >&2
	if [[ -s $log ]]; then
		printf 'The last lines of its output:\n' >&2
		tail -n 15 "$log" | sed 's/^/  | /' >&2
	fi
	exit "$EXIT_LAB"
}

# What nobody foresaw. A subshell leaves the word to the shell that waits for it.
on_error() {
	local status=$?
	((BASH_SUBSHELL == 0 && status != EXIT_LAB)) || exit "$status"
	printf 'vm/run: %s:%s: a command failed with status %s: %s\n' \
		"${BASH_SOURCE[1]##*/}" "${BASH_LINENO[0]}" "$status" "${BASH_COMMAND%%$'\n'*}" >&2
	exit "$EXIT_LAB"
}

on_exit() {
	local status=$?
	trap - ERR EXIT
	set +e
	if [[ -n $lab_child ]]; then
		# timeout hands the signal on to QEMU, and kills it when that is not enough.
		kill -TERM "$lab_child" 2>/dev/null
		wait "$lab_child" 2>/dev/null
	fi
	((${#lab_temporary[@]})) && rm -rf -- "${lab_temporary[@]}"
	exit "$status"
}

# Die of the signal itself, so that the caller sees what happened.
on_signal() {
	trap - "$1"
	(on_exit)
	trap - EXIT ERR
	kill -s "$1" "$$"
}

install_traps() {
	trap on_error ERR
	trap on_exit EXIT
	trap 'on_signal INT' INT
	trap 'on_signal TERM' TERM
	trap 'on_signal HUP' HUP
}

# temporary_directory PARENT PREFIX: sets $REPLY.
temporary_directory() {
	mkdir -p "$1" || die "cannot create $1"
	REPLY=$(mktemp -d "$1/$2.XXXXXX") || die "cannot create a folder below $1"
	lab_temporary+=("$REPLY")
}

# publish TEMPORARY FINAL: make a finished folder visible under its final name.
publish() {
	mkdir -p "${2%/*}"
	rm -rf -- "$2"
	mv -T -- "$1" "$2"
}

# prune FOLDER: drop what no run has touched for a month. Cheap to build again.
prune() {
	find "$1" -mindepth 1 -maxdepth 1 -mtime +30 -exec rm -rf {} +
}

# One writer at a time for each part of the cache. The lock goes with the descriptor.
lock() {
	mkdir -p "$cache/locks"
	exec {lab_lock}>"$cache/locks/$1"
	flock "$lab_lock"
}

unlock() {
	exec {lab_lock}>&-
}

need_command() {
	local command=$1 package=$2
	command -v "$command" >/dev/null ||
		die "the command $command is missing; on Debian it is in the package $package"
}

# quote WORD: the word for a POSIX shell, any bytes, on one or more lines.
quote() {
	local escaped="'\\''"
	printf "'%s'" "${1//\'/"$escaped"}"
}
