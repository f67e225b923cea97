# SPDX-License-Identifier: GPL-2.0-or-later
"""Full disks, standard streams that are closed, and pipes that nobody reads."""
import os
import resource
import signal
import subprocess
import tempfile

from calls import ENVIRONMENT, TIME_LIMIT


def files_limit(size):
    """As on a full disk: nothing can be written behind so many bytes of a file (EFBIG)."""
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    return limit


def closed(*descriptors):
    def close():
        for descriptor in descriptors:
            os.close(descriptor)
    return close


class Case:
    """One run; its folder holds "old" with the word "old" in it."""

    def __init__(self, name, statuses, arguments, before=None, full=False, pipe=False,
                 sentence=b""):
        self.name, self.statuses, self.arguments = name, statuses, arguments
        self.before, self.full, self.pipe, self.sentence = before, full, pipe, sentence

    def run(self, program):
        """What is wrong, or ""."""
        with tempfile.TemporaryDirectory(prefix="vfiodiag-faults.") as folder:
            with open(os.path.join(folder, "old"), "w") as file:
                file.write("old")
            output = subprocess.DEVNULL
            if self.full:
                output = open("/dev/full", "wb")
            if self.pipe:
                reading, output = os.pipe()
                os.close(reading)
            try:
                done = subprocess.run(
                    [program, *self.arguments], cwd=folder, stdin=subprocess.DEVNULL,
                    stdout=output, stderr=subprocess.PIPE, timeout=TIME_LIMIT, env=ENVIRONMENT,
                    preexec_fn=self.before)
            except subprocess.TimeoutExpired:
                return "it hung"
            finally:
                if self.full:
                    output.close()
                if self.pipe:
                    os.close(output)
            return self.judge(done, folder)

    def judge(self, done, folder):
        said = done.stderr.decode(errors="replace").strip()
        if done.returncode not in self.statuses:
            return f"status {done.returncode} [{said}]"
        if self.sentence not in done.stderr:
            return f"it does not say \"{self.sentence.decode()}\" [{said}]"
        if os.listdir(folder) not in (["old"], ["new", "old"], ["old", "new"]):
            return f"it left {' '.join(os.listdir(folder))}"
        with open(os.path.join(folder, "old")) as file:
            if done.returncode == 3 and file.read() != "old":
                return "the old file is gone"
        if done.returncode == 3 and os.path.isfile(os.path.join(folder, "new")):
            return "it left half a file"
        return ""


def cases(host):
    capture = os.path.join(host, "capture")
    commands = {
        "list": ["--from", capture, "list"],
        "list --json": ["--from", capture, "list", "--json"],
        "list --tree": ["--from", capture, "list", "--tree"],
        "check": ["--from", capture, "check", "--all"],
        "check as JSON": ["--from", capture, "check", "--all", "--format", "json"],
        "probe": ["--from", capture, "probe", "1"],
        "probe as JSON": ["--from", capture, "probe", "1", "--format", "json"],
        "iova": ["--from", capture, "iova", "1"],
        "fits": ["--from", capture, "fits", "--memory", "4G", "1"],
        "diff": ["diff", capture, capture],
        "explain": ["explain"],
        "report to standard output": ["--from", capture, "report"],
        "collect to standard output": ["--from", capture, "collect", "-o", "-"],
        "help": ["--help"],
    }
    for name, arguments in commands.items():
        yield Case(f"{name} onto a full disk", {3}, arguments, full=True, sentence=b"cannot write")
        yield Case(f"{name} without standard output", {3}, arguments, before=closed(1),
                   sentence=b"cannot write")
        yield Case(f"{name} into a pipe that nobody reads", {-signal.SIGPIPE}, arguments,
                   pipe=True)
        yield Case(f"{name} without standard input and error", {0, 1, 2, 3}, arguments,
                   before=closed(0, 2))
        yield Case(f"{name} without any standard stream", {3}, arguments, before=closed(0, 1, 2))
    for size in (0, 1, 100, 4096):
        for target in ("old", "new"):
            yield Case(f"collect {target}, room for {size} bytes", {3},
                       ["--from", capture, "collect", "-o", target], before=files_limit(size),
                       sentence=b"cannot write ")
            yield Case(f"report {target}, room for {size} bytes", {3},
                       ["--from", capture, "report", "-o", target], before=files_limit(size),
                       sentence=b"cannot write ")
        yield Case(f"record, room for {size} bytes", {3}, ["--record", "new", "list"],
                   before=files_limit(min(size, 100)), sentence=b"cannot write ")


def closed_into_a_capture(program):
    """What is said where standard error is closed must not land in a file that took its number."""
    with tempfile.TemporaryDirectory(prefix="vfiodiag-faults.") as folder:
        new = os.path.join(folder, "new")
        subprocess.run([program, "--record", new, "list"], stdout=subprocess.DEVNULL,
                       preexec_fn=closed(0, 2), timeout=TIME_LIMIT, env=ENVIRONMENT)
        done = subprocess.run([program, "--from", new, "list"], stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, timeout=TIME_LIMIT, env=ENVIRONMENT)
        return "" if done.returncode == 0 else done.stderr.decode(errors="replace").strip()


def try_all(program, host):
    """A table row, as calls.try_all() gives it."""
    outcomes = {"same": 0, "told": 0, "absent": 0, "wrong": 0}
    wrong = []
    results = [(case.name, case.run(program)) for case in cases(host)]
    results.append(("a capture without standard error", closed_into_a_capture(program)))
    for name, why in results:
        outcomes["wrong" if why else "told"] += 1
        if why:
            wrong.append(f"{name}: {why}")
    count = sum(outcomes.values())
    return {"name": "output", "calls": count, "injected": count, **outcomes, "problems": wrong}
