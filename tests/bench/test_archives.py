"""The benchmark of archives measures what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

import zarr
from bench.archives import CASES, Case, line, make, ways_of
from zarr import crud

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Arrays of half a mebibyte."""
    real = zarr.create_array

    def create(*args: object, **options: object) -> object:
        shape = options["shape"]
        assert isinstance(shape, tuple)
        options["shape"] = (64, 64, 64) if shape[1:] == (1024, 1024) else shape
        return real(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(zarr, "create_array", create)
    monkeypatch.setattr(np.random, "default_rng", _Small)


class _Small:
    def __init__(self, seed: int) -> None:
        self._random = np.random.Generator(np.random.PCG64(seed))

    def integers(self, low: int, high: int, shape: tuple[int, ...], dtype: str) -> object:
        return self._random.integers(low, high, (shape[0], 64, 64), dtype)


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
@pytest.mark.usefixtures("small")
def test_all_ways_give_the_same_elements(case: Case, tmp_path: Path) -> None:
    """Catches a comparison with something that does less, and a case of another way."""
    source = make(tmp_path, case, 0)
    plan = crud.repack_plan(source, tmp_path / "plan", **case.wanted)
    assert plan.arrays[0].way == case.name.partition(":")[0]
    base = tmp_path / "base"
    crud.repack(source, base, **case.wanted)
    expected = zarr.open_array(source)[...]
    for name, work in ways_of(case, source, base).items():
        work(source, tmp_path / name)
        found = zarr.open_array(tmp_path / name)
        assert np.array_equal(found[...], expected)
        layout = zarr.open_array(source if name == "cp" else base)
        if name == "zarrs_reencode":
            assert found.chunks == layout.chunks
            assert found.compressors == layout.compressors
        else:
            assert (found.chunks, found.shards) == (layout.chunks, layout.shards)


def test_a_line_says_how_many_times_faster() -> None:
    """Catches ratios the wrong way round."""
    text = line(CASES[0], {"cp": 2.0, "repack": 1.0})
    assert text == "copied: chunks of 2 MiB: repack 1.000 s, cp 2.000 s (2.00)"
