"""Kept chunks are measured with reads of the same elements, and where they are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from bench import kept_chunks
from bench.kept_chunks import create, element_calls, main, slab_calls, timed, volume
from zarr import zarrs

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_chunks, "HEIGHT", 8)
    monkeypatch.setattr(kept_chunks, "ROWS", (4, 2))
    monkeypatch.setattr(kept_chunks, "ROUNDS", 1)


def test_all_read_the_volume_and_only_one_decodes_once(tmp_path: Path) -> None:
    """Catches a reader of other elements, chunks that are not kept, and a cache that is full."""
    create(tmp_path)
    for rows in (4, 2):
        for name, call in slab_calls(tmp_path, rows).items():
            found: Any = call()
            assert np.array_equal(np.concatenate(found), volume())
            if name.startswith("zarrs"):
                kept = "kept" in name
                info = zarrs.chunk_cache_info()
                assert (info.misses, info.hits) == ((64, 64 * (8 // rows - 1)) if kept else (0, 0))
    calls = element_calls(tmp_path)
    found = [{int(value) for value in call()} for call in calls.values()]  # type: ignore[attr-defined]
    assert found == [{int(volume()[1, 7, 0])}] * 2
    assert zarrs.chunk_cache_info().hits >= 999


def test_the_first_round_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches the time of the first call, which loads what later ones find, among the others."""
    clock, seconds = [0.0], iter([50, 2, 50, 4])
    monkeypatch.setattr("time.perf_counter", lambda: clock[0])

    def call() -> None:
        clock[0] += next(seconds)

    monkeypatch.setattr(kept_chunks, "ROUNDS", 1)
    assert timed({"a": call}) == {"a": 2000}
    assert timed({"a": call}) == {"a": 4000}


def test_the_tables_have_a_row_for_each_measurement(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Catches figures under the name of another reader."""
    monkeypatch.setattr(kept_chunks, "create", lambda folder: None)
    monkeypatch.setattr(kept_chunks, "element_calls", lambda folder: {"raw": print, "kept": print})
    monkeypatch.setattr(
        kept_chunks, "timed", lambda calls: dict(zip(calls, (3, 2, 1), strict=False))
    )
    main()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].count("|") == lines[2].count("|") == 5
    assert lines[2:4] == ["| 4 rows | 3 | 2 | 1 |", "| 2 rows | 3 | 2 | 1 |"]
    assert lines[-2:] == ["| raw | 3.0 |", "| kept | 2.0 |"]
