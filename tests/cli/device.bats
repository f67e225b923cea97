# SPDX-License-Identifier: GPL-2.0-or-later
# check: what keeps VFIO from really using a device that is bound to a vfio driver. The hosts are
# recorded ones, of which single files and facts are edited.

# Each test has variables of its own.
# shellcheck disable=SC2030,SC2031

setup() {
	load lib
	load edit
	host 6.1-amd
	card=$files/sys/devices/pci0000:00/0000:00:04.0
}

# claims OWNER…: who has memory in the BARs of the card.
claims() {
	local list
	list=$(printf '%s\n' "$@" | jq -cnR '[inputs | {device: "0000:00:04.0", owner: .}]')
	fact "{\"fact\":\"claims\",\"ret\":0,\"claims\":$list}"
}

# ones N: that many bytes of configuration space of a device that does not answer.
ones() {
	head -c "$1" /dev/zero | tr '\0' '\377' >"$card/config"
}

# silent ID: the check is ready, and has no such finding.
silent() {
	run vfiodiag --from "$copy" check --format json
	[ "$status" -eq 0 ]
	jq -e --arg id "$1" 'all(.findings[]; .id != $id)' <<<"$output"
}

@test "simpledrm in a BAR: not ready, and efifb's option is not the one that helps" {
	claims BOOTFB simpledrm
	sed -i 's/$/ video=efifb:off/' "$files/proc/cmdline"
	finds bar-claimed failure 2
	says message '0000:00:04.0: vfio-pci cannot claim a BAR: BOOTFB, simpledrm is in it'
	says hint 'boot with initcall_blacklist=sysfb_init,'
	says hint 'video=efifb:off, with which the kernel was booted, concerns another driver'
}

@test "efifb in a BAR has an option of its own" {
	claims efifb
	finds bar-claimed failure 2
	says hint 'boot with video=efifb:off,'
}

@test "the vfio driver claims its own BARs" {
	claims vfio-pci vfio
	silent bar-claimed
}

@test "a framebuffer in the BAR of a device of the host is none of VFIO's business" {
	fact '{"fact":"claims","ret":0,"claims":[{"device":"0000:00:1f.2","owner":"BOOTFB"}]}'
	silent bar-claimed
}

@test "an older capture does not know the claims, and says nothing" {
	silent bar-claimed
}

@test "/proc/iomem of a sysroot: for root with addresses, for others without" {
	local address
	for address in 'fe000000-fe0fffff' '00000000-00000000'; do
		printf '%s : 0000:00:04.0\n  %s : BOOTFB\n' "$address" "$address" >"$files/proc/iomem"
		run vfiodiag --sysroot "$files" check 0000:00:04.0 --format json
		[ "$status" -eq 2 ]
		jq -e '.findings[] | select(.id == "bar-claimed")' <<<"$output"
		# The layout of the host's memory is in no output.
		[[ $output != *fe000000* ]]
	done
}

@test "a device that sleeps in D3cold is a note; one that does not come back is a failure" {
	mkdir -p "$card/power"
	echo D3cold >"$card/power_state"
	echo 1 >"$card/d3cold_allowed"
	echo suspended >"$card/power/runtime_status"
	finds device-in-d3cold note 0
	echo active >"$card/power/runtime_status"
	finds device-inaccessible failure 2
	says message 'did not come back from D3cold'
	says hint 'vfio-pci.disable_idle_d3=1'
}

@test "configuration space of ones is no answer, in any length that users see" {
	local length
	for length in 64 256 4096; do
		ones "$length"
		finds device-inaccessible failure 2
		says message 'its configuration space reads as all ones'
	done
	# Nothing was read.
	ones 0
	silent device-inaccessible
}

@test "without a way to reset it, the device works once: ready, with a warning" {
	: >"$card/reset_method"
	finds no-reset-method warning 1
	says message '0000:00:04.0 cannot be reset by itself'
	echo flr >"$card/reset_method"
	silent no-reset-method
	# Another device has the file, so that the kernel shows it: then its absence is an answer.
	mv "$card/reset_method" "$files/sys/devices/pci0000:00/0000:00:1f.2/"
	finds no-reset-method warning 1
	rm "$files/sys/devices/pci0000:00/0000:00:1f.2/reset_method"
	silent no-reset-method
}

@test "driver_override without a driver: the probe failed, and binding again is no fix" {
	host unbound
	local device
	device=$(dirname "$(find "$files" -path '*0000:00:04.0/uevent')")
	echo vfio-pci >"$device/driver_override"
	finds override-without-driver failure 2 1
	says message 'has no driver, although driver_override is vfio-pci'
	jq -e 'all(.findings[]; .id != "group-not-bound")' <<<"$output"
	# Of a group that nobody named it is a warning, since somebody meant it for VFIO.
	finds override-without-driver warning 1
	echo '(null)' >"$device/driver_override"
	finds group-not-bound failure 2 1
}

@test "before 6.1, a driver whose module uses vfio_pci_core is one for VFIO; a name is not enough" {
	host 5.10-amd
	local device
	device=$(dirname "$(find "$files" -path '*0000:00:04.0/uevent')")
	sed -i 's/^DRIVER=.*/DRIVER=hns_pass/' "$device/uevent"
	mkdir -p "$files/sys/module/vfio_pci_core/holders" "$files/sys/bus/pci/drivers/hns_pass"
	ln -s ../../../../module/hns_pass "$files/sys/bus/pci/drivers/hns_pass/module"
	finds group-not-viable failure 2 0000:00:04.0
	: >"$files/sys/module/vfio_pci_core/holders/hns_pass"
	run vfiodiag --from "$copy" check --format json
	[ "$status" -le 1 ]
	jq -e '.findings | all(.id != "group-not-viable")' <<<"$output"
	vfiodiag --from "$copy" list -o ADDRESS,VFIO --raw | grep -x '0000:00:04.0 bound'
}

@test "a redacted capture gives the same findings, without names that nobody knows" {
	claims BOOTFB my-secret-driver
	: >"$card/reset_method"
	echo D3hot >"$card/power_state"
	run vfiodiag --from "$copy" collect --redact -o "$BATS_TEST_TMPDIR/redacted.tar.zst"
	[ "$status" -eq 0 ]
	copy=$BATS_TEST_TMPDIR/redacted.tar.zst
	finds bar-claimed failure 2
	says message 'BOOTFB, driver-'
	jq -e 'any(.findings[]; .id == "no-reset-method")' <<<"$output"
	[[ $output != *secret* ]]
	vfiodiag --from "$copy" list -o ADDRESS,POWER --raw | grep -x '0000:00:04.0 D3hot'
}
