"""Files on systems that lack some calls."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from zarr.crud._stores import system_files
from zarr.crud._stores.system_files import READ, _by_seek, open_itself, read_at

BYTES = bytes(range(256)) * 64


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(BYTES)
    return path


def test_both_ways_read_the_same(file: Path) -> None:
    """Catches a position that another thread has moved, and a read beyond the end."""
    fd = os.open(file, READ)
    try:
        starts = range(0, len(BYTES) + 512, 101)
        with ThreadPoolExecutor(8) as threads:
            found = list(threads.map(lambda start: _by_seek(fd, 200, start), starts))
        assert found == [read_at(fd, 200, start) for start in starts]
        assert found == [BYTES[start : start + 200] for start in starts]
    finally:
        os.close(fd)


@pytest.mark.parametrize("flag", [system_files._NOFOLLOW, 0])
def test_a_link_is_not_opened(flag: int, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a link to a file elsewhere that is taken for a leftover."""
    monkeypatch.setattr(system_files, "_NOFOLLOW", flag)
    link = file.with_name("link")
    link.symlink_to(file)
    with pytest.raises(OSError, match="symbolic links"):
        open_itself(link)
    fd = open_itself(file)
    assert os.read(fd, 3) == BYTES[:3]
    os.close(fd)


ELSEWHERE = """
import os, sys
lacking = ("pread", "preadv", "copy_file_range", "fork", "register_at_fork")
for name in (*lacking, "O_NONBLOCK", "O_NOFOLLOW", "O_DIRECTORY"):
    delattr(os, name)
sys.modules["fcntl"] = None

import numpy as np
import zarr
from zarr import crud
from zarr.crud._stores import leftovers

where, values = sys.argv[1], np.arange(35, dtype="i4").reshape(7, 5)
for kind, layout in {"plain": {}, "sharded": {"shards": (6, 4)}}.items():
    path = f"{where}/{kind}"
    zarr.create_array(path, shape=(7, 5), dtype="i4", chunks=(3, 2), **layout)
    document = crud.read_metadata(path)
    crud.write_region(document, path, ..., values, engine="reference")
    crud.write_region(document, path, (slice(1, 3), 2), 9, engine="reference")
    values[1:3, 2] = 9
    assert np.array_equal(crud.read_region(document, path, engine="reference"), values)
    others = {"copy": {}, "regrouped": {"shards": (6, 4)}, "new": {"chunks": (6, 4)}}
    for name, other in others.items():
        crud.repack(path, f"{path}-{name}", **other)
        made = crud.read_metadata(f"{path}-{name}")
        found = crud.read_region(made, f"{path}-{name}", engine="reference")
        assert np.array_equal(found, values), (kind, name)
leftovers.AGE = -1.0
open(f"{where}/plain/c/0/0.{'0' * 32}.crud.partial", "w").close()
report = crud.verify(f"{where}/plain")
print(*(finding.kind for finding in report.findings))
print(*crud.repair(report, f"{where}/plain", confirm=lambda _: True))
"""


def test_a_system_without_them_reads_writes_and_repacks(tmp_path: Path) -> None:
    """Catches a call or a flag that only some systems have, outside the engine in Rust."""
    command = [sys.executable, "-c", ELSEWHERE, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    kind, repaired = done.stdout.splitlines()
    assert (kind, repaired) == ("leftover", f"c/0/0.{'0' * 32}.crud.partial")
    assert not list(tmp_path.rglob("*.partial"))
