"""The page on many reads and many writes: its code runs."""

from __future__ import annotations

import re
from pathlib import Path

from zarr.zarrs import chunk_cache_clear

PAGE = Path(__file__).parents[2] / "docs" / "many-reads.md"


def test_the_code_of_the_page_runs() -> None:
    """Catches a stale example, or a result that is another."""
    code = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(code) == 14
    # The page shows what is counted in a new process.
    chunk_cache_clear()
    exec("\n".join(code), {})
