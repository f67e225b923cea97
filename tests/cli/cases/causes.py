#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Holds findings to telling a cause once.

	causes.py CAPTURE…     asks about each host, each of its devices and all of them

A plan of what may not be told together, from the facts of a finding alone: the program has a table of its own.
"""
import itertools
import json
import os
import re
import subprocess
import sys

# What is not bound is told by one of these, of the device that was asked about.
NOT_BOUND = "group-not-bound", "device-not-bound", "bound-required", "device-behind-endpoint"
# Findings of the host that leave nothing to say about what follows from them.
OF_HOST = {"no-iommu": ("device-without-group", "bound-required"), "no-vfio-container": ("node-missing",)}
PACKAGE = "install the package with all modules"


def commands_of(finding):
    return [c["command"] for c in finding.get("commands") or []]


def is_same_cause(one, two):
    """Why the findings ONE and TWO tell one cause, or None."""
    ids = one["id"], two["id"]
    devices = set(one.get("devices") or ()) & set(two.get("devices") or ())
    if one["severity"] == two["severity"]:
        if two["id"] in OF_HOST.get(one["id"], ()) and two["subject"] != "host":
            return "what follows from the host's is told again"
        # Of two devices that were named and are in no group, each has its answer.
        if all(one[key] == two[key] for key in ("id", "message", "hint")) and ids[0] != "device-without-group":
            return "the same words are told of two subjects"
        if commands_of(one) and commands_of(one) == commands_of(two):
            return "the same commands are told twice"
        if all(f["severity"] == "failure" for f in (one, two)) and all(i in NOT_BOUND for i in ids) and \
                (devices or set(ids) == {"group-not-bound", "device-not-bound"} and one["group"] == two["group"]):
            return "what is not bound is told twice"
    if ids == ("group-not-viable", "device-not-bound") and one["group"] == two["group"] and not two.get("hint"):
        return "a device that the group blocks is told without a fix of its own"
    if ids == ("device-behind-endpoint", "group-not-viable") and one["severity"] == "failure" and \
            set(two["devices"]) <= set(one["devices"]):
        return "the endpoint is told twice"
    if all((f.get("hint") or "").startswith(PACKAGE) for f in (one, two)):
        return "one package is missing, and told twice"
    return None


def told_twice(findings):
    """A sentence for the first two of FINDINGS that tell one cause; None if there are none."""
    told = [f for f in findings if f["severity"] != "ok"]
    # A second run of these fails, since the first has had its effect.
    ends = [command for f in told for command in commands_of(f) if re.match("sudo (umount|swapoff) ", command)]
    for command in ends:
        if ends.count(command) > 1:
            return f"a command is offered twice: {command}"
    for one, two in itertools.permutations(told, 2):
        why = is_same_cause(one, two)
        if why:
            return f"{why}: {one['id']} ({one['subject']}: {one['message']}) and {two['id']} " \
                   f"({two['subject']}: {two['message']})"
    return None


def check(capture, *arguments):
    command = [os.environ["VFIODIAG"], "--from", capture, "check", *arguments, "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    return json.loads(done.stdout)["findings"] if done.stdout else []


def devices_of(capture):
    command = [os.environ["VFIODIAG"], "--from", capture, "list", "--raw", "-n", "-o", "ADDRESS"]
    words = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout.split()
    return [word for word in words if re.fullmatch(r"[0-9a-f]{4,}(:[0-9a-f]{2}){2}\.[0-7]", word)]


def main():
    wrong = asked = 0
    for capture in sys.argv[1:]:
        devices = devices_of(capture)
        for subject in [], ["--all"], devices, *([device] for device in devices):
            for more in [], ["--require", "bound"], ["--probe", "--memory", "64G"]:
                asked += 1
                twice = told_twice(check(capture, *subject, *more))
                if twice:
                    wrong += 1
                    print(f"{capture}: check {' '.join(subject + more)}: {twice}")
    print(f"{asked} questions, {wrong} wrong")
    return 1 if wrong or not asked else 0


if __name__ == "__main__":
    sys.exit(main())
