# SPDX-License-Identifier: GPL-2.0-or-later
# share/kubernetes: the objects, what the container's shell does, and the labels that come of it. There is
# neither a cluster nor NFD here.

setup() {
	load lib
	daemonset=$share/kubernetes/daemonset.yaml
	rule=$share/kubernetes/nodefeaturerule.yaml
}

teardown() {
	end_children
}

look() {
	"$BATS_TEST_DIRNAME/objects" "$@"
}

# node HOST: $work/host is a recorded host as a pod sees the node, with the nodes that it had
node() {
	mkdir -p "$work/host/dev/vfio" "$work/features.d"
	cp -r "$hosts/$1/capture/files/." "$work/host"
	: >"$work/host/dev/vfio/vfio"
	for group in "$hosts/$1"/capture/files/sys/kernel/iommu_groups/*; do
		: >"$work/host/dev/vfio/${group##*/}"
	done
}

# pod: what its shell runs, with folders of the test's own
pod() {
	look script "$daemonset" | sed "s|/host|$work/host|; s|/features.d|$work/features.d|; s|sleep 600|sleep 1|" \
		>"$work/script"
	mkdir -p "$work/bin"
	ln -sf "$program" "$work/bin/vfiodiag"
	background "$work/log" env PATH="$work/bin:$PATH" /bin/sh -c "$(cat "$work/script")"
}

@test "the objects are what the API knows" {
	look validate "$daemonset"

	# And what it does not know is found, what is missing, and what is of another type.
	local edit
	for edit in 's/allowPrivilegeEscalation/allowPrivilegeEscalations/' '/^  selector:/,/^  template:/{/template:/!d}' \
		's/terminationGracePeriodSeconds: 5/terminationGracePeriodSeconds: soon/' 's/readOnly: true/readonly: true/'; do
		sed "$edit" "$daemonset" >"$work/bad.yaml"
		[ "$(<"$work/bad.yaml")" != "$(<"$daemonset")" ]
		run look validate "$work/bad.yaml"
		echo "$edit: $output"
		[ "$status" -eq 1 ]
	done
}

@test "the pod may do nothing but write into NFD's folder" {
	/usr/bin/python3 - "$daemonset" <<-'END'
		import sys, yaml
		[pod] = [o["spec"]["template"]["spec"] for o in yaml.safe_load_all(open(sys.argv[1])) if o["kind"] == "DaemonSet"]
		[container] = pod["containers"]
		context = container["securityContext"]
		assert context["capabilities"] == {"drop": ["ALL"]} and context["readOnlyRootFilesystem"]
		assert not context["allowPrivilegeEscalation"] and not context.get("privileged")
		assert not any(pod.get(key) for key in ("hostPID", "hostNetwork", "hostIPC"))
		assert pod["automountServiceAccountToken"] is False
		assert {v["name"] for v in pod["volumes"]} == {m["name"] for m in container["volumeMounts"]}
		assert [m["name"] for m in container["volumeMounts"] if not m.get("readOnly")] == ["features"]
	END
}

@test "the pod's shell writes the feature file of the node, and ends when it is told to" {
	node 6.1-amd
	pod
	within 60 test -s "$work/features.d/vfiodiag"
	grep -x 'vfiodiag.verdict=ready' "$work/features.d/vfiodiag"
	grep -E '^# \+expiry-time=[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z$' "$work/features.d/vfiodiag"
	[ "$(stat -c %a "$work/features.d/vfiodiag")" = 644 ]
	# It does so again.
	rm "$work/features.d/vfiodiag"
	within 60 test -s "$work/features.d/vfiodiag"
	kill "${children[0]}"
	wait "${children[0]}"
	[ "$(ls -A "$work/features.d")" = vfiodiag ]
}

@test "a node that is not ready is no failure of the pod, a folder that can't be written is one" {
	node blocked
	pod
	within 60 test -s "$work/features.d/vfiodiag"
	grep -x 'vfiodiag.verdict=not-ready' "$work/features.d/vfiodiag"
	kill -0 "${children[0]}"

	rm -r "$work/features.d"
	local status=0
	wait "${children[0]}" || status=$?
	cat "$work/log"
	[ "$status" -gt 3 ]
}

@test "every recorded host gets one label, which is its verdict" {
	local host status word
	local -A statuses=([ready]=0 [not-bound]=0 [warnings]=1 [not-ready]=2 [unmeasured]=3) seen=()
	for host in "$hosts"/*/; do
		status=0
		vfiodiag --from "$host/capture" check --format nfd >"$work/features" || status=$?
		look labels "$rule" "$work/features" >"$work/labels"
		word=$(vfiodiag --from "$host/capture" check --json | jq -r .verdict)
		[ "$status" -eq "${statuses[$word]}" ]
		diff <(echo "feature.node.kubernetes.io/vfio-passthrough=$word") "$work/labels"
		seen[$word]=1
	done
	echo "verdicts seen: ${!seen[*]}"
	# A label "ready" never means that nothing is bound.
	[ -n "${seen[not-bound]}" ]
	[ "${#seen[@]}" -ge 3 ]

	# No recorded host is one that could not be measured.
	echo 'vfiodiag.verdict=unmeasured' >"$work/features"
	[ "$(look labels "$rule" "$work/features")" = feature.node.kubernetes.io/vfio-passthrough=unmeasured ]

	# Nothing known, no label.
	echo '# +expiry-time=2026-01-01T00:00:00Z' >"$work/features"
	[ -z "$(look labels "$rule" "$work/features")" ]
}
