"""Errors: one class tree, stable kinds, each raised through the public functions."""

from __future__ import annotations

import errno
import inspect
import os
import pickle
from collections.abc import Callable
from importlib.metadata import EntryPoint
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.crud.codecs import SERVED_BY_NOBODY
from tests.crud.test_document import document_members
from zarr import crud
from zarr.crud import _errors
from zarr.crud._errors import without_secrets
from zarr.crud.backends import declarations
from zarr.crud.testing import FailingStore, StoreFailure
from zarr.errors import BaseZarrError
from zarr.storage import LocalStore, MemoryStore

if TYPE_CHECKING:
    from pathlib import Path

DOCUMENT = document_members()


def damaged() -> MemoryStore:
    """A store in which one chunk lost its last byte."""
    store = MemoryStore()
    crud.write_chunk(DOCUMENT, store, (0, 0), 1, engine="reference", detached=True)
    whole = store._store_dict["c/0/0"].to_bytes()
    store._store_dict["c/0/0"] = zarr.core.buffer.cpu.Buffer.from_bytes(whole[:-1])
    return store


def differing(engine: str) -> object:
    """Verify a finished copy that has a chunk with other elements."""
    source, target = MemoryStore(), MemoryStore()
    for store, value in ((source, 1), (target, 2)):
        crud.create(DOCUMENT, store)
        crud.write_chunk(DOCUMENT, store, (0, 0), value, engine=engine)
    return crud.copy(source, target, resume=True, verify=True)


PRODUCERS: dict[crud.ErrorKind, Callable[[str], object]] = {
    crud.ErrorKind.UNKNOWN_BACKEND: lambda _: crud.get_backend("none"),
    crud.ErrorKind.BACKEND_UNAVAILABLE: lambda _: unavailable(),
    crud.ErrorKind.UNSUPPORTED: lambda engine: crud.read_region(
        SERVED_BY_NOBODY, MemoryStore(), engine=engine
    ),
    crud.ErrorKind.METADATA: lambda engine: crud.read_region(
        document_members(data_type="int17"), MemoryStore(), engine=engine
    ),
    crud.ErrorKind.DECODE_FAILED: lambda engine: crud.read_region(
        DOCUMENT, damaged(), engine=engine
    ),
    crud.ErrorKind.BUDGET: lambda engine: crud.read_region(
        document_members(shape=[2**60, 5]), MemoryStore(), engine=engine
    ),
    crud.ErrorKind.VALUE_SHAPE: lambda engine: crud.write_region(
        DOCUMENT, MemoryStore(), 0, [1, 2, 3], engine=engine
    ),
    crud.ErrorKind.MISSING_VALUE: lambda engine: crud.write_region(
        document_members(data_type="string", fill_value="", codecs=[{"name": "vlen-utf8"}]),
        MemoryStore(),
        0,
        float("nan"),
        engine=engine,
    ),
    crud.ErrorKind.READ_ONLY: lambda engine: crud.write_region(
        DOCUMENT, MemoryStore(read_only=True), 0, 1, engine=engine
    ),
    crud.ErrorKind.MISMATCH: lambda engine: differing(engine),
    crud.ErrorKind.BATCH: lambda engine: crud.read_region(
        DOCUMENT, crud.batched_writes(MemoryStore()), engine=engine
    ),
    crud.ErrorKind.INVALID_PATH: lambda engine: crud.read_region(
        DOCUMENT, MemoryStore(), path="../x", engine=engine
    ),
}


def unavailable() -> None:
    """Use a backend whose extension is missing."""

    declarations.declared()["missing"] = EntryPoint(
        "missing", "no_such_module:X", declarations.ENTRY_POINT_GROUP
    )
    try:
        crud.get_backend("missing")
    finally:
        del declarations.declared()["missing"]


@pytest.mark.parametrize("kind", sorted(set(crud.ErrorKind) - {crud.ErrorKind.INTERNAL}))
def test_each_kind_is_produced_through_the_public_functions(
    engine: str, kind: crud.ErrorKind
) -> None:
    """Catches a class that nothing raises, or an error that is not one sentence."""
    with pytest.raises(crud.CrudError) as caught:
        PRODUCERS[kind](engine)
    assert caught.value.kind == kind
    assert "\n" not in str(caught.value)


def test_every_class_has_its_own_kind() -> None:
    """Catches a class without its own kind, or a kind without a class."""
    classes = [
        found
        for _, found in inspect.getmembers(_errors, inspect.isclass)
        if issubclass(found, crud.CrudError) and found is not crud.CrudError
    ]
    assert sorted(found.kind for found in classes) == sorted(crud.ErrorKind)
    for found in classes:
        assert issubclass(found, BaseZarrError)
        assert found.__doc__
        again = pickle.loads(pickle.dumps(found("why")))
        assert (type(again), str(again), again.kind) == (found, "why", found.kind)
        # Dask's workers recreate errors in this way.
        assert isinstance(found.__new__(found, "why"), found)


def test_the_extension_raises_these_kinds_and_no_others() -> None:
    """Catches a kind that only one side knows, which would become a RuntimeError."""
    import _zarrs_bindings
    from zarr.zarrs._extension import ERRORS

    assert set(_zarrs_bindings.KINDS) == set(ERRORS)
    # The codec pipeline tells it from the others, and no user sees it.
    kinds = {"no-direct-io": "unsupported"}
    for kind, found in ERRORS.items():
        if issubclass(found, crud.CrudError):
            assert found.kind == kinds.get(kind, kind)


@pytest.mark.parametrize("failure", [StoreFailure(7), OSError(5, "I/O"), KeyboardInterrupt()])
@pytest.mark.parametrize("call", ["get", "set", "delete"])
def test_a_stores_own_exception_comes_out_as_the_same_object(
    engine: str, failure: BaseException, call: str
) -> None:
    """Catches a wrapped or copied exception: handlers use its type, its state and its identity."""
    store = FailingStore(failure, on=call)
    actions: dict[str, list[Callable[[], object]]] = {
        "get": [
            lambda: crud.read_chunk(DOCUMENT, store, (0, 0), engine=engine),
            lambda: crud.read_region(DOCUMENT, store, engine=engine),
            lambda: crud.write_region(DOCUMENT, store, (0, 0), 1, engine=engine, detached=True),
        ],
        "set": [
            lambda: crud.write_chunk(DOCUMENT, store, (0, 0), 1, engine=engine, detached=True),
            lambda: crud.write_region(DOCUMENT, store, ..., 1, engine=engine, detached=True),
            lambda: crud.write_region(DOCUMENT, store, (0, 0), 1, engine=engine, detached=True),
        ],
        "delete": [
            lambda: crud.write_chunk(DOCUMENT, store, (0, 0), 0, engine=engine, detached=True),
            lambda: crud.write_region(DOCUMENT, store, ..., 0, engine=engine, detached=True),
        ],
    }
    for action in actions[call]:
        with pytest.raises(type(failure)) as caught:
            action()
        assert caught.value is failure
    store.failing_call = None
    crud.write_region(DOCUMENT, store, ..., 3, engine=engine, detached=True)
    assert np.all(crud.read_region(DOCUMENT, store, engine=engine) == 3)


def test_errors_of_the_system_stay_errors_of_the_system(engine: str, tmp_path: Path) -> None:
    """Catches an error without errno and file name, or a fill value instead of unreadable data."""
    crud.write_chunk(DOCUMENT, tmp_path, (0, 0), 1, engine=engine, detached=True)
    loop = tmp_path / "c" / "0" / "0"
    loop.unlink()
    loop.symlink_to(loop)
    with pytest.raises(OSError, match="symbolic links") as caught:
        crud.read_region(DOCUMENT, tmp_path, engine=engine)
    assert caught.value.errno == errno.ELOOP
    assert os.fspath(caught.value.filename).endswith("c/0/0")


# Cases in which both engines, and reads and writes, give the same advice.
ADVICE = "; restore it from a copy, or write it again"

DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda stored: b"",
    "truncated": lambda stored: stored[:-1],
    "half": lambda stored: stored[: len(stored) // 2],
    "oversized": lambda stored: stored + b"\0",
    "garbage": lambda stored: bytes(range(256)) * 4,
}

CODECS: dict[str, list[dict[str, Any]]] = {
    "raw": [],
    "zstd": [{"name": "zstd", "configuration": {"level": 1, "checksum": True}}],
    "gzip": [{"name": "gzip", "configuration": {"level": 1}}],
    "crc32c": [{"name": "crc32c"}],
}


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_bytes_are_an_error_that_names_the_key(
    engine: str, codec: str, damage: str, tmp_path: Path
) -> None:
    """Catches damaged bytes that are read as data, or that a failed write replaces."""
    document = document_members(codecs=[*DOCUMENT["codecs"], *CODECS[codec]])
    for store in (MemoryStore(), LocalStore(tmp_path)):
        crud.write_chunk(
            document, store, (0, 0), np.arange(6).reshape(3, 2), engine=engine, detached=True
        )
        buffer = store.get_sync("c/0/0")
        assert buffer is not None
        broken = zarr.core.buffer.cpu.Buffer.from_bytes(DAMAGE[damage](buffer.to_bytes()))
        if codec in ("zstd", "gzip") and damage == "oversized":
            # Bytes after the end of a frame are left to the codec.
            continue
        store.set_sync("c/0/0", broken)
        for call in (
            lambda store=store: crud.read_region(document, store, engine=engine),
            lambda store=store: crud.read_chunk(document, store, (0, 0), engine=engine),
            lambda store=store: crud.write_region(
                document, store, (0, 0), 1, engine=engine, detached=True
            ),
        ):
            with pytest.raises(crud.DecodeError) as caught:
                call()
            begin, end = f"the stored value of 'c/0/0' in {store} cannot be decoded: ", ADVICE
            reason = str(caught.value).removeprefix(begin).removesuffix(end)
            assert len(reason) == len(str(caught.value)) - len(begin) - len(end) > 0
            assert "\n" not in reason
        with pytest.raises(crud.DecodeError, match="in the given bytes cannot be decoded"):
            crud.decode_chunk(document, broken.to_bytes(), engine=engine)
        left = store.get_sync("c/0/0")
        assert left is not None
        assert left.to_bytes() == broken.to_bytes()


@pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning")
def test_an_element_that_is_no_text_is_damage(engine: Any) -> None:
    """Catches an internal interpreter error for bits that NumPy accepts, but only in arrays."""
    store = MemoryStore()
    array = zarr.create_array(store, shape=(2, 3), chunks=(1, 3), dtype="U1", compressors=None)
    no_text = b"\xff\xff\x11\0" * 3
    crud.write_encoded_chunk(array.metadata, store, (1, 0), no_text)
    with pytest.raises(
        crud.DecodeError, match=r"'c/1/0' in memory.*: an element is not text: .*again$"
    ):
        crud.read_region(array.metadata, store, (1, 2), engine=engine)
    with pytest.raises(
        crud.DecodeError, match=r"'c/1/0' in memory.*: an element is not text: .*again$"
    ):
        zarr.open_array(store, engine=engine).get_basic_selection((1, 2))
    assert crud.read_region(array.metadata, store, 1, engine=engine).tobytes() == no_text


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("at https://me:SECRET@h:9/a/b?sig=SECRET here", "at https://h:9/a/b here"),
        (
            "ObjectStore(HTTPStore('https://h/a?sig=SECRET'))",
            "ObjectStore(HTTPStore('https://h/a'))",
        ),
        ("file:///a/b c#d", "file:///a/b c#d"),
        ("memory://123", "memory://123"),
        ("no URL: me@h?", "no URL: me@h?"),
    ],
)
def test_no_secret_of_a_url_is_in_a_message(given: str, expected: str) -> None:
    """Catches credentials in the name of a store."""
    assert without_secrets(given) == expected
