# SPDX-License-Identifier: GPL-2.0-or-later
# Shared by the bats files of this folder: the files of share/, and the engines that they are for.
# shellcheck disable=SC2034 # the tests read them

. "${BASH_SOURCE[0]%/*}/../cli/lib.bash"

share=$top/share
program=${VFIODIAG:-$top/build/gcc/vfiodiag}
work=$BATS_TEST_TMPDIR/work
mkdir -p "$work"

# $ENGINES is the folder that ./engines printed; unpacked packages look for their libraries below it.
engines=${ENGINES:-$("$top/tests/integration/engines")}
engine_libraries=$(echo "$engines"/usr/lib/*-linux-gnu*)

# engine PROGRAM ARG…: a program of theirs, by its path below the folder
engine() {
	local path=$engines/$1
	shift
	LD_LIBRARY_PATH=$engine_libraries${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} "$path" "$@"
}

# promtool ARG…: Prometheus' own
promtool() {
	engine usr/bin/promtool "$@"
}

# stand_in HOST: $work/bin/vfiodiag, which answers as the recorded host would, for what is started by
# somebody else.
stand_in() {
	mkdir -p "$work/bin"
	cat >"$work/bin/vfiodiag" <<-END
		#!/bin/sh
		exec '$program' --from '$hosts/$1/capture' "\$@"
	END
	chmod +x "$work/bin/vfiodiag"
}

# public: $public, a folder that every user can look into, for engines that want to be another one than
# root. The program and the host's capture come along.
#
#	public HOST
public() {
	public=$(mktemp -d)
	chmod 755 "$public"
	cp "$program" "$public/program"
	cp -r "$hosts/$1/capture" "$public/capture"
	cat >"$public/vfiodiag" <<-END
		#!/bin/sh
		exec '$public/program' --from '$public/capture' "\$@"
	END
	chmod -R a+rX "$public"
	chmod 755 "$public/vfiodiag"
}

# free_port: a port of the loopback address that nobody listens on
free_port() {
	/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# background LOG COMMAND…: runs until the test ends; its standard output and error go to LOG.
background() {
	local log=$1
	shift
	"$@" >"$log" 2>&1 3>&- &
	children+=($!)
}
children=()

# end_children: for teardown
end_children() {
	local child
	[ -z "${public:-}" ] || rm -rf "$public"
	for child in "${children[@]}"; do
		kill "$child" 2>/dev/null || true
		wait "$child" 2>/dev/null || true
	done
}

# within SECONDS COMMAND…: try again and again, until it works or the time is over.
within() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		if [ "$SECONDS" -ge "$end" ]; then
			echo "not within the time: $*"
			return 1
		fi
		sleep 0.2
	done
}
