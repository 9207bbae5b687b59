"""A codec that no engine serves: it has no synchronous form, and exists only in Python."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

from tests.crud.test_document import document_members
from zarr.abc.codec import BytesBytesCodec
from zarr.registry import register_codec

if TYPE_CHECKING:
    from zarr.core.array_spec import ArraySpec
    from zarr.core.buffer import Buffer

NAME: Final = "tests.async_only"


@dataclass(frozen=True)
class AsyncOnly(BytesBytesCodec):
    """Returns bytes unchanged."""

    is_fixed_size = True

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        return cls()

    def to_dict(self) -> dict[str, Any]:
        return {"name": NAME}

    def compute_encoded_size(self, input_byte_length: int, _chunk_spec: ArraySpec) -> int:
        return input_byte_length

    async def _decode_single(self, chunk_data: Buffer, chunk_spec: ArraySpec) -> Buffer:
        return chunk_data

    async def _encode_single(self, chunk_data: Buffer, chunk_spec: ArraySpec) -> Buffer:
        return chunk_data


register_codec(NAME, AsyncOnly)

SERVED_BY_NOBODY: Final[dict[str, Any]] = document_members(
    codecs=[{"name": "bytes", "configuration": {"endian": "little"}}, {"name": NAME}]
)
