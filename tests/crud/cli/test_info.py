"""`info` says what a document says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zarr
from tests.crud.cli.conftest import fill
from tests.crud.cli.running import error, found, said
from tests.remote.fixtures import no_environment, server
from zarr import crud
from zarr.storage import LocalStore

__all__ = ["no_environment", "server"]


def test_an_array_is_described(ocean: Path) -> None:
    """Catches a wrong number of chunks, or a line that is missing."""
    text = said("info", ocean / "depth")
    lines = dict(line.strip().split(None, 1) for line in text.splitlines()[1:-2])
    assert lines["type"] == "array, zarr format 3"
    assert lines["shape"] == "7 x 5 int32, 140 B"
    assert lines["chunks"] == "3 x 2: 9 chunks of 24 B"
    assert lines["codecs"] == "bytes, zstd"
    assert lines["engine"] == "zarrs"
    assert text.endswith('  attributes\n    unit: "m"\n')


def test_shards_are_told_from_chunks(ocean: Path) -> None:
    """Catches shards that are called chunks."""
    members = found("info", ocean / "deep" / "heat")
    assert (members["chunks"], members["shards"], members["chunk_grid"]) == ([3, 2], [6, 4], [1, 1])
    assert members["codecs"] == "sharding_indexed(bytes, zstd)"
    assert "6 x 4: 1 shard of 96 B" in said("info", ocean / "deep" / "heat")


def test_a_group_is_described(ocean: Path) -> None:
    """Catches a group that is read as an array."""
    assert found("info", ocean)["arrays"] == found("info", ocean)["groups"] == 1
    assert "1 array, 1 group" in said("info", ocean)


def test_the_document_is_whole(ocean: Path) -> None:
    """Catches a member that is dropped or changed."""
    store = LocalStore(ocean)
    assert found("info", ocean / "depth")["document"] == crud.read_metadata(store, path="depth")


@pytest.mark.parametrize("members", [
    {"shape": (), "dtype": "f8", "fill_value": float("nan")},
    {"shape": (0, 4), "chunks": (3, 2), "dtype": ">i2", "zarr_format": 2},
    {"shape": (7,), "chunks": (3,), "dtype": "f4", "fill_value": float("inf"), "zarr_format": 2},
])  # fmt: skip
def test_unusual_arrays_are_described(tmp_path: Path, members: Any) -> None:
    """Catches a rank, a fill value or a format that ends with an exception."""
    array = zarr.create_array(LocalStore(tmp_path / "a.zarr"), **members)
    assert found("info", tmp_path / "a.zarr")["shape"] == list(array.shape)
    assert f"zarr format {array.metadata.zarr_format}" in said("info", tmp_path / "a.zarr")


def test_an_archive_is_read(archive: Path) -> None:
    """Catches a path in an archive that is looked for in the file system."""
    assert found("info", archive / "deep" / "heat")["shape"] == [6, 4]
    assert found("info", archive)["node_type"] == "group"


def test_a_url_is_read_with_options(server: Any, tmp_path: Path) -> None:
    """Catches options that do not reach the file system, and a chunk that is fetched."""
    fill(LocalStore(tmp_path / "a"))
    for path in (tmp_path / "a").rglob("*"):
        if path.is_file():
            key = f"bucket/ocean.zarr/{path.relative_to(tmp_path / 'a').as_posix()}"
            server.objects[key] = path.read_bytes()
    options = ("-o", f"endpoint_url={server.url}", "-o", "key=id", "-o", "secret=s")
    region = ("-o", "client_kwargs.region_name=eu-north-1")
    members = found("info", "s3://bucket/ocean.zarr/depth", *options, *region)
    assert members["shape"] == list(np.arange(35).reshape(7, 5).shape)
    assert not any("/c/" in one.path for one in server.requests)


def test_what_is_no_node_is_one_sentence(tmp_path: Path, ocean: Path) -> None:
    """Catches a traceback, or a folder that a wrong name leaves behind."""
    assert "there is no file or folder" in error("info", tmp_path / "none.zarr")
    assert not (tmp_path / "none.zarr").exists()
    (tmp_path / "empty").mkdir()
    assert "there is no array or group" in error("info", tmp_path / "empty")
    (tmp_path / "a.txt").write_text("a")
    assert "neither a folder nor a ZIP file" in error("info", tmp_path / "a.txt")
    (ocean / "depth" / "zarr.json").write_text("{")
    error("info", ocean / "depth")


def test_options_need_a_url(ocean: Path) -> None:
    """Catches options that are ignored."""
    assert "apply only to URLs" in error("info", ocean, "-o", "anon=true", status=2)
    assert "name=value" in error("info", ocean, "-o", "SECRET", status=2)
    assert "SECRET" not in error("info", ocean, "-o", "SECRET", status=2)


def test_nothing_controls_the_terminal(tmp_path: Path) -> None:
    """Catches an escape sequence of a name or an attribute that reaches the terminal."""
    name, hostile = "a\x1b[2J\x9b", "x\x1b]0;title\x07\u202e\n"
    group = zarr.create_group(LocalStore(tmp_path / "a.zarr"), attributes={hostile: hostile})
    group.create_array(name, shape=(3,), dtype="i2", attributes={hostile: [hostile]})
    where = tmp_path / "a.zarr"
    commands: list[list[str | Path]] = [
        ["info", where],
        ["info", where / name],
        ["tree", where],
        ["ls", where],
        ["ls", "-l", where],
    ]
    for arguments in commands:
        text = said(*arguments)
        assert not set("\x1b\x07\x9b\u202e") & set(text)
        assert said(*arguments, "--json").isascii()
    assert not set("\x1b\x07\x9b\u202e") & set(error("info", tmp_path / f"b{hostile}"))
