"""Notes on exceptions: what of a batch was written, and what was not."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from zarr.crud._errors import store_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from zarr.abc.store import Store
    from zarr.crud._batched.held import HeldChunk

MOST: Final = 20
"""The most chunks of an array that a note lists."""


def of_body(store: Store, written: Mapping[str, int], held: Iterable[HeldChunk]) -> str:
    """Say how many chunks were written before an exception, and how many are not."""
    dropped = Counter(chunk.path for chunk in held)
    arrays = [
        f"{path!r}: {_counted(written.get(path, 0))} written before, "
        f"{_counted(dropped[path])} not written"
        for path in sorted({*written, *dropped})
    ]
    return f"batched writes to {store_name(store)}: {'; '.join(arrays) or 'nothing was written'}"


def _counted(number: int) -> str:
    return "1 chunk was" if number == 1 else f"{number} chunks were"


def of_end(store: Store, held: Iterable[HeldChunk]) -> str:
    """Say which chunks the end of a batch has written, perhaps has written, and has not."""
    held = list(held)
    written = [chunk for chunk in held if chunk.is_gone]
    begun = [chunk for chunk in held if chunk.is_begun and not chunk.is_gone]
    left = [chunk for chunk in held if not (chunk.is_begun or chunk.is_gone)]
    perhaps = f", perhaps {_listed(begun)}" if begun else ""
    return (
        f"the end of batched writes to {store_name(store)} has written {_listed(written)}"
        f"{perhaps}, and not {_listed(left)}"
    )


def _listed(chunks: Iterable[HeldChunk]) -> str:
    arrays: dict[str, list[tuple[int, ...]]] = {}
    for chunk in chunks:
        arrays.setdefault(chunk.path, []).append(chunk.index)
    return "; ".join(_of_array(path, arrays[path]) for path in sorted(arrays)) or "nothing"


def _of_array(path: str, indices: list[tuple[int, ...]]) -> str:
    shown = ", ".join(map(str, sorted(indices)[:MOST]))
    more = f" and {len(indices) - MOST} more" if len(indices) > MOST else ""
    return f"of {path!r} the chunks {shown}{more}"
