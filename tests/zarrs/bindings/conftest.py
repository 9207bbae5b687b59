"""Errors as the extension raises them by itself, whatever was registered before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import _zarrs_bindings as zb
from zarr.zarrs._extension import ERRORS

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def plain_errors() -> Iterator[None]:
    """No classes are registered during a test, and those of `zarr.crud` after it."""
    zb.register_errors({})
    yield
    zb.register_errors(dict(ERRORS))
