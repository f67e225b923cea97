# SPDX-License-Identifier: GPL-2.0-or-later
# $recorded has the recorded hosts as they are stored, and $hosts their captures, unpacked once for each run
# of bats, or for the whole of tests/run, which names a directory.
# shellcheck shell=bash disable=SC2034 # the tests read them

recorded=$(cd "$(dirname "${BASH_SOURCE[0]}")/../hosts" && pwd)
hosts=${VFIODIAG_UNPACKED:-${BATS_RUN_TMPDIR:?}/hosts}
[ -d "$hosts" ] || "$recorded/../lib/hosts" "$hosts"
