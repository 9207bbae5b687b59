"""The page on whole archives: its code runs."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "archives.md"


def test_the_code_of_the_page_runs() -> None:
    """Catches a stale example, or a result that is another."""
    # The sections on checks have tests of their own.
    text = PAGE.read_text(encoding="utf-8").partition("## Verifying")[0]
    code = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(code) == 6
    exec("\n".join(code), {})
