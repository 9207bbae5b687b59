"""Members of groups with consolidated metadata, of which all is known."""

from __future__ import annotations

from typing import Any

import pytest

import zarr
from tests.engine.opening.test_known_members import shown
from zarr._engine.opening import copied
from zarr.storage import MemoryStore

pytestmark = pytest.mark.filterwarnings("ignore:Consolidated metadata is currently not part")

KEYS = ("a", "g", "g/b", "g/h/c", "/a", "a/", "g//b", "g\\b", "a/b", "none", "", ".", "..", "g/..")


def hierarchy(zarr_format: Any) -> MemoryStore:
    """Equal arrays at three levels, with consolidated metadata."""
    store = MemoryStore()
    root = zarr.create_group(store, zarr_format=zarr_format)
    for group, name in ((root, "a"), (root, "a b"), (root, "g/b"), (root, "g/h/c")):
        group.create_array(name, shape=(7, 5), chunks=(3, 2), dtype="f4", attributes={"of": name})
    zarr.consolidate_metadata(store)
    return store


def found(group: Any, key: str) -> Any:
    """What a group answers to a key: an array, a group, or the error."""
    try:
        node = group[key]
    except (KeyError, ValueError) as err:
        return type(err), str(err)
    return shown(node) if isinstance(node, zarr.Array) else (type(node), node.name, node.path)


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("path", ["", "g", "g/h"])
def test_every_key_finds_what_upstream_finds(zarr_format: Any, path: str) -> None:
    """Catches an array at another path, or a key that upstream reads otherwise."""
    store = hierarchy(zarr_format)
    natively: Any = zarr.open_group(store, mode="r", engine="zarr")
    ours: Any = zarr.open_group(store, mode="r", engine="reference")
    if path:
        natively, ours = natively[path], ours[path]
    for _ in range(3):
        assert [found(ours, key) for key in KEYS] == [found(natively, key) for key in KEYS]
        for name, array in ours.arrays():
            assert (array.engine, shown(array)) == ("reference", shown(natively[name]))


def test_known_arrays_take_no_way_of_upstreams(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches members that are made anew, one after the other, although all is known."""
    store = hierarchy(3)
    group: Any = zarr.open_group(store, mode="r", engine="reference")
    for _ in range(2):
        assert len(dict(group.arrays())) == 2
    made: list[str] = []

    def noted(node: Any, _: Any) -> Any:
        made.append(node.path)
        return node

    monkeypatch.setattr(copied, "stamp", noted)
    assert len(dict(group.arrays())) == 2
    assert made == ["g"]


@pytest.mark.parametrize("engine", ["zarr", "auto"])
def test_a_group_without_a_named_engine_takes_upstreams_way(
    engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches an array that has an engine where upstream's path serves."""
    group: Any = zarr.open_group(hierarchy(2), mode="r", engine=engine)
    monkeypatch.setattr(copied, "array_of", None)
    for _ in range(3):
        assert {array.engine for _, array in group.arrays()} == {engine}


def test_each_array_has_its_own_attributes() -> None:
    """Catches a change of one object that another shows."""
    group: Any = zarr.open_group(hierarchy(3), mode="r", engine="reference")
    for _ in range(3):
        arrays = dict(group.arrays())
        assert {name: array.attrs["of"] for name, array in arrays.items()} == {
            "a": "a",
            "a b": "a b",
        }
        assert arrays["a"]._async_array is not group["a"]._async_array
