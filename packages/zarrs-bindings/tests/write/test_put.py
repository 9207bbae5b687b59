"""New values of chunks: which are stored, and which are deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.bindings.support import LITTLE, document, files, local, ramp, sharding, upstream

if TYPE_CHECKING:
    from pathlib import Path


FILLS: list[tuple[str, object, list[Any]]] = [
    ("float32", 0.0, [0.0, -0.0, np.nan, 1.0]),
    ("float64", -0.0, [0.0, -0.0]),
    ("float16", "NaN", [np.nan, 1.0, np.inf]),
    ("float32", "0x7fc00001", [np.nan]),
    ("complex64", [0.0, 0.0], [0j, complex(-0.0, 0.0), complex(0, np.nan)]),
    ("complex128", ["NaN", 0.0], [complex(np.nan, 1), complex(1, np.nan), 0j]),
    ("bool", True, [True, False]),
    ("uint8", 255, [255, 0]),
    ("int64", -(2**63), [-(2**63), 0]),
]


@pytest.mark.parametrize(("dtype", "fill", "values"), FILLS)
@pytest.mark.parametrize("sharded", [False, True])
@pytest.mark.parametrize("keep", [False, True])
def test_empty_chunks_are_omitted_as_by_upstream_unless_bits_differ(
    tmp_path: Path, dtype: str, fill: object, values: list[Any], *, sharded: bool, keep: bool
) -> None:
    """Catches an erased -0.0 or NaN, a stored fill value, and other differences from upstream."""
    codecs = (sharding((1, 2)),) if sharded else (LITTLE,)
    text = document((2, 4), (2, 2), dtype, fill, codecs)
    for value in values:
        name = str(value).replace("/", "")
        theirs = upstream(tmp_path / f"theirs{name}", text)
        theirs = theirs.with_config({"write_empty_chunks": keep})
        ours = local(tmp_path / f"ours{name}", text, write_empty_chunks=keep)
        full = np.full((2, 4), theirs.fill_value, dtype)
        full[1, 2:] = value
        theirs[...] = full
        ours.write_all(full)
        assert ours.read_all().tobytes() == full.tobytes(), value
        found, expected = files(tmp_path / f"ours{name}"), files(tmp_path / f"theirs{name}")
        if full[1, 2:].tobytes() != full[0, 2:].tobytes():
            # Upstream may have omitted it; everything that upstream stores is the same.
            assert "c/0/1" in found, value
            expected = {"c/0/1": found["c/0/1"], **expected}
        assert found == expected, value


def test_an_emptied_chunk_is_deleted(tmp_path: Path) -> None:
    """Catches a chunk that stays although it holds only fill values."""
    for codecs in ((LITTLE,), (sharding((3, 2)),)):
        ours = local(tmp_path, document(chunks=(6, 4), codecs=codecs))
        ours.write_all(ramp((7, 5)))
        ours.write(np.zeros((6, 4), "i4"), (0, 1, 6), (0, 1, 4))
        assert "c/0/0" not in files(tmp_path)
        ours.write(np.zeros((7, 5), "i4"), (0, 1, 7), (0, 1, 5))
        assert files(tmp_path) == {}
