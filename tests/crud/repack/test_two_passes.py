"""Repacks through a scratch store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.crud.repack.cases import assert_elements
from zarr import crud
from zarr.core.buffer.cpu import Buffer
from zarr.crud._repack import run
from zarr.crud._repack.stored import stored_below
from zarr.crud._repack.two_passes import second_pass
from zarr.storage import LocalStore, MemoryStore

if TYPE_CHECKING:
    from pathlib import Path

VALUES = np.arange(200 * 150, dtype=">i4").reshape(200, 150)
MEMORY = 40_000


def source_of(version: Any) -> MemoryStore:
    store = MemoryStore()
    array: Any = zarr.create_array(
        store, shape=VALUES.shape, dtype=">i4", chunks=(200, 3), zarr_format=version
    )
    array[:, :120] = VALUES[:, :120]
    return store


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("kind", ["memory", "local"])
def test_two_passes_give_the_same_elements(version: Any, kind: str, tmp_path: Path) -> None:
    """Catches elements that are lost on the way, and a scratch store that is not emptied."""
    source, target = source_of(version), MemoryStore()
    scratch: Any = LocalStore(tmp_path) if kind == "local" else MemoryStore()
    wanted: Any = {"chunks": (2, 150), "max_memory": MEMORY}
    once = crud.repack_plan(source, target, **wanted)
    twice = crud.repack_plan(source, target, scratch=scratch, **wanted)
    assert "two passes" in twice.arrays[0].reason
    assert twice.bytes_decoded < once.bytes_decoded / 3
    assert twice.peak_memory <= MEMORY
    assert twice.run(verify=True).ok
    expected = VALUES.astype("<i4" if version == 3 else ">i4")
    expected[:, 120:] = 0
    assert_elements(target, expected, "")
    if kind == "memory":
        assert not scratch._store_dict
    else:
        assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_one_pass_is_kept_where_it_decodes_little() -> None:
    """Catches a scratch store that is used for nothing."""
    source, scratch = source_of(3), MemoryStore()
    plan = crud.repack_plan(source, MemoryStore(), chunks=(2, 150), scratch=scratch)
    assert plan.arrays[0].first is None
    with pytest.raises(crud.InvalidPathError):
        crud.repack_plan(source, MemoryStore(), chunks=(2, 150), scratch=source)


def test_two_passes_are_not_made_by_a_client(tmp_path: Path) -> None:
    """Catches workers that write into scratch stores of their own."""
    store = LocalStore(tmp_path / "s")
    crud.copy(source_of(3), store)
    with pytest.raises(crud.UnsupportedError, match="scratch store"):
        crud.repack(
            *(store, tmp_path / "t"),
            chunks=(2, 150),
            max_memory=MEMORY,
            scratch=MemoryStore(),
            client=object(),
        )


def test_what_the_first_pass_has_stored_is_used_again() -> None:
    """Catches a first pass that begins anew after the second one failed."""
    source, target, scratch = source_of(3), MemoryStore(), MemoryStore()
    wanted: Any = {"chunks": (2, 150), "max_memory": MEMORY, "scratch": scratch}
    key = "c/0/39"
    held = source._store_dict[key]
    source._store_dict[key] = Buffer.from_bytes(b"?")
    with pytest.raises(crud.DecodeError, match=key):
        crud.repack(source, target, **wanted)
    kept = {name: id(value) for name, value in scratch._store_dict.items()}
    assert kept
    source._store_dict[key] = held
    report = crud.repack(source, target, resume=True, verify=True, **wanted)
    assert report.ok
    assert not scratch._store_dict


def test_one_scratch_store_serves_two_repacks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches elements of one source in the target of another that is repacked meanwhile."""
    sources, targets = (source_of(3), source_of(3)), (MemoryStore(), MemoryStore())
    scratch: dict[str, Any] = {}
    other: Any = zarr.open_array(sources[1])
    other[:, :120] = -VALUES[:, :120]
    wanted: Any = {"chunks": (2, 150), "max_memory": MEMORY, "scratch": scratch}
    real, is_first = second_pass, [True]

    def between(*args: Any) -> Any:
        if is_first:
            is_first.clear()
            crud.repack(sources[1], targets[1], **wanted)
        return real(*args)

    monkeypatch.setattr(run, "second_pass", between)
    crud.repack(sources[0], targets[0], **wanted)
    for source, target in zip(sources, targets, strict=True):
        whole: Any = zarr.open_array(source)
        assert_elements(target, whole[...], "")
    assert not scratch


def test_what_is_left_on_the_scratch_store_is_not_used_by_a_new_beginning(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Catches chunks that were deleted from the source and come back."""
    source, target, scratch = source_of(3), MemoryStore(), MemoryStore()
    wanted: Any = {"chunks": (2, 150), "max_memory": MEMORY, "scratch": scratch}
    with monkeypatch.context() as patched:
        patched.setattr(run, "second_pass", None)
        with pytest.raises(TypeError):
            crud.repack(source, target, **wanted)
    assert scratch._store_dict
    del source._store_dict["c/0/2"]
    crud.repack(source, target, overwrite=True, **wanted)
    expected: Any = zarr.open_array(source)
    assert_elements(target, expected[...], "")
    assert not scratch._store_dict


@pytest.mark.parametrize("number", [0, 7])
def test_a_chunk_that_is_deleted_from_the_scratch_store_is_an_error(
    number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches fill values in place of elements that somebody deleted between the passes."""
    source, target, scratch = source_of(3), MemoryStore(), MemoryStore()
    wanted: Any = {"chunks": (2, 150), "max_memory": MEMORY, "scratch": scratch}
    real = stored_below

    def below(place: Any) -> Any:
        if place.store is scratch and not target._store_dict.get("zarr.json"):
            del scratch._store_dict[sorted(scratch._store_dict)[number]]
        return real(place)

    with monkeypatch.context() as patched:
        patched.setattr(run, "stored_below", below)
        with pytest.raises(zarr.errors.ChunkNotFoundError, match="from the scratch store"):
            crud.repack(source, target, **wanted)
    assert crud.repack(source, target, resume=True, verify=True, **wanted).ok
