# SPDX-License-Identifier: GPL-2.0-or-later
# Keeps the JSON that tests make the program print, for tests/lib/schema --log.
# shellcheck shell=bash

# asks_for_json WORD…: whether a command line does.
asks_for_json() {
	local word
	for word in "$@"; do
		case $word in
		--json | -J | --format=json* | --format=facts | json | jsonl | facts) return 0 ;;
		esac
	done
	return 1
}

# keeping_json COMMAND…: runs it. Where $VFIODIAG_JSON_LOG is a folder, JSON that it prints into a pipe
# or a file is kept there, and printed when it has ended: the same bytes and the same status. Anything
# else that standard output may be (closed, a terminal, /dev/full) stays the command's own.
keeping_json() {
	local kept status=0
	if [[ -z ${VFIODIAG_JSON_LOG:-} ]] || ! asks_for_json "$@" || ! [[ -p /dev/fd/1 || -f /dev/fd/1 ]]; then
		"$@"
		return
	fi
	kept=$VFIODIAG_JSON_LOG/$BASHPID-$SRANDOM
	printf '%q ' "$@" >"$kept.command"
	"$@" >"$kept.json" || status=$?
	cat "$kept.json"
	return $status
}

# without_time: JSON without the second in which the host was read. What else a later reading prints is
# compared.
without_time() {
	sed -E 's/^(  "time": )"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z",$/\1TIME,/'
}
