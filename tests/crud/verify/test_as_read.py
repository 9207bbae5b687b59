"""Chunks that a backend verifies at once: the report is that of reading them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.crud.verify.archives import format_2, hierarchy
from tests.crud.verify.faults import FAULTS
from zarr import crud
from zarr.codecs import Crc32cCodec
from zarr.crud._verify import verify as module
from zarr.crud._verify.array import ArrayCheck
from zarr.crud.backends import CrudBackend
from zarr.crud.backends.registry import get_backend
from zarr.storage import LocalStore, MemoryStore
from zarr.zarrs._backend import ZarrsBackend

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Reads(ZarrsBackend):
    """The engine, without a cheaper way than to read."""

    verify_chunks = CrudBackend.verify_chunks


def stored(store: MemoryStore, folder: Path) -> LocalStore:
    """The same keys and values as files."""
    for key, value in store._store_dict.items():
        file = folder / key
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(value.to_bytes())
    return LocalStore(folder)


def reports(
    store: Any, monkeypatch: pytest.MonkeyPatch, **options: Any
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The report of the backend's own way, and of reads, without their names."""
    found = crud.verify(store, level="decode", engine="zarrs", **options)
    with monkeypatch.context() as patch:
        # Sizes are asked for one by one, before anything is read.
        patch.setattr(module, "_unsized", lambda _: (None, None))
        read = crud.verify(store, level="decode", engine=Reads(), **options)
    return found.to_dict(), read.to_dict()


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_reported_as_reads_report_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a finding with another message, size, key or place, and one that is missing."""
    memory = FAULTS[name].make()
    FAULTS[name].inject(memory)
    found, read = reports(stored(memory, tmp_path), monkeypatch)
    assert found["findings"]
    assert found == read


ENCODINGS: dict[str, Any] = {
    "2 .": {"zarr_format": 2},
    "2 /": {"zarr_format": 2, "chunk_key_encoding": {"name": "v2", "separator": "/"}},
    "3 .": {"chunk_key_encoding": {"name": "default", "separator": "."}},
    "3 /": {"chunk_key_encoding": {"name": "default", "separator": "/"}},
    "3 v2": {"chunk_key_encoding": {"name": "v2", "separator": "."}},
}
CODECS: dict[str, Any] = {"raw": None, "compressed": "auto"}


def into_folder(file: Path) -> None:
    """Put a folder in the place of a file."""
    file.unlink()
    file.mkdir()


def into_link(file: Path) -> None:
    """Put a link to nothing in the place of a file."""
    file.unlink()
    file.symlink_to(file.with_name("nothing"))


DAMAGE: list[Callable[[Path], object]] = [
    lambda file: file.write_bytes(file.read_bytes()[:-1]),
    lambda file: file.write_bytes(file.read_bytes() + b"?"),
    lambda file: file.write_bytes(b""),
    os.unlink,
    lambda file: file.write_bytes(b"\xff" * len(file.read_bytes())),
    into_folder,
    into_link,
]


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("count", [5, 6, 7])
def test_each_form_of_keys_is_reported_as_reads_report_it(
    encoding: str, codec: str, count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a chunk that is looked for under another name, and sizes in another order."""
    array = zarr.create_array(
        tmp_path,
        shape=(50, 31),
        chunks=(3, 2),
        dtype="i4",
        compressors=CODECS[codec],
        **ENCODINGS[encoding],
    )
    array[...] = np.arange(1, 1551).reshape(50, 31)
    indices = [(0, 0), (1, 10), (1, 9), (9, 2), (10, 3), (16, 15), (4, 4)]
    document = crud.read_metadata(tmp_path)
    keys = [array.metadata.encode_chunk_key(index) for index in indices]
    sound, read = reports(tmp_path, monkeypatch)
    assert sound == read
    assert sound["findings"] == []
    assert sound["arrays"][0]["nbytes"] == sum(
        (tmp_path / key).stat().st_size
        for key in [array.metadata.encode_chunk_key(index) for index in np.ndindex(17, 16)]
    )
    for damage, key in zip(DAMAGE, keys[:count], strict=False):
        damage(tmp_path / key)
    found, read = reports(tmp_path, monkeypatch)
    assert found == read
    assert found["arrays"][0]["stored"] == 17 * 16 - (1 if count == 5 else 2 if count == 6 else 3)
    assert {"missing-chunks", "undecodable"} <= {one["kind"] for one in found["findings"]}
    assert document == crud.read_metadata(tmp_path)


@pytest.mark.parametrize("make", [hierarchy, format_2])
@pytest.mark.parametrize(
    "options",
    [
        crud.Options(decoded_size_budget=20),
        crud.Options(missing_chunks="error"),
        crud.Options(chunk_cache=1 << 20),
        crud.Options(validate_checksums=False),
        crud.Options(concurrency=1),
    ],
)
def test_options_are_followed_as_reads_follow_them(
    options: crud.Options, make: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches an option that only one of both ways follows."""
    store = stored(make(), tmp_path)
    for file in sorted(tmp_path.rglob("*"))[::3]:
        if file.is_file() and not file.name.startswith((".z", "zarr.")):
            file.write_bytes(file.read_bytes()[:-2] + b"??")
    found, read = reports(store, monkeypatch, options=options)
    assert found == read


def test_a_chunk_that_vanishes_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a chunk that was listed and deleted, and counts as stored with no bytes."""
    array = zarr.create_array(tmp_path, data=np.arange(1, 10), chunks=(3,), compressors=None)
    backend = get_backend("zarrs")
    verify = backend.verify_chunks

    def deleted(*args: Any, **options: Any) -> Any:
        (tmp_path / "c/1").unlink(missing_ok=True)
        return verify(*args, **options)

    monkeypatch.setattr(backend, "verify_chunks", deleted)
    seen: list[Any] = []
    report = crud.verify(tmp_path, level="decode", engine="zarrs", progress=seen.append)
    assert [one.kind for one in report.findings] == ["missing-chunks"]
    assert (report.arrays[0].stored, report.arrays[0].nbytes) == (2, 48)
    assert (seen[-1].done, seen[-1].total, seen[-1].nbytes) == (3, 3, 48)
    assert array.shape == (9,)


@pytest.mark.parametrize("length", [3, 9])
def test_a_missing_chunk_that_is_an_error_is_one(
    length: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a chunk that counts as an error and as missing, or less than no chunk without one."""
    zarr.create_array(tmp_path, data=np.arange(1, 10), chunks=(length,), compressors=None)
    ask = ArrayCheck.chunks

    def deleted(self: ArrayCheck, *args: Any, **options: Any) -> Any:
        (tmp_path / "c/0").unlink(missing_ok=True)
        return ask(self, *args, **options)

    monkeypatch.setattr(ArrayCheck, "chunks", deleted)
    strict = crud.Options(missing_chunks="error")
    value = (tmp_path / "c/0").read_bytes()
    found = crud.verify(tmp_path, level="decode", engine="zarrs", options=strict)
    (tmp_path / "c/0").write_bytes(value)
    with monkeypatch.context() as patch:
        patch.setattr(module, "_unsized", lambda _: (None, None))
        read = crud.verify(tmp_path, level="decode", engine=Reads(), options=strict)
    assert [one.kind for one in found.findings] == ["unreadable"]
    assert found.findings == read.findings
    (one,), (other,) = found.arrays, read.arrays
    assert (
        (one.stored, one.checked) == (other.stored, other.checked) == (9 // length, 9 // length - 1)
    )
    assert one.nbytes == other.nbytes - len(value)


def test_a_damaged_chunk_that_vanishes_is_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a chunk that does not decode, is deleted, and is subtracted from nothing."""
    zarr.create_array(tmp_path, data=np.arange(1, 10), chunks=(9,), compressors=Crc32cCodec())
    (tmp_path / "c/0").write_bytes(b"?" * 76)
    measure = ArrayCheck._measure

    def deleted(self: ArrayCheck, indices: Any) -> None:
        (tmp_path / "c/0").unlink(missing_ok=True)
        measure(self, indices)

    monkeypatch.setattr(ArrayCheck, "_measure", deleted)
    report = crud.verify(tmp_path, level="decode", engine="zarrs")
    assert [one.kind for one in report.findings] == ["undecodable"]
    (one,) = report.arrays
    assert (one.stored, one.checked, one.nbytes) == (1, 0, 0)


@pytest.mark.parametrize("case", ["sound", "damaged", "shard"])
def test_a_size_that_is_refused_is_unreadable(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches an error of one file that ends the check, or is reported twice."""
    shards = (6,) if case == "shard" else None
    zarr.create_array(
        tmp_path, data=np.arange(1, 13), chunks=(3,), shards=shards, compressors=Crc32cCodec()
    )
    ask, file = os.stat, tmp_path / "c/1"
    if case == "damaged":
        file.write_bytes(b"?" * 28)

    def refused(path: Any, **options: Any) -> os.stat_result:
        if path == str(file):
            raise PermissionError(13, "denied")
        return ask(path, **options)

    class Sizeless(ZarrsBackend):
        def verify_chunks(self, document: Any, location: Any, indices: Any, **_: Any) -> Any:
            return [None] * len(indices)

    monkeypatch.setattr(os, "stat", refused)
    report = crud.verify(tmp_path, level="decode", engine=Sizeless())
    kind = "undecodable" if case == "damaged" else "unreadable"
    assert [(one.kind, one.index) for one in report.findings] == [(kind, (1,))]
    (one,) = report.arrays
    assert (one.stored, one.checked) == ((2, 1) if case == "shard" else (4, 3))
    assert one.nbytes == (2 * 28 + 36 if case == "shard" else 3 * 28)


def test_chunks_that_nobody_decodes_have_sizes(tmp_path: Path) -> None:
    """Catches sizes that stay unknown if the engine refuses the array."""
    zarr.create_array(tmp_path, data=np.arange(1, 10), chunks=(3,), compressors=None)
    (tmp_path / "c/2").write_bytes(b"1")

    class Refuses(ZarrsBackend):
        def supports(self, *_: Any, **__: Any) -> str:
            return "no"

    report = crud.verify(tmp_path, level="decode", engine=Refuses())
    assert [one.kind for one in report.findings] == ["truncated", "not-checked"]
    assert (report.arrays[0].nbytes, report.arrays[0].checked) == (49, 0)


def test_a_backend_that_changes_reads_is_read(tmp_path: Path) -> None:
    """Catches a subclass whose own reads are passed over."""
    zarr.create_array(tmp_path, data=np.arange(1, 10), chunks=(3,), compressors=Crc32cCodec())
    asked = []

    class Changed(ZarrsBackend):
        def read_regions(self, requests: Any, *, options: Any) -> Any:
            asked.append(len(requests))
            return super().read_regions(requests, options=options)

    assert crud.verify(tmp_path, level="decode", engine=Changed()).ok
    assert asked
    asked.clear()
    assert crud.verify(tmp_path, level="decode", engine="zarrs").ok
    assert asked == []


def test_large_arrays_are_verified_in_parts(tmp_path: Path) -> None:
    """Catches one call for an array of any size, which no progress interrupts."""
    values = np.arange(3 << 20, dtype="u8").reshape(-1, 1 << 10)
    zarr.create_array(tmp_path, data=values, chunks=(32, 1 << 10), compressors=None)
    seen: list[Any] = []
    report = crud.verify(tmp_path, level="decode", engine="zarrs", progress=seen.append)
    assert report.findings == ()
    assert [one.done for one in seen] == [32, 64, 96]
    assert seen[-1].nbytes == values.nbytes == report.arrays[0].nbytes
