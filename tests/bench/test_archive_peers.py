"""What archives are compared with."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import zarr
from bench import archive_peers
from bench.archive_peers import codecs_alone, with_zarrs_reencode
from zarr import crud
from zarr.codecs import GzipCodec

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

PRINTS = f"""\
#!{sys.executable}
import pathlib, sys
pathlib.Path(sys.argv[-1]).write_text(" ".join(sys.argv[1:-2]))
"""


def test_the_program_gets_the_layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a peer that stores other chunks, shards or codecs than the others."""
    program = tmp_path / archive_peers.ZARRS_REENCODE
    program.write_text(PRINTS)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    plain: Any = {"chunks": (2, 3), "shards": None}
    shards: Any = {"chunks": (2, 3), "shards": (4, 6)}
    gzip: Any = {"chunks": (2, 3), "shards": None, "compressors": [GzipCodec(level=1)]}
    codecs = '[{"name": "gzip", "configuration": {"level": 1}}]'
    for source, wanted, said in (
        (plain, shards, "--chunk-shape 2,3 --shard-shape 4,6"),
        (plain, gzip, f"--bytes-to-bytes-codecs {codecs}"),
        (plain, {**plain, "chunks": (1, 6)}, "--chunk-shape 1,6 --shard-shape 1,6"),
    ):
        work = with_zarrs_reencode(source, wanted)
        assert work is not None
        work(tmp_path / "s", tmp_path / "said")
        assert (tmp_path / "said").read_text() == said
    assert with_zarrs_reencode(shards, plain) is None
    program.unlink()
    assert with_zarrs_reencode(plain, shards) is None


def test_the_codecs_run_on_every_chunk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a bound from a part of the work."""
    calls = []
    for name, chunks in (("s", (3, 2)), ("t", (2, 2))):
        array: Any = zarr.create_array(tmp_path / name, shape=(7, 5), chunks=chunks, dtype="i4")
        array[...] = 5
    for name in ("decode_chunk", "encode_chunk"):
        monkeypatch.setattr(crud, name, lambda *_, name=name, **__: calls.append(name))
    assert codecs_alone(tmp_path / "s", tmp_path / "t") >= 0
    assert calls == ["decode_chunk"] * 9 + ["encode_chunk"] * 12
