"""Every turn is checked, and all peers have the same number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bench.remote import timing
from bench.remote.alone import NAME
from bench.remote.peers import Ours, OursHttp, Zarr, Zarrista
from bench.remote.timing import Arrays, measure
from bench.timing import WrongResultError
from tests.bench.remote.cases import (
    AGAIN,
    PART,
    POINT,
    READ,
    WRITE,
    Counting,
    LostWrite,
    WrongValue,
)
from tests.remote.server import Server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.remote.cells import Cell


@pytest.fixture
def far() -> Iterator[Counting]:
    """Another server, that of the longer latency."""
    server = Server()
    yield Counting(server)
    server.close()


def run(
    cell: Cell, peers: Any, far: Counting, server: Counting, rounds: int = 1
) -> timing.Measured:
    return measure(cell, peers, rounds, (Arrays(far, 0.5), Arrays(server)))


def test_peers_are_measured_at_every_latency(far: Counting, server: Counting) -> None:
    """Catches a latency that is not set, and one that changes under what a client has measured."""
    measured = run(READ, (Zarr, Ours), far, server, 2)
    # The array is written first.
    assert (far.latencies, server.latencies) == ([0, 0.5], [0, 0])
    assert list(measured.taken) == [0.5, 0]
    for latency, rounds in ((0.5, 2), (0, 6)):
        assert set(measured.taken[latency]) == {"zarr", "ours", NAME}
        for name, taken in measured.taken[latency].items():
            assert (taken.rounds, taken.counts.total) == (rounds, 6), name


@pytest.mark.parametrize(
    ("cell", "peer"), [(READ, WrongValue), (WRITE, LostWrite), (PART, LostWrite)]
)
def test_a_wrong_result_ends_the_run(
    cell: Cell, peer: Any, far: Counting, server: Counting
) -> None:
    """Catches times of work that was not done."""
    with pytest.raises(WrongResultError, match=r"ours (reads|writes) wrongly"):
        run(cell, (peer,), far, server)


def test_a_result_that_goes_wrong_later_ends_the_run(
    far: Counting, server: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a check of the first turn only."""
    results = iter([READ.expected(), READ.expected() + 1])
    monkeypatch.setattr(Ours, "read", lambda *arguments: next(results))
    with pytest.raises(WrongResultError, match="ours reads wrongly"):
        run(READ, (Ours,), far, server)


def test_refused_work_has_its_reason(server: Counting) -> None:
    """Catches a peer that disappears from the table."""
    arrays = Arrays(server)
    for cell, peer, reason in (
        (POINT, Zarrista, "it does not serve points"),
        (WRITE, OursHttp, "the store is read only"),
    ):
        measured = measure(cell, (peer,), 1, [arrays])
        assert measured.refused == {peer.name: reason}


def test_an_array_is_read_once_before_it_is_read_again(
    far: Counting, server: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches the first read under the name of the second, or both under it."""
    reads, read = [], Zarr.read

    def counted(self: Zarr, selection: Any) -> Any:
        reads.append(selection)
        return read(self, selection)

    monkeypatch.setattr(Zarr, "read", counted)
    measured = run(AGAIN, (Zarr,), far, server)
    # Of one turn that checks, one at the first latency, and three at none.
    assert len(reads) == 2 * 5
    assert measured.taken[0]["zarr"].counts.requests == {"GET": 2}


def test_a_slow_peer_has_fewer_turns(
    far: Counting, server: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a run that takes hours because of one peer."""
    monkeypatch.setattr(timing, "MOST_SECONDS", 1e-9)
    assert run(READ, (Zarr,), far, server, 4).taken[0.5]["zarr"].rounds == 1


def test_cells_share_arrays_unless_they_write(server: Counting) -> None:
    """Catches reads of what a write has left."""
    arrays = Arrays(server)
    assert arrays.place(READ) == arrays.place(READ) != arrays.place(WRITE)
    assert arrays.place(POINT) == arrays.place(AGAIN) != arrays.place(PART)
