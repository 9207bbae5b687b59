"""Pieces of a selection are the selection."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import zarr
from tests.crud.cli.conftest import DEPTH
from zarr import crud
from zarr.crud._cli.failures import UsageError
from zarr.crud._cli.places import opened
from zarr.crud._cli.selections import parsed
from zarr.crud._cli.slabs import shape_of, slabs
from zarr.storage import LocalStore


@pytest.mark.parametrize("most", [1, 40, 1 << 20])
@pytest.mark.parametrize("text", [
    "...", "1:6", "::-1", "5:1:-2, 1:", "3", "2, 3", "[4, 0, 6, 6], ::2", "[0:2, 5:7], ...", "2:2",
    ":, 1", "..., -1",
])  # fmt: skip
def test_pieces_make_the_whole(ocean: Path, text: str, most: int) -> None:
    """Catches a piece that is lost, repeated or out of order."""
    selected = parsed(text)
    with opened(str(ocean / "depth"), {}) as place:
        document = crud.read_metadata(place.store)
        shape = shape_of(document, selected)
        pieces = [np.asarray(one) for one in slabs(document, place, selected, None, most)]
        assert all(piece.nbytes <= max(most, 3 * 5 * 4) for piece in pieces)
        expected = crud.read_region(document, place.store, selected.selection, kind=selected.kind)
    whole = pieces[0] if len(pieces) == 1 else np.concatenate(pieces)
    assert np.array_equal(whole.reshape(shape), expected)


def test_pieces_are_rows_of_chunks(ocean: Path) -> None:
    """Catches chunks that are decoded twice."""
    with opened(str(ocean / "depth"), {}) as place:
        document = crud.read_metadata(place.store)
        pieces = slabs(document, place, parsed("..."), None, 4 * 5 * 4)
        assert [len(np.asarray(piece)) for piece in pieces] == [3, 3, 1]
    assert DEPTH.shape == (7, 5)


def test_rank_0_is_one_piece(tmp_path: Path) -> None:
    """Catches an array without axes."""
    zarr.create_array(LocalStore(tmp_path / "a"), data=np.array(7))
    with opened(str(tmp_path / "a"), {}) as place:
        document = crud.read_metadata(place.store)
        assert [int(one) for one in slabs(document, place, parsed("..."), None)] == [7]


def test_what_does_not_fit_is_a_wrong_argument(ocean: Path) -> None:
    """Catches a mistake that is reported as damage."""
    with opened(str(ocean / "depth"), {}) as place:
        document = crud.read_metadata(place.store)
    with pytest.raises(UsageError):
        shape_of(document, parsed("9"))
