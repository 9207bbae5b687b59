"""Every peer does the work itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import zarr
from bench.peer import RefusedError
from bench.remote import peers
from bench.remote.peers import PEERS, OursS3fs, RemotePeer
from bench.remote.stores import over_obstore
from bench.remote.timing import Arrays
from tests.bench.remote.cases import CELLS, PART, POINT, READ

if TYPE_CHECKING:
    from tests.bench.remote.cases import Counting, Elsewhere


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_a_peer_reads_and_writes_what_it_can(peer: type[RemotePeer], elsewhere: Elsewhere) -> None:
    """Catches an adapter that calls its library wrongly, and work that is refused by mistake."""
    arrays, refused = Arrays(elsewhere), set[str]()
    # s3fs sends no value before a server says `100 Continue`, which the tests' server does not.
    for cell in (cell for cell in CELLS if cell.kind != "write" or peer is not OursS3fs):
        opened = peer(arrays.place(cell))
        try:
            if cell.kind == "write":
                opened.write(cell.where, next(cell.values()))
                found: Any = zarr.open_array(over_obstore(arrays.place(cell)))[...]
                assert (found == cell.after(next(cell.values()))).all()
            else:
                call = opened.read_points if cell.kind == "points" else opened.read
                assert (call(cell.where) == cell.expected()).all()
        except RefusedError:
            refused.add(cell.name)
    expected: dict[str, set[str]] = {
        "zarrs-python": {"points"},
        "zarrista": {"points"},
        "ours, http": {"write", "write a part"},
    }
    assert refused == expected.get(peer.name, set())


def test_points_are_refused_and_not_read_by_another(elsewhere: Elsewhere) -> None:
    """Catches zarr-python's own path under the name of zarrs-python."""
    opened = peers.ZarrsPython(Arrays(elsewhere).place(POINT))
    with pytest.raises(RefusedError, match="points"):
        opened.read_points(POINT.where)


def test_another_engine_is_detected(elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a row of ours that upstream has read."""
    place = Arrays(elsewhere).place(READ)
    array = zarr.open_array(over_obstore(place), engine="zarr")
    monkeypatch.setattr(zarr, "open_array", lambda *args, **kwargs: array)
    with pytest.raises(RuntimeError, match="the engine is 'zarr', not 'zarrs'"):
        peers.Ours(place)


def test_an_array_that_is_opened_knows_no_index(elsewhere: Elsewhere) -> None:
    """Catches requests that ours saves because of an earlier turn."""
    place = Arrays(elsewhere).place(POINT)
    peers.Ours(place).read_points(POINT.where)
    assert zarr.zarrs.cache_info().indexes > 0
    opened = peers.Ours(place)
    assert zarr.zarrs.cache_info().indexes == 0
    assert (opened.read_points(POINT.where) == POINT.expected()).all()


def test_an_array_is_constructed_when_it_is_opened(server: Counting) -> None:
    """Catches a turn that includes what peers do before it, or an opening that requests values."""
    place = Arrays(server).place(POINT)
    server.reset()
    opened = peers.Ours(place)
    assert not [one for one in server.server.requests if "/c/" in one.path]
    misses = zarr.zarrs.cache_info().misses
    opened.read_points(POINT.where)
    assert zarr.zarrs.cache_info().misses == misses


def test_parts_of_shards_are_written_by_all_but_http(elsewhere: Elsewhere) -> None:
    """Catches a store for reading that is opened for writing."""
    opened = peers.OursHttp(Arrays(elsewhere).place(PART))
    with pytest.raises(RefusedError, match="read only"):
        opened.write(PART.where, next(PART.values()))
