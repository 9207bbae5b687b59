"""The class of archives: what it takes, and what it leaves to Python."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile, ZipInfo

import numpy as np
import pytest

import _zarrs_bindings as zb
from tests.bindings.support import Bound, Bridge, document, ramp

if TYPE_CHECKING:
    from pathlib import Path

TEXT = document((3, 2), (3, 2))


def made(path: Path, infos: Any = None, inode: int = 0) -> zb.ZipStore:
    """Return the store of an archive."""
    found = path.stat()
    with ZipFile(path) as archive:
        infos = archive.infolist() if infos is None else infos
    at = (found.st_dev, found.st_ino + inode)
    return zb.ZipStore(bytes(path), at, infos, zb.PythonStore(Bridge(), read_only=True))


def packed(path: Path, name: str = "c/0/0", **fields: Any) -> list[ZipInfo]:
    """Write an archive of one chunk; return its entries, with some fields changed."""
    with ZipFile(path, "w") as archive:
        archive.writestr(name, ramp((3, 2)).tobytes())
    with ZipFile(path) as archive:
        infos = archive.infolist()
    for field, value in fields.items():
        setattr(infos[0], field, value)
    return infos


def test_an_archive_is_read_and_not_written(tmp_path: Path) -> None:
    """Catches a write that goes around the store."""
    packed(tmp_path / "a.zip")
    store = made(tmp_path / "a.zip")
    ours = Bound(TEXT, store)
    np.testing.assert_array_equal(ours.read_all(), ramp((3, 2)))
    assert store.bridged.read_only
    with pytest.raises(RuntimeError, match=r"^read-only: "):
        ours.write_all(ramp((3, 2)))
    reader = zb.Reader(TEXT, store, "", np.dtype("i4"))
    np.testing.assert_array_equal(reader.read_region((...,)), ramp((3, 2)))


@pytest.mark.parametrize(
    "fields",
    [
        {"flag_bits": 1},
        {"flag_bits": 0x20},
        {"flag_bits": 0x40},
        {"compress_type": zipfile.ZIP_BZIP2},
        {"compress_type": zipfile.ZIP_LZMA},
        {"filename": "c/0/1"},
        {"filename": "é", "orig_filename": "é"},
    ],
    ids=str,
)
def test_what_only_python_reads_is_refused(tmp_path: Path, fields: dict[str, Any]) -> None:
    """Catches encrypted bytes that are taken for elements, and names with two meanings."""
    infos = packed(tmp_path / "a.zip", **fields)
    with pytest.raises(RuntimeError, match=r"^unsupported: the entry "):
        made(tmp_path / "a.zip", infos)


def test_a_negative_offset_is_refused(tmp_path: Path) -> None:
    """Catches an offset that becomes one far behind the end."""
    infos = packed(tmp_path / "a.zip", header_offset=-1)
    with pytest.raises(OverflowError):
        made(tmp_path / "a.zip", infos)


def test_another_file_at_the_path_is_refused(tmp_path: Path) -> None:
    """Catches entries that are read from the file that has replaced the archive."""
    packed(tmp_path / "a.zip")
    with pytest.raises(RuntimeError, match=r"^unsupported: the path of the archive"):
        made(tmp_path / "a.zip", inode=1)
    with pytest.raises(RuntimeError, match=r"^unsupported: the path of the archive"):
        zb.ZipStore(bytes(tmp_path / "b.zip"), (0, 0), [], zb.PythonStore(Bridge()))


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def test_the_last_entry_of_a_name_is_read(tmp_path: Path) -> None:
    """Catches the first one, or the one that a hash table keeps by chance."""
    with ZipFile(tmp_path / "a.zip", "w") as archive:
        for value in (3, 1, 2):
            archive.writestr("c/0/0", np.full((3, 2), value, "i4").tobytes())
    assert (Bound(TEXT, made(tmp_path / "a.zip")).read_all() == 2).all()


def test_a_name_that_is_utf_8_is_found(tmp_path: Path) -> None:
    """Catches a name that is compared with its bytes in another encoding."""
    packed(tmp_path / "a.zip", "é/c/0/0")
    ours = Bound(TEXT, made(tmp_path / "a.zip"), "é")
    np.testing.assert_array_equal(ours.read_all(), ramp((3, 2)))


def test_what_was_closed_is_read_through_python(tmp_path: Path) -> None:
    """Catches a read of a closed file, or of whatever has its descriptor by now."""
    packed(tmp_path / "a.zip")
    store = made(tmp_path / "a.zip")
    ours = Bound(TEXT, store)
    assert ours.read_all().any()
    store.close()
    store.close()
    assert not ours.read_all().any()
