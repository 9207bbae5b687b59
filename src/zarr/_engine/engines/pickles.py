"""Pickles of objects that hold an engine: names are kept, engine objects if they can be pickled."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable
from typing import Any

from zarr._engine.engines.names import name_of


class PickledEngine:
    """Replaces an engine object in a pickle; loading it gives the engine object."""

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def __reduce__(self) -> tuple[Any, ...]:
        refusal = _refusal(self.engine)
        if refusal is not None:
            raise pickle.PicklingError(
                f"the engine {name_of(self.engine)!r} cannot be pickled: {refusal}; make its class "
                "importable and its state picklable, or choose an engine by name"
            ) from refusal
        return _unpickled, (self.engine,)

    def __deepcopy__(self, memo: object) -> PickledEngine:
        # Backends serve many threads and arrays at once, so a copied array shares its backend.
        return self


def pickles_engine[T](attribute: str) -> Callable[[type[T]], type[T]]:
    """Make instances of a class pickle the engine in `attribute`, or raise why they cannot."""

    def __getstate__(self: Any) -> dict[str, Any]:
        state = dict(self.__dict__)
        engine = state.get(attribute)
        if engine is not None and not isinstance(engine, str):
            state[attribute] = PickledEngine(engine)
        return state

    def decorate(cls: type[T]) -> type[T]:
        changed: Any = cls
        default = changed.__dict__[attribute]
        # CPython finds an instance attribute slowly if its class has it too, and every call reads
        # it.
        delattr(changed, attribute)

        def __setstate__(self: Any, state: dict[str, Any]) -> None:
            # Pickles from a zarr without engines lack it.
            engine = state.get(attribute, default)
            if isinstance(engine, PickledEngine):
                engine = engine.engine
            self.__dict__.update({**state, attribute: engine})

        changed.__getstate__ = __getstate__
        changed.__setstate__ = __setstate__
        return cls

    return decorate


def _unpickled(engine: Any) -> Any:
    return engine


def _refusal(engine: Any) -> Exception | None:
    try:
        pickle.dumps(engine)
    except Exception as err:  # noqa: BLE001  # whatever a class raises, it cannot be pickled
        # Schedulers pickle objects without an importable name by value, and may be the caller here.
        cloudpickle = sys.modules.get("cloudpickle")
        if cloudpickle is None:
            return err
        try:
            cloudpickle.dumps(engine)
        except Exception:  # noqa: BLE001
            return err
    return None
