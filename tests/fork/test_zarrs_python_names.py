"""The names that zarrs-python's suite needs are there while it runs."""

from __future__ import annotations

from typing import Any

import pytest

from fork import zarrs_python_names
from zarr import Array
from zarr.core.array import AsyncArray
from zarr.core.dtype.npy import string


def test_each_name_is_added(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a suite that fails before it uses a pipeline."""
    for owner, name in ((Array, "create"), (AsyncArray, "create")):
        monkeypatch.setattr(owner, name, None, raising=False)
    monkeypatch.setattr(string, "_NUMPY_SUPPORTS_VLEN_STRING", None, raising=False)
    zarrs_python_names.pytest_configure()
    kinds: tuple[Any, ...] = (Array, AsyncArray)
    for kind in kinds:
        assert kind.create == kind._create
    assert string._NUMPY_SUPPORTS_VLEN_STRING  # type: ignore[attr-defined]
