"""Asynchronous variants of the functions of `zarr.crud`.

Each runs its function in a worker thread, except reads for which a backend has an awaitable: they
occupy no thread while they wait for the store.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, Final

from zarr.crud._chunks import begin_chunk, read_chunk, write_chunk
from zarr.crud._codec_chain import decode_chunk, encode_chunk
from zarr.crud._encoded import delete_chunk, list_chunks, read_encoded_chunk, write_encoded_chunk
from zarr.crud._many_regions import read_regions, write_regions
from zarr.crud._nodes import create, delete_node, list_children, read_metadata, write_metadata
from zarr.crud._regions import begin_region, read_region, write_region
from zarr.crud._stores.threads import run_in_worker
from zarr.crud._subchunks import begin_subchunk, read_subchunk
from zarr.crud.backends.awaited import waits

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from zarr.crud.backends.awaited import Begun

QUICK: Final = ("basic", "block")
"""The dialects without lists: their selections are lowered in no time."""


def _twin[**P, T](function: Callable[P, T]) -> Callable[P, Coroutine[Any, Any, T]]:
    @wraps(function)
    async def twin(*args: P.args, **kwargs: P.kwargs) -> T:
        return await run_in_worker(function, *args, **kwargs)

    twin.__name__ = twin.__qualname__ = f"{function.__name__}_async"
    twin.__doc__ = f"Do as `{function.__name__}` does, in a worker thread; await the result."
    return twin


def _awaited_twin[**P, T](
    function: Callable[P, T], begin: Callable[P, Begun]
) -> Callable[P, Coroutine[Any, Any, T]]:
    # The name in errors about arguments.
    begin.__qualname__ = function.__qualname__

    @wraps(function)
    async def twin(*args: P.args, **kwargs: P.kwargs) -> T:
        store: Any = args[1] if len(args) > 1 else kwargs.get("store")
        if not waits(store):
            return await run_in_worker(function, *args, **kwargs)
        # To open the store that a URL names may take time, too.
        if kwargs.get("kind", "basic") in QUICK and not isinstance(store, str):
            begun = begin(*args, **kwargs)
        else:
            begun = await run_in_worker(begin, *args, **kwargs)
        found: T = await begun.result()
        return found

    twin.__name__ = twin.__qualname__ = f"{function.__name__}_async"
    twin.__doc__ = (
        f"Do as `{function.__name__}` does; await the result.\n\n"
        "If the backend reads the store without Python, over the network, the read occupies no\n"
        "thread while it waits: thousands may be awaited at a time, and most of them then hold no\n"
        "memory. Otherwise it runs in a worker thread."
    )
    return twin


create_async = _twin(create)
read_metadata_async = _twin(read_metadata)
write_metadata_async = _twin(write_metadata)
delete_node_async = _twin(delete_node)
list_children_async = _twin(list_children)
read_chunk_async = _awaited_twin(read_chunk, begin_chunk)
write_chunk_async = _twin(write_chunk)
delete_chunk_async = _twin(delete_chunk)
read_encoded_chunk_async = _twin(read_encoded_chunk)
write_encoded_chunk_async = _twin(write_encoded_chunk)
read_subchunk_async = _awaited_twin(read_subchunk, begin_subchunk)
list_chunks_async = _twin(list_chunks)
read_region_async = _awaited_twin(read_region, begin_region)
write_region_async = _twin(write_region)
read_regions_async = _twin(read_regions)
write_regions_async = _twin(write_regions)
encode_chunk_async = _twin(encode_chunk)
decode_chunk_async = _twin(decode_chunk)
