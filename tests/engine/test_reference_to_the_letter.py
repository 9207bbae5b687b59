"""Warnings and refusals of zarr's codecs, which the reference runs: as on zarr's own path."""

from __future__ import annotations

import warnings
from typing import Any

import numcodecs  # type: ignore[import-untyped]
import numcodecs.pickles  # type: ignore[import-untyped]
import numpy as np
import pytest
from numcodecs.errors import UnsafeDecodeError  # type: ignore[import-untyped]

import zarr
from zarr.codecs import GzipCodec, ShardingCodec
from zarr.crud.testing import assert_same
from zarr.errors import PickleCodecDisabledError, ZarrUserWarning
from zarr.storage import MemoryStore

VALUES = np.arange(35, dtype="i2").reshape(7, 5)


def test_what_was_said_when_an_array_was_made_is_not_said_again() -> None:
    """Catches a repeated warning, which fails the first read where warnings are errors."""
    with (
        zarr.config.set({"array.engine": "reference"}),
        pytest.warns(ZarrUserWarning, match="disables partial reads"),
    ):
        array: Any = zarr.create_array(
            MemoryStore(),
            shape=(7, 5),
            chunks=(6, 4),
            dtype="i2",
            serializer=ShardingCodec(chunk_shape=(3, 2)),
            compressors=GzipCodec(),
        )
    assert array.engine == "reference"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        array[...] = VALUES
        assert_same(array[...], VALUES)


def test_a_refusal_to_unpickle_is_no_damage(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches advice to restore a chunk although a setting is needed, in another class of error."""
    array: Any = zarr.create_array(
        MemoryStore(),
        shape=3,
        dtype="i2",
        zarr_format=2,
        filters=[numcodecs.Pickle()],
        compressors=None,
        engine="reference",
    )
    array[...] = [1, 2, 3]
    with pytest.raises(PickleCodecDisabledError, match="allow_unsafe_pickle_decode"):
        array[...]
    monkeypatch.setattr(numcodecs.pickles, "ALLOW_UNSAFE_PICKLE_DECODE", False)
    with (
        zarr.config.set({"array.allow_unsafe_pickle_decode": True}),
        pytest.raises(UnsafeDecodeError),
    ):
        array[...]
