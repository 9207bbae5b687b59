"""Pieces that move between chunks and shards."""

from __future__ import annotations

import errno
import warnings
from contextlib import nullcontext
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import zarr
from tests.crud.repack.cases import assert_elements, make
from zarr import crud
from zarr.codecs import BytesCodec, ShardingCodec, TransposeCodec
from zarr.crud._archives.shard_index import read_index
from zarr.crud._repack import ends
from zarr.crud._stores.location import get, put
from zarr.storage import LocalStore, LoggingStore, MemoryStore, ZipStore

if TYPE_CHECKING:
    from pathlib import Path


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_any_shards_become_any_others(data: Any) -> None:
    """Catches a piece at another place, one that is lost, or one beyond the array's end."""
    shape = data.draw(st.tuples(st.integers(1, 13), st.integers(1, 9)))
    chunk = data.draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    numbers = st.tuples(st.integers(1, 4), st.integers(1, 4))
    kinds = st.one_of(st.none(), numbers)
    before, after = data.draw(kinds), data.draw(kinds)
    source, target = MemoryStore(), MemoryStore()

    def shards(times: Any) -> Any:
        return None if times is None else tuple(n * t for n, t in zip(chunk, times, strict=True))

    values = np.arange(1, 1 + shape[0] * shape[1], dtype="i4").reshape(shape)
    array: Any = zarr.create_array(
        source, shape=shape, chunks=chunk, shards=shards(before), dtype="i4"
    )
    holes = data.draw(st.lists(st.integers(0, shape[0] - 1), max_size=4))
    values[holes] = 0
    array[...] = values
    report = crud.repack(source, target, shards=shards(after) or False, verify=True)
    assert report.arrays[0].way == ("copied" if before == after else "regrouped")
    assert_elements(target, values, "")


@pytest.mark.parametrize("compact", [False, True])
def test_pieces_of_a_shard_lie_beside_each_other(compact: bool) -> None:
    """Catches shards with gaps, or compacted ones whose subchunks are in another order."""
    source, target = MemoryStore(), MemoryStore()
    make("3-shards", source, sparse=False)
    crud.repack(source, target, path="a", shards=(9, 6), compact=compact)
    document = crud.read_metadata(target)
    value = target._store_dict["c/0/0"].to_bytes()
    found = read_index(document, value, len(value))
    flat = [(int(o), int(n)) for o, n in zip(found.offsets.flat, found.nbytes.flat, strict=True)]
    assert (flat == sorted(flat)) == compact
    flat.sort()
    assert flat[0][0] == 0
    for (start, n), (other, _) in pairwise(flat):
        assert other == start + n


def test_transposed_shards_keep_their_elements() -> None:
    """Catches subchunks that are numbered in another order of axes than they are stored in."""
    source = MemoryStore()
    codec = ShardingCodec(chunk_shape=(2, 3), codecs=[BytesCodec()])
    values = np.arange(1, 36, dtype="i4").reshape(7, 5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        array: Any = zarr.create_array(
            source,
            shape=(7, 5),
            chunks=(6, 4),
            dtype="i4",
            filters=[TransposeCodec(order=(1, 0))],
            serializer=codec,
            compressors=None,
        )
        array[...] = values
    changes: list[Any] = [{"shards": (12, 2)}, {"shards": False}]
    for wanted in changes:
        target = MemoryStore()
        report = crud.repack(source, target, verify=True, **wanted)
        assert report.arrays[0].way == "regrouped"
        found = crud.read_region(crud.read_metadata(target), target)
        assert np.array_equal(found, values)


@pytest.mark.parametrize("kind", ["memory", "local"])
def test_a_damaged_shard_is_named(kind: str, tmp_path: Path) -> None:
    """Catches pieces of a damaged shard that get a new, intact index."""
    source: Any = LocalStore(tmp_path / "s") if kind == "local" else MemoryStore()
    make("3-shards", source, sparse=False)
    document = crud.read_metadata(source, path="a")
    value = crud.read_encoded_chunk(document, source, (0, 1))
    assert value is not None
    for broken in (value[:-9] + bytes([value[-9] ^ 255]) + value[-8:], value[:40], b""):
        crud.write_encoded_chunk(document, source, (0, 1), broken)
        changes: list[Any] = [{"shards": (12, 4)}, {"shards": False}]
        for wanted in changes:
            target = MemoryStore()
            with pytest.raises(crud.DecodeError, match="a/c/0/1"):
                crud.repack(source, target, path="a", **wanted)
            assert "zarr.json" not in target._store_dict


def test_a_piece_beyond_the_end_is_left_out() -> None:
    """Catches a chunk outside of the grid, which some writers store in shards."""
    source, target = MemoryStore(), MemoryStore()
    whole: Any = zarr.create_array(source, shape=(8, 8), chunks=(2, 2), shards=(8, 8), dtype="i4")
    whole[...] = 5
    document: Any = crud.read_metadata(source)
    crud.write_metadata({**document, "shape": [3, 5]}, source)
    crud.repack(source, target, shards=False, verify=True)
    found = crud.read_metadata(target)
    assert crud.list_chunks(found, target) == [(r, c) for r in range(2) for c in range(3)]


SHARDS = {
    "3": (9, 8),
    "3-crc": (9, 8),
    "3-raw": (9, 8),
    "2-slash": (9, 8),
    "3-shards": (9, 4),
    "3-shards-zstd": (14, 10),
}


@pytest.mark.parametrize("compact", [False, True])
@pytest.mark.parametrize("kind", SHARDS)
def test_engines_store_the_same_bytes(kind: str, compact: bool, tmp_path: Path) -> None:
    """Catches a file that the extension puts together in another way than Python."""
    make(kind, LocalStore(tmp_path / "s"), "größe/a b", sparse=True)
    for number, shards in enumerate((None, False, SHARDS[kind])):
        found = []
        for engine in ("reference", "zarrs"):
            target = tmp_path / f"{engine}{number}"
            how: Any = {"shards": shards, "compact": compact, "engine": engine}
            if shards:
                how["zarr_format"] = 3
            report = crud.repack(tmp_path / "s", target, **how)
            assert report.arrays[0].way in ("copied", "regrouped")
            files = (path for path in target.rglob("*") if path.is_file())
            found.append({path.relative_to(target): path.read_bytes() for path in files})
        assert found[0] == found[1]
        assert len(found[0]) > 2


@pytest.mark.parametrize("engine", ["reference", "zarrs"])
@pytest.mark.parametrize(
    ("kind", "shards"), [("3", (9, 8)), ("3-shards", (9, 4)), ("3-shards", False)]
)
@pytest.mark.parametrize("change", [b"more", None])
def test_a_value_whose_size_changed_since_the_plan_is_refused(
    engine: Any, kind: str, shards: Any, change: bytes | None, tmp_path: Path
) -> None:
    """Catches a value that is stored cut, or an index that is read at the wrong place."""
    make(kind, LocalStore(tmp_path / "s"), sparse=False)
    plan = crud.repack_plan(tmp_path / "s", tmp_path / "t", path="a", shards=shards, engine=engine)
    assert plan.arrays[0].way == "regrouped"
    changed = tmp_path / "s/a/c/0/1"
    value = changed.read_bytes()
    changed.write_bytes(value[:-1] if change is None else value + change)
    with pytest.raises(OSError, match=r"it was changed meanwhile|ends before byte") as caught:
        plan.run()
    assert (caught.value.errno, caught.value.filename) == (errno.EIO, str(changed))
    assert any("key 'a/c/0/1'" in note or "key 'c/" in note for note in caught.value.__notes__)
    assert not (tmp_path / "t/zarr.json").exists()


@pytest.mark.parametrize("shards", [(9, 4), False])
@pytest.mark.parametrize("kind", ["memory", "files", "archive"])
def test_a_large_value_that_grew_since_the_plan_is_refused(
    kind: str, shards: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches an index that is read where that of the old value was, in stores that are read in
    parts: its pieces would be those of the old value, or of none.
    """
    monkeypatch.setattr(ends, "_SMALL", 0)
    stores: dict[str, Any] = {
        "memory": MemoryStore,
        "files": lambda: LoggingStore(LocalStore(tmp_path / "s")),
        "archive": lambda: ZipStore(tmp_path / "s.zip", mode="w"),
    }
    source, target = stores[kind](), MemoryStore()
    make("3-shards", source, sparse=False)
    crud.repack(source, MemoryStore(), path="a", shards=shards, verify=True)
    plan = crud.repack_plan(source, target, path="a", shards=shards)
    assert plan.arrays[0].way == "regrouped"
    buffer = get(source, "a/c/0/0")
    assert buffer is not None
    with pytest.warns(UserWarning, match="Duplicate name") if kind == "archive" else nullcontext():
        put(source, "a/c/0/0", buffer.to_bytes() + b"more")
    with pytest.raises(
        OSError, match=r"'a/c/0/0' has \d+ bytes, not \d+: it was changed meanwhile"
    ):
        plan.run()
    assert "zarr.json" not in target._store_dict


@pytest.mark.parametrize("engine", ["reference", "zarrs"])
def test_a_copy_takes_all_of_a_value_that_changed_since_the_plan(
    engine: Any, tmp_path: Path
) -> None:
    """Catches as many bytes of the new value as the old one had."""
    make("3", LocalStore(tmp_path / "s"), sparse=False)
    plan = crud.repack_plan(tmp_path / "s", tmp_path / "t", path="a", engine=engine)
    (tmp_path / "s/a/c/0/1").write_bytes(b"a longer value than before" * 100)
    plan.run()
    assert (tmp_path / "t/c/0/1").read_bytes() == b"a longer value than before" * 100
