"""Tiny cells of every kind, and what peers take that no peer has taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bench.remote.cells import EVERYTHING, Cell
from bench.remote.layouts import Layout
from bench.remote.peers import Ours
from bench.remote.server import Counts
from bench.remote.timing import Taken

if TYPE_CHECKING:
    from bench.peer import Selection, Values
    from tests.remote.server import Server

SMALL = Layout((40, 30), (20, 10), "raw")
SHARDED = Layout((40, 30), (5, 5), "zstd", shard=(20, 15))
BOX = (slice(3, 31), slice(2, 22))
POINTS = (np.array([39, 0, 7]), np.array([29, 0, 12]))

READ = Cell("whole", "read", SMALL, EVERYTHING, 0.5, 6, whole=True)
AGAIN = Cell("again", "read again", SHARDED, (slice(5, 10), slice(5, 10)), 1.0, 2)
POINT = Cell("points", "points", SHARDED, POINTS, 0.4)
WRITE = Cell("write", "write", SMALL, EVERYTHING, 0.6, 6, whole=True)
PART = Cell("write a part", "write", SHARDED, BOX, 0.75)
CELLS = [READ, AGAIN, POINT, WRITE, PART]


class Counting:
    """The tests' server, as the benchmark uses its own."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.latencies: list[float] = []

    @property
    def url(self) -> str:
        return self.server.url

    def set_latency(self, seconds: float) -> None:
        self.latencies.append(seconds)

    def reset(self) -> None:
        self.server.reset()

    def counts(self) -> Counts:
        kinds = [request.method for request in self.server.requests]
        counted = {kind: kinds.count(kind) for kind in kinds}
        return Counts(counted, 0, self.server.sent, self.server.most_in_flight)


class Elsewhere:
    """A server that nobody counts at."""

    def __init__(self, url: str) -> None:
        self.url = url

    def set_latency(self, seconds: float) -> None:
        raise NotImplementedError

    def reset(self) -> None:
        raise NotImplementedError

    def counts(self) -> Counts:
        raise NotImplementedError


class WrongValue(Ours):
    def read(self, selection: Selection) -> Any:
        return super().read(selection) + np.float32(1)


class LostWrite(Ours):
    def write(self, selection: Selection, value: Values) -> None:
        pass


def taken(seconds: float, requests: int = 6) -> Taken:
    """What a peer takes."""
    return Taken(seconds, 5, Counts({"GET": requests}, 0, 100, 3))
