"""The lists of upstream tests that this fork does not pass or does not run, with reasons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fork import ForkError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Deselection", "load_deselection"]


@dataclass(frozen=True)
class Deselection:
    """What a run of upstream's suite leaves out.

    Parameters
    ----------
    excluded : dict[str, str]
        Files and folders that cannot run here, with the reason.
    failing : dict[str, str]
        Tests (or all parameters of one) that must fail, with the reason.
    """

    excluded: dict[str, str]
    failing: dict[str, str]

    def __or__(self, other: Deselection) -> Deselection:
        """Both lists together."""
        return Deselection(self.excluded | other.excluded, self.failing | other.failing)


def load_deselection(file: Path) -> Deselection:
    """Read lines ``test  # reason`` below the headings ``[excluded]`` and ``[failing]``."""
    sections: dict[str, dict[str, str]] = {"excluded": {}, "failing": {}}
    current: dict[str, str] | None = None
    for number, raw in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        line = raw.strip()
        if line.strip("[]") in sections and line.startswith("["):
            current = sections[line.strip("[]")]
        elif line and not line.startswith("#"):
            test, _, reason = line.partition("  # ")
            if current is None or not reason.strip() or test in current:
                raise ForkError(
                    f"{file.name}:{number}: write `test  # reason`, once, below [excluded] or "
                    f"[failing]; this is {line!r}."
                )
            current[test.strip()] = reason.strip()
    return Deselection(sections["excluded"], sections["failing"])
