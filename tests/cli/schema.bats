# SPDX-License-Identifier: GPL-2.0-or-later
# The schema of the JSON, and its judge: tests/lib/schema, which uses python3-jsonschema.
# shellcheck shell=bash disable=SC2016 # the variables are those of jq

setup() {
	load lib
	schema=$top/tests/lib/schema
	amd=$hosts/6.1-amd/capture
	cd "$BATS_TEST_TMPDIR" || return
	# The program is not what is tested here: not under valgrind.
	unset VFIODIAG_UNDER
}

# mapped: make a capture that tells what is mapped for its group 1, and print its directory.
mapped() {
	rm -rf mapped
	cp -r "$hosts/held/capture" mapped
	cat >>mapped/transcript.jsonl <<-'END'
		{"fact":"mappings 1","ret":0,"result":"read","large":"0x200000","page_sizes":"0x201000","n_entries":"0x201","bytes":"0x400000","longest":"0x200000","bytes_large":"0x200000","bytes_scattered":"0x200000","entries":[{"size":"0x1000","count":"0x200"},{"size":"0x200000","count":"0x1"}]}
	END
	echo mapped
}

# samples: documents of each kind, one a line.
samples() {
	{
		vfiodiag --from "$amd" check --all --probe --format json || [ $? -le 3 ]
		vfiodiag --from "$hosts/no-permission/capture" probe --all --format json || [ $? -le 3 ]
		vfiodiag --from "$amd" iova --probe 1 --at 0xfee00000 --size 2M --errno EINVAL --format json || [ $? -le 3 ]
		vfiodiag --from "$hosts/no-permission/capture" iova --probe 1 --format json || [ $? -le 3 ]
		vfiodiag --from "$amd" fits --probe 1 --memory 1200G --bar 16G --format json || [ $? -le 3 ]
		vfiodiag --from "$hosts/6.1-amd-bench/capture" bench --limit 20M 1 --format json
		vfiodiag --from "$(mapped)" mappings 1 --format json
		vfiodiag diff --format json "$amd" "$hosts/6.1-intel/capture" || [ $? -eq 1 ]
		vfiodiag --from "$amd" list --json --tree
		vfiodiag explain --json container
		vfiodiag --from "$hosts/blocked/capture" check --format facts
		vfiodiag check --from "$amd" --from nowhere --format jsonl || [ $? -eq 3 ]
		cat <<-'LINES'
			{"schema":"vfiodiag/1","time":"2026-11-22T10:34:24Z","event":"verdict","verdict":"not-ready"}
			{"schema":"vfiodiag/1","time":"2026-11-22T10:34:24Z","event":"lost"}
		LINES
		jq -c '{schema, time: "2026-11-22T10:34:24Z", event: "cleared", finding: .findings[0]}' \
			<(vfiodiag --from "$hosts/blocked/capture" check --all --format json)
	} | jq -c .
}

# altered CONDITION CHANGE: the samples, each changed at each place of which CONDITION is true. For both
# $path is the place, and $whole the sample. Of the entries of an array one stands for all.
altered() {
	samples | jq -c '. as $whole
		| [[], paths | . as $path | select($whole | getpath($path) | '"$1"')]
		| unique_by(map(if type == "number" then 0 else . end))[] as $path
		| $whole | '"$2"
}

# all_bad COUNT FILE: there are at least so many documents, and each of them is found bad.
all_bad() {
	run "$schema" "$2"
	echo "$output" | tail -n 40
	[ "$status" -eq 1 ]
	[[ ${lines[-1]} =~ \ ([0-9]+)\ different,\ ([0-9]+)\ bad$ ]]
	[ "${BASH_REMATCH[1]}" -ge "$1" ]
	[ "${BASH_REMATCH[2]}" -eq "${BASH_REMATCH[1]}" ]
}

# refuses WORDS DOCUMENT
refuses() {
	echo "$2" >document
	run "$schema" document
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *"$1"* ]]
}

@test "it is a valid schema and describes each field" {
	run "$schema" --itself
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "it describes the recorded output of every host" {
	local case host
	local -a arguments
	mkdir "$BATS_TEST_TMPDIR/answers"
	while read -r case arguments; do
		[[ $case == *-json ]] || continue
		for host in "$hosts"/*/; do
			host=$(basename "$host")
			# shellcheck disable=SC2086 # words
			replay_case "$host" $arguments | sed '/^\[s/,$d' >"$BATS_TEST_TMPDIR/answers/$host-$case"
		done
	done < <(host_cases)
	run "$schema" "$BATS_TEST_TMPDIR"/answers/*
	echo "$output"
	[ "$status" -eq 0 ]
	[[ ${lines[-1]} =~ ^([0-9]+)\ documents\ .*\ 0\ bad$ ]]
	[ "${BASH_REMATCH[1]}" -ge 190 ]
}

@test "it describes a document of each kind, and so does the open schema" {
	samples >documents
	for option in "" --open; do
		run "$schema" $option documents
		echo "$output"
		[ "$status" -eq 0 ]
		[[ ${lines[-1]} == "16 documents (1 bench_answer, 3 change, 1 diff_answer, 1 explanations, 1 facts, 1 fits_answer, 2 iova_answer, 1 list, 1 mappings_answer, 3 report, 1 unread_capture), 16 different, 0 bad" ]]
	done
}

@test "an undescribed field in each object: refused, but accepted by the open schema" {
	altered 'type == "object" and $path[-1] != "parameters"' 'setpath($path + ["undescribed"]; 1)' >documents
	all_bad 50 documents
	[[ $output == *"'undescribed' was unexpected"* ]]
	run "$schema" --open documents
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "a field that is missing, in each object" {
	# A device need not be on PCI; of list the columns are chosen; modules have what parameters they have.
	# A capture has a name where there are several.
	altered '($path[-1] | type) == "string" and $path[-1] != "class" and ($path != ["capture"] or $whole.error) and $path[-2] != "parameters"
		and ($whole | has("devices") | not)' 'delpaths([$path])' >documents
	all_bad 200 documents
	[[ $output == *"is a required property"* ]]
}

@test "a number for an address" {
	altered 'type == "string" and startswith("0x")
		and any("start", "end", "iova", "paddr", "address"; . == $path[-1])' 'setpath($path; 4276092928)' >documents
	all_bad 20 documents
	[[ $output == *"4276092928 is not of type 'string'"* ]]
}

@test "an unknown word, and a word in place of a number" {
	altered 'type == "string" and any("schema", "severity", "verdict", "method", "confidence", "known_by", "use",
		"kind", "backend", "phase", "event", "kernel_rule", "superpage_splitting", "contiguous",
		"machine", "amd", "area", "change", "vfio", "limit_known_by", "iommufd"; . == $path[-1])
		and any("host", "memlock"; . == $path[-2]) != true' 'setpath($path; "frob")' >documents
	all_bad 40 documents
	[[ $output == *"'frob' is not one of"* ]]
	altered 'type == "number"' 'setpath($path; "many")' >documents
	all_bad 25 documents
}

@test "addresses and sizes have one spelling" {
	local value
	samples | jq -c 'select(.query)' >sample
	while read -r value; do
		jq -c ".query.address = $value" sample >documents
		all_bad 1 documents
	done <<<$'"0xFEE00000"\n"0x0fee00000"\n"fee00000"\n"0x"\n"0x10000000000000000"\n"0xfee0_0000"'
	while read -r value; do
		jq -c ".query.size = $value" sample >documents
		all_bad 1 documents
	done <<<$'"0x1000"\n"0x1fffffffffffff"\n9007199254740992\n-1\n1.5'
	while read -r value; do
		jq -c ".query.size = $value" sample >documents
		"$schema" documents
	done <<<$'"0x20000000000000"\n"0x10000000000000000"\n9007199254740991\n0'
}

@test "an object that is not a document of the program, and text that is not JSON" {
	refuses "is a required property" '{"schema":"vfiodiag/1"}'
	refuses "is not of type 'object'" '[1]'
	refuses "no JSON" 'oh'
	refuses "no document" ''
	refuses "Expecting" '{"schema":'
}

@test "a log of printed documents: a bad document is reported with its command, and so is a missing kind" {
	mkdir log
	VFIODIAG_JSON_LOG=$PWD/log vfiodiag --from "$amd" list --json >with
	vfiodiag --from "$amd" list --json >without
	cmp with without
	VFIODIAG_JSON_LOG=$PWD/log vfiodiag --from "$amd" list >table
	VFIODIAG_JSON_LOG=$PWD/log transcript --from "$hosts/blocked/capture" check --format=json >with
	transcript --from "$hosts/blocked/capture" check --format=json >without
	cmp with without
	[ "$(tail -n 1 with)" = "[status 2]" ]
	run "$schema" --log log list report
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == "2 documents (1 list, 1 report), 2 different, 0 bad" ]]
	run "$schema" --log log list report change
	[ "$status" -eq 1 ]
	[[ $output == *"no document of kind change"* ]]
	sed -i 's/"failure"/"disaster"/' log/*.json
	run "$schema" --log log list report
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *"blocked/capture check --format=json"*".findings[0].severity: 'disaster' is not one of"* ]]
	mkdir empty
	run "$schema" --log empty report
	[ "$status" -eq 1 ]
}

@test "closed or full standard output stays the program's own if a log is kept" {
	mkdir log
	VFIODIAG_JSON_LOG=$PWD/log
	export VFIODIAG_JSON_LOG
	for target in '>/dev/full' '>&-'; do
		eval "vfiodiag --from \"\$amd\" list --json $target" 2>said && return 1
		[ -s said ]
	done
	[ -z "$(ls log)" ]
}
