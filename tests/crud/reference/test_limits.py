"""The reference reports missing parts of zarr's own codecs before it does any work."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest
from numcodecs.registry import codec_registry  # type: ignore[import-untyped]

import zarr
from zarr import crud
from zarr.codecs import numcodecs as wrapped
from zarr.storage import MemoryStore

pytestmark = [
    pytest.mark.filterwarnings("ignore:Numcodecs codecs are not in the Zarr version 3"),
]


@pytest.fixture(params=["whole", "shards"])
def layout(request: pytest.FixtureRequest) -> dict[str, Any]:
    """A layout of chunks, or of subchunks in shards."""
    return {"shape": (7,), "chunks": (3,), **({} if request.param == "whole" else {"shards": (6,)})}


@pytest.mark.parametrize("codec", ["pcodec", "zfpy"])
def test_a_missing_package_is_named(
    codec: str, layout: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches an array that fails at its first chunk, or chunks reported as damaged."""
    if codec == "zfpy" and find_spec("zfpy") is not None:
        pytest.fail("zfpy is installed now: take another codec")
    serializer = wrapped.PCodec() if codec == "pcodec" else wrapped.ZFPY()
    keywords: dict[str, Any] = {"dtype": "f8", "compressors": None, "serializer": serializer}
    store, other = MemoryStore(), MemoryStore()
    metadata = zarr.create_array(store, **layout, **keywords).metadata
    monkeypatch.setitem(codec_registry, "pcodec", Missing)
    words = f"numcodecs.{codec}' needs a package that is not there; install '{codec}'"
    fresh = type(serializer)()
    with pytest.raises(crud.UnsupportedError, match=words):
        zarr.create_array(other, engine="reference", **layout, **keywords | {"serializer": fresh})
    assert not other._store_dict
    document = crud.read_metadata(store)
    with pytest.raises(crud.UnsupportedError, match=words):
        crud.write_region(document, store, ..., 1.0, engine="reference")
    crud.write_encoded_chunk(metadata, store, (0,), b"what others stored")
    with pytest.raises(crud.UnsupportedError, match=words):
        crud.read_region(document, store, engine="reference")


class Missing:
    """A replacement for a codec whose package is not installed."""

    codec_id = "pcodec"

    @classmethod
    def from_config(cls, config: Any) -> Any:
        raise ImportError("pcodec must be installed to use the PCodec codec.")


def test_pcodec_is_written_by_native_array_objects(layout: dict[str, Any]) -> None:
    """Catches a type error at the first chunk of an array that is big-endian until reopened."""
    store = MemoryStore()
    keywords: dict[str, Any] = {"dtype": ">f8", "compressors": None, "serializer": wrapped.PCodec()}
    words = "'numcodecs.pcodec' takes native elements, but gets >f8 from this array object"
    with pytest.raises(crud.UnsupportedError, match=words):
        zarr.create_array(store, engine="reference", **layout, **keywords)
    assert not store._store_dict
    zarr.create_array(store, **layout, **keywords)
    array: Any = zarr.open_array(store, engine="reference")
    array[...] = np.arange(7)
    np.testing.assert_array_equal(array[...], np.arange(7))
