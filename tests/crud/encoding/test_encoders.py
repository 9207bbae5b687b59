"""Limits of encoders: of their configuration and of their input."""

from __future__ import annotations

from typing import Any

import numcodecs  # type: ignore[import-untyped]
import numpy as np
import pytest

from zarr.crud._encoding.encoded_sizes import ANY, Sizes, exactly
from zarr.crud._encoding.encoders import (
    BOUNDS,
    MAY_LACK,
    MOST_BYTES,
    MOST_VLEN,
    cannot,
    is_taken,
    refused,
    refused_pcodec,
    refused_vlen,
)


def config_of(codec: str, **changes: Any) -> dict[str, Any]:
    """A configuration whose numbers are the lowest that the encoder accepts."""
    lowest = {name: least for name, (least, _) in BOUNDS[codec].items()}
    return lowest | ({"cname": "lz4"} if codec == "blosc" else {}) | changes


RANGES = [
    (codec, member, *bounds) for codec, known in BOUNDS.items() for member, bounds in known.items()
]


@pytest.mark.parametrize(("codec", "member", "least", "most"), RANGES)
def test_a_number_is_taken_up_to_both_limits(
    codec: str, member: str, least: int, most: int
) -> None:
    """Catches a limit that is one too low or too high, or a number that only equals an integer."""
    assert is_taken(codec, member, least)
    assert is_taken(codec, member, most)
    for value in (least - 1, most + 1, float(most), str(least), None):
        assert not is_taken(codec, member, value)
        if value is None and member in MAY_LACK:
            continue
        reason = refused(codec, config_of(codec, **{member: value}), None, None)
        assert f"codec {codec!r} cannot encode with {member} " in (reason or "")
        assert f"it takes {least} to {most}" in (reason or "")


def test_members_that_are_left_out_have_a_default() -> None:
    """Catches a refusal of `{}`, which numcodecs accepts."""
    for codec in BOUNDS:
        if codec != "lzma":
            assert refused(codec, {}, exactly(8), 8) is None
    assert refused("blosc", {"typesize": None}, None, None) is None
    assert "takes 0 to 9" in (refused("blosc", {"clevel": None}, None, None) or "")
    assert refused("unknown", {"level": 10**9}, exactly(2**40), None) is None


@pytest.mark.parametrize("codec", MOST_BYTES)
def test_the_input_of_an_encoder_has_a_limit(codec: str) -> None:
    """Catches a chunk that is refused only when it has been filled."""
    most, config = MOST_BYTES[codec], config_of(codec)
    assert refused(codec, config, exactly(most), None) is None
    reason = refused(codec, config, Sizes(most + 1, 0, 1), None)
    assert f"encodes at most {most} bytes at once, but gets {most + 1}" in (reason or "")
    for unknown in (None, ANY):
        assert refused(codec, config, unknown, None) is None


def test_the_limit_of_blosc_is_that_of_numcodecs() -> None:
    """Catches a limit that differs from that of the installed numcodecs."""
    assert MOST_BYTES["blosc"] == numcodecs.blosc.MAX_BUFFERSIZE


@pytest.mark.parametrize("dtype", ["<i2", "<u4", "<f8", "<M8[s]", "<m8[s]", "<f2", "<i8"])
def test_pcodec_takes_native_numbers(dtype: str) -> None:
    """Catches a refusal of a number that pcodec encodes."""
    native = np.dtype(dtype).newbyteorder("=")
    assert refused_pcodec(native) is None
    swapped = native.newbyteorder("S")
    assert f"cannot encode {swapped.str}" in (refused_pcodec(swapped) or "")


@pytest.mark.parametrize("dtype", ["i1", "?", "c8", "S4", "V8", "O"])
def test_pcodec_takes_nothing_else(dtype: str) -> None:
    """Catches an error only at the first chunk."""
    assert "it takes native numbers of 2, 4 or 8 bytes" in (refused_pcodec(np.dtype(dtype)) or "")


def test_elements_of_variable_length_are_counted_in_four_bytes() -> None:
    """Catches a count that wraps around, so that elements are lost."""
    assert refused_vlen("vlen-utf8", MOST_VLEN) is None
    assert refused_vlen("vlen-utf8", None) is None
    assert f"at most {MOST_VLEN} elements" in (refused_vlen("vlen-utf8", MOST_VLEN + 1) or "")


def test_a_message_shows_the_configuration_without_its_name() -> None:
    """Catches a message that contains the name of the codec twice."""
    said = cannot(numcodecs.Zlib(3), "it is Monday")
    assert said == "codec 'zlib' cannot encode with {\"level\": 3}: it is Monday"
