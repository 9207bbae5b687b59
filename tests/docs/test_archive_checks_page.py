"""The sections on checks of archives: their code runs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[2] / "docs" / "archives.md"


def test_the_code_of_the_sections_runs() -> None:
    """Catches a stale recipe."""
    sections = PAGE.read_text().partition("## Verifying")[2]
    code = re.findall(r"```python\n(.*?)```", sections, re.DOTALL)
    assert len(code) == 6
    names: dict[str, Any] = {}
    for block in code:
        exec(block, names)


def test_every_kind_of_difference_is_listed() -> None:
    """Catches a kind that the table does not explain."""
    from typing import get_args

    from zarr.crud._verify.differences import DifferenceKind

    table = PAGE.read_text().partition("| difference |")[2].partition("\n\n")[0]
    assert set(re.findall(r"`([\w-]+)`", table)) == set(get_args(DifferenceKind.__value__))
