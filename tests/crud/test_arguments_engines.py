"""Engines and backends of the wrong type: each is refused, and the message says what to use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pytest

import zarr
from zarr import crud
from zarr.crud.reference import ReferenceBackend

if TYPE_CHECKING:
    from collections.abc import Callable

MEMBERS: Final[dict[str, Any]] = {"shape": (7, 5), "chunks": (3, 2), "dtype": "i4"}


class Nameless(ReferenceBackend):
    """A backend without a name."""

    name = None  # type: ignore[assignment]


class Reserved(ReferenceBackend):
    """A backend with the name of a policy."""

    name = "auto"


def test_backends_under_no_name_are_refused_everywhere() -> None:
    """Catches a backend without a usable name, which errors and counts need."""
    array = zarr.create_array({}, **MEMBERS)
    nameless, reserved = Nameless(), Reserved()
    for act in (
        lambda engine: crud.read_region(array.metadata, array.store, engine=engine),
        lambda engine: crud.read_metadata(array.store, engine=engine),
        array.with_engine,
        lambda engine: crud.register_backend(engine).__enter__(),
    ):
        with pytest.raises(TypeError, match="has no name; set the class attribute"):
            act(nameless)
        with pytest.raises(ValueError, match="'auto' cannot name"):
            act(reserved)


@pytest.mark.parametrize("value", [5, None, b"zarrs", [], "zarrs", dict], ids=repr)
def test_what_is_no_backend_is_not_registered(value: Any) -> None:
    """Catches the registration of a name, or of an unrelated class."""
    with (
        pytest.raises(TypeError, match="use an object of a subclass of CrudBackend"),
        crud.register_backend(value),
    ):
        pass


@pytest.mark.parametrize("value", [5, None, b"zarrs", []], ids=repr)
def test_what_is_no_name_names_no_backend(value: Any) -> None:
    """Catches a `None` that is accepted as a name; for functions, it is the configured engine."""
    with pytest.raises(TypeError, match=r"the name of a backend is .*; use a string"):
        crud.get_backend(value)


@pytest.mark.parametrize(
    "value", [5, None, b"zarrs", [], ReferenceBackend, np.array(["a", "b"])], ids=repr
)
def test_arrays_refuse_what_is_no_engine(value: Any) -> None:
    """Catches an invalid engine that is accepted alone, in a config, or beside a valid one."""
    array = zarr.create_array({}, **MEMBERS)
    acts: list[Callable[[], Any]] = [
        lambda: array.with_engine(value),
        lambda: array.async_array.with_engine(value),
        lambda: array.with_config({"engine": value}),
        lambda: zarr.create_array({}, **MEMBERS, config={"engine": value}),
    ]
    if value is not None:
        acts += [
            lambda: zarr.create_array({}, **MEMBERS, engine=value),
            lambda: zarr.create_array({}, **MEMBERS, engine="zarrs", config={"engine": value}),
            lambda: zarr.create_group({}).create_array("x", **MEMBERS, config={"engine": value}),
            lambda: zarr.open_group({}, engine=value),
        ]
    for act in acts:
        with pytest.raises(TypeError, match=r"engine is .*; use the name of an engine"):
            act()
