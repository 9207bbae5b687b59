"""The tests of batches in the suite notice a broken backend, and a broken batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from tests.crud.testing.test_suite import Broken, ClipsEdgeChunks, KeepsEmptyChunks, WrapsErrors
from zarr import crud
from zarr.crud._batched.gathered import Gathered
from zarr.crud.backends import chunk_parts
from zarr.crud.testing import BatchedMachine
from zarr.crud.testing._batches import BatchChecks

if TYPE_CHECKING:
    from collections.abc import Callable


class Checks(BatchChecks):
    engine = "broken"


Checks.__test__ = False  # type: ignore[attr-defined]


class ReplacesParts(Broken):
    """A backend that deletes a chunk before it writes to it."""

    def write_region(
        self, document: Any, location: Any, selection: Any, *args: Any, **options: Any
    ) -> None:
        for part in chunk_parts(selection, document.chunk_grid):
            crud.delete_chunk(
                document, location.store, part.chunk, path=location.path, detached=True
            )
        super().write_region(document, location, selection, *args, **options)


CATCHES: list[tuple[type[Broken], str]] = [
    (KeepsEmptyChunks, "test_batched_writes_are_those_of_single_calls"),
    (ReplacesParts, "test_a_batch_keeps_what_others_write_beside_it"),
    (ClipsEdgeChunks, "test_chunks_go_through_a_batch"),
    (WrapsErrors, "test_the_end_of_a_batch_raises_the_stores_exception"),
]


@pytest.mark.parametrize(("broken", "test"), CATCHES)
@pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning")
@pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning")
def test_a_broken_backend_is_caught(broken: type[Broken], test: str) -> None:
    """Catches tests of batches that accept any backend."""
    check: Callable[[], None] = getattr(Checks(), test)
    with crud.register_backend(Broken()):
        check()
    with crud.register_backend(broken()), pytest.raises(BaseException) as caught:  # noqa: PT011
        check()
    assert not isinstance(caught.value, KeyboardInterrupt)


class Machine(BatchedMachine):
    engine: ClassVar[str] = "broken"


def walk() -> None:
    """Write in a batch, end it, fail within another, and look at each step."""
    machine: Any = Machine()
    machine.create(name="a", shape=[7, 5], sharded=False, overwrite=False)
    document = crud.read_metadata(machine.store, path="a")
    crud.write_region(document, machine.store, (slice(0, 4), 1), 3)
    machine.model["a"][:4, 1] = 3
    steps: list[Callable[[], None]] = [
        lambda: machine.end(bound=1 << 20),
        lambda: machine.fail(name="a", value=7),
        lambda: machine.end(bound=0),
        lambda: machine.fail(name="a", value=8),
        lambda: machine.fail(name="b", value=8),
    ]
    for step in steps:
        step()
        machine.the_bound_holds()
        machine.every_array_is_what_it_should_be()
    assert machine.model["a"][0, 0] == 8
    machine.teardown()


def test_the_machine_notices_what_a_batch_loses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a machine that looks only at what the batch itself shows."""
    with crud.register_backend(Broken()):
        walk()
        monkeypatch.setattr(Gathered, "_store_all", lambda _: None)
        with pytest.raises(AssertionError):
            walk()
