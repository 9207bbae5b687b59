"""Checks of files that end early: with an exception, an interrupt, or in a forked child."""

from __future__ import annotations

import multiprocessing
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.interrupts import is_interrupted
from tests.patience import HANG
from zarr import crud
from zarr.crud._verify import decode
from zarr.crud.backends.registry import get_backend

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with an array of 100 chunks, of which one at a time is verified."""
    monkeypatch.setattr(decode, "VERIFIED", 1)
    zarr.create_array(tmp_path, data=np.arange(1, 201), chunks=(2,), compressors=None)
    return tmp_path


# How many chunks are under way then does not depend on the processors.
ONE_THREAD = crud.Options(concurrency=1)


def verified(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count the chunks that the engine is asked for."""
    backend, asked = get_backend("zarrs"), []
    verify = backend.verify_chunks

    def counted(document: Any, location: Any, indices: Any, *, options: Any) -> Any:
        asked.extend([1] * len(indices))
        return verify(document, location, indices, options=options)

    monkeypatch.setattr(backend, "verify_chunks", counted)
    return asked


def test_an_exception_of_the_callback_ends_the_check(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches an exception that is lost, or work that goes on after it."""
    asked, error = verified(monkeypatch), ValueError("enough")

    def tell(_: crud.Progress) -> None:
        raise error

    with pytest.raises(ValueError, match="enough") as caught:
        crud.verify(folder, level="decode", engine="zarrs", progress=tell, options=ONE_THREAD)
    assert caught.value is error
    assert len(asked) < 100
    assert crud.verify(folder, level="decode", engine="zarrs").ok


def test_an_interrupt_ends_the_check(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a check that goes on after Ctrl-C, and one that cannot begin again."""
    asked, seen = verified(monkeypatch), list[crud.Progress]()

    def tell(progress: crud.Progress) -> None:
        seen.append(progress)
        while len(seen) == 3:
            # Until the interrupt comes.
            pass

    def check() -> None:
        crud.verify(folder, level="decode", engine="zarrs", progress=tell, options=ONE_THREAD)

    assert is_interrupted(lambda: len(seen) == 3, check)
    assert len(asked) < 100
    assert crud.verify(folder, level="decode", engine="zarrs").ok


def _check(folder: Path) -> None:
    report = crud.verify(folder, level="decode", engine="zarrs")
    sys.exit(0 if report.ok and report.arrays[0].checked == 100 else 1)


def test_a_forked_child_verifies(folder: Path) -> None:
    """Catches a child that waits for threads of its parent."""
    assert crud.verify(folder, level="decode", engine="zarrs").ok
    child = multiprocessing.get_context("fork").Process(target=_check, args=(folder,))
    child.start()
    child.join(HANG)
    assert child.exitcode == 0
