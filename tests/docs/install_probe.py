"""Tries in one environment what the page on installing promises; prints the answers as JSON."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np

import zarr
from _zarrs_bindings import counters

VALUES = np.arange(35, dtype="i4").reshape(7, 5)
PIPELINE = "zarr.zarrs.ZarrsCodecPipeline"


def stored() -> Any:
    """A store with an array of these values."""
    store = zarr.storage.LocalStore(mkdtemp())
    zarr.create_array(store, data=VALUES, chunks=(3, 2))
    return store


def function(engine: str) -> None:
    """Read with a function."""
    import zarr.crud as crud  # type: ignore[import-untyped, unused-ignore]

    store = stored()
    assert np.array_equal(crud.read_region(crud.read_metadata(store), store, engine=engine), VALUES)


def transposed() -> None:
    """Read a shard whose subchunks divide it only after its axes are transposed."""
    import zarr.crud as crud  # type: ignore[import-untyped, unused-ignore]

    little = {"name": "bytes", "configuration": {"endian": "little"}}
    index = {"codecs": [little], "index_codecs": [little], "chunk_shape": [3, 2]}
    document: dict[str, Any] = {
        "zarr_format": 3,
        "node_type": "array",
        "shape": [4, 6],
        "data_type": "int32",
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [4, 6]}},
        "chunk_key_encoding": {"name": "default"},
        "fill_value": 0,
        "codecs": [
            {"name": "transpose", "configuration": {"order": [1, 0]}},
            {"name": "sharding_indexed", "configuration": index},
        ],
    }
    assert crud.read_region(document, zarr.storage.MemoryStore(), detached=True).shape == (4, 6)


def whole(array: Any) -> None:
    """Read an array."""
    assert np.array_equal(array[:], VALUES)


def configured(key: str, value: object) -> None:
    """Read an array under a setting."""
    store = stored()
    with zarr.config.set({key: value}):
        whole(zarr.open_array(store, mode="r"))


def created(**options: Any) -> None:
    """Create an array, write and read it."""
    array = zarr.create_array(mkdtemp(), shape=(7, 5), chunks=(3, 2), dtype="i4", **options)
    array[:] = VALUES
    whole(array)


def guard() -> None:
    """Call the guard of zarr-crud."""
    import zarr_crud

    zarr_crud.require_engines()


# Whether Rust must have served the call, and the call.
ROWS: dict[str, tuple[bool, Callable[[], None]]] = {
    '`zarr.crud` functions, `engine="reference"`': (False, lambda: function("reference")),
    '`zarr.crud` functions, `engine="zarrs"`': (True, lambda: function("zarrs")),
    "`zarr.crud` functions, shards of transposed arrays whose subchunks fit no other way": (
        False,
        transposed,
    ),
    "arrays of `bfloat16` and the other types of `ml_dtypes`": (
        False,
        lambda: zarr.create_array({}, shape=3, dtype="bfloat16").__setitem__(..., 1),
    ),
    f'`zarr.config.set({{"codec_pipeline.path": "{PIPELINE}"}})`': (
        True,
        lambda: configured("codec_pipeline.path", PIPELINE),
    ),
    '`zarr.create_array(..., engine="zarrs")`': (True, lambda: created(engine="zarrs")),
    '`zarr.open_array(..., engine="zarrs")`': (
        True,
        lambda: whole(zarr.open_array(stored(), mode="r", engine="zarrs")),
    ),
    '`zarr.open_array(..., config={"engine": "zarrs"})`': (
        True,
        lambda: whole(zarr.open_array(stored(), mode="r", config={"engine": "zarrs"})),
    ),
    '`zarr.config.set({"array.engine": "zarrs"})`, for arrays': (
        True,
        lambda: configured("array.engine", "zarrs"),
    ),
    "`from zarr import list_engines`": (False, lambda: exec("from zarr import list_engines")),
    "`zarr_crud.require_engines()`": (False, guard),
}


def outcome(needs_rust: bool, call: Callable[[], None]) -> str:
    """What a caller sees."""
    before = sum(counters().values())
    try:
        call()
    except Exception as err:  # noqa: BLE001  # each is an answer
        return f"`{type(err).__name__}`"
    return "**ignored**" if needs_rust and sum(counters().values()) == before else "yes"


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    assert Path(zarr.__file__).exists()
    print(json.dumps({name: outcome(*row) for name, row in ROWS.items()}))
