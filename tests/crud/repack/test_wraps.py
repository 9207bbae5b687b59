"""Checksums at the end of encoded pieces."""

from __future__ import annotations

import google_crc32c
import pytest

from zarr import crud
from zarr.crud._repack.wraps import rewrapped


def test_checksums_are_added_and_taken_away() -> None:
    """Catches a checksum of other bytes, or of another byte order."""
    once = rewrapped(b"zarr", 0, 1, key="k", store="s")
    assert once == b"zarr" + google_crc32c.value(b"zarr").to_bytes(4, "little")
    twice = rewrapped(once, 1, 2, key="k", store="s")
    assert rewrapped(twice, 2, 0, key="k", store="s") == b"zarr"
    assert rewrapped(b"x", 3, 3, key="k", store="s") == b"x"


@pytest.mark.parametrize("data", [b"", b"abc", b"zarr\0\0\0\0"])
def test_a_wrong_checksum_is_an_error(data: bytes) -> None:
    """Catches damage that vanishes with the checksum."""
    with pytest.raises(crud.DecodeError, match=r"'k' in s .*checksum"):
        rewrapped(data, 1, 0, key="k", store="s")
