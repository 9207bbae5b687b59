"""Codecs without a store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.crud.test_document import document_members
from zarr import crud
from zarr.crud.testing import assert_same
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    pass


DOCUMENT = document_members()
VALUES = np.arange(1, 36, dtype="i2").reshape(7, 5)

CODECS: list[list[dict[str, Any]]] = [
    [],
    [{"name": "zstd", "configuration": {"level": 3, "checksum": False}}],
    [{"name": "gzip", "configuration": {"level": 3}}, {"name": "crc32c"}],
]


@pytest.mark.parametrize("codecs", CODECS, ids=["raw", "zstd", "gzip and crc32c"])
def test_codecs_run_without_a_store(engine: str, codecs: list[dict[str, Any]]) -> None:
    """Catches an encoded chunk that another engine cannot decode, or that no store would hold."""
    document = document_members(codecs=[*DOCUMENT["codecs"], *codecs])
    chunk = VALUES[:3, :2]
    data = crud.encode_chunk(document, chunk, engine=engine)
    for other in ("reference", "zarrs"):
        assert_same(crud.decode_chunk(document, data, engine=other), chunk)
    store = MemoryStore()
    crud.write_chunk(document, store, (0, 0), chunk, engine=engine, detached=True)
    assert crud.read_encoded_chunk(document, store, (0, 0)) == data
    out = np.zeros((3, 2), "i2")
    assert crud.decode_chunk(document, data, out=out, engine=engine) is out
    with pytest.raises(crud.DecodeError):
        crud.decode_chunk(document, data[:-1], engine=engine)
    with pytest.raises(crud.ValueShapeError):
        crud.encode_chunk(document, VALUES, engine=engine)


def test_a_chunk_of_fill_values_has_an_encoding(engine: str) -> None:
    """Catches a refusal to encode a chunk of fill values, which only stores may omit."""
    data = crud.encode_chunk(DOCUMENT, 0, engine=engine)
    assert data == bytes(12)
