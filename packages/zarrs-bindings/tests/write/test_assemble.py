"""Files that are put together; `tests/crud/stores/test_assembled_files.py` compares with Python."""

from __future__ import annotations

import resource
from pathlib import Path
from typing import Any

import _zarrs_bindings as zb


def test_few_sources_are_open_at_a_time(tmp_path: Path) -> None:
    """Catches a descriptor for each piece of a shard."""
    for number in range(100):
        (tmp_path / f"s{number}").write_bytes(bytes([number]))
    pieces = [(str(tmp_path / f"s{n}"), 0, 1, None) for n in range(100)]
    most = max(int(path.name) for path in Path("/proc/self/fd").iterdir())
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most + 30, hard))
    try:
        assert zb.assemble_files([(str(tmp_path / "x"), pieces)], fsync=False) == [100]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert (tmp_path / "x").read_bytes() == bytes(range(100))


def test_a_source_that_was_replaced_gives_the_bytes_of_one_file(tmp_path: Path) -> None:
    """Catches a value of which a part is from before a replacement, and a part from after it."""
    source = tmp_path / "s"
    source.write_bytes(b"old")
    files: list[Any] = [
        (str(tmp_path / "x"), [(str(source), 0, 1, None), b"", (str(source), 1, 2, None)])
    ]
    assert zb.assemble_files(files, fsync=False) == [3]
    (tmp_path / "new").write_bytes(b"new!")
    (tmp_path / "new").replace(source)
    assert zb.assemble_files(files, fsync=True) == [3]
    assert (tmp_path / "x").read_bytes() == b"new"


def test_a_part_up_to_the_end_may_have_no_length(tmp_path: Path) -> None:
    """Catches a whole file in place of its end."""
    (tmp_path / "s").write_bytes(b"0123")
    assert zb.assemble_files(
        [(str(tmp_path / "x"), [(str(tmp_path / "s"), 2, None, None)])], fsync=False
    )
    assert (tmp_path / "x").read_bytes() == b"23"
