# SPDX-License-Identifier: GPL-2.0-or-later
# A device that does not answer, on a real kernel: vfio-pci waits in unbind for a process that has the device
# open, and holds the device's lock meanwhile. Nothing can kill who reads its uevent or its driver_override then.

setup_file() {
	local holder=$BATS_FILE_TMPDIR/holder
	load lib
	cat >"$holder.c" <<-'END'
		#include <fcntl.h>
		#include <linux/vfio.h>
		#include <stdio.h>
		#include <sys/ioctl.h>
		#include <unistd.h>

		int main(int argc, char **argv)
		{
			int container = open("/dev/vfio/vfio", O_RDWR);
			int group = open("/dev/vfio/1", O_RDWR);

			if (argc != 2 || ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) < 0 ||
			    ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU) < 0 ||
			    ioctl(group, VFIO_GROUP_GET_DEVICE_FD, argv[1]) < 0)
				return 1;
			puts("held");
			fflush(stdout);
			for (;;)
				pause();
		}
	END
	"${CC:-cc}" -s -o "$holder" "$holder.c"
	ask_one_guest --iommu amd --setup "echo '$(gzip -c "$holder" | base64 -w 0)' | base64 -d | gunzip >/tmp/holder; chmod 700 /tmp/holder" <<-'END'
		device=/sys/bus/pci/devices/0000:00:04.0
		# await N PATTERN FILE: until N lines match. How quick the guest is does not matter.
		await() {
			until [ "$(grep -cE "$2" "$3")" -ge "$1" ]; do usleep 50000; done
		}
		cd /tmp
		vfiodiag --record before list >/dev/null
		vfiodiag watch 00:04.0 00:1f.3 --format json >/tmp/asked/watch.out 2>/tmp/asked/watch.err &
		watch=$!
		await 1 . /tmp/asked/watch.out
		/tmp/holder 0000:00:04.0 >/tmp/held &
		holder=$!
		await 1 held /tmp/held
		echo 0000:00:04.0 >/sys/bus/pci/drivers/vfio-pci/unbind &
		unbind=$!
		await 1 vfio_unregister_group_dev /proc/$unbind/stack
		# That the device does not answer is known of this one; it can't be killed while it waits.
		cat $device/driver_override >/dev/null &
		await 1 driver_override_show /proc/$!/stack
		ask waits cat /proc/$!/stack

		ask list vfiodiag list
		ask override vfiodiag list -o +OVERRIDE
		ask json vfiodiag list --json
		ask check vfiodiag check
		ask check-json vfiodiag check --all --format json
		ask check-group vfiodiag check 1
		ask iova vfiodiag iova 1
		ask fits vfiodiag fits --memory 1G 1
		ask diff vfiodiag diff before
		ask report vfiodiag report -o /tmp/asked/page
		ask collect vfiodiag collect -q -o /tmp/archive
		ask list-again vfiodiag --from archive list
		ask override-again vfiodiag --from archive list -o +OVERRIDE
		ask json-again vfiodiag --from archive list --json
		ask check-again vfiodiag --from archive check
		ask check-json-again vfiodiag --from archive check --all --format json
		ask check-group-again vfiodiag --from archive check 1
		ask iova-again vfiodiag --from archive iova 1
		ask fits-again vfiodiag --from archive fits --memory 1G 1

		# watch is told of the device that does not answer, and goes on.
		echo change >$device/uevent
		await 1 'appeared.*did not answer' /tmp/asked/watch.out
		echo 1 >/sys/bus/pci/devices/0000:00:1f.3/remove
		await 1 'appeared.*subject-gone' /tmp/asked/watch.out
		ask waits-still cat /proc/$unbind/stack

		kill $holder
		wait $unbind
		await 1 'cleared.*did not answer' /tmp/asked/watch.out
		kill -TERM $watch
		wait $watch
		echo $? >/tmp/asked/watch.status
		# All that were abandoned end now, by themselves.
		while pidof vfiodiag >/dev/null; do usleep 50000; done
		ask after vfiodiag list -o +OVERRIDE
	END
}

setup() {
	load lib
}

not_answered="did not answer within 2 s"

# answer_is STATUS NAME: that status, and it is said that the device did not answer.
answer_is() {
	take_answer "$2"
	[ "$status" -eq "$1" ]
	[[ $output$errors == *"/0000:00:04.0/uevent"*"$not_answered"* ]]
}

@test "the device does not answer" {
	take_answer waits
	[[ $output == *driver_override_show* ]]
	take_answer waits-still
	[[ $output == *vfio_unregister_group_dev* ]]
}

@test "list ends, and all other devices are in it" {
	answer_is 0 list
	[[ $output == *"0000:00:1f.3"* ]]
	answer_is 0 override
	[[ $errors == *"cannot read "*"/0000:00:04.0/driver_override: $not_answered"* ]]
	answer_is 0 json
	holds '[.. | .address? // empty] | index("0000:00:04.0") and index("0000:00:1f.3")'
}

@test "check: not ready, or not measured" {
	answer_is 3 check
	[[ $output == *"unmeasured: "* ]]
	# That a process has a group of all open is no fault of the host; what was not read may be one.
	answer_is 3 check-json
	holds '.verdict == "unmeasured" and .states.assigned == 1'
	holds '[.. | objects | select(.address? == "0000:00:04.0") | .state] == ["assigned"]'
	# The process that holds the group is seen.
	answer_is 2 check-group
	[[ $output == *"/dev/vfio/1 is in use by process "*" (holder)"* ]]
}

@test "iova and fits: not measured" {
	answer_is 3 iova
	answer_is 3 fits
}

@test "diff, report and collect end, and say so" {
	take_answer diff
	[ "$status" -le 3 ]
	[[ $output$errors == *"$not_answered"* ]]
	take_answer report
	[ "$status" -eq 0 ]
	grep -q "$not_answered" "$BATS_FILE_TMPDIR/asked/page"
	take_answer collect
	[ "$status" -eq 0 ]
}

@test "the recording says the same" {
	local name
	for name in list override json check check-json check-group iova fits; do
		cmp "$BATS_FILE_TMPDIR/asked/$name.status" "$BATS_FILE_TMPDIR/asked/$name-again.status"
		diff -u <(without_time <"$BATS_FILE_TMPDIR/asked/$name.out") \
			<(without_time <"$BATS_FILE_TMPDIR/asked/$name-again.out")
		diff -u "$BATS_FILE_TMPDIR/asked/$name.err" "$BATS_FILE_TMPDIR/asked/$name-again.err"
	done
}

@test "watch goes on, and reports when the device answers again" {
	take_answer watch
	[ "$status" -eq 0 ]
	[[ $output == *'"appeared"'*"$not_answered"*'"appeared"'*'"subject-gone"'*'"cleared"'*"$not_answered"* ]]
}

@test "when it answers again, everything is read and nothing remains" {
	take_answer after
	[ "$status" -eq 0 ]
	[ -z "$errors" ]
	[[ $output == *"0000:00:04.0"*vfio-pci* ]]
}
