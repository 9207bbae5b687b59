"""The tables of `docs/zarrs-codecs.md`: complete, true, and the same data as the reference's."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numcodecs  # type: ignore[import-untyped]
import numpy as np
import pytest
from numcodecs.registry import codec_registry  # type: ignore[import-untyped]

import zarr
from tests.crud.test_document import document_members
from zarr import crud
from zarr.codecs import BytesCodec, CastValue, ScaleOffset, TransposeCodec
from zarr.core.dtype import VariableLengthBytes
from zarr.crud._document import as_document
from zarr.crud.testing import assert_same
from zarr.errors import UnknownCodecError
from zarr.registry import _codec_registries, get_codec_class
from zarr.storage import MemoryStore
from zarr.zarrs._document import prepare

pytestmark = [
    pytest.mark.filterwarnings("ignore:Numcodecs codecs are not in the Zarr version 3"),
    pytest.mark.filterwarnings("ignore::zarr.errors.ZarrUserWarning"),
    pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning"),
]

PAGE = Path(__file__).parents[2] / "docs" / "zarrs-codecs.md"

# A data type and a configuration that each codec takes; bytes to bytes ones take any.
ARRAY_CODECS: dict[str, tuple[str, dict[str, Any]]] = {
    "astype": ("f8", {"encode_dtype": "<f4", "decode_dtype": "<f8"}),
    "bitround": ("f4", {"keepbits": 5}),
    "delta": ("i4", {"dtype": "<i4"}),
    "fixedscaleoffset": ("f8", {"offset": 1, "scale": 10, "dtype": "<f8", "astype": "<i4"}),
    "packbits": ("bool", {}),
    "quantize": ("f8", {"digits": 2, "dtype": "<f8"}),
}
TYPED: dict[str, tuple[str, dict[str, Any]]] = {
    **ARRAY_CODECS,
    "categorize": ("U1", {"labels": ["0", "1"], "dtype": "<U1", "astype": "u1"}),
    "pcodec": ("f8", {"level": 4}),
}


def table(heading: str) -> dict[str, str]:
    """How each codec of one of the tables is served."""
    section = PAGE.read_text().split(f"## {heading}\n")[1].split("\n## ")[0]
    return dict(re.findall(r"^\| `([^`]+)` \| (\w+) \|", section, re.MULTILINE))


FORMAT2, FORMAT3 = table("Format 2"), table("Format 3")


def test_the_tables_name_every_codec_that_is_registered() -> None:
    """A codec that nobody has decided about."""
    # A test elsewhere may register codecs of its own, or have asked for one that there is not.
    theirs = {name for name in list(_codec_registries) if module_of(name).startswith("zarr.")}
    assert theirs == set(FORMAT3)
    own = {i for i, c in codec_registry.items() if c.__module__.startswith("numcodecs.")}
    assert own | {"pcodec"} == set(FORMAT2) | (own & {"zfpy"})


def module_of(name: str) -> str:
    """Where the class of a codec is from; nowhere for a name that was only asked for."""
    try:
        return get_codec_class(name).__module__
    except UnknownCodecError:
        return ""


def served(array: Any) -> str:
    """Who runs the codecs of an array: a word of the tables."""
    prepared = as_document(array.metadata).derive(prepare)
    if prepared.refusal is not None:
        return "refused"
    return "Python" if '"python"' in prepared.json else "native"


def array_of(**keywords: Any) -> zarr.Array[Any]:
    """A ragged array."""
    options: dict[str, Any] = {"shape": (7, 5), "chunks": (3, 2), "fill_value": 0} | keywords
    return zarr.create_array(MemoryStore(), **options)


def check(array: zarr.Array[Any]) -> None:
    """Each engine reads what the other has written, and both the same."""
    numbers = np.arange(35).reshape(7, 5) % 3 / 3 + 1
    values = numbers.astype(array.dtype)
    if array.dtype.kind == "O":
        texts = [str(number).encode() for number in numbers.flat]
        values = np.array(texts, dtype=object).reshape(7, 5)
    for writer in ("reference", "zarrs"):
        store = MemoryStore()
        crud.write_region(array.metadata, store, ..., values, engine=writer)
        crud.write_region(array.metadata, store, (slice(2, 4), 1), values[:2, 0], engine=writer)
        found = [
            crud.read_region(array.metadata, store, engine=reader)
            for reader in ("reference", "zarrs")
        ]
        assert_same(found[1], found[0])


def format3(name: str) -> zarr.Array[Any]:
    """An array with one codec of numcodecs."""
    codec_id = name.removeprefix("numcodecs.")
    wrapped = get_codec_class(name)
    if codec_id in ARRAY_CODECS:
        dtype, config = ARRAY_CODECS[codec_id]
        return array_of(dtype=dtype, filters=[wrapped(**config)], compressors=None)
    if codec_id in ("pcodec", "zfpy"):
        return array_of(dtype="f8", serializer=wrapped(), compressors=None)
    return array_of(dtype="i4", compressors=[wrapped()])


@pytest.mark.parametrize("name", [n for n in FORMAT3 if n.startswith("numcodecs.")])
def test_each_codec_of_numcodecs_is_served_as_the_table_says(name: str) -> None:
    """A table that is behind, or a codec that is spelled like another and is not."""
    array = format3(name)
    if name == "numcodecs.zfpy" and find_spec("zfpy") is None:
        reason = as_document(array.metadata).derive(prepare).refusal
        assert reason is not None
        assert "zfpy" in reason
        return
    assert served(array) == FORMAT3[name]
    check(array)


KEYWORDS: dict[str, dict[str, Any]] = {
    "bytes": {"dtype": ">i4", "serializer": BytesCodec(endian="big")},
    "cast_value": {
        "dtype": "f8",
        "filters": [CastValue(data_type="int16", rounding="towards-zero")],
    },
    "scale_offset": {"dtype": "f8", "filters": [ScaleOffset(offset=1.0, scale=2.0)]},
    "sharding_indexed": {"dtype": "i4", "shards": (6, 4)},
    "transpose": {"dtype": "i4", "filters": [TransposeCodec(order=(1, 0))]},
    "vlen-bytes": {"dtype": "variable_length_bytes", "fill_value": b""},
    "vlen-utf8": {"dtype": "T", "fill_value": ""},
}


@pytest.mark.parametrize("name", [n for n in FORMAT3 if not n.startswith("numcodecs.")])
def test_each_codec_of_zarr_is_served_as_the_table_says(name: str) -> None:
    """Likewise, for the codecs that zarr itself has."""
    if name == "endian":
        codec = {"name": name, "configuration": {"endian": "big"}}
        with pytest.raises(crud.DocumentError, match="endian"):
            as_document(document_members(codecs=[codec]))
        return
    if name in KEYWORDS:
        array = array_of(**KEYWORDS[name])
    else:
        array = array_of(dtype="i4", compressors=[get_codec_class(name)()])
    assert served(array) == FORMAT3[name]
    if FORMAT3[name] != "refused":
        check(array)


VLEN: dict[str, Any] = {
    "vlen-bytes": {"dtype": VariableLengthBytes(), "fill_value": b""},
    "vlen-utf8": {"dtype": "T", "fill_value": ""},
}

# Documents that zarr itself cannot read, and those of elements of variable length.
OTHERS = {"json2", "msgpack2", "vlen-array", "vlen-bytes", "vlen-utf8"}


@pytest.mark.parametrize("name", sorted(set(FORMAT2) - OTHERS))
@pytest.mark.parametrize("order", ["C", "F"])
def test_each_filter_and_compressor_is_served_as_the_table_says(name: str, order: Any) -> None:
    """Likewise, in format 2, and in either memory order."""
    dtype, config = TYPED.get(name, ("i4", {}))
    codec: Any = numcodecs.get_codec({"id": name, **config})
    keywords: dict[str, Any] = {"dtype": dtype, "order": order, "zarr_format": 2}
    if name in ARRAY_CODECS or name == "categorize":
        array = array_of(filters=[codec], compressors=None, **keywords)
    else:
        array = array_of(compressors=codec, **keywords)
    assert served(array) == FORMAT2[name]
    if FORMAT2[name] != "refused":
        check(array)


@pytest.mark.parametrize("name", list(VLEN))
@pytest.mark.parametrize("order", ["C", "F"])
def test_filters_for_elements_of_variable_length_are_served(name: str, order: Any) -> None:
    """Likewise, for filters that come with their data type."""
    array = array_of(zarr_format=2, order=order, compressors=numcodecs.Zstd(), **VLEN[name])
    assert served(array) == FORMAT2[name]
    check(array)


@pytest.mark.parametrize("name", ["json2", "msgpack2", "vlen-array"])
def test_what_zarr_cannot_read_is_refused(name: str) -> None:
    """Bytes that are taken for elements."""
    codec: Any = numcodecs.get_codec(
        {"id": name, **({"dtype": "i4"} if name == "vlen-array" else {})}
    )
    array = array_of(dtype="i4", zarr_format=2, filters=[codec], compressors=None)
    assert served(array) == FORMAT2[name] == "refused"
    with pytest.raises(crud.DocumentError, match=name):
        crud.read_metadata(array.store)
