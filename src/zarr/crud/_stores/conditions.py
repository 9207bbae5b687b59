"""Which stores can put a value under a condition, so that writers of all machines lose nothing."""

from __future__ import annotations

import os
import sys
import weakref
from typing import TYPE_CHECKING, Any, Final

from zarr.crud._errors import store_name
from zarr.crud._stores.etags import gives_etags
from zarr.storage import ObjectStore

if TYPE_CHECKING:
    from zarr.abc.store import Store

_KINDS: Final = ("S3Store", "GCSStore", "AzureStore", "MemoryStore")

_disabled: Final[dict[int, tuple[weakref.ref[Any], Any, bool]]] = {}


def refused_conditions(store: Store) -> str | None:
    """Return why a store cannot put under a condition; `None` if it can.

    Only exact types are taken: a subclass may have changed what its methods do. No request is made.
    """
    if not gives_etags(store) or type(store).set is not ObjectStore.set:
        return (
            f"locking='conditional' needs an ObjectStore, and {store_name(store)} is not one; "
            "use 'auto'"
        )
    inner: Any = store.store  # type: ignore[attr-defined]
    kind = type(inner).__name__
    module = sys.modules.get("obstore.store")
    if kind not in _KINDS or type(inner) is not getattr(module, kind, None):
        return (
            f"locking='conditional' needs obstore's {', '.join(_KINDS[:-1])} or {_KINDS[-1]}, "
            f"and {store_name(store)} has another store; use 'auto'"
        )
    if kind == "S3Store" and _is_disabled(store, inner):
        return (
            "locking='conditional' needs conditional puts, which conditional_put='disabled' "
            f"turns off for {store_name(store)}; use 'auto'"
        )
    return None


def offers_conditions(store: Store) -> bool:
    """Return whether a store can put under a condition."""
    return isinstance(store, ObjectStore) and refused_conditions(store) is None


def _is_disabled(store: Store, inner: Any) -> bool:
    key = id(store)
    known = _disabled.get(key)
    if known is not None and known[0]() is store and known[1] is inner:
        return known[2]
    # A local variable: at interpreter exit, module globals vanish before the last store.
    forget = _disabled.pop
    found = _finds_disabled(inner)
    _disabled[key] = (weakref.ref(store, lambda _: forget(key, None)), inner, found)
    return found


def _finds_disabled(inner: Any) -> bool:
    try:
        word = inner.config.get("conditional_put")
    except BaseException as error:
        # Some configurations make obstore panic, which is no `Exception`; then a put will tell.
        if isinstance(error, (KeyboardInterrupt, SystemExit)):
            raise
        word = None
    if word is None:
        # obstore took this from the environment, and does not tell.
        word = os.environ.get("AWS_CONDITIONAL_PUT", "")
    return bool(word.strip() == "disabled")
