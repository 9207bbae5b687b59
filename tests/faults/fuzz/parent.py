"""Starts processes that decode damaged chunks, and survives their crashes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tests.faults.fuzz.chains import CHAINS

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT: Final = Path(__file__).parents[3]

# One arena: the address space that more of them reserve would count as memory in use.
ENVIRONMENT: Final = {"MALLOC_ARENA_MAX": "1", "MALLOC_PERTURB_": "165"}


@dataclass
class Report:
    """The findings about many damaged chunks."""

    done: int = 0
    findings: list[str] = field(default_factory=list)
    counted: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """By chain, what the reference and what the extension made of calls."""
    examples: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def add(self, line: dict[str, Any], at: tuple[str, int]) -> None:
        """Add what a process has printed."""
        if "finding" in line:
            self.findings.append(f"{at}: {line['finding']}")
        for _, theirs, ours, count, told in line.get("counted", ()):
            key = line["chain"], theirs, ours
            self.counted[key] += count
            if told:
                self.examples.setdefault(key, told)


DECODING: Final = "tests.faults.fuzz"
WRITING: Final = "tests.faults.fuzz.writing"


def fuzz(names: Sequence[str], first: int, end: int, module: str = DECODING) -> Report:
    """Decode damaged chunks of chains, with these numbers; continue after a number that kills.

    Or write with random configurations of codecs, which have no names.
    """
    report = Report()
    while first < end:
        command = [sys.executable, "-m", module, str(first), str(end), *names]
        done = subprocess.run(
            command, cwd=ROOT, env=os.environ | ENVIRONMENT, capture_output=True, text=True
        )
        at = ("", first)
        for text in done.stdout.splitlines():
            printed, brace, rest = text.partition('{"')
            # The reference's blosc prints this, without a newline.
            if printed.replace("Error allocating memory!", "") and module == DECODING:
                report.findings.append(f"{at}: printed {printed!r}")
            line = json.loads(brace + rest) if brace else {}
            if "at" in line:
                at = (line["at"][0], line["at"][1])
                report.done += 1
            report.add(line, at)
        if done.returncode == 0:
            break
        report.findings.append(f"{at}: ended with {done.returncode}: {done.stderr[-500:]}")
        first = at[1] + 1
    return report


def main() -> None:
    """Fuzz all chains, or the named ones, from one number to another, and print the findings.

    The name `writing` selects the writing of chunks.
    """
    first, end, names = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    if names == ["writing"]:
        report = fuzz([], first, end, WRITING)
    else:
        report = fuzz(names or list(CHAINS), first, end)
    for (chain, theirs, ours), count in sorted(report.counted.items()):
        if theirs != ours:
            told = report.examples[chain, theirs, ours]
            print(f"{chain}: {count} calls, reference {theirs}, zarrs {ours}: {told}")
    print("\n".join(report.findings))
    print(f"{report.done} chunks, {len(report.findings)} findings")


if __name__ == "__main__":
    main()
