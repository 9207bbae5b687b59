"""The comparison with zarr 2, with stand-ins for its processes."""

from __future__ import annotations

from typing import Any

import pytest

from bench.zarr2.run import CASES, PEERS, DifferentError, as_json, measure, page


class Stub:
    """A peer that always takes the same time."""

    def __init__(self, seconds: float, digest: str = "a") -> None:
        self.seconds, self.digest, self.asked = seconds, digest, 0

    def ask(self, _: str) -> str:
        self.asked += 1
        return f"{self.seconds} {self.digest}"


def test_every_peer_has_its_turn_in_each_round() -> None:
    """Catches a peer that is measured seldom, or a time that is another peer's."""
    stubs: Any = {"zarr2": Stub(1.0), "engine": Stub(0.5)}
    assert measure(stubs, ("a", "b"), 3) == {case: {"zarr2": 1.0, "engine": 0.5} for case in "ab"}
    assert [stub.asked for stub in stubs.values()] == [6, 6]


def test_other_elements_end_the_run() -> None:
    """Catches a peer that is fast because it reads something else."""
    stubs: Any = {"zarr2": Stub(1.0), "engine": Stub(0.5, "b")}
    with pytest.raises(DifferentError, match="the peers read other elements"):
        measure(stubs, ("a",), 1)


def test_the_page_names_what_is_missed() -> None:
    """Catches a page that hides a slow case."""
    fast, slow = dict.fromkeys(PEERS, 1.0) | {"engine": 0.5}, dict.fromkeys(PEERS, 1.0)
    assert "| 0.50 |" in page({CASES[0]: fast}, 3)
    assert "No read takes more than 0.6" in page({CASES[0]: fast}, 3)
    assert f"Missed: {CASES[1]}." in page({CASES[0]: fast, CASES[1]: slow}, 3)


def test_the_result_is_kept_with_its_ratio() -> None:
    """Catches a kept result of which the history has another ratio than the page."""
    (cell,) = as_json({CASES[0]: dict.fromkeys(PEERS, 2.0) | {"engine": 0.5}}, 3)["cells"]
    assert (cell["name"], cell["ratio"]) == (CASES[0], 0.25)
