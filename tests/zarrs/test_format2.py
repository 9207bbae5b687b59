"""Documents of format 2, rewritten as documents of format 3."""

from __future__ import annotations

import json
from typing import Any

import numcodecs  # type: ignore[import-untyped]
import numpy as np
import pytest

import zarr
from zarr.core.dtype import VariableLengthUTF8
from zarr.crud._document.cache import as_document
from zarr.storage import MemoryStore
from zarr.zarrs._format2 import as_format3

ZLIB = numcodecs.Zlib(1)
LZMA = numcodecs.LZMA()


def rewritten(**options: Any) -> dict[str, Any]:
    """The document of a ragged array, in the form that the extension reads."""
    layout: dict[str, Any] = {"shape": (7, 5), "chunks": (3, 2), "dtype": "<i2", "fill_value": 258}
    layout |= {"compressors": None, "zarr_format": 2} | options
    metadata: Any = zarr.create_array(MemoryStore(), **layout).metadata
    document = as_document(metadata)
    return as_format3(metadata, json.loads(document.json), document.fill_element)


def names(members: dict[str, Any]) -> list[str]:
    return [codec["name"] for codec in members["codecs"]]


@pytest.mark.parametrize(("dtype", "fill"), [("<i2", [2, 1]), (">i2", [1, 2])])
def test_elements_are_plain_bytes_in_the_order_of_their_data_type(
    dtype: str, fill: list[int]
) -> None:
    """Catches swapped bytes, in chunks or in the fill value."""
    members = rewritten(dtype=dtype)
    assert members["data_type"] == {"name": "opaque", "configuration": {"size": 2}}
    assert members["fill_value"] == fill
    assert members["shape"] == [7, 5]
    assert members["chunk_grid"]["configuration"] == {"chunk_shape": [3, 2]}
    assert names(members) == ["bytes"]


@pytest.mark.parametrize(
    ("shape", "order", "transposed"),
    [((7, 5), "C", None), ((7, 5), "F", [1, 0]), ((7, 5, 2), "F", [2, 1, 0]), ((7,), "F", None),
     ((), "F", None)],
)  # fmt: skip
def test_order_f_is_a_transposition(shape: Any, order: str, transposed: list[int] | None) -> None:
    """Catches elements that are read in rows although they are stored in columns."""
    chunks = tuple(min(3, n) for n in shape)
    members = rewritten(shape=shape, chunks=chunks, order=order, compressors=ZLIB)
    first = members["codecs"][0]
    assert names(members)[-2:] == ["bytes", "numcodecs.zlib"]
    assert (first["configuration"]["order"] if len(names(members)) == 3 else None) == transposed


@pytest.mark.parametrize("separator", [".", "/"])
def test_keys_keep_their_separator(separator: Any) -> None:
    """Catches chunks that are looked up under other keys, and read as missing."""
    members = rewritten(chunk_key_encoding={"name": "v2", "separator": separator})
    encoding = {"name": "v2", "configuration": {"separator": separator}}
    assert members["chunk_key_encoding"] == encoding


@pytest.mark.parametrize(
    ("filters", "compressor", "in_python", "native"),
    [
        ([numcodecs.Delta("<i2")], ZLIB, ["delta"], ["numcodecs.zlib"]),
        ([numcodecs.Delta("<i2"), numcodecs.Shuffle(2)], ZLIB, ["delta"],
         ["numcodecs.shuffle", "numcodecs.zlib"]),
        ([ZLIB], LZMA, ["zlib", "lzma"], []),
        ([numcodecs.CRC32()], ZLIB, [], ["bytes", "numcodecs.crc32", "numcodecs.zlib"]),
    ],
)  # fmt: skip
def test_python_runs_all_codecs_up_to_the_last_that_only_it_has(
    filters: Any, compressor: Any, in_python: list[str], native: list[str]
) -> None:
    """Catches codecs in another order, or one that is run twice or not at all."""
    codecs = rewritten(filters=filters, compressors=compressor, order="F")["codecs"]
    if in_python:
        python, *codecs = codecs
        array = json.loads(python["configuration"]["document"])["array"]
        assert [codec["id"] for codec in array["filters"]] == in_python
        assert (array["compressor"], array["order"]) == (None, "F")
        assert array["shape"] == array["chunks"] == [3, 2]
    else:
        codecs = codecs[1:]
    assert [codec["name"] for codec in codecs] == native


@pytest.mark.parametrize(
    ("filters", "typesize"),
    [(None, 2), ([numcodecs.Delta("<i2", astype="<i4")], 4), ([ZLIB], 1), ([LZMA], 1)],
)
def test_blosc_sees_the_elements_that_it_is_given(filters: Any, typesize: int) -> None:
    """Catches bytes that are shuffled by the size that elements have before a filter."""
    codecs = rewritten(filters=filters, compressors=numcodecs.Blosc())["codecs"]
    assert codecs[-1]["configuration"]["typesize"] == typesize


def test_text_needs_its_own_codec_first_and_no_other_of_python() -> None:
    """Catches objects that are pickled, or encoded by a codec that the extension cannot follow."""
    text: dict[str, Any] = {"dtype": VariableLengthUTF8(), "fill_value": "", "shape": 7}
    text["chunks"] = 3
    assert names(rewritten(**text, compressors=ZLIB)) == ["vlen", "numcodecs.zlib"]
    with pytest.raises(NotImplementedError, match="codec 'lzma' after 'vlen-utf8'"):
        rewritten(**text, compressors=LZMA)
    made: Any = zarr.create_array({}, **text, zarr_format=2, compressors=None).metadata
    for filters, words in (((numcodecs.Pickle(),), "'pickle'"), ((ZLIB,), "must be 'vlen-utf8'")):
        object.__setattr__(made, "filters", filters)
        with pytest.raises(NotImplementedError, match=words):
            as_format3(made, made.to_dict(), np.array([""]))
