"""The backend that the page on backends builds works and passes the conformance suite."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import zarr
from zarr import crud
from zarr.crud.testing import BackendMachine, BackendSuite, BatchedMachine

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "backends.md"


def built() -> Any:
    """The class that the page builds."""
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(blocks[0], names)
    return names["PlainBackend"]


@pytest.fixture(scope="module", autouse=True)
def registered() -> Any:
    """The backend of the page."""
    with crud.register_backend(built()):
        yield


class TestPlain(BackendSuite):
    """The suite, on a backend of a hundred lines."""

    engine = "plain"


class Plain(BackendMachine):
    """Sequences of calls."""

    engine = "plain"


class BatchedPlain(BatchedMachine):
    """Sequences of calls in batches of writes."""

    engine = "plain"


TestPlainMachine = Plain.TestCase
TestBatchedPlainMachine = BatchedPlain.TestCase


def test_the_calls_of_the_page_work() -> None:
    """Catches assertions on the page that do not hold."""
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    command = [sys.executable, "-c", "\n".join(blocks)]
    assert subprocess.run(command, check=False).returncode == 0


def test_the_larger_example_passes_the_suite_too() -> None:
    """Catches a guide that no longer matches its example."""
    folder = ROOT / "examples" / "sqlite_backend"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider", str(folder)],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )
    assert done.returncode == 0, done.stdout[-3000:]


def test_a_backend_of_a_later_contract_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a backend that is called by methods that this zarr does not have."""
    from importlib.metadata import EntryPoint

    from tests.crud.backends.test_declarations import CACHES, declare

    later = type("Later", (built(),), {"name": "later", "contract": 2})
    module: Any = type(sys)("of_a_later_package")
    module.Later = later
    monkeypatch.setitem(sys.modules, "of_a_later_package", module)
    declare(monkeypatch, EntryPoint("later", "of_a_later_package:Later", "zarr.crud.backends"))
    with pytest.raises(crud.BackendUnavailableError, match="written for the contract 2"):
        crud.get_backend("later")
    store = zarr.storage.MemoryStore()
    document = zarr.create_array(store, shape=7, dtype="i4").metadata
    with pytest.raises(crud.BackendUnavailableError, match="written for the contract 2"):
        crud.read_region(document, store, engine=later())
    with pytest.raises(crud.BackendUnavailableError, match="written for the contract 2"):
        zarr.open_array(store, engine=later())
    for cached in CACHES:
        cached.cache_clear()
