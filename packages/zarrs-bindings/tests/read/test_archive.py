"""Entries of archives: what is checked, and what damage leads to."""

from __future__ import annotations

import io
import struct
import time
import zipfile
from typing import TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

import numpy as np
import pytest

import _zarrs_bindings as zb
from tests.bindings.support import (
    LITTLE,
    ZSTD,
    Bound,
    Bridge,
    document,
    done,
    local,
    ramp,
    sharding,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CHAINS: dict[str, tuple[Any, ...]] = {
    "raw": (LITTLE,),
    "coded": (LITTLE, ZSTD),
    "shard": (sharding((3, 1)),),
}
SHAPE = (7, 5)

# A file is taken to be unchanged after three seconds.
REST = 3.2


def values_of(
    folder: Path, name: str, shape: tuple[int, int] = SHAPE
) -> tuple[str, dict[str, bytes]]:
    """Return the document of an array, and its stored values."""
    chunks = (6, 4) if name == "shard" else (3, 2)
    text = document(shape, chunks, codecs=CHAINS[name])
    local(folder, text).write_all(ramp(shape))
    found = (path for path in folder.rglob("*") if path.is_file())
    return text, {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def packed(values: dict[str, bytes], method: int) -> bytes:
    """Return an archive of some values."""
    memory = io.BytesIO()
    with ZipFile(memory, "w", method) as archive:
        for key, value in values.items():
            archive.writestr(ZipInfo(key), value, method)
    return memory.getvalue()


def opened(path: Path, text: str, data: bytes, **options: Any) -> Bound:
    """Write an archive, and return its array; raises what Python raises."""
    path.write_bytes(data)
    return bound(path, text, **options)


def bound(path: Path, text: str, **options: Any) -> Bound:
    """Return the array of an archive."""
    found = path.stat()
    with ZipFile(path) as archive:
        infos = archive.infolist()
    at = (found.st_dev, found.st_ino)
    store = zb.ZipStore(bytes(path), at, infos, zb.PythonStore(Bridge()))
    return Bound(text, store, options=zb.Options(**options) if options else None)


def spoiled(data: bytes, at: bytes, offset: int, value: bytes, *, last: bool = True) -> bytes:
    """Return an archive with other bytes at an offset from a signature."""
    place = (data.rfind(at) if last else data.find(at)) + offset
    return data[:place] + value + data[place + len(value) :]


@pytest.mark.parametrize("method", [ZIP_STORED, ZIP_DEFLATED])
@pytest.mark.parametrize("name", CHAINS)
def test_every_damaged_byte_is_an_error_or_changes_nothing(
    tmp_path: Path, name: str, method: int
) -> None:
    """Catches trust in a size, an offset, a name or a value: a crash, or other elements."""
    # Of these chunks and shards, all is wanted; parts of a value are read without its checksum.
    text, values = values_of(tmp_path / "files", name, (6, 8) if name == "shard" else (3, 4))
    data = packed(values, method)
    expected = opened(tmp_path / "a.zip", text, data).read_all()
    assert expected.any()
    same = 0
    for at in range(len(data)):
        for change in (0x01, 0x80, 0xFF):
            wrong = data[:at] + bytes([data[at] ^ change]) + data[at + 1 :]
            try:
                ours = opened(tmp_path / "a.zip", text, wrong, missing_chunks="error")
                found = ours.read_all()
            # Python's module raises many errors for a directory that it cannot read.
            except (ValueError, OverflowError, NotImplementedError, struct.error, IndexError):
                continue
            except (BadZipFile, RuntimeError, OSError):
                continue
            np.testing.assert_array_equal(found, expected, f"{at} {change}")
            same += 1
    assert same


@pytest.mark.parametrize("name", CHAINS)
@pytest.mark.parametrize("method", [ZIP_STORED, ZIP_DEFLATED])
def test_a_truncated_archive_is_an_error(tmp_path: Path, name: str, method: int) -> None:
    """Catches an end of the file that is waited for, or fill values in its place."""
    text, values = values_of(tmp_path / "files", name)
    data = packed(values, method)
    ours = opened(tmp_path / "a.zip", text, data)
    with (tmp_path / "a.zip").open("r+b") as file:
        file.truncate(10)
    with pytest.raises(RuntimeError, match=r"^decode-failed: .*'c/0/0'"):
        ours.read_all()


DAMAGE: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "checksum": (lambda data: spoiled(data, b"PK\1\2", 16, b"\1\2\3\4"), "CRC-32"),
    "header": (lambda data: spoiled(data, b"PK\3\4", 0, b"PK\3\5"), "header"),
    "name": (lambda data: spoiled(data, b"PK\3\4", 30, b"d"), "header"),
    "offset": (lambda data: spoiled(data, b"PK\1\2", 42, b"\xf0\0\0\x7f"), "beyond the end"),
    "stored size": (lambda data: spoiled(data, b"PK\1\2", 20, b"\xf0\0\0\x7f"), "beyond the end"),
    "size": (lambda data: spoiled(data, b"PK\1\2", 24, b"\xf0\0\0\x7f"), "cannot have the size"),
    "extra": (lambda data: spoiled(data, b"PK\3\4", 28, b"\xff\xff"), "beyond the end"),
}


@pytest.mark.parametrize("method", [ZIP_STORED, ZIP_DEFLATED])
@pytest.mark.parametrize("what", DAMAGE)
def test_damage_is_an_error_of_pythons_module_that_names_the_entry(
    tmp_path: Path, what: str, method: int
) -> None:
    """Catches a field that is trusted, and an error that users of archives do not expect."""
    text, values = values_of(tmp_path / "files", "raw")
    change, reason = DAMAGE[what]
    key = list(values)[-1]
    ours = opened(tmp_path / "a.zip", text, change(packed(values, method)))
    with pytest.raises(BadZipFile, match=rf"the entry '{key}' .*{reason}.*; restore"):
        ours.read_all()


def test_what_can_hold_more_than_its_bytes_is_limited_by_the_budget(tmp_path: Path) -> None:
    """Catches memory for whatever an archive says that a value decodes to."""
    text, values = values_of(tmp_path / "files", "coded")
    values["c/0/0"] = bytes(1 << 22)
    data = packed(values, ZIP_DEFLATED)
    assert len(data) < 1 << 14
    ours = opened(tmp_path / "a.zip", text, data, decoded_size_budget=1 << 20)
    with pytest.raises(RuntimeError, match=r"^budget: a stored chunk takes 4194304 bytes"):
        ours.read_all()


def test_checksums_are_compared_where_all_of_a_value_is_read(tmp_path: Path) -> None:
    """Catches damage that goes unnoticed, and a part of a value that costs all of it."""
    text, values = values_of(tmp_path / "files", "raw")
    data = packed(values, ZIP_STORED)
    at = data.find(values["c/0/0"])
    wrong = data[:at] + b"\xee" + data[at + 1 :]
    ours = opened(tmp_path / "a.zip", text, wrong)
    with pytest.raises(BadZipFile, match="CRC-32"):
        ours.read_chunk(0, 0)
    work = done(lambda: ours.read(2, 1))
    assert work["bytes_read"] == 4 + 30 + len("c/0/0")
    assert ours.read(2, 1) == ramp(SHAPE)[2, 1]
    unchecked = opened(tmp_path / "a.zip", text, wrong, validate_checksums=False)
    assert unchecked.read_chunk(0, 0)[0, 0] == 0xEE


@pytest.mark.parametrize("method", [ZIP_STORED, ZIP_DEFLATED])
def test_large_values_are_checked_too(tmp_path: Path, method: int) -> None:
    """Catches a value above the size of a kept buffer whose checksum is not compared."""
    shape = (1 << 20, 3)
    text = document(shape, shape)
    value = ramp(shape)
    data = packed({"c/0/0": value.tobytes()}, method)
    ours = opened(tmp_path / "a.zip", text, data)
    np.testing.assert_array_equal(ours.read_all(), value)
    wrong = spoiled(data, b"PK\1\2", 16, b"\1\2\3\4")
    with pytest.raises(BadZipFile, match="CRC-32"):
        opened(tmp_path / "a.zip", text, wrong).read_all()


def test_the_index_of_a_shard_is_kept_for_the_entry(tmp_path: Path) -> None:
    """Catches the index of another entry of the same archive, or of what was there before."""
    text = document((4,), (4,), codecs=(sharding((1,)),))
    # What is absent decides where the others are.
    shards = {"a": [0, 1, 2, 3], "b": [4, 5, 6, 0], "later": [7, 8, 0, 9]}
    stored = {}
    for name, elements in shards.items():
        local(tmp_path / name, text).write_all(np.array(elements, "i4"))
        stored[name] = (tmp_path / name / "c/0").read_bytes()
    data = packed({"a/c/0": stored["a"], "b/c/0": stored["b"]}, ZIP_STORED)
    ours = {"a": opened(tmp_path / "a.zip", text, data)}
    ours["b"] = Bound(text, ours["a"].store, "b")
    ours["a"].path = "a"
    time.sleep(REST)

    def check() -> None:
        for name, array in ours.items():
            assert [array.read(at) for at in range(4)] == shards[name]

    work = done(check)
    assert (work["indexes_read"], work["indexes_reused"]) == (2, 6)
    with (tmp_path / "a.zip").open("r+b") as file:
        file.write(packed({"a/c/0": stored["later"], "b/c/0": stored["b"]}, ZIP_STORED))
    shards["a"] = shards["later"]
    check()


@pytest.mark.parametrize("method", [ZIP_STORED, ZIP_DEFLATED])
def test_many_shards_are_read_in_turns(tmp_path: Path, method: int) -> None:
    """Catches shards that are skipped, or read twice, between two groups of open ones."""
    shape = (150, 5)
    text = document(shape, (1, 5), codecs=(sharding((1, 1)),))
    expected = ramp(shape)
    local(tmp_path / "files", text).write_all(expected)
    keys = [f"c/{row}/0" for row in range(150)]
    values = {key: (tmp_path / "files" / key).read_bytes() for key in keys}
    del values["c/7/0"]
    expected[7] = 0
    ours = opened(tmp_path / "a.zip", text, packed(values, method))
    np.testing.assert_array_equal(ours.read_all(), expected)


def test_large_deflated_shards_are_read_in_turns(tmp_path: Path) -> None:
    """Catches shards that are skipped where all of them would take too much memory."""
    length = 24 << 20
    text = document((4 * length,), (length,), "uint8", codecs=(sharding((length // 2,)),))
    local(tmp_path / "files", text).write_all(np.repeat(np.arange(1, 5, dtype="u1"), length))
    values = {f"c/{i}": (tmp_path / "files" / f"c/{i}").read_bytes() for i in range(4)}
    ours = opened(tmp_path / "a.zip", text, packed(values, ZIP_DEFLATED))
    assert np.bincount(ours.read_all()).tolist() == [0, *[length] * 4]


def test_an_archive_may_have_a_comment_and_something_before_it(tmp_path: Path) -> None:
    """Catches offsets that are taken from the start of the file, or from its end."""
    text, values = values_of(tmp_path / "files", "raw")
    memory = io.BytesIO(b"#! something else\n")
    memory.seek(0, io.SEEK_END)
    with zipfile.ZipFile(memory, "a") as archive:
        archive.comment = b"PK\1\2 PK\3\4 a comment " * 40
        for key, value in values.items():
            with archive.open(ZipInfo(key), "w", force_zip64=True) as entry:
                entry.write(value)
    ours = opened(tmp_path / "a.zip", text, memory.getvalue())
    np.testing.assert_array_equal(ours.read_all(), ramp(SHAPE))


@pytest.mark.parametrize("method", [ZIP_STORED, ZIP_DEFLATED])
@pytest.mark.parametrize("name", CHAINS)
def test_entries_beyond_four_gibibytes_are_found(tmp_path: Path, name: str, method: int) -> None:
    """Catches an offset of which only 32 bits count: the directory has it in its zip64 fields."""
    text, values = values_of(tmp_path / "files", name)
    path = tmp_path / "a.zip"
    # The file has a hole, so it takes no space.
    with path.open("wb") as file:
        file.truncate((1 << 32) + 7)
        file.seek(0, io.SEEK_END)
        with ZipFile(file, "w", method) as archive:
            for key, value in values.items():
                archive.writestr(ZipInfo(key), value, method)
    with ZipFile(path) as archive:
        assert all(info.header_offset > 1 << 32 for info in archive.infolist())
    np.testing.assert_array_equal(bound(path, text).read_all(), ramp(SHAPE))
