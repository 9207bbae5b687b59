"""The library's arrays are kept, bounded, and compared with zarr's."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.zarrista.support import ENGINE, VALUES, at, document_of, make
from zarr import crud
from zarr.storage import LocalStore
from zarr.zarrista import _arrays
from zarr.zarrista._arrays import MOST, Opened, kept, opened
from zarr.zarrista._document import prepare

if TYPE_CHECKING:
    from pathlib import Path


def test_an_array_is_made_once_for_each_document_and_place(tmp_path: Path) -> None:
    """Catches an array that is made at each call, or one that serves another document or path."""
    one, other = document_of(), document_of(fill_value=3)
    store = LocalStore(tmp_path / "a")
    first = opened(one, at(store))
    assert isinstance(first, Opened)
    assert opened(one, at(LocalStore(tmp_path / "a"))) is first
    others = [
        opened(other, at(store)),
        opened(one, at(store, "b")),
        opened(one, at(LocalStore("c"))),
    ]
    assert len({id(found) for found in [first, *others]}) == 4


def test_no_more_than_a_number_is_kept(tmp_path: Path) -> None:
    """Catches memory that grows with the number of arrays."""
    document = document_of()
    for number in range(MOST + 20):
        assert isinstance(opened(document, at(LocalStore(tmp_path), f"a{number}")), Opened)
    assert kept() <= MOST


def test_a_store_of_the_library_is_not_used_forever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches memory that grows with the number of chunks: 123 bytes for each key, as measured."""
    monkeypatch.setattr(_arrays, "MOST_KEYS", 20)
    document, store = make(tmp_path)
    first = opened(document, at(store))
    for count, same in ((9, True), (18, True), (27, False)):
        assert (crud.read_region(document, store, engine=ENGINE) == VALUES).all()
        assert isinstance(first, Opened)
        assert first.keys == count
        assert (opened(document, at(store)) is first) is same


def test_a_store_that_moves_is_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches values of the folder where the store was before."""
    document, _ = make(tmp_path / "a")
    (tmp_path / "there").mkdir()
    store = LocalStore("a")
    monkeypatch.chdir(tmp_path)
    assert (crud.read_region(document, store, engine=ENGINE, detached=True) == VALUES).all()
    monkeypatch.chdir(tmp_path / "there")
    assert (crud.read_region(document, store, engine=ENGINE, detached=True) == -9).all()


def test_a_difference_from_zarr_is_a_refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches another fill value, shape, size or key of the library than that of zarr."""
    real = prepare(document_of())
    changed: dict[str, tuple[dict[str, Any], str]] = {
        "shape": ({"shape": [7, 6]}, "its shape"),
        "fill": ({"fill_value": 1}, "its fill value"),
        "size": ({"data_type": "int64"}, "elements for 8 bytes"),
        "chunk": (
            {"chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [3, 3]}}},
            "its first chunk",
        ),
        "key": ({"chunk_key_encoding": {"name": "v2"}}, "the key of its first chunk"),
        "what it does not open": ({"data_type": "unknown"}, "does not open"),
    }
    for name, (members, said) in changed.items():
        made = real._replace(members=real.members | members, text=name)
        monkeypatch.setattr(_arrays, "prepare", lambda _, made=made: made)
        assert said in str(opened(document_of(), at(LocalStore(tmp_path / name)))), name


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_forked_child_keeps_nothing(tmp_path: Path) -> None:
    """Catches arrays of the parent, with its threads, in the child."""
    opened(document_of(), at(LocalStore(tmp_path)))
    assert kept()
    child = os.fork()
    if child == 0:
        os._exit(kept())
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert kept()


def test_elements_are_those_of_the_document(tmp_path: Path) -> None:
    """Catches a document that is given to the library as another one."""
    document, store = make(tmp_path, dtype="f4", fill_value=np.nan)
    found = opened(document, at(store))
    assert isinstance(found, Opened)
    assert found.array.fill_value.as_bytes() == np.float32(np.nan).tobytes()
    assert found.array.chunk_key([1, 2]) == "c/1/2"
