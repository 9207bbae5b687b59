"""`doctor` on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.crud.cli.running import error, found, said
from tests.remote.fixtures import no_environment, server
from zarr.crud._cli.doctor import nbytes_of
from zarr.crud._cli.failures import UsageError

__all__ = ["no_environment", "server"]


def test_a_report_fits_on_a_screen(ocean: Path) -> None:
    """Catches lines that wrap, or that scroll away."""
    lines = said("doctor", ocean / "depth", "--max-seconds", "60").splitlines()
    assert len(lines) <= 40
    assert max(map(len, lines[1:])) <= 100


def test_json_is_the_report(ocean: Path) -> None:
    """Catches a number that only the text has."""
    report = found("doctor", ocean / "deep" / "heat", "0:3, 0:2", "--max-seconds", "60")
    assert report["ok"]
    assert report["sample"] == "0:3, 0:2"
    assert {way["name"] for way in report["ways"]} >= {"zarr", "reference", "zarrs"}


def test_a_bucket_is_only_read(server: Any, ocean: Path) -> None:
    """Catches options that do not reach an engine, or a request that changes something."""
    for path in (ocean / "depth").rglob("*"):
        if path.is_file():
            key = path.relative_to(ocean).as_posix()
            server.objects[f"bucket/{key}"] = path.read_bytes()
    options = (f"endpoint_url={server.url}", "key=id", "secret=s", "client_kwargs.region_name=x")
    flags = [word for option in options for word in ("-o", option)]
    report = found("doctor", "s3://bucket/depth", *flags, "--max-seconds", "60")
    assert {way["name"] for way in report["ways"] if way["same"]} >= {"reference", "zarrs"}
    assert {one.method for one in server.requests} <= {"GET", "HEAD"}
    assert found("cat", f"{server.url}/bucket/depth", "0")["values"] == [0, 1, 2, 3, 4]


def test_mistakes_are_one_sentence(ocean: Path) -> None:
    """Catches a traceback."""
    assert "group" in error("doctor", ocean)
    error("doctor", ocean / "depth", "[1]", status=2)
    error("doctor", ocean / "depth", "--max-bytes", "x", status=2)


@pytest.mark.parametrize(("text", "nbytes"), [("5", 5), ("2K", 2048), ("1.5MiB", 3 << 19)])
def test_sizes_have_units(text: str, nbytes: int) -> None:
    """Catches a unit that is ignored."""
    assert nbytes_of(text) == nbytes
    with pytest.raises(UsageError):
        nbytes_of(f"{text}x")
