# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether a run in which something failed was honest."""
import json
import re
from dataclasses import dataclass, field

from errnos import ACCIDENTS, ANSWERS

STATUSES = {0, 1, 2, 3}


@dataclass
class Run:
    """What one run left behind."""
    status: int  # -N: killed by signal N; None: it hung
    out: bytes = b""
    err: bytes = b""
    # {"blocks": 1, "descriptors": 0, "mappings": 2, ...}, where main() came to its end
    left: dict = field(default_factory=dict)
    facts: set = field(default_factory=set)  # what it found out, where that is not its output
    traces: set = field(default_factory=set)  # what it said of things it could not see
    files: set = field(default_factory=set)  # names of files that it left
    injected: bool = True
    varying: set = field(default_factory=set)  # places in the JSON that differ between two runs


def json_of(out):
    try:
        return json.loads(out)
    except ValueError:
        return None


def traces_of(value, path=""):
    """All that a JSON document says of things that could not be seen, each with its place."""
    found = set()
    if isinstance(value, dict):
        if value.get("severity") == "unmeasured":
            found.add((path, value.get("id"), value.get("message")))
        for key, inner in value.items():
            told = key.endswith("errno") or key in ("failure", "error", "reason", "trace_error",
                                                    "known_by", "method", "confidence")
            if told and inner is not None:
                found.add((f"{path}.{key}", json.dumps(inner, sort_keys=True)))
            if key == "not_read":
                found.update(("not_read", json.dumps(entry, sort_keys=True)) for entry in inner)
            found |= traces_of(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for inner in value:
            found |= traces_of(inner, path)
    return found


def without_names(value):
    """JSON without what only pci.ids knows. Where that can't be read, numbers stand for names."""
    if isinstance(value, dict):
        return {key: without_names(inner) for key, inner in value.items()
                if key not in ("vendor_name", "device_name", "class_name", "name")}
    if isinstance(value, list):
        return [without_names(inner) for inner in value]
    return value


def places(value, path=""):
    """{place: value} of all that is in a JSON document."""
    if isinstance(value, dict):
        found = {f"{path} keys": sorted(value)}
        for key, inner in value.items():
            found.update(places(inner, f"{path}.{key}"))
        return found
    if isinstance(value, list):
        found = {f"{path} length": len(value)}
        for at, inner in enumerate(value):
            found.update(places(inner, f"{path}.{at}"))
        return found
    return {path: value}


def differences(one, other):
    one, other = places(one), places(other)
    return {place for place in one.keys() | other.keys() if one.get(place) != other.get(place)}


def settle(*bases):
    """One undisturbed run of several: what differs between them is no fact to hold on to."""
    one = bases[0]
    one.varying.add(".time")  # two runs may be within one second
    # The kernel gives each run other pages, often the same ones.
    one.varying |= {place for place in places(json_of(one.out)) if place.endswith(".paddr")}
    for other in bases[1:]:
        one.facts &= other.facts
        one.varying |= differences(json_of(one.out), json_of(other.out))
        for what in one.left:
            one.left[what] = max(one.left[what], other.left.get(what, 0))
    return one


def undrawn(out):
    """Text without the lines of a tree: without a locale they are drawn in ASCII, or as escapes."""
    text = out.decode(errors="replace")
    return re.sub(r" +", " ", re.sub("\u251c\u2500|\u2514\u2500|[|`]-|(\\\\x[0-9a-f]{2})+", " ", text))


def is_same(run, base, at):
    if run.status != base.status or not run.facts >= base.facts:
        return False
    if run.out == base.out or undrawn(run.out) == undrawn(base.out):
        return True
    one, other = json_of(run.out), json_of(base.out)
    if one is None or other is None:
        return False
    if "pci.ids" in at:
        one, other = without_names(one), without_names(other)
    return differences(one, other) <= base.varying


def new_lines(run, base):
    return set(run.err.splitlines()) - set(base.err.splitlines())


def is_told(run, base):
    """Whether the run said that something is missing which the undisturbed one had."""
    if new_lines(run, base) or run.traces - base.traces:
        return True
    return bool(traces_of(json_of(run.out)) - traces_of(json_of(base.out)))


def more_left(run, base, call, at):
    """What is left at the end of a run that was not in the undisturbed one."""
    for what in ("blocks", "descriptors", "mappings"):
        more = run.left.get(what, 0) - base.left.get(what, 0)
        # strace does not make the call that fails. A close() that fails in the kernel has closed.
        more -= call == "close" and what == "descriptors"
        more -= call == "munmap" and what == "mappings"
        # The C library keeps what it read: the list of character sets, its databases of users.
        kept = what != "descriptors" and ("/gconv" in at or "/locale/" in at or "/etc/" in at)
        # Of a library that it could not load the loader leaves what it had mapped.
        kept |= what == "mappings" and call in ("mmap", "mprotect") and (".so" in at or "MAP_FIXED" in at)
        # And its message, which dlerror(3) would give, it keeps until it is called again.
        kept |= what == "blocks" and more == 1 and ".so" in at
        if run.left and more > 0 and not kept:
            return f"{more} more {what} at its end"
    return ""


def is_loaders_end(run):
    """Without memory for a library, and for an exception about it, the loader ends the program."""
    return run.status == 127 and run.err.strip().endswith(b"out of memory")


def judge(run, base, errno=None, call="", at=""):
    """(outcome, what is wrong): outcome "same", "told", "absent" or "wrong"."""
    if run.status is None:
        return "wrong", "it hung"
    if run.status < 0:
        return "wrong", f"it was killed by signal {-run.status}"
    # 64: what was named on the command line can't be used; a machine in trouble is no such reason.
    if run.status == 64 and errno not in ACCIDENTS and new_lines(run, base):
        return "told", ""
    if run.status not in STATUSES and run.status != base.status and not is_loaders_end(run):
        return "wrong", f"status {run.status}"
    if run.files - base.files:
        return "wrong", f"it left {' '.join(sorted(run.files - base.files))}"
    if more_left(run, base, call, at):
        return "wrong", more_left(run, base, call, at)
    if run.out and json_of(base.out) is not None and json_of(run.out) is None and run.status != 3:
        return "wrong", "its JSON is cut off, and its status does not say so"
    if is_same(run, base, at):
        return "same", ""
    if is_told(run, base):
        return "told", ""
    if run.status == 3:
        return "wrong", "status 3 without a sentence"
    if errno in ANSWERS:
        return "absent", ""
    return "wrong", "something is missing, and nothing says so"
