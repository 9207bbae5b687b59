"""Tables of `docs/zarrs-codecs.md`: complete, true, and with the same data as the reference."""

from __future__ import annotations

import json
import re
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest
from numcodecs.registry import codec_registry  # type: ignore[import-untyped]

from tests.crud.test_document import document_members
from tests.zarrs.codec_arrays import (
    PAGE,
    UNREADABLE,
    VLEN,
    array_of,
    format2,
    format3,
    registered2,
    registered3,
    served,
    table,
)
from zarr import crud
from zarr.codecs import numcodecs
from zarr.crud._document.cache import as_document
from zarr.crud.backends.contract import Operation
from zarr.crud.testing import assert_same
from zarr.storage import MemoryStore

pytestmark = [
    pytest.mark.filterwarnings("ignore:Numcodecs codecs are not in the Zarr version 3"),
    pytest.mark.filterwarnings("ignore:Combining a `sharding_indexed`"),
    pytest.mark.filterwarnings("ignore::zarr.errors.ZarrUserWarning"),
    pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning"),
]

FORMAT2, FORMAT3 = table("Format 2"), table("Format 3")


def test_the_tables_name_every_codec_that_is_registered() -> None:
    """Catches a codec that is missing from the tables."""
    assert registered3() == set(FORMAT3)
    assert registered2() == set(FORMAT2) | (set(codec_registry) & {"zfpy"})


def test_every_remark_stands_for_itself() -> None:
    """Catches a remark that refers to the row above, which changes when rows are sorted."""
    remarks = re.findall(r"^\| `[^`]+` \| \w+ \|(.*)\|$", PAGE.read_text(), re.MULTILINE)
    assert len(remarks) == len(FORMAT2) + len(FORMAT3)
    assert not {r for r in remarks if re.search(r"likewise|ditto|as above", r)}


def check(array: Any) -> None:
    """Assert that each engine reads what the other has written, with equal results."""
    numbers = np.arange(35).reshape(7, 5) % 3 / 3 + 1
    values = numbers.astype(array.dtype)
    if array.dtype.kind == "O":
        texts = [str(number).encode() for number in numbers.flat]
        values = np.array(texts, dtype=object).reshape(7, 5)
    for writer in ("reference", "zarrs"):
        store = MemoryStore()
        crud.write_region(array.metadata, store, ..., values, engine=writer, detached=True)
        crud.write_region(
            array.metadata, store, (slice(2, 4), 1), values[:2, 0], engine=writer, detached=True
        )
        found = [
            crud.read_region(array.metadata, store, engine=reader)
            for reader in ("reference", "zarrs")
        ]
        assert_same(found[1], found[0])


@pytest.mark.parametrize("name", list(FORMAT3))
def test_each_codec_of_format_3_is_served_as_the_table_says(name: str) -> None:
    """Catches an outdated table, and a codec that is mistaken for one with a similar name."""
    if name == "endian":
        codec = {"name": name, "configuration": {"endian": "big"}}
        with pytest.raises(crud.DocumentError, match="endian"):
            as_document(document_members(codecs=[codec]))
        assert FORMAT3[name] == "refused"
        return
    array = format3(name)
    if name == "numcodecs.zfpy" and find_spec("zfpy") is None:
        verdicts = crud.explain(array.metadata, array.store)
        assert all("zfpy" in (verdicts[engine].reason or "") for engine in ("reference", "zarrs"))
        return
    assert served(array) == FORMAT3[name]
    check(array)


@pytest.mark.parametrize("name", sorted(set(FORMAT2) - UNREADABLE))
@pytest.mark.parametrize("order", ["C", "F"])
def test_each_filter_and_compressor_is_served_as_the_table_says(name: str, order: Any) -> None:
    """Catches the same in format 2, in either memory order; filters come with their data type."""
    array = format2(name, order)
    assert served(array) == FORMAT2[name]
    if FORMAT2[name] != "refused":
        check(array)


@pytest.mark.parametrize("name", sorted(UNREADABLE))
def test_what_zarr_cannot_read_is_refused(name: str) -> None:
    """Catches bytes that are treated as elements."""
    array = format2(name)
    assert served(array) == FORMAT2[name] == "refused"
    with pytest.raises(crud.DocumentError, match=name):
        crud.read_metadata(array.store)


OPERATIONS: tuple[Operation, ...] = ("read_region", "write_region")

ONLY_PYTHON: Any = numcodecs.LZMA()


@pytest.mark.parametrize(
    ("keywords", "who"),
    [
        # "refused beside codecs of the same chunk that only Python has"
        ({"dtype": "i4", "shards": (6, 4), "filters": [numcodecs.Delta(dtype="i4")]}, "Python"),
        ({"dtype": "i4", "shards": (6, 4), "compressors": [ONLY_PYTHON]}, "Python"),
        # "beside native codecs only"
        ({"dtype": "T", "fill_value": "", "compressors": [numcodecs.GZip()]}, "native"),
        ({"dtype": "T", "fill_value": "", "compressors": [ONLY_PYTHON]}, "refused"),
        ({**VLEN["vlen-bytes"], "compressors": [ONLY_PYTHON]}, "refused"),
        ({**VLEN["vlen-bytes"], "zarr_format": 2, "compressors": ONLY_PYTHON._codec}, "refused"),
        # "numbers of two bytes and more; others in Python"
        ({"dtype": "u2", "serializer": numcodecs.PCodec(), "compressors": None}, "native"),
        ({"dtype": "u1", "serializer": numcodecs.PCodec(), "compressors": None}, "Python"),
    ],
)
def test_the_remarks_are_true(keywords: dict[str, Any], who: str) -> None:
    """Catches a remark that is false."""
    assert served(array_of(**keywords)) == who


OUTSIDE: dict[str, dict[str, Any]] = {"lzma": {}, "delta": {"dtype": "<i2"}}


def test_shards_within_a_codec_that_only_python_has_are_refused() -> None:
    """Catches a shard that is served with a codec that only Python has before or after it."""
    shard: Any = document_members()["codecs"]
    sharded = {
        "name": "sharding_indexed",
        "configuration": {
            "chunk_shape": [1, 2],
            "codecs": shard[:1],
            "index_codecs": [*shard[:1], {"name": "crc32c"}],
        },
    }
    lzma, delta = ({"name": f"numcodecs.{n}", "configuration": c} for n, c in OUTSIDE.items())
    for codecs in ([sharded, lzma], [delta, sharded]):
        verdicts = crud.explain(document_members(codecs=codecs), MemoryStore())
        assert "together with 'sharding_indexed'" in (verdicts["zarrs"].reason or "")
        assert verdicts["reference"].serves


def test_a_codec_without_its_package_is_refused_by_both(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a positive verdict for a codec whose missing package is only noticed at a chunk."""
    document = json.loads(as_document(format3("numcodecs.lzma").metadata).json)
    # Results are cached for each document, so this must be a different one.
    document["attributes"] = {"of": "this test"}
    monkeypatch.delitem(codec_registry, "lzma")
    for operation in OPERATIONS:
        verdicts = crud.explain(document, MemoryStore(), operation=operation)
        assert not any(verdict.serves for verdict in verdicts.values())
        assert all("lzma" in (verdict.reason or "") for verdict in verdicts.values())
