"""The choice between an array's engine and zarr-python's own path."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import pytest

import zarr
from tests.crud.codecs import SERVED_BY_NOBODY
from zarr import crud
from zarr._engine.calls.choice import Choice, serving
from zarr._engine.calls.prepare import choice_of
from zarr.crud._document.cache import as_document
from zarr.crud.backends.contract import Operation
from zarr.storage import MemoryStore

VALUES = np.arange(35, dtype="i2").reshape(7, 5)


def choice(engine: str, **config: Any) -> Choice:
    """The choice for a ragged array."""
    array: Any = zarr.create_array(MemoryStore(), data=VALUES, chunks=(3, 2))
    return choice_of(array.async_array.with_config({"engine": engine, **config}))


def unserved(engine: str) -> Choice:
    """The choice for an array that only zarr-python's own path serves."""
    return choice(engine)._replace(document=as_document(SERVED_BY_NOBODY))


@pytest.mark.parametrize(
    ("options", "read", "write"),
    [
        ({}, True, True),
        ({"concurrency": 1}, True, True),
        ({"missing_chunks": "error"}, False, False),
        ({"validate_checksums": False}, False, False),
        ({"locking": "threads"}, True, False),
        ({"write_empty_chunks": True}, True, False),
    ],
)
def test_a_call_is_left_to_zarr_only_where_zarr_follows_the_options(
    options: dict[str, Any], *, read: bool, write: bool
) -> None:
    """Catches an option that zarr-python's own path ignores."""
    auto = choice("auto", engine_options=options)
    assert auto.may_be_left("read_region") is auto.may_be_left("read_chunk") is read
    assert auto.may_be_left("write_region") is auto.may_be_left("write_chunk") is write


@pytest.mark.parametrize("engine", ["reference", "zarrs"])
@pytest.mark.parametrize("operation", ["read_region", "write_region"])
def test_a_named_engine_never_leaves_a_call(engine: str, operation: Operation) -> None:
    """Catches a fallback to a path that was not requested."""
    named = choice(engine)
    assert not named.may_be_left(operation)
    with pytest.raises(crud.UnsupportedError, match=f"{engine!r} does not serve this: a reason;"):
        named.leave("a reason", operation)
    with pytest.raises(crud.UnsupportedError, match="codec"):
        unserved(engine).backend(operation, None, crud.Options())


def test_auto_says_why_it_leaves_a_call(caplog: pytest.LogCaptureFixture) -> None:
    """Catches a fallback without a message."""
    with caplog.at_level(logging.WARNING, "zarr.crud"):
        choice("auto").leave("a long reason", "read_region", "a reason")
    (record,) = caplog.records
    assert "a reason" in record.getMessage()
    assert "a long reason" not in record.getMessage()
    assert unserved("auto").backend("read_region", None, crud.Options()) is None


@pytest.mark.parametrize(
    ("engine", "name"),
    [("zarr", "zarr"), ("reference", "reference"), ("zarrs", "zarrs"), ("auto", "zarrs")],
)
def test_serving_names_what_serves(engine: str, name: str) -> None:
    """Catches a name that is not the engine's."""
    assert serving(choice(engine)) == name
    others = {"zarr": "zarr", "auto": "zarr"}
    assert serving(unserved(engine)) == others.get(engine)
    assert serving(choice(engine)._replace(engine="nobody")) is None
