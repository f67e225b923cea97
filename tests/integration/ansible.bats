# SPDX-License-Identifier: GPL-2.0-or-later
# share/ansible, by Ansible itself: two hosts, which are recorded ones behind a local connection.

setup() {
	load lib
	playbook=$share/ansible/vfiodiag.yml
	export ANSIBLE_LOCAL_TEMP=$work/ansible ANSIBLE_REMOTE_TEMP=$work/ansible ANSIBLE_HOME=$work/ansible
	export ANSIBLE_NOCOLOR=1 ANSIBLE_RETRY_FILES_ENABLED=0
	export TMPDIR=$work/temporary
	mkdir "$work/hosts" "$work/calls" "$TMPDIR"
	inventory good=6.1-amd bad=blocked
}

# inventory HOST=RECORDED…: each is answered for by a program of its own, which also notes how it was
# called
inventory() {
	local word host
	for word in "$@"; do
		host=${word%%=*}
		cat >"$work/hosts/$host" <<-END
			#!/bin/sh
			echo "\$@" >>'$work/calls/$host'
			exec '$program' --from '$hosts/${word#*=}/capture' "\$@"
		END
		chmod +x "$work/hosts/$host"
		echo "$host ansible_connection=local ansible_python_interpreter=/usr/bin/python3" \
			"vfiodiag_program=$work/hosts/$host"
	done >"$work/inventory"
}

# play ARG…: the output is in $work/played too; the recap is of the form "good : ok=4 changed=0 …"
play() {
	local status=0
	ansible-playbook -i "$work/inventory" -e vfiodiag_become=false -e "vfiodiag_captures=$work/captures" \
		"$@" "$playbook" >"$work/played" 2>&1 || status=$?
	cat "$work/played"
	return $status
}

# recap HOST COUNTER: its number
recap() {
	sed -n "s/^$1 *:.* $2=\([0-9]*\).*/\1/p" "$work/played"
}

@test "the playbook is one that Ansible can read" {
	play --syntax-check
}

@test "a host that is ready passes, one that is not fails, and both captures are there" {
	run play
	echo "$output"
	[ "$status" -ne 0 ]
	[ "$(recap good failed)" -eq 0 ]
	[ "$(recap good changed)" -eq 0 ]
	[ "$(recap bad failed)" -eq 1 ]
	grep -F 'not-ready: group-not-viable: not viable: 0000:01:02.0 (Ethernet controller) is still bound to e1000' "$work/played"

	local host
	for host in good=6.1-amd bad=blocked; do
		diff <(vfiodiag --from "$hosts/${host#*=}/capture" check || true) \
			<(vfiodiag --from "$work/captures/${host%%=*}.tar.zst" check || true)
	done
	# Nothing stays behind on the hosts.
	[ -z "$(find "$TMPDIR" -name '*.vfiodiag')" ]
}

@test "the policy is handed on" {
	play -l bad -e '{"vfiodiag_subjects": ["1"], "vfiodiag_require": ["iommu=intel", "interrupts=isolated"],
		"vfiodiag_deny": ["unsafe-interrupts"], "vfiodiag_ignore": ["group-not-viable", "iommu-narrow"], "vfiodiag_collect": false}'
	tail -n 1 "$work/calls/bad" | grep -x \
		'check --format json --fail-on failure --require=iommu=intel --require=interrupts=isolated --deny=unsafe-interrupts --ignore=group-not-viable --ignore=iommu-narrow 1'
	# The recorded host was not probed with these, so that it fails is right.
	run play -l good -e vfiodiag_fail_on=warning -e vfiodiag_all=true -e vfiodiag_probe=true -e vfiodiag_redact=true
	cat "$work/calls/good"
	grep -xE 'collect --quiet --output [^ ]*/capture.tar.zst --probe --redact' "$work/calls/good"
	run play -l good -e vfiodiag_fail_on=warning -e vfiodiag_all=true -e vfiodiag_probe=true -e vfiodiag_collect=false
	tail -n 1 "$work/calls/good" | grep -x 'check --format json --fail-on warning --probe --all'
}

@test "not measured fails where somebody wants that, and only there" {
	inventory dark=6.1-amd
	cat >"$work/hosts/dark" <<-'END'
		#!/bin/sh
		echo '{"verdict": "unmeasured", "findings": [{"id": "regions-unknown", "severity": "unmeasured", "message": "could not be read"}]}'
		exit 3
	END
	play -e vfiodiag_collect=false
	run play -e vfiodiag_collect=false -e vfiodiag_unmeasured_fails=true
	[ "$status" -ne 0 ]
	grep -F 'unmeasured: regions-unknown: could not be read' "$work/played"
}

@test "a wrong command line and a wrong variable are failures that say so" {
	run play -l good -e '{"vfiodiag_require": ["no-such-thing"]}'
	[ "$status" -ne 0 ]
	grep -F 'no-such-thing' "$work/played"
	[ "$(recap good failed)" -eq 1 ]
	run play -l good -e vfiodiag_fail_on=sometimes
	[ "$status" -ne 0 ]
	grep -F 'value of vfiodiag_fail_on must be one of: note, warning, unmeasured, failure' "$work/played"
}

@test "check mode asks, and changes nothing" {
	run play --check -e vfiodiag_facts=true -e "vfiodiag_facts_folder=$work/facts.d"
	echo "$output"
	[ "$(recap good failed)" -eq 0 ]
	[ "$(recap bad failed)" -eq 1 ]
	[ ! -e "$work/captures" ]
	[ ! -e "$work/facts.d" ]
	absent collect "$work/calls/good"
}

@test "the fact script is installed once, and tells the verdict" {
	play -l good -e vfiodiag_facts=true -e "vfiodiag_facts_folder=$work/facts.d"
	[ "$(recap good changed)" -eq 2 ]
	play -l good -e vfiodiag_facts=true -e "vfiodiag_facts_folder=$work/facts.d"
	[ "$(recap good changed)" -eq 0 ]

	# It has no options of its own: the program in the path is the host's.
	local host
	for host in 6.1-amd=ready blocked=not-ready; do
		stand_in "${host%%=*}"
		PATH=$work/bin:$PATH ansible -i "$work/inventory" good -m ansible.builtin.setup \
			-a "filter=ansible_local fact_path=$work/facts.d" >"$work/facts"
		cat "$work/facts"
		sed '1s/.*=> //' "$work/facts" | jq -e --arg verdict "${host#*=}" \
			'.ansible_facts.ansible_local.vfiodiag.verdict == $verdict'
	done
}

@test "ansible-lint has nothing to say" {
	cp -r "$share/ansible" "$work/linted"
	cd "$work/linted"
	ansible-lint --offline --nocolor -q --profile production
	# And would.
	echo '- hosts: all
  tasks:
    - command: true' >bad.yml
	run ansible-lint --offline -q bad.yml
	[ "$status" -ne 0 ]
}
