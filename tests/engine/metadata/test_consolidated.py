"""Consolidated metadata that is parsed a member at a time."""

from __future__ import annotations

import copy
import json
import pickle
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import zarr
from tests.engine.upstreams_answer import Outcome, outcome
from zarr._engine.metadata.lazy_members import LazyMembers, Unparsed
from zarr._engine.metadata.opened_with import opened_with
from zarr.core.group import ConsolidatedMetadata, GroupMetadata
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings("ignore:Consolidated metadata is currently not part")

type Json = dict[str, Any]


def document(zarr_format: Any) -> Json:
    """The document of an array, with its attributes."""
    made = zarr.create_array({}, shape=(7, 5), chunks=(3, 2), dtype="i2", zarr_format=zarr_format)
    return json.loads(json.dumps(made.metadata.to_dict()))  # type: ignore[no-any-return]


GROUP_3: Json = {"zarr_format": 3, "node_type": "group", "attributes": {"of": "group"}}
INLINE: Json = {"kind": "inline", "must_understand": False, "metadata": {}}
DOCUMENTS: list[Any] = [
    document(3),
    document(2),
    GROUP_3,
    GROUP_3 | {"consolidated_metadata": INLINE},
    GROUP_3 | {"consolidated_metadata": INLINE | {"metadata": {"inner": document(3)}}},
    {"zarr_format": 2, "attributes": {"b": 1}},
    {"zarr_format": 2},
    GROUP_3 | {"extra": {"must_understand": False}},
    GROUP_3 | {"extra": 1},
    GROUP_3 | {"consolidated_metadata": INLINE | {"kind": "other"}},
    document(3) | {"data_type": "nonsense"},
    document(3) | {"shape": 1.5},
    document(2) | {"chunks": [0, 2]},
    document(2) | {"dtype": "|O"},
    {"zarr_format": 3, "node_type": "table"},
    {"zarr_format": 4},
    {"zarr_format": True},
    {"node_type": "group"},
    {},
    None,
    [],
]
NAMES = ["a", "b", "c", "é", "a b", "%", "zarr.json", "", "."]
paths = st.lists(st.sampled_from(NAMES), min_size=1, max_size=4).map("/".join)
copies = st.dictionaries(paths, st.sampled_from(DOCUMENTS[:8]), max_size=8) | st.dictionaries(
    paths, st.sampled_from(DOCUMENTS), max_size=4
)
whole = copies.map(lambda metadata: INLINE | {"metadata": metadata})


def seen(data: Any, *, with_engine: bool) -> Outcome:
    """All that a group shows of its consolidated metadata, or the error."""

    def read() -> Any:
        with opened_with("zarrs" if with_engine else "zarr"):
            found = ConsolidatedMetadata.from_dict(copy.deepcopy(data), path="memory://g")
        flat = found.flattened_metadata
        texts = json.dumps(found.to_dict(), default=str)
        copied = pickle.loads(pickle.dumps(found.to_dict()))
        return repr(found), list(flat), repr(flat), texts, repr(copied)

    return outcome(read)


@given(whole)
def test_what_a_group_shows_is_upstreams(data: Json) -> None:
    """Catches another member, order, nesting, error or warning than upstream's."""
    assert seen(data, with_engine=True) == seen(data, with_engine=False)


@pytest.mark.parametrize(
    "data", [[], {}, INLINE | {"kind": None}, INLINE | {"metadata": None}, INLINE | {"metadata": 3}]
)
def test_what_is_no_consolidated_metadata_is_upstreams_error(data: Any) -> None:
    """Catches another error, or none, for something that is no consolidated metadata."""
    assert seen(data, with_engine=True) == seen(data, with_engine=False)


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_only_the_member_that_is_asked_for_is_parsed(zarr_format: Any) -> None:
    """Catches an open that parses all members, with their number as its cost."""
    store = MemoryStore()
    group = zarr.create_group(store, zarr_format=zarr_format)
    for name in ("x", "y"):
        group.create_array(f"sub/{name}", shape=7, dtype="i2")
    zarr.consolidate_metadata(store)

    def unparsed(members: Any) -> list[str]:
        held = {name: dict.__getitem__(members, name) for name in members}
        return [name for name, one in held.items() if isinstance(one, Unparsed) and one.is_left]

    opened = zarr.open_group(store, mode="r", engine="zarrs")
    assert opened.metadata.consolidated_metadata is not None
    members = opened.metadata.consolidated_metadata.metadata
    assert unparsed(members) == ["sub"]
    assert opened["sub/y"].engine == "zarrs"
    assert unparsed(members) == []
    sub = members["sub"]
    assert isinstance(sub, GroupMetadata)
    assert sub.consolidated_metadata is not None
    assert unparsed(sub.consolidated_metadata.metadata) == ["x"]
    natively = zarr.open_group(store, mode="r")
    assert opened.metadata == natively.metadata
    assert natively.metadata == opened.metadata


@pytest.mark.parametrize("configured", ["zarr", "zarrs"])
def test_natively_nothing_changes(configured: str) -> None:
    """Catches a group without an engine whose members are not an ordinary dictionary."""
    store = MemoryStore()
    zarr.create_group(store).create_array("x", shape=7, dtype="i2")
    zarr.consolidate_metadata(store)
    with zarr.config.set({"array.engine": configured}):
        group = zarr.open_group(store, mode="r")
        named = zarr.open_group(store, mode="r", engine="zarr")
    for one, lazily in ((group, configured == "zarrs"), (named, False)):
        assert one.metadata.consolidated_metadata is not None
        assert (type(one.metadata.consolidated_metadata.metadata) is LazyMembers) is lazily


def test_a_damaged_member_is_an_error_when_it_is_asked_for(tmp_path: Path) -> None:
    """Catches a member that hides the others, or that is returned damaged."""
    group = zarr.create_group(tmp_path)
    for name in ("good", "bad"):
        group.create_array(name, shape=7, dtype="i2")
    zarr.consolidate_metadata(tmp_path)
    members = json.loads((tmp_path / "zarr.json").read_bytes())
    members["consolidated_metadata"]["metadata"]["bad"]["data_type"] = "nonsense"
    (tmp_path / "zarr.json").write_text(json.dumps(members))
    with pytest.raises(ValueError, match="nonsense") as native:
        zarr.open_group(tmp_path, mode="r")
    opened = zarr.open_group(tmp_path, mode="r", engine="zarrs")
    assert opened["good"].shape == (7,)  # type: ignore[union-attr]
    with pytest.raises(type(native.value), match="nonsense"):
        _ = opened["bad"]
    with pytest.raises(type(native.value), match="nonsense"):
        opened.members()


def test_changes_reach_the_consolidated_metadata(tmp_path: Path) -> None:
    """Catches a deletion, or a changed attribute, that the group's own copies do not show."""
    group = zarr.create_group(tmp_path)
    for name in ("x", "y"):
        group.create_array(name, shape=7, dtype="i2")
    zarr.consolidate_metadata(tmp_path)
    opened = zarr.open_group(tmp_path, mode="r+", engine="zarrs")
    opened["x"].attrs["changed"] = True
    del opened["y"]
    opened.attrs["own"] = 1
    again = zarr.open_group(tmp_path, mode="r")
    assert list(again) == ["x"]
    assert again["x"].attrs.asdict() == {"changed": True}
