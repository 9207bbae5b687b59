"""`cp` copies what is stored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.crud.cli.running import found, run, said
from tests.remote.fixtures import no_environment, server

__all__ = ["no_environment", "server"]


def files(root: Path) -> dict[str, bytes]:
    """What is stored in a folder."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file()
    }


def test_a_hierarchy_is_copied(ocean: Path, tmp_path: Path) -> None:
    """Catches a chunk or a document that is lost or changed."""
    report = found("cp", ocean, tmp_path / "copy.zarr", "--verify")
    assert report["ok"]
    assert all(one["is_verified"] for one in report["arrays"])
    chunks = {key: value for key, value in files(ocean).items() if "/c/" in key}
    copied = files(tmp_path / "copy.zarr")
    assert chunks.items() <= copied.items()
    assert run("diff", ocean, tmp_path / "copy.zarr").exit_code == 0


def test_an_archive_is_made_and_read(ocean: Path, tmp_path: Path) -> None:
    """Catches an archive that lacks a member."""
    run("cp", ocean, tmp_path / "a.zip")
    assert said("ls", "-r", tmp_path / "a.zip") == said("ls", "-r", ocean)
    run("cp", tmp_path / "a.zip" / "deep", tmp_path / "deep.zarr")
    assert said("ls", tmp_path / "deep.zarr").split() == ["heat", "names"]


def test_a_bucket_is_written_with_options(server: Any, ocean: Path) -> None:
    """Catches options that do not reach the target."""
    options = (f"endpoint_url={server.url}", "key=id", "secret=s", "client_kwargs.region_name=x")
    flags = [word for option in options for word in ("-O", option)]
    run("cp", ocean / "depth", "s3://bucket/depth.zarr", *flags)
    stored = {key.removeprefix("bucket/depth.zarr/") for key in server.objects}
    assert {f"c/{row}/{column}" for row in range(3) for column in range(3)} < stored
    again = [word for option in options for word in ("-o", option)]
    assert found("diff", ocean / "depth", "s3://bucket/depth.zarr", *again)["ok"]
