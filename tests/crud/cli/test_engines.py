"""`engines` says what is installed, and what serves an array."""

from __future__ import annotations

from pathlib import Path

from tests.crud.cli.running import found, said
from zarr.crud import list_backends


def test_all_engines_are_listed() -> None:
    """Catches an engine that is missing."""
    assert set(found("engines")) == set(list_backends())
    assert found("engines")["reference"]["available"]
    assert [line.split()[0] for line in said("engines").splitlines()] == sorted(list_backends())


def test_reasons_are_given(archive: Path) -> None:
    """Catches a refusal without its reason."""
    asked = found("engines", archive / "depth")
    assert asked["zarrs"]["reads"]
    assert not asked["zarrs"]["writes"] or asked["zarrs"]["store"]
    assert not asked["zarrista"]["reads"]
    assert asked["zarrista"]["reason"]
    assert asked["zarrista"]["reason"].split(";")[0] in said("engines", archive / "depth")
