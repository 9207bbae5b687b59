"""Rows measure what they say, and all contenders do the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench.nodes.data_sets import ALONE
from bench.nodes.rows import NATIVE, OURS, PEER, ROWS, Row, rows

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_all_contenders_return_the_same(row: Row, tmp_path: Path) -> None:
    """Catches a contender that opens something else, or nothing."""
    told = {name: row.told(call()) for name, call in row.calls(tmp_path).items()}
    assert {NATIVE, OURS} <= told.keys() <= {NATIVE, OURS, PEER, ALONE}
    assert len({repr(found) for found in told.values()}) == 1


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_limits_are_of_contenders(row: Row, tmp_path: Path) -> None:
    """Catches a limit against somebody who does not take part."""
    assert row.most.keys() <= row.calls(tmp_path).keys() - {OURS}


def test_rows_are_chosen_by_their_names() -> None:
    """Catches a choice that ignores the text."""
    assert [row.name for row in rows("open_g")] == ["open_group"]
    assert not list(rows("no such row"))
