"""The requests alone are those of the keys."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from bench.remote import alone as module
from bench.remote.alone import alone
from bench.remote.timing import Arrays
from tests.bench.remote.cases import PART, POINT, READ, WRITE

if TYPE_CHECKING:
    from bench.remote.cells import Cell
    from tests.bench.remote.cases import Counting


@pytest.mark.parametrize(("cell", "method"), [(READ, "GET"), (WRITE, "PUT")])
def test_each_key_is_asked_for_once(cell: Cell, method: str, server: Counting) -> None:
    """Catches a base line with fewer requests, or with those for documents."""
    work = alone(cell, Arrays(server).place(cell))
    assert work is not None
    before = dict(server.server.objects)
    server.reset()
    work()
    asked = Counter((request.method, request.path) for request in server.server.requests)
    keys = [path for path in before if "/c/" in path]
    assert asked == dict.fromkeys([(method, key) for key in keys], 1)
    assert len(keys) == 6
    assert server.server.objects == before


def test_a_limit_holds(server: Counting, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a base line that opens a connection for each key."""
    monkeypatch.setattr(module, "IN_FLIGHT", 2)
    server.server.latency = 0.01
    work = alone(READ, Arrays(server).place(READ))
    assert work is not None
    server.reset()
    work()
    assert server.counts().most_in_flight == 2


@pytest.mark.parametrize("cell", [POINT, PART])
def test_requests_that_need_an_index_are_unknown(cell: Cell, server: Counting) -> None:
    """Catches a base line that reads more than is asked for."""
    assert alone(cell, Arrays(server).place(cell)) is None
