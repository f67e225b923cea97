# SPDX-License-Identifier: GPL-2.0-or-later
"""The system calls of a run, as strace shows them, and the failures to be tried."""
import re

from errnos import errnos_of

LINE = re.compile(r"^(?:(\d+) +)?([a-z0-9_]+)\((.*)$")


DESCRIPTOR = re.compile(r"^(\d+)\b")
MAPPED = re.compile(r", (\d+), [0-9a-fx]+\)")
PIPE = re.compile(r"\[(\d+), (\d+)\]")
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
        ends = PIPE.search(rest) if call == "pipe2" else None
        for end in ends.groups() if ends else ():
            self.open[end] = "pipe"


def calls_of(log, children=False):
    """[(call, how many times it was made so far in its process, its file and arguments)] of main().

    What the loader and libraries do before main() is no work of the program; the witness marks
    where main() begins and ends. A child has a count of its own, and is told apart by its number:
    its calls are here too where they are asked for. A failure of the n-th call meets both, so those
    of a child that the loader makes in the parent are left out.
    """
    counts, before, calls, seen, paths = {}, {}, [], set(), Paths()
    inside, first = False, None
    for line in log.splitlines():
        found = LINE.match(line)
        if not found:
            continue
        process, call, rest = found.groups()
        first = first or process
        counts[process, call] = counts.get((process, call), 0) + 1
        n = counts[process, call]
        if '"/main/begins"' in rest:
            inside = True
            before = {name: count for (_, name), count in counts.items()}
        elif '"/main/ends"' in rest:
            break
        elif inside and (process == first or children) and \
                n > before.get(call, 0) and (call, n) not in seen:
            seen.add((call, n))
            calls.append((call, n, f"[{paths.of(call, rest)}] {rest}"))
        paths.note(call, rest)
    return calls


def reader_calls_of(log):
    """The same of the children of the first process alone: of its readers.

    They begin to count anew, so the first of some calls would meet the loader, and are left out too. Where
    the first process makes the call too, both fail, and what it says of its own stands behind.
    """
    before, calls, parents, paths = {}, {}, {}, {}
    counts, inside, first = {}, False, None
    for line in log.splitlines():
        found = LINE.match(line)
        if not found:
            continue
        process, call, rest = found.groups()
        first = first or process
        counts[process, call] = n = counts.get((process, call), 0) + 1
        if '"/main/begins"' in rest:
            inside = True
            before = {name: count for (_, name), count in counts.items()}
        elif '"/main/ends"' in rest:
            break
        files = paths.setdefault(process, Paths())
        if inside and n > before.get(call, 0):
            made = parents if process == first else calls
            made.setdefault((call, n), f"[{files.of(call, rest)}] {rest}")
        files.note(call, rest)
    return [(call, n, f"{rest} {parents.get((call, n), '')}") for (call, n), rest in calls.items()]


def plan(calls, how_many, stride=1):
    """[(call, n, errno)] to be tried, and the calls of which nothing is known."""
    tries, unknown = [], set()
    for at, (call, n, rest) in enumerate(calls):
        # strace makes no call that it lets fail: the pipe would stay open, and have no end.
        if call == "close" and rest.startswith("[pipe]"):
            continue
        errnos = errnos_of(call, rest, how_many)
        if errnos is None:
            unknown.add(call)
        elif at % stride == 0:
            tries += [(call, n, errno) for errno in errnos]
    return tries, unknown
