# SPDX-License-Identifier: GPL-2.0-or-later
"""Each allocation of a command is refused in turn, its own and those of the libraries."""
import os
from concurrent.futures import ThreadPoolExecutor

from judge import judge


def try_all(command, at_most):
    """A table row, as calls.try_all() gives it. at_most: of the allocations, spread evenly."""
    base = command.base()
    count = base.left["allocations"]
    stride = max(1, count // at_most) if at_most else 1
    outcomes = {"same": 0, "told": 0, "absent": 0, "wrong": 0}
    wrong = []

    def one(which):
        run = command.run(environment={"FAULTS_REFUSE": which})
        # What libarchive keeps of an archive that it gave up ends with the program.
        if run.status == 3:
            run.left.pop("blocks", None)
        # zlib reads pci.ids, and says nothing: then numbers stand for names.
        return which, run, judge(run, base, "ENOMEM", at="pci.ids")

    tries = [f"{n}{on}" for n in range(1, count + 1, stride) for on in ("", "+")]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for which, run, (outcome, why) in pool.map(one, tries):
            outcomes[outcome] += 1
            if outcome == "wrong":
                said = run.err.decode(errors="replace").strip()
                wrong.append(f"allocation {which}: {why} [{said[-200:]}]")
    return {"name": command.name, "calls": len(tries) // 2, "injected": len(tries), **outcomes,
            "problems": wrong}
