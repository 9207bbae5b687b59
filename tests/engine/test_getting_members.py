"""Members that a group with an engine finds by name are upstream's, with its errors."""

from __future__ import annotations

import asyncio
import re
import shutil
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

import zarr
from tests.engine.test_opening import STATES, _in_memory, _plain, _store, _told
from zarr.storage import LocalStore, MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable

STATES_2: Final[dict[str, dict[str, Any]]] = {
    "attributes no mapping": {".zarray": STATES["array of format 2"][".zarray"], ".zattrs": [1]},
    "no attributes": {".zarray": STATES["array of format 2"][".zarray"]},
    "broken attributes": {".zgroup": {"zarr_format": 2}, ".zattrs": b"{"},
    "of two types": STATES["array of format 2"] | {".zgroup": {"zarr_format": 2}},
    "group with a shape": {".zgroup": {"zarr_format": 2, "shape": [1]}},
    "array without a shape": {".zarray": {"zarr_format": 2}},
    "consolidated group": {".zgroup": {"zarr_format": 2}, ".zmetadata": {"metadata": {}}},
    "array of format 3": {".zarray": STATES["array of format 2"][".zarray"] | {"zarr_format": 3}},
    "an empty list of filters": {
        ".zarray": STATES["array of format 2"][".zarray"] | {"filters": []}
    },
}
ALL: Final = STATES | {f"format 2: {name}": state for name, state in STATES_2.items()}

WAYS: Final[dict[str, Callable[[Any, str], Any]]] = {
    "group[...]": lambda group, name: group[name],
    "get": lambda group, name: group.get(name, "nothing"),
    "awaited": lambda group, name: _wrapped(asyncio.run(group._async_group.getitem(name))),
}


def _wrapped(node: Any) -> Any:
    return zarr.Group(node) if hasattr(node, "member_engine") else zarr.Array(node)


def _outcome(root: Path, store: Any, engine: str, zarr_format: Any, way: str, name: str) -> str:
    # The group is found without its members.
    group: Any = zarr.open_group(
        store, mode="r+", zarr_format=zarr_format, use_consolidated=False, engine=engine
    )
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            node = WAYS[way](group, name)
            told = node if isinstance(node, str) else _told(node)
            assert isinstance(node, str) or node.engine == engine
        except Exception as err:  # noqa: BLE001  # whatever upstream raises
            told = f"{type(err).__name__}: {err} {getattr(err, '__notes__', '')} {err.__cause__!r}"
    found = [f"{w.category.__name__} {w.message}" for w in warned]
    return re.sub(r"[0-9]{15}", "NUMBER", _plain(repr((told, found)), root))


@pytest.mark.parametrize("state", ALL)
@pytest.mark.parametrize("zarr_format", [2, 3])
def test_a_member_is_what_upstream_finds(state: str, zarr_format: Any, tmp_path: Path) -> None:
    """Catches another node, error or warning than upstream's."""
    for way in WAYS:
        for in_memory in (False, True):
            outcomes = []
            for engine in ("zarr", "zarrs"):
                root = tmp_path / "root" / "group"
                zarr.create_group(root, zarr_format=zarr_format)
                _store(root / "node", ALL[state])
                store = MemoryStore(_in_memory(root)) if in_memory else LocalStore(root)
                outcomes += [
                    _outcome(root, store, engine, zarr_format, way, name)
                    for name in ("node", "/node/", "no", "../node")
                ]
                shutil.rmtree(root)
            half = len(outcomes) // 2
            assert outcomes[half:] == outcomes[:half], (way, in_memory)


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_attributes_belong_to_each_member(zarr_format: Any, tmp_path: Path) -> None:
    """Catches members of equal documents that share what one of them changes."""
    native: Any = zarr.create_group(tmp_path, zarr_format=zarr_format)
    for name in "abc":
        native.create_array(name, shape=(7, 5), chunks=(3, 2), dtype="i2", attributes={"n": name})
    group: Any = zarr.open_group(tmp_path, engine="zarrs")
    members = {name: group[name] for name in "abc"}
    members["a"].attrs["n"] = "changed"
    assert [members[name].attrs["n"] for name in "abc"] == ["changed", "b", "c"]
    assert [group[name].attrs["n"] for name in "abc"] == ["changed", "b", "c"]


def test_a_member_that_is_replaced_is_found_anew(tmp_path: Path) -> None:
    """Catches a document that is remembered by its place."""
    group: Any = zarr.create_group(tmp_path, engine="zarrs")
    for length in (7, 8, 7):
        group.create_array("a", shape=(length,), dtype="i2", overwrite=True)
        assert group["a"].shape == (length,)
    del group["a"]
    with pytest.raises(KeyError, match="a"):
        group["a"]
