# SPDX-License-Identifier: GPL-2.0-or-later
"""The system calls of a run, as strace shows them, and the failures to be tried."""
import re

from errnos import errnos_of

LINE = re.compile(r"^(?:(\d+) +)?([a-z0-9_]+)\((.*)$")


DESCRIPTOR = re.compile(r"^(\d+)\b")
MAPPED = re.compile(r", (\d+), [0-9a-fx]+\)")
OPENED = re.compile(r'"([^"]*)".* = (\d+)(?:<|$)')


class Paths:
    """Which file each descriptor stands for, so that a failure can be told by its file."""

    def __init__(self):
        self.open = {}

    def of(self, call, rest):
        found = (MAPPED if call == "mmap" else DESCRIPTOR).search(rest)
        return self.open.get(found.group(1), "") if found else ""

    def note(self, call, rest):
        found = OPENED.search(rest)
        if call in ("open", "openat", "openat2") and found:
            self.open[found.group(2)] = found.group(1)


def calls_of(log):
    """[(call, how many times it was made so far in its process, its file and arguments)] of main().

    What the loader and libraries do before main() is no work of the program; the witness marks
    where main() begins and ends. A child has a count of its own, and is told apart by its number.
    """
    counts, calls, paths = {}, [], Paths()
    inside, first = False, None
    for line in log.splitlines():
        found = LINE.match(line)
        if not found:
            continue
        process, call, rest = found.groups()
        first = first or process
        counts[process, call] = counts.get((process, call), 0) + 1
        if '"/main/begins"' in rest:
            inside = True
        elif '"/main/ends"' in rest:
            break
        elif inside and process == first:
            calls.append((call, counts[process, call], f"[{paths.of(call, rest)}] {rest}"))
        paths.note(call, rest)
    return calls


def plan(calls, how_many, stride=1):
    """[(call, n, errno)] to be tried, and the calls of which nothing is known."""
    tries, unknown = [], set()
    for at, (call, n, rest) in enumerate(calls):
        errnos = errnos_of(call, rest, how_many)
        if errnos is None:
            unknown.add(call)
        elif at % stride == 0:
            tries += [(call, n, errno) for errno in errnos]
    return tries, unknown
