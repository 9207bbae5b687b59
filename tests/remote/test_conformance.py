"""The conformance suite and the state machine over a server of S3."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings

import _zarrs_bindings as zb
from tests.crud.caching import Caching
from tests.remote import stores
from tests.remote.fixtures import without_environment
from tests.remote.server import Server
from zarr import crud, zarrs
from zarr.crud.testing import BackendMachine, BackendSuite
from zarr.storage import FsspecStore, ObjectStore
from zarr.zarrs._store import handle_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zarr.abc.store import Store

# A document is read, and all arrays are, after each step: each costs requests.
FEW = settings(
    max_examples=8,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


class Place:
    """The server of this module; each store has a prefix of its own."""

    server: ClassVar[Server]
    numbers = itertools.count()

    @classmethod
    def prefix(cls) -> str:
        return f"store{next(cls.numbers)}"


@pytest.fixture(scope="module", autouse=True)
def _server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with without_environment(tmp_path_factory.mktemp("home")):
        Place.server = Server()
        with crud.register_backend(Caching()):
            yield
        Place.server.close()
        zarrs.chunk_cache_clear()


class Refusing(ObjectStore[Any]):
    """A store whose calls on values raise an exception."""

    failure: BaseException
    on: str

    def fail(self, call: str) -> None:
        if call == self.on:
            raise self.failure

    async def get(self, *given: Any, **more: Any) -> Any:
        self.fail("get")
        return await super().get(*given, **more)

    async def set(self, *given: Any, **more: Any) -> None:
        self.fail("set")
        await super().set(*given, **more)

    async def delete(self, *given: Any, **more: Any) -> None:
        self.fail("delete")
        await super().delete(*given, **more)


class OnS3(BackendSuite):
    def make_store(self) -> Store:
        return stores.native(Place.server, Place.prefix())

    def make_failing_store(self, failure: BaseException, on: str) -> Store:
        store = Refusing(stores.s3(Place.server, Place.prefix()))
        store.failure, store.on = failure, on
        return store


class TestReferenceOnS3(OnS3):
    engine = "reference"


class TestZarrsOnS3(OnS3):
    engine = "zarrs"

    def make_failing_store(self, failure: BaseException, on: str) -> Store:
        """Return a store whose provider of credentials fails: it is asked by the client."""

        def provider() -> Any:
            raise failure

        options: Any = {"skip_signature": False, "credential_provider": provider}
        return stores.native(Place.server, Place.prefix(), **options)

    def test_the_client_is_used(self) -> None:
        """Catches a suite that tests the bridge instead."""
        assert isinstance(handle_of(self.make_store()), zb.RemoteStore)
        before = zb.counters()["requests"]
        self.read(self.written())
        assert zb.counters()["requests"] > before


class TestCachingOnS3(OnS3):
    engine = "caching"

    make_failing_store = TestZarrsOnS3.make_failing_store

    def test_the_cache_is_used(self) -> None:
        """Catches a suite that tests the decoder only."""
        before = zarrs.chunk_cache_info()
        store = self.written()
        self.read(store)
        self.read(store)
        now = zarrs.chunk_cache_info()
        assert now.revalidations > before.revalidations
        assert now.hits > before.hits


def s3fs_store(**options: Any) -> FsspecStore:
    """Return a store over s3fs on the server."""
    url = f"s3://bucket/{Place.prefix()}"
    options = {"endpoint_url": Place.server.url, "key": "id", "secret": "s", **options}
    return FsspecStore.from_url(url, storage_options=options)


class TestZarrsOnS3fs(BackendSuite):
    engine = "zarrs"

    def make_store(self) -> Store:
        return s3fs_store()

    def keeps_emptied_chunks(self, store: Store) -> bool:
        """Return whether an emptied chunk may stay: the client puts it under a condition."""
        return isinstance(handle_of(store), zb.RemoteStore)

    def make_failing_store(self, failure: BaseException, on: str) -> Store:
        """Return a store that is reached through Python, where its exceptions come from."""

        class Failing(FsspecStore):
            async def get(self, *given: Any, **more: Any) -> Any:
                raise failure

            async def set(self, *given: Any, **more: Any) -> None:
                raise failure

            async def delete(self, *given: Any, **more: Any) -> None:
                raise failure

        store = s3fs_store()
        return Failing(store.fs, path=store.path)


class OnS3Machine(BackendMachine):
    def make_store(self) -> Store:
        return stores.native(Place.server, Place.prefix())


class ReferenceMachine(OnS3Machine):
    engine = "reference"


class ZarrsMachine(OnS3Machine):
    engine = "zarrs"


class CachingMachine(OnS3Machine):
    engine = "caching"


TestReferenceMachine = ReferenceMachine.TestCase
TestZarrsMachine = ZarrsMachine.TestCase
TestCachingMachine = CachingMachine.TestCase
TestReferenceMachine.settings = TestZarrsMachine.settings = TestCachingMachine.settings = FEW
