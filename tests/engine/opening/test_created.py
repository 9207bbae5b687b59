"""Members are created like those that zarr has made, and are what it would have made."""

from __future__ import annotations

import json
import re
import warnings
from typing import TYPE_CHECKING, Any

import numcodecs  # type: ignore[import-untyped]
import numpy as np
import pytest

import zarr
from zarr._engine.inline.loop import InlineLoop
from zarr.storage import LocalStore

if TYPE_CHECKING:
    from pathlib import Path

MADE: dict[str, Any] = {"shape": (7, 5), "chunks": (3, 2), "dtype": "i2"}


@pytest.fixture
def loops(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The coroutines that were run."""
    ran: list[object] = []
    run: Any = InlineLoop.run

    def noted(self: InlineLoop, coroutine: Any) -> Any:
        ran.append(coroutine)
        return run(self, coroutine)

    monkeypatch.setattr(InlineLoop, "run", noted)
    return ran


GIVEN: dict[str, dict[str, Any]] = {
    "plain": {},
    "attributes": {"attributes": {"units": "m", "deep": [1]}},
    "fill value": {"fill_value": 3},
    "negative zero": {"dtype": "f4", "fill_value": -0.0},
    "no chunks": {"chunks": "auto"},
    "type": {"dtype": np.int32},
    "data type": {"dtype": np.dtype(">i2")},
    "no compressors": {"compressors": None},
    "compressor of the caller": {"compressors": numcodecs.GZip(2)},
    "compressor by name": {"compressors": {"id": "gzip", "level": 2}},
    "filters": {"filters": None},
    "names": {"dimension_names": ["y", "x"]},
    "shards": {"shards": (6, 4)},
    "chosen shards": {"shards": "auto"},
    "key encoding": {"chunk_key_encoding": {"name": "v2", "separator": "."}},
    "time": {"dtype": "M8[s]"},
    "order": {"order": "F"},
    "replaced": {"overwrite": True},
    "number of NumPy": {"dtype": "f4", "fill_value": np.float32(1)},
    "array of NumPy": {"chunks": np.array([3, 2])},
    "numbers of NumPy": {"chunks": (np.int64(3), np.int64(2))},
    "another of equal bytes": {"dtype": "i4", "fill_value": np.int32(1065353216)},
    "wrong shape": {"shape": (-1, 5)},
    "wrong name": {"name": "../x"},
    "wrong attributes": {"attributes": {"x": object()}},
    "data": {"shape": None, "dtype": None, "data": np.ones((7, 5))},
    "config": {"config": {"order": "F"}},
    "deep": {"name": "new/deep"},
}


def _outcome(root: Path, engine: str, given: dict[str, Any], zarr_format: Any) -> object:
    group: Any = zarr.create_group(root, engine=engine, zarr_format=zarr_format)
    told: list[str] = []
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        # The second is like the first, and the third is there already.
        for name in ("a", "b", "b"):
            try:
                array = group.create_array(**{"name": name, **MADE, **given})
                told += [repr(array.metadata), array.name, str(array.store_path), array.order]
            except Exception as err:  # noqa: BLE001  # whatever upstream raises
                told.append(f"{type(err).__name__}: {err} {getattr(err, '__notes__', '')}")
    told += [f"{w.category.__name__} {w.message} {w.filename}:{w.lineno}" for w in warned]
    files = sorted(
        (str(f.relative_to(root)), f.is_file() and f.read_bytes()) for f in root.rglob("*")
    )
    return re.sub(r"0x[0-9a-f]{6,}", "ADDRESS", repr((told, files)).replace(str(root), "ROOT"))


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("name", GIVEN)
def test_a_creation_does_what_upstream_does(name: str, zarr_format: int, tmp_path: Path) -> None:
    """Catches another document, error, warning or file than upstream's."""
    given = GIVEN[name]
    native = _outcome(tmp_path / "zarr", "zarr", given, zarr_format)
    assert _outcome(tmp_path / "zarrs", "zarrs", given, zarr_format) == native


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_an_array_like_another_takes_no_coroutine(
    zarr_format: Any, tmp_path: Path, loops: list[object]
) -> None:
    """Catches a creation that makes everything anew for each of many arrays."""
    root: Any = zarr.create_group(tmp_path, engine="zarrs", zarr_format=zarr_format)
    group: Any = root.create_group("g")
    group.create_array("a", **MADE)
    loops.clear()
    for number in range(5):
        made = group.create_array(f"b{number}", **MADE, attributes={"n": number})
        assert dict(made.attrs) == {"n": number}
        assert made.engine == "zarrs"
        made[...] = number
    assert loops == []
    assert [group[f"b{number}"][0, 0] for number in range(5)] == list(range(5))


def test_what_must_be_looked_at_takes_one(tmp_path: Path, loops: list[object]) -> None:
    """Catches a node that replaces another, or has no group above it."""
    group: Any = zarr.create_group(tmp_path, engine="zarrs")
    group.create_array("a", **MADE)
    loops.clear()
    with pytest.raises(zarr.errors.ContainsArrayError):
        group.create_array("a", **MADE)
    group.create_array("new/b", **MADE)
    assert json.loads((tmp_path / "new/zarr.json").read_bytes())["node_type"] == "group"
    with pytest.raises(ValueError, match="only groups may have child nodes"):
        group.create_array("a/c", **MADE)
    read_only = zarr.open_group(LocalStore(tmp_path, read_only=True), mode="r", engine="zarrs")
    with pytest.raises(ValueError, match="read-only"):
        read_only.create_array("d", **MADE)
    assert not (tmp_path / "d").exists()
    assert len(loops) == 4


def test_another_configuration_makes_anew(tmp_path: Path, loops: list[object]) -> None:
    """Catches an array of a configuration that is out of date."""
    group: Any = zarr.create_group(tmp_path, engine="zarrs")
    group.create_array("a", **MADE)
    with zarr.config.set({"json_indent": None}):
        group.create_array("b", **MADE)
    with zarr.config.set({"array.order": "F"}):
        assert group.create_array("c", **MADE).order == "F"
    assert b"\n" in (tmp_path / "a/zarr.json").read_bytes()
    assert b"\n" not in (tmp_path / "b/zarr.json").read_bytes()
    assert group.create_array("d", **MADE).order == "C"


def test_an_engine_that_refuses_stores_nothing(tmp_path: Path) -> None:
    """Catches a document of an array that its engine does not write."""
    group: Any = zarr.create_group(tmp_path, engine="zarrs")
    group.create_array("a", **MADE)
    with zarr.config.set({"array.engine_options": {"locking": "conditional"}}):
        for name in "bc":
            with pytest.raises(zarr.crud.UnsupportedError):
                group.create_array(name, **MADE)
    assert not (tmp_path / "b").exists()


def test_the_engine_of_the_call_wins(tmp_path: Path) -> None:
    """Catches a group's engine that overrides that of the call."""
    group: Any = zarr.create_group(tmp_path, engine="zarrs")
    for number in range(2):
        assert group.create_array(f"r{number}", **MADE, engine="reference").engine == "reference"
        assert group.create_array(f"n{number}", **MADE, engine="zarr").engine == "zarr"
        assert group.create_array(f"z{number}", **MADE).engine == "zarrs"
    with zarr.config.set({"array.engine": "reference"}):
        configured = zarr.open_group(tmp_path)
        assert {configured.create_array(f"c{n}", **MADE).engine for n in range(2)} == {"reference"}


def test_a_compressor_of_the_caller_is_not_shared(tmp_path: Path) -> None:
    """Catches an array of format 2 whose compressor changes with another's."""
    group: Any = zarr.create_group(tmp_path, engine="zarrs", zarr_format=2)
    mine = numcodecs.GZip(1)
    for name in "abc":
        group.create_array(name, **MADE, compressors=mine)
        mine.level += 1
    assert [group[name].compressors[0].level for name in "abc"] == [1, 2, 3]


def test_groups_of_another_format_are_not_taken_for_its_own(tmp_path: Path) -> None:
    """Catches an array of format 2 below a group of format 3 without a group of its own."""
    zarr.create_group(tmp_path / "3", zarr_format=3)
    root: Any = zarr.create_group(tmp_path, engine="zarrs", zarr_format=2)
    root.create_array("a", **MADE)
    root.create_array("3/b", **MADE)
    assert (tmp_path / "3/.zgroup").exists()
