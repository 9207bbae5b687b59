"""Values of both ends."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Any

import pytest

from zarr.crud import Location
from zarr.crud._repack import ends as module
from zarr.crud._repack.ends import Ends, InFile, joined
from zarr.crud._stores.assembled_files import FilePiece
from zarr.crud._stores.location import get, put
from zarr.storage import LocalStore, MemoryStore

if TYPE_CHECKING:
    from pathlib import Path

    from zarr.abc.store import Store

DATA = bytes(range(100))


@pytest.mark.parametrize("small", [0, 1 << 20])
def test_parts_of_a_value_are_read_in_order(
    store: Store, small: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches bytes of another part, or from another place."""
    monkeypatch.setattr(module, "_SMALL", small)
    put(store, "a/x", DATA)
    ends = Ends.of(Location(store, ""), Location(MemoryStore(), "")).below("a")
    value = ends.opened("x", 100)
    assert value is not None
    assert value.size == 100
    parts = [(90, 5), (0, 3), (3, 4), (50, 0)]
    assert value.read(parts) == [DATA[start : start + n] for start, n in parts]
    ends.store("y", [value.piece(10, 20), b"end"])
    found = get(ends.target.store, "a/y")
    assert found is not None
    assert found.to_bytes() == DATA[10:30] + b"end"
    with pytest.raises(OSError, match="ends before byte"):
        value.read([(90, 20)]) if small == 0 else ends.opened("x", 100 << 20).read([(90, 20)])  # type: ignore[union-attr]
    assert ends.opened("none") is None
    held = ends.holding(["x", "none"])
    assert held.held == {"x": DATA}
    assert held.opened("x").read([(1, 2)]) == [DATA[1:3]]  # type: ignore[union-attr]


def test_parts_beside_each_other_are_one_request() -> None:
    """Catches a request for each small part."""
    assert joined([(5, 5), (0, 5), (20, 1)]) == [(0, 10), (20, 1)]
    assert joined([(5, 5), (0, 5), (20, 1)], gap=10) == [(0, 21)]
    assert joined([(0, 10), (2, 3)]) == [(0, 10)]


@pytest.mark.parametrize("other", [-1, 1])
def test_a_file_of_another_size_is_not_read(other: int, tmp_path: Path) -> None:
    """Catches an index that is read where that of another value was, or a part of a value."""
    path = tmp_path / "x"
    path.write_bytes(DATA)
    assert InFile(str(path), len(DATA)).read([(90, 10), (0, 2)]) == [DATA[90:], DATA[:2]]
    ends = Ends.of(Location(LocalStore(tmp_path), ""), Location(MemoryStore(), ""))
    value = ends.opened("x", len(DATA) + other)
    assert value is not None
    for read in (lambda: value.read([(0, 2)]), lambda: ends.store("y", [value.piece(0, 2)])):
        with pytest.raises(OSError, match=f"has 100 bytes, not {100 + other}") as caught:
            read()
        assert (caught.value.errno, caught.value.filename) == (errno.EIO, str(path))


def test_the_folders_of_what_was_stored_before_an_error_are_flushed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches chunks that count as stored, and whose names are not on disk."""
    flushed: list[Path] = []
    monkeypatch.setattr(module, "sync_folders", lambda paths, root: flushed.extend(paths))
    ends = Ends.of(Location(MemoryStore(), ""), Location(LocalStore(tmp_path), ""), fsync=True)
    values: list[Any] = [
        ("a/x", b"1"),
        ("b/y", FilePiece(str(tmp_path / "none"), 0, 1)),
        ("c/z", b"3"),
    ]
    with pytest.raises(FileNotFoundError):
        ends.store_each(values)
    assert flushed == [tmp_path / "a/x"]
