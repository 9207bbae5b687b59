"""The conformance suite and the state machine over a server of S3.

The library reaches the server without the store, so a store cannot raise an exception of its own:
instead the server refuses, and obstore's error must come out.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, ClassVar

import obstore
import pytest
from hypothesis import HealthCheck, settings

from tests.remote import stores
from tests.remote.fixtures import without_environment
from tests.remote.server import Reply, Server
from tests.zarrista.support import ENGINE
from tests.zarrista.test_conformance import DOCUMENT
from zarr import crud
from zarr.crud.testing import BackendMachine, BackendSuite

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.remote.server import Request
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
    def store(cls) -> Store:
        return stores.native(cls.server, f"store{next(cls.numbers)}")


@pytest.fixture(scope="module", autouse=True)
def _server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with without_environment(tmp_path_factory.mktemp("home")):
        Place.server = Server()
        yield
        Place.server.close()


def refusing(*methods: str) -> None:
    """Let the server refuse these requests for chunks; deletions are requests of many keys."""

    def gate(request: Request) -> Reply | None:
        refused = request.method in methods and (request.method == "POST" or "/c/" in request.path)
        return Reply(403, b"<Code>AccessDenied</Code>") if refused else None

    Place.server.gate = gate


@pytest.fixture(autouse=True)
def _open() -> Iterator[None]:
    yield
    Place.server.gate = None


class TestZarristaOnS3(BackendSuite):
    engine = ENGINE

    def make_store(self) -> Store:
        return Place.store()

    @pytest.mark.parametrize("call", ["get", "set", "delete"])
    def test_a_stores_exception_comes_out_as_the_same_object(self, call: str) -> None:
        """Swallowed, wrapped, or turned into fill values: here the error of obstore, as it is."""
        store = self.written()
        refusing(*{"get": ("GET", "HEAD"), "set": ("PUT",), "delete": ("POST", "DELETE")}[call])
        value = 1 if call == "set" else -9
        with pytest.raises(obstore.exceptions.PermissionDeniedError):  # noqa: PT012
            if call == "get":
                self.read(store)
            else:
                crud.write_region(DOCUMENT, store, ..., value, engine=self.engine, detached=True)

    def test_the_end_of_a_batch_raises_the_stores_exception(self) -> None:
        """A failure that is swallowed, wrapped, or does not say what was not written."""
        store = self.make_store()
        refusing("PUT")
        with (
            pytest.raises(obstore.exceptions.PermissionDeniedError) as caught,
            crud.batched_writes(store, engine=self.engine) as batch,
        ):
            crud.write_region(DOCUMENT, batch, (0, 0), 5, detached=True)
        assert "has written nothing" in caught.value.__notes__[-1]


class Machine(BackendMachine):
    engine = ENGINE

    def make_store(self) -> Store:
        return Place.store()


TestZarristaMachine = Machine.TestCase
TestZarristaMachine.settings = FEW
