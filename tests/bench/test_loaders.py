"""The benchmark of loaders: every peer returns the same, and the table compares them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bench import loaders

if TYPE_CHECKING:
    from collections.abc import Callable

SIZES = {
    "ELEMENTS": 5_000,
    "CHUNK": 64,
    "ROWS": 100,
    "CHOSEN": 20,
    "SAMPLES": 100,
    "SHAPE": (2, 3),
    "IN_SHARD": 32,
    "BATCH": 9,
}


@pytest.mark.parametrize("make", [loaders.sparse_rows, loaders.samples])
def test_every_peer_returns_what_is_checked(
    make: Callable[[str], loaders.Case], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a peer that is fast because it reads less."""
    for name, value in SIZES.items():
        monkeypatch.setattr(loaders, name, value)
    case = make(str(tmp_path))
    times = loaders.timed(case, rounds=1)
    assert times.keys() == case.peers.keys()
    assert {"zarr", "zarrs-python", "tensorstore"} < times.keys()
    less: Any = {"lazy": lambda: [found[:-1] for found in case.expected]}
    with pytest.raises(AssertionError, match="lazy returns something else"):
        loaders.timed(case._replace(peers=less), rounds=1)


def test_the_table_has_rates_and_ratios() -> None:
    """Catches ratios that are upside down."""
    case = loaders.Case({}, [], 100, "rows")
    found = loaders.table("reads", case, {"zarrs": 0.5, "other": 1.0})
    assert "| zarrs | 500.0 ms | 200 | 1.00 |" in found
    assert "| other | 1000.0 ms | 100 | 2.00 |" in found
