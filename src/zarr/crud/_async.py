"""Asynchronous variants: each function of `zarr.crud`, run in a worker thread."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from zarr.crud._chunks import read_chunk, write_chunk
from zarr.crud._codec_chain import decode_chunk, encode_chunk
from zarr.crud._encoded import delete_chunk, list_chunks, read_encoded_chunk, write_encoded_chunk
from zarr.crud._nodes import create, delete_node, list_children, read_metadata, write_metadata
from zarr.crud._regions import read_region, write_region
from zarr.crud._stores.threads import run_in_worker
from zarr.crud._subchunks import read_subchunk

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine


def _twin[**P, T](function: Callable[P, T]) -> Callable[P, Coroutine[Any, Any, T]]:
    @wraps(function)
    async def twin(*args: P.args, **kwargs: P.kwargs) -> T:
        return await run_in_worker(function, *args, **kwargs)

    twin.__name__ = twin.__qualname__ = f"{function.__name__}_async"
    twin.__doc__ = f"Do as `{function.__name__}` does, in a worker thread; await the result."
    return twin


create_async = _twin(create)
read_metadata_async = _twin(read_metadata)
write_metadata_async = _twin(write_metadata)
delete_node_async = _twin(delete_node)
list_children_async = _twin(list_children)
read_chunk_async = _twin(read_chunk)
write_chunk_async = _twin(write_chunk)
delete_chunk_async = _twin(delete_chunk)
read_encoded_chunk_async = _twin(read_encoded_chunk)
write_encoded_chunk_async = _twin(write_encoded_chunk)
read_subchunk_async = _twin(read_subchunk)
list_chunks_async = _twin(list_chunks)
read_region_async = _twin(read_region)
write_region_async = _twin(write_region)
encode_chunk_async = _twin(encode_chunk)
decode_chunk_async = _twin(decode_chunk)
