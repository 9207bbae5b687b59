"""Our engines do the work themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zarr
from bench.engines import ENGINES, ArrayZarrs, CrudReference, CrudZarrs
from bench.layouts import stored
from tests.bench.cases import BOX, RAGGED
from zarr import crud


def test_inactive_engine_is_detected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a zarr without the seams, which accepts the keyword and ignores it."""
    RAGGED.create(tmp_path / "a", filled=True)
    array = zarr.open_array(tmp_path / "a", engine="zarr")
    monkeypatch.setattr(zarr, "open_array", lambda *args, **kwargs: array)
    with pytest.raises(RuntimeError, match=r"the engine is 'zarr', not 'zarrs'"):
        ArrayZarrs(tmp_path / "a")


READS: dict[str, tuple[tuple[Any, ...], bool]] = {
    "read": ((BOX,), True),
    "read_rows": (([np.array([0, 3])],), True),
    "read_points": (([np.array([0, 3]), np.array([1, 4])],), True),
    "read_again": ((BOX,), False),
}


@pytest.mark.parametrize("verb", READS)
def test_only_what_is_read_again_may_use_memory_again(
    verb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches lists read into the memory of an earlier result, while other peers must allocate."""
    RAGGED.create(tmp_path / "a", filled=True)
    given: list[crud.Options | None] = []
    read = crud.read_region

    def noting(*args: Any, options: crud.Options | None = None, **kwargs: Any) -> Any:
        given.append(options)
        return read(*args, options=options, **kwargs)

    monkeypatch.setattr(crud, "read_region", noting)
    arguments, is_new = READS[verb]
    getattr(CrudZarrs(tmp_path / "a"), verb)(*arguments)
    (options,) = given
    assert (options is not None and options.memory_pool == 0) is is_new


@pytest.mark.parametrize("peer", ENGINES)
def test_each_engine_is_named_after_the_one_that_works(peer: Any, tmp_path: Path) -> None:
    """Catches the times of one engine in the column of another."""
    RAGGED.create(tmp_path / "a", filled=True)
    made = peer(tmp_path / "a")
    assert peer.ours
    assert peer.name.split()[-1] == (made.array.engine if peer is ArrayZarrs else made.engine)


def test_appends_follow_each_other(tmp_path: Path) -> None:
    """Catches a second append that overwrites the first, because it uses the old document."""
    RAGGED.create(tmp_path / "a", filled=True)
    peer = CrudReference(tmp_path / "a")
    more = np.full((2, 5), 9, "u2")
    peer.append(more)
    peer.append(more + np.uint16(1))
    expected = np.concatenate([RAGGED.data(), more, more + np.uint16(1)])
    np.testing.assert_array_equal(stored(tmp_path / "a"), expected)
