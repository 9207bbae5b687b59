"""What ends the jobs of a call between two of them."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

import _zarrs_bindings as zb
from tests.bindings.support import LITTLE, document, local, sharding
from zarr.crud.backends import check_cancelled

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Enough(BaseException):
    """What the test raises in the middle of a call."""


class Check:
    """Raises from its second call on."""

    def __init__(self) -> None:
        self.threads: list[int] = []
        self.failure = Enough()

    def __call__(self) -> None:
        self.threads.append(threading.get_ident())
        if len(self.threads) > 1:
            raise self.failure


@pytest.fixture
def check() -> Iterator[Check]:
    """The function that the extension calls during a test."""
    made = Check()
    zb.register_cancellation(made)
    yield made
    zb.register_cancellation(check_cancelled)


@pytest.mark.parametrize("sharded", [False, True])
@pytest.mark.parametrize("concurrency", [None, 1])
def test_a_cancelled_call_ends_on_all_threads(
    check: Check, concurrency: int | None, sharded: bool, tmp_path: Path
) -> None:
    """Catches threads that work on, and an exception that becomes another one."""
    codecs = (sharding((2, 2)),) if sharded else (LITTLE,)
    text = document((1 << 14, 1 << 14), (4, 4), codecs=codecs)
    before = zb.counters()["chunks_missing"]
    with pytest.raises(Enough) as caught:
        local(tmp_path, text, concurrency=concurrency).read_all()
    assert caught.value is check.failure
    assert set(check.threads) == {threading.get_ident()}
    assert zb.counters()["chunks_missing"] - before < 1 << 24
