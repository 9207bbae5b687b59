"""The checks of one array."""

from __future__ import annotations

from itertools import islice, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.crud.verify.archives import change, get, hierarchy, put
from zarr import crud
from zarr.codecs import Crc32cCodec
from zarr.crud._document.cache import as_document
from zarr.crud._options import DEFAULT_OPTIONS
from zarr.crud._stores.location import Location
from zarr.crud._verify import blocks
from zarr.crud._verify.array import ArrayCheck
from zarr.crud._verify.documents import Node
from zarr.crud._verify.findings import Findings
from zarr.crud._verify.ownership import Contents
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    from zarr.crud import Progress


def check(array: Any, chunks: dict[Any, int]) -> tuple[ArrayCheck, Findings]:
    """A check of an array with these stored chunks."""
    document = as_document(array.metadata)
    findings = Findings()
    contents = Contents(Node("", True, document), document, chunks)
    return ArrayCheck(contents, Location(MemoryStore(), ""), findings, DEFAULT_OPTIONS), findings


def test_missing_chunks_come_in_order() -> None:
    """Catches a chunk that is left out, or a grid that is made into a list."""
    array = zarr.create_array({}, shape=(10**9, 10**9), chunks=(1, 1), dtype="u1")
    one, findings = check(array, {(0, 1): 1})
    assert list(islice(one.missing(), 3)) == [(0, 0), (0, 2), (0, 3)]
    one.sizes()
    assert f"{10**18 - 1} of {10**18}" in findings.listed()[0].message
    scalar = zarr.create_array({}, shape=(), dtype="u1")
    assert list(check(scalar, {})[0].missing()) == [()]
    assert list(check(scalar, {(): 1})[0].missing()) == []


def test_a_damaged_shard_says_which_subchunks() -> None:
    """Catches a shard of thousands of subchunks that is given up for one."""
    store = MemoryStore()
    array = zarr.create_array(
        store, shape=(8, 8), chunks=(2, 2), shards=(8, 8), dtype="i4", compressors=Crc32cCodec()
    )
    array[...] = 1
    value = bytearray(get(store, "c/0/0"))
    value[5] ^= 1
    put(store, "c/0/0", bytes(value))
    (found,) = crud.verify(store, level="decode").findings
    assert found.kind == "undecodable"
    assert found.message.count("subchunks of the shard: (") == 1
    assert crud.verify(store, level="decode").arrays[0].checked == 0


def test_what_exceeds_the_budget_is_not_checked() -> None:
    """Catches a chunk that is reported as damaged because the caller's budget is small."""
    store = MemoryStore()
    array = zarr.create_array(store, shape=(100,), chunks=(100,), dtype="f8")
    array[...] = 1
    report = crud.verify(store, level="decode", options=crud.Options(decoded_size_budget=100))
    assert [one.kind for one in report.findings] == ["not-checked"]
    assert report.ok


def test_a_chain_over_shards_is_checked_by_decoding() -> None:
    """Catches a false finding about a shard whose index lies inside of other codecs."""
    store = MemoryStore()
    zarr.create_array(store, data=np.arange(4), chunks=(2,), shards=(4,), compressors=None)
    change(store, "zarr.json", lambda document: document["codecs"].append({"name": "crc32c"}))
    document = crud.read_metadata(store)
    crud.write_chunk(document, store, (0,), [1, 2, 3, 4])
    assert [one.kind for one in crud.verify(store, level="index").findings] == ["not-checked"]
    put(store, "c/0", get(store, "c/0")[:-1] + b"?")
    kinds = {one.kind for one in crud.verify(store, level="decode").findings}
    assert kinds == {"not-checked", "undecodable"}


@pytest.mark.parametrize("level", ["list", "index", "decode"])
def test_every_stored_chunk_is_told_of_once(level: Any) -> None:
    """Catches chunks that are counted twice, or a check that ends before its total."""
    store = hierarchy()
    document = crud.read_metadata(store, path="shards")
    crud.write_encoded_chunk(document, store, (0, 0), b"no shard")
    crud.delete_chunk(crud.read_metadata(store, path="raw"), store, (0, 0))
    stored = sum(array.stored for array in crud.verify(store, level="list").arrays)
    seen: list[Progress] = []
    report = crud.verify(store, level=level, progress=seen.append)
    assert [each.total for each in seen] == [stored] * len(seen)
    assert seen[-1].done == stored
    assert seen[-1].nbytes == sum(array.nbytes for array in report.arrays)
    assert all(a.done < b.done and a.nbytes <= b.nbytes for a, b in pairwise(seen))
    assert {each.array for each in seen} == {array.path for array in report.arrays if array.stored}


def test_parts_of_a_large_shard_count_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a shard that counts again for each of its parts."""
    monkeypatch.setattr(blocks, "LARGE", 16)
    store = MemoryStore()
    array = zarr.create_array(store, shape=(8, 8), chunks=(2, 2), shards=(4, 8), dtype="i4")
    array[...] = 1
    seen: list[Progress] = []
    assert crud.verify(store, level="decode", progress=seen.append).ok
    assert [each.done for each in seen] in ([1, 2], [2])


def test_an_error_of_the_callers_function_ends_the_check() -> None:
    """Catches an error that is taken for one of the store."""

    def stop(_: object) -> None:
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        crud.verify(hierarchy(), level="decode", progress=stop)
    with pytest.raises(TypeError, match="progress is"):
        crud.verify(hierarchy(), progress="yes")  # type: ignore[arg-type]
