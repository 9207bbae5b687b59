"""`zarr.open` waits once on a store that waits, where zarr-python looks twice."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, Final

from zarr._engine.metadata.opened_with import engine_in_play

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

_OPENS: Final = ("r", "r+", "a")


def together[F: Callable[..., Coroutine[Any, Any, Any]]](native: F) -> F:
    """Let the asynchronous `open` request the documents of an array and of a group together.

    Upstream looks for an array, and if there is none for a group. Only nodes with an engine, in
    stores that are given as such and wait, are opened this way.
    """

    @wraps(native)
    async def open(*, store: Any = None, mode: Any = None, **options: Any) -> Any:  # noqa: A001
        if engine_in_play() is None or "shape" in options or not _waits(store):
            return await native(store=store, mode=mode, **options)
        if mode is None:
            mode = "r" if store.read_only else "a"
        if mode not in _OPENS:
            return await native(store=store, mode=mode, **options)
        from zarr._engine.nodes.read_once import reading_once
        from zarr.storage._common import make_store_path

        given = {name: options.pop(name, None) for name in ("path", "storage_options")}
        place = await make_store_path(store, mode=mode, **given)
        async with reading_once(place, options.get("zarr_format")) as once:
            node = await native(store=once, mode=mode, **options)
        # Nobody else has the node yet.
        object.__setattr__(node, "store_path", place)
        return node

    return open  # type: ignore[return-value]


def _waits(store: Any) -> bool:
    from zarr.abc.store import Store
    from zarr.crud._stores.at_hand import is_at_hand
    from zarr.storage import StorePath

    inner = store.store if isinstance(store, StorePath) else store
    return isinstance(inner, Store) and not is_at_hand(inner)
