"""Errors of calls, and which calls are counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import _zarrs_bindings as zb
from tests.bindings.support import Bound, Bridge, document, done, everything, ramp

if TYPE_CHECKING:
    from collections.abc import Callable

ALL = ("read_region", "write_region", "read_chunk", "write_chunk")


def call(name: str, store: zb.PythonStore, text: str) -> object:
    ours = Bound(text, store)
    reader = zb.Reader(text, store, "", np.dtype("i4"))
    calls: dict[str, Callable[[], Any]] = {
        "read_region": lambda: ours.read(*everything((7, 5))),
        "write_region": lambda: ours.write(ramp((7, 5)), *everything((7, 5))),
        "read_chunk": lambda: ours.read_chunk(2, 2),
        "write_chunk": lambda: ours.write_chunk(ramp((3, 2)), 2, 2),
        "reader.read_region": lambda: reader.read_region(...),
        "reader.read_chunk": lambda: reader.read_chunk((2, 2)),
    }
    return calls[name]()


@pytest.mark.parametrize("name", [*ALL, "reader.read_region", "reader.read_chunk"])
def test_a_call_is_counted_once_and_as_itself(name: str) -> None:
    """Catches a call that is counted twice, or as a call of another function."""
    counts = done(lambda: call(name, zb.PythonStore(Bridge()), document()))
    assert {one: counts[one] for one in ALL if counts[one]} == {name.removeprefix("reader."): 1}


@pytest.mark.parametrize("name", [*ALL, "reader.read_region", "reader.read_chunk"])
def test_a_failed_call_is_not_counted_and_the_next_one_works(name: str) -> None:
    """Catches a failed call that is counted, or after which all calls fail."""

    class Failing(Bridge):
        def get_many(self, requests: object) -> Any:
            raise OSError(5, "mine")

        def set_many(self, items: object) -> None:
            raise OSError(5, "mine")

    def fail() -> None:
        with pytest.raises(OSError, match="mine"):
            call(name, zb.PythonStore(Failing()), document())

    counts = done(fail)
    assert [one for one in ALL if counts[one]] == []
    call(name, zb.PythonStore(Bridge()), document())


def test_questions_are_not_counted() -> None:
    """Catches a counter that changes although nothing was read or written."""
    assert not any(done(lambda: (zb.supports(document()), zb.supports("{"))).values())
