"""Arrays and groups with an engine in a notebook: bounded, escaped, and never an error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.crud.layout.test_html import Balanced
from zarr._engine.engines import notebook
from zarr._engine.engines.notebook import MOST_NAMES, array_html, group_html
from zarr.crud.testing import AsyncOnlyStore
from zarr.storage import LocalStore, MemoryStore, ZipStore

if TYPE_CHECKING:
    from pathlib import Path

VALUES = np.arange(35, dtype="i2").reshape(7, 5)


def made(store: Any, **options: Any) -> Any:
    """An array with an engine, in a group."""
    options = {"chunks": (3, 2), "engine": "zarrs", **options}
    return zarr.create_array(store, name="g/a", data=VALUES, **options)


def test_an_array_is_a_table_and_a_map() -> None:
    """Catches a row that is missing, or HTML that breaks the page."""
    text = made(MemoryStore(), attributes={"units": "m"})._repr_html_()
    assert Balanced(text).tags >= {"table", "svg"}
    for part in (
        *("g/a", "(7, 5)", "int16", "(3, 2), a grid of 3 by 3", "bytes, zstd", "none"),
        *("zarrs, as was asked for", "9 of 9 chunks, ", "attribute units", "format 3"),
    ):
        assert part in text, part


@pytest.mark.parametrize(
    "options",
    [
        {"shards": (6, 4)},
        {"zarr_format": 2},
        {"engine": "auto"},
        {"engine": "reference", "fill_value": 7},
    ],
)
def test_every_array_with_an_engine_is_shown(options: dict[str, Any]) -> None:
    """Catches an error that a notebook hides."""
    array = made(MemoryStore(), **options)
    text = notebook._array(array, array.engine)
    Balanced(text)
    assert array._repr_html_() == text
    if "shards" in options:
        assert "sharding_indexed(bytes, zstd)" in text
    if options.get("engine") == "auto":
        assert "auto: zarrs serves" in text


def test_without_an_engine_upstreams_repr_stays() -> None:
    """Catches another display for users who have asked for none."""
    array: Any = zarr.create_array({}, shape=4, dtype="u1")
    group: Any = zarr.create_group({})
    assert array._repr_html_() is None
    assert group._repr_html_() is None
    assert repr(array).startswith("<Array memory://")


def test_hostile_names_and_attributes_are_escaped() -> None:
    """Catches a script in a name, and a page of one attribute."""
    hostile = "<script>alert(1)</script>"
    store = MemoryStore()
    attributes: dict[str, Any] = {f"{hostile}{number}": hostile * 1000 for number in range(100)}
    array: Any = zarr.create_array(
        store, name=f"{hostile[1:8]}<b>", data=VALUES, engine="zarrs", attributes=attributes
    )
    group: Any = zarr.create_group(store, path="<i>", attributes=attributes, engine="zarrs")
    for text in (array._repr_html_(), group._repr_html_()):
        assert "<script" not in text
        assert "<b>" not in text
        assert "<i>" not in text
        assert len(text) < 40_000
        assert f"and {100 - MOST_NAMES} more" in text
        Balanced(text)


def test_no_store_over_the_network_is_asked() -> None:
    """Catches a notebook that lists a bucket."""

    class Refusing(AsyncOnlyStore):
        asked = False

        def list_prefix(self, prefix: str) -> Any:
            self.asked = True
            return super().list_prefix(prefix)

        async def get(self, *args: Any, **options: Any) -> Any:
            self.asked = True
            return await super().get(*args, **options)

    store = Refusing()
    array = made(store)
    group: Any = zarr.open_group(store, engine="zarrs")
    store.asked = False
    assert "zarr.crud.layout asks the store" in array._repr_html_()
    assert "<svg" not in array._repr_html_()
    assert "not listed here" in group._repr_html_()
    assert not store.asked


def test_large_archives_are_not_listed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Catches a wait for a million files."""
    array = made(LocalStore(tmp_path))
    assert "9 of 9 chunks" in array._repr_html_()
    monkeypatch.setattr(notebook, "MOST_KEYS", 5)
    assert "zarr.crud.layout asks the store" in array._repr_html_()


def test_groups_name_their_members(tmp_path: Path) -> None:
    """Catches chunks among the members, or members below members."""
    for store in (MemoryStore(), LocalStore(tmp_path / "a")):
        made(store)
        zarr.create_group(store, path="h")
        found: Any = zarr.open_group(store, engine="zarrs")
        assert "2: g, h" in found._repr_html_()
    with ZipStore(tmp_path / "a.zip", mode="w") as archive:
        made(archive)
    archive = ZipStore(tmp_path / "a.zip", mode="r")
    found = zarr.open_group(archive, mode="r", engine="zarrs")
    assert "1: g" in found._repr_html_()


def test_consolidated_members_need_no_listing() -> None:
    """Catches a group over the network whose members are known and not shown."""
    store = MemoryStore()
    made(store)
    with pytest.warns(zarr.errors.ZarrUserWarning):
        zarr.consolidate_metadata(store)
    there = AsyncOnlyStore(store)
    group: Any = zarr.open_group(there, use_consolidated=True, engine="zarrs")
    assert "1: g" in group._repr_html_()


def test_an_error_shows_the_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a traceback in place of an array."""
    array = made(MemoryStore())

    def fail(*_: object) -> None:
        raise RuntimeError("not today")

    monkeypatch.setattr(notebook, "_array", fail)
    monkeypatch.setattr(notebook, "_group", fail)
    assert array_html(array) is None
    assert group_html(zarr.open_group(array.store, engine="zarrs")) is None
    assert array_html(object()) is None
