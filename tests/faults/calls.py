# SPDX-License-Identifier: GPL-2.0-or-later
"""Each system call of a command fails in turn, on this machine."""
import io
import json
import os
import subprocess
import tarfile
import tempfile
from concurrent.futures import ThreadPoolExecutor

from judge import Run, judge, settle
from trace import calls_of, plan, reader_calls_of

TIME_LIMIT = 60  # seconds; a run takes some hundredths of one

ENVIRONMENT = {"LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"], "HOME": "/nonexistent"}


def numbers(path):
    """{"allocations": 7, …} of the witness, or {} where main() did not return."""
    try:
        with open(path) as file:
            words = file.read().split()
    except FileNotFoundError:
        return {}
    return dict(zip(words[::2], map(int, words[1::2])))


def read_archive(data):
    """What is in an archive of collect: ({path: content}, facts of its transcript, not_read)."""
    tar = subprocess.run(["zstd", "-dcq"], input=data, stdout=subprocess.PIPE, check=True).stdout
    entries = {}
    with tarfile.open(fileobj=io.BytesIO(tar)) as archive:
        for info in archive:
            path = info.name.partition("/")[2]
            file = archive.extractfile(info) if info.isreg() else None
            entries[path] = file.read() if file else info.linkname.encode()
    lines = [json.loads(line) for line in entries["transcript.jsonl"].splitlines()]
    manifest = json.loads(entries["manifest.json"])
    return entries, lines, manifest["not_read"]


class Command:
    """A command line that is run again and again, each time in a folder of its own."""

    def __init__(self, program, name, arguments, archive=None):
        self.program, self.name, self.arguments, self.archive = program, name, arguments, archive
        self.reads_captures = "--from" in arguments  # which is a child's work
        self.of_readers = False  # only calls of those whom it lets read fail

    def run(self, wrap=(), environment=None, log=None):
        with tempfile.TemporaryDirectory(prefix="vfiodiag-faults.") as folder:
            report = os.path.join(folder, "report")
            work = os.path.join(folder, "work")
            os.mkdir(work)
            if self.archive:
                with open(os.path.join(work, self.archive), "w") as file:
                    file.write("what was there before")
            try:
                done = subprocess.run(
                    [*wrap, self.program, *self.arguments], cwd=work, stdin=subprocess.DEVNULL,
                    capture_output=True, timeout=TIME_LIMIT,
                    env={**ENVIRONMENT, "FAULTS_REPORT": report, **(environment or {})})
            except subprocess.TimeoutExpired:
                return Run(None)
            run = Run(done.returncode, done.stdout, done.stderr, numbers(report))
            run.files = set(os.listdir(work))
            if self.archive:
                self.look_into(os.path.join(work, self.archive), run)
            return run

    def look_into(self, path, run):
        """The archive is whole, or what was there before is there still."""
        try:
            with open(path, "rb") as file:
                data = file.read()
        except FileNotFoundError:
            run.files.add("(nothing in place of the old file)")
            return
        if data == b"what was there before":
            if run.status == 0:
                run.files.add("(the old file, with status 0)")
            return
        try:
            entries, lines, not_read = read_archive(data)
        except (subprocess.CalledProcessError, tarfile.TarError, ValueError, KeyError):
            run.files.add("(half an archive)")
            return
        run.out = b""  # it says how large the archive is
        run.facts = {path for path, content in entries.items() if content or "files/" not in path}
        run.facts |= {line["fact"] for line in lines if "fact" in line and "errno" not in line}
        run.traces = {f"{fact} {errno}" for fact, errno in not_read.items()}

    def base(self):
        """The undisturbed run."""
        return settle(self.run(), self.run())

    def calls(self):
        with tempfile.NamedTemporaryFile("r", errors="replace") as log:
            self.run(["strace", "-f", "-o", log.name])
            if self.of_readers:
                return reader_calls_of(log.read())
            return calls_of(log.read(), children=self.reads_captures)

    def fail(self, call, n, what):
        """A run in which the n-th call of that name fails so ("error=EIO", "signal=INT")."""
        with tempfile.NamedTemporaryFile("r", errors="replace") as log:
            run = self.run(["strace", "-f", "-o", log.name, "--seccomp-bpf", "-e", f"trace={call}",
                            "-e", f"inject={call}:{what}:when={n}"])
            # Where fewer processes run than before, the call may be one of the witness.
            run.injected = any("(INJECTED)" in line and '/report"' not in line for line in log)
            return run


def try_all(command, how_many, stride=1):
    """A table row: what became of each failure; the last is a list of what went wrong."""
    base = command.base()
    calls = command.calls()
    tries, unknown = plan(calls, how_many, stride)
    wrong = [f"{call}: nothing is known of its errors, add them to errnos.py"
             for call in sorted(unknown)]
    if len(calls) < 20:
        wrong.append(f"only {len(calls)} system calls were seen")
    outcomes = {"same": 0, "told": 0, "absent": 0, "wrong": 0, "not reached": 0}

    arguments = {(call, n): rest for call, n, rest in calls}

    def one(attempt):
        call, n, errno = attempt
        run = command.fail(call, n, f"error={errno}")
        outcome = judge(run, base, errno, call, arguments[call, n])
        return attempt, run, outcome if run.injected else ("not reached", "")

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for (call, n, errno), run, (outcome, why) in pool.map(one, tries):
            outcomes[outcome] += 1
            if outcome == "wrong":
                said = run.err.decode(errors="replace").strip()
                wrong.append(f"{call} {n} {errno}: {why}: {arguments[call, n][:150]} [{said[-200:]}]")
    return {"name": command.name, "calls": len({(call, n) for call, n, _ in tries}),
            "injected": len(tries) - outcomes["not reached"], **outcomes, "problems": wrong}
