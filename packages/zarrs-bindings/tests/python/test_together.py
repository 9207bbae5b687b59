"""Reads of several arrays in stores of every kind, in one call."""

from __future__ import annotations

import threading
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import _zarrs_bindings as zb
import zarr
from tests.bindings.support import document, everything, ramp
from tests.remote import stores
from tests.remote.fixtures import no_environment, server
from zarr import crud
from zarr.crud.testing import AsyncOnlyStore
from zarr.storage import LocalStore, MemoryStore, ZipStore
from zarr.zarrs import _python_codec

if TYPE_CHECKING:
    from pathlib import Path

    from tests.remote.server import Server
    from zarr.abc.store import Store

__all__ = ["no_environment", "server"]

VALUES = np.arange(35, dtype="i2").reshape(7, 5)


def every_store(folder: Path, server: Server) -> dict[str, Store]:
    """Return a store of each kind that holds the values, as an array with another offset."""
    kinds: dict[str, Any] = {
        "files": LocalStore(folder / "files"),
        "memory": MemoryStore(),
        "asynchronous": AsyncOnlyStore(),
        "remote": stores.native(server, "one"),
        "shards": stores.native(server, "two"),
        "other client": stores.native(server, "three"),
        "archive": ZipStore(folder / "a.zip", mode="w"),
    }
    for number, (kind, store) in enumerate(kinds.items()):
        shards = (6, 4) if kind == "shards" else None
        zarr.create_array(store, data=VALUES + number, chunks=(3, 2), shards=shards)
    kinds["archive"].close()
    assert zipfile.is_zipfile(folder / "a.zip")
    return {**kinds, "archive": ZipStore(folder / "a.zip", mode="r")}


def test_stores_of_every_kind_are_read_in_one_call(tmp_path: Path, server: Server) -> None:
    """Catches results that go to the request of another store."""
    kinds = every_store(tmp_path, server)
    requests: list[Any] = []
    for store in kinds.values():
        document = crud.read_metadata(store)
        requests += [(document, store, slice(2, 7)), (document, store, (4, slice(1, 3)))]
    found = crud.read_regions(requests[::2] + requests[1::2], engine="zarrs")
    for number in range(len(kinds)):
        np.testing.assert_array_equal(found[number], VALUES[2:7] + number)
        np.testing.assert_array_equal(found[len(kinds) + number], VALUES[4, 1:3] + number)
    kinds["archive"].close()


def test_a_codec_of_python_is_called_on_the_callers_thread(tmp_path: Path) -> None:
    """Catches Python code that runs on a thread of the pool because several arrays are read."""
    threads: set[int] = set()

    class Noting:
        def decode(self, data: Any, *_: Any) -> Any:
            threads.add(threading.get_ident())
            return data

        encode = decode

    zb.register_codecs(lambda text: Noting())
    zb.cache_clear()
    try:
        codecs = ({"name": "python", "configuration": {"document": "{}"}},)
        text = document((3, 2), (3, 2), codecs=codecs)
        requests: list[Any] = []
        for name in "abc":
            (tmp_path / name / "c/0").mkdir(parents=True)
            (tmp_path / name / "c/0/0").write_bytes(ramp((3, 2)).tobytes())
            store = zb.FilesystemStore(str(tmp_path))
            requests.append((0, text, store, everything((3, 2)), name))
        targets: list[Any] = [(ramp((3, 2)).dtype, None)] * 3
        for found in zb.read_regions(requests, targets, None):
            np.testing.assert_array_equal(found, ramp((3, 2)))
    finally:
        zb.register_codecs(_python_codec.make_codec)
        zb.cache_clear()
    assert threads == {threading.get_ident()}


@pytest.mark.parametrize("kind", ["files", "memory", "remote"])
def test_the_array_that_fails_is_named(tmp_path: Path, server: Server, kind: str) -> None:
    """Catches a note of another array, whatever order the arrays are read in."""
    kinds = every_store(tmp_path, server)
    requests: list[Any] = [(crud.read_metadata(store), store, 6) for store in kinds.values()]
    bad = kinds[kind]
    crud.write_encoded_chunk(crud.read_metadata(bad), bad, (2, 1), b"short")
    with pytest.raises(RuntimeError, match="c/2/1") as caught:
        crud.read_regions(requests, engine="zarrs")
    assert caught.value.__notes__ == [f"in request {list(kinds).index(kind)}"]
    kinds["archive"].close()
