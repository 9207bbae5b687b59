"""The hierarchies are what their rows say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench.nodes import hierarchies
from bench.nodes.hierarchies import HIERARCHIES

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.filterwarnings("ignore:Consolidated metadata is currently not part")
def test_hierarchies_have_as_many_nodes_as_their_rows_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches rows that measure an empty group, or one without consolidated metadata."""
    monkeypatch.setattr(hierarchies, "LATENCY", 0)
    for number, (name, calls, told, _) in enumerate(HIERARCHIES):
        place = tmp_path / str(number)
        place.mkdir()
        found = told(calls(place)["zarrs"]())
        count = 1050 if name.startswith("1,000") else 1 if name.startswith("an array") else 100
        assert isinstance(found, list)
        assert len(found) == count
        stored = [path.name for path in place.rglob("*") if "consolidated" in name]
        text = b"".join(path.read_bytes() for path in place.glob("group/*.json"))
        assert (b"consolidated_metadata" in text) is ("format 3, cons" in name or count == 1)
        assert (".zmetadata" in stored) is ("format 2, cons" in name)
