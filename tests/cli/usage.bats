# SPDX-License-Identifier: GPL-2.0-or-later
# Wrong command lines: one sentence that names the thing, status 64, nothing on standard output.

setup() {
	load lib
	amd=$hosts/6.1-amd/capture
}

# refused WORDS ARG…: the run fails with 64, and its only line holds WORDS.
refused() {
	local words=$1 out err status=0
	shift
	out=$(vfiodiag "$@" 2>"$BATS_TEST_TMPDIR/err") || status=$?
	err=$(cat "$BATS_TEST_TMPDIR/err")
	echo "status $status, standard error: $err"
	[ "$status" -eq 64 ]
	[ -z "$out" ]
	[ "$(wc -l <"$BATS_TEST_TMPDIR/err")" -eq 1 ]
	[[ $err == vfiodiag*"$words"* ]]
}

@test "no command" {
	refused "no command"
}

@test "unknown command" {
	refused "unknown command 'frob'" frob
}

@test "unknown option before and after the command" {
	refused "'--frob'" --frob list
	refused "'--frob'" list --frob
	refused "'x'" list -x
}

@test "the nearest known word is suggested" {
	refused "unknown command 'chekc' (did you mean 'check'?)" chekc
	refused "unknown command 'expl' (did you mean 'explain'?)" expl
	refused "unknown column 'adress' (did you mean 'ADDRESS'?)" --from "$amd" list -o GROUP,adress
	refused "unknown format 'jsnol' (did you mean 'jsonl'?): use " --from "$amd" check --format jsnol
	refused "unknown finding 'no-imomu' (did you mean 'no-iommu'?)" explain no-imomu
	refused "unknown finding 'contaner' (did you mean 'container'?)" explain contaner
	refused "'no-iomu' for --ignore (did you mean 'no-iommu'?)" --from "$amd" check --ignore no-iomu
	refused "'no-iomu' for --deny (did you mean 'no-iommu'?)" --from "$amd" check --deny no-iomu
	refused "'contaner' for --require (did you mean 'container'?)" --from "$amd" check --require contaner
	refused "unknown property 'contaner' for --require (did you mean 'container'?)" \
		--from "$amd" check --require contaner=present
}

@test "the nearest subject is suggested" {
	refused "'0000:00:1d.3' not found (did you mean '0000:00:1f.3'?)" --from "$amd" list 0000:00:1d.3
	refused "'0:1f.4' not found (did you mean '00:1f.0'?)" --from "$amd" check 0:1f.4
	refused "'1234:11e9' not found (did you mean '1234:11e8'?)" --from "$amd" list 1234:11e9
	refused "IOMMU group 77 not found (the nearest one is 2)" --from "$amd" list 77
}

@test "no word is offered to the one who gave it" {
	refused "network interface 'lo' is on no PCI device that is known here" --from "$amd" check lo
	refused "network interface 'lo' is on no PCI device" --from "$amd" list lo
}

@test "the nearest long option is suggested, of the command and of all commands" {
	refused " list: unrecognized option '--noheading-s' (did you mean '--noheadings'?)" list --noheading-s
	refused ": unrecognized option '--form' (did you mean '--from'?)" --form "$amd" list
	refused "unrecognized option '--formatt' (did you mean '--format'?)" check --formatt=json
	refused "unrecognized option '--al' (see 'vfiodiag explain --help')" explain --al
	refused "unrecognized option '--jsn' (did you mean '--json'?)" list -n -o ADDRESS --jsn
	refused "unrecognized option '--xyzzy' (see 'vfiodiag list --help')" list --xyzzy
	refused "unrecognized option '--hlep' (did you mean '--help'?)" list --hlep
}

@test "what looks like an unknown option is the value of one, or stands behind --" {
	refused "unknown column '--frob'" list -o --frob
	refused "unknown column '--frob'" list -no --frob
	refused "unknown column '--frob'" list --output --frob
	refused "invalid size '--frob' for --memory" check --memo --frob
	refused "'--frob' not found" --from "$amd" list -- --frob
}

@test "an option may be abbreviated while it is not ambiguous" {
	vfiodiag --fro "$amd" list --noh --tre -o ADDRESS 1
	refused "option '--f' is ambiguous" --from "$amd" check --f json
}

@test "missing option value" {
	refused "'--from'" --from
	refused "'--format'" probe --format
}

@test "unknown column" {
	refused "unknown column 'FROB'" --from "$amd" list -o ADDRESS,FROB
	refused "unknown column ''" --from "$amd" list -o ''
	refused "unknown column ''" --from "$amd" list -o ADDRESS,
}

@test "unknown format, container type and colour" {
	refused "unknown format 'xml'" --from "$amd" probe --format xml 1
	refused "unknown container type 'type2'" --from "$amd" probe --backend type2 1
	refused "invalid value 'pink' for --color" --color pink list
}

@test "unknown finding and severity, and a second finding to explain" {
	refused "unknown finding 'frob'" explain frob
	refused "unexpected argument 'unsafe-interrupts'" explain no-iommu unsafe-interrupts
	refused "unknown finding 'frob' for --ignore" --from "$amd" check --ignore frob
	refused "unknown finding 'frob' for --deny" --from "$amd" check --deny frob
	refused "unknown property 'frob'" --from "$amd" check --require frob
	refused "'no-iommu' for --require is a finding: use --deny no-iommu" --from "$amd" check --require no-iommu
	refused "--managed and --require bound are mutually exclusive" \
		--from "$amd" check --managed --require bound 1
	refused "--managed requires a SUBJECT" --from "$amd" check --managed
	refused "unknown property 'frob'" --from "$amd" check --require frob=yes
	refused "property 'container' requires a value" --from "$amd" check --require container
	refused "container is one of present, absent" --from "$amd" check --require container=frob
	refused "unknown severity 'frob'" --from "$amd" check --fail-on frob
	refused "unknown format 'xml'" --from "$amd" check --format xml
	refused "--all and SUBJECT '1'" --from "$amd" check --all 1
	refused "requires a live host or a capture, not --sysroot" --sysroot / check --probe
}

@test "bench: one group, memory of a guest, a limit" {
	refused "SUBJECT is required" --from "$amd" bench
	refused "unexpected argument '2'" --from "$amd" bench 1 2
	refused "unsupported option '--sysroot'" --sysroot / bench 1
	refused "invalid size '0' for --memory" --from "$amd" bench --memory 0 1
	refused "invalid size '8P' for --memory" --from "$amd" bench --memory 8P 1
	refused "invalid size '0' for --limit" --from "$amd" bench --limit 0 1
	refused "size '64' for --memory has no unit" --from "$amd" bench --memory 64 1
	refused "size '256' for --limit has no unit" --from "$amd" bench --limit 256 1
	refused "invalid size 'x' for --limit" --from "$amd" bench --limit x 1
	refused "unknown format 'xml'" --from "$amd" bench --format xml 1
}

@test "no such group" {
	refused "IOMMU group 77 not found" --from "$amd" probe 77
	refused "IOMMU group 77 not found" --from "$amd" list 77
	refused "IOMMU group 99999999999999999999 not found" --from "$amd" list 99999999999999999999 ||
		refused "'99999999999999999999'" --from "$amd" list 99999999999999999999
	refused "the host has no IOMMU groups" --from "$hosts/no-iommu/capture" probe 1
}

@test "no such device" {
	refused "'0000:77:00.0'" --from "$amd" list 0000:77:00.0
	refused "'eth77'" --from "$amd" list eth77
	refused "''" --from "$amd" list ''
	refused "'../../etc'" --from "$amd" list ../../etc
}

@test "a device without a group is no wrong word: what asks about groups says why it has none" {
	local command
	for command in probe iova 'fits --memory 4G' bench mappings; do
		# shellcheck disable=SC2086 # a command with its option
		run vfiodiag --from "$amd" $command 00:01.0
		echo "$command: $status $output"
		[ "$status" -eq 3 ]
		[[ $output == "vfiodiag "*": 0000:00:01.0 cannot be assigned: it is in no IOMMU group, and it is not known why" ]]
		[ "${#lines[@]}" -eq 1 ]
	done
}

@test "a probe of nothing, or of --all with a subject" {
	refused "--all" --from "$amd" probe
	refused "--all and SUBJECT '1'" --from "$amd" probe --all 1
}

@test "a directory that is not a capture" {
	refused "/nowhere" --from /nowhere list
	refused "directory 'files' is missing" --from "$BATS_TEST_TMPDIR" list
	mkdir "$BATS_TEST_TMPDIR/files"
	refused "transcript.jsonl is missing" --from "$BATS_TEST_TMPDIR" list
	echo garbage >"$BATS_TEST_TMPDIR/transcript.jsonl"
	refused "line 1" --from "$BATS_TEST_TMPDIR" list
}

@test "a directory for a capture that is not empty" {
	touch "$BATS_TEST_TMPDIR/something"
	refused "is not empty" --record "$BATS_TEST_TMPDIR" list
}

@test "sources that exclude each other" {
	refused "mutually exclusive" --from "$amd" --sysroot / list
	refused "mutually exclusive" --from "$amd" --record "$BATS_TEST_TMPDIR/new" list
	[ ! -e "$BATS_TEST_TMPDIR/new" ]
}

@test "a live test with --sysroot" {
	refused "unsupported option '--sysroot'" --sysroot / probe 1
}

@test "arguments cannot control the terminal" {
	run vfiodiag $'\e[31mfrob'
	[ "$status" -eq 64 ]
	[[ $output != *$'\e'* ]]
}

@test "help and version" {
	run vfiodiag --help
	[ "$status" -eq 0 ]
	[[ $output == *"list "*"probe "* ]]
	run vfiodiag --version
	[ "$status" -eq 0 ]
	[[ $output == "vfiodiag "[0-9]* ]]
	for command in check collect diff explain list probe report; do
		run vfiodiag "$command" --help
		[ "$status" -eq 0 ]
		[[ $output == "Usage: vfiodiag $command"* ]]
	done
}

@test "help fits 80 columns" {
	local command commands
	commands=$(vfiodiag --help | sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p')
	[ "$(wc -w <<<"$commands")" -ge 7 ]
	for command in "" $commands; do
		# shellcheck disable=SC2086 # none or one word
		vfiodiag $command --help >"$BATS_TEST_TMPDIR/help"
		absent '^.{81,}' "$BATS_TEST_TMPDIR/help"
	done
}

@test "help, version and -h are --help and --version" {
	local command
	vfiodiag help | diff - <(vfiodiag --help)
	vfiodiag -h | diff - <(vfiodiag --help)
	vfiodiag version | diff - <(vfiodiag --version)
	for command in list check help; do
		vfiodiag help "$command" | diff - <(vfiodiag "$command" --help)
		vfiodiag "$command" -h | diff - <(vfiodiag "$command" --help)
	done
	refused "unknown command 'frob'" help frob
	refused "unexpected argument 'check'" help list check
}

# options_of COMMAND: its long options, by its help
options_of() {
	vfiodiag "$1" --help | sed -nE 's/^ {1,6}(-., )? *--([a-z-]+).*/\2/p' | sort
}

@test "a command takes the options of its help, and refuses the other common ones on both sides of its name" {
	local command option count=0
	for command in list check probe iova fits bench mappings watch collect diff report explain help version; do
		for option in from=x sysroot=x record=x color=never quiet verbose; do
			if options_of "$command" | grep -qx "${option%=*}"; then
				continue
			fi
			refused "unsupported option '--${option%=*}'" "--$option" "$command"
			refused "unsupported option '--${option%=*}'" "$command" "--$option"
			count=$((count + 1))
		done
	done
	[ "$count" -ge 25 ]
}

@test "the manual page of a command has the options of its help, and no others" {
	local command
	cd "$BATS_TEST_TMPDIR"
	for command in list check probe iova fits bench mappings watch collect diff report explain; do
		# The tags of its paragraphs, and the sentence about the common ones.
		awk '/^\.SH/ { here = /OPTIONS/ } /^The common/ { common = 1 } /described in/ { common = 0 }
			here && (common || tag) { gsub(/\\-/, "-"); print } { tag = /^\.T[PQ]$/ }' \
			"$top/man/vfiodiag-$command.8" | sed -nE 's/^\.B.*--([a-z-]+).*/\1/p' | sort -u >in_page
		options_of "$command" | diff in_page - || { echo "$command" && false; }
	done
}

@test "--format, --json and --output: on each command that prints" {
	local command
	cd "$BATS_TEST_TMPDIR"
	while read -r command; do
		# shellcheck disable=SC2086 # words
		vfiodiag $command --json >json || [ $? -le 3 ]
		jq -e . json >/dev/null
		# shellcheck disable=SC2086
		vfiodiag $command --format json | diff json - >/dev/null
		[[ $command != *list* ]] || continue
		# shellcheck disable=SC2086
		vfiodiag $command --json --output file || [ $? -le 3 ]
		diff json file
		rm file
	done <<-END
		--from $amd list
		--from $amd check
		--from $amd probe 1
		--from $amd iova 1
		--from $amd mappings 1
		--from $amd fits --memory 4G 1
		--from $hosts/6.1-amd-bench/capture bench --limit 20M 1
		diff $amd $amd
		explain no-iommu
		explain
	END
	for command in list check probe iova fits bench mappings watch diff explain; do
		options_of "$command" | grep -qx json
		options_of "$command" | grep -qx format
	done
}

@test "list -O prints all columns" {
	vfiodiag --from "$amd" list -O | head -n 1 >"$BATS_TEST_TMPDIR/heading"
	vfiodiag list --help | sed -nE 's/^ [ *] ([A-Z-]+) .*/\1/p' | diff - <(tr -s ' ' '\n' <"$BATS_TEST_TMPDIR/heading" | sed '/^$/d')
}
