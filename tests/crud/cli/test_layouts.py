"""Chunks, shards and codecs as arguments."""

from __future__ import annotations

import pytest

from zarr.crud._cli import layouts
from zarr.crud._cli.failures import UsageError


@pytest.mark.parametrize("text", ["", "0", "a", "3,", "-1", "1.5"])
def test_what_is_no_shape_is_refused(text: str) -> None:
    """Catches a chunk of no elements."""
    with pytest.raises(UsageError, match="--chunks"):
        layouts.lengths(text, "--chunks")
    with pytest.raises(UsageError, match="--shards"):
        layouts.shards(text)


def test_shapes_are_written_in_two_ways() -> None:
    """Catches a shape that people write with crosses."""
    assert layouts.lengths("3x4", "--chunks") == layouts.lengths("3, 4", "--chunks") == (3, 4)


@pytest.mark.parametrize(
    "given", [["none", "zstd"], [""], [":level=1"], ["zstd:level"], ["none-such"], ["zstd:levl=1"]]
)
def test_what_is_no_codec_is_refused(given: list[str]) -> None:
    """Catches codecs that are taken away although another is named."""
    with pytest.raises(UsageError, match="--compressor"):
        layouts.codecs(given, "--compressor")


def test_members_of_codecs_nest() -> None:
    """Catches a list or a number that becomes text."""
    [found] = layouts.codecs(["transpose:order=[1,0]"], "--filter") or []
    assert found.to_dict() == {"name": "transpose", "configuration": {"order": (1, 0)}}


def test_a_name_alone_has_the_defaults_of_the_codec() -> None:
    """Catches a configuration that a document must have, and that is left empty."""
    found = layouts.codecs(["gzip", "crc32c"], "--compressor") or []
    assert [one.to_dict()["name"] for one in found] == ["gzip", "crc32c"]
    assert found[0].to_dict()["configuration"] == {"level": 5}
