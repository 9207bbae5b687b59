"""The table of requests counts those for chunks, and compares equal reads."""

from __future__ import annotations

import pytest

import zarr
from bench.remote import slow_store
from bench.remote.slow_store import (
    READERS,
    Cost,
    Slow,
    costs,
    costs_of,
    main,
    row_of,
    selections,
    values,
)
from zarr.storage import MemoryStore


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slow_store, "LATENCY", 0)
    monkeypatch.setattr(slow_store, "ROUNDS", 1)


def test_every_reader_reads_every_selection() -> None:
    """Catches a reader that is compared with itself, and requests that are not counted."""
    data = values(64)
    table = costs_of(data, 64, 16)
    assert list(table) == list(selections(64))
    for how, found in table.items():
        assert list(found) == list(READERS)
        theirs = found["zarr"]
        for name in ("reference, immutable", "zarrs, immutable"):
            assert found[name][:2] == theirs[:2], how
    assert (table["element"]["zarr"].requests, table["all"]["zarr"].requests) == (2, 1)
    assert table["element"]["zarr"].bytes < table["all"]["zarr"].bytes / 8


def test_other_elements_stop_the_comparison() -> None:
    """Catches ratios of reads with wrong results."""
    data = values(64)
    inner = MemoryStore()
    array = zarr.create_array(inner, data=data + 1)
    with pytest.raises(RuntimeError, match="zarr read other elements"):
        costs({"zarr": array}, {"zarr": Slow(inner)}, data, 7)


def test_a_row_has_the_ratios() -> None:
    """Catches ratios that are upside down."""
    row = row_of("part", {"zarr": Cost(2, 10**6, 0.5), "ours": Cost(1, 10**6, 1.0)})
    assert row == "| part | 2 / 1.00 MB / 500 ms | 0.50 / 1.00 / 2.00 |"


def test_the_table_has_a_part_for_each_size(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Catches a command that ends without its tables."""
    monkeypatch.setattr(slow_store, "SIDE", 64)
    monkeypatch.setattr(slow_store, "SHARDS", (32, 64))
    monkeypatch.setattr(slow_store, "SUBCHUNK", 16)
    main()
    printed = capsys.readouterr().out
    assert printed.count("MB a shard") == 2
    assert printed.count("| element |") == 2
