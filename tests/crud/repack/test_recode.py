"""Blocks that are re-encoded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.crud.repack.cases import VALUES, assert_elements, make
from zarr import crud
from zarr.crud._options import Options
from zarr.crud._repack import recode
from zarr.crud._repack.present import Reader
from zarr.crud._repack.recode import any_stored, chunks_in, region_of, values_met
from zarr.storage import LocalStore, MemoryStore

if TYPE_CHECKING:
    from pathlib import Path


def plan(**wanted: Any) -> Any:
    source = MemoryStore()
    make("3", source)
    return crud.repack_plan(source, MemoryStore(), path="a", **wanted).arrays[0]


def test_regions_are_those_of_blocks_or_chunks() -> None:
    """Catches a region beyond the array, or of another block."""
    array = plan(chunks=(2, 2))
    assert region_of((0, 0), array) == (slice(0, 7), slice(0, 5))
    single = array.of_chunks()
    assert region_of((3, 2), single) == (slice(6, 7), slice(4, 5))
    assert list(chunks_in((slice(2, 5), slice(0, 2)), array.target)) == [(1, 0), (2, 0)]


def test_what_is_stored_in_a_part_is_known() -> None:
    """Catches missing chunks that count as stored, or the other way round."""
    array = plan(chunks=(1, 1))
    assert any_stored(array, (slice(0, 1), slice(2, 3)))
    assert not any_stored(array, (slice(3, 6), slice(0, 5)))
    assert set(values_met(array, array.units)) == set(array.stored)


@pytest.mark.parametrize("keeps_empty", [True, False])
def test_empty_chunks_are_stored_only_if_that_is_wanted(keeps_empty: bool) -> None:
    """Catches a stored chunk of zeros that is lost in spite of the option, and missing chunks that
    are stored because of it.
    """
    source, target = MemoryStore(), MemoryStore()
    array: Any = zarr.create_array(
        source, shape=(7, 5), chunks=(3, 2), dtype="i4", config={"write_empty_chunks": True}
    )
    array[:3, :4] = 0
    array[3:6, :2] = 1
    options = Options(write_empty_chunks=keeps_empty)
    crud.repack(source, target, compressors=(), options=options, verify=True)
    document = crud.read_metadata(target)
    expected = [(0, 0), (0, 1), (1, 0)] if keeps_empty else [(1, 0)]
    assert crud.list_chunks(document, target) == expected


def test_a_small_bound_gives_the_same_elements() -> None:
    """Catches blocks that leave a gap or overlap wrongly when memory is short."""
    source = MemoryStore()
    make("3", source, sparse=False)
    for most in (800, 1500, 3000):
        target = MemoryStore()
        wanted = crud.repack_plan(source, target, path="a", chunks=(2, 3), max_memory=most)
        assert wanted.peak_memory <= most
        wanted.run(verify=True)
        assert np.array_equal(zarr.open_array(target)[...], VALUES)


@pytest.mark.parametrize("engine", [None, "zarrs", "reference"])
@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("dtype", [str, "U4", "f4", [("x", "i2")]])
def test_a_single_element_is_re_encoded(dtype: Any, version: Any, engine: Any) -> None:
    """Catches an array of rank 0 whose element is read as a `str`, without a size in bytes."""
    source, target = MemoryStore(), MemoryStore()
    options: Any = {"zarr_format": version, "fill_value": None} if version == 2 else {}
    array: Any = zarr.create_array(source, shape=(), dtype=dtype, chunks=(), **options)
    array[...] = {str: "hi\0", "U4": "hi", "f4": 2.5}.get(
        dtype if not isinstance(dtype, list) else "", (3,)
    )
    crud.repack(source, target, compressors=(), engine=engine, verify=True)
    found: Any = zarr.open_array(target)
    assert str(found[...]) == str(array[...])
    assert found.metadata != array.metadata


@pytest.mark.parametrize("target", ["files", "memory"])
@pytest.mark.parametrize("source", ["files", "memory"])
def test_few_threads_run_codecs_and_requests_are_made_as_ever(
    source: str, target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches threads that hold more memory than there may be, and a store over the network that is
    asked for one value at a time.
    """
    seen: dict[str, set[int | None]] = {"read": set(), "written": set()}

    class Seen(Reader):
        def __init__(self, plan: Any, source: Any, engine: Any, options: Options) -> None:
            seen["read"].add(options.concurrency)
            super().__init__(plan, source, engine, options)

    def write(*args: Any, **wanted: Any) -> None:
        seen["written"].add(wanted["options"].concurrency)
        crud.write_region(*args, **wanted)

    monkeypatch.setattr(recode, "Reader", Seen)
    monkeypatch.setattr(recode, "write_region", write)
    ends: dict[str, Any] = {
        "files": lambda name: LocalStore(tmp_path / name),
        "memory": lambda _: MemoryStore(),
    }
    start, end = ends[source]("s"), ends[target]("t")
    expected = make("3", start)
    plan = crud.repack_plan(start, end, path="a", chunks=(2, 2), max_memory=500)
    assert plan.arrays[0].codec_threads == 1
    plan.run()
    assert seen["read"] == {1 if source == "files" else None}
    assert seen["written"] == {1 if target == "files" else None}
    assert_elements(end, expected, "")
