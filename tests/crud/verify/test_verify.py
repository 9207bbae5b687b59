"""`verify` finds each fault of the table in the docs, names its key, and finds nothing else."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.crud.verify.archives import VALUES, consolidate, format_2, hierarchy, kinds, put
from tests.crud.verify.faults import FAULTS
from zarr import crud
from zarr.crud._verify.findings import KINDS
from zarr.crud.testing import AsyncOnlyStore
from zarr.errors import NodeNotFoundError
from zarr.storage import LocalStore, MemoryStore, ZipStore

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE = Path(__file__).parents[3] / "docs" / "archives.md"
LEVELS: tuple[Any, ...] = ("list", "index", "decode")


@pytest.mark.parametrize("make", [hierarchy, format_2])
@pytest.mark.parametrize("level", LEVELS)
def test_nothing_is_found_in_a_sound_archive(make: Callable[[], Any], level: Any) -> None:
    """Catches a finding about something valid."""
    store = make()
    report = crud.verify(store, level=level)
    assert report.findings == ()
    assert report.ok
    again = make()
    consolidate(again)
    assert crud.verify(again, level=level).findings == ()


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_found(name: str, engine: str) -> None:
    """Catches a fault that a level misses, or a finding without the key at fault."""
    fault = FAULTS[name]
    store = fault.make()
    fault.inject(store)
    for level in LEVELS:
        report = crud.verify(store, level=level, engine=engine)
        found = [one for one in report.findings if one.kind == fault.kind]
        if LEVELS.index(level) < LEVELS.index(fault.level):
            assert not found, level
            continue
        assert fault.key in {one.key for one in found}, report.findings
        assert {one.severity for one in found} == {KINDS[fault.kind].severity}
        assert report.ok == all(one.severity != "error" for one in report.findings)
        if level != "decode":
            # One fault may have two consequences, but not others.
            assert kinds(report, "note") <= {fault.kind, *ALSO.get(name, set())}, report.findings


ALSO: dict[str, set[str]] = {
    "consolidated metadata has a node that was deleted": {"unknown-key"},
    "an index points beyond its shard": {"dead-bytes"},
    "an index claims more bytes than an address has": {"dead-bytes"},
    "an index gives bytes to two subchunks": {"dead-bytes"},
    "an index makes a raw subchunk too short": {"dead-bytes"},
}


def test_the_docs_list_the_faults() -> None:
    """Catches a table that claims what no test injects, or lacks a kind."""
    text = PAGE.read_text()
    rows = re.findall(r"^\| (.+?) \| `([\w-]+)` \| `\"(\w+)\"` \|$", text, re.MULTILINE)
    assert {name: (kind, level) for name, kind, level in rows} == {
        name: (fault.kind, fault.level) for name, fault in FAULTS.items()
    }
    listed = dict(re.findall(r"^\| `([\w-]+)` \| (error|warning|note) \|", text, re.MULTILINE))
    assert listed == {kind: meaning.severity for kind, meaning in KINDS.items()}


def test_the_table_has_each_kind_that_can_be_injected() -> None:
    """Catches a kind of finding without a fault that shows it."""
    assert set(KINDS) - {fault.kind for fault in FAULTS.values()} == {"unreadable", "not-checked"}


def stores(folder: Path) -> dict[str, Callable[[], Any]]:
    """Empty stores of several kinds."""
    import obstore

    from zarr.storage import FsspecStore, ObjectStore

    return {
        "files": lambda: LocalStore(folder / "files"),
        "memory": MemoryStore,
        "obstore": lambda: ObjectStore(obstore.store.MemoryStore()),
        "obstore files": lambda: ObjectStore(
            obstore.store.LocalStore(folder / "obstore", mkdir=True)
        ),
        "fsspec": lambda: FsspecStore.from_url(f"memory://{folder}"),
        "fsspec files": lambda: FsspecStore.from_url(
            (folder / "fsspec").as_uri(), storage_options={"auto_mkdir": True}
        ),
        "asynchronous": AsyncOnlyStore,
    }


@pytest.mark.parametrize(
    "kind",
    ["files", "memory", "obstore", "obstore files", "fsspec", "fsspec files", "asynchronous"],
)
def test_every_store_is_verified(kind: str, tmp_path: Path) -> None:
    """Catches a store whose listing has other keys, sizes or prefixes."""
    store = stores(tmp_path)[kind]()
    hierarchy(store)
    assert crud.verify(store, level="decode").findings == ()
    document = crud.read_metadata(store, path="raw")
    crud.write_encoded_chunk(document, store, (0, 0), b"short")
    shard = crud.read_metadata(store, path="shards")
    value = bytearray(crud.read_encoded_chunk(shard, store, (0, 0)) or b"")
    value[-10] ^= 255
    crud.write_encoded_chunk(shard, store, (0, 0), bytes(value))
    report = crud.verify(store, level="index")
    assert {(one.kind, one.key) for one in report.findings} == {
        ("truncated", "raw/c/0/0"),
        ("damaged-index", "shards/c/0/0"),
    }
    below = crud.verify(store, path="raw")
    assert [(one.kind, one.path, one.key) for one in below.findings] == [
        ("truncated", "", "raw/c/0/0")
    ]


def test_a_zip_archive_is_verified(tmp_path: Path) -> None:
    """Catches an archive whose entries are not counted once, or that must be opened before."""
    with ZipStore(tmp_path / "a.zip", mode="w") as written:
        hierarchy(written)
    store = ZipStore(tmp_path / "a.zip", mode="r")
    report = crud.verify(store, level="decode")
    assert report.findings == ()
    assert [array.path for array in report.arrays] == [
        *("deep/empty", "deep/scalar", "deep/text", "raw", "raw_shards", "shards", "zstd"),
    ]


def test_nothing_is_changed(tmp_path: Path) -> None:
    """Catches a check that removes leftovers, or touches a file."""
    hierarchy(LocalStore(tmp_path))
    leftover = tmp_path / "raw" / f".{'0' * 32}.crud.partial"
    leftover.write_bytes(b"x")
    os.utime(leftover, (0, 0))
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    crud.verify(tmp_path, level="decode")
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before
    assert leftover.exists()


def test_a_huge_grid_is_counted_and_not_listed() -> None:
    """Catches missing chunks that are made one by one: there are 10**12 of them."""
    store = MemoryStore()
    zarr.create_array(store, shape=(10**6, 10**6), chunks=(1, 1), dtype="u1")
    put(store, "c/0/1", b"")
    report = crud.verify(store, level="decode", digest=True)
    (missing,) = [one for one in report.findings if one.kind == "missing-chunks"]
    assert missing.message.startswith(f"{10**12 - 1} of {10**12} chunks are not stored")
    assert "[0, 0], [0, 2], [0, 3]" in missing.message
    assert report.arrays[0].missing == 10**12 - 1


def test_a_document_that_lies_is_no_crash(engine: str) -> None:
    """Catches an overflow, or memory in proportion to what a document claims."""
    store = MemoryStore()
    zarr.create_array(store, shape=(2**40, 2**40), chunks=(2**40, 2**40), dtype="f8")
    put(store, "c/0/0", b"few bytes")
    report = crud.verify(store, level="decode", digest=True, engine=engine)
    assert {one.kind for one in report.findings} == {"not-checked"}
    assert (report.arrays[0].digest, report.arrays[0].checked) == (None, 0)


def test_an_array_that_no_engine_decodes_is_said_to_be_unchecked() -> None:
    """Catches a report without an error although nothing was decoded."""
    store = MemoryStore()
    zarr.create_array(store, name="a", data=VALUES, chunks=(3, 2))
    from tests.crud.verify.archives import change

    change(store, "a/zarr.json", lambda array: array["codecs"].append({"name": "nobody's"}))
    report = crud.verify(store, level="decode")
    assert kinds(report) == {"invalid-document"} or kinds(report) == {"not-checked"}


def test_an_error_of_the_store_is_a_finding() -> None:
    """Catches one unreadable value that hides all others."""

    class Failing(MemoryStore):
        def get_sync(self, key: str, **options: Any) -> Any:
            if key == "raw/c/1/1":
                raise OSError(5, "the disk is broken")
            return super().get_sync(key, **options)

    store = Failing()
    hierarchy(store)
    sized = MemoryStore(store._store_dict)
    assert crud.verify(sized, level="decode").ok
    from unittest.mock import patch

    from zarr.crud._verify import verify as module

    with patch.object(module, "sized_keys", lambda location, _: module_sizes(sized, location)):
        report = crud.verify(store, level="decode")
    assert [(one.kind, one.key) for one in report.findings] == [("unreadable", "raw/c/1/1")]
    assert "the disk is broken" in report.findings[0].message


def module_sizes(store: Any, location: Any) -> dict[str, int]:
    """The sizes in another store of the same values."""
    from zarr.crud._stores.location import Location
    from zarr.crud._stores.sized_keys import sized_keys

    return sized_keys(Location(store, location.path))


def test_where_nothing_is_there_is_an_error() -> None:
    """Catches a clean report about a path that was misspelt."""
    with pytest.raises(NodeNotFoundError, match="no array or group at or below 'rwa'"):
        crud.verify(hierarchy(), path="rwa")


def test_a_digest_needs_the_elements() -> None:
    """Catches a digest that is silently left out."""
    with pytest.raises(ValueError, match="level is 'index'; a digest needs level='decode'"):
        crud.verify(hierarchy(), level="index", digest=True)
    with pytest.raises(ValueError, match="level is 'deep'; use 'list', 'index' or 'decode'"):
        crud.verify(hierarchy(), level="deep")  # type: ignore[arg-type]
    report = crud.verify(hierarchy(), digest=True)
    assert report.level == "decode"
    assert all(array.digest for array in report.arrays)


def test_what_cannot_be_detected_is_said() -> None:
    """Catches a report that looks complete for an array without checksums."""
    said = {array.path: array.detects_damage for array in crud.verify(hierarchy()).arrays}
    assert said["raw"] is False
    assert said["zstd"] is said["shards"] is True
    assert said["raw_shards"] == "in the index of each shard, not in its subchunks"


def test_the_report_is_json() -> None:
    """Catches values that JSON lacks, such as NumPy's integers."""
    store = hierarchy()
    put(store, "raw/c/0/0", b"")
    report = crud.verify(store, level="decode", digest=True)
    members = json.loads(report.to_json())
    assert members["ok"] is False
    assert members["findings"][0]["index"] == [0, 0]
    assert members["arrays"][3]["path"] == "raw"
    assert np.all(
        [array["digest"] is None or len(array["digest"]) == 36 for array in members["arrays"]]
    )


def test_linked_folders_belong_to_the_archive(tmp_path: Path) -> None:
    """Catches a digest of fill values, or an `ok`, for chunks on another disk."""
    hierarchy(LocalStore(tmp_path / "a"))
    expected = crud.verify(tmp_path / "a", digest=True)
    for name in ("raw/c", "deep"):
        (tmp_path / "a" / name).rename(tmp_path / name.replace("/", "-"))
        (tmp_path / "a" / name).symlink_to(tmp_path / name.replace("/", "-"))
    found = crud.verify(tmp_path / "a", digest=True)
    assert found.arrays == expected.arrays
    assert found.findings == ()
    zeros = MemoryStore()
    zarr.create_array(zeros, name="raw", shape=VALUES.shape, chunks=(3, 2), dtype=VALUES.dtype)
    assert crud.compare(tmp_path / "a", hierarchy(), level="elements").ok
    assert not crud.compare(tmp_path / "a", zeros, path="raw", other_path="raw").ok
    document = crud.read_metadata(tmp_path / "a", path="raw")
    assert crud.layout(document, tmp_path / "a").nbytes.tolist() == [24] * 9


def test_a_link_in_a_circle_is_a_finding(tmp_path: Path) -> None:
    """Catches a check that has no end."""
    hierarchy(LocalStore(tmp_path / "a"))
    (tmp_path / "a" / "deep" / "loop").symlink_to(tmp_path / "a")
    report = crud.verify(tmp_path / "a", level="decode")
    assert [(one.kind, one.path, one.key) for one in report.findings] == [
        ("unknown-key", "deep", "deep/loop")
    ]
    assert "leads back to a folder above it" in report.findings[0].message
    assert len(report.arrays) == 7
