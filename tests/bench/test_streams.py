"""The benchmark of streams: it measures what it says, on few elements."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from bench import streams

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("layout", streams.LAYOUTS[:3], ids=lambda layout: layout.name)
def test_all_ways_are_measured_and_agree(layout: streams.Layout, tmp_path: Path) -> None:
    """Catches a peer that sums something else, or is left out."""
    found = streams.reads(layout, tmp_path / "a", 16, 1)
    assert {"pieces", "stream", "tensorstore", "dask", "dask, zarr"} < set(found)
    assert all(seconds > 0 for seconds in found.values())
    found = streams.writes(layout, tmp_path / "b", 16, 1)
    assert list(found) == ["made, not written", "piece by piece", "stream"]
    values = np.asarray(zarr.open_array(tmp_path / "b")[...])
    for region, expected in streams.field(values.shape, layout.piece):
        assert np.array_equal(values[region], expected)


def test_a_wrong_sum_ends_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches the time of a peer that read something else."""
    monkeypatch.setattr(streams.Sums, "dask", lambda _: 1)
    with pytest.raises(SystemExit, match="the sums differ"):
        streams.reads(streams.LAYOUTS[0], tmp_path / "a", 16, 1)


def test_the_memory_of_a_sum_is_bounded() -> None:
    """Catches a stream that keeps what it has yielded."""
    (found,) = re.findall(r"^256 MiB in .* s: (\d+) MiB of memory", streams.memory(256))
    assert int(found) < 128


def test_the_command_prints_a_line_for_each_layout(capsys: Any) -> None:
    """Catches a command that cannot be run."""
    streams.main(["--mebibytes", "16", "--rounds", "1"])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 * len(streams.LAYOUTS)
