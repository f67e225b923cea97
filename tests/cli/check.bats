# SPDX-License-Identifier: GPL-2.0-or-later
# check and explain: findings, verdict, policy.

setup() {
	load lib
	amd=$hosts/6.1-amd/capture
	copy=$BATS_TEST_TMPDIR/capture
}

# finds ID SEVERITY STATUS ARG…: the check ends with STATUS and has that finding.
finds() {
	local id=$1 severity=$2 wanted=$3
	shift 3
	run vfiodiag "$@" --format json
	echo "$output"
	[ "$status" -eq "$wanted" ]
	jq -e --arg id "$id" --arg severity "$severity" \
		'.findings | map(select(.id == $id and .severity == $severity)) | length > 0' <<<"$output"
}

@test "a ready host: few lines, status 0" {
	run vfiodiag --from "$amd" check
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -le 5 ]
	[[ $output == *"Pass-through: ready"* ]]
}

@test "the device that blocks a group is named with its driver; bridges do not block" {
	finds group-not-viable failure 2 --from "$hosts/blocked/capture" check 01:01.0
	jq -e '.findings[0].message | contains("0000:01:02.0") and contains("is still bound to e1000")' <<<"$output"
	jq -e '.findings[0].message | contains("0000:00:01.0") | not' <<<"$output"
}

@test "a VFIO variant driver is recognised by its vfio-dev directory (edited files)" {
	cp -r "$hosts/blocked/capture" "$copy"
	mkdir -p "$copy/files/sys/devices/pci0000:00/0000:00:01.0/0000:01:02.0/vfio-dev/vfio1"
	run vfiodiag --from "$copy" check 01:01.0
	[ "$status" -eq 0 ]
}

@test "a named device must be bound itself (edited driver)" {
	# The group is viable, and another device of it is bound.
	cp -r "$hosts/blocked/capture" "$copy"
	sed -i '/^DRIVER=/d' "$copy/files/sys/devices/pci0000:00/0000:00:01.0/0000:01:02.0/uevent"
	run vfiodiag --from "$copy" check 01:01.0
	[ "$status" -eq 0 ]
	finds device-not-bound failure 2 --from "$copy" check 01:02.0
	jq -e '.verdict == "not-ready" and .subjects[0].named == ["0000:01:02.0"] and
		(.groups[].devices[] | select(.address == "0000:01:02.0").state) == "available"' <<<"$output"
	run vfiodiag --from "$copy" check 01:02.0
	[[ $output == *"0000:01:02.0  available  no driver is bound to it"* ]]
	run vfiodiag --from "$copy" check --managed 01:02.0
	[ "$status" -eq 0 ]
	run vfiodiag --from "$copy" check --managed --json 01:02.0
	jq -e '.verdict == "not-bound"' <<<"$output"
}

@test "a named device without a group: status 2, a finding and a subject, in each format" {
	local format
	finds device-without-group failure 2 --from "$amd" check 00:01.0
	jq -e '.subjects == [{group: null, devices: ["0000:00:01.0"], named: ["0000:00:01.0"], verdict: "not-ready"}]' \
		<<<"$output"
	jq -e '.ungrouped[] | select(.address == "0000:00:01.0") | .state and .reason' <<<"$output"
	jq -e '.host_verdict == "ready"' <<<"$output"
	for format in text jsonl nagios prometheus nfd; do
		run vfiodiag --from "$amd" check --format "$format" 00:01.0
		[ "$status" -eq 2 ]
		[[ $output == *device-without-group* ]]
	done
	run vfiodiag --from "$amd" check --format facts 00:01.0
	jq -e '.ready == false and .status == 2 and .groups[0].group == null' <<<"$output"
}

@test "a host of which nothing is bound is not called ready in any label" {
	run vfiodiag --from "$hosts/unbound/capture" check
	[ "$status" -eq 0 ]
	[[ $output == *"Host: ready. No device is bound to a vfio driver yet (1 available: vfiodiag list)"* ]]
	run vfiodiag --from "$hosts/unbound/capture" check --json
	jq -e '.verdict == "not-bound" and .host_verdict == "ready" and .states.available == 1' <<<"$output"
	run vfiodiag --from "$hosts/unbound/capture" check --format nfd
	[[ $output == *vfiodiag.ready=false* && $output == *vfiodiag.host=ready* ]]
	[[ $output == *vfiodiag.devices.available=1* ]]
	run vfiodiag --from "$hosts/unbound/capture" check --format nagios
	[[ $output == "VFIODIAG OK - ready, but not bound yet, 1 device available | "* ]]
	run vfiodiag --from "$hosts/unbound/capture" check --all
	[ "$status" -eq 0 ]
	finds bound-required failure 2 --from "$hosts/unbound/capture" check --require bound
	run vfiodiag --from "$amd" check --require bound
	[ "$status" -eq 0 ]
}

@test "JSON says when the host was read: a capture, when it was recorded" {
	local when
	when=$(head -n 1 "$amd/transcript.jsonl" | jq -r .recorded)
	[ "$(vfiodiag --from "$amd" check --json | jq -r .time)" = "$when" ]
	[ "$(vfiodiag --from "$amd" check --format jsonl | jq -r .time)" = "$when" ]
	[ "$(vfiodiag --from "$amd" check --format facts | jq -r .time)" = "$when" ]
}

@test "a group without a bound device" {
	finds group-not-bound failure 2 --from "$hosts/unbound/capture" check 1
}

@test "no IOMMU, and why" {
	finds no-iommu failure 2 --from "$hosts/no-iommu/capture" check
	finds no-iommu failure 2 --from "$hosts/iommu-off/capture" check
	jq -e '.findings[0].message | contains("amd_iommu=off")' <<<"$output"
}

@test "no container node, no type1 module" {
	finds no-vfio-container failure 2 --from "$hosts/no-container/capture" check
	finds type1-not-loaded failure 2 --from "$hosts/no-type1/capture" check
}

@test "unsafe interrupts, no-IOMMU mode and page-by-page mapping (the last two edited)" {
	finds unsafe-interrupts warning 1 --from "$hosts/7.x-amd/capture" check
	cp -r "$amd" "$copy"
	mkdir -p "$copy/files/sys/module/vfio/parameters"
	echo Y >"$copy/files/sys/module/vfio/parameters/enable_unsafe_noiommu_mode"
	finds noiommu-enabled warning 1 --from "$copy" check
	echo Y >"$copy/files/sys/module/vfio_iommu_type1/parameters/disable_hugepages"
	finds hugepages-disabled note 1 --from "$copy" check
}

@test "a direct region makes a group not ready, a relaxable one does not (edited regions)" {
	cp -r "$hosts/6.1-intel/capture" "$copy"
	echo "0x00000000000e0000 0x00000000000fffff direct" >>"$copy/files/sys/kernel/iommu_groups/1/reserved_regions"
	finds direct-region failure 2 --from "$copy" check
	grep -q direct-relaxable "$hosts/6.1-intel/capture/files/sys/kernel/iommu_groups/2/reserved_regions"
	run vfiodiag --from "$hosts/6.1-intel/capture" check --format json 2
	jq -e '.subjects[0].group == 2 and all(.findings[]; .id != "direct-region")' <<<"$output"
}

@test "a reserved first window on a kernel without the fix, by its version (edited version)" {
	cp -r "$hosts/6.12-zpci/capture" "$copy"
	echo "#1 SMP Debian 6.1.8-1 (2023-01-29)" >"$copy/files/proc/sys/kernel/version"
	finds kernel-may-test-reserved warning 1 --from "$copy" check
	jq -e '.findings[0].message | contains("by its version")' <<<"$output"
	run vfiodiag --from "$hosts/6.12-zpci/capture" check
	[ "$status" -eq 0 ]
}

@test "unreadable regions: not known (edited regions)" {
	cp -r "$amd" "$copy"
	echo garbage >"$copy/files/sys/kernel/iommu_groups/1/reserved_regions"
	finds regions-unknown unmeasured 3 --from "$copy" check
}

@test "functions of one device in several groups (edited files)" {
	cp -r "$amd" "$copy"
	groups=$copy/files/sys/kernel/iommu_groups
	mkdir -p "$groups/3/devices" "$copy/files/sys/devices/pci0000:00/0000:00:04.1"
	cp "$groups/1/reserved_regions" "$groups/1/type" "$groups/3"
	ln -s ../../../../devices/pci0000:00/0000:00:04.1 "$groups/3/devices/0000:00:04.1"
	printf 'DRIVER=snd_hda_intel\nPCI_CLASS=40300\nPCI_ID=10DE:10F0\n' \
		>"$copy/files/sys/devices/pci0000:00/0000:00:04.1/uevent"
	finds functions-split note 0 --from "$copy" check
}

@test "ISM functions are reported (edited ids)" {
	cp -r "$amd" "$copy"
	sed -i 's/^PCI_ID=.*/PCI_ID=1014:04ED/' "$copy/files/sys/devices/pci0000:00/0000:00:04.0/uevent"
	finds ism-function note 0 --from "$copy" check
}

@test "a no-IOMMU group (edited name)" {
	cp -r "$amd" "$copy"
	no_iommu_group "$copy/files"
	finds group-without-iommu failure 2 --from "$copy" check
}

@test "check --probe adds the live test" {
	run vfiodiag --from "$hosts/no-tracefs/capture" check --format json
	[ "$status" -eq 0 ]
	jq -e '.probes == []' <<<"$output"
	cp -r "$hosts/6.1-amd/capture" "$copy"
	run vfiodiag --from "$copy" check --probe --format json
	[ "$status" -eq 0 ]
	jq -e '.probes[0].fine_grained_superpages == "yes" and .verdict == "ready"' <<<"$output"
}

@test "a failed live test makes the host not ready (edited transcript)" {
	cp -r "$amd" "$copy"
	sed -i '/"VFIO_SET_IOMMU"/s/"ret":0/"errno":"EPERM"/' "$copy/transcript.jsonl"
	finds live-test-failed failure 2 --from "$copy" check --probe
}

@test "policy: ignore, fail-on" {
	run vfiodiag --from "$hosts/7.x-amd/capture" check --ignore unsafe-interrupts
	[ "$status" -eq 0 ]
	[[ $output != *unsafe-interrupts* ]]
	run vfiodiag --from "$hosts/7.x-amd/capture" check --fail-on warning
	[ "$status" -eq 2 ]
}

@test "check --output writes what it would print, with the same status" {
	local format status=0
	cd "$BATS_TEST_TMPDIR"
	for format in text json jsonl nagios prometheus facts; do
		run vfiodiag --from "$hosts/blocked/capture" check --format "$format" --output there
		[ "$status" -eq "$([ "$format" = facts ] && echo 0 || echo 2)" ]
		[ -z "$output" ]
		diff <(vfiodiag --from "$hosts/blocked/capture" check --format "$format") there
	done
	vfiodiag --from "$hosts/6.1-amd/capture" check -o - | grep -x 'Pass-through: ready (1 group checked)'
	# Colours are for terminals.
	script -qec "'${VFIODIAG:-$top/build/gcc/vfiodiag}' --from '$hosts/blocked/capture' check -o there" /dev/null || true
	absent $'\033' there
}

@test "check --output: the umask decides who may read the file" {
	cd "$BATS_TEST_TMPDIR"
	(umask 0022 && vfiodiag --from "$hosts/6.1-amd/capture" check -o there)
	[ "$(stat -c %a there)" = 644 ]
	(umask 0077 && vfiodiag --from "$hosts/6.1-amd/capture" check -o there)
	[ "$(stat -c %a there)" = 600 ]
}

@test "check --output: a write error has its own status" {
	cd "$BATS_TEST_TMPDIR"
	run vfiodiag --from "$hosts/blocked/capture" check -o /dev/full
	[ "$status" -eq 74 ]
	[ "$output" = "vfiodiag check: cannot write '/dev/full': No space left on device" ]
	run vfiodiag --from "$hosts/blocked/capture" check -o nowhere/there
	[ "$status" -eq 64 ]
	[[ $output == *"'nowhere/'"* ]]
	# The lines for many captures have no file.
	run vfiodiag --from "$hosts/blocked/capture" check --each -o there
	[ "$status" -eq 64 ]
	[ ! -e there ]
}

# bats test_tags=strace
@test "check opens no device but /dev/vfio/vfio, and loads nothing" {
	strace -f -o "$BATS_TEST_TMPDIR/log" "${VFIODIAG:-$top/build/gcc/vfiodiag}" check >/dev/null || true
	join_calls "$BATS_TEST_TMPDIR/log"
	grep -q iommu_groups "$BATS_TEST_TMPDIR/log"
	grep -vE '"/dev/vfio/vfio"|VFIO_GET_API_VERSION|VFIO_CHECK_EXTENSION' "$BATS_TEST_TMPDIR/log" \
		>"$BATS_TEST_TMPDIR/rest"
	absent 'O_RDWR|O_WRONLY|perf_event_open|VFIO_|init_module|execve.*= 0$' <(sed 1d "$BATS_TEST_TMPDIR/rest")
}

@test "explain: each finding has a page of at most 85 columns" {
	vfiodiag explain | sed -n 's/^  \([a-z0-9-]*\) .*/\1/p' >"$BATS_TEST_TMPDIR/ids"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/ids")" -ge 20 ]
	while read -r id; do
		vfiodiag explain "$id" >"$BATS_TEST_TMPDIR/page"
		grep -q "^$id: " "$BATS_TEST_TMPDIR/page"
		[ "$(wc -l <"$BATS_TEST_TMPDIR/page")" -ge 3 ]
		absent '^.{86,}' "$BATS_TEST_TMPDIR/page"
	done <"$BATS_TEST_TMPDIR/ids"
}

@test "explain: each finding and each property is explained, in text and as JSON" {
	local all=$BATS_TEST_TMPDIR/all page=$BATS_TEST_TMPDIR/page id kind title
	vfiodiag explain --format json | jq -r '.explained[] | "\(.id)\t\(.kind)\t\(.title)"' >"$all"
	[ "$(cut -f 2 "$all" | sort -u | paste -sd ' ')" = "finding property" ]
	# Some names are those of both.
	[ "$(cut -f 1 "$all" | sort | uniq -d | paste -sd ' ')" = "iommufd unsafe-interrupts" ]
	# shellcheck disable=SC2094 # the list is only read
	while IFS=$'\t' read -r id kind title; do
		vfiodiag explain "$id" >"$page"
		cat "$page"
		grep -Fqx "$id: $title" "$page"
		[ "$(grep -c "^$id: " "$page")" -eq "$(cut -f 1 "$all" | grep -cx "$id")" ]
		[ "$(grep -c '^Property of the host. Values:$' "$page")" -eq "$(grep -c "^$id	property" "$all")" ]
		[ "$(vfiodiag explain "$id" --format json |
			jq -r --arg kind "$kind" '.explained[] | select(.kind == $kind) | .title')" = "$title" ]
	done <"$all"
}

@test "every id in the output for a recorded host can be explained" {
	{
		grep -hoP '^      "id": "\K[a-z0-9-]+' "$recorded"/*/expected/{check,recorded}-json
		grep -hoP '^(failure|warning|unmeasured|note|ok) \K[a-z0-9-]+(?= )' "$recorded"/*/expected/verdicts
	} | sort -u >"$BATS_TEST_TMPDIR/ids"
	[ -s "$BATS_TEST_TMPDIR/ids" ]
	while read -r id; do
		vfiodiag explain "$id" >/dev/null
	done <"$BATS_TEST_TMPDIR/ids"
}
