# SPDX-License-Identifier: GPL-2.0-or-later
# Completion, in the shells themselves. The files are made by scripts/completion.

setup() {
	load lib
	amd=$hosts/6.1-amd/capture
	VFIODIAG=$(realpath "${VFIODIAG:-$top/build/gcc/vfiodiag}")
	cd "$BATS_TEST_TMPDIR" || return
	# The shells start it by themselves, many times: not under valgrind.
	unset VFIODIAG_UNDER
	# The shells call the program by its name.
	mkdir bin folder
	touch file
	ln -s "$VFIODIAG" bin/vfiodiag
	PATH=$BATS_TEST_TMPDIR/bin:$PATH
}

# completed LINE: what bash would put behind the cursor, a line each.
completed() {
	bash --norc -c '
		. "$1"
		COMP_LINE=$2 COMP_POINT=${#2}
		_vfiodiag vfiodiag
		printf "%s\n" "${COMPREPLY[@]}"
	' bash "$top/completions/vfiodiag.bash" "$1"
}

# offers LINE WORD…: these words, and no others.
offers() {
	local line=$1
	shift
	diff <(completed "$line") <(printf '%s\n' "$@")
}

# pressed LINE: what an interactive bash runs when TAB and Enter are pressed behind the line.
pressed() {
	python3 - "$top/completions/vfiodiag.bash" "$1" <<-'END'
		import os, pty, sys
		pid, terminal = pty.fork()
		if pid == 0:
		    os.environ.update(TERM="dumb", INPUTRC="/dev/null")
		    os.execvp("bash", ["bash", "--norc", "--noprofile", "-i"])
		def send(line):
		    os.write(terminal, line.encode())
		def until(words):
		    seen = b""
		    while words not in seen:
		        seen += os.read(terminal, 4096)
		# The line is printed, not run; the words to wait for are not those that are echoed.
		send(f". '{sys.argv[1]}'; vfiodiag() {{ printf '<%s>' \"$*\"; }}; echo rea''dy\n")
		until(b"ready\r\n")
		send(sys.argv[2] + "\t")
		send("\nexit\n")
		seen = b""
		try:
		    while b">" not in seen[seen.find(b"<"):] or b"<" not in seen:
		        seen += os.read(terminal, 4096)
		except OSError:
		    pass
		print("vfiodiag", seen.decode().rsplit("<", 1)[1].split(">")[0])
	END
}

@test "bash: commands, as the program lists them" {
	mapfile -t commands < <(vfiodiag --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
	[ ${#commands[@]} -ge 7 ]
	offers 'vfiodiag ' "${commands[@]}"
	offers 'vfiodiag ch' check
	offers 'vfiodiag frob' ""
}

@test "bash: each option of each command" {
	local command option count=0
	for command in $(completed 'vfiodiag '); do
		for option in $(vfiodiag "$command" --help | grep -oE '^  .{4}--[a-z-]+' | grep -oE -- '--.*'); do
			completed "vfiodiag $command $option" | grep -xE -- "$option=?" ||
				{ echo "$command $option" && false; }
			count=$((count + 1))
		done
	done
	[ "$count" -ge 90 ]
	offers 'vfiodiag check --form' --format=
	offers 'vfiodiag list --tr' --tree
	offers 'vfiodiag --fr' --from=
}

@test "bash: values, behind a space and behind =" {
	offers 'vfiodiag check --fail-on ' note warning unmeasured failure
	offers 'vfiodiag check --fail-on=w' warning
	offers 'vfiodiag --color ' auto always never
	offers 'vfiodiag --color=ne' never
	offers 'vfiodiag check --format p' prometheus
	offers 'vfiodiag probe --format j' json jsonl
	offers 'vfiodiag fits --machine q' q35
	offers 'vfiodiag check --ignore no-io' no-iommu
	offers 'vfiodiag check --require container=' present absent unknown
	offers 'vfiodiag check --require=container=a' absent
	offers 'vfiodiag fits --for u' user: unit:
	offers 'vfiodiag explain unsafe' unsafe-interrupts
}

@test "bash: columns, the last of a list" {
	offers 'vfiodiag list -o DR' DRIVER
	offers 'vfiodiag list -o GROUP,ADDRESS,DR' GROUP,ADDRESS,DRIVER
	offers 'vfiodiag list --output=+NU' +NUMA
}

@test "bash: every value that is offered is taken" {
	local word
	for word in $(completed 'vfiodiag check --require '); do
		transcript --from "$amd" check --require "$word" >said
		absent 'status 64' said
	done
	for word in $(completed 'vfiodiag list -o '); do
		vfiodiag --from "$amd" list -o "$word" >/dev/null
	done
}

@test "bash: groups and addresses of the host, or of the capture that the line names" {
	offers "vfiodiag --from $amd probe 0000:00:1f." 1f.0 1f.2 1f.3
	offers "vfiodiag probe --from=$amd 0000:00:04" 04.0
	completed "vfiodiag --from $amd check " | grep -x 2
	offers "vfiodiag --from $amd check 0000:77" ""
	offers "vfiodiag --from /nowhere check " ""
}

@test "bash: folders, and no files where only a folder will do" {
	completed 'vfiodiag --from f' | grep -x folder
	offers 'vfiodiag --sysroot f' folder
	offers 'vfiodiag list --record=f' folder
}

@test "bash: what a line becomes when TAB is pressed" {
	[ "$(pressed 'vfiodiag che')" = 'vfiodiag check' ]
	[ "$(pressed 'vfiodiag check --fail-on=w')" = 'vfiodiag check --fail-on=warning' ]
	[ "$(pressed 'vfiodiag check --require container=a')" = 'vfiodiag check --require container=absent' ]
	[ "$(pressed "vfiodiag --from $amd probe 0000:00:04")" = "vfiodiag --from $amd probe 0000:00:04.0" ]
}

# fish_offers LINE WORD…: these words, and no others.
fish_offers() {
	local line=$1
	shift
	# shellcheck disable=SC2016 # the variables are those of fish
	diff <(HOME=$BATS_TEST_TMPDIR fish --no-config -c '
		source $argv[1]; complete -C $argv[2]' "$top/completions/vfiodiag.fish" "$line" |
		cut -f 1 | sort) <(printf '%s\n' "$@" | sort)
}

@test "fish: commands, options, values and subjects" {
	fish_offers 'vfiodiag ch' check
	fish_offers 'vfiodiag check --fail' --fail-on
	fish_offers 'vfiodiag check --fail-on ' note warning unmeasured failure
	fish_offers 'vfiodiag check --require container=a' container=absent
	fish_offers 'vfiodiag explain unsafe' unsafe-interrupts
	fish_offers 'vfiodiag list --sysroot f' folder/
}
