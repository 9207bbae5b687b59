"""The buffers that backends can fill."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from zarr.core.buffer.cpu import NDBuffer as CpuNDBuffer
from zarr.core.config import config
from zarr.crud._stores.location import store_prototype

if TYPE_CHECKING:
    from zarr.core.buffer import BufferPrototype

CPU_NDBUFFER: Final = "zarr.buffer.cpu.NDBuffer"


def foreign_buffers(prototype: BufferPrototype | None) -> str | None:
    """Return why no engine can produce the buffers that a call requests."""
    ndbuffer = config.config["ndbuffer"] if prototype is None else prototype.nd_buffer
    if ndbuffer != CPU_NDBUFFER and ndbuffer is not CpuNDBuffer:
        return f"engines make NumPy arrays only, not {ndbuffer!r}"
    if prototype is not None and prototype.buffer is not store_prototype().buffer:
        return f"engines give stores the configured buffers only, not {prototype.buffer!r}"
    return None
