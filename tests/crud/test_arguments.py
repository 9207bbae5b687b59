"""Arguments of the wrong type: every function raises one sentence that names the argument."""

from __future__ import annotations

import asyncio
import inspect
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pytest

import zarr
from tests.crud.test_document import document_members
from zarr import crud
from zarr.crud.reference import ReferenceBackend
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable

MEMBERS: Final[dict[str, Any]] = {"shape": (7, 5), "chunks": (3, 2), "dtype": "i4"}
PLAIN: Final = zarr.create_array({}, **MEMBERS).metadata
SHARDED: Final = zarr.create_array({}, shards=(6, 4), **MEMBERS).metadata

FUNCTIONS: Final = {
    name: getattr(crud, name)
    for name in crud.__all__
    if name.islower() and not name.endswith(("_async", "_backend", "_backends"))
}

# By parameter: wrong values, and what the message says about each.
WRONG: dict[str, tuple[list[Any], type[Exception], str]] = {
    "metadata": (
        [None, 5, b"x", [], "x", type, {}, {"zarr_format": 3}],
        crud.DocumentError,
        "metadata",
    ),
    "store": (
        [None, 5, b"x", [], object(), MemoryStore, {1: 2}, {"c/0/0": b"x"}],
        TypeError,
        "store is ",
    ),
    "path": ([5, 0, b"a", b"", [], ("a",), np.array(["a", "b"])], TypeError, "path is "),
    "storage_options": (
        [{}, {"anon": True}, 5, "anon"],
        TypeError,
        "'storage_options' was provided but unused",
    ),
    "index": (
        [5, "00", [], {0, 1}, {0: 0, 1: 1}, (0.5, 0), (None, None), object()],
        IndexError,
        "chunk index ",
    ),
    "kind": (
        [None, 5, b"basic", [], np.array(["basic", "mask"])],
        TypeError,
        "kind is .*; use 'basic', 'orthogonal', ",
    ),
    "operation": (
        [None, 5, [], np.array(["read_chunk", "x"])],
        TypeError,
        "operation is .*; use 'read_chunk', ",
    ),
    "options": (
        [{}, {"concurrency": 2}, 5, 0, False, "x", crud.Options],
        TypeError,
        "options is .*; use an Options object",
    ),
    "out": ([list, [], 5, (), False, np.ndarray], crud.ValueShapeError, "out must be a numpy"),
    "overwrite": (
        [None, "no", "False", 5, [], np.array([1, 2])],
        TypeError,
        "overwrite is .*; use True or False",
    ),
    "ahead": (
        [None, True, 0.5, "5", [], np.array([1, 2])],
        TypeError,
        "ahead is .*; use a number of bytes",
    ),
    "by": ([None, 5, {}, object()], TypeError, "by is .*; use 'chunk' or 'shard', or the shape"),
    "ordered": (
        [None, "no", "False", 5, [], np.array([1, 2])],
        TypeError,
        "ordered is .*; use True or False",
    ),
    "iterable": (
        [None, 5, object(), "xy", [5], [(1,)]],
        TypeError,
        "iterable is .*; use an iterable|item 0 of the iterable is .*; use a tuple",
    ),
    "data": (
        [None, 5, "x", [1, 2], object(), np.zeros(1, "M8[s]")],
        TypeError,
        "data is .*; use bytes",
    ),
    "detached": (
        [None, "no", "False", 5, [], np.array([1, 2])],
        TypeError,
        "detached is .*; use True or False",
    ),
    "engine": (
        [5, 0, False, b"zarrs", [], {}, object(), np.array(["zarrs", "x"]), ReferenceBackend],
        TypeError,
        "engine is .*; use the name of an engine, such as 'zarr', or a CrudBackend object",
    ),
}

# Of functions with many requests: one `out` for each.
OUTS: Final = ([5, False, list, np.ndarray, "x", {}], TypeError, "out is .*; use a list")

WRONG |= {
    "max_seconds": ([None, True, "1", []], TypeError, "max_seconds is .*; use a number"),
    "max_bytes": ([None, 5.0, True, "1", []], TypeError, "max_bytes is .*; use a number"),
    "requests": ([None, 5, "x", [5], [()], [(1,)], [[PLAIN, {}]]], TypeError, "request"),
    "values": ([None, 5, "x", list, {}, np.zeros(())], TypeError, "values is .*; use a list"),
}

WRONG |= {
    "a": WRONG["store"],
    "b": WRONG["store"],
    "other_path": WRONG["path"],
    "other_storage_options": WRONG["storage_options"],
    "level": ([5, b"list", [], np.array(["list", "index"])], TypeError, "level is .*; use '"),
    "digest": ([None, "no", 5, []], TypeError, "digest is .*; use True or False"),
    "beyond_grid": ([None, "no", 5, []], TypeError, "beyond_grid is .*; use True or False"),
    "report": ([None, 5, {}, "x"], TypeError, "report is .*; use what `verify` returns"),
    "confirm": ([None, 5, True, "yes"], TypeError, "confirm is .*; use a function"),
}

NAMES: Final[dict[str, tuple[str, str]]] = {
    "kind": ("nope", "kind is 'nope'; use 'basic'"),
    "operation": ("nope", "operation is 'nope'; use 'read_chunk', .* or 'write_region'"),
    "engine": (
        "zars",
        "no engine named 'zars'; there are 'reference', 'zarrista', 'zarrs', beside 'zarr'",
    ),
}


def right(name: str) -> dict[str, Any]:
    """Valid arguments of a function, by parameter name."""
    store = MemoryStore()
    zarr.create_array(store, name="g/a", **MEMBERS)
    values = {
        "metadata": SHARDED if name == "read_subchunk" else PLAIN,
        "store": store,
        "source": store,
        "target": MemoryStore(),
        "path": "g" if name == "list_children" else "g/a",
        "index": (1, 1),
        "selection": (slice(1, 4), 2),
        "value": 1,
        "data": crud.encode_chunk(PLAIN, 1),
        "overwrite": True,
        "iterable": [((slice(1, 4), 2), 1)],
        "requests": [(PLAIN, store, (slice(1, 4), 2), "g/a")],
        "values": [1],
        "a": store,
        "b": store,
        "report": crud.verify(store),
        "confirm": lambda _: False,
    }
    return {
        key: values[key] for key in inspect.signature(FUNCTIONS[name]).parameters.keys() & values
    }


def wrong(name: str, parameter: str) -> tuple[list[Any], type[Exception], str]:
    """Wrong values of a parameter, and what the message says."""
    return OUTS if (name, parameter) == ("read_regions", "out") else WRONG[parameter]


def calls() -> list[tuple[str, str]]:
    """Every function, with each of its parameters for which a wrong value is listed here."""
    return [
        (name, parameter)
        for name, function in FUNCTIONS.items()
        for parameter in inspect.signature(function).parameters
        if parameter in WRONG
    ]


def test_every_function_has_arguments_that_are_wrong() -> None:
    """Catches a function or parameter that the tests below do not cover."""
    found = {name for name, _ in calls()}
    assert found == set(FUNCTIONS)
    assert len(FUNCTIONS) == 30
    # The others of `repack` have tests of their own.
    known = {*WRONG, "selection", "value", *inspect.signature(crud.repack).parameters}
    assert all(inspect.signature(f).parameters.keys() <= known for f in FUNCTIONS.values())


@pytest.mark.parametrize("name", FUNCTIONS)
def test_right_arguments_are_served(name: str) -> None:
    """Catches a refusal for a reason other than the one under test."""
    for call in ways(name):
        call(**right(name))


def ways(name: str) -> list[Callable[..., Any]]:
    """A function, and its asynchronous variant if it has one."""
    if name == "iter_chunks":
        return [
            lambda **k: list(crud.iter_chunks(**k)),
            lambda **k: asyncio.run(_all(crud.iter_chunks_async(**k))),
        ]
    twin = getattr(crud, f"{name}_async", None)
    return [FUNCTIONS[name]] + ([] if twin is None else [lambda **k: asyncio.run(twin(**k))])


async def _all(items: Any) -> list[Any]:
    return [item async for item in items]


@pytest.mark.parametrize(("name", "parameter"), calls())
def test_a_wrong_argument_is_named(name: str, parameter: str) -> None:
    """Catches an internal `AttributeError`, or an argument that is silently replaced."""
    values, error, match = wrong(name, parameter)
    for call in ways(name):
        for value in values:
            given = right(name)
            keys = dict(given["store"]._store_dict) if "store" in given else {}
            unit = "subchunk index " if name == "read_subchunk" else match
            with pytest.raises(error, match=unit if parameter == "index" else match) as caught:
                call(**(given | {parameter: value}))
            assert "\n" not in str(caught.value)
            if "store" in given:
                assert given["store"]._store_dict == keys, "nothing is written or deleted"


@pytest.mark.parametrize("name", ["read_metadata", "list_children", "delete_node"])
def test_no_path_is_no_argument_where_no_document_is_given(name: str) -> None:
    """Catches a missing path without a document's origin, which would delete the root."""
    for call in ways(name):
        with pytest.raises(TypeError, match="path is None; use a string"):
            call(**(right(name) | {"path": None}))


@pytest.mark.parametrize(("name", "parameter"), [call for call in calls() if call[1] in NAMES])
def test_a_wrong_name_is_shown_beside_those_there_are(name: str, parameter: str) -> None:
    """Catches a message that does not help to find a spelling mistake."""
    value, match = NAMES[parameter]
    error = crud.UnknownBackendError if parameter == "engine" else ValueError
    for call in ways(name):
        with pytest.raises(error, match=match):
            call(**(right(name) | {parameter: value}))


@pytest.mark.parametrize("engine", ["reference", "zarrs"])
def test_a_wrong_argument_is_named_under_every_engine(engine: str) -> None:
    """Catches an argument that one backend accepts and another refuses in its own words."""
    for name, parameter in calls():
        given = right(name)
        if parameter == "engine" or "engine" not in inspect.signature(FUNCTIONS[name]).parameters:
            continue
        values, error, _ = wrong(name, parameter)
        for value in values:
            with pytest.raises(error):
                FUNCTIONS[name](**(given | {parameter: value, "engine": engine}))


@pytest.mark.parametrize("value", [True, 1, np.True_, np.bool_(1)])
def test_flags_of_every_kind_are_flags(value: Any) -> None:
    """Catches a refusal of flags that are numbers of NumPy or C."""
    crud.create(PLAIN, store := MemoryStore())
    crud.create(PLAIN, store, overwrite=value)
    with pytest.raises(zarr.errors.ContainsArrayError):
        crud.create(PLAIN, store, overwrite=type(value)(0))


@pytest.mark.parametrize("step", [1, -1])
def test_bytes_of_any_layout_are_taken_in_c_order(step: int) -> None:
    """Catches a non-contiguous buffer that only some functions accept."""
    raw = zarr.create_array({}, shape=(3, 2), chunks=(3, 2), dtype="u1", compressors=None).metadata
    whole = np.arange(12, dtype="u1").reshape(3, 4)
    for data in (whole[:, ::2][::step], np.asfortranarray(whole[:, :2])[::step]):
        expected = np.ascontiguousarray(data)
        assert np.array_equal(crud.decode_chunk(raw, data), expected)
        crud.write_encoded_chunk(raw, store := MemoryStore(), (0, 0), data, detached=True)
        assert crud.read_encoded_chunk(raw, store, (0, 0)) == expected.tobytes()


@pytest.mark.parametrize("value", [5, None, b"zarrs", [], ReferenceBackend], ids=repr)
def test_a_configured_engine_that_is_none_names_the_key(value: Any) -> None:
    """Catches a message about the keyword, which the caller did not use."""
    array, message = zarr.create_array({}, **MEMBERS), r"configuration key array\.engine is "
    with zarr.config.set({"array.engine": value}):
        for name, parameter in calls():
            if parameter == "engine":
                for call in ways(name):
                    with pytest.raises(TypeError, match=message):
                        call(**right_without_arrays(name))
        for act in (
            lambda: zarr.create_array({}, **MEMBERS),
            # A document that nobody has parsed yet, and that is not at fault.
            lambda: crud.read_region(document_members(attributes={"x": repr(value)}), {}),
            lambda: zarr.open_array(array.store),
            lambda: zarr.create_group({}).engine,
            lambda: zarr.create_group({}).create_array("x", **MEMBERS),
        ):
            with pytest.raises(TypeError, match=message):
                act()


def right_without_arrays(name: str) -> dict[str, Any]:
    """The same arguments, created under another configuration."""
    with zarr.config.set({"array.engine": "zarr"}):
        return right(name)


def test_an_unknown_configured_engine_names_the_key() -> None:
    """Catches a message without the key, or without the existing engines."""
    message = (
        r"no engine named 'zars', which the configuration key array\.engine names; "
        r"there are 'reference', 'zarrista', 'zarrs', .*; did you mean 'zarrs'\?$"
    )
    with zarr.config.set({"array.engine": "zars"}):
        array = zarr.create_array({}, **MEMBERS)
        with pytest.raises(crud.UnknownBackendError, match=message):
            crud.read_region(array.metadata, array.store)
        for act in (
            lambda: array[0, 0],
            lambda: crud.read_metadata(array.store),
            lambda: zarr.create_group({}).create_array("x", **MEMBERS)[0, 0],
            lambda: zarr.open_array(array.store)[0, 0],
        ):
            with pytest.raises(crud.UnknownBackendError, match=message):
                act()
        # The configuration is not to blame for a keyword.
        with pytest.raises(crud.UnknownBackendError, match=r"no engine named 'Zarr'; .*'zarr'\?$"):
            zarr.open_array(array.store, engine="Zarr")


PROGRAM: Final = """
import zarr
for act in (
    lambda: zarr.create_array({}, shape=3, dtype="i4")[0],
    lambda: zarr.crud.read_metadata({}),
):
    try:
        act()
    except Exception as err:
        print(type(err).__name__, "the environment variable ZARR_ARRAY__ENGINE" in str(err))
"""


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ("5", TypeError),
        ("None", TypeError),
        ("b'x'", TypeError),
        ("zars", crud.UnknownBackendError),
    ],
)
def test_an_engine_of_the_environment_that_is_none_names_the_variable(
    value: str, error: type[Exception]
) -> None:
    """Catches a variable that is compared as text, although its value is parsed as Python."""
    run = [sys.executable, "-c", PROGRAM]
    env = os.environ | {"ZARR_ARRAY__ENGINE": value}
    out = subprocess.run(run, env=env, capture_output=True, text=True, check=True).stdout
    assert out.splitlines() == [f"{error.__name__} True"] * 2
