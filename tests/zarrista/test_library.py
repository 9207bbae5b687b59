"""The library: found, missing, of another release, failing, lost in a fork."""

from __future__ import annotations

import builtins
import subprocess
import sys
from importlib.metadata import PackageNotFoundError
from typing import TYPE_CHECKING, Any

import pytest

from zarr import crud
from zarr.core.sync import SyncError
from zarr.zarrista import ZarristaBackend, _library, is_available
from zarr.zarrista._library import LibraryError, called, library, lost, missing

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def fresh() -> Iterator[None]:
    """Import the library again, in this test and after it."""
    library.cache_clear()
    yield
    library.cache_clear()


def test_the_library_is_there_and_known() -> None:
    """Catches a release in the requirements that the backend was not compared with."""
    assert is_available()
    assert ZarristaBackend.unavailable() is None
    assert library() is library()
    assert library().__version__.startswith(_library.RELEASES)


def test_a_missing_library_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches an engine that is listed as available, and fails at its first call."""
    monkeypatch.setattr(_library, "find_spec", lambda _: None)
    assert not is_available()
    status = crud.list_backends()["zarrista"]
    assert not status.available
    assert "the package 'zarrista' is not installed" in (status.reason or "")
    assert "pip install 'zarrista==0.1.*'" in (status.reason or "")


@pytest.mark.parametrize(
    ("found", "said"), [("0.2.0", "is of the release 0.2.0"), (None, "is not of a package")]
)
def test_another_release_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, found: str | None, said: str
) -> None:
    """Catches a release that may decode differently, and that nobody has compared."""

    def version(_: str) -> str:
        if found is None:
            raise PackageNotFoundError
        return found

    monkeypatch.setattr(_library, "version", version)
    assert said in (missing() or "")
    assert "pip install 'zarrista==0.1.*'" in (missing() or "")


@pytest.mark.usefixtures("fresh")
def test_a_library_that_does_not_load_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a library for another machine that is reported as not installed."""
    real = builtins.__import__

    def imported(name: str, *args: Any) -> Any:
        if name == "zarrista":
            raise ImportError("wrong ELF class")
        return real(name, *args)

    monkeypatch.setattr(builtins, "__import__", imported)
    with pytest.raises(crud.BackendUnavailableError, match="does not load: wrong ELF class"):
        library()


def test_the_module_imports_without_the_library() -> None:
    """Catches an import that fails, or a library that is loaded although nobody asked for it."""
    code = """
import sys
import zarr, zarr.crud
statuses = zarr.crud.list_backends()
assert statuses["zarrista"].available, statuses
with zarr.config.set({"array.engine": "auto"}):
    array = zarr.create_array({}, shape=4, dtype="i4")
array[...] = 1
zarr.crud.read_region(array.metadata, array.store, detached=True)
assert "zarr.zarrista" in sys.modules
assert "zarrista" not in sys.modules
sys.modules["zarrista"] = None  # as where it is broken
import zarr.zarrista
zarr.zarrista.ZarristaBackend()
"""
    subprocess.run([sys.executable, "-c", code], check=True)


class PanicException(BaseException):
    """As the library's own class, which has no name that can be imported."""


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ValueError("what"), LibraryError),
        (PanicException("index out of bounds"), LibraryError),
        (KeyboardInterrupt(), KeyboardInterrupt),
        (SyncError("a loop"), SyncError),
        (MemoryError(), MemoryError),
    ],
)
def test_errors_of_the_library_are_one_kind_and_interrupts_are_not(
    error: BaseException, expected: type[BaseException]
) -> None:
    """Catches a panic that passes every handler, or an interrupt that is taken for damage."""

    def fail() -> None:
        raise error

    with pytest.raises(expected) as caught:
        called(fail)
    if expected is LibraryError:
        assert caught.value.__cause__ is error
    else:
        assert caught.value is error


FORKED = """
import json, os, select, sys, warnings
warnings.simplefilter("ignore")
import numpy as np
import zarr
from zarr import crud
from zarr.storage import LocalStore

how, folder = sys.argv[1:]
store = LocalStore(folder)
array = zarr.create_array(store, data=np.arange(64), chunks=8, overwrite=True)
document = crud.read_metadata(store)
if how == "used":
    crud.read_region(document, store, engine="zarrista")
if how == "imported":
    import zarrista
    zarrista.Array.open(zarrista.store.FilesystemStore(folder))[...]
acts = {
    "read": lambda: int(crud.read_region(document, store, engine="zarrista").sum()),
    "write": lambda: crud.write_region(document, store, ..., np.arange(64), engine="zarrista"),
    "another engine": lambda: int(crud.read_region(document, store).sum()),
}
if hasattr(zarr, "list_engines"):  # only the fork has engines of arrays
    acts["array"] = lambda: int(zarr.open_array(store, engine="zarrista")[...].sum())
for name, act in acts.items():
    receiver, sender = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            told = act()
        except BaseException as err:
            told = f"{type(err).__name__}: {err}"
        os.write(sender, json.dumps(told).encode())
        os._exit(0)
    ready, _, _ = select.select([receiver], [], [], 30)
    print(json.dumps([name, json.loads(os.read(receiver, 10000)) if ready else "hangs"]))
    os.kill(child, 9)
    os.waitpid(child, 0)
print(json.dumps(["parent", int(crud.read_region(document, store, engine="zarrista").sum())]))
"""


@pytest.mark.parametrize("how", ["used", "imported", "not loaded"])
def test_a_forked_child_is_refused_and_does_not_hang(how: str, tmp_path: Any) -> None:
    """Catches a call that waits for threads that only the parent has."""
    import json

    command = [sys.executable, "-c", FORKED, how, str(tmp_path / "a")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=True)
    found = dict(json.loads(line) for line in done.stdout.splitlines())
    assert found.pop("parent") == found.pop("another engine") == 64 * 63 // 2
    if how == "not loaded":
        assert found.pop("array", 2016) == 2016
        assert found == {"read": 2016, "write": None}
        return
    for told in found.values():
        assert told.startswith("UnsupportedError: ")
        assert "forked after zarrista had been loaded" in told
    assert lost() is None
