"""The state machine notices a backend that keeps, hides or loses something."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pytest
from hypothesis import Phase, settings

from zarr import crud
from zarr.crud.reference import ReferenceBackend
from zarr.crud.testing import BackendMachine
from zarr.errors import ContainsArrayError

if TYPE_CHECKING:
    from collections.abc import Callable

QUICK = settings(max_examples=5, stateful_step_count=1, phases=[Phase.generate], database=None)


class Right(ReferenceBackend):
    name: ClassVar[str] = "checked"


class KeepsNodes(Right):
    def delete_node(self, location: Any) -> None:
        pass


class ReplacesNodes(Right):
    def create(self, document: Any, location: Any, *, overwrite: bool) -> None:
        super().create(document, location, overwrite=True)


class KeepsDocuments(Right):
    def write_metadata(self, document: Any, location: Any) -> None:
        pass


class WritesNothing(Right):
    def write_region(self, *_: Any, **__: Any) -> None:
        pass


class HidesNodes(Right):
    def list_children(self, location: Any) -> Any:
        return super().list_children(location)[1:]


class Machine(BackendMachine):
    engine = "checked"


class Fixed:
    """Draws that always select the whole array."""

    def draw(self, *_: Any) -> Any:
        return crud.testing.Drawn("basic", ..., np.arange(35).reshape(7, 5))


def run() -> None:
    """Walk once through all rules, with the checks that Hypothesis makes."""
    machine: Any = Machine()
    steps: list[Callable[[], None]] = [
        lambda: machine.create(name="a", shape=[7, 5], sharded=True, overwrite=False),
        lambda: machine.write(name="a", data=Fixed(), value=3),
        lambda: machine.create(name="group/a", shape=[0, 5], sharded=False, overwrite=False),
        lambda: machine.create(name="a", shape=[1, 1], sharded=False, overwrite=False),
        lambda: machine.read(name="a", data=Fixed()),
        lambda: machine.resize(name="a", shape=[2, 9]),
        lambda: machine.create(name="a", shape=[7, 5], sharded=False, overwrite=True),
        lambda: machine.delete(name="group/a"),
        lambda: machine.delete(name="group/a"),
        lambda: machine.read(name="b", data=Fixed()),
    ]
    for step in steps:
        step()
        machine.every_array_is_what_it_should_be()


def test_a_backend_without_a_defect_passes() -> None:
    """Catches a machine whose own model is wrong."""
    with crud.register_backend(Right()):
        run()
        Machine.TestCase.settings = QUICK
        Machine.TestCase("runTest").runTest()


@pytest.mark.parametrize(
    "broken", [KeepsNodes, ReplacesNodes, KeepsDocuments, WritesNothing, HidesNodes]
)
def test_a_defect_is_noticed(broken: type[Right]) -> None:
    """Catches a machine that compares a value with what it has just read."""
    wrong = (AssertionError, pytest.fail.Exception, ContainsArrayError)
    with crud.register_backend(broken()), pytest.raises(wrong):
        run()
