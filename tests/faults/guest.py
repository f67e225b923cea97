# SPDX-License-Identifier: GPL-2.0-or-later
"""Each system call of a command fails in turn, on a real kernel with an IOMMU, in the VM lab."""
import os
import shlex
import subprocess

from judge import Run, judge, settle
from trace import calls_of, plan

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SIGNALS = {"INT": 2, "TERM": 15, "PIPE": 13, "KILL": 9}


class Guest:
    """A command in a guest. program: with its witness."""

    def __init__(self, program, name, arguments, options=()):
        self.program, self.name, self.arguments, self.options = program, name, arguments, options

    def boot(self, lines, timeout):
        """[(Run, what was left, its line)] of a boot in which these lines of a plan are done."""
        with open(os.path.join(TOP, "tests/faults/guest.sh")) as file:
            script = file.read()
        setup = [f"cat >/tmp/driver <<'END_OF_DRIVER'\n{script}END_OF_DRIVER",
                 "cat >/tmp/plan <<'END_OF_PLAN'\n" + "\n".join(lines) + "\nEND_OF_PLAN"]
        command = [os.path.join(TOP, "tests/vm/run"), "--program", self.program,
                   "--timeout", str(timeout), *self.options, "--wrap", "sh /tmp/driver"]
        for part in setup:
            command += ["--setup", part]
        done = subprocess.run([*command, "--", *self.arguments], capture_output=True)
        if done.returncode == 125 or not done.stdout:
            raise RuntimeError("the lab failed: " + done.stderr.decode(errors="replace"))
        return list(results(done.stdout))


def results(data):
    while data:
        head, _, data = data.partition(b"\n")
        words = head.decode().split(" ", 7)
        sizes = [int(word) for word in words[4:7]]
        parts = []
        for size in sizes:
            parts.append(data[:size])
            data = data[size:]
        status = int(words[1])
        # A shell's word for a signal, and that of timeout for a time that was up.
        status = None if status == 143 and words[7].endswith("timeout") else status
        run = Run(128 - status if status and status > 128 else status, parts[0], parts[1])
        run.injected = words[2] == "yes"
        if not words[7].startswith("log"):
            numbers = parts[2].decode().split()
            run.left = dict(zip(numbers[::2], map(int, numbers[1::2])))
        yield run, words[3], words[7], parts[2]


def split(lines, size):
    return [lines[at:at + size] for at in range(0, len(lines), size)]


def prepare(guest):
    """The undisturbed run, and its system calls."""
    *bases, log = guest.boot(["base", "base", "base", "base", "log"], 300)
    return settle(*(run for run, *_ in bases)), calls_of(log[3].decode(errors="replace"))


def fail_all(guest, lines, pool, seconds_each=8):
    """All lines of a plan, in as many boots as it takes."""
    boots = pool.map(lambda part: guest.boot(["base", *part], 120 + seconds_each * len(part)),
                     split(lines, 400))
    return [result for boot in boots for result in boot if not result[2].startswith("base")]


def try_calls(guest, how_many, stride, pool, choose=list):
    """A table row: each call that choose() leaves fails with each error."""
    base, calls = prepare(guest)
    calls = choose(calls)
    tries, unknown = plan(calls, how_many, stride)
    wrong = [f"{call}: nothing is known of its errors, add them to errnos.py"
             for call in sorted(unknown)]
    if len(calls) < 20:
        wrong.append(f"only {len(calls)} system calls were seen")
    arguments = {(call, n): rest for call, n, rest in calls}
    outcomes = {"same": 0, "told": 0, "absent": 0, "wrong": 0, "not reached": 0}
    lines = [f"{call} error={errno} {n}" for call, n, errno in tries]
    for run, left, line, _ in fail_all(guest, lines, pool):
        call, what, n = line.split()
        errno, at = what.removeprefix("error="), arguments[call, int(n)]
        outcome, why = judge(run, base, errno, call, at)
        if left != "no":
            outcome, why = "wrong", f"left behind: {left}"
        if not run.injected:
            outcome = "not reached"
        outcomes[outcome] += 1
        if outcome == "wrong":
            said = run.err.decode(errors="replace").strip()
            wrong.append(f"{call} {n} {errno}: {why}: {at[:150]} [{said[-200:]}]")
    return {"name": guest.name, "calls": len({(call, n) for call, n, _ in tries}),
            "injected": len(tries) - outcomes["not reached"], **outcomes, "problems": wrong}


def probing(calls):
    """The calls from the first of the container's node to the last that touches VFIO."""
    nodes = [at for at, (_, _, rest) in enumerate(calls) if "/dev/vfio/" in rest]
    first = next(at for at in nodes if calls[at][0] == "openat")
    return calls[first:nodes[-1] + 1]


def try_signals(guest, stride, pool):
    """A table row: each signal at each call from the container's opening to its closing."""
    base, calls = prepare(guest)
    steps = probing(calls)[::stride]
    lines = [f"{call} signal={signal} {n}" for call, n, _ in steps for signal in SIGNALS]
    outcomes = {"same": 0, "told": 0, "absent": 0, "wrong": 0, "not reached": 0}
    wrong = []
    for run, left, line, _ in fail_all(guest, [*lines, "base again"], pool):
        _, what, _ = line.split()
        signal = SIGNALS[what.removeprefix("signal=")]
        why = ""
        if not run.injected:
            outcomes["not reached"] += 1
            continue
        if run.status != -signal:
            why = f"status {run.status}"
        if left != "no":
            why = f"left behind: {left}"
        outcomes["wrong" if why else "told"] += 1
        if why:
            wrong.append(f"{line}: {why} [{run.err.decode(errors='replace')[-200:]}]")
    return {"name": guest.name, "calls": len(steps),
            "injected": len(lines) - outcomes["not reached"], **outcomes, "problems": wrong}
