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

# typed SHELL SETUP LINE UNTIL: what an interactive shell prints, up to UNTIL and the line behind it, after
# LINE was typed. SETUP is run before.
typed() {
	python3 - "$@" <<-'END'
		import os, pty, sys
		shell, setup, line, last = sys.argv[1:]
		options = {"bash": ["--norc", "--noprofile"], "zsh": ["-f"]}[shell]
		pid, terminal = pty.fork()
		if pid == 0:
		    os.environ.update(TERM="dumb", INPUTRC="/dev/null", HOME="/nonexistent")
		    os.execvp(shell, [shell, *options, "-i"])
		def until(words):
		    seen = b""
		    while words not in seen:
		        seen += os.read(terminal, 4096)
		    return seen.replace(b"\r", b"").decode()
		# The words to wait for are not those that are echoed.
		os.write(terminal, f"{setup}; echo rea''dy\n".encode())
		until(b"ready\r\n")
		os.write(terminal, line.encode())
		print(until(last.encode()))
	END
}

# pressed SHELL LINE: what it runs when TAB and Enter are pressed behind the line.
pressed() {
	local setup="PS1=; vfiodiag() { printf '<%s>' \"\$*\"; printf '%s\n' end''ed; }"
	case $1 in
	bash) setup=". '$top/completions/vfiodiag.bash'; $setup" ;;
	zsh) setup="fpath=('$top/completions' \$fpath); autoload -Uz compinit; compinit -D -u; $setup" ;;
	esac
	echo "vfiodiag $(typed "$1" "$setup" "$2"$'\t\n' ended | sed -n 's/.*<\(.*\)>ended.*/\1/p')"
}

@test "bash: commands" {
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

@test "bash: values, after a space and after =" {
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

@test "bash: columns, for the last of a list" {
	offers 'vfiodiag list -o DR' DRIVER
	offers 'vfiodiag list -o GROUP,ADDRESS,DR' GROUP,ADDRESS,DRIVER
	offers 'vfiodiag list --output=+NU' +NUMA
}

@test "bash: every offered value is accepted" {
	local word
	for word in $(completed 'vfiodiag check --require '); do
		transcript --from "$amd" check --require "$word" >said
		absent 'status 64' said
	done
	for word in $(completed 'vfiodiag list -o '); do
		vfiodiag --from "$amd" list -o "$word" >/dev/null
	done
}

@test "bash: groups and addresses of the host, or of the named capture" {
	offers "vfiodiag --from $amd probe 0000:00:1f." 1f.0 1f.2 1f.3
	offers "vfiodiag probe --from=$amd 0000:00:04" 04.0
	completed "vfiodiag --from $amd check " | grep -x 2
	offers "vfiodiag --from $amd check 0000:77" ""
	offers "vfiodiag --from /nowhere check " ""
}

@test "bash: directories only, where only a directory is valid" {
	completed 'vfiodiag --from f' | grep -x folder
	offers 'vfiodiag --sysroot f' folder
	offers 'vfiodiag list --record=f' folder
}

@test "bash: the line after TAB" {
	[ "$(pressed bash 'vfiodiag che')" = 'vfiodiag check' ]
	[ "$(pressed bash 'vfiodiag check --fail-on=w')" = 'vfiodiag check --fail-on=warning' ]
	[ "$(pressed bash 'vfiodiag check --require container=a')" = 'vfiodiag check --require container=absent' ]
	[ "$(pressed bash "vfiodiag --from $amd probe 0000:00:04")" = "vfiodiag --from $amd probe 0000:00:04.0" ]
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
	# Of the capture, wherever it is named; of the last one. No machine of ours has that address.
	fish_offers "vfiodiag --from $hosts/6.12-zpci/capture probe 0011:00" 0011:00:00.0
	fish_offers "vfiodiag probe --from=$hosts/6.12-zpci/capture 0011:00" 0011:00:00.0
	fish_offers "vfiodiag --from $amd --from $hosts/6.12-zpci/capture probe 0011:00" 0011:00:00.0
}

# zsh_completed LINE: what zsh would put behind the cursor, a line each. compadd tells what it was given.
zsh_completed() {
	local setup="PS1= PS2=; setopt no_list_beep; fpath=('$top/completions' \$fpath); autoload -Uz compinit
		compinit -D -u
		compadd() {
			local -a hits
			builtin compadd -A hits \"\$@\"
			[[ -z \$hits || \$* == -[AOD]\\ * ]] || print -rl -- '' \"<\"\$^hits\">\"
			builtin compadd \"\$@\"
		}
		begun() { print beg''un; }
		ended() { print end''ed; }
		compprefuncs=(begun) comppostfuncs=(ended)"
	typed zsh "$setup" "$1"$'\t' ended | sed -n '0,/begun/d; s/^<\(.*\)>$/\1/p' | sort -u
}

# zsh_offers LINE WORD…: these words, and no others.
zsh_offers() {
	local line=$1
	shift
	diff <(zsh_completed "$line") <(printf '%s\n' "$@" | sort)
}

@test "zsh: commands and options" {
	# shellcheck disable=SC2046 # words
	zsh_offers 'vfiodiag ' $(completed 'vfiodiag ')
	zsh_offers 'vfiodiag ch' check
	zsh_offers 'vfiodiag check --fail' --fail-on
	zsh_offers 'vfiodiag --fr' --from
	for command in $(completed 'vfiodiag '); do
		zsh_completed "vfiodiag $command --" >offered
		# shellcheck disable=SC2046 # words
		diff offered <(completed "vfiodiag $command --" | sed 's/=$//' | sort)
	done
}

@test "zsh: values, columns, findings" {
	zsh_offers 'vfiodiag check --fail-on ' note warning unmeasured failure
	zsh_offers 'vfiodiag check --fail-on=w' warning
	zsh_offers 'vfiodiag --color=ne' never
	zsh_offers 'vfiodiag check --require container=a' container=absent
	zsh_offers 'vfiodiag fits --for u' user: unit:
	zsh_offers 'vfiodiag list -o DR' DRIVER
	zsh_offers 'vfiodiag list -o GROUP,ADDRESS,DR' DRIVER
	zsh_offers 'vfiodiag list --output=+NU' NUMA
	zsh_offers 'vfiodiag explain unsafe' unsafe-interrupts
	zsh_offers 'vfiodiag list --sysroot fo' folder
	zsh_offers 'vfiodiag report fi' file
}

@test "zsh: groups and addresses of the named capture" {
	zsh_offers "vfiodiag --from $amd probe 0000:00:1f." 0000:00:1f.0 0000:00:1f.2 0000:00:1f.3
	zsh_offers "vfiodiag probe --from=$amd 0000:00:04" 0000:00:04.0
	zsh_offers "vfiodiag probe --from $amd 0000:00:04" 0000:00:04.0
	zsh_completed "vfiodiag --from $amd check " | grep -x 2
	# zsh then goes over to options.
	zsh_completed "vfiodiag --from /nowhere check " >offered
	absent "^[0-9]" offered
}

@test "zsh: the line after TAB, once and twice" {
	[ "$(pressed zsh 'vfiodiag che')" = 'vfiodiag check' ]
	[ "$(pressed zsh 'vfiodiag check --fail-on=w')" = 'vfiodiag check --fail-on=warning' ]
	[ "$(pressed zsh $'vfiodiag che\t--fail-on=w')" = 'vfiodiag check --fail-on=warning' ]
	[ "$(pressed zsh 'vfiodiag check --require container=a')" = 'vfiodiag check --require container=absent' ]
	[ "$(pressed zsh 'vfiodiag list -o GROUP,DR')" = 'vfiodiag list -o GROUP,DRIVER' ]
	[ "$(pressed zsh "vfiodiag --from $amd probe 0000:00:04")" = "vfiodiag --from $amd probe 0000:00:04.0" ]
}
