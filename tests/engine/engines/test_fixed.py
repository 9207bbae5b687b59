"""The engine of a node can be read but not assigned."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import zarr
from zarr.storage import MemoryStore

VALUES = np.arange(35, dtype="i2").reshape(7, 5)


def nodes(engine: str, zarr_format: Any) -> dict[str, Any]:
    """A node of each class."""
    group = zarr.create_group(MemoryStore(), engine=engine, zarr_format=zarr_format)
    array = group.create_array("x", data=VALUES, chunks=(3, 2))
    return {
        "Array": array,
        "AsyncArray": array.async_array,
        "Group": group,
        "AsyncGroup": group._async_group,
    }


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("engine", ["zarr", "auto", "reference", "zarrs"])
@pytest.mark.parametrize("kind", ["Array", "AsyncArray", "Group", "AsyncGroup"])
def test_an_engine_is_not_assigned_and_the_error_says_what_to_do(
    kind: str, engine: str, zarr_format: int
) -> None:
    """Catches an assignment that is accepted and has no effect."""
    node = nodes(engine, zarr_format)[kind]
    assert type(node).__name__ == kind
    before = dict(vars(node))
    instead = r"with_engine\(" if "Array" in kind else "engine= where the group is opened"
    changes: list[Callable[[], None]] = [
        lambda: setattr(node, "engine", "zarrs"),
        lambda: setattr(node, "engine", engine),
        lambda: delattr(node, "engine"),
        lambda: object.__setattr__(node, "engine", "zarrs"),
    ]
    for change in changes:
        with pytest.raises(AttributeError, match=instead):
            change()
    assert node.engine == engine
    assert vars(node) == before


@pytest.mark.parametrize("kind", ["AsyncArray", "Group", "AsyncGroup"])
def test_other_fields_are_as_frozen_as_before(kind: str) -> None:
    """Catches a class that is no longer frozen."""
    node = nodes("zarrs", 3)[kind]
    changes: list[Callable[[], None]] = [
        lambda: setattr(node, "metadata", None),
        lambda: setattr(node, "other", None),
        lambda: delattr(node, "metadata"),
    ]
    for change in changes:
        with pytest.raises(AttributeError, match=r"cannot (assign to|delete) field"):
            change()


@pytest.mark.parametrize("kind", ["Array", "AsyncArray", "Group", "AsyncGroup"])
def test_what_cannot_be_assigned_still_travels(kind: str) -> None:
    """Catches copies and pickles that fail because they restore attributes one by one."""
    node = nodes("zarrs", 3)[kind]
    for other in (copy.copy(node), copy.deepcopy(node), pickle.loads(pickle.dumps(node))):
        assert other.engine == "zarrs"
