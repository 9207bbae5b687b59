"""Decode damaged chunks in this process, which may crash: see `tests.faults.fuzz.parent`.

Arguments: the first number, the end of the numbers, and chains. Prints its progress, its findings,
and finally its counts, each as one line of JSON.
"""

from __future__ import annotations

import json
import resource
import signal
import sys
import tempfile
import warnings
from pathlib import Path
from random import Random

from tests.faults.fuzz.calls import Judge
from tests.faults.fuzz.chains import CHAINS

MEMORY = 96 << 20
"""What decoding may take on top of what the process has; some codecs reserve tens of MiB."""

SECONDS = 10


def limit() -> None:
    """Limit how much more memory this process may use."""
    used = int(Path("/proc/self/statm").read_text().split()[0]) * 4096
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def say(**members: object) -> None:
    """Print a line of JSON."""
    print(json.dumps(members), flush=True)


def work(judge: Judge, name: str, number: int) -> None:
    """Damage the chunk of a chain in one way, and print the findings."""
    say(at=[name, number])
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    data = judge.chain.stored.damaged(Random(f"{name} {number}")) if number >= 0 else judge.whole
    try:
        for finding in judge.findings(data):
            say(finding=finding)
    except Exception as err:  # noqa: BLE001
        say(finding=f"{type(err).__name__}: {err}")


def main() -> None:
    """Run the numbers of the chains; number -1 is the undamaged chunk."""
    first, end, names = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    warnings.simplefilter("ignore")
    # An unhandled alarm ends the process, wherever it hangs.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    with tempfile.TemporaryDirectory() as folder:
        judges = {name: Judge(CHAINS[name], Path(folder, str(n))) for n, name in enumerate(names)}
        for name, judge in judges.items():
            work(judge, name, -1)
            judge.seen.clear()
        limit()
        for number in range(first, end):
            for name, judge in judges.items():
                work(judge, name, number)
        signal.setitimer(signal.ITIMER_REAL, 0)
    for name, judge in judges.items():
        say(chain=name, counted=[[*k, n, judge.examples.get(k, "")] for k, n in judge.seen.items()])


if __name__ == "__main__":
    main()
