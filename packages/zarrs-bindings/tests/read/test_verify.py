"""Chunks that are decoded whole and forgotten; reads say whether they decode."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import _zarrs_bindings as zb
from tests.bindings.support import LITTLE, ZSTD, blosc, document, local, ramp

if TYPE_CHECKING:
    from pathlib import Path

CHAINS: dict[str, tuple[Any, ...]] = {
    "raw": (LITTLE,),
    "swapped": ({"name": "bytes", "configuration": {"endian": "big"}},),
    "zstd": (LITTLE, ZSTD),
    "blosc": (LITTLE, blosc()),
    "checked": (LITTLE, ZSTD, {"name": "crc32c"}),
    "transposed": (
        {"name": "transpose", "configuration": {"order": [1, 0]}},
        LITTLE,
        {"name": "crc32c"},
    ),
}
INDICES = list(np.ndindex(20, 20))


@pytest.mark.parametrize("chain", CHAINS)
def test_a_chunk_has_a_size_if_a_read_decodes_it(chain: str, tmp_path: Path) -> None:
    """Catches a codec that is left out, and bytes of a value that are not looked at."""
    ours = local(tmp_path, document((60, 40), (3, 2), codecs=CHAINS[chain]))
    ours.write_all(ramp((60, 40)))
    random = np.random.default_rng(3)
    for place, index in enumerate(INDICES):
        file = tmp_path / "c" / str(index[0]) / str(index[1])
        value = bytearray(file.read_bytes())
        if place % 7 == 0:
            value[random.integers(len(value))] ^= 1 << random.integers(8)
        elif place % 7 == 1:
            del value[random.integers(len(value)) :]
        elif place % 7 == 2:
            value += b"?"
        file.write_bytes(value)
    found = zb.verify_chunks(ours.text, ours.store, INDICES, "", None)
    assert found is not None
    for index, size in zip(INDICES, found, strict=True):
        file = tmp_path / "c" / str(index[0]) / str(index[1])
        try:
            ours.read_chunk(*index)
        except Exception:  # noqa: BLE001
            assert size is None, index
        else:
            assert size == file.stat().st_size, index
    assert None in found
    assert any(size is not None for size in found)
