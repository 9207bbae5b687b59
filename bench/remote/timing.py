"""Timing in rounds: every peer has its turn in each, for each latency."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from bench.layouts import stored
from bench.peer import RefusedError, same
from bench.remote.alone import NAME, alone
from bench.remote.stores import Place, over_obstore
from bench.timing import WrongResultError

if TYPE_CHECKING:
    from bench.peer import Values
    from bench.remote.cells import Cell
    from bench.remote.layouts import Layout
    from bench.remote.peers import RemotePeer
    from bench.remote.server import Counts, Server

MOST_SECONDS: Final = 8.0
"""A peer that has taken longer in a cell has no more turns in it."""


class Turn(NamedTuple):
    """What one turn takes."""

    seconds: float
    counts: Counts


class Taken(NamedTuple):
    """What the turns of a peer take."""

    seconds: float
    """The median."""

    rounds: int
    counts: Counts
    """Of the last turn."""


@dataclass
class Measured:
    """A cell with what each peer takes, by latency, and the reasons why others do not work."""

    cell: Cell
    taken: dict[float, dict[str, Taken]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)


class Written:
    """What the writes of all peers store, one after the other.

    Each value is another one: an engine may leave what is stored already.
    """

    def __init__(self, cell: Cell) -> None:
        self._values = cell.values()

    def take(self) -> Values:
        """Return the next value."""
        self.last = next(self._values)
        return self.last


class Arrays:
    """The arrays on a server of one latency, in seconds; each is written at its first use."""

    def __init__(self, server: Server, latency: float = 0.0) -> None:
        self.server = server
        self.latency = latency
        self._places: dict[tuple[Layout, bool], Place] = {}

    def place(self, cell: Cell) -> Place:
        """Return where the array of a cell is; cells that write have arrays of their own."""
        key = (cell.layout, cell.kind == "write")
        if key not in self._places:
            place = Place(self.server.url, f"array-{len(self._places)}")
            cell.layout.create(over_obstore(place))
            self._places[key] = place
        return self._places[key]


def measure(
    cell: Cell, peers: Sequence[type[RemotePeer]], rounds: int, servers: Sequence[Arrays]
) -> Measured:
    """Check what each peer does with a cell at the nearest server, then time it at all of them.

    Each server keeps its latency: what a client has measured there stays true.
    """
    written, places = Written(cell), [_ready(cell, arrays) for arrays in servers]
    nearest = min(range(len(servers)), key=lambda number: servers[number].latency)
    measured = Measured(cell)
    useful: list[type[RemotePeer]] = []
    for peer in peers:
        try:
            _turn_of(cell, peer, places[nearest], servers[nearest].server, written)()
            _check(cell, peer, places[nearest], written)
        except RefusedError as refusal:
            measured.refused[peer.name] = str(refusal)
        else:
            useful.append(peer)
    for arrays, place in zip(servers, places, strict=True):
        turns = _turns(cell, useful, place, arrays.server, written)
        # A short turn needs more rounds, and takes less time.
        taken = _in_turns(turns, rounds if arrays.latency else 3 * rounds)
        measured.taken[arrays.latency] = taken
    return measured


def _ready(cell: Cell, arrays: Arrays) -> Place:
    """Return where the array of a cell is, at the latency of its server."""
    arrays.server.set_latency(0)
    place = arrays.place(cell)
    arrays.server.set_latency(arrays.latency)
    return place


def _turns(
    cell: Cell,
    peers: Sequence[type[RemotePeer]],
    place: Place,
    server: Server,
    written: Written,
) -> dict[str, Callable[[], Turn]]:
    turns = {peer.name: _turn_of(cell, peer, place, server, written) for peer in peers}
    requests = alone(cell, place)
    if requests is not None:
        turns[NAME] = lambda: _timed(requests, server)[0]
    return turns


def _in_turns(turns: dict[str, Callable[[], Turn]], rounds: int) -> dict[str, Taken]:
    found: dict[str, list[Turn]] = {name: [] for name in turns}
    for number in range(rounds):
        # A peer leaves memory and threads warm or cold, so none may always follow the same one.
        for name in Random(number).sample(list(turns), len(turns)):
            if sum(turn.seconds for turn in found[name]) < MOST_SECONDS:
                found[name].append(turns[name]())
    return {
        name: Taken(median(turn.seconds for turn in taken), len(taken), taken[-1].counts)
        for name, taken in found.items()
    }


def _timed(work: Callable[[], Any], server: Server) -> tuple[Turn, Any]:
    server.reset()
    began = perf_counter()
    result = work()
    seconds = perf_counter() - began
    return Turn(seconds, server.counts()), result


def _turn_of(
    cell: Cell, peer: type[RemotePeer], place: Place, server: Server, written: Written
) -> Callable[[], Turn]:
    """Return a function that opens the array and times the work; it checks what was read."""
    if cell.kind == "write":

        def write() -> Turn:
            opened, value = peer(place), written.take()
            return _timed(lambda: opened.write(cell.where, value), server)[0]

        return write
    expected = cell.expected()

    def read() -> Turn:
        opened = peer(place)
        call = opened.read_points if cell.kind == "points" else opened.read
        if cell.kind == "read again":
            call(cell.where)
        turn, found = _timed(lambda: call(cell.where), server)
        if not same(found, expected):
            raise WrongResultError(f"{peer.name} reads wrongly ({cell.name})")
        return turn

    return read


def _check(cell: Cell, peer: type[RemotePeer], place: Place, written: Written) -> None:
    """Raise unless the first write has stored what it should."""
    if cell.kind != "write":
        return
    if not same(stored(over_obstore(place)), cell.after(written.last)):
        raise WrongResultError(f"{peer.name} writes wrongly ({cell.name})")
