"""The benchmark of batches: every peer writes the same, and the table compares them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bench import batches

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = {"SHARD": (10, 20), "ROWS": 7, "STEPS": 5, "FIELD": (3, 4), "STEPS_IN_SHARD": 2}
    for name, value in sizes.items():
        monkeypatch.setattr(batches, name, value)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", [batches.rows, batches.steps])
def test_every_peer_writes_what_is_checked(case: Callable[[], batches.Case]) -> None:
    """Catches a peer that is fast because it writes less."""
    made = case()
    times = batches.timed(made, rounds=1)
    assert times.keys() == made.peers.keys()
    assert "zarrs, batched" in times
    lazy: dict[str, Any] = {"zarrs, batched": lambda _: None}
    with pytest.raises(AssertionError):
        batches.timed(made._replace(peers=lazy), rounds=1)


def test_the_table_has_ratios() -> None:
    """Catches ratios that are upside down."""
    found = batches.table("rows", {"other": 1.0, "zarrs, batched": 0.5})
    assert "| other | 1.00 s | 2.00 |" in found
    assert "| zarrs, batched | 0.50 s | 1.00 |" in found
