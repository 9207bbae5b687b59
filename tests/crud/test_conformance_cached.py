"""The conformance suite and the state machine with a cache of decoded chunks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.crud.caching import Caching, Trusting
from zarr import crud, zarrs
from zarr.crud._document.cache import as_document
from zarr.crud.testing import AsyncOnlyStore, BackendMachine, BackendSuite
from zarr.crud.testing._documents import DOCUMENT, VALUES
from zarr.crud.testing._oracle import assert_same, fill_of
from zarr.storage import LocalStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from zarr.abc.store import Store


@pytest.fixture(scope="module", autouse=True)
def _backends() -> Iterator[None]:
    zarrs.chunk_cache_clear()
    with crud.register_backend(Caching()), crud.register_backend(Trusting()):
        yield
    zarrs.chunk_cache_clear()


class TrustingSuite(BackendSuite):
    engine = "trusting"

    def test_the_store_answers_for_itself_at_every_read(self) -> None:
        """A chunk that outlives a change around the backend, but not around `zarr.crud`."""
        store = self.written()
        assert_same(self.read(store), VALUES)
        chunk = crud.read_encoded_chunk(DOCUMENT, store, (1, 1), detached=True)
        assert chunk is not None
        crud.write_encoded_chunk(DOCUMENT, store, (0, 0), chunk, detached=True)
        expected = VALUES.copy()
        expected[:3, :2] = VALUES[3:6, 2:4]
        assert_same(self.read(store), expected)
        crud.delete_chunk(DOCUMENT, store, (0, 0), detached=True)
        expected[:3, :2] = fill_of(as_document(DOCUMENT).array)
        assert_same(self.read(store), expected)


class TestTrusting(TrustingSuite):
    pass


class TestTrustingOnAnAsynchronousStore(TrustingSuite):
    def make_store(self) -> Store:
        return AsyncOnlyStore()


class TestCachingOnALocalStore(BackendSuite):
    """Its files were just written, so nothing is cached, but everything is looked up."""

    engine = "caching"

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path_factory: pytest.TempPathFactory) -> None:
        self.folders = tmp_path_factory

    def make_store(self) -> Store:
        folder: Path = self.folders.mktemp("store")
        return LocalStore(folder)


class TrustingMachine(BackendMachine):
    engine = "trusting"


TestTrustingMachine = TrustingMachine.TestCase


def test_the_cache_was_used() -> None:
    """Catches a suite that tests the decoder only. It comes last in this file."""
    info = zarrs.chunk_cache_info()
    assert info.hits > 100
    assert info.nbytes <= info.bound == 4 << 10
