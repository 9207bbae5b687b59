"""Kept results over time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bench.history import (
    RESULTS,
    UnknownResultError,
    kept,
    main,
    regressions,
    series,
)

MACHINE = "2 x Processor, Linux, Python 3.12.1"


def keep(folder: Path, name: str, ratios: dict[str, float | None], machine: str = MACHINE) -> None:
    cells = [{"name": cell, "ratio": ratio} for cell, ratio in ratios.items()]
    document = {"machine": machine, "load": 0.5, "cells": cells}
    (folder / f"{name}.json").write_text(json.dumps(document))


def test_all_kept_results_are_read() -> None:
    """Catches a result that is saved in another form than it is read."""
    results = kept()
    assert len(results) == len(list(RESULTS.glob("*.json")))
    assert {result.kind for result in results} >= {"", "nodes", "remote", "zarr2"}
    assert all(result.ratios for result in results)


def test_a_ratio_that_grows_by_a_tenth_is_named(tmp_path: Path) -> None:
    """Catches a regression that is overlooked, noise that is named, and cells that one result
    lacks.
    """
    keep(tmp_path, "2026-01-01", {"a": 0.5, "b": 0.5, "c": 0.5, "d": None, "gone": 1.0})
    keep(tmp_path, "2026-01-02", {"a": 0.55, "b": 0.549, "c": 2.0, "d": 9.0, "new": 9.0})
    found = regressions(kept(tmp_path))
    assert [one.cell for one in found] == ["c", "a"]
    assert str(found[1]) == "local files: a: 0.5 (2026-01-01) to 0.55 (2026-01-02), +10%"


def test_only_the_last_two_comparable_results_count(tmp_path: Path) -> None:
    """Catches a comparison between machines or benchmarks, and with a result long ago."""
    other = MACHINE.replace("2 x", "64 x")
    keep(tmp_path, "2026-01-01", {"a": 0.1})
    keep(tmp_path, "2026-01-02", {"a": 0.9}, MACHINE.replace("3.12.1", "3.12.9"))
    keep(tmp_path, "2026-01-02b", {"a": 0.8})
    keep(tmp_path, "2026-01-03", {"a": 3.0}, other)
    keep(tmp_path, "2026-01-04-zarr2", {"a": 5.0})
    assert regressions(kept(tmp_path)) == []
    assert [len(some) for some in series(kept(tmp_path)).values()] == [3, 1, 1]


def test_results_of_nodes_and_of_the_network_are_compared_with_the_best_other(
    tmp_path: Path,
) -> None:
    """Catches a ratio to ourselves, or to one that is not the best."""
    common = {"machine": MACHINE, "load": 0.0}
    rows = [{"name": "open", "seconds": {"zarr": 4.0, "zarrs": 1.0, "zarrista": 2.0}}]
    rows.append({"name": "alone", "seconds": {"zarrs": 1.0}})
    taken = {"zarr": 4.0, "ours": 1.0, "ours, http": 0.1, "tensorstore": 2.0}
    cell = {"name": "whole", "taken": {"50 ms": {k: {"seconds": s} for k, s in taken.items()}}}
    for name, part in (("nodes", {"rows": rows}), ("remote", {"cells": [cell]})):
        (tmp_path / f"2026-01-01-{name}.json").write_text(json.dumps(common | part))
    nodes, remote = kept(tmp_path)
    assert nodes.ratios == {"open": 0.5}
    assert remote.ratios == {"whole, 50 ms": 0.5}


@pytest.mark.parametrize(
    ("name", "document", "said"),
    [
        ("notes", {}, "is no result"),
        ("2026-01-01-other", {}, "is no result"),
        ("2026-01-01", {"machine": MACHINE, "load": 0.0}, "lacks 'cells'"),
        ("2026-01-01", {"cells": []}, "lacks 'machine'"),
    ],
)
def test_another_file_ends_the_command(
    name: str, document: Any, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Catches a result that is left out without a word."""
    (tmp_path / f"{name}.json").write_text(json.dumps(document))
    with pytest.raises(UnknownResultError, match=said):
        kept(tmp_path)
    assert main(tmp_path) == 2
    assert said in capsys.readouterr().err


def test_the_command_says_what_is_worse(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Catches a status that says nothing, or a list without the medians."""
    keep(tmp_path, "2026-01-01", {"a": 0.5, "b": 0.25, "c": 1.5})
    assert main(tmp_path) == 0
    keep(tmp_path, "2026-01-02", {"a": 1.0, "b": 0.25, "c": 1.5})
    assert main(tmp_path) == 1
    said = capsys.readouterr().out
    assert "2026-01-02  load 0.5  3 cells, median ratio 1.00, 1 above 1" in said
    assert "a: 0.5 (2026-01-01) to 1 (2026-01-02), +100%" in said
