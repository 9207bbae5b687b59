"""The conformance suite and the state machine, on each backend and each kind of store."""

from __future__ import annotations

import shutil
import tempfile
from typing import TYPE_CHECKING

import pytest

from zarr.crud.testing import AsyncOnlyStore, BackendMachine, BackendSuite, BatchedMachine
from zarr.storage import LocalStore

if TYPE_CHECKING:
    from pathlib import Path

    from zarr.abc.store import Store


class TestReference(BackendSuite):
    engine = "reference"


class TestZarrs(BackendSuite):
    engine = "zarrs"


class OnAnAsynchronousStore(BackendSuite):
    def make_store(self) -> Store:
        return AsyncOnlyStore()


class OnALocalStore(BackendSuite):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path

    def make_store(self) -> Store:
        return LocalStore(tempfile.mkdtemp(dir=self.folder))


class TestReferenceOnAnAsynchronousStore(OnAnAsynchronousStore):
    engine = "reference"


class TestZarrsOnAnAsynchronousStore(OnAnAsynchronousStore):
    engine = "zarrs"


class TestReferenceOnALocalStore(OnALocalStore):
    engine = "reference"


class TestZarrsOnALocalStore(OnALocalStore):
    engine = "zarrs"


class ReferenceMachine(BackendMachine):
    engine = "reference"


class ZarrsMachine(BackendMachine):
    engine = "zarrs"


class LocalZarrsMachine(BackendMachine):
    engine = "zarrs"

    def make_store(self) -> Store:
        self.folder = tempfile.mkdtemp()
        return LocalStore(self.folder)

    def teardown(self) -> None:
        shutil.rmtree(self.folder)


class BatchedReferenceMachine(BatchedMachine):
    engine = "reference"


class BatchedZarrsMachine(BatchedMachine):
    engine = "zarrs"


class AsynchronousBatchedMachine(BatchedMachine):
    engine = "zarrs"

    def make_store(self) -> Store:
        return AsyncOnlyStore()


TestReferenceMachine = ReferenceMachine.TestCase
TestZarrsMachine = ZarrsMachine.TestCase
TestLocalZarrsMachine = LocalZarrsMachine.TestCase
TestBatchedReferenceMachine = BatchedReferenceMachine.TestCase
TestBatchedZarrsMachine = BatchedZarrsMachine.TestCase
TestAsynchronousBatchedMachine = AsynchronousBatchedMachine.TestCase
