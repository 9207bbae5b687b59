"""The buffers that backends can fill."""

from __future__ import annotations

import pytest

from zarr.core.buffer import default_buffer_prototype
from zarr.core.buffer.core import BufferPrototype
from zarr.core.buffer.cpu import Buffer, NDBuffer
from zarr.crud._pipelines.buffers import foreign_buffers


class OtherBuffer(Buffer):
    """A buffer of another class."""


class OtherNDBuffer(NDBuffer):
    """An array buffer of another class."""


@pytest.mark.parametrize(
    ("prototype", "reason"),
    [
        (None, None),
        (default_buffer_prototype(), None),
        (BufferPrototype(Buffer, OtherNDBuffer), "NumPy arrays only"),
        (BufferPrototype(OtherBuffer, NDBuffer), "configured buffers only"),
    ],
)
def test_only_other_buffers_are_foreign(
    prototype: BufferPrototype | None, reason: str | None
) -> None:
    """Catches engines that serve nothing, or that give a caller buffers of another class."""
    found = foreign_buffers(prototype)
    assert found is None if reason is None else reason in (found or "")
