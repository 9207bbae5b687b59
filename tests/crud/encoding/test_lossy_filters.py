"""Filters that are declared for a data type other than their input's: exact, or refused."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import numcodecs  # type: ignore[import-untyped]
import numpy as np
import pytest

import zarr
from tests.crud.filters_walk import ARRAYS, Case, cases, natively
from zarr import crud
from zarr.codecs import CastValue, ScaleOffset, TransposeCodec
from zarr.codecs import numcodecs as wrapped
from zarr.core.buffer import default_buffer_prototype
from zarr.core.indexing import BasicIndexer
from zarr.core.sync import sync
from zarr.crud._document.cache import as_document
from zarr.crud._encoding.unwritable import refused_loss
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.usefixtures("quiet"),
]

ENGINES: Final = ("reference", "zarrs")


@pytest.fixture
def quiet() -> Any:
    """Suppress warnings from arithmetic with arbitrary bits."""
    with np.errstate(all="ignore"):
        yield


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("dtype", ARRAYS, ids=str)
def test_a_filter_of_another_data_type_keeps_every_bit_or_is_refused(
    dtype: Any, zarr_format: int
) -> None:
    """Catches other numbers that are stored silently, or a refusal of a filter that works."""
    seen: set[bool] = set()
    for case in cases(zarr_format, np.dtype(dtype)):
        try:
            metadata = case.made().metadata
        except (TypeError, ValueError):
            # Upstream does not make such an array.
            continue
        document = as_document(metadata)
        verdicts = crud.explain(metadata, MemoryStore(), operation="write_region")
        serves = {name: verdicts[name].serves for name in ENGINES}
        assert serves["reference"] == serves["zarrs"], (case, verdicts)
        seen.add(serves["zarrs"])
        if serves["zarrs"]:
            check_served(case, metadata)
        else:
            check_refused(case, verdicts["zarrs"].reason, document.derive(refused_loss))
    assert False in seen
    assert True in seen or np.dtype(dtype).kind not in "biuf"


def check_served(case: Case, metadata: Any) -> None:
    """Check that the engines store the same as zarr-python, and that every bit is restored."""
    values = case.values(0)
    theirs = natively(case, values)
    assert case.is_own or (theirs is not None and theirs.tobytes() == values.tobytes()), case
    for engine in ENGINES:
        store = MemoryStore()
        if theirs is None:
            with pytest.raises((ValueError, OverflowError)):
                crud.write_region(metadata, store, ..., values, engine=engine, detached=True)
            continue
        crud.write_region(metadata, store, ..., values, engine=engine, detached=True)
        for reader in ENGINES:
            found = crud.read_region(metadata, store, engine=reader, detached=True).astype(
                case.dtype
            )
            assert found.tobytes() == theirs.tobytes(), (case, engine, reader)


def check_refused(case: Case, reason: str | None, loss: str | None) -> None:
    """Check that zarr-python fails, or loses more than the configuration says."""
    for seed in range(3):
        values = case.values(seed)
        theirs = natively(case, values)
        if theirs is None:
            return
        if theirs.tobytes() != values.tobytes():
            # Except for booleans, a filter of the same type loses what its configuration says.
            assert not case.is_own or case.dtype.kind == "b", (case, reason)
            assert loss == reason, case
            return
    raise AssertionError((case, reason))


# Arrays whose data is lost, the values, and what the message says.
LOST: Final[dict[str, tuple[dict[str, Any], str]]] = {
    "delta": (
        {"dtype": "<f4", "filters": [wrapped.Delta(dtype="<i4")]},
        "for <i4, but gets <f4",
    ),
    "quantize": (
        {"dtype": "<i4", "filters": [wrapped.Quantize(digits=2, dtype="<f4")]},
        "quantize",
    ),
    "packbits": (
        {"dtype": "|u1", "filters": [numcodecs.PackBits()], "zarr_format": 2},
        r"for \|b1, but gets \|u1",
    ),
    "astype": (
        {"dtype": "<f8", "filters": [wrapped.AsType(encode_dtype="<i4", decode_dtype="<i8")]},
        "for <i8, but gets <f8",
    ),
    "categorize": (
        {
            "dtype": ">U2",
            "filters": [numcodecs.Categorize(["a"], "<U2")],
            "zarr_format": 2,
        },
        "for <U2, but gets >U2",
    ),
    "scale": (
        {"dtype": "<i4", "filters": [wrapped.FixedScaleOffset(offset=0, scale=3, dtype="<f4")]},
        "fixedscaleoffset",
    ),
    "byte order": (
        {"dtype": ">f4", "filters": [wrapped.Delta(dtype=">f4")]},
        "no byte order: .*; declare it for <f4",
    ),
    "byte order of the object": (
        {"dtype": ">f4", "filters": [wrapped.Delta(dtype="<f4")]},
        "gets >f4 from this array object, but <f4 when the array is opened again",
    ),
    "byte order of what is stored": (
        {"dtype": "<f8", "filters": [wrapped.Quantize(digits=2, dtype="<f8", astype=">f8")]},
        "its output is >f8, but is read as float64",
    ),
    "format 2, bytes swapped": (
        {"dtype": "<i4", "filters": [numcodecs.Quantize(2, ">f4")], "zarr_format": 2},
        "for >f4, but gets <i4",
    ),
    "the second filter": (
        {
            "dtype": "<f8",
            "filters": [
                wrapped.FixedScaleOffset(offset=0, scale=10, dtype="<f8", astype="<i4"),
                wrapped.Quantize(digits=1, dtype="<f4"),
            ],
        },
        "for <f4, but gets <i4",
    ),
    "transposed before": (
        {
            "dtype": "<f4",
            "filters": [TransposeCodec(order=(0,)), wrapped.Delta(dtype="<i4")],
        },
        "for <i4, but gets <f4",
    ),
    "computed with afterwards": (
        {"dtype": "<f4", "filters": [wrapped.BitRound(keepbits=5), CastValue(data_type="float64")]},
        "its output is int32, but is read as float32",
    ),
    "computed with before": (
        {
            "dtype": "<f8",
            "filters": [CastValue(data_type="uint32"), wrapped.Delta(dtype="<i4")],
        },
        "for <i4, but gets <u4",
    ),
    "within a shard": (
        {"dtype": "<f4", "shards": (6,), "filters": [wrapped.Delta(dtype="<i4")]},
        "for <i4, but gets <f4",
    ),
}

VALUES: Final = np.array([1.5, 0.25, 3, 2**31 + 1, 77, 6, 9])


def made(store: Any, **keywords: Any) -> Any:
    """A new array of three chunks."""
    usual = {"shape": (7,), "chunks": (3,), "compressors": None, "fill_value": None}
    return zarr.create_array(store, **(usual | keywords))


@pytest.mark.parametrize("name", list(LOST))
def test_what_zarr_python_loses_no_engine_writes(name: str) -> None:
    """Catches a fallback under `"auto"` that silently stores other numbers."""
    keywords, words = LOST[name]
    for engine in (*ENGINES, "auto"):
        store = MemoryStore()
        with pytest.raises(crud.UnsupportedError, match=words) as caught:
            made(store, engine=engine, **keywords)
        # Without an engine, the data is lost.
        assert "another engine" not in str(caught.value)
        group = zarr.create_group(store, engine=engine, zarr_format=keywords.get("zarr_format", 3))
        rest = {key: value for key, value in keywords.items() if key != "zarr_format"}
        before = set(store._store_dict)
        with pytest.raises(crud.UnsupportedError, match=words):
            group.create_array("x", shape=(7,), chunks=(3,), compressors=None, **rest)
        assert set(store._store_dict) == before
        native = made(MemoryStore(), **keywords)
        with pytest.raises(crud.UnsupportedError, match=words):
            crud.create(native.metadata, store, path="y", engine=engine)
        assert set(store._store_dict) == before


WRITES: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "setitem": lambda array, values: array.__setitem__(..., values),
    "basic": lambda array, values: array.set_basic_selection(slice(None), values),
    "orthogonal": lambda array, values: array.set_orthogonal_selection([0, 1], values[:2]),
    "coordinates": lambda array, values: array.vindex.__setitem__([0, 1], values[:2]),
    "mask": lambda array, values: array.set_mask_selection(np.ones(7, bool), values),
    "blocks": lambda array, values: array.blocks.__setitem__(0, values[:3]),
    "append": lambda array, values: array.append(values),
    "asynchronous": lambda array, values: asyncio.run(array.async_array.setitem(..., values)),
    "asynchronous append": lambda array, values: asyncio.run(array.async_array.append(values)),
    "functions": lambda array, values: crud.write_region(
        array.metadata, array.store, ..., values, engine=array.engine
    ),
}


@pytest.mark.parametrize("engine", [*ENGINES, "auto"])
@pytest.mark.parametrize("way", list(WRITES))
def test_arrays_that_are_there_are_read_and_not_written(way: str, engine: str) -> None:
    """Catches a check that runs when arrays are created but not when they are written."""
    keywords, words = LOST["delta"]
    store = MemoryStore()
    values = np.arange(7, dtype="<f4")
    made(store, **keywords)[...] = values
    stored = dict(store._store_dict)
    natively_read = zarr.open_array(store, mode="r")[...]
    array: Any = zarr.open_array(store, mode="r+", engine=engine)
    with pytest.raises(crud.UnsupportedError, match=words):
        WRITES[way](array, values)
    assert store._store_dict == stored
    assert array.shape == (7,)
    np.testing.assert_array_equal(array[...], natively_read)


@pytest.mark.parametrize("pipeline", ["FusedCodecPipeline", "BatchedCodecPipeline"])
def test_no_pipeline_of_zarrs_loses_data_under_auto(pipeline: str) -> None:
    """Catches a check that runs only after the choice of a configured pipeline."""
    keywords, words = LOST["delta"]
    path = f"zarr.core.codec_pipeline.{pipeline}"
    with zarr.config.set({"codec_pipeline.path": path}):
        array: Any = made(MemoryStore(), **keywords).with_engine("auto")
        with pytest.raises(crud.UnsupportedError, match=words):
            array[...] = 1
        indexer = BasicIndexer(..., array.shape, array._async_array._chunk_grid)
        prototype = default_buffer_prototype()
        with pytest.raises(crud.UnsupportedError, match=words):
            sync(array._async_array._set_selection(indexer, 1, prototype=prototype))


def test_auto_leaves_to_upstream_what_cannot_be_encoded() -> None:
    """Catches data that is lost under `"auto"`, or an error without upstream's reason."""
    array: Any = zarr.create_array(
        MemoryStore(),
        shape=(7,),
        chunks=(7,),
        dtype="u1",
        engine="auto",
        compressors=wrapped.Shuffle(elementsize=2),
    )
    with pytest.raises(ValueError, match="not an integer multiple of elementsize") as caught:
        array[...] = np.arange(7)
    assert not isinstance(caught.value, crud.UnsupportedError)


# Filters that look wrong, but restore their data.
KEPT: Final[dict[str, dict[str, Any]]] = {
    "bits of numbers": {"dtype": "<f4", "filters": [numcodecs.Delta("<i4")], "zarr_format": 2},
    "unsigned": {"dtype": "<u4", "filters": [wrapped.Delta(dtype="<i4")]},
    "times": {"dtype": "<M8[s]", "filters": [wrapped.Delta(dtype="<i8")]},
    "narrow, and wide again": {
        "dtype": "<f4",
        "filters": [
            wrapped.AsType(encode_dtype="<f8", decode_dtype="<f4"),
            wrapped.AsType(encode_dtype=">f4", decode_dtype="<f8"),
        ],
    },
    "rounded bits, then differences": {
        "dtype": "<f4",
        "filters": [wrapped.BitRound(keepbits=23), wrapped.Delta(dtype="<i4")],
    },
    "rounded bits, then numbers": {
        "dtype": "<f4",
        "filters": [
            wrapped.BitRound(keepbits=23),
            wrapped.AsType(encode_dtype="<f8", decode_dtype="<f4"),
        ],
    },
    "narrow, declared": {
        "dtype": "<f4",
        "filters": [numcodecs.Delta("<f4", astype="<i4")],
        "zarr_format": 2,
    },
    "scaled": {"dtype": "<i4", "filters": [ScaleOffset(offset=1, scale=2)]},
    "bytes, shuffled before": {
        "dtype": "<i4",
        "filters": [numcodecs.Shuffle(4), numcodecs.Delta("<i4")],
        "zarr_format": 2,
    },
}


@pytest.mark.parametrize("engine", [*ENGINES, "auto"])
@pytest.mark.parametrize("name", list(KEPT))
def test_what_zarr_python_keeps_is_written(engine: str, name: str) -> None:
    """Catches a refusal only because the data types have different names."""
    values = np.array([1, 5, 2, 0, 9, 3, 7]).astype(KEPT[name]["dtype"])
    array = made(MemoryStore(), engine=engine, **KEPT[name])
    array[...] = values
    array[2:4] = values[2:4]
    found: Any = zarr.open_array(array.store, mode="r")[...]
    assert found.tobytes() == values.tobytes()
    assert array[...].tobytes() == values.tobytes()
