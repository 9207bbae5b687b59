"""The compiled extension: found, missing, or broken."""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError
from typing import Any

import numpy as np
import pytest

import zarr
from zarr import crud
from zarr.storage import MemoryStore
from zarr.zarrs import _extension
from zarr.zarrs._extension import ERRORS, EXTENSION, counters, extension, is_available, missing
from zarr.zarrs._store import handle_of


@pytest.fixture
def fresh() -> Iterator[None]:
    """Import the extension again, in this test and after it."""
    extension.cache_clear()
    yield
    extension.cache_clear()


def broken(monkeypatch: pytest.MonkeyPatch, message: str) -> None:
    """Make the import of the extension fail."""
    real = builtins.__import__

    def imported(name: str, *args: Any) -> Any:
        if name == EXTENSION:
            raise ImportError(message)
        return real(name, *args)

    monkeypatch.setattr(builtins, "__import__", imported)


def test_the_extension_is_there_and_raises_our_errors() -> None:
    """Catches an error kind of the extension that has no class here, and becomes another one."""
    assert is_available()
    assert missing() is None
    assert extension() is extension()
    assert set(ERRORS) == set(extension().KINDS)
    store = handle_of(MemoryStore())
    with pytest.raises(crud.DocumentError):
        extension().read_chunk("{", store, (0,), "", np.dtype("i2"), None, None)


@pytest.mark.parametrize("namesake", [False, True])
@pytest.mark.usefixtures("fresh")
def test_a_missing_extension_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, *, namesake: bool
) -> None:
    """Catches a message that makes users install the unrelated package with the engine's name."""

    def version(_: str) -> str:
        if namesake:
            return "0.2"
        raise PackageNotFoundError

    broken(monkeypatch, "no module")
    monkeypatch.setattr(_extension, "find_spec", lambda _: None)
    monkeypatch.setattr(_extension, "version", version)
    assert not is_available()
    reason = missing() or ""
    assert "pip install packages/zarrs-bindings" in reason
    assert ("'zarrs' is another one" in reason) is namesake
    with pytest.raises(crud.BackendUnavailableError, match="its compiled extension is not inst"):
        extension()


@pytest.mark.usefixtures("fresh")
def test_an_extension_that_does_not_load_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a library for another machine that is reported as not installed."""
    broken(monkeypatch, "wrong ELF class")
    assert missing() is None
    with pytest.raises(crud.BackendUnavailableError, match="does not load: wrong ELF class") as err:
        extension()
    assert isinstance(err.value.__cause__, ImportError)


def test_each_verb_has_its_counter() -> None:
    """Catches a call that is counted as another verb."""
    store = MemoryStore()
    document = zarr.create_array(store, shape=(7, 5), chunks=(3, 2), dtype="i2").metadata
    before = counters()
    crud.write_region(document, store, ..., 1, engine="zarrs")
    crud.write_chunk(document, store, (0, 0), 2, engine="zarrs")
    crud.read_chunk(document, store, (0, 0), engine="zarrs")
    crud.read_region(document, store, (0, 0), engine="zarrs")
    crud.read_region(document, store, (1, 0), engine="zarrs")
    made = {verb: count - before.get(verb, 0) for verb, count in counters().items()}
    expected = {"read_chunk": 1, "read_region": 2, "write_chunk": 1, "write_region": 1}
    assert {verb: made[verb] for verb in expected} == expected
